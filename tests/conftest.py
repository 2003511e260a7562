"""What every test shares: the real policies, read once."""

from pathlib import Path

import pytest
from hypothesis import Phase, settings

from flows.loader import Book, load

ROOT = Path(__file__).resolve().parent.parent
BOOK = load(ROOT / "policies")
CITIES = BOOK.cities

settings.register_profile("luohu", deadline=None, max_examples=150, phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("luohu")


@pytest.fixture(scope="session")
def book() -> Book:
    return BOOK
