"""A case: what the caller tells, in any order; what is asked, looked up and supposed; and the sheet to read out."""

import asyncio
from typing import Any, assert_never

from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.clock import now
from bot.hotline import heard, notices, screen
from bot.hotline.access import desk_page
from bot.hotline.calls import WHERE, CaseFiles, gone, receipt_of, title, to_case
from bot.hotline.reading import Sight
from bot.hotline.search import Hit, Search
from bot.hotline.staff import Member
from bot.store.cases import Case
from bot.talk.presses import begun
from bot.talk.retention import HELD
from bot.talk.short_memory import ShortMemory
from bot.talk.told import overheard
from bot.talk.turns import Turn
from bot.talk.visit import Visit
from bot.web.forms import Form
from bot.web.tokens import is_token
from bot.wording.languages import LANGUAGES, Language
from bot.wording.spoken import spoken
from bot.wording.text import sheet_lines
from bot.wording.views import Wording, new_rules
from flows.book import Book
from flows.conversation import Move, Reply, Session, Talk, take, what_if
from flows.facts import Answer, Facts, NotUnderstood

STEPS = 20  # of a case that can be taken back as they were

Past = tuple[Session, ...]
"""What was known before each of a case's last steps."""

Way = tuple[int, Past]
"""The same, and the step that it leads back from."""

Found = tuple[tuple[Hit, ...], tuple[Sight, ...]]
"""What a search found to ask, and what to read."""


BESIDE: dict[str, Any] = {"unticked": False, "said": "", "supposed": None, "notice": ""}


