"""What `luohu check`, `luohu cases` and `luohu policy check` refuse or do not agree with, and how they say so."""

import io
import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from bot.wording import languages as i18n
from conftest import ROOT

# The public ids. Add to them; do not rename or reuse one.
from test_check import CASE, RENTER, Luohu, Ran, a_luohu, write  # noqa: F401  # the fixture `luohu`
from test_policies_refused import spelt

# ---- what is refused ----


def assert_refused(ran: Ran, *names: str) -> None:
    """Exit 2, nothing on standard output, one sentence on standard error that says every name."""
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    missing = [name for name in names if name not in ran.err]
    assert not missing, f"{missing} not in: {ran.err}"


# fmt: off
REFUSED = {  # the mistake: file, content, what the sentence names
    "unknown fact in YAML": ("a.yaml", "city: tianshui\nhouseing: rented\n", ["a.yaml:2", "houseing", "是不是 housing"]),
    "unknown fact in JSON": ("a.json", {"city": "tianshui", "houseing": "rented"}, ["a.json", "houseing", "是不是 housing"]),
    "unknown fact, none is near": ("a.yaml", "city: tianshui\nzzz: rented\n", ["a.yaml:2", "zzz"]),
    "unknown fact in a list": ("a.yaml", "- city: tianshui\n- city: tianshui\n  houseing: rented\n", ["a.yaml:3", "houseing"]),
    "unknown fact in a case": ("a.yaml", "- id: renter\n  facts:\n    city: tianshui\n    houseing: rented\n", ["a.yaml:4", "houseing"]),
    "unknown fact in a case in JSON": ("a.json", [{"id": "renter", "facts": {"houseing": "rented"}}], ["a.json:renter", "houseing"]),
    "unknown value in YAML": ("a.yaml", "city: tianshui\nhousing: rentd\n", ["a.yaml:2", "housing", "rentd", "是不是 rented"]),
    "unknown value in JSON": ("a.json", {"housing": "rentd"}, ["a.json", "housing", "rentd", "是不是 rented"]),
    "unknown value in a list of values": ("a.yaml", "ties: [lives, wroks]\n", ["a.yaml:1", "ties", "wroks", "是不是 works"]),
    "unknown city": ("a.yaml", "city: tianshu\n", ["a.yaml:1", "city", "tianshu", "是不是 tianshui"]),
    "city by its Chinese name": ("a.yaml", "city: 天水\n", ["a.yaml:1", "city", "天水"]),
    "unknown county": ("a.yaml", "city: tianshui\ncounty: qinzho\n", ["a.yaml:2", "county", "qinzho", "是不是 qinzhou"]),
    "unknown county before the city": ("a.yaml", "county: lichen\n", ["a.yaml:1", "county", "lichen", "是不是 lucheng"]),
    "unsure misspelt": ("a.yaml", "housing: unsur\n", ["a.yaml:1", "housing", "是不是 unsure"]),
    "unsaid is not for residents": ("a.yaml", "housing: unsaid\n", ["a.yaml:1", "housing", "unsaid"]),
    "nothing is not for residents": ("a.yaml", "ties: [nothing]\n", ["a.yaml:1", "ties", "nothing"]),
    "true": ("a.json", {"lease_filed": True}, ["a.json", "lease_filed", "true", '"yes"']),
    "false": ("a.json", {"lease_filed": False}, ["a.json", "lease_filed", "false", '"no"']),
    "a number": ("a.json", {"lease_filed": 3}, ["a.json", "lease_filed", "3"]),
    "a number in YAML": ("a.yaml", "lease_filed: 3\n", ["a.yaml:1", "lease_filed", "3"]),
    "not a number": ("a.json", '{"lease_filed": NaN}', ["a.json", "lease_filed"]),
    "a number of 5,000 digits": ("a.json", '{"lease_filed": ' + "1" * 5000 + "}", ["a.json"]),
    "null": ("a.json", {"lease_filed": None}, ["a.json", "lease_filed", "空值"]),
    "null in YAML": ("a.yaml", "city: tianshui\nlease_filed: null\n", ["a.yaml:2", "lease_filed", "空值"]),
    "no value in YAML": ("a.yaml", "city: tianshui\nlease_filed:\n", ["a.yaml:2", "lease_filed", "空值"]),
    "list for one value": ("a.json", {"housing": ["rented"]}, ["a.json", "housing", "列表"]),
    "list for the city": ("a.yaml", "city: [tianshui]\n", ["a.yaml:1", "city", "列表"]),
    "list for the county": ("a.yaml", "city: tianshui\ncounty: [qinzhou]\n", ["a.yaml:2", "county", "列表"]),
    "object for one value": ("a.json", {"housing": {"rented": "yes"}}, ["a.json", "housing"]),
    "one value for a list": ("a.yaml", "city: tianshui\nties: lives\n", ["a.yaml:2", "ties", "列表", "lives"]),
    "true in a list": ("a.json", {"ties": ["lives", True]}, ["a.json", "ties", "true"]),
    "list in a list": ("a.json", {"ties": [["lives"]]}, ["a.json", "ties"]),
    "unsure in a list": ("a.json", {"ties": ["unsure"]}, ["a.json", "ties", "unsure"]),
    "half a letter": ("a.json", '{"housing": "\\ud800"}', ["a.json", "housing"]),
    "half a letter in a key": ("a.json", '{"hous\\ud800ing": "rented"}', ["a.json"]),
    "unquoted yes": ("a.yaml", "city: lincang\nlease_filed: yes\n", ["a.yaml:2", "lease_filed", '"yes"', "引号"]),
    "unquoted no": ("a.yaml", "city: lincang\nlease_filed: no\n", ["a.yaml:2", "lease_filed", '"no"', "引号"]),
    "unquoted True": ("a.yaml", "city: lincang\nlease_filed: True\n", ["a.yaml:2", "lease_filed", '"yes"', "引号"]),
    "unquoted yes in a case": ("a.yaml", "- id: x\n  facts: {city: lincang,\n    lease_filed: yes}\n", ["a.yaml:3", "lease_filed", "引号"]),
    "duplicate key in YAML": ("a.yaml", "city: lincang\nhousing: owned\ncity: tieling\n", ["a.yaml:3", "city"]),
    "duplicate key in JSON": ("a.json", '{"city": "lincang", "housing": "owned", "city": "tieling"}', ["a.json", "city"]),
    "duplicate key in a case in JSON": ("a.json", '[{"id": "x", "facts": {"city": "lincang", "city": "tieling"}}]', ["a.json", "city"]),
    "alias in YAML": ("a.yaml", "- &a {city: lincang}\n- *a\n", ["a.yaml:1"]),
    "broken JSON": ("a.json", '{"city": "lincang",\n "housing": owned\n}', ["a.json:2"]),
    "a comma too many in JSON": ("a.json", '{"city": "lincang",\n "housing": "owned",\n}', ["a.json:", "JSON"]),  # Python 3.13 points at the comma
    "broken JSON without an ending": ("a", '[{"city": "lincang"},\n{"city": lincang}]', ["a:2"]),
    "JSON with something after it": ("a.json", '{"city": "lincang"}\n{"city": "lincang"}', ["a.json:2"]),
    "YAML in a .json file": ("a.json", "city: lincang\n", ["a.json:1"]),
    "broken YAML": ("a.yaml", "city: lincang\n  housing: owned\n", ["a.yaml:2"]),
    "tab in YAML": ("a.yaml", "city: lincang\nties:\n\t- lives\n", ["a.yaml:3"]),
    "two documents in YAML": ("a.yaml", "city: lincang\n---\ncity: tieling\n", ["a.yaml:2"]),
    "tag in YAML": ("a.yaml", "city: lincang\nhousing: !!str owned\n", ["a.yaml:2", "标签"]),
    "not UTF-8": ("a.yaml", "city: 天水".encode("gbk"), ["a.yaml", "UTF-8"]),
    "not UTF-8 in JSON": ("a.json", '{"city": "天水"}'.encode("utf-16"), ["a.json", "UTF-8"]),
    "empty YAML": ("a.yaml", "", ["a.yaml", "空"]),
    "empty JSON": ("a.json", "", ["a.json"]),
    "empty file without an ending": ("a", "\n", ["a:", "空"]),
    "a word for a file": ("a.yaml", "tianshui\n", ["a.yaml"]),
    "a number for a file": ("a.json", 3, ["a.json"]),
    "a word for a resident": ("a.json", [RENTER, "tianshui"], ["a.json"]),
    "a list for a resident": ("a.json", [[RENTER]], ["a.json"]),
    "facts that are a list": ("a.yaml", "- id: x\n  facts: [city]\n", ["a.yaml:2", "facts"]),
    "a case with an unknown key": ("a.yaml", "- id: x\n  facts: {city: tianshui}\n  expects: {}\n", ["a.yaml", "expects", "expect"]),
    "deep YAML": ("a.yaml", "city: " + "[" * 2000, ["a.yaml:1"]),
    "deep YAML in order": ("a.yaml", "city: " + "[" * 21 + "]" * 21, ["a.yaml:1"]),
    "deep JSON": ("a.json", '{"city":\n' + "[" * 100_000, ["a.json"]),
    "deep JSON in order": ("a.json", '{"city":\n' + "[" * 500 + "]" * 500 + "}", ["a.json", "city"]),
}
# fmt: on


