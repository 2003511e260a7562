"""`luohu policy draw`: a tree as a picture, SVG laid out here without a program beside, and as Mermaid source."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from bot.wording.rules import wide
from bot.workshop.trees import Tree

WIDEST = 46  # Chinese characters in a line
LINE, INDENT, MARGIN, SIZE = 22, 26, 16, 14  # pixels
INKS = {
    "root": "#0b3d5c",
    "head": "#0b5a8a",
    "need": "#1b2430",
    "group": "#5b3d86",
    "when": "#5a6472",
    "verdict0": "#17663a",
    "verdict1": "#8a5a00",
    "verdict2": "#5b3d86",
    "verdict3": "#2f6b45",
    "verdict5": "#3a5f80",
    "verdict6": "#9c1c13",
}  # what is said stands in words; the inks only help the eye (each at least 4.5:1 on white)
PLAIN = "#1b2430"


@dataclass(frozen=True, slots=True)
class _Row:
    depth: int
    lines: tuple[str, ...]
    kind: str
    top: int  # which line of the picture it begins with
    above: int  # that of what it hangs on; -1 for the root


def svg(tree: Tree) -> str:
    """The tree as an indented list with its branches; words are text, attributes are all the style."""
    rows = list(_rows(tree, 0, [0], -1))
    lines = max(row.top + len(row.lines) for row in rows)
    width = max(_left(row) + wide(line) * SIZE for row in rows for line in row.lines) + MARGIN * 2
    drawn = "".join(_branch(row) + _says(row) for row in rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{lines * LINE + MARGIN * 2}" role="img" '
        f'font-family="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif" font-size="{SIZE}">'
        f'<title>{escape(tree.says)}</title><rect width="100%" height="100%" fill="#ffffff"/>{drawn}</svg>\n'
    )


def _rows(tree: Tree, depth: int, next_: list[int], above: int) -> Iterator[_Row]:
    row = _Row(depth, tuple(_wrapped(tree.says)), tree.kind, next_[0], above)
    next_[0] += len(row.lines)
    yield row
    for one in tree.below:
        yield from _rows(one, depth + 1, next_, row.top)


def _wrapped(says: str) -> Iterator[str]:
    line = ""
    for sign in says:
        line += sign
        if wide(line) >= WIDEST and (sign in "，。；、 " or wide(line) >= WIDEST + 4):
            yield line
            line = ""
    if line or not says:
        yield line


def _left(row: _Row) -> int:
    return MARGIN + row.depth * INDENT


def _middle(line: int) -> int:
    return MARGIN + line * LINE + LINE // 2


def _branch(row: _Row) -> str:
    if row.above < 0:
        return ""
    left, top, at = _left(row) - INDENT + 6, _middle(row.above) + 9, _middle(row.top)
    return f'<path d="M{left} {top}V{at}H{_left(row) - 4}" fill="none" stroke="#9aa4b0"/>'


def _says(row: _Row) -> str:
    ink, weight = INKS.get(row.kind, PLAIN), ' font-weight="bold"' if row.kind in ("root", "head") else ""
    return "".join(
        f'<text x="{_left(row)}" y="{_middle(row.top + number) + 5}" fill="{ink}"{weight}>{escape(line)}</text>'
        for number, line in enumerate(row.lines)
    )


# ---- Mermaid ----


def mermaid(tree: Tree) -> str:
    return "flowchart LR\n" + "".join(f"    {line}\n" for line in _nodes(tree, [0]))


def _nodes(tree: Tree, count: list[int]) -> Iterator[str]:
    mine = count[0]
    yield f'n{mine}["{_harmless(tree.says)}"]'
    for one in tree.below:
        count[0] += 1
        yield f"n{mine} --> n{count[0]}"
        yield from _nodes(one, count)


def _harmless(says: str) -> str:
    """Quotes and marks that Mermaid would read as its own, as entities."""
    return "".join(f"#{ord(sign)};" if sign in '"#<>&`;\\' else sign for sign in says)
