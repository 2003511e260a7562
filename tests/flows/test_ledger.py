"""Every clause of every document stands in its city's clause list, in order. The documents are in tests/documents."""

import re
from collections.abc import Callable

import pytest

from conftest import BOOK, CITIES, ROOT

NUMERAL = "[一二三四五六七八九十]+"


def lines(city: str) -> list[str]:
    text = (ROOT / "tests" / "documents" / f"{city}.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip()]


def lincang() -> list[str]:
    found, part, principle = [], "", 0
    for line in lines("lincang"):
        if match := re.match(rf"({NUMERAL})、", line):
            part = match[1]
            found += ["一"] if part == "一" else []
        elif line.startswith("——"):
            principle += 1
            found.append(f"二、第{principle}项")
        elif match := re.match(r"(\d+)．", line):
            found.append(f"第{match[1]}条")
        elif part == "四" and (match := re.match(rf"（({NUMERAL})）", line)):
            found.append(f"四({match[1]})")
    return found


def tianshui() -> list[str]:
    found, part = [], ""
    for line in lines("tianshui"):
        if match := re.match(rf"({NUMERAL})、", line):
            part = match[1]
        elif match := re.match(r"(\d+)\.", line):
            found.append(f"二、第{match[1]}项")
        elif match := re.match(rf"\(({NUMERAL})\)[^。]*。(.*)", line):
            found += [f"{part}({match[1]})"] if part != "二" or match[2] else []
    return found


def wenzhou() -> list[str]:
    """Paragraphs are counted where a heading has more than one; a line that stops mid-sentence goes on in the next."""
    paragraphs: list[str] = []
    for line in lines("wenzhou"):
        if paragraphs and not re.search(r"[。：）)]$|^[一二三四五]、", paragraphs[-1]) and not re.match(r"[一二三四五]、", line):
            paragraphs[-1] += line
        else:
            paragraphs.append(line)
    found: dict[str, int] = {}
    part = section = item = ""
    for paragraph in paragraphs:
        heading = re.match(rf"({NUMERAL})、|（({NUMERAL})）[^。]*。|(\d)\. [^。]*。|[（(](\d)[)）]", paragraph)
        match heading.groups() if heading else ():
            case str(number), None, None, None:
                part, section, item = number, "", ""
            case None, str(number), None, None:
                section, item = f"({number})", ""
            case None, None, str(number), None:
                item = number
            case None, None, None, str(number):
                item = f"2({number})"
        body = paragraph[heading.end() :] if heading else paragraph
        if part in ("", "一", "三") or (heading and heading[1]) or not body or body.startswith(("抄送", "温州市人民政府")):
            continue
        key = "四(二)末段" if body.startswith("以上") else f"{part}{section}{item}"
        found[key] = found.get(key, 0) + 1
    counted = [f"{key}第{number}段" if count > 1 else key for key, count in found.items() for number in range(1, count + 1)]
    return ["一", "三", *counted]


def numbered(city: str) -> list[str]:
    """（一）… runs through the whole document."""
    return [f"（{match[1]}）" for line in lines(city) if (match := re.match(rf"[（(]({NUMERAL})[)）]", line))]


EXPECTED: dict[str, Callable[[], list[str]]] = {
    "lincang": lincang,
    "tianshui": tianshui,
    "wenzhou": wenzhou,
    "tieling": lambda: numbered("tieling"),
    "shaoguan": lambda: numbered("shaoguan"),
}


@pytest.mark.parametrize("city", CITIES)
def test_every_clause_of_the_document_is_accounted_for(city: str) -> None:
    listed = [clause.id for clause in BOOK.city(city).policy.clauses]
    assert sorted(listed) == sorted(EXPECTED[city]())
    assert len(listed) > 10


@pytest.mark.parametrize("city", CITIES)
def test_every_route_topic_and_condition_cites_a_clause_of_the_document(city: str) -> None:
    policy = BOOK.city(city).policy
    clauses = {clause.id for clause in policy.clauses}
    cited = {route.clause for route in policy.routes.values()} | {topic.clause for topic in policy.topics.values()}
    cited |= {need.texts.clause for route in policy.routes.values() for need in route.needs.needs if need.texts.clause != "全文"}
    for citation in cited:
        for part in citation.split("、第") if city == "lincang" else [citation]:
            name = part if city != "lincang" or part.startswith(("第", "二")) else f"第{part}"
            assert any(clause.startswith(name.split("、")[0]) or name in clause for clause in clauses), citation
