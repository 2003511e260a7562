"""What is said of somebody else, of another time or place, or only asked about is no fact of the one who moves.

Long, as the sentences stand here.
"""

import pytest

from conftest import BOOK
from flows.facts import Answer, Facts
from flows.hearing.ears import Ears

EARS = Ears(BOOK)


def facts(said: str, open_fact: str | None = None) -> dict[str, Answer]:
    return EARS.hear(said, open_fact).facts


# ---- of whom ----


@pytest.mark.parametrize(
    ("said", "open_fact", "means"),
    [
        ("她是城镇户口", "joined_hukou_kind", {"joined_hukou_kind": "town"}),
        ("他没工作，户口在农村", "owner_can_settle", {}),
        ("他还在读大学", "adult_child_status", {}),
        ("在厂里上班，租房住", "owner_present", {}),
        ("他是农村户口", "hukou_kind", {"hukou_kind": "village"}),
        ("我没工作，她户口在农村", "owner_can_settle", {"work": "none"}),
    ],
)
def test_who_is_not_named_is_the_one_that_the_question_asks_of(said: str, open_fact: str, means: Facts) -> None:
    assert facts(said, open_fact) == means


@pytest.mark.parametrize(
    ("said", "open_fact", "value"),
    [
        ("爸妈没人管", "return_reason", "other"),
        ("老婆孩子都在村里", "return_reason", "other"),
        ("落我表哥那", "graduate_destination", "kin_friend"),
    ],
)
def test_what_is_said_of_the_family_answers_why_and_where_to(said: str, open_fact: str, value: str) -> None:
    assert facts(said, open_fact)[open_fact] == value
    assert open_fact not in facts(said)


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("就是我爸在厂里上班", {"work"}),
        ("问题是我老婆户口在农村", {"hukou_kind"}),
        ("主要是我姐没工作", {"work"}),
        ("朋友去年在鹿城买了房", {"housing", "house_acquired"}),
        ("我舅舅前年买了套房", {"housing", "house_acquired"}),
        ("my brother bought a house", {"housing", "house_acquired"}),
        ("我同学在城里买了套房", {"housing", "house_acquired"}),
        ("我老板买了套二手房", {"housing", "house_acquired"}),
        ("邻居家在镇上租了房", {"housing"}),
    ],
)
def test_what_somebody_else_has_is_not_the_movers(said: str, never: set[str]) -> None:
    assert facts(said).keys() & never == set()


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("就是我在厂里上班", "work", "employee"),
        ("我爸在鹿城买了楼", "house_acquired", "bought"),
        ("我去年在鹿城买了房", "house_acquired", "bought"),
        ("人在龙港，住老板给的宿舍", "housing", "dormitory"),
    ],
)
def test_what_is_the_movers_or_of_the_home_is_heard_all_the_same(said: str, fact: str, value: str) -> None:
    assert facts(said)[fact] == value


# ---- where ----


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("我妈在昌图住，想迁到我这里来", {"city", "county", "ties"}),
        ("姥姥在开原农村，想接到我这儿", {"city", "county"}),
        ("我表姐嫁去瑞安了", {"city", "county"}),
        ("我爸妈在调兵山住，我在上海", {"city", "county"}),
        ("我舅舅在天水当老师", {"city"}),
        ("my sister works in Wenzhou", {"city"}),
        ("打工十几年，想把户口迁到瑞安", {"ties"}),
        ("想到温州来工作，顺便把户口落了", {"ties"}),
        ("一直在外头住着，想回来落户昌图", {"ties"}),
        ("干了二十年环卫工，想落韶关", {"ties"}),
        ("温州那边房价太高了", {"city"}),
        ("韶关那边昨天涨大水了", {"city"}),
    ],
)
def test_where_somebody_else_lives_or_one_would_like_to_be_is_not_where_one_is(said: str, never: set[str]) -> None:
    assert facts(said).keys() & never == set()


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("我妈想落我户口上，她跟我住在昌图", "city", "tieling"),
        ("我妈想迁到我这里来，我在昌图", "county", "changtu"),
        ("我爸在昌图，我想投靠他", "county", "changtu"),
        ("我在瑞安打工十几年，想落户", "ties", ("works",)),
    ],
)
def test_where_the_speaker_lives_or_whom_the_mover_joins_is_the_goal(said: str, fact: str, value: Answer) -> None:
    assert facts(said)[fact] == value


