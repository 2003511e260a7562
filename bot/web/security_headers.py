"""Headers on every response, which let nothing in or out."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What a page may load: our own files, and nothing written into it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # a page of ours may learn of another; without any, forms would come from nowhere
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_NAMES = frozenset(name for name, _ in _ENCODED)


class SecurityHeaders:
    """Puts the headers on every response, of errors too; what is not a static file is never kept by a browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", [])
                named = {name for name, _ in own}
                usual = _ENCODED if named.isdisjoint(_NAMES) else [header for header in _ENCODED if header[0] not in named]
                message["headers"] = [*own, *usual]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
