"""How the kiosk's pages look: one screen for what there is to see, with everything around it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.clock import now
from bot.kiosk.hall import Hall
from bot.kiosk.kept import Kept, Own
from bot.kiosk.visit_cookie import KIOSK, PHONE, Door, drop
from bot.talk import codes
from bot.talk.presses import before_private
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.web.pages import language_of, page
from bot.web.unread import new_key
from bot.wording import heard, questions, sentences
from bot.wording.languages import LANGUAGES, SOURCE
from bot.wording.people import speaking_of
from bot.wording.view import View
from bot.wording.views import Wording, asks_for
from flows.conversation import Move, Reply
from flows.facts import UNSURE, option_of

IDLE = {
    "kiosk": (90, 30),
    "phone": (1680, 120),
    "call": (240, 60),
}  # seconds: until the question "are you still there?", and from there to the end: together no longer than retention has it
LOOKS = ("large", "contrast")
LOOK = "__Host-look"
MOVED = 8  # seconds for which the screen says that the visit is on a phone now
LATER = 10  # seconds after which one may try again what could not be done
CALLING = ("code", "held")  # screens before which one telephones, and may have no hand free
SCREENS = {
    "asking": "question",
    "changing": "question",
    "altering": "question",
    "heard": "heard",
    "answers": "answers",
    "result": "result",
    "topic": "topic",
    "held": "held",
}
# At the end nothing is left in the browser. Not "cookies": that would take the device's key, and the desk's on this host, too.
CLEARED = '"cache", "storage"'


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page says besides the view, as long as the visit stays as it is: a remark, or a code for the hotline."""

    reply: Reply | None = None
    code: str = ""


NOTHING_BESIDE = Beside()


