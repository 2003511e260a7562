"""Findings: what each place in a text says of a fact, after who is spoken of, what is denied, doubted or only wished for."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from flows.facts import UNSURE, Facts
from flows.hearing.finding import Finding
from flows.hearing.hits import Hit, Hits
from flows.hearing.lexicon import TOPIC, Entry, Lexicon
from flows.hearing.persons import ME, People, people
from flows.hearing.places import Place
from flows.hearing.scope import Scope
from flows.hearing.where import Where

TO_EACH_OTHER = {  # my mother joins my brother: who moves and whom they join, as the speaker calls them -> what that makes them
    ("parent", "sibling"): ("parent",),
    ("grandparent", "parent"): ("parent",),
    ("spouse", "parent"): ("in_law", "adult_child"),  # mine, or her own
}

SEEN_FROM = {  # what the speaker, a soldier, is to the relative who moves
    "spouse": "spouse",
    "child": "parent",
    "parent": "child",
    "grandchild": "grandparent",
    "grandparent": "grandchild",
}
OWNERS = ("spouse", "parent", "child")  # in whose home, as the speaker calls them, the mover may be registered
_NOTHING_ELSE = re.compile("[我也都太还就是了啊呢的吧 ]*(though)?")  # beside 不清楚: it is the answer before that is doubted


class Search:
    """One text, searched. Long, as every reason for which a hit does not count, or counts otherwise, stands together."""

    def __init__(self, said: str, lexicon: Lexicon, open_fact: str | None, known: Facts) -> None:
        self.lexicon = lexicon
        self.open_fact = open_fact
        self.known = known
        self._hits = Hits(said, lexicon, open_fact)
        self.text, self.hits = self._hits.text, self._hits.found
        self.people: People = people(self.text, lexicon, self._hits.at, open_fact)
        self.places: list[Place] = lexicon.gazetteer.places(self.text, self._hits.mended)
        spoken = {hit.entry.fact for hit in self.hits}
        self.where = Where(self.text, lexicon.gazetteer, self.people, self.places, known, open_fact, spoken)
        self.scope = Scope(self.text, lexicon, [(hit.start, hit.end) for hit in self.hits])

    # -- what they say

    def findings(self) -> Iterator[Finding]:
        doubted = dict(self._doubted())
        found = [one for hit in self.hits for one in self._of_hit(hit)]
        found += self._of_persons()
        found += self.where.findings({value for one in found if one.fact == "student_stage" for value in one.values})
        for one in found:
            clause = doubted.get(one.fact)
            if clause is None or not clause[0] <= one.start < clause[1]:
                yield one
        for fact, (start, end) in doubted.items():
            yield self._finding(fact, (UNSURE,), start, end, f"{fact}.{UNSURE}")

    def _finding(self, fact: str, values: tuple[str, ...], start: int, end: int, rule: str) -> Finding:
        return Finding(fact, values, start, end, self.text.words(start, end), rule)

    def _of_hit(self, hit: Hit) -> Iterator[Finding]:
        entry = hit.entry
        values = self._values(hit)
        if not values or (entry.fact == "movers" and self.scope.stays(hit.start, hit.end)):
            return
        if self._counts(hit, entry.fact):
            yield self._finding(entry.fact, values, hit.start, hit.end, entry.rule)
        if values == entry.values or entry.kin:
            for fact, value in entry.also:
                if self._counts(hit, fact):
                    yield self._finding(fact, (value,), hit.start, hit.end, f"{entry.rule}>{fact}")

    def _counts(self, hit: Hit, fact: str) -> bool:
        """Is what a hit says of a fact said of the right one: of the one who moves, of the owner of the home, of anybody?"""
        scope = self.lexicon.scope
        if fact not in scope["about_mover"] and fact not in scope["of_owner"]:
            return True
        position = self._kin_at(hit)
        if self.people.of_mover(position):
            return True
        mover, subject = self.people.mover, self.people.subject(position)
        if fact in scope["of_owner"] and (subject in OWNERS or (mover, subject) in TO_EACH_OTHER):
            return True
        return fact in scope["of_home"] and mover == "spouse" and subject == ME  # a home is shared by husband and wife

    def _values(self, hit: Hit) -> tuple[str, ...]:
        """What a hit says in its place; () for nothing."""
        entry, fact = hit.entry, hit.entry.fact
        if entry.values == (TOPIC,):
            return ()
        scope = self.lexicon.scope
        if fact not in scope["steady"] and (self.scope.supposed(hit.end) or self.scope.hedged(hit.start)):
            return ()
        if fact in scope["asked_of"] and self.scope.only_asked_about(hit.start, hit.end):
            return ()
        if (fact in scope["of_home"] and self.where.away(hit.start)) or (fact in scope["of_move"] and self.scope.done(hit.start)):
            return ()
        denied = self.scope.denied(hit.start, hit.end, entry.noun) or any(self.scope.denies(*gap) for gap in hit.gaps)
        if denied:
            return (entry.denied,) if entry.denied else ()
        if (entry.denied or entry.noun) and self.scope.asked(hit.start, hit.end):
            return ()
        if fact not in self.lexicon.scope["wished"]:
            if self.scope.wished(self._before_place(hit.start)):
                return ()
            if fact in self.lexicon.scope["now"] and self.scope.past(hit.start, hit.gaps):
                return ()
        if entry.placed and not self.where.beside(hit.start):
            return ()
        if fact == "soldier_relation" and entry.values == ("self",) and self.people.mover in self.lexicon.kin:
            return self.lexicon.kin[SEEN_FROM.get(self.people.mover, "other_kin")].of["soldier"]
        joined = self.lexicon.relatives[hit.kin] if entry.kin == "joined" else ""
        if joined and self.people.mover in self.lexicon.kin:
            return TO_EACH_OTHER.get((self.people.mover, joined), ())
        return self._of_kin(hit) if entry.kin else entry.values

    def _of_kin(self, hit: Hit) -> tuple[str, ...]:
        """What the relative of a hit is; with 我爸或者我哥, what either is."""
        end = self._kin_at(hit) + len(hit.kin)
        words = [hit.kin, *(one.word for one in self.people.or_else(end) if one.word in self.lexicon.relatives)]
        every = (self.people.property_of(self.lexicon, word, hit.entry.kin, hit.start) for word in words)
        return tuple(dict.fromkeys(chain.from_iterable(every)))

    def _kin_at(self, hit: Hit) -> int:
        """Where the word for the relative stands; where there is none, where the hit begins."""
        return self.text.text.find(hit.kin, hit.start)

    def _before_place(self, position: int) -> int:
        """Where a wish for what stands here would end: before the place, in 准备去天水做生意."""
        return next((one.start for one in self.places if 0 <= position - one.end <= 1), position)

    # -- who does not know

    def _doubted(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Fact -> the clause in which it is said that one does not know."""
        for unsure in self.lexicon.patterns["unsure"].finditer(self.text.text):
            first, last = self.text.clause(unsure.start())
            hit = self._doubted_hit(unsure.start(), unsure.end(), first, last)
            if hit is not None:
                yield hit.entry.fact, (min(first, self.text.clause(hit.start)[0]), last)
            elif self.open_fact is not None and not self.hits:
                yield self.open_fact, (first, last)

    def _doubted_hit(self, start: int, end: int, first: int, last: int) -> Hit | None:
        behind = [hit for hit in self.hits if end <= hit.start < last]
        before = [hit for hit in self.hits if first <= hit.start < start]
        if behind or before:
            near = behind or before
            return next((hit for hit in reversed(near) if hit.entry.denied or hit.entry.values == (TOPIC,)), near[-1])
        earlier = [hit for hit in self.hits if hit.start < first]
        beside = self.text.text[first:start] + self.text.text[end:last]
        if not earlier or len(beside) > 3:
            return None
        asked = earlier[-1].entry.values == (TOPIC,) or self.scope.asked(earlier[-1].start, earlier[-1].end)
        return earlier[-1] if asked or _NOTHING_ELSE.fullmatch(beside) else None

    # -- who moves

    def _of_persons(self) -> Iterator[Finding]:
        for person, _ in self.people.along:
            if self.scope.stays(person.start, person.end):
                continue
            values = self.people.property_of(self.lexicon, person.word, "along", person.start)
            if values:
                yield self._finding("movers", values, person.start, person.end, "movers.along")
        for person in self.people.joined:
            yield self._finding(
                "joiner_relation",
                self.people.property_of(self.lexicon, person.word, "joined", person.start),
                person.start,
                person.end,
                "joiner_relation.them",
            )
            yield self._finding("matter", ("join_kin",), person.start, person.end, "matter.them")
        if self.people.word in self.lexicon.relatives and self.people.towards_speaker and self.open_fact != "movers":
            values = self.people.property_of(self.lexicon, self.people.word, "moves", 0)
            place = self.text.text.find(self.people.word)
            if values and place >= 0 and not self.scope.done(place):
                yield self._finding("joiner_relation", values, place, place + len(self.people.word), "joiner_relation.to_me")
                yield self._finding("matter", ("join_kin",), place, place + len(self.people.word), "matter.to_me")

    # -- beside the facts

    @cached_property
    def intents(self) -> list[tuple[Entry, str]]:
        found: dict[str, tuple[Entry, str]] = {}
        for match, entry in self.lexicon.meant.find(self.text.text, self._hits.at):
            if not self._hits.blocked(entry.blocks, *match.span()):
                found.setdefault(entry.fact, (entry, self.text.words(*match.span())))
        return list(found.values())

    @property
    def asks_back(self) -> bool:
        """Does the text put a question of its own in place of an answer?"""
        return any(entry.fact in ("move:why", "move:skip", "move:human") for entry, _ in self.intents)

    @cached_property
    def corrected(self) -> int:
        """Where what is said anew begins; 0 if nothing was taken back."""
        found = list(self.lexicon.patterns["corrected"].finditer(self.text.text))
        return found[-1].end() if found else 0
