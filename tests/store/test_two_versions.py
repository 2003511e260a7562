"""The version before the newest step of the schema, from the repository's history, and today's: two processes on one database.

Where the history is not there (an archive, a shallow clone) there is nothing to run, and no test; that a step only adds, which is
what lets them run together, is tested in test_upgrades.py everywhere.
"""

import re
import subprocess
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from bot.store.base import schema
from bot.store.chosen import store_for
from clerk import OWN, Clerk
from conftest import ROOT
from postgres import Server
from proxy import free_port
from service import Service, until

TALK: list[dict[str, str]] = [
    {"do": "answer city tianshui"},
    {"do": "answer matter move_to_town"},
    {"do": "ticked ties", "tick": "lives"},
    {"do": "answer housing rented"},
    {"do": "answer movers nothing"},
]


def history(*words: str) -> bytes:
    """What git says; b"" where it cannot."""
    try:
        return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return b""


def before_the_newest_step() -> str:
    """The last commit without it; "" where it is not known."""
    (newest,) = (ROOT / "bot" / "store" / "schema").glob(f"{schema()[-1][0]:04}_*.sql")
    since = history("log", "--diff-filter=A", "-1", "--format=%H", "--", str(newest.relative_to(ROOT))).decode().strip()
    return history("rev-parse", "--verify", "--quiet", f"{since}^").decode().strip() if since else ""


BEFORE = before_the_newest_step()


async def turn(here: Clerk, there: Clerk, form: dict[str, str]) -> None:
    """The page comes from one process, what is pressed on it goes to the other."""
    page = (await here.get("/kiosk")).text
    assert f'value="{form["do"]}' in page, f"{form}: {page}"
    hidden = dict(re.findall(r'name="(step|key)" value="([^"]+)"', page))
    sent = await there._send("POST", "/kiosk/act", {}, hidden | form)
    assert sent.status_code == 303, sent.text


async def talk(here: Clerk, there: Clerk) -> None:
    """A whole talk, the processes by turns, and the sheet in both."""
    await here._send("POST", "/kiosk/begin", {}, {"language": "zh"})
    there.cookies = here.cookies
    for form, (one, other) in zip(TALK, cycle([(here, there), (there, here)]), strict=False):
        await turn(one, other, form)
    for page in [(await one.get("/kiosk")).text for one in (here, there)]:
        assert "/kiosk/slip" in page and "天水" in page, page


async def desk_lets_in(old: Clerk, new: Clerk, first: str) -> None:
    """A login of one is a login of the other, and a password chosen here is good there."""
    assert (await old.login("admin", first)).status_code == 303
    new.cookies = old.cookies
    assert (await new.chooses(first)).status_code == 303
    assert (await old.login("admin", OWN)).status_code == 303
    assert [(await one.get("/desk")).status_code for one in (old, new)] == [200, 200]


@dataclass(slots=True)
class Version:
    """A program at work, with a kiosk and a desk."""

    service: Service
    kiosk: Clerk
    desk: Clerk


@asynccontextmanager
async def at_work(folder: Path, **settings: str) -> AsyncIterator[Version]:
    folder.mkdir()
    door = f"127.0.0.1:{free_port()}"
    service = Service(folder, {"LUOHU_KEY": "a key of a test, long enough", "LUOHU_DESK_LISTEN": door, **settings})
    try:
        await service.start()
        async with (
            httpx.AsyncClient(base_url=service.url, trust_env=False) as kiosk,
            httpx.AsyncClient(base_url=f"http://{door}", trust_env=False) as desk,
        ):
            yield Version(service, Clerk(kiosk), Clerk(desk))
    finally:
        await service.kill()
    assert not re.search(r"error|traceback", service.log, re.IGNORECASE), service.log


if BEFORE:

    @pytest.mark.asyncio
    async def test_the_version_before_and_todays_serve_the_same_people(postgres: Server, tmp_path: Path) -> None:
        with tarfile.open(fileobj=BytesIO(history("archive", BEFORE, "bot", "flows", "policies", "locales"))) as tree:
            tree.extractall(tmp_path / "tree", filter="data")
        database, steps = postgres.new_database(), [number for number, _ in schema()]
        async with at_work(tmp_path / "old", LUOHU_DATABASE=database, PYTHONPATH=str(tmp_path / "tree")) as old:
            assert await store_for(database).version() == steps[-2]
            async with at_work(
                tmp_path / "new", LUOHU_DATABASE=database
            ) as new:  # it takes the step while the old one is at work
                assert await store_for(database).version() == steps[-1]
                await talk(old.kiosk, new.kiosk)
                await talk(new.kiosk, old.kiosk)
                await until(lambda: "一次性密码" in old.service.log)
                await desk_lets_in(old.desk, new.desk, old.service.log.partition("一次性密码：")[2][:19])
                await old.service.stop()
                assert "天水" in (await new.kiosk.get("/kiosk")).text, "whoever was with the old one is with the new one"
