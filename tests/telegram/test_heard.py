"""What was understood is seen, and nobody is met with silence: echoes, edits, forwards, what is typed besides, the day after."""

import sqlite3
import time
from collections.abc import AsyncIterator
from functools import partial
from types import SimpleNamespace

import pytest
import pytest_asyncio

from bot.talk import codes
from bot.talk.presses import Press, pressed
from bot.talk.visit import Visit
from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.views import Wording
from botapi import BotApi
from conftest import BOOK
from flows.conversation import Session, Talk
from person import asked
from service import serving, until
from test_telegram import AT_HOUSING, TO_THE_SHEET, Bot, facts, started

pytestmark = pytest.mark.asyncio(loop_scope="module")
ZH = Language("zh")
WORDING = Wording(BOOK, "zh")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot", params=["polling", "webhook"])
async def a_bot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    webhook = request.param == "webhook"
    async with (
        BotApi() as api,
        serving(api, tmp_path_factory.mktemp("heard"), webhook=webhook, LUOHU_HOTLINE="0883-12345") as one,
    ):
        yield SimpleNamespace(api=api, service=one, webhook=webhook)


# ---- what was understood ----


async def test_the_next_question_begins_with_the_last_answer_and_how_far_one_is(bot: Bot) -> None:
    person, first = await started(bot)
    assert first.messages[-1].text.startswith("第 1 题")
    assert (await person.says("天水")).text.startswith("✓ 城市：天水\n第 2 题")
    assert (await person.taps("升学或毕业迁户口")).text.startswith("✓ 要办的事：升学或毕业迁户口\n第 3 题")
    assert (await person.says("2")).text.startswith("✓ 落户的地方：县城")
    assert (await person.says("1")).text.startswith("✓ 和这里的联系：住在这里\n第 5 题")
    assert (await person.says("哦哦哦")).text.split("\n\n")[1].startswith("✓ 和这里的联系：住在这里\n第 5 题")


async def test_the_welcome_is_a_message_of_its_own_that_stays(bot: Bot) -> None:
    person, hello = await started(bot)
    welcome, question = hello.messages
    assert welcome.text.split("\n") == [ZH(line) for line in sentences.WELCOME] and not welcome.buttons
    await person.taps("天水")
    await person.taps("升学或毕业迁户口")
    assert person.chat.view[0] == welcome and question.id == person.chat.view[1].id


async def test_the_answers_are_read_in_the_text_and_changed_by_number(bot: Bot) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    shown = await person.says("/answers")
    lines = shown.text.split("\n")
    assert "1 城市：天水" in lines and "4 和这里的联系：住在这里" in lines
    assert [label for label, data in shown.messages[-1].buttons if data.startswith("c.")] == ["1", "2", "3", "4"]
    changed = await person.talks("4", "2")
    assert changed.text.split("\n\n")[1].startswith("✓ 和这里的联系：在这里工作"), "the one that was changed, after what that did"


# ---- edited, forwarded ----


async def test_the_last_answer_edited_is_asked_about_and_changed_by_whoever_says_so(bot: Bot) -> None:
    person, _ = await started(bot)
    person.chat.says("天水")
    await until(lambda: "要办的事" in person.chat.view[-1].text)
    (mine,) = [number for number, message in person.chat.messages.items() if message.text == "天水"]
    offer = await person.does(lambda: person.chat.edits(mine, "临沧"))
    assert offer.text == "您把消息改了。要把“城市”改成“临沧”吗？" and offer.labels == ["改", "不改"]
    assert await facts(bot, person) == {"city": "tianshui"}
    assert await asked(bot.service, await person.taps("不改")) == "matter"
    assert await facts(bot, person) == {"city": "tianshui"}
    await person.does(lambda: person.chat.edits(mine, "临沧 "))
    assert (await person.taps("改")).text.startswith("✓ 城市：临沧"), "and nothing of answers that are not there"
    assert await facts(bot, person) == {"city": "lincang"}


async def test_any_other_edit_is_told_that_nothing_changed(bot: Bot) -> None:
    person, _ = await started(bot, "天水", "升学或毕业迁户口")
    mine = {message.text: number for number, message in person.chat.messages.items()}
    for number, said in (
        (mine["天水"], "临沧"),
        (mine["升学或毕业迁户口"], "哦哦"),
        (mine["升学或毕业迁户口"], "升学或毕业迁户口。"),
    ):
        told = await person.does(partial(person.chat.edits, number, said))
        assert ZH(sentences.EDITED) in told.text
    assert await facts(bot, person) == {"city": "tianshui", "matter": "study"}


async def test_a_forwarded_text_is_told_that_it_is_no_answer(bot: Bot) -> None:
    person, question = await started(bot)
    told = await person.does(lambda: person.chat.forwards("天水"))
    assert ZH(sentences.FORWARDED) in told.text and told.labels == question.labels
    assert await facts(bot, person) == {}


# ---- typed besides ----


@pytest.mark.parametrize("said", ["2️⃣", "\u200b2", "\ufeff天水", "天\u200d水\ufe0f", "２", "②", "天水\u200e"])
async def test_what_nobody_sees_makes_no_answer_wrong(bot: Bot, said: str) -> None:
    person, _ = await started(bot)
    await person.says(said)
    assert await facts(bot, person) == {"city": "tianshui"}


