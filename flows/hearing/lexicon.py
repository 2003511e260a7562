"""The lexicon: what is listened for, as policies/heard.yaml and the names of places have it. `flows.loading.lexicon` reads it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.book import Problem
from flows.facts import Fact
from flows.hearing.phrases import Index, Phrase, phrase, starters
from flows.hearing.places import Gazetteer
from flows.hearing.sound import Ear
from flows.hearing.written import alternation, words_of

TOPIC = "topic"  # among the values of a fact: words that only name what it is about


@dataclass(frozen=True, slots=True)
class Entry:
    """What some phrases say of a fact. `values`: one is said, several leave it open between them."""

    rule: str  # fact.value.number, by which it is found in the file
    fact: str
    values: tuple[str, ...]
    kin: str  # which property of the relative named is said instead
    blocks: tuple[Phrase, ...]
    near: tuple[Phrase, ...]  # not in the same clause
    needs: tuple[Phrase, ...]
    unless: tuple[Phrase, ...]
    denied: str  # said if it is denied; "" for nothing
    noun: bool  # a negation may follow: 备案 … 没办
    placed: bool  # only beside a place that counts
    also: tuple[tuple[str, str], ...]
    says: tuple[str, ...]
    not_says: tuple[str, ...]
    at: Problem  # where it stands, as the beginning of a problem
    open: bool = False  # counts only while this question is open


@dataclass(frozen=True, slots=True)
class Relative:
    """A kind of relatives: what each property of such a one is."""

    words: tuple[str, ...]
    of: Mapping[str, tuple[str, ...]]


class _Patterns(dict[str, re.Pattern[str]]):
    """Lists of words by their name, each as a pattern when it is first needed: dozens of them are a good part of a start."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._lists = lists

    def __missing__(self, name: str) -> re.Pattern[str]:
        self[name] = words_of(self._lists[name])
        return self[name]


@dataclass(frozen=True)
class Lexicon:
    entries: tuple[tuple[Phrase, Entry], ...]
    intents: tuple[tuple[Phrase, Entry], ...]
    kin: Mapping[str, Relative]
    classes: Mapping[str, tuple[str, ...]]
    scope: Mapping[str, tuple[str, ...]]
    people: Mapping[str, tuple[str, ...]]
    misspelt: Mapping[str, str]
    gazetteer: Gazetteer
    ear: Ear
    facts: Mapping[str, Fact]
    at_sound: Problem  # where the words that are listened for stand, as the beginning of a problem
    idle: tuple[Problem, ...]  # what does nothing where it stands: `policy check` refuses it, and the rest is heard all the same

    @cached_property
    def starters(self) -> Mapping[str, Sequence[str]]:
        return starters(self.classes)

    @cached_property
    def said(self) -> Index[Entry]:
        return Index(pair for pair in self.entries if not pair[1].open)

    @cached_property
    def opened(self) -> Mapping[str, Index[Entry]]:
        """Fact -> what counts only while its question is open."""
        found: dict[str, list[tuple[Phrase, Entry]]] = {}
        for pair in self.entries:
            if pair[1].open:
                found.setdefault(pair[1].fact, []).append(pair)
        return {fact: Index(pairs) for fact, pairs in found.items()}

    @cached_property
    def meant(self) -> Index[Entry]:
        return Index(self.intents)

    @cached_property
    def patterns(self) -> Mapping[str, re.Pattern[str]]:
        """Every list of plain words as one pattern."""
        return _Patterns({**self.scope, **self.people})

    @cached_property
    def breaks(self) -> re.Pattern[str]:
        """What parts two clauses; the longer words that only hold such a one (迁不过来) stand in the group `kept`."""
        return re.compile(f"(?P<kept>{alternation(self.scope['unbroken'])})|{alternation(self.scope['breaks'])}")

    def without_chatter(self, clause: str) -> str:
        """A clause without what one only says by the way."""
        return self.patterns["chatter"].sub("", clause).strip()

    @cached_property
    def guards(self) -> Index[str]:
        """What stands under `not`, `near`, `needs` and `unless`, by how it is written."""
        entries = {id(entry): entry for _, entry in (*self.entries, *self.intents)}.values()
        every = {one.said: one for entry in entries for one in (*entry.blocks, *entry.near, *entry.needs, *entry.unless)}
        return Index((one, said) for said, one in every.items())

    @cached_property
    def spelt(self) -> re.Pattern[str]:
        return words_of(list(self.misspelt))

    @cached_property
    def relatives(self) -> Mapping[str, str]:
        """Word -> the kind of relative that it names."""
        return {word: name for name, relative in self.kin.items() for word in relative.words}

    @cached_property
    def longer_kin(self) -> re.Pattern[str]:
        """The words for relatives that end as another does: 儿媳妇."""
        known = self.relatives
        return words_of([word for word in known if any(word[one:] in known for one in range(1, len(word)))])

    @cached_property
    def anybody(self) -> Mapping[str, str]:
        """Word -> whom it names: `me`, `us`, `they`, `others` or a kind of relative."""
        return {word: who for who in ("others", "they", "us", "me") for word in self.people[who]} | dict(self.relatives)

    @cached_property
    def everybody(self) -> re.Pattern[str]:
        """Anybody who is named, with 我, 他 … before a relative; in `name` by his own: 小李, 张姐; in `one` and `someone`
        by a word that nobody has written down, as it stands where a person does: 我干爷爷在 …, my plumber bought …."""
        surname, called = alternation(self.people["surnames"]), alternation(self.people["called"])
        ends, acts, things, does = (alternation(self.people[name]) for name in ("ends_of_kin", "acts", "things", "does"))
        a_word = rf"(?!(?:{things}|{alternation([word for word in self.relatives if word.isascii()])})\b)[a-z-]+"
        before = "(?:(?:我们|咱们|我家|俺家|咱家|我|俺|咱|他|她|佢|人家)(?:的|那个|那)?)?"
        return re.compile(
            rf"{before}(?P<who>{alternation(self.relatives)})"
            rf"|[我俺咱](?:家|们家)?的?(?P<one>[^\n我俺咱他她的了在有是想要跟和把给同与]{{0,2}}(?:{ends}))(?=(?:{acts}))"
            rf"|(?P<other>{alternation([word for word in self.anybody if word not in self.relatives])})"
            rf"|\b(?:my|our) (?P<someone>{a_word}(?: {a_word})?) (?=(?:{does})\b)"
            rf"|(?P<name>[小老](?:{surname})|(?:{surname})(?:{called}))"
        )

    @cached_property
    def persons(self) -> Index[str]:
        """The phrases of `people` that name a relative: who comes along, for whom one asks, who moves to the speaker."""
        return Index(
            (phrase(said, self.classes), key)
            for key in ("along", "along_them", "asks_for", "join_them", "to_me", "moving")
            for said in self.people[key]
        )
