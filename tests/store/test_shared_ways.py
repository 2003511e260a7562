"""Turns that come at once share their ways to PostgreSQL and back, and its commits; what goes wrong with one is not the others'."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from bot.store import inbox, visits, ways
from bot.store.base import Conflict, StoreDown
from bot.store.postgres import PostgresStore
from bot.store.visits import VisitRow
from postgres import Server
from proxy import Proxy

NOW = 1_800_000_000
PEOPLE = [b"%d" % number for number in range(32)]
WAYS = ("fetch", "execute", "fetchmany", "executemany")
Heard = list[tuple[str, str]]


@pytest.fixture(scope="module", name="url")
def one_database(postgres: Server) -> str:
    return postgres.new_database()


@pytest_asyncio.fixture(name="db")
async def opened(url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(url)
    await store.open()
    async with store.transaction() as db:
        for table in ("visit", "inbox"):
            await db.run(f"DELETE FROM {table}")  # names of ours
        for who in PEOPLE:
            await visits.insert(db, who, VisitRow(1, who, NOW, 0))
    yield store
    await store.close()


@pytest.fixture(name="heard")
def everything_said(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """(how, what): each thing that is said to the server."""
    said: Heard = []

    def listened(name: str) -> None:
        work: Callable[..., Any] = getattr(asyncpg.Connection, name)

        async def listening(connection: asyncpg.Connection, query: str, *values: Any, **named: Any) -> Any:
            said.append((name, query))
            return await work(connection, query, *values, **named)

        monkeypatch.setattr(asyncpg.Connection, name, listening)

    for name in WAYS:
        listened(name)
    return said


async def turn(store: PostgresStore, who: bytes, before: int = 1, seconds: int = NOW) -> bytes:
    """Looks somebody up and writes the next version; what was read."""
    async with store.transaction() as db:
        row, _ = await visits.find_with(db, who, who.decode())
        await inbox.note(db, f"{who.decode()}:{before}", NOW)
        await visits.update(db, who, VisitRow(before + 1, who, seconds, 0), before)
    assert row is not None
    return row.data


async def versions(store: PostgresStore) -> dict[bytes, int]:
    async with store.transaction() as db:
        return {who: version for who, version in await db.rows("SELECT owner, version FROM visit")}  # noqa: C416  # rows are not typed


@pytest.mark.asyncio
async def test_turns_at_once_share_ways_and_commits_and_each_reads_its_own(db: PostgresStore, heard: Heard) -> None:
    assert await asyncio.gather(*(turn(db, who) for who in PEOPLE)) == PEOPLE
    assert sorted(name for name, _ in heard if name != "execute") == ["executemany"] * 2 + ["fetchmany"] * 2
    assert {*(await versions(db)).values()} == {2}


@pytest.mark.asyncio
async def test_each_is_told_all_its_rows_in_their_order_or_none(db: PostgresStore) -> None:
    async def after(who: bytes) -> list[bytes]:
        async with db.transaction() as connection:
            return [row for (row,) in await connection.rows("SELECT owner FROM visit WHERE owner > ? ORDER BY owner DESC", who)]

    everyone = sorted(PEOPLE)
    found = await asyncio.gather(*map(after, everyone))
    assert found == [everyone[:place:-1] for place in range(len(everyone))]


@pytest.mark.asyncio
@pytest.mark.parametrize(("wrong", "error"), [({"before": 7}, Conflict), ({"seconds": 2**70}, StoreDown)])
async def test_what_is_refused_to_one_is_kept_of_the_others(
    db: PostgresStore, wrong: dict[str, int], error: type[Exception]
) -> None:
    done = await asyncio.gather(turn(db, PEOPLE[0], **wrong), *(turn(db, who) for who in PEOPLE[1:]), return_exceptions=True)
    assert isinstance(done[0], error) and done[1:] == PEOPLE[1:]
    assert await versions(db) == dict.fromkeys(PEOPLE, 2) | {PEOPLE[0]: 1}


@pytest.mark.asyncio
async def test_changes_of_several_kinds_are_one_commit(db: PostgresStore, heard: Heard) -> None:
    async def touched(who: bytes) -> None:
        async with db.transaction() as connection:
            await visits.touch(connection, who, NOW + 1)

    async def shown(who: bytes) -> None:
        async with db.transaction() as connection:
            await visits.mark_shown(connection, who, 1, 5, NOW)

    await asyncio.gather(*map(touched, PEOPLE[:8]), *map(shown, PEOPLE[:8]))
    assert [name for name, _ in heard] == ["execute", "executemany", "executemany", "execute"]  # BEGIN … COMMIT
    async with db.transaction() as connection:
        ((both,),) = await connection.rows("SELECT COUNT(*) FROM visit WHERE touched = ? AND shown = 5", NOW + 1)
    assert both == 8


@pytest.mark.asyncio
async def test_who_waits_for_a_row_holds_up_the_others_for_a_moment_only(db: PostgresStore) -> None:
    """A process that was frozen in the middle of a transaction, say."""
    async with db.transaction() as frozen:
        await frozen.run("UPDATE visit SET touched = touched WHERE owner = ?", PEOPLE[0])
        began = time.monotonic()
        done = await asyncio.gather(*(turn(db, who) for who in PEOPLE), return_exceptions=True)
        assert isinstance(done[0], Conflict) and done[1:] == PEOPLE[1:]
        assert time.monotonic() - began < 1.5


@pytest.mark.asyncio
async def test_who_is_asked_again_alone_does_so_beside_the_way(db: PostgresStore) -> None:
    async with db.transaction() as frozen:
        await frozen.run("UPDATE visit SET touched = touched WHERE owner = ?", PEOPLE[0])
        held = asyncio.gather(*(turn(db, who) for who in PEOPLE[:16]), return_exceptions=True)
        await asyncio.sleep(0.6)  # the group was refused, and the one at the row waits for it once more
        began = time.monotonic()
        await turn(db, PEOPLE[16])
        assert time.monotonic() - began < 0.2 and not held.done()
        assert isinstance((await held)[0], Conflict)


@pytest.mark.asyncio
async def test_nobody_waits_longer_than_one_statement_may_take(
    postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind others at a line that is dead, say, of whom some are before."""
    async with Proxy("127.0.0.1", postgres.port) as proxy:
        store = PostgresStore(proxy.through(url))
        await store.open()
        proxy.black_hole()
        monkeypatch.setattr(ways, "PATIENCE", 0.5)
        began = time.monotonic()
        first = asyncio.create_task(versions(store))
        await asyncio.sleep(0.4)
        with pytest.raises(StoreDown):
            await versions(store)
        assert time.monotonic() - began < 1.2
        await asyncio.wait([first])


@pytest.mark.asyncio
async def test_nobody_waits_for_another_query_that_takes_long(db: PostgresStore) -> None:
    async def figures() -> None:
        async with db.transaction() as connection:
            await connection.rows("SELECT 1 FROM pg_sleep(0.5)")

    slow = asyncio.create_task(figures())
    await asyncio.sleep(0.05)
    await turn(db, PEOPLE[0])
    assert not slow.done()
    await slow


@pytest.mark.asyncio
async def test_whoever_went_away_while_waiting_changes_nothing(db: PostgresStore) -> None:
    async with db.transaction() as connection:
        await visits.touch(connection, PEOPLE[0], NOW)
    async with db.transaction() as held:
        await held.run("UPDATE visit SET touched = touched WHERE owner = ?", PEOPLE[0])
        first = asyncio.create_task(turn(db, PEOPLE[0]))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(turn(db, PEOPLE[1]))
        await asyncio.sleep(0.1)
        second.cancel()
        await asyncio.wait([second])
    await first
    assert (await versions(db))[PEOPLE[1]] == 1
    await turn(db, PEOPLE[1])
