"""Kinds of faults of hearing that were mended, each with what it must still hear."""

import gc
import json
import re

import pytest

from conftest import BOOK, ROOT
from flows.facts import Answer
from flows.hearing.ears import Ears, Heard
from flows.hearing.phrases import Index, Part, phrase, starters, tokens
from flows.hearing.written import written

EARS = Ears(BOOK)


def heard(said: str, open_fact: str | None = None, known: dict[str, Answer] | None = None) -> Heard:
    return EARS.hear(said, open_fact, known)


def facts(said: str, open_fact: str | None = None, known: dict[str, Answer] | None = None) -> dict[str, Answer]:
    return heard(said, open_fact, known).facts


def asked(said: str) -> dict[str, tuple[str, ...]]:
    return {doubt.fact: doubt.values for doubt in heard(said).doubts}


# ---- clauses and phrases ----


def test_a_longer_word_that_holds_a_break_parts_nothing() -> None:
    lexicon = EARS.lexicon
    assert lexicon is not None
    assert "\n" not in written("户口迁不过来", lexicon.breaks).text
    assert "\n" in written("想迁户口不过没房", lexicon.breaks).text


def test_what_may_stand_first_in_an_english_phrase_may_be_missing_within_a_sentence() -> None:
    index = Index([(phrase("[also] own a flat", {}), "owned")])
    for said in ("own a flat", "we own a flat", "we also own a flat"):
        assert "owned" in [of for _, of in index.find(said, tokens(said, {}))], said


def test_a_phrase_that_begins_with_a_class_is_tried_where_one_of_its_words_begins_once_each() -> None:
    classes = {"kin": ("妈", "妈妈", "mother in law"), "me": ("我",)}
    index = Index([(phrase(said, classes), said) for said in ("<kin>[的]房", "[<me>]<kin>名下", "my <kin> (owns|rents)")])
    for said, found in (
        ("我妈妈的房", [(1, "<kin>[的]房"), (2, "<kin>[的]房")]),
        ("在我妈名下", [(1, "[<me>]<kin>名下"), (2, "[<me>]<kin>名下")]),
        ("so my mother in law rents it", [(3, "my <kin> (owns|rents)")]),
        ("my mother owned it", []),
    ):
        assert [(match.start(), of) for match, of in index.in_order(said, tokens(said, starters(classes)))] == found, said


def test_what_a_phrase_needs_is_looked_for_before_it_is_tried() -> None:
    assert phrase("(租|住)…[去](备案|登记)", {}).needs()[0] == {"备案", "登记"}
    assert phrase("rent(ed|s) (a|the) flat", {}).needs() == (frozenset({"flat"}), frozenset({"a", "the"}))  # no word is “ed”


def test_of_a_phrase_nothing_is_kept_that_is_as_large_as_itself() -> None:
    said = phrase("(租|住)…[去](备案|登记)", {})
    index = Index([(said, said.said)])
    assert [*index.find("租房", tokens("租房", {}))] == [] and said.pattern is None, "it was not tried: a word of it is missing"
    assert not any(isinstance(one, Part) for kept in gc.get_referents(said) for one in (kept, *gc.get_referents(kept)))
    assert said.match("住了就去登记", 0)


def test_every_tenth_phrase_is_found_wherever_its_pattern_stands() -> None:
    lexicon = EARS.lexicon
    assert lexicon is not None
    every = {said.said: said for said, _ in (*lexicon.entries, *lexicon.intents)}
    some = {said: one.compiled() for said, one in [*every.items()][::10] if one.latin or not re.search("[a-z]", one.said)}
    index = Index((every[said], said) for said in some)
    stand = 0
    for row in (
        json.loads(line) for line in (ROOT / "tests" / "utterances" / "own.jsonl").read_text(encoding="utf8").splitlines()
    ):
        text = written(row["text"], lexicon.breaks).text
        found = {(match.start(), said) for match, said in index.find(text, tokens(text, lexicon.starters))}
        there = {(at, said) for said, one in some.items() if one.search(text) for at in range(len(text)) if one.match(text, at)}
        assert there <= found, (text, there - found)
        stand += len(there)
    assert stand > 100


def test_an_english_gap_begins_and_ends_between_words() -> None:
    said = phrase("move … here", {})
    assert said.match("move my hukou here", 0) is not None
    assert said.match("move my hukou there", 0) is None
    assert phrase("son … hukou", {}).match("sonata hukou", 0) is None


