"""The kiosk in a real browser: whole talks, without scripts, by keyboard, in three sizes; its forms, its cookies, its end.

Long, as every test goes through one open kiosk and one browser, which are slow to open.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession
from playwright.async_api import Browser, Page

from bot import clock, log
from bot.kiosk import hall, visit_cookie
from bot.kiosk.app import Kiosk
from bot.kiosk.devices import WRONG_KEYS
from bot.settings import BadSetting, Settings
from bot.store.base import StoreDown
from bot.talk.handoff import Handoff
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.web.security_headers import HEADERS
from bot.wording.views import Wording
from browser import PHONE, TALL, WIDE, Screen, boxes, chromium, faults, overlapping, too_wide
from conftest import BOOK, CITIES
from flows.conversation import Move, Talk
from service import refused
from test_talks import TALKS
from visitor import Here, Visitor, kiosk, next_page, offers

pytestmark = pytest.mark.asyncio(loop_scope="module")
HALL = "city: tianshui\ncounty: qinzhou\noffice: 秦州大厅\naddress: 民主路1号\nhours: 周一至周五\ntelephone: 0938-1\nhotline: 0938-12345\n"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    folder = tmp_path_factory.mktemp("kiosk")
    (folder / "hall.yaml").write_text(HALL, encoding="utf-8")
    async with kiosk(folder, hall=str(folder / "hall.yaml")) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(**TALL)
    context.set_default_timeout(8000)
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(page: Page, here: Here) -> Visitor:
    return Visitor(page, here.url)


def talk(city: str, language: str = "zh") -> list[str]:
    return next(one["says"] for one in TALKS if one["id"].startswith(f"talk-{city}") and one["language"] == language)


# ---- talks ----


@pytest.mark.parametrize(
    ("city", "language"),
    [("lincang", "zh"), *(pytest.param(city, "zh", marks=pytest.mark.long) for city in CITIES[1:]), ("wenzhou", "en")],
)
async def test_a_whole_talk_asks_the_same_and_ends_with_the_same_sheet(visitor: Visitor, city: str, language: str) -> None:
    await visitor.begins(language)
    wording = Wording(BOOK, language)
    for said in talk(city, language):
        view = visitor.view
        if view.fact:
            assert await visitor.asked() == wording.ask(BOOK.fact(view.fact, visitor.session.facts.get("city")), visitor.session)
            assert sorted(await visitor.offered()) == sorted(offers(view))
        await visitor.says(said)
    sheet = visitor.view.sheet
    shown = await visitor.text()
    assert sheet is not None and await visitor.page.title() == wording.kiosk_title()
    lines = [sheet.title, *sheet.answer, *sheet.footer, *(card.clause for card in sheet.cards)]
    lines += [line for card in sheet.cards for line in (card.title, *card.points, *card.where, *card.family, *card.notes)]
    lines += [paper.name for card in sheet.cards for paper in card.papers]
    assert [line for line in lines if line not in shown] == []
    assert re.search(r"\d{3}-\d{3}-\d{4}-\d", shown), "the sheet has its number"
    assert visitor.page.url == visitor.url
    if language == "en":
        pressed = await visitor.page.locator("button:not([lang])").all_inner_texts()
        assert not re.search("[\u4e00-\u9fff]", "".join(pressed))
        assert await visitor.page.locator("nav.bar").get_attribute("aria-label") == "Other actions"


async def test_a_talk_without_scripts(browser: Browser, here: Here) -> None:
    context = await browser.new_context(**TALL, java_script_enabled=False)
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.page.goto(here.url)
    await visitor.press("button[name=language][value=zh]")
    for value in ("city tianshui", "matter move_to_town"):
        await visitor.press(f'button[value="answer {value}"]')
    await visitor.press('button[value="ticked ties"]')
    assert "一项也没有选" in await visitor.text()
    await visitor.page.locator("label.choice").first.click()
    await visitor.press('button[value="ticked ties"]')
    await visitor.press('button[value="answer housing rented"]')
    await visitor.press('button[value="answer movers nothing"]')
    assert "天水：落户告知单" in await visitor.text()
    assert 'content="120; url=/kiosk/idle"' in await visitor.page.content()
    await visitor.page.goto(f"{here.url}/idle")
    assert "天水：落户告知单" in await visitor.text(), "somebody pressed only just now"
    await here.left_alone(120)
    await visitor.page.goto(f"{here.url}/idle")
    assert "天水" not in await visitor.text() and await context.cookies() == []
    await context.close()


async def test_a_talk_by_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.page

    async def reaches(selector: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the Tab key never comes to {selector}")

    async def presses(selector: str) -> None:
        await reaches(selector)
        ring = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert ring == "6px", "one sees where the keyboard is"
        async with next_page(page):
            await page.keyboard.press("Enter")

    await page.goto(visitor.url)
    await presses("button[value=zh]")
    for value in ("city tianshui", "matter move_to_town"):
        await presses(f'[value="answer {value}"]')
    await reaches("input[value=lives]")
    await page.keyboard.press("Space")
    async with next_page(page):
        await page.keyboard.press("Enter")  # in a box: the list is done
    await presses('[value="answer housing rented"]')
    await presses('[value="answer movers nothing"]')
    assert "天水：落户告知单" in await visitor.text()
    await presses("header .end")
    assert "English" in await visitor.text()


async def test_back_why_change_topics_and_start_again(visitor: Visitor) -> None:
    await visitor.begins()
    await visitor.says("天水")
    await visitor.press("[value=why]")
    assert "为什么问" in await visitor.page.locator(".remark").inner_text()
    await visitor.does(Move("back"))
    assert await visitor.asked() == "想在哪个市办？"
    for said in talk("tianshui"):
        await visitor.says(said)
    stages = await visitor.page.locator(".progress li").all_inner_texts()
    assert stages[:2] == ["城市", "要办的事"] and stages[-1] == "告知单"
    await visitor.press("[value=review]")
    talked = Talk(BOOK, visitor.session)
    assert await visitor.page.locator(".answers dt").count() == len(talked.facts) + len(talked.inferred)
    await visitor.press('[value="change matter"]')
    await visitor.press('[value="answer matter residence_permit"]')
    assert "改好了" in await visitor.page.locator(".remark").inner_text()


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_to_start_over_is_asked_about_once_something_was_said(browser: Browser, here: Here, scripts: bool) -> None:
    context = await browser.new_context(**TALL, java_script_enabled=scripts)
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.begins()
    await visitor.press("[value=restart]")
    assert await visitor.asked() == "想在哪个市办？", "nothing was said, nothing is asked"
    await visitor.says("天水")
    await visitor.press("[value=restart]")
    assert await visitor.asked() == "要清掉前面的回答，从头问起吗？" and visitor.page.url == here.url + "/restart"
    await visitor.press("main a")
    assert await visitor.asked() == "想办哪件事？"
    await visitor.press("[value=restart]")
    await visitor.press("[value='restart sure']")
    assert await visitor.asked() == "想在哪个市办？"
    await visitor.page.goto(here.url + "/restart")
    assert visitor.page.url == here.url, "there is nothing to clear any more"
    await context.close()


async def test_back_from_the_first_question_are_the_languages(here: Here, visitor: Visitor) -> None:
    before = await here.rows("visit")
    await visitor.begins("en")
    assert "Who you are asking for" in await visitor.text(), "what the two buttons below the cities are for is said"
    await visitor.press("[value=back]")
    assert "中文" in await visitor.text() and await visitor.page.context.cookies() == []
    assert await here.rows("visit") == before
    cookie, real = await begun(here)
    await ask(here, "POST", "/act", real | {"do": "answer city tianshui"}, cookie=cookie)
    second = await fields(here, cookie)
    for number in range(3):  # a finger that trembles
        await ask(here, "POST", "/act", second | {"key": f"{number}" * 22, "do": "back"}, cookie=cookie)
    assert "想在哪个市办" in (await ask(here, "GET", "", cookie=cookie))[1]


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_ticks_stay_when_something_beside_them_is_pressed(browser: Browser, here: Here, scripts: bool) -> None:
    context = await browser.new_context(**TALL, java_script_enabled=scripts)
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.begins()
    for said in talk("tianshui"):
        if visitor.view.tick:
            break
        await visitor.says(said)
    boxes = visitor.page.locator("input[name=tick]")
    for number, pressed in enumerate(
        (
            ["[value=why]"],
            ["[value=large]"],
            ["[value=contrast]"],
            ["[formaction='/kiosk/code']", "main button"],
            ["[value=review]", "[value=back]"],
            ["[value=restart]", "main a"],
        )
    ):
        await boxes.nth(number % 2).set_checked(number % 3 != 2)
        ticked = [await box.is_checked() for box in await boxes.all()]
        for button in pressed:
            await visitor.press(button)
        assert [await box.is_checked() for box in await boxes.all()] == ticked, pressed
        if number < 3:
            assert "为什么问" in await visitor.page.locator(".remark").inner_text(), "what was said besides stays, too"
    await visitor.press("[value=back]")
    await visitor.press(".choices .choice")
    assert not any([await box.is_checked() for box in await boxes.all()]), "another answer before it, and the list is new"
    await context.close()


async def test_the_privacy_line_stands_before_the_first_private_question_and_only_there(visitor: Visitor) -> None:
    await visitor.begins()
    privacy = Wording(BOOK, "zh").privacy_at_kiosk()
    for said in ("温州", "把户口迁到城镇", "工作 社保", "乐清市", "上班", "1"):
        private = visitor.view.fact is not None and BOOK.facts[visitor.view.fact].sensitive
        assert (privacy in await visitor.text()) == private
        await visitor.says(said)
    assert private and privacy not in await visitor.text()


@pytest.mark.long
async def test_ticks_of_one_list_are_not_those_of_another(visitor: Visitor) -> None:
    await visitor.begins()
    for said in talk("tianshui"):
        if visitor.view.fact == "movers":
            break
        await visitor.says(said)
    await visitor.page.locator("input[name=tick]").first.check()
    await visitor.press("[value=review]")
    await visitor.press("[value='change ties']")
    ticked = await visitor.page.locator("input[name=tick]:checked").evaluate_all("(all) => all.map((one) => one.value)")
    assert tuple(ticked) == visitor.session.facts["ties"]


# ---- every screen ----


async def screens(visitor: Visitor, here: Here) -> AsyncIterator[str]:
    """Goes through all screens; the name of each, while it is shown."""
    page, context = visitor.page, visitor.page.context
    await page.goto(visitor.url)
    yield "start"
    await visitor.begins()
    yield "city"
    await visitor.says("天水")
    yield "matter"
    await visitor.press("[value=why]")
    yield "why"
    for said in talk("tianshui")[1:-1]:
        await visitor.says(said)
        yield f"after {said}"
    await visitor.press("[value=review]")
    yield "answers"
    await visitor.press("[value=back]")
    await visitor.press("[formaction='/kiosk/code']")
    yield "code"
    code = await page.locator(".code").inner_text()
    assert await here.handoff.take_over(code, "mei")
    await page.goto(visitor.url)
    yield "at the hotline"
    [case] = await here.handoff.cases("mei")
    await here.handoff.give_back("mei", case.id)
    await page.goto(visitor.url)
    await visitor.says(talk("tianshui")[-1])
    yield "sheet"
    await visitor.press("[value=open_topic]")
    yield "topics"
    await visitor.press(".choices .choice")
    yield "topic"
    await visitor.press("[value=large]")
    yield "large"
    await visitor.press("[value=contrast]")
    yield "contrast"
    await page.evaluate("document.body.dataset.idle = '0'")
    await page.locator("#idle[open]").wait_for()
    yield "still there?"
    await page.evaluate("document.body.dataset.idle = '90'")
    await page.locator("#stay").click()
    await visitor.press("header .end")
    assert [cookie["name"] for cookie in await context.cookies()] == []


@pytest.mark.long
async def test_every_screen_is_for_everybody_and_what_can_be_pressed_is_large_and_apart(visitor: Visitor, here: Here) -> None:
    seen = []
    async for name in screens(visitor, here):
        seen.append(name)
        assert await faults(visitor.page) == [], name
        for size, least in ((WIDE, 96), (PHONE, 48), (TALL, 96)):
            await visitor.page.set_viewport_size(size["viewport"])
            found = await boxes(visitor.page, "dialog button" if name == "still there?" else "button, .choice, a.button")
            assert found and min(box["height"] for box in found) >= least, name
            # what ends a list stays within reach at the lower edge, over the options that are scrolled to
            fixed = await boxes(visitor.page, ".finish button, .finish .choice, .foot button, .foot .choice, .foot a")
            assert overlapping([box for box in found if box not in fixed]) == [], name
            assert await too_wide(visitor.page) <= 0, name
        first = await boxes(visitor.page, ".choices .choice, .choices .primary, .near .choice")
        assert min((box["y"] for box in first), default=1920) >= 1920 / 3, f"{name}: too high for a short arm"
    assert len(seen) >= 15


NARROW: Screen = {"viewport": {"width": 320, "height": 568}}
BROKEN_WORDS = """() => [...document.querySelectorAll("header, .bar, .choices")].flatMap((part) => {
    const found = [], texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT), word = document.createRange();
    while (texts.nextNode())
        for (const one of texts.currentNode.data.matchAll(/[A-Za-z]+/g)) {
            word.setStart(texts.currentNode, one.index);
            word.setEnd(texts.currentNode, one.index + one[0].length);
            if (new Set([...word.getClientRects()].map((line) => line.top)).size > 1) found.push(one[0]);
        }
    return found;
})"""


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_no_word_is_broken_and_the_sheet_has_room(visitor: Visitor, language: str) -> None:
    await visitor.begins(language)
    for said in talk("tianshui" if language == "zh" else "wenzhou", language):
        await visitor.says(said)
        for large in (True, False) if visitor.view.tick or visitor.view.sheet else ():
            await visitor.press("[value=large]")
            for size in (WIDE, PHONE, NARROW, TALL):
                await visitor.page.set_viewport_size(size["viewport"])
                width = size["viewport"]["width"]
                assert await visitor.page.evaluate(BROKEN_WORDS) == [], (size, large)
                [name] = await boxes(visitor.page, "header .name")
                [head] = await boxes(visitor.page, "header")
                assert name["width"] >= min(300, width - 32) and await too_wide(visitor.page) <= 0, (size, large)
                if size is TALL:
                    [bar] = await boxes(visitor.page, ".bar")
                    assert head["height"] <= 290 and bar["height"] <= 370, (size, large)


async def test_axe_finds_what_is_wrong_on_a_bad_page(page: Page) -> None:
    await page.set_content(
        '<title>x</title><main><h1>x</h1><button></button><a href="/a" style="font-size:5px">a</a><img src="x"></main>'
    )
    rules = {one.partition(":")[0] for one in await faults(page)}
    assert {"button-name", "image-alt", "html-has-lang"} <= rules


# ---- the hall, and which devices ----


async def test_the_halls_own_city_and_county_come_first_and_are_marked_and_not_answered(visitor: Visitor) -> None:
    await visitor.begins()
    assert (await visitor.offered())[0] == "answer city tianshui"
    assert await visitor.page.locator(".here").count() == 1
    await visitor.says("温州")
    await visitor.says("把户口迁到城镇")
    assert await visitor.page.locator(".here").count() == 0, "another city's counties are elsewhere"
    await visitor.press("header .end")
    await visitor.begins()
    for said in talk("tianshui"):
        await visitor.says(said)
    shown = await visitor.page.locator(".hall").inner_text()
    assert all(words in shown for words in ("秦州大厅", "民主路1号", "周一至周五", "0938-1", "您现在所在的大厅"))
    assert "不办" not in shown


async def test_below_another_citys_sheet_the_hall_is_said_not_to_be_the_place_to_go(visitor: Visitor) -> None:
    await visitor.begins()
    for said in talk("wenzhou"):
        await visitor.says(said)
    assert await visitor.page.locator(".hall h2").inner_text() == "您现在所在的大厅（不办温州的户口）"


async def test_without_a_hall_nothing_is_told_of_one(tmp_path: Path, page: Page) -> None:
    async with kiosk(tmp_path) as here:
        visitor = Visitor(page, here.url)
        await visitor.begins()
        assert await visitor.offered() == offers(visitor.view)
        for said in talk("tianshui"):
            await visitor.says(said)
        assert await page.locator(".hall").count() == 0
        await visitor.press("[formaction='/kiosk/code']")
        assert "打通热线以后，" in await visitor.text() and "请拨打" not in await visitor.text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("citty: tianshui", "是不是 city"),
        ("city: beijing", "city 要写其中一个"),
        ("city: tianshui\ncounty: lucheng", "county 要写其中一个"),
        ("county: qinzhou", "就要写 city"),
        ("paper: a4", "paper 要写其中一个：a5、receipt"),
        ("hotline: ''", "要写一句话"),
        ("office: ''", "要写一句话"),
        ("office: [a]", "要写一句话"),
        ("- office", "键: 内容"),
        ("office: a\noffice: b", "重复了"),
        ("office: &x a", "锚点"),
    ],
)
async def test_a_hall_that_is_not_understood_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "hall.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=r"^LUOHU_HALL") as caught:
        hall.read(str(tmp_path / "hall.yaml"), BOOK)
    assert said in str(caught.value) and "\n" not in str(caught.value)


async def test_a_hall_that_is_not_there_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    status, said = await refused(tmp_path, LUOHU_HALL="nowhere.yaml")
    assert status == 2 and said.count("\n") == 1 and "nowhere.yaml" in said


async def test_with_a_key_only_devices_that_were_told_it_show_the_kiosk(tmp_path: Path, browser: Browser) -> None:
    async with kiosk(tmp_path, kiosk_key="开门 sesame") as here:
        context = await browser.new_context(**TALL)
        visitor = Visitor(await context.new_page(), here.url)
        for path in ("", "/begin", "/act", "/restart", "/look", "/code", "/on", "/held", "/stay", "/end", "/idle"):
            answer = await (context.request.get if path in ("", "/restart", "/held", "/idle") else context.request.post)(
                here.url + path
            )
            assert answer.status == 403, path
        await visitor.page.goto(here.url)
        assert await faults(visitor.page) == [] and min(box["height"] for box in await boxes(visitor.page)) >= 80
        await visitor.page.fill("#key", "wrong")
        await visitor.press("main button")
        assert "口令不对" in await visitor.text()
        await visitor.page.fill("#key", "开门 sesame")
        await visitor.press("main button")
        await visitor.begins()
        await visitor.press("header .end")
        await visitor.begins()  # the key outlives the end of a visit
        [device] = [cookie for cookie in await context.cookies() if cookie["name"] == "__Host-device"]
        assert device["httpOnly"] and device["sameSite"] == "Strict" and "sesame" not in device["value"]
        forged = device["value"][:-1] + ("0" if device["value"][-1] != "0" else "1")
        assert await status(here, "GET", "", cookie=f"__Host-device={forged}") == 403
        assert await status(here, "GET", "", cookie=f"__Host-device={device['value']}") == 200
        await context.close()


async def test_guessing_the_key_ends_soon(tmp_path: Path) -> None:
    async with kiosk(tmp_path, kiosk_key="right") as here:
        tries = [await status(here, "POST", "/key", {"key": "wrong"}) for _ in range(WRONG_KEYS[0][0])]
        assert tries == [403] * WRONG_KEYS[0][0]
        assert await status(here, "POST", "/key", {"key": "right"}) == 429


# ---- forms ----


async def ask(
    here: Here, method: str, path: str, fields: dict[str, str] | None = None, *, cookie: str = "", **headers: str
) -> tuple[ClientResponse, str]:
    """A request as a program makes it, with the cookie as we please."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | ({"Cookie": cookie} if cookie else {})
    async with ClientSession() as http:
        body = fields if method == "POST" else None
        async with http.request(method, here.url + path, data=body or None, headers=sent, allow_redirects=False) as answer:
            return answer, await answer.text()