@pytest.mark.parametrize(
    ("said", "open_fact", "county"),
    [
        ("泰顺司前镇", None, "taishun"),
        ("永德县乌木龙乡", "county", "yongde"),
        ("秦安县城", "county", "qinan"),
        ("昌图老城镇租的房", None, "changtu"),
    ],
)
def test_a_county_with_its_town_is_one_place(said: str, open_fact: str | None, county: str) -> None:
    assert facts(said, open_fact)["county"] == county


@pytest.mark.parametrize(
    ("said", "open_fact", "value"),
    [
        ("公公婆婆户口都在镇康", "elders_hukou", "here"),
        ("老人户口在四川老家", "elders_hukou", "elsewhere"),
        ("他爸户口在普洱", "chinese_parent_hukou", "elsewhere"),
        ("在沈阳", "school_here", "no"),
        ("就在临沧", "school_here", "yes"),
    ],
)
def test_a_place_answers_the_open_question_and_nothing_else(said: str, open_fact: str, value: str) -> None:
    assert EARS.hear(said, open_fact, {"city": "lincang"}).facts == {open_fact: value}


# ---- not so, not yet, no longer, not certain ----


@pytest.mark.parametrize(
    ("said", "open_fact", "never"),
    [
        ("我妈的户口前年就迁到我这里了", None, {"matter", "joiner_relation"}),
        ("我已经投靠我儿子落户了", None, {"matter", "joiner_relation"}),
        ("户口早就迁到单位集体户了", None, {"graduate_destination"}),
        ("想把户口迁到学校", None, {"hukou_kind"}),
        ("我想转成城市户口", None, {"hukou_kind"}),
        ("如果我是城镇户口能迁吗", None, {"hukou_kind"}),
        ("想申请建档立卡户", None, {"registered_poor"}),
        ("得先让房东同意", None, {"owner_consents"}),
        ("房东要是同意就好了", "owner_consents", {"owner_consents"}),
        ("等儿子毕业了再迁", None, {"student_stage"}),
        ("准备去天水做生意", None, {"work", "ties"}),
        ("好像备案了", "lease_filed", {"lease_filed"}),
        ("听说我老公够随军条件", None, {"follow_army"}),
        ("I think the lease is registered", "lease_filed", {"lease_filed"}),
    ],
)
def test_what_is_done_with_wished_supposed_or_guessed_is_not_so(said: str, open_fact: str | None, never: set[str]) -> None:
    assert facts(said, open_fact).keys() & never == set()


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("我去年买了房，想投靠我儿子", "joiner_relation", "parent"),
        ("户口去年迁到单位了，我是农村户口", "hukou_kind", "village"),
        ("房东同意了，备案了", "owner_consents", "yes"),
    ],
)
def test_what_is_so_is_heard_beside_a_wish_or_what_is_done(said: str, fact: str, value: str) -> None:
    assert facts(said)[fact] == value


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("备案了。不过我也不太清楚", "lease_filed"),
        ("备案了吧，我不敢肯定", "lease_filed"),
        ("我是建档立卡的吧，不太确定", "registered_poor"),
        ("the lease is registered, not sure though", "lease_filed"),
    ],
)
def test_who_adds_only_that_he_is_not_sure_is_not_sure_of_what_he_said_last(said: str, fact: str) -> None:
    assert facts(said, fact)[fact] == "unsure"


