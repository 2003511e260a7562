"""The machine interface: facts from files in, statuses as JSON out; case files checked; policies checked."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.wording import languages as i18n
from bot.wording import rules, sentences
from bot.wording.phone import phone_problems
from flows.book import Book, City, PolicyError, Problem, Text
from flows.facts import Facts, NotUnderstood
from flows.loading.outside import OUTSIDE, Outside, in_general
from flows.loading.reader import OVER
from flows.loading.yaml import Node, read_yaml
from flows.policy import Policy
from flows.routes import Judgement
from flows.rules import STATUS

INPUT_LIMIT = 16 * 1024 * 1024  # bytes of one file of residents
NODE_LIMIT = 2_000_000
EXPECTATIONS = {  # what a case may expect of a route, and the shape of it
    "expect": "文字",
    "because": "列表",
    "papers": "列表",
    "family": "列表的键值",
    "placement": "文字",
}
LOOSE = {"yes": True, "true": True, "on": True, "y": True, "": None, "~": None, "null": None}
CASE_FORMS = (".yaml", ".csv", ".xlsx")
CASE_KEYS = ("id", "story", "facts", *EXPECTATIONS, "clause")


class BadInput(Exception):
    """An input that we cannot use; its text is one clear sentence with file and line or key."""


@dataclass(frozen=True, slots=True)
class Resident:
    """One set of facts and, in a case file, what must come out. `place`: file and line of a case's id."""

    where: str
    facts: Facts
    case: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""


# ---- reading ----


def write_file(path: Path, data: bytes) -> None:
    """Raises BadInput."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(f"{path}: 写不了（{error.strerror}）") from None


def read_text(name: str) -> str:
    """A file, or standard input (`-`). Raises BadInput."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{name}: 打不开（{error.strerror}）") from None
    except UnicodeDecodeError:
        raise BadInput(f"{name}: 不是 UTF-8 文本") from None


def read_residents(book: Book, name: str, text: str) -> tuple[list[Resident], bool]:
    """The residents of a YAML or JSON text, and whether it was a list. Raises BadInput."""
    data, lines = _parse(name, text)
    if isinstance(data, dict):
        return [_resident(book, name, data, lines)], False
    if not isinstance(data, list):
        raise BadInput(f"{name}: 要写成一组事实、一个列表，或者案例文件")
    return [_resident(book, name, item, lines) for item in data], True


def residents_of(book: Book, items: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Resident]:
    """Cases that were no text: each with where it stands. Raises BadInput."""
    return [_resident(book, where, item, {}) for where, item in items]


def read_lines(book: Book, name: str, text: str) -> list[Resident]:
    """One JSON object of facts a line. Raises BadInput, naming the line."""
    residents = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{name}:{number}"
            data = _json(where, line)
            if not isinstance(data, dict):
                raise BadInput(f"{where}: 每行要写一个 JSON 对象")
            residents.append(_resident(book, where, data, {}))
    return residents


def _resident(book: Book, name: str, item: object, lines: Mapping[int, Mapping[str, int]]) -> Resident:
    if not isinstance(item, dict):
        raise BadInput(f"{name}: 列表里的每一项要写成一组事实")
    is_case = "facts" in item and "facts" not in book.facts
    said = item["facts"] if is_case else item
    if not isinstance(said, dict):
        raise BadInput(f"{name}:{lines.get(id(item), {}).get('facts', 1)}: facts 要写成一组事实")
    where = f"{name}:{item['id']}" if is_case and isinstance(item.get("id"), str) else name
    if is_case:
        for key in item:
            if key not in CASE_KEYS:
                raise BadInput(f"{where}: 没有 {key} 这个键，可以用：{'、'.join(CASE_KEYS)}")
        for kind, shape in EXPECTATIONS.items():
            expected = item.get(kind, {})
            if not isinstance(expected, dict) or not all(_has_shape(shape, one) for one in expected.values()):
                raise BadInput(f"{where}: {kind} 要写成“途径: {shape}”")
    try:
        line = lines.get(id(item), {}).get("id")
        return Resident(where, book.clean(said), item if is_case else {}, f"{name}:{line}" if line else name)
    except NotUnderstood as error:
        fact = error.what.split(" ")[0]
        line = lines.get(id(said), {}).get(fact)
        place = f"{name}:{line}" if line else where
        hint = f"，是不是 {error.near}？" if error.near else ""
        raise BadInput(f"{place}: {error.what}{hint}") from None


