"""On one's own phone: the link that a kiosk shows as a QR code, and the door by which the phone comes in."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.kiosk import visit_cookie as browser
from bot.kiosk.devices import A_MONTH, PHONE
from bot.settings import Settings
from bot.talk.handoff import Handoff
from bot.talk.retention import CODE_LIFE
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.web.cookies import keep
from bot.web.forms import form
from bot.web.pages import language_of, page
from bot.web.tokens import is_token


class Phone:
    """The kiosk's side: a link to a visit; the phone's side: the pages under /phone. `bot_name`: once it is known."""

    def __init__(self, turns: Turns, settings: Settings, bot_name: Callable[[], str | None]) -> None:
        self.bot_name = bot_name
        self._turns = turns
        self._handoff = Handoff(turns)
        self._settings = settings

    # ---- the kiosk's side ----

    def can_reach_us(self) -> bool:
        return self._address("") is not None

    async def make_link(self, response: Response, owner: bytes, visit: Visit) -> None:
        """A new link, kept in the cookie of the browser that shows it."""
        if token := await self._handoff.link(owner):
            value = f"{token}.{self._made_for(owner, visit)}"
            keep(response, browser.LINK, value, CODE_LIFE)

    def link(self, request: Request, owner: bytes, visit: Visit) -> str | None:
        """Where the QR code leads, as long as the visit is just as it was when the link was made."""
        token, made_for = _shown_by(request)
        return self._address(token) if token and made_for == self._made_for(owner, visit) else None

    async def has_moved(self, request: Request) -> bool:
        """Whether a phone took the visit by the code that was shown here."""
        token, _ = _shown_by(request)
        return bool(token) and await self._handoff.moved(token)

    def _made_for(self, owner: bytes, visit: Visit) -> str:
        return self._turns.runtime.keyed_hash("shown", f"{owner.hex()}:{visit.version}").hex()

    def _address(self, token: str) -> str | None:
        """A link's address: in Telegram if the bot is on, else among our own pages; None if phones cannot reach us."""
        if name := self.bot_name():
            return f"https://t.me/{name}?start={token}"
        if self._settings.public_url:
            return f"{self._settings.public_url.rstrip('/')}/phone/{token}"
        return None

    # ---- the phone's side ----

    async def knock(self, request: Request) -> Response:
        """A page with a button: programs that look at links before people do use nothing up."""
        return page("phone.html", language_of(request), visit=browser.new_name())

    async def come_in(self, request: Request) -> Response:
        """The visit is the phone's from now on. The form brings its new name along, so a second tap finds it too."""
        name, token = (await form(request)).one("visit"), request.path_params["token"]
        if not is_token(name) or not is_token(token):
            return self._gone(request)
        owner = browser.owner(self._turns, name)
        if not await self._handoff.move(token, owner, "phone") and (await self._turns.read(owner)).channel != "phone":
            return self._gone(request)
        response = RedirectResponse("/kiosk", 303)
        browser.remember(response, name)
        keep(response, PHONE, "1", A_MONTH)
        return response

    def _gone(self, request: Request) -> Response:
        return page("phone_gone.html", language_of(request), status=410, anybody=not self._settings.kiosk_key)


def _shown_by(request: Request) -> tuple[str, str]:
    """(the token of the code that this browser shows or "", for which visit it was made)."""
    token, _, made_for = request.cookies.get(browser.LINK, "").partition(".")
    return (token if is_token(token) else "", made_for)
