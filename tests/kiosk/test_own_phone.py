"""A resident's own phone: the door at /, in a phone-sized Chromium behind a reverse proxy with https, with and without scripts.

Long, as every test goes by one open door and one browser, which are slow to open.
"""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import structs
from playwright.async_api import Browser, BrowserContext, Page

from bot import clock
from bot.kiosk import devices, pdf
from bot.kiosk import visit_cookie as cookies
from bot.settings import BadSetting
from bot.settings import read as settings
from bot.talk.presses import linked
from bot.talk.visit import Visit
from botapi import BOT, BotApi
from browser import PHONE, boxes, chromium, faults, too_wide
from flows.conversation import Reply
from https import NAME, Front, https
from needs import PDF, needs
from person import Person
from service import service
from test_kiosk import ask, talk
from test_slip import Visitor as Reader
from test_slip import hall, pages, read, squeezed
from visitor import Here, Visitor, kiosk, next_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
ZH = "zh-CN"


def at_the_door(here: Here) -> Here:
    return replace(here, url=here.url.removesuffix("/kiosk"))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    """A service with a key for its kiosks, which no phone has."""
    async with kiosk(tmp_path_factory.mktemp("own"), kiosk_key="sesame", hotline="12345", public_url="https://x.example") as one:
        yield at_the_door(one)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def front(here: Here, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    """An old browser behind it: one that does not say where a form comes from but by its origin."""
    async with https(here.url, tmp_path_factory.mktemp("front"), stripped=("sec-fetch-",)) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser(front: Front) -> AsyncIterator[Browser]:
    async with chromium(*front.known) as one:
        yield one


async def own_phone(browser: Browser, scripts: bool = True) -> BrowserContext:
    context = await browser.new_context(**PHONE, java_script_enabled=scripts, ignore_https_errors=True)
    context.set_default_timeout(20_000)
    return context


class Resident:
    """Somebody with a phone in hand."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    async def opens(self, link: str = "/") -> None:
        await self.page.goto(self.url + link)

    async def presses(self, what: str) -> None:
        async with next_page(self.page):
            await self.page.locator(what).first.click()

    async def answers_all(self, city: str = "tianshui") -> str:
        """From the language to the sheet, where the link named the city; the number on it."""
        await self.opens(f"/?city={city}")
        await self.presses("[name=language][value=zh]")
        visitor = Visitor(self.page, self.url)
        visitor.session = structs.replace(
            visitor.session, language="zh", phase="asking", facts={"city": city}, as_of=clock.today()
        )
        for said in talk(city)[1:]:
            await visitor.says(said)
        return str(re.findall(r"\d{3}-\d{3}-\d{4}-\d", await self.text())[0])

    async def text(self) -> str:
        return await self.page.locator("body").inner_text()


async def begun(here: Here, city: str = "", **fields: str) -> tuple[str, str]:
    """(where a press on a language leads, the cookie that came with it)."""
    answer, _ = await ask(here, "POST", "/phone/begin", {"language": "zh", "city": city} | fields, Accept_Language=ZH)
    name = answer.cookies.get(cookies.PHONE.visit)
    return answer.headers.get("location", ""), f"{cookies.PHONE.visit}={name.value}" if name else ""


async def page_of(here: Here, cookie: str, path: str = "/") -> str:
    return (await ask(here, "GET", path, cookie=cookie, Accept_Language=ZH))[1]


async def answered(here: Here, cookie: str, said: str) -> str:
    """Presses a button of the page that is shown; the page after it."""
    hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', await page_of(here, cookie)))
    await ask(here, "POST", "/phone/act", hidden | {"do": said}, cookie=cookie)
    return await page_of(here, cookie)


# ---- from the link to the end ----


@pytest.mark.long
@SCRIPTS
async def test_from_a_citys_link_to_the_sheet_and_its_pdf_and_to_an_end_by_one_press(
    here: Here, front: Front, browser: Browser, tmp_path: Path, scripts: bool
) -> None:
    needs(*PDF)
    context = await own_phone(browser, scripts)
    resident = Resident(await context.new_page(), front.url)
    number = await resident.answers_all()
    assert resident.page.url == f"{front.url}/" and "告知单" in await resident.text()
    [kept] = await context.cookies()
    assert (kept["name"], kept["domain"], kept["path"]) == ("__Host-my-visit", NAME, "/")
    assert kept["secure"] and kept["httpOnly"] and kept["sameSite"] == "Strict"
    await resident.presses("nav.finish a")
    async with resident.page.expect_download() as loading:
        await resident.page.locator("a[href$='.pdf']").click()
    loaded, file = await loading.value, tmp_path / "slip.pdf"
    await loaded.save_as(file)
    assert loaded.suggested_filename == "luohu.pdf" and len(pages(file)) == 2, "one leaf"
    assert number in read(file) and squeezed("天水") in read(file)
    await resident.opens()
    await resident.presses("[formaction='/phone/code']")
    assert "12345" in await resident.text() and await here.handoff.take_over(await resident.page.inner_text(".code"), "mei")
    await resident.presses("header .end")
    assert "这次问答已经结束" in await resident.text() and "天水" not in await resident.text()
    assert await context.cookies() == []
    await context.close()


@pytest.mark.long
@SCRIPTS
async def test_every_page_fits_a_phone_and_can_be_read_and_pressed(front: Front, browser: Browser, scripts: bool) -> None:
    context = await own_phone(browser, scripts)
    resident = Resident(await context.new_page(), front.url)
    await resident.opens("/?city=lincang")
    seen = [resident.page.url]
    for path in ("", "[name=language][value=zh]", "[value='answer matter move_to_town']", "[value=review]", "header .end"):
        if path:
            await resident.presses(path)
        seen.append(await resident.page.locator("h1").first.inner_text())
        assert await too_wide(resident.page) == 0, seen
        assert all(box["height"] >= 44 for box in await boxes(resident.page)), seen
        if scripts:
            assert await faults(resident.page) == [], seen
    await context.close()


async def test_a_link_names_the_city_which_can_be_changed_and_nothing_else_is_known(here: Here) -> None:
    start = await page_of(here, "", "/?city=lincang")
    assert "要办的城市：临沧" in start and 'name="city" value="lincang"' in start and '<a href="/">' in start
    assert "要办的城市" not in await page_of(here, "", "/?city=%3Cb%3Enowhere")
    where, cookie = await begun(here, "lincang")
    assert where == "/" and "想办哪件事" in await page_of(here, cookie)
    assert "想在哪个市办" in await answered(here, cookie, "change city") or "city" in await answered(here, cookie, "review")
    _, cookie = await begun(here, "nowhere")
    assert "想在哪个市办？" in await page_of(here, cookie)


async def test_who_looks_and_presses_nothing_leaves_nothing(here: Here) -> None:
    before = await here.rows("visit")
    for path in ("/", "/?city=lincang", "/phone/over", "/phone/idle", "/phone/slip", f"/phone/{'x' * 22}", "/phone/begin"):
        answer, _ = await ask(here, "GET", path, User_Agent="Mozilla/5.0 (compatible; Spider/1.0)")
        assert (answer.status in (200, 303) and "set-cookie" not in answer.headers) or "Max-Age=0" in answer.headers[
            "set-cookie"
        ], path
    assert (await ask(here, "HEAD", "/"))[0].status == 200
    assert await here.rows("visit") == before


@pytest.mark.long
async def test_it_goes_on_in_telegram_where_the_bot_is_on(here: Here, tmp_path: Path) -> None:
    name = cookies.new_name()
    await here.desk.take(cookies.owner(here.desk, name), None, name, at_the_sheet)
    assert "Telegram" not in await page_of(here, f"{cookies.PHONE.visit}={name}.x", "/phone/slip"), "the bot is off"
    async with BotApi() as api, hall(service(api, tmp_path), [Reader(channel="phone")]) as opened:
        who, link = opened.visitor(), cookies.PHONE.link
        assert "在 Telegram 里继续" in (await opened.get(who, "/phone/slip")).text
        kept = (await opened.post(who, "/phone/slip/phone", step=str(who.step))).cookies[link]
        page = (await opened.get(who, "/phone/slip/phone", **{link: kept})).text
        assert f'href="https://t.me/{BOT["username"]}?start={kept[:22]}"' in page
        arrived = await Person(api).says(f"/start {kept[:22]}")
        assert who.receipt in arrived.text
        gone = (await opened.get(who, "/", **{link: kept})).text
        assert "已经转到 Telegram" in gone and who.receipt not in gone


# ---- not a kiosk's ----


async def test_no_key_and_no_hurry(here: Here) -> None:
    assert "口令" in (await ask(here, "GET", "/kiosk"))[1], "the kiosk is locked"
    _, cookie = await begun(here)
    shown = await page_of(here, cookie)
    assert 'data-idle="1680" data-warning="120"' in shown and "两分钟" not in shown
    assert 'action="/phone/act"' in shown and '"/kiosk' not in shown
    assert 'href="/"' in (await ask(here, "GET", "/kiosk"))[1], "who strayed to the key's page finds the way"


async def test_the_two_doors_do_not_know_each_others_visits(tmp_path: Path) -> None:
    async with kiosk(tmp_path) as open_to_all:
        door = at_the_door(open_to_all)
        answer, _ = await ask(door, "POST", "/kiosk/begin", {"language": "zh"})
        of_kiosk = f"{cookies.KIOSK.visit}={answer.cookies[cookies.KIOSK.visit].value}"
        _, of_phone = await begun(door, "wenzhou")
        both = f"{of_kiosk}; {of_phone}"
        assert "想在哪个市办" in await page_of(door, both, "/kiosk") and "想办哪件事" in await page_of(door, both)
        ended, _ = await ask(door, "POST", "/phone/end", {"a": "b"}, cookie=both)
        assert cookies.KIOSK.visit not in ended.cookies and await door.rows("visit") == 1
        assert "想在哪个市办" in await page_of(door, both, "/kiosk")
        assert "想办哪件事" in (await page_of(door, f"{of_kiosk}; {(await begun(door, 'wenzhou'))[1]}; {cookies.KIOSK.ended}=1"))


async def test_a_kiosk_that_strays_to_the_phones_door_is_led_home(here: Here) -> None:
    answer, _ = await ask(here, "POST", "/kiosk/key", {"key": "sesame"})
    told = f"{devices.DEVICE}={answer.cookies[devices.DEVICE].value}"
    answer, _ = await ask(here, "GET", "/", cookie=told)
    assert (answer.status, answer.headers["location"]) == (303, "/kiosk")


@pytest.mark.parametrize("after", [29 * 60, 30 * 60 + 1])
async def test_half_an_hour_after_the_last_press_nothing_is_left(here: Here, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    _, cookie = await begun(here, "shaoguan")
    asked = 'action="/phone/act"'
    assert asked in await answered(here, cookie, "answer matter move_to_town")
    owner, real = cookies.owner(here.desk, cookie.partition("=")[2][:22]), time.time()
    monkeypatch.setattr(clock, "time", lambda: real + after)
    there = after < 30 * 60
    assert (asked in await page_of(here, cookie)) == there
    await here.desk.purge()
    assert bool(await here.desk.version(owner)) == there, "on the disk, too"
    assert ("这次问答已经结束" in await page_of(here, cookie)) != there


async def test_a_list_whose_talk_is_gone_begins_nothing_however_often_it_is_sent(here: Here) -> None:
    _, cookie = await begun(here, "tianshui")
    listed = await answered(here, cookie, "answer matter move_to_town")
    assert 'name="tick"' in listed
    hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', listed)) | {"tick": "lives"}
    await here.desk.end(cookies.owner(here.desk, cookie.partition("=")[2][:22]))
    before = await here.rows("visit")
    for path, do in (("act", "ticked ties"), ("act", "ticked ties"), ("language", ""), ("look", ""), ("code", "")):
        sent = hidden | {"do": do or "why", "language": "en", "look": "large"}
        assert (await ask(here, "POST", f"/phone/{path}", sent, cookie=cookie))[0].headers["location"] == "/"
    assert await here.rows("visit") == before and "这次问答已经结束" in await page_of(here, cookie)


async def test_a_phone_that_was_left_wipes_its_own_screen(here: Here, front: Front, browser: Browser) -> None:
    context = await own_phone(browser)
    resident = Resident(page := await context.new_page(), front.url)
    await page.clock.install()
    await resident.opens("/?city=lincang")
    await resident.presses("[name=language][value=zh]")
    await page.clock.run_for(100_000)
    assert not await page.locator("#idle").is_visible(), "no kiosk's clock"
    await here.left_alone(30 * 60 - 1)
    async with next_page(page):
        await page.clock.fast_forward(30 * 60 * 1000)
        await page.clock.run_for(1000)
    assert "这次问答已经结束" in await resident.text() and await context.cookies() == []
    await context.close()


async def test_a_window_that_nobody_touches_ends_no_talk_that_goes_on_in_another(
    here: Here, front: Front, browser: Browser
) -> None:
    context = await own_phone(browser)
    left, used = [Resident(await context.new_page(), front.url) for _ in range(2)]
    await left.page.clock.install()
    await left.opens("/?city=lincang")
    await left.presses("[name=language][value=zh]")
    await used.opens()
    await used.presses("[value='answer matter move_to_town']")
    asked = await used.page.locator("h1").first.inner_text()
    assert asked not in await left.text()
    async with next_page(left.page):
        await left.page.clock.fast_forward(30 * 60 * 1000)
        await left.page.clock.run_for(1000)
    assert asked in await left.text() and len(await context.cookies()) == 1, "it goes on here, too"
    await context.close()


@pytest.mark.parametrize("goes_on", [True, False])
async def test_a_page_that_says_nobody_is_there_is_believed_if_nobody_pressed_anything_anywhere(
    here: Here, goes_on: bool
) -> None:
    _, cookie = await begun(here, "shaoguan")
    await answered(here, cookie, "answer matter move_to_town")
    await here.left_alone(30 * 60 - (12 if goes_on else 8))
    answer, _ = await ask(here, "GET", "/phone/idle", cookie=cookie)
    assert answer.headers["location"] == ("/" if goes_on else "/phone/over")
    visit = await here.desk.read(cookies.owner(here.desk, cookie.partition("=")[2][:22]))
    assert bool(visit.session.facts) == goes_on


# ---- nothing is overwritten unasked ----


async def test_another_citys_link_asks_before_a_talk_on_this_phone_goes(here: Here) -> None:
    _, cookie = await begun(here, "lincang")
    rows = await here.rows("visit")
    fields = {"language": "zh", "city": "wenzhou"}
    answer, asked = await ask(here, "POST", "/phone/begin", fields, cookie=cookie, Accept_Language=ZH)
    assert answer.status == 200 and "这部手机上已经有一次问答" in asked and cookies.PHONE.visit in cookie
    assert "临沧" in await page_of(here, cookie) and await here.rows("visit") == rows
    assert 'name="city" value="wenzhou"' in asked and 'name="anew" value="yes"' in asked
    answer, _ = await ask(here, "POST", "/phone/begin", fields | {"anew": "yes"}, cookie=cookie, Accept_Language=ZH)
    new = f"{cookies.PHONE.visit}={answer.cookies[cookies.PHONE.visit].value}"
    assert "温州" in await page_of(here, new) and "这次问答已经结束" in await page_of(here, cookie)
    assert await here.rows("visit") == rows, "the one before is gone"
    _, nothing_said = await begun(here)
    answer, _ = await ask(here, "POST", "/phone/begin", fields, cookie=nothing_said, Accept_Language=ZH)
    assert answer.status == 303, "where nothing was answered nothing is asked"


@pytest.mark.long
@SCRIPTS
async def test_a_kiosks_link_asks_before_a_talk_on_this_phone_goes(
    here: Here, front: Front, browser: Browser, scripts: bool
) -> None:
    context = await own_phone(browser, scripts)
    resident = Resident(await context.new_page(), front.url)
    await resident.opens("/?city=wenzhou")
    await resident.presses("[name=language][value=zh]")
    name = cookies.new_name()
    owner = cookies.owner(here.desk, name)
    await here.desk.take(owner, None, name, at_a_kiosk)
    for stays in (True, False):
        link = await here.handoff.link(owner)
        await resident.opens(f"/phone/{link}")
        await resident.presses("main button")
        assert "这部手机上已经有一次问答" in await resident.text() and "换成自助机上的" in await resident.text()
        await resident.presses("main a.button" if stays else "[name=anew]")
        assert ("温州" if stays else "铁岭") in await resident.text() and resident.page.url == f"{front.url}/"
        assert (await here.desk.read(owner)).step > 0 if stays else not (await here.desk.read(owner)).step
    await context.close()


def at_a_kiosk(visit: Visit) -> tuple[Visit, Reply]:
    return linked(visit.having(channel="kiosk"), "tieling")


# ---- crowds, forms, the setting ----


async def test_a_crowd_of_phones_fills_no_table_and_keeps_no_kiosk_from_beginning(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await here.rows("visit")
    monkeypatch.setattr("bot.kiosk.own_phone.NEW_ON_PHONES", ((2, 600, "crowd", "one"), (5, 600, "crowd", "all")))
    statuses = []
    for number in (1, 1, 1, 2, 2, 3, 4):
        answer, _ = await ask(here, "POST", "/phone/begin", {"language": "zh"}, X_Forwarded_For=f"203.0.113.{number}")
        statuses.append(answer.status)
    assert statuses == [303, 303, 503, 303, 303, 303, 503] or statuses.count(303) <= 5
    assert statuses[2] == statuses[-1] == 503 and await here.rows("visit") - before == statuses.count(303)
    assert {scope for _, _, scope, _ in devices.NEW_ON_PHONES}.isdisjoint(scope for _, _, scope, _ in devices.NEW_VISITS)


@pytest.mark.parametrize("path", ["/phone/begin", "/phone/act", "/phone/end", "/phone/code", f"/phone/{'x' * 22}"])
async def test_no_other_site_presses_a_button(here: Here, path: str) -> None:
    _, cookie = await begun(here, "lincang")
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer, _ = await ask(here, "POST", path, {"language": "zh", "visit": "y" * 22, "anew": "yes"}, cookie=cookie, **headers)
        assert answer.status == 403, headers
    assert "临沧" in await page_of(here, cookie)


async def test_switched_off_the_door_leads_to_the_kiosk_and_still_takes_what_comes_from_there(tmp_path: Path) -> None:
    async with kiosk(tmp_path, own_phone="off", kiosk_key="sesame") as closed:
        door = at_the_door(closed)
        answer, _ = await ask(door, "GET", "/")
        assert (answer.status, answer.headers["location"]) == (303, "/kiosk")
        assert await begun(door, "lincang") == ("/", "") and await door.rows("visit") == 0
        assert 'href="/"' not in (await ask(door, "GET", "/kiosk"))[1]
        owner = cookies.owner(door.desk, "k" * 22)
        await door.desk.take(owner, None, "k", at_a_kiosk)
        link = await door.handoff.link(owner)
        answer, _ = await ask(door, "POST", f"/phone/{link}", {"visit": "y" * 22})
        cookie = f"{cookies.PHONE.visit}={answer.cookies[cookies.PHONE.visit].value}"
        assert "铁岭" in await page_of(door, cookie)
        _, over = await ask(door, "GET", "/phone/over", Accept_Language=ZH)
        assert "请到自助机上问" in over and 'name="language"' not in over


async def test_the_setting_is_on_or_off(tmp_path: Path) -> None:
    assert settings({}, tmp_path).phones_may_begin and not settings({"LUOHU_OWN_PHONE": "off"}, tmp_path).phones_may_begin
    with pytest.raises(BadSetting, match="LUOHU_OWN_PHONE"):
        settings({"LUOHU_OWN_PHONE": "maybe"}, tmp_path)


async def test_over_http_a_resident_reads_what_to_do_and_nothing_for_staff(here: Here) -> None:
    for path in ("/", "/?city=lincang", "/phone/over"):
        answer, said = await ask(here, "GET", path, Host=NAME, User_Agent="Mozilla/5.0", Accept_Language=ZH)
        assert answer.status == 403 and "https" in said and "工作人员" not in said, path


async def test_where_no_pdf_can_be_made_none_is_offered(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_here() -> bool:
        return False

    monkeypatch.setattr(pdf, "available", not_here)
    name = cookies.new_name()
    await here.desk.take(cookies.owner(here.desk, name), None, name, at_the_sheet)
    cookie = f"{cookies.PHONE.visit}={name}.x"
    assert ".pdf" not in await page_of(here, cookie, "/phone/slip") and "/phone/slip/a5" in await page_of(
        here, cookie, "/phone/slip"
    )
    assert (await ask(here, "GET", "/phone/slip/a5.pdf", cookie=cookie))[0].status == 404


def at_the_sheet(visit: Visit) -> tuple[Visit, Reply]:
    facts = {"matter": "unsure", "city": "lincang"}
    visit = visit.having(channel="phone").saying(phase="result", facts=facts, as_of=clock.today(), language="zh")
    return visit, visit.talk.reply()


# ---- what is opened twice, in vain, or in another language ----


async def test_a_link_opened_once_more_by_who_came_with_it_shows_their_talk(here: Here) -> None:
    name = cookies.new_name()
    owner = cookies.owner(here.desk, name)
    await here.desk.take(owner, None, name, at_a_kiosk)
    link, other = await here.handoff.link(owner), (await begun(here, "wenzhou"))[1]
    came, _ = await ask(here, "POST", f"/phone/{link}", {"visit": cookies.new_name()}, Accept_Language=ZH)
    cookie = f"{cookies.PHONE.visit}={came.cookies[cookies.PHONE.visit].value}"
    for method, fields in (("GET", {}), ("POST", {"visit": cookies.new_name()})):
        again, _ = await ask(here, method, f"/phone/{link}", fields, cookie=cookie, Accept_Language=ZH)
        assert (again.status, again.headers.get("location")) == (303, "/"), "their own visit goes on"
    assert "铁岭" in await page_of(here, cookie)
    answer, _ = await ask(here, "POST", f"/phone/{link}", {"visit": cookies.new_name(), "anew": "yes"}, cookie=other)
    assert answer.status == 410, "nobody else's"


async def test_a_city_of_a_link_that_is_not_taken_is_said_and_changes_nothing(here: Here) -> None:
    _, cookie = await begun(here, "lincang")
    said = await page_of(here, cookie, "/?city=wenzhou")
    assert "链接里的城市没有换上" in said and "临沧" in said
    _, cookie = await begun(here, "lincang")
    assert "链接里的城市没有换上" not in await page_of(here, cookie, "/?city=lincang")


async def test_the_code_for_the_hotline_is_the_same_in_another_language(here: Here) -> None:
    _, cookie = await begun(here, "lincang")
    hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', await page_of(here, cookie)))
    await ask(here, "POST", "/phone/code", hidden, cookie=cookie)
    (code,) = set(re.findall(r"\d{3}-\d{3}-\d{4}-\d", await page_of(here, cookie)))
    hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', await page_of(here, cookie)))
    await ask(here, "POST", "/phone/language", hidden | {"language": "en"}, cookie=cookie)
    in_english = await page_of(here, cookie)
    assert 'lang="en"' in in_english and set(re.findall(r"\d{3}-\d{3}-\d{4}-\d", in_english)) == {code}
    assert await here.handoff.take_over(code, "mei"), "and it is good"


@pytest.mark.parametrize("path", ["/nothing", "/phone/a/b", "/index.php"])
async def test_an_address_that_there_is_not_says_so_in_words(here: Here, path: str) -> None:
    for language, words in ((ZH, "没有这个页面"), ("en", "There is no such page")):
        answer, text = await ask(here, "GET", path, Accept_Language=language)
        assert answer.status == 404 and words in text and 'href="/"' in text


async def test_what_is_not_understood_on_a_page_asks_for_no_number_that_is_not_there(here: Here) -> None:
    _, cookie = await begun(here, "lincang")
    hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', await page_of(here, cookie)))
    await ask(here, "POST", "/phone/act", hidden | {"do": "told", "told": "1"}, cookie=cookie)
    said = await page_of(here, cookie)
    assert "这句我没看懂" in said and "换个说法" in said and "序号" not in said
