"""`luohu hear`: what is heard in a text and why, for officers; and the same a line at a time, for machines."""

import json
from collections.abc import Iterator, Mapping

from bot.check import BadInput
from flows.facts import Answer, NotUnderstood
from flows.hearing.ears import Ears, Heard, Proposal
from flows.hearing.finding import ME

KINDS = {"silent": "文件没有写的事", "besides": "少有人问、文件没有写的事", "topic": "专题", "move": "操作"}


def explained(ears: Ears, said: str, open_fact: str | None = None) -> Iterator[str]:
    """Sentences for an officer, each with the words and the rule. Raises BadInput, PolicyError."""
    heard = ears.hear(said, _open(ears, "--open", open_fact))
    if heard.whom != ME:
        yield f"替家人问：{_whom(ears, heard.whom)}"
    for one in heard.proposals:
        yield f"听到 {one.fact}: {_label(ears, one)}（“{one.words}”，规则 {one.rule}）"
    for doubt in heard.doubts:
        between = " 还是 ".join(_option(ears, doubt.fact, value) for value in doubt.values)
        yield f"要问 {doubt.fact}: {between}（“{doubt.words}”，规则 {doubt.rule}）"
    for intent in heard.intents:
        yield f"还说了 {KINDS[intent.kind]} {intent.id}（“{intent.words}”）"
    if not (heard.proposals or heard.doubts or heard.intents):
        yield "没有听出什么"


def json_lines(ears: Ears, name: str, text: str) -> Iterator[str]:
    """For each line {"text", "context", "known"}, one of {"facts", "ask", "spans", "intents", "whom"}. Raises BadInput."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield json.dumps(_heard(ears, f"{name}:{number}", line), ensure_ascii=False)


def _heard(ears: Ears, where: str, line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput(f"{where}: 不是合格的 JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not isinstance(row.get("known", {}), dict):
        raise BadInput(f"{where}: 每行要写一个 JSON 对象，里面要有 text")
    try:
        known = ears.book.clean(row.get("known") or {})
    except NotUnderstood as error:
        raise BadInput(f"{where}: {error.what}") from None
    return as_json(ears.hear(row["text"], _open(ears, where, row.get("context")), known))


def _open(ears: Ears, where: str, fact: object) -> str | None:
    if fact is None:
        return None
    if not isinstance(fact, str) or fact not in ears.book.facts:
        raise BadInput(f"{where}: 没有 {str(fact)[:40]} 这件事")
    return fact


def as_json(heard: Heard) -> dict[str, object]:
    """What was heard as JSON values."""
    spans = [
        {"fact": one.fact, "start": one.start, "end": one.end, "words": one.words, "rule": one.rule} for one in heard.everything
    ]
    return {
        "facts": {one.fact: _plain(one.value) for one in heard.proposals},
        "ask": {one.fact: list(one.values) for one in heard.doubts},
        "spans": spans,
        "intents": [{"kind": one.kind, "id": one.id, "words": one.words} for one in heard.intents],
        "whom": heard.whom,
    }


def _plain(value: Answer) -> str | list[str]:
    return value if isinstance(value, str) else sorted(value)


def _whom(ears: Ears, whom: str) -> str:
    """A kind of relatives by its first words."""
    known = ears.lexicon.kin if ears.lexicon else {}
    return "、".join(known[whom].words[:2]) if whom in known else "别人"


def _label(ears: Ears, one: Proposal) -> str:
    values = (one.value,) if isinstance(one.value, str) else one.value
    return "、".join(_option(ears, one.fact, value) for value in values) or ears.book.facts[one.fact].nothing


def _option(ears: Ears, fact: str, value: str) -> str:
    """The label of an option; of a county, as its own city has it."""
    labels: Mapping[str, str] = ears.book.facts[fact].options
    if fact == "county" and value in ears.book.counties:
        labels = ears.book.fact(fact, ears.book.counties[value]).options
    return labels.get(value, "说不清" if value == "unsure" else value)
