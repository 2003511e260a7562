"""The supervisor's figures: sums that are right, plots of the same numbers, and a file that calculates nothing."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import figures
from bot.clock import today
from bot.figures import Line, harmless
from bot.tally import Count
from bot.web import plots
from clerk import desk_open
from conftest import BOOK

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 3)
ROUTE = "tianshui.open-settlement"
COUNTED = [
    (Count("2026-11-01", "kiosk", "shown", "", "city"), 9),
    (Count("2026-11-01", "kiosk", "answered", "tianshui", "city"), 7),
    (Count("2026-11-03", "kiosk", "left", "", "city"), 2),
    (Count("2026-11-03", "desk", "answered", "tianshui", "city"), 4),
    (Count("2026-11-03", "desk", "unsure", "tianshui", "housing"), 1),
    (Count("2026-11-03", "desk", "changed", "tianshui", "housing"), 1),
    (Count("2026-11-03", "desk", "fits", "tianshui", ROUTE), 3),
    (Count("2026-11-03", "kiosk", "none", "tianshui", ROUTE), 5),
    (Count("2026-11-03", "kiosk", "answered", "tianshui", "a-question-of-before"), 6),
]


def test_every_count_is_in_the_tables_where_it_belongs() -> None:
    found = figures.figures(BOOK, COUNTED, "", FIRST, LAST)
    city, housing = BOOK.facts["city"].ask, BOOK.facts["housing"].ask
    assert found.questions == (Line(city, (9, 11, 0, 0, 2)), Line(housing, (0, 0, 1, 1, 0)))
    assert {line.label: line.numbers for line in found.channels} == {
        "Telegram": (0, 0, 0, 0, 0),
        "自助机": (9, 13, 0, 0, 2),
        "手机网页": (0, 0, 0, 0, 0),
        "热线": (0, 4, 1, 1, 0),
    }
    assert [(line.label, line.numbers[1]) for line in found.days] == [("2026-11-01", 7), ("2026-11-02", 0), ("2026-11-03", 10)]
    ((name, (line,)),) = found.results
    assert (name, line.numbers) == ("天水", (3, 0, 0, 0, 0, 5))


def test_one_channel_alone() -> None:
    found = figures.figures(BOOK, COUNTED, "desk", FIRST, LAST)
    assert [line.numbers for line in found.questions] == [(0, 4, 0, 0, 0), (0, 0, 1, 1, 0)]
    assert [line.numbers for _, lines in found.results for line in lines] == [(3, 0, 0, 0, 0, 0)]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    rows = list(
        csv.reader(io.StringIO(figures.as_csv(BOOK, [(Count(cell, cell, cell, cell, cell), 1)]).decode("utf-8-sig"), newline=""))
    )
    assert rows[1] == [f"'{cell}"] * 5 + ["", "1"]


def test_a_plot_is_as_long_as_its_numbers() -> None:
    lines = [Line("a", (0, 10, 5)), Line("b", (0, 4, 0)), Line("c", (0, 0, 0))]
    parts = (plots.Part(1, "x", "#000"), plots.Part(2, "y", "#fff"))
    for plot in (plots.lying("t", lines, parts), plots.standing("t", lines, parts)):
        assert [box.says for box in plot.boxes] == ["a：x 10", "a：y 5", "b：x 4"]
        assert all(box.x >= 0 and box.x + box.width <= plot.width and 0 <= box.y <= plot.height for box in plot.boxes)
        assert "a" in plot.says and "15" in plot.says
    assert plots.lying("t", [], parts).boxes == () and plots.standing("t", [], parts).boxes == ()


@pytest.mark.asyncio
async def test_the_page_and_the_file(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        assert "还没有人问过" in (await chief.get("/desk/figures")).text
        last = date.fromisoformat(today())
        for back, number in ((0, 3), (6, 10), (7, 100), (29, 1000), (30, 10000), (89, 100000), (90, 1000000)):
            day = (last - timedelta(back)).isoformat()
            sql = "INSERT INTO tally (day, channel, what, city, subject, number) VALUES (?, 'kiosk', 'answered', '', 'city', ?)"
            desk.alter(sql, day, number)
        for chosen, total in (("7", 13), ("30", 1113), ("90", 111113), ("x", 1113), ("９", 1113), ("100000000", 1113)):
            text = (await chief.get(f"/desk/figures?days={chosen}")).text
            assert f'<td class="number">{total}</td>' in text, chosen
            assert "style=" not in text and "<script" not in text and text.count("<desc") == text.count('role="img"') == 2
        assert "还没有人问过" in (await chief.get("/desk/figures?channel=desk")).text
        assert "alert" not in (await chief.get("/desk/figures?channel=<script>alert(1)</script>")).text
        desk.alter("INSERT INTO tally VALUES (?, '=A1', 'answered', '', '+B2', 1)", today())
        file = await chief.get("/desk/figures.csv?days=7")
        assert file.content.startswith(b"\xef\xbb\xbf") and file.headers["content-type"].startswith("text/csv")
        assert re.fullmatch(r'attachment; filename="luohu-[0-9-]+\.csv"', file.headers["content-disposition"])
        rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
        assert len(rows) == 4 and rows[-1][1] == "自助机" and rows[-2][1] == "'=A1", rows
        assert rows[-2][4] == "'+B2"
