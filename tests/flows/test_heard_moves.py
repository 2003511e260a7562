"""What was heard waits for a yes: the moves of a session, by the machine alone."""

import pytest
from msgspec.structs import replace

import talking
from conftest import BOOK
from flows.conversation import Move, Pending, Reply, Session, Talk
from flows.facts import Facts, NotUnderstood
from talking import take

STORY = Pending({"housing": "rented", "county": "ruian", "matter": "move_to_town", "city": "wenzhou"})


def begun(facts: Facts | None = None) -> Session:
    session, _ = take(BOOK, Session(as_of="2026-11-22"), Move("begin"))
    for fact, answer in (facts or {}).items():
        session, _ = take(BOOK, session, Move("tell", fact, answer))
    return session


def after(session: Session, *moves: Move) -> tuple[Session, Reply]:
    reply = Reply("new")
    for move in moves:
        session, reply = take(BOOK, session, move)
    return session, reply


def hear(pending: Pending) -> Move:
    return Move("hear", heard=pending)


def test_nothing_counts_before_a_yes_and_city_and_matter_come_first() -> None:
    session, reply = after(begun(), hear(STORY))
    assert reply.phase == "heard" and session.facts == {}
    assert [*session.heard.facts] == ["city", "matter", "county", "housing"]
    assert talking.due(BOOK, session) == "city", "and nothing follows from it"


def test_a_yes_makes_answers_in_one_step_and_one_step_back_undoes_it() -> None:
    session, _ = after(begun({"city": "wenzhou"}), hear(STORY))
    assert "city" not in session.heard.facts, "what is known is not asked again"
    yes, reply = after(session, Move("agree"))
    assert yes.facts == STORY.facts and reply.aside == "agreed" and not yes.heard.is_shown
    back, _ = after(yes, Move("back"))
    assert back.facts == {"city": "wenzhou"} and back.phase == "asking"


def test_a_step_back_to_the_yes_undoes_all_of_it_and_what_came_after_first() -> None:
    session, _ = after(begun(), hear(STORY), Move("agree"))
    asked = talking.asked(BOOK, session)
    assert asked is not None
    later, _ = after(
        session, Move("answer", asked, BOOK.fact(asked, "tieling").values_of(BOOK.fact(asked, "tieling").options)[0])
    )
    assert later.facts != session.facts
    assert after(later, Move("back"))[0].facts == session.facts
    assert after(later, Move("back"), Move("back"))[0].facts == {}


def test_back_after_a_yes_takes_back_the_yes_and_no_correction_since() -> None:
    lives = begun({"city": "wenzhou", "matter": "move_to_town", "ties": ("lives",)})
    yes, _ = after(lives, hear(Pending({"county": "ruian", "housing": "rented"})), Move("agree"))
    mended, _ = after(yes, Move("review"), Move("change", "ties"), Move("answer", "ties", ("works",)))
    assert after(mended, Move("back"))[0].facts == {"city": "wenzhou", "matter": "move_to_town", "ties": ("works",)}


def test_back_after_a_yes_leaves_no_place_without_its_city() -> None:
    """An answer about the city that goes goes with it, also where it was corrected after the yes."""
    yes, _ = after(begun(), hear(STORY), Move("agree"))
    mended, _ = after(yes, Move("review"), Move("change", "county"), Move("answer", "county", "wencheng"))
    assert mended.together and after(mended, Move("back"))[0].facts == {}


def test_back_after_another_city_never_brings_the_old_one() -> None:
    yes, _ = after(begun({"city": "wenzhou"}), hear(Pending({"county": "ruian", "housing": "rented"})), Move("agree"))
    other, _ = after(yes, Move("review"), Move("change", "city"), Move("answer", "city", "lincang"))
    assert after(other, Move("back"), Move("back"))[0].facts.get("city") in ("lincang", None)


def test_a_yes_to_whom_it_is_for_leaves_no_answers_to_take_back() -> None:
    """As it is kept: what was answered before a yes is known beside what the yes made answers."""
    said = begun({"city": "wenzhou"})
    assert after(said, hear(Pending(asks_for="family")), Move("agree"))[0] == replace(said, asks_for="family")


def test_that_one_asks_for_oneself_is_shown_only_beside_what_was_heard() -> None:
    """Alone it is nothing to say yes to: no screen asks “is that right?” of nothing."""
    doubt = {"city": ("wenzhou", "tieling")}
    session, reply = after(begun(), hear(Pending({}, doubt, "self")))
    assert reply.phase == "asking" and session.heard == Pending({}, doubt)
    known = begun({"city": "wenzhou", "matter": "move_to_town", "housing": "rented"})
    assert after(known, hear(Pending({"housing": "rented"}, asks_for="self")))[0].heard == Pending()
    session, reply = after(begun(), hear(Pending({"city": "wenzhou"}, asks_for="self")))
    assert reply.phase == "heard" and session.heard.asks_for == "self"
    assert after(session, Move("drop", "city"))[1].phase == "asking"
    assert after(session, Move("agree"))[0].asks_for == "self"


def test_another_answer_is_shown_as_a_change_and_undone_with_the_rest() -> None:
    before = begun({"city": "tieling", "matter": "move_to_town", "housing": "owned"})
    session, _ = after(before, hear(Pending({"housing": "rented", "matter": "move_to_town"})))
    assert session.heard.facts == {"housing": "rented"}
    yes, reply = after(session, Move("agree"))
    assert yes.facts["housing"] == "rented" and reply.aside == "changed"
    assert after(yes, Move("back"))[0].facts == before.facts


