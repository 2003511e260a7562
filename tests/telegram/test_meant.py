"""No part of a word, no number that stands nowhere, no command that comes late and no word about the speaker decides.

Long, as every way in which somebody can be misread stands together.
"""

import json
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace

import pytest
import pytest_asyncio
from msgspec.structs import replace

from bot.talk.presses import Press, begun, linked, pressed
from bot.talk.visit import Visit, no_visit
from bot.telegram import acts
from bot.telegram.incoming import Incoming
from bot.telegram.seen import Shown, unseen
from bot.wording import sentences
from bot.wording.heard import echo
from bot.wording.languages import Language
from bot.wording.views import Wording
from botapi import BotApi
from conftest import BOOK
from flows.conversation import AsksFor, Move, take
from flows.facts import Answer, NotUnderstood
from flows.session import Pending
from person import kept
from service import serving, until
from test_telegram import Bot, an_update, post

pytestmark = pytest.mark.asyncio(loop_scope="module")
ZH, WORDS = Language("zh"), Wording(BOOK, "zh")
TO_TOWN: dict[str, Answer] = {"city": "lincang", "matter": "move_to_town"}


def at_a_question(asks_for: AsksFor = "", told: Mapping[str, Answer] = {}) -> Visit:  # nobody changes it
    visit, _ = begun(no_visit(BOOK))
    talk = visit.saying(asks_for=asks_for).talk
    for fact, answer in told.items():
        talk, _ = take(talk, Move("tell", fact, answer))
    return visit.having(talk=talk)


def writes(visit: Visit, said: str) -> Visit:
    return acts.written(visit, Incoming("text", 1, 1, 1, "zh", said), WORDS.offered)[0]


# ---- whether all is wiped ----


@pytest.mark.parametrize("said", ["1", "2", "第一个", "对", "好", "yes"])
async def test_what_is_typed_at_that_question_answers_no_other(said: str) -> None:
    asked, _ = pressed(at_a_question(told=TO_TOWN), Press("restart", ()))
    after = writes(asked, said)
    assert asked.wiping and after.wiping and after.session == asked.session


async def test_an_old_press_of_a_question_that_was_answered_asks_anew() -> None:
    asked, _ = pressed(at_a_question(told=TO_TOWN), Press("restart", ()))
    assert pressed(asked, Press("restart", ("yes",)))[0].session.facts == {}
    on = writes(asked, "不")
    assert not on.wiping
    after, reply = pressed(on, Press("restart", ("yes",)))
    assert (reply.phase, after.session) == ("restart", asked.session)


# ---- a list, an older question, two people ----


async def test_done_is_a_word_too() -> None:
    at = at_a_question(told=TO_TOWN)
    assert at.talk.asked == "ground"
    ticked, _ = pressed(at, Press("tick", ("ground", "rented_home")))
    assert writes(ticked, "选好了").session.facts["ground"] == ("rented_home",)


def ticking(*options: str) -> Visit:
    visit = at_a_question(told=TO_TOWN)
    for option in options:
        visit, _ = pressed(visit, Press("tick", ("ground", option)))
    return visit


@pytest.mark.parametrize("said", ["1", "1 2", "自己的房子", "第一个", "自己的房子和租的房子"])
async def test_what_is_typed_at_a_list_takes_no_tick_away(said: str) -> None:
    at = ticking("rented_home")
    after = writes(at, said)
    of_both = {after.ticked, after.session.heard.facts.get("ground")}
    assert ("own_home", "rented_home") in of_both and "ground" not in after.session.facts
    assert writes(ticking(), "1").session.facts["ground"] == ("own_home",), "where nothing is ticked it is the answer"


async def test_ticks_outlive_what_is_said_of_something_else_and_is_not_so() -> None:
    told = writes(ticking("rented_home"), "我想落到县城，在厂里上班，交着职工社保")
    assert told.session.phase == "heard" and "ground" not in told.session.heard.facts
    assert pressed(told, Press("refuse", ()))[0].ticked == ("rented_home",)


