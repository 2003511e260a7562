"""What runs beside the requests: whatever ends it is a line in the log and a pause, then it is done anew."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine

from bot import log
from bot.store.base import StoreDown

PAUSE = 1.0  # seconds after a fault, at least

Work = Callable[[], Awaitable[object]]


class Tasks:
    """Background work by name. `faults`: how often each was broken off by an exception of ours since the start."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self._failing: set[str] = set()
        self._waiting: set[str] = set()  # what could not be done without the database the last time
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def failing(self) -> frozenset[str]:
        """What ended with a fault the last time that it was tried."""
        return frozenset(self._failing)

    def repeat(self, name: str, work: Work, every: float, first: float = 0) -> None:
        """Does it again and again, with so many seconds between; begins after `first` of them."""
        self._start(self._repeated(name, work, every, first))

    def until_done(self, name: str, work: Work) -> None:
        """Does it once; after a fault again."""
        self._start(self._until_done(name, work))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _repeated(self, name: str, work: Work, every: float, first: float) -> None:
        await asyncio.sleep(first)
        while True:
            done = await self._tried(name, work)
            await asyncio.sleep(every if done else max(every, PAUSE))

    async def _until_done(self, name: str, work: Work) -> None:
        while True:
            if await self._tried(name, work):
                return
            await asyncio.sleep(PAUSE)

    async def _tried(self, name: str, work: Work) -> bool:
        """Whether it was done. Work that is told to end, and hears only that its line is lost by that, ends all the same."""
        done = await self._done(name, work)
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise asyncio.CancelledError
        return done

    async def _done(self, name: str, work: Work) -> bool:
        """The same. Without a database it is not, and that is no fault of the work."""
        try:
            await work()
        except StoreDown as error:
            if not self._waiting:
                log.fault("database_away", error)
            self._waiting.add(name)
            return False
        except Exception as error:
            log.fault(name, error)
            self.faults[name] += 1
            self._failing.add(name)
            self._goes_on(name)
            return False
        self._failing.discard(name)
        self._goes_on(name)
        return True

    def _goes_on(self, name: str) -> None:
        """The database is back when nothing waits for it any more: some work only reads, and goes on where nobody can write."""
        if self._waiting:
            self._waiting.discard(name)
            if not self._waiting:
                log.event("database_back", logging.WARNING)  # seen wherever the other line was
