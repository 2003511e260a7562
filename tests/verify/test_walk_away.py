"""Left by one person, found by the next: fifty people walk away from one browser, and who comes after finds nothing of them.

The browser keeps pages for "Back" as it does in a hall; the control has the same pages with the guard taken away, and must leak.
"""

import asyncio
import random
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Error, Page
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.talk.retention import CALLING
from browser import one_persons_chromium
from helpers_faults import figure, report
from visitor import Here, Visitor, kiosk, next_page

SCRIPTS = figure(50, 500)
BACKS = 20
PRINTED = 0.2  # of the searches print the page too
LONG_ENOUGH = 6  # characters of a line that is somebody's
TEXT = "document.body ? document.body.innerText : ''"
HERE = "navigation.currentEntry?.key ?? ''"  # where in the history the page stands
LEFT_BEHIND = """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await caches.keys(), await indexedDB.databases(),
    document.cookie, history.state, document.title, location.href])"""


@dataclass(slots=True)
class Hall:
    """One browser in a hall, what people saw in it, and what the next one found of that."""

    page: Page
    context: BrowserContext
    here: Here
    start: set[str]  # what stands on the first screen, for everybody
    luck: random.Random
    canaries: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    looks: int = 0
    slowest: float = 0.0

    async def text(self) -> str:
        return str(await self.answer(TEXT))

    async def sees(self) -> None:
        """Whatever a person sees is theirs, but for what everybody sees on the first screen."""
        lines = (line.strip() for line in (await self.text()).splitlines())
        self.canaries |= {line for line in lines if len(line) >= LONG_ENOUGH} - self.start

    def look_for(self, where: str, text: str) -> None:
        self.looks += 1
        self.found += [f"{where}: {canary}" for canary in self.canaries if canary in text]

    # ---- a person ----

    async def visit(self) -> None:
        """Somebody answers a few questions and looks around."""
        visitor = Visitor(self.page, self.here.url)
        await visitor.begins(self.luck.choice(["zh", "zh", "en"]))
        for _ in range(self.luck.randint(2, 5)):
            await self.sees()
            boxes = self.page.locator(".choices input")
            if number := await boxes.count():
                await boxes.nth(self.luck.randrange(number)).check()
                await visitor.press(".choices .primary")
                continue
            ways = [".choices .choice"] * 6 + [
                "[value=why]",
                "[value=review]",
                "[value=large]",
                "[formaction='/kiosk/code']",
            ]
            buttons = self.page.locator(self.luck.choice(ways))
            if number := await buttons.count():
                async with next_page(self.page):
                    await buttons.nth(self.luck.randrange(number)).click()
        await self.sees()

    async def leave(self) -> str:
        """Walks away: by the button, or without a word."""
        way = self.luck.choice(["button", "idle", "idle", "go", "offline", "no scripts"])
        began = time.monotonic()
        if way in ("idle", "offline", "no scripts"):
            await self.here.left_alone(CALLING)
        match way:
            case "button":
                await self.page.locator("header .end").click()
            case "go":
                await self.page.evaluate("document.body.dataset.idle = '0'")
                await self.page.locator("#go").click()
            case "no scripts":
                await self.page.goto(f"{self.here.url}/idle")
            case _:
                await self.context.set_offline(way == "offline")
                await self.page.evaluate("document.body.dataset.idle = document.body.dataset.warning = '0'")
        if way == "offline":
            await self.page.locator(".wiped").wait_for()
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.look_for("offline", await self.text())
            await self.back(3)
            await self.context.set_offline(False)
            await self.page.goto(f"{self.here.url}/idle")
        await self.page.locator(".languages").wait_for()
        if way != "offline":
            self.slowest = max(self.slowest, time.monotonic() - began)
        return way

    # ---- the next one ----

    async def search(self) -> None:
        """Tries everything that a browser in a hall offers."""
        self.look_for("page", await self.text())
        self.look_for("storage", str(await self.page.evaluate(LEFT_BEHIND)))
        cookies = await self.context.cookies()
        self.found += [f"cookie: {cookie['name']}" for cookie in cookies]
        await self.back(BACKS)
        await self.step(1)
        await self.page.reload()
        self.look_for("reload", await self.text())
        self.look_for("source", await self.page.content())
        if self.luck.random() < PRINTED:
            self.look_for("print", printed(await self.page.pdf()))

    async def back(self, times: int) -> None:
        for _ in range(times):
            if not await self.step(-1):
                break

    async def step(self, by: int) -> bool:
        """Back or forward, and looks at once and when the page is there; False at the end of the history."""
        self.look_for("history", await self.answer("JSON.stringify(navigation.entries().map((one) => one.url))"))
        if not await self.answer("navigation.canGoBack" if by < 0 else "navigation.canGoForward"):
            return False
        before = await self.answer(HERE)
        await self.answer(f"history.go({by})")
        async with asyncio.timeout(5):
            while await self.answer(HERE) == before:
                await asyncio.sleep(0.01)
        for _ in range(2):
            self.look_for(f"step {by}", await self.answer(TEXT))
        return True

    async def answer(self, script: str) -> Any:
        """What a script says of the page, which may just be on its way to another one."""
        async with asyncio.timeout(5):
            while True:
                try:
                    return await asyncio.wait_for(self.page.evaluate(script), 1)
                except (Error, TimeoutError):  # the page went away under the question
                    await asyncio.sleep(0.01)


