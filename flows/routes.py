"""Routes and topics of a city's document: what a clause says of who may settle, where, with whom and with which papers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from flows.facts import UNSURE, Answer, Facts, Lines, When
from flows.rules import FITS, NONE, NOT_GOVERNED, OPEN, STATUS, AllOf, Judged, Rule, Status

Basis = Literal["named", "condition", "implied"]
"""Why a paper is listed: named by the document, a condition of it, or implied (usual proof)."""

Along = Literal["own", "yes", "ask", "no"]
"""Whether somebody may move along: has the same right, is named by the clause, left open by it, or not named."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One rule on where the hukou goes; `place` is an id of the vocabulary."""

    place: str
    note: str
    when: When | None = None
    asked: bool = True  # False: if its facts were not said, pass it by


@dataclass(frozen=True, slots=True)
class Quota:
    """How many people a clause lets move, by the range of an amount. `with_mover`: whoever applies is one of them; `growing`: in
    the highest range more than that, by what exceeds it."""

    fact: str
    people: Mapping[Answer, int]
    with_mover: bool
    growing: bool = False

    def bounds(self, facts: Facts) -> tuple[int, int | None]:
        """The fewest and the most that it can be, by what is known; no most, where it grows on."""
        people = self.people.get(facts.get(self.fact, UNSURE))
        top = max(self.people.values())
        least = min(self.people.values()) if people is None else people
        most = top if people is None else people
        return least, None if self.growing and most == top else most

    def count(self, along: int) -> int:
        """How many are counted, where so many move along."""
        return along + self.with_mover


