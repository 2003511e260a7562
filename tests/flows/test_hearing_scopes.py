"""How far a word reaches: a rule, a comparison, a name, a denial, another time; each case with one beside it that still counts."""

import pytest

from conftest import BOOK
from flows.facts import Answer
from flows.hearing.ears import Ears, Heard

EARS = Ears(BOOK)


def heard(said: str, open_fact: str | None = None) -> Heard:
    return EARS.hear(said, open_fact)


def facts(said: str, open_fact: str | None = None) -> dict[str, Answer]:
    return heard(said, open_fact).facts


def asked(said: str) -> set[str]:
    return {one.fact for one in heard(said).doubts}


@pytest.mark.parametrize(
    ("said", "fact", "still"),
    [
        # what a rule says, until the speaker comes back
        ("政策说大专毕业直接落", "student_stage", "我大专毕业"),
        ("文件上写在县城有合法稳定住所的", "place_type", "文件上写的我看了，我在县城租的房"),
        # what is named as needed
        ("租房才能落户是吧", "housing", "我租房怎么才能落户"),
        ("灵活就业就能落吧", "work", "我灵活就业就能落吧"),
        # what is supposed
        ("就算我是农村户口也行吧", "hukou_kind", "我是农村户口"),
        # whom one compares oneself with
        ("比起租房的，我这算好", "housing", "像我这种租房的能落吗"),
        ("像大专毕业的就好办", "student_stage", "像我大专毕业的好办吗"),
        ("我并没有像别人那样在城里买了房", "house_acquired", "我在城里买了房"),
        ("我和我姐一样像她那样大专毕业", "student_stage", "跟我姐一样，我大专毕业"),
        # all of it is denied, or only heard
        ("没听谁说房东签字同意过", "owner_consents", "房东签字同意过"),
        ("我哪有什么大学毕业", "student_stage", "我大学毕业"),
        ("听社区的人说灵活就业也算", "work", "我灵活就业"),
        ("不光没买房，连租房合同都没有", "housing", "有租房合同"),
        # only named
        ("房东说敢备案就别住了", "lease_filed", "租的房，备案办了"),
        ("租房备案上哪个窗口弄啊", "lease_filed", "租房备案弄好了"),
        # it was so once
        ("When I was a student I lived in the school dorm", "housing", "I live in the school dorm"),
        ("When I was studying at a university", "student_stage", "I am studying at a university"),
        ("我上大学前在家待着", "student_stage", "我在家待着上大学"),
        ("上大学前是农村户口", "hukou_kind", "上大学前在家，现在是农村户口"),
        ("我2010年把户口从村里迁到镇上的", "hukou_kind", "我想把户口从村里迁到镇上"),
        ("我曾经有两个户口", "record_problem", "我有两个户口"),
        ("以前住县城", "place_type", "现在住县城"),
        # somebody who is called by his name, or by where he lives
        ("我们单位小李大专毕业", "student_stage", "我大专毕业"),
        ("张姐退伍回来的", "soldier_relation", "我退伍回来的"),
        ("有个朋友，他没上户口", "record_problem", "有个孩子，他没上户口"),
        ("我同事小陈，他租房备案了", "lease_filed", "我跟小陈一样，我租房备案了"),
        ("My roommate's lease is registered", "lease_filed", "My lease is registered"),
        ("隔壁阿姨的房产证办好了", "house_papers", "房产证办好了"),
        # a relative within a phrase
        ("我三姨在昌图县城有房", "housing", "我在昌图县城有房"),
        # whose home it is, and what hukou he has
        ("我嫂子不让我妈落户，房子是我哥的", "owner_consents", "我哥不让我妈落户，房子是我哥的"),
        ("爹是镇上户口，娘不是", "place_type", "想落镇上户口"),
        ("I retired from the army, living with my in-laws", "with_soldier_elders", "Husband in the army, living with my in-laws"),
        ("My brother-in-law is here. He's lived there for ages", "lives_there", "I've lived there for ages"),
        ("My wife's hukou is in a village", "hukou_kind", "My hukou is in a village"),
        # for whose sake it is done
        ("我回云县老家，为了娃读书", "ties", "我在云县，我在这读书"),
    ],
)
def test_what_lies_within_reach_of_such_a_word_is_not_heard(said: str, fact: str, still: str) -> None:
    assert fact not in facts(said)
    assert fact in facts(still)


