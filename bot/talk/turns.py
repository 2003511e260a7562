"""One turn for every channel: what a person did to a visit, committed, and what they get to see."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from time import perf_counter
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bot import metrics
from bot.clock import milliseconds, now
from bot.store import handover_codes, inbox, outbox, receipts, visits
from bot.store.base import Connection, retried
from bot.store.outbox import OutboxRow
from bot.talk import retention
from bot.talk.keeping import Keeping, reconciled
from bot.talk.offers import on_show
from bot.talk.presses import Press, repeated
from bot.talk.retention import DAY, HELD
from bot.talk.runtime import Runtime
from bot.talk.visit import RODE, Visit
from flows.book import Book
from flows.conversation import NOT_TALKING, Reply

T = TypeVar("T")
AT_ONCE = 2  # seconds between two taps of a hand that does everything twice

Act = Callable[[Visit], tuple[Visit, Reply]]
"""What a turn does to a visit. It may be done twice, if another turn comes between."""


class Outgoing(Struct, frozen=True):
    """Where the reply has to go, kept until it is there. `message`: the one to change, if any."""

    chat: int
    message: int | None = None


First = Callable[[Connection, int, Visit], Awaitable[Visit]]
"""What comes from elsewhere, in the turn's own transaction: the visit that the turn goes on with. Both are kept, or neither."""

Owed = Callable[[Reply], Outgoing | None]
"""Where a reply has to go, if it is owed to somebody."""

Outcome = Literal["ok", "duplicate", "stale", "again", "held", "lost", "left_alone"]


class Turn(Struct, frozen=True):
    """What became of a turn.

    `outcome`: ok; duplicate (this key was taken before); stale (an old button); again (the button that was just pressed, once
    more); held (the hotline has the visit now); lost (the hotline has it no more); left_alone (by whoever was at a kiosk).
    """

    outcome: Outcome
    before: Visit
    visit: Visit
    reply: Reply


class _Request(Struct, frozen=True):
    """What is asked of a turn. `may`: whether whoever asks may act on the visit at this moment."""

    owner: bytes
    step: int | None
    key: str
    act: Act
    owed: Owed | None
    may: Callable[[Visit, int], bool]
    press: Press | None = None
    first: First | None = None