class Screens:
    """`guard`: milliseconds for which a new page takes no press."""

    def __init__(self, turns: Turns, hall: Hall, guard: int, door: Door = KIOSK) -> None:
        self._door = door
        self._turns = turns
        self._hall = hall
        self._guard = guard
        self._kept = Kept()

    def wording(self, language: str) -> Wording:
        return Wording(self._turns.book, language)

    # ---- without a visit ----

    def welcome(self, request: Request, over: bool = False) -> Response:
        """The languages. `over`: whether somebody pressed something of a visit that is no more."""
        response = self.screen(request, "welcome", SOURCE, languages=self._languages(), over=over)
        return self.without_visit(request, response)

    def without_visit(self, request: Request, response: Response) -> Response:
        """The response, with which the browser forgets the visit that it still names."""
        if self._door.visit in request.cookies:
            self._door.forget(response)
        return response

    def moved_away(self, request: Request) -> Response:
        """Says for a moment that the visit went on elsewhere, in every language: which was spoken is not known here any more."""
        return self.cleared(self.screen(request, "moved", SOURCE, languages=self._languages(), leaves=MOVED))

    def cleared(self, response: Response) -> Response:
        """The response, with which the browser forgets everything but the device's key, and the visit of another door."""
        self._door.forget(response)
        drop(response, LOOK)
        response.headers["Clear-Site-Data"] = CLEARED
        return response

    def trouble(self, request: Request, status: int) -> Response:
        """What cannot be done now is tried again by the page itself; what is on the screen is watched as ever."""
        again = LATER if status == 503 else 0
        watched = self._door.visit in request.cookies
        language = language_of(request)
        response = self.screen(request, "trouble", language, status=status, busy=status == 503, again=again, watched=watched)
        if status == 503:
            response.headers["Retry-After"] = str(LATER)
        return response

    def _languages(self) -> list[tuple[str, str, Wording]]:
        return [(code, name, self.wording(code)) for code, name in LANGUAGES.items()]

    # ---- a visit ----

    def view(self, visit: Visit) -> View:
        """What there is to see of a visit now."""
        receipt = codes.spoken(visit.receipt) if visit.receipt else ""
        return Wording(visit.talk.book, visit.session.language).view(visit.talk, self._turns.present(visit), receipt)

    def visit(self, request: Request, visit: Visit, beside: Beside, number: str = "") -> Response:
        """What there is to see of a visit; of a question beside which nothing is said, the page is kept."""
        if not _only_asks(visit, beside):
            return self._drawn(request, visit, beside, number)
        words, session = speaking_of(self.wording(visit.session.language), visit.session.facts), visit.session
        own = {
            "step": str(visit.step),
            "key": new_key(),
            "whose": self._door.mark_of(request, self._turns),
            "progress": questions.progress(words, session, str(visit.talk.asked)),
            "echo": questions.echo(words, visit.talk),
        }
        like = (*_like(visit), bool(own["echo"]), *sorted(looks_of(request)))

        def drawn(own: Own) -> bytes:
            return bytes(self._drawn(request, visit, beside, number, **own).body)

        return HTMLResponse(self._kept.filled(visit.talk.book, like, own, drawn))

    def _drawn(self, request: Request, visit: Visit, beside: Beside, number: str, **own: str) -> Response:
        """The same, anew. `own`: what stands in the place of what is the person's own."""
        view, language = self.view(visit), visit.session.language
        wording = Wording(visit.talk.book, language)
        doubt = questions.doubt(wording, visit.talk)
        name = "code" if beside.code and view.phase != "held" else SCREENS[view.phase]
        shown = {
            "visit": visit,
            "view": view,
            "wording": wording,
            "step": visit.step,
            "progress": view.progress,
            "echo": view.echo,
            "remarks": (*_remarks(wording, visit, beside), *doubt, *_privacy(wording, visit, view)),
            "code": beside.code,
            "number": number,
            "held": {"code": "no", "held": "yes"}.get(name, ""),
            "stages": _stages(wording, visit, view),
            "commands": _commands(wording, visit, view),
            "pictures": _pictures(visit, view),
            **(self._question(wording, visit, view) if view.fact else {}),
            **(_heard(wording, visit) if view.phase == "heard" else {}),
        }
        return self.screen(request, name, language, **shown | own)

    def _question(self, wording: Wording, visit: Visit, view: View) -> dict[str, Any]:
        fact = visit.talk.question(str(view.fact))
        here = self._hall.for_visit(visit).here(fact.id, visit.session.facts.get("city"))
        near = visit.talk.in_doubt  # what was perhaps meant stands first
        choices = sorted(view.choices, key=lambda choice: (option_of(choice.move.value) not in near, choice.move.value != here))
        answer = visit.session.facts.get(fact.id)
        return {
            "ask": questions.ask(wording, fact, visit.talk),
            "whom": asks_for(wording) if not visit.session.facts else (),
            "hint": wording.hint(fact),
            "choices": [choice for choice in choices if not view.tick or choice.move.value not in (UNSURE, ())],
            "others": [choice for choice in choices if view.tick and choice.move.value in (UNSURE, ())],
            "here": here,
            "ticked": visit.ticked or (answer if isinstance(answer, tuple) else ()),
        }

    def screen(self, request: Request, name: str, language: str, *, status: int = 200, **values: Any) -> Response:
        looks, visit = looks_of(request), values.get("visit")
        on_phone = self._door is PHONE or (visit is not None and visit.channel == "phone")
        idle, warning = IDLE["phone" if on_phone else "call" if name in CALLING else "kiosk"]
        shown: dict[str, Any] = {
            "visit": None,
            "looks": looks,
            "watched": visit is not None or (looks and not on_phone),
            "held": "",
            "leaves": 0,
            "again": 0,
            "number": "",
            "path": request.scope["path"],
            "tongues": tuple(LANGUAGES.items()),
            "idle": idle,
            "warning": warning,
            "hall": self._hall.for_visit(visit) if visit else self._hall if self._door is KIOSK else Hall(),
            "door": self._door,
            "whose": self._door.mark_of(request, self._turns) if visit is not None else "",
            "key": new_key(),
            "guard": self._guard,
            "words": words,
        }
        return page(f"kiosk_{name}.html", language, status=status, **shown | values)


