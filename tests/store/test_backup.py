"""What must outlive a lost database comes back, and nothing else is ever in the file; a service may run beside the backup."""

import asyncio
import io
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.store import counters, lasting, policies, staff, visits
from bot.store.base import schema, tables
from bot.store.chosen import store_for
from bot.store.counters import Count
from bot.store.visits import VisitRow
from postgres import Server

LEFT = {
    "visit",
    "inbox",
    "outbox",
    "word",
    "lease",
    "code",
    "casefile",
    "receipt",
    "login",
    "attempt",
    "beside",
    "schema_version",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Two databases that are not there yet, or empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LUOHU_KEY", "a key of a test, long enough to be one")
    if request.param == "sqlite":
        yield "one.db", "other.db"
    else:
        server: Server = request.getfixturevalue("postgres")
        yield server.new_database(), server.new_database()


def luohu(monkeypatch: pytest.MonkeyPatch, database: str, *words: str) -> int:
    monkeypatch.setenv("LUOHU_DATABASE", database)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    return main(words)


async def fill(database: str) -> None:
    store = store_for(database)
    await store.open()
    async with store.transaction() as db:
        await staff.insert(db, "王芳", "supervisor", "secret-hash", 1_800_000_000, fresh=True)
        await counters.add(db, {Count("2026-11-28", "desk", "began", "tieling", ""): 7})
        await policies.publish(db, policies.Published("ab12", 1_800_000_000, "王芳", "改了第六条"), b"\0\xffset")
        await visits.insert(db, b"owner", VisitRow(1, b"answers", 1_800_000_000, 0))
    await store.close()


async def kept(database: str) -> dict[str, lasting.Rows]:
    store = store_for(database)
    async with store.reading() as db:
        return await lasting.read(db)


@pytest.mark.asyncio
async def test_what_lasts_is_as_it_was_and_no_talk_is_in_the_file(
    two: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = two
    await fill(one)
    store = store_for(one)
    await store.open()  # as a service has it open
    assert await asyncio.to_thread(luohu, monkeypatch, one, "backup", "saved.json") == 0
    await store.close()
    file, said = Path("saved.json"), capsys.readouterr().out
    assert "账户 1 条" in said and stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf8")
    assert "secret-hash" in text and "answers" not in text and "YW5zd2Vycw" not in text

    assert await asyncio.to_thread(luohu, monkeypatch, other, "restore", "saved.json") == 0
    was, now = await kept(one), await kept(other)
    assert {table: len(rows) for table, rows in was.items()} == dict.fromkeys(lasting.LASTING, 1)
    assert [
        {column: bytes(value) if isinstance(value, memoryview) else value for column, value in row.items()}
        for row in now["policyset"]
    ]
    assert now == was

    assert await asyncio.to_thread(luohu, monkeypatch, other, "restore", "saved.json") == 2
    assert "已经有账户" in capsys.readouterr().err
    assert await kept(other) == was


def test_every_table_is_either_kept_or_left_on_purpose() -> None:
    assert {*lasting.LASTING} | LEFT == {*tables(), "schema_version"} and not {*lasting.LASTING} & LEFT


def saved(**rows: str) -> str:
    """A file with these rows, as JSON."""
    tables = ", ".join(f'"{table}": [{said}]' for table, said in (dict.fromkeys(lasting.LASTING, "") | rows).items())
    return f'{{"form": "luohu-backup-1", "tables": {{{tables}}}}}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "不是 luohu backup"),
        ("[]", "不是 luohu backup"),
        ('{"form": "luohu-backup-1"}', "不是 luohu backup"),
        ('{"form": "luohu-backup-9", "tables": {}}', "不是 luohu backup"),
        ('{"form": "luohu-backup-1", "tables": {}}', "不是 luohu backup"),
        ('{"form": "luohu-backup-1", "tables": {"staff": []}}', "不是 luohu backup"),
        (saved(staff='["x"]'), "不是 luohu backup"),
        (saved(visit=""), "没有的 visit"),
        (saved(staff='{"name) VALUES (1); --": 1}'), "没有的 staff.name"),
    ],
)
def test_a_file_that_is_no_backup_changes_nothing(
    text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("saved.json").write_text(text, encoding="utf8")
    assert luohu(monkeypatch, "new.db", "restore", "saved.json") == 2
    assert says in capsys.readouterr().err and not Path("new.db").exists()


ALTERED: list[tuple[str, str, str]] = [  # table, what a backup says, what somebody made of it
    ("staff", '"disabled": 0', '"disabled": "zz"'),
    ("staff", '"disabled": 0', '"disabled": 2'),
    ("staff", '"disabled": 0', '"disabled": false'),
    ("staff", '"disabled": 0', '"disabled": null'),
    ("staff", '"disabled": 0', '"fresh": 0'),
    ("staff", '"supervisor"', '"king"'),
    ("staff", '"since": 1800000000', '"since": 1e9'),
    ("staff", '"since": 1800000000', '"since": 99999999999999999999'),
    ("staff", '"counter": 0', '"counter": 99999999999999999999'),
    ("staff", '"王芳"', '"\\ud800"'),
    ("staff", '"王芳"', '"a\\u0000b"'),
    ("staff", '"王芳"', '["x"]'),
    ("tally", '"number": 7', '"number": -7'),
    ("tally", '"number": 7', '"number": 7}, {"day": "2026-11-28", "channel": "desk", "what": "began", "city": "tieling", "subject": "", "number": 7'),
    ("policyset", '{"base64": "AP9zZXQ="}', '"AP9zZXQ="'),
    ("published", '"back": 0', '"back": {"base64": "AA=="}'),
]  # fmt: skip


@pytest.mark.parametrize(("table", "was", "is_now"), ALTERED)
@pytest.mark.asyncio
async def test_a_backup_that_somebody_altered_is_said_and_changes_nothing(
    table: str, was: str, is_now: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    await fill("one.db")
    assert await asyncio.to_thread(luohu, monkeypatch, "one.db", "backup", "saved.json") == 0
    text = re.sub(r"\n *", " ", Path("saved.json").read_text(encoding="utf8")).replace("{ ", "{").replace(" }", "}")
    assert text.count(was) >= 1
    Path("saved.json").write_text(text.replace(was, is_now, 1), encoding="utf8")
    assert await asyncio.to_thread(luohu, monkeypatch, "new.db", "restore", "saved.json") == 2
    said = capsys.readouterr().err
    assert f" {table} 的第 " in said and "什么也没有改" in said and said.count("\n") == 1 and not Path("new.db").exists()


@pytest.mark.asyncio
async def test_a_backup_of_before_a_column_was_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    row = '{"name": "mei", "role": "agent", "secret": "s", "totp": "", "disabled": 0, "since": 1800000000}'
    Path("saved.json").write_text(saved(staff=row), encoding="utf8")
    assert await asyncio.to_thread(luohu, monkeypatch, "new.db", "restore", "saved.json") == 0
    assert (await kept("new.db"))["staff"][0]["counter"] == 0


@pytest.mark.asyncio
async def test_no_older_backup_is_written_over_and_no_older_database_is_half_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert await asyncio.to_thread(luohu, monkeypatch, "one.db", "backup", "saved.json") == 2
    assert "这里没有数据库" in capsys.readouterr().err and not Path("one.db").exists()
    await fill("one.db")
    Path("saved.json").write_text("the only one", encoding="utf8")
    assert await asyncio.to_thread(luohu, monkeypatch, "one.db", "backup", "saved.json") == 2
    assert "已经有了" in capsys.readouterr().err and Path("saved.json").read_text(encoding="utf8") == "the only one"
    store = store_for("one.db")
    await store.open()
    async with store.transaction() as db:
        await db.run("DELETE FROM schema_version WHERE version = ?", schema()[-1][0])
    await store.close()
    assert await asyncio.to_thread(luohu, monkeypatch, "one.db", "backup", "new.json") == 2
    assert "先用这个程序启动一次" in capsys.readouterr().err and not Path("new.json").exists()
