"""Amounts: what people type lands in its range or is asked again; numbers stand once; what an author gets wrong is named."""

import copy
from fractions import Fraction
from pathlib import Path

import pytest

import invented
from flows.amounts import Amount, Filled
from flows.book import PolicyError
from flows.facts import NotUnderstood
from flows.loading.load import load
from flows.loading.numbers import read_units
from flows.typed import NOTHING_AROUND, plain

UNITS = read_units(invented.ROOT / "policies").known
YEARS = Amount(UNITS["year"], (Fraction(3), Fraction(5)))
YUAN = Amount(UNITS["yuan"], (Fraction(10_000),))
LANDS = {
    "under_3": ["0", "半年", "2", "2年", "两年", "两年半", "2.5", "2 years", "half a year", "2 years and 6 months", "30个月", "不到一年",
                "不到3年", "两年多", "一年零三个月"],
    "from_3_to_5": ["3", "三年", "4", "四年半", "四年多", "4 years", "four and a half years", "3年6个月", "36个月", "三年多"],
    "from_5": ["5", "5年", "十年", "十几年", "二十三年", "一百零二年", "5年以上", "超过5年", "6 years or more", "more than 5 years"],
}  # fmt: skip
NOWHERE = ["不到4年", "4年以上", "超过3年", "一百二", "第二个", "2个", "几年", "三四年", "年", "两年四年半月", "abc", "-3", ""]


@pytest.mark.parametrize(("text", "option"), [(text, option) for option, some in LANDS.items() for text in some])
def test_a_number_lands_in_its_range(text: str, option: str) -> None:
    assert YEARS.read(plain(text), NOTHING_AROUND) == option


@pytest.mark.parametrize("text", NOWHERE)
def test_what_may_be_in_two_ranges_or_is_no_amount_lands_nowhere(text: str) -> None:
    assert YEARS.read(plain(text), NOTHING_AROUND) is None


def test_money_has_its_own_words() -> None:
    assert [YUAN.read(plain(text), NOTHING_AROUND) for text in ("1,200块", "1万", "一万五千元", "2.5万元")] == [
        "under_10000", "from_10000", "from_10000", "from_10000",
    ]  # fmt: skip


def test_a_machine_gives_a_number_or_a_range(tmp_path: Path) -> None:
    book = invented.book(tmp_path, "lanpu")
    for number in (6, 6.5, "6", "from_5"):
        assert book.clean({"city": "lanpu", "years_here": number})["years_here"] == "from_5"
    for wrong in (-1, True, "six", [6], float("nan"), "from_4"):
        with pytest.raises(NotUnderstood):
            book.clean({"city": "lanpu", "years_here": wrong})
    assert book.clean({"city": "tieling", "years_here": 6}) == {"city": "tieling"}, "a document that does not look at it"


def test_a_typed_number_is_an_amount_and_no_ordinal(tmp_path: Path) -> None:
    fact = invented.book(tmp_path, "lanpu").fact("years_here", "lanpu")
    assert [fact.read(text, dict(fact.options)) for text in ("2", "我住了六年了", "不到1年")] == [
        "from_1_to_5",
        "from_5",
        "under_1",
    ]


def test_a_sentence_keeps_its_pattern_wherever_it_goes() -> None:
    says = Filled("住满{years_here.urban}年，{people}", {"years_here.urban": "1"})
    assert says == "住满1年，{people}"
    assert copy.copy(says).pattern == says.pattern
    assert Filled("{n} {n:year|years}", {"n": "1"}) == "1 year" and Filled("{n} {n:year|years}", {"n": "3"}) == "3 years"


# ---- what an author can get wrong ----

WRONG = [
    ("at_least: {years_here: town}", "at_least: {years_here: twon}", "town"),
    ("at_least: {years_here: town}", "at_least: {years_here: 1}", "门槛的名字"),
    ("{town: 1, urban: 5}", "{town: 1, urban: 五}", "不是数"),
    ("{town: 1, urban: 5}", "{town: 5, urban: 5}", "只写一次"),
    ("{town: 1, urban: 5}", "{town: 1, urban: 5, old: 9}", "没有用到"),
    ("  insured_years: {urban: 3}", "  housing: {urban: 3}", "不是用数回答的事"),
    ("社保交没交满{insured_years.urban}年", "社保交没交满{insured_years.city}年", "没有 insured_years.city 这个数"),
    ("met: [town]", "met: [twon]", "town"),
    ("  town: {place_type: [county_seat", "  village: {place_type: [county_seat", "已经是 place_type 的选项"),
    (
        "  town: {place_type: [county_seat",
        "  city: {place_type: [urban_district]}\n  town: {place_type: [county_seat",
        "没有用到",
    ),
    ("  stable_home:", "  stable:", "没有 stable_home 这个定义"),
]


@pytest.mark.parametrize(("old", "new", "says"), WRONG)
def test_a_mistake_is_named_with_line_and_mend(old: str, new: str, says: str, tmp_path: Path) -> None:
    folder = invented.policies(tmp_path, "lanpu")
    file = folder / "drafts" / "lanpu" / "lanpu.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    place = text.rindex(old)
    file.write_text(text[:place] + new.replace("\\n", "\n") + text[place + len(old) :], encoding="utf-8")
    line = text[:place].count("\n") + 1
    with pytest.raises(PolicyError) as error:
        load(folder, "lanpu").city("lanpu")
    near = [one for one in error.value.problems if says in f"{one.what}。{one.mend}" and one.mend]
    assert any(one.line in (line, line - 1, line + 1) for one in near) or (says == "没有 stable_home 这个定义" and near), (
        error.value
    )


def test_a_definition_in_itself_is_named(tmp_path: Path) -> None:
    folder = invented.policies(tmp_path, "lanpu")
    file = folder / "drafts" / "lanpu" / "lanpu.yaml"
    text = file.read_text(encoding="utf-8").replace("      - all:\n", "      - is: stable_home\n      - all:\n", 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match="套着它自己"):
        load(folder, "lanpu").city("lanpu")
