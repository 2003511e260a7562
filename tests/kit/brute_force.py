"""What a diff says, against residents drawn by lot who are asked in both versions."""

from collections.abc import Iterable, Iterator

from flows.facts import Answer, Facts
from flows.policy import Policy
from flows.proving.answers import of_one_mind
from flows.proving.changes import Change
from flows.proving.refined import Refined, landed
from flows.routes import Route
from flows.rules import STATUS

Seen = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]
"""A kind of answer, the route or topic, what it is about, and the answer in both versions."""

REFUSED = ("none", "open")


def followed(policy: Policy, facts: Facts) -> Facts:
    """The resident as they are heard by a version: what follows there is taken for said, and a number lies in a range."""
    known: dict[str, Answer] = landed(policy.facts, facts)
    for one in policy.inferences:
        if one.when.holds(known):
            known[one.fact] = one.answer
    return known


def seen_by(before: Policy, after: Policy, resident: Facts) -> set[Seen]:
    """All that one resident, of one mind by the old version, is answered otherwise."""
    resident, numbers = landed(before.facts, resident), resident
    versions = (before, resident), (after, followed(after, numbers))
    found: set[Seen] = set()
    for route in {**after.routes, **before.routes}:
        old, new = before.routes.get(route), after.routes.get(route)
        if old == new and before.inferences == after.inferences:
            continue
        was, is_ = (_status(policy.routes.get(route), facts) for policy, facts in versions)
        if was != is_ and "open" not in (was, is_):
            found.add(("status", route, "", (was,), (is_,)))
        if old and new:
            led, leads = _yes(old in before.asked_for(resident)), _yes(new in after.asked_for(resident))
            if led != leads:
                found.add(("asked", route, "", led, leads))
        if old and new and not {was, is_} & {*REFUSED}:
            found |= set(_details(old, resident, new, versions[1][1]))
    for topic in {**after.topics, **before.topics}:
        called, calls = (
            _yes(topic in [one.id for one in policy.topics_called(landed(policy.facts, numbers))]) for policy in (before, after)
        )
        if called != calls:
            found.add(("topic", topic, "", called, calls))
    return found


def _yes(so: bool) -> tuple[str, ...]:
    return ("yes",) if so else ()


def _status(route: Route | None, facts: Facts) -> str:
    return STATUS[route.needs.verdict(facts)] if route else "none"


def _details(old: Route, was: Facts, new: Route, is_: Facts) -> Iterator[Seen]:
    one, two = _places(old, was), _places(new, is_)
    if one != two:
        yield "place", new.id, "", one, two
    before, after = ({paper.id: paper.basis for paper in route.paper_list(facts)} for route, facts in ((old, was), (new, is_)))
    for paper in {**before, **after}:
        if before.get(paper) != after.get(paper):
            yield "paper", new.id, paper, _basis(before.get(paper)), _basis(after.get(paper))
    movers = {mover for route in (old, new) if route.family for mover in (*route.family.lists, *route.family.own)}
    for mover in movers:
        along, goes = _along(old, was, mover), _along(new, is_, mover)
        if along != goes:
            yield "family", new.id, mover, along, goes
    if _people(old, was) != _people(new, is_):
        yield "people", new.id, "", _people(old, was), _people(new, is_)


def _places(route: Route, facts: Facts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.place for one in route.places(facts)))


def _basis(basis: str | None) -> tuple[str, ...]:
    return (basis,) if basis else ()


def _along(route: Route, facts: Facts, mover: str) -> tuple[str, ...]:
    sorted_ = route.family.sort({**facts, "movers": (mover,)}) if route.family else {}
    return tuple(answer for answer, some in sorted_.items() if mover in some)


def _people(route: Route, facts: Facts) -> tuple[str, ...]:
    """How many of the family may move: the fewest and the most, by every range in which the amount can be."""
    quota = route.family.quota if route.family else None
    if quota is None:
        return ()
    told = facts.get(quota.fact)
    can = [people - quota.with_mover for one, people in quota.people.items() if told in (one, None, "unsure")]
    ends = not quota.growing or max(can) + quota.with_mover < max(quota.people.values())
    return str(min(can)), str(max(can)) if ends else ""


def told(changes: Iterable[Change], before: Policy, after: Policy, resident: Facts) -> set[Seen]:
    """What the classes say of the resident."""
    is_, was = followed(after, resident), landed(before.facts, resident)
    exactly = landed(Refined(before, after).facts, resident)
    return {
        (one.kind, one.one, one.about, one.old, one.new)
        for one in changes
        if all(exactly.get(fact) in answers for fact, answers in one.condition.items())
        and _of_those(one, before, was, after, is_)
    }


def _of_those(one: Change, before: Policy, resident: Facts, after: Policy, is_: Facts) -> bool:
    if one.among == "all":
        return True
    was, now = _status(before.routes.get(one.one), resident), _status(after.routes.get(one.one), is_)
    if "open" in (was, now):
        return False
    return {"old": (was,) == one.old, "new": (now,) == one.new, "open": not {was, now} & {*REFUSED}}[one.among]


def misses(changes: Iterable[Change], before: Policy, after: Policy, residents: Iterable[Facts]) -> Iterator[str]:
    """A sentence for each of some residents of whom the diff says too little or too much."""
    some = tuple(changes)
    for resident in residents:
        if of_one_mind(before, landed(before.facts, resident)):
            seen, said = seen_by(before, after, resident), told(some, before, after, resident)
            if seen != said:
                yield f"missed {seen - said}, invented {said - seen}: {dict(resident)}"
