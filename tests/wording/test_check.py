"""The machine interface: `luohu check`, `luohu cases` and `luohu policy check`, as programs use them."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from conftest import BOOK, ROOT

# The public ids. Add to them; do not rename or reuse one.
ROUTES = {
    "lincang": """
        county-seat-home town-rental return-to-village urban-rural-couple join-kin student-to-school graduate grassroots-project
        soldier-follow soldier-elders soldier-home legacy-record border-child-china border-child-abroad residence-permit
    """,
    "tianshui": "open-settlement registered-poor residence-permit",
    "wenzhou": """
        county-home county-talent county-work urban-home urban-work urban-kin urban-talent no-hukou residence-permit
        actual-residence
    """,
    "tieling": """
        student-to-school graduate-return village-kin graduate home-purchase home-purchase-family insured residence-permit
    """,
    "shaoguan": "town-home long-worker join-kin graduate certified-skill residence-permit",
}
NUMBERS = {  # the document's number and date; Tieling's and Shaoguan's have none
    "lincang": ("临政发〔2015〕112号", "2015-09-30"),
    "tianshui": ("天政办发〔2020〕5号", "2020-01-16"),
    "wenzhou": ("温政发〔2016〕26号", "2016-05-06"),
    "tieling": (None, None),
    "shaoguan": (None, None),
}
STATUSES = {"fits", "fits_if", "local_rules", "ambiguous", "none", "not_governed", "open"}
PLACES = set(
    """
    home origin employer actual-residence school school-collective elders-hukou-place chinese-parent-hukou-place
    public-collective-household five-choices kin-friend unit-collective talent-collective community-collective host-household
    service-centre-or-origin local-rules
""".split()
)

RENTER = {"city": "tianshui", "place_type": "urban_district", "ties": ["lives"], "housing": "rented"}
CASE = """\
- id: renter
  story: 我租房，不是建档立卡户，老婆和哥哥跟我住一起，也想迁。
  facts:
    city: tianshui
    place_type: urban_district
    ties: [lives]
    housing: rented
    registered_poor: "no"
    movers: [spouse, siblings]
    live_together: "yes"
  expect: {tianshui.open-settlement: fits, tianshui.registered-poor: none}
  because: {tianshui.registered-poor: [registered_poor]}
  family: {tianshui.open-settlement: {"yes": [spouse], ask: [siblings]}}
  papers: {tianshui.open-settlement: [], tianshui.registered-poor: [registered-poor-certificate, resident-id]}
  placement: {tianshui.open-settlement: public-collective-household}
  clause: 二、第1项、第2项
"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        assert (self.status, self.err) == (0, "")
        return json.loads(self.out)


Luohu = Callable[..., Ran]


