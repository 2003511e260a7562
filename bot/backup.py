"""`luohu backup` and `luohu restore`: what must outlive a lost database, as one file; a service may run beside the first.

The file is JSON, for its owner alone: the hashes of passwords and what the phones' codes are made from stand in it, so it is kept
like the database. Who restores it brings the same `LUOHU_KEY` along.
"""

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.store import lasting
from bot.store.base import Store, retried, schema
from bot.store.chosen import store_for

FORM = "luohu-backup-1"
NAMES = {"staff": "账户", "tally": "统计", "policyset": "发布过的政策", "published": "发布记录"}


class Refused(Exception):
    """Why nothing was written."""


def backup(settings: Settings, file: Path) -> str:
    """Writes the file; returns what is in it. Raises Refused, StoreDown, OSError."""
    kept = asyncio.run(_read(settings))
    text = json.dumps({"form": FORM, "tables": kept}, ensure_ascii=False, indent=1, default=_coded)
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{file} 已经有了：换一个文件名，旧的备份不会被盖掉") from None
    with os.fdopen(made, "w", encoding="utf-8") as to:
        to.write(text + "\n")
        to.flush()
        os.fsync(to.fileno())
    return f"已备份到 {file}：{_counted(kept)}。里面有密码的校验值，和数据库一样保管；LUOHU_KEY 要另外存好"


def restore(settings: Settings, file: Path) -> str:
    """Puts what a file holds into an empty database; returns what that was. Raises Refused, StoreDown, OSError."""
    kept = _from(file)
    os.umask(0o077)  # the database is for nobody else
    asyncio.run(_write(settings, kept))
    return f"已恢复：{_counted(kept)}"


async def _read(settings: Settings) -> dict[str, lasting.Rows]:
    store, newest = store_for(settings.database), schema()[-1][0]
    if settings.without_database:
        raise Refused(settings.without_database)
    if (version := await store.version()) > newest:
        raise Refused(f"数据库到了第 {version} 步，这个程序只到第 {newest} 步，备份会缺东西：请用更新的那个版本的程序备份")
    if version != newest:
        raise Refused(f"数据库在第 {version} 步，这个程序在第 {newest} 步：先用这个程序启动一次服务，再备份")
    async with store.reading() as db:
        return await lasting.read(db)


async def _write(settings: Settings, kept: dict[str, lasting.Rows]) -> None:
    store = store_for(settings.database)
    await store.open()
    try:
        await _put(store, kept)
    finally:
        await store.close()


@retried
async def _put(store: Store, kept: dict[str, lasting.Rows]) -> None:
    async with store.transaction() as db:
        if filled := await lasting.filled(db):
            raise Refused(f"数据库里已经有{'、'.join(NAMES[table] for table in filled)}：只能恢复到空的数据库，什么也没有改")
        await lasting.write(db, kept)


def _from(file: Path) -> dict[str, lasting.Rows]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"), object_hook=_decoded)
        form, kept = read["form"], read["tables"]
        fine = form == FORM and kept.keys() >= {*lasting.LASTING} and all(isinstance(row, dict) for row in _rows(kept))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        fine = False
    if not fine:
        raise Refused(f"{file} 不是 luohu backup 写的备份，或者不完整；什么也没有改")
    if strange := lasting.unknown(kept):
        raise Refused(f"{file} 里有这个程序没有的 {strange}：请用写这份备份的版本，或者更新的版本；什么也没有改")
    if unfit := lasting.unfit(kept):
        raise Refused(f"{file} 里 {unfit.replace(' ', ' 的第 ')} 条不像是 luohu backup 写的，可能被改过；什么也没有改")
    return dict(kept)


def _rows(kept: dict[str, lasting.Rows]) -> list[Any]:
    return [row for rows in kept.values() for row in rows]


def _counted(kept: dict[str, lasting.Rows]) -> str:
    return "、".join(f"{NAMES[table]} {len(rows)} 条" for table, rows in kept.items())


def _coded(value: bytes | memoryview) -> dict[str, str]:
    return {"base64": base64.b64encode(value).decode()}


def _decoded(found: dict[str, Any]) -> Any:
    return base64.b64decode(found["base64"], validate=True) if found.keys() == {"base64"} else found
