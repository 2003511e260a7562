"""Visits: what is kept of a person between two turns, and how small it is written down.

A visit is a session and what its channel has to remember. On disk every id is a number that the database itself
gave out (table `word`), so a visit is some seventy bytes and outlives a change of the order in policies/.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from operator import sub
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from bot.store import words as numbered
from bot.store.base import Connection
from bot.store.visits import VisitRow
from bot.talk.retention import TTL, WATCHED
from flows.book import Book
from flows.conversation import LANGUAGES, PHASES, AsksFor, Change, NewRules, Pending, Phase, Session, Talk
from flows.facts import NOTHING, UNSURE, Answer, Facts
from flows.policy import TOPICS
from flows.rules import STATUS, Status
from flows.session import NOTHING_PENDING

Channel = Literal["telegram", "kiosk", "phone", "desk"]
CHANNELS: tuple[Channel, ...] = ("telegram", "kiosk", "phone", "desk")


OFFERS = ("language", "amend", "near")  # a language; whether a fact shall have another answer; options perhaps meant
RODE = -1  # as the number of a message: it went back in a webhook's response, and nobody knows what became of it


class Visit(msgspec.Struct, frozen=True):
    """One person's conversation. `version` is 0 for a visit that is not stored yet; `step` counts what the person
    sees: a button made for another step is stale. A struct, as each turn makes several, and of a dataclass one takes long."""

    talk: Talk
    version: int = 0
    step: int = 0
    policy: str = ""  # version of the policy data that the last turn was judged by
    ticked: tuple[str, ...] = ()  # in a list that is not finished
    have: tuple[str, ...] = ()  # papers ticked off as being at hand
    update: int = 0  # number of the update that it was last changed by
    heard: int = 0  # number of the person's last message in the chat
    messages: tuple[int, ...] = ()  # numbers of the messages that /forget takes away
    channel: Channel = "telegram"  # where the person is
    held_until: int = 0  # until this moment (in seconds) the hotline has it, and the person looks on
    receipt: int = 0  # the number on the sheet that was shown for these answers
    done: bool = False  # a sheet was shown since it began
    wiping: bool = False  # the person was just asked whether everything shall be wiped
    offer: tuple[str, ...] = ()  # what a chat shows to be chosen before the phase's own: which of OFFERS, and of what
    told: int = 0  # the number on the last sheet shown, where the answers are others now
    rules: NewRules | None = None  # what a change of the policies did, as long as what is shown now says so
    began: str = ""  # ISO date on which it began, where that is not today
    gone: bool = False  # the person went away while the hotline had it
    left: int = 0  # the step that was just left by a press
    press: int = 0  # that press, in short
    misses: int = 0  # texts in a row that were not understood
    answered: tuple[int, str] = (0, "")  # number of the message that was the last answer, and to what
    shown: int = 0  # number of the message in a chat that shows this step: 0 if not known, or RODE
    shown_at: int = 0  # the second since which it does, if it showed something else before
    at: int = 0  # the second of the last turn
    ttl: int = 0  # seconds from then on until it is deleted; 0 where the setting says how many

    @property
    def session(self) -> Session:
        return self.talk.session

    @property
    def policy_now(self) -> str:
        """Version of the policy data that is in force for its city; "" where there is none."""
        return self.talk.policy.version if self.talk.policy else ""

    def is_left_alone(self, moment: int) -> bool:
        """Whether it is a kiosk's, and nobody was at it for longer than its screen waits."""
        return self.ttl == TTL["kiosk"] and self.at < moment - WATCHED

    def having(self, **changes: object) -> "Visit":
        """The visit with fields of its own changed so."""
        return msgspec.structs.replace(self, **changes)

    def saying(self, **changes: object) -> "Visit":
        """The visit with a session changed so."""
        return self.having(talk=self.talk.become(replace(self.session, **changes)))


def no_visit(book: Book, row: VisitRow | None = None) -> Visit:
    """What there is of a person of whom nothing is kept; `row`: or nothing that can be read."""
    talk = Talk(book, Session())
    return Visit(talk, row.version, at=row.last_seen, ttl=row.ttl) if row else Visit(talk)


