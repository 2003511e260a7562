"""The kiosk: one question a screen, for whoever stands before it; the next one finds nothing of it."""

import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot import log
from bot.clock import now, today
from bot.kiosk import hall
from bot.kiosk import visit_cookie as browser
from bot.kiosk.slip import Slip, Work
from bot.settings import Settings
from bot.store.attempts import Limits, admitted, buckets
from bot.store.base import StoreDown
from bot.talk import turns as desks
from bot.talk.handoff import CODE_LIFE, Handoff
from bot.talk.turns import Desk
from bot.talk.visit import Visit
from bot.web.forms import Form, form
from bot.web.pages import address_of, language_of, page
from bot.wording.languages import LANGUAGES, SOURCE
from bot.wording.views import View, Wording, value_of
from flows.conversation import NOT_TALKING, Move, Reply, Session, asked, due, take
from flows.facts import NOTHING, UNSURE, NotUnderstood

IDLE = {"kiosk": (90, 30), "phone": (1680, 120)}  # seconds: until the question "are you still there?", and from there to the end
LOOKS = ("large", "contrast")
LOOK = "__Host-look"
DEVICE = "__Host-device"
TEN_YEARS = 10 * 365 * 86400
MOVED = 8  # seconds for which the screen says that the visit is on a phone now
LATER = 10  # seconds after which one may try again what could not be done
FASTEST = 300  # turns that a visit may be ahead of one a second
MOST_BESIDE = 20_000  # remarks that are kept, of as many visits

