"""The proof of a city, in parts that can be worked on beside one another: its routes, then the talks on each matter."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flows.policy import Policy
from flows.proving.claims import Found
from flows.proving.interview import MOST_STATES, Walk
from flows.proving.listed import of_lists
from flows.proving.placements import of_placements
from flows.proving.routes import of_routes
from flows.rules import OPEN

ROUTES = ""  # the part that is about no talk


@dataclass(frozen=True, slots=True)
class Part:
    """What a part of the proof found, and the questions that its talks ask, with the options that some talk offers."""

    found: tuple[Found, ...]
    asked: Mapping[str, frozenset[str]] = field(default_factory=dict)


def parts(policy: Policy) -> tuple[str, ...]:
    return (ROUTES, *policy.facts["matter"].options)


def proved(policy: Policy, part: str, most: int = MOST_STATES) -> Part:
    if part == ROUTES:
        return Part((*of_routes(policy), *of_placements(policy), *of_lists(policy)))
    walk = Walk(policy, part, most)
    found = tuple(walk.claims())
    return Part(found, {fact: frozenset(options) for fact, options in walk.asked.items()})


def together(policy: Policy, some: Iterable[Part]) -> tuple[Found, ...]:
    """All that the parts found, and what shows only in all talks together."""
    every = tuple(some)
    found = [one for part in every for one in part.found]
    if not any(one.kind == "too_many" for one in found):
        found += _unasked(policy, every)
    return tuple(found)


def prove(policy: Policy) -> tuple[Found, ...]:
    return together(policy, [proved(policy, part) for part in parts(policy)])


def _unasked(policy: Policy, every: tuple[Part, ...]) -> Iterator[Found]:
    """Questions that a condition needs, and options, to which no talk comes, and that follow from nothing else."""
    asked: dict[str, set[str]] = {}
    for part in every:
        for fact, options in part.asked.items():
            asked.setdefault(fact, set()).update(options)
    following = {(one.fact, option) for one in policy.inferences for option in [one.answer, *one.answer]}
    needs = [need for route in policy.routes.values() for need in route.needs.leaves()]
    for fact in dict.fromkeys(need.fact for need in needs if need.table[None] == OPEN):
        if fact not in asked and not any(one == fact for one, _ in following):
            yield Found("never_asked", "fault", policy.city, fact=fact)
    for fact, offered in asked.items():
        for option in policy.facts[fact].options:
            if option not in offered and (fact, option) not in following and fact not in ("matter", "ground"):
                yield Found("never_offered", "fault", policy.city, fact=fact, option=option)
