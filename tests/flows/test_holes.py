"""Nothing untried: every condition seen met and unmet, every fact used, every option reachable. A hole fails."""

from random import Random

from bot import check
from bot.wording.views import Wording
from bot.workshop.cases import untried
from conftest import BOOK, CITIES
from flows.facts import NOTHING, UNSURE
from flows.policy import Policy
from flows.routes import Route
from residents import Resident, answers, hopeful, talk_to_the_end
from test_cases import RESIDENTS


def test_every_verdict_of_every_condition_is_tried_by_a_case() -> None:
    assert [what for what, _ in untried(BOOK, RESIDENTS, CITIES)] == []


def test_citizenship_is_tried_met_unmet_unsure_and_exempt() -> None:
    seen = {str(resident.facts.get("mover_citizen", "not said")) for resident in RESIDENTS}
    assert seen >= {"no", "unsure", "not said"}
    exempt = [
        route.id
        for city in CITIES
        for route in BOOK.city(city).policy.routes.values()
        if not any(need.fact == "mover_citizen" for need in route.needs.leaves())
    ]
    assert exempt == ["lincang.border-child-china", "lincang.border-child-abroad"]


def test_every_question_is_asked_in_some_talk_with_every_option_to_press() -> None:
    luck = Random(1)
    for city in CITIES:
        policy = BOOK.city(city).policy
        asked = {
            fact for _ in range(30) for route in policy.routes.values() for fact in talk_to_the_end(lucky(policy, route, luck))[1]
        }
        used = check.used_facts(policy) | {"city", "matter"}
        only_told = {
            fact for fact in used if (beside := policy.facts[fact].ask_when) and not any({*when.facts} & used for when in beside)
        }
        assert sorted(used - only_told - asked) == [], city
        assert only_told <= {"mover_citizen"}, "asked only where somebody is joined"
    for fact in BOOK.facts.values():
        labels = Wording(BOOK, "zh").labels(fact)
        assert len(set(labels.values())) == len(labels), fact.id
        assert list(labels) == [*fact.options, *([NOTHING] if fact.many else []), UNSURE]


def lucky(policy: Policy, route: Route, luck: Random) -> Resident:
    """A resident who mostly fits a route, and asks for it under one of its matters, or has no matter in mind."""
    chances = hopeful(policy, route)
    resident: Resident = {
        fact: luck.choice(chances[fact] if fact in chances and luck.random() < 0.9 else answers(policy, fact))
        for fact in policy.facts
        if policy.facts[fact].options  # an amount that the city does not look at has none
    }
    return {**resident, "city": policy.city, "matter": luck.choice([*sorted(route.matters), "rights", UNSURE])}