def _has_shape(shape: str, value: object) -> bool:
    match shape:
        case "文字":
            return isinstance(value, str)
        case "列表":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case _:
            return isinstance(value, dict) and all(_has_shape("列表", some) for some in value.values())


def _parse(name: str, text: str) -> tuple[object, dict[int, dict[str, int]]]:
    bracketed = text.lstrip()[:1] in ("{", "[") and text.lstrip("[{ \t\r\n")[:1] in ('"', "]", "}", "")  # not {city: lincang}
    if name.endswith(".json") or (bracketed and not name.endswith((".yaml", ".yml"))):
        return _json(name, text), {}
    lines: dict[int, dict[str, int]] = {}
    try:
        return _plain(read_yaml(text, name, INPUT_LIMIT, NODE_LIMIT), lines), lines
    except PolicyError as error:
        raise BadInput(str(error)) from None


def _plain(node: Node, lines: dict[int, dict[str, int]]) -> object:
    """Nodes as plain values; unquoted yes, no, null … as what YAML would make of them, so that they are refused."""
    match node.value:
        case str() if node.loose:
            return LOOSE.get(node.value.lower(), False)
        case str():
            return node.value
        case list():
            return [_plain(item, lines) for item in node.value]
        case _:
            found = {key: _plain(value, lines) for key, value in node.value.items()}
            lines[id(found)] = dict(node.key_lines or {})
            return found


def _json(where: str, text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _once(where, pairs))
    except json.JSONDecodeError as error:
        line = "" if where.rpartition(":")[2].isdigit() else f":{error.lineno}"
        raise BadInput(f"{where}{line}: 不是合格的 JSON（第 {error.colno} 个字符附近）") from None
    except RecursionError:
        raise BadInput(f"{where}: JSON 的层次太深") from None
    except ValueError:
        raise BadInput(f"{where}: JSON 里有太长的数字") from None


