"""A real browser: Debian's Chromium through Playwright, as people use it; and what axe finds on a page.

async with chromium() as browser:
    page = await browser.new_page(**TALL)
    assert await faults(page) == []
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypedDict

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from needs import BROWSER, needs

CHROMIUM = shutil.which("chromium") or "chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_WAY_BACK = "--disable-back-forward-cache"  # Playwright's own flag: without it Back shows pages as they were left
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]  # target-size runs only when it is named


class Screen(TypedDict, total=False):
    """What Playwright is told of one."""

    viewport: ViewportSize
    reduced_motion: Literal["reduce"]
    locale: str


TALL: Screen = {"viewport": {"width": 1080, "height": 1920}, "reduced_motion": "reduce", "locale": "zh-CN"}
WIDE: Screen = {"viewport": {"width": 1920, "height": 1080}, "reduced_motion": "reduce", "locale": "zh-CN"}
PHONE: Screen = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce", "locale": "zh-CN"}


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """A browser for pages that do not know of each other."""
    needs(*BROWSER)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def one_persons_chromium(profile: Path) -> AsyncIterator[BrowserContext]:
    """A browser as it stands in a hall: one profile on the disk, and Back shows pages as they were left."""
    needs(*BROWSER)
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=FLAGS, ignore_default_args=[NO_WAY_BACK], **TALL
        )
        try:
            yield context
        finally:
            await context.close()


async def faults(page: Page) -> list[str]:
    """What axe finds wrong on a page: rule and place."""
    found = await Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    return [f"{one['id']}: {node['target']}" for one in found.response["violations"] for node in one["nodes"]]


async def boxes(page: Page, selector: str = "button, .choice, a.button") -> list[dict[str, float]]:
    """Where everything stands that can be pressed and is seen: x, y, width, height, with its words."""
    script = """(selector) => [...document.querySelectorAll(selector)].filter((one) => one.offsetParent).map((one) => {
        const {x, y, width, height} = one.getBoundingClientRect();
        return {x, y: y + scrollY, width, height, text: one.textContent.trim()};
    })"""
    found: list[dict[str, float]] = await page.evaluate(script, selector)
    return found


async def too_wide(page: Page) -> float:
    """By how many pixels a page can be moved sideways."""
    wide: float = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def overlapping(found: list[dict[str, float]]) -> list[tuple[Any, Any]]:
    """Pairs of boxes that cover each other."""
    return [
        (one["text"], other["text"])
        for number, one in enumerate(found)
        for other in found[number + 1 :]
        if one["x"] < other["x"] + other["width"] - 1
        and other["x"] < one["x"] + one["width"] - 1
        and one["y"] < other["y"] + other["height"] - 1
        and other["y"] < one["y"] + one["height"] - 1
    ]
