"""The tally: how often each question was shown, answered, not known, changed or left, and what came out. No person in it."""

from collections import Counter
from typing import NamedTuple

from bot.clock import today
from bot.store.base import Connection
from bot.talk.visit import Visit
from bot.wording.view import View
from flows.conversation import NOT_TALKING, Session, asked, due
from flows.facts import UNSURE
from flows.loading.load import Book


class Count(NamedTuple):
    """What is counted.

    `what`: began, finished (of a visit: its first sheet), shown, answered, unsure, changed, left (of a question), or a status
    (of a route, on the first sheet).
    """

    day: str
    channel: str
    what: str
    city: str
    subject: str  # a fact or a route; "" of a visit


class Tally:
    """Counts since they were last written down: a kill loses some seconds of them, never an answer."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._counts: Counter[Count] = Counter()

    def turn(self, before: Visit, after: Visit, view: View) -> None:
        """A turn that was kept, and what came of it."""
        if after.step == before.step and before.step:
            return
        old, new, due_before = before.session.facts, after.session.facts, due(self._book, before.session)
        if before.session.phase in NOT_TALKING and after.session.phase not in NOT_TALKING:
            self._count(after, "began", "")
            self._count(after, "shown", str(due_before))  # the first question, also of who answers it with the first word
        for fact, answer in new.items():
            if fact not in old:
                self._count(after, "unsure" if answer == UNSURE else "answered", fact)
            elif answer != old[fact]:
                self._count(after, "changed", fact)
        if view.fact not in (None, due_before):
            self._count(after, "shown", str(view.fact))
        if after.done and not before.done:
            self._count(after, "finished", "")
            self._result(after)
        if after.session.phase == "closed":
            self.left(before)

    def left(self, visit: Visit) -> None:
        """A visit that ended at a question."""
        if visit.version and (fact := asked(self._book, visit.session)) is not None:
            self._count(visit, "left", fact)

    def _result(self, visit: Visit) -> None:
        facts = visit.session.facts
        policy = self._book.policy(facts.get("city"))
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


async def add(db: Connection, counted: "Counter[Count]") -> None:
    for count, number in sorted(counted.items()):
        await db.run(
            "INSERT INTO tally (day, channel, what, city, subject, number) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (day, channel, what, city, subject) DO UPDATE SET number = tally.number + excluded.number",
            *count,
            number,
        )


async def read(db: Connection, since: str) -> list[tuple[Count, int]]:
    """Everything from a day on."""
    sql = "SELECT day, channel, what, city, subject, number FROM tally WHERE day >= ? ORDER BY day, channel, what, city, subject"
    return [(Count(*row[:5]), row[5]) for row in await db.rows(sql, since)]
