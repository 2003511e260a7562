"""The connection to Telegram: who we are there, and how updates come: by our own poll, or by Telegram's calls to our webhook."""

import asyncio
import contextlib
import hmac
import time
from collections import defaultdict
from functools import partial
from typing import Any

import msgspec
import telegram
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot import log
from bot.clock import now
from bot.settings import Settings
from bot.store.base import StoreDown
from bot.talk.turns import Turns
from bot.tasks import Tasks
from bot.telegram.channel import Channel
from bot.telegram.incoming import ALLOWED, Incoming, Unreadable, incoming, read_update
from bot.telegram.sender import seconds
from bot.telegram.takeaway import Draw
from bot.telegram.transport import AiohttpRequest, call
from bot.wording import sentences
from bot.wording.languages import LANGUAGES
from bot.wording.views import Wording

NEWS_EVERY = 1.0  # seconds between two looks for what the hotline did
POLL = 25  # seconds that Telegram may keep a poll waiting
OTHERS_SEND = 3  # seconds after a start in which what other processes were at arrives
LEAD = "poll"  # the lease of one among all that share a database
LEASE = 2  # seconds after which another process polls in place of one that is gone
HOOK_EVERY = 60  # seconds between two looks whether the webhook still leads here
REFUSED = 60  # seconds until a token that was refused is tried again
SILENT_TOO_LONG = 90  # seconds without a poll that worked: not ready
LARGEST_UPDATE = 200 * 1024  # bytes: the longest message with the longest quote has some 75,000


