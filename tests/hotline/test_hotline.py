"""The agent's screen as an agent uses it: real Chromium, the program as a user starts it, callers on a kiosk and in Telegram.

Long, as every test goes through one open house: a kiosk, a desk, a bot and a browser, which are slow to open.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import Browser, Page

from bot import clock
from bot.clock import today
from bot.hotline import screen as cases
from bot.hotline import staff as staffs
from bot.hotline.app import hotline
from bot.hotline.staff import Staff
from bot.talk import codes, retention
from bot.talk.receipts import Receipts
from bot.talk.visit import Receipt, Visit, decode, decode_receipt, encode, encode_receipt
from bot.wording.views import Wording
from botapi import BotApi
from browser import TALL, chromium, faults, overlapping, too_wide
from browser import boxes as boxes_of
from clerk import OWN, Clerk, desk_open
from conftest import BOOK, CITIES
from flows.conversation import Session, Talk
from flows.facts import NOTHING, UNSURE, Answer
from person import Person, database
from service import until
from talking import due, what_if
from test_handoff import FITS, begun, open_desk, tells

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
House = SimpleNamespace  # api, desk, browser
CODE = re.compile(r"\d{3}-\d{3}-\d{4}-\d\b")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def a_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A kiosk, a desk and a bot in one process, and a browser."""
    folder = tmp_path_factory.mktemp("house")
    async with BotApi() as api:
        bot = {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url, "LUOHU_LOG": "debug"}
        async with desk_open(folder, **bot) as desk, chromium() as browser:
            for name in ("mei", "li"):
                await desk.member(name)
            yield House(api=api, desk=desk, browser=browser)


@asynccontextmanager
async def agent(house: House, name: str = "mei", **context: Any) -> AsyncIterator[Page]:
    """An agent's browser, signed in."""
    browser: Browser = house.browser
    one = await browser.new_context(**DESK | context)
    one.set_default_timeout(8000)
    page = await one.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "404" not in said.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(house.desk.url + "/desk/login")
    await page.fill("#name", name)
    await page.fill("#password", OWN)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/desk")
    yield page
    assert [line for line in wrong if "409" not in line and "422" not in line] == []
    await one.close()


async def key(page: Page, name: str) -> None:
    """A key that leads to another page."""
    async with page.expect_navigation():
        await page.keyboard.press(name)


async def clerk(house: House, name: str = "mei") -> Clerk:
    """The same agent without a browser."""
    one: Clerk = house.desk.stranger()
    assert (await one.login(name, OWN)).headers["location"] == "/desk"
    return one


async def new_case(one: Clerk, *done: str) -> str:
    """The address of a new case in which these were told."""
    at = (await one.post("/desk/new")).headers["location"]
    for do in done:
        assert (await turn(one, at, do)).status_code == 303
    return str(at)


async def finished(one: Clerk, at: str = "") -> str:
    """A case of somebody who can settle in Tianshui."""
    at = at or await new_case(one)
    for fact, answer in FITS.items():
        ticked = {"option": answer[0]} if answer and not isinstance(answer, str) else {}
        do = f"tell {fact}" if ticked else f"tell {fact} {answer or NOTHING}"
        assert (await turn(one, at, do, **ticked)).status_code == 303
    return at


async def fixed(one: Clerk, at: str) -> dict[str, str]:
    """What every form of a case's page carries."""
    return fields((await one.get(at)).text)


def fields(page: str) -> dict[str, str]:
    return {name: re.findall(rf'name="{name}" value="([^"]+)"', page)[0] for name in ("csrf", "case", "step", "key")}


async def turn(one: Clerk, at: str, do: str, **more: str) -> httpx.Response:
    return await one.post(f"{at}/turn", "", **await fixed(one, at), do=do, **more)


async def known(one: Clerk, at: str) -> list[str]:
    return answers((await one.get(at)).text)


def answers(page: str) -> list[str]:
    """What is known, as a page shows it."""
    return re.findall(r'<span class="asked">[^<]*</span><strong>([^<]*)</strong>', page)


# ---- the screen ----


async def asked(page: Page) -> str | None:
    """The fact that the question on the left is about; None: all is asked."""
    button = page.locator("#question button[name=do]")
    words = await button.first.get_attribute("value") if await button.count() else None
    return words.split()[1] if words else None


async def answered(page: Page, fact: str) -> None:
    """Answers as who can settle in Tianshui would, by keys."""
    options = list(Wording(BOOK, "zh").labels(BOOK.fact(fact, "tianshui")))
    answer = FITS[fact]
    if isinstance(answer, str) or not answer:
        await key(page, cases.KEYS[options.index(str(answer or NOTHING))])
        return
    for option in answer:
        await page.keyboard.press(cases.KEYS[options.index(option)])
    await key(page, "Enter")


async def test_a_whole_case_by_keyboard_alone(house: House) -> None:
    """From the login to the sheet without a mouse; and nothing of the answers in an address or a title."""
    async with agent(house) as page:
        addresses: list[str] = []
        page.on("request", lambda request: addresses.append(request.url))
        await key(page, "n")
        titles = [await page.title()]
        while (fact := await asked(page)) is not None:
            await answered(page, fact)
            titles.append(await page.title())
        assert await page.locator(".outlook .badge.fits").inner_text() == "可以申请"
        receipt = CODE.search(await page.locator(".question").inner_text())
        await key(page, "s")
        sheet = await page.input_value("#text")
        assert receipt is not None and receipt[0] in sheet and "可以申请" in sheet
        await page.keyboard.press("c")
        await page.locator("#copied:not(:empty)").wait_for()
        await key(page, "Escape")
        await key(page, "u")
        assert await page.locator("#question").count() == 1
        told = {*FITS, *(option for one in FITS.values() for option in ([one] if isinstance(one, str) else one))}
        assert not [word for word in told if any(word in re.split(r"\W", url) for url in addresses)]
        assert not [word for word in ("天水", receipt[0]) if any(word in title for title in titles)]


