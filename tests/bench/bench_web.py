"""`make bench`, third part: what a kiosk turn and a slip cost, beside plain pages with the same HTML in the same run.

The peers (tests/bench/peers) show the pages that ours was seen to show, each text looked up by gettext, and are first seen to show
the same, with the same headers. They take the form, keep each answer on the disk, send the browser to the page and render it, as
ours does; they decide nothing, and know no key that came twice, no idle clock, no hotline, no cookie that is another one after
each response. It reports, it asserts no times.
"""

import asyncio
import contextlib
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from bot.clock import today
from bot.kiosk.pdf import Printer, available
from bots import heard
from clerk import Clerk
from measured import DIRECT, HAS_THEIRS, ONCE, PEERS, THEIRS, cpu, heading, pinned, row
from proxy import free_port
from service import LUOHU, environment

ASKED, RESTART = "restart", "restart sure"  # a bare one asks first
TIANSHUI = (
    "answer city tianshui", "answer matter move_to_town", "ticked ties&tick=lives", "answer housing rented",
    "answer movers nothing",
)  # fmt: skip
LINCANG = (
    "answer city lincang", "answer matter join_kin", "answer joiner_relation spouse", "answer mover_citizen yes",
    "answer place_type county_seat", "answer joined_hukou_kind town", "answer live_together yes", "answer housing rented",
    "answer movers nothing",
)  # fmt: skip
TALK = (*TIANSHUI, ASKED, RESTART, *LINCANG, ASKED, RESTART)  # what stands before that brings the answer sheet
SCREENS = 2 if ONCE else 8  # kiosks at once
TALKS = 1 if ONCE else 4  # of each of them in a round
TURNS = SCREENS * TALKS * len(TALK)
ROUNDS = 1 if ONCE else 5
CROWD = 4 if ONCE else 50
SLIPS = 2 if ONCE else 6


ITS_OWN = (
    "connection",
    "content-length",
    "content-type",
    "date",
    "location",
    "server",
    "set-cookie",
    "vary",
)  # a response's headers
MADE_ANEW = re.compile(rb'(name="(step|key)" value=|data-whose=)"[^"]*"')  # of each page, or each visit


def main() -> None:
    heading(f"Kiosk: CPython {sys.version.split()[0]}, medians of {ROUNDS} rounds, the candidates by turns")
    with tempfile.TemporaryDirectory() as folder, pinned(0):
        asyncio.run(measured(Path(folder)))


@contextlib.asynccontextmanager
async def running(folder: Path, *command: str | Path) -> AsyncIterator["Server"]:
    """A process that answers on a port, which is its last argument, or in its settings."""
    port = free_port()
    settings = {"LUOHU_LISTEN": f"127.0.0.1:{port}", "LUOHU_DATABASE": str(folder / "kiosk.db"), "LUOHU_LOG": "warning"}
    env = environment(LUOHU_TOUCH_GUARD="0", **settings, **DIRECT)
    arguments = command if command[0] == LUOHU else (*command, str(port))
    with pinned(1), (folder / "log").open("ab") as log:
        process = subprocess.Popen(arguments, cwd=folder, env=env, stdout=log, stderr=log)  # noqa: ASYNC220
    try:
        while True:
            with contextlib.suppress(ConnectionError):
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                break
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            await asyncio.sleep(0.02)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    port: int


# ---- people ----


