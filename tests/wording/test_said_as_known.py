"""A sheet says what is known of this person and what the document says: nothing as known that is in doubt, nothing that it lacks."""

from collections.abc import Iterator
from itertools import product

import pytest

from bot.rehearse import rehearse
from bot.wording.cards import place_lines
from bot.wording.languages import Language
from bot.wording.sheet import case_of, sheet
from bot.wording.text import folded_lines, head_lines
from conftest import BOOK, CITIES, ROOT
from flows.conversation import Session
from flows.facts import UNSURE, Answer, Facts
from flows.policy import Policy
from flows.routes import Route
from test_cases import RESIDENTS

WORDS = Language("zh")
ROUTES = [route for city in CITIES for route in BOOK.city(city).policy.routes.values() if route.placements]


def head(facts: Facts, language: str = "zh") -> str:
    words = Language(language)
    return "\n".join(head_lines(words, sheet(BOOK, words, Session(facts=dict(facts)))))


def whole(facts: Facts, language: str = "zh") -> str:
    words = Language(language)
    made = sheet(BOOK, words, Session(facts=dict(facts)))
    return "\n".join((*head_lines(words, made), *folded_lines(words, made)))


def answer(facts: Facts, language: str = "zh") -> str:
    return "\n".join(sheet(BOOK, Language(language), Session(facts=dict(facts))).answer)


def in_doubt(policy: Policy, route: Route) -> Iterator[Facts]:
    """People of whom one thing is not sure or not said that decides where the hukou goes."""
    names = list(dict.fromkeys(fact for placement in route.placements if placement.when for fact in placement.when.facts))
    for name in names:
        others = [one for one in names if one != name]
        for values in product(*(list(policy.facts[one].options)[:3] for one in others)):
            told: dict[str, Answer] = dict(zip(others, values, strict=True))
            told |= {one: (str(value),) for one, value in told.items() if policy.facts[one].many}
            yield from ({**told, name: UNSURE}, told)


# ---- where the hukou goes ----


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
def test_of_several_places_it_is_said_first_what_decides_between_them(route: Route) -> None:
    policy = BOOK.city(route.id.partition(".")[0]).policy
    for facts in in_doubt(policy, route):
        judged = policy.judge(route, facts)
        said = place_lines(WORDS, policy, judged, facts)
        if len({placement.note for placement in judged.placements}) > 1:
            assert said[0].startswith("要先弄清“") and len(said) > 2, (facts, said)
            assert any(policy.facts[fact].short in said[0] for fact in policy.facts if facts.get(fact, UNSURE) == UNSURE), said


COUPLE: Facts = {"city": "lincang", "matter": "join_kin", "joiner_relation": "spouse", "place_type": "urban_district", "movers": (),
                 "live_together": "yes", "mover_citizen": "yes", "hukou_kind": "town", "joined_hukou_kind": "town"}  # fmt: skip


def test_a_home_that_may_be_rented_is_not_said_to_be_rented() -> None:
    unsure = head({**COUPLE, "housing": UNSURE})
    assert "租来的房子" not in unsure and "没问到" not in unsure
    assert "还要先弄清，一起住的房子是不是租的" in answer({**COUPLE, "housing": UNSURE})
    assert "那处房子要是租来的" in unsure
    assert "房子是租来的，落在一起住的这处房子里" in head({**COUPLE, "housing": "rented"})


def test_one_home_of_ones_own_is_told_of_once() -> None:
    """In Tianshui one line is for who lives there, and another for who does not."""
    facts: Facts = {"city": "tianshui", "matter": "move_to_town", "ties": ("lives",), "housing": UNSURE, "movers": ()}
    assert "自己的房子在天水的" not in head(facts)
    assert "自己的房子在天水的" in head({**facts, "ties": ("works",)})


# ---- what the document does not say ----


