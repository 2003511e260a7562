"""Residents' questions, held through the interview as they would meet it: what comes out, and what the sheet's head says.

The questions stand in tests/questions, a file a city; how one is added: policies/README.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pytest

from bot.rehearse import Rehearsal, outcome, rehearse
from conftest import BOOK, CITIES, ROOT
from flows.book import PolicyError
from flows.facts import Answer, Facts, NotUnderstood
from flows.loading.reader import Reader
from flows.loading.yaml import Node
from flows.policy import HOPE, Kind

FOLDER = ROOT / "tests" / "questions"
KEYS = ("id", "says", "facts", "kind", "routes", "first", "must", "must_not", "most")
REQUIRED = ("id", "says", "facts", "kind", "most")
HOPEFUL = HOPE[:5]  # the kinds that stand on certain routes
KINDS = tuple(kind for kind in get_args(Kind) if kind != "open")


@dataclass(frozen=True, slots=True)
class Question:
    """What a resident says and would answer when asked, and what a careful civil servant replies."""

    id: str
    says: str
    facts: Facts
    kind: str
    routes: tuple[str, ...]
    first: tuple[str, ...]  # must stand in the answer itself, before everything else
    must: tuple[str, ...]  # must stand somewhere in the head
    must_not: tuple[str, ...]  # must not stand in the head
    most: int  # questions asked, city and matter included


# ---- reading ----


def read_questions(folder: Path) -> list[Question]:
    """All questions of a folder. Raises PolicyError, which says file, line, what is wrong and how to mend it."""
    found: list[Question] = []
    for path in sorted(folder.glob("*.yaml")):
        reader = Reader(folder, path.name)
        some = [_question(reader, node) for node in reader.list(reader.root)]
        _same_city(reader, path.stem, some)
        reader.done()
        found += some
    return found


def _question(reader: Reader, node: Node) -> Question:
    fields = reader.fields(node, KEYS, REQUIRED)
    words = {key: tuple(reader.word(one) for one in reader.list(fields.get(key))) for key in ("first", "must", "must_not")}
    kind = reader.word(fields.get("kind"))
    if "kind" in fields and kind not in KINDS:
        reader.unknown(fields["kind"], kind, KINDS, f"没有 {kind} 这种结果")
    if kind in HOPEFUL and "routes" not in fields:
        reader.problem(node, "缺少 routes", f"{kind} 要写是哪几条途径")
    if not words["first"] and not words["must"]:
        reader.problem(node, "first 和 must 都没有写", "写上告知单前面一定要有的几个字")
    most = reader.word(fields.get("most"))
    if "most" in fields and not most.isdecimal():
        reader.problem(fields["most"], "most 要写一个数", "最多问几题，城市和要办的事也算在内")
    return Question(
        id=reader.word(fields.get("id")),
        says=reader.word(fields.get("says")),
        facts=_facts(reader, fields.get("facts")),
        kind=kind,
        routes=tuple(_route(reader, one) for one in reader.list(fields.get("routes"))),
        most=int(most) if most.isdecimal() else 0,
        **words,
    )


def _route(reader: Reader, node: Node) -> str:
    route = reader.word(node)
    known = [one for city in CITIES for one in BOOK.city(city).policy.routes]
    if route not in known:
        reader.unknown(node, route, known, f"没有 {route} 这条途径")
    return route


def _facts(reader: Reader, node: Node | None) -> Facts:
    if node is None:
        return {}
    written = {fact: _answer(reader, answer) for fact, answer in reader.items(node)}
    if not {"city", "matter"} <= written.keys():
        reader.problem(node, "没有写 city 或者 matter", "哪个市、想办哪件事，两样都要写")
    facts: dict[str, Answer] = {}
    for fact in written:
        try:
            facts[fact] = BOOK.clean({one: written[one] for one in ("city", fact) if one in written})[fact]
        except NotUnderstood as error:
            reader.problem(node, error.what, f"是不是 {error.near}？" if error.near else "看 policies/facts.yaml", fact)
        except KeyError:
            reader.problem(node, f"{fact} 写的不是这个市的", "看城市文件里的 counties", fact)
    return facts


def _answer(reader: Reader, node: Node) -> str | list[str]:
    return [reader.word(one) for one in reader.list(node)] if isinstance(node.value, list) else reader.word(node)


def _same_city(reader: Reader, city: str, some: list[Question]) -> None:
    assert isinstance(reader.root.value, list)
    seen: set[str] = set()
    for node, one in zip(reader.root.value, some, strict=True):
        if one.facts.get("city") != city:
            reader.problem(node, f"这个文件只写 {city} 的问题", "写到那个城市的文件里")
        if one.id in seen:
            reader.problem(node, f"{one.id} 写了两次", "换一个编号")
        seen.add(one.id)


# ---- comparing ----


def differences(asked: Question, held: Rehearsal) -> Iterator[str]:
    """What differs from the answer that is right, a line each."""
    came = outcome(held.talk)
    if came["kind"] != asked.kind:
        yield f"结果应当是 {asked.kind}，现在是 {came['kind']}"
    if asked.kind in HOPEFUL and set(came["routes"]) != set(asked.routes):
        yield f"途径应当是 {'、'.join(asked.routes) or '没有'}，现在是 {'、'.join(came['routes']) or '没有'}"
    if len(held.asked) > asked.most:
        yield f"最多问 {asked.most} 题，现在问了 {len(held.asked)} 题：{'、'.join(held.asked)}"
    answer, head = "\n".join(held.sheet.answer), held.head
    yield from (f"开头的回答里没有“{one}”" for one in asked.first if one not in answer)
    yield from (f"告知单前面没有“{one}”" for one in asked.must if one not in head)
    yield from (f"告知单前面不该有“{one}”" for one in asked.must_not if one in head)


def told(asked: Question, held: Rehearsal, wrong: list[str]) -> str:
    return "\n".join([f"{asked.id}：{asked.says}", *(f"  ✗ {one}" for one in wrong), "", held.head])


QUESTIONS = read_questions(FOLDER)


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda one: one.id)
def test_question(asked: Question) -> None:
    held = rehearse(BOOK, asked.facts)
    wrong = list(differences(asked, held))
    assert not wrong, told(asked, held, wrong)


def test_every_city_is_asked_about_every_matter_and_every_kind_comes_out() -> None:
    matters = set(BOOK.facts["matter"].options)
    for city in CITIES:
        asked = {one.facts["matter"] for one in QUESTIONS if one.facts["city"] == city}
        assert not matters - asked, f"{city}: {'、'.join(sorted(matters - asked))}"
    assert {one.kind for one in QUESTIONS} == set(KINDS)


def test_no_two_questions_have_one_id() -> None:
    ids = [one.id for one in QUESTIONS]
    assert len(set(ids)) == len(ids)


def test_the_answers_shown_as_todays_are_what_the_program_says() -> None:
    page = (ROOT / "docs" / "answers.md").read_text(encoding="utf-8")
    shown = [one for one in QUESTIONS if f"(`{one.id}`)" in page]
    assert len(shown) == page.count("\n## ") == 6
    for one in shown:
        held = rehearse(BOOK, one.facts)
        assert one.says in page
        said = "\n".join(held.sheet.answer)
        assert f"Today, after {len(held.asked)} questions:\n\n```text\n{said}\n```" in page, one.id


# ---- what is refused, and what is found to differ ----

GOOD = """\
- id: one
  says: 成年了能投靠爸妈吗
  facts: {city: shaoguan, matter: join_kin, joiner_relation: adult_child}
  kind: none
  must: [（五）]
  most: 5
