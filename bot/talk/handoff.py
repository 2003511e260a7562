"""Handing a visit on: to the hotline by a spoken code, to the person's own phone by a link; and giving it back."""

import secrets
from typing import Literal

from bot.clock import now
from bot.store import cases, handover_codes, inbox, outbox, receipts, visits
from bot.store.attempts import Limits, TooMany, admitted, give_back
from bot.store.base import Connection, retried
from bot.store.cases import Case
from bot.store.handover_codes import CodeRow
from bot.store.outbox import OutboxRow
from bot.talk import codes
from bot.talk.presses import begun
from bot.talk.retention import CODE_LIFE, HELD
from bot.talk.turns import Turns
from bot.talk.visit import Channel, Visit, no_visit

WRONG_CODES: Limits = ((5, 600, "code", "one"), (100, 3600, "code", "all"))  # of one account, or of all

Came = Literal["came", "own", "gone"]


class Handoff:
    """Both sides of a hand-over. Long, as who has a visit at any moment must be seen in one place."""

    def __init__(self, turns: Turns) -> None:
        self._runtime = turns.runtime
        self._keeping = turns.keeping

    # ---- the person's side ----

    async def code(self, owner: bytes, chat: int | None = None) -> str | None:
        """A code to read out to the hotline; None if there is nothing to hand over. `chat`: where the result goes."""
        number = f"{secrets.randbelow(10**codes.LENGTH):0{codes.LENGTH}}"
        return codes.spoken(int(number)) if await self._offer("code", number, owner, chat) else None

    async def link(self, owner: bytes) -> str | None:
        """A new token to go on with on one's own phone: 22 characters."""
        token = secrets.token_urlsafe(16)
        return token if await self._offer("link", token, owner, None) else None

    @retried
    async def _offer(self, kind: str, secret: str, owner: bytes, chat: int | None) -> bool:
        """One code of a kind at a time, for the visit just as it is now."""
        async with self._runtime.store.transaction() as db:
            moment = now()
            visit = await self._keeping.read(db, owner, moment)
            if not visit.step or visit.held_until > moment:
                return False
            await handover_codes.delete_kind(db, owner, kind)
            row = CodeRow(self._runtime.keyed_hash(kind, secret), kind, owner, visit.step, chat, moment + CODE_LIFE)
            await handover_codes.insert(db, row)
            return True

    @retried
    async def calling(self, owner: bytes, seconds: int) -> None:
        """A kiosk's visit is kept for so long from now on: longer, as long as a code is on its screen."""
        async with self._runtime.store.transaction() as db:
            moment = now()
            visit = await self._keeping.read(db, owner, moment)
            if visit.step and visit.channel == "kiosk" and visit.held_until <= moment:
                await visits.touch(db, owner, moment)
                await visits.keep_for(db, owner, seconds)

    @retried
    async def move(self, token: str, owner: bytes, channel: Channel) -> bool:
        """Goes on with a visit elsewhere: it belongs to the new owner from now on, and to nobody else. What a chat knows of its
        own messages stays.

        Not where the hotline has a visit of the new owner's: the link stays good until that is given back.
        """
        async with self._runtime.store.transaction() as db:
            moment = now()
            before = await self._keeping.read(db, owner, moment)
            moved = await self._moved(db, token, owner, before, channel, moment)
        await self._runtime.store.tidy()
        return moved is not None

    async def _moved(
        self, db: Connection, token: str, owner: bytes, before: Visit, channel: Channel, moment: int
    ) -> Visit | None:
        """What came in the place of `before`, if anything did."""
        found = await self._redeemed(db, "link", token, moment) if before.held_until <= moment else None
        if found is None or found[0] == owner:
            return None
        old, visit, _ = found
        await self._keeping.forget(db, old)
        await receipts.hand_over(db, old, owner)
        step = max(visit.step, before.step) + 1
        after = visit.having(
            version=before.version, step=step, channel=channel, ticked=(), answered=(0, ""), wiping=False, offer=()
        )
        after = after.having(messages=before.messages, heard=before.heard, update=before.update)
        after = await self._keeping.write(db, owner, after, moment)
        row = CodeRow(self._runtime.keyed_hash("moved", token), "moved", old, visit.step, None, moment + CODE_LIFE)
        await handover_codes.insert(db, row)
        came = self._runtime.keyed_hash("came", token + owner.hex())
        await handover_codes.insert(db, CodeRow(came, "moved", owner, after.step, None, moment + CODE_LIFE))
        return after

    async def to_chat(self, db: Connection, token: str, owner: bytes, own: Visit, moment: int) -> tuple[Came, Visit]:
        """The same within a chat's turn, and what the turn goes on with; answers that are there already stay, and the link stays
        good."""
        link = self._runtime.keyed_hash("link", token)
        if own.talk.is_on and own.session.facts and await handover_codes.is_good(db, link, "link", moment):
            return "own", own
        moved = await self._moved(db, token, owner, own, "telegram", moment)
        return ("came", moved) if moved is not None else ("gone", own)

    @retried
    async def is_here(self, token: str, owner: bytes) -> bool:
        """Whether a visit came to this owner by a token, not long ago."""
        async with self._runtime.store.transaction() as db:
            return await handover_codes.is_good(db, self._runtime.keyed_hash("came", token + owner.hex()), "moved", now())

    @retried
    async def moved(self, token: str) -> bool:
        """Whether a visit went on elsewhere by this token, for the screen that showed it; known as long as a token lives."""
        async with self._runtime.store.transaction() as db:
            return await handover_codes.is_good(db, self._runtime.keyed_hash("moved", token), "moved", now())

    async def _redeemed(self, db: Connection, kind: str, secret: str, moment: int) -> tuple[bytes, Visit, int | None] | None:
        """Takes a code, once: (owner, visit, chat). None if it is wrong, too old, used, or the visit went on since."""
        row = await handover_codes.redeem(db, self._runtime.keyed_hash(kind, secret), kind)
        if row is None:
            return None
        visit = await self._keeping.read(db, row.owner, moment)
        # a code of the program before carries the version
        fits = visit.step and row.step in (visit.step, visit.version) and row.until > moment and visit.held_until <= moment
        return (row.owner, visit, row.chat) if fits else None

    # ---- the hotline's side ----

    @retried
    async def open_case(self, staff: str, key: str = "") -> tuple[Case, Visit]:
        """A case for a new caller, at the first question. `key`: of the form, which opens one case however often it is sent:
        then it is as it stands."""
        name, moment = self._runtime.keyed_hash("case", f"{staff} {key or secrets.token_hex(8)}").hex()[:16], now()
        case = Case(name, self._runtime.owner("desk", name), staff, None, moment, True)
        nobody = no_visit(self._runtime.book)
        visit, reply = begun(nobody.having(step=moment, channel="desk"))
        async with self._runtime.store.transaction() as db:
            if (there := await cases.find(db, staff, name)) is not None:
                return there, await self._keeping.read(db, there.owner, moment)
            visit = await self._keeping.write(db, case.owner, visit, moment)
            await cases.insert(db, case)
        self._runtime.counters.turn(nobody, visit, reply)
        return case, visit

    def is_own(self, case: Case) -> bool:
        """Whether it is the hotline's own, of a caller who came with nothing."""
        return case.owner == self._runtime.owner("desk", case.id)

    async def take_over(self, said: str, staff: str, key: str = "") -> Case | None:
        """The visit behind a code is the agent's from now on; None if the code is not good. Raises TooMany.

        `key`: of the form, which tries a number once however often it is sent.
        """
        number = codes.heard(said)
        if number is None:
            return None  # a slip of the finger, which the check digit found: nothing was tried
        return await self._take_over(number, staff, key or secrets.token_hex(8))

    @retried
    async def _take_over(self, number: str, staff: str, key: str) -> Case | None:
        tries = self._runtime.tries(WRONG_CODES, staff)
        name = self._runtime.keyed_hash("case", f"{staff} {key} {number}").hex()[:16]
        async with self._runtime.store.transaction() as db:
            moment = now()
            if not await inbox.take(db, f"code:{name}", moment):
                return await cases.find(db, staff, name)
            if not await admitted(db, tries):
                raise TooMany
            found = await self._redeemed(db, "code", number, moment)
            if found is None:
                return None
            await give_back(db, tries)
            owner, visit, chat = found
            held = visit.having(held_until=moment + HELD, gone=False, wiping=False, offer=(), step=max(visit.step + 1, moment))
            visit = await self._keeping.write(db, owner, held, moment)
            case = Case(name, owner, staff, chat, moment, False)
            await cases.delete(db, owner)
            await cases.insert(db, case)
            await self._tell(db, case, visit)
            return case

    async def _tell(self, db: Connection, case: Case, visit: Visit) -> None:
        """The person's own screen has to show what is the case now."""
        if case.chat is not None:
            await outbox.put(db, OutboxRow(case.owner, case.chat, None), visit.version, outbox.UNCLAIMED)

    @retried
    async def cases(self, staff: str) -> list[Case]:
        """An agent's open cases, the oldest first."""
        async with self._runtime.store.transaction() as db:
            return await cases.every(db, staff)

    @retried
    async def case(self, staff: str, name: str) -> Case | None:
        """A case of this agent's; nobody sees another's."""
        async with self._runtime.store.transaction() as db:
            return await cases.find(db, staff, name)

    @retried
    async def of_others(self, staff: str) -> list[Case]:
        """The open cases of everybody else, the oldest first: for a supervisor."""
        async with self._runtime.store.transaction() as db:
            return [case for case in await cases.all_of_them(db) if case.staff != staff]

    @retried
    async def hand_to(self, name: str, staff: str) -> bool:
        """A colleague's case is this one's from now on; whether there is such a case."""
        async with self._runtime.store.transaction() as db:
            return await cases.hand_to(db, name, staff)

    async def end(self, case: Case) -> None:
        """Whatever it is: one of the hotline's own is forgotten, one that was handed over goes back to its person."""
        await (self.close if self.is_own(case) else self.give_back)(case.staff, case.id)

    async def end_all(self, staff: str) -> None:
        """Who does not work here any more has no calls."""
        for case in await self.cases(staff):
            await self.end(case)

    @retried
    async def check(self, staff: str, name: str) -> None:
        """The agent has asked the caller, and it is theirs."""
        async with self._runtime.store.transaction() as db:
            await cases.mark_checked(db, staff, name)

    @retried
    async def give_back(self, staff: str, name: str) -> bool:
        """The person has the visit again, with the result; whether it was still the hotline's to give."""
        async with self._runtime.store.transaction() as db:
            moment = now()
            case = await cases.find(db, staff, name)
            if case is None:
                return False
            await cases.close(db, name)
            visit = await self._keeping.read(db, case.owner, moment)
            if visit.held_until <= moment:
                return False
            if visit.channel == "kiosk":
                await self._keeping.keep_number(db, visit)  # it was read out
            if visit.gone:
                await self._keeping.forget(db, case.owner)
                return True
            back = visit.having(held_until=0, step=max(visit.step + 1, moment), heard=0)  # what the chat wrote last saw less
            visit = await self._keeping.write(db, case.owner, back, moment)
            await self._tell(db, case, visit)
            return True

    @retried
    async def close(self, staff: str, name: str) -> None:
        """The end of a call: a case of the hotline's own is forgotten; one that was handed over has to be given back."""
        async with self._runtime.store.transaction() as db:
            case = await cases.find(db, staff, name)
            if case is None or not self.is_own(case):
                return
            visit = await self._keeping.read(db, case.owner, now())
            await self._keeping.forget(db, case.owner)
        await self._runtime.store.tidy()
        self._runtime.counters.left(visit)
