"""R5: whatever the database does, no turn is lost, doubled or half-written, people are told, and it heals by itself."""

import asyncio
import contextlib
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientSession

from botapi import BotApi
from helpers_faults import KEY, Ledger, Person, figure, keys, people, report, rows, share
from postgres import Server, bound
from proxy import Proxy, free_port
from service import LUOHU, SECRET, Service, environment, serving, until

TOLD = 3.0  # seconds until a person is told that we are busy
NOT_READY = 5.0  # seconds until /ready says no
BACK, BACK_P95 = 10.0, 5.0  # seconds until everybody has the next question
MODES = ("poll", "webhook")

CHANGES = (10, 15)  # values of what a turn changes, which goes out as one statement: without a reply that is owed, and with one


def at_the_change(proxy: Proxy, forward: bool) -> None:
    for values in CHANGES:
        proxy.cut(bound(values), forward=forward, times=random.randint(1, 3))


# fault -> (how often, how it is switched on). The short ones strike a turn; the long ones last until the service has noticed.
SHORT: dict[str, tuple[int, Callable[[Proxy], object]]] = {
    "reset": (4, lambda proxy: proxy.reset()),
    "reset_soon": (4, lambda proxy: proxy.reset(after=random.randint(20, 900), times=1)),
    "reset_answer": (4, lambda proxy: proxy.reset(after=random.randint(1, 400), side="down", times=1)),
    "commit_not_sent": (2, lambda proxy: proxy.cut(b"COMMIT;", forward=False, times=random.randint(1, 3))),
    "commit_not_answered": (2, lambda proxy: proxy.cut(b"COMMIT;", forward=True, times=random.randint(1, 3))),
    "turn_not_sent": (6, lambda proxy: at_the_change(proxy, forward=False)),
    "turn_not_answered": (6, lambda proxy: at_the_change(proxy, forward=True)),
    "stuck": (1, lambda proxy: proxy.black_hole(after=random.randint(1, 900), times=1)),
    "latency": (2, lambda proxy: proxy.latency(random.randint(20, 150), 20)),
}


def refused(proxy: Proxy) -> None:
    proxy.refuse()
    proxy.reset()


LONG: dict[str, tuple[int, Callable[[Proxy], object]]] = {
    "refuse": (1, refused),
    "black_hole": (1, lambda proxy: proxy.black_hole()),
    "half_open": (1, lambda proxy: proxy.half_open()),
}


