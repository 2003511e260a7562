"""What a start leaves behind: a collector that works again, and in memory only what an answer needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.kiosk import pdf
from botapi import BotApi
from service import serving

AT_THE_END = """
import atexit, gc, json, sys
from pathlib import Path
def tell():
    mapped = Path("/proc/self/maps").read_text() if Path("/proc/self/maps").exists() else ""
    seen = [gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval(), sorted(sys.modules), mapped]
    Path("seen.json").write_text(json.dumps(seen))
atexit.register(tell)
"""
NO_OPENING_NEEDS = {
    "argon2",
    "babel",
    "bot.workshop",
    "flows.hearing.findings",
    "flows.hearing.lexicon",
    "flows.loading.lexicon",
    "flows.proving",
    "nacl",
    "prometheus_client",
    "pyotp",
}
NOT_NEEDED = {"openpyxl", "asyncpg", "weasyprint", "pypinyin"}


@pytest.mark.asyncio
async def test_a_start_turns_the_collector_on_again_and_loads_nothing_that_no_answer_needs(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(AT_THE_END)
    async with BotApi() as api, serving(api, tmp_path, PYTHONPATH=str(tmp_path), LUOHU_DESK_LISTEN="127.0.0.1:0") as service:
        assert await service.stop() == 0
    collects, frozen, share, modules, mapped = json.loads((tmp_path / "seen.json").read_text())
    assert collects, "run_serve puts it off, serve turns it on"
    assert frozen > 100_000, "the policies and the program are not looked at again and again"
    assert share < 0.001, "a turn has its share beside a thread that reads policies"
    loaded = {name.partition(".")[0] for name in modules}
    assert NOT_NEEDED & loaded == set()
    assert "flows.hearing.ears" in modules, "it was this program that was looked at"
    assert "libpango" not in mapped or not pdf.KNOWN_LIBRARIES.exists(), "whether a PDF can be made is known without drawing one"


def test_no_start_waits_for_what_few_first_answers_need() -> None:
    tell = "import json, sys; import bot.__main__; from bot import published, serve; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(subprocess.run([sys.executable, "-c", tell], check=True, capture_output=True).stdout))
    assert "flows.hearing.ears" in modules and not modules & NO_OPENING_NEEDS
