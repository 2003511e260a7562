"""Rendering: a view as Telegram messages in HTML, with buttons that carry their question."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.talk.visit import Visit, Words
from bot.wording import sentences
from bot.wording.cards import bracketed
from bot.wording.languages import Language
from bot.wording.text import folded_lines, grouped
from bot.wording.view import Block, PaperLine, Sheet, TopicCard, View
from flows.conversation import Move
from flows.facts import NOTHING, UNSURE

LONGEST = 3500  # UTF-16 units of one message; Telegram's limit is 4,096 after entities
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

# move -> the letter that stands for it on a button
LETTERS = {"answer": "a", "back": "b", "begin": "g", "change": "c", "done": "d", "language": "l", "more": "m", "open_topic": "o",
           "paper": "p", "papers": "q", "restart": "s", "review": "r", "tick": "t", "why": "w"}  # fmt: skip
NAMES = {letter: move for move, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message: Telegram HTML and rows of buttons."""

    html: str
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Press:
    """What a button says when it is pressed: the visit and the step that it was made for, and the move."""

    visit: str
    step: int
    move: str
    words: tuple[str, ...]


# ---- buttons ----


def short(owner: bytes) -> str:
    """The visit's short name on buttons."""
    return owner[:5].hex()[:8]


def pressed(data: str, words: Words) -> Press | None:
    """A button's data read back; None if it is none of ours."""
    found = re.fullmatch(r"([a-z])\.([0-9a-f]{8})\.([0-9a-z]{1,8})((?:\.[0-9a-z]{1,4}){0,3})", data or "")
    if not found or found[1] not in NAMES:
        return None
    try:
        said = tuple(words.word(int(number, 36)) for number in found[4].split(".")[1:])
    except KeyError:
        return None
    return Press(found[2], int(found[3], 36), NAMES[found[1]], said)


class Buttons:
    """Makes the buttons of one visit as it is now."""

    def __init__(self, owner: bytes, visit: Visit, words: Words) -> None:
        self._stem = f"{short(owner)}.{base36(visit.step)}"
        self._words = words

    def __call__(self, text: str, move: str, *ids: str) -> Button:
        data = ".".join([LETTERS[move], self._stem, *map(base36, self._words.numbers(ids))])
        return Button(text, data)


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"


# ---- messages ----


def messages(words: Language, view: View, visit: Visit, button: Buttons) -> tuple[Message, ...]:
    """A view as one or more messages; the last one has the buttons."""
    hint = [words(sentences.SEVERAL_PRESSED)] if view.tick else []
    texts = split([*(_escape(line) for line in (*view.paragraphs, *hint)), *_body(words, view)])
    rows = tuple(_rows(words, view, visit, button))
    return (*(Message(text) for text in texts[:-1]), Message(texts[-1], rows))


def _body(words: Language, view: View) -> Iterable[str]:
    if view.sheet is not None:
        yield from _sheet(words, view.sheet)
    if view.topic is not None:
        yield _topic(words, view.topic)


def _rows(words: Language, view: View, visit: Visit, button: Buttons) -> Iterable[tuple[Button, ...]]:
    if view.tick and view.fact:
        yield from _tick_list(words, view, visit, button)
    else:
        for number, choice in enumerate(view.choices, 1):
            yield (_button(choice.move, numbered(number, choice.label), button),)
    if view.sheet is not None and view.sheet.papers:
        yield (button(words(sentences.PAPER_LIST), "papers"),)
    yield tuple(
        button(choice.label, choice.move.name)
        for choice in view.commands
        if choice.move.name in ("back", "why", "review", "restart", "begin")
    )


def _tick_list(words: Language, view: View, visit: Visit, button: Buttons) -> Iterable[tuple[Button, ...]]:
    fact = str(view.fact)
    for number, choice in enumerate(view.choices, 1):
        value, label = choice.move.value, numbered(number, choice.label)
        if value in (UNSURE, ()):
            yield (button(label, "answer", fact, UNSURE if value == UNSURE else NOTHING),)
        else:
            mark = "✓ " if value[0] in visit.ticked else ""
            yield (button(mark + label, "tick", fact, value[0]),)
    if visit.ticked:
        yield (button(words(sentences.DONE), "done", fact),)


