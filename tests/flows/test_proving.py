"""Proofs: the real cities hold for every resident; a fault is named, with a witness; and what is walked once is walked rightly."""

import subprocess
import sys
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest

from bot import check, prove
from bot.rehearse import rehearse
from bot.wording.languages import Language
from conftest import BOOK, CITIES, ROOT
from flows.facts import UNSURE, Answer, Facts
from flows.policy import Policy
from flows.proving.answers import given
from flows.proving.claims import Found
from flows.proving.interview import Walk
from flows.proving.proof import ROUTES, parts, proved, together
from flows.proving.routes import of_routes
from flows.rules import FITS, NONE, NOT_GOVERNED, OPEN, STATUS, AllOf, AnyOf, Need, Rule
from test_policies_refused import copy_of_policies

LONG = ("tieling", "move_to_town")  # a third of a minute

Edit = Callable[[Rule], Rule | None]
"""A condition as it is written by mistake, None if it is forgotten."""


def policy_of(city: str) -> Policy:
    return BOOK.city(city).policy


def faults(found: tuple[Found, ...]) -> list[Found]:
    return [one for one in found if one.grade != "note"]


@pytest.mark.parametrize("city", CITIES)
def test_a_real_city_is_proved(city: str) -> None:
    policy = policy_of(city)
    done = [proved(policy, part) for part in parts(policy) if (city, part) != LONG]
    found = together(policy, done) if city != LONG[0] else tuple(one for part in done for one in part.found)
    assert faults(found) == []
    for one in found:
        if one.kind == "longest":
            assert one.witness is not None and len(rehearse(BOOK, one.witness).asked) == one.questions == len(one.witness)


@pytest.mark.long
def test_the_longest_matter_of_all_is_proved() -> None:
    policy = policy_of(LONG[0])
    assert faults(together(policy, [proved(policy, part) for part in parts(policy)])) == []


# ---- what is wrong is named ----


def mistaken(city: str, route: str, where: int, edit: Edit) -> Policy:
    """A city in which one condition of a route is written by mistake."""
    policy = policy_of(city)
    one = policy.routes[f"{city}.{route}"]
    needs = list(one.needs.needs)
    changed = edit(needs.pop(where))
    needs[where:where] = [changed] if changed is not None else []
    return replace(policy, routes={**policy.routes, one.id: replace(one, needs=AllOf(tuple(needs)))})


def forgotten(rule: Rule) -> None:
    return None


def all_for_any(rule: Rule) -> Rule:
    assert isinstance(rule, AnyOf)
    return AllOf(rule.needs, rule.texts)


def any_for_all(rule: Rule) -> Rule:
    assert isinstance(rule, AllOf)
    return AnyOf(rule.needs, rule.texts)


def always(verdict: int) -> Edit:
    """Every answer is put into one list."""

    def edit(rule: Rule) -> Rule:
        assert isinstance(rule, Need)
        return replace(
            rule, table={answer: verdict if answer not in (None, UNSURE) else old for answer, old in rule.table.items()}
        )

    return edit


def swapped(rule: Rule) -> Rule:
    """What is met and what is not have changed places."""
    assert isinstance(rule, Need)
    other = {FITS: NONE, NONE: FITS}
    return replace(
        rule, table={answer: other.get(old, old) if answer not in (None, UNSURE) else old for answer, old in rule.table.items()}
    )


def place_of(city: str, route: str, fact: str, kind: type = Need) -> int:
    needs = policy_of(city).routes[f"{city}.{route}"].needs.needs
    return next(
        place for place, rule in enumerate(needs) if isinstance(rule, kind) and fact in {need.fact for need in rule.leaves()}
    )


MISTAKES: list[tuple[str, str, str, type, Edit, str, str]] = [
    # city, route, the fact of the condition, its kind, the mistake, the part in which it shows, what is named
    ("lincang", "urban-rural-couple", "joined_hukou_kind", AnyOf, all_for_any, ROUTES, "never_fits"),
    ("lincang", "urban-rural-couple", "joiner_relation", Need, forgotten, "join_kin", "not_exact"),
    ("lincang", "county-seat-home", "housing", Need, forgotten, ROUTES, "no_place"),
    ("lincang", "graduate", "housing", Need, forgotten, "study", "not_exact"),
    ("lincang", "graduate", "graduate_destination", Need, forgotten, "study", "not_exact"),
    ("lincang", "grassroots-project", "grassroots_project", Need, forgotten, ROUTES, "no_place"),
    ("lincang", "county-seat-home", "housing", Need, swapped, ROUTES, "idle_place"),
    ("lincang", "town-rental", "housing", Need, swapped, ROUTES, "never_met"),
    ("lincang", "town-rental", "lease_filed", Need, swapped, ROUTES, "never_decides"),
    ("lincang", "border-child-china", "chinese_parent_hukou", Need, swapped, ROUTES, "always_met"),
    ("lincang", "border-child-china", "birth_certificate", Need, swapped, ROUTES, "never_status"),
    ("lincang", "town-rental", "lease_filed", Need, swapped, "move_to_town", "better_missed"),
    ("lincang", "residence-permit", "ties", Need, always(FITS), ROUTES, "always_met"),
    ("tianshui", "registered-poor", "work", Need, always(NONE), ROUTES, "never_fits"),
]


