"""Leaving depends on no answer: what is pressed, what is left alone, and what the next person finds, with the line or the server gone.

Long, as every test leaves one open kiosk, in one browser, which are slow to open.
"""

import re
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from bot import clock
from bot.kiosk.visit_cookie import KIOSK as KIOSK_DOOR
from bot.kiosk.visit_cookie import PHONE as PHONE_DOOR
from bot.kiosk.visit_cookie import VISIT
from bot.talk import codes
from bot.talk.receipts import Receipts
from bot.talk.retention import CALLING, TTL, WATCHED
from bot.talk.visit import Visit
from bot.web.unread import new_key
from browser import PHONE, TALL, chromium
from test_kiosk import ask, begun, fields, talk
from visitor import Here, Visitor, kiosk, next_page

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    async with kiosk(tmp_path_factory.mktemp("leaving")) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(browser: Browser, here: Here) -> AsyncIterator[Visitor]:
    context = await browser.new_context(**TALL)
    context.set_default_timeout(8000)
    yield Visitor(await context.new_page(), here.url)
    await context.close()


async def to_the_sheet(visitor: Visitor) -> str:
    """The number on it."""
    await visitor.begins()
    for said in talk("tianshui"):
        await visitor.says(said)
    found = re.search(r"\d{3}-\d{3}-\d{4}-\d", await visitor.page.locator(".receipt").inner_text())
    assert found is not None
    return found[0]


async def opens(here: Here, number: str) -> bool:
    """Whether a window finds anything under a number."""
    return await Receipts(here.desk).check(number, "mei") is not None


# ---- no answer ----


@pytest.mark.long
@pytest.mark.parametrize("way", ["header .end", "#go", ".leave"])
@pytest.mark.parametrize("comes_back", ["by itself", "reload"])
async def test_finish_and_clear_blanks_without_a_line_and_the_next_person_finds_nothing(
    visitor: Visitor, here: Here, way: str, comes_back: str
) -> None:
    page, before = visitor.page, await here.rows("visit")
    await to_the_sheet(visitor)
    await page.context.set_offline(True)
    if way == "#go":
        await page.evaluate("document.body.dataset.idle = '0'")
    if way == ".leave":
        await page.locator("[value=review]").click()
    await page.locator(way).click()
    assert (await page.locator("body").inner_text()).strip() == "已经清除。"
    if comes_back == "reload":
        await page.context.set_offline(False)
        await page.goto(here.url)
    else:
        await page.wait_for_timeout(300)
        await page.context.set_offline(False)
    await page.locator(".languages").wait_for()
    assert "天水" not in await visitor.text() and await page.context.cookies() == [] and await here.rows("visit") <= before


@pytest.mark.long
async def test_a_step_that_nobody_answers_says_so_in_the_visitors_language_and_is_done_later(
    visitor: Visitor, here: Here
) -> None:
    page = visitor.page
    await visitor.begins("en")
    await page.context.set_offline(True)
    await page.locator("[value='answer city tianshui']").click()
    await page.locator("#away[open]").wait_for()
    assert "No connection just now" in await page.locator("#away").inner_text() and page.url == here.url
    await page.locator("#again").click()
    await page.wait_for_timeout(200)
    assert await page.locator("#away[open]").count(), "still nobody"
    await page.context.set_offline(False)
    await page.locator("[value='answer matter move_to_town']").wait_for()
    assert not await page.locator("#away[open]").count()


async def test_the_clock_goes_on_while_nobody_answers(visitor: Visitor) -> None:
    page = visitor.page
    await page.clock.install()
    await visitor.begins()
    await page.context.set_offline(True)
    await page.locator("[value='answer city tianshui']").click()
    await page.locator("#away[open]").wait_for()
    await page.clock.run_for(121_000)
    assert (await visitor.text()).strip() == "已经清除。"


CLOCKS = {
    "set back": "const now = Date.now; Date.now = () => now() - 3600e3",
    "asleep": "const then = performance.now(); performance.now = () => then",
}


