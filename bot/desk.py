"""The desk: one turn for every channel: a session and what a person typed or pressed, to a session and a view."""

from dataclasses import replace

from bot.wording import View, Wording
from flows.conversation import Move, Session, show, take
from flows.facts import NotUnderstood, plain
from flows.loader import Book

# What people type for a move, in both languages, whatever the language of the talk.
COMMANDS = {
    "back": ("返回", "上一题", "上一步", "后退", "back", "b"),
    "why": ("为什么问", "为什么", "为啥问", "为啥", "why", "?"),
    "review": ("改", "修改", "改答案", "改前面的回答", "查看回答", "change", "answers", "edit"),
    "more": ("看看别的途径", "别的途径", "继续", "更多", "more"),
    "restart": ("重新开始", "重来", "从头来", "restart", "start over"),
    "help": ("帮助", "怎么用", "help", "h"),
    "leave": ("退出", "再见", "结束", "quit", "exit", "bye"),
}
_MOVES = {word: move for move, words in COMMANDS.items() for word in words}


def begin(book: Book, session: Session) -> tuple[Session, View]:
    """The first reply, with the welcome."""
    return press(book, session, Move("begin"), welcome=True)


def press(book: Book, session: Session, move: Move, welcome: bool = False) -> tuple[Session, View]:
    """One turn by a button."""
    wording = Wording(book, session.language)
    session, reply = take(book, session, move)
    view = wording.view(session, reply)
    return session, _with(view, wording.welcome()) if welcome else view


def type_in(book: Book, session: Session, said: str) -> tuple[Session, View]:
    """One turn by typed text. What is not understood changes nothing and is answered with the view again."""
    wording = Wording(book, session.language)
    _, reply = show(book, session)
    view = wording.view(session, reply)
    try:
        return press(book, session, understand(book, session, wording, view, said))
    except NotUnderstood:
        return session, _with(view, (wording.not_understood(),))


def understand(book: Book, session: Session, wording: Wording, view: View, said: str) -> Move:
    """Typed text as a move, given what the person sees; raises NotUnderstood."""
    text = plain(said)
    if text in _MOVES and not _is_option(view, text):
        return Move(_MOVES[text])
    if view.fact is not None:
        fact = book.fact(view.fact, session.facts.get("city"))
        return Move("answer", view.fact, fact.read(said, wording.labels(fact)))
    return _chosen(view, text)


def _chosen(view: View, text: str) -> Move:
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(view.choices):
        return view.choices[int(text) - 1].move
    found = [choice for choice in view.choices if text and text in plain(choice.label)]
    exact = [choice for choice in found if text == plain(choice.label)]
    if len(exact or found) != 1:
        raise NotUnderstood(text)
    return (exact or found)[0].move


def _is_option(view: View, text: str) -> bool:
    return any(plain(choice.label) == text for choice in view.choices)


def _with(view: View, lines: tuple[str, ...]) -> View:
    return replace(view, paragraphs=(*lines, *view.paragraphs))
