"""What a route lists besides its places: every paper is asked of somebody, everybody whom it names can move along, and each
situation that is written there decides it for somebody."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from flows.facts import Facts, When
from flows.policy import Policy
from flows.proving.answers import hopeful
from flows.proving.claims import Found, Kind
from flows.proving.compared import Compared
from flows.proving.diagrams import Node
from flows.routes import Family, Paper, Route
from flows.rules import OPEN


def of_lists(policy: Policy) -> Iterator[Found]:
    for route in policy.routes.values():
        yield from _Listed(policy, route).claims()


@dataclass(frozen=True)
class _Listed:
    policy: Policy
    route: Route

    @cached_property
    def both(self) -> Compared:
        return Compared(self.policy, self.policy, self.route, self.route)

    @cached_property
    def hopeful(self) -> Node:
        """Whether somebody may apply. Who says something against what would follow from the rest is somebody, too: what was said
        stands."""
        good = {*hopeful(self.route)} - {OPEN}
        return self.both.diagrams.join(lambda one: one in good, self.both.verdict(self.route.needs, False))

    def claims(self) -> Iterator[Found]:
        if self.both.diagrams.leaves(self.hopeful) == {False}:
            return  # nobody meets the route: said of the route
        yield from self._papers()
        if self.route.family is not None:
            yield from self._movers(self.route.family)

    def _papers(self) -> Iterator[Found]:
        for place, paper in enumerate(self.route.papers):
            alike = [one for one in self.route.papers if one.id == paper.id]
            whens = [when for one in alike for when in (one.when, one.unless) if when]
            if whens:
                worth = self._come_to(whens, partial(_first, alike))
                yield from self._told("paper", paper.id, paper in worth, len(worth) > 1, place)

    def _movers(self, family: Family) -> Iterator[Found]:
        for mover in {**family.named_if, **family.own}:
            named = family.named_if.get(mover)
            whens = [*family.own.get(mover, ()), *([named] if named else [])]
            worth = self._come_to(whens, partial(_along, family, mover))
            wanted = {"own"} if mover in family.own else set()
            yield from self._told("mover", mover, wanted | ({"yes"} if named else set()) <= worth, len(worth) > 1)

    def _come_to(self, whens: Iterable[When], worth: Callable[[Facts], Hashable]) -> set[Hashable]:
        """All that it comes to for somebody who may apply and is sure of everything."""
        diagrams = self.both.diagrams
        said = self.both.table({fact for when in whens for fact in when.facts}, worth, False)
        return {
            one
            for one in diagrams.leaves(said)
            if diagrams.share(
                diagrams.join(lambda value, in_, one=one: in_ and value == one, said, self.hopeful), self.both.weights
            )
        }

    def _told(self, what: str, about: str, ever: bool, matters: bool, place: int | None = None) -> Iterator[Found]:
        if not ever or not matters:
            kind: Kind = f"never_{what}" if not ever else f"always_{what}"  # type: ignore[assignment]  # one of the kinds
            yield Found(kind, "fault", self.policy.city, (self.route.id,), place=place, about=about)


def _first(papers: list[Paper], facts: Facts) -> Paper | None:
    """Of several lines on one paper that which counts."""
    return next((one for one in papers if one.listed(facts)), None)


def _along(family: Family, mover: str, facts: Facts) -> str:
    """How somebody may move along who lives with whoever applies."""
    sorted_ = family.sort({**facts, "movers": (mover,), "live_together": "yes"})
    return next((answer for answer, some in sorted_.items() if mover in some), "")
