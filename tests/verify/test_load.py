"""R7: a steady load by webhook, posted from another process: how long until 200, and what it costs in memory and files."""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector

import talking
from bot.clock import today
from bot.telegram.transport import CONNECTIONS
from botapi import BotApi, Json, Message
from conftest import BOOK
from flows.conversation import Move, Session
from helpers_faults import KEY, SOAK, Person, figure, keys, people, report, share, visits
from postgres import Server
from service import SECRET, Service, serving, until

RATE, SECONDS = figure(100, 200), figure(60, 1800)  # turns a second, for so long
GROWTH = 50.0  # MB an hour, SOAK
POOLS = CONNECTIONS + 10  # connections that may be kept, to the Bot API and to the database


Walk = list[tuple[str, Session]]  # what is typed, and what must come of it


def walk(api: BotApi, luck: random.Random) -> Walk:
    """A talk of some turns that ends where it began: thought out before, so that no time is lost while it counts."""
    person = Person(api.chat(), luck, talking.begin(BOOK, Session(as_of=today()))[0])
    turns: Walk = []
    while not (len(turns) >= 15 and person.session.facts):
        text, person.session = person.next()
        turns.append((text, person.session))
    return [*turns, ("/restart", talking.press(BOOK, person.session, Move("restart"))[0])]


class Load:
    """Posts what people type at a fixed rate, whether or not earlier posts were answered; each person waits for their own reply."""

    def __init__(self, service: Service, api: BotApi, persons: list[Person]) -> None:
        self.url = f"{service.url}/telegram"
        self.api, self.persons = api, persons
        walks = [walk(api, random.Random(number)) for number in range(40)]
        self.scripts = {person.chat.id: cycle(random.choice(walks)) for person in persons}
        self.took: list[float] = []
        self.errors = 0
        self._free = asyncio.Queue[Person]()
        for person in persons:
            self._free.put_nowait(person)

    async def run(self, rate: int, seconds: float) -> None:
        connector, headers = TCPConnector(limit=100), {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with (
            ClientSession(connector=connector, headers=headers, timeout=ClientTimeout(10)) as http,
            asyncio.TaskGroup() as all_,
        ):
            began = time.monotonic()
            for number in range(int(rate * seconds)):
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                all_.create_task(self._turn(http, await self._free.get(), due))

    async def _turn(self, http: ClientSession, person: Person, due: float) -> None:
        update, before = self._typed(person), person.chat.view[-1:]
        async with http.post(self.url, json=update) as answer:
            body = await answer.read()
            self.errors += answer.status != 200
        self.took.append(time.monotonic() - due)
        if body:
            person.chat._next_id()  # what rode in the answer is a message, too
        else:
            await self._all_came(person, before)
        self._free.put_nowait(person)

    async def _all_came(self, person: Person, before: Sequence[Message]) -> None:
        """What comes by call, the welcome or a sheet, ends with a message that has buttons."""
        try:
            await until(lambda: person.chat.view[-1:] != before and bool(person.chat.view[-1].buttons), 10)
        except TimeoutError:
            self.errors += 1

    def _typed(self, person: Person) -> Json:
        """The update of what a person types next; the stand-in knows nothing of it, so it comes from us alone."""
        said = person.chat
        text = "/start"
        if person.updates:
            text, person.session = next(self.scripts[said.id])
        else:
            person.session = person.next()[1]
        number = next(self.api._update_ids)
        person.updates.append(number)
        message = {"message_id": said._next_id(), "from": said.person, "chat": said.face, "date": self.api.date(), "text": text}
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        return {"update_id": number, "message": message}


def memory(service: Service) -> float:
    """Resident megabytes."""
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def processor(service: Service) -> float:
    """Seconds of a processor that it has used."""
    assert service.process is not None
    spent = Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def files(service: Service) -> int:
    assert service.process is not None
    return len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))


async def carry(api: BotApi, service: Service, database: str, capsys: pytest.CaptureFixture[str], name: str) -> None:
    persons = people(api, 400, random.Random(name))
    load = Load(service, api, persons)
    await load.run(RATE, figure(3, 120))  # everything is loaded and warm, and the pool is as large as it gets
    load.took.clear()
    await asyncio.sleep(1)  # the posts' connections are closed
    before, opened, began, worked = memory(service), files(service), time.monotonic(), processor(service)
    await load.run(RATE, SECONDS)
    hours = (time.monotonic() - began) / 3600
    growth = (memory(service) - before) / hours
    busy = (processor(service) - worked) / (hours * 3600)
    await asyncio.sleep(1)
    more = files(service) - opened
    stored, taken = await visits(database), await keys(database)
    wrong = sum(person.session != stored[person.owner].session for person in persons if person.updates)
    lost = sum(f"telegram:4242:{update}" not in taken for person in persons for update in person.updates)
    figures = {
        "turns": len(load.took), "rate": RATE, "p50_ms": round(1000 * share(load.took, 0.5)),
        "p99_ms": round(1000 * share(load.took, 0.99)), "max_ms": round(1000 * share(load.took, 1)), "errors": load.errors,
        "core": f"{busy:.2f}", "load_average": round(os.getloadavg()[0], 1), "lost": lost, "doubled": wrong, "rss_mb": round(memory(service)), "rss_growth_mb_per_h": round(growth), "fds_more": more,
    }  # fmt: skip
    report(capsys, f"R7 {name}", **figures)
    assert len(load.took) >= RATE * SECONDS
    assert (load.errors, lost, wrong) == (0, 0, 0)
    assert more <= POOLS
    if SOAK:
        assert growth < GROWTH


@pytest.mark.asyncio
async def test_a_hundred_turns_a_second_on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with BotApi() as api, serving(api, tmp_path, webhook=True, LUOHU_KEY=KEY) as service:
        await carry(api, service, str(service.database), capsys, "sqlite")


@pytest.mark.asyncio
async def test_a_hundred_turns_a_second_on_postgresql(
    postgres: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = await asyncio.to_thread(postgres.new_database)
    async with BotApi() as api, serving(api, tmp_path, webhook=True, LUOHU_KEY=KEY, LUOHU_DATABASE=database) as service:
        await carry(api, service, database, capsys, "postgresql")
