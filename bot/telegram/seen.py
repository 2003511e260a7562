"""Whether a person had seen what is asked when they wrote: an answer belongs to the question that its author saw.

In a private chat the numbers of the messages grow, ours and the person's together. Telegram's seconds are whole ones: where a
number is known, it decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.clock import by_the_wall, now
from bot.talk.visit import Visit
from bot.telegram.incoming import Incoming

OLDEST = 86_400  # seconds for which Telegram keeps an update: an older date says that somebody's clock is wrong
KNOWN = 10_000  # chats of which is known what was sent last
OUT_OF_ORDER = 1000  # updates by which something may be late
ANY = 2**62  # the number of a message of which nobody knows whether it came


@dataclass(frozen=True, slots=True)
class Shown:
    """The message that shows a step of a visit; `second`: since when it does, if it showed something else before; `version`: of
    the visit as it shows it."""

    step: int
    message: int
    second: int
    version: int = field(default=0, compare=False)


def _make_room(known: dict[Any, Any], most: int) -> None:
    """Drops the oldest of what is more than so many."""
    if len(known) > most:
        del known[next(iter(known))]


class Recent:
    """The last so many numbers that were added: a crowd does not fill the memory."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._numbers: dict[int, None] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._numbers

    def add(self, number: int) -> None:
        self._numbers[number] = None
        _make_room(self._numbers, self._most)

    def discard(self, number: int) -> None:
        self._numbers.pop(number, None)


class Seen:
    """What was sent lately: known here before the database has it."""

    def __init__(self) -> None:
        self._shown: dict[bytes, tuple[Shown, Shown]] = {}  # where its step was to be seen first, and last
        self._lowest: dict[int, int] = {}

    def stands(self, chat: int, message: int = ANY) -> None:
        """One of our messages is in a chat, or may be: an older one is not changed any more, as it is not the last."""
        self._lowest[chat] = max(message, self._lowest.pop(chat, 0))
        _make_room(self._lowest, KNOWN)

    def came(self, chat: int, message: int) -> None:
        """One was sent just now: it stands below all that may have come before."""
        self._lowest.pop(chat, None)
        self._lowest[chat] = message

    def is_lowest(self, chat: int, message: int) -> bool:
        """Whether no message of ours is known to stand below one."""
        return message >= self._lowest.get(chat, 0)

    def sent(self, owner: bytes, shown: Shown) -> None:
        """Where a step was to be seen before, it stays so."""
        first, _ = self._shown.pop(owner, (shown, shown))
        self._shown[owner] = (first if first.step == shown.step else shown, shown)
        _make_room(self._shown, KNOWN)

    def of(self, owner: bytes, visit: Visit) -> tuple[Shown, ...]:
        """Where its step is to be seen, as far as is known: by what is kept, which knows also what was shown before a start; and
        by what was sent from here, as its mark is lost where a turn came between."""
        kept = (Shown(visit.step, visit.shown, visit.shown_at),) if visit.shown > 0 else ()
        known, _ = self._shown.get(owner, (None, None))
        return kept if known is None or known.step != visit.step or known in kept else (*kept, known)

    def asked(self, owner: bytes, visit: Visit) -> tuple[Shown, ...]:
        """Where what is asked now is to be seen, as far as is known: what is asked in front of a question is the same step,
        so that only the message which asks it counts."""
        if not (visit.wiping or visit.offer):
            return self.of(owner, visit)
        _, last = self._shown.get(owner, (None, None))
        return (last,) if last is not None and last.version == visit.version else ()


def overtaken(visit: Visit, heard: Incoming) -> bool:
    """Whether what was written later was taken first: this was meant for an older view."""
    return 0 < visit.update - heard.update < OUT_OF_ORDER


def unseen(visit: Visit, heard: Incoming, shown: Sequence[Shown], sending: bool) -> bool:
    """Whether a text was written before its author saw what is asked now, wherever that is `shown`. `sending`: it is still on its
    way."""
    if not visit.version or not visit.talk.is_on:
        return False
    if shown and all(0 < heard.answers < one.message for one in shown):
        return True  # to an older question
    number = heard.message or 0
    if shown:
        return all(_dated(heard) and heard.sent < one.second if one.second else number < one.message for one in shown)
    if sending or (visit.heard and number == visit.heard + 1):
        return True  # nothing of ours came between this message and the one before
    # in the very second of the turn it was perhaps seen; what wipes everything takes more than a perhaps
    perhaps = 0 < visit.heard < number and not visit.wiping
    return _dated(heard) and heard.sent < by_the_wall(visit.at) + (0 if perhaps else 1)


def _dated(heard: Incoming) -> bool:
    """Whether the date can be one."""
    return heard.sent > by_the_wall(now()) - OLDEST
