"""The answer sheet: answered first, complete, cited, honest about its source, in the language asked for, and never a promise.

Long, as each promise of the sheet has its test, over the same residents.
"""

import re

import pytest

from bot.check import Resident
from bot.wording import languages as i18n
from bot.wording import sentences
from bot.wording.answer import Case
from bot.wording.cards import not_met
from bot.wording.heard import asked_besides
from bot.wording.languages import ROOT, Language
from bot.wording.sheet import case_of
from bot.wording.text import sheet_text
from bot.wording.view import BlockName, Card, Sheet
from bot.wording.views import Wording
from conftest import BOOK, CITIES
from flows.conversation import Session, Talk
from flows.facts import Answer, Facts
from flows.policy import Policy
from test_cases import RESIDENTS

TODAY = "2026-11-22"
NOT_HAN = re.compile("[^\u4e00-\u9fff]")
PROMISES = ["一定能", "一定批", "保证", "肯定可以", "必然", "will be approved", "guarantee", "certainly"]
ORDER: tuple[BlockName, ...] = (
    "answer", "steps", "errand", "asks", "together", "place", "never_mind", "not_written", "also",
)  # fmt: skip
EVERY = pytest.mark.parametrize("resident", RESIDENTS, ids=lambda resident: resident.where)


def sheet(facts: Facts, language: str = "zh", asks_for: str = "") -> Sheet:
    session = Session(language=language, as_of=TODAY, facts=dict(facts), asks_for="self" if asks_for else "")
    return Wording(BOOK, language).sheet(session)


def policy_of(facts: Facts) -> Policy:
    policy = BOOK.policy(facts["city"])
    assert policy is not None
    return policy


def case(facts: Facts) -> Case:
    made = case_of(BOOK, Language("zh"), Session(facts=dict(facts)))
    assert made is not None
    return made


def lines(made: Sheet, name: BlockName) -> str:
    block = made.block(name)
    return "\n".join(block.lines) if block else ""


def card_of(made: Sheet, route: str) -> Card:
    (card,) = (card for card in made.cards if card.route == route)
    return card


# ---- the whole of it ----


@EVERY
def test_every_case_has_a_whole_sheet(resident: Resident) -> None:
    policy, text = policy_of(resident.facts), sheet_text(BOOK, resident.facts, "zh", TODAY)
    assert not re.search(r"[{}]", text)
    assert re.findall(r"[。；]{2}|。。|、。|（）|：。|、、|“”", text) == []
    assert [promise for promise in PROMISES if promise in text.replace("不能说“一定能办”", "").replace("参保证明", "")] == []
    assert policy.version in text and "2026年11月22日" in text
    if policy.document.number:
        assert policy.document.number in text


FILES = (*sorted((ROOT / "policies").glob("*.yaml")), *sorted((ROOT / "bot" / "wording").glob("*.py")))
CHINESE = "".join([*(path.read_text(encoding="utf-8") for path in FILES), *(text.says for text in i18n.policy_texts(BOOK))])
SAID = r"[\u4e00-\u9fff][^“”]*"  # in Chinese, to the police station


@EVERY
def test_every_case_has_a_whole_sheet_in_english(resident: Resident) -> None:
    policy, text = policy_of(resident.facts), sheet_text(BOOK, resident.facts, "en", TODAY)
    assert not re.search(r"[{}]", text)
    said = rf"\(“({SAID})”\)|^ *“({SAID})”$"
    text = re.sub(said, lambda one: "" if (one[1] or one[2]) in CHINESE else one[0], text, flags=re.MULTILINE)
    assert re.findall("[（）：；，。“”]", text) == re.findall("[“”]", text)
    beside = r"\(([\u4e00-\u9fff〔〕0-9、]+)\)"  # the Chinese of what is shown at a window
    assert [part for one in re.findall(beside, text) for part in one.split("、") if part not in CHINESE] == []
    assert (
        re.findall(
            r"[\u4e00-\u9fff]+",
            re.sub(rf"{beside}|[\u4e00-\u9fff]+〔\d{{4}}〕\d+号", "", text).replace(policy.document.number or "-", ""),
        )
        == []
    )
    assert [promise for promise in PROMISES if promise in text] == []
    assert policy.version in text


