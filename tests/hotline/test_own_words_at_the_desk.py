"""The caller's own words at the desk: heard as rows with the words they came from, and nothing counts before the agent takes it."""

import re

import pytest

from bot.hotline import notices
from browser import boxes as boxes_of
from browser import faults, overlapping, too_wide
from flows.hearing.written import LONGEST_TEXT
from person import Person, kept
from test_hotline import CODE, House, a_house, agent, clerk, fixed, key, new_case, turn  # noqa: F401 - a_house: the fixture `house`

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORY = "我们在临沧凤庆县城租房住，租房没备案，房东说同意我们落户的，问一下要多少钱"
CANARY = "甜甜的麻雀小姐"
ROW = re.compile(r'name="option" value="(\w+)"[^>]*> <span lang="\w+">(.*?)</span>(?: <q>(.*?)</q>)?')
KNOWN = re.compile(r'value="untell (\w+)"')


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Fact -> how it reads, and the caller's words."""
    return {fact: (says, words) for fact, says, words in ROW.findall(page)}


def known(page: str) -> set[str]:
    return set(KNOWN.findall(page))


async def test_what_is_heard_stands_with_the_callers_words_and_does_not_count_yet(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei)
    page = (await turn(mei, at, "hear", told=STORY)).text
    heard = rows(page)
    assert heard["city"] == ("城市：临沧", "临沧凤庆县城")
    assert heard["housing"][1] in STORY
    assert "收不收费" in page, "what the document does not say is said at once"
    assert known(page) == set()
    again = (await mei.get(at)).text
    assert rows(again).keys() == heard.keys()
    assert {words for _, words in rows(again).values()} == {""}, "the words are on the page that heard them, and on no other"


