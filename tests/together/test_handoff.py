"""Handing a visit on: by code to the hotline and back, by link to a phone; the number on the sheet; the tally."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from bot import clock
from bot.store import counters
from bot.store.attempts import TooMany
from bot.store.cases import Case
from bot.store.sqlite import SQLiteStore
from bot.talk import codes, presses, retention
from bot.talk.handoff import Handoff
from bot.talk.offers import in_language
from bot.talk.receipts import Receipts
from bot.talk.runtime import Runtime
from bot.talk.turns import Act, Turn, Turns
from bot.talk.visit import Channel, Visit, Words, decode, encode
from conftest import BOOK
from flows.conversation import Move, Pending, Reply, take
from flows.facts import Answer


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[tuple[Turns, Handoff]]:
    desk = Turns(Runtime(BOOK, SQLiteStore(folder / "luohu.db"), b"key", 24))
    await desk.runtime.open()
    try:
        yield desk, Handoff(desk)
    finally:
        await desk.runtime.store.close()


# Somebody who can settle in Tianshui: every question that matters is answered.
FITS: dict[str, Answer] = {
    "city": "tianshui", "matter": "move_to_town", "county": "qinzhou", "place_type": "urban_district", "housing": "none",
    "ties": ("lives", "works"), "insurance": (), "movers": (),
}  # fmt: skip


def starts(channel: Channel) -> Act:
    def act(visit: Visit) -> tuple[Visit, Reply]:
        return presses.begun(visit.having(channel=channel))

    return act


def tells(**facts: Answer) -> Act:
    def act(visit: Visit) -> tuple[Visit, Reply]:
        talk = visit.talk
        for fact, answer in facts.items():
            talk, _ = take(talk, Move("tell", fact, answer))
        return visit.having(talk=talk), talk.reply()

    return act


async def begun(desk: Turns, who: str, channel: Channel = "kiosk", /, **facts: Answer) -> tuple[bytes, Turn]:
    owner = desk.owner(channel, who)
    turn = await desk.take(owner, None, f"{who}:start", starts(channel))
    if facts:
        turn = await desk.take(owner, None, f"{who}:tell", tells(**facts))
    return owner, turn


@pytest.mark.asyncio
async def test_a_code_works_once_and_only_for_the_visit_as_it_was(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", city="tianshui")
        code = await hand.code(owner)
        assert code is not None
        case = await hand.take_over(code, "mei")
        assert case is not None and case.owner == owner and not case.checked
        assert await hand.take_over(code, "mei") is None
        async with desk.runtime.store.transaction() as db:
            assert await db.rows("SELECT * FROM code") == [], "a used code is nowhere any more"
        other, _ = await begun(desk, "b", city="tianshui")
        late = await hand.code(other)
        await desk.take(other, None, "b:on", tells(matter="study"))
        assert late is not None and await hand.take_over(late, "mei") is None
        assert await hand.code(desk.owner("kiosk", "nobody")) is None


@pytest.mark.asyncio
@pytest.mark.parametrize("channel", ["telegram", "phone"])
async def test_a_code_stays_good_in_another_language_and_with_other_ticks(tmp_path: Path, channel: Channel) -> None:
    beside: list[Act] = [
        lambda visit: presses.pressed(visit, presses.Press("tick", ("ground", "job"))),
        lambda visit: in_language(visit, "en"),
        lambda visit: in_language(visit, "zh"),
    ]
    async with open_desk(tmp_path) as (desk, hand):
        owner, turn = await begun(desk, "a", channel, city="lincang", matter="move_to_town")
        code = str(await hand.code(owner))
        for number, act in enumerate(beside):
            before, turn = turn, await desk.take(owner, None, f"a:{number}", act)
            assert turn.visit.step > before.visit.step
        assert await hand.take_over(code, "mei")


@pytest.mark.asyncio
async def test_while_the_hotline_has_it_the_person_looks_on_and_then_has_it_again(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", city="tianshui")
        case = await hand.take_over(str(await hand.code(owner)), "mei")
        assert case is not None
        mine = await desk.take(owner, None, "a:2", tells(matter="study"))
        assert (mine.outcome, mine.reply.phase, dict(mine.visit.session.facts)) == ("held", "held", {"city": "tianshui"})
        theirs = await desk.take_as_agent(owner, None, "mei:1", tells(matter="study"))
        assert theirs.outcome == "ok" and theirs.visit.session.facts["matter"] == "study"
        assert not await hand.give_back("li", case.id), "another agent's case"
        assert await hand.give_back("mei", case.id)
        assert (await desk.take_as_agent(owner, None, "mei:2", tells(matter="join_kin"))).outcome == "lost"
        assert (await desk.take(owner, None, "a:3", tells(matter="join_kin"))).outcome == "ok"
        assert await hand.cases("mei") == []


@pytest.mark.asyncio
async def test_what_the_hotline_forgot_is_the_persons_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        assert await hand.take_over(str(await hand.code(owner)), "mei")
        monkeypatch.setattr(clock, "time", lambda: time.time() + retention.HELD + 1)
        assert (await desk.take_as_agent(owner, None, "mei:1", tells(matter="study"))).outcome == "lost"
        turn = await desk.take(owner, None, "a:2", tells(matter="study"))
        assert turn.outcome == "ok" and turn.visit.session.facts == {"city": "tianshui", "matter": "study"}


@pytest.mark.parametrize("later", [0, retention.CODE_LIFE - 2, retention.CODE_LIFE + 2])
@pytest.mark.asyncio
async def test_a_code_lives_ten_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: int) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        code = str(await hand.code(owner))
        monkeypatch.setattr(clock, "time", lambda: time.time() + later)
        assert (await hand.take_over(code, "mei") is not None) == (later < retention.CODE_LIFE)


@pytest.mark.asyncio
async def test_guessing_ends_after_five_wrong_codes_an_account_and_a_hundred_in_all(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", city="tianshui")
        code = str(await hand.code(owner))
        wrong = codes.spoken((int(str(codes.heard(code))) + 1) % 10**10)
        assert await hand.take_over(code[:-1] + str((int(code[-1]) + 1) % 10), "mei") is None, "a slip costs no try"
        assert [await hand.take_over(wrong, "mei") for _ in range(5)] == [None] * 5
        with pytest.raises(TooMany):
            await hand.take_over(code, "mei")
        for number in range(95):
            assert await hand.take_over(wrong, f"agent{number // 5}") is None
        with pytest.raises(TooMany):
            await hand.take_over(code, "li")
        assert await who_tried(desk, "mei", "agent") == []


@pytest.mark.asyncio
async def test_of_two_agents_with_one_code_one_gets_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        for number in range(50):
            owner, _ = await begun(desk, f"a{number}", city="tianshui")
            code = str(await hand.code(owner))
            got = await asyncio.gather(hand.take_over(code, "mei"), hand.take_over(code, f"li{number}"), return_exceptions=True)
            assert sum(isinstance(one, Case) for one in got) == 1


@pytest.mark.asyncio
async def test_a_link_moves_the_visit_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", **FITS)
        phone = desk.owner("telegram", 7)
        token = str(await hand.link(owner))
        assert not await hand.move("x" * 22, phone, "telegram")
        assert await hand.move(token, phone, "telegram")
        assert not await hand.move(token, desk.owner("telegram", 8), "telegram")
        assert (await desk.read(owner)).version == 0
        moved = await desk.read(phone)
        assert (moved.channel, moved.session.facts) == ("telegram", FITS)


@pytest.mark.asyncio
async def test_what_a_chat_knows_of_its_messages_stays_when_a_visit_comes(tmp_path: Path) -> None:
    """So that /forget takes them away, too."""
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", **FITS)
        phone, _ = await begun(desk, "7", "telegram")
        seen = lambda visit: (visit.having(messages=(4, 6), heard=6), visit.talk.reply())  # noqa: E731
        await desk.take(phone, None, "seen", seen)
        assert await hand.move(str(await hand.link(owner)), phone, "telegram")
        visit = await desk.read(phone)
        assert (visit.messages, visit.heard, visit.session.facts) == ((4, 6), 6, FITS)


@pytest.mark.asyncio
async def test_what_waits_for_a_yes_and_is_gone_from_the_policies_is_not_shown(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        owner, _ = await begun(desk, "a", "telegram", **FITS)

        def heard(visit: Visit) -> Visit:
            waits = Pending({"gone": "yes", "housing": "gone", "ties": ("lives",)}, {"gone": ("a", "b")})
            return visit.saying(phase="heard", heard=waits, together=("ties",), before={"city": "tianshui", "gone": "yes"})

        async with desk.runtime.store.transaction() as db:
            for word in ("gone", "a", "b", "an older version"):
                await db.run("INSERT INTO word (id, word) SELECT MAX(id) + 1, ? FROM word", word)
            await desk.runtime.words.load(db, BOOK)
            visit = heard(await desk.keeping.read(db, owner, clock.now()))
            await desk.keeping.write(db, owner, visit.having(policy="an older version"), clock.now())
        session = (await desk.read(owner)).session
        assert (session.phase, session.heard) == ("heard", Pending({"ties": ("lives",)}))
        assert "gone" not in session.before


@pytest.mark.asyncio
async def test_a_link_does_not_push_aside_what_the_hotline_has(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", **FITS)
        phone, _ = await begun(desk, "7", "telegram", city="wenzhou")
        token, case = str(await hand.link(owner)), await hand.take_over(str(await hand.code(phone)), "mei")
        assert case is not None and not await hand.move(token, phone, "telegram")
        assert (await desk.read(phone)).session.facts == {"city": "wenzhou"}
        assert await hand.give_back("mei", case.id) and await hand.move(token, phone, "telegram"), "the link stays good"


@pytest.mark.asyncio
async def test_a_visit_that_is_too_old_is_not_handed_on_and_takes_nobodys_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "a", **FITS)
        phone, _ = await begun(desk, "7", "telegram", city="wenzhou")
        token, code = str(await hand.link(owner)), str(await hand.code(owner))
        monkeypatch.setattr(clock, "time", lambda: time.time() + retention.TTL["kiosk"] + 1)
        assert await hand.link(owner) is None
        assert not await hand.move(token, phone, "telegram")
        assert await hand.take_over(code, "mei") is None
        assert (await desk.read(phone)).session.facts == {"city": "wenzhou"}


@pytest.mark.asyncio
async def test_a_chats_number_stays_no_longer_than_its_visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_desk(tmp_path) as (desk, hand):
        owner, _ = await begun(desk, "7", "telegram", city="tianshui")
        case = await hand.take_over(str(await hand.code(owner, 7)), "mei")
        own, _ = await hand.open_case("mei")
        await desk.purge()
        kept = {one.id for one in await hand.cases("mei")}
        assert case is not None and kept == {case.id, own.id}, "while there is a visit, its case is there"
        monkeypatch.setattr(clock, "time", lambda: time.time() + 24 * 3600 + 1)
        await desk.purge()
        assert await hand.cases("mei") == [own], "nobody gave it back, and the visit is gone"


@pytest.mark.asyncio
async def test_the_number_on_a_sheet_finds_the_same_answers_until_it_is_forgotten(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        owner, turn = await begun(desk, "a", "telegram", **FITS)
        assert turn.reply.phase == "result" and turn.visit.receipt
        again = await desk.take(owner, None, "a:again", lambda visit: (visit, visit.talk.reply()))
        assert again.visit.receipt == turn.visit.receipt, "the same answers, the same number"
        at_window = Receipts(desk)
        found = await at_window.check(codes.spoken(turn.visit.receipt), "mei")
        assert found is not None and found.visit.session.facts == FITS and not found.visit.messages and found.same
        changed = await desk.take(owner, None, "a:more", tells(housing="dormitory"))
        assert changed.visit.receipt not in (0, turn.visit.receipt)
        await desk.end(owner)
        await desk.purge()
        assert await at_window.check(codes.spoken(turn.visit.receipt), "mei"), "a paper stays good when the kiosk is wiped"
        async with desk.runtime.store.transaction() as db:
            assert {bytes(whose) for (whose,) in await db.rows("SELECT owner FROM receipt")} == {b""}, "but it is nobody's"
        owner, turn = await begun(desk, "b", "telegram", **FITS)
        await desk.forget(owner, "b:forget")
        assert await at_window.check(codes.spoken(turn.visit.receipt), "mei") is None


@pytest.mark.asyncio
async def test_guessing_numbers_of_sheets_ends_and_keeps_nobody_else_from_the_window(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        _, turn = await begun(desk, "a", "telegram", **FITS)
        good, at_window = codes.spoken(turn.visit.receipt), Receipts(desk)
        wrong = codes.spoken((turn.visit.receipt + 1) % 10**10)
        assert [await at_window.check(wrong, "mei") for _ in range(10)] == [None] * 10
        for _ in range(300):
            with pytest.raises(TooMany):
                await at_window.check(good, "mei")
        assert await at_window.check(good, "li"), "what an account is refused does not count against all"
        for number in range(190):
            assert await at_window.check(wrong, f"agent{number // 10}") is None
        with pytest.raises(TooMany):
            await at_window.check(good, "li")
        assert await who_tried(desk, "mei", "agent") == []


async def who_tried(desk: Turns, *names: str) -> list[str]:
    """What stands in the count of tries of any of these."""
    async with desk.runtime.store.transaction() as db:
        kept = [str(bucket) for (bucket,) in await db.rows("SELECT bucket FROM attempt")]
    assert kept, "they are counted"
    return [bucket for bucket in kept if any(name in bucket for name in names)]


@pytest.mark.asyncio
async def test_the_tally_counts_questions_and_results_and_no_person(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        owner, _ = await begun(desk, "a", city="tianshui", matter="move_to_town")
        await desk.take(owner, None, "a:2", tells(matter="study"))
        await desk.take(owner, None, "a:3", tells(place_type="unsure"))
        await desk.end(owner)
        await begun(desk, "b", **FITS)
        await desk.runtime.keep_counters()
        await desk.runtime.keep_counters()
        async with desk.runtime.store.transaction() as db:
            counted = {(count.channel, count.what, count.subject): number for count, number in await counters.since(db, "")}
        assert counted["kiosk", "answered", "city"] == 2
        assert counted["kiosk", "changed", "matter"] == 1
        assert counted["kiosk", "unsure", "place_type"] == 1
        assert counted["kiosk", "fits", "tianshui.open-settlement"] == 1, counted
        assert sum(number for (_, what, _), number in counted.items() if what == "left") == 1


def test_codes_are_read_as_people_type_them() -> None:
    code = codes.spoken(1234567890)
    assert code.count("-") == 3
    for said in (
        code,
        code.replace("-", ""),
        code.replace("-", " "),
        code.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ):
        assert codes.heard(said) == "1234567890"
    digits = code.replace("-", "")
    wrong = [digits[:n] + str((int(digits[n]) + by) % 10) + digits[n + 1 :] for n in range(11) for by in range(1, 10)]
    assert all(codes.heard(one) is None for one in wrong)
    assert codes.heard("") is codes.heard("12") is codes.heard("x" * 11) is codes.heard("²" * 11) is None


@pytest.mark.parametrize("phase", ["changing", "topic", "city"])
@pytest.mark.asyncio
async def test_a_talk_goes_on_when_what_is_open_is_gone_from_the_policies(tmp_path: Path, phase: str) -> None:
    """Whoever edits the policies shuts nobody's talk: what is not there any more is not shown."""
    async with open_desk(tmp_path) as (desk, _):
        owner, _ = await begun(desk, "a", "telegram", **FITS)

        def left_there(visit: Visit) -> Visit:
            gone = {"gone": "yes"} if phase == "changing" else {"city": "gone"} if phase == "city" else {}
            facts = {**visit.session.facts, **gone}
            return visit.saying(phase="topic" if phase == "topic" else "changing", open="gone", facts=facts)

        async with desk.runtime.store.transaction() as db:
            await db.run("INSERT INTO word (id, word) SELECT MAX(id) + 1, 'gone' FROM word")
            await db.run("INSERT INTO word (id, word) SELECT MAX(id) + 1, 'an older version' FROM word")
            await desk.runtime.words.load(db, BOOK)
            visit = left_there(await desk.keeping.read(db, owner, clock.now()))
            await desk.keeping.write(db, owner, visit.having(policy="an older version"), clock.now())
        assert desk.present(await desk.read(owner)).phase in ("answers", "result", "asking")


