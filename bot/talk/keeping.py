"""Visits in the store: read, written and forgotten inside a transaction; and the numbers on their sheets."""

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar
from zlib import crc32

from msgspec import MsgspecError
from msgspec.structs import replace

from bot import log
from bot.clock import milliseconds, today
from bot.store import beside, cases, handover_codes, outbox, policies, receipts, visits
from bot.store.base import Connection
from bot.store.visits import VisitRow
from bot.talk.retention import HELD, RECEIPTS, TTL
from bot.talk.runtime import NewPolicies, Runtime
from bot.talk.visit import Receipt, Visit, decode, decode_receipt, encode, encode_receipt, no_visit
from flows.book import Book
from flows.conversation import Change, Move, NewRules, Pending, Talk, take
from flows.facts import Answer, NotUnderstood
from flows.rules import Status

T = TypeVar("T")
UNSAID = {"", "open", "none"}  # a change among these is no change of what somebody may hope for
NOT_SHUT: tuple[Status, ...] = ("fits", "fits_if", "local_rules", "ambiguous")
UNREADABLE = (LookupError, ValueError, TypeError, ArithmeticError, NotUnderstood, MsgspecError)
"""What reading something raises that is spoiled, or was written by nobody of ours."""


class Keeping:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._words = runtime.words

    @property
    def _book(self) -> Book:
        return self._runtime.book

    async def read(self, db: Connection, owner: bytes, moment: int) -> Visit:
        """The visit as it stands under today's policies; one that is too old is none, and so is one that nobody can read."""
        return await self._visit(db, await visits.find(db, owner), moment)

    async def read_with(self, db: Connection, owner: bytes, key: str, moment: int) -> tuple[Visit, bool]:
        """The same, and whether this key was taken before."""
        row, taken = await visits.find_with(db, owner, key)
        return await self._visit(db, row, moment), taken

    async def _visit(self, db: Connection, row: VisitRow | None, moment: int) -> Visit:
        if row is None:
            return no_visit(self._book)
        if row.last_seen < moment - (row.ttl or self._runtime.retention):
            return no_visit(self._book, row)
        try:
            visit = await self._understood(db, lambda: decode(row.data, row.version, self._words, self._book))
            visit = visit.having(shown=row.shown, shown_at=row.shown_at, at=row.last_seen, ttl=row.ttl)
            return await self._as_of_today(db, visit, moment)
        except UNREADABLE as error:  # whoever it belongs to begins anew, and can forget it
            log.fault("visit_unreadable", error)
            return no_visit(self._book, row)

    async def _as_of_today(self, db: Connection, kept: Visit, moment: int) -> Visit:
        """What is shown again is true now: by today's policies, with today's date, and a number that still finds something."""
        await self._not_behind(db, kept)
        visit = reconciled(kept)
        if not visit.talk.is_on:
            return visit
        if kept.policy not in ("", visit.policy_now):
            number = kept.receipt or kept.told
            told = await self.receipt(db, str(number), moment, kept.talk.book) if number else None
            visit = visit.having(rules=_new_rules(kept, visit, told))
        if visit.receipt and visit.session.phase == "result" and not await self.has_receipt(db, visit, moment - RECEIPTS):
            visit = visit.having(receipt=0)
        day = today()
        began = kept.talk.session.as_of
        return visit if began == day else visit.saying(as_of=day).having(began=began)

    async def _not_behind(self, db: Connection, kept: Visit) -> None:
        """No visit goes back to older policies than it was judged by, whichever process it comes to. Raises NewPolicies."""
        catch_up = self._runtime.catch_up
        if (
            kept.policy not in ("", kept.policy_now)
            and catch_up is not None
            and await policies.newest(db) != self._runtime.published
        ):
            raise NewPolicies(catch_up)

    async def write(self, db: Connection, owner: bytes, visit: Visit, moment: int) -> Visit:
        """Compare and set: the database decides whether the version read is still the newest (Conflict, at the latest as the
        transaction ends, if not). The visit with its new version."""
        before, after = visit.version, visit.having(version=max(visit.version + 1, milliseconds()))
        ttl = TTL.get(after.channel, 0)
        if after.held_until and ttl:
            ttl = max(ttl, HELD)
        row = VisitRow(after.version, encode(after, self._words), moment, ttl, after.shown, after.shown_at)
        await (visits.update(db, owner, row, before) if before else visits.insert(db, owner, row))
        return after

    async def forget(self, db: Connection, owner: bytes) -> None:
        for delete in (visits.delete, outbox.delete, handover_codes.delete, cases.delete, beside.delete):
            await delete(db, owner)

    async def if_readable(self, db: Connection, data: bytes) -> Visit | None:
        """A visit that goes; None if nobody can read it any more, which keeps it here no longer."""
        try:
            return await self._understood(db, partial(decode, data, 1, self._words, self._book))
        except UNREADABLE:
            return None

    async def _understood(self, db: Connection, reading: Callable[[], T]) -> T:
        """What is kept, read; a word that is not known was added by another process since."""
        try:
            return reading()
        except KeyError:
            await self._words.read(db)
            return reading()

    # ---- the number on a sheet ----

    async def with_receipt(self, db: Connection, owner: bytes, visit: Visit, moment: int) -> Visit:
        """The visit with a number of its own: under it the answers are found again at a window, and nothing else."""
        number = int(f"{1 + secrets.randbelow(9)}{secrets.randbelow(10**9):09}")
        after, policy = visit.having(receipt=number), visit.talk.policy
        statuses = policy.statuses(visit.talk.known) if policy else {}
        data = encode_receipt(Receipt(after, statuses, details(visit.talk, statuses)), self._words)
        await receipts.insert(db, self._runtime.keyed_hash("receipt", str(number)), owner, data, moment)
        return after

    async def has_receipt(self, db: Connection, visit: Visit, since: int) -> bool:
        """Whether its number is there, and was given out after that moment."""
        return await receipts.find(db, self._runtime.keyed_hash("receipt", str(visit.receipt)), since) is not None

    async def receipt(self, db: Connection, number: str, moment: int, book: Book | None = None) -> Receipt | None:
        """What was kept when the sheet with this number was shown; None if there is none, or no more. `book`: it is read by,
        where another may have come into force since the visit was read."""
        data = await receipts.find(db, self._runtime.keyed_hash("receipt", number), moment - RECEIPTS)
        book = book or self._book
        try:
            return await self._understood(db, lambda: decode_receipt(data, self._words, book)) if data is not None else None
        except UNREADABLE as error:
            log.fault("receipt_unreadable", error)
            return None

    async def keep_number(self, db: Connection, visit: Visit) -> None:
        """The number on the visit's sheet is nobody's from now on, and does not go with the visit."""
        if visit.receipt:
            await receipts.disown_one(db, self._runtime.keyed_hash("receipt", str(visit.receipt)))

    async def is_number_kept(self, db: Connection, visit: Visit) -> bool:
        return await receipts.is_nobodys(db, self._runtime.keyed_hash("receipt", str(visit.receipt)))


