"""What is shown again is true now: the answers that count, the day, the number on the sheet, and whether the rules changed."""

import contextlib
import re
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from bot import clock
from bot.hotline import screen
from bot.kiosk import visit_cookie
from bot.serve import Service
from bot.settings import Settings
from bot.talk import codes, retention
from bot.talk.handoff import Handoff
from bot.talk.keeping import reconciled
from bot.talk.presses import begun, linked, restarted
from bot.talk.receipts import Receipts
from bot.talk.turns import Act, Turns
from bot.talk.visit import Channel, Visit, no_visit
from bot.telegram.replies import Replies
from bot.wording import questions
from bot.wording.languages import Language
from bot.wording.views import Wording
from conftest import BOOK, CITIES, ROOT
from flows.book import Book
from flows.conversation import Change, Move, NewRules, Reply, Session, Talk, take
from flows.facts import Answer
from flows.loading.load import load
from flows.policy import that_count

RENTED: dict[str, Answer] = {
    "city": "lincang", "matter": "move_to_town", "place_type": "county_seat", "housing": "rented", "lease_filed": "yes",
    "owner_consents": "yes",
}  # fmt: skip


def listed(talk: Talk) -> tuple[str, ...]:
    """The facts on the list of answers, which is the slip's, too; and on the desk's."""
    every = tuple(move.subject for _, _, move in questions.answers(Language("zh"), talk))
    said = tuple(fact for fact in every if fact in talk.facts)  # what follows from the answers stands after them
    assert tuple(known.fact for known in screen.view(talk).known) == said
    return said


def test_an_answer_that_counts_no_more_is_on_no_list_and_counts_again_when_it_matters_again() -> None:
    visit, _ = begun(no_visit(BOOK))
    talk = visit.talk.become(replace(visit.session, facts=RENTED))
    assert listed(talk) == tuple(RENTED)
    talk, _ = take(talk, Move("tell", "housing", "owned"))
    assert listed(talk) == ("city", "matter", "place_type", "housing")
    assert talk.facts["lease_filed"] == "yes", "it is kept"
    talk, _ = take(talk, Move("tell", "housing", "rented"))
    assert listed(talk) == tuple(RENTED)


@pytest.mark.parametrize("city", CITIES)
def test_whatever_was_just_asked_counts(city: str) -> None:
    """A talk that answers everything by the first option: nothing that it is asked is off the list at once."""
    talk = Talk(BOOK, Session(phase="asking", facts={"city": city}))
    while talk.due is not None:
        fact = talk.due
        talk, _ = take(talk, Move("answer", fact, talk.fact(fact).every_answer()[0]))
        assert fact in that_count(talk.policy, talk.facts)
    assert listed(talk)


def test_what_belonged_to_another_citys_questions_counts_no_more() -> None:
    visit = Visit(Talk(BOOK, Session(phase="asking", facts=RENTED | {"hukou_kind": "village", "movers": ("spouse",)})))
    talk, _ = take(visit.talk, Move("tell", "city", "wenzhou"))
    assert "hukou_kind" in talk.facts and "hukou_kind" not in listed(talk)
    assert "movers" in listed(talk)


# ---- the rules change under a talk ----

FITS: dict[str, Answer] = {
    "city": "tianshui", "matter": "move_to_town", "county": "qingshui", "place_type": "county_seat", "housing": "none",
    "ties": ("lives", "works"), "insurance": (), "movers": (),
}  # fmt: skip
CHANGED = "变的是规定，不是您说的情况"


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Policies of tomorrow: in Tianshui a county's seat does not count any more, and nobody has no home."""
    folder = tmp_path_factory.mktemp("tomorrow") / "policies"
    shutil.copytree(ROOT / "policies", folder)
    city = (folder / "tianshui.yaml").read_text(encoding="utf-8")
    assert "met: [urban_district, county_seat, other_town]" in city
    city = city.replace("met: [urban_district, county_seat, other_town]", "met: [urban_district, other_town]")
    (folder / "tianshui.yaml").write_text(city, encoding="utf-8")
    return load(folder)


@contextlib.asynccontextmanager
async def service(folder: Path, book: Book) -> AsyncIterator[Service]:
    one = Service(Settings(database=str(folder / "luohu.db"), key="key"), book)
    await one.runtime.open()
    try:
        yield one
    finally:
        await one.runtime.store.close()


def tells(channel: Channel, facts: dict[str, Answer]) -> Act:
    def act(visit: Visit) -> tuple[Visit, Reply]:
        visit, _ = begun(visit.having(channel=channel))
        talk = visit.talk
        for fact, answer in facts.items():
            talk, _ = take(talk, Move("tell", fact, answer))
        return visit.having(talk=talk), talk.reply()

    return act


def shown(visit: Visit) -> tuple[Visit, Reply]:
    return visit, visit.talk.reply()


