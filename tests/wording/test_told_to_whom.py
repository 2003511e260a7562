"""What a document says is told to whom it concerns, as it stands there: a table of residents, what their sheet says, and what not.

Each row was once wrong, or missing, when somebody who knew the documents read the sheets (clause by clause, whoever asks).
"""

import re
from dataclasses import dataclass

import pytest

from bot.rehearse import rehearse
from bot.wording.languages import Language
from bot.wording.text import folded_lines, head_lines
from conftest import BOOK, CITIES, ROOT
from flows.facts import Answer, Facts

LINCANG: Facts = {"city": "lincang"}
HOME: Facts = {**LINCANG, "matter": "move_to_town", "ground": ("own_home",), "place_type": "county_seat", "movers": ()}
KIN: Facts = {**LINCANG, "matter": "join_kin", "place_type": "county_seat", "live_together": "yes", "movers": ()}
BACK: Facts = {**LINCANG, "matter": "move_to_village", "rural_origin": "yes", "hukou_kind": "town", "origin_village": "yes",
               "return_reason": "farming", "origin_land": "self", "lives_there": "yes"}  # fmt: skip
SOLDIER: Facts = {**LINCANG, "matter": "military_family", "soldier_relation": "spouse", "movers": ()}
CHILD: Facts = {**LINCANG, "matter": "child_registration", "parents_nationality": "one_chinese_one_border",
                "child_registered": "no", "chinese_parent_hukou": "here", "child_birthplace": "china", "record_problem": "none",
                "parents_marriage": "certificate", "birth_certificate": "yes", "child_foreign_nationality": "no"}  # fmt: skip
TIANSHUI: Facts = {"city": "tianshui", "matter": "move_to_town", "place_type": "urban_district", "movers": ()}
COUNTY: Facts = {"city": "wenzhou", "matter": "move_to_town", "county": "ruian", "place_type": "county_seat", "movers": ()}
URBAN: Facts = {"city": "wenzhou", "matter": "move_to_town", "county": "lucheng", "place_type": "urban_district", "movers": ()}
GIVE_UP: Facts = {"matter": "rights", "asked_to_give_up_land": "yes"}


@dataclass(frozen=True, slots=True)
class Told:
    """`first`: in the answer itself; `says`: somewhere on the sheet; `never`: nowhere on it."""

    facts: Facts
    first: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def but(facts: Facts, **other: Answer) -> Facts:
    return {**facts, **other}


