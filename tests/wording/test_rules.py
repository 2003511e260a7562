"""What `luohu policy check` says of sentences that nobody could use: each rule is seen to name its mistake, at its line."""

import shutil
from pathlib import Path

import pytest

import invented
from bot.wording import languages as i18n
from bot.wording import rules
from bot.wording.phone import phone_problems
from conftest import BOOK, ROOT
from flows.book import Book, Problem, Text
from flows.loading.load import load

MISTAKES = {  # the file, old text, new text, and what is said of it
    "aloud that is no request": ("facts", "aloud: 请问您想在哪个市办？", "aloud: 想在哪个市办？", "city 的 aloud 不是“请问……？”"),
    "aloud that speaks of a screen": ("facts", "aloud: 请问您想在哪个市办？", "aloud: 请问下面哪个市？", "aloud 里有“下面”"),
    "aloud with brackets": ("facts", "aloud: 请问您想在哪个市办？", "aloud: 请问您想在哪个市（州）办？", "aloud 里有括号"),
    "third to the caller": ("facts", "third: 请问他（她）想在哪个市办？", "third: 请问您想在哪个市办？", "third 里有“您”"),
    "another way to ask, with brackets": ("facts", "aloud: 请问您住在谁家？", "aloud: 请问您（本人）住在谁家？", "joiner_relation 换了问法，aloud 里有括号"),
    "another way to ask in a city": ("tieling", "third: 请问他（她）是房主", "third: 请问您是房主", "joiner_relation 换了问法，third 里有“您”"),
    "two labels that are one": ("facts", "      tieling: 铁岭\n", "      tieling: 天水\n", "city 有两个选项都叫“天水”"),
    "two labels of a city that are one": ("tianshui", "  maiji: 麦积区", "  maiji: 秦州区", "county 有两个选项都叫“秦州区”"),
    "two short names that are one": ("facts", "short: 城市\n", "short: 要办的事\n", "short 和 city 的一样"),
    "a promise": ("tianshui", "glance: 人在天水住着", "glance: 一定批，人在天水住着", "话说满了：“一定批”"),
    "a sentence to somebody else": ("tianshui", "glance: 人在天水住着", "glance: 您在天水住着", "说的是“您”"),
    "sent to ask without words": (
        "tianshui", "\n  fix_record:\n", "\n  rights: 这份文件没有写，去派出所问。\n  fix_record:\n", "没有写怎么问"),
    "a hope where something may be lacking": ("tianshui", "note: 住宿舍的，文件没有写户口", "note: 住宿舍的，也可以申请，文件没有写户口", "不能说“可以申请”"),
    "a problem that was told and is not spoken of": (
        "tieling", "when: {record_problem: [resettled]}", "when: {record_problem: [none]}", "说了是“移民、搬迁来的，户口没落下”的人"),
    "another route without a pointer": (
        "tieling", "高校毕业的，可以看“高校毕业生落户”。\n            see: [graduate]", "高校毕业的，可以看“高校毕业生落户”。", "没有写 see"),
}  # fmt: skip


def said_of(folder: Path) -> list[Problem]:
    book = load(folder)
    return [*rules.question_problems(book), *(one for city in book.load_all() for one in rules.city_problems(book, city))]


def test_the_policies_as_they_are_keep_every_rule(book: Book) -> None:
    assert said_of(ROOT / "policies") == []
    assert list(rules.number_problems(i18n.all_texts(book))) == []
    assert [one for city in book.load_all() for one in phone_problems(city)] == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_sentence_that_nobody_could_use_is_named(mistake: str, tmp_path: Path) -> None:
    file, old, new, says = MISTAKES[mistake]
    folder = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    text = (folder / f"{file}.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{text.count(old)} times"
    (folder / f"{file}.yaml").write_text(text.replace(old, new), encoding="utf-8")
    found = [one for one in said_of(folder) if says in one.what]
    assert found and all(one.file == f"policies/{file}.yaml" and one.line and one.mend for one in found)


def test_another_route_in_a_sentence_for_several_conditions_is_named(tmp_path: Path) -> None:
    old, new = "otherwise: 买了房，或者租房办了备案，再来看这一条。", "otherwise: 落在市区的，看“住满年限，落户市区”。"
    book = load(invented.edited(tmp_path, "lanpu", old, new), "lanpu")
    (found,) = rules.city_problems(book, book.city("lanpu"))
    assert "没有写 see" in found.what and "see: [urban]" in found.mend
    as_it_is = invented.book(tmp_path / "as it is", "lanpu")
    assert found.line and list(rules.city_problems(as_it_is, as_it_is.city("lanpu"))) == []


ON_THE_PHONE = {  # the same of what is said on the phone
    "nobody to speak for some": (
        "lincang", ", parents_marriage: [none, after_birth], chinese_parent_hukou: [elsewhere]}", ", want_return: [unsure]}",
        "asks 里没有一句是给他的（例如 "),
    "a first sentence that says not who asks": ("wenzhou", "says: 我摆摊开店或者打零工，想落户。这", "says: 摆摊开店或者打零工，", "没有说清谁要办什么：摆摊"),
    "a sentence that says more than the person": (
        "lincang", "- when: {housing: [owned], place_type: [county_seat]}\n        says: 我在县城有自己的房，想", "- says: 我在县城有自己的房，想",
        "housing 是 unsure 的人也会念到这一句"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", ON_THE_PHONE)
def test_whoever_has_to_ask_is_told_what_to_say(mistake: str, tmp_path: Path) -> None:
    file, old, new, says = ON_THE_PHONE[mistake]
    folder = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("heard.yaml")))
    text = (folder / f"{file}.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{text.count(old)} times"
    (folder / f"{file}.yaml").write_text(text.replace(old, new), encoding="utf-8")
    found = [one for one in phone_problems(load(folder).city(file)) if says in one.what]
    assert found and all(one.file == f"policies/{file}.yaml" and one.line > 1 and one.mend for one in found)


@pytest.mark.parametrize(
    ("chinese", "english", "lost"),
    [
        ("住满3年", "for 5 years", "3"),
        ("住满3年", "for three years", ""),
        ("人均15平方米", "16 square metres each", "15"),
        ("2016年11月30日", "30 November 2016", ""),
        ("每20平方米1人", "one person per 20 square metres", ""),
        ("10000元", "10,000 yuan", ""),
        ("住满3年", "for 3 years, or 5", "5"),
        ("住满三年", "for 3 years", ""),
        ("未成年子女", "children under 18", ""),
    ],
)
def test_a_number_that_is_another_in_english_is_named(
    chinese: str, english: str, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "Language", lambda _: lambda says: english)
    found = list(rules.number_problems([Text("policies/x.yaml", 7, chinese)]))
    assert [(one.file, one.line) for one in found] == ([("policies/x.yaml", 7)] if lost else [])
    assert not lost or f" {lost} 这个数" in found[0].what


def test_whoever_moves_is_called_by_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Text("policies/x.yaml", 7, "要迁户口的人，住在哪里？")
    for says, found in (("Where does the person moving live?", 0), ("Where does the mover live?", 1)):
        monkeypatch.setattr(rules, "Language", lambda _, says=says: lambda one: says if one == text.says else "the person moving")
        assert len(list(rules.name_problems([text]))) == found


def test_the_check_says_all_of_it(tmp_path: Path) -> None:
    from bot import check

    folder = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    for file, old, new, _ in (MISTAKES["aloud with brackets"], MISTAKES["a promise"]):
        path = folder / f"{file}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    said = "\n".join(map(str, check.policy_problems(load(folder))))
    assert "aloud 里有括号" in said and "话说满了" in said
    assert BOOK.cities