def test_what_another_route_says_in_english_begins_with_a_capital() -> None:
    facts: Facts = {
        "city": "wenzhou", "matter": "move_to_town", "county": "longgang", "place_type": "county_seat", "housing": "dormitory",
        "ground": ("other_home", "job", "insurance"), "work": "employee", "insurance": ("employee_pension",),
    }  # fmt: skip
    other = next(line for line in sheet(facts, "en").answer if line.startswith("Another route"))
    assert "separately. The person moving can" in other


def test_a_yes_in_english_states_nothing_that_is_not_known_yet() -> None:
    facts: Facts = {
        "city": "tieling",
        "matter": "move_to_town",
        "ground": ("insurance", "job"),
        "work": "flexible",
        "insurance": "unsure",
    }
    assert not [line for line in sheet(facts, "en").answer if "is being paid in Tieling." in line]


@EVERY
def test_what_is_said_on_the_phone_stands_in_chinese_below_it_on_an_english_sheet(resident: Resident) -> None:
    chinese, english = (sheet(resident.facts, language).block("asks") for language in ("zh", "en"))
    whole = sheet_text(BOOK, resident.facts, "en", TODAY)
    assert (chinese is None) == (english is None)
    if chinese is not None and english is not None:
        assert (chinese.chinese, english.chinese) == ((), chinese.lines)
        assert [line for line, below in english.by_line if f"· {line}\n  {below}\n" not in whole] == []


@EVERY
def test_the_head_answers_first_and_no_part_of_it_is_empty(resident: Resident) -> None:
    made = sheet(resident.facts)
    names = [block.name for block in made.blocks]
    order = ("answer", "also", "not_written") if resident.facts.get("matter") == "rights" else ORDER
    assert names == [name for name in order if name in names] and names[0] == "answer"
    assert made.answer and made.answer[0]
    for block in made.blocks:
        assert (block.heading == "") == (block.name == "answer")
        assert (block.lines or block.papers) and all(line.strip() for line in block.lines)
        assert len(set(block.lines)) == len(block.lines), "nothing is said twice"
        assert (block.numbered, block.said) == (block.name == "steps", block.name == "asks")
        assert len(block.lines) <= 3 or block.name not in ("steps", "asks")
    assert "不是审批" in made.footer[0] and policy_of(resident.facts).document.title in made.footer[0]
    assert len(made.footer) == 2


@EVERY
def test_a_sheet_speaks_of_every_route_of_the_matter_once(resident: Resident) -> None:
    facts, policy, made = policy_of(resident.facts).known(resident.facts), policy_of(resident.facts), sheet(resident.facts)
    statuses = policy.statuses(facts)
    spoken = [card.route for card in made.cards] + [refusal.route for refusal in made.refusals]
    assert len(spoken) == len(set(spoken)) and {*spoken} <= {*policy.routes}
    matters = policy.asked_for(facts) if "matter" in facts else tuple(policy.routes.values())
    spoken_of = {route.id for route in matters if route in policy.routes_for(facts) and policy.judge(route, facts).is_known}
    possible = {route for route in spoken_of if statuses[route] not in ("none", "open")}
    outcome = policy.outcome(facts, overview=policy.overview(resident.facts))
    if outcome.kind == "overview":
        assert not spoken
        return
    lead = case(resident.facts).lead
    assert {card.route for card in made.cards} == possible
    assert {refusal.route for refusal in made.refusals} <= spoken_of - possible
    for card in made.cards:
        assert card.status == statuses[card.route] and card.headline == sentences.STATUS[card.status]
        assert policy.document.title in card.clause and policy.routes[card.route].clause in card.clause
        if card.status in ("fits_if", "ambiguous", "local_rules", "not_governed"):
            said_above = card.status == "not_governed" and lead is not None and lead.route.id == card.route
            assert card.points or said_above, "what is open must be said"
    assert all(refusal.reasons and refusal.clause for refusal in made.refusals)
    left = len(policy.routes_for(facts)) - len(spoken_of)
    assert (f"还有{left}条" in made.unasked) if left > 0 else made.unasked == ""


