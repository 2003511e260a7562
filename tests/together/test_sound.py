"""A set that was read whole once is known to be sound: the next start reads no city, and nothing that was edited since."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot import published, serve, sound
from bot.clock import now
from bot.published import InForce, at_start
from bot.serve import Service
from bot.settings import Settings
from bot.store.chosen import store_for
from bot.talk import retention
from bot.wording import languages as i18n
from conftest import BOOK, ROOT
from flows.book import Book, City, PolicyError
from helpers_publishing import put, running
from postgres import Server
from test_publishing import FITS, ISSUED, SEATS, STRICTER, edited, packed, seat, shown, tells

POLICIES = ROOT / "policies"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    database = str(tmp_path / "luohu.db")
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        database = server.new_database()
    return Settings(database=database, key="key")


@pytest.fixture
def one_database(tmp_path: Path) -> Settings:
    return Settings(database=str(tmp_path / "luohu.db"), key="key")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The policies, where nothing is listened for: that takes longest to read."""
    shutil.copytree(POLICIES, tmp_path / "policies", ignore=shutil.ignore_patterns("*.md", "skeleton", "heard.yaml"))
    return tmp_path / "policies"


@asynccontextmanager
async def started(settings: Settings, folder: Path) -> AsyncIterator[tuple[InForce, Service]]:
    """A service that runs until what it began with is kept."""
    begins = await asyncio.to_thread(at_start, settings, folder)
    async with running(settings, begins) as one:
        await one.follower.keep_own()
        yield begins, one


