"""A resident's own phone: the door at /, with the kiosk's pages in a phone's size, no key and none of the kiosk's hurry."""

from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import log
from bot.kiosk import visit_cookie as browser
from bot.kiosk.app import Kiosk
from bot.kiosk.devices import NEW_ON_PHONES
from bot.kiosk.hall import Hall
from bot.kiosk.visit_cookie import KIOSK, PHONE
from bot.settings import Settings
from bot.talk.presses import linked
from bot.web.forms import Form, form
from bot.web.pages import language_of, page
from bot.web.tokens import is_token
from bot.web.unread import new_key
from bot.wording.languages import LANGUAGES


class OwnPhone(Kiosk):
    """A talk begins here by a press, or comes from a kiosk by its link. It takes no other talk's place unless that is said."""

    door = PHONE

    def _hall_of(self, settings: Settings) -> Hall:
        known = super()._hall_of(settings)
        return replace(known, hotline=known.hotline or settings.hotline)

    def routes(self) -> list[Route]:
        return [
            *self.pages(),
            Route(f"{self.door.at}/{{token}}", self._safely(self.knock), methods=["GET"]),
            self.route(f"{self.door.at}/{{token}}", self.come_in, "POST"),
        ]

    async def _may_show(self, request: Request) -> bool:
        return True

    async def show(self, request: Request) -> Response:
        """What there is to see now; a link's city that is not taken is said."""
        city, here = self._city(request.query_params.get("city", "")), await self.visitors.of(request)
        if city and here and here.visit.talk.is_on and here.visit.session.facts.get("city", city) != city:
            await self.visitors.say(here.owner, here.visit, here.visit.talk.reply("own_city"))
            self.visitors.forget(request)
        return await super().show(request)

    # ---- without a visit ----

    async def outside(self, request: Request) -> Response:
        """The first page, which keeps nothing; a kiosk that strays here goes back to its own door."""
        city = self._city(request.query_params.get("city", ""))
        if self.door.visit in request.cookies and not city:
            return self._over(request)
        if self._devices.is_told(request) or not self._begins_on_phones:
            return RedirectResponse(KIOSK.home, 303)
        name = self.turns.book.facts["city"].options.get(city, "")
        start = self.screens.screen(request, "start", language_of(request), city=city, city_name=name)
        return self.screens.without_visit(request, start)

    def _city(self, said: str) -> str:
        return said if said in self.turns.book.cities else ""

    def _over(self, request: Request) -> Response:
        response = self.screens.screen(request, "over", language_of(request), anew=self._begins_on_phones)
        return self.screens.without_visit(request, response)

    async def _wiped(self, request: Request) -> Response:
        response = await super()._wiped(request)
        response.headers["location"] = f"{self.door.at}/over"
        return response

    # ---- a talk of one's own ----

    async def begin(self, request: Request) -> Response:
        """In the language chosen, with the city that the link named."""
        sent = await form(request)
        chosen, city = sent.one("language"), self._city(sent.one("city"))
        if not self._begins_on_phones or chosen not in LANGUAGES or self._is_unread(sent):
            return self.seen()
        if await self._has_own_talk(request, sent):
            return await self._ask_first(request, {"language": chosen, "city": city})
        if not await self._devices.may_begin(request, NEW_ON_PHONES):
            log.event("too_many_visits", 30)
            raise HTTPException(503)
        await self._leave(request)
        return await self._begun(lambda visit: linked(visit.saying(language=chosen), city))

    async def _has_own_talk(self, request: Request, sent: Form) -> bool:
        """Whether something was answered here that would go, and nobody said yet that it may."""
        may_go = sent.one("anew") and not self._is_unread(sent)
        here = None if may_go else await self.visitors.of(request)
        return here is not None and here.visit.talk.is_on and bool(here.visit.session.facts)

    async def _ask_first(self, request: Request, fields: dict[str, str]) -> Response:
        """Whether the talk on this phone may go; `fields`: what the form says again."""
        here = await self.visitors.of(request)
        visit = here.visit if here else None
        language = visit.session.language if visit else language_of(request)
        return self.screens.screen(request, "own", language, visit=visit, fields=fields, arrives="visit" in fields)

    async def _leave(self, request: Request) -> None:
        """What the phone had before is ended."""
        if before := self.door.owner_of(request, self.turns):
            await self.turns.end(before)

    # ---- a talk from a kiosk ----

    async def knock(self, request: Request) -> Response:
        """A page with a button: programs that look at links before people do use nothing up."""
        own, token = self.door.owner_of(request, self.turns), request.path_params["token"]
        if own is not None and is_token(token) and await self.handoff.is_here(token, own):
            return self.seen()
        return page("phone.html", language_of(request), visit=browser.new_name(), key=new_key(), guard=self._guard)

    async def come_in(self, request: Request) -> Response:
        """The visit is the phone's from now on. The form brings its new name along, so a second tap finds it too."""
        sent, token = await form(request), request.path_params["token"]
        name = sent.one("visit")
        if not is_token(name) or not is_token(token):
            return self._gone(request)
        owner, own = browser.owner(self.turns, name), self.door.owner_of(request, self.turns)
        if own is not None and await self.handoff.is_here(token, own):
            return self.seen()  # the same link opened once more, and its talk goes on
        if own != owner and await self._has_own_talk(request, sent):
            return await self._ask_first(request, {"visit": name})
        if self._is_unread(sent):
            return self.seen(f"/{token}")
        if not await self.handoff.move(token, owner, "phone") and (await self.turns.read(owner)).channel != "phone":
            return self._gone(request)
        if own != owner:
            await self._leave(request)
        response = self.seen()
        self.door.remember(response, name)
        return response

    def _gone(self, request: Request) -> Response:
        return page("phone_gone.html", language_of(request), status=410, anybody=self._begins_on_phones)
