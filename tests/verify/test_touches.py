"""What tests/kiosk tries once of each kind, on every screen, at every pace: two touches on one place, and a phone's visit that is over."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from browser import PHONE, TALL
from test_leaving import over_on_the_phone
from test_touch import browser, here, one_answer, one_press_everywhere  # noqa: F401  # the fixtures, too
from visitor import Here

pytestmark = pytest.mark.asyncio(loop_scope="module")
APART = (150, 300, 500)  # milliseconds


@pytest.mark.parametrize("apart", APART)
@pytest.mark.parametrize("size", [TALL, PHONE], ids=["kiosk", "phone"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_two_touches_on_one_place_are_one_answer(
    browser: Browser,  # noqa: F811
    here: Here,  # noqa: F811
    scripts: bool,
    size: dict[str, Any],
    apart: int,
) -> None:
    await one_answer(browser, here, scripts, size, apart)


@pytest.mark.parametrize("apart", APART)
async def test_nor_does_a_second_touch_on_lists_sheets_answers_and_topics(
    browser: Browser,  # noqa: F811
    here: Here,  # noqa: F811
    apart: int,
) -> None:
    await one_press_everywhere(browser, here, apart)


@pytest.mark.parametrize("key", ["", "sesame"])
@pytest.mark.parametrize("way", ["end", "asleep", "asleep and pressed"])
async def test_a_phones_visit_that_is_over_says_so_and_never_asks_for_the_staffs_key(
    tmp_path: Path,
    browser: Browser,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    way: str,
) -> None:
    await over_on_the_phone(tmp_path, browser, monkeypatch, key, way)
