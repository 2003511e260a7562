"""What is known from outside the documents: each sentence that says so cites a record of policies/outside.yaml, and each record is
whole, cited, and looked at. Each guard is seen to name its mistake, at its line."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from bot import check
from bot.policy_commands import run_check
from bot.wording import languages as i18n
from conftest import ROOT
from flows.book import Problem, Text
from flows.loading.load import load
from flows.loading.outside import read_outside

TODAY = "2026-12-31"
LAND = '  contracted-land:\n    name: 农村土地承包法\n    date: "2018-12-29"\n'
MISTAKES = {  # the file, old text, new text, and what is said of it
    "a law without a record": ("lincang", "（文件以外，《出境入境管理法》第十三条）", "（文件以外，《护照法》第十三条）", "没有 《护照法》 的记录"),
    "a law without a record and without 《》": ("lincang", "- 国籍法第五条：", "- 护照法第五条：", "没有 护照法 的记录"),
    "a notice without a record": ("wenzhou", "国办发〔2015〕96号：超生", "国办发〔2015〕97号：超生", "没有 国办发〔2015〕97号 的记录"),
    "an article that is not in the record": ("lincang", "国籍法第三条、第四条", "国籍法第三条、第九条", "国籍法 的记录没有第九条"),
    "a part that is not in the record": ("lincang", "二（一）、（二）：", "二（一）、（三）：", "的记录没有二（三）"),
    "a general sentence without a record": ("shaoguan", "可以上学信网查", "可以上网查", "说是文件以外的，outside.yaml 里没有记录"),
    "a question's hint without a record": ("facts", "也可以打12333问（文件以外）", "也可以打12345问（文件以外）", "说是文件以外的"),
    "the words of a record in another part of the sentence": (
        "tieling", "您说的这种亲属，农村的投靠里没有。文件只写了“三投靠”（第（四）条），一般指",
        "“三投靠”里没有您说的这种亲属。一般指", "说是文件以外的"),
    "a law that is not said to be from outside": (
        "tianshui", "      办理落户城镇手续时，各县区", "      按国籍法，办理落户城镇手续时，各县区", "没有标明"),
    "a law that is not said to be from outside, in 《》": (
        "tianshui", "      办理落户城镇手续时，各县区", "      按《出境入境管理法》，办理落户城镇手续时，各县区", "没有标明"),
    "a record without a source": ("outside", "    source: 中国国际电视台", "    #  ", "缺少 source"),
    "a record in another order": ("outside", LAND, '  contracted-land:\n    date: "2018-12-29"\n    name: 农村土地承包法\n', "键的顺序不对"),
    "a law without its date": ("outside", LAND, LAND.rpartition("    date")[0], "缺少 date"),
    "a date that there is not": ("outside", '    date: "2018-12-29"\n    says:\n      第二十七条', '    date: "2018-13"\n    says:\n      第二十七条', "2018-13 不是日期"),
    "seen on a day that there is not": ("outside", '同日的报道\n    seen: "2026-11-28"', '同日的报道\n    seen: "2026-11-31"', "2026-11-31 不是日期"),
    "seen before there was such a law": ("outside", '同日的报道\n    seen: "2026-11-28"', '同日的报道\n    seen: "2023-06-30"', "那时候还没有"),
    "a law twice": ("outside", "    name: 乡村振兴促进法", "    name: 农村土地承包法", "农村土地承包法 记了两次"),
    "a record of nothing": ("outside", "    words: [龙港]", "    words: [虎港]", "没有一句话用到 龙港设市"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("heard.yaml")))


def edit(folder: Path, file: str, old: str, new: str) -> Path:
    path = folder / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def said_of(folder: Path, drafts: list[Text] | None = None) -> list[Problem]:
    book = load(folder, as_of=TODAY)
    of_cities = [one for city in book.load_all() for one in city.against_document()]
    return [*check.outside_problems(book, i18n.all_texts(book), drafts or []), *of_cities]


def test_whatever_is_said_to_be_from_outside_has_its_record() -> None:
    assert said_of(ROOT / "policies") == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_has_no_record_and_a_record_that_is_not_whole_are_named(mistake: str, folder: Path) -> None:
    file, old, new, says = MISTAKES[mistake]
    found = [one for one in said_of(edit(folder, file, old, new)) if says in one.what]
    assert found and all(one.file == f"policies/{file}.yaml" and one.line > 1 and one.mend for one in found)


def test_a_sentence_of_the_program_has_its_record_too(folder: Path) -> None:
    found = said_of(edit(folder, "outside", "words: [派出所, ", "words: ["))
    assert "bot/wording/sentences.py" in {one.file for one in found}


def test_without_the_file_every_such_sentence_is_named(folder: Path) -> None:
    (folder / "outside.yaml").unlink()
    assert len(said_of(folder)) > 50


def test_a_record_may_wait_in_a_draft_for_its_city(folder: Path) -> None:
    more = (
        '  hugang:\n    name: 虎港设市\n    says: 虎港是市。\n    words: [虎港]\n    source: 一张报纸\n    seen: "2026-12-01"\n'
    )
    edit(folder, "outside", "outside:\n", f"outside:\n{more}")
    assert [one.what for one in said_of(folder)] == ["没有一句话用到 虎港设市"]
    assert said_of(folder, [Text("policies/drafts/hugang/hugang.yaml", 9, "虎港是新的市（文件以外）。")]) == []


def test_what_a_document_names_is_not_from_outside() -> None:
    outside = read_outside(ROOT / "policies")
    sentence = [Text("policies/x.yaml", 7, "要落实《农村土地承包法》。")]
    assert list(outside.of_texts(sentence, document="落实新修订的《农村土地承包法》")) == []
    assert [one.line for one in outside.of_texts(sentence, document="落实有关法律")] == [7]


def test_a_source_that_nobody_looked_at_for_two_years_is_told_and_stops_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = read_outside(ROOT / "policies")
    assert [*outside.overdue("2028-11-28")] == [] and len([*outside.overdue("2028-11-29")]) == len(outside.records)
    assert len([*outside.overdue("2026-11-27")]) == len(outside.records)  # a day to come, or a clock that is wrong
    edit(folder, "outside", 'seen: "2026-11-28"', 'seen: "2024-01-02"')
    assert run_check(Namespace(policies=folder)) == 0
    said = capsys.readouterr().out.splitlines()
    assert "户口登记条例 上次看是 2024-01-02，已经过了两年" in said[0] and said[-1] == "政策数据没有问题"
