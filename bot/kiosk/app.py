"""The kiosk: one question a screen, for whoever stands before it; the next one finds nothing of it."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot import log
from bot.clock import now
from bot.kiosk import hall
from bot.kiosk import visit_cookie as browser
from bot.kiosk.devices import Devices
from bot.kiosk.screens import LOOK, LOOKS, NOTHING_BESIDE, Beside, Screens, cleared, looks_of
from bot.kiosk.slip import Slip, Work
from bot.settings import Settings
from bot.store.base import StoreDown
from bot.talk.handoff import Handoff
from bot.talk.presses import Press, begun, pressed, with_page_ticks
from bot.talk.retention import CALLING, CODE_LIFE, TTL
from bot.talk.told import overheard
from bot.talk.turns import Turns
from bot.talk.visit import Channel, Visit
from bot.web.forms import Form, form
from bot.web.short_memory import ShortMemory
from bot.web.unread import new_key, too_soon
from bot.wording.languages import LANGUAGES, SOURCE
from flows.conversation import NOT_TALKING, Reply

FASTEST = 300  # turns that a visit may be ahead of one a second
STAYING = ("/kiosk/stay", "/kiosk/held", "/kiosk/begin", "/kiosk/end")  # what shows nothing of a visit
KEEPING = ("/kiosk/slip", *(f"/kiosk/slip/{paper}" for paper in hall.PAPERS))  # pages that show the number, beside the sheet
MOST_BESIDE = 20_000  # remarks that are kept, of as many visits


@dataclass(frozen=True, slots=True)
class Sent:
    """A form of a page: for which step it was made, the form's own key, and what was pressed."""

    step: int
    key: str
    press: Press


