"""A reverse proxy with https before a service, as an operator sets one up: with a name, a certificate and forwarded headers.

async with https(service.url, tmp_path, stripped=("sec-fetch-",)) as front, chromium(*front.known) as browser:
    page = await browser.new_page(ignore_https_errors=True)
    await page.goto(front.url)
"""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar, web

from proxy import free_port

NAME = "hukou.example"
PERSON = "203.0.113.7"  # where whoever comes seems to be
HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding")


@dataclass(frozen=True, slots=True)
class Front:
    """What the world sees of the service. `known`: how a browser finds its name."""

    url: str

    @property
    def known(self) -> tuple[str, ...]:
        return (f"--host-resolver-rules=MAP {NAME} 127.0.0.1",)


@asynccontextmanager
async def https(behind: str, folder: Path, stripped: tuple[str, ...] = (), names: str = "") -> AsyncIterator[Front]:
    """`behind`: the service's address; `stripped`: beginnings of the names of headers that an old browser would not send;
    `names`: what more the certificate says whose it is."""
    async with ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False) as http:

        async def passes(request: web.Request) -> web.Response:
            kept = {
                name: value for name, value in request.headers.items() if not name.lower().startswith((*stripped, "x-forwarded-"))
            }
            told = kept | {"X-Forwarded-For": PERSON, "X-Forwarded-Proto": "https"}
            url, body = behind + request.raw_path, await request.read()
            async with http.request(request.method, url, headers=told, data=body or None, allow_redirects=False) as answer:
                given = [(name, value) for name, value in answer.headers.items() if name.lower() not in HOP]
                said = web.Response(status=answer.status, body=await answer.read())
                for name, value in given:
                    said.headers.pop(name, None) if name.lower() == "content-type" else None
                    said.headers.add(name, value)
                return said

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", passes)
        runner, port = web.AppRunner(app), free_port()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=await asyncio.to_thread(_certificate, folder, names)).start()
        try:
            yield Front(f"https://{NAME}:{port}")
        finally:
            await runner.cleanup()


def _certificate(folder: Path, names: str) -> ssl.SSLContext:
    """Signed by itself, and good for a day."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    asked = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={NAME} -keyout {key} -out {cert}"
    more = ("-addext", names) if names else ()
    subprocess.run([*asked.split(), *more], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context
