"""What a process remembers for a moment: it may be lost, as it is asked for anew or was only a remark."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from bot.clock import now

Thing = TypeVar("Thing")


class ShortMemory(Generic[Thing]):
    """Things by name, each for so many seconds, at most so many of them: the oldest make room."""

    def __init__(self, seconds: int, most: int = 10_000) -> None:
        self._seconds = seconds
        self._most = most
        self._things: dict[Hashable, tuple[int, Thing]] = {}  # since when, what; the oldest stand first

    def keep(self, name: Hashable, thing: Thing) -> None:
        self.drop(name)
        self._things[name] = (now(), thing)
        while (oldest := next(iter(self._things))) != name and (len(self._things) > self._most or self.of(oldest) is None):
            del self._things[oldest]

    def of(self, name: Hashable) -> Thing | None:
        """What is kept under this name; None if there is nothing, or it is too old."""
        since, thing = self._things.get(name, (0, None))
        return thing if since > now() - self._seconds else None

    def take(self, name: Hashable) -> Thing | None:
        """The same, once."""
        thing = self.of(name)
        self.drop(name)
        return thing

    def drop(self, name: Hashable) -> None:
        self._things.pop(name, None)

    def __len__(self) -> int:
        return len(self._things)