@EVERY
def test_the_head_is_of_the_best_route_and_its_papers_stand_there_once(resident: Resident) -> None:
    """Its clause closes the answer's first sentence; its own card does not repeat papers and window."""
    lead, made = case(resident.facts).lead, sheet(resident.facts)
    if lead is None or case(resident.facts).outcome.kind not in ("fits", "fits_if", "local_rules", "ambiguous"):
        assert not made.papers or "现在还不能申请" in made.answer[0]
        return
    assert lead.route.id in case(resident.facts).outcome.routes
    assert made.answer[0].rstrip("）").endswith(lead.route.clause.rstrip("）"))
    assert {paper.id for paper in made.papers} == {paper.id for paper in lead.papers}
    basis = [paper.basis == "implied" for paper in made.papers]
    assert basis == sorted(basis), "those of the document first"
    card = card_of(made, lead.route.id)
    assert not (card.papers or card.where or card.family or card.placement)
    errand = made.block("errand")
    assert errand is not None and errand.lines[0].startswith("去")
    assert ("文件没有写哪个窗口" in "".join(errand.lines)) == (not lead.route.office)
    later = "都齐了，再去办" if (lead.status, lead.at_best) == ("fits_if", "fits") else "去哪里、带什么"
    assert errand.heading == later


# ---- the answer ----


@EVERY
def test_if_never_sounds_like_then_you_can_where_the_best_is_less(resident: Resident) -> None:
    for matter in BOOK.facts["matter"].options:
        facts = {**resident.facts, "matter": matter}
        lead = case(facts).lead
        if lead is not None and lead.status == "fits_if" and lead.at_best != "fits":
            assert "就可以申请" not in sheet(facts).answer[0], matter


def test_what_is_lacking_is_named_and_what_follows_is_what_it_can_become() -> None:
    base = {"city": "wenzhou", "matter": "move_to_town", "county": "lucheng", "work": "unsure"}
    made = sheet(base)
    assert "就可以申请" not in made.answer[0] and "细则" in made.answer[0]
    curable: Facts = {"city": "tieling", "matter": "move_to_town", "place_type": "urban_district", "house_acquired": "bought",
                      "house_papers": ("contract",), "house_owner": "self", "movers": ()}  # fmt: skip
    assert "还差" in sheet(curable).answer[0] and "就可以申请" in sheet(curable).answer[0]
    gift = sheet({**curable, "house_acquired": "inherited_gift"}).answer[0]
    assert "还差" in gift and "就可以申请" not in gift


def test_the_person_has_a_name_and_who_moves_along_is_named() -> None:
    renter: Facts = {"city": "lincang", "matter": "move_to_town", "place_type": "county_seat", "housing": "rented",
                     "lives_there": "yes", "lease_filed": "yes", "owner_consents": "yes", "movers": (),
                     "mover_citizen": "yes"}  # fmt: skip
    assert sheet(renter).answer[0].startswith("要迁户口的人可以申请")
    assert sheet(renter, asks_for="self").answer[0].startswith("您可以申请")
    both = {**renter, "movers": ("spouse", "minor_child"), "live_together": "yes"}
    assert sheet(both, asks_for="self").answer[0].startswith("您和爱人、未成年的孩子可以申请")
    assert not sheet({**both, "live_together": "no"}, asks_for="self").answer[0].startswith("您和")
    child: Facts = {"city": "lincang", "matter": "child_registration", "parents_nationality": "one_chinese_one_border",
                    "parents_marriage": "certificate", "child_birthplace": "china", "birth_certificate": "yes",
                    "child_foreign_nationality": "no", "chinese_parent_hukou": "here", "child_registered": "no"}  # fmt: skip
    assert "孩子" in sheet(child, asks_for="self").answer[0] and not sheet(child, asks_for="self").answer[0].startswith("您")


