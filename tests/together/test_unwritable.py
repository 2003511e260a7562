"""A database that can be read and not written: readiness, numbers and the log say so, once each, and that it is over."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.requests import Request

from bot import serve, tasks
from bot.serve import Service
from bot.settings import Settings
from bot.store.sqlite import SQLiteStore
from conftest import BOOK
from postgres import Server
from service import until

pytestmark = pytest.mark.asyncio


async def only_readable(service: Service, on: bool) -> None:
    """Makes it so that the database refuses to be written, or takes that back."""
    store: Any = service.runtime.store
    if isinstance(store, SQLiteStore):
        await store.rows(f"PRAGMA query_only = {int(on)}")
        return
    import asyncpg

    server, _, name = service.settings.database.rpartition("/")
    one = await asyncpg.connect(f"{server}/luohu")
    await one.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {on}")
    await one.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    await one.close()


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """One at work, in which all is done more often."""
    database = str(tmp_path / "luohu.db")
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        database = server.new_database()
    monkeypatch.setattr(serve, "PROBE_EVERY", 0.0)
    monkeypatch.setattr(tasks, "PAUSE", 0.05)
    one = Service(Settings(database=database, key="a key of a test"), BOOK)
    await one.runtime.open()
    works = {"purge": one._purge, "key": one.runtime.hold_key, "policies": one.follower.look}
    for name, work in works.items():  # one that deletes, one that writes, one that only looks
        one.tasks.repeat(name, work, 0.05)
    yield one
    await one.tasks.stop()
    await one.runtime.store.close()


async def said(service: Service) -> tuple[int, str]:
    """What /ready answers, and what the numbers say of the database."""
    request = Request({"type": "http"})
    ready, page = await service.ready(request), bytes((await service.numbers(request)).body).decode()
    return ready.status_code, re.findall(r"^luohu_database_up (\S+)", page, re.MULTILINE)[0]


async def becomes(service: Service, wanted: tuple[int, str]) -> None:
    """Connections that were ended are noticed as they are used."""
    async with asyncio.timeout(20):
        while await said(service) != wanted:
            await asyncio.sleep(0.05)


async def test_the_number_says_what_readiness_says(service: Service) -> None:
    assert await said(service) == (200, "1.0")
    await only_readable(service, True)
    await becomes(service, (503, "0.0"))
    await asyncio.sleep(0.2)
    assert await said(service) == (503, "0.0"), "it is read, and stays unwritable"
    await only_readable(service, False)
    await becomes(service, (200, "1.0"))


async def test_the_log_says_once_that_it_went_and_once_that_it_is_back(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def events(name: str) -> int:
        return [record.getMessage() for record in caplog.records].count(name)

    await only_readable(service, True)
    await until(lambda: events("purge") > 5, 20)
    assert (events("database_away"), events("database_back")) == (1, 0)
    await only_readable(service, False)
    await until(lambda: events("database_back"), 20)
    await asyncio.sleep(0.3)
    assert (events("database_away"), events("database_back")) == (1, 1)
    assert not service.tasks.faults, "it is no fault of ours"
