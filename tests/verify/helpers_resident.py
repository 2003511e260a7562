"""A resident of the town that is killed: acts, waits, remembers all of it, and judges what is kept of it."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import service as services
from bot.clock import today
from bot.kiosk.pdf import available
from bot.talk.visit import Visit
from bot.telegram import render
from bot.wording.views import Wording
from botapi import Chat, Json, Message
from conftest import BOOK
from flows.conversation import Move, Session, Talk
from flows.facts import UNSURE, Answer
from helpers_faults import step_of
from talking import begin, current, take

if TYPE_CHECKING:
    from helpers_kills import Town

PATIENCE = 300.0  # seconds after which a resident who hears nothing gives up: a failure; in most of them it is down or starting
ZH = Wording(BOOK, "zh")
PDF = asyncio.run(available())  # whether a sheet can be had as a file here


class State(NamedTuple):
    """What must be kept of a talk."""

    phase: str
    facts: tuple[tuple[str, Answer], ...]
    seen: tuple[str, ...]
    draft: tuple[str, ...]


NOBODY = State("new", (), (), ())


def state(session: Session, draft: tuple[str, ...]) -> State:
    return State(session.phase, tuple(session.facts.items()), session.seen, draft)


class Kept(NamedTuple):
    """What is kept of a talk, and the last update that was heard of it."""

    state: State
    update: int


class Resident:
    """Somebody who answers by typed numbers and by taps, waits for the reply that must come, and remembers all of it."""

    def __init__(self, town: "Town", chat: Chat) -> None:
        self.town, self.chat, self.luck = town, chat, random.Random(chat.id)
        self.session, self.draft = Session(), tuple[str, ...]()
        self.message: Message | None = None  # the one that shows the present question
        self.history = [NOBODY]
        self.told: list[tuple[int, State]] = []  # what was said and not answered yet, and what it must lead to
        self.since = 0  # how often it had been started when the present question came, for certain the first time
        self.twice = False  # what is not answered yet was typed twice
        self.typing = False  # what is not answered yet was typed
        self.hazy = False  # and that after calls were slow: the question may be there before that is known
        self.slow = False  # the question came while calls were slow

    async def converse(self) -> None:
        """From /start to the sheet, and sometimes on from there."""
        await self._start()
        while self.session.phase == "asking":
            if self.town.forgetting and self.luck.random() < 0.3:
                return await self._forgets()
            await self._step()
        match self.luck.randrange(8):
            case 0:
                await self._moves(Move("review"), "/answers")
            case 1:
                await self._forgets()
            case 2:
                await self._moves(Move("more"), "")

    async def _start(self) -> None:
        session, _ = begin(BOOK, Session(language="zh", as_of=today()))
        await self._does([(lambda: self.chat.says("/start"), session, ())])

    async def _forgets(self) -> None:
        """Half of those who have had enough begin anew in the same breath."""
        forget = (lambda: self.chat.says("/forget"), Session(), ())
        again = (lambda: self.chat.says("/start"), begin(BOOK, Session(language="zh", as_of=today()))[0], ())
        await self._does([forget, again] if self.luck.random() < 0.5 else [forget])

    async def _step(self) -> None:
        view = current(BOOK, self.session)
        fact = Talk(BOOK, self.session).question(str(view.fact))
        if self.luck.random() < 0.08:
            await self._moves(Move("back"), "/back")
        elif fact.many and self.luck.random() < 0.6:
            await self._ticks(fact.id, list(fact.options))
        elif fact.many:
            await self._types_some(fact.id, list(fact.options))
        else:
            choices = view.choices if self.luck.random() < 0.1 else [c for c in view.choices if c.move.value != UNSURE]
            place = view.choices.index(self.luck.choice(choices))
            await self._answers(view.choices[place].move, place)

    async def _answers(self, move: Move, place: int) -> None:
        after = take(BOOK, self.session, move)[0]
        typed, twice = self.luck.random() < 0.5, self.luck.random() < 0.2
        await self._does([((lambda: self._types(str(place + 1), twice)) if typed else (lambda: self._taps(place)), after, ())])

    async def _types_some(self, fact: str, options: list[str]) -> None:
        chosen = self.luck.sample(range(len(options)), self.luck.randint(1, len(options)))
        after, draft = self._said(fact, {options[place] for place in chosen})
        if draft != self.draft or not draft:
            await self._does([(lambda: self.chat.says(" ".join(str(place + 1) for place in chosen)), after, draft)])

    def _said(self, fact: str, some: set[str]) -> tuple[Session, tuple[str, ...]]:
        """What is said of a list where something is ticked is ticked, too; else it is the answer."""
        answer = BOOK.facts[fact].in_order({*some, *self.draft})
        return (self.session, answer) if self.draft else (take(BOOK, self.session, Move("answer", fact, answer))[0], ())

    async def _ticks(self, fact: str, options: list[str]) -> None:
        place = self.luck.randrange(len(options))
        draft = BOOK.facts[fact].in_order({*self.draft} ^ {options[place]})
        await self._does([(lambda: self._taps(place), self.session, draft)])
        if self.draft and self.luck.random() < 0.6:
            after = take(BOOK, self.session, Move("answer", fact, self.draft))[0]
            await self._does([(lambda: self._taps_letter("d"), after, ())])

    async def _moves(self, move: Move, command: str) -> None:
        after = take(BOOK, self.session, move)[0]
        if state(after, ()) == state(self.session, self.draft):
            return
        by_command = command and self.luck.random() < 0.5
        letter = render.LETTERS[move.name]
        await self._does([((lambda: self.chat.says(command)) if by_command else (lambda: self._taps_letter(letter)), after, ())])

    def _types(self, text: str, twice: bool) -> Json:
        """Some people type everything twice, at once."""
        said, self.twice = self.chat.says(text), twice
        if twice:
            self.chat.says(text)
            self.town.tally["typed_twice"] += 1
        return said

    async def _is_impatient(self, shown: Message) -> None:
        """Sees what became of what was typed twice; presses on something old, now and then. It changes nothing."""
        if self.twice:
            with contextlib.suppress(TimeoutError):
                await services.until(lambda: any(one.buttons == shown.buttons for one in self.chat.view if one.id > shown.id), 5)
        old = [one for one in self.chat.view if one.buttons and one.buttons != shown.buttons]
        if old and self.session.phase != "new" and self.luck.random() < 0.1:
            self.chat.forges(old[0].buttons[0][1], old[0].id)
            self.town.tally["old_presses"] += 1

    def _taps(self, place: int) -> Json:
        message = self._last_copy()
        return self.chat.forges(message.buttons[place][1], message.id)

    def _taps_letter(self, letter: str) -> Json:
        message = self._last_copy()
        return self.chat.forges(next(data for _, data in message.buttons if data.startswith(f"{letter}.")), message.id)

    def _last_copy(self) -> Message:
        return [message for message in self.chat.view if self.message and message.buttons == self.message.buttons][-1]

    async def _does(self, steps: Sequence[tuple[Callable[[], Json], Session, tuple[str, ...]]]) -> None:
        """Says or taps one thing after another without waiting, then waits for what the last must lead to."""
        before = self.chat.messages.copy()
        for act, self.session, self.draft in steps:
            update = act()
            self.typing, self.hazy = "message" in update, self.slow or bool(self.town.api.faults)
            self.told.append((update["update_id"], state(self.session, self.draft)))
        said, deadline = time.monotonic(), time.monotonic() + PATIENCE
        while (shown := self._shows(before)) is None or self._is_only_repeated():
            left = deadline - time.monotonic()
            if self.session.phase == "new" and time.monotonic() - said > 5 and self.told[-1][0] not in self.town.api.pending:
                said = time.monotonic()
                self.town.tally["forgot_unsaid"] += 1  # the one reply that a death can take along; people ask again
                self.told.append((self.chat.says("/forget")["update_id"], NOBODY))
            if time.monotonic() - said > 3 and await self._turned_down():
                said = time.monotonic()
                deadline = said + PATIENCE
                self.town.tally["turned_down"] += 1
                self.town.tally["unreasoned"] += not (self.hazy or self.town.starts > self.since)
                self.told = [(act()["update_id"], self.told[-1][1])]
            if left < 0:
                self.town.note("mute", f"{self.chat.id} {self.told} {[m.text[-80:] for m in self.chat.view[-2:]]}")
                raise Unanswered
            with contextlib.suppress(TimeoutError):
                await self.chat.next_view(min(left, 5))
        await self._is_impatient(shown)
        self.message, self.since, self.twice = shown, self.town.starts - self.twice, False
        self.slow = bool(self.town.api.faults)
        self.town.tally["acked"] += len(self.told)
        self.history += [after for _, after in self.told]
        self.told.clear()
        self.town.replied()

    def _is_only_repeated(self) -> bool:
        """Whether what looks like the reply to the last of several is a view of before, owed and sent once more: that one waits."""
        return len(self.told) > 1 and self.told[-1][0] in self.town.api.pending

    async def _turned_down(self) -> bool:
        """Whether the question was shown once more, below what was typed: nobody knew that it had been seen, since it was sent
        before a start or just now, slowly; without such a reason only where the machine itself was slow. Who is asked again
        answers again."""
        update = self.told[-1][0]
        if update in self.town.api.pending or not self._may_be_turned_down() or self.message is None or not self.chat.view:
            return False
        lowest, below = self.chat.view[-1], self.chat.view[-1].id > self.message.id
        return below and lowest.buttons == self.message.buttons and await self.town.heard(self, Kept(self.history[-1], update))

    def _may_be_turned_down(self) -> bool:
        return self.typing and len(self.told) == 1

    def is_shown(self) -> bool:
        """Whether the lowest message is the present view: of a sheet also in short, with the buttons of the same step."""
        lowest = self.chat.view[-1:]
        if not lowest or self.message is None or not self.message.buttons:
            return not lowest or self._fits(lowest[0])
        latest = max(step_of(message) for message in self.chat.view if message.buttons)
        return bool(lowest[0].buttons) and step_of(lowest[0]) == latest

    def _shows(self, before: dict[int, Message]) -> Message | None:
        """The message, new or changed, that shows what must be shown now."""
        anew = any(after == NOBODY for _, after in self.told)  # a talk begun within the same second has the same buttons
        old = set() if anew else {tuple(message.buttons) for message in before.values()}
        for message in reversed(self.chat.view):
            fresh = message != before.get(message.id) and (not message.buttons or tuple(message.buttons) not in old)
            if fresh and self._fits(message):
                return message
        return None

    def _fits(self, message: Message) -> bool:
        if self.session.phase == "new":
            return message.text == ZH.forgotten()
        view = current(BOOK, self.session)
        visit = Visit(Talk(BOOK, self.session), ticked=self.draft)
        expected = render.messages(ZH, view, visit, _Labels(), takes_away=PDF)[-1]
        labels = [button.text for row in expected.buttons for button in row if not button.copy]
        question = view.paragraphs[0] if view.fact else ""
        return [label for label, data in message.buttons if data] == labels and question in message.text

    def judge(self, waiting: set[int]) -> Callable[[Kept], str]:
        """By what was said until now, as people talk on while it is looked up what is kept. The verdict: ok; lost: less is kept
        than was acknowledged; doubled: more than was said."""
        history, last, turned_down = list(self.history), self.told[-1:], self._may_be_turned_down()
        states = [history[-1], *(after for _, after in self.told)]
        acked = max((place for place, (update, _) in enumerate(self.told, 1) if update not in waiting), default=0)

        def verdict(kept: Kept) -> str:
            if kept.state in states[acked:]:
                return "ok"
            if kept.state == history[-1] and turned_down and kept.update >= last[0][0]:
                return "ok"
            return "lost" if kept.state in (*history, *states[:acked]) else "doubled"

        return verdict


class _Labels(render.Buttons):
    """Buttons of which only the labels matter."""

    def __init__(self) -> None:
        pass

    def __call__(self, text: str, move: str, *ids: str) -> render.Button:
        return render.Button(text, "")


class Unanswered(Exception):
    """A resident heard nothing."""