async def told(turns: Turns, who: str, channel: Channel = "telegram", facts: dict[str, Answer] = FITS) -> bytes:
    owner = turns.owner(channel, who)
    turn = await turns.take(owner, None, f"{who} tells", tells(channel, facts))
    assert turn.reply.rules is None
    return owner


@pytest.mark.asyncio
async def test_new_rules_are_told_of_first_and_once_with_the_old_result(tmp_path: Path, stricter: Book) -> None:
    async with service(tmp_path, BOOK) as before:
        owner = await told(before.turns, "one")
        number = (await before.turns.read(owner)).receipt
    async with service(tmp_path, stricter) as after:
        turns, replies = after.turns, Replies(after.turns, 24, "", takes_away=False)
        read = await turns.read(owner)
        assert read.rules is not None and any((one.before, one.after) == ("fits", "none") for one in read.rules.changes)
        turn = await turns.take(owner, None, "result", shown)
        for visit, reply in ((read, turns.present(read)), (turn.visit, turn.reply)):
            first = replies.view(visit, reply).paragraphs[0]
            assert CHANGED in first and "由“可以申请”变为“不符合”" in first
        assert turn.visit.receipt not in (0, number)
        again = await turns.read(owner)
        assert CHANGED in replies.view(again, turns.present(again)).paragraphs[0], "as long as that is what is shown"
        once = await turns.take(owner, None, "result again", shown)
        assert once.reply.rules is None and (await turns.read(owner)).rules is None
        english = Wording(stricter, "en").aside(turn.visit.talk, turn.reply)[0]
        assert "rules" in english and not re.search("[\u4e00-\u9fff]", english)


@pytest.mark.asyncio
async def test_at_the_kiosk_and_on_the_desk_it_is_told_too(tmp_path: Path, stricter: Book) -> None:
    name = visit_cookie.new_name()
    async with service(tmp_path, BOOK) as before:
        owner = visit_cookie.owner(before.turns, name)
        await before.turns.take(owner, None, "kiosk", tells("kiosk", FITS))
        assert CHANGED not in await page(before, name)
        code = await Handoff(before.turns).code(owner)
    async with service(tmp_path, stricter) as after:
        for _ in range(2):
            shown_first = re.sub(r"<[^>]+>", " ", await page(after, name))
            assert CHANGED in shown_first and shown_first.index(CHANGED) < shown_first.index("不符合。")
        case = await Handoff(after.turns).take_over(str(code), "mei")
        assert case is not None
        visit = await after.turns.read(case.owner)
        assert visit.rules is not None and visit.held_until


async def page(one: Service, name: str) -> str:
    transport = httpx.ASGITransport(app=one.app())
    async with httpx.AsyncClient(
        transport=transport, base_url="https://kiosk.example", cookies={visit_cookie.VISIT: f"{name}.x"}
    ) as http:
        return (await http.get("/kiosk")).text


@pytest.mark.asyncio
async def test_after_more_answers_the_last_sheet_is_still_what_was_told(tmp_path: Path, stricter: Book) -> None:
    def other(visit: Visit) -> tuple[Visit, Reply]:
        talk, reply = take(visit.talk, Move("more"))
        talk, reply = take(talk, Move("answer", str(talk.asked), talk.fact(str(talk.asked)).every_answer()[0]))
        return visit.having(talk=talk), reply

    async with service(tmp_path, BOOK) as before:
        owner = await told(before.turns, "one")
        assert (await before.turns.take(owner, None, "more", other)).visit.receipt == 0
    async with service(tmp_path, stricter) as after:
        rules = (await after.turns.read(owner)).rules
        assert rules is not None and any((one.before, one.after) == ("fits", "none") for one in rules.changes)
        turn = await after.turns.take(owner, None, "anew", restarted)
        assert turn.reply.rules is None, "nothing is left of what was told"


@pytest.mark.asyncio
async def test_answers_that_fell_away_are_named(tmp_path: Path, stricter: Book) -> None:
    async with service(tmp_path, BOOK) as before:
        owner = await told(before.turns, "one", facts={"city": "tianshui", "matter": "move_to_town", "place_type": "county_seat"})
        async with before.runtime.store.transaction() as db:
            visit = await before.turns.keeping.read(db, owner, clock.now())
            await db.run("INSERT INTO word (id, word) SELECT MAX(id) + 1, 'an option of before' FROM word")
            await before.runtime.words.read(db)
            facts = {**visit.session.facts, "place_type": "an option of before"}
            await before.turns.keeping.write(db, owner, visit.saying(facts=facts), clock.now())
    async with service(tmp_path, stricter) as after:
        turn = await after.turns.take(owner, None, "on", shown)
        first, *rest = Replies(after.turns, 24, "", takes_away=False).view(turn.visit, turn.reply).paragraphs
        assert CHANGED in first and stricter.facts["place_type"].ask in first
        assert "✓" in rest[0] and "【" not in rest[0], "the last answer stands above the question"
        assert turn.reply.rules is not None and turn.reply.rules.dropped == ("place_type",)


