"""What is said is taken as a whole: no part answers that the rest takes back, no question, plan or other place is an answer."""

import pytest

from bot.talk.visit import no_visit
from conftest import BOOK
from flows.facts import Answer, Facts
from test_told import at, says

RENTER: Facts = {"city": "lincang", "matter": "move_to_town", "housing": "rented"}


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("lease_filed", "办了，没办下来"),
        ("lease_filed", "办过，过期了"),
        ("lease_filed", "有，好像没有"),
        ("lease_filed", "没，上周刚办好"),
        ("lease_filed", "没有，房东已经去登记了"),
        ("lease_filed", "在办了"),
        ("lease_filed", "嗯？"),
        ("lease_filed", "办了吗？"),
        ("house_papers", "房产证，还没下来"),
        ("house_papers", "没有，就一个合同"),
        ("house_papers", "房产证？"),
        ("owner_consents", "同意，是二房东"),
        ("owner_consents", "同意，但是房产证不是他的名字"),
        ("live_together", "是，老婆在老家"),
        ("movers", "除了我妈都迁"),
        ("movers", "老婆，她不迁"),
        ("movers", "爸妈，他们不愿意"),
    ],
)
def test_no_part_answers_that_the_rest_may_take_back(fact: str, said: str) -> None:
    visit = at(fact, RENTER)
    after, _ = says(visit, said)
    assert after.session.facts == visit.session.facts


def heard(said: str) -> dict[str, Answer]:
    after, _ = says(no_visit(BOOK), said)
    return {**after.session.heard.facts}


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("我侄子想落户铁岭，房子是我买的，写我的名字，房产证有了", {"house_owner", "housing"}),
        ("我妈想落户铁岭，房子写我的名字", {"house_owner"}),
        ("我想落户铁岭，在沈阳有套自己的房，房产证是我名字", {"housing", "house_owner"}),
        ("想落户韶关，在广州租的房，备案了", {"housing", "lease_filed"}),
        ("我准备在铁岭买房子，房产证写我的名字", {"housing", "house_owner", "house_acquired"}),
        ("如果我在铁岭买了房子，房本写我自己的名字，能落户吗", {"housing", "house_owner", "house_acquired"}),
        ("等我毕业了想落户韶关", {"student_stage"}),
        ("要是房东不同意怎么办", {"owner_consents"}),
        ("买房落户要什么材料", {"housing"}),
        ("什么是备案", {"lease_filed"}),
        ("我妈不跟我迁，我想落户铁岭", {"movers"}),
        ("没有毕业证能落户吗", {"student_stage"}),
        ("我和老公在铁岭买了房，孩子在那边读小学，想把户口迁过去", {"matter", "ties", "student_stage"}),
        ("我外婆想落到我舅舅家", {"joiner_relation"}),
        ("二房东同意我落户，我在临沧租房", {"owner_consents"}),
        ("我儿子还没结婚，想把户口迁到天水", {"parents_marriage", "student_stage"}),
        ("有两个孩子，一个5岁一个20岁，想一起迁到韶关", {"movers"}),
    ],
)
def test_what_is_another_s_elsewhere_or_still_to_come_is_not_heard(said: str, never: set[str]) -> None:
    assert heard(said).keys() & never == set()


def test_what_stands_beside_a_case_that_is_only_imagined_is_heard_all_the_same() -> None:
    assert heard("我在瑞安租的房，想把户口迁到城里。如果房东不同意怎么办？")["housing"] == "rented"


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("房子其实是我爸的名字", {"housing": "relative_home", "house_owner": "parent"}),
        ("嗯，这房子，嗯，说实话是租的", {"housing": "rented"}),
        ("the house is actually in my father's name", {"house_owner": "parent"}),
        ("I want to move my hukou into town with my wife", {"matter": "move_to_town", "movers": ("spouse",)}),
        ("我爷爷想投靠我爸，我爸在韶关", {"city": "shaoguan", "matter": "join_kin", "joiner_relation": "parent"}),
        ("I want to move in with my husband", {"matter": "join_kin", "joiner_relation": "spouse"}),
        ("我一个人迁到铁岭", {"city": "tieling", "movers": ()}),
    ],
)
def test_words_that_say_nothing_hide_nothing_and_with_is_not_to(said: str, means: Facts) -> None:
    assert heard(said) == means


def test_who_is_named_in_one_breath_is_not_lost() -> None:
    after, _ = says(no_visit(BOOK), "我在昌图买的房，想带老婆孩子落户")
    assert "movers" not in after.session.heard.facts
    assert after.session.heard.doubts["movers"] == ("spouse", "minor_child", "adult_child")


