"""`luohu doctor` says of a real machine, service and Bot API what keeps people from being served, and changes nothing."""

import asyncio
import contextlib
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path

import pytest
from aiohttp import web

from bot import doctor
from bot.settings import Settings
from bot.store.base import schema
from botapi import BotApi
from conftest import BOOK
from postgres import Server
from proxy import free_port
from service import LUOHU, environment, serving

NEWEST = schema()[-1][0]


async def told(folder: Path, **settings: str) -> tuple[int, str, str]:
    """(exit status, what it said, and what it said on standard error)."""
    env = environment(**{"LUOHU_LISTEN": f"127.0.0.1:{free_port()}", **settings})
    command = [str(LUOHU), "doctor"]
    done = await asyncio.to_thread(
        lambda: subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    )
    return done.returncode, done.stdout, done.stderr


def to_mend(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("要改")]


@contextlib.asynccontextmanager
async def site(text: str = "hello", **headers: str) -> AsyncIterator[str]:
    """Somebody else's server."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, headers=headers)

    app, port = web.Application(), free_port()
    app.router.add_get("/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest.mark.asyncio
async def test_an_empty_folder_will_do_and_stays_empty(tmp_path: Path) -> None:
    status, said, wrong = await told(tmp_path)
    assert (status, to_mend(said), wrong, list(tmp_path.iterdir())) == (0, [], "", [])
    assert "服务第一次启动时会建" in said


@pytest.mark.asyncio
@pytest.mark.parametrize("webhook", [False, True])
async def test_a_service_that_serves_has_nothing_to_mend(tmp_path: Path, webhook: bool) -> None:
    async with BotApi() as api, serving(api, tmp_path, webhook=webhook, LUOHU_TELEGRAM_ASSESSMENT="2026-1") as one:
        before = len(api.calls)
        settings = {**one.settings, "LUOHU_LISTEN": f"127.0.0.1:{one.port}", "LUOHU_PUBLIC_URL": one.url}
        status, said, _ = await told(tmp_path, **settings)
        asked = {call.method for call in list(api.calls)[before:]} - {
            "getUpdates",
            "setMyCommands",
            "setMyDescription",
        }  # the service's own
        assert (status, [line.split("，")[0] for line in to_mend(said)]) == (
            1,
            ["要改  外面的网址：LUOHU_PUBLIC_URL 写的是本机"],
        ), said
        assert asked <= {"getMe", "getWebhookInfo"}
    for fine in ("上服务正在运行", "打得开", "只有本账号能读", "令牌有效", "通到本服务"):
        assert fine in said
    assert ("webhook 挂着" in said) is webhook and api.token not in said


@pytest.mark.asyncio
async def test_each_thing_that_is_wrong_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "luohu.db").write_bytes(b"no database at all" * 100)
    (tmp_path / "luohu.db.key").write_bytes(b"short")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        door = f"127.0.0.1:{taken.getsockname()[1]}"
        async with site() as elsewhere, BotApi() as api:
            status, said, _ = await told(
                tmp_path,
                LUOHU_DESK_LISTEN=door,
                LUOHU_PUBLIC_URL=elsewhere,
                LUOHU_HALL="hall.yaml",
                LUOHU_TELEGRAM_TOKEN="1:wrong",
                LUOHU_TELEGRAM_API=api.url,
            )
    parts = ["数据库", "密钥", "端口", "大厅", "Telegram", "Telegram", "外面的网址", "外面的网址"]
    assert status == 1 and [line.split()[1].partition("：")[0] for line in to_mend(said)] == parts, said
    for mend in (
        "LUOHU_DATABASE",
        "从备份里恢复",
        "换一个 LUOHU_DESK_LISTEN",
        "LUOHU_TELEGRAM_TOKEN",
        "ASSESSMENT",
        "LUOHU_HALL（hall.yaml）打不开",
        "不是本服务",
    ):
        assert mend in said
    assert (tmp_path / "luohu.db.key").read_bytes() == b"short" and "1:wrong" not in said


@pytest.mark.asyncio
async def test_a_stranger_on_our_door_is_not_taken_for_us_by_two_letters() -> None:
    async with site("<p>cookie</p>") as elsewhere:
        (found,) = await doctor._doors(Settings(listen=elsewhere.removeprefix("http://")))
    assert not found.fine and "换一个 LUOHU_LISTEN" in found.said, found


@pytest.mark.asyncio
async def test_a_bad_setting_is_something_to_mend(tmp_path: Path) -> None:
    status, said, wrong = await told(tmp_path, LUOHU_RETENTION_HOURS="soon")
    assert (status, wrong) == (1, "") and said.startswith("要改  设置：LUOHU_RETENTION_HOURS") and said.count("\n") == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(("behind", "said"), [(0, "准"), (600, "快了约"), (-600, "慢了约")])
async def test_a_clock_is_held_against_one_elsewhere(behind: int, said: str) -> None:
    moment = formatdate(time.time() - behind, usegmt=True)
    async with site(Date=moment) as elsewhere:
        (found,) = await doctor._clock(Settings(public_url=elsewhere))
    assert found.fine is (behind == 0) and found.said.startswith(said)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("step", "fine", "said"),
    [(NEWEST, True, "打得开"), (2, True, "升级"), (NEWEST + 1, True, "还能用"), (NEWEST + 2, False, "请换成写它的那个版本")],
)
async def test_the_step_of_a_database_is_looked_at_and_not_taken(tmp_path: Path, step: int, fine: bool, said: str) -> None:
    path = tmp_path / "luohu.db"
    made_until(path, step)
    before = path.read_bytes()
    (found,) = await doctor._database(Settings(database=str(path)))
    assert (found.fine, said in found.said, path.read_bytes()) == (fine, True, before), found


def made_until(path: Path, step: int) -> None:
    """A database as the program of a step leaves it; one that there is not yet has no tables of its own."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(f"CREATE TABLE schema_version (version INTEGER PRIMARY KEY); INSERT INTO schema_version VALUES ({step})")
        for _, script in schema()[:step]:
            db.executescript(script)


@pytest.mark.asyncio
async def test_the_same_of_postgresql(postgres: Server) -> None:
    (empty,) = await doctor._database(Settings(database=postgres.new_database()))
    (away,) = await doctor._database(Settings(database=f"postgresql://127.0.0.1:{free_port()}/none"))
    assert empty.fine and "升级" in empty.said and not away.fine and "LUOHU_DATABASE" in away.said


@pytest.mark.asyncio
async def test_little_room_and_a_key_that_others_can_read_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(database=str(tmp_path / "luohu.db"))
    (tmp_path / "luohu.db.key").write_bytes(bytes(32))
    (tmp_path / "luohu.db.key").chmod(0o644)
    monkeypatch.setattr(doctor, "ROOM", 2**80)
    found = await doctor.examined(settings, BOOK)
    assert {one.part for one in found if not one.fine} >= {"磁盘", "密钥"}
    assert "chmod 600" in "".join(one.said for one in found)
