"""The conversation: one finite-state machine for every channel, and the small session that it moves.

The machine alone sets the phase; the question is never a state: it follows from the answers (`flows.talk`). What a session is
made of stands in `flows.session`.
"""

from collections.abc import Mapping
from typing import assert_never

from msgspec.structs import replace
from transitions import Machine

from flows.facts import Answer, Facts, NotUnderstood
from flows.pending import agreed, before_the_yes, of_the_person, proposed, settled_in
from flows.policy import Policy
from flows.rules import Status
from flows.session import (
    LANGUAGES,
    NOT_TALKING,
    NOTHING_PENDING,
    PHASES,
    TALKING,
    Aside,
    AsksFor,
    Change,
    Move,
    MoveName,
    NewRules,
    Pending,
    Phase,
    Reply,
    Session,
    Shown,
)
from flows.talk import Talk, settled

__all__ = ["LANGUAGES", "NOT_TALKING", "PHASES", "TALKING", "Aside", "AsksFor", "Change", "Move", "MoveName", "NewRules",
           "Pending", "Phase", "Reply", "Session", "Shown", "Talk", "compare", "diagram", "take", "what_if"]  # fmt: skip

WAYS_ON: tuple[tuple[Phase, str | None], ...] = (("heard", "something_heard"), ("asking", "question_left"), ("result", None))

# move, from, to, condition: the first row that fits is taken; where no row fits, the move is out of place.
MOVES: tuple[tuple[MoveName, tuple[Phase, ...], Phase, str | None], ...] = (
    ("begin", NOT_TALKING, "asking", None),
    ("answer", ("asking", "changing"), "asking", "question_left"),
    ("answer", ("asking", "changing"), "result", None),
    ("answer", ("altering",), "heard", None),
    ("back", ("answers", "topic"), "heard", "something_heard"),
    ("back", ("asking", "result", "answers", "topic", "heard"), "asking", "question_left"),
    ("back", ("asking", "result", "answers", "topic", "heard"), "result", None),
    ("back", ("changing",), "answers", None),
    ("back", ("altering",), "heard", None),
    ("review", TALKING, "answers", None),
    ("change", ("answers",), "changing", None),
    ("more", ("result",), "asking", "question_left"),
    *((name, TALKING, phase, condition) for name in ("tell", "untell", "hear") for phase, condition in WAYS_ON),
    ("agree", ("heard",), "asking", "question_left"),
    ("agree", ("heard",), "result", None),
    ("alter", ("heard",), "altering", None),
    *(("drop", ("heard",), phase, condition) for phase, condition in WAYS_ON),
    ("refuse", ("heard",), "asking", "question_left"),
    ("refuse", ("heard",), "result", None),
    ("open_topic", TALKING, "topic", None),
    ("restart", PHASES, "asking", None),
    ("leave", PHASES, "closed", None),
)


