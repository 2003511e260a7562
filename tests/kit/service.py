"""`luohu serve` as a user starts it: a process of its own, with settings, that can be asked, stopped, killed and started again.

async with BotApi() as api, serving(api, tmp_path) as service:  # ready when it comes in; webhook=True for a webhook
    api.chat().says("/start")
    await service.kill()
    await service.start()
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

from botapi import BotApi
from proxy import free_port

LUOHU = Path(sys.executable).with_name("luohu")
SECRET = "s3cret-of-the-hook"  # opens nothing
PATIENCE = 60.0  # seconds for a start or a stop, on a busy machine


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with no LUOHU_ names but those given: environment(LUOHU_LOG="debug")."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LUOHU_")} | settings


@dataclass(slots=True)
class Service:
    """One `luohu serve`. `folder` is where it runs; its settings and its port stay the same from start to start."""

    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "luohu.db"

    @property
    def log(self) -> str:
        """All that it ever said, over all starts."""
        file = self.folder / "log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def launch(self) -> None:
        """Starts it and does not wait."""
        assert self.process is None, "it runs already"
        settings = {
            "LUOHU_TOUCH_GUARD": "0",
            "LUOHU_DATABASE": "luohu.db",
            "LUOHU_LISTEN": f"127.0.0.1:{self.port}",
            **self.settings,
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [LUOHU, "serve"], cwd=self.folder, env=environment(**settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.launch()
        await self.ready()

    async def ready(self, patience: float = PATIENCE) -> float:
        """Waits for /ready; how many seconds that took."""
        began = time.monotonic()
        while await self.status("/ready") != 200 or await self.status("/ready/telegram") == 503:
            assert self.process is not None and self.process.poll() is None, f"it ended:\n{self.log[-2000:]}"
            assert time.monotonic() - began < patience, f"not ready after {patience} s:\n{self.log[-2000:]}"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def status(self, path: str) -> int:
        """The status of a GET; 0 if nobody answers."""
        with contextlib.suppress(ClientError, TimeoutError, OSError):
            async with ClientSession(timeout=ClientTimeout(PATIENCE)) as http, http.get(self.url + path) as answer:
                return answer.status
        return 0

    async def stop(self) -> int:
        """SIGTERM, as a container's end; its exit status."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL, as a crash."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return await asyncio.to_thread(process.wait, PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"did not stop in {PATIENCE} s:\n{self.log[-2000:]}") from None


def service(api: BotApi, folder: Path, *, webhook: bool = False, **settings: str) -> Service:
    """A service for the stand-in's bot, not started yet. `settings`: further LUOHU_ names, e.g. LUOHU_LOG="debug"."""
    made = Service(folder, {"LUOHU_TELEGRAM_TOKEN": api.token, "LUOHU_TELEGRAM_API": api.url})
    if webhook:
        made.settings |= {"LUOHU_TELEGRAM_WEBHOOK_URL": f"{made.url}/telegram", "LUOHU_TELEGRAM_SECRET": SECRET}
    made.settings |= settings
    return made


@contextlib.asynccontextmanager
async def serving(api: BotApi, folder: Path, *, webhook: bool = False, **settings: str) -> AsyncIterator[Service]:
    """A started service, ready to talk; killed at the end if it still runs."""
    one = service(api, folder, webhook=webhook, **settings)
    try:
        await one.start()
        if webhook:
            await until(lambda: api.webhook is not None)
        yield one
    finally:
        await one.kill()


async def refused(folder: Path, **settings: str) -> tuple[int, str]:
    """A `luohu serve` that should not start: (its exit status, what it said on standard error)."""
    command: list[str | Path] = [LUOHU, "serve"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=folder, env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE
    )
    return done.returncode, done.stderr


async def until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    """Waits until something that others bring about is so."""
    async with asyncio.timeout(patience):
        while not holds():  # by another task or process
            await asyncio.sleep(0.01)
