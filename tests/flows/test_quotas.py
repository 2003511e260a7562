"""How many people may move: by the range of an amount, asked only where somebody moves along, honest where it does not settle it;
and a city's own wording of a question."""

from pathlib import Path

import pytest

import invented
from bot.wording import rules
from flows.book import Book, PolicyError
from flows.facts import UNSURE, Answer
from flows.loading.load import load
from flows.policy import Policy
from flows.proving.interview import Walk
from flows.routes import Quota

OWN, TENANT = "lingquan.own-home", "lingquan.tenant"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return invented.book(tmp_path_factory.mktemp("quotas"), "lingquan")


def policy_of(book: Book) -> Policy:
    return book.city("lingquan").policy


def quota(book: Book, route: str) -> Quota:
    family = policy_of(book).routes[route].family
    assert family is not None and family.quota is not None
    return family.quota


@pytest.mark.parametrize(
    ("area", "own", "tenant"),
    [(50, (3, 3), (2, 2)), (60, (3, 3), (3, 3)), (79.5, (3, 3), (4, 4)), (80, (4, 4), (4, 4)), (100, (5, 5), (6, 6)),
     (160, (8, 8), (7, None)), (500, (8, 8), (7, None))],
)  # fmt: skip
def test_the_number_follows_the_document(book: Book, area: float, own: tuple[int, int], tenant: tuple[int, int]) -> None:
    facts = book.clean({"city": "lingquan", "home_area": area})
    assert quota(book, OWN).bounds(facts) == own and quota(book, TENANT).bounds(facts) == tenant


def test_what_is_not_known_leaves_it_open(book: Book) -> None:
    for facts in ({}, {"home_area": UNSURE}):
        assert quota(book, OWN).bounds(facts) == (3, 8) and quota(book, TENANT).bounds(facts) == (2, None)


def test_it_is_asked_where_somebody_moves_along_who_may(book: Book) -> None:
    facts: dict[str, Answer] = {"city": "lingquan", "matter": "move_to_town", "ground": ("own_home",)}
    facts |= {"place_type": "urban_district", "housing": "owned"}
    for movers, together, asked in (((), None, None), (("spouse",), None, "home_area"), (("siblings",), None, None),
                                    (("spouse",), "no", None), (UNSURE, None, None)):  # fmt: skip
        said = {**facts, "movers": movers, **({"live_together": together} if together else {})}
        assert policy_of(book).next_fact(said) == asked, (movers, together)


def test_the_proof_tells_talks_apart_that_still_ask_it(book: Book) -> None:
    said: dict[str, Answer] = {"city": "lingquan", "matter": "move_to_town", "place_type": "urban_district", "housing": "owned"}
    said |= {"movers": ("spouse",), "live_together": "yes"}
    key = Walk(policy_of(book), "move_to_town").residue.key
    assert key(said) != key({**said, "home_area": "under_55"})


@pytest.mark.parametrize(
    ("area", "movers", "room"),
    [(50, ("spouse", "parents"), True), (50, ("spouse", "minor_child", "parents"), False), (None, ("spouse", "minor_child", "parents"), None)],
)  # fmt: skip
def test_who_was_named_is_counted(book: Book, area: int | None, movers: tuple[str, ...], room: bool | None) -> None:
    said = {"city": "lingquan", "movers": list(movers), "live_together": "yes", **({"home_area": area} if area else {})}
    facts, family = book.clean(said), policy_of(book).routes[OWN].family
    assert family is not None and family.has_room(family.sort(facts), facts) is room


def test_a_city_asks_in_its_own_words(book: Book) -> None:
    asked = policy_of(book).facts["years_here"]
    assert "岭泉租房" in asked.ask and "岭泉租房" in asked.third and asked.hint and "租房" not in book.facts["years_here"].ask


WRONG = [
    ("counts: with_mover}", "counts: everybody}", "everybody"),
    ("of: home_area, people: base", "of: housing, people: base", "housing"),
    ("each: each, most", "each: 20, most", "没有 20 这个数"),
    ("  most: 8\n", "  most: 3\n", "最多 3 人"),
    ("people: base, beyond", "beyond", "缺少 people"),
    ("    third: 请问他（她）在岭泉租房住了多少年？\n", "", "还缺少 third"),
    ("  years_here:\n    ask:", "  years_there:\n    ask:", "没有 years_there 这件事"),
    ("    hint: 中间", "    tip: 中间", "没有 tip 这个键"),
]


@pytest.mark.parametrize(("old", "new", "says"), WRONG)
def test_a_mistake_is_named(old: str, new: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as error:
        load(invented.edited(tmp_path, "lingquan", old, new), "lingquan").city("lingquan")
    assert any(says in f"{one.what}。{one.mend}" and one.mend and one.line > 1 for one in error.value.problems), error.value


def test_a_citys_own_question_is_looked_at_like_every_other(tmp_path: Path) -> None:
    book = load(
        invented.edited(
            tmp_path, "lingquan", "third: 请问他（她）在岭泉租房住了多少年？", "third: 他（她）在岭泉租房住了多少年？"
        ),
        "lingquan",
    )
    assert any("请问" in one.what for one in rules.city_problems(book, book.city("lingquan")))


def test_a_route_can_be_exempt_from_a_condition_of_the_city(tmp_path: Path) -> None:
    folder = invented.edited(
        tmp_path, "lingquan", "    grounds: [rented_home]\n", "    grounds: [rented_home]\n    exempt: [place_type]\n"
    )
    routes = load(folder, "lingquan").city("lingquan").policy.routes
    looked_at = {route: {need.fact for need in one.needs.leaves()} for route, one in routes.items()}
    assert "place_type" in looked_at[OWN] and "place_type" not in looked_at[TENANT]