def test_a_stage_that_lies_ahead_is_told_as_it_will_be() -> None:
    graduate = BOOK.city("lincang").policy.routes["lincang.graduate"]
    made = sheet({"city": "lincang", "matter": "study", "student_stage": "studying"})
    if not any(need.ahead for need in graduate.needs.leaves()):
        raise AssertionError("lincang.graduate says of no stage what it will be")
    assert "现在还不能申请" in made.answer[0] and graduate.clause in made.answer[0]
    assert made.papers and not made.cards, "it is told in the head; on no card, for nothing is open now"


def test_no_route_is_said_plainly_and_is_not_the_end() -> None:
    nothing: Facts = {"city": "shaoguan", "place_type": "village", "housing": "none", "joiner_relation": "none", "student_stage": "not_student",
               "talent": "none", "long_worker": "no", "ties": (), "hukou_place": "elsewhere", "matter": "move_to_town"}  # fmt: skip
    made, policy = sheet(nothing), BOOK.city("shaoguan").policy
    assert made.cards == () and not made.papers and made.block("steps") is None
    assert {one.route for one in made.refusals} == {route.id for route in policy.asked_for(nothing)}
    assert "可以申请" not in made.answer[0]
    assert any(word in "".join(made.answer) for word in ("最近的一步", "差在这里"))
    assert all(refusal.reasons and refusal.changes for refusal in made.refusals)


def test_what_another_place_decides_lists_no_papers_and_no_window_of_ours() -> None:
    abroad = {"city": "lincang", "matter": "child_registration", "parents_nationality": "one_chinese_one_border",
              "child_birthplace": "hk_mo_tw"}  # fmt: skip
    made = sheet(abroad)
    assert case(abroad).outcome.kind == "not_governed" and "另外的规定" in made.answer[0]
    for card in made.cards:
        assert card.points and not (card.papers or card.where or card.placement or card.notes)
    assert not made.papers
    assert [made.block(name) for name in ("steps", "errand", "place", "never_mind")] == [None] * 4


def test_a_foreigner_hears_where_to_ask_and_no_route() -> None:
    joining = {"matter": "join_kin", "mover_citizen": "no"}
    made = sheet({"city": "shaoguan", **joining})
    assert "文件以外" in made.answer[0] and "出入境" in made.answer[0]
    assert (made.cards, made.refusals, made.unasked, made.papers) == ((), (), "", ())
    assert BOOK.city("shaoguan").policy.next_fact(joining) is None
    child = {"matter": "child_registration", "mover_citizen": "no"}
    policy = BOOK.city("lincang").policy
    assert policy.next_fact(child) in policy.order["child_registration"], "a child's routes ask for no citizen"
    assert sheet({"city": "lincang", **joining}).unasked, "the routes of a child are left"


def test_a_city_without_a_document_gets_an_honest_answer() -> None:
    assert "只有这几个市的文件" in sheet({"city": "other"}).answer[0]
    assert "先想好" in sheet({"city": "unsure"}).answer[0]
    assert sheet({"city": "other"}).cards == ()


def test_where_the_matter_is_not_written_another_route_that_fits_is_named_also_when_it_was_asked_about() -> None:
    facts: Facts = {"city": "shaoguan", "matter": "child_registration", "housing": "owned", "place_type": "urban_district",
                    "movers": ("spouse",), "live_together": "yes"}  # fmt: skip
    places: dict[tuple[str, ...], tuple[BlockName, str]] = {
        (): ("also", "按您说的也对得上"),
        ("topics",): ("answer", "：可以申请"),
    }
    for seen, (where, says) in places.items():
        made = Wording(BOOK, "zh").sheet(Session(phase="result", facts=facts, as_of=TODAY, seen=seen))
        assert "没有写" in made.answer[0] and f"“有住所落户”{says}" in lines(made, where), seen


def test_what_no_document_says_is_said_in_a_sentence() -> None:
    for asked in (*BOOK.not_in_document, *BOOK.when_asked):
        said = asked_besides(Language("en"), Talk(BOOK, Session(language="en")), asked)
        assert said[0].isupper(), said


