"""Policies: a city's routes, topics and clauses, what they say about a resident, and what to ask next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from typing import Literal

from flows.facts import UNSURE, Answer, Fact, Facts, Inference, Lines, Narrowing, all_said
from flows.routes import Clause, Document, Judgement, Route, Topic
from flows.rules import AMBIGUOUS, FITS, FITS_IF, LOCAL_RULES, NONE, STATUS, AllOf, Judged, Status

TOPICS = "topics"  # stands in `seen` once the topic cards were shown
RIGHTS = "rights"  # the matter that asks for topic cards, not for a route
STEERING = ("city", "matter", "ground")  # answers that lead the talk, whatever came out


TO_TOWN = "move_to_town"  # the matter in which one is asked what one has there
GROUND = "ground"  # what one has in the city: it steers the interview, and decides nothing
DOUBTFUL = {LOCAL_RULES, AMBIGUOUS}
LOST = 3  # answers "not sure" in a row, after which the city's routes are shown at a glance

Kind = Literal["fits", "fits_if", "local_rules", "ambiguous", "not_governed", "none", "silent", "overview", "open"]
HOPE: tuple[Status, ...] = ("fits", "fits_if", "local_rules", "ambiguous", "not_governed", "none")
"""How an answer can turn out, the most hopeful first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes out for the matter asked: the best that its routes can be, and the routes that are that."""

    kind: Kind
    routes: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """One city's document as data, what it says of a resident, and what is to be asked next.

    Long, as what is asked and what comes out follow from the same standings of the same routes.
    """

    city: str
    name: str
    document: Document
    version: str
    about: tuple[str, ...]  # of the document itself
    facts: Mapping[str, Fact]  # every question in asking order, with this city's options and labels
    order: Mapping[str, tuple[str, ...]]  # matter -> the facts that are asked first
    inferences: tuple[Inference, ...]
    narrowings: tuple[Narrowing, ...]
    silent: Mapping[str, Lines]  # matter -> what to say where the document is silent on it, or on these answers
    refused: Mapping[str, Lines]  # matter -> what to say where none of its routes fits
    not_in_document: Mapping[str, Lines]  # what people ask and the document does not say -> what it says of it after all
    routes: Mapping[str, Route]
    topics: Mapping[str, Topic]
    clauses: tuple[Clause, ...]
    _verdicts: tuple[tuple[str, AllOf], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_verdicts", tuple((route.id, route.needs) for route in self.routes.values()))

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Fact -> where it stands in the general order."""
        return {fact: place for place, fact in enumerate(self.facts)}

    @cached_property
    def grounds(self) -> frozenset[str]:
        """What one can have in this city that its document knows."""
        return frozenset(ground for route in self.routes.values() for ground in route.grounds)

    def known(self, said: Facts) -> Facts:
        """What was said, and what follows from it. An answer that was given stands against what would follow."""
        facts = dict(said)
        for one in self.inferences:
            if one.fact not in facts and one.when.holds(facts):
                facts[one.fact] = one.answer
        return facts

    @cached_property
    def narrowings_of(self) -> Mapping[str, tuple[Narrowing, ...]]:
        """Fact -> what may narrow its question."""
        return {fact: tuple(one for one in self.narrowings if one.fact == fact) for fact in self.facts}

    @cached_property
    def _narrowed(self) -> dict[tuple[str, tuple[bool, ...]], Fact]:
        """Questions as they were put so far: fact, which of its narrowings hold -> the question."""
        return {}

    def question(self, fact: str, facts: Facts) -> Fact:
        """A question with the options that no other answer speaks against, in the words of the case: for the same case the same
        object. Raises KeyError."""
        facts = {one: answer for one, answer in facts.items() if one != fact} if fact in facts else facts
        holding = tuple([one.when.holds(facts) for one in self.narrowings_of[fact]])
        if (fact, holding) not in self._narrowed:
            narrower = [one for one, holds in zip(self.narrowings_of[fact], holding, strict=True) if holds]
            self._narrowed[fact, holding] = self._narrowed_by(fact, narrower)
        return self._narrowed[fact, holding]

    def _narrowed_by(self, fact: str, narrower: Sequence[Narrowing]) -> Fact:
        without = frozenset(option for one in narrower for option in one.without)
        if fact == GROUND:
            without |= self.facts[fact].options.keys() - self.grounds
        labels = {option: label for one in narrower for option, label in one.labels.items()}
        return self.facts[fact].offered(without, labels, {text: said for one in narrower for text, said in one.puts.items()})

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

    def asked_for(self, facts: Facts) -> tuple[Route, ...]:
        """The routes of the matter, and those that what one has here leads to."""
        return tuple([route for route in self.routes.values() if leads_to(route, facts)])

    def in_question(self, facts: Facts) -> tuple[Route, ...]:
        """The routes that an answer is about: those that the matter leads to; all, where none is named."""
        return self.asked_for(facts) if facts.get("matter", UNSURE) != UNSURE else tuple(self.routes.values())

    def judge(self, route: Route, facts: Facts) -> Judgement:
        judged = route.needs.judge(facts)
        return Judgement(
            route=route,
            conditions=judged,
            placements=route.places(facts),
            family=route.family.sort(facts) if route.family else {"own": (), "yes": (), "ask": (), "no": ()},
            papers=route.paper_list(facts),
            perhaps=route.behind_doubt(judged, facts) if judged.verdict == FITS_IF else (),
        )

    def ahead(self, facts: Facts) -> Judgement | None:
        """The first route of the matter that only a stage that lies ahead keeps shut, judged as it will be then."""
        for route in self.asked_for(facts):
            judged = self.judge(route, later := route.later(facts))
            if later != facts and judged.status != "none":
                return judged
        return None

    def assess(self, facts: Facts) -> tuple[Judgement, ...]:
        return tuple(self.judge(route, facts) for route in self.routes.values())

    def topics_called(self, facts: Facts) -> tuple[Topic, ...]:
        """Those that an answer calls for."""
        return tuple(topic for topic in self.topics.values() if topic.when is not None and topic.when.holds(facts))

    def topics_for(self, facts: Facts) -> tuple[Topic, ...]:
        """Those that an answer calls for, and for a resident who asks about rights then all others."""
        called = self.topics_called(facts)
        others = [topic for topic in self.topics.values() if facts.get("matter") == RIGHTS and topic not in called]
        return (*called, *others)

    def said(self, lines: Lines, facts: Facts) -> Lines:
        """The sentences that hold, without those that point to routes which are all refused."""
        holding = all_said(lines, facts)
        return tuple([line for line in holding if not line.see or any(map(partial(self._is_open, facts), line.see))])

    def _is_open(self, facts: Facts, route: str) -> bool:
        """Whether a route, by its short id, is not refused."""
        found = self.routes.get(f"{self.city}.{route}")  # one that is not in force is not there
        return found is not None and found.needs.verdict(facts) != NONE

    # ---- what comes out ----

    def outcome(self, facts: Facts, due: str | None = None, overview: bool = False, looked: bool = False) -> Outcome:
        """What comes out for the matter asked. `due`: the question that is still to be asked; `overview`: too little is known;
        `looked`: other routes were looked at, too."""
        statuses, routes = self.statuses(facts), self.in_question(facts)
        reached = {statuses[route.id] for route in routes}
        best: Kind = next((status for status in HOPE if status in reached), "none")
        if best == "none" and facts.get("mover_citizen") == "no":
            best = "not_governed"  # nothing in the document is for a foreigner, whatever else would be lacking
        if due is not None:
            return Outcome("open", tuple(route.id for route in routes if statuses[route.id] == "open"))
        if overview or (facts.get("matter") == UNSURE and not looked):
            return Outcome("overview", ())
        if best == "none" and self.silence(facts):
            return Outcome("silent", ())
        if best == "none" and "open" in reached:
            return Outcome("open", tuple(route.id for route in routes if statuses[route.id] == "open"))
        return Outcome(best, tuple(route.id for route in routes if best not in reached or statuses[route.id] == best))

    def silence(self, facts: Facts) -> Lines:
        """What to say where the document says nothing on the matter, or nothing on these answers."""
        return all_said(self.silent.get(str(facts.get("matter", "")), ()), facts)

    # ---- what to ask next ----

    def next_fact(self, said: Facts, seen: Iterable[str] = (), as_given: bool = False, known: Facts | None = None) -> str | None:
        """The question to ask now, or None when the answer sheet is due. `seen`: routes already on a sheet.

        It keeps to the matter asked, until one wants to look at other routes; and it ends where the person knows nothing of what
        would be asked. `as_given`: for facts that no talk gave in this order: nothing is inferred from them. `known`: what was
        said with what follows from it, where that is known already.
        """
        facts, past = known or (said if as_given else self.known(said)), frozenset(seen)
        due = self._due(facts, past) or self._due_later(facts, past)
        lost_ = due is not None and not past and not as_given and self._at_a_loss(said, facts)
        return None if lost_ or (facts.get("matter") == UNSURE and not past) else due

    def is_asked(self, fact: str, facts: Facts, seen: Iterable[str] = ()) -> bool:
        """Whether a question can be asked now, of those that the matter leads to."""
        return any(leads_to(route, facts) for route in self.decided_by(fact, facts, seen))

    def has_unsettled(self, facts: Facts) -> bool:
        """Whether something is left to ask once all that is settled was seen."""
        return "matter" not in facts or any(not route.settled(facts) for route in self.routes_for(facts))

    def overview(self, said: Facts, seen: Iterable[str] = (), known: Facts | None = None) -> bool:
        """Whether the person knows too little of what would be asked: then the city's routes are shown at a glance. `known`: as
        in `next_fact`."""
        facts, past = known or self.known(said), frozenset(seen)
        if past or facts.get("matter") == UNSURE:
            return not past
        return self._at_a_loss(said, facts) and self._due(facts, past) is not None

    def _at_a_loss(self, said: Facts, facts: Facts) -> bool:
        """Whether the last answers were all "not sure", and nothing hopeful is settled by those before."""
        if len(said) <= LOST or any(answer != UNSURE for answer in list(said.values())[-LOST:]):
            return False
        judged = (route.needs.judge(facts) for route in self.asked_for(facts))
        return not any(not one.open and one.verdict < FITS_IF for one in judged)

    def _due(self, facts: Facts, past: frozenset[str]) -> str | None:
        matter = facts.get("matter")
        fresh = [route for route in self.routes_for(facts) if route.id not in past]
        if matter is None:
            return None if any(self._complete(route, facts) for route in fresh) else "matter"
        if matter == RIGHTS and TOPICS not in past and self.topics_called({**facts, "matter": ""}):
            return None
        if matter == RIGHTS and TOPICS not in past:
            called = (topic.when for topic in self.topics.values() if topic.when)
            return self._first((fact for when in called for fact in when.missing(facts)), facts)
        if past:
            return self._ask_about(fresh, frozenset(), facts)
        ours = [route for route in fresh if leads_to(route, facts)]
        due = self._ask_about(ours, frozenset(route.id for route in ours if stands_on(route, facts)), facts)
        return GROUND if due is not None and self._ground_is_due(facts) else due

    def _due_later(self, facts: Facts, past: frozenset[str]) -> str | None:
        """Where nothing fits now: the question on how a route will stand that only a stage which lies ahead keeps shut."""
        if past or facts.get("matter", UNSURE) in (UNSURE, RIGHTS):
            return None
        due = self._first(chain.from_iterable(route.wanted_later(facts) for route in self.asked_for(facts)), facts)
        return due if due is not None and self.outcome(facts).kind == "none" else None

    def _ground_is_due(self, facts: Facts) -> bool:
        return facts.get("matter") == TO_TOWN and GROUND not in facts and bool(self.grounds) and GROUND in self.facts

    def _ask_about(self, routes: Iterable[Route], grounded: frozenset[str], facts: Facts) -> str | None:
        """The question on some routes; None: the answer sheet. `grounded`: those that are asked about to their end.

        The sheet is due when no unsettled route could still turn out better than the best settled one; then what it says of the
        routes on it must be known.
        """
        judged = [(route, route.needs.judge(facts)) for route in routes]
        settled = [(route, one) for route, one in judged if not one.open]
        unsettled = [(route, one) for route, one in judged if one.open]
        lead = min((one.verdict for _, one in settled), default=NONE)
        if wanted := [fact for route, one in unsettled if route.id in grounded for fact in one.wanted]:
            return self._first(wanted, facts)
        if any(lead == NONE or _may_beat(one, lead) for _, one in unsettled):
            return self._first((fact for _, one in unsettled for fact in one.wanted), facts)
        worst = FITS if lead == FITS else FITS_IF
        told = [route for route, one in settled if one.verdict <= (FITS_IF if route.id in grounded else worst)]
        if facts.get(GROUND) == UNSURE:  # who is not sure what they have is asked the details of the first alone
            told = told[:1]
        return self._first(chain.from_iterable(route.follow_up(facts) for route in told), facts)

    def _complete(self, route: Route, facts: Facts) -> bool:
        judged = route.needs.judge(facts)
        return judged.verdict == FITS and not judged.open and next(iter(route.follow_up(facts)), None) is None

    def _first(self, wanted: Iterable[str], facts: Facts) -> str | None:
        first, places = self.order.get(str(facts.get("matter", "")), ()), self.places
        every = tuple(dict.fromkeys(wanted))
        return min(every, key=lambda fact: (first.index(fact) if fact in first else len(first), places[fact]), default=None)

    def decided_by(self, fact: str, facts: Facts, seen: Iterable[str] = ()) -> tuple[Route, ...]:
        """The routes whose status or details the question decides: the reason why it is asked."""
        past = frozenset(seen)
        return tuple(
            route
            for route in self.routes.values()
            if route.id not in past
            and fact in {*route.needs.judge(facts).wanted, *route.follow_up(facts), *route.wanted_later(facts)}
        )


