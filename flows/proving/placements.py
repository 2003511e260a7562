"""Placements: nobody's hukou goes nowhere, and every place that is written is somebody's."""

from collections.abc import Callable, Iterator, Mapping

from flows.facts import UNSURE, Answer, Facts
from flows.policy import Policy
from flows.proving.answers import Look, Resident, at_least, choices, found, of_rules, of_when, silent_in, smaller
from flows.proving.claims import Found
from flows.routes import Placement, Route
from flows.rules import FITS_IF, NONE, STATUS


def of_placements(policy: Policy) -> Iterator[Found]:
    for route in policy.routes.values():
        if route.placements:
            yield from _gap(policy, route)
            yield from _idle(policy, route)


def _gap(policy: Policy, route: Route) -> Iterator[Found]:
    """Somebody who may apply, whose hukou goes nowhere."""

    def lost(facts: Facts) -> bool:
        return route.needs.verdict(facts) <= FITS_IF and not route.places(facts)

    if any(placement.when is None for placement in route.placements):
        return  # the last one takes everybody
    hit = _somebody(policy, route, lost)
    if hit is not None:
        hit = {"city": policy.city, "matter": _matter(policy, route), **smaller(hit, lost)}
        expect = {route.id: STATUS[route.needs.verdict(hit)]}
        yield Found("no_place", "fault", policy.city, (route.id,), witness=hit, expect=expect)


def _idle(policy: Policy, route: Route) -> Iterator[Found]:
    """A placement that comes after others which take everybody whom it is for."""
    for number, placement in enumerate(route.placements):

        def goes(facts: Facts, placement: Placement = placement) -> bool:
            sure = placement.when is None or placement.when.holds(facts)
            return sure and route.needs.verdict(facts) < NONE and route.places(facts)[-1] is placement

        if _somebody(policy, route, goes) is None:  # who is not sure is somebody, too
            yield Found("idle_place", "fault", policy.city, (route.id,), place=number)


def _somebody(policy: Policy, route: Route, goal: Callable[[Facts], bool]) -> Resident | None:
    answers: Mapping[str, tuple[Answer | None, ...]] = choices(
        policy.facts, _looks(route), silent_in(route.needs.needs) | _passed(route)
    )
    whens = {fact for placement in route.placements if placement.when for fact in placement.when.facts}
    answers = {fact: (*some, UNSURE) if fact in whens else some for fact, some in answers.items()}
    return found(answers, lambda facts, decided: at_least(route.needs, facts, decided) < NONE, goal)


def _looks(route: Route) -> list[Look]:
    whens = [look for placement in route.placements if placement.when for look in of_when(placement.when)]
    return [*of_rules(route.needs.needs), *whens]


def _passed(route: Route) -> frozenset[str]:
    """Facts that a placement does not ask for: it is passed by, where they are not mentioned."""
    found: set[str] = set()
    for placement in route.placements:
        if placement.when is not None:
            found |= {fact for fact, accepted in placement.when.accepted if not placement.asked or None in accepted}
    return frozenset(found)


def _matter(policy: Policy, route: Route) -> str:
    return next(matter for matter in policy.facts["matter"].options if matter in route.matters)
