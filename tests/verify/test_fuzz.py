"""S1 and S2: whatever comes in is understood or refused, at once; forged buttons and webhooks change nothing.

Long, as everything that comes in has its own inputs here.
"""

import gc
import json
import os
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession, TCPConnector
from msgspec import Struct
from msgspec.structs import replace

import talking
from bot import check, settings
from bot.settings import hash_key
from bot.store.sqlite import SQLiteStore
from bot.talk.typed import COMMANDS
from bot.talk.visit import Visit, Words, vocabulary
from bot.telegram import render
from bot.telegram.render import LETTERS, Buttons, base36, pressed, short
from bot.wording.views import Choice, Wording
from botapi import BotApi, read_html
from conftest import BOOK, CITIES, ROOT
from flows.book import PolicyError
from flows.conversation import Move, Session, Talk
from flows.loading.yaml import read_yaml
from helpers_faults import figure, report
from helpers_fuzz import BOMBS, HTML, NASTY, Ledger, mutated, nasty, sessions
from helpers_void import Faults, Hand, Json, Line, line
from service import SECRET, serving
from talking import asked

EACH = figure(50_000, 2_000_000)
SEED = 20260301


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    """The policies stay for ever: no collection looks at them in the middle of a measured parse."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def settle(capsys: pytest.CaptureFixture[str], suite: str, ledger: Ledger, wanted: int) -> None:
    report(capsys, suite, seed=SEED, **ledger.figures)
    assert not ledger.faults, "\n".join(ledger.faults[:10])
    assert ledger.tried >= wanted


# ---- S1: parsers ----


def test_typed_text(capsys: pytest.CaptureFixture[str]) -> None:
    luck, ledger = random.Random(f"{SEED} text"), Ledger()
    known = sessions(luck, 400)
    assert {session.phase for session in known} >= {"asking", "answers", "changing", "result", "topic", "closed"}
    words = [choice.label for session in known for choice in talking.current(BOOK, session).choices]
    words += [word for some in COMMANDS.values() for word in some]
    for _ in range(EACH):
        said = nasty(luck) if luck.random() < 0.6 else mutated(luck, luck.choice(words))
        ledger.one(lambda text: talking.type_in(BOOK, luck.choice(known), text), said)
    settle(capsys, "S1 text", ledger, EACH)


@pytest.mark.asyncio
async def test_callback_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    luck, ledger = random.Random(f"{SEED} callback"), Ledger()
    async with town(tmp_path, luck) as ours:
        for _ in range(EACH):
            data = nasty(luck) if luck.random() < 0.4 else mutated(luck, luck.choice(ours.datas()))
            ledger.one(lambda text: pressed(text, ours.line.desk.runtime.words), data)
            await ledger.turn(ours.line.take(ours.one().taps(data, luck.choice((1, 5, 2**31)))), data)
        ledger.faults += ours.faults.seen
    settle(capsys, "S1 callback", ledger, 2 * EACH)


@pytest.mark.asyncio
async def test_start_payloads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    luck, ledger = random.Random(f"{SEED} start"), Ledger()
    async with town(tmp_path, luck) as ours:
        for _ in range(EACH):
            payload = nasty(luck) if luck.random() < 0.5 else mutated(luck, luck.choice(CITIES))
            text = f"/start {payload}" if luck.random() < 0.9 else f"/start{payload}"
            await ledger.turn(ours.line.take(ours.one().says(text)), text)
        ledger.faults += ours.faults.seen
    settle(capsys, "S1 start", ledger, EACH)


def test_facts(capsys: pytest.CaptureFixture[str]) -> None:
    """`luohu check`: YAML and JSON, case files and bare facts, by bytes."""
    luck, ledger = random.Random(f"{SEED} facts"), Ledger()
    cases = [case for path in (ROOT / "tests" / "cases").glob("*.yaml") for case in yaml.safe_load(path.read_text("utf-8"))]
    texts = [json.dumps(case["facts"], ensure_ascii=luck.random() < 0.5) for case in cases]
    texts += [json.dumps([case, luck.choice(cases)], ensure_ascii=False, indent=1) for case in cases]
    texts += [yaml.safe_dump(luck.choice((case, [case], case["facts"])), allow_unicode=True) for case in cases]

    def judged(given: tuple[str, bytes]) -> None:
        name, data = given
        text = data.decode("utf-8-sig")
        some = check.read_lines(BOOK, name, text) if name == "lines" else check.read_residents(BOOK, name, text)[0]
        for resident in some:
            json.dumps(check.answer(BOOK, resident.facts))

    for _ in range(EACH):
        text = wild(luck) if luck.random() < 0.1 else mutated(luck, luck.choice(texts))
        data = text.encode("utf-8", luck.choice(("surrogatepass", "replace", "backslashreplace")))
        name = luck.choice(("a.json", "a.yaml", "-", "lines"))
        ledger.one(judged, (name, data), (check.BadInput, UnicodeDecodeError))
    settle(capsys, "S1 facts", ledger, EACH)


def test_policy_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    """Pieces of the real files with accidents, and some whole ones."""
    luck, ledger = random.Random(f"{SEED} policy"), Ledger(limit=2.0)
    files = [path.read_text("utf-8") for path in sorted((ROOT / "policies").glob("*.yaml"))]
    lines = [file.split("\n") for file in files]

    def piece() -> str:
        some = luck.choice(lines)
        at = luck.randrange(len(some))
        return "\n".join(some[at : at + luck.randint(1, 25)])

    for number in range(EACH):
        whole = number % 250 == 0
        text = wild(luck) if luck.random() < 0.1 else mutated(luck, luck.choice(files) if whole else piece(), 5)
        data = text.encode("utf-8", "replace").decode()
        ledger.one(lambda one: read_yaml(one, "a.yaml"), data, PolicyError)
    settle(capsys, "S1 policy", ledger, EACH)


def test_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Values and names from the environment, and a `.env`."""
    luck, ledger = random.Random(f"{SEED} settings"), Ledger()
    good = {
        "database": ["luohu.db", "postgresql://luohu@db/luohu", "sqlite:///x"],
        "listen": ["127.0.0.1:8080", "[::1]:80", ":80", "0.0.0.0:99999", "h:" + "0" * 5000],
        "retention_hours": ["24", "720", "0", "000024999999", "0" * 5000],
        "key": ["k" * 20],
        "log": ["debug", "info"],
        "telegram_token": ["4242:abc"],
        "telegram_api": ["https://api.telegram.org", "http://[::1]:8081/x"],
        "telegram_webhook_url": ["https://example.org/telegram"],
        "telegram_secret": ["s3cret", "a" * 256],
        "telegram_assessment": ["2026-1"],
    }

    def started(environment: dict[str, str]) -> None:
        chosen = settings.read(environment, tmp_path)
        host, port = settings.door(chosen.listen)
        assert 0 <= port <= 65535 and host and 1 <= chosen.retention_hours <= 720
        if chosen.key:
            hash_key(chosen)

    def value(name: str) -> str:
        return (
            nasty(luck)
            if luck.random() < 0.3
            else mutated(luck, luck.choice(good[name]))
            if luck.random() < 0.7
            else luck.choice(good[name])
        )

    for number in range(EACH):
        some = luck.sample(list(good), luck.randint(1, 4))
        environment = {settings.PREFIX + name.upper(): from_bytes(value(name)) for name in some}
        if luck.random() < 0.05:
            environment[settings.PREFIX + mutated(luck, luck.choice(some).upper())] = "x"
        if number % 50 == 0:
            name = luck.choice(some)
            text = mutated(luck, f"{settings.PREFIX}{name.upper()}='{value(name)}'\n")
            (tmp_path / ".env").write_text(text, "utf-8", "replace")
        ledger.one(started, environment, settings.BadSetting)
    settle(capsys, "S1 settings", ledger, EACH)


