"""Every clause of every document stands in its city's clause list, and whatever is cited is there. The documents: policies/documents.

`luohu policy check` says so by itself; here it is seen to say it.
"""

import re
import shutil
from pathlib import Path

import pytest

from bot import check
from conftest import BOOK, CITIES, ROOT
from flows.book import PolicyError, Problem
from flows.loading.load import load
from flows.loading.outline import cited, cited_in, outline, read_numbering
from flows.loading.reader import Reader


@pytest.mark.parametrize("city", CITIES)
def test_a_city_says_of_its_document_what_stands_there(city: str) -> None:
    assert list(BOOK.city(city).against_document()) == []


def test_what_a_document_says_otherwise_is_a_fault_of_the_check(folder: Path) -> None:
    (folder / "documents" / "tieling.txt").unlink()
    assert "policies/documents/tieling.txt" in {one.file for one in check.policy_problems(load(folder))}


# ---- what is named ----

TIANSHUI = "policies/tianshui.yaml"
MISTAKES = {  # the file, old text, new text, where the fault is named, and what it says
    "a route of a clause that there is not": (
        "tianshui.yaml", "clause: 二、第1项\n    matters: [move_to_town",
        "clause: 二、第16项\n    matters: [move_to_town", TIANSHUI, "没有 二、第16项 这一条"),
    "a condition of a clause that there is not": (
        "tianshui.yaml", "clause: 二、第2项\n        met: [emp", "clause: 二、第20项\n        met: [emp", TIANSHUI, "没有 二、第20项 这一条"),
    "a condition of a clause that is of another route": (
        "tianshui.yaml", "clause: 二、第2项\n        met: [emp", "clause: 二、第3项\n        met: [emp", TIANSHUI, "registered-poor 引了 二、第3项"),
    "the second of two clauses": (
        "lincang.yaml", "clause: 第25条、第26条", "clause: 第25条、第36条", "policies/lincang.yaml", "没有 第36条 这一条"),
    "a clause in a sentence": (
        "tianshui.yaml", "就是另加条件，文件不许（二、第1项）", "就是另加条件，文件不许（二、第51项）", TIANSHUI, "没有 二、第51项 这一条"),
    "a clause of the list that there is not": (
        "tianshui.yaml", "  - clause: 三(四)\n", "  - clause: 三(五)\n", TIANSHUI, "没有 三(五) 这一条"),
    "a clause that the list forgets": (
        "tianshui.yaml", "  - clause: 三(四)\n", "  - clause: 三(五)\n", "policies/documents/tianshui.txt", "三(四) 没有出现在条款清单"),
    "a condition in the words of another clause": (
        "lincang.yaml", "find_out: 租房备案办没办\n        clause: 第3条\n", "find_out: 租房备案办没办\n        clause: 第2条\n",
        "policies/lincang.yaml", "引了 第2条，可是用的是 第3条 的话"),
    "a number that the document has not": (
        "wenzhou.yaml", "2016年11月30日前，全市", "2016年11月31日前，全市", "policies/wenzhou.yaml", "文件全文里没有 31 这个数"),
    "a number that is not from the document, and says so": (
        "tianshui.yaml", "note: 没有固定住处，可以申请落在公共集体户。\n      - place: public-collective-household\n        when: {housing: [rented, public_rental]}\n        note: 租房的，可以申请落在公共集体户。",
        "note: 满45岁的，（文件以外）可以申请落在公共集体户。\n      - place: public-collective-household\n        when: {housing: [rented, public_rental]}\n        note: 租房的，可以申请落在公共集体户。", "", ""),
    "a mistyped number": ("tianshui.yaml", "天政办发〔2020〕5号", "天政办发〔2020〕6号", TIANSHUI, "没有“天政办发〔2020〕6号”"),
    "a mistyped day": ("tianshui.yaml", '"2020-01-16"', '"2020-01-18"', TIANSHUI, "没有“2020年1月18日”"),
    "a mistyped title": ("tianshui.yaml", "《进一步深化全市户籍", "《深化全市户籍", "", ""),
    "another title": ("tianshui.yaml", "《进一步深化全市户籍", "《进一步改进全市户籍", TIANSHUI, "没有“进一步改进全市户籍"),
    "no numbering": ("tianshui.yaml", "numbering: ", "x: ", TIANSHUI, "没有 x 这个键"),
    "a numbering that names something unknown": ("tianshui.yaml", "二、第{n}项", "二、第{m}项", TIANSHUI, "没有 {m} 这个空"),
    "a passage of the document": (
        "tianshui.yaml", "办理落户城镇手续时，各县区、各部门不得另外加任何限制条件。",
        "深入落实习近平总书记视察甘肃重要讲话和指示精神,坚持以人的城镇化为核心,对标全面建成小康社会", TIANSHUI, "整段抄了文件原文"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("__pycache__")))


