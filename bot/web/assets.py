"""Static files: style sheets and scripts, which a browser may keep for ever."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOLDERS = sorted(Path(__file__).resolve().parent.parent.glob("*/static"))  # each door has its own
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def static(name: str) -> str:
    """The address of a file in a static/ folder, with its content's hash: a changed file has another address."""
    content = next(folder / name for folder in FOLDERS if (folder / name).exists()).read_bytes()
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


class Static(StaticFiles):
    """Files that a browser may keep for ever, as their address changes with them."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDERS[0])
        self.all_directories = list(FOLDERS)

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        response.headers["Cache-Control"] = FOR_EVER
        return response
