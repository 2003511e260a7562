"""Paid and born: the places where insurance is paid, and where a child was born."""

import re
from collections.abc import Iterator, Sequence

from flows.hearing.persons import People
from flows.hearing.places import OTHER, Gazetteer, Place
from flows.hearing.written import END, Written

_DENIED = re.compile("(不|没|没有)是?[在去到]?$|(not|never) (in|at)$")
_BORN_IN = re.compile("(生|出生|出世)[在于]$|born in( a hospital in)?$")


def payers(text: Written, gazetteer: Gazetteer, places: Sequence[Place], city: object, open_fact: str | None) -> list[Place]:
    """The places, out of the city, where insurance is paid."""
    away = [place for place in places if place.city == OTHER or (isinstance(city, str) and place.city != city)]
    return [place for place in away if _is_paid_in(place, gazetteer, text, open_fact)]


def _is_paid_in(place: Place, gazetteer: Gazetteer, text: Written, open_fact: str | None) -> bool:
    before, behind = _around(place, text)
    first, last = text.clause(place.start)
    told = text.text[text.clause(max(0, first - 2))[0] : last]  # 社保没转，还在东莞交着
    if open_fact != "insurance" and not gazetteer.insured.search(told):
        return False
    if _DENIED.search(before) or gazetteer.paid_no_more.search(before + END + behind):
        return False
    return gazetteer.paid_there.match(behind) is not None or gazetteer.paid_in.search(before) is not None


def births(
    text: Written, gazetteer: Gazetteer, places: Sequence[Place], people: People, open_fact: str | None
) -> Iterator[tuple[Place, str]]:
    """Where a child was born, and whether that is in the mainland: at a place of China, as no others are known by name."""
    asked = open_fact == "child_birthplace"
    outside = tuple(gazetteer.words["outside_mainland"])
    for place in places:
        before, behind = _around(place, text)
        born = gazetteer.born_there.match(behind) or _BORN_IN.search(before)
        if _DENIED.search(before):
            continue
        if (asked and len(places) == 1) or (born and (asked or people.subject(place.start) == "child")):
            yield place, "hk_mo_tw" if text.text.startswith(outside, place.start) else "china"


def _around(place: Place, text: Written) -> tuple[str, str]:
    """What stands before and behind a place in its clause."""
    first, last = text.clause(place.start)
    return text.text[first : place.start].rstrip(), text.text[place.end : last]
