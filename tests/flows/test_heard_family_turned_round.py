"""What a family story says of who moves, whom they join and who lives where: each word beside those that turn it round.

The sentences are a tester's, who looked for what the rules got wrong.
"""

import pytest

from conftest import BOOK
from flows.hearing.ears import Ears, Heard

EARS = Ears(BOOK)


def heard(said: str) -> Heard:
    return EARS.hear(said)


def asked(told: Heard) -> dict[str, tuple[str, ...]]:
    return {doubt.fact: doubt.values for doubt in told.doubts}


WEDDED = [
    "结婚了对象是西丰农村的，户口能迁他家不",
    "和对象领证三年了，我想投靠对象",
    "我结婚证领了，想投靠对象",
    "已婚，想投靠对象",
    "我和对象结婚三年了，想投靠对象",
    "我们结婚了，我想投靠对象",
]
NOT_WEDDED = [
    "我结婚三年了，离了，想投靠现在的对象",
    "我结婚了，投靠的对象是公公",
    "我结婚了，投靠的对象是我爸，要什么材料",
    "已婚人士，被投靠对象是我妈，怎么办",
    "没去领结婚证，能投靠对象吗",
    "没办结婚证，想投靠对象",
    "结婚证还没办下来，想投靠对象",
    "对象结婚证没办，想投靠对象",
    "我结婚了又离了，现在对象是凤庆的，想投靠对象",
    "我和前夫结婚三年离了，现在的对象在韶关，想投靠对象",
    "年底就结婚了，对象是乐清的，户口能迁他家不",
    "要是领证了能投靠对象吗",
    "结婚了才能投靠对象吗",
    "如果结婚了，对象能不能把户口迁到我家",
    "我们打算年底结婚了，想投靠对象",
    "对象家让结婚了再迁，我想迁对象家",
    "同事都领证了，我还单着，对象户口能迁我家不",
    "我姐结婚了，我想投靠我对象",
    "我爸妈都结婚三十年了，我想投靠对象",
]


@pytest.mark.parametrize("said", WEDDED)
def test_a_partner_is_a_spouse_by_the_speakers_own_wedding(said: str) -> None:
    assert heard(said).facts["joiner_relation"] == "spouse"


@pytest.mark.parametrize("said", NOT_WEDDED)
def test_no_other_partner_is(said: str) -> None:
    told = heard(said)
    assert "spouse" not in {told.facts.get("joiner_relation"), told.whom, *asked(told).get("joiner_relation", ())}


@pytest.mark.parametrize(
    "said",
    [
        "扶贫对象，结婚了，能落户临沧吗",
        "救助对象，结婚了，想迁户口到温州",
    ],
)
def test_who_is_helped_is_no_partner(said: str) -> None:
    assert heard(said).whom == "me"


@pytest.mark.parametrize(
    "said",
    [
        "孙女出生后户口随她妈在外省，想把孙女户口上到我这",
        "孩子十五岁，出生时户口落在外婆家，现在想把孩子户口上到我这",
        "我在外地生了病，想把孩子户口上到我这",
        "学生了解政策，想把儿子户口上到我这",
        "我是临沧出生的，想把孩子户口上到我这",
    ],
)
def test_a_birth_long_ago_or_anothers_registers_nobody(said: str) -> None:
    told = heard(said)
    assert "child_registration" not in {told.facts.get("matter"), *asked(told).get("matter", ())}


ONES_OWN = [
    "我想在铁岭落户，租的房子",
    "我想把户口迁到温州",
    "我想把我的户口迁到天水，租房住",
    "我要把户口从湖南迁到鹿城",
    "我能不能把户口迁到柳市镇来",
    "I want to settle in Tieling, I rent a flat",
    "我想落户铁岭，在沈阳有套自己的房，房产证是我名字",
    "给自己问，户口在铁岭农村，租的房子",
    "我们想把户口迁到昌图",
]
NOT_ONES_OWN = [
    "我想把员工户口迁到温州",
    "我想把学生的户口迁到温州",
    "我想把咱们单位职工户口迁到温州",
    "不是给自己问，是给我爸问",
    "我不是替自己问的，想把户口迁到温州",
    "这不是帮自己打听，是帮邻居",
    "帮自己问问，也帮我妈问问她怎么迁",
    "I want to move his hukou to Wenzhou",
    "I want to move my client's hukou to Wenzhou",
    "我想把双胞胎户口迁到天水",
    "我想把俩小的户口迁到天水",
    "我想帮人把户口迁到天水",
    "我想把户口迁到天水，不是我本人迁",
    "我想把户口迁到临沧，不过已经迁好了",
    "我想把户口迁到临沧 算了不迁了",
    "我原来想把户口迁到临沧，现在不想了",
    "我去年想把户口迁到临沧，办好了",
    "我想把户口迁到临沧的事已经办完了，现在想换本子",
    "我本来要把户口迁到天水，后来没迁",
    "我要把户口迁到临沧的居民名单交上去",
    "我想把户口迁到温州的那个人电话是多少",
    "我想把户口迁到温州的人多不多",
    "谁说我想把户口迁到临沧",
    "我不是来给自己问的",
    "这次没给自己问",
    "It's not for myself",
    "I want to transfer hukou for a client",
    "我要转让温州的房子",
    "我想把户口迁到临沧——我是代办的，委托人在外地",
]


