"""Writes docs/officer.md: a policy officer finds a wrong clause, mends it in a draft, and publishes it. Its screens are real.

In a copy of the program with one clause made wrong, by its own commands: `make walk`, some minutes.
"""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import publish, published
from bot.settings import Settings
from bot.store.chosen import store_for
from conftest import ROOT

PAGE = ROOT / "docs" / "officer.md"
RIGHT, WRONG = "met: [urban_district, county_seat, other_town]", "met: [urban_district, other_town]"
SHOWN, WIDE = 12, 150  # lines of a screen, characters of a line
WHEN, HASH = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), re.compile(r"\b[0-9a-f]{12}\b")
BLOCK = re.compile(r"```console\n\$ (?P<command>.*)\n(?:.*\n)*?```")


def house(place: Path) -> Path:
    """The program in a folder of its own, where Tianshui's county seats were forgotten; with a database."""
    for part in ("bot", "flows", "policies", "locales", "tests/cases"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", "heard.yaml", "*.md"))
    edit(place / "policies" / "tianshui.yaml", RIGHT, WRONG)
    asyncio.run(_database(place / "luohu.db"))
    _published(place)
    return place


async def _database(file: Path) -> None:
    store = store_for(str(file))
    await store.open()
    await store.close()


def _published(place: Path) -> None:
    """What is wrong is in force, by somebody who changed the cases with it."""
    wrong = published.pack(published.files_of(place / "policies"))
    list(publish.put_in_force(Settings(database=str(place / "luohu.db")), wrong, wrong, "李", ""))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def run(place: Path, command: str) -> list[str]:
    """What a command prints: `luohu …`, or what an officer does with the files."""
    draft = place / "policies" / "drafts" / "tianshui"
    if command.startswith("mkdir "):
        subprocess.run(["sh", "-c", command], cwd=place, check=True)
        return []
    if command.startswith("vi "):
        edit(draft / "tianshui.yaml", WRONG, RIGHT)
        return [f"-        {WRONG}", f"+        {RIGHT}"]
    environment = {**os.environ, "PYTHONPATH": str(place), "LUOHU_DATABASE": str(place / "luohu.db")}
    words = [sys.executable, "-m", "bot", *shlex.split(command)[1:]]
    done = subprocess.run(words, cwd=place, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    return (done.stdout + done.stderr).replace(f"{place}/", "").splitlines()


def screen(place: Path, command: str) -> str:
    lines = [line if len(line) <= WIDE else f"{line[:WIDE]}…" for line in run(place, command)]
    if len(lines) > SHOWN * 2:
        lines = [*lines[:SHOWN], f"……（{len(lines) - SHOWN * 2} 行）", *lines[-SHOWN:]]
    said = HASH.sub("0123456789ab", WHEN.sub("2026-11-28 09:30:00", "\n".join(lines)))
    return f"```console\n$ {command}\n{said}\n```" if said else f"```console\n$ {command}\n```"


def walked(page: str) -> str:
    """The page, its screens drawn anew."""
    with TemporaryDirectory() as place:
        here = house(Path(place).resolve())
        return BLOCK.sub(lambda found: screen(here, found["command"]), page)


if __name__ == "__main__":
    PAGE.write_text(walked(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
