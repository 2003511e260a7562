"""Where `luohu serve` would not start, or serves nobody, `luohu doctor` says so before, and both name the database."""

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from bot import doctor
from bot.store.chosen import store_for
from conftest import ROOT
from postgres import Server
from service import LUOHU, Service, environment, refused
from test_doctor import NEWEST, made_until, to_mend, told

pytestmark = pytest.mark.asyncio
NAMELESS = f"CREATE TABLE schema_version (version INTEGER PRIMARY KEY); INSERT INTO schema_version VALUES ({NEWEST + 2})"
FOREIGN = {"a table of ours": "CREATE TABLE visit (id INTEGER PRIMARY KEY, shop TEXT)", "two steps ahead": NAMELESS}
AS_ANYBODY = """
import asyncio, concurrent.futures.thread, os, sys
from bot.store.base import StoreDown
from bot.store.chosen import store_for
if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
try:
    asyncio.run(store_for(sys.argv[1]).rehearse())
except StoreDown as error:
    print(error)
"""


async def agree(folder: Path, named: str, says: str, **settings: str) -> None:
    """The start refuses in one sentence, and the doctor says the same."""
    status, wrong = await refused(folder, LUOHU_LISTEN="127.0.0.1:0", LUOHU_DESK_LISTEN="127.0.0.1:0", **settings)
    assert (status, wrong.count("\n")) == (3, 1) and named in wrong and says in wrong and "canary" not in wrong, wrong
    status, said, _ = await told(folder, **settings)
    assert status == 1 and [line for line in to_mend(said) if "数据库：" in line and says in line] and "canary" not in said, said


@pytest.mark.parametrize(("what", "script"), FOREIGN.items())
async def test_a_file_of_another_program_or_of_a_much_later_version(tmp_path: Path, what: str, script: str) -> None:
    with closing(sqlite3.connect(tmp_path / "luohu.db")) as db:
        db.executescript(script)
    await agree(
        tmp_path, "luohu.db" if what == "a table of ours" else "数据库", "visit" if what == "a table of ours" else "最多能差一步"
    )


async def test_a_file_with_spoilt_pages(tmp_path: Path) -> None:
    made_until(tmp_path / "luohu.db", NEWEST)
    whole = (tmp_path / "luohu.db").read_bytes()
    (tmp_path / "luohu.db").write_bytes(whole[:4096] + b"U" * (len(whole) - 4096))
    await agree(tmp_path, "luohu.db", "文件坏了")


async def test_a_file_that_the_account_cannot_write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        file = Path(folder) / "luohu.db"
        made_until(file, NEWEST)
        file.chmod(0o444)
        asked = [sys.executable, "-c", AS_ANYBODY, str(file)]
        done = await asyncio.to_thread(subprocess.run, asked, cwd=ROOT, capture_output=True, text=True, timeout=30)
        assert f"{file} 写不了" in done.stdout, done


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for key in ({}, {"LUOHU_KEY": "k"}):  # without one, a key would be made beside it
        status, said = await refused(tmp_path, LUOHU_DATABASE="none/luohu.db", LUOHU_LISTEN="127.0.0.1:0", **key)
        assert (status, said.count("\n")) == (3, 1) and "none/luohu.db" in said
    status, said, _ = await told(tmp_path, LUOHU_DATABASE="none/luohu.db")
    assert status == 1 and len(to_mend(said)) == 1 and f"没有 {tmp_path / 'none'} 这个文件夹" in said


async def test_a_driver_that_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "asyncpg.py").write_text("raise ImportError")
    settings = {"LUOHU_DATABASE": "postgresql://luohu:canary@127.0.0.1:1/luohu", "LUOHU_KEY": "k"}
    await agree(tmp_path, "PostgreSQL", "pip install asyncpg", PYTHONPATH=str(tmp_path), **settings)


async def run(url: str, *statements: str) -> None:
    import asyncpg

    one = await asyncpg.connect(url)
    for statement in statements:
        await one.execute(statement)
    await one.close()


@pytest.mark.parametrize(
    ("says", "statements"),
    [
        ("已经有别的程序的同名的表", [FOREIGN["a table of ours"]]),
        ("最多能差一步", [NAMELESS]),
        ("只能读，不能写", ["ALTER DATABASE {name} SET default_transaction_read_only = on"]),
        ("权限不够", ["REVOKE ALL ON SCHEMA public FROM PUBLIC"]),
    ],
)
async def test_the_same_of_postgresql(tmp_path: Path, postgres: Server, says: str, statements: list[str]) -> None:
    url = postgres.new_database()
    server, _, name = url.rpartition("/")
    role = f"role_of_{name}"
    await run(url, f"CREATE ROLE {role} LOGIN", *(one.format(name=name) for one in statements))
    url = url.replace("//luohu@", f"//{role}:canary@" if says == "权限不够" else "//luohu:canary@")
    await agree(tmp_path, f"{server.partition('@')[2]}/{name}", says, LUOHU_DATABASE=url, LUOHU_KEY="k")


async def test_what_a_rehearsal_does_is_undone(postgres: Server) -> None:
    store = store_for(postgres.new_database())
    await store.rehearse()
    assert await store.version() == 0


async def test_a_service_that_runs_and_serves_nobody_is_seen(tmp_path: Path) -> None:
    one = Service(tmp_path, {"LUOHU_DESK_LISTEN": "127.0.0.1:0", "LUOHU_KEY": "one"})
    await one.start()
    try:
        here = {**one.settings, "LUOHU_LISTEN": f"127.0.0.1:{one.port}"}
        assert (await told(tmp_path, **here))[0] == 0
        _, said, _ = await told(tmp_path, **here | {"LUOHU_KEY": "another"})
        assert ["密钥：和正在用" in line for line in to_mend(said)] == [True]
        one.database.unlink()
        status, said, _ = await told(tmp_path, **here)
        assert status == 1 and "现在不能为人服务（database away" in said and "看它的日志" in said
    finally:
        await one.kill()


async def test_a_step_ahead_all_three_agree(tmp_path: Path) -> None:
    """As while processes are replaced one after the other."""
    made_until(tmp_path / "luohu.db", NEWEST + 1)
    one = Service(tmp_path, {"LUOHU_DESK_LISTEN": "127.0.0.1:0"})
    await one.start()
    await one.stop()
    assert f"database_newer count={NEWEST + 1}" in one.log
    status, said, _ = await told(tmp_path)
    assert (status, to_mend(said)) == (0, []) and "下一个版本已经升级过" in said
    command: list[str | Path] = [LUOHU, "backup", "saved.json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == 2 and "请用更新的那个版本的程序备份" in done.stderr and not (tmp_path / "saved.json").exists()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://hukou.example", ""),
        ("http://hukou.example", "要用 https"),
        ("http://10.0.0.2:8080", "要用 https"),
        ("https://localhost:8443", "写的是本机"),
        ("http://127.0.0.1:8080", "写的是本机"),
        ("http://[::1]:8080", "写的是本机"),
    ],
)
async def test_an_address_that_no_phone_can_use_is_said(address: str, says: str) -> None:
    found = doctor._for_phones(address)
    assert [(one.fine, says in one.said) for one in found] == ([(False, True)] if says else [])
