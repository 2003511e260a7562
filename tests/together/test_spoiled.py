"""What is kept and cannot be read any more is passed over: everybody else is served, and its person begins anew."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from bot.store.sqlite import SQLiteStore
from bot.talk.handoff import Handoff
from bot.talk.presses import begun, restarted
from bot.talk.runtime import Runtime
from bot.talk.turns import Outgoing, Owed, Turns
from bot.talk.visit import Visit
from botapi import BotApi
from conftest import BOOK
from flows.conversation import Reply
from person import Person
from service import serving, until

pack = msgspec.msgpack.encode
SPOILED = {
    "a byte short": "substr(data, 1, length(data) - 1)",
    "empty": "x''",
    "text": "'nothing of ours'",
    "other bytes": "x'c1c1c1'",
    "another list": f"x'{pack([1, 2, 3]).hex()}'",
    "wrong kinds": f"x'{pack([1, '', 1, 'facts', [], 0, 0, [], [], 0, 'step', 0, 0, []]).hex()}'",
    "a step that is text": f"x'{pack([5, '2026-11-27', 10, [], [], 0, 0, [], [], 0, 'step', 0, 0, []]).hex()}'",
    "unknown words": f"x'{pack([90000, '', 90000, [90000, 90001], [], 0, 0, [], [], 0, 1, 0, 0, []]).hex()}'",
}


def alter(database: Path, sql: str) -> None:
    with closing(sqlite3.connect(database, timeout=10)) as db, db:
        db.execute(sql)


@pytest.mark.asyncio
@pytest.mark.parametrize("data", SPOILED.values(), ids=SPOILED)
async def test_whose_visit_cannot_be_read_begins_anew(tmp_path: Path, data: str, caplog: pytest.LogCaptureFixture) -> None:
    database = tmp_path / "luohu.db"
    turns = Turns(Runtime(BOOK, SQLiteStore(database), b"key", 24))
    await turns.runtime.open()
    owners = {channel: turns.owner(channel, "one") for channel in ("telegram", "kiosk", "phone")}
    for owner in owners.values():
        await turns.take(owner, None, f"begin {owner.hex()}", begun)
    await turns.runtime.store.close()
    alter(database, f"UPDATE visit SET data = {data}")
    (tmp_path / "another file").touch()  # has the number on the disk that the log had: the next one gets another
    await turns.runtime.store.open()
    for owner in owners.values():
        assert (await turns.read(owner)).session.phase == "new"
        assert await Handoff(turns).code(owner) is None
    assert {record.getMessage() for record in caplog.records} == {"visit_unreadable"}
    turn = await turns.take(owners["telegram"], None, "anew", restarted)
    assert (turn.outcome, turn.reply.fact) == ("ok", "city")
    assert (await turns.read(owners["telegram"])).session.phase == "asking"
    await turns.end(owners["kiosk"])
    assert await turns.forget(owners["phone"], "forget") is not None
    async with turns.runtime.store.transaction() as db:
        assert len(await db.rows("SELECT owner FROM visit")) == 1
    await turns.runtime.store.close()


@pytest.mark.asyncio
async def test_a_spoiled_visit_is_purged_with_the_others(tmp_path: Path) -> None:
    turns = Turns(Runtime(BOOK, SQLiteStore(tmp_path / "luohu.db"), b"key", 24))
    await turns.runtime.open()
    for name in SPOILED:
        await turns.take(turns.owner("telegram", name), None, name, begun)
    async with turns.runtime.store.transaction() as db:
        for name, data in SPOILED.items():
            await db.run(f"UPDATE visit SET touched = 0, data = {data} WHERE owner = ?", turns.owner("telegram", name))
    assert await turns.purge() == len(SPOILED)
    await turns.runtime.store.close()


@pytest.mark.asyncio
async def test_a_sheets_spoiled_number_is_none(tmp_path: Path) -> None:
    turns = Turns(Runtime(BOOK, SQLiteStore(tmp_path / "luohu.db"), b"key", 24))
    await turns.runtime.open()
    owner = turns.owner("telegram", 1)
    turn = await turns.take(owner, None, "begin", begun)
    async with turns.runtime.store.transaction() as db:
        visit = await turns.keeping.with_receipt(db, owner, turn.visit, 1_900_000_000)
        assert await turns.keeping.receipt(db, str(visit.receipt), 1_900_000_000) is not None
        await db.run("UPDATE receipt SET data = x'c1'")
        assert await turns.keeping.receipt(db, str(visit.receipt), 1_900_000_000) is None
    await turns.runtime.store.close()


@pytest.mark.long
@pytest.mark.asyncio
async def test_thirty_spoiled_replies_keep_nobody_waiting(tmp_path: Path) -> None:
    """Owed replies whose visits cannot be read, or that say no chat: the others have theirs within a second, and so has /restart."""
    async with BotApi() as api, serving(api, tmp_path) as service:
        well, ill = Person(api), Person(api)
        await well.talks("/start", "天水")
        await ill.says("/start")
        await service.stop()
        turns = Turns(Runtime(BOOK, SQLiteStore(service.database), Path(f"{service.database}.key").read_bytes(), 24))
        await turns.runtime.open()
        for number in range(30):
            await turns.take(turns.owner("spoiled", number), None, f"spoiled {number}", begun, lambda _: Outgoing(70_000))
        for person in (ill, well):
            owner = turns.owner("telegram", person.chat.id)
            await turns.take(owner, None, f"owed {person.chat.id}", shown, owed_to(person.chat.id))
        await turns.runtime.store.close()
        spoiled = f"owner <> x'{turns.owner('telegram', well.chat.id).hex()}'"
        alter(service.database, f"UPDATE visit SET data = x'c1' WHERE {spoiled}")
        alter(service.database, "UPDATE outbox SET chat = 'no number' WHERE rowid % 3 = 0 AND chat = 70000")
        alter(service.database, "UPDATE outbox SET owner = 'text' || rowid WHERE rowid % 3 = 1 AND chat = 70000")
        before = len(api.log("sendMessage"))
        await service.start()
        async with asyncio.timeout(1):
            while not any(call.params["chat_id"] == str(well.chat.id) for call in api.log("sendMessage")[before:]):
                await asyncio.sleep(0.01)
        answer = await ill.says("/restart")
        assert "哪个市" in answer.text
        assert "visit_unreadable" in service.log and "owed_unreadable" in service.log


def owed_to(chat: int) -> Owed:
    return lambda _: Outgoing(chat)


def shown(visit: Visit) -> tuple[Visit, Reply]:
    return visit, visit.talk.reply()


@pytest.mark.asyncio
async def test_a_database_that_was_taken_away_is_no_longer_answered_from(tmp_path: Path) -> None:
    async with BotApi() as api, serving(api, tmp_path) as service:
        person = Person(api)
        await person.says("/start")
        for file in tmp_path.glob("luohu.db*"):
            file.unlink()
        person.chat.says("天水")
        await until(lambda: "现在有点忙" in person.chat.view[-1].text)  # and Telegram is not told that it was kept
        await asyncio.sleep(1.1)  # the probe is asked again after a second
        assert await service.status("/ready/database") == 503 and await service.status("/ready") == 503
        assert await service.status("/live") == 200
        assert service.log.count("database_gone") == 1
