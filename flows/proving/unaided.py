"""What somebody in doubt has to say on the phone: of each route the first sentence that anybody has; none at all is a fault."""

from dataclasses import dataclass
from functools import cached_property, partial

from flows.facts import Answer, Facts, Line, When
from flows.policy import Policy
from flows.proving.answers import Look, Resident, of_rules, of_when, silent_in, told_apart
from flows.proving.compared import agrees, plainest
from flows.proving.diagrams import Diagrams, Node
from flows.routes import Route
from flows.rules import AMBIGUOUS, FITS, FITS_IF, LOCAL_RULES, NOT_GOVERNED, OPEN, Rule

Stand = tuple[int, bool, bool, str]  # the worst verdict; whether something is open, or not known; the first question
MET: Stand = (FITS, False, False, "")


@dataclass(frozen=True)
class Phone:
    """A route, and what those say who have to ask: what is ambiguous, what others decide, what they do not know."""

    policy: Policy
    route: Route

    @property
    def firsts(self) -> list[str]:
        """Every sentence that is somebody's first; "" where there is somebody who has none."""
        return sorted(str(says) for says in self.diagrams.leaves(self._said) if says is not None)

    def somebody(self, first: str) -> Resident:
        """One of those who have it, and says no more than is needed."""
        return plainest(self.diagrams, self.diagrams.a_class(self.diagrams.join(lambda says: says == first, self._said)) or {})

    @cached_property
    def _said(self) -> Node:
        made = self.diagrams.leaf(MET)
        for rule in self.route.needs.needs:
            made = self.diagrams.join(_worse, made, self._judged(rule))
        return self.diagrams.join(_first, made, self._asked(), self._possible())

    # ---- the answers ----

    @cached_property
    def looks(self) -> list[Look]:
        questions = [line for need in self.route.needs.leaves() for line in need.texts.question]
        lines = [line for line in (*self.route.asks, *questions) if line.when]
        found = [*of_rules(self.route.needs.needs), *(look for line in lines if line.when for look in of_when(line.when))]
        names = {name for name, _ in found}
        for one in self.policy.inferences:
            if names.issuperset((one.fact, *one.when.facts)):
                found += [*of_when(one.when), (one.fact, one.answer.__eq__)]
        return found

    @cached_property
    def diagrams(self) -> Diagrams:
        judged = {need.fact for rule in self.route.needs.needs for need in rule.leaves()} | silent_in(self.route.needs.needs)
        return Diagrams({name: self._answers(name, name in judged) for name in dict.fromkeys(name for name, _ in self.looks)})

    def _answers(self, name: str, judged: bool) -> tuple[Answer | None, ...]:
        """Unsaid is what a branch has no need of, and what is asked of nobody; where a condition needs it, it is open."""
        return (*([None] if judged else []), *told_apart(self.policy.facts[name], self.looks, unsure=True))

    # ---- as diagrams ----

    def _judged(self, rule: Rule) -> Node:
        needs = tuple(rule.leaves())
        whens = [when for need in needs for when in (need.when, *(line.when for line in need.texts.question)) if when]

        def stand(facts: Facts) -> Stand:
            judged = rule.judge(facts)
            verdict, unsure = judged.verdict, judged.verdict == FITS_IF and judged.unsure
            unclear = [need for need in needs if verdict == AMBIGUOUS == need.verdict(facts)]
            asked = (line.says for need in unclear for line in need.texts.question if _holds(line, facts))
            return verdict, verdict == OPEN, unsure, next(asked, "")

        return self.diagrams.table({need.fact for need in needs}.union(*(when.facts for when in whens)), stand)

    def _asked(self) -> Node:
        """The first of the route's own sentences."""
        made = self.diagrams.leaf("")
        for line in reversed([line for line in self.route.asks if not line.see]):  # that may be left out
            made = self.diagrams.join(lambda yes, later, says=line.says: says if yes else later, self._when(line.when), made)
        return made

    def _when(self, when: When | None) -> Node:
        answers = self.diagrams.answers
        accepted = when.accepted if when else ()
        few = {fact: frozenset(at for at, one in enumerate(answers[fact]) if one in some) for fact, some in accepted}
        return self.diagrams.of_cube(few)

    def _possible(self) -> Node:
        """Whether somebody asks for what the route is for, and says nothing against what follows from the rest of it."""
        made = self.diagrams.leaf(True)
        if "matter" in self.diagrams.answers:
            made = self.diagrams.table(["matter"], lambda facts: facts.get("matter") in self.route.matters)
        if "mover_citizen" in self.diagrams.answers:  # that nothing is for a foreigner is said of every route at once
            made = self.diagrams.join(
                _both, made, self.diagrams.table(["mover_citizen"], lambda one: one.get("mover_citizen") != "no")
            )
        for one in self.policy.inferences:
            if {*self.diagrams.names}.issuperset((one.fact, *one.when.facts)):
                follows = self.diagrams.table((one.fact, *one.when.facts), partial(agrees, one))
                made = self.diagrams.join(_both, made, follows)
        return made


def _holds(line: Line, facts: Facts) -> bool:
    return line.when is None or line.when.holds(facts)


def _both(one: bool, other: bool) -> bool:
    return one and other


def _worse(one: Stand, other: Stand) -> Stand:
    return max(one[0], other[0]), one[1] or other[1], one[2] or other[2], one[3] or other[3]


def _first(stand: Stand, own: str, possible: bool) -> str | None:
    """What somebody says first; None where there is nobody, or nothing to ask."""
    verdict, open_, unsure, question = stand
    doubts = verdict in (LOCAL_RULES, AMBIGUOUS, NOT_GOVERNED) or (verdict == FITS_IF and unsure)
    if open_ or not doubts or not possible:
        return None
    return (question if verdict != NOT_GOVERNED else "") or own
