"""`make bench`, second part: what a Telegram turn and a start cost, beside other bots that have the same talk in the same run.

The peers (tests/bench/peers) get the messages that ours was heard to say and the answers that lead from one to the next; each is
first heard to say the same. They keep every answer before they reply, as ours does; they decide nothing, carry no old press, no
language, no purge. It reports, it asserts no times. Figures are medians over rounds in which the bots take turns. The bots run one
core from the driver, who plays 32 people and the Bot API; processor time is what the kernel counted for the bot.
"""

import asyncio
import contextlib
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import SIZES, asserted, copies
from bot.telegram.render import short_labels
from bots import RESTART, Bot, Kind
from conftest import BOOK
from measured import HAS_THEIRS, ONCE, heading, line, pinned, row

TYPED = (RESTART, "天水", "1", "1", "2", "11")  # the last brings the answer sheet; *: a button
PRESSED = (
    RESTART, "*临沧", "*投靠家人", "*丈夫或妻子", "*是中国公民", "*县城", "*户口在城镇", "*住在一起、一起生活", "*租的房子", "*没有别人一起迁",
)  # fmt: skip
TALKS = {"typed": TYPED, "pressed": PRESSED}
PEOPLE = 2 if ONCE else 32
TIMES = 1 if ONCE else 2  # that each of them has the talk in a round
ROUNDS = 1 if ONCE else 3
STARTS = 1 if ONCE else 5
SETTLED = 0.1 if ONCE else 3.0  # seconds after a start, when all is read that is read later
NUMBER = re.compile(r"\d{3}-\d{3}-\d{4}-\d")  # of a sheet: each has its own

OURS, POLLED = Kind("luohu"), Kind("luohu, polled", hooked=False)
PTB_POLLED = Kind("python-telegram-bot + sqlite3, polled", "ptb.py", ("sqlite",), hooked=False)
ECHO = Kind("echo in the response", "echo.py", talks=False)
PTB = Kind("python-telegram-bot + sqlite3", "ptb.py", ("sqlite",), theirs=True)
MAPPED = Kind("python-telegram-bot + SQLAlchemy", "ptb.py", ("sqlalchemy",), theirs=True)
AIOGRAM = Kind("aiogram + sqlite3", "aiogram_fsm.py", theirs=True)
KINDS = [OURS, POLLED, PTB_POLLED, ECHO, *((PTB, MAPPED, AIOGRAM) if HAS_THEIRS else ())]
GOALS = {  # (ours, peer, talk) -> number in the design, at most which share
    (OURS, PTB, "typed"): ("T1", 0.22),
    (OURS, PTB, "pressed"): ("T2", 0.20),
    (OURS, MAPPED, "typed"): ("", None),
    (OURS, MAPPED, "pressed"): ("", None),
    (OURS, AIOGRAM, "typed"): ("T3", 0.50),
    (OURS, AIOGRAM, "pressed"): ("T3", 0.45),
    (POLLED, PTB_POLLED, "typed"): ("T4", 0.30),
    (POLLED, PTB_POLLED, "pressed"): ("T4", 0.30),
    (OURS, ECHO, "typed"): ("T5", 2.5),
}


def main() -> None:
    if not Path("/proc/self/stat").exists():
        print("the bots are measured by /proc: Linux only")
        return
    heading(f"Telegram: CPython {sys.version.split()[0]}, medians of {ROUNDS} rounds, the bots by turns")
    with tempfile.TemporaryDirectory() as folder, pinned(0):
        asyncio.run(measured(Path(folder)))


async def measured(folder: Path) -> None:
    recorded = folder / "recorded.json"
    bots = {kind: Bot(folder, kind, recorded) for kind in KINDS}
    found: dict[tuple[Kind, str], list[float]] = {
        (kind, talk): [] for kind in KINDS for talk in TALKS if kind.talks or talk == "typed"
    }
    async with contextlib.AsyncExitStack() as stack:
        for kind, bot in bots.items():
            stack.push_async_callback(bot.stop)
            await bot.start()
            if kind is OURS:
                questions = await told(bot)
                recorded.write_text(json.dumps(questions, ensure_ascii=False), encoding="utf-8")
            elif kind.talks:
                await compared(bot, questions)
        for number in range(ROUNDS + (not ONCE)):  # the first round warms up
            for (kind, talk), costs in found.items():
                bots[kind].api.calls = 0
                cost = await bots[kind].round(TALKS[talk], PEOPLE, TIMES)
                if number or ONCE:
                    costs.append(cost)
        memory = {kind: bot.memory() for kind, bot in bots.items()}
    report({key: statistics.median(costs) for key, costs in found.items()})
    await starts(folder, recorded, memory)
    await starts_with_many(folder, recorded)


async def told(ours: Bot) -> dict[str, dict[str, Any]]:
    """The questions of both talks as ours asks them, by name. Each offers what the talk must offer there."""
    questions: dict[str, dict[str, Any]] = {}
    for talk, lines in TALKS.items():
        said = [line.removeprefix("*") for line in lines[1:]]
        offered = [("天水", "临沧"), *(short_labels(view) for view in asserted(BOOK, said))]
        before = ""
        for number, (answer, labels, messages) in enumerate(zip(lines, offered, await ours.hears(lines), strict=True)):
            shown = " ".join(buttons(messages))
            assert all(label in shown for label in labels), f"{answer}: {labels} not in {shown}"
            if before:
                data = [f"b{place}" for place, label in enumerate(buttons(questions[before]["messages"])) if answer[1:] in label]
                questions[before]["next"][data[0] if answer.startswith("*") else answer] = name(talk, number)
            before = name(talk, number)
            questions.setdefault(before, {"messages": messages, "next": {}})
    return questions


def name(talk: str, number: int) -> str:
    return f"{talk}{number}" if number else "city"  # where both begin


def buttons(messages: list[dict[str, Any]]) -> list[str]:
    return [label for row in messages[-1]["buttons"] for label in row]


async def compared(peer: Bot, questions: dict[str, dict[str, Any]]) -> None:
    """It says what ours says, at the same places."""
    for talk, lines in TALKS.items():
        for number, (said, messages) in enumerate(zip(lines, await peer.hears(lines), strict=True)):
            wanted = questions[name(talk, number)]["messages"]
            assert NUMBER.sub("", str(messages)) == NUMBER.sub("", str(wanted)), (
                f"{peer.kind.name} after {said}: {messages} is not {wanted}"
            )


def report(found: dict[tuple[Kind, str], float]) -> None:
    for (ours, peer, talk), (goal, share) in GOALS.items():
        if peer in KINDS:
            row(f"{goal:<3}a turn, {talk}: {ours.name} / {peer.name}", found[ours, talk], found[peer, talk], "µs", share)
    for kind in KINDS:
        rates = [f"{1e6 / found[kind, talk]:,.0f} /s" for talk in TALKS if found.get((kind, talk))]
        line(
            f"   turns a second and core, typed and pressed: {kind.name}",
            rates[0] if rates else "–",
            rates[-1] if rates[1:] else "–",
            "–",
            "–",
        )


async def starts(folder: Path, recorded: Path, memory: dict[Kind, float]) -> None:
    """From a process's start to its first answer, and its memory after all the turns."""
    peers = [PTB_POLLED, *([MAPPED, AIOGRAM] if HAS_THEIRS else [])]
    found: dict[Kind, list[float]] = {kind: [] for kind in (OURS, *peers)}
    for _ in range(STARTS):
        for kind, times in found.items():
            bot = Bot(folder, kind, recorded)
            try:
                times.append(await bot.start())
            finally:
                await bot.stop()
    start = {kind: statistics.median(times) for kind, times in found.items()}
    for peer in peers:
        s1, m1 = (1.05, 1.30) if peer is MAPPED else (None, None)
        row(f"S1 start to the first answer: luohu / {peer.name}", start[OURS], start[peer], "ms", s1)
        row(f"M1 memory after the turns: luohu / {peer.name}", memory[OURS], memory[peer], "MB", m1)


async def starts_with_many(folder: Path, recorded: Path) -> None:
    """The same of us with many cities, by turns, once their policies are known to be sound; and the memory a moment later."""
    many = Kind(f"luohu, {SIZES[-1]} cities", beside=("--policies", str(copies(folder / "cities", SIZES[-1]))))
    found: dict[Kind, list[tuple[float, float]]] = {OURS: [], many: []}
    for number in range(STARTS + 1):
        for kind, figures in found.items():
            bot = Bot(folder, kind, recorded)
            try:
                took = await bot.start()
                await asyncio.sleep(SETTLED)
                if number:  # the first reads everything, and says to the next ones that it is sound
                    figures.append((took, bot.memory()))
            finally:
                await bot.stop()
    start, memory = ({kind: statistics.median(one[what] for one in some) for kind, some in found.items()} for what in (0, 1))
    row(f"   start to the first answer: {many.name} / {SIZES[0]}", start[many], start[OURS], "ms", 1.5)
    row(f"   memory after a start: {many.name} / {SIZES[0]}", memory[many], memory[OURS], "MB")


if __name__ == "__main__":
    main()
