"""Doubts: of which facts it is said that one does not know."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.hearing.asked import Asked
from flows.hearing.hits import Hit
from flows.hearing.lexicon import TOPIC, Lexicon
from flows.hearing.written import Written

NEAR = 16  # characters of a clause, which a text without marks may have none to end
_ASKS_ON = re.compile(" ?(?:要|需要|该|怎|咋|能|可不|行不|够|有没有|得|how|what|if|whether)")
_WHETHER = re.compile(" ?(?:if|whether) ")
_NOTHING_ELSE = re.compile("[我也都太还就是了啊呢的吧 ]*(though)?")  # beside 不清楚: it is the answer before that is doubted


@dataclass(frozen=True)
class Doubts:
    """A text in which 不知道 … may stand. `hits`: what its phrases say."""

    text: Written
    lexicon: Lexicon
    hits: Sequence[Hit]
    asked: Asked
    open_fact: str | None

    def spans(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Fact -> the clause in which it is said that one does not know."""
        for unsure in self.lexicon.patterns["unsure"].finditer(self.text.text):
            if self._is_told(*unsure.span()):
                continue
            first, last = self.text.clause(unsure.start())
            hit = self._hit(unsure.start(), unsure.end(), first, last)
            if hit is not None and (hit.entry.fact == "matter") > (self.open_fact == "matter"):
                continue  # 能不能随军我不知道: and asks for it all the same
            if hit is not None:
                yield hit.entry.fact, (min(first, self.text.clause(hit.start)[0]), last)
            elif self.open_fact is not None and not self.hits:
                yield self.open_fact, (first, last)

    def _is_told(self, start: int, end: int) -> bool:
        """Is it a word of what is said: 房东还不知道 (he has not been asked)?"""
        held = (one for one in self.hits if one.start <= start and end <= one.end)
        return any(not any(gap[0] <= start < gap[1] for gap in one.gaps) for one in held)

    def _hit(self, start: int, end: int, first: int, last: int) -> Hit | None:
        behind = [hit for hit in self.hits if end <= hit.start < min(last, end + NEAR)]
        before = [hit for hit in self.hits if first <= hit.start < start <= hit.end + NEAR]
        if _ASKS_ON.match(self.text.text, end):  # 想转到县城不知道要啥手续: what is not known comes after
            before = []
        if behind or before:
            near = behind or before
            either = _WHETHER.match(self.text.text, end) is not None  # not sure if our lease …: not the lease is in doubt
            likely = (
                max(behind, key=lambda hit: hit.end - hit.start) if behind else near[-1]
            )  # 不清楚是不是住矿里宿舍: not only 住
            sole = None if either and likely.entry.fact != self.open_fact else likely
            return next((hit for hit in reversed(near) if hit.entry.denied or hit.entry.values == (TOPIC,)), sole)
        earlier = [hit for hit in self.hits if hit.start < first]
        beside = self.text.text[first:start] + self.text.text[end:last]
        if not earlier or len(beside) > 3:
            return None
        asked = earlier[-1].entry.values == (TOPIC,) or self.asked.asked(earlier[-1].start, earlier[-1].end)
        return earlier[-1] if asked or _NOTHING_ELSE.fullmatch(beside) else None
