"""Counters: how often each question was shown, answered, not known, changed or left, and what came out. No person in it."""

from collections import Counter

from bot.clock import today
from bot.store.counters import Count
from bot.talk.visit import Visit
from flows.conversation import NOT_TALKING, Reply, Session
from flows.facts import UNSURE


class Counters:
    """Counts since they were last written down: a kill loses some seconds of them, never an answer."""

    def __init__(self) -> None:
        self._counts: Counter[Count] = Counter()

    def turn(self, before: Visit, after: Visit, reply: Reply) -> None:
        """A turn that was kept, and what came of it."""
        if after.step == before.step and before.step:
            return
        old, new, due_before = before.session.facts, after.session.facts, before.talk.due
        if before.session.phase in NOT_TALKING and after.session.phase not in NOT_TALKING:
            self._count(after, "began", "")
            self._count(after, "shown", str(due_before))  # the first question, also of who answers it with the first word
        for fact, answer in new.items():
            if fact not in old:
                self._count(after, "unsure" if answer == UNSURE else "answered", fact)
            elif answer != old[fact]:
                self._count(after, "changed", fact)
        self._proposals(before.session, after)
        if reply.fact not in (None, due_before):
            self._count(after, "shown", str(reply.fact))
        if after.done and not before.done:
            self._count(after, "finished", "")
            self._result(after)
        if after.session.phase == "closed":
            self.left(before)

    def _proposals(self, before: Session, after: Visit) -> None:
        """What became of what was heard: taken, changed or refused, by fact."""
        waits, said = after.session.heard.facts, after.session.facts
        for fact, answer in before.heard.facts.items():
            if waits.get(fact) == answer:
                continue
            taken = fact not in waits and said.get(fact) == answer and before.facts.get(fact) != answer
            self._count(after, "heard_changed" if fact in waits else "heard_taken" if taken else "heard_refused", fact)

    def left(self, visit: Visit) -> None:
        """A visit that ended at a question."""
        if visit.version and (fact := visit.talk.asked) is not None:
            self._count(visit, "left", fact)

    def _result(self, visit: Visit) -> None:
        facts, policy = visit.talk.known, visit.talk.policy
        for route, status in policy.statuses(facts).items() if policy else ():
            if policy and policy.routes[route].settled(facts):
                self._count(visit, status, route)

    def _count(self, visit: Visit, what: str, subject: str) -> None:
        self._counts[Count(today(), visit.channel, what, _city(visit.session), subject)] += 1

    def take(self) -> "Counter[Count]":
        """What was counted since the last time."""
        counted, self._counts = self._counts, Counter()
        return counted

    def give_back(self, counted: "Counter[Count]") -> None:
        """It could not be written down."""
        self._counts.update(counted)


def _city(session: Session) -> str:
    city = session.facts.get("city", "")
    return city if isinstance(city, str) else ""
