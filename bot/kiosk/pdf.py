"""The slip as a PDF, made by WeasyPrint where that is installed (the extra `print`)."""

import asyncio
from functools import cache
from importlib import import_module
from pathlib import Path

SHEET = Path(__file__).resolve().parent / "static" / "slip.css"
AT_ONCE = 1  # PDFs in the making: a second thread would only take the processor from the turns
ROLL = "@page receipt { size: 80mm 5000mm }"  # as long as a page of a PDF may be
WAITING = 8  # people who may wait for theirs


class TooBusy(Exception):
    """Too many people wait for their PDF already."""


@cache
def _is_here() -> bool:
    try:
        import_module("weasyprint")
    except (ImportError, OSError):  # OSError: what it needs of the system is missing
        return False
    return True


async def available() -> bool:
    """Whether PDFs can be made here. The first time that takes a moment: the library is loaded."""
    return await asyncio.to_thread(_is_here)


class Printer:
    """Makes PDFs beside the turns, one after the other."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def pdf(self, html: str) -> bytes:
        """A slip's page as a PDF; raises TooBusy."""
        if self._waiting >= AT_ONCE + WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.to_thread(draw, html)
        finally:
            self._waiting -= 1


def draw(html: str) -> bytes:
    """Draws a slip for screen readers too (PDF/UA). One on a roll of paper is one page, which ends where the text ends."""
    import weasyprint

    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=())  # a slip needs nothing from anywhere
    styles = [weasyprint.CSS(filename=SHEET), weasyprint.CSS(string=ROLL)]
    document = weasyprint.HTML(string=html, url_fetcher=fetcher).render(stylesheets=styles, pdf_variant="pdf/ua-1")
    for page in document.pages:
        if "cut-receipt" in page.anchors:
            page.height = page.anchors["cut-receipt"][1]
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return made
