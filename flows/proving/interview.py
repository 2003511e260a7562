"""The interview: walked with the engine's own `next_fact` through every talk that there can be, alike ones once."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from flows.facts import Answer, Facts
from flows.policy import HOPE, RIGHTS, TO_TOWN, Policy
from flows.proving.answers import Resident, told_apart
from flows.proving.claims import Found, Kind
from flows.proving.completions import Completions
from flows.proving.residue import Residue
from flows.routes import Route
from flows.rules import STATUS, Status

MOST_STATES = 1_000_000


def how_hopeful(status: Status, foreign: bool) -> int:
    """The more hopeful, the less. Nothing in a document is for a foreigner, whatever else is lacking."""
    if status == "open":
        return len(HOPE)
    return HOPE.index("not_governed" if foreign and status == "none" else status)


class TooMany(Exception):
    """More states than are looked at: nothing is proved."""


@dataclass
class Walk:
    """All talks of a city on one matter: each state is what a talk leaves to be asked and judged."""

    policy: Policy
    matter: str
    most: int = MOST_STATES
    ahead: dict[Hashable, int] = field(default_factory=dict)  # state -> how many questions still come at most
    asked: dict[str, set[str]] = field(default_factory=dict)  # question -> options that some talk offers
    found: dict[tuple[object, ...], Found] = field(default_factory=dict)  # of each kind the one with the shortest witness
    _choices: dict[tuple[str, ...], tuple[Answer, ...]] = field(default_factory=dict)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Those that the matter can lead to."""
        to_town = self.matter == TO_TOWN
        return tuple(one for one in self.policy.routes.values() if self.matter in one.matters or (to_town and one.grounds))

    @cached_property
    def residue(self) -> Residue:
        return Residue(self.policy, self.routes)

    @cached_property
    def completions(self) -> Completions:
        return Completions(self.policy)

    def claims(self) -> Iterator[Found]:
        """All that is found on the way, and the longest talk."""
        start: Resident = {"city": self.policy.city, "matter": self.matter}
        try:
            most = self.longest(start)
        except TooMany:
            yield Found("too_many", "unproved", self.policy.city, matter=self.matter, questions=len(self.ahead))
            return
        yield from self.found.values()
        if most:
            witness = self._longest_talk(start)
            yield Found("longest", "note", self.policy.city, matter=self.matter, questions=most + len(start), witness=witness)

    def longest(self, said: Resident) -> int:
        """How many questions still come at most."""
        key = self._key(said)
        if key in self.ahead:
            return self.ahead[key]
        if len(self.ahead) > self.most:
            raise TooMany
        fact = self.policy.next_fact(said)
        if fact is None:
            self._at_the_end(said)
            self.ahead[key] = 0
        elif fact in said:
            self._note("asks_twice", said, fact=fact)
            self.ahead[key] = 0
        else:
            self.ahead[key] = 1 + max(self.longest({**said, fact: answer}) for answer in self.answers(fact, said))
        return self.ahead[key]

    def _key(self, said: Resident) -> Hashable:
        return tuple(said.items()) if self.matter == RIGHTS else self.residue.key(said)

    def answers(self, fact: str, said: Resident) -> tuple[Answer, ...]:
        """One answer of each kind that can be given to a question."""
        offered = self.policy.question(fact, self.policy.known(said))
        key = (fact, *offered.options)
        if key not in self._choices:
            self._choices[key] = told_apart(offered, self.residue.looks, unsure=True)
            self.asked.setdefault(fact, set()).update(offered.options)
        if not offered.options:
            self._note("nothing_to_choose", said, fact=fact)
        return self._choices[key]

    def _longest_talk(self, said: Resident) -> Resident:
        while (fact := self.policy.next_fact(said)) is not None and fact not in said:
            said = max(
                ({**said, fact: answer} for answer in self.answers(fact, said)), key=lambda one: self.ahead[self._key(one)]
            )
        return said

    # ---- what is so at the end ----

    def _at_the_end(self, said: Resident) -> None:
        """There is a result; what it says of the routes is so, whatever was not asked."""
        policy, known = self.policy, self.policy.known(said)
        if policy.overview(said) or self.matter == RIGHTS:
            return
        statuses = policy.statuses(known)
        unknown = tuple(route.id for route in self._in_question(known) if statuses[route.id] == "open")
        others = {statuses[route.id] for route in self._in_question(known)} - {"open", "none"}
        if unknown and not others and known.get("mover_citizen") != "no":
            self._note("dead_end", said, routes=unknown)  # whatever is said where the document is silent
        settled = {route.id: route.settled(known) for route in self._in_question(known)}
        for route in self._in_question(known):
            if settled[route.id]:
                self._exact(route, said, known, statuses[route.id])
        self._best(said, known, statuses, settled)

    def _in_question(self, known: Facts) -> tuple[Route, ...]:
        return self.policy.asked_for(known)

    def _exact(self, route: Route, said: Resident, known: Facts, status: Status) -> None:
        for verdict, completed in self.completions.of(route, known, unsure=True).items():
            if STATUS[verdict] != status:
                self._note("not_exact", said, completed, (route.id,), status=status, expect={route.id: STATUS[verdict]})

    def _best(self, said: Resident, known: Facts, statuses: dict[str, Status], settled: dict[str, bool]) -> None:
        """No route that was not asked about to its end is more hopeful than what the sheet says, and none of them alone is it."""
        if not settled:
            return
        foreign = known.get("mover_citizen") == "no"
        best = min(how_hopeful(statuses[route], foreign) for route in settled)
        sure = any(settled[route] and how_hopeful(statuses[route], foreign) == best for route in settled)
        for route in map(self.policy.routes.__getitem__, (one for one, is_settled in settled.items() if not is_settled)):
            is_best = how_hopeful(statuses[route.id], foreign) == best
            for verdict, completed in self.completions.of(route, known, unsure=False).items():
                hope = how_hopeful(STATUS[verdict], foreign)
                if hope < best or (is_best and not sure and hope != best):
                    expect = {route.id: STATUS[verdict]}
                    self._note("better_missed", said, completed, (route.id,), status=statuses[route.id], expect=expect)

    def _note(
        self,
        kind: Kind,
        said: Resident,
        completed: Resident | None = None,
        routes: tuple[str, ...] = (),
        fact: str = "",
        status: Status | None = None,
        expect: dict[str, Status] | None = None,
    ) -> None:
        key = (kind, routes, fact, status, *(expect or {}).values())
        witness = {**said, **(completed or {})}
        if key not in self.found or len(witness) < len(self.found[key].witness or ()):
            self.found[key] = Found(
                kind,
                "fault",
                self.policy.city,
                routes,
                fact=fact,
                matter=self.matter,
                status=status,
                witness=witness,
                expect=expect or {},
            )
