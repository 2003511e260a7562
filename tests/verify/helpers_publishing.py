"""Talks that go on while policies are swapped under them, each turn compared with what its person was told before."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.published import InForce, PolicySet
from bot.serve import Service
from bot.settings import Settings
from bot.store import policies
from bot.store.policies import Published
from bot.talk.keeping import UNSAID, differences, reconciled
from bot.talk.presses import begun
from bot.talk.turns import Turn
from bot.talk.visit import Visit, no_visit
from bot.telegram.replies import Replies
from conftest import BOOK, CITIES
from flows.conversation import Move, Reply, take
from flows.facts import UNSURE
from flows.rules import Status


@contextlib.asynccontextmanager
async def running(settings: Settings, begins: InForce | None = None) -> AsyncIterator[Service]:
    """A service without its doors."""
    one = Service(settings, begins or InForce(BOOK))
    await one.runtime.open()
    await one.follower.look()
    try:
        yield one
    finally:
        await one.runtime.store.close()


async def put(one: Service, some: PolicySet) -> None:
    """Publishes a set."""
    async with one.runtime.store.transaction() as db:
        await policies.publish(db, Published(some.hash, 0, "officer", "test"), some.data)


@dataclass(slots=True)
class Talker:
    """Somebody who answers at random, and remembers what they saw last, and what the last sheet said."""

    name: str
    luck: random.Random
    kept: Visit = field(default_factory=lambda: no_visit(BOOK))
    told: Visit | None = None  # of the last sheet
    statuses: Mapping[str, Status] = field(default_factory=dict)

    def act(self, visit: Visit) -> tuple[Visit, Reply]:
        talk, luck = visit.talk, self.luck
        if not talk.is_on or (talk.asked is None and luck.random() < 0.2):
            visit, reply = begun(visit.having(talk=no_visit(talk.book).talk, receipt=0, told=0, rules=None))
            return visit, reply
        if talk.asked is None:
            return visit, talk.reply()
        answers = [one for one in talk.question(talk.asked).every_answer() if one != UNSURE]
        answer = luck.choice(answers[:2] if luck.random() < 0.6 else answers)
        if talk.asked == "city":
            answer = luck.choice(["tianshui"] * len(CITIES) + [*CITIES])
        elif talk.asked == "place_type" and "county_seat" in answers and luck.random() < 0.7:
            answer = "county_seat"  # of which the sets say different things
        talk, reply = take(talk, Move("answer", talk.asked, answer))
        return visit.having(talk=talk), reply

    def silent(self, turn: Turn) -> bool:
        """Whether the rules did something to the talk that this turn does not say."""
        was, now = self.kept.session.facts, turn.before.session.facts
        rules = turn.before.rules if self.kept.policy != turn.before.policy_now else None  # else it was said before
        fell = [fact for fact in was if fact not in now]
        if any(was[fact] != now[fact] for fact in now if fact in was) or fell != [*(rules.dropped if rules else ())]:
            return True
        if self.told is None or self.told.policy == turn.before.policy_now or turn.before.policy == turn.before.policy_now:
            return False
        today = reconciled(self.told.having(talk=replace(self.told.talk, book=turn.before.talk.book))).talk
        after = today.policy.statuses(today.known) if today.policy else {}
        wanted = {one for one in differences(self.statuses, after) if {one.before, one.after} - UNSAID}
        return self.told.policy == turn.before.policy and not wanted <= {*(rules.changes if rules else ())}

    def remember(self, turn: Turn) -> None:
        self.kept = turn.visit
        talk = turn.visit.talk
        if turn.reply.phase == "result" and talk.policy is not None:
            self.told, self.statuses = turn.visit, talk.policy.statuses(talk.known)
        elif turn.reply.aside == "begun":
            self.told, self.statuses = None, {}


async def swapped_under(
    services: Sequence[Service], sets: Sequence[PolicySet], swaps: int, talks: int, seed: int, pause: float = 0
) -> Counter[str]:
    """So many swaps under so many talks; what came of the turns. Of the sets, the first two take turns, the others come between.
    `pause`: seconds between two turns of a person, at most."""
    luck, over, found = random.Random(seed), asyncio.Event(), Counter[str]()
    replies = {one: Replies(one.turns, 24, "", takes_away=False) for one in services}

    async def talk(number: int) -> None:
        person, count = Talker(f"{seed}-{number}", random.Random(seed * 1000 + number)), 0
        while not over.is_set():
            one, count = luck.choice(services), count + 1
            owner = one.turns.owner("telegram", person.name)
            try:
                turn = await one.turns.take(owner, None, f"{person.name}-{count}", person.act)
                assert turn.outcome == "ok", turn.outcome
                assert turn.visit.policy == turn.visit.policy_now
                replies[one].messages(owner, turn.visit, replies[one].view(turn.visit, turn.reply))
            except Exception as error:
                found["failed"] += 1
                found[f"{type(error).__name__}: {error}"] += 1
                continue
            found["turns"] += 1
            found["told"] += turn.reply.rules is not None
            found["silent"] += person.silent(turn)
            person.remember(turn)
            await asyncio.sleep(luck.uniform(0, pause))

    async def swap() -> None:
        for number in range(swaps):
            rare = len(sets) > 2 and number % 25 == 24
            await put(services[0], luck.choice(sets[2:]) if rare else sets[number % 2])
            for one in luck.sample(services, len(services)):
                await one.follower.look()
                await asyncio.sleep(0.002)
            found["swaps"] += 1
        over.set()

    await asyncio.gather(swap(), *map(talk, range(talks)))
    return found
