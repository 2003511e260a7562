"""S5 at the kiosk, on phones, at the desk and between them: nothing secret or typed in a log, a file, a header, an address,
a title, or on a page of anybody else's, whatever goes wrong on the way.

Long, as one round of people is looked for in everything that it left.
"""

import asyncio
import html
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import msgspec
import pyotp
import pytest

from bot.kiosk import visit_cookie as cookies
from bot.talk import codes
from botapi import BotApi
from clerk import QUICK, Clerk, OpenDesk, desk_open
from flows.facts import UNSURE
from helpers_faults import figure, report
from person import Person
from test_hotline import CODE, turn
from test_parity import Kiosk, Seen
from test_privacy import blocked, contents

KIOSK_KEY = "CanaryKeyOfTheKiosk"
CHATS = 8_731_415_926_535
SHORTEST = 16  # characters of a cookie's part that is a secret
FORM = "application/x-www-form-urlencoded"

# Read by the interpreter at its start: where BOOM is said the program itself fails, with the words in the error.
BROKEN = """
import bot.hotline.search, bot.hotline.staff, bot.talk.codes, bot.talk.handoff, flows.facts
def breaks(place, name):
    works = getattr(place, name)
    def fails(*values, **named):
        if any("BOOM" in str(value) for value in values):
            raise RuntimeError(values)
        return works(*values, **named)
    setattr(place, name, fails)
breaks(bot.talk.codes, "heard")
breaks(bot.talk.handoff.Handoff, "move")
breaks(bot.hotline.staff.Staff, "login")
breaks(bot.hotline.search.Search, "questions")
breaks(flows.facts.Fact, "value_of")
"""


# ---- who takes part ----


@dataclass(slots=True)
class House:
    """Every channel in one process. Flows go one after the other: what is answered is the last one's."""

    api: BotApi
    desk: OpenDesk
    hall: httpx.AsyncClient
    flows: "list[Flow]" = field(default_factory=list)
    device: dict[str, str] = field(default_factory=dict)
    troubles: "Counter[str]" = field(default_factory=Counter)

    @property
    def folder(self) -> Path:
        return self.desk.service.folder

    @property
    def office(self) -> httpx.AsyncClient:
        return self.desk.http

    def begins(self, flow: "Flow") -> "Flow":
        self.flows.append(flow)
        return flow

    async def hears(self, answer: httpx.Response) -> None:
        await answer.aread()
        self.flows[-1].hears(answer)


@dataclass(slots=True)
class Flow:
    """One resident and who helps them: what is theirs alone, secret -> kind, and all that they were answered."""

    house: House
    number: int
    secrets: dict[str, str] = field(default_factory=dict)
    receipts: set[int] = field(default_factory=set)
    answers: list[httpx.Response] = field(default_factory=list)
    raw: bytes = b""  # answers to what was no request
    ends: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    def hears(self, answer: httpx.Response) -> None:
        """Keeps an answer, and takes note of every secret in it."""
        self.answers.append(answer)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.keep(f"cookie {name}", *(part for part in morsel.value.split(".") if len(part) >= SHORTEST))
        self.keep("csrf", *re.findall(r'name="csrf" value="(\w+)"', answer.text))

    def keep(self, kind: str, *secrets: str) -> None:
        self.secrets |= dict.fromkeys(secrets, kind)

    def word(self, kind: str) -> str:
        """Something typed that nobody else types."""
        typed = f"Canary{kind.title()}{self.number:03}x"
        self.keep(f"typed {kind}", typed)
        return typed

    def code(self, text: str, kind: str) -> str:
        """The code on a page or in a message."""
        found = str(CODE.findall(text)[-1])
        digits = found.replace("-", "")
        self.keep(kind, found, digits, digits[: codes.LENGTH])
        if kind == "receipt":
            self.receipts.add(int(digits[: codes.LENGTH]))
        return found

    def wrong_code(self, kind: str) -> str:
        """One that could be right."""
        return self.code(codes.spoken(random.Random(self.number).randrange(10**codes.LENGTH)), f"wrong {kind}")

    def browser(self, door: str = "/kiosk") -> Clerk:
        """A kiosk, or a phone that was let in as one; `door`: below which its visit is ended."""
        one = Clerk(self.house.hall, cookies=dict(self.house.device))
        self.ends.append(lambda: sends(one, f"{door}/end"))
        return one

    async def member(self, role: str = "agent") -> Clerk:
        """Somebody at the desk, who is in by a password."""
        name, password = f"staff{self.number}", f"{self.word('password')}-lantern-tofu"
        sql = "INSERT INTO staff (name, role, secret, totp, disabled, since) VALUES (?, ?, ?, '', 0, 0)"
        self.house.desk.alter(sql, name, role, QUICK.hash(password))
        one = Clerk(self.house.office, f"198.51.100.{self.number % 250}")
        assert (await one.login(name, password)).status_code == 303
        assert (await one.get("/desk")).status_code == 200
        return one


