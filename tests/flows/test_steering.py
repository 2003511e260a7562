"""What leads the interview: each entry of `order`, `inferred` and `narrowed` does what it is there for, and a wrong one is refused.

The tables say again, in answers and questions, what stands in policies/: a line that is lost there is missed here.
"""

from pathlib import Path
from typing import Any

import pytest

from bot.wording import questions
from bot.wording.languages import Language
from conftest import BOOK, CITIES
from flows.conversation import Session, Talk
from flows.facts import Answer, Facts, Inference, Narrowing
from flows.policy import GROUND, Policy
from test_policies_refused import Mistake, assert_named, copy_of_policies, refusal, row, spoil, swap

# ---- what follows ----

EVERYTHING = tuple(BOOK.facts["ground"].options)
TOWN: Facts = {"matter": "move_to_town"}


def having(*grounds: str, **more: Answer) -> Facts:
    return {**TOWN, "ground": grounds, **more}


def without(*grounds: str) -> Facts:
    """Somebody who has everything but these."""
    return having(*(ground for ground in EVERYTHING if ground not in grounds))


FOLLOWS: list[tuple[str, Facts, Facts]] = [  # the city; what was said; what follows, and is not asked
    ("tieling", {"house_owner": "self"}, {"owner_can_settle": "yes"}),
    ("tieling", {"house_owner": "child"}, {"joiner_relation": "parent"}),
    ("tieling", {"house_owner": "spouse"}, {"joiner_relation": "spouse"}),
    ("lincang", {"with_soldier_elders": "own_parents"}, {"joiner_relation": "adult_child", "live_together": "yes"}),
    *(
        ("lincang", {"matter": "child_registration", "parents_nationality": parents}, {"record_problem": "none"})
        for parents in ("one_chinese_one_border", "one_chinese_other_foreign", "neither")
    ),
    ("tieling", having("own_home"), {"housing": "owned"}),
    ("tieling", having("job"), {"housing": "none"}),
    ("tieling", without("own_home", "other_home", "kin"), {"house_acquired": "none"}),
    *((city, having("rented_home"), {"housing": "rented"}) for city in ("lincang", "shaoguan", "wenzhou")),
    *(("tieling", {**TOWN, "housing": home}, {"lives_there": "yes"}) for home in ("rented", "public_rental")),
    *(("lincang", {"housing": home}, {"ties": ("lives",)}) for home in ("rented", "public_rental", "dormitory")),
    ("lincang", {"housing": "owned", "lives_there": "yes"}, {"ties": ("lives",)}),
    *(
        (city, having("other_home", housing=home), {"joiner_relation": "none"})
        for city in ("lincang", "shaoguan", "wenzhou")
        for home in ("dormitory", "none")
    ),
    ("shaoguan", without("job"), {"long_worker": "no"}),
    ("wenzhou", {"matter": "child_registration", "child_registered": "yes"}, {"record_problem": "none"}),
    ("wenzhou", without("job", "insurance"), {"work": "none"}),
    ("wenzhou", without("insurance"), {"insurance": ()}),
    ("lincang", without("diploma"), {"student_stage": "not_student"}),
    ("lincang", having("diploma"), {"student_stage": "graduated"}),
    ("shaoguan", without("skill_or_talent"), {"talent": "none"}),
    *(
        ("lincang", {**TOWN, "joiner_relation": "none", "movers": (mover,)}, {"live_together": "yes"})
        for mover in BOOK.facts["movers"].options
    ),
    *((city, having("job"), {"place_type": "other_town"}) for city in ("shaoguan", "tieling")),
    ("tianshui", TOWN, {"place_type": "other_town"}),
    ("tianshui", {"matter": "join_kin", "movers": ("minor_child",)}, {"live_together": "yes"}),
    ("wenzhou", {"matter": "join_kin", "movers": ("minor_child",)}, {"live_together": "yes"}),
    ("lincang", {"matter": "move_to_village", "movers": ("spouse",)}, {"live_together": "yes"}),
    ("lincang", {"matter": "military_family", "movers": ("spouse",)}, {"live_together": "yes"}),
    ("tieling", {"matter": "join_kin", "owner_can_settle": "no", "movers": ("spouse",)}, {"live_together": "yes"}),
    ("tieling", {"matter": "join_kin", "house_owner": "self", "movers": ("spouse",)}, {"live_together": "yes"}),
    *(
        ("wenzhou", {**TOWN, "county": county}, {"place_type": "urban_district"})
        for county in ("lucheng", "longwan", "ouhai", "dongtou")
    ),
]
FOLLOWS_NOT: list[tuple[str, Facts, str]] = [  # what was said, and what is still to be asked
    *((city, having("other_home", housing="relative_home"), "joiner_relation") for city in ("lincang", "shaoguan", "wenzhou")),
    ("lincang", having("other_home", "kin", housing="dormitory"), "joiner_relation"),
    ("tieling", having("other_home", housing="dormitory"), "joiner_relation"),
    ("tieling", {"house_owner": "parent"}, "joiner_relation"),
    ("tieling", having("own_home", "rented_home"), "housing"),
    ("tieling", having("own_home"), "house_acquired"),
    ("tieling", having("kin"), "house_acquired"),
    ("wenzhou", having("insurance"), "work"),
    ("lincang", {"matter": "child_registration", "parents_nationality": "both_chinese"}, "record_problem"),
    ("lincang", {**TOWN, "joiner_relation": "parent", "movers": ("spouse",)}, "live_together"),
    ("lincang", {**TOWN, "movers": ()}, "live_together"),
    (
        "tieling",
        {"matter": "join_kin", "house_owner": "child", "owner_can_settle": "yes", "movers": ("spouse",)},
        "live_together",
    ),
    ("lincang", {"matter": "join_kin", "housing": "rented"}, "lives_there"),
    ("shaoguan", {"matter": "join_kin", "movers": ("minor_child",)}, "live_together"),
    ("wenzhou", {**TOWN, "county": "ruian"}, "place_type"),
    ("lincang", {"housing": "owned"}, "ties"),
    ("lincang", having(), "work"),  # nobody there is shown work, insurance or a talent to tick
    ("lincang", having("own_home"), "insurance"),
    ("lincang", having("own_home"), "talent"),
    ("shaoguan", having("job"), "insurance"),
    ("tieling", having(), "talent"),
    ("wenzhou", having(), "student_stage"),
]


