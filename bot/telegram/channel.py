"""The channel: one update in, one committed turn, one reply out. Acknowledged only after the commit."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakValueDictionary

import telegram
from telegram import Update
from telegram.constants import ChatAction

from bot import log
from bot.clock import today
from bot.store.base import StoreDown
from bot.talk.handoff import Handoff
from bot.talk.presses import Press, begun, moved, pressed, restarted
from bot.talk.turns import Act, Outgoing, Turn, Turns
from bot.talk.typed import typed
from bot.talk.visit import Visit
from bot.telegram import render
from bot.telegram.incoming import Incoming, Unreadable, incoming
from bot.telegram.replies import Replies
from bot.telegram.sender import OutgoingMessages, Sender, as_response
from bot.wording.languages import LANGUAGES
from bot.wording.views import View
from flows.conversation import Move, MoveName, Reply, Session, take

KEPT_MESSAGES = 40  # whose numbers are kept for /forget
LONGEST_ANSWER = 20  # messages that may have come after one of those, before the next one
OUT_OF_ORDER = 1000  # updates by which a text may be late: it was meant for an older question
SLOW = 1.0  # seconds after which a person is told that we are at work
COMMANDS: dict[str, MoveName] = {"back": "back", "answers": "review", "help": "help"}  # those that are plain moves
TOKEN = re.compile(r"[\w-]{22}", re.ASCII)  # of a link that brings a visit along


class Recent:
    """The last so many numbers that were added: a crowd does not fill the memory."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._numbers: dict[int, None] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._numbers

    def add(self, number: int) -> None:
        self._numbers[number] = None
        if len(self._numbers) > self._most:
            del self._numbers[next(iter(self._numbers))]

    def discard(self, number: int) -> None:
        self._numbers.pop(number, None)


