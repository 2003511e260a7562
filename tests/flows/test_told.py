"""Free text beside a question: what answers it at once, what is shown first, what else is meant; on no account a guess."""

import pytest
from msgspec.structs import replace

from bot.talk.counters import Counters
from bot.talk.presses import begun
from bot.talk.typed import typed
from bot.talk.visit import Visit, no_visit
from bot.wording.views import Wording
from conftest import BOOK
from flows.conversation import AsksFor, Pending, Reply
from flows.facts import Facts
from flows.hearing.written import LONGEST_TEXT
from test_facts import table

WORDING = Wording(BOOK, "zh")


def at(fact: str, facts: Facts, asks_for: AsksFor = "self") -> Visit:
    """A visit at a question, as a link or an agent may lead to it."""
    visit, _ = begun(no_visit(BOOK))
    if fact == "city":
        return visit.saying(asks_for=asks_for)
    return visit.saying(facts={**facts, fact: "unsure"}, phase="changing", open=fact, asks_for=asks_for)


def says(visit: Visit, *texts: str) -> tuple[Visit, Reply]:
    reply = Reply("new")
    for text in texts:
        visit, reply = typed(visit, text, WORDING.offered)
    return visit, reply


@pytest.mark.parametrize("asks_for", ["", "self", "family"])
def test_what_is_to_be_asked_again_is_no_answer_whatever_the_ears_make_of_it(asks_for: AsksFor) -> None:
    taken = []
    for city, fact, said, option in table():
        if option == "again":
            visit = at(fact, {"city": city}, asks_for)
            after, _ = says(visit, said)
            if after.session.facts != visit.session.facts:
                taken.append((fact, said))
    assert taken == []


@pytest.mark.parametrize(
    ("fact", "said", "answer"),
    [
        ("lease_filed", "有的", "yes"),
        ("lease_filed", "还没办", "no"),
        ("movers", "就我一个", ()),
        ("house_owner", "不是，是我老婆的", "spouse"),
        ("house_papers", "还没有", ()),
        ("registered_poor", "不是的", "no"),
    ],
)
def test_a_chatty_answer_is_the_answer(fact: str, said: str, answer: object) -> None:
    after, reply = says(at(fact, {"city": "wenzhou"}), said)
    assert after.session.facts[fact] == answer and reply.phase != "heard"


@pytest.mark.parametrize("said", ["我的名字", "我老婆的", "我家的", "不是，是我老婆的"])
@pytest.mark.parametrize("asks_for", ["", "family"])
def test_what_is_the_speaker_s_is_not_the_mover_s(said: str, asks_for: AsksFor) -> None:
    visit = at("house_owner", {"city": "wenzhou"}, asks_for)
    after, reply = says(visit, said)
    assert (after.session, reply.aside) == (visit.session, "not_understood")


def test_who_asks_for_a_relative_is_asked_about_them_and_not_told_of_themselves() -> None:
    visit = begun(no_visit(BOOK))[0].saying(asks_for="family")
    after, _ = says(visit, "我在温州租房住，我在工厂上班，想迁户口")
    assert "housing" not in after.session.heard.facts and "work" not in after.session.heard.facts
    whom, _ = says(begun(no_visit(BOOK))[0], "我帮我妈问，她跟我住一起，想迁到温州")
    assert whom.session.heard.asks_for == "family" and whom.session.asks_for == ""


def test_a_story_is_an_echo_and_no_answer() -> None:
    visit, reply = says(no_visit(BOOK), "我在瑞安租的房，想把户口迁到城里")
    assert (reply.phase, reply.aside) == ("heard", "begun") and visit.session.facts == {}
    assert visit.session.heard.facts.items() >= {"city": "wenzhou", "housing": "rented"}.items()
    assert reply.words["housing"] in "我在瑞安租的房，想把户口迁到城里"
    yes, reply = says(visit, "对的")
    assert yes.session.facts == visit.session.heard.facts and reply.aside == "agreed"


def test_more_that_is_told_joins_what_waits_and_what_is_corrected_is_corrected() -> None:
    visit, _ = says(no_visit(BOOK), "我在瑞安租的房")
    visit, _ = says(visit, "不是租的，是我买的房")
    assert visit.session.heard.facts["housing"] == "owned" and visit.session.heard.facts["city"] == "wenzhou"


def test_a_number_is_the_fact_with_that_number() -> None:
    visit, _ = says(no_visit(BOOK), "我在瑞安租的房")
    second = [*visit.session.heard.facts][1]
    after, reply = says(visit, "2")
    assert (reply.phase, reply.fact) == ("altering", second)
    assert after.session.heard == visit.session.heard


@pytest.mark.parametrize(
    ("said", "fact"),
    [("改2", 1), ("改第二个", 1), ("改一下第 1 条", 0), ("改“住的房子”", 1), ("改城市", 0), ("change 1", 0)],
)
def test_what_was_heard_is_changed_by_its_number_or_its_name(said: str, fact: int) -> None:
    visit, _ = says(no_visit(BOOK), "在温州买房了")
    after, reply = says(visit, said)
    assert (reply.phase, reply.fact) == ("altering", ("city", "housing")[fact])
    assert after.session.heard == visit.session.heard


@pytest.mark.parametrize("said", ["对对对", "没问题", "就是这样", "yes yes"])
def test_there_are_many_ways_to_say_yes(said: str) -> None:
    visit, _ = says(no_visit(BOOK), "在温州买房了")
    assert {"city", "housing"} <= says(visit, said)[0].session.facts.keys()


