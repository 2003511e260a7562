"""What a process remembers for a moment, every other one knows too; and in the database nobody reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.responses import Response

from bot.hotline import sent_once
from bot.hotline.access import Given
from bot.hotline.case import Way
from bot.hotline.sent_once import SentOnce
from bot.kiosk.here import Said
from bot.kiosk.screens import Beside
from bot.store.beside import NO_VISIT
from bot.store.chosen import store_for
from bot.talk.runtime import Runtime
from bot.talk.short_memory import ShortMemory
from bot.talk.turns import Turns
from conftest import BOOK
from flows.conversation import Reply, Session
from postgres import Server

pytestmark = pytest.mark.asyncio
KEY = b"the key of all of them"
GIVEN = Given("wang", "lantern-river-tofu1")


@asynccontextmanager
async def runtime(database: str, key: bytes = KEY) -> AsyncIterator[Runtime]:
    made = Runtime(BOOK, store_for(database), key, 24)
    await made.store.open()
    try:
        yield made
    finally:
        await made.store.close()


@asynccontextmanager
async def two(postgres: Server) -> AsyncIterator[tuple[Runtime, Runtime]]:
    database = postgres.new_database()
    async with runtime(database) as one, runtime(database) as other:
        yield one, other


def passwords(of: Runtime) -> ShortMemory[Given]:
    return ShortMemory[Given](of, "given", Given, 60)


async def test_what_one_process_keeps_another_one_finds_and_takes_once(postgres: Server) -> None:
    async with two(postgres) as (one, other):
        await passwords(one).keep("mei", GIVEN)
        assert (await passwords(other).of("chief"), await passwords(other).of("mei")) == (None, GIVEN)
        assert (await passwords(other).take("mei"), await passwords(one).take("mei")) == (GIVEN, None)


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        (Said, (7, Beside(Reply("asking", "county", aside="help", near=("a", "b"))))),
        (Said, (7, Beside(code="123-456-78901"))),
        (Way, (9, (Session(), Session("en", "2026-11-28", "result", {"city": "tianshui", "ties": ("a", "b")}, ("one",))))),
    ],
)
async def test_it_comes_back_as_it_was(tmp_path: Path, kind: object, thing: object) -> None:
    async with runtime(str(tmp_path / "luohu.db")) as one:
        memory = ShortMemory[object](one, "thing", kind, 60)
        await memory.keep("name", thing)
        assert await memory.of("name") == thing


async def test_in_the_database_nobody_reads_it_and_with_another_key_it_is_nothing(tmp_path: Path) -> None:
    database = str(tmp_path / "luohu.db")
    async with runtime(database) as one:
        await passwords(one).keep("mei", GIVEN)
        async with one.store.transaction() as db:
            ((name, owner, data, _),) = await db.rows("SELECT name, owner, data, until FROM beside")
            await db.run("INSERT INTO beside SELECT ?, owner, data, until FROM beside", one.keyed_hash("beside given", "bo"))
        assert owner == NO_VISIT and not any(word in name + data for word in (b"mei", b"wang", b"lantern", b"river"))
        assert await passwords(one).of("bo") is None, "sealed for another name"
    async with runtime(database, b"another key") as stranger:
        async with stranger.store.transaction() as db:
            await db.run("UPDATE beside SET name = ? WHERE name = ?", stranger.keyed_hash("beside given", "mei"), name)
        assert await passwords(stranger).of("mei") is None


async def test_spoiled_it_is_nothing(tmp_path: Path) -> None:
    async with runtime(str(tmp_path / "luohu.db")) as one:
        for spoiled in (b"", b"short", "text", bytes(100)):
            await passwords(one).keep("mei", GIVEN)
            async with one.store.transaction() as db:
                await db.run("UPDATE beside SET data = ?", spoiled)
            assert await passwords(one).of("mei") is None


async def test_it_goes_with_its_visit(tmp_path: Path) -> None:
    async with runtime(str(tmp_path / "luohu.db")) as one:
        turns = Turns(one)
        await one.learn_words(BOOK)
        owner = one.owner("kiosk", "somebody")
        await turns.take(owner, None, "key", lambda visit: (visit.saying(phase="asking"), Reply("asking")))
        await passwords(one).keep("page", GIVEN, owner)
        await turns.end(owner)
        assert await passwords(one).of("page") is None


async def test_a_form_sent_to_two_processes_at_once_is_done_once_and_answered_twice(postgres: Server) -> None:
    done = 0

    async def work() -> Response:
        nonlocal done
        done += 1
        await asyncio.sleep(0.1)
        return Response("as it is", 422, {"x-said": "once"})

    async with two(postgres) as (one, other):
        answers = await asyncio.gather(*(SentOnce(process).answer("form", work) for process in (one, other, one)))
        again = await SentOnce(other).answer("form", work)
        assert done == 1 and {(it.status_code, it.body, it.headers["x-said"]) for it in (*answers, again)} == {
            (422, b"as it is", "once")
        }
        await SentOnce(other).answer("another form", work)
        assert done == 2


async def test_a_form_whose_process_died_or_failed_is_done_by_another(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails() -> Response:
        raise RuntimeError

    async def works() -> Response:
        return Response("done")

    async with two(postgres) as (one, other):
        with pytest.raises(RuntimeError):
            await SentOnce(one).answer("form", fails)
        assert (await SentOnce(other).answer("form", works)).body == b"done"
        monkeypatch.setattr(sent_once, "WORKING", 1)
        assert await SentOnce(one)._begun.claim("killed")
        assert (await SentOnce(other).answer("killed", works)).body == b"done"
