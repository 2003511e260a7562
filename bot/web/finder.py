"""The finder: every question and option of a city by a word of it, by the initials of its pinyin, or by its English."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.i18n import Language
from bot.wording import Wording
from flows.facts import NOTHING, UNSURE
from flows.loader import Book
from flows.replies import plain

MOST = 12  # hits that are worth showing
LONGEST = 40  # characters of a search that are looked at


@dataclass(frozen=True, slots=True)
class Hit:
    """A question, or one of its options (`option` is "" for the question itself). `many`: there may be others beside it."""

    fact: str
    option: str
    many: bool
    label: str
    ask: str


@dataclass(frozen=True, slots=True)
class _Entry:
    hit: Hit
    chinese: tuple[str, ...]
    initials: tuple[str, ...]
    english: str

    def rank(self, said: str) -> int | None:
        """How well it fits: 0 from the beginning, 1 somewhere inside; None: not at all."""
        if said.isascii():
            close = "".join(said.split())
            if any(word.startswith(close) for word in self.initials) or self.english.startswith(said):
                return 0
            return 1 if f" {said}" in f" {self.english}" or any(close in word for word in self.initials) else None
        if any(word.startswith(said) for word in self.chinese):
            return 0
        return 1 if any(said in word for word in self.chinese) else None


class Finder:
    def __init__(self, book: Book) -> None:
        self._book = book
        self._entries: dict[str, tuple[_Entry, ...]] = {}

    def find(self, city: str, said: str) -> tuple[Hit, ...]:
        """The best hits; for nothing said, every question in its order."""
        if city not in self._entries:
            self._entries[city] = tuple(self._index(city))
        text = plain(said[:LONGEST])
        if not text:
            return tuple(entry.hit for entry in self._entries[city] if not entry.hit.option)
        ranked = [(rank, entry.hit) for entry in self._entries[city] if (rank := entry.rank(text)) is not None]
        ranked.sort(key=lambda one: one[0])
        return tuple(hit for _, hit in ranked[:MOST])

    def _index(self, city: str) -> Iterator[_Entry]:
        wording, english = Wording(self._book, "zh"), Language("en")
        policy = self._book.policy(city)
        for fact in (policy.facts if policy else self._book.facts).values():
            yield _entry(Hit(fact.id, "", fact.many, fact.ask, fact.ask), (fact.ask, fact.aloud), english(fact.ask))
            for option, label in wording.labels(fact).items():
                if option not in (NOTHING, UNSURE):
                    hit = Hit(fact.id, option, fact.many, label, fact.ask)
                    yield _entry(hit, (label, *fact.words.get(option, ())), english(label))


def _entry(hit: Hit, texts: tuple[str, ...], english: str) -> _Entry:
    return _Entry(hit, tuple(map(plain, texts)), tuple(map(_initials, texts)), plain(english))


def _initials(text: str) -> str:
    """租的房子 -> zdfz."""
    import pypinyin  # a third of a second: only where somebody searches

    return "".join(pypinyin.lazy_pinyin(text, style=pypinyin.Style.FIRST_LETTER, errors="ignore")).casefold()
