"""Who comes in at the hotline's desk, who does not, and when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import argon2
import pyotp
import pytest

from bot import clock as clocks
from bot.hotline import staff as staffs
from bot.hotline.staff import Member, Refused, Staff, Visitor
from bot.store.attempts import TooMany, admitted
from bot.store.sqlite import SQLiteStore
from bot.talk import retention
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from clerk import OWN, QUICK
from conftest import BOOK

HERE = Visitor("192.0.2.1")
THERE = Visitor("192.0.2.2")


@asynccontextmanager
async def open_staff(folder: Path) -> AsyncIterator[Staff]:
    desk = Turns(Runtime(BOOK, SQLiteStore(folder / "luohu.db"), b"key", 24))
    await desk.runtime.open()
    try:
        yield Staff(desk.runtime, QUICK)
    finally:
        await desk.runtime.store.close()


class Clock:
    """A clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = clocks.now()
        monkeypatch.setattr(clocks, "time", lambda: self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


# ---- accounts ----


@pytest.mark.asyncio
async def test_only_the_right_name_and_password_come_in(tmp_path: Path) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("Mei", "agent", OWN)
        token = await staff.login(" ｍｅｉ ", OWN, "", HERE)
        assert token is not None and len(token) * 6 >= 128
        assert await staff.member_of(token) == Member("mei", "agent")
        for name, password in (
            ("mei", OWN + "x"),
            ("mei", ""),
            ("li", OWN),
            ("", ""),
            ("mei", OWN + "\0"),
            ("m" * 9999, "x" * 9999),
        ):
            assert await staff.login(name, password, "", THERE) is None
        for wrong in ("", "x", token[:-1], token + "A", "\udcff", "０"):
            assert await staff.member_of(wrong.encode(errors="replace").decode()) is None


@pytest.mark.asyncio
async def test_what_is_stored_is_neither_password_nor_token(tmp_path: Path) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("mei", "agent", OWN)
        token = str(await staff.login("mei", OWN, "", HERE))
        await staff.login("nobody", "wrong", "", HERE)
        async with staff.runtime.store.transaction() as db:
            rows = [
                str([bytes(one) if isinstance(one, memoryview) else one for one in row])
                for table in ("staff", "login", "attempt")
                for row in await db.rows(f"SELECT * FROM {table}")
            ]
    assert "$argon2id$" in " ".join(rows)
    for secret in (OWN, token, "nobody", HERE.address):
        assert secret not in " ".join(rows)


@pytest.mark.parametrize(
    "password",
    ["", "short-one", "x" * 201, "1234567890", "password12345", "aaaaaaaaaaaaaa", "qwertyuiop12", "mei-mei-mei-mei", "Woaini5201314",
     "admin20261122", "1qaz2wsx3edc", "ababababababab", "Luohu12345678"],
)  # fmt: skip
@pytest.mark.asyncio
async def test_short_and_common_passwords_are_refused(tmp_path: Path, password: str) -> None:
    async with open_staff(tmp_path) as staff:
        with pytest.raises(Refused):
            await staff.add("mei", "agent", password)
        assert await staff.list() == []


@pytest.mark.parametrize(
    "password", [OWN, "correct horse battery staple", "清明时节雨纷纷路上行人", "Tg7#kQ2!vX9z", "  with spaces  "]
)
@pytest.mark.asyncio
async def test_other_passwords_are_taken_as_they_are(tmp_path: Path, password: str) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("mei", "agent", password)
        assert await staff.login("mei", password, "", HERE)
        assert await staff.login("mei", password.swapcase() + "x", "", HERE) is None


@pytest.mark.asyncio
async def test_what_cannot_be_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("chief", "supervisor", OWN)
        for wrong in (
            staff.add("CHIEF", "agent", OWN),
            staff.add("x", "agent", OWN),
            staff.add("<b>mei</b>", "agent", OWN),
            staff.add("mei", "boss", OWN),
            staff.disable("chief"),
            staff.disable("nobody"),
            staff.reset("nobody"),
            staff.set_password("nobody", OWN),
        ):
            with pytest.raises(Refused):
                await wrong
        assert [account.name for account in await staff.list()] == ["chief"]


LOOK_ALIKES = [
    "анна",
    "аnna",
    "αnna",
    "小美",
    "..",
    "a..b",
    "a.",
    ".anna",
    "-anna",
    "_x",
    "1anna",
    "an na",
    "añna",
    "ａ．．",
    "a",
    "a" * 33,
]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", LOOK_ALIKES)
async def test_a_new_name_looks_like_no_other(tmp_path: Path, name: str) -> None:
    async with open_staff(tmp_path) as staff:
        for one in ("anna", "mei.li_2-b", "ＭＥＩ"):
            await staff.add(one, "agent", OWN)
        before = [account.name for account in await staff.list()]
        with pytest.raises(Refused):
            await staff.invite(name, "agent")
        assert [account.name for account in await staff.list()] == before == ["anna", "mei", "mei.li_2-b"]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["анна", "小美", ".."])
