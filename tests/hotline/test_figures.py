"""The supervisor's figures: sums that are right, plots of the same numbers, and a file that calculates nothing."""

import csv
import io
import itertools
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.clock import today
from bot.hotline import figures, plots
from bot.hotline.figures import Line, harmless
from bot.store import counters
from bot.store.counters import Count
from bot.talk.visit import Visit
from clerk import desk_open
from conftest import BOOK
from flows.conversation import Move, Reply, take
from talking import due
from test_handoff import FITS, begun, open_desk, starts

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 3)
ROUTE = "tianshui.open-settlement"
COUNTED = [
    (Count("2026-11-01", "kiosk", "shown", "", "city"), 9),
    (Count("2026-11-01", "kiosk", "answered", "tianshui", "city"), 7),
    (Count("2026-11-01", "kiosk", "began", "", ""), 9),
    (Count("2026-11-03", "desk", "began", "", ""), 4),
    (Count("2026-11-03", "desk", "finished", "tianshui", ""), 3),
    (Count("2026-11-03", "desk", "finished", "other", ""), 1),
    (Count("2026-11-03", "kiosk", "left", "", "city"), 2),
    (Count("2026-11-03", "desk", "answered", "tianshui", "city"), 4),
    (Count("2026-11-03", "desk", "unsure", "tianshui", "housing"), 1),
    (Count("2026-11-03", "desk", "changed", "tianshui", "housing"), 1),
    (Count("2026-11-03", "desk", "heard_taken", "tianshui", "housing"), 5),
    (Count("2026-11-03", "desk", "heard_refused", "tianshui", "housing"), 2),
    (Count("2026-11-03", "desk", "fits", "tianshui", ROUTE), 3),
    (Count("2026-11-03", "kiosk", "none", "tianshui", ROUTE), 5),
    (Count("2026-11-03", "kiosk", "answered", "tianshui", "a-question-of-before"), 6),
]


def test_every_count_is_in_the_tables_where_it_belongs() -> None:
    found = figures.figures(BOOK, COUNTED, "", FIRST, LAST)
    city, housing = BOOK.facts["city"].ask, BOOK.facts["housing"].ask
    assert found.questions == (Line(city, (9, 11, 0, 0, 2)), Line(housing, (0, 0, 1, 1, 0)))
    assert found.heard == (Line(housing, (5, 0, 2)),)
    assert {line.label: line.numbers for line in found.channels} == {
        "Telegram": (0, 0, 0, 0, 0, 0, 0),
        "自助机": (9, 0, 9, 13, 0, 0, 2),
        "手机网页": (0, 0, 0, 0, 0, 0, 0),
        "热线": (4, 4, 0, 4, 1, 1, 0),
    }
    assert [(line.label, line.numbers[:2], line.numbers[3]) for line in found.days] == [
        ("2026-11-01", (9, 0), 7),
        ("2026-11-02", (0, 0), 0),
        ("2026-11-03", (4, 4), 10),
    ]
    assert (found.began, found.finished) == (13, 4)
    (tianshui,) = found.results
    assert (tianshui.name, tianshui.finished, tianshui.routes[0].numbers) == ("天水", 3, (3, 0, 0, 0, 0, 5))


def test_one_channel_alone() -> None:
    found = figures.figures(BOOK, COUNTED, "desk", FIRST, LAST)
    assert [line.numbers for line in found.questions] == [(0, 4, 0, 0, 0), (0, 0, 1, 1, 0)]
    assert [line.numbers for city in found.results for line in city.routes] == [(3, 0, 0, 0, 0, 0)]
    assert (found.began, found.finished) == (4, 4)


def test_in_the_file_the_visits_of_a_day_and_channel_come_first() -> None:
    rows = list(csv.reader(io.StringIO(figures.as_csv(BOOK, COUNTED).decode("utf-8-sig"))))
    assert [row[:3] for row in rows[1:4]] == [["2026-11-01", "自助机", what] for what in ("开始", "问到", "答了")]
    assert [row[2:] for row in rows if row[:2] == ["2026-11-03", "热线"]][:3] == [
        ["开始", "", "", "", "4"],
        ["问完", "天水", "", "", "3"],
        ["问完", "其他城市", "", "", "1"],
    ]