def policy_of(city: str) -> Policy:
    return BOOK.city(city).policy


def named(case: Any) -> str:
    return "-".join(map(str, case[0].values())) if isinstance(case, tuple) and isinstance(case[0], dict) else str(case)[:60]


@pytest.mark.parametrize(("city", "said", "then"), FOLLOWS, ids=named)
def test_what_follows_is_known_and_not_asked(city: str, said: Facts, then: Facts) -> None:
    known = policy_of(city).known({"city": city, **said})
    assert then.items() <= known.items()


@pytest.mark.parametrize(("city", "said", "then"), FOLLOWS, ids=named)
def test_an_answer_that_was_given_stands_against_what_would_follow(city: str, said: Facts, then: Facts) -> None:
    for fact, answer in then.items():
        other = next(one for one in BOOK.facts[fact].every_answer() if one != answer)
        assert policy_of(city).known({"city": city, **said, fact: other})[fact] == other


@pytest.mark.parametrize(("city", "said", "fact"), FOLLOWS_NOT, ids=named)
def test_what_does_not_follow_is_still_asked(city: str, said: Facts, fact: str) -> None:
    assert fact not in policy_of(city).known({"city": city, **said})


@pytest.mark.parametrize("city", CITIES)
def test_what_nobody_was_shown_says_nothing_by_not_being_ticked(city: str) -> None:
    policy = policy_of(city)
    answers = policy.question(GROUND, TOWN).every_answer()
    for one in policy.inferences:
        accepted = dict(one.when.accepted).get(GROUND)
        assert accepted is None or any(answer not in accepted for answer in answers), (one.fact, one.answer)


def test_every_inference_of_every_city_is_in_the_table() -> None:
    seen = {
        id(one)
        for city, said, then in FOLLOWS
        for one in all_inferences()
        if one.fact in then and one.when.holds({"city": city, **said}) and one in policy_of(city).inferences
    }
    assert [(one.fact, one.answer) for one in all_inferences() if id(one) not in seen] == []


def all_inferences() -> list[Inference]:
    return list({id(one): one for city in CITIES for one in policy_of(city).inferences}.values())


# ---- which options are still offered ----

