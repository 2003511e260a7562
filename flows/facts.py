"""Facts: what a resident can tell us, and how an answer is read into a clean value."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import combinations

Answer = str | tuple[str, ...]
"""One option id, or (for a fact with several answers) the chosen ids in the fact's own order; `unsure` for either."""

Facts = Mapping[str, Answer]
"""Fact id -> answer. A fact that was not answered is not there: there are no defaults."""

UNSURE = "unsure"
UNSAID = "unsaid"  # in `when` lists only: the fact was not answered
NOTHING = "nothing"  # in policy lists only: a fact with several answers, none of them chosen
LONGEST_REPLY = 200  # characters of typed text that we look at; a longer one is no answer to a question


class NotUnderstood(Exception):
    """What was said is not an answer. `near` is the closest valid id, if there is one."""

    def __init__(self, what: str, near: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.near = near


@dataclass(frozen=True, slots=True)
class When:
    """A situation: every named fact has one of the accepted answers (None stands for "not answered")."""

    accepted: tuple[tuple[str, frozenset[Answer | None]], ...]

    def holds(self, facts: Facts) -> bool:
        for fact, answers in self.accepted:  # noqa: SIM110  # judged for every condition of every turn: a loop is half the time
            if facts.get(fact) not in answers:
                return False
        return True

    def possible(self, facts: Facts) -> bool:
        """Could it still hold: nothing that was clearly answered speaks against it."""
        return all(facts.get(fact) in answers or facts.get(fact, UNSURE) == UNSURE for fact, answers in self.accepted)

    def missing(self, facts: Facts) -> tuple[str, ...]:
        """The facts that were not answered and decide whether it holds."""
        if not self.possible(facts):
            return ()
        return tuple(fact for fact, answers in self.accepted if fact not in facts and None not in answers)

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(fact for fact, _ in self.accepted)


@dataclass(frozen=True, slots=True)
class Fact:
    """One question and its options, as policies/facts.yaml gives them. Texts are Chinese source texts."""

    id: str
    stage: str
    about: str  # "city": lost when the city changes; "person": kept
    many: bool
    ask: str
    aloud: str  # what an agent says to the caller it is about
    third: str  # the same, to a caller who asks for somebody else
    hint: str
    unsure: str  # how a resident who is not sure can find out
    nothing: str  # label of "none of them", for a fact with several answers
    options: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # option -> what a resident may type for it
    search: tuple[str, ...] = ()  # by which an agent finds the question; nobody's answer
    ask_when: tuple[When, ...] = ()
    sensitive: bool = False  # a person is told first what becomes of the answer

    def clean(self, value: object) -> Answer:
        """A value from a machine (JSON, YAML, a button) as an answer; raises NotUnderstood."""
        if value == UNSURE:
            return UNSURE
        if self.many:
            return self._clean_many(value)
        if not isinstance(value, str):
            raise NotUnderstood(f"{self.id} 要写一个选项的编号（加引号的文字），不能写 {_shown(value)}")
        return self._option(value)

    def _clean_many(self, value: object) -> tuple[str, ...]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise NotUnderstood(f"{self.id} 可以多选，要写成列表，例如 [{next(iter(self.options))}]，不能写 {_shown(value)}")
        for item in value:
            if not isinstance(item, str):
                raise NotUnderstood(f"{self.id} 的列表里要写选项的编号，不能写 {_shown(item)}")
            if item == UNSURE:
                raise NotUnderstood(f"{self.id} 说不清的时候直接写 {UNSURE}，不放在列表里")
        return self.in_order(self._option(item) for item in value)

    def _option(self, value: str) -> str:
        if value not in self.options:
            raise NotUnderstood(f"{self.id} 没有“{value[:40]}”这个选项", nearest(value, [*self.options, UNSURE]))
        return value

    def in_order(self, chosen: Iterable[str]) -> tuple[str, ...]:
        picked = set(chosen)
        return tuple(option for option in self.options if option in picked)

    def every_answer(self) -> tuple[Answer, ...]:
        """Every clear answer (without `unsure`); for a fact with several answers every selection."""
        if not self.many:
            return tuple(self.options)
        ids = tuple(self.options)
        return tuple(chosen for size in range(len(ids) + 1) for chosen in combinations(ids, size))

    def read(self, said: str, labels: Mapping[str, str]) -> Answer:
        """Typed text as an answer: option numbers or words. `labels`: option id (and `nothing`, `unsure`)
        -> what the resident saw, in the order that was numbered. Raises NotUnderstood."""
        if len(said) > LONGEST_REPLY:  # before it is looked at: putting thousands of marks in order takes time
            raise NotUnderstood(self.id)
        text = plain(said)
        if not text:
            raise NotUnderstood(self.id)
        if not self.many:
            return self._alone(text, labels)
        found = self._together(text, labels)
        if len(found) == 1 and found[0] in (UNSURE, ()):
            return found[0]
        if any(not isinstance(one, str) or one == UNSURE for one in found):
            raise NotUnderstood(self.id)
        return self.in_order(str(one) for one in found)

    def _together(self, text: str, labels: Mapping[str, str]) -> list[Answer]:
        """One answer, or several with marks between them, or (numbers, short words) with spaces between them."""
        for between in (None, r"[,，、;；和]+", r"[\s,，、;；和]+"):
            parts = [text] if between is None else [part.strip() for part in re.split(between, text) if part.strip()]
            try:
                return [self._alone(part, labels) for part in parts]
            except NotUnderstood:
                continue
        raise NotUnderstood(self.id)

    def _alone(self, text: str, labels: Mapping[str, str]) -> Answer:
        ids = list(labels)
        if text.isascii() and text.isdigit():
            if len(text) > 3 or not 1 <= int(text) <= len(ids):
                raise NotUnderstood(self.id)
            return _meant(ids[int(text) - 1])
        said = {option: {plain(label), head(label), *map(plain, self.words.get(option, ()))} for option, label in labels.items()}
        exact = [option for option in ids if text in said[option]]
        close = exact or [option for option in ids if len(text) > 1 and any(text in word for word in said[option])]
        if len(close) != 1 or not (exact or any(_means(word, text) for word in said[close[0]])):
            raise NotUnderstood(self.id)
        return _meant(close[0])


def _meant(option: str) -> Answer:
    return () if option == NOTHING else option


def _means(word: str, text: str) -> bool:
    """Is the text a part of the word that means the same: with no "not" left out before it?"""
    before, found, _ = word.partition(text)
    return bool(found) and not set(before) & set("不没未无非")


def plain(text: str) -> str:
    """Text as we compare it: one width, no case, no end punctuation."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'").strip().strip("。.!?，, ")


def head(label: str) -> str:
    """The part of a label before its bracket."""
    return re.split(r"[(,:;]", plain(label))[0].strip()


def nearest(word: str, valid: Iterable[str]) -> str | None:
    found = get_close_matches(word[:60], list(valid), n=1, cutoff=0.5)
    return found[0] if found else None


def _shown(value: object) -> str:
    match value:
        case bool():
            return f'{str(value).lower()}（写成 "{"yes" if value else "no"}"，要加引号）'
        case None:
            return "空值（没说的就不要写）"
        case dict():
            return "一组键值"
        case list() | tuple():
            return "列表"
        case _:
            return f"{value!r:.40}"
