"""R3's two sides: a person with a phone whose updates come late, twice and out of order, and the model of what must be kept.

Long, as both sides of one conversation are read together.
"""

import asyncio
import gc
import math
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path

from msgspec.structs import replace

import bot.clock
import bot.talk.keeping
import bot.talk.presses
from bot.store.base import Store
from bot.store.chosen import store_for
from bot.talk.offers import is_in_front, near_of, standing
from bot.talk.presses import linked, without_doubt
from bot.talk.told import to_the_result, told_early
from bot.talk.typed import COMMANDS, NO_RESTART, typed
from bot.talk.visit import Visit
from bot.telegram.acts import UNNUMBERED
from bot.telegram.render import Press, pressed
from bot.wording.views import Wording
from botapi import unnumbered
from conftest import BOOK, CITIES
from flows import conversation
from flows.conversation import AsksFor, Move, MoveName, Pending, Phase, Session
from flows.facts import Answer, NotUnderstood
from flows.typed import plain
from helpers_void import Faults, Hand, Json, Line, line
from talking import asked, due, take

STEPS = 40
MEMORY = Path("/dev/shm")  # noqa: S108  # power cuts are another suite's: here a disk would only be waited for
WINDOW = 5  # how many of a person's later updates may overtake one
DAY = "2026-03-01"
TYPED = ("1", "2", "3", "１", "1 3", "2、1", "说不清", "返回", "back", "改", "为什么问", "继续", "今天天气不错", "𠮷\u202e²")
TOLD = ("我在瑞安租的房，想把户口迁到城里", "不是温州，是铁岭，房子是我自己买的房", "要多少钱", "对")
OFTEN = ("/back", "/answers", "/result", "/help", "/language")
HARMLESS = [plain(word) for word in (*COMMANDS["why"], *COMMANDS["help"])]  # changes nothing, whenever it was written
Answers = tuple[tuple[str, Answer], ...]
Waiting = tuple[Answers, tuple[tuple[str, tuple[str, ...]], ...], AsksFor]
Frozen = tuple[str, Phase, Answers, tuple[str, ...], str, AsksFor, Waiting, tuple[str, ...], Answers]


# ---- the model ----


def frozen(session: Session) -> Frozen:
    heard = session.heard
    waiting = tuple(heard.facts.items()), tuple(heard.doubts.items()), heard.asks_for
    said, before = tuple(session.facts.items()), tuple(session.before.items())
    whom = session.asks_for
    return session.language, session.phase, said, session.seen, session.open, whom, waiting, session.together, before


def thawed(known: Frozen) -> Session:
    language, phase, facts, seen, opened, asks_for, (heard, doubts, whom), together, before = known
    waiting = Pending(dict(heard), dict(doubts), whom)
    return Session(language, DAY, phase, dict(facts), seen, opened, asks_for, waiting, together, dict(before))


@lru_cache(100_000)
def taken(known: Frozen, name: MoveName, subject: str, value: Answer) -> Frozen:
    return frozen(take(BOOK, thawed(known), Move(name, subject, value))[0])


@lru_cache(100_000)
def question(known: Frozen) -> str | None:
    """The question that ticks belong to, also while something beside it is looked at; what was heard counts after the yes."""
    session = thawed(known)
    session = replace(session, heard=Pending()) if session.phase == "heard" else session
    return asked(BOOK, session) or due(BOOK, session)


