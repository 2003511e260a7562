"""The way to the Bot API: by which proxy, if any, and how a call is written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import telegram

from bot.telegram.transport import AiohttpRequest
from botapi import BotApi

ME = b'{"ok": true, "result": {"id": 4242, "is_bot": true, "first_name": "x", "username": "luohu_bot"}}'


@asynccontextmanager
async def proxy() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Its address, and the first line of each request that came by it."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(ME) + ME)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


async def who_we_are(api: str) -> str:
    """By a bot whose calls go there."""
    async with telegram.Bot("4242:x", base_url=f"{api}/bot", request=AiohttpRequest(api)) as bot:
        return bot.username


@pytest.mark.asyncio
async def test_calls_go_by_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxy() as (address, heard):
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert await who_we_are("http://api.telegram.example") == "luohu_bot"
        assert heard == [b"POST http://api.telegram.example/bot4242:x/getMe HTTP/1.1\r\n"]


@pytest.mark.asyncio
async def test_and_past_it_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxy() as (address, heard), BotApi(token="4242:x") as api:
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert await who_we_are(api.url) == "luohu_bot"
        assert heard == []
