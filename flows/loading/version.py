"""A city's version: twelve characters for all that its residents are asked and told, and by which it is decided.

Two readings have the same one exactly if nobody would notice. A question or a paper that only another city uses is not in it,
nor is a comment, the order of lines in a file, or a word by which something is typed or found.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from flows.book import Book
from flows.policy import Policy

ALWAYS_ASKED = {"matter", "ground", "county", "movers", "live_together"}
UNSEEN = {"words", "search", "around", "common", "version"}  # by which something is found or read


def version_of(policy: Policy, book: Book) -> str:
    """The version of a city. `book`: for the names of the papers that the city wants."""
    own = list(_strings((policy.name, policy.document, policy.about, policy.routes, policy.topics)))
    own += _strings((policy.silent, policy.refused, policy.not_in_document, policy.clauses))
    named = ALWAYS_ASKED.union(own)
    asked = {fact: question for fact, question in policy.facts.items() if fact in named}
    papers = {paper: (name, book.paper_helps.get(paper, "")) for paper, name in book.papers.items() if paper in named}
    order = {matter: tuple(fact for fact in facts if fact in asked) for matter, facts in policy.order.items()}
    inferred = tuple(one for one in policy.inferences if one.fact in asked)
    narrowed = tuple(one for one in policy.narrowings if one.fact in asked)
    sealed = [*own, *_strings((asked, papers, order, inferred, narrowed, book.stages))]
    return hashlib.sha256("\0".join(sealed).encode()).hexdigest()[:12]


def _strings(thing: object) -> Iterator[str]:
    """Everything in it as strings, in an order that no reading changes; each part with its end."""
    match thing:
        case str():
            yield thing
        case Mapping():
            for key, value in thing.items():
                yield from _strings((key, value))
        case tuple():
            for one in thing:
                yield from _strings(one)
        case frozenset():
            yield from sorted(map(repr, thing))
        case _ if is_dataclass(thing):
            yield type(thing).__name__  # "all of" and "any of" have the same parts
            for field in fields(thing):
                if field.name not in UNSEEN and field.init:
                    yield field.name
                    yield from _strings(getattr(thing, field.name))
        case _:
            yield repr(thing)
    yield "."
