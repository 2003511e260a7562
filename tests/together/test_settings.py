"""Settings: what is not known or cannot be used stops the start with one sentence."""

from pathlib import Path
from typing import Any

import pytest

from bot.settings import BadSetting, Settings, door, read
from service import refused

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
        for where in ("8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:²", "h:-1")
    ),
    *(("LUOHU_LOG", {"LOG": level}) for level in ("INFO", "trace", "0")),
    *(("LUOHU_TELEGRAM_API", {"TELEGRAM_API": url}) for url in ("api.telegram.org", "ftp://x", "https://", "https:///bot", "x" * 999)),
    *(("LUOHU_TELEGRAM_WEBHOOK_URL", {"TELEGRAM_WEBHOOK_URL": url, "TELEGRAM_SECRET": "s"}) for url in ("luohu.example", "http://")),
    pytest.param("LUOHU_TELEGRAM_API", {"TELEGRAM_API": "http://["}),
    ("LUOHU_TELEGRAM_SECRET", WITH_HOOK),
    ("LUOHU_TELEGRAM_SECRET", WITH_HOOK | {"TELEGRAM_SECRET": " "}),
    *(("LUOHU_TELEGRAM_SECRET", WITH_HOOK | {"TELEGRAM_SECRET": secret}) for secret in ("a b", "密", "a.b", "x" * 257, "---", "é")),
    *(("LUOHU_TELEGRAM_TOKEN", {"TELEGRAM_TOKEN": token}) for token in ("token", "1234", "令牌")),
    ("LUOHU_KEY", {"DATABASE": "postgresql://luohu@127.0.0.1/luohu"}),
    *(("LUOHU_DATABASE", {"DATABASE": url, "KEY": "k"}) for url in ("mysql://x", "redis://x", "sqlite:///x.db")),
]  # fmt: skip


@pytest.mark.parametrize(("named", "values"), BAD, ids=lambda value: str(value)[:60])
def test_a_value_that_cannot_be_used_is_refused_with_one_sentence_that_names_it(named: str, values: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=named) as caught:
        settings(**values)
    one_sentence(str(caught.value))


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
        ("LUOHU_DATABASE", {"LUOHU_DATABASE": "/nonexistent/luohu.db", "LUOHU_LISTEN": "127.0.0.1:0"}),
        ("LUOHU_LISTEN", {"LUOHU_LISTEN": "192.0.2.1:8080"}),
    ],
)
async def test_serve_ends_with_status_2_and_that_sentence_alone(tmp_path: Path, named: str, values: dict[str, str]) -> None:
    status, said = await refused(tmp_path, **values)
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith("luohu: ")
    assert named in said
    assert TOKEN not in said
