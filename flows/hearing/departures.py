"""Departures: places that one has left, or is to leave: they are no goal. It is asked, not proposed."""

import re
from collections.abc import Sequence

from flows.hearing.finding import Finding
from flows.hearing.named import SPEAKER
from flows.hearing.persons import People
from flows.hearing.places import OTHER, Place
from flows.hearing.written import Written

_WENT = re.compile("(?:嫁|娶|随军|跟|当年|那年|后来|先前|早年)[^\n想要能]{0,8}(?:[迁转落搬调](?:户口?)?[到去在]了?|[嫁随]到了?)$")
_BACK = re.compile("(?:想|要|打算|准备|能|可以)[^\n]{0,8}(?:[迁转落搬挪]|接)?(?:户口?)?回")
_SENT_AWAY = re.compile("(?:要|叫|让|催|赶|逼|喊|撵)[我俺咱](?:们|俩|娘俩|一家)?[^\n]{0,4}(?:[迁搬挪转][走出]|走人|腾)")
_TAKEN = re.compile(
    "把[^\n]{1,6}户口[^\n]{0,6}[迁转落][到去走][^\n]*了\n[^想]*(?:能|想|要|怎么)[^\n]{0,6}[要弄迁转拿]回"
)  # she took it there
_AWAY = re.compile("(?:一起|跟着|也|想|要|能)[^\n]{0,4}(?:迁去|[迁转带接搬](?:走|出去|过去))")

_FETCHED = re.compile("[要接带抱领弄][回过]来")
_MOVES = re.compile("[落迁转搭投上入挂搬住]|[a-z]{3}")


def is_left(one: Finding, text: Written, people: People, places: Sequence[Place]) -> bool:
    """Is it a city or county that was left, or is to be: 嫁给我迁到江西，现在想迁回去; 姥爷家在清河，舅要我迁走?"""
    if one.fact not in ("city", "county"):
        return False
    first, _ = text.clause(one.start)
    if _WENT.search(text.text, first, one.start) and _BACK.search(text.text, one.end):
        return True
    beside = [person for person in people.named if first <= person.start < one.start]
    if beside and beside[0].who not in SPEAKER and (_SENT_AWAY.search(text.text, one.end) or _TAKEN.search(text.text)):
        return True
    stands = any(place.start == one.start and place.role == "hukou" for place in places)
    if stands and beside and _MOVES.search(text.text) is None:
        return True  # 奶奶户口还在仁化我二叔那: and nobody is said to move
    away = (place for place in places if place.city == OTHER and text.text[: place.start].endswith(("我在", "俺在")))
    if beside and beside[0].who == "child" and _FETCHED.search(text.text) and any(away):
        return True  # 孩子要回来，孩子在西丰我在沈阳
    # 孩子户口还在秦安，要一起迁去吗
    childs = stands and bool(beside) and beside[0].who == "child"
    return childs and _AWAY.search(text.text, one.end) is not None
