"""Rendering: every button fits, every text is one that Telegram takes, for everything the policies can say."""

import unicodedata
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from bot.talk.visit import Visit, Words, no_visit, vocabulary
from bot.telegram import render
from bot.telegram.markup import split
from bot.telegram.sheet import FIRST, HEAD, texts
from bot.wording.languages import LANGUAGES
from bot.wording.view import Block, Choice, PaperLine
from bot.wording.views import Wording
from botapi import read_html, units
from conftest import BOOK, CITIES
from flows.conversation import Move, Session, Talk
from flows.facts import NOTHING, UNSURE
from flows.policy import that_count
from residents import talk
from talking import current, press, understand
from test_cases import RESIDENTS

OWNER = b"\xff" * 16
OLD = no_visit(BOOK).having(step=36**8 - 1)  # the largest step that a clock gives until the year 2059


def all_words() -> Words:
    """The numbers that a database would give out, after years of changing policies."""
    known = Words()
    for number, word in enumerate(dict.fromkeys(vocabulary(BOOK)), 40_000):
        known._numbers[word], known._words[number] = number, word
    return known


def test_every_button_fits_in_64_bytes_and_reads_back_as_what_it_says() -> None:
    known, tried = all_words(), 0
    button = render.Buttons(OWNER, OLD, known)
    facts = [fact for city in CITIES for fact in BOOK.city(city).policy.facts.values()]
    for move, ids in [
        *(("answer", (fact.id, option)) for fact in facts for option in (*fact.options, UNSURE, NOTHING)),
        *(("tick", (fact.id, option)) for fact in facts for option in fact.options),
        *((move, (fact.id,)) for move in ("done", "change") for fact in facts),
        *(("paper", (paper, state)) for paper in BOOK.papers for state in ("yes", "no")),
        *(("open_topic", (topic,)) for city in CITIES for topic in BOOK.city(city).policy.topics),
        *(("language", (language,)) for language in LANGUAGES),
        *((move, ()) for move in render.LETTERS),
    ]:
        data = button("x", move, *ids).data
        assert len(data.encode()) <= 64
        assert render.pressed(data, known) == render.Press(render.short(OWNER), OLD.step, move, ids)
        tried += 1
    assert tried > 500


def check_messages(shown: tuple[render.Message, ...]) -> None:
    """As Telegram would: texts within the limit and well formed, buttons that say something."""
    for message in shown:
        text, _ = read_html(message.html)
        assert 0 < units(text) <= 4096
        assert units(message.html) <= 4096
        for button in (one for row in message.buttons for one in row):
            assert button.text.strip()
            assert len(button.data.encode()) <= 64
    assert sum(len(row) for message in shown for row in message.buttons) <= 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_case_s_sheet_and_lists_are_messages_that_telegram_takes(language: str) -> None:
    wording, known, sheets = Wording(BOOK, language), all_words(), 0
    for case in RESIDENTS:
        session, _ = talk(Unsure(case.facts), language=language, as_of="2026-11-22")
        session = replace(session, facts={**session.facts, **case.facts})
        visit = Visit(Talk(BOOK, session), step=OLD.step, have=tuple(list(BOOK.papers)[::2]))
        button = render.Buttons(OWNER, visit, known)
        for move in (None, Move("review"), Move("why"), Move("help"), Move("more"), Move("open_topic")):
            view = press(BOOK, session, move)[1] if move else current(BOOK, session)
            check_messages(render.messages(wording, view, visit, button))
            sheets += view.sheet is not None
        sheet = wording.sheet(session)
        if sheet.cards:
            check_messages((render.paper_list(wording, sheet, visit, button),))
    assert sheets == len(RESIDENTS), "a question about the sheet does not show it again"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("city", CITIES)
