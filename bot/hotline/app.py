"""The hotline's desk: an agent's screen for callers who tell their story in any order, behind a door of its own."""

from starlette.applications import Starlette

from bot.hotline.access import Access
from bot.hotline.calls import Calls, CaseFiles
from bot.hotline.case import CasePages
from bot.hotline.figures_page import FiguresPage
from bot.hotline.papers import Papers
from bot.hotline.pictures import PicturesPage
from bot.hotline.staff import Staff
from bot.talk.receipts import Receipts
from bot.talk.turns import Turns


def hotline(turns: Turns, guard: int = 0) -> Starlette:
    """The pages under /desk. `guard`: milliseconds for which a new page takes no press; keys but Enter are meant as they come."""
    door, files, receipts = Access(Staff(turns.runtime)), CaseFiles(turns), Receipts(turns)
    calls, case, papers = Calls(files, receipts), CasePages(files), Papers(files, receipts)
    route, post, one = door.route, ("POST",), "/desk/case/{case}"
    desk = door.app(
        [
            route("/desk", calls.show),
            route("/desk/new", calls.new, methods=post),
            route("/desk/code", calls.take_over, methods=post),
            route("/desk/receipt", papers.receipt, methods=("GET", "POST")),
            route("/desk/receipt/open", papers.open_receipt, methods=post),
            route(one, case.case, methods=("GET",)),
            route(one + "/check", calls.check, methods=post, once=True),
            route(one + "/release", calls.release, methods=post, once=True),
            route(one + "/turn", case.turn, methods=post),
            route(one + "/ask", case.ask, methods=post),
            route(one + "/find", case.find, methods=post),
            route(one + "/what-if", case.what_if, methods=post),
            route(one + "/sheet", case.sheet),
            route(one + "/give-back", calls.give_back, methods=post, once=True),
            route(one + "/close", calls.close, methods=post, once=True),
            route(one + "/take", calls.take, roles=("supervisor",), methods=post, once=True),
            route(one + "/end", calls.end, roles=("supervisor",), methods=post, once=True),
            *FiguresPage(turns.runtime, door).routes(),
            *PicturesPage(turns.runtime, door).routes(),
        ]
    )
    desk.state.touch_guard = guard
    return desk
