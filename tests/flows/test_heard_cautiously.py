"""What a text says and yet does not settle is asked, not proposed: each case with one beside it that is settled."""

import pytest

from conftest import BOOK
from flows.facts import Answer
from flows.hearing.ears import Ears, Heard
from flows.hearing.finding import ME

EARS = Ears(BOOK)


def heard(said: str, open_fact: str | None = None) -> Heard:
    return EARS.hear(said, open_fact)


def facts(said: str, open_fact: str | None = None) -> dict[str, Answer]:
    return heard(said, open_fact).facts


def asked(said: str, open_fact: str | None = None) -> dict[str, tuple[str, ...]]:
    return {one.fact: one.values for one in heard(said, open_fact).doubts}


@pytest.mark.parametrize(
    ("said", "fact", "settled"),
    [
        ("孙子跟他妈住在始兴，户口想转到我这里", "joiner_relation", "我弟离了婚，想落我户口上"),  # which of the two
        ("老伴走了，儿女都不同意，我户口想迁去他那里", "joiner_relation", "我户口想迁到我儿子那里"),  # who he is
        ("儿子在老家，我想转到我这边来", "matter", "我弟离了婚，想落我户口上"),  # who moves
        ("媳妇户口在农村，我们想进城", "joined_hukou_kind", "我投靠媳妇，媳妇户口在农村"),  # is it she who is joined
        (
            "毕业打回来挂在永嘉人才市场集体户里，现在想落鹿城",
            "graduate_destination",
            "想把户口放到人才市场",
        ),  # stands there, or shall go there
        ("我跟我妈住麦积，后来我妈搬走，没工作", "work", "我跟我妈住麦积，我没工作"),  # whose work
        ("进城打工二十年了", "long_worker", ""),
        ("初中毕业证丢了", "school_kind", "大学毕业了"),
        ("想进城落户，带上老婆，我妈七十了", "movers", "带爱人和我爸妈一起落户天水"),
        ("在开原给粮库看磅，没签合同，一个月一开支，在城里租房子住", "lease_filed", "租的房，没签合同"),
        ("嫁到耿马二十年了，想把户口迁回娘家寨子", "county", "嫁到耿马二十年了，想把户口迁到县城"),
        ("我在开原，我姐跟我住，户口在四平", "hukou_place", "我在开原，住在我姐家，户口在四平"),
        ("我在苍南钱库镇买的房想全家迁老公大儿子二十三刚毕业没工作小儿子十五听说大的就不给迁了", "work", ""),
        ("她跟我儿子住在一起", "live_together", "我跟我儿子住在一起"),
    ],
)
def test_what_is_not_settled_is_asked(said: str, fact: str, settled: str) -> None:
    assert fact not in facts(said)
    assert not settled or fact in facts(settled)


def test_of_two_places_with_a_hukou_neither_is_the_goal() -> None:
    assert {"city", "county", "hukou_place"}.isdisjoint(facts("我有两个户口，一个在丹东一个在西丰"))
    assert facts("龙湾我有两个户口")["county"] == "longwan"


def test_whose_name_stands_in_the_deed_is_asked_while_it_is_open_who_moves() -> None:
    assert "house_owner" not in facts("我妈跟我们住，房子是我老公的名，户口在吉林")
    assert facts("房本是我的名")["house_owner"] == "self"


def test_a_single_tie_is_said_beside_a_place() -> None:
    assert facts("我在天水打工")["ties"] == ("works",)
    assert "ties" not in facts("我们村去年划进临翔城区里了，老房拆了分的安置房，早就住进去了")
    assert facts("我在天水打工，房子租的")["ties"] == ("lives", "works")  # who works and rents there lives there
    assert "ties" not in facts("我在天水打工，一直没个落脚的地方")


def test_a_home_that_is_asked_of_another_time_is_not_now() -> None:
    assert "ties" not in facts("我上学时候在秦州区")


def test_an_answer_says_nothing_of_other_questions() -> None:
    assert facts("有的，我表姐在镇上落户好几年了", "host") == {"host": "yes"}
    assert facts("自己盖的", "house_acquired") == {"house_acquired": "self_built"}
    assert facts("瑞安，不是，是平阳", "county")["county"] == "pingyang"