def test_another_city_takes_the_old_one_s_answers_away_and_a_step_back_brings_them_back() -> None:
    before = begun({"city": "wenzhou", "matter": "move_to_town", "county": "ruian", "housing": "rented"})
    yes, reply = after(before, hear(Pending({"city": "tieling"})), Move("agree"))
    assert yes.facts == {"city": "tieling", "matter": "move_to_town"}
    assert reply.aside == "kept"
    assert after(yes, Move("back"))[0].facts == before.facts


def test_one_is_altered_and_the_others_wait() -> None:
    opened, reply = after(begun(), hear(STORY), Move("alter", "housing"))
    assert (reply.phase, reply.fact) == ("altering", "housing") and opened.facts == {}
    again, reply = after(opened, Move("answer", "housing", "owned"))
    assert reply.phase == "heard" and again.heard.facts == {**STORY.facts, "housing": "owned"}
    assert after(opened, Move("back"))[0].heard.facts == STORY.facts


def test_a_question_that_is_opened_is_the_one_of_the_city_that_was_heard() -> None:
    opened, _ = after(begun(), hear(STORY), Move("alter", "county"))
    assert Talk(BOOK, opened).question("county").options.keys() == BOOK.fact("county", "wenzhou").options.keys()
    with pytest.raises(NotUnderstood):
        after(opened, Move("answer", "county", "changtu"))
    elsewhere, _ = after(opened, Move("back"), Move("alter", "city"), Move("answer", "city", "tieling"))
    assert "county" not in elsewhere.heard.facts and elsewhere.heard.facts["housing"] == "rented"


def test_one_is_taken_out_and_without_any_there_is_nothing_to_say_yes_to() -> None:
    session, reply = after(begun(), hear(STORY), Move("drop", "housing"))
    assert reply.phase == "heard" and "housing" not in session.heard.facts
    session, reply = after(session, *(Move("drop", fact) for fact in session.heard.facts))
    assert reply.phase == "asking" and session == begun()
    with pytest.raises(NotUnderstood):
        after(session, Move("drop", "housing"))


@pytest.mark.parametrize("move", ["refuse", "back", "restart"])
def test_no_to_all_leaves_nothing(move: str) -> None:
    before = begun({"city": "tieling"} if move != "restart" else {})
    session, reply = after(before, hear(STORY), Move(move))  # type: ignore[arg-type]  # one of three
    assert session == before and reply.phase == "asking"
    assert reply.aside == ("refused" if move == "refuse" else "")


def test_an_ordinary_answer_ends_the_waiting() -> None:
    session, _ = after(begun({"city": "tieling"}), hear(STORY), Move("review"), Move("change", "city"))
    session, _ = after(session, Move("answer", "city", "wenzhou"))
    assert not session.heard.is_shown and session.facts == {"city": "wenzhou"}


def test_whoever_looks_at_something_beside_it_comes_back_to_it() -> None:
    session, _ = after(begun({"city": "wenzhou"}), hear(STORY))
    for away in (Move("review"), Move("open_topic", "permit-rights")):
        gone, reply = after(session, away)
        assert reply.phase != "heard"
        back, reply = after(gone, Move("back"))
        assert reply.phase == "heard" and back.heard == session.heard


def test_what_is_left_open_is_asked_next_between_these() -> None:
    facts: Facts = {"city": "wenzhou", "matter": "join_kin"}
    usual = talking.due(BOOK, begun(facts))
    session, reply = after(begun(), hear(Pending(facts, {"joiner_relation": ("spouse", "parent")})), Move("agree"))
    assert usual != "joiner_relation"
    assert (reply.fact, reply.near) == ("joiner_relation", ("spouse", "parent"))
    session, reply = after(begun(), hear(Pending({}, {"city": ("tieling", "wenzhou")})))
    assert (reply.phase, reply.fact, reply.near) == ("asking", "city", ("wenzhou", "tieling"))
    session, reply = after(session, Move("answer", "city", "tieling"))
    assert session.heard == Pending() and reply.near == ()


def test_what_the_matter_cannot_use_is_not_shown() -> None:
    session, _ = after(begun(), hear(Pending({"city": "tieling", "matter": "child_registration", "talent": "bachelor"})))
    assert "talent" not in session.heard.facts
    session, _ = after(begun(), hear(Pending({"city": "tieling", "county": "ruian"})))
    assert "county" not in session.heard.facts, "of another city"


def test_what_is_told_while_it_waits_is_told_and_the_rest_goes_on_waiting() -> None:
    session, reply = after(begun(), hear(STORY), Move("tell", "city", "wenzhou"))
    assert reply.phase == "heard" and session.facts == {"city": "wenzhou"}
    assert [*session.heard.facts] == ["matter", "county", "housing"]


def test_what_was_agreed_before_a_city_was_known_is_not_lost_with_the_city() -> None:
    session, reply = after(begun(), hear(Pending({"housing": "rented"})), Move("agree"))
    assert (reply.fact, session.facts) == ("city", {"housing": "rented"})
    assert after(session, Move("answer", "city", "wenzhou"))[0].facts == {"housing": "rented", "city": "wenzhou"}


def test_who_asks_for_a_relative_is_taken_down_with_the_rest() -> None:
    session, reply = after(begun(), hear(Pending({"city": "tieling"}, {}, "family")))
    assert reply.phase == "heard" and session.asks_for == ""
    assert after(session, Move("agree"))[0].asks_for == "family"
    assert after(session, Move("refuse"))[0].asks_for == ""
