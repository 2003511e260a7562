"""Rules: conditions that judge what is known, say why, and say what they still need to know.

A condition gives one of seven verdicts, numbered so that the worst of several is simply the largest
(shared vocabulary: none > not_governed > open > fits_if > ambiguous > local_rules > fits).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from flows.facts import UNSURE, Answer, Facts, Lines, When

FITS, LOCAL_RULES, AMBIGUOUS, FITS_IF, OPEN, NOT_GOVERNED, NONE = range(7)
Status = Literal["fits", "local_rules", "ambiguous", "fits_if", "open", "not_governed", "none"]
STATUS: tuple[Status, ...] = get_args(Status)  # by verdict

# Of alternatives the most hopeful counts; one that is still open counts before one that is only likely.
ALTERNATIVES = {FITS: 0, OPEN: 1, FITS_IF: 2, LOCAL_RULES: 3, AMBIGUOUS: 4, NOT_GOVERNED: 5, NONE: 6}


@dataclass(frozen=True, slots=True)
class Texts:
    """What a condition says to people: Chinese source texts, empty where it has nothing to say.

    `lack`: the condition as a noun, after "still missing"; `find_out`: as what is to be found out.
    """

    says: str = ""
    clause: str = ""
    lack: str = ""
    find_out: str = ""
    cure: Lines = ()
    detail: Lines = ()
    unclear: Lines = ()
    question: Lines = ()
    governed: Lines = ()
    otherwise: Lines = ()
    fixed: bool = False  # no step of the resident can change the answer

    @property
    def noun(self) -> str:
        """The condition as a noun, or as the sentence that it is."""
        return self.lack or self.says

    @property
    def doubt(self) -> str:
        """The same where it is not known whether it is met."""
        return self.find_out or self.noun


@dataclass(frozen=True, slots=True)
class Need:
    """One condition on one fact. `table` gives the verdict for every answer, for `unsure` and for None (not answered)."""

    fact: str
    table: Mapping[Answer | None, int]
    texts: Texts
    when: When | None = None  # the branch it belongs to; elsewhere it does not count
    asked_when: tuple[When, ...] = ()  # a condition that holds unless something else was said is asked only then
    ahead: Mapping[str, Answer] = field(default_factory=dict)  # a stage that lies ahead -> what it will be then
    points: Mapping[Answer, Fraction] = field(default_factory=dict)  # of an item of points: what each answer gives

    def verdict(self, facts: Facts) -> int:
        if self.when is not None and not self.when.holds(facts):
            return FITS
        return self.table.get(facts.get(self.fact), self.table[None])

    def best(self, facts: Facts) -> int:
        """The best that it can become once everything is known and every lack is cured."""
        verdict = self.verdict(facts)
        return min(self.table.values()) if verdict in (OPEN, FITS_IF) else verdict

    def because(self, facts: Facts, verdict: int) -> Iterator[str]:
        if self.verdict(facts) == verdict and verdict != FITS:
            yield self.fact
            if verdict == NONE and self.when is not None:
                yield from self.when.facts

    def wanted(self, facts: Facts, fatal: bool) -> tuple[str, ...]:
        """The facts not answered yet that it depends on; `fatal`: only those whose answer could rule the route out."""
        if self.fact in facts and facts[self.fact] in self.table:
            return ()
        if self.when is not None and not self.when.holds(facts):
            return ()
        if fatal and NONE not in self.table.values():
            return ()
        asked = self.table[None] == OPEN or any(when.holds(facts) for when in self.asked_when)
        return (self.fact,) if asked else ()

    def leaves(self) -> Iterator["Need"]:
        yield self


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition must be met."""

    needs: tuple["Rule", ...]
    texts: Texts = Texts()

    def verdict(self, facts: Facts) -> int:
        worst = FITS
        for need in self.needs:
            verdict = need.verdict(facts)
            if verdict > worst:
                if verdict == NONE:
                    return NONE
                worst = verdict
        return worst

    def best(self, facts: Facts) -> int:
        return max(need.best(facts) for need in self.needs)

    def because(self, facts: Facts, verdict: int) -> Iterator[str]:
        for need in self.needs:
            yield from need.because(facts, verdict)

    def wanted(self, facts: Facts, fatal: bool) -> tuple[str, ...]:
        return self.stand(facts, fatal)[1]

    def stand(self, facts: Facts, fatal: bool = False) -> tuple[int, tuple[str, ...]]:
        """Its verdict, and the facts not answered yet that can change it: of what is not governed, those that rule it out."""
        verdict = self.verdict(facts)
        if verdict == NONE:
            return verdict, ()
        fatal = fatal or verdict == NOT_GOVERNED
        return verdict, tuple([fact for need in self.needs for fact in need.wanted(facts, fatal)])

    def leaves(self) -> Iterator[Need]:
        for need in self.needs:
            yield from need.leaves()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several conditions is enough."""

    needs: tuple["Rule", ...]
    texts: Texts = Texts()

    def verdict(self, facts: Facts) -> int:
        return min((need.verdict(facts) for need in self.needs), key=ALTERNATIVES.__getitem__)

    def best(self, facts: Facts) -> int:
        return min(need.best(facts) for need in self.needs)

    def because(self, facts: Facts, verdict: int) -> Iterator[str]:
        if self.verdict(facts) == verdict:
            for need in self.needs:
                yield from need.because(facts, verdict)

    def wanted(self, facts: Facts, fatal: bool) -> tuple[str, ...]:
        if self.verdict(facts) == FITS:
            return ()
        return tuple([fact for need in self.needs for fact in need.wanted(facts, fatal)])

    def leaves(self) -> Iterator[Need]:
        for need in self.needs:
            yield from need.leaves()


@dataclass(frozen=True, slots=True)
class Points:
    """Enough points: each item gives some for its answer, and together they must come to a threshold.

    An answer that is missing, or "not sure", leaves all that it could give open.
    """

    items: tuple[Need, ...]  # each is met by whatever is answered: only the sum decides
    at_least: Fraction
    texts: Texts = Texts()

    def score(self, facts: Facts) -> tuple[Fraction, Fraction]:
        """How many points there are at least, and can be at most."""
        least, most = Fraction(0), Fraction(0)
        for item in self.items:
            given = item.points.get(facts.get(item.fact, UNSURE))
            least += min(item.points.values()) if given is None else given
            most += max(item.points.values()) if given is None else given
        return least, most

    def verdict(self, facts: Facts) -> int:
        least, most = self.score(facts)
        if least >= self.at_least:
            return FITS
        if most < self.at_least:
            return NONE
        return OPEN if self.wanted(facts, fatal=False) else FITS_IF

    def best(self, facts: Facts) -> int:
        verdict = self.verdict(facts)
        return FITS if verdict in (OPEN, FITS_IF) else verdict

    def because(self, facts: Facts, verdict: int) -> Iterator[str]:
        """Of too few points what gives less than it could; of a doubt what is in doubt."""
        if self.verdict(facts) != verdict or verdict == FITS:
            return
        if verdict == OPEN:
            yield from self.wanted(facts, fatal=False)
            return
        for item in self.items:
            answer = facts.get(item.fact)
            given = None if answer is None else item.points.get(answer)
            if answer == UNSURE if verdict == FITS_IF else given is not None and given < max(item.points.values()):
                yield item.fact

    def wanted(self, facts: Facts, fatal: bool) -> tuple[str, ...]:
        """The items not answered yet that can still make it enough, or too little, whatever the others turn out to be."""
        least, most = self.score(facts)
        if least >= self.at_least or most < self.at_least:
            return ()
        missing = [item for item in self.items if item.fact not in facts]
        return tuple([item.fact for item in missing if self._can_tip(item, missing, least, most)])

    def _can_tip(self, item: Need, missing: list[Need], least: Fraction, most: Fraction) -> bool:
        """Whether some answers to the others leave it to this item."""
        low, high = min(item.points.values()), max(item.points.values())
        others = [one for one in missing if one is not item]
        sure = least - low - sum(min(one.points.values()) for one in others)  # without what is missing
        doubt = most - high - sum(max(one.points.values()) for one in others)
        reached = {Fraction(0)}
        for one in others:
            reached = {so_far + points for so_far in reached for points in set(one.points.values())}
        return any(base + some + low < self.at_least <= base + some + high for base in {sure, doubt} for some in reached)

    def leaves(self) -> Iterator[Need]:
        yield from self.items


Rule = Need | AllOf | AnyOf | Points


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one condition: its verdict and the facts that it rests on."""

    rule: Rule
    verdict: int
    facts: tuple[str, ...]
    unsure: bool  # fits_if only because the resident is not sure, not because something is lacking


def findings(rules: tuple[Rule, ...], facts: Facts) -> Iterator[Finding]:
    """Every condition that counts and is not simply met."""
    for rule in rules:
        verdict = rule.verdict(facts)
        if verdict != FITS:
            because = tuple(dict.fromkeys(rule.because(facts, verdict)))
            yield Finding(rule, verdict, because, any(facts.get(fact) == UNSURE for fact in because))
