"""Changes that must be made are made together or not at all, on both databases; and what that costs on PostgreSQL."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from bot.store import inbox, outbox, visits
from bot.store.base import Conflict, Connection, Store, StoreDown
from bot.store.chosen import store_for
from bot.store.outbox import OutboxRow
from bot.store.postgres import PostgresStore
from bot.store.visits import VisitRow
from bot.talk.runtime import Runtime
from bot.talk.turns import Outgoing, Turns
from bot.talk.visit import Visit
from conftest import BOOK
from flows.conversation import Reply
from postgres import Server, bound
from proxy import Proxy

NOW = 1_800_000_000
ANNA = b"anna"
SECRET = "a key that nobody may read"
VALUES = 15  # of what `kept` changes
FAILS = """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'at the very end' USING ERRCODE = '40001'; END $$;
CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"""


class Dropped(Exception):
    """What a turn may raise."""


async def kept(store: Store, key: str, before: int, after: int) -> None:
    """What a turn in a chat changes."""
    async with store.transaction() as db:
        await inbox.note(db, key, NOW)
        row = VisitRow(after, b"%d" % after, NOW, 0)
        await (visits.update(db, ANNA, row, before) if before else visits.insert(db, ANNA, row))
        await outbox.put(db, OutboxRow(ANNA, 1, None), after, NOW)


async def there(store: Store) -> tuple[list[str], int, int]:
    """Keys, the version of the visit, and that of the reply."""
    async with store.transaction() as db:
        keys = [key for (key,) in await db.rows("SELECT key FROM inbox ORDER BY key")]
        visit, owed = await visits.find(db, ANNA), await db.rows("SELECT version FROM outbox")
    return keys, visit.version if visit else 0, owed[0][0] if owed else 0


@pytest.mark.asyncio
async def test_where_one_change_is_not_made_none_is(store: Store) -> None:
    await kept(store, "1", 0, 5)
    for key, before in (("1", 5), ("2", 4), ("2", 0)):  # the key, the version, the owner was there
        with pytest.raises(Conflict):
            await kept(store, key, before, 6)
        assert await there(store) == (["1"], 5, 5)
    await kept(store, "2", 5, 6)
    assert await there(store) == (["1", "2"], 6, 6)


@pytest.mark.asyncio
@pytest.mark.parametrize("sees", ["rows", "run", "must"])
async def test_each_statement_sees_the_changes_before_it(store: Store, sees: str) -> None:
    async def seen(db: Connection) -> bool:
        if sees == "rows":
            return await visits.find(db, ANNA) is not None
        if sees == "run":
            return bool(await db.run("UPDATE visit SET touched = touched"))
        await visits.update(db, ANNA, VisitRow(6, b"", NOW, 0), 5)
        return True

    async with store.transaction() as db:
        await visits.insert(db, ANNA, VisitRow(5, b"", NOW, 0))
        assert await seen(db)
    assert (await there(store))[1] == (6 if sees == "must" else 5)


@pytest.mark.asyncio
async def test_a_change_that_may_be_made_lets_the_others_be_made(store: Store) -> None:
    for version, left in ((5, 6), (6, 0)):
        async with store.transaction() as db:
            await visits.insert(db, b"%d" % version, VisitRow(5, b"", NOW, 0))
            await outbox.put(db, OutboxRow(ANNA, 1, None), 6, NOW)
        async with store.transaction() as db:
            await visits.touch(db, b"nobody", NOW)
            await outbox.delete_sent(db, ANNA, version)
        async with store.transaction() as db:
            owed = await db.rows("SELECT version FROM outbox")
            assert (owed[0][0] if owed else 0, await visits.find(db, b"%d" % version) is not None) == (left, True)


@pytest.mark.asyncio
@pytest.mark.parametrize("sent", ["", "rows", "run", "run first", "must"])
async def test_what_breaks_off_leaves_nothing(store: Store, sent: str) -> None:
    with pytest.raises(Dropped):
        async with store.transaction() as db:
            if sent == "run first":
                await inbox.take(db, "0", NOW)
            await inbox.note(db, "1", NOW)
            if sent == "rows":
                await visits.find(db, ANNA)
            if sent == "run":
                await visits.touch(db, ANNA, NOW)
            if sent == "must":
                await inbox.note(db, "2", NOW)
            raise Dropped
    assert await there(store) == ([], 0, 0)


@pytest.mark.asyncio
async def test_a_visit_is_found_with_its_key(store: Store) -> None:
    async with store.transaction() as db:
        assert await visits.find_with(db, ANNA, "1") == (None, False)
        await inbox.note(db, "1", NOW)
        assert await visits.find_with(db, ANNA, "1") == (None, True)
        await visits.insert(db, ANNA, VisitRow(5, b"data", NOW, 150, 7, NOW + 1))
        assert await visits.find_with(db, ANNA, "2") == (VisitRow(5, b"data", NOW, 150, 7, NOW + 1), False)


# ---- PostgreSQL ----


@pytest.mark.asyncio
async def test_what_fails_as_it_is_committed_was_not_kept(postgres: Server) -> None:
    url = postgres.new_database()
    store = store_for(url)
    await store.open()
    async with store.transaction() as db:
        for statement in FAILS.split(";\n"):
            await db.run(statement)
    with pytest.raises(Conflict):
        await kept(store, "1", 0, 5)
    assert await there(store) == ([], 0, 0)
    await store.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("forward", [True, False])
async def test_of_a_line_that_breaks_it_is_said_that_nothing_is_certain(postgres: Server, forward: bool) -> None:
    url = postgres.new_database()
    async with Proxy("127.0.0.1", postgres.port) as proxy:
        store = store_for(proxy.through(url))
        await store.open()
        await kept(store, "1", 0, 5)
        await kept(store, "2", 5, 6)  # from now on the statement is known to the server
        proxy.cut(bound(VALUES), forward=forward, times=1)
        with pytest.raises(StoreDown):
            await kept(store, "3", 6, 7)
        assert proxy.cuts == 1
        assert await there(store) == ((["1", "2", "3"], 7, 7) if forward else (["1", "2"], 6, 6))
        await store.close()


@pytest.mark.asyncio
async def test_a_reply_that_arrives_and_the_next_turn_do_not_wait_for_each_other(postgres: Server) -> None:
    desk = Turns(Runtime(BOOK, PostgresStore(postgres.new_database()), b"key", 24))
    await desk.runtime.open()
    await kept(desk.runtime.store, "1", 0, 5)
    async with desk.runtime.store.transaction() as db:
        assert await db.run("UPDATE visit SET version = 6")
        arrives = asyncio.create_task(desk.sent(ANNA, 5, 7, NOW))
        await asyncio.sleep(0.2)  # until it waits for the visit
        began = time.monotonic()
        assert await db.run("UPDATE outbox SET version = 6")
        assert time.monotonic() - began < 0.5, "each waited for the other, until the server broke it off"
    await arrives
    assert await there(desk.runtime.store) == (["1"], 6, 6)
    await desk.runtime.store.close()


@pytest.mark.asyncio
async def test_no_key_comes_into_the_servers_log(postgres: Server) -> None:
    store = store_for(postgres.new_database())
    await store.open()
    await kept(store, SECRET, 0, 5)
    with pytest.raises(Conflict):
        await kept(store, SECRET, 5, 6)
    await store.close()
    log = (postgres.directory / "log").read_text(errors="replace")
    assert "another turn came first" in log and SECRET not in log


@pytest.mark.asyncio
async def test_a_turn_is_two_ways_there_and_back_and_a_look_is_one(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def heard(name: str) -> None:
        work: Callable[..., Any] = getattr(asyncpg.Connection, name)

        async def heard(connection: asyncpg.Connection, query: str, *values: Any, **named: Any) -> Any:
            said.append(query)
            return await work(connection, query, *values, **named)

        monkeypatch.setattr(asyncpg.Connection, name, heard)

    def more(visit: Visit) -> tuple[Visit, Reply]:
        return visit.saying(facts={"city": "tianshui"}), Reply("asking")

    desk = Turns(Runtime(BOOK, PostgresStore(postgres.new_database()), b"key", 24))
    await desk.runtime.open()
    for name in ("fetch", "execute", "executemany"):
        heard(name)
    for key, outcome, ways in (("1", "ok", 2), ("2", "ok", 2), ("2", "duplicate", 1)):
        said.clear()
        turn = await desk.take(ANNA, None, key, more, lambda _: Outgoing(1, None))
        assert (turn.outcome, len(said)) == (outcome, ways), said
    for look in (desk.read(ANNA), desk.sent(ANNA, turn.visit.version, 7, NOW), desk.sent(ANNA, turn.visit.version, 7, NOW)):
        said.clear()
        await look
        assert len(said) == 1, said
    await desk.runtime.store.close()


@pytest.mark.asyncio
async def test_what_another_start_has_just_made_is_looked_at_again(postgres: Server) -> None:
    """Of several first starts on one database each makes the tables, and with each table a type."""
    store = PostgresStore(postgres.new_database())
    await store.open()
    with pytest.raises(Conflict):
        async with store.transaction() as db:
            for _ in range(2):
                await db.run("CREATE TYPE twice AS ENUM ()")
    await store.close()
