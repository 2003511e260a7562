"""`luohu staff …`: the hotline's accounts from a terminal, beside the page under /desk/staff."""

import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable

from bot.hotline.staff import ROLES, Refused, Staff
from bot.settings import Settings, hash_key
from bot.store.chosen import store_for
from bot.talk.runtime import Runtime
from flows.book import Book

Work = Callable[[Staff], Awaitable[None]]


def need_a_database(settings: Settings) -> None:
    """Only a start of the service, or a first account, makes one: else a wrong folder would get one. Raises Refused."""
    if settings.without_database:
        raise Refused(settings.without_database)


def at_the_store(settings: Settings, book: Book, work: Work) -> None:
    """Does something with the accounts. Raises Refused, or StoreDown while a service holds the SQLite file."""
    os.umask(0o077)  # the database is for nobody else
    asyncio.run(_at_the_store(settings, book, work))


async def _at_the_store(settings: Settings, book: Book, work: Work) -> None:
    runtime = Runtime(book, store_for(settings.database), hash_key(settings), settings.retention_hours)
    await runtime.open()  # a disabled account's calls are read as they end
    try:
        await runtime.resume_clock()
        await work(Staff(runtime))
    finally:
        await runtime.store.close()


def add(name: str, role: str) -> Work:
    async def added(staff: Staff) -> None:
        await staff.add(name, role, _new_password())
        print(f"已新建{ROLES[role]}账户 {name}")

    return added


def disable(name: str) -> Work:
    async def disabled(staff: Staff) -> None:
        await staff.disable(name)
        print(f"{name} 已停用，已有的登录都已退出；换一个密码就重新启用")

    return disabled


def password(name: str) -> Work:
    async def changed(staff: Staff) -> None:
        await staff.set_password(name, _new_password())
        await staff.end_totp(name)
        print(f"{name} 的密码已换，账户可以使用；动态口令已关闭，已有的登录都已退出")

    return changed


async def listed(staff: Staff) -> None:
    for account in await staff.list():
        state = "已停用" if account.disabled else "等本人换密码" if account.fresh else "使用中"
        totp = "有动态口令" if account.totp else "没有动态口令"
        print(f"{account.name}\t{ROLES[account.role]}\t{state}\t{totp}")


def _new_password() -> str:
    """Asked twice at a terminal; otherwise the first line of standard input. Never an argument, which others could see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("新密码：")
    if first != getpass.getpass("再输一次："):
        raise Refused("两次输入的密码不一样")
    return first
