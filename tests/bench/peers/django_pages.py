"""The same kiosk as a Django view with sessions in the database, served by gunicorn's threads: python django_pages.py PAGES PORT"""

import secrets
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import path
from gunicorn.app.base import BaseApplication
from pages import headers, templates

settings.configure(
    SECRET_KEY="s3cret-of-the-bench",  # opens nothing
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "django.db",
            "CONN_MAX_AGE": None,
            "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"},
        }
    },
    SESSION_COOKIE_NAME="__Host-visit",
    SESSION_COOKIE_SECURE=True,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    LANGUAGE_CODE="en",  # a catalogue of its own would change words
)
django.setup()


def quoted(text: str) -> str:
    return "{% load i18n %}{% translate '" + text.replace("'", r"\'") + "' %}"


HEADERS = headers(sys.argv[1])
FIRST, OTHERS = templates(sys.argv[1], quoted)
FIRST, OTHERS = engines["django"].from_string(FIRST), [engines["django"].from_string(one) for one in OTHERS]


def begin(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    request.session.update({"step": 0, "answers": {}})
    return HttpResponseRedirect("/kiosk", status=303, headers=HEADERS)


def act(request: HttpRequest) -> HttpResponse:
    session, form = request.session, request.POST
    verb, _, said = form["do"].partition(" ")
    if int(form["step"]) == session["step"] + 1:
        answers = session["answers"] | {said.partition(" ")[0]: [said, *form.getlist("tick")]}
        session.update({"step": session["step"] + 1, "answers": {} if verb == "restart" else answers})
    return HttpResponseRedirect("/kiosk", status=303, headers=HEADERS)


def show(request: HttpRequest) -> HttpResponse:
    step = request.session["step"]
    template = OTHERS[(step - 1) % len(OTHERS)] if step else FIRST
    page = template.render({"step": step + 1, "key": secrets.token_urlsafe(16)}, request)
    return HttpResponse(page, headers=HEADERS)


urlpatterns = [path("kiosk/begin", begin), path("kiosk/act", act), path("kiosk", show)]


class Server(BaseApplication):
    def load_config(self) -> None:
        chosen = {"bind": f"127.0.0.1:{sys.argv[2]}", "worker_class": "gthread", "workers": 1, "threads": 8, "keepalive": 60}
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        return get_wsgi_application()


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    Server().run()
