"""The desk: one turn for every channel: a visit and what a person typed or pressed, to a committed visit and a view."""

import asyncio
import hmac
import random
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial, wraps
from hashlib import sha256
from typing import Any, ParamSpec, TypeVar

from msgspec import MsgspecError

from bot.clock import now
from bot.store.base import Conflict, Connection, Row, Store, StoreDown
from bot.talk import codes
from bot.talk import counters as tally
from bot.talk.visit import Receipt, Visit, Words, decode, decode_receipt, encode, encode_receipt
from bot.wording.views import Choice, View, Wording
from flows.book import Book
from flows.conversation import NOT_TALKING, Move, Session, asked, show, take
from flows.facts import NotUnderstood
from flows.typed import LONGEST_REPLY, number, plain

ATTEMPTS = 5  # of a turn that others came between
KEEP = {"kiosk": 150, "phone": 1800, "desk": 30 * 86400}  # seconds without a turn until a visit is deleted; Telegram: the setting
HELD = 20 * 60  # seconds without a turn of the hotline's after which the person has the visit back
NOBODY = b""  # whose a receipt is when its visit is gone
RECEIPTS = 30 * 86400  # seconds for which the number on a sheet is good

# What people type for a move, in both languages, whatever the language of the talk.
COMMANDS = {
    "back": ("返回", "上一题", "上一步", "后退", "back", "b"),
    "why": ("为什么问", "为什么", "为啥问", "为啥", "why", "?"),
    "review": ("改", "修改", "改答案", "改前面的回答", "查看回答", "change", "answers", "edit"),
    "more": ("看看别的途径", "别的途径", "继续", "更多", "more"),
    "restart": ("重新开始", "重来", "从头来", "restart", "start over"),
    "help": ("帮助", "怎么用", "help", "h"),
    "leave": ("退出", "再见", "结束", "quit", "exit", "bye"),
}
THANKS = ("谢谢", "谢谢您", "谢谢你", "谢谢了", "多谢", "感谢", "好的谢谢", "好的,谢谢", "thanks", "thank you", "thx", "ty")
_MOVES = {word: move for move, words in COMMANDS.items() for word in words}


# ---- a turn of a session, without keeping it ----


def begin(book: Book, session: Session) -> tuple[Session, View]:
    """The first reply, with the welcome."""
    session, view = press(book, session, Move("begin"))
    return session, _with(view, Wording(book, session.language).welcome())


def press(book: Book, session: Session, move: Move) -> tuple[Session, View]:
    """One turn by a button. Raises NotUnderstood for a button that there is not."""
    session, reply = take(book, session, move)
    return session, Wording(book, session.language).view(session, reply)


def current(book: Book, session: Session) -> View:
    """What the person sees now."""
    return Wording(book, session.language).view(session, show(book, session)[1])


def type_in(book: Book, session: Session, said: str) -> tuple[Session, View]:
    """One turn by typed text. What is not understood changes nothing and is answered with the view again."""
    try:
        return press(book, session, understand(book, session, said))
    except NotUnderstood:
        return session, misunderstood(book, session, said)


def misunderstood(book: Book, session: Session, said: str) -> View:
    """What is said to words that are no answer; on the sheet briefly, as it stands above."""
    wording = Wording(book, session.language)
    if session.phase != "result":
        return beside(book, session, wording.not_understood())
    thanks = len(said) <= LONGEST_REPLY and plain(said) in THANKS
    return beside(book, session, wording.welcome_thanks() if thanks else wording.not_understood_at_the_end())


def beside(book: Book, session: Session, *lines: str) -> View:
    """What the person sees now, with something said before it. A sheet that was shown is not shown again."""
    return replace(_with(current(book, session), lines), sheet=None)


def understand(book: Book, session: Session, said: str) -> Move:
    """Typed text as a move, given what the person sees; raises NotUnderstood."""
    if len(said) > LONGEST_REPLY:
        raise NotUnderstood(session.phase)
    text, asks = plain(said), asked(book, session)
    if asks is None:
        return _chosen(current(book, session).choices, text)
    fact = book.fact(asks, session.facts.get("city"))
    labels = Wording(book, session.language).labels(fact)
    if text in _MOVES and text not in map(plain, labels.values()):
        return Move(_MOVES[text])
    return Move("answer", asks, fact.read(said, labels))