def test_not_sure_whether_one_was_heard_rightly_is_no_answer_to_anything() -> None:
    after, _ = says(no_visit(BOOK), "我在瑞安租的房")
    again, _ = says(after, "不知道")
    assert again.session.heard.facts == after.session.heard.facts and again.session.facts == after.session.facts


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ("我想在铁岭落户，租的房子", "self"),
        ("我想在铁岭落户，媳妇也跟我一起迁，租的房子", "self"),
        ("I want to settle in Tieling, I rent a flat", "self"),
        ("给自己问，户口在铁岭农村，租的房子", "self"),
        ("我给我自己问的，在铁岭租的房子", "self"),
        ("我不想在铁岭落户，租的房子", ""),
        ("我早年把户口迁到铁岭，租的房子", ""),
        ("我朋友租的房子，我想在铁岭落户", ""),
        ("想在铁岭落户，租的房子", ""),
    ],
)
def test_who_says_that_they_want_to_move_is_spoken_to(said: str, whom: str) -> None:
    visit, _ = says(no_visit(BOOK), said)
    assert visit.session.heard.facts and visit.session.heard.asks_for == whom
    visit, reply = says(visit, "对")
    assert (visit.session.asks_for, reply.phase) == (whom, "asking")


@pytest.mark.parametrize(("whom", "words"), [("self", "给自己问"), ("family", "给家里人问")])
def test_nobody_is_corrected_who_has_said_for_whom_they_ask(whom: str, words: str) -> None:
    visit = says(at("city", {}), words)[0]
    visit, _ = says(visit, "我想在铁岭落户，租的房子")
    assert visit.session.asks_for == whom and visit.session.heard.asks_for == ""


def test_what_waits_for_the_family_stays_theirs() -> None:
    visit = says(no_visit(BOOK), "我妈想投靠我，在铁岭")[0]
    assert visit.session.heard.asks_for == "family"
    visit = says(visit, "我想在铁岭落户，租的房子")[0]
    assert "housing" in visit.session.heard.facts and visit.session.heard.asks_for == "family"


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("我和媳妇能落户不，房是我在银州买的", {"movers": ("spouse",)}),
        ("我和媳妇想落昌图县城", {"movers": ("spouse",)}),
        ("我、媳妇一块迁到鹿城", {"movers": ("spouse",)}),
        ("我和十岁的儿子想落户鹿城", {"movers": ("minor_child",)}),
        ("我落户鹿城，媳妇可以随迁吗", {"movers": ("spouse",)}),
        ("户口想迁鹿城，连媳妇一起", {"movers": ("spouse",)}),
        ("my wife and i want to settle in Lucheng", {"movers": ("spouse",)}),
        ("I'd bring my parents to Lucheng too", {"movers": ("parents",)}),
        ("我跟老婆想落户铁岭，在银州买的房写我名", {"house_owner": "self", "movers": ("spouse",)}),
        ("想把我和老婆的户口迁到昌图", {"movers": ("spouse",)}),
        ("我和我妈能迁到铁岭吗，房子是我买的", {"house_acquired": "bought", "movers": ("parents",)}),
    ],
)
def test_my_wife_and_i_is_not_my_wife_for_whom_i_ask(said: str, means: Facts) -> None:
    after, _ = says(no_visit(BOOK), said)
    told = after.session.heard
    assert told.asks_for != "family" and {fact: told.facts.get(fact) for fact in means} == means


@pytest.mark.parametrize("said", ["我跟我妈能迁到一起吗，在铁岭", "我和老婆离婚了，能落户铁岭吗", "我妈能落户铁岭吗"])
def test_nobody_comes_along_by_a_word_that_may_mean_to_join(said: str) -> None:
    assert "movers" not in heard(said)


@pytest.mark.parametrize(
    ("said", "foreign"),
    [
        ("我早年入了加拿大籍，现在回秦州养老，想把户口落到天水的房子里", True),
        ("我换了美国护照，在瓯海有房，想落户", True),
        ("我是缅甸人，想落户临沧", True),
        ("I'm a US citizen teaching in Kaiyuan, I want to move my hukou into town", True),
        ("我没入意大利籍，想把户口迁到温州城里", False),
        ("我老公是缅甸人，我想落户临沧", False),
        ("孩子入了加拿大籍，我想落户天水", False),
    ],
)
def test_who_says_to_be_a_foreigner_is_told_so_whatever_they_want(said: str, foreign: bool) -> None:
    assert (heard(said).get("mover_citizen") == "no") is foreign


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("我一个人能把户口迁到天水吗", {"movers": ()}),
        ("女儿三十了，跟我住凤庆县城，想迁到我名下", {"joiner_relation": "adult_child"}),
        ("儿子七岁了，跟我住凤庆县城，想迁到我名下", {"joiner_relation": "minor_child"}),
        ("居住证丢了，在秦州补办", {"matter": "residence_permit"}),
        ("居住证快到期了，我在临翔上班", {"matter": "residence_permit"}),
    ],
)
def test_what_a_story_says_in_passing_is_not_asked_again(said: str, means: Facts) -> None:
    told = heard(said)
    assert {fact: told.get(fact) for fact in means} == means


@pytest.mark.parametrize(
    ("said", "fact"),
    [("我一个人住，想把户口迁到天水", "movers"), ("孩子三个了，跟我住凤庆县城，想迁到我名下", "joiner_relation"),
     ("我瑞安的居住证前年过期了，现在想落户", "matter")],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_open(said: str, fact: str) -> None:
    assert fact not in heard(said)
