"""The store: visits, what came in, what has to go out. SQLite by default, PostgreSQL by URL, the same portable SQL.

Promises: a transaction is durable before it is acknowledged; a key is taken once; a visit changes only from the
version that was read. No advisory locks, no LISTEN, no SERIAL, no temporary tables.
"""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

Row = Sequence[Any]
PATIENCE = 0.5  # seconds for a lock that somebody else has on the file

# Numbered, forward only: two adjacent versions of the program must be able to run on one database.
MIGRATIONS = (
    """
    CREATE TABLE visit (owner BLOB PRIMARY KEY, version BIGINT NOT NULL, data BLOB NOT NULL, touched BIGINT NOT NULL);
    CREATE INDEX visit_touched ON visit (touched);
    CREATE TABLE inbox (key TEXT PRIMARY KEY, received BIGINT NOT NULL);
    CREATE TABLE outbox (owner BLOB PRIMARY KEY, chat BIGINT NOT NULL, message BIGINT, version BIGINT NOT NULL,
        due BIGINT NOT NULL);
    CREATE TABLE word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
    CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL);
    """,
    # every turn changes `touched`: an index on it costs each of them more than the purge's look through the table
    "DROP INDEX IF EXISTS visit_touched",
    """
    ALTER TABLE visit ADD COLUMN keep BIGINT NOT NULL DEFAULT 0;
    CREATE TABLE code (hash BLOB PRIMARY KEY, kind TEXT NOT NULL, owner BLOB NOT NULL, version BIGINT NOT NULL, chat BIGINT,
        until BIGINT NOT NULL);
    CREATE TABLE casefile (id TEXT PRIMARY KEY, owner BLOB NOT NULL, staff TEXT NOT NULL, chat BIGINT, opened BIGINT NOT NULL,
        checked BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE receipt (hash BLOB PRIMARY KEY, owner BLOB NOT NULL, data BLOB NOT NULL, made BIGINT NOT NULL);
    CREATE INDEX receipt_owner ON receipt (owner);
    CREATE TABLE tally (day TEXT, channel TEXT, what TEXT, city TEXT, subject TEXT, number BIGINT NOT NULL,
        PRIMARY KEY (day, channel, what, city, subject));
    CREATE TABLE staff (name TEXT PRIMARY KEY, role TEXT NOT NULL, secret TEXT NOT NULL, totp TEXT NOT NULL,
        disabled BIGINT NOT NULL, since BIGINT NOT NULL);
    CREATE TABLE login (hash BLOB PRIMARY KEY, staff TEXT NOT NULL, began BIGINT NOT NULL, touched BIGINT NOT NULL);
    CREATE TABLE attempt (bucket TEXT PRIMARY KEY, since BIGINT NOT NULL, number BIGINT NOT NULL);
    """,
    # fresh: the password is a one-time one; counter: of the last code of a phone that was used
    """
    ALTER TABLE staff ADD COLUMN fresh BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE staff ADD COLUMN counter BIGINT NOT NULL DEFAULT 0;
    CREATE INDEX login_staff ON login (staff);
    """,
)


class StoreDown(Exception):
    """The database cannot be reached or written now; nothing was changed, or it is not known whether it was."""


class Conflict(Exception):
    """Another turn came first; read again and decide again."""