def test_a_matter_of_which_the_document_is_silent_is_said_at_once() -> None:
    facts = {"city": "tieling", "matter": "child_registration"}
    policy = BOOK.city("tieling").policy
    assert policy.next_fact(facts) is None and policy.next_fact(facts, ["topics"]) is not None
    made = sheet(facts)
    assert "没有写" in made.answer[0] and not made.refusals and made.unasked and not made.papers
    for city in CITIES:
        for matter in BOOK.city(city).policy.silent:
            here = policy_of({"city": city})
            if not here.silence({"matter": matter}):
                continue
            silent = sheet({"city": city, "matter": matter})
            assert silent.answer[0] == here.silence({"matter": matter})[0].says
            assert here.outcome({"matter": matter}).kind == "silent"


def test_every_route_of_the_city_stands_on_the_overview_with_what_it_needs() -> None:
    for city in CITIES:
        policy = BOOK.city(city).policy
        made = sheet({"city": city, "matter": "unsure"})
        assert len(made.answer) == len(policy.routes) + 2 and not made.cards and not made.refusals
        assert made.unasked.startswith("这些路"), "there are no others"
        for route, line in zip(policy.routes.values(), made.answer[1:-1], strict=True):
            assert line.startswith(route.title) and len(line) > len(route.title) + 2
        assert "派出所" in made.answer[-1]


def test_on_the_overview_the_routes_of_the_matter_stand_first() -> None:
    asked = ("parents_nationality", "child_registered", "chinese_parent_hukou")
    facts: Facts = {"city": "lincang", "matter": "child_registration", **dict.fromkeys(asked, "unsure")}
    policy = BOOK.city("lincang").policy
    assert policy.overview(facts), "three that were not known"
    asked_for = [route.title for route in policy.asked_for(facts)]
    first = sheet(facts).answer[1 : 1 + len(asked_for)]
    assert asked_for and [line.partition("：")[0] for line in first] == asked_for


@EVERY
def test_another_route_of_the_matter_that_may_be_open_has_a_line(resident: Resident) -> None:
    came, made = case(resident.facts), sheet(resident.facts)
    if came.outcome.kind in ("fits", "fits_if", "local_rules", "ambiguous") and "matter" in resident.facts:
        for one in came.judged[1:]:
            also = [line for line in made.answer[1:] if line.startswith(f"另外一条路，“{one.route.title}”")]
            assert len(also) == (one.route.id in came.outcome.routes or (len(also) == 1 and one.status != "none"))


def test_the_line_of_another_route_says_what_that_route_adds() -> None:
    poor: Facts = {"registered_poor": "yes", "work": "employee", "ties": ("lives", "works"), "place_type": "county_seat"}
    made = sheet({"city": "tianshui", "matter": "move_to_town", "housing": "owned", "movers": (), **poor})
    assert any("“建档立卡户落户城镇”" in line and "审批同意" in line for line in made.answer[1:])
    worker: Facts = {
        "housing": "dormitory",
        "place_type": "urban_district",
        "long_worker": "hard_trade",
        "host": "no",
        "movers": (),
    }
    made = sheet({"city": "shaoguan", "matter": "move_to_town", "ground": ("other_home", "job"), **worker})
    assert any("“有住所落户”" in line and "住宿舍算不算" in line for line in made.answer[1:]), "what is unclear, not only that"


def test_who_rules_elsewhere_and_what_fits_besides_are_said_once() -> None:
    wife: Facts = {"matter": "military_family", "soldier_relation": "spouse"}
    follows = {"city": "lincang", **wife, "follow_army": "eligible_willing", "with_soldier_elders": "no", "soldier_home": "none"}
    assert sheet_text(BOOK, follows, "zh", TODAY).count("随军落户按国家的规定办") == 1
    in_tianshui = {"city": "tianshui", **wife, "ties": ("lives",), "housing": "owned", "place_type": "county_seat", "movers": ()}
    assert sheet_text(BOOK, in_tianshui, "zh", TODAY).count("“落户天水城镇”") == 1


# ---- refusals, families, questions ----


