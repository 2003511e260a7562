"""P1, P2: policies swapped under talks: no turn fails, and no change is silent, in one process or in several."""

import contextlib
import time
from pathlib import Path

import pytest

from bot.settings import Settings
from helpers_faults import figure, report
from helpers_publishing import running, swapped_under
from postgres import Server
from test_publishing import renamed, variants

SWAPS, TALKS = figure(1_000, 20_000), 50


@pytest.mark.asyncio
@pytest.mark.parametrize(("database", "processes"), [("sqlite", 1), ("postgresql", 2)])
async def test_swaps_under_talks(
    database: str, processes: int, postgres: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began, url = time.monotonic(), postgres.new_database() if database == "postgresql" else str(tmp_path / "luohu.db")
    async with contextlib.AsyncExitStack() as stack:
        services = [await stack.enter_async_context(running(Settings(database=url, key="key"))) for _ in range(processes)]
        found = await swapped_under(services, [*variants(tmp_path), renamed(tmp_path)], SWAPS, TALKS, seed=13, pause=0.6)
    report(capsys, f"P1 {database}", talks=TALKS, processes=processes, seconds=round(time.monotonic() - began), **found)
    assert (found["failed"], found["silent"], found["swaps"]) == (0, 0, SWAPS)
    assert found["turns"] >= 2 * SWAPS and found["told"] >= SWAPS / 50
