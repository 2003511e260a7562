"""`luohu doctor`: whether this machine, with these settings, can serve people; else what to mend. It changes nothing."""

import asyncio
import contextlib
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import telegram
from telegram.error import InvalidToken, TelegramError

from bot import check
from bot.clock import now
from bot.kiosk import hall, pdf
from bot.settings import KEY_BYTES, BadSetting, Settings, door, hash_key, here
from bot.store import leases
from bot.store.base import StoreDown, schema
from bot.store.chosen import store_for
from bot.talk.runtime import KEY, shown
from bot.telegram.transport import AiohttpRequest, trusting
from bot.web.plain_http import is_this_machine
from flows.book import Book

ROOM = 500 * 2**20  # bytes that should be free beside a SQLite database
SLOW_CLOCK = 60  # seconds by which a clock may be wrong: codes of phones and dates on paper go by it
PATIENCE = aiohttp.ClientTimeout(10)


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, whether people can be served with it as it is, and what there is to say: where it is not fine, what to mend."""

    part: str
    fine: bool
    said: str

    def __str__(self) -> str:
        return f"{'好　' if self.fine else '要改'}  {self.part}：{self.said}"


async def examined(settings: Settings, book: Book) -> list[Finding]:
    """Every part in turn; one that cannot even be looked at is said so, and keeps nobody from the others."""
    parts: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
        "政策": lambda: asyncio.to_thread(_policies, book),
        "数据库": lambda: _database(settings),
        "磁盘": lambda: asyncio.to_thread(_disk, settings),
        "密钥": lambda: _key(settings),
        "端口": lambda: _doors(settings),
        "大厅": lambda: asyncio.to_thread(_hall, settings, book),
        "纸面": _paper,
        "时钟": lambda: _clock(settings),
        "Telegram": lambda: _telegram(settings),
        "外面的网址": lambda: _public(settings),
    }
    found: list[Finding] = []
    for part, look in parts.items():
        try:
            found += await look()
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            found.append(Finding(part, False, f"看不了（{type(error).__name__}）"))
    return found


def _policies(book: Book) -> list[Finding]:
    problems = check.policy_problems(book, None if book.drafts else (), examples=False)  # which no channel shows
    if not problems:
        return [Finding("政策", True, f"{len(book.cities)} 个城市，译文齐全")]
    return [Finding("政策", False, f"有 {len(problems)} 处问题，先看这一处：{problems[0]}。全部请看 luohu policy check")]


# ---- what is kept ----


async def _database(settings: Settings) -> list[Finding]:
    if missing := await asyncio.to_thread(_no_file, settings):
        return missing
    newest = schema()[-1][0]
    try:
        store = store_for(settings.database)
        version = await store.version()
        await store.rehearse()
    except StoreDown as error:
        return [Finding("数据库", False, f"{error}。请核对 LUOHU_DATABASE")]
    if version > newest:
        return [
            Finding("数据库", True, f"下一个版本已经升级过（第 {version} 步，本程序到第 {newest} 步）：还能用，请尽快换成新版本")
        ]
    older = "" if version == newest else f"，启动时会从 {version} 升级到 {newest}"
    return [Finding("数据库", True, f"打得开，写得了{older}")]


def _no_file(settings: Settings) -> list[Finding]:
    """What there is to say while there is no database yet: whether the service can make one."""
    path = Path(settings.database)
    if settings.on_postgres or path.exists():
        return []
    folder = path.absolute().parent
    if not folder.is_dir():
        return [Finding("数据库", False, f"没有 {folder} 这个文件夹：请建好，让运行服务的账号能写，或者改 LUOHU_DATABASE")]
    if os.access(folder, os.W_OK):
        return [Finding("数据库", True, f"{path} 还没有，服务第一次启动时会建")]
    return [Finding("数据库", False, f"{folder} 写不了：让运行服务的账号能写这个文件夹，或者改 LUOHU_DATABASE")]


def _disk(settings: Settings) -> list[Finding]:
    folder = Path(settings.database).absolute().parent
    if settings.on_postgres or not folder.is_dir():
        return []
    free = shutil.disk_usage(folder).free
    left = f"数据库所在的磁盘还剩 {free // 2**20} MB"
    if free >= ROOM:
        return [Finding("磁盘", True, left)]
    return [Finding("磁盘", False, f"{left}：写满了就存不下回答，请腾出至少 {ROOM // 2**20} MB")]


async def _key(settings: Settings) -> list[Finding]:
    found = await asyncio.to_thread(_key_kept, settings)
    if found.fine and await _is_another_key(settings):
        why = "和正在用这个数据库的进程不一样，服务不会启动：各个进程要写同一个 LUOHU_KEY（SQLite 用同一个 .key 文件）"
        return [Finding("密钥", False, why)]
    return [found]


async def _is_another_key(settings: Settings) -> bool:
    """Than the process has that is at work on the database, as far as there is one."""
    key = await asyncio.to_thread(_own_key, settings)
    with contextlib.suppress(StoreDown):
        async with store_for(settings.database).reading() as db:
            held = await leases.find(db, KEY)
        return bool(key and held and held[1] >= now() and held[0] != shown(key))
    return False


def _own_key(settings: Settings) -> bytes:
    """The key, if there is one yet."""
    return hash_key(settings) if settings.key or Path(f"{settings.database}.key").exists() else b""


def _key_kept(settings: Settings) -> Finding:
    path = Path(f"{settings.database}.key")
    if settings.key:
        return Finding("密钥", True, "用的是 LUOHU_KEY")
    if not path.exists():
        return Finding("密钥", True, f"{path} 还没有，服务第一次启动时会建")
    if path.stat().st_size < KEY_BYTES:
        return Finding("密钥", False, f"{path} 不完整：没有数据要保留的话，删掉它再启动；否则从备份里恢复")
    if path.stat().st_mode & 0o077:
        return Finding("密钥", False, f"{path} 别的账号也能读：请运行 chmod 600 {path}")
    return Finding("密钥", True, f"{path}，只有本账号能读")


# ---- what people reach ----


async def _doors(settings: Settings) -> list[Finding]:
    found = [await _door("LUOHU_LISTEN", settings.listen, "/live", _is_alive)]
    if settings.desk_listen:
        found.append(await _door("LUOHU_DESK_LISTEN", settings.desk_listen, "/desk/login", _is_the_desk))
    return found


async def _is_alive(answer: aiohttp.ClientResponse) -> bool:
    """Whether it is ours that answers at /live: nobody else says these two letters alone."""
    return answer.status == 200 and (await answer.text()).strip() == "ok"


async def _is_the_desk(answer: aiohttp.ClientResponse) -> bool:
    return "落户" in await answer.text()


async def _door(name: str, listen: str, page: str, is_ours: Callable[[aiohttp.ClientResponse], Awaitable[bool]]) -> Finding:
    """`is_ours`: whether what is answered at the page is our service's."""
    host, port = door(listen)
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return Finding("端口", True, f"{listen} 空着，服务可以用")
    except OSError as error:
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with _asked(here(host, port) + page) as answer:
                if await is_ours(answer):
                    away = await _away(here(host, port)) if page == "/live" else ""
                    return Finding("端口", not away, f"{listen} 上服务正在运行{away}")
        return Finding("端口", False, f"{listen} 用不了（{error.strerror}）：请停掉占着它的程序，或者换一个 {name}")


