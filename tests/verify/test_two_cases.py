"""Two cases of one agent in two tabs: whatever is written in one is never found in the other."""

import asyncio
import random
from pathlib import Path

import pytest

from clerk import Clerk, desk_open
from helpers_faults import figure, report
from test_hotline import answers, fields, new_case

pytestmark = pytest.mark.asyncio

WRITES = (1000, 10_000)
# Each tab tells other answers than the other one does, so that one that went astray is seen.
ANSWERS = (
    {"owned": "自己的房子（自己或配偶名下）", "rented": "租的房子"},
    {"dormitory": "宿舍、工棚（单位或学校的）", "none": "没有固定住处"},
)


async def tab(one: Clerk, mine: str, others: str, told: dict[str, str], writes: int, luck: random.Random) -> dict[str, int]:
    """Writes in one tab: plain, from an old page, twice, and with the form of the other tab; looks each time."""
    counted = dict.fromkeys(("plain", "old", "twice", "strayed", "crossed"), 0)
    said, sent = "", fields((await one.get(mine)).text)
    old = sent
    for _ in range(writes):
        option = luck.choice(list(told))
        do = f"tell housing {option}"
        kind = luck.choices(("plain", "old", "twice", "strayed"), (7, 1, 1, 1))[0]
        counted[kind] += 1
        match kind:
            case "old" if old["step"] != sent["step"]:
                status = (await one.post(f"{mine}/turn", "", **old | {"key": sent["key"]}, do=do)).status_code
                assert status == 409
            case "strayed":
                status = (await one.post(f"{others}/turn", "", **sent, do=do)).status_code
                assert status == 403
            case _:
                for _ in range(2 if kind == "twice" else 1):
                    assert (await one.post(f"{mine}/turn", "", **sent, do=do)).status_code == 303
                said, old = told[option], sent
        page = (await one.get(mine)).text
        sent = fields(page)
        counted["crossed"] += answers(page) != (["天水", said] if said else ["天水"])
    return counted


async def test_two_cases_in_two_tabs_never_mix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writes, luck = figure(*WRITES), random.Random(11)
    async with desk_open(tmp_path) as desk:
        mei = await desk.member("mei")
        first, second = [await new_case(mei, "tell city tianshui") for _ in range(2)]
        tabs = [(first, second, ANSWERS[0]), (second, first, ANSWERS[1])]
        done = await asyncio.gather(
            *(tab(mei, mine, others, told, writes // 2, random.Random(luck.random())) for mine, others, told in tabs)
        )
    total = {name: sum(one[name] for one in done) for name in done[0]}
    report(capsys, "two cases", writes=sum(total[kind] for kind in ("plain", "old", "twice", "strayed")), **total)
    assert sum(total.values()) - total["crossed"] == writes // 2 * 2 and total["crossed"] == 0
    assert min(total[kind] for kind in ("plain", "old", "twice", "strayed")) >= writes // 20
