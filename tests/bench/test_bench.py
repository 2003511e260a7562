"""The benches still drive what they say: each runs one round, in which it asserts its talks and equal answers, and no times."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from measured import THEIRS
from service import environment

PATHS = ("", "tests", "tests/kit", "tests/bench")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the bots are measured by /proc")


@linux
@pytest.mark.parametrize("name", ["bench", "bench_telegram", "bench_web", "bench_store"])
def test_one_round(name: str, tmp_path: Path) -> None:
    said = _one_round(name, tmp_path, "ours")
    assert "aiogram" not in said


@linux
@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "peers"),
    [
        ("bench", ["publicodes"]),
        ("bench_telegram", ["python-telegram-bot + SQLAlchemy", "aiogram"]),
        ("bench_web", ["Django"]),
        ("bench_many", []),
    ],
)
def test_one_round_beside_peers_that_we_do_not_use(name: str, peers: list[str], tmp_path: Path) -> None:
    if not (THEIRS / "ready").exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("先运行 make .bench/ready")
    said = _one_round(name, tmp_path, "all")
    assert all(peer in said for peer in peers), said


def _one_round(name: str, folder: Path, peers: str) -> str:
    env = environment(BENCH_ONCE=peers, PYTHONPATH=":".join(str(ROOT / path) for path in PATHS))
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "bench" / f"{name}.py"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout
