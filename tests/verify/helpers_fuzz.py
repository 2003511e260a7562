"""What the fuzz suites share: hostile material by chance, and a ledger of what each input did."""

import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import talking
from conftest import BOOK
from flows.conversation import Move, Session
from talking import take

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
DIGITS = [
    "１",
    "１２",
    "²",
    "❶",
    "⓵",
    "፩",
    "①",
    "٣",
    "𝟙",
    "Ⅷ",
    "一",
    "零",
    "0" * 5000,
    "9" * 5000,
    "-1",
    "+1",
    "1e9",
    "0x1",
    "1_0",
    "1.0",
    "½",
]
NUMBERS = ["NaN", "nan", "inf", "-Infinity", "1e999", "-0", "00", "010", "12:30", "2026-02-29", "true", "null", "~", "no"]
ODD = ["\x00", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff", "\udc80\ud83d"]
WIDE = [
    "𠮷",
    "👩‍👩‍👧‍👦",
    "e\u0301" * 50,
    "a" + "\u0300" * 300,
    "\ufdfa" * 200,
    "İ",
    "ß",
    "ﬃ",
    "Ǆ",
    "　",
    "：",
    "，",
    "。",
    "＃",
    "\u3000",
]
HTML = [
    "<",
    ">",
    "&",
    "<b>",
    "</b>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;",
    "&#60;",
    "<a href='tg://user?id=1'>",
    "]]>",
    "<!--",
]
CODE = [
    "'; DROP TABLE visit; --",
    "%s%n",
    "{0.__class__}",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "\\",
    "\\u0000",
    "`",
    "$(id)",
    "=1+1",
    "@SUM(1)",
]
BOMBS = [
    "[" * 3000,
    "{" * 3000,
    "(" * 3000,
    '{"a":' * 2000,
    "- " * 2000,
    "? " * 500,
    "&a [*a, *a]",
    "!!python/object:os.system x",
    "<<: *a",
    "a: " * 500,
]
NASTY = [*DIGITS, *NUMBERS, *ODD, *WIDE, *HTML, *CODE, *BOMBS, *BIDI, "", " ", "\n", "\r\n", "\t", ",", "、", "-", ".", ":", "/"]


def nasty(luck: random.Random) -> str:
    """Something that nobody types by accident: alone, in a row, among noise, or very long."""
    match luck.randrange(5):
        case 0:
            return str(luck.choice(NASTY))
        case 1:
            return "".join(luck.choices(NASTY, k=luck.randint(2, 6)))[:20_000]
        case 2:
            return "".join(
                chr(luck.choice((luck.randrange(128), luck.randrange(0x3000, 0xA000), luck.randrange(0x110000))))
                for _ in range(luck.randint(1, 40))
            )
        case 3 if luck.random() < 0.01:
            return "a" + "\u0300\u0316" * luck.randint(100, 10_000)  # marks that must be put in order, each among all
        case 3 if luck.random() < 0.02:
            return (luck.choice(NASTY) or "长")[:50] * luck.randint(1, 400)
        case _:
            return str(luck.randint(-(10 ** luck.randint(1, 30)), 10 ** luck.randint(1, 30)))


def mutated(luck: random.Random, text: str, times: int = 3) -> str:
    """A well-formed text with some accidents."""
    for _ in range(luck.randint(1, times)):
        at = luck.randint(0, len(text))
        to = min(len(text), at + luck.choice((0, 0, 1, 1, 2, 5, 20)))
        new = luck.choice(("", text[at:to] * 2, nasty(luck), chr(luck.randrange(32, 127)), text[to : to + 10]))
        text = text[:at] + new + text[to:]
    return text


@dataclass(slots=True)
class Ledger:
    """What so many inputs of one parser did. Time is the processor's own, so that a busy machine is no fault of ours."""

    limit: float = 0.05  # seconds
    tried: int = 0
    refused: int = 0
    worst: float = 0.0
    faults: list[str] = field(default_factory=list)

    def one(self, work: Callable[[Any], object], given: Any, refuses: type[Exception] | tuple[type[Exception], ...] = ()) -> None:
        began = time.thread_time()
        try:
            work(given)
        except refuses:
            self.refused += 1
        except Exception as error:
            self.faults.append(f"{type(error).__name__}({error!s:.100}): {given!r:.300}")
        spent = time.thread_time() - began
        if spent > self.limit:  # what is only built at its first use is not what this input costs
            began = time.thread_time()
            with suppress(Exception):
                work(given)
            spent = min(spent, time.thread_time() - began)
        self._spent(spent, given)

    async def turn(self, work: Awaitable[object], given: Any) -> None:
        began = time.thread_time()
        try:
            await work
        except Exception as error:
            self.faults.append(f"{type(error).__name__}({error!s:.100}): {given!r:.300}")
        self._spent(time.thread_time() - began, given)

    def _spent(self, seconds: float, given: Any) -> None:
        self.tried += 1
        self.worst = max(self.worst, seconds)
        if seconds > self.limit:
            self.faults.append(f"{seconds:.3f} s: {len(str(given))} characters {given!r:.300}")

    @property
    def figures(self) -> dict[str, object]:
        return {"tried": self.tried, "refused": self.refused, "worst_ms": round(self.worst * 1000, 1), "faults": len(self.faults)}


def sessions(luck: random.Random, many: int) -> list[Session]:
    """Sessions in every phase, as people get into them."""
    found: list[Session] = []
    while len(found) < many:
        session = take(BOOK, Session(luck.choice(("zh", "en")), "2026-03-01"), Move("begin"))[0]
        for _ in range(luck.randint(0, 25)):
            view = talking.current(BOOK, session)
            choices = [*view.choices, *view.choices, *view.choices, *view.commands]
            session = take(BOOK, session, luck.choice(choices).move)[0]
            if session.phase == "closed" and luck.random() < 0.9:
                session = take(BOOK, session, Move("begin"))[0]
        found.append(session)
    return found
