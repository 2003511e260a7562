"""Places and things that are named, and are not yet an answer: the province, what was left, a part of a list."""

import pytest

from conftest import BOOK
from flows.facts import Answer
from flows.hearing.ears import Ears, Heard
from flows.hearing.lexicon import Lexicon

EARS = Ears(BOOK)
SHAOGUAN: dict[str, Answer] = {"city": "shaoguan"}


def heard(said: str, open_fact: str | None = None, known: dict[str, Answer] | None = None) -> Heard:
    return EARS.hear(said, open_fact, known)


def doubts(heard: Heard) -> dict[str, tuple[str, ...]]:
    return {doubt.fact: doubt.values for doubt in heard.doubts}


def test_every_city_says_in_which_province_it_lies() -> None:
    assert isinstance(BOOK.lexicon, Lexicon)
    assert set(BOOK.lexicon.gazetteer.provinces) == set(BOOK.cities)


@pytest.mark.parametrize("fact", ["hukou_place", "school_here", "elders_hukou", "chinese_parent_hukou"])
def test_the_province_of_the_city_may_be_the_city_and_another_province_is_not(fact: str) -> None:
    known = {**SHAOGUAN, "student_stage": "graduated"}
    assert fact in doubts(heard("在广东", fact, known))
    assert heard("在甘肃", fact, known).facts[fact] in ("elsewhere", "no")


def test_a_hukou_in_the_province_is_asked_for_in_a_story_too() -> None:
    said = "户口在广东{0}，想落户韶关武江"
    assert doubts(heard(said.format("")))["hukou_place"] == ("same_city_other_county", "elsewhere")
    assert heard(said.format("湛江")).facts["hukou_place"] == "elsewhere"
    assert doubts(heard("我在云南读的大学，毕业了，想落户临翔"))["school_here"] == ("yes", "no")
    child = heard("想在临翔给孩子上户口，我户口在云南，孩子妈是缅甸的")
    assert doubts(child)["chinese_parent_hukou"] == ("here", "elsewhere")


def test_where_the_hukou_was_moved_away_from_is_not_where_it_stands() -> None:
    known: dict[str, Answer] = {"city": "lincang"}
    assert heard("四川", "chinese_parent_hukou", known).facts == {"chinese_parent_hukou": "elsewhere"}
    assert heard("刚从四川迁过来", "chinese_parent_hukou", known).facts == {}


def test_asked_where_the_hukou_stands_a_county_is_no_goal() -> None:
    here = heard("镇康那边", "hukou_place", {"city": "lincang", "county": "gengma"})
    assert here.facts == {"hukou_place": "same_city_other_county"} and not here.doubts


def test_a_hukou_with_somebody_stands_where_he_is() -> None:
    assert heard("户口跟爸妈一起在云县，我想迁到耿马").facts["county"] == "gengma"
    assert heard("孩子户口跟他妈在凤庆，我想把孩子转到我这边临翔来").facts["county"] == "linxiang"
    assert heard("我妈户口跟我弟在乐清，现在想迁到我平阳这边").facts["county"] == "pingyang"
    assert "county" in doubts(heard("孩子归我，他爸户口在瑞安，我的在泰顺，孩子落我这还是落他那"))


def test_whom_one_will_not_join_is_not_joined() -> None:
    assert heard("我叔在武江有房，想落他户口上").facts["joiner_relation"] == "other"
    assert "joiner_relation" not in heard("我叔在武江有房，没打算落他户口上").facts
    assert "joiner_relation" not in heard("我老婆是温州人，我户口迁到她那边三年多了").facts
    assert heard("老婆是温州人，我想迁到她那边，三年能办吗").facts["joiner_relation"] == "spouse"


def test_asked_of_another_place_a_town_is_not_where_the_home_is() -> None:
    assert "place_type" not in heard("镇上", "rural_origin").facts


def test_what_is_paid_elsewhere_is_not_paid_here() -> None:
    assert heard("五险一金，在广州交", "insurance", SHAOGUAN).facts["insurance"] == ("elsewhere",)
    assert "employee_pension" in heard("五险一金都交着", "insurance", SHAOGUAN).facts["insurance"]


@pytest.mark.parametrize(
    ("said", "fact", "known"),
    [("养老按灵活就业，医保居民的", "insurance", ("resident_only",)), ("有工作，房子是单位的", "permit_ground", ("job",))],
)
def test_a_part_of_a_list_is_asked_for_the_rest(said: str, fact: str, known: tuple[str, ...]) -> None:
    assert heard(said, fact).facts.get(fact) != known
    assert fact in doubts(heard(said, fact))


def test_a_firm_in_another_city_may_pay_there() -> None:
    assert "employee_pension" in heard("五险一金，公司在瑞安", "insurance", {"city": "wenzhou"}).facts["insurance"]
    assert "insurance" in doubts(heard("五险一金，公司在杭州", "insurance", {"city": "wenzhou"}))