async def sends(one: Clerk, path: str, **fields: str) -> httpx.Response:
    """A form without the desk's token."""
    return await one._send("POST", path, {"content-type": FORM}, fields)


# ---- what they do ----


async def begins(kiosk: Clerk, *said: str) -> Seen:
    talk = Kiosk(kiosk)
    seen = await talk.begins("zh")
    for one in said:
        seen = await talk.answers(seen, [one])
    return seen


async def to_the_sheet(kiosk: Clerk) -> Seen:
    """Somebody who knows nothing but the city and the matter."""
    talk = Kiosk(kiosk)
    seen = await talk.begins("zh")
    for one in ("tianshui", "residence_permit"):
        seen = await talk.answers(seen, [one])
    while seen.fact is not None:
        seen = await talk.answers(seen, [UNSURE])
    return seen


async def by_kiosk_and_desk(flow: Flow) -> None:
    kiosk, agent = flow.browser(), await flow.member()
    await begins(kiosk, "tianshui", "move_to_town")
    await sends(kiosk, "/kiosk/code")
    code = flow.code((await kiosk.get("/kiosk")).text, "code")
    for wrong in (flow.wrong_code("code"), code[:-1] + str((int(code[-1]) + 1) % 10), flow.word("code")):
        assert (await agent.post("/desk/code", code=wrong)).status_code == 422
    at = (await agent.post("/desk/code", code=code)).headers["location"]
    await agent.post(f"{at}/check")
    for said in (flow.word("search"), f"租房 <b>{flow.word('phrase')}"):
        assert (await agent.post(f"{at}/find", q=said)).status_code == 200
    await agent.post(f"{at}/what-if", **{"if": "county qinzhou"})
    assert (await turn(agent, at, "tell county qinzhou")).status_code == 303
    await agent.get(f"{at}/sheet")
    await agent.post(f"{at}/give-back")
    assert (await kiosk.get("/kiosk")).status_code == 200


async def by_kiosk_and_phone(flow: Flow) -> None:
    kiosk, phone, stranger = flow.browser(), flow.browser(door="/phone"), flow.browser()
    sheet = await to_the_sheet(kiosk)
    number = flow.code(sheet.text, "receipt")
    await sends(kiosk, "/kiosk/slip/phone", step=re.findall(r'name="step" value="(\d+)"', sheet.text)[0])
    link = kiosk.cookies[cookies.LINK].partition(".")[0]
    for path in ("/kiosk/slip", "/kiosk/slip/a5", "/kiosk/slip/receipt", "/kiosk/slip/phone", "/kiosk/slip/phone.svg"):
        assert (await kiosk.get(path)).status_code == 200, path
    name = re.findall(r'name="visit" value="([\w-]{22})"', (await phone.get(f"/phone/{link}")).text)[0]
    assert (await sends(phone, f"/phone/{link}", visit=name)).status_code == 303
    assert (await sends(stranger, f"/phone/{link}", visit=cookies.new_name())).status_code == 410
    assert number in (await phone.get("/")).text
    officer = await flow.member()
    for said in (number, flow.wrong_code("receipt"), flow.word("receipt")):
        assert (await officer.post("/desk/receipt", code=said)).status_code == (200 if said == number else 422)


