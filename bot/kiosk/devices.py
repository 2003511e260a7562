"""Who may come in: to the kiosk any device, if no key is set, else those it was typed in on; and how many may begin."""

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.kiosk.visit_cookie import KIOSK, keep
from bot.settings import Settings
from bot.store.attempts import Limits, admitted
from bot.store.base import retried
from bot.talk.turns import Turns
from bot.web.pages import address_of

DEVICE = "__Host-device"
TEN_YEARS = 10 * 365 * 86400

# From one address, or from all. A hall with fifty kiosks may have one address.
WRONG_KEYS: Limits = ((5, 600, "kiosk", "one"), (100, 3600, "kiosk", "all"))
NEW_VISITS: Limits = ((600, 600, "visits", "one"), (20_000, 600, "visits", "all"))
NEW_ON_PHONES: Limits = (
    (600, 600, "phones", "one"),
    (20_000, 600, "phones", "all"),
)  # a crowd there keeps no kiosk from beginning
HERE = ("127.0.0.1", "::/64")  # the kiosk on this machine, or a proxy that does not say whom it speaks for: no one person


class Devices:
    def __init__(self, turns: Turns, settings: Settings) -> None:
        self._turns = turns
        self._key = settings.kiosk_key

    async def may_show(self, request: Request) -> bool:
        if not self._key:
            return True
        if self.is_told(request):
            return True
        owner = KIOSK.owner_of(request, self._turns)
        visit = await self._turns.read(owner) if owner else None  # of a phone that came in before phones had a door of their own
        return visit is not None and bool(visit.step) and visit.channel == "phone"

    def is_told(self, request: Request) -> bool:
        """Whether it is a kiosk on which the key was typed in."""
        number, _, seal = request.cookies.get(DEVICE, "").partition(".")
        return bool(self._key) and hmac.compare_digest(seal.encode(), self._seal(number).encode())

    async def may_begin(self, request: Request, limits: Limits | None = None) -> bool:
        """Whether somebody at this address may begin one more visit; it is counted."""
        limits = limits or NEW_VISITS
        address = address_of(request)
        return await self._may(limits[-1:] if address in HERE else limits, address)

    async def may_try_a_key(self, request: Request) -> bool:
        return await self._may(WRONG_KEYS, address_of(request))

    def is_key(self, typed: str) -> bool:
        return bool(typed) and hmac.compare_digest(typed.encode(), self._key.encode())

    def unlock(self, response: Response) -> None:
        """The device is told the key from now on."""
        number = secrets.token_urlsafe(9)
        keep(response, DEVICE, f"{number}.{self._seal(number)}", TEN_YEARS)

    def _seal(self, number: str) -> str:
        """What proves that a device was told the present key."""
        return self._turns.runtime.keyed_hash("device", f"{self._key}:{number}").hex()

    @retried
    async def _may(self, limits: Limits, address: str) -> bool:
        async with self._turns.runtime.store.transaction() as db:
            return await admitted(db, self._turns.runtime.tries(limits, address))