class Turns:
    """Keeps visits: every acknowledged turn is on the disk, no turn counts twice.

    Long, as every way in which a visit can go on or end is here.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.keeping = Keeping(runtime)

    @property
    def book(self) -> Book:
        """The policies in force now. A visit that was read has its own: `visit.talk.book`."""
        return self.runtime.book

    def owner(self, channel: str, person: int | str) -> bytes:
        return self.runtime.owner(channel, person)

    def present(self, visit: Visit) -> Reply:
        """What the person of a visit sees now."""
        return Reply("held") if visit.held_until > now() else replace(visit.talk.reply(), rules=visit.rules)

    def on_show(self, visit: Visit) -> Reply:
        """The same, with what is asked in front of it: in a chat that stands below."""
        if visit.channel != "telegram" or visit.held_until > now() or not visit.talk.is_on:
            return self.present(visit)
        return replace(on_show(visit), rules=visit.rules)

    @retried
    async def read(self, owner: bytes) -> Visit:
        async with self.runtime.store.transaction() as db:
            return await self.keeping.read(db, owner, now())

    @retried
    async def read_with(self, owner: bytes, look: Callable[[Connection], Awaitable[T]]) -> tuple[Visit, T]:
        """The visit, and what else is looked up with it."""
        async with self.runtime.store.transaction() as db:
            return await self.keeping.read(db, owner, now()), await look(db)

    @retried
    async def goes_on(self, owner: bytes) -> bool:
        """Whether somebody pressed so lately, in whichever window, that none of them can be over. What the hotline has is not the
        person's to lose."""
        async with self.runtime.store.transaction() as db:
            moment = now()
            visit = await self.keeping.read(db, owner, moment)
        return visit.held_until <= moment < visit.at + retention.watched(visit.ttl) - retention.LATE

    # ---- a turn ----

    async def take(
        self,
        owner: bytes,
        step: int | None,
        key: str,
        act: Act,
        owed: Owed | None = None,
        press: Press | None = None,
        first: First | None = None,
    ) -> Turn:
        """One turn in one transaction; returns after the commit.

        `key` is taken once: the same key again changes nothing. `step`: the one that the button was made for, if it was a button;
        `press`: what the button does.
        Raises StoreDown when it is not certain that anything was kept; the same key may then be tried again.
        """
        request = _Request(owner, step, key, act, owed, lambda visit, moment: visit.held_until <= moment, press, first)
        return await self._taken(request)

    async def take_as_agent(self, owner: bytes, step: int | None, key: str, act: Act) -> Turn:
        """The same for who took the call: a visit of the hotline's own, or one that was handed over and is still held."""

        def held_on(visit: Visit) -> tuple[Visit, Reply]:
            after, reply = act(visit)
            return after.having(held_until=now() + HELD if after.channel != "desk" else 0), reply

        def may(visit: Visit, moment: int) -> bool:
            return visit.channel == "desk" or visit.held_until > moment

        return await self._taken(_Request(owner, step, key, held_on, None, may))

    @retried
    async def _taken(self, request: _Request) -> Turn:
        """One turn, committed and then counted."""
        began = perf_counter()
        async with self.runtime.store.transaction() as db:
            turn = await self._turn(db, request)
        metrics.turn(turn.visit.channel, turn.outcome, perf_counter() - began)
        if request.first is not None:  # where it was before it is no more
            await self.runtime.store.tidy()
        if turn.outcome == "ok":
            self.runtime.counters.turn(turn.before, turn.visit, turn.reply)
        return turn

    async def _turn(self, db: Connection, request: _Request) -> Turn:
        moment, owner = now(), request.owner
        visit, came_before = await self.keeping.read_with(db, owner, request.key, moment)
        if not came_before:
            await inbox.note(db, request.key, moment)
        if visit.is_left_alone(moment):
            return Turn("left_alone", visit, visit, Reply("new"))
        if not came_before and request.first is not None:
            visit = await request.first(db, moment, visit)
        if came_before:
            return Turn("duplicate", visit, visit, self.on_show(visit))
        if visit.version and not request.may(visit, moment):
            return Turn("held" if visit.held_until > moment else "lost", visit, visit, self.on_show(visit))
        asked = visit.wiping and request.owed is not None and moment - visit.at <= AT_ONCE  # in a chat the question stands below
        if asked and request.press is not None and repeated(visit, request.step or 0, request.press):
            return Turn("again", visit, visit, self.on_show(visit))
        if request.step not in (None, visit.step):
            if request.press is not None and repeated(visit, request.step, request.press):
                return Turn("again", visit, visit, self.on_show(visit))
            return Turn("stale", visit, visit, replace(self.on_show(visit), aside="stale" if visit.talk.is_on else ""))
        after, reply = request.act(visit)
        after = _followed(visit, after, moment)
        reply = replace(reply, rules=after.rules) if reply.rules != after.rules else reply
        if reply.phase == "result" and after.policy and not await self._has_number(db, after, moment):
            after = await self.keeping.with_receipt(db, owner, after, moment)
        outgoing = request.owed(reply) if request.owed is not None else None
        if after.step != visit.step or after.shown == RODE:
            after = after.having(shown=RODE if request.owed is not None and outgoing is None else 0, shown_at=0)
        after = await self.keeping.write(db, owner, after, moment)
        if after.step != visit.step and _says_the_same(visit, after):
            await handover_codes.follow(db, owner, visit.step, after.step)
        if outgoing is not None:
            await outbox.put(db, OutboxRow(owner, outgoing.chat, outgoing.message), after.version, moment)
        return Turn("ok", visit, after, reply)

    async def _has_number(self, db: Connection, visit: Visit, moment: int) -> bool:
        """Whether the number on its sheet is good for as long as the sheet says, or a day less."""
        return bool(visit.receipt) and await self.keeping.has_receipt(db, visit, moment - DAY)

    # ---- what has to go out ----

    @retried
    async def sent(self, owner: bytes, version: int, message: int = 0, second: int = 0) -> None:
        """The reply of this version is with the person: in this message, changed into it at that second (0: it is new)."""
        async with self.runtime.store.transaction() as db:
            if message:  # first the visit, as in a turn: of two in another order each would wait for the other
                await visits.mark_shown(db, owner, version, message, second)
            await outbox.delete_sent(db, owner, version)

    @retried
    async def version(self, owner: bytes) -> int:
        """Of the visit as it is now; 0 if there is none."""
        async with self.runtime.store.transaction() as db:
            row = await visits.find(db, owner)
            return row.version if row else 0

    @retried
    async def backlog(self) -> tuple[int, int]:
        """How many replies are owed, and seconds since anybody was last at the one left alone longest (0: none was)."""
        async with self.runtime.store.transaction() as db:
            owed, left = await outbox.backlog(db)
        return owed, max(0, now() - left) if left else 0

    @retried
    async def owed(self, since: int = 0) -> list[tuple[bytes, Outgoing, Visit]]:
        """Replies that were kept but perhaps never sent, with the visits as they are now. `since`: only those that nobody said to
        be at from that moment on, each given to one process only."""
        async with self.runtime.store.transaction() as db:
            moment = now()
            oldest = retention.oldest(moment, self.runtime.retention)
            rows = await (outbox.claim(db, moment, oldest, since) if since else outbox.claimed(db, oldest))
            return await self._with_visits(db, rows)

    @retried
    async def newly_owed(self, at_work: Collection[bytes] = ()) -> list[tuple[bytes, Outgoing, Visit]]:
        """Replies that came about without the person's doing, or that whoever was at them has dropped; each given to one process
        only. `at_work`: those that we are at."""
        async with self.runtime.store.transaction() as db:
            moment = now()
            await outbox.still_at(db, [*at_work], moment)
            return await self._with_visits(db, await outbox.claim(db, moment, retention.oldest(moment, self.runtime.retention)))

    async def _with_visits(self, db: Connection, rows: Sequence[OutboxRow]) -> list[tuple[bytes, Outgoing, Visit]]:
        moment = now()
        return [(row.owner, Outgoing(row.chat, row.message), await self.keeping.read(db, row.owner, moment)) for row in rows]

    # ---- staying and going ----

    @retried
    async def stay(self, owner: bytes) -> bool:
        """The person is still there: the time until the visit is deleted begins anew; whether there still is one."""
        async with self.runtime.store.transaction() as db:
            moment = now()
            if not (await self.keeping.read(db, owner, moment)).step:
                return False
            await visits.touch(db, owner, moment)
            return True

    @retried
    async def forget(self, owner: bytes, key: str) -> Visit | None:
        """Takes a visit away for good; what it was. None if this key was taken before and somebody has begun anew since."""
        async with self.runtime.store.transaction() as db:
            moment = now()
            taken = await inbox.take(db, key, moment)
            visit = await self.keeping.read(db, owner, moment)
            if not taken and visit.version:
                return None
            await self.keeping.forget(db, owner)
            await receipts.delete(db, owner)
        await self.runtime.store.tidy()
        self.runtime.counters.left(visit)
        return visit

    @retried
    async def end(self, owner: bytes) -> None:
        """Takes a visit away that was ended where strangers pass, and the number that nobody kept.

        What the hotline holds stays with the hotline, which hears that the person has left.
        """
        async with self.runtime.store.transaction() as db:
            moment = now()
            visit = await self.keeping.read(db, owner, moment)
            if visit.held_until > moment:
                await self.keeping.write(db, owner, visit.having(gone=True), moment)
                return
            await self.keeping.forget(db, owner)
            if visit.channel == "kiosk":
                await receipts.delete(db, owner)
        await self.runtime.store.tidy()
        self.runtime.counters.left(visit)

    @retried
    async def forget_key(self, key: str) -> None:
        """Of a press that changed nothing: whoever repeats it leaves no rows behind."""
        async with self.runtime.store.transaction() as db:
            await inbox.delete(db, key)

    async def purge(self) -> int:
        """Takes away the visits that nobody came back to, and keys too old to come again; how many visits."""
        rows = await self._purged()
        await self.runtime.store.tidy()  # of replies that were sent, too, with their chats' numbers
        for data in rows:
            await self._counted_as_left(data)
            await asyncio.sleep(0)  # its city may have had to be read for it: nobody waits for those of all
        return len(rows)

    @retried
    async def _purged(self) -> list[bytes]:
        async with self.runtime.store.transaction() as db:
            return await retention.purge(db, now(), self.runtime.retention)

    @retried
    async def _counted_as_left(self, data: bytes) -> None:
        async with self.runtime.store.transaction() as db:
            gone = await self.keeping.if_readable(db, data)
        if gone is not None:
            self.runtime.counters.left(reconciled(gone))


