"""S5 and S6: nothing of a person in any log or file, and what is forgotten is gone from the disk, byte for byte."""

import asyncio
import contextlib
import os
import random
import re
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession

from botapi import SENT, BotApi, Chat
from helpers_faults import KEY, figure, people, report, rows, visits
from postgres import Server
from service import Service, serving, until

TOKEN = "4242:CanaryTokenOfTheBot"
SECRET = "CanarySecretOfTheHook"
SECRET_KEY = "CanaryKeyOfTheHash"
NAMES = [f"Canary{kind}{number}" for kind in ("First", "Last", "User") for number in range(5)]
TEXTS = [f"{before}CanaryText{number}{after}" for number, (before, after) in enumerate([
    ("", ""), ("我叫", "住在"), ("<b>", "</b>"), ("/", ""), ("/start ", ""), ("/why ", " x"), ("1 ", ""), ("天水", ""), ("\u202e", ""), ("BOOM ", ""),
])]  # fmt: skip
DATA = ["CanaryData0", "a.CanaryData1.1.1", "t.00000000.1.CanaryData2", "z" * 40 + "CanaryData3"]
PHONE, PLACE = "+86138CanaryPhone", "CanaryPlace"
IDS = [7_731_415_926_535 + 1009 * number for number in range(10)]
WORDS = [TOKEN.partition(":")[2], SECRET, SECRET_KEY, PHONE, PLACE, *NAMES, *TEXTS, *DATA]
CANARIES = [*(found[0] if (found := re.search(r"Canary\w+", word)) else word for word in WORDS), *map(str, IDS)]

# Read by the interpreter at its start: what is typed with BOOM makes the program itself fail, words and all.
BROKEN = """
import bot.talk.typed as typed
understood = typed.understood
def broken(talk, said, *seen):
    if "BOOM" in said:
        raise RuntimeError(said)
    return understood(talk, said, *seen)
typed.understood = broken
"""


