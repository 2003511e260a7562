"""First messages as people post them: of several places, wishes and papers that one counts which the person means now.

The sentences are a tester's, who looked for what the rules got wrong.
"""

import pytest

from test_heard_family_turned_round import asked, heard


@pytest.mark.parametrize(
    ("said", "city"),
    [
        ("苍南县灵溪镇的，在温州市区买了房，想落户", "wenzhou"),
        ("父母家在文成，我在温州市区买房了，想落户", "wenzhou"),
        ("老家在苍南灵溪，我和老公在温州市区上班，租的房子，想把户口迁进来", "wenzhou"),
        ("昌图县亮中桥镇的，在铁岭新区凡河买了房，想落户", "tieling"),
        ("屋企喺乐昌坪石镇，我哋两公婆喺韶关市区做嘢，租咗屋", "shaoguan"),
    ],
)
def test_where_one_has_a_home_or_works_counts_and_not_where_one_is_from(said: str, city: str) -> None:
    facts = heard(said).facts
    assert facts["city"] == city and "county" not in facts
    assert facts.get("place_type") in (None, "urban_district")


def test_of_two_the_county_is_the_one_that_is_lived_in() -> None:
    told = heard("在双江县城租房子七年了，我妈目前还在凤庆老家")
    assert told.facts["county"] == "shuangjiang"
    assert heard("我家在乐清柳市镇，想落户").facts["place_type"] == "other_town", (
        "where nothing else is told, home is where one is"
    )


@pytest.mark.parametrize(
    "said",
    [
        "年轻时候跟前夫去山东，户口也跟着去了，离婚以后回到班老乡的村子跟我弟弟住，想把户口转回来",
        "年轻时跟前夫去山东打工",
        "我在天水师院念大二，想转回平凉老家农村行不行",
    ],
)
def test_where_one_went_once_or_studies_is_not_where_one_goes(said: str) -> None:
    assert "city" not in heard(said).facts


@pytest.mark.parametrize("said", ["村上老劝我们把户口转到县城，我们能不转吗", "村委会动员我们把户口迁到镇上，我们不愿意"])
def test_what_others_urge_is_no_wish(said: str) -> None:
    assert not {"matter", "place_type"} & {*heard(said).facts}


@pytest.mark.parametrize(
    "said",
    ["户口一定要跟着迁吗", "我们能不转吗", "老人不转可以吗", "孩子上学必须迁过来吗", "是不是非迁不可", "Must I move my hukou?"],
)
def test_whether_one_must_move_is_a_topic(said: str) -> None:
    assert "no-forced-move" in [one.id for one in heard(said).intents]


@pytest.mark.parametrize("said", ["能不能迁过来", "我想迁户口", "必须本人去吗"])
def test_whether_one_may_is_not(said: str) -> None:
    assert "no-forced-move" not in [one.id for one in heard(said).intents]


def test_the_way_back_after_school_is_not_what_one_does_now() -> None:
    told = heard("铁岭师专今年刚录取，家是抚顺农村的，户口迁不迁有啥区别，毕业能再迁回村里不")
    assert "matter" not in told.facts and told.facts["student_stage"] == "enrolling"
    assert heard("大专毕业了，想把户口迁回村里").facts["matter"] == "move_to_village"


@pytest.mark.parametrize("said", ["房产证抵押在银行，手上只有购房合同", "房本押在银行，手里就发票和合同"])
def test_a_deed_at_the_bank_is_not_at_hand(said: str) -> None:
    told = heard(said)
    assert "certificate" not in (*told.facts.get("house_papers", ()), *asked(told).get("house_papers", ()))


@pytest.mark.parametrize(
    "said",
    [
        "娘家在村里说嫁出去的女儿不让迁回",
        "落在了我姐临沧市区的房子里，现在想迁出来",
        "我弟弟在温州的房子空着让我住，想把户口也落那",
    ],
)
def test_whose_home_it_is_does_not_move(said: str) -> None:
    assert heard(said).whom == "me"


@pytest.mark.parametrize("said", ["儿子去年工地出事没了，孙子户口怎么办", "儿子在外地没了，孙子户口怎么办"])
def test_a_death_is_no_question_of_land(said: str) -> None:
    told = heard(said)
    assert not told.intents and "origin_land" not in asked(told)
    assert "rural-rights" in [one.id for one in heard("宅基地会不会收走").intents]


