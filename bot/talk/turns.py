"""One turn for every channel: what a person did to a visit, committed, and what they get to see."""

import asyncio
import hmac
import random
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial, wraps
from hashlib import sha256
from typing import Any, Literal, ParamSpec, TypeVar

from msgspec import MsgspecError

from bot.clock import now
from bot.store.base import Conflict, Connection, Row, Store, StoreDown
from bot.talk import counters as tally
from bot.talk.visit import Receipt, Visit, Words, decode, decode_receipt, encode, encode_receipt, no_visit
from flows.conversation import NOT_TALKING, Move, Reply, Talk, take
from flows.facts import Answer, NotUnderstood
from flows.loading.load import Book

ATTEMPTS = 5  # of a turn that others came between
KEEP = {"kiosk": 150, "phone": 1800, "desk": 30 * 86400}  # seconds without a turn until a visit is deleted; Telegram: the setting
HELD = 20 * 60  # seconds without a turn of the hotline's after which the person has the visit back
NOBODY = b""  # whose a receipt is when its visit is gone
RECEIPTS = 30 * 86400  # seconds for which the number on a sheet is good

Act = Callable[[Visit], tuple[Visit, Reply]]
"""What a turn does to a visit. It may be done twice, if another turn comes between."""

P = ParamSpec("P")
T = TypeVar("T")


