"""Policies published while the service runs: one swap in every process, never a bad set for a good one, and the way back.

Long, as what is published is followed from an officer's yes to every process and back.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import invented
from bot import new_city, publish, published
from bot.publish import Refused
from bot.published import Follower, PolicySet, Unusable, at_start
from bot.serve import Service
from bot.settings import Settings
from bot.store import policies, receipts
from bot.store.policies import Published
from bot.talk import codes
from bot.talk.handoff import Handoff
from bot.talk.presses import begun
from bot.talk.receipts import Receipts
from bot.talk.turns import Act
from bot.talk.visit import Visit
from bot.wording import languages as i18n
from bot.wording.languages import Language
from bot.wording.views import Wording
from conftest import BOOK, ROOT
from flows.conversation import Move, Reply, Talk, take
from flows.facts import Answer
from flows.loading.load import load
from helpers_publishing import put, running, swapped_under
from postgres import Server

POLICIES, CASES = ROOT / "policies", ROOT / "tests" / "cases"
ISSUED = '  issued: "2020-01-16"\n'
SEATS = "met: [urban_district, county_seat, other_town]"  # of Tianshui
NOTE = "        note: 文件写的是“在当地”申请，就是住处所在的镇或者街道。"  # of Wenzhou's owners
GAP = (NOTE, f"        when: {{county: [ruian, yueqing, yongjia, pingyang, cangnan, wencheng]}}\n{NOTE}")
STRICTER = "met: [urban_district, other_town]"


def edited(folder: Path, name: str, before: str, after: str) -> Path:
    """The policies with one edit, as an officer's folder."""
    shutil.copytree(POLICIES, folder, ignore=shutil.ignore_patterns("*.md", "skeleton"))
    text = (folder / name).read_text(encoding="utf-8")
    assert before in text
    (folder / name).write_text(text.replace(before, after), encoding="utf-8")
    return folder


def packed(folder: Path) -> PolicySet:
    """Without heard.yaml, which takes longest to read."""
    files = published.files_of(folder)
    return published.pack({name: data for name, data in files.items() if name != "heard.yaml"})


def variants(folder: Path) -> tuple[PolicySet, PolicySet]:
    """Ours; and with another verdict in Tianshui."""
    return packed(POLICIES), packed(edited(folder / "stricter", "tianshui.yaml", SEATS, STRICTER))


def renamed(folder: Path) -> PolicySet:
    """An option has another id in all of it: whoever chose it is asked again."""
    files = published.unpack(packed(edited(folder / "renamed", "tianshui.yaml", SEATS, STRICTER)))
    return published.pack({name: data.replace(b"dormitory", b"hostel") for name, data in files.items()})


@pytest.fixture(scope="module")
def ours() -> PolicySet:
    return packed(POLICIES)


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return variants(tmp_path_factory.mktemp("stricter"))[1]


def broken(one: PolicySet) -> PolicySet:
    """A set that is whole, and that no process can use."""
    return published.pack(published.unpack(one) | {"tianshui.yaml": b"city: nowhere\n"})


# ---- a set ----


def test_the_same_files_are_the_same_set_and_what_was_changed_is_none(ours: PolicySet, tmp_path: Path) -> None:
    files = published.unpack(ours)
    assert packed(POLICIES) == published.pack(dict(reversed(files.items()))) == ours
    assert {"facts.yaml", "documents/wenzhou.txt", "locales/en.json"} <= files.keys()
    assert not [name for name in files if name.startswith("drafts") or name.endswith(".md")]
    assert published.pack(files | {"facts.yaml": b""}).hash != ours.hash
    for spoiled in (
        replace(ours, hash="0" * 64),
        replace(ours, data=ours.data[:-9]),
        replace(ours, data=b""),
        published.pack({"../facts.yaml": b""}),
    ):
        with pytest.raises(Unusable):
            published.unpack(spoiled)


def test_what_is_published_is_looked_through_first(stricter: PolicySet) -> None:
    with pytest.raises(Refused, match="ts-owner-big-family"):
        list(publish.examined(stricter, (), CASES, proof=False))


