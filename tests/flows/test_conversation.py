"""The conversation: one machine, one reply a turn, nothing changed by what is out of place."""

import contextlib
import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import talking
from bot.talk.typed import COMMANDS
from bot.wording import sentences
from bot.wording.languages import LANGUAGES
from bot.wording.views import Wording
from conftest import BOOK
from flows.conversation import MACHINE, MOVES, PHASES, Move, Pending, Phase, Reply, Session, Talk
from flows.facts import UNSURE, Answer, Facts, NotUnderstood
from readme import WRITTEN, refreshed
from residents import Resident, crowd, residents, talk
from talking import show, take

WORDS = [word for words in COMMANDS.values() for word in words]
LABELS = [label for fact in BOOK.facts.values() for label in fact.options.values()]
ODD = ["1 2", "说不清", "都没有", "１", "²", "1" * 5000, "\x00", "\u202e改", "‮", "<b>", "{x}", "%s"]
TYPED = st.one_of(st.sampled_from(WORDS + LABELS + ODD), st.integers(-1, 14).map(str), st.text(max_size=40))
RENTER: Facts = {
    "city": "shaoguan", "matter": "move_to_town", "ground": ("rented_home",), "place_type": "county_seat", "housing": "rented", "movers": (),
}  # fmt: skip
HEARD = Pending({"city": "tieling", "housing": "rented"}, {"matter": ("move_to_town", "join_kin")})
NAMES: list[str] = sorted({name for name, *_ in MOVES} | {"why", "help", "nonsense"})


def forged(name: str, subject: str = "", value: Answer = "") -> Move:
    return Move(name, subject, value)  # type: ignore[arg-type]  # what no button says


def at(phase: Phase) -> Session:
    """A session in a phase, come to it by the machine."""
    session = Session(as_of="2026-11-22")
    if phase == "new":
        return session
    moves = {
        "asking": [],
        "answers": [Move("answer", "city", "tianshui"), Move("review")],
        "changing": [Move("answer", "city", "tianshui"), Move("review"), Move("change", "city")],
        "heard": [Move("hear", heard=HEARD)],
        "altering": [Move("hear", heard=HEARD), Move("alter", "city")],
        "result": [Move("answer", "city", "other")],
        "topic": [
            Move("answer", "city", "tianshui"),
            Move("answer", "matter", "rights"),
            Move("answer", "asked_to_give_up_land", "no"),
            Move("open_topic", "health"),
        ],
        "closed": [Move("leave")],
    }[phase]
    for move in [Move("begin"), *moves]:
        session, _ = take(BOOK, session, move)
    assert session.phase == phase
    return session


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", NAMES)
def test_a_move_is_in_the_table_or_changes_nothing(phase: Phase, name: str) -> None:
    session = at(phase)
    before = copy.deepcopy(session)
    try:
        after, reply = take(BOOK, session, forged(name))
    except NotUnderstood:
        assert name in ("answer", "tell", "change", "untell", "open_topic", "alter", "drop")
        return
    assert session == before, "the session given is never touched"
    assert reply.phase == after.phase
    rows = [row for row in MOVES if row[0] == name and phase in row[1]]
    if rows:
        assert after.phase in {row[2] for row in rows} or (reply.aside, after) == ("more_none", before)
    else:
        assert after == before
        assert reply.aside in ("why", "help", "out_of_place")


@given(st.lists(TYPED, max_size=40), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=300)
def test_any_typed_text_in_any_phase_gives_exactly_one_reply(said: list[str], language: str) -> None:
    session, view = talking.begin(BOOK, Session(language=language, as_of="2026-11-22"))
    for text in said:
        session, view = talking.type_in(BOOK, session, text)
        assert view.phase in (session.phase, "restart")
        assert view.phase in ("closed", "answers", "restart") or view.sheet or view.topic or view.choices
        assert BOOK.clean(session.facts) == session.facts


FORGED = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from([*BOOK.facts, "health", "nonsense", ""]),
    st.one_of(st.text(max_size=5), st.just(()), st.sampled_from(["yes", "no", UNSURE, "lincang", "wenzhou"])),
)


@given(st.lists(FORGED, max_size=30))
@settings(max_examples=300)
def test_forged_buttons_are_refused_or_harmless(pressed: list[tuple[str, str, Answer]]) -> None:
    session, _ = take(BOOK, Session(), Move("begin"))
    for name, subject, value in pressed:
        before = copy.deepcopy(session)
        try:
            session, reply = take(BOOK, session, forged(name, subject, value))
        except NotUnderstood:
            assert session == before
        else:
            assert reply.phase == session.phase
            assert BOOK.clean(session.facts) == session.facts