def test_a_refusal_for_what_nobody_can_change_speaks_of_nothing_else() -> None:
    child: Facts = {"city": "lincang", "matter": "child_registration", "child_registered": "no", "child_birthplace": "abroad"}
    parents: Facts = {"parents_nationality": "one_chinese_one_border", "parents_marriage": "certificate"}
    rest: Facts = {"birth_certificate": "foreign", "child_foreign_nationality": "no", "chinese_parent_hukou": "here"}
    assert "到时候还要看" not in refused({**child, **parents, **rest}, "lincang.border-child-china")
    town: Facts = {
        "city": "lincang",
        "matter": "move_to_village",
        "rural_origin": "no",
        "hukou_kind": "town",
        "origin_land": "none",
    }
    assert "承包地" not in refused({**town, "origin_village": "no", "lives_there": "no"}, "lincang.return-to-village")


def refused(facts: Facts, route: str) -> str:
    (refusal,) = (refusal for refusal in sheet(facts).refusals if refusal.route == route)
    later = "到时候还要看" if refusal.later else ""
    return " ".join([not_met(Language("zh"), refusal), *refusal.changes, later])


def test_a_refusal_does_not_promise_that_one_change_is_enough() -> None:
    renter = {"city": "lincang", "matter": "move_to_town", "place_type": "village", "housing": "rented", "lives_there": "yes"}
    assert "到时候还要看" in refused({**renter, "lease_filed": "no", "owner_consents": "not_asked"}, "lincang.town-rental")
    met = {**renter, "lease_filed": "yes", "owner_consents": "yes", "mover_citizen": "yes"}
    assert "到时候还要看" not in refused(met, "lincang.town-rental")


def test_for_another_county_nothing_but_another_route_is_named() -> None:
    ouhai = {
        "city": "wenzhou",
        "county": "ouhai",
        "matter": "move_to_town",
        "place_type": "other_town",
        "housing": "none",
        "work": "none",
        "talent": "none",
    }
    told = {refusal.route: refusal for refusal in sheet(ouhai).refusals}
    for route in ("county-home", "county-work", "county-talent"):
        if refusal := told.get(f"wenzhou.{route}"):
            said = " ".join([*refusal.reasons, *refusal.changes])
            assert len(refusal.reasons) == 1 and "买房" not in said and not refusal.later, said


def test_people_are_asked_only_what_is_not_known_of_them() -> None:
    base: dict[str, Answer] = {"city": "wenzhou", "matter": "move_to_town", "county": "ruian", "place_type": "other_town",
                               "housing": "owned", "ground": ("own_home",)}  # fmt: skip
    said = {
        (mover, together): lines(
            sheet({**base, "movers": (mover,), "live_together": together}),
            "together",
        )
        for mover in ("spouse", "adult_child")
        for together in ("unsure", "yes")
    }
    assert "一起居住生活，才知道" in said["spouse", "unsure"] and "可以一起迁" in said["spouse", "yes"]
    assert "（成年的孩子" in said["adult_child", "unsure"] and "弄清成年的孩子" in said["adult_child", "yes"]
    tianshui: Facts = {"city": "tianshui", "matter": "move_to_town", "place_type": "county_seat", "ties": ("lives",),
                       "movers": ("spouse",)}  # fmt: skip
    assert "成年" not in lines(sheet(tianshui), "together") and lines(sheet(tianshui), "together")
    assert lines(sheet({**tianshui, "movers": ()}), "together") == "", "nothing to say to somebody who moves alone"


def test_a_sheet_asked_for_too_early_names_the_question_that_is_left() -> None:
    facts = {"city": "tieling", "place_type": "village", "joiner_relation": "spouse", "hukou_kind": "village", "joined_hukou_kind": "village"}  # fmt: skip
    card = card_of(sheet(facts), "tieling.village-kin")
    assert card.status == "fits" and any("还有一题没有问到" in point and "中国公民" in point for point in card.points)
    assert not card_of(sheet({**facts, "mover_citizen": "yes"}), "tieling.village-kin").points


# ---- papers, departments, sources ----