@pytest.mark.asyncio
async def test_a_known_set_of_visits_is_counted_one_by_one(tmp_path: Path) -> None:
    """Over all channels, one handed to the hotline, one to a phone: every number of the tally, and no other."""
    async with open_desk(tmp_path) as (desk, hand):
        keys = itertools.count()

        async def presses(owner: bytes, *moves: Move, agent: bool = False) -> None:
            for move in moves:

                def pressed(visit: Visit, move: Move = move) -> tuple[Visit, Reply]:
                    talk, reply = take(visit.talk, move)
                    return visit.having(talk=talk), reply

                apply = desk.take_as_agent if agent else desk.take
                assert (await apply(owner, None, f"press {next(keys)}", pressed)).outcome == "ok"

        async def answers_all(owner: bytes, agent: bool = False) -> None:
            while (fact := due(BOOK, (await desk.read(owner)).session)) is not None:
                await presses(owner, Move("tell" if agent else "answer", fact, FITS[fact]), agent=agent)

        # At a kiosk: one to the end, who then changes an answer; one who leaves at the second question after a look back.
        whole, _ = await begun(desk, "whole")
        await answers_all(whole)
        await presses(whole, Move("review"), Move("change", "ties"), Move("answer", "ties", ("lives",)))
        await answers_all(whole)
        stopped, _ = await begun(desk, "stopped")
        await presses(stopped, Move("answer", "city", "tianshui"), Move("why"), Move("review"), Move("back"))
        await desk.end(stopped)

        # In Telegram by a link that names the city, all in one turn; the second question not known.
        def by_link(visit: Visit) -> tuple[Visit, Reply]:
            visit, _ = starts("telegram")(visit)
            talk, reply = take(visit.talk, Move("answer", "city", "tianshui"))
            return visit.having(talk=talk), reply

        linked = desk.owner("telegram", "linked")
        await desk.take(linked, None, "linked", by_link)
        await presses(linked, Move("answer", "matter", "unsure"), Move("leave"))

        # At the desk: one told out of order and wiped, one wiped at once, one that nobody touched again.
        told, _ = await hand.open_case("mei")
        await presses(told.owner, Move("tell", "city", "tianshui"), Move("tell", "housing", "none"), agent=True)
        await hand.close("mei", told.id)
        await hand.close("mei", (await hand.open_case("mei"))[0].id)
        await hand.open_case("mei")

        # From the kiosk to a phone, and from the kiosk to the hotline.
        moved, _ = await begun(desk, "moved")
        phone = desk.owner("phone", "moved")
        assert await hand.move(str(await hand.link(moved)), phone, "phone")
        await answers_all(phone)
        given, _ = await begun(desk, "given")
        case = await hand.take_over(str(await hand.code(given)), "mei")
        assert case is not None
        await answers_all(given, agent=True)
        await hand.give_back("mei", case.id)

        await desk.runtime.keep_counters()
        async with desk.runtime.store.transaction() as db:
            counted = await counters.since(db, "")
    found: Counter[tuple[str, str, str]] = Counter()
    for count, number in counted:
        found[count.channel, count.what, count.subject] += number
    policy = BOOK.city("tianshui").policy
    later = ["matter", "ties", "housing", "movers"]
    facts = policy.known({fact: FITS[fact] for fact in ["city", *later]})
    results: list[tuple[str, str]] = [
        (status, route) for route, status in policy.statuses(facts).items() if policy.routes[route].settled(facts)
    ]
    assert ("fits", ROUTE) in results
    expected = Counter(
        {
            ("kiosk", "began", ""): 4,
            ("kiosk", "finished", ""): 2,
            ("kiosk", "shown", "city"): 4,
            ("kiosk", "answered", "city"): 3,
            **{("kiosk", "shown", fact): 2 for fact in later},
            **{("kiosk", "answered", fact): 2 for fact in later},
            **{("kiosk", status, route): 2 for status, route in results},
            ("phone", "finished", ""): 1,
            ("phone", "answered", "city"): 1,
            **{("phone", "shown", fact): 1 for fact in later},
            **{("phone", "answered", fact): 1 for fact in later},
            **{("phone", status, route): 1 for status, route in results},
            ("telegram", "began", ""): 1,
            ("telegram", "shown", "city"): 1,
            ("telegram", "answered", "city"): 1,
            ("telegram", "shown", "matter"): 1,
            ("telegram", "unsure", "matter"): 1,
            ("telegram", "finished", ""): 1,  # to whom the matter is not clear, the overview is the answer
            ("desk", "began", ""): 3,
            ("desk", "shown", "city"): 3,
            ("desk", "answered", "city"): 1,
            ("desk", "shown", "matter"): 1,  # once, though it stood there before and after the other answer
            ("desk", "answered", "housing"): 1,
            ("desk", "left", "matter"): 1,
            ("desk", "left", "city"): 1,
        }
    )
    expected += Counter([("kiosk", "shown", "matter"), ("kiosk", "left", "matter"), ("kiosk", "shown", "ties")])
    expected += Counter([("kiosk", "changed", "ties")])
    assert found == expected, (found - expected, expected - found)
    cities = Counter({(count.what, count.city): number for count, number in counted if count.channel == "kiosk"})
    assert (cities["began", ""], cities["finished", "tianshui"]) == (4, 2)


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
