"""Changes: which residents two versions of a city's rules answer otherwise, exactly, in classes with the fewest conditions."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from flows.facts import UNSURE, Answer, Facts
from flows.policy import GROUND, Policy, stands_on
from flows.proving.compared import Compared, Detail, Told, details, plainest
from flows.proving.diagrams import Cube, Diagrams, Node
from flows.proving.refined import Refined
from flows.routes import Route
from flows.rules import NONE, OPEN, STATUS

Kind = Literal[Detail, "status", "asked", "topic"]
Among = Literal["old", "new", "open", "all"]
"""Of whom the conditions speak: who had the old answer, who has the new one, to whom the route is open in both, everybody."""

Condition = Mapping[str, tuple[Answer | None, ...]]
"""Fact -> the answers that those of a class have; None: nobody asked, nothing said."""

Pair = tuple[Told, Told]
"""The answers of both versions."""

YES, NO = ("yes",), ()


@dataclass(frozen=True, slots=True)
class Change:
    """A class of residents who get another answer, with one of them."""

    kind: Kind
    city: str
    one: str  # the route or topic
    about: str  # the paper, or who moves along
    old: Told
    new: Told
    among: Among
    condition: Condition
    share: float  # of all that there can be; 0 where it is about who is not sure, or what nobody said
    witness: Facts


def changes(before: Policy, after: Policy) -> tuple[Change, ...]:
    """All that two versions of a city answer otherwise; those first whom there can be most of."""
    found: list[Change] = []
    steered = before.inferences != after.inferences
    for one in {**after.routes, **before.routes}:
        old, new = before.routes.get(one), after.routes.get(one)
        if old != new or (steered and old):
            found += _of_route(Compared(before, after, old, new))
        if old and new and (old.matters, old.grounds) != (new.matters, new.grounds):
            found += _asked(before, after, old, new)
    for topic in {**after.topics, **before.topics}:
        found += _called(before, after, topic)
    return tuple(sorted(found, key=lambda change: -change.share))


# ---- one route ----


def _of_route(both: Compared) -> Iterator[Change]:
    diagrams, verdicts = both.diagrams, both.verdicts
    said = diagrams.join(_statuses, *verdicts, both.possible)
    yield from _Classes(both, "status", "", said, (("old", 0), ("new", 1))).changes()
    if both.old is None or both.new is None:
        return
    open_ = diagrams.join(lambda one, two, some: some and not {one, two} & {NONE, OPEN}, *verdicts, both.possible)
    for kind, about, facts, read in details(both.old, both.new, every=bool(both.added)):
        was, is_ = both.table(facts, partial(read, both.old), False), both.table(facts, partial(read, both.new), True)
        said = diagrams.join(lambda one, two, some: (one, two) if some else None, was, is_, open_)
        yield from _Classes(both, kind, about, said, (("open", None),)).changes()


def _statuses(one: int, two: int, possible: bool) -> Pair | None:
    """None for those who do not count: whose answers are at odds, or too few."""
    return ((STATUS[one],), (STATUS[two],)) if possible and OPEN not in (one, two) else None


@dataclass(frozen=True)
class _Classes:
    """What a route says in both versions on one thing, and the ways in which those are named who get another answer."""

    both: Compared
    kind: Kind
    about: str
    said: Node  # a pair, or None
    ways: tuple[tuple[Among, int | None], ...]  # whom the conditions speak of, and which answer they have in common

    def changes(self) -> Iterator[Change]:
        for pair in _pairs(self.both.diagrams.leaves(self.said)):
            among, cubes = min(
                (self._told(pair, *way) for way in self.ways), key=lambda way: (len(way[1]), sum(map(len, way[1])))
            )
            for cube in cubes:
                yield self._change(pair, among, self.both.diagrams.tight(self.said, pair, cube))

    def _told(self, pair: Pair, among: Among, common: int | None) -> tuple[Among, list[dict[str, frozenset[int]]]]:
        leaves = self.both.diagrams.leaves(self.said)
        free = {one for one in leaves if not isinstance(one, tuple) or (common is not None and one[common] != pair[common])}
        return among, self.both.diagrams.cover(self.said, pair, free)

    def _change(self, pair: Pair, among: Among, cube: Cube) -> Change:
        both, diagrams = self.both, self.both.diagrams
        mine = diagrams.join(lambda value, in_: value == pair and in_, self.said, diagrams.of_cube(cube))
        return Change(
            kind=self.kind,
            city=both.after.city,
            one=both.route.id,
            about=self.about,
            old=pair[0],
            new=pair[1],
            among=among,
            condition={name: tuple(one for at in sorted(few) for one in both.classes[name][at]) for name, few in cube.items()},
            share=diagrams.share(mine, both.weights),
            witness=both.somebody(mine),
        )


def _pairs(leaves: Iterable[Hashable]) -> list[Pair]:
    """The pairs of answers that are not the same."""
    return sorted(one for one in leaves if isinstance(one, tuple) and one[0] != one[1])


# ---- what hangs on no verdict ----


def _asked(before: Policy, after: Policy, old: Route, new: Route) -> Iterator[Change]:
    """Who is led to a route, by what they want or have."""
    facts = [fact for fact in ("matter", GROUND) if fact in before.facts and fact in after.facts]
    yield from _plain("asked", before, after, new.id, facts, (partial(_leads, old), partial(_leads, new)))


def _leads(route: Route, facts: Facts) -> bool:
    return facts.get("matter") in route.matters or stands_on(route, facts)


def _called(before: Policy, after: Policy, topic: str) -> Iterator[Change]:
    """Who is shown a topic without asking for it."""
    was, is_ = (policy.topics[topic].when if topic in policy.topics else None for policy in (before, after))
    if was != is_:
        facts = dict.fromkeys(fact for when in (was, is_) if when for fact in when.facts)
        holds = (lambda known: was is not None and was.holds(known)), (lambda known: is_ is not None and is_.holds(known))
        yield from _plain("topic", before, after, topic, facts, holds)


def _plain(
    kind: Kind, before: Policy, after: Policy, one: str, facts: Iterable[str], read: tuple[Callable[[Facts], bool], ...]
) -> Iterator[Change]:
    refined = Refined(before, after)
    answers = {fact: (*refined.every_answer(fact), UNSURE, None) for fact in facts}
    weights = {fact: tuple(int(answer not in (None, UNSURE)) for answer in some) for fact, some in answers.items()}
    diagrams = Diagrams(answers)
    versions = tuple(zip(read, (False, True), strict=True))
    said = diagrams.table(answers, lambda known: tuple(YES if one(refined.read(known, now)) else NO for one, now in versions))
    for pair in _pairs(diagrams.leaves(said)):
        for cube in diagrams.cover(said, pair, ()):
            mine = diagrams.join(lambda value, in_, pair=pair: value == pair and in_, said, diagrams.of_cube(cube))
            yield Change(
                kind=kind,
                city=after.city,
                one=one,
                about="",
                old=pair[0],
                new=pair[1],
                among="all",
                condition={fact: tuple(answers[fact][at] for at in sorted(few)) for fact, few in cube.items()},
                share=diagrams.share(mine, weights),
                witness={"city": after.city, **refined.said(plainest(diagrams, diagrams.a_class(mine) or {}))},
            )
