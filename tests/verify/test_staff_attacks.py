"""Attacks on the desk's door and on the spoken codes: at full speed, on both stores; what was looked at, and what got through."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import argon2
import pytest

from bot.hotline import staff as staffs
from bot.hotline.staff import Staff, Visitor
from bot.store.attempts import TooMany
from bot.store.base import Store
from bot.store.cases import Case
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SQLiteStore
from bot.talk import codes, handoff
from bot.talk.handoff import Handoff
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from clerk import OWN, QUICK, desk_open
from conftest import BOOK
from helpers_faults import figure, report
from postgres import Server
from test_handoff import begun

STORES = ("sqlite", "postgresql")


@asynccontextmanager
async def open_desk(kind: str, folder: Path, postgres: Server) -> AsyncIterator[Turns]:
    store: Store = SQLiteStore(folder / "luohu.db") if kind == "sqlite" else PostgresStore(postgres.new_database())
    desk = Turns(Runtime(BOOK, store, b"key", 24))
    await desk.runtime.open()
    assert store.name == kind
    try:
        yield desk
    finally:
        await store.close()


class Counting(argon2.PasswordHasher):
    """Counts what it was asked to look at."""

    looked_at = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.looked_at += 1
        return super().verify(hash, password)


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.asyncio
async def test_a_thousand_wrong_passwords(
    kind: str, tmp_path: Path, postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    tries = figure(1_000, 100_000)
    async with open_desk(kind, tmp_path, postgres) as desk:
        hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
        staff = Staff(desk.runtime, hasher)
        await staff.add("mei", "agent", OWN)
        let_in = refused = 0
        own = Visitor("192.0.2.7", await staff.known("mei"))

        async def guess(number: int, addresses: int) -> None:
            nonlocal let_in, refused
            try:
                got = await staff.login("mei", f"{OWN}{number}", "", Visitor(f"198.51.100.{number % addresses}"))
                let_in += got is not None
            except TooMany:
                refused += 1

        for first in range(0, tries, 50):
            await asyncio.gather(*(guess(number, 1) for number in range(first, first + 50)))
        from_one = hasher.looked_at
        another = await staff.login("mei", OWN, "", Visitor("203.0.113.5"))
        hasher.looked_at = 0
        for first in range(0, tries, 50):
            await asyncio.gather(*(guess(number, 200) for number in range(first, first + 50)))
        from_many = hasher.looked_at
        at_home = await staff.login("mei", OWN, "", own)
    report(
        capsys, f"wrong passwords on {kind}", from_one_address=tries, looked_at=from_one, from_200_addresses=tries,
        looked_at_then=from_many, refused=refused, let_in=let_in,
        right_from_another_address=another is not None, right_from_the_known_browser=at_home is not None,
    )  # fmt: skip
    assert (from_one, from_one + from_many, let_in) == (staffs.TRIES_HERE, staffs.TRIES, 0)
    assert refused == 2 * tries - staffs.TRIES
    assert another is not None and at_home is not None


@pytest.mark.asyncio
async def test_wrong_passwords_over_http(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same against a real service, by its own front door."""
    tries = figure(1_000, 20_000)
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        attackers = [desk.stranger(f"10.9.{number}.1, 198.51.100.66") for number in range(20)]  # what the proxy saw stands last
        statuses: dict[int, int] = {}
        began = time.monotonic()
        for first in range(0, tries, 20):
            answers = await asyncio.gather(*(one.login("admin", f"guess-{first}") for one in attackers))
            for answer in answers:
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        seconds = time.monotonic() - began
        other = await desk.stranger("203.0.113.5").login("admin", desk.password)
        still = await chief.get("/desk")
    report(
        capsys, "wrong passwords over http", tries=tries, statuses=statuses, per_second=round(tries / seconds),
        right_from_another_address=other.status_code == 303,
    )  # fmt: skip
    assert statuses == {403: staffs.TRIES_HERE, 429: tries - staffs.TRIES_HERE}
    assert other.status_code == 303 and still.status_code == 200


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.asyncio
async def test_guessing_spoken_codes(
    kind: str, tmp_path: Path, postgres: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty agents who guess while two hundred codes are out: no more is looked at than the limit of all."""
    guesses = figure(100_000 if kind == "sqlite" else 10_000, 1_000_000)
    luck = random.Random(4)
    async with open_desk(kind, tmp_path, postgres) as desk:
        hand = Handoff(desk)
        for number in range(200):
            owner, _ = await begun(desk, f"a{number}", city="tianshui")
            assert await hand.code(owner)
        looked_at = hits = refused = 0
        real = Handoff._redeemed

        async def counted(self: Handoff, *what: Any) -> Any:
            nonlocal looked_at
            looked_at += 1
            return await real(self, *what)

        monkeypatch.setattr(Handoff, "_redeemed", counted)

        async def guess(number: int) -> None:
            nonlocal hits, refused
            try:
                hits += await hand.take_over(codes.spoken(luck.randrange(10**10)), f"agent{number % 50}") is not None
            except TooMany:
                refused += 1

        began = time.monotonic()
        for first in range(0, guesses, 500):
            await asyncio.gather(*(guess(number) for number in range(first, first + 500)))
        seconds = time.monotonic() - began
    report(
        capsys, f"guessed codes on {kind}", guesses=guesses, codes_out=200, looked_at=looked_at, refused=refused, hits=hits,
        per_second=round(guesses / seconds),
    )  # fmt: skip
    limit = next(limit for limit, _, _, whose in handoff.WRONG_CODES if whose == "all")
    assert looked_at <= limit and hits == 0 and looked_at + refused == guesses


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.asyncio
async def test_two_agents_race_for_every_code(
    kind: str, tmp_path: Path, postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    number_of_codes = figure(1_000, 20_000)
    winners: list[int] = []
    async with open_desk(kind, tmp_path, postgres) as desk:
        hand = Handoff(desk)

        async def race(number: int) -> None:
            owner, _ = await begun(desk, f"a{number}", city="tianshui")
            code = str(await hand.code(owner))
            got = await asyncio.gather(*(hand.take_over(code, f"{who}{number}") for who in ("mei", "li")), return_exceptions=True)
            failed = [one for one in got if isinstance(one, BaseException)]
            assert not failed, failed
            winners.append(sum(isinstance(one, Case) for one in got))

        for first in range(0, number_of_codes, 20):
            await asyncio.gather(*(race(number) for number in range(first, first + 20)))
            async with desk.runtime.store.transaction() as db:  # those who came second do not add up to the limit of all
                await db.run("DELETE FROM attempt")
        async with desk.runtime.store.transaction() as db:
            cases = (await db.rows("SELECT COUNT(*) FROM casefile"))[0][0]
            owners = (await db.rows("SELECT COUNT(DISTINCT owner) FROM casefile"))[0][0]
    one, none, both = winners.count(1), winners.count(0), winners.count(2)
    report(
        capsys, f"races for a code on {kind}", codes=len(winners), redeemers=2, one_winner=one, none=none, both=both, cases=cases
    )
    assert (one, none, both) == (number_of_codes, 0, 0)
    assert cases == owners == number_of_codes


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.asyncio
async def test_first_starts_side_by_side_make_one_supervisor(
    kind: str, tmp_path: Path, postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_desk(kind, tmp_path, postgres) as desk:
        got = await asyncio.gather(*(Staff(desk.runtime, QUICK).first() for _ in range(8)))
        passwords = [one for one in got if one is not None]
        names = [account.name for account in await Staff(desk.runtime, QUICK).list()]
        report(capsys, f"first starts on {kind}", processes=8, passwords=len(passwords), accounts=len(names))
        assert len(passwords) == 1 and names == ["admin"]
        assert await Staff(desk.runtime, QUICK).login("admin", passwords[0], "", Visitor("192.0.2.1"))
