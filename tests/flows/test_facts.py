"""Reading what people type: numbers, words, several at once; and never a guess. The table is tests/typed.yaml."""

from collections.abc import Iterator

import opencc
import pytest

from bot.check import _plain
from bot.wording.views import Wording
from conftest import BOOK, CITIES, ROOT
from flows.conversation import Session
from flows.facts import NOTHING, UNSURE, Answer, Fact, NotUnderstood
from flows.loading.yaml import read_yaml
from flows.typed import AGAIN, LONGEST_REPLY, head, plain
from talking import type_in

LANGUAGES = ("zh", "en")
TRADITIONAL = tuple(opencc.OpenCC(way).convert for way in ("s2t", "s2hk", "s2tw"))  # as it is written in three places
NOT = (
    "不",
    "没",
    "没有",
    "未",
    "无",
    "非",
    "别",
    "不是",
    "不想",
    "我没有",
    "我不是",
    "not ",
    "no ",
    "never ",
    "don't ",
    "I am not ",
    "not a ",
)


def read(fact: Fact, said: str, language: str = "zh") -> Answer | None:
    """What a reply is taken for; None if the question is put again."""
    try:
        return fact.read(said, Wording(BOOK, language).labels(fact))
    except NotUnderstood:
        return None


def answer(fact: Fact, option: str) -> Answer | None:
    """An option, or several joined by +, as the answer that it makes."""
    if option in (AGAIN, UNSURE, NOTHING):
        return {AGAIN: None, UNSURE: UNSURE, NOTHING: ()}[option]
    return fact.in_order(option.split(" + ")) if fact.many else option


def table() -> Iterator[tuple[str, str, str, str]]:
    """(city, fact, what is typed, what it is taken for)"""
    text = (ROOT / "tests" / "typed.yaml").read_text(encoding="utf-8")
    rows = _plain(read_yaml(text, "typed.yaml"), {})
    assert isinstance(rows, list)
    for row in rows:
        for option, texts in row["means"].items():
            for said in texts:
                yield row.get("city", "shaoguan"), row["fact"], said, option


def every_question() -> Iterator[tuple[Fact, str]]:
    """Every question as each city puts it, in both languages."""
    asked = {id(fact): fact for city in CITIES for fact in BOOK.city(city).policy.facts.values()}
    for fact in asked.values():
        yield from ((fact, language) for language in LANGUAGES)


def texts(fact: Fact, language: str) -> Iterator[tuple[str, str]]:
    """(option, a text that says it): what is shown, the head of it, and every listed word."""
    for option, label in Wording(BOOK, language).labels(fact).items():
        for text in {label, head(plain(label)), *fact.words.get(option, ())}:
            if text not in fact.words.get(AGAIN, ()):
                yield option, text


@pytest.mark.parametrize(("city", "fact", "said", "option"), list(table()))
def test_typed(city: str, fact: str, said: str, option: str) -> None:
    question = BOOK.fact(fact, city)
    for language in LANGUAGES:
        assert read(question, said, language) == answer(question, option), language


def test_the_table_has_every_question_and_for_each_what_is_asked_again() -> None:
    rows = {(fact, option == AGAIN) for _, fact, _, option in table()}
    asked = {fact for fact, question in BOOK.facts.items() if not question.amount}  # all amounts are read alike: test_amounts
    assert rows == {(fact, again) for fact in asked for again in (True, False)}


@pytest.mark.parametrize(
    "said", ["", " ", "。", "-1", "9" * 5000, "租" * (LONGEST_REPLY + 1), "\ufdfa" * LONGEST_REPLY, "我" * 200, "的" * 200]
)
def test_what_is_no_answer(said: str) -> None:
    assert [fact.id for fact, language in every_question() if read(fact, said, language) is not None] == []


def test_every_label_head_and_word_is_read_as_its_own_option() -> None:
    for fact, language in every_question():
        for option, text in texts(fact, language):
            assert read(fact, text, language) == answer(fact, option), (fact.id, text)
        assert [word for word in fact.words.get(AGAIN, ()) if read(fact, word, language) is not None] == []


@pytest.mark.long
def test_what_is_denied_is_never_read_as_what_was_denied() -> None:
    for fact, language in every_question():
        for option, text in texts(fact, language):
            for denied in NOT if option != NOTHING else ():
                found = read(fact, denied + text, language)
                assert found is None or found != answer(fact, option), (fact.id, denied + text)


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    for fact, _ in every_question():
        for option, text in texts(fact, "zh"):
            for traditional in TRADITIONAL:
                assert read(fact, traditional(text)) == answer(fact, option), (fact.id, text)


@pytest.mark.parametrize(
    "said", ["不知道", "我不清楚", "不晓得", "不确定", "说不清", "忘了", "I don't know", "not sure", "no idea", "dont know"]
)
def test_who_does_not_know_is_understood_at_every_question(said: str) -> None:
    assert {read(fact, said, language) for fact, language in every_question()} == {UNSURE}


@pytest.mark.parametrize(
    "said",
    [
        "2",
        "２",
        "②",
        "2、",
        "2.",
        "（2）",
        "2)",
        "(2)",
        "【2】",
        "[2]",
        "第二个",
        "第2个",
        "第二",
        "二",
        "选2",
        "选第二个",
        "option 2",
        "2nd",
        "second",
        "the second one",
    ],
)
def test_the_ways_to_say_a_number(said: str) -> None:
    assert read(BOOK.facts["housing"], said) == "rented"


def test_a_plain_yes_and_no_wherever_there_is_nothing_but_yes_and_no() -> None:
    asked = [fact for fact in BOOK.facts.values() if set(fact.options) == {"yes", "no"}]
    assert len(asked) > 10
    for fact in asked:
        for said in ("对", "是", "是的", "嗯", "yes", "y", "Yeah"):
            assert read(fact, said) == "yes", (fact.id, said)
        for said in ("不", "不是", "no", "N"):
            assert read(fact, said) == "no", (fact.id, said)
        for said, option in (("有", "yes"), ("没有", "no"), ("没", "no")):
            assert read(fact, said) == (None if fact.id == "owner_can_settle" else option), (fact.id, said)


def test_moves_can_be_typed_in_traditional_characters_too() -> None:
    _, view = type_in(BOOK, Session(phase="asking", facts={"city": "lincang"}), "為什麼問")
    assert any("为什么问" in line for line in view.paragraphs)


def test_several_words_of_several_options_in_english() -> None:
    labels = Wording(BOOK, "en").labels(BOOK.facts["ties"])
    assert BOOK.facts["ties"].read(f"{labels['lives']}; {labels['works']}", labels) == ("lives", "works")