def wild(luck: random.Random) -> str:
    """Nothing of a document: noise, or something deep."""
    return nasty(luck) if luck.random() < 0.7 else luck.choice(BOMBS) + nasty(luck)[:20]


def from_bytes(text: str) -> str:
    """As it would stand in the environment, which is bytes without a zero."""
    return os.fsdecode(text.replace("\0", "").encode("utf-8", "surrogatepass"))


# ---- S1: what goes out ----


@pytest.mark.asyncio
@pytest.mark.parametrize("riding", [True, False])
async def test_names_and_typed_text_never_come_out_again(
    riding: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    luck, sent, faults = random.Random(f"{SEED} out"), Outgoing(), Faults()
    async with line(SQLiteStore(tmp_path / "luohu.db"), sent.look, riding=riding) as one:
        for number in range(figure(1_000, 10_000)):
            payload = f"{luck.choice(HTML)}canary{number}{luck.choice(HTML)}"
            names = {"first_name": payload, "last_name": payload, "username": payload}
            hand = Hand(5_000 + number, names=names, numbers=lambda number=number: 10 * number + len(sent.htmls) * 10**6)  # type: ignore[misc]
            for said in ("/start", payload, f"/start {payload}", f"/{payload}", "1", payload):
                await one.take(hand.says(said))
    wrong = [html for html in sent.htmls if "canary" in html or not well_formed(html)]
    report(capsys, f"S1 out riding={riding}", payloads=figure(1_000, 10_000), messages=len(sent.htmls), wrong=len(wrong))
    assert not wrong and not faults.seen, (wrong[:3], faults.seen[:3])
    assert len(sent.htmls) >= 6 * figure(1_000, 10_000)


@pytest.mark.asyncio
async def test_a_fault_of_ours_is_told_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, faults, hand = Outgoing(), Faults(), Hand(7)
    async with line(SQLiteStore(tmp_path / "luohu.db"), sent.look) as one:
        for said in ("/start", "天水"):
            await one.take(hand.says(said))
        with monkeypatch.context() as broken:
            broken.setattr("bot.talk.presses.take", lambda *_: 1 // 0)
            await one.take(hand.says("1"))
        assert sent.htmls[-1] == Wording(BOOK, "zh").went_wrong() and len(faults.seen) == 1
        visit = await one.desk.read(one.desk.owner("telegram", hand.id))
        assert visit.session.facts == {"city": "tianshui"}


def test_whatever_a_view_says_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """Every text of real views and sheets made hostile: what Telegram shows is the text, letter by letter."""
    luck, words = random.Random(f"{SEED} escape"), all_words()
    known = sessions(luck, 200)
    wrong, messages = [], 0
    for number in range(figure(1_000, 10_000)):
        session = known[number % len(known)]
        payload = "".join(luck.choices([*HTML, "落", '"', "'", "𠮷"], k=3))
        hostile, tame = rendered(session, payload, words), rendered(session, MARK, words)
        messages += len(hostile)
        shown = "".join(read_html(html)[0] for html in hostile).replace("\n", "") if all(map(well_formed, hostile)) else None
        if shown != "".join(read_html(html)[0] for html in tame).replace("\n", "").replace(MARK, payload):
            wrong.append(payload)
    report(capsys, "S1 escape", payloads=figure(1_000, 10_000), messages=messages, wrong=len(wrong))
    assert not wrong, wrong[:5]


MARK = "\ue000"
KEPT = {"phase", "fact", "id", "basis", "status", "route", "move"}  # fields that are ids, not texts


def rendered(session: Session, payload: str, words: Words) -> list[str]:
    """All that Telegram is sent of a view in which every text has the payload, its paper list and a plain message included."""
    wording, visit = Wording(BOOK, session.language), Visit(Talk(BOOK, session))
    button = Buttons(b"0123456789abcdef", visit, words)
    view = tainted(talking.current(BOOK, session), payload)
    some = [*render.messages(wording, view, visit, button), render.plain_message([payload])]
    some.append(render.language_choice([("zh", "中文")], button, payload))
    if view.sheet is not None:
        some.append(render.paper_list(wording, view.sheet, visit, button))
    return [message.html for message in some]


def tainted(thing: Any, payload: str) -> Any:
    match thing:
        case str():
            return thing + payload if thing else thing
        case tuple():
            return tuple(tainted(one, payload) for one in thing)
        case Move() | Choice():
            return thing
        case Struct():
            texts = {name: tainted(getattr(thing, name), payload) for name in thing.__struct_fields__ if name not in KEPT}
            return replace(thing, **texts)
        case _:
            return thing


def well_formed(html: str) -> bool:
    """As Telegram's own parser sees it, and with no tags but those that we use."""
    try:
        return {entity["type"] for entity in read_html(html)[1]} <= {"bold", "italic", "blockquote", "expandable_blockquote"}
    except Exception:
        return False


def all_words() -> Words:
    words = Words()
    for number, word in enumerate(dict.fromkeys(vocabulary(BOOK)), 1):
        words._numbers[word], words._words[number] = number, word
    return words


class Outgoing:
    """Looks at every message that goes out."""

    def __init__(self) -> None:
        self.htmls: list[str] = []

    def look(self, _: str, parameters: Json) -> int:
        self.htmls.append(str(parameters["text"]))
        return 1  # none later than what people write


# ---- people with visits in every phase, and their buttons ----


class Town:
    """Some people in the middle of their talks, the buttons that each of them sees, and what is kept of them."""

    def __init__(self, luck: random.Random) -> None:
        self.luck, self.faults = luck, Faults()
        self.numbers = iter(range(1, 10**9)).__next__
        self.people = {number: Hand(number, numbers=self.numbers) for number in range(7_000, 7_060)}
        self.buttons: dict[int, list[str]] = {}
        self.line: Line

    def look(self, _: str, parameters: Json) -> int:
        rows = parameters.get("reply_markup", {}).get("inline_keyboard", [])
        pressed = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        if pressed:  # what has none leaves those of the message before
            self.buttons[int(parameters["chat_id"])] = pressed
        return 1

    async def settle(self) -> None:
        for hand in self.people.values():
            await self.line.take(hand.says(f"/start {self.luck.choice(CITIES)}"))
            for _ in range(self.luck.randint(0, 15)):
                await self.line.take(hand.taps(self.luck.choice(self.buttons[hand.id])))

    def one(self) -> Hand:
        return self.luck.choice(list(self.people.values()))

    def datas(self) -> list[str]:
        return self.buttons[self.one().id] or ["b.00000000.1"]

    def owner(self, hand: Hand) -> bytes:
        return self.line.desk.owner("telegram", hand.id)

    async def kept(self, *hands: Hand) -> list[object]:
        visits = [await self.line.desk.read(self.owner(hand)) for hand in hands]
        return [(visit.session, visit.ticked, visit.have, visit.step) for visit in visits]


@asynccontextmanager
async def town(folder: Path, luck: random.Random) -> AsyncIterator[Town]:
    ours = Town(luck)
    async with line(SQLiteStore(folder / "luohu.db"), ours.look) as ours.line:
        await ours.settle()
        yield ours


# ---- S2: forged buttons ----


class Forger:
    """Data that no button of that person has now. Whatever a real button could say is left out: it may be obeyed."""

    KINDS = ("other_visit", "other_step", "unknown_numbers", "wrong_letter", "foreign_ids", "truncated", "too_long")

    def __init__(self, ours: Town, hand: Hand, visit: Visit) -> None:
        self.ours, self.hand, self.visit, self.luck = ours, hand, visit, ours.luck
        self.words = ours.line.desk.runtime.words
        self.name, self.step = short(ours.owner(hand)), base36(visit.step)

    def forged(self, kind: str) -> str | None:
        data = str(getattr(self, kind)())
        return None if data in self.ours.buttons[self.hand.id] or self._free(data) else data

    def other_visit(self) -> str:
        victim = self.ours.one()
        return self.luck.choice(self.ours.buttons[victim.id] or ["x"]) if victim is not self.hand else "x"

    def other_step(self) -> str:
        letter, name, _, *words = self._real()
        step = self.luck.choice((0, 1, self.visit.step + self.luck.choice((-1, 1, 1000)), self.luck.randrange(36**8)))
        return ".".join([letter, name, base36(max(0, step)), *words])

    def unknown_numbers(self) -> str:
        letter, name, step, *words = self._real()
        return ".".join([letter, name, step, *(self.luck.choice(("zzzz", "zzz", "0", "00zz")) for _ in words or "x")])

    def wrong_letter(self) -> str:
        _, *rest = self._real()
        return ".".join(
            [
                self.luck.choice([*(set("abcdefghijklmnopqrstuvwxyz") - {*LETTERS.values()}), "A", "aa", "", "１", "ａ", "\0"]),
                *rest,
            ]
        )

    def foreign_ids(self) -> str:
        letter = self.luck.choice("atdcoplef")
        ids = [self.luck.choice(list(self.words._numbers)) for _ in range(2 if letter in "atpe" else 1)]
        question = asked(BOOK, self.visit.session)
        if question and letter in "ate" and self.luck.random() < 0.5:
            ids = [question, self.luck.choice([*self._options(question), *ids])]
        return ".".join([letter, self.name, self.step, *(base36(self.words.number(one)) for one in ids)])

    def truncated(self) -> str:
        data = self.luck.choice(self.ours.buttons[self.hand.id] or ["x"])
        return data[: self.luck.randrange(len(data))]

    def too_long(self) -> str:
        data = self.luck.choice(self.ours.buttons[self.hand.id] or ["x"])
        return data + self.luck.choice((".1", "0", ".", "a", "\n", "漢", "\0")) * (65 - len(data))

    def _real(self) -> list[str]:
        return self.luck.choice(self.ours.buttons[self.hand.id] or [f"b.{self.name}.{self.step}"]).split(".")

    def _free(self, data: str) -> bool:
        """Could a real button, now or earlier, have said this of this visit and step?"""
        press = pressed(data, self.words)
        if press is None or press.visit != self.name:
            return False
        question = asked(BOOK, self.visit.session)
        policy = BOOK.policy(self.visit.session.facts.get("city"))
        match press.move, press.words:
            case "language", (word,):
                return word in ("zh", "en")
            case "paper", (paper, word):
                return paper in BOOK.papers and word in ("yes", "no")
            case _ if press.step != self.visit.step:
                return False
            case "answer", (fact, option):
                return fact == question and option in (*self._options(fact), "unsure", "nothing")
            case "tick", (fact, option):
                return fact == question and BOOK.facts[fact].many and option in self._options(fact)
            case "done", (fact,):
                return fact == question
            case "change", (fact,):
                return fact in self.visit.session.facts
            case "amend", (fact, option):
                return fact in self.visit.session.facts and option in (*self._options(fact), "unsure", "nothing")
            case "ask_for", (whom,):
                return whom in ("self", "family")
            case "open_topic", (topic,):
                return policy is not None and topic in policy.topics
            case _, ():
                return True
        return False

    def _options(self, fact: str) -> tuple[str, ...]:
        return tuple(BOOK.fact(fact, self.visit.session.facts.get("city")).options)


@pytest.mark.asyncio
async def test_forged_buttons_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    luck, tally, accepted = random.Random(f"{SEED} forged"), Counter[str](), []
    wanted = figure(10_000, 100_000)
    async with town(tmp_path, luck) as ours:
        while tally.total() < wanted:
            hand, kind = ours.one(), luck.choice(Forger.KINDS)
            data = Forger(ours, hand, await ours.line.desk.read(ours.owner(hand))).forged(kind)
            if data is None:
                continue
            tally[kind] += 1
            everybody = list(ours.people.values()) if tally.total() % 100 == 0 or kind == "other_visit" else [hand]
            before, shown = await ours.kept(*everybody), dict(ours.buttons)
            await ours.line.take(hand.taps(data))
            if await ours.kept(*everybody) != before:
                accepted.append(f"{kind} {data}: {pressed(data, ours.line.desk.runtime.words)} {before}")
            ours.buttons = shown if luck.random() < 0.5 else ours.buttons
            if tally.total() % 20 == 0:  # life goes on
                await ours.line.take(hand.says(luck.choice(("1", "2", "3", "返回", "改"))))
        assert not ours.faults.seen, ours.faults.seen[:5]
    report(capsys, "S2 buttons", seed=SEED, forged=tally.total(), **tally, accepted=len(accepted))
    assert not accepted, "\n".join(accepted[:5])
    assert tally.total() >= wanted and all(tally[kind] >= wanted / 20 for kind in Forger.KINDS)


# ---- S2: forged webhooks ----

LONG = 60_000  # bytes: all of it is on its way before the answer comes

SECRETS: dict[str, Callable[[random.Random], str | None]] = {
    "wrong": lambda luck: "x" + SECRET[1:],
    "random": lambda luck: "".join(luck.choices("abcdef0123456789_-", k=luck.randint(1, 300))),
    "missing": lambda luck: None,  # also what arrives behind a proxy that strips the header
    "empty": lambda luck: "",
    "prefix": lambda luck: SECRET[: luck.randrange(1, len(SECRET))],
    "longer": lambda luck: SECRET + luck.choice((SECRET, "x", "0", ".")),
    "case": lambda luck: SECRET.upper(),
    "latin": lambda luck: SECRET + "\u00e9",
}


@pytest.mark.asyncio
async def test_forged_webhooks_are_not_even_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    luck, tally, wanted = random.Random(f"{SEED} hook"), Counter[str](), figure(1_000, 20_000)
    statuses: Counter[int] = Counter()
    async with (
        BotApi() as api,
        serving(api, tmp_path, webhook=True) as service,
        ClientSession(connector=TCPConnector(force_close=True)) as http,
    ):
        for number in range(wanted):
            kind = list(SECRETS)[number % len(SECRETS)]
            secret, hand = SECRETS[kind](luck), Hand(9_000 + number, numbers=repeat(number + 1).__next__)
            headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
            body = luck.choice((json.dumps(hand.says("/start")), json.dumps(hand.taps("s.00000000.1")), "no JSON", "x" * LONG))
            async with http.post(f"{service.url}/telegram", data=body.encode(), headers=headers) as answer:
                statuses[answer.status] += 1
                tally[kind] += 1
        forged = rows(service.database)
        async with http.post(
            f"{service.url}/telegram", json=Hand(8_999).says("/start"), headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}
        ) as answer:
            assert answer.status == 200
        real = rows(service.database)
    report(capsys, "S2 webhooks", forged=tally.total(), **tally, refused=statuses[403], statuses=dict(statuses), rows=forged)
    assert statuses == {403: wanted} and tally.total() >= wanted
    assert forged == {"visit": 0, "inbox": 0, "outbox": 0}
    assert real["visit"] == real["inbox"] == 1, (
        "the real secret is let in, so that the others were not refused for another reason"
    )


@pytest.mark.asyncio
async def test_hostile_updates_behind_the_right_secret_never_break_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What only Telegram could send, and never does: taken or passed over, but never an error of ours."""
    luck, statuses, wanted = random.Random(f"{SEED} update"), Counter[int](), figure(1_000, 20_000)
    headers, bad = {"X-Telegram-Bot-Api-Secret-Token": SECRET}, []
    async with (
        BotApi() as api,
        serving(api, tmp_path, webhook=True) as service,
        ClientSession(connector=TCPConnector(force_close=True)) as http,
    ):
        for number in range(wanted):
            hand = Hand(9_000, numbers=repeat(number + 1).__next__)
            update = luck.choice((hand.says("/start"), hand.taps("s.00000000.1"), hand.edits("x"), hand.sends_photo()))
            body = broken(luck, update)[:LONG]
            async with http.post(f"{service.url}/telegram", data=body, headers=headers) as answer:
                statuses[answer.status] += 1
                if answer.status != 200:
                    bad.append(f"{answer.status}: {body[:400]!r}")
        assert await service.status("/live") == 200
    report(capsys, "S2 updates", posts=statuses.total(), statuses=dict(statuses), bad=len(bad))
    assert not bad, "\n".join(bad[:5])
    assert statuses.total() >= wanted and "update_unreadable" in service.log


def broken(luck: random.Random, update: Json) -> bytes:
    """An update with one value of another kind, or torn as text."""
    if luck.random() < 0.3:
        return mutated(luck, json.dumps(update)).encode("utf-8", "surrogatepass")

    def at(thing: Any) -> Any:
        if not isinstance(thing, dict) or not thing or luck.random() < 0.25:
            return luck.choice(
                (None, True, -1, 2**70, 1e300, "x", "\ud800", [], {}, [[]], [{}], {"id": {}}, float("nan"), luck.choice(NASTY))
            )
        key = luck.choice(list(thing))
        return {**thing, key: at(thing[key])}

    return json.dumps(at(update)).encode("utf-8", "surrogatepass")


def rows(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return {table: db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("visit", "inbox", "outbox")}
