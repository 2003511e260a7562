"""`luohu policy publish`, `rollback`, `log`: policies put in force in every process, without a restart; and back."""

import argparse
import asyncio
import contextlib
import getpass
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot import check, clock, new_city, prove, published
from bot.published import PolicySet, Unusable
from bot.settings import Settings
from bot.store import policies
from bot.store.base import Store, Taken, retried
from bot.store.chosen import store_for
from bot.store.policies import Published
from bot.wording import languages as i18n
from bot.workshop import diff
from bot.workshop.cases import read_cases
from flows.book import Book, City, PolicyError
from flows.loading.load import load

PATIENCE = 30.0  # seconds for the service to take in what was handed in
SHOWN = 12  # characters of a hash
OWN = "随程序来的"
UNKNOWN = (
    "# 第一次发布：正在服务的用的是启动时读的文件夹，这个文件夹后来改没改过，这里不知道。要看谁的答案变：luohu policy diff 旧版本"
)
YES = ("是", "y", "yes")


class Refused(Exception):
    """Nothing was changed; its text says why."""


# ---- what is looked at before ----


def examined(one: PolicySet, drafts: Iterable[City] | None, cases: Path, proof: bool = True) -> Iterator[str]:
    """What is found, a line each, of exactly the files that would be published. Raises Refused at the first kind of fault."""
    with published.laid_out(one) as folder:
        book = load(folder, as_of=clock.today())
        problems = check.policy_problems(book, drafts)
        problems += check.later_problems(book, lambda day: load(folder, as_of=day), problems)
        yield from _none("检查", problems, "政策数据、译文没有问题")
        residents = read_cases(book, cases) if check.case_files(cases) else []
        if not residents:
            raise Refused(f"{cases}: 里面没有案例；案例在别处的，写 --cases DIR")
        wrong = [fault for resident in residents for fault in check.disagreements(book, resident)]
        yield from _none("案例", wrong, f"案例 {len(residents)} 个，没有不一致")
        if proof:
            yield from _proved(folder, book)
    for language in (name for name in i18n.LANGUAGES if name != i18n.SOURCE):
        yield f"译文：{language} 都有"


def _none(what: str, faults: Iterable[object], well: str) -> Iterator[str]:
    if found := list(map(str, faults)):
        raise Refused("\n".join([*found, f"{what}有 {len(found)} 处要改，没有发布"]))
    yield well


def _proved(folder: Path, book: Book) -> Iterator[str]:
    cities = [city.policy for city in book.load_all() if city.in_force]
    for policy, found in zip(cities, prove.prove_all(cities), strict=True):
        *lines, summary = prove.report(folder, policy, found, i18n.Language(i18n.SOURCE))
        if any(one.grade != "note" for one in found):
            raise Refused("\n".join([*lines, summary, "没有都证明，没有发布"]))
        yield summary.removeprefix("# ")


def compared(lines: list[Published], before: PolicySet, after: PolicySet) -> Iterator[str]:
    """The consequences, where it is known what is in force."""
    if not lines and before.hash == after.hash:
        yield UNKNOWN
    else:
        yield from consequences(before, after)


def consequences(before: PolicySet, after: PolicySet) -> Iterator[str]:
    """Who gets another answer than by what is in force, and what reads otherwise, as `luohu policy diff` says it; in one line
    where that is nobody."""
    with published.laid_out(after) as new, contextlib.ExitStack() as opened:
        try:
            old = opened.enter_context(published.laid_out(before))
            found = diff.difference(lambda day: (load(old, as_of=day), load(new, as_of=day)), clock.today(), old, new)
        except (PolicyError, Unusable):
            yield "# 在用的那一套，这个版本的程序读不出来，没法比：谁的答案会变，不知道"
            return
        yield from diff.text_lines(found, i18n.SOURCE)


def differing(before: dict[str, bytes], after: dict[str, bytes]) -> Iterator[str]:
    """Which files are not what they were."""
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{'新' if name not in before else '删' if name not in after else '改'} {name}"


# ---- the commands ----


