"""A town of residents who talk to the bot while it is killed and started again, and the books that are kept of them.

Long, as a town and its books are one thing.
"""

import asyncio
import contextlib
import hmac
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median

import service as services
from bot.store.chosen import store_for
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from botapi import BotApi, Json, Webhook
from conftest import BOOK
from helpers_faults import visits
from helpers_resident import NOBODY, PATIENCE, Kept, Resident, Unanswered, state

KEY = "the key of this test"
UNREASONED = 0.01  # of all answers: asked again though nothing was slow but the machine
KILLED = Path(__file__).with_name("killed.py")


class Watched(BotApi):
    """The stand-in, which knows what the running process holds: delivered to it and not acknowledged by it."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.pace = 0.2
        self.held: set[int] = set()

    def in_hand(self) -> set[int]:
        return self.held & self.pending.keys()

    def _batch(self, limit: int) -> list[Json]:
        batch = super()._batch(limit)
        self.held |= {update["update_id"] for update in batch}
        return batch

    async def _post(self, hook: Webhook, update: Json) -> tuple[int, float, bytes]:
        self.held.add(update["update_id"])
        try:
            return await super()._post(hook, update)
        finally:
            self.held.discard(update["update_id"])


@dataclass(slots=True)
class Mortal(services.Service):
    """`luohu serve`; given a point and a number, it kills itself there, the n-th time."""

    def launch_doomed(self, *doom: str) -> None:
        settings = {"LUOHU_DATABASE": "luohu.db", "LUOHU_LISTEN": f"127.0.0.1:{self.port}", **self.settings}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, KILLED, *doom], cwd=self.folder, env=services.environment(**settings), stdout=log, stderr=log
            )

    def stop_soon(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    async def death(self) -> int:
        """Waits for the end that it brings about itself; its exit status."""
        process = self.process
        assert process is not None
        status = await asyncio.to_thread(process.wait, PATIENCE)
        self.process = None
        return status


def mortal(api: BotApi, folder: Path, database: str, webhook: bool) -> Mortal:
    made = Mortal(folder, {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url, "LUOHU_KEY": KEY})
    if webhook:
        made.settings |= {"LUOHU_TELEGRAM_WEBHOOK_URL": f"{made.url}/telegram", "LUOHU_TELEGRAM_SECRET": services.SECRET}
    if database:
        made.settings["LUOHU_DATABASE"] = database
    return made


# ---- all of them ----


@dataclass(slots=True)
class Town:
    api: Watched
    service: Mortal
    conversations: int  # at least so many from beginning to end
    people: int = 20
    tally: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    first_replies: list[float] = field(default_factory=list)
    bare_starts: list[float] = field(default_factory=list)  # of a bot with nothing in it, every now and then
    starts: int = 0
    forgetting: bool = False  # people take to /forget
    closing: bool = False  # nobody begins a talk any more
    residents: list[Resident] = field(default_factory=list)
    talking: set[Resident] = field(default_factory=set)
    finished: list[Resident] = field(default_factory=list)  # since the last death
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _reply: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, kind: str, what: str) -> None:
        self.tally[kind] += 1
        self.notes.append(f"{kind}: {what}")

    def replied(self) -> None:
        self._reply.set()

    def wake(self) -> None:
        self._tasks = [asyncio.create_task(self._live()) for _ in range(self.people)]

    async def _live(self) -> None:
        while not self.closing or self.tally["conversations"] + len(self.talking) < self.conversations:
            resident = Resident(self, self.api.chat())
            self.residents.append(resident)
            self.talking.add(resident)
            try:
                await resident.converse()
                self.tally["conversations"] += 1
            except Unanswered:
                return
            finally:
                self.talking.discard(resident)
                self.finished.append(resident)

    async def finish(self) -> None:
        """Everybody talks to the end, and what is kept of everybody is looked at."""
        self.closing, self.forgetting = True, False
        self.api.held.clear()
        self.starts += 1
        self.service.launch()
        await asyncio.gather(*self._tasks)
        await self._all_see_what_is()
        await self.service.stop()
        await self.check(self.residents)
        if self.tally["unreasoned"] > UNREASONED * self.tally["acked"]:
            self.note("unreasoned", f"{self.tally['unreasoned']} answers had to be given again without a start or a slow call")

    async def launched(self, *doom: str) -> None:
        """Starts it; the reply that comes first is timed, unless it dies before."""
        if not doom and len(self.first_replies) % 6 == 0:
            self.bare_starts.append(await bare_start())
        self.api.held.clear()
        self.starts += 1
        self._reply.clear()
        began = time.monotonic()
        if doom:
            self.service.launch_doomed(*doom)
        else:
            self.service.launch()
            await asyncio.wait_for(self._reply.wait(), PATIENCE)
            self.first_replies.append(time.monotonic() - began)

    def answers_soon(self) -> bool:
        """Whether people heard from it after a start without waiting for a clock (of a poll, a lease): by what a start costs here."""
        return median(self.first_replies) <= 10 * max(1.0, median(self.bare_starts))

    async def replies(self, times: int) -> None:
        for _ in range(times):
            self._reply.clear()
            await asyncio.wait_for(self._reply.wait(), PATIENCE)

    async def owes(self) -> None:
        """Dies with a reply owed to everybody, as Telegram took none."""
        await self.launched()
        self.api.fail("500", "sendMessage", "editMessageText")
        await services.until(lambda: not self.api.pending and all(one.told for one in self.talking))
        await self.service.kill()
        self.api.heal()

    async def dies(self, point: str, number: int) -> None:
        """Dies by its own hand at a named point, the n-th time that it comes by."""
        more = [str(self.tally["migrations"] + 1)] if point == "migration" else []
        self.tally["migrations"] += point == "migration"
        self.forgetting = point == "forget"
        if point == "resend":
            await self.owes()
        await self.launched(point, str(number), *more)
        if point == "shutdown":
            await self.service.ready()  # before that nobody has taken up what SIGTERM means
            await self.replies(1)
            self.service.stop_soon()
        status = await self.service.death()
        assert status == -signal.SIGKILL, f"{point} {number}: ended by itself with {status}:\n{self.service.log[-3000:]}"
        self.forgetting = False
        await self.killed()

    async def stopped(self, patience: float | None) -> float:
        """SIGTERM, and SIGKILL for one that is not gone then; how long it took."""
        began, process = time.monotonic(), self.service.process
        assert process is not None
        self.service.stop_soon()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, patience or services.PATIENCE)
        took = time.monotonic() - began
        self.tally["killed_stopping"] += process.poll() is None
        await self.service.kill()
        await self.killed()
        return took

    async def kill(self) -> None:
        self.tally["inside_a_turn"] += bool(self.api.in_hand())
        await self.service.kill()
        await self.killed()

    async def killed(self) -> None:
        """After a death, whoever brought it about: looks at what is kept."""
        self.tally["kills"] += 1
        await asyncio.sleep(0.02)  # lets in what it had sent before it died
        at_work, self.finished = [*self.finished, *self.talking], []
        await self.check(at_work)

    async def check(self, residents: list[Resident]) -> None:
        waiting = set(self.api.pending)
        expected = [
            (one, one.judge(waiting), one.history[-2:], one.told.copy()) for one in residents if one.history[1:] or one.told
        ]
        if all(len(history) == 1 for _, _, history, _ in expected):
            return
        found = await self.kept([resident.chat.id for resident, _, _, _ in expected])
        for (resident, judge, history, told), one in zip(expected, found, strict=True):
            if (verdict := judge(one)) != "ok":
                self.note(verdict, f"{resident.chat.id}: kept {one}, history {history}, told {told}")

    async def _all_see_what_is(self) -> None:
        """After the last turn everybody's lowest message is the present view."""
        with contextlib.suppress(TimeoutError):
            await services.until(lambda: not self.api.pending and all(one.is_shown() for one in self.residents), PATIENCE)
        for one in self.residents:
            if not one.is_shown():
                self.note("not_lowest", f"{one.chat.id} {one.session.phase} {[m.text[-80:] for m in one.chat.view[-2:]]}")

    async def heard(self, resident: Resident, said: Kept) -> bool:
        """Whether an update was heard and changed nothing, as the database says while all runs."""
        database = self.service.settings.get("LUOHU_DATABASE", "") or str(self.service.folder / "luohu.db")
        owner = hmac.digest(KEY.encode(), f"telegram:{resident.chat.id}".encode(), sha256)[:16]
        visit = (await visits(database)).get(owner)
        return visit is not None and state(visit.session, visit.ticked) == said.state and visit.update >= said.update

    async def kept(self, chats: list[int]) -> list[Kept]:
        """What the database says, read from a copy as the dead process left it, so that the next start must mend it itself."""
        database = self.service.settings.get("LUOHU_DATABASE", "")
        if not database:
            database = str(self._copy())
            self._check_integrity(database)
        desk = Turns(Runtime(BOOK, store_for(database), KEY.encode(), 24))
        await desk.runtime.open()
        try:
            await self._check_whole(desk)
            kept = await asyncio.gather(*(desk.read(desk.owner("telegram", chat)) for chat in chats))
        finally:
            await desk.runtime.store.close()
        states = [state(visit.session, visit.ticked) if visit.version else NOBODY for visit in kept]
        return [Kept(one, visit.update) for one, visit in zip(states, kept, strict=True)]

    async def _check_whole(self, desk: Turns) -> None:
        """What a purge takes away is there or gone as a whole; nothing is owed to somebody who is forgotten."""
        counts = []
        async with desk.runtime.store.transaction() as db:
            for table, moment in (("visit", "touched"), ("inbox", "received"), ("outbox", "due")):
                counts.append((await db.rows(f"SELECT COUNT(*) FROM {table} WHERE {moment} = 0"))[0][0])
            orphans = (await db.rows("SELECT COUNT(*) FROM outbox WHERE owner NOT IN (SELECT owner FROM visit)"))[0][0]
        if len(set(counts)) != 1 or orphans:
            self.note("broken", f"half a purge {counts}, or half forgotten: {orphans}")

    def _copy(self) -> Path:
        folder = self.service.folder / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in ("luohu.db", "luohu.db-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(self.service.folder / name, folder / name)
        return folder / "luohu.db"

    def _check_integrity(self, database: str) -> None:
        with contextlib.closing(sqlite3.connect(database)) as db:
            said = db.execute("PRAGMA integrity_check").fetchall()
        if said != [("ok",)]:
            self.note("broken", str(said))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.service.process is not None:
            await self.service.kill()


async def bare_start() -> float:
    """Seconds that a bot with nothing in it takes to be loaded on this machine, just now."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import telegram.ext, aiohttp, uvicorn, starlette.applications"
    )
    await process.wait()
    return time.monotonic() - began


def figures(tally: Counter[str], first_replies: Sequence[float] = (), bare_starts: Sequence[float] = ()) -> str:
    """One line: what was tried, what went wrong, and how soon people heard from it after a start."""
    tried = [
        f"{name}={tally[name]}"
        for name in ("kills", "conversations", "acked", "typed_twice", "old_presses", "inside_a_turn")
        if tally[name]
    ]
    wrong = [
        f"{name}={tally[name]}"
        for name in ("lost", "doubled", "mute", "not_lowest", "turned_down", "unreasoned", "forgot_unsaid")
    ]
    integrity = f"integrity={'broken' if tally['broken'] else 'ok'}"
    timed = {"first_reply": first_replies, "bare_start": bare_starts}
    soon = [f"{name}={median(times):.2f}s..{max(times):.2f}s" for name, times in timed.items() if times]
    return " ".join([*tried, *wrong, integrity, *soon])


def soaking() -> bool:
    return bool(os.environ.get("SOAK"))