@dataclass(slots=True)
class Model:
    """What must be kept of one person: a plain session moved by `take`, the ticks of an open list, the papers at hand."""

    session: Session = field(default_factory=Session)
    draft: tuple[str, ...] = ()
    wiping: bool = False  # was just asked whether everything shall be wiped
    offer: tuple[str, ...] = ()  # what else is asked in front of the question
    misses: int = 0  # texts in a row that were not understood
    have: tuple[str, ...] = ()
    stored: bool = False
    generation: int = 0  # of what is shown: a button of another one is stale
    newest: int = 0  # the latest update that was a turn: what was written before it was meant for an older question
    heard: set[int] = field(default_factory=set)
    deliveries: int = 0
    since: int = 0  # the delivery since which what is shown is surely there
    last: int = 0  # the last delivery that was a turn
    rode: bool = False  # what is shown went back in a response

    @property
    def shown(self) -> int:
        """The generation of the buttons that are valid now."""
        return self.generation if self.stored else 0

    def hear(self, update: Json, press: Press | None, seen: "Seen") -> str:
        """One delivered update, and what its author had seen; what became of it."""
        number = int(update["update_id"])
        self.deliveries += 1
        if number in self.heard:
            return "duplicate"
        self.heard.add(number)
        if press and press.move not in ("papers", "paper", "language") and seen.generation != self.shown:
            return "stale"
        if press and press.move == "papers" and self.session.phase == "new":
            return "stale"  # of a sheet that is gone: nothing is kept
        if press and press.move == "paper" and not self.lists(press.words[0]):
            return "stale"
        text = update.get("message", {}).get("text", "")
        if text == "/forget":
            self.session, self.draft, self.have, self.stored, self.newest = Session(), (), (), False, 0
            self.wiping, self.offer, self.misses = False, (), 0
            return "forget"
        return self.turn(number, press, text, update, seen)

    def lists(self, paper: str) -> bool:
        """Whether the sheet that is there now has a paper."""
        papers = Wording(BOOK, self.session.language).sheet(self.session).papers if self.visit.talk.due is None else ()
        return any(one.id == paper for one in papers)

    def turn(self, number: int, press: Press | None, text: str, update: Json, seen: "Seen") -> str:
        before, outcome, wiping = (frozen(self.session), self.draft), "ok", self.wiping
        if not (press and press.move in ("language", "paper", "papers")) and (press or not text or "edited_message" in update):
            self.wiping, self.offer = False, ()
        if self.session.phase == "new":
            (content,) = (value for name, value in update.items() if name != "update_id")
            self.session = Session("zh" if content["from"]["language_code"].startswith("zh") else "en")
        if press:
            self.misses = self.misses if press.move in ("language", "paper", "papers") else 0
            self.tap(press, wiping)
        elif "edited_message" in update:
            outcome = "edit"
        elif text.startswith("/") and text not in ("/back", "/nothing"):
            self.wiping, self.offer = False, ()
            self.command(text, late=number < self.newest)
        elif text and (number < self.newest or self.unseen(seen)):
            outcome = "late" if number < self.newest else "early"
            self.late(text)
        elif text:
            self.text(text)
        now = frozen(self.session), self.draft
        if now != before or not self.stored:
            self.generation += 1
            self.misses = 0
        self.newest, self.stored, self.last = max(self.newest, number), True, self.deliveries
        return outcome

    def unseen(self, seen: "Seen") -> bool:
        """Whether something was written before its author saw what is asked now."""
        asked = self.session.phase not in ("new", "closed")
        return asked and seen.deliveries < (self.last if self.wiping or self.offer else self.since)

    def went(self, before: int, sent: bool, rode: bool) -> None:
        """How the reply to the last delivery went out: where nobody is told whether what is shown came, that is done anew."""
        if self.shown != before or (self.rode and (sent or self.last == self.deliveries)):
            self.since, self.rode = self.deliveries, rode

    def tap(self, press: Press, wiping: bool) -> None:
        match press.move, press.words:
            case "language", (language,):
                self.session = replace(self.session, language=language)
                self.offer = () if self.offer == ("language",) else self.offer
                if self.session.phase == "new":
                    self.start("")
            case "paper", (paper, "yes"):
                self.have = tuple(dict.fromkeys([*self.have, paper]))
            case "paper", (paper, _):
                self.have = tuple(one for one in self.have if one != paper)
            case "restart", ("yes",) if wiping:
                self.restart()
            case "restart", ("yes",):
                self.move(Move("restart"))
            case "restart", ("no",):
                pass
            case "answer", (fact, option):
                self.move(Move("answer", fact, BOOK.facts[fact].value_of(option)))
            case "tick", (fact, option):
                self.draft = BOOK.facts[fact].in_order({*self.draft} ^ {option})
            case "done", (fact,):
                self.move(Move("answer", fact, BOOK.facts[fact].in_order(self.draft)))
            case "amend", (fact, option):
                self.move(Move("tell", fact, BOOK.facts[fact].value_of(option)))
            case ("change" | "open_topic" | "ask_for" | "alter") as name, (subject,):
                self.move(Move(name, subject))
            case ("agree" | "back" | "begin" | "more" | "open_topic" | "refuse" | "restart" | "review" | "why") as name, ():
                self.move(Move(name))
            case "amend", ():
                self.take_over(without_doubt(self.visit)[0])

    def command(self, text: str, late: bool) -> None:
        name, _, payload = text[1:].partition(" ")
        match name:
            case "start":
                self.start("" if late else payload)
            case "help":
                self.move(Move(name))
            case "restart":
                self.move(Move("restart")) if late else self.restart()
            case "answers" if self.session.phase != "new":
                self.move(Move("review"))
            case "result":
                self.take_over(to_the_result(self.visit)[0])
            case "language":
                self.offer = ("language",)

    @property
    def visit(self) -> Visit:
        return Visit(
            conversation.Talk(BOOK, self.session),
            ticked=self.draft,
            have=self.have,
            wiping=self.wiping,
            offer=self.offer,
            misses=self.misses,
        )

    def take_over(self, visit: Visit) -> None:
        self.session, self.draft = replace(visit.session, as_of=DAY), visit.ticked
        self.have, self.wiping, self.offer, self.misses = visit.have, visit.wiping, visit.offer, visit.misses

    def text(self, said: str) -> None:
        """As all channels have it; `/back` is the move."""
        if said == "/back":
            in_front, self.wiping, self.offer = is_in_front(self.visit), False, ()
            return self.move(Move("back")) if self.session.phase != "new" and not in_front else None
        offered, near = Wording(BOOK, self.session.language).offered, near_of(self.visit)
        self.take_over(standing(*typed(self.visit, said, offered, UNNUMBERED, near)))

    def late(self, said: str) -> None:
        """It answers nothing; what it says of itself waits for a yes. What is asked in front is asked again, but for a no that
        keeps everything from being wiped."""
        before, words = self.visit, plain(said)
        self.wiping, self.offer = False, ()
        if words in HARMLESS or (before.wiping and words in (*NO_RESTART, *COMMANDS["back"], plain("/back"))):
            self.misses = 0 if words in HARMLESS else self.misses
            return
        try:
            self.take_over(standing(*told_early(self.visit, said)))
        except NotUnderstood:
            if is_in_front(before):
                self.wiping, self.offer = before.wiping, before.offer

    def start(self, city: str) -> None:
        if self.session.phase in ("new", "closed"):
            self.session = take(BOOK, Session(self.session.language, DAY), Move("begin"))[0]
            self.draft, self.have, self.wiping = (), (), False
        if city in CITIES and self.session.facts.get("city") != city:
            self.take_over(linked(self.visit, city)[0])

    def restart(self) -> None:
        """By who is sure: nothing is left, not the papers either."""
        self.move(Move("restart"), sure=True)
        self.draft, self.have, self.wiping = (), (), False

    def move(self, move: Move, sure: bool = False) -> None:
        """As `take` says. Ticks belong to their question: they stay beside it, and go with it; what was heard of a list is
        ticked in it. No answer goes by one touch."""
        if self.session.phase in ("new", "closed"):
            return self.start("")
        if move.name == "restart" and self.session.facts and not sure:
            self.wiping = True
            return
        before = frozen(self.session)
        after = taken(before, move.name, move.subject, move.value)
        self.session = thawed(after)
        if self.session.phase == "altering" and after != before:
            heard = self.session.heard.facts.get(self.session.open, ())
            self.draft = () if isinstance(heard, str) else heard
        elif question(after) != question(before):
            self.draft = ()

    def differs(self, visit: Visit) -> str:
        """Where what is kept is not what must be; empty if it is the same."""
        kept = (visit.version > 0, frozen(visit.session), visit.ticked, visit.have)
        must = (self.stored, frozen(self.session), self.draft, self.have)
        return "" if kept == must else f"must={must}\n    kept={kept}"


