"""Beside the words: a picture for each matter, and the screen read out where the machine itself has a voice."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from browser import TALL, chromium
from conftest import BOOK, ROOT
from test_kiosk import talk
from visitor import Here, Visitor, kiosk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

# Chromium has no voice on a machine without sound: what it would be given is noted. `local`: the voice is of this machine.
VOICE = """(() => {
  const voices = [{ name: "a", lang: "%s", localService: %s }];
  window.spoken = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => voices, addEventListener: () => {}, speak: (one) => spoken.push(one.text), cancel: () => spoken.push("") } });
})();"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    async with kiosk(tmp_path_factory.mktemp("aloud")) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


async def visiting(browser: Browser, here: Here, lang: str, local: bool) -> Visitor:
    page = await browser.new_page(**TALL)
    await page.add_init_script(VOICE % (lang, "true" if local else "false"))
    visitor = Visitor(page, here.url)
    await visitor.begins("zh")
    return visitor


async def spoken(page: Page) -> list[str]:
    """What was said since the last look; "" where it was told to stop."""
    said: list[str] = await page.evaluate("spoken.splice(0)")
    return said


async def test_a_question_and_a_sheet_are_read_out_and_the_next_step_is_silent(browser: Browser, here: Here) -> None:
    visitor = await visiting(browser, here, "zh-CN", local=True)
    page = visitor.page
    await spoken(page)
    await page.click("#aloud")
    question, *_ = await spoken(page)
    assert question.startswith(await visitor.asked()) and "温州" in question and "说不清" in question
    await page.click("#aloud")
    assert await spoken(page) == [""], "the second press stops it"
    await page.click("#aloud")
    await visitor.says("天水")
    assert (await spoken(page))[-1] == "", "whoever went on has heard enough"
    for said in talk("tianshui")[1:]:
        await visitor.says(said)
    await spoken(page)
    await page.click("#aloud")
    (sheet,) = await spoken(page)
    assert visitor.view.sheet is not None and visitor.view.sheet.answer[0] in sheet
    await page.click("header .end")
    assert (await spoken(page))[-1] == "", "nothing of one person is heard by the next"


@pytest.mark.parametrize(("lang", "local"), [("zh-CN", False), ("en-US", True)], ids=["a voice elsewhere", "no Chinese voice"])
async def test_without_a_voice_of_its_own_the_machine_reads_nothing(browser: Browser, here: Here, lang: str, local: bool) -> None:
    page = (await visiting(browser, here, lang, local)).page
    assert await page.locator("#aloud").count() == 1 and not await page.locator("#aloud").is_visible()


async def test_every_matter_has_its_picture_and_the_sheet_and_its_routes_have_theirs(browser: Browser, here: Here) -> None:
    drawn = set(
        re.findall(r'symbol id="(\w+)"', (ROOT / "bot" / "kiosk" / "static" / "pictures.svg").read_text(encoding="utf-8"))
    )
    assert drawn >= {*BOOK.facts["matter"].options}
    visitor = await visiting(browser, here, "zh-CN", local=True)
    says = talk("tianshui")
    await visitor.says(says[0])
    shown = visitor.page.locator(".choices .choice:not([value$=unsure]) .picture")
    assert await shown.count() == len(BOOK.facts["matter"].options)
    boxes = [await one.bounding_box() for one in await shown.all()]
    assert all(box is not None and box["width"] > 30 for box in boxes)
    for said in says[1:]:
        await visitor.says(said)
    assert await visitor.page.locator(".sheet h1 .picture").count() == 1
    assert await visitor.page.locator(".card .picture").count() == await visitor.page.locator(".card").count() > 0
