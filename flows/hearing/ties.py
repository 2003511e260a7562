"""Ties: that one lives or works where a place is named, by what is said of one's home and work beside it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from flows.facts import NOTHING
from flows.hearing.finding import ME, Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.persons import People
from flows.hearing.where import Where
from flows.hearing.written import Written

AT_WORK = (("employee",), ("flexible",))  # of work: that one works
AT_HOME = (
    ("rented",),
    ("public_rental",),
    ("dormitory",),
    ("relative_home",),
)  # of housing: that one lives there, if one says 住
LIVED = (("lives_there", "yes"), ("live_together", "yes"))  # beside a place: that one lives there
_NO_WORK = re.compile(  # 住厂里宿舍, 没工作, 焊工证, 职工医保: where one works is not said
    "(?:厂|公司|单位|店|工地|学校|老板)[里上给]?的?(?:集体|员工|职工)?宿舍|没(?:有|得)?(?:工作|单位|上班)|[焊电钳技]工证?|[中高]级工|职工|人社|员工"
    "|(?:厂里|公司|单位|老板)[给帮][我]?[交买上缴]|staff dorm|no job|not working"
)
_DENIED = re.compile("[不没未]|以前|之前|原来|想|准备|孩子|娃|n't|\\b(?:no|not|used to)\\b")
HINTS = (("works", "hints_work"), ("lives", "hints_home"), ("studies", "hints_study"))


def ties(found: list[Finding], text: Written, lexicon: Lexicon, people: People, where: Where) -> Iterator[Finding]:
    """What `found` says besides; where the rest of the text hints at another tie, it is asked."""
    more = [_tied(one, "works") for one in found if one.fact == "work" and _works_here(one, text, lexicon, where)]
    more += [_tied(one, "lives") for one in found if one.fact == "housing" and _lives_here(one, text, lexicon, where)]
    more += [_tied(one, "lives") for one in found if (one.fact, *one.values) in LIVED and _lived_there(one, people, where)]
    yield from more
    all_ties = [one for one in (*found, *more) if one.fact == "ties"]
    heard = {value for one in all_ties for value in one.values}
    homes = [one for one in found if one.fact == "housing" and one.values in AT_HOME and not where.away(one.start)]
    if heard == {"works"} and homes:  # who works there and rents a home lives there
        yield _tied(homes[0], "lives")
        return
    for tie, words in HINTS:
        hint = lexicon.patterns[words].search(_NO_WORK.sub("", text.text))
        beside = where.open_fact != "ties" or (hint is not None and _said_apart(hint, all_ties, text))
        if heard and hint and tie not in heard and beside:
            yield replace(all_ties[0], values=(tie, NOTHING), rule="ties.others")


def _works_here(one: Finding, text: Written, lexicon: Lexicon, where: Where) -> bool:
    """Is the work named beside a place? 灵活就业 only says how one works."""
    only_how = lexicon.patterns["how_one_works"].search(text.text, one.start, one.end)
    return one.values in AT_WORK and not only_how and where.beside(one.start) and not where.away(one.start)


def _lived_there(one: Finding, people: People, where: Where) -> bool:
    """Is it said beside a place; of a relative who moves, in the same clause: 我在银州买了楼，他们跟我住 leaves it open?"""
    return where.beside(one.start) and (people.mover == ME or where.named_in_clause(one.start))


def _lives_here(one: Finding, text: Written, lexicon: Lexicon, where: Where) -> bool:
    lived_in = lexicon.patterns["lived_in"].search(text.text, one.start, one.end) is not None
    return one.values in AT_HOME and lived_in and where.beside(one.start)


def _said_apart(hint: "re.Match[str]", heard: list[Finding], text: Written) -> bool:
    """Does a clause of its own hint at it, with nothing denied there: 在洞头打渔，住自家石头屋?"""
    at = text.text.find(hint[0])
    clause = text.clause(at)
    return all(text.clause(one.start) != clause for one in heard) and not _DENIED.search(text.text, *clause)


def _tied(one: Finding, tie: str) -> Finding:
    return replace(one, fact="ties", values=(tie,), rule=f"ties.{tie}.by_{one.fact}")
