"""Lincang's words, branch by branch: each resident reads, and says on the phone, what is true of them alone."""

import pytest

from bot.wording.languages import Language
from bot.wording.sheet import sheet
from bot.wording.view import Sheet
from conftest import BOOK
from flows.conversation import Session
from flows.facts import Facts

CHILD: Facts = {
    "city": "lincang",
    "matter": "child_registration",
    "parents_nationality": "one_chinese_one_border",
    "record_problem": "none",
    "child_registered": "no",
    "child_birthplace": "china",
    "parents_marriage": "certificate",
    "birth_certificate": "yes",
    "child_foreign_nationality": "no",
    "chinese_parent_hukou": "here",
}
MARRIAGES = {"none": "没领结婚证", "foreign_certificate": "外国的结婚证", "after_birth": "出生后才领"}
JOINING: Facts = {
    "city": "lincang",
    "matter": "join_kin",
    "joiner_relation": "parent",
    "place_type": "county_seat",
    "live_together": "yes",
}


def made(facts: Facts) -> Sheet:
    return sheet(BOOK, Language("zh"), Session(facts=dict(facts), as_of="2026-11-22"), as_given=True)


def said(one: Sheet, block: str) -> str:
    return "\n".join(line for each in one.blocks if each.name == block for line in each.lines)


@pytest.mark.parametrize("record", ["none", "no_hukou"])
@pytest.mark.parametrize("certificate", ["yes", "no", "foreign"])
@pytest.mark.parametrize("marriage", MARRIAGES)
def test_each_kind_of_marriage_has_its_own_sentence_to_say(marriage: str, certificate: str, record: str) -> None:
    facts = {**CHILD, "parents_marriage": marriage, "birth_certificate": certificate, "record_problem": record}
    asks = said(made(facts), "asks")
    assert [one for one, words in MARRIAGES.items() if words in asks] == [marriage]


@pytest.mark.parametrize("record", ["none", "no_hukou", "unsure"])
@pytest.mark.parametrize("other", [{"parents_nationality": "neither"}, {"child_foreign_nationality": "yes"}])
def test_nationality_comes_before_everything(other: Facts, record: str) -> None:
    first = made({**CHILD, **other, "record_problem": record}).answer[0]
    assert first.startswith("先要弄清孩子的国籍")


@pytest.mark.parametrize("parent", ["none", "parent_dead"])
@pytest.mark.parametrize("marriage", ["certificate", *MARRIAGES])
def test_nobody_without_a_booklet_says_that_the_hukou_is_there(marriage: str, parent: str) -> None:
    facts = {**CHILD, "parents_marriage": marriage, "birth_certificate": "no", "chinese_parent_hukou": parent}
    asks = said(made(facts), "asks")
    assert asks and "户口在你们那里" not in asks


def test_a_child_of_two_citizens_is_told_what_to_bring_where() -> None:
    answer = "".join(
        made(
            {"city": "lincang", "matter": "child_registration", "parents_nationality": "both_chinese", "record_problem": "none"}
        ).answer
    )
    assert "没有写" in answer and "出生医学证明" in answer and "户口所在地的派出所" in answer


@pytest.mark.parametrize("home", ["rented", "public_rental"])
def test_who_joins_kin_in_a_rented_home_reads_of_the_owner_first(home: str) -> None:
    one = made({**JOINING, "housing": home})
    assert "但房子是租的" in one.answer[0] and "产权人" in said(one, "steps").split("\n")[0]
    assert "租" not in made({**JOINING, "housing": "relative_home"}).answer[0]