@dataclass(slots=True)
class Findings:
    """What a lane has measured."""

    kinds: dict[str, int] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    told: list[float] = field(default_factory=list)
    not_ready: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    turns: int = 0
    struck: int = 0  # faults during which a turn could not be kept at once
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        for kind, number in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + number
        for name in ("told", "not_ready", "back", "notes"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("acked", "lost", "doubled", "unseen"):
            setattr(self.ledger, name, getattr(self.ledger, name) + getattr(other.ledger, name))
        self.turns += other.turns
        self.struck += other.struck

    def figures(self) -> dict[str, object]:
        return {
            "faults": sum(self.kinds.values()),
            "struck": self.struck,
            "kinds": len(self.kinds),
            "turns": self.turns,
            "acked": self.ledger.acked,
            "lost": self.ledger.lost,
            "doubled": self.ledger.doubled,
            "unseen": self.ledger.unseen,
            "told_max": share(self.told, 1),
            "not_ready_max": share(self.not_ready, 1),
            "back_p95": share(self.back, 0.95),
            "back_max": share(self.back, 1),
        }

    def hold(self) -> None:
        """The promises; the first note says where one was broken."""
        figures = self.figures()
        note = "; ".join(self.notes[:3])
        assert (self.ledger.lost, self.ledger.doubled, self.ledger.unseen) == (0, 0, 0), f"{figures} {note}"
        assert share(self.told, 1) <= TOLD and share(self.not_ready, 1) <= NOT_READY, f"{figures} {note}"
        assert share(self.back, 1) <= BACK and share(self.back, 0.95) <= BACK_P95, f"{figures} {note}"


@dataclass(slots=True)
class Lane:
    """One service with its people, its database and the way that the database is disturbed."""

    api: BotApi
    service: Service
    database: str
    persons: Sequence[Person]
    found: Findings = field(default_factory=Findings)

    async def strike(self, kind: str, on: Callable[[], object], off: Callable[[], object], long: bool) -> None:
        """A fault from beginning to end, with a turn of each person in the middle of it."""
        self.found.kinds[kind] = self.found.kinds.get(kind, 0) + 1
        seen = {person.chat.id: max(person.chat.messages, default=0) for person in self.persons}
        down = self.service.log.count("outcome=store_down")
        await _done(on())
        began = time.monotonic()
        for person in self.persons:
            person.types()
        self.found.turns += len(self.persons)
        told = [self._told(kind, person, seen[person.chat.id], began) for person in self.persons]
        await asyncio.gather(*told, *([self._not_ready(kind, began)] if long else []))
        refused = long and self.found.not_ready[-1] <= NOT_READY
        await _done(off())
        await self._back(kind)
        self.found.struck += refused or self.service.log.count("outcome=store_down") > down

    async def _told(self, kind: str, person: Person, number: int, began: float) -> None:
        """Either the next question or that we are busy, soon."""
        answered = lambda: any(message.id > number for message in person.chat.view)  # noqa: E731
        with contextlib.suppress(TimeoutError):
            await until(answered, 3 * TOLD)
        self._note(self.found.told, time.monotonic() - began, TOLD, f"{kind}: {person.chat.id} told nothing")

    async def _not_ready(self, kind: str, began: float) -> None:
        while await self.service.status("/ready") != 503 and time.monotonic() - began < 3 * NOT_READY:
            await asyncio.sleep(0.1)
        self._note(self.found.not_ready, time.monotonic() - began, NOT_READY, f"{kind}: still ready")

    async def _back(self, kind: str) -> None:
        """Healed: everything is taken, and everybody sees the step that is stored; then the whole ledger is checked."""
        began = time.monotonic()
        ledger = self.found.ledger
        while time.monotonic() - began < 2 * BACK:
            if not any(update in self.api.pending for person in self.persons for update in person.updates):
                await ledger.check(self.database, self.api, self.persons)
                if ledger.unseen == 0 and await self.service.status("/ready") == 200:
                    break
            await asyncio.sleep(0.02)
        self._note(self.found.back, time.monotonic() - began, BACK, f"{kind}: not back, {ledger}")
        assert self.service.process is not None and self.service.process.poll() is None, self.service.log[-2000:]
        assert time.monotonic() - began < 2 * BACK, f"{kind}: not back after {2 * BACK} s, {ledger}\n{self.service.log[-3000:]}"

    def _note(self, times: list[float], took: float, limit: float, what: str) -> None:
        times.append(took)
        if took > limit:
            self.found.notes.append(f"{what} for {took:.1f} s")


async def _done(result: object) -> None:
    if asyncio.iscoroutine(result):
        await result


@contextlib.asynccontextmanager
async def lane(folder: Path, mode: str, database: str, seen_by_us: str, persons: int = 4, **settings: str) -> AsyncIterator[Lane]:
    folder.mkdir(exist_ok=True)
    async with BotApi() as api:
        made = people(api, persons, random.Random(f"{folder.name}{mode}"))
        api.tune(pace=0.3)
        settings = {"LUOHU_DATABASE": database, "LUOHU_KEY": KEY, **settings}
        async with serving(api, folder, webhook=mode == "webhook", **settings) as service:
            one = Lane(api, service, seen_by_us, made)
            await one.strike("none", lambda: None, lambda: None, long=False)
            one.found.kinds.clear()
            yield one


# ---- PostgreSQL behind the proxy ----


def schedule(number: int, luck: random.Random) -> list[str]:
    """So many faults: each kind at least once, the short ones more often."""
    weighted = [kind for kinds in (SHORT, LONG) for kind, (often, _) in kinds.items() for _ in range(often)]
    drawn = [*SHORT, *LONG, *luck.choices(weighted, k=number)][:number]
    luck.shuffle(drawn)
    return drawn


async def disturbed(postgres: Server, folder: Path, mode: str, number: int) -> Findings:
    database = await asyncio.to_thread(postgres.new_database)
    async with Proxy("127.0.0.1", postgres.port) as proxy, lane(folder, mode, proxy.through(database), database) as one:
        for kind in schedule(number, random.Random(folder.name)):
            _, on = (SHORT | LONG)[kind]
            await one.strike(kind, lambda on=on: on(proxy), proxy.heal, long=kind in LONG)  # type: ignore[misc]
        return one.found


@pytest.mark.asyncio
async def test_faults_between_the_service_and_postgresql(
    postgres: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number, lanes = figure(504, 10_000), 8
    began = time.monotonic()
    works = [disturbed(postgres, tmp_path / f"lane{n}", MODES[n % 2], number // lanes) for n in range(lanes)]
    found = Findings()
    for one in await asyncio.gather(*works):
        found.add(one)
    report(capsys, "R5 postgresql", **found.figures(), seconds=round(time.monotonic() - began))
    assert sum(found.kinds.values()) >= number and len(found.kinds) == len(SHORT) + len(LONG)
    assert found.struck >= 0.5 * number
    found.hold()


REFUSES = """
CREATE SEQUENCE refusals; CREATE SEQUENCE commits;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM nextval('commits');
  IF random() < 0.1 THEN PERFORM nextval('refusals'); RAISE EXCEPTION 'by chance' USING ERRCODE = '40001'; END IF;
  RETURN NULL; END $$;
"""
TRIGGER = """CREATE CONSTRAINT TRIGGER refused AFTER INSERT OR UPDATE OR DELETE ON {} DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION refuse()"""


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", MODES)
async def test_every_tenth_transaction_fails_to_serialize(
    postgres: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    database = await asyncio.to_thread(postgres.new_database)
    async with lane(tmp_path / mode, mode, database, database, persons=10) as one:
        db = await asyncpg.connect(database)
        await db.execute(REFUSES)
        for table in ("inbox", "outbox", "lease"):
            await db.execute(TRIGGER.format(table))
        turns = figure(1000, 20_000)
        while one.found.turns < turns + 10:
            await one.strike("serialization", lambda: None, lambda: None, long=False)
        refused, commits = (
            await db.fetchval("SELECT last_value FROM refusals"),
            await db.fetchval("SELECT last_value FROM commits"),
        )
        began = time.monotonic()
        while (left := await db.fetchval("SELECT count(*) FROM outbox")) and time.monotonic() - began < NOT_READY:
            await asyncio.sleep(0.05)
        await db.close()
    report(capsys, f"R5 40001 {mode}", **one.found.figures(), refused=refused, commits=commits, outbox_left=left)
    assert refused > commits * 0.07 and refused > turns * 0.07
    assert left == 0, "a reply that was sent is still in the outbox, with the chat's number"
    one.found.hold()


# ---- SQLite ----


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another connection keeps the database to itself."""
    db = sqlite3.connect(database, isolation_level=None, timeout=5)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", MODES)
async def test_sqlite_locked_by_another_connection(tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str) -> None:
    folder = tmp_path / mode
    times = figure(10, 100)
    async with lane(folder, mode, "luohu.db", str(folder / "luohu.db")) as one:
        for number in range(times):
            held = contextlib.ExitStack()

            def lock(held: contextlib.ExitStack = held) -> None:
                held.enter_context(locked(folder / "luohu.db"))

            async def unlock(held: contextlib.ExitStack = held, seconds: float = 10 if number == 0 else 0) -> None:
                await asyncio.sleep(seconds)
                held.close()

            await one.strike("locked", lock, unlock, long=True)
    await _sound(one)
    report(capsys, f"R5 sqlite locked {mode}", **one.found.figures(), integrity="ok")
    one.found.hold()
    assert one.found.kinds["locked"] == one.found.struck == times


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", MODES)
async def test_sqlite_that_may_not_grow(tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str) -> None:
    """No file of the service may be written beyond its first bytes: every write of the database fails, none is half made."""
    folder = tmp_path / mode
    times = figure(10, 100)
    async with lane(folder, mode, "luohu.db", str(folder / "luohu.db")) as one:
        process = one.service.process
        assert process is not None
        for _ in range(times):
            few = (random.randint(1, 4) * 1024, resource.RLIM_INFINITY)
            free = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            stop = lambda few=few: resource.prlimit(process.pid, resource.RLIMIT_FSIZE, few) and None  # noqa: E731
            go = lambda free=free: resource.prlimit(process.pid, resource.RLIMIT_FSIZE, free) and None  # noqa: E731
            await one.strike("no_room", stop, go, long=True)
    await _sound(one)
    report(capsys, f"R5 sqlite write errors {mode}", **one.found.figures(), integrity="ok")
    one.found.hold()
    assert one.found.kinds["no_room"] == one.found.struck == times


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes: the policies that run are among what is kept."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a file system cannot be mounted here; test_sqlite_that_may_not_grow is the same promise")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", MODES)
async def test_sqlite_on_a_full_disk(small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str) -> None:
    times = figure(10, 100)
    database, ballast = small_disk / "luohu.db", small_disk / "ballast"

    def fill() -> None:
        with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"x" * size):
                        pass

    async with lane(tmp_path / mode, mode, str(database), str(database)) as one:
        for _ in range(times):
            await one.strike("full", fill, ballast.unlink, long=False)
            while one.api.pending:  # the log had room left: on until it has not
                await asyncio.sleep(0.01)
    await _sound(one)
    report(capsys, f"R5 sqlite full disk {mode}", **one.found.figures(), integrity="ok")
    one.found.hold()
    assert one.found.kinds["full"] == one.found.struck == times


async def _sound(one: Lane) -> None:
    assert await rows(one.database, "PRAGMA integrity_check") == [("ok",)]


# ---- what others see ----


@pytest.mark.asyncio
async def test_a_webhook_is_answered_503_with_retry_after_and_the_same_update_is_kept_later(tmp_path: Path) -> None:
    async with lane(tmp_path, "webhook", "luohu.db", str(tmp_path / "luohu.db")) as one, ClientSession() as http:
        chat = one.persons[0].chat
        said = {"message_id": 900, "from": chat.person, "chat": chat.face, "date": one.api.date(), "text": "返回"}
        update = {"update_id": 900_000_000, "message": said}
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        with locked(tmp_path / "luohu.db"):
            async with http.post(f"{one.service.url}/telegram", json=update, headers=headers) as answer:
                assert (answer.status, answer.headers["Retry-After"].isdecimal()) == (503, True)
        async with http.post(f"{one.service.url}/telegram", json=update, headers=headers) as answer:
            assert answer.status == 200
        assert f"telegram:4242:{900_000_000}" in await keys(one.database)


@pytest.mark.parametrize("before", ["new", "used"])
def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, before: str) -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own folders are closed to others
    try:
        if before == "used":
            sqlite3.connect(folder / "luohu.db").execute("CREATE TABLE visit (owner BLOB)").connection.close()
        folder.chmod(0o555)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        settings = environment(LUOHU_LISTEN=f"127.0.0.1:{free_port()}", LUOHU_DATABASE="luohu.db")
        done = subprocess.run(
            [*nobody, LUOHU, "serve"], cwd=folder, env=settings, capture_output=True, text=True, timeout=30, check=False
        )
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    assert done.returncode not in (0, -9) and "Traceback" not in done.stderr, done.stderr
    assert "luohu.db" in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr
