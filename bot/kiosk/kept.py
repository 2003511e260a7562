"""Pages that are the same for everybody but for a few values: drawn once, kept, and filled with what is one person's own."""

import re
from collections.abc import Callable, Hashable, Mapping

from markupsafe import escape

from flows.book import Book

MOST = 500  # pages, of some 6 kB each
MARK = re.compile(rb"\0(\w+)\0")

Own = Mapping[str, str]
"""What on a page is one person's own, by its name in the template."""


class Kept:
    """Pages of one set of policies. Of what is anybody's own they hold the names only."""

    def __init__(self) -> None:
        self._book: Book | None = None
        self._pages: dict[Hashable, list[bytes]] = {}

    def filled(self, book: Book, like: Hashable, own: Own, draw: Callable[[Own], bytes]) -> bytes:
        """The page with `own` in it. `like`: all that it depends on besides, and the policies; `draw`: draws it with other values
        in their place, of which those that are empty stay so."""
        if book is not self._book:
            self._book, self._pages = book, {}
        pieces = self._pages.get(like)
        if pieces is None:
            if len(self._pages) >= MOST:
                del self._pages[next(iter(self._pages))]
            drawn = draw({name: f"\0{name}\0" if value else "" for name, value in own.items()})
            pieces = self._pages[like] = MARK.split(drawn)
        said = {name.encode(): escape(value).encode() for name, value in own.items()}
        return b"".join(said[piece] if place % 2 else piece for place, piece in enumerate(pieces))
