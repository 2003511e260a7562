"""The clock on the wall may be put forward or back: what lasts so long lasts so long, and dates are the wall's."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from bot import clock
from bot.hotline import staff as staffs
from bot.store.attempts import TooMany
from bot.store.sqlite import SQLiteStore
from bot.talk.handoff import Handoff
from bot.talk.presses import begun, restarted
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from botapi import BotApi
from clerk import OWN
from conftest import BOOK
from person import Person
from service import serving
from test_handoff import FITS, tells
from test_staff import HERE, open_staff

HOUR = 3600
JUMPS = [hours * HOUR for hours in (1, -1, 8, -8, 24 * 30)]
WALL = time.time


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_ahead", clock._ahead)


def jump(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("time.time", lambda: WALL() + seconds)


@pytest.mark.parametrize("by", JUMPS)
def test_moments_do_not_follow_the_wall_and_dates_do(monkeypatch: pytest.MonkeyPatch, by: int) -> None:
    before = clock.now()
    jump(monkeypatch, by)
    assert 0 <= clock.now() - before <= 1
    assert abs(clock.by_the_wall(clock.now()) - (before + by)) <= 2
    assert clock.today() == datetime.fromtimestamp(WALL() + by, UTC).astimezone(clock.ZONE).date().isoformat()


def test_moments_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clock.time()
    time.sleep(0.05)
    assert 0.05 <= clock.time() - before < 5
    assert abs(clock.time() - WALL()) < 5, "they begin where the wall is"


@pytest.mark.asyncio
async def test_whoever_forgets_and_begins_anew_has_no_version_twice(tmp_path: Path) -> None:
    """Else what is still under way for the talk before would be taken for the new one's."""
    turns = await opened(tmp_path)
    try:
        owner, last = turns.owner("telegram", 1), None
        for number in range(20):
            last = (await turns.take(owner, None, f"answer {number}", restarted if number % 2 else begun)).visit
            await asyncio.sleep(0.002)
        await turns.forget(owner, "forget")
        new = (await turns.take(owner, None, "begin", begun)).visit
        assert last is not None and new.version > last.version
    finally:
        await turns.runtime.store.close()


async def opened(folder: Path) -> Turns:
    turns = Turns(Runtime(BOOK, SQLiteStore(folder / "luohu.db"), b"key", 1))
    await turns.runtime.open()
    return turns


@pytest.mark.asyncio
@pytest.mark.parametrize("by", JUMPS)
@pytest.mark.parametrize("restart", [False, True])
async def test_visits_holds_and_codes_live_as_long_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: int, restart: bool
) -> None:
    turns = await opened(tmp_path)
    kiosk, chat = turns.owner("kiosk", 1), turns.owner("telegram", 2)
    await turns.take(kiosk, None, "1", begun)
    await turns.take(kiosk, None, "2", tells(**FITS))
    await turns.take(chat, None, "3", begun)
    await turns.take(chat, None, "4", tells(**FITS))
    code, other = await Handoff(turns).code(kiosk), await Handoff(turns).code(chat)
    assert await Handoff(turns).take_over(str(other), "mei") is not None
    jump(monkeypatch, by)
    if restart:
        await turns.runtime.store.close()
        monkeypatch.setattr(clock, "_ahead", time.time() - clock._steady())  # as a new process begins
        turns = await opened(tmp_path)
    assert await turns.purge() == 0
    assert (await turns.read(kiosk)).session.facts == FITS
    assert turns.present(await turns.read(chat)).phase == "held"
    assert await Handoff(turns).take_over(str(code), "mei") is not None
    await turns.runtime.store.close()


@pytest.mark.asyncio
async def test_after_a_start_of_the_machine_moments_do_not_go_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = await opened(tmp_path)
    await turns.take(turns.owner("telegram", 1), None, "1", begun)
    last = clock.now()
    await turns.runtime.store.close()
    monkeypatch.setattr(clock, "boot", lambda: "another")
    for by, least, most in ((-8 * HOUR, 0, 5), (8 * HOUR, 8 * HOUR, 8 * HOUR + 5)):
        jump(monkeypatch, by)
        monkeypatch.setattr(clock, "_ahead", time.time() - clock._steady())
        turns = await opened(tmp_path)
        assert least <= clock.now() - last <= most
        await turns.runtime.store.close()
        monkeypatch.setattr(clock, "boot", lambda: "a third")


PUT_BACK_AND_FORTH = """
import pathlib, time
_real, _file = time.time, pathlib.Path(__file__).with_name("jump")
time.time = lambda: _real() + (float(_file.read_text()) if _file.exists() else 0)
"""


@pytest.mark.asyncio
@pytest.mark.long
async def test_a_running_service_does_not_mind(tmp_path: Path) -> None:
    """A real process, whose wall is put forward and back, over a restart, too; a talk is kept for an hour."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(PUT_BACK_AND_FORTH, encoding="utf-8")
    async with BotApi() as api, serving(api, tmp_path, PYTHONPATH=str(hook), LUOHU_RETENTION_HOURS="1") as service:
        person = Person(api)
        await person.talks("/start", "天水", "城镇")
        answered = {"天水"}
        for by in JUMPS:
            (hook / "jump").write_text(str(by))
            if by < 0:
                await service.stop()
                await service.start()
            answer = await person.says("/answers")
            assert all(any(word in label for label in answer.labels) for word in answered), answer.text


@pytest.mark.asyncio
@pytest.mark.parametrize("by", JUMPS)
async def test_logins_and_wrong_tries_last_as_long_as_ever_and_a_phones_code_is_by_the_wall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: int
) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("mei", "agent", OWN)
        token = str(await staff.login("mei", OWN, "", HERE))
        for _ in range(staffs.TRIES_HERE):
            assert await staff.login("li", "wrong", "", HERE) is None
        jump(monkeypatch, by)
        with pytest.raises(TooMany):
            await staff.login("li", "wrong", "", HERE)
        assert await staff.member_of(token) is not None
        phone = pyotp.TOTP(staff.totp("mei", staff.new_seed(token)).secret)
        assert await staff.begin_totp("mei", staff.new_seed(token), phone.at(int(WALL() + by)))