def test_what_stands_before_an_and_is_a_part_of_the_list() -> None:
    assert "house_papers" in doubts(heard("老票跟合同都在", "house_papers"))
    assert "insurance" in doubts(heard("老家农合加这边厂里的养老", "insurance"))


def test_a_further_thing_of_which_two_kinds_are_left_is_asked_for() -> None:
    assert "insurance" not in heard("农合，厂里还给交了养老", "insurance").facts
    assert "insurance" not in heard("农合，还交了养老", "insurance").facts
    assert heard("还交了养老，职工的", "insurance").facts["insurance"] == ("employee_pension",)
    assert heard("发票跟合同都在", "house_papers").facts["house_papers"] == ("invoice", "contract")


def test_a_wish_in_the_middle_of_a_phrase_is_a_wish() -> None:
    assert heard("我在村里盖了房").facts["house_acquired"] == "self_built"
    assert "house_acquired" not in heard("我想迁回去盖房").facts


def test_back_to_our_old_home_is_to_nobody() -> None:
    back = heard("弟弟被领养到温州，户口没迁，现在想迁回我们老家").facts
    assert "joiner_relation" not in back and "city" not in back
    assert heard("弟弟想迁回我们家").facts["joiner_relation"] == "sibling"


def test_a_river_is_not_the_county_that_it_is_called_like() -> None:
    """清水河 is a port of Gengma, and many a river; 清水 a county of Tianshui."""
    assert EARS.hear("我在清水河口岸打工，租房住").facts["county"] == "gengma"
    assert "city" not in EARS.hear("我家在清水河边，想落户").facts
    assert EARS.hear("我在清水租房住").facts["county"] == "qingshui"


@pytest.mark.parametrize(
    ("said", "city"),
    [
        ("我老婆是临沧人，我想把户口迁过去", "lincang"),
        ("老公是温州的，我想落户过去", "wenzhou"),
        ("我爱人是韶关乐昌的，我想把户口转到她那边", "shaoguan"),
        ("My wife is from Lincang, I want to move my hukou there", "lincang"),
        ("我老婆是临沧的，我公司搬到深圳了，想迁过去", None),
        ("我老婆是临沧人，我们在温州买了房，想把户口迁过去", "wenzhou"),
        ("我朋友是温州的，我想落户过去", None),
        ("老公是温州的，我能不能落户过去", "wenzhou"),
        ("我老公是温州的，我可不想再迁过去", None),
        ("老公是温州的，我从没想过要迁过去，户口就留在铁岭", None),
        ("老公是温州的，我不打算把户口迁过去，只办居住证", None),
        ("my husband is from Wenzhou, I never want to move there", None),
        ("my husband is from Wenzhou but I don't want to move there, I rent in Tieling", "tieling"),
        ("老婆是温州的，我不准备把户口迁过去，我在铁岭有房能落户吗", "tieling"),
        ("我老公是温州的，我婆婆不同意我迁过去，我在铁岭租房想落户", "tieling"),
        ("老公是温州的，我每月把钱转过去，想在本地办居住证", None),
        ("my wife is from Wenzhou, I will get a job there, hukou stays in Tieling", None),
        ("我老婆娘家是昌图的，我没想迁过去", None),
        ("我老婆是临沧人，户口去年迁过去了", None),
        ("我老婆是温州人，我户口迁到她那边三年多", None),
        ("我老公是西丰农村的，我也是农村的，户口能迁他家不", "tieling"),
        ("老公是温州的，我户口能迁过去不", "wenzhou"),
        ("老公是温州的，我户口不想迁过去", None),
        ("My husband is from Wenzhou, can I move my hukou there?", "wenzhou"),
        ("我老公是温州人，他想把户口迁过来", None),
        ("My husband is from Wenzhou and moved there last year", None),
    ],
)
def test_where_ones_wife_or_husband_is_from_is_the_goal_of_who_follows_there(said: str, city: str | None) -> None:
    assert heard(said).facts.get("city") == city


@pytest.mark.parametrize("said", ["还有个八岁的娃要一起迁", "还有个八岁的儿子要落户", "八岁的娃要一起迁"])
def test_who_moves_along_with_the_speaker_is_not_whom_they_ask_for(said: str) -> None:
    told = heard(f"我想投靠老婆，{said}")
    assert told.whom == "me" and told.facts["joiner_relation"] == "spouse"
    assert "minor_child" in doubts(told)["movers"], "and it is asked who else does"


@pytest.mark.parametrize(
    "said", ["我想落户铁岭，我老公要一起过来签字吗", "我想落户温州，我妈打算一起过来住几天", "我落户温州，还有两个孩子要一起转学"]
)
def test_who_only_comes_along_to_the_window_does_not_move(said: str) -> None:
    assert "movers" not in heard(said).facts and "movers" not in doubts(heard(said))


def test_who_follows_a_soldier_does_not_move_along_with_the_speaker() -> None:
    assert EARS.hear("我爸是军人，我妈想跟着落户天水").facts["soldier_relation"] == "spouse"
