"""Findings: what each place in a text says of a fact, after who is spoken of, what is denied, doubted or only wished for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from flows.facts import NOTHING, UNSURE, Facts
from flows.hearing.asked import Asked
from flows.hearing.caution import STORIES, Caution
from flows.hearing.doubts import Doubts
from flows.hearing.finding import Finding
from flows.hearing.hits import Hit, Hits
from flows.hearing.lexicon import TOPIC, Entry, Lexicon
from flows.hearing.movers import movers
from flows.hearing.persons import People, people
from flows.hearing.places import NAMED, Place
from flows.hearing.scope import WHETHER, Scope
from flows.hearing.ties import ties
from flows.hearing.where import Where
from flows.hearing.whose import THEIR_MOVE, Whose

BY_THE_WAY = ("ties", "work", "chinese_parent_hukou")  # facts that do not count in an answer to any other question
ENROLLING = ("enrolling",)  # of student_stage: still to come, and said all the same
PRESENT = (("studying",), ("duplicate",))  # of facts that else stay so: one is, or has, it now
MOVED = ("matter", "place_type", "hukou_kind", "joiner_relation")  # of which an old move says nothing now
LIVING = {("live_together", "yes"), ("lives_there", "yes"), ("ties", "lives")}
_LATER = re.compile(
    "[^\n]{0,4}(?:下个?月|下周|明年|年底|过几天|过段时间|以后|过后)[^\n]{0,3}(?:给|办|拿|有|下来|开|交)"
)  # 发票说下个月才给
_REGISTERS = re.compile("^(?!.*[迁转挪移投])(?:.*上[到在]|户口上)")  # 把娃上在我这边: for the first time
_IN = " in "
_NEWBORN = re.compile("满月|刚出生|刚生|新生儿|出了月子|newborn")
_NO = re.compile("(?<=\n)[ 嗯哦啊哎呃噢唉]*(?:不是|不对|错了|不不|no|sorry|wait) *(?=\n)")  # a clause of nothing else takes back
_COLLEGE = re.compile("大学|[一二三]本|college|university")


class Search:
    """One text, searched. Long, as every reason for which a hit does not count, or counts otherwise, stands together."""

    def __init__(self, said: str, lexicon: Lexicon, open_fact: str | None, known: Facts) -> None:
        self.lexicon = lexicon
        self.open_fact = open_fact
        self._hits = Hits(said, lexicon, open_fact)
        self.text, self.hits = self._hits.text, self._hits.found
        self.people: People = people(self.text, lexicon, self._hits.at, open_fact)
        self.whose = Whose(lexicon, self.people, self._hits, open_fact)
        spoken = {hit.entry.fact for hit in self.whose.own}
        spoken |= {"relative_home" for hit in self.whose.own if hit.entry.values == ("relative_home",)}
        self.places: list[Place] = lexicon.gazetteer.places(self.text, self._hits.mended, bool(spoken))
        self.whose.places = self.places
        spans = [(hit.start, hit.end) for hit in self.hits]
        where = frozenset(hit.start for hit in self.hits if hit.entry.fact == "place_type")
        self.scope, self.asked = Scope(self.text, lexicon, spans, where), Asked(self.text, lexicon, spans)
        self.where = Where(self.scope, self.people, self.places, known, open_fact, spoken)
        told = ((place.start, place.end) for place in self.places)
        self.where.elsewhere = {start for start, end in told if self._is_only_told(start, end)}
        self.where.of_child, self.where.goals.anew = self.whose.of_child, self.corrected
        self.where.stated = {self.text.clause(hit.start)[0] for hit in self.hits if hit.entry.placed}

    def _is_only_told(self, start: int, end: int) -> bool:
        """Is a place one of a case that is supposed, of hearsay, or where one would have to be?"""
        must = self.lexicon.patterns["must"].search(self.text.text, self.text.clause(start)[0], start)
        return must is not None or self.scope.supposed(start, end) or self.scope.hedged(start)

    def _is_only_allowed(self, hit: Hit, steady: bool) -> bool:
        """Is it but what one would have to be, or asks whether one may do it?"""
        entry = hit.entry
        must = not steady or entry.fact == "hukou_place" or entry.values == ENROLLING
        if must and self.scope.led_by("must", hit.start, hit.gaps):
            return True
        return entry.fact not in self.lexicon.scope["wished"] and self.scope.led_by("may", hit.start, hit.gaps)

    # -- what they say

    def findings(self) -> Iterator[Finding]:
        doubted = dict(Doubts(self.text, self.lexicon, self.whose.own, self.asked, self.open_fact).spans())
        found = [one for hit in self.hits for one in self._of_hit(hit)]
        found += ties(found, self.text, self.lexicon, self.people, self.where)
        found += movers(self.text, self.lexicon, self.people, self.scope, self.open_fact)
        found += self.where.findings({value for one in found if one.fact == "student_stage" for value in one.values})
        found = list(self._consistent(found))
        topic = any(entry.fact.startswith("topic:") for entry, _ in self.intents)
        found = [*Caution(self.text, self.lexicon, self.people, self.where, found, self.open_fact, topic).weighed()]
        answers = [one for one in found if one.fact == self.open_fact and not one.rule.endswith(NAMED)]
        for one in found:
            clause = doubted.get(one.fact)
            unsure = clause is not None and clause[0] <= one.start < clause[1]
            if not unsure and not self._by_the_way(one) and not any(_serves(one, answer) for answer in answers):
                yield one
        for fact, (start, end) in doubted.items():
            yield Finding.said(self.text, fact, (UNSURE,), start, end, f"{fact}.{UNSURE}")

    def _by_the_way(self, one: Finding) -> bool:
        """Is it a thing that is named in an answer to another question, and meant of nobody or of somebody else?"""
        if self.open_fact in (None, one.fact, *STORIES):
            return False
        of_another = self.open_fact in self.lexicon.scope["of_another"]
        mine = of_another and self.people.is_speaker_beside(one.start)  # 我没工作，她户口在农村
        return (one.fact in BY_THE_WAY and not mine) or (
            one.fact == "place_type" and (of_another or self.open_fact == "couple_lives")
        )

    def _consistent(self, found: list[Finding]) -> Iterator[Finding]:
        """What the rest of the text leaves of it: 市区 of a county, and no home of one's own in the name of another."""
        theirs = [one for one in found if one.fact == "house_owner" and not {"self", "spouse"} & set(one.values)]
        heard = {(one.fact, value) for one in found for value in one.values}
        facts = {fact for fact, _ in heard}
        home = {value for fact, value in heard if fact == "housing"}
        joined = any(one.fact == "joiner_relation" and not one.rule.endswith(".to_me") for one in found)
        kin = [one.words for one in found if one.fact == "joiner_relation"]
        registers = (self.whose.of_child or _NEWBORN.search(self.text.text)) and any(map(_REGISTERS.search, kin))
        if theirs and home <= {"owned"} and heard & LIVING:
            yield replace(theirs[0], fact="housing", values=("relative_home",), rule="housing.relative_home.by_owner")
        for one in found:
            if one.fact == "place_type":
                yield replace(one, values=self.where.in_county(one.values))
            elif one.rule.endswith(".to_me") and joined and not self.people.to_speaker:
                continue  # 户口没迁过来，想迁到我爸户上
            elif registers and (one.fact == "joiner_relation" or (one.fact, one.values) == ("matter", ("join_kin",))):
                if one.fact == "matter":
                    yield replace(one, values=("child_registration",))
            elif one.rule == "joiner_relation.to_me" and one.values == ("parent",) and self.whose.of_spouse:
                yield replace(one, values=("parent", "in_law"))
            elif one.fact == "school_kind" and self._only_a_college(one) and "student_stage" not in facts:
                continue
            elif not (theirs and one.fact == "housing" and one.values == ("owned",)):
                yield one

    def _only_a_college(self, one: Finding) -> bool:
        """Is but a college named, and not that one studies, or has studied: 早年考大学, 大学城, when I went to college?"""
        return one.values == ("university",) and self.open_fact != one.fact and _COLLEGE.search(one.words.casefold()) is not None

    def _of_hit(self, hit: Hit) -> Iterator[Finding]:
        entry = hit.entry
        values = () if self.whose.is_of_childs(hit) else self._values(hit)
        if not values or (entry.fact == "movers" and values != (NOTHING,) and self.scope.stays(hit.start, hit.end)):
            return
        if self._counts(hit, entry.fact):
            yield Finding.said(self.text, entry.fact, values, hit.start, hit.end, entry.rule)
        if values == entry.values or entry.kin:
            for fact, value in entry.also:
                if self._counts(hit, fact):
                    yield Finding.said(self.text, fact, (value,), hit.start, hit.end, f"{entry.rule}>{fact}")

    def _values(self, hit: Hit) -> tuple[str, ...]:
        """What a hit says in its place; () for nothing."""
        entry, fact, scope = hit.entry, hit.entry.fact, self.lexicon.scope
        if entry.values == (TOPIC,) or self._is_open(hit):
            return ()
        if fact == "insurance" and entry.values != ("resident_only",) and self.where.paid_elsewhere(hit.start):
            return ()
        ends = hit.end + len(_IN) * self.text.text.startswith(_IN, hit.end)  # a flat in Lanzhou
        if fact in scope["of_home"] and (self.where.away(hit.start) or self.where.away(ends + 1)):
            return ()
        if fact in scope["of_move"] and self.scope.done(hit.start, hit.end):
            return ()
        if fact == "place_type" and self.scope.of_hukou(hit.start, hit.end):
            return ()
        if fact in MOVED and fact != self.open_fact and self.scope.moved(hit.start, hit.end):
            return ()
        if fact in ("lease_filed", "owner_consents") and self.scope.of_last_year(hit.start, hit.end):
            return ()
        later = fact in scope["to_come"] and _LATER.match(self.text.text, hit.end)
        if later or any(self.scope.denies_twice(*gap) for gap in hit.gaps):
            return ()
        denied = self.scope.denied(hit.start, hit.end, entry.noun) or any(self.scope.denies(*gap) for gap in hit.gaps)
        if denied:  # 房东没说同不同意: neither
            return (entry.denied,) if entry.denied and not WHETHER.search(self.text.text, hit.start, hit.end) else ()
        if (entry.denied or entry.noun) and self.asked.asked(hit.start, hit.end):
            return ()
        if (
            fact == "lease_filed"
            and self.text.text[hit.start : hit.end].endswith("备案")
            and not self.scope.is_there(hit.start, hit.end)
        ):
            return ()
        may_be_wished = fact not in scope["wished"] and entry.values != ENROLLING
        if may_be_wished and (self.scope.wished(self._before_place(hit.start)) or self.scope.wishes_within(hit.gaps)):
            return ()
        if (fact in scope["now"] or entry.values in PRESENT) and self.scope.past(hit.start, hit.end, hit.gaps):
            return ()
        if entry.placed and not self.where.beside(hit.start, hit.end):
            return ()
        return self.whose.of_whom(hit)

    def _counts(self, hit: Hit, fact: str) -> bool:
        """Is what a hit says of a fact said of the right one, and in the right place?"""
        if fact in self.lexicon.scope["of_place"] and not self.where.goals.may_be_there(self.whose.kin_at(hit)):
            return False
        return self.whose.counts(hit, fact)

    def _is_open(self, hit: Hit) -> bool:
        """Is it only supposed, named or asked about?"""
        entry, fact, scope = hit.entry, hit.entry.fact, self.lexicon.scope
        if (entry.open and self._asks_beside(hit.start)) or self.scope.quoted(hit.start) or self.scope.compared(hit.start):
            return True
        if self.scope.of_others(hit.start, hit.end) or (fact in scope["wished"] and self.scope.given_up(hit.start)):
            return True
        steady = fact in scope["steady"] or entry.values == ENROLLING  # 下个月才去报到
        steady = steady and entry.values != THEIR_MOVE[0]  # if I move into town, do I lose my land?
        if not steady and (self.scope.supposed(hit.start, hit.end) or self.scope.hedged(hit.start)):
            return True
        if fact != self.open_fact and self._is_only_allowed(hit, steady):
            return True
        if entry.values == ENROLLING and self.scope.supposed(hit.start, hit.end, ahead=False):
            return True
        if fact in scope["asked_of"] and fact != self.open_fact and self.scope.needed(hit.start, hit.end):
            return True
        if self.asked.only_named(hit.start) or (fact not in scope["steady"] and self.asked.in_question(hit.start, hit.end)):
            return True
        return fact in scope["asked_of"] and self.asked.only_asked_about(hit.start, hit.end)

    def _before_place(self, position: int) -> int:
        """Where a wish for what stands here would end: before the place, in 准备去天水做生意."""
        return next((one.start for one in self.places if 0 <= position - one.end <= 1), position)

    # -- beside the facts

    @cached_property
    def intents(self) -> list[tuple[Entry, str]]:
        found: dict[str, tuple[Entry, str]] = {}
        for match, entry in self._meant:
            if not self._hits.blocked(entry.blocks, *match.span()) and self._hits.stands(entry, match.start()):
                found.setdefault(entry.fact, (entry, self.text.words(*match.span())))
        return list(found.values())

    def _asks_beside(self, position: int) -> bool:
        """Is something asked in this clause that no document says: 迁一个人要多久?"""
        clause = range(*self.text.clause(position))
        told = (match.start() for match, entry in self._meant if entry.fact.startswith("silent:"))
        silent = (one for one in told if self.text.text[max(0, one - 1) : one] != "没")  # 没多久: told
        return any(one in clause for one in silent)

    @cached_property
    def _meant(self) -> list[tuple["re.Match[str]", Entry]]:
        return self.lexicon.meant.in_order(self.text.text, self._hits.at)

    @property
    def asks_back(self) -> bool:
        """Does the text put a question of its own in place of an answer?"""
        return any(entry.fact in ("move:why", "move:skip", "move:human") for entry, _ in self.intents)

    @cached_property
    def corrected(self) -> int:
        """Where what is said anew begins; 0 if nothing was taken back."""
        found = [*self.lexicon.patterns["corrected"].finditer(self.text.text), *_NO.finditer(self.text.text)]
        return max((one.end() for one in found), default=0)


def _serves(one: Finding, answer: Finding) -> bool:
    """Is it heard only in the words with which the open question is answered?"""
    apart = one.end <= answer.start or answer.end <= one.start
    beside = one.rule.partition(">")[0] == answer.rule.partition(">")[0]
    return one.fact != answer.fact and not apart and not beside
