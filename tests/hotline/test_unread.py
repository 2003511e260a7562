"""At the desk a press or an Enter on a page that was only just painted counts for nothing; its digit keys do at once."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from bot.settings import TOUCH_GUARD
from browser import chromium
from clerk import OWN, desk_open

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="page")
async def a_page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    async with desk_open(tmp_path_factory.mktemp("unread"), LUOHU_TOUCH_GUARD=str(TOUCH_GUARD)) as desk, chromium() as browser:
        await desk.member("mei")
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(8000)
        await page.goto(desk.url + "/desk/login")
        await page.fill("#name", "mei")
        await page.fill("#password", OWN)
        await page.wait_for_timeout(TOUCH_GUARD)
        async with page.expect_navigation():
            await page.press("#password", "Enter")
        yield page


async def told(page: Page) -> int:
    """How many answers stand on the case's page, once it is calm."""
    await page.wait_for_timeout(TOUCH_GUARD // 2)
    await page.wait_for_load_state("networkidle")
    return await page.locator("section.known li").count()


async def new_case(page: Page) -> None:
    await page.wait_for_timeout(TOUCH_GUARD + 100)
    async with page.expect_navigation():
        await page.keyboard.press("n")
    assert await told(page) == 0
    await page.wait_for_timeout(TOUCH_GUARD + 100)


@pytest.mark.parametrize("pause", [60, 150, 300, 500])
async def test_two_presses_on_one_place_are_one_answer(page: Page, pause: int) -> None:
    await new_case(page)
    box = await page.locator("ul.options .option").nth(1).bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + 30, box["y"] + 20)
    await page.wait_for_timeout(pause)
    await page.mouse.click(box["x"] + 30, box["y"] + 20)
    assert await told(page) == 1


async def test_enter_on_a_list_that_only_just_came_answers_nothing(page: Page) -> None:
    await new_case(page)
    async with page.expect_navigation():
        await page.keyboard.press("2")  # 天水
    async with page.expect_navigation():
        await page.keyboard.press("1")  # into town: the next question is a list to tick
    await page.locator("ul.options input").first.evaluate("(box) => { box.checked = true; }")  # as a browser restores it
    await page.keyboard.press("Enter")
    assert await told(page) == 2


async def test_digit_keys_are_meant_as_they_come(page: Page) -> None:
    await new_case(page)
    for number in "21":
        async with page.expect_navigation():
            await page.keyboard.press(number)
    assert await told(page) == 2


async def test_a_wrong_password_and_two_enters_are_one_try(page: Page) -> None:
    assert page.context.browser is not None
    stranger = await page.context.browser.new_page()
    sent: list[str] = []
    stranger.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await stranger.goto(re.sub("/desk.*", "/desk/login", page.url))
    await stranger.fill("#name", "nobody")
    await stranger.fill("#password", "wrong")
    for _ in range(2):
        await stranger.keyboard.press("Enter")
    await stranger.locator(".problem").wait_for()
    assert len(sent) == 1
    await stranger.close()