async def test_what_is_heard_and_is_offered_no_more_is_called_by_its_name() -> None:
    told: dict[str, Answer] = {
        "city": "wenzhou",
        "matter": "move_to_town",
        "ground": ("other_home", "job"),
        "housing": "dormitory",
    }
    talk, _ = take(at_a_question("self", told).talk, Move("hear", heard=Pending({"housing": "owned"})))
    assert "owned" not in talk.question("housing").options
    assert "自己的房子" in echo(Language("zh"), talk) and "owned" not in echo(Language("zh"), talk)


TO_TIES: dict[str, Answer] = {"city": "tianshui", "matter": "move_to_town", "county": "qinzhou", "place_type": "county_seat"}


async def test_what_is_heard_of_a_list_waits_together_with_its_ticks() -> None:
    at = at_a_question("self", TO_TIES)
    assert at.talk.asked == "ties"
    ticked, _ = pressed(at, Press("tick", ("ties", "studies")))
    told = writes(ticked, "我在这儿上班，我老婆孩子跟我一起迁")
    assert told.session.heard.facts["ties"] == ("works", "studies") and "movers" in told.session.heard.doubts
    assert pressed(told, Press("agree", ()))[0].session.facts["ties"] == ("works", "studies")
    assert pressed(told, Press("refuse", ()))[0].ticked == ("studies",)


async def test_a_reply_to_an_older_question_is_no_answer_to_this_one() -> None:
    shown = (Shown(1, 20, 0),)
    at = at_a_question(told={"city": "lincang"}).having(version=1)
    written = Incoming("text", 30, 1, 1, "zh", "2", message=30)
    assert unseen(at, replace(written, answers=10), shown, False)
    assert not unseen(at, written, shown, False) and not unseen(at, replace(written, answers=20), shown, False)


@pytest.mark.parametrize("said", ["我是他不是", "他不是，我是", "我是，她不是", "我住他不住"])
async def test_what_is_so_of_one_and_not_of_another_is_asked_again(said: str) -> None:
    for fact in ("mover_citizen", "live_together"):
        with pytest.raises(NotUnderstood):
            BOOK.facts[fact].read(said, BOOK.facts[fact].options)


# ---- what was heard ----


@pytest.mark.parametrize("said", ["办", "着", "接", "都", "都不", "5", "6", "五", "⑤", "第六"])
async def test_no_part_of_a_yes_or_a_no_and_no_number_that_stands_nowhere_says_it(said: str) -> None:
    heard = writes(at_a_question(), "我在临沧县城租房")
    assert heard.session.phase == "heard" and heard.session.heard.facts
    after = writes(heard, said).session
    assert (after.phase, dict(after.facts), after.heard) == ("heard", {}, heard.session.heard)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("对，接着办", True),
        ("接着办", True),
        ("对的", True),
        ("都不对", False),
        ("不", False),
        ("算了", False),
        ("不用了", False),
        ("never mind", False),
    ],
)
async def test_said_in_full_it_counts(said: str, taken: bool) -> None:
    heard = writes(at_a_question(), "我在临沧县城租房")
    after = writes(heard, said).session
    assert after.phase == "asking" and dict(after.facts) == (heard.session.heard.facts if taken else {})


async def test_by_its_number_what_was_heard_is_changed() -> None:
    heard = writes(at_a_question(), "我在临沧县城租房")
    assert [writes(heard, said).session.open for said in ("1", "②")] == ["city", "place_type"]


async def test_the_list_of_answers_says_that_something_waits_and_whoever_says_it_again_sees_it() -> None:
    heard = writes(at_a_question(), "我在临沧县城租房")
    at, reply = acts.ACTS["answers"](heard)
    assert ZH(sentences.HEARD_WAITS) in WORDS.view(at.talk, reply, "").paragraphs and at.session.heard == heard.session.heard
    after = writes(at, "县城")
    assert after.session.phase == "heard" and after.session.heard == heard.session.heard and not after.session.facts
    known, reply = acts.ACTS["answers"](at_a_question(told=TO_TOWN))
    assert ZH(sentences.HEARD_WAITS) not in WORDS.view(known.talk, reply, "").paragraphs


