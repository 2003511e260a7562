"""Pages of both doors: a template as a response, who asks for it, and by which door."""

import ipaddress
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import log
from bot.wording.languages import SOURCE


def page(name: str, language: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A template as a response."""
    return HTMLResponse(rendered(name, language, **values), status)


def rendered(name: str, language: str, **values: Any) -> str:
    """A template as text. Jinja is loaded with the first page: a bot that shows none has no use for it."""
    from bot.web.templating import templates

    return templates(language).get_template(name).render(values)


def address_of(request: Request) -> str:
    """Where a request comes from; of IPv6 the network, as each customer has a whole one."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:  # an IPv4 address in the notation of IPv6: one person, not a network
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def language_of(request: Request) -> str:
    """A browser's language, before we know whose it is."""
    return "en" if request.headers.get("accept-language", "").casefold().startswith("en") else SOURCE


def by_port(ports: Mapping[int, ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    """One server, several doors: the port that a request came in by decides which pages there are."""

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        server = scope.get("server")
        app = ports.get(server[1], otherwise) if scope["type"] == "http" and server else otherwise
        await app(scope, receive, send)

    return chosen


def straight_to(routes: Iterable[Route], otherwise: ASGIApp) -> ASGIApp:
    """Whoever asks for the one address of such a page is led there at once, past the search among all patterns; what goes wrong
    that the page does not answer itself is an answer all the same. Whoever asks for another one goes the way of all."""
    pages = {(method, route.path): route.endpoint for route in routes if "{" not in route.path for method in route.methods or ()}

    async def led(scope: Scope, receive: Receive, send: Send) -> None:
        shown = pages.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if shown is None:
            await otherwise(scope, receive, send)
        else:
            response = await _answered(shown(Request(scope, receive, send)))
            await response(scope, receive, send)

    return led


async def _answered(page: Awaitable[Response]) -> Response:
    try:
        return await page
    except ClientDisconnect:
        return Response(status_code=400)  # which nobody reads
    except Exception as error:
        log.fault("page", error)
        return PlainTextResponse("Internal Server Error", 500)
