"""A city's version changes with what its residents are asked and told, and with nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import BOOK, ROOT
from flows.loading.load import load
from test_policies_refused import copy_of_policies

QUESTION = """\
  heating:
    stage: home
    about: person
    ask: 家里用什么取暖？
    short: 取暖
    aloud: 请问家里用什么取暖？
    third: 请问那边家里用什么取暖？
    unsure: 看一看家里。
    options: {stove: 炉子, other: 别的}
"""
EDITS = {  # file, what stands there, what stands there then -> the cities of which it changes the rules
    "a comment": ("lincang.yaml", r"\A", "# 看过一遍\n", set()),
    "a sentence of one city": ("lincang.yaml", r"(\n +lack: )", r"\1新的", {"lincang"}),
    "a status": ("wenzhou.yaml", r"met: \[none, dormitory, relative_home\]", "met: [none, dormitory]", {"wenzhou"}),
    "all for any": ("wenzhou.yaml", r"(\n +- )any:(\n)", r"\1all:\2", {"wenzhou"}),
    "the date of a document": ("tianshui.yaml", r"issued: .*", 'issued: "2021-01-01"', {"tianshui"}),
    "a word that somebody may type": ("facts.yaml", r"(lincang: \[)", r"\1缅宁, ", set()),
    "a question that nobody asks yet": ("facts.yaml", r"(\nfacts:\n)", r"\1" + QUESTION, set()),
    "the name of a city": ("facts.yaml", r"(options:\n +lincang: 临沧)", r"\1地区", set()),
    "a question that is asked in every city": (
        "facts.yaml",
        r"(\n  matter:\n(?:    .*\n)*?    ask: )",
        r"\1请问",
        {*BOOK.cities},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_the_version_of_those_whose_rules_it_changes(edit: str, tmp_path: Path) -> None:
    file, there, then, cities = EDITS[edit]
    folder = copy_of_policies(tmp_path)
    path = folder / file
    text, count = re.subn(there, then, path.read_text(encoding="utf8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf8")
    book = load(folder)
    assert {city for city in BOOK.cities if book.city(city).policy.version != BOOK.city(city).policy.version} == cities


def test_a_paper_belongs_to_those_who_want_it(tmp_path: Path) -> None:
    wanted = {
        city: {paper.id for route in BOOK.city(city).policy.routes.values() for paper in route.papers} for city in BOOK.cities
    }
    only = next(paper for paper in BOOK.papers if sum(paper in some for some in wanted.values()) == 1)
    folder = copy_of_policies(tmp_path)
    path = folder / "papers.yaml"
    text, count = re.subn(rf"(\n  {only}: )", r"\1新的", path.read_text(encoding="utf8"))
    assert count >= 1
    path.write_text(text, encoding="utf8")
    book = load(folder)
    changed = {city for city in BOOK.cities if book.city(city).policy.version != BOOK.city(city).policy.version}
    assert changed == {city for city, some in wanted.items() if only in some}


def test_the_version_is_the_same_in_every_process() -> None:
    """No order of a set, and no place in memory, is in it."""
    say = "from pathlib import Path; from flows.loading.load import load; print(load(Path('policies')).city('wenzhou').policy.version)"
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", say], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        assert told.stdout.strip() == BOOK.city("wenzhou").policy.version
