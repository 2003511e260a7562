"""What is told of another home than the one where one would settle is asked, not proposed: each case with one beside it that is
settled."""

import pytest

from conftest import BOOK
from flows.facts import Answer
from flows.hearing.ears import Ears

EARS = Ears(BOOK)


def facts(said: str) -> dict[str, Answer]:
    return EARS.hear(said).facts


@pytest.mark.parametrize(
    ("said", "fact", "settled"),
    [
        ("我爸妈在镇上买了房，我在县城租房", "house_acquired", "我爸妈在镇上买了房，我跟他们住"),  # their home, and one's own
        ("老家盖了三间房是自己盖的，我在曲江买了一套", "house_owner", ""),
        ("老宅确权写的我大哥名，现在秦安县城按揭买了房", "house_owner", "房本写的我大哥名，现在住着"),
        ("户口在我爷爷家，爷爷房子写我爸名，我自己在龙港买了公寓", "house_owner", "买了套二手房，房本写我爸名"),
        ("我儿子前年在沈阳买的房，我没去住，我在昌图", "lives_there", "昌图的房子我没去住"),
        ("租的房，房东让办居住证", "owner_consents", "租的房，房东让办户口"),
        ("租的房，房东不让写住宅合同", "owner_consents", "租的房，房东不让我们落"),
        ("租的房，房东答应给孩子读书用", "owner_consents", "租的房，房东答应给我们落户"),
        ("我儿子叫我跟他过，我在昌图", "live_together", "我跟他过，我在昌图，他是我儿子"),
        ("房本写的闺女名，我跟老伴住着，在开原", "live_together", "房本写的我妈名，我跟我妈住一起"),
        ("儿子媳妇吵架分居，我想把孙女户口落我这", "live_together", "孙女没跟我住一起，我想把孙女户口落我这"),
        ("我跟我媳妇住文成，老家泰顺还有爹妈的房", "housing", "住爹妈的房，在泰顺"),
        ("住我老公名下的房，在鹿城", "housing", "住我爸名下的房，在鹿城"),
        ("孩他姑说让孩子挂她那，我不放心", "matter", ""),
        ("我外甥在鹿城租房，备案了的，他说带我去", "lease_filed", "我在鹿城租房，合同备案了的"),
        ("县城的楼卖了，搬到市里住", "matter", "想把户口搬到市里"),
        ("我又搬回村里了，云县的", "matter", "想把户口迁回村里，云县的"),
        ("儿子房贷还没还清，在瓯海", "housing", "我房贷还没还清，在瓯海"),
        ("我在开原有楼，去年拆了", "housing", "我在开原有楼，去年装修了"),
        ("对象买了婚房写她一个人的名", "housing", "我买了婚房写我一个人的名"),
        ("我侄女住学校宿舍，她想把户口落到我家", "housing", "我住学校宿舍，想落户瑞安"),
        ("租的房快到期了，打算搬去天水", "housing", "租的房快到期了，打算续租"),
        ("县城的老房子漏水，搬到儿子家去了，在秦安", "place_type", "县城的老房子漏水，还住着，在秦安"),
        ("我在南雄住果园，老婆在镇上租房", "place_type", "我在南雄镇上租房"),
        ("爸妈的房在村里，不想回村", "place_type", "爸妈的房在村里，想回村落户"),
        ("我妈一个人住在老家，我在温州买了房想接她来", "ties", "我妈一个人住在温州，我想接她来"),
        ("爱人调到文成工作，单位给了周转房，我和孩子还在平阳", "county", "我调到文成工作，单位给了周转房"),
        ("想问下能不能落户，我没买，我小叔子买了一套在平阳", "city", "我小叔子买了一套在平阳，我想投靠他"),
        ("大城市买不起，我回甘谷买的房，工作也回来找", "ties", ""),
        ("房子是婆婆的遗产，三个儿子还没分，我们老三在外租房，昌图", "house_acquired", "房子是婆婆的遗产，我们住着，昌图"),
        ("老房子没人住了，我们在鹿城租了十年", "lives_there", "老房子没人住了，想落过去"),
        ("租房合同三年，备案没去续，房东不知道", "owner_consents", "租房备案没去续，房东不知道，想落户"),
        ("我舅妈说让我户口先落她家，我在县城租房", "place_type", "户口先落舅妈家，舅妈家在县城"),
        ("我舅妈说让我户口先落她家，我在县城租房", "housing", "我在县城租房"),
        ("想在调兵山买房，我老公说买在铁岭市里", "county", "想在调兵山买房，我老公也说好"),
        ("想在调兵山买房，我老公说买在铁岭市里", "place_type", "想把户口落到调兵山市里"),
        ("我在城里有房，干嘛迁回村", "matter", "我在城里有房，想迁回村"),
        ("在甘谷和老家两头住，租的房", "housing", "在甘谷住，租的房"),
    ],
)
def test_what_is_told_of_another_home_is_asked(said: str, fact: str, settled: str) -> None:
    assert fact not in facts(said)
    assert not settled or fact in facts(settled)


@pytest.mark.parametrize(
    ("said", "settled"),
    [
        ("我把沧源的房子卖给我表哥了，他催我迁走", "我沧源的房子是从表哥那买的"),
        ("前年在瑞安买房被开发商坑了", "前年在瑞安买房"),
        ("以前的楼在开原，卖了", "以前的楼在开原，还住着"),
    ],
)
def test_where_a_home_was_given_up_is_no_goal(said: str, settled: str) -> None:
    assert "city" not in facts(said)
    assert "city" in facts(settled)


def test_a_lease_is_filed_only_where_it_is_said_to_be_done() -> None:
    assert "lease_filed" not in facts("租的房，去年找房管局备案说要网签，就搁那了")
    assert "lease_filed" not in facts("租的房，去年找房管局备案，说要网签")
    assert facts("租的房，去年就去房管局备案了")["lease_filed"] == "yes"
    assert facts("租的房没法备案")["lease_filed"] == "no"
