"""Lists of papers to tick off: quick ticks, lists whose sheet is gone, and lists that Telegram says nothing of any more."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio

from bot.telegram.incoming import Incoming
from bot.telegram.render import base36
from bot.telegram.ticks import LoneLists
from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.views import Wording
from botapi import BotApi
from conftest import BOOK
from person import Answer, Person, kept, owner, visits
from service import serving, until
from test_handoff import open_desk
from test_telegram import TO_THE_SHEET, Bot, started

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIST = Wording(BOOK, "zh").papers_button()


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def a_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    async with BotApi() as api, serving(api, tmp_path_factory.mktemp("ticks")) as one:
        yield SimpleNamespace(api=api, service=one, webhook=False)


async def with_a_list(bot: Bot) -> tuple[Person, Answer]:
    person, _ = await started(bot, *TO_THE_SHEET)
    return person, await person.taps(LIST)


def lets_it_go(bot: Bot, person: Person) -> None:
    """The visit is too old and taken away."""
    with closing(sqlite3.connect(bot.service.database, timeout=5)) as db, db:
        db.execute("DELETE FROM visit WHERE owner = ?", (owner(bot.service, person.chat.id),))


@pytest.mark.parametrize("sheet", ["is there", "is gone"])
async def test_quick_ticks_with_the_keyboard_of_before_the_first_are_all_kept(bot: Bot, sheet: str) -> None:
    person, papers = await with_a_list(bot)
    number, (first, second) = papers.messages[-1].id, papers.labels
    if sheet == "is gone":
        lets_it_go(bot, person)
    before = person.chat.messages[number]
    for label in (first, second, first):
        person.chat.messages[number] = before  # as Telegram has it until our change of the first arrives
        person.chat.forges(papers.buttons[label], number)
    await bot.api.all_taken(20)
    one, two = (label.replace("☐", "☑") for label in papers.labels)
    await until(lambda: shown(person, number) == [one, two])
    assert (await person.taps(two, number)).labels == [one, second], "what was ticked can be taken back"
    assert (await person.taps(one, number)).labels == [first, second], "and is not ticked again by what was ticked before"


def shown(person: Person, number: int) -> list[str]:
    return [label for label, _ in person.chat.messages[number].in_full]


@pytest.mark.parametrize("code", ["zh-hans", "en"])
async def test_a_tick_on_a_list_that_telegram_says_nothing_of_is_answered_in_a_toast_and_keeps_nothing(
    bot: Bot, code: str
) -> None:
    person, papers = await with_a_list(bot)
    person.chat.person["language_code"] = code
    lets_it_go(bot, person)
    rows = visits(bot.service)
    said = await person.is_told(lambda: person.chat.forges(papers.buttons[papers.labels[0]], 0))
    assert said == Language(code[:2])(sentences.OLD_LIST)
    assert await kept(bot.service, person.chat.id) is None and visits(bot.service) == rows


async def test_a_tick_on_a_list_of_the_present_sheet_that_telegram_says_nothing_of_brings_the_list(bot: Bot) -> None:
    person, papers = await with_a_list(bot)
    first, *others = papers.labels
    again = await person.forges(papers.buttons[first], 0)
    assert again.labels == [first.replace("☐", "☑"), *others] and not again.edited


async def test_who_asks_for_the_papers_of_a_sheet_that_is_gone_is_told_so_and_nothing_is_kept(bot: Bot) -> None:
    person, _ = await started(bot, *TO_THE_SHEET)
    sheet = next(message for message in person.chat.view if LIST in [label for label, _ in message.buttons])
    lets_it_go(bot, person)
    answer = await person.does(lambda: person.chat.taps(LIST, sheet.id))
    assert "没有进行中的问答" in answer.text and answer.labels == ["开始"]
    assert await kept(bot.service, person.chat.id) is None


async def test_what_another_process_took_back_is_not_ticked_again_by_this_one(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        words, papers = desk.runtime.words, [*BOOK.papers][:3]

        def heard(*ticked: str) -> Incoming:
            """A press on the list as it is then."""
            marks = {paper: "☑" if paper in ticked else "☐" for paper in papers}
            sets = {paper: words.numbers((paper, "no" if paper in ticked else "yes")) for paper in papers}
            keys = tuple((f"{marks[one]} {one}", f"p.00000000.1.{'.'.join(map(base36, sets[one]))}") for one in papers)
            return Incoming("press", 1, 1, 1, "zh", pressed=7, html="\n".join(f"{marks[one]} {one}" for one in papers), keys=keys)

        lists, (first, second, third) = LoneLists(desk.runtime), papers
        await lists.ticked(heard(), first, "yes")
        await lists.ticked(heard(first), second, "yes")
        message = await lists.ticked(heard(second), third, "yes")  # the first was taken back elsewhere
        assert [line[0] for line in message.html.split("\n")] == ["☐", "☑", "☑"]
