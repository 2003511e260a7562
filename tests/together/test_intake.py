"""A crowd at the door: who dawdles, who says too much, who comes too often; and that nobody else is kept out."""

import asyncio
import contextlib
import importlib.util
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.clock import now
from bot.kiosk import app as kiosk
from bot.kiosk import devices
from bot.telegram.seen import Recent
from bot.web import connection_limits as intake
from bot.web.connection_limits import LARGEST_HEAD, LARGEST_REQUEST, ConnectionLimits
from bot.web.security_headers import HEADERS
from clerk import desk_open
from visitor import Here
from visitor import kiosk as open_kiosk

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE = 0.25
GET = b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /kiosk/begin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"


def without_httptools() -> ModuleType:
    """The intake where there is no httptools."""
    spec = importlib.util.spec_from_file_location("intake_on_h11", str(intake.__file__))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    name, there = "uvicorn.protocols.http.httptools_impl", sys.modules["uvicorn.protocols.http.httptools_impl"]
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        spec.loader.exec_module(module)
    finally:
        sys.modules[name] = there
    return module


def slow(app: ASGIApp) -> ASGIApp:
    """An answer that takes longer than anybody may take to ask."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/slow":
            await asyncio.sleep(PATIENCE * 1.5)
            scope = {**scope, "path": "/live"}
        await app(scope, receive, send)

    return answered


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["httptools", "h11"])
async def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    base = ConnectionLimits if request.param == "httptools" else without_httptools().ConnectionLimits
    assert base.__bases__[0].__name__ == {"httptools": "HttpToolsProtocol", "h11": "H11Protocol"}[request.param]
    hurried = type("Hurried", (base,), {"patience": PATIENCE, "seats": 4, "standing": 1})
    async with open_kiosk(tmp_path_factory.mktemp("intake"), slow, hurried) as one:
        yield one


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def says(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def hears(self) -> bytes:
        """One answer, with its body."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        length = re.search(rb"content-length: (\d+)", head)
        assert length, head
        return head + await self.reader.readexactly(int(length[1]))

    async def lasts(self) -> float:
        """Seconds until the other side ends it."""
        began = time.monotonic()
        try:
            while await asyncio.wait_for(self.reader.read(65536), 5):
                pass
        except ConnectionError:
            pass
        return time.monotonic() - began


@asynccontextmanager
async def line(here: Here) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(here.url.split(":")[2].split("/")[0]))
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def asked(one: Line, path: bytes) -> bytes:
    await one.says(GET.replace(b"/ready", path))
    return await one.hears()


async def trickle(one: Line, words: bytes) -> None:
    for byte in words:
        await one.says(bytes([byte]))
        await asyncio.sleep(PATIENCE / 20)


# ---- how long ----


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b""),
        (b"GET /kiosk HT", b""),
        (b"GET /kiosk HTTP/1.1\r\nX-Slow: ", b"y" * 99),
        (POST % 99, b"z" * 99),
        (GET, b"GET"),
    ],
    ids=["silent", "half a line", "header byte by byte", "body byte by byte", "second request"],
)
async def test_who_dawdles_is_cut_off(here: Here, first: bytes, then: bytes) -> None:
    async with line(here) as one:
        began = time.monotonic()
        await one.says(first)
        if first == GET:
            await one.hears()
        dawdling = asyncio.create_task(trickle(one, then))
        await one.lasts()
        dawdling.cancel()
        await asyncio.gather(dawdling, return_exceptions=True)
        assert PATIENCE * 0.5 < time.monotonic() - began < PATIENCE * 2.5


async def test_between_two_requests_and_for_the_answer_there_is_time(here: Here) -> None:
    async with line(here) as one:
        for path in (b"/slow", b"/ready"):
            await one.says(GET.replace(b"/ready", path))
            assert (await one.hears()).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(PATIENCE * 1.2)
        await one.says(POST % 11 + b"language")
        await asyncio.sleep(PATIENCE / 4)
        await one.says(b"=zh")
        assert (await one.hears()).startswith(b"HTTP/1.1 303")


# ---- how much ----