def test_an_english_no_that_answers_denies_nothing_behind_it() -> None:
    assert facts("no we only have the wedding party", "parents_marriage") == {"parents_marriage": "none"}


@pytest.mark.parametrize(
    ("said", "rented"),
    [
        ("租房几年能落户", False),
        ("租房好几年了，想落户", True),
        ("我想落户主要是为了孩子，租的房子", True),
        ("要是租的房子呢", False),
    ],
)
def test_a_longer_word_is_no_question_and_no_supposition(said: str, rented: bool) -> None:
    assert ("housing" in facts(said)) is rented


def test_what_is_heard_in_the_answer_itself_is_not_proposed_besides() -> None:
    assert facts("买的房", "housing") == {"housing": "owned", "house_acquired": "bought"}
    assert facts("想迁回村里", "origin_village") == {"origin_village": "yes", "place_type": "village"}


# ---- persons ----


@pytest.mark.parametrize("said", ["我在社区上班，租的房", "住在我妈隔壁，租的房", "我在网上卖货，租的房"])
def test_a_place_is_no_person(said: str) -> None:
    assert facts(said)["housing"] == "rented"


@pytest.mark.parametrize("said", ["社区说租的房不行", "隔壁老王租的房子"])
def test_what_others_say_and_have_is_not_ones_own(said: str) -> None:
    assert "housing" not in facts(said)


def test_he_himself_is_still_he() -> None:
    assert "hukou_place" not in facts("我想落户开原，我爸自己户口就在开原")


def test_a_relative_of_a_relative_is_another() -> None:
    assert heard("我媳妇她妈想迁来跟我们过").whom == "parent_in_law"
    assert asked("我婆婆想投靠我")["joiner_relation"] == asked("我老公他妈想投靠我")["joiner_relation"]


def test_the_owner_is_called_as_the_one_who_moves_would_call_him() -> None:
    assert facts("房本写的我老公的名字，我想落户")["house_owner"] == "spouse"
    assert "house_owner" not in facts("我婆婆想把户口迁过来，房本写的我老公的名字")


def test_the_speakers_own_home_is_a_childs_for_the_mother_who_moves() -> None:
    assert facts("我妈想投靠我，房产证写的我的名字")["house_owner"] == "child"


@pytest.mark.parametrize(
    "said",
    [
        "继子想投靠继父",
        "养女能不能投靠养父",
        "孩子想投靠父亲",
        "孩子想随继父落户",
        "我带过来的儿子十六岁，想投靠他爸",
        "儿子想跟他爸落户",
    ],
)
def test_a_child_who_joins_a_parent_of_its_own_is_no_grandchild(said: str) -> None:
    assert heard(said).whom == "child" and asked(said)["joiner_relation"] == ("minor_child", "adult_child")


def test_a_partner_is_husband_or_wife_where_a_marriage_is_told() -> None:
    assert facts("结婚了对象是西丰农村的，户口能迁他家不") == {
        "city": "tieling",
        "county": "xifeng",
        "joiner_relation": "spouse",
        "matter": "join_kin",
    }
    assert "joiner_relation" not in facts("没结婚，对象是西丰农村的，户口能迁他家不")
    assert "joiner_relation" not in facts("我三十了还没结婚证，想投靠对象")
    assert "joiner_relation" not in facts("结婚三年离了，新谈对象在西丰，想投靠他")


def test_a_daughter_joins_her_husband_and_a_grandson_the_old_couple() -> None:
    assert facts("我闺女嫁到云县去了，她户口能落到姑爷那点不")["joiner_relation"] == "spouse"
    assert asked("想把孙子的户口迁到我们老两口家上学，他爸妈户口不动")["joiner_relation"] == ("grandchild",)


def test_who_married_into_the_country_is_asked_for_her_nationality() -> None:
    assert asked("我是从缅甸嫁过来的")["mover_citizen"] == ("no", "yes")
    assert asked("媳妇是从越南嫁过来的，想落户韶关")["mover_citizen"] == ("no", "yes")


@pytest.mark.parametrize("said", ["我爱人和我分居，想把户口一起迁到瑞安", "在浈江有自己的房，老婆孩子一起迁，老婆在东莞打工"])
def test_who_moves_with_the_family_asks_for_himself(said: str) -> None:
    assert heard(said).whom == "me"


def test_a_child_born_abroad_is_registered() -> None:
    assert set(asked("我妹妹嫁到缅甸，生了娃在缅甸，想把娃户口上到我们凤庆")["matter"]) == {"join_kin", "child_registration"}
    assert facts("我女儿在国外生的孩子，想回国落户")["matter"] == "child_registration"
    assert facts("把孩子户口上到我这，凤庆")["matter"] == "join_kin"