@pytest.mark.parametrize(
    ("said", "fact", "settled"),
    [
        ("朋友给介绍的，在县城，没孩子", "place_type", "朋友给介绍的，我在县城，没孩子"),  # a stranger goes before
        ("我请的保姆在我家住了五年，户口还在老家农村", "hukou_kind", "我在她家住了五年，我户口还在老家农村"),
        ("我表哥说能随军", "matter", "我老公当兵，我想随军"),  # whose wish it is
        ("前年在翁源买的房，去年离婚判给前妻了", "housing", "前年在翁源买的房，去年离婚了"),
        ("房本办好了，发票合同也齐", "house_papers", "房本办好了，发票还没开"),  # one paper of several
        ("房东说给三千就签字", "owner_consents", "房东说行，签字了"),
        ("在曲江买了房还没交楼，现在租房住", "lives_there", "在曲江租房住"),
        ("我们住铺子楼上，户口都还在寨子里", "place_type", "我们住在寨子里"),
        ("朋友肯让我挂他户口，可是他自己是仁化农村户口", "host", "朋友肯让我挂他户口"),
        ("房产证写我跟我弟的名字", "house_owner", "房产证写我弟的名字"),
        ("让我先把户口迁到公司集体户", "matter", "毕业了，让我先把户口迁到公司集体户"),
        ("娃是在寨子里接生的", "place_type", "家在寨子里"),
        ("到镇上看病", "place_type", "到镇上住，好看病"),
        ("在武山滩歌镇上租了两间平房，一年三千六，我自己打零工", "ties", "在武山滩歌镇上打零工，租了两间平房"),
        ("房子搁银州买的，没活，住我丈人家里，啥保险都没交", "house_owner", "房本都是我的名"),
    ],
)
def test_what_it_leaves_open_is_asked(said: str, fact: str, settled: str) -> None:
    assert fact not in facts(said)
    assert fact in facts(settled)


def test_a_short_answer_that_ends_as_a_question_is_asked() -> None:
    assert "place_type" not in facts("downtown I guess?", "place_type")
    assert facts("downtown", "place_type")["place_type"] == "urban_district"
    assert facts("租的，可以吗？", "housing")["housing"] == "rented"


def test_whether_a_thing_was_done_is_in_doubt_and_not_the_thing() -> None:
    assert facts("Not sure if our lease in Longgang ever got filed").get("housing") != "unsure"
    assert facts("不知道租的房备没备案")["lease_filed"] == "unsure"
    assert facts("能不能随军我都不知道")["matter"] == "military_family"
    assert facts("能不能随军我都不知道", "matter")["matter"] == "unsure"


def test_what_another_does_not_know_is_no_doubt_of_the_speakers() -> None:
    assert facts("房东还不知道", "owner_consents")["owner_consents"] == "not_asked"
    assert facts("我租房住，房东还不知道我想落户")["owner_consents"] == "not_asked"
    assert facts("房东同不同意我不知道", "owner_consents")["owner_consents"] == "unsure"


def test_where_a_relative_only_lives_the_speaker_goes_on() -> None:
    assert facts("现在人住张家川县城我丈人家里，啥保险都没交")["insurance"] == ()


def test_his_father_is_the_father_of_the_one_named_last() -> None:
    assert "joiner_relation" not in facts("我老公是镇康人，孩子在木姐医院生的，想把孩子户口上在他爸那边")
    assert heard("爷爷奶奶户口在蛟河，想把二老户口迁来").whom == "grandparent"
    assert heard("房产证是我岳母的名字，岳母户口在老家不迁").whom == "me"
    assert heard("我外甥在瑞安，他没爸妈，想把他户口迁到我户口本上").whom == "other_kin"
    assert facts("还有个表弟也想跟着我迁")["movers"] == ("others",)


@pytest.mark.parametrize(
    ("said", "county"),
    [
        ("我在秦州区一个饭馆上班，想转到天水城里来", "qinzhou"),
        ("我妈在凤庆县城跟我过，能不能把她户口挪到我这本上", "fengqing"),
        ("这两年回云县老家种坚果", "yunxian"),
        ("孙子跟我们老两口住乐昌，想把孙子户口挂我名下", "lechang"),
        ("鹿城的公租房排了三年才分到", "lucheng"),
    ],
)
def test_the_county_is_heard_where_one_lives(said: str, county: str) -> None:
    assert facts(said)["county"] == county