def _may_beat(judged: Judged, lead: int) -> bool:
    """Whether a route can still turn out more hopeful than the best settled one: of two in doubt, what only lacks something."""
    if judged.best < lead or not {judged.best, lead} <= DOUBTFUL:
        return judged.best < lead
    return any(FITS_IF in need.table.values() for need in judged.open) or any(one.verdict == FITS_IF for one in judged.leaves())


def leads_to(route: Route, facts: Facts) -> bool:
    """Whether the matter, or what one has in the city, leads to the route."""
    return facts.get("matter") in route.matters or stands_on(route, facts)


def stands_on(route: Route, facts: Facts) -> bool:
    """Whether what one has in the city leads to the route, for somebody who wants to move there."""
    grounds = facts.get(GROUND) if facts.get("matter") == TO_TOWN else None
    return isinstance(grounds, tuple) and not route.grounds.isdisjoint(grounds)


def that_count(policy: Policy | None, facts: Facts) -> tuple[str, ...]:
    """Which answers something still depends on, given the others; as long as no city is known, all.

    Looked through in asking order, as in a talk: an answer counts if it would be asked for, or is a reason for what came out.
    """
    if policy is None:
        return tuple(facts)
    reasons = {fact for judged in policy.assess(policy.known(facts)) for fact in judged.because}
    known: dict[str, Answer] = {}
    for fact in sorted(facts, key=lambda fact: policy.places.get(fact, -1)):
        if fact in STEERING or fact in reasons or _decides(policy, fact, policy.known(known)):
            known[fact] = facts[fact]
    return tuple(fact for fact in facts if fact in known)


