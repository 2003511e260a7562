"""How large the letters of a slip may be, so that one leaf of A5 holds it: what to do in front, why on the back."""

import re
from itertools import pairwise
from math import ceil

from bot.wording.languages import SOURCE

# Class on the page -> points of the letters in front; on the back they are smaller. slip.css says the same.
SIZES = {"large": 11.0, "usual": 10.0, "small": 9.0, "least": 8.0, "short": 7.5}
BACK = 0.86  # of the size in front
WIDE, HIGH = 363.0, 530.0  # points that the margins leave
HIGH_OF_LINE = 1.4  # of the size
AROUND = {"h1": 1.0, "h2": 0.9, "h3": 0.5, "p": 0.25, "li": 0.1}  # lines of space that an element has about it
WIDTHS = {SOURCE: (1.0, 0.55), "en": (1.0, 0.5)}  # of a Chinese character, of any other: of the size
MARK = re.compile(r"<[^>]+>")
ELEMENT = re.compile(r"<(h1|h2|h3|p|li)\b[^>]*>(.*?)</\1>", re.DOTALL)
SIDES = re.compile(r'class="(?:front|back) ')
NARROWER = 90.0  # points that a list's indent or the window's code takes away, at most


def sizes_of(html: str, language: str) -> tuple[str, str]:
    """The largest sizes at which front and back of a slip's page (`html`) each stand on one side; else the least, in short."""
    starts = [found.start() for found in SIDES.finditer(html)]
    front, back = (html[start:end] for start, end in pairwise([*starts, len(html)]))
    return _size_of(front, 1, language), _size_of(back, BACK, language)


def _size_of(part: str, scale: float, language: str) -> str:
    fitting = (name for name, size in SIZES.items() if height(part, size * scale, language) <= HIGH)
    return next(fitting, [*SIZES][-1])


def height(part: str, size: float, language: str) -> float:
    """Points that a part of a page takes at a size of letters, about."""
    lines = 0.0
    for tag, inner in ELEMENT.findall(part):
        long = _length(MARK.sub("", inner), language) * (1.4 if tag == "h1" else 1)
        room = WIDE - (NARROWER if tag == "h1" else 24 if tag == "li" else 0)
        lines += ceil(long * size / room) * (1.4 if tag == "h1" else 1) + AROUND[tag]
    return lines * size * HIGH_OF_LINE


def _length(text: str, language: str) -> float:
    wide, narrow = WIDTHS[language]
    text = " ".join(text.split())
    return sum(wide if ord(one) > 0x2E80 else narrow for one in text)
