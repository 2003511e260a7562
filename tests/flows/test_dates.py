"""Dates in force: of a document, a route, a condition; what is in force on a day, and what of them is refused."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import check
from bot.wording.text import sheet_text
from conftest import BOOK, ROOT
from flows.book import Book, PolicyError
from flows.conversation import Move, Session, Talk, take
from flows.facts import Answer
from flows.loading.load import load
from flows.loading.reader import is_day

FITS: dict[str, Answer] = {
    "city": "tianshui", "matter": "move_to_town", "county": "qingshui", "place_type": "county_seat", "housing": "none",
    "ties": ("lives", "works"), "insurance": (), "movers": (),
}  # fmt: skip
ROUTE = "  open-settlement:\n"
TODAY, SEATS = "2026-01-01", "met: [urban_district, county_seat, other_town]"


def policies(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """The policies with some edits: (file, what stands there, what is to stand there)."""
    shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("*.md", "skeleton"))
    for file, there, then in edits:
        text = (folder / file).read_text(encoding="utf-8")
        assert there in text, there
        (folder / file).write_text(text.replace(there, then, 1), encoding="utf-8")
    return folder


def document(dates: str) -> tuple[str, str, str]:
    """Tianshui's document with dates."""
    text = (ROOT / "policies" / "tianshui.yaml").read_text(encoding="utf-8")
    found = re.search(r"^  issued: .*\n", text, re.MULTILINE)
    assert found
    return "tianshui.yaml", found[0], found[0] + dates


def route(dates: str) -> tuple[str, str, str]:
    return "tianshui.yaml", ROUTE, ROUTE + dates


def condition(dates: str, met: str) -> tuple[str, str, str]:
    """Where in town, of open settlement: until a day as it is, then otherwise."""
    text = (ROOT / "policies" / "tianshui.yaml").read_text(encoding="utf-8")
    part = text[text.index(ROUTE) :]
    found = re.search(r"      - fact: place_type\n(?:        .*\n)+", part)
    assert found and SEATS in found[0]
    old = found[0].replace("      - fact", f"      - until: {dates}\n        fact")
    new = found[0].replace("      - fact", "      - from: 2030-01-01\n        fact").replace(SEATS, f"met: {met}")
    return "tianshui.yaml", found[0], old + new


def luohu(*arguments: str) -> str:
    """What a command says."""
    done = subprocess.run([Path(sys.executable).with_name("luohu"), *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def status(book: Book) -> str:
    policy = book.policy("tianshui")
    return policy.statuses(policy.known(FITS)).get("tianshui.open-settlement", "-") if policy else ""


def test_a_day_is_one_of_the_calendar() -> None:
    assert all(map(is_day, ("2020-02-29", "2000-02-29", "2026-12-31", "2026-01-01")))
    for wrong in ("2021-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "26-01-01", "2026-1-1", ""):
        assert not is_day(wrong), wrong


@pytest.mark.parametrize(
    ("edit", "wrong"),
    [
        (route("    from: 2021-02-29\n"), "2021-02-29 不是日期"),
        (document("  from: 明年\n"), "明年 不是日期"),
        (route("    from: 2026-01-01\n    until: 2025-12-31\n"), "到 2025-12-31 为止，却从 2026-01-01 才开始"),
        (route("    since: 2026-01-01\n"), "没有 since 这个键"),
    ],
)
def test_a_wrong_date_is_refused_once_with_its_line(edit: tuple[str, str, str], wrong: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        load(policies(tmp_path / "policies", edit)).load_all()
    found = [problem for problem in refused.value.problems if problem.what == wrong]
    assert len(found) == 1 and found[0].line > 1 and found[0].mend


def test_a_route_a_condition_and_a_version_have_their_days(tmp_path: Path) -> None:
    poor = "  registered-poor:\n"
    gone = policies(tmp_path / "route", ("tianshui.yaml", poor, f"{poor}    until: 2029-12-31\n"))
    there = [load(gone, as_of=day).city("tianshui").policy.routes for day in ("2029-12-31", "2030-01-01")]
    assert ["tianshui.registered-poor" in routes for routes in there] == [True, False]
    edited = policies(tmp_path / "condition", condition("2029-12-31", "[urban_district, other_town]"))
    before, after = (load(edited, as_of=day) for day in ("2029-12-31", "2030-01-01"))
    assert (status(before), status(after)) == ("fits", "none")
    assert before.city("tianshui").policy.version == BOOK.city("tianshui").policy.version != after.city("tianshui").policy.version
    assert before.overview.turning_days == ("2029-12-31~", "2030-01-01")
    for book in (before, after, load(gone, as_of="2030-01-01")):
        assert sheet_text(book, FITS, "zh", "2030-01-01")


def test_what_a_later_day_leaves_empty_is_found_today(tmp_path: Path) -> None:
    well = policies(tmp_path / "well", condition("2029-12-31", "[urban_district, other_town]"))
    assert check.later_problems(load(well, as_of=TODAY), lambda day: load(well, as_of=day), ()) == []
    bare = policies(tmp_path / "bare", route("    until: 2029-12-31\n"))
    found = check.later_problems(load(bare, as_of=TODAY), lambda day: load(bare, as_of=day), ())
    assert "2029-12-31 以后，join_kin 没有途径对应" in [problem.what for problem in found]
    assert all(problem.file.endswith("tianshui.yaml") and problem.line > 1 for problem in found)


@pytest.mark.parametrize(
    ("dates", "day", "zh", "en"),
    [
        ("  from: 2030-01-01\n", "2029-12-31", "从2030年1月1日起才施行", "applies only from"),
        ("  until: 2025-12-31\n", "2026-01-01", "施行到2025年12月31日为止", "applied until"),
    ],
)
def test_a_city_without_a_document_in_force_says_so(dates: str, day: str, zh: str, en: str, tmp_path: Path) -> None:
    folder = policies(tmp_path / "policies", document(dates))
    book = load(folder, as_of=day)
    talk, _ = take(Talk(book, Session()), Move("begin"))
    talk, reply = take(talk, Move("answer", "city", "tianshui"))
    assert reply.phase == "result" and talk.policy is None
    sheets = {language: sheet_text(book, talk.facts, language, day) for language in ("zh", "en")}
    assert zh in sheets["zh"] and "没有生效的落户文件" in sheets["zh"] and en in sheets["en"]
    assert status(load(folder, as_of="2030-01-01" if "from" in dates else "2025-12-31")) == "fits"
    (tmp_path / "one.json").write_text('{"city": "tianshui"}', encoding="utf-8")
    asked = ["--policies", str(folder), "--as-of", day, "check", str(tmp_path / "one.json")]
    assert '"policy": null' in luohu(*asked) and zh in luohu(*asked, "--sheet")


def test_the_commands_that_judge_take_a_day_and_no_other() -> None:
    assert "不是日期" in luohu("--as-of", "2026-02-30", "cases", str(ROOT / "tests" / "cases"))
    assert "hear 不看日期" in luohu("--as-of", "2026-02-28", "hear", "我在昌图租的房")
