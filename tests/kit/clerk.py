"""Somebody at the hotline's desk, over HTTP: keeps cookies as a browser does, and fills in the token of the forms.

async with desk_open(tmp_path) as desk:  # a real `luohu serve`, its first supervisor's password in desk.password
    mei = await desk.member("mei")
    answer = await mei.post("/desk/logout")
"""

import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

import argon2
import httpx

from proxy import free_port
from service import Service, until

OWN = "lantern-river-tofu"  # everybody's password
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # a hash says itself how hard it was to make


@dataclass(slots=True)
class Clerk:
    """One browser. `address`: where it says that it is, as a reverse proxy on this machine would; `base`: where it goes, if the
    client does not say."""

    http: httpx.AsyncClient
    address: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    base: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._send("GET", path, headers)

    async def post(
        self, path: str, token: str | None = None, headers: dict[str, str] | None = None, /, **fields: str
    ) -> httpx.Response:
        """A form; with the token that its pages carry, if no other is given."""
        token = await self.token() if token is None else token
        return await self._send("POST", path, headers or {}, {"csrf": token} | fields)

    async def token(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', (await self.get("/desk/password")).text)
        return found[1] if found else ""

    async def secret(self, **fields: str) -> str:
        """The one-time password that comes of a form of the accounts' page: the next page shows it."""
        sent = await self.post("/desk/staff", **fields)
        assert (sent.status_code, sent.headers["location"]) == (303, "/desk/staff"), sent.text
        return given(await self.get("/desk/staff"))

    async def login(self, name: str, password: str, code: str = "", **headers: str) -> httpx.Response:
        return await self._send("POST", "/desk/login", headers, {"name": name, "password": password, "code": code})

    async def chooses(self, old: str, new: str = OWN) -> httpx.Response:
        return await self.post("/desk/password", password=old, new=new, again=new)

    async def _send(self, method: str, path: str, headers: dict[str, str], form: dict[str, str] | None = None) -> httpx.Response:
        sent = dict(headers)
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.address:
            sent["x-forwarded-for"] = self.address
        answer = await self.http.request(method, self.base + path, headers=sent, data=form)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer


@dataclass(slots=True)
class OpenDesk:
    """A running service. `password`: that of admin, for once."""

    service: Service
    http: httpx.AsyncClient
    url: str
    password: str

    def stranger(self, address: str = "") -> Clerk:
        return Clerk(self.http, address)

    async def member(self, name: str, role: str = "agent") -> Clerk:
        """Somebody who has an account with the password OWN, and is in."""
        sql = "INSERT INTO staff (name, role, secret, totp, disabled, since) VALUES (?, ?, ?, '', 0, 0)"
        self.alter(sql, name, role, QUICK.hash(OWN))
        clerk = self.stranger()
        assert (await clerk.login(name, OWN)).headers["location"] == "/desk"
        return clerk

    def alter(self, sql: str, *values: object) -> None:
        """Lets time pass, or an accident happen, in the database."""
        with closing(sqlite3.connect(self.service.database, timeout=10)) as db, db:
            db.execute(sql, values)


def given(answer: httpx.Response) -> str:
    """The one-time password that a page shows."""
    found = re.search(r'<code class="secret">([a-z0-9-]{19})</code>', answer.text)
    assert found, answer.text
    return found[1]


@contextlib.asynccontextmanager
async def desk_open(folder: Path, **settings: str) -> AsyncIterator[OpenDesk]:
    port = free_port()
    service = Service(folder, {"LUOHU_DESK_LISTEN": f"127.0.0.1:{port}", **settings})
    url = f"http://127.0.0.1:{port}"
    try:
        await service.start()
        await until(lambda: "一次性密码" in service.log)
        found = re.search(r"一次性密码：([a-z0-9-]{19})", service.log)
        assert found
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            yield OpenDesk(service, http, url, found[1])
    finally:
        await service.kill()
