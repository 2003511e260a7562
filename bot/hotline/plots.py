"""Plots: tables as bars, laid out here and drawn by a template as SVG without a word of CSS or script."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.hotline.figures import Line

WIDTH = 1280
LABELS = 300  # width of the words on the left of bars that lie
NUMBERS = 60  # and of the sums on their right
LINE = 26  # height of a bar that lies, with its gap
STANDING = 160  # height of the tallest bar that stands
TOP = 8
LONGEST_LABEL = 20  # characters


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of the bars: a column of the table."""

    column: int
    name: str
    ink: str


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    ink: str
    says: str


@dataclass(frozen=True, slots=True)
class Words:
    x: float
    y: float
    says: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Plot:
    """`says`: what one would tell somebody who does not see it."""

    title: str
    says: str
    height: float
    boxes: tuple[Box, ...]
    words: tuple[Words, ...]
    parts: tuple[Part, ...]
    width: int = WIDTH


def lying(title: str, lines: Sequence[Line], parts: Sequence[Part]) -> Plot:
    """A bar for each line, made of its parts one after the other."""
    scale = (WIDTH - LABELS - NUMBERS) / _most(lines, parts)
    boxes, words = [], []
    for row, line in enumerate(lines):
        top, at = row * LINE, float(LABELS)
        words.append(Words(LABELS - 10, top + 18, _short(line.label), "end"))
        for part in parts:
            width = line.numbers[part.column] * scale
            if width:
                boxes.append(Box(at, top + 3, max(width - 1, 1), LINE - 6, part.ink, _one(line, part)))
            at += width
        words.append(Words(at + 8, top + 18, str(_sum(line, parts))))
    return Plot(title, _says(lines, parts), len(lines) * LINE, tuple(boxes), tuple(words), tuple(parts))


def standing(title: str, lines: Sequence[Line], parts: Sequence[Part]) -> Plot:
    """A bar for each line side by side, as for days."""
    most = _most(lines, parts)
    step = (WIDTH - NUMBERS) / max(len(lines), 1)
    every = -(-len(lines) // 15)  # not every day has room for its date
    boxes = []
    words = [Words(NUMBERS - 8, TOP + 8, str(most), "end"), Words(NUMBERS - 8, TOP + STANDING, "0", "end")]
    for number, line in enumerate(lines):
        left, at = NUMBERS + number * step, float(TOP + STANDING)
        for part in parts:
            height = line.numbers[part.column] * STANDING / most
            at -= height
            if height:
                boxes.append(Box(left + 1, at, max(step - 2, 1), height, part.ink, _one(line, part)))
        if number % every == 0:
            words.append(Words(left + step / 2, TOP + STANDING + 18, line.label[5:], "middle"))
    return Plot(title, _says(lines, parts), TOP + STANDING + 26, tuple(boxes), tuple(words), tuple(parts))


def _sum(line: Line, parts: Sequence[Part]) -> int:
    return sum(line.numbers[part.column] for part in parts)


def _most(lines: Sequence[Line], parts: Sequence[Part]) -> int:
    return max((_sum(line, parts) for line in lines), default=0) or 1


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _one(line: Line, part: Part) -> str:
    return f"{line.label}：{part.name} {line.numbers[part.column]}"


def _says(lines: Sequence[Line], parts: Sequence[Part]) -> str:
    if not lines:
        return ""
    largest = max(lines, key=lambda line: _sum(line, parts))
    return f"共 {len(lines)} 条，最多的是“{largest.label}”，{_sum(largest, parts)} 次。全部数字在下面的表里。"