@pytest.mark.parametrize(("name", "content", "names"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence(luohu: Luohu, name: str, content: object, names: list[str]) -> None:
    assert_refused(luohu("check", write(name, content)), *names)


@pytest.mark.parametrize("mode", [["--jsonl"], ["--sheet"]], ids=["--jsonl", "--sheet"])
def test_every_mode_refuses(luohu: Luohu, mode: list[str]) -> None:
    assert_refused(luohu("check", *mode, write("a.jsonl", {"houseing": "rented"})), "a.jsonl", "houseing", "是不是 housing")


def test_standard_input_is_called_by_its_dash(luohu: Luohu) -> None:
    assert_refused(luohu("check", "-", stdin="city: lincang\nhouseing: owned\n"), "-:2", "houseing", "是不是 housing")
    assert_refused(luohu("check", "-", stdin="天水".encode("gbk")), "-:", "UTF-8")
    assert_refused(luohu("check", "-"), "-:", "空")


def test_a_hint_is_another_word_than_the_one_refused(luohu: Luohu) -> None:
    """`unsure` is said instead of a list, not in one."""
    assert "是不是 unsure" not in luohu("check", write("a.json", {"ties": ["unsure"]})).err


def test_a_file_that_cannot_be_opened_is_named(luohu: Luohu) -> None:
    Path("folder").mkdir()
    assert_refused(luohu("check", "nowhere.yaml"), "nowhere.yaml")
    assert_refused(luohu("check", "folder"), "folder")
    assert_refused(luohu("check", write("a.json", RENTER) + "/b.json"), "a.json/b.json")


def test_nothing_is_answered_when_a_later_file_is_refused(luohu: Luohu) -> None:
    assert_refused(luohu("check", write("a.json", RENTER), write("b.json", {"houseing": "rented"})), "b.json", "houseing")


LINES = {  # the mistake in the second of three lines: the line, what the sentence names
    "a number": ("3", ["a.jsonl:2"]),
    "a list": ('[{"city": "lincang"}]', ["a.jsonl:2"]),
    "a text": ('"lincang"', ["a.jsonl:2"]),
    "null": ("null", ["a.jsonl:2"]),
    "YAML": ("city: lincang", ["a.jsonl:2"]),
    "half an object": ('{"city": "lincang"', ["a.jsonl:2"]),
    "two objects": ('{"city": "lincang"} {"city": "lincang"}', ["a.jsonl:2"]),
    "an unknown fact": ('{"houseing": "owned"}', ["a.jsonl:2", "houseing", "是不是 housing"]),
    "an unknown value": ('{"housing": "ownd"}', ["a.jsonl:2", "housing", "是不是 owned"]),
    "an unknown fact in a case": ('{"id": "x", "facts": {"houseing": "owned"}}', ["a.jsonl:2", "houseing"]),
    "true": ('{"lease_filed": true}', ["a.jsonl:2", "lease_filed", '"yes"']),
    "a duplicate key": ('{"city": "lincang", "city": "tieling"}', ["a.jsonl:2", "city"]),
    "facts that are a list": ('{"id": "x", "facts": []}', ["a.jsonl:2", "facts"]),
    "deep nesting": ("[" * 100_000, ["a.jsonl:2"]),
}


@pytest.mark.parametrize(("line", "names"), LINES.values(), ids=LINES)
def test_a_line_that_cannot_be_used_is_named_and_no_line_is_answered(luohu: Luohu, line: str, names: list[str]) -> None:
    good = '{"city": "lincang"}\n'
    assert_refused(luohu("check", "--jsonl", write("a.jsonl", good + line + "\n" + good)), *names)


def test_policies_that_cannot_be_used_are_refused(luohu: Luohu) -> None:
    renter = write("renter.json", RENTER)
    shutil.copytree(ROOT / "policies", "policies")
    Path("policies/tianshui.yaml").write_text("city: tianshui\nnaem: 天水\n", encoding="utf-8")
    broken = luohu("--policies", "policies", "check", renter)
    assert (broken.status, broken.out) == (2, "")
    assert "policies/tianshui.yaml:2" in broken.err
    assert "是不是 name" in broken.err
    assert_refused(luohu("--policies", "nowhere", "check", renter), "nowhere/facts.yaml")
    assert_refused(luohu("--policies", renter, "check", renter), "renter.json")


# ---- luohu cases ----


def test_our_cases_agree(luohu: Luohu) -> None:
    ran = luohu("cases", str(ROOT / "tests" / "cases"))
    assert (ran.status, ran.err) == (0, "")
    assert "不一致 0 处" in ran.out


def test_a_case_that_agrees(luohu: Luohu) -> None:
    ran = luohu("cases", write("good.yaml", CASE))
    assert (ran.status, ran.err) == (0, "")
    assert "案例 1 个，不一致 0 处" in ran.out


# fmt: off
DISAGREE = {  # what the case expects wrongly: in the text, instead; route, what was expected, what came out
    "expect": ("open-settlement: fits,", "open-settlement: none,", "tianshui.open-settlement", "none", "fits"),
    "because": ("[registered_poor]}", "[registered_poor, work]}", "tianshui.registered-poor", "work", "registered_poor"),
    "papers": ("open-settlement: [],", "open-settlement: [lease-filing],", "tianshui.open-settlement", "lease-filing", "[]"),
    "papers, one too few": ("[registered-poor-certificate, resident-id]", "[resident-id]", "tianshui.registered-poor", "resident-id", "registered-poor-certificate"),
    "family": ("ask: [siblings]}", '"no": [siblings]}', "tianshui.open-settlement", "no: [siblings]", "ask: [siblings]"),
    "family, one too few": ('"yes": [spouse], ', "", "tianshui.open-settlement", "应为 ask: [siblings]", "yes: [spouse]"),
    "placement": ("public-collective-household", "home", "tianshui.open-settlement", "home", "public-collective-household"),
}
# fmt: on


@pytest.mark.parametrize(("right", "wrong", "route", "expected", "got"), DISAGREE.values(), ids=DISAGREE)
def test_a_disagreement_is_told_with_case_clause_and_route(
    luohu: Luohu, request: pytest.FixtureRequest, right: str, wrong: str, route: str, expected: str, got: str
) -> None:
    assert CASE.count(right) == 1
    ran = luohu("cases", write("wrong.yaml", CASE.replace(right, wrong)))
    assert (ran.status, ran.err) == (1, "")
    told, total = ran.out.splitlines()
    kind = request.node.callspec.id.split(",")[0]
    assert all(word in told for word in ("wrong.yaml", "renter", "二、第1项、第2项", route, kind, expected, got)), told
    assert "案例 1 个，不一致 1 处" in total


def test_because_may_name_more_than_the_case_does(luohu: Luohu) -> None:
    case = {
        "facts": {"city": "tianshui"},
        "expect": {"tianshui.open-settlement": "open"},
        "because": {"tianshui.open-settlement": ["ties"]},
    }
    assert luohu("cases", write("open.yaml", [case])).status == 0


NOTHING_CHECKED = {  # a case that checks nothing: what stands instead of its expectation
    "no expect": "",
    "an empty expect": "  expect: {}\n",
    "a route that there is not": "  expect: {tianshui.open-settlment: fits}\n",
    "a route of another city": "  expect: {tieling.graduate: fits}\n",
}


@pytest.mark.parametrize("expect", NOTHING_CHECKED.values(), ids=NOTHING_CHECKED)
def test_a_case_that_checks_nothing_is_a_disagreement(luohu: Luohu, expect: str) -> None:
    ran = luohu("cases", write("a.yaml", "- id: x\n  facts: {city: tianshui}\n" + expect))
    assert ran.status == 1
    assert "a.yaml:x" in ran.out


def test_every_disagreement_of_every_file_is_told(luohu: Luohu) -> None:
    Path("some").mkdir()
    write(
        "some/1.yaml",
        CASE.replace("id: renter", "id: first").replace("fits,", "none,").replace("public-collective-household", "home"),
    )
    write("some/2.yaml", CASE + CASE.replace("fits,", "open,").replace("id: renter", "id: other"))
    ran = luohu("cases", "some")
    assert ran.status == 1
    assert "案例 3 个，不一致 3 处" in ran.out
    assert all(place in ran.out for place in ("some/1.yaml:first", "some/2.yaml:other"))


def test_a_folder_without_cases_is_refused(luohu: Luohu) -> None:
    Path("empty").mkdir()
    assert_refused(luohu("cases", "empty"), "empty")
    write("empty/readme.txt", "还没有案例")
    assert_refused(luohu("cases", "empty"), "empty")
    assert_refused(luohu("cases", "nowhere"), "nowhere")


def test_a_case_file_without_cases_is_refused(luohu: Luohu) -> None:
    """A check that checks nothing must not be green."""
    assert_refused(luohu("cases", write("none.yaml", "[]\n")), "none.yaml")


# fmt: off
CASES_REFUSED = {  # the mistake: in the case, instead; what the sentence names
    "unknown fact": ("housing: rented", "houseing: rented", ["a.yaml:7", "houseing", "是不是 housing"]),
    "unquoted no": ('registered_poor: "no"', "registered_poor: no", ["a.yaml:8", "registered_poor", "引号"]),
    "unknown key": ("  expect:", "  expects:", ["a.yaml", "expects", "expect"]),
    "expect that is a word": ("{tianshui.open-settlement: fits, tianshui.registered-poor: none}", "fits", ["a.yaml", "renter", "expect"]),
    "expect that is a list": ("{tianshui.open-settlement: fits, tianshui.registered-poor: none}", "[fits]", ["a.yaml", "renter", "expect"]),
    "because without facts": ("[registered_poor]}", "}", ["a.yaml", "renter", "because"]),
    "because that is a word": ("[registered_poor]}", "registered_poor}", ["a.yaml", "renter", "because"]),
    "papers without papers": ("open-settlement: [],", "open-settlement: ,", ["a.yaml", "renter", "papers"]),
    "family that is a list": ('{"yes": [spouse], ask: [siblings]}', "[spouse]", ["a.yaml", "renter", "family"]),
    "family without movers": ('"yes": [spouse]', '"yes": ', ["a.yaml", "renter", "family"]),
    "placement that is a word": ("{tianshui.open-settlement: public-collective-household}", "home", ["a.yaml", "renter", "placement"]),
}
# fmt: on


@pytest.mark.parametrize(("right", "wrong", "names"), CASES_REFUSED.values(), ids=CASES_REFUSED)
def test_a_case_that_cannot_be_used_is_refused(luohu: Luohu, right: str, wrong: str, names: list[str]) -> None:
    assert CASE.count(right) == 1
    assert_refused(luohu("cases", write("a.yaml", CASE.replace(right, wrong))), *names)


# ---- luohu policy check ----


@pytest.fixture
def translated(luohu: Luohu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the policies in the present folder, and catalogues in which every text is translated (somehow)."""
    shutil.copytree(ROOT / "policies", "policies")
    monkeypatch.setattr(i18n, "LOCALES", tmp_path / "locales")
    assert luohu("--policies", "policies", "policy", "texts").status == 0
    for path in (tmp_path / "locales").rglob("*.po"):
        catalogue = read_po(io.BytesIO(path.read_bytes()))
        for message in catalogue:
            message.string = spelt(str(message.id)) if message.id else message.string
        with path.open("wb") as file:
            write_po(file, catalogue, width=0)


def change(file: str, old: str, new: str) -> None:
    text = Path(file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    write(file, text.replace(old, new))


@pytest.mark.usefixtures("translated")
def test_policy_check_without_a_problem_ends_well(luohu: Luohu) -> None:
    ran = luohu("--policies", "policies", "policy", "check")
    assert (ran.status, ran.out, ran.err) == (0, "政策数据没有问题\n", "")


@pytest.mark.usefixtures("translated")
def test_policy_check_tells_every_mistake(luohu: Luohu) -> None:
    change("policies/tianshui.yaml", "name: 天水\n", "naem: 天水\n")
    change("policies/shaoguan.yaml", "place: actual-residence\n", "place: actual-residense\n")
    ran = luohu("--policies", "policies", "policy", "check")
    assert (ran.status, ran.err) == (1, "")
    assert "policies/tianshui.yaml:2: 没有 naem 这个键" in ran.out
    assert "是不是 actual-residence" in ran.out


@pytest.mark.usefixtures("translated")
def test_policy_check_tells_an_untranslated_text(luohu: Luohu) -> None:
    change("policies/tianshui.yaml", "name: 天水\n", "name: 甘肃天水\n")
    ran = luohu("--policies", "policies", "policy", "check")
    assert (ran.status, ran.err) == (1, "")
    assert "policies/tianshui.yaml:2: " in ran.out
    assert "甘肃天水" in ran.out


@pytest.mark.usefixtures("translated")
def test_policy_texts_brings_the_catalogue_in_line_and_keeps_translations(luohu: Luohu) -> None:
    change("policies/tianshui.yaml", "  qinzhou: 秦州区\n", "  qinzhou: 秦州\n")
    ran = luohu("--policies", "policies", "policy", "texts")
    assert (ran.status, ran.err) == (0, "")
    assert "0 条还没有译，1 条原文改过" in ran.out
    assert luohu("--policies", "policies", "policy", "check").out.count("\n") == len(i18n.LANGUAGES) - 1
