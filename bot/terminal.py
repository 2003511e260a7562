"""The terminal channel: `luohu chat`."""

import contextlib
import sys

from bot.talk.presses import begun
from bot.talk.typed import typed
from bot.talk.visit import no_visit
from bot.wording import sentences
from bot.wording.text import view_text
from bot.wording.views import Wording
from flows.book import Book

with contextlib.suppress(ImportError):  # absent on some systems; with it, deleting Chinese characters works
    import readline  # noqa: F401  # importing it is what makes input() edit lines


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
        print("\n" + view_text(words, words.view(visit.talk, reply)))
        if reply.phase == "restart":
            print(words(sentences.RESTART_BY_WORD, yes=words(sentences.SURELY_RESTART[1])))
    return 0
