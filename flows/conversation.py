"""The conversation: one finite-state machine for every channel, and the small session that it moves.

The machine alone sets the phase; the question is never a state: it follows from the answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, assert_never

from transitions import Machine

from flows.book import Book
from flows.facts import Answer, Fact, Facts, NotUnderstood
from flows.policy import TOPICS, Policy
from flows.rules import Status

LANGUAGES = ("zh", "en")  # the first is the source

Phase = Literal["new", "asking", "answers", "changing", "result", "topic", "closed"]
PHASES: tuple[Phase, ...] = ("new", "asking", "answers", "changing", "result", "topic", "closed")
TALKING: tuple[Phase, ...] = ("asking", "answers", "changing", "result", "topic")
NOT_TALKING: tuple[Phase, ...] = ("new", "closed")

MoveName = Literal["begin", "answer", "back", "review", "change", "more", "tell", "untell", "open_topic", "restart", "leave",
                   "why", "help", "ask_for"]  # fmt: skip

# move, from, to, condition: the first row that fits is taken; where no row fits, the move is out of place.
MOVES: tuple[tuple[MoveName, tuple[Phase, ...], Phase, str | None], ...] = (
    ("begin", NOT_TALKING, "asking", None),
    ("answer", ("asking", "changing"), "asking", "question_left"),
    ("answer", ("asking", "changing"), "result", None),
    ("back", ("asking", "result", "answers"), "asking", "question_left"),
    ("back", ("asking", "result", "answers", "topic"), "result", None),
    ("back", ("changing",), "answers", None),
    ("review", ("asking", "result", "topic", "changing", "answers"), "answers", None),
    ("change", ("answers",), "changing", None),
    ("more", ("result",), "asking", "question_left"),
    ("tell", TALKING, "asking", "question_left"),
    ("tell", TALKING, "result", None),
    ("untell", TALKING, "asking", "question_left"),
    ("untell", TALKING, "result", None),
    ("open_topic", ("result", "topic"), "topic", None),
    ("restart", PHASES, "asking", None),
    ("leave", PHASES, "closed", None),
)


AsksFor = Literal["", "self", "family"]


@dataclass(frozen=True, slots=True)
class Session:
    """What is kept of a conversation: nothing but choices."""

    language: str = "zh"
    as_of: str = ""  # ISO date on which the conversation began
    phase: Phase = "new"
    facts: Facts = field(default_factory=dict)  # in the order of answering
    seen: tuple[str, ...] = ()  # routes on the sheets shown before "look at other routes"
    open: str = ""  # the fact being changed, or the topic being read
    asks_for: AsksFor = ""  # whom the person asks for, as far as they said; it decides how things are put, never a route

    def without_answers(self) -> "Session":
        return replace(self, facts={}, seen=(), open="", asks_for="")


@dataclass(frozen=True, slots=True)
class Move:
    """What a person did: a row of MOVES, a question about the question (`why`, `help`), or for whom they ask (`ask_for`).

    `answer` is to the question that is asked; `tell` and `untell` set any fact in any order (who takes a call does that, and a
    link that names a city).
    """

    name: MoveName
    subject: str = ""  # the fact or topic that it is about
    value: Answer = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What changing an answer did to one route."""

    route: str
    before: Status | Literal[""]  # "": there was none, or there is none any more
    after: Status | Literal[""]


@dataclass(frozen=True, slots=True)
class NewRules:
    """What other policies did to a talk that went on: routes that come out otherwise than on the sheet that was shown, and
    facts whose answers fell away."""

    changes: tuple[Change, ...] = ()
    dropped: tuple[str, ...] = ()


Aside = Literal[
    "",
    "why",
    "help",
    "more_none",
    "out_of_place",
    "stale",  # a button of an older question
    "kept",  # the city changed
    "changed",  # another answer changed
    "begun",  # the talk begins: the welcome
    "linked",  # a link named another city
    "link_gone",  # a link that brings a visit along was used up, or is too old
    "nothing_ticked",
    "not_understood",
    "thanks",
    "nothing_yet",  # no sheet is due
    "only_words",  # a photo, a voice …
    "about",
    "nothing_to_hand_over",
    "early",  # a text that was written before the question was there
    "forwarded",
    "edited",  # a message that was no answer, or says none
    "gone",  # there is no talk, perhaps not any more
    "own_answers",  # the number on a sheet, while there are answers already
    "restored",  # the answers under the number on a sheet
    "unchanged",  # nothing is said, and a sheet that was shown is not shown again
]
"""What is said beside what is shown."""

