"""The diff of two versions: no class of residents missed, none invented, and each with somebody who shows it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from brute_force import misses, seen_by
from conftest import BOOK, CITIES
from edits import Edit, edited, every_edit
from flows.book import Book, PolicyError
from flows.facts import Inference, When
from flows.loading.load import load
from flows.policy import Policy
from flows.proving.answers import of_one_mind
from flows.proving.changes import Change, changes
from residents import crowd

RESIDENTS = 100  # of each edit, here; tests/verify draws more
EDITS = [edit for edit in every_edit() if edit.file != "english"]
SOME = [edit for place, edit in enumerate(EDITS) if place % 3 == 0 or edit.fault == "what follows is false"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edits")


def changed(edit: Edit, place: Path) -> Iterator[tuple[Policy, Policy]]:
    """The cities in both versions; none where the edit is refused."""
    try:
        with edited(edit, place) as folder:
            book = load(folder)
            both = [(BOOK.city(city).policy, book.city(city).policy) for city in edit.cities or CITIES]
    except PolicyError:
        return
    yield from both


@pytest.mark.parametrize("edit", SOME, ids=lambda edit: edit.name)
def test_what_a_diff_says_is_what_residents_are_told(edit: Edit, place: Path) -> None:
    for before, after in changed(edit, place):
        holds(before, after, RESIDENTS, edit.number)


def holds(before: Policy, after: Policy, residents: int, seed: int) -> int:
    """How many classes there are, all of them right."""
    found = changes(before, after)
    assert list(islice(misses(found, before, after, crowd(residents, seed, before.city)), 3)) == []
    for one in found:
        assert of_one_mind(before, one.witness), one
        assert (one.kind, one.one, one.about, one.old, one.new) in seen_by(before, after, one.witness), one
    return len(found)


def test_a_class_that_were_left_out_or_told_too_wide_would_be_seen(place: Path) -> None:
    """The control: were the residents drawn unlucky, the tests above would prove nothing."""
    edit = next(one for one in EDITS if one.fault == "renting does not count any more")
    [(before, after)] = changed(edit, place)
    [one] = changes(before, after)
    some = list(crowd(300, seed=1, city="wenzhou"))
    assert list(misses([one], before, after, some)) == []
    assert list(misses([], before, after, some))
    assert list(misses([replace(one, condition={})], before, after, some))


@pytest.mark.parametrize("city", CITIES)
def test_what_is_the_same_has_no_classes(city: str) -> None:
    policy = BOOK.city(city).policy
    again = Book.city(replace(BOOK, cities=BOOK.cities), city).policy
    assert changes(policy, again) == ()
    reworded = {one: replace(route, title="别的名字", doing=()) for one, route in policy.routes.items()}
    assert (
        changes(
            policy, replace(policy, routes=reworded, topics={one: replace(t, says="别的话") for one, t in policy.topics.items()})
        )
        == ()
    )


def test_what_follows_now_and_is_false_is_seen_in_who_is_not_asked_any_more() -> None:
    policy = BOOK.city("tianshui").policy
    poor = Inference(When((("work", frozenset({"employee"})),)), "registered_poor", "no")
    wrong = replace(policy, inferences=(poor, *policy.inferences))
    found = [one for one in changes(policy, wrong) if one.kind == "status" and one.old == ("fits",)]
    assert [(one.one, one.new) for one in found] == [("tianshui.registered-poor", ("none",))]
    assert found[0].condition == {"work": ("employee",)}


def test_a_route_that_is_new_or_gone_is_told_by_who_meets_it() -> None:
    policy = BOOK.city("tianshui").policy
    fewer = replace(policy, routes={one: route for one, route in policy.routes.items() if one != "tianshui.registered-poor"})
    gone, come = changes(policy, fewer), changes(fewer, policy)
    assert {one.one for one in (*gone, *come)} == {"tianshui.registered-poor"}
    assert {(one.old, one.new, dict(one.condition) == {}) for one in gone} == {
        ((status,), ("none",), True) for status in ("fits", "fits_if", "not_governed")
    }
    assert {(one.new, one.old) for one in come} == {(one.old, one.new) for one in gone}


def test_most_people_first() -> None:
    policy = BOOK.city("wenzhou").policy
    fewer = replace(policy, routes={})
    shares = [one.share for one in changes(policy, fewer)]
    assert shares == sorted(shares, reverse=True) and len(shares) > 10


def test_lines_are_few() -> None:
    """A class is told by what decides, not by all that is true of it."""
    policy = BOOK.city("wenzhou").policy
    found: list[Change] = list(
        changes(
            policy,
            replace(policy, routes={one: route for one, route in policy.routes.items() if not one.endswith("county-home")}),
        )
    )
    assert len(found) <= 6
