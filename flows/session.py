"""The session: what is kept of a conversation; what a person does to it, and what they get."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from flows.facts import Answer, Facts
from flows.rules import Status

LANGUAGES = ("zh", "en")  # the first is the source

Phase = Literal["new", "asking", "answers", "changing", "heard", "altering", "result", "topic", "closed"]
PHASES: tuple[Phase, ...] = ("new", "asking", "answers", "changing", "heard", "altering", "result", "topic", "closed")
TALKING: tuple[Phase, ...] = ("asking", "answers", "changing", "heard", "altering", "result", "topic")
NOT_TALKING: tuple[Phase, ...] = ("new", "closed")

MoveName = Literal["begin", "answer", "back", "review", "change", "more", "tell", "untell", "open_topic", "restart", "leave",
                   "hear", "agree", "alter", "drop", "refuse", "why", "help", "ask_for"]  # fmt: skip

AsksFor = Literal["", "self", "family"]


class Pending(Struct, frozen=True):
    """What was heard in a person's own words, of which not a word is kept: proposals, no answers, until they say yes.

    `doubts`: what was said in a way that leaves several answers; that is asked next. `asks_for`: whose hukou the words
    were about, where they said so: of one's own only beside what else was heard.
    """

    facts: Facts = field(default_factory=dict)
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asks_for: AsksFor = ""

    @property
    def is_shown(self) -> bool:
        """Whether there is something to say yes to."""
        return bool(self.facts or self.asks_for == "family")

    def without(self, fact: str) -> "Pending":
        facts = {one: answer for one, answer in self.facts.items() if one != fact}
        return replace(self, facts=facts, doubts={one: values for one, values in self.doubts.items() if one != fact})


NOTHING_PENDING = Pending()


class Session(Struct, frozen=True):
    """What is kept of a conversation: nothing but choices."""

    language: str = "zh"
    as_of: str = ""  # ISO date on which the conversation began
    phase: Phase = "new"
    facts: Facts = field(default_factory=dict)  # in the order of answering
    seen: tuple[str, ...] = ()  # routes on the sheets shown before "look at other routes"
    open: str = ""  # the fact being changed, or the topic being read
    asks_for: AsksFor = ""  # whom the person asks for, as far as they said; it decides how things are put, never a route
    heard: Pending = NOTHING_PENDING
    together: tuple[str, ...] = ()  # the facts that one yes made answers, the last time
    before: Facts = field(default_factory=dict)  # the answers that there were before that yes

    def without_answers(self) -> "Session":
        return Session(self.language, self.as_of, self.phase)


class Move(Struct, frozen=True):
    """What a person did: a row of MOVES, a question about the question (`why`, `help`), or for whom they ask (`ask_for`).

    `answer` is to the question that is asked; `tell` and `untell` set any fact in any order (who takes a call does that, and a
    link that names a city). `hear` proposes; `agree`, `alter`, `drop` and `refuse` are about what was proposed.
    """

    name: MoveName
    subject: str = ""  # the fact or topic that it is about
    value: Answer = ""
    heard: Pending = NOTHING_PENDING


class Change(Struct, frozen=True):
    """What changing an answer did to one route."""

    route: str
    before: Status | Literal[""]  # "": there was none, or there is none any more
    after: Status | Literal[""]


class NewRules(Struct, frozen=True):
    """What other policies did to a talk that went on: routes that come out otherwise than on the sheet that was shown, and
    facts whose answers fell away."""

    changes: tuple[Change, ...] = ()
    dropped: tuple[str, ...] = ()


Aside = Literal[
    "",
    "why",
    "help",
    "more_none",
    "out_of_place",
    "stale",  # a button of an older question
    "kept",  # the city changed
    "changed",  # another answer changed
    "begun",  # the talk begins: the welcome
    "linked",  # a link named another city
    "link_gone",  # a link that brings a visit along was used up, or is too old
    "nothing_ticked",
    "not_understood",
    "too_long",  # a text that is longer than anybody is listened to
    "thanks",
    "asks_for",  # for whom, said in the middle
    "nothing_yet",  # no sheet is due
    "only_words",  # a photo, a voice …
    "about",
    "nothing_to_hand_over",
    "early",  # a text that was written before the question was there
    "forwarded",
    "edited",  # a message that was no answer, or says none
    "gone",  # there is no talk, perhaps not any more
    "own_answers",  # the number on a sheet, while there are answers already
    "own_city",  # a link named another city, and nothing was changed
    "restored",  # the answers under the number on a sheet
    "unchanged",  # nothing is said, and a sheet that was shown is not shown again
    "agreed",  # what was proposed is said now
    "refused",  # nothing of it is
    "not_written",  # something that the document does not say
    "said_before",  # what was told is known
    "greeting",
    "human",  # they want to talk to one
]
"""What is said beside what is shown."""

Shown = Phase | Literal["held", "restart", "language", "amend"]
"""What is shown: a phase; or that the hotline has the visit, that all is about to be wiped, that a language is to be chosen, that
an answer may become another one."""


class Reply(Struct, frozen=True):
    """What the person gets: what is shown, the question or topic of it, and what to say besides."""

    phase: Shown
    fact: str | None = None
    topic: str | None = None
    aside: Aside = ""
    changes: tuple[Change, ...] = ()
    rules: NewRules | None = None  # said before anything else
    said: str = ""  # the fact that was just answered
    near: tuple[str, ...] = ()  # options of the question that were perhaps meant
    wanted: tuple[str, ...] = ()  # what was asked that the document does not say
    words: Mapping[str, str] = field(default_factory=dict)  # fact -> the words it was heard in, just now; kept nowhere