async def test_a_body_that_is_too_large_is_not_read_to_its_end(here: Here) -> None:
    async with line(here) as one:
        await one.says(POST % 20_000_000)
        answer, sent = asyncio.create_task(one.reader.read(12)), 0
        try:
            while sent < 20_000_000:
                one.writer.write(b"x" * 65536)
                sent += 65536
                async with asyncio.timeout(PATIENCE * 5):
                    await one.writer.drain()
        except ConnectionError:
            pass
        assert sent < 15_000_000  # what the system took in on the way counts, too
        assert await answer == b"HTTP/1.1 413"


async def test_a_large_form_that_comes_whole_hears_why(here: Here) -> None:
    async with line(here) as one:
        await one.says(POST % 70_000 + b"x" * 70_000)
        assert (await one.hears()).startswith(b"HTTP/1.1 413")


async def test_a_head_without_end_is_cut_off(here: Here) -> None:
    """For its length: not for being late, which takes PATIENCE each time, on whatever machine."""
    lasted = []
    for _ in range(3):
        async with line(here) as one:
            await one.says(b"GET / HTTP/1.1\r\n")
            began = time.monotonic()
            try:
                for _ in range(LARGEST_REQUEST // 64):
                    await one.says(b"a: b\r\n" * 10)
            except ConnectionError:
                pass
            await one.lasts()
            lasted.append(time.monotonic() - began)
    assert min(lasted) < PATIENCE


async def test_no_browser_has_heads_so_large() -> None:
    assert LARGEST_HEAD >= 4 * 4096  # a cookie has at most 4 KB, and we set four


# ---- how many ----


async def test_who_dawdles_longest_makes_room(here: Here) -> None:
    async with line(here) as oldest, line(here) as second, line(here), line(here), line(here) as newcomer:
        await newcomer.says(GET)
        assert (await newcomer.hears()).startswith(b"HTTP/1.1 200")
        assert await oldest.lasts() < PATIENCE / 2 and not second.reader.at_eof()


async def test_a_full_house_says_so_and_still_answers_who_looks_after_it(here: Here) -> None:
    async with contextlib.AsyncExitStack() as crowd:
        for _ in range(4):
            await asked(await crowd.enter_async_context(line(here)), b"/ready")
        for path, status in ((b"/kiosk", b"503"), (b"/desk", b"503"), (b"/telegram", b"503")):
            async with line(here) as newcomer:
                answer = await asked(newcomer, path)
                assert answer.startswith(b"HTTP/1.1 " + status), path
                assert b"retry-after: 10\r\n" in answer and "现在有点忙".encode() in answer
                assert b'http-equiv="refresh" content="10; url=' + (b"/desk" if path == b"/desk" else b"/kiosk") in answer
                assert all(f"{name}: {value}\r\n".lower().encode() in answer.lower() for name, value in HEADERS.items())
        async with line(here) as standing:
            for path in (b"/live", b"/ready"):
                assert (await asked(standing, path)).startswith(b"HTTP/1.1 200")
            async with line(here) as outside:
                assert await outside.lasts() < PATIENCE / 2


async def test_a_crowd_before_one_door_keeps_nobody_out_of_the_other(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        port, crowd = desk.service.port, []
        for _ in range(ConnectionLimits.seats):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"ok")
            crowd.append(writer)
        assert await desk.service.status("/kiosk") == 503
        assert await desk.service.status("/ready") == 200
        assert (await desk.http.get("/desk/login")).status_code == 200
        for writer in crowd:
            writer.close()
            await writer.wait_closed()


# ---- how often ----


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    async with open_kiosk(tmp_path_factory.mktemp("hall")) as one:
        yield one


async def posted(http: ClientSession, url: str, address: str, cookie: str = "", **fields: str) -> ClientResponse:
    headers = {"X-Forwarded-For": address} | ({"Cookie": cookie} if cookie else {})
    answer = await http.post(url, data=fields, headers=headers, allow_redirects=False)
    await answer.read()
    return answer


async def test_new_visits_are_limited_by_address_and_in_all(hall: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "NEW_VISITS", ((2, 600, "visits", "one"), (5, 600, "visits", "all")))
    before = await hall.rows("visit")
    begin = f"{hall.url}/begin"
    async with ClientSession() as http:
        places = ["192.0.2.1"] * 3 + ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3"] + ["192.0.2.4"] * 2
        answers = [await posted(http, begin, place, language="zh") for place in places]
        assert [one.status for one in answers] == [303, 303, 503, 303, 303, 503, 303, 503]
        assert await hall.rows("visit") == before + 5
        busy = await answers[2].text()
        assert answers[2].headers["Retry-After"] and "现在有点忙" in busy and 'data-again="10"' in busy, (
            "it tries again by itself"
        )
        own = answers[0].headers["Set-Cookie"].partition(";")[0]
        assert (await posted(http, begin, "192.0.2.1", own, language="zh")).status == 503
        assert await hall.rows("visit") == before + 5, "a visit ended, and none began"
    async with hall.desk.runtime.store.transaction() as db:
        buckets = [bucket for (bucket,) in await db.rows("SELECT bucket FROM attempt")]
    assert not [bucket for bucket in buckets if "192.0.2" in bucket or "2001:" in bucket]


async def test_this_machine_itself_is_limited_by_all_that_there_may_be(hall: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a kiosk of its own, or a proxy that speaks for a whole hall."""
    monkeypatch.setattr(devices, "NEW_VISITS", ((2, 600, "here", "one"), (4, 600, "here", "all")))
    statuses = []
    async with ClientSession() as http:
        for _ in range(5):
            async with http.post(f"{hall.url}/begin", data={"language": "zh"}, allow_redirects=False) as answer:
                statuses.append(answer.status)
    assert statuses == [303, 303, 303, 303, 503]


async def test_a_hall_of_kiosks_behind_one_address_has_room() -> None:
    here, everywhere = devices.NEW_VISITS
    assert (here[3], everywhere[3]) == ("one", "all")
    assert here[0] / 50 >= 10, "fifty kiosks, a visit a minute each"
    assert everywhere[0] > 10 * here[0], "one address does not use up what is for all"


async def test_presses_that_change_nothing_leave_no_rows(hall: Here) -> None:
    act = f"{hall.url}/act"
    async with ClientSession() as http:
        begun = await posted(http, f"{hall.url}/begin", "192.0.2.9", language="zh")
        own = begun.headers["Set-Cookie"].partition(";")[0]
        page = await (await http.get(hall.url, headers={"Cookie": own})).text()
        step = re.findall(r'name="step" value="(\d+)"', page)[0]
        rows = [await hall.rows(table) for table in ("inbox", "visit")]
        for number in range(10):
            key = f"{number:022}"
            await posted(http, act, "192.0.2.9", f"__Host-visit={number:022}.x", step=step, key=key, do="answer city tianshui")
            await posted(http, act, "192.0.2.9", own, step="7", key=key, do="answer city tianshui")
            await posted(http, act, "192.0.2.9", own, step=step, key=key, do="answer city atlantis")
        assert [await hall.rows(table) for table in ("inbox", "visit")] == rows
        await posted(http, act, "192.0.2.9", own, step=step, key="0" * 22, do="answer city tianshui")
        assert await hall.rows("inbox") == rows[0] + 1


async def test_no_finger_is_so_fast(hall: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kiosk, "FASTEST", 5)
    statuses = []
    async with ClientSession() as http:
        begun = await posted(http, f"{hall.url}/begin", "192.0.2.10", language="zh")
        own = begun.headers["Set-Cookie"].partition(";")[0]
        for number in range(15):
            page = await (await http.get(hall.url, headers={"Cookie": own})).text()
            step = re.findall(r'name="step" value="(\d+)"', page)[0]
            said = "answer city tianshui" if "answer city tianshui" in page else "back"
            statuses.append(
                (await posted(http, f"{hall.url}/act", "192.0.2.10", own, step=step, key=f"{number:022}", do=said)).status
            )
    assert set(statuses) == {303, 503} and 503 not in statuses[:5]
    assert int(step) <= now() + 6


# ---- what is kept in memory ----


async def test_a_crowd_of_chats_does_not_fill_the_memory() -> None:
    recent = Recent(100)
    for number in range(1000):
        recent.add(number)
    assert [number in recent for number in (0, 899, 900, 999)] == [False, False, True, True]
    recent.discard(999)
    recent.discard(5)
    assert 999 not in recent


async def test_who_hangs_up_in_the_middle_of_a_form_is_no_fault(hall: Here, caplog: pytest.LogCaptureFixture) -> None:
    async with line(hall) as one:
        await one.says(POST % 99 + b"language")
    assert await hall.rows("word")
    assert not [record for record in caplog.records if record.name == "luohu" and record.levelname == "ERROR"]
