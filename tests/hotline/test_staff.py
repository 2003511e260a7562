"""Who comes in at the hotline's desk, who does not, and when it ends."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import argon2
import httpx
import pyotp
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot import clock as clocks
from bot.hotline import access as doors
from bot.hotline import staff as staffs
from bot.hotline.access import Access, Unguarded
from bot.hotline.app import hotline
from bot.hotline.staff import Member, Refused, Staff, Visitor
from bot.store.attempts import TooMany, admitted
from bot.store.sqlite import SQLiteStore
from bot.talk import retention
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.web.security_headers import HEADERS
from clerk import OWN, QUICK, Clerk, desk_open, given
from conftest import BOOK
from proxy import free_port
from service import LUOHU, environment

HERE = Visitor("192.0.2.1")
THERE = Visitor("192.0.2.2")
GIVEN = "的一次性密码，只显示这一次"
SUPERVISORS_ONLY = {
    "/desk/staff", "/desk/figures", "/desk/figures.csv", "/desk/case/{case}/take", "/desk/case/{case}/end",
}  # fmt: skip


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
        async with staff._runtime.store.transaction() as db:
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
        async with staff._runtime.store.transaction() as db:
            assert await db.rows("SELECT * FROM login") == []
        await staff.set_password("mei", OWN)
        token = await come_in()
        async with staff._runtime.store.transaction() as db:
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
        async with staff._runtime.store.transaction() as db:
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
        async with staff._runtime.store.transaction() as db:
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


# ---- the door ----


async def _page(_: Request, __: Member) -> Response:
    return Response("in")


async def _bare(_: Request) -> Response:
    return Response("in")


@pytest.mark.asyncio
async def test_a_desk_with_an_unguarded_page_does_not_start(tmp_path: Path) -> None:
    async with open_staff(tmp_path) as staff:
        door = Access(staff)
        door.app([door.route("/desk/new", _page)])
        with pytest.raises(Unguarded):
            door.app([Route("/desk/new", _bare)])
        for roles in ((), ("boss",), ("agent", "boss")):
            with pytest.raises(Unguarded):
                door.route("/desk/new", _page, roles=roles)


def written_routes() -> list[tuple[str, str]]:
    """(method, path) of every page of the desk, from the router itself."""
    desk = Turns(Runtime(BOOK, SQLiteStore(Path("unused")), b"key", 24))
    found = [
        (method, re.sub(r"{\w+(:\w+)?}", "0", route.path))
        for route in _all(hotline(desk).routes)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]
    assert len(found) >= 10
    return sorted(found, key=lambda one: one[1] == "/desk/logout")  # last: after it nobody is in


def _all(routes: list[BaseRoute]) -> list[Route]:
    return [route for route in routes if isinstance(route, Route)]


async def asked(clerk: Clerk, method: str, path: str) -> httpx.Response:
    return await (clerk.get(path) if method == "GET" else clerk.post(path))


@pytest.mark.asyncio
async def test_every_page_for_every_role(tmp_path: Path) -> None:
    """The matrix of routes and roles, from the router: nobody has a page that is not theirs, everybody has their own."""
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        who: dict[str, Clerk] = {"anonymous": desk.stranger(), "supervisor": chief}
        for name in ("agent", "disabled", "expired", "too_long"):
            who[name] = await desk.member(name)
        await chief.post("/desk/staff", do="disable", name="disabled")
        desk.alter("UPDATE login SET touched = touched - ? WHERE staff = 'expired'", retention.LOGIN_IDLE)
        desk.alter("UPDATE login SET began = began - ? WHERE staff = 'too_long'", retention.LOGINS)
        tried = 0
        for method, path in written_routes():
            for name, clerk in who.items():
                answer = await asked(clerk, method, path)
                tried += 1
                case = (method, path, name, answer.status_code)
                if path == "/desk/login":
                    assert answer.status_code in (200, 303, 403, 429), case
                    assert name in ("agent", "supervisor") or doors.COOKIE not in answer.headers.get("set-cookie", ""), case
                elif name not in ("agent", "supervisor"):
                    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/login"), case
                elif name == "agent" and path.replace("/0", "/{case}") in SUPERVISORS_ONLY:
                    assert answer.status_code == 403, case
                else:
                    assert answer.status_code not in (401, 403, 500, 503), case
                    assert answer.headers.get("location") != "/desk/login" or path == "/desk/logout", case
        assert tried == 6 * len(written_routes())


@pytest.mark.asyncio
async def test_no_form_without_the_token_of_its_login(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        other = await desk.member("other", "supervisor")
        forms = [path for method, path in written_routes() if method == "POST"]
        assert "/desk/staff" in forms and "/desk/logout" in forms
        for path in forms:
            for site in ("cross-site", "same-site"):
                sent = await chief.post(path, None, {"sec-fetch-site": site}, do="disable", name="other")
                assert sent.status_code == 403, (path, site)
            sent = await chief.post(path, None, {"origin": "https://elsewhere.example"}, do="disable", name="other")
            assert sent.status_code == 403, path
            if path == "/desk/login":
                continue
            for token in ("", "x", "0" * 32, await other.token(), "é"):
                sent = await chief.post(path, token, do="disable", name="other")
                assert sent.status_code == 403, (path, token)
            sent = await chief._send("POST", f"{path}?csrf={await chief.token()}", {}, {"do": "disable", "name": "other"})
            assert sent.status_code == 403, "a token in the address is none"
        assert (await other.get("/desk/staff")).status_code == 200, "nothing was done"


@pytest.mark.asyncio
async def test_headers_on_every_page_and_every_error(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        stranger = desk.stranger()
        answers = [await asked(clerk, method, path) for method, path in written_routes() for clerk in (stranger, chief)]
        answers.append(await desk.stranger().login("chief", OWN))
        answers += [await chief.get(path) for path in ("/desk/no", "/", "/desk/../x", "/static/no.css", "/live", "/kiosk")]
        answers += [await chief._send(method, "/desk/login", {}) for method in ("PUT", "DELETE", "TRACE")]
        answers.append(
            await desk.http.post(
                "/desk/login", content=b"x" * 70_000, headers={"content-type": "application/x-www-form-urlencoded"}
            )
        )
        answers.append(await desk.http.post("/desk/login", content=b"{}", headers={"content-type": "application/json"}))
        answers.append(
            await desk.http.post(
                "/desk/login", content=b"name=%ff", headers={"content-type": "application/x-www-form-urlencoded"}
            )
        )
        desk.alter("ALTER TABLE staff RENAME TO elsewhere")  # as if the database were broken
        broken = await stranger.login("admin", OWN)
        assert broken.status_code == 503
        statuses = {answer.status_code for answer in (*answers, broken)}
        assert statuses >= {200, 303, 400, 403, 404, 405, 413, 415, 503}, statuses
        for answer in (*answers, broken):
            for name, value in HEADERS.items():
                assert answer.headers.get(name) == value, (answer.request.url, name)
            assert answer.headers["cache-control"] == "no-store", answer.request.url
            assert "server" not in answer.headers
            for line in answer.headers.get_list("set-cookie"):
                assert line.startswith("__Host-"), line
                assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= set(line.split("; ")), line
                assert "Domain" not in line


@pytest.mark.asyncio
async def test_a_login_gets_a_token_that_nobody_had_before(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        mine = chief.cookies[doors.COOKIE]
        victim = desk.stranger()
        victim.cookies[doors.COOKIE] = "x" * 43  # put there by somebody else
        await victim.login("chief", OWN)
        assert victim.cookies[doors.COOKIE] not in ("x" * 43, mine)
        victim.cookies[doors.COOKIE] = mine
        assert (await victim.login("chief", OWN)).headers["location"] == "/desk"
        assert (await chief.get("/desk")).status_code == 303, "what the browser had before is over"
        before = dict(victim.cookies)
        assert (await victim.chooses(OWN, OWN + "!")).headers["location"] == "/desk"
        assert victim.cookies[doors.COOKIE] != before[doors.COOKIE]
        assert (await Clerk(desk.http, cookies=before).get("/desk")).status_code == 303
        after = dict(victim.cookies)
        assert (await victim.post("/desk/logout")).headers["location"] == "/desk/login"
        assert doors.COOKIE not in victim.cookies
        assert (await Clerk(desk.http, cookies=after).get("/desk")).status_code == 303


@pytest.mark.asyncio
async def test_a_one_time_password_opens_nothing_but_the_page_to_change_it(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = desk.stranger()
        await chief.login("admin", desk.password)
        for method, path in written_routes():
            if path not in ("/desk/login", "/desk/password", "/desk/logout"):
                assert (await asked(chief, method, path)).headers["location"] == "/desk/password", path
        for new, again in (
            ("short", "short"),
            (OWN, OWN + "x"),
            (desk.password, desk.password),
            ("password1234", "password1234"),
        ):
            assert (await chief.post("/desk/password", password=desk.password, new=new, again=again)).status_code == 422
        assert (await chief.chooses("not the one-time one")).status_code == 422
        assert (await chief.chooses(desk.password)).headers["location"] == "/desk"
        assert (await chief.get("/desk/staff")).status_code == 200
        assert (await desk.stranger().login("admin", desk.password)).status_code == 403
        await desk.service.stop()
        await desk.service.start()
        assert desk.service.log.count("一次性密码") == 1, "only at the first start"
        assert (await chief.get("/desk/staff")).status_code == 200, "a login outlives a restart"


def test_the_first_password_goes_to_the_terminal_and_not_to_the_log(tmp_path: Path) -> None:
    settings = environment(
        LUOHU_LISTEN=f"127.0.0.1:{free_port()}", LUOHU_DESK_LISTEN=f"127.0.0.1:{free_port()}", LUOHU_LOG="debug"
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([LUOHU, "serve"], cwd=tmp_path, env=settings, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        line = next(line for line in iter(process.stdout.readline, "") if "一次性密码" in line)
        found = re.search(r"[a-z0-9-]{19}", line)
        process.terminate()
        rest = process.stdout.read()
        process.wait(20)
    finally:
        process.kill()
        process.stdout.close()
    logged = (tmp_path / "log").read_text(encoding="utf-8")
    assert found and found[0] not in rest and "started" in logged and "stopped" in logged
    assert found[0] not in logged and "admin" not in logged


@pytest.mark.asyncio
async def test_a_one_time_password_is_shown_once_and_to_who_asked_for_it(tmp_path: Path) -> None:
    """A page that is loaded again gives no second one, which would throw the first one's owner out."""
    async with desk_open(tmp_path) as desk:
        chief, other = await desk.member("chief", "supervisor"), await desk.member("other", "supervisor")
        await desk.member("mei")
        sent = await chief.post("/desk/staff", do="reset", name="mei")
        assert (sent.status_code, sent.headers["location"]) == (303, "/desk/staff") and not sent.text
        assert GIVEN not in (await other.get("/desk/staff")).text
        once = given(await chief.get("/desk/staff"))
        for page in [await chief.get("/desk/staff") for _ in range(2)]:
            assert once not in page.text and GIVEN not in page.text
        assert (await desk.stranger().login("mei", once)).status_code == 303


