"""Settings: the environment (and a `.env`) as one frozen record; what it does not know it refuses."""

import contextlib
import io
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from dotenv.parser import Binding, parse_stream

from flows.facts import nearest

PREFIX = "LUOHU_"
TOUCH_GUARD = 700
KEY_BYTES = 32  # of a key that we make
TELEGRAM_API = "https://api.telegram.org"
TELEGRAM_PORTS = (443, 80, 88, 8443)  # to which Telegram itself brings updates
POSTGRES = ("postgresql://", "postgres://")


class BadSetting(Exception):
    """A setting that cannot be used; its text is one clear sentence."""

    status = 2  # with which the program ends


class BadFile(BadSetting):
    """A `.env` that cannot be used."""

    status = 1


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """How `luohu serve` runs. Secrets never show in a repr."""

    database: str = "luohu.db"  # a file for SQLite, or postgresql://…
    listen: str = "127.0.0.1:8080"  # host:port of the kiosk, /live, /ready and the webhook
    retention_hours: int = 24  # a Telegram talk without a turn for so long is deleted
    key: str = ""  # keys every hash, and the codes of phones; empty: kept in a file beside the SQLite database
    log: str = "info"
    log_format: str = "text"  # of a line: text, or json
    desk_listen: str = ""  # host:port of the hotline's desk; empty: 127.0.0.1:8081, or another port if that is taken
    kiosk_key: str = ""  # if set, only devices on which it was typed in show the kiosk
    touch_guard: int = TOUCH_GUARD  # milliseconds for which a new page takes no press; 0: none
    public_url: str = ""  # under which address phones reach us
    own_phone: str = "on"  # whether residents may begin on their own phones, at /
    hotline: str = ""  # the number that a person in Telegram is told to ring
    hall: str = ""  # a YAML file about the hall that the kiosk stands in
    telegram_token: str = ""
    telegram_api: str = TELEGRAM_API
    telegram_webhook_url: str = ""
    telegram_secret: str = ""
    telegram_assessment: str = ""  # reference of the assessment of sending messages abroad

    @property
    def without_database(self) -> str:
        """Says that there is no SQLite database where it should be, as only a start of the service makes it: else a wrong folder
        would get one; "" where there is one."""
        if self.on_postgres or Path(self.database).exists():
            return ""
        return f"这里没有数据库 {self.database}：请到服务的目录里运行，或者设置 LUOHU_DATABASE"

    @property
    def on_postgres(self) -> bool:
        return self.database.startswith(POSTGRES)

    @property
    def named(self) -> str:
        """The database as it may be shown: without the account and its password."""
        if not self.on_postgres:
            return self.database
        parts = urlsplit(self.database)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def phones_may_begin(self) -> bool:
        return self.own_phone == "on"

    @property
    def by_webhook(self) -> bool:
        return bool(self.telegram_webhook_url)


