"""Every case: statuses, because, papers, family, placement. A policy officer corrects the files of tests/cases, not this one."""

from dataclasses import replace

import pytest

from bot import check
from bot.workshop.cases import read_cases
from conftest import BOOK, ROOT

CASES = ROOT / "tests" / "cases"
RESIDENTS = [replace(one, where=one.where.removeprefix(f"{CASES}/")) for one in read_cases(BOOK, CASES)]


@pytest.mark.parametrize("resident", RESIDENTS, ids=lambda resident: resident.where)
def test_case(resident: check.Resident) -> None:
    assert list(check.disagreements(BOOK, resident)) == []


def test_every_city_has_cases() -> None:
    assert {resident.facts["city"] for resident in RESIDENTS} >= set(BOOK.cities)


def test_a_case_that_fails_says_which_condition_decided_and_by_which_clause() -> None:
    def said(expected: str, **facts: str) -> str:
        case = {"id": "x", "expect": {"tianshui.registered-poor": expected}, "clause": "二、第2项"}
        known = BOOK.clean({"city": "tianshui", "registered_poor": "yes", "place_type": "county_seat", **facts})
        return " ".join(check.disagreements(BOOK, check.Resident("x", known, case)))

    assert "得到 none，因为“" in (no := said("fits", work="none")) and no.endswith("”（二、第2项）")
    work = BOOK.city("tianshui").policy.routes["tianshui.registered-poor"].needs.leaves()
    assert next(need.texts.says for need in work if need.fact == "work") in no
    assert said("none", work="none") == ""
