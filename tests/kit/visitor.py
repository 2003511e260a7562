"""Somebody at the kiosk, and a kiosk in this process, whose desk a test can look into.

async with kiosk(tmp_path) as here, chromium() as browser:
    visitor = Visitor(await browser.new_page(**TALL), here.url)
    await visitor.begins("zh")
    await visitor.says("天水")
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from playwright.async_api import Error, Page, Response
from starlette.types import ASGIApp

import talking
from bot.clock import today
from bot.kiosk.screens import words
from bot.serve import Service, server_config
from bot.settings import Settings
from bot.talk.handoff import Handoff
from bot.talk.turns import Turns
from bot.web.connection_limits import ConnectionLimits
from bot.wording.views import View
from conftest import BOOK
from flows.conversation import Move, Session
from flows.facts import UNSURE


class _Server(uvicorn.Server):
    """Leaves the signals to the tests."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(slots=True)
class Here:
    """A kiosk that is open. `down()` is a kiosk whose server is gone."""

    url: str
    desk: Turns
    server: uvicorn.Server
    task: "asyncio.Task[None]"

    @property
    def handoff(self) -> Handoff:
        return Handoff(self.desk)

    async def down(self) -> None:
        self.server.should_exit = True
        await self.task

    async def left_alone(self, seconds: int) -> None:
        """For so long nobody presses anything."""
        async with self.desk.runtime.store.transaction() as db:
            await db.run("UPDATE visit SET touched = touched - ?", seconds)

    async def rows(self, table: str) -> int:
        async with self.desk.runtime.store.transaction() as db:
            return int((await db.rows(f"SELECT COUNT(*) FROM {table}"))[0][0])


@contextlib.asynccontextmanager
async def kiosk(
    folder: Path,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    limits: type[ConnectionLimits] = ConnectionLimits,
    **settings: str | int,
) -> AsyncIterator[Here]:
    """A service without a bot. `settings` as in Settings: kiosk_key="…"; `around`: what stands before it."""
    settings.setdefault("touch_guard", 0)  # fingers of tests are quicker than any reader
    service = Service(Settings(database=str(folder / "luohu.db"), **settings), BOOK)  # type: ignore[arg-type]
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(server_config(around(service.app()), limits, stop_within=1))
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    here = Here(f"http://127.0.0.1:{listener.getsockname()[1]}/kiosk", service.turns, server, task)
    try:
        yield here
    finally:
        if not task.done():
            await here.down()


@dataclass(slots=True)
class Visitor:
    """A person before the screen. `session` is what must have come of what they pressed."""

    page: Page
    url: str
    session: Session = field(default_factory=Session)

    async def begins(self, language: str = "zh") -> None:
        await self.page.goto(self.url)
        await self.press(f"button[name=language][value={language}]")
        self.session = talking.begin(BOOK, Session(language=language, as_of=today()))[0]

    @property
    def view(self) -> View:
        return talking.current(BOOK, self.session)

    async def says(self, said: str) -> None:
        """Presses what somebody would type in the terminal."""
        await self.does(talking.understand(BOOK, self.session, said))

    async def does(self, move: Move) -> None:
        if isinstance(move.value, tuple) and move.value:
            for option in self.view.choices:
                box = self.page.locator(f'input[name=tick][value="{option.move.value[0] if option.move.value else ""}"]')
                if option.move.value not in (UNSURE, ()):
                    await box.set_checked(option.move.value[0] in move.value)
            await self.press(f'button[value="ticked {move.subject}"]')
        else:
            await self.press(f'button[name=do][value="{words(move)}"]')
        self.session = talking.press(BOOK, self.session, move)[0]

    async def press(self, selector: str) -> Response:
        """Presses a button and waits for the next page."""
        async with self.page.expect_response(is_page) as answered, next_page(self.page):
            await self.page.locator(selector).first.click()
        return await answered.value

    async def asked(self) -> str:
        return (await self.page.locator("h1").first.inner_text()).strip()

    async def offered(self) -> list[str]:
        """What the buttons and boxes of the question stand for, in the order of the page."""
        script = "(all) => all.map((one) => one.querySelector('input')?.value ?? one.value)"
        found: list[str] = await self.page.locator(".choices .choice").evaluate_all(script)
        return found

    async def text(self) -> str:
        await self.page.evaluate("document.querySelectorAll('details.folded').forEach(one => { one.open = true; })")
        return await self.page.locator("body").inner_text()


def is_page(answer: Response) -> bool:
    """Whether an answer is what is seen next, whether the browser asked for it or the page's script."""
    beside = ("/held", "/stay", ".svg")
    return (
        answer.request.resource_type in ("document", "fetch")
        and answer.status not in (204, 303)
        and not answer.url.endswith(beside)
    )


@contextlib.asynccontextmanager
async def next_page(page: Page) -> AsyncIterator[None]:
    """Waits until another page has come in the place of this one, by the browser or by a script."""
    await page.evaluate("document.body.dataset.before = '1'")
    yield
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(Error):  # the page went away under the question
                if await page.evaluate("document.readyState !== 'loading' && !document.body.dataset.before"):
                    return
            await asyncio.sleep(0.01)


def offers(view: View) -> Sequence[str]:
    """What a question's page must offer."""
    ticks = view.tick and view.fact
    return [
        choice.move.value[0] if ticks and choice.move.value not in (UNSURE, ()) else words(choice.move) for choice in view.choices
    ]
