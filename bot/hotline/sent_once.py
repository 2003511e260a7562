"""A form that a double Enter sends twice, to whichever process: what it does is done once, and both get the same answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.responses import Response

from bot.store.base import StoreDown
from bot.talk.runtime import Runtime
from bot.talk.short_memory import ShortMemory

TWICE = 2  # seconds in which a form that is sent again was sent by a hand that does everything twice
WORKING = 10  # seconds in which whoever got the form first answers, if it lives
LOOK = 0.02  # seconds between two looks whether there is an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it is kept."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def response(self) -> Response:
        response = Response(self.body, self.status)
        response.raw_headers = [*self.headers]
        return response


class SentOnce:
    def __init__(self, runtime: Runtime) -> None:
        self._begun = ShortMemory[bool](runtime, "form", bool, WORKING)
        self._answers = ShortMemory[Answer](runtime, "answer", Answer, TWICE)

    async def answer(self, form: str, work: Callable[[], Awaitable[Response]]) -> Response:
        """`form`: by what two are the same one. Raises what the work does; then it is done anew for whoever sends it again."""
        while (known := await self._answers.of(form)) is None:
            if await self._begun.claim(form):
                return await asyncio.shield(self._worked(form, work))
            await asyncio.sleep(LOOK)
        return known.response()

    async def _worked(self, form: str, work: Callable[[], Awaitable[Response]]) -> Response:
        try:
            if (known := await self._answers.of(form)) is not None:  # given while we asked
                return known.response()
            response = await work()
            answer = Answer(response.status_code, tuple(response.raw_headers), bytes(response.body))
            with suppress(StoreDown):  # what was done is done
                await self._answers.keep(form, answer)
            return response
        finally:
            with suppress(StoreDown):
                await self._begun.drop(form)
