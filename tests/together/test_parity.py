"""One resident by terminal, Telegram, kiosk and desk: the same questions, options, sheet and citations everywhere."""

import asyncio
import html
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct

from bot.clock import today
from bot.telegram.render import Press, pressed
from bot.wording.view import Block
from bot.wording.views import Wording
from botapi import BotApi
from clerk import Clerk, OpenDesk, desk_open
from conftest import BOOK, CITIES
from flows.conversation import Session
from flows.facts import NOTHING, UNSURE, Answer, Facts
from person import Person, words
from person import asked as asked_in_chat
from service import LUOHU, environment
from test_telegram import FIRST

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page, message or screenful shows: the question with its options as ids, or no question and a sheet."""

    fact: str | None
    options: tuple[str, ...]
    text: str


class Channel(Protocol):
    async def begins(self, language: str) -> Seen: ...

    async def answers(self, seen: Seen, chosen: list[str]) -> Seen: ...


# ---- the four of them ----


class Terminal:
    def __init__(self, process: asyncio.subprocess.Process, city: str) -> None:
        self._process = process
        self._city = city

    async def begins(self, language: str) -> Seen:
        self._wording = Wording(BOOK, language)
        return await self._seen()

    async def answers(self, seen: Seen, chosen: list[str]) -> Seen:
        assert self._process.stdin
        self._process.stdin.write((" ".join(str(seen.options.index(one) + 1) for one in chosen) + "\n").encode())
        return await self._seen()

    async def _seen(self) -> Seen:
        assert self._process.stdout
        text = (await asyncio.wait_for(self._process.stdout.readuntil(b"\n> "), 20)).decode()
        numbered = re.findall(r"^  \d+\. (.*)$", text, re.MULTILINE)
        narrowings = BOOK.city(self._city).policy.narrowings
        facts = [BOOK.fact(name, self._city) for name in BOOK.facts]
        put = [fact.offered(one.without, one.labels, one.puts) for fact in facts for one in narrowings if one.fact == fact.id]
        for fact in (*facts, *put):
            labels = self._wording.labels(fact)
            offered = tuple(option for option, label in labels.items() if label in numbered)
            asked = {self._wording(one) for one in (fact.ask, fact.ask_child) if one}
            if len(offered) == len(numbered) and any(one in line for one in asked for line in text.splitlines()):
                return Seen(fact.id, offered, text)
        return Seen(None, (), text)


class Chat:
    def __init__(self, house: "House", person: Person) -> None:
        self._house = house
        self._person = person

    async def begins(self, language: str) -> Seen:
        return await self._seen(await self._person.says("/start"))

    async def answers(self, seen: Seen, chosen: list[str]) -> Seen:
        return await self._seen(await self._person.says(" ".join(str(seen.options.index(one) + 1) for one in chosen)))

    async def _seen(self, answer: Any) -> Seen:
        fact = await asked_in_chat(self._house.desk.service, answer)
        known, options = await words(self._house.desk.service), []
        for data in answer.buttons.values():
            match pressed(data, known):
                case Press(_, _, "answer" | "tick", (_, option)):
                    options.append(option)
        return Seen(fact, tuple(options), answer.text)


class Kiosk:
    def __init__(self, browser: Clerk) -> None:
        self._browser = browser

    async def begins(self, language: str) -> Seen:
        await self._browser._send("POST", "/kiosk/begin", {}, {"language": language})
        return await self._seen()

    async def answers(self, seen: Seen, chosen: list[str]) -> Seen:
        ticked = {"do": f"ticked {seen.fact}", "tick": chosen}
        sent = ticked if f'value="ticked {seen.fact}"' in seen.text and chosen[0] not in (NOTHING, UNSURE) else {}
        await self._browser._send("POST", "/kiosk/act", {}, self._hidden | (sent or {"do": f"answer {seen.fact} {chosen[0]}"}))
        return await self._seen()

    async def _seen(self) -> Seen:
        page = (await self._browser.get("/kiosk")).text
        self._hidden: dict[str, Any] = dict(re.findall(r'name="(step|key)" value="([^"]+)"', page))
        found = re.findall(r'name="do" value="answer (\S+) ([^"]+)"|name="tick" value="([^"]+)"', page)
        fact = next((one for one, _, _ in found if one), None)
        return Seen(fact, tuple(option or tick for _, option, tick in found), page)


class Call:
    """An agent's case; what the caller says is told in the order of the questions."""

    def __init__(self, agent: Clerk) -> None:
        self._agent = agent

    async def begins(self, language: str) -> Seen:
        self._at = (await self._agent.post("/desk/new")).headers["location"]
        await self._seen()
        await self._sends({"do": f"speak {language}"})
        return await self._seen()

    async def answers(self, seen: Seen, chosen: list[str]) -> Seen:
        several = f'name="option" value="{chosen[0]}"' in seen.text
        await self._sends({"do": f"tell {seen.fact}", "option": chosen} if several else {"do": f"tell {seen.fact} {chosen[0]}"})
        return await self._seen()

    async def _sends(self, pressed: dict[str, Any]) -> None:
        assert (await self._agent._send("POST", f"{self._at}/turn", {}, self._hidden | pressed)).status_code == 303

    async def _seen(self) -> Seen:
        page = (await self._agent.get(self._at)).text
        self._hidden: dict[str, Any] = dict(re.findall(r'name="(csrf|case|step|key)" value="([^"]+)"', page))
        question = re.search(r'id="question">(.*?)</form>', page, re.DOTALL)
        if question is None:
            return Seen(None, (), (await self._agent.get(f"{self._at}/sheet")).text)
        found = re.findall(r'name="option" value="([^"]+)"|name="do" value="tell \w+ ([^"]+)"', question[1])
        fact = re.search(r'value="tell (\w+)', question[1])
        return Seen(fact[1] if fact else None, tuple(tick or option for tick, option in found), page)