@pytest.mark.parametrize("clock_is", CLOCKS)
async def test_whatever_a_clock_does_no_sheet_stays_for_a_stranger(visitor: Visitor, here: Here, clock_is: str) -> None:
    await visitor.page.clock.install()
    await visitor.begins()
    await visitor.says("天水")
    await visitor.page.evaluate(CLOCKS[clock_is])
    await here.left_alone(120)
    await visitor.page.clock.run_for(121_000)
    await visitor.page.locator(".languages").wait_for()
    assert await visitor.page.context.cookies() == []


async def test_a_clock_that_is_set_forward_ends_no_visit(visitor: Visitor) -> None:
    await visitor.page.clock.install()
    await visitor.begins()
    await visitor.says("天水")
    async with next_page(visitor.page):
        await visitor.page.evaluate("const now = Date.now; Date.now = () => now() + 3600e3")
        await visitor.page.clock.run_for(1_000)
    assert "想办哪件事" in await visitor.asked()
    await visitor.says("把户口迁到城镇")


@pytest.mark.parametrize("answer", [{"status": 502, "body": "Bad Gateway"}, {"status": 200, "body": "<h1>Wi-Fi login</h1>"}])
async def test_what_somebody_else_answers_is_not_shown(visitor: Visitor, answer: dict[str, Any]) -> None:
    await visitor.begins()
    await visitor.page.route("**/kiosk/act", lambda route: route.fulfill(**answer))
    await visitor.page.locator("[value='answer city tianshui']").click()
    await visitor.page.locator("#away[open]").wait_for()
    assert "Wi-Fi" not in await visitor.text() and "Bad" not in await visitor.text()


# ---- screen and server agree ----


