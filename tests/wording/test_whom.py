"""Who asks need not be whom it is about: what a document says is said of whoever it concerns, not of the reader."""

import pytest

from bot.rehearse import rehearse
from bot.wording import sentences
from bot.wording.languages import LANGUAGES, Language
from bot.wording.people import CHILDREN, read_out, together
from bot.wording.views import Wording
from conftest import BOOK, CITIES
from flows.conversation import AsksFor, Session
from flows.facts import Facts
from flows.routes import Route

OF_THEIR_OWN = [
    route for city in CITIES for route in BOOK.city(city).policy.routes.values() if route.family is not None and route.family.own
]
UNMARRIED: Facts = {
    "city": "lincang", "matter": CHILDREN, "parents_nationality": "one_chinese_one_border", "child_registered": "no",
    "chinese_parent_hukou": "here", "child_birthplace": "china", "parents_marriage": "none", "birth_certificate": "yes",
    "child_foreign_nationality": "no",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asks_for", ["", "self", "family"])
def test_who_asks_for_a_child_says_first_that_the_parent_is_meant(asks_for: AsksFor, language: str) -> None:
    """A grandparent reads out what the father or mother would say."""
    facts = rehearse(BOOK, UNMARRIED).talk.session.facts
    made = Wording(BOOK, language).sheet(Session(language, phase="result", facts=facts, asks_for=asks_for))
    block, words = made.block("asks"), Language(language)
    assert block is not None and "父母没有领结婚证" in Wording(BOOK, "zh").sheet(Session(phase="result", facts=facts)).answer[0]
    assert (words(sentences.FOR_A_PARENT) in block.lines[0]) is (asks_for == "family")
    assert words(sentences.FOR_A_RELATIVE) not in block.lines[0]


@pytest.mark.parametrize("asks_for", ["", "self", "family"])
def test_what_is_asked_of_a_child_is_read_out_as_of_a_child(asks_for: AsksFor) -> None:
    for fact in (one for one in BOOK.facts.values() if one.ask_child):
        assert "孩子" in (said := "".join(read_out(fact, {"matter": CHILDREN}, asks_for))) and "您" not in said
        assert [bool(one) for one in read_out(fact, {}, asks_for)] == [asks_for != "family", asks_for != "self"]


@pytest.mark.parametrize("route", OF_THEIR_OWN, ids=lambda route: route.id)
def test_who_joins_somebody_else_does_not_join_together(route: Route) -> None:
    """A child joins its parents; its parents, who move too, do not join its parents with it. Its brother does."""
    assert route.family is not None
    policy, words = BOOK.city(route.id.partition(".")[0]).policy, Language("zh")
    for mover, situations in route.family.own.items():
        for relation in policy.facts["joiner_relation"].options:
            facts: Facts = {"joiner_relation": relation, "movers": (mover,), "live_together": "yes"}
            if any(when.holds(facts) for when in situations):
                judged = policy.judge(route, facts)
                assert judged.family["own"] == (mover,)
                alone = together(words, policy, facts, "self", judged) == words(sentences.YOU)
                assert alone is (mover not in ("spouse", "siblings"))
