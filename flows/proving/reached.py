"""Which statuses a route can give, each with somebody who gets it."""

from flows.policy import Policy
from flows.proving.answers import Resident
from flows.proving.compared import Compared
from flows.routes import Route
from flows.rules import OPEN, STATUS, Need, Status


def reached(policy: Policy, route: Route) -> dict[Status, Resident]:
    """Status -> somebody who gets it and says no more than is needed. That nothing is for a foreigner is said of every route at
    once: here it is no status of each."""
    both = Compared(policy, policy, route, route)
    own = [rule for rule in route.needs.needs if not (isinstance(rule, Need) and rule.fact == "mover_citizen")]
    verdict = both.diagrams.leaf(0)
    for rule in own:
        verdict = both.diagrams.join(max, verdict, both.verdict(rule, False))
    counted = both.diagrams.join(lambda one, possible: one if possible else None, verdict, both.possible)
    found: dict[Status, Resident] = {}
    for one in sorted(value for value in both.diagrams.leaves(counted) if isinstance(value, int) and value != OPEN):
        mine = both.diagrams.join(lambda value, one=one: value == one, counted)
        found[STATUS[one]] = both.somebody(mine)
    return found
