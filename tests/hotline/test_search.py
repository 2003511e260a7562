"""The desk's search: it leads to what is there, what is still wanted first, and it records nothing by likeness."""

import pytest

from bot.hotline.reading import listing
from bot.hotline.relevance import ALWAYS, asked
from bot.hotline.search import Search
from bot.wording.languages import Language
from bot.wording.views import Wording
from conftest import BOOK, CITIES
from flows.facts import NotUnderstood
from flows.typed import head, plain

FINDER = Search(BOOK)


def found(city: str, said: str, **facts: str) -> list[tuple[str, str]]:
    return [(hit.fact, hit.option) for hit in FINDER.find(city, said, {"city": city, **facts} if city else facts)]


def first_of(city: str, said: str, **facts: str) -> str:
    return FINDER.questions(city, said, {"city": city, **facts})[0].fact


def seen(city: str, said: str) -> list[tuple[str, str]]:
    return [(sight.kind, sight.id) for sight in FINDER.look(city, said)]


def recorded(city: str, said: str, **facts: str) -> list[tuple[str, str]]:
    return [(hit.fact, hit.option) for hit in FINDER.questions(city, said, {"city": city, **facts}) if hit.records]


def fits(said: str, text: str) -> bool:
    return f" {said}" in f" {text}" if said.isascii() else said in text


# ---- an answer only by its very words ----


@pytest.mark.parametrize("matter", ["", "child_registration", "join_kin", "military_family", "move_to_town"])
@pytest.mark.parametrize(
    "said", ["缅甸", "儿子", "父母", "老婆", "学校", "年龄", "孩子", "女儿", "农村", "没有", "亲戚", "外地", "有"]
)
@pytest.mark.parametrize("city", CITIES)
def test_what_fits_several_questions_lists_them_and_records_nothing(city: str, said: str, matter: str) -> None:
    assert recorded(city, said, **({"matter": matter} if matter else {})) == []


@pytest.mark.long
@pytest.mark.parametrize("city", CITIES)
def test_what_is_recorded_is_an_options_very_words_and_nobody_elses(city: str) -> None:
    """Whatever is typed: every text of every option, and all that is like it."""
    policy, hits = BOOK.city(city).policy, 0
    heard = [
        (plain(text), fact.id)
        for fact in policy.facts.values()
        if fact.id in asked(policy)
        for option, label in fact.options.items()
        for text in (label, *fact.words.get(option, ()))
    ]
    for fact in policy.facts.values():
        for option, label in fact.options.items():
            texts = (label, *fact.words.get(option, ())[::4])
            for said in {*texts, label[:-1], label[1:]}:
                for hit in FINDER.find(city, said, {"city": city}):
                    if hit.records:
                        hits += 1
                        own = policy.facts[hit.fact]
                        english = plain(Language("en")(own.options[hit.option]))
                        mine = {*map(plain, own.words.get(hit.option, ())), plain(own.options[hit.option]), english}
                        assert plain(said) in mine | {head(text) for text in mine}, said
                        assert [id_ for text, id_ in heard if id_ != hit.fact and fits(plain(said), text)] == [], said
    assert hits > 5


@pytest.mark.parametrize(
    ("said", "facts", "records"),
    [
        ("务农", {}, True),
        ("wunong", {}, False),
        ("务", {}, False),
        ("务农", {"matter": "study"}, False),
        ("务农", {"return_reason": "other"}, False),
        ("建档立卡", {}, False),
    ],
)
def test_an_answer_is_offered_where_it_is_wanted_and_not_told(said: str, facts: dict[str, str], records: bool) -> None:
    """By its own words; not by pinyin or a part, not for another matter, not over another answer, not where nobody asks it."""
    assert (recorded("lincang", said, **facts) != []) == records


def test_before_a_city_is_known_only_a_city_is_an_answer() -> None:
    assert [(hit.fact, hit.option) for hit in FINDER.questions("", "临沧市", {}) if hit.records] == [("city", "lincang")]
    for said in ("务农", "凤庆县", "租的房"):
        assert not [hit for hit in FINDER.questions("", said, {}) if hit.records], said


