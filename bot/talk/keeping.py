"""Visits in the store: read, written and forgotten inside a transaction; and the numbers on their sheets."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from msgspec import MsgspecError

from bot.store import cases, handover_codes, outbox, receipts, visits
from bot.store.base import Conflict, Connection
from bot.store.visits import VisitRow
from bot.talk.retention import HELD, RECEIPTS, TTL
from bot.talk.runtime import Runtime
from bot.talk.visit import Receipt, Visit, decode, decode_receipt, encode, encode_receipt, no_visit
from flows.conversation import Move, Talk, take
from flows.facts import Answer, NotUnderstood

T = TypeVar("T")


class Keeping:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._book = runtime.book
        self._words = runtime.words

    async def read(self, db: Connection, owner: bytes, moment: int) -> Visit:
        """The visit as it stands under today's policies; one that is too old is none."""
        row = await visits.find(db, owner)
        if row is None:
            return no_visit(self._book)
        if row.last_seen < moment - (row.ttl or self._runtime.retention):
            return no_visit(self._book, row.version)
        visit = await self._understood(db, lambda: decode(row.data, row.version, self._words, self._book))
        return reconciled(replace(visit, shown=row.shown, shown_at=row.shown_at, at=row.last_seen))

    async def write(self, db: Connection, owner: bytes, visit: Visit, moment: int) -> Visit:
        """Compare and set: the database decides whether the version read is still the newest. The visit with its new version."""
        before, after = visit.version, replace(visit, version=max(visit.version + 1, moment))
        ttl = TTL.get(after.channel, 0)
        if after.held_until and ttl:
            ttl = max(ttl, HELD)
        row = VisitRow(after.version, encode(after, self._words), moment, ttl, after.shown, after.shown_at)
        if not await (visits.update(db, owner, row, before) if before else visits.insert(db, owner, row)):
            raise Conflict("version")
        return after

    async def forget(self, db: Connection, owner: bytes) -> None:
        for delete in (visits.delete, outbox.delete, handover_codes.delete, cases.delete):
            await delete(db, owner)

    async def if_readable(self, db: Connection, data: bytes) -> Visit | None:
        """A visit that goes; None if nobody can read it any more, which keeps it here no longer."""
        try:
            return await self._understood(db, partial(decode, data, 1, self._words, self._book))
        except (KeyError, ValueError, MsgspecError):
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
        after, policy = replace(visit, receipt=number), visit.talk.policy
        data = encode_receipt(Receipt(after, policy.statuses(visit.session.facts) if policy else {}), self._words)
        if not await receipts.insert(db, self._runtime.keyed_hash("receipt", str(number)), owner, data, moment):
            raise Conflict("receipt")
        return after

    async def receipt(self, db: Connection, number: str, moment: int) -> Receipt | None:
        """What was kept when the sheet with this number was shown; None if there is none, or no more."""
        data = await receipts.find(db, self._runtime.keyed_hash("receipt", number), moment - RECEIPTS)
        return await self._understood(db, lambda: decode_receipt(data, self._words, self._book)) if data is not None else None


def reconciled(visit: Visit) -> Visit:
    """After a change of the policies: answers that are none any more are asked again; what is not there is not open."""
    talk = visit.talk
    if talk.policy is not None and visit.policy == talk.policy.version:
        return visit
    visit = visit.saying(facts={fact: answer for fact, answer in talk.facts.items() if _is_answer(talk, fact, answer)})
    session, policy = visit.session, visit.talk.policy
    gone = {"changing": session.facts, "topic": policy.topics if policy else ()}
    if session.open and session.open not in gone.get(session.phase, (session.open,)):
        visit = replace(visit, talk=take(visit.talk, Move("back"))[0]).saying(open="")
    return visit


def _is_answer(talk: Talk, fact: str, answer: Answer) -> bool:
    """Whether the policies of today still know an answer."""
    try:
        talk.fact(fact).clean(answer)
    except (KeyError, NotUnderstood):
        return False
    return True