# From one address, or from all. A hall with fifty kiosks may have one address.
WRONG_KEYS: Limits = ((5, 600, "kiosk", "one"), (100, 3600, "kiosk", "all"))
NEW_VISITS: Limits = ((600, 600, "visits", "one"), (20_000, 600, "visits", "all"))
HERE = ("127.0.0.1", "::/64")  # the kiosk on this machine, or a proxy that does not say whom it speaks for: no one person
SCREENS = {
    "asking": "question",
    "changing": "question",
    "answers": "answers",
    "result": "result",
    "topic": "topic",
    "held": "held",
}
PRESSES = {"back", "why", "review", "more"}  # moves that are about nothing in particular
# At the end nothing is left in the browser. Not "cookies": that would take the device's key, and the desk's on this host, too.
CLEARED = '"cache", "storage"'


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a form: for which step it was made, the form's own key, and what it says."""

    step: int
    key: str
    words: tuple[str, ...]
    ticked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page says besides the view, as long as the visit stays as it is."""

    version: int
    since: int
    remarks: tuple[str, ...] = ()
    code: str = ""


NOTHING_BESIDE = Beside(0, 0)


class Kiosk:
    """The pages under /kiosk. `bot_name`: the Telegram bot's name, once it is known."""

    def __init__(self, desk: Desk, settings: Settings, bot_name: Callable[[], str | None]) -> None:
        self.desk = desk
        self.handoff = Handoff(desk)
        self.hall = hall.read(settings.hall, desk.book)
        self._settings = settings
        self._slip = Slip(desk, settings, bot_name, self.hall, self.route, self._screen, self._safely)
        self._beside: dict[bytes, Beside] = {}  # gone with the process: a remark may be lost, an answer never

    def routes(self) -> list[Route]:
        return [
            self.route("/kiosk", self.show),
            self.route("/kiosk/begin", self.begin, "POST"),
            self.route("/kiosk/act", self.act, "POST"),
            self.route("/kiosk/restart", self.ask_restart),
            self.route("/kiosk/look", self.look, "POST"),
            self.route("/kiosk/code", self.code, "POST"),
            self.route("/kiosk/on", self.go_on, "POST"),
            self.route("/kiosk/held", self.held),
            self.route("/kiosk/stay", self.stay, "POST"),
            self.route("/kiosk/end", self.end, "POST"),
            self.route("/kiosk/idle", self.idle),
            Route("/kiosk/key", self._safely(self.unlock), methods=["POST"]),
            *self._slip.routes(),
        ]

    def route(self, path: str, work: Work, method: str = "GET") -> Route:
        """A page of the kiosk, for the devices that may show it."""

        async def shown(request: Request) -> Response:
            if not await self._may_show(request):
                return self._screen(request, "key", SOURCE, status=403, refused=False)
            return await work(request)

        return Route(path, self._safely(shown), methods=[method])

    def _safely(self, work: Work) -> Work:
        """Whatever goes wrong is a page of ours; the visit's cookie is another one after every response."""

        async def endpoint(request: Request) -> Response:
            try:
                response = await work(request)
            except HTTPException as error:
                response = self._trouble(request, error.status_code)
            except StoreDown:
                response = self._trouble(request, 503)
            except Exception as error:
                log.fault("kiosk", error)
                response = self._trouble(request, 500)
            browser.renew(request, response)
            return response

        return endpoint

    def _trouble(self, request: Request, status: int) -> Response:
        response = self._screen(request, "trouble", language_of(request), status=status, busy=status == 503)
        if status == 503:
            response.headers["Retry-After"] = str(LATER)
        return response

    # ---- screens ----

    async def show(self, request: Request) -> Response:
        """The one address of a visit: what there is to see now."""
        owner = browser.owner_of(request, self.desk)
        visit = await self.desk.read(owner) if owner else None
        if owner is None or visit is None or visit.session.phase in NOT_TALKING:
            return self._moved_away(request) if await self._slip.has_moved(request) else self._welcome(request)
        return self._visit(request, visit, self._beside_of(owner, visit))

    def _welcome(self, request: Request) -> Response:
        response = self._screen(request, "welcome", SOURCE, languages=self._languages())
        if browser.VISIT in request.cookies:
            browser.forget(response)
        return response

    def _moved_away(self, request: Request) -> Response:
        """Says for a moment that the visit is on a phone now, in every language: which was spoken is not known here any more."""
        return _cleared(self._screen(request, "moved", SOURCE, languages=self._languages(), leaves=MOVED))

    def _languages(self) -> list[tuple[str, str, Wording]]:
        return [(code, name, Wording(self.desk.book, code)) for code, name in LANGUAGES.items()]

    def _visit(self, request: Request, visit: Visit, beside: Beside) -> Response:
        view, language = self.desk.present(visit), visit.session.language
        wording = Wording(self.desk.book, language)
        name = "code" if beside.code and view.phase != "held" else SCREENS[view.phase]
        return self._screen(
            request,
            name,
            language,
            visit=visit,
            view=view,
            wording=wording,
            remarks=(*beside.remarks, *self._privacy(wording, visit, view)),
            code=beside.code,
            held={"code": "no", "held": "yes"}.get(name, ""),
            stages=self._stages(wording, visit, view),
            commands=_commands(wording, visit, view),
            **(self._question(wording, visit, view) if view.fact else {}),
        )

    def _question(self, wording: Wording, visit: Visit, view: View) -> dict[str, Any]:
        city = visit.session.facts.get("city")
        fact = self.desk.book.fact(str(view.fact), city)
        here = self.hall.here(fact.id, city)
        choices = sorted(view.choices, key=lambda choice: choice.move.value != here)
        answer = visit.session.facts.get(fact.id)
        return {
            "ask": wording.ask(fact),
            "hint": wording.hint(fact),
            "choices": [choice for choice in choices if not view.tick or choice.move.value not in (UNSURE, ())],
            "others": [choice for choice in choices if view.tick and choice.move.value in (UNSURE, ())],
            "here": here,
            "ticked": visit.draft or (answer if isinstance(answer, tuple) else ()),
        }

    def _privacy(self, wording: Wording, visit: Visit, view: View) -> tuple[str, ...]:
        """The privacy line, before the first question that it is about."""
        known = self.desk.book.facts
        if view.fact is None or not known[view.fact].sensitive or any(known[fact].sensitive for fact in visit.session.facts):
            return ()
        return (wording.privacy_on_phone() if visit.channel == "phone" else wording.privacy_at_kiosk(),)

    def _stages(self, wording: Wording, visit: Visit, view: View) -> list[tuple[str, bool]]:
        """The stages of the talk so far, and whether it is there now."""
        book = self.desk.book
        current = book.facts[view.fact].stage if view.fact else ""
        passed = {current, *(book.facts[fact].stage for fact in visit.session.facts)}
        return [(wording.stage(stage), stage == current) for stage in book.stages if stage in passed]

    def _screen(self, request: Request, name: str, language: str, *, status: int = 200, **values: Any) -> Response:
        looks, visit = _looks(request), values.get("visit")
        idle, warning = IDLE["phone" if visit is not None and visit.channel == "phone" else "kiosk"]
        shown: dict[str, Any] = {
            "visit": None,
            "looks": looks,
            "watched": visit is not None or looks,
            "held": "",
            "leaves": 0,
            "idle": idle,
            "warning": warning,
            "hall": self.hall,
            "key": secrets.token_urlsafe(16),
            "words": words,
        }
        return page(f"kiosk_{name}.html", language, status=status, **shown | values)

    # ---- turns ----

    async def begin(self, request: Request) -> Response:
        """A new visit in the language chosen; what the browser had before is ended."""
        chosen = (await form(request)).one("language")
        if chosen not in LANGUAGES:
            return _seen()
        address = address_of(request)
        if not await self._may(NEW_VISITS[-1:] if address in HERE else NEW_VISITS, address):
            log.event("too_many_visits", 30)
            raise HTTPException(503)
        if before := browser.owner_of(request, self.desk):
            await self._end(before)
        name = browser.new_name()
        owner = browser.owner(self.desk, name)  # of the name itself nothing is kept: who reads it has the visit
        await self.desk.apply_turn(owner, None, f"kiosk:{owner.hex()}", lambda visit: self._begun(visit, chosen))
        response = _seen()
        browser.remember(response, name)
        return response

    def _begun(self, visit: Visit, language: str) -> tuple[Visit, View]:
        visit.channel = "kiosk"
        visit.session, view = desks.begin(self.desk.book, Session(language=language, as_of=today()))
        return visit, view

    async def act(self, request: Request) -> Response:
        """One turn by a button of the page that is shown; of any other page it changes nothing."""
        press, owner = _pressed(await form(request)), browser.owner_of(request, self.desk)
        if press is None or owner is None:
            return _seen()
        if press.words in (("back",), ("restart",)) and (elsewhere := await self._elsewhere(owner, press)) is not None:
            return elsewhere
        said: list[tuple[str, ...]] = [()]

        def moved(visit: Visit) -> tuple[Visit, View]:
            visit, view, said[0] = self._moved(visit, press)
            return visit, view

        key = f"kiosk:{press.key}"
        turn = await self.desk.apply_turn(owner, press.step, key, moved)
        log.event("turn", outcome=turn.outcome, phase=turn.view.phase)
        if turn.outcome == "stale" and turn.visit.step:
            said[0] = self._wording(turn.visit).aside(None, turn.visit.session, Reply(turn.view.phase, aside="stale"))
        if turn.outcome != "duplicate":
            if turn.visit.step == press.step or turn.outcome != "ok":
                await self.desk.forget_key(key)
            self._say(owner, turn.visit, said[0])
        return _seen()

    async def _elsewhere(self, owner: bytes, press: Press) -> Response | None:
        """Where two buttons lead that are no turn: to start over, once something was said, is asked about first; back from
        the first question are the languages."""
        visit = await self.desk.read(owner)
        if press.step != visit.step or visit.held > now():
            return None
        if visit.session.facts:
            await self._keep_ticks(owner, press)
            return _seen("/kiosk/restart") if press.words == ("restart",) else None
        if press.words == ("back",) and visit.session.phase == "asking" and visit.channel == "kiosk":
            await self._end(owner)
            return _seen()
        return None

    async def ask_restart(self, request: Request) -> Response:
        """Whether everything said shall really go."""
        owner = browser.owner_of(request, self.desk)
        visit = await self.desk.read(owner) if owner else None
        if visit is None or not visit.session.facts or visit.held > now():
            return _seen()
        return self._screen(request, "restart", visit.session.language, visit=visit)

    async def _keep_ticks(self, owner: bytes, press: Press | None) -> None:
        """What is ticked in a list that is not done yet, when something beside it is pressed; and what was said besides."""
        visit = await self.desk.read(owner)
        if press is None or press.step != visit.step or self._ticks(visit, press) == visit.draft:
            return
        beside = self._beside_of(owner, visit)

        def ticked(visit: Visit) -> tuple[Visit, View]:
            visit.draft = self._ticks(visit, press)
            return visit, desks.current(self.desk.book, visit.session)

        turn = await self.desk.apply_turn(owner, press.step, f"kiosk:{press.key}", ticked)
        self._say(owner, turn.visit, beside.remarks, beside.code)

    def _ticks(self, visit: Visit, press: Press) -> tuple[str, ...]:
        """What is ticked, as far as there is such a list."""
        name = asked(self.desk.book, visit.session)
        if name is None:
            return visit.draft
        fact = self.desk.book.fact(name, visit.session.facts.get("city"))
        return fact.in_order(press.ticked) if fact.many and set(press.ticked) <= set(fact.options) else ()

    def _ticked_for(self, visit: Visit) -> str | None:
        """The question that the ticks belong to, while the person looks at something else, too."""
        return (asked(self.desk.book, visit.session) or due(self.desk.book, visit.session)) if visit.draft else None

    def _moved(self, visit: Visit, press: Press) -> tuple[Visit, View, tuple[str, ...]]:
        """(the visit after the press, what is seen, what is said besides). A press of no button there changes nothing."""
        book, wording = self.desk.book, self._wording(visit)
        visit.draft = self._ticks(visit, press)
        question = self._ticked_for(visit)
        if press.words == ("ticked", asked(book, visit.session)) and not press.ticked:
            fact = book.fact(press.words[1], visit.session.facts.get("city"))
            return visit, desks.current(book, visit.session), (wording.nothing_ticked(fact),)
        try:
            visit.session, reply = take(book, visit.session, self._move(visit, press))
        except (NotUnderstood, KeyError):
            return visit, desks.current(book, visit.session), ()
        if self._ticked_for(visit) != question:
            visit.draft = ()
        aside = wording.aside(book.policy(visit.session.facts.get("city")), visit.session, reply)
        return visit, wording.view(visit.session, reply), aside

    def _move(self, visit: Visit, press: Press) -> Move:
        """What a button means; raises KeyError or NotUnderstood if it means nothing."""
        book, city = self.desk.book, visit.session.facts.get("city")
        match press.words:
            case ("answer", fact, option) if fact in book.facts:
                return Move("answer", fact, value_of(book.fact(fact, city), option))
            case ("ticked", fact) if fact in book.facts and set(press.ticked) <= set(book.fact(fact, city).options):
                return Move("answer", fact, book.fact(fact, city).in_order(press.ticked))
            case (("change" | "open_topic"), subject):
                return Move(press.words[0], subject)
            case ("restart",) if not visit.session.facts:
                return Move("restart")
            case ("restart", "sure"):
                return Move("restart")
            case (name,) if name in PRESSES or name == "open_topic":
                return Move(name)
        raise NotUnderstood("button")

    def _say(self, owner: bytes, visit: Visit, remarks: tuple[str, ...], code: str = "") -> None:
        """Keeps what the page says besides; of others what is too old is thrown away, the oldest stand first."""
        self._beside.pop(owner, None)
        if remarks or code:
            self._beside[owner] = Beside(visit.version, now(), remarks, code)
        while self._beside:
            oldest, beside = next(iter(self._beside.items()))
            if len(self._beside) <= MOST_BESIDE and beside.since >= now() - CODE_LIFE:
                break
            del self._beside[oldest]

    def _beside_of(self, owner: bytes, visit: Visit) -> Beside:
        beside = self._beside.get(owner, NOTHING_BESIDE)
        return beside if beside.version == visit.version and beside.since > now() - CODE_LIFE else NOTHING_BESIDE

    def _wording(self, visit: Visit) -> Wording:
        return Wording(self.desk.book, visit.session.language)

    # ---- how it looks ----

    async def look(self, request: Request) -> Response:
        """Large text or high contrast, on or off."""
        sent = await form(request)
        if owner := browser.owner_of(request, self.desk):
            await self._keep_ticks(owner, _pressed(sent))
        looks = ({sent.one("look")} & set(LOOKS)) ^ _looks(request)
        response = _seen()
        if looks:
            browser.keep(response, LOOK, ".".join(sorted(looks)))
        else:
            browser.drop(response, LOOK)
        return response

    # ---- the hotline ----

    async def code(self, request: Request) -> Response:
        """A code to read out to the hotline."""
        sent = await form(request)
        if owner := browser.owner_of(request, self.desk):
            await self._keep_ticks(owner, _pressed(sent))
            code = await self.handoff.code(owner)
            visit = await self.desk.read(owner)
            if code or visit.step:
                self._say(owner, visit, () if code else (self._wording(visit).nothing_to_hand_over(),), code or "")
        return _seen()

    async def go_on(self, request: Request) -> Response:
        """Back from the code to the question."""
        await form(request)
        if owner := browser.owner_of(request, self.desk):
            self._beside.pop(owner, None)
        return _seen()

    async def held(self, request: Request) -> Response:
        """Who has the visit, for a page that waits for a change: the hotline (yes), the person here (no), nobody here (gone)."""
        owner = browser.owner_of(request, self.desk)
        visit = await self.desk.read(owner) if owner else None
        if visit is None or not visit.step:
            return PlainTextResponse("gone")
        return PlainTextResponse("yes" if visit.held > now() else "no")

    # ---- the end ----

    async def stay(self, request: Request) -> Response:
        """The person is still there."""
        await form(request)
        owner = browser.owner_of(request, self.desk)
        return Response(status_code=204) if owner and await self.desk.stay(owner) else _seen()

    async def end(self, request: Request) -> Response:
        await form(request)
        return await self._wiped(request)

    async def idle(self, request: Request) -> Response:
        """Where a browser without scripts goes when nobody touches it."""
        return await self._wiped(request)

    async def _wiped(self, request: Request) -> Response:
        """Nothing is left here or in the browser; even without a database, as what is kept there goes by itself soon."""
        if owner := browser.owner_of(request, self.desk):
            with suppress(StoreDown):
                await self._end(owner)
        return _cleared(_seen())

    async def _end(self, owner: bytes) -> None:
        self._beside.pop(owner, None)
        await self.desk.end(owner)

    # ---- which devices ----

    async def _may_show(self, request: Request) -> bool:
        """Any device, if no key is set; else those it was typed in on, and phones with a visit that was handed to them."""
        if not self._settings.kiosk_key:
            return True
        number, _, seal = request.cookies.get(DEVICE, "").partition(".")
        if hmac.compare_digest(seal.encode(), self._seal(number).encode()):
            return True
        owner = browser.owner_of(request, self.desk)
        visit = await self.desk.read(owner) if owner else None
        return visit is not None and bool(visit.step) and visit.channel == "phone"

    def _seal(self, number: str) -> str:
        """What proves that a device was told the present key."""
        return self.desk.sealed("device", f"{self._settings.kiosk_key}:{number}").hex()

    async def unlock(self, request: Request) -> Response:
        typed = (await form(request)).one("key")
        if not await self._may(WRONG_KEYS, address_of(request)):
            return self._screen(request, "key", SOURCE, status=429, refused=True)
        if not hmac.compare_digest(typed.encode(), self._settings.kiosk_key.encode()) or not typed:
            return self._screen(request, "key", SOURCE, status=403, refused=True)
        number, response = secrets.token_urlsafe(9), _seen()
        value = f"{number}.{self._seal(number)}"
        browser.keep(response, DEVICE, value, TEN_YEARS)
        return response

    @desks.again
    async def _may(self, limits: Limits, address: str) -> bool:
        """Whether somebody at this address may do once more what is limited; it is counted."""
        async with self.desk.store.transaction() as db:
            return await admitted(db, buckets(limits, self.desk.sealed("address", address).hex()))


