"""The desk's own pages in a real browser: coming in, accounts, a phone, figures; axe finds nothing, and Back shows nothing."""

import os
import re
from datetime import date, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Page

from bot.clock import today
from browser import Screen, chromium, faults, one_persons_chromium, too_wide
from clerk import OWN, desk_open

pytestmark = pytest.mark.long


SCREEN: Screen = {"viewport": {"width": 1366, "height": 768}, "reduced_motion": "reduce"}


async def looks_right(page: Page, name: str) -> None:
    """No fault that axe knows, nothing out of the window, and no word of the policy against scripts and styles broken."""
    assert await faults(page) == [], name
    assert await too_wide(page) == 0, name
    if folder := os.environ.get("SCREENS"):
        await page.screenshot(path=Path(folder) / f"desk-{name}.png", full_page=True)


def tallied() -> list[tuple[str, str, str, str, str, int]]:
    """Counts of a month, as a hall might have them."""
    last = date.fromisoformat(today())
    rows = []
    for back in range(40):
        day = (last - timedelta(back)).isoformat()
        for number, fact in enumerate(("city", "matter", "county", "place_type", "housing", "ties", "insurance")):
            channel = ("telegram", "kiosk", "desk")[(back + number) % 3]
            for what, count in (
                ("shown", 40 - 3 * number),
                ("answered", 30 - 3 * number),
                ("unsure", number),
                ("left", number % 3),
            ):
                rows.append((day, channel, what, "tianshui", fact, count + back % 5))
        for number, status in enumerate(("fits", "fits_if", "local_rules", "none")):
            rows.append((day, "kiosk", status, "tianshui", "tianshui.open-settlement", 8 - number))
    return rows


@pytest.mark.asyncio
async def test_every_page_of_the_door_in_a_browser(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk, chromium() as browser:
        for row in tallied():
            desk.alter("INSERT INTO tally (day, channel, what, city, subject, number) VALUES (?, ?, ?, ?, ?, ?)", *row)
        page = await browser.new_page(**SCREEN)
        broken: list[str] = []
        page.on("console", lambda message: broken.append(message.text) if "Content Security Policy" in message.text else None)
        await page.goto(f"{desk.url}/desk")
        await looks_right(page, "login")
        await page.fill("#name", "admin")
        await page.fill("#password", "not this one")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".problem")
        await looks_right(page, "login-wrong")
        await page.fill("#password", desk.password)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk/password")
        await looks_right(page, "password")
        await page.fill("#password", desk.password)
        await page.fill("#new", OWN)
        await page.fill("#again", OWN)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk")

        await page.goto(f"{desk.url}/desk/staff")
        for name, role in (("mei", "agent"), ("wang.xiaoming", "supervisor")):
            await page.fill("#name", name)
            await page.select_option("#role", role)
            await page.click("button[value=add]")
            assert re.fullmatch(r"[a-z0-9-]{19}", await page.inner_text(".given .secret"))
        await looks_right(page, "staff-given")
        assert await page.locator("tr:has-text('admin') button, tr:has-text('admin') summary").count() == 0, "not oneself"
        await page.reload()
        assert await page.query_selector(".given") is None and await page.locator("tr:has-text('wang.xiaoming')").count() == 1, (
            "once"
        )
        await page.click("tr:has-text('mei') summary:has-text('给一次性密码')")
        await page.click("tr:has-text('mei') details[open] >> text=不了")
        assert await page.query_selector(".given") is None
        await page.click("tr:has-text('mei') summary:has-text('停用')")
        assert "mei 会马上退出" in await page.inner_text("tr:has-text('mei') details[open]")
        await looks_right(page, "staff-sure")
        await page.click("tr:has-text('mei') details[open] button")
        await page.wait_for_selector("tr.off")
        assert await page.query_selector(".given") is None, "shown once"
        await looks_right(page, "staff")

        await page.goto(f"{desk.url}/desk/totp")
        await looks_right(page, "totp")
        secret = (await page.inner_text(".steps .secret")).replace(" ", "")
        await page.fill("#code", pyotp.TOTP(secret).now())
        await page.fill("#password", OWN)
        await page.click("main button")
        await page.wait_for_selector("text=已开通")
        await looks_right(page, "totp-on")

        await page.goto(f"{desk.url}/desk/figures")
        await looks_right(page, "figures")
        await page.emulate_media(media="print")
        to_press = "button, .button, nav a, input, select, summary"
        assert not [one for one in await page.locator(to_press).all() if await one.is_visible()], "nothing to press is printed"
        assert "30 天" in await page.inner_text(".paper")
        await page.emulate_media(media="screen")
        await page.goto(f"{desk.url}/desk/figures?days=7&channel=phone")
        await looks_right(page, "figures-none")
        await page.goto(f"{desk.url}/desk/policies")
        await looks_right(page, "policies")
        await page.goto(f"{desk.url}/desk/nothing")
        await looks_right(page, "error")
        assert broken == []


@pytest.mark.asyncio
async def test_after_leaving_the_way_back_shows_nothing(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk, one_persons_chromium(tmp_path / "profile") as context:
        await desk.member("chief", "supervisor")
        page = await context.new_page()
        await page.goto(f"{desk.url}/desk/login")
        await page.fill("#name", "chief")
        await page.fill("#password", OWN)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk")
        await page.goto(f"{desk.url}/desk/staff")
        assert "chief" in await page.content()
        await page.click("text=退出")
        await page.wait_for_url("**/desk/login")
        for _ in range(3):
            await page.go_back(wait_until="commit")
            assert "chief" not in await page.content()
            assert page.url in (f"{desk.url}/desk/login", "about:blank")