@pytest.fixture(name="luohu")
def a_luohu(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Luohu:
    """`luohu …` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | bytes = "") -> Ran:
        typed = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
        status = main(list(arguments))
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return run


def write(name: str, content: object) -> str:
    """A file in the present folder: text and bytes as they are, everything else as JSON."""
    match content:
        case bytes():
            Path(name).write_bytes(content)
        case str():
            Path(name).write_text(content, encoding="utf-8", newline="")
        case _:
            Path(name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return name


# ---- what goes in ----


def test_a_mapping_gives_one_answer(luohu: Luohu) -> None:
    answer = luohu("check", write("renter.json", RENTER)).answer
    assert answer["routes"]["tianshui.open-settlement"]["status"] == "fits"


def test_a_list_gives_an_array_in_its_order(luohu: Luohu) -> None:
    cities = ["shaoguan", "lincang", "tieling", "lincang"]
    answers = luohu("check", write("all.json", [{"city": city} for city in cities])).answer
    assert [answer["city"] for answer in answers] == cities


def test_a_list_of_one_gives_an_array_and_an_empty_list_an_empty_one(luohu: Luohu) -> None:
    assert len(luohu("check", write("one.json", [RENTER])).answer) == 1
    assert luohu("check", write("none.json", [])).answer == []


YAML_RENTER = """\
# 租房的人
city: tianshui
place_type: urban_district
ties: [lives]
housing: rented
"""
SAME = {  # the same renter in other clothes: file, content
    "YAML": ("renter.yaml", YAML_RENTER),
    "YAML with another ending": ("renter.yml", YAML_RENTER),
    "YAML without an ending": ("renter", YAML_RENTER),
    "YAML of Windows": ("renter.yaml", b"\xef\xbb\xbf" + YAML_RENTER.replace("\n", "\r\n").encode()),
    "YAML in one line": ("renter.yaml", "{city: tianshui, place_type: urban_district, ties: [lives], housing: rented}"),
    "JSON over several lines": ("renter.json", json.dumps(RENTER, indent=4)),
    "JSON without an ending": ("renter", json.dumps(RENTER)),
    "JSON of Windows": ("renter.json", b"\xef\xbb\xbf" + json.dumps(RENTER, indent=1).replace("\n", "\r\n").encode()),
    "a case": ("case.json", {"id": "renter", "story": "我租房。", "facts": RENTER, "expect": {}}),
}


@pytest.mark.parametrize(("name", "content"), SAME.values(), ids=SAME)
def test_yaml_and_json_and_cases_say_the_same(luohu: Luohu, name: str, content: object) -> None:
    assert luohu("check", write(name, content)).answer == luohu("check", write("plain.json", RENTER)).answer


@pytest.mark.parametrize("text", [YAML_RENTER, json.dumps(RENTER)], ids=["YAML", "JSON"])
def test_a_dash_is_standard_input(luohu: Luohu, text: str) -> None:
    assert luohu("check", "-", stdin=text).answer == luohu("check", write("plain.json", RENTER)).answer


def test_a_case_file_is_a_list_of_residents(luohu: Luohu) -> None:
    answers = luohu("check", str(ROOT / "tests" / "cases" / "tianshui.yaml")).answer
    assert len(answers) > 10
    assert {answer["city"] for answer in answers} == {"tianshui"}


def test_several_files_give_one_array_in_their_order(luohu: Luohu) -> None:
    one, two, three = write("b.json", {"city": "wenzhou"}), write("a.yaml", "- city: tieling\n- city: lincang\n"), "-"
    answers = luohu("check", one, two, three, stdin="city: shaoguan").answer
    assert [answer["city"] for answer in answers] == ["wenzhou", "tieling", "lincang", "shaoguan"]


# ---- --jsonl, --sheet ----


def test_jsonl_gives_a_line_for_a_line_in_their_order(luohu: Luohu) -> None:
    cities = ["tianshui", "lincang", "other", "tianshui"]
    ran = luohu("check", "--jsonl", "-", stdin="".join(f'{{"city": "{city}"}}\n' for city in cities))
    assert (ran.status, ran.err) == (0, "")
    assert [json.loads(line)["city"] for line in ran.out.splitlines()] == cities


def test_jsonl_gives_the_answers_of_check(luohu: Luohu) -> None:
    ran = luohu("check", "--jsonl", write("renters.jsonl", json.dumps(RENTER)))
    assert json.loads(ran.out) == luohu("check", write("renter.json", RENTER)).answer


def test_jsonl_takes_cases_and_several_files(luohu: Luohu) -> None:
    one, two = write("1.jsonl", json.dumps({"id": "x", "facts": {"city": "tieling"}})), write("2.jsonl", '{"city": "lincang"}')
    ran = luohu("check", "--jsonl", one, two)
    assert [json.loads(line)["city"] for line in ran.out.splitlines()] == ["tieling", "lincang"]


def test_jsonl_ends_a_line_only_where_json_lines_do(luohu: Luohu) -> None:
    """A story pasted from the web may hold U+2028; JSON allows it within a text."""
    case = json.dumps({"id": "x", "story": "租房。\u2028没备案。\x85", "facts": RENTER}, ensure_ascii=False)
    ran = luohu("check", "--jsonl", "-", stdin=case + "\n" + case + "\r\n")
    assert (ran.status, len(ran.out.splitlines())) == (0, 2)


@pytest.mark.parametrize("city", ROUTES)
def test_the_sheet_names_the_document(luohu: Luohu, city: str) -> None:
    ran = luohu("check", "--sheet", "--lang", "zh", write("some.json", {**RENTER, "city": city}))
    assert (ran.status, ran.err) == (0, "")
    document = luohu("check", write("city.json", {"city": city})).answer["policy"]["document"]
    assert document in ran.out
    assert len(ran.out.splitlines()) > 10


def test_sheets_of_several_residents_follow_each_other(luohu: Luohu) -> None:
    ran = luohu("check", "--sheet", write("two.json", [{"city": "tieling"}, {"city": "tianshui"}]))
    assert 0 < ran.out.index("铁岭") < ran.out.index("天水")


@pytest.mark.parametrize("city", ROUTES)
def test_a_sheet_of_half_an_interview_refuses_nothing_and_says_what_is_still_to_be_asked(luohu: Luohu, city: str) -> None:
    resident = write("half.json", {"city": city, "matter": "move_to_town"})
    first = luohu("check", "--sheet", resident).out.splitlines()[1]
    due = luohu("check", resident).answer["next"]
    assert first == f"知道的还不够，下不了结论。还要问清：{BOOK.city(city).policy.facts[due].short}。"


# ---- what comes out ----


@pytest.mark.parametrize("city", ROUTES)
def test_the_answer_has_exactly_the_keys_of_the_contract(luohu: Luohu, city: str) -> None:
    answer = luohu("check", write("some.json", {**RENTER, "city": city, "movers": ["spouse"]})).answer
    assert list(answer) == ["city", "policy", "routes", "next", "answer", "topics"]
    assert list(answer["policy"]) == ["document", "number", "issued", "version"]
    for route in answer["routes"].values():
        assert list(route) == ["status", "because", "clause", "placement", "family", "papers", "office"]
        assert list(route["family"]) == ["own", "yes", "ask", "no"]
        assert all(list(paper) == ["id", "basis"] for paper in route["papers"])


@pytest.mark.parametrize("city", ROUTES)
def test_every_value_is_of_the_contract(luohu: Luohu, city: str) -> None:
    answer = luohu("check", write("some.json", {**RENTER, "city": city, "movers": ["spouse"], "matter": "rights"})).answer
    assert answer["city"] == city
    assert answer["policy"]["document"].startswith("《")
    assert answer["policy"]["version"]
    assert answer["next"] is None or answer["next"] in BOOK.facts
    assert len(answer["topics"]) == len(set(answer["topics"])) > 3
    for route in answer["routes"].values():
        assert route["status"] in STATUSES
        assert set(route["because"]) <= set(BOOK.facts)
        assert isinstance(route["clause"], str) and route["clause"]
        assert set(route["placement"]) <= PLACES
        assert [mover for movers in route["family"].values() for mover in movers] in ([], ["spouse"])
        assert {paper["basis"] for paper in route["papers"]} <= {"named", "condition", "implied"}
        assert {paper["id"] for paper in route["papers"]} <= set(BOOK.papers)
        assert route["office"] is None or route["office"]


@pytest.mark.parametrize("city", ROUTES)
def test_every_route_of_the_city_is_there_whatever_was_said(luohu: Luohu, city: str) -> None:
    ids = {f"{city}.{route}" for route in ROUTES[city].split()}
    for said in ({}, {"matter": "study"}, {"place_type": "village", "ties": []}):
        assert set(luohu("check", write("some.json", {"city": city, **said})).answer["routes"]) == ids


def test_a_status_that_is_not_fits_names_its_facts(luohu: Luohu) -> None:
    routes = luohu("check", write("some.json", {**RENTER, "registered_poor": "no"})).answer["routes"]
    assert routes["tianshui.registered-poor"]["status"] == "none"
    assert routes["tianshui.registered-poor"]["because"] == ["registered_poor"]
    assert routes["tianshui.open-settlement"]["because"] == []


@pytest.mark.parametrize("city", ROUTES)
def test_number_and_date_are_those_of_the_document_or_null(luohu: Luohu, city: str) -> None:
    policy = luohu("check", write("some.json", {"city": city})).answer["policy"]
    assert (policy["number"], policy["issued"]) == NUMBERS[city]


NO_POLICY = {  # what was said of the city: what comes next
    "nothing": ({"matter": "study"}, None, "city"),
    "nothing at all": ({}, None, "city"),
    "another city": ({"city": "other", "matter": "study"}, "other", None),
}


@pytest.mark.parametrize(("said", "city", "following"), NO_POLICY.values(), ids=NO_POLICY)
def test_without_one_of_the_cities_there_is_no_policy(
    luohu: Luohu, said: dict[str, str], city: str | None, following: str | None
) -> None:
    answer = luohu("check", write("some.json", said)).answer
    kind = "open" if following else "silent"
    result: dict[str, object] = {"kind": kind, "matter": said.get("matter"), "routes": []}
    assert answer == {"city": city, "policy": None, "routes": {}, "next": following, "answer": result, "topics": []}


def test_next_is_the_question_to_ask_and_null_when_the_sheet_is_due(luohu: Luohu) -> None:
    assert luohu("check", write("some.json", {"city": "tianshui"})).answer["next"] == "matter"
    done = {**RENTER, "matter": "move_to_town", "movers": []}
    assert luohu("check", write("some.json", done)).answer["next"] is None


# ---- facts that do not matter, facts that are not sure ----


def test_facts_of_another_city_change_nothing(luohu: Luohu) -> None:
    other = {"house_papers": ["certificate"], "soldier_relation": "spouse", "lease_filed": "no", "birth_certificate": "foreign"}
    more = luohu("check", write("more.json", {**RENTER, **other})).answer
    assert more == luohu("check", write("plain.json", RENTER)).answer


@pytest.mark.parametrize("city", ROUTES)
def test_a_county_of_another_city_is_as_if_it_was_not_said(luohu: Luohu, city: str) -> None:
    county = "qinzhou" if city != "tianshui" else "lucheng"
    more = luohu("check", write("more.json", {"city": city, "county": county})).answer
    assert more == luohu("check", write("plain.json", {"city": city})).answer


@pytest.mark.parametrize("said", [{"county": "lucheng"}, {"county": "lucheng", "city": "other"}], ids=["no city", "another city"])
def test_a_county_may_be_said_before_the_city(luohu: Luohu, said: object) -> None:
    assert luohu("check", write("some.json", said)).answer["policy"] is None


def test_the_order_of_facts_does_not_matter(luohu: Luohu) -> None:
    facts = {
        "city": "wenzhou",
        "county": "ruian",
        "place_type": "other_town",
        "housing": "rented",
        "movers": ["parents", "spouse"],
    }
    turned = dict(reversed(facts.items())) | {"movers": ["spouse", "parents", "spouse"]}
    assert luohu("check", write("1.json", facts)).answer == luohu("check", write("2.json", turned)).answer


@pytest.mark.parametrize("city", ROUTES)
def test_unsure_is_an_answer_to_every_question(luohu: Luohu, city: str) -> None:
    unsure = {"city": city} | {fact: "unsure" for fact in BOOK.facts if fact != "city"}
    routes = luohu("check", write("some.json", unsure)).answer["routes"]
    assert {route["status"] for route in routes.values()} == {"fits_if"}


def test_unsure_of_the_city_is_no_policy(luohu: Luohu) -> None:
    answer = luohu("check", write("some.json", {"city": "unsure"})).answer
    assert (answer["policy"], answer["routes"]) == (None, {})


# ---- as a program of its own ----


def bot(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m bot …` in the root of the project."""
    return subprocess.run(  # our own program
        [sys.executable, "-m", "bot", *arguments],
        input=stdin.encode(),
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
    )


def test_the_program_answers_and_ends_with_0() -> None:
    ran = bot("check", "-", stdin=json.dumps(RENTER))
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["routes"]["tianshui.open-settlement"]["status"] == "fits"


def test_the_program_refuses_with_2_and_one_sentence() -> None:
    ran = bot("check", "-", stdin="city: tianshui\nhouseing: rented\n")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.decode().splitlines() == ["luohu: -:2: houseing 不是我们要问的事，是不是 housing？"]


def test_the_program_tells_disagreements_with_1(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CASE.replace("open-settlement: fits", "open-settlement: open"), encoding="utf-8")
    ran = bot("cases", str(wrong))
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert "不一致 1 处" in ran.stdout.decode()


def test_the_program_speaks_utf_8_on_every_machine() -> None:
    ran = bot("check", "--jsonl", "-", stdin=json.dumps(RENTER), LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout.decode())["policy"]["number"] == NUMBERS["tianshui"][0]
