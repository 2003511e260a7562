"""What a process remembers for a moment: it may be lost, as it is asked for anew or was only a remark."""

from typing import Generic, TypeVar

from bot.clock import now

Thing = TypeVar("Thing")


class ShortMemory(Generic[Thing]):
    """Things by name, each for so many seconds; what is older is thrown away when something new comes."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._things: dict[str, tuple[int, Thing]] = {}  # since when, what

    def keep(self, name: str, thing: Thing) -> None:
        self._things = {one: kept for one, kept in self._things.items() if self._is_fresh(kept[0])}
        self._things[name] = (now(), thing)

    def take(self, name: str) -> Thing | None:
        """What was kept, once."""
        since, thing = self._things.pop(name, (0, None))
        return thing if self._is_fresh(since) else None

    def _is_fresh(self, since: int) -> bool:
        return since > now() - self._seconds
