"""Our routes as the models of others: an expression for zen-engine, rules for publicodes."""

import json
import subprocess
from collections.abc import Collection
from shutil import which
from typing import Any

from conftest import BOOK
from flows.facts import Answer, Facts
from flows.policy import Policy
from flows.rules import AllOf, AnyOf, Need, Points, Rule
from measured import HAS_THEIRS, PEERS, THEIRS

HOPE = [0, 3, 4, 2, 1, 5, 6]  # status number -> place in the order of hope, as flows.rules has it
BACK = [0, 4, 3, 1, 2, 5, 6]


def key(name: str) -> str:
    return name.replace(".", "_").replace("-", "_")


# ---- zen-engine ----


def zen_model(policy: Policy) -> dict[str, Any]:
    expressions = [
        {"id": key(route.id), "key": key(route.id), "value": expression(route.needs)} for route in policy.routes.values()
    ]
    content = {
        "expressions": expressions,
        "passThrough": False,
        "inputField": None,
        "outputPath": None,
        "executionMode": "single",
    }
    return {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {"id": "judge", "name": "judge", "type": "expressionNode", "position": {"x": 1, "y": 0}, "content": content},
            {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "judge", "type": "edge"},
            {"id": "b", "sourceId": "judge", "targetId": "out", "type": "edge"},
        ],
    }


def expression(rule: Rule) -> str:
    match rule:
        case AllOf(needs=needs):
            return f"max([{', '.join(map(expression, needs))}])"
        case Points():
            raise NotImplementedError  # no city of ours counts points
        case AnyOf(needs=needs):
            return f"{BACK}[min([{', '.join(f'{HOPE}[{expression(need)}]' for need in needs)}])]"
        case Need():
            return leaf(rule)


def leaf(need: Need) -> str:
    groups: dict[int, list[str]] = {}
    for answer, verdict in need.table.items():
        if answer is not None:
            groups.setdefault(verdict, []).append(flat(answer))
    tests = "".join(f"{need.fact} in {sorted(words)!r} ? {verdict} : " for verdict, words in groups.items())
    judged = f"({need.fact} == null ? {need.table[None]} : {tests}{need.table[None]})"
    if need.when is None:
        return judged
    branch = " and ".join(accepts(fact, some) for fact, some in need.when.accepted)
    return f"({branch} ? {judged} : 0)"


def accepts(fact: str, some: Collection[Answer | None]) -> str:
    said = f"{fact} in {sorted(flat(one) for one in some if one is not None)!r}"
    return f"({fact} == null or {said})" if None in some else said


def flat(answer: Answer) -> str:
    return answer if isinstance(answer, str) else "+".join(answer) or "nothing"


def context(facts: Facts) -> dict[str, str | None]:
    return {fact: flat(facts[fact]) if fact in facts else None for fact in BOOK.facts}


# ---- publicodes ----

NODE = which("node") if HAS_THEIRS and (THEIRS / "node_modules" / "publicodes").exists() else None


class Publicodes:
    """A process of node, with the rules of all cities and residents of each."""

    def __init__(self, people: dict[str, list[Facts]]) -> None:
        assert NODE
        command = [NODE, str(PEERS / "publicodes.mjs")]
        self.process = subprocess.Popen(command, cwd=THEIRS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(json.dumps({city: city_rules(BOOK.city(city).policy, some) for city, some in people.items()}))

    def judges(self, city: str) -> dict[str, Any]:
        """Of each resident the statuses and the next question; and the microseconds that one took."""
        self._say(city)
        assert self.process.stdout
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def _say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


def city_rules(policy: Policy, people: list[Facts]) -> dict[str, Any]:
    rules: dict[str, Any] = {name(fact): {"question": fact, "par défaut": "'unsaid'"} for fact in policy.facts}
    routes = [added(says(route.needs, rules), rules) for route in policy.routes.values()]
    residents = [{name(fact): f"'{flat(answer)}'" for fact, answer in facts.items()} for facts in people]
    return {"rules": rules, "routes": routes, "residents": residents}


def name(fact: str) -> str:
    return "fact " + fact.replace("_", " ")


def says(rule: Rule, rules: dict[str, Any]) -> dict[str, Any]:
    """What publicodes calls a mechanism. A part whose value is looked at more than once becomes a rule of its own."""
    match rule:
        case AllOf(needs=needs):
            return {"le maximum de": [says(need, rules) for need in needs]}
        case AnyOf(needs=needs):
            hopes = [cases(added(says(need, rules), rules), HOPE) for need in needs]
            return cases(added({"le minimum de": hopes}, rules), BACK)
        case Points():
            raise NotImplementedError  # no city of ours counts points
        case Need():
            groups: dict[int, list[Answer | None]] = {}
            for answer, verdict in rule.table.items():
                groups.setdefault(verdict, []).append(answer)
            del groups[rule.table[None]]  # the rest
            tests = [{"si": among(rule.fact, some), "alors": verdict} for verdict, some in groups.items()]
            judged: dict[str, Any] = {"variations": [*tests, {"sinon": rule.table[None]}]}
            if rule.when is None:
                return judged
            branch = [among(fact, some) for fact, some in rule.when.accepted]
            return {"variations": [{"si": {"toutes ces conditions": branch}, "alors": judged}, {"sinon": 0}]}


def added(mechanism: dict[str, Any], rules: dict[str, Any]) -> str:
    named = f"rule {len(rules)}"
    rules[named] = mechanism
    return named


def cases(rule: str, values: list[int]) -> dict[str, Any]:
    tests = [{"si": f"{rule} = {status}", "alors": value} for status, value in enumerate(values[:-1])]
    return {"variations": [*tests, {"sinon": values[-1]}]}


def among(fact: str, some: Collection[Answer | None]) -> object:
    tests = [f"{name(fact)} = '{flat(one) if one is not None else 'unsaid'}'" for one in some]
    return {"une de ces conditions": tests} if tests[1:] else tests[0]
