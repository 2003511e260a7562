"""The hotline's desk: an agent's screen for callers who tell their story in any order."""

import asyncio
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.clock import ZONE, now, today
from bot.hotline import screen as cases
from bot.hotline.access import Access as Door
from bot.hotline.access import desk_page
from bot.hotline.figures_page import FiguresPage
from bot.hotline.search import Hit
from bot.hotline.search import Search as Finder
from bot.hotline.staff import Member, Staff
from bot.settings import Settings
from bot.store.attempts import TooMany
from bot.talk import codes
from bot.talk import turns as desks
from bot.talk.handoff import Case, Handoff
from bot.talk.receipts import Checked, Receipts
from bot.talk.turns import HELD, Desk
from bot.talk.visit import Visit
from bot.web.forms import Form
from bot.wording import text as terminal
from bot.wording.languages import LANGUAGES
from bot.wording.views import View, Wording, value_of
from flows.conversation import NOT_TALKING, Move, Session, due, what_if
from flows.facts import Answer, NotUnderstood

NONCE = re.compile(r"[\w-]{22}", re.ASCII)  # of a form: it is kept for days, so it may be nothing that somebody typed
STEPS = 20  # of a case that can be taken back as they were
TIME = re.compile(r"\d\d:\d\d:\d\d", re.ASCII)
WHERE = {"telegram": "Telegram", "kiosk": "自助机", "phone": "手机网页", "desk": "电话"}

TOO_FEW = "只有{n}位，要11位。请再念一遍，或者对着单子再看一遍。这次不算次数。"
TOO_LONG = "有{n}位，多了，只要11位。请再念一遍，或者对着单子再看一遍。这次不算次数。"
MISHEARD = "这个号码不对：念错了，或者听错了一位。请来电人再念一遍。这次不算次数。"
NO_SUCH_CODE = "没有这个号码，或者已经过了10分钟、已经用过、来电人又往下答了。请来电人在手机或者自助机上重新要一个号码。"
TOO_MANY = "错的号码太多了，过10分钟再试。可以先按新来电办。"
STALE = "这一页是旧的，案子已经在别的窗口里往下办了。刚才这一下什么也没有改，请看下面现在的情况。"
MISREAD = "这个号码不对：抄错了，或者看错了一位。请对着单子再输一遍。这次不算次数。"
IS_RECEIPT = "这是告知单上的窗口核对码，请到“核对告知单”查。"
NO_SUCH_RECEIPT = "没有这个核对码，或者已经超过30天，或者本人已经清除。"
UNFINISHED = "还没问完：这张单子现在还不能念给来电人。"
CLEARED = "{time} 的来电已清除。"
MOVED = "换成“{city}”了，这几项要重新问：{asks}"


@dataclass(frozen=True, slots=True)
class Line:
    """One open case in the list. `matter`: what it is about, "" as long as that is not known; `answers`: how many."""

    case: Case
    title: str
    city: str
    where: str
    matter: str
    answers: int
    own: bool
    gone: bool
    done: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What was known before each of a case's last steps. `version`: of the visit as the newest of them left it."""

    version: int
    since: int
    before: tuple[Session, ...]


