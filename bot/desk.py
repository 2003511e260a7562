"""The desk: one turn for every channel: a visit and what a person typed or pressed, to a committed visit and a view."""

import asyncio
import hmac
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from bot.store import Conflict, Connection, Store, StoreDown, now
from bot.visits import Visit, Words, decode, encode
from bot.wording import Choice, View, Wording
from flows.conversation import Move, Session, asked, show, take
from flows.facts import LONGEST_REPLY, NotUnderstood, plain
from flows.loader import Book

ATTEMPTS = 5  # of a turn that others came between

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
_MOVES = {word: move for move, words in COMMANDS.items() for word in words}


def today() -> str:
    """The date on which a conversation begins, where the documents are in force."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


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
        return session, _with(current(book, session), (Wording(book, session.language).not_understood(),))


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
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(choices):
        return choices[int(text) - 1].move
    found = exact or [choice for choice in choices if text and text in plain(choice.label)]
    if len(found) != 1:
        raise NotUnderstood(text)
    return found[0].move


def _with(view: View, lines: tuple[str, ...]) -> View:
    return replace(view, paragraphs=(*lines, *view.paragraphs))


# ---- a turn of a visit, kept ----

Act = Callable[[Visit], tuple[Visit, View]]
"""What a turn does to (a copy of) a visit. It may be done twice, if another turn comes between."""

P = ParamSpec("P")
T = TypeVar("T")


def _again(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
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
    """What became of a turn. `outcome`: ok; duplicate (this key was taken before); stale (an old button)."""

    outcome: str
    visit: Visit
    view: View


class Desk:
    """Keeps visits: every acknowledged turn is on the disk, no turn counts twice."""

    def __init__(self, book: Book, store: Store, key: bytes, retention_hours: int) -> None:
        self.book = book
        self.store = store
        self.words = Words()
        self._key = key
        self._retention = retention_hours * 3600

    async def open(self) -> None:
        self.book.load_all()
        await self.store.open()
        await self._learn_words()

    @_again
    async def _learn_words(self) -> None:
        async with self.store.transaction() as db:
            await self.words.load(db, self.book)

    def owner(self, channel: str, person: int) -> bytes:
        """Who a visit belongs to: a keyed hash, which nobody can turn back without the key."""
        return hmac.digest(self._key, f"{channel}:{person}".encode(), sha256)[:16]

    @_again
    async def apply_turn(self, owner: bytes, expected: int | None, key: str, act: Act, owed: Owed | None = None) -> Turn:
        """One turn in one transaction; returns after the commit.

        `key` is taken once: the same key again changes nothing. `expected`: the step that the button was made for.
        Raises StoreDown when it is not certain that anything was kept; the same key may then be tried again.
        """
        async with self.store.transaction() as db:
            return await self._turn(db, owner, expected, key, act, owed)

    async def _turn(self, db: Connection, owner: bytes, expected: int | None, key: str, act: Act, owed: Owed | None) -> Turn:
        moment = now()
        taken = await db.run("INSERT INTO inbox (key, received) VALUES (?, ?) ON CONFLICT DO NOTHING", key, moment)
        visit = await self._read(db, owner, moment)
        if not taken:
            return Turn("duplicate", visit, current(self.book, visit.session))
        if expected is not None and expected != visit.step:
            return Turn("stale", visit, current(self.book, visit.session))
        after, view = act(visit.copy())
        if not visit.step or (after.session, after.draft) != (visit.session, visit.draft):
            after.step = max(visit.step + 1, moment)
        await self._write(db, owner, after, moment)
        if owed is not None and (outgoing := owed(view)) is not None:
            await self._owe(db, owner, outgoing, after.version, moment)
        return Turn("ok", after, view)

    async def _read(self, db: Connection, owner: bytes, moment: int) -> Visit:
        rows = await db.rows("SELECT version, data, touched FROM visit WHERE owner = ?", owner)
        if not rows:
            return Visit(Session())
        version, data, touched = rows[0]
        if touched < moment - self._retention:
            return Visit(Session(), version)
        return self._reconciled(decode(bytes(data), version, self.words))

    def _reconciled(self, visit: Visit) -> Visit:
        """After a change of the policies: answers that are none any more are asked again."""
        facts = visit.session.facts
        policy = self.book.policy(facts.get("city"))
        if policy is None or visit.policy == policy.version:
            return visit
        for fact, answer in list(facts.items()):
            try:
                self.book.fact(fact, facts.get("city")).clean(list(answer) if isinstance(answer, tuple) else answer)
            except (KeyError, NotUnderstood):
                del facts[fact]
        return visit

    async def _write(self, db: Connection, owner: bytes, after: Visit, moment: int) -> None:
        """Compare and set: the database decides whether the version read is still the newest. Sets the new version."""
        policy = self.book.policy(after.session.facts.get("city"))
        after.policy = policy.version if policy else ""
        before, after.version = after.version, max(after.version + 1, moment)
        data = encode(after, self.words)
        if before:
            sql = "UPDATE visit SET version = ?, data = ?, touched = ? WHERE owner = ? AND version = ?"
            written = await db.run(sql, after.version, data, moment, owner, before)
        else:
            sql = "INSERT INTO visit (owner, version, data, touched) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            written = await db.run(sql, owner, after.version, data, moment)
        if not written:
            raise Conflict("version")

    # ---- what has to go out ----

    async def _owe(self, db: Connection, owner: bytes, outgoing: Outgoing, version: int, moment: int) -> None:
        await db.run(
            "INSERT INTO outbox (owner, chat, message, version, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner) DO UPDATE "
            "SET chat = excluded.chat, message = excluded.message, version = excluded.version, due = excluded.due",
            owner,
            outgoing.chat,
            outgoing.message,
            version,
            moment,
        )

    @_again
    async def sent(self, owner: bytes, version: int) -> None:
        """The reply of this version is with the person."""
        async with self.store.transaction() as db:
            await db.run("DELETE FROM outbox WHERE owner = ? AND version <= ?", owner, version)

    @_again
    async def owed(self) -> list[tuple[bytes, Outgoing, Visit]]:
        """Replies that were kept but perhaps never sent, with the visits as they are now."""
        async with self.store.transaction() as db:
            rows = await db.rows("SELECT owner, chat, message FROM outbox")
            moment = now()
            return [
                (bytes(owner), Outgoing(chat, message), await self._read(db, bytes(owner), moment))
                for owner, chat, message in rows
            ]

    # ---- forgetting ----

    @_again
    async def read(self, owner: bytes) -> Visit:
        async with self.store.transaction() as db:
            return await self._read(db, owner, now())

    @_again
    async def forget(self, owner: bytes, key: str) -> Visit | None:
        """Takes a visit away for good; what it was. None if this key was taken before and somebody has begun anew since."""
        async with self.store.transaction() as db:
            moment = now()
            taken = await db.run("INSERT INTO inbox (key, received) VALUES (?, ?) ON CONFLICT DO NOTHING", key, moment)
            visit = await self._read(db, owner, moment)
            if not taken and visit.version:
                return None
            await db.run("DELETE FROM visit WHERE owner = ?", owner)
            await db.run("DELETE FROM outbox WHERE owner = ?", owner)
        await self.store.tidy()
        return visit

    @_again
    async def lease(self, name: str, holder: str, seconds: int) -> bool:
        """Takes or renews what only one process may do at a time; whether it is ours."""
        moment = now()
        async with self.store.transaction() as db:
            sql = "UPDATE lease SET holder = ?, until = ? WHERE name = ? AND (holder = ? OR until < ?)"
            if await db.run(sql, holder, moment + seconds, name, holder, moment):
                return True
            sql = "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            return await db.run(sql, name, holder, moment + seconds) == 1

    @_again
    async def break_lease(self, name: str) -> None:
        """Takes a lease away from whoever holds it."""
        async with self.store.transaction() as db:
            await db.run("DELETE FROM lease WHERE name = ?", name)

    @_again
    async def purge(self) -> int:
        """Takes away the visits that nobody came back to, and keys too old to come again; how many visits."""
        moment = now()
        async with self.store.transaction() as db:
            gone = await db.run("DELETE FROM visit WHERE touched < ?", moment - self._retention)
            await db.run("DELETE FROM outbox WHERE due < ?", moment - self._retention)
            await db.run("DELETE FROM inbox WHERE received < ?", moment - 2 * 86400)
        await self.store.tidy()  # of replies that were sent, too, with their chats' numbers
        return gone