@pytest.mark.asyncio
async def test_nobody_throws_themselves_out(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        await desk.member("other", "supervisor")
        for do in ("reset", "disable"):
            for name in ("chief", " CHIEF"):
                answer = await chief.post("/desk/staff", do=do, name=name)
                assert answer.status_code == 422 and "您自己的账户" in answer.text
        page = (await chief.get("/desk/staff")).text
        assert 'name="name" value="other"' in page and 'name="name" value="chief"' not in page


@pytest.mark.asyncio
async def test_the_bare_address_leads_to_the_desk(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        mei = await desk.member("mei")
        assert (await mei.get("/")).headers["location"] == "/desk"
        assert (await desk.stranger().get("/")).headers["location"] == "/desk/login"


@pytest.mark.asyncio
async def test_nothing_secret_in_the_log_in_addresses_or_in_pages(tmp_path: Path) -> None:
    secrets = ["canary-pass-of-mei-7", "canary-wrong-pass-3", "canary-name-nobody", "canaryuser"]
    async with desk_open(tmp_path, LUOHU_LOG="debug") as desk:
        chief = await desk.member("chief", "supervisor")
        one_time = await chief.secret(do="add", name="canaryuser", role="agent")
        mei = desk.stranger()
        pages = [
            await mei.login("canaryuser", one_time),
            await mei.chooses(one_time, secrets[0]),
            await mei.chooses(secrets[1], secrets[0] + "x"),
            await mei.login("canary-name-nobody", secrets[1]),
            await mei.get("/desk/password"),
            await mei.get("/desk/totp"),
            await mei.post("/desk/totp", password=secrets[1], code="123456"),
            await chief.get("/desk/staff"),
        ]
        for page in pages:
            for secret in (secrets[0], secrets[1], one_time, OWN):
                assert secret not in page.text
            for secret in (*secrets, one_time, *mei.cookies.values()):
                assert secret not in str(page.url) and secret not in page.headers.get("location", "")
                assert secret not in page.headers.get("content-security-policy", "")
        log = desk.service.log
        assert "login outcome=wrong" in log
        for secret in (*secrets, one_time, OWN, *mei.cookies.values(), *chief.cookies.values()):
            assert secret not in log


@pytest.mark.asyncio
async def test_a_phone_is_set_up_at_the_desk(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        text = (await chief.get("/desk/totp")).text
        found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', text)
        assert found and "<svg" in text and "style=" not in text
        phone = pyotp.TOTP(found[1].replace(" ", ""))
        assert (await chief.post("/desk/totp", password="wrong", code=phone.now())).status_code == 422
        assert (await chief.post("/desk/totp", password=OWN, code="000000")).status_code == 422
        code = phone.now()
        assert (await chief.post("/desk/totp", password=OWN, code=code)).status_code == 303
        assert found[1] not in (await chief.get("/desk/totp")).text, "shown no more"
        assert (await desk.stranger("198.51.100.1").login("chief", OWN)).status_code == 403
        assert (await desk.stranger("198.51.100.1").login("chief", OWN, code)).status_code == 403
        desk.alter("UPDATE staff SET counter = counter - 1 WHERE name = 'chief'")  # half a minute later
        assert (await desk.stranger("198.51.100.2").login("chief", OWN, code)).status_code == 303
        assert (await chief.post("/desk/totp", password=OWN)).status_code == 303
        assert (await desk.stranger("198.51.100.3").login("chief", OWN)).status_code == 303


@pytest.mark.asyncio
async def test_the_terminal_manages_accounts_while_no_service_holds_the_file(tmp_path: Path) -> None:
    def luohu(*arguments: str, said: str = "") -> tuple[int, str, str]:
        command: list[str | Path] = [LUOHU, "staff", *arguments]
        settings = environment(LUOHU_DATABASE="luohu.db")
        done = subprocess.run(command, cwd=tmp_path, env=settings, input=said, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout, done.stderr

    assert luohu("add", "chief", "--role", "supervisor", said=f"{OWN}\n")[0] == 0
    assert luohu("add", "mei", "--role", "agent", said=f"{OWN}\n")[0] == 0
    assert luohu("add", "mei", "--role", "agent", said=f"{OWN}\n")[::2] == (2, "luohu: 这个名字已经有了\n")
    assert luohu("disable", "mei")[0] == 0
    code, listed, _ = luohu("list")
    assert code == 0 and [line.split("\t")[0::2] for line in listed.splitlines()] == [["chief", "使用中"], ["mei", "已停用"]]
    assert luohu("password", "mei", said=f"{OWN}!\n")[0] == 0
    port_taken = await _started_beside(tmp_path)
    assert port_taken[0] == 2 and "账户" in port_taken[1] and "Traceback" not in port_taken[1]


async def _started_beside(folder: Path) -> tuple[int, str]:
    """`luohu staff list` while a service runs on the same file."""
    from service import Service

    service = Service(folder, {})
    try:
        await service.start()
        assert "一次性密码" not in service.log, "there are accounts already"
        command = [str(LUOHU), "staff", "list"]
        listed = partial(subprocess.run, cwd=folder, env=environment(LUOHU_DATABASE="luohu.db"), capture_output=True, text=True)
        done = await asyncio.to_thread(listed, command)
        return done.returncode, done.stderr
    finally:
        await service.kill()
