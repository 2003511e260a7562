"""Phrases: what officers write, `(a|b)`, `[x]`, `<class>` and `…`, and how it is found in a text.

`…` is a gap of at most 12 characters (24 in an English phrase) inside one clause. A phrase is tried only where its first two
characters stand, and what it needs besides, and is made a pattern when it is first tried: a lexicon of thousands of phrases
costs little to load.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, Literal, TypeVar, assert_never

GAP = 12  # characters of `…`
GAP_LATIN = 24
BETWEEN_WORDS = "(?:(?<![a-z])|(?![a-z]))"
KIN = "kin"  # the class whose word a phrase remembers

_MARKS = re.compile(r"<[^>]*>?|[…(\[)\]|]|[^…<(\[)\]|]+")
_ENDS = frozenset(")]|")

Kind = Literal["text", "any", "maybe", "class", "gap"]


class BadPhrase(ValueError):
    """A phrase that is not written as it should; its text says what and how to mend it."""


@dataclass(frozen=True, slots=True)
class Part:
    kind: Kind
    text: str = ""  # of a text, or the name of a class
    ways: tuple[tuple["Part", ...], ...] = ()


_A_GAP = Part("gap")


@dataclass(slots=True)
class Phrase:
    """`said`: as the officer wrote it."""

    said: str
    parts: tuple[Part, ...]
    classes: Mapping[str, Sequence[str]]
    heads: frozenset[str]  # the one or two characters with which it can begin
    pattern: "re.Pattern[str] | None" = field(default=None, repr=False)
    needed: frozenset[str] | None = field(default=None, repr=False)

    @property
    def latin(self) -> bool:
        """Is it English: no letter of it is Chinese?"""
        letters = re.sub(r"<[^>]*>|[…()\[\]| ]", "", self.said)
        return bool(letters) and letters.isascii()

    def may_overlap(self, other: "Phrase") -> bool:
        """Can both lie over one place of a text: have they a character in common, or a gap?"""
        mine, others = (set(_characters(one.parts, one.classes)) for one in (self, other))
        return bool(mine & others) or "…" in mine | others

    def match(self, text: str, position: int) -> "re.Match[str] | None":
        return (self.pattern or self.compiled()).match(text, position)

    def compiled(self) -> "re.Pattern[str]":
        """The pattern, made when it is first needed."""
        self.pattern = _compiled(self._edge(_regex(self.parts, self.classes, GAP_LATIN if self.latin else GAP)))
        return self.pattern

    def _edge(self, pattern: str) -> str:
        """English words are whole words."""
        return rf"(?<![a-z]){pattern}(?![a-z])" if self.latin else pattern

    def needs(self) -> frozenset[str]:
        """One or two characters of which one must be in a text in which it stands, besides those with which it begins: of the
        part that is met least. Empty if nothing but the beginning must be there."""
        first, *others = self.parts
        end = [{first.text[-2:]}] if first.kind == "text" and len(first.text) > 2 and " " not in first.text else []
        heads = (set().union(*_heads([part], self.classes, {""})) for part in others)
        ways = [{head.strip() for head in some} for some in heads]  # a blank of an English phrase need not be there
        self.needed = frozenset(min([*end, *(way for way in ways if "" not in way)], key=_likely, default=()))
        return self.needed


def _characters(parts: Iterable[Part], classes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every character that a phrase can have; … for a gap."""
    for part in parts:
        yield from "…" if part.kind == "gap" else part.text if part.kind == "text" else ""
        yield from "".join(classes[part.text]) if part.kind == "class" else ""
        for way in part.ways:
            yield from _characters(way, classes)


def _likely(heads: Iterable[str]) -> int:
    """How likely one of them stands in a text, to compare: one character is met as often as many pairs are."""
    return sum(1 if len(head) > 1 else 20 for head in heads)


def phrase(said: str, classes: Mapping[str, Sequence[str]]) -> Phrase:
    """A phrase as written in heard.yaml; raises BadPhrase."""
    marks = _MARKS.findall(said.casefold())[::-1]  # the last one is the next
    parts = _read(marks, classes)
    if marks:
        raise BadPhrase(f"“{said}”里多了一个 {marks[-1]}")
    done, going = _heads(parts, classes, {""})
    heads = frozenset(head[:2] for head in done | going if head)
    if parts and (parts[0].kind == "gap" or parts[-1].kind == "gap"):
        raise BadPhrase(f"“{said}”的头尾不能是 …")
    if not heads or "" in going:
        raise BadPhrase(f"“{said}”可以什么字都没有")
    return Phrase(said, parts, classes, heads)


