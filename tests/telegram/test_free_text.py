"""Free text in Telegram: told in one breath, shown back, and nothing counts before a yes."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import pytest_asyncio

from bot.telegram.render import WIDEST, width
from bot.wording import sentences
from bot.wording.languages import Language
from botapi import BotApi
from flows.conversation import Session
from person import Answer, Person, asked, database, kept
from service import serving, until
from test_telegram import AT_HOUSING, TO_THE_SHEET, Bot, facts, started

pytestmark = pytest.mark.asyncio(loop_scope="module")
ZH, EN = Language("zh"), Language("en")
YES, NO = ZH(sentences.AGREE), ZH(sentences.REFUSE)
STORY = "你好，我在瑞安租的房，想把户口迁到城里"


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot", params=["polling", "webhook"])
async def a_bot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    webhook = request.param == "webhook"
    async with BotApi() as api, serving(api, tmp_path_factory.mktemp("told"), webhook=webhook) as one:
        yield SimpleNamespace(api=api, service=one, webhook=webhook)


async def session(bot: Bot, person: Person) -> Session:
    visit = await kept(bot.service, person.chat.id)
    assert visit is not None
    return visit.session


async def told(bot: Bot, text: str = STORY, **who: object) -> tuple[Person, Answer]:
    """A person whose very first message it is."""
    person = Person(bot.api, **who)
    return person, await person.says(text)


# ---- the echo ----


async def test_the_very_first_message_is_heard_and_the_welcome_stays(bot: Bot) -> None:
    person, answer = await told(bot)
    welcome, echo = answer.messages
    assert welcome.text.split("\n") == [ZH(line) for line in sentences.WELCOME] and not welcome.buttons
    lines = echo.text.split("\n")
    assert lines[0] == ZH(sentences.WHAT_I_HEARD) and lines[1] == "① 城市：温州" and lines[-1] == ZH(sentences.IS_THAT_RIGHT)
    assert any(line.endswith("住的房子：租的房子") for line in lines)
    labels = answer.labels
    assert labels[0] == YES and NO in labels and labels[1] == ZH(sentences.CHANGE_HEARD, short="城市")
    assert all(width(label) <= WIDEST for label, _ in echo.buttons)
    assert await facts(bot, person) == {}, "nothing counts before a yes"


async def test_a_yes_takes_all_and_one_step_back_undoes_it(bot: Bot) -> None:
    person, _ = await told(bot)
    heard = (await session(bot, person)).heard.facts
    answer = await person.taps(YES)
    assert ZH(sentences.AGREED) in answer.text and answer.edited
    assert await facts(bot, person) == heard and len(heard) >= 2
    await person.taps("返回")
    assert await facts(bot, person) == {}


async def test_a_yes_in_words_is_a_yes(bot: Bot) -> None:
    person, _ = await told(bot)
    heard = (await session(bot, person)).heard.facts
    await person.says("对的")
    assert await facts(bot, person) == heard


async def test_one_is_changed_and_the_others_wait(bot: Bot) -> None:
    person, _ = await told(bot)
    question = await person.taps(ZH(sentences.CHANGE_HEARD, short="住的房子"))
    assert "公租房、廉租房" in " ".join(question.labels)
    echo = await person.says("宿舍")
    assert "住的房子：宿舍" in echo.text and "城市：温州" in echo.text and YES in echo.labels
    assert await facts(bot, person) == {}
    await person.taps(YES)
    assert (await facts(bot, person))["housing"] == "dormitory"


async def test_a_list_that_was_heard_opens_with_its_ticks(bot: Bot) -> None:
    person, _ = await told(bot, "我在天水上班，想把户口迁到城镇")
    assert (await session(bot, person)).heard.facts["ties"] == ("works",)
    question = await person.taps(ZH(sentences.CHANGE_HEARD, short="和这里的联系"))
    assert [label for label in question.labels if label.startswith("✓")] == ["✓ 在这里工作"]
    await person.taps("住在这里")
    echo = await person.taps(ZH(sentences.DONE))
    assert "住在这里、在这里工作" in echo.text and YES in echo.labels


async def test_no_to_all_leaves_nothing_and_goes_on_with_the_question(bot: Bot) -> None:
    person, _ = await told(bot)
    answer = await person.taps(NO)
    assert ZH(sentences.REFUSED) in answer.text and await asked(bot.service, answer) == "city"
    assert (await session(bot, person)).heard.facts == {}


async def test_a_message_beside_the_question_is_heard_and_another_answer_is_shown_with_the_old_one(bot: Bot) -> None:
    person, _ = await started(bot, "温州", "把户口迁到城镇")
    echo = await person.says("搞错了，应该是铁岭，我在昌图租房")
    assert "城市：原来是“温州”，现在是“铁岭”" in echo.text
    await person.taps(YES)
    assert (await facts(bot, person)).items() >= {"city": "tieling", "matter": "move_to_town", "housing": "rented"}.items()


async def test_what_was_said_before_is_not_called_not_understood(bot: Bot) -> None:
    person, _ = await started(bot, "天水", "把户口迁到城镇")
    await person.says("房子是我自己买的")
    await person.taps(YES)
    before, again = await facts(bot, person), await person.says("我自己买的房")
    assert (before["housing"], await facts(bot, person)) == ("owned", before)
    assert again.text.startswith(ZH(sentences.SAID_BEFORE))


async def test_the_sheet_can_be_told_more(bot: Bot) -> None:
    person, _ = await started(bot, *TO_THE_SHEET)
    before = await facts(bot, person)
    echo = await person.says("我记错了，房子是单位宿舍")
    assert "现在是“宿舍" in echo.text
    assert "落户告知单" in (await person.taps(NO)).text or await facts(bot, person) == before


async def test_an_old_yes_changes_nothing_and_says_so(bot: Bot) -> None:
    person, first = await told(bot)
    await person.says("不是瑞安，是昌图，我在铁岭落户")
    now = await session(bot, person)
    told_before = len(person.chat.toasts)
    person.chat.forges(first.buttons[YES], first.messages[-1].id)
    await until(lambda: person.chat.toasts[told_before:] == [ZH(sentences.OLD_BUTTON)])
    await bot.api.all_taken(20)
    assert await session(bot, person) == now and now.facts == {}


async def test_a_yes_twice_is_one(bot: Bot) -> None:
    person, first = await told(bot)
    await person.taps(YES)
    now = await session(bot, person)
    assert await person.is_ignored(lambda: person.chat.forges(first.buttons[YES], first.messages[-1].id))
    assert await session(bot, person) == now


async def test_a_text_that_came_early_answers_nothing_and_may_be_heard(bot: Bot) -> None:
    person, _ = await started(bot)
    before = person.chat.says("天水")
    person.chat.says("1")
    await bot.api.all_taken(20)
    await until(lambda: any(ZH(sentences.EARLY) in message.text for message in person.chat.view))
    assert before and (await facts(bot, person)) == {"city": "tianshui"}, "a bare answer belongs to the question that was seen"
    person, _ = await started(bot)
    person.chat.says("天水")
    person.chat.says("我租的房子，在工厂上班")
    await bot.api.all_taken(20)
    await until(lambda: any(ZH(sentences.WHAT_I_HEARD) in message.text for message in person.chat.view))
    assert await facts(bot, person) == {"city": "tianshui"}


async def test_two_cities_are_asked_between_and_none_of_them_shows_all(bot: Bot) -> None:
    person, question = await started(bot)
    doubt = await person.says("天水 温州")
    assert doubt.labels == ["天水", "温州", ZH(sentences.NONE_OF_THESE)] and ZH(sentences.WHICH_OF_THESE) in doubt.text
    assert (await person.taps(ZH(sentences.NONE_OF_THESE))).labels == question.labels and await facts(bot, person) == {}
    await person.says("天水 温州")
    await person.taps("温州")
    assert await facts(bot, person) == {"city": "wenzhou"}


async def test_in_english(bot: Bot) -> None:
    person, answer = await told(bot, "I rent a flat in Wenzhou and want to move my hukou to town", language_code="en")
    assert EN(sentences.WHAT_I_HEARD) in answer.text and EN(sentences.AGREE) in answer.labels
    assert all(width(label) <= WIDEST for label, _ in answer.messages[-1].buttons)
    await person.says("yes")
    assert (await facts(bot, person)).items() >= {"city": "wenzhou", "housing": "rented"}.items()


# ---- what else is meant ----


async def test_what_the_document_does_not_say_is_said_from_everywhere(bot: Bot) -> None:
    person, first = await told(bot, "办户口要多少钱")
    assert "收不收费" in first.text and await asked(bot.service, first) == "city"
    for more in ("天水", "我租的房子，在工厂上班"):
        await person.says(more)
        assert "不批怎么办，没有写" in (await person.says("不给办去哪投诉")).text


async def test_a_human_in_a_sentence_is_the_number_to_read_out(bot: Bot) -> None:
    person, _ = await started(bot, "天水")
    answer = await person.says("我想找个人说说", buttons=False)
    assert ZH(sentences.HANDOFF, hotline="当地的政务热线", code="x").split("x")[1] in answer.text
    assert await facts(bot, person) == {"city": "tianshui"}


# ---- it lasts, and the words do not ----


async def test_a_kill_between_the_echo_and_the_yes_keeps_the_echo(bot: Bot) -> None:
    person, answer = await told(bot)
    before = await session(bot, person)
    await bot.service.kill()
    await bot.service.start()
    assert await session(bot, person) == before
    await person.forges(answer.buttons[YES], answer.messages[-1].id)
    assert await facts(bot, person) == before.heard.facts


async def test_the_words_are_in_no_row_and_no_line_of_the_log(bot: Bot) -> None:
    canary = "鸲鹆鹪鹩"
    person, _ = await told(bot, f"我叫{canary}，我在瑞安租的房，想把户口迁到城里")
    await person.says(f"{canary}说我有职工医保")
    await person.taps(YES)
    await asyncio.sleep(0.2)
    for path in bot.service.database.parent.glob("luohu.db*"):
        assert canary.encode() not in path.read_bytes(), path.name
    with database(bot.service) as db:
        assert db.execute("SELECT COUNT(*) FROM visit").fetchone()[0]
    assert canary not in bot.service.log
    assert not any(canary in str(call.params) for call in bot.api.log()), "nor in what we send"


async def test_after_forget_nothing_waits(bot: Bot) -> None:
    person, first = await told(bot)
    await person.says("/forget", buttons=False)
    answer = await person.forges(first.buttons[YES], first.messages[-1].id)
    assert YES not in answer.labels


async def test_a_bare_answer_is_as_it_was(bot: Bot) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    answer = await person.says("2")
    assert answer.text.startswith("✓ 住的房子：租的房子")