class Connection(Protocol):
    """Inside a transaction: portable SQL with `?` for values."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]: ...

    async def run(self, sql: str, *values: Any) -> int:
        """Runs one statement: how many rows it changed."""
        ...


class Store(Protocol):
    """Opened before use; `transaction()` is durable when it has been left without an exception."""

    name: str

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def transaction(self) -> contextlib.AbstractAsyncContextManager[Connection]: ...

    async def tidy(self) -> None:
        """After a deletion: leaves nothing of it on the disk."""
        ...


def store_for(database: str) -> Store:
    if database.startswith(("postgresql://", "postgres://")):
        try:
            from bot.store.postgres import PostgresStore
        except ImportError:
            raise StoreDown("用 PostgreSQL 要先装 asyncpg：pip install 'luohu[postgres]'") from None
        return PostgresStore(database)
    return SQLiteStore(Path(database))


async def migrate(db: Connection, statements: Iterable[str] = MIGRATIONS, binary: str = "BLOB") -> None:
    """Brings an empty or older database up to date; leaves a newer one alone."""
    await db.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
    rows = await db.rows("SELECT MAX(version) FROM schema_version")
    for number, script in enumerate(statements, 1):
        if number > (rows[0][0] or 0):
            for statement in filter(str.strip, script.split(";")):
                await db.run(statement.replace("BLOB", binary))
            await db.run("INSERT INTO schema_version (version) VALUES (?)", number)


class SQLiteStore:
    """One process, one connection, write-ahead log, every commit on the disk before it is acknowledged.

    Transactions of one turn of the event loop are committed together: their bodies never wait for anything but the
    database, so one is over before the next begins.
    """

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._committed: asyncio.Future[None] | None = None

    async def open(self) -> None:
        self._take_lock()
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None, timeout=0)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
                self._db.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            raise StoreDown(f"{self.path} 用不了：{error}") from None
        async with self.transaction() as connection:
            await migrate(connection)

    def _take_lock(self) -> None:
        try:
            self._lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreDown(f"{self.path} 用不了：{error.strerror}") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise StoreDown(f"{self.path} 正被另一个 luohu 使用；要开几个进程，请用 PostgreSQL") from None

    async def close(self) -> None:
        if self._committed is not None:
            with contextlib.suppress(StoreDown):
                await self._committed
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        committed = await self._admitted()
        db = self._connection()
        self._execute("SAVEPOINT turn", ())
        try:
            yield self
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk has rolled everything back already
                db.execute("ROLLBACK TO turn")
                db.execute("RELEASE turn")
            raise
        self._execute("RELEASE turn", ())
        await asyncio.shield(committed)

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise StoreDown("closed")
        return self._db

    async def _admitted(self) -> "asyncio.Future[None]":
        """Waits a moment for a lock that somebody else has on the file, and holds up nobody meanwhile."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self._begin()
            except StoreDown:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(0.02)

    def _begin(self) -> "asyncio.Future[None]":
        """Joins the group that is being written, or begins one that is committed when the loop next comes round."""
        if self._committed is not None and not self._connection().in_transaction:
            raise StoreDown("rolled back")  # a full disk has ended the group's transaction before its time
        if self._committed is None:
            try:
                self._connection().execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise StoreDown(type(error).__name__) from None
            loop = asyncio.get_running_loop()
            self._committed = loop.create_future()
            loop.call_soon(self._commit)
        return self._committed

    def _commit(self) -> None:
        committed, self._committed = self._committed, None
        if committed is None:
            return
        try:
            self._connection().execute("COMMIT")
        except (sqlite3.Error, StoreDown) as error:
            with contextlib.suppress(sqlite3.Error, StoreDown):
                self._connection().execute("ROLLBACK")
            committed.set_exception(StoreDown(type(error).__name__))
            committed.exception()  # looked at, so that nobody complains if all who wait were cancelled
        else:
            committed.set_result(None)

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        return self._execute(sql, values).fetchall()

    async def run(self, sql: str, *values: Any) -> int:
        return self._execute(sql, values).rowcount

    def _execute(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._connection().execute(sql, values)
        except sqlite3.Error as error:
            raise StoreDown(type(error).__name__) from None

    async def tidy(self) -> None:
        db = self._connection()
        for _ in range(20):  # a reader elsewhere (a backup) may hold the log for a moment
            if not db.in_transaction and self._execute("PRAGMA wal_checkpoint(TRUNCATE)", ()).fetchone()[0] == 0:
                return
            await asyncio.sleep(0.05)
