"""Wavering: what a text gives as one of two or as only likely, or takes back. It is asked, not proposed."""

import re
from collections.abc import Sequence

from flows.hearing.finding import Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.places import NAMED, Place
from flows.hearing.written import Written

STORY = 40  # characters: a longer text beside a question tells a story of its own
ANSWER = 12  # characters of an answer that may still be a part of its question
PAPERS = {  # of house_papers: the words for each
    "certificate": re.compile("房本|房产证|不动产证|房证|产权证|deed|title"),
    "invoice": re.compile("发票|票据|invoice"),
    "contract": re.compile("合同|contract"),
}
_HERE_AND_NEXT = re.compile("[^\n]*\n*[^\n]*")  # the rest of a clause, and the clause behind it
_OTHER_PAPERS = re.compile("别的|其他|其它|others?|the rest")
_OR = re.compile(
    r"(?<![年月天])或者?(?!许)|(?<![还只需想])要不(?![要是])|要么|再不(?:然|济)|不然就"
    r"|(?<!\d) or (?!so\b|\d|two|three|four|five|six)|\b(?:either|otherwise)\b"
)
_EITHER = re.compile(
    "要么[^\n]*要么|不是[^\n]{1,10}就是|[^\n]{2}(?:或者|或是)[^\n]{2}|\\beither\\b[^\n]* or | or (?!not|so|something|more)"
)
_NOW_AND_THEN = re.compile("有(?:的)?时候?|一会儿|隔三差五|\\b(?:sometimes|now and then)\\b")
_BETWEEN_TWO = re.compile("两头[住跑]|两边[都轮]?住|轮[着流换]住")
_MAYBE = re.compile(
    "(?<![不没])可能|也许|没准(?![话信数])|说不定|大概率|我猜|\\b(?:maybe|perhaps|probably|might|i (?:guess|think|believe))\\b"
)
WHERE_ONE_LIVES = ("housing", "lives_there", "live_together", "couple_lives")
_PAID = re.compile(
    "[我俺咱][^\n]{0,8}(?:付|还|供|出|掏|贷)[^\n]{0,4}[钱贷款付资]|(?:i|we|husband|wife)[^\n]{0,12} (?:paid|pay|bought)"
)
SOON = 40  # characters, in which one goes on to tell of the same thing


def is_wavering(text: Written) -> bool:
    """Does a short answer give one of two, or what is only likely: 县城吧，要么村里?"""
    return len(text.text) <= STORY and (_OR.search(text.text) or _MAYBE.search(text.text)) is not None


def wavers(one: Finding, text: Written, lexicon: Lexicon, places: Sequence[Place], open_fact: str | None) -> bool:
    """Is it but one of two that are said, or only likely: 温州，要不就杭州; 有时住厂里; 可能租的? `places`: all named."""
    if one.fact in WHERE_ONE_LIVES and text.nearby(_NOW_AND_THEN, one.start):
        return True
    if one.fact in WHERE_ONE_LIVES and one.values != ("owned",) and text.nearby(_BETWEEN_TWO, one.start):
        return True
    if not lexicon.facts[one.fact].many and _EITHER.search(text.text, *text.clause(one.start)):
        return True
    if one.fact == "housing" and one.values == ("relative_home",) and _PAID.search(text.text):
        return True  # in my father's name, and we paid for it
    if one.rule.endswith(NAMED):
        others = (place for place in places if place.city != one.values[0] and one.fact == "city")
        return any(_is_choice(one, text, place) for place in others)
    return one.fact == open_fact and not lexicon.facts[one.fact].many and is_wavering(text)


def _is_choice(one: Finding, text: Written, place: Place) -> bool:
    """Do the words between what was found and another place offer the one or the other?"""
    between = text.text[one.end : place.start] if one.end <= place.start else text.text[place.end : one.start]
    return len(between) <= ANSWER and (_OR.search(between) or _MAYBE.search(between)) is not None


def undone(one: Finding, text: Written, lexicon: Lexicon) -> bool:
    """Does one go on to tell that it is so no more: 同意了，又反悔; 房产证丢了; 考上了，没去读?"""
    if one.fact not in lexicon.scope["may_be_undone"]:
        return False
    near = _HERE_AND_NEXT.match(text.text, one.end, one.end + SOON)
    found = lexicon.patterns["undone"].search(near[0]) if near else None
    if found is None or found[0] in one.words:
        return False
    between = found.string[: found.start()]
    return one.fact != "house_papers" or not any(paper.search(between) for paper in (*PAPERS.values(), _OTHER_PAPERS))
