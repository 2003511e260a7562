"""Phrases: what officers write, `(a|b)`, `[x]`, `<class>` and `…`, and how it is found in a text.

`…` is a gap of at most 12 characters (24 in an English phrase) inside one clause. A phrase is tried only where a token stands
with which it can begin, and only if the tokens are there that it needs besides; it is made a pattern when it is first tried:
a lexicon of thousands of phrases costs little to load, and little to look for. A token is an English word, another character,
two of those beside each other, or the name of a class (`<kin>`), one of whose words begins there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from operator import add
from typing import Generic, Literal, NamedTuple, TypeVar, assert_never

GAP = 12  # characters of `…`
GAP_LATIN = 24
BETWEEN_WORDS = "(?:(?<![a-z])|(?![a-z]))"
KIN = "kin"  # the class whose word a phrase remembers

_MARKS = re.compile(r"\([^…<(\[)\]]*\)|\[[^…<(\[)\]]*\]|<[^>]*>?|[…(\[)\]|]|[^…<(\[)\]|]+")
_MARKED = re.compile(r"[…<(\[)\]|]")
_ENDS = frozenset(")]|")
_WORD = re.compile("[a-z]+")
_WORDS_APART = re.compile("([a-z]+)")
MOST_NEEDS = 2  # sets of tokens that are looked for before a phrase is tried

Kind = Literal["text", "any", "maybe", "class", "gap"]


class BadPhrase(ValueError):
    """A phrase that is not written as it should; its text says what and how to mend it."""


class Part(NamedTuple):
    kind: Kind
    text: str = ""  # of a text; the name of a class; of brackets with nothing but words, these with the bars between them
    inside: tuple[tuple["Part", ...], ...] = ()  # of other brackets

    @property
    def ways(self) -> tuple[tuple["Part", ...], ...]:
        """What brackets offer. Words alone, as most hold, are parts only while they are looked at."""
        if self.inside or self.kind not in ("any", "maybe"):
            return self.inside
        return tuple(_word(way) if way else () for way in self.text.split("|"))


_A_GAP = Part("gap")


@dataclass(slots=True)
class Phrase:
    """`said`: as the officer wrote it. Of thousands few are ever tried, so what is made of it is made then."""

    said: str
    classes: Mapping[str, Sequence[str]]
    pattern: "re.Pattern[str] | None" = field(default=None, repr=False)
    needed: tuple[frozenset[str], ...] | None = field(default=None, repr=False)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Read each time: kept, they would take four times what is written. Raises BadPhrase."""
        text = self.said.casefold()
        if text and not _MARKED.search(text):  # as half of them are
            return (Part("text", text),)
        marks = _MARKS.findall(text)[::-1]  # the last one is the next
        parts = _read(marks, self.classes)
        if marks:
            raise BadPhrase(f"“{self.said}”里多了一个 {marks[-1]}")
        return parts

    @property
    def latin(self) -> bool:
        """Is it English: no letter of it is Chinese?"""
        letters = re.sub(r"<[^>]*>|[…()\[\]| ]", "", self.said)
        return bool(letters) and letters.isascii()

    def may_overlap(self, other: "Phrase") -> bool:
        """Can both lie over one place of a text: have they a character in common, or a gap?"""
        mine, others = (set(_characters(one.parts, one.classes)) for one in (self, other))
        return bool(mine & others) or "…" in mine | others

    def match(self, text: str, position: int) -> "re.Match[str] | None":
        return (self.pattern or self.compiled()).match(text, position)

    def compiled(self) -> "re.Pattern[str]":
        """The pattern, made when it is first needed."""
        self.pattern = _compiled(self._edge(_regex(self.parts, self.classes, GAP_LATIN if self.latin else GAP)))
        return self.pattern

    def _edge(self, pattern: str) -> str:
        """English words are whole words."""
        return rf"(?<![a-z]){pattern}(?![a-z])" if self.latin else pattern

    def needs(self) -> tuple[frozenset[str], ...]:
        """Sets of tokens, of each of which one must be in a text in which it stands, besides that with which it begins: those
        that are met least, first. Empty if nothing but the beginning must be there."""
        parts = self.parts
        ways = [heads(parts[one:]) for one in range(1, len(parts)) if _parted(*parts[one - 1 : one + 1])]
        first = parts[0]
        if first.kind == "text" and len(first.text) > 2 and not _WORD.search(first.text):
            ways.append({first.text[-2:]})
        likely = sorted((way for way in ways if "" not in way), key=_likely)
        self.needed = tuple(frozenset(way) for way in likely[:MOST_NEEDS])
        return self.needed


