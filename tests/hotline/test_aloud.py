"""What the agent says: the answer in a quarter of a minute above the sheet, and every question as it reads for whom it is."""

import re

import pytest

from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.spoken import CHARACTERS, length
from conftest import BOOK
from test_hotline import House, a_house, agent, clerk, finished, key, new_case, turn  # noqa: F401 - a_house is the fixture `house`

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALOUD = re.compile(r'<div class="aloud">.*?<p lang="(\w+)">(.*?)</p>', re.DOTALL)
OPENED = ("tell city lincang", "tell matter move_to_town")


def aloud(page: str) -> tuple[str, tuple[str, ...]]:
    """In which language, and which sentences are read out."""
    found = ALOUD.search(page)
    assert found, page
    return found[1], tuple(re.findall(r"<span>(.*?)</span>", found[2]))


async def test_the_answer_to_read_out_stands_above_the_sheet_and_where_the_questions_end(house: House) -> None:
    mei = await clerk(house)
    at = await finished(mei)
    language, said = aloud((await mei.get(at)).text)
    assert (language, said) == aloud((await mei.get(f"{at}/sheet")).text)
    assert "可以申请" in said[0]
    assert any(one.startswith("去") for one in said), "where to go"
    assert length(Language("zh"), said) <= CHARACTERS
    sheet = (await mei.get(f"{at}/sheet")).text
    assert sheet.index('class="aloud"') < sheet.index('class="sheet"')


async def test_it_is_read_out_in_the_callers_language(house: House) -> None:
    mei = await clerk(house)
    at = await finished(mei)
    await turn(mei, at, "speak en")
    language, said = aloud((await mei.get(f"{at}/sheet")).text)
    assert language == "en"
    assert said[-1] == "Ring before you go."


async def test_what_the_agent_says_is_not_on_paper(house: House) -> None:
    at = await finished(await clerk(house))
    async with agent(house) as page:
        await page.goto(house.desk.url + f"{at}/sheet")
        assert await page.locator(".aloud").is_visible()
        await page.emulate_media(media="print")
        assert not await page.locator(".aloud").is_visible()
        assert await page.locator(".sheet").is_visible()


async def test_before_the_questions_end_there_is_nothing_to_read_out(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei, *OPENED)
    for page in (at, f"{at}/sheet"):
        assert not ALOUD.search((await mei.get(page)).text)


async def test_whom_the_caller_asks_for_steers_the_words_and_nothing_else(house: House) -> None:
    mei = await clerk(house)
    at = await finished(mei)
    results = statuses((await mei.get(at)).text)
    said = {}
    for whom in ("self", "family"):
        assert (await turn(mei, at, f"ask_for {whom}")).status_code == 303
        page = (await mei.get(at)).text
        said[whom] = aloud(page)[1][0]
        assert statuses(page) == results
    assert said["self"].startswith("您")
    assert "您" not in said["family"]


def statuses(page: str) -> list[str]:
    return re.findall(r'<details class="outlook (\w+)" id="(\w+)"', page)


async def test_a_question_is_put_as_it_reads_for_whom_it_is(house: House) -> None:
    fact = BOOK.city("lincang").policy.facts["ground"]
    async with agent(house) as page:
        await page.goto(house.desk.url + await new_case(await clerk(house), *OPENED))
        both = await page.text_content(".question") or ""
        assert fact.aloud in both
        assert fact.third in both
        await key(page, "f")
        assert await page.text_content("#aloud") == fact.third
        assert fact.aloud not in (await page.text_content(".question") or "")
        assert await page.get_attribute('[value="ask_for family"]', "aria-pressed") == "true"
        await key(page, "b")
        assert await page.text_content("#aloud") == fact.aloud
        assert fact.third not in (await page.text_content(".question") or "")


async def test_a_question_that_leads_the_talk_is_not_called_of_no_use(house: House) -> None:
    page = (await (mei := await clerk(house)).get(await new_case(mei, *OPENED))).text
    assert sentences.WHY_MATTER in page
    assert sentences.WHY_NO_MORE not in page


async def test_what_is_taken_back_leaves_whom_the_caller_asks_for(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei, OPENED[0])
    await turn(mei, at, OPENED[1])
    await turn(mei, at, "ask_for family")
    await turn(mei, at, "undo")
    page = (await mei.get(at)).text
    assert re.search(r'value="ask_for family"[^>]* aria-pressed="true"', page)
    assert 'value="untell matter"' not in page


@pytest.mark.parametrize("do", ["ask_for", "ask_for nobody", "ask_for self family"])
async def test_nobody_else_is_asked_for(house: House, do: str) -> None:
    mei = await clerk(house)
    assert (await turn(mei, await new_case(mei), do)).status_code == 400
