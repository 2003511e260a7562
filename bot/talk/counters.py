"""Counters: how often each question was shown, answered, not known, changed or left, and what came out. No person in it."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bot.clock import today
from bot.store.counters import Count
from bot.talk.visit import Visit
from flows.conversation import NOT_TALKING, Reply, Session
from flows.facts import UNSURE

Event = tuple[str, str]
"""What happened, and to which fact or route."""


class Counters:
    """Counts since they were last written down: a kill loses some seconds of them, never an answer."""

    def __init__(self) -> None:
        self._counts: Counter[Count] = Counter()

    def turn(self, before: Visit, after: Visit, reply: Reply) -> None:
        """A turn that was kept, and what came of it."""
        if after.step != before.step or not before.step:
            self._add(after, [*_of_turn(before, after, reply)])
            if after.talk.session.phase == "closed":
                self.left(before)

    def left(self, visit: Visit) -> None:
        """A visit that ended at a question."""
        if visit.version and (fact := visit.talk.asked) is not None:
            self._add(visit, [("left", fact)])

    def _add(self, visit: Visit, events: Iterable[Event]) -> None:
        day, city = today(), visit.talk.session.facts.get("city", "")
        for what, subject in events:
            self._counts[Count(day, visit.channel, what, city if isinstance(city, str) else "", subject)] += 1

    def take(self) -> "Counter[Count]":
        """What was counted since the last time."""
        counted, self._counts = self._counts, Counter()
        return counted

    def give_back(self, counted: "Counter[Count]") -> None:
        """It could not be written down."""
        self._counts.update(counted)


def _of_turn(before: Visit, after: Visit, reply: Reply) -> Iterator[Event]:
    was, now = before.talk.session, after.talk.session
    if was.phase in NOT_TALKING and now.phase not in NOT_TALKING:
        yield "began", ""
        yield "shown", str(before.talk.due)  # the first question, also of who answers it with the first word
    for fact, answer in now.facts.items():
        if fact not in was.facts:
            yield "unsure" if answer == UNSURE else "answered", fact
        elif answer != was.facts[fact]:
            yield "changed", fact
    yield from _proposals(was, now)
    if reply.fact is not None and reply.fact != before.talk.due:
        yield "shown", str(reply.fact)
    if after.done and not before.done:
        yield "finished", ""
        yield from _result(after)


def _proposals(was: Session, now: Session) -> Iterator[Event]:
    """What became of what was heard: taken, changed or refused, by fact."""
    waits, said = now.heard.facts, now.facts
    for fact, answer in was.heard.facts.items():
        if waits.get(fact) != answer:
            taken = fact not in waits and said.get(fact) == answer and was.facts.get(fact) != answer
            yield "heard_changed" if fact in waits else "heard_taken" if taken else "heard_refused", fact


def _result(visit: Visit) -> Iterator[Event]:
    facts, policy = visit.talk.known, visit.talk.policy
    for route, status in policy.statuses(facts).items() if policy else ():
        if policy and policy.routes[route].settled(facts):
            yield status, route