async def test_a_search_as_it_is_typed_and_an_answer_from_it(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        await key(page, "2")
        await page.keyboard.press("/")
        await page.keyboard.type("租的房")
        hit = page.locator("#found .hit", has_text="租的房子").first
        await hit.wait_for()
        await page.keyboard.press("ArrowDown")
        assert "租的房子" in await page.locator(":focus").inner_text()
        await key(page, "Enter")
        assert "租的房子" in await page.locator(".known").inner_text()
        await page.keyboard.press("/")
        await page.keyboard.type("1")
        assert await page.input_value("#q") == "1", "a digit in the search picks nothing"
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        assert await page.locator("#keys dl").is_visible()


async def test_a_key_too_many_answers_no_other_question(house: House) -> None:
    """Two quick presses: the second one was meant for a question that is not there yet."""
    async with agent(house) as page:
        await key(page, "n")
        async with page.expect_navigation():
            await page.evaluate("""() => { for (const key of ["2", "3"])
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }""")
        assert await page.locator(".known strong").all_inner_texts() == ["天水"]


@pytest.mark.long
async def test_without_javascript_everything_is_there(house: House) -> None:
    async with agent(house, java_script_enabled=False) as page:
        await page.click("text=开始新来电")
        await page.click("button:has-text('天水')")
        await page.fill("#q", "zdfz")
        await page.click("#find button")
        await page.click("#found .hit >> nth=0")
        assert "租的房子" not in await page.locator(".known").inner_text()
        await page.click("#question button.option:has-text('租的房子')")
        assert "租的房子" in await page.locator(".known").inner_text()
        await page.click("#question button.if >> nth=4")
        assert "只是看看" in await page.locator("#supposed").inner_text()
        await page.click(".known button:has-text('改') >> nth=1")
        assert "改这一题" in await page.locator(".question").inner_text()
        await page.click("text=回到下一题")
        await page.click(".known button:has-text('删') >> nth=1")
        assert "租的房子" not in await page.locator(".known").inner_text()
        await page.click("text=告知单 s")
        assert "天水" in await page.input_value("#text")
        assert not await page.locator("#copy").is_visible() and not await page.locator("#print").is_visible()
        await page.goto(page.url.removesuffix("/sheet"))
        await page.click(".close summary")
        await page.click("text=不清除")
        assert "天水" in await page.locator(".known").inner_text()
        await page.click(".close summary")
        await page.click(".close button")
        assert "的来电已清除" in await page.locator("[role=status]").inner_text()


TO_TICK = ("tell city tianshui", "tell matter move_to_town", "tell place_type county_seat")
UNTICKED = "还没有打勾。有的先打勾；都没有，请按 4（都没有）。"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


async def test_nothing_ticked_is_no_answer(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, *TO_TICK)
    before = await known(one, at)
    for path, said in (("turn", {"do": "tell ties"}), ("what-if", {"if": "ties"})):
        answer = await one.post(f"{at}/{path}", "", **await fixed(one, at), **said)
        assert answer.status_code == 422 and UNTICKED in words(answer.text) and answers(answer.text) == before
        assert 'id="unticked" class="problem" role="alert">' in answer.text
    assert 'role="alert" hidden>' in (await one.get(at)).text
    assert (await turn(one, at, "tell ties nothing")).status_code == 303
    assert await known(one, at) == [*before, "都没有"]


async def test_enter_where_nothing_is_ticked_stays_on_the_page(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, *TO_TICK)
    async with agent(house) as page:
        await page.goto(house.desk.url + at)
        await page.wait_for_timeout(350)
        for keys in (("Enter",), ("1", "1", "Enter"), ("1", "1", "Shift+Enter")):
            for name in keys:
                await page.keyboard.press(name)
            assert await page.locator("#unticked").is_visible(), keys
            await page.keyboard.press("1")
            assert not await page.locator("#unticked").is_visible()
            await page.keyboard.press("1")
        assert await asked(page) == "ties" and await known(one, at) == ["天水", "把户口迁到城镇", "县城（县政府所在的镇）"]
        await page.keyboard.press("1")
        await page.keyboard.press("Shift+Enter")
        assert "只是看看" in await page.locator(".supposed").inner_text()
        await key(page, "Enter")
        assert await known(one, at) == ["天水", "把户口迁到城镇", "县城（县政府所在的镇）", "住在这里"]


@pytest.mark.long
@pytest.mark.parametrize(("keys", "told"), [(["Enter"], "住在这里"), (["2", "Enter"], "住在这里、在这里工作")])
async def test_an_enter_for_the_page_before_is_none_for_this_one(house: House, keys: list[str], told: str) -> None:
    """It came with the page; unless something was ticked here just before."""
    one = await clerk(house)
    at = await new_case(one, *TO_TICK)
    await turn(one, at, "tell ties", option="lives")
    async with agent(house) as page:
        await page.goto(house.desk.url + at)
        await page.add_init_script(f"""addEventListener("DOMContentLoaded", () => {{
            if (!location.pathname.endsWith("/ask")) return;
            for (const key of {keys}) document.body.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true }}));
        }})""")
        await page.locator(".known li", has_text="住在这里").get_by_role("button", name="改").click()
        if len(keys) > 1:
            await page.wait_for_url(f"**{at}")
        else:
            await page.wait_for_timeout(400)
            assert page.url.endswith("/ask")
    assert (await known(one, at))[-1] == told


async def test_u_takes_the_last_step_back_as_a_whole(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, *TO_TICK)
    before = await known(one, at)
    for do in ("tell city wenzhou", "untell matter", "tell place_type village"):
        assert (await turn(one, at, do)).status_code == 303
        assert await known(one, at) != before
        assert (await turn(one, at, "speak en")).status_code == 303
        assert (await turn(one, at, "speak zh")).status_code == 303
        assert (await turn(one, at, "undo")).status_code == 303
        assert await known(one, at) == before, do
    for left in (2, 1, 0):
        await turn(one, at, "undo")
        assert await known(one, at) == before[:left]
    assert 'value="undo"' not in (await one.get(at)).text and (await turn(one, at, "undo")).status_code == 400


async def test_another_city_says_which_answers_went(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, *TO_TICK)
    assert "要重新问" not in (await one.get(at)).text
    await turn(one, at, "tell city wenzhou")
    place = BOOK.fact("place_type", "tianshui").ask
    assert f"换成“温州”了，这几项要重新问：{place}" in (await one.get(at)).text
    await turn(one, at, "tell county lucheng")
    assert "要重新问" not in (await one.get(at)).text
    await turn(one, at, "undo")
    await turn(one, at, "undo")
    assert (await known(one, at))[0] == "天水" and "要重新问" not in (await one.get(at)).text


async def test_the_way_back_is_kept_no_longer_than_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_desk(tmp_path) as (desk, _):
        app = hotline(desk)
        await Staff(desk.runtime).add("mei", "agent", OWN)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            mei = Clerk(http)
            await mei.login("mei", OWN)
            other = await new_case(mei, *TO_TICK, "untell matter")
            monkeypatch.setattr(staffs, "LOGIN_IDLE", 10**6)  # the agent is still there
            monkeypatch.setattr(clock, "time", lambda: time.time() + retention.HELD + 1)
            await turn(mei, other, "undo")
            assert len(await known(mei, other)) == 1, "of long ago only the last answer is taken back"


async def test_a_sheet_before_its_time_says_that_it_is_none(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one)
    none = await one.get(f"{at}/sheet")
    assert (none.status_code, none.headers["location"]) == (303, at) and f"{at}/sheet" not in (await one.get(at)).text
    await turn(one, at, "tell city tianshui")
    half = (await one.get(f"{at}/sheet")).text
    assert half.count("这张单子现在还不能念给来电人") == 2, "on the paper and in the text"
    await turn(one, at, "tell city other")
    assert "还不能念" not in (await one.get(f"{at}/sheet")).text


@pytest.mark.parametrize(
    ("facts", "ending", "more"),
    [
        ({"city": "other"}, "这个市不在我们的文件里", False),
        ({"city": UNSURE}, "先定哪个市", False),
        (FITS, "要紧的都问完了", True),
    ],
)
async def test_other_routes_are_offered_while_there_are_some(facts: dict[str, Any], ending: str, more: bool) -> None:
    seen = cases.view(Talk(BOOK, Session(as_of="2026-11-22", phase="result", facts=dict(facts))))
    assert (seen.question, seen.ending, seen.more) == (None, ending, more)


async def test_what_was_asked_is_not_shown_as_not_asked(house: House) -> None:
    facts = {"city": "tieling", "matter": "join_kin"} | dict.fromkeys(
        ("house_owner", "owner_can_settle", "live_together"), UNSURE
    )
    seen = cases.view(Talk(BOOK, Session(as_of="2026-11-22", phase="asking", facts=facts)))
    rows = next(one for one in seen.outlooks if one.route == "tieling.home-purchase").conditions
    assert "和房主共同生活" not in [row.says for row in rows], "it stands in a branch that nobody knows to be theirs"
    assert [(row.says[:4], row.verdict) for row in rows if "房主" in row.says] == [
        ("房主是本", "还没弄清"),
        ("房主自己", "还没弄清"),
    ]


async def test_a_login_that_ended_leads_back_to_the_call(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, *TO_TICK)
    sent = await fixed(one, at)
    async with agent(house) as page:
        await page.goto(house.desk.url + at)
        house.desk.alter("DELETE FROM login")
        late = await one.post(f"{at}/turn", "", **sent, do="tell ties nothing")
        assert (late.status_code, late.headers["location"]) == (303, f"/desk/login?next={at}")
        async with page.expect_navigation(url=re.compile("/desk/login")):
            await page.keyboard.press("/")
            await page.keyboard.type("zf")
        assert "没有记下来，登录后回到原来的来电" in await page.inner_text("[role=alert]")
        wrong = await one._send("POST", "/desk/login", {}, {"name": "mei", "password": "not this one", "next": at})
        assert wrong.status_code == 403 and f'name="next" value="{at}"' in wrong.text
        await page.fill("#name", "mei")
        await page.fill("#password", OWN)
        await key(page, "Enter")
        assert page.url == house.desk.url + at and await known(await clerk(house), at) == [
            "天水",
            "把户口迁到城镇",
            "县城（县政府所在的镇）",
        ]


@pytest.mark.parametrize(
    "back", ["//example.org", "https://example.org", "/desk/case/x", "/desk/staff", f"/desk/case/{'a' * 16}/turn"]
)
async def test_a_login_leads_nowhere_else(house: House, back: str) -> None:
    one = house.desk.stranger()
    assert back not in (await one.get(f"/desk/login?next={back}")).text
    answer = await one._send("POST", "/desk/login", {}, {"name": "mei", "password": OWN, "next": back})
    assert answer.headers["location"] == "/desk"


async def test_what_is_found_in_a_list_to_tick_is_ticked(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, *TO_TICK)
    await turn(one, at, "tell ties", option="studies")
    assert 'value="ties works"' in (await one.post(f"{at}/find", q="在这里工作")).text
    found = (await one.post(f"{at}/ask", fact="ties works")).text
    assert re.findall(r'name="option" value="(\w+)"[^>]* checked', found) == ["works", "studies"]
    assert (await known(one, at))[-1] == "在这里上学", "nothing is told by looking"


OPENED = r'<details class="outlook[^>]* open>'


async def test_no_route_is_opened_before_the_matter_is_known(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, "tell city tianshui")
    first = (await one.get(at)).text
    assert '<details class="outlook' in first and not re.search(OPENED, first) and "best" not in first
    await turn(one, at, "tell matter move_to_town")
    assert re.search(OPENED, (await one.get(at)).text)


async def test_the_results_stay_beside_the_controls(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, "tell city wenzhou", "tell matter residence_permit")
    async with agent(house, viewport={"width": 1366, "height": 768}) as page:
        await page.goto(house.desk.url + at)
        assert not await page.locator(".best").is_visible() and await overlapping_keys(page) == []
        await page.keyboard.press("Shift+Digit1")
        box = await page.locator(".supposed").bounding_box()
        assert box is not None and box["y"] + box["height"] < 768
        await page.evaluate("document.querySelectorAll('.outlook').forEach((one) => { one.open = true; }); scrollTo(0, 500)")
        for part in (".left", ".known"):
            box = await page.locator(part).bounding_box()
            assert box is not None and 0 <= box["y"] < 20, part
        await page.set_viewport_size({"width": 911, "height": 512})  # 1366 at 150 %
        await page.evaluate("scrollTo(0, 0)")
        best = await page.locator(".best").bounding_box()
        assert best is not None and best["y"] + best["height"] < 512 and await too_wide(page) == 0 and await faults(page) == []
        await page.locator(".best a").click()
        assert await page.evaluate("scrollY") > 0


async def overlapping_keys(page: Page) -> list[Any]:
    return overlapping(await boxes_of(page, ".casebar button, .casebar .button, .casebar #keys summary"))


async def test_a_call_is_ended_by_keyboard_after_a_question(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        at = page.url
        await key(page, "2")
        await page.keyboard.press("x")
        assert "不能恢复" in await page.locator(".close").inner_text() and await faults(page) == []
        await page.keyboard.press("x")
        assert not await page.locator(".close button").is_visible() and page.url == at
        await page.keyboard.press("x")
        await page.keyboard.press("Tab")
        await key(page, "Enter")
        assert "的来电已清除。" in await page.locator("[role=status]").inner_text() and "天水" not in page.url


async def test_escape_closes_what_a_key_opened(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        for one in ("?", "x"):
            opened = page.locator(f"details[open]:has(> summary[data-key='{one}'])")
            await page.keyboard.press(one)
            assert await opened.count() == 1
            await page.keyboard.press("Escape")
            assert await opened.count() == 0


async def test_what_if_shows_the_changes_and_keeps_nothing(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        await key(page, "2")
        await key(page, "1")
        before = stored(house)
        await page.keyboard.press("Shift+Digit4")
        await page.locator(".supposed").wait_for()
        said = await page.locator(".supposed").inner_text()
        assert "都没有" in said and "不符合" in said
        assert stored(house) == before
        assert "都没有" not in await page.locator(".known").inner_text()
        assert await page.locator(".supposed tbody tr").count() == len(
            what_if(BOOK, Session(phase="asking", facts={"city": "tianshui", "matter": "move_to_town"}), "ties", ())
        )


def stored(house: House) -> list[Any]:
    with database(house.desk.service) as db:
        return db.execute("SELECT owner, version, data FROM visit ORDER BY owner").fetchall()


@pytest.mark.long
async def test_every_screen_holds_to_the_rules_for_access(house: House) -> None:
    async with agent(house) as page:
        screens = [page.url]
        await key(page, "n")
        at = page.url
        screens.append(at)
        for name in screens:
            await page.goto(name)
            assert await faults(page) == [] and await too_wide(page) == 0, name
        await key(page, "2")
        for keys in ("1", "1", "1", "2"):
            await page.keyboard.press(keys) if await page.locator(".together").count() else await key(page, keys)
        await page.keyboard.press("/")
        await page.keyboard.type("f")
        await page.locator("#found .hit").first.wait_for()
        assert await faults(page) == [] and await too_wide(page) == 0
        buttons = await boxes_of(page, ".option, .casebar button, .if, .known button")
        assert overlapping(buttons) == [] and min(box["height"] for box in buttons) >= 28
        await page.goto(at + "/sheet")
        assert await faults(page) == [] and await too_wide(page) == 0
        await page.goto(house.desk.url + "/desk/receipt")
        assert await faults(page) == []


async def test_a_call_in_english_is_read_out_in_english(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, "speak en", "tell city wenzhou")
    page = (await one.get(at)).text
    assert '<h2 id="aloud" lang="en">What would you like to get done?</h2>' in page
    assert "What would they like to get done?" in page and "想办哪件事" in page


async def test_what_the_caller_sees_is_said_of_a_caller_with_a_screen(house: House) -> None:
    one = await clerk(house)
    own = (await one.get(await new_case(one, "tell city wenzhou"))).text
    assert "屏幕上" not in own and "中文原题" not in own
    async with at_the_kiosk(house, "天水") as person:
        code = await handed_over(person)
    at = (await one.post("/desk/code", code=code)).headers["location"]
    await one.post(f"{at}/check")
    assert "来电人在屏幕上看到的是：" in (await one.get(at)).text


async def handed_over(person: Page) -> str:
    """The code that somebody at the kiosk reads out."""
    async with person.expect_navigation():
        await person.locator("[formaction='/kiosk/code']").click()
    code = CODE.search(await person.inner_text("body"))
    assert code is not None
    return code[0]


async def test_before_a_private_question_the_caller_is_told(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, "tell city lincang")
    private = (await one.post(f"{at}/ask", fact="insurance")).text
    assert "下面要问的比较私密" in private and "下面要问的比较私密" not in (await one.get(at)).text


# ---- the screen for any facts ----


@pytest.mark.parametrize("city", CITIES)
async def test_a_case_is_drawn_whole_for_any_facts(city: str) -> None:
    """Every question of every city can be told in any order, and every route is there at every moment."""
    policy = BOOK.city(city).policy
    session = Session(as_of="2026-11-22", phase="asking", facts={"city": city})
    for number, fact in enumerate(reversed([*policy.facts.values()])):
        if fact.id != "city":
            answers: list[Answer] = [*fact.options, UNSURE] if not fact.many else [(), tuple(fact.options), UNSURE]
            session = replace(session, facts={**session.facts, fact.id: answers[number % len(answers)]})
        seen = cases.view(Talk(BOOK, session), fact.id)
        assert sorted(outlook.route for outlook in seen.outlooks) == sorted(policy.routes)
        assert (
            seen.question is not None
            and seen.question.known
            and len(seen.question.options) == len(Wording(BOOK, "zh").labels(Talk(BOOK, session).question(fact.id)))
        )
        assert all(outlook.card or outlook.refusal or outlook.status == "open" for outlook in seen.outlooks)
        assert all(fact not in session.facts for outlook in seen.outlooks for fact in (one.fact for one in outlook.missing))
        assert (cases.view(Talk(BOOK, session)).question is None) == (due(BOOK, session) is None)
        assert cases.view(Talk(BOOK, session)).opening == (
            Wording(BOOK, "zh").sheet(session).answer if due(BOOK, session) is None else ()
        )
        for outlook in seen.outlooks:
            said = [(row.says, row.clause) for row in outlook.conditions]
            assert len(said) == len(set(said)), "each condition once"
    assert not cases.view(Talk(BOOK, session)).more, "all is told"
    assert "还没问" not in [row.verdict for outlook in cases.view(Talk(BOOK, session)).outlooks for row in outlook.conditions]


# ---- whose case it is, and which page is the newest ----


async def test_another_agents_case_is_not_there(house: House) -> None:
    mei, li = await clerk(house), await clerk(house, "li")
    at = await new_case(mei, "tell city tianshui")
    assert [(await li.get(at + more)).status_code for more in ("", "/sheet")] == [404, 404]
    paths = ("check", "turn", "ask", "find", "what-if", "give-back", "close")
    answers = [await li.post(f"{at}/{path}", step="0", key="k", do="tell city wenzhou", fact="city", q="x") for path in paths]
    assert [answer.status_code for answer in answers] == [404] * len(paths)
    assert await known(mei, at) == ["天水"]
    assert at not in (await li.get("/desk")).text


async def test_two_cases_in_two_tabs_do_not_mix(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        other = await page.context.new_page()
        await other.goto(house.desk.url + "/desk")
        await key(other, "n")
        for one, cities in ((page, "2"), (other, "3")):
            await key(one, cities)
        for one in (page, other):
            await key(one, "1")
        assert "天水" in await page.locator(".known").inner_text() and "温州" in await other.locator(".known").inner_text()
        assert (page.url != other.url and await page.title() != await other.title()) or page.url != other.url


async def test_an_old_page_changes_nothing_and_says_so(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        await key(page, "2")
        old = await page.context.new_page()
        await old.goto(page.url)
        await key(page, "1")
        await key(old, "2")
        assert "什么也没有改" in await old.locator("[role=alert]").first.inner_text()
        assert "把户口迁到城镇" in await old.locator(".known").inner_text()


async def test_a_form_sent_twice_counts_once_and_nonsense_is_refused(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, "tell city tianshui")
    sent = await fixed(one, at)
    for do in ("tell matter study", "tell matter join_kin"):
        answer = await one.post(f"{at}/turn", "", **sent | {"do": do})
        assert answer.status_code == 303
    assert await known(one, at) == ["天水", "升学或毕业迁户口"]
    for do in ("", "tell", "tell shoe small", "tell matter shoe", "tell matter study more", "untell work", "speak xx", "begin"):
        assert (await turn(one, at, do)).status_code == 400, do
    for field, value in (("step", "x"), ("step", "²"), ("key", ""), ("key", "k" * 21), ("key", "张三" * 11)):
        bad = {**(await fixed(one, at)), field: value}
        assert (await one.post(f"{at}/turn", "", **bad, do="undo")).status_code == 400
    assert await known(one, at) == ["天水", "升学或毕业迁户口"]


async def test_a_case_that_was_closed_leaves_nothing(house: House) -> None:
    one = await clerk(house)
    before = stored(house)
    at = await new_case(one, "tell city tianshui")
    assert len(stored(house)) == len(before) + 1
    closed = (await one.post(f"{at}/close")).headers["location"]
    assert (
        re.fullmatch(r"/desk\?cleared=\d\d:\d\d:\d\d", closed) and f"{closed[-8:]} 的来电已清除。" in (await one.get(closed)).text
    )
    assert "已清除" not in (await one.get("/desk?cleared=<b>")).text
    assert stored(house) == before and (await one.get(at)).status_code == 404


# ---- handing over and giving back ----


@asynccontextmanager
async def at_the_kiosk(house: House, *pressed: str) -> AsyncIterator[Page]:
    """Somebody at the kiosk who has pressed these."""
    one = await house.browser.new_context(**TALL)
    page = await one.new_page()
    await page.goto(house.desk.service.url + "/kiosk")
    for label in ("中文", *pressed):
        async with page.expect_navigation():
            await page.get_by_role("button", name=label).first.click()
    yield page
    await one.close()


@pytest.mark.long
async def test_from_the_kiosk_to_the_desk_and_back(house: House) -> None:
    async with at_the_kiosk(house, "天水", "把户口迁到城镇") as person, agent(house) as page:
        code = await handed_over(person)
        slip = code[:-1] + str((int(code[-1]) + 1) % 10)
        for said, says in ((slip, "不算次数"), (code, "")):
            await page.goto(house.desk.url + "/desk")
            await page.keyboard.press("/")
            await page.keyboard.type(said)
            await key(page, "Enter")
            if says:
                assert says in await page.locator("[role=alert]").inner_text()
        at = page.url
        assert "天水" in await page.inner_text("main") and "城镇" not in await page.content(), "no answers before it is checked"
        mei = await clerk(house)
        for path in ("turn", "ask", "find", "what-if", "give-back", "close"):
            assert (await mei.post(f"{at}/{path}", step="0", key="k", do="undo", fact="city")).status_code == 403
        assert (await mei.get(f"{at}/sheet")).status_code == 403
        await key(page, "o")
        assert "把户口迁到城镇" in await page.locator(".known").inner_text()
        await person.goto(person.url)
        held = await person.inner_text("body")
        assert Wording(BOOK, "zh").at_the_hotline()[:12] in held and "天水" not in held
        while (fact := await asked(page)) is not None:
            await answered(page, fact)
        async with page.expect_navigation():
            await page.get_by_role("button", name="交还给来电人").click()
        number = CODE.search(await page.inner_text("main"))
        assert number is not None and await faults(page) == []
        await person.goto(person.url)
        assert number[0] in await person.inner_text("body"), "the same sheet with the same number"
        await page.goto(at)
        assert "打不开" in await page.title()
        await the_window_agrees(page, house, number[0])


async def the_window_agrees(page: Page, house: House, number: str) -> None:
    await page.goto(house.desk.url + "/desk/receipt")
    await page.locator("#code:focus").wait_for()
    await page.keyboard.type(number)
    await key(page, "Enter")
    assert await page.locator("[role=status]").count(), await page.inner_text("main")
    assert "一样" in await page.locator("[role=status]").inner_text()
    assert "天水" in await page.locator(".known").inner_text() and number not in page.url + await page.title()
    assert await faults(page) == [] and await too_wide(page) == 0


async def test_a_chat_goes_to_the_hotline_and_its_sheet_comes_back(house: House) -> None:
    person = Person(house.api)
    await person.talks("/start", "天水", "把户口迁到城镇")
    code = CODE.search((await person.says("/handoff", buttons=False)).text)
    assert code is not None
    one = await clerk(house)
    before = len(person.chat.view)
    at = (await one.post("/desk/code", code=code[0])).headers["location"]
    at_the_hotline = Wording(BOOK, "zh").at_the_hotline()
    await until(lambda: at_the_hotline in person.chat.view[-1].text)
    await one.post(f"{at}/check")
    assert at_the_hotline in (await person.says("县城", buttons=False)).text
    assert await known(one, at) == ["天水", "把户口迁到城镇"], "what the caller types meanwhile is not taken"
    for fact, answer in FITS.items():
        if fact not in ("city", "matter"):
            many = BOOK.facts[fact].many
            option = {"option": answer[0]} if many and answer else {}
            do = f"tell {fact}" if option else f"tell {fact} {answer or NOTHING}"
            assert (await turn(one, at, do, **option)).status_code == 303
    returned = await one.post(f"{at}/give-back")
    number = CODE.search(returned.text)
    assert number is not None and "Telegram" in returned.text
    await until(lambda: any(number[0] in message.text for message in person.chat.view[before:]))
    assert (await one.post("/desk/code", code=code[0])).status_code == 422, "a code works once"
    assert not CODE.search(house.desk.service.log)


async def test_a_case_that_went_back_by_itself_is_a_clear_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        app = hotline(desk)
        await Staff(desk.runtime).add("mei", "agent", OWN)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            mei = Clerk(http)
            await mei.login("mei", OWN)
            owner, _ = await begun(desk, "a", "telegram", city="tianshui")
            at = (await mei.post("/desk/code", code=str(await hand.code(owner)))).headers["location"]
            await mei.post(f"{at}/check")
            sent = await fixed(mei, at)
            monkeypatch.setattr(staffs, "LOGIN_IDLE", 10**6)  # the agent is still there
            monkeypatch.setattr(clock, "time", lambda: time.time() + retention.HELD + 1)
            late = await mei.post(f"{at}/turn", "", **sent, do="tell matter study")
            for answer in (late, await mei.get(at)):
                assert answer.status_code == 409 and "不在您手里" in answer.text and "天水" not in answer.text
            assert "已经回到来电人那里" in (await mei.get("/desk")).text
            assert (await desk.read(owner)).session.facts == {"city": "tianshui"}


async def test_a_wrong_code_is_a_clear_sentence_and_too_many_end_the_guessing(house: House) -> None:
    await house.desk.member("wang")
    one = await clerk(house, "wang")
    for said in ("", "12", "x" * 1000):
        assert "不算次数" in (await one.post("/desk/code", code=said)).text
    for path in ("/desk/code", "/desk/receipt"):
        page = (await one.post(path, code="123-456-789")).text
        assert "只有9位，要11位" in page and 'value="123-456-789"' in page, "what was typed is still there"
        assert "有13位，多了" in (await one.post(path, code="１２３4567890123")).text
    answers = [await one.post("/desk/code", code=codes.spoken(number)) for number in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    answers = [await one.post("/desk/receipt", code=codes.spoken(number)) for number in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 6, "a wrong code was looked for among sheets, too"


async def test_the_number_of_a_sheet_among_the_codes_is_called_by_its_name(house: House) -> None:
    one, other = await clerk(house), await clerk(house, "li")
    at = await finished(one)
    number = CODE.search((await one.get(at)).text)
    assert number is not None
    page = (await other.post("/desk/code", code=number[0])).text
    assert "这是告知单上的窗口核对码" in page and f'name="code" value="{number[0]}"' in page
    assert "这是告知单上的窗口核对码" not in (await other.post("/desk/code", code=codes.spoken(1))).text
    found = (await other.post("/desk/receipt", code=number[0])).text
    assert "秦州" in found or "市区" in found
    opened = (await other.post("/desk/receipt/open", code=number[0])).headers["location"]
    assert await known(other, opened) == await known(one, at)
    assert CODE.search((await other.get(opened)).text) and (await one.get(opened)).status_code == 404
    assert (await other.post("/desk/receipt/open", code=codes.spoken(2))).status_code == 422
    assert (await other.post("/desk/receipt/open", code="12")).status_code == 422


@pytest.mark.parametrize("by", ["new", "receipt/open"])
async def test_a_form_sent_twice_opens_one_call(house: House, by: str) -> None:
    one = await clerk(house)
    number = CODE.search((await one.get(await finished(one))).text)
    assert number is not None
    page = await one.get("/desk") if by == "new" else await one.post("/desk/receipt", code=number[0])
    token, key = re.findall(rf'action="/desk/{by}"[^>]*>\s*<[^>]*value="(\w+)">\s*<[^>]*name="key" value="([^"]+)"', page.text)[0]
    before = (await one.get("/desk")).text.count('<th scope="row">')
    sent = [one.post(f"/desk/{by}", token, key=key, code=number[0]) for _ in range(3)]
    [at] = {answer.headers["location"] for answer in await asyncio.gather(*sent)}
    assert (await one.get("/desk")).text.count('<th scope="row">') == before + 1
    if by == "new":
        assert (await turn(one, at, "tell city tianshui")).status_code == 303
        other = (await one.post("/desk/new", key=key)).headers["location"]
        assert other != at and await known(one, other) == [], "the page was found by Back, with another caller on the line"
    else:
        await turn(one, at, "tell city lincang")
        corrected = await known(one, at)
        await one.post("/desk/receipt/open", key=key, code=number[0])
        assert await known(one, at) == corrected
        await one.post(f"{at}/close")
        assert await known(one, (await one.post("/desk/receipt/open", key=key, code=number[0])).headers["location"]), "anew"


async def test_a_sheet_looked_at_again_says_what_is_lacking(house: House) -> None:
    one = await clerk(house)
    at = await new_case(one, "tell city lincang", "tell matter move_to_town", "tell lease_filed no")
    for _ in range(30):
        if (number := CODE.search((await one.get(at)).text)) is not None:
            break
        fact = re.findall(r'name="do" value="tell (\w+)', (await one.get(at)).text.split('id="question"')[1])[0]
        answer = {"housing": "rented", "place_type": "county_seat"}.get(fact, UNSURE)
        assert (await turn(one, at, f"tell {fact} {answer}")).status_code == 303
    assert number is not None
    page = (await one.post("/desk/receipt", code=number[0])).text
    sheet = (await one.get(f"{at}/sheet")).text
    assert "备案" in sheet and "备案" in page and "必须有" in sheet


async def test_a_visit_that_is_not_the_callers_goes_back_unopened(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        app = hotline(desk)
        for name in ("mei", "li"):
            await Staff(desk.runtime).add(name, "agent", OWN)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
            mei, li = Clerk(http), Clerk(http)
            for one, name in ((mei, "mei"), (li, "li")):
                await one.login(name, OWN)
            owner, _ = await begun(desk, "a", "telegram", city="tianshui")
            at = (await mei.post("/desk/code", code=str(await hand.code(owner)))).headers["location"]
            assert "对不上，退回" in (await mei.get(at)).text
            assert (await li.post(f"{at}/release")).status_code == 404
            assert (await desk.read(owner)).held_until
            assert (await mei.post(f"{at}/release")).headers["location"] == "/desk"
            assert not (await desk.read(owner)).held_until and (await mei.get(at)).status_code == 404
            at = (await mei.post("/desk/code", code=str(await hand.code(owner)))).headers["location"]
            await mei.post(f"{at}/check")
            assert (await mei.post(f"{at}/release")).status_code == 403, "an opened one is given back, with its sheet"


async def test_the_list_says_what_each_call_is_about(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        app = hotline(desk)
        await Staff(desk.runtime).add("mei", "agent", OWN)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
            mei = Clerk(http)
            await mei.login("mei", OWN)
            first, second, third = [await new_case(mei) for _ in range(3)]
            await turn(mei, first, "tell city tianshui")
            await turn(mei, first, "tell matter study")
            await mei.post("/desk/new")
            moments = {first: 86400 * 3, second: 20, third: 10}
            async with desk.runtime.store.transaction() as db:
                for at, seconds in moments.items():
                    await db.run("UPDATE casefile SET opened = opened - ? WHERE id = ?", seconds, at.rpartition("/")[2])
            page = (await mei.get("/desk")).text
            rows = re.findall(r"<tr>\s*<th scope=\"row\"><a href=\"([^\"]+)\">([^<]+)</a></th>(.*?)</tr>", page, re.DOTALL)
            assert [row[0] for row in rows][1:] == [third, second, first], "the newest first"
            assert "升学或毕业迁户口 · 2 项" in rows[3][2] and "正在办" in rows[3][2] and "还不知道 · 0 项" in rows[0][2]
            assert re.match(r"\d+月\d+日 \d\d:\d\d:\d\d", rows[3][1]) and re.match(r"\d\d:", rows[0][1])
            await finished(mei, third)
            assert (await mei.get("/desk")).text.count("问完了") == 1


# ---- the number on a sheet ----


async def test_a_window_sees_the_same_or_what_has_changed_since(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        owner, made = await begun(desk, "a", **FITS)
        at_window = Receipts(desk)
        same = await at_window.check(codes.spoken(made.visit.receipt), "mei")
        assert same is not None and same.same and same.visit.session.facts == FITS
        assert await at_window.check("123", "mei") is None
        await desk.take(owner, None, "a:more", tells(housing="rented"))
        again = await at_window.check(codes.spoken(made.visit.receipt), "mei")
        assert again is not None and again.visit.session.facts["housing"] == "none", "the sheet is as it was printed"
        route = "tianshui.open-settlement"
        then = Receipt(made.visit, dict(BOOK.city("tianshui").policy.statuses(FITS)) | {route: "none", "tianshui.gone": "fits"})
        other = at_window.checked(then)
        assert not other.same and [(one.route, one.before, one.after) for one in other.changes] == [
            (route, "none", "fits"),
            ("tianshui.gone", "fits", ""),
        ]
        older = at_window.checked(Receipt(made.visit.having(policy="an-older-one"), dict(then.statuses)))
        assert not older.same and older.before == "an-older-one"
        bad = made.visit.saying(facts={**FITS, "housing": "castle"}).having(policy="an-older-one")
        assert at_window.checked(Receipt(bad, then.statuses)).dropped == ("housing",)
        data = encode_receipt(Receipt(made.visit, BOOK.city("tianshui").policy.statuses(FITS)), desk.runtime.words)
        assert dict(decode_receipt(data, desk.runtime.words, BOOK).statuses) == BOOK.city("tianshui").policy.statuses(FITS)
        assert decode_receipt(encode(made.visit, desk.runtime.words), desk.runtime.words, BOOK).statuses == {}, (
            "one of before is read, too"
        )
        assert not at_window.checked(Receipt(made.visit, {})).same


async def test_a_receipt_is_no_larger_than_it_has_to_be(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        _, made = await begun(desk, "a", **FITS)
        visit: Visit = made.visit.having(messages=(7, 8), have=("resident-id",))
        kept = decode_receipt(encode_receipt(Receipt(visit, {}), desk.runtime.words), desk.runtime.words, BOOK).visit
        assert (kept.messages, kept.have) == ((), ())
        assert decode(encode(visit, desk.runtime.words), 1, desk.runtime.words, BOOK).messages == (7, 8)


# ---- on paper ----

TO_PRESS = "button, .button, nav a, input, select, textarea, summary .left-to-ask, .missing"
SEEN = f"[...document.querySelectorAll('{TO_PRESS}')].filter(one => one.checkVisibility({{contentVisibilityAuto: true}})).map(one => one.outerHTML)"


@pytest.mark.long
async def test_on_paper_stands_what_was_found_and_nothing_to_press(house: House) -> None:
    """The case, its sheet and the sheet looked at again: with day and number, whatever is folded on the screen, and few pages."""
    async with agent(house) as page:
        await key(page, "n")
        while (fact := await asked(page)) is not None:
            await answered(page, fact)
        code = CODE.search(await page.locator(".question").inner_text())
        assert code is not None
        await page.emulate_media(media="print")
        assert await page.evaluate(SEEN) == []
        head = await page.locator(".paper").inner_text()
        assert code[0] in head and today() in head and "这不是审批结果" in head
        hopeful = page.locator(".outlook:not(.open, .none)")
        for number in range(await hopeful.count()):
            assert await hopeful.nth(number).locator(".headline").is_visible()
        assert await hopeful.count() and not await page.locator(".outlook.none .headline").first.is_visible()
        await page.emulate_media(media="screen")
        assert not await page.locator(".paper").is_visible()
        await key(page, "s")
        await page.emulate_media(media="print")
        assert await page.evaluate(SEEN) == []
        assert code[0] in await page.locator(".paper").inner_text()
        assert pages(await page.pdf(prefer_css_page_size=True)) <= 2
        await page.emulate_media(media="screen")
        await page.goto(house.desk.url + "/desk/receipt")
        await page.fill("#code", code[0])
        async with page.expect_navigation():
            await page.press("#code", "Enter")
        await page.emulate_media(media="print")
        assert await page.evaluate(SEEN) == [] and today() in await page.locator(".paper").inner_text()


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
