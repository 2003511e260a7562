"""Meant: what a word in a list of options stands for: an option, a group of them, an amount from a threshold on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from flows.facts import NOTHING, UNSAID, UNSURE, Answer, Fact, selections
from flows.loading.numbers import BOUND, NO_NUMBERS, NUMBER, Numbers
from flows.loading.reader import Reader
from flows.loading.yaml import Node
from flows.rules import NONE

Groups = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Fact -> name of a group -> the options in it."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Reads lists of options, with the groups and the thresholds of a file."""

    reader: Reader
    numbers: Numbers = NO_NUMBERS
    groups: Groups = field(default_factory=dict)

    def answers(self, fact: Fact, node: Node, extra: Iterable[str] = ()) -> frozenset[Answer | None]:
        """The answers that a list of option ids stands for (several-valued facts: every selection with a hit)."""
        words = tuple(word for item in self.reader.list(node) for word in self.words(item, fact, extra))
        return _answers(tuple(fact.options) if fact.many else None, words)

    def words(self, node: Node, fact: Fact, extra: Iterable[str] = ()) -> tuple[str, ...]:
        """The options, or patterns of them, for which a word of a list stands."""
        word = self.reader.word(node)
        if (group := self.groups.get(fact.id, {}).get(word)) is not None:
            self.reader.used.add(f"groups {word}")
            return group
        if fact.amount is not None and word not in (*extra, UNSAID, UNSURE):
            return self._bounded(node, fact, word)
        return (self._pattern(node, fact, extra),)

    def table(self, node: Node, fact: Fact, entry: Mapping[str, tuple[Node, int]]) -> dict[Answer | None, int]:
        """The verdict for every answer: the first list with a hit, `others` for what no list names. `entry`: list -> its verdict,
        in the order of trying."""
        lists: list[tuple[str, int]] = []
        rest: int | None = None
        named: set[str] = set()
        for some, verdict in entry.values():
            if some.value == "others":
                if rest is not None:
                    self.reader.problem(some, "others 出现了两次", "只留一个")
                rest = verdict
                continue
            for item in self.reader.list(some):
                for word in self.words(item, fact):
                    if word in named:
                        self.reader.problem(item, f"{word} 归了两类", "只留一类")
                    named.add(word)
                    lists.append((word, verdict))
        self._check(node, fact, named, lists, rest)
        judge: dict[Answer | None, int] = {}
        for answer in fact.every_answer():
            judge[answer] = next((verdict for word, verdict in lists if hits(word, answer)), NONE if rest is None else rest)
        return judge

    def _check(self, node: Node, fact: Fact, named: set[str], lists: list[tuple[str, int]], rest: int | None) -> None:
        missing = [option for option in fact.options if option not in named]
        if fact.many and rest is None and NOTHING not in named:
            missing.append(NOTHING)
        if missing and rest is None:
            self.reader.problem(node, f"{fact.id} 的这些选项没有归类：{'、'.join(missing)}", "归到某一类，或者写 others")
        if not missing and rest is not None and not fact.many:
            self.reader.problem(node, "others 没有剩下的选项可代表", "去掉 others")
        if not any(verdict < NONE for _, verdict in lists) and rest in (None, NONE):
            self.reader.problem(node, f"{fact.id} 没有一个选项能满足", "在 met 里写上满足的选项")

    def number(self, node: Node | None, what: str) -> Fraction:
        """A number by the name that the city gave it."""
        name = self.reader.one_of(node, self.numbers.others, f"{what}（写 numbers 里的名字）")
        self.reader.used.add(f"numbers {name}")
        return self.numbers.others.get(name, Fraction(0))

    def points(self, node: Node, fact: Fact, gives: Node) -> dict[Answer, Fraction]:
        """What each answer gives: the first word that speaks of it; `others` for what none does. Of an amount the highest step
        that it comes to."""
        named: list[tuple[str, Fraction]] = []
        rest: Fraction | None = None
        for key, item in self.reader.items(gives):
            points = Fraction(str(item.value)) if NUMBER.fullmatch(str(item.value)) else self.number(item, "分")
            if key == "others":
                rest = points
            else:
                words = self.words(Node(key, (gives.key_lines or {}).get(key, gives.line)), fact)
                some = [(word, points) for word in words]
                named = [*some, *named] if fact.amount else [*named, *some]
        found = {answer: next((points for word, points in named if hits(word, answer)), rest) for answer in fact.every_answer()}
        missing = [str(answer) for answer, points in found.items() if points is None]
        if missing:
            self.reader.problem(node, f"{fact.id} 的这些选项没有写几分：{'、'.join(missing[:5])}", "写上分数，或者写 others: 0")
        return {answer: points for answer, points in found.items() if points is not None}

    def _bounded(self, node: Node, fact: Fact, word: str) -> tuple[str, ...]:
        """at_least settle: the ranges of an amount from a threshold on; below settle: those before it."""
        named, bound = self.numbers.thresholds.get(fact.id, {}), BOUND.fullmatch(word)
        if bound is None or bound[2] not in named or fact.amount is None:
            self.reader.unknown(
                node, bound[2] if bound else word, named, f"{fact.id} 是用数回答的，这里要写 at_least 或者 below 加门槛的名字"
            )
            return ()
        self.reader.used.add(f"numbers {fact.id}.{bound[2]}")
        above = [span.low >= named[bound[2]] for span in fact.amount.ranges.values()]
        return tuple(option for option, is_above in zip(fact.options, above, strict=True) if is_above == (bound[1] == "at_least"))

    def _pattern(self, node: Node, fact: Fact, extra: Iterable[str] = ()) -> str:
        word = self.reader.word(node)
        parts = [part.removeprefix("-") for part in word.split("+")] if fact.many else [word]
        valid = [*fact.options, *extra, *([NOTHING] if fact.many else [])]
        for part in parts:
            if part not in valid:
                self.reader.unknown(node, part, [*valid, *self.groups.get(fact.id, ())], f"{fact.id} 没有 {part} 这个选项")
        return word