def _once(where: str, pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise BadInput(f"{where}: {key} 写了两次")
        found[key] = value
    return found


# ---- answers ----


def answer(book: Book, facts: Facts) -> dict[str, Any]:
    """The whole answer for a set of facts, as JSON values."""
    policy = book.policy(facts.get("city"))
    if policy is None:
        return {
            "city": facts.get("city"),
            "policy": None,
            "routes": {},
            "next": None if "city" in facts else "city",
            "answer": {"kind": "open" if "city" not in facts else "silent", "matter": facts.get("matter"), "routes": []},
            "topics": [],
        }
    document, due = policy.document, policy.next_fact(facts, as_given=True)
    outcome = policy.outcome(facts, due)
    return {
        "city": policy.city,
        "policy": {
            "document": document.title,
            "number": document.number or None,
            "issued": document.issued or None,
            "version": policy.version,
        },
        "routes": {judgement.route.id: _route(judgement) for judgement in policy.assess(facts)},
        "next": due,
        "answer": {"kind": outcome.kind, "matter": facts.get("matter"), "routes": list(outcome.routes)},
        "topics": [topic.id for topic in policy.topics_for(facts)],
    }


def _route(judgement: Judgement) -> dict[str, Any]:
    route = judgement.route
    return {
        "status": judgement.status,
        "because": list(judgement.because),
        "clause": route.clause,
        "placement": list(dict.fromkeys(placement.place for placement in judgement.placements)),
        "family": {answer: list(movers) for answer, movers in judgement.family.items()},
        "papers": [{"id": paper.id, "basis": paper.basis} for paper in judgement.papers],
        "office": route.office or None,
    }


# ---- case files ----


def disagreements(book: Book, resident: Resident) -> Iterator[str]:
    """What the engine answers otherwise than the case expects, a sentence each."""
    case = resident.case
    if not case.get("expect"):
        yield f"{resident.where}: 案例没有写 expect"
        return
    routes = answer(book, resident.facts)["routes"]
    clause = case.get("clause", "")
    for kind in EXPECTATIONS:
        for route, expected in case.get(kind, {}).items():
            if route not in routes:
                yield f"{resident.where}: 没有 {route} 这条途径"
                continue
            got = _of_kind(kind, routes[route])
            if (kind == "because" and not set(expected) <= set(got)) or (kind != "because" and got != _wanted(kind, expected)):
                why = f"，因为{_decided(book, resident.facts, route)}" if kind == "expect" else ""
                yield f"{resident.where}（{clause}）{route} {kind}: 应为 {_shown(expected)}，得到 {_shown(got)}{why}"


def _decided(book: Book, facts: Facts, route: str) -> str:
    """The conditions from which the status came, each with its clause."""
    policy = book.policy(facts.get("city"))
    judged = policy.judge(policy.routes[route], facts) if policy else None
    if judged is None or not judged.findings:
        return "条件都满足"
    worst = [finding.rule.texts for finding in judged.findings if STATUS[finding.verdict] == judged.status]
    return "、".join(f"“{texts.says}”（{texts.clause}）" for texts in worst)


def _of_kind(kind: str, route: Mapping[str, Any]) -> Any:
    match kind:
        case "expect":
            return route["status"]
        case "papers":
            return {paper["id"] for paper in route["papers"] if paper["basis"] != "implied"}
        case "family":
            return {answer: set(movers) for answer, movers in route["family"].items()}
        case "placement":
            return route["placement"]
        case _:
            return route["because"]


def _wanted(kind: str, expected: Any) -> Any:
    match kind:
        case "papers":
            return set(expected)
        case "family":
            return {answer: set(expected.get(answer, ())) for answer in ("own", "yes", "ask", "no")}
        case "placement":
            return [expected]
        case _:
            return expected


def _shown(value: Any) -> str:
    if isinstance(value, set | list):
        return "[" + ", ".join(sorted(value)) + "]"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(some)}" for key, some in value.items())
    return str(value)


def case_files(folder: Path) -> list[Path]:
    """Those of a folder, in any form that cases have; or the one file."""
    return sorted(path for path in folder.glob("*") if path.suffix in CASE_FORMS) if folder.is_dir() else [folder]


# ---- policies ----


def policy_problems(book: Book, drafts: Iterable[City] | None = (), examples: bool = True) -> list[Problem]:
    """What the loader cannot see in one file: unused questions, unused papers, what the documents do not say, words that nobody
    could use, texts untranslated. `drafts`: the cities of drafts; None where one cannot be read. `examples`: whether those of
    heard.yaml are listened to, which takes most of the time."""
    from flows.hearing.checks import heard_problems  # only here: who judges needs no ears
    from flows.hearing.ears import Ears

    cities, beside = book.load_all(), None if drafts is None else [*drafts]
    problems = [*_unused(book, [city.policy for city in (*cities, *beside)])] if beside is not None else []
    problems += rules.question_problems(book)
    for city in cities:
        problems += [*city.against_document(), *rules.city_problems(book, city), *phone_problems(city)]
    problems += heard_problems(Ears(book), examples)
    texts = i18n.all_texts(book)
    drafted = None if beside is None else [text for city in beside for text in city.texts]
    problems += outside_problems(book, texts, drafted)
    problems += [*i18n.like_program(texts), *rules.number_problems(texts), *rules.name_problems(texts)]
    for language in i18n.LANGUAGES:
        if language != i18n.SOURCE:
            problems += i18n.faults(texts, language, drafted)
    return problems


