"""What every test shares: the real policies, read once. Where CI is set, a skipped test is a failed one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from bot.wording import languages
from flows.book import Book
from flows.loading.load import load
from postgres import either_store, session_server  # noqa: F401  # the fixtures `store` and `postgres`

ROOT = Path(__file__).resolve().parent.parent
BOOK = load(ROOT / "policies")
CITIES = BOOK.cities

settings.register_profile("luohu", deadline=None, max_examples=150, phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("luohu")


@pytest.fixture(scope="session")
def book() -> Book:
    return BOOK


LONGEST_FIRST = ("kiosk", "hotline", "together", "telegram", "flows")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders with browsers and waits come first: begun last, a long file would run alone while the other worker is idle."""
    order = {folder: place for place, folder in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.parent.name, len(order)))  # a stable sort: what shares a file stays together


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if reporter and os.environ.get("CI") and skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"{len(skipped)} skipped: in CI nothing may be skipped")


@pytest.fixture(autouse=True, scope="module")
def _published_texts_go_with_their_module() -> Iterator[None]:
    """What a service in this process took over of published policies would be read in place of the catalogues after it."""
    yield
    languages._brought.clear()
