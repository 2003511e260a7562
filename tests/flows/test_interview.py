"""The interview: it asks only what matters, and what it has asked is enough."""

from collections.abc import Iterable
from random import Random

import hypothesis
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from conftest import BOOK, CITIES
from flows.conversation import Move, Session
from flows.facts import UNSURE, Answer, Facts
from flows.policy import Policy, stands_on
from flows.routes import Paper, Route
from flows.rules import Status
from residents import Resident, answers, consistent, hopeful, known, residents, talk, talk_to_the_end
from talking import take


def reported(policy: Policy, said: Facts) -> dict[str, Status]:
    """The statuses that an answer sheet gives: of the routes that no open question can change any more."""
    facts = policy.known(said)
    statuses = policy.statuses(facts)
    return {route.id: statuses[route.id] for route in policy.routes.values() if route.settled(facts)}


def given(resident: Facts, asked: list[str], policy: Policy) -> Resident:
    """What the resident said and what follows from it, and the rest as they know it."""
    return {**known(resident, asked), **policy.known({fact: resident[fact] for fact in asked})}


@hypothesis.given(residents())
@settings(max_examples=400)
def test_what_was_asked_gives_the_statuses_of_full_knowledge(resident: Resident) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    session, asked = talk(resident)
    full = policy.statuses(given(resident, asked, policy))
    for route, status in reported(policy, session.facts).items():
        assert status == full[route], route


@hypothesis.given(residents(unsure=False))
@settings(max_examples=400)
def test_the_best_of_the_matter_and_every_route_on_a_ground_are_those_of_full_knowledge(resident: Resident) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    session, asked = talk(resident)
    hypothesis.assume(not policy.overview(session.facts))
    here, there = policy.known(session.facts), given(resident, asked, policy)
    assert policy.outcome(here).kind == policy.outcome(there).kind
    ours, theirs = policy.statuses(here), policy.statuses(there)
    hypothesis.assume(here.get("mover_citizen") != "no")  # a foreigner is not asked on
    assert [route.id for route in policy.asked_for(here) if stands_on(route, here) and ours[route.id] != theirs[route.id]] == []


def test_of_two_routes_in_doubt_the_one_that_may_only_lack_something_is_asked_about() -> None:
    """What is lacking can be brought, so that is the more hopeful answer."""
    policy = BOOK.city("tieling").policy
    works: Facts = {"work": "employee", "insurance": ("employee_medical",)}
    home: Facts = {"place_type": "county_seat", "house_acquired": "self_built"}
    said: Facts = {"city": "tieling", "matter": "move_to_town", "ground": ("rented_home", "insurance"), **home, **works}
    assert policy.outcome(policy.known(said)).kind == "ambiguous" and policy.next_fact(said) == "house_papers"
    more: Facts = {"house_papers": (), "house_owner": "self", "live_together": "no"}
    assert policy.outcome(policy.known({**said, **more})).kind == "fits_if"


@hypothesis.given(residents())
def test_no_question_is_beside_the_matter(resident: Resident) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    session, reply = take(BOOK, Session(), Move("begin"))
    while reply.fact is not None:
        facts = policy.known(session.facts)
        if reply.fact not in ("city", "matter", "ground") and facts.get("matter") != "rights":
            asked_for = {route.id for route in policy.asked_for(facts)}
            assert {route.id for route in policy.decided_by(reply.fact, facts)} & asked_for, reply.fact
        session, reply = take(BOOK, session, Move("answer", reply.fact, resident[reply.fact]))


INHERITED: Resident = {  # a home of somebody else who cannot settle there, and insurance: as much as three grounds can ask
    "city": "tieling", "matter": "move_to_town", "ground": ("own_home", "rented_home", "insurance"), "place_type": "urban_district",
    "house_acquired": "inherited_gift", "house_papers": ("invoice",), "house_owner": "other", "owner_can_settle": "no",
    "owner_present": "yes", "joiner_relation": "spouse", "mover_citizen": "yes", "work": UNSURE, "insurance": ("employee_medical",),
    "movers": ("adult_child",), "live_together": "yes"}  # fmt: skip
SOMEBODYS: Resident = {  # nobody knows whose home it is, nor what of it all would help
    "city": "tieling", "matter": "move_to_town", "ground": UNSURE, "place_type": "county_seat", "house_acquired": "bought",
    "house_papers": ("invoice",), "house_owner": UNSURE, "owner_can_settle": "yes", "student_stage": UNSURE,
    "school_kind": "university", "work": "employee", "insurance": ("employee_pension",), "housing": "owned", "lives_there": "no",
    "movers": ("spouse", "parents"), "live_together": "yes"}  # fmt: skip


