"""Residue: what of the answers so far a talk still depends on. Two talks that leave the same go on, and end, alike.

So a talk is walked once for all of them. Left out is only what nothing reads any more: a condition that is decided counts by
its verdict, whatever the answers were that decided it; a route that is ruled out for good does not count at all.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from flows.facts import UNSURE, Facts, Inference, Narrowing, When
from flows.policy import GROUND, HOPE, LOST, Policy, stands_on
from flows.proving.answers import Look, Resident, of_rules, of_when
from flows.routes import Family, Route
from flows.rules import FITS, FITS_IF, NONE, OPEN, STATUS, Need, Points, Rule

DEAD, SAID, AHEAD = "dead", "said", "ahead"
HOPEFUL = {verdict: HOPE.index(STATUS[verdict]) for verdict in range(FITS_IF + 1)}


def is_dead(when: When | None, fixed: Facts) -> bool:
    """Whether it does not hold, whatever else is said: an answer that was given stays, and "not sure" is one."""
    return when is not None and any(fact in fixed and fixed[fact] not in accepted for fact, accepted in when.accepted)


def is_sure(when: When | None, fixed: Facts) -> bool:
    """Whether it holds, whatever else is said."""
    return when is None or all(fact in fixed and fixed[fact] in accepted for fact, accepted in when.accepted)


def left_of(when: When | None, fixed: Facts) -> Hashable:
    """What is left of a situation: dead, or what was said that is part of it ("not sure" counts otherwise in details)."""
    if when is None:
        return ()
    said = [(fact, fixed[fact] in accepted) for fact, accepted in when.accepted if fact in fixed]
    against = any(not fits and fixed[fact] != UNSURE for fact, fits in said)
    return DEAD if against else tuple(said)


def asked_of(when: When, fixed: Facts) -> Hashable:
    """The same where it only matters which of its facts are still to be asked: none, once all were said."""
    left = left_of(when, fixed)
    if left == DEAD:
        return DEAD
    if all(fact in fixed for fact in when.facts):
        return SAID
    return tuple(fact for fact in when.facts if fact in fixed)


def is_decided(need: Need, fixed: Facts) -> bool:
    return is_dead(need.when, fixed) or (is_sure(need.when, fixed) and need.fact in fixed)


def lies_ahead(need: Need, fixed: Facts) -> bool:
    """Whether a stage may still be what keeps the route shut for now."""
    return bool(need.ahead) and (need.fact not in fixed or fixed[need.fact] in need.ahead)


Role = tuple[When | None, tuple[When, ...], bool]
"""Of somebody who may move along: where the clause names them, where it gives them the same right, whether it leaves them out."""


def rule_is_decided(rule: Rule, fixed: Facts) -> bool:
    if isinstance(rule, Points):
        return rule.verdict(fixed) != OPEN
    if isinstance(rule, Need):
        return is_decided(rule, fixed)
    return all(rule_is_decided(need, fixed) for need in rule.needs)


def shown_by(family: Family, movers: tuple[str, ...], fixed: Facts) -> frozenset[Role]:
    """What a family rule still sees of who moves along: which of its situations they call for, and whether it asks of others."""
    roles = set()
    for mover in movers:
        named, own = family.named_if.get(mover), tuple(when for when in family.own.get(mover, ()) if not is_dead(when, fixed))
        if named or own or family.lists.get(mover) not in (None, "no"):
            roles.add((named, own, family.lists.get(mover) in (None, "no")))
    return frozenset(roles)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a route: of the conditions that are decided only what they come to."""

    asked_for: bool
    grounded: bool
    worst: int
    best: int
    lacks: bool
    open: tuple[Hashable, ...]  # of each condition that is not decided
    details: Hashable

    @property
    def counts_as(self) -> Hashable:
        """Of a settled route only what is still asked for it: how the best of them came out stands beside."""
        return (self.grounded or self.worst == FITS, self.details) if self.is_settled else id(self)

    @property
    def is_settled(self) -> bool:
        return self.asked_for and not self.open and self.worst <= FITS_IF


def lost(said: Facts) -> tuple[int, int]:
    """How many answers at the end were "not sure", and how many there are, as far as it matters."""
    answers = list(said.values())[-LOST:]
    unsure = next((count for count, answer in enumerate(reversed(answers)) if answer != UNSURE), len(answers))
    return unsure, min(len(said), LOST + 1)