# ---- the comparison ----


@dataclass(frozen=True, slots=True)
class House:
    api: BotApi
    desk: OpenDesk
    agent: Clerk
    kiosk: httpx.AsyncClient


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def a_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with BotApi() as api:
        bot = {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url}
        async with (
            desk_open(tmp_path_factory.mktemp("parity"), **bot) as desk,
            httpx.AsyncClient(base_url=desk.service.url, trust_env=False, timeout=30) as kiosk,
        ):
            yield House(api, desk, await desk.member("mei"), kiosk)


@asynccontextmanager
async def channels(house: House, city: str, language: str) -> AsyncIterator[dict[str, Channel]]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        LUOHU, "chat", "--lang", language, stdin=pipe, stdout=pipe, env=environment(), limit=2**20
    )
    try:
        yield {
            "terminal": Terminal(process, city),
            "telegram": Chat(house, Person(house.api, language_code=language)),
            "kiosk": Kiosk(Clerk(house.kiosk)),
            "desk": Call(house.agent),
        }
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("city", [*CITIES, "tianshui-en"])
async def test_every_channel_asks_the_same_and_gives_the_same_sheet(house: House, city: str) -> None:
    city, _, language = city.partition("-")
    resident, language = FIRST[city].facts, language or "zh"
    async with channels(house, city, language) as four:
        seen = {name: await channel.begins(language) for name, channel in four.items()}
        told: dict[str, Answer] = {}
        while (fact := seen["terminal"].fact) is not None:
            questions = {name: (one.fact, one.options) for name, one in seen.items()}
            assert len(set(questions.values())) == 1, questions
            told[fact] = answer = resident.get(fact, UNSURE)
            chosen = [answer] if isinstance(answer, str) else list(answer) or [NOTHING]
            seen = {name: await channel.answers(seen[name], chosen) for name, channel in four.items()}
    assert {name: one.fact for name, one in seen.items()} == dict.fromkeys(four)
    same_sheet({name: bare(one.text) for name, one in seen.items()}, told, language)


def same_sheet(texts: dict[str, str], told: Facts, language: str) -> None:
    """Every sentence of the sheet stands in every channel's text, and every citation as often."""
    wording, policy = Wording(BOOK, language), BOOK.policy(told["city"])
    assert policy is not None
    sheet = wording.sheet(Session(language=language, as_of=today(), facts=dict(told)))
    sentences = {bare(one) for one in strings(sheet) if len(one) > 1} - set(BOOK.papers) - set(policy.routes) - set(policy.topics)
    assert [(name, one) for name, text in texts.items() for one in sentences if one not in text] == []
    citations = {
        name: Counter({route.id: text.count(bare(wording._(route.title))) for route in policy.routes.values()})
        + Counter({route.clause: text.count(bare(wording._(route.clause))) for route in policy.routes.values()})
        for name, text in texts.items()
    }
    assert all(one == citations["terminal"] for one in citations.values()), citations


def strings(part: Any) -> list[str]:
    """Every sentence of a sheet that a person reads. Papers stand under the heading of their ground."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, tuple):
        return [one for some in part for one in strings(some)]
    if isinstance(part, Struct):
        unread = {"id", "route", "status", "basis", "remark"} | ({"name"} if isinstance(part, Block) else set())
        named = [name for name in part.__struct_fields__ if name not in unread]
        return [one for name in named for one in strings(getattr(part, name))]
    return []


def bare(text: str) -> str:
    """Text without tags and spaces; of a desk's or kiosk's page what is not the sheet stays in."""
    text = re.sub(r"<textarea.*?</textarea>|<nav.*?</nav>|<script.*?</script>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]+>", "", text)))
