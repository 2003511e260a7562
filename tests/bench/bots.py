"""Bots in processes of their own, and who plays the people and the Bot API for them. The next update of a chat comes when the one
before was answered."""

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from measured import DIRECT, PEERS, THEIRS, cpu, memory, pinned
from proxy import free_port
from service import LUOHU, SECRET, environment

SHOWS = ("sendMessage", "editMessageText")  # a pressed question is edited in its place
RESTART = "/restart"
NUMBERS = count(1)  # of updates and messages, whoever's: what comes later has the higher one


@dataclass(frozen=True, slots=True)
class Kind:
    """Which bot: `program`: of the peers, "" for ours; `hooked`: updates come by its webhook, not by its poll; `talks`: it has our
    talk, an echo has none; `theirs`: it runs on packages that we do not use."""

    name: str
    program: str = ""
    beside: tuple[str, ...] = ()
    hooked: bool = True
    talks: bool = True
    theirs: bool = False

    def command(self, recorded: Path, api: str, port: int) -> list[str | Path]:
        if not self.program:
            return [LUOHU, *self.beside, "serve"]
        python = THEIRS / "bin" / "python" if self.theirs else sys.executable
        return [python, PEERS / self.program, recorded, api, str(port) if self.hooked else "poll", *self.beside]


class Api:
    """A canned Bot API: it says what a good call gets, knows no faults and keeps nothing."""

    def __init__(self, talks: bool) -> None:
        self.talks = talks  # then the last message of an answer has buttons
        self.calls = 0
        self.came: dict[int, list[dict[str, Any]]] = {}  # of each chat that is looked at, its messages
        self.answered: dict[int, asyncio.Event] = {}
        self.shown: dict[int, int] = {}  # of each chat the number of its last message
        self.keyboards: dict[int, dict[str, str]] = {}  # of each chat the last: what stands on a button -> its data
        self.waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head, body = await heard(reader)
                method = head.split(b" ", 2)[1].rpartition(b"/")[2].partition(b"?")[0].decode()
                result = await self._result(method, params(head, body))
                said = json.dumps({"ok": True, "result": result}).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(said) + said
                )
        writer.close()

    async def _result(self, method: str, params: dict[str, Any]) -> object:
        self.calls += method != "getUpdates"
        if method == "getMe":
            return {"id": 4242, "is_bot": True, "first_name": "落户", "username": "luohu_bot"}
        if method == "getUpdates":
            return await self._updates(float(params.get("timeout", 0)))
        if method not in SHOWS:
            return True
        chat = self.said(params)
        sent = {"message_id": self.shown[chat], "date": int(time.time())}
        return sent | {"chat": {"id": chat, "type": "private"}, "text": params["text"]}

    def said(self, params: dict[str, Any]) -> int:
        """A message to a chat, by a call or in a response."""
        chat, markup = int(params["chat_id"]), params.get("reply_markup") or "{}"
        self.shown[chat] = int(params.get("message_id") or next(NUMBERS))
        rows = (json.loads(markup) if isinstance(markup, str) else markup).get("inline_keyboard", ())
        if rows:
            self.keyboards[chat] = {button["text"]: button.get("callback_data", "") for row in rows for button in row}
        if chat in self.came:
            labels = [[button["text"] for button in row] for row in rows]
            self.came[chat].append({"text": params["text"], "buttons": labels, "edits": "message_id" in params})
        if rows or not self.talks:
            self.answered.setdefault(chat, asyncio.Event()).set()
        return chat

    async def _updates(self, patience: float) -> list[dict[str, Any]]:
        try:
            updates = [await asyncio.wait_for(self.waiting.get(), patience)]
        except TimeoutError:
            return []
        while not self.waiting.empty() and len(updates) < 100:
            updates.append(self.waiting.get_nowait())
        return updates


