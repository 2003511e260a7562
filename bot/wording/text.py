"""A view or an answer sheet as lines of text: for the terminal, to read out, to copy or to print."""

from collections.abc import Iterator

from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.sheet import bracketed, not_met, sheet
from bot.wording.view import Card, Choice, PaperLine, Refusal, Sheet, TopicCard, View
from flows.book import Book
from flows.conversation import Session
from flows.facts import Facts


def view_text(words: Language, view: View) -> str:
    lines = list(view.paragraphs)
    if view.sheet is not None:
        lines += ["", *sheet_lines(words, view.sheet), ""]
    if view.topic is not None:
        lines += ["", *_topic(words, view.topic), ""]
    lines += [f"  {number}. {choice.label}" for number, choice in enumerate(view.choices, 1)]
    if view.tick:
        lines.append(words(sentences.SEVERAL_TYPED))
    if view.commands:
        lines.append(_commands(words, view.commands))
    return "\n".join(lines)


def sheet_text(book: Book, facts: Facts, language: str, as_of: str) -> str:
    """The answer sheet for a set of facts."""
    words = Language(language)
    session = Session(language=language, as_of=as_of, facts=dict(facts))
    return "\n".join(sheet_lines(words, sheet(book, words, session)))


def sheet_lines(words: Language, sheet: Sheet) -> Iterator[str]:
    rule = "─" * 36
    yield f"══ {sheet.title} ══"
    yield from sheet.opening
    for card in sheet.cards:
        yield rule
        yield from _card(words, card)
    if sheet.refusals:
        yield rule
        yield words(sentences.REFUSALS_HEADING)
        for refusal in sheet.refusals:
            yield from _refusal(words, refusal)
    if sheet.unasked:
        yield rule
        yield sheet.unasked
    for topic in sheet.topics:
        yield rule
        yield from _topic(words, topic)
    if sheet.closing:
        yield rule
        yield from sheet.closing
    if sheet.receipt:
        yield words(sentences.RECEIPT, code=sheet.receipt)


def _card(words: Language, card: Card) -> Iterator[str]:
    yield f"■ {card.title}"
    yield f"  {card.headline}"
    yield from _bullets(card.points)
    yield from _part(words(sentences.PLACEMENT_HEADING), card.placement)
    yield from _part(words(sentences.FAMILY_HEADING), card.family)
    yield f"  {words(sentences.PAPERS_HEADING)}"
    yield from (f"    {_paper(words, paper)}" for paper in card.papers if paper.basis != "implied")
    yield from _bullets(tuple(filter(None, [card.papers_note])))
    if implied := [paper.name for paper in card.papers if paper.basis == "implied"]:
        yield f"    · {words(sentences.IMPLIED_HEADING)}"
        yield from (f"    □ {name}" for name in implied)
    yield from _part(words(sentences.WHERE_HEADING), card.where)
    yield from _part(words(sentences.NOTES_HEADING), (*card.notes, *card.general))
    yield f"  {card.clause}"


def _paper(words: Language, paper: PaperLine) -> str:
    return f"□ {bracketed(words, paper.name, paper.remark)}"


def _refusal(words: Language, refusal: Refusal) -> Iterator[str]:
    yield f"□ {bracketed(words, refusal.title, refusal.clause)}"
    yield f"  {not_met(words, refusal)}"
    yield from (f"  {words(sentences.WOULD_CHANGE, change=change)}" for change in refusal.changes)


def _topic(words: Language, topic: TopicCard) -> Iterator[str]:
    yield f"● {topic.title}"
    yield f"  {topic.text}"
    papers = (_paper(words, paper) for paper in topic.papers)
    yield from (f"  {line}" for line in (*papers, topic.department, *topic.general, topic.clause) if line)


def _part(heading: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"  {heading}"
        yield from _bullets(lines)


def _bullets(lines: tuple[str, ...]) -> Iterator[str]:
    return (f"    · {line}" for line in lines)


def _commands(words: Language, commands: tuple[Choice, ...]) -> str:
    typed = words(sentences.ENUMERATION).join(choice.label for choice in commands)
    return words(sentences.COMMANDS_LINE, words=typed)
