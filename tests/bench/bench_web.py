"""`make bench`, third part: what a kiosk turn and a slip cost, beside a bare page with the same HTML in the same run.

It reports, it asserts no times. The peer is Starlette + Jinja2 as usual: it renders each page of the same talk from a
template in which every text is looked up by gettext, and keeps nothing. Ours takes the form, commits, judges, sends the
browser to /kiosk and renders the page. Processor time is what the kernel counted for the process.
"""

import asyncio
import contextlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from bench import ONCE
from bench_telegram import DIRECT, heard, line, pinned, row
from bot.clock import today
from bot.kiosk.pdf import Printer, available
from clerk import Clerk
from proxy import free_port
from service import LUOHU, environment

BOTS = Path(__file__).with_name("bench_bots.py")
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


def main() -> None:
    print(f"\nKiosk: CPython {sys.version.split()[0]}, medians of rounds, the candidates by turns\n")
    line("what", "ours", "peer", "ratio", "goal")
    with tempfile.TemporaryDirectory() as folder, pinned(0):
        asyncio.run(measured(Path(folder)))


@dataclass(slots=True)
class Server:
    """A process that answers on a port."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu(self) -> float:
        """Seconds of processor time, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextlib.asynccontextmanager
async def running(folder: Path, *command: str) -> AsyncIterator[Server]:
    port = free_port()
    settings = {"LUOHU_LISTEN": f"127.0.0.1:{port}", "LUOHU_DATABASE": str(folder / "kiosk.db"), "LUOHU_LOG": "warning"}
    env = environment(LUOHU_TOUCH_GUARD="0", PORT=str(port), **settings, **DIRECT)
    with pinned(1), (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=BOTS.parent, env=env, stdout=log, stderr=log)  # noqa: ASYNC220
    try:
        while True:
            with contextlib.suppress(ConnectionError):
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                break
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            await asyncio.sleep(0.02)
        yield Server(process, port)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)


# ---- people ----


@dataclass(slots=True)
class Screen:
    """A kiosk as cheap as can be: one connection, one cookie."""

    port: int
    times: list[float] = field(default_factory=list)  # of whole turns, in milliseconds
    _cookie: bytes = b""
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: bytes, path: bytes, body: bytes = b"") -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(
            b"%b %b HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %b\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (method, path, self._cookie, len(body), body)
        )
        head, page = await heard(reader)
        if found := re.search(rb"set-cookie: (__Host-visit=[^;]+)", head, re.IGNORECASE):
            self._cookie = found[1]
        assert head[9:12] in (b"200", b"303"), head
        return page

    def leaves(self) -> None:
        if self._streams is not None:
            self._streams[1].close()

    async def begins(self) -> bytes:
        await self.ask(b"POST", b"/kiosk/begin", b"language=zh")
        return await self.ask(b"GET", b"/kiosk")

    async def talk(self, page: bytes) -> bytes:
        for said in TALK:
            began = time.perf_counter()
            page = await self.says(said, page)
            self.times.append((time.perf_counter() - began) * 1000)
        return page

    async def says(self, said: str, page: bytes) -> bytes:
        step, key = (re.search(rb'name="%b" value="([^"]+)"' % name, page) for name in (b"step", b"key"))
        assert step and key
        await self.ask(b"POST", b"/kiosk/act", b"step=%b&key=%b&do=%b" % (step[1], key[1], form(said)))
        return await self.ask(b"GET", b"/kiosk")


def form(said: str) -> bytes:
    return said.replace(" ", "+").encode()


async def ours(server: Server, crowd: int) -> list[Screen]:
    screens = [Screen(server.port) for _ in range(crowd)]
    pages = await asyncio.gather(*(screen.begins() for screen in screens))
    for _ in range(TALKS):
        pages = await asyncio.gather(*(screen.talk(page) for screen, page in zip(screens, pages, strict=True)))
    for screen in screens:
        screen.leaves()
    return screens


async def theirs(server: Server) -> None:
    async def talks(screen: Screen) -> None:
        for _ in range(TALKS):
            for number in range(len(TALK)):
                await screen.ask(b"POST", b"/%d" % number, b"do=answer")
        screen.leaves()

    await asyncio.gather(*(talks(Screen(server.port)) for _ in range(SCREENS)))


# ---- the figures ----


async def measured(folder: Path) -> None:
    async with running(folder, str(LUOHU), "serve") as kiosk:
        await written(kiosk, folder / "pages")
        peer = (sys.executable, str(BOTS), "pages", str(folder / "pages"))
        async with running(folder, *peer) as bare:
            jobs: tuple[tuple[Server, Callable[[], Awaitable[object]]], ...] = (
                (kiosk, lambda: ours(kiosk, SCREENS)),
                (bare, lambda: theirs(bare)),
            )
            found: list[list[float]] = [[], []]
            for _ in range(ROUNDS + 1):
                for (server, job), some in zip(jobs, found, strict=True):
                    before = server.cpu()
                    await job()
                    some.append((server.cpu() - before) / TURNS * 1e6)
            row(
                "a kiosk turn, CPU: form, commit, judge, page / the bare page",
                statistics.median(found[0][1:]),
                statistics.median(found[1][1:]),
                "µs",
                0.60,
            )
        times = sorted(one for screen in await ours(kiosk, CROWD) for one in screen.times)
        print(f"{CROWD} kiosks at once: a turn takes p50 {share(times, 0.5):.1f} ms, p99 {share(times, 0.99):.1f} ms")
        await printed(kiosk)


async def written(kiosk: Server, folder: Path) -> None:
    """The pages of the talk, for the peer. Each asks what the talk answers next, or is the answer sheet."""
    folder.mkdir()
    screen = Screen(kiosk.port)
    page = await screen.begins()
    for number, said in enumerate(TALK):
        page = await screen.says(said, page)
        following = TALK[(number + 1) % len(TALK)]
        wanted = b"/kiosk/slip" if following == ASKED else b'value="%b' % following.partition("&")[0].rpartition(" ")[0].encode()
        assert wanted in page, f"after {said}: no {wanted!r}"
        (folder / f"{number}.html").write_bytes(page)
    screen.leaves()


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


def share(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


if __name__ == "__main__":
    main()