Shown = Literal["new", "asking", "answers", "changing", "result", "topic", "closed", "held", "restart", "language"]
"""What is shown: a phase; or that the hotline has the visit, that all is about to be wiped, that a language is to be chosen."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person gets: what is shown, the question or topic of it, and what to say besides."""

    phase: Shown
    fact: str | None = None
    topic: str | None = None
    aside: Aside = ""
    changes: tuple[Change, ...] = ()
    rules: NewRules | None = None  # said before anything else
    said: str = ""  # the fact that was just answered
    near: tuple[str, ...] = ()  # options of the question that were perhaps meant


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

    @cached_property
    def known(self) -> Facts:
        """What was said, and what follows from it."""
        return self.policy.known(self.facts) if self.policy else self.facts

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
        return self.policy.next_fact(self.facts, self.session.seen) if self.policy else None

    @property
    def asked(self) -> str | None:
        """The fact that the question on show is about."""
        if self.session.phase == "changing":
            return self.session.open
        return self.due if self.session.phase == "asking" else None

    @property
    def is_on(self) -> bool:
        """Whether there is something to go on with."""
        return self.session.phase in TALKING

    def fact(self, name: str) -> Fact:
        """A question as the talk's city asks it; raises KeyError."""
        return (self.policy.facts if self.policy else self.book.facts)[name]

    def question(self, name: str) -> Fact:
        """The same, with the options that no answer speaks against; raises KeyError."""
        if self.policy is None:
            return self.book.facts[name]
        return self.policy.question(name, {fact: answer for fact, answer in self.known.items() if fact != name})

    def become(self, session: Session) -> "Talk":
        """The talk with another session. What was worked out stays, where it follows from the same answers."""
        after = Talk(self.book, session)
        if session.facts == self.facts and session.seen == self.session.seen:
            after.__dict__.update({name: self.__dict__[name] for name in ("policy", "known", "due") if name in self.__dict__})
        return after

    def reply(self, aside: Aside = "", changes: tuple[Change, ...] = ()) -> Reply:
        """What there is to see now, with something said besides."""
        phase, opened = self.session.phase, self.session.open
        return Reply(phase, self.asked, (opened or None) if phase == "topic" else None, aside, changes)


class _Step:
    """One move on its way through the machine; `talk` is what it has become so far."""

    __slots__ = ("aside", "changes", "move", "reply", "state", "talk")

    def __init__(self, talk: Talk, move: Move) -> None:
        self.talk = talk
        self.move = move
        self.state: Phase = talk.session.phase
        self.aside: Aside = ""
        self.changes: tuple[Change, ...] = ()
        self.reply = Reply(talk.session.phase)

    def keep(self, **changes: object) -> None:
        self.talk = self.talk.become(replace(self.talk.session, **changes))  # type: ignore[arg-type]

    # ---- the condition ----

    def question_left(self) -> bool:
        return self.talk.due is not None

    # ---- what a move does, before the condition is looked at ----

    def apply(self) -> None:
        facts, subject = self.talk.facts, self.move.subject
        match self.move.name:
            case "answer" | "tell":
                self.apply_answer()
            case "untell":
                left = {fact: answer for fact, answer in facts.items() if fact != subject}
                self.keep(facts=self.of_the_person(left) if subject == "city" else left, seen=())
            case "back" if self.state in ("asking", "result"):
                self.undo()
            case "more":
                self.keep(seen=settled(self.talk.policy, self.talk.known) if self.talk.policy else self.talk.session.seen)
            case "restart" | "leave":
                self.talk = self.talk.become(self.talk.session.without_answers())
            case "change" | "open_topic":
                self.keep(open=subject)
            case "begin" | "back" | "review" | "why" | "help" | "ask_for":
                pass
            case never:
                assert_never(never)

    def apply_answer(self) -> None:
        fact, value, before, known = self.move.subject, self.move.value, self.talk.facts, self.talk.known
        if before.get(fact, value) == value:
            self.keep(facts={**before, fact: value})
        else:
            left = self.of_the_person(before) if fact == "city" else before
            self.keep(facts={**left, fact: value}, seen=())
        if fact in known:
            self.aside = "kept" if fact == "city" else "changed"
            self.changes = compare(self.talk.policy, before, self.talk.facts) if fact != "city" else ()
            self.keep(open="")

    def of_the_person(self, facts: Facts) -> dict[str, Answer]:
        """Another city, or none: what was said about the old one goes, what belongs to the person stays."""
        known = self.talk.book.facts
        return {fact: answer for fact, answer in facts.items() if fact == "city" or known[fact].about == "person"}

    def undo(self) -> None:
        """Takes back the last answer, and answers that no question depends on any more; or the last look at other routes."""
        kept, before = last_look(self.talk)
        if len(self.talk.facts) == kept:
            self.keep(seen=before)
            return
        shown = self.talk.due
        while len(self.talk.facts) > kept:
            self.keep(facts=dict([*self.talk.facts.items()][:-1]))
            if self.talk.due != shown:
                break

    # ---- on entering a phase ----

    def enter(self) -> None:
        self.keep(phase=self.state)
        said = self.move.subject if self.move.name in ("answer", "tell") else ""
        self.reply = replace(self.talk.reply(self.aside, self.changes), said=said)