async def _away(address: str) -> str:
    """What a running service says is not there, if it is not ready; Telegram, which has a finding of its own, besides."""
    async with _asked(f"{address}/ready") as answer:
        lines = (await answer.text()).splitlines()[1:]
    if answer.status == 200:
        return ""
    return f"，可是现在不能为人服务（{'、'.join(line for line in lines if not line.endswith(' ok'))}）：请看它的日志"


def _hall(settings: Settings, book: Book) -> list[Finding]:
    try:
        hall.read(settings.hall, book)
    except BadSetting as error:
        return [Finding("大厅", False, str(error))]
    return [Finding("大厅", True, f"{settings.hall} 读得懂")] if settings.hall else []


async def _paper() -> list[Finding]:
    if await pdf.available():
        return [Finding("纸面", True, "告知单可以做成 PDF")]
    libraries = "、".join(pdf.LIBRARIES)
    return [
        Finding("纸面", False, f"告知单做不成 PDF：请安装时带上 print（luohu[print]），系统里要有 {libraries}；不要 PDF 可以不管")
    ]


async def _clock(settings: Settings) -> list[Finding]:
    """Against a clock elsewhere that the settings name anyway; nobody else is asked."""
    others = [settings.telegram_api] if settings.telegram_token else []
    for address in [*others, *filter(None, [settings.public_url])]:
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError):
            async with _asked(address) as answer:
                wrong = round(time.time() - parsedate_to_datetime(answer.headers["date"]).timestamp())
            if abs(wrong) <= SLOW_CLOCK:
                return [Finding("时钟", True, "准")]
            way = "快" if wrong > 0 else "慢"
            return [Finding("时钟", False, f"{way}了约 {abs(wrong)} 秒：动态口令会对不上，纸上的日期会错，请打开对时（NTP）")]
    return [Finding("时钟", True, "没有可以对的钟，请自己看一眼日期和时间")]


