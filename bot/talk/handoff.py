"""Handing a visit on: to the hotline by a spoken code, to the person's own phone by a link; and giving it back."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.clock import now
from bot.store.attempts import Limits, TooMany, admitted, buckets, give_back
from bot.store.base import Connection
from bot.talk import codes
from bot.talk.presses import begun
from bot.talk.turns import HELD, Outgoing, Turns, again
from bot.talk.visit import Channel, Visit, no_visit

CODE_LIFE = 600  # seconds
WRONG_CODES: Limits = ((5, 600, "code", "one"), (100, 3600, "code", "all"))  # of one account, or of all


@dataclass(frozen=True, slots=True)
class Case:
    """One call on an agent's desk. `owner`: the visit; `checked`: the agent has made sure that it is the caller's."""

    id: str
    owner: bytes
    staff: str
    chat: int | None
    opened: int
    checked: bool


class Handoff:
    def __init__(self, desk: Turns) -> None:
        self.desk = desk

    # ---- the person's side ----

    async def code(self, owner: bytes, chat: int | None = None) -> str | None:
        """A new code to read out to the hotline; None if there is nothing to hand over. `chat`: where the result goes."""
        number = f"{secrets.randbelow(10**codes.LENGTH):0{codes.LENGTH}}"
        return codes.spoken(int(number)) if await self._offer("code", number, owner, chat) else None

    async def link(self, owner: bytes) -> str | None:
        """A new token to go on with on one's own phone: 22 characters."""
        token = secrets.token_urlsafe(16)
        return token if await self._offer("link", token, owner, None) else None

    @again
    async def _offer(self, kind: str, secret: str, owner: bytes, chat: int | None) -> bool:
        """One code of a kind at a time, for the visit just as it is now."""
        async with self.desk.store.transaction() as db:
            moment = now()
            visit = await self.desk.read_in(db, owner, moment)
            if not visit.step or visit.held_until > moment:
                return False
            await db.run("DELETE FROM code WHERE owner = ? AND kind = ?", owner, kind)
            sql = "INSERT INTO code (hash, kind, owner, version, chat, until) VALUES (?, ?, ?, ?, ?, ?)"
            await db.run(sql, self.desk.sealed(kind, secret), kind, owner, visit.version, chat, moment + CODE_LIFE)
            return True

    @again
    async def move(
        self, token: str, owner: bytes, channel: Channel, arrive: Callable[[Visit], Visit] = lambda visit: visit
    ) -> bool:
        """Goes on with a visit elsewhere: it belongs to the new owner from now on, and to nobody else.

        Not where the hotline has a visit of the new owner's: the link stays good until that is given back.
        """
        async with self.desk.store.transaction() as db:
            moment = now()
            before = await self.desk.read_in(db, owner, moment)
            found = await self._redeemed(db, "link", token, moment) if before.held_until <= moment else None
            if found is None or found[0] == owner:
                return False
            old, visit, _ = found
            await self.desk.forget_in(db, old)
            await db.run("UPDATE receipt SET owner = ? WHERE owner = ?", owner, old)
            after = replace(visit, version=before.version, step=max(visit.step, before.step) + 1, channel=channel, ticked=())
            await self.desk.write_in(db, owner, arrive(after), moment)
            sql = "INSERT INTO code (hash, kind, owner, version, until) VALUES (?, 'moved', ?, ?, ?)"
            await db.run(sql, self.desk.sealed("moved", token), old, visit.version, moment + CODE_LIFE)
        await self.desk.store.tidy()
        return True

    @again
    async def moved(self, token: str) -> bool:
        """Whether a visit went on elsewhere by this token, for the screen that showed it; known as long as a token lives."""
        async with self.desk.store.transaction() as db:
            sql = "SELECT 1 FROM code WHERE hash = ? AND kind = 'moved' AND until > ?"
            return bool(await db.rows(sql, self.desk.sealed("moved", token), now()))

    async def _redeemed(self, db: Connection, kind: str, secret: str, moment: int) -> tuple[bytes, Visit, int | None] | None:
        """Takes a code, once: (owner, visit, chat). None if it is wrong, too old, used, or the visit went on since."""
        sql = "DELETE FROM code WHERE hash = ? AND kind = ? RETURNING owner, version, chat, until"
        rows = await db.rows(sql, self.desk.sealed(kind, secret), kind)
        if not rows:
            return None
        owner, version, chat, until = rows[0]
        visit = await self.desk.read_in(db, bytes(owner), moment)
        fits = visit.step and visit.version == version and until > moment and visit.held_until <= moment
        return (bytes(owner), visit, chat) if fits else None

    # ---- the hotline's side ----

    @again
    async def open_case(self, staff: str) -> Case:
        """A case for a new caller, at the first question."""
        name, moment = secrets.token_hex(8), now()
        case = Case(name, self.desk.owner("desk", name), staff, None, moment, True)
        visit, reply = begun(replace(no_visit(self.desk.book), step=moment, channel="desk"))
        async with self.desk.store.transaction() as db:
            await self.desk.write_in(db, case.owner, visit, moment)
            await self._write_case(db, case)
        self.desk.tally.turn(no_visit(self.desk.book), visit, reply)
        return case

    def is_own(self, case: Case) -> bool:
        """Whether it is the hotline's own, of a caller who came with nothing."""
        return case.owner == self.desk.owner("desk", case.id)

    async def take_over(self, said: str, staff: str) -> Case | None:
        """The visit behind a code is the agent's from now on; None if the code is not good. Raises TooMany."""
        number = codes.heard(said)
        if number is None:
            return None  # a slip of the finger, which the check digit found: nothing was tried
        if not await self._may_try(staff):
            raise TooMany
        case = await self._take_over(number, staff)
        if case is not None:
            await self._was_right(staff)
        return case

    @again
    async def _may_try(self, staff: str) -> bool:
        async with self.desk.store.transaction() as db:
            return await admitted(db, buckets(WRONG_CODES, staff))

    @again
    async def _was_right(self, staff: str) -> None:
        async with self.desk.store.transaction() as db:
            await give_back(db, buckets(WRONG_CODES, staff))

    @again
    async def _take_over(self, number: str, staff: str) -> Case | None:
        async with self.desk.store.transaction() as db:
            moment = now()
            found = await self._redeemed(db, "code", number, moment)
            if found is None:
                return None
            owner, visit, chat = found
            held = replace(visit, held_until=moment + HELD, step=max(visit.step + 1, moment))
            visit = await self.desk.write_in(db, owner, held, moment)
            case = Case(secrets.token_hex(8), owner, staff, chat, moment, False)
            await db.run("DELETE FROM casefile WHERE owner = ?", owner)
            await self._write_case(db, case)
            await self._tell(db, case, visit)
            return case

    async def _write_case(self, db: Connection, case: Case) -> None:
        sql = "INSERT INTO casefile (id, owner, staff, chat, opened, checked) VALUES (?, ?, ?, ?, ?, ?)"
        await db.run(sql, case.id, case.owner, case.staff, case.chat, case.opened, int(case.checked))

    async def _tell(self, db: Connection, case: Case, visit: Visit) -> None:
        """The person's own screen has to show what is the case now; `due` 0: nobody is at it yet."""
        if case.chat is not None:
            await self.desk.owe_in(db, case.owner, Outgoing(case.chat), visit.version, 0)

    @again
    async def cases(self, staff: str) -> list[Case]:
        """An agent's open cases, the oldest first."""
        async with self.desk.store.transaction() as db:
            sql = "SELECT id, owner, staff, chat, opened, checked FROM casefile WHERE staff = ? ORDER BY opened, id"
            return [_case(row) for row in await db.rows(sql, staff)]

    @again
    async def case(self, staff: str, name: str) -> Case | None:
        """A case of this agent's; nobody sees another's."""
        async with self.desk.store.transaction() as db:
            return await self._case_in(db, staff, name)

    async def _case_in(self, db: Connection, staff: str, name: str) -> Case | None:
        sql = "SELECT id, owner, staff, chat, opened, checked FROM casefile WHERE id = ? AND staff = ?"
        rows = await db.rows(sql, name, staff)
        return _case(rows[0]) if rows else None

    @again
    async def check(self, staff: str, name: str) -> None:
        """The agent has asked the caller, and it is theirs."""
        async with self.desk.store.transaction() as db:
            await db.run("UPDATE casefile SET checked = 1 WHERE id = ? AND staff = ?", name, staff)

    @again
    async def give_back(self, staff: str, name: str) -> bool:
        """The person has the visit again, with the result; whether it was still the hotline's to give."""
        async with self.desk.store.transaction() as db:
            moment = now()
            case = await self._case_in(db, staff, name)
            if case is None:
                return False
            await db.run("DELETE FROM casefile WHERE id = ?", name)
            visit = await self.desk.read_in(db, case.owner, moment)
            if visit.held_until <= moment:
                return False
            back = replace(visit, held_until=0, step=max(visit.step + 1, moment))
            visit = await self.desk.write_in(db, case.owner, back, moment)
            await self._tell(db, case, visit)
            return True

    @again
    async def close(self, staff: str, name: str) -> None:
        """The end of a call: a case of the hotline's own is forgotten; one that was handed over has to be given back."""
        async with self.desk.store.transaction() as db:
            case = await self._case_in(db, staff, name)
            if case is None or not self.is_own(case):
                return
            visit = await self.desk.read_in(db, case.owner, now())
            await self.desk.forget_in(db, case.owner)
        await self.desk.store.tidy()
        self.desk.tally.left(visit)


def _case(row: Any) -> Case:
    return Case(row[0], bytes(row[1]), row[2], row[3], row[4], bool(row[5]))
