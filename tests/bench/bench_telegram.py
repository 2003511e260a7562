"""`make bench`, second part: what a Telegram turn, a session and a start cost, each beside its peer in the same run.

It reports, it asserts no times. Figures are medians over rounds in which the candidates take turns, so that the
ratios hold on a noisy machine. The bots run one core from the driver; the driver plays 32 people and the Bot API:
the next update of a chat comes when the one before was answered. Processor time is what the kernel counted for
the bot's process, user and system; an update per second and core is its inverse.

Long, as it is one program: both candidates, the driver, and the report.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
from transitions import Machine

import postgres
from bench import ONCE, asserted, medians
from bench_bots import HAS_TORNADO, KEPT, SECRET, as_json, owner, people, plain
from bot.clock import now
from bot.store.base import Store
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SQLiteStore
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.talk.visit import Words, decode, encode
from bot.telegram.render import short_labels
from conftest import BOOK
from flows.conversation import MACHINE, MOVES, PHASES, Move, Session
from proxy import free_port
from service import LUOHU, environment
from talking import take

OURS = ("luohu", "ours_stock")
CHATS = range(1001, 1005 if ONCE else 1033)
RESTART = "/restart"
NUMBERS = count(1)  # of updates and messages, whoever's: what comes later has the higher one
TYPED = ("天水", "1", "1", "2", "11", RESTART)  # the last but one brings the answer sheet
PRESSED = (
    "临沧", "投靠家人", "丈夫或妻子", "是中国公民", "县城", "户口在城镇", "住在一起、一起生活", "租的房子", "没有别人一起迁", RESTART,
)  # fmt: skip
ROUNDS = 1 if ONCE else 3
TALKS = 1 if ONCE else 7  # of each of them in a round
STARTS = 1 if ONCE else 5
STEPS = 10 if ONCE else 1000
TIMES = 1 if ONCE else 15
BOTS = Path(__file__).with_name("bench_bots.py")
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
DIRECT = {"NO_PROXY": "127.0.0.1"} | dict.fromkeys(PROXIES, "")


def main() -> None:
    if not Path("/proc/self/stat").exists():
        print("the bots are measured by /proc: Linux only")
        return
    print(f"\nTelegram: CPython {sys.version.split()[0]}, medians of rounds, the candidates by turns\n")
    line("what", "ours", "peer", "ratio", "goal")
    notes = []
    with tempfile.TemporaryDirectory() as folder, pinned(0):
        notes += asyncio.run(turns(Path(folder)))
        asyncio.run(starts(Path(folder)))
        notes += sessions(Path(folder))
    step()
    print("\n" + "\n".join(notes))


def row(what: str, ours: float, peer: float, unit: str, goal: float | None = None, *, least: bool = False) -> None:
    ratio = ours / peer if peer else float("nan")  # of one round the kernel may count nothing
    missed = goal is not None and (ratio < goal if least else ratio > goal)
    wanted = f"{'≥' if least else '≤'} {goal:.2f}{' missed' if missed else ''}" if goal is not None else "–"
    line(what, f"{ours:,.1f} {unit}", f"{peer:,.1f} {unit}", f"{ratio:.2f}", wanted)


def line(what: str, ours: str, peer: str, ratio: str, goal: str) -> None:
    print(f"{what:<66}{ours:>16}{peer:>16}{ratio:>8}   {goal}", flush=True)


@contextlib.contextmanager
def pinned(number: int) -> Iterator[None]:
    """This process, and those that it starts meanwhile, on one core; where there is only one, nothing changes."""
    if ONCE:  # nobody measures, so nobody has to wait for a core
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CORES[number % len(CORES)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# ---- the Bot API and the people ----


class Api:
    """A canned Bot API: it says what a good call gets, knows no faults and keeps nothing."""

    def __init__(self, buttons: bool) -> None:
        self.sends = 0
        self.buttons = buttons  # whether the last message of an answer has buttons
        self.answered: dict[int, asyncio.Event] = {}
        self.shown: dict[int, int] = {}  # of each chat the number of its last message
        self.keyboards: dict[int, dict[str, str]] = {}  # of each chat the last: what stands on a button -> its data
        self.waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head, body = await heard(reader)
                method = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
                result = await self._result(method, params(head, body))
                said = json.dumps({"ok": True, "result": result}).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(said) + said
                )
        writer.close()

    async def _result(self, method: str, params: dict[str, Any]) -> object:
        match method:
            case "getMe":
                return {"id": 4242, "is_bot": True, "first_name": "落户", "username": "luohu_bot"}
            case "getUpdates":
                return await self._updates(float(params.get("timeout", 0)))
            case "sendMessage" | "editMessageText":  # a pressed question is edited in its place
                self.sends += 1
                chat = self.said(params)
                sent = {"message_id": self.shown[chat], "date": int(time.time())}
                return sent | {"chat": {"id": chat, "type": "private"}, "text": params["text"]}
            case _:
                return True

    def said(self, params: dict[str, Any]) -> int:
        """A message to a chat, by a call or in a response; the one with buttons ends an answer."""
        chat, markup = int(params["chat_id"]), params.get("reply_markup") or "{}"
        self.shown[chat] = int(params.get("message_id") or next(NUMBERS))
        rows = (json.loads(markup) if isinstance(markup, str) else markup).get("inline_keyboard", ())
        if rows:
            self.keyboards[chat] = {button["text"]: button.get("callback_data", "") for row in rows for button in row}
        if rows or not self.buttons:
            self.answered.setdefault(chat, asyncio.Event()).set()
        return chat

    async def _updates(self, patience: float) -> list[dict[str, Any]]:
        try:
            updates = [await asyncio.wait_for(self.waiting.get(), patience)]
        except TimeoutError:
            return []
        while not self.waiting.empty() and len(updates) < 100:
            updates.append(self.waiting.get_nowait())
        return updates


async def heard(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """One HTTP message: (its head, its body)."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return head, await reader.readexactly(int(length[1])) if length else b""


