"""Draws docs/telegram.png: a real talk with `luohu serve`, as its messages stand on a phone. Needs Chromium.

PYTHONPATH=tests:. .venv/bin/python tests/picture.py
"""

import asyncio
import html
import shutil
import subprocess
import tempfile
from pathlib import Path

from botapi import BotApi, Message
from conftest import ROOT
from service import serving

STYLE = """
body { margin: 0; padding: 18px; width: 1240px; background: #dfe7df; font: 15px/1.5 "Noto Sans CJK SC", sans-serif; }
.phones { display: flex; gap: 18px; align-items: flex-start; }
.phone { width: 400px; }
.message { background: #fff; border-radius: 14px; padding: 10px 14px; margin: 0 0 4px; white-space: pre-wrap; }
.person { background: #effdde; margin-left: 40%; text-align: right; margin-bottom: 10px; }
.buttons { margin-bottom: 12px; } .row { display: flex; gap: 4px; margin-top: 4px; }
.row span { flex: 1; background: #7c9a7c; color: #fff; border-radius: 8px; padding: 7px 6px; text-align: center; }
"""


async def talk() -> list[str]:
    """Three moments of a talk: the first question, a list to tick, the answer sheet."""
    moments = []
    async with BotApi() as api:
        with tempfile.TemporaryDirectory() as folder:
            async with serving(api, Path(folder)):
                chat = api.chat()
                chat.says("/start")
                moments.append(drawn(await chat.next_view()))
                for said in ("天水", "把户口迁到城镇", "县城（县政府所在的镇）", "住在这里"):
                    chat.taps(said)
                    await chat.next_view()
                chat.taps("在这里工作")
                moments.append(drawn(await chat.next_view()))
                for said in ("选好了", "租的房子", "没有别人一起迁"):
                    chat.taps(said)
                    view = await chat.next_view()
                moments.append(drawn(view))
    return moments


def drawn(view: tuple[Message, ...]) -> str:
    return "".join(one(message) for message in view[-2:])


def one(message: Message) -> str:
    rows = message.said.get("reply_markup", {}).get("inline_keyboard", [])
    shown = ("".join(f"<span>{html.escape(button['text'])}</span>" for button in row) for row in rows)
    buttons = "".join(f"<div class=row>{row}</div>" for row in shown)
    return f"<div class=message>{marked(message)}</div><div class=buttons>{buttons}</div>"


def marked(message: Message) -> str:
    """The text with its bold and italic parts, which Telegram gives as ranges of UTF-16 units."""
    text = message.text.encode("utf-16-le")
    ranges = [entity for entity in message.said.get("entities", []) if entity["type"] in ("bold", "italic")]
    shown, end = "", 0
    for entity in sorted(ranges, key=lambda one: one["offset"]):
        begin, mark = entity["offset"] * 2, entity["type"][0]
        shown += html.escape(text[end:begin].decode("utf-16-le"))
        end = begin + entity["length"] * 2
        shown += f"<{mark}>{html.escape(text[begin:end].decode('utf-16-le'))}</{mark}>"
    return shown + html.escape(text[end:].decode("utf-16-le"))


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("apt-get install chromium fonts-noto-cjk")
    phones = "".join(f"<div class=phone>{moment}</div>" for moment in asyncio.run(talk()))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "talk.html"
        page.write_text(
            f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><div class=phones>{phones}</div>", encoding="utf-8"
        )
        options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
        picture = ROOT / "docs" / "telegram.png"
        picture.parent.mkdir(exist_ok=True)
        subprocess.run(
            [chromium, *options.split(), f"--user-data-dir={folder}/profile", "--window-size=1276,1180", f"--screenshot={picture}", page.as_uri()],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip


if __name__ == "__main__":
    main()