def test_a_paper_that_is_still_to_come_is_not_there() -> None:
    assert facts("就一份合同，发票下个月才给", "house_papers") == {"house_papers": ("contract",)}


def test_a_hospital_without_a_country_is_asked() -> None:
    assert asked("有一张，医院给的", "birth_certificate") == {"birth_certificate": ("yes", "foreign")}
    assert facts("有一张，县医院给的", "birth_certificate") == {"birth_certificate": "yes"}


def test_what_is_not_known_comes_after_the_doubt() -> None:
    assert facts("我想在县城落户不知道要什么手续")["place_type"] == "county_seat"


def test_no_phrase_begins_within_the_name_of_a_place() -> None:
    assert "rural_origin" not in facts("我嫁到张家川一个村子里三年了")


# ---- what had no test ----


@pytest.mark.parametrize("said", ["If I move into town, do I lose my land?", "要是我把户口迁到城里，地会不会收走"])
def test_a_move_that_is_only_supposed_is_no_matter(said: str) -> None:
    assert heard(said).facts.get("matter") == "rights"


def test_what_is_the_speakers_is_not_the_movers() -> None:
    moved = heard("我爸想迁过来，我当过兵")
    assert "soldier_relation" not in {one.fact for one in moved.everything}
    home = heard("我妈想迁到我这里，我有自己的房")
    assert "housing" not in {one.fact for one in home.everything}


# ---- a list of which only a part was understood ----


@pytest.mark.parametrize(
    ("said", "open_fact", "whole"),
    [
        ("我爸妈，老太婆也跟来", "movers", "我爸妈，还有我媳妇"),
        ("我媳妇和老太婆", "movers", "我媳妇和我爸妈"),
        ("厂里有活干，房子也是自己租的", "permit_ground", "有工作，也租着房"),
        ("my job, plus a diploma course at night", "permit_ground", "my job, and that's all"),
        ("购房合同、那张红票票", "house_papers", "购房合同、发票"),
        ("在瓯海跑网约车，职工养老自己交着，医保随便弄了个便宜的", None, "在瓯海跑网约车，职工养老自己交着"),
    ],
)
def test_a_list_of_which_a_part_was_not_understood_is_asked(said: str, open_fact: str | None, whole: str) -> None:
    fact = open_fact or "insurance"
    assert fact not in facts(said, open_fact) and asked(said, open_fact).get(fact)
    assert fact in facts(whole, open_fact)


def test_who_stays_or_is_denied_is_no_lost_part_of_a_list() -> None:
    assert facts("奶奶跟着，爷爷也不肯动", "movers") == {"movers": ("grandparents",)}
    assert facts("只剩一张发票了，合同也没找到", "house_papers") == {"house_papers": ("invoice",)}


# ---- whose it is, in stories ----


def test_a_couple_behind_a_name_is_that_ones() -> None:
    told = heard("我闺女两口子在城里贷款买了个两居，叫我过去看孙子")
    assert {"housing", "couple_lives"}.isdisjoint(told.facts)
    assert facts("我们两口子住城里")["couple_lives"] == "town"


def test_a_relatives_name_on_a_home_that_we_paid_for_is_asked() -> None:
    named = "house is in my father's name, we've been living in it since 2019"
    assert facts(named)["housing"] == "relative_home"
    assert "housing" in asked(f"{named}, though my husband and I paid the whole mortgage")


def test_work_of_a_service_that_is_over_is_no_tie() -> None:
    assert "works" in facts("在沧源干了两年，现在还租住在这边")["ties"]
    assert "ties" in asked("在沧源干了两年已经期满，现在还租住在这边")


def test_of_two_relatives_who_call_one_to_them_neither_place_is_the_goal() -> None:
    called = "儿子叫我上他温州的户口"
    assert facts(called)["city"] == "wenzhou"
    assert facts(f"{called}，听说铁岭也好")["city"] == "wenzhou"
    assert asked(f"{called}，闺女死活让我落她铁岭家里")["city"] == ("wenzhou", "tieling")


def test_what_a_word_means_is_asked_and_not_said() -> None:
    assert "talent" not in facts("引进人才到底是个什么讲究", "talent")
    assert facts("引进人才，是的", "talent")["talent"] == "introduced"


# ---- which place is meant ----