async def test_for_whom_is_seen_where_it_is_said() -> None:
    heard, asked = writes(at_a_question(), "我在临沧县城租房"), at_a_question(told=TO_TOWN)
    for visit in (heard, asked, acts.ACTS["answers"](asked)[0]):
        for said, shown in (("给家人问", "✓ 给家人问"), ("给我自己问", "✓ 给自己问")):
            after, reply = acts.written(visit, Incoming("text", 1, 1, 1, "zh", said), WORDS.offered)
            assert WORDS.view(after.talk, reply, "").paragraphs[0] == shown and after.session.phase == visit.session.phase
    first, reply = pressed(at_a_question(), Press("ask_for", ("family",)))
    assert WORDS.view(first.talk, reply, "").echo == "✓ 给家人问" and not reply.aside, "once"


async def test_of_a_result_that_there_is_not_yet_nothing_is_said_to_be_the_same() -> None:
    after, reply = pressed(at_a_question(told=TO_TOWN), Press("amend", ("matter", "join_kin")))
    shown = WORDS.view(after.talk, reply, "").paragraphs
    assert after.session.phase == "asking" and shown[0].startswith("改好了。") and "结果" not in shown[0]


# ---- before anything was asked ----


@pytest.mark.parametrize(
    "said", ["1", "2", "①", "第一个", "1 2", "first", "说不清", "不知道", "not sure", "都不是", "其他", "别的"]
)
async def test_what_answers_a_question_of_a_talk_that_is_gone_says_nothing_of_the_first_one(said: str) -> None:
    after = writes(no_visit(BOOK), said).session
    assert (after.phase, after.facts, after.heard.facts) == ("asking", {}, {})


@pytest.mark.parametrize(("said", "city"), [("临沧", "lincang"), ("昌图", "tieling"), ("Lincang", "lincang"), ("昆明", "other")])
async def test_a_place_that_is_named_first_waits_for_a_yes(said: str, city: str) -> None:
    assert writes(no_visit(BOOK), said).session.heard.facts == {"city": city}


# ---- what nobody sees ----


RANGES = "\x00\x1f", "\x7f\x9f", "\u200b\u200f", "\u202a\u202e", "\u2060\u206f", "\ufe00\ufe0f", "\ufff9\ufffc"
UNSEEN = [chr(one) for ends in RANGES for one in range(ord(ends[0]), ord(ends[1]) + 1)]
FILLERS = "\u00ad\u034f\u061c\u180e\ufeff\u115f\u1160\u17b4\u2028\u2029\u2800\u3164\ufe0f\uffa0\ufffc\U000e0061"


async def test_what_nobody_sees_takes_no_answer_away() -> None:
    """A text that was copied brings marks of direction and fillers along; a blank between two letters is seen."""
    blank = "\t\n\r\x85"
    for one in (*UNSEEN, *FILLERS):
        for said in (f"{one}1", f"1{one}", *(() if one in blank or not one.strip() else (f"临{one}沧",))):
            assert writes(at_a_question(), said).session.facts == {"city": "lincang"}, f"{said!a}"


# ---- who speaks ----


TO_HOUSING: dict[str, Answer] = {
    "city": "tianshui", "matter": "move_to_town", "county": "qinzhou", "place_type": "urban_district", "ties": ("lives",),
}  # fmt: skip


@pytest.mark.parametrize("said", ["我自己的房子", "我租的", "我爸的", "my own house", "我租的房子"])
async def test_a_reply_about_the_speaker_is_none_about_the_one_for_whom_is_asked(said: str) -> None:
    assert at_a_question(told=TO_HOUSING).talk.asked == "housing"
    assert "housing" in writes(at_a_question("self", TO_HOUSING), said.replace("my own", "own")).session.facts
    after = writes(at_a_question("family", TO_HOUSING), said)
    assert "housing" not in after.session.facts and not after.session.heard.facts and after.misses == 1
    assert writes(at_a_question("family", TO_HOUSING), "自己的房子").session.facts["housing"] == "owned"


