"""Background work goes on, whatever happens in it, and says so while it does not."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from bot.serve import Service
from bot.settings import Settings
from bot.store.base import StoreDown
from bot.tasks import Tasks
from conftest import BOOK

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


@pytest.mark.parametrize("begin", ["repeat", "until_done"])
async def test_work_that_takes_its_end_for_a_lost_line_ends_all_the_same(begin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a transaction does whose line is closed by its being cancelled."""
    monkeypatch.setattr("bot.tasks.PAUSE", 0.01)
    tasks, ended = Tasks(), [0]

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended[0] += 1
            raise StoreDown from None

    if begin == "repeat":
        tasks.repeat("news", work, 0.01)
    else:
        tasks.until_done("news", work)
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        await tasks.stop()
    assert ended == [1]


async def test_work_that_fails_is_not_ready_at_once_and_telegram_away_takes_nobody_else_out(tmp_path: Path) -> None:
    service = Service(Settings(database=str(tmp_path / "luohu.db")), BOOK)
    await service.runtime.open()

    async def asked(part: str = "") -> tuple[int, bytes]:
        request = Request({"type": "http", "path_params": {"part": part}})
        answer = await (service.part(request) if part else service.ready(request))
        return answer.status_code, bytes(answer.body)

    async def broken() -> None:
        raise KeyError

    service.telegram = SimpleNamespace(ready=False)  # type: ignore[assignment]
    status, said = await asked()
    assert status == 200 and b"telegram away" in said and b"kiosk ok" in said
    assert [(await asked(part))[0] for part in ("telegram", "kiosk", "nothing")] == [503, 200, 404]
    service.tasks.until_done("news", broken)
    await asyncio.sleep(0.05)
    status, said = await asked()
    assert status == 503 and said.endswith(b"\nnews")
    await service.tasks.stop()
    await service.runtime.store.close()
