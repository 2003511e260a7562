"""Families: who may move along on a route, and how many people it lets move."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flows.facts import Answer, Fact, When
from flows.loading.conditions import Conditions
from flows.loading.numbers import Numbers
from flows.loading.yaml import Node
from flows.routes import Along, Family, Quota

LISTED: tuple[Along, ...] = ("yes", "ask", "no")
QUOTA_KEYS = ["of", "people", "beyond", "each", "most", "counts"]
COUNTS = ("with_mover", "movers")  # whether whoever applies is one of them
OPEN_STEPS = 5  # that are told apart where it grows on
MOST_STEPS = 12  # ranges that a quota may make of an amount: more nobody reads


def read_family(conditions: Conditions, node: Node) -> Family:
    reader, movers = conditions.reader, list(conditions.facts["movers"].options)
    entry = reader.fields(node, ["own", "yes", "yes_if", "ask", "no", "quota", "apart"])
    lists: dict[str, Along] = {}
    rest: Along | None = None
    for answer in LISTED:
        if answer in entry and entry[answer].value == "others":
            if rest:
                reader.problem(node, "others 出现了两次", "只留一个")
            rest = answer
        else:
            for mover in reader.some_of(entry.get(answer), movers, "家人"):
                if mover in lists:
                    reader.problem(node, f"{mover} 归了两类", "只留一类")
                lists[mover] = answer
    missing = [mover for mover in movers if mover not in lists and (lists or rest)]
    if missing and not rest:
        reader.problem(node, f"这些家人没有归类：{'、'.join(missing)}", "归到某一类，或者写 others")
    lists |= dict.fromkeys(missing, rest or "no")
    named_if = {}
    for mover, when in reader.items(entry.get("yes_if")):
        if mover not in movers:
            reader.unknown(entry["yes_if"], mover, movers, f"没有 {mover} 这种家人", mover)
        named_if[mover] = conditions.when(when)
    quota = _quota(conditions, entry["quota"]) if "quota" in entry else None
    return Family(lists, named_if, quota, _own(conditions, entry.get("own"), movers), conditions.lines(entry.get("apart")))


def _own(conditions: Conditions, node: Node | None, movers: list[str]) -> dict[str, tuple[When, ...]]:
    """Mover -> where that one may apply by the same clause: by whose kin the applicant is."""
    reader, found = conditions.reader, dict[str, tuple[When, ...]]()
    for relation, kin in reader.items(node):
        fact = conditions.facts.get(relation)
        if fact is None:
            reader.unknown(node or kin, relation, conditions.facts, f"没有 {relation} 这件事", relation)
            continue
        for value, some in reader.items(kin):
            if value not in fact.options:
                reader.unknown(kin, value, fact.options, f"{relation} 没有 {value} 这个选项", value)
            for mover in reader.some_of(some, movers, "家人"):
                found[mover] = (*found.get(mover, ()), When(((relation, frozenset((value,))),)))
    return found


# ---- how many ----


@dataclass(frozen=True, slots=True)
class _Steps:
    """So many people up to an amount, one more for each further piece of it, and no more than `most` (None: it grows on)."""

    people: int
    beyond: Fraction
    each: Fraction
    most: int | None

    @property
    def bounds(self) -> list[Fraction]:
        """Where each further person comes in."""
        steps = OPEN_STEPS if self.most is None else min(max(self.most - self.people, 0), MOST_STEPS)
        return [self.beyond + self.each * step for step in range(1, steps + 1)]

    def at(self, amount: Fraction) -> int:
        return self.people + sum(amount >= bound for bound in self.bounds)


def _steps(entry: Mapping[str, Node], numbers: Numbers) -> _Steps | None:
    """None as long as its numbers are not all there."""
    named = {key: numbers.others.get(str(entry[key].value)) for key in QUOTA_KEYS[1:5] if key in entry}
    people, beyond, each = (named.get(key) for key in ("people", "beyond", "each"))
    if people is None or beyond is None or not each or ("most" in entry and named["most"] is None):
        return None
    return _Steps(int(people), beyond, each, None if named.get("most") is None else int(named["most"] or 0))


def quota_bounds(city: Mapping[str, Node], numbers: Numbers) -> dict[str, list[Fraction]]:
    """Amount -> the bounds that the quotas of a city's routes put to it: known before any route is read."""
    found: dict[str, list[Fraction]] = {}
    routes = city["routes"].value if "routes" in city else None
    for route in routes.values() if isinstance(routes, dict) else ():
        quota = _under(_under(route, "family"), "quota")
        entry = quota.value if quota is not None and isinstance(quota.value, dict) else {}
        if "of" in entry and (steps := _steps(entry, numbers)) is not None:
            found.setdefault(str(entry["of"].value), []).extend(steps.bounds)
    return found


def _under(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node is not None and isinstance(node.value, dict) else None


def _quota(conditions: Conditions, node: Node) -> Quota | None:
    reader, numbers = conditions.reader, conditions.numbers
    entry = reader.fields(node, QUOTA_KEYS, [*QUOTA_KEYS[:4], "counts"])
    amounts = [fact.id for fact in conditions.facts.values() if fact.amount is not None]
    fact: Fact | None = conditions.facts.get(reader.one_of(entry.get("of"), amounts, "用数回答的事"))
    counts = reader.one_of(entry.get("counts"), COUNTS, "算法")
    for key in QUOTA_KEYS[1:5]:
        if key in entry:
            conditions.meant.number(entry[key], "数")
    steps = _steps(entry, numbers)
    if steps is None or fact is None or fact.amount is None:
        return None
    if steps.most is not None and not steps.people < steps.most <= steps.people + MOST_STEPS:
        what = f"最多 {steps.most} 人和开头的 {steps.people} 人对不上"
        reader.problem(node, what, f"most 要比 people 多，最多多 {MOST_STEPS} 人", "most")
    people: dict[Answer, int] = {option: steps.at(span.low) for option, span in fact.amount.ranges.items()}
    return Quota(fact.id, people, counts == "with_mover", steps.most is None)
