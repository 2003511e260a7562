"""Draws the pictures in docs/: a talk in Telegram, the kiosk's screens, the printed slip, the sheet on a resident's own phone, a
call at the hotline's desk. Needs Chromium and Poppler's pdftoppm.

PYTHONPATH=.:tests:tests/kit .venv/bin/python tests/tools/picture.py
"""

import asyncio
import base64
import html
import io
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser

from bot.wording import sentences
from bot.wording.languages import Language
from botapi import BotApi, Message
from browser import PHONE, TALL, chromium
from clerk import OWN, desk_open
from conftest import ROOT
from person import Person
from service import serving
from visitor import Visitor, kiosk

DOCS = ROOT / "docs"
COLOURS = 128  # of a picture: so it stays small
PDF = """async () => {
    const made = new Uint8Array(await (await fetch("/phone/slip/a5.pdf")).arrayBuffer());
    return btoa(Array.from(made, (one) => String.fromCharCode(one)).join(""));
}"""
STORY = "我在天水市里租房住，也在这里上班，想把户口迁到城里"
SCREENS = "body { margin: 0; padding: 12px; display: flex; gap: 12px; background: #cfd6d6; } img { width: 304px; }"

STYLE = """
body { margin: 0; padding: 18px; width: 1240px; background: #dfe7df; font: 15px/1.5 "Noto Sans CJK SC", sans-serif; }
.phones { display: flex; gap: 18px; align-items: flex-start; }
.phone { width: 400px; }
.message { background: #fff; border-radius: 14px; padding: 10px 14px; margin: 0 0 4px; white-space: pre-wrap; }
.person { background: #effdde; margin-left: 25%; margin-bottom: 10px; }
blockquote { white-space: pre-wrap; margin: 4px 0; padding: 4px 8px; max-height: 4.5em; overflow: hidden; background: #eef4ee; border-left: 3px solid #7c9a7c; }
.buttons { margin-bottom: 12px; } .row { display: flex; gap: 4px; margin-top: 4px; }
.row span { flex: 1; background: #7c9a7c; color: #fff; border-radius: 8px; padding: 7px 6px; text-align: center; }
"""


async def talk() -> list[str]:
    """Three moments of a talk: a story in one's own words and what was heard of it, the question that is left, the answer sheet."""
    moments = []
    async with BotApi() as api:
        with tempfile.TemporaryDirectory() as folder:
            async with serving(api, Path(folder)):
                person = Person(api)
                moments.append(said(STORY) + drawn((await person.says(STORY)).messages))
                for pressed in (Language("zh")(sentences.AGREE), "没有别人一起迁"):
                    moments.append(drawn((await person.taps(pressed)).messages))
    return moments


def said(text: str) -> str:
    return f'<div class="message person">{html.escape(text)}</div>'


def drawn(view: tuple[Message, ...]) -> str:
    return "".join(map(one, view))


def one(message: Message) -> str:
    rows = message.said.get("reply_markup", {}).get("inline_keyboard", [])
    shown = ("".join(f"<span>{html.escape(button['text'])}</span>" for button in row) for row in rows)
    buttons = "".join(f"<div class=row>{row}</div>" for row in shown)
    return f"<div class=message>{marked(message)}</div><div class=buttons>{buttons}</div>"


def marked(message: Message) -> str:
    """The text with its bold, italic and folded parts, which Telegram gives as ranges of UTF-16 units."""
    text = message.text.encode("utf-16-le")
    tags = {"bold": "b", "italic": "i", "expandable_blockquote": "blockquote"}
    ranges = [entity for entity in message.said.get("entities", []) if entity["type"] in tags and not inside(entity, message)]
    shown, end = "", 0
    for entity in sorted(ranges, key=lambda one: one["offset"]):
        begin, mark = entity["offset"] * 2, tags[entity["type"]]
        shown += html.escape(text[end:begin].decode("utf-16-le"))
        end = begin + entity["length"] * 2
        shown += f"<{mark}>{html.escape(text[begin:end].decode('utf-16-le'))}</{mark}>"
    return shown + html.escape(text[end:].decode("utf-16-le"))


def inside(entity: dict[str, Any], message: Message) -> bool:
    """Whether it stands in a part that is folded: there nothing is drawn bold."""
    folded = [one for one in message.said.get("entities", []) if one["type"] == "expandable_blockquote" and one is not entity]
    return any(one["offset"] <= entity["offset"] < one["offset"] + one["length"] for one in folded)


async def kiosk_screens(browser: Browser) -> list[bytes]:
    """The start, a question, the sheet and the page to print it."""
    with tempfile.TemporaryDirectory() as folder:
        async with kiosk(Path(folder)) as here:
            visitor = Visitor(await browser.new_page(**TALL), here.url)
            await visitor.page.goto(here.url)
            screens = [await visitor.page.screenshot()]
            await visitor.begins()
            await visitor.says("天水")
            screens.append(await visitor.page.screenshot())
            for said in ("把户口迁到城镇", "1", "租的房子", "没有别人一起迁"):
                await visitor.says(said)
            screens.append(await visitor.page.screenshot())
            await visitor.page.goto(f"{here.url}/slip")
            screens.append(await visitor.page.screenshot())
    return screens


async def own_phone(browser: Browser) -> tuple[bytes, bytes]:
    """At the door without a key: what a resident's own phone shows first of the sheet, and the front page of the slip."""
    with tempfile.TemporaryDirectory() as folder:
        async with kiosk(Path(folder)) as here:
            visitor = Visitor(await browser.new_page(**PHONE), here.url.removesuffix("/kiosk"))
            await visitor.begins()
            for said in ("天水", "把户口迁到城镇", "1 2", "租的房子", "没有别人一起迁"):
                await visitor.says(said)
            made = base64.b64decode(await visitor.page.evaluate(PDF))
            return await visitor.page.screenshot(), front_page(made)


def front_page(made: bytes) -> bytes:
    """The first page of a PDF as a picture."""
    command = ["pdftoppm", "-png", "-r", "110", "-f", "1", "-l", "1", "-"]
    return subprocess.run(command, input=made, capture_output=True, check=True).stdout


async def call(browser: Browser) -> bytes:
    """An agent's screen in the middle of a call."""
    with tempfile.TemporaryDirectory() as folder:
        async with desk_open(Path(folder)) as desk:
            await desk.member("mei")
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await page.goto(f"{desk.url}/desk/login")
            await page.fill("#name", "mei")
            await page.fill("#password", OWN)
            await page.press("#password", "Enter")
            await page.wait_for_url("**/desk")
            for key in ("n", "2", "1"):
                async with page.expect_navigation():
                    await page.keyboard.press(key)
            return await page.screenshot()


def put(name: str, picture: bytes) -> None:
    """A picture in docs/, in few colours."""
    with Image.open(io.BytesIO(picture)) as drawn:
        drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(DOCS / name, optimize=True)


async def draw() -> None:
    phones = "".join(f"<div class=phone>{moment}</div>" for moment in await talk())
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 1276, "height": 700})
        await page.set_content(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><div class=phones>{phones}</div>")
        put("telegram.png", await page.screenshot(full_page=True))
        drawn = "".join(
            f'<img src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in await kiosk_screens(browser)
        )
        page = await browser.new_page(viewport={"width": 1276, "height": 575})
        await page.set_content(f"<!doctype html><style>{SCREENS}</style>{drawn}")
        put("kiosk.png", await page.screenshot())
        put("desk.png", await call(browser))
        for name, picture in zip(("phone.png", "slip.png"), await own_phone(browser), strict=True):
            put(name, picture)


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    asyncio.run(draw())
