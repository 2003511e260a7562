"""One resident: kiosk, hotline, kiosk, Telegram, hotline, Telegram, and with the number to a window.

At every step one of them can answer, and nobody else: what the others still have in their hands (an open page, a heard
code, a scanned link) changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from playwright.async_api import Page

import talking
from bot.clock import now
from bot.kiosk import visit_cookie as cookies
from bot.talk.visit import Visit, decode
from bot.wording.views import Wording
from botapi import BOT, BotApi
from browser import TALL, chromium
from clerk import Clerk, desk_open
from conftest import BOOK
from flows.conversation import Move
from person import Person, database, words
from service import Service, until
from test_handoff import FITS
from test_hotline import CODE, agent, answers, asked, key
from test_slip import drawn
from visitor import Visitor, next_page

pytestmark = [pytest.mark.asyncio, pytest.mark.long]

House = SimpleNamespace  # api, desk, agents: name -> Clerk, browser
ZH = Wording(BOOK, "zh")
AT_THE_HOTLINE = ZH.at_the_hotline()


@asynccontextmanager
async def house_open(folder: Path, *staff: str) -> AsyncIterator[House]:
    """Every channel in one process, and agents who are in."""
    async with BotApi() as api:
        bot = {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url, "LUOHU_LOG": "debug"}
        async with desk_open(folder, **bot) as desk:
            yield House(api=api, desk=desk, agents={name: await desk.member(name) for name in staff})


# ---- whose it is ----


async def visit_of(service: Service) -> Visit:
    """The one visit of which anything is known, as it is on the disk."""
    known = await words(service)
    with database(service) as db:
        visits = [decode(data, version, known, BOOK) for version, data in db.execute("SELECT version, data FROM visit")]
    (visit,) = [visit for visit in visits if visit.session.facts]
    return visit


async def whose(service: Service) -> str:
    visit = await visit_of(service)
    return "hotline" if visit.held_until > now() else visit.channel


async def change_nothing(service: Service, *acts: Awaitable[Any]) -> None:
    """Not the visit, and nothing by which somebody else could come to have it."""
    before = await visit_of(service)
    for act in acts:
        await act
        assert await visit_of(service) == before, act
    with database(service) as db:
        assert db.execute("SELECT kind FROM code WHERE kind <> 'moved'").fetchall() == []  # that one opens nothing


async def raced(agents: dict[str, Clerk], code: str) -> tuple[str, str]:
    """All of them type the same code at once: whose it is, and where."""
    tokens = await asyncio.gather(*(one.token() for one in agents.values()))
    tries = (one.post("/desk/code", token, code=code) for one, token in zip(agents.values(), tokens, strict=True))
    got = dict(zip(agents, await asyncio.gather(*tries), strict=True))
    assert sorted(answer.status_code for answer in got.values()) == [303, *[422] * (len(agents) - 1)]
    (won,) = [name for name, answer in got.items() if answer.status_code == 303]
    for name, one in agents.items():
        if name != won:
            assert (await one.get(got[won].headers["location"])).status_code == 404, "somebody else's case is not there"
    return won, got[won].headers["location"]


# ---- what the others still have in their hands ----


async def presses_an_old_button(page: Page, visit: Visit, do: str) -> None:
    """A form of a kiosk that knows even the step that the visit is at."""
    sent = {"step": str(visit.step), "key": cookies.new_name(), "do": do}
    script = "(sent) => fetch('/kiosk/act', {method: 'POST', body: new URLSearchParams(sent)}).then((answer) => answer.text())"
    await page.evaluate(script, sent)


async def is_refused(request: Awaitable[httpx.Response], *statuses: int) -> None:
    answer = await request
    assert answer.status_code in statuses, answer.status_code


async def answers_with_the_first(page: Page) -> None:
    """The agent takes down the first option that is offered, by keys."""
    many = await page.locator("#question input[type=checkbox]").count()
    async with page.expect_navigation():
        await page.keyboard.press("1")
        if many:
            await page.keyboard.press("Enter")


async def gives_back(page: Page) -> str:
    async with page.expect_navigation():
        await page.get_by_role("button", name="交还给来电人").click()
    return await page.inner_text("main")


async def test_a_visit_goes_through_every_hand_and_is_always_in_one(tmp_path: Path) -> None:
    async with house_open(tmp_path, "mei", "li", "officer") as house, chromium() as house.browser:
        service, agents = house.desk.service, {name: house.agents[name] for name in ("mei", "li")}
        kiosk = await house.browser.new_page(**TALL)
        await kiosk.clock.install()
        resident = Visitor(kiosk, service.url + "/kiosk")
        await resident.begins()
        await resident.says("天水")
        await resident.says("把户口迁到城镇")
        old = await visit_of(service)
        assert await whose(service) == "kiosk"

        code = await by_the_hotline(house, agents, resident)
        assert await whose(service) == "kiosk"
        await change_nothing(
            service,
            presses_an_old_button(kiosk, old, "answer county maiji"),
            *(is_refused(one.post("/desk/code", code=code), 422) for one in agents.values()),
        )
        while resident.view.fact is not None:
            await resident.does(Move("answer", resident.view.fact, FITS[resident.view.fact]))

        person, link = await takes_it_along(house, resident)
        assert await whose(service) == "telegram"
        left = await person.taps("看看别的途径")
        await person.taps(left.labels[0])
        number = await by_the_hotline_again(house, agents, person)
        assert await whose(service) == "telegram"
        await change_nothing(
            service, is_refused(house.desk.http.post(f"{service.url}/phone/{link}", data={"visit": "x" * 22}), 410)
        )
        await the_window_sees_the_same(house.agents["officer"], number, await visit_of(service))
        assert all(secret not in service.log for secret in (code, link, number))


async def by_the_hotline(house: House, agents: dict[str, Clerk], resident: Visitor) -> str:
    """From the kiosk to the desk, where one question is answered, and back; the code."""
    service, kiosk = house.desk.service, resident.page
    await resident.press("[formaction='/kiosk/code']")
    code = await kiosk.locator(".code").inner_text()
    won, at = await raced(agents, code)
    async with next_page(kiosk):
        await kiosk.clock.run_for(5100)
    assert await resident.asked() == "在热线继续" and AT_THE_HOTLINE in await resident.text()
    assert await whose(service) == "hotline"
    visit = await visit_of(service)
    await change_nothing(
        service,
        presses_an_old_button(kiosk, visit, "answer county maiji"),
        presses_an_old_button(kiosk, visit, "restart"),
        kiosk.evaluate("fetch('/kiosk/code', {method: 'POST', body: new URLSearchParams()})"),
        is_refused(agents[won].post("/desk/code", code=code), 422),
        is_refused(agents[won].post(f"{at}/turn", case=at[-16:], step=str(visit.step), key="k", do="undo"), 403),  # not checked
    )
    async with agent(house, won) as page:
        await page.goto(house.desk.url + at)
        await key(page, "o")
        fact = await asked(page)
        assert fact is not None and fact == resident.view.fact
        await answers_with_the_first(page)
        told = (await visit_of(service)).session.facts[fact]
        await gives_back(page)
    await is_refused(agents[won].get(at), 404)
    async with next_page(kiosk):
        await kiosk.clock.run_for(5100)
    resident.session, view = talking.press(BOOK, resident.session, Move("tell", fact, told))
    assert (await visit_of(service)).session.facts == resident.session.facts
    assert view.fact is not None and await resident.asked() == ZH.ask(BOOK.fact(view.fact, "tianshui"))
    return code


async def takes_it_along(house: House, resident: Visitor) -> tuple[Person, str]:
    """From the kiosk's sheet to Telegram by the code that is drawn; (the person there, the link's token)."""
    service, kiosk = house.desk.service, resident.page
    number = CODE.findall(await resident.text())[-1]
    await kiosk.goto(service.url + "/kiosk/slip")
    await resident.press("form[action='/kiosk/slip/phone'] button")
    link = next(one["value"] for one in await kiosk.context.cookies() if one["name"] == cookies.LINK)[:22]
    picture = await kiosk.evaluate("fetch('/kiosk/slip/phone.svg').then((answer) => answer.text())")
    assert drawn(f"https://t.me/{BOT['username']}?start={link}") in picture
    person = Person(house.api)
    arrived = await person.says(f"/start {link}")
    assert number in arrived.text, "the same sheet with the same number"
    visit = await visit_of(service)
    stranger = Person(house.api)
    await change_nothing(
        service,
        stranger.says(f"/start {link}"),
        presses_an_old_button(kiosk, visit, "answer county maiji"),
        kiosk.evaluate("fetch('/kiosk/code', {method: 'POST', body: new URLSearchParams()})"),
        kiosk.evaluate("fetch('/kiosk/end', {method: 'POST', body: new URLSearchParams()})"),
    )
    await kiosk.goto(service.url + "/kiosk")
    assert "天水" not in await kiosk.content() and await kiosk.context.cookies() == []
    return person, link


async def by_the_hotline_again(house: House, agents: dict[str, Clerk], person: Person) -> str:
    """From Telegram to the desk, where the rest is answered, and back with the sheet; its number."""
    service = house.desk.service
    code = CODE.findall((await person.says("/handoff", buttons=False)).text)[-1]
    before = len(person.chat.view)
    won, at = await raced(agents, code)
    await until(lambda: AT_THE_HOTLINE in person.chat.view[-1].text)
    assert await whose(service) == "hotline"
    button = next(message for message in reversed(person.chat.view) if message.buttons)
    for act in (lambda: person.chat.taps(button.buttons[0][0], button.id), lambda: person.chat.says("1")):
        await change_nothing(service, shows(person.does(act, buttons=False), AT_THE_HOTLINE))
    async with agent(house, won) as page:
        await page.goto(house.desk.url + at)
        await key(page, "o")
        assert answers(await page.content()) == said((await visit_of(service)).session.facts)
        while await asked(page) is not None:
            await answers_with_the_first(page)
        number = CODE.findall(await gives_back(page))[-1]
    await until(lambda: any(number in message.text for message in person.chat.view[before:]))
    await change_nothing(service, *(is_refused(one.post("/desk/code", code=code), 422) for one in agents.values()))
    await is_refused(agents[won].get(at), 404)
    return str(number)


async def shows(answer: Awaitable[Any], text: str) -> None:
    assert text in (await answer).text


async def the_window_sees_the_same(officer: Clerk, number: str, visit: Visit) -> None:
    found = await officer.post("/desk/receipt", code=number)
    policy = BOOK.policy("tianshui")
    assert policy is not None and found.status_code == 200 and "<strong>一样。</strong>" in found.text
    assert answers(found.text) == said(visit.session.facts)
    for route, status in policy.statuses(visit.talk.known).items():
        row = (
            f'<span class="badge {status}">{ZH.status(status)}</span></td><th scope="row">{ZH._(policy.routes[route].title)}</th>'
        )
        assert row in found.text


def said(facts: Any) -> Sequence[str]:
    """Answers in the words of a page."""
    return [ZH.said(BOOK.fact(fact, facts.get("city")), answer) for fact, answer in facts.items()]


async def test_of_eight_agents_who_hear_one_code_one_has_the_call(tmp_path: Path) -> None:
    async with house_open(tmp_path, *"abcdefgh") as house:
        for _ in range(4):  # a fifth time, those who were late would be taken for guessers
            person = Person(house.api)
            await person.talks("/start", "天水")
            code = CODE.findall((await person.says("/handoff", buttons=False)).text)[-1]
            won, at = await raced(house.agents, code)
            assert (await house.agents[won].get(at)).status_code == 200
