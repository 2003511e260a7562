"""Hits: where the phrases of the lexicon stand in a text, the longest of a fact in each place; then by sound."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.hearing.lexicon import Entry, Lexicon
from flows.hearing.phrases import Index, Phrase, Tokens, tokens
from flows.hearing.scope import Scope
from flows.hearing.written import Written, written

ANSWERED = 30  # characters, twice as many in English, within which an answer to the open question begins
GUARD_REACH = 20  # characters before a phrase in which one of its `not` may begin
_PERSON = re.compile("[我他她]")  # in a gap: what follows is said of somebody else
_EITHER = re.compile(r"([\u4e00-\u9fff])[不没]\1")
_CHOICE = re.compile("(?<=[^\n])(?:或者|或是|要么|[^\n]还是)| or ")  # 户口就在这边或者户口迁不出来
_MINE = "我俺咱"
_YEARS = "[0-9一二两三四五六七八九十]+年"
_MARRIED = re.compile(  # 结婚了, 我和对象领证三年: the speaker's own wedding, by the words of the clause itself
    "(?:^|[\n ])(?:(?:我|俺|咱)们?俩?(?:[和跟与]对象)?|[和跟与]对象)?(?:已经?|都|刚|早就?|去年|前年|今年)*"
    f"(?:结了?婚(?:了|{_YEARS}|(?=对象))|结婚证(?:已经?|都|也)?(?:有|领|办)[了好]|(?P<paper>领了?证)(?:了|{_YEARS})|已婚)(?![又再才])"
)
_OTHER_PAPER = re.compile("(?:住|产|业|位|驶|可|行|役|册|格|房)证")  # 居住证交了材料，领证了: no wedding
_UNWED = re.compile("要是|如果|假如|年底|打算|准备|[没未](?:有|去|办)?[^\n]{0,2}(?:结婚|领|证|登记)|未婚|新对象|现在的?对象|单着")
_PARTNER = re.compile("(?<![谈找处搞贫助扶务])(?<!靠的)对象(?!是(?:我|俺)?[爸妈爷奶哥姐弟妹儿女])")
IN_ONE_BREATH = ("place_type",)  # besides what is said of the mover: no gap of it reaches over a second statement
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that stands in the text. `kin`: the word for a relative in it."""

    start: int
    end: int
    entry: Entry
    kin: str = ""
    gaps: tuple[Span, ...] = ()  # what stands in the `…` of the phrase


