"""What is read out on the phone: short, out of the sheet's own sentences, and nothing that only a reader could follow."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from bot.rehearse import rehearse
from bot.wording import sentences
from bot.wording.languages import SOURCE, Language
from bot.wording.spoken import CHARACTERS, POINTS, WORDS, length, said_without_brackets, spoken
from conftest import BOOK, CITIES, ROOT
from flows.conversation import Session
from flows.facts import Facts
from residents import Resident, residents
from test_questions import read_questions

LANGUAGES = ("zh", "en")
ASKED = {question.id: question.facts for question in read_questions(ROOT / "tests" / "questions")}

ALOUD: dict[str, tuple[str, ...]] = {
    "lincang-home-of-the-soldier": (
        "要迁户口的人和爱人可以申请把户口落在军人买的这套房子里。",
        "去房子所在地的派出所。",
        "去之前打个电话。",
    ),
    "lincang-grandson": (
        "还要先弄清：人均住房面积够不够当地的标准。",
        "打电话问当地住建、房管部门，标准是多少、按几口人算，再对照房产证上的面积。",
        "到时候，再去一起住的地方的派出所。",
    ),
    "tieling-graduate-home-to-village": (
        "要迁户口的人可以申请把户口从学校集体户迁回原籍，原籍在村里也可以。",
        "先问学校，户口怎么从集体户迁出来。",
        "去原籍地的派出所。",
        "去之前打个电话。",
    ),
    "wenzhou-at-a-loss": ("还说不清不要紧。", "都拿不准，就带上身份证、户口本，到想落户的地方的派出所问。"),
    "lincang-exam-here": ("文件里写了11样权益和服务。您想了解哪一样？",),
}


def aloud(facts: Facts, language: str = SOURCE) -> tuple[str, ...]:
    return spoken(BOOK, Language(language), rehearse(BOOK, facts, language).talk.session)


@pytest.mark.parametrize("question", ALOUD)
def test_the_answer_the_first_step_and_where_to_go(question: str) -> None:
    assert aloud(ASKED[question]) == ALOUD[question]


def test_what_is_lacking_is_told_with_what_to_do_about_it_before_what_comes_then() -> None:
    said = aloud(ASKED["lincang-tenant-of-four"])
    assert "还差" in said[0]
    assert said[1].startswith("先问产权人")
    assert said[-1].startswith("到时候，再去")


def test_who_asks_for_themselves_is_spoken_to() -> None:
    session = replace(rehearse(BOOK, ASKED["lincang-home-of-the-soldier"]).talk.session, asks_for="self")
    assert spoken(BOOK, Language(SOURCE), session)[0].startswith("您和爱人可以申请")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_city_without_a_document_is_said(language: str) -> None:
    words = Language(language)
    assert spoken(BOOK, words, Session(language=language, facts={"city": "other"}))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", ASKED)
def test_every_question_is_answered_in_a_quarter_of_a_minute(question: str, language: str) -> None:
    held = rehearse(BOOK, ASKED[question], language)
    kept_to_the_time(held.talk.session, language)
    said = spoken(BOOK, held.words, held.talk.session)
    head = said_without_brackets(held.words, " ".join(held.head.split()))
    go = held.words(sentences.GO_TO, station="")  # on paper to ring may be a step
    lead = {held.words(sentence).partition("{")[0] for sentence in (sentences.GO_LATER, sentences.WHICH_RIGHT)}
    assert [
        one for one in said if one.rstrip(".。") not in head and not go.endswith(one) and not one.startswith(tuple(lead))
    ] == []


@given(residents())
@settings(max_examples=100)
def test_anybody_is_answered_in_a_quarter_of_a_minute(resident: Resident) -> None:
    for language in LANGUAGES:
        kept_to_the_time(rehearse(BOOK, resident, language).talk.session, language)


def kept_to_the_time(session: Session, language: str) -> None:
    words = Language(language)
    said = spoken(BOOK, words, session)
    assert said
    assert len(said) == 1 or length(words, said) <= (CHARACTERS if language == SOURCE else WORDS)
    assert [one for one in said if POINTS.search(one)] == [], "the caller sees no page"
    assert [one for one in said if "（" in one] == [], "nobody can say a bracket"


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("zh", "孩子投靠父母（第（五）条），要住在一起。", "孩子投靠父母，要住在一起。"),
        ("zh", "按第（五）条，他（她）要住在县（市）里。", "按第五条，他要住在县、市里。"),
        ("zh", "问爸爸（或妈妈）户口所在地的派出所（文件以外）。", "问爸爸或妈妈户口所在地的派出所，这是文件以外的。"),
        ("zh", "还差：房产证（或者购房发票加购房合同）。", "还差：房产证，或者购房发票加购房合同。"),
        (
            "en",
            "You may apply (Section 5). Ask there (not from the document).",
            "You may apply. Ask there, not from the document.",
        ),
    ],
)
def test_what_stands_in_brackets_is_said_in_its_place(language: str, written: str, said: str) -> None:
    assert said_without_brackets(Language(language), written) == said


READ_OUT = re.compile(r"“([^”]*[？?][^”]*)”")  # a question between quotation marks is put to somebody on the phone


def read_out() -> Iterator[str]:
    """Every sentence that residents read to a police station, and every question that an agent reads to a caller."""
    for fact in BOOK.facts.values():
        yield from (fact.aloud, fact.third.replace("他（她）", "他"), fact.ask_child)  # both are the same sound
    yield from (sentences.FOR_A_RELATIVE, sentences.FOR_A_PARENT)
    for policy in (BOOK.city(city).policy for city in CITIES):
        told = [*policy.silent.values(), *policy.refused.values(), *policy.not_in_document.values()]
        for route in policy.routes.values():
            told += [route.steps, *route.answers.values(), *(need.texts.cure for need in route.needs.leaves())]
            needs = (*route.needs.needs, *route.needs.leaves())
            yield from (line.says for lines in (route.asks, *(need.texts.question for need in needs)) for line in lines)
        yield from (said for lines in told for line in lines for said in READ_OUT.findall(line.says))


def test_what_is_read_out_has_no_brackets() -> None:
    """Nobody knows how to say them, nor whether what stands in them is to be said. A clause's number is said with them."""
    said = [re.sub(r"第（[一二三四五六七八九十]+）条", "", one) for one in read_out()]
    assert len(said) > 500
    assert [one for one in said if "（" in one] == []


def test_nobody_is_asked_aloud_for_what_their_city_does_not_offer() -> None:
    """What one has there is read out from the options, which are each city's own."""
    ground, offers = BOOK.facts["ground"], [offer for city in CITIES if (offer := BOOK.city(city).policy.grounds)]
    assert offers
    for option in {option for option in ground.options for offer in offers if option not in offer}:
        assert [word for word in ground.words[option] if word in f"{ground.aloud}{ground.third}"] == []
