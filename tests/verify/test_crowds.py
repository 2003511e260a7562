"""R14: crowds. Many who only look, many who dawdle or send too much, many visits at once; what it costs all the others."""

import asyncio
import contextlib
import random
import re
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import cycle
from pathlib import Path

import pytest

from bot.clock import now
from bot.kiosk.visit_cookie import new_name, owner
from bot.store.sqlite import SQLiteStore
from bot.talk.presses import begun
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from conftest import BOOK
from flows.conversation import Reply
from helpers_faults import KEY, figure, report, share
from service import Service, until
from test_load import memory

LOOKS = figure(100_000, 2_000_000)  # requests that only look
SECONDS = figure(60, 1800)  # of slow connections and large bodies
SLOW = 200  # connections that never finish what they say
LARGE = 2  # at a time that send LARGE_BODY, again and again
LARGE_BODY = 20 * 1024 * 1024
TALKERS = 10  # people who talk meanwhile, on connections that they open anew for every page
VISITS = figure(50_000, 500_000)  # at once
P99 = 4.0  # seconds: a third of what somebody waits who stands behind one slow connection
LONGEST = 12.0  # seconds until a slow connection is cut
MEMORY = 300.0  # megabytes

PATHS = (
    "/kiosk",
    "/kiosk/held",
    "/live",
    "/ready",
    "/kiosk/slip",
    "/phone/abcdefghijklmnopqrstuv",
    "/nowhere",
    "/static/kiosk.css",
)
FORM = "Content-Type: application/x-www-form-urlencoded"


class Line:
    """One connection to the service, as plain as can be: what is measured is the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> None:
        self.reader, self.writer, self.address = reader, writer, address

    async def asks(self, method: str, path: str, cookie: str = "", body: str = "") -> tuple[int, bytes, bytes]:
        """(status, head, body) of the answer."""
        head = [f"{method} {path} HTTP/1.1", "Host: x", f"X-Forwarded-For: {self.address}"]
        if cookie:
            head.append(f"Cookie: {cookie}")
        if method == "POST":
            head += [FORM, f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join([*head, "", body]).encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer)
        return int(answer[9:12]), answer, await self.reader.readexactly(int(length[1]) if length else 0)


@contextlib.asynccontextmanager
async def line(service: Service, address: str = "192.0.2.1") -> AsyncIterator[Line]:
    """`address`: where it says that it comes from, as a reverse proxy on this machine would."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        yield Line(reader, writer, address)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def empty(folder: Path, **settings: str) -> Service:
    return Service(folder, {"LUOHU_DESK_LISTEN": "127.0.0.1:0", "LUOHU_KEY": KEY, "LUOHU_LOG": "warning", **settings})


