"""The answer sheet: complete, cited, honest about its source, in the language asked for, and never a promise."""

import re

import pytest

from bot.check import Resident
from bot.wording import languages as i18n
from bot.wording import sentences
from bot.wording.languages import ROOT, Language
from bot.wording.sheet import not_met, outside
from bot.wording.text import sheet_text
from bot.wording.view import Sheet
from bot.wording.views import Wording
from conftest import BOOK, CITIES
from flows.conversation import Session
from flows.facts import Fact, Facts
from flows.policy import Policy
from test_cases import RESIDENTS

TODAY = "2026-11-22"
PROMISES = ["一定能", "一定批", "保证", "肯定可以", "必然", "will be approved", "guarantee", "certainly"]


def sheet(facts: Facts, language: str = "zh") -> Sheet:
    return Wording(BOOK, language).sheet(Session(language=language, as_of=TODAY, facts=dict(facts)))


@pytest.mark.parametrize("resident", RESIDENTS, ids=lambda resident: resident.where)
def test_every_case_has_a_whole_sheet_in_both_languages(resident: Resident) -> None:
    policy = BOOK.policy(resident.facts["city"])
    assert policy is not None
    chinese = sheet_text(BOOK, resident.facts, "zh", TODAY)
    english = sheet_text(BOOK, resident.facts, "en", TODAY)
    assert not re.search(r"[{}]", chinese + english)
    assert re.findall("[（）：；，。“”]", english) == re.findall("[“”]", english)
    assert re.findall(r"[\u4e00-\u9fff]+", english.replace(policy.document.number or "-", "")) == []
    assert re.findall(r"[。；]{2}|。。|、。|（）|：。", chinese) == []
    for text in (chinese, english):
        assert [promise for promise in PROMISES if promise in text] == []
        assert policy.version in text
    if policy.document.number:
        assert policy.document.number in chinese


@pytest.mark.parametrize("resident", RESIDENTS, ids=lambda resident: resident.where)
def test_a_sheet_speaks_of_every_route_once(resident: Resident) -> None:
    policy = BOOK.policy(resident.facts["city"])
    assert policy is not None
    made = sheet(resident.facts)
    if resident.facts.get("mover_citizen") == "no":
        assert not made.cards and "出入境" in " ".join(made.opening)
        return
    spoken = [card.route for card in made.cards] + [refusal.route for refusal in made.refusals]
    unasked = [route.id for route in policy.routes.values() if policy.routes[route.id].title in made.unasked]
    assert sorted(spoken + unasked) == sorted(policy.routes)
    for card in made.cards:
        assert policy.document.title in card.clause
        assert policy.routes[card.route].clause in card.clause
        assert card.headline
        if card.status in ("fits_if", "ambiguous", "local_rules", "not_governed"):
            assert card.points, "what is open must be said"
    for refusal in made.refusals:
        assert refusal.reasons


def test_if_never_sounds_like_then_you_can_where_the_best_is_less() -> None:
    base = {"city": "wenzhou", "county": "lucheng", "work": "unsure"}
    headline = {card.route: card.headline for card in sheet(base).cards}["wenzhou.urban-work"]
    assert "就可以申请" not in headline
    assert "当地定的标准" in headline
    curable: Facts = {
        "city": "tieling",
        "place_type": "urban_district",
        "house_acquired": "bought",
        "house_papers": ("contract",),
        "house_owner": "self",
    }
    assert "都符合了才可以申请" in {card.route: card.headline for card in sheet(curable).cards}["tieling.home-purchase"]
    gift: Facts = {**curable, "house_acquired": "inherited_gift"}
    assert "才可以申请" not in {card.route: card.headline for card in sheet(gift).cards}["tieling.home-purchase"]


def refused(facts: Facts, route: str) -> str:
    (refusal,) = (refusal for refusal in sheet(facts).refusals if refusal.route == route)
    return " ".join([not_met(Language("zh"), refusal), *refusal.changes])


def test_a_refusal_does_not_promise_that_one_change_is_enough() -> None:
    renter = {"city": "lincang", "place_type": "county_seat", "housing": "rented", "lives_there": "no"}
    assert "只改一点还不够" in refused({**renter, "lease_filed": "no", "owner_consents": "not_asked"}, "lincang.town-rental")
    met = {**renter, "lease_filed": "yes", "owner_consents": "yes", "mover_citizen": "yes"}
    assert "只改一点还不够" not in refused(met, "lincang.town-rental")