def test_an_adopted_child_who_asks_joins_a_parent() -> None:
    assert asked("我是养子，想投靠养父")["joiner_relation"] == ("minor_child", "adult_child")
    assert facts("孩子想投靠我爸")["joiner_relation"] == "grandchild"


def test_any_relative_may_have_left_the_home() -> None:
    assert facts("爷爷留下的老楼现在是我的")["house_acquired"] == "inherited_gift"


def test_to_my_daughter_is_not_to_me() -> None:
    assert heard("我女婿在鹿城租房，他要把户口投到我女儿名下").facts.get("joiner_relation") != "in_law"


def test_there_is_a_friend_who_did() -> None:
    assert "city" not in facts("有个朋友在温州租房")


def test_the_soldier_is_the_husband_of_the_daughter_who_asks() -> None:
    assert facts("我女儿想落户甘谷，我女婿在部队")["soldier_relation"] == "spouse"


def test_who_has_moved_long_since_does_not_ask() -> None:
    assert heard("我妻子的户口已经迁到兰州了，我想在秦安落户").whom == "me"


def test_nobody_else_moves() -> None:
    assert facts("就我自己迁，他们都不动")["movers"] == ()


@pytest.mark.parametrize(
    ("said", "movers"),
    [
        ("我跟老婆和一个十岁的娃一起迁", ("spouse", "minor_child")),
        ("move my hukou there with my wife and our little son", ("spouse", "minor_child")),
        ("女儿今年二十一，想带她一起迁", ("adult_child",)),
    ],
)
def test_all_who_are_named_in_one_breath_come_along(said: str, movers: tuple[str, ...]) -> None:
    assert facts(said)["movers"] == movers


def test_who_else_comes_along_is_asked_if_more_of_the_family_are_named() -> None:
    assert facts("老婆跟我迁")["movers"] == ("spouse",)
    assert "movers" not in facts("老婆跟我迁，我妈七十了")
    assert "parents" in asked("老婆跟我迁，我妈七十了")["movers"]


# ---- places ----


@pytest.mark.parametrize("said", ["洞头那边我有房，想落户", "新丰县城，我住公租房", "龙湾我有两个户口"])
def test_the_place_with_which_a_text_opens_is_where_it_is_about(said: str) -> None:
    assert "county" in facts(said)


@pytest.mark.parametrize("said", ["洞头那边我老家，我在昌图租房", "温州的天气真好"])
def test_an_opening_that_says_where_one_is_from_or_nothing_is_none(said: str) -> None:
    assert facts(said).get("city") != "wenzhou"


def test_a_place_that_stands_alone_is_ones_own() -> None:
    assert facts("我妈身体不好，韶关武江区，我在厂里上班")["city"] == "shaoguan"


def test_an_opening_gives_way_to_where_one_says_one_is() -> None:
    assert facts("西丰那边村里的，我在昌图住，想落户")["county"] == "changtu"


def test_where_a_relative_goes_is_no_goal_of_ones_own() -> None:
    assert "city" not in facts("老家的地在我名下，妻子的户口已经迁到兰州了。我不打算迁")
    assert "place_type" not in facts("我哥在县城开店，我想在天水落户")


def test_where_one_only_plans_to_work_is_no_goal() -> None:
    assert facts("准备去温州打工") == {}
    assert facts("我儿子准备去温州打工，我想在天水落户")["city"] == "tianshui"
    assert facts("准备去温州上班，户口能不能迁过去")["city"] == "wenzhou"


def test_the_name_of_a_town_says_what_it_is() -> None:
    assert facts("在乐清柳市镇租房住")["place_type"] == "other_town"
    assert "place_type" not in facts("永嘉岩头镇的村里有地，想落户永嘉")


@pytest.mark.parametrize(("said", "place"), [("在瓯海市区买了房", "urban_district"), ("在南雄市区买了房", "county_seat")])
def test_the_city_proper_of_a_county_is_its_seat(said: str, place: str) -> None:
    assert facts(said)["place_type"] == place


def test_a_fellow_student_is_no_school_and_a_technician_neither() -> None:
    assert "school_here" not in facts("曲江的大学同学毕业了，我也毕业了，想落户曲江")
    assert "school_here" not in facts("技校毕业，在龙湾的阀门厂当技师")