@pytest.mark.parametrize("said", ["给自己问", "我给自己问", "我是给自己问的", "不是，我给自己问", "I'm asking for myself"])
async def test_for_whom_is_said_in_the_middle_too(said: str) -> None:
    assert writes(at_a_question("family", TO_TOWN), said).session.asks_for == "self"
    heard = writes(at_a_question("family"), "他在临沧县城租房")
    assert heard.session.phase == "heard" and writes(heard, said).session.asks_for == "self"
    assert writes(at_a_question("self", TO_TOWN), "我给家人问").session.asks_for == "family"


HIS_OWN = ("他自己的", "她自己", "他爸的", "她妈妈的", "his own", "her father's")


def at(fact: str, asks_for: AsksFor = "") -> Visit:
    """Before a question, whatever else is known."""
    visit = at_a_question(asks_for, TO_TOWN | {fact: "unsure"})
    for move in (Move("review"), Move("change", fact)):
        visit = visit.having(talk=take(visit.talk, move)[0])
    assert visit.talk.asked == fact
    return visit


@pytest.mark.parametrize("asks_for", ["", "self"])
@pytest.mark.parametrize("fact", ["house_owner", "origin_land", "movers"])
async def test_his_own_is_nobodys_where_nobody_was_named(fact: str, asks_for: AsksFor) -> None:
    for said in HIS_OWN:
        visit = at(fact, asks_for)
        assert writes(visit, said).session == visit.session, said


async def test_his_own_is_the_movers_for_whoever_asks_for_him_and_a_label_is_its_option() -> None:
    assert writes(at("house_owner", "family"), "他自己的").session.facts["house_owner"] == "self"
    assert writes(at("house_owner", "family"), "他爸的").session.facts["house_owner"] == "parent"
    assert writes(at("house_owner"), "他（她）的父母").session.facts["house_owner"] == "parent"
    assert writes(at("house_owner", "self"), "自己的").session.facts["house_owner"] == "self"


@pytest.mark.parametrize("asks_for", ["", "self", "family"])
async def test_two_own_no_house_of_one(asks_for: AsksFor) -> None:
    for fact in ("house_owner", "movers", "origin_land"):
        for said in ("我俩的", "我们俩的", "他俩", "我和他的", "both of us"):
            visit = at(fact, asks_for)
            assert writes(visit, said).session == visit.session, (fact, said)


async def test_with_me_is_with_whoever_moves_only_where_that_was_said() -> None:
    assert writes(at("live_together", "self"), "跟我住").session.facts["live_together"] == "yes"
    for whom in ("", "family"):
        for said in ("跟我住", "和我一起住", "不跟我住"):
            visit = at("live_together", whom)
            assert writes(visit, said).session == visit.session
        assert writes(at("live_together", whom), "住一起").session.facts["live_together"] == "yes"


@pytest.mark.parametrize(
    "said",
    [
        "还没同意",
        "他还没同意",
        "房东还没同意",
        "没同意呢",
        "暂时没同意",
        "目前没同意",
        "还不同意",
        "尚未同意",
        "还不行",
        "not yet agreed",
    ],
)
async def test_who_has_not_agreed_yet_has_not_refused(said: str) -> None:
    for fact in ("owner_consents", "owner_present", "owner_can_settle"):
        visit = at(fact)
        after = writes(visit, said).session
        assert after.facts[fact] == "unsure" and "no" not in after.heard.facts.values(), fact
    assert writes(at("owner_consents"), "不同意").session.facts["owner_consents"] == "no"
    assert writes(at("owner_consents"), "还没问").session.facts["owner_consents"] == "not_asked"
    assert writes(at("lease_filed"), "还没办").session.facts["lease_filed"] == "no", "of what is so today it is one"


WILLING = {"host": "no", "want_return": "no", "follow_army": "unwilling"}  # a question -> the option that is a refusal


@pytest.mark.parametrize("said", ["还不愿意", "还没答应", "暂时不愿意", "目前不愿意", "还不想", "还不肯", "not willing yet"])
async def test_who_is_not_willing_yet_has_not_refused(said: str) -> None:
    for fact, refused in WILLING.items():
        after = writes(at(fact), said).session
        assert after.facts[fact] == "unsure" and refused not in after.heard.facts.values(), fact
        assert writes(at(fact), "不愿意").session.facts[fact] == refused


