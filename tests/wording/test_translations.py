"""Translations in officers' hands: a changed sentence keeps its own, to be looked at; as a table, there and back."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.check import BadInput
from bot.wording import languages as i18n
from bot.wording import questions
from bot.wording.languages import Language, Translation
from bot.workshop import translations
from bot.workshop.tables import read_rows, write_rows
from conftest import BOOK
from flows.book import Text

TEXTS = i18n.policy_texts(BOOK)
OLD = next(text for text in TEXTS if "带租房合同" in text.says)
NEW = replace(OLD, says=OLD.says.replace("带租房合同", "带上租房合同和身份证"))
EDITED = [NEW if text.says == OLD.says else text for text in i18n.all_texts(BOOK)]


@pytest.fixture(autouse=True)
def own_locales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A copy of the catalogues, which a test may write in."""
    monkeypatch.setattr(i18n, "LOCALES", Path(shutil.copytree(i18n.LOCALES, tmp_path / "locales")))
    yield
    i18n._translations.cache_clear()


def test_a_changed_sentence_keeps_its_translation_to_be_looked_at_and_nobody_reads_it_as_true() -> None:
    english = Language("en")(OLD.says)
    for _ in range(2):  # as often as the catalogue is brought in line
        assert i18n.update(EDITED, "en")[NEW.says] == Translation(english, OLD.says)
        i18n._translations.cache_clear()
        assert i18n.translated("en")[NEW.says].before == OLD.says and OLD.says not in i18n.translated("en")
    assert Language("en")(NEW.says) == NEW.says != english
    po = i18n.po_file("en").read_text(encoding="utf-8")
    assert f'#, fuzzy\n#| msgid "{OLD.says}"\nmsgid "{NEW.says}"' in po and po.count("fuzzy") == 1
    problem = next(i18n.untranslated(EDITED, "en"))
    assert (
        "译文还没有看" in problem.what and OLD.says[:20] in problem.what and (problem.file, problem.line) == (NEW.file, NEW.line)
    )
    once_more = replace(NEW, says=NEW.says.replace("身份证", "户口本"))
    again = i18n.update([once_more if text is NEW else text for text in EDITED], "en")
    assert again[once_more.says] == Translation(english, OLD.says), "what was translated is what it is compared with"


def test_a_change_that_is_taken_back_leaves_nothing_to_look_at() -> None:
    before = i18n.translated("en")
    i18n.update(EDITED, "en")
    assert i18n.update(i18n.all_texts(BOOK), "en") == before


def test_a_sentence_of_its_own_has_nobody_elses_translation() -> None:
    strange = Text("policies/x.yaml", 1, "河边的渡口星期天不开。")
    assert i18n.update([strange, *EDITED[:-1]], "en")[strange.says] == Translation()


def test_what_was_not_looked_at_is_not_said() -> None:
    i18n.put("en", i18n.translated("en") | {"没有译": Translation(""), "旧": Translation("Old", "新")})
    i18n._translations.cache_clear()
    said = i18n.translations("en")
    assert len(said) > 3000 and not {"没有译", "旧", ""} & said.keys()


def test_which_language_is_incomplete_is_known() -> None:
    assert i18n.incomplete(BOOK) == {}
    i18n.put("en", i18n.translated("en") | {OLD.says: Translation("Something", before="别的")})
    i18n._translations.cache_clear()
    assert i18n.incomplete(BOOK) == {"en": 1}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_there_and_back_is_the_same(form: str, tmp_path: Path) -> None:
    i18n.update(EDITED, "en")
    before = i18n.translated("en")
    table = tmp_path / f"texts.{form}"
    assert "1 句要补、要看" in translations.write(table, EDITED, "en")
    first = read_rows(table)[1]
    assert first[0] == translations.TO_LOOK_AT and first[2:] == [NEW.says, before[NEW.says].says, OLD.says]
    assert translations.take_over(table, EDITED, "en") == "en: 换了 0 句"
    assert i18n.translated("en") == before


