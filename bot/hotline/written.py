"""What is written, as it is searched: by its characters, and by how it sounds (租的房子, zudefangzi, zdfz)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from flows.typed import plain

COMMON = frozenset("什么 怎么 可以 一个 没有 不是 不能 我的 户口 落户 需要 现在 这个 那个 是不 能不 有没".split())


@dataclass(frozen=True, slots=True)
class Text:
    """`sound` and `initials` are "" where only the characters count."""

    says: str
    sound: str = ""
    initials: str = ""

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


@dataclass(frozen=True)
class Texts:
    """Several texts. Most of what is looked for is in none of them: that is seen at once where they stand in one row."""

    every: tuple[Text, ...] = ()

    def __add__(self, more: "Texts") -> "Texts":
        return Texts(self.every + more.every)

    @cached_property
    def _rows(self) -> tuple[str, str]:
        sounds = (f"{text.sound}\n{text.initials}" for text in self.every)
        return "\n".join(text.says for text in self.every), "\n".join(sounds)

    def best(self, said: str) -> int | None:
        """The best fit; None: none fits."""
        says, sounds = self._rows
        if said not in says and not (said.isascii() and "".join(said.split()) in sounds):
            return None
        return min((fit for text in self.every if (fit := text.fit(said)) is not None), default=None)


def spoken(texts: Iterable[str]) -> Texts:
    """Texts that are found by their sound, too."""
    import pypinyin  # a third of a second: only where somebody searches

    sounds = [(plain(text), pypinyin.lazy_pinyin(text, errors="ignore")) for text in texts if text]
    return Texts(tuple(Text(says, "".join(sound), "".join(one[0] for one in sound)) for says, sound in sounds))


def bare(texts: Iterable[str]) -> Texts:
    """Long texts: the initials of a sentence fit nearly everything."""
    return Texts(tuple(Text(plain(text)) for text in texts if text))


def pieces(said: str) -> frozenset[str]:
    """The two-character pieces of one Chinese word or sentence that say something."""
    if said.isascii() or " " in said:
        return frozenset()
    return frozenset(said[at : at + 2] for at in range(len(said) - 1)) - COMMON
