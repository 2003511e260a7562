"""What must outlive a lost database comes back, and nothing else is ever in the file; a service may run beside the backup."""

import asyncio
import io
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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "不是 luohu backup"),
        ("[]", "不是 luohu backup"),
        ('{"form": "luohu-backup-1"}', "不是 luohu backup"),
        ('{"form": "luohu-backup-9", "tables": {}}', "不是 luohu backup"),
        ('{"form": "luohu-backup-1", "tables": {"staff": [{"name": ["x"]}]}}', "不是 luohu backup"),
        ('{"form": "luohu-backup-1", "tables": {"visit": []}}', "没有的 visit"),
        ('{"form": "luohu-backup-1", "tables": {"staff": [{"name) VALUES (1); --": 1}]}}', "没有的 staff.name"),
    ],
)
def test_a_file_that_is_no_backup_changes_nothing(
    text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("saved.json").write_text(text, encoding="utf8")
    assert luohu(monkeypatch, "new.db", "restore", "saved.json") == 2
    assert says in capsys.readouterr().err and not Path("new.db").exists()


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
