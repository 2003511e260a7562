"""Sound: words that were heard or typed as others that sound the same (铁玲 for 铁岭), by a table of syllables without tones."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import product

Sound = tuple[str, ...]


class Ear:
    """`words` and `places` are listened for; the words of `never` are always what they are written as.

    `table`: character -> its syllables.
    """

    def __init__(self, words: Iterable[str], places: Iterable[str], never: Iterable[str], table: Mapping[str, Sound]) -> None:
        self.words = tuple(words)
        self.places = tuple(places)
        self.never = frozenset(never)
        self.table = table

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset((*self.words, *self.places, *self.never))

    def sounds(self, word: str) -> list[Sound]:
        """Every way to read a word; none if it has a character that is not in the table."""
        return list(product(*(self.table[char] for char in word))) if all(char in self.table for char in word) else []

    @cached_property
    def by_sound(self) -> dict[Sound, list[tuple[Sound, str]]]:
        """The first two syllables -> (all syllables, the word), the longest first."""
        found: dict[Sound, list[tuple[Sound, str]]] = {}
        for word in sorted({*self.words, *self.places}, key=len, reverse=True):
            for sound in self.sounds(word):
                found.setdefault(sound[:2], []).append((sound, word))
        return found

    def mended(self, text: str, taken: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
        """A text with what only sounds like our words put right, and where; nothing is changed in the spans `taken`."""
        table, by_sound = self.table, self.by_sound
        busy = set().union(*(range(*span) for span in taken)) if taken else set()
        spans: list[tuple[int, int]] = []
        read = [table.get(char, ()) for char in text]
        for start in range(len(text) - 1):
            if start in busy or start + 1 in busy:
                continue
            for pair in product(read[start], read[start + 1]):
                if pair in by_sound and (word := self._word(text, start, by_sound[pair], read)):
                    text = text[:start] + word + text[start + len(word) :]
                    spans.append((start, start + len(word)))
                    busy |= set(range(start, start + len(word)))
                    break
        return text, spans

    def _word(self, text: str, start: int, words: list[tuple[Sound, str]], read: list[Sound]) -> str:
        """The word that stands here by its sound, unless it stands here as it is written."""
        for sound, word in words:
            piece = text[start : start + len(word)]
            there = read[start : start + len(word)]
            if len(there) == len(word) and all(one in ways for one, ways in zip(sound, there, strict=True)):
                return "" if piece in self.known else word
        return ""
