"""The search: questions, options, routes, topics and papers of a city by a word of theirs, by pinyin or by English.

It opens; it records nothing by likeness. Only the very words of one option, which fit no other question of the talk, are
offered as an answer (`records`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.hotline.reading import Sight, sights
from bot.hotline.relevance import ELSEWHERE, NOW, SETTLED, relevance
from bot.hotline.written import Texts, bare, pieces, spoken
from bot.wording.languages import Language
from bot.wording.questions import labels
from flows.book import Book
from flows.facts import NOTHING, UNSURE, Fact, Facts
from flows.policy import GROUND
from flows.typed import head, plain

MOST = 12  # questions and options that are worth showing
MOST_SIGHTS = 6  # routes, topics and papers besides
LONGEST = 40  # characters of a search that are looked at
NEGATION = tuple("不没无非")
REMOTE = 2  # from here on a fit is no more than a likeness: inside the pinyin, put together, or in a hint
APART, HINTED, PIECES = 3, 4, 5  # after every fit of a single text

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Hit:
    """A question, or one of its options (`option` is "" for the question itself). `many`: there may be others beside it.

    `records`: what was typed says this option and nothing else, so a press may take it as the answer.
    """

    fact: str
    option: str
    many: bool
    label: str
    ask: str
    records: bool = False

    @property
    def denies(self) -> bool:
        """An answer that says no: whoever looks for “学生” does not mean “不是学生”."""
        return bool(self.option) and (
            self.label.startswith(NEGATION) or self.option in ("no", "none") or self.option.startswith("not_")
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """`own`: what it says itself. `named`: what it is found by besides, in any mouth. `beside`: of a question what its options
    say, of an option what its question says."""

    hit: Hit
    own: Texts
    named: Texts
    beside: Texts

    def rank(self, said: str) -> int | None:
        """How well it fits; of several words each must fit, of an option's one at least its own texts."""
        if (close := self.own.best(said)) is not None:
            return close
        if self.named.best(said) is not None:
            return HINTED
        parts = said.split()
        own = [self.own.best(part) is not None for part in parts]
        if self.hit.option and not any(own):
            return None
        fits = all(here or self.beside.best(part) is not None for here, part in zip(own, parts, strict=True))
        return APART if fits else None

    def says(self, said: str) -> bool:
        """Whether it is an option, and these are its very words."""
        near = [text.says for text in self.own.every if text.says.startswith(said)] if self.hit.option else []
        return any(said in (text, head(text)) for text in near)