async def test_thanks_are_taken_at_any_moment(bot: Bot) -> None:
    person, question = await started(bot)
    for said in ("谢谢", "谢谢您！", "thanks"):
        answer = await person.says(said)
        assert ZH(sentences.YOU_ARE_WELCOME) in answer.text and answer.labels == question.labels


async def test_the_language_is_changed_by_its_name_at_any_moment(bot: Bot) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    before = await facts(bot, person)
    assert "Rented home" in (await person.says("English")).labels
    assert "租的房子" in (await person.says("中文")).labels
    assert (await person.says("语言")).labels == ["中文", "English"]
    assert await facts(bot, person) == before


@pytest.mark.parametrize("said", ["人工", "热线", "客服", "电话多少", "/handoff"])
async def test_a_human_is_a_word_away_with_the_number_to_ring(bot: Bot, said: str) -> None:
    person, _ = await started(bot, "天水")
    answer = await person.says(said, buttons=False)
    assert "热线0883-12345" in answer.text and codes.heard(answer.text.split("：")[1].split("\n")[0])
    assert await facts(bot, person) == {"city": "tianshui"}


async def test_not_understood_twice_the_nearest_options_are_offered_and_three_times_a_human(bot: Bot) -> None:
    person, question = await started(bot, *AT_HOUSING)
    once = await person.says("政府那种房子")
    assert ZH(sentences.NOT_UNDERSTOOD) in once.text and once.labels == question.labels
    twice = await person.says("政府给的那种")
    assert ZH(sentences.PERHAPS) in twice.text and "公租房、廉租房（政府的房子）" in twice.labels and len(twice.labels) == 4
    assert ZH(sentences.NONE_OF_THESE) == twice.labels[-1]
    thrice = await person.says("公廉房")
    assert "热线0883-12345" in thrice.text and thrice.labels == question.labels
    again = await person.forges(twice.buttons["公租房、廉租房（政府的房子）"], twice.messages[-1].id)
    assert again.text.startswith("✓ 住的房子：公租房、廉租房")
    assert ZH(sentences.NOT_UNDERSTOOD) in (await person.says("哦哦哦哦")).text, "of the next question it is the first time"


async def test_none_of_the_nearest_shows_all(bot: Bot) -> None:
    person, question = await started(bot, *AT_HOUSING)
    await person.talks("政府那种房子", "政府给的那种")
    assert (await person.taps(ZH(sentences.NONE_OF_THESE))).labels == question.labels


async def test_other_routes_are_no_button_where_none_is_left(bot: Bot) -> None:
    person, sheet = await started(bot, *TO_THE_SHEET)
    more = ZH(sentences.OTHER_ROUTES)
    for _ in range(30):
        if more not in sheet.labels:
            break
        answer = await person.taps(more)
        while await asked(bot.service, answer) is not None:
            answer = await person.says("说不清")
        sheet = answer
    assert more not in sheet.labels and ZH(sentences.CHANGE_ANSWERS) in sheet.labels


# ---- the day after ----


async def test_the_day_after_it_is_said_what_went_and_the_number_brings_the_answers_back(bot: Bot) -> None:
    person, sheet = await started(bot, *TO_THE_SHEET)
    before, number = await facts(bot, person), next(line for line in sheet.text.split("\n") if "核对码" in line)
    number = number.split("：")[1].split("（")[0]
    await a_day_passes(bot)
    pressed = await person.forges(sheet.buttons["改前面的回答"], sheet.messages[-1].id)
    for gone in (pressed, await person.says("/answers"), await person.says("接着办"), await person.says("改答案")):
        assert gone.text == ZH(sentences.GONE, hours=24) and gone.labels == ["开始"]
    back = await person.says(f"核对码：{number}")
    assert ZH(sentences.RESTORED) in back.text and "落户告知单" in back.text
    assert await facts(bot, person) == before
    assert ZH(sentences.OWN_ANSWERS) in (await person.says(number)).text


async def a_day_passes(bot: Bot) -> None:
    with sqlite3.connect(bot.service.database, timeout=10) as db:
        db.execute("UPDATE visit SET touched = ?", (int(time.time()) - 25 * 3600,))
    db.close()


async def test_a_number_cannot_be_guessed_and_a_wrong_one_is_named(bot: Bot) -> None:
    person, _ = await started(bot)
    spoken = [codes.spoken(1_000_000_000 + step) for step in range(12)]
    said = [(await person.says(one, buttons=False)).text for one in spoken]
    assert said[:10] == [ZH(sentences.NOT_FOUND)] * 10 and said[10:] == [ZH(sentences.TOO_MANY_NUMBERS)] * 2
    other, _ = await started(bot)
    assert (await other.says(spoken[0], buttons=False)).text == ZH(sentences.NOT_FOUND)
    wrong = spoken[0][:-1] + str((int(spoken[0][-1]) + 1) % 10)
    assert (await other.says(wrong, buttons=False)).text == ZH(sentences.NOT_FOUND), "a slip of the finger"


async def test_a_correction_is_of_an_answer_that_there_is() -> None:
    """A forged button answers no question that was not asked."""
    visit = Visit(Talk(BOOK, Session(phase="asking", facts={"city": "lincang"})))
    assert pressed(visit, Press("amend", ("city", "tianshui")))[0].session.facts == {"city": "tianshui"}
    assert pressed(visit, Press("amend", ("matter", "move_to_town")))[0].session.facts == {"city": "lincang"}
