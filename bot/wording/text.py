"""A view or an answer sheet as lines of text: for the terminal, to read out, to copy or to print."""

from collections.abc import Iterator

from bot.wording import sentences
from bot.wording.cards import bracketed, not_met
from bot.wording.languages import Language
from bot.wording.sheet import sheet
from bot.wording.view import Block, Card, Choice, PaperLine, Refusal, Sheet, TopicCard, View
from flows.book import Book
from flows.conversation import Session
from flows.facts import Facts

RULE = "─" * 36


def view_text(words: Language, view: View) -> str:
    lines = [*view.paragraphs[: view.beside], *filter(None, [view.echo]), *view.paragraphs[view.beside :]]
    if view.sheet is not None:
        lines += ["", *sheet_lines(words, view.sheet), ""]
    if view.topic is not None:
        lines += ["", *_topic(words, view.topic), ""]
    lines += [f"  {'·' if view.example else f'{number}.'} {choice.label}" for number, choice in enumerate(view.choices, 1)]
    lines += [words(sentences.SEVERAL_TYPED)] if view.tick else [view.example] if view.example else []
    if view.commands:
        lines.append(_commands(words, view.commands))
    return "\n".join(lines)


def sheet_text(book: Book, facts: Facts, language: str, as_of: str) -> str:
    """The answer sheet for a set of facts, as they are given."""
    words = Language(language)
    session = Session(language=language, as_of=as_of, facts=dict(facts))
    return "\n".join(sheet_lines(words, sheet(book, words, session, as_given=True)))


def sheet_lines(words: Language, sheet: Sheet) -> Iterator[str]:
    yield from head_lines(words, sheet)
    yield from folded_lines(words, sheet)
    if sheet.receipt:
        yield words(sentences.RECEIPT, code=sheet.receipt)


def head_lines(words: Language, sheet: Sheet) -> Iterator[str]:
    """What everybody reads."""
    yield f"══ {sheet.title} ══"
    for block in sheet.blocks:
        yield from _block(words, block)
    for topic in sheet.topics:
        yield RULE
        yield from _topic(words, topic)
    if sheet.footer:
        yield RULE
        yield from sheet.footer


def folded_lines(words: Language, sheet: Sheet) -> Iterator[str]:
    """What is there for who wants to know more."""
    for card in sheet.cards:
        yield RULE
        yield from _card(words, card)
    if sheet.refusals:
        yield RULE
        yield words(sentences.REFUSALS_HEADING)
        for refusal in sheet.refusals:
            yield from _refusal(words, refusal)
    rest = (*filter(None, [sheet.unasked]), *sheet.source)
    if rest:
        yield RULE
        yield from rest


def _block(words: Language, block: Block) -> Iterator[str]:
    if block.heading:
        yield ""
        yield block.heading
    for number, (line, chinese) in enumerate(block.by_line, 1):
        yield f"{number}. {line}" if block.numbered else f"· {line}" if block.heading else line
        yield from [f"  {chinese}"] if chinese else []
    for heading, papers in grouped(words, block.papers):
        yield f"· {heading}"
        yield from (f"  {_paper(words, paper)}" for paper in papers)


def grouped(words: Language, papers: tuple[PaperLine, ...]) -> Iterator[tuple[str, tuple[PaperLine, ...]]]:
    """The papers that the document asks for, and those that are usually asked for, each under its heading."""
    for heading, implied in ((sentences.MUST_HAVE, False), (sentences.USUALLY_ASKED, True)):
        if some := tuple(paper for paper in papers if (paper.basis == "implied") == implied):
            yield words(heading), some


def _card(words: Language, card: Card) -> Iterator[str]:
    yield f"■ {card.title}"
    yield from (f"  {line}" for line in (card.headline,) if line)
    yield from _bullets(card.points)
    yield from _part(words(sentences.PLACEMENT_HEADING), card.placement)
    yield from _part(words(sentences.FAMILY_HEADING), card.family)
    for heading, papers in grouped(words, card.papers):
        yield f"  {heading}"
        yield from (f"    {_paper(words, paper)}" for paper in papers)
    yield from _part(words(sentences.WHERE_HEADING), card.where)
    yield from _part(words(sentences.NOTES_HEADING), (*card.notes, *card.general))
    yield from (f"  {line}" for line in (card.department, card.clause) if line)


def _paper(words: Language, paper: PaperLine) -> str:
    return f"□ {bracketed(words, paper.name, paper.detail)}" if paper.detail else f"□ {paper.name}"


def _refusal(words: Language, refusal: Refusal) -> Iterator[str]:
    yield f"□ {bracketed(words, refusal.title, refusal.clause)}"
    yield f"  {not_met(words, refusal)}"
    yield from (f"  {change}" for change in refusal.changes)
    if refusal.later:
        yield f"  {words(sentences.REFUSED_LATER, later=words(sentences.ENUMERATION).join(refusal.later))}"


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
