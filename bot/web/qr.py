"""QR codes as SVG, with nothing in them that a page may not load."""

from io import BytesIO

from markupsafe import Markup


def picture(link: str) -> bytes:
    """A file of its own, without a style in it."""
    import segno  # loaded with the first code that somebody asks for

    drawn = BytesIO()
    code = segno.make_qr(link, error="m")
    code.save(drawn, kind="svg", border=4, light="white", xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return drawn.getvalue()


def inline(secret: str) -> Markup:
    """One that stands in the page itself: nothing secret has an address of its own."""
    import segno

    return Markup(segno.make(secret, error="m").svg_inline(scale=5, border=4, light="#fff"))  # noqa: S704  # segno's own, of digits


def of_number(number: str) -> Markup:
    """One in the page itself for the scanner of a window, which types what it reads: digits alone. As large as its box."""
    import segno

    drawn = segno.make_qr(number, error="m").svg_inline(border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704  # segno's own, of digits