# ---- the person ----


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person had seen when they did something: of which generation, and what was delivered until then."""

    generation: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Buttons that a person saw, and when."""

    message: int
    generation: int
    buttons: tuple[tuple[str, str], ...]  # label, data


class Talk:
    """One conversation: a person acts on what they see; deliveries come late, twice, out of order; the model hears them too."""

    def __init__(self, number: int, seed: int) -> None:
        self.number, self.name = number, f"seed {seed} talk {number}"
        self.luck = random.Random(f"{seed}-{number}")
        numbers = count(1_000 * number)  # of each talk its own: an update comes once
        self.hand = Hand(number, self.luck.choice(("zh-hans", "zh-hans", "en")), numbers=numbers.__next__, clock=bot.clock.now)
        self.model = Model()
        self.shown: list[Shown] = []
        self.line: list[tuple[float, int, Json, Seen]] = []  # due, order, update, what was seen before it
        self.steps, self.acts, self.messages, self.orders = 0, 0, count(1), count()
        self.said: list[int] = []
        self.tally: Counter[str] = Counter()
        self.trace: list[str] = []
        self.difference = ""

    def look(self, method: str, parameters: Json) -> int:
        """A message comes in, or one changes."""
        number = parameters["message_id"] if method == "editMessageText" else next(self.messages)
        rows = parameters.get("reply_markup", {}).get("inline_keyboard", [])
        pressed = [button for row in rows for button in row if "callback_data" in button]  # not those that copy or open a link
        buttons = tuple((button["text"], button["callback_data"]) for button in pressed)
        self.shown.append(Shown(number, self.model.shown, buttons))
        return int(number)

    async def run(self, line: Line, steps: int) -> None:
        """Until so many deliveries; at the very end what is still under way comes, too, as far as it is among them."""
        while self.steps < steps and not self.difference:
            if steps == STEPS and self.steps + len(self.line) >= steps:
                await self.deliver(line, math.inf)
                return
            self.act()
            self.acts += 1
            await self.deliver(line, self.acts)

    def act(self) -> None:
        update, shown = self.done()
        seen = Seen(shown.generation if shown else self.model.shown, self.model.deliveries)
        late = self.luck.uniform(0, WINDOW) if self.luck.random() < 0.3 else 0.0
        self.post(self.acts + late, update, seen)
        if (typed := update.get("message", {}).get("text")) and self.luck.random() < 0.2:  # nothing came yet: once more
            self.post(self.acts + late, self.writes(typed), seen)
        if self.luck.random() < 0.2:
            again = self.luck.uniform(0, WINDOW) if self.luck.random() < 0.7 else self.luck.uniform(0, STEPS)
            self.post(self.acts + late + again, update, seen)

    def post(self, due: float, update: Json, seen: Seen) -> None:
        self.line.append((due, next(self.orders), update, seen))

    def done(self) -> tuple[Json, Shown | None]:
        """What the person does now, and on which buttons."""
        luck, fresh = self.luck.random(), [one for one in self.shown[-1:] if one.buttons]
        old = [one for one in self.shown[-30:-1] if one.buttons]
        if luck < 0.20 and old:
            return self.pressed(self.luck.choice(old))
        if luck < 0.26 and self.said:
            return self.hand.edits(self.words(), self.luck.choice([*self.said, *self.said[-1:] * 9])), None
        if luck < 0.65 and fresh:
            return self.pressed(fresh[0])
        if luck < 0.67:
            return self.hand.sends_photo(next(self.messages)), None
        return self.writes(self.words() if luck < 0.88 else self.command()), None

    def writes(self, text: str) -> Json:
        self.said.append(next(self.messages))
        return self.hand.says(text, self.said[-1])

    def pressed(self, shown: Shown) -> tuple[Json, Shown]:
        """Mostly an answer, seldom a restart, so that talks come to a sheet and go on from there."""
        labels = [data for _, data in shown.buttons]
        data = self.luck.choice(labels)
        if data[0] == "s" and self.luck.random() < 0.8:
            data = self.luck.choice(labels)
        return self.hand.taps(data, shown.message), shown

    def words(self) -> str:
        labels = [unnumbered(label).removeprefix("✓ ") for label, _ in self.shown[-1].buttons] if self.shown else []
        few = ("重新开始", "退出")[: 2 * (self.luck.random() < 0.2)]
        return self.luck.choice(labels if labels and self.luck.random() < 0.4 else [*TYPED, *TOLD, *few])

    def command(self) -> str:
        often = 2 * ["/start", f"/start {self.luck.choice(CITIES)}", "/start wen%zhou", *OFTEN]
        return self.luck.choice([*often, "/about", "/restart", "/forget", "/nothing"])

    async def deliver(self, line: Line, until: float) -> None:
        """Everything that is due, in the order in which it comes."""
        self.line.sort(key=lambda one: one[:2])
        while self.line and self.line[0][0] <= until and not self.difference:
            _, order, update, seen = self.line.pop(0)
            await self.step(line, update, seen)
            self.tally["overtaken"] += any(one[1] < order for one in self.line)

    async def step(self, line: Line, update: Json, seen: Seen) -> None:
        """One delivery to both sides; afterwards what is kept must be what the model says."""
        data = update.get("callback_query", {}).get("data")
        press, before, looked = pressed(data, line.desk.runtime.words) if data else None, self.model.shown, len(self.shown)
        outcome = self.model.hear(update, press, seen)
        self.trace.append(f"{update['update_id']} {outcome}: {press or update.get('message', {}).get('text', '…')}")
        rode = await line.take(update)
        if outcome == "edit":
            self.model.offer = self.offered(line, looked)
        self.model.went(before, len(self.shown) > looked and not rode and outcome != "stale", rode)
        self.steps += 1
        self.tally[outcome] += 1
        if press and outcome == "ok":
            self.tally[press.move] += 1
        differs = self.model.differs(await line.desk.read(line.desk.owner("telegram", self.number)))
        if differs:
            self.difference = "\n    ".join([self.name, *self.trace[-8:], differs])

    def offered(self, line: Line, looked: int) -> tuple[str, ...]:
        """What a changed message led to: whether its answer shall be another one, as the person reads it."""
        buttons = [data for shown in self.shown[looked:] for _, data in shown.buttons]
        presses = [pressed(data, line.desk.runtime.words) for data in buttons]
        return next((("amend", *one.words) for one in presses if one and one.move == "amend" and len(one.words) == 2), ())


