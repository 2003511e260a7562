"""Numbers: what a document counts in (units.yaml), and the numbers that a city names once, to be used by their names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib.resources.abc import Traversable

from flows.amounts import Amount, Unit, shown
from flows.book import Problem, Text
from flows.facts import Fact
from flows.loading.reader import GAPS, Reader
from flows.loading.yaml import Node

UNITS = "units.yaml"
UNIT_KEYS = ["below", "between", "above", "example", "words"]
NUMBER = re.compile(r"(?:0|[1-9]\d{0,8})(?:\.\d{1,2})?")
FACTOR = re.compile(r"[1-9]\d{0,8}(?:/[1-9]\d{0,3})?")
NAME = re.compile("[a-z][a-z_]*")
BOUND = re.compile("(at_least|below) ([a-z_]+)")  # in a list of options: at_least settle


@dataclass(frozen=True)
class Units:
    """What amounts are counted in; nothing where there is no such file."""

    known: Mapping[str, Unit] = field(default_factory=dict)
    texts: tuple[Text, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_units(folder: Traversable) -> Units:
    if not (folder / UNITS).is_file():
        return Units()
    reader = Reader(folder, UNITS)
    root = reader.fields(reader.root, ["units"], ["units"])
    known = {unit: _unit(reader, unit, node) for unit, node in reader.items(root.get("units"))}
    return Units(known, tuple(reader.texts), tuple(reader.problems))


def _unit(reader: Reader, unit: str, node: Node) -> Unit:
    entry = reader.fields(node, UNIT_KEYS, UNIT_KEYS)
    words: dict[str, Fraction] = {}
    for word, item in reader.items(entry.get("words")):
        if FACTOR.fullmatch(reader.word(item)):
            words[word] = Fraction(reader.word(item))
        else:
            reader.problem(item, f"{word} 是几个 {unit}，写的不是数", "写成 1、12 或者 1/12")
    below, between, above, example = (reader.text(entry.get(key)) for key in UNIT_KEYS[:4])
    for key, says, needed in (("below", below, "to"), ("between", between, "from to"), ("above", above, "from")):
        if any(f"{{{one}" not in says for one in needed.split()):
            reader.problem(node, f"{unit} 的 {key} 里缺少数", f"写上 {'、'.join(f'{{{one}}}' for one in needed.split())}", key)
    return Unit(unit, below, between, above, example, words)


@dataclass(frozen=True)
class Numbers:
    """A city's numbers: of an amount its thresholds by name, and any other number."""

    thresholds: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    others: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def in_words(self) -> dict[str, str]:
        """`{years_here.settle}` -> 3"""
        named = {f"{fact}.{name}": one for fact, some in self.thresholds.items() for name, one in some.items()}
        return {name: shown(one) for name, one in {**named, **self.others}.items()}

    def amounts(self, facts: Mapping[str, Fact], more: Mapping[str, Iterable[Fraction]]) -> dict[str, Fact]:
        """The questions that are answered with a number, with the ranges of this city. `more`: bounds of quotas."""
        made = {}
        for fact, one in facts.items():
            if one.amount is not None:
                bounds = {*self.thresholds.get(fact, {}).values(), *more.get(fact, ())} - {Fraction(0)}
                amount = Amount(one.amount.unit, tuple(sorted(bounds)))
                words = {amount.of(option) or option: some for option, some in one.words.items()}
                made[fact] = replace(one, amount=amount, options=amount.labels, words=words)
        return made


NO_NUMBERS = Numbers()


def read_numbers(reader: Reader, node: Node | None, facts: Mapping[str, Fact]) -> Numbers:
    """What stands under `numbers`; from now on the sentences of the file can use them."""
    thresholds: dict[str, dict[str, Fraction]] = {}
    others: dict[str, Fraction] = {}
    for name, item in reader.items(node):
        if node is not None and (not NAME.fullmatch(name) or name in GAPS):
            reader.problem(node, f"{name} 不能作数的名字", "用小写字母和下划线，不用 people、doing 这些空的名字", name)
        elif isinstance(item.value, dict):
            thresholds[name] = _thresholds(reader, name, item, facts)
        else:
            others[name] = _number(reader, item)
    made = Numbers(thresholds, others)
    reader.numbers = made.in_words
    return made


def _thresholds(reader: Reader, fact: str, node: Node, facts: Mapping[str, Fact]) -> dict[str, Fraction]:
    amounts = [one.id for one in facts.values() if one.amount is not None]
    if fact not in amounts:
        reader.unknown(node, fact, amounts, f"{fact} 不是用数回答的事（facts.yaml 里写了 amount 的）")
    found: dict[str, Fraction] = {}
    for name, item in reader.items(node):
        number = _number(reader, item)
        if not NAME.fullmatch(name):
            reader.problem(node, f"{name} 不能作数的名字", "用小写字母和下划线", name)
        if not number or number in found.values():
            reader.problem(item, f"{fact} 的 {name} 是 0，或者和别的门槛一样", "一个数只写一次；一样的，用同一个名字")
        found[name] = number
    return found


def _number(reader: Reader, node: Node) -> Fraction:
    word = reader.word(node)
    if not NUMBER.fullmatch(word):
        reader.problem(node, f"{word or '这里'} 不是数", "写成 3 或者 4.5，不带单位")
        return Fraction(1)
    return Fraction(word)