def spoilt(folder: Path, file: str, old: str, new: str) -> list[Problem]:
    """What the check says once a text that stands there once is another."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, text.count(old)
    path.write_text(text.replace(old, new), encoding="utf-8")
    return problems(folder, path.stem)


def problems(folder: Path, city: str) -> list[Problem]:
    try:
        return list(load(folder).city(city).against_document())
    except PolicyError as error:
        return list(error.problems)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_the_document_does_not_say_is_named_with_its_line(folder: Path, mistake: str) -> None:
    file, old, new, where, says = MISTAKES[mistake]
    found = spoilt(folder, file, old, new)
    if not where:
        assert found == [], "a part of the title is the title as some write it"
        return
    (problem,) = [one for one in found if one.file == where and says in one.what]
    assert problem.mend
    if says.endswith("这一条"):
        line = (folder / file).read_text(encoding="utf-8").splitlines()[problem.line - 1]
        assert says.removeprefix("没有 ").removesuffix(" 这一条") in line


def test_a_city_without_its_document_is_named(folder: Path) -> None:
    (folder / "documents" / "tieling.txt").unlink()
    assert [(one.file, one.line) for one in problems(folder, "tieling")] == [("policies/documents/tieling.txt", 1)]


# ---- other ways to number ----

STATUTE = """某市户口办法
第一章 总则
第一条 为了方便群众。
第二条 本办法管迁户口。
第二章 条件
第三条 有下列情形之一的，可以申请：
1、有房的；
2、有工作的。
这一款另说。
第四条 本办法由公安局解释。
某市公安局
第九条 附件里的话。
"""
MARKS = """marks:
  - {begins: 第一章, clause: "第{n}章"}
  - {begins: 第一条, clause: "第{n}条"}
  - {begins: 1、, clause: "{above}第{n}项"}
ends: 某市公安局
"""


def test_a_statute_is_counted_by_three_lines_of_data(tmp_path: Path) -> None:
    (tmp_path / "numbering.yaml").write_text(MARKS, encoding="utf-8")
    reader = Reader(tmp_path, "numbering.yaml")
    found = outline(read_numbering(reader, reader.root), STATUTE)
    reader.done()
    assert found == {"第一条": 3, "第二条": 4, "第三条第1项": 7, "第三条第2项": 8, "第四条": 10}


def test_citations_are_read_as_they_are_written() -> None:
    clauses = ["二、第6项", "二、第9项", "四(五)1第1段", "四(五)1第2段", "（六）"]
    assert cited("二、第6项、第9项", clauses) == (["二、第6项", "二、第9项"], "")
    assert cited("四(五)1第1段、第2段", clauses) == (["四(五)1第1段", "四(五)1第2段"], "")
    assert cited("二、第6项、第8项", clauses)[1] == "第8项"
    assert list(cited_in("看（六），不看（七），也看四(五)1", clauses)) == ["（七）"]
    assert not re.search("六", "".join(cited_in("六个月、2016年", clauses)))