async def heard(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """One HTTP message: (its head, its body)."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return head, await reader.readexactly(int(length[1])) if length else b""


def params(head: bytes, body: bytes) -> dict[str, Any]:
    """Of a call, or of a response that is one, in whichever of the forms that Telegram takes."""
    if b"application/json" in head.lower():
        found: dict[str, Any] = json.loads(body)
        return found
    if b"multipart/form-data" not in head.lower():
        return dict(parse_qsl(body.decode()))
    parts = message_from_bytes(head.partition(b"\r\n")[2] + body).walk()
    named = ((part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in parts)
    return {str(name): said.decode() for name, said in named if name and isinstance(said, bytes)}


class Bot:
    """One bot in a process of its own, with a Bot API of its own."""

    def __init__(self, folder: Path, kind: Kind, recorded: Path) -> None:
        self.kind = kind
        self.api = Api(kind.talks)
        self._recorded = recorded
        self._port = free_port()
        self._folder = folder / re.sub(r"\W+", "_", kind.name)
        self._folder.mkdir(exist_ok=True)

    async def start(self) -> float:
        """Starts it; the milliseconds from the process's start to its first answer."""
        url = await self.api.start()
        began = time.perf_counter()
        with pinned(1), (self._folder / "log").open("ab") as log:
            command = self.kind.command(self._recorded, url, self._port)
            self.process = subprocess.Popen(  # noqa: ASYNC220  # nothing else waits meanwhile
                command, cwd=self._folder, env=self._environment(url), stdout=log, stderr=log
            )
        await asyncio.wait_for(self._first_answer(), 60)
        return (time.perf_counter() - began) * 1000

    def _environment(self, url: str) -> dict[str, str]:
        listen = f"127.0.0.1:{self._port}"
        (left_out := self._folder / "left_out").mkdir(exist_ok=True)  # what only our tests need, and httpx would load
        (left_out / "pygments.py").write_text("raise ImportError\n")
        settings = {"TELEGRAM_TOKEN": "4242:stand-in", "TELEGRAM_API": url, "LISTEN": listen}
        if self.kind.hooked:
            settings |= {"TELEGRAM_WEBHOOK_URL": f"http://{listen}/telegram", "TELEGRAM_SECRET": SECRET}
        return environment(**{f"LUOHU_{name}": value for name, value in settings.items()}, PYTHONPATH=str(left_out), **DIRECT)

    async def stop(self) -> None:
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 20)
        self.api.stop()

    async def _first_answer(self) -> None:
        while True:
            try:
                async with self.person(0) as say:
                    return await say("/start")
            except (ConnectionError, NotTaken, asyncio.IncompleteReadError):
                assert self.process.poll() is None, (self._folder / "log").read_text()[-2000:]
                await asyncio.sleep(0.002)

    async def round(self, talk: Sequence[str], people: int, times: int) -> float:
        """So many people have the talk so many times; its processor time, in microseconds a turn."""
        before = cpu(self.process.pid)
        async with asyncio.timeout(240):
            await asyncio.gather(*(self._talks(number, talk, times) for number in range(people)))
        await asyncio.sleep(0.2)  # for what it does after the answer
        return (cpu(self.process.pid) - before) / (people * times * len(talk)) * 1e6

    async def _talks(self, number: int, talk: Sequence[str], times: int) -> None:
        async with self.person(number) as say:
            for said in [*talk] * times:
                await say(said)

    async def hears(self, talk: Sequence[str]) -> list[list[dict[str, Any]]]:
        """The messages that it says to each line of a talk."""
        found = []
        chat = _chat(0)
        async with asyncio.timeout(60), self.person(0) as say:
            for said in talk:
                self.api.came[chat] = []
                await say(said)
                await asyncio.sleep(0.02)  # for what it would say beyond what we waited for
                found.append(self.api.came[chat])
        del self.api.came[chat]
        return found

    def memory(self) -> float:
        return memory(self.process.pid)

    @contextlib.asynccontextmanager
    async def person(self, number: int) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
        """How somebody says something to the bot, by a button if one says so, and waits for the answer."""
        chat = _chat(number)
        if not self.kind.hooked:
            yield lambda text: self._queued(chat, text)
            return
        line = Line(self._port)
        try:
            yield lambda text: self._posted(chat, text, line)
        finally:
            line.close()

    async def _queued(self, chat: int, text: str) -> None:
        answered = self._expect(chat)
        self.api.waiting.put_nowait(self._update(chat, text))
        await answered.wait()

    async def _posted(self, chat: int, text: str, line: "Line") -> None:
        answered = self._expect(chat)
        head, answer = await line.post(json.dumps(self._update(chat, text)).encode())
        if b" 200 " not in head[:16]:
            raise NotTaken(head)
        if answer and (said := params(head, answer)).get("method") in SHOWS:
            self.api.said(said)
        await answered.wait()

    def _expect(self, chat: int) -> asyncio.Event:
        self.api.answered[chat] = answered = asyncio.Event()
        return answered

    def _update(self, chat: int, text: str) -> dict[str, Any]:
        number = next(NUMBERS)
        person = {"id": chat, "is_bot": False, "first_name": "小明", "language_code": "zh-hans"}
        message: dict[str, Any] = {
            "message_id": number,
            "from": person,
            "chat": {"id": chat, "first_name": "小明", "type": "private"},
            "date": int(time.time()),
            "text": text,
        }
        if data := self._button(chat, text):
            message["message_id"] = self.api.shown[chat]
            query = {"id": str(number), "from": person, "message": message, "chat_instance": "1", "data": data}
            return {"update_id": number, "callback_query": query}
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        return {"update_id": number, "message": message}

    def _button(self, chat: int, text: str) -> str:
        """The data of the button that `*words` are said by; "" for what is typed."""
        if not text.startswith("*"):
            return ""
        return next(data for label, data in self.api.keyboards[chat].items() if text[1:] in label)


def _chat(number: int) -> int:
    return 1001 + number


class Line:
    """A connection to a webhook, kept open; opened anew when the bot has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> tuple[bytes, bytes]:
        """(head, body) of what the bot answers; like Telegram it sends an update again that got no answer."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if self._streams is not None:
                return await self._post(body, *self._streams)
        self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return await self._post(body, *self._streams)

    async def _post(self, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
        writer.write(
            b"POST /telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"X-Telegram-Bot-Api-Secret-Token: %b\r\nContent-Length: %d\r\n\r\n%b" % (SECRET.encode(), len(body), body)
        )
        return await heard(reader)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


class NotTaken(Exception):
    """An update was not answered 200."""