def test_in_the_street_of_a_place_is_there_and_a_name_of_a_street_is_not() -> None:
    assert facts("在双江邦丙乡街子上住了快二十年")["county"] == "shuangjiang"
    assert "city" not in facts("在温州街住")


def test_the_place_that_is_meant_is_no_origin() -> None:
    assert facts("不是温州那个永嘉，我说的是永德", "city") == {"city": "lincang", "county": "yongde"}
    assert "city" not in facts("我老公是铁岭的，我想投靠他")
    assert facts("trying to get hukou in lechang")["county"] == "lechang"


def test_a_sweeper_is_asked_which_of_the_two_he_is() -> None:
    assert asked("扫马路的，一直干着", "long_worker")["long_worker"] == ("hard_trade", "long_in_town")
    assert facts("在井下挖煤，干了二十年", "long_worker")["long_worker"] == "hard_trade"


@pytest.mark.parametrize(
    "said",
    [
        "我老伴走了，想把户口挪到温州儿子那儿去，他在鹿城买了房",
        "老头子去年没了，我想迁到温州去，女儿在鹿城有房",
        "My husband passed away, I want to move to my son in Wenzhou, he bought a flat in Lucheng",
    ],
)
def test_who_has_died_is_neither_the_mover_nor_whoever_is_spoken_of_next(said: str) -> None:
    assert heard(said).whom == ME and "housing" not in facts(said)
    assert "housing" in facts("我老伴想落温州，他在鹿城买了房")


# ---- places by the way ----


@pytest.mark.parametrize("said", ["儿子的驾照在温州考的", "我在温州的快递还没到"])
def test_a_place_beside_which_nothing_is_said_of_settling_is_asked(said: str) -> None:
    assert "city" not in facts(said)
    assert asked(said) == {"city": ("wenzhou",)}


@pytest.mark.parametrize(("said", "city"), [("我在韶关这边", "shaoguan"), ("I'm in Wenzhou", "wenzhou")])
def test_a_place_alone_is_where_one_is(said: str, city: str) -> None:
    assert facts(said) == {"city": city}


def test_where_one_has_moved_the_hukou_is_where_it_stands() -> None:
    assert facts("去年落到沈阳去了，现在想回铁岭") == {"city": "tieling", "hukou_place": "elsewhere"}
    assert facts("想落到沈阳去") == {"city": "other"}


def test_where_one_only_works_is_not_where_the_home_is() -> None:
    assert "place_type" not in facts("城里有房在镇上干活")
    assert facts("房子在镇上，在城里干活")["place_type"] == "other_town"


def test_of_one_kind_of_relatives_there_are_two() -> None:
    assert facts("我爸是军人，我妈想跟着落户天水")["soldier_relation"] == "spouse"
    assert facts("我爸是军人，我想跟着落户天水")["soldier_relation"] == "child"


@pytest.mark.parametrize("said", ["云南", "广东那边的", "Guangdong", "我想落到甘肃"])
def test_a_province_of_one_of_our_cities_is_no_other_city(said: str) -> None:
    assert "city" not in facts(said, "city"), said
    assert facts(f"{said}，昆明", "city").get("city") == "other", said


@pytest.mark.parametrize(
    ("said", "relation"), [("老公前年转业了", "veteran"), ("他是我儿", "other_lineal"), ("我哥转业了", None)]
)
def test_the_soldier_may_be_whoever_answers_the_question_of_him(said: str, relation: str | None) -> None:
    assert facts(said, "soldier_relation").get("soldier_relation") == relation


def test_an_answer_comes_first() -> None:
    story = "八几年从四川自己搬过来的，在耿马落脚三十多年了，户口一直没落下，村里叫我们自发移民"
    assert {"place_type", "host"}.isdisjoint(facts(story, "place_type") | facts(story, "host"))
    assert facts("村里，八几年从四川自己搬过来的", "place_type")["place_type"] == "village"


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("从永德搬来凤庆县城三年了", "matter"),  # long ago
        ("易地搬迁到清水县城的安置楼", "matter"),
        ("我表妹在瑞安落户那会儿可快了，我就是随便打听打听", "city"),
        ("考上特岗来临翔教书", "student_stage"),
        ("俺儿媳妇户口还在娘家，想迁俺家来", "joiner_relation"),  # the speaker's, or her husband's, who lives there
        ("我替姥爷打听，他想随我舅落昌图", "joiner_relation"),
    ],
)
def test_what_only_sounds_like_it_is_not_heard(said: str, fact: str) -> None:
    assert fact not in facts(said)


