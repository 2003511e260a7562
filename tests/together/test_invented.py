"""Two invented documents as cities, written following policies/README.md alone: checked, proved, talked through, on a sheet.

One has tiers, definitions, general conditions and points, the other a quota of people. They are drafts in a copy of the policies.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import invented
import talking
from bot import check, new_city
from bot.talk.typed import typed
from bot.talk.visit import Visit, vocabulary
from bot.telegram.render import short_labels
from bot.wording import languages as i18n
from bot.wording.languages import Language
from bot.wording.text import sheet_text, view_text
from bot.wording.views import Wording
from flows.book import Book, City
from flows.conversation import Session, Talk
from flows.facts import UNSURE, Answer, NotUnderstood
from flows.loading.load import load
from flows.loading.yaml import read_yaml
from flows.policy import Policy
from flows.proving.proof import prove

CITIES = tuple(invented.NAMES)


@pytest.fixture(scope="module", params=CITIES)
def city(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def book(city: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    place, locales = tmp_path_factory.mktemp(city), i18n.LOCALES
    book = invented.book(place, city)
    invented.translated(place, book, city)
    yield book
    i18n.LOCALES = locales


def policy_of(book: Book, city: str) -> Policy:
    return book.city(city).policy


def entries(city: str, table: str) -> list[dict[str, Any]]:
    file = invented.INVENTED / city / f"{table}.yaml"
    found = check._plain(read_yaml(file.read_text(encoding="utf-8"), file.name), {})
    assert isinstance(found, list)
    return found


def test_it_is_sound(book: Book, city: str) -> None:
    texts = book.city(city).texts
    assert len(set(texts)) == len(texts), "a definition is read wherever it is used, and told once"
    assert [str(one) for one in check.draft_problems(book, city)] == []
    assert [one for one in prove(policy_of(book, city)) if one.grade != "note"] == []


def test_what_only_a_draft_uses_is_no_fault_of_what_is_in_use(tmp_path: Path) -> None:
    folder = invented.policies(tmp_path, "lanpu")
    drafts = new_city.drafted(folder, ["lanpu"])
    assert drafts is not None
    mine = check.used_facts(drafts[0].policy)

    def unused(some: list[City] | None) -> set[str]:
        found = check.policy_problems(load(folder), some, examples=False)
        return mine & {one.what.split(" ")[-1] for one in found if "没有一个城市用到" in one.what}

    assert unused([]) and not unused(drafts) and not unused(None), "None: one of them cannot be read"


def test_a_number_asked_for_stands_without_ordinals_and_can_be_kept(book: Book, city: str) -> None:
    """Typed, it is an amount wherever the question is shown: in a chat, on buttons, among the options that were perhaps meant."""
    session, view = talking.begin(book, Session(language="zh", as_of="2026-11-22"))
    fact = "years_here" if city == "lanpu" else "wage"
    said: dict[str, Answer] = {"city": city, "matter": "move_to_town", "place_type": "urban_district", "lives_there": "yes"}
    said |= {
        "ground": ("rented_home",),
        "housing": "rented",
        "lease_filed": "yes",
        "school_kind": "lower",
        "years_here": "from_2",
    }
    session = replace(session, phase="asking", facts={one: answer for one, answer in said.items() if one != fact})
    view = talking.current(book, session)
    assert view.fact == fact
    labels = [choice.label for choice in view.choices]
    assert list(short_labels(view)) == labels and all(f"· {label}" in view_text(Language("zh"), view) for label in labels)
    options = tuple(book.fact(fact, city).options)
    assert {*options} <= {*vocabulary(book)}, "every range has its number in the store"
    visit, _ = typed(Visit(Talk(book, session)), "3", Wording(book, "zh").offered, near=options[:2])
    assert visit.session.facts.get(fact) == book.clean({"city": city, fact: 3})[fact], "and no “none of these”"
    with pytest.raises(NotUnderstood):
        book.fact(fact, city).read("第二个", dict(book.fact(fact, city).options))


def test_every_case_comes_out_as_it_should(book: Book, city: str) -> None:
    file = invented.INVENTED / city / "cases.yaml"
    residents, _ = check.read_residents(book, str(file), file.read_text(encoding="utf-8"))
    assert [line for one in residents for line in check.disagreements(book, one)] == []


def test_a_talk_in_both_languages(book: Book, city: str) -> None:
    for one in entries(city, "talks"):
        words = Language(one["language"])
        session, view = talking.begin(book, Session(language=one["language"], as_of="2026-11-22"))
        for said in one["says"]:
            before = session.facts
            session, view = talking.type_in(book, session, said)
            assert session.facts != before, f"not understood: {said}\n{view_text(words, view)}"
        assert view.phase == "result" and view.sheet is not None, view_text(words, view)
        assert one["reaches"].items() <= {card.route: card.status for card in view.sheet.cards}.items(), view_text(words, view)


def test_the_sheets_say_the_numbers_in_both_languages(book: Book, city: str) -> None:
    file = invented.INVENTED / city / "cases.yaml"
    wanted = check._plain(read_yaml((file.parent / "sheets.yaml").read_text(encoding="utf-8"), "sheets.yaml"), {})
    assert isinstance(wanted, dict)
    for one in check.read_residents(book, str(file), file.read_text(encoding="utf-8"))[0]:
        chinese, english = (sheet_text(book, one.facts, language, "2026-11-22") for language in ("zh", "en"))
        assert "{" not in chinese + english
        for says in wanted.pop(one.case["id"], ()):
            assert says in (english if says[:1].isascii() or says[-1:].isascii() else chinese), (says, chinese, english)
    assert not wanted, "a sheet of no case"


def test_what_was_asked_is_enough(book: Book, city: str) -> None:
    """The proof says so of everybody; here it is looked at with the engine alone, for some."""
    policy, dice = policy_of(book, city), random.Random(13)
    for _ in range(150):
        full = {fact.id: dice.choice([*fact.every_answer(), UNSURE]) for fact in policy.facts.values() if fact.options}
        full |= {"city": city, "matter": "move_to_town", "mover_citizen": "yes"}  # of which nobody is asked
        said: dict[str, Answer] = {"city": city, "matter": "move_to_town"}
        while (fact := policy.next_fact(said)) is not None:
            said[fact] = full[fact]
        if policy.overview(said):
            continue
        known, everything = policy.known(said), {**full, **policy.known(said)}
        for route in policy.asked_for(known):
            if route.settled(known):
                assert route.needs.verdict(known) == route.needs.verdict(everything), (said, full)