def _unused(book: Book, policies: Sequence[Policy]) -> Iterator[Problem]:
    """Questions and papers that neither a city nor a draft has; a draft that cannot be read may have any."""
    used = set().union(*map(used_facts, policies), ("city", "matter"))
    unused = [(fact, "没有一个城市用到", "去掉这个问题，或者在途径、专题里用上") for fact in book.facts if fact not in used]
    listed = {paper.id for policy in policies for route in policy.routes.values() for paper in route.papers}
    listed |= {paper.id for policy in policies for topic in policy.topics.values() for paper in topic.papers}
    unused += [(paper, "没有途径或专题列出", "去掉，或者列上") for paper in book.papers if paper not in listed]
    for one, what, mend in unused:
        yield replace(book.lines[one], what=f"{what} {one}", mend=mend)


def outside_problems(book: Book, texts: list[Text], drafts: Iterable[Text] | None) -> Iterator[Problem]:
    """What is wrong with the records of what is known from outside the documents, with what cites them for all cities, and which
    of them nothing cites."""
    known = book.outside
    if isinstance(known, Outside):
        own = [text for text in i18n.extract_translations() if OUTSIDE in text.says and text.says != sentences.OUTSIDE]
        yield from (*known.problems, *known.of_texts([*book.texts, *own]))
        if drafts is not None:
            general = set[str]().union(*(in_general(city.policy) for city in book.load_all()))
            yield from known.uncited(texts, general, drafts)


def overdue(book: Book) -> list[Problem]:
    """The sources from outside the documents that somebody should look at again."""
    return list(book.outside.overdue(book.as_of)) if isinstance(book.outside, Outside) else []


def later_problems(book: Book, on: Callable[[str], Book], known: Iterable[Problem]) -> list[Problem]:
    """What is wrong only from a later day on, when something begins or is over. `on`: a day's book; `known`: is told already."""
    told = {problem.what for problem in known}
    found: list[Problem] = []
    for day in (one for one in book.overview.turning_days if one > book.as_of):
        try:
            later = on(day)
            problems = [problem for city in later.load_all() for problem in rules.city_problems(later, city)]
        except PolicyError as error:
            problems = list(error.problems)
        when = f"{day.rstrip(OVER)} 以后" if day.endswith(OVER) else f"从 {day} 起"
        found += [replace(problem, what=f"{when}，{problem.what}") for problem in problems if problem.what not in told]
        told |= {problem.what for problem in problems}
    return found


def draft_problems(book: Book, draft: str) -> list[Problem]:
    """The same of a draft, by itself. Raises PolicyError if it cannot be read."""
    city = book.city(draft)
    problems = [*city.against_document(), *rules.city_problems(book, city), *i18n.like_program(city.texts)]
    problems += [*rules.number_problems(city.texts), *rules.name_problems(city.texts), *phone_problems(city)]
    for language in i18n.LANGUAGES:
        if language != i18n.SOURCE:
            problems += i18n.untranslated(city.texts, language)
    return problems


def used_facts(policy: Policy) -> set[str]:
    """The facts that can change something in a city's answers."""

    def of(*situations: Any) -> Iterable[str]:
        return (fact for when in situations if when is not None for fact in when.facts)

    used: set[str] = {"ground"} if policy.grounds else set()
    for route in policy.routes.values():
        for need in route.needs.leaves():
            used |= {need.fact, *of(need.when)}
        used.update(of(*(placement.when for placement in route.placements)))
        used.update(of(*(situation for paper in route.papers for situation in (paper.when, paper.unless))))
        if route.family is not None:
            used |= {"movers", "live_together", *of(*route.family.named_if.values())}
            used |= {route.family.quota.fact} if route.family.quota else set()
    used.update(of(*(topic.when for topic in policy.topics.values())))
    return used
