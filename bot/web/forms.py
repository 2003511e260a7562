"""Forms: what a page of ours posts, read within limits and from nobody else's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

LARGEST_FORM = 64 * 1024  # bytes


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
    """A posted form, which may be asked for again. Raises HTTPException: 413 too large, 415 no form, 400 not readable, 403 sent
    by another site's page."""
    if "form" not in request.scope:
        request.scope["form"] = await _read(request)
    read: Form = request.scope["form"]
    return read


async def _read(request: Request) -> Form:
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
