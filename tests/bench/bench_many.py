"""`make bench`, fifth part: how many turns a second two processes on one PostgreSQL can take beside one.

The same kiosk talks, each request to the next process as a balancer would send it. What a process can take is told by its processor
time, so that the database and whoever presses, which stand on the same machine here, do not count. It reports, it asserts no times.
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
        asyncio.run(measured(Path(folder), server.url))


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


async def measured(folder: Path, database: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        services = []
        for number in range(PROCESSES):
            at = folder / str(number)
            at.mkdir()
            settings = {"LUOHU_DATABASE": database, "LUOHU_KEY": "the key of both", "LUOHU_LOG": "warning"}
            services.append(Service(at, settings | {"LUOHU_DESK_LISTEN": "127.0.0.1:0"}))
            await services[-1].start()
            stack.push_async_callback(services[-1].stop)
        one: list[float] = []
        two: list[float] = []
        for _ in range(ROUNDS + 1):  # the first round warms up
            one.append(await can_take(services[:1]))
            two.append(await can_take(services))
        few, many = statistics.median(one[1:] or one), statistics.median(two[1:] or two)
        wanted = "≥ 1.80" + (" missed" if many / few < 1.80 else "")
        line("turns a second that two processes can take / one", f"{many:,.0f}", f"{few:,.0f}", f"{many / few:.2f}", wanted)


async def can_take(services: list[Service]) -> float:
    """Turns a second if its busiest process had a core of its own; each has the same number of kiosks."""
    running = [service.process for service in services if service.process]
    before = [cpu(process.pid) for process in running]
    ports = tuple(service.port for service in services)
    screens = [
        Passing(0, ports=ports, number=count(place)) for place in range(SCREENS * len(services))
    ]  # who presses goes to each
    pages = await asyncio.gather(*(screen.begins() for screen in screens))
    for _ in range(TALKS):
        pages = await asyncio.gather(*(screen.talk(page) for screen, page in zip(screens, pages, strict=True)))
    for screen in screens:
        screen.leaves()
    busiest = max(cpu(process.pid) - began for process, began in zip(running, before, strict=True))
    return TURNS * len(services) / busiest if busiest else float("nan")  # of one round the kernel may count nothing


if __name__ == "__main__":
    main()