@dataclass(frozen=True)
class Residue:
    """What is left of the answers of a talk on one matter. `routes`: those that the matter can lead to.

    Long, as whatever a talk still reads must be looked for in one place: what is forgotten here joins talks that differ.
    """

    policy: Policy
    routes: tuple[Route, ...]

    # ---- who looks at an answer ----

    @cached_property
    def looks(self) -> list[Look]:
        """Everybody who looks at an answer in the talk."""
        looks: list[Look] = [*of_rules(rule for route in self.routes for rule in route.needs.needs)]
        looks += [look for when in self._whens() for look in of_when(when)]
        stages = [need for route in self.routes for need in route.needs.leaves() if need.ahead]
        looks += [(need.fact, lambda answer, need=need: need.ahead.get(str(answer))) for need in stages]  # type: ignore[misc]  # bound now
        looks += [(fact, "no".__eq__) for fact in ("live_together", "mover_citizen")]
        for route in self.routes:
            looks.append((GROUND, lambda grounds, route=route: grounds != UNSURE and route.grounds.isdisjoint(grounds)))  # type: ignore[misc]  # bound now
            if route.family is not None:
                if route.family.quota is not None:
                    looks.append((route.family.quota.fact, route.family.quota.people.get))
                looks.append(("movers", lambda movers, family=route.family: movers == UNSURE or shown_by(family, movers, {})))  # type: ignore[misc]  # bound now
        return looks

    def _whens(self) -> Iterator[When]:
        for route in self.routes:
            yield from (when for need in route.needs.leaves() for when in need.asked_when)
            yield from details(route)
        yield from (one.when for one in self._steering)
        yield from self._silences
        yield from (topic.when for topic in self.policy.topics.values() if topic.when is not None)

    # ---- what is left ----

    def key(self, said: Facts) -> Hashable:
        """The same for two talks only if they go on alike."""
        fixed = {**said, **self._once("follows", self._steering_facts, said, self._following)}
        left = [self._once(route.id, self._looked_at[route.id], fixed, partial(self._left, route)) for route in self.routes]
        alive = tuple(route.id for route, some in zip(self.routes, left, strict=True) if some is not None)
        steered = self._once(alive, self._steering_facts, fixed, partial(self._steered, alive))
        settled = [some.worst for some in left if some is not None and some.is_settled]
        lead, hope = min(settled, default=NONE), min((HOPEFUL[verdict] for verdict in settled), default=None)
        flags = (GROUND in fixed, fixed.get("mover_citizen") == "no", lead, hope)
        waits = any(some is not None and some.open[:1] == (AHEAD,) for some in left)
        silent = tuple(left_of(when, fixed) for when in self._silences) if waits else None
        return (
            silent,
            tuple([some and some.counts_as for some in left]),
            id(steered),
            flags,
            None if lead < FITS_IF else lost(said),
        )

    def _once(self, name: Hashable, facts: tuple[str, ...], known: Facts, work: Callable[[Facts], Any]) -> Any:
        """What follows from some of the facts, worked out once for each answers to them; the same object for what is equal."""
        key = (name, *map(known.get, facts))
        if key not in self._memory:
            made = work(known)
            self._memory[key] = made if made is None else self._same.setdefault((name, made) if name != "follows" else key, made)
        return self._memory[key]

    @cached_property
    def _memory(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def _same(self) -> dict[Hashable, Any]:
        return {}

    def _following(self, said: Facts) -> Resident:
        """What follows from the answers, whatever else is said."""
        fixed = dict(said)
        loose: set[str] = set()  # something may follow for them, and what is not certain yet
        for one in self.policy.inferences:
            if one.fact in fixed or is_dead(one.when, fixed):
                continue
            if one.fact not in loose and is_sure(one.when, fixed):
                fixed[one.fact] = one.answer
            else:
                loose.add(one.fact)
        return {fact: answer for fact, answer in fixed.items() if fact not in said}

    @cached_property
    def _silences(self) -> tuple[When, ...]:
        """The situations on which the document is silent: where it is, nobody is asked about what lies ahead."""
        if not any(need.ahead for route in self.routes for need in route.needs.leaves()):
            return ()
        return tuple(line.when for lines in self.policy.silent.values() for line in lines if line.when is not None)

    @cached_property
    def _steering(self) -> tuple[Inference | Narrowing, ...]:
        return (*self.policy.inferences, *self.policy.narrowings)

    @cached_property
    def _steering_facts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(fact for one in self._steering for fact in (one.fact, *one.when.facts)))

    @cached_property
    def _stages(self) -> dict[str, tuple[Need, ...]]:
        """Route -> its conditions of which a stage may lie ahead."""
        return {route.id: tuple(need for need in route.needs.leaves() if need.ahead) for route in self.routes}

    @cached_property
    def _looked_at(self) -> dict[str, tuple[str, ...]]:
        """Route -> the facts that it reads, its details and what it asks of its own accord."""
        found = {}
        for route in self.routes:
            asked = [when for need in route.needs.leaves() for when in need.asked_when]
            read = {fact for when in (*details(route), *asked) for fact in when.facts}
            found[route.id] = tuple(sorted(route.looked_at | read | {GROUND, "matter"}))
        return found

    @cached_property
    def _live_of(self) -> dict[tuple[str, ...], frozenset[str]]:
        return {}

    def _live(self, routes: tuple[str, ...]) -> frozenset[str]:
        """The facts that some routes may still read, directly or through what follows from them."""
        if routes not in self._live_of:
            self._live_of[routes] = self._read_by(routes)
        return self._live_of[routes]

    def _read_by(self, routes: tuple[str, ...]) -> frozenset[str]:
        live = {"mover_citizen"}.union(*(when.facts for when in self._silences)).union(
            *(self._looked_at[route] for route in routes)
        )
        size = 0
        while len(live) > size:
            size = len(live)
            for one in self._steering:
                if one.fact in live:
                    live.update(one.when.facts)
        return frozenset(live)

    def _steered(self, alive: tuple[str, ...], fixed: Facts) -> Hashable:
        """What can still follow, and which options are not offered."""
        live = self._live(alive)
        return tuple(left_of(one.when, fixed) if one.fact in live and one.fact not in fixed else None for one in self._steering)

    def _left(self, route: Route, fixed: Facts) -> "Left | None":
        """What is left of a route; None: it is ruled out for good, or the matter does not lead to it."""
        decided = [rule for rule in route.needs.needs if rule_is_decided(rule, fixed)]
        grounded = stands_on(route, fixed)
        asked_for = grounded or fixed.get("matter") in route.matters
        if not asked_for and GROUND in fixed:
            return None
        if any(lies_ahead(need, fixed) for need in self._stages[route.id]):  # judged again as it will be: all its answers count
            read = dict.fromkeys(fact for fact, _ in of_rules(route.needs.needs))
            said = tuple((fact, fixed[fact]) for fact in read if fact in fixed)
            return Left(asked_for, grounded, FITS, FITS, False, (AHEAD, *said), self._left_details(route, fixed))
        if any(rule.verdict(fixed) == NONE for rule in decided):
            return None
        return Left(
            asked_for=asked_for,
            grounded=grounded,
            worst=max((rule.verdict(fixed) for rule in decided), default=FITS),
            best=max((rule.judge(fixed).best for rule in decided), default=FITS),
            lacks=any(need.verdict(fixed) == FITS_IF for rule in decided for need in rule.leaves()),
            open=tuple(
                (place, *left_of_rule(rule, fixed))
                for place, rule in enumerate(route.needs.needs)
                if not rule_is_decided(rule, fixed)
            ),
            details=self._left_details(route, fixed),
        )

    def _left_details(self, route: Route, fixed: Facts) -> Hashable:
        """What is still asked for it: where the hukou goes, which papers, who moves along."""
        placements = []
        for placement in route.placements:
            if is_sure(placement.when, fixed):
                break
            if not is_out(placement.when, fixed):
                placements.append((placement.asked, left_of(placement.when, fixed)))
        papers = {asked_of(paper.when, fixed) for paper in route.papers if paper.basis != "implied" and paper.when}
        return tuple(placements), frozenset(papers - {DEAD, SAID}), route.family and left_of_family(route.family, fixed)


