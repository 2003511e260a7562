"""Settings: what is not known or cannot be used stops the start with one sentence."""

import argparse
import asyncio
import contextlib
import errno
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from bot import check
from bot.policy_commands import run_texts
from bot.serve import _listener
from bot.settings import BadSetting, Settings, door, hash_key, read
from conftest import ROOT
from proxy import free_port
from service import LUOHU, Service, environment, refused, until

TOKEN = "4242:a-canary-of-a-token"  # opens nothing


def settings(**named: str) -> Settings:
    """What read() makes of LUOHU_ names, given without the prefix, and no `.env`."""
    return read({f"LUOHU_{name}": value for name, value in named.items()}, Path("/nonexistent"))


def test_nothing_set_is_a_sqlite_file_and_no_bot() -> None:
    assert settings() == Settings()
    assert (settings().database, settings().telegram_token, settings().by_webhook, settings().on_postgres) == (
        "luohu.db",
        "",
        False,
        False,
    )


def test_every_setting_is_read() -> None:
    chosen = settings(
        DATABASE="postgresql://luohu@127.0.0.1/luohu",
        LISTEN="[::1]:8081",
        RETENTION_HOURS="720",
        KEY="a long secret",
        LOG="debug",
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_API="http://127.0.0.1:8082",
        TELEGRAM_WEBHOOK_URL="https://luohu.example/telegram",
        TELEGRAM_SECRET="A-z_9",
        TELEGRAM_ASSESSMENT="no. 7",
    )
    assert (door(chosen.listen)[1], chosen.retention_hours, chosen.by_webhook, chosen.on_postgres) == (8081, 720, True, True)
    assert {chosen.key, chosen.log, chosen.telegram_secret, chosen.telegram_assessment} == {
        "a long secret",
        "debug",
        "A-z_9",
        "no. 7",
    }


def test_spaces_around_a_value_and_an_empty_value_do_not_count() -> None:
    assert settings(LOG=" debug ", DATABASE="", TELEGRAM_API="  ") == settings(LOG="debug")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("TELEGRAM_TOKN", "LUOHU_TELEGRAM_TOKEN"),
        ("DATABSE", "LUOHU_DATABASE"),
        ("RETENTION", "LUOHU_RETENTION_HOURS"),
        ("TELEGRAM_WEBHOOK", "LUOHU_TELEGRAM_WEBHOOK_URL"),
        ("telegram_token", "LUOHU_TELEGRAM_TOKEN"),
        pytest.param("XYZZY", "可以用：LUOHU_DATABASE"),  # nothing near: the list of all
    ],
)
def test_a_name_that_is_not_known_is_refused_with_the_nearest_one(name: str, near: str) -> None:
    with pytest.raises(BadSetting, match=near) as caught:
        settings(**{name: "1"})
    one_sentence(str(caught.value))
    assert f"LUOHU_{name}" in str(caught.value)