def rows(service: Service) -> dict[str, int]:
    """How many rows every table has, but for what the service keeps of itself."""
    with closing(sqlite3.connect(f"file:{service.database}?mode=ro", uri=True, timeout=5)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {one: db.execute(f"SELECT COUNT(*) FROM {one}").fetchone()[0] for one in tables if one != "lease"}


# ---- who only looks ----


@pytest.mark.asyncio
async def test_looking_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service, done = empty(tmp_path), []

    async def looks(number: int, connections: int) -> None:
        """One connection; every other browser brings a cookie that it made up."""
        cookie = f"__Host-visit={new_name()}.x; __Host-desk={new_name()}" if number % 2 else ""
        async with line(service) as one:
            for path in PATHS * (LOOKS // connections // len(PATHS)):
                done.append((await one.asks("GET", path, cookie))[0])

    try:
        await service.start()
        await until(lambda: rows(service)["published"] and rows(service)["beside"])  # what it began with, and that it is sound
        before, began = rows(service), time.monotonic()
        await asyncio.gather(*(looks(number, 20) for number in range(20)))
        seconds = time.monotonic() - began
        more = {table: number - before[table] for table, number in rows(service).items() if number != before[table]}
        used = memory(service)
    finally:
        await service.kill()
    faults = sum(status >= 500 for status in done)
    report(
        capsys, "R14 looks", looks=len(done), paths=len(PATHS), connections=20, rows_more=sum(more.values()), faults=faults,
        per_second=round(len(done) / seconds), rss_mb=round(used),
    )  # fmt: skip
    assert len(done) >= LOOKS
    assert (more, faults) == ({}, 0)


# ---- who dawdles, and who sends too much ----


class Crowd:
    """Those who keep `service` busy with nothing, until they are told to go."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.held: list[float] = []  # seconds for which slow connections lasted
        self.bodies = self.sent = self.read_to_the_end = 0

    async def dawdles(self, number: int) -> None:
        """Half of them say half a head and then nothing, the others a body byte by byte."""
        words = f"POST /kiosk/begin HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: 9999\r\n"
        while True:
            async with line(self.service) as one:
                began = time.monotonic()
                gone = asyncio.create_task(one.reader.read())
                one.writer.write(words.encode() if number % 2 else f"{words}\r\n".encode())
                while not gone.done() and time.monotonic() - began < 2 * LONGEST:
                    if number % 2 == 0:
                        one.writer.write(b"x")
                    await asyncio.wait([gone], timeout=0.5)
                self.held.append(time.monotonic() - began)
                gone.cancel()
                await asyncio.gather(gone, return_exceptions=True)

    async def sends_too_much(self, path: str) -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: {LARGE_BODY}\r\n\r\n"
        piece = b"x" * 65536
        while True:
            async with line(self.service) as one:
                sent = 0
                with contextlib.suppress(ConnectionError):
                    one.writer.write(head.encode())
                    while sent < LARGE_BODY and not one.reader.at_eof():
                        one.writer.write(piece)
                        sent += len(piece)
                        await one.writer.drain()
                self.bodies += 1
                self.sent += sent
                self.read_to_the_end += sent >= LARGE_BODY
            await asyncio.sleep(0.02)


class Talkers:
    """People at kiosks: a page, a press, the next page, each on a connection of its own, with a moment's thought between."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.took: list[float] = []
        self.errors: list[tuple[str, object]] = []

    async def talks(self, number: int) -> None:
        luck, address = random.Random(number), f"198.51.100.{number}"
        while True:
            try:
                cookie = await self._begins(address)
                for _ in range(luck.randint(5, 15)):
                    if not await self._answers(address, cookie, luck):
                        break
                    await asyncio.sleep(luck.uniform(0.05, 0.2))
                await self._timed(address, "POST", "/kiosk/end", cookie)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.errors.append(("talk", type(error).__name__))

    async def _begins(self, address: str) -> str:
        head, _ = await self._timed(address, "POST", "/kiosk/begin", "", "language=zh")
        found = re.search(rb"set-cookie: (__Host-visit=[\w.-]+)", head)
        assert found, head
        return found[1].decode()

    async def _answers(self, address: str, cookie: str, luck: random.Random) -> bool:
        """One answer; whether there is still a question."""
        page = (await self._timed(address, "GET", "/kiosk", cookie))[1].decode()
        hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', page))
        offered = re.findall(r'name="do" value="(answer [^"]+)"', page)
        if not offered:
            return False
        sent = "&".join(f"{name}={value}" for name, value in (hidden | {"do": luck.choice(offered).replace(" ", "+")}).items())
        await self._timed(address, "POST", "/kiosk/act", cookie, sent)
        return True

    async def _timed(self, address: str, method: str, path: str, cookie: str, body: str = "") -> tuple[bytes, bytes]:
        began = time.monotonic()
        async with asyncio.timeout(15), line(self.service, address) as one:
            status, head, answer = await one.asks(method, path, cookie, body)
        self.took.append(time.monotonic() - began)
        if status != (303 if method == "POST" else 200):
            self.errors.append((path, status))
        return head, answer


@pytest.mark.asyncio
async def test_others_do_not_notice_a_crowd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = empty(tmp_path)
    crowd, talkers, ready = Crowd(service), Talkers(service), []

    async def looks_after_it() -> None:
        while True:
            ready.append(await service.status("/ready"))
            await asyncio.sleep(1)

    try:
        await service.start()
        large = cycle(("/kiosk/begin", "/kiosk/act", "/nowhere"))
        tasks = [
            *(asyncio.create_task(crowd.dawdles(number)) for number in range(SLOW)),
            *(asyncio.create_task(crowd.sends_too_much(next(large))) for _ in range(LARGE)),
            *(asyncio.create_task(talkers.talks(number)) for number in range(TALKERS)),
            asyncio.create_task(looks_after_it()),
        ]
        ended, _ = await asyncio.wait(tasks, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in ended:
            task.result()
        used = memory(service)
    finally:
        await service.kill()
    report(
        capsys, "R14 crowd", seconds=SECONDS, slow=SLOW, slow_cut=len(crowd.held), longest_held_s=round(max(crowd.held), 1),
        bodies_20mb=crowd.bodies, read_to_the_end=crowd.read_to_the_end, sent_of_each_mb=round(crowd.sent / max(1, crowd.bodies) / 2**20, 1),
        others=len(talkers.took), p50_ms=round(1000 * share(talkers.took, 0.5)), p99_ms=round(1000 * share(talkers.took, 0.99)),
        max_ms=round(1000 * share(talkers.took, 1)), errors=len(talkers.errors), not_ready=sum(one != 200 for one in ready),
        rss_mb=round(used),
    )  # fmt: skip
    assert len(crowd.held) >= SLOW * (SECONDS // LONGEST - 1)
    assert max(crowd.held) < LONGEST
    assert crowd.bodies >= SECONDS and crowd.read_to_the_end == 0
    assert len(talkers.took) >= 5 * SECONDS and talkers.errors == []
    assert share(talkers.took, 0.99) < P99
    assert ready and set(ready) == {200}
    assert used < MEMORY


# ---- many at once ----


async def many(database: Path, names: list[str]) -> None:
    """So many people who have just begun, kept as every turn is."""
    desk = Turns(Runtime(BOOK, SQLiteStore(database), KEY.encode(), 24))
    await desk.runtime.open()

    def begins(visit: Visit) -> tuple[Visit, Reply]:
        return begun(visit.having(channel="phone"))  # which is kept for half an hour

    for first in range(0, len(names), 500):
        some = names[first : first + 500]
        await asyncio.gather(*(desk.take(owner(desk, name), None, f"kiosk:{name}", begins) for name in some))
    await desk.runtime.store.close()


@pytest.mark.asyncio
async def test_many_visits_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [new_name() for _ in range(VISITS)]
    service, statuses, took = empty(tmp_path), [], []
    await many(service.database, names)

    async def answers(some: list[str]) -> None:
        """Each goes on with their own visit, and sees it."""
        async with line(service) as one:
            for name in some:
                cookie = f"__Host-visit={name}.x"
                page = (await one.asks("GET", "/kiosk", cookie))[2].decode()
                hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', page))
                body = f"step={hidden['step']}&key={hidden['key']}&do=answer+city+lincang"
                began = time.monotonic()
                statuses.append((await one.asks("POST", "/kiosk/act", cookie, body))[0])
                took.append(time.monotonic() - began)

    try:
        await service.start()
        chosen = random.sample(names, 2000)
        await asyncio.gather(*(answers(chosen[number::10]) for number in range(10)))
        used = memory(service)
        with closing(sqlite3.connect(f"file:{service.database}?mode=ro", uri=True, timeout=5)) as db:
            live = db.execute("SELECT COUNT(*) FROM visit WHERE touched >= ? - keep", (now(),)).fetchone()[0]
    finally:
        await service.kill()
    report(
        capsys, "R14 visits at once", live=live, turns_among_them=len(statuses), p99_ms=round(1000 * share(took, 0.99)),
        rss_mb=round(used),
    )  # fmt: skip
    assert live >= VISITS
    assert set(statuses) == {303}
    assert used < MEMORY
