"""Whose browser it is, and by which door it came: a cookie of the door's own names a visit by a secret, changes with every
response and goes at the end."""

import re
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.talk.turns import Turns
from bot.talk.visit import Channel
from bot.web.cookies import drop as drop
from bot.web.cookies import keep as keep
from bot.web.forms import form
from bot.web.tokens import new_token

OF_A_VISIT = ("act", "restart", "language", "keep", "code", "on", "stay", "slip")  # addresses for whoever has one
NAMED = re.compile(r"([\w-]{22})\.[\w-]{1,22}", re.ASCII)  # a visit's name as the cookie has it, and what changes each time
UNMARKED = "1"  # the mark of a page that shows no visit


@dataclass(frozen=True, slots=True)
class Door:
    """A way in to the same pages. `home`: the one address of a visit; `at`: what the other addresses begin with; `cookies`: what
    the names of its cookies begin with, as one browser may have come by both doors."""

    channel: Channel
    home: str
    at: str
    cookies: str

    @property
    def visit(self) -> str:
        return f"{self.cookies}visit"

    @property
    def ended(self) -> str:
        """Set by a page that was left while no server answered, to the mark of its visit: whoever asks next ends that first."""
        return f"{self.cookies}ended"

    @property
    def link(self) -> str:
        """The token of the link by which a visit may go on elsewhere, and for which visit it was made."""
        return f"{self.cookies}link"

    def name_of(self, request: Request) -> str | None:
        """The visit's name in the cookie, or None if there is none."""
        found = NAMED.fullmatch(request.cookies.get(self.visit, ""))
        return found[1] if found else None

    def owner_of(self, request: Request, turns: Turns) -> bytes | None:
        """Who the visit of the request belongs to, or None if it comes with no visit."""
        name = self.name_of(request)
        return owner(turns, name) if name else None

    def mark_of(self, request: Request, turns: Turns) -> str:
        """What tells a page which visit it shows, and nobody who it is; "" if it comes with no visit."""
        name = self.name_of(request)
        return turns.runtime.keyed_hash("page", name)[:8].hex() if name else ""

    async def comes_too_late(self, request: Request, turns: Turns) -> bool:
        """Whether it was pressed on a page whose visit has been ended in another window, where another may have begun since."""
        whose = (await form(request)).one("whose") if request.method == "POST" else ""
        if self.name_of(request) is None:
            asks_for, _, _ = request.scope["path"].removeprefix(self.at).strip("/").partition("/")
            return asks_for in OF_A_VISIT
        return bool(whose) and whose != self.mark_of(request, turns)

    def was_ended(self, request: Request, turns: Turns) -> bool:
        """Whether the visit of the request was ended while no server answered: it, and none that has begun since."""
        whose = request.cookies.get(self.ended)
        return whose is not None and (whose == UNMARKED or self.mark_of(request, turns) in ("", whose))

    def remember(self, response: Response, name: str) -> None:
        """Hands the cookie out anew: a page that was left for this response cannot be brought back by "Back"."""
        keep(response, self.visit, f"{name}.{secrets.token_urlsafe(6)}")

    def renew(self, request: Request, response: Response) -> None:
        """Hands the cookie of the request out anew, unless the response says something else of it."""
        if self.ended in request.cookies:
            drop(response, self.ended)
        name = self.name_of(request)
        own = f"{self.visit}=".encode()
        if name and not any(header == b"set-cookie" and said.startswith(own) for header, said in response.raw_headers):
            self.remember(response, name)

    def forget(self, response: Response) -> None:
        for name in (self.visit, self.link, self.ended):
            drop(response, name)


KIOSK = Door("kiosk", "/kiosk", "/kiosk", "__Host-")
PHONE = Door("phone", "/", "/phone", "__Host-my-")  # a resident's own phone
VISIT, LINK = KIOSK.visit, KIOSK.link


def new_name() -> str:
    """The name of a new visit."""
    return new_token()


def owner(turns: Turns, name: str) -> bytes:
    """Who a browser's visit belongs to, on the kiosk and on a phone alike: `visit.channel` tells which it is."""
    return turns.owner("kiosk", name)
