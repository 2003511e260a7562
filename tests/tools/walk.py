"""Writes docs/officer.md: a policy officer finds a wrong clause, mends it in a draft, and publishes it, while somebody talks.

The screens are real: in a copy of the program with one clause made wrong, by its own commands and beside its running service; the
resident talks to it in a chat. `make walk`, some minutes.
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

from botapi import BotApi
from conftest import ROOT
from person import Person
from service import Service, service

PAGE = ROOT / "docs" / "officer.md"
RIGHT, WRONG = "met: [urban_district, county_seat, other_town]", "met: [urban_district, other_town]"
SHOWN, HEARD, WIDE = 12, 4, 150  # lines of a screen, of a reply; characters of a line
WHEN, HASH = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), re.compile(r"\b[0-9a-f]{12}\b")
BLOCK = re.compile(r"```(?:console\n\$ (?P<command>.*)|text\n居民：(?P<says>.*))\n(?:.*\n)*?```")


def house(place: Path) -> Path:
    """The program in a folder of its own, where Tianshui's county seats were forgotten."""
    for part in ("bot", "flows", "policies", "locales", "tests/cases"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", "heard.yaml", "*.md"))
    edit(place / "policies" / "tianshui.yaml", RIGHT, WRONG)
    return place


def begun(place: Path, api: BotApi) -> Service:
    """The service of that folder's program."""
    return service(api, place, PYTHONPATH=str(place))


async def began_with(place: Path) -> None:
    """Waits until the log knows what the service began with."""
    while not (await asyncio.to_thread(run, place, "luohu policy log"))[0].startswith("0"):
        await asyncio.sleep(0.2)


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


def screen(command: str, lines: list[str]) -> str:
    lines = [line if len(line) <= WIDE else f"{line[:WIDE]}…" for line in lines]
    if len(lines) > SHOWN * 2:
        lines = [*lines[:SHOWN], f"……（{len(lines) - SHOWN * 2} 行）", *lines[-SHOWN:]]
    said = HASH.sub("0123456789ab", WHEN.sub("2026-11-28 09:30:00", "\n".join(lines)))
    return f"```console\n$ {command}\n{said}\n```" if said else f"```console\n$ {command}\n```"


async def reply(resident: Person, says: str) -> str:
    """What somebody says, one thing after the other, and the beginning of the last answer."""
    lines = [line for line in (await resident.talks(*says.split("、"))).text.splitlines() if line.strip()]
    return "\n".join(["```text", f"居民：{says}", *lines[:HEARD], "……", "```"])


async def walked(page: str) -> str:
    """The page, its screens drawn anew."""
    with TemporaryDirectory() as folder:
        place, drawn = house(Path(folder).resolve()), []
        async with BotApi() as api:
            running, resident = begun(place, api), Person(api)
            try:
                await running.start()
                await began_with(place)
                for found in BLOCK.finditer(page):
                    if found["says"]:
                        drawn.append(await reply(resident, found["says"]))
                    else:
                        lines = await asyncio.to_thread(run, place, found["command"])
                        drawn.append(screen(found["command"], lines))
            finally:
                await running.kill()
    return BLOCK.sub(lambda _: drawn.pop(0), page)


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(walked(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