class Channel:
    """One chat's updates in order, chats side by side.

    Long, as every way in which an update can end stands together: kept, not kept, answered at once, by call, or not at all.
    """

    def __init__(self, bot: telegram.Bot, turns: Turns, hours: int, riding: bool) -> None:
        self.turns = turns
        self.sender = Sender(bot, turns)
        self._handoff = Handoff(turns)
        self._bot = bot
        self._number = bot.token.partition(":")[0]
        self._riding = riding  # a single message goes back in the webhook's own response
        self._replies = Replies(turns, hours)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._told_busy = Recent()
        self._unsure = Recent()  # updates that were perhaps kept, and were not answered
        self._told_groups = Recent()

    async def receive(self, update: Update) -> tuple[bool, dict[str, object] | None]:
        """One update: (is it kept for certain, what the webhook's response should say)."""
        try:
            heard = incoming(update)
        except Unreadable:
            log.event("update_unreadable", 40)
            return True, None
        if heard is None:
            return True, None
        async with self._locks.setdefault(heard.chat, asyncio.Lock()):
            kept, answer = await self._guarded(heard)
        if answer is None:
            return kept, None
        if self._riding and kept and len(answer.messages) == 1 and answer.owner is None:
            return True, as_response(answer)
        self.sender.post(answer)
        return kept, None

    async def resend(self) -> int:
        """What was owed when we stopped: everyone gets the present view once."""
        return await self._post(await self.turns.owed())

    async def send_news(self) -> None:
        """What the hotline did to a person's visit is shown to the person."""
        await self._post(await self.turns.newly_owed())

    async def _post(self, owed: list[tuple[bytes, Outgoing, Visit]]) -> int:
        for owner, outgoing, visit in owed:
            if not visit.version:
                await self.turns.sent(owner, 2**62)
                continue
            try:
                view = self._replies.view(visit, self.turns.present(visit))
                messages = self._replies.messages(owner, visit, view)
                self.sender.post(OutgoingMessages(outgoing.chat, messages, None, owner, visit.version))
            except Exception as error:  # the others are owed theirs
                log.fault("owed", error)
        return len(owed)

    async def _guarded(self, heard: Incoming) -> tuple[bool, OutgoingMessages | None]:
        """One turn: (is it kept, the answer). A database that is down, or a fault of ours, costs nobody an answer, and the
        person is told."""
        timer = asyncio.get_running_loop().call_later(SLOW, self._typing, heard.chat)
        try:
            answer = await self._answer(heard)
            self._told_busy.discard(heard.chat)
            self._unsure.discard(heard.update)
            return True, answer
        except StoreDown:
            self._unsure.add(heard.update)
            log.event("turn", outcome="store_down")
            if heard.chat in self._told_busy:
                return False, None
            self._told_busy.add(heard.chat)
            return False, _only(heard, self._replies.wording(heard.language).busy())
        except Exception as error:  # once more would end the same way: the update is over, the answers are as they were
            log.fault("turn", error)
            return True, _only(heard, self._replies.wording(heard.language).went_wrong())
        finally:
            timer.cancel()

    def _typing(self, chat: int) -> None:
        self.sender.besides(self._bot.send_chat_action(chat, ChatAction.TYPING))

    # ---- what an update means ----

    async def _answer(self, heard: Incoming) -> OutgoingMessages | None:
        match heard.kind, heard.command:
            case "group", _:
                return self._in_group(heard)
            case "press", _:
                self.sender.besides(self._bot.answer_callback_query(heard.query))
                return await self._pressed(heard)
            case "other", _:
                return await self._turn(heard, lambda visit: (visit, visit.talk.reply("only_words")))
            case "command", "start":
                return await self._start(heard)
            case "command", "forget":
                return await self._forget(heard)
            case "command", "handoff":
                return await self._hand_off(heard)
            case "command", name if name in ACTS:
                return await self._turn(heard, ACTS[name])
        return await self._turn(heard, lambda visit: self._typed(visit, heard))

    def _typed(self, visit: Visit, heard: Incoming) -> tuple[Visit, Reply]:
        """What was typed; a text that comes out of order was meant for an older question."""
        if 0 < visit.update - heard.update < OUT_OF_ORDER:
            return visit, visit.talk.reply()
        return typed(visit, heard.text, self._replies.wording(visit.session.language).offered)

    def _in_group(self, heard: Incoming) -> OutgoingMessages | None:
        if not heard.addressed and heard.chat in self._told_groups:
            return None  # a group that talks among itself has heard it once
        self._told_groups.add(heard.chat)
        return _only(heard, "\n".join(self._replies.wording(language).only_private() for language in LANGUAGES))

    async def _pressed(self, heard: Incoming) -> OutgoingMessages | None:
        owner = self.turns.owner("telegram", heard.person)
        button = render.pressed(heard.text, self.turns.runtime.words)
        if button is None or button.visit != render.short(owner):
            return await self._turn(heard, _shown, expected=-1)
        match button.move, button.words:
            case "papers", _:
                return await self._turn(heard, _shown, lambda turn: self._papers(heard, owner, turn, None))
            case "paper", (paper, state):
                ticking = lambda visit: _ticked_off(visit, paper, state)  # noqa: E731  # a turn of two arguments
                return await self._turn(heard, ticking, lambda turn: self._papers(heard, owner, turn, heard.pressed))
            case "language", (language,) if language in LANGUAGES:
                return await self._turn(heard, lambda visit: _in_language(visit, language))
        press = Press(button.move, button.words)
        return await self._turn(heard, lambda visit: pressed(visit, press), expected=button.step)

    # ---- turns ----

    async def _turn(
        self,
        heard: Incoming,
        act: Act,
        shown: Callable[[Turn], OutgoingMessages] | None = None,
        expected: int | None = None,
    ) -> OutgoingMessages | None:
        owner = self.turns.owner("telegram", heard.person)

        def owed(reply: Reply) -> Outgoing | None:
            """A short reply rides in the webhook's response and is owed to nobody; a sheet may take several messages."""
            return Outgoing(heard.chat, heard.pressed) if not self._riding or reply.phase == "result" else None

        turn = await self.turns.take(owner, expected, self._key(heard), lambda visit: _noticed(visit, heard, act), owed)
        level = logging.DEBUG if turn.outcome == "ok" else logging.INFO
        log.event("turn", level, outcome=turn.outcome, phase=turn.reply.phase)
        if turn.outcome == "duplicate" and not self._riding and heard.update not in self._unsure:
            return None  # what it led to was sent then, or is still in the outbox
        view = self._view(turn, heard.chat)
        messages = self._replies.messages(owner, turn.visit, view)
        answer = shown(turn) if shown else OutgoingMessages(heard.chat, messages, _to_change(turn, heard, expected))
        if turn.outcome in ("ok", "duplicate") and owed(turn.reply) is not None:
            answer = replace(answer, owner=owner, version=turn.visit.version)
        return answer

    def _view(self, turn: Turn, chat: int) -> View:
        """What a turn shows. A reply takes the place of one that is still on its way: it then has the sheet that was in that."""
        view = self._replies.view(turn.visit, turn.reply)
        if view.phase == "result" and view.sheet is None and not self._riding and self.sender.sending(chat):
            return replace(view, sheet=self._replies.view(turn.visit, self.turns.present(turn.visit)).sheet)
        return view

    def _key(self, heard: Incoming) -> str:
        return f"telegram:{self._number}:{heard.update}"

    def _papers(self, heard: Incoming, owner: bytes, turn: Turn, edit: int | None) -> OutgoingMessages:
        message = self._replies.papers(owner, turn.visit)
        if message is not None:
            return OutgoingMessages(heard.chat, (message,), edit)
        view = self._replies.view(turn.visit, turn.reply)
        return OutgoingMessages(heard.chat, self._replies.messages(owner, turn.visit, view))

    # ---- coming and going ----

    async def _start(self, heard: Incoming) -> OutgoingMessages | None:
        """A link from a kiosk brings its visit along; one that does not any more says so."""
        if TOKEN.fullmatch(heard.payload):
            owner = self.turns.owner("telegram", heard.person)
            if not await self._handoff.move(heard.payload, owner, "telegram", _arrived):
                return await self._turn(heard, _link_gone)
        return await self._turn(heard, lambda visit: _linked(visit, heard.payload))

    async def _forget(self, heard: Incoming) -> OutgoingMessages | None:
        visit = await self.turns.forget(self.turns.owner("telegram", heard.person), self._key(heard))
        if visit is None:
            return None
        known = sorted({*visit.messages, heard.message or 0} - {0})
        near = sorted({number + step for number in known for step in range(LONGEST_ANSWER) if number + step <= max(known)})
        for first in range(0, len(near), 100):  # as many as one call takes
            self.sender.besides(self._bot.delete_messages(heard.chat, near[first : first + 100]))
        language = visit.session.language if visit.version else heard.language
        return _only(heard, self._replies.wording(language).forgotten())

    async def _hand_off(self, heard: Incoming) -> OutgoingMessages | None:
        """A code for the hotline, as long as there is something to hand over; asked for again, a new one."""
        owner = self.turns.owner("telegram", heard.person)
        code = await self._handoff.code(owner, heard.chat)
        if code is None:
            return await self._turn(heard, _shown)
        visit = await self.turns.read(owner)
        return _only(heard, self._replies.wording(visit.session.language).handoff(code))


