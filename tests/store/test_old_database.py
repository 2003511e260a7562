"""A database of 990f5c4, from before the store was put in order: it opens, and everything in it goes on as it was."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import clock
from bot.hotline.staff import Staff, Visitor
from bot.store import counters
from bot.store.base import Store
from bot.store.counters import Count
from bot.store.sqlite import SQLiteStore
from bot.talk import codes, retention
from bot.talk.handoff import Handoff
from bot.talk.receipts import Receipts
from bot.talk.runtime import Runtime
from bot.talk.turns import Act, Outgoing, Turns
from bot.talk.typed import typed
from bot.wording.views import Wording
from clerk import QUICK
from conftest import BOOK
from flows.facts import Facts
from talking import asked

MADE = 1_795_740_955  # the moment in which it was made
FITS: Facts = {
    "city": "tianshui", "matter": "move_to_town", "county": "qinzhou", "place_type": "urban_district", "housing": "none",
    "ties": ("lives", "works"), "insurance": (), "movers": (),
}  # fmt: skip
WITHOUT_TIES = dict(list(FITS.items())[:5])

# channel, who, language, phase, answers in their order, what is asked
TALKS: list[tuple[str, str, str, str, Facts, str | None]] = [
    ("telegram", "asking", "zh", "asking", {"city": "tianshui", "matter": "move_to_town"}, "ties"),
    ("telegram", "answers", "zh", "answers", {"city": "wenzhou"}, None),
    ("telegram", "english", "en", "asking", {}, "city"),
    ("telegram", "changing", "zh", "changing", {"city": "wenzhou", "matter": "join_kin"}, "city"),
    ("telegram", "topic", "zh", "topic", FITS, None),
    ("telegram", "result", "zh", "result", FITS, None),
    ("kiosk", "ticks", "zh", "asking", WITHOUT_TIES, "ties"),
    ("kiosk", "unsure", "zh", "result", {"city": "shaoguan", "matter": "unsure"}, None),  # a question that is no more
    ("kiosk", "offered", "zh", "asking", {"city": "tieling"}, "matter"),
    ("kiosk", "linked", "zh", "asking", {"city": "lincang"}, "matter"),
    ("kiosk", "phone", "zh", "asking", {"city": "shaoguan"}, "matter"),
    ("telegram", "held", "zh", "asking", {"city": "wenzhou", "matter": "join_kin"}, "county"),
]
# who, what is typed, (phase, answers that come to those of before, what is asked) afterwards
NEXT = [
    ("asking", "1", ("asking", {"ties": ("lives",)}, "housing")),
    ("answers", "返回", ("asking", {}, "matter")),
    ("english", "Wenzhou", ("asking", {"city": "wenzhou"}, "matter")),
    ("changing", "返回", ("answers", {}, None)),
    ("topic", "返回", ("result", {}, None)),
    ("result", "改", ("answers", {}, None)),
]


@asynccontextmanager
async def reopened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Turns]:
    """The old database, a minute after it was left."""
    monkeypatch.setattr(clock, "time", lambda: MADE + 60)
    with sqlite3.connect(folder / "luohu.db") as db:
        db.executescript(Path(__file__).with_name("old_database.sql").read_text("utf-8"))
    db.close()
    desk = Turns(Runtime(BOOK, SQLiteStore(folder / "luohu.db"), b"key of the old database", 24))
    await desk.runtime.open()
    try:
        yield desk
    finally:
        await desk.runtime.store.close()


def types(said: str) -> Act:
    return lambda visit: typed(visit, said, Wording(BOOK, visit.session.language).offered)


@pytest.mark.asyncio
async def test_every_talk_is_as_it_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reopened(tmp_path, monkeypatch) as desk:
        for channel, who, language, phase, facts, asks in TALKS:
            session = (await desk.read(desk.owner(channel, who))).session
            assert (session.language, session.phase, session.as_of) == (language, phase, "2026-11-27"), who
            assert (list(session.facts.items()), asked(BOOK, session)) == (list(facts.items()), asks), who
        ticked, at_the_end = [await desk.read(desk.owner(*whose)) for whose in (("kiosk", "ticks"), ("telegram", "result"))]
        assert (ticked.channel, ticked.ticked) == ("kiosk", ("lives",))
        assert (at_the_end.messages, at_the_end.update, at_the_end.done) == ((3, 5, 9), 77, True)


@pytest.mark.parametrize(("who", "said", "then"), NEXT, ids=[who for who, _, _ in NEXT])
@pytest.mark.asyncio
async def test_a_talk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, said: str, then: tuple[str, dict[str, str], str | None]
) -> None:
    async with reopened(tmp_path, monkeypatch) as desk:
        owner = desk.owner("telegram", who)
        before = await desk.read(owner)
        assert (await desk.take(owner, None, f"{who}:0", types(said))).outcome == "duplicate"
        turn = await desk.take(owner, before.step, f"{who}:new", types(said))
        session = (await desk.read(owner)).session
        assert turn.outcome == "ok" and turn.visit.version > before.version
        known = {**before.session.facts, **then[1]}
        assert (session.phase, dict(session.facts), asked(BOOK, session)) == (then[0], known, then[2])


@pytest.mark.asyncio
async def test_the_number_on_a_sheet_is_found_and_nothing_has_changed_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reopened(tmp_path, monkeypatch) as desk:
        checked = await Receipts(desk).check(codes.spoken(3680085370), "mei")
        assert checked is not None and checked.visit.session.facts == FITS
        assert checked.known and not checked.dropped and (checked.before != checked.today or checked.same)


@pytest.mark.asyncio
async def test_what_was_handed_over_and_what_was_offered_is_still_to_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reopened(tmp_path, monkeypatch) as desk:
        hand = Handoff(desk)
        own, held = await hand.cases("mei")  # opened in one second, so by their names
        assert [(case.id, case.chat, case.checked) for case in (held, own)] == [
            ("4160e5b506d3ad9d", 8002, True),
            ("190145b8eb939bf9", None, True),
        ]
        assert hand.is_own(own) and not hand.is_own(held)
        newly = {outgoing: owner for owner, outgoing, _ in await desk.newly_owed()}
        assert newly.pop(Outgoing(8002)) == held.owner and [*newly] == [Outgoing(8001, 17)], "nobody was at it for a minute"
        assert {outgoing for _, outgoing, _ in await desk.owed()} == {Outgoing(8001, 17), Outgoing(8002)}
        assert await hand.give_back("mei", held.id)
        taken = await hand.take_over("039-716-1520-7", "mei")
        assert taken is not None and taken.owner == desk.owner("kiosk", "offered")
        assert await hand.move("uNPw7C-p_ORI8MTtF36n4w", desk.owner("kiosk", "new"), "phone")
        assert (await desk.read(desk.owner("kiosk", "new"))).session.facts == {"city": "lincang"}


@pytest.mark.asyncio
async def test_accounts_logins_tries_and_figures_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reopened(tmp_path, monkeypatch) as desk:
        staff = Staff(desk.runtime, QUICK)
        member = await staff.member_of("3ggeNizLMnbszNyaIr64Iw0gWXoDuU0FnCx16EcT4Mw")
        assert member is not None and (member.name, member.role, member.fresh) == ("mei", "agent", False)
        assert [(one.name, one.role) for one in await staff.list()] == [("chief", "supervisor"), ("mei", "agent")]
        assert await staff.login("chief", "a long old passphrase", "", Visitor("192.0.2.2"))
        assert await desk.runtime.lease("poll", "somebody else", 30), "who held it has been gone for half a minute"
        async with desk.runtime.store.transaction() as db:
            counted = dict(await counters.since(db, "2026-11-27"))
            tries = [number for (number,) in await db.rows("SELECT number FROM attempt WHERE bucket LIKE 'login:account:%'")]
        assert counted[Count("2026-11-27", "telegram", "fits", "tianshui", "tianshui.open-settlement")] == 2
        assert sorted(tries) == [0, 1], "the wrong try of then, and the right one of now"


@pytest.mark.asyncio
async def test_it_is_purged_by_the_ages_of_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reopened(tmp_path, monkeypatch) as desk:
        assert await desk.purge() == 0
        monkeypatch.setattr(clock, "time", lambda: MADE + retention.TTL["kiosk"] + 5)
        assert await desk.purge() == 4, "those of the kiosk"
        monkeypatch.setattr(clock, "time", lambda: MADE + retention.TTL["phone"] + 5)
        assert await desk.purge() == 1
        monkeypatch.setattr(clock, "time", lambda: MADE + 24 * 3600 + 5)
        assert await desk.purge() == 7
        monkeypatch.setattr(clock, "time", lambda: MADE + 30 * 24 * 3600 + 5)
        assert await desk.purge() == 1, "the hotline's own"
        async with desk.runtime.store.transaction() as db:
            for table in ("visit", "inbox", "outbox", "code", "casefile", "receipt", "attempt"):
                assert await db.rows(f"SELECT * FROM {table}") == [], table


@pytest.mark.asyncio
async def test_its_tables_are_those_of_a_new_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = SQLiteStore(tmp_path / "new.db")
    await new.open()
    (tmp_path / "old").mkdir()
    async with reopened(tmp_path / "old", monkeypatch) as desk:
        assert await tables(desk.runtime.store) == await tables(new)
    await new.close()


async def tables(store: Store) -> list[tuple[str, ...]]:
    """Each table and index, and how it is made, however the lines were broken."""
    async with store.transaction() as db:
        rows = await db.rows("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    return [(kind, name, " ".join((sql or "").split())) for kind, name, sql in rows]