class Hits:
    """`text`: with misspelt words put right, and in `mended` those that only sound like ours; `found`: by where they begin."""

    def __init__(self, said: str, lexicon: Lexicon, open_fact: str | None) -> None:
        self.lexicon = lexicon
        self.index = [lexicon.said, *([lexicon.opened[open_fact]] if open_fact and open_fact in lexicon.opened else [])]
        plain = written(said, lexicon.breaks).without(lexicon.patterns["idle"])
        self.mended: list[Span] = []
        self._look(plain.with_text(_wedded(lexicon.spelt.sub(lambda found: lexicon.misspelt[found[0]], plain.text), lexicon)))
        self._by_sound()

    def _look(self, text: Written) -> None:
        self.text = text
        self.at = tokens(text.text, self.lexicon.starters)
        names = (_stem(found) for found in self.lexicon.gazetteer.pattern.finditer(text.text))
        self._whole = [*(found.span() for found in self.lexicon.patterns["whole"].finditer(text.text)), *names]
        self._within = _within(text.text, self.lexicon)
        self._guards = _guards(text, self.lexicon, self.at)
        self._scope = Scope(text, self.lexicon, ())
        self.found = self._found()

    def _found(self) -> list[Hit]:
        kept: dict[str, list[Hit]] = {}
        every = [hit for index in self.index for hit in self._matches(index)]
        for hit in sorted(every, key=lambda hit: (hit.start - hit.end, hit.start, hit.entry.at.line)):
            others = kept.setdefault(hit.entry.fact, [])
            if not any(self._gives_way(hit, one) for one in others):
                others.append(hit)
        return sorted((hit for some in kept.values() for hit in some), key=lambda hit: hit.start)

    def _gives_way(self, hit: Hit, longer: Hit) -> bool:
        """One place says one thing of a fact; of one with several answers it may say two, if none stands inside the other."""
        if hit.start >= longer.end or longer.start >= hit.end:
            return False
        inside = longer.start <= hit.start and hit.end <= longer.end
        return inside or not self.lexicon.facts[hit.entry.fact].many

    def _matches(self, index: Index[Entry]) -> Iterator[Hit]:
        said_in_latin = self.text.text.isascii()
        for match, entry in index.find(self.text.text, self.at):
            start, end = match.span()
            if entry.open and start > ANSWERED * (1 + said_in_latin):
                continue  # an answer comes first; what a long story says later is no answer
            if self._cut(start, end) or self.blocked(entry.blocks, start, end) or not self.stands(entry, start):
                continue
            kin, gaps = _parts(match) if match.re.groups else ("", ())
            if not gaps or not self._broken(entry, start, gaps):
                yield Hit(start, end, entry, kin, gaps)

    def _cut(self, start: int, end: int) -> bool:
        """Does it begin or end within a longer word: 住 of 住院, 不住 of 记不住 or 住不住, 媳妇 of 儿媳妇, 家 of 张家川?"""
        cut = any(one < start < other or one < end < other for one, other in self._whole) if self._whole else False
        return cut or start in self._within

    def _broken(self, entry: Entry, start: int, gaps: Sequence[Span]) -> bool:
        """Does a gap hold what turns the phrase into another: a negation, the other of two choices, or somebody else?"""
        if not entry.denied and any(self._scope.denies(*gap) for gap in gaps):
            return True
        if len(entry.values) == 1 and any(_CHOICE.search(self.text.text, *gap) for gap in gaps) and not self._is_unsure(start):
            return True
        if entry.fact not in (*self.lexicon.scope["about_mover"], *IN_ONE_BREATH):
            return False
        broken = (_PERSON, self.lexicon.patterns["other_verb"])
        if any(words.search(self.text.text, *gap) for gap in gaps for words in broken):
            return True
        others = self.lexicon.patterns["others"]  # 我同学买了房: not I
        return self.text.text[start] in _MINE and any(others.search(self.text.text, *gap) for gap in gaps)

    def _is_unsure(self, position: int) -> bool:
        """Is it said in the clause of a position that one does not know: 不清楚我户口算城镇还是农村?"""
        return self.lexicon.patterns["unsure"].search(self.text.text, *self.text.clause(position)) is not None

    def blocked(self, phrases: Sequence[Phrase], start: int, end: int) -> bool:
        """Does one of the phrases lie over a span (it may begin before it, in the same clause)?"""
        first, _ = self.text.clause(start)
        from_here = max(first, start - GUARD_REACH)
        return any(from_here <= one < end and other > start for said in phrases for one, other in self._guards.get(said.said, ()))

    def stands(self, entry: Entry, start: int) -> bool:
        """Is what it needs somewhere in the text, and nothing that it must not have, in its clause or anywhere?"""
        if entry.near and self.blocked(entry.near, *self.text.clause(start)):
            return False
        return (not entry.needs or bool(self.needed(entry))) and not any(one.said in self._guards for one in entry.unless)

    def needed(self, entry: Entry) -> list[Span]:
        """Where what it needs stands."""
        return [span for one in entry.needs for span in self._guards.get(one.said, ())]

    def _by_sound(self) -> None:
        """Where nothing was found, words that only sound like ours are put right, and it is searched again."""
        taken = [(hit.start, hit.end) for hit in self.found]
        taken += [found.span() for found in self.lexicon.gazetteer.pattern.finditer(self.text.text)]
        text, self.mended = self.lexicon.ear.mended(self.text.text, taken)
        if self.mended:
            self._look(self.text.with_text(text))


def _wedded(text: str, lexicon: Lexicon) -> str:
    """With 爱人 for 对象, who may be no more than a friend, where a marriage is told: 领证了，对象是西丰的."""
    others = _OTHER_PAPER.search(text)
    told = any(
        not one["paper"] or others is None or others.start() > one.start() or "对象" in one[0] or "们" in one[0]
        for one in _MARRIED.finditer(text)
    )
    over = lexicon.patterns["parted"].search(text) or _UNWED.search(text)
    return _PARTNER.sub("爱人", text) if told and not over else text


def _stem(found: re.Match[str]) -> Span:
    """A name of a place without 县, with which 县城 may begin."""
    return found.start(), found.end() - found[0].endswith(("县", "区", "市"))


def _within(text: str, lexicon: Lexicon) -> set[int]:
    """Where nothing begins, as a longer word goes on there: 媳妇 of 儿媳妇, 不住 of 住不住."""
    spans = [found.span() for found in lexicon.longer_kin.finditer(text)]
    kin = {one for start, end in spans for one in range(start + 1, end) if text[one:end] in lexicon.relatives}
    return kin | {found.start() + 1 for found in _EITHER.finditer(text)}


def _parts(match: re.Match[str]) -> tuple[str, tuple[Span, ...]]:
    """The word for a relative in a match, and its gaps."""
    kin = match.groupdict().get("kin") or ""
    spans = (match.span(group) for group in range(1, match.re.groups + 1))
    return kin, tuple(span for span in spans if span[0] < span[1] and not (kin and span == match.span("kin")))


def _guards(text: Written, lexicon: Lexicon, at: Tokens) -> dict[str, list[Span]]:
    """What stands under `not`, `near`, `needs` and `unless` of any entry -> where it stands in the text."""
    found: dict[str, list[Span]] = {}
    for match, said in lexicon.guards.find(text.text, at):
        found.setdefault(said, []).append(match.span())
    return found