@hypothesis.given(residents(), st.integers(0, 3))
@hypothesis.example(INHERITED, 3)
@hypothesis.example(SOMEBODYS, 0)
def test_nobody_is_asked_more_than_fourteen_questions(resident: Resident, grounds: int) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    ground = resident.get("ground", ())
    _, asked = talk(consistent(policy, {**resident, "ground": ground[:grounds] if isinstance(ground, tuple) else ground}))
    assert len(asked) <= 14, asked


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("matter", [UNSURE, *BOOK.facts["matter"].options])
def test_whoever_is_never_sure_is_asked_at_most_ten_questions(city: str, matter: str) -> None:
    policy = BOOK.city(city).policy
    session, asked = talk({**dict.fromkeys(policy.facts, UNSURE), "city": city, "matter": matter})
    assert len(asked) <= 10 and len(asked) == len(set(asked)) and session.phase == "result"
    assert "fits" not in reported(policy, session.facts).values()
    assert policy.outcome(policy.known(session.facts), overview=policy.overview(session.facts)).kind != "open"


NEWBORN: Facts = {"matter": "child_registration", "parents_nationality": "both_chinese", "child_registered": "no",
                  "child_birthplace": "china", "record_problem": "none"}  # fmt: skip
FLAT: Facts = {
    "place_type": "urban_district",
    "house_acquired": "bought",
    "house_papers": ("certificate",),
    "house_owner": "self",
}
COMMON: dict[str, Facts] = {  # the ten situations that most people are in; when they were first counted they took 83 questions
    "Lincang, a tenant of four": {
        "city": "lincang", "matter": "move_to_town", "ground": ("rented_home",), "place_type": "county_seat", "lease_filed": "no",
        "owner_consents": "not_asked", "movers": ("spouse", "minor_child", "grandparents"), "live_together": "yes"},
    "Lincang, a newborn": {"city": "lincang", **NEWBORN},
    "Tianshui, a family from elsewhere": {
        "city": "tianshui", "matter": "move_to_town", "ties": ("lives", "works"), "housing": "rented", "movers": ("spouse", "minor_child")},
    "Tianshui, a student": {"city": "tianshui", "matter": "move_to_town", "ties": ("studies",), "housing": "dormitory", "movers": ()},
    "Wenzhou, a tenant in Rui'an with a student and a mother-in-law": {
        "city": "wenzhou", "matter": "move_to_town", "ground": ("rented_home",), "county": "ruian", "place_type": "county_seat",
        "movers": ("adult_child", "parents_in_law"), "adult_child_status": "unmarried_no_income"},
    "Wenzhou, a newborn": {"city": "wenzhou", **NEWBORN},
    "Tieling, bought a flat": {
        "city": "tieling", "matter": "move_to_town", "ground": ("own_home",), **FLAT, "movers": ("spouse", "minor_child")},
    "Tieling, a stall and a pension": {
        "city": "tieling", "matter": "move_to_town", "ground": ("job", "insurance"), "work": "flexible", "insurance": ("employee_pension",)},
    "Tieling, a mother joins a son who rents": {
        "city": "tieling", "matter": "join_kin", "joiner_relation": "parent", "place_type": "urban_district", "house_acquired": "none"},
    "Tieling, ten years out of college, rents": {
        "city": "tieling", "matter": "move_to_town", "ground": ("rented_home", "diploma"), "place_type": "urban_district",
        "school_kind": "university", "housing": "rented", "lease_filed": "yes"},
}  # fmt: skip


def test_the_ten_common_situations_together_take_sixty_questions_and_none_over_eight() -> None:
    asked = {situation: talk({**facts})[1] for situation, facts in COMMON.items()}
    assert sum(map(len, asked.values())) <= 60 and max(map(len, asked.values())) <= 8, asked


@hypothesis.given(residents())
@settings(max_examples=200)
def test_what_is_said_of_a_stage_ahead_is_said_with_its_other_conditions_known(resident: Resident) -> None:
    """Nobody is told what will be possible once they have graduated before the school is asked, which may rule it out."""
    policy = BOOK.city(str(resident["city"])).policy
    session, _ = talk(resident)
    facts = policy.known(session.facts)
    ahead = policy.ahead(facts) if policy.outcome(facts, overview=policy.overview(session.facts)).kind == "none" else None
    if ahead is not None and list(session.facts.values())[-3:] != [UNSURE] * 3:
        assert ahead.status != "open", facts
        assert not ahead.route.wanted_later(facts)


