"""Rules: conditions that judge what is known, say why, and say what they still need to know.

A condition gives one of seven verdicts, numbered so that the worst of several is simply the largest
(shared vocabulary: none > not_governed > open > fits_if > ambiguous > local_rules > fits).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple, get_args

from flows.facts import UNSURE, Answer, Facts, Lines, When

FITS, LOCAL_RULES, AMBIGUOUS, FITS_IF, OPEN, NOT_GOVERNED, NONE = range(7)
Status = Literal["fits", "local_rules", "ambiguous", "fits_if", "open", "not_governed", "none"]
STATUS: tuple[Status, ...] = get_args(Status)  # by verdict

ELSEWHERE = ""  # in place of the answer, in a branch that is not the person's

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


class Judged(NamedTuple):
    """What became of a condition: judged once, and read by the sheet, by why a question is asked, and by the desk.

    `best`: what it can become once everything is known and every lack is cured; `open`: the conditions without an answer that can
    still change it. Of what gives a verdict by itself, `rests_on`: the facts that decide it; `doubted`: one of
    them is not known.
    """

    rule: "Rule"
    verdict: int
    best: int
    open: tuple["Need", ...] = ()
    parts: tuple["Judged", ...] = ()
    rests_on: tuple[str, ...] = ()
    doubted: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """The facts not answered yet that can still change it; none: it is settled."""
        return tuple(dict.fromkeys([need.fact for need in self.open]))

    @property
    def because(self) -> tuple[str, ...]:
        """The facts that its verdict rests on."""
        return tuple(dict.fromkeys([fact for one in self.leaves(speaking=True) for fact in one.rests_on]))

    @property
    def unsure(self) -> bool:
        """Whether that is not because something is lacking, but because it is not known."""
        return any(one.doubted for one in self.leaves(speaking=True))

    def leaves(self, speaking: bool = False) -> Iterator["Judged"]:
        """What gives a verdict by itself; `speaking`: only that from which the verdict of the whole comes."""
        if not self.parts:
            yield self
        for part in self.parts:
            if not speaking or part.verdict == self.verdict:
                yield from part.leaves(speaking)


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
    _judged: dict[Answer | None, Judged] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def decisive(self) -> bool:
        """Whether an answer to it can rule a route out."""
        return NONE in self.table.values() or bool(self.points)

    def verdict(self, facts: Facts) -> int:
        if self.when is not None and not self.when.holds(facts):
            return FITS
        return self.table.get(facts.get(self.fact), self.table[None])

    def judge(self, facts: Facts) -> Judged:
        answer = facts.get(self.fact)
        if self.when is not None and not self.when.holds(facts):
            answer = ELSEWHERE
        elif answer not in self.table:
            answer = None
        judged = self._judged.get(answer) or self._judged.setdefault(answer, self._given(answer))
        asked = answer is None and self.asked_when and any(when.holds(facts) for when in self.asked_when)
        return judged._replace(open=(self,)) if asked else judged

    def _given(self, answer: Answer | None) -> Judged:
        """What an answer makes of it: the same whoever gives it, and so worked out once."""
        verdict = self.table.get(answer, FITS)
        best = min(self.table.values()) if verdict in (OPEN, FITS_IF) else verdict
        open_ = (self,) if answer is None and verdict == OPEN else ()
        branch = self.when.facts if verdict == NONE and self.when is not None else ()
        return Judged(self, verdict, best, open_, (), (self.fact, *branch) if verdict != FITS else (), answer == UNSURE)

    def leaves(self) -> Iterator["Need"]:
        yield self


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions as one."""

    needs: tuple["Rule", ...]
    texts: Texts = Texts()

    def leaves(self) -> Iterator[Need]:
        for need in self.needs:
            yield from need.leaves()


class AllOf(Group):
    """Every condition must be met."""

    def verdict(self, facts: Facts) -> int:
        worst = FITS
        for need in self.needs:
            verdict = need.verdict(facts)
            if verdict > worst:
                if verdict == NONE:
                    return NONE
                worst = verdict
        return worst

    def judge(self, facts: Facts) -> Judged:
        parts = tuple([need.judge(facts) for need in self.needs])
        verdict, best = max([part.verdict for part in parts]), max([part.best for part in parts])
        return Judged(self, verdict, best, _open(parts, verdict) if verdict != NONE else (), parts)


class AnyOf(Group):
    """One of several conditions is enough."""

    def verdict(self, facts: Facts) -> int:
        return min((need.verdict(facts) for need in self.needs), key=ALTERNATIVES.__getitem__)

    def judge(self, facts: Facts) -> Judged:
        parts = tuple([need.judge(facts) for need in self.needs])
        verdict = min([part.verdict for part in parts], key=ALTERNATIVES.__getitem__)
        best = min([part.best for part in parts])
        return Judged(self, verdict, best, _open(parts, verdict) if verdict != FITS else (), parts)


def _open(parts: tuple[Judged, ...], verdict: int) -> tuple[Need, ...]:
    """Of what is governed elsewhere only what can rule it out."""
    open_ = [need for part in parts for need in part.open]
    return tuple(open_ if verdict != NOT_GOVERNED else [need for need in open_ if need.decisive])


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
        return self.judge(facts).verdict

    def judge(self, facts: Facts) -> Judged:
        """Too few rest on what gives less than it could; a doubt on what is in doubt."""
        least, most = self.score(facts)
        if least >= self.at_least:
            return Judged(self, FITS, FITS)
        said = [(item, item.points.get(facts.get(item.fact, UNSURE))) for item in self.items]
        if most < self.at_least:
            less = [item.fact for item, given in said if given is not None and given < max(item.points.values())]
            return Judged(self, NONE, NONE, rests_on=tuple(less))
        missing = [item for item in self.items if item.fact not in facts]
        if open_ := tuple([item for item in missing if self._can_tip(item, missing, least, most)]):
            return Judged(self, OPEN, FITS, open_, rests_on=tuple([item.fact for item in open_]))
        unsure = tuple([item.fact for item in self.items if facts.get(item.fact) == UNSURE])
        return Judged(self, FITS_IF, FITS, rests_on=unsure, doubted=bool(unsure))

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
