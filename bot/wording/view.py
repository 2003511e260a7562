"""What a channel shows: a view of a talk, and the answer sheet, as data. Frozen; it holds words, and knows none."""

from itertools import zip_longest
from typing import Literal

from msgspec import Struct

from flows.conversation import Move, Shown
from flows.routes import Basis
from flows.rules import Status


class Choice(Struct, frozen=True):
    """Something to press or type: what it says, and the move that it makes."""

    label: str
    move: Move


class PaperLine(Struct, frozen=True):
    """A paper to bring. `remark`: on what ground it is asked for; `detail`: whose it is, what counts, who issues it."""

    id: str
    name: str
    basis: Basis
    remark: str
    detail: str = ""


BlockName = Literal["answer", "steps", "errand", "asks", "together", "place", "never_mind", "not_written", "also"]


class Block(Struct, frozen=True):
    """One part of the answer sheet's head: a heading (the answer has none), sentences, papers to bring.

    `numbered`: the sentences are steps, one after another. `said`: they are there to be read out on the phone; `chinese`: each
    of them in Chinese, on a sheet in another language.
    """

    name: BlockName
    heading: str
    lines: tuple[str, ...]
    papers: tuple[PaperLine, ...] = ()
    numbered: bool = False
    said: bool = False
    chinese: tuple[str, ...] = ()

    @property
    def by_line(self) -> tuple[tuple[str, str], ...]:
        """Each sentence with the Chinese that stands below it, or ""."""
        return tuple(zip_longest(self.lines, self.chinese, fillvalue=""))


class Card(Struct, frozen=True):
    """One route on the answer sheet that is or may be open to the resident."""

    route: str
    title: str
    status: Status
    headline: str
    points: tuple[str, ...]  # what is lacking, unclear or left to others
    family: tuple[str, ...]
    placement: tuple[str, ...]
    papers: tuple[PaperLine, ...]
    where: tuple[str, ...]
    clause: str  # with the document
    article: str  # without
    notes: tuple[str, ...]
    general: tuple[str, ...]
    department: str


class Refusal(Struct, frozen=True):
    """One route that does not fit: why, what would change that, and what would be looked at then."""

    route: str
    title: str
    clause: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    later: tuple[str, ...]


class TopicCard(Struct, frozen=True):
    id: str
    title: str
    text: str
    papers: tuple[PaperLine, ...]
    clause: str
    department: str
    general: tuple[str, ...]


class Sheet(Struct, frozen=True):
    """The answer sheet (一次性告知单), structured; channels render it.

    First what everybody reads: the blocks, and the footer. Then what is folded: how each route stands, condition by condition,
    why the matter's other routes do not fit, what was not asked, on which document it rests. `topics` are cards of their own
    for whoever asks about rights.
    """

    title: str
    blocks: tuple[Block, ...]
    topics: tuple[TopicCard, ...]
    footer: tuple[str, ...]
    cards: tuple[Card, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unasked: str = ""
    source: tuple[str, ...] = ()
    receipt: str = ""  # the number under which a window finds the same answers again

    def block(self, name: BlockName) -> Block | None:
        return next((block for block in self.blocks if block.name == name), None)

    @property
    def answer(self) -> tuple[str, ...]:
        """The first sentences: what was asked, answered."""
        block = self.block("answer")
        return block.lines if block else ()

    @property
    def papers(self) -> tuple[PaperLine, ...]:
        """The papers to bring."""
        block = self.block("errand")
        return block.papers if block else ()


class View(Struct, frozen=True):
    """One reply as a channel shows it. `tick`: several choices may be taken together.

    A channel may leave out `progress`, and shows `echo` after the first `beside` paragraphs; what is `apart` comes before
    them all and stays.
    """

    phase: Shown
    paragraphs: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    commands: tuple[Choice, ...] = ()
    fact: str | None = None
    tick: bool = False
    sheet: Sheet | None = None
    topic: TopicCard | None = None
    whom: tuple[Choice, ...] = ()  # for whom one asks, at the beginning
    echo: str = ""  # the last answer, above the next question
    beside: int = 0  # how many of the paragraphs are a remark, and no part of the question
    progress: str = ""  # which question of the talk it is
    example: str = ""  # of an amount that is typed: then a number is one, and what can be chosen has none
    near: tuple[str, ...] = ()  # options that were perhaps meant: they alone are offered (a chat)
    apart: tuple[str, ...] = ()  # what is best said in a message of its own (a chat)