def again(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Begins a transaction anew when another one came between; StoreDown when others always came first."""

    @wraps(work)
    async def repeated(*args: P.args, **named: P.kwargs) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return await work(*args, **named)
            except Conflict:
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # to step aside, not to hide
        raise StoreDown("others always came first")

    return repeated


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Where the reply has to go, kept until it is there. `message`: the one to change, if any."""

    chat: int
    message: int | None = None


Owed = Callable[[Reply], Outgoing | None]
"""Where a reply has to go, if it is owed to somebody."""

Outcome = Literal["ok", "duplicate", "stale", "held", "lost"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a turn.

    `outcome`: ok; duplicate (this key was taken before); stale (an old button); held (the hotline has the visit now);
    lost (the hotline has it no more).
    """

    outcome: Outcome
    before: Visit
    visit: Visit
    reply: Reply


class Turns:
    """Keeps visits: every acknowledged turn is on the disk, no turn counts twice."""

    def __init__(self, book: Book, store: Store, key: bytes, retention_hours: int) -> None:
        self.book = book
        self.store = store
        self.words = Words()
        self.tally = tally.Tally(book)
        self._key = key
        self._retention = retention_hours * 3600

    async def open(self) -> None:
        self.book.load_all()
        await self.store.open()
        await self._learn_words()

    @again
    async def _learn_words(self) -> None:
        async with self.store.transaction() as db:
            await self.words.load(db, self.book)

    def owner(self, channel: str, person: int | str) -> bytes:
        """Who a visit belongs to: a keyed hash, which nobody can turn back without the key."""
        return self.sealed(channel, str(person))

    def sealed(self, kind: str, secret: str) -> bytes:
        """What is kept of a number, a code or a token: its keyed hash."""
        return hmac.digest(self._key, f"{kind}:{secret}".encode(), sha256)[:16]

    async def take(self, owner: bytes, expected: int | None, key: str, act: Act, owed: Owed | None = None) -> Turn:
        """One turn in one transaction; returns after the commit.

        `key` is taken once: the same key again changes nothing. `expected`: the step that the button was made for.
        Raises StoreDown when it is not certain that anything was kept; the same key may then be tried again.
        """
        return await self._kept(owner, expected, key, act, owed, lambda visit, moment: visit.held_until <= moment)

    async def take_as_agent(self, owner: bytes, expected: int | None, key: str, act: Act) -> Turn:
        """The same for who took the call: a visit of the hotline's own, or one that was handed over and is still held."""

        def held_on(visit: Visit) -> tuple[Visit, Reply]:
            after, reply = act(visit)
            return replace(after, held_until=now() + HELD if after.channel != "desk" else 0), reply

        return await self._kept(
            owner, expected, key, held_on, None, lambda visit, moment: visit.channel == "desk" or visit.held_until > moment
        )

    @again
    async def _kept(
        self, owner: bytes, expected: int | None, key: str, act: Act, owed: Owed | None, may: Callable[[Visit, int], bool]
    ) -> Turn:
        """One turn, committed and then counted."""
        async with self.store.transaction() as db:
            turn = await self._turn(db, owner, expected, key, act, owed, may)
        if turn.outcome == "ok":
            self.tally.turn(turn.before, turn.visit, turn.reply)
        return turn

    async def _turn(
        self,
        db: Connection,
        owner: bytes,
        expected: int | None,
        key: str,
        act: Act,
        owed: Owed | None,
        may: Callable[[Visit, int], bool],
    ) -> Turn:
        moment = now()
        taken = await db.run("INSERT INTO inbox (key, received) VALUES (?, ?) ON CONFLICT DO NOTHING", key, moment)
        visit = await self.read_in(db, owner, moment)
        if not taken:
            return Turn("duplicate", visit, visit, self.present(visit))
        if visit.version and not may(visit, moment):
            return Turn("held" if visit.held_until > moment else "lost", visit, visit, self.present(visit))
        if expected is not None and expected != visit.step:
            return Turn("stale", visit, visit, replace(self.present(visit), aside="stale"))
        after, reply = act(visit)
        after = self._followed(visit, after, moment)
        if reply.phase == "result" and after.policy and not after.receipt:
            after = await self._with_receipt(db, owner, after, moment)
        after = await self.write_in(db, owner, after, moment)
        if owed is not None and (outgoing := owed(reply)) is not None:
            await self.owe_in(db, owner, outgoing, after.version, moment)
        return Turn("ok", visit, after, reply)

    def _followed(self, before: Visit, after: Visit, moment: int) -> Visit:
        """What follows from a turn: a step of its own if anything is seen differently, by which policy it was judged, whether a
        sheet was shown, and that the number on a sheet is of other answers now."""
        seen = (after.session, after.ticked) == (before.session, before.ticked)
        policy = after.talk.policy.version if after.talk.policy else ""
        same = after.session.facts == before.session.facts and policy == before.policy
        return replace(
            after,
            step=before.step if seen and before.step else max(before.step + 1, moment),
            receipt=after.receipt if same else 0,
            policy=policy,
            done=after.session.phase == "result" or (before.done and before.session.phase not in NOT_TALKING),
        )

    def present(self, visit: Visit) -> Reply:
        """What the person of a visit sees now."""
        return Reply("held") if visit.held_until > now() else visit.talk.reply()

    async def _with_receipt(self, db: Connection, owner: bytes, visit: Visit, moment: int) -> Visit:
        """The number on a sheet: under it the answers are found again at a window, and nothing else."""
        number = int(f"{1 + secrets.randbelow(9)}{secrets.randbelow(10**9):09}")
        after, policy = replace(visit, receipt=number), visit.talk.policy
        data = encode_receipt(Receipt(after, policy.statuses(visit.session.facts) if policy else {}), self.words)
        sql = "INSERT INTO receipt (hash, owner, data, made) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        if not await db.run(sql, self.sealed("receipt", str(number)), owner, data, moment):
            raise Conflict("receipt")
        return after

    async def receipt_in(self, db: Connection, number: str, moment: int) -> Receipt | None:
        """What was kept when the sheet with this number was shown; None if there is none, or no more."""
        sql = "SELECT data FROM receipt WHERE hash = ? AND made > ?"
        rows = await db.rows(sql, self.sealed("receipt", number), moment - RECEIPTS)
        return await self._understood(db, lambda: decode_receipt(bytes(rows[0][0]), self.words, self.book)) if rows else None

    # ---- inside a transaction ----

    async def read_in(self, db: Connection, owner: bytes, moment: int) -> Visit:
        rows = await db.rows("SELECT version, data, touched, keep FROM visit WHERE owner = ?", owner)
        if not rows:
            return no_visit(self.book)
        version, data, touched, keep = rows[0]
        if touched < moment - (keep or self._retention):
            return no_visit(self.book, version)
        return self.reconciled(await self._understood(db, lambda: decode(bytes(data), version, self.words, self.book)))

    async def _still_readable(self, db: Connection, data: bytes) -> Visit | None:
        """A visit that goes; None if nobody can read it any more, which keeps it here no longer."""
        try:
            return await self._understood(db, partial(decode, data, 1, self.words, self.book))
        except (KeyError, ValueError, MsgspecError):
            return None

    async def _understood(self, db: Connection, reading: Callable[[], T]) -> T:
        """What is kept, read; a word that is not known was added by another process since."""
        try:
            return reading()
        except KeyError:
            await self.words.read(db)
            return reading()

    def reconciled(self, visit: Visit) -> Visit:
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

    async def write_in(self, db: Connection, owner: bytes, visit: Visit, moment: int) -> Visit:
        """Compare and set: the database decides whether the version read is still the newest. The visit with its new version."""
        before, after = visit.version, replace(visit, version=max(visit.version + 1, moment))
        data, keep = encode(after, self.words), KEEP.get(after.channel, 0)
        if after.held_until and keep:
            keep = max(keep, HELD)
        if before:
            sql = "UPDATE visit SET version = ?, data = ?, touched = ?, keep = ? WHERE owner = ? AND version = ?"
            written = await db.run(sql, after.version, data, moment, keep, owner, before)
        else:
            sql = "INSERT INTO visit (owner, version, data, touched, keep) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
            written = await db.run(sql, owner, after.version, data, moment, keep)
        if not written:
            raise Conflict("version")
        return after

    # ---- what has to go out ----

    async def owe_in(self, db: Connection, owner: bytes, outgoing: Outgoing, version: int, moment: int) -> None:
        await db.run(
            "INSERT INTO outbox (owner, chat, message, version, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner) DO UPDATE "
            "SET chat = excluded.chat, message = excluded.message, version = excluded.version, due = excluded.due",
            owner,
            outgoing.chat,
            outgoing.message,
            version,
            moment,
        )

    @again
    async def sent(self, owner: bytes, version: int) -> None:
        """The reply of this version is with the person."""
        async with self.store.transaction() as db:
            await db.run("DELETE FROM outbox WHERE owner = ? AND version <= ?", owner, version)

    @again
    async def owed(self) -> list[tuple[bytes, Outgoing, Visit]]:
        """Replies that were kept but perhaps never sent, with the visits as they are now."""
        async with self.store.transaction() as db:
            rows = await db.rows("SELECT owner, chat, message FROM outbox WHERE due > 0")
            return await self._with_visits(db, rows)

    @again
    async def newly_owed(self) -> list[tuple[bytes, Outgoing, Visit]]:
        """Replies that came about without the person's doing, each given to one process only."""
        async with self.store.transaction() as db:
            moment = now()
            rows = await db.rows("UPDATE outbox SET due = ? WHERE due = 0 RETURNING owner, chat, message", moment)
            return await self._with_visits(db, rows)

    async def _with_visits(self, db: Connection, rows: Sequence[Row]) -> list[tuple[bytes, Outgoing, Visit]]:
        moment = now()
        return [
            (bytes(owner), Outgoing(chat, message), await self.read_in(db, bytes(owner), moment)) for owner, chat, message in rows
        ]

    # ---- forgetting ----

    @again
    async def read(self, owner: bytes) -> Visit:
        async with self.store.transaction() as db:
            return await self.read_in(db, owner, now())

    @again
    async def forget(self, owner: bytes, key: str) -> Visit | None:
        """Takes a visit away for good; what it was. None if this key was taken before and somebody has begun anew since."""
        async with self.store.transaction() as db:
            moment = now()
            taken = await db.run("INSERT INTO inbox (key, received) VALUES (?, ?) ON CONFLICT DO NOTHING", key, moment)
            visit = await self.read_in(db, owner, moment)
            if not taken and visit.version:
                return None
            await self.forget_in(db, owner)
            await db.run("DELETE FROM receipt WHERE owner = ?", owner)
        await self.store.tidy()
        self.tally.left(visit)
        return visit

    @again
    async def end(self, owner: bytes) -> None:
        """Takes a visit away that was ended where strangers pass; the number on a printed sheet stays good.

        What the hotline holds stays with the hotline.
        """
        async with self.store.transaction() as db:
            moment = now()
            visit = await self.read_in(db, owner, moment)
            if visit.held_until > moment:
                return
            await self.forget_in(db, owner)
        await self.store.tidy()
        self.tally.left(visit)

    @again
    async def stay(self, owner: bytes) -> bool:
        """The person is still there: the time until the visit is deleted begins anew; whether there still is one."""
        async with self.store.transaction() as db:
            moment = now()
            if not (await self.read_in(db, owner, moment)).step:
                return False
            await db.run("UPDATE visit SET touched = ? WHERE owner = ?", moment, owner)
            return True

    @again
    async def forget_key(self, key: str) -> None:
        """Of a press that changed nothing: whoever repeats it leaves no rows behind."""
        async with self.store.transaction() as db:
            await db.run("DELETE FROM inbox WHERE key = ?", key)

    async def forget_in(self, db: Connection, owner: bytes) -> None:
        for table in ("visit", "outbox", "code", "casefile"):
            await db.run(f"DELETE FROM {table} WHERE owner = ?", owner)  # noqa: S608  # names of ours

    @again
    async def lease(self, name: str, holder: str, seconds: int) -> bool:
        """Takes or renews what only one process may do at a time; whether it is ours."""
        moment = now()
        async with self.store.transaction() as db:
            sql = "UPDATE lease SET holder = ?, until = ? WHERE name = ? AND (holder = ? OR until < ?)"
            if await db.run(sql, holder, moment + seconds, name, holder, moment):
                return True
            sql = "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            return await db.run(sql, name, holder, moment + seconds) == 1

    @again
    async def break_lease(self, name: str) -> None:
        """Takes a lease away from whoever holds it."""
        async with self.store.transaction() as db:
            await db.run("DELETE FROM lease WHERE name = ?", name)

    @again
    async def purge(self) -> int:
        """Takes away the visits that nobody came back to, and keys too old to come again; how many visits."""
        moment = now()
        async with self.store.transaction() as db:
            sql = "DELETE FROM visit WHERE touched < ? - CASE keep WHEN 0 THEN ? ELSE keep END RETURNING data"
            rows = await db.rows(sql, moment, self._retention)
            gone = [await self._still_readable(db, bytes(data)) for (data,) in rows]
            await db.run("DELETE FROM outbox WHERE version < ?", moment - self._retention)  # versions are moments, or later
            await db.run("DELETE FROM inbox WHERE received < ?", moment - 2 * 86400)
            await db.run("DELETE FROM code WHERE until < ?", moment)
            await db.run("DELETE FROM casefile WHERE opened < ?", moment - KEEP["desk"])
            sql = "DELETE FROM casefile WHERE chat IS NOT NULL AND owner NOT IN (SELECT owner FROM visit)"
            await db.run(sql)  # a chat's number stays no longer than its visit
            await db.run("DELETE FROM receipt WHERE made < ?", moment - RECEIPTS)
            sql = "UPDATE receipt SET owner = ? WHERE owner <> ? AND owner NOT IN (SELECT owner FROM visit)"
            await db.run(sql, NOBODY, NOBODY)  # a number outlives its visit, whose it was does not
            await db.run("DELETE FROM attempt WHERE since < ?", moment - 86400)
        await self.store.tidy()  # of replies that were sent, too, with their chats' numbers
        for visit in filter(None, gone):
            self.tally.left(self.reconciled(visit))
        return len(gone)

    @again
    async def keep_tally(self) -> None:
        """Adds what was counted since the last time to what is kept."""
        counted = self.tally.take()
        try:
            async with self.store.transaction() as db:
                await tally.add(db, counted)
        except (StoreDown, Conflict):
            self.tally.give_back(counted)
            raise


def _is_answer(talk: Talk, fact: str, answer: Answer) -> bool:
    """Whether the policies of today still know an answer."""
    try:
        talk.fact(fact).clean(answer)
    except (KeyError, NotUnderstood):
        return False
    return True
