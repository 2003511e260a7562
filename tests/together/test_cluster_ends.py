"""The house that somebody looks at on one machine leaves nothing behind, however it is told to end."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import needs
from conftest import ROOT
from service import environment, until

PATHS = os.pathsep.join([".", "tests", "tests/kit"])


def of_the(folder: str) -> list[str]:
    """The processes that run in it, or name it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = f"{(process / 'cmdline').read_text()} {(process / 'cwd').readlink()}"
        except OSError:  # it ended meanwhile
            continue
        if folder in said and process.name != str(os.getpid()):
            found.append(said)
    return found


def begun(said: Path) -> "subprocess.Popen[bytes]":
    """All of it in the folder of what it says."""
    command, env = [sys.executable, "tests/kit/cluster.py"], environment(PYTHONPATH=PATHS, TMPDIR=str(said.parent))
    with said.open("wb") as to:
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=to, stderr=to, start_new_session=True)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "how", [signal.SIGTERM, *(pytest.param(how, marks=pytest.mark.long) for how in (signal.SIGHUP, signal.SIGINT))]
)
async def test_nothing_is_left(how: signal.Signals) -> None:
    needs.needs(*needs.BALANCER, *needs.DATABASE)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else
        said = Path(folder) / "said"
        house = begun(said)
        try:
            await until(lambda: "/etc/hosts" in said.read_text("utf-8") or house.poll() is not None)
            assert len(of_the(folder)) >= 4, said.read_text("utf-8")
            house.send_signal(how)
            assert house.wait(30) == 0, said.read_text("utf-8")
            await until(lambda: not of_the(folder) and [path.name for path in Path(folder).iterdir()] == ["said"], 10)
            assert "Traceback" not in said.read_text("utf-8")
        finally:
            house.kill()
