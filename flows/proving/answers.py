"""Answers: of every fact one answer for all that nothing tells apart, and a search through residents made of them.

So few are left that whoever there can be is looked at, and not a sample.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

from flows.facts import UNSURE, Answer, Fact, Facts, When
from flows.policy import Policy
from flows.routes import Route
from flows.rules import FITS, NONE, NOT_GOVERNED, OPEN, AllOf, Need, Points, Rule

Look = tuple[str, Callable[[Answer], Hashable]]
"""A fact, and what somebody sees of an answer to it: two answers that look the same to all come to the same."""

Resident = dict[str, Answer]


def of_need(need: Need) -> Iterator[Look]:
    yield need.fact, lambda answer: (need.table.get(answer, need.table[None]), need.points.get(answer))
    if need.when is not None:
        yield from of_when(need.when)


def of_when(when: When) -> Iterator[Look]:
    for fact, accepted in when.accepted:
        yield fact, accepted.__contains__


def of_rules(rules: Iterable[Rule]) -> Iterator[Look]:
    for rule in rules:
        for need in rule.leaves():
            yield from of_need(need)


def told_apart(fact: Fact, looks: Sequence[Look], unsure: bool = False) -> tuple[Answer, ...]:
    """One answer of each kind that the looks tell apart, the shortest first."""
    seen: dict[Hashable, Answer] = {}
    mine = [look for name, look in looks if name == fact.id]
    for answer in (*fact.every_answer(), *([UNSURE] if unsure else [])):
        seen.setdefault((answer == UNSURE, *(look(answer) for look in mine)), answer)
    return tuple(seen.values())


def choices(facts: Mapping[str, Fact], looks: Sequence[Look], silent: Iterable[str] = ()) -> dict[str, tuple[Answer | None, ...]]:
    """For each fact looked at the answers told apart; of a silent one also that nobody mentions it."""
    quiet = set(silent)
    names = dict.fromkeys(name for name, _ in looks)
    return {name: (*([None] if name in quiet else []), *told_apart(facts[name], looks)) for name in names}


def silent_in(rules: Iterable[Rule]) -> frozenset[str]:
    """The facts that nobody is asked about of their own accord: where they are not mentioned, the condition is met."""
    needs = [need for rule in rules for need in rule.leaves()]
    return frozenset(need.fact for need in needs if need.table[None] != OPEN)


def found(
    options: Mapping[str, tuple[Answer | None, ...]],
    possible: Callable[[Facts, frozenset[str]], bool],
    goal: Callable[[Facts], bool],
) -> Resident | None:
    """A resident who meets the goal, None if there is none. `possible`: whether, by the answers so far, there can still be one;
    it is also handed the facts that are decided."""
    names = tuple(options)
    decided = [frozenset(names[:count]) for count in range(len(names) + 1)]

    def search(resident: Resident, depth: int) -> Resident | None:
        if not possible(resident, decided[depth]):
            return None
        if depth == len(names):
            return resident if goal(resident) else None
        for answer in options[names[depth]]:
            more = resident if answer is None else {**resident, names[depth]: answer}
            if (hit := search(more, depth + 1)) is not None:
                return hit
        return None

    return search({}, 0)


def smaller(resident: Resident, still: Callable[[Resident], bool], keep: Iterable[str] = ()) -> Resident:
    """The resident without the answers that are not needed for what is to be shown."""
    kept = set(keep)
    for fact in reversed(tuple(resident)):
        less = {one: answer for one, answer in resident.items() if one != fact}
        if fact not in kept and still(less):
            resident = less
    return resident


def of_one_mind(policy: Policy, resident: Facts) -> bool:
    """Whether nothing that a resident says is against what follows from the rest of it."""
    return all(resident.get(one.fact, one.answer) == one.answer or not one.when.holds(resident) for one in policy.inferences)


def counts(when: When | None, facts: Facts, decided: frozenset[str]) -> bool | None:
    """Whether a situation holds; None as long as a fact of it is not decided."""
    if when is None:
        return True
    open_ = False
    for fact, accepted in when.accepted:
        if fact not in decided:
            open_ = True
        elif facts.get(fact) not in accepted:
            return False
    return None if open_ else True


def at_least(rule: Rule, facts: Facts, decided: frozenset[str]) -> int:
    """The best that a rule can give, whatever the facts are that are not decided."""
    if isinstance(rule, Need):
        if not counts(rule.when, facts, decided):
            return FITS
        return rule.table.get(facts.get(rule.fact), rule.table[None]) if rule.fact in decided else min(rule.table.values())
    if isinstance(rule, Points):
        known = {fact: answer for fact, answer in facts.items() if fact in decided}
        return FITS if rule.score(known)[1] >= rule.at_least else NONE
    each = [at_least(need, facts, decided) for need in rule.needs]
    return max(each) if isinstance(rule, AllOf) else min(each)


def at_stake(route: Route) -> tuple[Rule, ...]:
    """A route's conditions, those first that rest on the fewest facts."""
    return tuple(sorted(route.needs.needs, key=lambda rule: len({need.fact for need in rule.leaves()})))


def given(need: Need | Points) -> frozenset[int]:
    """The verdicts that a condition gives to a clear answer."""
    if isinstance(need, Points):
        return frozenset((FITS, NONE))
    return frozenset(verdict for answer, verdict in need.table.items() if answer not in (None, UNSURE))


def hopeful(route: Route) -> range:
    """What somebody can apply by, or may; of a route that only says where the rules stand, that it is governed elsewhere."""
    plain = [rule for rule in route.needs.needs if isinstance(rule, Need) and rule.when is None]
    return range(NONE if any(min(given(rule)) == NOT_GOVERNED for rule in plain) else OPEN)
