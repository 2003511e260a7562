"""The kiosk: one question a screen, for whoever stands before it; the next one finds nothing of it."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk import Desk
from bot.handoff import Handoff
from bot.settings import Settings
from bot.web.browser import owner_of as owner_of
from bot.web.pages import page


class Kiosk:
    """The pages under /kiosk. `bot_name`: the Telegram bot's name, once it is known."""

    def __init__(self, desk: Desk, settings: Settings, bot_name: Callable[[], str | None]) -> None:
        self.desk = desk
        self.handoff = Handoff(desk)
        self._settings = settings
        self._bot_name = bot_name

    def routes(self) -> list[Route]:
        return [Route("/kiosk", self.show)]

    async def show(self, _: Request) -> Response:
        return page("kiosk.html", "zh")