async def test_a_name_of_before_goes_on_working(tmp_path: Path, name: str) -> None:
    async with open_staff(tmp_path) as staff:
        await staff._insert(name, "agent", OWN, fresh=False)
        assert await staff.login(name, OWN, "", HERE)
        await staff.disable(name)
        assert await staff.reset(name)


@pytest.mark.asyncio
async def test_a_login_ends(tmp_path: Path, clock: Clock) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("chief", "supervisor", OWN)
        await staff.add("mei", "agent", OWN)

        async def come_in() -> str:
            return str(await staff.login("mei", OWN, "", HERE))

        async def still_in(token: str) -> bool:
            return await staff.member_of(token) is not None

        first, second = await come_in(), await come_in()
        assert first != second
        await staff.logout(first)
        assert not await still_in(first) and await still_in(second)

        for end in (staff.disable("mei"), staff.set_password("mei", OWN), staff.reset("mei")):
            token = await come_in()
            await end
            assert not await still_in(token)
            await staff.set_password("mei", OWN)
            assert not await still_in(token), "what has ended does not come back"

        token = await come_in()
        await staff.disable("mei")
        assert await staff.login("mei", OWN, "", HERE) is None
        async with staff.runtime.store.transaction() as db:
            assert await db.rows("SELECT * FROM login") == []
        await staff.set_password("mei", OWN)
        token = await come_in()
        async with staff.runtime.store.transaction() as db:
            await db.run("UPDATE staff SET disabled = 1")  # by another way than ours
        assert not await still_in(token)
        await staff.set_password("mei", OWN)

        token = await come_in()
        clock.at += retention.LOGIN_IDLE - 1
        assert await still_in(token)
        clock.at += retention.LOGIN_IDLE - 1
        assert await still_in(token), "it was used in between"
        clock.at += retention.LOGIN_IDLE
        assert not await still_in(token)

        token = await come_in()
        for _ in range(retention.LOGINS // (retention.LOGIN_IDLE - 1)):
            clock.at += retention.LOGIN_IDLE - 1
            assert await still_in(token)
        clock.at += retention.LOGIN_IDLE - 1
        assert not await still_in(token), "twelve hours are the longest"


@pytest.mark.asyncio
async def test_a_one_time_password_is_for_once_and_for_a_week(tmp_path: Path, clock: Clock) -> None:
    async with open_staff(tmp_path) as staff:
        password = await staff.first()
        assert password is not None and await staff.first() is None, "only where there is nobody"
        token = str(await staff.login("admin", password, "", HERE))
        assert await staff.member_of(token) == Member("admin", "supervisor", fresh=True)
        await staff.set_password("admin", OWN)
        assert await staff.login("admin", password, "", HERE) is None
        invited = await staff.invite("mei", "agent")
        clock.at += retention.ONE_TIME_PASSWORDS
        assert await staff.login("mei", invited, "", HERE)
        clock.at += 1
        assert await staff.login("mei", invited, "", HERE) is None
        again = await staff.reset("mei")
        assert await staff.login("mei", again, "", HERE)


@pytest.mark.asyncio
async def test_codes_of_a_phone_work_once_and_for_a_minute_and_a_half(tmp_path: Path, clock: Clock) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("mei", "agent", OWN)
        token = str(await staff.login("mei", OWN, "", HERE))
        seed = staff.new_seed(token)
        phone = pyotp.TOTP(staff.totp("mei", seed).secret)

        async def enters(code: str) -> bool:
            return await staff.login("mei", OWN, code, HERE) is not None

        assert not await staff.begin_totp("mei", seed, "000000") and await enters(""), "not before the phone has it"
        assert await staff.begin_totp("mei", seed, phone.at(clock.at))
        assert not await enters(phone.at(clock.at)), "used for setting up"
        clock.at += 60
        code = phone.at(clock.at)
        assert not await enters("") and not await enters("abcdef")
        assert await enters(f"{code[:3]} {code[3:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９")))
        assert not await enters(code), "a code that somebody looked at over the shoulder"
        clock.at += staffs.WINDOW
        assert not await enters(phone.at(clock.at - 60)) and not await enters(phone.at(clock.at + 60))
        assert await enters(phone.at(clock.at - 30))
        assert await enters(phone.at(clock.at + 30))
        assert not await enters(phone.at(clock.at)), "older than one that was used"
        async with staff.runtime.store.transaction() as db:
            assert seed in str(await db.rows("SELECT * FROM staff"))
        thief = Staff(Runtime(BOOK, SQLiteStore(tmp_path / "stolen.db"), b"another key", 24))
        assert thief.totp("mei", seed).secret != phone.secret, "the database alone makes no codes"
        assert await staff.reset("mei") and not await staff.has_totp("mei"), "the phone is lost"


