"""Reply -> View: what the person sees after a move, in their language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import assert_never

from msgspec.structs import replace

from bot.wording import cards, heard, questions, sentences
from bot.wording import sheet as sheets
from bot.wording.languages import SOURCE, Language
from bot.wording.people import speaking_of
from bot.wording.view import Choice, PaperLine, Sheet, View
from flows.book import Book
from flows.conversation import Aside, Change, Move, MoveName, Reply, Session, Talk
from flows.facts import Answer, Fact
from flows.hearing.written import LONGEST_TEXT
from flows.routes import Route
from flows.rules import Status

__all__ = ["Choice", "PaperLine", "Sheet", "View", "Wording", "view"]  # until all take the types from view.py

# Remarks that leave the sheet as it was shown.
ALONE: tuple[Aside, ...] = (
    "why",
    "help",
    "more_none",
    "out_of_place",
    "stale",
    "not_understood",
    "too_long",
    "thanks",
    "nothing_yet",
    "nothing_to_hand_over",
    "only_words",
    "about",
    "unchanged",
    "early",
    "forwarded",
    "edited",
    "own_answers",
    "own_city",
    "not_written",
    "greeting",
    "human",
)
BARE = ("held", "restart", "language", "amend")
"""Phases of one sentence, beside which nothing is said."""
COMMANDS: dict[str, tuple[MoveName, ...]] = {  # that a phase offers
    "first": ("why", "restart", "help", "leave"),
    "asking": ("back", "why", "review", "restart", "help", "leave"),
    "changing": ("back", "why", "restart", "help", "leave"),
    "altering": ("back", "why", "restart", "help", "leave"),
    "heard": ("back", "restart", "help", "leave"),
    "answers": ("back", "restart", "help", "leave"),
    "result": ("back", "restart", "help", "leave"),
    "topic": ("back", "restart", "help", "leave"),
    "closed": ("begin",),
}


def view(words: Language, talk: Talk, reply: Reply, receipt: str = "") -> View:
    """A reply as it is shown, what is said besides first. `receipt`: the number on the sheet, as it is read out."""
    words = speaking_of(words, talk.session.facts)
    shown, beside = _shown(words, talk, reply, receipt), () if reply.phase in BARE else aside(words, talk, reply)
    return replace(shown, paragraphs=(*beside, *shown.paragraphs), beside=len(beside))


def _above_answers(words: Language, talk: Talk) -> tuple[str, ...]:
    waits = (words(sentences.HEARD_WAITS),) if talk.session.heard.facts else ()
    return (*waits, words(sentences.YOUR_ANSWERS if talk.session.facts else sentences.NO_ANSWERS_YET))


def _shown(words: Language, talk: Talk, reply: Reply, receipt: str) -> View:
    offered = choices(words, talk, reply)
    match reply.phase:
        case "asking" | "changing" | "altering" if reply.fact:
            return _question(words, talk, reply, talk.question(reply.fact), offered)
        case "heard":
            return View("heard", (heard.echo(words, talk),), offered, commands(words, "heard"))
        case "answers":
            return View("answers", _above_answers(words, talk), offered, commands(words, "answers"))
        case "result":
            sheet = None if reply.aside in ALONE else replace(sheets.sheet(talk.book, words, talk.session), receipt=receipt)
            return View("result", (), offered, commands(words, "result"), sheet=sheet)
        case "topic" if talk.policy:
            card = cards.topic_card(talk.book, words, talk.policy.topics[reply.topic]) if reply.topic else None
            ask = () if card else (words(sentences.WHICH_TOPIC),)
            return View("topic", ask, offered, commands(words, "topic"), topic=card)
        case "held":
            return View("held", (words(sentences.AT_THE_HOTLINE),))
        case "restart":
            return View("restart", (words(sentences.SURELY_RESTART[0]),))
        case "language":
            return View("language", (words(sentences.CHOOSE_LANGUAGE),))
        case "amend" if reply.fact:
            fact, (option,) = talk.fact(reply.fact), reply.near
            asks = words(sentences.CHANGE_TO, short=words(fact.short), answer=questions.said(words, fact, fact.value_of(option)))
            return View("amend", (asks,), fact=fact.id, near=(option,))
        case "new":
            return View("new", (words(sentences.NO_TALK),), commands=commands(words, "closed"))
        case "closed" | "asking" | "changing" | "altering" | "topic" | "amend":
            return View(reply.phase, (words(sentences.GOODBYE),), commands=commands(words, "closed"))
        case never:
            assert_never(never)


def _question(words: Language, talk: Talk, reply: Reply, fact: Fact, offered: tuple[Choice, ...]) -> View:
    facts = talk.session.facts
    return View(
        reply.phase,
        (*questions.doubt(words, talk), *questions.question(talk, words, fact)),
        offered,
        commands(words, reply.phase if facts else "first"),
        fact.id,
        fact.many,
        echo=questions.echo(words, talk, reply.said) if reply.phase == "asking" else "",
        progress=questions.progress(words, talk.session, fact.id),
        whom=() if facts or talk.session.asks_for else asks_for(words),
        example=questions.example(words, fact),
    )


def asks_for(words: Language) -> tuple[Choice, ...]:
    """For whom one asks: pressed or typed at the beginning, and as good as not said at all."""
    return tuple(Choice(words(label), Move("ask_for", whom)) for whom, label in sentences.ASKS_FOR.items())


def choices(words: Language, talk: Talk, reply: Reply) -> tuple[Choice, ...]:
    """What can be chosen, in the order of the numbers."""
    match reply.phase:
        case "asking" | "changing" | "altering" if reply.fact:
            return questions.options(words, talk.question(reply.fact))
        case "heard":
            return heard.choices(words, talk)
        case "answers":
            return questions.answer_list(words, talk)
        case "result":
            return _result_choices(words, talk)
        case "topic" if talk.policy:
            topics = talk.policy.topics.values()
            return tuple(Choice(words(topic.title), Move("open_topic", topic.id)) for topic in topics)
    return ()


def _result_choices(words: Language, talk: Talk) -> tuple[Choice, ...]:
    """Other routes only where there are some left to look at."""
    change = Choice(words(sentences.CHANGE_ANSWERS), Move("review"))
    if talk.policy is None:
        return (change,)
    more = (Choice(words(sentences.OTHER_ROUTES), Move("more")),) if talk.has_more else ()
    return (*more, change, Choice(words(sentences.TOPICS), Move("open_topic")))


def commands(words: Language, phase: str) -> tuple[Choice, ...]:
    return _commands(words.code, phase)


@cache
def _commands(code: str, phase: str) -> tuple[Choice, ...]:
    return tuple(Choice(Language(code)(sentences.COMMANDS[name]), Move(name)) for name in COMMANDS[phase])


# ---- what is said besides ----


SAID: dict[Aside, str] = {
    "help": sentences.HELP,
    "more_none": sentences.NO_OTHER_ROUTES,
    "out_of_place": sentences.OUT_OF_PLACE,
    "stale": sentences.OLD_BUTTON,
    "kept": sentences.OTHER_CITY,
    "only_words": sentences.ONLY_WORDS,
    "nothing_to_hand_over": sentences.NOTHING_TO_HAND_OVER,
    "thanks": sentences.YOU_ARE_WELCOME,
    "nothing_yet": sentences.NOTHING_YET,
    "forwarded": sentences.FORWARDED,
    "edited": sentences.EDITED,
    "own_answers": sentences.OWN_ANSWERS,
    "own_city": sentences.OWN_CITY,
    "restored": sentences.RESTORED,
    "agreed": sentences.AGREED,
    "refused": sentences.REFUSED,
    "greeting": sentences.GREETING,
    "said_before": sentences.SAID_BEFORE,
}
"""Remarks that are always the same sentence."""
EARLY = dict.fromkeys(("asking", "changing", "altering"), sentences.EARLY) | {"result": sentences.EARLY_AT_SHEET}
"""What came too early, by what stands below; elsewhere a list does."""


def aside(words: Language, talk: Talk, reply: Reply) -> tuple[str, ...]:
    wanted = tuple(heard.asked_besides(words, talk, one) for one in reply.wanted)
    return (*new_rules(words, talk, reply), *_remark(words, talk, reply), *wanted)


def new_rules(words: Language, talk: Talk, reply: Reply) -> tuple[str, ...]:
    """That the rules changed, and not what the person said; what came out before, and which answers fell away."""
    if reply.rules is None:
        return ()
    lines = [words(sentences.NEW_RULES)]
    routes = talk.policy.routes if talk.policy else {}
    known = [one for one in reply.rules.changes if one.route in routes and one.before and one.after]
    if changes := [one for one in known if one.before != one.after]:
        lines.append(words(sentences.NEW_RESULTS, changes=_routes_changed(words, routes, changes)))
    if same := [words(routes[one.route].title) for one in known if one.before == one.after]:
        lines.append(words(sentences.NEW_DETAILS, routes=words(sentences.ENUMERATION).join(same)))
    if len(known) < len(reply.rules.changes):
        lines.append(words(sentences.OTHER_SET_OF_ROUTES))
    if reply.rules.dropped:
        asks = [words(talk.fact(fact).ask) for fact in reply.rules.dropped if fact in talk.book.facts]
        lines.append(words(sentences.DROPPED_ANSWERS, asks="".join(asks)) if asks else words(sentences.SOME_DROPPED))
    return (" ".join(lines) if words.code != SOURCE else "".join(lines),)


def _remark(words: Language, talk: Talk, reply: Reply) -> tuple[str, ...]:
    match reply.aside:
        case "why":
            return (_why(words, talk, reply.fact),)
        case "changed":
            return (_changed(words, talk, reply.changes),)
        case "asks_for":
            return (questions.for_whom(words, talk.session),)
        case "begun":
            return tuple(map(words, sentences.WELCOME))
        case "linked":
            city = talk.book.facts["city"].options[str(talk.facts["city"])]
            return (words(sentences.CITY_OF_LINK, city=words(city)),)
        case "link_gone":
            return (words(sentences.LINK_GONE), *(map(words, sentences.WELCOME) if not talk.facts else ()))
        case "nothing_ticked" if reply.fact:
            return (words(sentences.NOTHING_TICKED, nothing=words(talk.fact(reply.fact).nothing)),)
        case "not_understood":
            return (words(sentences.NOT_UNDERSTOOD_AT_THE_END if talk.session.phase == "result" else sentences.NOT_UNDERSTOOD),)
        case "too_long":
            return (words(sentences.TOO_LONG, most=LONGEST_TEXT),)
        case "kept" if talk.facts.keys() <= {"city"}:
            return ()  # nothing was said that could be kept
        case "agreed" if talk.session.phase == "result":
            return ()  # the sheet says it
        case "early":
            return (words(EARLY.get(talk.session.phase, sentences.EARLY_AT_LIST)),)
        case "human":
            return (words(sentences.RING_WITHOUT_CODE, hotline=words(sentences.LOCAL_HOTLINE)),)
        case "help" | "more_none" | "out_of_place" | "stale" | "kept" | "only_words" | "nothing_to_hand_over" | "thanks":
            return (words(SAID[reply.aside]),)
        case "nothing_yet" | "forwarded" | "edited" | "own_answers" | "own_city" | "restored" | "agreed" | "refused" | "greeting":
            return (words(SAID[reply.aside]),)
        case "said_before":
            return (words(SAID[reply.aside]),)
        case "nothing_ticked" | "about" | "gone" | "unchanged" | "not_written" | "":  # Telegram says itself what it is about
            return ()
        case never:
            assert_never(never)


def _why(words: Language, talk: Talk, fact: str | None) -> str:
    return questions.why(words, talk.policy, talk.session, fact) if fact else words(sentences.WHY_NOTHING)


def _changed(words: Language, talk: Talk, changes: tuple[Change, ...]) -> str:
    """Before there is a result, none of it is said to be as it was."""
    if not changes or talk.policy is None:
        return words(sentences.CHANGED_NOTHING if talk.session.phase == "result" else sentences.CHANGED_IT)
    return words(sentences.CHANGED, changes=_routes_changed(words, talk.policy.routes, changes))


def _routes_changed(words: Language, routes: Mapping[str, Route], changes: Iterable[Change]) -> str:
    parts = (
        words(
            sentences.ROUTE_CHANGED,
            route=words(routes[change.route].title),
            before=words(sentences.STATUS[change.before]),
            after=words(sentences.STATUS[change.after]),
        )
        for change in changes
        if change.before and change.after
    )
    return words(sentences.SEMICOLON).join(parts)


# ---- as the channels ask for it until they take all this by its own name ----


def _says(sentence: str) -> Callable[["Wording"], str]:
    return lambda wording: wording(sentence)


def _says_all(lines: tuple[str, ...]) -> Callable[["Wording"], tuple[str, ...]]:
    return lambda wording: tuple(map(wording, lines))


class Wording(Language):
    """A language and a book. It is the `words` of everything above, and has the names that the channels still call."""

    def __init__(self, book: Book, language: str) -> None:
        super().__init__(language)
        self.book = book

    welcome = _says_all(sentences.WELCOME)
    kiosk_title = _says(sentences.KIOSK_TITLE)
    privacy_at_kiosk = _says(sentences.PRIVACY_AT_KIOSK)
    privacy_on_phone = _says(sentences.PRIVACY_ON_PHONE)
    forgotten = _says(sentences.FORGOTTEN)
    papers_button = _says(sentences.PAPER_LIST)
    done_button = _says(sentences.DONE)
    surely_restart = _says_all(sentences.SURELY_RESTART)
    help = _says(sentences.HELP)
    not_understood = _says(sentences.NOT_UNDERSTOOD)
    not_understood_at_the_end = _says(sentences.NOT_UNDERSTOOD_AT_THE_END)
    welcome_thanks = _says(sentences.YOU_ARE_WELCOME)
    old_button = _says(sentences.OLD_BUTTON)
    nothing_yet = _says(sentences.NOTHING_YET)
    sheet_again = _says(sentences.SHEET_AGAIN)
    only_words = _says(sentences.ONLY_WORDS)
    only_private = _says(sentences.ONLY_PRIVATE)
    busy = _says(sentences.BUSY)
    went_wrong = _says(sentences.WENT_WRONG)
    at_the_hotline = _says(sentences.AT_THE_HOTLINE)
    moved_to_phone = _says(sentences.MOVED_TO_PHONE)

    def _(self, message: str) -> str:
        return self(message)

    def privacy(self, hours: int) -> str:
        return self(sentences.PRIVACY, hours=hours)

    def about(self, hours: int) -> str:
        return self(sentences.ABOUT, cities=self._cities(), hours=hours)

    def description(self) -> str:
        return self(sentences.DESCRIPTION, cities=self._cities())

    def _cities(self) -> str:
        """The cities that have a document."""
        names = self.book.facts["city"].options
        return self(sentences.ENUMERATION).join(self(names[city]) for city in self.book.cities)

    def hotline(self, number: str) -> str:
        return self(sentences.HOTLINE, number=number) if number else self(sentences.LOCAL_HOTLINE)

    def handoff(self, code: str, hotline: str = "") -> str:
        return self(sentences.HANDOFF, code=code, hotline=self.hotline(hotline))

    def receipt(self, code: str) -> str:
        return self(sentences.RECEIPT, code=code)

    def status(self, status: Status) -> str:
        return self(sentences.STATUS[status])

    def question(self, fact: Fact) -> tuple[str, ...]:
        return questions.question(Talk(self.book, Session()), self, fact)

    def stage(self, stage: str) -> str:
        return questions.stage(self.book, self, stage)

    def ask(self, fact: Fact, session: Session | None = None) -> str:
        return questions.ask(self, fact, Talk(self.book, session or Session()))

    def hint(self, fact: Fact) -> str:
        return questions.hint(self, fact)

    def labels(self, fact: Fact) -> dict[str, str]:
        return questions.labels(self, fact)

    def said(self, fact: Fact, answer: Answer) -> str:
        return questions.said(self, fact, answer)

    def answers(self, talk: Talk) -> Iterator[tuple[str, str, Move]]:
        return questions.answers(self, talk)

    def view(self, talk: Talk, reply: Reply, receipt: str = "") -> View:
        return view(self, talk, reply, receipt)

    def aside(self, talk: Talk, reply: Reply) -> tuple[str, ...]:
        return aside(self, talk, reply)

    def offered(self, talk: Talk) -> tuple[tuple[str, Move], ...]:
        """What can be chosen now: label and move, in the order of the numbers."""
        return tuple((choice.label, choice.move) for choice in choices(self, talk, talk.reply()))

    def commands(self, phase: str) -> tuple[Choice, ...]:
        return commands(self, phase)

    def sheet(self, session: Session) -> Sheet:
        return sheets.sheet(self.book, self, session)

    def hall_heading(self, where: str, hall: str, session: Session) -> str:
        return sheets.hall_heading(self.book, self, where, hall, session)

    def bracketed(self, text: str, more: str) -> str:
        return cards.bracketed(self, text, more)

    def day(self, iso: str) -> str:
        return cards.day(self, iso)
