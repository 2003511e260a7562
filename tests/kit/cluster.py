"""What compose.yaml starts, without Docker: its services as processes of this machine, behind nginx with its own template.

async with cluster(server.new_database(), tmp_path) as city:  # `one` and `two`, as the file names them; processes=4: two more
    await city.services[0].kill()
    await city.visitor().get("/kiosk")

As a program it brings a PostgreSQL of its own along, says where to look, and runs until Ctrl-C, SIGTERM or SIGHUP:
python tests/kit/cluster.py
"""

import asyncio
import contextlib
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import httpx
import yaml

import needs
import postgres
from botapi import BotApi
from clerk import Clerk
from proxy import free_port
from service import SECRET, Service, environment, until

ROOT = Path(__file__).parents[2]
PUBLIC, DESK = "hukou.example", "desk.hukou.example"
KEY = "the key of all"
NAMES = ("one", "two", "three", "four")
SAID = re.compile(r"\$\{(\w+)(?::-|:\?)?\}")  # what a file of compose takes from its environment
MAIN = "pid {folder}/nginx.pid; daemon off; worker_processes 1; error_log {folder}/nginx.log; events {{ worker_connections 2048; }}\n"


@dataclass(slots=True)
class Cluster:
    """The whole house. `url`: the kiosk and the phones; `plain`: the same without https; `desk`: the hotline; `http`: a client that
    finds all of them here."""

    folder: Path
    services: list[Service]
    url: str
    plain: str
    desk: str
    http: httpx.AsyncClient
    balancer: "subprocess.Popen[bytes]"

    def visitor(self) -> Clerk:
        """A browser at the public name."""
        return Clerk(self.http, base=self.url)

    def clerk(self) -> Clerk:
        """One at the desk's."""
        return Clerk(self.http, base=self.desk)

    @property
    def log(self) -> str:
        return "".join(service.log for service in self.services)


def parts() -> dict[str, Any]:
    """The services of compose.yaml."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    return read


def filled(said: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """An environment of the file, as compose fills it in; a name that must be given and is not is a KeyError."""

    def value(found: re.Match[str]) -> str:
        return given.get(found[1], "") if found[0].endswith(":-}") else given[found[1]]

    return {name: SAID.sub(value, str(text)) for name, text in said.items()}


@contextlib.asynccontextmanager
async def cluster(
    database: str, folder: Path, processes: int = 2, api: BotApi | None = None, webhook: bool = False, **given: str
) -> AsyncIterator[Cluster]:
    """`given`: what stands in the operator's `.env`, e.g. LUOHU_HOTLINE; a LUOHU_ name that the file lacks is set all the same."""
    known, http_port, https_port = parts(), free_port(), free_port()
    secret = {"DB_PASSWORD": "secret", "LUOHU_KEY": KEY, "PUBLIC_NAME": PUBLIC, "DESK_NAME": DESK}
    if api is not None:
        given |= {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url}
        api.trusts_anybody()
    if webhook:
        given |= {"LUOHU_TELEGRAM_WEBHOOK_URL": f"https://127.0.0.1:{https_port}/telegram", "LUOHU_TELEGRAM_SECRET": SECRET}
    given = {"LUOHU_PUBLIC_URL": f"https://{PUBLIC}:{https_port}", **given}
    services = [_service(known["one"], name, database, folder, secret | given) for name in NAMES[:processes]]
    async with contextlib.AsyncExitStack() as stack:
        for service in services:
            stack.push_async_callback(service.kill)
            service.launch()
        await asyncio.gather(*(service.ready() for service in services))
        settings = filled(known["proxy"]["environment"], secret) | {"HTTP": f"127.0.0.1:{http_port}", "CERTS": str(folder)}
        settings |= {"HTTPS": f"127.0.0.1:{https_port}", "HTTPS_PORT": f":{https_port}", "RESOLVER": "127.0.0.1"}
        for name, at in (("PUBLIC_SERVERS", 0), ("DESK_SERVERS", 1)):
            settings[name] = _servers(settings[name], [_ports(service)[at] for service in services])
        balancer = await asyncio.to_thread(_nginx, folder, settings)
        stack.callback(_ended, balancer)
        await until(lambda: _answers(https_port))
        http = await stack.enter_async_context(_client({PUBLIC: https_port, DESK: https_port}))
        url, desk = (f"https://{name}:{https_port}" for name in (PUBLIC, DESK))
        yield Cluster(folder, services, url, f"http://{PUBLIC}:{http_port}", desk, http, balancer)


