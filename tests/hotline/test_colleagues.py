"""Calls of a colleague: a supervisor goes on with them or ends them, and a disabled account has none."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot import clock
from bot.hotline.app import hotline
from bot.hotline.staff import Staff
from bot.talk.handoff import Handoff
from bot.talk.turns import Turns
from clerk import OWN, QUICK, Clerk
from test_handoff import begun, open_desk, starts

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[tuple[Turns, Handoff, Staff, dict[str, Clerk]]]:
    async with open_desk(folder) as (desk, hand):
        staff, clerks = Staff(desk.runtime, QUICK), {}
        transport = httpx.ASGITransport(app=hotline(desk))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            for name, role in (("mei", "agent"), ("li", "agent"), ("chief", "supervisor")):
                await staff.add(name, role, OWN)
                clerks[name] = Clerk(http)
                await clerks[name].login(name, OWN)
            yield desk, hand, staff, clerks


async def own_call(one: Clerk) -> str:
    return str((await one.post("/desk/new")).headers["location"])


async def test_a_supervisor_goes_on_with_a_colleagues_call(tmp_path: Path) -> None:
    async with office(tmp_path) as (_, _, _, people):
        at = await own_call(people["mei"])
        assert (await people["chief"].get(at)).status_code == 404, "not before it is taken"
        assert at in (await people["chief"].get("/desk")).text and at not in (await people["li"].get("/desk")).text
        assert [(await people["li"].post(f"{at}/{do}")).status_code for do in ("take", "end")] == [403, 403]
        assert (await people["chief"].post(f"{at}/take")).headers["location"] == at
        assert ((await people["chief"].get(at)).status_code, (await people["mei"].get(at)).status_code) == (200, 404)
        nowhere = "/desk/case/" + "0" * 16
        assert [(await people["chief"].post(f"{nowhere}/{do}")).status_code for do in ("take", "end")] == [404, 404]


async def test_a_supervisor_ends_a_colleagues_call(tmp_path: Path) -> None:
    async with office(tmp_path) as (desk, hand, _, people):
        at = await own_call(people["mei"])
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        held = (await people["mei"].post("/desk/code", code=str(await hand.code(owner)))).headers["location"]
        assert (await desk.read(owner)).held_until
        for one in (at, held):
            assert (await people["chief"].post(f"{one}/end")).headers["location"] == "/desk"
            assert (await people["mei"].get(one)).status_code == 404
        back = await desk.read(owner)
        assert not back.held_until and back.session.facts == {"city": "tianshui"}, "it is the caller's again"


async def test_a_disabled_account_has_no_calls(tmp_path: Path) -> None:
    async with office(tmp_path) as (desk, hand, staff, people):
        await own_call(people["mei"])
        own = (await hand.cases("mei"))[0].owner
        kept = await own_call(people["li"])
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        await people["mei"].post("/desk/code", code=str(await hand.code(owner)))
        await staff.disable("mei")
        assert await hand.cases("mei") == [] and (await people["li"].get(kept)).status_code == 200
        assert not (await desk.read(owner)).held_until and not (await desk.read(own)).version


async def test_the_screen_says_how_long_a_call_has_lasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as (_, _, _, people):
        at, began = await own_call(people["mei"]), time.time()
        monkeypatch.setattr(clock, "time", lambda: began + 125)
        seconds = re.search(r'id="lasted" data-seconds="(\d+)"[^>]*>(\d+:\d\d)<', (await people["mei"].get(at)).text)
        assert seconds is not None and int(seconds[1]) in (125, 126) and seconds[2] in ("2:05", "2:06")


async def test_what_is_only_like_a_word_is_opened_on_the_page(tmp_path: Path) -> None:
    async with office(tmp_path) as (_, _, _, people):
        mei = people["mei"]
        at = await own_call(mei)
        for do in ("tell city lincang", "tell matter child_registration"):
            page = (await mei.get(at)).text
            sent = {name: re.findall(rf'name="{name}" value="([^"]+)"', page)[0] for name in ("csrf", "case", "step", "key")}
            assert (await mei.post(f"{at}/turn", "", **sent, do=do)).status_code == 303

        async def found(said: str) -> str:
            return (await mei.post(f"{at}/find", q=said)).text.split('id="found"')[1].split('class="told"')[0]

        myanmar = await found("缅甸")
        assert 'value="tell ' not in myanmar and myanmar.index('value="parents_nationality"') < myanmar.index("child_birthplace")
        assert 'href="#card-lincang.join-kin"' in await found("投靠直系亲属")
        assert 'id="card-lincang.join-kin"' in (await mei.get(at)).text
        assert "以低保为核心" in await found("残疾") and "材料：谁要它" in await found("户口簿")
        assert "没有找到" in await found("皮鞋")


SPOILED = {  # what stands in a row that is not what it should be
    "a call's moment": "UPDATE casefile SET opened = 'x'",
    "a moment of no calendar": "UPDATE casefile SET opened = 99999999999999",
    "a moment before all": "UPDATE casefile SET opened = -99999999999999",
    "whose call": "UPDATE casefile SET owner = 'nobody'",
    "when somebody was seen": "UPDATE visit SET touched = 'x'",
    "for how long": "UPDATE visit SET keep = 'x'",
    "a role that there is not": "UPDATE staff SET role = 'boss' WHERE name = 'li'",
}


@pytest.mark.parametrize("sql", SPOILED.values(), ids=SPOILED)
async def test_a_spoiled_row_keeps_no_agent_from_the_next_call(tmp_path: Path, sql: str) -> None:
    async with office(tmp_path) as (desk, hand, _, people):
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        held = (await people["mei"].post("/desk/code", code=str(await hand.code(owner)))).headers["location"]
        own = await own_call(people["mei"])
        async with desk.runtime.store.transaction() as db:
            assert await db.run(sql)
        for path in ("/desk", held, own):
            assert (await people["mei"].get(path)).status_code in (200, 409), path
        for path in ("/desk", "/desk/staff"):
            assert (await people["chief"].get(path)).status_code == 200
        assert (await people["mei"].get(await own_call(people["mei"]))).status_code == 200
        turn = await desk.take(owner, None, "a:anew", starts("telegram"))
        assert turn.outcome in ("ok", "held"), "and its person goes on, or begins anew"


async def test_an_account_whose_password_cannot_be_read_gets_another(tmp_path: Path) -> None:
    async with office(tmp_path) as (desk, _, staff, people):
        async with desk.runtime.store.transaction() as db:
            await db.run("UPDATE staff SET secret = 'nothing of ours' WHERE name = 'li'")
        assert (await people["li"].login("li", OWN)).status_code == 403
        assert (await people["li"].login("li", await staff.reset("li"))).headers["location"] == "/desk"


async def test_a_call_that_its_person_deleted_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as (desk, hand, _, people):
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        held = (await people["mei"].post("/desk/code", code=str(await hand.code(owner)))).headers["location"]
        assert await desk.forget(owner, "a:forget") is not None
        for answer in (await people["mei"].get(held), await people["mei"].post(f"{held}/turn", do="answer city lincang")):
            assert answer.status_code == 404 and "来电人把自己的问答删掉了" in answer.text
        assert "没有这个页面" in (await people["mei"].get("/desk/nothing")).text