def _says_the_same(before: Visit, after: Visit) -> bool:
    """Whether what a code was given for is there as it was: in another language perhaps, and with other ticks."""
    was, now = before.session, after.session
    return was.facts == now.facts and replace(was, language=now.language) == now


def _followed(before: Visit, after: Visit, moment: int) -> Visit:
    """What follows from a turn: a step of its own if anything is seen differently, by which policy it was judged, whether a sheet
    was shown, that the number on a sheet is of other answers now, and that new rules are told of once."""
    session, was = after.talk.session, before.talk.session
    same_view = (session, after.ticked) == (was, before.ticked)
    policy = after.policy_now
    just_changed = before.policy != before.policy_now
    same_answers = session.facts == was.facts and policy == before.policy
    same_step = same_view and before.step
    tick = milliseconds() if after.channel == "telegram" else moment  # a chat is the same one after /forget: no step comes twice
    return after.having(
        step=before.step if same_step else max(before.step + 1, tick),
        receipt=after.receipt if same_answers else 0,
        told=0 if same_answers and after.receipt else after.receipt or after.told,
        rules=after.rules if just_changed and after.talk.is_on else None,
        policy=policy,
        done=session.phase == "result" or (before.done and was.phase not in NOT_TALKING),
        left=after.left if same_step or after.left == before.step else 0,
        misses=after.misses if same_step else 0,
    )
