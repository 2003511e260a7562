"""A database that is none of ours, or that goes while we run, is said, and nothing is acknowledged that would be lost."""

import sqlite3
import threading
from pathlib import Path

import pytest

from bot.store import inbox
from bot.store.base import StoreDown, schema
from bot.store.chosen import store_for
from bot.store.sqlite import SQLiteStore
from postgres import Server

STEPS = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY); INSERT INTO schema_version VALUES (4);"
FOREIGN = {
    "visit": "CREATE TABLE visit (id INTEGER PRIMARY KEY, shop TEXT)",
    "word": "CREATE TABLE word (letters TEXT)",
    "version": "CREATE TABLE schema_version (number INTEGER)",
    "fresh": STEPS + ";".join(script for _, script in schema()[:3]),  # the last step is noted, and was never done
    "such table": STEPS,
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("named", "script"), FOREIGN.items())
async def test_a_database_of_somebody_else_is_said_with_what_is_wrong(tmp_path: Path, named: str, script: str) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.executescript(script)
    db.close()
    store = store_for(str(path))
    with pytest.raises(StoreDown, match=named) as caught:
        await store.open()
    await store.close()
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.asyncio
async def test_the_same_of_postgresql(postgres: Server) -> None:
    url = postgres.new_database()
    import asyncpg

    one = await asyncpg.connect(url)
    await one.execute(STEPS)
    await one.close()
    store = store_for(url)
    with pytest.raises(StoreDown, match="visit"):
        await store.open()
    await store.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["removed", "replaced", "log"])
async def test_a_file_that_goes_is_noticed_and_nothing_is_acknowledged(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "luohu.db"
    store = SQLiteStore(path)
    await store.open()
    async with store.transaction() as db:
        assert await inbox.take(db, "before", 1)
    if how == "replaced":
        (tmp_path / "new").write_bytes(path.read_bytes())
        (tmp_path / "new").replace(path)
    else:
        Path(f"{path}-wal" if how == "log" else path).unlink()
    for key in ("one", "two"):
        with pytest.raises(StoreDown):
            async with store.transaction() as db:
                await inbox.take(db, key, 1)
    assert [record.getMessage() for record in caplog.records] == ["database_gone"]
    await store.close()


@pytest.mark.asyncio
async def test_what_was_written_while_the_file_went_is_not_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "luohu.db"
    store = SQLiteStore(path)
    await store.open()
    with pytest.raises(StoreDown):
        async with store.transaction() as db:
            await inbox.take(db, "key", 1)
            path.unlink()
    await store.close()


@pytest.mark.asyncio
async def test_a_file_that_comes_back_serves_again(tmp_path: Path) -> None:
    path = tmp_path / "luohu.db"
    store = SQLiteStore(path)
    await store.open()
    path.rename(tmp_path / "away")
    with pytest.raises(StoreDown):
        async with store.transaction():
            pass
    (tmp_path / "away").rename(path)
    async with store.transaction() as db:
        assert await inbox.take(db, "key", 1)
    await store.close()


@pytest.mark.asyncio
async def test_a_file_that_somebody_reads_at_the_start_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "luohu.db"
    store = SQLiteStore(path)
    await store.open()
    await store.close()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("SELECT count(*) FROM visit").fetchone()
    away = threading.Timer(0.5, other.close)
    away.start()
    await store.open()
    assert (await store.rows("PRAGMA busy_timeout"))[0][0] == 0  # while people wait, a lock holds up nobody (`_admitted`)
    await store.close()
    away.join()