def test_for_another_county_nothing_but_another_route_is_named() -> None:
    ouhai = {
        "city": "wenzhou",
        "county": "ouhai",
        "place_type": "other_town",
        "housing": "none",
        "work": "none",
        "talent": "none",
    }
    for route in ("county-home", "county-work", "county-talent"):
        said = refused(ouhai, f"wenzhou.{route}")
        assert "属于市区" in said and "买房" not in said and "只改一点" not in said


def test_people_are_asked_only_what_is_not_known_of_them() -> None:
    base = {"city": "wenzhou", "county": "ruian", "place_type": "other_town", "housing": "owned"}
    said = {
        (mover, together): sheet({**base, "movers": (mover,), **({"live_together": together} if together else {})})
        .cards[0]
        .family[0]
        for mover in ("spouse", "adult_child")
        for together in ("", "yes")
    }
    assert "一起居住生活，才知道" in said["spouse", ""] and "可以一起迁" in said["spouse", "yes"]
    assert "（成年的孩子" in said["adult_child", ""] and "弄清成年的孩子" in said["adult_child", "yes"]
    tianshui: Facts = {"city": "tianshui", "place_type": "county_seat", "ties": ("lives",), "movers": ("spouse",)}
    assert "成年" not in sheet(tianshui).cards[0].family[0]


def test_what_another_place_decides_lists_no_papers_and_no_window_of_ours() -> None:
    abroad = {"city": "lincang", "matter": "child_registration", "parents_nationality": "one_chinese_one_border",
              "child_birthplace": "hk_mo_tw"}  # fmt: skip
    made = sheet(abroad)
    cards = [card for card in made.cards if card.status == "not_governed"]
    for card in cards:
        assert card.points and not (card.papers or card.where or card.placement or card.notes)


def test_a_foreigner_hears_where_to_ask_and_no_route() -> None:
    joining = {"matter": "join_kin", "mover_citizen": "no"}
    made = sheet({"city": "shaoguan", **joining})
    assert "文件以外" in made.opening[0] and "出入境" in made.opening[0]
    assert (made.cards, made.refusals, made.unasked) == ((), (), "")
    assert BOOK.city("shaoguan").policy.next_fact(joining) is None
    child = {"matter": "child_registration", "mover_citizen": "no"}
    assert BOOK.city("lincang").policy.next_fact(child) == "parents_nationality", "a child's routes ask for no citizen"
    assert "跨境婚姻的孩子" in sheet({"city": "lincang", **joining}).unasked


def test_a_sheet_asked_for_too_early_names_the_question_that_is_left() -> None:
    facts = {"city": "tieling", "place_type": "village", "joiner_relation": "spouse", "hukou_kind": "village", "joined_hukou_kind": "village"}  # fmt: skip
    (card,) = (card for card in sheet(facts).cards if card.route == "tieling.village-kin")
    assert card.status == "fits" and any("还有一题没有问到" in point and "中国公民" in point for point in card.points)
    (card,) = (card for card in sheet({**facts, "mover_citizen": "yes"}).cards if card.route == "tieling.village-kin")
    assert not card.points


def test_papers_say_who_asks_for_them() -> None:
    resident: Facts = {
        "city": "lincang", "place_type": "county_seat", "housing": "rented", "lives_there": "yes", "lease_filed": "no",
        "owner_consents": "yes", "movers": (), "live_together": "yes",
    }  # fmt: skip
    (card,) = (card for card in sheet(resident).cards if card.route == "lincang.town-rental")
    remarks = {paper.id: paper.remark for paper in card.papers}
    assert remarks["lease-filing"] == "文件规定的条件"
    assert remarks["resident-id"] == "文件未列明，派出所可能要求"
    poor: Facts = {
        "city": "tianshui",
        "place_type": "county_seat",
        "ties": ("lives",),
        "work": "employee",
        "registered_poor": "yes",
        "housing": "none",
    }
    (card,) = (card for card in sheet(poor).cards if card.route == "tianshui.registered-poor")
    assert {paper.id: paper.remark for paper in card.papers}["registered-poor-certificate"] == "文件点名要的"


