"""A short memory: what belongs to one version of a visit and may be lost, as an answer never may."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from bot.clock import now

T = TypeVar("T")


class ShortMemory(Generic[T]):
    """Things kept for `seconds`, at most so many, each for one version of what it belongs to. Gone with the process."""

    def __init__(self, seconds: int, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._kept: dict[Hashable, tuple[int, int, T]] = {}  # the oldest first

    def keep(self, whose: Hashable, version: int, thing: T) -> None:
        self.drop(whose)
        self._kept[whose] = (version, now(), thing)
        while len(self._kept) > self._most or next(iter(self._kept.values()))[1] < now() - self._seconds:
            del self._kept[next(iter(self._kept))]

    def of(self, whose: Hashable, version: int) -> T | None:
        """What is kept for this version; None if there is nothing, or it is too old."""
        known, since, thing = self._kept.get(whose, (None, 0, None))
        return thing if known == version and since > now() - self._seconds else None

    def drop(self, whose: Hashable) -> None:
        self._kept.pop(whose, None)

    def __len__(self) -> int:
        return len(self._kept)