@pytest.mark.parametrize("said", ["在天水住院呢", "居住证办过了，人在天水", "我记不住那个证叫什么", "老家房子保不住了"])
def test_a_word_within_a_longer_one_is_not_heard(said: str) -> None:
    rules = {one.rule for one in EARS.hear(said).everything if one.words in ("住", "居住", "不住", "不住那")}
    assert rules == set()


# ---- only asked about ----


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("公租房怎么申请", "housing"),
        ("公租房还在排队", "housing"),
        ("申请不到廉租房", "housing"),
        ("新农合一年多少钱", "insurance"),
        ("职工医保能不能转过来", "insurance"),
        ("灵活就业怎么交社保", "work"),
        ("公务员考试要本地户口吗", "work"),
        ("新闻里说农村户口值钱了", "hukou_kind"),
        ("听人说城镇户口没用了", "hukou_kind"),
    ],
)
def test_what_is_only_asked_about_or_said_of_people_in_general_is_not_heard(said: str, fact: str) -> None:
    assert fact not in facts(said)


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("我住的公租房，怎么落户", "housing", "public_rental"),
        ("我是农村户口怎么迁", "hukou_kind", "village"),
        ("我交的新农合", "insurance", ("resident_only",)),
    ],
)
def test_what_one_has_is_heard_beside_a_question(said: str, fact: str, value: Answer) -> None:
    assert facts(said)[fact] == value


# ---- one statement, one owner, one child ----


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("我户口在村里我老公在县城买的房", "place_type"),
        ("在韶关开了个小饭店做", "work"),
        ("在医院附近开药店干", "work"),
        ("我和对象还没领证", "parents_marriage"),
        ("我没结婚没孩子", "parents_marriage"),
        ("我女儿还没结婚", "parents_marriage"),
        ("我妈不同意我把户口迁走", "owner_consents"),
        ("老公不让我迁", "owner_consents"),
    ],
)
def test_no_phrase_reaches_over_two_statements_or_to_who_is_not_meant(said: str, fact: str) -> None:
    assert facts(said).get(fact) not in ("employee", "village", "none", "no")


@pytest.mark.parametrize("said", ["二房东点头了", "二房东不让落", "二房东说没问题，真正的业主没见过", "中介说可以落"])
def test_only_the_owner_consents(said: str) -> None:
    assert "owner_consents" not in facts(said, "owner_consents")


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("房子写我哥的名字，我哥不让我落户", "owner_consents", "no"),
        ("孩子生了，我们还没领证", "parents_marriage", "none"),
        ("在韶关的饭店做", "work", "employee"),
        ("房东点头了", "owner_consents", "yes"),
    ],
)
def test_whose_home_or_child_it_is_is_heard(said: str, fact: str, value: str) -> None:
    assert facts(said)[fact] == value


@pytest.mark.parametrize(
    ("said", "relation"),
    [
        ("我是现役军人，想让我老婆随军落户", "spouse"),
        ("我在部队当兵，想给孩子迁户口", "child"),
        ("我是军人，想把我爸妈的户口迁过来", "other_lineal"),
        ("我是现役军人，想落户", "self"),
    ],
)
def test_a_soldier_who_asks_for_a_relative_is_the_relatives_soldier(said: str, relation: str) -> None:
    assert facts(said)["soldier_relation"] == relation


@pytest.mark.parametrize(
    ("said", "fact", "values"),
    [
        ("想投靠我爸或者我哥", "joiner_relation", {"minor_child", "adult_child", "sibling"}),
        ("想落铁岭或者韶关", "city", {"tieling", "shaoguan"}),
        ("我在文成跟泰顺都有房", "county", {"wencheng", "taishun"}),
        ("昌图或者开原，哪个好落落哪个", "county", {"changtu", "kaiyuan"}),
        ("to settle in Tieling or Shaoguan", "city", {"tieling", "shaoguan"}),
    ],
)
def test_of_two_that_are_named_side_by_side_it_is_asked_which(said: str, fact: str, values: set[str]) -> None:
    heard = EARS.hear(said)
    assert fact not in heard.facts
    assert {value for doubt in heard.doubts if doubt.fact == fact for value in doubt.values} == values


