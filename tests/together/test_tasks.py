"""Background work goes on, whatever happens in it, and says so while it does not."""

import asyncio

import pytest

from bot.store.base import StoreDown
from bot.tasks import Tasks

pytestmark = pytest.mark.asyncio


async def test_what_ends_with_a_fault_is_done_anew_and_seen_at_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tasks.PAUSE", 0.01)
    tasks, runs, healed = Tasks(), [0], asyncio.Event()

    async def work() -> None:
        runs[0] += 1
        if not healed.is_set():
            raise KeyError("what a person said")

    tasks.repeat("news", work, 0.01)
    await asyncio.sleep(0.1)
    assert tasks.failing == {"news"} and tasks.faults["news"] > 1
    assert "what a person said" not in caplog.text and [one.getMessage() for one in caplog.records][:1] == ["news"]
    healed.set()
    await asyncio.sleep(0.1)
    assert not tasks.failing
    before = runs[0]
    await asyncio.sleep(0.1)
    assert runs[0] > before
    await tasks.stop()


async def test_a_database_that_is_away_is_no_fault_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tasks.PAUSE", 0.01)
    tasks, tries = Tasks(), [0]

    async def work() -> None:
        tries[0] += 1
        if tries[0] < 3:
            raise StoreDown

    tasks.until_done("telegram", work)
    await asyncio.sleep(0.2)
    assert tries[0] == 3 and not tasks.failing and not tasks.faults
    await tasks.stop()
