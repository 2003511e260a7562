"""One route in two versions of a city's rules: the answers that either tells apart, and what each says, as diagrams."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

from flows.facts import UNSURE, Answer, Facts, Inference
from flows.policy import Policy
from flows.proving.answers import Look, Resident, of_one_mind, of_rules, of_when
from flows.proving.diagrams import Cube, Diagrams, Node
from flows.proving.refined import Refined
from flows.routes import Paper, Route
from flows.rules import ALTERNATIVES, NONE, AllOf, Need, Points, Rule

Detail = Literal["place", "paper", "family", "people"]
Told = tuple[str, ...]
"""An answer: a status, the places, why a paper is listed, how somebody may move along, how many may (fewest and most, "" where
there is no most); empty where nothing is said."""

Read = Callable[[Route, Facts], Told]


@dataclass(frozen=True)
class Compared:
    """The route in both versions; None where it is not there: then nobody meets it."""

    before: Policy
    after: Policy
    old: Route | None
    new: Route | None

    @property
    def route(self) -> Route:
        return self.new or self.old  # type: ignore[return-value]  # it is in one of them

    @cached_property
    def refined(self) -> Refined:
        return Refined(self.before, self.after)

    @cached_property
    def added(self) -> tuple[Inference, ...]:
        """What follows now and did not: who says otherwise is not asked any more."""
        return tuple(one for one in self.after.inferences if one not in self.before.inferences)

    @cached_property
    def looks(self) -> list[Look]:
        found = [self._by(now, look) for route, now in ((self.old, False), (self.new, True)) if route for look in _looks(route)]
        names = {name for name, _ in found}
        for one in reversed(self.added):
            if one.fact in names:
                found += [self._by(True, look) for look in of_when(one.when)]
                names |= {*one.when.facts}
        for one in self.steered(names):
            found += [self._by(False, look) for look in (*of_when(one.when), (one.fact, one.answer.__eq__))]
        return found

    def _by(self, now: bool, look: Look) -> Look:
        """What a version sees of an answer."""
        name, sees = look
        return name, lambda answer: sees(self.refined.answer(name, answer, now))

    def steered(self, names: Iterable[str]) -> list[Inference]:
        """What follows from these facts alone about one of them."""
        known = set(names)
        return [one for one in self.before.inferences if one.fact in known and known.issuperset(one.when.facts)]

    @cached_property
    def classes(self) -> dict[str, list[tuple[Answer | None, ...]]]:
        """Of each fact the answers, those together that nothing tells apart."""
        names = {name for name, _ in self.looks}
        order = [name for name in {**self.after.facts, **self.before.facts} if name in names]
        return {name: list(_alike(self.every_answer(name), [look for one, look in self.looks if one == name])) for name in order}

    def every_answer(self, name: str) -> tuple[Answer | None, ...]:
        return (*self.refined.every_answer(name), UNSURE, None)

    @cached_property
    def diagrams(self) -> Diagrams:
        return Diagrams({name: tuple(some[0] for some in classes) for name, classes in self.classes.items()})

    @cached_property
    def weights(self) -> dict[str, tuple[int, ...]]:
        return {
            name: tuple(sum(1 for one in some if one not in (None, UNSURE)) for some in classes)
            for name, classes in self.classes.items()
        }

    # ---- what each version says, as diagrams ----

    @cached_property
    def possible(self) -> Node:
        """Whether nothing that somebody says is against what follows from the rest of it."""
        made, names = self.diagrams.leaf(True), set(self.classes)
        for one in self.steered(names):
            follows = self.table({one.fact, *one.when.facts}, partial(agrees, one), False)
            made = self.diagrams.join(lambda a, b: a and b, made, follows)
        return made

    def table(self, facts: Iterable[str], worth: Callable[[Facts], Hashable], now: bool) -> Node:
        """`now`: as the new version reads it, with what follows there."""
        if not now:
            return self.diagrams.table(facts, lambda known: worth(self.refined.read(known, False)))
        named = {*facts}
        for one in reversed(self.added):
            if one.fact in named:
                named |= {*one.when.facts}
        return self.diagrams.table(named, lambda known: worth(_as_followed(self.added, self.refined.read(known, True))))

    def verdict(self, rule: Rule | None, now: bool) -> Node:
        if rule is None:
            return self.diagrams.leaf(NONE)
        if isinstance(rule, Need):
            return self.table({rule.fact, *(rule.when.facts if rule.when else ())}, rule.verdict, now)
        if isinstance(rule, Points):
            return self.table({item.fact for item in rule.items}, rule.verdict, now)
        worse: Callable[..., Hashable] = max if isinstance(rule, AllOf) else _more_hopeful
        made = self.verdict(rule.needs[0], now)
        for one in rule.needs[1:]:
            made = self.diagrams.join(worse, made, self.verdict(one, now))
        return made

    def somebody(self, mine: Node) -> Resident:
        """One of those for whom a diagram is true, who says no more than is needed, and asks for what the route is for."""
        after = self.after
        said = {"city": after.city, **plainest(self.diagrams, self.diagrams.a_class(mine) or {})}
        for matter in (one for one in after.facts["matter"].options if one in self.route.matters):
            if "matter" not in said and of_one_mind(after, after.known(self.refined.read({**said, "matter": matter}, True))):
                return {"city": after.city, "matter": matter, **self.refined.said(said)}
        return self.refined.said(said)

    @cached_property
    def verdicts(self) -> tuple[Node, Node]:
        old, new = (route.needs if route else None for route in (self.old, self.new))
        return self.verdict(old, False), self.verdict(new, True)


def plainest(diagrams: Diagrams, some: Cube) -> Resident:
    """One of a class, who says nothing where it may be left unsaid."""
    answers = {fact: [diagrams.answers[fact][at] for at in sorted(few)] for fact, few in some.items()}
    return {fact: few[0] for fact, few in answers.items() if None not in few and few[0] is not None}


# ---- what there is to a route besides its verdict ----


def details(old: Route, new: Route, every: bool = False) -> Iterator[tuple[Detail, str, set[str], Read]]:
    """Each detail of two routes that are not alike in it: the facts it hangs on, and how it is read. `every`: or are."""
    if every or old.placements != new.placements:
        whens = [one.when for route in (old, new) for one in route.placements if one.when]
        yield "place", "", {fact for when in whens for fact in when.facts}, _places
    for paper in dict.fromkeys(one.id for route in (old, new) for one in route.papers):
        was, is_ = ([one for one in route.papers if one.id == paper] for route in (old, new))
        if every or [*map(_kept, was)] != [*map(_kept, is_)]:
            whens = [when for one in (*was, *is_) for when in (one.when, one.unless) if when]
            yield "paper", paper, {fact for when in whens for fact in when.facts}, partial(_basis, paper)
    if every or old.family != new.family:
        movers = [mover for route in (old, new) if route.family for mover in (*route.family.lists, *route.family.own)]
        for mover in dict.fromkeys(movers):
            yield (
                "family",
                mover,
                {"live_together", *_family_facts(old, mover), *_family_facts(new, mover)},
                partial(_along, mover),
            )
        if quotas := [route.family.quota for route in (old, new) if route.family and route.family.quota]:
            yield "people", "", {quota.fact for quota in quotas}, _people


def _kept(paper: Paper) -> tuple[object, ...]:
    return paper.basis, paper.when, paper.unless


def _family_facts(route: Route, mover: str) -> Iterator[str]:
    if route.family is not None:
        whens = [*route.family.own.get(mover, ()), *([named] if (named := route.family.named_if.get(mover)) else [])]
        yield from (fact for when in whens for fact in when.facts if fact != "movers")


def _places(route: Route, facts: Facts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.place for one in route.places(facts)))


def _basis(paper: str, route: Route, facts: Facts) -> tuple[str, ...]:
    return tuple(one.basis for one in route.papers if one.id == paper and one.listed(facts))[:1]


def _along(mover: str, route: Route, facts: Facts) -> tuple[str, ...]:
    """How somebody who wants to move along may."""
    if route.family is None:
        return ()
    sorted_ = route.family.sort({**facts, "movers": (mover,)})
    return tuple(answer for answer, some in sorted_.items() if mover in some)


def _people(route: Route, facts: Facts) -> tuple[str, ...]:
    quota = route.family and route.family.quota
    if not quota:
        return ()
    least, most = quota.bounds(facts)
    return str(least - quota.with_mover), "" if most is None else str(most - quota.with_mover)


def _looks(route: Route) -> Iterator[Look]:
    yield from of_rules(route.needs.needs)
    whens = [one.when for one in route.placements] + [when for one in route.papers for when in (one.when, one.unless)]
    if route.family is not None:
        whens += [*route.family.named_if.values(), *(when for some in route.family.own.values() for when in some)]
        yield "live_together", str
        if route.family.quota is not None:
            yield route.family.quota.fact, route.family.quota.people.get
    for when in whens:
        if when is not None:
            yield from of_when(when)


def _alike(answers: Iterable[Answer | None], looks: list[Callable[[Answer], Hashable]]) -> Iterator[tuple[Answer | None, ...]]:
    seen: dict[Hashable, list[Answer | None]] = {}
    for answer in answers:
        key = (answer == UNSURE, answer is None, *(look(answer) for look in looks if answer is not None))
        seen.setdefault(key, []).append(answer)
    return (tuple(some) for some in seen.values())


def agrees(one: Inference, facts: Facts) -> bool:
    return facts.get(one.fact, one.answer) == one.answer or not one.when.holds(facts)


def _as_followed(added: Iterable[Inference], facts: Facts) -> Facts:
    """What is taken for said where something follows now: it is not asked."""
    known: Resident = dict(facts)
    taken: set[str] = set()
    for one in added:
        if one.fact not in taken and one.when.holds(known):
            known[one.fact] = one.answer
            taken.add(one.fact)
    return known


def _more_hopeful(one: int, two: int) -> int:
    return min(one, two, key=ALTERNATIVES.__getitem__)