async def _public(settings: Settings) -> list[Finding]:
    if not settings.public_url:
        return [Finding("外面的网址", True, "没有写 LUOHU_PUBLIC_URL：二维码不会出现")]
    return [*_for_phones(settings.public_url), await _leads_here(settings)]


def _for_phones(address: str) -> list[Finding]:
    """Why no phone can use an address, whoever answers there."""
    parts = urlsplit(address)
    if is_this_machine(parts.hostname or ""):
        return [Finding("外面的网址", False, "LUOHU_PUBLIC_URL 写的是本机，手机打不开：请写外面的网址（https://…）")]
    if parts.scheme != "https":
        return [Finding("外面的网址", False, "LUOHU_PUBLIC_URL 要用 https：不然手机什么也记不住，谁来都只看到一句说明")]
    return []


async def _leads_here(settings: Settings) -> Finding:
    try:
        async with _asked(f"{settings.public_url.rstrip('/')}/live") as answer:
            fine = await _is_alive(answer)
            why = f"回答的是 {answer.status}，不是本服务"
    except aiohttp.ClientSSLError:
        fine, why = False, "证书不对"
    except (aiohttp.ClientError, OSError, TimeoutError):
        fine, why = False, "连不上"
    if fine:
        return Finding("外面的网址", True, "LUOHU_PUBLIC_URL 通到本服务")
    return Finding("外面的网址", False, f"LUOHU_PUBLIC_URL {why}：请看服务是不是在运行、反向代理和证书对不对")


@contextlib.asynccontextmanager
async def _asked(address: str) -> AsyncIterator[aiohttp.ClientResponse]:
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting()), timeout=PATIENCE, trust_env=True) as http,
        http.get(address, allow_redirects=False) as answer,
    ):
        yield answer


# ---- Telegram ----


async def _telegram(settings: Settings) -> list[Finding]:
    if not settings.telegram_token:
        return [Finding("Telegram", True, "没有打开")]
    api = settings.telegram_api
    bot = telegram.Bot(settings.telegram_token, base_url=f"{api.rstrip('/')}/bot", request=AiohttpRequest(api))
    try:
        await bot.initialize()
        found = [Finding("Telegram", True, "连得上，令牌有效"), _hook(settings, await bot.get_webhook_info())]
    except InvalidToken:
        found = [Finding("Telegram", False, "令牌不被接受：请向 @BotFather 核对 LUOHU_TELEGRAM_TOKEN")]
    except TelegramError as error:
        found = [Finding("Telegram", False, f"连不上（{type(error).__name__}）：请看网络，或者用 HTTPS_PROXY 写上代理")]
    finally:
        await bot.shutdown()
    if not settings.telegram_assessment:
        found.append(Finding("Telegram", False, "没有写 LUOHU_TELEGRAM_ASSESSMENT：居民的消息要出境，先做评估，把文号写上"))
    return found


def _hook(settings: Settings, known: telegram.WebhookInfo) -> Finding:
    """How updates come, by what Telegram says of it."""
    if not settings.by_webhook:
        return Finding("Telegram", True, "由本服务去取消息" + ("；现在挂着的 webhook 启动时会取下" if known.url else ""))
    if known.url != settings.telegram_webhook_url:
        return Finding("Telegram", True, "webhook 还没有挂上，服务启动时会挂")
    if known.last_error_message and known.pending_update_count:
        why = known.last_error_message
        return Finding(
            "Telegram", False, f"webhook 送不到（{why}），有 {known.pending_update_count} 条在等：请看网址、证书和反向代理"
        )
    return Finding("Telegram", True, "webhook 挂着，消息送得到")
