"""Random edits of the policies while people talk: each is refused, or the diff says exactly who is answered otherwise; and whoever
is half way goes on as if they had said the same to the new rules from the start."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

import invented
from bot.talk.keeping import reconciled
from bot.talk.visit import Visit
from brute_force import misses
from conftest import BOOK, CITIES, ROOT
from flows.book import Book, PolicyError
from flows.conversation import Move, Session, Talk, take
from flows.facts import Facts
from flows.loading.cities import read_city, where_written
from flows.loading.load import load
from flows.proving.changes import changes
from flows.proving.refined import landed
from helpers_faults import figure, report
from random_edits import edited_at_random
from residents import crowd_of

EDITS = figure(2_000, 20_000)
RESIDENTS = TALKS = 5  # of each edit: asked in both versions; half way or at a result


@dataclass
class Place:
    """A city whose file is edited, and what is known of it before."""

    folder: Path
    book: Book
    city: str
    draft: str
    results: list[tuple[Facts, Facts]] = field(default_factory=list)  # answers, and what came out

    def edited(self, luck: Random) -> tuple[str, Book | None]:
        """The book with an edit; None where it is refused, with file and line."""
        path = self.folder / where_written(self.city, self.draft)
        text = path.read_text(encoding="utf-8")
        kind, new = edited_at_random(text, luck)
        path.write_text(new, encoding="utf-8")
        try:
            book = replace(self.book, read_city=partial(read_city, self.folder, self.draft))
            book.city(self.city)
            return kind, book
        except PolicyError as error:
            assert all(one.file and one.line and one.mend for one in error.problems), error.problems
            return kind, None
        finally:
            path.write_text(text, encoding="utf-8")


def places(tmp_path: Path) -> Iterator[Place]:
    copy = invented.policies(tmp_path / "real", "lanpu")
    yield from (Place(copy, BOOK, city, "") for city in CITIES)
    for draft in invented.NAMES:
        folder = invented.policies(tmp_path / draft, draft)
        yield Place(folder, load(folder, draft), draft, draft)


def half_way(book: Book, resident: Facts, questions: int) -> Talk:
    """Somebody who has answered so many questions, or all."""
    talk = Talk(book, Session())
    talk, _ = take(talk, Move("begin"))
    while talk.asked is not None and questions > 0:
        talk, _ = take(talk, Move("answer", talk.asked, resident[talk.asked]))
        questions -= 1
    return talk


def goes_on_as_if_fresh(talk: Talk, book: Book) -> int:
    """How many answers fell away of a talk that goes on by another book."""
    policy, now = talk.policy, Talk(book, talk.session).policy
    assert policy is not None and now is not None
    kept = reconciled(Visit(Talk(book, talk.session), policy=policy.version)).talk
    said, after = talk.session.facts, kept.session.facts
    known = [fact for fact in said if said[fact] == "unsure" or is_option(book, fact, talk, said)]
    assert [*after.items()] == [(fact, said[fact]) for fact in known], "an answer changed, or fell away, that is one still"
    fresh, _ = take(Talk(book, Session()), Move("begin"))
    for fact, answer in after.items():
        fresh, _ = take(fresh, Move("tell", fact, answer))
    assert (kept.session.facts, kept.session.phase, kept.asked, kept.due) == (
        fresh.session.facts,
        fresh.session.phase,
        fresh.asked,
        fresh.due,
    )
    assert now.statuses(kept.known) == now.statuses(fresh.known) and now.assess(kept.known) == now.assess(fresh.known)
    assert kept.reply() == structs.replace(fresh.reply(), said="")
    return len(said) - len(after)


def is_option(book: Book, fact: str, talk: Talk, said: Facts) -> bool:
    """Whether the new rules know the answer, by their options alone."""
    questions = book.questions(talk.facts["city"])
    if fact not in questions:
        return False
    chosen = said[fact] if isinstance(said[fact], tuple) else (said[fact],)
    return {*chosen} <= questions[fact].options.keys()


def test_edits_under_talks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began, luck, counts = time.monotonic(), Random(20), Counter[str]()
    some = list(places(tmp_path))
    for number in range(EDITS):
        place = some[number % len(some)]
        kind, book = place.edited(luck)
        before = place.book.city(place.city).policy
        residents = list(crowd_of(before, RESIDENTS, seed=number))
        matters = sorted({matter for route in before.routes.values() for matter in route.matters})
        for resident in residents:
            wants = {**landed(before.facts, resident), "matter": luck.choice(matters)}
            talk = half_way(place.book, wants, luck.choice((2, 3, 5, 8, 100)))
            place.results.append((talk.session.facts, before.statuses(talk.known)))
            if book is not None:
                counts["dropped"] += goes_on_as_if_fresh(talk, book)
        if book is None:
            counts["refused"] += 1
            continue
        after = book.city(place.city).policy
        found = changes(before, after)
        assert list(islice(misses(found, before, after, residents), 3)) == [], (place.city, kind)
        counts |= Counter(edits_that_change=counts["edits_that_change"] + bool(found), classes=counts["classes"] + len(found))
    results = recomputed(some)
    report(capsys, "P2", edits=EDITS, **counts, talks=EDITS * TALKS, results=results, seconds=round(time.monotonic() - began))
    assert 0.1 < counts["refused"] / EDITS < 0.9 and counts["edits_that_change"] > EDITS // 5 and counts["dropped"] > 0


def recomputed(some: list[Place]) -> int:
    """How many results there were under the rules of before, all of them the same from the files as they are."""
    for place in some:
        again = load(ROOT / "policies" if not place.draft else place.folder, place.draft).city(place.city).policy
        for facts, statuses in place.results:
            assert again.statuses(again.known(facts)) == statuses
    return sum(len(place.results) for place in some)