# ---- a question about the rules; a stranger; a child; an imagined case ----


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("大专文凭能落户吗", {"student_stage", "school_kind"}),
        ("中专生可以落户铁岭吗", {"school_kind"}),
        ("研究生毕业落户有什么政策", {"student_stage", "school_kind"}),
        ("三支一扶的能直接落户吗", {"grassroots_project"}),
        ("外地人在龙湾租房能不能落户", {"housing", "ties"}),
        ("自考本科算不算大学毕业", {"student_stage"}),
        ("舅舅肯让我搭户吗", {"host"}),
        ("请问没工作能落户吗", {"work"}),
        ("农村户口和城镇户口有什么区别", {"hukou_kind"}),
        ("住不住那里有没有关系", {"lives_there"}),
        ("备案难不难", {"lease_filed"}),
        ("国外的学历你们认吗", {"student_stage"}),
        ("does a college diploma count?", {"school_kind"}),
    ],
)
def test_what_a_question_about_the_rules_names_is_no_fact_of_the_one_who_asks(said: str, never: set[str]) -> None:
    assert facts(said).keys() & never == set()


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("我大专毕业能落户吗", "school_kind", "university"),
        ("大专毕业了能落户吗", "student_stage", "graduated"),
        ("我没工作能落户吗", "work", "none"),
        ("我是农村户口能落户吗", "hukou_kind", "village"),
        ("在瑞安租房能落户吗", "housing", "rented"),
    ],
)
def test_who_asks_of_himself_says_what_he_has(said: str, fact: str, value: Answer) -> None:
    assert facts(said)[fact] == value


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("我同学毕业落户铁岭了", {"matter"}),
        ("邻居家在镇上租了房", {"place_type"}),
        ("我爸在村里自己盖了房，我在外面租房", {"place_type"}),
        ("女的在家种地，男的在外打工", {"work"}),
        ("隔壁老王儿子是博士，他落户马上就办", {"school_kind"}),
        ("邻居家儿子当兵", {"soldier_relation"}),
        ("农村户口的朋友问我", {"hukou_kind"}),
        ("我闺女在沈阳结婚了", {"adult_child_status"}),
        ("儿子当兵的，我住他买的房子", {"housing", "house_acquired"}),
        ("my wife works here too", {"joiner_relation", "matter"}),
        ("我不是人才", {"mover_citizen"}),
        ("My friend rents in Ouhai and his landlord refused", {"owner_consents"}),
        ("去年在麦积买的房子今年卖掉了", {"housing", "house_acquired"}),
    ],
)
def test_what_is_a_strangers_or_a_relatives_own_is_not_the_movers(said: str, never: set[str]) -> None:
    assert facts(said).keys() & never == set()


@pytest.mark.parametrize(
    ("said", "open_fact", "never"),
    [
        ("我是中国人，他爸是越南边上的", "parents_nationality", "mover_citizen"),
        ("孩子爸爸户口在湖南，我没有户口", "chinese_parent_hukou", "record_problem"),
        ("孩子在缅甸生的，我没工作", None, "work"),
    ],
)
def test_where_a_child_is_registered_its_parents_facts_are_not_the_movers(said: str, open_fact: str | None, never: str) -> None:
    assert never not in facts(said, open_fact)


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("比方说他租房，房东不同意", "owner_consents"),
        ("我怕房东不同意", "owner_consents"),
        ("毕业后想进部队当兵", "student_stage"),
        ("户口迁到学校的", "matter"),
        ("房东不是不同意，是没空", "owner_consents"),
        ("等攒够钱就在曲江买一套现在先租着", "ties"),
    ],
)
def test_what_is_imagined_feared_done_with_or_denied_twice_is_not_so(said: str, never: str) -> None:
    assert never not in facts(said)