WITH_HOOK = {"TELEGRAM_WEBHOOK_URL": "https://luohu.example/telegram"}
BAD: list[Any] = [
    *(("LUOHU_RETENTION_HOURS", {"RETENTION_HOURS": hours}) for hours in ("0", "721", "-1", "1.5", "x", "１", "²", "1e2", "9" * 5000)),
    *(
        ("LUOHU_LISTEN", {"LISTEN": where})
        for where in ("http://127.0.0.1:8080", "127. 0.0.1:8080", "１２７.0.0.1:80", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:²", "h:-1")
    ),
    *(("LUOHU_LOG", {"LOG": level}) for level in ("INFO", "trace", "0")),
    *(("LUOHU_LOG_FORMAT", {"LOG_FORMAT": kind}) for kind in ("JSON", "xml")),
    *(("LUOHU_TELEGRAM_API", {"TELEGRAM_API": url}) for url in ("api.telegram.org", "ftp://x", "https://", "https:///bot", "x" * 999)),
    *(("LUOHU_TELEGRAM_WEBHOOK_URL", {"TELEGRAM_WEBHOOK_URL": url, "TELEGRAM_SECRET": "s"}) for url in ("luohu.example", "http://")),
    pytest.param("LUOHU_TELEGRAM_API", {"TELEGRAM_API": "http://["}),
    ("LUOHU_TELEGRAM_SECRET", WITH_HOOK),
    ("LUOHU_TELEGRAM_SECRET", WITH_HOOK | {"TELEGRAM_SECRET": " "}),
    *(("LUOHU_TELEGRAM_SECRET", WITH_HOOK | {"TELEGRAM_SECRET": secret}) for secret in ("a b", "密", "a.b", "x" * 257, "---", "é")),
    *(("LUOHU_TELEGRAM_TOKEN", {"TELEGRAM_TOKEN": token}) for token in ("token", "1234", "令牌", "bot1:abc", "1:a b", "1:ab\u200b", '"1:ab"', "1:")),
    *(("LUOHU_HOTLINE", {"HOTLINE": number}) for number in ("热线", "123\n456", "<b>1</b>", "1" * 41)),
    *(("LUOHU_PUBLIC_URL", {"PUBLIC_URL": url}) for url in ("kiosk.example", "https://kiosk.example/?a", "https://kiosk.example/#a")),
    ("LUOHU_KEY", {"DATABASE": "postgresql://luohu@127.0.0.1/luohu"}),
    *(("LUOHU_DATABASE", {"DATABASE": url, "KEY": "k"}) for url in ("mysql://x", "redis://x", "sqlite:///x.db")),
]  # fmt: skip


@pytest.mark.parametrize(("named", "values"), BAD, ids=lambda value: str(value)[:60])
def test_a_value_that_cannot_be_used_is_refused_with_one_sentence_that_names_it(named: str, values: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=named) as caught:
        settings(**values)
    one_sentence(str(caught.value))


UNREAD = [
    *(f"postgresql://luohu:pa{cut}ss@db:5432/luohu" for cut in ("/", "#", "?", "?a=", "@", "[", "/@")),
    *(f"postgresql://luohu:12{cut}pass@db/luohu" for cut in ("/", "#", "?", "?a=")),  # what stands before it could be a port
    *(f"postgresql://luohu:pass@db:{port}/luohu" for port in ("99x", "99999", "-5", "５", "1:2")),
    *(f"postgresql://luohu:pass@{host}/luohu" for host in ("[::1", "::1", "db..x", "x" * 64, "d b", "one:1,two:x")),
]
READ = [
    *(f"postgresql://luohu:pass@{host}/luohu" for host in ("db", "db:5432", "db_1", "[::1]:5432", "10.0.0.1", "one:1,two:2", "db.:1", "")),
    *("postgresql:///luohu?host=/run/postgresql", "postgres://luohu@%2Frun%2Fpostgresql/luohu", "postgresql://"),
    "postgresql://luohu:pa%2Fs%23%3F%40:s%25@db/luohu?sslmode=require",
]  # fmt: skip


@pytest.mark.parametrize("url", UNREAD)
def test_an_address_of_postgresql_that_cannot_be_read_is_said_without_a_part_of_it(url: str) -> None:
    with pytest.raises(BadSetting, match="LUOHU_DATABASE") as caught:
        settings(DATABASE=url, KEY="k")
    one_sentence(str(caught.value))
    assert "%2F %23 %3F" in str(caught.value) and not re.search("pa|ss|12|99|luohu:|db", str(caught.value).partition("：")[2])


@pytest.mark.parametrize("url", READ)
def test_an_address_of_postgresql_may_be_written_in_many_ways(url: str) -> None:
    assert settings(DATABASE=url, KEY="k").database == url


@pytest.mark.parametrize("command", ["serve", "doctor", "staff list", "backup f", "policy log"])
@pytest.mark.parametrize("url", ["postgresql://luohu:canary/ss@db/luohu", "postgresql://luohu:pass@/luohu?port=canary"])
def test_no_command_shows_a_password_where_the_address_is_wrong(tmp_path: Path, command: str, url: str) -> None:
    """Of the second one only the library sees that it is, and of a service its last word is the server's."""
    done = luohu(tmp_path, *command.split(), LUOHU_DATABASE=url, LUOHU_KEY="k", LUOHU_LISTEN=f"127.0.0.1:{free_port()}")
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2, 3) and "canary" not in said and "Traceback" not in said, said
    if "/ss" in url:
        assert done.returncode == (1 if command == "doctor" else 2) and "LUOHU_DATABASE" in said and "%2F" in said
        assert ("要改" in said) is (command == "doctor")


