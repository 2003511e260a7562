"""The sheet to take away from a chat: the slip as a PDF, made and sent beside the turns, so that nobody else waits for it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import telegram
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot import log
from bot.store.base import StoreDown
from bot.talk.short_memory import ShortMemory
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.telegram.sender import seconds
from bot.wording import sentences
from bot.wording.languages import Language

FILE = "luohu.pdf"  # which says nothing of anybody
TRIES = 4
LONGEST = 20  # seconds in which a file is there, or is asked for anew

Draw = Callable[[Visit], Awaitable[bytes | None]]
"""Makes the slip of a visit; None if that cannot be done now."""


class Takeaway:
    """`draw`: None where no PDF can be made."""

    def __init__(self, bot: telegram.Bot, turns: Turns, draw: Draw | None) -> None:
        self._bot = bot
        self._turns = turns
        self._draw = draw
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by chat: who presses twice gets one
        self._drawing = ShortMemory[bool](turns.runtime, "file", bool, LONGEST)  # also where another process draws it

    @property
    def is_offered(self) -> bool:
        return self._draw is not None

    def start(self, chat: int, owner: bytes, visit: Visit) -> None:
        if self._draw is not None and chat not in self._tasks:
            task = self._tasks[chat] = asyncio.create_task(self._bring(self._draw, chat, owner, visit))
            task.add_done_callback(lambda _: self._tasks.pop(chat, None))

    def stop(self, chat: int) -> None:
        """Whoever forgot everything gets no file of it."""
        if task := self._tasks.get(chat):
            task.cancel()

    async def close(self) -> None:
        """What is not there yet can be asked for again."""
        waiting = [*self._tasks.values()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _bring(self, draw: Draw, chat: int, owner: bytes, visit: Visit) -> None:
        """The file, or a sentence; nothing to whoever sent /forget meanwhile."""
        words = Language(visit.session.language)
        try:
            if not await self._drawing.claim(str(chat)):
                return
            with contextlib.suppress(TelegramError):
                await self._bot.send_chat_action(chat, ChatAction.UPLOAD_DOCUMENT)
            if await self._drawn(draw, chat, owner, visit, words):
                return
        except Forbidden:
            return
        except Exception as error:
            log.fault("slip", error)
        with contextlib.suppress(TelegramError):
            await self._bot.send_message(chat, words(sentences.NO_SLIP_NOW))

    async def _drawn(self, draw: Draw, chat: int, owner: bytes, visit: Visit, words: Language) -> bool:
        """Whether nothing more has to be said; then it may be asked for anew."""
        try:
            made = await draw(visit)
            if made is not None and await self._turns.version(owner):
                await self._send(chat, made, words(sentences.KEEP_IT_SAFE))
            return made is not None or not await self._turns.version(owner)
        finally:
            with contextlib.suppress(StoreDown):
                await self._drawing.drop(str(chat))

    async def _send(self, chat: int, made: bytes, caption: str) -> None:
        """Tried again only where it surely did not arrive; raises TelegramError."""
        for number in range(1, TRIES + 1):
            try:
                await self._bot.send_document(chat, made, caption=caption, filename=FILE)
                return
            except (TimedOut, BadRequest):
                raise
            except (RetryAfter, NetworkError) as error:
                if number == TRIES:
                    raise
                await asyncio.sleep(seconds(error) if isinstance(error, RetryAfter) else number)