@pytest.mark.parametrize(
    ("said", "open_fact", "fact", "value"),
    [
        ("等攒够钱就在曲江买一套现在先租着", None, "housing", "rented"),
        ("我明年六月毕业", None, "student_stage", "studying"),
        ("没收入没对象", "adult_child_status", "adult_child_status", "unmarried_no_income"),
        ("我是他外公，他来投靠我", "joiner_relation", "joiner_relation", "grandchild"),
        ("不去温州了就在铁岭待着", "city", "city", "tieling"),
        ("本来想落温州的，后来还是回天水吧", "city", "city", "tianshui"),
    ],
)
def test_what_is_so_is_heard_beside_what_is_not(said: str, open_fact: str | None, fact: str, value: Answer) -> None:
    assert facts(said, open_fact)[fact] == value


def test_a_relatives_word_within_a_longer_one_is_not_heard() -> None:
    assert facts("她是儿媳妇", "joiner_relation").get("joiner_relation") != "spouse"


# ---- where one works, is insured, was born ----


@pytest.mark.parametrize(
    ("said", "ties"),
    [
        ("跑滴滴的，在韶关租房住", None),
        ("送外卖，自己交的职工养老，在清河", None),
        ("干装修的，在韶关", ("works",)),
        ("公司在温州龙港，包住", None),
        ("从甘谷来的，在老家住", None),
    ],
)
def test_a_place_that_is_named_later_is_not_where_one_works(said: str, ties: Answer) -> None:
    assert facts(said).get("ties") == ties


@pytest.mark.parametrize(
    ("said", "open_fact", "insurance"),
    [
        ("社保在深圳交的", None, ("elsewhere",)),
        ("社保交在广州", "insurance", ("elsewhere",)),
        ("深圳那边交着五险", "insurance", ("elsewhere",)),
        ("my insurance is paid in Guangzhou", "insurance", ("elsewhere",)),
        ("社保没在深圳交", None, None),
        ("以前社保在深圳交的", None, None),
        ("我在深圳上班", "insurance", None),
        ("医保我交的是职工的，养老没有交", "insurance", ("employee_medical",)),
        ("两个都交的职工的", "insurance", ("employee_medical", "employee_pension")),
    ],
)
def test_where_and_how_one_is_insured(said: str, open_fact: str | None, insurance: Answer) -> None:
    assert facts(said, open_fact).get("insurance") == insurance


@pytest.mark.parametrize(
    ("said", "open_fact", "value"),
    [
        ("在昆明妇幼保健院", "child_birthplace", "china"),
        ("香港生的", "child_birthplace", "hk_mo_tw"),
        ("孩子在耿马医院生的", None, "china"),
        ("不是在昆明生的", "child_birthplace", None),
        ("我在韶关生的", None, None),
    ],
)
def test_a_place_tells_where_a_child_was_born(said: str, open_fact: str | None, value: str | None) -> None:
    assert facts(said, open_fact).get("child_birthplace") == value


def test_an_answer_to_one_question_answers_no_other() -> None:
    assert facts("她在村里我在县城", "couple_lives") == {"couple_lives": "apart"}


