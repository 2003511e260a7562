"""The first sentences of the sheet answer what was asked: a table, after what residents asked in public."""

import re

import pytest

from bot.rehearse import rehearse
from bot.wording.languages import Language
from bot.wording.questions import answered
from bot.wording.sheet import sheet
from conftest import BOOK, CITIES, ROOT
from flows.conversation import Session, Talk
from flows.facts import UNSURE, Answer, Facts

BOUGHT: Facts = {"city": "tieling", "matter": "move_to_town", "ground": ("own_home",), "house_acquired": "bought", "house_papers": ("certificate",)}  # fmt: skip
VILLAGE: Facts = {"city": "tieling", "matter": "join_kin", "place_type": "village", "hukou_kind": "village", "joined_hukou_kind": "village", "mover_citizen": "yes", "movers": ()}  # fmt: skip
GRADUATE: Facts = {
    "city": "tieling",
    "matter": "move_to_town",
    "ground": ("rented_home", "diploma"),
    "school_kind": "university",
    "place_type": "urban_district",
}
KIN: Facts = {"city": "shaoguan", "matter": "join_kin", "place_type": "urban_district", "live_together": "yes", "movers": ()}

ANSWERS: dict[str, tuple[Facts, str]] = {
    "a mother joins her son, who rents": ({"city": "tieling", "matter": "join_kin", "joiner_relation": "parent", "place_type": "county_seat", "house_acquired": "none"}, "租的房子，文件没有写"),
    "a townsperson to a village": ({"city": "tieling", "matter": "move_to_village", "rural_origin": "no", "hukou_kind": "town"}, "严格控制"),
    "from village to village": ({**VILLAGE, "joiner_relation": "spouse"}, "农村居民之间的“三投靠”除外"),
    "a grown child back to the village": ({**VILLAGE, "joiner_relation": "adult_child"}, "算不算“三投靠”"),
    "a home of the parents, living apart": ({**BOUGHT, "house_owner": "parent", "owner_can_settle": "yes", "live_together": "no"}, "要和房主一起生活才行"),
    "the owner cannot come": ({**BOUGHT, "house_owner": "spouse", "owner_can_settle": "no", "owner_present": "no"}, "房主必须亲自到场一同办"),
    "a graduate whose lease is not filed": ({**GRADUATE, "housing": "rented", "lives_there": "yes", "lease_filed": "no"}, "租房没备案也可以"),
    "a graduate in a home of their own": ({**GRADUATE, "ground": ("own_home", "diploma"), "house_acquired": "none", "housing": "owned", "lives_there": "yes"}, "户口应当落在这处房子"),
    "a stall-holder who pays a pension": ({"city": "tieling", "matter": "move_to_town", "ground": ("rented_home", "job", "insurance"), "work": "flexible", "insurance": ("employee_pension",)}, "在铁岭交着职工保险，可以申请"),
    "not graduated yet": ({"city": "tieling", "matter": "study", "student_stage": "studying", "school_here": "no", "school_kind": "university", "rural_origin": "no"}, "高校毕业以后"),
    "asked for the land, Tieling": ({"city": "tieling", "matter": "rights", "asked_to_give_up_land": "yes"}, "退地的字先别签"),
    "a grown son joins his parents": ({**KIN, "joiner_relation": "adult_child"}, "成年子女投靠父母，韶关的文件没有列"),
    "a child joins its father": ({**KIN, "joiner_relation": "minor_child"}, "可以申请投靠父母"),
    "asked for the land, Shaoguan": ({"city": "shaoguan", "matter": "rights", "asked_to_give_up_land": "yes"}, "不许拿退承包地"),
    "how long until a permit": ({"city": "shaoguan", "matter": "residence_permit", "hukou_place": "elsewhere", "ties": ("lives",)}, "要住多久、要什么条件，韶关的文件没有写"),
}  # fmt: skip


@pytest.mark.parametrize("resident", ANSWERS)
def test_the_first_sentence_answers_what_was_asked(resident: str) -> None:
    facts, says = ANSWERS[resident]
    made = sheet(BOOK, Language("zh"), rehearse(BOOK, facts).talk.session)
    assert says in made.answer[0]
    assert "（（" not in made.answer[0], "a clause that is a number in brackets stands in one pair"


