"""What a channel shows: a view of a talk, and the answer sheet, as data. Frozen; it holds words, and knows none."""

from dataclasses import dataclass

from flows.conversation import Move, Shown
from flows.policy import Basis
from flows.rules import Status


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to press or type: what it says, and the move that it makes."""

    label: str
    move: Move


@dataclass(frozen=True, slots=True)
class PaperLine:
    id: str
    name: str
    basis: Basis
    remark: str


@dataclass(frozen=True, slots=True)
class Card:
    """One route on the answer sheet that is or may be open to the resident."""

    route: str
    title: str
    status: Status
    headline: str
    points: tuple[str, ...]  # what is lacking, unclear or left to others
    family: tuple[str, ...]
    placement: tuple[str, ...]
    papers: tuple[PaperLine, ...]
    papers_note: str
    where: tuple[str, ...]
    clause: str
    notes: tuple[str, ...]
    general: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One route that does not fit: why, and what would change that. `enough`: nothing else would be lacking then."""

    route: str
    title: str
    clause: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    enough: bool


@dataclass(frozen=True, slots=True)
class TopicCard:
    id: str
    title: str
    text: str
    papers: tuple[PaperLine, ...]
    clause: str
    department: str
    general: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The answer sheet (一次性告知单), structured; channels render it."""

    title: str
    opening: tuple[str, ...]
    cards: tuple[Card, ...]
    refusals: tuple[Refusal, ...]
    unasked: str
    topics: tuple[TopicCard, ...]
    closing: tuple[str, ...]
    receipt: str = ""  # the number under which a window finds the same answers again


@dataclass(frozen=True, slots=True)
class View:
    """One reply as a channel shows it. `tick`: several choices may be taken together.

    A channel may leave out `echo` and `progress`; what is `apart` comes before the paragraphs and stays.
    """

    phase: Shown
    paragraphs: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    commands: tuple[Choice, ...] = ()
    fact: str | None = None
    tick: bool = False
    sheet: Sheet | None = None
    topic: TopicCard | None = None
    echo: str = ""  # the last answer, above the next question
    progress: str = ""  # which question of the talk it is
    near: tuple[str, ...] = ()  # options that were perhaps meant: they alone are offered (a chat)
    apart: tuple[str, ...] = ()  # what is best said in a message of its own (a chat)