def _read(marks: list[str], classes: Mapping[str, Sequence[str]]) -> tuple[Part, ...]:
    """Parts up to a closing bracket or a bar; they are taken off the marks."""
    parts: list[Part] = []
    while marks and marks[-1] not in _ENDS:
        mark = marks.pop()
        match mark[0]:
            case "…":
                parts.append(_A_GAP)
            case "<":
                if mark[-1] != ">" or mark[1:-1] not in classes:
                    raise BadPhrase(f"没有 <{mark[1:-1][:20]}> 这一类词")
                parts.append(Part("class", mark[1:-1]))
            case "(":
                parts.append(Part("any", ways=_ways(marks, ")", classes)))
            case "[":
                parts.append(Part("maybe", ways=_ways(marks, "]", classes)))
            case _:
                parts.append(Part("text", mark))
    return tuple(parts)


def _ways(marks: list[str], closing: str, classes: Mapping[str, Sequence[str]]) -> tuple[tuple[Part, ...], ...]:
    ways = []
    while True:
        ways.append(_read(marks, classes))
        end = marks.pop() if marks else ""
        if end == closing:
            return tuple(ways)
        if end != "|":
            raise BadPhrase(f"括号没有配对，缺少 {closing}")


@cache
def _compiled(pattern: str) -> "re.Pattern[str]":
    """Policies are read again, and the library remembers fewer patterns than there are phrases."""
    return re.compile(pattern)


def _regex(parts: Iterable[Part], classes: Mapping[str, Sequence[str]], gap: int, named: str = KIN) -> str:
    made = []
    for part in parts:
        match part.kind:
            case "text":
                made.append(re.escape(part.text).replace(r"\ ", " *"))
            case "gap":
                made.append(rf"([^\n]{{0,{gap}}}?)" if gap == GAP else rf"{BETWEEN_WORDS}([^\n]{{0,{gap}}}?){BETWEEN_WORDS}")
            case "class":
                words = "|".join(map(re.escape, sorted(classes[part.text], key=len, reverse=True)))
                made.append(f"(?P<{KIN}>{words})" if part.text == named else f"(?:{words})")
                named = "" if part.text == named else named
            case "any" | "maybe":
                ways = sorted((_regex(way, classes, gap, "") for way in part.ways), key=len, reverse=True)
                made.append(f"(?:{'|'.join(ways)}){'?' if part.kind == 'maybe' else ''}")
            case never:
                assert_never(never)
    return "".join(made)


def _heads(parts: Sequence[Part], classes: Mapping[str, Sequence[str]], going: set[str]) -> tuple[set[str], set[str]]:
    """Beginnings that are two characters long or end at a gap, and those that go on."""
    done: set[str] = set()
    if parts and parts[0].kind == "text" and len(parts[0].text) > 1 and going == {""}:
        return {parts[0].text[:2]}, set()
    for part in parts:
        if not going:
            break
        match part.kind:
            case "gap":
                done, going = done | going, set()
            case "text":
                going = {(head + part.text).lstrip() for head in going}  # a blank that comes first need not be there
            case "class":
                going = {head + word for head in going for word in classes[part.text]}
            case "any" | "maybe":
                grown: set[str] = set(going) if part.kind == "maybe" else set()
                for way in part.ways:
                    ended, gone = _heads(way, classes, going)
                    done, grown = done | ended, grown | gone
                going = grown
            case never:
                assert_never(never)
        done |= {head[:2] for head in going if len(head) >= 2}
        going = {head for head in going if len(head) < 2}
    return done, going


Of = TypeVar("Of")
Beginnings = Mapping[str, Sequence[int]]


def beginnings(text: str) -> dict[str, list[int]]:
    """Every character and every two beside each other -> where they stand."""
    found: dict[str, list[int]] = {}
    for position, char in enumerate(text):
        found.setdefault(char, []).append(position)
        if position + 1 < len(text):
            found.setdefault(text[position : position + 2], []).append(position)
    return found


class Index(Generic[Of]):
    """Phrases by the characters with which they begin."""

    def __init__(self, phrases: Iterable[tuple[Phrase, Of]]) -> None:
        self._heads: dict[str, list[tuple[Phrase, Of]]] = {}
        for one, of in phrases:
            for head in one.heads:
                self._heads.setdefault(head, []).append((one, of))

    def find(self, text: str, at: Beginnings) -> Iterator[tuple["re.Match[str]", Of]]:
        """Every place where a phrase stands, once for each place where it begins. `at`: the `beginnings` of the text."""
        heads, there = self._heads, frozenset(at)
        for head in filter(heads.__contains__, at):
            for one, of in heads[head]:
                needed = one.needs() if one.needed is None else one.needed
                if needed and needed.isdisjoint(there):
                    continue
                pattern = one.pattern or one.compiled()
                for position in at[head]:
                    if found := pattern.match(text, position):
                        yield found, of
