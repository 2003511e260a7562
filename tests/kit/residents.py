"""Random residents who know everything about themselves, for the properties."""

from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import strategies as st

from conftest import BOOK, CITIES
from flows.conversation import Move, Session
from flows.facts import UNSURE, Answer, Facts
from flows.policy import Policy
from flows.routes import Route
from flows.rules import NONE
from talking import show, take

Resident = dict[str, Answer]
DOUBT = 0.2  # how often somebody who doubts is not sure of an answer


def answers(policy: Policy, fact: str) -> list[Answer]:
    return list(policy.facts[fact].every_answer())


def hopeful(policy: Policy, route: Route) -> dict[str, list[Answer]]:
    """For every fact of a route the answers that do not rule it out."""
    chances: dict[str, list[Answer]] = {}
    for need in route.needs.leaves():
        for answer, verdict in need.table.items():
            if answer not in (None, UNSURE) and verdict != NONE:
                chances.setdefault(need.fact, []).append(answer)
    return {fact: some for fact, some in chances.items() if fact in policy.facts}


@st.composite
def residents(draw: st.DrawFn, unsure: bool = True, city: str | None = None) -> Resident:
    """A complete set of facts of one city, leaning towards one of its routes so that not everything is refused.

    One draw gives the seed of all of it: a draw for every fact takes thirty times as long.
    """
    random = Random(draw(st.integers(0, 2**24 - 1)))
    return _drawn(random, BOOK.city(city or random.choice(CITIES)).policy, unsure)


def crowd(count: int, seed: int, city: str | None = None) -> Iterator[Resident]:
    """So many residents, the same for the same seed."""
    random = Random(seed)
    return (_drawn(random, BOOK.city(city or random.choice(CITIES)).policy) for _ in range(count))


def crowd_of(policy: Policy, count: int, seed: int) -> Iterator[Resident]:
    """The same of a city that may be no real one: of an amount they say a number."""
    random = Random(seed)
    amounts = {name: fact.amount.thresholds[-1] for name, fact in policy.facts.items() if fact.amount and fact.amount.thresholds}
    for _ in range(count):
        numbers: Resident = {name: str(random.randrange(0, int(most) * 6) / 4) for name, most in amounts.items()}
        drawn = _drawn(random, policy)
        yield {name: answer if answer == UNSURE else numbers.get(name, answer) for name, answer in drawn.items()}


def doubtful(times: int, seed: int) -> Iterator[Resident]:
    """Of every route and each of its matters so many residents who said something on all that it looks at, nothing against it,
    and often that they are not sure: the same for the same seed."""
    random = Random(seed)
    for city in CITIES:
        policy = BOOK.city(city).policy
        for route in policy.routes.values():
            chances = hopeful(policy, route)
            for matter in sorted(route.matters) * times:
                said: Resident = {"city": city, "matter": matter}
                for fact in sorted(policy.facts.keys() & route.looked_at - said.keys()):
                    said[fact] = UNSURE if random.random() < DOUBT else random.choice(chances.get(fact) or answers(policy, fact))
                yield consistent(policy, said)


def _drawn(random: Random, policy: Policy, unsure: bool = True) -> Resident:
    chances = hopeful(policy, random.choice(list(policy.routes.values())))
    resident: Resident = {"city": policy.city}
    for fact in policy.facts:
        if fact == "city" or not policy.facts[fact].options:  # no number has a threshold here
            continue
        luck = random.randrange(10)
        if unsure and luck == 0 and fact != "matter":
            resident[fact] = UNSURE
        elif luck < 7 and fact in chances:
            resident[fact] = random.choice(chances[fact])
        elif policy.facts[fact].many:
            options = list(policy.facts[fact].options)
            resident[fact] = policy.facts[fact].in_order(random.sample(options, random.randint(0, len(options))))
        else:
            resident[fact] = random.choice(answers(policy, fact))
    return consistent(policy, resident)


def consistent(policy: Policy, resident: Resident) -> Resident:
    """The resident with what follows from their own answers: nobody is in two minds."""
    for one in policy.inferences:
        if one.when.holds(resident):
            resident[one.fact] = one.answer
    return resident


def talk(resident: Facts, session: Session | None = None, **start: Any) -> tuple[Session, list[str]]:
    """Answers every question truthfully until the answer sheet: (the session, the questions asked)."""
    if session is None:
        session, _ = take(BOOK, Session(**start), Move("begin"))
    asked: list[str] = []
    fact = current(session)
    while fact is not None:
        asked.append(fact)
        session, reply = take(BOOK, session, Move("answer", fact, resident[fact]))
        fact = reply.fact
        assert len(asked) <= len(BOOK.facts), f"asks for ever: {asked}"
    assert session.phase == "result"
    return session, asked


def talk_to_the_end(resident: Facts) -> tuple[Session, list[str]]:
    """As talk(), and then looks at other routes until there are no more."""
    session, asked = talk(resident)
    for _ in range(len(BOOK.facts)):
        session, reply = take(BOOK, session, Move("more"))
        if reply.aside == "more_none":
            return session, asked
        session, more = talk(resident, session)
        asked += more
    raise AssertionError("there is always more to look at")


def current(session: Session) -> str | None:
    return show(BOOK, session)[1].fact


def known(resident: Facts, asked: list[str]) -> Resident:
    """Full knowledge, less what the policies never ask about of their own accord and nobody mentioned."""
    silent = {"mover_citizen", "graduate_destination", "child_registered"} | (
        {"owner_can_settle"} if resident.get("house_owner") == "self" else set()
    )
    return {fact: answer for fact, answer in resident.items() if fact in asked or fact not in silent}
