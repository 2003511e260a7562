"""Steering: in which order a matter's questions come, what follows from an answer, and what it does to the next question."""

from collections.abc import Mapping

from flows.book import Steering
from flows.facts import Fact, Inference, Narrowing, When
from flows.loading.conditions import Conditions
from flows.loading.reader import Reader
from flows.loading.yaml import Node
from flows.policy import GROUND, Policy

PUT = ("ask", "ask_you", "aloud", "third", "short", "hint")  # the texts of a question that a situation may put otherwise
TOGETHER = ("ask", "aloud", "third")  # of these none alone: an agent reads out what a resident would read
NEVER = When((("", frozenset()),))  # in place of a situation that cannot be read


def read_steering(conditions: Conditions, entry: Mapping[str, Node], facts: Mapping[str, Fact]) -> Steering:
    """What stands under `order`, `inferred` and `narrowed`, in facts.yaml or in a city's file."""
    reader = conditions.reader
    return Steering(
        _order(reader, entry.get("order"), facts),
        tuple(one for node in reader.list(entry.get("inferred")) for one in _inferences(conditions, node, facts)),
        tuple(_narrowing(conditions, node, facts) for node in reader.list(entry.get("narrowed"))),
    )


def telling(policy: Policy) -> tuple[Inference, ...]:
    """Without what would follow from `ground` whatever one ticks of what the city offers: what nobody was shown says nothing by
    not being ticked."""
    if GROUND not in policy.facts:
        return policy.inferences
    answers = {*policy.question(GROUND, {}).every_answer()}
    return tuple(one for one in policy.inferences if not answers <= dict(one.when.accepted).get(GROUND, frozenset()))


def _order(reader: Reader, node: Node | None, facts: Mapping[str, Fact]) -> dict[str, tuple[str, ...]]:
    matters = facts["matter"].options if "matter" in facts else {}
    for matter, _ in reader.items(node):
        if node is not None and matter not in matters:
            reader.unknown(node, matter, matters, f"没有 {matter} 这件要办的事（matter）", matter)
    return {matter: reader.some_of(listed, facts, "事（fact）") for matter, listed in reader.items(node)}


def _inferences(conditions: Conditions, node: Node, facts: Mapping[str, Fact]) -> list[Inference]:
    reader = conditions.reader
    entry = reader.fields(node, ["when", "then", "quiet"], ["when", "then"])
    if "when" not in entry or "then" not in entry:
        return []
    when, quiet = conditions.when(entry["when"]), reader.one_of(entry.get("quiet"), ["yes"], "写法") == "yes"
    return [
        Inference(when, fact, _value(reader, facts[fact], item), quiet) for fact, item in _known(reader, entry["then"], facts)
    ]


def _known(reader: Reader, node: Node, facts: Mapping[str, Fact]) -> list[tuple[str, Node]]:
    for fact, _ in reader.items(node):
        if fact not in facts:
            reader.unknown(node, fact, facts, f"没有 {fact} 这件事", fact)
    return [(fact, item) for fact, item in reader.items(node) if fact in facts]


def _value(reader: Reader, fact: Fact, node: Node) -> str | tuple[str, ...]:
    if not fact.many:
        return reader.one_of(node, fact.options, f"{fact.id} 的选项")
    return fact.in_order(reader.some_of(node, fact.options, f"{fact.id} 的选项"))


def _narrowing(conditions: Conditions, node: Node, facts: Mapping[str, Fact]) -> Narrowing:
    reader = conditions.reader
    entry = reader.fields(node, ["when", "fact", "without", "labels", *PUT], ["when", "fact"])
    fact = facts.get(reader.one_of(entry.get("fact"), facts, "事（fact）"))
    options = reader.some_of(entry.get("without"), fact.options if fact else (), "选项")
    when = conditions.when(entry["when"]) if "when" in entry else None
    labels = {option: reader.text(label) for option, label in reader.items(entry.get("labels"))}
    for option in labels.keys() - (fact.options if fact else {}).keys():
        reader.unknown(entry["labels"], option, fact.options if fact else (), f"没有 {option} 这个选项", option)
    return Narrowing(when or NEVER, fact.id if fact else "", frozenset(options), labels, _put(reader, node, entry))


def _put(reader: Reader, node: Node, entry: Mapping[str, Node]) -> dict[str, str]:
    """How the question is put instead; whoever asks for themselves is asked the same, unless it says how."""
    puts = {text: reader.text(entry[text]) for text in PUT if text in entry and text != "short"}
    if "short" in entry:
        puts["short"] = reader.short(entry["short"])
    if missing := [text for text in TOGETHER if text not in puts and puts.keys() & {*TOGETHER, "ask_you"}]:
        reader.problem(node, f"换了问法，缺少 {'、'.join(missing)}", "ask、aloud、third 三样一起换")
    return {"ask_you": "", **puts} if "ask" in puts else puts
