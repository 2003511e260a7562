"""The PostgreSQL store (extra `postgres`): the same statements, over connections that several turns share."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import cache
from typing import Any

import asyncpg

from bot.store import leases
from bot.store.base import Conflict, Connection, Row, StoreDown, migrate, step
from bot.store.ways import LOST, PATIENCE, Changes, Looks

POOL = {"min_size": 1, "max_size": 10, "max_inactive_connection_lifetime": 60}
AT_A_LOCK = "SET lock_timeout = 500"  # milliseconds; then it is tried again, as often as after a turn that came between
_RETRIED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,  # in the time of `AT_A_LOCK`
    asyncpg.UniqueViolationError,
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateObjectError,  # the same of the type that goes with a table
    asyncpg.DivisionByZeroError,  # of `_together`
)


@cache
def _numbered(sql: str) -> str:
    parts = sql.split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]


@cache
def _together(changes: tuple[tuple[str, int], ...]) -> str:
    """All of these changes (and by what each count is raised) in one statement, in this order. It fails as a whole if a count is
    0, as it divides by zero: of an error of a table's own the server would write the key into its log."""
    named = [(f"change{number}", sql, more) for number, (sql, more) in enumerate(changes)]
    made = ", ".join(f"{name} AS ({sql} RETURNING 1)" for name, sql, _ in named)
    counted = " * ".join(f"(SELECT COUNT(*) + {more} FROM {name})" for name, _, more in named)  # noqa: S608  # names of ours
    return _numbered(f"WITH {made} SELECT 1 / ({counted}) /* by zero: another turn came first, and nothing of this is kept */")


@cache
def _table(sql: str) -> str:
    """Which one a change is made in."""
    return re.split(r"INSERT INTO |UPDATE |DELETE FROM ", sql, maxsplit=1)[1].split()[0]


@contextlib.contextmanager
def _dropped(connection: Any) -> Iterator[None]:
    """Nobody waits for a line that is dead, or in the middle of an answer, to roll back or to tidy up."""
    try:
        yield
    except (*LOST, asyncio.CancelledError):
        connection.terminate()
        raise


@contextlib.contextmanager
def _connecting() -> Iterator[None]:
    """Says that nobody is there, or that the address means nothing to the library, which would quote it with its password."""
    try:
        yield
    except (*LOST, asyncpg.PostgresError, ValueError, OverflowError) as error:
        raise StoreDown(_said(error) or f"连不上数据库（{type(error).__name__}）") from None


def _said(error: BaseException) -> str:
    """What the operator can do about it, if anything; a message of these names tables and columns, nobody's values."""
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "数据库不认这个账号，或者密码不对"
        case asyncpg.InvalidCatalogNameError():
            return "服务器上没有这个库：请先建好"
        case asyncpg.InsufficientPrivilegeError() | asyncpg.InvalidSchemaNameError():
            return f"账号的权限不够（{error}）：请让它能在这个库的 schema 里建表，并且拥有这些表"
        case asyncpg.ReadOnlySQLTransactionError():
            return "数据库只能读，不能写：请看它是不是备用的服务器，或者 default_transaction_read_only"
        case asyncpg.DuplicateTableError():
            return f"这个库里已经有别的程序的同名的表（{error}）"
        case asyncpg.SyntaxOrAccessError():
            return f"这个库不是落户的，或者没有升级成：{error}"
    return ""


async def _ready(connection: Any) -> None:
    await connection.execute(AT_A_LOCK)


async def _nothing_to_tidy(_: Any) -> None:
    """A transaction leaves no settings, locks or cursors on its line: asking the server to drop them is one way there and back
    more. What was begun and not ended, the library ends all the same."""