def _new_rules(kept: Visit, visit: Visit, told: Receipt | None) -> NewRules | None:
    """What the policies of today do to a visit of before; `told`: the last sheet that was shown."""
    changes: tuple[Change, ...] = ()
    if told is not None and told.visit.policy == kept.policy:
        now = reconciled(told.visit)
        changes = tuple(one for one in since(told, now) if {one.before, one.after} - UNSAID or _open_again(one, now.talk))
    dropped = tuple(fact for fact in kept.session.facts if fact not in visit.session.facts)
    return NewRules(changes, dropped) if changes or dropped else None


def _open_again(one: Change, talk: Talk) -> bool:
    """Whether somebody who was refused what they asked for is asked on."""
    asked = talk.policy.asked_for(talk.known) if talk.policy else ()
    return (one.before, one.after) == ("none", "open") and one.route in {route.id for route in asked}


def details(talk: Talk, statuses: Mapping[str, Status]) -> dict[str, int]:
    """What a sheet says of each route that is not shut besides its status, in short: the papers, where the hukou goes, who moves
    along."""
    found, policy = {}, talk.policy
    for route, status in statuses.items():
        if policy is not None and status in NOT_SHUT:
            judged = policy.judge(policy.routes[route], talk.known)
            papers, places = [(paper.id, paper.basis) for paper in judged.papers], [one.place for one in judged.placements]
            found[route] = crc32(repr((papers, places, dict(judged.family))).encode())
    return found


