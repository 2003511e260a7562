"""Which devices may show the kiosk: any, if no key is set; else those it was typed in on, and phones that hold a visit."""

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.kiosk import visit_cookie as browser
from bot.settings import Settings
from bot.store.attempts import Limits, admitted, buckets
from bot.store.base import retried
from bot.talk.turns import Turns
from bot.web.pages import address_of

DEVICE = "__Host-device"
PHONE = "__Host-phone"  # marks a resident's own phone, which a visit once came to
A_MONTH = 30 * 86400
TEN_YEARS = 10 * 365 * 86400

# From one address, or from all. A hall with fifty kiosks may have one address.
WRONG_KEYS: Limits = ((5, 600, "kiosk", "one"), (100, 3600, "kiosk", "all"))
NEW_VISITS: Limits = ((600, 600, "visits", "one"), (20_000, 600, "visits", "all"))
HERE = ("127.0.0.1", "::/64")  # the kiosk on this machine, or a proxy that does not say whom it speaks for: no one person


class Devices:
    def __init__(self, turns: Turns, settings: Settings) -> None:
        self._turns = turns
        self._key = settings.kiosk_key

    async def may_show(self, request: Request) -> bool:
        if not self._key:
            return True
        if self._was_told(request):
            return True
        owner = browser.owner_of(request, self._turns)
        visit = await self._turns.read(owner) if owner else None
        return visit is not None and bool(visit.step) and visit.channel == "phone"

    def is_phone(self, request: Request) -> bool:
        """Whether it is somebody's own phone, and no kiosk."""
        return PHONE in request.cookies and not self._was_told(request)

    @property
    def are_all_welcome(self) -> bool:
        """Whether a visit may begin on any device."""
        return not self._key

    def _was_told(self, request: Request) -> bool:
        number, _, seal = request.cookies.get(DEVICE, "").partition(".")
        return bool(self._key) and hmac.compare_digest(seal.encode(), self._seal(number).encode())

    async def may_begin(self, request: Request) -> bool:
        """Whether somebody at this address may begin one more visit; it is counted."""
        address = address_of(request)
        return await self._may(NEW_VISITS[-1:] if address in HERE else NEW_VISITS, address)

    async def may_try_a_key(self, request: Request) -> bool:
        return await self._may(WRONG_KEYS, address_of(request))

    def is_key(self, typed: str) -> bool:
        return bool(typed) and hmac.compare_digest(typed.encode(), self._key.encode())

    def unlock(self, response: Response) -> None:
        """The device is told the key from now on."""
        number = secrets.token_urlsafe(9)
        browser.keep(response, DEVICE, f"{number}.{self._seal(number)}", TEN_YEARS)

    def _seal(self, number: str) -> str:
        """What proves that a device was told the present key."""
        return self._turns.runtime.keyed_hash("device", f"{self._key}:{number}").hex()

    @retried
    async def _may(self, limits: Limits, address: str) -> bool:
        async with self._turns.runtime.store.transaction() as db:
            return await admitted(db, buckets(limits, self._turns.runtime.keyed_hash("address", address).hex()))