@dataclass(frozen=True, slots=True)
class Family:
    """Who may move along: named by the clause, left open by it ("等"), or not named; or who has the same right (`own`).

    A route with `own` alone has no family rule: the others are left out.
    """

    lists: Mapping[str, Along]  # by mover; empty: no family rule
    named_if: Mapping[str, When]  # mover -> the situation in which the clause names that mover
    quota: Quota | None = None
    own: Mapping[str, tuple[When, ...]] = field(default_factory=dict)  # mover -> where that one may apply by the same clause
    apart: Lines = ()  # what else is open to those who do not live together

    def sort(self, facts: Facts) -> dict[Along, tuple[str, ...]]:
        """The movers by own / yes / ask / no. Only those who live with the applicant; what was not said is to be asked."""
        movers = facts.get("movers", ())
        sorted_: dict[Along, list[str]] = {"own": [], "yes": [], "ask": [], "no": []}
        for mover in movers if isinstance(movers, tuple) else ():
            if answer := self._answer(mover, facts):
                sorted_[answer].append(mover)
        return {answer: tuple(some) for answer, some in sorted_.items()}

    def _answer(self, mover: str, facts: Facts) -> Along | None:
        """None for somebody whom the text does not speak of."""
        answer = self._listed(mover, facts)
        together = facts.get("live_together", UNSURE)
        if answer and together == "no":
            return "no"
        return "ask" if answer in ("own", "yes") and together == UNSURE else answer

    def _listed(self, mover: str, facts: Facts) -> Along | None:
        if any(when.holds(facts) for when in self.own.get(mover, ())):
            return "own"
        situation = self.named_if.get(mover)
        if situation is None or not situation.possible(facts):
            return self.lists.get(mover)
        return "yes" if situation.holds(facts) else "ask"

    def has_room(self, movers: Mapping[Along, tuple[str, ...]], facts: Facts) -> bool | None:
        """Whether all of some movers may move by the number of people; None: not as far as is known. Somebody's children, or
        parents, may be several: they count as one."""
        if self.quota is None or not movers["yes"]:
            return True
        (least, most), count = self.quota.bounds(facts), self.quota.count(len(movers["yes"]))
        return count <= least or (None if most is None or count <= most else False)

    def could_be_named(self, mover: str, facts: Facts) -> bool:
        """Does the clause name that mover, or would it, if what is not known yet turns out well?"""
        situation = self.named_if.get(mover)
        own = any(when.holds(facts) for when in self.own.get(mover, ()))
        return own or self.lists.get(mover) == "yes" or (situation is not None and situation.possible(facts))

    def wanted(self, facts: Facts) -> Iterator[str]:
        movers = facts.get("movers")
        if movers is None:
            if self.lists or any(when.holds(facts) for some in self.own.values() for when in some):
                yield "movers"
        elif isinstance(movers, tuple) and any(self._listed(mover, facts) not in (None, "no") for mover in movers):
            if "live_together" not in facts:
                yield "live_together"
            if facts.get("live_together") != "no":
                for mover in movers:
                    if mover in self.named_if:
                        yield from self.named_if[mover].missing(facts)
                if self.quota is not None and self.quota.fact not in facts:
                    yield self.quota.fact


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that a route lists. `basis`: named by the document, a condition of it, or implied (usual proof).

    `whose`: of whom; `instead`: what the document takes in its place.
    """

    id: str
    basis: Basis
    when: When | None = None
    unless: When | None = None
    whose: Lines = ()
    instead: Lines = ()

    def listed(self, facts: Facts) -> bool:
        if self.unless is not None and self.unless.holds(facts):
            return False
        return self.when is None or self.when.holds(facts)


@dataclass(frozen=True, slots=True)
class Route:
    """One way to settle, with everything its clause says. Texts are Chinese source texts, "" where there is none."""

    id: str
    title: str
    glance: str  # for whom it is, in one sentence: for whoever looks at all routes of the city
    clause: str
    matters: frozenset[str]
    grounds: frozenset[str]  # what one may have in the city that leads here (the values of `ground`)
    department: str
    office: str
    needs: AllOf
    placements: tuple[Placement, ...]
    family: Family | None
    papers: tuple[Paper, ...]
    doing: Lines  # what one may apply for, to stand after "can apply to"
    answers: Mapping[str, Lines]  # status (or `ahead`) -> the first sentences of the sheet, where the general ones will not do
    station: Lines  # where one goes
    steps: Lines  # what else to do before going
    asks: Lines  # sentences to say on the phone
    never_mind: Lines  # what the document does not look at
    not_written: Lines  # what people ask about and the document does not say
    notes: Lines
    general: Lines  # what is not from the document
    search: tuple[str, ...] = ()  # by which an agent finds it, as with a question's

    @property
    def looked_at(self) -> frozenset[str]:
        """Every fact that it looks at, whatever was said so far."""
        whens = [need.when for need in self.needs.leaves()] + [placement.when for placement in self.placements]
        whens += [when for paper in self.papers for when in (paper.when, paper.unless)]
        found = {need.fact for need in self.needs.leaves()}
        if self.family is not None:
            found |= {"movers", "live_together"}
            whens += self.family.named_if.values()
            found |= {self.family.quota.fact} if self.family.quota else set()
        return frozenset(found.union(*(when.facts for when in whens if when is not None)))

    def settled(self, facts: Facts) -> bool:
        """No unanswered question can change its status any more."""
        return not self.needs.judge(facts).open

    def later(self, facts: Facts) -> Facts:
        """The facts as they will be when the stages are over that lie ahead and keep it shut; the same where there are none."""
        shut = [need for need in self.needs.leaves() if need.ahead and need.verdict(facts) == NONE]
        return {**facts, **{need.fact: need.ahead[stage] for need in shut if (stage := str(facts.get(need.fact))) in need.ahead}}

    def wanted_later(self, facts: Facts) -> tuple[str, ...]:
        """The unanswered facts that decide how it will stand then; none where no stage keeps it shut."""
        later = self.later(facts)
        return self.needs.judge(later).wanted if later != facts else ()

    def behind_doubt(self, judged: Judged, facts: Facts) -> tuple[Rule, ...]:
        """The conditions that count only if what is not known turns out well, and that are not met then by what was said."""
        return tuple(part.rule for part in judged.parts if part.verdict == FITS and self._hidden(part.rule, facts))

    def _hidden(self, rule: Rule, facts: Facts) -> bool:
        whens = (need.when for need in rule.leaves() if need.when is not None and not need.when.holds(facts))
        return any(rule.verdict(known) != FITS for when in whens for known in self._turning_out_well(when, facts))

    def _turning_out_well(self, when: When, facts: Facts) -> Iterator[Facts]:
        """The facts with an answer that meets the route in place of every "not sure" on which a situation hangs."""
        doubted = [(fact, answers) for fact, answers in when.accepted if facts.get(fact) == UNSURE]
        for good in product(
            *([one for one in answers if one is not None and self._meets(fact, one)] for fact, answers in doubted)
        ):
            known = {**facts, **dict(zip((fact for fact, _ in doubted), good, strict=True))}
            if when.holds(known):
                yield known

    def _meets(self, fact: str, answer: Answer) -> bool:
        plain = [need for need in self.needs.leaves() if need.fact == fact and need.when is None]
        return answer != UNSURE and all(need.table.get(answer) == FITS for need in plain)

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


@dataclass(frozen=True, slots=True)
class Topic:
    """A right or a service on a short card: not a route."""

    id: str
    title: str
    clause: str
    department: str
    says: str
    papers: tuple[Paper, ...]
    general: Lines
    when: When | None = None
    search: tuple[str, ...] = ()
    mention: Lines = ()  # one line on a sheet of another matter, for whom it concerns


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
    began: str = ""  # from which day to which it is in force, both with it; "" where it does not say
    ends: str = ""
    detailed_rules: bool = False  # it leaves its standards to detailed rules (细则), by its own words


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the document says about one resident and one route."""

    route: Route
    conditions: Judged
    placements: tuple[Placement, ...]
    family: Mapping[Along, tuple[str, ...]]
    papers: tuple[Paper, ...]
    perhaps: tuple[Rule, ...]  # what else counts once that is known which is not known yet

    @property
    def status(self) -> Status:
        return STATUS[self.conditions.verdict]

    @property
    def at_best(self) -> Status:
        """What fits_if can become once its lacks are cured."""
        return STATUS[self.conditions.best]

    @property
    def is_known(self) -> bool:
        """A sheet can speak of it: it is settled, or met, lacking or left to others by all that was asked so far."""
        return not self.conditions.open or self.conditions.verdict not in (OPEN, NOT_GOVERNED)

    @property
    def because(self) -> tuple[str, ...]:
        return self.conditions.because

    @property
    def findings(self) -> tuple[Judged, ...]:
        """The conditions that count and are not simply met."""
        return tuple(part for part in self.conditions.parts if part.verdict != FITS)