@dataclass(slots=True)
class Screen:
    """A kiosk as cheap as can be: one connection, one cookie."""

    port: int
    times: list[float] = field(default_factory=list)  # of whole turns, in milliseconds
    heads: tuple[bytes, ...] = ()  # of the last turn's two responses
    _cookie: bytes = b""
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: bytes, path: bytes, body: bytes = b"") -> tuple[bytes, bytes]:
        """(head, body) of what is answered."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(
            b"%b %b HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %b\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (method, path, self._cookie, len(body), body)
        )
        head, page = await heard(reader)
        if found := re.search(rb"set-cookie: *(__Host-visit=[^;]+)", head, re.IGNORECASE):
            self._cookie = found[1]
        assert head[9:12] in (b"200", b"303"), head
        return head, page

    async def sends(self, path: bytes, body: bytes) -> bytes:
        """A form, and the page to which the answer leads."""
        head, _ = await self.ask(b"POST", path, body)
        location = re.search(rb"\r\nlocation: *(\S+)", head, re.IGNORECASE)
        assert location
        shown, page = await self.ask(b"GET", location[1])
        self.heads = (head, shown)
        return page

    def leaves(self) -> None:
        if self._streams is not None:
            self._streams[1].close()

    async def begins(self) -> bytes:
        return await self.sends(b"/kiosk/begin", b"language=zh")

    async def talk(self, page: bytes) -> bytes:
        for said in TALK:
            began = time.perf_counter()
            page = await self.says(said, page)
            self.times.append((time.perf_counter() - began) * 1000)
        return page

    async def says(self, said: str, page: bytes) -> bytes:
        step, key = (re.search(rb'name="%b" value="([^"]+)"' % name, page) for name in (b"step", b"key"))
        assert step and key
        return await self.sends(b"/kiosk/act", b"step=%b&key=%b&do=%b" % (step[1], key[1], form(said)))


def form(said: str) -> bytes:
    return said.replace(" ", "+").encode()


async def crowd(server: Server, people: int) -> list[Screen]:
    """So many have the talk, a few times."""
    screens = [Screen(server.port) for _ in range(people)]
    pages = await asyncio.gather(*(screen.begins() for screen in screens))
    for _ in range(TALKS):
        pages = await asyncio.gather(*(screen.talk(page) for screen, page in zip(screens, pages, strict=True)))
    for screen in screens:
        screen.leaves()
    return screens


# ---- the figures ----


async def measured(folder: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        kiosk = await stack.enter_async_context(running(folder, LUOHU, "serve"))
        pages, headers = await seen(kiosk)
        written(pages, headers, folder / "pages")
        peers = {"plain Starlette + sqlite3": (sys.executable, PEERS / "starlette_pages.py")}
        if HAS_THEIRS:
            peers["a Django view, sessions in sqlite3"] = (str(THEIRS / "bin" / "python"), PEERS / "django_pages.py")
        servers = {"luohu": kiosk}
        for name, command in peers.items():
            servers[name] = await stack.enter_async_context(running(folder, *command, folder / "pages"))
            theirs, with_them = await seen(servers[name])
            assert with_them == headers, f"{name} answers with other headers: {with_them}"
            for said, wanted, shown in zip(("", *TALK), pages, theirs, strict=True):
                assert MADE_ANEW.sub(b"", wanted) == MADE_ANEW.sub(b"", shown), f"{name} after {said!r} shows another page"
        found = await by_turns(servers)
        for (name, cost), (goal, share) in zip(list(found.items())[1:], (("W1", 1.00), ("W2", 0.22)), strict=False):
            row(f"{goal} a turn, CPU: luohu / {name}", found["luohu"], cost, "µs", share)
        times = sorted(one for screen in await crowd(kiosk, CROWD) for one in screen.times)
        print(f"{CROWD} kiosks at once: a turn takes p50 {share_of(times, 0.5):.1f} ms, p99 {share_of(times, 0.99):.1f} ms")
        await printed(kiosk)


async def by_turns(servers: dict[str, Server]) -> dict[str, float]:
    """Microseconds of processor time of a turn."""
    found: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(ROUNDS + (not ONCE)):  # the first round warms up
        for name, server in servers.items():
            before = cpu(server.pid)
            await crowd(server, SCREENS)
            if number or ONCE:
                found[name].append((cpu(server.pid) - before) / TURNS * 1e6)
    return {name: statistics.median(costs) for name, costs in found.items()}


async def seen(server: Server) -> tuple[list[bytes], dict[str, str]]:
    """The pages of one talk, and the headers that come with each of them, and with what leads there."""
    screen = Screen(server.port)
    pages = [await screen.begins()]
    for said in TALK:
        pages.append(await screen.says(said, pages[-1]))
    screen.leaves()
    leads, shows = (headers_of(head) for head in screen.heads)
    assert leads == shows
    return pages, shows


def headers_of(head: bytes) -> dict[str, str]:
    """What is said with a response to every browser, whatever the server and the page are."""
    lines = (line.partition(": ") for line in head.decode().splitlines()[1:] if line)
    return {name.lower(): value for name, _, value in lines if name.lower() not in ITS_OWN}


def written(pages: list[bytes], headers: dict[str, str], folder: Path) -> None:
    """For the peers. Each page asks what the talk answers next, or is the answer sheet."""
    folder.mkdir()
    (folder / "headers.json").write_text(json.dumps(headers))
    for number, (page, following) in enumerate(zip(pages, (*TALK, TALK[0]), strict=True)):
        wanted = b"/kiosk/slip" if following == ASKED else b'value="%b' % following.partition("&")[0].rpartition(" ")[0].encode()
        assert wanted in page, f"before {following}: no {wanted!r}"
        page = re.sub(rb'name="step" value="[^"]+"', b'name="step" value="STEP"', page)
        page = re.sub(rb'name="key" value="[^"]+"', b'name="key" value="KEY"', page)
        (folder / (f"{number - 1}.html" if number else "begin.html")).write_bytes(page)


async def printed(kiosk: Server) -> None:
    if not await available():
        print("no PDF: WeasyPrint, or what it needs of the system, is not installed")
        return
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{kiosk.port}", trust_env=False, timeout=30) as http:
        one = Clerk(http)
        await one._send("POST", "/kiosk/begin", {}, {"language": "zh"})
        for said in TIANSHUI:
            hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', (await one.get("/kiosk")).text))
            await one._send("POST", "/kiosk/act", {}, hidden | dict(parse_qsl(f"do={said}")))
        page = (await one.get("/kiosk/slip/a5")).text
    times = []
    for _ in range(SLIPS):
        began = time.perf_counter()
        pdf = await Printer().pdf(page)
        times.append(time.perf_counter() - began)
    print(
        f"a slip of A5 as PDF: first {times[0]:.2f} s, then {statistics.median(times[1:]):.2f} s, {len(pdf) / 1000:.0f} kB ({today()})"
    )


def share_of(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


if __name__ == "__main__":
    main()
