"""The sender: replies go out in order, one chat at a time, until they are there; a newer reply takes an older one's place."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal

import msgspec
import telegram
from msgspec import Struct
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot import log
from bot.clock import by_the_wall, now
from bot.store import outbox
from bot.store.base import Connection, StoreDown
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.telegram.render import Button, Message
from bot.telegram.seen import Seen, Shown
from bot.telegram.transport import call

LONGEST_WAIT = 10.0  # seconds between two tries
COPIES = 5  # of a message that nobody can tell whether it arrived


class Sent(Struct):
    """Of a message as it stands now; `edit_date`: since when, if it said something else before."""

    message_id: int
    edit_date: int = 0


Outcome = Sent | Literal["unchanged", "unsure", "gone", "never", "newer"]


class OutgoingMessages(Struct, frozen=True):
    """A reply on its way. `edit`: the message to change into the first one; `owner`, `version` and `step`: whose, of which turn,
    and what it shows; `anywhere`: it is changed also where other messages stand below; `rides`: it may go back in the webhook's
    response, and then nobody knows what became of it."""

    chat: int
    messages: tuple[Message, ...]
    edit: int | None = None
    owner: bytes | None = None
    version: int = 0
    step: int = 0
    anywhere: bool = False
    rides: bool = False


class Sender:
    """Long, as every way in which a call can end, and what follows from it, stands together."""

    def __init__(self, bot: telegram.Bot, turns: Turns) -> None:
        self._bot = bot
        self._turns = turns
        self._waiting: dict[int, list[OutgoingMessages]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._aside: set[asyncio.Task[None]] = set()
        self._calling: dict[int, asyncio.Event] = {}  # chats for which a call is at Telegram just now
        self._owners: list[bytes | None] = []  # of what is being sent, and of what was sent and is not crossed off
        self.elsewhere: set[int] = set()  # chats to which another process is sending
        self.seen = Seen()

    def post(self, outgoing: OutgoingMessages) -> None:
        """Sends it as soon as the chat is free; what was waiting there is out of date, but for a view that is owed: what shows
        none itself comes after it."""
        waiting = [one for one in self._waiting.get(outgoing.chat, ()) if not _replaces(outgoing, one)]
        self._waiting[outgoing.chat] = [*waiting, outgoing]
        task = self._tasks.get(outgoing.chat)
        if task is None or task.done():
            self._calling[outgoing.chat] = asyncio.Event()
            self._tasks[outgoing.chat] = asyncio.create_task(self._serve(outgoing.chat))

    def sending(self, chat: int) -> bool:
        """Is a reply on its way there?"""
        return chat in self._tasks or chat in self.elsewhere

    async def looked_elsewhere(self, chat: int, owner: bytes, db: Connection, moment: int, visit: Visit) -> Visit:
        """The visit. Of other processes only what they have sent is known: that one is at the last reply is known from now on."""
        self.elsewhere.discard(chat)
        unknown = visit.version and visit.shown == 0 and not self.seen.of(owner, visit)
        if unknown and await outbox.is_being_sent(db, owner, moment):
            self.elsewhere.add(chat)
        return visit

    def at_work(self) -> set[bytes]:
        """Whose replies we are at."""
        waiting = [one.owner for chat, queue in self._waiting.items() if not self._tasks[chat].done() for one in queue]
        return {owner for owner in (*waiting, *self._owners) if owner is not None}

    async def settled(self, chat: int, patience: float = 1.0) -> None:
        """Waits for a call that is at Telegram just now: it may be carried out before we hear of it. Not for one that failed."""
        if chat not in self._calling:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while chat in self._calling:
                    await self._calling[chat].wait()

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
        while waiting := self._waiting[chat]:
            outgoing = waiting.pop(0)
            self._owners.append(outgoing.owner)
            try:
                shown = await self._send(outgoing)
                if shown is not None and outgoing.owner is not None:
                    if shown.message:
                        self.seen.sent(outgoing.owner, replace(shown, version=outgoing.version))
                    self._owners.append(outgoing.owner)
                    self.besides(self._cross_off(outgoing.owner, outgoing.version, shown))
            except Exception as error:
                log.fault("send", error)
            finally:
                self._owners.remove(outgoing.owner)
        self._called(chat)
        del self._tasks[chat], self._waiting[chat]

    def _called(self, chat: int) -> None:
        if (calling := self._calling.pop(chat, None)) is not None:
            calling.set()

    async def _cross_off(self, owner: bytes, version: int, shown: Shown) -> None:
        """Takes a reply that was sent out of the outbox, with the chat's number, as soon as the database can."""
        try:
            while True:
                try:
                    return await self._turns.sent(owner, version, shown.message, shown.second)
                except StoreDown:
                    await asyncio.sleep(1)
        finally:
            self._owners.remove(owner)

    async def _send(self, outgoing: OutgoingMessages) -> Shown | None:
        """What shows it, or message 0 if nobody knows (or never will: blocked); None when something newer took its place."""
        first, *others = outgoing.messages
        edit = outgoing.edit
        outcome: Outcome = "gone"
        if edit is not None and (outgoing.anywhere or self.seen.is_lowest(outgoing.chat, edit)):
            outcome = await self._try(outgoing, lambda: self._edit(outgoing.chat, edit, first))
        if outcome == "gone":
            outcome = await self._try(outgoing, lambda: self._say(outgoing.chat, first))
        for message in others:
            if outcome in ("never", "newer"):
                break
            outcome = await self._try(outgoing, lambda one=message: self._say(outgoing.chat, one))  # type: ignore[misc]
        if outcome == "newer":
            return None
        if outcome == "unchanged":
            return Shown(outgoing.step, edit or 0, int(by_the_wall(now())))
        if isinstance(outcome, str):
            return Shown(outgoing.step, 0, 0)
        return Shown(outgoing.step, outcome.message_id, outcome.edit_date)

    async def _try(self, outgoing: OutgoingMessages, carried_out: Callable[[], Awaitable[Sent | bool]]) -> Outcome:
        """Until it is done: the message; unchanged (it was so before); unsure (perhaps sent); gone (nothing there to change);
        never (blocked, refused); newer (out of date). An answer that nobody understands, as a proxy's page, is none."""
        wait, unsure, odd = 0.5, 0, 0
        while True:
            self._calling.setdefault(outgoing.chat, asyncio.Event())
            try:
                done = await carried_out()
                return done if isinstance(done, Sent) else "unsure"
            except RetryAfter as error:
                pause = seconds(error)
            except TimedOut:
                unsure += 1
                if unsure == COPIES:  # it may have arrived as often: the view is the same, once more would only annoy
                    return "unsure"
                self._called(outgoing.chat)
                await self._answering(outgoing.chat)
                pause = wait
            except BadRequest as error:
                return _refused(error)
            except NetworkError:
                pause, wait = wait, min(wait * 2, LONGEST_WAIT)
            except Exception as error:
                if isinstance(error, Forbidden) and error.message.startswith("Forbidden:"):  # Telegram's own word
                    return "never"
                odd += 1
                if odd == 1:
                    log.fault("send", error)
                if odd == COPIES and outgoing.owner is None:
                    return "never"
                pause, wait = wait, min(wait * 2, LONGEST_WAIT)
            self._called(outgoing.chat)
            await asyncio.sleep(pause)
            if any(_replaces(one, outgoing) for one in self._waiting[outgoing.chat]) or await self._is_old(outgoing):
                return "newer"

    async def _is_old(self, outgoing: OutgoingMessages) -> bool:
        """Whether the visit went on since, perhaps in another process: whoever took it on shows what there is to see now."""
        if outgoing.owner is None:
            return False
        try:
            return await self._turns.version(outgoing.owner) != outgoing.version
        except StoreDown:
            return False

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

    async def _edit(self, chat: int, message: int, content: Message) -> Sent | bool:
        try:
            return await self._call("editMessageText", said(chat, content) | {"message_id": message})
        except TimedOut:
            raise NetworkError("to change it again does no harm") from None

    async def _say(self, chat: int, content: Message) -> Sent | bool:
        self.seen.stands(chat)
        sent = await self._call("sendMessage", said(chat, content))
        if isinstance(sent, Sent):
            self.seen.came(chat, sent.message_id)
        return sent

    async def _call(self, method: str, parameters: dict[str, object]) -> Sent | bool:
        """Raises what the library does, and ValidationError for an answer that is none of Telegram's."""
        answer = await call(self._bot.request, self._bot, method, parameters)
        return msgspec.convert(answer, Sent | bool)


