"""Routes one by one: every condition, and every list of it, decides somebody's case; every status is somebody's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from flows.facts import Answer, Fact, Facts, When
from flows.policy import Policy
from flows.proving.answers import (
    Resident,
    at_least,
    at_stake,
    choices,
    found,
    given,
    hopeful,
    of_one_mind,
    of_rules,
    of_when,
    silent_in,
    smaller,
)
from flows.proving.claims import Found
from flows.routes import Route
from flows.rules import FITS, NONE, STATUS, AllOf, AnyOf, Need, Points, Rule, Texts


def of_routes(policy: Policy) -> Iterator[Found]:
    for route in policy.routes.values():
        yield from _Proof(policy, route).claims()
    yield from overlaps(policy)
    yield from differences(policy)


Judged = Need | Points
"""What gives a verdict by itself: a condition on one fact, or the points together."""


def judged(rule: Rule) -> Iterator[Judged]:
    if isinstance(rule, Need | Points):
        yield rule
    else:
        yield from (one for need in rule.needs for one in judged(need))


def instead(rule: Rule, old: Judged, verdict: int) -> Rule:
    """The rule as it would be if one of its conditions always gave this verdict."""
    if rule is old:
        return Need(next(old.leaves()).fact, {None: verdict}, Texts())
    if isinstance(rule, Need | Points):
        return rule
    needs = tuple(instead(need, old, verdict) for need in rule.needs)
    return AllOf(needs, rule.texts) if isinstance(rule, AllOf) else AnyOf(needs, rule.texts)


@dataclass(frozen=True)
class _Proof:
    """The claims about one route."""

    policy: Policy
    route: Route

    def claims(self) -> Iterator[Found]:
        if self._reaches(self.route.needs.needs, hopeful(self.route)) is None:
            yield self._fault("never_fits", self._at_odds())
            return
        yield from self._statuses()
        for rule in self.route.needs.needs:
            for need in judged(rule):
                yield from self._of(rule, need)

    def _fault(self, kind: str, rules: Sequence[Rule], verdict: int | None = None) -> Found:
        status = None if verdict is None else STATUS[verdict]
        return Found(kind, "fault", self.policy.city, (self.route.id,), tuple(rules), status=status)  # type: ignore[arg-type]  # one of the kinds

    def _reaches(self, rules: Sequence[Rule], verdicts: Sequence[int] | range) -> Resident | None:
        """A resident to whom these conditions together give one of these verdicts."""
        together, worst = AllOf(tuple(rules)), max(verdicts)
        return found(
            self._answers(rules),
            lambda facts, decided: at_least(together, facts, decided) <= worst,
            lambda facts: together.verdict(facts) in verdicts,
        )

    def _answers(self, rules: Sequence[Rule]) -> dict[str, tuple[Answer | None, ...]]:
        return choices(self.policy.facts, list(of_rules(rules)), silent_in(rules))

    def _at_odds(self) -> list[Rule]:
        """The fewest conditions, of those left when one after another is taken away, that nobody meets together."""
        kept = list(self.route.needs.needs)
        for rule in tuple(kept):
            fewer = [one for one in kept if one is not rule]
            if fewer and self._reaches(fewer, hopeful(self.route)) is None:
                kept = fewer
        return kept

    def _statuses(self) -> Iterator[Found]:
        """A status that some condition gives is somebody's."""
        needs = list(judged(self.route.needs))
        for verdict in sorted({verdict for need in needs for verdict in given(need)} - {FITS}):
            if self._reaches(self.route.needs.needs, (verdict,)) is None:
                yield self._fault("never_status", [need for need in needs if verdict in given(need)], verdict)
        if all(FITS in given(need) for need in needs) and self._reaches(self.route.needs.needs, (FITS,)) is None:
            yield self._fault("never_status", self._at_odds_at(FITS), FITS)

    def _at_odds_at(self, verdict: int) -> list[Rule]:
        return [pair for two in combinations(self.route.needs.needs, 2) if self._reaches(two, (verdict,)) is None for pair in two]

    # ---- one condition ----

    def _of(self, rule: Rule, need: Judged) -> Iterator[Found]:
        if isinstance(need, Need) and need.fact == "mover_citizen":  # a condition of every route, tried for all of them
            return
        if not self._matters(rule, need, given(need) - {NONE}, NONE):
            yield self._fault("never_met", self._against(rule, need))
            return
        lacking = sorted(given(need) - {FITS})
        idle = [verdict for verdict in lacking if not self._matters(rule, need, {verdict}, FITS)]
        if len(idle) == len(lacking):
            yield self._fault("always_met", [need])
        else:
            yield from (self._fault("never_decides", [need], verdict) for verdict in idle)
        if isinstance(need, Points):
            yield from (
                replace(self._fault("idle_item", [need]), fact=one.fact) for one in need.items if not self._tips(need, one)
            )

    def _tips(self, points: Points, item: Need) -> bool:
        """Is there somebody who has enough points, and has not without those of one item?"""
        others = [one for one in points.items if one is not item]
        least = min(item.points.values())

        def goal(facts: Facts) -> bool:
            without = sum(one.points[facts[one.fact]] for one in others) + least
            return self.route.needs.verdict(facts) < NONE and without < points.at_least

        hopeful = found(
            self._answers(self.route.needs.needs),
            lambda facts, decided: at_least(self.route.needs, facts, decided) < NONE,
            goal,
        )
        return hopeful is not None

    def _against(self, rule: Rule, need: Judged) -> list[Rule]:
        """The condition, and another one that is at odds with it by itself, if there is one."""
        lenient = need if rule is need else rule
        for other in self.route.needs.needs:
            if other is not rule and self._reaches((lenient, other), range(NONE)) is None:
                return [need, other]
        return [need]

    def _matters(self, rule: Rule, need: Judged, verdicts: frozenset[int] | set[int], else_: int) -> bool:
        """Is there somebody to whom the condition gives one of these verdicts, and whose case would be another if it gave
        `else_`?"""
        if not verdicts:
            return False
        changed = instead(self.route.needs, need, else_)
        others = AllOf(tuple(one for one in at_stake(self.route) if one is not rule))
        worst = max(given_by(rule)) if else_ == FITS else NONE

        def possible(facts: Facts, decided: frozenset[str]) -> bool:
            if isinstance(need, Points):
                return not others.needs or at_least(others, facts, decided) < worst
            if need.fact in decided and need.table.get(facts.get(need.fact), need.table[None]) not in verdicts:
                return False
            if need.when is not None and any(one in decided and facts.get(one) not in few for one, few in need.when.accepted):
                return False
            return not others.needs or at_least(others, facts, decided) < worst

        def goal(facts: Facts) -> bool:
            counts = not isinstance(need, Points) or need.verdict(facts) in verdicts
            return counts and self.route.needs.verdict(facts) != changed.verdict(facts)

        return found(self._answers((need, rule, *others.needs)), possible, goal) is not None


