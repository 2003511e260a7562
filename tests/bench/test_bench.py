"""The benches still drive what they say: each runs one round, in which it asserts its talks and equal answers, and no times."""

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from service import environment

PATHS = ("", "tests", "tests/kit", "tests/bench")


@pytest.mark.skipif(sys.platform != "linux", reason="the bots are measured by /proc")
@pytest.mark.parametrize("name", ["bench", "bench_telegram", "bench_web"])
def test_one_round(name: str, tmp_path: Path) -> None:
    env = environment(BENCH_ONCE="1", PYTHONPATH=":".join(str(ROOT / path) for path in PATHS))
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "bench" / f"{name}.py"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