@pytest.mark.asyncio
async def test_of_two_logins_with_one_code_one_comes_in(tmp_path: Path, clock: Clock) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("mei", "agent", OWN)
        seed = staff.new_seed("x")
        phone = staff.totp("mei", seed)
        assert await staff.begin_totp("mei", seed, phone.at(clock.at))
        for _ in range(5):
            clock.at += staffs.WINDOW
            code = phone.at(clock.at)
            got = await asyncio.gather(*(staff.login("mei", OWN, code, Visitor(f"192.0.2.{n}")) for n in range(4)))
            assert sum(token is not None for token in got) == 1


@pytest.mark.asyncio
async def test_guessing_ends_and_keeps_nobody_out(tmp_path: Path, clock: Clock) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("mei", "agent", OWN)
        known = Visitor(HERE.address, await staff.known("mei"))

        async def looked_at(visitor: Visitor, name: str = "mei", password: str = OWN[1:]) -> bool:
            try:
                await staff.login(name, password, "", visitor)
            except TooMany:
                return False
            return True

        assert sum([await looked_at(HERE) for _ in range(20)]) == staffs.TRIES_HERE
        assert not await looked_at(HERE, password=OWN), "even the right one is not looked at"
        assert await staff.login("mei", OWN, "", THERE), "another address comes in"
        assert await staff.login("mei", OWN, "", known), "and the agent's own browser, from the same address"
        everywhere = [await looked_at(Visitor(f"198.51.100.{n}")) for n in range(100)]
        assert sum(everywhere) == staffs.TRIES - staffs.TRIES_HERE
        assert await staff.login("mei", OWN, "", known)
        forged = Visitor("203.0.113.9", await staff.known("li"))
        assert not await looked_at(forged), "not by what another account's browser has"
        assert sum([await looked_at(Visitor("203.0.113.1"), f"name{n}") for n in range(80)]) == staffs.TRIES_ADDRESS
        async with staff.runtime.store.transaction() as db:
            buckets = (await db.rows("SELECT COUNT(*) FROM attempt"))[0][0]
            for number in range(100):
                assert not await admitted(db, staff._buckets(f"more{number}", Visitor("203.0.113.1"), ""))
            assert (await db.rows("SELECT COUNT(*) FROM attempt"))[0][0] == buckets, "a flood fills no table"
        clock.at += staffs.WINDOW
        assert await looked_at(HERE)


@pytest.mark.asyncio
async def test_a_right_password_costs_no_try(tmp_path: Path) -> None:
    async with open_staff(tmp_path) as staff:
        await staff.add("mei", "agent", OWN)
        for _ in range(3 * staffs.TRIES):
            assert await staff.login("mei", OWN, "", HERE)


@pytest.mark.asyncio
async def test_a_name_that_there_is_not_is_as_much_work(tmp_path: Path) -> None:
    """What argon2 was asked to do, not how long it took: that would be another figure on every machine."""
    worked: list[str] = []

    class Counting(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            worked.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    async with open_staff(tmp_path) as staff:
        staff._hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
        await staff.add("mei", "agent", OWN)
        await staff.add("li", "agent", OWN)
        await staff.disable("li")
        for name in ("mei", "li", "nobody"):
            assert await staff.login(name, "wrong" + OWN, "", HERE) is None
    assert len(worked) == 3 and len(set(worked)) == 1


def test_the_parameters_of_a_hash_are_those_recommended() -> None:
    hasher = Staff(Runtime(BOOK, SQLiteStore(Path("unused")), b"key", 24))._hasher
    assert hasher.type is argon2.Type.ID and hasher.memory_cost >= 19 * 1024 and hasher.time_cost >= 2
