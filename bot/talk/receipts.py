"""The number on a sheet: what an officer at a window finds under it, and whether it is still so."""

from dataclasses import dataclass

from bot.clock import now
from bot.store import inbox
from bot.store.attempts import Bucket, Limits, TooMany, admitted, give_back
from bot.store.base import retried
from bot.talk import codes
from bot.talk.keeping import reconciled, since
from bot.talk.turns import Turns
from bot.talk.visit import Receipt, Visit
from flows.conversation import Change

WRONG_IN_CHATS: Limits = ((10, 600, "receipt_chat", "one"), (200, 3600, "receipt_chat", "all"))  # the same, by residents
WRONG_NUMBERS: Limits = ((10, 600, "receipt", "one"), (200, 3600, "receipt", "all"))  # of one account, or of all


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet looked at again: the visit with today's policies, the version then and now, and what came out differently.

    `known`: whether the statuses of then were kept, so that a difference would show.
    """

    visit: Visit
    before: str
    today: str
    known: bool
    changes: tuple[Change, ...]
    dropped: tuple[str, ...]  # facts that are no answers any more

    @property
    def same(self) -> bool:
        return self.known and self.before == self.today and not self.changes and not self.dropped


class Receipts:
    def __init__(self, turns: Turns) -> None:
        self._runtime = turns.runtime
        self._keeping = turns.keeping

    async def check(self, said: str, staff: str, key: str = "") -> Checked | None:
        """The sheet with this number; None if there is none. Raises TooMany; a slip of the finger costs no try, and neither does
        a form that is sent again: `key` is that form's."""
        number = codes.heard(said)
        once = self._runtime.keyed_hash("receipt form", f"{staff} {key} {number}").hex() if key else ""
        found = await self._find(number, self._runtime.tries(WRONG_NUMBERS, staff), once) if number else None
        return self.checked(found) if found else None

    async def of_resident(self, said: str, owner: bytes) -> Visit | None:
        """The answers under the number on a sheet, under today's policies, for whoever has the sheet; None if there are none.

        Raises TooMany; what residents try takes nothing from the officers.
        """
        number = codes.heard(said)
        found = await self._find(number, self._runtime.tries(WRONG_IN_CHATS, owner.hex())) if number else None
        return self.checked(found).visit if found else None

    @retried
    async def _find(self, number: str, taken_from: tuple[Bucket, ...], once: str = "") -> Receipt | None:
        async with self._runtime.store.transaction() as db:
            moment = now()
            tried = bool(once) and not await inbox.take(db, f"receipt:{once}", moment)
            if not tried and not await admitted(db, taken_from):
                raise TooMany
            found = await self._keeping.receipt(db, number, moment)
            if found is not None and not tried:
                await give_back(db, taken_from)
            return found

    @retried
    async def keep(self, visit: Visit) -> None:
        """The number on the visit's sheet outlives it: somebody has it on paper."""
        async with self._runtime.store.transaction() as db:
            await self._keeping.keep_number(db, visit)

    @retried
    async def is_kept(self, visit: Visit) -> bool:
        async with self._runtime.store.transaction() as db:
            return await self._keeping.is_number_kept(db, visit)

    def checked(self, receipt: Receipt) -> Checked:
        """A sheet beside what today's policies say to the same answers."""
        before = receipt.visit
        visit = reconciled(before)
        return Checked(
            visit,
            before.policy,
            visit.policy_now,
            bool(receipt.statuses) or not visit.policy_now,
            since(receipt, visit),
            tuple(fact for fact in before.session.facts if fact not in visit.session.facts),
        )
