"""Points: three-valued like every condition, exact in what they still ask, proved, and refused where they can tell nobody apart."""

from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

import invented
from bot.wording.languages import Language
from bot.workshop.trees import of_route
from flows.book import PolicyError
from flows.facts import UNSURE, Answer
from flows.loading.load import load
from flows.proving.changes import changes
from flows.proving.proof import prove
from flows.rules import FITS, FITS_IF, NONE, OPEN, Need, Points, Texts


def item(fact: str, *points: int) -> Need:
    given: dict[Answer, Fraction] = {f"{fact}{place}": Fraction(one) for place, one in enumerate(points)}
    return Need(fact, {None: OPEN, UNSURE: FITS_IF, **dict.fromkeys(given, FITS)}, Texts(), points=given)


ITEMS = (item("a", 0, 20, 40), item("b", 0, 30), item("c", 5, 10), item("d", 0, 0))
POINTS = [Points(ITEMS, Fraction(threshold)) for threshold in (6, 30, 45, 60, 80)]


def completions(points: Points, facts: dict[str, Answer], unsure: bool) -> set[bool]:
    """Enough or not, whatever is not known turns out to be; `unsure`: also what somebody said that they do not know."""
    free = [one for one in points.items if one.fact not in facts or (unsure and facts[one.fact] == UNSURE)]
    fixed = sum(one.points[facts[one.fact]] for one in points.items if one not in free)
    return {fixed + sum(some) >= points.at_least for some in product(*(one.points.values() for one in free))}


@pytest.mark.parametrize("points", POINTS, ids=lambda one: str(one.at_least))
def test_the_verdict_is_that_of_all_that_can_be(points: Points) -> None:
    for answers in product(*([None, UNSURE, *one.points] for one in ITEMS)):
        facts = {one.fact: answer for one, answer in zip(ITEMS, answers, strict=True) if answer is not None}
        can_be, judged = completions(points, facts, unsure=True), points.judge(facts)
        verdict = judged.verdict
        assert (verdict == FITS) == (can_be == {True}) and (verdict == NONE) == (can_be == {False})
        assert set(judged.wanted) == {one.fact for one in ITEMS if tips(points, one, facts)}
        assert (verdict == OPEN) == bool(judged.open)


def tips(points: Points, one: Need, facts: dict[str, Answer]) -> bool:
    """Whether, for some answers to the others, this one decides."""
    if one.fact in facts:
        return False
    others = [other for other in points.items if other is not one and other.fact not in facts]
    for some in product(*([*other.points] for other in others)):
        full = {**facts, **{other.fact: answer for other, answer in zip(others, some, strict=True)}}
        if len({points.verdict({**full, one.fact: answer}) for answer in one.points}) > 1:
            return True
    return False


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  pass: 60 ", "  pass: 200 ", "分不出人"),
        ("          at_least: pass", "          at_least: 60", "没有 60 这个门槛"),
        ("{college: 40, vocational: 20, others: 0}", "{college: 40, vocational: 20}", "没有写几分"),
        ("{college: 40, vocational: 20, others: 0}", "{college: many, vocational: 20, others: 0}", "many"),
        ("{at_least town: 20, at_least urban: 40, others: 0}", "{at_least towns: 20, at_least urban: 40, others: 0}", "town"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, says: str, tmp_path: Path) -> None:
    folder = invented.edited(tmp_path, "lanpu", old, new)
    with pytest.raises(PolicyError) as error:
        load(folder, "lanpu").city("lanpu")
    assert any(says in f"{one.what}。{one.mend}" and one.mend and one.line > 1 for one in error.value.problems), error.value


def test_the_proof_names_points_that_nobody_needs(tmp_path: Path) -> None:
    one_point = invented.edited(
        tmp_path, "lanpu", "gives: {at_least urban: 20, others: 0}", "gives: {at_least urban: 1, others: 0}"
    )
    found = prove(load(one_point, "lanpu").city("lanpu").policy)
    assert [(one.kind, one.fact) for one in found if one.grade == "fault"] == [("idle_item", "insured_years")]


def test_the_proof_names_points_that_other_conditions_settle(tmp_path: Path) -> None:
    """With a home that gives all that is needed: whoever has another one never comes to the points."""
    old = "{owned: 20, others: 0}\n        says"
    folder = invented.edited(tmp_path, "lanpu", old, "{owned: 60, others: 0}\n        says")
    file = folder / "drafts" / "lanpu" / "lanpu.yaml"
    owned = "      - {fact: housing, says: 自己的房子, clause: 第六条, met: [owned], unmet: others}\n      - points:"
    file.write_text(file.read_text(encoding="utf-8").replace("      - points:", owned), encoding="utf-8")
    kinds = {one.kind for one in prove(load(folder, "lanpu").city("lanpu").policy) if one.grade == "fault"}
    assert "always_met" in kinds


def test_the_diff_says_who_has_enough_no_more_and_the_picture_shows_what_gives_how_much(tmp_path: Path) -> None:
    before = load(invented.edited(tmp_path / "old", "lanpu", "  pass: 60 ", "  pass: 60 "), "lanpu")
    after = load(invented.edited(tmp_path / "new", "lanpu", "  pass: 60 ", "  pass: 70 "), "lanpu").city("lanpu").policy
    old = before.city("lanpu").policy
    found = [one for one in changes(old, after) if one.kind == "status"]
    assert found and {one.one for one in found} == {"lanpu.by-points"}
    for one in found:
        assert (old.statuses(one.witness)[one.one],) == one.old and (after.statuses(one.witness)[one.one],) == one.new
    lost = [one for one in found if (one.old, one.new) == (("fits",), ("none",))]
    assert lost, "who had 60 to 69 points"
    tree = repr(of_route(before, old, old.routes["lanpu.by-points"], Language("zh")))
    assert "加起来要60分" in tree and "40分" in tree