@pytest.mark.parametrize("said", ONES_OWN)
def test_who_wants_to_move_asks_for_himself(said: str) -> None:
    assert heard(said).for_oneself


@pytest.mark.parametrize("said", NOT_ONES_OWN)
def test_nobody_does_who_moves_others_or_no_more(said: str) -> None:
    assert not heard(said).for_oneself


@pytest.mark.parametrize(
    "said",
    [
        "爸妈打算一起把户口迁到铁岭",
        "我爸妈两个人一起迁，我不迁",
        "老婆孩子的户口一起迁过来，我户口本来就在这",
        "爷爷奶奶一起迁到我爸那儿",
        "女儿女婿想一起把户口迁到温州",
        "我爸妈一起迁到我哥家",
    ],
)
def test_parents_who_move_together_move_without_the_speaker(said: str) -> None:
    assert heard(said).whom != "me"


@pytest.mark.parametrize(
    "said",
    [
        "我爱人和我分居，想把户口一起迁到瑞安",
        "在浈江有自己的房，老婆孩子一起迁，老婆在东莞打工",
        "在韶关浈江城区有自己的房，老婆孩子一起迁，老婆在东莞打工，孩子在老家",
    ],
)
def test_the_family_moves_along_with_a_speaker_who_speaks_of_himself(said: str) -> None:
    assert heard(said).whom == "me"


@pytest.mark.parametrize(
    "said",
    [
        "老公是西丰的，离婚了，户口还能迁他家不",
        "老婆是凤庆的，户口在外省，怎么把她户口落她家",
    ],
)
def test_who_is_divorced_or_moves_her_follows_nobody_there(said: str) -> None:
    assert "city" not in heard(said).facts


TOGETHER = [
    "我在凤庆县城买了房，老婆一起迁，她在凤庆上班",
    "我在凤庆县城买了房，爸妈一起迁，以前在老家住，现在和我住",
    "我在凤庆县城买了房，爸妈一起迁，爸妈在我家住了五年了",
    "我在凤庆县城买了房，老婆一起迁，她在镇上上班，我们住一起",
    "我在凤庆县城买了房，老婆一起迁，结婚前她在外地打工",
    "我在凤庆县城买了房，爸妈一起迁，他们不在老家住了",
    "我在凤庆县城买了房，老婆一起迁，婚后她就过来了，没在老家住",
    "我在凤庆县城买了房，妈妈一起迁，妈妈没来过几次派出所",
    "我在凤庆县城买了房，我妈一起迁，她的医保在老家",
    "我在凤庆县城买了房，爸妈一起迁，在老家还有地",
    "我在凤庆县城买了房，老公一起迁，他在工地打工",
    "我在凤庆县城买了房，我老婆一起迁，她现在在我厂里上班",
]
APART = [
    "我在凤庆县城买了房，老婆一起迁，我们分居两地",
    "我在凤庆县城买了房，老婆一起迁，她人在上海",
    "我在凤庆县城买了房，老婆一起迁，目前异地",
    "我在凤庆县城买了房，爸妈一起迁，不过他们人在河南",
    "我在凤庆县城买了房，爸妈一起迁，他们还在乡下住",
    "我在凤庆县城买了房，爱人跟我一起迁，她在昆明上班租房住",
]


@pytest.mark.parametrize("said", TOGETHER)
def test_who_lives_with_the_speaker_moves_along(said: str) -> None:
    assert "movers" in heard(said).facts


@pytest.mark.parametrize("said", APART)
def test_of_who_lives_apart_it_is_asked(said: str) -> None:
    told = heard(said)
    assert "movers" not in told.facts and "movers" in asked(told)


OWNERS = [
    "我在云县租房，房东同意落户，我也是租的",
    "我在云县租房，房东同意我落户，我租的，我同事也是租的",
    "我在云县租房，房东同意落户，我想转租一间给朋友",
    "我在云县租房，房东同意落户，不可以转租，不能养狗",
    "我在云县租房，房东同意我落户，房东说他从来不转租",
    "我在云县租房，房东本人同意我落户，我不是从二房东手里租的",
    "我在云县租房，房东同意落户，不用经过二房东",
    "我在云县租房，大房东同意了，二房东不管",
]
TENANTS = [
    "我在云县租房，房东同意落户，但他也是租客",
    "我在云县租房，房东愿意让我落户，可他是从村里租来的",
    "我在云县租房，房东同意，他是包租公，整栋楼都是承包来的",
    "我在云县租房，房东同意落户，其实他也不是产权人",
    "我在云县租房，二手房东同意我落户",
    "我在云县租房，房东同意，转租给我的",
    "我在云县租房，房东同意我落户，我房东也是租的",
    "我在云县租房，房东同意我落户，我们房东是二房东",
]