@pytest.mark.parametrize(
    ("mark", "says", "looked_at"),
    [(translations.TO_LOOK_AT, "", False), ("", "", True), (translations.TO_LOOK_AT, "Bring the lease and your ID card.", True)],
)
def test_a_translation_is_looked_at_where_its_mark_is_gone_or_it_is_another(
    mark: str, says: str, looked_at: bool, tmp_path: Path
) -> None:
    kept = i18n.update(EDITED, "en")[NEW.says]
    write_rows(
        table := tmp_path / "texts.csv",
        [[translations.MARK, translations.CHINESE, "English"], [mark, NEW.says, says or kept.says], ["", "", ""]],
    )
    translations.take_over(table, EDITED, "en")
    assert i18n.translated("en")[NEW.says] == (Translation(says or kept.says) if looked_at else kept)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["", "没有的一句话", "Nothing"]], "2: 政策数据里没有这一句"),
        ([["", "{year}年", "{years}"]], "占位符|不一样"),
        ([["", "住满3年", "for 5 years"]], "没有 3 这个数"),
        ([["", "住满3年", "for 3 years, or 5"]], "多了 5 这个数"),
        ([["", "住满3年", "for 3 years"], ["", "住满3年", "for three years"]], "3: 这一句写了两行"),
        ([["", "住满3年", "{{ 3 }}"]], "模板"),
        ([["", "住满3年", "for \x073 years"]], "看不见的字符"),
        ([["", "住满3年", "for \u202e3 years"]], "看不见的字符"),
        ([["", "住满3年", "住满3年"]], "2: 译文还是中文：住满3年。译出来"),
        ([["", "住满3年", "住满3年 (y)"]], "还是中文"),
        ([["", "河边的渡口不开。", "—"]], "2: 译文不是一句话：.*补上译文"),
        ([["", "河边的渡口不开。", "TODO"]], "不是一句话"),
        ([["", "河边的渡口不开。", "The ferry by the river does not go. " * 5]], "2: 译文比中文长得太多（.*贴错"),
        ([["", "河边的渡口不开。", "The ferry ( ) does not go."]], r"2: 译文里有空的 \( \)"),
    ],
)
def test_a_table_with_a_fault_changes_nothing(rows: list[list[str]], says: str, tmp_path: Path) -> None:
    before = i18n.po_file("en").read_bytes()
    write_rows(table := tmp_path / "texts.csv", [[translations.MARK, translations.CHINESE, "English"], *rows])
    more = enumerate(("住满3年", "{year}年", "河边的渡口不开。"), 1)
    texts = [*EDITED, *(Text("policies/x.yaml", line, says) for line, says in more)]
    with pytest.raises(BadInput, match=says):
        translations.take_over(table, texts, "en")
    assert i18n.po_file("en").read_bytes() == before


@pytest.mark.parametrize("english", [OLD.says, "…", "To be written. " * 60])
def test_english_that_can_be_none_is_named_by_its_line(english: str) -> None:
    i18n.put("en", i18n.translated("en") | {OLD.says: Translation(english)})
    [problem] = i18n.untranslated([OLD], "en")
    assert (problem.file, problem.line) == (OLD.file, OLD.line) and english[:40] in problem.mend and "译文" in problem.what


def test_what_is_no_such_table_is_refused(tmp_path: Path) -> None:
    write_rows(table := tmp_path / "texts.csv", [["中文", "English"]])
    for some in (table, tmp_path / "none.csv", tmp_path / "texts.doc"):
        with pytest.raises(BadInput):
            translations.take_over(some, TEXTS, "en")
    with pytest.raises(BadInput):
        translations.write(tmp_path / "texts.doc", TEXTS, "en")


def test_what_is_brought_is_said_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a question that was put before."""
    monkeypatch.setattr(i18n, "_brought", {})
    words, fact = Language("en"), BOOK.facts["housing"]
    before, option = questions.options(words, fact), next(iter(fact.options.values()))
    try:
        i18n.bring({"en": {option: "as it was brought"}})
        after = questions.options(words, fact)
    finally:
        monkeypatch.undo()
        i18n.bring({})
    assert after[0].label == "as it was brought" != before[0].label and after[1:] == before[1:]
