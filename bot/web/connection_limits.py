"""Who comes in: how many at once, how long each may take to say what they want, and how much they may say."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.pages import language_of, page
from bot.web.security_headers import SecurityHeaders

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as HttpProtocol
except ImportError:  # where there is no wheel of httptools
    from uvicorn.protocols.http.h11_impl import H11Protocol as HttpProtocol  # type: ignore[assignment]

LARGEST_HEAD = 16 * 1024  # bytes before somebody reads them, or after they were refused
LARGEST_REQUEST = 256 * 1024  # bytes; what reads a body has a smaller limit of its own, and says so
RETRY_AFTER = 10  # seconds after which whoever found us full should come again
ALWAYS = ("/live", "/ready")


class ConnectionLimits(HttpProtocol):
    """A connection that has `patience` seconds for each request; between two requests and for the answer it has all its time.

    Each door has its `seats`, so that a crowd before one keeps nobody out of the other; both stay below the 1,024 files
    that a process may usually have open. When all are taken, whoever dawdles longest makes room; if nobody dawdles, the
    newcomer hears that we are full, and /live and /ready are still answered.
    """

    patience = 10.0
    seats = 400
    standing = 50

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._unfinished = 0  # bytes of a request that is not all there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > self.seats:
            self._find_a_seat()
        self._deadline = self.loop.call_later(self.patience, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._is_whole():
            self._unfinished = 0
            self._stop_the_clock()
            return
        self._unfinished += len(data)
        if self._unfinished > (LARGEST_REQUEST if self._is_read() else LARGEST_HEAD):
            self.transport.abort()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.patience, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_the_clock()
        super().connection_lost(exc)

    def _stop_the_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_read(self) -> bool:
        """Whether what comes belongs to a request that is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _is_whole(self) -> bool:
        return self._is_read() and not self.cycle.more_body

    def _find_a_seat(self) -> None:
        others = [one for one in self.connections if isinstance(one, ConnectionLimits) and self._is_beside(one)]
        if len(others) < self.seats:
            return
        dawdlers = [(one._deadline.when(), one) for one in others if one._deadline is not None]
        if dawdlers:
            min(dawdlers, key=lambda dawdler: dawdler[0])[1].transport.abort()
        elif len(others) < self.seats + self.standing:
            self.app = full(self.app)
        else:
            self.transport.abort()

    def _is_beside(self, other: "ConnectionLimits") -> bool:
        """Whether somebody else came in by the same door and is still there."""
        same_door = (other.server or ())[1:] == (self.server or ())[1:]
        return same_door and other is not self and not other.transport.is_closing()


def full(app: ASGIApp) -> ASGIApp:
    """What is answered while all seats are taken."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await app(scope, receive, send)
            return
        path = scope["path"]
        home = "/desk" if path.startswith("/desk") else "/" if path == "/" or path.startswith("/phone") else "/kiosk"
        response = page("full.html", language_of(Request(scope)), status=503, home=home, later=RETRY_AFTER)
        response.headers.update({"Retry-After": str(RETRY_AFTER), "Connection": "close"})
        await response(scope, receive, send)

    return SecurityHeaders(answered)
