"""A kiosk as plain as can be: Starlette, Jinja2 with gettext, and sqlite3. It keeps each answer, sends the browser to the page and
renders it; it knows no key that came twice, no idle clock, no hotline: python starlette_pages.py PAGES PORT"""

import json
import secrets
import sqlite3
import sys
from gettext import NullTranslations
from urllib.parse import parse_qs

import jinja2
import uvicorn
from kept import PRAGMAS
from pages import headers, templates
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

TABLE = "CREATE TABLE IF NOT EXISTS visit (name TEXT PRIMARY KEY, step INTEGER NOT NULL, answers TEXT NOT NULL)"
READ = "SELECT step, answers FROM visit WHERE name = ?"
WRITE = "UPDATE visit SET step = step + 1, answers = ? WHERE name = ? AND step = ?"


class Kiosk:
    def __init__(self, folder: str) -> None:
        environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
        environment.install_gettext_translations(NullTranslations(), newstyle=True)
        first, others = templates(folder, lambda text: f"{{{{ _({text!r}) | safe }}}}")
        self.headers = headers(folder)
        self.first, self.others = environment.from_string(first), [environment.from_string(one) for one in others]
        self.db = sqlite3.connect("starlette.db", isolation_level=None)
        for statement in (*PRAGMAS, TABLE):
            self.db.execute(statement)

    async def begin(self, request: Request) -> RedirectResponse:
        name = secrets.token_urlsafe(16)
        self.db.execute("INSERT INTO visit VALUES (?, 0, '{}')", (name,))
        response = RedirectResponse("/kiosk", 303, self.headers)
        response.set_cookie("__Host-visit", name, httponly=True, secure=True, samesite="strict")
        return response

    async def act(self, request: Request) -> RedirectResponse:
        name = request.cookies["__Host-visit"]
        form = parse_qs((await request.body()).decode())
        _, answers = self.db.execute(READ, (name,)).fetchone()
        verb, _, said = form["do"][0].partition(" ")
        kept = {} if verb == "restart" else json.loads(answers) | {said.partition(" ")[0]: [said, *form.get("tick", ())]}
        self.db.execute(WRITE, (json.dumps(kept), name, int(form["step"][0]) - 1))
        return RedirectResponse("/kiosk", 303, self.headers)

    async def show(self, request: Request) -> HTMLResponse:
        step, _ = self.db.execute(READ, (request.cookies["__Host-visit"],)).fetchone()
        template = self.others[(step - 1) % len(self.others)] if step else self.first
        return HTMLResponse(template.render(step=step + 1, key=secrets.token_urlsafe(16)), headers=self.headers)


def main(folder: str, port: str) -> None:
    kiosk = Kiosk(folder)
    routes = [
        Route("/kiosk/begin", kiosk.begin, methods=["POST"]),
        Route("/kiosk/act", kiosk.act, methods=["POST"]),
        Route("/kiosk", kiosk.show),
    ]
    uvicorn.run(Starlette(routes=routes), port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