class CasePages:
    """The pages of one case. Long, as it has one short method for each address under /desk/case."""

    def __init__(self, files: CaseFiles) -> None:
        self._files = files
        self._turns = files.turns
        self._finder = Search(self._turns.book)
        self._past = ShortMemory[Way](files.turns.runtime, "past", Way, HELD)  # a way back may be lost, an answer never

    async def case(self, request: Request, member: Member) -> Response:
        case = await self._files.found(request, member)
        visit = await self._turns.read(case.owner)
        if self._files.is_gone(case, visit):
            return gone(request, case)
        if not case.checked:
            return desk_page(request, "case_check.html", case=case, title=title(case), origin=self._origin(visit))
        return await self._page(request, case, visit)

    def _origin(self, visit: Visit) -> dict[str, str]:
        """What may be seen of a visit before it is certain whose it is."""
        began = visit.began or visit.session.as_of
        return {
            "city": screen.city_name(visit.talk) or "还没有选",
            "began": Wording(visit.talk.book, "zh").day(began) if began else "",
            "where": WHERE[visit.channel],
        }

    async def turn(self, request: Request, member: Member) -> Response:
        """One thing told, taken back or gone on with; kept, unless the page was an old one."""
        case = await self._files.opened(request, member)
        sent: Form = request.state.form
        step, key = sent.one("step"), sent.one("key")
        if not (step.isascii() and step.isdigit() and len(step) < 20 and is_token(key)):
            raise HTTPException(400)
        if sent.one("case") != case.id:  # a form of another case
            raise HTTPException(403)
        do = sent.one("do").split(" ")
        if nothing_ticked(self._turns.book, do, sent):
            return await self._unticked(request, case, do[1])
        own, way = self._files.handoff.is_own(case), await self._past.of(case.id)

        def act(visit: Visit) -> tuple[Visit, Reply]:
            visit = at_the_questions(visit.having(channel="desk" if own else visit.channel))
            if do == ["hear"]:
                return overheard(visit, sent.one("told"))
            return acted(visit, do, sent.all("option"), before(way, visit))

        try:
            turn = await self._turns.take_as_agent(case.owner, int(step), f"{case.id}:{key}", act)
        except NotUnderstood:
            raise HTTPException(400) from None
        match turn.outcome:
            case "lost" | "left_alone":
                return gone(request, case)
            case "stale":
                return await self._page(request, case, turn.visit, status=409, notice=notices.STALE)
            case "ok":
                await self._remember(case, turn, do, way)
                if do == ["hear"]:  # the words are on this page and on no other
                    return await self._page(request, case, turn.visit, reply=turn.reply)
            case "duplicate" | "again" | "held":
                pass
            case never:
                assert_never(never)
        return to_case(case.id)

    async def _remember(self, case: Case, turn: Turn, do: list[str], way: Way | None) -> None:
        """Keeps the way back."""
        steps, was, now = before(way, turn.before), at_the_questions(turn.before).session, turn.visit.session
        if do == ["undo"]:
            steps = steps[:-1]
        elif (now.facts, now.seen) != (was.facts, was.seen):
            steps = (*steps, was)[-STEPS:]
        await self._past.keep(case.id, (turn.visit.step, steps), case.owner)

    async def _unticked(self, request: Request, case: Case, fact: str) -> Response:
        visit = await self._turns.read(case.owner)
        if self._files.is_gone(case, visit):
            return gone(request, case)
        return await self._page(request, case, visit, status=422, fact=fact, unticked=True)

    def _moved(self, past: Past, visit: Visit) -> str:
        """After a change of city: which answers went with the old one."""
        facts, old = visit.session.facts, past[-1].facts if past else {}
        lost = [visit.talk.book.fact(fact, old.get("city")).ask for fact in old if fact not in facts]
        if not lost or "city" not in facts or facts["city"] == old.get("city"):
            return ""
        return notices.MOVED.format(city=screen.city_name(visit.talk), asks="".join(lost))

    def _rules(self, visit: Visit) -> str:
        """That the rules changed under the call."""
        return "".join(new_rules(Language("zh"), visit.talk, Reply("asking", rules=visit.rules)))

    # ---- looking, without changing anything ----

    async def ask(self, request: Request, member: Member) -> Response:
        """Another question than the flow's next."""
        case, visit = await self._files.to_look_at(request, member)
        fact, *option = request.state.form.one("fact").split(" ")
        if fact not in visit.talk.book.facts:
            raise HTTPException(400)
        told = visit.session.facts.get(fact)
        ticked = (*told, *option) if isinstance(told, tuple) else tuple(option)
        return await self._page(request, case, visit, fact=fact, ticked=ticked if option else ())

    async def find(self, request: Request, member: Member) -> Response:
        case, visit = await self._files.to_look_at(request, member)
        said = request.state.form.one("q")
        city = visit.session.facts.get("city")
        if self._finder.book is not visit.talk.book:
            self._finder = Search(visit.talk.book)
        found = await asyncio.to_thread(_found, self._finder, str(city or ""), said, visit.session.facts)
        return await self._page(request, case, visit, found=found, said=said)

    async def what_if(self, request: Request, member: Member) -> Response:
        """Which statuses an answer would change; nothing is kept."""
        case, visit = await self._files.to_look_at(request, member)
        sent = request.state.form
        talk = at_the_questions(visit).talk
        fact, *option = sent.one("if").split(" ")
        if nothing_ticked(talk.book, ["if", fact, *option], sent):
            return await self._page(request, case, visit, status=422, fact=fact, unticked=True)
        try:
            answer = answer_of(talk, fact, option, sent.all("option"))
            changed = what_if(talk, fact, answer)
        except NotUnderstood:
            raise HTTPException(400) from None
        city = str(answer if fact == "city" else talk.facts.get("city", ""))
        asked, wording = talk.book.fact(fact, city or None), Wording(talk.book, talk.session.language)
        supposed = {
            "says": wording.bracketed(wording._(asked.ask), wording.said(asked, answer)),
            "changes": screen.changes(talk.book, talk.session.language, city, changed),
        }
        return await self._page(request, case, visit, fact=fact, ticked=sent.all("option"), supposed=supposed)

    async def sheet(self, request: Request, member: Member) -> Response:
        """The answer sheet to read out, to copy and to print; before a city is known there is none."""
        case, visit = await self._files.to_look_at(request, member)
        if "city" not in visit.session.facts:
            return to_case(case.id)
        wording = Wording(visit.talk.book, visit.session.language)
        sheet = replace(wording.sheet(visit.session), receipt=receipt_of(visit))
        unfinished = visit.talk.due is not None and not visit.session.seen
        text = "\n".join([*([notices.UNFINISHED, ""] if unfinished else []), *sheet_lines(wording, sheet)])
        return desk_page(
            request,
            "case_sheet.html",
            case=case,
            title=title(case),
            spoken=visit.session.language,
            sheet=sheet,
            wording=wording,
            text=text,
            aloud=() if unfinished else spoken(visit.talk.book, wording, visit.session),
            unfinished=notices.UNFINISHED if unfinished else "",
        )

    async def _page(
        self,
        request: Request,
        case: Case,
        visit: Visit,
        *,
        status: int = 200,
        fact: str | None = None,
        ticked: tuple[str, ...] = (),
        found: Found | None = None,
        reply: Reply | None = None,
        **beside: Any,
    ) -> Response:
        """The screen; `reply`: to what was just heard; `beside`: what is said besides, for this once."""
        past = before(await self._past.of(case.id), visit)
        return desk_page(
            request,
            "case.html",
            status=status,
            case=case,
            title=title(case),
            own=(own := self._files.handoff.is_own(case)),
            where=WHERE["desk" if own else visit.channel],
            visit=visit,
            lasted=max(0, now() - case.opened),
            view=screen.view(visit.talk, fact, ticked),
            heard=heard.panel(visit.talk, reply) if fact is None else None,
            moved=self._moved(past, visit),
            rules=self._rules(visit),
            undoable=bool(visit.session.facts or past),
            wording=Wording(visit.talk.book, visit.session.language),
            receipt=receipt_of(visit),
            languages=LANGUAGES,
            hits=found and found[0],
            sights=screen.seen(visit.talk, found[1]) if found else (),
            **BESIDE | beside,
        )


