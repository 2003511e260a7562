"""Policies: a city's routes, topics and clauses, what they say about a resident, and what to ask next."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from flows.facts import UNSURE, Answer, Fact, Facts, When
from flows.rules import FITS, FITS_IF, NONE, NOT_GOVERNED, OPEN, STATUS, AllOf, Finding, Status, findings

Basis = Literal["named", "condition", "implied"]
"""Why a paper is listed: named by the document, a condition of it, or implied (usual proof)."""

Along = Literal["yes", "ask", "no"]
"""Whether somebody may move along: named by the clause, left open by it, or not named."""

TOPICS = "topics"  # stands in `seen` once the topic cards were shown
RIGHTS = "rights"  # the matter that asks for topic cards, not for a route
STEERING = ("city", "matter", "ground")  # answers that lead the talk, whatever came out


@dataclass(frozen=True, slots=True)
class Placement:
    """One rule on where the hukou goes; `place` is an id of the vocabulary."""

    place: str
    note: str
    when: When | None = None
    asked: bool = True  # False: if its facts were not said, pass it by


@dataclass(frozen=True, slots=True)
class Family:
    """Who may move along: named by the clause, left open by it ("等"), or not named."""

    lists: Mapping[str, Along]  # by mover
    named_if: Mapping[str, When]  # mover -> the situation in which the clause names that mover

    def sort(self, facts: Facts) -> dict[Along, tuple[str, ...]]:
        """The movers by yes / ask / no. Only those who live with the applicant; what was not said is to be asked."""
        movers = facts.get("movers", ())
        sorted_: dict[Along, list[str]] = {"yes": [], "ask": [], "no": []}
        for mover in movers if isinstance(movers, tuple) else ():
            sorted_[self._answer(mover, facts)].append(mover)
        return {answer: tuple(some) for answer, some in sorted_.items()}

    def _answer(self, mover: str, facts: Facts) -> Along:
        together = facts.get("live_together", UNSURE)
        if together == "no":
            return "no"
        answer = self._listed(mover, facts)
        return "ask" if answer == "yes" and together == UNSURE else answer

    def _listed(self, mover: str, facts: Facts) -> Along:
        situation = self.named_if.get(mover)
        if situation is None or not situation.possible(facts):
            return self.lists[mover]
        return "yes" if situation.holds(facts) else "ask"

    def could_be_named(self, mover: str, facts: Facts) -> bool:
        """Does the clause name that mover, or would it, if what is not known yet turns out well?"""
        situation = self.named_if.get(mover)
        return self.lists[mover] == "yes" or (situation is not None and situation.possible(facts))

    def wanted(self, facts: Facts) -> Iterator[str]:
        movers = facts.get("movers")
        if movers is None:
            yield "movers"
        elif isinstance(movers, tuple) and any(self._listed(mover, facts) != "no" for mover in movers):
            if "live_together" not in facts:
                yield "live_together"
            if facts.get("live_together") != "no":
                for mover in movers:
                    if mover in self.named_if:
                        yield from self.named_if[mover].missing(facts)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that a route lists."""

    id: str
    basis: Basis
    when: When | None = None
    unless: When | None = None

    def listed(self, facts: Facts) -> bool:
        if self.unless is not None and self.unless.holds(facts):
            return False
        return self.when is None or self.when.holds(facts)