@pytest.mark.asyncio
async def test_rules_that_change_nothing_for_somebody_are_not_told_of(tmp_path: Path, stricter: Book) -> None:
    async with service(tmp_path, BOOK) as before:
        in_town = await told(before.turns, "one", facts=FITS | {"county": "qinzhou", "place_type": "urban_district"})
        elsewhere = await told(before.turns, "two", facts={"city": "wenzhou"})
    async with service(tmp_path, stricter) as after:
        for owner in (in_town, elsewhere):
            assert (await after.turns.read(owner)).rules is None


@pytest.mark.asyncio
async def test_other_papers_for_the_same_result_are_told_of_and_shown_at_the_window(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    city = (tmp_path / "policies" / "tianshui.yaml").read_text(encoding="utf-8")
    route, paper = city.index("  open-settlement:"), "      - paper: resident-id\n        basis: implied\n"
    assert paper in city[route:]
    less = city[:route] + city[route:].replace(paper, paper.replace("implied", "named"), 1)
    (tmp_path / "policies" / "tianshui.yaml").write_text(less, encoding="utf-8")
    book = load(tmp_path / "policies")
    async with service(tmp_path, BOOK) as before:
        owner = await told(before.turns, "one")
        number = (await before.turns.read(owner)).receipt
    async with service(tmp_path, book) as after:
        visit = await after.turns.read(owner)
        assert visit.rules is not None
        assert {(one.before, one.after) for one in visit.rules.changes} == {("fits", "fits")}
        first = Replies(after.turns, 24, "", takes_away=False).view(visit, after.turns.present(visit)).paragraphs[0]
        assert CHANGED in first and "结论没有变" in first and "由“" not in first
        checked = await Receipts(after.turns).check(codes.spoken(number), "mei")
        assert checked is not None and checked.changes == visit.rules.changes and not checked.same


# ---- the day, and the number ----


@pytest.mark.asyncio
async def test_a_sheet_shown_later_has_the_day_and_a_number_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(tmp_path, BOOK) as one:
        one.runtime.retention = 720 * 3600
        owner = await told(one.turns, "one")
        first = (await one.turns.read(owner)).receipt
        began = clock.today()
        for days in (1.5, 20, 40, 60):
            monkeypatch.setattr(clock, "time", lambda days=days: time.time() + days * retention.DAY)
            read = await one.turns.read(owner)
            turn = await one.turns.take(owner, None, f"after {days}", shown)
            assert read.session.as_of == turn.visit.session.as_of == clock.today() != began
            assert (turn.visit.began, turn.reply.phase) == (began, "result")
            sheet = Replies(one.turns, 720, "", takes_away=False).view(turn.visit, turn.reply).sheet
            assert sheet is not None and sheet.receipt == codes.spoken(turn.visit.receipt)
            assert any(Wording(BOOK, "zh").day(clock.today()) in line for line in sheet.source)
            assert turn.visit.receipt != first
            found = await Receipts(one.turns).check(sheet.receipt, "mei")
            assert found is not None and found.same and found.visit.session.as_of == clock.today()


@pytest.mark.asyncio
async def test_a_number_that_is_gone_is_not_shown_and_a_turn_gives_another(tmp_path: Path) -> None:
    async with service(tmp_path, BOOK) as one:
        owner = await told(one.turns, "one")
        same = await one.turns.take(owner, None, "same", shown)
        assert same.visit.receipt == (await one.turns.read(owner)).receipt, "one that works stays"
        async with one.runtime.store.transaction() as db:
            await db.run("DELETE FROM receipt")
        assert (await one.turns.read(owner)).receipt == 0
        turn = await one.turns.take(owner, None, "again", shown)
        assert turn.visit.receipt and await Receipts(one.turns).check(codes.spoken(turn.visit.receipt), "mei")


def test_what_is_said_of_a_change_needs_no_route_of_before() -> None:
    talk = Talk(BOOK, Session(phase="result", facts=FITS))
    said = Wording(BOOK, "zh").aside(talk, Reply("result", rules=NewRules((Change("gone", "fits", ""),), ("gone",))))
    assert len(said) == 1 and CHANGED in said[0] and "没有了" in said[0]


def test_the_answers_before_a_yes_are_judged_in_their_own_city() -> None:
    before: dict[str, Answer] = {"city": "wenzhou", "matter": "move_to_town", "county": "ruian"}
    now = Session(phase="result", facts={"city": "unsure", "matter": "move_to_town"}, together=("city",), before=before)
    kept = reconciled(Visit(Talk(BOOK, now)))
    assert kept.session.before == before, "the step back gives them all"


def test_what_is_no_name_of_a_city_is_not_looked_at_for_long() -> None:
    began = time.process_time()
    linked(Visit(Talk(BOOK, Session())), "临沧")
    short = time.process_time() - began
    visit, _ = linked(Visit(Talk(BOOK, Session())), "a" + "\u0300\u0316" * 100_000)
    assert "city" not in visit.session.facts and time.process_time() - began < 20 * max(short, 0.01)