def _service(part: dict[str, Any], name: str, database: str, folder: Path, given: Mapping[str, str]) -> Service:
    """A service of the file as a process: on a port of this machine, with the database where it is, in an empty folder."""
    at = folder / name
    at.mkdir(exist_ok=True)
    settings = {name: value for name, value in filled(part["environment"], given).items() if value}  # an empty one is none
    assert settings["LUOHU_DATABASE"].startswith("postgresql://luohu:secret@db:5432/")
    settings |= {"LUOHU_DATABASE": database, "LUOHU_DESK_LISTEN": f"127.0.0.1:{free_port()}", "FORWARDED_ALLOW_IPS": "127.0.0.1"}
    made = Service(at, settings | {name: value for name, value in given.items() if name.startswith("LUOHU_")})
    made.settings["LUOHU_LISTEN"] = f"127.0.0.1:{made.port}"
    return made


def _ports(service: Service) -> tuple[int, int]:
    return service.port, int(service.settings["LUOHU_DESK_LISTEN"].rpartition(":")[2])


def _servers(said: str, ports: list[int]) -> str:
    """The servers of the file, with the addresses of this machine; what stands beside the first counts for all."""
    first = re.fullmatch(r"server one:\d+ resolve (.+?); server two:\d+ resolve \1;", said)
    assert first, said
    return " ".join(f"server 127.0.0.1:{port} {first[1]};" for port in ports)


def _nginx(folder: Path, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """nginx on the template, filled in as its image does: only names that are set."""
    asked = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={PUBLIC} -keyout {folder}/key.pem -out {folder}/cert.pem"
    )
    subprocess.run(asked.split(), check=True, capture_output=True)
    template = (ROOT / "deploy" / "nginx.conf.template").read_text("utf-8")
    for name, value in settings.items():
        template = template.replace(f"${{{name}}}", value)
    places = "".join(f"{what}_temp_path {folder}/{what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = folder / "nginx.conf"
    conf.write_text(f"{MAIN.format(folder=folder)}http {{\n{places}{template}}}\n", "utf-8")
    program = str(which("nginx") or "/usr/sbin/nginx")
    return subprocess.Popen([program, "-p", str(folder), "-c", str(conf), "-e", f"{folder}/nginx.log"], env=environment())


def _ended(balancer: "subprocess.Popen[bytes]") -> None:
    balancer.terminate()
    balancer.wait(10)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _client(ports: Mapping[str, int]) -> httpx.AsyncClient:
    """A client to which the names are this machine, and whose certificate nobody signed."""
    return httpx.AsyncClient(verify=False, trust_env=False, timeout=30, transport=_Here(ports))  # noqa: S501


class _Here(httpx.AsyncHTTPTransport):
    def __init__(self, ports: Mapping[str, int]) -> None:
        super().__init__(verify=False, limits=httpx.Limits(max_connections=200))
        self._ports = ports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(host="127.0.0.1")
        return await super().handle_async_request(request)


async def main() -> None:
    """What ends it is only looked at when all has been started: so that nothing begun is left, however it is told to end."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for way in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(way, told.set)
    with tempfile.TemporaryDirectory() as folder, postgres.running() as server:
        async with cluster(server.url, Path(folder)) as city:
            password = re.search(r"一次性密码：(\S{19})", city.log)
            print(f"{city.url}/kiosk\n{city.desk}/desk  admin  {password and password[1]}\n", flush=True)
            print(f"127.0.0.1  {PUBLIC} {DESK}   ← /etc/hosts", flush=True)
            await told.wait()


if __name__ == "__main__":
    if lacking := needs.why_not(*needs.BALANCER, *needs.DATABASE):
        raise SystemExit(lacking)
    asyncio.run(main())
