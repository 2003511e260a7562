"""`luohu rehearse`, and the `answer` that `luohu check` adds: their shape, what they say, and what they refuse."""

import json
from typing import Any, get_args

import pytest

from bot.wording.languages import LANGUAGES
from conftest import CITIES
from flows.facts import UNSURE
from flows.policy import HOPE, Kind
from test_check import Luohu, Ran, a_luohu, write  # noqa: F401  # the fixture `luohu`
from test_check_refuses import REFUSED, assert_refused

KEYS = ["asked", "inferred", "answer", "characters", "folded"]
BUYER: dict[str, Any] = {
    "city": "tieling",
    "matter": "move_to_town",
    "ground": ["own_home"],
    "house_acquired": "bought",
    "house_papers": ["certificate"],
    "house_owner": "self",
    "place_type": "county_seat",
    "movers": [],
}
ANSWERS: dict[str, tuple[dict[str, Any], list[str]]] = {  # kind -> a resident it comes out for, and the routes that are that
    "fits": (BUYER, ["tieling.home-purchase"]),
    "fits_if": ({**BUYER, "house_papers": ["contract"]}, ["tieling.home-purchase"]),
    "local_rules": ({"city": "lincang", "matter": "fix_record", "record_problem": "wrong_data"}, ["lincang.legacy-record"]),
    "ambiguous": ({**BUYER, "house_acquired": "self_built"}, ["tieling.home-purchase"]),
    "not_governed": (
        {"city": "lincang", "matter": "join_kin", "joiner_relation": "spouse", "mover_citizen": "no"},
        ["lincang.urban-rural-couple", "lincang.join-kin"],
    ),
    "none": ({"city": "shaoguan", "matter": "join_kin", "joiner_relation": "adult_child"}, ["shaoguan.join-kin"]),
    "silent": ({"city": "tianshui", "matter": "other_hukou"}, []),
    "overview": ({"city": "wenzhou", "matter": UNSURE}, []),
}


def rehearsed(luohu: Luohu, facts: object, *options: str) -> Any:
    return luohu("rehearse", *options, write("some.json", facts)).answer


# ---- what comes out ----


def test_a_rehearsal_has_exactly_the_keys_of_the_contract(luohu: Luohu) -> None:
    one = rehearsed(luohu, BUYER)
    assert list(one) == KEYS and list(one["answer"]) == ["kind", "matter", "routes"]
    assert one["asked"][:3] == ["city", "matter", "ground"] and "house_acquired" in one["asked"]
    assert not {*one["asked"]} & {*one["inferred"]}, "what follows is not asked"
    assert 100 < one["characters"] < 1500 and one["folded"] > 100


def test_what_follows_from_the_answers_is_listed_as_facts_are(luohu: Luohu) -> None:
    inferred = rehearsed(luohu, BUYER)["inferred"]
    assert inferred["owner_can_settle"] == "yes" and inferred["insurance"] == [] and inferred["housing"] == "owned"


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_answer_is_of_the_kind_that_comes_out_for_the_matter(luohu: Luohu, kind: str) -> None:
    facts, routes = ANSWERS[kind]
    came = rehearsed(luohu, facts)["answer"]
    assert came["kind"] == kind and came["matter"] == facts["matter"] and sorted(came["routes"]) == sorted(routes)


def test_every_kind_is_shown_here() -> None:
    assert {*ANSWERS} == {*get_args(Kind)} - {"open"} and {*HOPE} - {"open"} <= {*ANSWERS}


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind != "overview"])
def test_check_says_the_same_once_all_is_known(luohu: Luohu, kind: str) -> None:
    facts, routes = ANSWERS[kind]
    asked = {fact: facts.get(fact, UNSURE) for fact in rehearsed(luohu, facts)["asked"]}
    known = luohu("check", write("known.json", {**rehearsed(luohu, facts)["inferred"], **asked})).answer["answer"]
    assert known["kind"] == kind and sorted(known["routes"]) == sorted(routes)


def test_check_says_open_as_long_as_a_question_is_due(luohu: Luohu) -> None:
    one = luohu("check", write("some.json", {"city": "shaoguan", "matter": "join_kin"})).answer
    assert one["answer"] == {"kind": "open", "matter": "join_kin", "routes": ["shaoguan.join-kin"]}
    assert one["next"] == "joiner_relation"