async def test_what_nobody_touched_for_two_minutes_is_shown_by_nobody(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, real = await begun(here)
    await ask(here, "POST", "/act", real | {"do": "answer city lincang"}, cookie=cookie)
    now = time.time()
    for later, shown in ((118, True), (122, False)):
        monkeypatch.setattr(clock, "time", partial(float, now + later))
        assert ("想办哪件事" in (await ask(here, "GET", "", cookie=cookie))[1]) == shown, later


async def test_the_server_hears_of_a_touch_before_it_forgets(visitor: Visitor) -> None:
    await visitor.page.clock.install()
    await visitor.begins()
    await visitor.page.clock.run_for(1_000)
    async with visitor.page.expect_response("**/kiosk/stay"):
        await visitor.page.mouse.wheel(0, 10)
        await visitor.page.clock.run_for(6_000)


# ---- on the telephone ----


async def test_whoever_telephones_is_asked_rarely_and_the_visit_is_kept(
    visitor: Visitor, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.page
    await page.clock.install()
    await visitor.begins()
    await visitor.says("天水")
    await visitor.press("[formaction='/kiosk/code']")
    assert "五分钟没有人点" in await visitor.text()
    code = await page.locator(".code").inner_text()
    real = time.time()
    monkeypatch.setattr(clock, "time", lambda: real + CALLING - 5)
    await page.clock.run_for(235_000)
    assert await page.locator(".code").inner_text() == code and not await page.locator("#idle[open]").count()
    await page.clock.run_for(6_000)
    assert "打电话的时候，请点一下屏幕" in await page.locator("#idle").inner_text()
    async with page.expect_response("**/kiosk/stay"):
        await page.locator("#stay").click()
    case = await here.handoff.take_over(code, "mei")
    assert case is not None and (await here.desk.read(case.owner)).session.facts == {"city": "tianshui"}


async def test_back_at_the_questions_two_minutes_are_two_minutes_again(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, real = await begun(here)
    await ask(here, "POST", "/act", real | {"do": "answer city lincang"}, cookie=cookie)
    await ask(here, "POST", "/code", await fields(here, cookie), cookie=cookie)
    await ask(here, "POST", "/on", {"key": "x"}, cookie=cookie)
    now = time.time()
    monkeypatch.setattr(clock, "time", lambda: now + WATCHED + 2)
    assert "想办哪件事" not in (await ask(here, "GET", "", cookie=cookie))[1]


@pytest.mark.parametrize(("path", "do"), [("/act", "answer city lincang"), ("/act", "back"), ("/look", ""), ("/slip/phone", "")])
async def test_a_press_on_a_page_that_was_left_alone_clears_it(
    here: Here, monkeypatch: pytest.MonkeyPatch, path: str, do: str
) -> None:
    cookie, real = await begun(here)
    now = time.time()
    monkeypatch.setattr(clock, "time", lambda: now + WATCHED + 2)
    answer, _ = await ask(here, "POST", path, real | {"do": do}, cookie=cookie)
    assert answer.headers["clear-site-data"]
    name = cookie.partition("=")[2].partition(".")[0]
    assert not (await here.desk.read(here.desk.owner("kiosk", name))).step, "nothing of it is kept"


async def test_the_hotline_hears_that_the_person_has_left(visitor: Visitor, here: Here) -> None:
    await visitor.begins()
    await visitor.says("天水")
    await visitor.press("[formaction='/kiosk/code']")
    case = await here.handoff.take_over(await visitor.page.locator(".code").inner_text(), "mei")
    assert case is not None and not (await here.desk.read(case.owner)).gone
    await ask(here, "GET", "/idle", cookie=f"{VISIT}={await page_name(visitor.page)}.x")
    assert (await here.desk.read(case.owner)).gone, "the agent's own presses keep nobody before the screen"
    await visitor.press("header .end")
    visit = await here.desk.read(case.owner)
    assert visit.gone and visit.session.facts == {"city": "tianshui"} and await visitor.page.context.cookies() == []
    assert await here.handoff.give_back("mei", case.id)
    assert not (await here.desk.read(case.owner)).step, "nobody could see it any more"


# ---- the number on the sheet ----


@pytest.mark.long
@pytest.mark.parametrize(
    ("way", "stays"), [("", False), ("look", False), ("print", True), ("button", True), ("button on paper", True)]
)
async def test_finish_and_clear_takes_the_number_unless_it_was_taken_along(
    visitor: Visitor, here: Here, way: str, stays: bool
) -> None:
    page = visitor.page
    await page.add_init_script("window.print = () => {}")
    number = await to_the_sheet(visitor)
    assert codes.heard(number) and await opens(here, number) and "一起清除" in await visitor.text()
    if way in ("look", "print", "button on paper"):
        await visitor.press("a[href='/kiosk/slip']")
        await visitor.press("a[href='/kiosk/slip/a5']")
    if way == "print":
        async with page.expect_response("**/kiosk/keep"):
            await page.click("#print")
    if way.startswith("button"):
        await visitor.press("[form=keep]")
        assert "号码保留30天" in await visitor.text()
    await visitor.press("header .end")
    assert await opens(here, number) == stays


@pytest.mark.long
async def test_who_walked_away_kept_no_number(here: Here, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    number = await to_the_sheet(visitor)
    real = time.time()
    monkeypatch.setattr(clock, "time", lambda: real + TTL["kiosk"] + 1)
    await here.desk.purge()
    assert not await opens(here, number)


async def test_what_the_hotline_read_out_stays_good(here: Here, visitor: Visitor) -> None:
    number = await to_the_sheet(visitor)
    await visitor.press("[formaction='/kiosk/code']")
    case = await here.handoff.take_over(await visitor.page.locator(".code").inner_text(), "mei")
    assert case is not None
    await here.handoff.give_back("mei", case.id)
    await visitor.page.goto(here.url)
    await visitor.press("header .end")
    assert await opens(here, number)


# ---- a phone ----


async def on_a_phone(here: Here, page: Page, visitor: Visitor) -> None:
    """The visit goes to a phone."""
    link = await here.handoff.link(here.desk.owner("kiosk", (await page_name(visitor.page))))
    await page.goto(f"{here.url.removesuffix('/kiosk')}/phone/{link}")
    await page.locator("main button").click()
    await page.wait_for_url(here.url.removesuffix("kiosk"))


async def page_name(page: Page) -> str:
    return next(one["value"] for one in await page.context.cookies() if one["name"] == "__Host-visit").partition(".")[0]


@pytest.mark.long
@pytest.mark.parametrize(("key", "way"), [("", "end"), ("sesame", "asleep and pressed")])  # all in tests/verify/test_touches.py
async def test_a_phones_visit_that_is_over_says_so_and_never_asks_for_the_staffs_key(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch, key: str, way: str
) -> None:
    await over_on_the_phone(tmp_path, browser, monkeypatch, key, way)


async def over_on_the_phone(tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch, key: str, way: str) -> None:
    async with kiosk(tmp_path, kiosk_key=key, public_url="http://127.0.0.1") as keyed:
        hall, own = await browser.new_context(**TALL), await browser.new_context(**PHONE)
        visitor, phone = Visitor(await hall.new_page(), keyed.url), await own.new_page()
        await visitor.page.goto(keyed.url)
        if key:
            await visitor.page.fill("#key", key)
            await visitor.press("main button")
        number = await to_the_sheet(visitor)
        await on_a_phone(keyed, phone, visitor)
        if way == "end":
            async with next_page(phone):
                await phone.locator("header .end").click()
        else:
            real = time.time()
            monkeypatch.setattr(clock, "time", lambda: real + 33 * 60)
            async with next_page(phone):
                await (phone.locator("[value=review]").click() if "pressed" in way else phone.reload())
        said = await phone.locator("body").inner_text()
        assert "这次问答已经结束" in said and "口令" not in said and "天水" not in said
        assert await opens(keyed, number), "it was taken along"
        async with next_page(phone):
            await phone.locator("[value=zh]").click()
        assert await phone.evaluate("document.body.dataset.idle") == "1680", "a phone's time, not a hall's"
        await hall.close()
        await own.close()


async def test_a_stranger_still_meets_the_key(tmp_path: Path) -> None:
    async with kiosk(tmp_path, kiosk_key="sesame") as keyed:
        assert "口令" in (await ask(keyed, "GET", ""))[1]
        assert (await ask(keyed, "POST", "/begin", {"language": "zh"}, cookie="__Host-my-visit=1"))[0].status in (200, 403, 410)
        assert await keyed.rows("visit") == 0


# ---- the way to the kiosk ----


@pytest.mark.parametrize("path", ["/index.html", "/act", "/begin", "/no/such/page", "/end"])
async def test_an_address_that_there_is_not_leads_to_the_kiosk(here: Here, path: str) -> None:
    answer, _ = await ask(here, "GET", path)
    assert (answer.status, answer.headers["location"]) == (303, "/kiosk")


@pytest.mark.parametrize(
    ("host", "headers", "plain"),
    [
        ("10.0.0.5:8080", {}, True),
        ("kiosk.local", {}, True),
        ("127.0.0.1:8080", {}, False),
        ("localhost:8080", {}, False),
        ("[::1]:8080", {}, False),
        ("10.0.0.5:8080", {"Sec_Fetch_Site": "none"}, False),
        ("kiosk.example", {"X_Forwarded_Proto": "https"}, False),
    ],
)
async def test_over_http_from_elsewhere_the_page_says_what_is_wrong(
    here: Here, host: str, headers: dict[str, str], plain: bool
) -> None:
    for method, path in (("GET", ""), ("POST", "/begin")):
        answer, said = await ask(here, method, path, {"language": "zh"}, Host=host, User_Agent="Mozilla/5.0", **headers)
        assert ("少了一个字母 s" in said) == plain and (answer.status == 403) == plain, path
        assert "再点一次" not in said


async def test_another_language_in_the_middle_loses_nothing(visitor: Visitor, here: Here) -> None:
    await visitor.begins()
    for said in talk("tianshui"):
        if visitor.view.tick:
            break
        await visitor.says(said)
    await visitor.page.locator("input[name=tick]").first.check()
    answers = dict(visitor.session.facts)
    await visitor.press("header [value=en]")
    assert await visitor.page.evaluate("document.documentElement.lang") == "en"
    assert await visitor.page.locator("input[name=tick]").first.is_checked()
    kept = (await here.desk.read(here.desk.owner("kiosk", await page_name(visitor.page)))).session
    assert dict(kept.facts) == answers and kept.language == "en"
    await visitor.press("[formaction='/kiosk/code']")
    await visitor.press("header [value=zh]")
    code = await visitor.page.locator(".code").inner_text()
    assert "念给热线" in await visitor.text() and await here.handoff.take_over(code, "li"), "the code shown is good"


async def test_remarks_are_heard_and_the_clock_is_seen(visitor: Visitor) -> None:
    await visitor.page.clock.install()
    await visitor.begins()
    await visitor.page.clock.run_for(20_000)
    assert re.search("1:[0-4][0-9]", await visitor.page.locator("#clock").inner_text())
    await visitor.press("[value=why]")
    said = await visitor.page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent"
    )
    assert "为什么问" in said and await visitor.page.locator("[role=status] .remark").count() == 1


@pytest.mark.long
async def test_done_and_not_sure_stay_within_reach_in_large_text(visitor: Visitor) -> None:
    await visitor.begins()
    await visitor.press("[value=large]")
    seen = 0
    for said in talk("tieling") + talk("wenzhou"):
        if visitor.view.sheet:
            break
        for size in (TALL, PHONE):
            await visitor.page.set_viewport_size(size["viewport"])
            if await visitor.page.locator(".finish").count():
                seen += 1
                for button in await visitor.page.locator(".finish button").all():
                    box = await button.bounding_box()
                    assert box is not None and box["y"] + box["height"] <= size["viewport"]["height"] + 1, said
        await visitor.page.set_viewport_size(TALL["viewport"])
        await visitor.says(said)
    assert seen


# ---- in two windows ----


def address(here: Here, path: str) -> str:
    return here.url.removesuffix("/kiosk") + path


async def at_the_city(here: Here, page: Page, door: str) -> int:
    """Begins, up to the first question; how many visits there are."""
    await page.goto(address(here, door))
    await page.click("[name=language][value=zh]")
    await page.wait_for_selector("[value='answer city tianshui']")
    return await here.rows("visit")


@pytest.mark.long
@pytest.mark.parametrize("door", ["/kiosk", "/"])
async def test_what_is_ended_in_one_window_is_gone_from_every_other(here: Here, browser: Browser, door: str) -> None:
    context = await browser.new_context(**(TALL if door == "/kiosk" else PHONE))
    ending, other = [await context.new_page() for _ in range(2)]
    before = await at_the_city(here, ending, door)
    await other.goto(address(here, door))
    asked = other.locator("[value='answer city tianshui']")
    await asked.wait_for()
    await ending.click("header .end")
    await asked.wait_for(state="detached", timeout=1000)
    assert "已经清除" in await other.locator("body").inner_text()
    await other.wait_for_selector("[name=language][value=zh]", timeout=8000)
    assert await here.rows("visit") < before and await context.cookies() == []
    await context.close()


@pytest.mark.parametrize(("door", "at"), [("/kiosk", "/kiosk"), ("/", "/phone")])
@pytest.mark.parametrize("way", ["pressed", "pressed without scripts", "looked at again"])
async def test_a_window_that_has_not_heard_of_the_end_says_that_it_is_over(
    here: Here, browser: Browser, door: str, at: str, way: str
) -> None:
    context = await browser.new_context(
        **(TALL if door == "/kiosk" else PHONE), java_script_enabled=way != "pressed without scripts"
    )
    await context.add_init_script("delete window.BroadcastChannel")
    page = await context.new_page()
    before = await at_the_city(here, page, door)
    await context.request.post(address(here, f"{at}/end"), form={})
    if way == "looked at again":
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    else:
        await page.click("[value='answer city tianshui']")
    await page.wait_for_selector("[value='answer city tianshui']", state="detached")
    shown = await page.locator("body").inner_text()
    assert ("已经清除" if way == "looked at again" else "这次问答已经结束") in shown and "天水" not in shown
    assert await here.rows("visit") < before  # one of an earlier test may be purged meanwhile
    await context.close()


DOORS = [("/kiosk", "/kiosk"), ("/", "/phone")]
ELSEWHERE = "那一页是上一次问答的"


async def visit_of(here: Here, context: BrowserContext) -> Visit:
    name = next(one["value"] for one in await context.cookies() if one["name"] in (VISIT, PHONE_DOOR.visit))
    return await here.desk.read(here.desk.owner("kiosk", name.partition(".")[0]))


async def begins_again(here: Here, context: BrowserContext, at: str) -> Visit:
    """In another window; what the window before shows is over."""
    await context.request.post(address(here, f"{at}/end"), form={})
    await context.request.post(address(here, f"{at}/begin"), form={"language": "zh"})
    return await visit_of(here, context)


@pytest.mark.long
@pytest.mark.parametrize(("door", "at"), DOORS)
@pytest.mark.parametrize("scripts", [True, False])
async def test_what_is_pressed_on_a_page_of_an_earlier_visit_does_nothing_to_the_one_begun_since(
    here: Here, browser: Browser, door: str, at: str, scripts: bool
) -> None:
    context = await browser.new_context(**(TALL if door == "/kiosk" else PHONE), java_script_enabled=scripts)
    await context.add_init_script("delete window.BroadcastChannel")
    context.set_default_timeout(8000)
    page = await context.new_page()
    await at_the_city(here, page, door)
    await page.click("[value='answer city tianshui']")
    ways = ["[formaction$='/code']", "[form=on]", "header [name=language]", "header [value=large]", "[value=back]", "header .end"]
    for pressed in ways:
        await page.locator("[value='answer matter move_to_town']").wait_for()
        if pressed == "[form=on]":
            await page.click("[formaction$='/code']")
        await page.locator(pressed).first.wait_for()
        new, codes_given = await begins_again(here, context, at), await here.rows("code")
        await page.locator(pressed).first.click()
        await page.get_by_text(ELSEWHERE).wait_for()
        assert await visit_of(here, context) == new and await here.rows("code") == codes_given, pressed
        assert "天水" not in await page.locator("body").inner_text()
        await page.click("main .primary")
        await page.click("[value='answer city tianshui']")
    await context.close()


@pytest.mark.long
@pytest.mark.parametrize(("door", "at"), DOORS)
async def test_the_end_of_an_earlier_visit_blanks_no_window_of_the_next_one(
    here: Here, browser: Browser, door: str, at: str
) -> None:
    context = await browser.new_context(**(TALL if door == "/kiosk" else PHONE))
    context.set_default_timeout(8000)
    earlier, later = [await context.new_page() for _ in range(2)]
    await at_the_city(here, earlier, door)
    new = await begins_again(here, context, at)
    await later.goto(address(here, door))
    await earlier.click("header .end")
    await earlier.get_by_text(ELSEWHERE).wait_for()
    await later.click("[value='answer city tianshui']")
    await later.locator("[value='answer matter move_to_town']").wait_for()
    assert (await visit_of(here, context)).step > new.step
    await context.close()


async def whose(here: Here, context: BrowserContext, door: str) -> str:
    """As its page says."""
    shown = await (await context.request.get(address(here, door))).text()
    mark: str = {*re.findall(r'name="whose" value="(\w+)"', shown)}.pop()
    return mark


@pytest.mark.parametrize(("door", "at"), DOORS)
async def test_a_form_of_an_earlier_visit_is_none_of_the_next_ones_even_at_the_same_step(
    here: Here, browser: Browser, door: str, at: str
) -> None:
    context = await browser.new_context()
    await context.request.post(address(here, f"{at}/begin"), form={"language": "zh"})
    old = await whose(here, context, door)
    new = await begins_again(here, context, at)
    said: dict[str, str | float | bool] = {"step": str(new.step), "do": "answer city tianshui", "language": "en", "look": "large"}
    for path in ("act", "language", "look", "keep", "code", "on", "stay", "slip/phone", "end"):
        form = said | {"whose": old, "key": new_key()}
        assert ELSEWHERE in await (await context.request.post(address(here, f"{at}/{path}"), form=form)).text(), path
        assert await visit_of(here, context) == new, path
    form = said | {"whose": await whose(here, context, door), "key": new_key()}
    assert "天水" in await (await context.request.post(address(here, f"{at}/act"), form=form)).text()
    await context.close()


@pytest.mark.parametrize(("door", "at"), DOORS)
async def test_what_was_ended_without_an_answer_is_ended_and_nothing_begun_since(
    here: Here, browser: Browser, door: str, at: str
) -> None:
    context, ended = await browser.new_context(), (KIOSK_DOOR if door == "/kiosk" else PHONE_DOOR).ended
    before = await here.rows("visit")
    await context.request.post(address(here, f"{at}/begin"), form={"language": "zh"})
    old = await whose(here, context, door)
    new = await begins_again(here, context, at)
    for mark, left in ((old, 1), (await whose(here, context, door), 0)):
        await context.add_cookies([{"name": ended, "value": mark, "url": here.url.replace("http:", "https:")}])
        await context.request.get(address(here, door))
        assert await here.rows("visit") <= before + left
        assert not [one for one in await context.cookies() if one["name"] == ended]
        assert not left or await visit_of(here, context) == new
    await context.close()
