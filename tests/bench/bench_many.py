"""`make bench`, fifth part: how many turns a second two processes on one PostgreSQL can take beside one.

The same kiosk talks, each request to the next process as a balancer would send it. What a process can take is told by its processor
time, so that the database and whoever presses, which stand on the same machine here, do not count. Yet a turn costs more processor
time where more processes share the machine's cores; so the peer is two processes that share nothing, each with a database and
visitors of its own: what two can take of the turns of one on this machine. It reports, it asserts no times.
"""

import asyncio
import contextlib
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import postgres
from bench_web import ROUNDS, SCREENS, TALKS, TURNS, Screen
from measured import cpu, heading, line
from service import Service

PROCESSES = 2


def main() -> None:
    heading(f"Several processes: CPython {sys.version.split()[0]}, medians of {ROUNDS} rounds, one and {PROCESSES} by turns")
    if not postgres.available():
        print(postgres.why_not())
        return
    with tempfile.TemporaryDirectory() as folder, postgres.running() as server:
        asyncio.run(measured(Path(folder), server))


@dataclass(slots=True)
class Passing(Screen):
    """A kiosk whose requests go to the processes by turns."""

    ports: tuple[int, ...] = ()
    number: "count[int]" = field(default_factory=count)
    open: dict[int, "Screen"] = field(default_factory=dict)  # the connection to each

    async def ask(self, method: bytes, path: bytes, body: bytes = b"") -> tuple[bytes, bytes]:
        port = self.ports[next(self.number) % len(self.ports)]
        screen = self.open.setdefault(port, Screen(port))
        screen._cookie = self._cookie
        answer = await screen.ask(method, path, body)
        self._cookie = screen._cookie
        return answer

    def leaves(self) -> None:
        for screen in self.open.values():
            screen.leaves()


async def measured(folder: Path, server: postgres.Server) -> None:
    async with contextlib.AsyncExitStack() as stack:
        shared = server.new_database()
        together = [await started(stack, folder / f"together{number}", shared) for number in range(PROCESSES)]
        apart = [await started(stack, folder / f"apart{number}", server.new_database()) for number in range(PROCESSES)]
        found: list[list[float]] = [[], [], []]
        for _ in range(ROUNDS + 1):  # the first round warms up
            for times, groups in zip(found, ([together[:1]], [together], [[one] for one in apart]), strict=True):
                times.append(await can_take(groups))
        one, many, alone = (statistics.median(times[1:] or times) for times in found)
        what = "turns a second that two processes can take"
        line(f"{what} / one", f"{many:,.0f}", f"{one:,.0f}", f"{many / one:.2f}", goal(many / one, 1.80))
        line("the same of two that share nothing / one", f"{alone:,.0f}", f"{one:,.0f}", f"{alone / one:.2f}", "–")
        line(f"{what} / two that share nothing", f"{many:,.0f}", f"{alone:,.0f}", f"{many / alone:.2f}", goal(many / alone, 0.90))


def goal(ratio: float, least: float) -> str:
    return f"≥ {least:.2f}{' missed' if ratio < least else ''}"


async def started(stack: contextlib.AsyncExitStack, folder: Path, database: str) -> Service:
    folder.mkdir()
    settings = {"LUOHU_DATABASE": database, "LUOHU_KEY": "the key of all", "LUOHU_LOG": "warning"}
    service = Service(folder, settings | {"LUOHU_DESK_LISTEN": "127.0.0.1:0"})
    await service.start()
    stack.push_async_callback(service.stop)
    return service


async def can_take(groups: list[list[Service]]) -> float:
    """Turns a second if the busiest process had a core of its own. Each group has visitors of its own, whose requests go to its
    processes by turns: as many kiosks as there are processes, times `SCREENS`."""
    running = [service.process for group in groups for service in group if service.process]
    before = [cpu(process.pid) for process in running]
    screens = [
        Passing(0, ports=tuple(service.port for service in group), number=count(place))  # who presses goes to each
        for group in groups
        for place in range(SCREENS * len(group))
    ]
    pages = await asyncio.gather(*(screen.begins() for screen in screens))
    for _ in range(TALKS):
        pages = await asyncio.gather(*(screen.talk(page) for screen, page in zip(screens, pages, strict=True)))
    for screen in screens:
        screen.leaves()
    busiest = max(cpu(process.pid) - began for process, began in zip(running, before, strict=True))
    return TURNS * len(running) / busiest if busiest else float("nan")  # of one round the kernel may count nothing


if __name__ == "__main__":
    main()
