"""The floor: python-telegram-bot behind Starlette says in the webhook's response what it heard, keeps nothing and decides nothing:
python echo.py RECORDED API PORT"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


def main(_: str, api: str, port: str) -> None:
    application = Application.builder().token("4242:stand-in").base_url(f"{api}/bot").updater(None).build()
    answers: dict[int, dict[str, object]] = {}

    async def reply(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
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


if __name__ == "__main__":
    main(*sys.argv[1:])
