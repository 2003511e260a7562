"""What a process leaves that died: a reply that was kept is sent, once, without a restart; a link has brought all along or nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import clock
from bot.store.base import StoreDown
from bot.store.outbox import AT_WORK
from bot.store.sqlite import SQLiteStore
from bot.talk import presses
from bot.talk.handoff import Handoff
from bot.talk.turns import Outgoing, Turns
from bot.talk.visit import Visit
from conftest import BOOK
from flows.conversation import Reply, Session, Talk
from helpers_void import Hand, Json, Line, Void, line
from test_handoff import FITS, begun

pytestmark = pytest.mark.asyncio


class Chat:
    """What arrived there."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def look(self, _: str, sent: Json) -> int:
        self.texts.append(sent["text"])
        return len(self.texts)


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest_asyncio.fixture
async def one(chat: Chat, tmp_path: Path) -> AsyncIterator[Line]:
    async with line(SQLiteStore(tmp_path / "luohu.db"), chat.look, riding=False) as opened:
        yield opened


async def later(one: Line, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """What a service does by itself after so many seconds."""
    real = time.time()
    monkeypatch.setattr(clock, "time", lambda: real + seconds)
    await one.channel.send_news()
    await asyncio.sleep(0.1)


async def test_what_was_kept_and_never_sent_is_taken_up_again(one: Line, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = one.desk.owner("telegram", 7)
    await one.desk.take(owner, None, "of a process that died", presses.begun, lambda _: Outgoing(7))
    await later(one, monkeypatch, AT_WORK - 1)
    assert chat.texts == [], "whoever it is may still be at it"
    await later(one, monkeypatch, AT_WORK + 1)
    assert len(chat.texts) == 1 and "想在哪个市办" in chat.texts[0]
    await later(one, monkeypatch, 3 * AT_WORK)
    assert len(chat.texts) == 1


async def test_what_is_owed_past_its_age_is_sent_to_nobody(one: Line, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = one.desk.owner("telegram", 7)
    await one.desk.take(owner, None, "of a process that died", presses.begun, lambda _: Outgoing(7))
    await later(one, monkeypatch, 25 * 3600)
    assert chat.texts == [] and await one.desk.owed() == []


async def test_a_sheet_that_was_kept_and_never_sent_stands_in_the_next_reply(one: Line, chat: Chat) -> None:
    def to_the_sheet(visit: Visit) -> tuple[Visit, Reply]:
        talk = Talk(BOOK, Session(phase="result", facts=FITS))
        return visit.having(talk=talk), talk.reply()

    hand, owner = Hand(7), one.desk.owner("telegram", 7)
    await one.desk.take(owner, None, "of a process that died", to_the_sheet, lambda _: Outgoing(7))
    await one.take(hand.says("谢谢", 3))
    assert any("落户告知单" in text for text in chat.texts)
    assert not any("/result" in text for text in chat.texts), "no word of how to see what is there"
    said = len(chat.texts)
    await one.take(hand.says("谢谢", 50))
    assert not any("落户告知单" in text for text in chat.texts[said:]), "now it is there"


async def test_what_broke_off_while_it_was_sent_is_taken_up_again(one: Line, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    started = asyncio.Event()

    async def hangs(*_: Any, **__: Any) -> tuple[int, bytes]:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    with monkeypatch.context() as line_is_dead:
        line_is_dead.setattr(Void, "do_request", hangs)
        hand, sender = Hand(7), one.channel.sender
        taking = [asyncio.create_task(one.take(hand.says("/start")))]
        await started.wait()
        taking.append(asyncio.create_task(one.take(hand.says("/help", 2))))
        async with asyncio.timeout(10):
            while not sender._waiting[7]:  # behind the one that hangs
                await asyncio.sleep(0.01)
        sender._tasks[7].cancel()
        await asyncio.wait(taking)
    await later(one, monkeypatch, AT_WORK + 1)
    assert len(chat.texts) == 1 and "想在哪个市办" in chat.texts[0]


@pytest.mark.parametrize("at", ["telegram", "the database"])
async def test_what_somebody_is_at_is_sent_once_however_long_that_takes(
    one: Line, chat: Chat, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    goes_on, real, sent = asyncio.Event(), Void.do_request, Turns.sent

    async def slow(void: Void, url: str, *values: Any, **named: Any) -> tuple[int, bytes]:
        if url.endswith("/sendMessage"):
            await goes_on.wait()
        return await real(void, url, *values, **named)

    async def away(desk: Turns, *values: Any) -> None:
        if not goes_on.is_set():
            raise StoreDown
        await sent(desk, *values)

    monkeypatch.setattr(*(Void, "do_request", slow) if at == "telegram" else (Turns, "sent", away))
    taking = asyncio.create_task(one.take(Hand(7).says("/start")))
    for minutes in range(1, 4):
        await asyncio.sleep(0.1)
        await later(one, monkeypatch, minutes * (AT_WORK + 1))
    goes_on.set()
    await taking
    await asyncio.sleep(1.2)
    await later(one, monkeypatch, 5 * (AT_WORK + 1))
    assert len(chat.texts) == len(set(chat.texts)) == 2, "the welcome, and the question"


class Dead(BaseException):
    """The end of a process."""


async def test_wherever_it_dies_while_a_link_brings_answers_to_a_chat_they_are_there_or_here(
    one: Line, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, deaths, run = 0, 0, SQLiteStore.run

    async def mortal(store: SQLiteStore, sql: str, *values: object) -> int:
        nonlocal left
        left -= 1
        if left == 0:
            raise Dead
        return await run(store, sql, *values)

    monkeypatch.setattr(SQLiteStore, "run", mortal)
    there, here = (await begun(one.desk, "a", **FITS))[0], one.desk.owner("telegram", 7)
    start = Hand(7).says(f"/start {await Handoff(one.desk).link(there)}")
    while not chat.texts:
        left = deaths = deaths + 1
        with suppress(Dead):
            await one.take(start)
        left = 0
        assert chat.texts or ((await one.desk.read(there)).session.facts == FITS and not (await one.desk.read(here)).version)
    assert (await one.desk.read(here)).session.facts == FITS and not (await one.desk.read(there)).version
    assert deaths > 8 and "落户告知单" in chat.texts[0]