async def test_a_changed_message_is_read_as_it_would_be_typed() -> None:
    visit = writes(at("house_owner", "family"), "别人的").having(answered=(5, "house_owner"))
    changed = Incoming("edited", 9, 1, 1, "zh", "我爸的", message=5)
    assert visit.session.facts["house_owner"] == "other" and acts.rewritten(visit, changed, WORDS.labels) is None
    assert acts.rewritten(visit, replace(changed, text="他爸的"), WORDS.labels) == ("house_owner", "parent")


# ---- what comes late ----


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def a_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    async with BotApi() as api, serving(api, tmp_path_factory.mktemp("meant"), webhook=True) as one:
        yield SimpleNamespace(api=api, service=one, webhook=True)


async def hears(bot: Bot, number: int, said: str, person: int) -> str:
    """What rides in the response: nothing, where the answer comes by a call."""
    status, answer = await post(bot, json.dumps(an_update(number, said, person=person, number=number)).encode())
    assert status == 200
    return str(json.loads(answer)["text"]) if answer else ""


async def told(bot: Bot, person: int) -> dict[str, Answer]:
    visit = await kept(bot.service, person)
    assert visit is not None
    return dict(visit.session.facts)


async def test_a_restart_that_comes_late_asks_before_it_wipes_what_was_answered_since(bot: Bot) -> None:
    person = 991
    bot.api.chat(person)
    await hears(bot, 810, "/start tianshui", person)
    await hears(bot, 830, "/start wenzhou", person)
    answer, question = await hears(bot, 820, "/restart", person), ZH(sentences.SURELY_RESTART[0])
    assert await told(bot, person) == {"city": "wenzhou"}
    await until(lambda: any(question in said for said in (answer, *(call.params["text"] for call in bot.api.log("sendMessage")))))
    await hears(bot, 840, "/restart", person)
    assert await told(bot, person) == {}


async def test_a_link_to_a_city_that_comes_late_does_not_change_the_city(bot: Bot) -> None:
    person = 992
    bot.api.chat(person)
    await hears(bot, 910, "/start", person)
    await hears(bot, 930, "/start wenzhou", person)
    await hears(bot, 920, "/start tianshui", person)
    assert await told(bot, person) == {"city": "wenzhou"}


async def test_a_link_to_a_city_asks_before_any_sheet_goes() -> None:
    sheet = writes(at_a_question(), "别的城市")
    assert sheet.session.phase == "result"
    after, _ = linked(sheet, "lincang")
    assert (after.session.phase, after.session.facts) == ("heard", sheet.session.facts)
    assert pressed(after, Press("refuse", ()))[0].session.phase == "result"


# ---- at what was heard ----


@pytest.mark.parametrize("said", ["算了", "不用了", "never mind"])
async def test_never_mind_takes_nothing_of_what_was_heard(said: str) -> None:
    echo = writes(at_a_question(), "我在瑞安租的房")
    after = writes(echo, said)
    assert echo.session.phase == "heard" and not after.session.facts and not after.session.heard.facts


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        *((said, True) for said in ("嗯对的对的", "对对没错", "嗯，是的", "哎对", "yes, that's right", "Yeah yeah, correct")),
        *((said, False) for said in ("不对不对", "no, wrong", "嗯不是", "错了错了")),
        *((said, None) for said in ("对不对", "好不好", "对的吗", "嗯对的对的？", "对不是", "right or wrong", "哎哎")),
    ],
)
async def test_a_yes_or_a_no_may_be_said_several_times_over(said: str, counts: bool | None) -> None:
    echo = writes(at_a_question(), "我在瑞安租的房")
    after = writes(echo, said)
    if counts is None:
        assert (after.session.facts, after.session.heard) == ({}, echo.session.heard)
    else:
        assert not after.session.heard.facts and bool(after.session.facts) == counts


@pytest.mark.parametrize("said", ["给我自己问", "我给自己问的", "是给自己问"])
async def test_for_whom_is_said_at_the_echo_and_what_was_heard_waits_on(said: str) -> None:
    echo = writes(at_a_question(), "我在瑞安租的房")
    after = writes(echo, said)
    assert after.session.asks_for == "self" and after.session.heard.facts == echo.session.heard.facts
    assert not after.session.facts