def left_of_family(family: Family, fixed: Facts) -> Hashable:
    movers = fixed.get("movers")
    if "movers" in fixed and not isinstance(movers, tuple):
        return None
    together = fixed["live_together"] == "no" if "live_together" in fixed else None
    seen = shown_by(family, movers, fixed) if isinstance(movers, tuple) else None
    called = [named for named, _, _ in seen if named] if seen is not None else list(family.named_if.values())
    own = (
        {when for some in family.own.values() for when in some}
        if seen is None
        else {when for _, some, _ in seen for when in some}
    )
    named = frozenset((when, asked_of(when, fixed)) for when in called)
    counted = family.quota is None or family.quota.fact in fixed
    done = together is False and counted and all(left in (DEAD, SAID) for _, left in named)
    if seen is not None and (not seen or together or done):
        return None
    return counted, together, named, frozenset((when, left_of(when, fixed)) for when in own if not is_dead(when, fixed)), seen


def is_out(when: When | None, fixed: Facts) -> bool:
    """Whether it neither holds nor is asked about, whatever else is said."""
    return when is not None and (left_of(when, fixed) == DEAD or (is_dead(when, fixed) and asked_of(when, fixed) == SAID))


def left_of_rule(rule: Rule, fixed: Facts) -> Iterator[Hashable]:
    """What is left of a condition: of points only how many there are and can be, and which items are still to come."""
    if isinstance(rule, Points):
        yield (*rule.score(fixed), *(item.fact for item in rule.items if item.fact not in fixed))
    elif isinstance(rule, Need):
        yield left_of_need(rule, fixed)
    else:
        yield from (left for need in rule.needs for left in left_of_rule(need, fixed))


def left_of_need(need: Need, fixed: Facts) -> Hashable:
    if is_decided(need, fixed):
        return need.verdict(fixed)
    verdict = need.table.get(fixed[need.fact], need.table[None]) if need.fact in fixed else None
    asked = () if need.fact in fixed else tuple(left_of(when, fixed) for when in need.asked_when)
    return verdict, left_of(need.when, fixed), asked


def details(route: Route) -> Iterator[When]:
    """The situations on which details hang: where the hukou goes, papers that the document names, who moves along."""
    yield from (placement.when for placement in route.placements if placement.when is not None)
    yield from (paper.when for paper in route.papers if paper.when is not None and paper.basis != "implied")
    if route.family is not None:
        yield from route.family.named_if.values()
        yield from (when for some in route.family.own.values() for when in some)