def test_papers_say_who_asks_for_them() -> None:
    resident: Facts = {
        "city": "lincang", "matter": "move_to_town", "place_type": "county_seat", "housing": "rented", "lives_there": "yes",
        "lease_filed": "no", "owner_consents": "yes", "movers": (), "live_together": "yes",
    }  # fmt: skip
    remarks = {paper.id: paper.remark for paper in sheet(resident).papers}
    assert remarks["lease-filing"] == "文件规定的条件"
    assert remarks["resident-id"] == "文件未列明，派出所可能要求"
    text = sheet_text(BOOK, resident, "zh", TODAY)
    must, usual = text.index("必须有"), text.index("多半也会要（文件没列）")
    assert must < text.index("□ 房屋租赁登记备案") < usual < text.index("□ 居民身份证")
    poor: Facts = {
        "city": "tianshui",
        "place_type": "county_seat",
        "ties": ("lives",),
        "work": "employee",
        "registered_poor": "yes",
        "housing": "none",
    }
    made = sheet(poor)
    papers = [*made.papers, *(paper for card in made.cards for paper in card.papers)]
    assert {paper.id: paper.remark for paper in papers}["registered-poor-certificate"] == "文件点名要的"


def test_a_paper_is_named_in_chinese_too_as_the_window_knows_it() -> None:
    other = [language for language in i18n.LANGUAGES if language != i18n.SOURCE]
    for one in other:
        said = {paper: Language(one)(paper) for paper in BOOK.papers.values()}
        assert [paper for paper, name in said.items() if NOT_HAN.sub("", paper) != NOT_HAN.sub("", name)] == []


def test_what_is_lacking_stands_in_a_row_as_each_language_joins_it() -> None:
    tenant: Facts = {
        "city": "lincang", "matter": "move_to_town", "place_type": "county_seat", "housing": "rented", "lives_there": "yes",
        "lease_filed": "no", "owner_consents": "not_asked", "movers": (),
    }  # fmt: skip
    assert "产权人的同意、租房备案" in sheet(tenant).answer[0]
    assert "the owner's consent and the lease filing" in sheet(tenant, "en").answer[0]


def test_outside_knowledge_is_always_labelled() -> None:
    for city in CITIES:
        policy, seen = BOOK.city(city).policy, 0
        for resident in RESIDENTS:
            if resident.facts["city"] == city:
                for card in sheet(resident.facts).cards:
                    assert all(line.startswith("（文件以外") for line in card.general)
                    seen += len(card.general)
        assert seen or not any(route.general for route in policy.routes.values())


@EVERY
def test_what_the_document_does_not_say_stands_on_the_sheet_once(resident: Resident) -> None:
    policy, text = policy_of(resident.facts), lines(sheet(resident.facts), "not_written")
    overview, facts = policy.overview(resident.facts), policy.known(resident.facts)
    for asked, says in BOOK.not_in_document.items():
        after_all = [line.says for line in policy.said(policy.not_in_document[asked], facts)]
        for one in after_all or [says]:
            assert text.count(one) == (0 if overview else 1), asked


# ---- what else concerns somebody ----


def test_a_topic_is_mentioned_to_whom_it_concerns_and_to_nobody_else() -> None:
    told: dict[str, set[bool]] = {}
    for resident in RESIDENTS:
        policy, made = policy_of(resident.facts), sheet(resident.facts)
        facts, shown = policy.known(resident.facts), lines(made, "also").split("\n")
        carded = {one.id for one in made.topics}
        apart = [line for topic in policy.topics.values() if topic.id not in carded for line in topic.mention if not line.see]
        called = {line.says for line in apart if line.when is None or line.when.holds(facts)}
        for line in apart:
            assert (line.says in shown) == (line.says in called), (resident.where, line.says)
            told.setdefault(line.says, set()).add(line.says in called)
    assert not told or {True, False} <= {one for seen in told.values() for one in seen}