@pytest.mark.parametrize("said", ["好的", "嗯", "知道了", "OK"])
async def test_who_says_that_the_sheet_is_seen_is_thanked_and_answers_nothing(said: str) -> None:
    sheet = at_a_question("self", {"city": "tieling", "matter": "rights"})
    while sheet.session.phase == "asking":
        sheet = writes(sheet, "说不清")
    assert sheet.session.phase == "result"
    after, reply = acts.written(sheet, Incoming("text", 1, 1, 1, "zh", said), WORDS.offered)
    assert (reply.aside, after.session, after.misses) == ("thanks", sheet.session, 0)


# ---- at a sheet ----


def at_a_sheet() -> Visit:
    visit = at_a_question("self", {"city": "tianshui", "matter": "move_to_town", "ties": ("lives",)})
    while visit.session.phase == "asking":
        visit = writes(visit, "说不清")
    assert visit.session.phase == "result"
    return visit


@pytest.mark.parametrize(
    "said", ["要带什么材料", "去哪办？", "能办吗", "在家打印行吗", "What do I need to bring?", "where do I go"]
)
async def test_what_stands_on_the_sheet_is_answered_by_it(said: str) -> None:
    for visit, aside in ((at_a_sheet(), ""), (at_a_question(told=TO_TOWN), "nothing_yet")):
        after, reply = acts.written(visit, Incoming("text", 1, 1, 1, "zh", said), WORDS.offered)
        assert (after.session, reply.aside) == (visit.session, aside)


@pytest.mark.parametrize(
    ("said", "leads_to"), [("不用了", "result"), ("好吧", "result"), ("不对", "answers"), ("wrong", "answers")]
)
async def test_whoever_finds_the_sheet_wrong_sees_the_answers_and_who_needs_no_more_is_thanked(said: str, leads_to: str) -> None:
    after = writes(at_a_sheet(), said)
    assert after.session.phase == leads_to and not after.misses


async def test_texts_that_were_understood_are_no_misses() -> None:
    visit = writes(writes(at_a_question(told=TO_TOWN), "哇啦哇啦"), "哇啦哇啦")
    assert visit.misses == 2
    assert [writes(visit, said).misses for said in ("谢谢", "要多少钱", "English", "我在瑞安租的房", "哇啦哇啦")] == [
        0,
        0,
        0,
        0,
        3,
    ]


# ---- ticks in a list that was opened to be changed ----


@pytest.mark.parametrize("opened", ["alter", "change"])
async def test_ticks_in_a_list_opened_to_be_changed_wait_with_what_is_told_meanwhile(opened: str) -> None:
    told: dict[str, Answer] = TO_TOWN | {"movers": ("spouse",)}
    visit = at_a_question("self", told)
    if opened == "alter":
        visit = at_a_question("self", TO_TOWN)
        visit = visit.saying(phase="heard", heard=Pending({"movers": ("spouse",)}))
    else:
        visit = pressed(visit, Press("review", ()))[0]
    visit = pressed(visit, Press(opened, ("movers",)))[0]
    for one in {"spouse", "parents"} - {*visit.ticked}:
        visit = pressed(visit, Press("tick", ("movers", one)))[0]
    after = writes(visit, "我租的房子")
    assert after.session.heard.facts["movers"] == ("spouse", "parents") and "housing" in after.session.heard.facts
    agreed = pressed(after, Press("agree", ()))[0]
    assert agreed.session.facts["movers"] == ("spouse", "parents")


async def test_who_lives_with_the_speaker_is_not_said_to_live_with_whoever_moves() -> None:
    joining: dict[str, Answer] = {"city": "lincang", "matter": "join_kin"}
    of_family, of_self = at_a_question("family", joining), at_a_question("self", joining)
    for said in ("我妈跟我住", "she lives with me"):
        assert "live_together" not in writes(of_family, said).session.heard.facts
        assert writes(of_self, said).session.heard.facts["live_together"] == "yes"
    named = writes(of_family, "I want to move my mother here, she lives with me")
    assert named.session.heard.facts["live_together"] == "yes", "who moves, and to whom, is said"