# ---- many of them ----


@dataclass(frozen=True, slots=True)
class Share:
    """So many conversations of one kind, for a process of its own."""

    seed: int
    first: int
    talks: int
    riding: bool = True
    database: str = ""  # of its own: a SQLite file that goes afterwards
    together: int = 100

    @property
    def batches(self) -> Iterator[range]:
        last = self.first + self.talks
        for first in range(self.first, last, self.together):
            yield range(first, min(first + self.together, last))


def run_share(share: Share) -> tuple[Counter[str], list[str]]:
    """(figures, differences)"""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # the policies and the caches stay: to look at them again is a fifth of the time
    bot.clock.time = count(1_750_000_000).__next__  # a second passes between two looks at the clock
    bot.talk.presses.today = bot.talk.keeping.today = lambda: DAY  # type: ignore[attr-defined]
    faults = Faults()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        figures, differences = asyncio.run(_run(share, share.database or f"{folder}/luohu.db"))
    return figures, [*differences, *faults.seen]


async def _run(share: Share, database: str) -> tuple[Counter[str], list[str]]:
    figures: Counter[str] = Counter()
    differences: list[str] = []
    for batch in share.batches:
        talks = {1_000_000 + number: Talk(1_000_000 + number, share.seed) for number in batch}
        for until in (STEPS // 2, STEPS):  # the program is stopped and started in between
            store: Store = store_for(database)
            look = lambda method, said, talks=talks: talks[int(said["chat_id"])].look(method, said)  # noqa: E731
            async with line(store, look, riding=share.riding) as one:
                await asyncio.gather(*(talk.run(one, until) for talk in talks.values()))
        for talk in talks.values():
            figures += talk.tally + Counter(conversations=1, steps=talk.steps, results=talk.model.session.phase == "result")
            differences += [talk.difference] if talk.difference else []
    return figures, differences
