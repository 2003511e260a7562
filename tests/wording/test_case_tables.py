"""Cases in officers' hands: what no case tries; as CSV and XLSX, there and back; a table with a fault is refused in a sentence."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot import check
from bot.workshop.case_rows import case_lines
from bot.workshop.cases import untried
from bot.workshop.tables import read_table, rows_of, write_cases
from conftest import BOOK, ROOT
from flows.rules import STATUS
from residents import crowd
from test_cases import RESIDENTS

CASES = [resident.case for resident in RESIDENTS]


def ran(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "bot", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("form", ["csv", "xlsx", "yaml"])
def test_every_case_is_the_same_after_it_was_a_table(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"cases.{form}"
    write_cases(BOOK, CASES, path)
    if form == "yaml":
        again = check.read_residents(BOOK, path.name, path.read_text(encoding="utf-8"))[0]
    else:
        again = check.residents_of(BOOK, read_table(BOOK, path))
    assert [dict(one.facts) for one in again] == [dict(one.facts) for one in RESIDENTS]
    assert [_told(one.case) for one in again] == [_told(one) for one in CASES]
    assert [fault for one in again for fault in check.disagreements(BOOK, one)] == []


def _told(case: Any) -> dict[str, Any]:
    """A case without its facts, which are compared as they are read."""
    return {key: value for key, value in case.items() if key != "facts"}


def test_a_table_of_a_chinese_excel_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    rows = list(rows_of(BOOK, CASES[:3]))
    path.write_bytes("\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode("gb18030"))
    assert [case["id"] for _, case in read_table(BOOK, path)] == [case["id"] for case in CASES[:3]]


def test_nothing_in_a_table_is_a_formula(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "cases.xlsx"
    write_cases(BOOK, [{**CASES[0], "story": "=1+1"}], path)
    cells = [cell for row in openpyxl.load_workbook(path).active for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["story", "city"], ["x", "wenzhou"]], "第一行要写列名"),
        ([["id", "hous"], ["x", "owned"]], "没有 hous 这一列"),
        ([["id", "housing", "housing"], ["x", "owned", "owned"]], "housing 这一列写了两次"),
        (
            [["id", "expect", "city", "housing"], ["x", "wenzhou.county-home: fits", "wenzhou", "ownd"]],
            "housing 没有“ownd”这个选项",
        ),
        ([["id", "expect", "city"], ["x", "fits", "wenzhou"]], "每行写成“途径: …”"),
        ([["id", "city"], ["x", "wenzhou"]], "案例没有写 expect"),
    ],
)
def test_a_table_with_a_fault_is_refused_in_a_sentence(rows: list[list[str]], says: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    done = ran("cases", path)
    assert done.returncode in (1, 2) and says in done.stdout + done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv"])
def test_a_file_that_is_no_table_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe\x00PK\x03\x04nothing")
    done = ran("cases", tmp_path / name)
    assert done.returncode == 2 and name in done.stderr and "Traceback" not in done.stderr


def test_two_cases_of_one_id_are_refused_with_both_places(tmp_path: Path) -> None:
    case = {"id": "twin", "story": "x", "facts": {"city": "tianshui"}, "expect": {"tianshui.open-settlement": "open"}}
    write_cases(BOOK, [CASES[0], case], tmp_path / "a.yaml")
    write_cases(BOOK, [CASES[1], CASES[2], case], tmp_path / "b.csv")
    done = ran("cases", tmp_path)
    line = (tmp_path / "a.yaml").read_text(encoding="utf-8").splitlines().index("- id: twin") + 1
    assert done.returncode == 2 and not done.stdout
    assert f"{tmp_path}/b.csv:4: 编号 twin 已经有了，在 {tmp_path}/a.yaml:{line}。换一个编号" in done.stderr
    (tmp_path / "c.json").write_text(json.dumps([case, case]), encoding="utf-8")
    assert "编号 twin 已经有了" in ran("cases", tmp_path / "c.json").stderr


def test_a_formula_is_refused_by_its_line(tmp_path: Path) -> None:
    """Which of its values is meant, and whether the file has one at all, nobody can tell."""
    book = openpyxl.Workbook()
    book.active.append(["id", "city"])
    book.active.append(["one", '="tianshui"'])
    book.save(tmp_path / "x.xlsx")
    done = ran("cases", tmp_path / "x.xlsx")
    assert done.returncode == 2 and "第 2 行是公式" in done.stderr


def read(cases: list[dict[str, Any]]) -> list[check.Resident]:
    """Cases, as they are read where they were written."""
    return check.read_residents(BOOK, "holes.yaml", "\n".join(line for case in cases for line in case_lines(case)))[0]


def test_a_hole_is_named_with_a_case_that_holds() -> None:
    """Without the cases of a status there is a hole for it, and what is written for it closes it."""
    some = [one for one in RESIDENTS if "local_rules" not in one.case["expect"].values()]
    found = [case for _, case in untried(BOOK, some, BOOK.cities)]
    assert {"local_rules"} <= {status for case in found for status in case["expect"].values()}
    assert [fault for one in read(found) for fault in check.disagreements(BOOK, one)] == []
    assert [*untried(BOOK, [*some, *read(found)], BOOK.cities)] == []


def test_what_a_condition_says_and_no_case_hears_is_a_hole_though_the_status_is_tried() -> None:
    some = [one for one in RESIDENTS if one.facts.get("work") != "none"]
    found = [
        (what, case) for what, case in untried(BOOK, some, BOOK.cities) if what.startswith("tianshui.registered-poor 的条件")
    ]
    (what, case), *others = found
    assert "（work）：不满足" in what and not others
    assert case["expect"] == {"tianshui.registered-poor": "none"} and case["facts"]["work"] == "none"
    policy = BOOK.city("tianshui").policy
    assert policy.judge(policy.routes["tianshui.registered-poor"], case["facts"]).because == ("work",), "the rest is met"


def test_holes_of_no_cases_at_all_have_ids_of_their_own_and_are_closed_by_their_cases() -> None:
    found = [case for _, case in untried(BOOK, [], BOOK.cities)]
    assert len({case["id"] for case in found}) == len(found) > 200
    assert [*untried(BOOK, read(found), BOOK.cities)] == []
    again = [case["id"] for _, case in untried(BOOK, [check.Resident("", {}, {"id": case["id"]}) for case in found], BOOK.cities)]
    assert len(again) == len(found) and not {*again} & {case["id"] for case in found}, "taken by cases"


def test_no_status_that_somebody_gets_is_left_out() -> None:
    """Residents drawn by lot get none that is not among the holes of no cases at all."""
    listed = {expected for _, case in untried(BOOK, [], BOOK.cities) for expected in case["expect"].items()}
    for resident in crowd(1500, seed=3):
        if resident["mover_citizen"] == "yes":
            policy = BOOK.policy(resident["city"])
            assert policy is not None
            assert {one for one in policy.statuses(resident).items() if one[1] != "open"} <= listed
    assert {status for _, status in listed} <= set(STATUS)


def test_the_command_lists_holes_and_writes_them(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "cases" / "tianshui.yaml", tmp_path)
    done = ran("cases", tmp_path, "--holes", "--write", tmp_path / "holes.csv")
    assert done.returncode == 1 and "hole-wenzhou-county-home-fits" in done.stdout
    assert ran("cases", tmp_path / "holes.csv").returncode == 0
    assert ran("cases", tmp_path, "--holes").stdout.startswith("# 没有案例试过的结论：0 个"), "both files are read"
