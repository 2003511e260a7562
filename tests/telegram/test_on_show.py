"""What is on show is what a number, a yes and a no mean: nothing answers the question behind."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import pytest_asyncio

from bot.wording import sentences
from bot.wording.languages import Language
from botapi import BotApi
from person import Person, kept
from service import serving, until
from test_telegram import AT_HOUSING, TO_THE_SHEET, Bot, facts, started

pytestmark = pytest.mark.asyncio(loop_scope="module")
ZH = Language("zh")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot", params=["polling", "webhook"])
async def a_bot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    webhook = request.param == "webhook"
    async with BotApi() as api, serving(api, tmp_path_factory.mktemp("shown"), webhook=webhook) as one:
        yield SimpleNamespace(api=api, service=one, webhook=webhook)


# ---- which language ----


@pytest.mark.parametrize(("said", "language"), [("1", "zh"), ("2", "en"), ("②", "en"), ("第二个", "en"), ("English", "en")])
async def test_a_number_chooses_the_language_that_was_asked_for(bot: Bot, said: str, language: str) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    before = await facts(bot, person)
    assert (await person.says("/language")).labels == ["中文", "English"]
    assert ("Rented home" if language == "en" else "租的房子") in (await person.says(said)).labels
    visit = await kept(bot.service, person.chat.id)
    assert visit and (visit.session.language, visit.offer, await facts(bot, person)) == (language, (), before)


@pytest.mark.parametrize("said", ["3", "1 2", "对", "不知道", "是的", "没有"])
async def test_what_is_no_language_answers_nothing_and_is_asked_again(bot: Bot, said: str) -> None:
    person, _ = await started(bot, "临沧")
    before = await facts(bot, person)
    await person.says("/language")
    assert (await person.says(said)).labels == ["中文", "English"]
    assert await facts(bot, person) == before
    assert (await person.says("1")).labels[0] != "中文" and await facts(bot, person) == before


@pytest.mark.parametrize("said", ["不", "算了", "返回", "/back"])
async def test_who_wants_no_other_language_is_back_at_the_question(bot: Bot, said: str) -> None:
    person, question = await started(bot, "临沧")
    await person.says("/language")
    assert (await person.says(said)).labels == question.labels and await facts(bot, person) == {"city": "lincang"}


async def test_before_all_is_wiped_back_undoes_no_answer(bot: Bot) -> None:
    person, question = await started(bot, "临沧")
    for said in ("返回", "/back"):
        await person.taps("重新开始")
        assert (await person.says(said)).labels == question.labels and await facts(bot, person) == {"city": "lincang"}
    await person.taps("重新开始")
    await person.says("/answers")
    assert (await person.says("1")).labels != [ZH(one) for one in sentences.SURELY_RESTART[1:]], "the list is on show"


async def test_before_anything_was_asked_a_number_is_a_language_too(bot: Bot) -> None:
    person = Person(bot.api)
    await person.says("/language")
    assert "Lincang" in (await person.says("2")).labels


async def test_at_the_sheet_a_number_is_a_language_too(bot: Bot) -> None:
    person, _ = await started(bot, *TO_THE_SHEET)
    before = await facts(bot, person)
    await person.says("语言")
    await person.says("2")
    visit = await kept(bot.service, person.chat.id)
    assert visit and (visit.session.phase, visit.session.language) == ("result", "en") and await facts(bot, person) == before


async def test_a_killed_service_knows_what_it_asked(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with BotApi() as api:
        folder = tmp_path_factory.mktemp("killed")
        async with serving(api, folder) as service:
            person, _ = await started(SimpleNamespace(api=api, service=service, webhook=False), "临沧")
            await person.says("/language")
            await service.kill()
        async with serving(api, folder) as service:
            await person.says("2")
            visit = await kept(service, person.chat.id)
            assert visit and visit.session.language == "en" and visit.session.facts == {"city": "lincang"}


# ---- a message that was changed ----


@pytest.mark.parametrize(
    ("said", "city"),
    [("1", "lincang"), ("改", "lincang"), ("对", "lincang"), ("2", "tianshui"), ("不改", "tianshui"), ("不", "tianshui")],
)
async def test_what_is_typed_at_the_offer_is_to_the_offer(bot: Bot, said: str, city: str) -> None:
    person = await edited(bot)
    await person.says(said)
    visit = await kept(bot.service, person.chat.id)
    assert visit and visit.session.phase == "asking" and visit.session.facts == {"city": city}
    assert visit.offer == ()


async def test_a_number_that_is_not_there_is_offered_again(bot: Bot) -> None:
    person = await edited(bot)
    for said in ("3", "不知道"):
        assert (await person.says(said)).labels == ["改", "不改"] and await facts(bot, person) == {"city": "tianshui"}


async def edited(bot: Bot) -> Person:
    """Somebody who changed their answer 天水 into 临沧, and is asked."""
    person, _ = await started(bot)
    person.chat.says("天水")
    await until(lambda: "要办的事" in person.chat.view[-1].text)
    (mine,) = [number for number, message in person.chat.messages.items() if message.text == "天水"]
    assert (await person.does(lambda: person.chat.edits(mine, "临沧"))).labels == ["改", "不改"]
    return person


# ---- what was perhaps meant ----


async def test_of_what_was_perhaps_meant_a_number_is_the_one_that_is_shown(bot: Bot) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    near = await person.talks("政府那种房子", "政府给的那种")
    numbers = [label.split("\u3000")[0] for label, _ in near.messages[-1].buttons]
    assert numbers == ["1", "2", "3", "4"] and near.labels[-1] == ZH(sentences.NONE_OF_THESE)
    third = near.labels[2]
    answer = await person.says("3")
    assert third.split("（")[0] in answer.text.split("\n")[0], "and no third of all"


@pytest.mark.parametrize("said", ["4", "都不是，看全部选项"])
async def test_none_of_them_has_a_number_too(bot: Bot, said: str) -> None:
    person, question = await started(bot, *AT_HOUSING)
    before = await facts(bot, person)
    await person.talks("政府那种房子", "政府给的那种")
    assert (await person.says(said)).labels == question.labels and await facts(bot, person) == before


async def test_a_number_that_is_not_among_them_answers_nothing_and_then_all_have_theirs(bot: Bot) -> None:
    person, question = await started(bot, *AT_HOUSING)
    before = await facts(bot, person)
    await person.talks("政府那种房子", "政府给的那种")
    assert (await person.says("6")).labels == question.labels and await facts(bot, person) == before
    assert question.labels[5] in (await person.says("6")).text


async def test_between_two_that_were_heard_a_number_is_the_one_that_is_shown(bot: Bot) -> None:
    person, _ = await started(bot)
    doubt = await person.says("天水 温州")
    assert [label for label, _ in doubt.messages[-1].buttons][:2] == ["1　天水", "2　温州"]
    assert (await person.says("4")).labels == doubt.labels and await facts(bot, person) == {}
    await person.says("2")
    assert await facts(bot, person) == {"city": "wenzhou"}


@pytest.mark.parametrize("said", ["en", "2", "English", "英文"])
async def test_a_language_that_was_asked_for_is_said_in_each_way(bot: Bot, said: str) -> None:
    person, _ = await started(bot, "天水", "/answers", "/language")
    assert "Tianshui" in (await person.says(said)).text and await facts(bot, person) == {"city": "tianshui"}


async def test_a_code_for_the_hotline_that_is_typed_here_is_told_where_it_belongs(bot: Bot) -> None:
    person, _ = await started(bot, "天水")
    code = (await person.says("/handoff", buttons=False)).text.split("：")[1].split("\n")[0]
    assert "念给接线员" in (await person.says(code, buttons=False)).text
    assert await facts(bot, person) == {"city": "tianshui"}