@pytest.mark.parametrize(
    ("said", "movers"),
    [
        ("老婆和两个孩子，大的十九岁，小的八岁", ("spouse", "minor_child", "adult_child")),
        ("not my parents, just my wife", ("spouse",)),
        ("my daughter is seven", ("minor_child",)),
    ],
)
def test_who_comes_along_is_heard_of_a_list(said: str, movers: Answer) -> None:
    assert facts(said, "movers").get("movers") == movers


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("is that the same as registered poor?", {"registered_poor"}),
        ("we get an allowance, does that count as registered poor?", {"registered_poor"}),
        ("我早年考大学把户口转了出去，现在在秦州租房", {"school_kind", "student_stage"}),
        ("想把户口迁回清水老家，开个农家乐", {"work"}),
        ("儿媳和孙子也想一起迁过来", {"joiner_relation", "matter"}),
        ("我妈想落户，房子是我的名", {"housing"}),
        ("if I move my hukou into town, do I lose my fields?", set()),
        ("孩子上户口，我跟娃都住一起，娃生在沧源", {"live_together"}),
        ("姥姥家在乐清", {"city", "county"}),
        ("我有两个户口，一个在丹东一个在西丰", {"city", "county"}),
        ("文成玉壶侨乡这边，我租房", {"place_type"}),
        ("孩子出生在耿马，我户口在耿马，想给他上户口", {"hukou_place"}),
    ],
)
def test_what_the_words_leave_open_is_not_taken(said: str, never: set[str]) -> None:
    assert never.isdisjoint(EARS.hear(said).facts), EARS.hear(said).facts


def test_a_move_that_is_only_supposed_is_no_wish() -> None:
    assert EARS.hear("if I move my hukou into town, do I lose my fields?").facts.get("matter") != "move_to_town"


def test_what_is_named_by_the_way_in_an_answer_is_not_taken() -> None:
    assert "work" not in EARS.hear("她在县城陪娃念书，我在村里种地，各住各的", "couple_lives").facts
    assert "place_type" not in EARS.hear("有的，我表姐在那边镇上落户了，说可以搭她家", "host").facts
    assert "student_stage" not in EARS.hear("我带小的，大的在外地上大学户口不动", "movers").facts


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("我响曲江租屋住", {"city": "shaoguan", "county": "qujiang", "housing": "rented"}),
        ("我屋里头在凤庆县城买呢房子", {"housing": "owned", "house_acquired": "bought"}),
        ("I rent a room in Ouhai and I own nothing", {"county": "ouhai", "housing": "rented"}),
        ("I've lived in Yueqing for six years and I own a flat there", {"city": "wenzhou", "housing": "owned"}),
        ("My uncle died. My hukou is in Nanjing, I live in Dongtou", {"hukou_place": "elsewhere", "county": "dongtou"}),
        ("我跟我妈住在南雄，房本是我妈的名", {"housing": "relative_home", "house_owner": "parent", "live_together": "yes"}),
    ],
)
def test_what_is_heard_besides(said: str, means: dict[str, str]) -> None:
    heard = EARS.hear(said).facts
    assert {fact: heard.get(fact) for fact in means} == means


@pytest.mark.parametrize(
    ("said", "open_fact", "fact", "value"),
    [
        ("房东一开始同意，现在又反悔了", None, "owner_consents", "yes"),
        ("房产证办好过，后来弄丢了", None, "house_papers", ("certificate",)),
        ("原来有合同，烧了", "house_papers", "house_papers", ("contract",)),
        ("考上大学了，没去读", None, "student_stage", "enrolling"),
        ("娃的户口上过，又销了", "child_registered", "child_registered", "yes"),
        ("老公是军人，去年转业了", None, "soldier_relation", "spouse"),
        ("买的房，后来法院收了", "housing", "housing", "owned"),
        ("the landlord agreed but then he changed his mind", None, "owner_consents", "yes"),
    ],
)
def test_what_is_so_no_more_is_asked(said: str, open_fact: str | None, fact: str, value: Answer) -> None:
    assert facts(said, open_fact).get(fact) != value
    assert facts(said.split("，")[0].split(" but")[0], open_fact).get(fact) == value, "without its end it is heard"


def test_another_paper_that_is_lost_takes_back_nothing() -> None:
    assert facts("只剩一张发票了，合同找不到", "house_papers") == {"house_papers": ("invoice",)}
    assert facts("大红本有，别的找不着了", "house_papers") == {"house_papers": ("certificate",)}
