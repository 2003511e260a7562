"""People before kiosks, and agents, of several processes behind one address: every page that they see is foretold."""

import asyncio
import hmac
import html
import random
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import httpx

from bot.clock import today
from bot.talk.presses import Press, before_private, begun, pressed
from bot.talk.visit import Visit
from bot.wording import questions
from bot.wording.views import Wording
from clerk import OWN, Clerk
from cluster import KEY, Cluster
from conftest import BOOK
from flows.conversation import Reply, Session, Talk
from flows.facts import UNSURE
from helpers_faults import visits

PATIENCE = 30.0  # seconds after which somebody who is answered with nothing but trouble gives up: a failure
REMARKS = re.compile(r'<p class="remark">(.*?)</p>', re.DOTALL)
CODE = re.compile(r'<p class="code">([\d\s-]+)</p>')
ASKED = re.compile(r'<h1 id="ask"[^>]*>(.*?)</h1>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="(whose|step|key)" value="([^"]*)"')


@dataclass(slots=True)
class Passer:
    """One person. `visit` and `reply` are what must have come of what they pressed, and be on the screen."""

    browser: Clerk
    luck: random.Random
    found: Counter[str]
    notes: list[str] = field(default_factory=list)
    visit: Visit = field(default_factory=lambda: Visit(Talk(BOOK, Session(as_of=today())), channel="kiosk"))
    reply: Reply = field(default_factory=lambda: Reply("new"))
    page: str = ""
    tried: int = 0  # how often the last form had to be sent
    slowest: float = 0.0

    async def begins(self) -> None:
        await self.sends("/kiosk/begin", {"language": "zh"})
        self.visit, _ = begun(Visit(Talk(BOOK, Session(as_of=today())), channel="kiosk"))
        self.reply = self.visit.talk.reply()  # what a begin says besides stands on no page
        self.look()

    async def lives(self, until: float) -> None:
        """Presses on, and now and then goes away, until that moment."""
        await self.begins()
        while time.monotonic() < until:
            if self.visit.session.phase == "result" or self.luck.random() < 0.02:
                await self.goes()
                await self.begins()
            else:
                await self.presses(self.chosen())
            await asyncio.sleep(self.luck.uniform(0, 0.1))

    def chosen(self) -> Press:
        """An answer; or a word beside it."""
        chance, fact = self.luck.random(), str(self.visit.talk.asked)
        if chance < 0.25 and self.reply.aside != "why":
            return Press("why")
        if chance < 0.35 and self.visit.session.facts:
            return Press("back")
        question = self.visit.talk.question(fact)
        answer = self.luck.choice([one for one in question.every_answer() if one != UNSURE])
        if isinstance(answer, tuple):
            return Press("done", (fact,), answer)
        return Press("answer", (fact, answer))

    async def presses(self, press: Press) -> None:
        words = " ".join(("ticked" if press.verb == "done" else press.verb, *press.words))
        await self.sends("/kiosk/act", self.form() | {"do": words, "tick": list(press.ticked or ())})
        self.visit, self.reply = pressed(self.visit, Press(press.verb, press.words, press.ticked or ()))
        self.found["turns"] += 1
        self.look()

    async def goes(self) -> None:
        """Ends the visit; who comes next finds nothing of it."""
        mine = {str(ASKED.findall(self.page)), *REMARKS.findall(self.page)}
        await self.sends("/kiosk/end", {"whose": self.form().get("whose", "")})
        left = [one for one in mine if one in self.page] + ASKED.findall(self.page)
        self.count("left_behind", bool(left), str(left))
        self.found["visits"] += 1

    def form(self) -> dict[str, str]:
        """What the page's form carries by itself."""
        return {name: html.unescape(value) for name, value in HIDDEN.findall(self.page)}

    async def sends(self, path: str, form: Mapping[str, object]) -> None:
        """A form as a browser sends it, once more when the answer is trouble; and the page that it leads to."""
        began, self.tried = time.monotonic(), 0
        answer = await self._asks("POST", path, form)
        self.page = (await self._asks("GET", answer.headers["location"])).text
        self.slowest = max(self.slowest, time.monotonic() - began)

    async def _asks(self, method: str, path: str, form: Mapping[str, object] | None = None) -> httpx.Response:
        until = time.monotonic() + PATIENCE
        while True:
            self.tried += 1
            try:
                answer = await self.browser._send(method, path, {}, form)  # type: ignore[arg-type]
            except httpx.TransportError as error:
                assert time.monotonic() < until, error
            else:
                if answer.status_code == (303 if form is not None else 200):
                    return answer
                assert answer.status_code in (502, 503, 504) and time.monotonic() < until, (path, answer.status_code, answer.text)
            self.found["trouble"] += 1
            await asyncio.sleep(0.2)

    # ---- what is on the screen ----

    def look(self) -> None:
        wording, talk = Wording(BOOK, self.visit.session.language), self.visit.talk
        if talk.asked is not None and self.visit.session.phase == "asking":
            asked = questions.ask(wording, talk.question(talk.asked), talk)
            seen = [html.unescape(one).strip() for one in ASKED.findall(self.page)]
            self.count("lost", seen != [asked], f"{asked} ≠ {seen}")
        shown = [html.unescape(one).strip() for one in REMARKS.findall(self.page)]
        due = [one.strip() for one in wording.aside(talk, Reply(self.visit.session.phase))]
        due += [wording.privacy_at_kiosk()] if before_private(talk) and talk.asked else []
        said = [one.strip() for one in wording.aside(talk, self.reply)] if self.reply.aside else []
        self.found["remarks"] += bool(said)
        self.count("stale", not {*shown} <= {*due, *said}, f"{shown} ⊄ {[*due, *said]}")
        self.count("unsaid", not {*said} <= {*shown} and self.tried == 2, f"{said} ⊄ {shown}")

    def count(self, what: str, so: bool, note: str) -> None:
        self.found[what] += so
        if so:
            self.notes.append(f"{what}: {note}")