def given_by(rule: Rule) -> frozenset[int]:
    return frozenset().union(*(given(need) for need in judged(rule)))


# ---- several routes ----


def overlaps(policy: Policy) -> Iterator[Found]:
    """Every two routes of one matter that the same resident can meet, both of them."""
    for one, other in combinations(policy.routes.values(), 2):
        matter = next((matter for matter in policy.facts["matter"].options if matter in one.matters & other.matters), None)
        if matter is not None and (hit := _both(policy, one, other, matter)) is not None:
            expect = {route.id: STATUS[route.needs.verdict(hit)] for route in (one, other)}
            yield Found("overlap", "note", policy.city, (one.id, other.id), matter=matter, witness=hit, expect=expect)


def _both(policy: Policy, one: Route, other: Route, matter: str) -> Resident | None:
    both = AllOf((*at_stake(one), *(rule for rule in at_stake(other) if rule not in one.needs.needs)))
    steered = [look for inference in policy.inferences for look in of_when(inference.when)]
    looks = list(of_rules(both.needs))
    names = {fact for fact, _ in looks}
    answers = choices(policy.facts, looks + [look for look in steered if look[0] in names], silent_in(both.needs))
    start: Resident = {"city": policy.city, "matter": matter}

    def meets(facts: Facts) -> bool:
        return both.verdict(facts) == FITS and of_one_mind(policy, {**start, **facts})

    hit = found(answers, lambda facts, decided: at_least(both, facts, decided) == FITS, meets)
    return None if hit is None else {**start, **smaller(hit, meets)}


def differences(policy: Policy) -> Iterator[Found]:
    """What two routes call by one name and judge otherwise."""
    seen: dict[tuple[str, str], list[tuple[Route, Need]]] = {}
    for route in policy.routes.values():
        for need in route.needs.leaves():
            if need.texts.noun and need.fact != "mover_citizen":
                seen.setdefault((need.fact, need.texts.noun), []).append((route, need))
    for (fact, _), some in seen.items():
        for (one, first), (other, second) in combinations(some, 2):
            if differing := _differing(policy.facts[fact], first, second):
                yield Found(
                    "differs",
                    "note",
                    policy.city,
                    tuple(dict.fromkeys((one.id, other.id))),
                    (first, second),
                    fact=fact,
                    option=differing,
                )
                break


def _differing(fact: Fact, one: Need, other: Need) -> str:
    """The first option that the two judge otherwise, "" if there is none."""
    if _same(one.when, other.when):
        for option in fact.options:
            answer = fact.value_of(option)
            if one.table[answer] != other.table[answer]:
                return option
    return ""


def _same(one: When | None, other: When | None) -> bool:
    return (one.accepted if one else ()) == (other.accepted if other else ())
