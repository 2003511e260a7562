"""The hotline's desk: an agent's screen for callers who tell their story in any order."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from bot.desk import Desk
from bot.handoff import Handoff
from bot.settings import Settings
from bot.staff import Member, Staff
from bot.web.door import Door, desk_page
from bot.web.figures import FiguresPage


class Hotline:
    """The pages under /desk, behind a door of their own."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.desk = desk
        self.handoff = Handoff(desk)
        self.door = Door(Staff(desk))

    def app(self) -> Starlette:
        figures = FiguresPage(self.desk, self.door)
        return self.door.app([self.door.route("/desk", self.show), *figures.routes()])

    async def show(self, request: Request, _: Member) -> Response:
        return desk_page(request, "desk_home.html")
