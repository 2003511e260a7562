"""The search: every question and option of a city by a word of it, by its pinyin, whole or initials, or by its English."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.wording.languages import Language
from bot.wording.questions import labels
from flows.book import Book
from flows.facts import NOTHING, UNSURE, Fact
from flows.typed import plain

MOST = 12  # hits that are worth showing
LONGEST = 40  # characters of a search that are looked at
NEGATION = tuple("不没无非")


@dataclass(frozen=True, slots=True)
class Hit:
    """A question, or one of its options (`option` is "" for the question itself). `many`: there may be others beside it."""

    fact: str
    option: str
    many: bool
    label: str
    ask: str

    @property
    def denies(self) -> bool:
        """An answer that says no: whoever looks for “学生” does not mean “不是学生”."""
        return bool(self.option) and (
            self.label.startswith(NEGATION) or self.option in ("no", "none") or self.option.startswith("not_")
        )


@dataclass(frozen=True, slots=True)
class _Text:
    """Something written, and how it sounds: 租的房子, zudefangzi, zdfz."""

    says: str
    sound: str
    initials: str

    def fit(self, said: str) -> int | None:
        """0 from the beginning, 1 somewhere inside, 2 inside its pinyin; None: not at all."""
        if not said.isascii():
            return 0 if self.says.startswith(said) else 1 if said in self.says else None
        close = "".join(said.split())
        if self.says.startswith(said) or self.sound.startswith(close) or self.initials.startswith(close):
            return 0
        if f" {said}" in f" {self.says}" or close in self.initials:
            return 1
        return 2 if len(close) > 2 and close in self.sound else None


Texts = tuple[_Text, ...]
APART = 3  # after every fit of a single text


@dataclass(frozen=True, slots=True)
class _Entry:
    """`beside`: of a question what its options say, of an option what its question says."""

    hit: Hit
    own: Texts
    beside: Texts

    def rank(self, said: str) -> int | None:
        """How well it fits; of several words each must fit, of an option's one at least its own texts."""
        if (close := _best(self.own, said)) is not None:
            return close
        parts = said.split()
        own = [_best(self.own, part) is not None for part in parts]
        if self.hit.option and not any(own):
            return None
        fits = all(here or _best(self.beside, part) is not None for here, part in zip(own, parts, strict=True))
        return APART if fits else None


def _best(texts: Texts, said: str) -> int | None:
    return min((fit for text in texts if (fit := text.fit(said)) is not None), default=None)


class Search:
    def __init__(self, book: Book) -> None:
        self._book = book
        self._entries: dict[str, tuple[_Entry, ...]] = {}

    def find(self, city: str, said: str) -> tuple[Hit, ...]:
        """The best hits; for nothing said, every question in its order.

        Two quick presses record the first of them. So answers that say no come last, and where a question's yes and no both
        fit (“备案”), what was said does not decide: the question comes before them. Who says “没备案” means it.
        """
        if city not in self._entries:
            self._entries[city] = tuple(self._index(city))
        text = plain(said[:LONGEST])
        if not text:
            return tuple(entry.hit for entry in self._entries[city] if not entry.hit.option)
        ranked = [(rank, entry.hit) for entry in self._entries[city] if (rank := entry.rank(text)) is not None]
        torn = {hit.fact for _, hit in ranked if hit.denies}

        def place(one: tuple[int, Hit]) -> tuple[int, int]:
            rank, hit = one
            decided = not hit.option or hit.fact not in torn or text.startswith(NEGATION)
            return (0 if decided else 1 + hit.denies), rank

        ranked.sort(key=place)
        return tuple(hit for _, hit in ranked[:MOST])

    def _index(self, city: str) -> Iterator[_Entry]:
        policy = self._book.policy(city)
        for fact in (policy.facts if policy else self._book.facts).values():
            yield from self._of_question(fact)
        if policy is None:
            yield from self._counties()

    def _of_question(self, fact: Fact) -> Iterator[_Entry]:
        english = Language("en")
        known = {id_: label for id_, label in labels(Language("zh"), fact).items() if id_ not in (NOTHING, UNSURE)}
        options = {id_: _texts((label, *fact.words.get(id_, ()), english(label))) for id_, label in known.items()}
        asked = _texts((fact.ask, fact.aloud, *fact.search, english(fact.ask)))
        yield _Entry(
            Hit(fact.id, "", fact.many, fact.ask, fact.ask), asked, tuple(text for own in options.values() for text in own)
        )
        for option, own in options.items():
            yield _Entry(Hit(fact.id, option, fact.many, known[option], fact.ask), own, asked)

    def _counties(self) -> Iterator[_Entry]:
        """As long as no city is known, a county stands for its city: that is what it says first."""
        asked = self._book.facts["city"]
        for city in self._book.cities:
            for county in self._book.fact("county", city).options.values():
                hit = Hit(asked.id, city, asked.many, f"{asked.options[city]}（{county}在这里）", asked.ask)
                yield _Entry(hit, _texts((county,)), ())


def _texts(texts: Iterable[str]) -> Texts:
    import pypinyin  # a third of a second: only where somebody searches

    spoken = [(plain(text), pypinyin.lazy_pinyin(text, errors="ignore")) for text in texts]
    return tuple(_Text(says, "".join(sounds), "".join(sound[0] for sound in sounds)) for says, sounds in spoken)