def read(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings of the environment over those of `.env` in the folder; raises BadSetting."""
    values: dict[str, str] = {}
    for line, name, value in _of_file((folder or Path.cwd()) / ".env"):
        if name.upper().startswith(PREFIX):
            values[_field(name, f".env 第 {line} 行：")] = value
    for name, value in (os.environ if environment is None else environment).items():
        if name.startswith(PREFIX):
            values[_field(name)] = value
    return _checked({field: value.strip() for field, value in values.items() if value.strip()})


def _field(name: str, where: str = "") -> str:
    """The field that a name sets; raises BadSetting. `where`: the line of `.env` that it stands in, if it does."""
    known = {PREFIX + field.upper(): field for field in Settings.__dataclass_fields__}
    if name in known:
        return known[name]
    near = nearest(name[len(PREFIX) :].lower(), Settings.__dataclass_fields__)
    hint = f"，是不是 {PREFIX}{near.upper()}？" if near else f"。可以用：{'、'.join(known)}"
    raise (BadFile if where else BadSetting)(f"{where}没有 {name} 这个设置{hint}")


def _of_file(path: Path) -> Iterator[tuple[int, str, str]]:
    """(line, name, value) of each assignment in a `.env`; none where there is no such file. Raises BadFile."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return
    except NotADirectoryError:
        return
    except OSError as error:
        raise BadFile(f"{path} 读不了（{error.strerror}）：要是一个能读的文本文件；不用它，就删掉或改名") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadFile(f"{path} 第 {line} 行不是 UTF-8 文字：请把这个文件另存为 UTF-8 编码") from None
    if "\0" in text:
        raise BadFile(f"{path} 第 1 行不是 UTF-8 文字：请把这个文件另存为 UTF-8 编码")
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line + _blank_lines(binding)
        if binding.error or (binding.key is not None and binding.value is None):
            raise BadFile(f".env 第 {line} 行{_what_is_wrong(binding)}")
        if binding.key is not None:
            yield line, binding.key, binding.value or ""


def _blank_lines(binding: Binding) -> int:
    """Those that the reader counts in with the line after them."""
    said = binding.original.string
    return said[: len(said) - len(said.lstrip())].count("\n")


def _what_is_wrong(binding: Binding) -> str:
    """With a line that is no assignment; its value may be a secret, and is not repeated."""
    said = binding.original.string.strip()
    if named := re.match(r"(?:export\s+)?([\w.-]+)\s*[:：＝]", said):
        return f"：{named[1]} 后面要用半角的等号，写成 {named[1]}=值"
    if named := re.match(r"(?:export\s+)?([\w.-]+)\s*=\s*[\"']", said):
        return f"：{named[1]} 的引号没有写完，或者引号后面还有字"
    return "不是“名字=值”的写法；说明文字前面要加 #"


def hash_key(settings: Settings) -> bytes:
    """What keys every hash: the setting, or a file beside the database, made at the first start."""
    if settings.key:
        return settings.key.encode("utf-8", "surrogateescape")  # the bytes that the environment had
    path = Path(f"{settings.database}.key")
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise BadSetting(f"{path} 不完整：没有数据要保留的话，删掉它再启动；否则从备份里恢复")
    return key


def _make_key(path: Path) -> None:
    """Whole or not at all: a start that is killed leaves no empty key; of two starts the first one's counts."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)


def door(listen: str) -> tuple[str, int]:
    """(host, port) of an address to listen on."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def here(host: str, port: int) -> str:
    """Where a browser on this machine finds a door; one that is open on every address is found at this machine's own."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not listened on
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"


def _is_door(listen: str) -> bool:
    found = re.fullmatch(r"(?:[\w.:%-]+|\[[\w.:%]+\]):([0-9]{1,5})", listen, re.ASCII)
    return found is not None and int(found[1]) <= 65535


def _is_number(hotline: str) -> bool:
    """Whether it can be a number to ring, as it stands in the middle of a sentence."""
    return hotline.isprintable() and re.fullmatch("[^<>]{1,40}", hotline) is not None and any(map(str.isdigit, hotline))


def _web_address(address: str) -> SplitResult | None:
    """The parts of a whole address of a page; None if it is none."""
    try:
        parts = urlsplit(address)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if whole and not re.search(r"\s", address) else None


def _unreachable(address: str) -> str:
    """Why Telegram itself cannot bring updates to an address: a sentence, or ""."""
    parts = urlsplit(address)
    if parts.scheme != "https":
        return "要用 https：Telegram 不往 http 的网址送消息"
    if (parts.port or 443) not in TELEGRAM_PORTS:
        return f"的端口不行：Telegram 只往 {'、'.join(map(str, TELEGRAM_PORTS))} 端口送消息"
    if not _is_public(parts.hostname or ""):
        return "要用外面连得到的网址：Telegram 送不到本机和内网"
    return ""


def _is_public(host: str) -> bool:
    """Whether a host can be reached from outside, as far as its name tells; 127.1 and 2130706433 are addresses, too."""
    try:
        short = socket.inet_ntoa(socket.inet_aton(host)) if re.fullmatch(r"[0-9a-fA-Fx.]+", host) else host
        return ipaddress.ip_address(short).is_global
    except (OSError, ValueError):
        name = host.rstrip(".").lower()
        return "." in name and not name.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def _is_postgres(address: str) -> bool:
    """Whether an address of PostgreSQL can be taken apart, into one host or several. What a character that separates cuts off a
    password stands where no host and no database does."""
    try:
        parts = urlsplit(address)
        if parts.query:
            parse_qs(parts.query, strict_parsing=True)
        account, _, hosts = parts.netloc.rpartition("@")
        cut_off = parts.fragment or "@" in account + parts.path + parts.query
        return not cut_off and all(map(_is_host, hosts.split(",")))
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    """With or without a port; "" is this machine. Raises ValueError where a name has a part that no name has."""
    found = re.fullmatch(r"([\w.%-]*|\[[\w:.%]+\])(?::([0-9]{1,5}))?", host)
    if found is None:
        return False
    found[1].encode("idna")
    return int(found[2] or 0) <= 65535


def _checked(values: dict[str, str]) -> Settings:
    hours = values.pop("retention_hours", "24")
    if not (hours.isascii() and hours.isdigit() and len(hours) <= 3 and 1 <= int(hours) <= 720):
        raise BadSetting("LUOHU_RETENTION_HOURS 要写 1 到 720 的整数（小时）")
    guard = values.pop("touch_guard", str(TOUCH_GUARD))
    if not (guard.isascii() and guard.isdigit() and len(guard) <= 4 and int(guard) <= 3000):
        raise BadSetting("LUOHU_TOUCH_GUARD 要写 0 到 3000 的整数（毫秒）")
    settings = Settings(retention_hours=int(hours), touch_guard=int(guard), **values)
    for name in ("listen", "desk_listen"):
        if getattr(settings, name) and not _is_door(getattr(settings, name)):
            raise BadSetting(f"{PREFIX}{name.upper()} 要写成 地址:端口，例如 127.0.0.1:8080")
    if settings.desk_listen and door(settings.listen)[1] == door(settings.desk_listen)[1] != 0:  # the port tells the doors apart
        raise BadSetting("LUOHU_LISTEN 和 LUOHU_DESK_LISTEN 要用不同的端口：热线工作台要另开一扇门")
    if settings.hotline and not _is_number(settings.hotline):
        raise BadSetting("LUOHU_HOTLINE 要写热线的号码，例如 12345")
    if settings.log not in ("debug", "info", "warning"):
        raise BadSetting("LUOHU_LOG 要写 debug、info 或 warning")
    if settings.log_format not in ("text", "json"):
        raise BadSetting("LUOHU_LOG_FORMAT 要写 text 或 json")
    if settings.own_phone not in ("on", "off"):
        raise BadSetting("LUOHU_OWN_PHONE 要写 on 或 off")
    for name in ("telegram_api", "telegram_webhook_url", "public_url"):
        address = getattr(settings, name)
        if address and (_web_address(address) is None or (name == "public_url" and re.search("[?#]", address))):
            raise BadSetting(f"{PREFIX}{name.upper()} 要写成完整的网址，例如 https://…")
    if settings.by_webhook and not settings.telegram_secret:
        raise BadSetting("写了 LUOHU_TELEGRAM_WEBHOOK_URL，就必须写 LUOHU_TELEGRAM_SECRET")
    by_telegram = urlsplit(settings.telegram_api).hostname == urlsplit(TELEGRAM_API).hostname  # an API of one's own takes all
    if settings.by_webhook and by_telegram and (why := _unreachable(settings.telegram_webhook_url)):
        raise BadSetting(f"LUOHU_TELEGRAM_WEBHOOK_URL {why}")
    secret = settings.telegram_secret
    if secret and not (len(secret) <= 256 and secret.isascii() and secret.replace("_", "").replace("-", "").isalnum()):
        raise BadSetting("LUOHU_TELEGRAM_SECRET 只能用字母、数字、下划线和连字符，1 到 256 个")
    if settings.telegram_token and not re.fullmatch(r"[0-9]+:[\w-]+", settings.telegram_token, re.ASCII):
        raise BadSetting("LUOHU_TELEGRAM_TOKEN 不像机器人令牌（应当是 数字:字母）")
    _check_database(settings)
    return settings


def _check_database(settings: Settings) -> None:
    """Nothing of the address is repeated: it holds a password."""
    if settings.on_postgres and not settings.key:
        raise BadSetting("用 PostgreSQL 时必须写 LUOHU_KEY（一串随机文字，不要放进数据库）")
    if settings.on_postgres and not _is_postgres(settings.database):
        raise BadSetting(
            "LUOHU_DATABASE 的网址读不懂：要写成 postgresql://账号:密码@主机:端口/库名，端口是 1 到 65535 的数字；"
            "密码里的 / # ? @ % [ ] 要分别写成 %2F %23 %3F %40 %25 %5B %5D"
        )
    if not settings.on_postgres and "://" in settings.database:
        raise BadSetting("LUOHU_DATABASE 要写一个文件，或者 postgresql://…")