@pytest.mark.parametrize("said", ["我想把户口迁回娘家", "离婚了想迁回娘家"])
def test_home_to_ones_parents_is_asked_about(said: str) -> None:
    assert asked(heard(said))["matter"] == ("join_kin", "move_to_village")


def test_a_wife_is_to_join_the_speaker() -> None:
    told = heard("想让老婆投靠")
    assert (told.whom, told.facts) == ("spouse", {"matter": "join_kin", "joiner_relation": "spouse"})


@pytest.mark.parametrize("said", ["婚姻状况要改成丧偶", "户口被注销了怎么恢复"])
def test_a_record_is_to_be_mended(said: str) -> None:
    assert heard(said).facts["matter"] == "fix_record"


def test_the_hukou_of_two_people_is_no_double_one() -> None:
    assert "record_problem" not in heard("他们两个的户口怎么迁").facts
    assert heard("我有两个户口").facts["record_problem"] == "duplicate"


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ("我爸户口在山东，我妈在温州，想投靠我妈", "parent"),
        ("婆婆户口在吉林，公公在铁岭，想投靠公公", "parent_in_law"),
        ("奶奶户口在农村，爷爷在铁岭，想投靠爷爷", "grandparent"),
        ("女儿考上天水师院，户口要迁过去吗", "child"),
        ("女儿大学毕业在温州工作，户口怎么迁过去", "child"),
        ("孩子在温州读书，想把户口迁过去", "child"),
        ("我儿子在温州市区的房子是租的，想落户", "child"),
        ("我是韶关户口，想让老婆投靠", "spouse"),
        ("我婆家在西丰，婆婆想迁过去", "parent_in_law"),
        ("我爸在铁岭，想把户口迁过去", "me"),
    ],
)
def test_who_was_told_of_first_may_be_who_moves(said: str, whom: str) -> None:
    assert heard(said).whom == whom


@pytest.mark.parametrize(
    "said",
    [
        "父母家在武山，我在秦州上班，想把户口迁到父母家",
        "婆家在武山，我在秦州上班，想投靠公婆",
        "我爸家在云县，我在凤庆上班，想落我爸家",
        "我在苍南住，我爸妈家在平阳，想把户口迁到爸妈那",
        "父母家在秦安，我在秦州上班，想回家落户",
        "我家在永嘉，女儿在鹿城上班，想把户口迁进来",
    ],
)
def test_a_home_to_which_one_may_go_back_is_asked_about(said: str) -> None:
    assert len(asked(heard(said))["county"]) == 2


@pytest.mark.parametrize(
    ("said", "county"),
    [("我在温州市区上班，家在苍南，想把户口迁回去", "cangnan"), ("家在开原，想在铁岭买房落户", "kaiyuan")],
)
def test_a_home_that_is_not_there_yet_takes_no_place_of_the_one_that_is(said: str, county: str) -> None:
    assert heard(said).facts["county"] == county


@pytest.mark.parametrize("said", ["在韶关学院读书，想把户口转到学校，以后能转回老家吗", "在韶关学院上学，户口想转回学校"])
def test_to_the_school_is_to_its_city(said: str) -> None:
    assert (heard(said).facts["city"], heard(said).facts["school_here"]) == ("shaoguan", "yes")


@pytest.mark.parametrize("said", ["我在温州按揭买的房，抵押给银行的，想落户", "我在昌图有房，房子抵押给银行了，能落户吗"])
def test_a_mortgage_takes_no_home_away(said: str) -> None:
    assert heard(said).facts["housing"] == "owned"


@pytest.mark.parametrize(
    "said",
    ["我有居住证，和对象领证两年了，想投靠对象", "领证了，房产证写的我和对象，想投靠对象", "我们领证了，居住证没办，想投靠对象"],
)
def test_a_wedding_is_one_beside_other_papers(said: str) -> None:
    assert heard(said).facts["joiner_relation"] == "spouse"


@pytest.mark.parametrize("said", ["婚姻状况没改，能落户吗", "学历没改，能人才落户吗", "户口迁到温州，学历要变更吗"])
def test_what_was_not_changed_is_not_to_be_mended(said: str) -> None:
    assert heard(said).facts.get("matter") != "fix_record"