def params(head: bytes, body: bytes) -> dict[str, Any]:
    """Of a call, as the bot's library writes them: as JSON or as a form."""
    found: dict[str, Any] = json.loads(body) if b"application/json" in head.lower() else dict(parse_qsl(body.decode()))
    return found


class Bot:
    """One bot in a process of its own, with a Bot API of its own. `hooked`: updates come by its webhook."""

    def __init__(self, folder: Path, name: str, *, hooked: bool) -> None:
        self.api = Api(buttons=name in OURS)
        self.hooked = hooked
        self.port = free_port()
        self._folder = folder / name
        self._folder.mkdir(exist_ok=True)
        self._name = name

    async def start(self) -> float:
        """Starts it; the milliseconds from the process's start to its first answer."""
        url = await self.api.start()
        command: list[str | Path] = (
            [LUOHU, "serve"] if self._name == "luohu" else [sys.executable, BOTS, self._name, str(self.port), url]
        )
        began = time.perf_counter()
        with pinned(1), (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220  # nothing else waits meanwhile
                command, cwd=self._folder, env=self._environment(url), stdout=log, stderr=log
            )
        await asyncio.wait_for(self._first_answer(), 60)
        return (time.perf_counter() - began) * 1000

    def _environment(self, url: str) -> dict[str, str]:
        listen = f"127.0.0.1:{self.port}"
        settings = {"TELEGRAM_TOKEN": "4242:stand-in", "TELEGRAM_API": url, "LISTEN": listen}
        if self.hooked:
            settings |= {"TELEGRAM_WEBHOOK_URL": f"http://{listen}/telegram", "TELEGRAM_SECRET": SECRET}
        path = os.pathsep.join([str(BOTS.parent), str(BOTS.parents[1] / "kit"), str(BOTS.parents[1]), str(BOTS.parents[2])])
        return environment(**{f"LUOHU_{name}": value for name, value in settings.items()}, **DIRECT, PYTHONPATH=path)

    async def stop(self) -> None:
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 20)
        self.api.stop()

    async def _first_answer(self) -> None:
        while True:
            try:
                async with self._connection(CHATS[0]) as say:
                    return await say("/start")
            except (ConnectionError, NotTaken, asyncio.IncompleteReadError):
                assert self.process.poll() is None, (self._folder / "log").read_text()[-2000:]
                await asyncio.sleep(0.002)

    async def round(self, talk: tuple[str, ...]) -> float:
        """Everybody has some talks with it; its processor time, in microseconds an update."""
        before = self.cpu()
        async with asyncio.timeout(120):
            await asyncio.gather(*(self._resident(chat, talk * TALKS) for chat in CHATS))
        await asyncio.sleep(0.2)  # for what it does after the answer
        return (self.cpu() - before) / updates(talk) * 1e6

    async def _resident(self, chat: int, lines: tuple[str, ...]) -> None:
        async with self._connection(chat) as say:
            for line in lines:
                await say(line)

    async def asserts(self, talk: tuple[str, ...]) -> None:
        """One person has the talk: each answer offers what the talk must offer there, the last the choice of a city again."""
        *lines, _ = talk
        offered = [short_labels(view) for view in asserted(BOOK, lines)]
        async with asyncio.timeout(60), self._connection(CHATS[0]) as say:
            await say(RESTART)
            for line, labels in zip(talk, [*offered, ("天水", "临沧")], strict=True):
                await say(line)
                shown = " ".join(self.api.keyboards[CHATS[0]])
                assert all(label in shown for label in labels), f"{line}: {labels} not in {shown}"

    @contextlib.asynccontextmanager
    async def _connection(self, chat: int) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
        """How a person says something to the bot and waits for the answer."""
        if not self.hooked:
            yield lambda text: self._queued(chat, text)
            return
        line = Line(self.port)
        try:
            yield lambda text: self._posted(chat, text, line)
        finally:
            line.close()

    async def _queued(self, chat: int, text: str) -> None:
        answered = self._expect(chat)
        self.api.waiting.put_nowait(self._update(chat, text))
        await answered.wait()

    async def _posted(self, chat: int, text: str, line: "Line") -> None:
        answered = self._expect(chat)
        head, answer = await line.post(json.dumps(self._update(chat, text)).encode())
        if b" 200 " not in head[:16]:
            raise NotTaken(head)
        if answer and (said := json.loads(answer)).get("method") in ("sendMessage", "editMessageText"):
            self.api.said(said)
        await answered.wait()

    def _expect(self, chat: int) -> asyncio.Event:
        self.api.answered[chat] = answered = asyncio.Event()
        return answered

    def _update(self, chat: int, text: str) -> dict[str, Any]:
        number = next(NUMBERS)
        person = {"id": chat, "is_bot": False, "first_name": "小明", "language_code": "zh-hans"}
        message: dict[str, Any] = {
            "message_id": number,
            "from": person,
            "chat": {"id": chat, "first_name": "小明", "type": "private"},
            "date": int(time.time()),
            "text": text,
        }
        if data := self._button(chat, text):
            message["message_id"] = self.api.shown[chat]
            query = {"id": str(number), "from": person, "message": message, "chat_instance": "1", "data": data}
            return {"update_id": number, "callback_query": query}
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        return {"update_id": number, "message": message}

    def _button(self, chat: int, text: str) -> str:
        """The data of the button that says this; nothing for a line of a typed talk, and for a bot without buttons."""
        if text not in PRESSED or text == RESTART:
            return ""
        keyboard = self.api.keyboards.get(chat, {})
        return next((data for label, data in keyboard.items() if text in label), "")

    def cpu(self) -> float:
        """Seconds of processor time, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(one.split()[1]) for one in status.splitlines() if one.startswith("VmRSS")) / 1024


class Line:
    """A connection to a webhook, kept open; opened anew when the bot has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> tuple[bytes, bytes]:
        """(head, body) of what the bot answers; like Telegram it sends an update again that got no answer."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if self._streams is not None:
                return await self._post(body, *self._streams)
        self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return await self._post(body, *self._streams)

    async def _post(self, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
        writer.write(
            b"POST /telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"X-Telegram-Bot-Api-Secret-Token: %b\r\nContent-Length: %d\r\n\r\n%b" % (SECRET.encode(), len(body), body)
        )
        return await heard(reader)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


def updates(talk: tuple[str, ...]) -> int:
    """In a round."""
    return len(CHATS) * len(talk) * TALKS


class NotTaken(Exception):
    """An update was not answered 200."""


# ---- turns and starts ----


async def turns(folder: Path) -> list[str]:
    bots = [Bot(folder, name, hooked=name != "echo" or HAS_TORNADO) for name in ("echo", "ours_stock", "luohu", "echo_riding")]
    async with contextlib.AsyncExitStack() as stack:
        for bot in bots:
            stack.push_async_callback(bot.stop)
            await bot.start()
            if bot.api.buttons:
                await bot.asserts(TYPED)
                await bot.asserts(PRESSED)
            bot.api.sends = 0
            await bot.round(TYPED)
        sends = [bot.api.sends / updates(TYPED) for bot in bots]
        memory = [bot.memory() for bot in bots]
        found = [[await bot.round(TYPED) for bot in bots] for _ in range(ROUNDS)]
        pressed = [[await bot.round(PRESSED) for bot in (bots[0], bots[2], bots[3])] for _ in range(ROUNDS)]
    echo, stock, best, riding = map(statistics.median, zip(*found, strict=True))
    presses = [statistics.median(some) for some in zip(*pressed, strict=True)]
    row("a turn, CPU: our service on the stock transport / bare PTB echo", stock, echo, "µs", 1.35)
    row("a turn, CPU: luohu serve by webhook / bare PTB echo", best, echo, "µs", 0.30)
    row("a pressed turn, CPU: luohu serve by webhook / bare PTB echo", presses[1], presses[0], "µs")
    row("a pressed turn, CPU: luohu serve by webhook / echo in the response", presses[1], presses[2], "µs")
    row("turns a second and core: luohu serve by webhook / bare PTB echo", 1e6 / best, 1e6 / echo, "/s", 3.5, least=True)
    row("a turn, CPU: luohu serve by webhook / echo in the response", best, riding, "µs", 2.0)
    row(f"memory after {updates(TYPED):,} updates: luohu serve / bare PTB echo", memory[2], memory[0], "MB", 1.3)
    served = "its own webhook server (tornado)" if HAS_TORNADO else "its own poll (tornado is not installed)"
    return [
        f"A turn: real ones, durable, of whole talks with the answer sheet. The bare echo: {served}, stock httpx transport.",
        "Calls of the Bot API an update: " + ", ".join(
            f"{name} {some:.2f}" for name, some in zip(("echo", "ours on stock", "ours by webhook", "echo in response"), sends, strict=True)
        ) + ".",
    ]  # fmt: skip


async def starts(folder: Path) -> None:
    for what, peer, hooked in (
        ("by poll: luohu serve / bare PTB echo", "echo_polled", False),
        ("by webhook: luohu serve / echo in the response", "echo_riding", True),
    ):
        found: tuple[list[float], list[float]] = ([], [])
        for _ in range(STARTS):
            for times, name in zip(found, ("luohu", peer), strict=True):
                bot = Bot(folder, name, hooked=hooked)
                try:
                    times.append(await bot.start())
                finally:
                    await bot.stop()
        row(f"start to the first answer, {what}", statistics.median(found[0]), statistics.median(found[1]), "ms", 1.4)


# ---- sessions ----


def sessions(folder: Path) -> list[str]:
    ours, theirs = folder / "visits.db", folder / "rows.db"
    memory = [
        int(subprocess.check_output([sys.executable, BOTS, *job], text=True)) for job in (("visits", ours), ("rows", theirs))
    ]
    sizes = [path.stat().st_size for path in (ours, theirs)]
    asyncio.run(on_sqlite(ours, theirs))
    notes = asyncio.run(on_postgres()) if postgres.available() else [postgres.why_not()]
    row(f"{KEPT:,} visits: bytes on disk / JSON rows in sqlite3", sizes[0] / 1e6, sizes[1] / 1e6, "MB", 0.20)
    row(f"{KEPT:,} visits: memory they take / the JSON rows held in a dict", memory[0] / 1e6, memory[1] / 1e6, "MB", 0.20)
    row(f"{KEPT:,} visits: purged, nothing left on the disk / DELETE of the rows", *asyncio.run(purging(ours, theirs)), "ms")
    return notes


Change = Callable[[bytes], Awaitable[None]]


async def on_sqlite(ours: Path, theirs: Path) -> None:
    desk = Turns(Runtime(BOOK, SQLiteStore(ours), b"", 24))
    await desk.runtime.open()
    db = plain(theirs)

    async def rows(owner: bytes) -> None:
        version, data = db.execute("SELECT version, data FROM session WHERE id = ?", (owner,)).fetchone()
        sql = "UPDATE session SET version = ?, data = ? WHERE id = ? AND version = ?"
        assert db.execute(sql, (version + 1, changed(data), owner, version)).rowcount == 1

    alone, together = await rounds([visits_of(desk.runtime.store, desk.runtime.words), rows], TIMES)
    row("a session read, changed, kept, SQLite, alone / sqlite3 + JSON", alone[0], alone[1], "µs", 0.70)
    row("the same, 32 at once", together[0], together[1], "µs", 0.70)
    await desk.runtime.store.close()
    db.close()


async def on_postgres() -> list[str]:
    with pinned(1), contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres.running())
        with pinned(0):
            return await _on_postgres(server.url)


async def _on_postgres(url: str) -> list[str]:
    desk = Turns(Runtime(BOOK, PostgresStore(url), b"", 24))
    await desk.runtime.open()
    async with asyncpg.create_pool(url, min_size=10, max_size=10) as pool:
        await filled(pool, desk.runtime.words)
        read = "SELECT version, data FROM session WHERE id = $1"
        write = "UPDATE session SET version = $1, data = $2 WHERE id = $3 AND version = $4"

        async def two(owner: bytes) -> None:
            async with pool.acquire() as db:
                await both(db, owner)

        async def in_transaction(owner: bytes) -> None:
            async with pool.acquire() as db, db.transaction():
                await both(db, owner)

        async def both(db: Any, owner: bytes) -> None:
            version, data = await db.fetchrow(read, owner)
            assert await db.execute(write, version + 1, changed(data), owner, version) == "UPDATE 1"

        alone, together = await rounds([visits_of(desk.runtime.store, desk.runtime.words), two, in_transaction], TIMES)
        row("the same, PostgreSQL, alone / two raw asyncpg statements + JSON", alone[0], alone[1], "µs", 1.15)
        row("the same, PostgreSQL, 32 at once", together[0], together[1], "µs", 1.15)
        row("the same, PostgreSQL, alone / the two statements in a transaction", alone[0], alone[2], "µs")
        row("the same, PostgreSQL, 32 at once / in a transaction", together[0], together[2], "µs")
        await desk.runtime.store.close()
    costs = [f"{some[2] - some[1]:.0f} µs {how}" for some, how in ((alone, "alone"), (together, "32 at once"))]
    return [f"PostgreSQL: BEGIN and COMMIT alone cost the two statements {' and '.join(costs)}; ours takes its turns in one."]


async def filled(pool: Any, words: Words) -> None:
    await pool.execute("CREATE TABLE session (id BYTEA PRIMARY KEY, version BIGINT NOT NULL, data TEXT NOT NULL)")
    sample = [(owner, visit) for owner, visit in people()]
    theirs = [(owner, 1, as_json(visit)) for owner, visit in sample]
    await pool.copy_records_to_table("session", records=theirs)
    ours = [(owner, visit.version, encode(visit, words), visit.version, 0) for owner, visit in sample]
    await pool.copy_records_to_table("visit", records=ours, columns=("owner", "version", "data", "touched", "keep"))


def visits_of(store: Store, words: Words) -> Change:
    """One turn's way through our store and codec, without a turn."""

    async def change(owner: bytes) -> None:
        async with store.transaction() as db:
            ((version, data, _, _),) = await db.rows("SELECT version, data, touched, keep FROM visit WHERE owner = ?", owner)
            visit = decode(bytes(data), version, words, BOOK)
            housing = "owned" if visit.session.facts.get("housing") == "rented" else "rented"
            visit = visit.saying(facts={**visit.session.facts, "housing": housing})
            moment = now()
            sql = "UPDATE visit SET version = ?, data = ?, touched = ?, keep = ? WHERE owner = ? AND version = ?"
            assert await db.run(sql, max(version + 1, moment), encode(visit, words), moment, 0, owner, version) == 1

    return change