# ---- what is done to a visit in a chat ----


def _noticed(visit: Visit, heard: Incoming, act: Act) -> tuple[Visit, Reply]:
    """A turn, with what the channel has to know of a message: its number, and the language at the first one."""
    number = heard.message or heard.pressed or 0
    visit = replace(
        visit,
        heard=max(visit.heard, heard.message or 0),
        messages=tuple(sorted({*visit.messages, number}))[-KEPT_MESSAGES:],
    )
    if visit.session.phase == "new":
        visit = replace(visit, talk=visit.talk.become(Session(language=heard.language, as_of=today())))
    visit, reply = act(visit)
    return replace(visit, update=max(visit.update, heard.update)), reply


def _shown(visit: Visit) -> tuple[Visit, Reply]:
    return visit, visit.talk.reply()


def _linked(visit: Visit, payload: str) -> tuple[Visit, Reply]:
    """A talk begins with the welcome; a link that names a city answers that question, also in the middle of a talk."""
    going_on = visit.talk.is_on
    if not going_on:
        visit, _ = begun(visit)
    city = visit.session.facts.get("city")
    if payload in visit.talk.book.cities and payload != city:
        visit = replace(visit, talk=take(visit.talk, Move("tell", "city", payload))[0], ticked=())
        return visit, visit.talk.reply("linked" if city else "" if going_on else "begun")
    return visit, visit.talk.reply("" if going_on else "begun")


def _link_gone(visit: Visit) -> tuple[Visit, Reply]:
    """What is there stays, or a talk begins; the person knows that nothing came along."""
    visit, _ = _linked(visit, "")
    return visit, visit.talk.reply("link_gone")


def _result(visit: Visit) -> tuple[Visit, Reply]:
    """The sheet as soon as it is due, whatever the person was reading; before that there is none."""
    if visit.talk.is_on and visit.talk.due is not None and visit.session.phase != "result":
        return visit, visit.talk.reply("nothing_yet")
    while visit.session.phase in ("answers", "changing", "topic"):
        visit, _ = moved(visit, Move("back"))
    return _shown(visit)


def _in_language(visit: Visit, language: str) -> tuple[Visit, Reply]:
    visit = visit.saying(language=language)
    return _shown(visit) if visit.session.phase != "new" else begun(visit)


def _ticked_off(visit: Visit, paper: str, state: str) -> tuple[Visit, Reply]:
    if state == "yes" and paper in visit.talk.book.papers:
        visit = replace(visit, have=tuple(dict.fromkeys([*visit.have, paper])))
    elif state == "no":
        visit = replace(visit, have=tuple(one for one in visit.have if one != paper))
    return _shown(visit)


def _arrived(visit: Visit) -> Visit:
    """A visit that came from elsewhere: its messages and its updates begin here."""
    return replace(visit, messages=(), heard=0, update=0)


ACTS: dict[str, Act] = {
    "result": _result,
    "language": lambda visit: (visit, Reply("language")),
    "about": lambda visit: (visit, visit.talk.reply("about")),
    "restart": restarted,
    **{name: (lambda visit, move=move: moved(visit, Move(move))) for name, move in COMMANDS.items()},  # type: ignore[misc]
}


def _to_change(turn: Turn, heard: Incoming, expected: int | None) -> int | None:
    """The message to change into the reply: the one whose button was pressed, as long as it is the last and no sheet."""
    was_sheet = turn.before.session.phase == "result" if turn.outcome == "ok" else expected is not None
    return None if heard.pressed is None or heard.pressed < turn.visit.heard or was_sheet else heard.pressed


def _only(heard: Incoming, line: str) -> OutgoingMessages:
    return OutgoingMessages(heard.chat, (render.plain_message([line]),))
