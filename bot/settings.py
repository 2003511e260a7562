"""Settings: the environment (and a `.env`) as one frozen record; what it does not know it refuses."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from flows.facts import nearest

PREFIX = "LUOHU_"
KEY_BYTES = 32  # of a key that we make


class BadSetting(Exception):
    """A setting that cannot be used; its text is one clear sentence."""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """How `luohu serve` runs. Secrets never show in a repr."""

    database: str = "luohu.db"  # a file for SQLite, or postgresql://…
    listen: str = "127.0.0.1:8080"  # host:port of the kiosk, /live, /ready and the webhook
    retention_hours: int = 24  # a Telegram talk without a turn for so long is deleted
    key: str = ""  # keys every hash, and the codes of phones; empty: kept in a file beside the SQLite database
    log: str = "info"
    desk_listen: str = ""  # host:port of the hotline's desk; empty: 127.0.0.1:8081, or another port if that is taken
    kiosk_key: str = ""  # if set, only devices on which it was typed in show the kiosk
    public_url: str = ""  # under which address phones reach us
    hotline: str = ""  # the number that a person in Telegram is told to ring
    hall: str = ""  # a YAML file about the hall that the kiosk stands in
    telegram_token: str = ""
    telegram_api: str = "https://api.telegram.org"
    telegram_webhook_url: str = ""
    telegram_secret: str = ""
    telegram_assessment: str = ""  # reference of the assessment of sending messages abroad

    @property
    def on_postgres(self) -> bool:
        return self.database.startswith(("postgresql://", "postgres://"))

    @property
    def by_webhook(self) -> bool:
        return bool(self.telegram_webhook_url)


def read(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings of the environment over those of `.env` in the folder; raises BadSetting."""
    from_file = dotenv_values((folder or Path.cwd()) / ".env", interpolate=False)
    found = {name: value or "" for name, value in from_file.items()} | dict(os.environ if environment is None else environment)
    values: dict[str, str] = {}
    known = {PREFIX + field.upper(): field for field in Settings.__dataclass_fields__}
    for name, value in found.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            near = nearest(name.removeprefix(PREFIX).lower(), Settings.__dataclass_fields__)
            hint = f"，是不是 {PREFIX}{near.upper()}？" if near else f"。可以用：{'、'.join(known)}"
            raise BadSetting(f"没有 {name} 这个设置{hint}")
        if value.strip():
            values[known[name]] = value.strip()
    return _checked(values)


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
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink()


def door(listen: str) -> tuple[str, int]:
    """(host, port) of an address to listen on."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _is_door(listen: str) -> bool:
    host, _, port = listen.rpartition(":")
    return bool(host.strip("[]")) and port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _checked(values: dict[str, str]) -> Settings:
    hours = values.pop("retention_hours", "24")
    if not (hours.isascii() and hours.isdigit() and len(hours) <= 3 and 1 <= int(hours) <= 720):
        raise BadSetting("LUOHU_RETENTION_HOURS 要写 1 到 720 的整数（小时）")
    settings = Settings(retention_hours=int(hours), **values)
    for name in ("listen", "desk_listen"):
        if getattr(settings, name) and not _is_door(getattr(settings, name)):
            raise BadSetting(f"{PREFIX}{name.upper()} 要写成 地址:端口，例如 127.0.0.1:8080")
    if settings.desk_listen and door(settings.listen)[1] == door(settings.desk_listen)[1] != 0:  # the port tells the doors apart
        raise BadSetting("LUOHU_LISTEN 和 LUOHU_DESK_LISTEN 要用不同的端口：热线工作台要另开一扇门")
    if settings.hotline and not (len(settings.hotline) <= 40 and any(map(str.isdigit, settings.hotline))):
        raise BadSetting("LUOHU_HOTLINE 要写热线的号码，例如 12345")
    if settings.log not in ("debug", "info", "warning"):
        raise BadSetting("LUOHU_LOG 要写 debug、info 或 warning")
    for name in ("telegram_api", "telegram_webhook_url", "public_url"):
        address = getattr(settings, name)
        if address and not _is_web_address(address):
            raise BadSetting(f"{PREFIX}{name.upper()} 要写成完整的网址，例如 https://…")
    if settings.by_webhook and not settings.telegram_secret:
        raise BadSetting("写了 LUOHU_TELEGRAM_WEBHOOK_URL，就必须写 LUOHU_TELEGRAM_SECRET")
    secret = settings.telegram_secret
    if secret and not (len(secret) <= 256 and secret.isascii() and secret.replace("_", "").replace("-", "").isalnum()):
        raise BadSetting("LUOHU_TELEGRAM_SECRET 只能用字母、数字、下划线和连字符，1 到 256 个")
    if settings.telegram_token and ":" not in settings.telegram_token:
        raise BadSetting("LUOHU_TELEGRAM_TOKEN 不像机器人令牌（应当是 数字:字母）")
    if settings.on_postgres and not settings.key:
        raise BadSetting("用 PostgreSQL 时必须写 LUOHU_KEY（一串随机文字，不要放进数据库）")
    if not settings.on_postgres and "://" in settings.database:
        raise BadSetting("LUOHU_DATABASE 要写一个文件，或者 postgresql://…")
    return settings
