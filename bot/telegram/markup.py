"""Telegram's HTML: what is escaped, and how long texts become several messages."""

import html
from collections.abc import Iterable

LONGEST = 3500  # UTF-16 units of one message; Telegram's limit is 4,096 after entities


def bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def italic(text: str) -> str:
    return f"<i>{escape(text)}</i>"


def collapsed(text: str) -> str:
    """What is folded until it is pressed; `text` is HTML."""
    return f"<blockquote expandable>{text}</blockquote>"


def escape(text: str) -> str:
    return html.escape(text, quote=False)


def lines(some: Iterable[str]) -> str:
    return "\n".join(some)


def split(blocks: Iterable[str], longest: int = LONGEST) -> list[str]:
    """Blocks as few messages as possible, cut between blocks, else between lines. No tag runs over a line's end."""
    blocks = [*blocks]
    if 2 * sum([len(block) + 2 for block in blocks]) <= longest:  # a character is two units at most
        return ["\n\n".join(blocks)]
    texts: list[str] = []
    for block in blocks:
        for piece, joint in _pieces(block, longest):
            if texts and units(texts[-1]) + units(joint) + units(piece) <= longest:
                texts[-1] += joint + piece
            else:
                texts.append(piece)
    return texts or [""]


def _pieces(block: str, longest: int) -> Iterable[tuple[str, str]]:
    """(a piece, what joins it to the one before)."""
    if units(block) <= longest:
        yield block, "\n\n"
        return
    for number, line in enumerate(block.split("\n")):
        yield line, "\n" if number else "\n\n"


def units(text: str) -> int:
    """Length as Telegram counts: UTF-16 code units (tags counted too, to be on the safe side)."""
    return len(text.encode("utf-16-le")) // 2