async def by_logins(flow: Flow) -> None:
    chief, new = await flow.member("supervisor"), Clerk(flow.house.office, f"203.0.113.{flow.number % 250}")
    name, own = f"new{flow.number}", f"{flow.word('own')}-river-lantern"
    once = await chief.secret(do="add", name=name, role="agent")
    flow.keep("one-time password", once)
    for who, password, code in (
        (name, flow.word("wrong"), ""),
        (name, f"{once}x", flow.word("totp")),
        (flow.word("nobody"), once, ""),
    ):
        assert (await new.login(who, password, code)).status_code == 403
    assert (await new.login(name, once)).status_code == 303
    assert (await new.chooses(once, flow.word("short")[:9])).status_code == 422
    assert (await new.chooses(once, own)).status_code == 303
    assert (await new.login(name, once)).status_code == 403
    shown = re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{1,4})+", (await new.get("/desk/totp")).text)[0]
    phone = pyotp.TOTP(shown.replace(" ", ""))
    flow.keep("totp", shown, phone.secret)
    for code, status in ((flow.word("digits"), 422), (phone.now(), 303)):
        assert (await new.post("/desk/totp", password=own, code=code)).status_code == status
    assert (await new.login(name, own, flow.word("digits"))).status_code == 403
    await new.post("/desk/logout")
    flow.keep("one-time password", await chief.secret(do="reset", name=name))


async def by_chat_and_desk(flow: Flow) -> None:
    number = CHATS + 1009 * flow.number
    person = Person(flow.house.api, id=number, first_name=flow.word("first"), last_name=flow.word("last"))
    flow.keep("chat", str(number))
    flow.ends.append(lambda: person.says("/forget", buttons=False))
    await person.talks("/start", "天水", flow.word("said"))
    code = flow.code((await person.says("/handoff", buttons=False)).text, "code")
    agent = await flow.member()
    at = (await agent.post("/desk/code", code=code)).headers["location"]
    await agent.post(f"{at}/check")
    await person.says(flow.word("meanwhile"), buttons=False)
    await agent.post(f"{at}/find", q=flow.word("search"))
    assert (await turn(agent, at, "tell matter residence_permit")).status_code == 303
    if flow.number % 8 < 4:  # of the others nobody gives it back
        await agent.post(f"{at}/give-back")


async def by_looking_around(flow: Flow) -> None:
    """Somebody who has to do with none of the others, and opens all that there is."""
    chief, kiosk = await flow.member("supervisor"), flow.browser()
    for path in ("/desk/staff", "/desk/figures", "/desk/figures.csv", "/desk/receipt", "/desk/password", "/desk/totp"):
        assert (await chief.get(path)).status_code == 200, path
    await chief.get((await chief.post("/desk/new")).headers["location"])
    assert (await kiosk.get("/kiosk")).status_code == 200
    await begins(kiosk)


Work = Callable[[Flow], Awaitable[None]]
FLOWS: tuple[Work, ...] = (by_kiosk_and_desk, by_kiosk_and_phone, by_logins, by_chat_and_desk)


# ---- what goes wrong ----

Trouble = Callable[[Flow, Mapping[str, str]], Awaitable[int]]
"""What somebody sends who has a visit at the kiosk or a case at the desk; the status. Braces stand for what they know."""


def filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], text)


def asked(path: str, method: str = "GET", body: str = "", **headers: str) -> Trouble:
    async def trouble(flow: Flow, known: Mapping[str, str]) -> int:
        at_desk = path.startswith("/desk")
        sent = {"cookie": "{agent}" if at_desk else "{kiosk}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        answer = await (flow.house.office if at_desk else flow.house.hall).request(
            method,
            filled(path, known),
            headers={name: filled(value, known) for name, value in sent.items()},
            content=filled(body, known).encode("latin-1"),
        )
        return answer.status_code

    return trouble


def posted(path: str, body: str, **headers: str) -> Trouble:
    return asked(path, "POST", body, **({"content_type": FORM} | headers))


def raw(data: str) -> Trouble:
    """Bytes that are no request, or not a whole one; 0."""

    async def trouble(flow: Flow, known: Mapping[str, str]) -> int:
        at = (flow.house.office if "/desk" in data else flow.house.hall).base_url
        reader, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(filled(data.replace("\n", "\r\n"), known).encode())
        writer.write_eof()
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(0.3):
                flow.raw += await reader.read(-1)
        writer.close()
        return 0

    return trouble


def locked(trouble: Trouble) -> Trouble:
    """The same while somebody else has the database."""

    async def while_locked(flow: Flow, known: Mapping[str, str]) -> int:
        with blocked(str(flow.house.desk.service.database)):
            return await trouble(flow, known)

    return while_locked


