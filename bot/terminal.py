"""The terminal channel: `luohu chat`."""

import contextlib
import sys

from bot.talk import turns as desk
from bot.wording.languages import Language
from bot.wording.text import view_text
from flows.conversation import Session
from flows.loading.load import Book

with contextlib.suppress(ImportError):  # absent on some systems; with it, deleting Chinese characters works
    import readline  # noqa: F401  # importing it is what makes input() edit lines


def chat(book: Book, language: str, as_of: str) -> int:
    """Talks until the person leaves or the input ends. A piped script works too: one reply a line."""
    words = Language(language)
    session, view = desk.begin(book, Session(language=language, as_of=as_of))
    print(view_text(words, view))
    while session.phase != "closed":
        try:
            said = input("\n> ")
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        if not sys.stdin.isatty():
            print(said)
        session, view = desk.type_in(book, session, said)
        print("\n" + view_text(words, view))
    return 0