def _only_asks(visit: Visit, beside: Beside) -> bool:
    """Whether there is a question to see and nothing else: no remark, no code, no doubt, nothing ticked."""
    asked = visit.talk.asked if visit.session.phase == "asking" and visit.held_until <= now() else None
    plain = beside == NOTHING_BESIDE and visit.rules is None and not visit.ticked and not visit.talk.in_doubt
    return plain and asked is not None


def _like(visit: Visit) -> tuple[Hashable, ...]:
    """All that the page of a question depends on besides what is somebody's own."""
    session, talk = visit.session, visit.talk
    question, facts = talk.question(str(talk.asked)), session.facts  # for the same case the same object
    stages = frozenset(talk.book.facts[fact].stage for fact in facts)
    said = (facts.get("city"), facts.get("matter"), session.asks_for, bool(facts), before_private(talk))
    return (session.language, visit.channel, stages, said, question)


def _heard(wording: Wording, visit: Visit) -> dict[str, Any]:
    """What waits for a yes: how it reads, and the press that alters it."""
    waits = [(heard.proposal(wording, visit.talk, fact), f"alter {fact}") for fact in visit.session.heard.facts]
    return {"heard": waits, "for_whom": heard.for_whom(wording, visit.talk)}


def _remarks(wording: Wording, visit: Visit, beside: Beside) -> tuple[str, ...]:
    said = beside.reply or Reply(visit.session.phase)
    if said.aside == "not_understood" and visit.session.phase != "result":  # there the options have no numbers
        on_rules = wording.aside(visit.talk, Reply(visit.session.phase, rules=visit.rules))
        return (*on_rules, wording(sentences.NOT_UNDERSTOOD_ON_PAGES))
    return wording.aside(visit.talk, replace(said, rules=visit.rules))


def _privacy(wording: Wording, visit: Visit, view: View) -> tuple[str, ...]:
    if view.fact is None or not before_private(visit.talk):
        return ()
    return (wording.privacy_on_phone() if visit.channel == "phone" else wording.privacy_at_kiosk(),)


def _stages(wording: Wording, visit: Visit, view: View) -> list[tuple[str, bool]]:
    """The stages of the talk so far, and whether it is there now."""
    book = visit.talk.book
    current = book.facts[view.fact].stage if view.fact else ""
    passed = {current, *(book.facts[fact].stage for fact in visit.session.facts)}
    return [(wording.stage(stage), stage == current) for stage in book.stages if stage in passed]


def words(move: Move) -> str:
    """What the button of a move sends."""
    if move.name == "answer":
        return f"answer {move.subject} {option_of(move.value)}"
    return f"{move.name} {move.subject}".rstrip()


def _commands(wording: Wording, visit: Visit, view: View) -> dict[str, str]:
    """What can be pressed beside the choices: move -> label. At a kiosk back from the first question are the languages."""
    first = view.phase == "asking" and not visit.session.facts and visit.channel == "kiosk"
    back = wording.commands("asking")[:1] if first else ()
    return {choice.move.name: choice.label for choice in (*back, *view.commands)}


def _pictures(visit: Visit, view: View) -> dict[str, str]:
    """What has a picture in static/pictures.svg -> which: the matters where they are asked; on a sheet itself and its routes."""
    matters, policy, said = visit.talk.fact("matter").options, visit.talk.policy, visit.session.facts.get("matter")
    if view.fact == "matter":
        return {matter: matter for matter in matters}
    if view.sheet is None or policy is None or said not in matters:
        return {}
    routes = {
        id_: said if said in route.matters else min(route.matters, key=list(matters).index)
        for id_, route in policy.routes.items()
    }
    return {"sheet": str(said)} | routes


def looks_of(request: Request) -> set[str]:
    return set(request.cookies.get(LOOK, "").split(".")) & set(LOOKS)