def _replaces(newer: OutgoingMessages, older: OutgoingMessages) -> bool:
    """Whether nothing is missed if only the newer one comes: a view is not made up for by a word beside it."""
    return newer.owner is not None or older.owner is None


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks us to wait; the library says it in one of two types."""
    after = error.retry_after
    return float(after) if isinstance(after, int | float) else after.total_seconds()


def said(chat: int, message: Message) -> dict[str, object]:
    """A message as the parameters of a call."""
    rows = [[_button(button) for button in row] for row in message.buttons if row]
    keyboard = {"reply_markup": {"inline_keyboard": rows}} if rows else {}
    return {"chat_id": chat, "text": message.html, "parse_mode": ParseMode.HTML, **keyboard}


def _button(button: Button) -> dict[str, object]:
    if button.copy:
        return {"text": button.text, "copy_text": {"text": button.copy}}
    return {"text": button.text, "url" if button.data.startswith("https://") else "callback_data": button.data}


def as_response(outgoing: OutgoingMessages) -> dict[str, object]:
    """A reply of one new message as the body of a webhook's response, which Telegram carries out."""
    (message,) = outgoing.messages
    return {"method": "sendMessage", **said(outgoing.chat, message)}


def _refused(error: BadRequest) -> Outcome:
    said = error.message.casefold()
    if "not modified" in said:
        return "unchanged"
    if "to edit not found" in said or "can't be edited" in said:
        return "gone"
    log.event("refused", error=type(error).__name__)
    return "never"


async def _quietly(call: Awaitable[object]) -> None:
    with contextlib.suppress(TelegramError):
        await call
