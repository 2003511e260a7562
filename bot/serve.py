"""`luohu serve`: one process, one event loop, two doors: the kiosk and the webhook, the desk; the poll, /live and /ready."""

import asyncio
import contextlib
import gc
import hmac
import json
import os
import secrets
import socket
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

import telegram
from bot import log
from bot.hotline.app import hotline
from bot.hotline.staff import FIRST, Staff
from bot.kiosk.app import Kiosk
from bot.settings import Settings, door, hash_key
from bot.store.base import StoreDown
from bot.store.chosen import store_for
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.telegram.channel import Channel
from bot.telegram.incoming import ALLOWED
from bot.telegram.sender import seconds
from bot.telegram.transport import AiohttpRequest
from bot.web.assets import Static
from bot.web.connection_limits import ConnectionLimits
from bot.web.pages import by_port
from bot.web.security_headers import SecurityHeaders
from bot.wording import sentences
from bot.wording.languages import LANGUAGES, Language
from flows.book import Book
from telegram import Update

PURGE_EVERY = 30  # seconds
NEWS_EVERY = 1.0  # seconds between two looks for what the hotline did
TALLY_EVERY = 5.0  # seconds of counts that a kill may cost
POLL = 25  # seconds that Telegram may keep a poll waiting
LEASE = 2  # seconds after which another process polls in place of one that is gone
SILENT_TOO_LONG = 90  # seconds without a poll that worked: not ready
LARGEST_UPDATE = 64 * 1024  # bytes
PROBE_EVERY = 1.0  # seconds between two probes of the database
HOOK = "/telegram"
DESK = "127.0.0.1:8081"  # the desk's usual door


