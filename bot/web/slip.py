"""The slip: the answer sheet to take away, on paper, as a PDF, or on one's own phone."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import segno
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.desk import Desk
from bot.handoff import Handoff
from bot.settings import Settings
from bot.visits import Visit
from bot.web import browser, pdf
from bot.web.pages import form, page, templates
from bot.wording import Sheet, Wording

PAPERS = ("a5", "receipt")  # sizes: of an office printer's paper, of a receipt printer's roll (80 mm)
LINK = "__Host-link"  # cookie: the token of the QR code that is shown, and for which visit it was made
SVG = "image/svg+xml"
TOKEN = re.compile(r"[\w-]{22}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Copy:
    """What there is to take away, and whose it is."""

    owner: bytes
    visit: Visit
    sheet: Sheet

    @property
    def language(self) -> str:
        return self.visit.session.language


class Slip:
    """The pages under /kiosk/slip, and the door by which a phone comes in."""

    def __init__(self, desk: Desk, settings: Settings, bot_name: Callable[[], str | None]) -> None:
        self.desk = desk
        self.handoff = Handoff(desk)
        self._settings = settings
        self._bot_name = bot_name
        self._printer = pdf.Printer()

    def routes(self) -> list[Route]:
        return [
            Route("/kiosk/slip", self.choose),
            Route("/kiosk/slip/phone", self.show_link, methods=["GET"]),
            Route("/kiosk/slip/phone", self.make_link, methods=["POST"]),
            Route("/kiosk/slip/phone.svg", self.draw_link),
            Route("/kiosk/slip/{paper}.pdf", self.as_pdf),
            Route("/kiosk/slip/{paper}", self.on_paper),
            Route("/phone/{token}", self.knock, methods=["GET"]),
            Route("/phone/{token}", self.come_in, methods=["POST"]),
        ]

    # ---- on paper ----

    async def choose(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return _start()
        return page(
            "takeaway.html",
            copy.language,
            step=copy.visit.step,
            pdf=await pdf.available(),
            phone=copy.visit.channel == "kiosk" and self._address("") is not None,
        )

    async def on_paper(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return _start()
        qr = "/kiosk/slip/phone.svg" if self._link(request, copy) else ""
        values = self._printed(request, copy) | {"qr": qr, "pdf": await pdf.available()}
        return page("slip_page.html", copy.language, **values)

    async def as_pdf(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return _start()
        if not await pdf.available():
            raise HTTPException(404)
        link = self._link(request, copy)
        values = self._printed(request, copy) | {"qr": _as_data(_drawn(link)) if link else ""}
        html = templates(copy.language).get_template("slip.html").render(values)
        try:
            made = await self._printer.pdf(html)
        except pdf.TooBusy:
            return page("slip_busy.html", copy.language, status=503, paper=values["paper"])
        return Response(made, media_type="application/pdf", headers={"Content-Disposition": 'inline; filename="luohu.pdf"'})

    def _printed(self, request: Request, copy: Copy) -> dict[str, Any]:
        """What stands on a slip, whatever it is printed by."""
        paper = request.path_params["paper"]
        if paper not in PAPERS:
            raise HTTPException(404)
        return {"paper": paper, "sheet": copy.sheet, "wording": Wording(self.desk.book, copy.language)}

    # ---- on the phone: the kiosk's side ----

    async def make_link(self, request: Request) -> Response:
        said = await form(request)
        copy = await self._copy(request)
        if copy is None:
            return _start()
        response = RedirectResponse("/kiosk/slip/phone", 303)
        if said.one("step") != str(copy.visit.step) or self._address("") is None:
            return RedirectResponse("/kiosk/slip", 303)
        if (token := await self.handoff.link(copy.owner)) is not None:
            _keep(response, LINK, f"{token}.{self._made_for(copy)}")
        return response

    async def show_link(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return _start()
        if self._link(request, copy) is None:
            return RedirectResponse("/kiosk/slip", 303)
        return page("slip_phone.html", copy.language, telegram=self._bot_name() is not None)

    async def draw_link(self, request: Request) -> Response:
        copy = await self._copy(request)
        link = self._link(request, copy) if copy else None
        if link is None:
            raise HTTPException(404)
        return Response(_drawn(link), media_type=SVG)

    def _link(self, request: Request, copy: Copy) -> str | None:
        """Where the QR code leads, as long as the visit is just as it was when the link was made."""
        token, _, made_for = request.cookies.get(LINK, "").partition(".")
        return self._address(token) if TOKEN.fullmatch(token) and made_for == self._made_for(copy) else None

    def _made_for(self, copy: Copy) -> str:
        return self.desk.sealed("shown", f"{copy.owner.hex()}:{copy.visit.version}").hex()

    def _address(self, token: str) -> str | None:
        """A link's address: in Telegram if the bot is on, else among our own pages; None if phones cannot reach us."""
        if name := self._bot_name():
            return f"https://t.me/{name}?start={token}"
        if self._settings.public_url:
            return f"{self._settings.public_url.rstrip('/')}/phone/{token}"
        return None

    async def _copy(self, request: Request) -> Copy | None:
        owner = browser.owner_of(request, self.desk)
        if owner is None:
            return None
        visit = await self.desk.read(owner)
        sheet = self.desk.present(visit).sheet
        return Copy(owner, visit, sheet) if sheet is not None else None

    # ---- on the phone: the phone's side ----

    async def knock(self, request: Request) -> Response:
        """A page with a button: programs that look at links before people do use nothing up."""
        return page("phone.html", _language(request), visit=browser.new_name())

    async def come_in(self, request: Request) -> Response:
        """The visit is the phone's from now on. The form brings its new name along, so a second tap finds it too."""
        name, token = (await form(request)).one("visit"), request.path_params["token"]
        owner = browser.owner(self.desk, name)
        if not TOKEN.fullmatch(name) or not TOKEN.fullmatch(token):
            return self._gone(request)
        if not await self.handoff.move(token, owner, "phone") and not (await self.desk.read(owner)).version:
            return self._gone(request)
        response = _start()
        browser.remember(response, name)
        return response

    def _gone(self, request: Request) -> Response:
        return page("phone_gone.html", _language(request), status=410)


def _drawn(link: str) -> bytes:
    """The QR code of a link, as SVG without a style in it."""
    drawn = BytesIO()
    code = segno.make_qr(link, error="m")
    code.save(drawn, kind="svg", border=4, light="white", xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return drawn.getvalue()


def _as_data(drawn: bytes) -> str:
    return f"data:{SVG};base64,{b64encode(drawn).decode()}"


def _start() -> Response:
    """Nothing to take away: to the kiosk, which shows what there is."""
    return RedirectResponse("/kiosk", 303)


def _language(request: Request) -> str:
    """A phone's language, before we know whose it is."""
    first = request.headers.get("accept-language", "zh").strip().casefold()
    return "zh" if first.startswith(("zh", "*")) or not first else "en"


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=600, path="/", secure=True, httponly=True, samesite="strict")