RECORD: Facts = {"city": "lincang", "matter": "fix_record"}
CHILD: Facts = {
    "city": "lincang",
    "matter": "child_registration",
    "child_registered": "no",
    "record_problem": "no_hukou",
    "parents_nationality": "one_chinese_one_border",
    "parents_marriage": "certificate",
    "birth_certificate": "yes",
    "chinese_parent_hukou": "here",
    "child_birthplace": "china",
    "child_foreign_nationality": "no",
}
RECORDS: list[tuple[Facts, str]] = [  # what was said of a record that was never set right, and what comes first
    ({**RECORD, "record_problem": "no_hukou"}, "登记户口是公民的基本权利"),
    ({**RECORD, "record_problem": "unplanned_birth"}, "超生的孩子落户，文件点名要妥善处理"),
    ({**RECORD, "record_problem": "duplicate"}, "留哪一个，文件没有写，由派出所定"),
    ({**RECORD, "record_problem": "wrong_data"}, "有错、有漏，文件要求改过来"),
    ({**RECORD, "record_problem": "should_cancel"}, "该注销没注销的户口，文件要求处理"),
    ({**RECORD, "record_problem": "resettled"}, "自己搬来的人落户，文件要求妥善处理"),
    ({**RECORD, "record_problem": UNSURE}, "查一查，户口到底有什么问题"),
    ({**RECORD, "record_problem": "none"}, "户口没有问题，就不用走这一条"),
    ({**CHILD, "parents_nationality": "both_chinese"}, "文件要求解决上不了户口的难题"),
    ({**CHILD, "parents_nationality": "both_chinese", "record_problem": UNSURE}, "先说清孩子为什么还没上户口"),
    ({**CHILD, "parents_nationality": "neither"}, "爸爸妈妈都不是中国公民，这份文件管不了"),
    ({**CHILD, "parents_marriage": "none", "child_foreign_nationality": "yes"}, "孩子已经有外国国籍，这份文件管不了"),
    ({**CHILD, "parents_marriage": "none", "birth_certificate": "no"}, "没有父母的结婚证、也没有孩子的出生证"),
    ({**CHILD, "parents_marriage": "none"}, "父母没有领结婚证"),
    ({**CHILD, "parents_marriage": "foreign_certificate"}, "父母的结婚证是外国的"),
    ({**CHILD, "parents_marriage": "after_birth"}, "结婚证是孩子出生后才领的"),
    ({**CHILD, "parents_nationality": "one_chinese_other_foreign"}, "外国籍的那一方不是边民"),
    ({**CHILD, "chinese_parent_hukou": "elsewhere"}, "那里在外地，归那个地方管"),
    ({**CHILD, "chinese_parent_hukou": "none"}, "自己还没有户口，文件没有写孩子上到哪里"),
    ({**CHILD, "chinese_parent_hukou": "parent_dead"}, "已经去世，文件没有写孩子上到哪里"),
]


@pytest.mark.parametrize(("facts", "says"), RECORDS, ids=[says for _, says in RECORDS])
def test_the_first_sentence_on_a_record_speaks_of_this_case_and_promises_nothing(facts: Facts, says: str) -> None:
    first = sheet(BOOK, Language("zh"), Session(facts=dict(facts))).answer[0]
    assert says in first
    assert "第12条" in first or "第13条" in first
    assert "可以申请" not in first
    others = {other for _, other in RECORDS if other in first}
    assert others == {says}, "each case has words of its own"


def test_of_two_hukou_nobody_is_asked_to_know_which_one_stays() -> None:
    """The police say which is kept: what is said to do holds for either."""
    for city in ("tianshui", "wenzhou", "tieling", "shaoguan"):
        facts: Facts = {"city": city, "matter": "fix_record", "record_problem": "duplicate"}
        answer = "".join(sheet(BOOK, Language("zh"), Session(facts=facts)).answer)
        assert "其中一个户口所在地的派出所" in answer and "该留哪一个" in answer, city


PROBLEMS = {  # of a record: by which words a document names it
    "no_hukou": "无户口|没有户口|户口登记难",
    "duplicate": "多重户口|重复户口",
    "wrong_data": "差、错、漏|信息有误|更正",
    "should_cancel": "应销未销",
    "resettled": "安置移民|自发移民",
    "unplanned_birth": "计划外生育|与户口登记脱钩|超生",
}
NAMES = {"lincang": {*PROBLEMS}, "wenzhou": {"no_hukou", "unplanned_birth"}}  # the other three documents name none


@pytest.mark.parametrize("city", CITIES)
def test_what_is_wrong_with_a_record_is_asked_where_the_document_names_it_and_only_there(city: str) -> None:
    document = re.sub(r"\s", "", (ROOT / "policies" / "documents" / f"{city}.txt").read_text(encoding="utf-8"))
    named = {problem for problem, words in PROBLEMS.items() if re.search(words, document)}
    assert named == NAMES.get(city, set())
    assert ("record_problem" in rehearse(BOOK, {"city": city, "matter": "fix_record"}).asked) is bool(named)