def changed(data: str) -> str:
    visit = json.loads(data)
    facts = visit["session"]["facts"]
    facts["housing"] = "owned" if facts.get("housing") == "rented" else "rented"
    return json.dumps(visit)


async def rounds(candidates: Sequence[Change], times: int) -> tuple[list[float], list[float]]:
    """Microseconds of one change, alone and 32 at once; medians over rounds."""
    alone: list[list[float]] = [[] for _ in candidates]
    together: list[list[float]] = [[] for _ in candidates]
    luck = random.Random(5)
    for _ in range(times + 1):
        for change, one, many in zip(candidates, alone, together, strict=True):
            owners = [owner(number) for number in luck.sample(range(KEPT), 32 * 9)]
            began = time.perf_counter()
            for one_owner in owners[:32]:
                await change(one_owner)
            one.append((time.perf_counter() - began) / 32 * 1e6)
            began = time.perf_counter()
            for first in range(32, len(owners), 32):
                await asyncio.gather(*map(change, owners[first : first + 32]))
            many.append((time.perf_counter() - began) / (len(owners) - 32) * 1e6)
    return [statistics.median(some[1:]) for some in alone], [statistics.median(some[1:]) for some in together]


async def purging(ours: Path, theirs: Path) -> tuple[float, float]:
    """Milliseconds for all visits, here and there; after ours nothing of them is left in the file or its log."""
    desk = Turns(Runtime(BOOK, SQLiteStore(ours), b"", 0))
    await desk.runtime.open()
    await asyncio.sleep(1.1)  # until the last change is a second old
    began = time.perf_counter()
    assert await desk.purge() == KEPT
    middle = time.perf_counter()
    await desk.runtime.store.close()
    db = plain(theirs)
    again = time.perf_counter()
    assert db.execute("DELETE FROM session WHERE touched < ?", (now(),)).rowcount == KEPT
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (middle - began) * 1000, (time.perf_counter() - again) * 1000