def test_an_old_question_s_button_changes_nothing() -> None:
    session = at("asking")
    session, _ = take(BOOK, session, Move("answer", "city", "tianshui"))
    after, reply = take(BOOK, session, Move("answer", "city", "lincang"))
    assert (after, reply.aside, reply.fact) == (session, "stale", "matter")


@given(residents())
@settings(max_examples=60)
def test_back_returns_through_every_question_asked(resident: Resident) -> None:
    session, asked = talk(resident)
    for fact in reversed(asked):
        session, reply = take(BOOK, session, Move("back"))
        assert reply.fact == fact
    assert session.facts == {}


@given(residents())
@settings(max_examples=60)
def test_back_leads_through_every_sheet_from_which_one_looked_at_other_routes(resident: Resident) -> None:
    session, reply = take(BOOK, Session(), Move("begin"))
    trail = []
    while reply.aside != "more_none":
        trail.append(session)
        move = Move("answer", reply.fact, resident[reply.fact]) if reply.fact else Move("more")
        session, reply = take(BOOK, session, move)
    for before in reversed(trail[:-1]):
        session, _ = take(BOOK, session, Move("back"))
        assert session == before


def test_back_from_a_look_at_other_routes_leads_to_the_sheet_with_the_answers_kept() -> None:
    sheet, _ = talk(RENTER)
    looking, reply = take(BOOK, sheet, Move("more"))
    assert reply.fact
    assert take(BOOK, looking, Move("back"))[0] == sheet
    for fact in BOOK.facts:  # told by somebody who takes facts in any order
        if fact in BOOK.city("shaoguan").policy.facts and fact not in looking.facts:
            told, after = take(BOOK, looking, Move("tell", fact, UNSURE))
            if after.fact == reply.fact:
                break
    else:
        raise AssertionError("every fact matters")
    assert take(BOOK, told, Move("back"))[0].facts == sheet.facts


def test_back_from_a_look_that_cannot_be_traced_leads_to_the_sheet_with_every_answer() -> None:
    looking, _ = take(BOOK, talk(RENTER)[0], Move("more"))
    told = {"city": "shaoguan"} | dict(reversed([*looking.facts.items()]))
    looking = replace(looking, facts=told, seen=looking.seen[1:])  # as if the policies had changed meanwhile
    after, reply = take(BOOK, looking, Move("back"))
    assert (after.facts, after.seen, reply.phase) == (looking.facts, (), "result")


@given(st.lists(FORGED, max_size=30))
@settings(max_examples=100)
def test_back_leads_out_of_wherever_forged_buttons_led(pressed: list[tuple[str, str, Answer]]) -> None:
    session, _ = take(BOOK, Session(), Move("begin"))
    for name, subject, value in pressed:
        with contextlib.suppress(NotUnderstood):
            session, _ = take(BOOK, session, forged(name, subject, value))
    for _ in range(len(session.facts) + 4):  # out of a list, out of what was looked at, and then answer by answer
        session, _ = take(BOOK, session, Move("back"))
    assert session.facts == {}


def test_changing_an_answer_goes_straight_back_to_the_result_and_says_what_changed() -> None:
    session, _ = talk(RENTER)
    for move in (Move("review"), Move("change", "housing")):
        session, reply = take(BOOK, session, move)
    session, reply = take(BOOK, session, Move("answer", "housing", "owned"))
    assert (reply.phase, reply.aside, reply.changes) == ("result", "changed", ())
    for move in (Move("review"), Move("change", "place_type")):
        session, reply = take(BOOK, session, move)
    session, reply = take(BOOK, session, Move("answer", "place_type", "village"))
    changed = {change.route: (change.before, change.after) for change in reply.changes}
    assert changed == {"shaoguan.town-home": ("fits", "none"), "shaoguan.join-kin": ("open", "none")}


@pytest.mark.parametrize("said", ["谢谢", "谢谢！", "Thank you.", "好的", "下一步", "帮助", "为什么问", "x" * 5000])
def test_a_remark_on_the_sheet_is_short_and_changes_nothing(said: str) -> None:
    session = at("result")
    after, view = talking.type_in(BOOK, session, said)
    wording = Wording(BOOK, "zh")
    assert (after, view.sheet, view.choices) == (session, None, talking.current(BOOK, session).choices)
    if said[:2] in ("谢谢", "Th", "好的"):
        assert view.paragraphs == (wording.welcome_thanks(),)
    elif len(said) > 2000:
        assert view.paragraphs == (wording(sentences.TOO_LONG, most=2000),)
    elif said == "下一步":
        assert view.paragraphs == (wording.not_understood_at_the_end(),)
    assert wording.welcome_thanks() in talking.type_in(BOOK, at("asking"), "谢谢")[1].paragraphs


