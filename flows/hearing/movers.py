"""Movers: what is said of who moves, whom they join, and who comes along."""

import re
from collections.abc import Iterator
from dataclasses import replace

from flows.facts import NOTHING
from flows.hearing.finding import Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.named import THEY
from flows.hearing.persons import People
from flows.hearing.places import OTHER
from flows.hearing.scope import Scope
from flows.hearing.written import Written

_APART = re.compile(  # 爸妈还在乡下住, 爷爷住敬老院: who moves along lives together with the mover
    "(?P<sure>[不没][跟和与同][我俺咱]们?住|[不没]住?在?一起|两地分居|分居两地|异地)|(?:分开|单独|各自?|另外?|一个人|独自)[住过]"
    "|单过|没有?(?:过来|来)(?!过)"
    "|(?<![不没])(?:在|住在?|住着)[^\n]{0,6}(?:老家|乡下|农村|村里|娘家|外地|外面|外省|国外|敬老院|养老院|宿舍)"
    r"|\b(?:lives?|stays?) (?:apart|elsewhere|alone|in|at)\b|\bnot liv(?:e|ing) (?:with|together)\b"
)
_AWAY = re.compile(  # counts in another city
    "(?<![不没])在(?P<place>[^\n]{1,8}?)(?:上班|工作|打工|上学|读书|念书|租房|住|那边|\n|$)"
)
_TOGETHER = re.compile(
    "(?<![不没])[跟和与同随][着在]?[我俺咱]|[在到]?[我俺咱]们?[这家]|(?<![不没])(?:住在?|在)?一[起块]|户口|户籍|[以之婚]前|原来"
    r"|医保|社保|(?:房子?|地)(?:还|都)*在|还?有[^\n]{0,3}[地房]|\b(?:with (?:me|us)|hukou|used to)\b"
)


def _live_apart(text: Written, lexicon: Lexicon, people: People) -> bool:
    """Does one who would move along live elsewhere, or is he said to: 爸妈一起迁，他们还在乡下住?"""
    along = {person.who for person, _ in people.along} | {THEY}
    for found in (*_APART.finditer(text.text), *_away(text, lexicon)):
        who = {person.who for person in people.acting_before(found.start())} or {people.subject(found.start())}
        if found.groupdict().get("sure"):
            return True
        if who & along and not _TOGETHER.search(text.text, *text.clause(found.start())):
            return True
    return False


def _away(text: Written, lexicon: Lexicon) -> Iterator[re.Match[str]]:
    """Where somebody works, learns or is in a city that is not one of ours: 她在昆明上班."""
    names = lexicon.gazetteer.names
    for found in _AWAY.finditer(text.text):
        if any(names[one[0]].city == OTHER for one in lexicon.gazetteer.pattern.finditer(found["place"])):
            yield found


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
    apart = bool(people.along) and _live_apart(text, lexicon, people)  # whoever moves along lives with the mover: it is asked
    yield from (replace(one, sure=one.sure and not apart) for one in _along(text, lexicon, people, scope))
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