# ---- the machine ----


def step() -> None:
    """Fires the machine with callbacks that do nothing, then with a real turn; the peers are attached, as usual."""
    same_model = Empty()
    same = Machine(same_model, states=list(PHASES), initial="asking", auto_transitions=False, prepare_event="apply")
    for name, sources, target, condition in MOVES:
        same.add_transition(name, list(sources), target, conditions=condition)
    for phase in PHASES:
        same.get_state(phase).add_callback("enter", "enter")
    plain_model = Empty()
    states = [f"s{number}" for number in range(40)]
    bare = Machine(plain_model, states=states, initial="s0", auto_transitions=False)
    for number in range(60):
        bare.add_transition(
            "go", states[number % 40], "s0" if number == 0 else states[(number + 1) % 40], conditions="question_left"
        )
    session = Session(as_of="2026-11-22", phase="asking", facts={"city": "tianshui", "matter": "move_to_town"})
    move = Move("answer", "place_type", "county_seat")

    def empty() -> None:
        for _ in range(STEPS):
            MACHINE.events["answer"].trigger(Empty())

    def attached() -> None:
        for _ in range(STEPS):
            same_model.answer()

    def trigger() -> None:
        for _ in range(STEPS):
            plain_model.go()

    def real() -> None:
        for _ in range(STEPS):
            take(BOOK, session, move)

    assert take(BOOK, session, move)[1].fact == "ties"
    one, two, three, four = medians([empty, attached, trigger, real], STEPS)
    row("a machine step, callbacks empty / the same table attached", one, two, "µs", 1.10)
    row("a machine step, callbacks empty / a bare transitions trigger", one, three, "µs", 1.10)
    row("a whole move (answer, judge, next question) / a bare trigger", four, three, "µs")


class Empty:
    """A model for whom every condition holds and every callback does nothing. The machine hangs `answer` and `go` on it."""

    answer: Callable[[], bool]
    go: Callable[[], bool]

    def __init__(self) -> None:
        self.state = "asking"

    def apply(self) -> None: ...

    enter = apply

    def question_left(self) -> bool:
        return True


if __name__ == "__main__":
    main()