def test_departments_and_offices_only_where_the_document_names_them() -> None:
    for city in CITIES:
        policy: Policy = BOOK.city(city).policy
        named = [bool(route.department) for route in policy.routes.values()] + [
            bool(topic.department) for topic in policy.topics.values()
        ]
        if city in ("tieling", "shaoguan"):
            assert not any(named)
            assert not any(route.office for route in policy.routes.values())
        else:
            assert all(route.department for route in policy.routes.values())


def test_outside_knowledge_is_always_labelled() -> None:
    for city in CITIES:
        for route in BOOK.city(city).policy.routes.values():
            for line in route.general:
                card = outside(Language("zh"), line)
                assert card.startswith("（文件以外")
    for word in ("国籍法", "居住证暂行条例", "国办发", "农村土地承包法》（2018", "学信网", "不动产权证书"):
        for city in CITIES:
            policy = BOOK.city(city).policy
            told = [
                *(note for route in policy.routes.values() for note in route.notes),
                *(topic.says for topic in policy.topics.values()),
            ]
            assert [text for text in told if word in text] == []


def test_a_city_without_a_document_gets_an_honest_answer() -> None:
    assert "只有这几个市的文件" in sheet({"city": "other"}).opening[0]
    assert "先想好" in sheet({"city": "unsure"}).opening[0]
    assert sheet({"city": "other"}).cards == ()


def test_no_route_is_said_plainly_and_is_not_the_end() -> None:
    nothing: Facts = {"city": "shaoguan", "place_type": "village", "housing": "none", "joiner_relation": "none", "student_stage": "not_student",
               "talent": "none", "long_worker": "no", "ties": (), "hukou_place": "elsewhere", "matter": "move_to_town"}  # fmt: skip
    made = sheet(nothing)
    assert made.cards == ()
    assert len(made.refusals) == 6
    assert any("不等于以后也不能落户" in line for line in made.opening)
    assert all(refusal.reasons and refusal.changes for refusal in made.refusals if refusal.route != "shaoguan.residence-permit")


def test_a_matter_of_which_the_document_is_silent_is_said_at_once() -> None:
    facts = {"city": "tieling", "matter": "child_registration"}
    policy = BOOK.city("tieling").policy
    assert policy.next_fact(facts) is None and policy.next_fact(facts, ["topics"]) is not None
    made = sheet(facts)
    assert "没有写新生儿" in made.opening[0] and not made.refusals and made.unasked
    assert any("没有专门写军人家属" in line for line in sheet({"city": "tianshui", "matter": "military_family"}).opening)


def test_nothing_of_the_documents_is_copied_at_length() -> None:
    """Own words: no text of ours shares a run of 40 characters with its document (lists of names and titles excepted)."""
    for city in CITIES:
        document = re.sub(r"\s", "", (ROOT / "tests" / "documents" / f"{city}.txt").read_text(encoding="utf-8"))
        for text in BOOK.city(city).texts:
            if "《" in text.says or "市公安局" in text.says or "、市" in text.says:
                continue
            runs = [text.says[start : start + 40] for start in range(max(0, len(text.says) - 39))]
            assert [run for run in runs if run in document] == [], text


@pytest.mark.parametrize("fact", BOOK.facts.values(), ids=lambda fact: fact.id)
def test_a_question_can_be_said_to_the_caller_and_to_who_asks_for_another(fact: Fact) -> None:
    """A caller sees no screen; and who asks for a mother is not asked about themselves."""
    assert fact.aloud != fact.third
    for said in (fact.aloud, fact.third):
        assert said.startswith("请问") and re.search("[？。]$", said)
        assert not re.search("下面|上面|点一下|要迁户口的人", said)
    assert not re.search("您", fact.third)
    english = Language("en")
    assert not re.search(r"\b(you|your)\b", english(fact.third), re.IGNORECASE)


def test_the_catalogue_is_complete() -> None:
    assert list(i18n.faults(i18n.all_texts(BOOK), "en")) == []


def test_a_sentence_of_ours_stands_once_and_the_catalogue_knows_it() -> None:
    """In modules all stand in sentences.py; both marks are found."""
    marked = [(text.file, text.says) for text in i18n.extract_translations()]
    in_modules = [says for file, says in marked if file.endswith(".py")]
    assert {file for file, _ in marked if file.endswith(".py")} == {"bot/wording/sentences.py"}
    assert len(set(in_modules)) == len(in_modules) and sentences.BUSY in in_modules
    assert ("bot/web/templates/hall.html", "办公时间") in marked
