"""A real PostgreSQL for tests: a server of our own in a temporary directory, that can be stopped, killed and started again."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio

import needs
from bot.store.base import Store
from bot.store.chosen import store_for
from proxy import free_port

PROGRAMS = ("initdb", "postgres", "createdb")
STOPS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
PATIENCE = 10.0  # seconds for a start or a stop


@dataclass(slots=True)
class Server:
    """One server; its port stays the same while it is down. The calls block: in a running loop use asyncio.to_thread."""

    directory: Path
    durable: bool
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    options: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        return self.url_of("luohu")

    def url_of(self, database: str) -> str:
        return f"postgresql://luohu@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The url of a database that nobody has used yet."""
        name = f"luohu{next(self.numbers)}"
        self.create(name)
        return self.url_of(name)

    def create(self, database: str) -> None:
        _run(self.directory, "createdb", "--host=127.0.0.1", f"--port={self.port}", "--username=luohu", database)

    def start(self) -> None:
        """Starts it and waits until it answers; after a kill the memory of the old one may take a moment to go."""
        deadline = time.monotonic() + PATIENCE
        while self.process is None:
            self.process = self._launched()
            if not self._ready(deadline):
                self.kill()
                if time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL 没有启动：{_tail(self.directory / 'log')}")
                time.sleep(0.1)

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Ends it as pg_ctl does: `smart` waits for clients, `fast` sends them away, `immediate` skips the checkpoint."""
        if self.process is not None:
            self.process.send_signal(STOPS[mode])
            self.process.wait(PATIENCE)
            self.process = None

    def kill(self) -> None:
        """SIGKILL to the server and all its processes at once, as in a crash; the next start recovers."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)
            for child in _children(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
            self.process = None

    def promote(self) -> None:
        """A standby becomes the server."""
        _run(self.directory, "pg_ctl", "promote", "-D", "data", "--wait")

    def _launched(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "16MB",
            "fsync": "on" if self.durable else "off",
            **self.options,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = _command("postgres", "-D", str(self.directory / "data"), "-p", str(self.port), *options)
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.directory,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _ready(self, deadline: float) -> bool:
        """Waits for the word that the server writes into its lock file once it takes connections."""
        lock = self.directory / "data" / "postmaster.pid"
        while self.process is not None and self.process.poll() is None and time.monotonic() < deadline:
            lines = lock.read_text().split("\n") if lock.exists() else []
            if lines[0:1] == [str(self.process.pid)] and lines[7:8] and lines[7].strip() == "ready":
                return True
            time.sleep(0.01)
        return False


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A started server with the empty database `luohu`; it and its directory are gone afterwards.

    `durable` leaves fsync on: only for measuring, as a killed server loses nothing that it has committed without it too.
    """
    if not available():
        raise RuntimeError(why_not())
    with _directory() as directory:
        _run(directory, "initdb", "-D", "data", "--username=luohu", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        server = Server(directory, durable)
        try:
            server.start()
            server.create("luohu")
            yield server
        finally:
            server.stop("immediate")


@contextlib.contextmanager
def running_twice() -> Iterator[tuple[Server, Server]]:
    """A started server with the empty database `luohu`, and its standby: what is committed stands in both."""
    replicated = {"synchronous_standby_names": "*", "synchronous_commit": "remote_apply"}
    with running() as first, _directory() as directory:
        source = f"--port={first.port}"
        _run(directory, "pg_basebackup", "-D", "data", "--host=127.0.0.1", source, "--username=luohu", "-R", "--checkpoint=fast")
        second = Server(directory, durable=False)
        first.stop()
        first.options |= replicated  # from here on a commit waits for the standby, which had better find its server at once
        first.start()
        try:
            second.start()
            yield first, second
        finally:
            second.stop("immediate")


@pytest.fixture(scope="session", name="postgres")
def session_server() -> Iterator[Server]:
    """One server for the whole session; where there is none, its tests are skipped, and fail in CI."""
    needs.needs(*needs.DATABASE)
    with running() as server:
        yield server


@pytest_asyncio.fixture(name="store", params=["sqlite", "postgresql"])
async def either_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An open store, once on each database."""
    database = str(tmp_path / "luohu.db")
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        database = server.new_database()
    opened = store_for(database)
    await opened.open()
    assert opened.name == request.param
    yield opened
    await opened.close()


def bound(values: int) -> bytes:
    """How asyncpg begins to send so many values, of a statement that the server knows."""
    return b"\x00\x01\x00\x01" + values.to_bytes(2, "big")


def available() -> bool:
    return not why_not()


def why_not() -> str:
    """What is missing and how it is installed, in one sentence; empty if nothing is."""
    return needs.why_not(*needs.DATABASE)


def _programs() -> Path | None:
    """The directory with all the programs that we start: one of PATH, or Debian's newest."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name.zfill(4), reverse=True)
    found = [Path(entry) for entry in os.get_exec_path()] + debian
    return next((path for path in found if all(os.access(path / program, os.X_OK) for program in PROGRAMS)), None)


def _command(program: str, *arguments: str) -> list[str]:
    """PostgreSQL refuses root: under root its programs run as somebody without rights."""
    bare = [f"{_programs()}/{program}", *arguments]
    if os.geteuid() != 0:
        return bare
    user = _unprivileged()
    return [str(shutil.which("setpriv")), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *bare]


def _unprivileged() -> pwd.struct_passwd:
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _environment() -> dict[str, str]:
    """Nothing of the developer's own PG* settings."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _run(directory: Path, program: str, *arguments: str) -> None:
    done = subprocess.run(
        _command(program, *arguments), cwd=directory, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr.strip()}")


@contextlib.contextmanager
def _directory() -> Iterator[Path]:
    """A directory that goes even when the tests are killed; a server that misses its lock file ends within a minute."""
    directory = Path(tempfile.mkdtemp(prefix="luohu-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(directory, _unprivileged().pw_uid)
    sweep = ["/bin/sh", "-c", 'read -r _; rm -rf "$1"', "sh", str(directory)]
    with subprocess.Popen(sweep, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True):
        yield directory  # leaving closes the pipe, and so does our death: the line never comes, the directory goes


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-500:] if log.exists() else ""
