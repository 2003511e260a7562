"""Rehearsals: residents of whom everything is known, played through the interview as they would meet it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from bot.clock import today
from bot.wording.languages import Language
from bot.wording.sheet import sheet
from bot.wording.text import folded_lines, head_lines, view_text
from bot.wording.view import Sheet
from bot.wording.views import view
from flows.book import Book
from flows.conversation import Move, Reply, Session, Talk, take
from flows.facts import UNSURE, Facts


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A talk held to its first sheet: the questions in their order, and the talk as it ended."""

    asked: tuple[str, ...]
    turns: tuple[tuple[Talk, Reply], ...]

    @property
    def talk(self) -> Talk:
        return self.turns[-1][0]

    @property
    def words(self) -> Language:
        return Language(self.talk.session.language)

    @property
    def sheet(self) -> Sheet:
        return sheet(self.talk.book, self.words, self.talk.session)

    @property
    def head(self) -> str:
        """What everybody reads of the sheet, as text; without the footer, which is the same on every sheet of a city."""
        return "\n".join(head_lines(self.words, replace(self.sheet, footer=())))


def rehearse(book: Book, facts: Facts, language: str = "zh") -> Rehearsal:
    """The talk of a resident up to the sheet. What is asked and was not given counts as not sure."""
    talk, reply = take(Talk(book, Session(language=language, as_of=today())), Move("begin"))
    turns, asked = [(talk, reply)], []
    while reply.fact is not None:
        asked.append(reply.fact)
        talk, reply = take(talk, Move("answer", reply.fact, facts.get(reply.fact, UNSURE)))
        turns.append((talk, reply))
    return Rehearsal(tuple(asked), tuple(turns))


def result(book: Book, facts: Facts, language: str = "zh") -> dict[str, Any]:
    """What was asked, what followed from it, what came out; `characters` and `folded` count what is no space."""
    held = rehearse(book, facts, language)
    talk, words, made = held.talk, held.words, held.sheet
    inferred = {fact: answer for fact, answer in talk.known.items() if fact not in talk.facts}
    return {
        "asked": list(held.asked),
        "inferred": {fact: list(answer) if isinstance(answer, tuple) else answer for fact, answer in inferred.items()},
        "answer": outcome(talk),
        "characters": _characters(head_lines(words, made)),
        "folded": _characters(folded_lines(words, made)),
    }


def outcome(talk: Talk) -> dict[str, Any]:
    """What came out for the matter asked: kind, matter, routes."""
    policy, matter = talk.policy, talk.facts.get("matter")
    if policy is None:
        return {"kind": "silent", "matter": matter, "routes": []}
    seen = talk.session.seen
    came = policy.outcome(talk.known, overview=policy.overview(talk.facts, seen), looked=bool(seen))
    return {"kind": came.kind, "matter": matter, "routes": list(came.routes)}


def _characters(lines: Iterator[str]) -> int:
    return len("".join("".join(lines).split()))


def as_text(book: Book, facts: Facts, language: str = "zh") -> str:
    """The whole talk: each question with what can be chosen, the answer given, and the sheet."""
    held = rehearse(book, facts, language)
    parts = []
    for number, (talk, reply) in enumerate(held.turns):
        parts.append(view_text(held.words, view(held.words, talk, reply)))
        if number < len(held.asked):
            answer = facts.get(held.asked[number], UNSURE)
            parts.append("> " + (answer if isinstance(answer, str) else " ".join(answer) or "-"))
    return "\n\n".join(parts)
