"""What several turns say to PostgreSQL at once goes there together: one way there and back for all of them, and one commit."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import asyncpg

from bot.store.base import Row, StoreDown

PATIENCE = 2.0  # seconds for a connection, and for one statement
LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.ConnectionDoesNotExistError,
    asyncpg.InternalClientError,  # what it says of a line that broke in the middle of an answer
)
TOGETHER = 16  # at most: while the server is at some, we are at others

Line = Callable[[], contextlib.AbstractAsyncContextManager[Any]]
"""Where a connection comes from."""


@dataclass(slots=True)
class Said:
    """One turn's statement, and the answer that it waits for."""

    sql: str
    values: tuple[Any, ...]
    answer: "asyncio.Future[Sequence[Row]]"

    def answered(self, rows: Sequence[Row]) -> None:
        if not self.answer.done():
            self.answer.set_result(rows)

    def failed(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class SharedWay:
    """For statements that stand by themselves: those that come while others are under way wait for them, and go together.

    What the server refuses of several, each is asked again alone: the refusal is one turn's and not the others'.
    """

    at_once = 1  # groups

    def __init__(self, line: Line) -> None:
        self._line = line
        self._waiting: list[Said] = []
        self._going: set[asyncio.Task[None] | None] = set()
        self._alone: set[asyncio.Task[None]] = set()  # beside the way: nobody else waits for the row that one of them waits for

    async def ask(self, sql: str, values: tuple[Any, ...]) -> Sequence[Row]:
        said = Said(sql, values, asyncio.get_running_loop().create_future())
        self._waiting.append(said)
        if len(self._going) < self.at_once and len(self._waiting) > len(self._going) * TOGETHER:
            self._going.add(asyncio.create_task(self._go()))
        async with asyncio.timeout(PATIENCE):  # however long others, who may be at a line that is dead, are before it
            return await said.answer

    async def _go(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                if some := [said for said in some if not said.answer.done()]:  # whoever asked may have been cancelled
                    await self._answer(some)
        finally:  # at once: whoever asks next is to see that nobody goes any more
            self._going.discard(asyncio.current_task())

    async def _answer(self, some: list[Said]) -> None:
        try:
            async with self._line() as line:
                await self._say(line, some)
        except LOST as error:
            for said in some:
                said.failed(StoreDown(type(error).__name__))
        except asyncpg.PostgresError as error:
            if len(some) == 1:
                some[0].failed(error)
            else:
                for said in some:
                    self._alone.add(task := asyncio.create_task(self._answer([said])))
                    task.add_done_callback(self._alone.discard)
        except Exception as error:  # whoever asked is told
            for said in some:
                said.failed(error)

    async def _say(self, line: Any, some: list[Said]) -> None:
        """Tells each its answer, or raises what hinders all of them."""
        raise NotImplementedError


class Looks(SharedWay):
    """Of one query: what is looked up."""

    at_once = 2

    async def _say(self, line: Any, some: list[Said]) -> None:
        if len(some) == 1:
            some[0].answered(await line.fetch(some[0].sql, *some[0].values))
            return
        found: list[list[Row]] = [[] for _ in some]
        asked = [(*said.values, number) for number, said in enumerate(some)]
        for number, *row in await line.fetchmany(_numbered_rows(some[0].sql, len(some[0].values) + 1), asked):
            found[number].append(row)
        for said, rows in zip(some, found, strict=True):
            said.answered(rows)


class Changes(SharedWay):
    """What is changed, in the order in which it was said. One group at a time, so that no two wait for each other's rows."""

    async def _say(self, line: Any, some: list[Said]) -> None:
        groups: dict[str, list[tuple[Any, ...]]] = {}
        for said in some:
            groups.setdefault(said.sql, []).append(said.values)
        async with contextlib.AsyncExitStack() as ending:
            if len(groups) > 1:
                await ending.enter_async_context(line.transaction())
            for sql, values in groups.items():
                await line.executemany(sql, values)  # all of them, or none
        for said in some:
            said.answered(())


@cache
def _numbered_rows(sql: str, last: int) -> str:
    """A query whose rows say first for whom they are."""
    return f"SELECT CAST(${last} AS INTEGER), found.* FROM ({sql}) AS found"  # noqa: S608  # a query of ours