@pytest.mark.parametrize("said", ["社保必须转过来吗", "学籍能不转吗", "坟必须迁走吗", "I was made to transfer schools"])
def test_what_else_one_must_move_is_no_hukou(said: str) -> None:
    assert "no-forced-move" not in [one.id for one in heard(said).intents]


def test_ones_own_home_that_is_rented_is_not_the_landlords() -> None:
    assert heard("我房子也是租的，在云县，房东同意落户").facts["owner_consents"] == "yes"
    assert heard("他们两个的户口重复了").facts["record_problem"] == "duplicate"
    assert heard("我想落温州").for_oneself


@pytest.mark.parametrize(
    "said",
    [
        "孩子7岁要上一年级，没户口学校不收",
        "孙子五岁没上户口，我们老的能给孙子上吗",
        "大娃在镇康医院生的，小娃在果敢生的，两个都没有户口",
        "双胞胎还没登记户口",
    ],
)
def test_a_child_without_a_hukou_is_to_be_registered(said: str) -> None:
    facts = heard(said).facts
    assert (facts["matter"], facts["child_registered"]) == ("child_registration", "no")


@pytest.mark.parametrize("said", ["我们两个都没有户口", "孩子学校催要户口本", "儿子三十了没上户口", "两个孩子的户口本都在前夫那"])
def test_who_is_grown_or_lacks_the_booklet_only_is_no_such_child(said: str) -> None:
    assert "child_registered" not in heard(said).facts


def test_i_and_mine_who_move_are_not_they_alone() -> None:
    told = heard("我想把我和婆娘还有七十多的老母亲的户口都落到双江租的房子里")
    assert (told.whom, told.facts["movers"]) == ("me", ("spouse", "parents"))


@pytest.mark.parametrize(
    ("said", "county"),
    [
        ("婆婆从四川过来，住在云县我们自己买的房里三年多，想把户口迁到我们这儿", "yunxian"),
        ("我们是龙港的渔民，龙港新城买的预售房明年交付，能提前把户口放进去吗", "longgang"),
    ],
)
def test_where_our_own_home_is_counts(said: str, county: str) -> None:
    assert heard(said).facts["county"] == county


@pytest.mark.parametrize("said", ["乐清的，想迁到温州市区", "爸妈在永嘉农村，我想把他们户口迁到温州市区"])
def test_to_the_city_is_not_to_the_seat_of_the_county_one_is_from(said: str) -> None:
    facts = heard(said).facts
    assert (facts["city"], facts["place_type"]) == ("wenzhou", "urban_district") and "county" not in facts


def test_where_the_hukou_stands_or_one_was_married_to_is_no_goal() -> None:
    facts = heard("户口落在上海集体户，现在回温州工作").facts
    assert (facts["city"], facts["hukou_place"]) == ("wenzhou", "elsewhere")
    assert "county" not in heard("我嫁到秦安，离婚了，现在住天水市区").facts


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ("我老婆说不用迁我的户口", "me"),
        ("我能落女婿户口上吗", "me"),
        ("外公的房子可以落我的户口吗", "me"),
        ("媳妇跑了，想给孩子把户口落这边", "child"),
        ("孩子上小学户口要不要迁", "child"),
        ("爸妈要不要迁到我这里", "parent"),
    ],
)
def test_whose_hukou_goes_is_who_moves(said: str, whom: str) -> None:
    assert heard(said).whom == whom


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("landlord agreed to renew the lease", "owner_consents"),
        ("房东说随便落，但房产证是他老婆的名", "owner_consents"),
        ("房东同意备案，不同意落户", "lease_filed"),
        ("landlord says no hukou on his flat", "record_problem"),
        ("我够随军条件但是没去", "follow_army"),
        ("是个焊工，在铁岭干活", "work"),
    ],
)
def test_what_is_agreed_to_or_could_be_is_not_more(said: str, fact: str) -> None:
    assert fact not in heard(said).facts


@pytest.mark.parametrize(
    "said", ["爷爷住养老院，房产证是爷爷的，我能落户吗", "两个孩子一个上初中，我想落户", "Do I need to go back to Cangnan"]
)
def test_nobody_asked_for_that(said: str) -> None:
    assert not heard(said).intents
