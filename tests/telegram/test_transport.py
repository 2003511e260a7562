"""The way to the Bot API: by which proxy, if any, and how a call is written."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import telegram
from telegram.error import TelegramError

from bot.telegram.transport import AiohttpRequest
from botapi import BotApi
from https import https

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


@pytest.mark.parametrize("said", [b"", b"{", b'{"ok": true, "result": "\xff"}'])
def test_an_answer_that_cannot_be_read_is_a_fault_of_theirs(said: bytes) -> None:
    with pytest.raises(TelegramError):
        AiohttpRequest.parse_json_payload(said)


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


ASKED = """
import asyncio, json, ssl, sys
from bot.telegram import transport
import telegram
from telegram.error import NetworkError

async def who_we_are(api):
    try:
        async with telegram.Bot("4242:x", base_url=f"{api}/bot", request=transport.AiohttpRequest(api)) as bot:
            return bot.username
    except NetworkError:
        return "nobody"

async def asked(api, plain):
    whole = "HTTPS" + api.removeprefix("https")
    async with transport.aiohttp.ClientSession() as theirs:
        try:
            await theirs.get(api)
            trusted = True
        except transport.aiohttp.ClientSSLError:
            trusted = False
    return [await who_we_are(plain), await who_we_are(api), await who_we_are(whole), trusted]

connector = transport.aiohttp.connector
read = [one.cert_store_stats()["x509"] for one in (connector._SSL_CONTEXT_VERIFIED, connector._SSL_CONTEXT_UNVERIFIED)]
print(json.dumps([read, ssl.create_default_context().cert_store_stats()["x509"], *asyncio.run(asked(*sys.argv[1:]))]))
"""


@pytest.mark.asyncio
async def test_certificates_are_read_once_and_only_for_https_and_who_is_not_trusted_is_not_asked(tmp_path: Path) -> None:
    async with BotApi(token="4242:x") as api, https(api.url, tmp_path, names="subjectAltName=IP:127.0.0.1") as front:
        secure = f"https://127.0.0.1:{front.url.rpartition(':')[2]}"
        plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        found = [
            json.loads(
                await asyncio.to_thread(
                    subprocess.check_output, [sys.executable, "-c", ASKED, secure, api.url], env=plain | known, timeout=30
                )
            )
            for known in ({"SSL_CERT_FILE": str(tmp_path / "cert.pem"), "SSL_CERT_DIR": str(tmp_path / "none")}, {})
        ]
    assert found[0] == [[0, 0], 1, "luohu_bot", "luohu_bot", "luohu_bot", False], "what the library makes by itself trusts nobody"
    assert found[1][2:] == ["luohu_bot", "nobody", "nobody", False]
