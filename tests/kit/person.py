"""A person in a private Telegram chat, who waits for the whole answer to each thing said or pressed; and what is kept of them."""

import hmac
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.talk.visit import Visit, Words, decode
from bot.telegram.render import Press, pressed
from botapi import BotApi, Chat, Message
from conftest import BOOK
from service import Service, until


@dataclass(frozen=True, slots=True)
class Answer:
    """What changed in the chat: the messages that are new or edited."""

    messages: tuple[Message, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(message.text for message in self.messages)

    @property
    def labels(self) -> list[str]:
        """What the buttons say, without their numbers, in full."""
        return [label for label, _ in self.messages[-1].in_full]

    @property
    def buttons(self) -> dict[str, str]:
        """Label -> callback data."""
        return dict(zip(self.labels, (data for _, data in self.messages[-1].buttons), strict=True))

    @property
    def edited(self) -> bool:
        return bool(self.messages[-1].edited)


class Person:
    def __init__(self, api: BotApi, **who: Any) -> None:
        self.api = api
        self.chat: Chat = api.chat(**who)

    @property
    def language(self) -> str:
        return "zh" if str(self.chat.person.get("language_code") or "zh").startswith("zh") else "en"

    async def says(self, text: str, *, buttons: bool = True) -> Answer:
        return await self.does(lambda: self.chat.says(text), buttons=buttons)

    async def taps(self, button: str, message: int | None = None) -> Answer:
        return await self.does(lambda: self.chat.taps(button, message))

    async def forges(self, data: str, message: int = 0) -> Answer:
        return await self.does(lambda: self.chat.forges(data, message))

    async def does(self, act: Callable[[], object], *, buttons: bool = True) -> Answer:
        """Waits for the answer; the last message of it has buttons, unless it is said that it has none."""
        before = {message.id: message.edited for message in self.chat.view}
        act()

        def new() -> tuple[Message, ...]:
            return tuple(message for message in self.chat.view if before.get(message.id) != message.edited)

        await until(lambda: new() and (not buttons or new()[-1].buttons))
        await self.api.all_taken(20)
        return Answer(new())

    async def talks(self, *said: str) -> Answer:
        """Says one thing after the other; the last answer."""
        answers = [await self.says(text) for text in said]
        return answers[-1]

    async def is_told(self, act: Callable[[], object]) -> str:
        """Does it; what a toast says, and nothing else is new to see."""
        before, told = [(message.id, message.edited) for message in self.chat.view], len(self.chat.toasts)
        act()
        await until(lambda: len(self.chat.toasts) > told)
        await self.api.all_taken(20)
        assert before == [(message.id, message.edited) for message in self.chat.view]
        assert len(self.chat.toasts) == told + 1
        return self.chat.toasts[-1]

    async def is_ignored(self, act: Callable[[], object]) -> bool:
        """Does it and lets the service take it: is there nothing new to see?"""
        before = [(message.id, message.edited) for message in self.chat.view]
        calls = len(self.api.calls)
        act()
        await self.api.all_taken(20)
        replies = [call for call in self.api.log(after=calls) if call.params.get("chat_id") == str(self.chat.id)]
        return not replies and before == [(message.id, message.edited) for message in self.chat.view]


# ---- what is kept ----


@contextmanager
def database(service: Service) -> Iterator[sqlite3.Connection]:
    """The service's SQLite file, for looking only."""
    with closing(sqlite3.connect(f"file:{service.database}?mode=ro", uri=True, timeout=5)) as db:
        yield db


def owner(service: Service, person: int) -> bytes:
    key = service.settings.get("LUOHU_KEY", "").encode() or service.database.with_name("luohu.db.key").read_bytes()
    return hmac.digest(key, f"telegram:{person}".encode(), sha256)[:16]


_WORDS: dict[Path, Words] = {}


class _Reader:
    """A connection as Words.load() wants it, that cannot write."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        return self._db.execute(sql, values).fetchall()

    async def run(self, sql: str, *values: Any) -> int:
        raise AssertionError(f"the service knows a word less: {values}")

    async def must(self, sql: str, *values: Any) -> None:
        await self.run(sql, *values)

    async def may(self, sql: str, *values: Any) -> None:
        await self.run(sql, *values)


async def words(service: Service) -> Words:
    """The service's own numbers for words, which never change."""
    if service.folder in _WORDS:
        return _WORDS[service.folder]
    known = _WORDS[service.folder] = Words()
    with database(service) as db:
        await known.load(_Reader(db), BOOK)
    return known


async def kept(service: Service, person: int) -> Visit | None:
    """The person's visit as it is on the disk."""
    known = await words(service)
    with database(service) as db:
        row = db.execute("SELECT version, data FROM visit WHERE owner = ?", (owner(service, person),)).fetchone()
    return decode(row[1], row[0], known, BOOK) if row else None


def visits(service: Service) -> int:
    with database(service) as db:
        return int(db.execute("SELECT COUNT(*) FROM visit").fetchone()[0])


async def asked(service: Service, answer: Answer) -> str | None:
    """The fact that a question is about, as its buttons carry it."""
    known = await words(service)
    for data in answer.buttons.values():
        match pressed(data, known):
            case Press(_, _, "answer" | "tick", (fact, *_)):
                return fact
    return None