@dataclass(frozen=True, slots=True)
class Route:
    """One way to settle, with everything its clause says. Texts are Chinese source texts, "" where there is none."""

    id: str
    title: str
    clause: str
    matters: frozenset[str]
    department: str
    office: str
    needs: AllOf
    placements: tuple[Placement, ...]
    family: Family | None
    papers: tuple[Paper, ...]
    notes: tuple[str, ...]
    general: tuple[str, ...]

    def stand(self, facts: Facts) -> "Standing":
        verdict = self.needs.verdict(facts)
        if verdict == NONE:
            return Standing(self, verdict, ())
        fatal = verdict == NOT_GOVERNED
        return Standing(self, verdict, tuple([fact for need in self.needs.needs for fact in need.wanted(facts, fatal)]))

    def settled(self, facts: Facts) -> bool:
        """No unanswered question can change its status any more."""
        return not self.stand(facts).wanted

    def known(self, facts: Facts) -> bool:
        """A sheet can speak of it: it is settled, or met, lacking or left to others by all that was asked so far."""
        standing = self.stand(facts)
        return not standing.wanted or standing.verdict not in (OPEN, NOT_GOVERNED)

    def undecided(self, facts: Facts) -> tuple[str, ...]:
        """The unanswered facts that could still change its status."""
        return tuple(dict.fromkeys(self.stand(facts).wanted))

    def follow_up(self, facts: Facts) -> Iterator[str]:
        """The unanswered facts that decide who moves along, where the hukou goes and which papers are needed."""
        if self.family is not None:
            yield from self.family.wanted(facts)
        for placement in self.placements:
            if placement.when is None or placement.when.holds(facts):
                break
            if placement.asked:
                yield from placement.when.missing(facts)
        for paper in self.papers:
            if paper.basis != "implied" and paper.when is not None:
                yield from paper.when.missing(facts)

    def places(self, facts: Facts) -> tuple[Placement, ...]:
        """Where the hukou goes; several as long as an answer is missing that decides between them."""
        candidates: list[Placement] = []
        for placement in self.placements:
            if placement.when is None or placement.when.holds(facts):
                return (*candidates, placement)
            if placement.asked and placement.when.possible(facts):
                candidates.append(placement)
        return tuple(candidates)

    def paper_list(self, facts: Facts) -> tuple[Paper, ...]:
        return tuple({paper.id: paper for paper in reversed(self.papers) if paper.listed(facts)}.values())[::-1]


class Standing(NamedTuple):
    """How a route stands: its verdict, and the unanswered facts that can still change it (none: it is settled)."""

    route: Route
    verdict: int
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A right or a service on a short card: not a route."""

    id: str
    title: str
    clause: str
    department: str
    says: str
    papers: tuple[Paper, ...]
    general: tuple[str, ...]
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the document and what carries it: routes, topics, or a reason why it is administrative only."""

    id: str
    routes: tuple[str, ...]
    topics: tuple[str, ...]
    administrative: str


