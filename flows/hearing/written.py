"""Written: a text as we look at it, with the way back to what was typed.

One width, no case, simplified characters, as `flows.typed.plain` has it; but every character knows where it stood, and
what parts two clauses (a mark, a space between Chinese, 但是 …) has become line ends, one for each of its characters.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from flows.traditional import SIMPLIFIED
from flows.typed import UNSEEN

LONGEST_TEXT = 2000  # characters that are looked at; what follows is not heard
END = "\n"  # in `Written.text`: here a clause ends

_CHARACTERS = {ord("’"): "'", ord("‘"): "'", ord("`"): "'", **SIMPLIFIED}
_HAN = "[\u3400-\u9fff]"
_MARKS = re.compile(
    rf"(?:[,;。!?:~…·“”\"()\[\]【】《》<>/|—\r\n\t]|(?<![我俺咱])、)+|(?<![0-9])\.|\.(?![0-9])|(?<={_HAN}) +(?={_HAN})"
)


@dataclass(frozen=True, slots=True)
class Written:
    said: str
    text: str
    at: tuple[int, ...]  # where in `said` each character of `text` stands

    def words(self, start: int, end: int) -> str:
        """The typed characters of a span of `text`."""
        return self.said[self.at[start] : self.at[end - 1] + 1] if start < end else ""

    def place(self, start: int, end: int) -> tuple[int, int]:
        """A span of `text` as a span of `said`."""
        return (self.at[start], self.at[end - 1] + 1) if start < end else (0, 0)

    def clause(self, position: int) -> tuple[int, int]:
        """Where the clause of a position begins and ends."""
        end = self.text.find(END, position)
        return self.text.rfind(END, 0, position) + 1, len(self.text) if end < 0 else end

    def nearby(self, words: re.Pattern[str], position: int) -> bool:
        """Do words stand in the clause of a position, or in one beside it?"""
        first, last = self.clause(position)
        return words.search(self.text, self.clause(max(0, first - 2))[0], self.clause(last + 1)[1]) is not None

    def clauses(self) -> list[tuple[int, int]]:
        """Every clause that has something in it, as spans."""
        return [found.span() for found in re.finditer(r"[^\n]+", self.text) if found[0].strip()]

    def without(self, words: re.Pattern[str]) -> "Written":
        """The same without words that say nothing; what is left knows where it stood."""
        left: list[int] = []
        start = 0
        for found in words.finditer(self.text):
            left += range(start, found.start())
            start = found.end() + (self.text[found.end() : found.end() + 1] == " ")  # no two blanks in a row
        if not start:
            return self
        left += range(start, len(self.text))
        return Written(self.said, "".join(self.text[one] for one in left), tuple(self.at[one] for one in left))

    def with_text(self, text: str) -> "Written":
        """The same with other characters, as many."""
        return replace(self, text=text)


def written(said: str, breaks: re.Pattern[str] | None = None) -> Written:
    """A text as we look at it; `breaks` are the words that part two clauses."""
    chars: list[str] = []
    at: list[int] = []
    for index, char in enumerate(said[:LONGEST_TEXT]):
        for one in _looked_at(char):
            if one != " " or chars[-1:] != [" "]:  # a row of blanks is one
                chars.append(one)
                at.append(index)
    text = _MARKS.sub(_ends, "".join(chars))
    return Written(said, breaks.sub(_ends_unless_kept, text) if breaks else text, tuple(at))


@lru_cache(10_000)
def _looked_at(char: str) -> str:
    return unicodedata.normalize("NFKC", UNSEEN.sub("", char)).casefold().translate(_CHARACTERS)


def _ends(found: re.Match[str]) -> str:
    return END * len(found[0])


def _ends_unless_kept(found: re.Match[str]) -> str:
    """Of “and we” only the first word parts."""
    first = len(found[0].partition(" ")[0])
    return found["kept"] or END * first + found[0][first:]


def words_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of some words, the longest first; English ones by themselves."""
    return re.compile(alternation(words))


def alternation(words: Iterable[str]) -> str:
    """The same as the text of a pattern; words are tried only where one of their first characters stands."""
    latin = [word for word in words if word.isascii()]
    ways = [_by_heads(word for word in words if not word.isascii())]
    if latin:
        ways.append(rf"(?<![a-z])(?:{_by_heads(latin)})(?![a-z])")
    return "|".join(filter(None, ways)) or "(?!)"


def _by_heads(words: Iterable[str]) -> str:
    tails: dict[str, list[str]] = {}
    for word in sorted(set(words), key=len, reverse=True):
        tails.setdefault(word[0], []).append(re.escape(word[1:]))
    if not tails:
        return ""
    heads = "".join(map(re.escape, tails))
    ways = (f"{re.escape(head)}(?:{'|'.join(some)})" for head, some in tails.items())
    return f"(?=[{heads}])(?:{'|'.join(ways)})"