@pytest.mark.parametrize("said", OWNERS)
def test_who_lets_what_is_his_consents(said: str) -> None:
    assert heard(said).facts["owner_consents"] == "yes"


@pytest.mark.parametrize("said", TENANTS)
def test_who_lets_what_he_rents_does_not(said: str) -> None:
    assert "owner_consents" not in heard(said).facts


@pytest.mark.parametrize(
    "said",
    [
        "我带着孩子想投靠我爸",
        "我带着女儿想投靠父母",
        "我和儿子想投靠父亲",
    ],
)
def test_i_with_my_child_join_my_parents_myself(said: str) -> None:
    assert heard(said).facts.get("joiner_relation") != "grandchild"


def test_who_bought_already_joins_yet() -> None:
    assert heard("我已经在温州买房投靠老婆落户什么流程").facts["joiner_relation"] == "spouse"


def test_another_certificate_is_no_wedding() -> None:
    assert "joiner_relation" not in heard("居住证交了材料，领证了，对象是西丰的，想投靠对象").facts
    assert heard("领证了，对象是西丰的，想投靠对象").facts["joiner_relation"] == "spouse"


@pytest.mark.parametrize(
    "said", ["领证了，对象是西丰的，想把户口迁过去", "老公是西丰的，户口想迁过去", "我婆家在西丰，户口想迁过去"]
)
def test_it_is_the_speaker_who_goes_to_where_they_are(said: str) -> None:
    told = heard(said)
    assert (told.whom, told.facts.get("city")) == ("me", "tieling")


@pytest.mark.parametrize(
    ("said", "relation"),
    [
        ("我儿子在温州买了房，想投靠儿子", "parent"),
        ("我儿子在温州，我想投靠他", "parent"),
        ("老公是西丰的，想投靠他", "spouse"),
        ("孙女在铁岭，我想投靠她", "grandparent"),
        ("外公外婆在铁岭，想投靠外公", "grandchild"),
    ],
)
def test_nobody_joins_himself(said: str, relation: str) -> None:
    told = heard(said)
    assert (told.whom, told.facts["joiner_relation"]) == ("me", relation)


@pytest.mark.parametrize("said", ["女儿想投靠他", "儿子想投靠他爸", "我带过来的儿子十六岁，想投靠他爸"])
def test_a_child_who_joins_is_who_moves(said: str) -> None:
    assert heard(said).whom == "child"


def test_who_speaks_joins_a_mother() -> None:
    assert set(asked(heard("我妈在温州，想投靠我妈"))["joiner_relation"]) == {"minor_child", "adult_child"}


def test_a_husband_who_wants_to_go_there_moves_himself() -> None:
    assert heard("老公想把户口迁过去").whom == "spouse"


@pytest.mark.parametrize("said", ["这房子是房东租给我的", "房子是公司租给我的", "这房子是朋友借给我的"])
def test_what_is_let_to_me_is_not_mine(said: str) -> None:
    assert not {"housing", "house_acquired"} & {*heard(said).facts} or heard(said).facts["housing"] == "rented"


def test_a_son_joins_his_father() -> None:
    assert set(asked(heard("My son wants to join his father"))["joiner_relation"]) == {"minor_child", "adult_child"}


@pytest.mark.parametrize(
    "said",
    [
        "我户口已随老公迁入西丰",
        "我的户口已经随老公迁入西丰",
        "我户口迁到我老公那边有些年头了",
        "投靠我儿子落户三年了，想再迁走",
    ],
)
def test_who_moved_to_them_joins_them_no_more(said: str) -> None:
    assert "joiner_relation" not in heard(said).facts


@pytest.mark.parametrize(
    "said",
    [
        "在这干活多久能落户",
        "结婚证领了多久才可以迁",
        "买房多久可以落户",
        "租房多长时间可以迁",
        "户口迁走多久才能迁回来",
    ],
)
def test_after_how_long_one_may_is_not_how_long_it_takes(said: str) -> None:
    assert not [one.id for one in heard(said).intents if one.id == "days"]


@pytest.mark.parametrize("said", ["房东要钱不给备案", "派出所电话里说不行", "我打派出所电话没人接"])
def test_money_for_the_landlord_and_a_call_are_no_question(said: str) -> None:
    assert not [one.id for one in heard(said).intents if one.id in ("fee", "phone-number")]
