"""A sixth city without a line of Python: written by `luohu policy new`, filled in, looked at as a draft, adopted, talked to.

In a copy of the program, by its commands as an officer gives them. The city is invented.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import check, new_city
from conftest import BOOK, ROOT

TAKEN = BOOK.facts["city"].options.keys()
AGAIN = next(number for number in range(9) if not TAKEN & {f"yunpu{'x' * number}", f"nanlin{'x' * number}"})
CITY, NAME = f"yunpu{'x' * AGAIN}", f"云浦{'新' * AGAIN}"  # of no city that there is by now
DRAFT = f"nanlin{'x' * AGAIN}"
LETTERS = str.maketrans("0123456789", "abcdefghij")  # a number that the Chinese has not would be a fault
MORE = """\
  worker:
    title: 有工作落户城镇
    glance: 在云浦的城镇有工作，就看这条
    clause: 第四条
    matters: [move_to_town]
    grounds: [job]
    needs:
      - fact: work
        says: 在那里有工作
        lack: 一份工作
        find_out: 现在有没有工作
        clause: 第四条
        met: [employee]
        unmet: others
        otherwise: 找到工作了，再来看这一条。
    placements:
      - place: public-collective-household
        note: 落在公共集体户。
    papers: []
    doing: 把户口落在公共集体户
    station: 单位所在地的派出所
    asks: [我想落在公共集体户，工作要怎么证明？]
