"""R3: whatever comes late, twice, out of order, edited or from old buttons: what is kept is what the model says."""

import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest

from helpers_faults import figure, report
from helpers_model import STEPS, Share, run_share
from postgres import Server, session_server  # noqa: F401  # the fixture `postgres`

SEED = 20260301
WHOLE = 1_000  # conversations whose updates go all the way from JSON to a call of the Bot API
PIECE = 500  # conversations of one process, so that two keep busy
OUTCOMES = ("ok", "duplicate", "stale", "edit", "late", "early", "overtaken", "forget")
MOVES = ("answer", "tick", "done", "back", "change", "amend", "ask_for", "restart", "language", "paper", "results")


def run(shares: Sequence[Share]) -> tuple[Counter[str], list[str]]:
    """All shares, two processes at a time."""
    figures: Counter[str] = Counter()
    differences: list[str] = []
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for some, more in pool.map(run_share, shares):
            figures += some
            differences += more
    return figures, differences


def check(capsys: pytest.CaptureFixture[str], suite: str, shares: Sequence[Share]) -> None:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    figures, differences = run(shares)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = {name: figures[name] for name in ("conversations", "steps", *OUTCOMES, *MOVES)}
    report(
        capsys,
        suite,
        seed=SEED,
        **told,
        seconds=round(time.monotonic() - began),
        processor=round(processor),
        differences=len(differences),
    )
    assert not differences, "\n".join(differences[:5])
    wanted = sum(share.talks for share in shares)
    assert figures["conversations"] >= wanted and figures["steps"] >= wanted * STEPS
    assert figures["duplicate"] >= 0.12 * figures["steps"] and figures["stale"] >= 0.15 * figures["steps"]
    assert figures["edit"] >= 0.04 * figures["steps"] and figures["early"] >= 0.01 * figures["steps"]
    assert all(figures[name] for name in (*OUTCOMES, *MOVES))


def pieces(whole: Share) -> list[Share]:
    return [replace(whole, first=first, talks=PIECE) for first in range(whole.first, whole.first + whole.talks, PIECE)]


def test_what_is_kept_is_what_the_model_says(capsys: pytest.CaptureFixture[str]) -> None:
    ride = Share(SEED, 0, WHOLE // 2)
    send = Share(SEED, WHOLE // 2, WHOLE // 2, riding=False)
    rest = Share(SEED, WHOLE, figure(10_000, 200_000) - WHOLE)
    check(capsys, "R3 sqlite", [ride, send, *pieces(rest)])


def test_the_same_on_postgresql(postgres: Server, capsys: pytest.CaptureFixture[str]) -> None:
    each = figure(250, 2_500)
    ride = Share(SEED, 0, each, database=postgres.new_database(), together=20)
    send = Share(SEED, each, each, riding=False, database=postgres.new_database(), together=20)
    check(capsys, "R3 postgresql", [ride, send])
