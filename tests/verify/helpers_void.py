"""A channel with everything but Telegram: real desk, real store, real updates; what it sends is handed to whoever looks."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import telegram
from telegram.error import BadRequest
from telegram.request import BaseRequest, RequestData

from bot import clock
from bot.store.base import Store
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.telegram.channel import Channel
from bot.telegram.incoming import incoming
from conftest import BOOK

Json = dict[str, Any]
KEY = b"key-of-the-void"
TOKEN = "4242:void"  # opens nothing
BOT: Json = {"id": 4242, "is_bot": True, "first_name": "落户", "username": "luohu_bot"}


class Void(BaseRequest):
    """The request layer of a bot: every call succeeds at once, in no network. `look` is told of each message."""

    def __init__(self, look: Callable[[str, Json], int]) -> None:
        self._look = look

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        called, parameters = url.rpartition("/")[2], request_data.parameters if request_data else {}
        try:
            return 200, json.dumps({"ok": True, "result": self._result(called, parameters)}).encode()
        except Exception as fault:  # else the library takes it for a bad line, and tries for ever
            logging.getLogger("luohu").error("the harness: %r", fault)
            raise BadRequest(repr(fault)) from fault

    def _result(self, method: str, parameters: Json) -> Any:
        if method == "getMe":
            return BOT
        if method not in ("sendMessage", "editMessageText"):
            return True
        chat = {"id": parameters["chat_id"], "type": "private"}
        edited = {"edit_date": clock.now()} if method == "editMessageText" else {}
        return {"message_id": self._look(method, parameters), "date": 1, "chat": chat, "text": "…", **edited}


@dataclass(slots=True)
class Line:
    """One open channel, and its way in. `look` sees every message that goes out, also those that ride in a response."""

    channel: Channel
    bot: telegram.Bot
    look: Callable[[str, Json], int]

    @property
    def desk(self) -> Turns:
        return self.channel.turns

    async def take(self, update: Json) -> bool:
        """One update as Telegram delivers it: again until it is kept; back when the reply is with the person. Whether it rode in
        the response."""
        chat, kept, rode = _chat(update), False, False
        while not kept:
            heard = incoming(update)
            kept, answer = await self.channel.receive(heard) if heard is not None else (True, None)
            if answer is not None and answer["method"] != "answerCallbackQuery":  # that a press came is no message
                rode = True
                self.look(str(answer["method"]), answer)
        sending = self.channel.sender._tasks.get(chat)
        if sending is not None:
            await sending
        return rode


def _chat(update: Json) -> int:
    (content,) = (value for name, value in update.items() if name != "update_id")
    return int(content.get("message", content)["chat"]["id"])


@asynccontextmanager
async def line(store: Store, look: Callable[[str, Json], int], *, riding: bool = True) -> AsyncIterator[Line]:
    """A channel at work on that store, which is closed at the end, so that the next one is like a restarted program."""
    desk = Turns(Runtime(BOOK, store, KEY, 24))
    await desk.runtime.open()
    bot = telegram.Bot(TOKEN, request=Void(look), get_updates_request=Void(look))
    await bot.initialize()
    channel = Channel(bot, desk, 24, riding=riding)
    try:
        yield Line(channel, bot, look)
    finally:
        await channel.sender.close()
        await bot.shutdown()
        await desk.runtime.store.close()


class Faults(logging.Handler):
    """What the channel caught as a bug of its own: there must be none."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []
        logging.getLogger("luohu").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(f"{record.getMessage()} {getattr(record, 'fields', {})}")


@dataclass(slots=True)
class Hand:
    """One person's thumb: what they do, as updates."""

    id: int
    language: str = "zh-hans"
    names: Json = field(default_factory=lambda: {"first_name": "小明"})
    numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    clock: Callable[[], int] = lambda: 1  # when something is written; so long ago it says nothing

    def says(self, text: str, message: int = 1) -> Json:
        return self._update("message", {**self._message(message), "text": text, **_command(text)})

    def edits(self, text: str, message: int = 1) -> Json:
        return self._update("edited_message", {**self._message(message), "text": text, "edit_date": 2, **_command(text)})

    def sends_photo(self, message: int = 1) -> Json:
        photo = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
        return self._update("message", {**self._message(message), "photo": [photo]})

    def taps(self, data: str, message: int = 1) -> Json:
        said = {"message_id": message, "date": 1, "chat": self._chat(), "from": BOT, "text": "…"}
        return self._update(
            "callback_query", {"id": "1", "from": self._person(), "chat_instance": "1", "message": said, "data": data}
        )

    def _update(self, kind: str, content: Json) -> Json:
        return {"update_id": self.numbers(), kind: content}

    def _message(self, number: int) -> Json:
        return {"message_id": number, "date": self.clock(), "chat": self._chat(), "from": self._person()}

    def _chat(self) -> Json:
        return {"id": self.id, "type": "private", **self.names}

    def _person(self) -> Json:
        return {"id": self.id, "is_bot": False, "language_code": self.language, **self.names}


def _command(text: str) -> Json:
    if not text.startswith("/") or not text[1:2].isalpha():
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]}
