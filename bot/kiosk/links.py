"""To one's own phone, and from there to Telegram: the link by which a visit goes on elsewhere."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from bot.kiosk.visit_cookie import KIOSK, PHONE, Door, keep
from bot.settings import Settings
from bot.talk.handoff import Handoff
from bot.talk.retention import CODE_LIFE
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.web.tokens import is_token


class Links:
    """The links of a door's visits. `bot_name`: the Telegram bot's, once it is known."""

    def __init__(self, turns: Turns, settings: Settings, bot_name: Callable[[], str | None], door: Door) -> None:
        self.bot_name = bot_name
        self._turns = turns
        self._handoff = Handoff(turns)
        self._settings = settings
        self._door = door

    def can_be_made(self) -> bool:
        return self._address("") is not None

    async def make(self, response: Response, owner: bytes, visit: Visit) -> None:
        """A new link, kept in the cookie of the browser that shows it."""
        if token := await self._handoff.link(owner):
            value = f"{token}.{self._made_for(owner, visit)}"
            keep(response, self._door.link, value, CODE_LIFE)

    def of(self, request: Request, owner: bytes, visit: Visit) -> str | None:
        """Where the link leads, as long as the visit is just as it was when it was made."""
        token, made_for = self._shown_by(request)
        return self._address(token) if token and made_for == self._made_for(owner, visit) else None

    async def has_moved(self, request: Request) -> bool:
        """Whether the visit went on elsewhere by the link that was shown here."""
        token, _ = self._shown_by(request)
        return bool(token) and await self._handoff.moved(token)

    def _made_for(self, owner: bytes, visit: Visit) -> str:
        return self._turns.runtime.keyed_hash("shown", f"{owner.hex()}:{visit.version}").hex()

    def _address(self, token: str) -> str | None:
        """In Telegram if the bot is on; else, from a kiosk, among our own pages. None if there is no way."""
        if name := self.bot_name():
            return f"https://t.me/{name}?start={token}"
        if self._settings.public_url and self._door is KIOSK:
            return f"{self._settings.public_url.rstrip('/')}{PHONE.at}/{token}"
        return None

    def _shown_by(self, request: Request) -> tuple[str, str]:
        """(the token of the link that this browser shows or "", for which visit it was made)."""
        token, _, made_for = request.cookies.get(self._door.link, "").partition(".")
        return (token if is_token(token) else "", made_for)