TOWNS = ("urban_district", "county_seat", "other_town", "township", "village")
KIN = tuple(BOOK.facts["joiner_relation"].options)
URBAN = ("lucheng", "longwan", "ouhai", "dongtou")
COUNTIES = ("ruian", "yueqing", "longgang", "yongjia", "pingyang", "cangnan", "wencheng", "taishun")
OFFERED: list[tuple[str, Facts, str, tuple[str, ...]]] = [  # the city; what was said; a question; what it still offers
    ("tieling", {"house_owner": "parent"}, "joiner_relation", ("minor_child", "adult_child")),
    ("tieling", {"matter": "join_kin"}, "joiner_relation", tuple(kin for kin in KIN if kin != "none")),
    ("tieling", having("other_home"), "housing", ("dormitory", "relative_home", "none")),
    ("tieling", having("rented_home"), "housing", ("rented", "public_rental")),
    ("tieling", {"matter": "move_to_village"}, "place_type", ("township", "village")),
    ("lincang", {"matter": "child_registration"}, "record_problem", ("no_hukou", "resettled", "unplanned_birth", "none")),
    *(("wenzhou", {"county": one}, "place_type", tuple(town for town in TOWNS if town != "county_seat")) for one in URBAN),
    *(("wenzhou", {"county": one}, "place_type", TOWNS[1:]) for one in COUNTIES),
    ("tieling", {}, "place_type", TOWNS),
    ("tieling", {"house_owner": "self"}, "joiner_relation", KIN),
]
CALLED: list[tuple[str, Facts, str, str, str]] = [  # the city; what was said; a question; an option; what it is called there
    ("lincang", {"matter": "child_registration"}, "record_problem", "no_hukou", "没上成"),
    ("lincang", {"matter": "child_registration"}, "record_problem", "none", "刚出生"),
    ("lincang", {"matter": "join_kin"}, "housing", "relative_home", "投靠的家人"),
    ("lincang", {"matter": "join_kin"}, "housing", "rented", "家人租"),
    ("lincang", TOWN, "housing", "rented", "家人租"),
    ("lincang", TOWN, "housing", "relative_home", "自己的房子（借住）"),
    *(
        (city, having("other_home", housing="relative_home"), "joiner_relation", "none", "不是家人的房")
        for city in ("lincang", "shaoguan", "wenzhou")
    ),
    ("lincang", having("other_home", housing="relative_home"), "joiner_relation", "parent", "住在子女家"),
    ("tieling", TOWN, "joiner_relation", "parent", "房主是子女"),
    ("tieling", {**TOWN, "house_owner": "parent"}, "joiner_relation", "adult_child", "满18岁了"),
]
PUT: list[tuple[str, Facts, str, str, str]] = [  # the city; what was said; a question; how it is put; its short name
    ("lincang", having("other_home", housing="relative_home"), "joiner_relation", "住在谁家", "住在谁家"),
    ("lincang", {"matter": "move_to_village"}, "joiner_relation", "去村里投靠谁", "投靠的关系"),
    ("tieling", TOWN, "joiner_relation", "是房主的什么人", "和房主的关系"),
    ("tieling", {**TOWN, "house_owner": "parent"}, "joiner_relation", "满18岁了吗", "成年没有"),
    ("lincang", {"matter": "join_kin", "joiner_relation": "parent"}, "live_together", "和要投靠的那位家人", "和家人同住"),
    (
        "tieling",
        {"matter": "join_kin", "joiner_relation": "parent", "house_owner": "child"},
        "live_together",
        "和房主",
        "和房主同住",
    ),
]


@pytest.mark.parametrize(("city", "said", "fact", "offered"), OFFERED, ids=named)
def test_what_an_answer_speaks_against_is_not_offered(city: str, said: Facts, fact: str, offered: tuple[str, ...]) -> None:
    assert {*policy_of(city).question(fact, {"city": city, **said}).options} == {*offered}


@pytest.mark.parametrize(("city", "said", "fact", "option", "called"), CALLED, ids=named)
def test_an_option_is_called_by_what_it_is_in_the_matter(city: str, said: Facts, fact: str, option: str, called: str) -> None:
    policy = policy_of(city)
    assert called in policy.question(fact, {"city": city, **said}).options[option]
    assert called not in policy.question(fact, {"city": city, "matter": "rights"}).options[option]


@pytest.mark.parametrize(("city", "said", "fact", "asks", "short"), PUT, ids=named)
def test_a_question_is_put_in_the_words_of_the_case(city: str, said: Facts, fact: str, asks: str, short: str) -> None:
    """To whoever asks for themselves and to others, and as an agent reads it out."""
    put = policy_of(city).question(fact, {"city": city, **said})
    aloud = put.aloud.replace("十八", "18"), put.third.replace("十八", "18")
    assert put.short == short and all(asks in text for text in (put.ask, put.ask_you, *aloud))
    assert asks not in policy_of(city).question(fact, {"city": city, "matter": "join_kin"}).ask