@pytest.mark.parametrize("language", ["zh", "en"])
def test_only_where_the_document_names_detailed_rules_does_a_sheet(language: str) -> None:
    named = {city for city in CITIES if "细则" in (ROOT / f"policies/documents/{city}.txt").read_text(encoding="utf-8")}
    assert {city for city in CITIES if BOOK.city(city).policy.document.detailed_rules} == named == {"wenzhou"}
    family: Facts = {"city": "tieling", "matter": "move_to_town", "place_type": "urban_district", "house_acquired": "bought",
                     "house_owner": "child", "joiner_relation": "parent", "owner_can_settle": "no", "owner_present": UNSURE,
                     "house_papers": ("certificate",), "movers": ()}  # fmt: skip
    people = [family, {**family, "house_papers": ("contract",), "owner_present": "yes"}]
    people += [resident.facts for resident in RESIDENTS if resident.facts["city"] not in named]
    claims = [facts for facts in people if any(one in whole(facts, language) for one in ("细则", "detailed rules", "具体规定"))]
    assert claims == []
    assert "文件没有写" in answer(family)


AT_HOME: Facts = {"city": "tianshui", "matter": "move_to_town", "ties": ("lives",), "place_type": "urban_district",
                  "housing": "rented", "movers": ()}  # fmt: skip


@pytest.mark.parametrize("place", ["same_address", "same_county", "same_city_other_county"])
@pytest.mark.parametrize("matter", ["move_to_town", "join_kin"])
def test_who_is_registered_in_a_town_of_tianshui_already_reads_first_that_the_document_says_nothing(
    matter: str, place: str
) -> None:
    moved: Facts = {**AT_HOME, "matter": matter, "hukou_place": place}
    first = answer({**moved, "hukou_kind": "town"})
    assert "没有写" in first and "可以申请" not in first and "要不要迁" in head({**moved, "hukou_kind": "town"})
    assert "要是已经在天水的城镇" in answer(moved), "where the kind is not known, it is said for either"
    assert "没有写" not in answer({**moved, "hukou_kind": "village"}), "from a village it is what the clause is for"
    assert "would" not in answer({**moved, "hukou_kind": "town"}, "en") and "does not say" in answer(
        {**moved, "hukou_kind": "town"}, "en"
    )


def test_who_did_not_say_where_they_are_registered_reads_it_without_unfolding() -> None:
    assert "户口已经在天水的城镇、只是搬家的" in head(AT_HOME)
    assert "户口已经在天水的城镇" not in head({**AT_HOME, "hukou_place": "elsewhere"})


# ---- whom a clause is for ----

GRADUATE: Facts = {"city": "tieling", "matter": "study", "student_stage": "graduated", "school_kind": "university",
                   "rural_origin": "yes", "hukou_kind": "school_collective", "housing": "owned", "lives_there": "yes",
                   "place_type": "urban_district"}  # fmt: skip


@pytest.mark.parametrize(("destination", "route"), [("origin", "graduate-return"), ("employer", "graduate-return"),
                                                    (UNSURE, "graduate"), ("own_home", "graduate")])  # fmt: skip
def test_a_home_of_ones_own_takes_no_choice_from_a_rural_graduate(destination: str, route: str) -> None:
    held = rehearse(BOOK, {**GRADUATE, "graduate_destination": destination})
    made = case_of(BOOK, WORDS, held.talk.session)
    assert made is not None and made.lead is not None and made.lead.route.id == f"tieling.{route}"
    said = "\n".join(held.sheet.answer)
    assert "不能另选别处" not in said
    assert ("（四）" in said) == (destination != "own_home")


def test_the_route_that_surely_fits_leads_before_one_that_is_in_doubt() -> None:
    talent: Facts = {"city": "wenzhou", "matter": "move_to_town", "ground": ("skill_or_talent",), "county": "ouhai",
                     "talent": "introduced", "movers": ()}  # fmt: skip
    first, also = sheet(BOOK, WORDS, Session(facts={**talent, "housing": UNSURE})).answer
    assert "不受住处" in first and "四(二)2第2段" in first and "市区有住处" in also
    no_ground = {fact: answer for fact, answer in talent.items() if fact != "ground"}
    assert "还要先弄清" in answer({**no_ground, "housing": UNSURE}), (
        "where nothing was said to lead there, the order of hope stays"
    )


def test_a_student_who_lives_at_school_is_told_how_to_say_that() -> None:
    student: Facts = {**AT_HOME, "ties": ("studies",), "housing": "dormitory", "registered_poor": "yes", "work": "flexible"}
    said = whole(student)
    assert "住校的，平时就住在天水" in said and "不住在天水，看" not in said and "平时住的地方" not in said
    assert "住校的" not in whole({**student, "ties": ("works",)})


