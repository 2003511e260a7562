"""What all pages share: headers that let nothing in or out, forms, and whose door a request came in by."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.wording.languages import SOURCE

LARGEST_FORM = 64 * 1024  # bytes

# What a page may load: our own files, and nothing written into it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


# ---- pages ----


def page(name: str, language: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A template as a response."""
    return HTMLResponse(rendered(name, language, **values), status)


def rendered(name: str, language: str, **values: Any) -> str:
    """A template as text. Jinja is loaded with the first page: a bot that shows none has no use for it."""
    from bot.web.templating import templates

    return templates(language).get_template(name).render(values)


# ---- requests ----


@dataclass(frozen=True, slots=True)
class Form:
    """A form's fields, as the browser sent them."""

    fields: Mapping[str, list[str]]

    def one(self, name: str) -> str:
        """The field, or "" if it is not there exactly once."""
        values = self.fields.get(name, [])
        return values[0] if len(values) == 1 else ""

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(self.fields.get(name, ()))


async def form(request: Request) -> Form:
    """A posted form. Raises HTTPException: 413 too large, 415 no form, 400 not readable, 403 sent by another site's page."""
    if not same_site(request):
        raise HTTPException(403)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_FORM:
                raise HTTPException(413)
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=200, errors="strict"))
    except (ValueError, ClientDisconnect):
        raise HTTPException(400) from None


def same_site(request: Request) -> bool:
    """Whether a request comes from a page of ours. Browsers say so; what says nothing is no browser with cookies to misuse."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def address_of(request: Request) -> str:
    """Where a request comes from; of IPv6 the network, as each customer has a whole one."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host


def language_of(request: Request) -> str:
    """A browser's language, before we know whose it is."""
    return "en" if request.headers.get("accept-language", "").casefold().startswith("en") else SOURCE


# ---- responses ----


class Guarded:
    """Puts the headers on every response, of errors too; what is not a static file is never kept by a browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", [])
                named = {name for name, _ in own}
                message["headers"] = [*own, *(header for header in _ENCODED if header[0] not in named)]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def by_port(ports: Mapping[int, ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    """One server, several doors: the port that a request came in by decides which pages there are."""

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        server = scope.get("server")
        app = ports.get(server[1], otherwise) if scope["type"] == "http" and server else otherwise
        await app(scope, receive, send)

    return chosen
