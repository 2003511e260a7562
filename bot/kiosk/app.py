"""The kiosk: one question a screen, for whoever stands before it; the next one finds nothing of it."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot import log
from bot.clock import now
from bot.kiosk import hall, pdf
from bot.kiosk import visit_cookie as browser
from bot.kiosk.devices import Devices
from bot.kiosk.here import Here, Visitors
from bot.kiosk.links import Links
from bot.kiosk.screens import LOOK, LOOKS, NOTHING_BESIDE, Beside, Screens, looks_of
from bot.kiosk.slip import Slip, Work
from bot.kiosk.visit_cookie import KIOSK, Door
from bot.settings import Settings
from bot.store.base import StoreDown
from bot.talk.handoff import Handoff
from bot.talk.presses import Press, begun, pressed, with_page_ticks
from bot.talk.retention import CALLING, TTL
from bot.talk.told import overheard
from bot.talk.turns import Act, Turns
from bot.talk.visit import Visit
from bot.web.forms import Form, form
from bot.web.tokens import is_token
from bot.web.unread import new_key, too_soon
from bot.wording.languages import LANGUAGES, SOURCE
from flows.conversation import NOT_TALKING, Reply

FASTEST = 300  # turns that a visit may be ahead of one a second
STAYING = ("/stay", "/held", "/begin", "/end", "/idle")  # what shows nothing of a visit
BY_ITSELF = (*STAYING, "/act")  # for which it is not looked whether a visit was left alone, or where the turn looks
STEP = re.compile(r"[1-9][0-9]{0,17}")  # as a form of ours says it
KEEPING = ("/slip", *(f"/slip/{paper}" for paper in hall.PAPERS))  # pages that show the number, beside the sheet


@dataclass(frozen=True, slots=True)
class Sent:
    """A form of a page: for which step it was made, the form's own key, and what was pressed."""

    step: int
    key: str
    press: Press