topics:
"""
ARTICLE = "第四条 在城镇有单位、签了劳动合同的公民，可以申请落入公共集体户。\n"
CASE = f"""
- id: {CITY}-worker
  story: 我在城区的厂里上班，住厂里的宿舍。
  facts: {{city: {CITY}, matter: move_to_town, work: employee}}
  expect: {{{CITY}.worker: fits}}
  clause: 第四条
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with its data and tables, for a test to write in; without what is listened for, whose examples take long."""
    house = tmp_path_factory.mktemp("house")
    for part in ("bot", "flows", "policies", "locales", "tests/cases", "tests/talks"):
        shutil.copytree(ROOT / part, house / part, ignore=shutil.ignore_patterns("__pycache__", "heard.yaml"))
    return house


def luohu(house: Path, *words: str, says: str = "") -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(house)}
    command = [sys.executable, "-m", "bot", *words]
    done = subprocess.run(command, cwd=house, env=environment, input=says, capture_output=True, encoding="utf-8", timeout=120)
    return done.returncode, done.stdout + done.stderr


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def add(path: Path, more: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")


def test_a_sixth_city_from_an_empty_draft_to_a_talk(house: Path, tmp_path: Path) -> None:
    draft, resident = house / "policies" / "drafts" / CITY, tmp_path / "resident.yaml"
    resident.write_text(f"{{city: {CITY}, matter: move_to_town, work: employee}}", encoding="utf-8")

    assert luohu(house, "policy", "new", CITY, NAME)[0] == 0
    assert luohu(house, "policy", "new", CITY, NAME)[0] == 2, "it is there already"
    status, said = luohu(house, "policy", "check")
    assert status == 0 and f"草稿 {CITY}：没有问题" in said, said
    assert luohu(house, "check", str(resident))[0] == 2, "a draft is shown to nobody"

    edit(draft / f"{CITY}.yaml", "topics:\n", MORE)
    add(draft / f"{CITY}.yaml", "  - clause: 第四条\n    routes: [worker]\n")
    status, said = luohu(house, "policy", "check")
    assert status == 0 and "没有 第四条 这一条" in said and f"drafts/{CITY}/{CITY}.yaml" in said, said
    assert luohu(house, "policy", "adopt", CITY)[0] == 2, "with a fault it is not taken into use"

    edit(draft / f"{CITY}.txt", "第三条 办理", f"{ARTICLE}第三条 办理")
    add(draft / "cases.yaml", CASE)
    _, said = luohu(house, "policy", "check")
    assert "没有译成 en" in said
    english(house)
    status, said = luohu(house, "policy", "check")
    assert status == 0 and f"草稿 {CITY}：没有问题" in said, said
    assert luohu(house, "--draft", CITY, "serve")[0] == 2, "no channel shows it"
    assert luohu(house, "--draft", CITY, "cases", str(draft / "cases.yaml")) == (0, "案例 5 个，不一致 0 处\n")
    tried = ("--draft", CITY, "cases", str(draft / "cases.yaml"), "--holes")
    assert "结论：2 个" in luohu(house, *tried, "--write", str(tmp_path / "holes.yaml"))[1], "of the draft's city alone"
    add(draft / "cases.yaml", (tmp_path / "holes.yaml").read_text(encoding="utf-8"))
    assert luohu(house, *tried) == (0, "# 没有案例试过的结论：0 个\n")

    assert luohu(house, "policy", "adopt", CITY)[0] == 0
    assert not draft.exists()
    shutil.copy(ROOT / "policies" / "heard.yaml", house / "policies")
    assert luohu(house, "policy", "check") == (0, "政策数据没有问题\n")
    assert f'"city": "{CITY}"' in luohu(house, "hear", "--jsonl", "-", says=f'{{"text": "我在{NAME}租的房子"}}')[1]
    (house / "policies" / "heard.yaml").unlink()
    assert luohu(house, "cases", "tests/cases")[0] == 0
    status, said = luohu(house, "check", str(resident))
    assert json.loads(said)["routes"][f"{CITY}.worker"]["status"] == "fits"
    for language, title in (("zh", f"{NAME}：落户告知单"), ("en", f"{CITY.capitalize()}: settling your hukou")):
        assert title in luohu(house, "check", "--sheet", "--lang", language, str(resident))[1]
    _, said = luohu(house, "chat", says=f"{NAME}\n把户口迁到城镇\n工作\n1\n1\n")
    assert f"{NAME}：落户告知单" in said and "可以申请把户口落在公共集体户" in said, said[-800:]


def english(house: Path) -> None:
    """As an officer does it: `make texts`, then the empty lines are filled."""
    assert luohu(house, "policy", "texts")[0] == 0
    file = house / "locales" / "en" / "LC_MESSAGES" / "luohu.po"
    blocks = file.read_text(encoding="utf-8").split("\n\n")
    filled = [
        one.replace('msgstr ""', f'msgstr "Sentence {str(number).translate(LETTERS)}"') if one.endswith('msgstr ""') else one
        for number, one in enumerate(blocks)
    ]
    file.write_text("\n\n".join(filled), encoding="utf-8")


def test_a_fault_in_a_draft_is_told_and_stops_nothing(house: Path) -> None:
    draft, file = house / "policies" / "drafts" / DRAFT, house / "locales" / "en" / "LC_MESSAGES" / "luohu.po"
    assert luohu(house, "policy", "new", DRAFT, f"南林{'新' * AGAIN}")[0] == 0
    try:
        (draft / f"{DRAFT}.yaml").write_text("city: [", encoding="utf-8")
        status, said = luohu(house, "policy", "check")
        assert status == 0 and f"草稿 {DRAFT}：1 处要改" in said and f"drafts/{DRAFT}/{DRAFT}.yaml:" in said, said
        assert "政策数据没有问题" in said
        kept = file.read_text(encoding="utf-8").count("msgid")
        assert luohu(house, "policy", "texts")[0] == 0
        assert file.read_text(encoding="utf-8").count("msgid") == kept, "no translation is lost to it"
    finally:
        shutil.rmtree(draft)
        assert luohu(house, "policy", "texts")[0] == 0
    assert "南林" not in file.read_text(encoding="utf-8"), "a draft that is gone leaves nothing"


@pytest.mark.parametrize(
    ("city", "name"),
    [("Y2", "云浦"), ("tianshui", "云浦"), ("other", "云浦"), ("../x", "云浦"), ("hefei", "天水"), ("hefei", "云 浦")],
)
def test_a_city_that_cannot_be_is_refused(city: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(check.BadInput):
        new_city.write(BOOK, tmp_path, city, name)
    assert list(tmp_path.iterdir()) == []