def test_where_a_hukou_is_not_it_does_not_stand() -> None:
    assert facts("她爹户口在临沧，她妈是边民，娃是在家里生的")["chinese_parent_hukou"] == "here"
    assert "chinese_parent_hukou" not in facts("她爹户口不在临沧，她妈是边民，娃是在家里生的")


def test_the_speakers_own_age_tells_what_he_is_to_his_parents() -> None:
    assert facts("我三十二了，爸妈在临翔，想落回他们户口本上")["joiner_relation"] == "adult_child"


def test_a_childs_schooling_is_a_ground_for_a_permit() -> None:
    assert facts("my boy's been in school here four years running", "permit_ground")["permit_ground"] == ("study",)


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("我妈想迁到我爸户上，我爸是农村户口", {"hukou_kind"}),  # his, not hers
        ("我妹早入了美国籍，可家里户口本上她那一页还在", {"joiner_relation", "matter"}),
        ("我弟要么迁韶关，要么迁温州", {"city", "county"}),
        ("原来厂里把户口落到沈阳，现在在昌图租房", {"matter"}),
        ("我上白班睡单位宿舍，休息天才回我爸妈那", {"housing"}),
        ("在永德的镇上教书，住镇上学校的房", {"school_here"}),
        ("去温州的高铁又晚点了", {"city"}),
        ("My train to Shaoguan was late again", {"city"}),
        ("高铁到韶关几个小时", {"city"}),
        ("想把钱放我妈本上", {"joiner_relation", "matter"}),
    ],
)
def test_what_is_said_of_another_time_place_or_person_is_not_taken(said: str, never: set[str]) -> None:
    assert never.isdisjoint(facts(said))


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("我妈想迁到我爸户上", "joiner_relation", "spouse"),
        ("孩子爸爸是美国人，娃在温州生的，想把娃上到我户口上", "matter", "child_registration"),
        ("原来厂里把户口落到沈阳，现在在昌图租房", "city", "tieling"),
        ("早年转业户口放在西宁，想迁回秦安老家", "hukou_place", "elsewhere"),
        ("我住单位宿舍", "housing", "dormitory"),
        ("社保没转，还在东莞交着，人在乐昌上班", "insurance", ("elsewhere",)),
        ("去年搬到甘谷来住了", "ties", ("lives",)),
        ("想把户口挂我三叔本上，他家在昌图县城", "city", "tieling"),
        ("我在云县县城上班", "county", "yunxian"),
    ],
)
def test_what_is_plain_of_the_same_kind_is_taken(said: str, fact: str, value: Answer) -> None:
    assert facts(said)[fact] == value


def test_a_surely_is_no_consent() -> None:
    assert facts("我婶婶嘛，还能不答应", "owner_consents") == {}
    assert facts("我婶婶答应了", "owner_consents") == {"owner_consents": "yes"}


def test_what_it_costs_is_no_money_for_consent() -> None:
    assert facts("我租房，房东同意我落户，要多少钱")["owner_consents"] == "yes"
    assert "owner_consents" not in facts("我租房，房东同意我落户，要三千块钱")


@pytest.mark.parametrize(
    ("said", "open_fact", "value"),
    [
        ("泰顺罗阳", "county", "taishun"),
        ("瓯海茶山，就大学城那片", "county", "ouhai"),
        ("房主说没得问题，随时配合", "owner_consents", "yes"),
        ("一听落户就直摇头", "owner_consents", "no"),
        ("岳父过户送我们的", "house_acquired", "inherited_gift"),
        ("she's single and waits tables", "adult_child_status", "unmarried_income"),
        ("级别还差两年", "follow_army", "not_eligible"),
    ],
)
def test_a_chatty_answer_is_taken(said: str, open_fact: str, value: Answer) -> None:
    assert facts(said, open_fact)[open_fact] == value


def test_a_place_that_is_not_the_answer_is_none() -> None:
    assert "county" not in facts("不是泰顺", "county")
    assert "county" not in facts("我在泰顺认识个人，人家是苍南的", "county")


def test_a_room_or_a_certificate_of_work_is_no_work_there() -> None:
    assert facts("人在南雄租屋住，焊工证是老家的")["ties"] == ("lives",)
    assert "ties" not in facts("人在南雄租屋住，鞋厂那边活多")  # where the factory is is not said


def test_who_is_dead_and_still_on_the_booklet_should_be_cancelled() -> None:
    assert facts("我爹过世六年了，户口本上还有他")["record_problem"] == "should_cancel"
    assert "record_problem" not in facts("我爹病了，户口本上还有他")
