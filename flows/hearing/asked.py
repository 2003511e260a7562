"""Asked: whether words are said, or only asked about, or name what a question about the rules is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flows.hearing.lexicon import Lexicon
from flows.hearing.scope import REACH, WHETHER
from flows.hearing.written import Written

_ASKED_AT_END = re.compile(r"(了|过)?(没有|没|不|吗|么|没得|未)[啊呀呢的]?$")
_THEN = re.compile("的?话?| ")  # before 能不能: 租房的话能落户吗
_OF_ONESELF = re.compile("[了过年]$")  # 大专毕业了能落户吗: he has
_OF_A_KIND = re.compile("[^我俺咱他她]{1,4}的")  # 国外的学历你们认吗
_WHETHER_IT_IS = re.compile("(了|的)?[吗么][啊呀呢]?(\n|$)")
_OR_NOT = re.compile("[不吗么嘛呢]")  # 算公租房不
_WHAT_IS_IT = re.compile(
    "(?:家庭|户)?(?:到底|究竟|又)?(?:是指|指的是|说的是|[是叫算指])(?:一?[个种])?(?:啥|什么|么子|咋)|有(?:什么|啥)(?:区别|不同|两样|差别)"
)  # 引进人才是个啥讲究
_ANYBODYS = re.compile("(do|does|can|could|is|are|will) (a|an|any|the|people with|someone with) ")
_ASKS = re.compile(
    " *(?:and |or |so |but )?(?:is|are|does|do|did|can|could|will|would|should) (?:that|this|these|it|they|there|the) "
)
_WITH_ANOTHER = ("和", "跟", "与", "或")
_IN = "在到去的人 "


@dataclass(frozen=True)
class Asked:
    """A text in which other words are found. `spans`: where they stand."""

    text: Written
    lexicon: Lexicon
    spans: Sequence[tuple[int, int]]

    def asked(self, start: int, end: int) -> bool:
        """Is it asked whether it is so?"""
        first, last = self.text.clause(start)
        if any(one.start() < end and start - one.end() <= 4 for one in WHETHER.finditer(self.text.text, first, last)):
            return True
        if self.lexicon.patterns["questions"].search(self.text.text, max(first, start - 6), min(last, end + 6)):
            return True
        return _ASKED_AT_END.fullmatch(self.text.text[end:last].strip()) is not None

    def only_named(self, start: int) -> bool:
        """Does its clause ask what a word means: 什么叫租赁备案?"""
        first, _ = self.text.clause(start)
        clause = self.lexicon.without_chatter(self.text.text[first:start])
        return self.lexicon.patterns["what_is"].match(clause) is not None

    def in_question(self, start: int, end: int) -> bool:
        """Is it asked whether it is so, or counts as such: 有房吗, 算不算大学毕业, is that the same as …?"""
        first, _ = self.text.clause(start)
        counted = any(one.end() == start for one in self.lexicon.patterns["counts_as"].finditer(self.text.text, first, start))
        counted = counted or (self.text.text.endswith("算", first, start) and _OR_NOT.match(self.text.text, end) is not None)
        asks = _ASKS.match(self.text.text, first, start) is not None
        return (
            counted
            or asks
            or _WHAT_IS_IT.match(self.text.text, end) is not None
            or _WHETHER_IT_IS.match(self.text.text, end) is not None
        )

    def only_asked_about(self, start: int, end: int) -> bool:
        """Is it but what a question about the rules names: 公租房怎么申请, 请问大专文凭能落户吗, is a diploma enough?"""
        first, last = self.text.clause(start)
        joined = self.text.text[start - 1 : start] in _WITH_ANOTHER
        beside = [one for one, other in self.spans if other == start - 1] if joined else []
        before = self.lexicon.without_chatter(self.text.text[first : min([start, *beside])])
        anybody = self.lexicon.patterns["anybody"]
        if anybody.match(before):  # 外地人在温州租房能落户吗
            before = self._without_places(anybody.sub("", before))
        if before and not _OF_A_KIND.fullmatch(before):
            return False
        if self.text.text[start] in "我俺" or _OF_ONESELF.search(self.text.text[start:end]):
            return False
        reach = last if self.text.text[end : end + 1] in _WITH_ANOTHER else min(last, end + REACH)
        asked = self.lexicon.patterns["asking"].search(self.text.text, end, reach) is not None
        return asked or self._can_then(end) or _ANYBODYS.match(self.text.text, first) is not None

    def _can_then(self, end: int) -> bool:
        then = _THEN.match(self.text.text, end)
        return self.lexicon.patterns["can_then"].match(self.text.text, then.end() if then else end) is not None

    def _without_places(self, words: str) -> str:
        return self.lexicon.gazetteer.pattern.sub("", words).strip(_IN)
