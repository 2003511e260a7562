"""Hearing: each rule by itself, with what it must not do; the examples of heard.yaml are checked by `luohu policy check`.

Long, as every rule of hearing has its own examples.
"""

import io
import json
import shutil
import sys
import time
from pathlib import Path

import opencc
import pytest
from pypinyin import Style, pinyin

from bot.__main__ import main
from bot.check import BadInput
from bot.hear import json_lines
from conftest import BOOK, CITIES, ROOT
from flows.facts import Answer
from flows.hearing.checks import heard_problems
from flows.hearing.ears import Ears, Heard
from flows.hearing.phrases import BadPhrase, phrase
from flows.hearing.written import written
from flows.loading.lexicon import SIZE_LIMIT
from flows.loading.load import load
from flows.loading.yaml import FILE_LIMIT
from flows.traditional import SIMPLIFIED

EARS = Ears(BOOK)


def heard(said: str, open_fact: str | None = None, known: dict[str, Answer] | None = None) -> Heard:
    return EARS.hear(said, open_fact, known)


def facts(said: str, open_fact: str | None = None) -> dict[str, Answer]:
    return heard(said, open_fact).facts


def asked(said: str, open_fact: str | None = None) -> dict[str, tuple[str, ...]]:
    return {doubt.fact: doubt.values for doubt in heard(said, open_fact).doubts}


# ---- the text ----


def test_every_character_knows_where_it_was_typed() -> None:
    said = "我喺韶關租屋，㈱業主同意咗"
    text = written(said)
    assert text.words(text.text.index("业"), text.text.index("业") + 2) == "業主"
    assert "\n" in text.text


def test_a_proposal_shows_the_words_that_were_typed() -> None:
    one = next(one for one in heard("我喺韶關租屋").proposals if one.fact == "city")
    assert (one.words, "我喺韶關租屋"[one.start : one.end]) == ("韶關", "韶關")


@pytest.mark.parametrize("mark", ["，", "。", " ", "；", "\n", "但是", "不过"])
def test_a_clause_ends_there(mark: str) -> None:
    assert facts(f"我没工作{mark}租的房子")["housing"] == "rented"
    assert "lease_filed" not in facts(f"房东没来{mark}手续办了")


def test_a_gap_reaches_no_further_than_its_clause_and_twelve_characters() -> None:
    found = phrase("租…登记", {})
    assert found.match("租房去房管局登记", 0) is not None
    assert found.match("租房，登记", 0) is not None and found.match("租房\n登记", 0) is None
    assert found.match("租" + "房" * 12 + "登记", 0) is not None and found.match("租" + "房" * 13 + "登记", 0) is None


@pytest.mark.parametrize("said", ["租(的", "租的]", "<没有这类>", "…租", "[租]", "租)"])
def test_a_phrase_that_is_not_well_written_is_refused(said: str) -> None:
    with pytest.raises(BadPhrase):
        phrase(said, {})


def test_english_words_are_whole_words() -> None:
    assert facts("I rent a flat")["housing"] == "rented"
    assert "housing" not in facts("my parents flat")


# ---- denied, doubted, wished, once, asked ----


def test_what_is_denied_turns_or_is_dropped() -> None:
    assert facts("房子没备案")["lease_filed"] == "no"
    assert facts("出生证没办")["birth_certificate"] == "no"
    assert "housing" not in facts("我没租房")  # never `none` in place of it
    assert facts("不动产证有了")["house_papers"] == ("certificate",)  # 不 in 不动产 denies nothing


def test_the_nearest_takes_the_negation() -> None:
    assert facts("没工作租的房") == {"work": "none", "housing": "rented"}


def test_a_negation_in_the_gap_of_a_phrase_counts() -> None:
    assert "housing" not in facts("我在那边没有自己的房子")


def test_who_does_not_know_is_unsure_of_that_fact_only() -> None:
    assert facts("不知道租房合同备案没有") == {"housing": "rented", "lease_filed": "unsure"}
    assert facts("房子是租的，社保交没交我不清楚") == {"housing": "rented", "insurance": "unsure"}


def test_what_is_wished_is_not_so_yet() -> None:
    assert "housing" not in facts("我想租个房")
    assert "housing" not in facts("打算买房")


def test_what_was_so_once_is_not_so_now() -> None:
    assert "work" not in facts("以前在厂里上班")
    assert facts("以前在村里，现在在厂里上班")["work"] == "employee"


def test_what_is_asked_is_not_said() -> None:
    assert "lease_filed" not in facts("有没有备案要怎么查")
    assert "lease_filed" not in facts("备案是什么意思", "lease_filed")
    assert "lease_filed" not in facts("怎么查备案了没有")
    assert "owner_consents" not in facts("房东同意不")


