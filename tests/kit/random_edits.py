"""Small edits of a city's file at random: what an officer may do to it in a minute, right or wrong."""

import re
from collections.abc import Callable
from itertools import pairwise
from random import Random

LISTS = re.compile(r'^ +(?:met|unmet|curable|local_rules|ambiguous|elsewhere|matters|grounds|"yes"|ask): \[([^\]\n]+)\]$', re.M)
WHENS = re.compile(r"when: \{[a-z_]+: \[([^\]\n]+)\]\}")
BLOCK = re.compile(r"^( {6})- .*\n(?:\1 +.*\n|\1 {2}\S.*\n)*", re.M)  # a condition, a placement, a paper
ROUTE = re.compile(r"^  [a-z][a-z-]*:\n(?:    .*\n)+", re.M)
NUMBER = re.compile(r"(?<=: )\d+(?=[,}\s])")
BASIS = re.compile(r"basis: (named|implied|condition)")
KINDS = re.compile(r"- (all|any):$", re.M)
TITLE = re.compile(r"^    (?:title|glance|department): (.+)$", re.M)


def _one(pattern: re.Pattern[str], text: str, luck: Random, group: int = 0) -> tuple[int, int] | None:
    """Where one of the matches stands, among the routes or the numbers."""
    found = [one.span(group) for one in pattern.finditer(text)]
    return luck.choice(found) if found else None


def _replaced(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _less(pattern: re.Pattern[str]) -> Callable[[str, Random], str]:
    """One option fewer in a list."""

    def edit(text: str, luck: Random) -> str:
        if (span := _one(pattern, text, luck, 1)) is None:
            return text
        items = text[slice(*span)].split(", ")
        items.pop(luck.randrange(len(items)))
        return _replaced(text, span, ", ".join(items))

    return edit


def _moved(text: str, luck: Random) -> str:
    """An option goes from one list into the one that follows."""
    spans = [one.span(1) for one in LISTS.finditer(text)]
    near = [(one, two) for one, two in pairwise(spans) if text.count("\n", one[1], two[0]) <= 2]
    if not near:
        return text
    one, two = luck.choice(near)
    items, others = (text[slice(*span)].split(", ") for span in (one, two))
    others.append(items.pop(luck.randrange(len(items))))
    return _replaced(_replaced(text, two, ", ".join(others)), one, ", ".join(items))


def _swapped(text: str, luck: Random) -> str:
    """Two lists that follow each other have changed places."""
    spans = [one.span(1) for one in LISTS.finditer(text)]
    at = luck.randrange(len(spans) - 1)
    one, two = spans[at], spans[at + 1]
    return _replaced(_replaced(text, two, text[slice(*one)]), one, text[slice(*two)])


def _gone(pattern: re.Pattern[str]) -> Callable[[str, Random], str]:
    def edit(text: str, luck: Random) -> str:
        span = _one(pattern, text, luck)
        return _replaced(text, span, "") if span else text

    return edit


def _other(pattern: re.Pattern[str], *words: str) -> Callable[[str, Random], str]:
    """One of some words in place of another."""

    def edit(text: str, luck: Random) -> str:
        span = _one(pattern, text, luck, 1)
        return _replaced(text, span, luck.choice([one for one in words if one != text[slice(*span)]])) if span else text

    return edit


def _number(text: str, luck: Random) -> str:
    span = _one(NUMBER, text[: text.index("\nroutes:")], luck)
    return _replaced(text, span, str(max(1, int(text[slice(*span)]) + luck.choice((-2, -1, 1, 2))))) if span else text


def _reworded(text: str, luck: Random) -> str:
    span = _one(TITLE, text, luck, 1)
    return _replaced(text, span, f"{text[slice(*span)]}（新）") if span else text


EDITS: dict[str, Callable[[str, Random], str]] = {
    "an option fewer": _less(LISTS),
    "a situation narrower": _less(WHENS),
    "an option in another list": _moved,
    "two lists swapped": _swapped,
    "a condition, place or paper gone": _gone(BLOCK),
    "a route gone": _gone(ROUTE),
    "another basis": _other(BASIS, "named", "implied", "condition"),
    "all for any": _other(KINDS, "all", "any"),
    "another number": _number,
    "other words": _reworded,
}


def edited_at_random(text: str, luck: Random) -> tuple[str, str]:
    """Which edit it is, and the file with it. Where a city has thresholds, a third are of them."""
    kinds = [*EDITS, *(["another number"] * (len(EDITS) // 2) if "\nnumbers:" in text else [])]
    while True:
        kind = luck.choice(kinds)
        if (new := EDITS[kind](text, luck)) != text:
            return kind, new