@pytest.mark.parametrize(
    ("city", "matter", "stage", "answer"),
    [
        ("lincang", "study", {"student_stage": "studying"}, "school_here"),
        ("shaoguan", "study", {"student_stage": "studying"}, "school_kind"),
        (
            "tieling",
            "move_to_village",
            {"rural_origin": "yes", "hukou_kind": "school_collective", "student_stage": "studying"},
            "school_kind",
        ),
    ],
)
def test_no_stage_ahead_ends_the_talk_before_what_decides_is_asked(city: str, matter: str, stage: Facts, answer: str) -> None:
    policy = BOOK.city(city).policy
    assert policy.next_fact({"city": city, "matter": matter, **stage}) == answer
    assert policy.is_asked(answer, {"city": city, "matter": matter, **stage})


@hypothesis.given(residents())
def test_going_on_to_the_end_reports_every_route_as_full_knowledge_does(resident: Resident) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    session, asked = talk_to_the_end(resident)
    statuses = reported(policy, session.facts)
    full = policy.statuses(given(resident, asked, policy))
    assert statuses.items() <= full.items()
    assert [route for route in policy.routes if route not in statuses and full[route] not in ("not_governed", "none")] == []


@hypothesis.given(residents(unsure=False))
def test_a_route_that_fits_comes_with_its_placement_family_and_papers(resident: Resident) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    session, asked = talk(resident)
    for route in policy.routes.values():
        said = policy.known(session.facts)
        spoken_of = route in policy.asked_for(said) and policy.statuses(said)[route.id] == "fits"
        if spoken_of and route.settled(said):
            here, there = policy.judge(route, said), policy.judge(route, given(resident, asked, policy))
            assert here.placements == there.placements
            assert here.family == there.family
            assert named(here.papers) == named(there.papers)


def named(papers: Iterable[Paper]) -> list[str]:
    return [paper.id for paper in papers if paper.basis != "implied"]


@hypothesis.given(residents())
@settings(max_examples=60)
def test_every_question_asked_can_change_the_result(resident: Resident) -> None:
    random = Random(str(resident))  # Hypothesis' own likes to say the same thing again
    session, reply = take(BOOK, Session(), Move("begin"))
    while reply.fact is not None:
        fact = reply.fact
        if fact not in ("city", "matter", "ground"):  # these steer
            policy = BOOK.city(str(resident["city"])).policy
            facts = policy.known(session.facts)
            assert matters(policy, fact, facts, random), f"{fact} can change nothing after {dict(facts)}"
        session, reply = take(BOOK, session, Move("answer", fact, resident[fact]))


def matters(policy: Policy, fact: str, facts: Facts, random: Random) -> bool:
    """Is there a way to answer the rest so that two answers to this question give different results?

    Of a hukou in hand the window says whose kind it is, a town's or a village's: what matters to one of them matters.
    """
    if facts.get("matter") == "rights":
        return len({policy.topics_for({**facts, fact: answer, "matter": "-"}) for answer in answers(policy, fact)}) > 1
    for route in policy.decided_by(fact, facts):
        chances = hopeful(policy, route)
        for attempt in range(400):
            rest = {
                other: random.choice(chances[other] if other in chances and attempt % 4 else answers(policy, other))
                for other in policy.facts
                if other not in facts and other not in ("city", "matter", fact) and policy.facts[other].options
            }
            in_hand = facts.get("hukou_kind") == "in_hand" and attempt % 2
            kind = {"hukou_kind": random.choice(("town", "village"))} if in_hand else {}
            results = {result(policy, route, {**rest, **facts, **kind, fact: answer}) for answer in answers(policy, fact)}
            if len(results) > 1:
                return True
    return False


def result(policy: Policy, route: Route, facts: Facts) -> tuple[object, ...]:
    """What the answer sheet says of a route: status, open points, placement, family, papers; now, or when a stage is over."""
    judged = policy.judge(route, route.later(facts))
    points = tuple((finding.because, finding.verdict) for finding in judged.findings) if judged.status != "none" else ()
    return (
        route.needs.verdict(facts),
        judged.status,
        points,
        judged.placements,
        tuple(judged.family.items()),
        tuple(named(judged.papers)),
    )


@hypothesis.given(residents(), st.data())
def test_unsure_never_turns_none_into_fits_or_back(resident: Resident, data: st.DataObject) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    fact = data.draw(st.sampled_from([one for one in policy.facts if one not in ("city", "matter")]))
    sure, unsure = policy.statuses(resident), policy.statuses({**resident, fact: UNSURE})
    for route in policy.routes:
        assert {sure[route], unsure[route]} != {"none", "fits"}, (route, fact)


