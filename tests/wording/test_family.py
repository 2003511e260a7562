"""Who may move along, said to somebody who does not know yet who will."""

import pytest

from bot.wording import sentences
from bot.wording.cards import family_lines
from bot.wording.languages import LANGUAGES, Language
from bot.wording.people import CHILDREN
from bot.wording.views import Wording
from conftest import BOOK, CITIES
from flows.conversation import AsksFor, Session
from flows.facts import UNSURE, Facts
from flows.routes import Route
from test_cases import RESIDENTS

ROUTES = [route for city in CITIES for route in BOOK.city(city).policy.routes.values() if route.placements]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
def test_nobody_is_told_that_the_document_names_nobody_by_name(route: Route, language: str) -> None:
    policy = BOOK.city(route.id.partition(".")[0]).policy
    words = Language(language)
    said = family_lines(words, policy, policy.judge(route, {"movers": UNSURE}), {"movers": UNSURE})
    assert words(policy.facts["movers"].nothing) not in " ".join(said)
    if route.family is not None and "yes" not in route.family.lists.values() and route.family.lists:
        assert said == (words(sentences.FAMILY_NOT_WRITTEN),)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.family is not None], ids=lambda route: route.id)
def test_everybody_who_would_move_along_is_spoken_of(route: Route) -> None:
    policy, words = BOOK.city(route.id.partition(".")[0]).policy, Language("zh")
    for relation in policy.facts["joiner_relation"].options:
        for together in ("yes", "no", UNSURE):
            everybody = tuple(policy.facts["movers"].options)
            facts: Facts = {"movers": everybody, "live_together": together, "joiner_relation": relation}
            said = " ".join(family_lines(words, policy, policy.judge(route, facts), facts))
            if said != words(sentences.FAMILY_NOT_WRITTEN):
                assert [mover for mover in everybody if words(policy.facts["movers"].options[mover]) not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asks_for", ["", "self", "family"])
def test_who_rings_for_a_relative_says_first_whom_they_mean(asks_for: AsksFor, language: str) -> None:
    mine = Language(language)(sentences.FOR_A_RELATIVE)
    sessions = [Session(language, phase="result", facts=dict(case.facts), asks_for=asks_for) for case in RESIDENTS]
    blocks = [(session, Wording(BOOK, language).sheet(session).block("asks")) for session in sessions]
    told = [
        (session.facts.get("matter") == CHILDREN, mine in block.lines[0]) for session, block in blocks if block and block.lines
    ]
    assert {said for child, said in told if child} == {False}, "the speaker is no child"
    assert any(said for child, said in told if not child) == (asks_for == "family")
    assert all(len(block.chinese) == len(block.lines) for _, block in blocks if block and language != "zh")