def one_sentence(said: str) -> None:
    assert 0 < len(said) < 400
    assert "\n" not in said


def test_the_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "LUOHU_LOG=debug\nLUOHU_RETENTION_HOURS='48'\n# a note\nLUOHU_KEY=a$b${c}\nOTHER=1\n", encoding="utf-8"
    )
    assert read({}, tmp_path) == Settings(log="debug", retention_hours=48, key="a$b${c}")
    assert read({"LUOHU_LOG": "warning"}, tmp_path).log == "warning"
    assert read({"LUOHU_LOG": ""}, tmp_path).log == "info"


def test_an_unknown_name_in_the_env_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LUOHU_TELEGRAM_TOKN=1\n", encoding="utf-8")
    with pytest.raises(BadSetting, match="LUOHU_TELEGRAM_TOKEN"):
        read({}, tmp_path)


def test_a_database_is_named_without_its_password() -> None:
    assert (
        settings(DATABASE="postgresql://luohu:p%40:a@one:1,two/luohu?password=b", KEY="k").named == "postgresql://one:1,two/luohu"
    )
    assert settings(DATABASE="data/luohu.db").named == "data/luohu.db"


def test_no_secret_shows() -> None:
    canaries = {"KEY": "canary-key", "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": "canary-secret"}
    chosen = settings(**canaries, DATABASE="postgresql://luohu:canary-password@127.0.0.1/luohu")
    for canary in (*canaries.values(), "canary-password"):
        assert canary not in f"{chosen!r} {chosen}"
    for broken in ({"TELEGRAM_TOKEN": "canary"}, WITH_HOOK | {"TELEGRAM_SECRET": "canary secret"}):
        with pytest.raises(BadSetting) as caught:
            settings(**broken)
        assert "canary" not in str(caught.value)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("named", "values"),
    [
        ("LUOHU_TELEGRAM_TOKEN", {"LUOHU_TELEGRAM_TOKN": TOKEN}),
        ("LUOHU_RETENTION_HOURS", {"LUOHU_RETENTION_HOURS": "0"}),
        (
            "LUOHU_TELEGRAM_SECRET",
            {"LUOHU_TELEGRAM_TOKEN": TOKEN, "LUOHU_TELEGRAM_WEBHOOK_URL": "https://luohu.example/telegram"},
        ),
        ("LUOHU_LISTEN", {"LUOHU_LISTEN": "192.0.2.1:8080"}),
    ],
)
async def test_serve_ends_with_status_2_and_that_sentence_alone(tmp_path: Path, named: str, values: dict[str, str]) -> None:
    status, said = await refused(tmp_path, **values)
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith("luohu: ")
    assert named in said
    assert TOKEN not in said


WRONG_FILES: list[Any] = [
    pytest.param(b"LUOHU_KIOSK_KEY: sesame\n", ("第 1 行", "LUOHU_KIOSK_KEY=值"), id="a colon"),
    pytest.param("\n\n# 口令\nLUOHU_KIOSK_KEY：sesame\n".encode(), ("第 4 行", "LUOHU_KIOSK_KEY=值"), id="a wide colon"),
    pytest.param(
        "LUOHU_LOG=info\nLUOHU_KIOSK_KEY＝sesame\n".encode(), ("第 2 行", "LUOHU_KIOSK_KEY=值"), id="a wide equals sign"
    ),
    pytest.param(b"LUOHU_LOG=info\n\nLUOHU_KIOSK_KEY sesame\n", ("第 3 行",), id="no sign"),
    pytest.param(b"LUOHU_KIOSK_KEY\n", ("第 1 行",), id="a name alone"),
    pytest.param("自助机的口令 sesame\n".encode(), ("第 1 行",), id="a note without its mark"),
    pytest.param(b'LUOHU_KIOSK_KEY="sesame\nLUOHU_LOG=info\n', ("第 1 行", "引号"), id="an open quote"),
    pytest.param(b"A=1\n\nLUOHU_KIOSK_KEI=sesame\n", ("第 3 行", "是不是 LUOHU_KIOSK_KEY"), id="an unknown name"),
    pytest.param(b"luohu_kiosk_key=sesame\n", ("第 1 行", "是不是 LUOHU_KIOSK_KEY"), id="small letters"),
    pytest.param("LUOHU_LOG=info\n# 自助机的口令\nLUOHU_KIOSK_KEY=sesame\n".encode("gbk"), ("第 2 行", "UTF-8"), id="GBK"),
    pytest.param("LUOHU_KIOSK_KEY=sesame\n".encode("utf-16"), ("第 1 行", "UTF-8"), id="UTF-16"),
    pytest.param("LUOHU_KIOSK_KEY=sesame\n".encode("utf-16-le"), ("第 1 行", "UTF-8"), id="UTF-16 without a mark"),
]


