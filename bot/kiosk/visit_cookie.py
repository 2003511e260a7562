"""Whose browser it is: one cookie that names a visit by a secret, changes with every response and goes at the end."""

import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.talk.turns import Turns
from bot.web.cookies import drop as drop
from bot.web.cookies import keep as keep
from bot.web.tokens import new_token

VISIT = "__Host-visit"
ENDED = "__Host-ended"  # set by a page that was left while no server answered: whoever asks next ends the visit first
LINK = "__Host-link"  # the token of the QR code that is shown, and for which visit it was made


def new_name() -> str:
    """The name of a new visit."""
    return new_token()


def name_of(request: Request) -> str | None:
    """The visit's name in the cookie, or None if there is none."""
    found = re.fullmatch(r"([\w-]{22})\.[\w-]{1,22}", request.cookies.get(VISIT, ""), re.ASCII)
    return found[1] if found else None


def owner(turns: Turns, name: str) -> bytes:
    """Who a browser's visit belongs to, on the kiosk and on a phone alike: `visit.channel` tells which it is."""
    return turns.owner("kiosk", name)


def owner_of(request: Request, turns: Turns) -> bytes | None:
    """Who the visit of the request belongs to, or None if it comes with no visit."""
    name = name_of(request)
    return owner(turns, name) if name else None


def remember(response: Response, name: str) -> None:
    """Hands the cookie out anew: a page that was left for this response cannot be brought back by "Back"."""
    value = f"{name}.{secrets.token_urlsafe(6)}"
    keep(response, VISIT, value)


def renew(request: Request, response: Response) -> None:
    """Hands the cookie of the request out anew, unless the response says something else of it."""
    name = name_of(request)
    if name and not any(given.startswith(VISIT) for given in response.headers.getlist("set-cookie")):
        remember(response, name)


def forget(response: Response) -> None:
    for name in (VISIT, LINK, ENDED):
        drop(response, name)
