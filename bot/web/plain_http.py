"""Pages over http on a network: a browser keeps no cookie of ours there, so every first press would fail; it is said instead."""

import ipaddress

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.pages import language_of, page

STAFF = ("/kiosk", "/desk")  # whose machines show them


def is_this_machine(host: str) -> bool:
    """Whether a name or address is the machine itself, where browsers do without https."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_plain(request: Request) -> bool:
    """Whether a browser came without https from elsewhere. Over https it says where a request comes from; or the proxy does."""
    said = request.headers
    if "sec-fetch-site" in said or "mozilla" not in said.get("user-agent", "").casefold():
        return False
    over_https = request.url.scheme == "https" or said.get("origin", "").startswith("https://")
    return not over_https and not is_this_machine(request.url.hostname or "")


class PlainHttp:
    """In the place of every page that could keep nothing: what is wrong, and whom to tell."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        staff, phone = path.startswith(STAFF), path == "/" or path.startswith("/phone")
        if scope["type"] == "http" and (staff or phone) and is_plain(request := Request(scope)):
            await page("plain_http.html", language_of(request), status=403, staff=staff)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
