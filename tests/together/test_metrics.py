"""What operators look at: true numbers on the staff's door, nobody's words, and rules that name what there is."""

import asyncio
import json
import re
from itertools import product
from pathlib import Path

import pytest
import yaml
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.metrics import State, page
from botapi import BotApi
from conftest import CITIES, ROOT
from proxy import free_port
from service import Service, serving, until

ALL = State(True, 1, 2.0, 3.0, 4, 5.0, {"idle": 1, "busy": 0}, {"purge": 1}, {"lincang": "2015"})
NAMES = re.compile(r"\b(?:luohu|process)_[a-z_]+")


async def numbers(door: str, path: str = "/metrics") -> tuple[int, str]:
    async with ClientSession() as http, http.get(f"http://{door}{path}", allow_redirects=False) as answer:
        return answer.status, await answer.text()


def series(said: str) -> dict[str, float]:
    """Name with labels -> value."""
    found = [one for family in text_string_to_metric_families(said) for one in family.samples]
    return {f"{one.name}{sorted(one.labels.items())}": one.value for one in found}


@pytest.mark.asyncio
async def test_turns_are_counted_by_how_they_ended_and_say_nothing_of_anybody(tmp_path) -> None:  # type: ignore[no-untyped-def]
    desk = f"127.0.0.1:{free_port()}"
    async with BotApi() as api, serving(api, tmp_path, LUOHU_DESK_LISTEN=desk) as one:
        people = [api.chat(7_100_000_000 + number) for number in range(20)]
        for chat in people[:2]:
            chat.says("/start")
        await api.all_taken(30)
        first = series((await numbers(desk))[1])
        for chat in people:
            chat.says("我在天水买了房，想把户口迁过来")
            chat.says("/start")
        people[0].forges("a.none.1.1", max(people[0].messages))
        await api.all_taken(30)
        await until(lambda: not api.pending)
        status, said = await numbers(desk)
        second = series(said)
        public = await numbers(f"127.0.0.1:{one.port}")
        door = await numbers(desk, "/desk")
    turns = "luohu_turns_total[('channel', 'telegram'), ('outcome', 'ok')]"
    assert status == 200 and second[turns] - first[turns] == 40
    assert second["luohu_turn_seconds_count[('channel', 'telegram')]"] >= second[turns]
    assert second["luohu_database_up[]"] == 1 and second["luohu_purged_seconds[]"] < 60
    assert second["luohu_telegram_heard_seconds[]"] < 90
    assert {re.search(r"city', '(\w+)", name)[1] for name in second if name.startswith("luohu_policy")} == set(CITIES)  # type: ignore[index]
    assert len(second) < 120 and len(second) - len(first) <= 20, "more people are no more series"
    assert "71000000" not in said and "天水" not in said and api.token not in said
    assert public[0] == 404 and door[0] == 303, "it is the staff's, and the desk is where it was"


@pytest.mark.asyncio
@pytest.mark.parametrize("webhook", [False, True])
async def test_a_telegram_that_never_answered_is_silent_since_the_start(tmp_path: Path, webhook: bool) -> None:
    desk = f"127.0.0.1:{free_port()}"
    hook = {"LUOHU_TELEGRAM_WEBHOOK_URL": "http://127.0.0.1/telegram", "LUOHU_TELEGRAM_SECRET": "s"} if webhook else {}
    nobody = {"LUOHU_TELEGRAM_TOKEN": "1:x", "LUOHU_TELEGRAM_API": f"http://127.0.0.1:{free_port()}"}
    one = Service(tmp_path, {"LUOHU_DESK_LISTEN": desk, **nobody, **hook})
    one.launch()
    try:
        while await one.status("/live") != 200:
            await asyncio.sleep(0.05)
        silent = []
        for _ in range(2):
            await asyncio.sleep(0.2)
            silent.append(series((await numbers(desk))[1])["luohu_telegram_heard_seconds[]"])
        assert 0 < silent[0] < silent[1] < 60
    finally:
        await one.kill()


def test_the_rules_and_the_dashboard_name_what_there_is() -> None:
    there = {one.name for family in text_string_to_metric_families(page(ALL).decode()) for one in family.samples}
    there |= {"luohu_turns_total", "luohu_turn_seconds_bucket"}  # of turns, of which this page has none
    rules = yaml.safe_load((ROOT / "docs" / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    panels = json.loads((ROOT / "docs" / "grafana.json").read_text("utf-8"))["panels"]
    asked = [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]
    assert {name for expression in asked for name in NAMES.findall(expression)} <= there
    assert all(rule["annotations"]["summary"] and rule["annotations"]["do"] for rule in rules)
    assert {name for name in there if name.startswith("luohu_") and not name.endswith(("_created", "_sum", "_count"))} <= {
        name for panel in panels for name in NAMES.findall(panel["targets"][0]["expr"])
    }, "everything can be seen"


def test_turns_are_counted_as_the_library_would_count_them() -> None:
    for counted in (metrics._turns, metrics._took, metrics._seconds):  # of tests before
        counted.clear()
    theirs = CollectorRegistry()
    ends = Counter("luohu_turns", "", ("channel", "outcome"), registry=theirs)
    times = Histogram("luohu_turn_seconds", "", ("channel",), buckets=metrics.BUCKETS, registry=theirs)
    for channel, outcome, seconds in product(("kiosk", "none"), ("ok", "failed"), (0, 0.001, 0.0011, 0.25, 2.5, 2.6, 70)):
        metrics.turn(channel.replace("none", ""), outcome, seconds)
        ends.labels(channel, outcome).inc()
        times.labels(channel).observe(seconds)
    ours, wanted = (
        {name: value for name, value in series(said.decode()).items() if name.startswith("luohu_turn") and "created" not in name}
        for said in (page(State(True)), generate_latest(theirs))
    )
    assert ours == wanted and len(ours) == 4 + 2 * 14


def test_what_cannot_be_known_stands_nowhere() -> None:
    said = page(State(False)).decode()
    assert "luohu_database_up 0.0" in said
    assert "luohu_replies_owed" not in said and "luohu_telegram_heard" not in said and "luohu_webhook" not in said
