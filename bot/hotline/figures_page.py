"""The supervisor's page: figures of the last days as tables and plots, and as a file for office programs."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.clock import today
from bot.hotline import figures, plots
from bot.hotline.access import Access, desk_page
from bot.hotline.staff import Member
from bot.store import counters
from bot.store.base import retried
from bot.talk.runtime import Runtime

SPANS = (7, 30, 90)  # days to choose from
USUAL = 30

# What the plots show, and in which ink.
VISITS = {"began": "#0b5a8a"}
ANSWERS = {"answered": "#0b5a8a", "unsure": "#e0a100"}
ENDS = {**ANSWERS, "left": "#9c1c13"}
RESULTS = {
    "fits": "#17663a",
    "fits_if": "#4f9d69",
    "local_rules": "#e0a100",
    "ambiguous": "#7d5ba6",
    "not_governed": "#5b8db8",
    "none": "#8a94a0",
}


class FiguresPage:
    def __init__(self, runtime: Runtime, door: Access) -> None:
        self._runtime = runtime
        self._door = door

    def routes(self) -> list[Route]:
        return [
            self._door.route("/desk/figures", self.show, roles=("supervisor",)),
            self._door.route("/desk/figures.csv", self.file, roles=("supervisor",)),
        ]

    async def show(self, request: Request, _: Member) -> Response:
        span, channel = _span(request), _channel(request)
        last = date.fromisoformat(today())
        first = last - timedelta(span - 1)
        await asyncio.to_thread(self._runtime.book.load_all)  # all cities are told of, and some may not be read yet
        found = figures.figures(self._runtime.book, await self._counted(first), channel, first, last)
        results = figures.result_labels()
        return desk_page(
            request,
            "desk_figures.html",
            figures=found,
            counts=tuple(figures.COUNTS.values()),
            steps=tuple(figures.STEPS.values()),
            heard=tuple(figures.HEARD.values()),
            results=tuple(results.values()),
            spans=SPANS,
            span=span,
            channels=figures.CHANNELS,
            channel=channel,
            visit_plot=plots.standing("每天有多少人开始问", found.days, _parts(figures.COUNTS, VISITS)),
            day_plot=plots.standing("每天答了多少题", found.days, _parts(figures.COUNTS, ANSWERS)),
            question_plot=plots.lying("每个问题：答了、说不清、停在这里", found.questions, _parts(figures.STEPS, ENDS)),
            result_plots=[
                plots.lying(f"{city.name}：各条途径的结论", city.routes, _parts(results, RESULTS)) for city in found.results
            ],
        )

    async def file(self, request: Request, _: Member) -> Response:
        span = _span(request)
        await asyncio.to_thread(self._runtime.book.load_all)
        counted = await self._counted(date.fromisoformat(today()) - timedelta(span - 1))
        return Response(
            figures.as_csv(self._runtime.book, counted),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="luohu-{today()}-{span}.csv"'},
        )

    @retried
    async def _counted(self, first: date) -> figures.Counted:
        async with self._runtime.store.transaction() as db:
            return await counters.since(db, first.isoformat())


def _span(request: Request) -> int:
    """The days that were chosen; the usual ones for anything else."""
    chosen = request.query_params.get("days", "")
    return next((span for span in SPANS if str(span) == chosen), USUAL)


def _channel(request: Request) -> str:
    chosen = request.query_params.get("channel", "")
    return chosen if chosen in figures.CHANNELS else ""


def _parts(labels: Mapping[str, str], inks: Mapping[str, str]) -> tuple[plots.Part, ...]:
    columns = list(labels)
    return tuple(plots.Part(columns.index(column), labels[column], ink) for column, ink in inks.items())