PRESS = "step={step}&key={key}&do="
TURN = "csrf={csrf}&case={case}&step={turn}&key={key}&do="
TWENTY_TWO = "x" * 22
TROUBLES: dict[str, tuple[int, Trouble]] = {
    "no page": (404, asked("/{word}?q={word}", user_agent="{word}", referer="http://h/{word}", x_request_id="{word}")),
    "no page of the kiosk": (303, asked("/kiosk/{word}", accept_language="en-{word}")),  # leads to the kiosk
    "no page of the desk": (404, asked("/desk/{word}?q={word}", user_agent="{word}", x_forwarded_for="{word}")),
    "no case": (404, asked("/desk/case/{word}")),
    "no file": (404, asked("/static/{word}.css")),
    "no file of ours": (404, asked("/static/..%2f..%2f{word}")),
    "a slash too many": (303, asked("/kiosk/?q={word}")),
    "a slash too many at the desk": (404, asked("/desk/receipt/?q={word}")),
    "a slash too many in a link": (404, asked("/phone/{word}/")),
    "wrong method": (303, asked("/kiosk/act?do={word}")),
    "wrong method at the desk": (405, asked("/desk/new?q={word}")),
    "no method": (400, asked("/kiosk", "CANARY", "{word}")),
    "another method": (405, asked("/kiosk", "PATCH", "{word}")),
    "JSON": (415, posted("/kiosk/act", '"{word}"', content_type="application/json")),
    "JSON at the desk": (415, posted("/desk/new", '"{word}"', content_type="application/{word}")),
    "JSON for a login": (415, posted("/desk/login", '"{word}"', content_type="application/json")),
    "JSON by a link": (415, posted(f"/phone/{TWENTY_TWO}", '"{word}"', content_type="application/json")),
    "too large": (413, posted("/kiosk/act", "do={word}" + "x" * 70_000)),
    "too large at the desk": (413, posted("/desk/code", "code={word}" + "x" * 70_000)),
    "no text": (400, posted("/kiosk/act", "do={word}\xff")),
    "no text in a field": (400, posted("/desk/login", "name={word}%ff&password={word}")),
    "too many fields": (400, posted("/kiosk/begin", "language={word}&" * 300)),
    "another site's": (403, posted("/kiosk/act", "do={word}", origin="https://{word}.example")),
    "another site's at the desk": (403, posted("/desk/new", "csrf={csrf}", sec_fetch_site="{word}")),
    "no token": (403, posted("/desk/new", "csrf={word}")),
    "strange cookies": (403, asked("/kiosk", cookie="__Host-visit={word}; __Host-device={word}.{word}; __Host-look={word}")),
    "strange cookies at the desk": (303, asked("/desk", cookie="__Host-desk={word}; __Host-desk-known={word}")),
    "a wrong key": (403, posted("/kiosk/key", "key={word}")),
    "no button": (303, posted("/kiosk/act", PRESS + "answer+{word}+{word}")),
    "no step": (303, posted("/kiosk/act", "step={word}&key={word}&do={word}")),
    "no language": (303, posted("/kiosk/begin", "language={word}")),
    "no link": (410, posted("/phone/{word}", "visit={word}")),
    "no turn": (400, posted("/desk/case/{case}/turn", TURN + "{word}")),
    "no answer": (400, posted("/desk/case/{case}/turn", TURN + "tell+city+{word}")),
    "no number": (400, posted("/desk/case/{case}/turn", "csrf={csrf}&case={case}&step={word}&key={key}")),
    "another case's turn": (403, posted("/desk/case/{case}/turn", "csrf={csrf}&case={word}&step=0&key={key}")),
    "an old turn": (409, posted("/desk/case/{case}/turn", "csrf={csrf}&case={case}&step=7&key={key}&do={word}")),
    "no nonce": (400, posted("/desk/case/{case}/turn", "csrf={csrf}&case={case}&step=0&key={word}&do=more")),
    "no question": (400, posted("/desk/case/{case}/ask", "csrf={csrf}&fact={word}")),
    "no what if": (400, posted("/desk/case/{case}/what-if", "csrf={csrf}&if=city+{word}")),
    "not theirs": (403, posted("/desk/staff", "csrf={csrf}&do=add&name={word}")),
    "no database": (503, locked(posted("/kiosk/act", PRESS + "answer+matter+{word}"))),
    "no database for a visit": (503, locked(asked("/kiosk", cookie="{kiosk}; other={word}"))),
    "no database for a link": (503, locked(posted(f"/phone/{TWENTY_TWO}", f"visit={TWENTY_TWO}&more={{word}}"))),
    "no database for a search": (503, locked(posted("/desk/case/{case}/find", "csrf={csrf}&q={word}"))),
    "no database for a login": (503, locked(posted("/desk/login", "name={word}&password={word}"))),
    "broken": (500, posted("/kiosk/act", PRESS + "answer+matter+BOOM{word}")),
    "broken search": (500, posted("/desk/case/{case}/find", "csrf={csrf}&q=BOOM{word}")),
    "broken login": (500, posted("/desk/login", "name={word}&password=BOOM{word}")),
    "broken code": (500, posted("/desk/code", "csrf={csrf}&code=BOOM{word}")),
    "broken link": (500, posted("/phone/BOOM{word}_", f"visit={TWENTY_TWO}")),
    "half a form": (0, raw(f"POST /kiosk/act HTTP/1.1\nHost: h\nCookie: {{kiosk}}\nContent-Type: {FORM}\nContent-Length: 999\n\ndo={{word}}")),
    "half a login": (0, raw(f"POST /desk/login HTTP/1.1\nHost: h\nContent-Type: {FORM}\nContent-Length: 999\n\nname={{word}}")),
    "no chunk": (0, raw(f"POST /kiosk/end HTTP/1.1\nHost: h\nContent-Type: {FORM}\nTransfer-Encoding: chunked\n\n{{word}}\n")),
    "no HTTP": (0, raw("{word} {kiosk}\n\n")),
    "no header": (0, raw("GET /{word} HTTP/1.1\nHost: h\n{word} {word}\nCookie: {kiosk}\n\n")),
    "another protocol": (0, raw("GET /kiosk?{word} HTTP/1.1\nHost: h\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: {word}\n\n")),
}  # fmt: skip