@pytest.mark.parametrize("city", CITIES)
def test_a_problem_that_was_told_is_answered_by_its_name_where_the_document_is_silent(city: str) -> None:
    """Told in somebody's own words, that is: it is not asked there."""
    told: dict[str, str] = {}
    for problem in PROBLEMS.keys() - NAMES.get(city, set()):
        facts: Facts = {"city": city, "matter": "fix_record", "record_problem": problem}
        told[problem] = sheet(BOOK, Language("zh"), Session(facts=facts)).answer[0]
        assert "没有写" in told[problem] and re.search("派出所[^“]*：“", told[problem])
    unsaid = sheet(BOOK, Language("zh"), Session(facts={"city": city, "matter": "fix_record"})).answer
    assert unsaid[0] not in told.values()


def test_what_would_be_taken_for_none_can_be_ticked() -> None:
    """Who does not tick a job or a rented home is taken to have none: in Tieling both decide, so both are offered."""
    policy = BOOK.city("tieling").policy
    assert {"job", "rented_home", "other_home"} <= policy.question(
        "ground", {"city": "tieling", "matter": "move_to_town"}
    ).options.keys()


NOT_WRITTEN = {  # what people ask and a city's document does not say: what its sheet says of it after all, by the matter
    ("lincang", "other_hukou"): {},
    ("tianshui", "move_to_town"): {"appeal": "县区政府（责任主体，二、第13项）和市公安局（管督导，三(二)）"},
    ("tianshui", "residence_permit"): {},
    ("tianshui", "other_hukou"): {},
    ("wenzhou", "other_hukou"): {},
    ("tieling", "other_hukou"): {},
    ("shaoguan", "other_hukou"): {},
}


@pytest.mark.parametrize(("city", "matter"), NOT_WRITTEN)
def test_what_the_document_says_after_all_is_not_called_unsaid(city: str, matter: str) -> None:
    facts: Facts = {"city": city, "matter": matter, "ties": (), "hukou_place": "none"}
    made = sheet(BOOK, Language("zh"), rehearse(BOOK, facts).talk.session)
    block = made.block("not_written")
    assert block is not None
    for asked, says in BOOK.not_in_document.items():
        assert (says in block.lines[0]) is (asked not in NOT_WRITTEN[city, matter]), asked
    for says in NOT_WRITTEN[city, matter].values():
        assert says in "".join(block.lines[1:])
    assert NOT_WRITTEN[city, matter] or len(block.lines) == 1, "what is said of one matter stands on no other's sheet"


@pytest.mark.parametrize(
    ("owner", "told"), [({"house_owner": "child", "owner_can_settle": "no"}, True), ({"house_owner": "self"}, False)]
)
def test_that_an_owner_must_come_is_told_where_the_family_settles_alone(owner: Facts, told: bool) -> None:
    facts: Facts = {"city": "tieling", "matter": "move_to_town", "ground": ("own_home",), "place_type": "county_seat",
                    "house_acquired": "bought", "house_papers": ("certificate",), "joiner_relation": "parent",
                    "owner_present": "yes", "movers": (), **owner}  # fmt: skip
    block = sheet(BOOK, Language("zh"), rehearse(BOOK, facts).talk.session).block("not_written")
    assert block is not None
    assert any(line.startswith("代办：") for line in block.lines) is told
    assert (BOOK.not_in_document["proxy"] in block.lines[0]) is not told


@pytest.mark.parametrize(
    ("city", "fact", "answer", "later"),
    [
        ("tieling", "joiner_relation", "spouse", {"house_owner": "parent"}),
        ("lincang", "ground", ("own_home", "insurance"), {}),
        ("wenzhou", "place_type", "county_seat", {"county": "lucheng"}),
    ],
)
def test_an_answer_that_is_offered_no_more_is_still_called_by_its_name(
    city: str, fact: str, answer: Answer, later: Facts
) -> None:
    said: Facts = {"city": city, "matter": "move_to_town", fact: answer, **later}
    policy, given = BOOK.city(city).policy, [answer] if isinstance(answer, str) else list(answer)
    assert {*given} - {*policy.question(fact, said).options}
    shown = answered(Language("zh"), Talk(BOOK, Session(facts=dict(said))), fact)
    assert [one for one in given if policy.facts[fact].options[one] not in shown] == []
