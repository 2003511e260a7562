"""What the fault suites share: figures, people whose every answer is foretold, and what the database says of them."""

import hmac
import os
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

import talking
from bot.clock import today
from bot.talk.visit import Visit, Words, decode
from botapi import BotApi, Chat, Message
from conftest import BOOK
from flows.conversation import Move, Session
from service import until

try:
    import asyncpg
except ImportError:
    asyncpg = None

SOAK = bool(os.environ.get("SOAK"))
KEY = "key-of-the-fault-suites"


def figure(ci: int, soak: int) -> int:
    """How much this run must try."""
    return soak if SOAK else ci


def report(capsys: pytest.CaptureFixture[str], suite: str, **figures: object) -> None:
    """One line that shows what was tried and what came out."""
    with capsys.disabled():
        print(f"\n{suite}: " + " ".join(f"{name}={value}" for name, value in figures.items()), flush=True)


def share(times: Sequence[float], part: float) -> float:
    """The percentile of some durations, in seconds."""
    ordered = sorted(times)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))], 3) if ordered else 0.0


@dataclass(slots=True)
class Person:
    """Somebody who types; `session` is what the service must have made of it."""

    chat: Chat
    luck: random.Random
    session: Session = field(default_factory=lambda: Session(as_of=today()))
    updates: list[int] = field(default_factory=list)

    @property
    def owner(self) -> bytes:
        return hmac.digest(KEY.encode(), f"telegram:{self.chat.person['id']}".encode(), sha256)[:16]

    def types(self) -> str:
        """Says something that moves the talk on, so that a turn lost or done twice shows."""
        text, self.session = self.next()
        self.updates.append(self.chat.says(text)["update_id"])
        return text

    async def hears(self, act: Callable[[], object], patience: float = 20) -> None:
        """Does something, and waits for the whole answer: its last message has buttons."""
        before = {message.id: message.edited for message in self.chat.view}
        act()

        def is_answered() -> bool:
            lowest = self.chat.view[-1:]
            return bool(lowest and lowest[0].buttons) and before.get(lowest[0].id) != lowest[0].edited

        await until(is_answered, patience)

    def next(self) -> tuple[str, Session]:
        """What they say next, and what must come of it."""
        if self.session.phase == "new":
            return "/start", talking.begin(BOOK, self.session)[0]
        view = talking.current(BOOK, self.session)
        words = ["返回"] if self.session.facts else []
        if view.fact is None:
            words.append("/restart")
        else:
            words += [choice.label for choice in view.choices] * 2
        self.luck.shuffle(words)
        for word in words:
            restarts = word == "/restart"
            after, _ = (
                talking.press(BOOK, self.session, Move("restart")) if restarts else talking.type_in(BOOK, self.session, word)
            )
            if after != self.session:
                return word, after
        raise AssertionError(f"nothing moves {self.session}")

    def sees(self, visit: Visit | None) -> bool:
        """Whether the lowest message is of the visit's present step."""
        shown = self.chat.view[-1:]
        return bool(visit and shown and shown[0].buttons) and step_of(shown[0]) == visit.step  # type: ignore[union-attr]


def step_of(message: Message) -> int:
    """The step that a message's buttons were made for."""
    return int(message.buttons[-1][1].split(".")[2], 36)


def people(api: BotApi, number: int, luck: random.Random) -> list[Person]:
    return [Person(api.chat(), random.Random(luck.random())) for _ in range(number)]


# ---- what the database says, without the program under test ----


async def rows(database: str, sql: str) -> Sequence[Sequence[Any]]:
    """What a query finds, straight from the database."""
    if "://" not in database:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as db:
            return db.execute(sql).fetchall()
    connection = await asyncpg.connect(database)
    try:
        found: Sequence[Sequence[Any]] = await connection.fetch(sql)
        return found
    finally:
        await connection.close()


async def visits(database: str) -> dict[bytes, Visit]:
    words = Words()
    for number, word in await rows(database, "SELECT id, word FROM word"):
        words._words[number] = word
    found = await rows(database, "SELECT owner, version, data FROM visit")
    return {bytes(owner): decode(bytes(data), version, words, BOOK) for owner, version, data in found if data}


async def keys(database: str) -> set[str]:
    return {key for (key,) in await rows(database, "SELECT key FROM inbox")}


@dataclass(slots=True)
class Ledger:
    """What was acknowledged against what is stored."""

    acked: int = 0
    lost: int = 0
    doubled: int = 0
    unseen: int = 0

    async def check(self, database: str, api: BotApi, persons: Sequence[Person]) -> dict[bytes, Visit]:
        """Counts anew: every update taken must have its key, every visit must be the foretold one."""
        stored, taken = await visits(database), await keys(database)
        number = api.token.partition(":")[0]
        acked = [update for person in persons for update in person.updates if update not in api.pending]
        self.acked = len(acked)
        self.lost = sum(f"telegram:{number}:{update}" not in taken for update in acked)
        self.doubled = sum(not _as_foretold(stored.get(person.owner), person.session) for person in persons if person.updates)
        self.unseen = sum(not person.sees(stored.get(person.owner)) for person in persons if person.updates)
        return stored


def _as_foretold(visit: Visit | None, session: Session) -> bool:
    return visit is not None and visit.session == session
