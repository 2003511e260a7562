"""How people write in public: as in a search box, in letters, of two children at once."""

from conftest import BOOK
from flows.facts import Answer
from flows.hearing.ears import Ears

EARS = Ears(BOOK)


def facts(said: str) -> dict[str, Answer]:
    return EARS.hear(said, None, None).facts


def test_a_line_as_in_a_search_box_names_its_city() -> None:
    for said in ("韶关积分入户去哪里办理", "韶关户口办理条件", "2024年韶关大专学历怎么落户", "韶关的人才引进落户补贴"):
        assert facts(said)["city"] == "shaoguan", said
    assert facts("南京人才落户政策")["city"] == "other"
    assert "city" not in facts("从韶关怎么落户到外省")


def test_what_such_a_line_asks_about_is_nobodys_hukou() -> None:
    for said in ("南京户口申请流程要多久", "南京户籍部门几点上班", "南京户口上学要什么条件"):
        assert "hukou_place" not in facts(said), said
    assert facts("南京户口，现在住韶关，想落户韶关")["hukou_place"] == "elsewhere"


def test_what_a_word_means_or_how_two_things_differ_is_only_asked() -> None:
    for said in ("黑户是指什么", "黑户家庭到底是什么", "婚生和非婚生有什么不同"):
        assert not facts(said).keys() & {"record_problem", "parents_marriage"}, said
    assert facts("我是黑户")["record_problem"] == "no_hukou"


def test_a_place_in_brackets_behind_whose_booklet_it_is() -> None:
    assert "county" not in facts("我的户口还在前夫家（苍南）")
    assert facts("我的户口还在前夫家（苍南），现在租住在鹿城区")["county"] == "lucheng"


def test_where_a_hukou_was_put_once_is_where_it_stands() -> None:
    told = facts("退伍的时候落在开原的集体户了，现在在昌图上班")
    assert (told["county"], told["hukou_place"]) == ("changtu", "same_city_other_county")
    assert facts("想落在开原的集体户")["county"] == "kaiyuan"


def test_where_it_can_only_go_is_no_wish() -> None:
    assert "city" not in facts("那我户口就只能落到湖南吗")
    assert facts("我户口想落到湖南")["city"] == "other"


def test_whose_school_it_is_from_whose_name() -> None:
    assert facts("我是韶关学院的毕业生，想落韶关")["school_here"] == "yes"
    assert "school_here" not in facts("我是韶关人，大学毕业想落韶关")


def test_a_hukou_that_was_moved_from_a_place_stands_there_no_more() -> None:
    assert "hukou_place" not in facts("I just moved my hukou from Nanjing to Shaoguan")
    assert facts("I want to move to Shaoguan, my hukou is in Nanjing")["hukou_place"] == "elsewhere"