class PostgresStore:
    """Any number of processes; correctness rests on versions and unique keys, never on a lock."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool: asyncpg.Pool | None = None
        self._looks: dict[str, Looks] = {}  # one way for each query, so that none waits for another that takes long
        self._changes = Changes(self.line)

    async def open(self) -> None:
        with _connecting():
            self._pool = await asyncpg.create_pool(
                self.url, **POOL, timeout=PATIENCE, command_timeout=PATIENCE, init=_ready, reset=_nothing_to_tidy
            )
        for _ in range(5):
            with contextlib.suppress(Conflict):
                async with self.transaction() as db:
                    await migrate(db, binary="BYTEA")
                return
        raise StoreDown("这个库里已经有别的程序的同名的表，或者别的进程一直在更新")

    async def close(self) -> None:
        if self._pool is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pool.close(), PATIENCE)
            self._pool = None

    async def version(self) -> int:
        async with self.reading() as db:
            if (await db.rows("SELECT to_regclass('schema_version')"))[0][0] is None:
                return 0
            return await step(db)

    async def rehearse(self) -> None:
        async with self.reading() as db:
            await db.run("BEGIN")  # which nobody ends: all of it goes with the connection
            await db.run(AT_A_LOCK)
            await migrate(db, binary="BYTEA")
            await leases.take(db, "rehearsal", "", 0, 0)
            await leases.delete(db, "rehearsal")

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        with _connecting():
            connection = await asyncpg.connect(self.url, timeout=PATIENCE, command_timeout=PATIENCE)
        try:
            yield _PostgresConnection(self, contextlib.AsyncExitStack(), connection)
        except (*LOST, asyncpg.PostgresError) as error:
            raise StoreDown(_said(error) or f"数据库用不了（{type(error).__name__}）") from None
        finally:
            with contextlib.suppress(*LOST):
                await connection.close()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        try:
            async with contextlib.AsyncExitStack() as ending:
                db = _PostgresConnection(self, ending)
                yield db
                await db.send()
        except _RETRIED as error:
            raise Conflict(type(error).__name__) from None
        except (*LOST, asyncpg.PostgresError) as error:
            raise StoreDown(_said(error) or type(error).__name__) from None

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[Any]:
        """A connection of one's own."""
        if self._pool is None:
            raise StoreDown("closed")
        async with self._pool.acquire(timeout=PATIENCE) as line:
            with _dropped(line):
                yield line

    async def look(self, sql: str, values: tuple[Any, ...]) -> Sequence[Row]:
        """With whoever else looks for the same now."""
        if sql not in self._looks:
            self._looks[sql] = Looks(self.line)
        return await self._looks[sql].ask(sql, values)

    async def change(self, sql: str, values: tuple[Any, ...]) -> None:
        """With whatever else is changed now; all that one statement changes, or nothing of it."""
        await self._changes.ask(sql, values)

    def pool(self) -> dict[str, int]:
        if self._pool is None:
            return {}
        idle = self._pool.get_idle_size()
        return {"idle": idle, "busy": self._pool.get_size() - idle}

    async def tidy(self) -> None:
        """PostgreSQL clears deleted rows by its own vacuum."""


class _PostgresConnection:
    """Each word to the server is a way there and back, so most turns say two: what is there, and all that must change.

    A change whose count nobody asks for waits for the next statement, or for the end. A transaction, with a line of its own,
    begins with the first statement that changes something and is not the last one: what is read sooner is what was committed by
    then, within a transaction as before it, and the last statement alone is a transaction of its own. Those two ways are shared.
    """

    def __init__(self, store: PostgresStore, ending: contextlib.AsyncExitStack, connection: Any = None) -> None:
        self._store = store
        self._ending = ending
        self._connection = connection  # None until a transaction begins
        self._waiting: dict[
            str, tuple[tuple[str, int], tuple[Any, ...]]
        ] = {}  # table -> a change, as _together has it; its values

    async def must(self, sql: str, *values: Any) -> None:
        await self._wait(sql, 0, values)

    async def may(self, sql: str, *values: Any) -> None:
        await self._wait(sql, 1, values)

    async def _wait(self, sql: str, more: int, values: tuple[Any, ...]) -> None:
        table = _table(sql)
        if table in self._waiting:  # of two changes in one statement none sees what the other one did
            await self._go_on()
        self._waiting[table] = (sql, more), values

    async def send(self) -> None:
        """Makes the changes that wait."""
        waiting, self._waiting = [*self._waiting.values()], {}
        if not waiting:
            return
        sql = _together(tuple(change for change, _ in waiting))
        values = tuple(value for _, values in waiting for value in values)
        if self._connection is None:
            await self._store.change(sql, values)
        else:
            await self._connection.execute(sql, *values)

    async def _go_on(self) -> None:
        """What comes before a statement that is not the last one."""
        if self._connection is None:
            line = await self._ending.enter_async_context(self._store.line())
            await self._ending.enter_async_context(line.transaction())
            self._ending.enter_context(_dropped(line))
            self._connection = line
        await self.send()

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        if self._connection is None and not self._waiting and sql.startswith("SELECT"):
            return await self._store.look(_numbered(sql), values)
        await self._go_on()
        found: Sequence[Row] = await self._connection.fetch(_numbered(sql), *values)
        return found

    async def run(self, sql: str, *values: Any) -> int:
        await self._go_on()
        status: str = await self._connection.execute(_numbered(sql), *values)
        count = re.search(r"(\d+)$", status)
        return int(count[1]) if count else 0
