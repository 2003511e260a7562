"""Relevance: how near a question is to what a caller came for, by the routes that are still open."""

from collections.abc import Iterable

from flows.facts import Facts
from flows.policy import Policy
from flows.rules import NONE

NOW, LATER, ELSEWHERE, SETTLED = range(4)
"""An open route of the matter wants it now; may want it later; only another route does; it is told, or changes nothing."""

ALWAYS = ("city", "matter", "county")  # what a talk is about, whichever routes there are


def relevance(policy: Policy, facts: Facts) -> dict[str, int]:
    """Fact -> how near it is. What no route, topic or card of the city ever asks is not there."""
    near = dict.fromkeys([*ALWAYS, *asked(policy)], SETTLED)
    matter = facts.get("matter")
    of_matter = [route for route in policy.routes.values() if matter in route.matters] or [*policy.routes.values()]
    for route in policy.routes.values():
        judged = route.needs.judge(facts)
        if judged.verdict == NONE:
            continue
        ours = route in of_matter
        _nearer(near, route.looked_at, LATER if ours else ELSEWHERE)
        _nearer(near, judged.wanted, NOW if ours else ELSEWHERE)
    _nearer(near, ALWAYS, NOW)
    return near | dict.fromkeys((fact for fact in facts if fact in near), SETTLED)


def _nearer(near: dict[str, int], facts: Iterable[str], how: int) -> None:
    for fact in facts:
        near[fact] = min(near.get(fact, SETTLED), how)


def asked(policy: Policy) -> frozenset[str]:
    """Every fact that a route or topic of the city looks at."""
    topics = (topic.when.facts for topic in policy.topics.values() if topic.when is not None)
    return frozenset().union(*(route.looked_at for route in policy.routes.values()), *topics)