class Kiosk:
    """The pages under /kiosk. `bot_name`: the Telegram bot's name, once it is known.

    Long, as it has one short method for each address under /kiosk.
    """

    def __init__(self, turns: Turns, settings: Settings, bot_name: Callable[[], str | None]) -> None:
        self.turns = turns
        self.handoff = Handoff(turns)
        self.hall = hall.read(settings.hall, turns.book)
        self.screens = Screens(turns, self.hall, settings.touch_guard)
        self._guard = settings.touch_guard
        self._devices = Devices(turns, settings)
        self._slip = Slip(turns, settings, bot_name, self.hall, self.route, self.screens, self._safely)
        self._beside: ShortMemory[tuple[int, Beside]] = ShortMemory(CODE_LIFE, MOST_BESIDE)  # of which version

    def routes(self) -> list[Route]:
        return [
            self.route("/kiosk", self.show),
            self.route("/kiosk/begin", self.begin, "POST"),
            self.route("/kiosk/act", self.act, "POST"),
            self.route("/kiosk/restart", self.ask_restart),
            self.route("/kiosk/look", self.look, "POST"),
            self.route("/kiosk/language", self.language, "POST"),
            self.route("/kiosk/keep", self.keep, "POST"),
            self.route("/kiosk/code", self.code, "POST"),
            self.route("/kiosk/on", self.go_on, "POST"),
            self.route("/kiosk/held", self.held),
            self.route("/kiosk/stay", self.stay, "POST"),
            self.route("/kiosk/end", self.end, "POST"),
            self.route("/kiosk/idle", self.idle),
            Route("/kiosk/key", self._safely(self.unlock), methods=["POST"]),
            *self._slip.routes(),
            Route("/kiosk/{elsewhere:path}", self._safely(self.elsewhere), methods=["GET"]),
        ]

    def route(self, path: str, work: Work, method: str = "GET") -> Route:
        """A page of the kiosk, for the devices that may show it."""

        async def shown(request: Request) -> Response:
            if browser.ENDED in request.cookies or await self._is_overdue(request):
                return await self._wiped(request)
            if not await self._devices.may_show(request):
                if self._devices.is_phone(request):
                    return self.screens.over(request, anew=False)
                return self.screens.screen(request, "key", SOURCE, status=403, refused=False)
            return await work(request)

        return Route(path, self._safely(shown), methods=[method])

    async def _is_overdue(self, request: Request) -> bool:
        """Whether it comes from a page that nobody touched until its screen went blank, or must have."""
        owner = browser.owner_of(request, self.turns)
        return owner is not None and request.url.path not in STAYING and await self.turns.is_overdue(owner)

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
            browser.renew(request, response)
            return response

        return endpoint

    async def show(self, request: Request) -> Response:
        """The one address of a visit: what there is to see now."""
        owner = browser.owner_of(request, self.turns)
        visit = await self.turns.read(owner) if owner else None
        if owner is None or visit is None or visit.session.phase in NOT_TALKING:
            if await self._slip.has_moved(request):
                return self.screens.moved_away(request)
            if self._devices.is_phone(request):
                return self.screens.over(request, anew=self._devices.are_all_welcome)
            return self.screens.welcome(request)
        return self.screens.visit(request, visit, self._beside_of(owner, visit), await self._slip.number(visit))

    async def elsewhere(self, request: Request) -> Response:
        """An address that there is not leads to the kiosk, where nobody can type another one."""
        if request.url.path.startswith("/kiosk/slip"):
            raise HTTPException(404)
        return _seen()

    # ---- turns ----

    async def begin(self, request: Request) -> Response:
        """A new visit in the language chosen; what the browser had before is ended."""
        sent = await form(request)
        chosen = sent.one("language")
        if chosen not in LANGUAGES or self._is_unread(sent):
            return _seen()
        if not await self._devices.may_begin(request):
            log.event("too_many_visits", 30)
            raise HTTPException(503)
        if before := browser.owner_of(request, self.turns):
            await self._end(before)
        channel: Channel = "phone" if self._devices.is_phone(request) else "kiosk"
        name = browser.new_name()
        owner = browser.owner(self.turns, name)  # of the name itself nothing is kept: who reads it has the visit
        await self.turns.take(owner, None, f"kiosk:{owner.hex()}", lambda visit: _begun(visit, chosen, channel))
        response = _seen()
        browser.remember(response, name)
        return response

    async def act(self, request: Request) -> Response:
        """One turn by a button of the page that is shown; of any other page it changes nothing."""
        fields = await form(request)
        sent, owner = _sent(fields), browser.owner_of(request, self.turns)
        if sent is None or owner is None or self._is_unread(fields):
            return _seen()
        if sent.press.verb == "back" and await self._is_at_the_beginning(owner, sent.step):
            await self._end(owner)
            return _seen()
        key = f"kiosk:{sent.key}"
        told = fields.one("told") if sent.press.verb == "told" else None
        turn = await self.turns.take(owner, sent.step, key, lambda visit: _acted(visit, sent.press, told), press=sent.press)
        log.event("turn", outcome=turn.outcome, phase=turn.reply.phase)
        if turn.outcome != "duplicate":
            if turn.visit.step == sent.step or turn.outcome != "ok":
                await self.turns.forget_key(key)
            self._say(owner, turn.visit, turn.reply)
        return _seen("/kiosk/restart" if turn.reply.phase == "restart" else "/kiosk")

    def _is_unread(self, sent: Form) -> bool:
        """Whether it was pressed on a page that nobody can have read: the same page is shown again."""
        return too_soon(sent.one("key"), self._guard)

    async def _is_at_the_beginning(self, owner: bytes, step: int) -> bool:
        """Whether somebody at a kiosk stands before the first question: back from there are the languages."""
        visit = await self.turns.read(owner)
        first = visit.session.phase == "asking" and not visit.session.facts and visit.channel == "kiosk"
        return first and visit.step == step and visit.held_until <= now()

    async def ask_restart(self, request: Request) -> Response:
        """Whether everything said shall really go."""
        owner = browser.owner_of(request, self.turns)
        visit = await self.turns.read(owner) if owner else None
        if visit is None or not visit.session.facts or visit.held_until > now():
            return _seen()
        return self.screens.screen(request, "restart", visit.session.language, visit=visit)

    async def _keep_ticks(self, owner: bytes, sent: Sent | None, **says: str) -> None:
        """What is ticked in a list that is not done yet, when something beside it is pressed; and what was said besides.

        `says`: what changes in the session with it.
        """
        visit = await self.turns.read(owner)
        if not visit.step or (sent is not None and sent.step != visit.step):
            return

        def ticked(visit: Visit) -> tuple[Visit, Reply]:
            visit = with_page_ticks(visit, sent.press.ticked if sent else None).saying(**says)
            return visit, visit.talk.reply()

        if ticked(visit)[0] == visit:
            return
        beside = self._beside_of(owner, visit)
        turn = await self.turns.take(owner, visit.step, f"kiosk:{sent.key if sent else new_key()}", ticked)
        if beside.code:
            beside = Beside(code=await self.handoff.code(owner) or "")
            await self.handoff.calling(owner, CALLING)
        if beside != NOTHING_BESIDE:
            self._beside.keep(owner, (turn.visit.version, beside))

    def _say(self, owner: bytes, visit: Visit, reply: Reply) -> None:
        """Keeps what the page says besides; of what somebody told in their own words, not a word."""
        if reply.aside:
            self._beside.keep(owner, (visit.version, Beside(replace(reply, words={}))))
        else:
            self._beside.drop(owner)

    def _beside_of(self, owner: bytes, visit: Visit) -> Beside:
        version, beside = self._beside.of(owner) or (0, NOTHING_BESIDE)
        return beside if version == visit.version else NOTHING_BESIDE

    # ---- how it looks ----

    async def look(self, request: Request) -> Response:
        """Large text or high contrast, on or off."""
        sent = await form(request)
        if self._is_unread(sent):
            return _seen()
        if owner := browser.owner_of(request, self.turns):
            await self._keep_ticks(owner, _sent(sent))
        looks = ({sent.one("look")} & set(LOOKS)) ^ looks_of(request)
        response = _seen()
        if looks:
            browser.keep(response, LOOK, ".".join(sorted(looks)))
        else:
            browser.drop(response, LOOK)
        return response

    async def language(self, request: Request) -> Response:
        """Another language; what was answered stays."""
        sent = await form(request)
        owner, chosen = browser.owner_of(request, self.turns), sent.one("language")
        if owner and chosen in LANGUAGES and not self._is_unread(sent):
            await self._keep_ticks(owner, _sent(sent), language=chosen)
        return _seen()

    # ---- the hotline ----

    async def code(self, request: Request) -> Response:
        """A code to read out to the hotline."""
        sent = await form(request)
        if (owner := browser.owner_of(request, self.turns)) and not self._is_unread(sent):
            await self._keep_ticks(owner, _sent(sent))
            code = await self.handoff.code(owner)
            visit = await self.turns.read(owner)
            if code:
                await self.handoff.calling(owner, CALLING)
                self._beside.keep(owner, (visit.version, Beside(code=code)))
            elif visit.step:
                self._say(owner, visit, visit.talk.reply("nothing_to_hand_over"))
        return _seen()

    async def go_on(self, request: Request) -> Response:
        """Back from the code to the question."""
        sent = await form(request)
        if (owner := browser.owner_of(request, self.turns)) and not self._is_unread(sent):
            self._beside.drop(owner)
            await self.handoff.calling(owner, TTL["kiosk"])
        return _seen()

    async def held(self, request: Request) -> Response:
        """Who has the visit, for a page that waits for a change: the hotline (yes), the person here (no), nobody here (gone)."""
        owner = browser.owner_of(request, self.turns)
        visit = await self.turns.read(owner) if owner else None
        if visit is None or not visit.step:
            return PlainTextResponse("gone")
        return PlainTextResponse("yes" if visit.held_until > now() else "no")

    # ---- the end ----

    async def keep(self, request: Request) -> Response:
        """The number on the sheet was printed or written down: it stays good when the visit ends."""
        sent = await form(request)
        if owner := browser.owner_of(request, self.turns):
            await self._slip.keep_number(await self.turns.read(owner))
        return _seen(back if (back := sent.one("from")) in KEEPING else "/kiosk")

    async def stay(self, request: Request) -> Response:
        """The person is still there."""
        await form(request)
        owner = browser.owner_of(request, self.turns)
        return Response(status_code=204) if owner and await self.turns.stay(owner) else _seen()

    async def end(self, request: Request) -> Response:
        await form(request)
        return await self._wiped(request)

    async def idle(self, request: Request) -> Response:
        """Where a browser without scripts goes when nobody touches it."""
        return await self._wiped(request)

    async def _wiped(self, request: Request) -> Response:
        """Nothing is left here or in the browser; even without a database, as what is kept there goes by itself soon."""
        if owner := browser.owner_of(request, self.turns):
            with suppress(StoreDown):
                await self._end(owner)
        return cleared(_seen())

    async def _end(self, owner: bytes) -> None:
        self._beside.drop(owner)
        await self.turns.end(owner)

    async def unlock(self, request: Request) -> Response:
        """The kiosk's key, typed in by staff."""
        typed = (await form(request)).one("key")
        if not await self._devices.may_try_a_key(request):
            return self.screens.screen(request, "key", SOURCE, status=429, refused=True)
        if not self._devices.is_key(typed):
            return self.screens.screen(request, "key", SOURCE, status=403, refused=True)
        response = _seen()
        self._devices.unlock(response)
        return response