def since(told: Receipt, today: Visit) -> tuple[Change, ...]:
    """What a sheet would say otherwise today. A route that has the same status has other details."""
    if not told.statuses:
        return ()
    policy = today.talk.policy
    now = policy.statuses(today.talk.known) if policy else {}
    after, changes = details(today.talk, now), differences(told.statuses, now)
    others = [route for route in told.details if route in after and after[route] != told.details[route]]
    moved = {one.route for one in changes}
    return (*changes, *(Change(one, told.statuses[one], told.statuses[one]) for one in others if one not in moved))


def differences(before: Mapping[str, Status], after: Mapping[str, Status]) -> tuple[Change, ...]:
    """Routes whose status differs, that are new, or that are gone ("" stands for "there was none")."""
    routes = dict.fromkeys([*before, *after])
    return tuple(
        Change(route, before.get(route, ""), after.get(route, "")) for route in routes if before.get(route) != after.get(route)
    )


def reconciled(visit: Visit) -> Visit:
    """After a change of the policies: answers that are none any more are asked again; what is not there is not open."""
    talk = visit.talk
    if talk.policy is not None and visit.policy == talk.policy.version:
        if not session_fits(visit):
            raise ValueError("no visit")
        return _with_its_question(visit)  # it may have been handed on under other policies, which are not in force any more
    facts, before = _answers(talk), _answers(talk.become(replace(talk.session, facts=talk.session.before)))  # of its own city
    together = tuple(fact for fact in talk.session.together if fact in facts)
    visit = visit.saying(facts=facts, together=together, before=before if together else {})
    heard = _still_heard(visit.talk)
    if heard != visit.session.heard:
        visit = visit.saying(heard=heard)
        if visit.session.phase in ("heard", "altering") and not heard.is_shown:
            visit = visit.saying(phase="asking" if visit.talk.due else "result", open="")
    session, policy = visit.session, visit.talk.policy
    gone = {"changing": session.facts, "topic": policy.topics if policy else ()}
    if session.open and session.open not in gone.get(session.phase, (session.open,)):
        visit = visit.having(talk=take(visit.talk, Move("back"))[0]).saying(open="")
    return _with_its_question(visit)


def _with_its_question(visit: Visit) -> Visit:
    """With a question where one is due, and with the sheet where none is: one may have fallen away, or be asked again."""
    if visit.session.phase in ("asking", "result") and (visit.session.phase == "asking") != bool(visit.talk.due):
        return visit.saying(phase="asking" if visit.talk.due else "result")
    return visit


def _still_heard(talk: Talk) -> Pending:
    """What waits for a yes, and what was left open, as far as the policies of today know it."""
    heard, known = talk.session.heard, talk.book.facts
    facts = {fact: answer for fact, answer in heard.facts.items() if _is_answer(talk.as_heard, fact, answer)}
    doubts = {fact: some for fact, some in heard.doubts.items() if fact in known and {*some} <= known[fact].options.keys()}
    return replace(heard, facts=facts, doubts=doubts)


def session_fits(visit: Visit) -> bool:
    """Whether everything that a session names is there."""
    session, known = visit.talk.session, visit.talk.book.facts
    return session.facts.keys() <= known.keys() and (session.phase != "changing" or session.open in known)


def _answers(talk: Talk) -> dict[str, Answer]:
    """What was said, as far as the policies of today still know it."""
    return {fact: answer for fact, answer in talk.facts.items() if _is_answer(talk, fact, answer)}


def _is_answer(talk: Talk, fact: str, answer: Answer) -> bool:
    """Whether the policies of today still know an answer."""
    try:
        talk.fact(fact).clean(answer)
    except (KeyError, NotUnderstood):
        return False
    return True
