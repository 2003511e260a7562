"""The test sentences of tests/utterances: every row is well-formed, and every fact and value is said somewhere."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from conftest import BOOK, CITIES, ROOT

FOLDER = ROOT / "tests" / "utterances"
MANY = {fact for fact, question in BOOK.facts.items() if question.many}
AMOUNTS = {fact for fact, question in BOOK.facts.items() if question.amount}  # read as typed: no ear knows them
COUNTIES = {city: set(BOOK.fact("county", city).options) for city in CITIES}
VALUES = {fact: set(question.options) for fact, question in BOOK.facts.items()} | {
    "county": {one for some in COUNTIES.values() for one in some}
}
ADDED = {  # what the contract has and a policy may not know yet
    "matter": {"other_hukou"},
    "hukou_kind": {"in_hand"},
    "chinese_parent_hukou": {"parent_dead"},
    "child_registered": {"yes", "no"},
}
FIELDS = {"id", "text", "context", "known", "facts", "optional", "ask", "tags", "note", "from"}
NEEDED = FIELDS - {"known", "note"}
TAGS = set(
    "en neg near unsure typo voice dia trad num multi corr origin who q long nopunct slang mix pinyin short chat svc bare ctx ask empty".split()
)

Row = dict[str, Any]


def read(name: str) -> list[Row]:
    path = FOLDER / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def letters(text: str) -> str:
    return "".join(one for one in text.lower() if one.isalnum())


def members(answer: object) -> list[object]:
    return answer if isinstance(answer, list) else [answer]


def values_of(fact: str, added: bool) -> set[str]:
    return VALUES.get(fact, set()) | (ADDED.get(fact, set()) if added else set())


def faults(row: Row, added: bool) -> Iterator[str]:
    """What is wrong with the form of a row."""
    if not row.keys() <= FIELDS or not row.keys() >= NEEDED:
        yield f"fields {sorted(row.keys() ^ NEEDED)}"
        return
    facts, optional = row["facts"], row["optional"]
    ask = {one["fact"]: one["between"] for one in row["ask"]}
    if not row["text"].strip() or row["text"] != row["text"].strip():
        yield "the text is empty, or has a blank at an end"
    if row["context"] is not None and not values_of(row["context"], added):
        yield f"context {row['context']}"
    for said, where in ((facts, "facts"), (optional, "optional"), (ask, "ask")):
        for fact, answer in said.items():
            if strange := [one for one in members(answer) if one not in values_of(fact, added) | {"unsure"}]:
                yield f"{where}: {fact} {strange}"
    for fact, answer in facts.items():
        if isinstance(answer, list) != (fact in MANY and answer != "unsure"):
            yield f"{fact}: one value or a list of values"
        elif isinstance(answer, list) and answer != sorted(set(answer)):
            yield f"{fact}: {answer} is not sorted"
    for fact, between in ask.items():
        if len(set(between)) < 2 or fact in facts or fact in optional:
            yield f"ask {fact}: two values or more, and of no other fact of the row"
    for fact, might in optional.items():
        if not might or (fact in facts and (fact not in MANY or set(might) & set(facts[fact]))):
            yield f"optional {fact}: nothing, or what is in facts"
    yield from city_faults(row, facts)
    yield from tag_faults(row, facts, ask)


def city_faults(row: Row, facts: Mapping[str, Any]) -> Iterator[str]:
    known = row.get("known", {})
    if known.keys() - {"city"} or not set(known.values()) <= set(CITIES):
        yield f"known {known}"
    if row["context"] == "county" and "city" not in known:
        yield "the question for the county needs a known city"
    if (county := facts.get("county", "unsure")) != "unsure":
        city = facts.get("city", known.get("city"))
        if county not in COUNTIES.get(city, ()):
            yield f"{county} is no county of {city}"


def tag_faults(row: Row, facts: Mapping[str, Any], ask: Mapping[str, Any]) -> Iterator[str]:
    tags = row["tags"]
    if strange := set(tags) - TAGS:
        yield f"tags {sorted(strange)}"
    for tag, holds in (("ctx", row["context"]), ("ask", ask), ("empty", not facts and not ask)):
        if bool(holds) != (tag in tags):
            yield f"tag {tag}"


@pytest.mark.parametrize(("name", "added"), [("own.jsonl", False), ("own_additions.jsonl", True), ("later.jsonl", True)])
def test_every_row_is_well_formed(name: str, added: bool) -> None:
    assert {row["id"]: found for row in read(name) if (found := list(faults(row, added)))} == {}


def test_ids_are_unique_and_no_text_is_said_twice() -> None:
    rows = read("own.jsonl") + read("own_additions.jsonl")
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    said = [(letters(row["text"]), row["context"]) for row in rows]
    assert len(said) == len(set(said))


def test_no_text_is_one_of_the_development_set() -> None:
    """Where there is no development set, there is nothing to compare."""
    taken = {letters(row["text"]) for row in read("dev.jsonl")}
    assert [row["id"] for row in read("own.jsonl") + read("own_additions.jsonl") if letters(row["text"]) in taken] == []


def test_there_are_many_rows_and_every_fact_is_an_open_question_of_some() -> None:
    rows = read("own.jsonl")
    assert len(rows) >= 400
    assert {row["context"] for row in rows} >= VALUES.keys() - {"ground", "child_registered"} - AMOUNTS


def test_every_fact_and_value_is_said() -> None:
    """`ground` is never heard; places are heard by their names: `test_every_place_is_heard_by_its_name`."""
    said: dict[str, set[object]] = {}
    for row in read("own.jsonl") + read("own_additions.jsonl"):
        for fact, answer in row["facts"].items():
            said.setdefault(fact, set()).update(members(answer))
    wanted = [(fact, value) for values in (VALUES, ADDED) for fact, known in values.items() for value in sorted(known)]
    assert [
        (fact, value) for fact, value in wanted if fact not in ("ground", "city", "county") and value not in said.get(fact, ())
    ] == []