def test_what_is_taken_back_gives_way() -> None:
    assert facts("我买的房，说错了，是租的房")["housing"] == "rented"


def test_two_values_are_asked() -> None:
    assert set(asked("我在厂里上班，晚上还摆摊")["work"]) == {"employee", "flexible"}
    assert "work" not in facts("我在厂里上班，晚上还摆摊")


# ---- places ----


@pytest.mark.parametrize(
    "said",
    [
        "我从温州来的",
        "我是铁岭人",
        "老家天水的",
        "我户口在韶关",
        "温州皮鞋厂老板跑了",
        "我朋友在温州落户了",
        "我不是临沧的",
        "我们在清水认识的",
    ],
)
def test_places_that_do_not_count(said: str) -> None:
    assert "city" not in facts(said)


@pytest.mark.parametrize(
    "said", ["我在温州上班", "想落户铁岭", "户口迁到天水", "在韶关买的房", "温州能落户吗", "move my hukou to Wenzhou"]
)
def test_places_that_count(said: str) -> None:
    assert "city" in facts(said)


def test_a_county_tells_its_city_and_two_cities_are_asked() -> None:
    assert facts("我在昌图租房")["city"] == "tieling" and facts("我在昌图租房")["county"] == "changtu"
    assert facts("从天水迁到韶关翁源") | {"hukou_place": "elsewhere"} == facts("从天水迁到韶关翁源")
    assert set(asked("我在温州上班，在铁岭租房")["city"]) == {"wenzhou", "tieling"}
    assert facts("铁岭县能落户吗")["county"] == "tielingxian"


def test_what_is_said_beside_a_place_is_said_of_that_place() -> None:
    assert facts("我在天水工作")["ties"] == ("works",)
    assert "ties" not in facts("我在上海工作，现在想回天水落户")


def test_where_the_hukou_stands() -> None:
    assert facts("户口在湖北，人在文成租房")["hukou_place"] == "elsewhere"
    assert facts("我户口在曲江，想迁到武江")["hukou_place"] == "same_city_other_county"


def test_a_city_that_is_not_served() -> None:
    assert facts("上海", "city")["city"] == "other"
    assert facts("想落户深圳")["city"] == "other"
    assert "city" not in facts("我从深圳来")


def test_towns_and_nicknames_come_with_the_file_of_the_city(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder)
    path = folder / "wenzhou.yaml"
    path.write_text(path.read_text(encoding="utf8").replace("ruian: [瑞安,", "ruian: [瑞安, 马屿,"), encoding="utf8")
    assert "county" not in facts("我在马屿租房")
    assert Ears(load(folder)).hear("我在马屿租房").facts["county"] == "ruian"


# ---- persons ----


def test_the_facts_of_another_are_not_taken_for_the_movers() -> None:
    assert "work" not in facts("我儿子在厂里上班，我想落户温州")
    moved = heard("我想把我妈的户口迁过来，我在厂里上班")
    assert moved.whom == "parent" and "work" not in moved.facts and moved.facts["joiner_relation"] == "parent"


def test_the_direction_of_joining() -> None:
    assert facts("我想投靠我爷爷")["joiner_relation"] == "grandchild"
    assert facts("我爷爷想投靠我")["joiner_relation"] == "grandparent"
    assert asked("我想投靠我妈")["joiner_relation"] == ("minor_child", "adult_child")


def test_who_comes_along_and_how_old() -> None:
    assert facts("想带老婆一起迁")["movers"] == ("spouse",)
    assert facts("女儿，3岁半", "movers")["movers"] == ("minor_child",)
    assert facts("儿子，上小学的", "movers")["movers"] == ("minor_child",)
    assert asked("女儿", "movers")["movers"] == ("minor_child", "adult_child")


def test_nobody_moves_to_himself() -> None:
    moved = heard("儿子在老家读书，现在归我管，我想转到我这边来，七岁")
    assert moved.whom == "child"
    assert [one.values for one in moved.doubts if one.fact == "joiner_relation"] == [("minor_child",)]  # 我想转: asked


def test_whose_home_it_is() -> None:
    assert facts("房子是我爸的名字")["house_owner"] == "parent"
    assert facts("房子是我老公的名字")["housing"] == "owned"


# ---- sound ----


def test_what_sounds_the_same_is_heard_where_nothing_else_is() -> None:
    assert facts("想在铁玲落户")["city"] == "tieling"
    assert facts("想落户临苍")["city"] == "lincang"
    assert "city" not in facts("天水围的房子是人家的路程太远")
    assert "county" not in facts("我坐长途车来的")  # sounds like 昌图
    assert "county" not in facts("我平时去工地")  # sounds like 坪石, a town