async def crowd(city: Cluster, number: int, seconds: float, seed: int) -> tuple[Counter[str], list[str], float]:
    """So many people for so many seconds; what came of it, the first notes, and the longest that anybody waited."""
    found = Counter[str]()
    people = [Passer(city.visitor(), random.Random(seed * 1000 + one), found) for one in range(number)]
    until = time.monotonic() + seconds
    await asyncio.gather(*(person.lives(until) for person in people))
    return found, [note for person in people for note in person.notes], max(person.slowest for person in people)


async def killing(city: Cluster, kills: int, luck: random.Random) -> int:
    """Kills one process after the other, and starts each again; of them all one at least is always there."""
    for _ in range(kills):
        await asyncio.sleep(luck.uniform(0.2, 0.6))
        one = luck.choice(city.services)
        await one.kill()
        await asyncio.sleep(luck.uniform(0, 0.3))
        await one.start()
    return kills


async def rolling(city: Cluster) -> None:
    """Replaces each process by a new one, as docs/many.md says."""
    for one in city.services:
        status = await one.stop()
        assert status == 0, (status, one.log[-1500:])
        await one.start()


# ---- the desk ----


def owner_of(one: Passer) -> bytes:
    name = one.browser.cookies["__Host-visit"].partition(".")[0]
    return hmac.digest(KEY.encode(), f"kiosk:{name}".encode(), sha256)[:16]


async def member(city: Cluster, chief: Clerk, name: str, role: str = "agent") -> Clerk:
    """Somebody with a password of their own, by way of a one-time one; each step through the next process."""
    password = await chief.secret(do="add", name=name, role=role)
    one = city.clerk()
    assert (await one.login(name, password)).headers["location"] == "/desk"
    assert (await one.chooses(password)).headers["location"] == "/desk"
    return one


async def chief_of(city: Cluster) -> Clerk:
    found = re.search(r"一次性密码：(\S{19})", city.log)
    assert found
    chief = city.clerk()
    if "location" not in (await chief.login("admin", OWN)).headers:
        assert (await chief.login("admin", found[1])).headers["location"] == "/desk"
        assert (await chief.chooses(found[1])).headers["location"] == "/desk"
    return chief


async def answered(agent: Clerk, at: str, caller: bytes, database: str) -> None:
    """Three answers and two steps back, each through another process than the one before: what is known after each."""
    housing = []
    for do in ("tell matter move_to_town", "tell housing rented", "tell housing owned", "undo", "undo"):
        page = (await agent.get(at)).text
        form = dict(re.findall(r'<input type="hidden" name="(step|key|case)" value="([^"]*)"', page))
        assert (await agent.post(f"{at}/turn", do=do, **form)).status_code == 303, do
        housing.append((await visits(database))[caller].session.facts.get("housing"))
    assert housing == [None, "rented", "owned", "rented", None], "the way back is known to all"
