"""What is shown again is true now: the answers that count, the day, the number on the sheet, and whether the rules changed."""

from dataclasses import replace

import pytest

from bot.hotline import screen
from bot.talk.presses import begun
from bot.talk.visit import Visit, no_visit
from bot.wording import questions
from bot.wording.languages import Language
from conftest import BOOK, CITIES
from flows.conversation import Move, Session, Talk, take
from flows.facts import Answer
from flows.policy import that_count

RENTED: dict[str, Answer] = {
    "city": "lincang", "matter": "move_to_town", "place_type": "county_seat", "housing": "rented", "lease_filed": "yes",
    "owner_consents": "yes",
}  # fmt: skip


def listed(talk: Talk) -> tuple[str, ...]:
    """The facts on the list of answers, which is the slip's, too; and on the desk's."""
    said = tuple(move.subject for _, _, move in questions.answers(BOOK, Language("zh"), talk.session))
    assert tuple(known.fact for known in screen.view(talk).known) == said
    return said


def test_an_answer_that_counts_no_more_is_on_no_list_and_counts_again_when_it_matters_again() -> None:
    visit, _ = begun(no_visit(BOOK))
    talk = visit.talk.become(replace(visit.session, facts=RENTED))
    assert listed(talk) == tuple(RENTED)
    talk, _ = take(talk, Move("tell", "housing", "owned"))
    assert listed(talk) == ("city", "matter", "place_type", "housing")
    assert talk.facts["lease_filed"] == "yes", "it is kept"
    talk, _ = take(talk, Move("tell", "housing", "rented"))
    assert listed(talk) == tuple(RENTED)


@pytest.mark.parametrize("city", CITIES)
def test_whatever_was_just_asked_counts(city: str) -> None:
    """A talk that answers everything by the first option: nothing that it is asked is off the list at once."""
    talk = Talk(BOOK, Session(phase="asking", facts={"city": city}))
    while talk.due is not None:
        fact = talk.due
        talk, _ = take(talk, Move("answer", fact, talk.fact(fact).every_answer()[0]))
        assert fact in that_count(talk.policy, talk.facts)
    assert listed(talk)


def test_what_belonged_to_another_citys_questions_counts_no_more() -> None:
    visit = Visit(Talk(BOOK, Session(phase="asking", facts=RENTED | {"hukou_kind": "village", "movers": ("spouse",)})))
    talk, _ = take(visit.talk, Move("tell", "city", "wenzhou"))
    assert "hukou_kind" in talk.facts and "hukou_kind" not in listed(talk)
    assert "movers" in listed(talk)
