"""The answer sheet in a chat: a first message with what everybody needs, and the rest collapsed below it."""

import html
import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from bot.telegram.markup import LONGEST, bold, collapsed, escape, italic, lines, split
from bot.wording import sentences
from bot.wording.cards import bracketed
from bot.wording.languages import Language
from bot.wording.text import RULE, folded_lines, grouped
from bot.wording.view import Block, PaperLine, Sheet, TopicCard

FIRST = 900  # characters of the first message, as a phone shows them
HEAD = ("answer", "steps", "errand")  # the blocks that stand in it
QUOTED = LONGEST - 60  # characters of one collapsed piece, so that its marks fit, too
TAG = re.compile(r"<[^>]*>")


def texts(words: Language, sheet: Sheet) -> tuple[str, ...]:
    """The sheet as messages: the first is short, the others are collapsed."""
    head, rest = _head(words, sheet)
    return head, *_below(words, sheet, rest)


def _head(words: Language, sheet: Sheet) -> tuple[str, list[str]]:
    """The first message, as complete as it may be; and what of it did not find room."""
    heading = words(sentences.PAPERS_HEADING)
    papers = [block_text(words, replace(block, heading=heading, lines=())) for block in sheet.blocks if block.papers]
    for detail in (2, 1, 0):
        blocks = [block_text(words, block, detail) for block in sheet.blocks if block.name in HEAD]
        text = lines([bold(sheet.title), "\n\n".join(blocks)])
        if shown(text) <= FIRST:
            return text, papers if detail < 2 else []
    kept: list[str] = []
    left = text.split("\n")
    while left and shown(lines([*kept, left[0]])) <= FIRST:
        kept.append(left.pop(0))
    return lines(kept).rstrip(), [lines(left), *papers]


def _below(words: Language, sheet: Sheet, rest: list[str]) -> Iterator[str]:
    blocks = [block_text(words, block) for block in sheet.blocks if block.name not in HEAD]
    topics = [topic_text(words, topic) for topic in sheet.topics]
    footer = (*sheet.footer, words(sentences.RECEIPT, code=sheet.receipt)) if sheet.receipt else sheet.footer
    parts = [escape(part.strip("\n")) for part in lines(folded_lines(words, sheet)).split(RULE)]
    quotes = [*_quotes([*rest, *blocks]), *_quotes([bold(words(sentences.FOLDED)), *parts] if any(parts) else [])]
    yield from split([*topics, *quotes, lines(italic(line) for line in footer)])


def _quotes(some: Iterable[str]) -> list[str]:
    """Blocks in as few collapsed pieces as they fit in."""
    return [collapsed(piece) for piece in split(filter(None, some), QUOTED) if piece]


def shown(text: str) -> int:
    """How many characters of a text are seen."""
    return len(html.unescape(TAG.sub("", text)))


def block_text(words: Language, block: Block, detail: int = 2) -> str:
    """A block of the head. `detail`: 2 everything, 1 the usual papers by their names alone, 0 without them."""
    made = [bold(block.heading)] if block.heading else []
    for number, (line, chinese) in enumerate(block.by_line, 1):
        made.append(f"{number}. {escape(line)}" if block.numbered else escape(line))
        made += [escape(chinese)] if chinese else []
    for heading, papers in grouped(words, block.papers):
        implied = all(paper.basis == "implied" for paper in papers)
        if implied and detail < 2:
            names = words(sentences.ENUMERATION).join(paper.name for paper in papers)
            made += [f"{italic(heading)}{escape(names)}"] if detail else []
        else:
            made += [italic(heading), *(f"☐ {escape(paper_text(words, paper))}" for paper in papers)]
    return lines(made)


def paper_text(words: Language, paper: PaperLine) -> str:
    return bracketed(words, paper.name, paper.detail) if paper.detail else paper.name


def topic_text(words: Language, topic: TopicCard) -> str:
    papers = [f"☐ {bracketed(words, paper.name, paper.remark)}" for paper in topic.papers]
    rest = [topic.text, *papers, topic.department, *topic.general, topic.clause]
    return lines([f"● {bold(topic.title)}", *(escape(line) for line in rest if line)])
