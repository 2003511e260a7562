"""Sheets of people drawn at random who looked at other routes, too: what was asked is answered first, and what was found is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from msgspec.structs import replace

from bot.hotline import screen as hotline
from bot.wording import sentences
from bot.wording.answer import Case
from bot.wording.cards import MOST
from bot.wording.languages import LANGUAGES, Language, all_texts, capital
from bot.wording.people import PERMIT
from bot.wording.questions import answers
from bot.wording.sheet import case_of, sheet
from bot.wording.text import head_lines, view_text
from bot.wording.view import Sheet
from bot.wording.views import view
from conftest import BOOK
from flows.conversation import Move, Session, Talk
from flows.facts import UNSURE
from residents import Resident, crowd, talk_to_the_end
from talking import take

MANY, SEED = 300, 23
ZH = Language("zh")


@dataclass(frozen=True)
class Looked:
    resident: Resident
    case: Case
    sheet: Sheet

    @property
    def head(self) -> str:
        return "\n".join(head_lines(ZH, self.sheet))


@cache
def looked() -> tuple[Looked, ...]:
    """Every fifth of them is not sure what they want."""
    return tuple(
        _looked(resident | {"matter": UNSURE} if n % 5 == 0 else resident) for n, resident in enumerate(crowd(MANY, SEED))
    )


def _looked(resident: Resident) -> Looked:
    session, _ = talk_to_the_end(resident)
    case = case_of(BOOK, ZH, session)
    assert case is not None
    return Looked(resident, case, sheet(BOOK, ZH, session))


def test_the_answer_stays_with_what_was_asked() -> None:
    for one in looked():
        lead = one.case.lead
        assert lead is None or lead.route in one.case.policy.in_question(one.case.facts), (lead.route.id, one.resident)
        first = [card.route for card in one.sheet.cards[:1]]
        assert lead is None or lead.status == "none" or first == [lead.route.id], (lead.route.id, first, one.resident)


def test_what_was_found_besides_stands_in_the_answer() -> None:
    found = [(card.title, one) for one in looked() for card in one.sheet.cards if card.status == "fits"]
    unsaid = [
        (title, one.resident)
        for title, one in found
        if f"“{title}”" not in "".join(one.sheet.answer) and title != ZH(one.case.lead.route.title if one.case.lead else "")
    ]
    assert len(found) > MANY / 4 and unsaid == [], unsaid[:3]


def test_of_what_was_found_besides_it_says_what_to_ask() -> None:
    cards = [(card, one) for one in looked() for card in one.sheet.cards if one.case.lead is None]
    ask = ZH(sentences.POINT_ASK_POLICE).partition("{")[0]
    asks = {
        (card.route, says.says)
        for card, one in cards
        for says in one.case.policy.said(one.case.policy.routes[card.route].asks, one.case.facts)[:MOST]
        if not any(f"{ask}“{says.says}”" == point for point in card.points)
    }
    assert len(cards) > MANY / 10 and not asks, sorted(asks)[:3]


def test_a_refusal_names_the_clauses_of_what_was_asked_alone() -> None:
    refused = [one for one in looked() if one.case.outcome.kind == "none" and one.case.lead is None]
    found = 0
    for one in refused:
        asked = one.case.policy.in_question(one.case.facts)
        others = {one.case.policy.routes[card.route].clause for card in one.sheet.cards} - {route.clause for route in asked}
        found += len(others)
        cited = one.sheet.answer[0].rpartition("（")[2] if one.sheet.answer[0].endswith("）") else ""
        assert [clause for clause in others if clause in cited] == [], one.sheet.answer[0]
    assert found > 10


def test_whoever_did_not_know_what_they_want_gets_what_came_out() -> None:
    unsure = [one for one in looked() if one.case.facts["matter"] == UNSURE]
    assert len(unsure) == MANY / 5 and any(one.case.outcome.kind == "fits" for one in unsure)
    assert not any(one.case.outcome.kind in ("overview", "open") for one in unsure)


def test_a_permit_is_for_whoever_lives_here_and_a_hukou_for_whoever_moves() -> None:
    said = set()
    for one in looked():
        lead, permits = one.case.lead, [route for route in one.case.policy.routes.values() if PERMIT in route.matters]
        for line in one.sheet.answer:
            leads = line == one.sheet.answer[0] and lead is not None and lead.route in permits
            about_a_permit = leads or any(line.startswith(f"另外一条路，“{ZH(route.title)}”") for route in permits)
            assert (sentences.THE_MOVER if about_a_permit else sentences.THE_RESIDENT) not in line, line
            said |= {about_a_permit} if sentences.THE_MOVER in line or sentences.THE_RESIDENT in line else set()
    assert said == {True, False}


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_childs_matter_it_is_the_child_throughout(language: str) -> None:
    words = Language(language)
    others = [called(words(name)) for name in (sentences.THE_MOVER, sentences.THE_RESIDENT) for called in (str, capital)]
    for resident in crowd(40, SEED):
        for text in everything_shown(resident | {"matter": "child_registration"}, language):
            assert not any(other in text for other in others), text


def everything_shown(resident: Resident, language: str) -> Iterator[str]:
    """A talk to its last sheet, screen by screen, and as an agent sees it; from where it is known what it is about."""
    session, reply = take(BOOK, Session(language=language), Move("begin"))
    while reply.aside != "more_none":
        if "matter" in session.facts:
            talk = Talk(BOOK, replace(session, language=language))
            yield view_text(Language(language), view(Language(language), talk, reply))
            yield from (f"{asked} {answer}" for asked, answer, _ in answers(Language(language), talk))
            on_the_line = hotline.view(talk)
            yield from on_the_line.opening
            yield from (on_the_line.question.ask, on_the_line.question.chinese) if on_the_line.question else ()
        move = Move("answer", reply.fact, resident[reply.fact]) if reply.fact else Move("more")
        session, reply = take(BOOK, session, move)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_on_whoever_moves_calls_them_by_the_same_name(language: str) -> None:
    """Else nobody could be called otherwise in it."""
    words = Language(language)
    texts = [text.says for text in all_texts(BOOK) if sentences.THE_MOVER in text.says]
    assert len(texts) > 20
    assert [says for says in texts if words(sentences.THE_MOVER) not in words(says).lower()] == []
