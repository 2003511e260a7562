"""R4's racers: processes that turn the same visits at once, and the count of what became of every turn."""

import asyncio
import multiprocessing
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.synchronize import Barrier
from typing import Any

from bot.store.base import Conflict, Connection, StoreDown
from bot.store.chosen import store_for
from bot.talk.keeping import Keeping
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from conftest import BOOK
from flows.conversation import Reply

VISITS = 20
AGAIN = 0.05  # share of the turns whose key comes once more
_barrier: list[Barrier] = []


@dataclass(frozen=True, slots=True)
class Race:
    """What one process does: `together` turns at a time until `turns` are acknowledged, or for so many seconds."""

    database: str
    name: str
    turns: int
    seconds: float = 0.0
    together: int = 8
    naive: bool = False


@dataclass(slots=True)
class Result:
    """Acknowledged turns of each visit by the number that each was told, and how it went."""

    told: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        for visit, numbers in other.told.items():
            self.told[visit] += numbers
        self.outcomes += other.outcomes
        self.seconds += other.seconds

    @property
    def acked(self) -> int:
        return sum(map(len, self.told.values()))


@dataclass(slots=True)
class Naive:
    """A connection for the seeded fault: the version is compared here, in Python, and not by the database's UPDATE."""

    db: Connection

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        return await self.db.rows(sql, *values)

    async def run(self, sql: str, *values: Any) -> int:
        return await self.db.run(sql, *values)

    async def must(self, sql: str, *values: Any) -> None:
        bare = sql.removesuffix(" AND version = ?")
        if bare == sql:
            return await self.db.must(sql, *values)
        *rest, owner, before = values
        ((version,),) = await self.db.rows("SELECT version FROM visit WHERE owner = ?", owner)
        if version != before:
            raise Conflict
        await self.db.must(bare, *rest, owner)

    async def may(self, sql: str, *values: Any) -> None:
        await self.db.may(sql, *values)


class NaiveKeeping(Keeping):
    async def write(self, db: Connection, owner: bytes, visit: Visit, moment: int) -> Visit:
        return await super().write(Naive(db), owner, visit, moment)


class NaiveDesk(Turns):
    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self.keeping = NaiveKeeping(runtime)


def counted(visit: Visit) -> tuple[Visit, Reply]:
    """The turn: one more."""
    return visit.having(heard=visit.heard + 1), Reply("new")


async def race(desk: Turns, plan: Race, result: Result) -> None:
    """Turns until the plan is fulfilled."""
    luck, keys, until = random.Random(plan.name), count(), time.monotonic() + plan.seconds

    async def runner() -> None:
        while (number := next(keys)) < plan.turns or time.monotonic() < until:
            key, visit = f"{plan.name}-{number}", luck.randrange(VISITS)
            await one_turn(desk, key, visit, result)
            if luck.random() < AGAIN:
                again = await desk.take(owner(desk, visit), None, key, counted)
                result.outcomes["repeated" if again.outcome == "duplicate" else "doubled"] += 1

    await asyncio.gather(*(runner() for _ in range(plan.together)))


async def one_turn(desk: Turns, key: str, visit: int, result: Result) -> None:
    """One turn until it is acknowledged, as Telegram would send it again."""
    began = time.monotonic()
    while True:
        try:
            turn = await desk.take(owner(desk, visit), None, key, counted)
            break
        except StoreDown:
            result.outcomes["busy"] += 1
    result.outcomes[turn.outcome] += 1
    result.told[visit].append(turn.visit.heard)
    result.seconds.append(time.monotonic() - began)


def owner(desk: Turns, visit: int) -> bytes:
    return desk.owner("race", visit)


async def open_desk(database: str, naive: bool = False) -> Turns:
    desk = (NaiveDesk if naive else Turns)(Runtime(BOOK, store_for(database), b"key-of-the-races", 24))
    await desk.runtime.open()
    return desk


async def kept(database: str) -> dict[int, int]:
    """Visit -> how many turns the database has of it."""
    desk = await open_desk(database)
    try:
        return {visit: (await desk.read(owner(desk, visit))).heard for visit in range(VISITS)}
    finally:
        await desk.runtime.store.close()


def in_processes(plans: Sequence[Race]) -> Result:
    """All plans at once, each in a process of its own; they begin together."""
    context, all_ = multiprocessing.get_context("spawn"), Result()
    barrier = context.Barrier(len(plans))
    with ProcessPoolExecutor(len(plans), context, _wait_at, (barrier,)) as pool:
        for result in pool.map(_one_process, plans):
            all_.add(result)
    return all_


def _wait_at(barrier: Barrier) -> None:
    _barrier.append(barrier)


def _one_process(plan: Race) -> Result:
    result = Result()
    asyncio.run(_open_and_race(plan, result))
    result.told = dict(result.told)
    return result


async def _open_and_race(plan: Race, result: Result) -> None:
    desk = await open_desk(plan.database, plan.naive)
    await asyncio.to_thread(_barrier[0].wait, 60)
    try:
        await race(desk, plan, result)
    finally:
        await desk.runtime.store.close()


def verdict(result: Result, stored: dict[int, int]) -> dict[str, int]:
    """Every acknowledged turn was told a number of its own, and the numbers are those up to what is stored."""
    lost = doubled = 0
    for visit in range(VISITS):
        told = result.told.get(visit, [])
        lost += len(told) - len(set(told) & set(range(1, stored[visit] + 1)))
        doubled += max(0, stored[visit] - len(told))
    return {"lost": lost, "doubled": doubled + result.outcomes["doubled"]}