def publish(settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    store, who = store_of(settings), _who(options)
    one = published.pack(published.files_of(options.folder))
    lines = _log(store)
    if any(line.number for line in lines) and lines[0].hash == one.hash:
        yield f"这一套（{one.hash[:SHOWN]}）已经在用，没有要发布的"
        return
    yield from examined(one, new_city.drafted(options.folder, load(options.folder).drafts), options.cases)
    before = in_force(store, lines, options.policies)
    yield from compared(lines, before, one)
    if not options.yes:
        agreed()
    yield from put_in_force(settings, one, before, who, options.why)


def agreed() -> None:
    """A yes of whoever has read what will change. Raises Refused."""
    if not sys.stdin.isatty():
        raise Refused("还没有发布。看过上面的变化，同意就再运行一次，加上 --yes")
    if input("上面的变化看过了，发布吗？（是/否）").strip().lower() not in YES:
        raise Refused("没有发布，什么也没有换")


def in_force(store: Store, lines: list[Published], own: Path) -> PolicySet:
    """What was published last, or what the service began with; else what the program brings along."""
    return _set(store, lines[0].hash) if lines else published.pack(published.files_of(own))


def put_in_force(settings: Settings, one: PolicySet, before: PolicySet, who: str, why: str) -> Iterator[str]:
    """In the place of `before`, which was looked at, and is still in force. If the log is empty that goes there first."""
    store = store_of(settings)
    lines = _log(store)
    if lines and lines[0].hash != before.hash:
        raise Refused("这期间别人发布了另一套，没有发布：请再运行一次，看和那一套比变了什么")
    changed = list(differing(published.unpack(before), published.unpack(one)))
    yield from changed
    if not lines and before.hash != one.hash:
        _put(settings, store, Published(before.hash, _moment(), who, OWN), before.data)
    what = "；".join(filter(None, (why, "、".join(changed) or OWN)))
    _put(settings, store, Published(one.hash, _moment(), who, what), one.data)
    yield f"发布了：{one.hash[:SHOWN]}。正在服务的几秒内换上；要退回：luohu policy rollback"


def rollback(settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    store = store_of(settings)
    to = _target(_log(store), options.hash)
    one = _set(store, to.hash)
    try:
        published.opened(one)
    except Unusable as error:
        raise Refused(f"{_called(to)}的，这个版本的程序用不了：{error}") from None
    what = "；".join(filter(None, (options.why, f"退回{_called(to)}的")))
    _put(settings, store, Published(to.hash, _moment(), _who(options), what, to.number or policies.TO_FIRST), b"")
    yield f"退回到{_called(to)}的（{to.hash[:SHOWN]}）。正在服务的几秒内换上"


def _called(line: Published) -> str:
    return f"第 {line.number} 次发布" if line.number else "发布以前"


def log(settings: Settings, _: argparse.Namespace) -> Iterator[str]:
    lines = _log(store_of(settings))
    for line in lines:
        when = clock.there(line.moment).strftime("%Y-%m-%d %H:%M:%S")
        now = ("← 在用",) if line is lines[0] else ()
        yield "\t".join((str(line.number), when, line.who, line.hash[:SHOWN], line.what, *now))
    if not any(line.number for line in lines):
        yield "还没有发布过，用的是文件夹里的政策数据"


def _target(lines: list[Published], hash_: str) -> Published:
    """What a return goes to: what was published before the one in force; or the newest with a hash that begins so."""
    if hash_:
        found = [line for line in lines if line.hash.startswith(hash_)]
        if len({line.hash for line in found}) != 1:
            raise Refused(f"发布记录里{'没有' if not found else '不止一个'} {hash_}，请看 luohu policy log")
        if found[0].hash == lines[0].hash:
            raise Refused(f"{hash_} 正在用")
        return found[0]
    came = next((line.number for line in lines if not line.back and line.hash == lines[0].hash), 0)
    earlier = (line for line in lines if not line.back and line.number < came and line.hash != lines[0].hash)
    found_one = next(earlier, None)
    if found_one is None:
        raise Refused("前面没有发布过别的，退不回去")
    return found_one


def _who(options: argparse.Namespace) -> str:
    try:
        who = options.by or getpass.getuser()
    except (OSError, KeyError):
        raise Refused("写上是谁：--by NAME") from None
    return str(who)[:40]


def _moment() -> int:
    return int(time.time())


# ---- the database ----


def store_of(settings: Settings) -> Store:
    """Only a start of the service makes a database: else a wrong folder would get one. Raises Refused."""
    if settings.without_database:
        raise Refused(settings.without_database)
    return store_for(settings.database)


def _log(store: Store) -> list[Published]:
    return asyncio.run(policies.log_of(store))


def _set(store: Store, hash_: str) -> PolicySet:
    async def found() -> bytes:
        async with store.reading() as db:
            return await policies.files(db, hash_)

    return PolicySet(hash_, asyncio.run(found()))


def _put(settings: Settings, store: Store, line: Published, data: bytes) -> None:
    """Into the database; or, where a service has the file, into that one's hands. Raises StoreDown, Refused."""
    os.umask(0o077)  # the database is for nobody else
    try:
        asyncio.run(_written(store, line, data))
    except Taken:
        _hand_in(published.handing_in(settings), store, line, data)


def _hand_in(file: Path, store: Store, line: Published, data: bytes) -> None:
    """Left beside the database, and waited for until it is in the log."""
    try:
        published.hand_in(file, line, data)
    except FileExistsError:
        raise Refused("有人正在发布，请过一会儿再试") from None
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        last = next(iter(_log(store)), None)
        if last is not None and (last.hash, last.moment) == (line.hash, line.moment):
            while file.exists() and time.monotonic() < until:  # the next set has no room before
                time.sleep(0.01)
            return
        time.sleep(0.2)
    file.unlink(missing_ok=True)
    raise Refused("正在运行的服务没有收下，什么也没有换，请看它的日志")


async def _written(store: Store, line: Published, data: bytes) -> None:
    @retried
    async def put() -> None:
        async with store.transaction() as db:
            await policies.publish(db, line, data)

    await store.open()
    try:
        await put()
    finally:
        await store.close()