async def test_enter_takes_all_and_u_takes_all_back(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        await page.keyboard.press("h")
        await page.keyboard.insert_text(STORY)
        await key(page, "Enter")
        heard = rows(await page.content())
        assert len(heard) >= 5
        assert not page.url.endswith("/turn"), "loaded once more it is the call's own page"
        assert await faults(page) == []
        assert await too_wide(page) == 0
        assert overlapping(await boxes_of(page, ".left button, .left label")) == []
        await page.keyboard.press("Escape")
        await key(page, "Enter")
        assert known(await page.content()) == heard.keys() - {"whom"}
        await key(page, "u")
        assert known(await page.content()) == set()


async def test_a_digit_takes_one_out_and_puts_it_back(house: House) -> None:
    async with agent(house) as page:
        await key(page, "n")
        await page.keyboard.press("h")
        await page.keyboard.insert_text(STORY)
        await key(page, "Enter")
        heard = [*rows(await page.content())]
        await page.keyboard.press("1")
        assert not await page.is_checked(f'[value="{heard[0]}"]')
        await page.keyboard.press("1")
        assert await page.is_checked(f'[value="{heard[0]}"]')
        await page.keyboard.press("3")
        await key(page, "Enter")
        assert known(await page.content()) == {*heard} - {heard[2]}


async def test_by_hand_only_what_is_ticked_is_taken(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei)
    await turn(mei, at, "hear", told=STORY)
    await turn(mei, at, "take", option="city")
    assert known((await mei.get(at)).text) == {"city"}
    await turn(mei, at, "hear", told=STORY)
    await turn(mei, at, "take")
    page = (await mei.get(at)).text
    assert known(page) == {"city"}
    assert not rows(page)


async def test_what_was_left_open_is_asked_next(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei)
    page = (await turn(mei, at, "hear", told="孩子他爸是缅甸人，我是中国人，想给娃在临沧上户口")).text
    assert "没说准，下一步就问" in page
    await turn(mei, at, "take", option="city")
    await turn(mei, at, "tell matter child_registration")
    page = (await mei.get(at)).text
    assert "来电人的话，可能是" in page
    assert 'value="tell parents_nationality one_chinese_one_border"' in page


async def test_a_relative_is_heard_as_one(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei)
    page = (await turn(mei, at, "hear", told="我妈想投靠我，我在韶关浈江区有房子")).text
    assert rows(page)["whom"][0] == notices.HEARD_FOR["family"]
    await turn(mei, at, "take", option="city")
    assert 'value="ask_for family" data-key="f" aria-describedby="whom" aria-pressed="false"' in (await mei.get(at)).text
    await turn(mei, at, "hear", told="我妈想投靠我，跟我们住在一起")
    await mei.post(f"{at}/turn", "", **await fixed(mei, at), do="take", option="whom")
    assert 'value="ask_for family" data-key="f" aria-describedby="whom" aria-pressed="true"' in (await mei.get(at)).text


async def test_a_caller_who_wants_to_move_is_no_relative(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei)
    page = (await turn(mei, at, "hear", told="我想在韶关落户，租的房子")).text
    assert rows(page).keys() == {"whom", "city", "housing"} and rows(page)["whom"][0] == notices.HEARD_FOR["self"]
    await mei.post(f"{at}/turn", "", **await fixed(mei, at), do="take", option="whom")
    page = (await mei.get(at)).text
    assert 'value="ask_for family" data-key="f" aria-describedby="whom" aria-pressed="false"' in page
    assert re.search('value="ask_for self"[^>]*aria-pressed="true"', page)


@pytest.mark.parametrize("said", ["今天天气不错", "x" * (LONGEST_TEXT + 1), ""])
async def test_what_says_nothing_leaves_the_question(house: House, said: str) -> None:
    mei = await clerk(house)
    at = await new_case(mei, "tell city lincang")
    page = (await turn(mei, at, "hear", told=said)).text
    assert notices.NOTHING_HEARD in page
    assert 'id="aloud"' in page
    assert known(page) == {"city"}


async def test_the_words_are_kept_logged_and_addressed_nowhere(house: House) -> None:
    mei = await clerk(house)
    at = await new_case(mei)
    answer = await turn(mei, at, "hear", told=f"{CANARY}，{STORY}")
    assert rows(answer.text)["city"]
    await turn(mei, at, "take", option="city")
    for text in (CANARY, "房东说同意", "租房没备案"):
        assert text not in (await mei.get(at)).text
        assert text not in house.desk.service.log
        for file in house.desk.service.folder.rglob("*"):
            assert not file.is_file() or text.encode() not in file.read_bytes(), file
    assert CANARY not in answer.text
    assert "told" not in str(answer.url)


async def test_a_chat_and_the_desk_hear_the_same_and_keep_the_same(house: House) -> None:
    mei, person = await clerk(house), Person(house.api)
    echo = await person.says(STORY)
    at = await new_case(mei)
    heard = rows((await turn(mei, at, "hear", told=STORY)).text)
    lines = [line[2:] for line in echo.text.split("\n") if line[:1] in "①②③④⑤⑥⑦⑧⑨⑩" and line]
    assert lines == [says for says, _ in heard.values()]
    await person.taps("对，接着办")
    async with agent(house) as page:
        await page.goto(house.desk.url + at)
        async with page.expect_navigation():
            await page.click("[data-enter]")
        told = known(await page.content())
    visit = await kept(house.desk.service, person.chat.id)
    assert visit is not None
    assert told == visit.session.facts.keys() == heard.keys()


async def test_what_waits_in_a_chat_that_is_handed_over_waits_at_the_desk(house: House) -> None:
    person = Person(house.api)
    await person.says(STORY)
    await person.taps("对，接着办")
    await person.says("房东又不同意了，我妈也一起迁")
    found = CODE.search((await person.says("/handoff", buttons=False)).text)
    assert found
    mei = await clerk(house)
    at = (await mei.post("/desk/code", code=found[0])).headers["location"]
    await mei.post(f"{at}/check")
    assert rows((await mei.get(at)).text)["owner_consents"][0].endswith("现在是“产权人不同意”")
