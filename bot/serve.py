"""`luohu serve`: one process, one event loop, two doors: the kiosk and the webhook, the desk; the poll, /live and /ready."""

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from ctypes import CDLL

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp
from telegram.request import BaseRequest

from bot import log, metrics
from bot.hotline.app import hotline
from bot.hotline.staff import FIRST, Staff
from bot.kiosk import pdf
from bot.kiosk.app import Kiosk
from bot.kiosk.own_phone import OwnPhone
from bot.published import LOOK_EVERY, Follower, InForce, handing_in
from bot.settings import Settings, door, hash_key, here
from bot.store.base import StoreDown, schema, step
from bot.store.chosen import store_for
from bot.talk.runtime import KEY_HELD, Runtime
from bot.talk.turns import Turns
from bot.tasks import Tasks
from bot.telegram.service import TelegramService
from bot.web.assets import Static
from bot.web.connection_limits import ConnectionLimits
from bot.web.pages import by_port, language_of, page, straight_to
from bot.web.plain_http import PlainHttp, is_this_machine
from bot.web.security_headers import SecurityHeaders
from bot.wording import languages as i18n
from flows.book import Book

PURGE_EVERY = 30  # seconds
COUNTERS_EVERY = 5.0  # seconds of counts that a kill may cost
SHARE = 0.0005  # seconds for which a thread that reads policies may keep a turn from going on, ten times in a turn
LISTENS_AFTER = 0.5  # seconds, until which whoever tells a story waits for a quarter of one
PROBE_EVERY = 1.0  # seconds between two probes of the database
HOOK = "/telegram"
ARENA_MAX = -8  # as malloc.h numbers it
NO_DATABASE = 3  # the exit status, which is uvicorn's own, too, where what comes before the doors fails
DESK = "127.0.0.1:8081"  # the desk's usual door
_claims: list[socket.socket] = []  # of our addresses