@pytest.mark.asyncio
async def test_a_process_with_older_policies_reads_and_purges_what_a_newer_one_wrote(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        owner, _ = await begun(desk, "a", "telegram", **FITS)
        async with desk.runtime.store.transaction() as db:
            await db.run("INSERT INTO word (id, word) SELECT MAX(id) + 1, 'a newer version' FROM word")
            newer = Words()
            await newer.load(db, BOOK)
            visit = (await desk.keeping.read(db, owner, clock.now())).having(policy="a newer version")
            await db.run("UPDATE visit SET data = ?", encode(visit, newer))
        assert (await desk.read(owner)).session.facts == FITS
        async with desk.runtime.store.transaction() as db:
            await db.run("UPDATE visit SET touched = 1")
        assert await desk.purge() == 1


@pytest.mark.asyncio
async def test_a_visit_of_an_older_or_a_newer_version_is_read(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        visit = await desk.read(owner)
        kept = msgspec.msgpack.decode(encode(visit, desk.runtime.words))
        for other in (kept[:14], kept[:17], [*kept, 1, 2]):
            assert decode(msgspec.msgpack.encode(other), visit.version, desk.runtime.words, BOOK).session == visit.session


@pytest.mark.asyncio
async def test_what_nobody_can_read_any_more_is_purged_all_the_same(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as (desk, _):
        for person in "abc":
            await begun(desk, person, city="tianshui")
        async with desk.runtime.store.transaction() as db:
            await db.run("UPDATE visit SET touched = 1")
            for owner, data in ((desk.owner("kiosk", "a"), b""), (desk.owner("kiosk", "b"), b"\x91\x01")):
                await db.run("UPDATE visit SET data = ? WHERE owner = ?", data, owner)
        assert await desk.purge() == 3
        async with desk.runtime.store.transaction() as db:
            assert await db.rows("SELECT owner FROM visit") == []
