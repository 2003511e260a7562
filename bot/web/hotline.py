"""The hotline's desk: an agent's screen for callers who tell their story in any order."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk import Desk
from bot.handoff import Handoff
from bot.settings import Settings
from bot.web.pages import page


class Hotline:
    """The pages under /desk, behind a door of their own."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.desk = desk
        self.handoff = Handoff(desk)
        self._settings = settings

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/desk", self.show)])

    async def show(self, _: Request) -> Response:
        return page("desk.html", "zh")
