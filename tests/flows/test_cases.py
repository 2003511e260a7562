"""Every case: statuses, because, papers, family, placement. A policy officer corrects tests/cases/*.yaml, not this file."""

import pytest

from bot import check
from conftest import BOOK, ROOT

RESIDENTS = [
    resident
    for path in check.case_files(ROOT / "tests" / "cases")
    for resident in check.read_residents(BOOK, path.name, path.read_text(encoding="utf-8"))[0]
]


@pytest.mark.parametrize("resident", RESIDENTS, ids=lambda resident: resident.where)
def test_case(resident: check.Resident) -> None:
    assert list(check.disagreements(BOOK, resident)) == []


def test_every_city_has_cases_and_every_id_is_unique() -> None:
    ids = [resident.case["id"] for resident in RESIDENTS]
    assert len(ids) == len(set(ids))
    assert {resident.facts["city"] for resident in RESIDENTS} >= set(BOOK.cities)
