"""The number on a paper that somebody brings along: the same answers, looked at again today."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.hotline import notices, screen
from bot.hotline.access import desk_page
from bot.hotline.calls import CaseFiles, to_case
from bot.hotline.staff import Member
from bot.store.attempts import TooMany
from bot.talk import codes
from bot.talk.receipts import Checked, Receipts
from bot.talk.visit import Visit
from bot.wording.views import Wording
from flows.conversation import Move, Reply, take


class Papers:
    def __init__(self, files: CaseFiles, receipts: Receipts) -> None:
        self._turns = files.turns
        self._handoff = files.handoff
        self._receipts = receipts

    async def receipt(self, request: Request, member: Member) -> Response:
        """The number on a paper that somebody brings along: the same answers, looked at again today."""
        if request.method != "POST":
            return desk_page(request, "desk_receipt.html", problem="", said="")
        found = await self._checked(request, member)
        if isinstance(found, Response):
            return found
        visit = found.visit.saying(language="zh")
        book = visit.talk.book
        city = str(visit.session.facts.get("city", ""))
        return desk_page(
            request,
            "desk_receipt_found.html",
            checked=found,
            view=screen.view(visit.talk),
            changes=screen.changes(book, "zh", city, found.changes),
            dropped=[book.fact(fact, city).ask for fact in found.dropped if fact in book.facts],
            began=Wording(book, "zh").day(visit.session.as_of),
            number=codes.spoken(int(codes.heard(request.state.form.one("code")) or 0)),
            wording=Wording(book, "zh"),
        )

    async def open_receipt(self, request: Request, member: Member) -> Response:
        """A call of its own that begins with the answers under a number."""
        found = await self._checked(request, member)
        if isinstance(found, Response):
            return found
        told = found.visit.session

        def act(visit: Visit) -> tuple[Visit, Reply]:
            if visit.session.facts:  # the form was sent twice
                return visit, visit.talk.reply()
            talk = visit.saying(language=told.language).talk
            for fact in sorted(told.facts, key=lambda fact: fact != "city"):  # the city first: others depend on it
                talk, _ = take(talk, Move("tell", fact, told.facts[fact]))
            return visit.having(talk=talk), talk.reply()

        case, _ = await self._handoff.open_case(member.name, request.state.form.one("key"))
        await self._turns.take_as_agent(case.owner, None, f"{case.id}:receipt:{secrets.token_hex(8)}", act)
        return to_case(case.id)

    async def _checked(self, request: Request, member: Member) -> Checked | Response:
        """The sheet whose number was posted, or the page that says what is wrong with it."""
        said, key = request.state.form.one("code"), request.state.form.one("key")
        try:
            slip = notices.slip(said, notices.MISREAD)
            found = None if slip else await self._receipts.check(said, member.name, key)
        except TooMany:
            return desk_page(request, "desk_receipt.html", status=429, problem=notices.TOO_MANY, said=said[: codes.LONGEST])
        if found is not None:
            return found
        return desk_page(
            request, "desk_receipt.html", status=422, problem=slip or notices.NO_SUCH_RECEIPT, said=said[: codes.LONGEST]
        )