def numbered(number: int, label: str) -> str:
    """What can be pressed, with the number by which it can be typed."""
    return f"{number}　{label}"  # as wide as a Chinese character


def _button(move: Move, label: str, button: Buttons) -> Button:
    match move:
        case Move("answer", fact, str() as option):
            return button(label, "answer", fact, option)
        case Move("change" | "open_topic", subject, _) if subject:
            return button(label, move.name, subject)
        case _:
            return button(label, move.name)


def paper_list(words: Language, sheet: Sheet, visit: Visit, button: Buttons) -> Message:
    """The papers of the sheet as a list to tick off. A button says what it sets, so that a double tap does no harm."""
    rows = []
    for paper in sheet.papers:
        there = paper.id in visit.have
        state = "no" if there else "yes"
        rows.append((button(f"{'☑' if there else '☐'} {paper.name}", "paper", paper.id, state),))
    lines = [f"<b>{_escape(words(sentences.PAPERS_HEADING))}</b>"]
    for heading, papers in grouped(words, sheet.papers):
        lines.append(f"<i>{_escape(heading)}</i>")
        lines += [f"{'☑' if paper.id in visit.have else '☐'} {_escape(_paper(words, paper))}" for paper in papers]
    return Message(_lines(lines), tuple(rows))


def restart_choice(words: Language, button: Buttons) -> Message:
    """Everything is wiped only by whoever says so twice."""
    question, yes, no = map(words, sentences.SURELY_RESTART)
    return Message(_escape(question), ((button(yes, "restart", "yes"), button(no, "restart", "no")),))


def language_choice(languages: Iterable[tuple[str, str]], button: Buttons, text: str) -> Message:
    return Message(_escape(text), tuple((button(name, "language", code),) for code, name in languages))


def plain_message(lines: Sequence[str]) -> Message:
    return Message("\n".join(_escape(line) for line in lines))


# ---- the sheet ----


def _sheet(words: Language, sheet: Sheet) -> Iterable[str]:
    """The head, which is read; then what is folded, collapsed until it is pressed."""
    yield f"<b>{_escape(sheet.title)}</b>"
    yield from (_block(words, block) for block in sheet.blocks)
    yield from (_topic(words, topic) for topic in sheet.topics)
    footer = (*sheet.footer, words(sentences.RECEIPT, code=sheet.receipt)) if sheet.receipt else sheet.footer
    if footer:
        yield _lines(f"<i>{_escape(line)}</i>" for line in footer)
    folded = _pages(folded_lines(words, sheet))
    yield from (f"<blockquote expandable>{_escape(page)}</blockquote>" for page in folded)


def _block(words: Language, block: Block) -> str:
    lines = [f"<b>{_escape(block.heading)}</b>"] if block.heading else []
    for number, line in enumerate(block.lines, 1):
        lines.append(f"{number}. {_escape(line)}" if block.numbered else _escape(line))
    for heading, papers in grouped(words, block.papers):
        lines += [f"<i>{_escape(heading)}</i>", *(f"☐ {_escape(_paper(words, paper))}" for paper in papers)]
    return _lines(lines)


def _paper(words: Language, paper: PaperLine) -> str:
    return bracketed(words, paper.name, paper.detail) if paper.detail else paper.name


def _pages(lines: Iterable[str]) -> list[str]:
    """Lines as few pieces as fit a message, tags included."""
    return split(["\n".join(lines)], LONGEST - 60)


def _topic(words: Language, topic: TopicCard) -> str:
    papers = [f"☐ {bracketed(words, paper.name, paper.remark)}" for paper in topic.papers]
    rest = [topic.text, *papers, topic.department, *topic.general, topic.clause]
    return _lines([f"● <b>{_escape(topic.title)}</b>", *(_escape(line) for line in rest if line)])


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"· {_escape(line)}" for line in lines]


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


# ---- splitting ----


def split(blocks: Iterable[str], longest: int = LONGEST) -> list[str]:
    """Blocks as few messages as possible, cut between blocks, else between lines. No tag runs over a line's end."""
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
