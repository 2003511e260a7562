"""A town of residents who talk to the bot while it is killed and started again, and the books that are kept of them.

Long, as a town and its books are one thing.
"""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

import service as services
from bot.clock import today
from bot.store.chosen import store_for
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.telegram import render
from bot.wording.views import Wording
from botapi import BotApi, Chat, Json, Message, Webhook
from conftest import BOOK
from flows.conversation import Move, Session, Talk
from flows.facts import UNSURE, Answer
from talking import begin, current, take

KEY = "the key of this test"
PATIENCE = 60.0  # seconds after which a resident who hears nothing gives up: a failure
KILLED = Path(__file__).with_name("killed.py")
ZH = Wording(BOOK, "zh")


class State(NamedTuple):
    """What must be kept of a talk."""

    phase: str
    facts: tuple[tuple[str, Answer], ...]
    seen: tuple[str, ...]
    draft: tuple[str, ...]


NOBODY = State("new", (), (), ())


def state(session: Session, draft: tuple[str, ...]) -> State:
    return State(session.phase, tuple(session.facts.items()), session.seen, draft)


class Watched(BotApi):
    """The stand-in, which knows what the running process holds: delivered to it and not acknowledged by it."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.pace = 0.2
        self.held: set[int] = set()

    def in_hand(self) -> set[int]:
        return self.held & self.pending.keys()

    def _batch(self, limit: int) -> list[Json]:
        batch = super()._batch(limit)
        self.held |= {update["update_id"] for update in batch}
        return batch

    async def _post(self, hook: Webhook, update: Json) -> tuple[int, float, bytes]:
        self.held.add(update["update_id"])
        try:
            return await super()._post(hook, update)
        finally:
            self.held.discard(update["update_id"])


@dataclass(slots=True)
class Mortal(services.Service):
    """`luohu serve`; given a point and a number, it kills itself there, the n-th time."""

    def launch_doomed(self, *doom: str) -> None:
        settings = {"LUOHU_DATABASE": "luohu.db", "LUOHU_LISTEN": f"127.0.0.1:{self.port}", **self.settings}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, KILLED, *doom], cwd=self.folder, env=services.environment(**settings), stdout=log, stderr=log
            )

    def stop_soon(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    async def death(self) -> int:
        """Waits for the end that it brings about itself; its exit status."""
        process = self.process
        assert process is not None
        status = await asyncio.to_thread(process.wait, PATIENCE)
        self.process = None
        return status


def mortal(api: BotApi, folder: Path, database: str, webhook: bool) -> Mortal:
    made = Mortal(folder, {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url, "LUOHU_KEY": KEY})
    if webhook:
        made.settings |= {"LUOHU_TELEGRAM_WEBHOOK_URL": f"{made.url}/telegram", "LUOHU_TELEGRAM_SECRET": services.SECRET}
    if database:
        made.settings["LUOHU_DATABASE"] = database
    return made


# ---- one person ----


class Resident:
    """Somebody who answers by typed numbers and by taps, waits for the reply that must come, and remembers all of it."""

    def __init__(self, town: "Town", chat: Chat) -> None:
        self.town, self.chat, self.luck = town, chat, random.Random(chat.id)
        self.session, self.draft = Session(), tuple[str, ...]()
        self.message: Message | None = None  # the one that shows the present question
        self.history = [NOBODY]
        self.told: list[tuple[int, State]] = []  # what was said and not answered yet, and what it must lead to

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
        fact = BOOK.fact(str(view.fact), self.session.facts.get("city"))
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
        typed = self.luck.random() < 0.5
        await self._does([((lambda: self.chat.says(str(place + 1))) if typed else (lambda: self._taps(place)), after, ())])

    async def _types_some(self, fact: str, options: list[str]) -> None:
        chosen = self.luck.sample(range(len(options)), self.luck.randint(1, len(options)))
        answer = BOOK.facts[fact].in_order(options[place] for place in chosen)
        after = take(BOOK, self.session, Move("answer", fact, answer))[0]
        await self._does([(lambda: self.chat.says(" ".join(str(place + 1) for place in chosen)), after, ())])

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
            self.told.append((act()["update_id"], state(self.session, self.draft)))
        said, deadline = time.monotonic(), time.monotonic() + PATIENCE
        while (shown := self._shows(before)) is None:
            left = deadline - time.monotonic()
            if self.session.phase == "new" and time.monotonic() - said > 5 and self.told[-1][0] not in self.town.api.pending:
                said = time.monotonic()
                self.town.tally["forgot_unsaid"] += 1  # the one reply that a death can take along; people ask again
                self.told.append((self.chat.says("/forget")["update_id"], NOBODY))
            if left < 0:
                self.town.note("mute", f"{self.chat.id} {self.told} {[m.text[-80:] for m in self.chat.view[-2:]]}")
                raise Unanswered
            with contextlib.suppress(TimeoutError):
                await self.chat.next_view(min(left, 5))
        self.message = shown
        self.town.tally["acked"] += len(self.told)
        self.history += [after for _, after in self.told]
        self.told.clear()
        self.town.replied()

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
        expected = render.messages(ZH, view, visit, _Labels())[-1]
        labels = [button.text for row in expected.buttons for button in row]
        question = view.paragraphs[0] if view.fact else ""
        return [label for label, _ in message.buttons] == labels and question in message.text

    def judge(self, found: State, waiting: set[int]) -> str:
        """ok; lost: less is kept than was acknowledged; doubled: more than was said."""
        states = [self.history[-1], *(after for _, after in self.told)]
        acked = max((place for place, (update, _) in enumerate(self.told, 1) if update not in waiting), default=0)
        if found in states[acked:]:
            return "ok"
        return "lost" if found in (*self.history, *states[:acked]) else "doubled"


class _Labels(render.Buttons):
    """Buttons of which only the labels matter."""

    def __init__(self) -> None:
        pass

    def __call__(self, text: str, move: str, *ids: str) -> render.Button:
        return render.Button(text, "")


class Unanswered(Exception):
    """A resident heard nothing."""


# ---- all of them ----


@dataclass(slots=True)
class Town:
    api: Watched
    service: Mortal
    conversations: int  # at least so many from beginning to end
    people: int = 20
    tally: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    first_replies: list[float] = field(default_factory=list)
    forgetting: bool = False  # people take to /forget
    closing: bool = False  # nobody begins a talk any more
    residents: list[Resident] = field(default_factory=list)
    talking: set[Resident] = field(default_factory=set)
    finished: list[Resident] = field(default_factory=list)  # since the last death
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _reply: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, kind: str, what: str) -> None:
        self.tally[kind] += 1
        self.notes.append(f"{kind}: {what}")

    def replied(self) -> None:
        self._reply.set()

    def wake(self) -> None:
        self._tasks = [asyncio.create_task(self._live()) for _ in range(self.people)]

    async def _live(self) -> None:
        while not self.closing or self.tally["conversations"] + len(self.talking) < self.conversations:
            resident = Resident(self, self.api.chat())
            self.residents.append(resident)
            self.talking.add(resident)
            try:
                await resident.converse()
                self.tally["conversations"] += 1
            except Unanswered:
                return
            finally:
                self.talking.discard(resident)
                self.finished.append(resident)

    async def finish(self) -> None:
        """Everybody talks to the end, and what is kept of everybody is looked at."""
        self.closing, self.forgetting = True, False
        self.api.held.clear()
        self.service.launch()
        await asyncio.gather(*self._tasks)
        await self.service.stop()
        await self.check(self.residents)

    async def launched(self, *doom: str) -> None:
        """Starts it; the reply that comes first is timed, unless it dies before."""
        self.api.held.clear()
        self._reply.clear()
        began = time.monotonic()
        if doom:
            self.service.launch_doomed(*doom)
        else:
            self.service.launch()
            await asyncio.wait_for(self._reply.wait(), PATIENCE)
            self.first_replies.append(time.monotonic() - began)

    async def replies(self, times: int) -> None:
        for _ in range(times):
            self._reply.clear()
            await asyncio.wait_for(self._reply.wait(), PATIENCE)

    async def owes(self) -> None:
        """Dies with a reply owed to everybody, as Telegram took none."""
        await self.launched()
        self.api.fail("500", "sendMessage", "editMessageText")
        await services.until(lambda: not self.api.pending and all(one.told for one in self.talking))
        await self.service.kill()
        self.api.heal()

    async def dies(self, point: str, number: int) -> None:
        """Dies by its own hand at a named point, the n-th time that it comes by."""
        more = [str(self.tally["migrations"] + 1)] if point == "migration" else []
        self.tally["migrations"] += point == "migration"
        self.forgetting = point == "forget"
        if point == "resend":
            await self.owes()
        await self.launched(point, str(number), *more)
        if point == "shutdown":
            await self.replies(1)
            self.service.stop_soon()
        status = await self.service.death()
        assert status == -signal.SIGKILL, f"{point} {number}: ended by itself with {status}:\n{self.service.log[-3000:]}"
        self.forgetting = False
        await self.killed()

    async def stopped(self, patience: float | None) -> float:
        """SIGTERM, and SIGKILL for one that is not gone then; how long it took."""
        began, process = time.monotonic(), self.service.process
        assert process is not None
        self.service.stop_soon()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, patience or services.PATIENCE)
        took = time.monotonic() - began
        self.tally["killed_stopping"] += process.poll() is None
        await self.service.kill()
        await self.killed()
        return took

    async def kill(self) -> None:
        self.tally["inside_a_turn"] += bool(self.api.in_hand())
        await self.service.kill()
        await self.killed()

    async def killed(self) -> None:
        """After a death, whoever brought it about: looks at what is kept."""
        self.tally["kills"] += 1
        await asyncio.sleep(0.02)  # lets in what it had sent before it died
        at_work, self.finished = [*self.finished, *self.talking], []
        await self.check(at_work)

    async def check(self, residents: list[Resident]) -> None:
        waiting = set(self.api.pending)
        expected = [(resident, resident.judge) for resident in residents if len(resident.history) > 1 or resident.told]
        if all(len(resident.history) == 1 for resident, _ in expected):
            return
        found = await self.kept([resident.chat.id for resident, _ in expected])
        for (resident, judge), one in zip(expected, found, strict=True):
            if (verdict := judge(one, waiting)) != "ok":
                self.note(verdict, f"{resident.chat.id}: kept {one}, history {resident.history[-2:]}, told {resident.told}")

    async def kept(self, chats: list[int]) -> list[State]:
        """What the database says, read from a copy as the dead process left it, so that the next start must mend it itself."""
        database = self.service.settings.get("LUOHU_DATABASE", "")
        if not database:
            database = str(self._copy())
            self._check_integrity(database)
        desk = Turns(Runtime(BOOK, store_for(database), KEY.encode(), 24))
        await desk.runtime.open()
        try:
            await self._check_whole(desk)
            visits = await asyncio.gather(*(desk.read(desk.owner("telegram", chat)) for chat in chats))
        finally:
            await desk.runtime.store.close()
        return [state(visit.session, visit.ticked) if visit.version else NOBODY for visit in visits]

    async def _check_whole(self, desk: Turns) -> None:
        """What a purge takes away is there or gone as a whole; nothing is owed to somebody who is forgotten."""
        counts = []
        async with desk.runtime.store.transaction() as db:
            for table, moment in (("visit", "touched"), ("inbox", "received"), ("outbox", "due")):
                counts.append((await db.rows(f"SELECT COUNT(*) FROM {table} WHERE {moment} = 0"))[0][0])
            orphans = (await db.rows("SELECT COUNT(*) FROM outbox WHERE owner NOT IN (SELECT owner FROM visit)"))[0][0]
        if len(set(counts)) != 1 or orphans:
            self.note("broken", f"half a purge {counts}, or half forgotten: {orphans}")

    def _copy(self) -> Path:
        folder = self.service.folder / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in ("luohu.db", "luohu.db-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(self.service.folder / name, folder / name)
        return folder / "luohu.db"

    def _check_integrity(self, database: str) -> None:
        with contextlib.closing(sqlite3.connect(database)) as db:
            said = db.execute("PRAGMA integrity_check").fetchall()
        if said != [("ok",)]:
            self.note("broken", str(said))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.service.process is not None:
            await self.service.kill()


async def bare_start() -> float:
    """Seconds that a bot with nothing in it takes to be loaded on this machine, just now."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import telegram.ext, aiohttp, uvicorn, starlette.applications"
    )
    await process.wait()
    return time.monotonic() - began


def figures(tally: Counter[str], first_replies: Sequence[float] = ()) -> str:
    """One line: what was tried, what went wrong, and how soon people heard from it after a start."""
    tried = [f"{name}={tally[name]}" for name in ("kills", "conversations", "acked", "inside_a_turn") if tally[name]]
    wrong = [f"{name}={tally[name]}" for name in ("lost", "doubled", "mute", "forgot_unsaid")]
    integrity = f"integrity={'broken' if tally['broken'] else 'ok'}"
    soon = [f"first_reply={median(first_replies):.2f}s..{max(first_replies):.2f}s"] if first_replies else []
    return " ".join([*tried, *wrong, integrity, *soon])


def soaking() -> bool:
    return bool(os.environ.get("SOAK"))