@pytest.mark.parametrize(("content", "named"), WRONG_FILES)
def test_an_env_file_that_is_badly_written_stops_the_start(tmp_path: Path, content: bytes, named: tuple[str, ...]) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(BadSetting) as caught:
        read({}, tmp_path)
    said = str(caught.value)
    one_sentence(said)
    assert all(name in said for name in named) and ".env" in said and "sesame" not in said
    assert caught.value.status == 1


@pytest.mark.parametrize(
    "content",
    ["\ufeffLUOHU_LOG=debug\r\n", "export LUOHU_LOG='debug' # so\r\n", 'LUOHU_LOG = "debug"\n\n', "OTHER=1\nLUOHU_LOG=debug"],
)
def test_an_env_file_may_be_written_in_many_ways(tmp_path: Path, content: str) -> None:
    (tmp_path / ".env").write_bytes(content.encode())
    assert read({}, tmp_path).log == "debug"


@pytest.mark.asyncio
async def test_serve_and_staff_end_with_one_sentence_of_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    status, said = await refused(tmp_path)
    assert (status, said.count("\n")) == (1, 1) and said.startswith("luohu: ") and ".env 读不了" in said
    (tmp_path / ".env").rmdir()
    (tmp_path / ".env").write_text("LUOHU_KIOSK_KEY: sesame\n", encoding="utf-8")
    for command in (("serve",), ("staff", "list")):
        done = luohu(tmp_path, *command)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1) and "第 1 行" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


HOOKS: list[Any] = [
    *(("https", f"http://{host}/telegram") for host in ("luohu.example", "luohu.example:443", "8.8.8.8:88")),
    *(("端口", f"https://luohu.example:{port}/telegram") for port in (8080, 444, 1, 65535)),
    *(
        ("外面", f"https://{host}/telegram")
        for host in ("127.0.0.1", "localhost", "10.1.2.3:8443", "192.168.0.7", "172.16.0.1", "169.254.1.1", "100.64.0.1", "0.0.0.1")
    ),
    *(("外面", f"https://{host}/telegram") for host in ("[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:10.0.0.1]", "127.1", "2130706433")),
    *(("外面", f"https://{host}/telegram") for host in ("kiosk", "kiosk.local", "LOCALHOST.", "a.localhost", "db.internal")),
    *(("完整的网址", f"https://{host}") for host in ("", "/telegram", ":443/telegram", "luohu.example:port/", "luohu.example:0/", "a b/")),
]  # fmt: skip


@pytest.mark.parametrize(("why", "url"), HOOKS)
def test_a_webhook_that_telegram_cannot_reach_stops_the_start(why: str, url: str) -> None:
    with pytest.raises(BadSetting, match=why) as caught:
        settings(TELEGRAM_WEBHOOK_URL=url, TELEGRAM_SECRET="s")
    one_sentence(str(caught.value))
    assert "LUOHU_TELEGRAM_WEBHOOK_URL" in str(caught.value)


@pytest.mark.parametrize(
    "where", ["luohu.example", "luohu.example:443", "a.b.cn:80", "a.b.cn:88", "a.b.cn:8443", "8.8.8.8", "落户.example"]
)
def test_a_webhook_that_telegram_can_reach_is_taken(where: str) -> None:
    assert settings(TELEGRAM_WEBHOOK_URL=f"https://{where}/telegram", TELEGRAM_SECRET="s").by_webhook
    own = settings(TELEGRAM_API="http://127.0.0.1:8081", TELEGRAM_WEBHOOK_URL="http://10.0.0.2:9000/x", TELEGRAM_SECRET="s")
    assert own.by_webhook, "a Bot API of one's own brings updates anywhere"


