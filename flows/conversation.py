"""The conversation: one finite-state machine for every channel, and the small session that it moves.

The machine alone sets the phase; the question is never a state: it follows from the answers.
"""

from dataclasses import dataclass, field, replace

from transitions import Machine

from flows.book import Book
from flows.facts import Answer, Facts, NotUnderstood
from flows.policy import TOPICS, Policy

PHASES = ("new", "asking", "answers", "changing", "result", "topic", "closed")
TALKING = ("asking", "answers", "changing", "result", "topic")
NOT_TALKING = ("new", "closed")

# move, from, to, condition: the first row that fits is taken; where no row fits, the move is out of place.
MOVES: tuple[tuple[str, tuple[str, ...], str, str | None], ...] = (
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


@dataclass(slots=True)
class Session:
    """What is kept of a conversation: nothing but choices."""

    language: str = "zh"
    as_of: str = ""  # ISO date on which the conversation began
    phase: str = "new"
    facts: dict[str, Answer] = field(default_factory=dict)  # in the order of answering
    seen: tuple[str, ...] = ()  # routes on the sheets shown before "look at other routes"
    open: str = ""  # the fact being changed, or the topic being read

    def copy(self) -> "Session":
        return replace(self, facts=dict(self.facts))


@dataclass(frozen=True, slots=True)
class Move:
    """What a person did: a row of MOVES, or a question about the question (`why`, `help`).

    `answer` is to the question that is asked; `tell` and `untell` set any fact in any order (who takes a call does that, and a
    link that names a city).
    """

    name: str
    subject: str = ""  # the fact or topic that it is about
    value: Answer = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What changing an answer did to one route."""

    route: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person gets: the phase entered, the question or topic it shows, and what to say besides.

    `aside`: "", "why", "help", "more_none", "out_of_place", "stale", "kept" (city changed) or "changed".
    """

    phase: str
    fact: str | None = None
    topic: str | None = None
    aside: str = ""
    changes: tuple[Change, ...] = ()


class Conversation:
    """One turn: a working copy of a session on its way through the machine."""

    __slots__ = ("aside", "book", "changes", "due", "move", "reply", "session", "state")

    def __init__(self, book: Book, session: Session, move: Move) -> None:
        self.book = book
        self.session = session
        self.move = move
        self.state = session.phase
        self.aside = ""
        self.changes: tuple[Change, ...] = ()
        self.reply = Reply(session.phase)
        self.due: tuple[Facts, tuple[str, ...], str | None] | None = None  # answers, sheets seen, and the question then due

    @property
    def policy(self) -> Policy | None:
        return self.book.policy(self.session.facts.get("city"))

    # ---- conditions ----

    def question_left(self) -> bool:
        return self.question() is not None

    def question(self) -> str | None:
        """The question that is due, or None: the answer sheet is. Sought once for the same answers."""
        facts, seen = self.session.facts, self.session.seen
        if "city" not in facts:
            return "city"
        if self.due is None or self.due[:2] != (facts, seen):
            self.due = (dict(facts), seen, self.policy.next_fact(facts, seen) if self.policy else None)
        return self.due[2]

    # ---- what a move does, before the conditions are looked at ----

    def apply(self) -> None:
        match self.move.name:
            case "answer" | "tell":
                self.apply_answer()
            case "untell":
                del self.session.facts[self.move.subject]
                if self.move.subject == "city":
                    self.forget_city()
                self.session.seen = ()
            case "back" if self.state in ("asking", "result"):
                self.undo()
            case "more":
                self.look_further()
            case "restart" | "leave":
                self.forget()
            case "change" | "open_topic":
                self.session.open = self.move.subject

    def apply_answer(self) -> None:
        session, fact, before = self.session, self.move.subject, dict(self.session.facts)
        session.facts[fact] = self.move.value
        if before.get(fact, self.move.value) != self.move.value:
            if fact == "city":
                self.forget_city()
            session.seen = ()
        if fact in before:
            self.aside = "kept" if fact == "city" else "changed"
            self.changes = compare(self.policy, before, session.facts) if fact != "city" else ()
            session.open = ""

    def forget_city(self) -> None:
        """Another city, or none: what was said about the old one goes, what belongs to the person stays."""
        known = self.book.facts
        facts = self.session.facts
        self.session.facts = {fact: answer for fact, answer in facts.items() if fact == "city" or known[fact].about == "person"}

    def undo(self) -> None:
        """Takes back the last answer, and answers that no question depends on any more; or the last look at other routes."""
        facts = self.session.facts
        kept, before = self.last_look()
        if len(facts) == kept:
            self.session.seen = before
            return
        shown = self.question()
        while len(facts) > kept:
            facts.popitem()
            if self.question() != shown:
                break

    def last_look(self) -> tuple[int, tuple[str, ...]]:
        """Where one last looked at other routes: how many answers there were, and what had been seen before that.

        It follows from the answers: wherever no question was due, one looked further. Where that does not lead to what has
        been seen (answers were told in another order), it is as if one had looked further just now.
        """
        facts, policy = self.session.facts, self.policy
        if policy is None or not self.session.seen:
            return 0, ()
        seen: tuple[str, ...] = ()
        for count in range(1, len(facts) + 1):
            known = dict(list(facts.items())[:count])
            if policy.next_fact(known, seen) is None:
                before, seen = seen, settled(policy, known)
                if seen == self.session.seen:
                    return count, before
        return len(facts), ()

    def look_further(self) -> None:
        if self.policy is not None:
            self.session.seen = settled(self.policy, self.session.facts)

    def forget(self) -> None:
        self.session.facts = {}
        self.session.seen = ()
        self.session.open = ""

    # ---- replies: made on entering a phase ----

    def enter(self) -> None:
        self.session.phase = self.state
        self.reply = Reply(self.state, self.shown_fact(), self.shown_topic(), self.aside, self.changes)

    def shown_fact(self) -> str | None:
        if self.state == "changing":
            return self.session.open
        return self.question() if self.state == "asking" else None

    def shown_topic(self) -> str | None:
        return (self.session.open or None) if self.state == "topic" else None


def settled(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """What an answer sheet has shown: the routes whose status is certain, and the topics."""
    return (*(route.id for route in policy.routes.values() if route.settled(facts)), TOPICS)


def compare(policy: Policy | None, before: Facts, after: Facts) -> tuple[Change, ...]:
    """The routes whose status differs between two sets of answers."""
    if policy is None:
        return ()
    old, new = policy.statuses(before), policy.statuses(after)
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


def take(book: Book, session: Session, move: Move) -> tuple[Session, Reply]:
    """One turn: (the session after it, the reply). The session given is left as it was.

    A move that is out of place, an old question's answer, `why` and `help` change nothing: they show the phase again.
    Raises NotUnderstood if an answer, a fact or a topic is not one of the book's.
    """
    check_move(book, session, move)
    turn = Conversation(book, session.copy(), move)
    if move.name in ("why", "help"):
        return show(book, session, move.name)
    if move.name == "answer" and move.subject != turn.shown_fact():
        return show(book, session, "stale")
    if move.name not in MACHINE.events or session.phase not in MACHINE.events[move.name].transitions:
        return show(book, session, "out_of_place")
    if not MACHINE.events[move.name].trigger(turn):
        return show(book, session, "more_none" if move.name == "more" else "out_of_place")
    return turn.session, turn.reply


def show(book: Book, session: Session, aside: str = "") -> tuple[Session, Reply]:
    """The present phase once more, with something said besides."""
    turn = Conversation(book, session.copy(), Move(""))
    turn.aside = aside
    turn.enter()
    return session, turn.reply


def asked(book: Book, session: Session) -> str | None:
    """The fact that the session's question is about."""
    turn = Conversation(book, session, Move(""))
    return turn.shown_fact()


def due(book: Book, session: Session) -> str | None:
    """The question that comes next, whatever the person is looking at; None: the answer sheet is due."""
    return Conversation(book, session, Move("")).question()


def what_if(book: Book, session: Session, fact: str, answer: Answer) -> tuple[Change, ...]:
    """What an answer would do to the routes; of another city every route as it would stand there."""
    after, _ = take(book, session, Move("tell", fact, answer))
    city = after.facts.get("city")
    if fact == "city" and city != session.facts.get("city"):
        policy = book.policy(city)
        return tuple(Change(route, "", status) for route, status in policy.statuses(after.facts).items()) if policy else ()
    return compare(book.policy(city), session.facts, after.facts)


def check_move(book: Book, session: Session, move: Move) -> None:
    city = session.facts.get("city")
    if move.name in ("answer", "tell", "change", "untell"):
        if move.subject not in book.facts:
            raise NotUnderstood(move.subject)
        if move.name in ("answer", "tell"):
            book.fact(move.subject, city).clean(move.value)
        elif move.subject not in session.facts:
            raise NotUnderstood(move.subject)
    if move.name == "open_topic":
        policy = book.policy(city)
        if policy is None or (move.subject and move.subject not in policy.topics):
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
