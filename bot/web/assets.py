"""Static files: style sheets and scripts, which a browser may keep for ever."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).resolve().parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def static(name: str) -> str:
    """The address of a file in static/, with its content's hash: a changed file has another address."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


class Static(StaticFiles):
    """Files that a browser may keep for ever, as their address changes with them."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        response.headers["Cache-Control"] = FOR_EVER
        return response
