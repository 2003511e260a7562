"""M1–M5: several processes behind a real balancer: nothing that a person sees depends on which of them answers."""

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pyotp
import pytest
import pytest_asyncio

import helpers_faults
import needs
import postgres
from bot.talk.presses import Press
from bot.talk.visit import Visit
from bot.telegram.service import OTHERS_SEND
from bot.web.unread import new_key
from bot.wording import sentences
from bot.wording.languages import Language
from botapi import BotApi
from clerk import OWN, given
from cluster import KEY, Cluster, cluster
from helpers_faults import Ledger, figure, people, report
from helpers_many import CODE, Passer, answered, chief_of, crowd, killing, member, owner_of, rolling
from person import Person
from postgres import Server
from proxy import Proxy
from service import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECONDS = figure(5, 300)


@pytest.fixture(scope="module", name="server")
def a_server() -> Iterator[Server]:
    needs.needs(*needs.DATABASE, *needs.BALANCER)
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="module", name="database")
def a_database(server: Server) -> str:
    return server.new_database()


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="city")
async def a_city(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with cluster(database, tmp_path_factory.mktemp("city")) as city:
        yield city


async def settled(capsys: pytest.CaptureFixture[str], suite: str, city: Cluster, seconds: float, *also: object) -> None:
    """People talk while that is done to the house: nobody's answer is lost, nobody reads what is not theirs or not so any more."""
    talking = asyncio.create_task(crowd(city, 8, seconds, seed=len(suite)))
    for one in also:
        await one  # type: ignore[misc]
    found, notes, slowest = await talking
    report(capsys, suite, processes=len(city.services), slowest=round(slowest, 2), **dict(sorted(found.items())))
    wrong = {name: found[name] for name in ("lost", "stale", "unsaid", "left_behind") if found[name]}
    assert not wrong, (wrong, notes[:5])
    assert found["turns"] >= 3 * seconds and found["remarks"] >= seconds / 2


async def test_kills(city: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    await settled(capsys, "M1 kills", city, SECONDS, killing(city, figure(2, 100), random.Random(1)))


async def test_a_rolling_restart(city: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    await settled(capsys, "M1 rolling restart", city, SECONDS, rolling(city))


async def test_a_database_that_is_restarted(city: Cluster, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    async def restarts() -> None:
        for how in ("fast", "immediate"):
            await asyncio.sleep(1)
            await asyncio.to_thread(server.stop, how)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start)

    await settled(capsys, "M1 database", city, SECONDS, restarts())


async def test_another_database_server_takes_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first is gone as in a crash; its standby, which had every commit, is found under the same address."""
    needs.needs(*needs.DATABASE, *needs.BALANCER)
    with postgres.running_twice() as (first, second):
        async with Proxy("127.0.0.1", first.port) as address:
            url = f"postgresql://luohu@127.0.0.1:{address.port}/luohu"
            async with cluster(url, tmp_path) as city:

                async def fails_over() -> None:
                    await asyncio.sleep(1)
                    await asyncio.to_thread(first.kill)
                    await asyncio.to_thread(second.promote)
                    address.target = ("127.0.0.1", second.port)

                await settled(capsys, "M1 fail-over", city, SECONDS, fails_over())


async def test_four_processes(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with cluster(server.new_database(), tmp_path, processes=4) as city:
        await settled(capsys, "M1 four", city, SECONDS, killing(city, figure(1, 100), random.Random(4)))


# ---- two presses at once ----


async def test_two_presses_through_two_processes_are_one(
    city: Cluster, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owners = []
    for number in range(figure(25, 1000)):
        one = Passer(city.visitor(), random.Random(number), Counter())
        await one.begins()
        forms = [one.form() | {"do": f"answer city {name}", "key": new_key()} for name in ("tianshui", "wenzhou")]
        again = [forms[0], *forms, forms[1]]  # each of them twice
        answers = await asyncio.gather(*(one.browser._send("POST", "/kiosk/act", {}, form) for form in again))
        assert {answer.status_code for answer in answers} == {303}
        owners.append(owner_of(one))
    kept = await helpers_faults.visits(database)
    told = Counter(tuple(kept[owner].session.facts.items()) for owner in owners)
    report(capsys, "M2 races", pairs=len(owners), **{f"{facts[0][1]}": times for facts, times in told.items()})
    assert {*told} <= {(("city", "tianshui"),), (("city", "wenzhou"),)}


# ---- hand-over, accounts ----


async def test_a_code_from_the_kiosk_to_the_desk(city: Cluster, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    chief, found = await chief_of(city), Counter[str]()
    for number in range(figure(6, 200)):
        caller = Passer(city.visitor(), random.Random(number), found)
        await caller.begins()
        await caller.presses(Press("answer", ("city", "tianshui")))
        await caller.sends("/kiosk/code", caller.form())
        (code,) = CODE.findall(caller.page)
        assert code in (await caller.browser.get("/kiosk")).text, "the next process shows it as well"
        at = (await chief.post("/desk/code", code=code.strip())).headers["location"]
        assert (await chief.post(f"{at}/check")).status_code == 303
        for _ in range(2):
            assert "code" not in re.findall(r'<p class="(code)">', (await caller.browser.get("/kiosk")).text)
        await answered(chief, at, owner_of(caller), database)
        assert (await chief.post(f"{at}/give-back")).status_code == 200
        assert (await caller.browser.get("/kiosk/held")).text.startswith("no")
        await caller.goes()
    report(capsys, "M3 hand-over", calls=figure(6, 200), **found)
    assert not found["left_behind"]


async def test_accounts_and_logins(city: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    chief = await chief_of(city)
    for number in range(figure(4, 100)):
        name = f"mei{number}"
        mei = await member(city, chief, name)
        token = await chief.token()
        forms = (chief.post("/desk/staff", token, do="reset", name=name) for _ in range(2))
        assert {one.headers.get("location") for one in await asyncio.gather(*forms)} == {"/desk/staff"}
        password = given(await chief.get("/desk/staff"))
        assert 'class="secret"' not in (await chief.get("/desk/staff")).text, "shown once"
        assert (await mei.get("/desk")).headers["location"] == "/desk/login", "every login of before is over, everywhere"
        assert (await mei.login(name, password)).headers["location"] == "/desk"
        assert (await mei.chooses(password)).status_code == 303
        page = (await mei.get("/desk/totp")).text
        secret = re.findall(r"<code[^>]*>([A-Z2-7 ]{16,})</code>", page)[0].replace(" ", "")
        assert (await mei.post("/desk/totp", password=OWN, code=pyotp.TOTP(secret).now())).status_code == 303
        assert (await mei.post("/desk/logout")).status_code == 303
        assert [(await mei.get("/desk")).headers["location"] for _ in range(2)] == ["/desk/login"] * 2
    tries = [(await city.clerk().login("mei0", "wrong")).status_code for _ in range(12)]
    assert tries[:3] == [403] * 3 and tries[-1] == 429, "all count the same tries"
    report(capsys, "M4 accounts", members=figure(4, 100))


# ---- Telegram ----


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_telegram(
    webhook: bool, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Webhook by all, poll by one: people talk while processes are killed."""
    monkeypatch.setattr(helpers_faults, "KEY", KEY)
    database, ledger = server.new_database(), Ledger()
    async with BotApi() as api, cluster(database, tmp_path, api=api, webhook=webhook) as city:
        await until(lambda: api.webhook is not None or not webhook)
        api.pace = 0.2
        persons, end = people(api, 8, random.Random(5)), time.monotonic() + SECONDS
        talks = [asyncio.create_task(typing(person, end, database, api)) for person in persons]
        kills = await killing(city, figure(2, 100), random.Random(6))
        again = sum(await asyncio.gather(*talks))
        await api.all_taken(20)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20):
                while not ledger.acked or ledger.unseen:
                    await asyncio.sleep(0.2)
                    await ledger.check(database, api, persons)
        twice = await sent_twice(city, api) if webhook else 0
        polls = sum(call.outcome.startswith("409") or "terminated" in call.outcome for call in api.log("getUpdates"))
    found = {"acked": ledger.acked, "lost": ledger.lost, "doubled": ledger.doubled, "unseen": ledger.unseen}
    name = "webhook" if webhook else "polling"
    report(capsys, f"M5 {name}", kills=kills, **found, two_polls=polls, sent_twice=twice, asked_again=again)
    assert (ledger.lost, ledger.doubled, ledger.unseen, twice) == (0, 0, 0, 0)
    assert ledger.acked >= 8 * SECONDS and again <= len(persons) * kills


async def typing(person: helpers_faults.Person, end: float, database: str, api: BotApi) -> int:
    """Somebody who types on until that moment, and some answers in any case, however slow the machine is; how often they were asked
    anew, as nobody knew what a killed process had sent: what they typed then is no answer, but what it says of itself waits for a
    yes."""
    again, answers, (early, heard) = 0, 0, (Language("zh")(one)[:10] for one in (sentences.EARLY, sentences.WHAT_I_HEARD))
    while time.monotonic() < end or answers < SECONDS:
        before = len(person.chat.view)
        await person.hears(person.types, 30)
        kept, told = await reads_on(person, database, api), "".join(message.text for message in person.chat.view[before:])
        if early in told or heard in told:
            again += 1
            if heard in told:
                await person.hears(lambda: person.updates.append(person.chat.says("对")["update_id"]), 30)
                kept = await reads_on(person, database, api)
            person.session = kept.session
        else:
            answers += 1
    return again


async def reads_on(person: helpers_faults.Person, database: str, api: BotApi) -> Visit:
    """Types no more until what they see is what is kept: what a killed process owed may come before the answer to what they said.
    What is kept; TimeoutError after half a minute."""
    async with asyncio.timeout(30):
        while True:
            kept = (await helpers_faults.visits(database)).get(person.owner)
            if kept is not None and person.updates[-1] not in api.pending and person.sees(kept):
                return kept
            await asyncio.sleep(0.02)


async def sent_twice(city: Cluster, api: BotApi) -> int:
    """How often a reply comes too many times: one process cannot send it yet, and another starts beside it meanwhile."""
    person, (one, other) = Person(api), city.services
    await person.says("/start")
    question = await person.taps("天水")  # what is typed before a reply is known to be there answers no question
    assert api.webhook is not None
    api.webhook.url = f"{one.url}/telegram"
    api.fail("500", "sendMessage", "editMessageText")
    messages = len(person.chat.view)
    person.chat.taps("升学或毕业迁户口")
    await api.all_taken(20)
    await other.kill()
    await other.start()
    await asyncio.sleep(OTHERS_SEND + 1)
    api.heal()
    await until(lambda: person.chat.view[-1].text != question.messages[-1].text, 20)
    await asyncio.sleep(1)
    return len(person.chat.view) - messages  # the question is changed into the next one