"""
BAD = {  # what is written, instead of what, and what the problem says
    "key": ("  must: ", "  msut: ", "shaoguan.yaml:5: 没有 msut 这个键"),
    "fact": ("joiner_relation:", "joined_relation:", "shaoguan.yaml:3: joined_relation"),
    "answer": ("adult_child}", "grown_child}", "shaoguan.yaml:3: joiner_relation"),
    "loose": ("adult_child}", "no}", "shaoguan.yaml:3: no 没有加引号"),
    "matter": (", matter: join_kin", "", "shaoguan.yaml:3: 没有写 city 或者 matter"),
    "county": ("join_kin,", "join_kin, county: lucheng,", "shaoguan.yaml:3: county"),
    "city": ("city: shaoguan", "city: tieling", "shaoguan.yaml:1: 这个文件只写 shaoguan 的问题"),
    "kind": ("kind: none", "kind: open", "shaoguan.yaml:4: 没有 open 这种结果"),
    "routes": ("kind: none", "kind: fits", "shaoguan.yaml:1: 缺少 routes"),
    "route": ("  must:", "  routes: [shaoguan.join]\n  must:", "shaoguan.yaml:5: 没有 shaoguan.join 这条途径"),
    "nothing": ("  must: [（五）]\n", "", "shaoguan.yaml:1: first 和 must 都没有写"),
    "most": ("most: 5", "most: few", "shaoguan.yaml:6: most 要写一个数"),
    "required": ("  most: 5\n", "", "shaoguan.yaml:1: 缺少 most"),
}


def written(folder: Path, text: str) -> Path:
    (folder / "shaoguan.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrongly_written_is_refused_with_file_and_line(what: str, tmp_path: Path) -> None:
    right, wrong, problem = BAD[what]
    assert right in GOOD
    with pytest.raises(PolicyError) as refused:
        read_questions(written(tmp_path, GOOD.replace(right, wrong)))
    assert problem in str(refused.value)


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"shaoguan\.yaml:7: one 写了两次"):
        read_questions(written(tmp_path, GOOD + GOOD))


def test_each_difference_is_said(tmp_path: Path) -> None:
    (asked,) = read_questions(written(tmp_path, GOOD))
    held = rehearse(BOOK, asked.facts)
    answer, later = held.sheet.answer[0], held.sheet.blocks[-1].lines[0]
    other = replace(asked, first=(later,), must=("没有这几个字",), must_not=(answer[:4],), most=1)
    found = "\n".join(differences(replace(other, kind="fits", routes=("shaoguan.town-home",)), held))
    for said in (
        "结果应当是 fits，现在是 none",
        "途径应当是 shaoguan.town-home",
        "最多问 1 题",
        "开头的回答里没有",
        "告知单前面没有",
        "不该有",
    ):
        assert said in found
    assert not list(differences(replace(asked, must=(answer, later), most=len(held.asked)), held))
