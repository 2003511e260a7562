"""The slip: the answer sheet to take away, on paper or as a PDF; or the visit itself, by a link (links.py)."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.kiosk import pdf
from bot.kiosk.hall import PAPERS, Hall
from bot.kiosk.here import Visitors
from bot.kiosk.leaf import sizes_of
from bot.kiosk.links import Links
from bot.kiosk.screens import Screens
from bot.kiosk.visit_cookie import Door
from bot.talk import codes
from bot.talk.receipts import Receipts
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.web import qr
from bot.web.forms import form
from bot.web.pages import rendered
from bot.web.unread import too_soon
from bot.wording import questions
from bot.wording import sheet as sheets
from bot.wording.languages import Language
from bot.wording.view import Sheet
from flows.conversation import Talk

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
    """The pages of a door about taking something away. `route`, `screens` and `visitors` make them the door's own."""

    def __init__(
        self,
        turns: Turns,
        door: Door,
        hall: Hall,
        links: Links,
        printer: pdf.Printer,
        route: Callable[..., Route],
        screens: Screens,
        visitors: Visitors,
        guard: int,
    ) -> None:
        self.turns = turns
        self.door = door
        self.hall = hall
        self.links = links
        self._route = route
        self._screens = screens
        self._visitors = visitors
        self._printer = printer
        self._receipts = Receipts(turns)
        self._guard = guard

    def routes(self) -> list[Route]:
        at = f"{self.door.at}/slip"
        return [
            self._route(at, self.choose),
            self._route(f"{at}/phone", self.show_link),
            self._route(f"{at}/phone", self.make_link, "POST"),
            self._route(f"{at}/phone.svg", self.draw_link),
            self._route(f"{at}/{{paper}}.pdf", self.as_pdf),
            self._route(f"{at}/{{paper}}", self.on_paper),
        ]

    # ---- on paper ----

    async def choose(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return self._back()
        offers = {"pdf": await self._offers_pdf(copy), "link": self.links.can_be_made()}
        return self._shown(request, copy, "takeaway", number=await self.number(copy.visit), code=copy.sheet.receipt, **offers)

    async def on_paper(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return self._back()
        link = f"{self.door.at}/slip/phone.svg" if copy.visit.channel == "kiosk" and self._link(request, copy) else ""
        offers = await self._offers_pdf(copy)
        shown = {"qr": link, "pdf": offers, "held": "no" if link else "", "number": await self.number(copy.visit)}
        return self._shown(request, copy, "slip", **self._printed(copy, request.path_params["paper"]) | shown)

    async def as_pdf(self, request: Request) -> Response:
        copy = await self._copy(request)
        if copy is None:
            return self._back()
        if not await self._offers_pdf(copy):
            raise HTTPException(404)
        try:
            made = await self._drawn(copy, request.path_params["paper"])
        except pdf.TooBusy:
            raise HTTPException(503) from None
        return Response(made, media_type="application/pdf", headers={"Content-Disposition": 'attachment; filename="luohu.pdf"'})

    async def to_send(self, visit: Visit) -> bytes | None:
        """The slip of a visit as a PDF, for a channel that sends it; None if there is none, or too many wait for theirs."""
        sheet = self._screens.view(visit).sheet
        if sheet is None:
            return None
        try:
            return await self._drawn(Copy(b"", visit, sheet), PAPERS[0])
        except pdf.TooBusy:
            return None

    async def _drawn(self, copy: Copy, paper: str) -> bytes:
        return await self._printer.pdf(rendered("slip.html", copy.language, **self._printed(copy, paper)))

    async def _offers_pdf(self, copy: Copy) -> bool:
        """On one's own phone only: on a machine for everybody a file would stay behind, or be shown with no end to it."""
        return copy.visit.channel == "phone" and await pdf.available()

    def _printed(self, copy: Copy, paper: str) -> dict[str, Any]:
        if paper not in PAPERS:
            raise HTTPException(404)
        where, hall = "paper" if copy.visit.channel == "kiosk" else "phone", self.hall.for_visit(copy.visit)
        return printed(Language(copy.language), copy.visit.talk, copy.sheet, paper, hall, where)

    def _shown(self, request: Request, copy: Copy, name: str, **values: Any) -> Response:
        return self._screens.screen(request, name, copy.language, visit=copy.visit, **values)

    async def number(self, visit: Visit) -> str:
        """What becomes of the number on the sheet at the end: it goes, is kept, is the phone's own; "" if there is none."""
        if not visit.receipt or visit.session.phase != "result":
            return ""
        if visit.channel == "phone":
            return "own"
        return "kept" if await self._receipts.is_kept(visit) else "goes"

    async def keep_number(self, visit: Visit) -> None:
        await self._receipts.keep(visit)

    # ---- to the phone, to Telegram ----

    async def make_link(self, request: Request) -> Response:
        sent = await form(request)
        step, copy = sent.one("step"), await self._copy(request)
        if copy is None:
            return self._back()
        if too_soon(sent.one("key"), self._guard) or step != str(copy.visit.step) or not self.links.can_be_made():
            return self._back("/slip")
        response = self._back("/slip/phone")
        await self.links.make(response, copy.owner, copy.visit)
        return response

    async def show_link(self, request: Request) -> Response:
        copy = await self._copy(request)
        link = self._link(request, copy) if copy else None
        if copy is None or link is None:
            return self._back("/slip")
        return self._shown(request, copy, "phone", link=link, telegram=self.links.bot_name() is not None, held="no")

    async def draw_link(self, request: Request) -> Response:
        copy = await self._copy(request)
        link = self._link(request, copy) if copy else None
        if link is None:
            raise HTTPException(404)
        return Response(qr.picture(link), media_type="image/svg+xml")

    def _link(self, request: Request, copy: Copy) -> str | None:
        return self.links.of(request, copy.owner, copy.visit)

    async def _copy(self, request: Request) -> Copy | None:
        here = await self._visitors.of(request)
        if here is None:
            return None
        sheet = self._screens.view(here.visit).sheet
        return Copy(here.owner, here.visit, sheet) if sheet is not None else None

    def _back(self, to: str = "") -> RedirectResponse:
        """Another page instead; the visit's own address shows whatever there is."""
        return RedirectResponse(self.door.at + to if to else self.door.home, 303)


def printed(words: Language, talk: Talk, sheet: Sheet, paper: str, hall: Hall, where: str) -> dict[str, Any]:
    """What stands on a slip, whatever it is printed by. `where` it is read: on paper, on a phone."""
    shown: dict[str, Any] = {
        "paper": paper,
        "hall": hall,
        "qr": "",
        "sheet": sheets.on_paper(words, sheet),
        "code": qr.of_number(codes.digits_of(sheet.receipt)) if sheet.receipt else "",
        "answers": [choice.label for choice in questions.answer_list(words, talk)],
        "hall_heading": sheets.hall_heading(talk.book, words, where, hall.city, talk.session),
    }
    return shown | {"sizes": sizes_of(lambda back: rendered("slip.html", words.code, **shown, sizes=("", back)), words.code)}