def last_look(talk: Talk) -> tuple[int, tuple[str, ...]]:
    """Where one last looked at other routes: how many answers there were, and what had been seen before that.

    It follows from the answers: wherever no question was due, one looked further. Where that does not lead to what has
    been seen (answers were told in another order), it is as if one had looked further just now.
    """
    facts, policy = talk.facts, talk.policy
    if policy is None or not talk.session.seen:
        return 0, ()
    seen: tuple[str, ...] = ()
    for count in range(1, len(facts) + 1):
        known = dict(list(facts.items())[:count])
        if policy.next_fact(known, seen) is None:
            before, seen = seen, settled(policy, policy.known(known))
            if seen == talk.session.seen:
                return count, before
    return len(facts), ()


def settled(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """What an answer sheet has shown: the routes whose status is certain, and the topics."""
    return (*(route.id for route in policy.routes.values() if route.settled(facts)), TOPICS)


def compare(policy: Policy | None, before: Facts, after: Facts) -> tuple[Change, ...]:
    """The routes whose status differs between two sets of answers."""
    if policy is None:
        return ()
    old, new = policy.statuses(policy.known(before)), policy.statuses(policy.known(after))
    return tuple(Change(route, old[route], new[route]) for route in old if old[route] != new[route])


def _build() -> Machine:
    machine = Machine(
        model=None,
        states=[{"name": phase, "on_enter": "enter"} for phase in PHASES],
        initial="new",
        auto_transitions=False,
        prepare_event="apply",
    )
    for name, sources, target, condition in MOVES:
        machine.add_transition(name, list(sources), target, conditions=condition)
    return machine


MACHINE = _build()


def take(talk: Talk, move: Move) -> tuple[Talk, Reply]:
    """One turn: (the talk after it, the reply).

    A move that is out of place, an old question's answer, `why` and `help` change nothing: they show the phase again.
    Raises NotUnderstood if an answer, a fact or a topic is not one of the book's.
    """
    check_move(talk, move)
    if move.name in ("why", "help"):
        return talk, talk.reply(move.name)
    if move.name == "ask_for":
        after = talk.become(replace(talk.session, asks_for="self" if move.subject == "self" else "family"))
        return after, after.reply()
    if move.name == "answer" and move.subject != talk.asked:
        return talk, talk.reply("stale")
    event = MACHINE.events.get(move.name)
    if event is None or talk.session.phase not in event.transitions:
        return talk, talk.reply("out_of_place")
    step = _Step(talk, move)
    if not event.trigger(step):
        return talk, talk.reply("more_none" if move.name == "more" else "out_of_place")
    return step.talk, step.reply


def what_if(talk: Talk, fact: str, answer: Answer) -> tuple[Change, ...]:
    """What an answer would do to the routes; of another city every route as it would stand there."""
    after, _ = take(talk, Move("tell", fact, answer))
    if fact == "city" and after.facts.get("city") != talk.facts.get("city"):
        statuses: Mapping[str, Status] = after.policy.statuses(after.known) if after.policy else {}
        return tuple(Change(route, "", status) for route, status in statuses.items())
    return compare(after.policy, talk.facts, after.facts)


def check_move(talk: Talk, move: Move) -> None:
    if move.name in ("answer", "tell", "change", "untell"):
        if move.subject not in talk.book.facts:
            raise NotUnderstood(move.subject)
        if move.name in ("answer", "tell"):
            talk.fact(move.subject).clean(move.value)
        elif move.subject not in (talk.known if move.name == "change" else talk.facts):
            raise NotUnderstood(move.subject)
    if move.name == "ask_for" and move.subject not in ("self", "family"):
        raise NotUnderstood(move.subject)
    if move.name == "open_topic" and (talk.policy is None or (move.subject and move.subject not in talk.policy.topics)):
        raise NotUnderstood(move.subject)


def diagram() -> str:
    """The machine as a Mermaid state diagram, drawn from its own table."""
    lines = ["stateDiagram-v2", "    [*] --> new"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for name, event in MACHINE.events.items():
        for source, ways in event.transitions.items():
            for way in ways:
                arrows.setdefault((source, str(way.dest)), []).append(name)
    lines += [
        f"    {source} --> {target}: {', '.join(dict.fromkeys(names))}" for (source, target), names in sorted(arrows.items())
    ]
    return "\n".join([*lines, "    closed --> [*]"])
