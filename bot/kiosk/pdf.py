"""The slip as a PDF, made by WeasyPrint where that is installed (the extra `print`)."""

import asyncio
from contextlib import suppress
from ctypes import CDLL
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SHEET = Path(__file__).resolve().parent / "static" / "slip.css"
AT_ONCE = 1  # PDFs in the making: a second thread would only take the processor from the turns
ROLL = "@page receipt { size: 80mm 5000mm }"  # as long as a page of a PDF may be
FONTS = (  # family, weight, package and file: paper looks the same on every machine
    ("Slip", "400", "noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"),
    ("Slip", "700", "noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf"),
    ("Slip Latin", "100 900", "fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
)
LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")  # of the system
KNOWN_LIBRARIES = Path("/etc/ld.so.cache")  # to the system's loader, as paths
CHINESE = 'html:lang(en) { font-language-override: "zh" }'  # not the Japanese forms of its characters
WAITING = 8  # people who may wait for theirs


class TooBusy(Exception):
    """Too many people wait for their PDF already."""


@cache
def _is_here() -> bool:
    try:
        _styles()
    except (ImportError, OSError):  # OSError: what it needs of the system, or a font, is missing
        return False
    return True


async def available() -> bool:
    """Whether PDFs can be made here. The first time that takes a moment: the library is loaded."""
    return await asyncio.to_thread(_is_here)


def can_be_made() -> bool:
    """The same at a glance: whether all of it is installed."""
    try:
        parts = ("weasyprint", *(package for _, _, package, _ in FONTS))
        return all(find_spec(part) is not None for part in parts) and all(map(_is_installed, LIBRARIES))
    except (ImportError, OSError):
        return False


def _is_installed(library: str) -> bool:
    """Raises OSError. Loaded, which takes 3 MB, is only what the loader has no list of."""
    with suppress(OSError):
        if f"/{library}\0".encode() in KNOWN_LIBRARIES.read_bytes():
            return True
    return bool(CDLL(library))


@cache
def _styles() -> tuple[list[Any], Any]:
    """The style sheets and the fonts that they name, read once; nothing else may be fetched, and by nobody else."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{_address(package, name)}") }}\n'
        for family, weight, package, name in FONTS
    )
    only_files = weasyprint.urls.URLFetcher(allowed_protocols=("file",))
    ours = weasyprint.CSS(string=faces + ROLL + CHINESE, font_config=fonts, url_fetcher=only_files)
    return [weasyprint.CSS(filename=SHEET, font_config=fonts), ours], fonts


def _address(package: str, name: str) -> str:
    return Path(str(files(package) / name)).as_uri()


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
    styles, fonts = _styles()
    page = weasyprint.HTML(string=html, url_fetcher=fetcher)
    document = page.render(stylesheets=styles, font_config=fonts, pdf_variant="pdf/ua-1")
    for page in document.pages:
        if "cut-receipt" in page.anchors:
            page.height = page.anchors["cut-receipt"][1]
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return made
