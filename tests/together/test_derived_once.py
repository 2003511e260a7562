"""The question is derived once: `next_fact` runs at most once in a turn, after it; what was asked is kept with the visit, whatever
the channel."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.hotline.app import hotline
from bot.hotline.staff import Staff
from bot.kiosk.app import Kiosk
from bot.settings import Settings
from bot.store.sqlite import SQLiteStore
from bot.talk.visit import Visit, decode, encode
from clerk import OWN, Clerk
from conftest import BOOK
from flows.conversation import Session, Talk
from flows.policy import Policy
from helpers_void import Hand, line
from test_handoff import open_desk

pytestmark = pytest.mark.asyncio
MOST = 1


@pytest.fixture(name="derived")
def how_often_it_ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One number: how often the question was derived since it was last set to 0."""
    ran, real = [0], Policy.next_fact

    def counted(self: Policy, *args: Any, **named: Any) -> str | None:
        ran[0] += 1
        return real(self, *args, **named)

    monkeypatch.setattr(Policy, "next_fact", counted)
    yield ran


async def test_in_telegram(tmp_path: Path, derived: list[int]) -> None:
    buttons: list[str] = []

    def look(_: str, sent: dict[str, Any]) -> int:
        markup = sent.get("reply_markup") or {}
        buttons[:] = [one["callback_data"] for row in markup.get("inline_keyboard", ()) for one in row] or buttons
        return 5

    async with line(SQLiteStore(tmp_path / "luohu.db"), look) as one:
        hand, ran = Hand(7), []
        for said in ("/start", "天水", "1", "1"):
            derived[0] = 0
            await one.take(hand.says(said))
            ran.append(derived[0])
        for _ in range(2):
            derived[0] = 0
            await one.take(hand.taps(buttons[0], 5))
            ran.append(derived[0])
    assert max(ran) <= MOST and sum(ran) >= len(ran) // 2, ran  # what came before it was seen answers nothing


async def test_at_the_kiosk(tmp_path: Path, derived: list[int]) -> None:
    async with open_desk(tmp_path) as (turns, _):
        app = Starlette(routes=Kiosk(turns, Settings(touch_guard=0), lambda: None).routes())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
            browser, ran = Clerk(http), []
            await browser._send("POST", "/kiosk/begin", {}, {"language": "zh"})
            for words in ("answer city tianshui", "answer matter move_to_town", "answer ties lives", "why"):
                derived[0] = 0
                page = (await browser.get("/kiosk")).text
                assert derived[0] == 0 or words.startswith("answer city"), "a page asks what the press before it led to"
                form = dict(re.findall(r'name="(step|key)" value="([^"]+)"', page))
                derived[0] = 0
                assert (await browser._send("POST", "/kiosk/act", {}, form | {"do": words})).status_code == 303
                ran.append(derived[0])
    assert max(ran) <= MOST and sum(ran) >= len(ran) - 1, ran


async def test_at_the_desk(tmp_path: Path, derived: list[int]) -> None:
    async with open_desk(tmp_path) as (turns, _):
        await Staff(turns.runtime).add("mei", "agent", OWN)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=hotline(turns)), base_url="http://127.0.0.1") as http:
            mei, ran = Clerk(http), []
            await mei.login("mei", OWN)
            at = (await mei.post("/desk/new")).headers["location"]
            for words in ("tell city tianshui", "tell matter move_to_town", "tell housing rented"):
                form = dict(re.findall(r'name="(csrf|case|step|key)" value="([^"]+)"', (await mei.get(at)).text))
                derived[0] = 0
                assert (await mei._send("POST", f"{at}/turn", {}, form | {"do": words})).status_code == 303
                ran.append(derived[0])
    assert max(ran) <= MOST and sum(ran) >= len(ran) - 1, ran


async def test_what_was_asked_counts_under_the_policies_that_asked_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (turns, _):
        talk, words = Talk(BOOK, Session(phase="asking", facts={"city": "tianshui"})), turns.runtime.words
        assert talk.due == "matter"
        for city, kept in (("tianshui", True), ("wenzhou", False)):
            policy = BOOK.policy(city)
            assert policy is not None
            visit = decode(encode(Visit(talk, policy=policy.version), words), 1, words, BOOK)
            assert ("due" in visit.talk.__dict__) == kept and visit.talk.due == "matter"


async def test_a_sheet_that_is_due_is_kept_as_well(tmp_path: Path, derived: list[int]) -> None:
    async with open_desk(tmp_path) as (turns, _):
        policy, words = BOOK.policy("tianshui"), turns.runtime.words
        assert policy is not None
        talk = Talk(BOOK, Session(phase="result", facts={"city": "tianshui", "matter": "unsure"}))
        assert talk.due is None and derived[0] == 1
        assert decode(encode(Visit(talk, policy=policy.version), words), 1, words, BOOK).talk.due is None and derived[0] == 1