def read_groups(reader: Reader, node: Node | None, facts: Mapping[str, Fact], numbers: Numbers) -> Groups:
    """What stands under `groups`: options of one question under one name."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    plain = Meant(reader, numbers)
    for name, item in reader.items(node):
        of_facts = list(reader.items(item))
        if len(of_facts) != 1 and node is not None:
            reader.problem(node, f"{name} 要写一件事的几个选项", "写成 town: {place_type: [county_seat, other_town]}", name)
        for fact, some in of_facts[:1]:
            if fact not in facts:
                reader.unknown(item, fact, facts, f"没有 {fact} 这件事", fact)
            elif name in (*facts[fact].options, NOTHING, UNSURE, UNSAID):
                reader.problem(item, f"{name} 已经是 {fact} 的选项", "换一个名字", fact)
            else:
                words = [word for one in reader.list(some) for word in plain.words(one, facts[fact])]
                found.setdefault(fact, {})[name] = tuple(words)
    return found


def check_used(reader: Reader, entry: Mapping[str, Node], numbers: Numbers, groups: Groups) -> None:
    """Whatever the city has given a name stands somewhere under it."""
    named = [(name, "groups", name) for some in groups.values() for name in some]
    named += [(name, "definitions", name) for name, _ in reader.items(entry.get("definitions"))]
    named += [(name, "numbers", name.partition(".")[0]) for name in numbers.in_words]
    for name, key, at in named:
        if f"{key} {name}" not in reader.used:
            reader.problem(entry[key], f"{name} 没有用到（{key}）", "在条件或者句子里用上，或者去掉", at)


@lru_cache(1_000)
def _answers(options: tuple[str, ...] | None, words: tuple[str, ...]) -> frozenset[Answer | None]:
    """What some words stand for; `options`: those of a fact of which several may be chosen. One set, however many conditions it
    stands in: some hold hundreds of selections."""
    found: set[Answer | None] = set()
    for word in words:
        if word == UNSAID:
            found.add(None)
        elif word == UNSURE or options is None:
            found.add(word)
        else:
            found.update(_selections(options, word))
    return frozenset(found)


@lru_cache(1_000)
def _selections(options: tuple[str, ...], word: str) -> tuple[Answer, ...]:
    """Every selection of which a word speaks; the same words stand in many conditions."""
    return tuple(chosen for chosen in _every(options) if hits(word, chosen))


@lru_cache(100)
def _every(options: tuple[str, ...]) -> tuple[Answer, ...]:
    """Of one selection there is one tuple."""
    return selections(options)


def hits(word: str, answer: Answer) -> bool:
    """Does a word of a policy list speak of this answer (`a+b`: both chosen; `-a`: not chosen; `nothing`: none chosen)?"""
    if not isinstance(answer, tuple):
        return word == answer
    if word == NOTHING:
        return not answer
    return all((part[1:] not in answer) if part[0] == "-" else (part in answer) for part in word.split("+"))