# ---- what comes first ----


@pytest.mark.parametrize(
    ("said", "matter", "fact"),
    [
        ("缅甸", "child_registration", "parents_nationality"),
        ("缅甸", "join_kin", "mover_citizen"),
        ("老婆", "join_kin", "joiner_relation"),
        ("老婆", "military_family", "soldier_relation"),
        ("儿子", "military_family", "soldier_relation"),
        ("儿子", "join_kin", "joiner_relation"),
        ("儿子", "child_registration", "child_birthplace"),
        ("父母", "join_kin", "joiner_relation"),
        ("父母", "child_registration", "parents_nationality"),
        ("学校", "study", "student_stage"),
        ("房东", "move_to_town", "housing"),
    ],
)
def test_what_the_matter_still_wants_comes_first(said: str, matter: str, fact: str) -> None:
    assert first_of("lincang", said, matter=matter) == fact


def test_what_is_told_or_out_of_the_question_comes_after_what_is_wanted() -> None:
    told = {"matter": "join_kin", "joiner_relation": "spouse"}
    assert first_of("lincang", "老婆", **told) != "joiner_relation"
    assert first_of("lincang", "农村", matter="move_to_village", rural_origin="yes") == "hukou_kind"


@pytest.mark.parametrize("city", CITIES)
def test_no_question_is_offered_that_the_city_never_asks(city: str) -> None:
    policy = BOOK.city(city).policy
    never = {*policy.facts} - asked(policy) - {*ALWAYS}
    assert never
    for fact in (policy.facts[one] for one in never):
        for said in (fact.ask, *fact.search[:1], *fact.options.values()):
            assert fact.id not in {hit.fact for hit in FINDER.find(city, said)}, said


# ---- everything leads somewhere ----

WORDS = "离婚 婴儿 双胞胎 残疾 低保 扶贫 半年 多久 挂靠 乡镇 本地 户口丢了 烈士 应届 再婚 退休金 改名字 学区房 拆迁 外籍 孤儿"


@pytest.mark.parametrize("said", WORDS.split())
def test_what_callers_say_leads_somewhere(said: str) -> None:
    assert found("lincang", said) or seen("lincang", said)


@pytest.mark.parametrize(
    ("city", "said", "fact"), [("shaoguan", "职称", "talent"), ("wenzhou", "劳模", "talent"), ("wenzhou", "纳税", "talent")]
)
def test_what_only_some_cities_ask_is_found_there(city: str, said: str, fact: str) -> None:
    assert fact in dict(found(city, said)) and fact not in dict(found("lincang", said))


@pytest.mark.parametrize(
    ("city", "said", "kind", "name"),
    [
        ("lincang", "跨境婚姻", "route", "lincang.border-child-china"),
        ("lincang", "跨国婚姻的小孩", "route", "lincang.border-child-abroad"),
        ("lincang", "投靠直系亲属", "route", "lincang.join-kin"),
        ("lincang", "户口簿", "paper", "household-booklet"),
        ("lincang", "hukoubu", "paper", "household-booklet"),
        ("lincang", "租赁登记备案证明", "paper", "lease-filing"),
        ("tianshui", "低保", "topic", "elderly-and-relief"),
        ("tianshui", "最低生活保障", "topic", "elderly-and-relief"),
        ("tianshui", "残疾人", "topic", "elderly-and-relief"),
        ("tianshui", "居住证", "paper", "residence-permit"),
        ("tieling", "公租房", "topic", "housing-security"),
    ],
)
def test_routes_topics_and_papers_are_found(city: str, said: str, kind: str, name: str) -> None:
    assert (kind, name) in seen(city, said)


@pytest.mark.parametrize("city", CITIES)
def test_every_route_topic_and_paper_is_found_by_its_name(city: str) -> None:
    policy = BOOK.city(city).policy
    for kind, some in (("route", policy.routes), ("topic", policy.topics)):
        for id_, one in some.items():
            assert (kind, id_) in seen(city, one.title), one.title
    listed = {paper.id for one in listing(policy) for paper in one.papers}
    for paper, title in BOOK.papers.items():
        assert (("paper", paper) in seen(city, title)) == (paper in listed), title