@pytest.mark.parametrize(("city", "said", "fact", "asks", "short"), PUT, ids=named)
def test_an_answer_is_shown_with_the_question_that_was_put(city: str, said: Facts, fact: str, asks: str, short: str) -> None:
    answer = next(iter(policy_of(city).facts[fact].every_answer()))
    talk = Talk(BOOK, Session("asking", facts={"city": city, **said, fact: answer}, asks_for="self"))
    shown = [questions.answered(Language("zh"), talk, fact), *(ask for ask, *_ in questions.answers(Language("zh"), talk))]
    assert shown[0].startswith(f"{short}：") and any(asks in one for one in shown[1:])


def test_every_narrowing_of_every_city_is_in_the_tables() -> None:
    told: list[tuple[str, Facts, str]] = [
        *((city, said, fact) for city, said, fact, *_ in PUT),
        *((city, said, fact) for city, said, fact, _ in OFFERED),
        *((city, said, fact) for city, said, fact, _, _ in CALLED),
    ]
    seen = {
        id(one)
        for city, said, fact in told
        for one in all_narrowings()
        if one.fact == fact and one.when.holds({"city": city, **said}) and one in policy_of(city).narrowings
    }
    assert [(one.fact, sorted(one.without)) for one in all_narrowings() if id(one) not in seen] == []


def all_narrowings() -> list[Narrowing]:
    return list({id(one): one for city in CITIES for one in policy_of(city).narrowings}.values())


# ---- what is asked first ----

FIRST: list[tuple[str, str, Facts, tuple[str, ...]]] = [  # the city; the matter; what is answered; what is asked, in order
    (
        "lincang",
        "join_kin",
        {"joiner_relation": "spouse", "mover_citizen": "yes"},
        ("joiner_relation", "mover_citizen", "place_type"),
    ),
    ("wenzhou", "join_kin", {"county": "lucheng"}, ("county", "joiner_relation")),
    (
        "lincang",
        "move_to_village",
        {"rural_origin": "yes", "hukou_kind": "town", "origin_village": "yes", "return_reason": "farming", "origin_land": "self"},
        ("rural_origin", "hukou_kind", "origin_village", "return_reason", "origin_land", "lives_there"),
    ),
    ("tieling", "study", {"student_stage": "graduated"}, ("student_stage", "school_kind")),
    (
        "lincang",
        "military_family",
        {"soldier_relation": "spouse", "follow_army": "unwilling", "with_soldier_elders": "yes"},
        ("soldier_relation", "follow_army", "with_soldier_elders", "elders_hukou"),
    ),
    (
        "lincang",
        "military_family",
        {"soldier_relation": "spouse", "follow_army": "unwilling", "with_soldier_elders": "no"},
        ("soldier_relation", "follow_army", "with_soldier_elders", "soldier_home"),
    ),
    (
        "lincang",
        "child_registration",
        {"parents_nationality": "one_chinese_one_border", "child_registered": "no", "chinese_parent_hukou": "here"},
        ("parents_nationality", "child_registered", "chinese_parent_hukou", "child_birthplace"),
    ),
    ("lincang", "residence_permit", {"hukou_place": "elsewhere"}, ("hukou_place", "ties")),
]


def first_asked(city: str, matter: str, answers: Facts, most: int) -> tuple[str, ...]:
    """The first questions of a talk, with these answers and else the first option that there is."""
    said: dict[str, Answer] = {"city": city, "matter": matter}
    asked: list[str] = []
    while len(asked) < most and (fact := policy_of(city).next_fact(said)) is not None:
        asked.append(fact)
        said[fact] = answers.get(fact) or policy_of(city).question(fact, said).every_answer()[0]
    return tuple(asked)


@pytest.mark.parametrize(("city", "matter", "answers", "asked"), FIRST, ids=named)
def test_a_matter_starts_with_what_it_is_about(city: str, matter: str, answers: Facts, asked: tuple[str, ...]) -> None:
    assert first_asked(city, matter, answers, len(asked)) == asked


def test_every_order_is_in_the_table() -> None:
    assert {matter for city in CITIES for matter in policy_of(city).order} == {matter for _, matter, *_ in FIRST}


# ---- what is refused ----

