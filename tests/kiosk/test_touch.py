"""A finger that trembles: two touches on one place are one answer. One of each kind; tests/verify/test_touches.py has them all."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse
from playwright.async_api import Browser, Locator

from bot.clock import milliseconds
from bot.kiosk.visit_cookie import new_name
from bot.settings import TOUCH_GUARD
from bot.talk.presses import linked
from bot.talk.visit import Visit
from browser import PHONE, TALL, chromium
from test_kiosk import ask, begun, fields, talk
from visitor import Here, Visitor, kiosk

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOUCHING: dict[str, Any] = TALL | {"has_touch": True}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    async with kiosk(tmp_path_factory.mktemp("touch"), touch_guard=TOUCH_GUARD) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


async def seen(here: Here, visitor: Visitor) -> Visit:
    """The visit as it is kept."""
    [name] = [one["value"].partition(".")[0] for one in await visitor.page.context.cookies() if one["name"] == "__Host-visit"]
    return await here.desk.read(here.desk.owner("kiosk", name))


async def twice(visitor: Visitor, button: Locator, apart: int) -> None:
    """Two touches on one place."""
    await visitor.page.wait_for_timeout(TOUCH_GUARD + 100)
    await button.scroll_into_view_if_needed()
    box = await button.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await visitor.page.touchscreen.tap(x, y)
    await visitor.page.wait_for_timeout(apart)
    await visitor.page.touchscreen.tap(x, y)
    await visitor.page.wait_for_timeout(400)


def state(visit: Visit) -> tuple[int, str, str]:
    return len(visit.session.facts), visit.session.phase, visit.session.open


@pytest.mark.long
@pytest.mark.parametrize(("scripts", "size", "apart"), [(True, TALL, 150), (False, PHONE, 500)], ids=["kiosk", "phone"])
async def test_two_touches_on_one_place_are_one_answer(
    browser: Browser, here: Here, scripts: bool, size: dict[str, Any], apart: int
) -> None:
    await one_answer(browser, here, scripts, size, apart)


async def one_answer(browser: Browser, here: Here, scripts: bool, size: dict[str, Any], apart: int) -> None:
    context = await browser.new_context(**size, has_touch=True, java_script_enabled=scripts)
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.page.goto(here.url)
    choice = visitor.page.locator(".choices .choice")
    await twice(visitor, visitor.page.locator("[value=zh]"), apart)
    assert state(await seen(here, visitor)) == (0, "asking", "")
    for facts, said in enumerate(("answer city lincang", "answer matter move_to_town"), 1):  # city, matter
        await twice(visitor, visitor.page.locator(f"[value='{said}']"), apart)
        assert len((await seen(here, visitor)).session.facts) == facts
    assert await seen(here, visitor) is not None and await choice.count()
    await context.close()


@pytest.mark.long
async def test_nor_does_a_second_touch_on_lists_sheets_answers_and_topics(browser: Browser, here: Here) -> None:
    await one_press_everywhere(browser, here, 300)


async def one_press_everywhere(browser: Browser, here: Here, apart: int) -> None:
    context = await browser.new_context(**TOUCHING)
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.begins()
    for said in talk("tianshui"):
        if visitor.view.tick:
            await visitor.page.locator(".choices input").first.check()
            await twice(visitor, visitor.page.locator(".finish .primary"), apart)
            assert visitor.view.fact in (await seen(here, visitor)).session.facts
            break
        await visitor.says(said)
    before = state(await seen(here, visitor))[0]
    for said in ("answer housing rented", "answer movers nothing"):
        await twice(visitor, visitor.page.locator(f"[value='{said}']"), apart)
        before += 1
        assert state(await seen(here, visitor))[0] == before
    assert state(await seen(here, visitor))[1] == "result"
    await twice(visitor, visitor.page.locator("[value=review]"), apart)
    assert state(await seen(here, visitor))[:2] == (before, "answers")
    await twice(visitor, visitor.page.locator("[value='change housing']"), apart)
    assert state(await seen(here, visitor)) == (before, "changing", "housing")
    await twice(visitor, visitor.page.locator("[value=back]"), apart)
    assert state(await seen(here, visitor))[:2] == (before, "answers")
    await twice(visitor, visitor.page.locator("[value=back]"), apart)
    assert state(await seen(here, visitor))[:2] == (before, "result")
    await twice(visitor, visitor.page.locator("[value=open_topic]"), apart)
    shown = await seen(here, visitor)
    assert shown.session.phase == "topic" and shown.session.open in ("", "topics"), "the list, and none of it"
    await twice(visitor, visitor.page.locator("[value=back]"), apart)
    await twice(visitor, visitor.page.locator("a[href='/kiosk/slip']"), apart)
    assert visitor.page.url == here.url + "/slip"
    await twice(visitor, visitor.page.locator("a[href='/kiosk/slip/a5']"), apart)
    assert visitor.page.url == here.url + "/slip/a5"
    await twice(visitor, visitor.page.locator("[value=large]"), apart)
    assert await visitor.page.locator("html.large").count(), "once large, and not back again"
    await context.close()


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_two_touches_on_a_box_tick_it_and_what_takes_no_press_yet_looks_so(
    browser: Browser, here: Here, scripts: bool
) -> None:
    context = await browser.new_context(**TOUCHING, java_script_enabled=scripts)
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.begins()
    await visitor.says("天水")
    await visitor.says("把户口迁到城镇")
    choice, opacity = visitor.page.locator(".choices .choice").first, "(one) => getComputedStyle(one).opacity"
    assert float(await choice.evaluate(opacity)) < 0.6
    await twice(visitor, choice, 150)
    assert await visitor.page.locator(".choices input").first.is_checked() and await choice.evaluate(opacity) == "1"
    await visitor.page.wait_for_timeout(TOUCH_GUARD)
    await choice.tap()
    assert not await visitor.page.locator(".choices input").first.is_checked(), "a later touch takes the tick away"
    await context.close()


async def test_enter_counts_no_more_than_a_finger(browser: Browser, here: Here) -> None:
    context = await browser.new_context(**TALL)
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.begins()
    await visitor.press("[value='answer city tianshui']")
    await visitor.page.locator(".choices .choice").first.focus()
    await visitor.page.keyboard.press("Enter")
    await visitor.page.wait_for_timeout(300)
    assert (await seen(here, visitor)).session.facts == {"city": "tianshui"}
    await visitor.page.wait_for_timeout(TOUCH_GUARD)
    await visitor.press(".choices .choice")
    assert len((await seen(here, visitor)).session.facts) == 2, "what was read is answered"
    await context.close()


async def test_the_server_shows_the_same_again_to_who_cannot_have_read_it(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, first = await begun(here)
    name = cookie.partition("=")[2].partition(".")[0]

    async def kept() -> dict[str, object]:
        return dict((await here.desk.read(here.desk.owner("kiosk", name))).session.facts)

    for path in ("/act", "/code", "/look", "/language"):
        answer, _ = await ask(
            here, "POST", path, first | {"do": "answer city tianshui", "look": "large", "language": "en"}, cookie=cookie
        )
        assert (answer.status, answer.headers["location"]) == (303, "/kiosk") and "__Host-look" not in str(answer.headers), path
    _, text = await ask(here, "GET", "", cookie=cookie)
    assert (
        await kept() == {}
        and "想在哪个市办" in text
        and 'class="remark"' not in text.partition("提醒")[0]
        and "code" not in first
    )
    monkeypatch.setattr("bot.web.unread.milliseconds", lambda: int(first["key"][:11], 16) + TOUCH_GUARD)
    await ask(here, "POST", "/act", first | {"do": "answer city tianshui"}, cookie=cookie)
    assert await kept() == {"city": "tianshui"}


async def test_to_begin_is_guarded_and_to_end_never(here: Here) -> None:
    before = await here.rows("visit")
    _, text = await ask(here, "GET", "")
    key = re.search(r'languages".*?name="key" value="([^"]+)"', text, re.DOTALL)
    assert key is not None
    answer, _ = await ask(here, "POST", "/begin", {"language": "zh", "key": key[1]})
    assert answer.status == 303 and "__Host-visit" not in str(answer.headers)
    assert await here.rows("visit") == before
    cookie, real = await begun(here)
    await ask(here, "POST", "/end", await fields(here, cookie) | real, cookie=cookie)
    assert await here.rows("visit") == before


async def test_a_link_and_what_it_asks_first_are_read_before_they_are_pressed(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, moments = replace(here, url=here.url.removesuffix("/kiosk")), [milliseconds()]
    monkeypatch.setattr("bot.web.unread.milliseconds", lambda: sum(moments))
    at_kiosk = here.desk.owner("kiosk", new_name())
    await here.desk.take(at_kiosk, None, new_name(), lambda visit: linked(visit.having(channel="kiosk"), "tieling"))
    path = f"/phone/{await here.handoff.link(at_kiosk)}"
    answer, _ = await ask(door, "POST", "/phone/begin", {"language": "zh", "city": "wenzhou"})
    own = answer.headers["set-cookie"].partition(";")[0]

    async def press(page: str, cookie: str = "", **says: str) -> tuple[ClientResponse, str]:
        return await ask(door, "POST", path, dict(re.findall(r'name="(visit|key)" value="([^"]+)"', page)) | says, cookie=cookie)

    _, knock = await ask(door, "GET", path)
    assert (await press(knock))[0].headers["location"] == path and (await here.desk.read(at_kiosk)).step
    moments.append(TOUCH_GUARD)
    _, asks = await press(knock, own)
    answer, again = await press(asks, own, anew="yes")
    assert answer.status == 200 and "这部手机上已经有一次问答" in again
    assert (await here.desk.read(at_kiosk)).step and "温州" in (await ask(door, "GET", "/", cookie=own))[1]
    moments.append(TOUCH_GUARD)
    for _ in range(2):
        assert (await press(again, own, anew="yes"))[0].headers["location"] == "/"
    assert not (await here.desk.read(at_kiosk)).step


async def test_the_guard_can_be_taken_away(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> None:
    async with kiosk(tmp_path_factory.mktemp("off"), touch_guard=0) as off:
        cookie, first = await begun(off)
        await ask(off, "POST", "/act", first | {"do": "answer city tianshui"}, cookie=cookie)
        _, text = await ask(off, "GET", "", cookie=cookie)
        assert "想办哪件事" in text and 'class=""' in text