async def status(here: Here, method: str, path: str, fields: dict[str, str] | None = None, cookie: str = "") -> int:
    return (await ask(here, method, path, fields or {"a": "b"}, cookie=cookie))[0].status


@pytest_asyncio.fixture(loop_scope="module")
async def talking(here: Here) -> tuple[str, dict[str, str]]:
    return await begun(here)


async def begun(here: Here) -> tuple[str, dict[str, str]]:
    """(the cookie of a visit that is asked for its city, the fields of its form)."""
    answer, _ = await ask(here, "POST", "/begin", {"language": "zh"})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return cookie, await fields(here, cookie)


async def fields(here: Here, cookie: str) -> dict[str, str]:
    _, text = await ask(here, "GET", "", cookie=cookie)
    return dict(re.findall(r'name="(step|key)" value="([^"]+)"', text))


async def facts(here: Here, cookie: str) -> dict[str, object]:
    name = cookie.partition("=")[2].partition(".")[0]
    return dict((await here.desk.read(here.desk.owner("kiosk", name))).session.facts)


async def test_a_form_counts_once_and_an_old_one_not_at_all(here: Here, talking: tuple[str, dict[str, str]]) -> None:
    cookie, first = talking
    pressed = first | {"do": "answer city tianshui"}
    await asyncio.gather(*(ask(here, "POST", "/act", pressed, cookie=cookie) for _ in range(5)))
    assert await facts(here, cookie) == {"city": "tianshui"}
    await ask(here, "POST", "/act", pressed | {"do": "answer city wenzhou"}, cookie=cookie)
    for number, old in enumerate(("answer city wenzhou", "back", "restart")):
        await ask(here, "POST", "/act", first | {"key": f"{number}" * 22, "do": old}, cookie=cookie)
    assert await facts(here, cookie) == {"city": "tianshui"}
    assert "没有改动您的回答" in (await ask(here, "GET", "", cookie=cookie))[1]


