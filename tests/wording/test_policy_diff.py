"""`luohu policy diff` in words: what an officer reads of an edit, as a file of cases, a page, JSON; from folders and from git."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import check
from bot.workshop.changed_texts import changed_texts
from conftest import ROOT
from flows.loading.load import load

RENTED = (
    "        met: [owned, rented, public_rental]\n        local_rules: [dormitory, relative_home]",
    "        met: [owned, public_rental]\n        local_rules: [rented, dormitory, relative_home]",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "locales", tmp_path / "new" / "locales")
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "new" / "policies"))


def ran(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "bot", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)


def said(*arguments: object) -> str:
    done = ran("policy", "diff", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_class_is_one_line_and_its_witness_a_case_that_holds(folder: Path) -> None:
    edit(folder, "wenzhou.yaml", *RENTED)
    text = said(ROOT / "policies", folder)
    assert "温州：答案变了的有 1 类人" in text and "临沧：谁的答案都没有变" in text
    assert "wenzhou.county-home：原来是“可以申请”的人，住的房子：租的房子——结论：可以申请 → 要看当地规定" in text
    residents, _ = check.read_residents(load(folder), "diff.yaml", text)
    assert [list(check.disagreements(load(folder), one)) for one in residents] == [[]]
    assert list(check.disagreements(load(ROOT / "policies"), residents[0])), "by the old version it does not"
    english = said(ROOT / "policies", folder, "--lang", "en")
    assert "those who had “you can apply”; Home: Rented home — result: you can apply → depends on local rules" in english


def test_as_json_and_as_a_page(folder: Path) -> None:
    edit(folder, "wenzhou.yaml", *RENTED)
    edit(folder, "wenzhou.yaml", "    title: 县（市）有住处", "    title: 县（市）有<b>住处")
    found = json.loads(said(ROOT / "policies", folder, "--json"))
    [one] = found["cities"]["wenzhou"]
    assert (one["old"], one["new"], one["conditions"]) == (["fits"], ["local_rules"], {"housing": ["rented"]})
    assert one["witness"]["housing"] == "rented" and one["among"] == "old" and one["share"] > 0
    page = said(ROOT / "policies", folder, "--html")
    assert page.startswith("<!doctype html>") and "<script" not in page and "有<b>" not in page and "有&lt;b&gt;" in page


def test_nothing_that_did_not_change(folder: Path) -> None:
    """Lines broken elsewhere, quotes, remarks, and the order in which a list is written, are no change."""
    edit(folder, "wenzhou.yaml", "    title: 县（市）有住处", "    # 一句备注\n    title: >-\n      县（市）\n      有住处")
    edit(folder, "wenzhou.yaml", "name: 温州", "name: '温州'")
    edit(folder, "wenzhou.yaml", "met: [owned, rented, public_rental]", "met: [rented, owned, public_rental]")
    text = said(ROOT / "policies", folder)
    assert "→" not in text and "文字和数据：没有不一样的地方" in text
    assert changed_texts(ROOT / "policies", folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "where"),
    [
        ("tianshui.yaml", "title: 办居住证", "title: 领居住证", "sentences", "routes › residence-permit › title"),
        ("tianshui.yaml", "土地承包法》（2018年修正", "土地承包法》（2019年修正", "numbers", "topics › rural-rights › general"),
        ("tianshui.yaml", "basis: named", "basis: implied", "papers", "routes › registered-poor › papers › registered-poor-certificate › basis"),
        ("facts.yaml", "rented: 租的房子", "rented: 租来的房子", "options", "facts › housing › options › rented"),
        ("facts.yaml", "ask: 想办哪件事？", "ask: 要办哪件事？", "options", "facts › matter › ask"),
        ("tianshui.yaml", "met: [employee, flexible]", "met: [flexible]", "conditions", "routes › registered-poor › needs › work › met"),
        ("tianshui.yaml", "    routes: [registered-poor]", "    routes: [registered-poor, open-settlement]", "clauses", "clauses › 二、第2项 › routes"),
        ("papers.yaml", "  resident-id: 居民身份证", "  resident-id: 身份证", "papers", "papers › resident-id"),
        ("facts.yaml", "search: [房东, 合租,", "search: [房东,", "words", "facts › housing › search"),
        ("documents/tianshui.txt", "户籍", "户籍籍", "document", ""),
        ("../locales/en/LC_MESSAGES/luohu.po", 'msgstr "Which city', 'msgstr "What city', "english", "想在哪个市办？"),
    ],
)  # fmt: skip
def test_whatever_reads_otherwise_is_told_where_it_stands(
    folder: Path, file: str, old: str, new: str, kind: str, where: str
) -> None:
    edit(folder, file, old, new)
    found = changed_texts(ROOT / "policies", folder)
    assert {(one.kind, " › ".join(one.where)) for one in found} == {(kind, where)}
    if file.endswith(".yaml"):
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        assert found[0].file == f"policies/{file}" and any(
            new.strip().split("\n")[0] in lines[line] for line in range(found[0].line - 2, found[0].line)
        )


def test_what_a_draft_says_otherwise_is_told_where_it_stands_in_the_draft(folder: Path) -> None:
    draft = folder / "drafts" / "tianshui"
    draft.mkdir(parents=True)
    for file in (folder / "tianshui.yaml", folder / "documents" / "tianshui.txt"):
        shutil.copy(file, draft)
    edit(draft, "tianshui.yaml", "title: 办居住证", "title: 领居住证")
    edit(draft, "tianshui.txt", "户籍", "户籍籍")
    done = ran("--policies", folder, "--draft", "tianshui", "policy", "diff", folder)
    assert "文字和数据：2 处不一样" in done.stdout and "办居住证 → 领居住证" in done.stdout
    assert "policies/drafts/tianshui/tianshui.yaml:" in done.stdout and "policies/drafts/tianshui/tianshui.txt:" in done.stdout
    assert "没有不一样的地方" in ran("--policies", folder, "policy", "diff", folder).stdout, "without it"


def test_what_changes_on_a_later_day_is_said_and_can_be_looked_at(folder: Path) -> None:
    """A condition that is over after a day: nobody is answered otherwise until then."""
    edit(folder, "tianshui.yaml", '  issued: "2020-01-16"\n', '  issued: "2020-01-16"\n  until: "2031-12-31"\n')
    ends = '      - until: "2030-12-31"\n        fact: registered_poor'
    edit(folder, "tianshui.yaml", "      - fact: registered_poor", ends)
    text = said(ROOT / "policies", folder)
    assert "谁的答案都没有变" in text and "从 2031-01-01 起又不一样，要看：luohu --as-of 2031-01-01 policy diff" in text
    assert json.loads(said(ROOT / "policies", folder, "--json"))["later"][0] == "2031-01-01"
    on_the_day = ran("--as-of", "2031-01-01", "policy", "diff", ROOT / "policies", folder).stdout
    assert "# 天水：答案变了的有" in on_the_day and "tianshui.registered-poor" in on_the_day
    assert ran("--as-of", "2031-02-30", "policy", "diff", ROOT / "policies", folder).returncode == 2


def test_revisions_of_git(folder: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-C", folder.parent, "-c", "user.name=x", "-c", "user.email=x@y", *words], check=True, capture_output=True
        )

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    edit(folder, "wenzhou.yaml", *RENTED)
    git("commit", "-qam", "second")
    for versions in (["HEAD~1"], ["HEAD~1", "HEAD"]):
        assert "温州：答案变了的有 1 类人" in ran("--policies", folder, "policy", "diff", *versions).stdout
    assert "→" not in (same := ran("--policies", folder, "policy", "diff", "HEAD").stdout) and "谁的答案都没有变" in same


@pytest.mark.parametrize("wrong", ["no-such-version", "--help-me", "/no/such/folder"])
def test_what_is_no_version_is_refused(wrong: str) -> None:
    done = ran("policy", "diff", "--", wrong)
    assert (done.returncode, done.stdout) == (2, "") and "不是文件夹，也不是 git 里的版本" in done.stderr