def _begun(visit: Visit, language: str, channel: Channel) -> tuple[Visit, Reply]:
    return begun(replace(visit, channel=channel).saying(language=language))


def _acted(visit: Visit, press: Press, told: str | None) -> tuple[Visit, Reply]:
    """The visit after a press; `told`: what was told in one's own words with it, on a phone. At a kiosk nobody types."""
    if told is None or visit.channel != "phone":
        return pressed(visit, press)
    return overheard(with_page_ticks(visit, press.ticked), told)


def _sent(sent: Form) -> Sent | None:
    """The button of a form, or None if the form is none of ours. Raises HTTPException: 503 for a visit that no finger presses."""
    step, key, verb, *said = sent.one("step"), sent.one("key"), *sent.one("do").split(" ")
    if not re.fullmatch(r"[1-9][0-9]{0,17}", step) or not re.fullmatch(r"[\w-]{22}", key, re.ASCII) or len(said) > 2:
        return None
    if int(step) > now() + FASTEST:  # a step is never before its moment
        raise HTTPException(503)
    match verb, said:
        case "ticked", _:
            verb = "done"
        case "restart", ["sure"]:
            said = ["yes"]
    return Sent(int(step), key, Press(verb, tuple(said), sent.all("tick")))


def _seen(to: str = "/kiosk") -> Response:
    """To the one address of the visit, so that a reload sends nothing again."""
    return RedirectResponse(to, 303)
