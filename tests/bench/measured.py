"""What all benches share: one round or many, on which core, processor time and memory of a process, and how a figure is printed."""

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from conftest import ROOT

MODE = os.environ.get("BENCH_ONCE", "")
ONCE = bool(MODE)  # one round of everything, as the tests run it: the work is checked, the figures say nothing
ROUNDS = 1 if ONCE else 15
PEERS = Path(__file__).with_name("peers")
THEIRS = ROOT / ".bench"  # the peers that are no part of our own environment; `make bench` and `make verify` install them
HAS_THEIRS = MODE != "ours" and (THEIRS / "ready").exists()
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
DIRECT = {"NO_PROXY": "127.0.0.1"} | dict.fromkeys(PROXIES, "")


def row(what: str, ours: float, peer: float, unit: str, goal: float | None = None) -> None:
    ratio = ours / peer if peer else float("nan")  # of one round the kernel may count nothing
    wanted = f"≤ {goal:.2f}{' missed' if ratio > goal else ''}" if goal is not None else "–"
    line(what, f"{ours:,.1f} {unit}", f"{peer:,.1f} {unit}", f"{ratio:.2f}", wanted)


def line(what: str, ours: str, peer: str, ratio: str, goal: str) -> None:
    print(f"{what:<72}{ours:>14}{peer:>14}{ratio:>7}   {goal}", flush=True)


def heading(what: str) -> None:
    print(f"\n{what}\n")
    line("what", "ours", "peer", "ratio", "goal")


@contextlib.contextmanager
def pinned(number: int) -> Iterator[None]:
    """This process, and those that it starts meanwhile, on one core; where there is only one, nothing changes."""
    if ONCE:  # nobody measures, so nobody has to wait for a core
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CORES[number % len(CORES)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu(pid: int) -> float:
    """Seconds of processor time of a process and its children, user and system, to the microsecond: by the clock that
    clock_getcpuclockid(3) names. What /proc says of it comes in ticks, of which a round has twenty."""
    return sum(time.clock_gettime((~one << 3) | 2) for one in family(pid))


def memory(pid: int, what: str = "VmRSS") -> float:
    """Resident megabytes of a process and its children; `VmHWM`: at most until now."""
    statuses = [Path(f"/proc/{one}/status").read_text().splitlines() for one in family(pid)]
    return sum(int(line.split()[1]) for status in statuses for line in status if line.startswith(what)) / 1024


def medians(candidates: list[Callable[[], object]], count: int) -> list[float]:
    """Microseconds of one of `count` steps, the median over rounds, for each candidate."""
    found: list[list[float]] = [[] for _ in candidates]
    for candidate in candidates:
        candidate()
    for _ in range(ROUNDS):
        for times, candidate in zip(found, candidates, strict=True):
            began = time.process_time()
            candidate()
            times.append((time.process_time() - began) / count * 1e6)
    return [statistics.median(times) for times in found]