@pytest.mark.parametrize(("city", "route", "fact", "kind", "edit", "part", "named"), MISTAKES)
def test_a_mistake_is_named(city: str, route: str, fact: str, kind: type, edit: Edit, part: str, named: str) -> None:
    policy = mistaken(city, route, place_of(city, route, fact, kind), edit)
    found = [one for one in proved(policy, part).found if one.grade == "fault"]
    assert named in {one.kind for one in found if f"{city}.{route}" in one.routes}


def test_a_gap_between_placements_is_named_with_whose_hukou_goes_nowhere() -> None:
    policy = policy_of("tianshui")
    route = policy.routes["tianshui.open-settlement"]
    cut = replace(policy, routes={**policy.routes, route.id: replace(route, placements=route.placements[:-1])})
    (gap,) = faults(proved(cut, ROUTES).found)
    assert gap.kind == "no_place" and gap.witness is not None
    assert cut.routes[route.id].places(gap.witness) == ()
    assert cut.statuses(gap.witness)[route.id] == gap.expect[route.id] != "none"


def test_of_what_is_not_exact_the_witness_shows_it() -> None:
    policy = mistaken("lincang", "graduate", place_of("lincang", "graduate", "housing"), forgotten)
    for one in faults(proved(policy, "study").found):
        ((route, truth),) = one.expect.items()
        assert one.witness is not None and policy.statuses(policy.known(one.witness))[route] == truth != one.status
        said: dict[str, Answer] = {}
        while (fact := policy.next_fact({"city": "lincang", "matter": "study", **said})) is not None:
            said[fact] = one.witness[fact]  # the talk asks nothing else of them
        known = policy.known({"city": "lincang", "matter": "study", **said})
        assert policy.statuses(known)[route] == one.status and policy.routes[route].settled(known)


def test_an_option_that_no_talk_offers_and_a_question_that_none_comes_to_are_named() -> None:
    policy = policy_of("tianshui")
    narrowing = replace(
        policy.narrowings[0], when=replace(policy.narrowings[0].when, accepted=()), fact="work", without=frozenset(["none"])
    )
    narrowed = replace(policy, narrowings=(*policy.narrowings, narrowing), inferences=())
    found = together(narrowed, [proved(narrowed, part) for part in parts(narrowed)])
    assert ("never_offered", "work", "none") in {(one.kind, one.fact, one.option) for one in found}
    silent = [part for part in parts(policy) if part != "move_to_town"]  # the only matter that asks about the register
    unasked = together(policy, [proved(policy, part) for part in silent])
    assert ("never_asked", "registered_poor") in {(one.kind, one.fact) for one in unasked}


def test_two_definitions_under_one_name_are_named() -> None:
    assert ("wenzhou.county-work", "wenzhou.urban-work") in {
        one.routes for one in of_routes(policy_of("wenzhou")) if one.kind == "differs"
    }


def test_what_cannot_be_walked_to_its_end_is_not_proved() -> None:
    (found,) = proved(policy_of("lincang"), "join_kin", most=20).found
    assert found.kind == "too_many" and found.grade == "unproved"


# ---- what is walked once is walked rightly: against every talk with every answer ----


def cut_down(city: str, matter: str, movers: int = 2, without: str = "") -> Policy:
    """The city with the routes of one matter alone, and few movers."""
    policy = policy_of(city)
    few = replace(policy.facts["movers"], options=dict(list(policy.facts["movers"].options.items())[:movers]))
    routes = {route.id: route for route in policy.routes.values() if matter in route.matters}
    return replace(policy, routes=routes, facts={**policy.facts, "movers": few})


def every_end(policy: Policy, said: dict[str, Answer]) -> Iterator[dict[str, Answer]]:
    fact = policy.next_fact(said)
    if fact is None:
        yield said
        return
    for answer in (*policy.question(fact, policy.known(said)).every_answer(), UNSURE):
        yield from every_end(policy, {**said, fact: answer})


