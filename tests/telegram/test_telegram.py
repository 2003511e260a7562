"""Telegram as a resident meets it: the program as a user starts it, a stand-in for the Bot API, people who say and press things.

Long, as every test talks to the same two bots, which are slow to start.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot import check
from bot.telegram import render
from bot.telegram.incoming import Unreadable, incoming, read_update
from bot.wording import sentences
from bot.wording.languages import LANGUAGES, Language
from bot.wording.sheet import POSSIBLE
from bot.wording.views import Wording
from botapi import BotApi
from conftest import BOOK, CITIES
from flows.facts import NOTHING, UNSURE, Fact, Facts
from person import Answer, Person, asked, database, kept, owner, visits, words
from proxy import free_port
from service import SECRET, Service, refused, serving, until
from test_cases import RESIDENTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = {city: max((one for one in RESIDENTS if one.facts["city"] == city), key=lambda one: len(one.facts)) for city in CITIES}
Bot = SimpleNamespace  # api, service, webhook


async def a_bot(webhook: bool, folder: Any) -> AsyncIterator[Bot]:
    async with BotApi() as api, serving(api, folder, webhook=webhook, LUOHU_LOG="debug") as one:
        yield Bot(api=api, service=one, webhook=webhook)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="polling")
async def a_polling_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    async for one in a_bot(False, tmp_path_factory.mktemp("polling")):
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="hooked")
async def a_bot_with_a_webhook(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    async for one in a_bot(True, tmp_path_factory.mktemp("hooked")):
        yield one


@pytest.fixture(name="bot", params=["polling", "webhook"])
def either_bot(request: pytest.FixtureRequest, polling: Bot, hooked: Bot) -> Bot:
    return polling if request.param == "polling" else hooked


async def started(bot: Bot, *said: str, **who: Any) -> tuple[Person, Answer]:
    """A person who has said /start and more: (the person, the last answer)."""
    person = Person(bot.api, **who)
    return person, await person.talks("/start", *said)


async def facts(bot: Bot, person: Person) -> Facts:
    visit = await kept(bot.service, person.chat.id)
    assert visit is not None
    return visit.session.facts


RENTER: Facts = {"city": "tianshui", "matter": "move_to_town", "ties": ("works",), "housing": "rented", "movers": ()}
AT_HOUSING = ("天水", "升学或毕业迁户口", "县城", "1")  # answers up to the question about housing
FAMILY = ("租的房子", "没有别人一起迁")
TO_THE_SHEET = (*AT_HOUSING, *FAMILY)


# ---- whole talks ----


async def by_buttons(person: Person, fact: Fact, labels: dict[str, str], options: list[str]) -> Answer:
    answers = [await person.taps(labels[option]) for option in options]
    if fact.many and options[0] in fact.options:
        return await person.taps(Wording(BOOK, person.language).done_button())
    return answers[-1]


async def by_numbers(person: Person, fact: Fact, labels: dict[str, str], options: list[str]) -> Answer:
    return await person.says(" ".join(str(list(labels).index(option) + 1) for option in options))


async def by_words(person: Person, fact: Fact, labels: dict[str, str], options: list[str]) -> Answer:
    said = [labels[option] for option in options]
    if len(said) > 1 and any(" " in label for label in said):
        return await by_numbers(person, fact, labels, options)  # a space parts the answers of a list
    return await person.says("；".join(said))


async def answer_all(bot: Bot, person: Person, resident: Facts, way: Any) -> Answer:
    """Answers every question as the resident would, unsure of what we do not know of them, until none is asked."""
    wording = Wording(BOOK, person.language)
    answer = await person.says("/start")
    while (name := await asked(bot.service, answer)) is not None:
        policy, said = BOOK.policy(resident["city"] if name != "city" else None), await facts(bot, person)
        fact = policy.question(name, policy.known(said)) if policy else BOOK.facts[name]
        value = resident.get(name, UNSURE)
        options = [value] if isinstance(value, str) else list(value) or [NOTHING]
        answer = await way(person, fact, wording.labels(fact), options)
        assert name in await facts(bot, person), f"not taken: {options}: {answer.text}"
    return answer


def statuses(sheet: str, city: str, language: str) -> dict[str, str]:
    """Route -> status, as a sheet says it in words."""
    wording, policy = Wording(BOOK, language), BOOK.city(city).policy
    routes = {wording._(route.title): route.id for route in policy.routes.values()}
    said = {status: wording.status(status) for status in POSSIBLE}
    meaning = {words[:1].upper() + words[1:]: status for status, words in said.items()}
    lines = sheet.split("\n")
    found = {routes[line.removeprefix("■ ")]: meaning[after.strip()] for line, after in pairwise(lines) if line.startswith("■ ")}
    for line in lines:
        if line.startswith("□ "):
            found[max((title for title in routes if line.startswith(f"□ {title}")), key=len)] = "none"
    return {routes.get(route, route): status for route, status in found.items()}


@pytest.mark.parametrize("way", [by_buttons, by_numbers, by_words], ids=lambda way: way.__name__)
@pytest.mark.parametrize("city", [*CITIES, "tianshui-en"])
async def test_a_whole_talk_ends_with_the_sheet_that_the_machine_interface_gives(polling: Bot, city: str, way: Any) -> None:
    await whole_talk(polling, city, way)


@pytest.mark.parametrize("city", [*CITIES, "tianshui-en"])
async def test_a_whole_talk_by_webhook(hooked: Bot, city: str) -> None:
    await whole_talk(hooked, city, by_buttons)


async def whole_talk(bot: Bot, city: str, way: Any) -> None:
    city, _, language = city.partition("-")
    person = Person(bot.api, language_code=language or "zh-hans")
    sheet = await answer_all(bot, person, FIRST[city].facts, way)
    said = await facts(bot, person)
    if BOOK.city(city).policy.overview(said):
        assert statuses(sheet.text, city, person.language) == {}
        return
    given = check.answer(BOOK, BOOK.city(city).policy.known(said))
    expected = {route: one["status"] for route, one in given["routes"].items()}
    shown = statuses(sheet.text, city, person.language)
    assert shown.items() <= expected.items()
    assert shown and given["answer"]["routes"] and shown.keys() >= {*given["answer"]["routes"]}
    assert said.items() >= {fact: value for fact, value in FIRST[city].facts.items() if fact in said}.items()


# ---- commands ----


async def test_start_greets_and_in_the_middle_of_a_talk_shows_the_question_with_the_answers_kept(bot: Bot) -> None:
    person, hello = await started(bot)
    assert Wording(BOOK, "zh").welcome()[0] in hello.text
    question = await person.says("天水")
    again = await person.says("/start")
    assert (again.text, again.labels) == (question.text, question.labels)
    assert await facts(bot, person) == {"city": "tianshui"}


@pytest.mark.parametrize("payload", CITIES)
async def test_a_deep_link_greets_and_answers_the_city(bot: Bot, payload: str) -> None:
    person = Person(bot.api)
    answer = await person.says(f"/start {payload}")
    assert Wording(BOOK, "zh").welcome()[0] in answer.text
    assert await asked(bot.service, answer) == "matter"
    again = await person.says(f"/start {payload}")
    assert (again.labels, again.text in answer.text) == (answer.labels, True), "where we are, and no more"
    assert await facts(bot, person) == {"city": payload}


@pytest.mark.parametrize("command", ["/start", "/answers", "/result"])
async def test_a_deep_link_to_another_city_asks_before_a_sheet_or_an_answer_goes(bot: Bot, command: str) -> None:
    person, _ = await started(bot, *TO_THE_SHEET, command)
    before = await facts(bot, person)
    asks = await person.says("/start lincang")
    assert "现在是“临沧”" in asks.text and await facts(bot, person) == before
    await person.says("不对")
    assert await facts(bot, person) == before
    await person.says("/start lincang")
    answer = await person.says("对")
    assert await asked(bot.service, answer) is not None
    about = {fact: BOOK.facts[fact].about for fact in before}
    kept_facts = {fact: value for fact, value in before.items() if about[fact] == "person"}
    assert kept_facts and await facts(bot, person) == kept_facts | {"city": "lincang"}


async def test_a_deep_link_keeps_what_waits_for_a_yes(bot: Bot) -> None:
    person, _ = await started(bot)
    heard = await person.says("我在临沧县城租房")
    asks = await person.says("/start tianshui")
    assert "城市：天水" in asks.text and "租的房子" in asks.text and "租的房子" in heard.text and await facts(bot, person) == {}


async def test_a_deep_link_that_costs_nothing_changes_the_city_and_says_so(bot: Bot) -> None:
    person, _ = await started(bot, "天水")
    assert Wording(BOOK, "zh")(sentences.CITY_OF_LINK, city="临沧") in (await person.says("/start lincang")).text
    assert await facts(bot, person) == {"city": "lincang"}
    assert Wording(BOOK, "zh")(sentences.CITY_OF_LINK, city="温州") in (await person.says("/start 温州")).text, "also by its name"


async def test_a_deep_link_to_another_city_takes_no_tick_along(bot: Bot) -> None:
    person, question = await started(bot, "天水", "升学或毕业迁户口", "县城")
    await person.taps(question.labels[0])
    await person.says("/start shaoguan")
    await person.says("对")
    visit = await kept(bot.service, person.chat.id)
    assert visit is not None and visit.ticked == () and visit.session.facts["city"] == "shaoguan"


@pytest.mark.parametrize("payload", ["nonsense", "LINCANG", "other", "unsure", "' OR 1=1", "<b>", "x" * 64, "１", "\u202e"])
async def test_a_start_payload_that_is_none_of_ours_just_starts(bot: Bot, payload: str) -> None:
    person = Person(bot.api)
    answer = await person.says(f"/start {payload}")
    assert await asked(bot.service, answer) == "city"
    assert await facts(bot, person) == {}


@pytest.mark.parametrize("command", ["/help", "/about", "/nonsense", "/HELP", "/help@luohu_bot", "/ help", "/"])
async def test_a_command_that_is_no_answer_shows_the_question_again(bot: Bot, command: str) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    before = await facts(bot, person)
    answer = await person.says(command)
    assert await asked(bot.service, answer) == "housing"
    assert await facts(bot, person) == before


async def test_help_and_about_say_how_it_works_and_what_is_kept(bot: Bot) -> None:
    person, _ = await started(bot)
    wording = Wording(BOOK, "zh")
    help_ = (await person.says("/help")).text
    assert wording(sentences.HELP_IN_CHAT) in help_ and "/handoff" in help_ and "点" in help_
    assert wording.about(24) in (await person.says("/about")).text
    assert wording.not_understood() in (await person.says("/nonsense")).text


async def test_the_language_changes_in_mid_conversation_and_the_answers_stay(bot: Bot) -> None:
    person, question = await started(bot, *AT_HOUSING)
    before = await facts(bot, person)
    assert (await person.says("/language")).labels == list(LANGUAGES.values())
    english = await person.taps("English")
    assert "Rented home" in english.labels
    assert await asked(bot.service, english) == "housing"
    assert await facts(bot, person) == before
    await person.says("/language")
    assert (await person.taps("中文")).labels == question.labels


@pytest.mark.parametrize(
    ("code", "first"), [("en", "Lincang"), ("de", "Lincang"), ("zh-hans", "临沧"), ("zh-hant", "临沧"), (None, "临沧")]
)
async def test_the_language_is_the_one_of_the_person_s_own_telegram(bot: Bot, code: str | None, first: str) -> None:
    _, answer = await started(bot, language_code=code)
    assert answer.labels[0] == first


async def test_back_takes_the_last_answer_back_and_restart_takes_all(bot: Bot) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    answer = await person.says("/back")
    assert "place_type" in await facts(bot, person)
    assert await asked(bot.service, answer) == "ties"
    assert await asked(bot.service, await person.says("/restart")) == "city"
    assert await facts(bot, person) == {}


@pytest.mark.parametrize("way", ["重新开始", "button"])
async def test_many_answers_are_wiped_only_by_whoever_says_so_twice(bot: Bot, way: str) -> None:
    person, question = await started(bot, "天水", "升学或毕业迁户口", "县城")
    before, (text, yes, no) = await facts(bot, person), Wording(BOOK, "zh").surely_restart()
    assert len(before) == 3
    for answered in (no, yes):
        sure = await (person.taps("重新开始") if way == "button" else person.says(way))
        assert (sure.text, sure.labels, await facts(bot, person)) == (text, [yes, no], before)
        shown = await person.taps(answered)
        if answered == no:
            assert (shown.text, shown.labels, await facts(bot, person)) == (question.text, question.labels, before)
    assert (await asked(bot.service, shown), await facts(bot, person)) == ("city", {})
    await changes_nothing(bot, person, sure.buttons[no], sure.messages[-1].id)


@pytest.mark.parametrize("no", ["不", "不，接着问", "算了", "No, carry on"])
async def test_a_typed_no_keeps_all_answers_and_shows_the_question(bot: Bot, no: str) -> None:
    person, question = await started(bot, "天水", "升学或毕业迁户口")
    before = await facts(bot, person)
    await person.says("重新开始")
    assert ((await person.says(no)).text, await facts(bot, person)) == (question.text, before)


async def test_one_answer_too_is_wiped_only_by_whoever_says_so_twice_and_no_answer_at_once(bot: Bot) -> None:
    person, _ = await started(bot, "天水")
    sure = await person.taps("重新开始")
    assert (sure.text, await facts(bot, person)) == (Wording(BOOK, "zh").surely_restart()[0], {"city": "tianshui"})
    assert (await person.says("从头来")).text and await facts(bot, person) == {}, "what the button says can be typed, too"
    await person.says("天水")
    assert (await person.says("从头来")).text == sure.text, "by whoever was just asked, and by nobody else"
    assert await facts(bot, person) == {"city": "tianshui"}
    await person.says("升学或毕业迁户口")
    assert (await person.says("start over")).text == sure.text, "another answer came between"
    await asyncio.sleep(1.1)  # as one reads what is asked: of what rides in a webhook's response only the second is known
    assert await asked(bot.service, await person.says("start over")) == "city"
    assert await facts(bot, person) == {}


async def test_answers_lists_every_answer_with_a_button_to_change_it(bot: Bot) -> None:
    person, _ = await started(bot, *TO_THE_SHEET)
    said = await facts(bot, person)
    listed = await person.says("/answers")
    changes = [label for label, data in listed.buttons.items() if data.startswith("c.")]
    assert len(changes) == len(said)
    await person.taps(next(label for label in changes if "租的房子" in label))
    sheet = await person.taps("自己的房子" if "自己的房子" in person.chat.view[-1].text else labels_of("housing")["owned"])
    assert await facts(bot, person) == {**said, "housing": "owned"}
    assert "落户告知单" in sheet.text


def labels_of(fact: str, language: str = "zh") -> dict[str, str]:
    return Wording(BOOK, language).labels(BOOK.fact(fact, "tianshui"))


async def test_the_result_is_shown_as_soon_as_it_is_due_and_no_half_of_it_before(bot: Bot) -> None:
    person, question = await started(bot)
    receipts = count_of(bot, "receipt")
    for said in ("", *TO_THE_SHEET[:-1]):
        question = await person.says(said) if said else question
        answer = await person.says("/result")
        assert answer.text.startswith(Wording(BOOK, "zh").nothing_yet())
        assert await asked(bot.service, answer) == await asked(bot.service, question)
        assert "核对码" not in answer.text and "不符合" not in answer.text
    assert Wording(BOOK, "zh").nothing_yet() in (await person.talks("/answers", "/result")).text
    await person.says("/back")
    assert count_of(bot, "receipt") == receipts
    sheet = await person.says(TO_THE_SHEET[-1])
    assert statuses(sheet.text, "tianshui", "zh")["tianshui.open-settlement"] == "fits"
    for way in ((), ("/answers",), ("/answers", "1"), ("权益和服务（上学、社保、土地等）",)):
        await person.talks(*way) if way else None
        shown = await person.says("/result")
        assert (shown.text, shown.labels) == (sheet.text, sheet.labels), way
    assert count_of(bot, "receipt") == receipts + 1


def count_of(bot: Bot, table: str) -> int:
    with database(bot.service) as db:
        return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


async def test_back_from_a_look_at_other_routes_shows_the_sheet_again(bot: Bot) -> None:
    person, sheet = await started(bot, *TO_THE_SHEET)
    before = await facts(bot, person)
    await person.taps("看看别的途径")
    back = await person.taps("返回")
    assert (back.text, back.labels, await facts(bot, person)) == (sheet.text, sheet.labels, before)


@pytest.mark.parametrize("said", ["谢谢", "好的", "再见", "/help", "/about", "photo", "no restart"])
async def test_on_the_sheet_a_remark_comes_alone_with_the_buttons(bot: Bot, said: str) -> None:
    person, sheet = await started(bot, *TO_THE_SHEET)
    wording = Wording(BOOK, "zh")
    match said:
        case "photo":
            answer = await person.does(person.chat.sends_photo)
        case "no restart":
            await person.says("重新开始")
            answer = await person.taps(wording.surely_restart()[2])
        case _:
            answer = await person.says(said)
    assert answer.text.endswith(wording.sheet_again()) and "告知单" not in answer.text.removesuffix(wording.sheet_again())[:8]
    assert wording.sheet_again() not in sheet.text and wording.papers_button() not in answer.labels
    with_the_sheet = {wording.papers_button(), wording(sentences.TAKE_AWAY)}
    assert answer.labels == [label for label in sheet.labels if label not in with_the_sheet and not label.startswith("复制")]
    assert (await person.says("/result")).text == sheet.text


async def test_a_remark_does_not_overtake_the_sheet_that_is_on_its_way(polling: Bot) -> None:
    person, _ = await started(polling, *TO_THE_SHEET[:-1])
    polling.api.fail("429", "sendMessage", times=1, seconds=2)
    person.chat.says(TO_THE_SHEET[-1])
    await polling.api.all_taken(20)
    answer = await person.does(lambda: person.chat.says("谢谢"))
    polling.api.heal()
    assert Wording(BOOK, "zh").welcome_thanks() in answer.text
    assert "窗口核对码" in answer.text


async def test_where_no_talk_is_going_on_there_is_one_button_to_begin(bot: Bot) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    await person.says("/forget", buttons=False)
    wording = Wording(BOOK, "zh")
    shown = await person.says("/result")
    assert shown.labels == ["开始"] and wording.nothing_yet() not in shown.text
    voice = await person.does(person.chat.sends_voice)
    assert voice.labels == ["开始"] and wording.only_words() in voice.text
    gone = await person.forges("b.00000000.0")
    assert gone.labels == ["开始"] and wording(sentences.GONE, hours=24) in gone.text and not person.chat.toasts
    assert await asked(bot.service, await person.taps("开始")) == "city"
    assert (await person.says("退出")).labels == ["开始"]
    answer = await person.taps("开始")
    assert wording.welcome()[0] in answer.text


@pytest.mark.parametrize(("code", "fewest"), [("zh", 2), ("en", 2)])
async def test_forget_takes_away_messages_visit_and_every_byte(bot: Bot, code: str, fewest: int) -> None:
    person = Person(bot.api, language_code=code)
    sheet = await answer_all(bot, person, RENTER, by_numbers)
    assert len(sheet.messages) >= fewest
    await person.taps(Wording(BOOK, person.language).papers_button())
    with database(bot.service) as db:
        name = owner(bot.service, person.chat.id)
        (data,) = db.execute("SELECT data FROM visit WHERE owner = ?", (name,)).fetchone()
    assert any(name in file.read_bytes() for file in files(bot.service)), "the canary is where we look for it"
    forgotten = await person.says("/forget", buttons=False)
    assert Wording(BOOK, person.language).forgotten() in forgotten.text
    await until(lambda: [message.id for message in person.chat.messages.values()] == [forgotten.messages[-1].id])
    await until(lambda: not any(canary in file.read_bytes() for file in files(bot.service) for canary in (name, data)))
    assert await kept(bot.service, person.chat.id) is None
    answer = await person.says("/start")
    assert await asked(bot.service, answer) == "city"


def files(service: Service) -> list[Any]:
    return sorted(service.folder.glob("luohu.db*[!k]"))


async def test_the_menus_and_descriptions_are_set_in_both_languages(bot: Bot) -> None:
    scope = json.dumps({"type": "default"})
    for language, code in (("zh", ""), ("en", "en")):
        wording = Wording(BOOK, language)
        await until(partial(bot.api.profile.__contains__, ("description", scope, code)))
        menu = [(one["command"], one["description"]) for one in bot.api.profile["commands", scope, code]]
        assert menu == [(command, wording(does)) for command, does in sentences.COMMAND_MENU.items()]
        assert bot.api.profile["description", scope, code] == wording.description()
    assert {"start", "handoff", "help", "language", "back", "restart", "answers", "result", "forget", "about"} == {
        name for name, _ in menu
    }


# ---- lists to tick ----


async def test_a_tick_list_shows_what_is_ticked_and_survives_a_question_about_the_question_and_a_restart(bot: Bot) -> None:
    person, question = await started(bot, "天水", "升学或毕业迁户口", "县城")
    done = Wording(BOOK, "zh").done_button()
    first, second, *_ = question.labels
    assert done not in question.labels
    ticked = await person.taps(first)
    assert [f"✓ {first}", second] == ticked.labels[:2]
    assert done in ticked.labels
    assert ticked.edited == (question.messages[-1].id == ticked.messages[-1].id)
    await person.taps(second)
    assert (await person.taps(f"✓ {second}")).labels[:2] == [f"✓ {first}", second]
    assert (await person.taps("为什么问")).labels[:2] == [f"✓ {first}", second]
    assert (await person.says("/help")).labels[:2] == [f"✓ {first}", second]
    await bot.service.kill()
    await bot.service.start()
    assert (await person.says("/start")).labels[:2] == [f"✓ {first}", second]
    await person.taps(done)
    assert (await facts(bot, person))["ties"] == (next(iter(labels_of("ties"))),)


async def test_a_tick_twice_in_a_row_counts_once(bot: Bot) -> None:
    person, question = await started(bot, "天水", "升学或毕业迁户口", "县城")
    data = question.buttons[question.labels[0]]
    number = question.messages[-1].id
    await person.does(lambda: [person.chat.forges(data, number), person.chat.forges(data, number)])
    visit = await kept(bot.service, person.chat.id)
    assert visit is not None and len(visit.ticked) == 1


@pytest.mark.parametrize("way", ["/forget", "purge"])
async def test_two_quick_ticks_on_a_list_whose_talk_is_gone_begin_nothing_and_tick_no_other_list(bot: Bot, way: str) -> None:
    person, question = await started(bot, "天水", "升学或毕业迁户口", "县城")
    ticks, number = [question.buttons[label] for label in question.labels[:2]], question.messages[-1].id
    if way == "/forget":
        await person.says(way, buttons=False)
    else:
        with closing(sqlite3.connect(bot.service.database, timeout=5)) as db, db:
            db.execute("DELETE FROM visit WHERE owner = ?", (owner(bot.service, person.chat.id),))
    for tick in ticks:
        person.chat.forges(tick, number)
    await until(lambda: [message.buttons[0][0] for message in person.chat.view if message.buttons].count("开始") == 2)
    assert await kept(bot.service, person.chat.id) is None, "only a press on 开始 begins"
    listed = await person.says("/start")
    for said in ("天水", "升学或毕业迁户口", "县城（县政府所在的镇）"):
        listed = await person.taps(said)
    assert [data[:2] for data in listed.buttons.values()][:2] == ["t."] * 2, "a list again"
    await person.is_ignored(lambda: person.chat.forges(ticks[0], number))
    visit = await kept(bot.service, person.chat.id)
    assert visit is not None and visit.ticked == ()


async def test_papers_are_ticked_off_and_a_double_tap_is_harmless(bot: Bot) -> None:
    person, sheet = await started(bot, *TO_THE_SHEET)
    papers = await person.taps(Wording(BOOK, "zh").papers_button())
    label = papers.labels[0]
    data, number = papers.buttons[label], papers.messages[-1].id
    ticked = await person.does(lambda: [person.chat.forges(data, number), person.chat.forges(data, number)])
    assert ticked.messages[-1].id == number
    assert ticked.labels[0] == label.replace("☐", "☑")
    visit = await kept(bot.service, person.chat.id)
    assert visit is not None and len(visit.have) == 1
    assert (await person.taps(ticked.labels[0])).labels[0] == label
    assert sheet.messages[-1] in person.chat.view


@pytest.mark.parametrize("after", ["restart", "retention"])
async def test_papers_are_ticked_off_also_when_their_sheet_is_gone(bot: Bot, after: str) -> None:
    person, _ = await started(bot, *TO_THE_SHEET)
    papers = await person.taps(Wording(BOOK, "zh").papers_button())
    number, first, second = papers.messages[-1].id, *papers.labels[:2]
    before = await person.taps(first, number)
    if after == "restart":
        await person.says("/restart")
    else:
        with closing(sqlite3.connect(bot.service.database, timeout=5)) as db, db:
            db.execute("DELETE FROM visit WHERE owner = ?", (owner(bot.service, person.chat.id),))
    data = before.buttons[second]
    ticked = await person.does(lambda: [person.chat.forges(data, number), person.chat.forges(data, number)])
    assert (ticked.messages[-1].id, ticked.edited) == (number, True)
    assert ticked.labels == [label.replace("☐", "☑") if label in (first, second) else label for label in papers.labels]
    assert ticked.text.count("☑") == 2 and ticked.text.replace("☑", "☐") == papers.text
    visit = await kept(bot.service, person.chat.id)
    assert visit is None or visit.have == (), "nothing is kept of it"
    assert (await person.taps(ticked.labels[1], number)).labels == before.labels


# ---- where an answer appears ----


async def test_the_question_changes_in_place_until_something_is_typed(bot: Bot) -> None:
    person, first = await started(bot)
    second = await person.taps("天水")
    assert (second.edited, [message.id for message in second.messages]) == (True, [first.messages[-1].id])
    typed = await person.says("升学或毕业迁户口")
    assert not typed.edited
    assert typed.messages[-1].id > second.messages[-1].id
    tapped = await person.taps(typed.labels[0])
    assert tapped.edited
    person.chat.messages[person.chat._next_id()] = person.chat.view[0]  # something else was said since, and is not known to us
    above = await person.does(lambda: person.chat.forges(tapped.buttons["返回"], first.messages[-1].id))
    assert not above.edited


async def test_a_tap_on_a_question_above_what_was_typed_gets_a_new_message(bot: Bot) -> None:
    person, question = await started(bot)
    await person.says("什么")
    answer = await person.does(lambda: person.chat.forges(question.buttons["天水"], question.messages[-1].id))
    assert not answer.edited
    assert await facts(bot, person) == {"city": "tianshui"}


async def test_the_sheet_stays_when_the_talk_goes_on(bot: Bot) -> None:
    person, sheet = await started(bot, *TO_THE_SHEET)
    shown = list(sheet.messages)
    for label in ("改前面的回答", "返回", "权益和服务（上学、社保、土地等）", "返回", "看看别的途径"):
        answer = await person.taps(label)
        assert "落户告知单" not in answer.text, "nor is it written out once more"
        assert [message for message in person.chat.view if message.id in {one.id for one in shown}] == shown


# ---- buttons that nobody should have pressed ----


async def changes_nothing(bot: Bot, person: Person, data: str, message: int = 0) -> None:
    """A press that leaves the answers as they are, and says so where it was pressed."""
    before = await kept(bot.service, person.chat.id)
    assert await person.is_told(lambda: person.chat.forges(data, message)) == Wording(BOOK, person.language).old_button()
    after = await kept(bot.service, person.chat.id)
    assert before is not None and after == before


async def test_old_buttons_change_nothing_and_say_so_in_a_toast(bot: Bot) -> None:
    person, first = await started(bot)
    await person.taps("天水")
    for _ in range(2):
        await changes_nothing(bot, person, first.buttons["温州"], first.messages[-1].id)
    await person.taps("升学或毕业迁户口")
    await changes_nothing(bot, person, first.buttons["天水"], first.messages[-1].id)


DOUBLE = {  # what led there, what is pressed twice
    "answer": ((), "天水"),
    "last answer": (TO_THE_SHEET[:-1], "没有别人一起迁"),
    "tick": (("天水", "升学或毕业迁户口", "县城"), "住在这里"),
    "back": (("天水", "升学或毕业迁户口"), "返回"),
    "review": (TO_THE_SHEET, "改前面的回答"),
    "topics": (TO_THE_SHEET, "权益和服务（上学、社保、土地等）"),
    "begin": (("/forget", "/result"), "开始"),
    "restart": (("天水",), "重新开始"),
    "restart on the sheet": (TO_THE_SHEET, "重新开始"),
}


@pytest.mark.parametrize("what", DOUBLE)
async def test_a_double_tap_is_one_tap_and_nothing_is_said_of_the_second(bot: Bot, what: str) -> None:
    led, label = DOUBLE[what]
    person = Person(bot.api)
    for said in ("/start", *led):
        shown = await person.says(said, buttons=said != "/forget")
    data, number = shown.buttons[label], shown.messages[-1].id
    calls = len(bot.api.calls)
    await person.does(lambda: [person.chat.forges(data, number), person.chat.forges(data, number)])
    await bot.api.all_taken(20)
    await until(lambda: len(list(bot.api.log("answerCallbackQuery", calls))) == 2)
    sent = [call for call in bot.api.log(after=calls) if call.method in ("sendMessage", "editMessageText")]
    texts = [call.params["text"] for call in sent if call.outcome == "ok"]
    assert len(set(texts)) == len(texts) and not person.chat.toasts, texts
    assert Wording(BOOK, "zh").old_button() not in "".join(texts)


async def test_a_button_of_before_a_restart_of_the_talk_is_old(bot: Bot) -> None:
    person, first = await started(bot)
    await person.says("天水")
    await person.says("/restart")
    await person.taps("天水")  # known to have come, whatever became of the replies to what was typed
    await changes_nothing(bot, person, first.buttons["天水"], first.messages[-1].id)


async def test_a_button_that_telegram_no_longer_knows_the_message_of_is_answered_too(bot: Bot) -> None:
    person, question = await started(bot)
    await changes_nothing(bot, person, "a.00000000.0.1.1", 0)
    number = question.messages[-1].id
    del person.chat.messages[number]
    answer = await person.forges(question.buttons["天水"], number)
    assert (answer.edited, await facts(bot, person)) == (False, {"city": "tianshui"})


async def test_another_person_s_buttons_change_nothing(bot: Bot) -> None:
    one, hers = await started(bot)
    other, his = await started(bot)
    await changes_nothing(bot, other, hers.buttons["天水"], his.messages[-1].id)
    assert await facts(bot, one) == {}


async def test_forged_data_changes_nothing_and_shows_the_present_question(bot: Bot) -> None:
    person, question = await started(bot, "天水", "升学或毕业迁户口", "县城")
    ticked = await person.taps(question.labels[0])
    known = await words(bot.service)
    _, name, step, *_ = ticked.buttons["为什么问"].split(".")

    def number(word: str) -> str:
        return render.base36(known.number(word))

    forged = [
        f"a.{name}.{step}.{number('city')}.{number('wenzhou')}",  # another question's
        f"a.{name}.{step}.{number('ties')}.{number('wenzhou')}",  # another fact's option
        f"a.{name}.{step}.{number('ties')}.zzzz",
        f"a.{name}.{step}.{number('ties')}",
        f"a.{name}.{step}",
        f"t.{name}.{step}",
        f"t.{name}.{step}.{number('ties')}.{number('wenzhou')}",
        f"t.{name}.{step}.{number('city')}.{number('wenzhou')}",
        f"d.{name}.{step}",
        f"d.{name}.{step}.{number('city')}",
        f"c.{name}.{step}.{number('ties')}",  # no answer yet
        f"c.{name}.{step}.{number('city')}",  # not on the list of answers
        f"o.{name}.{step}.{number('city')}",  # no topic
        f"y.{name}.{step}",  # nothing was heard
        f"n.{name}.{step}",
        f"h.{name}.{step}.{number('city')}",
        f"m.{name}.{step}",
        f"l.{name}.{step}.{number('city')}",
        f"p.{name}.{step}.{number('city')}.{number('wenzhou')}",
        f"p.{name}.{step}",
        f"x.{name}.{step}",
        f"b.{name}.0",
        f"b.{name}.zzzzzzzz",
        f"b.00000000.{step}",
        f"b.{name}.{step}.1.2.3.4",
        f"s.{name}.-1",
        "s",
        "",
        ".",
        "a" * 64,
        "１.２.３",
        "\u202e",
        "' OR 1=1 --",
        "{}",
    ]
    before = await kept(bot.service, person.chat.id)
    for data in forged:
        calls = len(bot.api.calls)
        person.chat.forges(data)
        await bot.api.all_taken(20)
        await until(partial(bot.api.log, "answerCallbackQuery", calls))
        after = await kept(bot.service, person.chat.id)
        assert before is not None and after is not None
        assert (after.session, after.ticked, after.have) == (before.session, before.ticked, before.have), data
        assert person.chat.toasts or person.chat.view[-1].in_full, data


async def test_a_tick_on_a_question_with_one_answer_is_none(bot: Bot) -> None:
    person, question = await started(bot)
    data = question.buttons["天水"]
    before = [(message.id, message.text) for message in person.chat.view]
    person.chat.forges(f"t{data[1:]}", question.messages[-1].id)
    await bot.api.all_taken(20)
    assert before == [(message.id, message.text) for message in person.chat.view]
    assert await facts(bot, person) == {}


# ---- what is not text ----


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice", "document", "contact", "location"])
async def test_what_is_not_text_gets_a_kind_sentence_and_is_not_kept(bot: Bot, kind: str) -> None:
    person, question = await started(bot, "天水")
    answer = await person.does(getattr(person.chat, f"sends_{kind}"))
    assert Wording(BOOK, "zh").only_words() in answer.text
    assert answer.labels == question.labels
    assert await facts(bot, person) == {"city": "tianshui"}
    stored = b"".join(file.read_bytes() for file in files(bot.service))
    assert not any(canary in stored for canary in (b"8613800000000", "王小明".encode(), "租赁合同".encode(), b"28.0"))


async def test_what_stands_under_a_photo_is_taken_as_typed_and_words_that_say_nothing_get_the_line_of_a_photo(bot: Bot) -> None:
    person, question = await started(bot)
    answer = await person.does(lambda: person.chat.sends_photo(caption="这是我家"))
    assert Wording(BOOK, "zh").only_words() in answer.text and answer.labels == question.labels
    assert await asked(bot.service, await person.does(lambda: person.chat.sends_photo(caption="天水"))) == "matter"
    assert await facts(bot, person) == {"city": "tianshui"}


async def test_of_an_album_one_photo_is_answered(bot: Bot) -> None:
    person, _ = await started(bot)
    before = len(person.chat.view)
    await person.does(lambda: [person.chat.sends_photo(media_group_id="a1") for _ in range(4)])
    assert len(person.chat.view) == before + 1
    await person.does(lambda: person.chat.sends_photo(media_group_id="a2"))
    assert len(person.chat.view) == before + 2


@pytest.mark.parametrize("name", ["<b>", "&amp;", "王<小>&明", "👩‍👩‍👧‍👦", "\u202e", "</i>", "{city}", "%s", "a" * 64])
async def test_a_name_never_breaks_anything_and_is_not_kept(bot: Bot, name: str) -> None:
    person, _ = await started(bot, "天水", first_name=name, last_name=name, username="canary_name")
    await person.says("/about")
    assert b"canary_name" not in b"".join(file.read_bytes() for file in files(bot.service))
    assert name not in bot.service.log or len(name) < 4


@pytest.mark.parametrize(
    "text",
    ["<b>", "</b>&", "&lt;", "👩‍👩‍👧‍👦" * 300, "\u202e水天", "0", "1" * 4096, "\x00", "'; DROP TABLE visit"],
)
async def test_hostile_text_is_answered_and_changes_nothing(bot: Bot, text: str) -> None:
    person, question = await started(bot)
    answer = await person.says(text)
    assert answer.labels == question.labels
    assert await facts(bot, person) == {}


# ---- groups, channels, edits, forwards ----


async def test_groups_and_channels_get_one_fixed_line_or_none_and_no_visit(bot: Bot) -> None:
    """Row 20: a hundred updates, no visit."""
    person, _ = await started(bot)
    await bot.api.all_taken(20)
    before, tried = visits(bot.service), 0
    line = f"{Wording(BOOK, 'zh').only_private()}\n{Wording(BOOK, 'en').only_private()}"
    for kind in ("group", "supergroup"):
        group = bot.api.chat(kind=kind)
        for said in ["/start", "/start tianshui", "天水", "1", "/forget"] * 5:
            group.says(said, by=person.chat.id)
            group.forges("s", by=person.chat.id)
            tried += 2
        await bot.api.all_taken(20)
        await until(partial(getattr, group, "view"))
        assert {message.text for message in group.view} == {line}
        assert {data for message in group.view for _, data in message.buttons} == {"https://t.me/luohu_bot?start"}
    channel = bot.api.chat(kind="channel")
    bot.api._allowed = []
    channel.says("/start")
    await bot.api.all_taken(20)
    assert tried == 100
    assert visits(bot.service) == before
    assert not channel.view


OTHER_KINDS: dict[str, Callable[[Person], object]] = {
    "business": lambda person: person.chat.writes_to_business("天水"),
    "membership": lambda person: person.chat._membership("member", "member"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
async def test_business_messages_and_memberships_change_nothing(bot: Bot, kind: str) -> None:
    person, _ = await started(bot)
    before = await kept(bot.service, person.chat.id)
    bot.api._allowed = []  # as if Telegram sent what we did not ask for
    assert await person.is_ignored(lambda: OTHER_KINDS[kind](person))
    assert await kept(bot.service, person.chat.id) == before


# ---- privacy ----


def owes_nothing(bot: Bot) -> bool:
    with database(bot.service) as db:
        return bool(db.execute("SELECT COUNT(*) FROM outbox").fetchone() == (0,))


async def test_a_tap_on_a_copy_above_is_answered_below_the_last_copy(bot: Bot) -> None:
    """What was owed is sent once more, so that the same question stands there twice: nothing old may stand below what is new."""
    person, first = await started(bot)
    question = first.messages[-1]

    def owe() -> None:
        with closing(sqlite3.connect(bot.service.database, timeout=5)) as db, db:
            sql = "INSERT OR REPLACE INTO outbox (owner, chat, message, version, due) VALUES (?, ?, NULL, ?, 0)"
            db.execute(sql, (owner(bot.service, person.chat.id), person.chat.id, int(time.time() * 1000)))

    await until(lambda: owes_nothing(bot))
    await asyncio.sleep(0.5)  # whoever sent it has put it down: what is owed to somebody at work is left to them
    copy = await person.does(owe)
    assert copy.messages[-1].buttons == question.buttons and copy.messages[-1].id > question.id
    answer = await person.does(lambda: person.chat.forges(first.buttons["天水"], question.id))
    assert not answer.edited and answer.messages[-1].id == person.chat.view[-1].id > copy.messages[-1].id


async def test_the_privacy_line_comes_once_before_the_first_sensitive_question(bot: Bot) -> None:
    person = Person(bot.api)
    line, shown, asked_for = Wording(BOOK, "zh").privacy(24), 0, 0
    answer = await person.says("/start")
    while (name := await asked(bot.service, answer)) is not None:
        asked_for += BOOK.fact(name, "lincang").sensitive
        shown += answer.text.count(line)
        assert shown == bool(asked_for), name
        answer = await person.says({"city": "临沧", "matter": "给孩子上户口"}.get(name, "说不清"))
    assert (shown, asked_for > 1) == (1, True)


async def test_the_privacy_line_is_not_lost_with_a_reply_that_was_not_sent(polling: Bot) -> None:
    person, _ = await started(polling, "温州")
    polling.api.fail("502", "sendMessage", "editMessageText")
    person.chat.says("给孩子上户口")
    await polling.api.all_taken(20)
    await polling.service.kill()
    polling.api.heal()
    answer = await person.does(polling.service.launch)
    await polling.service.ready()
    assert Wording(BOOK, "zh").privacy(24) in answer.text
    assert BOOK.facts[str(await asked(polling.service, answer))].sensitive


# ---- the webhook ----


def an_update(update: int, text: str = "/start", person: int = 987001, number: int = 1) -> dict[str, Any]:
    who = {"id": person, "is_bot": False, "first_name": "x", "language_code": "zh"}
    entities = [{"type": "bot_command", "offset": 0, "length": len(text)}] if text.startswith("/") else []
    said = {
        "message_id": number,
        "date": int(time.time()),
        "chat": {"id": person, "type": "private"},
        "from": who,
        "text": text,
        "entities": entities,
    }
    return {"update_id": update, "message": said}


async def post(bot: Bot, body: bytes, secret: str | None = SECRET) -> tuple[int, bytes]:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with ClientSession() as http, http.post(f"{bot.service.url}/telegram", data=body, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_what_comes_once_more_after_it_was_forgotten_is_met_with_silence(hooked: Bot) -> None:
    """Else "there is no talk" would stand below "all is deleted"."""
    numbers = iter(range(900_000_001, 900_000_009)).__next__
    begins, names, forgets = (
        an_update(numbers(), said, 987_321, place) for place, said in enumerate(("/start", "天水", "/forget"), 1)
    )
    for update in (begins, names, forgets):
        assert (await post(hooked, json.dumps(update).encode()))[0] == 200
    await asyncio.sleep(0.5)
    calls = len(hooked.api.calls)
    assert await post(hooked, json.dumps(names).encode()) == (200, b"")
    await post(hooked, json.dumps(an_update(numbers(), "/start", 987_322)).encode())
    await asyncio.sleep(0.2)
    said_since = [
        call for call in hooked.api.log(after=calls) if (call.method, call.params.get("chat_id")) == ("sendMessage", "987321")
    ]
    assert not said_since


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "é"])
@pytest.mark.parametrize("body", [json.dumps(an_update(1)).encode(), b"{", b"x" * 100_000])
async def test_without_the_secret_nothing_is_read(hooked: Bot, secret: str | None, body: bytes) -> None:
    before = visits(hooked.service)
    assert (await post(hooked, body, secret))[0] == 403
    assert visits(hooked.service) == before


@pytest.mark.parametrize(
    "body",
    [
        b"x" * (200 * 1024 + 1),
        b"",
        b"{",
        b"[]",
        b"1",
        b'"x"',
        b"null",
        b"{}",
        b"\xff",
        json.dumps(an_update(1, "GB")).encode().replace(b"GB", "迁户口".encode("gbk")),  # no UTF-8
        b"[" * 60_000,
        b'{"update_id": 1, "message": 5}',
        b'{"update_id": 11, "message_reaction": {"x": 1}}',
        b'{"update_id": 1, "message": {"message_id": 1}}',
        json.dumps({"update_id": 1, "message": an_update(1)["message"] | {"date": 1e30}}).encode(),
        json.dumps({"update_id": 1, "message": an_update(1)["message"] | {"date": "x"}}).encode(),
        json.dumps({"update_id": 1, "message": an_update(1)["message"] | {"chat": "x"}}).encode(),
        json.dumps({"update_id": 1, "message": an_update(1)["message"] | {"text": True}}).encode(),
        json.dumps({"update_id": 1, "message": an_update(1)["message"] | {"message_id": "7"}}).encode(),
        json.dumps(
            {
                "update_id": 1,
                "message": an_update(1)["message"]
                | {"from": {"id": 9, "is_bot": False, "first_name": "x", "language_code": 1e300}},
            }
        ).encode(),
        json.dumps({"update_id": 1, "message": an_update(1)["message"] | {"chat": {"id": [9], "type": "private"}}}).encode(),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_what_can_never_be_read_is_passed_over(hooked: Bot, body: bytes) -> None:
    """Refused, Telegram would send it again for hours, and whatever else that person says would wait behind it."""
    before = visits(hooked.service)
    assert (await post(hooked, body))[0] == 200
    assert visits(hooked.service) == before and "update_unreadable" in hooked.service.log


@pytest.mark.parametrize("change", [{"message_id": 2**60}, {"date": -(2**60)}, {"chat": {"id": 2**70, "type": "private"}}])
async def test_a_number_larger_than_any_of_telegrams_is_none(change: dict[str, object]) -> None:
    update = an_update(1)
    assert read_update(json.dumps(update).encode()) is not None
    update["message"] |= change
    with pytest.raises(Unreadable):
        read_update(json.dumps(update).encode())
    with pytest.raises(Unreadable):
        incoming(update)


async def test_the_longest_message_with_the_longest_quote_is_read(hooked: Bot) -> None:
    quoted = an_update(1)["message"] | {"text": "长" * 4096}
    update = an_update(700_100)
    update["message"] |= {"chat": {"id": 987100, "type": "private"}, "from": update["message"]["from"] | {"id": 987100}}
    update["message"] |= {"text": "长" * 4096, "reply_to_message": quoted, "quote": {"text": "长" * 1024, "position": 0}}
    body = json.dumps(update).encode()
    assert len(body) > 50_000
    assert (await post(hooked, body))[0] == 200 and visits(hooked.service)


async def test_the_reply_rides_in_the_response_and_a_second_delivery_has_no_effect(hooked: Bot) -> None:
    calls = len(hooked.api.calls)
    assert await post(hooked, json.dumps(an_update(700_001)).encode()) == (200, b""), "welcome and question are two messages"
    await until(lambda: [call for call in hooked.api.log("sendMessage", calls) if call.params["chat_id"] == "987001"])
    calls = len(hooked.api.calls)
    status, first = await post(hooked, json.dumps(an_update(700_002, "天水", number=3)).encode())
    assert (status, json.loads(first)["method"]) == (200, "sendMessage")
    before = await kept(hooked.service, 987001)
    assert before is not None and before.session.facts == {"city": "tianshui"}
    for number, text in ((700_001, "/start"), (700_002, "天水"), (700_002, "温州")):
        status, again = await post(hooked, json.dumps(an_update(number, text, number=number - 699_999)).encode())
        assert status == 200
        assert "要办的事" in json.loads(again)["text"]
        assert await kept(hooked.service, 987001) == before
    assert not [call for call in hooked.api.log("sendMessage", calls) if call.params["chat_id"] == "987001"]


async def test_a_press_is_acknowledged_in_the_response(hooked: Bot) -> None:
    await post(hooked, json.dumps(an_update(700_101, person=987_101)).encode())
    written = an_update(0, person=987_101)["message"]
    press = {"id": "q1", "from": written["from"], "message": written, "chat_instance": "1", "data": "an old one"}
    calls = len(hooked.api.calls)
    status, said = await post(hooked, json.dumps({"update_id": 700_102, "callback_query": press}).encode())
    shown = json.loads(said)
    assert (status, shown["method"], shown["callback_query_id"]) == (200, "answerCallbackQuery", "q1")
    assert "前面那道题" in shown["text"]
    assert not [*hooked.api.log("answerCallbackQuery", calls)]


async def test_the_response_does_not_wait_for_the_other_side_s_acknowledgement(hooked: Bot) -> None:
    """Nagle's algorithm and a delayed acknowledgement make 40 ms of every answer; the fastest of many shows it."""
    took = []
    async with ClientSession(headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as line:
        for number in range(20):
            began = time.monotonic()
            async with line.post(
                f"{hooked.service.url}/telegram", json=an_update(710_000 + number, "1", person=987002)
            ) as answer:
                await answer.read()
            took.append(time.monotonic() - began)
    assert min(took[1:]) < 0.035  # the first response of a connection is never held back


async def test_polling_the_same_update_twice_has_no_second_effect(polling: Bot) -> None:
    person, _ = await started(polling)
    polling.api.fail("duplicate", times=2)
    await person.says("天水")
    await person.says("/back")
    polling.api.heal()
    assert await facts(polling, person) == {}


# ---- the process ----


async def test_live_and_ready(bot: Bot) -> None:
    assert await bot.service.status("/live") == 200
    assert await bot.service.status("/ready") == 200
    assert await bot.service.status("/nonsense") == 404


@pytest.mark.long
async def test_a_restart_in_the_middle_of_a_talk_loses_nothing(bot: Bot) -> None:
    person, _ = await started(bot, *AT_HOUSING)
    await bot.service.stop()
    person.chat.taps("租的房子")
    answer = await person.does(bot.service.launch)
    await bot.service.ready()
    assert (await facts(bot, person))["housing"] == "rented"
    assert await asked(bot.service, answer) == "movers"
    await bot.service.kill()
    await bot.service.start()
    assert "落户告知单" in (await person.says("没有别人一起迁")).text


@pytest.mark.parametrize("odd", [{"gift": {"gift": {"id": "1"}}}, {"from": 5}, {"chat": "x"}])
async def test_updates_that_cannot_be_read_keep_nobody_waiting(polling: Bot, odd: dict[str, object]) -> None:
    for number in range(30):
        message = an_update(1)["message"] | {"message_id": number + 1, **odd}
        polling.api.queue("message", message, 0, 3600)
    _, question = await started(polling)
    assert await asked(polling.service, question) == "city"
    assert await polling.service.status("/ready") == 200 and await polling.service.status("/ready/telegram") == 200


async def test_a_link_that_brings_nothing_along_says_so_and_changes_nothing(bot: Bot) -> None:
    words = Language("zh")
    person = Person(bot.api)
    welcome = await person.says("/start " + "a" * 22)
    assert words(sentences.LINK_GONE) in welcome.text and words(sentences.WELCOME[0]) in welcome.text
    await person.talks("天水", "升学或毕业迁户口")
    before = await facts(bot, person)
    assert words(sentences.LINK_GONE) in (await person.says("/start " + "b" * 22)).text
    assert await facts(bot, person) == before


async def test_each_start_hangs_the_webhook_anew_as_its_secret_may_be_another(hooked: Bot) -> None:
    before = len(hooked.api.log("setWebhook"))
    await hooked.service.stop()
    await hooked.service.start()
    assert len(hooked.api.log("setWebhook")) == before + 1


async def test_two_polls_are_survived(polling: Bot) -> None:
    person, _ = await started(polling)
    polling.api.fail("409", times=1)
    async with ClientSession() as http, http.post(f"{polling.api.url}/bot{polling.api.token}/getUpdates", json={"timeout": 0}):
        pass
    assert await asked(polling.service, await person.says("天水")) == "matter"
    assert await polling.service.status("/ready") == 200


async def test_a_second_process_on_the_same_file_is_refused_with_one_sentence(polling: Bot) -> None:
    status, said = await refused(polling.service.folder, **polling.service.settings, LUOHU_LISTEN=f"127.0.0.1:{free_port()}")
    assert status not in (0, None)
    assert "正被另一个 luohu 使用" in said
    assert len(said.strip().split("\n")) == 1
    assert await asked(polling.service, (await started(polling))[1]) == "city"


async def test_no_log_line_has_a_word_of_a_person_or_a_secret(bot: Bot) -> None:
    person, _ = await started(bot, "一个谁也不会说的词", "天水", first_name="无名氏甲乙")
    await person.taps("为什么问")
    for canary in (
        "一个谁也不会说的词",
        "无名氏甲乙",
        "天水",
        str(person.chat.id),
        bot.api.token,
        SECRET,
        owner(bot.service, person.chat.id).hex(),
    ):
        assert canary not in bot.service.log, canary