@pytest.mark.parametrize(
    "forged",
    [
        {"do": "answer city beijing"},
        {"do": "answer matter move_to_town"},
        {"do": "answer housing rented"},
        {"do": "answer nothing nothing"},
        {"do": "ticked city", "tick": "tianshui"},
        {"do": "ticked movers", "tick": "aliens"},
        {"do": "ticked"},
        {"do": "tell city tianshui"},
        {"do": "leave"},
        {"do": "begin"},
        {"do": "change city"},
        {"do": "open_topic school"},
        {"do": ""},
        {"do": "answer city tianshui more words"},
        {"do": "answer city tianshui", "step": "0"},
        {"do": "answer city tianshui", "step": "-1"},
        {"do": "answer city tianshui", "step": "9" * 5000},
        {"do": "answer city tianshui", "step": "²"},
        {"do": "answer city tianshui", "key": "short"},
        {"do": "answer city tianshui", "key": "../" * 8},
        {"do": "answer city <script>alert(1)</script>"},
    ],
)
async def test_forged_fields_change_nothing(here: Here, talking: tuple[str, dict[str, str]], forged: dict[str, str]) -> None:
    cookie, real = talking
    answer, _ = await ask(here, "POST", "/act", real | forged, cookie=cookie)
    assert answer.status == 303 and await facts(here, cookie) == {}
    shown, text = await ask(here, "GET", "", cookie=cookie)
    assert shown.status == 200 and "想在哪个市办" in text and "alert(1)" not in text