class Search:
    def __init__(self, book: Book) -> None:
        self.book = book
        self._entries: dict[str, tuple[_Entry, ...]] = {}
        self._sights: dict[str, tuple[tuple[Sight, Texts, Texts], ...]] = {}

    def find(self, city: str, said: str, facts: Facts | None = None) -> tuple[Hit, ...]:
        """The best hits in a talk in which `facts` are known; for nothing said, every question in its order.

        What an open route of the matter still wants comes first. Answers that say no come last, and where a question's yes and
        no both fit (“备案”), what was said does not decide: the question comes before them. Who says “没备案” means it.
        """
        return tuple(self._hits(city, said, facts or {}))[: MOST if plain(said[:LONGEST]) else None]

    def questions(self, city: str, said: str, facts: Facts) -> tuple[Hit, ...]:
        """The same, each question once: by the option that fits if there is but one, and by itself if there are several."""
        by_fact: dict[str, list[Hit]] = {}
        for hit in self._hits(city, said, facts):
            by_fact.setdefault(hit.fact, []).append(hit)
        return tuple(map(_one_of, by_fact.values()))[: MOST if plain(said[:LONGEST]) else None]

    def _hits(self, city: str, said: str, facts: Facts) -> list[Hit]:
        near = self._near(city, facts)
        entries = [entry for entry in self._of_city(city) if entry.hit.fact in near]
        text = plain(said[:LONGEST])
        if not text:
            return [entry.hit for entry in entries if not entry.hit.option]
        ranked = [(rank, entry.hit) for entry in entries if (rank := entry.rank(text)) is not None]
        if not ranked and not self._seen(city, text):
            ranked = [(PIECES, hit) for hit in _by_pieces(text, [(entry.hit, entry.own) for entry in entries])]
        torn = {hit.fact for _, hit in ranked if hit.denies}

        def place(one: tuple[int, Hit]) -> tuple[int, bool, int, int]:
            rank, hit = one
            decided = not hit.option or hit.fact not in torn or text.startswith(NEGATION)
            return (0 if decided else 1 + hit.denies), rank >= REMOTE, near[hit.fact], rank

        answer = self._answer(entries, text, near)
        return [replace(hit, records=True) if hit == answer else hit for _, hit in sorted(ranked, key=place)]

    def look(self, city: str, said: str) -> tuple[Sight, ...]:
        """The routes, topics and papers of a city that are about what was said; of the closest, a few."""
        text = plain(said[:LONGEST])
        if found := self._seen(city, text):
            return found[:MOST_SIGHTS]
        if not text or any(entry.rank(text) is not None for entry in self._of_city(city)):
            return ()
        return tuple(_by_pieces(text, [(sight, own) for sight, own, _ in self._of_sights(city)]))[:MOST_SIGHTS]

    def _seen(self, city: str, text: str) -> tuple[Sight, ...]:
        ranked: list[tuple[int, Sight]] = []
        for sight, own, more in self._of_sights(city) if text else ():
            rank = own.best(text)
            if rank is not None or more.best(text) is not None:
                ranked.append((HINTED if rank is None else rank, sight))
        return tuple(sight for _, sight in sorted(ranked, key=lambda one: one[0]))

    def _near(self, city: str, facts: Facts) -> dict[str, int]:
        policy = self.book.policy(city)
        if policy is not None:
            return relevance(policy, facts)
        sought = [fact for fact in self.book.facts if fact != GROUND]  # what one has there says nothing until the city is known
        return {fact: SETTLED if fact in facts else NOW if fact == "city" else ELSEWHERE for fact in sought}

    def _answer(self, entries: list[_Entry], said: str, near: dict[str, int]) -> Hit | None:
        """The one option whose very words these are, if no other question has to do with them and this one is wanted."""
        saying = [entry.hit for entry in entries if entry.says(said)]
        fitting = {
            entry.hit.fact
            for entry in entries
            if entry.named.best(said) is not None or (entry.hit.option and entry.own.best(said) is not None)
        }
        if len(saying) != 1 or fitting != {saying[0].fact}:
            return None
        (hit,) = saying
        wanted = near[hit.fact] < ELSEWHERE or (hit.many and near[hit.fact] == SETTLED)  # another tick overwrites nothing
        return hit if wanted else None

    # ---- what is searched ----

    def _of_city(self, city: str) -> tuple[_Entry, ...]:
        if city not in self._entries:
            self._entries[city] = tuple(self._index(city))
        return self._entries[city]

    def _of_sights(self, city: str) -> tuple[tuple[Sight, Texts, Texts], ...]:
        if city not in self._sights:
            policy = self.book.policy(city)
            found = sights(self.book, policy) if policy else ()
            self._sights[city] = tuple((sight, spoken(own), bare(more)) for sight, own, more in found)
        return self._sights[city]

    def _index(self, city: str) -> Iterator[_Entry]:
        policy = self.book.policy(city)
        for fact in (policy.facts if policy else self.book.facts).values():
            yield from _of_question(fact)
        if policy is None:
            yield from self._counties()

    def _counties(self) -> Iterator[_Entry]:
        """As long as no city is known, a county stands for its city: that is what it says first."""
        asked = self.book.facts["city"]
        for city in self.book.cities:
            for county in self.book.overview.counties[city].values():
                label = f"{asked.options[city]}（{county}在这里）"
                yield _Entry(Hit(asked.id, city, asked.many, label, asked.ask), Texts(), spoken((county,)), Texts())


def _of_question(fact: Fact) -> Iterator[_Entry]:
    english = Language("en")
    known = {id_: label for id_, label in labels(Language("zh"), fact).items() if id_ not in (NOTHING, UNSURE)}
    options = {id_: spoken((label, *fact.words.get(id_, ()), english(label))) for id_, label in known.items()}
    named = spoken(fact.search)
    asked = spoken((fact.ask, fact.aloud, english(fact.ask))) + named
    every = sum(options.values(), Texts())
    yield _Entry(Hit(fact.id, "", fact.many, fact.ask, fact.ask), asked, named + bare((fact.hint,)), every)
    for option, own in options.items():
        yield _Entry(Hit(fact.id, option, fact.many, known[option], fact.ask), own, Texts(), asked)


def _one_of(hits: list[Hit]) -> Hit:
    """A question's row in the list. `hits`: all of it that fit."""
    answer = next((hit for hit in hits if hit.records), None)
    if answer is not None:
        return answer
    several = sum(bool(hit.option) for hit in hits) > 1
    return replace(hits[0], option="", label=hits[0].ask) if several else hits[0]


def _by_pieces(said: str, known: Iterable[tuple[Found, Texts]]) -> list[Found]:
    """Where nothing fits the whole: what has the most of its two-character pieces in common with what was said."""
    parts = pieces(said)
    counted = [(sum(any(part in text.says for text in texts.every) for part in parts), found) for found, texts in known]
    most = max((count for count, _ in counted), default=0)
    return [found for count, found in counted if most and count == most]