def luohu(folder: Path, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LUOHU, *command],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("command", [("list",), ("disable", "mei"), ("password", "mei")])
def test_staff_in_a_folder_without_a_database_makes_none(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = luohu(tmp_path, "staff", *command)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1) and "没有数据库 luohu.db" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_lexicon_with_a_fault_stops_the_start_with_its_line(tmp_path: Path) -> None:
    policies = shutil.copytree(ROOT / "policies", tmp_path / "policies")
    lexicon = policies / "heard.yaml"
    lexicon.write_text(lexicon.read_text(encoding="utf-8").replace("- value: ", "- valu: ", 1), encoding="utf-8")
    done = luohu(tmp_path, "--policies", str(policies), "serve")
    assert done.returncode == 2 and re.match(r"policies/heard\.yaml:\d+: .*valu", done.stderr)


def test_texts_that_cannot_be_written_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the folder should be: even root cannot write below it."""
    (tmp_path / "en").write_text("")
    monkeypatch.setattr("bot.wording.languages.LOCALES", tmp_path)
    with pytest.raises(check.BadInput, match="写不了") as caught:
        run_texts(argparse.Namespace(policies=ROOT / "policies"))
    one_sentence(str(caught.value))


def test_a_start_on_a_full_disk_leaves_no_empty_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        hash_key(Settings(database=str(tmp_path / "luohu.db")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("listen", "printed", "reached"),
    [
        ("[::]:{port}", "http://[::1]:{port}/kiosk", ("127.0.0.1", "[::1]")),
        ("[::1]:{port}", "http://[::1]:{port}/kiosk", ("[::1]",)),
        ("0.0.0.0:{port}", "http://127.0.0.1:{port}/kiosk", ("127.0.0.1",)),
    ],
)
async def test_the_addresses_printed_are_addresses(tmp_path: Path, listen: str, printed: str, reached: tuple[str, ...]) -> None:
    one = Service(tmp_path, {"LUOHU_DESK_LISTEN": "[::1]:0"})
    one.settings["LUOHU_LISTEN"] = listen.format(port=one.port)
    one.launch()
    try:
        await until(lambda: "Telegram" in one.log)
        assert printed.format(port=one.port) in one.log
        assert re.search(r"http://\[::1\]:[1-9]\d*/desk", one.log)
        async with ClientSession() as http:
            for host in reached:
                async with asyncio.timeout(20):
                    while True:
                        with contextlib.suppress(ClientError):
                            async with http.get(f"http://{host}:{one.port}/live") as answer:
                                assert answer.status == 200
                                break
                        await asyncio.sleep(0.05)
    finally:
        await one.kill()


def in_the_terminal(folder: Path, *said: str) -> str:
    """All that a talk shows, with what was typed."""
    lines = "".join(f"{one}\n" for one in said)
    done = subprocess.run(
        [LUOHU, "chat"], cwd=folder, env=environment(), input=lines, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def test_in_a_terminal_the_last_answer_stands_above_the_next_question_and_below_a_remark(tmp_path: Path) -> None:
    first, city, why, _ = in_the_terminal(tmp_path, "天水", "为什么问").split("\n> ")
    assert "✓" not in first and city.splitlines()[2:4] == ["✓ 城市：天水", "【要办的事】想办哪件事？"]
    assert [line[:5] for line in why.splitlines()[2:5]] == ["为什么问：", "✓ 城市：", "【要办的事"]


def test_after_the_end_a_terminal_offers_nothing_more(tmp_path: Path) -> None:
    last = in_the_terminal(tmp_path, "退出").rpartition("> 退出")[2]
    assert "今天就到这里" in last and "开始" not in last


@pytest.mark.asyncio
async def test_of_two_that_start_at_once_at_one_address_one_says_why_it_does_not(tmp_path: Path) -> None:
    """Both may bind it as long as neither has opened it."""
    listen = f"127.0.0.1:{free_port()}"
    with contextlib.closing(_listener(listen)):
        status, said = await refused(tmp_path, LUOHU_DATABASE="luohu.db", LUOHU_LISTEN=listen)
    assert (status, said.count("\n")) == (2, 1) and f"luohu: {listen} 用不了" in said