def printed(pdf: bytes) -> str:
    """The text of a PDF."""
    tool = shutil.which("pdftotext")
    assert tool, "pdftotext is missing: apt-get install poppler-utils"
    return subprocess.run([tool, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def in_files(folder: Path, words: Iterable[str]) -> list[str]:
    """Which words stand in any file of a folder, as bytes of either encoding."""
    contents = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [word for word in words if word.encode() in contents or word.encode("utf-16-le") in contents]


class Unguarded:
    """The same pages, with the guards taken away: no script, a cookie that neither changes nor goes, an address for each page.

    (What has one address is not kept for Back by Chromium: that guards the kiosk, too.)
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cookie = ""
        self._pages = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
        scope = {**scope, "headers": [*others, (b"cookie", self._cookie.encode())]}
        if scope["path"].endswith(".js"):
            scope = {**scope, "path": "/none"}

        async def without_guard(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = Headers(raw=message["headers"]).getlist("set-cookie")
                self._cookie = next((one.partition(";")[0] for one in given if one.startswith("__Host-visit=")), self._cookie)
                headers = MutableHeaders(scope=message)
                del headers["set-cookie"]
                if "clear-site-data" in headers:
                    del headers["clear-site-data"]
                if "location" in headers:
                    self._pages += 1
                    headers["location"] = f"/kiosk?{self._pages}"
            await send(message)

        await self._app(scope, receive, without_guard)


async def opened(context: BrowserContext, here: Here, luck: random.Random) -> Hall:
    page = context.pages[0]
    context.set_default_timeout(10_000)
    await page.goto(here.url)
    hall = Hall(page, context, here, set(), luck)
    hall.start = {line.strip() for line in (await hall.text()).splitlines()} | {"Large text", "High contrast", "Finish and clear"}
    return hall


@pytest.mark.asyncio
async def test_who_comes_after_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    profile = tmp_path / "profile"
    ways = []
    async with kiosk(tmp_path) as here, one_persons_chromium(profile) as context:
        hall = await opened(context, here, random.Random(9))
        for _ in range(SCRIPTS):
            await hall.visit()
            ways.append(await hall.leave())
            await hall.search()
        rows = await here.rows("visit")
    sample = hall.luck.sample(sorted(hall.canaries), min(150, len(hall.canaries)))
    on_disk = in_files(profile, sample)
    seconds = round(time.monotonic() - began)
    report(
        capsys, "walked away", scripts=len(ways), ways=len(set(ways)), looks=hall.looks, canaries=len(hall.canaries),
        found=len(hall.found), on_disk=len(on_disk), visits_left=rows, slowest_wipe=round(hall.slowest, 2), seconds=seconds,
    )  # fmt: skip
    assert hall.found == [] and on_disk == [] and rows == 0
    assert len(hall.canaries) > SCRIPTS and len(set(ways)) == 5 and hall.slowest <= 2
    assert in_files(profile, [here.url]) == [here.url], "what the browser does keep is found by this search"


@pytest.mark.asyncio
async def test_the_same_pages_without_the_guard_leak(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with kiosk(tmp_path, Unguarded) as here, one_persons_chromium(tmp_path / "profile") as context:
        hall = await opened(context, here, random.Random(9))
        await hall.visit()
        await hall.page.locator("header .end").click()
        await hall.page.locator(".languages").wait_for()
        await hall.search()
    report(capsys, "walked away, unguarded", found=len(hall.found), at=len({one.partition(":")[0] for one in hall.found}))
    assert any(one.startswith("step -1") for one in hall.found)