def test_check_infers_nothing(luohu: Luohu) -> None:
    renter = {"city": "lincang", "matter": "move_to_town", "ground": ["rented_home"], "place_type": "county_seat", "movers": []}
    renter |= {"lease_filed": "yes", "owner_consents": "yes"}
    assert rehearsed(luohu, renter)["answer"]["kind"] == "fits"
    given = luohu("check", write("some.json", renter)).answer
    assert given["answer"]["kind"] == "open" and given["routes"]["lincang.town-rental"]["status"] == "open"


def test_what_is_asked_and_was_not_given_counts_as_not_sure(luohu: Luohu) -> None:
    facts = {"city": "shaoguan", "matter": "join_kin", "joiner_relation": "parent", "place_type": "county_seat"}
    assert rehearsed(luohu, facts) == rehearsed(luohu, {**facts, "live_together": UNSURE, "movers": UNSURE})


def test_what_is_given_and_not_asked_changes_nothing(luohu: Luohu) -> None:
    assert rehearsed(luohu, {**BUYER, "soldier_relation": "spouse", "birth_certificate": "foreign"}) == rehearsed(luohu, BUYER)


@pytest.mark.parametrize("city", ["other", UNSURE])
def test_without_one_of_the_cities_the_talk_ends_at_once(luohu: Luohu, city: str) -> None:
    one = rehearsed(luohu, {"city": city})
    assert (one["asked"], one["inferred"]) == (["city"], {})
    assert one["answer"] == {"kind": "silent", "matter": None, "routes": []}


# ---- lists, lines, talks ----


def test_a_list_gives_an_array_and_lines_give_lines_in_their_order(luohu: Luohu) -> None:
    some = [BUYER, *({"city": city, "matter": "other_hukou"} for city in CITIES)]
    array = rehearsed(luohu, some)
    lines = luohu("rehearse", "--jsonl", write("some.jsonl", "\n".join(map(json.dumps, some))))
    assert (lines.status, lines.err) == (0, "")
    assert [json.loads(line) for line in lines.out.splitlines()] == array and len(array) == len(some)
    assert luohu("rehearse", "-", stdin=json.dumps(BUYER)).answer == array[0]


@pytest.mark.parametrize(("language", "first", "sheet"), [("zh", "想在哪个市办", "铁岭：落户告知单"), ("en", "city", "Tieling")])
def test_a_talk_is_told_whole(luohu: Luohu, language: str, first: str, sheet: str) -> None:
    ran = luohu("rehearse", "--talk", "--lang", language, write("some.json", BUYER))
    asked = rehearsed(luohu, BUYER, "--lang", language)["asked"]
    answers = [line for line in ran.out.splitlines() if line.startswith("> ")]
    assert (ran.status, ran.err) == (0, "") and language in LANGUAGES
    assert len(answers) == len(asked) and answers[:3] == ["> tieling", "> move_to_town", "> own_home"]
    assert 0 <= ran.out.index(first) < ran.out.index("> tieling") < ran.out.rindex(sheet)


def test_the_characters_are_those_of_the_language(luohu: Luohu) -> None:
    zh, en = (rehearsed(luohu, BUYER, "--lang", language) for language in ("zh", "en"))
    assert en["characters"] > 2 * zh["characters"] and en["answer"] == zh["answer"]


# ---- what is refused ----


@pytest.mark.parametrize(("name", "content", "names"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence(luohu: Luohu, name: str, content: object, names: list[str]) -> None:
    assert_refused(luohu("rehearse", write(name, content)), *names)


@pytest.mark.parametrize("mode", [["--jsonl"], ["--talk"]], ids=["--jsonl", "--talk"])
def test_every_mode_refuses(luohu: Luohu, mode: list[str]) -> None:
    assert_refused(luohu("rehearse", *mode, write("a.jsonl", {"houseing": "rented"})), "a.jsonl", "houseing", "是不是 housing")


def test_a_file_that_is_not_there_and_a_language_that_we_do_not_speak(luohu: Luohu) -> None:
    assert_refused(luohu("rehearse", "nowhere.yaml"), "nowhere.yaml")
    with pytest.raises(SystemExit, match="2"):
        luohu("rehearse", "--lang", "fr", write("some.json", BUYER))


def test_nothing_is_told_when_a_later_resident_is_refused(luohu: Luohu) -> None:
    ran: Ran = luohu("rehearse", write("a.json", BUYER), write("b.json", {"houseing": "rented"}))
    assert_refused(ran, "b.json", "houseing")
