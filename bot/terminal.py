"""The terminal channel: `luohu chat`, and the answer sheet as text."""

import contextlib
import sys
from collections.abc import Iterator

from bot.talk.presses import begun
from bot.talk.typed import typed
from bot.talk.visit import no_visit
from bot.wording.views import Card, PaperLine, Refusal, Sheet, TopicCard, View, Wording
from flows.book import Book
from flows.conversation import Session
from flows.facts import Facts

with contextlib.suppress(ImportError):  # absent on some systems; with it, deleting Chinese characters works
    import readline  # noqa: F401  # importing it is what makes input() edit lines


def chat(book: Book, language: str) -> int:
    """Talks until the person leaves or the input ends. A piped script works too: one reply a line."""
    wording = Wording(book, language)
    visit, reply = begun(no_visit(book).saying(language=language))
    print(text(book, language, wording.view(visit.talk, reply)))
    while visit.session.phase != "closed":
        try:
            said = input("\n> ")
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        if not sys.stdin.isatty():
            print(said)
        visit, reply = typed(visit, said, wording.offered)
        print("\n" + text(book, language, wording.view(visit.talk, reply)))
    return 0


def sheet_text(book: Book, facts: Facts, language: str, as_of: str) -> str:
    """The answer sheet for a set of facts, as text."""
    wording = Wording(book, language)
    session = Session(language=language, as_of=as_of, facts=dict(facts))
    return "\n".join(sheet_lines(wording, wording.sheet(session)))


def text(book: Book, language: str, view: View) -> str:
    """A view as lines of text."""
    wording = Wording(book, language)
    lines = [*view.paragraphs, *([wording.restart_by_word()] if view.phase == "restart" else [])]
    if view.sheet is not None:
        lines += ["", *sheet_lines(wording, view.sheet), ""]
    if view.topic is not None:
        lines += ["", *_topic(wording, view.topic), ""]
    lines += [f"  {number}. {choice.label}" for number, choice in enumerate(view.choices, 1)]
    if view.tick:
        lines.append(wording.several_typed())
    if view.commands:
        lines.append(wording.commands_line(view.commands))
    return "\n".join(lines)


def sheet_lines(wording: Wording, sheet: Sheet) -> Iterator[str]:
    """The answer sheet as text, to read out, to copy or to print."""
    rule = "─" * 36
    yield f"══ {sheet.title} ══"
    yield from sheet.opening
    for card in sheet.cards:
        yield rule
        yield from _card(wording, card)
    if sheet.refusals:
        yield rule
        yield wording.refusals_heading()
        for refusal in sheet.refusals:
            yield from _refusal(wording, refusal)
    if sheet.unasked:
        yield rule
        yield sheet.unasked
    for topic in sheet.topics:
        yield rule
        yield from _topic(wording, topic)
    if sheet.closing:
        yield rule
        yield from sheet.closing
    if sheet.receipt:
        yield wording.receipt(sheet.receipt)


def _card(wording: Wording, card: Card) -> Iterator[str]:
    yield f"■ {card.title}"
    yield f"  {card.headline}"
    yield from _bullets(card.points)
    yield from _part(wording.placement_heading(), card.placement)
    yield from _part(wording.family_heading(), card.family)
    yield f"  {wording.papers_heading()}"
    yield from (f"    {_paper(wording, paper)}" for paper in card.papers if paper.basis != "implied")
    yield from _bullets(tuple(filter(None, [card.papers_note])))
    if implied := [paper.name for paper in card.papers if paper.basis == "implied"]:
        yield f"    · {wording.implied_heading()}"
        yield from (f"    □ {name}" for name in implied)
    yield from _part(wording.where_heading(), card.where)
    yield from _part(wording.notes_heading(), (*card.notes, *card.general))
    yield f"  {card.clause}"


def _paper(wording: Wording, paper: PaperLine) -> str:
    return f"□ {wording.bracketed(paper.name, paper.remark)}"


def _refusal(wording: Wording, refusal: Refusal) -> Iterator[str]:
    yield f"□ {wording.bracketed(refusal.title, refusal.clause)}"
    yield f"  {wording.not_met(refusal)}"
    yield from (f"  {wording.would_change(change)}" for change in refusal.changes)


def _topic(wording: Wording, topic: TopicCard) -> Iterator[str]:
    yield f"● {topic.title}"
    yield f"  {topic.text}"
    papers = (_paper(wording, paper) for paper in topic.papers)
    yield from (f"  {line}" for line in (*papers, topic.department, *topic.general, topic.clause) if line)


def _part(heading: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"  {heading}"
        yield from _bullets(lines)


def _bullets(lines: tuple[str, ...]) -> Iterator[str]:
    return (f"    · {line}" for line in lines)
