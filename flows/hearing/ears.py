"""Ears: a text in people's own words -> what it says of the facts, by which words and which rule. No clock, no state, no guess.

ears = Ears(book)                      # reads heard.yaml when it first hears something; raises PolicyError
heard = ears.hear("我在昌图租的房", open_fact="housing", known={})
heard.proposals                        # what to show and let the person confirm; nothing counts before that
heard.doubts                           # what to ask, and between which answers
heard.intents                          # what else was meant: a fee, a topic, skip, a person
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from flows.book import Book
from flows.facts import NOTHING, UNSURE, Answer, Fact, Facts, NotUnderstood
from flows.hearing.finding import ME, Finding
from flows.typed import number, plain

if TYPE_CHECKING:  # imported where somebody tells something: no start waits for the hundreds of patterns there
    from flows.hearing.findings import Search
    from flows.hearing.lexicon import Lexicon

NOT_ASKED = frozenset({"ground"})  # facts that only steer: never proposed
MOST_CLAUSES = 20  # of a bare answer


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer to a fact that the text gives. `start`, `end`: its words in the text as typed."""

    fact: str
    value: Answer
    start: int
    end: int
    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A fact of which the text leaves several answers."""

    fact: str
    values: tuple[str, ...]
    start: int
    end: int
    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What else a text wants. `kind`: silent (the document does not say), besides (so, and few ask), topic, move; `id`: which."""

    kind: str
    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Heard:
    proposals: tuple[Proposal, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    intents: tuple[Intent, ...] = ()
    whom: str = ME  # who would move: the speaker (`me`), or a kind of relative of the speaker
    for_oneself: bool = False  # does the speaker say that it is he who would move?

    @property
    def facts(self) -> dict[str, Answer]:
        return {one.fact: one.value for one in self.proposals}

    @property
    def everything(self) -> tuple[Proposal | Doubt, ...]:
        return (*self.proposals, *self.doubts)

    def only(self, may: Callable[[Proposal | Doubt], bool]) -> "Heard":
        """The same with what may stay."""
        return replace(self, proposals=tuple(filter(may, self.proposals)), doubts=tuple(filter(may, self.doubts)))


@dataclass(frozen=True)
class Ears:
    """What can be heard with the policies of a book."""

    book: Book

    @property
    def lexicon(self) -> "Lexicon | None":
        """Raises PolicyError; None where the policies have no heard.yaml: then nothing is heard."""
        return cast("Lexicon | None", self.book.lexicon)

    def hear(self, said: str, open_fact: str | None = None, known: Facts | None = None, numbered: bool = True) -> Heard:
        """What a text says. `open_fact`: the question that is open; `known`: the answers so far; `numbered`: its options
        were shown with numbers, so that a bare number is one of them. Raises PolicyError."""
        known = known or {}
        if self.lexicon is None or (not numbered and number(plain(said)) is not None):
            return Heard()
        from flows.hearing.findings import Search
        from flows.hearing.oneself import for_oneself

        search = Search(said, self.lexicon, open_fact, known)
        findings = list(search.findings())
        asked = self._bare(said, open_fact, known, search)
        if asked is not None and not any(one.fact == open_fact for one in findings):
            findings.append(asked)
        heard = [*_resolved(findings, self.book.facts, search.corrected)]
        return Heard(
            proposals=tuple(one for one in heard if isinstance(one, Proposal) and one.fact not in NOT_ASKED),
            doubts=tuple(one for one in heard if isinstance(one, Doubt) and one.fact not in NOT_ASKED),
            intents=tuple(Intent(*entry.fact.partition(":")[::2], words) for entry, words in search.intents),
            whom=search.people.mover,
            for_oneself=for_oneself(search.people, search.scope),
        )

    # -- a bare answer to the open question

    def _bare(self, said: str, open_fact: str | None, known: Facts, search: "Search") -> Finding | None:
        """What the reader of replies makes of the whole text, or of its clauses if they agree."""
        if open_fact is None or search.asks_back:
            return None
        fact = self.book.fact(open_fact, known.get("city"))
        labels = options_in_words(fact)
        whole = _read(fact, said, labels)
        if whole is not None:
            return Finding.of_reader(fact.id, whole, search.text, 0, len(search.text.text))
        from flows.hearing.wavering import is_wavering

        if is_wavering(search.text):
            return None
        read, clauses = {}, search.text.clauses()
        for start, end in clauses if len(clauses) <= MOST_CLAUSES else ():
            clause = search.lexicon.without_chatter(search.text.text[start:end])
            answer = _read(fact, clause, labels) if clause and number(clause) is None else None
            if answer is not None:
                read[answer] = (start, end)
        clear = [answer for answer in read if answer != UNSURE] or list(read)
        if len(clear) != 1:
            return None
        return Finding.of_reader(fact.id, clear[0], search.text, *read[clear[0]])


def _read(fact: Fact, said: str, labels: Mapping[str, str]) -> Answer | None:
    try:
        return fact.read(said, labels)
    except NotUnderstood:
        return None


def options_in_words(fact: Fact) -> dict[str, str]:
    """The options as they are numbered for a reply."""
    more = {NOTHING: fact.nothing} if fact.many else {}
    return {**fact.options, **more, UNSURE: "说不清"}


# ---- from findings to proposals and doubts ----


def _resolved(findings: Iterable[Finding], facts: Mapping[str, Fact], corrected: int) -> Iterable[Proposal | Doubt]:
    """One proposal or doubt a fact: several values of one that takes one are asked about."""
    by_fact: dict[str, list[Finding]] = {}
    for one in findings:
        by_fact.setdefault(one.fact, []).append(one)
    for fact, some in by_fact.items():
        after = [one for one in some if one.start >= corrected > 0] or some
        yield from _many(facts[fact], after) if facts[fact].many else _single(fact, after)


def _single(fact: str, some: list[Finding]) -> Iterable[Proposal | Doubt]:
    sure = [one for one in some if one.sure and len(one.values) == 1]
    values = list(dict.fromkeys(value for one in sure for value in one.values))
    if len(values) == 1 and all(values[0] in one.values for one in some):
        first = next(one for one in sure if one.values == (values[0],))
        yield Proposal(fact, values[0], first.start, first.end, first.words, first.rule)
        return
    every = tuple(dict.fromkeys(value for one in some for value in one.values))
    yield Doubt(fact, every, some[0].start, some[0].end, some[0].words, some[0].rule)


def _many(fact: Fact, some: list[Finding]) -> Iterable[Proposal | Doubt]:
    sure = [one for one in some if one.sure and len(one.values) == 1]
    said = [part for one in sure for part in one.values[0].split("+")]
    chosen = fact.in_order(said)
    first = (sure or some)[0]
    words = "、".join(dict.fromkeys(one.words for one in sure))
    unclear = [one for one in some if one not in sure and not set(_parts(one)) & set(chosen)]
    if chosen and not unclear:
        yield Proposal(fact.id, chosen, first.start, first.end, words, first.rule)
    elif UNSURE in said:
        yield Proposal(fact.id, UNSURE, first.start, first.end, words, first.rule)
    elif NOTHING in said and len(sure) == len(some):
        yield Proposal(fact.id, (), first.start, first.end, words, first.rule)
    for one in unclear[:1]:  # with what is sure beside it: who is left out of a list has been lost
        yield Doubt(fact.id, tuple(dict.fromkeys((*chosen, *_parts(one)))), one.start, one.end, one.words, one.rule)


def _parts(one: Finding) -> list[str]:
    """The answers of a finding, each by itself."""
    return [part for value in one.values for part in value.split("+")]