def of_use(policy: Policy, facts: Facts) -> frozenset[str]:
    """Every fact that the routes look at to which the matter can lead, or from which something follows, whatever was said: who
    tells more than is asked may say what decides."""
    in_question = policy.in_question(facts)
    routes = [one for one in policy.routes.values() if one in in_question or (facts.get("matter") == TO_TOWN and one.grounds)]
    whens = [one.when for one in policy.inferences] + [topic.when for topic in policy.topics.values() if topic.when]
    whens += [line.when for route in routes for lines in route.answers.values() for line in lines if line.when]
    return frozenset(STEERING).union(*(route.looked_at for route in routes), *(when.facts for when in whens))


def _decides(policy: Policy, fact: str, facts: Facts) -> bool:
    """Whether a question decides anything, given some answers: a route that is not ruled out, its details, a topic."""
    facts = {one: answer for one, answer in facts.items() if one != fact}
    if any(fact in topic.when.missing(facts) for topic in policy.topics.values() if topic.when):
        return True
    if any(fact in route.wanted_later(facts) for route in policy.asked_for(facts)):
        return True
    judged = [(route, route.needs.judge(facts)) for route in policy.routes.values()]
    return any(fact in one.wanted or (one.verdict != NONE and fact in route.follow_up(facts)) for route, one in judged)
