"""What a press means is one rule for every channel: ticks, old presses, a restart, the privacy line.

The desk has no restart, and its ticks are sent with the page: there the rule is that an old page changes nothing and that a
private question is announced.
"""

import html
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Protocol

import httpx
import pytest
import pytest_asyncio

from bot.wording import sentences
from botapi import BotApi
from clerk import Clerk, desk_open
from conftest import BOOK
from person import Person
from test_parity import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
POLICY = BOOK.city("tianshui").policy
TO_TICK = {"city": "tianshui", "matter": "move_to_town"}
TO_A_PRIVATE_ONE = {"city": "lincang", "matter": "child_registration"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def a_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with BotApi() as api:
        bot = {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url}
        async with (
            desk_open(tmp_path_factory.mktemp("rule"), **bot) as desk,
            httpx.AsyncClient(base_url=desk.service.url, trust_env=False, timeout=30) as kiosk,
        ):
            yield House(api, desk, await desk.member("mei"), kiosk)


class Hand(Protocol):
    """A hand at one channel. Options by their id, what else can be pressed by its move."""

    async def begins(self) -> None: ...

    async def chooses(self, fact: str, option: str) -> None: ...

    async def ticks(self, fact: str, option: str) -> None: ...

    async def presses(self, move: str) -> None: ...

    async def again(self) -> None:
        """The press before the last one once more, on the page or the message as it was."""
        ...

    async def double(self) -> None:
        """The last press once more, as a hand does that presses everything twice."""
        ...

    async def seen(self) -> str: ...

    async def ticked(self) -> set[str]: ...


class Chat:
    LABELS: ClassVar = {"review": "改答案", "back": "返回", "restart": "重新开始", "restart yes": "从头来"}

    def __init__(self, house: House) -> None:
        self.person = Person(house.api, language_code="zh")
        self._pressed: list[tuple[str, int]] = []
        self._toast = ""

    async def begins(self) -> None:
        await self.person.says("/start")

    async def chooses(self, fact: str, option: str) -> None:
        await self._taps(POLICY.facts[fact].options[option])

    async def ticks(self, fact: str, option: str) -> None:
        await self._taps(POLICY.facts[fact].options[option])

    async def presses(self, move: str) -> None:
        await self._taps(self.LABELS[move])

    async def _taps(self, label: str) -> None:
        last = self.person.chat.view[-1]
        data = next(data for shown, data in last.buttons if re.sub(r"^(✓ )?(\d+　)?", "", shown) == label)
        self._pressed.append((data, last.id))
        await self.person.forges(data, last.id)

    async def again(self) -> None:
        self._toast = await self.person.is_told(lambda: self.person.chat.forges(*self._pressed[-2]))

    async def double(self) -> None:
        assert await self.person.is_ignored(lambda: self.person.chat.forges(*self._pressed[-1]))
        assert not self.person.chat.toasts

    async def seen(self) -> str:
        return self._toast + self.person.chat.view[-1].text

    async def ticked(self) -> set[str]:
        return {label.partition("　")[2] for label, _ in self.person.chat.view[-1].buttons if label.startswith("✓")}


class Screen:
    """The kiosk without a browser: what its forms send."""

    WORDS: ClassVar = {"restart yes": "restart sure"}

    def __init__(self, house: House) -> None:
        self._browser = Clerk(house.kiosk)
        self._sent: list[dict[str, Any]] = []

    async def begins(self) -> None:
        await self._browser._send("POST", "/kiosk/begin", {}, {"language": "zh"})
        await self._look("/kiosk")

    async def chooses(self, fact: str, option: str) -> None:
        await self._act(f"answer {fact} {option}")

    async def ticks(self, fact: str, option: str) -> None:
        self._tick = [option]

    async def presses(self, move: str) -> None:
        await self._act(self.WORDS.get(move, move))

    async def _act(self, words: str) -> None:
        await self._send(self._hidden | {"do": words, "tick": self._tick})

    async def _send(self, form: dict[str, Any]) -> None:
        self._sent.append(form)
        answer = await self._browser._send("POST", "/kiosk/act", {}, form)
        await self._look(answer.headers["location"])

    async def again(self) -> None:
        old = self._sent[-2] | {"key": secrets.token_urlsafe(16)}
        await self._send(old)

    async def double(self) -> None:
        await self._send(self._sent[-1] | {"key": secrets.token_urlsafe(16)})

    async def _look(self, at: str) -> None:
        self._page = (await self._browser.get(at)).text
        self._hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', self._page)) | {"key": secrets.token_urlsafe(16)}
        self._tick = re.findall(r'name="tick" value="([^"]+)" checked', self._page)

    async def seen(self) -> str:
        return html.unescape(self._page)

    async def ticked(self) -> set[str]:
        return {POLICY.facts["ties"].options[one] for one in self._tick}


HANDS = [Chat, Screen]


async def led(hand: Hand, answers: dict[str, str]) -> Hand:
    await hand.begins()
    for fact, option in answers.items():
        await hand.chooses(fact, option)
    return hand


@pytest.mark.parametrize("channel", HANDS)
async def test_what_is_ticked_stays_while_one_looks_at_the_answers(house: House, channel: type[Chat | Screen]) -> None:
    hand = await led(channel(house), TO_TICK)
    await hand.ticks("ties", "lives")
    await hand.presses("review")
    await hand.presses("back")
    assert await hand.ticked() == {POLICY.facts["ties"].options["lives"]}


@pytest.mark.parametrize("channel", HANDS)
async def test_a_restart_is_asked_about_from_the_first_answer_on(house: House, channel: type[Chat | Screen]) -> None:
    hand = await led(channel(house), {"city": "tianshui"})
    await hand.presses("restart")
    assert sentences.SURELY_RESTART[0] in await hand.seen()
    await hand.presses("restart yes")
    assert BOOK.facts["city"].ask in await hand.seen(), "back at the first question"


@pytest.mark.parametrize("channel", HANDS)
async def test_an_old_press_changes_nothing_and_says_so(house: House, channel: type[Chat | Screen]) -> None:
    hand = await led(channel(house), TO_TICK)
    await hand.again()
    assert sentences.OLD_BUTTON in await hand.seen() and POLICY.facts["ties"].ask in await hand.seen()


@pytest.mark.parametrize("channel", HANDS)
async def test_a_press_made_twice_is_one_and_nothing_is_said_of_it(house: House, channel: type[Chat | Screen]) -> None:
    hand = await led(channel(house), TO_TICK)
    await hand.double()
    assert sentences.OLD_BUTTON not in await hand.seen() and POLICY.facts["ties"].ask in await hand.seen()


@pytest.mark.parametrize("channel", HANDS)
async def test_the_privacy_line_comes_before_the_first_private_question_of_each_talk(
    house: House, channel: type[Chat | Screen]
) -> None:
    hand = await led(channel(house), TO_A_PRIVATE_ONE)
    assert "比较私密" in await hand.seen()
    await hand.presses("restart")
    await hand.presses("restart yes")
    for fact, option in TO_A_PRIVATE_ONE.items():
        await hand.chooses(fact, option)
    assert "比较私密" in await hand.seen(), "a restart begins a new talk"


async def test_at_the_desk_an_old_page_changes_nothing_and_a_private_question_is_announced(house: House) -> None:
    mei = house.agent
    at = (await mei.post("/desk/new")).headers["location"]

    def fields(page: str) -> dict[str, str]:
        return dict(re.findall(r'name="(csrf|case|step|key)" value="([^"]+)"', page))

    old = fields((await mei.get(at)).text)
    for fact, option in TO_A_PRIVATE_ONE.items():
        page = (await mei.get(at)).text
        await mei._send("POST", f"{at}/turn", {}, fields(page) | {"do": f"tell {fact} {option}"})
    assert sentences.PRIVATE_QUESTION[:9] in (await mei.get(at)).text
    late = await mei._send("POST", f"{at}/turn", {}, old | {"do": "tell city wenzhou"})
    assert late.status_code == 409 and "什么也没有改" in late.text
    assert "跨境婚姻" in (await mei.get(at)).text, "still Lincang's"