def test_who_is_left_out_of_all_the_others_is_not_one_of_them() -> None:
    assert "movers" not in facts("除了我妈，别人都不动", "movers")
    assert facts("别人都不动，就我", "movers") == {"movers": ()}
    assert facts("本来带爹娘，算了就我", "movers") == {"movers": ()}


@pytest.mark.parametrize(
    ("said", "open_fact", "fact", "settled"),
    [
        ("铁岭吧，要不就抚顺", "city", "city", "铁岭吧，离家近"),  # the one or the other
        ("想落户在铁岭，要不就沈阳", None, "city", "想落户在铁岭，不想去沈阳"),
        ("县城吧，要么村里", "couple_lives", "couple_lives", "县城吧"),
        ("我有时住厂里宿舍", None, "housing", "我住厂里宿舍"),  # now and then
        ("可能在县城", "couple_lives", "couple_lives", "在县城"),  # only likely
        ("我在瑞安租房，房子是他自家盖的", None, "house_acquired", "房子是我自家盖的"),  # it is he who built it
        ("房本上是我爸跟我叔", None, "house_owner", "房本上是我爸跟我妈"),  # two owners
        ("我在文成教书，户口想落在学校", None, "matter", "我在文成念书，户口想落在学校"),  # no student
        ("去年租房没备案，今年自己买了一套", None, "lease_filed", "租房没备案，今年到期"),  # of a home that is left
        ("户口前年迁到县城来了，现在想问医保", None, "place_type", "户口想迁到县城来"),  # where it stands
        ("在洞头打渔，住自家石头屋", "ties", "ties", "住自家石头屋"),  # one of two ties understood
        ("我爷爷奶奶都九十了想跟我叔落一块", None, "joiner_relation", "想跟我叔落一块"),  # it is they who join
        ("想投靠孩子姥爷", None, "joiner_relation", "想投靠我姥爷"),  # no child is joined
        ("温州，也可能去台州", "city", "city", "温州"),
        ("房子在我儿子名下，我出的钱", "housing", "housing", "房子在我儿子名下"),
        ("租房备案前年弄过一次，房东今年换合同了", None, "lease_filed", "租房备案前年弄过一次"),
        ("我爷爷同意了，想跟我叔落一块", None, "joiner_relation", "我同意了，想跟我叔落一块"),  # it is she who joins
        ("我表哥投靠我舅落的温州", None, "city", "我投靠我舅落到温州"),  # where he has gone
        ("同村的小赵租房，房东也同意", None, "owner_consents", "我租房，房东也同意"),  # his landlord
        ("媳妇、丈母娘带着个上二年级的", "movers", "movers", "媳妇、丈母娘"),  # one of a list lost
        ("老公跟我们家那两个小祖宗", "movers", "movers", "老公跟我妈"),
    ],
)
def test_one_of_two_that_are_said_is_asked(said: str, open_fact: str | None, fact: str, settled: str) -> None:
    assert fact not in facts(said, open_fact)
    assert not settled or fact in facts(settled, open_fact)


def test_a_lodging_of_those_years_is_no_tie_now() -> None:
    assert "ties" not in facts("读书那几年在，毕业走了", "ties")
    assert facts("媳妇，我舅子暂时不", "movers")["movers"] == ("spouse",)


def test_where_one_first_meant_to_settle_is_not_the_goal() -> None:
    assert facts("本来想在苍南买房后来在平阳买了")["county"] == "pingyang"
    assert facts("当年插队落在清水，现在儿子在秦州，想跟他过")["county"] == "qinzhou"


def test_where_a_couple_lives_is_not_where_one_would_settle() -> None:
    assert facts("在县城一起住", "couple_lives") == {"couple_lives": "town"}


def test_who_is_told_apart_by_what_he_does_is_named_in_one_breath() -> None:
    assert facts("想带我妈和没成家的弟弟一起迁到县城")["movers"] == ("parents", "siblings")
