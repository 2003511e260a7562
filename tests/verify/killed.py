"""`luohu serve` that kills itself: python killed.py POINT NTH, by SIGKILL the n-th time that it comes to the point."""

import asyncio
import os
import random
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import telegram

from bot.__main__ import main
from bot.serve import Service
from bot.store import base
from bot.store.postgres import PostgresStore, _PostgresConnection
from bot.store.sqlite import SQLiteStore
from bot.talk.keeping import Keeping
from bot.talk.turns import Turns
from bot.telegram.channel import Channel
from bot.telegram.sender import Sender

Work = Callable[..., Awaitable[Any]]
STALE = 3  # visits, keys and replies that are long out of date
inside: ContextVar[bool] = ContextVar("inside", default=False)
left = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def come_by() -> None:
    """Dies at the n-th call."""
    global left
    left -= 1
    if left == 0:
        die()


def wrap(owner: type, name: str, wrapper: Callable[[Work], Work]) -> None:
    setattr(owner, name, wrapper(getattr(owner, name)))


def before(work: Work) -> Work:
    async def wrapped(*values: Any, **named: Any) -> Any:
        come_by()
        return await work(*values, **named)

    return wrapped


def after(work: Work) -> Work:
    async def wrapped(*values: Any, **named: Any) -> Any:
        result = await work(*values, **named)
        come_by()
        return result

    return wrapped


def around(work: Work) -> Work:
    """Counts what happens within, and its end."""

    async def wrapped(*values: Any, **named: Any) -> Any:
        token = inside.set(True)
        try:
            result = await work(*values, **named)
            come_by()
            return result
        finally:
            inside.reset(token)

    return wrapped


def within(work: Work) -> Work:
    """Counts a call made inside what `around` wraps, before and after it."""

    async def wrapped(*values: Any, **named: Any) -> Any:
        if not inside.get():
            return await work(*values, **named)
        come_by()
        result = await work(*values, **named)
        come_by()
        return result

    return wrapped


def statements(owner: type, name: str) -> None:
    """Every statement of a method is a place to die, and what follows its commit."""
    wrap(owner, name, around)
    for connection in (SQLiteStore, _PostgresConnection):
        wrap(connection, "run", within)
    for store in (SQLiteStore, PostgresStore):
        wrap(store, "tidy", within)


def held_back(work: Work) -> Work:
    """A reply that is late: by the time it would go out its update is acknowledged."""

    async def wrapped(*values: Any, **named: Any) -> Any:
        global left
        left -= 1
        if left == 0:
            await asyncio.sleep(0.3)
            die()
        return await work(*values, **named)

    return wrapped


def stale_first(work: Work) -> Work:
    """Puts things that are long out of date into the database, for the purge to find."""

    async def wrapped(desk: Turns) -> int:
        async with desk.runtime.store.transaction() as db:
            for number in range(STALE):
                owner = b"stale" + bytes([number])
                await db.run(
                    "INSERT INTO visit (owner, version, data, touched) VALUES (?, 1, ?, 0) ON CONFLICT DO NOTHING", owner, b""
                )
                await db.run("INSERT INTO inbox (key, received) VALUES (?, 0) ON CONFLICT DO NOTHING", f"stale{number}")
                sql = "INSERT INTO outbox (owner, chat, message, version, due) VALUES (?, 1, NULL, 1, 0) ON CONFLICT DO NOTHING"
                await db.run(sql, owner)
        return int(await work(desk))

    return wrapped


def meanwhile(work: Work) -> Work:
    """Dies while the database works, a moment after it was asked to."""

    async def wrapped(store: SQLiteStore) -> None:
        moment = random.SystemRandom().uniform(0, 0.002)
        threading.Timer(moment, die).start()
        while True:
            await work(store)

    return wrapped


def purge() -> None:
    statements(Turns, "purge")
    wrap(Turns, "purge", stale_first)


def checkpoint() -> None:
    wrap(Turns, "purge", stale_first)
    wrap(SQLiteStore, "tidy", meanwhile)


def migration() -> None:
    """A version of the program that brings the database one step further than the last one that was killed here."""
    more = int(sys.argv[3])
    script = "CREATE TABLE later{0} (id INTEGER PRIMARY KEY, said TEXT); CREATE INDEX later{0}_said ON later{0} (said)"
    known = base.schema()
    later = [(len(known) + number, script.format(number)) for number in range(1, more + 1)]
    base.schema = lambda: [*known, *later]
    for store in (SQLiteStore, PostgresStore):
        wrap(store, "open", around)
    for connection in (SQLiteStore, _PostgresConnection):
        wrap(connection, "run", within)


def shutdown() -> None:
    """Each thing that the end of the program does, before and after it."""
    wrap(Service, "_stop", around)
    for owner, name in ((Sender, "close"), (telegram.Bot, "shutdown"), (SQLiteStore, "close"), (PostgresStore, "close")):
        wrap(owner, name, within)


def resend() -> None:
    """What is done for each reply that is owed, and for each that is sent."""
    wrap(Channel, "resend", around)
    wrap(Turns, "owed", within)
    wrap(Sender, "_try", after)


POINTS: dict[str, Callable[[], None]] = {
    "before_inbox": lambda: wrap(Turns, "_turn", before),
    "before_visit": lambda: wrap(Keeping, "write", before),
    "before_commit": lambda: wrap(Turns, "_turn", after),
    "before_acknowledgement": lambda: wrap(Turns, "take", after),
    "before_sending": lambda: wrap(Sender, "_send", held_back),
    "amid_sending": lambda: wrap(Sender, "_try", after),
    "purge": purge,
    "migration": migration,
    "checkpoint": checkpoint,
    "shutdown": shutdown,
    "resend": resend,
    "forget": lambda: statements(Turns, "forget"),
}

if __name__ == "__main__":
    POINTS[sys.argv[1]]()
    sys.exit(main(["serve"]))