def _chosen(choices: Sequence[Choice], text: str) -> Move:
    """One of what can be pressed, by its number or its words; else a command."""
    exact = [choice for choice in choices if text == plain(choice.label)]
    if text in _MOVES and not exact:
        return Move(_MOVES[text])
    if 1 <= (named := number(text) or 0) <= len(choices):
        return choices[named - 1].move
    found = exact or [choice for choice in choices if text and text in plain(choice.label)]
    if len(found) != 1:
        raise NotUnderstood(text)
    return found[0].move


def _receipted(view: View, visit: Visit) -> View:
    """The sheet with its number."""
    if view.sheet is None or not visit.receipt:
        return view
    return replace(view, sheet=replace(view.sheet, receipt=codes.spoken(visit.receipt)))


def _with(view: View, lines: tuple[str, ...]) -> View:
    return replace(view, paragraphs=(*lines, *view.paragraphs))


# ---- a turn of a visit, kept ----

Act = Callable[[Visit], tuple[Visit, View]]
"""What a turn does to (a copy of) a visit. It may be done twice, if another turn comes between."""

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


Owed = Callable[[View], Outgoing | None]
"""Where a view has to go, if it is owed to somebody."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a turn.

    `outcome`: ok; duplicate (this key was taken before); stale (an old button); held (the hotline has the visit now);
    lost (the hotline has it no more).
    """

    outcome: str
    visit: Visit
    view: View


