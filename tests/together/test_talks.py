"""Whole talks by typed text, as in the terminal: every route is reached by one, in both languages for every city."""

from pathlib import Path
from typing import Any

import pytest

import talking
from bot import check
from bot.talk.typed import COMMANDS
from bot.wording.languages import Language
from bot.wording.text import view_text
from conftest import BOOK, CITIES, ROOT
from flows.conversation import Session
from flows.loading.yaml import read_yaml


def talks() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted(Path(ROOT / "tests" / "talks").glob("*.yaml")):
        some = check._plain(read_yaml(path.read_text(encoding="utf-8"), path.name), {})
        assert isinstance(some, list)
        found += some
    return found


TALKS = talks()


@pytest.mark.parametrize("one", TALKS, ids=lambda one: one["id"])
def test_talk(one: dict[str, Any]) -> None:
    session, view = talking.begin(BOOK, Session(language=one["language"], as_of="2026-11-22"))
    for said in one["says"]:
        before = session.facts
        session, view = talking.type_in(BOOK, session, said)
        assert session.facts != before or said in COMMANDS["more"], f"not understood: {said}"
    assert view.phase == "result"
    policy = BOOK.policy(session.facts["city"])
    assert policy is not None
    shown = {card.route: card.status for card in view.sheet.cards} if view.sheet else {}
    assert one["reaches"].items() <= shown.items()
    assert view_text(Language(one["language"]), view)


def test_every_route_is_reached_and_every_city_in_both_languages() -> None:
    reached = {route for one in TALKS for route in one["reaches"]}
    assert reached == {route for city in CITIES for route in BOOK.city(city).policy.routes}
    for city in CITIES:
        assert {one["language"] for one in TALKS for route in one["reaches"] if route.startswith(city)} == {"zh", "en"}
