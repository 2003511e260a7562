"""A threshold or a quota that changes: the ranges of both versions are compared piece by piece, against residents with numbers."""

from itertools import islice
from pathlib import Path

import pytest

import invented
from bot.wording.languages import Language
from bot.workshop.conditions import in_words
from brute_force import misses, seen_by
from flows.facts import UNSURE
from flows.loading.load import load
from flows.policy import Policy
from flows.proving.changes import Change, changes
from flows.proving.refined import Refined, landed
from residents import crowd_of

Both = tuple[Policy, Policy]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {city: invented.policies(tmp_path_factory.mktemp(city), city) for city in invented.NAMES}


def both(folder: Path, city: str, old: str, new: str) -> Both:
    """A city before an edit and after it."""
    before, file = load(folder, city).city(city).policy, folder / "drafts" / city / f"{city}.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    try:
        return before, load(folder, city).city(city).policy
    finally:
        file.write_text(text, encoding="utf-8")


def hold(before: Policy, after: Policy, residents: int = 800) -> tuple[Change, ...]:
    found = changes(before, after)
    assert list(islice(misses(found, before, after, crowd_of(before, residents, seed=5)), 3)) == []
    for one in found:
        assert (one.kind, one.one, one.about, one.old, one.new) in seen_by(before, after, one.witness), one
    return found


@pytest.mark.parametrize(
    ("city", "old", "new", "some"),
    [
        ("lanpu", "urban: 5}", "urban: 3}", ("lanpu.urban", "none", "fits", ("from_3_to_5",))),
        ("lanpu", "urban: 5}", "urban: 6.5}", ("lanpu.urban", "fits", "none", ("from_5_to_6p5",))),
        ("lanpu", "{town: 1,", "{town: 0.5,", ("lanpu.town", "none", "fits", ("from_0p5_to_1",))),
        ("lingquan", "tenant: 2}", "tenant: 1}", ("lingquan.tenant", "none", "fits", ("from_1_to_2",))),
    ],
)
def test_who_is_between_the_old_threshold_and_the_new_is_told(
    folders: dict[str, Path], city: str, old: str, new: str, some: tuple[str, str, str, tuple[str, ...]]
) -> None:
    before, after = both(folders[city], city, old, new)
    found = hold(before, after)
    route, was, is_, ranges = some
    [one] = [one for one in found if (one.one, one.old, one.new, one.kind) == (route, (was,), (is_,), "status")]
    assert one.condition["years_here"] == ranges
    assert [policy.statuses(landed(policy.facts, one.witness))[route] for policy in (before, after)] == [was, is_]
    told = {tuple(one.condition.get("years_here", ())) for one in found}
    assert told == {ranges}, "nobody is told whose years lie on one side of both thresholds"


@pytest.mark.parametrize(
    ("old", "new"), [("base: 3 ", "base: 4 "), ("rented_each: 15", "rented_each: 20"), ("most: 8", "most: 6")]
)
def test_how_many_people_may_move_is_told_by_the_area(folders: dict[str, Path], old: str, new: str) -> None:
    found = hold(*both(folders["lingquan"], "lingquan", old, new))
    assert found and {one.kind for one in found} == {"people"}
    assert all({*one.condition} == {"home_area"} for one in found)


def test_a_class_is_told_by_its_numbers_and_ranges_that_touch_as_one(folders: dict[str, Path]) -> None:
    before, after = both(folders["lanpu"], "lanpu", "urban: 5}", "urban: 3}")
    facts = Refined(before, after).facts

    def said(language: str, *ranges: str | None) -> str:
        return in_words(facts, {"years_here": ranges}, Language(language))

    assert said("zh", "from_3_to_5") == "住了多少年：3年以上，不到5年"
    assert said("zh", "from_1_to_3", "from_3_to_5") == "住了多少年：1年以上，不到5年"
    assert said("zh", "under_1", "from_5") == "住了多少年：不到1年，或者5年以上"
    assert said("zh", UNSURE, None) == "住了多少年：说不清，或者没有说"
    assert said("en", "from_3_to_5").endswith(": 3 years or more, but less than 5")
