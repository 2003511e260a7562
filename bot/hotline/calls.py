"""The calls of an agent: how they come, whose they are, and how they end."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.clock import now, there, today
from bot.hotline import notices, screen
from bot.hotline.access import desk_page
from bot.hotline.staff import Member
from bot.store.attempts import TooMany
from bot.store.cases import Case
from bot.talk import codes
from bot.talk.handoff import Handoff
from bot.talk.receipts import Receipts
from bot.talk.turns import Turns
from bot.talk.visit import Channel, Visit
from bot.wording.views import Wording

WHERE: dict[Channel, str] = {"telegram": "Telegram", "kiosk": "自助机", "phone": "手机网页", "desk": "电话"}


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


class CaseFiles:
    """The cases that are open, each only for the agent whose it is."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.handoff = Handoff(turns)

    async def found(self, request: Request, member: Member) -> Case:
        """The case of the address, if it is this agent's; nobody else's is there at all."""
        case = await self.handoff.case(member.name, request.path_params["case"])
        if case is None:
            raise HTTPException(404)
        return case

    async def opened(self, request: Request, member: Member) -> Case:
        """The same, after the agent has made sure that it is the caller's."""
        case = await self.found(request, member)
        if not case.checked:
            raise HTTPException(403)
        return case

    async def to_look_at(self, request: Request, member: Member) -> tuple[Case, Visit]:
        case = await self.opened(request, member)
        visit = await self.turns.read(case.owner)
        if self.is_gone(case, visit):
            raise HTTPException(403)
        return case, visit

    def is_gone(self, case: Case, visit: Visit) -> bool:
        """The caller has it back, or has taken it away."""
        return not self.handoff.is_own(case) and visit.held_until <= now()


class Calls:
    """The pages on which calls come and go."""

    def __init__(self, files: CaseFiles, receipts: Receipts) -> None:
        self._files = files
        self._turns = files.turns
        self._handoff = files.handoff
        self._receipts = receipts

    async def show(self, request: Request, member: Member) -> Response:
        cleared = request.query_params.get("cleared", "")
        notice = notices.CLEARED.format(time=cleared) if notices.TIME.fullmatch(cleared) else ""
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
        lines = [await self._line(case) for case in reversed(await self._handoff.cases(member.name))]
        others = await self._handoff.of_others(member.name) if member.role == "supervisor" else []
        shown = {
            "lines": lines,
            "others": [await self._line(case) for case in reversed(others)],
            "problem": problem,
            "said": said[: codes.LONGEST],
            "receipt": receipt,
            "notice": notice,
        }
        return desk_page(request, "desk_home.html", status=status, **shown)

    async def _line(self, case: Case) -> Line:
        visit = await self._turns.read(case.owner)
        book, facts, own = visit.talk.book, visit.session.facts, self._handoff.is_own(case)
        return Line(
            case,
            title=f"{day} {title(case)}" if (day := _day_before(case)) else title(case),
            city=screen.city_name(visit.talk),
            where=WHERE["desk" if own else visit.channel],
            matter=Wording(book, "zh").said(book.facts["matter"], facts["matter"]) if "matter" in facts else "",
            answers=len(facts),
            own=own,
            gone=self._files.is_gone(case, visit),
            done=visit.talk.due is None,
        )

    async def new(self, request: Request, member: Member) -> Response:
        case, visit = await self._handoff.open_case(member.name, request.state.form.one("key"))
        if visit.session.facts:  # the form was found again by "Back": this is another caller
            case, _ = await self._handoff.open_case(member.name)
        return to_case(case.id)

    async def take_over(self, request: Request, member: Member) -> Response:
        said, key = request.state.form.one("code"), request.state.form.one("key")
        if slip := notices.slip(said, notices.MISHEARD):
            return await self.home(request, member, slip, 422, said)
        try:
            case = await self._handoff.take_over(said, member.name, key)
        except TooMany:
            return await self.home(request, member, notices.TOO_MANY, 429, said)
        if case is not None:
            return to_case(case.id)
        receipt = await self._is_receipt(said, member, key)
        return await self.home(request, member, notices.IS_RECEIPT if receipt else notices.NO_SUCH_CODE, 422, said, receipt)

    async def _is_receipt(self, said: str, member: Member, key: str) -> bool:
        """Whether a number that is no code stands on a sheet: callers do not tell them apart. It costs a try of those, too."""
        try:
            return await self._receipts.check(said, member.name, key) is not None
        except TooMany:
            return False

    async def check(self, request: Request, member: Member) -> Response:
        case = await self._files.found(request, member)
        await self._handoff.check(member.name, case.id)
        return to_case(case.id)

    async def release(self, request: Request, member: Member) -> Response:
        """It is not the caller's: it belongs to whoever asked for the code again, unopened."""
        case = await self._files.found(request, member)
        if case.checked:
            raise HTTPException(403)
        await self._handoff.give_back(member.name, case.id)
        return RedirectResponse("/desk", 303)

    async def give_back(self, request: Request, member: Member) -> Response:
        case = await self._files.opened(request, member)
        visit = await self._turns.read(case.owner)
        if not await self._handoff.give_back(member.name, case.id):
            return gone(request, case)
        return desk_page(
            request,
            "case_returned.html",
            title=title(case),
            where=WHERE[visit.channel],
            gone=visit.gone,
            receipt=receipt_of(visit),
        )

    async def take(self, request: Request, member: Member) -> Response:
        """A supervisor goes on with a colleague's call."""
        if not await self._handoff.hand_to(request.path_params["case"], member.name):
            raise HTTPException(404)
        return to_case(request.path_params["case"])

    async def end(self, request: Request, member: Member) -> Response:
        """A supervisor ends a colleague's call: what was handed over goes back to its person."""
        found = [case for case in await self._handoff.of_others(member.name) if case.id == request.path_params["case"]]
        if not found:
            raise HTTPException(404)
        await self._handoff.end(found[0])
        return RedirectResponse("/desk", 303)

    async def close(self, request: Request, member: Member) -> Response:
        case = await self._files.opened(request, member)
        await self._handoff.close(member.name, case.id)
        return RedirectResponse(f"/desk?cleared={_time(case)}" if self._handoff.is_own(case) else "/desk", 303)


def gone(request: Request, case: Case) -> Response:
    """The caller has it back."""
    return desk_page(request, "case_gone.html", status=409, title=title(case))


def title(case: Case) -> str:
    """How an agent tells cases apart: by when they came."""
    return f"{_time(case)} 的来电"


def _time(case: Case) -> str:
    return f"{there(case.opened):%H:%M:%S}"


def receipt_of(visit: Visit) -> str:
    """The number on the sheet as it is read out; "" as long as there is none."""
    return codes.spoken(visit.receipt) if visit.receipt else ""


def _day_before(case: Case) -> str:
    """The day on which a case came, if it was not today."""
    came = there(case.opened).date()
    return "" if came.isoformat() == today() else f"{came.month}月{came.day}日"


def to_case(case: str) -> Response:
    return RedirectResponse(f"/desk/case/{case}", 303)