@dataclass(frozen=True, slots=True)
class Document:
    """The municipal document. `number` and `issued` (ISO date) are "" where the document has none."""

    title: str
    number: str
    issued: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the document says about one resident and one route."""

    route: Route
    status: Status
    at_best: Status  # what fits_if can become once its lacks are cured
    because: tuple[str, ...]
    findings: tuple[Finding, ...]
    placements: tuple[Placement, ...]
    family: Mapping[Along, tuple[str, ...]]
    papers: tuple[Paper, ...]


@dataclass(frozen=True)
class Policy:
    """One city's document as data."""

    city: str
    name: str
    document: Document
    version: str
    general: tuple[str, ...]
    facts: Mapping[str, Fact]  # every question in asking order, with this city's options and labels
    silent: Mapping[str, str]  # matter -> what to say where the document is silent
    routes: Mapping[str, Route]
    topics: Mapping[str, Topic]
    clauses: tuple[Clause, ...]
    _verdicts: tuple[tuple[str, AllOf], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_verdicts", tuple((route.id, route.needs) for route in self.routes.values()))

    @cached_property
    def order(self) -> Mapping[str, int]:
        return {fact: place for place, fact in enumerate(self.facts)}

    def statuses(self, facts: Facts) -> dict[str, Status]:
        """Route id -> status, for every route of the city."""
        return {route: STATUS[needs.verdict(facts)] for route, needs in self._verdicts}

    def routes_for(self, facts: Facts) -> tuple[Route, ...]:
        """The routes that there can be something to ask or say of: for a foreigner only those that do not want a citizen."""
        if facts.get("mover_citizen") != "no":
            return tuple(self.routes.values())
        return tuple(
            route for route in self.routes.values() if all(need.fact != "mover_citizen" for need in route.needs.leaves())
        )

    def judge(self, route: Route, facts: Facts) -> Judgement:
        verdict = route.needs.verdict(facts)
        return Judgement(
            route=route,
            status=STATUS[verdict],
            at_best=STATUS[route.needs.best(facts)],
            because=tuple(dict.fromkeys(route.needs.because(facts, verdict))),
            findings=tuple(findings(route.needs.needs, facts)),
            placements=route.places(facts),
            family=route.family.sort(facts) if route.family else {"yes": (), "ask": (), "no": ()},
            papers=route.paper_list(facts),
        )

    def assess(self, facts: Facts) -> tuple[Judgement, ...]:
        return tuple(self.judge(route, facts) for route in self.routes.values())

    def topics_for(self, facts: Facts) -> tuple[Topic, ...]:
        """Those that an answer calls for, and for a resident who asks about rights then all others."""
        called = [topic for topic in self.topics.values() if topic.when is not None and topic.when.holds(facts)]
        others = [topic for topic in self.topics.values() if facts.get("matter") == RIGHTS and topic not in called]
        return (*called, *others)

    # ---- what to ask next ----

    def next_fact(self, facts: Facts, seen: Iterable[str] = ()) -> str | None:
        """The question to ask now, or None when the answer sheet is due. `seen`: routes already on a sheet.

        It is due at once for a matter that the document is silent on.
        """
        past = frozenset(seen)
        fresh = [route for route in self.routes_for(facts) if route.id not in past]
        matter = facts.get("matter")
        if matter is None and not any(self._complete(route, facts) for route in fresh):
            return "matter"
        if matter == RIGHTS and TOPICS not in past:
            return self._first(fact for topic in self.topics.values() if topic.when for fact in topic.when.missing(facts))
        if matter in self.silent and not past:
            return None
        pointed_to = [route for route in fresh if matter in route.matters]
        for circle in (pointed_to, fresh):
            due, fact = self._ask_about([route.stand(facts) for route in circle], facts)
            if due:
                return fact or self._first(
                    details for route in fresh if self._fits(route, facts) for details in route.follow_up(facts)
                )
        return None

    def _ask_about(self, circle: list[Standing], facts: Facts) -> tuple[bool, str | None]:
        """(is something due here, the question; None: the answer sheet). Nothing is due once no route is left.

        The sheet is due when no unsettled route could still turn out better than the best settled one.
        """
        unsettled = [standing for standing in circle if standing.wanted]
        lead = min((standing.verdict for standing in circle if not standing.wanted), default=NONE)
        if lead == NONE or any(standing.route.needs.best(facts) < lead for standing in unsettled):
            fact = self._first(fact for standing in unsettled for fact in standing.wanted)
            return fact is not None, fact
        worst = FITS if lead == FITS else FITS_IF
        chosen = [standing.route for standing in circle if not standing.wanted and standing.verdict <= worst]
        return True, self._first(fact for route in chosen for fact in route.follow_up(facts))

    def _fits(self, route: Route, facts: Facts) -> bool:
        return route.needs.verdict(facts) == FITS and route.settled(facts)

    def _complete(self, route: Route, facts: Facts) -> bool:
        return self._fits(route, facts) and self._first(route.follow_up(facts)) is None

    def _first(self, wanted: Iterable[str]) -> str | None:
        return min(wanted, key=self.order.__getitem__, default=None)

    def decided_by(self, fact: str, facts: Facts, seen: Iterable[str] = ()) -> tuple[Route, ...]:
        """The routes whose status or details the question decides: the reason why it is asked."""
        past = frozenset(seen)
        return tuple(
            route
            for route in self.routes.values()
            if route.id not in past and fact in {*route.stand(facts).wanted, *route.follow_up(facts)}
        )


def that_count(policy: Policy | None, facts: Facts) -> tuple[str, ...]:
    """Which answers something still depends on, given the others; as long as no city is known, all.

    Looked through in asking order, as in a talk: an answer counts if it would be asked for, or is a reason for what came out.
    """
    if policy is None:
        return tuple(facts)
    reasons = {fact for judged in policy.assess(facts) for fact in judged.because}
    known: dict[str, Answer] = {}
    for fact in sorted(facts, key=lambda fact: policy.order.get(fact, -1)):
        if fact in STEERING or fact in reasons or _decides(policy, fact, known):
            known[fact] = facts[fact]
    return tuple(fact for fact in facts if fact in known)


def _decides(policy: Policy, fact: str, facts: Facts) -> bool:
    """Whether a question decides anything, given some answers: a route that is not ruled out, its details, a topic."""
    if any(fact in topic.when.missing(facts) for topic in policy.topics.values() if topic.when):
        return True
    standings = [route.stand(facts) for route in policy.routes.values()]
    return any(fact in one.wanted or (one.verdict != NONE and fact in one.route.follow_up(facts)) for one in standings)