class Words:
    """Ids as numbers, given out by the database once and for ever."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: dict[int, str] = {}

    @property
    def by_word(self) -> Mapping[str, int]:
        return self._numbers

    def number(self, word: str) -> int:
        return self._numbers[word]

    def numbers(self, words: Iterable[str]) -> list[int]:
        return [self._numbers[word] for word in words]

    def word(self, number: int) -> str:
        return self._words[number]

    async def load(self, db: Connection, book: Book) -> None:
        """Takes what the database knows, and adds what is new in the policies."""
        await self.read(db)
        known = book.known is not None and self._numbers.keys() >= {*book.known.versions.values()}
        while missing := [word for word in dict.fromkeys(vocabulary(book, known)) if word not in self._numbers]:
            for word in missing:  # another process may take the number first: then once more
                await numbered.insert(db, word)
            await self.read(db)

    async def read(self, db: Connection) -> None:
        """What the database knows now: another process may have newer policies."""
        for number, word in await numbered.every(db):
            self._numbers[word] = number
            self._words[number] = word


def vocabulary(book: Book, known: bool = False) -> Iterable[str]:
    """Every id that a visit can hold. `known`: but those of the cities, of which the database has learned the versions, and with
    each all that its city says."""
    yield from CHANNELS
    yield from (*LANGUAGES, UNSURE, NOTHING, TOPICS, *PHASES, *filter(None, ASKS_FOR))
    yield from STATUS
    for fact in book.facts.values():
        yield fact.id
        yield from fact.options
    yield from book.papers
    for city in () if known else book.load_all():
        yield from city.policy.facts["county"].options
        yield from (option for fact in city.policy.facts.values() if fact.amount for option in fact.options)
        yield from city.policy.routes
        yield from city.policy.topics
        yield city.policy.version


PHASE: Mapping[str, Phase] = {phase: phase for phase in PHASES}
ASKS_FOR: tuple[AsksFor, ...] = ("", "self", "family")
CHANNEL: Mapping[str, Channel] = {channel: channel for channel in CHANNELS}
STATUSES: Mapping[str, Status] = {status: status for status in STATUS}

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list).decode


def encode(visit: Visit, words: Words) -> bytes:
    """A visit as a positional list of numbers. Of one that is handed on before its next turn, other policies may be in force than
    it was judged by: what follows from those, and what they changed, is not kept with it."""
    session, number, judged = visit.session, words.number, visit.policy == visit.policy_now
    return _pack(
        [
            number(session.language),
            visit.began or session.as_of,
            number(session.phase),
            _pack_answers(session.facts, words),
            [number(route) for route in session.seen],
            number(session.open) if session.open else 0,
            number(visit.policy) if visit.policy else 0,
            [number(option) for option in visit.ticked],
            [number(paper) for paper in visit.have],
            False,  # was: the privacy line was shown; it follows from the answers
            visit.step,
            visit.update,
            visit.heard,
            _gaps(visit.messages),
            number(visit.channel),
            visit.held_until,
            visit.receipt,
            visit.done,
            visit.wiping,
            ASKS_FOR.index(session.asks_for),
            visit.told,
            _pack_rules(visit.rules if judged else None, words),
            visit.gone,
            [visit.left, visit.press] if visit.left else 0,
            visit.misses,
            [visit.answered[0], number(visit.answered[1])] if visit.answered[0] else 0,
            _pack_pending(session.heard, words),
            [words.numbers(session.together), _pack_answers(session.before, words)] if session.together else 0,
            [OFFERS.index(visit.offer[0]), *words.numbers(visit.offer[1:])] if visit.offer else 0,
            _pack_due(visit.talk, words) if judged else 0,
        ]
    )


def _pack_due(talk: Talk, words: Words) -> int:
    """The question that follows from the answers, so that it is worked out once and not once more in the next turn: -1 for none,
    0 where nobody had to know it. It counts only under the policies that the visit was judged by."""
    due = talk.__dict__.get("due", "")
    return words.number(due) if due else -1 if due is None else 0


def _pack_answers(facts: Facts, words: Words) -> list[object]:
    """Fact and answer in turns."""
    packed: list[object] = []
    for fact, answer in facts.items():
        packed += [words.number(fact), words.number(answer) if isinstance(answer, str) else words.numbers(answer)]
    return packed


def _pack_pending(heard: Pending, words: Words) -> object:
    if heard == NOTHING_PENDING:
        return 0
    return [_pack_answers(heard.facts, words), _pack_answers(heard.doubts, words), ASKS_FOR.index(heard.asks_for)]


def _unpack_pending(kept: list[Any] | int, words: Words) -> Pending:
    if not isinstance(kept, list):
        return NOTHING_PENDING
    doubts = {fact: tuple(values) for fact, values in _answers(kept[1], words).items()}
    return Pending(_answers(kept[0], words), doubts, ASKS_FOR[kept[2]])


def _pack_rules(rules: NewRules | None, words: Words) -> object:
    if rules is None:
        return 0
    changes = [one for change in rules.changes for one in (change.route, change.before, change.after)]
    return [[words.number(one) if one else 0 for one in some] for some in (changes, rules.dropped)]


def _unpack_rules(kept: list[list[int]] | int, words: Words) -> NewRules | None:
    if not isinstance(kept, list):
        return None
    changes, dropped = ([words.word(one) if one else "" for one in some] for some in kept)
    triples = zip(changes[::3], changes[1::3], changes[2::3], strict=True)
    return NewRules(
        tuple(Change(route, STATUSES.get(was, ""), STATUSES.get(then, "")) for route, was, then in triples), tuple(dropped)
    )


def _gaps(numbers: tuple[int, ...]) -> list[int]:
    """A rising row of numbers as its first one and the gaps."""
    return list(map(sub, numbers, (0, *numbers)))


def decode(data: bytes, version: int, words: Words, book: Book) -> Visit:
    language, as_of, phase, facts, seen, opened, policy, ticked, have, _, step, update, heard, messages, *more = _unpack(data)
    # an older visit has not all of these, a newer one may have more
    channel, held, receipt, done, wiping, asks_for, told, rules, gone, press, misses, answered, *told_of = (*more, *(0,) * 16)[
        :16
    ]
    word = words.word
    if word(language) not in LANGUAGES or not all(type(one) is int for one in (step, update, heard, held, receipt, told)):
        raise ValueError("no visit")
    if as_of:
        date.fromisoformat(as_of)
    answers, read = _answers(facts, words), tuple(map(word, seen))
    opening = word(opened) if opened else ""
    waiting, (together, before) = _unpack_pending(told_of[0], words), told_of[1] or ([], [])
    agreed = tuple(map(word, together)), _answers(before, words)
    session = Session(word(language), as_of, PHASE[word(phase)], answers, read, opening, ASKS_FOR[asks_for], waiting, *agreed)
    return Visit(
        talk=_with_due(Talk(book, session), told_of[3], word(policy) if policy else "", words),
        version=version,
        step=step,
        update=update,
        policy=word(policy) if policy else "",
        ticked=tuple(map(word, ticked)),
        have=tuple(map(word, have)),
        heard=heard,
        messages=tuple(accumulate(messages)),
        channel=CHANNEL[word(channel)] if channel else "telegram",
        held_until=held,
        receipt=receipt,
        done=bool(done),
        wiping=bool(wiping),
        offer=_unpack_offer(told_of[2], words),
        told=told,
        rules=_unpack_rules(rules, words),
        gone=bool(gone),
        left=press[0] if press else 0,
        press=press[1] if press else 0,
        misses=misses,
        answered=(answered[0], word(answered[1])) if answered else (0, ""),
    )


def _with_due(talk: Talk, due: int, policy: str, words: Words) -> Talk:
    if due and talk.policy is not None and talk.policy.version == policy:
        talk.__dict__["due"] = words.word(due) if due > 0 else None
    return talk


def _unpack_offer(kept: list[int] | int, words: Words) -> tuple[str, ...]:
    return (OFFERS[kept[0]], *map(words.word, kept[1:])) if isinstance(kept, list) else ()


def _answers(facts: list[Any], words: Words) -> dict[str, Answer]:
    """Fact and answer in turns, as numbers."""
    word = words.word
    return {
        word(fact): word(answer) if isinstance(answer, int) else tuple(map(word, answer))
        for fact, answer in zip(facts[::2], facts[1::2], strict=True)
    }


# ---- what stands under the number on a sheet ----


@dataclass(frozen=True, slots=True)
class Receipt:
    """A visit as it was when its sheet was shown, and the status that every route had then; `details`: see keeping.details."""

    visit: Visit
    statuses: Mapping[str, Status]
    details: Mapping[str, int] = field(default_factory=dict)


def encode_receipt(receipt: Receipt, words: Words) -> bytes:
    visit = receipt.visit.saying(heard=NOTHING_PENDING, together=(), before={}).having(
        messages=(),
        have=(),
        receipt=0,
        told=0,
        rules=None,
        began="",
        left=0,
        offer=(),
        misses=0,
        answered=(0, ""),
    )
    details = [one for route, number in receipt.details.items() for one in (words.number(route), number)]
    return _pack([encode(visit, words), words.numbers(word for pair in receipt.statuses.items() for word in pair), details])


def decode_receipt(data: bytes, words: Words, book: Book) -> Receipt:
    kept = _unpack(data)
    if not isinstance(kept[0], bytes):  # of before the statuses were kept, too
        return Receipt(decode(data, 0, words, book), {})
    said = [words.word(number) for number in kept[1]]
    statuses = {route: STATUSES[status] for route, status in zip(said[::2], said[1::2], strict=True)}
    known = kept[2] if len(kept) > 2 else []  # not there in older ones
    details = {words.word(route): number for route, number in zip(known[::2], known[1::2], strict=True)}
    return Receipt(decode(kept[0], 0, words, book), statuses, details)