# ---- what an agent does to a visit ----


def before(way: Way | None, visit: Visit) -> Past:
    """What was known before each of the last steps; () if they led elsewhere, were taken under other rules, or are long ago."""
    step, steps = way or (0, ())
    return steps if step == visit.step and visit.policy == visit.policy_now else ()


def at_the_questions(visit: Visit) -> Visit:
    """An agent's place is before the questions and the results, wherever the caller was reading when it was handed over."""
    if not visit.talk.is_on:
        visit, _ = begun(visit)
    while visit.session.phase in ("answers", "changing", "altering", "topic"):
        visit = visit.having(talk=take(visit.talk, Move("back"))[0])
    return visit.having(ticked=())


def acted(visit: Visit, do: list[str], ticked: tuple[str, ...], before: Past) -> tuple[Visit, Reply]:
    """The visit after a button; raises NotUnderstood for one that there is not."""
    talk = visit.talk
    match do:
        case ["tell", fact, *option]:
            talk, reply = take(talk, Move("tell", fact, answer_of(talk, fact, option, ticked)))
        case ["untell", fact]:
            talk, reply = take(talk, Move("untell", fact))
        case ["undo"] if before:
            talk = talk.become(replace(before[-1], language=talk.session.language, asks_for=talk.session.asks_for))
            reply = talk.reply()
        case ["undo"] if talk.facts:
            talk, reply = take(talk, Move("untell", [*talk.facts][-1]))
        case ["take"]:
            return heard.taken(visit, ticked)
        case ["more"]:
            talk, reply = take(talk, Move("more"))
        case ["ask_for", whom]:
            talk, reply = take(talk, Move("ask_for", whom))
        case ["speak", language] if language in LANGUAGES:
            talk = talk.become(replace(talk.session, language=language))
            reply = talk.reply()
        case other:
            raise NotUnderstood(" ".join(other))
    return visit.having(talk=talk), reply


def _found(finder: Search, city: str, said: str, facts: Facts) -> Found:
    return finder.questions(city, said, facts), finder.look(city, said)


def answer_of(talk: Talk, fact: str, option: list[str], ticked: tuple[str, ...]) -> Answer:
    """The option that a button stands for, or else what is ticked; raises NotUnderstood."""
    if fact not in talk.book.facts or len(option) > 1:
        raise NotUnderstood(fact)
    known = talk.fact(fact)
    return known.value_of(option[0]) if option else known.clean(ticked)


def nothing_ticked(book: Book, words: list[str], sent: Form) -> bool:
    """Whether what is ticked was sent, and nothing is: "none of them" is an option of its own."""
    known = book.facts.get(words[1]) if len(words) == 2 else None  # a verb and a fact
    return words[0] in ("tell", "if") and known is not None and known.many and not sent.all("option")
