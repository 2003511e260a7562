"""Reading what people type: numbers, words, several at once; and never a guess."""

import pytest

from bot.wording import Wording
from conftest import BOOK
from flows.facts import LONGEST_REPLY, NotUnderstood

READ = [
    ("housing", "2", "rented"),
    ("housing", "２", "rented"),
    ("housing", " 租的房子。", "rented"),
    ("housing", "租的", "rented"),
    ("housing", "出租屋", "rented"),
    ("housing", "自己的房子（自己或配偶名下）", "owned"),
    ("housing", "说不清", "unsure"),
    ("housing", "7", "unsure"),
    ("lives_there", "住在那里", "yes"),
    ("lease_filed", "没办过", "no"),
    ("lease_filed", "办过", "yes"),
    ("ties", "1 3", ("lives", "studies")),
    ("ties", "3,1", ("lives", "studies")),
    ("ties", "住在这里、在这里工作", ("lives", "works")),
    ("ties", "都没有", ()),
    ("ties", "4", ()),
    ("ties", "说不清", "unsure"),
    ("insurance", "职工医保和职工养老", ("employee_medical", "employee_pension")),
]
NOT_READ = [
    ("housing", ""),
    ("housing", "0"),
    ("housing", "8"),
    ("housing", "-1"),
    ("housing", "1 2"),
    ("housing", "9" * 5000),
    ("housing", "房"),
    ("housing", "租" * (LONGEST_REPLY + 1)),
    ("lease_filed", "办备案"),  # stands in “没办备案”: what it would mean without “没” must not be taken for it
    ("lease_filed", "备案"),
    ("owner_consents", "产权人"),
    ("ties", "1 4"),
    ("ties", "1 说不清"),
    ("ties", "9"),
]


@pytest.mark.parametrize(("fact", "said", "answer"), READ)
def test_understood(fact: str, said: str, answer: str | tuple[str, ...]) -> None:
    assert BOOK.facts[fact].read(said, Wording(BOOK, "zh").labels(BOOK.facts[fact])) == answer


@pytest.mark.parametrize(("fact", "said"), NOT_READ)
def test_not_understood(fact: str, said: str) -> None:
    with pytest.raises(NotUnderstood):
        BOOK.facts[fact].read(said, Wording(BOOK, "zh").labels(BOOK.facts[fact]))


def test_several_words_of_several_options_in_english() -> None:
    labels = Wording(BOOK, "en").labels(BOOK.facts["ties"])
    assert BOOK.facts["ties"].read(f"{labels['lives']}; {labels['works']}", labels) == ("lives", "works")


def test_every_label_and_every_word_is_understood_as_its_own_option() -> None:
    for fact in BOOK.facts.values():
        for language in ("zh", "en"):
            labels = Wording(BOOK, language).labels(fact)
            for option, label in labels.items():
                answer = () if option == "nothing" else (option,) if fact.many and option != "unsure" else option
                assert fact.read(label, labels) == answer, (fact.id, label)
        labels = Wording(BOOK, "zh").labels(fact)
        for option, words in fact.words.items():
            for word in words:
                assert fact.read(word, labels) == ((option,) if fact.many else option), (fact.id, word)
