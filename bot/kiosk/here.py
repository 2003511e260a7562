"""Who is here: the visit of a request as it was when the request came, read once for all that is asked of it; and what its page
says besides."""

from dataclasses import dataclass

from msgspec.structs import replace
from starlette.requests import Request

from bot.kiosk.screens import NOTHING_BESIDE, Beside
from bot.kiosk.visit_cookie import Door
from bot.talk.retention import CODE_LIFE
from bot.talk.short_memory import ShortMemory
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from flows.conversation import Reply

Said = tuple[int, Beside]
"""What a page says besides, and of which version of the visit."""


@dataclass(frozen=True, slots=True)
class Here:
    """Whose a request is, the visit as it was when the request came, and what its page says besides."""

    owner: bytes
    visit: Visit
    beside: Beside


class Visitors:
    """Of a door."""

    def __init__(self, turns: Turns, door: Door) -> None:
        self._turns = turns
        self._door = door
        self._beside = ShortMemory[Said](turns.runtime, "page", Said, CODE_LIFE)

    async def of(self, request: Request) -> Here | None:
        """Who comes with a request; None if it comes with no visit."""
        if "here" not in request.scope:
            owner = self._door.owner_of(request, self._turns)
            request.scope["here"] = await self._read(owner) if owner else None
        here: Here | None = request.scope["here"]
        return here

    async def _read(self, owner: bytes) -> Here:
        visit, said = await self._turns.read_with(owner, lambda db: self._beside.find(db, owner.hex()))
        return Here(owner, visit, said[1] if said and said[0] == visit.version else NOTHING_BESIDE)

    def forget(self, request: Request) -> None:
        """What is asked from now on is read anew."""
        request.scope.pop("here", None)

    async def say(self, owner: bytes, visit: Visit, reply: Reply) -> None:
        """Keeps what the page says besides; of what somebody told in their own words, not a word."""
        if reply.aside:
            await self.keep(owner, visit, Beside(replace(reply, words={})))

    async def keep(self, owner: bytes, visit: Visit, beside: Beside) -> None:
        """Of an older version it is said no more."""
        await self._beside.keep(owner.hex(), (visit.version, beside), owner)

    async def hush(self, owner: bytes) -> None:
        """Nothing is said besides any more."""
        await self._beside.drop(owner.hex())
