"""Facts: what a resident can tell us, and how an answer is read into a clean value."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from itertools import combinations
from typing import Any

from flows.amounts import Amount
from flows.typed import AGAIN, LONGEST_REPLY, NOTHING_AROUND, Around, Said, number, option_said, plain

Answer = str | tuple[str, ...]
"""One option id, or (for a fact with several answers) the chosen ids in the fact's own order; `unsure` for either."""

Facts = Mapping[str, Answer]
"""Fact id -> answer. A fact that was not answered is not there: there are no defaults."""

UNSURE = "unsure"
UNSAID = "unsaid"  # in `when` lists only: the fact was not answered
NOTHING = "nothing"  # in policy lists only: a fact with several answers, none of them chosen

MOST_PARTS = 20  # of a reply that names several options
COMMAS = re.compile(r"[,;、。!?:\n]+|(?<=[0-9])[.)]")  # between parts that say the same twice: 2、租的房子
MARKS = re.compile(r"[,;、。!?:/+&\n]+|以及|还有|和|跟|及|与|\band\b")  # between several answers
OWN = re.compile(r"[我咱俺]|\b(?:i|me|my|mine|myself|us|our|ours)\b")  # words of whoever types, about themselves
BOTH = re.compile(  # one of whom it is so, and another of whom it is not
    "[我俺咱](?:是|有|在|住)?[他她](?:不|没)|[他她](?:是|有|在|住)?[我俺咱](?:不|没)"
    "|[我俺咱](?:不|没)(?:是|有|在|住)?[,，]?[他她]|[他她](?:不|没)(?:是|有|在|住)?[,，]?[我俺咱]"
)
NOT_YET = re.compile(r"还[没不未]|尚未|(?:暂时|目前|现在)[还也]?[没不未]|没.{0,4}呢$|\byet\b")
SPACES = re.compile(rf"(?:{MARKS.pattern}|\s)+")


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
        """The facts that were not answered and decide whether it holds; none where that is in doubt already."""
        if any(facts.get(fact) not in answers for fact, answers in self.accepted if fact in facts):
            return ()
        return tuple(fact for fact, answers in self.accepted if fact not in facts and None not in answers)

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(fact for fact, _ in self.accepted)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence for people (Chinese source text), and the situation in which it is said (None: always).

    `see`: the routes, by their short ids, that it points to; where all of them are refused it is not said.
    """

    says: str
    when: When | None = None
    see: tuple[str, ...] = ()


Lines = tuple[Line, ...]
"""What is said of one thing, by the answers: of several that hold either all, or the first."""


def all_said(lines: Lines, facts: Facts) -> Lines:
    return tuple([line for line in lines if line.when is None or line.when.holds(facts)]) if lines else lines


def first_said(lines: Lines, facts: Facts) -> str:
    """The first sentence that holds, "" if none does."""
    return next((line.says for line in lines if line.when is None or line.when.holds(facts)), "")


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from answers, so that it is not asked: `answer` to `fact` when a situation holds.

    `quiet`: the answer only stands for several that decide nothing between them; it is not listed.
    """

    when: When
    fact: str
    answer: Answer
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What an answer given before does to a question: options it speaks against are not offered, others have another label, and
    the question itself may be put in other words (`puts`: texts of a Fact, by their names)."""

    when: When
    fact: str
    without: frozenset[str]
    labels: Mapping[str, str]
    puts: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """One question and its options, as policies/facts.yaml gives them. Texts are Chinese source texts. One is equal to itself
    alone, so that what is made of it can be kept."""

    id: str
    stage: str
    about: str  # "city": lost when the city changes; "person": kept
    many: bool
    ask: str
    ask_you: str  # the same to somebody who asks for themselves, "" where it reads right for everybody
    ask_child: str  # the same about a child
    short: str  # what it is about, in a few words: before an answer that is shown again
    aloud: str  # what an agent says to the caller it is about
    third: str  # the same, to a caller who asks for somebody else
    hint: str
    unsure: str  # how a resident who is not sure can find out
    nothing: str  # label of "none of them", for a fact with several answers
    nothing_id: str  # an id that says the same as choosing none of them, "" for most
    options: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # option -> what a resident may type for it
    search: tuple[str, ...] = ()  # by which an agent finds the question; nobody's answer
    around: Around = NOTHING_AROUND  # what may stand around a typed answer
    common: tuple[tuple[str, tuple[str, ...]], ...] = ()  # option -> words that say it in every question
    ask_when: tuple[When, ...] = ()
    sensitive: bool = False  # a person is told first what becomes of the answer
    relative: bool = False  # its options name people as the one whose hukou would move would call them
    decided: str = ""  # the option that is somebody's refusal: “not yet” is none
    amount: Amount | None = None  # it is answered with a number, and its options are ranges

    def clean(self, value: object) -> Answer:
        """A value from a machine (JSON, YAML, a button) as an answer; raises NotUnderstood."""
        if value == UNSURE:
            return UNSURE
        if self.many:
            return self._clean_many(value)
        if self.amount is not None and (landed := self.amount.of(value)):
            return landed
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
        return self.in_order(self._option(item) for item in value if item != self.nothing_id)

    def _option(self, value: str) -> str:
        if value not in self.options:
            raise NotUnderstood(f"{self.id} 没有“{value[:40]}”这个选项", nearest(value, [*self.options, UNSURE]))
        return value

    def value_of(self, option: str) -> Answer:
        """The answer that choosing one option (or `nothing`, `unsure`) means."""
        if option == NOTHING:
            return ()
        return (option,) if self.many and option != UNSURE else option

    def values_of(self, options: Iterable[str]) -> list[Answer]:
        return [self.value_of(option) for option in options]

    def in_order(self, chosen: Iterable[str]) -> tuple[str, ...]:
        picked = set(chosen)
        return tuple(option for option in self.options if option in picked)

    def offered(self, without: frozenset[str], labels: Mapping[str, str], puts: Mapping[str, Any]) -> "Fact":
        """The question with some of its options left out, some under another label, and put in other words."""
        if not without and not labels and not puts:
            return self
        kept = {option: labels.get(option, label) for option, label in self.options.items() if option not in without}
        return replace(self, options=kept, **puts)

    def every_answer(self) -> tuple[Answer, ...]:
        """Every clear answer (without `unsure`); for a fact with several answers every selection."""
        return selections(self.options) if self.many else tuple(self.options)

    def read(self, said: str, labels: Mapping[str, str], for_themselves: bool = True, numbered: Sequence[str] = ()) -> Answer:
        """Typed text as an answer: option numbers or words. `labels`: option id (and `nothing`, `unsure`)
        -> what the resident saw, in the order that was numbered; `numbered`: those with a number, where not all have one.
        Raises NotUnderstood.

        `for_themselves`: whoever types is the one whose hukou would move. Otherwise "my mother" is somebody else than the
        question means, and is no answer.
        """
        text = plain(said) if len(said) <= LONGEST_REPLY else ""  # putting thousands of marks in order takes time
        if not text or len(text) > LONGEST_REPLY:
            raise NotUnderstood(self.id)
        if self.relative and not for_themselves and OWN.search(text):
            raise NotUnderstood(self.id)
        if {"yes", "no"} <= self.options.keys() and BOTH.search(text):
            raise NotUnderstood(self.id)  # 我是他不是: of two people
        if self.amount is not None and (landed := self.amount.read(text, self.around)):
            return landed
        found = self._parts(text, labels, numbered or tuple(labels))
        if self.decided in found and NOT_YET.search(text) and text not in map(plain, labels.values()):
            raise NotUnderstood(self.id)
        if len(set(found)) == 1 and (not self.many or found[0] in (UNSURE, ())):
            return found[0]
        if not self.many or any(not isinstance(one, str) or one == UNSURE for one in found):
            raise NotUnderstood(self.id)
        return self.in_order(str(one) for one in found)

    def _parts(self, text: str, labels: Mapping[str, str], numbered: Sequence[str]) -> list[Answer]:
        """What every part of a text says: the whole of it, or what stands between marks, or (several answers) spaces."""
        said = _said(self, tuple(labels.items()))
        for between in (None, MARKS, SPACES) if self.many else (None, COMMAS):
            parts = [text] if between is None else [plain(part) for part in between.split(text) if plain(part)]
            found = [self._alone(part, numbered, said) for part in parts[: MOST_PARTS + 1]]
            if 1 <= len(found) <= MOST_PARTS and None not in found:
                return [() if option == NOTHING else str(option) for option in found]
        raise NotUnderstood(self.id)

    def _alone(self, text: str, numbered: Sequence[str], said: Said) -> str | None:
        count = number(text) if self.amount is None else None  # there a number is an amount
        if count is None:
            return option_said(text, said)
        return numbered[count - 1] if 1 <= count <= len(numbered) else None

    def has(self, option: str) -> bool:
        """Do the words of all questions say this option here? A plain yes does only where there is nothing but yes and no."""
        return {UNSURE: True, NOTHING: self.many}.get(option, set(self.options) == {"yes", "no"})


@lru_cache(maxsize=512)
def _said(fact: Fact, shown: tuple[tuple[str, str], ...]) -> Said:
    """The texts that say an option: what was shown, what is shown in Chinese, and the listed words."""
    own = tuple(
        (option, tuple(filter(None, (label, fact.options.get(option), *fact.words.get(option, ())))))
        for option, label in (*shown, (AGAIN, ""))
    )
    return Said(own, tuple((option, words) for option, words in fact.common if fact.has(option)), fact.around)


def option_of(answer: Answer) -> str:
    """The option that stands for an answer of one option, or of none."""
    return answer if isinstance(answer, str) else answer[0] if answer else NOTHING


def selections(options: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Every selection of some options, the smallest first."""
    ids = tuple(options)
    return tuple(chosen for size in range(len(ids) + 1) for chosen in combinations(ids, size))


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