class Desk:
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

    async def apply_turn(self, owner: bytes, expected: int | None, key: str, act: Act, owed: Owed | None = None) -> Turn:
        """One turn in one transaction; returns after the commit.

        `key` is taken once: the same key again changes nothing. `expected`: the step that the button was made for.
        Raises StoreDown when it is not certain that anything was kept; the same key may then be tried again.
        """
        return await self._kept(owner, expected, key, act, owed, lambda visit, moment: visit.held <= moment)

    async def apply_agents_turn(self, owner: bytes, expected: int | None, key: str, act: Act) -> Turn:
        """The same for who took the call: a visit of the hotline's own, or one that was handed over and is still held."""

        def held_on(visit: Visit) -> tuple[Visit, View]:
            after, view = act(visit)
            after.held = now() + HELD if after.channel != "desk" else 0
            return after, view

        return await self._kept(
            owner, expected, key, held_on, None, lambda visit, moment: visit.channel == "desk" or visit.held > moment
        )

    @again
    async def _kept(
        self, owner: bytes, expected: int | None, key: str, act: Act, owed: Owed | None, may: Callable[[Visit, int], bool]
    ) -> Turn:
        """One turn, committed and then counted."""
        async with self.store.transaction() as db:
            turn, before = await self._turn(db, owner, expected, key, act, owed, may)
        if turn.outcome == "ok":
            self.tally.turn(before, turn.visit, turn.view)
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
    ) -> tuple[Turn, Visit]:
        """(the turn, the visit before it)."""
        moment = now()
        taken = await db.run("INSERT INTO inbox (key, received) VALUES (?, ?) ON CONFLICT DO NOTHING", key, moment)
        visit = await self.read_in(db, owner, moment)
        if not taken:
            return Turn("duplicate", visit, self.present(visit)), visit
        if visit.version and not may(visit, moment):
            return Turn("held" if visit.held > moment else "lost", visit, self.present(visit)), visit
        if expected is not None and expected != visit.step:
            return Turn("stale", visit, self.present(visit)), visit
        after, view = act(visit.copy())
        if not visit.step or (after.session, after.draft) != (visit.session, visit.draft):
            after.step = max(visit.step + 1, moment)
        policy = self._policy(after)
        if after.session.facts != visit.session.facts or policy != visit.policy:
            after.receipt = 0
        after.policy = policy
        after.done = after.session.phase == "result" or (visit.done and visit.session.phase not in NOT_TALKING)
        if view.phase == "result" and policy:
            await self._write_receipt(db, owner, after, moment)
            view = _receipted(view, after)
        await self.write_in(db, owner, after, moment)
        if owed is not None and (outgoing := owed(view)) is not None:
            await self.owe_in(db, owner, outgoing, after.version, moment)
        return Turn("ok", after, view), visit

    def present(self, visit: Visit) -> View:
        """What the person of a visit sees now."""
        if visit.held > now():
            return View("held", (Wording(self.book, visit.session.language).at_the_hotline(),))
        return _receipted(current(self.book, visit.session), visit)

    def _policy(self, visit: Visit) -> str:
        """The version of the policy data that a visit is judged by."""
        policy = self.book.policy(visit.session.facts.get("city"))
        return policy.version if policy else ""

    async def _write_receipt(self, db: Connection, owner: bytes, after: Visit, moment: int) -> None:
        """The number on a sheet: under it the answers are found again at a window, and nothing else."""
        if after.receipt:
            return
        after.receipt = int(f"{1 + secrets.randbelow(9)}{secrets.randbelow(10**9):09}")
        sql = "INSERT INTO receipt (hash, owner, data, made) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        policy = self.book.policy(after.session.facts.get("city"))
        statuses = policy.statuses(after.session.facts) if policy else {}
        data = encode_receipt(Receipt(after, statuses), self.words)
        if not await db.run(sql, self.sealed("receipt", str(after.receipt)), owner, data, moment):
            raise Conflict("receipt")

    async def receipt_in(self, db: Connection, number: str, moment: int) -> Receipt | None:
        """What was kept when the sheet with this number was shown; None if there is none, or no more."""
        sql = "SELECT data FROM receipt WHERE hash = ? AND made > ?"
        rows = await db.rows(sql, self.sealed("receipt", number), moment - RECEIPTS)
        return await self._understood(db, lambda: decode_receipt(bytes(rows[0][0]), self.words)) if rows else None

    # ---- inside a transaction ----

    async def read_in(self, db: Connection, owner: bytes, moment: int) -> Visit:
        rows = await db.rows("SELECT version, data, touched, keep FROM visit WHERE owner = ?", owner)
        if not rows:
            return Visit(Session())
        version, data, touched, keep = rows[0]
        if touched < moment - (keep or self._retention):
            return Visit(Session(), version)
        return self.reconciled(await self._understood(db, lambda: decode(bytes(data), version, self.words)))

    async def _still_readable(self, db: Connection, data: bytes) -> Visit | None:
        """A visit that goes; None if nobody can read it any more, which keeps it here no longer."""
        try:
            return await self._understood(db, partial(decode, data, 1, self.words))
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
        facts = visit.session.facts
        policy = self.book.policy(facts.get("city"))
        if policy is not None and visit.policy == policy.version:
            return visit
        for fact, answer in list(facts.items()):
            try:
                self.book.fact(fact, facts.get("city")).clean(answer)
            except (KeyError, NotUnderstood):
                del facts[fact]
        gone = {"changing": facts, "topic": policy.topics if policy else ()}
        if visit.session.open and visit.session.open not in gone.get(visit.session.phase, (visit.session.open,)):
            visit.session, _ = take(self.book, visit.session, Move("back"))
            visit.session.open = ""
        return visit

    async def write_in(self, db: Connection, owner: bytes, after: Visit, moment: int) -> None:
        """Compare and set: the database decides whether the version read is still the newest. Sets the new version."""
        before, after.version = after.version, max(after.version + 1, moment)
        data, keep = encode(after, self.words), KEEP.get(after.channel, 0)
        if after.held and keep:
            keep = max(keep, HELD)
        if before:
            sql = "UPDATE visit SET version = ?, data = ?, touched = ?, keep = ? WHERE owner = ? AND version = ?"
            written = await db.run(sql, after.version, data, moment, keep, owner, before)
        else:
            sql = "INSERT INTO visit (owner, version, data, touched, keep) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
            written = await db.run(sql, owner, after.version, data, moment, keep)
        if not written:
            raise Conflict("version")

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
            if visit.held > moment:
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
