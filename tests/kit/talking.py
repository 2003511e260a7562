"""Turns of a bare session, as tests walk through a talk: what a channel does without a store."""

from msgspec.structs import replace

from bot.talk.presses import begun
from bot.talk.typed import typed, understood
from bot.talk.visit import Visit
from bot.wording.views import View, Wording
from flows import conversation
from flows.book import Book
from flows.conversation import Change, Move, Reply, Session, Talk
from flows.facts import Answer
from flows.typed import plain


def begin(book: Book, session: Session) -> tuple[Session, View]:
    """The first reply, with the welcome."""
    visit, reply = begun(Visit(Talk(book, session)))
    return replace(visit.session, as_of=session.as_of), Wording(book, session.language).view(visit.talk, reply)


def press(book: Book, session: Session, move: Move) -> tuple[Session, View]:
    """One move; raises NotUnderstood for one that there is not."""
    talk, reply = conversation.take(Talk(book, session), move)
    return talk.session, Wording(book, session.language).view(talk, reply)


def current(book: Book, session: Session) -> View:
    talk = Talk(book, session)
    return Wording(book, session.language).view(talk, talk.reply())


def type_in(book: Book, session: Session, said: str) -> tuple[Session, View]:
    wording = Wording(book, session.language)
    visit, reply = typed(Visit(Talk(book, session)), said, wording.offered)
    return visit.session, wording.view(visit.talk, reply)


def understand(book: Book, session: Session, said: str) -> Move:
    talk = Talk(book, session)
    return understood(talk, said, plain(said), Wording(book, session.language).offered(talk))


def take(book: Book, session: Session, move: Move) -> tuple[Session, Reply]:
    talk, reply = conversation.take(Talk(book, session), move)
    return talk.session, reply


def show(book: Book, session: Session) -> tuple[Session, Reply]:
    return session, Talk(book, session).reply()


def asked(book: Book, session: Session) -> str | None:
    return Talk(book, session).asked


def due(book: Book, session: Session) -> str | None:
    return Talk(book, session).due


def what_if(book: Book, session: Session, fact: str, answer: Answer) -> tuple[Change, ...]:
    return conversation.what_if(Talk(book, session), fact, answer)
