"""The door of the hotline's desk over HTTP: which page is whose, tokens and headers, one-time passwords, the terminal beside it."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pyotp
import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.hotline import access as doors
from bot.hotline.access import Access, Unguarded
from bot.hotline.app import hotline
from bot.hotline.staff import Member
from bot.store.sqlite import SQLiteStore
from bot.talk import retention
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.web.security_headers import HEADERS
from clerk import OWN, Clerk, OpenDesk, desk_open, given
from conftest import BOOK
from proxy import free_port
from service import LUOHU, environment
from test_staff import open_staff

GIVEN = "的一次性密码，只显示这一次"
SUPERVISORS_ONLY = {
    "/desk/staff", "/desk/figures", "/desk/figures.csv", "/desk/policies", "/desk/policies/{case}.svg", "/desk/case/{case}/take", "/desk/case/{case}/end",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="opened")
async def an_open_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenDesk]:
    async with desk_open(tmp_path_factory.mktemp("door")) as one:
        yield one


@pytest.fixture(name="desk")
def a_desk_of_nobody(opened: OpenDesk) -> OpenDesk:
    """One service for those who change nothing of it, and nobody of the tests before."""
    for table in ("staff", "login", "attempt", "casefile"):
        opened.alter(f"DELETE FROM {table}")
    return opened


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


@pytest.mark.asyncio(loop_scope="module")
async def test_every_page_for_every_role(desk: OpenDesk) -> None:
    """The matrix of routes and roles, from the router: nobody has a page that is not theirs, everybody has their own."""
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


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.long
async def test_no_form_without_the_token_of_its_login(desk: OpenDesk) -> None:
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


@pytest.mark.asyncio(loop_scope="module")
async def test_a_login_gets_a_token_that_nobody_had_before(desk: OpenDesk) -> None:
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


@pytest.mark.long
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


@pytest.mark.asyncio(loop_scope="module")
async def test_a_one_time_password_is_shown_once_and_to_who_asked_for_it(desk: OpenDesk) -> None:
    """A page that is loaded again gives no second one, which would throw the first one's owner out."""
    chief, other = await desk.member("chief", "supervisor"), await desk.member("other", "supervisor")
    await desk.member("mei")
    sent = await chief.post("/desk/staff", do="reset", name="mei")
    assert (sent.status_code, sent.headers["location"]) == (303, "/desk/staff") and not sent.text
    assert GIVEN not in (await other.get("/desk/staff")).text
    once = given(await chief.get("/desk/staff"))
    for page in [await chief.get("/desk/staff") for _ in range(2)]:
        assert once not in page.text and GIVEN not in page.text
    assert (await desk.stranger().login("mei", once)).status_code == 303


@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_throws_themselves_out(desk: OpenDesk) -> None:
    chief = await desk.member("chief", "supervisor")
    await desk.member("other", "supervisor")
    for do in ("reset", "disable"):
        for name in ("chief", " CHIEF"):
            answer = await chief.post("/desk/staff", do=do, name=name)
            assert answer.status_code == 422 and "您自己的账户" in answer.text
    page = (await chief.get("/desk/staff")).text
    assert 'name="name" value="other"' in page and 'name="name" value="chief"' not in page


@pytest.mark.asyncio(loop_scope="module")
async def test_the_bare_address_leads_to_the_desk(desk: OpenDesk) -> None:
    mei = await desk.member("mei")
    assert (await mei.get("/")).headers["location"] == "/desk"
    assert (await desk.stranger().get("/")).headers["location"] == "/desk/login"


@pytest.mark.asyncio
@pytest.mark.long
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


@pytest.mark.asyncio(loop_scope="module")
async def test_a_phone_is_set_up_at_the_desk(desk: OpenDesk) -> None:
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


@pytest.mark.long
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