TOLD: dict[str, Told] = {
    "a newborn of two citizens": Told(
        but(CHILD, parents_nationality="both_chinese"), ("没有写", "爸爸或妈妈户口所在地的派出所"), never=("■", "县城自己的房")),
    "a dormitory in the urban district": Told(
        but(HOME, ground=("other_home",), place_type="urban_district", housing="dormitory"), ("落不进城镇", "租房"), ("合法稳定住所在县城",), ("■ 办居住证", "住的宿舍或者")),
    "to be asked to give up land, Lincang": Told({**LINCANG, **GIVE_UP}, ("第21条", "可以这样回他")),
    "to be asked to give up land, Tianshui": Told({"city": "tianshui", **GIVE_UP}, ("先别签",), ("二、第1项",)),
    "to be asked to give up land, Wenzhou": Told({"city": "wenzhou", **GIVE_UP}, ("四(五)1第2段",)),
    "to be asked to give up land, Tieling": Told({"city": "tieling", **GIVE_UP}, ("退地的字先别签", "（九）")),
    "to be asked to give up land, Shaoguan": Told({"city": "shaoguan", **GIVE_UP}, ("（十一）",)),
    "kin in a rented home": Told(
        but(KIN, joiner_relation="parent", housing="rented", lease_filed="no", owner_consents="not_asked"), ("备案", "产权人")),
    "home or work in a county of Wenzhou: rules to come": Told(but(COUNTY, ground=("own_home",), housing="owned"), ("细则",)),
    "work in a county of Wenzhou": Told(
        but(COUNTY, ground=("job", "insurance"), housing="none", work="employee", insurance=("employee_medical",)), ("细则",)),
    "registered in the same county of Wenzhou": Told(
        {"city": "wenzhou", "matter": "residence_permit", "hukou_place": "same_county"}, ("实际居住登记", "不是居住证")),
    "a home, and so not the route without one": Told(
        but(COUNTY, ground=("own_home", "skill_or_talent"), housing="owned", talent="investor"), never=("没有合法稳定住所。您说的",)),
    "why one goes back to the village, 第4条": Told(BACK, says=("不适应城镇生活", "第4条")),
    "where the soldier's parents are registered, 第7条": Told(
        but(SOLDIER, follow_army="unwilling", with_soldier_elders="yes", elders_hukou="here"), ("第7条",), ("不一定是",)),
    "kin in a village, 第5条": Told(but(KIN, joiner_relation="parent", place_type="village"), ("我们这样理解",)),
    "rights of farmers in Tianshui": Told(but(TIANSHUI, ties=("lives",), housing="owned"), says=("切实维护进城落户农民的农村权益",)),
    "a graduate of Lincang, 第6条": Told(
        {**LINCANG, "matter": "study", "student_stage": "graduated", "school_here": "yes", "school_kind": "university",
         "graduate_destination": "employer"}, says=("根据实际情况",)),
    "a home in the county seat, 第8条": Told(HOME, says=("退役士兵", "第8条")),
    "a rented home, 第8条": Told(
        but(HOME, ground=("rented_home",), lease_filed="yes", owner_consents="yes"), says=("退役士兵", "城中村")),
    "a soldier's wife is no veteran": Told(
        but(SOLDIER, follow_army="unwilling", with_soldier_elders="yes", elders_hukou="here"), never=("退役士兵",)),
    "a veteran": Told(but(SOLDIER, soldier_relation="veteran"), ("退役军人",), ("退役士兵", "第8条")),
    "no certificates, unmarried": Told(
        but(CHILD, parents_marriage="none", birth_certificate="no"), ("结婚证",), ("亲子鉴定", "国办发〔2015〕96号")),
    "a child whose foreign parent has no papers": Told(CHILD, says=("什么证件都没有",)),
    "a child born abroad": Told(but(CHILD, child_birthplace="abroad", want_return="yes"), ("调查",), ("入境", "相关证明材料")),
    "never registered, Wenzhou": Told(
        {"city": "wenzhou", "matter": "fix_record", "record_problem": "no_hukou"}, says=("国办发〔2015〕96号", "出生医学证明")),
    "a talent in the urban districts": Told(
        but(URBAN, ground=("skill_or_talent",), housing="none", talent="introduced"), ("市委人才办",)),
    "a booklet of the old kind, Wenzhou": Told(
        {"city": "wenzhou", "matter": "fix_record", "record_problem": "wrong_data"}, says=("换户口本", "四(一)第1段")),
    "a parent to a county of Wenzhou": Told(
        {"city": "wenzhou", "matter": "join_kin", "county": "ruian", "place_type": "county_seat", "housing": "relative_home",
         "joiner_relation": "parent"}, ("没有给县（市）写投靠",), ("也要落户",)),
    "only studies in Tianshui": Told(
        but(TIANSHUI, ties=("studies",), housing="dormitory"), ("可以申请",), ("学校所在地",), ("住到天水以后再办", "工作地的公安派出所")),
    "a window that adds conditions in Tianshui": Told(
        but(TIANSHUI, ties=("works",), housing="rented"), says=("责任主体", "市公安局", "不得再加条件")),
    "nobody moves along": Told(but(TIANSHUI, ties=("lives",), housing="owned"), never=("谁能一起迁",)),
    "Longgang and Dongtou are not Rui'an": Told(but(COUNTY, ground=("own_home",), housing="owned"), never=("龙港", "洞头")),
    "Dongtou is not Lucheng": Told(but(URBAN, ground=("own_home",), housing="owned"), never=("洞头", "龙港")),
    "only who moves is not known": Told(
        but(URBAN, ground=("skill_or_talent",), talent="introduced", movers="unsure"), never=("：没有别人一起迁",)),
    "a statement of not following the army": Told(
        but(SOLDIER, follow_army="unwilling", with_soldier_elders="yes", elders_hukou="here"), says=("不随军", "自己写")),
}  # fmt: skip


@pytest.mark.parametrize("who", TOLD)
def test_told(who: str) -> None:
    told, words = TOLD[who], Language("zh")
    held = rehearse(BOOK, told.facts)
    answer = "\n".join(held.sheet.answer)
    sheet = "\n".join((*head_lines(words, held.sheet), *folded_lines(words, held.sheet)))
    lacks = [one for one in told.first if one not in answer] + [one for one in told.says if one not in sheet]
    assert not lacks and not [one for one in told.never if one in sheet], f"{lacks}\n{sheet}"


GONE = (  # what stood on many sheets and helped nobody, or was not so
    "亲属关系证明", "只改一点还不够", "还不能直接申请", "属于这一类人", "有权管这件事", "和房东一起", "不必回老家", "这三种情况", "此件",
)  # fmt: skip


def test_what_helped_nobody_stands_nowhere() -> None:
    files = [*(ROOT / "policies").glob("*.yaml"), ROOT / "bot/wording/sentences.py"]
    assert not [(path.name, one) for path in files for one in GONE if one in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("city", CITIES)
def test_whoever_cannot_move_to_a_village_is_told_where_to_ask_or_what_else_to_do(city: str) -> None:
    refused = [line.says for line in BOOK.city(city).policy.refused.get("move_to_village", ())]
    assert [says for says in refused if not re.search("派出所问|打电话问|选“|看“|最近的一步|再来|出入境", says)] == []