def test_what_came_too_early_points_to_what_stands_there() -> None:
    for phase in PHASES[1:-1]:
        for language in LANGUAGES:
            wording, at_once = Wording(BOOK, language), Talk(BOOK, at(phase))
            [said] = wording.view(at_once, at_once.reply("early")).paragraphs[:1]
            assert ("题" in said or "question" in said) == (phase in ("asking", "changing", "altering")), (phase, said)
            assert ("下面" in said or "below" in said) == (phase != "result"), (phase, said)
            if phase == "result":
                assert wording(sentences.CHANGE_ANSWERS) in said, "what is offered there"


def test_for_whom_is_asked_stands_above_the_first_question() -> None:
    for said in ("给家人问", "给自己问"):
        session, view = talking.type_in(BOOK, at("asking"), said)
        assert (view.echo, view.whom) == (f"✓ {said}", ())
        assert talking.type_in(BOOK, session, "天水")[1].echo == "✓ 城市：天水"


def test_another_city_says_that_answers_stay_only_where_there_are_some() -> None:
    alone: Facts = {"city": "tianshui"}
    more: Facts = {**alone, "matter": "move_to_town", "movers": ()}
    for facts, says in ((alone, False), (more, True)):
        session = Session(phase="changing", facts=facts, open="city", as_of="2026-11-22")
        view = talking.press(BOOK, session, Move("answer", "city", "lincang"))[1]
        assert (Wording(BOOK, "zh")(sentences.OTHER_CITY) in view.paragraphs) == says


def test_where_no_talk_goes_on_the_button_that_begins_one_is_named() -> None:
    for language in LANGUAGES:
        view = Wording(BOOK, language).view(Talk(BOOK, Session(language=language)), Reply("new", "forwarded"))
        assert f"“{view.commands[0].label}”" in view.paragraphs[-1]


def test_only_what_leads_somewhere_is_offered() -> None:
    offered = {phase: {choice.move.name for choice in talking.current(BOOK, at(phase)).commands} for phase in PHASES}
    assert offered["asking"] == {"why", "restart", "help", "leave"}, "the first question has nothing before it"
    second, _ = take(BOOK, at("asking"), Move("answer", "city", "tianshui"))
    assert {"back", "review"} <= {choice.move.name for choice in talking.current(BOOK, second).commands}
    assert "review" not in offered["result"], "it stands among the choices"
    assert (offered["new"], offered["closed"]) == ({"begin"}, {"begin"})


@given(residents())
@settings(max_examples=60)
def test_a_look_at_other_routes_is_offered_where_it_leads_to_a_question(resident: Resident) -> None:
    session, reply = take(BOOK, Session(), Move("begin"))
    while reply.aside != "more_none":
        offered = Talk(BOOK, session).has_more
        move = Move("answer", reply.fact, resident[reply.fact]) if reply.fact else Move("more")
        session, reply = take(BOOK, session, move)
        assert move.name == "answer" or offered == (reply.fact is not None)


def test_who_told_everything_but_the_matter_is_asked_for_it_after_the_sheet() -> None:
    told = [{fact: answer for fact, answer in resident.items() if fact != "matter"} for resident in crowd(200, 7, "lincang")]
    sheets = [Session(phase="result", facts=facts) for facts in told if Talk(BOOK, Session(facts=facts)).due is None]
    for sheet in sheets:
        assert Talk(BOOK, sheet).has_more and take(BOOK, sheet, Move("more"))[1].fact == "matter"
    assert sheets


def test_leaving_and_starting_again_forget_the_answers() -> None:
    for name in ("leave", "restart"):
        session, _ = take(BOOK, at("topic"), Move(name))
        assert (session.facts, session.seen, session.open) == ({}, (), "")


def test_every_phase_can_be_entered_and_shown_again() -> None:
    for phase in PHASES:
        session = at(phase)
        assert show(BOOK, session)[1].phase == phase
    assert set(MACHINE.states) == set(PHASES)


def test_the_diagram_and_the_talks_in_the_docs_are_the_program_s_own() -> None:
    for page in WRITTEN:
        text = page.read_text(encoding="utf-8")
        assert text == refreshed(text), "run make docs"


def test_a_city_that_is_taken_back_takes_along_what_was_said_about_it() -> None:
    session, _ = take(BOOK, Session(as_of="2026-11-22"), Move("begin"))
    said = {"city": "tianshui", "matter": "move_to_town", "county": "qinzhou", "place_type": "urban_district"}
    for fact, answer in said.items():
        session, _ = take(BOOK, session, Move("tell", fact, answer))
    for move in (Move("untell", "city"), Move("tell", "city", "wenzhou")):
        session, _ = take(BOOK, session, move)
    assert session.facts == {"matter": "move_to_town", "city": "wenzhou"}
