"""The SQLite store: one file, one process, group commit."""

import asyncio
import contextlib
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from bot import log
from bot.store.base import Conflict, Connection, Row, StoreDown, Taken, migrate, note, tables

PATIENCE = 0.5  # seconds for a lock that somebody else has on the file
OPENING = 5.0  # the same at the start, when nobody waits yet: a backup that reads, a process killed a moment ago


class SQLiteStore:
    """One process, one connection, write-ahead log, every commit on the disk before it is acknowledged.

    Transactions of one turn of the event loop are committed together: their bodies never wait for anything but the
    database, so one is over before the next begins. Long, as the file, its lock, its going and the group are one promise.
    """

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._on_disk = (path, Path(f"{path}-wal"))
        self._db: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._committed: asyncio.Future[None] | None = None
        self._files: tuple[tuple[int, int], ...] = ()  # what stood under our names when we opened them
        self._gone = False

    async def open(self) -> None:
        self._take_lock()
        self._files = ()
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None, timeout=OPENING)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "busy_timeout=0"):
                self._db.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            raise _down(self.path, error) from None
        async with self.transaction() as connection:
            await migrate(connection)
        self._files = self._seen()

    def _take_lock(self) -> None:
        try:
            self._lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreDown(f"{self.path}.lock 用不了：{error.strerror}") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise Taken(f"{self.path} 正被另一个 luohu 使用；要开几个进程，请用 PostgreSQL") from None

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

    async def version(self) -> int:
        return _version(self.path)

    async def rehearse(self) -> None:
        step, made = _version(self.path), await asyncio.to_thread(_as_it_is, self.path)
        tried = SQLiteStore(self.path)
        tried._db = sqlite3.connect(":memory:", isolation_level=None)
        try:
            for statement in made:
                await tried.run(statement)
            if step:
                await note(tried, step)
            await migrate(tried)
        finally:
            await tried.close()

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

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        beside = SQLiteStore(self.path)
        beside._db = _to_read(self.path)
        try:
            yield beside
        finally:
            await beside.close()

    def _still_there(self) -> None:
        """Raises StoreDown when the file was taken away or replaced: what is written now would go nowhere."""
        gone = bool(self._files) and self._seen() != self._files
        if gone and not self._gone:
            log.event("database_gone", logging.ERROR)
        self._gone = gone
        if gone:
            raise StoreDown("the file is gone, or is another one")

    def _seen(self) -> tuple[tuple[int, int], ...]:
        """The file and its log on the disk, as numbers; () if one is not there."""
        try:
            found = [file.stat() for file in self._on_disk]
        except OSError:
            return ()
        return tuple((one.st_dev, one.st_ino) for one in found)

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
            self._still_there()
            try:
                self._connection().execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise _down(self.path, error) from None
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
            self._still_there()
        except (sqlite3.Error, StoreDown) as error:
            with contextlib.suppress(sqlite3.Error, StoreDown):
                self._connection().execute("ROLLBACK")
            committed.set_exception(_down(self.path, error) if isinstance(error, sqlite3.Error) else error)
            committed.exception()  # looked at, so that nobody complains if all who wait were cancelled
        else:
            committed.set_result(None)

    def pool(self) -> dict[str, int]:
        return {}

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        return self._execute(sql, values).fetchall()

    async def run(self, sql: str, *values: Any) -> int:
        return self._execute(sql, values).rowcount

    async def must(self, sql: str, *values: Any) -> None:
        if not await self.run(sql, *values):
            raise Conflict("changed nothing")

    async def may(self, sql: str, *values: Any) -> None:
        await self.run(sql, *values)

    def _execute(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._connection().execute(sql, values)
        except sqlite3.Error as error:
            raise _down(self.path, error) from None

    async def tidy(self) -> None:
        db = self._connection()
        for _ in range(20):  # a reader elsewhere (a backup) may hold the log for a moment
            if not db.in_transaction and self._execute("PRAGMA wal_checkpoint(TRUNCATE)", ()).fetchone()[0] == 0:
                return
            await asyncio.sleep(0.05)


WRONG = {  # by the first byte of SQLite's own code
    sqlite3.SQLITE_READONLY: "只能读，不能写：请让运行服务的账号能写它、它旁边的文件和它的文件夹",
    sqlite3.SQLITE_CORRUPT: "文件坏了：请停下服务，换成完好的文件，或者用新的库从备份恢复（luohu restore）",
    sqlite3.SQLITE_NOTADB: "不是 SQLite 数据库",
    sqlite3.SQLITE_FULL: "磁盘满了：请腾出地方",
    sqlite3.SQLITE_IOERR: "磁盘读写出错",
    sqlite3.SQLITE_CANTOPEN: "打不开：请让运行服务的账号能读写它和它的文件夹",
    sqlite3.SQLITE_BUSY: "别的程序正占着它",
}


def _down(path: Path, error: sqlite3.Error) -> StoreDown:
    """What is wrong with the file, and what to do."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return StoreDown(f"{path} 用不了：{WRONG.get(code) or f'像是别的程序的数据库，或者没有升级成（{error}）'}")


def _as_it_is(path: Path) -> list[str]:
    """The statements that make its tables with our names. Raises StoreDown where the file is spoilt, or cannot be written."""
    for file in (path.absolute().parent, *(Path(f"{path}{end}") for end in ("", "-wal", "-shm", ".lock"))):
        if file.exists() and not os.access(file, os.W_OK):
            raise StoreDown(f"{path} 用不了：{file} 写不了，请让运行服务的账号能写它")
    ours = {*tables(), "schema_version"}
    try:
        with contextlib.closing(_to_read(path)) as db:
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StoreDown(f"{path} 用不了：{WRONG[sqlite3.SQLITE_CORRUPT]}")
            made = db.execute("SELECT sql, tbl_name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC").fetchall()
    except sqlite3.Error as error:
        raise _down(path, error) from None
    return [sql for sql, table in made if table in ours]


def _to_read(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=OPENING)
    except sqlite3.Error as error:
        raise _down(path, error) from None


def _version(path: Path) -> int:
    try:
        with contextlib.closing(_to_read(path)) as db:
            if not db.execute("PRAGMA table_info(schema_version)").fetchall():
                return 0
            return int(db.execute("SELECT MAX(version) FROM schema_version").fetchone()[0] or 0)
    except sqlite3.Error as error:
        raise _down(path, error) from None
