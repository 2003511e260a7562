"""Prints how one real turn goes through the house: rooms entered, moves between files, how often the question is derived.

`PYTHONPATH=.:tests:tests/kit:tests/verify:tests/together python tests/tools/turns.py`
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from starlette.applications import Starlette

from bot.hotline.app import hotline
from bot.hotline.staff import Staff
from bot.kiosk.app import Kiosk
from bot.settings import Settings
from bot.store.sqlite import SQLiteStore
from clerk import OWN, Clerk
from helpers_void import Hand, line
from test_handoff import open_desk

ROOT = Path(__file__).resolve().parents[2]
OURS = (str(ROOT / "bot"), str(ROOT / "flows"))


async def traced(name: str, turn: Callable[[], Awaitable[object]]) -> None:
    """One turn: a move is a call from one of our files into another."""
    files: list[str] = []
    derived = 0

    def look(frame: FrameType, event: str, _: Any) -> None:
        nonlocal derived
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(OURS):
            derived += frame.f_code.co_name == "next_fact"
            if not files or files[-1] != file:
                files.append(file)

    sys.setprofile(look)
    await turn()
    sys.setprofile(None)
    rooms = {str(Path(file).parent.relative_to(ROOT)) for file in files}
    print(f"{name}: {len(rooms)} folders, {len(set(files))} files, {len(files) - 1} moves, next_fact {derived}")


async def telegram(folder: Path) -> None:
    buttons: list[str] = []

    def look(_: str, sent: dict[str, Any]) -> int:
        rows = (sent.get("reply_markup") or {}).get("inline_keyboard", ())
        buttons[:] = [one["callback_data"] for row in rows for one in row] or buttons
        return 1  # none later than what people write

    async with line(SQLiteStore(folder / "telegram.db"), look) as one:
        hand = Hand(7)
        for said in ("/start", "天水", "1"):
            await one.take(hand.says(said))
        await traced("Telegram, typed", lambda: one.take(hand.says("2")))
        await one.take(hand.says("/back"))
        await traced("Telegram, button", lambda: one.take(hand.taps(buttons[0], 1)))


async def kiosk(folder: Path) -> None:
    async with open_desk(folder) as (turns, _):
        app = Starlette(routes=Kiosk(turns, Settings(touch_guard=0), lambda: None).routes())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
            browser = Clerk(http)
            await browser._send("POST", "/kiosk/begin", {}, {"language": "zh"})
            for words in ("answer city tianshui", "answer matter move_to_town"):
                form = dict(re.findall(r'name="(step|key)" value="([^"]+)"', (await browser.get("/kiosk")).text)) | {"do": words}
                if words.startswith("answer city"):
                    await browser._send("POST", "/kiosk/act", {}, form)
                else:
                    await traced("kiosk, press", lambda form=form: browser._send("POST", "/kiosk/act", {}, form))  # type: ignore[misc]


async def desk(folder: Path) -> None:
    async with open_desk(folder) as (turns, _):
        await Staff(turns.runtime).add("mei", "agent", OWN)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=hotline(turns)), base_url="http://127.0.0.1") as http:
            mei = Clerk(http)
            await mei.login("mei", OWN)
            at = (await mei.post("/desk/new")).headers["location"]
            form = dict(re.findall(r'name="(csrf|case|step|key)" value="([^"]+)"', (await mei.get(at)).text))
            await traced("desk, tell", lambda: mei._send("POST", f"{at}/turn", {}, form | {"do": "tell city tianshui"}))


if __name__ == "__main__":
    for walk in (telegram, kiosk, desk):
        with tempfile.TemporaryDirectory() as place:
            asyncio.run(walk(Path(place)))
