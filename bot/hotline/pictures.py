"""The supervisor's pictures: how a city is asked about, and each route's conditions, as the policies are now."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.hotline.access import Access, desk_page
from bot.hotline.staff import Member
from bot.talk.runtime import Runtime
from bot.wording.languages import SOURCE, Language


class PicturesPage:
    def __init__(self, runtime: Runtime, door: Access) -> None:
        self._runtime = runtime
        self._door = door

    def routes(self) -> list[Route]:
        return [
            self._door.route("/desk/policies", self.show, roles=("supervisor",)),
            self._door.route("/desk/policies/{name}.svg", self.picture, roles=("supervisor",)),
        ]

    async def show(self, request: Request, _: Member) -> Response:
        cities = await asyncio.to_thread(self._runtime.book.load_all)  # some may not be read yet
        return desk_page(request, "desk_policies.html", cities=[city.policy for city in cities])

    async def picture(self, request: Request, _: Member) -> Response:
        """A city's, or (city.route) a route's; in English where the address asks for it."""
        from bot.workshop import draw, trees  # only here: no start waits for the workshop

        book, name = self._runtime.book, request.path_params["name"]
        policy, words = book.policy(name.partition(".")[0]), Language(request.query_params.get("lang", SOURCE))
        tree = trees.named(book, policy, name, words) if policy else None
        if tree is None:
            raise HTTPException(404)
        return Response(draw.svg(tree), media_type="image/svg+xml")