def words(move: Move) -> str:
    """What the button of a move sends."""
    if move.name == "answer":
        return f"answer {move.subject} {move.value if isinstance(move.value, str) else ''.join(move.value) or NOTHING}"
    return f"{move.name} {move.subject}".rstrip()


def _pressed(sent: Form) -> Press | None:
    """The button of a form, or None if the form is none of ours. Raises HTTPException: 503 for a visit that no finger presses."""
    step, key, said = sent.one("step"), sent.one("key"), sent.one("do")
    if not re.fullmatch(r"[1-9][0-9]{0,17}", step) or not re.fullmatch(r"[\w-]{22}", key, re.ASCII):
        return None
    if int(step) > now() + FASTEST:  # a step is never before its moment
        raise HTTPException(503)
    said_words = tuple(said.split(" "))
    return Press(int(step), key, said_words, sent.all("tick")) if 1 <= len(said_words) <= 3 else None


def _seen(to: str = "/kiosk") -> Response:
    """To the one address of the visit, so that a reload sends nothing again."""
    return RedirectResponse(to, 303)


def _commands(wording: Wording, visit: Visit, view: View) -> dict[str, str]:
    """What can be pressed beside the choices: move -> label. At a kiosk back from the first question are the languages."""
    first = view.phase == "asking" and not visit.session.facts and visit.channel == "kiosk"
    back = wording.commands("asking")[:1] if first else ()
    return {choice.move.name: choice.label for choice in (*back, *view.commands)}


def _cleared(response: Response) -> Response:
    """The response, with which the browser forgets everything but the device's key."""
    browser.forget(response)
    browser.drop(response, LOOK)
    response.headers["Clear-Site-Data"] = CLEARED
    return response


def _looks(request: Request) -> set[str]:
    return set(request.cookies.get(LOOK, "").split(".")) & set(LOOKS)
