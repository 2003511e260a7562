"""Killed at random moments, at named points and while stopping: no acknowledged answer is lost, none counts twice."""

import asyncio
import contextlib
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import postgres
from helpers_kills import Town, Watched, figures, mortal, soaking

KILLS, CONVERSATIONS = (5_000, 10_000) if soaking() else (300, 1_000)
TIMES = 100 if soaking() else 10
WAYS = [(store, way) for store in ("sqlite", "postgresql") for way in ("polling", "webhook")]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server | None]:
    if not postgres.available():
        yield None
        return
    with postgres.running() as server:
        yield server


@contextlib.asynccontextmanager
async def town(
    folder: Path, server: postgres.Server | None, store: str, way: str, conversations: int, people: int = 20
) -> AsyncIterator[Town]:
    """A town that talks to a bot on the store of that name; nothing runs yet but the people."""
    database = ""
    if store == "postgresql":
        if server is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(postgres.why_not())
        database = server.new_database()
    folder = folder / f"{store}-{way}"
    folder.mkdir(exist_ok=True)
    async with Watched() as api:
        one = Town(api, mortal(api, folder, database, way == "webhook"), conversations, people)
        one.wake()
        try:
            yield one
        finally:
            await one.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize(("store", "way"), WAYS)
async def test_killed_at_random_moments(
    store: str, way: str, tmp_path: Path, server: postgres.Server | None, capsys: pytest.CaptureFixture[str]
) -> None:
    kills, conversations, luck = KILLS // len(WAYS), CONVERSATIONS // len(WAYS), random.Random(f"{store} {way}")
    async with town(tmp_path, server, store, way, conversations) as ours:
        while ours.tally["kills"] < kills and not ours.notes:
            if luck.random() < 0.1:
                ours.service.launch()
                await asyncio.sleep(luck.uniform(0, 1))
            else:
                await ours.launched()
                await asyncio.sleep(luck.expovariate(10))
            await ours.kill()
        await ours.finish()
    with capsys.disabled():
        print(f"\nR1 {store} {way}: {figures(ours.tally, ours.first_replies, ours.bare_starts)}", flush=True)
    assert not ours.notes, "\n".join(ours.notes[:5])
    assert ours.tally["kills"] >= kills and ours.tally["conversations"] >= conversations
    assert ours.tally["inside_a_turn"] >= 0.3 * kills
    assert ours.answers_soon()


# point -> how many places there are to die at, once it is reached; where it can be reached, if not everywhere
POINTS = {
    "migration": 9, "before_inbox": 12, "before_visit": 12, "before_commit": 12, "before_acknowledgement": 12,
    "before_sending": 4, "amid_sending": 4, "purge": 9, "checkpoint": 1, "shutdown": 7, "resend": 6, "forget": 14,
}  # fmt: skip
ONLY = {"checkpoint": ("sqlite", ""), "resend": ("", "polling")}


def plan(store: str, way: str) -> list[tuple[str, int]]:
    """The points of one combination and the place to die at: all four together die TIMES at each; first in an empty database."""
    luck, deaths = random.Random(f"{store} {way}"), []
    for point, places in POINTS.items():
        only = ONLY.get(point, ("", ""))
        able = [one for one in WAYS if only[0] in (one[0], "") and only[1] in (one[1], "")]
        turns = [number for number in range(TIMES) if able[number % len(able)] == (store, way)]
        deaths += [(point, 1 + (number if places <= TIMES else luck.randrange(places)) % places) for number in turns]
    others = deaths[1:]
    luck.shuffle(others)
    return [deaths[0], *others]


@pytest.mark.asyncio
@pytest.mark.parametrize(("store", "way"), WAYS)
async def test_killed_at_named_points(
    store: str, way: str, tmp_path: Path, server: postgres.Server | None, capsys: pytest.CaptureFixture[str]
) -> None:
    deaths = plan(store, way)
    async with town(tmp_path, server, store, way, len(deaths)) as ours:
        for point, number in deaths:
            await ours.dies(point, number)
            assert not ours.notes, f"{point} {number}: {ours.notes[:3]}"
        await ours.finish()
    reached = Counter(point for point, _ in deaths)
    with capsys.disabled():
        print(f"\nR2 {store} {way}: points={len(reached)} {figures(ours.tally)}", flush=True)
    assert not ours.notes, "\n".join(ours.notes[:5])
    assert ours.tally["kills"] == len(deaths)


def test_the_plans_name_every_point_often_enough() -> None:
    died = Counter(point for store, way in WAYS for point, _ in plan(store, way))
    assert died == dict.fromkeys(POINTS, TIMES) and len(POINTS) == 12


@pytest.mark.asyncio
@pytest.mark.parametrize(("store", "way"), WAYS)
async def test_starts_and_stops_soon_and_drops_nothing(
    store: str, way: str, tmp_path: Path, server: postgres.Server | None, capsys: pytest.CaptureFixture[str]
) -> None:
    stops, queued = [], 0
    async with town(tmp_path, server, store, way, 50, people=50) as ours:
        for number in range(10):
            await ours.launched()
            patient = number % 2 == 0
            if not patient:
                ours.api.fail("slow", "sendMessage", "editMessageText", seconds=4)
            await ours.replies(3) if patient else await asyncio.sleep(0.2)
            queued += len(ours.api.pending)
            stops.append(await ours.stopped(None if patient else 1.0))
            ours.api.heal()
        await ours.finish()
    with capsys.disabled():
        said = f"stop_max={max(stops):.2f}s stops={len(stops)} queued={queued} dropped={ours.tally['mute']}"
        print(f"\nR8 {store} {way}: {said} {figures(ours.tally, ours.first_replies, ours.bare_starts)}", flush=True)
    assert not ours.notes, "\n".join(ours.notes[:5])
    assert ours.answers_soon() and max(stops) <= 5.0 and queued > 0
