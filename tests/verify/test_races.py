"""R4: replicas that race for the same visits lose nothing and double nothing; SQLite lets only one process in."""

import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from botapi import BotApi
from helpers_faults import SOAK, figure, report, share
from helpers_races import VISITS, Race, Result, in_processes, kept, open_desk, race, verdict
from postgres import Server
from service import LUOHU, environment, serving

TURNS = 40_000
HOUR = 3600.0


def settle(capsys: pytest.CaptureFixture[str], suite: str, result: Result, stored: dict[int, int], seconds: float) -> None:
    found = verdict(result, stored)
    told = {"visits": VISITS, "acked": result.acked, "stored": sum(stored.values()), **found, **result.outcomes}
    report(capsys, suite, **told, p99=share(result.seconds, 0.99), worst=share(result.seconds, 1), seconds=round(seconds))
    assert found == {"lost": 0, "doubled": 0}
    assert result.acked >= TURNS and result.outcomes["repeated"] >= TURNS * 0.04


def test_two_processes_on_postgresql(postgres: Server, capsys: pytest.CaptureFixture[str]) -> None:
    database, began = postgres.new_database(), time.monotonic()
    plans = [Race(database, name, TURNS // 2, HOUR if SOAK else 0) for name in ("one", "two")]
    result = in_processes(plans)
    settle(capsys, "R4 postgresql", result, asyncio.run(kept(database)), time.monotonic() - began)


def test_the_race_is_one_that_a_comparison_in_python_loses(postgres: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """The control: were nothing lost here, the race above would prove nothing."""
    database, turns = postgres.new_database(), 2_000
    result = in_processes([Race(database, name, turns // 2, naive=True) for name in ("one", "two")])
    found = verdict(result, asyncio.run(kept(database)))
    report(capsys, "R4 control", visits=VISITS, acked=result.acked, **found)
    assert result.acked >= turns and found["lost"] > 0


@pytest.mark.asyncio
async def test_one_process_on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database, began, result = str(tmp_path / "luohu.db"), time.monotonic(), Result()
    desk = await open_desk(database)
    await race(desk, Race(database, "alone", figure(TURNS, 10 * TURNS), together=32), result)
    await desk.runtime.store.close()
    settle(capsys, "R4 sqlite", result, await kept(database), time.monotonic() - began)


@pytest.mark.asyncio
async def test_a_second_process_on_sqlite_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one that runs goes on; the second says what to use; when the first has ended, killed even, another may start."""
    async with BotApi() as api, serving(api, tmp_path) as first:
        began = time.monotonic()
        second = await asyncio.to_thread(another, first.settings, tmp_path)
        took = time.monotonic() - began
        assert await first.status("/ready") == 200
        await first.kill()
        await first.start()
    report(capsys, "R4 second", refused=second.returncode != 0, status=second.returncode, seconds=round(took, 1))
    assert second.returncode != 0
    assert "PostgreSQL" in second.stderr and "另一个 luohu" in second.stderr and "Traceback" not in second.stderr


def another(settings: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """`luohu serve` once more on the same database, on another port."""
    its = {**settings, "LUOHU_DATABASE": "luohu.db", "LUOHU_LISTEN": "127.0.0.1:0"}
    return subprocess.run(
        [LUOHU, "serve"], cwd=folder, env=environment(**its), capture_output=True, text=True, timeout=30, check=False
    )