def _characters(parts: Iterable[Part], classes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every character that a phrase can have; … for a gap."""
    for part in parts:
        yield from "…" if part.kind == "gap" else part.text if part.kind == "text" else ""
        yield from "".join(classes[part.text]) if part.kind == "class" else ""
        for way in part.ways:
            yield from _characters(way, classes)


def _likely(tokens: Iterable[str]) -> int:
    """How likely one of them stands in a text, to compare: one character is met as often as many pairs are."""
    return sum(20 if len(token) == 1 else 5 if token[0] == "<" else 1 for token in tokens)


def phrase(said: str, classes: Mapping[str, Sequence[str]]) -> Phrase:
    """A phrase as written in heard.yaml; raises BadPhrase."""
    made = Phrase(said, classes)
    parts = made.parts
    if parts and (parts[0].kind == "gap" or parts[-1].kind == "gap"):
        raise BadPhrase(f"“{said}”的头尾不能是 …")
    if _may_be_empty(parts):
        raise BadPhrase(f"“{said}”可以什么字都没有")
    return made


def _may_be_empty(parts: Iterable[Part]) -> bool:
    return all(part.kind in ("maybe", "gap") or (part.kind == "any" and _may_offer_nothing(part)) for part in parts)


def _may_offer_nothing(part: Part) -> bool:
    return any(map(_may_be_empty, part.inside)) if part.inside else "" in part.text.split("|")


def _read(marks: list[str], classes: Mapping[str, Sequence[str]]) -> tuple[Part, ...]:
    """Parts up to a closing bracket or a bar; they are taken off the marks."""
    parts: list[Part] = []
    while marks and marks[-1] not in _ENDS:
        mark = marks.pop()
        match mark[0]:
            case "(" | "[" if len(mark) > 1:
                parts.append(Part("any" if mark[0] == "(" else "maybe", mark[1:-1]))
            case "…":
                parts.append(_A_GAP)
            case "<":
                if mark[-1] != ">" or mark[1:-1] not in classes:
                    raise BadPhrase(f"没有 <{mark[1:-1][:20]}> 这一类词")
                parts.append(Part("class", mark[1:-1]))
            case "(":
                parts.append(Part("any", inside=_ways(marks, ")", classes)))
            case "[":
                parts.append(Part("maybe", inside=_ways(marks, "]", classes)))
            case _:
                parts += _word(mark)
    return _word(parts[0].text) if len(parts) == 1 and parts[0].kind == "text" else tuple(parts)


def _word(text: str) -> tuple[Part]:
    """One word by itself."""
    return (Part("text", text),)


def _ways(marks: list[str], closing: str, classes: Mapping[str, Sequence[str]]) -> tuple[tuple[Part, ...], ...]:
    ways = []
    while True:
        ways.append(_read(marks, classes))
        end = marks.pop() if marks else ""
        if end == closing:
            return tuple(ways)
        if end != "|":
            raise BadPhrase(f"括号没有配对，缺少 {closing}")


@cache
def _compiled(pattern: str) -> "re.Pattern[str]":
    """Policies are read again, and the library remembers fewer patterns than there are phrases."""
    return re.compile(pattern)


def _regex(parts: Iterable[Part], classes: Mapping[str, Sequence[str]], gap: int, named: str = KIN) -> str:
    made = []
    for part in parts:
        match part.kind:
            case "text":
                made.append(re.escape(part.text).replace(r"\ ", " *"))
            case "gap":
                made.append(rf"([^\n]{{0,{gap}}}?)" if gap == GAP else rf"{BETWEEN_WORDS}([^\n]{{0,{gap}}}?){BETWEEN_WORDS}")
            case "class":
                words = "|".join(map(re.escape, sorted(classes[part.text], key=len, reverse=True)))
                made.append(f"(?P<{KIN}>{words})" if part.text == named else f"(?:{words})")
                named = "" if part.text == named else named
            case "any" | "maybe":
                ways = sorted((_regex(way, classes, gap, "") for way in part.ways), key=len, reverse=True)
                made.append(f"(?:{'|'.join(ways)}){'?' if part.kind == 'maybe' else ''}")
            case never:
                assert_never(never)
    return "".join(made)


def _token(said: str) -> str:
    """The token with which a text begins; empty while it may go on: an English word to its end, another character alone."""
    if "a" <= said[:1] <= "z":
        return word[0] if (word := _WORD.match(said)) and word.end() < len(said) else ""
    return said[:1] if "a" <= said[1:2] <= "z" else said[:2] if len(said) > 1 else ""


def heads(parts: Sequence[Part]) -> set[str]:
    """The tokens with which some parts can begin; an empty one if they can be nothing, or begin with a gap."""
    return set().union(*_heads(parts, {""}))


def _heads(parts: Sequence[Part], going: set[str]) -> tuple[set[str], set[str]]:
    """The tokens with which they begin, after any of the beginnings in `going`, and beginnings that may go on."""
    done: set[str] = set()
    for part in parts:
        match part.kind:
            case "gap":
                return done | going, set()
            case "class":
                return done | {head or f"<{part.text}>" for head in going}, set()
            case "text":
                going = {(head + part.text).lstrip() for head in going}  # a blank that comes first need not be there
            case "any" | "maybe":
                grown: set[str] = set(going) if part.kind == "maybe" else set()
                if not part.inside:
                    grown.update((head + word).lstrip() for word in part.text.split("|") for head in going)
                for way in part.inside:
                    ended, gone = _heads(way, going)
                    done |= ended
                    grown |= gone
                going = grown
            case never:
                assert_never(never)
        heads, going = going, set()
        for head in heads:
            token = _token(head)
            (done if token else going).add(token or head)
        if not going:
            break
    return done, going


def _parted(one: Part, other: Part) -> bool:
    """Does a token begin with the second of two parts: no English word goes on from the first into it?"""
    return not any(map(_WORD.match, _edges(one, -1))) or not any(map(_WORD.match, _edges(other, 0)))


def _edges(part: Part, at: Literal[0, -1]) -> Iterator[str]:
    """The characters with which a part can begin (0) or end (-1); of a class, any letter."""
    yield part.text[at] if part.kind == "text" else "a" if part.kind == "class" else ""
    for way in part.ways:
        yield from _edges(way[at], at) if way else ""


Of = TypeVar("Of")
Tokens = Mapping[str, Sequence[int]]


def starters(classes: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Token -> the names of the classes of which a word can begin with it, as tokens."""
    found: dict[str, list[str]] = {}
    for name, words in classes.items():
        for token in {_token(word) or word for word in words}:
            found.setdefault(token, []).append(f"<{name}>")
    return found


def tokens(text: str, starting: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """Every token of a text -> where it begins. `starting`: the `starters` of the classes."""
    found: dict[str, list[int]] = {}
    at = 0
    for part in _WORDS_APART.split(text):
        if part.isascii() and part.isalpha():
            found.setdefault(part, []).append(at)
        else:
            for place, char in enumerate(part, at):
                found.setdefault(char, []).append(place)
            for place, pair in enumerate(map(add, part, part[1:]), at):
                found.setdefault(pair, []).append(place)
        at += len(part)
    of_classes: dict[str, set[int]] = {}
    for token in filter(starting.__contains__, found):
        for name in starting[token]:
            of_classes.setdefault(name, set()).update(found[token])
    return found | {name: sorted(places) for name, places in of_classes.items()}


class Index(Generic[Of]):
    """Phrases by the tokens with which they can begin; made when first looked for, as most stand under one question."""

    def __init__(self, phrases: Iterable[tuple[Phrase, Of]]) -> None:
        self._phrases = tuple(phrases)

    @cached_property
    def _heads(self) -> Mapping[str, Sequence[tuple[Phrase, Of]]]:
        found: dict[str, list[tuple[Phrase, Of]]] = {}
        for pair in self._phrases:
            for head in heads(pair[0].parts) - {""}:
                found.setdefault(head, []).append(pair)
        return {head: tuple(pairs) for head, pairs in found.items()}  # half as large: most are of one

    def find(self, text: str, at: Tokens) -> Iterator[tuple["re.Match[str]", Of]]:
        """Every place where a phrase stands, once for each place where it begins, in no order. `at`: the text's `tokens`."""
        heads, there = self._heads, at.keys()
        for head in filter(heads.__contains__, at):
            for one, of in heads[head]:
                needed = one.needs() if one.needed is None else one.needed
                if any(map(there.isdisjoint, needed)):
                    continue
                pattern = one.pattern or one.compiled()
                for position in at[head]:
                    if found := pattern.match(text, position):
                        yield found, of

    def in_order(self, text: str, at: Tokens) -> list[tuple["re.Match[str]", Of]]:
        """The same by where they begin, the longest first."""
        return sorted(self.find(text, at), key=lambda found: (found[0].start(), -found[0].end()))