def test_a_whole_sentence_is_heard_by_its_words() -> None:
    assert "parents_nationality" in dict(found("lincang", "我老婆是缅甸人"))
    assert found("lincang", "买一双皮鞋") == [] == seen("lincang", "买一双皮鞋")


# ---- the search ----


@pytest.mark.parametrize(
    ("said", "fact", "option"),
    [
        ("租的房", "housing", "rented"),
        ("出租屋", "housing", "rented"),
        ("zdfz", "housing", "rented"),
        ("ZF", "housing", "rented"),
        ("秦州区", "county", "qinzhou"),
        ("qzq", "county", "qinzhou"),
        ("zufang", "housing", "rented"),
        ("zu fang", "housing", "rented"),
        ("公租房", "housing", ""),
    ],
)
def test_what_is_looked_for_is_found(said: str, fact: str, option: str) -> None:
    assert (fact, option) in found("tianshui", said)


@pytest.mark.parametrize(
    ("said", "option"), [("lease", ""), ("租赁登记", ""), ("zulindengji", ""), ("租 备案", "yes"), ("备案　租", "")]
)
def test_where_a_lease_counts_it_is_found_and_elsewhere_it_is_not(said: str, option: str) -> None:
    assert ("lease_filed", option) in found("lincang", said)
    assert "lease_filed" not in dict(found("tianshui", said)), "no route of Tianshui asks it"


@pytest.mark.long
@pytest.mark.parametrize(
    ("said", "fact", "option"),
    [
        ("学生", "student_stage", ""),
        ("xuesheng", "student_stage", ""),
        ("备案", "lease_filed", ""),
        ("租房", "housing", "rented"),
        ("没备案", "lease_filed", "no"),
        ("不是学生", "student_stage", "not_student"),
        ("三支一扶", "grassroots_project", ""),
        ("村官", "grassroots_project", ""),
        ("军官", "soldier_relation", ""),
        ("录取", "student_stage", ""),
        ("非婚", "parents_marriage", ""),
        ("新生儿", "matter", ""),
    ],
)
@pytest.mark.parametrize("city", ["lincang", ""])
def test_two_quick_presses_record_no_answer_that_nobody_gave(city: str, said: str, fact: str, option: str) -> None:
    first, *others = Search(BOOK).find(city, said)
    assert (first.fact, first.option) == (fact, option)
    assert [hit.denies for hit in others] == sorted(hit.denies for hit in others) or first.denies


def test_every_word_said_has_to_fit() -> None:
    finder = Search(BOOK)
    assert {hit.fact for hit in finder.find("lincang", "租 备案")} == {"lease_filed"}
    assert finder.find("lincang", "租 鞋") == ()


@pytest.mark.parametrize("said", ["凤庆", "fengqing", "fqx"])
def test_a_county_leads_to_its_city_as_long_as_none_is_known(said: str) -> None:
    hit = Search(BOOK).find("", said)[0]
    assert (hit.fact, hit.option, hit.label) == ("city", "lincang", "临沧（凤庆县在这里）")
    assert ("county", "fengqing") in [(hit.fact, hit.option) for hit in Search(BOOK).find("lincang", said)]


def test_words_to_search_by_are_no_answers() -> None:
    fact = BOOK.facts["soldier_relation"]
    assert "军官" in fact.search
    with pytest.raises(NotUnderstood):
        fact.read("军官", Wording(BOOK, "zh").labels(fact))


def test_a_search_is_bounded_and_never_fails() -> None:
    finder, policy = Search(BOOK), BOOK.city("tianshui").policy
    assert finder.find("tianshui", "鞋") == () and finder.find("", "鞋") == ()
    assert [hit.fact for hit in finder.find("tianshui", " ")] == [
        fact for fact in policy.facts if fact in asked(policy) | {*ALWAYS}
    ]
    assert len(finder.find("tianshui", "d" * 10_000)) == 0 and len(finder.find("tianshui", "d")) == 12
