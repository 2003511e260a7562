"""`luohu cases`: cases tried; and what no case tries, each with a case that would, ready to be taken over."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot import check
from bot.wording.languages import SOURCE, Language
from bot.workshop.case_rows import case_lines
from bot.workshop.conditions import in_words
from bot.workshop.tables import TABLES, read_table, write_cases
from flows.book import Book
from flows.proving.reached import reached

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
    return residents


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


def holes(book: Book, residents: list[check.Resident], write: Path | None) -> tuple[list[str], int]:
    found = untried(book, residents)
    lines = [f"# 没有案例试过的结论：{len(found)} 个", *(line for case in found for line in ("", *case_lines(case)))]
    if write and found:
        write_cases(book, found, write)
        lines.append(f"# 写好了：{write}")
    return lines, 1 if found else 0


def untried(book: Book, cases: Iterable[check.Resident]) -> list[dict[str, Any]]:
    """Of every status that a route can give and no case expects, a case of somebody who gets it."""
    tried = {expected for case in cases for expected in case.case.get("expect", {}).items()}
    words = Language(SOURCE)
    found: list[dict[str, Any]] = []
    for city in book.cities:
        policy = book.city(city).policy
        for route in policy.routes.values():
            for status, facts in reached(policy, route).items():
                if (route.id, status) not in tried:
                    told = in_words(policy.facts, {fact: (answer,) for fact, answer in facts.items() if fact != "city"}, words)
                    found.append(
                        {
                            "id": f"hole-{route.id.replace('.', '-')}-{status.replace('_', '-')}",
                            "story": f"{STORY}{told}",
                            "facts": dict(facts),
                            "expect": {route.id: status},
                            "clause": route.clause,
                        }
                    )
    return found