@pytest.mark.long
def test_the_whole_of_it_is_looked_through_and_proved(ours: PolicySet, tmp_path: Path) -> None:
    whole = published.pack(published.files_of(POLICIES))
    said = list(publish.examined(whole, (), CASES))
    assert any("没有不一致" in line for line in said) and sum("都证明了" in line for line in said) == len(BOOK.cities)
    silent = packed(edited(tmp_path / "policies", "lincang.yaml", "name: 临沧", "name: 临沧新"))
    with pytest.raises(Refused, match="没有译成 en：临沧新"):
        list(publish.examined(silent, (), CASES))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(Refused, match="里面没有案例"):
        list(publish.examined(ours, (), tmp_path / "nothing"))
    loose = edited(tmp_path / "loose", "wenzhou.yaml", *GAP)
    with pytest.raises(Refused, match="没有都证明"):
        list(publish.examined(published.pack(published.files_of(loose)), (), CASES))


def test_whose_answer_changes_is_read_before_and_where_it_is_nobodys_in_one_line(ours: PolicySet, stricter: PolicySet) -> None:
    said = list(publish.consequences(ours, stricter))
    assert any("天水：答案变了的有" in line for line in said) and any("met 去掉：county_seat" in line for line in said)
    files = published.unpack(ours)
    files["tianshui.yaml"] = b"# a remark\n" + files["tianshui.yaml"].replace("人在天水住着".encode(), "人在天水住了".encode())
    files["locales/en.json"] = files["locales/en.json"].replace(b'"Tianshui"', b'"Tian Shui"')
    head, nobody, count, *texts = publish.consequences(ours, published.pack(files))
    assert (head, nobody, count) == ("# 改动以后，谁的答案变了", "# 谁的答案都没有变", "# 文字和数据：2 处不一样")
    assert any("人在天水住着" in line for line in texts) and any("Tianshui → Tian Shui" in line for line in texts)
    assert [*publish.compared([], ours, ours)] == [publish.UNKNOWN], "a folder changed where it is used is no measure for itself"
    assert "没法比" in next(publish.consequences(broken(ours), ours)), "what cannot be read stops no better set"


