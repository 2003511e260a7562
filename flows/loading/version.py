"""A city's version: twelve characters for all that its residents are asked and told, and by which it is decided.

Two readings have the same one exactly if nobody would notice. A question or a paper that only another city uses is not in it,
nor is a comment, the order of lines in a file, or a word by which something is typed or found.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any

from flows.book import Book
from flows.policy import Policy

ALWAYS_ASKED = {"matter", "ground", "county", "movers", "live_together"}
UNSEEN = {"words", "search", "around", "common", "version"}  # by which something is found or read


def version_of(policy: Policy, book: Book) -> str:
    """The version of a city. `book`: for the names of the papers that the city wants."""
    own = _strings(
        (policy.name, policy.document, policy.about, policy.routes, policy.topics),
        (policy.silent, policy.refused, policy.not_in_document, policy.clauses),
    )
    named = ALWAYS_ASKED.union(own)
    asked = {fact: question for fact, question in policy.facts.items() if fact in named}
    papers = {paper: (name, book.paper_helps.get(paper, "")) for paper, name in book.papers.items() if paper in named}
    order = {matter: tuple(fact for fact in facts if fact in asked) for matter, facts in policy.order.items()}
    inferred = tuple(one for one in policy.inferences if one.fact in asked)
    narrowed = tuple(one for one in policy.narrowings if one.fact in asked)
    sealed = [*own, *_strings((asked, papers, order, inferred, narrowed, book.stages))]
    return hashlib.sha256("\0".join(sealed).encode()).hexdigest()[:12]


def _strings(*things: object) -> list[str]:
    """Everything in it as strings, in an order that no reading changes; each part with its end."""
    found: list[str] = []
    for thing in things:
        _written(thing, found)
    return found


def _written(thing: Any, found: list[str]) -> None:
    """A recursion that is gone through a hundred thousand times at a start: the commonest first, and no generators."""
    if isinstance(thing, str):
        found.append(thing)
    elif isinstance(thing, tuple):
        for one in thing:
            _written(one, found)
    elif (names := _sealed(thing.__class__)) is not None:
        found.append(type(thing).__name__)  # "all of" and "any of" have the same parts
        for name in names:
            found.append(name)
            _written(getattr(thing, name), found)
    elif isinstance(thing, Mapping):
        for pair in thing.items():
            _written(pair, found)
    elif isinstance(thing, frozenset):
        found += _in_order(thing)
    else:
        found.append(repr(thing))
    found.append(".")


@lru_cache(50)
def _in_order(answers: frozenset[object]) -> tuple[str, ...]:
    """The same few sets of hundreds of answers stand under every clause; in one piece, as all is joined so at last."""
    return ("\0".join(sorted(map(repr, answers))),) if answers else ()


@cache
def _sealed(kind: type) -> tuple[str, ...] | None:
    """The fields of a dataclass that count."""
    return tuple(one.name for one in fields(kind) if one.init and one.name not in UNSEEN) if is_dataclass(kind) else None
