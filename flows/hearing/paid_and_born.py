"""Paid and born: the places where insurance is paid, and where a child was born."""

import re
from collections.abc import Iterator, Sequence

from flows.hearing.persons import People
from flows.hearing.places import OTHER, Place
from flows.hearing.written import END, Written

OUTSIDE = ("香港", "澳门", "台湾")
_PAID_THERE = re.compile("[^\n]{0,6}?(交|缴|参保)([的着了]|社保|保险|五险|医保|养老|$)")
_PAID_IN = re.compile("(社保|医保|养老|养老保险|保险|五险)[^\n]{0,3}(在|放)$|[交缴挂]在$|(paid|insurance is|insurance) (in|at)$")
_INSURED = re.compile("社保|医保|养老|保险|五险|insurance|social security")
_BORN_THERE = re.compile("[^\n]{0,10}?(生的|出生|出世|生下|生了|生[啊呀呢吧]?$)")
_DENIED = re.compile("(不|没|没有)是?[在去到]?$|(not|never) (in|at)$")
_NO_MORE = re.compile("以前|之前|原来|曾经|过去|断|停")
_BORN_IN = re.compile("(生|出生|出世)[在于]$|born in( a hospital in)?$")


def payers(text: Written, places: Sequence[Place], city: object, open_fact: str | None) -> list[Place]:
    """The places, out of the city, where insurance is paid."""
    away = [place for place in places if place.city == OTHER or (isinstance(city, str) and place.city != city)]
    return [place for place in away if _is_paid_in(place, text, open_fact)]


def _is_paid_in(place: Place, text: Written, open_fact: str | None) -> bool:
    before, behind = _around(place, text)
    if open_fact != "insurance" and not _INSURED.search(before + END + behind):
        return False
    if _DENIED.search(before) or _NO_MORE.search(before + END + behind):
        return False
    return _PAID_THERE.match(behind) is not None or _PAID_IN.search(before) is not None


def births(text: Written, places: Sequence[Place], people: People, open_fact: str | None) -> Iterator[tuple[Place, str]]:
    """Where a child was born, and whether that is in the mainland: at a place of China, as no others are known by name."""
    asked = open_fact == "child_birthplace"
    for place in places:
        before, behind = _around(place, text)
        born = _BORN_THERE.match(behind) or _BORN_IN.search(before)
        if _DENIED.search(before):
            continue
        if (asked and len(places) == 1) or (born and (asked or people.subject(place.start) == "child")):
            yield place, "hk_mo_tw" if text.text.startswith(OUTSIDE, place.start) else "china"


def _around(place: Place, text: Written) -> tuple[str, str]:
    """What stands before and behind a place in its clause."""
    first, last = text.clause(place.start)
    return text.text[first : place.start].rstrip(), text.text[place.end : last]