@pytest.mark.parametrize("city", CITIES)
def test_every_place_is_heard_by_its_name(city: str) -> None:
    policy = BOOK.city(city).policy
    assert facts(f"想把户口迁到{policy.name}")["city"] == city
    for county, label in policy.facts["county"].options.items():
        assert facts(f"想把户口迁到{policy.name}{label}")["county"] == county, label


def test_the_table_of_syllables_is_pypinyins() -> None:
    assert EARS.lexicon is not None
    for name in EARS.lexicon.ear.places:
        spoken = tuple(one[0].replace("ü", "v") for one in pinyin(name, style=Style.NORMAL))
        assert spoken in EARS.lexicon.ear.sounds(name) or name in ("乐清", "乐清市"), name


def test_every_traditional_character_of_opencc_is_known() -> None:
    simple = opencc.OpenCC("t2s")
    common = [char for char in map(chr, SIMPLIFIED) if simple.convert(char) not in (char, SIMPLIFIED[ord(char)])]
    assert common == []
    for way in ("s2t", "s2hk", "s2tw"):
        turn = opencc.OpenCC(way)
        for fact in BOOK.facts.values():
            for label in (*fact.options.values(), *(word for words in fact.words.values() for word in words)):
                assert written(turn.convert(label)).text == written(label).text, (way, label)


# ---- an answer to the open question ----


@pytest.mark.parametrize(
    ("fact", "said", "value"),
    [
        ("lease_filed", "有的", "yes"),
        ("lease_filed", "还没办", "no"),
        ("movers", "就我一个", ()),
        ("house_owner", "不是，是我老婆的", "spouse"),
        ("owner_consents", "还没好意思开口", "not_asked"),
        ("work", "没有", "none"),
        ("housing", "我姐家", "relative_home"),
        ("insurance", "没，断了两年了", ()),
        ("student_stage", "不晓得", "unsure"),
    ],
)
def test_chatty_bare_answers(fact: str, said: str, value: Answer) -> None:
    assert facts(said, fact)[fact] == value


def test_a_number_is_an_option_only_where_the_options_are_numbered() -> None:
    assert facts("2", "housing") == {"housing": "rented"}
    assert EARS.hear("2", "housing", numbered=False) == Heard()
    assert "movers" not in facts("女儿，2", "movers")  # how old, how many: no number of an option


@pytest.mark.parametrize("said", ["为什么问这个", "why do you ask", "跳过", "转人工", "哈哈哈", "跳过，没有"])
def test_what_is_no_answer(said: str) -> None:
    assert facts(said, "lease_filed") == {}


def test_ground_is_never_proposed_and_nothing_is_kept() -> None:
    assert "ground" not in facts("我有房有工作")
    assert heard("我在温州租房") == heard("我在温州租房")


# ---- beside the facts ----


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("办这个要多少钱", "silent:fee"),
        ("要几天", "silent:days"),
        ("能不能代办", "silent:proxy"),
        ("能不能让我侄子替我去办", "silent:proxy"),
        ("can my husband go to the police station for me", "silent:proxy"),
        ("落户要不要花钱", "silent:fee"),
        ("do I need to pay anything?", "silent:fee"),
        ("派出所不给办，去哪里反映", "silent:appeal"),
        ("can I appeal if they refuse?", "silent:appeal"),
        ("承包地会收回吗", "topic:rural-rights"),
        ("看结果", "move:result"),
        ("跳过这题", "move:skip"),
        ("转人工", "move:human"),
        ("in English please", "move:language-en"),
        ("谢谢", "move:thanks"),
    ],
)
def test_what_else_is_meant(said: str, intent: str) -> None:
    assert intent in {f"{one.kind}:{one.id}" for one in heard(said).intents}


# ---- the file ----


def broken(tmp_path: Path, old: str, new: str) -> list[str]:
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder)
    text = (folder / "heard.yaml").read_text(encoding="utf8")
    assert old in text
    (folder / "heard.yaml").write_text(text.replace(old, new, 1), encoding="utf8")
    return [str(problem) for problem in heard_problems(Ears(load(folder)))]


SOME = "  registered_poor:\n"
ENTRY = '  registered_poor:\n    - value: "{}"\n      words: [{}]\n      says: [{}]\n      not_says: [{}]\n'
KIN_ENTRY = "  registered_poor:\n    - kin: owner\n      words: [某某户]\n      says: [某某户]\n      not_says: [别的]\n"


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (
            ENTRY.format("no", "某某户", "某某户", "别的") + ENTRY.format("yes", "某某户", "我是建档立卡户", "别的")[19:],
            "两个选项",
        ),
        (ENTRY.format("maybe", "某某户", "某某户", "别的"), "没有 maybe"),
        (ENTRY.format("yes", "某某户]\n      not: [怎么评", "某某户", "别的"), "碰不到"),
        (ENTRY.format("yes", "某某(户", "某某户", "别的"), "括号没有配对"),
        (ENTRY.format("yes", "某某户", "听不出的话", "别的"), "没有听出"),
        (KIN_ENTRY, "里没有 <kin>"),
        (ENTRY.format("yes", "某某户", "某某户", "我是某某户"), "不该听出"),
        ('  registered_poor:\n    - value: "yes"\n      words: [某某户]\n      says: [某某户]\n', "缺少 not_says"),
    ],
)
def test_what_policy_check_refuses(tmp_path: Path, new: str, what: str) -> None:
    problems = broken(tmp_path, SOME, new)
    assert any(what in problem and "heard.yaml:" in problem for problem in problems), problems


