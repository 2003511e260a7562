"""An answer belongs to the question that its author saw: what was written before that was there shows it, and changes nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from bot import clock
from bot.store.sqlite import SQLiteStore
from bot.talk.visit import RODE, Visit
from bot.telegram.incoming import Incoming
from bot.telegram.seen import OLDEST, Seen, Shown, unseen
from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.views import Wording
from botapi import BotApi
from conftest import BOOK
from flows.conversation import Session, Talk
from helpers_void import Hand, line
from person import Person, kept, owner
from service import serving, until
from test_telegram import Bot, an_update, facts, post, started

pytestmark = pytest.mark.asyncio(loop_scope="module")
EARLY = Language("zh")(sentences.EARLY)
TO_PLACE = ("天水", "升学或毕业迁户口")
NOW = 1_795_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot", params=["polling", "webhook"])
async def a_bot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    webhook = request.param == "webhook"
    async with BotApi() as api, serving(api, tmp_path_factory.mktemp("time"), webhook=webhook, LUOHU_HOTLINE="12345") as one:
        yield SimpleNamespace(api=api, service=one, webhook=webhook)


# ---- by which numbers and seconds that is known ----


def text(number: int, sent: int) -> Incoming:
    return Incoming("text", 1, 1, 1, "zh", "2", message=number, sent=sent)


def visit(**known: Any) -> Visit:
    at_a_question = Talk(BOOK, Session(phase="asking", facts={"city": "tianshui"}))
    return Visit(at_a_question, version=5, step=7, heard=10, at=NOW).having(**known)


NEW, CHANGED = Shown(7, 12, 0), Shown(7, 12, NOW + 3)
TABLE = [  # what is known, the message's number and second, on its way: is it early?
    ("after our message, in the same second", visit(), NEW, 13, NOW, False, False),
    ("before our message, whatever the second", visit(), NEW, 11, NOW + 9, False, True),
    ("while it is sent", visit(), None, 13, NOW + 9, True, True),
    ("seen before, and sent once more", visit(), NEW, 13, NOW + 9, True, False),
    ("before the message was changed", visit(), CHANGED, 13, NOW + 2, False, True),
    ("in the second in which it was changed", visit(), CHANGED, 13, NOW + 3, False, False),
    ("nothing came between it and the one before", visit(shown=RODE), None, 11, NOW + 9, False, True),
    ("something did, in the same second", visit(shown=RODE), None, 12, NOW, False, False),
    ("something did, and yet it is older", visit(shown=RODE), None, 12, NOW - 1, False, True),
    ("no number is known, the same second", visit(heard=0), None, 12, NOW, False, True),
    ("no number is known, the next second", visit(heard=0), None, 12, NOW + 1, False, False),
    ("a date that cannot be one", visit(heard=0), None, 12, NOW - OLDEST - 1, False, False),
    ("what asks before all is wiped is on its way", visit(wiping=True), None, 13, NOW + 9, True, True),
    ("and is there", visit(wiping=True), NEW, 13, NOW, False, False),
    ("before it was there, whatever the second", visit(wiping=True), NEW, 11, NOW + 9, False, True),
    ("nobody knows where it is, and nothing came between", visit(wiping=True), None, 11, NOW + 9, False, True),
    ("nor whether what came between is it, in the same second", visit(wiping=True), None, 13, NOW, False, True),
    ("in the next second", visit(wiping=True), None, 13, NOW + 1, False, False),
    ("nobody was asked anything", Visit(Talk(BOOK, Session())), None, 11, NOW - 5, True, False),
]


@pytest.mark.parametrize(
    ("known", "shown", "number", "sent", "sending", "early"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
async def test_what_is_early(
    monkeypatch: pytest.MonkeyPatch, known: Visit, shown: Shown | None, number: int, sent: int, sending: bool, early: bool
) -> None:
    monkeypatch.setattr(clock, "time", lambda: NOW + 10)
    assert unseen(known, text(number, sent), (shown,) if shown else (), sending) is early


async def test_a_step_that_is_shown_again_was_seen_the_first_time() -> None:
    seen = Seen()
    seen.sent(b"a", Shown(7, 12, 0))
    seen.sent(b"a", Shown(7, 15, 0))
    assert seen.of(b"a", visit()) == (Shown(7, 12, 0),)
    seen.sent(b"a", Shown(8, 17, 0))
    assert seen.of(b"a", visit()) == () and seen.of(b"a", visit(step=8)) == (Shown(8, 17, 0),)
    assert seen.of(b"b", visit(shown=12)) == (Shown(7, 12, 0),), "as the database knows it after a restart"
    seen.sent(b"b", CHANGED)
    again = seen.of(b"b", visit(shown=12))
    assert again[0] == Shown(7, 12, 0) and not unseen(visit(shown=12), text(13, NOW), again, False), (
        "shown again after a restart, it was seen the first time"
    )


async def test_what_is_asked_in_front_is_seen_only_by_the_message_that_asks_it() -> None:
    """It is the same step, and so the question behind it tells nothing of it."""
    seen, asked = Seen(), visit(shown=7, wiping=True, version=6)
    seen.sent(b"a", Shown(7, 7, 0, version=5))
    assert seen.asked(b"a", visit(shown=7)) == (Shown(7, 7, 0),) and seen.asked(b"a", asked) == ()
    seen.sent(b"a", Shown(7, 12, 0, version=6))
    assert seen.asked(b"a", asked) == (Shown(7, 12, 0),) and seen.of(b"a", asked) == (Shown(7, 7, 0),)


async def test_a_step_whose_first_mark_was_lost_was_seen_where_it_was_sent_first() -> None:
    """A turn that begins before the mark and ends after it writes the row as it was."""
    seen = Seen()
    seen.sent(b"a", Shown(7, 12, 0))
    late = visit(shown=15)  # the mark of the same step, shown once more
    assert not unseen(late, text(13, NOW), seen.of(b"a", late), False)
    assert unseen(late, text(11, NOW), seen.of(b"a", late), False)


# ---- the four ways, and others ----


async def at_the_place(bot: Bot) -> Person:
    """Somebody who was asked for the place, and whose question is known to have arrived."""
    person, _ = await started(bot, *TO_PLACE)
    await until(lambda: not outbox(bot, person))
    return person


async def typed_twice(person: Person, said: str) -> None:
    """Types it, waits in silence, types it again."""
    person.chat.says(said)
    await asyncio.sleep(1.2)
    person.chat.says(said)


async def calm(bot: Bot, person: Person) -> list[str]:
    await bot.api.all_taken(20)
    await until(lambda: EARLY in person.chat.view[-1].text)
    return [message.text for message in person.chat.view]


async def check(bot: Bot, person: Person, said: str) -> None:
    """The first one counts, the second one shows the question, and the person goes on as usual."""
    await calm(bot, person)
    assert await facts(bot, person) == {"city": "tianshui", "matter": "study", "place_type": "county_seat"}, said
    await person.says("住在这里")
    assert (await facts(bot, person))["ties"] == ("lives",)


@pytest.mark.long
@pytest.mark.parametrize("said", ["2", "县城"])
async def test_typed_again_while_the_process_is_down(bot: Bot, said: str) -> None:
    person = await at_the_place(bot)
    await bot.service.kill()
    await typed_twice(person, said)
    await bot.service.start()
    await check(bot, person, said)


async def test_who_is_told_that_we_are_busy_is_told_to_send_nothing_again() -> None:
    for language, says in (("zh", "不用再发"), ("en", "no need to send this again")):
        assert says in Wording(BOOK, language).busy()


@pytest.mark.long
async def test_typed_again_while_the_database_is_locked(bot: Bot) -> None:
    person = await at_the_place(bot)
    with closing(sqlite3.connect(bot.service.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        await typed_twice(person, "2")
        await asyncio.sleep(2)
        db.execute("ROLLBACK")
    await check(bot, person, "2")


async def test_typed_again_while_nothing_can_be_sent(bot: Bot) -> None:
    person = await at_the_place(bot)
    bot.api.fail("502", "sendMessage")  # in a webhook's response: not carried out
    await typed_twice(person, "2")
    await asyncio.sleep(1)
    bot.api.heal()
    await check(bot, person, "2")


async def test_typed_while_a_changed_message_is_not_there_yet(bot: Bot) -> None:
    person, _ = await started(bot, "天水")
    bot.api.fail("502", "editMessageText")
    person.chat.taps("升学或毕业迁户口")
    await asyncio.sleep(1.2)
    person.chat.says("2")
    await asyncio.sleep(0.5)
    bot.api.heal()
    await calm(bot, person)
    assert await facts(bot, person) == {"city": "tianshui", "matter": "study"}


async def test_what_is_typed_before_an_edit_is_asked_about_is_no_answer_to_that(bot: Bot) -> None:
    """“2” was meant for the question on show, and is “no” to what takes its place."""
    person, _ = await started(bot)
    person.chat.says("天水")
    await until(lambda: "要办的事" in person.chat.view[-1].text)
    await until(lambda: not outbox(bot, person))
    mine = next(number for number, message in person.chat.messages.items() if message.text == "天水")
    bot.api.fail("502", "sendMessage")
    person.chat.edits(mine, "临沧")
    await asyncio.sleep(1.2)
    person.chat.says("2")
    await asyncio.sleep(0.5)
    bot.api.heal()
    await until(lambda: "改成“临沧”吗" in person.chat.view[-1].text)
    assert await facts(bot, person) == {"city": "tianshui"}
    assert (await person.taps("改")).text.startswith("✓ 城市：临沧")


async def test_two_texts_in_one_breath_answer_one_question(bot: Bot) -> None:
    person, _ = await started(bot, *TO_PLACE)
    person.chat.says("2")
    person.chat.says("2")
    await check(bot, person, "2")


async def test_an_old_press_just_before_makes_no_answer_early(bot: Bot) -> None:
    """What rode in a response is shown once more, as nobody knows whether it came: but who answers had seen it."""
    person, first = await started(bot)
    await person.says("天水")
    person.chat.forges(first.buttons["温州"], first.messages[-1].id)
    person.chat.says("升学或毕业迁户口")
    await bot.api.all_taken(20)
    assert await facts(bot, person) == {"city": "tianshui", "matter": "study"}


@pytest.mark.long
@pytest.mark.parametrize("said", ["返回", "/back"])
async def test_back_said_again_in_silence_goes_back_once(bot: Bot, said: str) -> None:
    person = await at_the_place(bot)
    await bot.service.kill()
    await typed_twice(person, said)
    await bot.service.start()
    await calm(bot, person)
    assert await facts(bot, person) == {"city": "tianshui"}


@pytest.mark.long
async def test_wiping_everything_needs_a_prompt_that_was_seen(bot: Bot) -> None:
    person = await at_the_place(bot)
    await bot.service.kill()
    await typed_twice(person, "从头来")
    await bot.service.start()
    await bot.api.all_taken(20)
    await until(lambda: not outbox(bot, person))
    assert person.chat.view[-1].text == Wording(BOOK, "zh").surely_restart()[0]
    assert await facts(bot, person) == {"city": "tianshui", "matter": "study"}


async def test_who_answers_in_the_second_of_the_question_is_heard_also_after_a_restart(bot: Bot) -> None:
    person, _ = await started(bot, *TO_PLACE, "2", "1")
    await person.taps("租的房子")
    await person.says("没有别人一起迁")
    assert "movers" in await facts(bot, person)
    other, _ = await started(bot, "天水")
    await other.taps("升学或毕业迁户口")
    await until(lambda: not outbox(bot, other))
    await bot.service.kill()
    await bot.service.start()
    await other.says("2")
    assert "place_type" in await facts(bot, other), "what was shown is known from the database"


def outbox(bot: Bot, person: Person) -> int:
    """How much the person is owed."""
    whose = owner(bot.service, person.chat.id)
    with closing(sqlite3.connect(f"file:{bot.service.database}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT COUNT(*) FROM outbox WHERE owner = ?", (whose,)).fetchone()[0])


async def test_what_a_process_owed_that_is_gone_is_sent_by_the_one_that_hears_the_update_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def look(_: str, said: dict[str, Any]) -> int:
        sent.append(said["text"])
        return len(sent)

    update, database = Hand(7).says("/start"), tmp_path / "luohu.db"
    async with line(SQLiteStore(database), look, riding=False) as dying:
        monkeypatch.setattr(dying.channel.sender, "post", lambda _: None)
        await dying.take(update)
    async with line(SQLiteStore(database), look, riding=False) as other:
        await other.take(update)
    assert sent


async def test_what_perhaps_came_before_a_death_stands_below_what_is_changed(bot: Bot) -> None:
    """Nobody knows of the copy that a dead process sent: the reply to a tap above it is a message of its own."""
    person, question = await started(bot, "天水")
    await until(lambda: not outbox(bot, person))
    await bot.service.kill()
    with closing(sqlite3.connect(bot.service.database, timeout=5)) as db, db:
        sql = (
            "INSERT INTO outbox (owner, chat, message, version, due) SELECT owner, ?, NULL, version, 1 FROM visit WHERE owner = ?"
        )
        db.execute(sql, (person.chat.id, owner(bot.service, person.chat.id)))
    copy = person.chat.put({"text": question.text})["message_id"]
    bot.api.fail("502", "sendMessage", times=1)
    person.chat.forges(question.buttons["升学或毕业迁户口"], question.messages[-1].id)
    await bot.service.start()
    await until(lambda: "哪一类" in person.chat.view[-1].text, 20)
    assert person.chat.view[-1].id > copy


# ---- what rides in a webhook's response ----


async def test_a_reply_that_was_not_carried_out_goes_by_call_when_the_person_comes_again(bot: Bot) -> None:
    person, first = await started(bot)
    bot.api.fail("500", "sendMessage", times=1)
    person.chat.says("天水")
    await bot.api.all_taken(20)
    if bot.webhook:
        await asyncio.sleep(0.2)
        answer = await person.forges(first.buttons["温州"], first.messages[-1].id)
    else:
        answer = await person.says("哦哦")
    assert "升学或毕业迁户口" in answer.labels
    assert await facts(bot, person) == {"city": "tianshui"}
    bot.api.heal()


@pytest.mark.parametrize("odd", ["empty", "page"])
async def test_a_reply_that_got_an_odd_answer_is_sent_again_until_it_is_there(bot: Bot, odd: str) -> None:
    person, question = await started(bot, "天水")
    bot.api.fail(odd, "editMessageText", times=2)
    answer = await person.taps(next(label for label in question.labels if "升学" in label))
    assert "哪一类" in answer.text
    bot.api.heal()


async def test_nothing_rides_while_a_reply_is_on_its_way_nor_changes_a_message(bot: Bot) -> None:
    person, question = await started(bot, *TO_PLACE)
    calls = len(bot.api.calls)
    await person.taps(question.labels[1])
    assert {call.by for call in bot.api.log("editMessageText", calls)} == {"http"}
    bot.api.fail("429", "editMessageText", times=1, seconds=2)
    person.chat.taps("返回")
    await bot.api.all_taken(20)
    calls = len(bot.api.calls)
    await person.says("/help")
    sent = bot.api.log("sendMessage", calls)
    assert {call.by for call in sent} == {"http"} and len(sent) == 1
    assert "哪一类" in person.chat.view[-1].text


async def test_a_text_of_a_second_delivery_is_still_one(bot: Bot) -> None:
    if bot.webhook:
        update = an_update(800_000, "天水", 777)
        for number, said in ((1, "/start"), (3, "天水"), (3, "天水")):
            update = an_update(800_000 + number, said, 777)
            update["message"] |= {"message_id": number, "date": int(bot.api.now())}
            assert (await post(bot, __import__("json").dumps(update).encode()))[0] == 200
        found = await kept(bot.service, 777)
        assert found is not None and found.session.facts == {"city": "tianshui"}


async def test_a_retry_shows_nothing_that_is_out_of_date(bot: Bot) -> None:
    person, _ = await started(bot, "天水")
    bot.api.fail("429", "sendMessage", "editMessageText", times=1, seconds=2)
    person.chat.taps("升学或毕业迁户口")
    await bot.api.all_taken(20)
    theirs = owner(bot.service, person.chat.id)
    with closing(sqlite3.connect(bot.service.database, isolation_level=None, timeout=5)) as db:  # another process went on
        assert db.execute("UPDATE visit SET version = version + 1 WHERE owner = ?", (theirs,)).rowcount == 1
    before = [(message.id, message.edited) for message in person.chat.view]
    await asyncio.sleep(3)
    assert before == [(message.id, message.edited) for message in person.chat.view]


async def test_a_word_beside_a_view_that_is_owed_does_not_take_its_place(bot: Bot) -> None:
    person = await at_the_place(bot)
    before = person.chat.view[-1]
    bot.api.fail("502", "sendMessage", "editMessageText")
    person.chat.taps(before.buttons[1][1])
    person.chat.says("123-4567-8901")  # as on a sheet
    await bot.api.all_taken(20)
    await asyncio.sleep(1)
    bot.api.heal()
    await until(lambda: person.chat.view[-1].text == Language("zh")(sentences.NOT_FOUND), 20)
    await until(lambda: not outbox(bot, person), 20)
    shown = next(message for message in reversed(person.chat.view) if message.buttons)
    assert shown.buttons != before.buttons and person.chat.view.index(shown) >= len(person.chat.view) - 2
