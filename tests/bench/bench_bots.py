"""What `make bench` measures from outside, each in a process of its own: python tests/bench/bench_bots.py NAME …

echo PORT API           a bare python-telegram-bot echo with its own webhook server, or with its poll where tornado is missing
echo_polled PORT API    the same, always by its poll
echo_riding PORT API    a bare echo whose answer rides in the webhook's response (Starlette)
ours_stock PORT API     our service on python-telegram-bot's stock transport; its settings are in the environment
pages FOLDER            a bare Starlette + Jinja2 server of the pages in a folder, every text of them looked up by gettext
visits FILE             fills our store; prints how many bytes the process grew by
rows FILE               fills a plain table with the same visits as JSON; prints the memory of the rows held in a dict
"""

import asyncio
import importlib.util
import json
import os
import random
import resource
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

SECRET = "s3cret-of-the-hook"  # opens nothing
HAS_TORNADO = importlib.util.find_spec("tornado") is not None
KEPT = 1000 if "BENCH_ONCE" in os.environ else 100_000  # visits
ANSWERS = 18  # of each of them
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")  # the same promises for both
ROWS = "CREATE TABLE session (id BLOB PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL, touched INTEGER NOT NULL)"


# ---- echo bots ----


def echo(port: str, api: str) -> None:
    if HAS_TORNADO:
        hook = f"http://127.0.0.1:{port}/telegram"
        echoing(api).run_webhook("127.0.0.1", int(port), "telegram", webhook_url=hook, secret_token=SECRET)
    else:
        echo_polled(port, api)


def echo_polled(_: str, api: str) -> None:
    echoing(api).run_polling()


def echoing(api: str) -> Any:
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def reply(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message and update.message.text
        await update.message.reply_text(update.message.text)

    application = Application.builder().token("4242:stand-in").base_url(f"{api}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, reply))
    return application


def echo_riding(port: str, api: str) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    application = Application.builder().token("4242:stand-in").base_url(f"{api}/bot").updater(None).build()
    answers: dict[int, dict[str, object]] = {}

    async def reply(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        answers[update.update_id] = {"method": "sendMessage", "chat_id": update.message.chat_id, "text": update.message.text}

    async def hook(request: Request) -> JSONResponse:
        update = Update.de_json(await request.json(), application.bot)
        await application.process_update(update)
        return JSONResponse(answers.pop(update.update_id))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with application:
            yield

    application.add_handler(MessageHandler(filters.TEXT, reply))
    routes = [Route("/telegram", hook, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes, lifespan=lifespan), port=int(port), access_log=False, log_level="warning")


# ---- ours, on the stock transport ----


def ours_stock(_: str, __: str) -> None:
    import uvicorn
    from telegram.request import HTTPXRequest

    from bot import log, settings
    from bot.__main__ import POLICIES
    from bot.serve import Service
    from flows.loading.load import load

    chosen = settings.read()
    log.set_up(chosen.log)
    service = Service(chosen, load(POLICIES), request=HTTPXRequest(connection_pool_size=256), riding=False)
    host, listen_port = settings.door(chosen.listen)
    uvicorn.run(service.app(), host=host, port=listen_port, access_log=False, log_config=None, server_header=False)


# ---- the same pages, bare ----


def pages(folder: str) -> None:
    import re
    from gettext import NullTranslations

    import jinja2
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.install_gettext_translations(NullTranslations(), newstyle=True)  # type: ignore[attr-defined]

    def looked_up(text: "re.Match[str]") -> str:
        return f">{{{{ _({text[1]!r}) }}}}<" if text[1].strip() else text[0]

    templates = [
        environment.from_string(re.sub(r">([^<>]+)<", looked_up, path.read_text(encoding="utf-8").replace("{", "")))
        for path in sorted(Path(folder).glob("*.html"))
    ]

    async def page(request: Request) -> HTMLResponse:
        await request.body()
        return HTMLResponse(templates[request.path_params["number"]].render())

    application = Starlette(routes=[Route("/{number:int}", page, methods=["POST"])])
    uvicorn.run(application, port=int(os.environ["PORT"]), access_log=False, log_level="warning")


# ---- 100,000 visits ----


def visits(file: str) -> None:
    asyncio.run(_fill_store(Path(file)))


async def _fill_store(path: Path) -> None:
    from bot.store.sqlite import SQLiteStore
    from bot.talk.runtime import Runtime
    from bot.talk.turns import Turns
    from bot.talk.visit import encode
    from conftest import BOOK

    desk = Turns(Runtime(BOOK, SQLiteStore(path), b"", 24))
    await desk.runtime.open()
    before = memory()
    async with desk.runtime.store.transaction() as db:
        for who, visit in people():
            sql = "INSERT INTO visit (owner, version, data, touched) VALUES (?, ?, ?, ?)"
            await db.run(sql, who, visit.version, encode(visit, desk.runtime.words), visit.version)
        for who, _ in people():
            await db.rows("SELECT data FROM visit WHERE owner = ?", who)
    print(memory() - before)
    await desk.runtime.store.close()


def rows(file: str) -> None:
    db = plain(Path(file))
    made = ((who, visit.version, as_json(visit), visit.version) for who, visit in people())
    db.execute("BEGIN")
    db.executemany("INSERT INTO session VALUES (?, ?, ?, ?)", made)
    db.execute("COMMIT")
    before = memory()
    held = dict(db.execute("SELECT id, data FROM session"))
    print(memory() - before)
    assert len(held) == KEPT
    db.close()


def plain(path: Path) -> sqlite3.Connection:
    """A plain table of JSON rows, with the same promises as our store."""
    new = not path.exists()
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        db.execute(f"PRAGMA {pragma}")
    if new:
        db.execute(ROWS)
    return db


def as_json(visit: Any) -> str:
    beside = {field.name: getattr(visit, field.name) for field in fields(visit) if field.name != "talk"}
    return json.dumps({"session": asdict(visit.session), **beside})


def people() -> Iterator[tuple[bytes, Any]]:
    """(owner, visit), always the same: residents of Tianshui with many answers and a message for each of them."""
    from bot.talk.visit import Visit
    from conftest import BOOK
    from flows.conversation import Session, Talk
    from flows.facts import Answer, Facts

    luck = random.Random(3)
    policy = BOOK.city("tianshui").policy
    choices: dict[str, list[Answer]] = {
        fact.id: list(zip(fact.options) if fact.many else fact.options) for fact in policy.facts.values() if fact.id != "city"
    }
    for number in range(KEPT):
        chosen = sorted(luck.sample(sorted(choices), ANSWERS - 1))
        facts: Facts = {"city": "tianshui"} | {fact: luck.choice(choices[fact]) for fact in chosen}
        first = luck.randrange(1, 100_000)
        messages = tuple(range(first, first + 2 * ANSWERS, 2))
        session = Session(as_of="2026-11-22", phase="asking", facts=facts)
        moment = 1_700_000_000 + number
        yield (
            owner(number),
            Visit(Talk(BOOK, session), moment, moment, policy.version, heard=messages[-1], messages=messages),
        )


def owner(number: int) -> bytes:
    return sha256(b"%d" % number).digest()[:16]


def memory() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    {one.__name__: one for one in (echo, echo_polled, echo_riding, ours_stock, pages, visits, rows)}[sys.argv[1]](*sys.argv[2:])