def hits(haystacks: dict[str, bytes], ids_in: Sequence[str] = ()) -> list[str]:
    """Where a canary stands: words in UTF-8 or UTF-16, numbers in digits, and in the files of `ids_in` as SQLite writes them."""
    found = []
    for name, hay in haystacks.items():
        low = hay.lower()
        for canary in CANARIES:
            forms = {canary.lower().encode(), canary.lower().encode("utf-16-le")}
            found += [f"{canary} in {name}" for form in forms if form in low]
        found += [f"number {one} in {name}" for one in IDS if name in ids_in and one.to_bytes(6, "big") in hay]
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@dataclass(slots=True)
class Sweep:
    """Talks full of canaries, with every kind of trouble in between."""

    api: BotApi
    service: Service
    database: str
    webhook: bool
    http: ClientSession
    talks: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    async def talk(self, number: int) -> None:
        """One talk; every fourth has trouble in it."""
        luck = random.Random(number)
        person = {"first_name": NAMES[number % 5], "last_name": NAMES[5 + number % 5], "username": NAMES[10 + number % 5]}
        chat = self.api.chat(IDS[number % len(IDS)], **person)
        troubles = [self.database_down, self.telegram_down, self.broken, self.forged, self.failing]
        await self.say(chat, "/start")
        await self.say(chat, TEXTS[number % len(TEXTS)])
        if number % 4 == 0:
            trouble = troubles[number // 4 % len(troubles)]
            await trouble(chat)
            self.errors[trouble.__name__] = self.errors.get(trouble.__name__, 0) + 1
        await self.say(chat, "天水")
        chat.forges(DATA[number % len(DATA)], max(chat.messages))
        chat._sends("contact" if number % 2 else "location")
        own = [number for number, message in chat.messages.items() if message.said["from"]["id"] == chat.id]
        chat.edits(own[0], luck.choice(TEXTS))  # of ours Telegram never says that they changed
        await self.say(chat, luck.choice(["/about", "/help", "/result", "/language", "/forget", "说不清"]))
        self.talks += 1

    async def say(self, chat: Chat, text: str) -> None:
        chat.says(text)
        await self.api.all_taken(30)

    async def database_down(self, chat: Chat) -> None:
        with blocked(self.database) if "://" not in self.database else contextlib.nullcontext():
            chat.says(random.choice(TEXTS))
            await until(lambda: "outcome=store_down" in self.service.log or "://" in self.database)
        await self.api.all_taken(30)

    async def telegram_down(self, chat: Chat) -> None:
        for kind in ("429", "500", "502", "reset_before", "reset_after"):
            self.api.fail(kind, "sendMessage", "editMessageText", "answerCallbackQuery", times=1, seconds=1.0)
        chat.blocked = True
        await self.say(chat, random.choice(TEXTS[:9]))
        chat.blocked = False
        await self.say(chat, random.choice(TEXTS[:9]))

    async def broken(self, chat: Chat) -> None:
        """Posts that are no updates, or strange ones; where there is no webhook, strange ones in the poll."""
        words = " ".join([*NAMES, *TEXTS])
        for body in (
            f'{{"update_id": "{words}"',
            f'["{words}"]',
            f'{{"update_id": 5, "message": "{words}"}}',
            words,
            "x" * 70_000 + words,
        ):
            await self.post(body.encode(), SECRET)
        chat._writes({"text": "\ud800" + TEXTS[0]} if self.webhook else {"text": TEXTS[0], "entities": "Canary"})
        self.api.pending.popitem()

    async def forged(self, chat: Chat) -> None:
        body = '{"update_id": 6, "message": {"text": "%s", "from": {"first_name": "%s"}}}' % (TEXTS[1], NAMES[0])
        for secret in ("", SECRET[:-1], SECRET + "x", NAMES[0]):
            await self.post(body.encode(), secret)

    async def failing(self, chat: Chat) -> None:
        await self.say(chat, TEXTS[9])

    async def post(self, body: bytes, secret: str) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
        async with self.http.post(f"{self.service.url}/telegram?{NAMES[0]}", data=body, headers=headers) as answer:
            said = await answer.read()
        assert answer.status in (200, 400, 403, 404, 413) and not hits({"answer": said}), (answer.status, said)


@contextlib.contextmanager
def blocked(database: str) -> Iterator[None]:
    db = sqlite3.connect(database, isolation_level=None, timeout=5)
    db.execute("BEGIN IMMEDIATE")
    yield
    db.close()


@contextlib.asynccontextmanager
async def swept(folder: Path, webhook: bool, database: str) -> AsyncIterator[Sweep]:
    (folder / "broken").mkdir()
    (folder / "broken" / "sitecustomize.py").write_text(BROKEN)
    settings = {
        "LUOHU_LOG": "debug",
        "LUOHU_KEY": SECRET_KEY,
        "LUOHU_DATABASE": database,
        "PYTHONPATH": os.pathsep.join([str(folder / "broken"), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    if webhook:
        settings["LUOHU_TELEGRAM_SECRET"] = SECRET
    async with BotApi(token=TOKEN) as api, serving(api, folder, webhook=webhook, **settings) as one, ClientSession() as http:
        api.tune(pace=0.1)
        yield Sweep(api, one, database if "://" in database else str(folder / database), webhook, http)


@pytest.fixture(autouse=True)
def telling(monkeypatch: pytest.MonkeyPatch) -> None:
    """What people send besides words has canaries in it, too."""
    monkeypatch.setitem(SENT, "contact", {"phone_number": PHONE, "first_name": NAMES[0], "user_id": IDS[0]})
    monkeypatch.setitem(SENT, "location", {"latitude": 28.0, "longitude": 120.7, "venue": PLACE})


@pytest.mark.asyncio
@pytest.mark.parametrize("webhook", [False, True], ids=["poll", "webhook"])
async def test_no_canary_in_any_log_or_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], webhook: bool) -> None:
    talks, database_files = figure(100, 1000), ["luohu.db", "luohu.db-wal", "luohu.db-journal"]
    async with swept(tmp_path, webhook, "luohu.db") as sweep:
        for number in range(talks):
            await sweep.talk(number)
        said = hits(contents(tmp_path))
        began = time.monotonic()
        while (
            left := hits(contents(tmp_path), database_files)
        ) and time.monotonic() - began < 120:  # a reply that rode is owed for a minute
            await asyncio.sleep(0.5)
        gone = time.monotonic() - began
        log = sweep.service.log
        await sweep.service.stop()
    after = hits(contents(tmp_path), database_files)
    report(
        capsys, f"S5 sqlite {'webhook' if webhook else 'poll'}", canaries=len(set(CANARIES)), talks=sweep.talks,
        error_paths=sum(sweep.errors.values()), kinds=len(sweep.errors), log_lines=log.count("\n"), hits=len(said),
        hits_at_rest=len(left), at_rest_after_s=round(gone, 1), hits_after_stop=len(after),
    )  # fmt: skip
    assert len(set(CANARIES)) >= 40 and sweep.talks >= talks and sum(sweep.errors.values()) >= talks // 4
    assert (said, left, after) == ([], [], [])
    assert "store_down" in log and "RuntimeError" in log and " debug " in log


@pytest.mark.asyncio
async def test_no_canary_in_postgresql(postgres: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database, talks = await asyncio.to_thread(postgres.new_database), figure(40, 400)
    async with swept(tmp_path, False, database) as sweep:
        for number in range(talks):
            await sweep.talk(number)
        await asyncio.sleep(1)
        tables = [name for (name,) in await rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        stored = {name: str([tuple(row) for row in await rows(database, f"SELECT * FROM {name}")]).encode() for name in tables}
    found = hits(stored | {"log": sweep.service.log.encode(), "server": (postgres.directory / "log").read_bytes()})
    report(capsys, "S5 postgresql", talks=sweep.talks, tables=len(tables), hits=len(found))
    used = {"schema_version", "visit", "inbox", "outbox", "word", "lease", "receipt", "tally"}
    assert used <= set(tables) and all(stored[name] for name in used) and found == []


# ---- S6 ----

MANY = 100_000
DISTINCTIVE = b"CanaryOfAVisit"


def old_visits(database: Path, number: int, hours: float) -> None:
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        touched = int(time.time() - hours * 3600)
        some = (
            (os.urandom(2) + number.to_bytes(14, "big"), 1, DISTINCTIVE + os.urandom(50), touched) for number in range(number)
        )
        db.executemany("INSERT INTO visit (owner, version, data, touched) VALUES (?, ?, ?, ?)", some)


@pytest.mark.asyncio
async def test_old_visits_are_gone_from_the_disk_soon_after_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = figure(MANY, 10 * MANY)
    async with BotApi() as api, serving(api, tmp_path, LUOHU_KEY=KEY) as one:
        (person,) = people(api, 1, random.Random(1))
        person.types()
        await person.chat.next_view(20)
        await one.stop()
        old_visits(one.database, number, 25)
        assert bytes_left(tmp_path, DISTINCTIVE) >= number
        began = time.monotonic()
        one.launch()
        await until(lambda: one.database.with_name("luohu.db-wal").exists())
        slowest = 0.0
        while (left := await present(one.database)) > 1 or bytes_left(tmp_path, DISTINCTIVE):
            assert time.monotonic() - began < 120, left
            asked = time.monotonic()
            await one.status("/live")
            slowest = max(slowest, time.monotonic() - asked)
            await asyncio.sleep(0.2)
        took = time.monotonic() - began
        await one.ready()
        assert person.session == (await visits(str(one.database)))[person.owner].session  # the one that is in time is kept
    report(capsys, "S6 purge", visits=number, gone_s=round(took, 1), canary_bytes=0, live_slowest_s=round(slowest, 2))
    assert took <= 60


async def present(database: Path) -> int:
    try:
        return int((await rows(str(database), "SELECT COUNT(*) FROM visit"))[0][0])
    except sqlite3.OperationalError:
        return MANY


def bytes_left(folder: Path, canary: bytes) -> int:
    """How often a row of bytes stands in the database's files."""
    return sum(path.read_bytes().count(canary) for path in folder.glob("luohu.db*"))


@pytest.mark.asyncio
@pytest.mark.parametrize("webhook", [False, True], ids=["poll", "webhook"])
async def test_forget_leaves_no_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str], webhook: bool) -> None:
    """Nor does it while others talk, and a copy of the files taken at that moment tells nothing either."""
    times, took, before = figure(50, 500), [], 0
    async with BotApi() as api, serving(api, tmp_path, webhook=webhook, LUOHU_KEY=KEY) as one:
        persons = people(api, times + 20, random.Random(2))
        others, forgotten = persons[:20], persons[20:]
        for person in forgotten:
            for _ in range(3):
                person.types()
                await person.chat.next_view(20)
        for person in forgotten:
            (data,) = next(iter(await rows(str(one.database), f"SELECT data FROM visit WHERE owner = x'{person.owner.hex()}'")))
            before += bytes_left(tmp_path, person.owner) > 0 and bytes_left(tmp_path, data) > 0
            for other in others[:3]:
                other.types()
            began = time.monotonic()
            person.chat.says("/forget")
            while bytes_left(tmp_path, person.owner) or bytes_left(tmp_path, data):
                await asyncio.sleep(0.01)
                assert time.monotonic() - began < 20, "still on the disk"
            took.append(time.monotonic() - began)
            await until(lambda person=person: "删" in person.chat.view[-1].text if person.chat.view else False)  # type: ignore[misc]
        copy = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-copy"))
        in_copy = sum(bytes_left(copy, person.owner) for person in forgotten)
    report(
        capsys, f"S6 forget {'webhook' if webhook else 'poll'}", forgotten=len(took), were_there=before, canary_bytes=in_copy,
        max_s=round(max(took), 2), others=len(others),
    )  # fmt: skip
    assert len(took) == before == times and in_copy == 0 and max(took) <= 2
