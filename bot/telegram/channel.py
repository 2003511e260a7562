"""The channel: one update in, one committed turn, one reply out. Acknowledged only after the commit."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from telegram.constants import ChatAction, ChatType
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

import telegram
from bot import log
from bot.clock import today
from bot.store.base import StoreDown
from bot.talk import turns as desks
from bot.talk.handoff import Handoff
from bot.talk.turns import Act, Desk, Outgoing, Turn
from bot.talk.visit import Visit
from bot.telegram import render
from bot.telegram.sender import Parcel, Sender, as_response
from bot.wording.languages import LANGUAGES
from bot.wording.views import View, Wording, value_of
from flows.conversation import TALKING, Move, Session, asked, due
from flows.facts import NotUnderstood
from telegram import CallbackQuery, Message, Update

ALLOWED = ["message", "callback_query"]  # everything else changes nothing and is not even sent to us
KEPT_MESSAGES = 40  # whose numbers are kept for /forget
LONGEST_ANSWER = 20  # messages that may have come after one of those, before the next one
OUT_OF_ORDER = 1000  # updates by which a text may be late: it was meant for an older question
MANY = 3  # answers that nobody wants to lose by one touch
SLOW = 1.0  # seconds after which a person is told that we are at work
COMMANDS = {"back": "back", "answers": "review", "help": "help"}  # those that are plain moves

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


@dataclass(slots=True)
class Heard:
    """What a person said or pressed, and what became of it."""

    update: int
    person: int
    chat: int
    language: str
    message: int | None = None  # the message they wrote
    pressed: int | None = None  # the message whose button they pressed
    on_sheet: bool = False  # an answer sheet was what they saw
    reply: Parcel | None = None
    kept: bool = True  # False: nothing is certain, Telegram must send it again


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
    """Takes updates through python-telegram-bot's handlers, one chat in order, chats side by side."""

    def __init__(self, application: AnyApplication, desk: Desk, hours: int, riding: bool) -> None:
        self.desk = desk
        self.handoff = Handoff(desk)
        self.sender = Sender(application.bot, desk)
        self._application = application
        self._bot: telegram.Bot = application.bot
        self._number = application.bot.token.partition(":")[0]
        self._hours = hours
        self._riding = riding  # a single message goes back in the webhook's own response
        self._heard: dict[int, Heard] = {}
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._told_busy = Recent()
        self._unsure = Recent()  # updates that were perhaps kept, and were not answered
        self._told_groups = Recent()
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE & ~filters.FORWARDED
        application.add_handler(MessageHandler(private & filters.COMMAND, self._on_command))
        application.add_handler(MessageHandler(private & filters.TEXT, self._on_text))
        application.add_handler(MessageHandler(private, self._on_other))
        application.add_handler(MessageHandler(filters.ChatType.GROUPS & filters.UpdateType.MESSAGE, self._on_group))
        application.add_handler(CallbackQueryHandler(self._on_press))

    async def receive(self, update: Update) -> tuple[bool, dict[str, object] | None]:
        """One update: (is it kept for certain, what the webhook's response should say)."""
        chat = update.effective_chat
        lock = self._turns.setdefault(chat.id if chat else 0, asyncio.Lock())
        async with lock:
            await self._application.process_update(update)
            heard = self._heard.pop(update.update_id, None)
        if heard is None:
            return True, None
        if heard.reply is None:
            return heard.kept, None
        if self._riding and heard.kept and len(heard.reply.messages) == 1 and heard.reply.owner is None:
            return True, as_response(heard.reply)
        self.sender.post(heard.reply)
        return heard.kept, None

    async def resend(self) -> int:
        """What was owed when we stopped: everyone gets the present view once."""
        return await self._post(await self.desk.owed())

    async def send_news(self) -> None:
        """What the hotline did to a person's visit is shown to the person."""
        await self._post(await self.desk.newly_owed())

    async def _post(self, owed: list[tuple[bytes, Outgoing, Visit]]) -> int:
        for owner, outgoing, visit in owed:
            if visit.version:
                messages = self._messages(owner, visit, self._once_more(visit))
                self.sender.post(Parcel(outgoing.chat, messages, None, owner, visit.version))
            else:
                await self.desk.sent(owner, 2**62)
        return len(owed)

    # ---- handlers ----

    async def _on_text(self, update: Update, _: object) -> None:
        message = _message(update)
        said = message.text or ""

        def typed(visit: Visit) -> tuple[Visit, View]:
            late = 0 < visit.update - update.update_id < OUT_OF_ORDER
            return self._shown(visit) if late else self._typed(visit, said)

        await self._guarded(update, message, lambda heard: self._turn(heard, typed))

    async def _on_command(self, update: Update, context: object) -> None:
        message = _message(update)
        command, _, payload = (message.text or "").removeprefix("/").partition(" ")
        command = command.partition("@")[0].casefold()
        match command:
            case "start":
                await self._guarded(update, message, lambda heard: self._start(heard, payload.strip()))
            case "handoff":
                await self._guarded(update, message, self._hand_off)
            case "forget":
                await self._guarded(update, message, self._forget)
            case "result":
                await self._guarded(update, message, lambda heard: self._turn(heard, self._result))
            case "language":
                await self._guarded(update, message, lambda heard: self._turn(heard, self._languages))
            case "about":
                await self._guarded(update, message, lambda heard: self._turn(heard, self._about))
            case "restart":
                await self._guarded(update, message, lambda heard: self._turn(heard, self._restarted))
            case _ if command in COMMANDS:
                move = Move(COMMANDS[command])
                await self._guarded(update, message, lambda heard: self._turn(heard, lambda visit: self._moved(visit, move)))
            case _:
                await self._on_text(update, context)

    async def _on_other(self, update: Update, _: object) -> None:
        message = _message(update)

        def only_words(visit: Visit) -> tuple[Visit, View]:
            return visit, self._beside(visit, self._wording(visit).only_words())

        await self._guarded(update, message, lambda heard: self._turn(heard, only_words))

    async def _on_group(self, update: Update, _: object) -> None:
        message = _message(update)
        if not message.entities and message.chat.id in self._told_groups:
            return  # a group that talks among itself has heard it once
        self._told_groups.add(message.chat.id)
        text = f"{Wording(self.desk.book, 'zh').only_private()}\n{Wording(self.desk.book, 'en').only_private()}"
        heard = Heard(update.update_id, 0, message.chat.id, "zh")
        heard.reply = Parcel(message.chat.id, (render.plain_message([text]),))
        self._heard[update.update_id] = heard

    async def _on_press(self, update: Update, _: object) -> None:
        query = update.callback_query
        if query is None or query.message is None or query.message.chat.type != ChatType.PRIVATE:
            return
        self.sender.besides(self._bot.answer_callback_query(query.id))
        await self._guarded(update, query, lambda heard: self._press(heard, query.data or ""))

    async def _guarded(
        self, update: Update, source: Message | CallbackQuery, work: Callable[[Heard], Coroutine[Any, Any, None]]
    ) -> None:
        """Runs one turn; a database that is down, or a fault of ours, costs nobody an answer, and the person is told."""
        heard = _heard(update, source)
        if heard is None:
            return
        self._heard[update.update_id] = heard
        timer = asyncio.get_running_loop().call_later(SLOW, self._typing, heard.chat)
        try:
            await work(heard)
            self._told_busy.discard(heard.chat)
            self._unsure.discard(heard.update)
        except StoreDown:
            heard.kept = False
            self._unsure.add(heard.update)
            log.event("turn", outcome="store_down")
            if heard.chat not in self._told_busy:
                self._told_busy.add(heard.chat)
                heard.reply = self._only(heard, Wording(self.desk.book, heard.language).busy())
        except Exception as error:  # once more would end the same way: the update is over, the answers are as they were
            log.fault("turn", error)
            heard.reply = self._only(heard, Wording(self.desk.book, heard.language).went_wrong())
        finally:
            timer.cancel()

    def _only(self, heard: Heard, line: str) -> Parcel:
        return Parcel(heard.chat, (render.plain_message([line]),))

    def _typing(self, chat: int) -> None:
        self.sender.besides(self._bot.send_chat_action(chat, ChatAction.TYPING))

    # ---- turns ----

    async def _turn(
        self, heard: Heard, act: Act, expected: int | None = None, extra: Callable[[Turn], Parcel] | None = None
    ) -> None:
        owner = self.desk.owner("telegram", heard.person)

        def remembered(visit: Visit) -> tuple[Visit, View]:
            heard.on_sheet = visit.session.phase == "result"
            visit, view = act(self._noticed(visit, heard))
            visit.update = max(visit.update, heard.update)
            return visit, self._private(visit, view)

        edit = origin = heard.pressed

        def owed(view: View) -> Outgoing | None:
            """A short reply rides in the webhook's response and is owed to nobody; a sheet may take several messages."""
            return Outgoing(heard.chat, origin) if not self._riding or view.sheet is not None else None

        heard.on_sheet = expected is not None  # of a stale button we do not know: it gets a message of its own
        turn = await self.desk.apply_turn(owner, expected, self._key(heard), remembered, owed)
        log.event("turn", logging.DEBUG if turn.outcome == "ok" else logging.INFO, outcome=turn.outcome, phase=turn.view.phase)
        if turn.outcome == "duplicate" and not self._riding and heard.update not in self._unsure:
            return  # what it led to was sent then, or is still in the outbox
        if edit is not None and (edit < turn.visit.heard or heard.on_sheet):
            edit = None  # it is not the last message any more, or it is a sheet, which stays
        view = self._seen(turn, heard.chat)
        parcel = extra(turn) if extra else Parcel(heard.chat, self._messages(owner, turn.visit, view), edit)
        if turn.outcome in ("ok", "duplicate") and owed(turn.view) is not None:
            parcel = replace(parcel, owner=owner, version=turn.visit.version)
        heard.reply = parcel

    def _seen(self, turn: Turn, chat: int) -> View:
        """What a turn shows. A reply takes the place of one that is still on its way: it then has the sheet that was in that."""
        view = turn.view
        if turn.outcome == "duplicate":
            view = self._once_more(turn.visit)
        elif turn.outcome == "stale" and turn.visit.session.phase in TALKING:
            view = self._beside(turn.visit, self._wording(turn.visit).old_button())
        if view.phase == "result" and view.sheet is None and not self._riding and self.sender.sending(chat):
            return replace(view, sheet=self.desk.present(turn.visit).sheet)
        return view

    def _key(self, heard: Heard) -> str:
        return f"telegram:{self._number}:{heard.update}"

    def _noticed(self, visit: Visit, heard: Heard) -> Visit:
        """What the channel has to know of a message: its number, and the language at the first one."""
        number = heard.message or heard.pressed or 0
        visit.heard = max(visit.heard, heard.message or 0)
        visit.messages = tuple(sorted({*visit.messages, number}))[-KEPT_MESSAGES:]
        if visit.session.phase == "new":
            visit.session = Session(language=heard.language, as_of=today())
        return visit

    def _private(self, visit: Visit, view: View) -> View:
        """The privacy line, once, before the first question that it is about."""
        if visit.told or view.fact is None or not self.desk.book.facts[view.fact].sensitive:
            return view
        visit.told = True
        return replace(view, paragraphs=(self._wording(visit).privacy(self._hours), *view.paragraphs))

    def _once_more(self, visit: Visit) -> View:
        """The present view for a person who perhaps never saw it: with the privacy line, if it goes before this question."""
        return self._private(replace(visit, told=False), self.desk.present(visit))

    def _typed(self, visit: Visit, said: str) -> tuple[Visit, View]:
        if visit.session.phase not in TALKING:
            return self._started(visit, "")
        try:
            return self._moved(visit, desks.understand(self.desk.book, visit.session, said))
        except NotUnderstood:
            return visit, self._brief(visit, desks.misunderstood(self.desk.book, visit.session, said))

    def _started(self, visit: Visit, payload: str) -> tuple[Visit, View]:
        """A talk begins with the welcome; a link that names a city answers that question, also in the middle of a talk."""
        book, wording = self.desk.book, self._wording(visit)
        greeting: tuple[str, ...] = ()
        if visit.session.phase not in TALKING:
            visit.session, _ = desks.begin(book, Session(language=visit.session.language, as_of=today()))
            visit.draft, visit.have = (), ()
            greeting = wording.welcome()
        city = visit.session.facts.get("city")
        if payload in book.cities and payload != city:
            visit.session, _ = desks.press(book, visit.session, Move("tell", "city", payload))
            visit.draft = ()
            greeting = (wording.city_of_link(payload),) if city else greeting
        view = desks.current(book, visit.session)
        return visit, replace(view, paragraphs=(*greeting, *view.paragraphs))

    def _moved(self, visit: Visit, move: Move) -> tuple[Visit, View]:
        if visit.session.phase not in TALKING:
            return self._started(visit, "")
        if move == Move("restart") and len(visit.session.facts) >= MANY:
            return visit, View("restart", ())
        session, view = desks.press(self.desk.book, visit.session, move)
        return self._became(visit, session, self._brief(visit, view))

    def _restarted(self, visit: Visit) -> tuple[Visit, View]:
        """Who typed the command, or was asked, means it."""
        if visit.session.phase not in TALKING:
            return self._started(visit, "")
        return self._became(visit, *desks.press(self.desk.book, visit.session, Move("restart")))

    def _became(self, visit: Visit, session: Session, view: View) -> tuple[Visit, View]:
        """The visit after a move. Ticks belong to their question: they go when another one is asked, and only then."""
        if visit.draft and view.fact != asked(self.desk.book, visit.session):
            visit.draft = ()
        visit.session = session
        return visit, view

    def _result(self, visit: Visit) -> tuple[Visit, View]:
        """The sheet as soon as it is due, whatever the person was reading; before that there is none."""
        if visit.session.phase not in TALKING:
            return self._shown(visit)
        if due(self.desk.book, visit.session) is not None and visit.session.phase != "result":
            return visit, self._beside(visit, self._wording(visit).nothing_yet())
        while visit.session.phase in ("answers", "changing", "topic"):
            visit, _ = self._moved(visit, Move("back"))
        return self._shown(visit)

    def _about(self, visit: Visit) -> tuple[Visit, View]:
        return visit, self._beside(visit, self._wording(visit).about(self._hours))

    def _beside(self, visit: Visit, *lines: str) -> View:
        """What the person sees now, with something said before it."""
        return self._brief(visit, desks.beside(self.desk.book, visit.session, *lines))

    def _brief(self, visit: Visit, view: View) -> View:
        """On the sheet, a remark alone says how to see the sheet again."""
        if view.phase != "result" or view.sheet is not None:
            return view
        return replace(view, paragraphs=(*view.paragraphs, self._wording(visit).sheet_again()))

    def _languages(self, visit: Visit) -> tuple[Visit, View]:
        return visit, View("language", (self._wording(visit).choose_language(),))

    async def _forget(self, heard: Heard) -> None:
        visit = await self.desk.forget(self.desk.owner("telegram", heard.person), self._key(heard))
        if visit is None:
            return
        known = sorted({*visit.messages, heard.message or 0} - {0})
        near = sorted({number + step for number in known for step in range(LONGEST_ANSWER) if number + step <= max(known)})
        for first in range(0, len(near), 100):  # as many as one call takes
            self.sender.besides(self._bot.delete_messages(heard.chat, near[first : first + 100]))
        language = visit.session.language if visit.version else heard.language
        heard.reply = Parcel(heard.chat, (render.plain_message([Wording(self.desk.book, language).forgotten()]),))

    async def _start(self, heard: Heard, payload: str) -> None:
        """A link from a kiosk brings its visit along."""
        if re.fullmatch(r"[\w-]{22}", payload, re.ASCII):
            await self.handoff.move(payload, self.desk.owner("telegram", heard.person), "telegram", self._arrived)
        await self._turn(heard, lambda visit: self._started(visit, payload))

    def _arrived(self, visit: Visit) -> Visit:
        """A visit that came from elsewhere: its messages and its updates begin here."""
        return replace(visit, messages=(), heard=0, update=0, told=True)

    async def _hand_off(self, heard: Heard) -> None:
        """A code for the hotline, as long as there is something to hand over; asked for again, a new one."""
        owner = self.desk.owner("telegram", heard.person)
        code = await self.handoff.code(owner, heard.chat)
        if code is None:
            await self._turn(heard, self._shown)
            return
        visit = await self.desk.read(owner)
        heard.reply = Parcel(heard.chat, (render.plain_message([self._wording(visit).handoff(code)]),))

    async def _press(self, heard: Heard, data: str) -> None:
        owner = self.desk.owner("telegram", heard.person)
        press = render.pressed(data, self.desk.words)
        if press is None or press.visit != render.short(owner):
            await self._turn(heard, self._shown, expected=-1)
            return
        if press.move == "papers":
            await self._turn(heard, self._shown, extra=lambda turn: self._papers(heard, owner, turn, edit=False))
        elif press.move == "paper":
            await self._turn(
                heard,
                lambda visit: self._ticked_off(visit, press),
                extra=lambda turn: self._papers(heard, owner, turn, edit=True),
            )
        elif press.move == "language":
            await self._turn(heard, lambda visit: self._in_language(visit, press.words))
        else:
            await self._turn(heard, lambda visit: self._pressed(visit, press), expected=press.step)

    def _shown(self, visit: Visit) -> tuple[Visit, View]:
        return visit, desks.current(self.desk.book, visit.session)

    def _pressed(self, visit: Visit, press: render.Press) -> tuple[Visit, View]:
        try:
            match press.move, press.words:
                case "answer", (fact, option):
                    return self._moved(visit, Move("answer", fact, value_of(self.desk.book.facts[fact], option)))
                case "restart", ("yes",):
                    return self._restarted(visit)
                case "restart", ("no",):
                    return visit, self._beside(visit)
                case "tick", (fact, option):
                    return self._tick(visit, fact, option)
                case "done", (fact,) if visit.draft:
                    return self._moved(visit, Move("answer", fact, self.desk.book.facts[fact].in_order(visit.draft)))
                case (("change" | "open_topic"), (subject,)):
                    return self._moved(visit, Move(press.move, subject))
                case _, ():
                    return self._moved(visit, Move(press.move))
        except (NotUnderstood, KeyError):
            pass
        return self._shown(visit)

    def _tick(self, visit: Visit, fact: str, option: str) -> tuple[Visit, View]:
        view = desks.current(self.desk.book, visit.session)
        if view.tick and view.fact == fact and option in self.desk.book.facts[fact].options:
            visit.draft = self.desk.book.facts[fact].in_order({*visit.draft} ^ {option})
        return visit, view

    def _ticked_off(self, visit: Visit, press: render.Press) -> tuple[Visit, View]:
        match press.words:
            case (paper, "yes") if paper in self.desk.book.papers:
                visit.have = tuple(dict.fromkeys([*visit.have, paper]))
            case (paper, "no"):
                visit.have = tuple(one for one in visit.have if one != paper)
        return self._shown(visit)

    def _in_language(self, visit: Visit, words: tuple[str, ...]) -> tuple[Visit, View]:
        if words and words[0] in LANGUAGES:
            visit.session.language = words[0]
        return self._shown(visit) if visit.session.phase != "new" else self._started(visit, "")

    # ---- replies ----

    def _wording(self, visit: Visit) -> Wording:
        return Wording(self.desk.book, visit.session.language)

    def _messages(self, owner: bytes, visit: Visit, view: View) -> tuple[render.Message, ...]:
        button = render.Buttons(owner, visit, self.desk.words)
        if view.phase == "language":
            return (render.language_choice(LANGUAGES.items(), button, view.paragraphs[0]),)
        if view.phase == "restart":
            return (render.restart_choice(self._wording(visit), button),)
        return render.messages(self._wording(visit), view, visit, button)

    def _papers(self, heard: Heard, owner: bytes, turn: Turn, edit: bool) -> Parcel:
        sheet = self._wording(turn.visit).sheet(turn.visit.session)
        if not any(card.papers for card in sheet.cards):
            return Parcel(heard.chat, self._messages(owner, turn.visit, turn.view))
        message = render.paper_list(
            self._wording(turn.visit), sheet, turn.visit, render.Buttons(owner, turn.visit, self.desk.words)
        )
        return Parcel(heard.chat, (message,), heard.pressed if edit else None)


def _message(update: Update) -> Message:
    message = update.message
    if message is None:
        raise ValueError("an update without a message")
    return message


def _heard(update: Update, source: Message | CallbackQuery) -> Heard | None:
    """Who, where and in which language; of a person nothing but the number and the language is looked at."""
    person = source.from_user
    if person is None:
        return None
    language = "zh" if (person.language_code or "zh").casefold().startswith("zh") else "en"
    if isinstance(source, Message):
        return Heard(update.update_id, person.id, source.chat.id, language, message=source.message_id)
    message = source.message
    if message is None:
        return None
    pressed = message.message_id if message.is_accessible else None  # one too old for Telegram cannot be changed
    return Heard(update.update_id, person.id, message.chat.id, language, pressed=pressed)
