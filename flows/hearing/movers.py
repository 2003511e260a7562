"""Movers: what is said of who moves, whom they join, and who comes along."""

from collections.abc import Iterator

from flows.facts import NOTHING
from flows.hearing.finding import Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.persons import People
from flows.hearing.scope import Scope
from flows.hearing.written import Written


def _along(text: Written, lexicon: Lexicon, people: People, scope: Scope) -> Iterator[Finding]:
    """Who comes along; it is asked who else does, if others of the family are named."""
    heard: set[str] = set()
    for person, _ in people.along:
        values = people.property_of(lexicon, person.word, "along", person.start)
        if values and not scope.stays(person.start, person.end):
            heard |= {person.who}
            yield Finding.said(text, "movers", values, person.start, person.end, "movers.along")
    for person in people.named if heard else ():
        if person.who in lexicon.kin and person.who not in heard and not scope.stays(person.start, person.end):
            values = people.property_of(lexicon, person.word, "along", person.start)
            yield Finding.said(text, "movers", (*values, NOTHING), person.start, person.end, "movers.others")
            return


def movers(text: Written, lexicon: Lexicon, people: People, scope: Scope, open_fact: str | None) -> Iterator[Finding]:
    """What the persons of a text say."""
    yield from _along(text, lexicon, people, scope)
    for person in people.joined:
        values = people.property_of(lexicon, person.word, "joined", person.start)
        yield Finding.said(text, "joiner_relation", values, person.start, person.end, "joiner_relation.them")
        yield Finding.said(text, "matter", ("join_kin",), person.start, person.end, "matter.them")
    if people.word in lexicon.relatives and people.towards_speaker and open_fact != "movers":
        values = people.property_of(lexicon, people.word, "moves", 0)
        start = text.text.find(people.word)
        end = start + len(people.word)
        if values and start >= 0 and not scope.done(start, end):
            yield Finding.said(text, "joiner_relation", values, start, end, "joiner_relation.to_me")
            yield Finding.said(text, "matter", ("join_kin",), start, end, "matter.to_me")
