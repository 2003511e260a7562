"""Rendering: a view as Telegram messages in HTML, with buttons that carry their question."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from unicodedata import east_asian_width

from msgspec import Struct
from msgspec.structs import replace

from bot.talk.visit import Visit, Words
from bot.telegram import sheet as sheets
from bot.telegram.markup import bold, escape, italic, lines, split
from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.text import grouped
from bot.wording.view import Sheet, View
from flows.conversation import Move
from flows.facts import UNSURE, option_of

WIDEST = 18  # Chinese characters that a phone shows on a button
SIDE_BY_SIDE = {2: 8.5, 3: 5.5, 4: 4}  # how wide each of so many in a row may be
COPIED = 256  # characters that a press can copy
NUMBERS = 5  # that stand in a row
TICK = "✓ "
PRESSED = ("back", "why", "review", "restart", "begin")  # the commands that are buttons
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

Keys = tuple[tuple[str, str], ...]
"""The buttons of a message that was sent: label and data."""

# move -> the letter that stands for it on a button
LETTERS = {"agree": "y", "alter": "h", "amend": "e", "answer": "a", "ask_for": "f", "back": "b", "begin": "g", "change": "c",
           "done": "d", "drop": "x", "language": "l", "more": "m", "open_topic": "o", "paper": "p", "papers": "q",
           "refuse": "n", "restart": "s", "review": "r", "take": "k", "tick": "t", "why": "w"}  # fmt: skip
NAMES = {letter: move for move, letter in LETTERS.items()}


class Button(Struct, frozen=True):
    """`data`: what comes back when it is pressed, or a link; `copy`: what is copied instead."""

    text: str
    data: str = ""
    copy: str = ""


class Message(Struct, frozen=True):
    """One message: Telegram HTML and rows of buttons."""

    html: str
    buttons: tuple[tuple[Button, ...], ...] = ()


class Press(Struct, frozen=True):
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
        self._numbers = words.by_word

    def __call__(self, text: str, move: str, *ids: str) -> Button:
        numbers = self._numbers
        return Button(text, ".".join([LETTERS[move], self._stem, *[base36(numbers[one]) for one in ids]]))


@lru_cache(maxsize=4096)  # ids come again and again
def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"


# ---- messages ----


def messages(words: Language, view: View, visit: Visit, button: Buttons, takes_away: bool = False) -> tuple[Message, ...]:
    """A view as one or more messages; the last one has the buttons. `takes_away`: whether a sheet can be had as a file."""
    if view.near:
        view = replace(view, choices=tuple(choice for choice in view.choices if option_of(choice.move.value) in view.near))
    hint = [words(sentences.SEVERAL_PRESSED)] if view.tick and not view.near else [view.example] if view.example else []
    in_full = escape(_in_full(view))
    said = tuple(filter(None, (*map(escape, view.paragraphs), in_full if view.sheet is None else "", *hint)))
    if view.topic is not None:
        said = (*said, sheets.topic_text(words, view.topic))
    texts = split(said)
    if view.sheet is not None:  # its first line is the answer, and what can be chosen stands last
        *first, last = sheets.texts(words, view.sheet)
        texts += [*first, *split(filter(None, (last, in_full)))]
    texts = [text for text in texts if text] or [""]
    rows = tuple(_rows(words, view, visit, button, takes_away))
    apart = split([lines(map(escape, view.apart))]) if view.apart else []
    return (*map(Message, (*apart, *texts[:-1])), Message(texts[-1], rows))


def _in_full(view: View) -> str:
    """What can be chosen and does not fit on a button, with its number; of the answers, all."""
    if view.phase == "heard":
        return ""  # it stands above
    if view.phase == "answers":
        return "\n".join(f"{number} {choice.label}" for number, choice in enumerate(view.choices, 1))
    return _shortened(_labels(view), view.tick, bool(view.example))[1]


def _rows(words: Language, view: View, visit: Visit, button: Buttons, takes_away: bool) -> Iterable[tuple[Button, ...]]:
    if view.near and view.fact:
        yield from _perhaps(words, view, short_labels(view), button)
        return
    labels = short_labels(view) if view.phase != "heard" else ()
    if view.phase == "heard":
        yield from _of_proposals(view, button)
    elif view.phase == "answers":
        numbers = [_button(choice.move, label, button) for choice, label in zip(view.choices, labels, strict=True)]
        yield from (tuple(numbers[first : first + NUMBERS]) for first in range(0, len(numbers), NUMBERS))
    elif view.tick and view.fact:
        yield from _tick_list(words, view, labels, visit, button)
    else:
        yield from ((_button(choice.move, label, button),) for choice, label in zip(view.choices, labels, strict=True))
    if view.sheet is not None:
        yield from in_rows([*_copies(words, view.sheet)])
    if view.sheet is not None and view.sheet.papers:
        yield (button(words(sentences.PAPER_LIST), "papers"),)
    if view.sheet is not None and takes_away:
        yield (button(words(sentences.TAKE_AWAY), "take"),)
    if view.whom:
        yield tuple(button(choice.label, "ask_for", choice.move.subject) for choice in view.whom)
    yield from in_rows([button(choice.label, choice.move.name) for choice in view.commands if choice.move.name in PRESSED])


def _copies(words: Language, sheet: Sheet) -> Iterable[Button]:
    """What is said on the phone, in Chinese, and the number on the sheet, to be copied with one press."""
    asks = sheet.block("asks")
    for number, (line, chinese) in enumerate(asks.by_line if asks else (), 1):
        if len(chinese or line) <= COPIED:
            yield Button(words(sentences.COPY_ASK, number=number), copy=chinese or line)
    if sheet.receipt:
        yield Button(words(sentences.COPY_NUMBER), copy=sheet.receipt)


def _of_proposals(view: View, button: Buttons) -> Iterable[tuple[Button, ...]]:
    """Yes to all that was heard, first; then each to be changed; then no to all."""
    by_move = {name: [one for one in view.choices if one.move.name == name] for name in ("agree", "alter", "refuse")}
    yield tuple(button(one.label, "agree") for one in by_move["agree"])
    yield from in_rows([button(cut(one.label), "alter", one.move.subject) for one in by_move["alter"]])
    yield tuple(button(one.label, "refuse") for one in by_move["refuse"])


def _perhaps(words: Language, view: View, labels: Sequence[str], button: Buttons) -> Iterable[tuple[Button, ...]]:
    """The options that were perhaps meant, and the way back to all of them. Of several answers, the one alone."""
    fact = str(view.fact)
    for choice, label in zip(view.choices, labels, strict=True):
        yield (button(label, "answer", fact, option_of(choice.move.value)),)
    yield (button(_with_number(view, len(labels) + 1, words(sentences.NONE_OF_THESE)), "amend"),)


def _tick_list(words: Language, view: View, labels: Sequence[str], visit: Visit, button: Buttons) -> Iterable[tuple[Button, ...]]:
    fact = str(view.fact)
    for choice, label in zip(view.choices, labels, strict=True):
        value = choice.move.value
        if value in (UNSURE, ()):
            yield (button(label, "answer", fact, option_of(value)),)
        else:
            mark = TICK if value[0] in visit.ticked else ""
            yield (button(mark + label, "tick", fact, value[0]),)
    if visit.ticked:
        yield (button(words(sentences.DONE), "done", fact),)


def numbered(number: int, label: str) -> str:
    """What can be pressed, with the number by which it can be typed."""
    return f"{number}　{label}"  # as wide as a Chinese character


# ---- width ----


@lru_cache(maxsize=4096)  # of labels, which come again and again
def width(text: str) -> float:
    """In Chinese characters; a Latin letter is half of one, a mark that nobody sees none."""
    return sum(1.0 if east_asian_width(one) in "WFA" else 0.5 for one in text)


def in_rows(some: Sequence[Button]) -> Iterable[tuple[Button, ...]]:
    """Buttons side by side as long as none of them is cut off."""
    row: tuple[Button, ...] = ()
    for one in some:
        together = (*row, one)
        if row and max(width(button.text) for button in together) > SIDE_BY_SIDE.get(len(together), 0):
            yield row
            together = (one,)
        row = together
    if row:
        yield row


def _with_number(view: View, number: int, label: str) -> str:
    """What can be pressed; where a typed number is an amount, without one."""
    return label if view.example else numbered(number, label)


def _labels(view: View) -> tuple[str, ...]:
    return tuple([choice.label for choice in view.choices])


def short_labels(view: View) -> tuple[str, ...]:
    """What stands on the buttons: all of it where it fits; else what stands before its bracket or comma, if that says which; else
    the number alone. The whole of it then stands in the text."""
    if view.phase == "answers":
        return tuple(str(number) for number in range(1, len(view.choices) + 1))
    return _shortened(_labels(view), view.tick, bool(view.example))[0]


@lru_cache(maxsize=2048)  # of the labels of a question, which come again and again
def _shortened(labels: tuple[str, ...], tick: bool, counts: bool) -> tuple[tuple[str, ...], str]:
    """(what stands on the buttons, in full what does not fit there). `counts`: a typed number is an amount."""
    heads = [re.split(r"\s*[（(，,；;]", label)[0] for label in labels]
    found, in_full = [], []
    for number, (label, head) in enumerate(zip(labels, heads, strict=True), 1):
        whole, begins = (label, head) if counts else (numbered(number, label), numbered(number, head))
        if _fits(whole, tick):
            found.append(whole)
            continue
        in_full.append(whole)
        if head and heads.count(head) == 1 and _fits(begins, tick):
            found.append(begins)
        else:
            found.append(cut(label) if counts else str(number))
    return tuple(found), "\n".join(in_full)


def _fits(label: str, tick: bool) -> bool:
    return width((TICK if tick else "") + label) <= WIDEST


def _button(move: Move, label: str, button: Buttons) -> Button:
    if move.name == "answer" and isinstance(move.value, str):
        return button(label, "answer", move.subject, move.value)
    if move.name in ("change", "open_topic") and move.subject:
        return button(label, move.name, move.subject)
    return button(label, move.name)


def paper_list(words: Language, sheet: Sheet, visit: Visit, button: Buttons) -> Message:
    """The papers of the sheet as a list to tick off. A button says what it sets, so that a double tap does no harm."""
    rows = []
    for paper in sheet.papers:
        there = paper.id in visit.have
        state = "no" if there else "yes"
        rows.append((button(cut(f"{'☑' if there else '☐'} {paper.name}"), "paper", paper.id, state),))
    listed = [bold(words(sentences.PAPERS_HEADING))]
    for heading, papers in grouped(words, sheet.papers):
        listed.append(italic(heading))
        listed += [f"{'☑' if paper.id in visit.have else '☐'} {escape(sheets.paper_text(words, paper))}" for paper in papers]
    return Message(lines(listed), tuple(rows))


def cut(label: str) -> str:
    """What fits on a button of something that stands above it in full."""
    while width(label) > WIDEST:
        label = label.rstrip("…")[:-1].rstrip() + "…"
    return label


def restart_choice(words: Language, button: Buttons) -> Message:
    """Everything is wiped only by whoever says so twice."""
    question, yes, no = map(words, sentences.SURELY_RESTART)
    return Message(escape(question), ((button(yes, "restart", "yes"), button(no, "restart", "no")),))


def language_choice(languages: Iterable[tuple[str, str]], button: Buttons, text: str) -> Message:
    listed = enumerate(languages, 1)
    return Message(escape(text), tuple((button(numbered(number, name), "language", code),) for number, (code, name) in listed))


def amend_choice(words: Language, view: View, button: Buttons) -> Message:
    """Whether an answer shall be the option that a changed message names."""
    yes = button(numbered(1, words(sentences.CHANGE_IT)), "amend", str(view.fact), *view.near)
    return Message(escape(view.paragraphs[0]), ((yes, button(numbered(2, words(sentences.LEAVE_IT)), "amend")),))


def plain_message(lines: Sequence[str]) -> Message:
    return Message("\n".join(escape(line) for line in lines))
