"""One's own words on one's own phone: shown back first, changed or refused by a press; at the kiosk nobody types."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from bot.talk.told import overheard, told_first
from bot.talk.visit import no_visit
from bot.wording import sentences
from bot.wording.languages import Language
from browser import PHONE, boxes, chromium, faults, too_wide
from conftest import BOOK
from flows.conversation import Move, Session, take
from flows.facts import Facts
from test_leaving import on_a_phone
from visitor import Here, Visitor, kiosk, next_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORY = "我们在临沧凤庆县城租房住，租房没备案，房东说同意我们落户的"
STORIES = (
    STORY,
    "我妈想投靠我，我在韶关浈江区有房子，她今年63了，跟我们住在一起",
    "孩子在缅甸生的，孩子他爸是缅甸人，我是中国人，没领结婚证，想给娃在临沧上户口",
    "我在昌图县城买的房，房产证写我名字，想把户口迁过去",
    "I rent a flat in Tieling and my landlord agrees",
    "今天天气不错",
)
CANARY = "甜甜的麻雀小姐"
ZH = Language("zh")
SMALLEST = 44  # pixels that a finger hits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("told")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(folder: Path) -> AsyncIterator[Here]:
    async with kiosk(folder) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", params=[True, False], ids=["scripts", "no scripts"])
async def phone(request: pytest.FixtureRequest, browser: Browser, here: Here) -> AsyncIterator[Page]:
    """A phone before the first question."""
    hall, own = await browser.new_context(), await browser.new_context(**PHONE, java_script_enabled=request.param)
    visitor, page = Visitor(await hall.new_page(), here.url), await own.new_page()
    await visitor.begins()
    await on_a_phone(here, page, visitor)
    yield page
    await hall.close()
    await own.close()


async def press(page: Page, selector: str) -> None:
    async with next_page(page):
        await page.locator(selector).first.click()


async def tells(page: Page, story: str = STORY) -> None:
    if await page.locator("details.told").count():
        await page.locator("details.told summary").click()
    await page.fill("textarea", story)
    await press(page, "[value=told]")


async def waits(page: Page) -> list[str]:
    return await page.locator(".waits span").all_inner_texts()


def agreed(story: str) -> Facts:
    return told_first(no_visit(BOOK), story)[0].session.heard.facts


# ---- the same everywhere ----


@pytest.mark.parametrize("story", STORIES)
async def test_a_story_is_heard_the_same_in_a_chat_at_the_desk_and_on_a_phone(story: str) -> None:
    begins = told_first(no_visit(BOOK), "")[0]
    assert overheard(begins, story)[0].session.heard == told_first(no_visit(BOOK), story)[0].session.heard
    assert overheard(begins, story)[0].session.facts == {}


NUMBERS = ("1", "２", "①", "一", "第一个", "1 2", "选1", "first")
BEFORE: tuple[Facts, ...] = ({}, {"city": "lincang"}, {"city": "lincang", "matter": "move_to_town"})


@pytest.mark.parametrize("facts", BEFORE)
async def test_where_no_option_has_a_number_none_is_an_answer(facts: Facts) -> None:
    visit = told_first(no_visit(BOOK), "")[0]
    for fact, answer in facts.items():
        visit = visit.having(talk=take(visit.talk, Move("tell", fact, answer))[0])
    for said in NUMBERS:
        after, reply = overheard(visit, said)
        assert (after.session, reply.aside) == (visit.session, "not_understood"), said


# ---- on a phone ----


async def test_what_was_told_is_shown_and_counts_after_a_yes(phone: Page) -> None:
    await tells(phone)
    assert await phone.locator("h1").inner_text() == ZH(sentences.WHAT_I_HEARD)
    assert "城市：临沧" in await waits(phone)
    assert len(await waits(phone)) == len(agreed(STORY))
    await press(phone, "[value=agree]")
    await press(phone, "[value=review]")
    answers = await phone.locator(".answers").inner_text()
    assert all(line.partition("：")[2] in answers for line in await waits(phone))
    assert "产权人同意" in answers


async def test_what_leaves_two_answers_is_asked_with_these_two_first(phone: Page) -> None:
    """Else whoever told it would find the page as it was, and not know that they were heard."""
    await tells(phone, "我想把户口迁到温州或者铁岭")
    assert await phone.locator("#remarks").inner_text() == ZH(sentences.WHICH_OF_THESE)
    assert (await phone.locator(".choices button").all_inner_texts())[:3] == ["温州", "铁岭", "临沧"]
    await press(phone, '[value="answer city tieling"]')
    assert ZH(sentences.WHICH_OF_THESE) not in await phone.locator("main").inner_text()


async def test_for_whom_it_is_asked_stands_above_what_was_heard(phone: Page) -> None:
    await tells(phone, "我想把户口迁到温州，租房住")
    assert ZH(sentences.HEARD_FOR["self"]) in await phone.locator("main").inner_text()


@pytest.mark.long
async def test_one_is_changed_and_the_others_wait(phone: Page) -> None:
    first = await phone.locator("h1").inner_text()
    await tells(phone)
    before = await waits(phone)
    await press(phone, '[value="alter housing"]')
    await press(phone, '[value="answer housing owned"]')
    after = await waits(phone)
    assert [line for line in after if line in before] != after
    assert any("自己的房" in line for line in after)
    await press(phone, "[value=refuse]")
    assert ZH(sentences.REFUSED) in await phone.locator("#remarks").inner_text()
    assert await phone.locator("h1").inner_text() == first, "nothing of it counts"


@pytest.mark.long
async def test_beside_a_question_the_box_is_folded_and_hears_too(phone: Page) -> None:
    await press(phone, '[value="answer city lincang"]')
    assert not await phone.locator("textarea").is_visible()
    await tells(phone)
    assert "住的房子：租的房子" in await waits(phone)


@pytest.mark.long
async def test_what_says_nothing_leaves_the_question(phone: Page) -> None:
    await tells(phone, "今天天气不错")
    assert ZH(sentences.NOT_UNDERSTOOD_ON_PAGES) in await phone.locator("#remarks").inner_text()
    assert await phone.locator("textarea").input_value() == ""


@pytest.mark.long
@pytest.mark.parametrize("large", [False, True])
async def test_a_finger_hits_and_large_text_fits(phone: Page, large: bool, request: pytest.FixtureRequest) -> None:
    if large:
        await press(phone, "[value=large]")
    for screen in ("first", "heard", "next"):
        assert await too_wide(phone) == 0, screen
        assert [one for one in await boxes(phone, "button, summary, textarea, label.choice") if one["height"] < SMALLEST] == []
        if "no scripts" not in request.node.name:  # axe is one
            assert await faults(phone) == []
        if screen == "first":
            await tells(phone)
        elif screen == "heard":
            await press(phone, "[value=agree]")


@pytest.mark.long
async def test_the_words_are_nowhere_afterwards(phone: Page, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    await tells(phone, f"{CANARY}，{STORY}")
    assert CANARY not in phone.url
    assert CANARY not in await phone.content()
    assert CANARY not in "".join(capfd.readouterr())
    for file in folder.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file


# ---- at the kiosk ----


async def test_at_the_kiosk_there_is_no_box_and_no_ear(browser: Browser, here: Here) -> None:
    context = await browser.new_context()
    visitor = Visitor(await context.new_page(), here.url)
    await visitor.begins()
    assert not await visitor.page.locator("textarea").count()
    forged = "document.querySelector('.choice').value = 'told'"
    await visitor.page.evaluate(forged)
    await visitor.press(".choice")
    assert not await visitor.page.locator(".waits").count()
    await context.close()


async def test_a_session_keeps_values_and_no_words() -> None:
    session: Session = told_first(no_visit(BOOK), f"{CANARY}，{STORY}")[0].session
    assert session.heard.facts
    assert CANARY not in repr(session)
    assert "房东" not in repr(session)
