"""The clauses of a document, counted in its text by the numbering that a city's file describes; and what a citation names."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from flows.loading.reader import Reader
from flows.loading.yaml import Node

NUMERAL, DIGITS = "[一二三四五六七八九十百零]+", "[0-9０-９]+"
SIGNS = {
    "一": f"({NUMERAL})",
    "1": f"({DIGITS})",
    "（": "[(（]",
    "(": "[(（]",
    "）": "[)）]",
    ")": "[)）]",
    ".": "[.．]",
    "．": "[.．]",
}
WHOLE_PARAGRAPH = re.compile(r"[。：；）):;.]$")  # a line that ends otherwise goes on in the next one
GAPS = ("n", "above")  # of a clause's name


@dataclass(frozen=True, slots=True)
class Mark:
    """How a clause begins in the text, and how it is named: `{n}` its number, `{above}` the name of the clause around it."""

    begins: re.Pattern[str]
    clause: str

    @property
    def counted(self) -> bool:
        """Whether it has no number of its own, like a dash: then it is counted."""
        return not self.begins.groups


@dataclass(frozen=True, slots=True)
class Numbering:
    """The marks of a document, from the outermost inwards, and what else tells one clause from another."""

    marks: tuple[Mark, ...] = ()
    paragraphs: str = ""  # added to the name where a clause has several paragraphs
    whole: tuple[str, ...] = ()  # clauses whose paragraphs are not told apart
    ends: str = ""  # how the line begins with which the clauses are over


def read_numbering(reader: Reader, node: Node | None) -> Numbering:
    entry = reader.fields(node, ["marks", "paragraphs", "whole", "ends"], ["marks"]) if node else {}
    marks = tuple(_mark(reader, item) for item in reader.list(entry.get("marks")))
    whole = tuple(map(reader.word, reader.list(entry.get("whole"))))
    return Numbering(marks, _named(reader, entry.get("paragraphs"), GAPS[:1]), whole, reader.word(entry.get("ends")))


def _mark(reader: Reader, node: Node) -> Mark:
    entry = reader.fields(node, ["begins", "clause"], ["begins", "clause"])
    signs = "".join(SIGNS.get(sign, re.escape(sign)) for sign in reader.word(entry.get("begins")))
    return Mark(re.compile(signs), _named(reader, entry.get("clause"), GAPS))


def _named(reader: Reader, node: Node | None, gaps: tuple[str, ...]) -> str:
    name = reader.word(node)
    for gap in re.findall(r"[{}][^{}]*[{}]?", name):
        if node is not None and gap[1:-1] not in gaps:
            reader.problem(node, f"没有 {gap} 这个空", f"可以用：{'、'.join(f'{{{one}}}' for one in gaps)}")
            return ""
    return name


# ---- counting ----


@dataclass(slots=True)
class _Clause:
    name: str
    depth: int
    line: int
    paragraphs: list[str] = field(default_factory=list)
    children: dict[int, int] = field(default_factory=dict)  # how many clauses begin in it, by depth


def outline(numbering: Numbering, text: str) -> dict[str, int]:
    """Every clause of a document -> the line where it begins. A heading without a text of its own is none."""
    found: dict[str, int] = {}
    for clause in _clauses(numbering, text):
        count = len(clause.paragraphs)
        if clause.children and not count:
            continue
        if not numbering.paragraphs or count < 2 or clause.name in numbering.whole:
            found.setdefault(clause.name, clause.line)
        else:
            for number in range(1, count + 1):
                found.setdefault(clause.name + numbering.paragraphs.replace("{n}", str(number)), clause.line)
    return found


def contents(numbering: Numbering, text: str) -> dict[str, str]:
    """Every clause of a document -> what it says, with the heading that stands before it."""
    found: dict[str, str] = {}
    lines = text.splitlines()
    for clause in _clauses(numbering, text):
        head, count = lines[clause.line - 1], len(clause.paragraphs)
        if not numbering.paragraphs or count < 2 or clause.name in numbering.whole:
            found.setdefault(clause.name, head + "".join(clause.paragraphs))
        else:
            for number, paragraph in enumerate(clause.paragraphs, 1):
                name = clause.name + numbering.paragraphs.replace("{n}", str(number))
                found.setdefault(name, head.partition("。")[0] + paragraph)
    return found


def _clauses(numbering: Numbering, text: str) -> list[_Clause]:
    top = _Clause("", -1, 0)
    every, around = [top], [top]
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if numbering.ends and len(every) > 1 and line.startswith(numbering.ends):
            break
        if begun := _begun(numbering, line, number, around):
            every.append(begun)
        elif line:
            _go_on(around[-1].paragraphs, line)
    return every[1:]


def _begun(numbering: Numbering, line: str, number: int, around: list[_Clause]) -> _Clause | None:
    """The clause that begins with a line, put innermost of those around; None where none does."""
    for depth, mark in enumerate(numbering.marks):
        if match := mark.begins.match(line):
            while around[-1].depth >= depth:
                around.pop()
            above = around[-1]
            above.children[depth] = above.children.get(depth, 0) + 1
            n = str(above.children[depth]) if mark.counted else match[1]
            clause = _Clause(mark.clause.replace("{n}", n).replace("{above}", above.name), depth, number)
            own = line if mark.counted else line.partition("。")[2]
            clause.paragraphs += [own] if own else []
            around.append(clause)
            return clause
    return None


def _go_on(paragraphs: list[str], line: str) -> None:
    if paragraphs and not WHOLE_PARAGRAPH.search(paragraphs[-1]):
        paragraphs[-1] += line
    else:
        paragraphs.append(line)


# ---- citing ----


def cited(citation: str, clauses: Collection[str]) -> tuple[list[str], str]:
    """The clauses that a citation names, as “二、第6项、第9项” names two; and the part of it that names none, "" if all do."""
    parts, found = citation.split("、"), list[str]()
    while parts:
        for end in range(len(parts), 0, -1):
            if name := _meant("、".join(parts[:end]), found[-1] if found else "", clauses):
                found.append(name)
                del parts[:end]
                break
        else:
            return found, "、".join(parts)
    return found, ""


def _meant(part: str, before: str, clauses: Collection[str]) -> str:
    """A clause by its name, or by the end of it, where it begins like the one before."""
    names = (before[:length] + part for length in range(len(before) + 1))
    return next((name for name in names if name in clauses), "")


def cited_in(says: str, clauses: Collection[str]) -> Iterator[str]:
    """Whatever in a sentence looks like the name of a clause of this document, and is neither one nor the beginning of one."""
    for match in _shape(tuple(clauses)).finditer(says):
        if not any(clause.startswith(match[0]) for clause in clauses):
            yield match[0]


@lru_cache(100)
def _shape(clauses: tuple[str, ...]) -> re.Pattern[str]:
    """How clauses look: their names with any number in place of theirs. A bare number is no name."""
    named = [clause for clause in clauses if len(re.sub(f"{NUMERAL}|{DIGITS}", "", clause)) > 1]
    shapes = {re.sub(DIGITS, "1", re.sub(NUMERAL, "一", clause)) for clause in named}
    signs = {"一": NUMERAL, "1": DIGITS}
    ways = ["".join(signs.get(sign, re.escape(sign)) for sign in shape) for shape in sorted(shapes, key=len, reverse=True)]
    return re.compile("|".join(ways) or "(?!)")