def test_what_was_left_long_ago_is_not_where_the_hukou_is() -> None:
    assert facts("户口想从天水迁到韶关翁源")["hukou_place"] == "elsewhere"
    assert "hukou_place" not in facts("我十年前从天水迁来韶关翁源")


def test_a_wish_goes_on_over_the_place() -> None:
    assert facts("在县城租房")["housing"] == "rented"
    assert "housing" not in facts("想在县城租房")


# ---- what one thing says of another ----


def test_who_works_beside_a_place_is_tied_to_it() -> None:
    assert facts("在秦州区租房住，开个小面馆")["ties"] == ("lives", "works")
    assert facts("在秦州区租房住，按灵活就业交社保")["ties"] == ("lives",)
    assert "ties" not in facts("跑滴滴的，在韶关租房住")


def test_who_lives_in_a_dormitory_there_lives_there() -> None:
    assert set(facts("在温州打工，睡工棚")["ties"]) == {"works", "lives"}


def test_a_rural_insurance_is_one_wherever_it_is_paid() -> None:
    assert "resident_only" in facts("住在苍南，社保在贵州老家交的新农合")["insurance"]


def test_whether_one_works_there_too_is_asked_if_work_is_spoken_of() -> None:
    assert "ties" not in facts("在秦州区租房住，五险都交")
    assert "works" in asked("在秦州区租房住，五险都交")["ties"]


def test_a_home_in_the_name_of_another_is_not_ones_own() -> None:
    assert facts("我在麦积区有房")["housing"] == "owned"
    assert facts("我在麦积区有房，房本写的我叔叔的名字")["housing"] == "relative_home"


def test_what_a_question_about_years_to_come_names_is_no_matter() -> None:
    assert facts("想迁回村里")["matter"] == "move_to_village"
    assert "matter" not in facts("毕业以后还能转回农村户口吗")


# ---- what is said by the way ----

BY_THE_WAY = [
    "我同事上个月落户成功了",
    "我哥刚把户口迁到县城",
    "我朋友租的房子办了备案",
    "我二叔是退伍军人",
    "我爸以前是当兵的",
    "以前办过暂住证",
    "我妈身体不好",
    "孩子户口早就上好了",
    "我哥说房东同意就行",
    "有个老乡在温州办过",
]


@pytest.mark.parametrize("besides", BY_THE_WAY)
@pytest.mark.parametrize("said", ["{0}。我想在天水落户，租的房子。", "韶关武江区，{0}，我在厂里上班，租的房子。"])
def test_what_is_said_by_the_way_changes_nothing(said: str, besides: str) -> None:
    alone, both = facts(said.format("您好")), facts(said.format(besides))
    assert {fact: both.get(fact) for fact in alone if fact != "ties"} == {f: v for f, v in alone.items() if f != "ties"}
    assert both.keys() - alone.keys() <= {"child_registered"}


@pytest.mark.parametrize(
    "said", ["什么叫租赁备案", "二手房过户去哪办", "温州的房价怎么样", "十年前在铁岭打过工", "我有个朋友在温州办过"]
)
def test_a_question_of_other_things_says_nothing(said: str) -> None:
    assert facts(said) == {}


def test_next_year_is_spoken_of_until_one_speaks_of_oneself_anew() -> None:
    assert "housing" not in facts("明年去温州，租个房子住着")
    assert facts("儿子明年高考，我租的房子")["housing"] == "rented"


@pytest.mark.parametrize(
    ("said", "fact"),
    [("I'd have to ask my husband", "house_owner"), ("这个得问我妈", "movers"), ("没听懂", "grassroots_project")],
)
def test_a_put_off_is_no_answer(said: str, fact: str) -> None:
    assert facts(said, fact) == {}


def test_a_page_on_the_phone_is_asked_for() -> None:
    assert [one.id for one in heard("手机上能办吗").intents] == ["online"]


def test_no_label_of_an_option_is_heard_as_another() -> None:
    """Whatever the list of one city or matter calls an option, typed where another list is shown."""
    said: dict[tuple[str, str], set[str]] = {}
    for policy in filter(None, map(BOOK.policy, BOOK.cities)):
        for fact, question in policy.facts.items():
            labels = [*question.options.items(), *(pair for one in policy.narrowings_of[fact] for pair in one.labels.items())]
            for option, label in labels if fact != "county" else ():
                said.setdefault((fact, label), set()).add(option)
    assert len(said) > 250
    for (fact, label), options in said.items():
        answer = EARS.hear(label, fact).facts.get(fact, ())
        assert {answer} <= options if isinstance(answer, str) else options.issuperset(answer), label
