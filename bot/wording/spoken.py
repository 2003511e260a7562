"""The answer as it is read out on the phone, in a quarter of a minute: the sheet's own sentences, the first of each part."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.wording import sentences
from bot.wording.answer import Case, blocks
from bot.wording.cards import station
from bot.wording.languages import SOURCE, Language
from bot.wording.sheet import case_of, no_city_sheet
from flows.book import Book
from flows.conversation import Session
from flows.policy import RIGHTS

CHARACTERS = 75  # that are said in fifteen seconds
WORDS = 40  # of English, in the same time
POINTS = re.compile(r"下面|\bbelow\b|\bthe following\b|\bone by one\b")  # to what only the page shows
QUOTED = r"“[^”]*”|（(?:[^（）]|（[^（）]*）)*）|\([^()]*\)"  # in which no sentence ends
SENTENCE = {
    SOURCE: re.compile(rf"(?:{QUOTED}|[^。！？])+(?:[。！？]|$)"),
    "en": re.compile(rf"(?:{QUOTED}|[^.!?]|[.!?](?! ))+(?:[.!?](?= )|$)"),
}
NUMBERED = re.compile(r"第（([一二三四五六七八九十]+)）")  # a clause that is said without its brackets
CITED = {  # nothing but clauses, for whoever reads
    SOURCE: re.compile(r"(?:(?:第[一二三四五六七八九十\d]+条|[一二三四五]、第\d+项|[一二三四五]\([一二三四五]\)\w*)、?)+"),
    "en": re.compile(r"(?:(?:Articles?|Sections?|Items?)[ \w.,()]*)"),
}
ASIDE = {SOURCE: re.compile(r"（([^（）]*)）"), "en": re.compile(r" \(([^()“]*)\)")}
SHORT = 3  # characters that stand in brackets for another case of the same: 县（市）


def said_without_brackets(words: Language, text: str) -> str:
    """A text as it is said: nobody can say a bracket. What stands in one is said in its place, but for mere clauses."""
    comma = "，" if words.code == SOURCE else ", "

    def plain(aside: re.Match[str]) -> str:
        inside = aside[1]
        if CITED[words.code].fullmatch(inside) or inside == "她":
            return ""
        if words.code == SOURCE and len(inside) <= SHORT:
            return inside if inside.startswith("或") else f"、{inside}"
        inside = re.sub(r"^文件以外", "这是文件以外的", inside)
        return f"{comma}{inside}{comma.rstrip()}"

    made = ASIDE[words.code].sub(plain, NUMBERED.sub(r"第\1", text))
    return re.sub(r"^，|[，,](?=[，。：；！？”,.:;!?])", "", made)


def spoken(book: Book, words: Language, session: Session) -> tuple[str, ...]:
    """The answer, the first step and where to go, each as far as there is time for it."""
    case = case_of(book, words, session)
    if case is None:
        return _in_time(words, [*_sentences(words, no_city_sheet(book, words, session.facts).answer)])
    parts = {block.name: block.lines for block in blocks(replace(case, cited=False))}
    answer, step = [*_answer(case, parts["answer"])], [*_step(words, parts.get("steps", ()))]
    where = [*_where(case)] if "errand" in parts and case.ahead is None else []  # nobody goes now for what lies ahead
    if case.ahead is not None or not case.later:
        return _in_time(words, answer, step, where)
    needed = _in_time(words, answer[:1], step, where)  # what comes then can wait
    return _in_time(words, answer, [*needed[1:]]) if _fits(words, (*answer, *needed[1:])) else needed


def _answer(case: Case, lines: tuple[str, ...]) -> Iterator[str]:
    """The sentences of the answer itself: other routes, and lists, are for who reads."""
    if case.outcome.kind == "overview":
        yield from (*[*_sentences(case.words, lines)][:1], lines[-1])
        return
    if not lines[0].endswith(("：", ":")):
        lines = lines[:1]
    made = [*_sentences(case.words, lines)]
    yield from (one for one in made if not POINTS.search(one))
    if case.facts.get("matter") == RIGHTS and any(map(POINTS.search, made)):
        yield case.words(sentences.WHICH_RIGHT, count=len(case.policy.topics_for(case.facts)))


def _step(words: Language, steps: tuple[str, ...]) -> Iterator[str]:
    """How the first step is done: its first sentence, unless that says once more what has to be found out."""
    again = words(sentences.STEP_FIND_OUT).partition("{")[0]
    made = [one for one in _sentences(words, steps[:1]) if not one.startswith(again)]
    yield from (one for one in made[:1] if not POINTS.search(one))


def _where(case: Case) -> Iterator[str]:
    if case.lead is not None:
        where = station(case.words, case.policy, case.lead.route, case.facts)
        go = sentences.GO_LATER if case.later else sentences.GO_TO
        yield from _sentences(case.words, (case.words(go, station=where),))


def _in_time(words: Language, *parts: list[str]) -> tuple[str, ...]:
    """As many sentences of each part as there is still time for; the very first is always said."""
    said: tuple[str, ...] = ()
    for part in parts:
        for sentence in part:
            if said and not _fits(words, (*said, sentence)):
                break
            said = (*said, sentence)
    return said


def _sentences(words: Language, lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        found = (found[0].strip() for found in SENTENCE[words.code].finditer(line))
        yield from (said_without_brackets(words, sentence) for sentence in found if sentence)


def _fits(words: Language, said: tuple[str, ...]) -> bool:
    return length(words, said) <= (CHARACTERS if words.code == SOURCE else WORDS)


def length(words: Language, said: tuple[str, ...]) -> int:
    """How long it takes: Chinese by characters, with figures and letters, English by words; nobody says a comma."""
    return len(re.findall(r"[^\W_]", "".join(said)) if words.code == SOURCE else " ".join(said).split())
