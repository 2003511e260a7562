"""The sender: replies go out in order, one chat at a time, until they are there; a newer reply takes an older one's place."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot import log
from bot.store.base import StoreDown
from bot.talk.turns import Turns
from bot.telegram.render import Button, Message

LONGEST_WAIT = 10.0  # seconds between two tries
COPIES = 5  # of a message that nobody can tell whether it arrived


@dataclass(frozen=True, slots=True)
class OutgoingMessages:
    """A reply on its way. `edit`: the message to change into the first one; `owner` and `version`: whose, and of which turn."""

    chat: int
    messages: tuple[Message, ...]
    edit: int | None = None
    owner: bytes | None = None
    version: int = 0


class Sender:
    def __init__(self, bot: telegram.Bot, turns: Turns) -> None:
        self._bot = bot
        self._turns = turns
        self._newest: dict[int, OutgoingMessages] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._aside: set[asyncio.Task[None]] = set()

    def post(self, outgoing: OutgoingMessages) -> None:
        """Sends it as soon as the chat is free; what was waiting there is out of date."""
        self._newest[outgoing.chat] = outgoing
        task = self._tasks.get(outgoing.chat)
        if task is None or task.done():
            self._tasks[outgoing.chat] = asyncio.create_task(self._serve(outgoing.chat))

    def sending(self, chat: int) -> bool:
        """Is a reply on its way there?"""
        return chat in self._tasks

    def besides(self, call: Awaitable[object]) -> None:
        """A call whose failure does no harm: an acknowledgement, a "typing", a deletion."""
        task = asyncio.create_task(_quietly(call))
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def close(self, patience: float = 2.0) -> None:
        """Lets what is on its way arrive; the rest is in the outbox."""
        waiting = [task for task in (*self._tasks.values(), *self._aside) if not task.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=patience)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _serve(self, chat: int) -> None:
        while (outgoing := self._newest.pop(chat, None)) is not None:
            try:
                if await self._send(outgoing) and outgoing.owner is not None:
                    self.besides(self._cross_off(outgoing.owner, outgoing.version))
            except Exception as error:
                log.fault("send", error)
        del self._tasks[chat]

    async def _cross_off(self, owner: bytes, version: int) -> None:
        """Takes a reply that was sent out of the outbox, with the chat's number, as soon as the database can."""
        while True:
            try:
                return await self._turns.sent(owner, version)
            except StoreDown:
                await asyncio.sleep(1)

    async def _send(self, outgoing: OutgoingMessages) -> bool:
        """True when the person has it, or never will (blocked); False when something newer took its place."""
        first, *others = outgoing.messages
        edit = outgoing.edit
        if edit is not None:
            outcome = await self._try(outgoing, lambda: self._edit(outgoing.chat, edit, first))
            if outcome == "gone":
                outcome = await self._try(outgoing, lambda: self._say(outgoing.chat, first))
        else:
            outcome = await self._try(outgoing, lambda: self._say(outgoing.chat, first))
        for message in others:
            if outcome != "sent":
                break
            outcome = await self._try(outgoing, lambda one=message: self._say(outgoing.chat, one))  # type: ignore[misc]
        return outcome != "newer"

    async def _try(self, outgoing: OutgoingMessages, call: Callable[[], Awaitable[object]]) -> str:
        """Until it is done: sent; gone (nothing there to change); never (blocked, refused); newer (out of date)."""
        wait, unsure = 0.5, 0
        while True:
            try:
                await call()
                return "sent"
            except RetryAfter as error:
                pause = seconds(error)
            except TimedOut:
                unsure += 1
                if unsure == COPIES:  # it may have arrived as often: the view is the same, once more would only annoy
                    return "sent"
                await self._answering(outgoing.chat)
                pause = wait
            except Forbidden:
                return "never"
            except BadRequest as error:
                return _refused(error)
            except NetworkError:
                pause, wait = wait, min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(pause)
            if outgoing.chat in self._newest:
                return "newer"

    async def _answering(self, chat: int) -> None:
        """Waits until Telegram answers at all, so that an outage does not multiply what is sent again after it."""
        wait = 0.5
        while True:
            try:
                await self._bot.send_chat_action(chat, ChatAction.TYPING)
            except NetworkError as error:
                if not isinstance(error, BadRequest):
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LONGEST_WAIT)
                    continue
            except TelegramError:
                pass
            return

    async def _edit(self, chat: int, message: int, content: Message) -> object:
        shown = keyboard(content.buttons)
        try:
            return await self._bot.edit_message_text(
                content.html, chat_id=chat, message_id=message, parse_mode=ParseMode.HTML, reply_markup=shown
            )
        except TimedOut:
            raise NetworkError("to change it again does no harm") from None

    async def _say(self, chat: int, content: Message) -> object:
        return await self._bot.send_message(chat, content.html, parse_mode=ParseMode.HTML, reply_markup=keyboard(content.buttons))


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks us to wait; the library says it in one of two types."""
    after = error.retry_after
    return float(after) if isinstance(after, int | float) else after.total_seconds()


def keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    shown = [[InlineKeyboardButton(button.text, callback_data=button.data) for button in row] for row in rows if row]
    return InlineKeyboardMarkup(shown) if shown else None


def as_response(outgoing: OutgoingMessages) -> dict[str, object]:
    """A outgoing of one message as the body of a webhook's response, which Telegram carries out."""
    (message,) = outgoing.messages
    body: dict[str, object] = {"chat_id": outgoing.chat, "text": message.html, "parse_mode": "HTML"}
    rows = [[{"text": button.text, "callback_data": button.data} for button in row] for row in message.buttons if row]
    if rows:
        body["reply_markup"] = {"inline_keyboard": rows}
    if outgoing.edit is not None:
        return {"method": "editMessageText", "message_id": outgoing.edit, **body}
    return {"method": "sendMessage", **body}


def _refused(error: BadRequest) -> str:
    said = error.message.casefold()
    if "not modified" in said:
        return "sent"
    if "to edit not found" in said or "can't be edited" in said:
        return "gone"
    log.event("refused", error=type(error).__name__)
    return "never"


async def _quietly(call: Awaitable[object]) -> None:
    with contextlib.suppress(TelegramError):
        await call
