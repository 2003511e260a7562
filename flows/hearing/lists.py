"""Lists: was each thing understood that is enumerated? What is lost of a list would be left out of it unseen."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.hearing.finding import Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.persons import People
from flows.hearing.scope import Scope
from flows.hearing.written import Written

_AND = re.compile(
    "(?<![合相共一不])[和跟与同](?:(?![着我他她过来意])|(?=我们?(?:家|俩)))|[带领拖]着?(?=[个一两俩仨]|那)"
    "|以及|还有|加上|加(?![班工入盟])|外加|再加|连同|\\band\\b|\\bplus\\b"
)
_AND_THIS = re.compile(f"(?:{_AND.pattern}) *$")
_ALSO = re.compile("[也还]|另外|再|两[样个]|[三四]样|\\b(?:and|plus|also|too|as well|both)\\b")
_STAYS = re.compile(
    "[不没](?:了|跟|和|随|迁|来|去|动|走|愿|想|肯|打算|一起|办|落|带|算|要|用|有)|不$|n't|\\bnot\\b|\\bno\\b|stays?|除了"
)
_LISTED = "、+＋&"
_ALL = re.compile("没有?别的|别的|其他|其它|就这|只|nothing|that's it|that's all|only|just")
_NAMES = {  # what is one of them
    "insurance": re.compile("养老|医保|医疗|社保|pension|medical|health"),
    "permit_ground": re.compile(
        "房|[租住]|宿舍|上班|干活|打工|工作|摊|开店|读书|念书|上学|\\b(?:rent|live|work|job|study|school)"
    ),
}
OTHERS_DO = ("movers", "permit_ground")  # in these lists others stand, too


@dataclass(frozen=True)
class Lists:
    """A text, and what was found in it. `open_fact`: the question that is open."""

    text: Written
    lexicon: Lexicon
    people: People
    found: Sequence[Finding]
    open_fact: str | None

    def is_whole(self, fact: str) -> bool:
        """Is each thing that is enumerated one that was found of the fact?"""
        some = [one for one in self.found if one.fact == fact]
        if not self.lexicon.facts[fact].many:
            return True
        if fact == self.open_fact and any(self._is_lost(*span, some) for span in self._members(some)):
            return False
        named = _NAMES[fact].finditer(self.text.text) if fact in _NAMES else ()
        others = (one for one in named if not any(one[0] in finding.words for finding in some))
        return not any(self._is_lost(*self.text.clause(one.start()), some) for one in others)

    def _members(self, some: Sequence[Finding]) -> Iterator[tuple[int, int]]:
        """Where a further thing is enumerated: 还有我弟, 房子也是租的, 合同、发票; 和 … behind what was found."""
        for start, end in self.text.clauses():
            if self._is_listed(start) or any(words.search(self.text.text, start, end) for words in (_AND, _ALSO)):
                yield start, end
        for one in some:
            end = self.text.clause(one.start)[1]
            joined = _AND.match(self.text.text[one.end : end].lstrip())
            if joined:
                yield one.end, end
            start = self.text.clause(one.start)[0]
            beside = None if one.fact == "movers" else _AND_THIS.search(self.text.text, start, one.start)  # 单位的和农村的
            if beside:
                yield start, beside.start()

    def _is_denied(self, start: int, end: int, fact: str) -> bool:
        """Of who moves only that they do not: 弟弟不来; not 没成家的弟弟."""
        if fact == "movers":
            return _STAYS.search(self.text.text, start, end) is not None
        return Scope(self.text, self.lexicon, ()).denies(start, end)

    def _is_listed(self, start: int) -> bool:
        before = self.text.said[: self.text.at[start]].rstrip()
        return before.endswith(tuple(_LISTED))

    def _is_lost(self, start: int, end: int, some: Sequence[Finding]) -> bool:
        """Is nothing of the fact found there, and neither denied nor somebody else's?"""
        last = max((one.start for one in some if len(one.values) == 1), default=0)  # what is said after settles what was open
        told = (one for one in some if len(one.values) == 1 or one.start < last)
        if any(one.start < end and start < one.end for one in told) or not self.lexicon.without_chatter(
            self.text.text[start:end]
        ):
            return False
        denied = self._is_denied(start, end, some[0].fact) or _ALL.search(self.text.text, start, end)
        theirs = some[0].fact not in OTHERS_DO and not self.people.of_mover(end - 1)
        return not denied and not theirs