class Kiosk:
    """The pages of a door: here the kiosk's, under /kiosk. `bot_name`: the Telegram bot's name, once it is known.

    Long, as it has one short method for each address of a door.
    """

    door: Door = KIOSK

    def __init__(
        self, turns: Turns, settings: Settings, bot_name: Callable[[], str | None], printer: pdf.Printer | None = None
    ) -> None:
        self.turns = turns
        self.handoff = Handoff(turns)
        self.hall = self._hall_of(settings)
        self.visitors = Visitors(turns, self.door)
        self.screens = Screens(turns, self.hall, settings.touch_guard, self.door)
        self._guard = settings.touch_guard
        self._begins_on_phones = settings.phones_may_begin
        self._devices = Devices(turns, settings)
        links, printer = Links(turns, settings, bot_name, self.door), printer or pdf.Printer()
        self.slip = Slip(turns, self.door, self.hall, links, printer, self.route, self.screens, self.visitors, self._guard)

    def _hall_of(self, settings: Settings) -> hall.Hall:
        return hall.read(settings.hall, self.turns.book)

    def routes(self) -> list[Route]:
        return [
            *self.pages(),
            Route(f"{self.door.at}/key", self._safely(self.unlock), methods=["POST"]),
            Route(f"{self.door.at}/{{elsewhere:path}}", self._safely(self.elsewhere), methods=["GET"]),
        ]

    def pages(self) -> list[Route]:
        """What every door has."""
        at = self.door.at
        return [
            self.route(self.door.home, self.show),
            self.route(f"{at}/begin", self.begin, "POST"),
            self.route(f"{at}/act", self.act, "POST"),
            self.route(f"{at}/restart", self.ask_restart),
            self.route(f"{at}/look", self.look, "POST"),
            self.route(f"{at}/language", self.language, "POST"),
            self.route(f"{at}/keep", self.keep, "POST"),
            self.route(f"{at}/code", self.code, "POST"),
            self.route(f"{at}/on", self.go_on, "POST"),
            self.route(f"{at}/held", self.held),
            self.route(f"{at}/stay", self.stay, "POST"),
            self.route(f"{at}/end", self.end, "POST"),
            self.route(f"{at}/idle", self.idle),
            self.route(f"{at}/over", self.over),
            *self.slip.routes(),
        ]

    def route(self, path: str, work: Work, method: str = "GET") -> Route:
        """A page of the door, for whoever may see it."""

        async def shown(request: Request) -> Response:
            if self.door.was_ended(request, self.turns) or await self._was_left_alone(request):
                return await self._wiped(request)
            if not await self._may_show(request):
                return self._key_page(request, 403, refused=False)
            if await self.door.comes_too_late(request, self.turns):
                return self.seen("/over")
            return await work(request)

        return Route(path, self._safely(shown), methods=[method])

    async def _may_show(self, request: Request) -> bool:
        return await self._devices.may_show(request)

    async def _was_left_alone(self, request: Request) -> bool:
        """Whether it comes from a page that nobody touched until its screen went blank, or must have."""
        if request.scope["path"].removeprefix(self.door.at) in BY_ITSELF:
            return False
        here = await self.visitors.of(request)
        return here is not None and here.visit.is_left_alone(now())

    def _safely(self, work: Work) -> Work:
        """Whatever goes wrong is a page of ours; the visit's cookie is another one after every response."""

        async def endpoint(request: Request) -> Response:
            try:
                response = await work(request)
            except HTTPException as error:
                response = self.screens.trouble(request, error.status_code)
            except StoreDown:
                response = self.screens.trouble(request, 503)
            except Exception as error:
                log.fault("kiosk", error)
                response = self.screens.trouble(request, 500)
            self.door.renew(request, response)
            return response

        return endpoint

    async def show(self, request: Request) -> Response:
        """The one address of a visit: what there is to see now."""
        here = await self.visitors.of(request)
        if here is None or here.visit.session.phase in NOT_TALKING:
            moved = await self.slip.links.has_moved(request)
            return self.screens.moved_away(request) if moved else await self.outside(request)
        return self.screens.visit(request, here.visit, here.beside, await self.slip.number(here.visit))

    async def outside(self, request: Request) -> Response:
        """What there is to see for whoever has no visit."""
        return self.screens.welcome(request)

    async def over(self, request: Request) -> Response:
        """Where a window comes whose visit is no more; what has begun since in this browser is not shown there unasked."""
        here = await self.visitors.of(request)
        if here is None:
            return self._over(request)
        if not here.visit.talk.is_on:
            return self.seen()
        return self.screens.screen(request, "another", here.visit.session.language, visit=here.visit)

    def _over(self, request: Request) -> Response:
        return self.screens.welcome(request, over=True)

    def seen(self, below: str = "") -> Response:
        """To the one address of the visit, or one below the door, so that a reload sends nothing again."""
        return RedirectResponse(self.door.at + below if below else self.door.home, 303)

    async def elsewhere(self, request: Request) -> Response:
        """An address that there is not leads to the kiosk, where nobody can type another one."""
        if request.url.path.startswith(f"{self.door.at}/slip"):
            raise HTTPException(404)
        return self.seen()

    # ---- turns ----

    async def begin(self, request: Request) -> Response:
        """A new visit in the language chosen; what the browser had before is ended."""
        sent = await form(request)
        chosen = sent.one("language")
        if chosen not in LANGUAGES or self._is_unread(sent):
            return self.seen()
        if not await self._devices.may_begin(request):
            log.event("too_many_visits", 30)
            raise HTTPException(503)
        if before := self.door.owner_of(request, self.turns):
            await self.turns.end(before)
        return await self._begun(lambda visit: begun(visit.saying(language=chosen)))

    async def _begun(self, act: Act) -> Response:
        """A new visit, and the page that shows it."""
        name = browser.new_name()
        owner = browser.owner(self.turns, name)  # of the name itself nothing is kept: who reads it has the visit
        await self.turns.take(owner, None, f"kiosk:{owner.hex()}", lambda visit: act(visit.having(channel=self.door.channel)))
        response = self.seen()
        self.door.remember(response, name)
        return response

    async def act(self, request: Request) -> Response:
        """One turn by a button of the page that is shown; of any other page it changes nothing."""
        fields = await form(request)
        sent, owner = _sent(fields), self.door.owner_of(request, self.turns)
        if sent is None or owner is None or self._is_unread(fields):
            return self.seen()
        if sent.press.verb == "back" and await self._is_at_the_beginning(request, sent.step):
            await self.turns.end(owner)
            return self.seen()
        key = f"kiosk:{sent.key}"
        told = fields.one("told") if sent.press.verb == "told" else None
        turn = await self.turns.take(owner, sent.step, key, lambda visit: _acted(visit, sent.press, told), press=sent.press)
        log.event("turn", outcome=turn.outcome, phase=turn.reply.phase)
        if turn.outcome == "left_alone":
            return await self._wiped(request)
        if turn.outcome != "duplicate":
            if turn.visit.step == sent.step or turn.outcome != "ok":
                await self.turns.forget_key(key)
            await self.visitors.say(owner, turn.visit, turn.reply)
        return self.seen("/restart" if turn.reply.phase == "restart" else "")

    def _is_unread(self, sent: Form) -> bool:
        """Whether it was pressed on a page that nobody can have read: the same page is shown again."""
        return too_soon(sent.one("key"), self._guard)

    async def _is_at_the_beginning(self, request: Request, step: int) -> bool:
        """Whether somebody at a kiosk stands before the first question: back from there are the languages."""
        here = await self.visitors.of(request)
        if here is None or here.visit.is_left_alone(now()):
            return False
        visit = here.visit
        first = visit.session.phase == "asking" and not visit.session.facts and visit.channel == "kiosk"
        return first and visit.step == step and visit.held_until <= now()

    async def ask_restart(self, request: Request) -> Response:
        """Whether everything said shall really go."""
        here = await self.visitors.of(request)
        if here is None or not here.visit.session.facts or here.visit.held_until > now():
            return self.seen()
        return self.screens.screen(request, "restart", here.visit.session.language, visit=here.visit)

    async def _keep_ticks(self, here: Here, sent: Sent | None, **says: str) -> None:
        """What is ticked in a list that is not done yet, when something beside it is pressed; and what was said besides. `says`:
        what changes in the session with it."""
        owner, visit, beside = here.owner, here.visit, here.beside
        if not visit.step or (sent is not None and sent.step != visit.step):
            return

        def ticked(visit: Visit) -> tuple[Visit, Reply]:
            visit = with_page_ticks(visit, sent.press.ticked if sent else None).saying(**says)
            return visit, visit.talk.reply()

        if ticked(visit)[0] == visit:
            return
        turn = await self.turns.take(owner, visit.step, f"kiosk:{sent.key if sent else new_key()}", ticked)
        if beside.code:
            await self.handoff.calling(owner, CALLING)
        if beside != NOTHING_BESIDE:
            await self.visitors.keep(owner, turn.visit, beside)

    # ---- how it looks ----

    async def look(self, request: Request) -> Response:
        """Large text or high contrast, on or off."""
        sent = await form(request)
        if self._is_unread(sent):
            return self.seen()
        if here := await self.visitors.of(request):
            await self._keep_ticks(here, _sent(sent))
        looks = ({sent.one("look")} & set(LOOKS)) ^ looks_of(request)
        response = self.seen()
        if looks:
            browser.keep(response, LOOK, ".".join(sorted(looks)))
        else:
            browser.drop(response, LOOK)
        return response

    async def language(self, request: Request) -> Response:
        """Another language; what was answered stays."""
        sent = await form(request)
        here, chosen = await self.visitors.of(request), sent.one("language")
        if here and chosen in LANGUAGES and not self._is_unread(sent):
            await self._keep_ticks(here, _sent(sent), language=chosen)
        return self.seen()

    # ---- the hotline ----

    async def code(self, request: Request) -> Response:
        """A code to read out to the hotline."""
        sent = await form(request)
        if (here := await self.visitors.of(request)) and not self._is_unread(sent):
            owner = here.owner
            await self._keep_ticks(here, _sent(sent))
            code = await self.handoff.code(owner)
            visit = await self.turns.read(owner)
            if code:
                await self.handoff.calling(owner, CALLING)
                await self.visitors.keep(owner, visit, Beside(code=code))
            elif visit.step:
                await self.visitors.say(owner, visit, visit.talk.reply("nothing_to_hand_over"))
        return self.seen()

    async def go_on(self, request: Request) -> Response:
        """Back from the code to the question."""
        sent = await form(request)
        if (owner := self.door.owner_of(request, self.turns)) and not self._is_unread(sent):
            await self.visitors.hush(owner)
            await self.handoff.calling(owner, TTL["kiosk"])
        return self.seen()

    async def held(self, request: Request) -> Response:
        """For a page that waits for a change: who has the visit, the hotline (yes), the person here (no), nobody; and which."""
        here = await self.visitors.of(request)
        if here is None or not here.visit.step:
            return PlainTextResponse("gone")
        return PlainTextResponse(f"{'yes' if here.visit.held_until > now() else 'no'} {self.door.mark_of(request, self.turns)}")

    # ---- the end ----

    async def keep(self, request: Request) -> Response:
        """The number on the sheet was printed or written down: it stays good when the visit ends."""
        sent = await form(request)
        if here := await self.visitors.of(request):
            await self.slip.keep_number(here.visit)
        back = sent.one("from").removeprefix(self.door.at)
        return self.seen(back if back in KEEPING else "")

    async def stay(self, request: Request) -> Response:
        """The person is still there."""
        await form(request)
        owner = self.door.owner_of(request, self.turns)
        return Response(status_code=204) if owner and await self.turns.stay(owner) else self.seen()

    async def end(self, request: Request) -> Response:
        await form(request)
        return await self._wiped(request)

    async def idle(self, request: Request) -> Response:
        """Where a page goes that nobody touches. What goes on in another window stays, and is shown here, too."""
        with suppress(StoreDown):
            if (owner := self.door.owner_of(request, self.turns)) and await self.turns.goes_on(owner):
                return self.seen()
        return await self._wiped(request)

    async def _wiped(self, request: Request) -> Response:
        """Nothing is left here or in the browser; even without a database, as what is kept there goes by itself soon."""
        if owner := self.door.owner_of(request, self.turns):
            with suppress(StoreDown):
                await self.turns.end(owner)
        return self.screens.cleared(self.seen())

    async def unlock(self, request: Request) -> Response:
        """The kiosk's key, typed in by staff."""
        typed = (await form(request)).one("key")
        if not await self._devices.may_try_a_key(request):
            return self._key_page(request, 429, refused=True)
        if not self._devices.is_key(typed):
            return self._key_page(request, 403, refused=True)
        response = self.seen()
        self._devices.unlock(response)
        return response

    def _key_page(self, request: Request, status: int, refused: bool) -> Response:
        """For staff; a resident who strays there finds the way to the door of phones, if it is open."""
        return self.screens.screen(request, "key", SOURCE, status=status, refused=refused, phones=self._begins_on_phones)


def _acted(visit: Visit, press: Press, told: str | None) -> tuple[Visit, Reply]:
    """The visit after a press; `told`: what was told in one's own words with it, on a phone. At a kiosk nobody types."""
    if told is None or visit.channel != "phone":
        return pressed(visit, press)
    return overheard(with_page_ticks(visit, press.ticked), told)


def _sent(sent: Form) -> Sent | None:
    """The button of a form, or None if the form is none of ours. Raises HTTPException: 503 for a visit that no finger presses."""
    step, key, verb, *said = sent.one("step"), sent.one("key"), *sent.one("do").split(" ")
    if not STEP.fullmatch(step) or not is_token(key) or len(said) > 2:
        return None
    if int(step) > now() + FASTEST:  # a step is never before its moment
        raise HTTPException(503)
    match verb, said:
        case "ticked", _:
            verb = "done"
        case "restart", ["sure"]:
            said = ["yes"]
    return Sent(int(step), key, Press(verb, tuple(said), sent.all("tick")))