def with_edit(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert before in text
    (folder / name).write_text(text.replace(before, after), "utf-8")


@pytest.mark.asyncio
async def test_a_second_start_reads_no_city_and_answers_the_same(settings: Settings, folder: Path) -> None:
    async with started(settings, folder) as (first, one):
        assert first.mark is None and set(first.book._read) == set(BOOK.cities)
        statuses, before = seat(one), await one.turns.take(one.turns.owner("kiosk", "one"), None, "tells", tells(FITS))
    async with started(settings, folder) as (second, one):
        assert second.mark is not None and not second.book._read, "nor for its words, nor to be kept"
        assert second.book.overview == first.book.overview and second.untranslated() == first.untranslated()
        assert second.book.counties == first.book.counties
        after = await one.turns.take(one.turns.owner("kiosk", "one"), None, "on", shown)
        assert (after.visit.policy, after.visit.session.facts) == (before.visit.policy, before.visit.session.facts)
        assert set(second.book._read) == {"tianshui"} and seat(one) == statuses


@pytest.mark.asyncio
async def test_what_was_edited_after_the_start_is_not_seen_by_a_city_that_is_asked_later(
    one_database: Settings, folder: Path
) -> None:
    async with started(one_database, folder) as (_, one):
        before = seat(one)
    async with started(one_database, folder) as (begins, one):
        with_edit(folder, "tianshui.yaml", SEATS, STRICTER)
        (folder / "wenzhou.yaml").write_text("half", "utf-8")
        assert not begins.book._read and seat(one) == before and one.runtime.book.policy("wenzhou") is not None


@pytest.mark.asyncio
async def test_whatever_is_edited_everything_is_read_and_a_fault_is_refused(one_database: Settings, folder: Path) -> None:
    async with started(one_database, folder) as (first, _):
        pass
    with_edit(folder, "documents/wenzhou.txt", "温州", "温洲")
    async with started(one_database, folder) as (begins, _):
        assert begins.mark is None and set(begins.book._read) == set(BOOK.cities)
    with_edit(folder, "tianshui.yaml", SEATS, STRICTER)
    async with started(one_database, folder) as (begins, one):
        assert begins.mark is None and seat(one) == "none"
    for fault in ("[nowhere]", "half"):
        (folder / "tianshui.yaml").write_text(f"city: {fault}\n", "utf-8")
        with pytest.raises(PolicyError, match=r"tianshui\.yaml"):
            await asyncio.to_thread(at_start, one_database, folder)
    assert first.name != begins.name


@pytest.mark.asyncio
async def test_another_program_or_another_database_knows_nothing_of_it(
    settings: Settings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(settings, folder) as (first, _):
        elsewhere = replace(settings, database=str(tmp_path / "other.db"))
        assert (await asyncio.to_thread(at_start, settings, folder)).mark is not None, "beside the first process"
        assert (await asyncio.to_thread(at_start, elsewhere, folder)).mark is None
        monkeypatch.setattr(sound, "program", lambda: b"another")
        begins = await asyncio.to_thread(at_start, settings, folder)
    assert begins.mark is None and begins.name != first.name and set(begins.book._read) == set(BOOK.cities)


def test_a_program_is_all_that_decides_what_a_set_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("bot", "flows", "locales"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    made = sound.program.__wrapped__
    ours = made()
    monkeypatch.setattr(i18n, "ROOT", tmp_path)
    for locales in ("a", "z"):
        monkeypatch.setattr(i18n, "LOCALES", (tmp_path / "locales").rename(tmp_path / locales))
        assert made() == ours, "wherever it is"
        i18n.LOCALES.rename(tmp_path / "locales")
    monkeypatch.setattr(i18n, "LOCALES", tmp_path / "locales")
    for file in ("flows/hearing/places.py", "flows/loading/syllables.txt", "bot/talk/visit.py"):
        with (tmp_path / file).open("a", encoding="utf-8") as source:
            source.write("\n")
        assert made() != ours
        shutil.copy(ROOT / file, tmp_path / file)
    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    assert made() != ours, "nor are its translations the same"


@pytest.mark.asyncio
async def test_a_mark_that_is_spoilt_old_or_of_other_rules_is_none(
    one_database: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_edit(folder, "tianshui.yaml", ISSUED, f"{ISSUED}  until: 2029-12-31\n")
    monkeypatch.setattr(published, "today", lambda: "2029-12-30")
    async with started(one_database, folder):
        assert (await asyncio.to_thread(at_start, one_database, folder)).mark is not None
        for day, fits in (("2029-12-31", True), ("2030-01-01", False), ("2029-12-01", True)):
            monkeypatch.setattr(published, "today", lambda day=day: day)
            begins = await asyncio.to_thread(at_start, one_database, folder)
            assert (begins.mark is not None) == fits
            assert (begins.book.policy("tianshui") is None) == (day > "2029-12-31")
    store = store_for(one_database.database)
    for change in (lambda data: b"", lambda data: data[:20], lambda data: data.replace(b"tianshui", b"tianshux")):
        async with started(one_database, folder) as (_, one), one.runtime.store.transaction() as db:
            ((data,),) = await db.rows("SELECT data FROM beside")
            await db.run("UPDATE beside SET data = ?", change(data))
        assert await sound.found(store, begins.name, "2029-12-01") is None
    async with started(one_database, folder) as (_, one), one.runtime.store.transaction() as db:
        assert await sound.found(store, begins.name, "2029-12-01") is not None
        await retention.purge(db, now() + retention.MARKS + 1, 0)
        assert not await db.rows("SELECT data FROM beside")


@pytest.mark.asyncio
async def test_a_database_that_lost_the_words_of_a_set_learns_them_again(settings: Settings, folder: Path) -> None:
    """Whatever a mark says: without them nothing that is said to that city could be kept."""
    async with started(settings, folder) as (begins, one), one.runtime.store.transaction() as db:
        for word in ("wenzhou.", begins.book.overview.versions["wenzhou"]):
            await db.run("DELETE FROM word WHERE word LIKE ?", f"{word}%")
    async with started(settings, folder) as (begins, one):
        assert begins.mark is not None
        turn = await one.turns.take(one.turns.owner("kiosk", "one"), None, "tells", tells({"city": "wenzhou"}))
        assert turn.outcome == "ok" and (await one.turns.read(one.turns.owner("kiosk", "one"))).policy == turn.visit.policy_now


@pytest.mark.asyncio
async def test_a_day_that_begins_while_a_set_is_read_is_read_whole(
    one_database: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_edit(folder, "tianshui.yaml", ISSUED, f"{ISSUED}  until: 2029-12-31\n")
    monkeypatch.setattr(published, "today", lambda: "2029-12-31")
    async with started(one_database, folder):
        days = iter(["2029-12-31"])
        monkeypatch.setattr(published, "today", lambda: next(days, "2030-01-01"))
        book = (await asyncio.to_thread(at_start, one_database, folder)).book
    assert book.as_of == "2030-01-01" and book.known is None and book.policy("tianshui") is None


@pytest.mark.asyncio
async def test_nobody_waits_until_the_cities_of_all_who_left_are_read(one_database: Settings, folder: Path) -> None:
    async with started(one_database, folder) as (_, one):
        for city in BOOK.cities:
            await one.turns.take(one.turns.owner("kiosk", city), None, city, tells({"city": city}))
        async with one.runtime.store.transaction() as db:
            await db.run("UPDATE visit SET touched = 0")
    async with started(one_database, folder) as (begins, one):
        turns, read = 0, begins.book.read_city
        at: list[int] = []

        def reading(book: Book, city: str) -> City:
            at.append(turns)
            return read(book, city)

        one.runtime.book = replace(begins.book, read_city=reading)
        purging = asyncio.create_task(one.turns.purge())
        while not purging.done():
            turns += 1
            await asyncio.sleep(0)
        assert await purging == len(at) == len({*at}) == len(BOOK.cities)


def test_a_file_that_cannot_be_read_or_has_no_name_is_said(one_database: Settings, folder: Path) -> None:
    (folder / "documents" / os.fsdecode(b"\xff.txt")).touch()
    assert at_start(one_database, folder).mark is None, "nobody's document"
    (folder / os.fsdecode(b"\xff.yaml")).touch()
    with pytest.raises(PolicyError, match=r"没有这个城市"):
        at_start(one_database, folder)
    (folder / "wenzhou.yaml").unlink()
    (folder / "wenzhou.yaml").symlink_to("/proc/self/mem")  # a file, and whoever reads it gets an error
    with pytest.raises(PolicyError, match=r"policies/wenzhou\.yaml:1: 打不开"):
        at_start(one_database, folder)


@pytest.mark.asyncio
async def test_what_was_published_is_known_by_the_next_process_and_the_next_start(settings: Settings, folder: Path) -> None:
    stricter = await asyncio.to_thread(packed, edited(folder.parent / "stricter", "tianshui.yaml", SEATS, STRICTER))
    async with started(settings, folder) as (_, one):
        await put(one, stricter)
        await one.follower.look()
        assert one.runtime.book.known is None and seat(one) == "none"
        if settings.on_postgres:
            async with running(settings) as other:
                assert other.runtime.book.known is not None and not other.runtime.book._read and seat(other) == "none"
    async with started(settings, folder) as (begins, one):
        assert begins.number == 1 and begins.mark is not None and not begins.book._read
        assert seat(one) == "none" and i18n.Language("en")("天水") == "Tianshui"


@pytest.mark.asyncio
async def test_who_tells_a_story_at_once_is_heard_and_nobody_waits_later(
    one_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(one_database, POLICIES):
        pass
    begins = await asyncio.to_thread(at_start, one_database, POLICIES)
    monkeypatch.setattr(serve, "LISTENS_AFTER", 0)
    async with running(one_database, begins) as one:
        assert "lexicon" not in vars(begins.book)
        await one._settle()
        assert "lexicon" in vars(begins.book) and set(begins.book._read) <= {"lincang"}
