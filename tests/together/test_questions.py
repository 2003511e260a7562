"""Residents' questions, held through the interview as they would meet it: what comes out, and what the sheet's head says.

The questions stand in tests/questions, a file a city; how one is added: policies/README.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from bot.rehearse import Rehearsal, outcome, rehearse
from conftest import BOOK, CITIES, ROOT
from flows.facts import Facts, NotUnderstood
from flows.loading.reader import Reader
from flows.loading.yaml import Node
from flows.policy import HOPE, Kind

FOLDER = ROOT / "tests" / "questions"
KEYS = ("id", "says", "facts", "kind", "routes", "first", "must", "must_not", "most")
REQUIRED = ("id", "says", "facts", "kind", "most")
HOPEFUL = HOPE[:5]  # what names its routes; none, silent and overview speak of no single one
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
    words = {key: tuple(_word(reader, one) for one in reader.list(fields.get(key))) for key in ("first", "must", "must_not")}
    kind = _word(reader, fields.get("kind"))
    if "kind" in fields and kind not in KINDS:
        reader.unknown(fields["kind"], kind, KINDS, f"没有 {kind} 这种结果")
    if kind in HOPEFUL[:4] and "routes" not in fields:
        reader.problem(node, "缺少 routes", f"{kind} 要写是哪几条途径")
    if not words["first"] and not words["must"]:
        reader.problem(node, "first 和 must 都没有写", "写上告知单前面一定要有的几个字")
    most = _word(reader, fields.get("most"))
    if "most" in fields and not most.isdecimal():
        reader.problem(fields["most"], "most 要写一个数", "最多问几题，城市和要办的事也算在内")
    return Question(
        id=_word(reader, fields.get("id")),
        says=_word(reader, fields.get("says")),
        facts=_facts(reader, fields.get("facts")),
        kind=kind,
        routes=tuple(_route(reader, one) for one in reader.list(fields.get("routes"))),
        most=int(most) if most.isdecimal() else 0,
        **words,
    )


def _word(reader: Reader, node: Node | None) -> str:
    return reader.word(node)


def _route(reader: Reader, node: Node) -> str:
    route = reader.word(node)
    known = [one for city in CITIES for one in BOOK.city(city).policy.routes]
    if route not in known:
        reader.unknown(node, route, known, f"没有 {route} 这条途径")
    return route


def _facts(reader: Reader, node: Node | None) -> Facts:
    said: dict[str, object] = {}
    for fact, answer in reader.items(node):
        many = isinstance(answer.value, list)
        said[fact] = [reader.word(one) for one in reader.list(answer)] if many else reader.word(answer)
    if node is not None and not {"city", "matter"} <= said.keys():
        reader.problem(node, "没有写 city 或者 matter", "哪个市、想办哪件事，两样都要写")
    clean: dict[str, object] = {}
    for fact, answer in said.items():
        try:
            clean[fact] = BOOK.clean({**({"city": said["city"]} if "city" in said else {}), fact: answer})[fact]
        except NotUnderstood as error:
            reader.problem(node, error.what, f"是不是 {error.near}？" if error.near else "看 policies/facts.yaml", fact)  # type: ignore[arg-type]
        except KeyError:
            reader.problem(node, f"{fact} 不是这个市的", "看城市文件里的 counties", fact)  # type: ignore[arg-type]
    return clean  # type: ignore[return-value]


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
