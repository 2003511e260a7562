"""Talk: a session among the policies, and what follows from its answers."""

from dataclasses import dataclass, field
from functools import cached_property

from msgspec.structs import replace

from flows.book import Book
from flows.facts import Fact, Facts
from flows.pending import agreed
from flows.policy import TOPICS, Policy
from flows.session import TALKING, Aside, Change, Reply, Session

WORKED_OUT = ("policy", "known", "questions")
"""What of a talk follows from its answers alone. What is due follows from them, from what was seen, and from what is in doubt."""


@dataclass(frozen=True)
class Talk:
    """A session among the policies: its city's policy, the question asked and the question due, each worked out once."""

    book: Book = field(compare=False, repr=False)
    session: Session

    @property
    def facts(self) -> Facts:
        return self.session.facts

    @cached_property
    def policy(self) -> Policy | None:
        return self.book.policy(self.facts.get("city"))

    def policy_told(self, told: Facts) -> Policy | None:
        """The same; where no city is known, of one that was only told and waits for a yes."""
        return self.policy or self.book.policy(told.get("city"))

    @cached_property
    def known(self) -> Facts:
        """What was said, and what follows from it."""
        return self.policy.known(self.facts) if self.policy else self.facts

    @cached_property
    def questions(self) -> dict[str, Fact]:
        """Questions as `question` has worked them out so far."""
        return {}

    @property
    def inferred(self) -> Facts:
        """What follows from what was said, as far as it is worth showing."""
        quiet = {one.fact for one in self.policy.inferences if one.quiet} if self.policy else set()
        return {fact: answer for fact, answer in self.known.items() if fact not in self.facts and fact not in quiet}

    @cached_property
    def due(self) -> str | None:
        """The question that comes next, whatever the person is looking at; None: the answer sheet is due."""
        if "city" not in self.facts:
            return "city"
        if self.policy is None:
            return None
        due = self.policy.next_fact(self.facts, self.session.seen, known=self.known)
        if due in (None, "matter"):
            return due
        doubtful = (fact for fact in self.session.heard.doubts if fact not in self.known)
        return next((fact for fact in doubtful if self.policy.is_asked(fact, self.known, self.session.seen)), due)

    @property
    def asked(self) -> str | None:
        """The fact that the question on show is about."""
        if self.session.phase in ("changing", "altering"):
            return self.session.open
        return self.due if self.session.phase == "asking" else None

    @property
    def is_on(self) -> bool:
        """Whether there is something to go on with."""
        return self.session.phase in TALKING

    @cached_property
    def as_heard(self) -> "Talk":
        """The talk as it would be if all that was proposed were so."""
        return self.become(replace(agreed(self.book, self.session), phase="asking"))

    def fact(self, name: str) -> Fact:
        """A question as the talk's city asks it, or the city that was heard; raises KeyError."""
        if self.session.phase == "altering":
            return self.as_heard.fact(name)
        return self.book.fact(name, self.facts.get("city"))

    def question(self, name: str) -> Fact:
        """The same, with the options that no answer speaks against; raises KeyError."""
        if self.session.phase == "altering":
            return self.as_heard.question(name)
        if self.policy is None:
            return self.fact(name)
        if name not in self.questions:
            self.questions[name] = self.policy.question(name, self.known)
        return self.questions[name]

    def become(self, session: Session) -> "Talk":
        """The talk with another session. What was worked out stays, where it follows from the same answers."""
        after, was = Talk(self.book, session), self.session
        if session.facts == was.facts:
            same = (session.seen, session.heard.doubts) == (was.seen, was.heard.doubts)
            kept = (*WORKED_OUT, "due") if same else WORKED_OUT
            after.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        return after

    @property
    def has_more(self) -> bool:
        """Whether there are other routes to look at: whether `more` leads to a question."""
        return self.policy is not None and self.policy.has_unsettled(self.known)

    def reply(self, aside: Aside = "", changes: tuple[Change, ...] = ()) -> Reply:
        """What there is to see now, with something said besides."""
        phase, opened = self.session.phase, self.session.open
        return Reply(phase, self.asked, (opened or None) if phase == "topic" else None, aside, changes, near=self.in_doubt)

    @property
    def in_doubt(self) -> tuple[str, ...]:
        """The options of the question asked between which somebody's words left it open."""
        doubts = self.session.heard.doubts
        values = doubts.get(self.asked or "", ()) if doubts and self.session.phase == "asking" else ()
        fact = self.question(self.asked) if values and self.asked else None
        return tuple(one for one in fact.options if one in values) if fact and not fact.many else ()


def settled(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """What an answer sheet has shown: the routes whose status is certain, and the topics."""
    return (*(route.id for route in policy.routes.values() if route.settled(facts)), TOPICS)
