"""A database of every step of the schema opens today, and nobody's talk, account, count or published policies are lost by it.

`released` holds what the last program of a step left there, by the number of the step: the telegram chat "asking" and the kiosk
"result" are two talks. A step from before the first of them, or after the last, gets the nearest one's, as far as it has the
columns.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot import clock
from bot.hotline.staff import Staff, Visitor
from bot.store import base, counters, policies
from bot.store.base import schema, statements
from bot.store.chosen import store_for
from bot.store.counters import Count
from bot.talk import codes
from bot.talk.receipts import Receipts
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.talk.typed import typed
from bot.wording.views import Wording
from clerk import QUICK
from conftest import BOOK
from postgres import Server
from talking import asked

MADE = 1_795_740_955  # the moment in which they were all made
NUMBERS = {4: 4241219600, 5: 6972683574, 6: 2045464931, 7: 4514716862}  # on the sheet of "result"
STEPS = schema()
FITS = {"city": "wenzhou", "matter": "join_kin", "county": "lucheng", "joiner_relation": "spouse", "mover_citizen": "yes"}
ONLY_ADDS = re.compile(r"CREATE (TABLE|INDEX) |DROP INDEX |ALTER TABLE \w+ ADD COLUMN .* NOT NULL DEFAULT ")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "luohu.db")
    server: Server = request.getfixturevalue("postgres")
    return server.new_database()


def dumped(step: int) -> int:
    """Which of the dumps a database of a step is filled from."""
    return max([one for one in NUMBERS if one <= step], default=min(NUMBERS))


def tables_of(step: int) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    for _, script in STEPS[:step]:
        db.executescript(script)
    return db


def left(step: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What stood in a database of a step: table, and a row by its columns."""
    with closing(tables_of(dumped(step))) as then, closing(tables_of(step)) as there:
        then.executescript(Path(__file__).with_name("released").joinpath(f"{dumped(step)}.sql").read_text("utf-8"))
        names = [{row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} for db in (then, there)]
        for table in sorted(names[0] & names[1]):
            columns = {row["name"] for row in there.execute(f"PRAGMA table_info({table})")}
            for row in then.execute(f"SELECT * FROM {table}"):
                yield table, {column: row[column] for column in columns & {*row.keys()}}


async def made(database: str, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database as a program left it that knew the steps until then."""
    with monkeypatch.context() as then:
        then.setattr(base, "schema", lambda: STEPS[:step])
        base.tables.cache_clear()
        store = store_for(database)
        await store.open()
        async with store.transaction() as db:
            for table, row in left(step):
                columns, marks = ", ".join(row), ", ".join("?" * len(row))
                await db.run(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values())
        await store.close()
    base.tables.cache_clear()
    assert await store_for(database).version() == step


@pytest.mark.parametrize("step", [number for number, _ in STEPS])
@pytest.mark.asyncio
async def test_a_database_of_every_step_opens_and_all_goes_on(database: str, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "time", lambda: MADE + 60)
    await made(database, step, monkeypatch)
    desk = Turns(Runtime(BOOK, store_for(database), b"key of the old database", 24))
    await desk.runtime.open()
    try:
        assert await desk.runtime.store.version() == STEPS[-1][0]
        await talks_go_on(desk)
        if step >= 3:
            await what_lasts_is_there(desk, NUMBERS[dumped(step)])
        async with desk.runtime.store.transaction() as db:
            assert await policies.files(db, "ab12") == (b"\0\xffset" if step >= policies.SINCE else b"")
            published = [(one.hash, one.who, one.what, one.number) for one in await policies.every(db)]
            assert published == ([("ab12", "chief", "改了第六条", 1)] if step >= policies.SINCE else [])
    finally:
        await desk.runtime.store.close()


async def talks_go_on(desk: Turns) -> None:
    chat, kiosk = desk.owner("telegram", "asking"), desk.owner("kiosk", "result")
    before, over = await desk.read(chat), await desk.read(kiosk)
    assert (before.session.phase, dict(before.session.facts)) == ("asking", {"city": "tianshui", "matter": "move_to_town"})
    assert {**over.session.facts, **FITS} == dict(over.session.facts)
    assert over.session.phase == ("result" if over.talk.due is None else "asking"), "what is asked by now was not asked then"
    assert asked(BOOK, before.session) == "ties" and MADE <= before.version // 1000 < MADE + 60, "milliseconds"
    turn = await desk.take(chat, before.step, "new", lambda visit: typed(visit, "1", Wording(BOOK, "zh").offered))
    assert turn.outcome == "ok" and turn.visit.version > before.version
    assert (await desk.read(chat)).session.facts["ties"] == ("lives",)


async def what_lasts_is_there(desk: Turns, number: int) -> None:
    """The number on a sheet, the account and its password, the counts."""
    found = await Receipts(desk).check(codes.spoken(number), "mei")
    assert found is not None and {**found.visit.session.facts, **FITS} == dict(found.visit.session.facts)
    staff = Staff(desk.runtime, QUICK)
    assert [(one.name, one.role, one.disabled, one.fresh) for one in await staff.list()] == [
        ("chief", "supervisor", False, False)
    ]
    assert await staff.login("chief", "a long old passphrase", "", Visitor("192.0.2.2"))
    async with desk.runtime.store.transaction() as db:
        assert dict(await counters.since(db, "2026-11-27"))[Count("2026-11-27", "desk", "began", "tieling", "")] == 7


@pytest.mark.parametrize(("number", "script"), [(number, script) for number, script in STEPS if number > 6])
def test_a_step_only_adds(number: int, script: str) -> None:
    """So the version before goes on beside the one that takes the step. (The sixth changed what a version is: it came before there
    were two versions.)"""
    for statement in statements(script):
        assert ONLY_ADDS.match(" ".join(statement.split())), (
            f"step {number}: an older program does not bear {statement.strip()!r}"
        )