def test_every_question_and_topic_is_a_message_that_telegram_takes(city: str, language: str) -> None:
    wording, known, policy = Wording(BOOK, language), all_words(), BOOK.city(city).policy
    for fact in policy.facts.values():
        session = Session(language, "2026-11-22", "changing", {"city": city, fact.id: UNSURE}, open=fact.id)
        visit = Visit(Talk(BOOK, session), step=OLD.step, ticked=tuple(fact.options) if fact.many else ())
        check_messages(render.messages(wording, current(BOOK, session), visit, render.Buttons(OWNER, visit, known)))
    for topic in policy.topics:
        visit = Visit(Talk(BOOK, Session(language, "2026-11-22", "topic", {"city": city}, open=topic)), step=OLD.step)
        check_messages(render.messages(wording, current(BOOK, visit.session), visit, render.Buttons(OWNER, visit, known)))


def test_papers_stand_under_their_ground_with_one_button_each() -> None:
    wording = Wording(BOOK, "zh")
    sheets = [wording.sheet(Session(facts=dict(case.facts))) for case in RESIDENTS]
    sheet = max(sheets, key=lambda one: (len({paper.basis for paper in one.papers}), len(one.papers)))
    have = tuple(paper.id for paper in sheet.papers[::2])
    visit = Visit(Talk(BOOK, Session()), step=OLD.step, have=have)
    message = render.paper_list(wording, sheet, visit, render.Buttons(OWNER, visit, all_words()))
    lines = message.html.split("\n")
    assert len({paper.basis == "implied" for paper in sheet.papers}) == 2
    for paper in sheet.papers:
        (line,) = (line for line in lines if line.startswith(("☑ ", "☐ ")) and paper.name in line and paper.detail in line)
        assert line.startswith("☑") == (paper.id in have)
    assert len(lines) == 3 + len(sheet.papers) and len(message.buttons) == len(sheet.papers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_message_of_a_sheet_is_short_and_has_the_answer_the_steps_and_the_way(language: str) -> None:
    wording = Wording(BOOK, language)
    for case in RESIDENTS:
        sheet = replace(wording.sheet(Session(language, "2026-11-22", "result", dict(case.facts))), receipt="123-456-7890-1")
        first, *rest = texts(wording, sheet)
        seen = read_html(first)[0]
        assert len(seen) <= FIRST == 900, case.where
        assert "".join(sheet.title.split()) in "".join(seen.split()) and "<blockquote" not in first
        whole = "".join("".join(read_html(text)[0] for text in (first, *rest)).split())
        for block in sheet.blocks:
            assert all("".join(line.split()) in whole for line in (*block.lines, *block.chinese)), (case.where, block.name)
            assert all("".join(paper.name.split()) in whole for paper in block.papers), (case.where, block.name)
        head = [line for block in sheet.blocks if block.name in HEAD for line in block.lines]
        if sum(map(len, head)) < FIRST - 200:
            assert all(line in seen for line in head), case.where
        assert "123-456-7890-1" in whole and sheet.footer[0].split()[0] in "".join(rest)


@pytest.mark.parametrize("city", ["other", UNSURE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shortest_sheet_is_one_message_with_its_buttons(language: str, city: str) -> None:
    """Telegram refuses a message without text, and with it the buttons would be gone."""
    session = Session(language, "2026-11-22", "result", {"city": city})
    view, visit = current(BOOK, session), Visit(Talk(BOOK, session), step=OLD.step)
    (only,) = render.messages(Wording(BOOK, language), view, visit, render.Buttons(OWNER, visit, all_words()))
    assert read_html(only.html)[0].strip() and only.buttons


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_begins_with_its_title_and_says_where_to_go_once(language: str) -> None:
    wording, known = Wording(BOOK, language), all_words()
    for case in RESIDENTS:
        session = Session(language, "2026-11-22", "result", dict(case.facts))
        view, visit = current(BOOK, session), Visit(Talk(BOOK, session), step=OLD.step)
        shown = [read_html(one.html)[0] for one in render.messages(wording, view, visit, render.Buttons(OWNER, visit, known))]
        assert view.sheet is not None and shown[0].startswith(view.sheet.title), (case.where, shown[0][:60])
        for block in view.sheet.blocks:
            if block.name == "errand":
                assert all("\n".join(shown).split("\n").count(line) == 1 for line in block.lines), case.where


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_on_the_phone_and_the_number_are_copied_with_one_press(language: str) -> None:
    case = next(case for case in RESIDENTS if Wording(BOOK, "zh").sheet(Session(facts=dict(case.facts))).block("asks"))
    session, _ = talk(Unsure(case.facts), language=language, as_of="2026-11-22")
    visit = Visit(Talk(BOOK, session), step=OLD.step)
    view = current(BOOK, session)
    assert view.sheet is not None
    view = replace(view, sheet=replace(view.sheet, receipt="123-456-7890-1"))
    copies = [
        button.copy
        for row in render.messages(Wording(BOOK, language), view, visit, render.Buttons(OWNER, visit, all_words()))[-1].buttons
        for button in row
        if button.copy
    ]
    asks = Wording(BOOK, "zh").sheet(session).block("asks")
    assert asks is not None
    assert copies == [*asks.lines, "123-456-7890-1"], "in Chinese, as the police station understands it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_shows_the_number_by_which_it_can_be_typed_and_stands_somewhere_in_full(language: str) -> None:
    wording, known = Wording(BOOK, language), all_words()
    for city in BOOK.load_all():
        for fact in city.policy.facts.values():
            session = Session(language, "2026-11-22", "changing", {"city": city.policy.city, fact.id: UNSURE}, open=fact.id)
            labels = list(wording.labels(city.policy.question(fact.id, {"city": city.policy.city})).values())
            for draft in (tuple(fact.options) if fact.many else (), ()):
                visit = Visit(Talk(BOOK, session), step=OLD.step, ticked=draft)
                (*_, shown) = render.messages(wording, current(BOOK, session), visit, render.Buttons(OWNER, visit, known))
                text = read_html(shown.html)[0].split("\n")
                for number, (label, (button,)) in enumerate(zip(labels, shown.buttons, strict=False), 1):
                    mark = "✓ " if draft and number <= len(labels) - 2 else ""
                    assert button.text.startswith(f"{mark}{number}")
                    assert button.text == f"{mark}{number}　{label}" or f"{number}　{label}" in text
                    if not fact.many:
                        assert understand(BOOK, session, str(number)) == understand(BOOK, session, label)
    assert not any(text[0].isdigit() for text in (wording.done_button(), wording.papers_button()))


# ---- width ----


def check_width(messages: Iterable[render.Message]) -> None:
    """As a phone of 390 px shows them: 18 Chinese characters, or what is left of them side by side."""
    for message in messages:
        for row in message.buttons:
            for button in row:
                assert wide(button.text) <= {1: 18, 2: 8.5, 3: 5.5, 4: 4, 5: 3}[len(row)], button.text


def wide(text: str) -> float:
    return sum(1 if unicodedata.east_asian_width(one) in "WFA" else 0.5 for one in text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("city", CITIES)
def test_every_button_of_every_question_topic_and_list_fits_on_a_phone(city: str, language: str) -> None:
    wording, known, policy = Wording(BOOK, language), all_words(), BOOK.city(city).policy
    facts: dict[str, Any] = {"city": city} | {fact.id: UNSURE for fact in policy.facts.values() if fact.id != "city"}
    sessions = [Session(language, "2026-11-22", "changing", facts, open=fact) for fact in facts]
    sessions += [Session(language, "2026-11-22", "topic", {"city": city}, open=topic) for topic in ("", *policy.topics)]
    sessions += [Session(language, "2026-11-22", phase, facts) for phase in ("answers", "result", "new")]
    for session in sessions:
        fact = policy.facts.get(session.open)
        for near in ((), tuple(fact.options)[:3] if fact else ()):
            visit = Visit(Talk(BOOK, session), step=OLD.step, ticked=tuple(fact.options) if fact and fact.many else ())
            button = render.Buttons(OWNER, visit, known)
            check_width(render.messages(wording, replace(current(BOOK, session), near=near), visit, button))
    visit = Visit(Talk(BOOK, Session()), step=OLD.step)
    button = render.Buttons(OWNER, visit, known)
    check_width([render.restart_choice(wording, button), render.language_choice(LANGUAGES.items(), button, "")])
    named = tuple(PaperLine(paper, wording._(name), "named", "") for paper, name in BOOK.papers.items())
    sheet = next(sheet for case in RESIDENTS if (sheet := wording.sheet(Session(facts=dict(case.facts)))).papers)
    shown = render.paper_list(wording, replace(sheet, blocks=(Block("errand", "", (), named),)), visit, button)
    assert len(shown.buttons) == len(named)
    check_width([shown])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_answers_is_text_and_its_buttons_are_numbers_several_in_a_row(language: str) -> None:
    case = max(RESIDENTS, key=lambda one: len(one.facts))
    session = Session(language, "2026-11-22", "answers", dict(case.facts))
    wording, visit = Wording(BOOK, language), Visit(Talk(BOOK, session), step=OLD.step)
    (*_, shown) = render.messages(wording, current(BOOK, session), visit, render.Buttons(OWNER, visit, all_words()))
    text = read_html(shown.html)[0].split("\n")
    counting = that_count(BOOK.policy(case.facts["city"]), case.facts)
    for number, name in enumerate(counting, 1):
        fact, answer = BOOK.fact(name, case.facts["city"]), case.facts[name]
        colon = "：" if language == "zh" else ": "
        assert f"{number} {wording._(fact.short)}{colon}{wording.said(fact, answer)}" in text
    numbers = [[button.text for button in row] for row in shown.buttons if row[0].data.startswith("c.")]
    everything = len(counting) + len(Talk(BOOK, session).inferred)
    assert [one for row in numbers for one in row] == [str(number + 1) for number in range(everything)]
    assert all(len(row) == 5 for row in numbers[:-1]) and len(counting) > 5


def hostile(said: Any) -> Any:
    """The same with "<b>&amp;" put after every string that a person reads."""
    match said:
        case str():
            return f"{said}<b>&amp;" if said else said
        case tuple():
            return tuple(map(hostile, said))
        case PaperLine():
            return replace(said, name=hostile(said.name), detail=hostile(said.detail))
        case Block():
            return replace(said, heading=hostile(said.heading), lines=hostile(said.lines), papers=hostile(said.papers))
        case Choice():
            return replace(said, label=hostile(said.label))
        case Struct():
            read = (name for name in said.__struct_fields__ if name not in ("phase", "fact", "route", "id", "status"))
            return replace(said, **{name: hostile(getattr(said, name)) for name in read})
    return said


@pytest.mark.parametrize("city", CITIES)
def test_every_text_is_escaped_wherever_it_is_shown(city: str) -> None:
    known, wording = all_words(), Wording(BOOK, "zh")
    for case in (one for one in RESIDENTS if one.facts["city"] == city):
        session, _ = talk(Unsure(case.facts), as_of="2026-11-22")
        visit = Visit(Talk(BOOK, session))
        button = render.Buttons(OWNER, visit, known)
        view = current(BOOK, session)
        shown = render.messages(wording, hostile(view), visit, button)
        if view.sheet and view.sheet.cards:
            shown += (render.paper_list(wording, hostile(view.sheet), visit, button),)
        for message in shown:
            assert read_html(message.html)[0].count("<b>&amp;") == message.html.count("&lt;b&gt;&amp;amp;")
        assert sum(message.html.count("&lt;b&gt;") for message in shown) > 5
    check_messages((render.plain_message(["<b>&"]), render.language_choice([("zh", "<b>")], button, "<i>")))


class Unsure(dict[str, Any]):
    """Somebody who is not sure of what they were never asked about."""

    def __missing__(self, fact: str) -> str:
        return UNSURE


@given(st.text(st.characters(codec="utf-8"), max_size=6000), st.integers(60, 3500))
def test_splitting_keeps_every_word_and_every_limit(text: str, longest: int) -> None:
    lines = [line[: longest // 2] for line in text.split("\n")]
    pieces = split(["\n".join(lines), "x"], longest)
    assert all(units(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join("".join(lines).split()) + "x"