@pytest.mark.parametrize("said", ["改一下", "改3", "改名字", "没问题吗？", "不是租的"])
def test_what_is_no_yes_and_names_nothing_that_was_heard_is_none(said: str) -> None:
    visit, _ = says(no_visit(BOOK), "在温州买房了")
    after, reply = says(visit, said)
    assert (reply.phase, after.session.facts) == ("heard", {})


def test_what_nobody_sees_between_two_characters_parts_no_word() -> None:
    assert (
        says(no_visit(BOOK), "在温\u200b州买\u2060房了")[0].session.heard == says(no_visit(BOOK), "在温州买房了")[0].session.heard
    )


def test_a_text_that_is_too_long_is_not_looked_at_and_its_author_is_told() -> None:
    for visit in (no_visit(BOOK), begun(no_visit(BOOK))[0]):
        after, reply = says(visit, "我在铁岭租房。" * (LONGEST_TEXT // 7 + 1))
        assert (after.session.facts, after.session.heard.facts, reply.aside) == ({}, {}, "too_long")
    visit = begun(no_visit(BOOK))[0]
    assert says(visit, "啊" * (LONGEST_TEXT - 7) + "我在铁岭租房。")[1].phase == "heard"


@pytest.mark.parametrize(
    ("said", "aside", "wanted"),
    [
        ("办这个要多少钱", "not_written", "fee"),
        ("要几天能办好", "not_written", "days"),
        ("能不能代办", "not_written", "proxy"),
        ("how long does it take", "not_written", "days"),
        ("你好呀", "greeting", ""),
        ("转人工", "human", ""),
        ("看结果", "nothing_yet", ""),
        ("为什么问这个", "why", ""),
    ],
)
def test_what_else_is_meant_is_answered_wherever_one_is(said: str, aside: str, wanted: str) -> None:
    for visit in (at("city", {}), at("housing", {"city": "tianshui"}), says(no_visit(BOOK), "我在瑞安租的房")[0]):
        after, reply = says(visit, said)
        assert (reply.aside, *reply.wanted) == (aside, *filter(None, [wanted]))
        assert after.session.facts == visit.session.facts and after.session.heard == visit.session.heard
        assert WORDING.view(after.talk, reply).paragraphs


def test_a_city_that_says_something_of_it_after_all_is_quoted() -> None:
    visit, reply = says(at("housing", {"city": "tianshui"}), "不给办去哪投诉")
    policy = BOOK.policy("tianshui")
    assert policy is not None and WORDING.view(visit.talk, reply).paragraphs[0] == policy.not_in_document["appeal"][0].says
    visit, reply = says(at("hukou_place", {"city": "tianshui", "matter": "residence_permit"}), "不给办去哪投诉")
    assert WORDING.view(visit.talk, reply).paragraphs[0].startswith("不批怎么办：文件没有写"), "it speaks of settling in town"


def test_a_topic_is_opened_from_everywhere_and_one_comes_back() -> None:
    visit = begun(no_visit(BOOK))[0].saying(facts={"city": "wenzhou"})
    after, reply = says(visit, "户口本丢了怎么补")
    assert (reply.phase, reply.topic) == ("topic", "booklet-replacement")
    back, reply = says(after, "返回")
    assert (reply.phase, back.session.facts) == ("asking", {"city": "wenzhou"})


def test_a_skipped_question_is_one_that_is_not_known() -> None:
    visit = begun(no_visit(BOOK))[0].saying(facts={"city": "wenzhou"})
    assert says(visit, "跳过这题")[0].session.facts["matter"] == "unsure"


@pytest.mark.parametrize(("said", "language"), [("in English please", "en"), ("换成中文", "zh")])
def test_the_language_is_asked_for_in_a_sentence(said: str, language: str) -> None:
    visit = begun(no_visit(BOOK))[0].saying(language="en" if language == "zh" else "zh")
    assert says(visit, said)[0].session.language == language


def test_two_answers_are_asked_between_and_none_of_them_shows_all() -> None:
    visit, reply = says(begun(no_visit(BOOK))[0], "铁岭 或者 温州吧")
    assert reply.fact == "city" and {*reply.near} == {"tieling", "wenzhou"} and visit.session.facts == {}
    assert visit.session.heard == Pending(doubts=visit.session.heard.doubts)


def test_what_became_of_what_was_heard_is_counted_by_fact_and_of_the_text_nothing() -> None:
    counters = Counters()

    def turn(before: Visit, said: str) -> Visit:
        after, reply = says(before, said)
        after = after.having(step=before.step + 1)
        counters.turn(before, after, reply)
        return after

    visit = turn(no_visit(BOOK), "我在瑞安租的房，在工厂上班")
    number = [*visit.session.heard.facts].index("housing") + 1
    visit = turn(turn(visit, str(number)), "宿舍")
    turn(visit, "对")
    turn(visit, "都不对")
    heard = {(one.what, one.subject) for one in counters.take() if one.what.startswith("heard")}
    assert heard >= {("heard_changed", "housing"), ("heard_taken", "housing"), ("heard_taken", "city"), ("heard_refused", "city")}


def test_what_is_heard_twice_is_not_shown_twice() -> None:
    visit, _ = says(no_visit(BOOK), "我在瑞安租的房", "对")
    after, reply = says(visit, "我在瑞安租的房")
    assert reply.aside == "said_before" and after.session == replace(visit.session)
