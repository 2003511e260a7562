"""The channel: one update in, one committed turn, one reply out. Acknowledged only after the commit."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from weakref import WeakValueDictionary

import telegram
from msgspec.structs import replace
from telegram.constants import ChatAction

from bot import log
from bot.store.attempts import TooMany
from bot.store.base import Connection, StoreDown
from bot.talk.handoff import Came, Handoff
from bot.talk.offers import in_language
from bot.talk.presses import Press, linked, restored
from bot.talk.receipts import Receipts
from bot.talk.retention import DAY
from bot.talk.short_memory import ShortMemory
from bot.talk.turns import Act, First, Outgoing, Turn, Turns
from bot.talk.visit import RODE, Visit
from bot.telegram import acts, render
from bot.telegram.incoming import Incoming
from bot.telegram.replies import Replies, wording_of
from bot.telegram.seen import Recent, overtaken, unseen
from bot.telegram.sender import OutgoingMessages, Sender, as_response
from bot.telegram.takeaway import Draw, Takeaway
from bot.telegram.ticks import LoneLists
from bot.web.tokens import is_token
from bot.wording import sentences
from bot.wording.languages import LANGUAGES
from bot.wording.views import View, Wording
from flows.conversation import Aside, Reply

LONGEST_ANSWER = 20  # messages that may have come after one of those, before the next one
SLOW = 1.0  # seconds after which a person is told that we are at work
BY_CALL: tuple[Aside, ...] = ("begun", "link_gone", "early")  # two messages; or what rode before may not have come

Shown = Callable[[Turn], OutgoingMessages]
"""How a turn is shown, if not as the view that it led to."""


class Channel:
    """One chat's updates in order, chats side by side.

    Long, as every way in which an update can end stands together: kept, not kept, answered at once, by call, or not at all.
    """

    def __init__(
        self, bot: telegram.Bot, turns: Turns, hours: int, riding: bool, hotline: str = "", draw: Draw | None = None
    ) -> None:
        self.turns = turns
        self.sender = Sender(bot, turns)
        self._handoff = Handoff(turns)
        self._bot = bot
        self._number = bot.token.partition(":")[0]
        self._riding = riding  # a single message, or that a press came, goes back in the webhook's own response
        self.takeaway = Takeaway(bot, turns, draw)
        self._replies = Replies(turns, hours, hotline, self.takeaway.is_offered)
        self._receipts = Receipts(turns)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._told_busy = Recent()
        self._unsure = Recent()  # updates that were perhaps kept, and were not answered
        self._told_groups = Recent()
        self._toasts: dict[int, str] = {}  # update -> what is said where its button was pressed
        self._has_others = turns.runtime.store.name == "postgresql"  # processes, perhaps
        self._groups = ShortMemory[bool](turns.runtime, "group", bool, DAY)
        self._lists = LoneLists(turns.runtime)

    async def receive(self, heard: Incoming) -> tuple[bool, dict[str, object] | None]:
        """One update: (is it kept for certain, what the webhook's response should say)."""
        heard = replace(heard, owner=self.turns.runtime.owner("telegram", heard.person))
        async with self._locks.setdefault(heard.chat, asyncio.Lock()):
            kept, answer = await self._guarded(heard)
            self.sender.elsewhere.discard(heard.chat)
        if answer is not None:
            if kept and answer.rides and len(answer.messages) == 1 and not self.sender.sending(heard.chat):
                return True, as_response(answer)
            self.sender.post(answer)
        return kept, self._acknowledged(heard, kept) if heard.kind == "press" else None

    async def resend(self, since: int = 0) -> int:
        """What was owed when we stopped: everyone gets the present view once. `since`: see Turns.owed."""
        return await self._post(await self.turns.owed(since))

    async def send_news(self) -> None:
        """What the hotline did to a person's visit is shown to the person, and what somebody owed them and never sent."""
        await self._post(await self.turns.newly_owed(self.sender.at_work()))

    async def _post(self, owed: list[tuple[bytes, Outgoing, Visit]]) -> int:
        for owner, outgoing, visit in owed:
            if not visit.version:
                await self.turns.sent(owner, 2**62)
                continue
            try:
                view = self._replies.view(visit, self.turns.on_show(visit))
                messages = self._replies.messages(owner, visit, view)
                self.sender.post(OutgoingMessages(outgoing.chat, messages, None, owner, visit.version, visit.step))
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
        command = heard.command if heard.kind == "command" else acts.command_of(heard.text) if heard.kind == "text" else ""
        match heard.kind, command:
            case "group", _:
                return await self._in_group(heard)
            case "press", _:
                return await self._pressed(heard)
            case "edited", _:
                words = self._replies.wording
                return await self._turn(heard, lambda visit: acts.edited(visit, heard, words(visit.session.language).labels))
            case "other", _:
                return await self._without_words(heard)
            case "forwarded", _:
                return await self._turn(heard, lambda visit: (visit, visit.talk.reply("forwarded")))
            case _, "start":
                return await self._start(heard)
            case _, "restart":
                return await self._turn(heard, lambda visit: acts.restarts(visit, sure=not overtaken(visit, heard)))
            case _, "forget":
                return await self._forget(heard)
            case _, "handoff":
                return await self._hand_off(heard)
            case _, "back":
                return await self._timely(heard, acts.ACTS["back"])
            case _, name if name in acts.ACTS:
                return await self._turn(heard, acts.ACTS[name])
        if heard.kind == "text" and (number := acts.number_on_sheet(heard.text)):
            return await self._from_sheet(heard, number)
        return await self._timely(heard, lambda visit: acts.written(visit, heard, wording_of(visit).offered))

    async def _timely(self, heard: Incoming, act: Act) -> OutgoingMessages | None:
        """What was meant for the question that its author saw: written before the present one was there, it answers nothing."""
        await self.sender.settled(heard.chat)

        def in_time(visit: Visit) -> tuple[Visit, Reply]:
            sending, shown = self.sender.sending(heard.chat), self.sender.seen.asked(heard.owner, visit)
            late = overtaken(visit, heard) or unseen(visit, heard, shown, sending)
            after, reply = act(visit)
            return acts.early(visit, heard) if late and not acts.is_harmless(visit, after, reply) else (after, reply)

        turn = await self._taken(heard, in_time)
        if turn.reply.aside == "human" and (code := await self._handoff.code(heard.owner, heard.chat)) is not None:
            message = _only(heard, self._replies.handoff(turn.visit, code))
            return replace(message, owner=heard.owner, version=turn.visit.version, step=turn.visit.step)
        return self._reply(heard, turn)

    async def _without_words(self, heard: Incoming) -> OutgoingMessages | None:
        """A photo, a voice …: of those that came together one is answered."""
        key = f"album:{heard.album}" if heard.album else str(heard.update)
        turn = await self._taken(heard, lambda visit: (visit, visit.talk.reply("only_words")), key=key)
        others = heard.album and turn.outcome == "duplicate" and heard.update not in self._unsure
        return None if others else self._reply(heard, turn)

    async def _in_group(self, heard: Incoming) -> OutgoingMessages | None:
        """A group that talks among itself hears it once a day; with whom it talked is not known longer."""
        told = heard.chat in self._told_groups
        if not heard.addressed and not told:
            with contextlib.suppress(StoreDown):
                told = not await self._groups.claim(str(heard.chat))
        if told and not heard.addressed:
            return None
        self._told_groups.add(heard.chat)
        return OutgoingMessages(heard.chat, (self._replies.to_private(self._bot.username),), rides=self._riding)

    # ---- presses ----

    async def _pressed(self, heard: Incoming) -> OutgoingMessages | None:
        """An old press changes nothing and says so where it was pressed; the same one twice is one."""
        button = render.pressed(heard.text, self.turns.runtime.words)
        if button is not None and button.visit != render.short(heard.owner):
            button = None
        if button is not None and button.move == "take" and await self._takes_away(heard):
            return None
        if button is not None and (ticked := await self._ticked_alone(heard, button)) is not None:
            if isinstance(ticked, OutgoingMessages):
                return ticked
            self._toasts[heard.update] = ticked
            return None
        turn, shown, expected = await self._press(heard, button)
        old = turn.outcome == "stale" and turn.visit.talk.is_on
        if old:
            self._toasts[heard.update] = self._replies.wording(turn.visit.session.language).old_button()
        if turn.outcome == "again" or (old and turn.visit.shown != RODE):
            return None
        if turn.outcome == "stale":  # what there is to see rode in a response: nobody knows whether it came
            turn = replace(turn, reply=acts.shown(turn.visit)[1])
        return self._reply(heard, turn, shown, expected)

    def _acknowledged(self, heard: Incoming, kept: bool) -> dict[str, object] | None:
        """A button that waits no longer: in the webhook's response, where nothing else of a press rides, or by a call."""
        said = self._toasts.pop(heard.update, None)
        if self._riding and kept:
            answer = {"method": "answerCallbackQuery", "callback_query_id": heard.query}
            return {**answer, "text": said} if said else {**answer}
        self.sender.besides(self._bot.answer_callback_query(heard.query, said))
        return None

    async def _takes_away(self, heard: Incoming) -> bool:
        """Whether there is a sheet to have as a file, which comes beside the talk: that changes nothing, and so is no turn."""
        visit = await self.turns.read(heard.owner)
        if self.turns.present(visit).phase != "result":
            return False
        self.takeaway.start(heard.chat, heard.owner, visit)
        return True

    async def _ticked_alone(self, heard: Incoming, button: render.Press) -> OutgoingMessages | str | None:
        """A list of papers that is not the present sheet's, after a tick on it; what a toast says of one that is too old for
        Telegram to say what stands on it; None for any other press."""
        if button.move != "paper" or len(button.words) != 2:
            return None
        listed, visit = self._lists.papers_on(heard), await self.turns.read(heard.owner)
        present, (paper, state) = self._replies.papers_of(visit), button.words
        if paper in present and (listed == present or (not listed and visit.talk.due is None)):
            return None
        if paper not in listed:
            return self._words_for(visit, heard)(sentences.OLD_LIST)
        return OutgoingMessages(heard.chat, (await self._lists.ticked(heard, paper, state),), heard.pressed, anywhere=True)

    async def _press(self, heard: Incoming, button: render.Press | None) -> tuple[Turn, Shown | None, int | None]:
        """What a press did, how it is shown, and the step that its button was made for. `button`: None if it is none of ours."""
        if button is None:
            return await self._taken(heard, acts.shown, expected=-1), None, -1
        match button.move, button.words:
            case "papers", _:
                step = -1 if (await self.turns.read(heard.owner)).session.phase == "new" else None  # of nobody nothing is kept
                return await self._taken(heard, acts.shown, step), lambda turn: self._papers(heard, turn, None), None
            case "paper", (paper, state):
                turn = await self._taken(heard, lambda visit: acts.ticked_off(visit, paper, state))
                return turn, lambda turn: self._papers(heard, turn, heard.pressed), None
            case "language", (language,) if language in LANGUAGES:
                return await self._taken(heard, lambda visit: in_language(visit, language)), None, None
        press, act = acts.press_of(button.move, button.words)
        return await self._taken(heard, act, button.step, press), None, button.step

    # ---- turns ----

    async def _turn(self, heard: Incoming, act: Act, shown: Shown | None = None) -> OutgoingMessages | None:
        return self._reply(heard, await self._taken(heard, act), shown)

    async def _taken(
        self,
        heard: Incoming,
        act: Act,
        expected: int | None = None,
        press: Press | None = None,
        first: First | None = None,
        key: str = "",
    ) -> Turn:
        """`key`: by what two are one, if not by the update's number."""
        if first is None and self._has_others:
            first = partial(self.sender.looked_elsewhere, heard.chat, heard.owner)

        def owed(reply: Reply) -> Outgoing | None:
            return None if self._rides(heard, reply) else Outgoing(heard.chat, heard.pressed)

        key, noticed = f"telegram:{self._number}:{key or heard.update}", lambda visit: acts.noticed(visit, heard, act)
        turn = await self.turns.take(heard.owner, expected, key, noticed, owed, press, first)
        level = logging.DEBUG if turn.outcome == "ok" else logging.INFO
        log.event("turn", level, outcome=turn.outcome, phase=turn.reply.phase)
        return turn

    def _rides(self, heard: Incoming, reply: Reply) -> bool:
        """A short reply to what was just written may ride in the webhook's response: it cannot fail for what it says. Nobody is
        told whether it came, so it is owed until the person's next update shows that; a sheet may take several messages."""
        written = heard.kind not in ("press", "edited") and not self.sender.sending(heard.chat)
        return self._riding and written and reply.phase != "result" and reply.aside not in BY_CALL

    def _reply(
        self, heard: Incoming, turn: Turn, shown: Shown | None = None, expected: int | None = None
    ) -> OutgoingMessages | None:
        owner, visit = heard.owner, turn.visit
        twice = turn.outcome == "duplicate" and heard.update not in self._unsure
        if twice and (self.sender.seen.of(owner, visit) or self.sender.sending(heard.chat) or not visit.version):
            return None  # what it led to was sent then, or is still in the outbox; or is forgotten since
        messages = self._replies.messages(owner, visit, self._view(turn, heard))
        answer = OutgoingMessages(heard.chat, messages, _to_change(turn, heard, expected))
        answer = shown(turn) if shown else answer
        if turn.before.shown > 0:
            self.sender.seen.stands(heard.chat, turn.before.shown)
        rides = self._rides(heard, turn.reply) and (turn.outcome == "ok" or visit.shown == RODE)
        if turn.outcome not in ("ok", "duplicate"):  # what a stale press brings once more may have been seen before
            return replace(answer, rides=rides)
        return replace(answer, owner=owner, version=visit.version, step=visit.step, rides=rides)

    def _view(self, turn: Turn, heard: Incoming) -> View:
        """What a turn shows. It takes the place of a reply that is on its way or was never sent, with the sheet in that."""
        never_sent = turn.before.session.phase == "result" and not self.sender.seen.of(heard.owner, turn.before)
        return self._replies.view(turn.visit, turn.reply, never_sent or self.sender.sending(heard.chat))

    def _papers(self, heard: Incoming, turn: Turn, edit: int | None) -> OutgoingMessages:
        message = self._replies.papers(heard.owner, turn.visit)
        if message is not None and turn.outcome != "held":
            return OutgoingMessages(heard.chat, (message,), edit, anywhere=True)
        view = self._replies.view(turn.visit, turn.reply)
        return OutgoingMessages(heard.chat, self._replies.messages(heard.owner, turn.visit, view))

    # ---- coming and going ----

    async def _start(self, heard: Incoming) -> OutgoingMessages | None:
        """A link from a kiosk brings its visit along; one that does not any more says so."""
        came: Came = "came"

        async def comes(db: Connection, moment: int, own: Visit) -> Visit:
            nonlocal came
            came, visit = await self._handoff.to_chat(db, heard.payload, heard.owner, own, moment)
            return visit

        def act(visit: Visit) -> tuple[Visit, Reply]:
            if came == "own":
                return acts.keeps_own(visit)  # no answer goes unasked
            return linked(visit, "" if overtaken(visit, heard) else heard.payload) if came == "came" else acts.link_gone(visit)

        return self._reply(heard, await self._taken(heard, act, first=comes if is_token(heard.payload) else None))

    async def _from_sheet(self, heard: Incoming, number: str) -> OutgoingMessages | None:
        """The answers under the number on a sheet, for whoever has the sheet, as at a window and with the same limits."""
        owner = heard.owner
        try:
            found = await self._receipts.of_resident(number, owner)
        except TooMany:
            return await self._say(heard, sentences.TOO_MANY_NUMBERS)
        if found is None:
            return await self._say(heard, sentences.NOT_FOUND)
        return await self._turn(heard, lambda visit: restored(visit, found))

    async def _say(self, heard: Incoming, sentence: str) -> OutgoingMessages:
        """One sentence that changes nothing."""
        words = self._words_for(await self.turns.read(heard.owner), heard)
        return replace(_only(heard, words(sentence)), rides=self._riding)

    def _words_for(self, visit: Visit, heard: Incoming) -> Wording:
        return self._replies.wording(visit.session.language if visit.version else heard.language)

    async def _forget(self, heard: Incoming) -> OutgoingMessages | None:
        visit = await self.turns.forget(heard.owner, f"telegram:{self._number}:{heard.update}")
        if visit is None:
            return None
        self.takeaway.stop(heard.chat)
        known = sorted({*visit.messages, heard.message or 0} - {0})
        near = sorted({number + step for number in known for step in range(LONGEST_ANSWER) if number + step <= max(known)})
        for first in range(0, len(near), 100):  # as many as one call takes
            self.sender.besides(self._bot.delete_messages(heard.chat, near[first : first + 100]))
        return replace(_only(heard, self._words_for(visit, heard).forgotten()), rides=self._riding)

    async def _hand_off(self, heard: Incoming) -> OutgoingMessages | None:
        """A code for the hotline, as long as there is something to hand over; asked for again, a new one."""
        owner = heard.owner
        code = await self._handoff.code(owner, heard.chat)
        if code is None:
            return await self._turn(heard, acts.nothing_to_hand_over)
        visit = await self.turns.read(owner)
        return replace(_only(heard, self._replies.handoff(visit, code)), rides=self._riding)


def _to_change(turn: Turn, heard: Incoming, expected: int | None) -> int | None:
    """The message to change into the reply: the one whose button was pressed, as long as it is the last and no sheet."""
    was_sheet = turn.before.talk.session.phase == "result" if turn.outcome == "ok" else expected is not None
    return None if heard.pressed is None or heard.pressed < turn.visit.heard or was_sheet else heard.pressed


def _only(heard: Incoming, line: str) -> OutgoingMessages:
    return OutgoingMessages(heard.chat, (render.plain_message([line]),))
