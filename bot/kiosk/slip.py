"""The slip: the answer sheet to take away, on paper, as a PDF, or on one's own phone."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.kiosk import pdf
from bot.kiosk import visit_cookie as browser
from bot.kiosk.hall import PAPERS, Hall
from bot.kiosk.screens import Screens
from bot.settings import Settings
from bot.talk.handoff import Handoff
from bot.talk.retention import CODE_LIFE
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.web.pages import form, language_of, page, rendered
from bot.wording.views import Sheet, Wording

TOKEN = re.compile(r"[\w-]{22}", re.ASCII)

Work = Callable[[Request], Coroutine[Any, Any, Response]]


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
    """The pages under /kiosk/slip, and the door by which a phone comes in.

    `route` and `screens` make them the kiosk's own; `safely` is for the door, which is open to every phone.
    """

    def __init__(
        self,
        turns: Turns,
        settings: Settings,
        bot_name: Callable[[], str | None],
        hall: Hall,
        route: Callable[..., Route],
        screens: Screens,
        safely: Callable[[Work], Work],
    ) -> None:
        self.turns = turns
        self.handoff = Handoff(turns)
        self.hall = hall
        self._settings = settings
        self._bot_name = bot_name
        self._route = route
        self._screens = screens
        self._safely = safely
        self._printer = pdf.Printer()

    def routes(self) -> list[Route]:
        return [
            self._route("/kiosk/slip", self.choose),
            self._route("/kiosk/slip/phone", self.show_link),
            self._route("/kiosk/slip/phone", self.make_link, "POST"),
            self._route("/kiosk/slip/phone.svg", self.draw_link),
            self._route("/kiosk/slip/{paper}.pdf", self.as_pdf),
            self._route("/kiosk/slip/{paper}", self.on_paper),
            Route("/phone/{token}", self._safely(self.knock), methods=["GET"]),
            Route("/phone/{token}", self._safely(self.come_in), methods=["POST"]),
        ]

    # ---- on paper ----

    async def choose(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return _back()
        return self._shown(request, copy, "takeaway", pdf=await self._offers_pdf(copy), phone=self._address("") is not None)

    async def on_paper(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return _back()
        qr = "/kiosk/slip/phone.svg" if self._link(request, copy) else ""
        offers = await self._offers_pdf(copy)
        return self._shown(request, copy, "slip", **self._printed(request, copy), qr=qr, pdf=offers, held="no" if qr else "")

    async def as_pdf(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return _back()
        if not await self._offers_pdf(copy):
            raise HTTPException(404)
        html = rendered("slip.html", copy.language, **self._printed(request, copy), visit=copy.visit, qr="", hall=self.hall)
        try:
            made = await self._printer.pdf(html)
        except pdf.TooBusy:
            raise HTTPException(503) from None
        return Response(made, media_type="application/pdf", headers={"Content-Disposition": 'attachment; filename="luohu.pdf"'})

    async def _offers_pdf(self, copy: Copy) -> bool:
        """On one's own phone only: on a machine for everybody a file would stay behind, or be shown with no end to it."""
        return copy.visit.channel == "phone" and await pdf.available()

    def _printed(self, request: Request, copy: Copy) -> dict[str, Any]:
        """What stands on a slip, whatever it is printed by."""
        paper = request.path_params["paper"]
        if paper not in PAPERS:
            raise HTTPException(404)
        wording = Wording(self.turns.book, copy.language)
        sheet = replace(copy.sheet, unasked=wording.unasked_on_paper(copy.visit.session))
        return {"paper": paper, "sheet": sheet, "wording": wording}

    def _shown(self, request: Request, copy: Copy, name: str, **values: Any) -> Response:
        return self._screens.screen(request, name, copy.language, visit=copy.visit, **values)

    # ---- on the phone: the kiosk's side ----

    async def make_link(self, request: Request) -> Response:
        step = (await form(request)).one("step")
        copy = await self._copy(request)
        if copy is None:
            return _back()
        if step != str(copy.visit.step) or self._address("") is None:
            return _back("/kiosk/slip")
        response = _back("/kiosk/slip/phone")
        if token := await self.handoff.link(copy.owner):
            value = f"{token}.{self._made_for(copy)}"
            browser.keep(response, browser.LINK, value, CODE_LIFE)
        return response

    async def show_link(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None or self._link(request, copy) is None:
            return _back("/kiosk/slip")
        return self._shown(request, copy, "phone", telegram=self._bot_name() is not None, held="no")

    async def draw_link(self, request: Request) -> Response:
        copy = await self._copy(request)
        link = self._link(request, copy) if copy else None
        if link is None:
            raise HTTPException(404)
        return Response(_drawn(link), media_type="image/svg+xml")

    def _link(self, request: Request, copy: Copy) -> str | None:
        """Where the QR code leads, as long as the visit is just as it was when the link was made."""
        token, made_for = _shown_by(request)
        return self._address(token) if token and made_for == self._made_for(copy) else None

    async def has_moved(self, request: Request) -> bool:
        """Whether a phone took the visit by the code that was shown here."""
        token, _ = _shown_by(request)
        return bool(token) and await self.handoff.moved(token)

    def _made_for(self, copy: Copy) -> str:
        return self.turns.runtime.keyed_hash("shown", f"{copy.owner.hex()}:{copy.visit.version}").hex()

    def _address(self, token: str) -> str | None:
        """A link's address: in Telegram if the bot is on, else among our own pages; None if phones cannot reach us."""
        if name := self._bot_name():
            return f"https://t.me/{name}?start={token}"
        if self._settings.public_url:
            return f"{self._settings.public_url.rstrip('/')}/phone/{token}"
        return None

    async def _copy(self, request: Request) -> Copy | None:
        owner = browser.owner_of(request, self.turns)
        if owner is None:
            return None
        visit = await self.turns.read(owner)
        sheet = self._screens.view(visit).sheet
        return Copy(owner, visit, sheet) if sheet is not None else None

    # ---- on the phone: the phone's side ----

    async def knock(self, request: Request) -> Response:
        """A page with a button: programs that look at links before people do use nothing up."""
        return page("phone.html", language_of(request), visit=browser.new_name())

    async def come_in(self, request: Request) -> Response:
        """The visit is the phone's from now on. The form brings its new name along, so a second tap finds it too."""
        name, token = (await form(request)).one("visit"), request.path_params["token"]
        if not TOKEN.fullmatch(name) or not TOKEN.fullmatch(token):
            return self._gone(request)
        owner = browser.owner(self.turns, name)
        if not await self.handoff.move(token, owner, "phone") and (await self.turns.read(owner)).channel != "phone":
            return self._gone(request)
        response = _back()
        browser.remember(response, name)
        return response

    def _gone(self, request: Request) -> Response:
        return page("phone_gone.html", language_of(request), status=410, anybody=not self._settings.kiosk_key)


def _shown_by(request: Request) -> tuple[str, str]:
    """(the token of the code that this browser shows or "", for which visit it was made)."""
    token, _, made_for = request.cookies.get(browser.LINK, "").partition(".")
    return (token if TOKEN.fullmatch(token) else "", made_for)


def _drawn(link: str) -> bytes:
    """The QR code of a link, as SVG without a style in it."""
    import segno  # loaded with the first code that somebody asks for

    drawn = BytesIO()
    code = segno.make_qr(link, error="m")
    code.save(drawn, kind="svg", border=4, light="white", xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return drawn.getvalue()


def _back(to: str = "/kiosk") -> RedirectResponse:
    """Another page instead; the kiosk's own address shows whatever there is."""
    return RedirectResponse(to, 303)