async def by_trouble(flow: Flow, name: str) -> None:
    """Somebody at the kiosk, and somebody at the desk, one of whom has this trouble."""
    kiosk, agent = flow.browser(), await flow.member()
    page = (await begins(kiosk, "tianshui")).text
    case = (await agent.post("/desk/new")).headers["location"].rpartition("/")[2]
    known = {
        "word": flow.word("trouble"),
        "kiosk": "; ".join(f"{name}={value}" for name, value in kiosk.cookies.items()),
        "agent": "; ".join(f"{name}={value}" for name, value in agent.cookies.items()),
        "csrf": await agent.token(),
        "step": re.findall(r'name="step" value="(\d+)"', page)[0],
        "turn": re.findall(r'name="step" value="(\d+)"', (await agent.get(f"/desk/case/{case}")).text)[0],
        "key": cookies.new_name(),
        "case": case,
    }
    status, trouble = TROUBLES[name]
    assert await trouble(flow, known) == status, name
    flow.house.troubles[name] += 1


# ---- what may be found, and what may not ----


def hits(secrets: Mapping[str, str], hays: Mapping[str, bytes]) -> list[str]:
    """Which secrets stand where, in UTF-8 or UTF-16; and whatever was typed at all."""
    found = []
    for name, hay in hays.items():
        found += [
            f"{kind} in {name}" for secret, kind in secrets.items() if secret.encode() in hay or secret.encode("utf-16-le") in hay
        ]
        found += [f"typed in {name}" for form in (b"canary", "canary".encode("utf-16-le")) if form in hay.lower()]
    return found


def numbers(flows: Iterable[Flow], hays: Mapping[str, bytes]) -> list[str]:
    """Which chats and receipts stand in the files of the database as the database writes numbers."""
    found = []
    for flow in flows:
        forms = {"chat": (CHATS + 1009 * flow.number).to_bytes(6, "big")}
        forms |= {f"receipt {number}": msgspec.msgpack.encode(number) for number in flow.receipts}
        found += [
            f"{what} of flow {flow.number} in {name}" for what, form in forms.items() for name, hay in hays.items() if form in hay
        ]
    return found


def shown(flows: Iterable[Flow]) -> Iterator[str]:
    """Secrets where not even their owner should see them, and on the pages of others."""
    owners: dict[str, set[int]] = defaultdict(set)
    for flow in flows:
        for secret in flow.secrets:
            owners[secret].add(flow.number)
    typed = re.compile(r"Canary\w+|[\w-]{11,}", re.ASCII)
    for flow in flows:
        for answer in flow.answers:
            yield from (
                f"{owners[secret]} on a page of {flow.number}: {answer.url.path}"
                for secret in {*typed.findall(answer.text)} & owners.keys()
                if flow.number not in owners[secret]
            )
            addresses = re.findall(
                r'(?:href|src|action|formaction|content)="([^"]*)"|<title>(.*?)</title>', answer.text, re.DOTALL
            )
            headers = [f"{name}: {value}" for name, value in answer.headers.multi_items() if name != "set-cookie"]
            for place in ["".join(one) for one in addresses] + headers:
                if "Canary" in place or {*typed.findall(html.unescape(place))} & flow.secrets.keys():
                    yield f"{place[:60]} of {answer.request.method} {answer.url.path}"
        if b"Canary" in flow.raw:
            yield f"an answer to no request: {flow.raw[:200]!r}"