@hypothesis.given(residents(unsure=False), st.data())
def test_more_knowledge_never_turns_a_none_back(resident: Resident, data: st.DataObject) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    some = data.draw(st.sets(st.sampled_from(sorted(resident))))
    before = policy.statuses({fact: answer for fact, answer in resident.items() if fact in some})
    after = policy.statuses(resident)
    assert [route for route, status in before.items() if status == "none" and after[route] != "none"] == []


@hypothesis.given(residents(), residents(), st.data())
def test_changing_an_answer_equals_having_given_it_at_first(resident: Resident, other: Resident, data: st.DataObject) -> None:
    policy = BOOK.city(str(resident["city"])).policy
    session, asked = talk(resident)
    changeable = [fact for fact in asked if fact != "city"]
    if not changeable:
        return
    fact = data.draw(st.sampled_from(changeable))
    changed: Resident = {**resident, fact: data.draw(st.sampled_from([*answers(policy, fact), UNSURE]))}
    hypothesis.assume(consistent(policy, dict(changed)) == changed)  # what was said before is still true: nobody is in two minds
    session, _ = take(BOOK, session, Move("review"))
    session, _ = take(BOOK, session, Move("change", fact))
    session, _ = take(BOOK, session, Move("answer", fact, changed[fact]))
    session, _ = talk(changed, session)
    fresh, _ = talk(changed)
    ours, theirs = reported(policy, session.facts), reported(policy, fresh.facts)
    silent = {"mover_citizen"} & (set(session.facts) ^ set(fresh.facts))  # said in one talk, never asked in the other
    assert silent or [route for route in ours.keys() & theirs.keys() if ours[route] != theirs[route]] == []
    assert session.facts[fact] == changed[fact]


@hypothesis.given(residents(), residents())
def test_another_city_keeps_the_person_and_forgets_the_place(resident: Resident, other: Resident) -> None:
    session, _ = talk(resident)
    before = dict(session.facts)
    session, _ = take(BOOK, session, Move("review"))
    session, _ = take(BOOK, session, Move("change", "city"))
    session, _ = take(BOOK, session, Move("answer", "city", other["city"]))
    if other["city"] == resident["city"]:
        assert session.facts == before
    else:
        assert session.facts == {
            fact: other["city"] if fact == "city" else answer
            for fact, answer in before.items()
            if BOOK.facts[fact].about == "person"
        }


@hypothesis.given(residents())
def test_the_interview_is_deterministic(resident: Resident) -> None:
    assert talk(resident) == talk(resident)


RENTER: dict[str, Answer] = {
    "matter": "move_to_town",
    "ground": ("rented_home", "job", "insurance"),
    "place_type": "county_seat",
    "housing": "rented",
    "lives_there": "yes",
    "lease_filed": "yes",
    "owner_consents": "yes",
    "ties": ("lives", "works"),
    "movers": ("spouse", "minor_child"),
    "live_together": "yes",
    "house_acquired": "none",
    "student_stage": "not_student",
    "work": "employee",
    "long_worker": "no",
    "insurance": ("employee_medical", "employee_pension"),
}


@pytest.mark.parametrize(
    ("city", "county", "at_most"),
    [
        ("lincang", "", 7),
        ("tianshui", "", 5),
        ("wenzhou", "ruian", 6),
        ("wenzhou", "lucheng", 6),
        ("tieling", "", 8),
        ("shaoguan", "", 7),
    ],
)
def test_a_simple_renter_has_the_first_result_in_few_questions(city: str, county: str, at_most: int) -> None:
    _, asked = talk({**RENTER, "city": city, "county": county})
    assert len(asked) <= at_most, asked


BORDER: dict[str, Answer] = {
    "city": "lincang",
    "matter": "child_registration",
    "parents_nationality": "one_chinese_one_border",
    "parents_marriage": "certificate",
    "birth_certificate": "yes",
    "child_foreign_nationality": "no",
    "chinese_parent_hukou": "here",
    "want_return": "yes",
    "record_problem": "no_hukou",
    "child_registered": "no",
}


@pytest.mark.parametrize("marriage", ["certificate", "none", "after_birth"])
@pytest.mark.parametrize(("birthplace", "branch"), [("china", "border-child-china"), ("abroad", "border-child-abroad")])
def test_a_border_child_reaches_its_branch_in_at_most_nine_questions(birthplace: str, branch: str, marriage: str) -> None:
    session, asked = talk({**BORDER, "child_birthplace": birthplace, "parents_marriage": marriage})
    statuses = BOOK.city("lincang").policy.statuses(session.facts)
    assert len(asked) <= 9, asked
    assert statuses[f"lincang.{branch}"] == ("fits" if marriage == "certificate" else "ambiguous")
