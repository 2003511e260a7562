"""`luohu cases`: cases tried; and what no case tries, each with a case that would, ready to be taken over."""

from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from bot import check
from bot.wording.languages import SOURCE, Language
from bot.workshop.case_rows import case_lines
from bot.workshop.conditions import in_words
from bot.workshop.tables import TABLES, read_table, write_cases
from bot.workshop.trees import VERDICTS
from flows.book import Book
from flows.facts import Facts
from flows.policy import Policy
from flows.proving.reached import reached, trying, unheard
from flows.routes import Route
from flows.rules import STATUS

STORY = "（请改成居民自己的话）"


def read_cases(book: Book, folder: Path) -> list[check.Resident]:
    """The cases of a folder or a file, in whichever form. Raises BadInput."""
    files = check.case_files(folder)
    if not files:
        raise check.BadInput(f"{folder}: 没有案例文件（{'、'.join(f'*{one}' for one in check.CASE_FORMS)}）")
    residents: list[check.Resident] = []
    for path in files:
        if path.suffix in TABLES:
            residents += check.residents_of(book, read_table(book, path))
        else:
            residents += check.read_residents(book, str(path), check.read_text(str(path)))[0]
    if not residents:
        raise check.BadInput(f"{folder}: 里面没有案例")
    if twice := [*_twice(residents)]:
        raise check.BadInput("\n".join(twice))
    return residents


def _twice(residents: Iterable[check.Resident]) -> Iterator[str]:
    """Of two cases under one id nobody could say which is meant."""
    places: dict[str, str] = {}
    for one in residents:
        name = str(one.case.get("id", ""))
        if name in places:
            yield f"{one.place}: 编号 {name} 已经有了，在 {places[name]}。换一个编号"
        elif name:
            places[name] = one.place


def tried(book: Book, residents: list[check.Resident], write: Path | None) -> tuple[list[str], int]:
    """What is to be said of the cases, and the exit status."""
    lines = [fault for resident in residents for fault in check.disagreements(book, resident)]
    status = 1 if lines else 0
    lines.append(f"案例 {len(residents)} 个，不一致 {len(lines)} 处")
    if write:
        if bare := next((one for one in residents if not one.case), None):
            raise check.BadInput(f"{bare.where}: 要写成表格，案例得有 id、story、facts、expect")
        write_cases(book, [resident.case for resident in residents], write)
        lines.append(f"写好了：{write}")
    return lines, status


def holes(book: Book, residents: list[check.Resident], write: Path | None, draft: str = "") -> tuple[list[str], int]:
    """Those of all cities; with a draft, whose cases are in a file of their own, those of its city."""
    found = [*untried(book, residents, (draft,) if draft else book.cities)]
    lines = [f"# 没有案例试过的结论：{len(found)} 个"]
    for what, case in found:
        lines += ["", f"# {what}", *case_lines(case)]
    if write and found:
        write_cases(book, [case for _, case in found], write)
        lines.append(f"# 写好了：{write}")
    return lines, 1 if found else 0


Hole = tuple[str, dict[str, Any]]
"""What no case tries, in words; and a case that would."""


def untried(book: Book, cases: list[check.Resident], cities: Iterable[str]) -> Iterator[Hole]:
    """Every status that a route can give and no case expects; then what its conditions can say and neither a case nor one of
    those hears."""
    taken = {str(case.case.get("id")) for case in cases}
    for city in cities:
        policy = book.city(city).policy
        for route in policy.routes.values():
            mine = [case for case in cases if route.id in case.case.get("expect", {})]
            known = {case.case["expect"][route.id] for case in mine}
            missing = [(status, facts) for status, facts in reached(policy, route).items() if status not in known]
            heard = [*(case.facts for case in mine), *(facts for _, facts in missing)]
            for status, facts in missing:
                yield f"{route.id} 的结论：{status}", _row(policy, route, facts, status, taken)
            for (place, verdict), facts in trying(policy, route, unheard(route, heard)).items():
                need = [*route.needs.leaves()][place]
                name = need.texts.noun or policy.facts[need.fact].short
                row = _row(policy, route, facts, f"{need.fact}-{STATUS[verdict]}", taken)
                yield f"{route.id} 的条件“{name}”（{need.fact}）：{VERDICTS[verdict]}", row


def _row(policy: Policy, route: Route, facts: Facts, of: str, taken: set[str]) -> dict[str, Any]:
    """A case of somebody, under an id that no other has."""
    told = {fact: (answer,) for fact, answer in facts.items() if fact != "city"}
    name = f"hole-{route.id}-{of}".replace(".", "-").replace("_", "-")
    again = next(number for number in count(1) if _numbered(name, number) not in taken)
    taken.add(name := _numbered(name, again))
    return {
        "id": name,
        "story": f"{STORY}{in_words(policy.facts, told, Language(SOURCE))}",
        "facts": dict(facts),
        "expect": {route.id: policy.statuses(facts)[route.id]},
        "clause": route.clause,
    }


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