@asynccontextmanager
async def house_open(folder: Path) -> AsyncIterator[House]:
    (folder / "broken").mkdir()
    (folder / "broken" / "sitecustomize.py").write_text(BROKEN)
    settings = {
        "LUOHU_LOG": "debug",
        "LUOHU_KIOSK_KEY": KIOSK_KEY,
        "PYTHONPATH": os.pathsep.join([str(folder / "broken"), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    async with BotApi() as api:
        api.tune(pace=0.1)
        bot = {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url}
        async with desk_open(folder, **bot, **settings) as desk, httpx.AsyncClient(trust_env=False, timeout=30) as hall:
            hall.base_url = httpx.URL(desk.service.url)
            house = House(api, desk, hall)
            for door in (house.hall, house.office):
                door.event_hooks = {"request": [], "response": [house.hears]}
            yield house


def said(house: House) -> str:
    """The log without the one line that is for the terminal: the first supervisor's password, once."""
    assert house.desk.service.log.count(house.desk.password) == 1
    return house.desk.service.log.replace(house.desk.password, "")


def on_the_disk(house: House) -> dict[str, bytes]:
    return contents(house.folder) | {"log": said(house).encode()}


@pytest.mark.asyncio
async def test_no_secret_of_a_kiosk_a_phone_or_a_desk_gets_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = figure(100, 1000)
    async with house_open(tmp_path) as house:
        house.begins(Flow(house, 0)).keep("key of the kiosk", KIOSK_KEY)
        device = Clerk(house.hall)
        await sends(device, "/kiosk/key", key=KIOSK_KEY)
        house.device = device.cookies
        talks: list[Work] = [FLOWS[one % len(FLOWS)] for one in range(number)]
        talks += [*(partial(by_trouble, name=name) for name in TROUBLES), by_looking_around]
        for one, work in enumerate(talks, 1):
            await work(house.begins(Flow(house, one)))
        flows = house.flows
        secrets = {secret: kind for flow in flows for secret, kind in flow.secrets.items()}
        live, there = hits(secrets, on_the_disk(house)), numbers(flows, contents(tmp_path))
        (tmp_path / "planted").write_text(next(iter(flows[1].secrets)))
        control = hits(secrets, on_the_disk(house))
        (tmp_path / "planted").unlink()
        elsewhere = [*shown(flows)]
        house.begins(Flow(house, len(flows)))
        for end in [end for flow in flows for end in flow.ends]:
            await end()
        rest = on_the_disk(house)
        database = {name: hay for name, hay in rest.items() if name.startswith("luohu.db")}
        ended = hits(secrets, rest) + numbers(flows, database)
        log = said(house)
        await house.desk.service.stop()
        stopped = hits(secrets, on_the_disk(house)) + numbers(
            flows, {name: hay for name, hay in contents(tmp_path).items() if "db" in name}
        )
    kinds = Counter(secrets.values())
    answers = [answer for flow in flows for answer in flow.answers]
    report(
        capsys, "S5 web", flows=len(flows) - 1, error_paths=sum(house.troubles.values()), kinds_of_secrets=len(kinds),
        secrets=len(secrets), answers=len(answers), log_lines=log.count("\n"), numbers_live=len(there), hits_live=len(live), hits_shown=len(elsewhere),
        hits_ended=len(ended), hits_stopped=len(stopped),
    )  # fmt: skip
    assert (live, elsewhere, ended, stopped) == ([], [], [], [])
    assert control and all(one.endswith(" in planted") for one in control), "what is there is found"
    assert any(one.startswith("chat") for one in there) and any(one.startswith("receipt") for one in there)
    assert len(flows) - 1 >= number and len(house.troubles) >= 25 and len(secrets) >= 40 * 10 and len(kinds) >= 25
    assert "RuntimeError" in log and " debug " in log and "StoreDown" in log
