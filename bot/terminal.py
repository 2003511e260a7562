"""The terminal channel: `luohu chat`."""

import contextlib
import sys

from msgspec.structs import replace

from bot.talk.presses import begun
from bot.talk.typed import typed
from bot.talk.visit import Visit, no_visit
from bot.wording import sentences
from bot.wording.text import view_text
from bot.wording.view import View
from bot.wording.views import Wording
from flows.book import Book
from flows.conversation import Reply

with contextlib.suppress(ImportError):  # absent on some systems; with it, deleting Chinese characters works
    import readline  # noqa: F401  # importing it is what makes input() edit lines


def _shown(words: Wording, visit: Visit, reply: Reply) -> View:
    """What is seen; after the end there is nothing to go on with here."""
    view = words.view(visit.talk, reply)
    return replace(view, commands=()) if visit.session.phase == "closed" else view


def chat(book: Book, language: str) -> int:
    """Talks until the person leaves or the input ends. A piped script works too: one reply a line."""
    words = Wording(book, language)
    visit, reply = begun(no_visit(book).saying(language=language))
    print(view_text(words, words.view(visit.talk, reply)))
    while visit.session.phase != "closed":
        try:
            said = input("\n> ")
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        if not sys.stdin.isatty():
            print(said)
        visit, reply = typed(visit, said, words.offered)
        print("\n" + view_text(words, _shown(words, visit, reply)))
        if reply.phase == "restart":
            print(words(sentences.RESTART_BY_WORD, yes=words(sentences.SURELY_RESTART[1])))
    return 0
