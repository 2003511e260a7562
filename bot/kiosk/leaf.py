"""How large the letters of a slip may be, so that one leaf of A5 holds it: what to do in front, why on the back.

A back that is too long for its side even in the least letters goes on right below what is in front.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from math import ceil

from bot.wording.languages import SOURCE

# Class on the page -> points of the letters in front; on the back they are smaller. slip.css says the same.
SIZES = {"large": 11.0, "usual": 10.0, "small": 9.0, "least": 8.0, "short": 7.5}
GOES_ON = ("on", "brief")  # a back in the letters of SHORT, right below the front; the other routes only by their names
SHORT = [*SIZES][-1]
BACK = 0.86  # of the size in front
WIDE, HIGH = 363.0, 530.0  # points that the margins leave
HIGH_OF_LINE = 1.4  # of the size
AROUND = {"h1": 1.0, "h2": 0.9, "h3": 0.5, "p": 0.25, "li": 0.1}  # lines of space that an element has about it
WIDTHS = {SOURCE: (1.0, 0.55), "en": (1.0, 0.5)}  # of a Chinese character, of any other: of the size
MARK = re.compile(r"<[^>]+>")
ELEMENT = re.compile(r"<(h1|h2|h3|p|li)\b[^>]*>(.*?)</\1>", re.DOTALL)
SIDES = re.compile(r'class="(?:front|back) ')
NARROWER = 90.0  # points that a list's indent or the window's code takes away, at most


def sizes_of(page: Callable[[str], str], language: str) -> tuple[str, str]:
    """The largest sizes at which front and back of a slip each stand on one side; else both together on two, the back in the
    least letters. `page`: the slip's page with a back of that size, which in the last ones says less."""
    front, back = _sides(page(""))
    before, behind = _size_of(front, 1, HIGH, language) or SHORT, _size_of(back, BACK, HIGH, language)
    if behind not in ("", SHORT):
        return before, behind
    if height(_sides(page(SHORT))[1], SIZES[SHORT] * BACK, language) <= HIGH:
        return before, SHORT
    for behind in GOES_ON:
        left = 2 * HIGH - height(_sides(page(behind))[1], SIZES[SHORT] * BACK, language)
        if size := _size_of(front, 1, min(HIGH, left), language):
            return size, behind
    return SHORT, GOES_ON[-1]


def _sides(html: str) -> tuple[str, str]:
    starts = [found.start() for found in SIDES.finditer(html)]
    front, back = (html[start:end] for start, end in pairwise([*starts, len(html)]))
    return front, back


def _size_of(part: str, scale: float, room: float, language: str) -> str:
    """The largest letters in which a part takes no more than that room; "" if there are none."""
    return next((name for name, size in SIZES.items() if height(part, size * scale, language) <= room), "")


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
