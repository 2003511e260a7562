"""Replies: what people type, in the form in which it is compared, and what the texts of a question make of it.

A reply counts only if all of it says one option: a number, a label, a listed word, each with nothing around it but what
changes no meaning. A part of a label says nothing: 社保 is not 社保交在外地, 愿意 is not 愿意，但户口在农村.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from flows.traditional import SIMPLIFIED

LONGEST_REPLY = 200  # characters of typed text that we look at; a longer one is no answer to a question
AGAIN = "again"  # among the words of a question: what can be meant in two ways, and is asked again
MOST_AROUND = 4  # things before an answer, and as many after it, that may be taken away: 我 / 现在 / 是 …

_CHARACTERS = {ord("’"): "'", ord("🔟"): "10", **SIMPLIFIED}
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u20e3\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)  # also a key's frame
_ENDS = " \t\r\n。.!?,;:、~…·“”\"'"
_NAMES = {name: number for number, name in enumerate("一二三四五六七八九", 1)}
_NAMES |= {"十": 10} | {f"十{name}": 10 + number for name, number in _NAMES.items()}
_NAMES |= {name: number for number, name in enumerate("first second third fourth fifth sixth".split(), 1)}
_COUNT = "([0-9]{1,3}|十?[一二三四五六七八九]|十)"
_NUMBER = re.compile(
    rf"[(\[【]?{_COUNT}[)\]】]?|(?:选择?第?|第) ?{_COUNT} ?[个项条种号]?"
    r"|(?:option|number|no\.|#) ?([0-9]{1,3})|([0-9]{1,3})(?:st|nd|rd|th)"
    r"|(?:the )?(first|second|third|fourth|fifth|sixth)(?: one)?"
)


@dataclass(frozen=True, slots=True)
class Around:
    """What may stand before or after a reply and changes nothing of what it says."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def __add__(self, more: "Around") -> "Around":
        return Around(self.before + more.before, self.after + more.after)


NOTHING_AROUND = Around()


@dataclass(frozen=True, slots=True)
class Said:
    """The texts that say the options of a question: its own come before those that are common to all questions."""

    own: tuple[tuple[str, tuple[str, ...]], ...]  # option -> labels and words, as people see and write them
    common: tuple[tuple[str, tuple[str, ...]], ...]
    around: Around


def plain(text: str) -> str:
    """Text as we compare it: one width, no case, simplified characters, nothing that nobody sees, no end punctuation."""
    return unicodedata.normalize("NFKC", UNSEEN.sub("", text)).casefold().translate(_CHARACTERS).strip(_ENDS)


def head(text: str) -> str:
    """A plain label without the bracket at its end, which explains. What stands after a comma may limit, so it stays."""
    return re.sub(r"\s*\([^()]*\)$", "", text)


def number(text: str) -> int | None:
    """The number that a plain text names (2, (2), 2), 二, 第二个, 选2, option 2, second); None if it names none."""
    found = _NUMBER.fullmatch(text)
    named = next((group for group in found.groups() if group), "") if found else ""
    return int(named) if named.isdigit() else _NAMES.get(named)


def peeled(text: str, around: Around) -> Iterator[str]:
    """A plain text, then the same with more and more taken away of what may stand around it."""
    before, after, longest = _edges(around)
    starts, ends = [0], [len(text)]
    while len(starts) <= MOST_AROUND and (found := before.match(text, starts[-1])):
        starts.append(found.end())
    while len(ends) <= MOST_AROUND and (found := after.search(text, max(0, ends[-1] - longest), ends[-1])):
        ends.append(found.start())
    for taken in range(len(starts) + len(ends) - 1):
        for front in range(min(taken + 1, len(starts))):
            if taken - front < len(ends) and starts[front] < ends[taken - front]:
                yield text[starts[front] : ends[taken - front]]


@lru_cache(maxsize=256)
def _edges(around: Around) -> tuple[re.Pattern[str], re.Pattern[str], int]:
    """What may stand before, what may stand after, and how long the latter can be."""
    before = [re.escape(word) + _gap(word) for word in _longest_first(around.before)]
    after = [_gap(word) + re.escape(word) for word in _longest_first(around.after)]
    longest = max((len(word) + 1 for word in around.after), default=0)
    return re.compile("|".join(before) or "(?!)"), re.compile(rf"(?:{'|'.join(after) or '(?!)'})$"), longest


def _gap(word: str) -> str:
    """An English word ends at a space; a Chinese one may."""
    return " " if word.isascii() else " ?"


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted({plain(word) for word in words}, key=len, reverse=True)


@lru_cache(maxsize=512)
def readings(said: Said) -> Mapping[str, frozenset[str]]:
    """Every text that says an option, with the options that it says."""
    found: dict[str, frozenset[str]] = {}
    for option, texts in said.own:
        for form in {form for text in texts for form in (plain(text), head(plain(text)))}:
            found[form] = found.get(form, frozenset()) | {option}
    for option, texts in said.common:
        for text in texts:
            found.setdefault(plain(text), frozenset({option}))
    return found


def option_said(text: str, said: Said) -> str | None:
    """The one option that a plain text says; None if it says none, or could mean several."""
    known = readings(said)
    options = next((known[form] for form in peeled(text, said.around) if form in known), frozenset())
    return next(iter(options)) if len(options) == 1 and AGAIN not in options else None