class Hotline:
    """The pages under /desk, behind a door of their own."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.desk = desk
        self.handoff = Handoff(desk)
        self.receipts = Receipts(desk)
        self.finder = Finder(desk.book)
        self.door = Door(Staff(desk))
        self._past: dict[str, Past] = {}  # gone with the process: a way back may be lost, an answer never

    def app(self) -> Starlette:
        route, post = self.door.route, ("POST",)
        one = "/desk/case/{case}"
        figures = FiguresPage(self.desk, self.door)
        return self.door.app(
            [
                route("/desk", self.show),
                route("/desk/new", self.new, methods=post),
                route("/desk/code", self.take_over, methods=post),
                route("/desk/receipt", self.receipt, methods=("GET", "POST")),
                route("/desk/receipt/open", self.open_receipt, methods=post),
                route(one, self.case, methods=("GET",)),
                route(one + "/check", self.check, methods=post),
                route(one + "/release", self.release, methods=post),
                route(one + "/turn", self.turn, methods=post),
                route(one + "/ask", self.ask, methods=post),
                route(one + "/find", self.find, methods=post),
                route(one + "/what-if", self.what_if, methods=post),
                route(one + "/sheet", self.sheet),
                route(one + "/give-back", self.give_back, methods=post),
                route(one + "/close", self.close, methods=post),
                *figures.routes(),
            ]
        )

    # ---- coming and going of cases ----

    async def show(self, request: Request, member: Member) -> Response:
        cleared = request.query_params.get("cleared", "")
        notice = CLEARED.format(time=cleared) if TIME.fullmatch(cleared) else ""
        return await self.home(request, member, notice=notice)

    async def home(
        self,
        request: Request,
        member: Member,
        problem: str = "",
        status: int = 200,
        said: str = "",
        receipt: bool = False,
        notice: str = "",
    ) -> Response:
        lines = [await self._line(case) for case in reversed(await self.handoff.cases(member.name))]
        shown = {"lines": lines, "problem": problem, "said": said[: codes.LONGEST], "receipt": receipt, "notice": notice}
        return desk_page(request, "desk_home.html", status=status, **shown)

    async def _line(self, case: Case) -> Line:
        visit = await self.desk.read(case.owner)
        book, facts, own = self.desk.book, visit.session.facts, self.handoff.is_own(case)
        return Line(
            case,
            title=f"{day} {title(case)}" if (day := _day_before(case)) else title(case),
            city=cases.city_name(book, visit.session),
            where=WHERE["desk" if own else visit.channel],
            matter=Wording(book, "zh").said(book.facts["matter"], facts["matter"]) if "matter" in facts else "",
            answers=len(facts),
            own=own,
            gone=self._is_gone(case, visit),
            done=due(book, visit.session) is None,
        )

    async def new(self, _: Request, member: Member) -> Response:
        return _to((await self.handoff.open_case(member.name)).id)

    async def take_over(self, request: Request, member: Member) -> Response:
        said = request.state.form.one("code")
        if slip := _slip(said, MISHEARD):
            return await self.home(request, member, slip, 422, said)
        try:
            case = await self.handoff.take_over(said, member.name)
        except TooMany:
            return await self.home(request, member, TOO_MANY, 429, said)
        if case is not None:
            return _to(case.id)
        receipt = await self._is_receipt(said, member)
        return await self.home(request, member, IS_RECEIPT if receipt else NO_SUCH_CODE, 422, said, receipt)

    async def _is_receipt(self, said: str, member: Member) -> bool:
        """Whether a number that is no code stands on a sheet: callers do not tell them apart. It costs a try of those, too."""
        try:
            return await self.receipts.check(said, member.name) is not None
        except TooMany:
            return False

    async def check(self, request: Request, member: Member) -> Response:
        case = await self._found(request, member)
        await self.handoff.check(member.name, case.id)
        return _to(case.id)

    async def release(self, request: Request, member: Member) -> Response:
        """It is not the caller's: it belongs to whoever asked for the code again, unopened."""
        case = await self._found(request, member)
        if case.checked:
            raise HTTPException(403)
        await self.handoff.give_back(member.name, case.id)
        return RedirectResponse("/desk", 303)

    async def give_back(self, request: Request, member: Member) -> Response:
        case = await self._opened(request, member)
        visit = await self.desk.read(case.owner)
        self._past.pop(case.id, None)
        if not await self.handoff.give_back(member.name, case.id):
            return self._gone(request, case)
        return desk_page(request, "case_returned.html", title=title(case), where=WHERE[visit.channel], receipt=receipt_of(visit))

    async def close(self, request: Request, member: Member) -> Response:
        case = await self._opened(request, member)
        self._past.pop(case.id, None)
        await self.handoff.close(member.name, case.id)
        return RedirectResponse(f"/desk?cleared={_time(case)}" if self.handoff.is_own(case) else "/desk", 303)

    # ---- a case ----

    async def case(self, request: Request, member: Member) -> Response:
        case = await self._found(request, member)
        visit = await self.desk.read(case.owner)
        if self._is_gone(case, visit):
            return self._gone(request, case)
        if not case.checked:
            return desk_page(request, "case_check.html", case=case, title=title(case), origin=self._origin(visit))
        return self._page(request, case, visit)

    def _origin(self, visit: Visit) -> dict[str, str]:
        """What may be seen of a visit before it is certain whose it is."""
        began = visit.session.as_of
        return {
            "city": cases.city_name(self.desk.book, visit.session) or "还没有选",
            "began": Wording(self.desk.book, "zh").day(began) if began else "",
            "where": WHERE[visit.channel],
        }

    async def turn(self, request: Request, member: Member) -> Response:
        """One thing told, taken back or gone on with; kept, unless the page was an old one."""
        case = await self._opened(request, member)
        sent: Form = request.state.form
        step, key = sent.one("step"), sent.one("key")
        if not (step.isascii() and step.isdigit() and len(step) < 20 and NONCE.fullmatch(key)):
            raise HTTPException(400)
        if sent.one("case") != case.id:  # a form of another case
            raise HTTPException(403)
        do = sent.one("do").split(" ")
        if self._nothing_ticked(do, sent):
            return await self._unticked(request, case, do[1])
        steps: list[tuple[Session, ...]] = [()]

        def act(visit: Visit) -> tuple[Visit, View]:
            visit, view, steps[0] = self._acted(case, visit, do, sent)
            return visit, view

        try:
            turn = await self.desk.apply_agents_turn(case.owner, int(step), f"{case.id}:{key}", act)
        except NotUnderstood:
            raise HTTPException(400) from None
        match turn.outcome:
            case "ok":
                self._remember(case, turn.visit, steps[0])
                return _to(case.id)
            case "lost":
                return self._gone(request, case)
            case "stale":
                return self._page(request, case, turn.visit, status=409, notice=STALE)
            case _:
                return _to(case.id)

    def _acted(self, case: Case, visit: Visit, do: list[str], sent: Form) -> tuple[Visit, View, tuple[Session, ...]]:
        """(the visit after a button, what is seen, what was known before each of the last steps)."""
        book, session, before = self.desk.book, visit.session, self._before(case, visit)
        if self.handoff.is_own(case):
            visit.channel = "desk"
        if session.phase in NOT_TALKING:
            session, _ = desks.press(book, Session(session.language, today()), Move("begin"))
        while session.phase in ("answers", "changing", "topic"):  # where the caller was reading when it was handed over
            session, _ = desks.press(book, session, Move("back"))
        visit.draft = ()
        was = session
        match do:
            case ["tell", fact, *option]:
                session, view = desks.press(book, session, Move("tell", fact, self._answer(session, fact, option, sent)))
            case ["untell", fact]:
                session, view = desks.press(book, session, Move("untell", fact))
            case ["undo"] if before:
                session = replace(before[-1], language=session.language)
                view = desks.current(book, session)
            case ["undo"] if session.facts:
                session, view = desks.press(book, session, Move("untell", [*session.facts][-1]))
            case ["more"]:
                session, view = desks.press(book, session, Move("more"))
            case ["speak", language] if language in LANGUAGES:
                session = replace(session, language=language)
                view = desks.current(book, session)
            case other:
                raise NotUnderstood(" ".join(other))
        visit.session = session
        if do == ["undo"]:
            return visit, view, before[:-1]
        same = (session.facts, session.seen) == (was.facts, was.seen)
        return visit, view, before if same else (*before, was)[-STEPS:]

    def _remember(self, case: Case, visit: Visit, steps: tuple[Session, ...]) -> None:
        """Keeps the way back, and throws away those that are too old; the oldest stand first."""
        self._past.pop(case.id, None)
        if steps:
            self._past[case.id] = Past(visit.version, now(), steps)
        for name in [name for name, past in self._past.items() if past.since <= now() - HELD]:
            del self._past[name]

    def _before(self, case: Case, visit: Visit) -> tuple[Session, ...]:
        """What was known before each of the last steps; () if they were not taken here, or are long ago."""
        past = self._past.get(case.id)
        return past.before if past and past.version == visit.version and past.since > now() - HELD else ()

    def _moved(self, case: Case, visit: Visit) -> str:
        """After a change of city: which answers went with the old one."""
        before, facts = self._before(case, visit), visit.session.facts
        old = before[-1].facts if before else {}
        lost = [self.desk.book.fact(fact, old.get("city")).ask for fact in old if fact not in facts]
        if not lost or "city" not in facts or facts["city"] == old.get("city"):
            return ""
        return MOVED.format(city=cases.city_name(self.desk.book, visit.session), asks="".join(lost))

    def _nothing_ticked(self, words: list[str], sent: Form) -> bool:
        """Whether what is ticked was sent, and nothing is: "none of them" is an option of its own."""
        known = self.desk.book.facts.get(words[1]) if len(words) == 2 else None  # a verb and a fact
        return words[0] in ("tell", "if") and known is not None and known.many and not sent.all("option")

    async def _unticked(self, request: Request, case: Case, fact: str) -> Response:
        visit = await self.desk.read(case.owner)
        if self._is_gone(case, visit):
            return self._gone(request, case)
        return self._page(request, case, visit, status=422, fact=fact, unticked=True)

    def _answer(self, session: Session, fact: str, option: list[str], sent: Form) -> Answer:
        """The option that a button stands for, or else what is ticked."""
        if fact not in self.desk.book.facts or len(option) > 1:
            raise NotUnderstood(fact)
        known = self.desk.book.fact(fact, session.facts.get("city"))
        return value_of(known, option[0]) if option else known.clean(sent.all("option"))

    # ---- looking, without changing anything ----

    async def ask(self, request: Request, member: Member) -> Response:
        """Another question than the flow's next."""
        case, visit = await self._to_look_at(request, member)
        fact, *option = request.state.form.one("fact").split(" ")
        if fact not in self.desk.book.facts:
            raise HTTPException(400)
        told = visit.session.facts.get(fact)
        ticked = (*told, *option) if isinstance(told, tuple) else tuple(option)
        return self._page(request, case, visit, fact=fact, ticked=ticked if option else ())

    async def find(self, request: Request, member: Member) -> Response:
        case, visit = await self._to_look_at(request, member)
        said = request.state.form.one("q")
        city = visit.session.facts.get("city")
        hits = await asyncio.to_thread(self.finder.find, city if isinstance(city, str) else "", said)
        return self._page(request, case, visit, hits=hits, said=said)

    async def what_if(self, request: Request, member: Member) -> Response:
        """Which statuses an answer would change; nothing is kept."""
        case, visit = await self._to_look_at(request, member)
        book, session, sent = self.desk.book, visit.session, request.state.form
        if session.phase in NOT_TALKING:
            session, _ = desks.press(book, session, Move("begin"))
        fact, *option = sent.one("if").split(" ")
        if self._nothing_ticked(["if", fact, *option], sent):
            return self._page(request, case, visit, status=422, fact=fact, unticked=True)
        try:
            answer = self._answer(session, fact, option, sent)
            changed = what_if(book, session, fact, answer)
        except NotUnderstood:
            raise HTTPException(400) from None
        city = str(answer if fact == "city" else session.facts.get("city", ""))
        asked = book.fact(fact, city or None)
        wording = Wording(book, session.language)
        supposed = {
            "says": wording.bracketed(wording._(asked.ask), wording.said(asked, answer)),
            "changes": cases.changes(book, session, city, changed),
        }
        return self._page(request, case, visit, fact=fact, ticked=sent.all("option"), supposed=supposed)

    async def sheet(self, request: Request, member: Member) -> Response:
        """The answer sheet to read out, to copy and to print; before a city is known there is none."""
        case, visit = await self._to_look_at(request, member)
        if "city" not in visit.session.facts:
            return _to(case.id)
        wording = Wording(self.desk.book, visit.session.language)
        sheet = replace(wording.sheet(visit.session), receipt=receipt_of(visit))
        unfinished = due(self.desk.book, visit.session) is not None and not visit.session.seen
        text = "\n".join([*([UNFINISHED, ""] if unfinished else []), *terminal.sheet_lines(wording, sheet)])
        return desk_page(
            request,
            "case_sheet.html",
            case=case,
            title=title(case),
            spoken=visit.session.language,
            sheet=sheet,
            wording=wording,
            text=text,
            unfinished=UNFINISHED if unfinished else "",
        )

    async def receipt(self, request: Request, member: Member) -> Response:
        """The number on a paper that somebody brings along: the same answers, looked at again today."""
        if request.method != "POST":
            return desk_page(request, "desk_receipt.html", problem="", said="")
        found = await self._checked(request, member)
        if isinstance(found, Response):
            return found
        session = replace(found.visit.session, language="zh")
        city = str(session.facts.get("city", ""))
        book = self.desk.book
        return desk_page(
            request,
            "desk_receipt_found.html",
            checked=found,
            view=cases.view(book, session),
            changes=cases.changes(book, session, city, found.changes),
            dropped=[book.fact(fact, city).ask for fact in found.dropped if fact in book.facts],
            began=Wording(book, "zh").day(session.as_of),
            number=codes.spoken(int(codes.heard(request.state.form.one("code")) or 0)),
            wording=Wording(book, "zh"),
        )

    async def open_receipt(self, request: Request, member: Member) -> Response:
        """A call of its own that begins with the answers under a number."""
        found = await self._checked(request, member)
        if isinstance(found, Response):
            return found
        told = found.visit.session

        def act(visit: Visit) -> tuple[Visit, View]:
            visit.session = replace(visit.session, language=told.language)
            view = desks.current(self.desk.book, visit.session)
            for fact in sorted(told.facts, key=lambda fact: fact != "city"):  # the city first: others depend on it
                visit.session, view = desks.press(self.desk.book, visit.session, Move("tell", fact, told.facts[fact]))
            return visit, view

        case = await self.handoff.open_case(member.name)
        await self.desk.apply_agents_turn(case.owner, None, f"{case.id}:receipt", act)
        return _to(case.id)

    async def _checked(self, request: Request, member: Member) -> Checked | Response:
        """The sheet whose number was posted, or the page that says what is wrong with it."""
        said = request.state.form.one("code")
        try:
            slip = _slip(said, MISREAD)
            found = None if slip else await self.receipts.check(said, member.name)
        except TooMany:
            return desk_page(request, "desk_receipt.html", status=429, problem=TOO_MANY, said=said[: codes.LONGEST])
        if found is not None:
            return found
        return desk_page(request, "desk_receipt.html", status=422, problem=slip or NO_SUCH_RECEIPT, said=said[: codes.LONGEST])

    # ---- whose case it is ----

    async def _found(self, request: Request, member: Member) -> Case:
        """The case of the address, if it is this agent's; nobody else's is there at all."""
        case = await self.handoff.case(member.name, request.path_params["case"])
        if case is None:
            raise HTTPException(404)
        return case

    async def _opened(self, request: Request, member: Member) -> Case:
        """The same, after the agent has made sure that it is the caller's."""
        case = await self._found(request, member)
        if not case.checked:
            raise HTTPException(403)
        return case

    async def _to_look_at(self, request: Request, member: Member) -> tuple[Case, Visit]:
        case = await self._opened(request, member)
        visit = await self.desk.read(case.owner)
        if self._is_gone(case, visit):
            raise HTTPException(403)
        return case, visit

    def _is_gone(self, case: Case, visit: Visit) -> bool:
        """The caller has it back, or has taken it away."""
        return not self.handoff.is_own(case) and visit.held <= now()

    # ---- pages ----

    def _gone(self, request: Request, case: Case) -> Response:
        return desk_page(request, "case_gone.html", status=409, title=title(case))

    def _page(
        self,
        request: Request,
        case: Case,
        visit: Visit,
        *,
        status: int = 200,
        fact: str | None = None,
        ticked: tuple[str, ...] = (),
        unticked: bool = False,
        hits: tuple[Hit, ...] | None = None,
        said: str = "",
        supposed: dict[str, Any] | None = None,
        notice: str = "",
    ) -> Response:
        return desk_page(
            request,
            "case.html",
            status=status,
            case=case,
            title=title(case),
            own=self.handoff.is_own(case),
            where=WHERE["desk" if self.handoff.is_own(case) else visit.channel],
            step=visit.step,
            key=secrets.token_urlsafe(16),
            view=cases.view(self.desk.book, visit.session, fact, ticked),
            moved=self._moved(case, visit),
            undoable=bool(visit.session.facts or self._before(case, visit)),
            unticked=unticked,
            wording=Wording(self.desk.book, visit.session.language),
            receipt=receipt_of(visit),
            languages=LANGUAGES,
            hits=hits,
            said=said,
            supposed=supposed,
            notice=notice,
        )


def title(case: Case) -> str:
    """How an agent tells cases apart: by when they came."""
    return f"{_time(case)} 的来电"


def _time(case: Case) -> str:
    return f"{datetime.fromtimestamp(case.opened, ZONE):%H:%M:%S}"


def receipt_of(visit: Visit) -> str:
    """The number on the sheet as it is read out; "" as long as there is none."""
    return codes.spoken(visit.receipt) if visit.receipt else ""


def _slip(said: str, otherwise: str) -> str:
    """What is wrong with a number before anything is looked at; "" if nothing is."""
    if codes.heard(said) is not None:
        return ""
    digits = codes.digits_of(said)
    if not digits.isdecimal() or len(digits) == codes.LENGTH + 1:
        return otherwise
    return (TOO_FEW if len(digits) <= codes.LENGTH else TOO_LONG).format(n=len(digits))


def _day_before(case: Case) -> str:
    """The day on which a case came, if it was not today."""
    came = datetime.fromtimestamp(case.opened, ZONE).date()
    return "" if came.isoformat() == today() else f"{came.month}月{came.day}日"


def _to(case: str) -> Response:
    return RedirectResponse(f"/desk/case/{case}", 303)