class Service:
    """What runs between start and stop."""

    def __init__(self, settings: Settings, book: Book, request: BaseRequest | None = None, riding: bool = True) -> None:
        self.settings = settings
        self._riding = riding and settings.by_webhook
        self.runtime = Runtime(book, store_for(settings.database), hash_key(settings), settings.retention_hours)
        self.turns = Turns(self.runtime)
        self._request = request
        self._bot: telegram.Bot | None = None
        self._channel: Channel | None = None
        self._polled = 0.0
        self._leading = not settings.on_postgres  # a SQLite file lets one process in
        self._ready_at = (0.0, False)
        self._tasks: list[asyncio.Task[None]] = []
        self._holder = secrets.token_hex(8)

    def app(self, desk_port: int | None = None) -> ASGIApp:
        """Everybody's pages, and behind a port of its own the hotline's desk."""
        routes: list[BaseRoute] = [Route("/live", self.live), Route("/ready", self.ready)]
        routes += [Route(path, self.home) for path in ("/", "/kiosk/")]
        if self.settings.telegram_token and self.settings.by_webhook:
            routes.append(Route(HOOK, self.hook, methods=["POST"]))
        routes += [*Kiosk(self.turns, self.settings, self._bot_name).routes(), Mount("/static", Static())]
        public = Starlette(routes=routes, lifespan=self._lifespan)
        public.router.redirect_slashes = False  # that would repeat what was asked for, a link's token too, in an address
        hall = SecurityHeaders(public)
        return by_port({desk_port: SecurityHeaders(hotline(self.turns))}, hall) if desk_port else hall

    def _bot_name(self) -> str | None:
        """The Telegram bot's name, as soon as Telegram has told it."""
        return self._bot.username if self._bot is not None else None

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            await self.runtime.open()
            await self._introduce_the_first_supervisor()
        except StoreDown as error:
            print(f"luohu: {error}", file=sys.stderr)
            raise
        log.event("started", mode=self.runtime.store.name)
        self._tasks += [asyncio.create_task(self._purge()), asyncio.create_task(self._tally())]
        if self.settings.telegram_token:
            self._tasks.append(asyncio.create_task(self._telegram()))
        try:
            yield
        finally:
            await self._stop()

    async def _introduce_the_first_supervisor(self) -> None:
        """On the terminal, once, and never in the log."""
        if (password := await Staff(self.runtime).first()) is not None:
            print(f"热线工作台的第一位主管：{FIRST}，一次性密码：{password}（只显示这一次，登录后要换）", flush=True)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.settings.on_postgres:
            with contextlib.suppress(StoreDown):
                await self.runtime.lease("poll", self._holder, -1)
        with contextlib.suppress(StoreDown):
            await self.runtime.keep_counters()
        if self._channel is not None:
            await self._channel.sender.close()
        if self._bot is not None:
            with contextlib.suppress(TelegramError, RuntimeError):
                await self._bot.shutdown()
        await self.runtime.store.close()
        log.event("stopped")

    async def home(self, _: Request) -> Response:
        """For who types the address without its end."""
        return RedirectResponse("/kiosk", 303)

    # ---- health ----

    async def live(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(self, _: Request) -> Response:
        at, ready = self._ready_at
        if time.monotonic() - at > PROBE_EVERY:
            ready = await self._probe()
            self._ready_at = (time.monotonic(), ready)
        return PlainTextResponse("ready" if ready else "not ready", status_code=200 if ready else 503)

    async def _probe(self) -> bool:
        if self.settings.telegram_token:
            if self._channel is None:
                return False
            if not self.settings.by_webhook and time.monotonic() - self._polled > SILENT_TOO_LONG:
                return False
        try:
            await self.runtime.lease("probe", self._holder, 0)
        except StoreDown:
            return False
        return True

    # ---- Telegram ----

    async def _telegram(self) -> None:
        """Connects, however long it takes; then serves updates until it is cancelled."""
        if not self.settings.telegram_assessment:
            log.event("telegram_without_assessment", 30)
        bot = self._build()
        while True:
            try:
                await bot.initialize()
                break
            except InvalidToken as error:
                log.fault("token_refused", error)
                return
            except TelegramError as error:
                log.fault("telegram_unreachable", error)
                await asyncio.sleep(2)
        self._bot = bot
        channel = Channel(bot, self.turns, self.settings.retention_hours, riding=self._riding)
        await self._resend(channel)
        self._channel = channel
        self._tasks.append(asyncio.create_task(self._introduce(bot)))
        self._tasks.append(asyncio.create_task(self._tell_news(channel)))
        if self.settings.by_webhook:
            await self._hang_hook(bot)
        else:
            if self.settings.on_postgres:
                self._tasks.append(asyncio.create_task(self._lead()))
            await self._poll(bot, channel)

    def _build(self) -> telegram.Bot:
        return telegram.Bot(
            self.settings.telegram_token,
            base_url=f"{self.settings.telegram_api.rstrip('/')}/bot",
            request=self._request or AiohttpRequest(),
            get_updates_request=AiohttpRequest(),
        )

    async def _resend(self, channel: Channel) -> None:
        while True:
            try:
                log.event("resent", count=await channel.resend())
                return
            except StoreDown:
                await asyncio.sleep(1)

    async def _introduce(self, bot: telegram.Bot) -> None:
        """Command menus and descriptions in both languages. Nothing depends on it."""
        for language in LANGUAGES:
            words = Language(language)
            code = None if language == "zh" else language
            with contextlib.suppress(TelegramError):
                menu = [(command, words(does)) for command, does in sentences.COMMAND_MENU.items()]
                await bot.set_my_commands(menu, language_code=code)
                await bot.set_my_description(words(sentences.DESCRIPTION), language_code=code)

    async def _hang_hook(self, bot: telegram.Bot) -> None:
        address = self.settings.telegram_webhook_url
        while True:
            try:
                await bot.set_webhook(address, secret_token=self.settings.telegram_secret, allowed_updates=ALLOWED)
                log.event("webhook_set")
                return
            except TelegramError as error:
                log.fault("webhook_not_set", error)
                await asyncio.sleep(5)

    async def hook(self, request: Request) -> Response:
        """One update from Telegram: answered 200 only when it is kept, 503 when Telegram must send it again."""
        token = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(token.encode(), self.settings.telegram_secret.encode()):
            return PlainTextResponse("forbidden", status_code=403)
        body = await _body(request)
        channel, bot = self._channel, self._bot
        if body is None:
            return PlainTextResponse("too large", status_code=413)
        if channel is None or bot is None:
            return _again()
        update = _update(body, bot)
        if update is None:
            return PlainTextResponse("not an update", status_code=400)
        kept, answer = await channel.receive(update)
        if not kept:
            return _again()
        return JSONResponse(answer) if answer else Response()

    async def _poll(self, bot: telegram.Bot, channel: Channel) -> None:
        """Our own poll: the offset moves past an update only when it is kept."""
        offset: int | None = None
        wait = 0  # the first poll does not wait, so that we know soon that polls work
        with contextlib.suppress(TelegramError):
            await bot.delete_webhook()
        while True:
            try:
                if not self._leading:
                    self._polled = time.monotonic()  # somebody else does
                    await asyncio.sleep(LEASE / 10)
                    continue
                updates = await bot.get_updates(
                    offset=offset, limit=100, timeout=wait, allowed_updates=ALLOWED, read_timeout=wait
                )
            except RetryAfter as error:
                await asyncio.sleep(seconds(error))
                continue
            except Conflict as error:
                log.fault("another_poll", error)
                await asyncio.sleep(3)
                continue
            except TelegramError as error:
                log.fault("poll", error)
                await asyncio.sleep(1)
                continue
            self._polled, wait = time.monotonic(), POLL
            offset = await _take(channel, updates, offset)

    async def _lead(self) -> None:
        """Keeps the lease of the one who polls: the last to start, as the one before it may be dead.

        Without a database all stays as it was, and people hear that we are busy.
        """
        with contextlib.suppress(StoreDown):
            await self.runtime.break_lease("poll")
        while True:
            with contextlib.suppress(StoreDown):
                self._leading = await self.runtime.lease("poll", self._holder, LEASE)
            await asyncio.sleep(LEASE / 4)

    async def _tell_news(self, channel: Channel) -> None:
        while True:
            try:
                await channel.send_news()
            except StoreDown:
                pass
            except Exception as error:
                log.fault("news", error)
            await asyncio.sleep(NEWS_EVERY)

    async def _tally(self) -> None:
        while True:
            await asyncio.sleep(TALLY_EVERY)
            with contextlib.suppress(StoreDown):
                await self.runtime.keep_counters()

    async def _purge(self) -> None:
        while True:
            try:
                log.event("purged", 10, count=await self.turns.purge())
            except Exception as error:  # whatever it was: what is too old has to go
                log.fault("purge", error)
            await asyncio.sleep(PURGE_EVERY)


async def _take(channel: Channel, updates: tuple[Update, ...], offset: int | None) -> int | None:
    """Each chat's updates in order, chats side by side; the next offset: the first update that was not kept."""
    chats: dict[int, list[Update]] = defaultdict(list)
    for update in updates:
        chats[update.effective_chat.id if update.effective_chat else 0].append(update)

    async def one_chat(some: list[Update]) -> int | None:
        for update in some:
            kept, _ = await channel.receive(update)
            if not kept:
                return update.update_id
        return None

    lost = [number for number in await asyncio.gather(*map(one_chat, chats.values())) if number is not None]
    if lost:
        await asyncio.sleep(1)
        return min(lost)
    return updates[-1].update_id + 1 if updates else offset


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is larger than any update."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_UPDATE:
            return None
    return body


def _update(body: bytes, bot: telegram.Bot) -> Update | None:
    """The update of a webhook's body, or None if it is none, or if its numbers are no numbers."""
    try:
        update = Update.de_json(json.loads(body), bot)
        numbers = [update.update_id, *(one.id for one in (update.effective_chat, update.effective_user) if one)]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    return update if all(isinstance(number, int) for number in numbers) else None


def _again() -> Response:
    return PlainTextResponse("later", status_code=503, headers={"Retry-After": "2"})


def _desk_listener(settings: Settings) -> socket.socket:
    """The desk's door: as it is set; else the usual one, or any other if that is taken."""
    if settings.desk_listen:
        return _listener(settings.desk_listen)
    try:
        return _listener(DESK)
    except OSError:
        return _listener("127.0.0.1:0")


def _listener(listen: str) -> socket.socket:
    host, port = door(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only on sockets that it made itself
    return listener


def server_config(app: ASGIApp, limits: type[ConnectionLimits] = ConnectionLimits, stop_within: int = 3) -> uvicorn.Config:
    """How the server runs. It writes no log of its own, and speaks nothing but HTTP."""
    return uvicorn.Config(
        app,
        http=limits,
        ws="none",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=stop_within,
        server_header=False,
    )


def serve(settings: Settings, book: Book) -> int:
    """Runs until it is told to stop: 0. If it cannot start: 2, or 3 (uvicorn's own) where the database cannot be opened."""
    log.set_up(settings.log)
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # waiting times as timedelta, the library's coming default
    os.umask(0o077)  # the database is for nobody else
    try:
        listener = _listener(settings.listen)
    except OSError as error:
        print(f"luohu: {settings.listen} 用不了（{error.strerror}），请换一个 LUOHU_LISTEN", file=sys.stderr)
        return 2
    try:
        desk_listener = _desk_listener(settings)
    except OSError as error:
        print(f"luohu: {settings.desk_listen} 用不了（{error.strerror}），请换一个 LUOHU_DESK_LISTEN", file=sys.stderr)
        return 2
    try:
        service = Service(settings, book)
    except (OSError, StoreDown) as error:
        why = error.strerror if isinstance(error, OSError) else error
        print(f"luohu: LUOHU_DATABASE（{settings.database}）用不了：{why}", file=sys.stderr)
        return 2
    print(f"自助机：http://{settings.listen}/kiosk", flush=True)
    desk_host, desk_port = desk_listener.getsockname()[:2]
    print(f"热线工作台：http://{desk_host}:{desk_port}/desk", flush=True)
    telegram_state = "已打开" if settings.telegram_token else "没有打开：还没有设置 LUOHU_TELEGRAM_TOKEN（见 README）"
    print(f"Telegram {telegram_state}", flush=True)
    server = uvicorn.Server(server_config(service.app(desk_port)))
    gc.freeze()  # the policies and the program stay for ever: the collector need not look at them again and again
    gc.set_threshold(10_000)  # and what a turn makes hardly ever needs it
    with contextlib.suppress(KeyboardInterrupt):  # it has stopped in good order by then
        server.run(sockets=[listener, desk_listener])
    return 0 if server.started else 1