TENANT: Facts = {"city": "lincang", "matter": "move_to_town", "place_type": "county_seat", "housing": "rented",
                 "lives_there": "yes", "lease_filed": "yes", "owner_consents": "yes", "movers": ()}  # fmt: skip


@pytest.mark.parametrize("facts", [
    TENANT, {**TENANT, "owner_consents": "not_asked"}, {**TENANT, "owner_consents": "no"}, {**TENANT, "housing": "public_rental"},
    {**COUPLE, "housing": "rented", "owner_consents": "yes"}, {**COUPLE, "housing": "rented", "owner_consents": "no"},
    {**COUPLE, "housing": UNSURE}, {**TENANT, "housing": "none"},
    {"city": "lincang", "matter": "study", "student_stage": "graduated", "school_here": "yes", "school_kind": "university",
     "graduate_destination": "own_home", "housing": "rented", "lease_filed": "yes", "owner_consents": "yes"},
])  # fmt: skip
def test_whoever_needs_the_owners_consent_reads_who_the_owner_is(facts: Facts) -> None:
    said = head(facts)
    assert "产权人" in said and "房产证上写名字的" in said
    assert "纸条就行" not in said, "the document does not say that a note is enough"


def test_whom_the_text_leaves_open_is_named_by_words_that_make_sense() -> None:
    home: Facts = {"city": "tianshui", "matter": "move_to_town", "ties": ("lives",), "place_type": "urban_district",
                   "housing": "owned", "movers": ("others",), "live_together": "yes"}  # fmt: skip
    said = head(home)
    assert "文件没有写明能不能一起迁：别的人（叔伯、姑姨、侄子侄女、朋友等）" in said and "：其他人" not in said


def test_years_of_marriage_are_spoken_of_to_husband_and_wife_alone() -> None:
    for relation in ("spouse", "parent", "minor_child"):
        said = whole({"city": "shaoguan", "matter": "join_kin", "joiner_relation": relation, "place_type": "urban_district",
                      "live_together": "yes", "movers": ()})  # fmt: skip
        assert ("婚龄就是" in said) == (relation == "spouse")


def test_or_is_or_in_english() -> None:
    child: Facts = {"city": "wenzhou", "matter": "move_to_town", "county": "ruian", "place_type": "county_seat", "housing": "owned",
                    "movers": ("adult_child",), "live_together": "yes", "adult_child_status": "married"}  # fmt: skip
    assert "has an income or is married" in head(child, "en")


@pytest.mark.parametrize("relation", ["adult_child", "grandparent", "grandchild", "sibling", "in_law", "other"])
@pytest.mark.parametrize("city", ["shaoguan", "tieling", "lincang"])
def test_who_is_refused_for_the_relation_reads_that_it_is_not_listed_and_what_else_there_is(city: str, relation: str) -> None:
    held = rehearse(BOOK, {"city": city, "matter": "join_kin", "joiner_relation": relation, "place_type": "urban_district",
                           "live_together": "yes", "mover_citizen": "yes", "housing": "relative_home", "house_acquired": "none",
                           "area_floor": "met", "movers": ()})  # fmt: skip
    said = "\n".join(held.sheet.answer)
    made = case_of(BOOK, WORDS, held.talk.session)
    assert made is not None
    if made.outcome.kind == "none" and (city, relation) != ("tieling", "adult_child"):
        assert any(one in said for one in ("没有列", "没有写", "不在“三代", "不是直系亲属")), said
        assert any(one in said for one in ("凭自己的条件", "自己在韶关城镇有住所", "把户口迁到城镇", "投靠自己的")), said


def test_who_lives_apart_from_the_owner_reads_by_what_it_goes_and_what_is_left() -> None:
    own: Facts = {"city": "tieling", "matter": "move_to_town", "house_acquired": "bought", "house_papers": ("certificate",),
                  "place_type": "urban_district", "movers": ("spouse",), "live_together": "no", "owner_can_settle": UNSURE}  # fmt: skip
    owner = head({**own, "house_owner": "self"})
    assert "和房主共同生活" in owner and "照后半句单独申请" in owner and "房主要到场" in owner
    mother = head({**own, "house_owner": "child", "joiner_relation": "parent", "owner_can_settle": "no", "owner_present": "yes"})
    assert "后半句没有写要和房主住在一起" in mother
    assert "后半句" not in head({**own, "house_owner": "self", "live_together": "yes"})
