"""The store: visits, what came in, what has to go out. SQLite by default, PostgreSQL by URL, the same portable SQL.

Promises: a transaction is durable before it is acknowledged; a key is taken once; a visit changes only from the
version that was read. No advisory locks, no LISTEN, no SERIAL, no temporary tables.
"""

import asyncio
import contextlib
import random
import re
import sqlite3
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import cache, wraps
from importlib.resources import files
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar

FURTHEST = 2**36  # seconds: no moment of ours is later
ATTEMPTS = 5  # of a transaction that others came between

Row = Sequence[Any]
P = ParamSpec("P")
T = TypeVar("T")


class StoreDown(Exception):
    """The database cannot be reached or written now; nothing was changed, or it is not known whether it was."""


class Taken(StoreDown):
    """Another process has the database, and nobody else can write to it meanwhile."""


class TooNew(StoreDown):
    """The database was written by a version of the program more than one step ahead of ours."""


class Conflict(Exception):
    """Another turn came first; read again and decide again."""

    async def over(self, attempt: int) -> None:
        """Steps aside for a moment."""
        await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # to step aside, not to hide


class Connection(Protocol):
    """Inside a transaction: portable SQL with `?` for values."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]: ...

    async def run(self, sql: str, *values: Any) -> int:
        """Runs one statement: how many rows it changed."""
        ...

    async def must(self, sql: str, *values: Any) -> None:
        """Runs one statement without which nothing is kept: Conflict, at the latest as the transaction ends, if it changes no
        row."""
        ...

    async def may(self, sql: str, *values: Any) -> None:
        """The same, where it does not matter whether it changes one."""
        ...


class Store(Protocol):
    """Opened before use; `transaction()` is durable when it has been left without an exception."""

    name: str

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def version(self) -> int:
        """The last step of the schema that a database is known to have taken; 0: none. Looks without opening the store, and
        changes nothing. Raises StoreDown."""
        ...

    async def rehearse(self) -> None:
        """Raises StoreDown where a service could not be opened on what is there, or not write to it; keeps nothing."""
        ...

    def transaction(self) -> contextlib.AbstractAsyncContextManager[Connection]: ...

    def reading(self) -> contextlib.AbstractAsyncContextManager[Connection]:
        """To look only, beside whoever has the store open. Raises StoreDown."""
        ...

    def pool(self) -> dict[str, int]:
        """State -> connections; {} where there is no pool."""
        ...

    async def tidy(self) -> None:
        """After a deletion: leaves nothing of it on the disk."""
        ...


def retried(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Begins a transaction anew when another one came between; StoreDown when others always came first."""

    @wraps(work)
    async def repeated(*args: P.args, **named: P.kwargs) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return await work(*args, **named)
            except Conflict as conflict:
                await conflict.over(attempt)
        raise StoreDown("others always came first")

    return repeated


# ---- the tables ----


def schema() -> list[tuple[int, str]]:
    """(number, script) of each step from an empty database on, in order.

    Numbered, forward only: two adjacent versions of the program must be able to run on one database.
    """
    scripts = (file for file in files("bot.store").joinpath("schema").iterdir() if file.name.endswith(".sql"))
    return sorted((int(file.name.partition("_")[0]), file.read_text("utf-8")) for file in scripts)


def statements(script: str) -> Iterator[str]:
    """One at a time, without the comments; each comment has a line of its own, and no text holds a semicolon."""
    lines = (line for line in script.splitlines() if not line.startswith("--"))
    yield from filter(str.strip, "\n".join(lines).split(";"))


async def step(db: Connection) -> int:
    """The last step of the schema that was taken; 0 where none was."""
    return int((await db.rows("SELECT MAX(version) FROM schema_version"))[0][0] or 0)


async def note(db: Connection, number: int) -> None:
    """A step that was taken."""
    await db.run("INSERT INTO schema_version (version) VALUES (?)", number)


async def migrate(db: Connection, binary: str = "BLOB") -> None:
    """Brings an empty or older database up to date; leaves one of the next version alone, and raises TooNew at any later one's.
    `binary`: what the database calls bytes."""
    await db.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
    taken, newest = await step(db), schema()[-1][0]
    if taken > newest + 1:
        raise TooNew(f"数据库到了第 {taken} 步，这个程序只到第 {newest} 步，最多能差一步：请换成写它的那个版本的程序")
    for number, script in schema():
        if number > taken:
            for statement in statements(script):
                await db.run(statement.replace("BLOB", binary))
            await note(db, number)
    for table, columns in tables().items():  # of another program, or of a step that was broken off, they may lack something
        await db.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE 1 = 0")  # noqa: S608  # words of ours


@cache
def tables() -> dict[str, list[str]]:
    """Table -> columns, as the steps of the schema leave them."""
    return {name: [column.name for column in found] for name, found in columns().items()}


class Column(NamedTuple):
    """`kind`: TEXT, BLOB, INTEGER or BIGINT; `needed`: no row goes without it; `key`: a row is found by it, or by it and more."""

    name: str
    kind: str
    needed: bool
    key: bool


def columns() -> dict[str, list[Column]]:
    """Table -> its columns, and what they are for."""
    with contextlib.closing(sqlite3.connect(":memory:")) as made:
        names: list[str] = []
        for _, script in schema():
            made.executescript(script)
            names += re.findall(r"CREATE TABLE (\w+)", script)
        return {name: [_column(*row) for row in made.execute(f"PRAGMA table_info({name})")] for name in names}


def _column(_: int, name: str, kind: str, filled: int, usual: str | None, key: int) -> Column:
    return Column(name, kind, bool(key or (filled and usual is None)), bool(key))


def as_bytes(value: Any) -> bytes:
    """A column of bytes; b"" if something else stands there, which then nobody can read."""
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


def as_moment(value: Any) -> int:
    """A column of seconds; 0, which is long ago, if no moment stands there."""
    return value if isinstance(value, int) and 0 <= value < FURTHEST else 0
