"""A webhook that stands in the way of polls goes, and one that somebody took away hangs again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.store.sqlite import SQLiteStore
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.tasks import Tasks
from bot.telegram.service import TelegramService
from botapi import BotApi
from conftest import BOOK
from service import until

pytestmark = pytest.mark.asyncio
HOOK = "https://luohu.example/telegram"


@contextlib.asynccontextmanager
async def connected(folder: Path, api: BotApi, **settings: str) -> AsyncIterator[TelegramService]:
    """Who talks to Telegram, before anything is repeated."""
    runtime = Runtime(BOOK, SQLiteStore(folder / "luohu.db"), b"key", 24)
    await runtime.open()
    ours = Settings(telegram_token=api.token, telegram_api=api.url, **settings)  # type: ignore[arg-type]
    service = TelegramService(Turns(runtime), ours, Tasks(), "here")
    await service._bot.initialize()
    yield service
    await service.stop()
    await runtime.store.close()


async def test_a_webhook_that_could_not_be_taken_down_is_taken_down_when_a_poll_is_refused(tmp_path: Path) -> None:
    async with BotApi() as api, connected(tmp_path, api) as service:
        await service._bot.set_webhook(HOOK)
        api.fail("502", "deleteWebhook", times=1)
        await service._no_hook()
        assert api.webhook is not None
        poll = asyncio.create_task(service._poll())
        await until(lambda: api.webhook is None)
        poll.cancel()


async def test_a_webhook_that_somebody_took_away_hangs_again_and_one_that_hangs_is_left(tmp_path: Path) -> None:
    async with BotApi() as api, connected(tmp_path, api, telegram_webhook_url=HOOK, telegram_secret="secret") as service:
        for _ in range(2):
            await service._look_after_the_hook()
        assert api.webhook is not None and len(api.log("setWebhook")) == 1
        await service._bot.delete_webhook()
        await service._look_after_the_hook()
        assert api.webhook is not None and api.webhook.url == HOOK