class TelegramService:
    """`holder`: this process, among those that share a database. Long, as both ways in which updates come stand side by side."""

    def __init__(
        self,
        turns: Turns,
        settings: Settings,
        tasks: Tasks,
        holder: str,
        request: BaseRequest | None = None,
        riding: bool = True,
        draw: Draw | None = None,
    ) -> None:
        self._draw = draw
        self._turns = turns
        self._settings = settings
        self._tasks = tasks
        self._holder = holder
        self._riding = riding and settings.by_webhook
        self._polling = AiohttpRequest(settings.telegram_api)
        self._bot = telegram.Bot(
            settings.telegram_token,
            base_url=f"{settings.telegram_api.rstrip('/')}/bot",
            request=request or AiohttpRequest(settings.telegram_api),
            get_updates_request=self._polling,
        )
        self._channel: Channel | None = None
        self._began = time.monotonic()
        self._heard = 0.0  # when Telegram last answered a poll, or what the webhook is
        self._leading = not settings.on_postgres  # a SQLite file lets one process in
        self._offset: int | None = None
        self.hook_waiting: int | None = None  # updates that Telegram could not bring yet
        self._hung = False  # the webhook, with the secret of this start

    @property
    def bot_name(self) -> str | None:
        """As soon as Telegram has told it."""
        return self._bot.username if self._channel is not None else None

    @property
    def ready(self) -> bool:
        """Whether updates come in: connected, and heard of lately."""
        return self._channel is not None and time.monotonic() - self._heard < SILENT_TOO_LONG

    @property
    def heard(self) -> float:
        """Seconds since Telegram last answered; if it never did, since the start."""
        return time.monotonic() - (self._heard or self._began)

    # ---- connecting ----

    def start(self) -> None:
        if not self._settings.telegram_assessment:
            log.event("telegram_without_assessment", 30)
        self._tasks.until_done("telegram", self._connect)

    async def _connect(self) -> None:
        """However long it takes; then updates are served until the end."""
        while True:
            try:
                await self._bot.initialize()
                break
            except InvalidToken as error:
                log.fault("token_refused", error)
                await asyncio.sleep(REFUSED)
            except TelegramError as error:
                log.fault("telegram_unreachable", error)
                await asyncio.sleep(2)
        channel = Channel(
            self._bot,
            self._turns,
            self._settings.retention_hours,
            riding=self._riding,
            hotline=self._settings.hotline,
            draw=self._draw,
        )
        if self._settings.on_postgres and await self._turns.runtime.is_held(LEAD):
            self._tasks.until_done("resend", partial(self._resend, channel, now()))
        else:
            log.event("resent", count=await channel.resend())
        self._channel = channel
        self._tasks.until_done("introduction", self._introduce)
        self._tasks.repeat("news", channel.send_news, NEWS_EVERY)
        if self._settings.on_postgres:
            with contextlib.suppress(StoreDown):
                await self._turns.runtime.break_lease(LEAD)  # the last to start leads, as the one before it may be dead
            self._tasks.repeat("lead", self._lead, LEASE / 4)
        if self._settings.by_webhook:
            self._tasks.repeat("webhook", self._look_after_the_hook, HOOK_EVERY)
            return
        await self._no_hook()
        self._tasks.repeat("poll", self._poll, 0)

    async def _resend(self, channel: Channel, started: int) -> None:
        """While others live: what a process owed that is gone. What one of them is at just now gets a moment to arrive."""
        await asyncio.sleep(OTHERS_SEND)
        log.event("resent", count=await channel.resend(started))

    async def _introduce(self) -> None:
        """Command menus and descriptions in both languages. Nothing depends on it."""
        for language in LANGUAGES:
            words = Wording(self._turns.book, language)
            code = None if language == "zh" else language
            with contextlib.suppress(TelegramError):
                menu = [(command, words(does)) for command, does in sentences.COMMAND_MENU.items()]
                await self._bot.set_my_commands(menu, language_code=code)
                await self._bot.set_my_description(words.description(), language_code=code)

    async def stop(self) -> None:
        """Lets what is on its way arrive, and another process poll."""
        if self._settings.on_postgres:
            with contextlib.suppress(StoreDown):
                await self._turns.runtime.lease(LEAD, self._holder, -1)
        if self._channel is not None:
            await self._channel.takeaway.close()
            await self._channel.sender.close()
        with contextlib.suppress(TelegramError, RuntimeError):
            await self._bot.shutdown()

    # ---- by webhook ----

    async def _look_after_the_hook(self) -> None:
        """The webhook leads here, also if somebody else took it away; what Telegram says of it is in the log."""
        try:
            known = await self._bot.get_webhook_info()
            self.hook_waiting = known.pending_update_count
            if known.last_error_message:
                log.event("webhook_error", 30, count=known.pending_update_count)
            if not self._hung or known.url != self._settings.telegram_webhook_url:
                await self._hang_hook()
            self._heard = time.monotonic()
        except TelegramError as error:
            log.fault("webhook_not_set", error)
            await self._hang_hook_again()

    async def _hang_hook(self) -> None:
        address, secret = self._settings.telegram_webhook_url, self._settings.telegram_secret
        await self._bot.set_webhook(address, secret_token=secret, allowed_updates=ALLOWED)
        self._hung = True
        log.event("webhook_set")

    async def _hang_hook_again(self) -> None:
        """Soon, as nobody is answered until it hangs."""
        while True:
            await asyncio.sleep(5)
            try:
                await self._hang_hook()
                self._heard = time.monotonic()
                return
            except TelegramError as error:
                log.fault("webhook_not_set", error)

    async def hook(self, request: Request) -> Response:
        """One update from Telegram: answered 200 when it is kept, or can never be read; 503 when it must be sent again."""
        token = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(token.encode(), self._settings.telegram_secret.encode()):
            return PlainTextResponse("forbidden", status_code=403)
        body = await _body(request)
        if self._channel is None:
            return _later()
        try:
            heard = read_update(body or b"")
        except Unreadable:  # sent again it would be the same: whatever else this person says would wait behind it
            log.event("update_unreadable", 40)
            return Response()
        if heard is None:
            return Response()
        kept, answer = await self._channel.receive(heard)
        if not kept:
            return _later()
        return Response(msgspec.json.encode(answer), media_type="application/json") if answer else Response()

    # ---- by our own poll ----

    async def _no_hook(self) -> None:
        """While a webhook hangs, polls are refused."""
        try:
            await self._bot.delete_webhook()
        except TelegramError as error:
            log.fault("webhook_not_taken_down", error)

    async def _poll(self) -> None:
        """One poll: the offset moves past an update only when it is kept, or can never be read."""
        if not self._leading:
            self._heard = time.monotonic()  # somebody else does
            await asyncio.sleep(LEASE / 10)
            return
        first = self._heard == 0.0  # does not wait, so that we know soon that polls work
        try:
            updates = await self._updates(0 if first else POLL)
        except RetryAfter as error:
            await asyncio.sleep(seconds(error))
        except Conflict as error:
            log.fault("another_poll", error)
            await self._no_hook()
            await asyncio.sleep(3)
        except TelegramError as error:
            log.fault("poll", error)
            await asyncio.sleep(1)
        else:
            self._heard = time.monotonic()
            self._offset = await _take(self._channel, updates, self._offset) if self._channel else self._offset

    async def _updates(self, wait: int) -> list[dict[str, Any]]:
        asks = {"offset": self._offset, "limit": 100, "timeout": wait, "allowed_updates": ALLOWED}
        updates: list[dict[str, Any]] = await call(self._polling, self._bot, "getUpdates", asks, wait)
        return updates

    async def _lead(self) -> None:
        """Keeps the lease of the one who polls; who starts sees by it that somebody lives. Without a database all is as before,
        and people hear that we are busy."""
        self._leading = await self._turns.runtime.lease(LEAD, self._holder, LEASE)


async def _take(channel: Channel, updates: list[dict[str, Any]], offset: int | None) -> int | None:
    """Each chat's updates in order, chats side by side; the next offset: the first update that was not kept."""
    chats: dict[int, list[Incoming]] = defaultdict(list)
    for update in updates:
        try:
            heard = incoming(update)
        except Unreadable:
            log.event("update_unreadable", 40)
        else:
            if heard is not None:
                chats[heard.chat].append(heard)

    async def one_chat(some: list[Incoming]) -> int | None:
        for heard in some:
            kept, _ = await channel.receive(heard)
            if not kept:
                return heard.update
        return None

    lost = [number for number in await asyncio.gather(*map(one_chat, chats.values())) if number is not None]
    if lost:
        await asyncio.sleep(1)
        return min(lost)
    return updates[-1]["update_id"] + 1 if updates else offset


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is larger than any update."""
    body = b""
    async for piece in request.stream():
        body = body + piece if len(body) <= LARGEST_UPDATE else body
    return body if len(body) <= LARGEST_UPDATE else None


def _later() -> Response:
    return PlainTextResponse("later", status_code=503, headers={"Retry-After": "2"})
