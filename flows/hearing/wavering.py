"""Wavering: what a text gives as one of two or as only likely, leaves open, or takes back. It is asked, not proposed."""

import re
from collections.abc import Sequence

from flows.facts import NOTHING
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
_FAILED = re.compile("没考[上起取中]|落榜|没考过|didn't get in|was not admitted")
_ONLINE = re.compile("\\bonline (?:university|college|degree)|网络(?:大学|教育|学院)|网教|野鸡")
_WHICH_KIND = re.compile(
    "(?:说|讲)?(?:又|都)?不(?:算数|作数|承认)|说不算|算(?:农村|农业|农民|城镇|城市|非农)[^\n]{0,4}还是|到底(?:算|是)"
)
_NOT = re.compile(  # 不是转租, 不能转租; and it is the speaker who rents: 我也是租的
    "(?:不是|没有?|不算|不让|不准|不许|不能|不可以?|不得|从来?不|不用|不要)[^\n]{0,3}$|(?:我|俺|我们|同事|朋友)(?:(?!房东)[^\n]){0,4}$"
    "|大房东[^\n]*\n?$|\\b(?:not|no|never|can't|cannot|i)(?: [a-z]+)? ?$"
)
_MAY_COUNT = re.compile(
    "算不算|算[^\n]{0,3}吗|\\b(?:does it|do i|(?:it|mine|that) (?:does not|doesn't|may not|might not)|not sure it) count"
)
_OVER_THERE = re.compile("那边|那[里儿]|当地|\\bthere\\b")
_OF_ANOTHER_VILLAGE = re.compile(
    "(?:祖籍|原籍|籍贯|老家|根)(?:[都也并又]|其实|根本)*不[是在]|不是(?:我|俺|咱|我们)?(?:的|自己的?)?(?:老家|[那这]个?村|本村|原籍)"
    r"|(?:not|never|n't) (?:come |really )?(?:from|my) (?:that |the |this |own |old |home )*village"
)
LEFT_OPEN = {  # fact -> what leaves a value of it (None: any) open where it stands beside
    "student_stage": (("enrolling",), _FAILED),
    "school_kind": (None, _ONLINE),
    "hukou_kind": (None, _WHICH_KIND),
    "talent": (None, _MAY_COUNT),
    "insurance": ((NOTHING,), _OVER_THERE),
    "origin_village": (("yes",), _OF_ANOTHER_VILLAGE),
}
WHERE_ONE_LIVES = ("housing", "lives_there", "live_together", "couple_lives")
_PAID = re.compile(
    "[我俺咱][^\n]{0,8}(?:付|还|供|出|掏|贷)[^\n]{0,4}[钱贷款付资]|(?:i|we|husband|wife)[^\n]{0,12} (?:paid|pay|bought)"
)
_UNDECIDED = re.compile(
    "还?没(?:想好|定(?!居)|决定|拿定)|在犹豫|拿不定|二选一|\\b(?:not decided|undecided|haven't decided|can't decide)"
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
        undecided = _UNDECIDED.search(text.text) is not None
        return any(
            (undecided and (place.role == "goal" or place.start >= one.end)) or _is_choice(one, text, place) for place in others
        )
    return one.fact == open_fact and not lexicon.facts[one.fact].many and is_wavering(text)


def _is_choice(one: Finding, text: Written, place: Place) -> bool:
    """Do the words between what was found and another place offer the one or the other?"""
    between = text.text[one.end : place.start] if one.end <= place.start else text.text[place.end : one.start]
    return len(between) <= ANSWER and (_OR.search(between) or _MAYBE.search(between)) is not None


def left_open(one: Finding, text: Written) -> bool:
    """Do the words beside it leave it open: 城镇户口，后来说不算; 那边没有社保; 回村，我祖籍不是那里?"""
    values, words = LEFT_OPEN.get(one.fact, (None, None))
    return words is not None and values in (None, one.values) and text.nearby(words, one.start)


def owner_only_rents(one: Finding, text: Written, lexicon: Lexicon) -> bool:
    """Is it the consent of one who rents the home himself, and does not own it: 房东同意，不过他也是租别人的?"""
    if one.fact != "owner_consents":
        return False
    return any(not _NOT.search(text.text[: found.start()]) for found in lexicon.patterns["sublet"].finditer(text.text))


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