@pytest.mark.parametrize(("says", "agreed"), [("是", True), ("y", True), ("", False), ("不", False)])
def test_only_a_yes_publishes(says: str, agreed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    typed, terminal = os.openpty()
    os.write(typed, f"{says}\n".encode())
    with (
        os.fdopen(terminal, encoding="utf-8") as screen,
        contextlib.nullcontext() if agreed else pytest.raises(Refused, match="没有发布"),
    ):
        monkeypatch.setattr("sys.stdin", screen)
        publish.agreed()
    os.close(typed)


def test_where_nobody_can_say_yes_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open(encoding="utf-8") as nothing, pytest.raises(Refused, match="--yes"):
        monkeypatch.setattr("sys.stdin", nothing)
        publish.agreed()


def test_sentences_with_numbers_go_along_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the sentence as it is written: whatever the number is, it is said."""
    monkeypatch.setattr(i18n, "LOCALES", i18n.LOCALES)
    folder = invented.policies(tmp_path, "lanpu")
    invented.translated(tmp_path, load(folder, "lanpu"), "lanpu")
    list(new_city.adopt(load(folder, "lanpu"), folder, "lanpu"))
    said = json.loads(published.files_of(folder)["locales/en.json"])
    assert "{" in "".join(said) and "满{pass}分" in said


# ---- processes ----


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    database = str(tmp_path / "luohu.db")
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        database = server.new_database()
    return Settings(database=database, key="key")


@pytest.fixture
def one_file(tmp_path: Path) -> Settings:
    return Settings(database=str(tmp_path / "luohu.db"), key="key")


async def ready(one: Service) -> tuple[int, str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=one.app()), base_url="https://kiosk.example") as http:
        part = (await http.get("/ready/policies")).status_code
        return part, (await http.get("/ready")).text


def seat(one: Service) -> str:
    facts = {"city": "tianshui", "matter": "move_to_town", "county": "qingshui", "place_type": "county_seat"}
    policy = one.runtime.book.policy("tianshui")
    assert policy is not None
    return policy.statuses(policy.known(facts))["tianshui.open-settlement"]


def shown(visit: Visit) -> tuple[Visit, Reply]:
    return visit, visit.talk.reply()


@pytest.mark.asyncio
async def test_a_process_adopts_what_is_published_and_goes_back(settings: Settings, ours: PolicySet, stricter: PolicySet) -> None:
    async with running(settings) as one:
        before, book = seat(one), one.runtime.book
        await one.follower.look()
        assert one.runtime.book is book, "nothing was published"
        for some, then in ((stricter, "none"), (ours, before), (stricter, "none")):
            await put(one, some)
            await one.follower.look()
            assert seat(one) == then and (await ready(one))[0] == 200
        first = one.runtime.book
        await put(one, ours)
        await one.follower.look()
        await put(one, stricter)
        await one.follower.look()
        assert one.runtime.book is first, "whoever goes back waits for nothing"


@pytest.mark.asyncio
async def test_a_bad_set_takes_no_good_ones_place_also_not_across_a_restart(
    settings: Settings, ours: PolicySet, stricter: PolicySet, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with running(settings) as one:
        await put(one, stricter)
        await one.follower.look()
        for bad in (broken(ours), replace(ours, hash="0" * 64)):
            await put(one, bad)
            with caplog.at_level(logging.ERROR, "luohu"):
                await one.follower.look()
            assert seat(one) == "none" and caplog.messages[-1] == "policies_refused"
            part, whole = await ready(one)
            assert part == 503 and whole.startswith("ready\n") and "policies away" in whole
    (nowhere := tmp_path / "empty").mkdir()
    begins = await asyncio.to_thread(at_start, settings, nowhere)  # the folder, too, is broken by now
    assert (begins.number, begins.newest) == (1, 3)
    async with running(settings, begins) as one:
        assert seat(one) == "none" and (await ready(one))[0] == 503
        await put(one, ours)
        await one.follower.look()
        assert seat(one) == "open" and (await ready(one))[0] == 200


@pytest.mark.asyncio
async def test_no_visit_goes_back_to_older_rules(ours: PolicySet, stricter: PolicySet, postgres: Server) -> None:
    settings = Settings(database=postgres.new_database(), key="key")
    async with running(settings) as quick, running(settings) as slow:
        owner = quick.turns.owner("telegram", "one")
        await slow.turns.take(owner, None, "tells", tells(FITS))
        await put(quick, stricter)
        await quick.follower.look()
        version = (await quick.turns.take(owner, None, "quick", shown)).visit.policy
        assert seat(slow) != "none", "it has not looked yet"
        turn = await slow.turns.take(owner, None, "slow", shown)
        assert turn.outcome == "ok" and turn.visit.policy == version and seat(slow) == "none"


FITS: dict[str, Answer] = {
    "city": "tianshui", "matter": "move_to_town", "county": "qingshui", "place_type": "county_seat", "housing": "none",
    "ties": ("lives", "works"), "insurance": (), "movers": (),
}  # fmt: skip


def tells(facts: dict[str, Answer]) -> Act:
    def act(visit: Visit) -> tuple[Visit, Reply]:
        visit, _ = begun(visit)
        talk = visit.talk
        for fact, answer in facts.items():
            talk, _ = take(talk, Move("tell", fact, answer))
        return visit.having(talk=talk), talk.reply()

    return act


@pytest.mark.asyncio
async def test_a_running_talk_goes_on_under_the_new_rules_and_hears_so_once(tmp_path: Path) -> None:
    async with running(Settings(database=str(tmp_path / "luohu.db"), key="key")) as one:
        turns = one.turns
        people = {name: turns.owner("telegram", name) for name in ("sheet", "half way", "elsewhere")}
        half_way: dict[str, Answer] = {**FITS, "place_type": "urban_district", "housing": "dormitory"}
        elsewhere: dict[str, Answer] = {"city": "wenzhou", "matter": "move_to_town"}
        for name, facts in (("sheet", FITS), ("half way", half_way), ("elsewhere", elsewhere)):
            await turns.take(people[name], None, name, tells(facts))
        number = (await turns.read(people["sheet"])).receipt
        await put(one, renamed(tmp_path))
        await one.follower.look()
        heard = {name: (await turns.take(owner, None, f"{name} on", shown)).reply.rules for name, owner in people.items()}
        assert heard["sheet"] is not None and ("fits", "none") in {(one.before, one.after) for one in heard["sheet"].changes}
        assert heard["half way"] is not None and heard["half way"].dropped == ("housing",) and heard["elsewhere"] is None
        asked = await turns.read(people["half way"])
        assert (asked.talk.asked, asked.session.facts) == ("housing", {k: v for k, v in half_way.items() if k != "housing"})
        assert (await turns.take(people["sheet"], None, "sheet again", shown)).reply.rules is None
        checked = await Receipts(turns).check(codes.spoken(number), "mei")
        assert checked is not None and checked.before != checked.today != "" and checked.changes


@pytest.mark.asyncio
async def test_whoever_was_refused_and_is_asked_on_hears_why(tmp_path: Path, ours: PolicySet, stricter: PolicySet) -> None:
    refused: dict[str, Answer] = {"city": "tianshui", "matter": "join_kin", "place_type": "county_seat"}
    async with running(Settings(database=str(tmp_path / "luohu.db"), key="key")) as one:
        await put(one, stricter)
        await one.follower.look()
        owner = one.turns.owner("telegram", "one")
        assert (await one.turns.take(owner, None, "tells", tells(refused))).reply.phase == "result"
        await put(one, ours)
        await one.follower.look()
        turn = await one.turns.take(owner, None, "on", shown)
        assert turn.reply.phase == "asking" and turn.reply.rules is not None
        changes = {(change.route, change.before, change.after) for change in turn.reply.rules.changes}
        assert changes == {("tianshui.open-settlement", "none", "open")}, "and nothing of a route that was not asked for"


@pytest.mark.asyncio
@pytest.mark.parametrize("stricter_first", [True, False])
async def test_whoever_is_handed_on_while_rules_come_and_go_is_asked_by_those_in_force(
    tmp_path: Path, ours: PolicySet, stricter: PolicySet, stricter_first: bool
) -> None:
    """The hotline takes a call, which is no turn that judges, and the officer goes back to the rules of before."""
    refused = {fact: FITS[fact] for fact in ("city", "matter", "county", "place_type")}
    first, then = (stricter, ours) if stricter_first else (ours, stricter)
    async with running(Settings(database=str(tmp_path / "luohu.db"), key="key")) as one:
        owner, handoff = one.turns.owner("kiosk", "one"), Handoff(one.turns)
        for number, some in enumerate((first, then, first)):
            await put(one, some)
            await one.follower.look()
            if number == 0:
                was = (await one.turns.take(owner, None, "tells", tells(refused))).visit
            elif number == 1:
                case = await handoff.take_over(str(await handoff.code(owner)), "mei")
                assert case is not None and await handoff.give_back("mei", case.id)
        visit = await one.turns.read(owner)
        assert (visit.session.phase, visit.talk.due) == (was.session.phase, was.talk.due)
        assert visit.talk.due == Talk(visit.talk.book, visit.session).due and visit.rules is None


@pytest.mark.asyncio
async def test_what_is_swapped_while_a_visit_is_read_is_no_measure_for_it(
    tmp_path: Path, stricter: PolicySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL other rules may come into force between the reading of a visit and that of its sheet."""
    async with running(Settings(database=str(tmp_path / "luohu.db"), key="key")) as one:
        owner, before, found = one.turns.owner("telegram", "one"), one.runtime.book, receipts.find
        await one.turns.take(owner, None, "tells", tells(FITS))
        await put(one, stricter)
        await one.follower.look()

        async def swapped(*args: Any) -> bytes | None:
            one.runtime.book = before
            return await found(*args)

        monkeypatch.setattr(receipts, "find", swapped)
        turn = await one.turns.take(owner, None, "on", shown)
        assert turn.reply.rules is not None and ("fits", "none") in {(one.before, one.after) for one in turn.reply.rules.changes}


@pytest.mark.asyncio
async def test_what_ends_with_a_day_ends_in_the_talks_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = edited(tmp_path / "policies", "tianshui.yaml", ISSUED, f"{ISSUED}  until: 2029-12-31\n")
    settings = Settings(database=str(tmp_path / "luohu.db"), key="key")
    monkeypatch.setattr(published, "today", lambda: "2029-12-31")
    begins = await asyncio.to_thread(at_start, settings, ends)
    async with running(settings, begins) as one:
        owner = one.turns.owner("telegram", "one")
        before = await one.turns.take(owner, None, "tells", tells(FITS))
        for day in ("2029-12-31", "2030-01-01"):
            monkeypatch.setattr(published, "today", lambda day=day: day)
            await one.follower.look()
            assert (one.runtime.book.policy("tianshui") is None) == (day > "2029-12-31")
        turn = await one.turns.take(owner, None, "on", shown)
        rules = turn.reply.rules
        assert rules is not None and not rules.dropped and {one.after for one in rules.changes} == {""}
        assert (turn.reply.phase, turn.visit.session.facts) == ("result", before.visit.session.facts)
        view = Wording(turn.visit.talk.book, "zh").view(turn.visit.talk, turn.reply)
        assert "变的是规定" in view.paragraphs[0] and view.sheet is not None
        assert "没有生效的落户文件" in view.sheet.answer[0]


@pytest.mark.asyncio
async def test_what_a_set_says_is_said_in_english_too(tmp_path: Path, ours: PolicySet) -> None:
    new = edited(tmp_path / "policies", "lincang.yaml", "name: 临沧", "name: 临沧新")
    files = published.unpack(packed(new))
    files["locales/en.json"] = files["locales/en.json"].replace(b"{", '{"临沧新": "New Lincang", '.encode(), 1)
    async with running(Settings(database=str(tmp_path / "luohu.db"), key="key")) as one:
        assert Language("en")("临沧新") == "临沧新"
        await put(one, published.pack(files))
        await one.follower.look()
        policy = one.runtime.book.policy("lincang")
        assert policy is not None and Language("en")(policy.name) == "New Lincang" and Language("en")("临沧") == "Lincang"


@pytest.mark.asyncio
async def test_a_few_swaps_under_a_few_talks(tmp_path: Path) -> None:
    async with running(Settings(database=str(tmp_path / "luohu.db"), key="key")) as one:
        found = await swapped_under([one], variants(tmp_path), swaps=40, talks=8, seed=1)
    assert (found["failed"], found["silent"], found["swaps"]) == (0, 0, 40), found
    assert found["turns"] >= 100 and found["told"]


# ---- the commands ----


def given(**options: object) -> argparse.Namespace:
    return argparse.Namespace(**{"by": "officer", "why": "", "hash": ""} | options)


async def following(one: Service, work: Callable[[], Iterator[str]]) -> list[str]:
    """What a command says that somebody gives beside the running service."""
    done = threading.Event()

    def given_() -> list[str]:
        try:
            return list(work())
        finally:
            done.set()

    command = asyncio.create_task(asyncio.to_thread(given_))
    while not done.is_set():  # by the command, on its own thread
        await one.follower.look()
        await asyncio.sleep(0.02)
    return await command


def test_why_the_first_set_was_published_is_kept_where_its_folder_was_edited_in_use(
    settings: Settings, ours: PolicySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[Published] = []
    monkeypatch.setattr(publish, "store_of", lambda _: None)
    monkeypatch.setattr(publish, "_log", lambda _: [])
    monkeypatch.setattr(publish, "_put", lambda _settings, _store, line, _data: put.append(line))
    list(publish.put_in_force(settings, ours, ours, "officer", "更正"))
    assert [line.what for line in put] == ["更正；随程序来的"]


@pytest.mark.asyncio
async def test_published_beside_a_running_service_looked_at_and_taken_back(
    settings: Settings, ours: PolicySet, stricter: PolicySet
) -> None:
    async with running(settings) as one:
        before, whole = seat(one), await asyncio.to_thread(lambda: publish.in_force(publish.store_of(settings), [], POLICIES))
        said = await following(one, lambda: publish.put_in_force(settings, stricter, whole, "officer", "试"))
        assert "改 tianshui.yaml" in said and stricter.hash[:12] in said[-1]
        await one.follower.look()
        assert seat(one) == "none"
        with pytest.raises(Refused, match="这期间别人发布了另一套"):
            await following(one, lambda: publish.put_in_force(settings, ours, whole, "another", ""))
        log = await asyncio.to_thread(lambda: list(publish.log(settings, given())))
        assert [line.split("\t")[0] for line in log] == ["2", "1"]
        assert (
            "officer" in log[0]
            and "试；" in log[0]
            and "改 tianshui.yaml" in log[0]
            and "在用" in log[0]
            and "随程序来的" in log[1]
        )
        await following(one, lambda: publish.rollback(settings, given()))
        await one.follower.look()
        assert seat(one) == before
        with pytest.raises(Refused, match="退不回去"):
            await following(one, lambda: publish.rollback(settings, given()))
        await following(one, lambda: publish.rollback(settings, given(hash=stricter.hash[:6])))
        await one.follower.look()
        assert seat(one) == "none"
        with pytest.raises(Refused, match="没有 zz"):
            list(await asyncio.to_thread(lambda: list(publish.rollback(settings, given(hash="zz")))))


@pytest.mark.asyncio
async def test_of_two_sets_in_a_row_the_second_waits_until_the_first_is_taken_away(
    one_file: Settings, ours: PolicySet, stricter: PolicySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a first publication, before which what ran until then is handed in."""
    unlink = Path.unlink

    def slowly(file: Path, missing_ok: bool = False) -> None:
        time.sleep(0.3)
        unlink(file, missing_ok)

    async with running(one_file) as one:
        store = publish.store_of(one_file)
        lines = [(Published(some.hash, moment, "officer", ""), some.data) for moment, some in enumerate((ours, stricter))]
        monkeypatch.setattr(Path, "unlink", slowly)
        await following(one, lambda: (publish._put(one_file, store, *line) for line in lines))  # type: ignore[misc, func-returns-value]
        assert seat(one) == "none"


def stricter_folder(tmp_path: Path) -> Path:
    """A folder in which Tianshui's rules are stricter, and nothing is listened for."""
    folder = edited(tmp_path / "policies", "tianshui.yaml", SEATS, STRICTER)
    (folder / "heard.yaml").unlink()
    return folder


@pytest.mark.asyncio
async def test_what_ran_before_the_first_publication_is_in_the_log_and_can_be_gone_back_to(
    settings: Settings, tmp_path: Path
) -> None:
    """Also where the folder was edited in place, as an officer does who adopts a draft."""
    folder = stricter_folder(tmp_path)
    begins = await asyncio.to_thread(at_start, settings, folder)
    shutil.copy(POLICIES / "tianshui.yaml", folder)
    async with running(settings, begins) as one:
        for _ in range(2):  # as by a second process
            await Follower(one.runtime, begins).keep_own()
        await one.follower.look()
        assert seat(one) == "none" and one.runtime.published == 0
        store = publish.store_of(settings)
        log = await asyncio.to_thread(lambda: list(publish.log(settings, given())))
        assert log[0].startswith("0\t") and "启动时文件夹里的" in log[0] and "还没有发布过" in log[1] and len(log) == 2
        mended = await asyncio.to_thread(lambda: packed(folder))
        before = await asyncio.to_thread(lambda: publish.in_force(store, publish._log(store), folder))
        assert any("加了：county_seat" in line for line in publish.compared([], before, mended)), "what runs, and not the folder"
        await following(one, lambda: publish.put_in_force(settings, mended, before, "officer", "更正"))
        await one.follower.look()
        assert seat(one) == "open" and one.runtime.published == 1
        await Follower(one.runtime, replace(begins, own={"facts.yaml": b""})).keep_own()  # too late: something is published
        said = await following(one, lambda: publish.rollback(settings, given()))
        assert said == [f"退回到发布以前的（{before.hash[:12]}）。正在服务的几秒内换上"]
        await one.follower.look()
        log = await asyncio.to_thread(lambda: list(publish.log(settings, given())))
        assert seat(one) == "none" and [line.split("\t")[0] for line in log] == ["2", "1", "0"] and "退回发布以前的" in log[0]
        with pytest.raises(Refused, match="退不回去"):
            await following(one, lambda: publish.rollback(settings, given()))
    assert (await asyncio.to_thread(at_start, settings, folder)).number == 2


@pytest.mark.asyncio
async def test_as_long_as_nothing_is_published_the_folder_is_in_force_as_it_is_at_each_start(
    settings: Settings, tmp_path: Path
) -> None:
    folder = stricter_folder(tmp_path)
    hashes = []
    for _ in range(2):
        begins = await asyncio.to_thread(at_start, settings, folder)
        assert begins.number == 0
        async with running(settings, begins) as one:
            await one.follower.keep_own()
            lines = await policies.log_of(one.runtime.store)
            hashes += [line.hash for line in lines]
            assert lines[0].number == 0 and len(lines) == 1
        shutil.copy(POLICIES / "tianshui.yaml", folder)
    assert hashes[0] != hashes[1]


@pytest.mark.asyncio
async def test_what_is_left_beside_the_database_counts_once_and_only_whole(tmp_path: Path, ours: PolicySet) -> None:
    settings = Settings(database=str(tmp_path / "luohu.db"), key="key")
    file, line = published.handing_in(settings), Published(ours.hash, 1, "officer", "test")
    async with running(settings) as one:
        published.hand_in(file, line, ours.data)
        left = file.read_bytes()
        with pytest.raises(FileExistsError):
            published.hand_in(file, replace(line, who="another"), ours.data)
        for there in (left, left, left[:-100], b"", left.replace(ours.hash.encode(), b"0" * 64)):  # the second as after a kill
            file.write_bytes(there)
            await one.follower.look()
            assert not file.exists()
        async with one.runtime.store.transaction() as db:
            assert await policies.every(db) == [replace(line, number=1)]