class Service:
    """What runs between start and stop. Long, as all that a process is answerable for is begun, asked and ended here."""

    def __init__(
        self, settings: Settings, begins: InForce | Book, request: BaseRequest | None = None, riding: bool = True
    ) -> None:
        self.settings = settings
        begins = InForce(begins) if isinstance(begins, Book) else begins
        self.runtime = Runtime(begins.book, store_for(settings.database), hash_key(settings), settings.retention_hours)
        self.turns = Turns(self.runtime)
        self.follower = Follower(self.runtime, begins, None if settings.on_postgres else handing_in(settings))
        self.tasks = Tasks()
        printer = pdf.Printer()  # one for all
        self.kiosk = Kiosk(self.turns, settings, self._bot_name, printer)
        self.phones = OwnPhone(self.turns, settings, self._bot_name, printer)
        self._holder = secrets.token_hex(8)
        self._probed = (0.0, False)
        self._purged = time.monotonic()  # when that was last done; of before the start nobody knows
        self.telegram: TelegramService | None = None
        if settings.telegram_token:
            draw = self.phones.slip.to_send if pdf.can_be_made() else None
            self.telegram = TelegramService(self.turns, settings, self.tasks, self._holder, request, riding, draw)

    def app(self, desk_port: int | None = None) -> ASGIApp:
        """Everybody's pages, and behind a port of its own the hotline's desk."""
        routes: list[BaseRoute] = [Route("/live", self.live), Route("/ready", self.ready), Route("/ready/{part}", self.part)]
        routes.append(Route("/kiosk/", self.home))
        hooked = self.telegram if self.settings.by_webhook else None
        hook = [Route(HOOK, hooked.hook, methods=["POST"])] if hooked else []
        often = [*hook, *self.kiosk.routes(), *self.phones.routes()]
        routes += [*often, Mount("/static", Static())]
        public = Starlette(routes=routes, lifespan=self._lifespan, exception_handlers={404: _nowhere})
        public.router.redirect_slashes = False  # that would repeat what was asked for, a link's token too, in an address
        hall = SecurityHeaders(PlainHttp(straight_to(often, public)))
        if not desk_port:
            return hall
        desk = hotline(self.turns, self.settings.touch_guard)
        staff = Starlette(routes=[Route("/metrics", self.numbers), Mount("", desk)])
        staff.router.redirect_slashes = False
        return by_port({desk_port: SecurityHeaders(PlainHttp(staff))}, hall)

    def _bot_name(self) -> str | None:
        return self.telegram.bot_name if self.telegram else None

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            await self.runtime.open()
            await self.follower.look()
            await self._introduce_the_first_supervisor()
            async with self.runtime.store.transaction() as db:  # over the way that is open
                taken = await step(db)
            if taken > schema()[-1][0]:
                log.event("database_newer", 30, count=taken)
        except StoreDown as error:
            where = f"{self.settings.named}：" if self.settings.on_postgres else ""
            print(f"luohu: {where}{error}", file=sys.stderr)
            raise
        log.event("started", mode=self.runtime.store.name)
        self.tasks.repeat("purge", self._purge, PURGE_EVERY)
        self.tasks.repeat("key", self.runtime.hold_key, KEY_HELD // 3, first=KEY_HELD // 3)
        self.tasks.repeat("counters", self.runtime.keep_counters, COUNTERS_EVERY, first=COUNTERS_EVERY)
        self.tasks.until_done("settling", self._settle)
        self.tasks.repeat("policies", self.follower.look, LOOK_EVERY, first=LOOK_EVERY)
        if self.telegram:
            self.telegram.start()
        try:
            yield
        finally:
            await self._stop()

    async def _introduce_the_first_supervisor(self) -> None:
        """On the terminal, once, and never in the log."""
        if (password := await Staff(self.runtime).first()) is not None:
            print(f"热线工作台的第一位主管：{FIRST}，一次性密码：{password}（只显示这一次，登录后要换）", flush=True)

    async def _settle(self) -> None:
        """What it began with is kept; and of a set that is known to be sound, what people say in their own words is read when
        those who came first have been answered."""
        await self.follower.keep_own()
        await asyncio.sleep(LISTENS_AFTER)
        await asyncio.to_thread(_read_the_rest, self.runtime.book)

    async def _purge(self) -> None:
        try:
            log.event("purged", 10, count=await self.turns.purge())
        except StoreDown as error:
            log.fault("purge", error)
            raise
        self._purged = time.monotonic()

    async def _stop(self) -> None:
        await self.tasks.stop()
        with contextlib.suppress(StoreDown):
            await self.runtime.keep_counters()
        if self.telegram:
            await self.telegram.stop()
        await self.runtime.store.close()
        log.event("stopped")

    async def home(self, _: Request) -> Response:
        """For who types the address without its end."""
        return RedirectResponse("/kiosk", 303)

    # ---- health ----

    async def live(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(self, _: Request) -> Response:
        """For a balancer: that Telegram is away takes nobody else out; what runs beside the requests and fails does."""
        parts = await self._parts()
        well = parts["database"] and not self.tasks.failing
        lines = [*(f"{part} {'ok' if fine else 'away'}" for part, fine in parts.items()), *sorted(self.tasks.failing)]
        return PlainTextResponse("\n".join(["ready" if well else "not ready", *lines]), 200 if well else 503)

    async def part(self, request: Request) -> Response:
        """The same of one part."""
        fine = (await self._parts()).get(request.path_params["part"])
        if fine is None:
            return PlainTextResponse("no such part", 404)
        return PlainTextResponse("ready" if fine else "not ready", 200 if fine else 503)

    async def numbers(self, _: Request) -> Response:
        """For Prometheus, on the staff's door: numbers of this process, nobody's answers."""
        owed, owed_for = None, None
        with contextlib.suppress(StoreDown):
            owed, owed_for = await self.turns.backlog()
        state = metrics.State(
            database=await self._probe(),
            owed=owed,
            owed_for=owed_for,
            heard=self.telegram.heard if self.telegram else None,
            hook_waiting=self.telegram.hook_waiting if self.telegram else None,
            purged=time.monotonic() - self._purged,
            pool=self.runtime.store.pool(),
            faults=dict(self.tasks.faults),
            policies=self.runtime.book.overview.versions,
        )
        return Response(metrics.page(state), media_type=metrics.TYPE)

    async def _parts(self) -> dict[str, bool]:
        """Part -> whether it serves people now."""
        database = await self._probe()
        telegram = {"telegram": self.telegram.ready and database} if self.telegram else {}
        policies = not self.follower.refused  # what is in force cannot be used: the rules of before are
        return {"database": database, "kiosk": database, "desk": database, **telegram, "policies": policies}

    async def _probe(self) -> bool:
        at, well = self._probed
        if time.monotonic() - at > PROBE_EVERY:
            try:
                await self.runtime.lease("probe", self._holder, 0)
                well = True
            except StoreDown:
                well = False
            self._probed = (time.monotonic(), well)
        return well


async def _nowhere(request: Request, _: Exception) -> Response:
    """An address that there is not, in the words of who came."""
    return page("phone_nowhere.html", language_of(request), status=404)


def _desk_listener(settings: Settings) -> socket.socket:
    """The desk's door: as it is set; else the usual one, or any other if that is taken."""
    if settings.desk_listen:
        return _listener(settings.desk_listen)
    try:
        return _listener(DESK)
    except OSError:
        return _listener("127.0.0.1:0")


def _listener(listen: str) -> socket.socket:
    """A door that is ours and still shut: a balancer asks another process until the server opens it. OSError: it is another's."""
    host, port = door(listen)
    if port:
        _claim(f"{host}:{port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
    listener.bind((host, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only on sockets that it made itself
    return listener


def _claim(address: str) -> None:
    """An address is ours as long as we live: two that start at once may both bind it, and only one of them could open it."""
    claim = socket.socket(socket.AF_UNIX)
    claim.bind(f"\0luohu {address}")  # a name without a file: it goes with the process
    _claims.append(claim)


def _address(listener: socket.socket) -> str:
    return here(*listener.getsockname()[:2])


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


def _say_what_is_in_force(begins: InForce) -> None:
    if begins.number:
        print(f"政策数据：用发布的第 {begins.number} 次（luohu policy log），不用文件夹里的", flush=True)
    for language, count in begins.untranslated().items():
        print(
            f"注意：政策里有 {count} 句话没有 {i18n.LANGUAGES[language]} 译文，那里显示中文（luohu policy check 逐句列出）",
            flush=True,
        )


def _read_the_rest(book: Book) -> None:
    """What people say, and what is said in other languages."""
    Runtime.warmed(book)
    for language in i18n.LANGUAGES:
        i18n.translations(language)
    if gc.get_freeze_count():  # a process of its own, where the start did it, too
        _give_back()


def _give_back() -> None:
    """What was read stays for ever: the collector need not look at it again and again; what only that needed goes back to the
    system; and from now on threads, of which one runs at a time, share one heap: 6 MB, and none of them keeps a turn waiting."""
    gc.freeze()
    sys.setswitchinterval(SHARE)
    with contextlib.suppress(OSError, TypeError, AttributeError):  # another C library than glibc
        CDLL(None).mallopt(ARENA_MAX, 1)
        CDLL(None).malloc_trim(0)


def serve(settings: Settings, begins: InForce) -> int:
    """Runs until it is told to stop: 0. If it cannot start: 2, or 3 (uvicorn's own) where the database cannot be opened."""
    log.set_up(settings.log, settings.log_format == "json")
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
        service = Service(settings, begins)
    except (OSError, StoreDown) as error:
        why = error.strerror if isinstance(error, OSError) else error
        print(f"luohu: LUOHU_DATABASE（{settings.named}）用不了：{why}", file=sys.stderr)
        return NO_DATABASE
    _say_what_is_in_force(begins)
    del begins  # the files as they were read, which the follower lets go when they are kept
    print(f"自助机：{_address(listener)}/kiosk", flush=True)
    if settings.phones_may_begin:
        print(f"自己的手机：{_address(listener)}/", flush=True)
    print(f"热线工作台：{_address(desk_listener)}/desk", flush=True)
    desk_host, desk_port = desk_listener.getsockname()[:2]
    if not all(is_this_machine(door(listen)[0]) for listen in (settings.listen, f"{desk_host}:{desk_port}")):
        print("注意：从别的电脑打开，前面要有 https（见 docs/operating.md），否则浏览器什么也记不住，只会说明原因", flush=True)
    telegram_state = "已打开" if settings.telegram_token else "没有打开：还没有设置 LUOHU_TELEGRAM_TOKEN（见 docs/telegram.md）"
    print(f"Telegram {telegram_state}", flush=True)
    server = uvicorn.Server(server_config(service.app(desk_listener.getsockname()[1])))
    _give_back()
    gc.enable()
    gc.set_threshold(10_000)  # and what a turn makes hardly ever needs it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # which uvicorn raises once more when all has ended in good order
    with contextlib.suppress(KeyboardInterrupt):  # the same of SIGINT
        server.run(sockets=[listener, desk_listener])
    return 0 if server.started else 1
