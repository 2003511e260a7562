"""What there is to try of a route: the statuses that it can give, the verdicts of its conditions; each with somebody for it."""

from collections.abc import Iterable, Iterator
from functools import partial

from flows.facts import UNSURE, Facts
from flows.policy import Policy
from flows.proving.answers import Resident, given
from flows.proving.compared import Compared
from flows.proving.diagrams import Node
from flows.routes import Route
from flows.rules import FITS, OPEN, STATUS, Need, Rule, Status

Trial = tuple[int, int]
"""A condition of a route, by its place among all of them, and a verdict that it gives to a clear answer."""


def reached(policy: Policy, route: Route) -> dict[Status, Resident]:
    """Status -> somebody who gets it and says no more than is needed. That nothing is for a foreigner is said of every route at
    once: here it is no status of each."""
    both = Compared(policy, policy, route, route)
    counted = _verdict(both)
    found: dict[Status, Resident] = {}
    for one in sorted(value for value in both.diagrams.leaves(counted) if isinstance(value, int) and value != OPEN):
        mine = both.diagrams.join(lambda value, one=one: value == one, counted)
        found[STATUS[one]] = both.somebody(mine)
    return found


def _verdict(both: Compared, without: Need | None = None) -> Node:
    """What the route comes to, by the rules in which that condition does not stand; None for whoever cannot be."""
    verdict = both.diagrams.leaf(FITS)
    for rule in both.route.needs.needs:
        if not _everybodys(rule) and not any(need is without for need in rule.leaves()):
            verdict = both.diagrams.join(max, verdict, both.verdict(rule, False))
    return both.diagrams.join(lambda one, possible: one if possible else None, verdict, both.possible)


def _everybodys(rule: Rule) -> bool:
    return isinstance(rule, Need) and rule.fact == "mover_citizen"


def unheard(route: Route, cases: Iterable[Facts]) -> list[Trial]:
    """What conditions can say and none of these residents hears, in the order in which it stands."""
    left = {
        (place, verdict): None
        for place, need in enumerate(route.needs.leaves())
        if not _everybodys(need)
        for verdict in sorted(given(need))
    }
    for facts in cases:
        for trial in _tried(route, facts):
            left.pop(trial, None)
    return list(left)


def _tried(route: Route, facts: Facts) -> Iterator[Trial]:
    for place, need in enumerate(route.needs.leaves()):
        if (verdict := _heard(need, facts)) is not None:
            yield place, verdict


def _heard(need: Need, facts: Facts) -> int | None:
    """What a condition says of somebody who answers it; None where it does not count, or is not answered."""
    clear = facts.get(need.fact, UNSURE) != UNSURE
    return need.verdict(facts) if clear and (need.when is None or need.when.holds(facts)) else None


def trying(policy: Policy, route: Route, trials: Iterable[Trial]) -> dict[Trial, Resident]:
    """Somebody who hears each of them, where there can be somebody: one for whom it decides and the rest is met, if it can be."""
    both, needs = Compared(policy, policy, route, route), [*route.needs.leaves()]
    counted = _verdict(both)
    found: dict[Trial, Resident] = {}
    for place, verdict in trials:
        need = needs[place]
        hears = both.table({need.fact, *(need.when.facts if need.when else ())}, partial(_heard, need), False)
        worth = both.diagrams.join(partial(_plainly, verdict), hears, counted, _verdict(both, need))
        possible = [value for value in both.diagrams.leaves(worth) if isinstance(value, tuple)]
        if possible:
            best = min(possible)
            found[place, verdict] = both.somebody(both.diagrams.join(lambda value, best=best: value == best, worth))
    return found


def _plainly(wanted: int, heard: int | None, whole: int | None, rest: int | None) -> tuple[bool, bool, int] | None:
    """How far somebody is from showing a verdict of a condition alone; None for who does not hear it, or cannot be."""
    return None if heard != wanted or whole is None or rest is None else (whole == OPEN, whole != wanted, rest)