async def test_a_cookie_of_no_visit_begins_none(here: Here, talking: tuple[str, dict[str, str]]) -> None:
    _, real = talking
    before = await here.rows("visit")
    for cookie in ("__Host-visit=" + "A" * 22 + ".x", "__Host-visit=; drop", "__Host-visit=" + "x" * 5000):
        assert await status(here, "POST", "/act", real | {"do": "answer city tianshui"}, cookie=cookie) == 303
        answer, text = await ask(here, "GET", "", cookie=cookie)
        assert "English" in text and "Max-Age=0" in answer.headers["set-cookie"]
    assert await here.rows("visit") == before


async def test_looking_stores_nothing_and_beginning_anew_ends_what_was(tmp_path: Path) -> None:
    async with kiosk(tmp_path) as here:  # of its own: from that of all a purge takes what others have left
        before = await here.rows("visit"), await here.rows("inbox"), await here.rows("attempt")
        for _ in range(200):
            answer, _ = await ask(here, "GET", "")
            assert "set-cookie" not in answer.headers
        assert (await here.rows("visit"), await here.rows("inbox"), await here.rows("attempt")) == before
        first, _ = await ask(here, "POST", "/begin", {"language": "zh"})
        cookie = first.headers["set-cookie"].partition(";")[0]
        second, _ = await ask(here, "POST", "/begin", {"language": "en"}, cookie=cookie)
        assert await here.rows("visit") == before[0] + 1
        assert second.headers["set-cookie"][:36] != first.headers["set-cookie"][:36]