INFERRED = 'inferred:\n  - when: {house_owner: [self]}\n    then: {owner_can_settle: "yes"}\n'
NARROWED = "  - when: {house_owner: [parent]}\n    fact: joiner_relation\n    without: [spouse,"
LABEL = "      none: 刚出生，或者还没去上过\n"

# fmt: off
MISTAKES = [
    row("order of an unknown matter", "facts", swap("  study: [student_stage", "  studies:◄ [student_stage"), "studies", "是不是 study"),
    row("order with an unknown fact", "facts", swap("  residence_permit: [hukou_place", "  residence_permit: [hukou_plaza◄"), "hukou_plaza", "是不是 hukou_place"),
    row("order that is no list", "facts", swap("  residence_permit: [hukou_place, ties]\n", "  residence_permit: ties◄\n"), "列表"),
    row("inferred without then", "facts", swap(INFERRED, "inferred:\n  - when:◄ {house_owner: [self]}\n"), "then"),
    row("inferred without when", "facts", swap(INFERRED, "inferred:\n  - then:◄ {owner_can_settle: \"yes\"}\n"), "when"),
    row("inferred from an unknown fact", "facts", swap(INFERRED, INFERRED.replace("{house_owner:", "{house_owners:◄")), "house_owners", "是不是 house_owner"),
    row("inferred from an unknown option", "facts", swap(INFERRED, INFERRED.replace("[self]", "[selves]◄")), "selves"),
    row("inferred, an unknown fact", "facts", swap(INFERRED, INFERRED.replace("owner_can_settle", "owner_may_settle◄")), "owner_may_settle", "是不是 owner_can_settle"),
    row("inferred, an unknown option", "facts", swap(INFERRED, INFERRED.replace('"yes"', "often◄")), "often"),
    row("inferred, one for several", "facts", swap("then: {insurance: []}", "then: {insurance: resident_only}◄"), "列表"),
    row("inferred, unquoted", "facts", swap(INFERRED, INFERRED.replace('"yes"', "yes◄")), "yes", "引号"),
    row("inferred, quiet in another way", "facts", swap("看专门写他们的那一条\n    quiet: \"yes\"", "看专门写他们的那一条\n    quiet: \"no\"◄"), "no"),
    row("inferred with an unknown key", "facts", swap(INFERRED, INFERRED.replace("    then:", "    thus:◄")), "thus", "是不是 then"),
    row("inferred in a city", "tianshui", swap("then: {place_type: other_town}", "then: {place_type: other_towns}◄"), "other_towns", "是不是 other_town"),
    row("narrowed without a fact", "facts", swap(NARROWED, NARROWED.replace("    fact: joiner_relation\n", "").replace("- when:", "- when:◄")), "fact"),
    row("narrowed, an unknown fact", "facts", swap(NARROWED, NARROWED.replace("joiner_relation", "joiner_relations◄")), "joiner_relations", "是不是 joiner_relation"),
    row("narrowed, an unknown option", "facts", swap(NARROWED, NARROWED.replace("[spouse,", "[spouses◄,")), "spouses", "是不是 spouse"),
    row("narrowed in an unknown situation", "facts", swap(NARROWED, NARROWED.replace("[parent]", "[parents]◄")), "parents", "是不是 parent"),
    row("narrowed, a label for nothing", "facts", swap(LABEL, LABEL.replace("none:", "nobody:◄")), "nobody"),
    row("narrowed, put in one way of three", "tieling", swap("    aloud: 请问您是房主的什么人？就是房产证上写名字的那个人。\n", ""), "缺少 aloud", at="  - when: {matter: [move_to_town]}\n    fact: joiner_relation"),
    row("narrowed, called by too long a name", "tieling", swap("short: 和房主的关系", "short: 和房主是什么样的关系呢◄"), "short"),
    row("narrowed, an empty label", "facts", swap(LABEL, '      none: ""◄\n'), "空"),
    row("narrowed of a city", "wenzhou", swap("    without: [county_seat]", "    without: [county_seats]◄"), "county_seats", "是不是 county_seat"),
    row("not in the document, unknown", "tieling", swap("  proxy:\n", "  proxies:◄\n"), "proxies", "是不是 proxy"),
    row("not in the document, empty", "facts", swap("  days: 要几天", '  days: ""◄'), "空"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_line(mistake: Mistake, tmp_path: Path) -> None:
    folder = copy_of_policies(tmp_path)
    line = spoil(folder, mistake.file, mistake.edit, mistake.at)
    assert_named(refusal(folder), mistake.file, line, *mistake.names)