def untold(policy: Policy, route: str, known: Facts, unsure: bool) -> Iterator[dict[str, Answer]]:
    """Every way in which the rest that a route reads can be."""
    needs = list(policy.routes[route].needs.leaves())
    silent = {need.fact for need in needs if need.table[None] != OPEN}
    read = dict.fromkeys(fact for need in needs for fact in (need.fact, *(need.when.facts if need.when else ())))
    missing = [fact for fact in read if fact not in known and fact not in silent]
    for rest in product(*((*policy.facts[fact].every_answer(), *([UNSURE] if unsure else [])) for fact in missing)):
        yield dict(zip(missing, rest, strict=True))


def seen_by_force(policy: Policy, matter: str) -> tuple[int, set[tuple[str, str, str]]]:
    """The longest talk, and what is settled as one thing and is another: (route, as told, as it is)."""
    longest = 0
    wrong: set[tuple[str, str, str]] = set()
    for said in every_end(policy, {"city": policy.city, "matter": matter}):
        longest = max(longest, len(said))
        known = policy.known(said)
        if policy.overview(said):
            continue
        for route in policy.asked_for(known):
            if route.settled(known):
                told = STATUS[route.needs.verdict(known)]
                truths = {STATUS[route.needs.verdict({**known, **rest})] for rest in untold(policy, route.id, known, unsure=True)}
                wrong |= {(route.id, told, truth) for truth in truths - {told}}
    return longest, wrong


@pytest.mark.parametrize(
    ("city", "matter", "route", "fact"),
    [
        ("tianshui", "move_to_town", "", ""),
        ("lincang", "study", "", ""),
        ("lincang", "study", "graduate", "housing"),
        ("lincang", "study", "graduate", "graduate_destination"),
        ("lincang", "join_kin", "urban-rural-couple", "joiner_relation"),
        ("wenzhou", "join_kin", "", ""),
    ],
)
def test_a_cut_down_city_is_as_brute_force_finds_it(city: str, matter: str, route: str, fact: str) -> None:
    policy = cut_down(city, matter)
    if route:
        edited = mistaken(city, route, place_of(city, route, fact), forgotten).routes[f"{city}.{route}"]
        policy = replace(policy, routes={**policy.routes, edited.id: edited})
    found = list(Walk(policy, matter).claims())
    wrong = {(one.routes[0], str(one.status), next(iter(one.expect.values()))) for one in found if one.kind == "not_exact"}
    longest = next((one.questions for one in found if one.kind == "longest"), 2)
    assert (longest, wrong) == seen_by_force(policy, matter)
    assert bool(wrong) == bool(route)  # of what is right nothing is wrong, and of what is wrong something


@pytest.mark.parametrize("city", CITIES)
def test_the_statuses_that_nobody_gets_are_those_of_brute_force(city: str) -> None:
    """With one condition after another turned round."""
    policy = policy_of(city)
    tried = 0
    for route in policy.routes.values():
        for where, rule in enumerate(route.needs.needs):
            if isinstance(rule, Need) and rule.fact != "mover_citizen":
                edited = mistaken(city, route.id.split(".")[1], where, swapped)
                reached = statuses_by_force(edited, route.id)
                if reached is not None:
                    tried += 1
                    found = [one for one in of_routes(edited) if one.routes == (route.id,)]
                    hopeless = (
                        reached <= {"none"} if only_points_elsewhere(edited, route.id) else reached <= {"none", "not_governed"}
                    )
                    assert hopeless == any(one.kind == "never_fits" for one in found)
                    assert reached.isdisjoint(one.status for one in found if one.kind == "never_status")
    assert tried


def only_points_elsewhere(policy: Policy, route: str) -> bool:
    """Whether a condition of the route can at best say that it is governed elsewhere."""
    needs = policy.routes[route].needs.needs
    return any(isinstance(rule, Need) and rule.when is None and min(given(rule)) == NOT_GOVERNED for rule in needs)


def statuses_by_force(policy: Policy, route: str) -> set[str] | None:
    """None where that would take too long."""
    size = 1
    for fact in next(untold(policy, route, {}, unsure=False)):
        size *= len(policy.facts[fact].every_answer())
    if size > 1_000:
        return None
    return {STATUS[policy.routes[route].needs.verdict(one)] for one in untold(policy, route, {}, unsure=False)}


ALIKE = [
    ("lincang", "move_to_town"),
    ("lincang", "join_kin"),
    ("lincang", "military_family"),
    ("lincang", "study"),
    ("tianshui", "move_to_town"),
    ("wenzhou", "move_to_town"),
    ("wenzhou", "join_kin"),
    ("tieling", "move_to_town"),
    ("tieling", "move_to_village"),
    ("shaoguan", "move_to_town"),
]


