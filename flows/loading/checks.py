"""Checks that need more than one entry: matters that nothing covers, clauses that nothing carries, branches nobody reaches."""

from collections.abc import Iterable, Mapping

from flows.facts import Fact, Lines
from flows.loading.reader import Reader
from flows.loading.yaml import Node
from flows.routes import Clause, Route, Topic
from flows.rules import NONE, Need, Rule


def check_questions(reader: Reader, facts: Mapping[str, Fact]) -> None:
    """The program itself speaks of some questions."""
    for needed in ("city", "matter", "county", "movers", "live_together"):
        if needed not in facts:
            reader.problem(reader.root, f"缺少 {needed} 这个问题", "补上")


def check_matters(
    reader: Reader, entry: Mapping[str, Node], matters: Iterable[str], routes: Mapping[str, Route], silent: Mapping[str, Lines]
) -> None:
    covered = {matter for route in routes.values() for matter in route.matters}
    for matter in matters:
        always = any(line.when is None for line in silent.get(matter, ()))
        if matter not in covered and not always and matter != "rights":
            reader.problem(entry.get("silent", reader.root), f"{matter} 没有途径对应", "在 silent 里写明文件没有写这件事")
    for matter in silent:
        if matter not in matters:
            reader.unknown(entry["silent"], matter, matters, f"没有 {matter} 这件事（matter）", matter)
        elif matter in covered and any(line.when is None for line in silent[matter]):
            reader.problem(entry["silent"], f"{matter} 已经有途径对应", "写明 when，或者从 silent 里去掉", matter)


def check_pointers(reader: Reader, pointers: Iterable[tuple[Node, str]], routes: Iterable[str]) -> None:
    """A sentence points only to routes that there are."""
    known = list(routes)
    for node, route in pointers:
        if route not in known:
            reader.unknown(node, route, known, f"没有 {route} 这条途径", "see")


def check_ledger(
    reader: Reader,
    entry: Mapping[str, Node],
    routes: Mapping[str, Route],
    topics: Mapping[str, Topic],
    clauses: tuple[Clause, ...],
) -> None:
    place = entry.get("clauses", reader.root)
    for number, (clause, node) in enumerate(zip(clauses, reader.list(entry.get("clauses")), strict=True)):
        if clause.id in [earlier.id for earlier in clauses[:number]]:
            reader.problem(node, f"{clause.id} 写了两次", "合并")
    for carried, kind in ((routes, "途径"), (topics, "专题")):
        listed = {one for clause in clauses for one in (clause.routes if kind == "途径" else clause.topics)}
        for one in carried:
            if one not in listed:
                reader.problem(place, f"{kind} {one} 没有出现在条款清单里", "在它的条款下面写上")


def check_glance(reader: Reader, node: Node, route: str, glance: Node | None) -> None:
    """Every route says in one sentence for whom it is: who knows nothing of their case reads that, and no more."""
    says = glance.value if glance else ""
    if not says:
        reader.problem(node, f"{route} 没有 glance", "用一句话写明什么人看这条", "glance")
    elif isinstance(says, str) and "。" in says:
        reader.problem(node, f"{route} 的 glance 不是一句话", "写成一句，句末不加句号", "glance")


def check_branches(reader: Reader, nodes: list[Node], rules: tuple[Rule, ...]) -> None:
    """A branch that no possible resident reaches: its question could never be asked."""
    plain = {rule.fact: rule for rule in rules if isinstance(rule, Need) and rule.when is None}
    for node, rule in zip(nodes, rules, strict=True):
        if isinstance(rule, Need) and rule.when is not None:
            for fact, answers in rule.when.accepted:
                gate = plain.get(fact)
                if gate is not None and all(gate.table.get(answer, NONE) == NONE for answer in answers):
                    reader.problem(
                        node, f"问不到 {rule.fact}：{fact} 是这些选项时，这条途径已经不行了", "改 when，或者去掉这个条件"
                    )