async def test_the_name_in_a_visits_cookie_is_kept_nowhere(here: Here, talking: tuple[str, dict[str, str]]) -> None:
    """Who could read it in the database would have the visit."""
    cookie, real = talking
    await ask(here, "POST", "/act", real | {"do": "answer city tianshui"}, cookie=cookie)
    assert await facts(here, cookie) == {"city": "tianshui"}
    async with here.desk.runtime.store.transaction() as db:
        tables = [name for (name,) in await db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = str([await db.rows(f"SELECT * FROM {table}") for table in tables])
    assert real["key"] in kept and cookie.partition("=")[2].partition(".")[0] not in kept


# ---- headers and cookies ----


def doors() -> list[tuple[str, str]]:
    """Every route of the kiosk: (method, path after /kiosk)."""
    desk = Turns(Runtime(BOOK, None, b"", 24))  # type: ignore[arg-type]
    routes = [one for one in Kiosk(desk, Settings(), lambda: None).routes() if one.path.startswith("/kiosk")]  # not the phone's
    return [(method, route.path.removeprefix("/kiosk")) for route in routes for method in (route.methods or set()) - {"HEAD"}]


@pytest.mark.parametrize(("method", "path"), [*doors(), ("GET", "/no-such-page"), ("PUT", ""), ("GET", "/act")])
async def test_every_answer_has_the_headers(here: Here, talking: tuple[str, dict[str, str]], method: str, path: str) -> None:
    cookie, real = talking
    answer, _ = await ask(here, method, path, real, cookie=cookie)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store" and "server" not in answer.headers
    assert "unsafe" not in answer.headers["content-security-policy"]
    for given in answer.headers.getall("set-cookie", []):
        assert all(flag in given for flag in ("HttpOnly", "Secure", "SameSite=strict", "Path=/")) and "Domain" not in given
    if (method, path) in doors():
        handed = [one for one in answer.headers.getall("set-cookie", []) if one.startswith("__Host-visit=")]
        assert len(handed) == 1 and cookie not in handed[0], "the visit's cookie is another one after every answer"


@pytest.mark.parametrize(("method", "path"), [door for door in doors() if door[0] == "POST"])
async def test_no_other_site_presses_a_button(here: Here, talking: tuple[str, dict[str, str]], method: str, path: str) -> None:
    cookie, real = talking
    pressed = real | {"do": "answer city tianshui", "language": "en"}
    before = await here.rows("visit")
    for headers in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert (await ask(here, method, path, pressed, cookie=cookie, **headers))[0].status == 403
    assert (await ask(here, method, path, pressed, cookie=cookie, Content_Type="text/plain"))[0].status == 415
    assert (await ask(here, method, path, {"do": "x" * 70_000}, cookie=cookie))[0].status == 413
    assert await facts(here, cookie) == {} and await here.rows("visit") == before


async def test_what_was_asked_for_is_repeated_in_no_address(here: Here) -> None:
    for path, where in (("/?q=word", (303, "/kiosk")), ("/slip/?q=word", (404, None))):
        answer, said = await ask(here, "GET", path)
        assert (answer.status, answer.headers.get("location")) == where and "word" not in said
    answer, _ = await ask(at_the_door(here), "GET", f"/phone/{'x' * 22}/")
    assert (answer.status, answer.headers.get("location")) == (404, None)


def at_the_door(here: Here) -> Here:
    """The same place for a phone, which does not come in by the kiosk."""
    return replace(here, url=here.url.removesuffix("/kiosk"))


async def test_when_the_database_is_away_the_page_says_so_and_the_end_still_ends(
    here: Here, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreDown("away")

    await visitor.begins()
    with monkeypatch.context() as patched:
        patched.setattr(here.desk, "read", away)
        patched.setattr(here.desk, "take", away)
        patched.setattr(here.desk, "end", away)
        answer = await visitor.press('[value="answer city tianshui"]')
        assert answer.status == 503 and "现在有点忙" in await visitor.text()
        assert await faults(visitor.page) == []
        await visitor.press("header .end")
    assert await visitor.page.context.cookies() == []


async def test_a_fault_of_ours_is_a_page_of_ours(here: Here, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    await visitor.begins()
    with monkeypatch.context() as patched:
        patched.setattr(here.desk, "read_with", lambda *_: 1 / 0)
        answer = await visitor.page.goto(visitor.url)
        assert answer is not None and answer.status == 500
        shown = await visitor.text()
    assert "这一步没有办成" in shown and "ZeroDivision" not in shown
    await visitor.press("a.button")
    assert await visitor.asked() == "想在哪个市办？"


async def test_a_fault_of_ours_is_a_page_of_ours_on_a_phone_too(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> bool:
        raise RuntimeError("canary")

    monkeypatch.setattr(Handoff, "move", fails)
    logged: list[str] = []
    monkeypatch.setattr(log, "fault", lambda name, error: logged.append(f"{name} {type(error).__name__}"))
    link, form = f"/phone/{'x' * 22}", {"visit": "y" * 22}
    answer, said = await ask(at_the_door(here), "POST", link, form)
    assert answer.status == 500 and "这一步没有办成" in said and "canary" not in said
    assert logged == ["kiosk RuntimeError"]
    answer, said = await ask(at_the_door(here), "POST", link, form, Content_Type="text/plain")
    assert answer.status == 415 and "这一步没有办成" in said


# ---- the hotline ----


async def test_the_hotline_takes_over_and_gives_back_and_the_page_follows(visitor: Visitor, here: Here) -> None:
    await visitor.page.clock.install()
    await visitor.begins()
    await visitor.says("天水")
    await visitor.press("[formaction='/kiosk/code']")
    code = await visitor.page.locator(".code").inner_text()
    assert "请拨打0938-12345，" in await visitor.text()
    await visitor.press("main button")
    assert await visitor.asked() == "想办哪件事？"
    await visitor.press("[formaction='/kiosk/code']")
    assert await visitor.page.locator(".code").inner_text() != code
    case = await here.handoff.take_over(await visitor.page.locator(".code").inner_text(), "li")
    assert case is not None
    async with next_page(visitor.page):
        await visitor.page.clock.run_for(5100)
    assert await visitor.asked() == "在热线继续" and Wording(BOOK, "zh").at_the_hotline() in await visitor.text()
    await here.handoff.give_back("li", case.id)
    async with next_page(visitor.page):
        await visitor.page.clock.run_for(5100)
    assert await visitor.asked() == "想办哪件事？"


async def test_what_the_hotline_holds_is_not_taken_from_it_when_the_screen_is_cleared(visitor: Visitor, here: Here) -> None:
    await visitor.begins()
    await visitor.says("天水")
    await visitor.press("[formaction='/kiosk/code']")
    case = await here.handoff.take_over(await visitor.page.locator(".code").inner_text(), "wang")
    assert case is not None
    await visitor.press("header .end")
    assert await visitor.page.context.cookies() == []
    assert (await here.desk.read(case.owner)).session.facts == {"city": "tianshui"}


# ---- left alone ----


async def test_nobody_there_a_countdown_and_everything_is_gone(visitor: Visitor, here: Here) -> None:
    page = visitor.page
    await page.clock.install()
    await visitor.begins()
    await visitor.says("天水")
    assert (await page.evaluate("[document.body.dataset.idle, document.body.dataset.warning]")) == ["90", "30"]
    await page.clock.run_for(89_000)
    assert not await page.locator("#idle").is_visible()
    await page.clock.run_for(2_000)
    assert await page.locator("#left").inner_text() in ("29", "30")
    await page.locator("#stay").click()
    assert not await page.locator("#idle").is_visible()
    name = next(one["value"] for one in await page.context.cookies() if one["name"] == visit_cookie.VISIT).partition(".")[0]
    mine = visit_cookie.owner(here.desk, name)
    assert (await here.desk.read(mine)).version
    await page.clock.run_for(119_000)
    assert await page.locator("#left").inner_text() in ("1", "2")
    await here.left_alone(119)
    async with next_page(page):
        await page.clock.run_for(2_000)
    assert "English" in await visitor.text() and await page.context.cookies() == []
    assert not (await here.desk.read(mine)).version, "others may go at the same time, by their age"


async def test_who_reads_on_is_not_forgotten(visitor: Visitor, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    await visitor.page.clock.install()
    await visitor.begins()
    await visitor.page.clock.run_for(31_000)
    async with visitor.page.expect_response("**/kiosk/stay") as told:
        await visitor.page.mouse.wheel(0, 100)
    assert (await told.value).status == 204
    [name] = [cookie["value"].partition(".")[0] for cookie in await visitor.page.context.cookies()]
    owner = here.desk.owner("kiosk", name)
    real = time.time()
    monkeypatch.setattr(clock, "time", lambda: real + 149)
    assert await here.desk.stay(owner)
    monkeypatch.setattr(clock, "time", lambda: real + 298)
    assert (await here.desk.read(owner)).step, "it was kept by the word that somebody is there"
    monkeypatch.setattr(clock, "time", lambda: real + 301)
    assert not (await here.desk.read(owner)).step and not await here.desk.stay(owner)


async def test_the_screen_is_wiped_without_a_server_too(tmp_path: Path, browser: Browser) -> None:
    context = await browser.new_context(**TALL)
    async with kiosk(tmp_path) as here:
        visitor = Visitor(await context.new_page(), here.url)
        await visitor.page.clock.install()
        await visitor.begins()
        await visitor.says("天水")
        await here.down()
        await visitor.page.clock.run_for(121_000)
        assert (await visitor.text()).strip() == "已经清除。"
    await context.close()