class _Step:
    """One move on its way through the machine; `talk` is what it has become so far."""

    __slots__ = ("aside", "changes", "move", "state", "talk")

    def __init__(self, talk: Talk, move: Move) -> None:
        self.talk = talk
        self.move = move
        self.state: Phase = talk.session.phase
        self.aside: Aside = ""
        self.changes: tuple[Change, ...] = ()

    def keep(self, **changes: object) -> None:
        self.talk = self.talk.become(replace(self.talk.session, **changes))

    # ---- the conditions ----

    def question_left(self) -> bool:
        return self.talk.due is not None

    def something_heard(self) -> bool:
        return self.talk.session.heard.is_shown

    # ---- what a move does, before the condition is looked at ----

    def apply(self) -> None:
        facts, subject = self.talk.facts, self.move.subject
        match self.move.name:
            case "answer" if self.state == "altering":
                self.wait({**self.talk.session.heard.facts, subject: self.move.value})
            case "answer" | "tell":
                self.apply_answer()
            case "untell":
                left = {fact: answer for fact, answer in facts.items() if fact != subject}
                self.keep(facts=of_the_person(self.talk.book, left) if subject == "city" else left, seen=())
            case "hear":
                self.keep(heard=proposed(self.talk.book, self.talk.session, self.move.heard))
            case "agree":
                self.apply_agreement()
            case "drop":
                self.keep(heard=self.talk.session.heard.without(subject))
            case "back" if self.state in ("asking", "result"):
                self.undo()
            case "refuse" | "back" if self.state == "heard":
                self.aside = "refused" if self.move.name == "refuse" else ""
                self.keep(heard=NOTHING_PENDING)
            case "more":
                self.keep(seen=settled(self.talk.policy, self.talk.known) if self.talk.policy else self.talk.session.seen)
            case "restart" | "leave":
                self.talk = self.talk.become(self.talk.session.without_answers())
            case "change" | "open_topic" | "alter":
                self.keep(open=subject)
            case "begin" | "back" | "review" | "refuse" | "why" | "help" | "ask_for":
                pass
            case never:
                assert_never(never)

    def wait(self, facts: Facts) -> None:
        """Other proposals: all of them are looked at anew, as one may be about another city now."""
        session = self.talk.session
        fresh = replace(session, heard=NOTHING_PENDING)
        self.keep(heard=proposed(self.talk.book, fresh, replace(session.heard, facts=facts)))

    def apply_answer(self) -> None:
        fact, value, before, known = self.move.subject, self.move.value, self.talk.facts, self.talk.known
        if before.get(fact, value) == value and (fact in before or fact != "city"):
            self.keep(facts={**before, fact: value})
        else:
            left = settled_in(self.talk.book, before, value) if fact == "city" else before
            self.keep(facts={**left, fact: value}, seen=())
        if together := self.talk.session.together:
            others = () if fact == "city" else tuple(one for one in together if one != fact)  # it was said by itself now
            self.keep(together=others, before=self.talk.session.before if others else {})
        if fact in known:
            self.aside = "kept" if fact == "city" else "changed"
            self.changes = compare(self.talk.policy, before, self.talk.facts) if fact != "city" else ()
            self.keep(open="")
        waiting = self.talk.session.heard.without(fact)
        self.keep(heard=waiting if self.move.name == "tell" else Pending(doubts=waiting.doubts))
        if self.talk.session.heard.is_shown:
            self.wait(waiting.facts)

    def apply_agreement(self) -> None:
        before, known = self.talk, self.talk.known
        self.talk = before.become(agreed(before.book, before.session))
        other = {fact for fact, answer in before.session.heard.facts.items() if known.get(fact, answer) != answer}
        self.aside = "kept" if "city" in other else "changed" if other else "agreed"
        self.changes = compare(before.policy, before.facts, self.talk.facts) if self.aside == "changed" else ()

    def undo(self) -> None:
        """Takes back the last answer (or all that one yes made answers), and answers that no question depends on any more; or
        the last look at other routes."""
        kept, before = last_look(self.talk)
        if len(self.talk.facts) == kept:
            self.keep(seen=before)
            return
        shown = self.talk.due
        while len(self.talk.facts) > kept:
            session = self.talk.session
            if next(reversed([*session.facts])) in session.together:
                self.keep(facts=before_the_yes(self.talk.book, session), together=(), before={}, heard=NOTHING_PENDING)
                break
            self.keep(facts=dict([*session.facts.items()][:-1]))
            if self.talk.due != shown:
                break

    # ---- in the phase that it leads to ----

    def done(self) -> tuple[Talk, Reply]:
        self.keep(phase=self.state)
        reply = self.talk.reply(self.aside, self.changes)
        return self.talk, replace(reply, said=self.move.subject) if self.move.name in ("answer", "tell") else reply


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


def compare(policy: Policy | None, before: Facts, after: Facts) -> tuple[Change, ...]:
    """The routes whose status differs between two sets of answers."""
    if policy is None:
        return ()
    old, new = policy.statuses(policy.known(before)), policy.statuses(policy.known(after))
    return tuple(Change(route, old[route], new[route]) for route in old if old[route] != new[route])


def _build() -> Machine:
    machine = Machine(model=None, states=list(PHASES), initial="new", auto_transitions=False)
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
        seen_anyway = talk.session.phase == "asking" and not talk.session.facts
        return after, after.reply("" if seen_anyway else "asks_for")
    if move.name == "answer" and move.subject != talk.asked:
        return talk, talk.reply("stale")
    event = MACHINE.events.get(move.name)
    if event is None or talk.session.phase not in event.transitions:
        return talk, talk.reply("out_of_place")
    step = _Step(talk, move)
    step.apply()
    if not event.trigger(step):
        return talk, talk.reply("more_none" if move.name == "more" else "out_of_place")
    return step.done()


def what_if(talk: Talk, fact: str, answer: Answer) -> tuple[Change, ...]:
    """What an answer would do to the routes; of another city every route as it would stand there."""
    after, _ = take(talk, Move("tell", fact, answer))
    if fact == "city" and after.facts.get("city") != talk.facts.get("city"):
        statuses: Mapping[str, Status] = after.policy.statuses(after.known) if after.policy else {}
        return tuple(Change(route, "", status) for route, status in statuses.items())
    return compare(after.policy, talk.facts, after.facts)


def check_move(talk: Talk, move: Move) -> None:
    if move.name in ("alter", "drop") and move.subject not in talk.session.heard.facts:
        raise NotUnderstood(move.subject)
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