def test_two_words_that_sound_the_same_are_refused(tmp_path: Path) -> None:
    assert any("读音一样" in problem for problem in broken(tmp_path, "sound:\n  words: [户口,", "sound:\n  words: [户口, 护口,"))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("classes:\n", "classes:\n  闲: [闲着]\n", "没有短语用 <闲> 这一类词"),
        ("places:\n  from: [", "places:\n  from: [某某, 某某, ", "“某某”写了两次"),
        ("scope:\n  past: [", "scope:\n  past: [Some Day, some day, ", "“some day”写了两次"),
    ],
)
def test_what_does_nothing_where_it_stands_is_refused_and_the_rest_is_heard(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    line = 1 + (ROOT / "policies" / "heard.yaml").read_text(encoding="utf8").partition(old)[0].count("\n") + 1
    (problem,) = broken(tmp_path, old, new)
    assert what in problem and f"heard.yaml:{line}" in problem, problem
    assert Ears(load(tmp_path / "policies")).hear("我在昌图租的房").proposals


def test_the_file_may_be_larger_than_the_others_and_not_without_end(tmp_path: Path) -> None:
    assert (ROOT / "policies" / "heard.yaml").stat().st_size > FILE_LIMIT
    assert any("超过" in problem for problem in broken(tmp_path, SOME, SOME + "# 多余的话\n" * (SIZE_LIMIT // 16)))


def test_without_the_file_nothing_is_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("heard.yaml"))
    ears = Ears(load(folder))
    assert (ears.hear("我在昌图租的房", "housing"), heard_problems(ears)) == (Heard(), [])
    assert main(["--policies", str(folder), "hear", "我在昌图租的房"]) == 2
    assert "heard.yaml" in capsys.readouterr().err


def test_the_file_as_it_is_has_no_fault() -> None:
    assert heard_problems(EARS) == []


# ---- the command, the cost ----


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))


def test_the_command_says_what_is_heard_and_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["hear", "我在昌图租的房，要多少钱"]) == 0
    out = capsys.readouterr().out
    assert "昌图县" in out and "规则 housing.rented" in out and "fee" in out
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "有的", "context": "lease_filed"}\n{"text": "带老婆一起迁", "context": null}\n', encoding="utf8")
    assert main(["hear", "--jsonl", str(rows)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["facts"] for line in lines] == [{"lease_filed": "yes"}, {"movers": ["spouse"]}]
    assert set(lines[0]) == {"facts", "ask", "spans", "intents", "whom"}


@pytest.mark.parametrize(
    "row", ["{", "[]", '{"context": null}', '{"text": "x", "context": "nothing"}', '{"text": "x", "known": {"city": "x"}}']
)
def test_a_line_that_cannot_be_used_is_named(row: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(row, encoding="utf8")
    assert main(["hear", "--jsonl", str(rows)]) == 2
    assert "rows.jsonl:1" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["租" * 2000, "没" * 2000, "我妈" * 1000, "((((" * 500, "", " ", "\n\n", "\x00", "温州" * 1000])
def test_no_text_takes_long(said: str) -> None:
    heard(said)
    started = time.process_time()
    heard(said)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("context", [[], {}, 5, "nonsense"])
def test_an_open_question_that_is_none_is_refused_with_a_sentence(context: object) -> None:
    with pytest.raises(BadInput, match="没有"):
        list(json_lines(Ears(BOOK), "x", json.dumps({"text": "2", "context": context})))


@pytest.mark.parametrize(
    "said", ["\u3000" * 2000, " \t" * 1000, "天水秦安" * 500, "我在温州租房住，" * 250, "a: " * 666, "没有" * 1000]
)
def test_what_hearing_costs_does_not_grow_with_the_square_of_a_text(said: str) -> None:
    """A ratio of one run: ten times the text costs some ten times as much, and not a hundred times."""
    ears = Ears(BOOK)
    ears.hear(said, "housing")

    def seconds(text: str) -> float:
        began = time.thread_time()
        ears.hear(text, "housing")
        return time.thread_time() - began

    short = min(seconds(said[:200]) for _ in range(5))
    assert min(seconds(said[:2000]) for _ in range(3)) < 40 * max(short, 0.0005)