@pytest.mark.parametrize(("city", "matter"), ALIKE)
def test_talks_that_leave_the_same_go_on_alike(city: str, matter: str) -> None:
    """Whatever was said to come there: the next question is the same, after every answer to it they leave the same again, and at
    the end the same comes out."""
    policy, luck = policy_of(city), Random(3)
    walk = Walk(policy, matter)
    first: dict[Hashable, dict[str, Answer]] = {}
    joined = 0
    for _ in range(200):
        said: dict[str, Answer] = {"city": city, "matter": matter}
        while (fact := policy.next_fact(said)) is not None:
            other = first.setdefault(walk.residue.key(said), said)
            joined += other is not said
            assert policy.next_fact(other) == fact, (said, other)
            answers = walk.answers(fact, said)
            assert answers == walk.answers(fact, other)
            for answer in answers:
                left = walk.residue.key({**said, fact: answer})
                assert left == walk.residue.key({**other, fact: answer}), (said, other, fact, answer)
            said = {**said, fact: luck.choice(answers)}
        other = first.setdefault(walk.residue.key(said), said)
        assert policy.next_fact(other) is None and come_out(policy, other) == come_out(policy, said)
    assert joined


def come_out(policy: Policy, said: Facts) -> tuple[bool, str]:
    """Where nothing fits, it does not matter to the proof whether the document is silent."""
    kind = policy.outcome(policy.known(said)).kind
    return policy.overview(said), "none" if kind == "silent" else kind


# ---- the command ----


def luohu(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bot", *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


def test_a_sound_city_is_said_to_be_proved_and_its_longest_talks_are_cases() -> None:
    done = luohu("policy", "prove", "tianshui")
    assert (done.returncode, done.stderr) == (0, "") and "都证明了" in done.stdout
    cases, _ = check.read_residents(BOOK, "report.yaml", done.stdout)
    assert [fault for case in cases if case.case.get("expect") for fault in check.disagreements(BOOK, case)] == []
    assert "proved" in luohu("policy", "prove", "--lang", "en", "tianshui").stdout


def test_a_fault_is_said_with_file_and_line_and_its_witness_is_a_case(tmp_path: Path) -> None:
    folder = copy_of_policies(tmp_path)
    file = folder / "tianshui.yaml"
    text = file.read_text(encoding="utf-8")
    start = text.index("placements:", text.index("open-settlement:"))
    last = text.rindex("      - place:", start, text.index("    family:", start))
    file.write_text(text[:last] + text[text.index("    family:", start) :], encoding="utf-8")
    done = luohu("--policies", str(folder), "policy", "prove", "tianshui")
    line = text[: text.index("open-settlement:")].count("\n") + 2
    assert done.returncode == 1 and "都证明了" not in done.stdout
    assert f"# 错误 policies/tianshui.yaml:{line} tianshui.open-settlement：有人可以申请，户口却没有地方落" in done.stdout
    (case, *_), _ = check.read_residents(BOOK, "report.yaml", done.stdout)
    assert case.where == "report.yaml:prove-tianshui-1" and list(case.case["expect"]) == ["tianshui.open-settlement"]


def test_a_condition_is_named_by_what_it_says_its_clause_and_its_line() -> None:
    policy = mistaken("lincang", "town-rental", place_of("lincang", "town-rental", "housing"), swapped)
    report = list(prove.report(ROOT / "policies", policy, proved(policy, ROUTES).found, Language("zh")))
    named = next(line for line in report if "没有人能满足" in line)
    number = int(named.split("lincang.yaml:")[1].split(" ")[0])
    need = next(
        need for need in policy.routes["lincang.town-rental"].needs.leaves() if need.texts.says and need.texts.says in named
    )
    assert f"“{need.texts.says}”（{need.texts.clause}）" in named
    lines = (ROOT / "policies/lincang.yaml").read_text(encoding="utf-8").splitlines()[number - 1 : number + 3]
    assert any(need.texts.says in line for line in lines) and lines[0].lstrip().startswith("- ")


def test_every_kind_of_find_has_a_sentence_in_both_languages() -> None:
    for says in (*prove.SAYS.values(), *prove.GRADES.values(), prove.SUMMARY, prove.SOUND):
        assert Language("en")(says) != says


def test_a_city_that_there_is_not_is_refused() -> None:
    done = luohu("policy", "prove", "atlantis")
    assert done.returncode == 2 and done.stdout == "" and "没有 atlantis 这个市" in done.stderr
