"""A bot as aiogram's documents show one: its FSM with a state for each question, kept in SQLite, and the answer in the webhook's
response: python aiogram_fsm.py RECORDED API PORT"""

import json
import sqlite3
import sys
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import BaseStorage, StorageKey
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.types import Message as Heard
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from kept import PRAGMAS
from recorded import FIRST, RESTART, Message, Question, read

SECRET = "s3cret-of-the-hook"  # opens nothing
TABLE = "CREATE TABLE IF NOT EXISTS talk (chat INTEGER PRIMARY KEY, state TEXT, data TEXT NOT NULL DEFAULT '{}')"


class SQLite(BaseStorage):
    """aiogram has storages for Redis and MongoDB; this is one for SQLite, as short as can be."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in (*PRAGMAS, TABLE):
            self.db.execute(pragma)

    async def set_state(self, key: StorageKey, state: Any = None) -> None:
        sql = "INSERT INTO talk (chat, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state"
        self.db.execute(sql, (key.chat_id, state.state if hasattr(state, "state") else state))

    async def get_state(self, key: StorageKey) -> str | None:
        row = self.db.execute("SELECT state FROM talk WHERE chat = ?", (key.chat_id,)).fetchone()
        return row[0] if row else None

    async def set_data(self, key: StorageKey, data: Any) -> None:
        sql = "INSERT INTO talk (chat, data) VALUES (?, ?) ON CONFLICT DO UPDATE SET data = excluded.data"
        self.db.execute(sql, (key.chat_id, json.dumps(data)))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        row = self.db.execute("SELECT data FROM talk WHERE chat = ?", (key.chat_id,)).fetchone()
        return json.loads(row[0]) if row else {}

    async def close(self) -> None:
        self.db.close()


def dispatcher(questions: dict[str, Question]) -> Dispatcher:
    talk = Dispatcher(storage=SQLite("aiogram.db"))

    async def begins(heard: Heard, state: FSMContext) -> object:
        await state.set_data({})
        await state.set_state(FIRST)
        return await shows(heard, questions[FIRST], edits=False)

    def answering(question: Question):
        async def typed(heard: Heard, state: FSMContext) -> object:
            return await shows(heard, await following(state, heard.text), edits=False)

        async def pressed(query: CallbackQuery, state: FSMContext) -> object:
            await query.answer()
            return await shows(query.message, await following(state, query.data), edits=True)

        async def following(state: FSMContext, said: str) -> Question:
            after = questions[question.next.get(said, question.name)]
            await state.update_data({question.name: said})
            await state.set_state(after.name)
            return after

        return typed, pressed

    talk.message.register(begins, Command(*RESTART))
    for question in questions.values():
        typed, pressed = answering(question)
        talk.message.register(typed, StateFilter(question.name))
        talk.callback_query.register(pressed, StateFilter(question.name))
    return talk


async def shows(heard: Heard, question: Question, edits: bool) -> TelegramMethod:
    """The last message rides in the response."""
    calls = [
        heard.edit_text(message.text, parse_mode="HTML", reply_markup=keyboard(message))
        if edits and message.edits
        else heard.answer(message.text, parse_mode="HTML", reply_markup=keyboard(message))
        for message in question.messages
    ]
    for call in calls[:-1]:
        await call
    return calls[-1]


def keyboard(message: Message) -> InlineKeyboardMarkup:
    rows = [[InlineKeyboardButton(text=label, callback_data=data) for label, data in row] for row in message.keyboard()]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def main(recorded: str, api: str, port: str) -> None:
    bot = Bot("4242:stand-in", session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
    talk = dispatcher(read(recorded))
    application = web.Application()

    async def hung(_: web.Application) -> None:
        await bot.set_webhook(f"http://127.0.0.1:{port}/telegram", secret_token=SECRET)

    application.on_startup.append(hung)
    SimpleRequestHandler(talk, bot, handle_in_background=False, secret_token=SECRET).register(application, "/telegram")
    web.run_app(application, host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