def test_who_asks_about_rights_gets_the_cards_of_those_called_and_the_names_of_the_others() -> None:
    made = sheet({"city": "tianshui", "matter": "rights", "asked_to_give_up_land": "yes"})
    policy = BOOK.city("tianshui").policy
    called = policy.topics_called({"matter": "rights", "asked_to_give_up_land": "yes"})
    assert called and [one.id for one in made.topics] == [one.id for one in called]
    assert all(one.clause and one.text for one in made.topics)
    others = [topic.title for topic in policy.topics.values() if topic not in called]
    assert all(title in lines(made, "also") for title in others)
    assert made.answer and not made.papers and not made.cards
    assert [block.name for block in made.blocks] == ["answer", "also", "not_written"], "what can be read comes first"


def test_the_catalogue_is_complete() -> None:
    assert list(i18n.faults(i18n.all_texts(BOOK), "en")) == []


def test_a_sentence_of_ours_stands_once_and_the_catalogue_knows_it() -> None:
    """In modules what residents and staff read stands in sentences.py (what is counted beside the counting, as that page is full),
    what officers read where it is made: of a proof in prove.py, of the rest in workshop/; both marks are found."""
    marked = [(text.file, text.says) for text in i18n.extract_translations()]
    in_modules = [says for file, says in marked if file.endswith(".py")]
    assert {file for file, _ in marked if file.endswith(".py") and not file.startswith("bot/workshop/")} == {
        "bot/wording/sentences.py",
        "bot/wording/counted.py",
        "bot/prove.py",
    }
    assert len(set(in_modules)) == len(in_modules) and sentences.BUSY in in_modules
    assert ("bot/web/templates/hall.html", "办公时间") in marked


# ---- what was wrong once ----


@pytest.mark.parametrize("city", ["wenzhou", "tianshui", "tieling", "shaoguan"])
def test_a_child_that_has_a_hukou_is_told_of_a_move(city: str) -> None:
    made = sheet({"city": city, "matter": "child_registration", "child_registered": "yes", "record_problem": "none"})
    assert "是迁户口" in made.answer[0] and "出生医学证明" not in "".join(made.answer)


@pytest.mark.parametrize("city", ["wenzhou", "tianshui", "tieling", "shaoguan"])
def test_who_should_be_cancelled_reads_of_that_alone(city: str) -> None:
    made = sheet({"city": city, "matter": "fix_record", "record_problem": "should_cancel"})
    assert "该注销没注销" in made.answer[0] and "没户口" not in "".join(made.answer)


@pytest.mark.parametrize("city", ["wenzhou", "tianshui", "tieling", "shaoguan"])
def test_who_needs_no_permit_reads_nothing_of_what_it_is_good_for(city: str) -> None:
    facts: Facts = {"city": city, "matter": "residence_permit", "ties": ("lives",), "permit_ground": ("home",)}
    assert sheet({**facts, "hukou_place": "elsewhere"}).topics
    assert not sheet({**facts, "hukou_place": "same_county"}).topics


def test_the_approval_of_the_registered_poor_stands_beside_their_route() -> None:
    facts: Facts = {"city": "tianshui", "matter": "move_to_town", "registered_poor": "yes", "place_type": "county_seat"}
    made = sheet({**facts, "ties": ("lives", "works"), "work": "employee", "housing": "owned", "movers": ()})
    assert "审批同意" in lines(made, "also") and "审批同意" in "".join(card_of(made, "tianshui.registered-poor").notes)


@pytest.mark.parametrize("work", ["employee", "flexible"])
@pytest.mark.parametrize("housing", ["owned", "rented", "public_rental", "dormitory", "relative_home", "none"])
@pytest.mark.parametrize("place", ["county_seat", "township", "village"])
def test_nobody_with_a_house_says_to_have_none(work: str, housing: str, place: str) -> None:
    facts: Facts = {"city": "wenzhou", "matter": "move_to_town", "county": "taishun", "place_type": place, "housing": housing}
    asked = lines(sheet({**facts, "work": work, "insurance": ("employee_medical",), "movers": ()}), "asks")
    assert housing == "none" or not re.search("没有自己的住处|我没有住处", asked)
    assert not ("上班" in asked and "摆摊" in asked)
