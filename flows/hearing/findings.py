"""Findings: what each place in a text says of a fact, after who is spoken of, what is denied, doubted or only wished for."""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from flows.facts import UNSURE, Facts
from flows.hearing.asked import Asked
from flows.hearing.doubts import Doubts
from flows.hearing.finding import Finding
from flows.hearing.hits import Hit, Hits
from flows.hearing.lexicon import TOPIC, Entry, Lexicon
from flows.hearing.movers import movers
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
NAMED = ".named"  # the end of a rule: a place says several things at once
OWNERS = ("spouse", "parent", "child")  # in whose home, as the speaker calls them, the mover may be registered


class Search:
    """One text, searched. Long, as every reason for which a hit does not count, or counts otherwise, stands together."""

    def __init__(self, said: str, lexicon: Lexicon, open_fact: str | None, known: Facts) -> None:
        self.lexicon = lexicon
        self.open_fact = open_fact
        self._hits = Hits(said, lexicon, open_fact)
        self.text, self.hits = self._hits.text, self._hits.found
        self.people: People = people(self.text, lexicon, self._hits.at, open_fact)
        self.places: list[Place] = lexicon.gazetteer.places(self.text, self._hits.mended)
        spoken = {hit.entry.fact for hit in self.hits}
        spans = [(hit.start, hit.end) for hit in self.hits]
        self.scope, self.asked = Scope(self.text, lexicon, spans), Asked(self.text, lexicon, spans)
        self.where = Where(self.text, lexicon.gazetteer, self.people, self.places, known, open_fact, spoken)
        self.where.elsewhere = {place.start for place in self.places if self.scope.supposed(place.start, place.end)}
        self.where.stated = {self.text.clause(hit.start)[0] for hit in self.hits if hit.entry.placed}

    # -- what they say

    def findings(self) -> Iterator[Finding]:
        doubted = dict(Doubts(self.text, self.lexicon, self.hits, self.asked, self.open_fact).spans())
        found = [one for hit in self.hits for one in self._of_hit(hit)]
        found += movers(self.text, self.lexicon, self.people, self.scope, self.open_fact)
        found += self.where.findings({value for one in found if one.fact == "student_stage" for value in one.values})
        answers = [one for one in found if one.fact == self.open_fact and not one.rule.endswith(NAMED)]
        for one in found:
            clause = doubted.get(one.fact)
            unsure = clause is not None and clause[0] <= one.start < clause[1]
            if not unsure and not any(_serves(one, answer) for answer in answers):
                yield one
        for fact, (start, end) in doubted.items():
            yield Finding.said(self.text, fact, (UNSURE,), start, end, f"{fact}.{UNSURE}")

    def _of_hit(self, hit: Hit) -> Iterator[Finding]:
        entry = hit.entry
        values = self._values(hit)
        if not values or (entry.fact == "movers" and self.scope.stays(hit.start, hit.end)):
            return
        if self._counts(hit, entry.fact):
            yield Finding.said(self.text, entry.fact, values, hit.start, hit.end, entry.rule)
        if values == entry.values or entry.kin:
            for fact, value in entry.also:
                if self._counts(hit, fact):
                    yield Finding.said(self.text, fact, (value,), hit.start, hit.end, f"{entry.rule}>{fact}")

    def _counts(self, hit: Hit, fact: str) -> bool:
        """Is what a hit says of a fact said of the right one: of the one who moves, of the owner of the home, of anybody?"""
        scope = self.lexicon.scope
        position = self._kin_at(hit)
        if fact in scope["about_mover"] and self.people.is_anothers(hit.end):
            return False
        if hit.kin and self.people.is_strangers(position):
            return False
        if fact in scope["of_move"] and fact != self.open_fact and self.people.of_stranger(position):
            return False
        if fact in scope["of_place"] and not self.where.goals.may_be_there(position):
            return False
        of_mover = fact in scope["about_mover"]
        if self._of_child and (of_mover or fact == "record_problem"):
            return self.people.subject(position) == "child"
        if not of_mover and fact not in scope["of_owner"]:
            return True
        if self.people.of_mover(position):
            return True
        mover, subject = self.people.mover, self.people.subject(position)
        if fact in scope["of_owner"] and (subject in OWNERS or (mover, subject) in TO_EACH_OTHER):
            return True
        return fact in scope["of_home"] and mover == "spouse" and subject == ME  # a home is shared by husband and wife

    @cached_property
    def _of_child(self) -> bool:
        """Is it a child who is registered: is that asked, or are its birth or its parents spoken of?"""
        of_child = self.lexicon.scope["of_child"]
        spoken = {hit.entry.fact for hit in self.hits if hit.entry.values != (TOPIC,)} - {"parents_marriage"}
        return self.open_fact in of_child or not spoken.isdisjoint(of_child)

    def _values(self, hit: Hit) -> tuple[str, ...]:
        """What a hit says in its place; () for nothing."""
        entry, fact = hit.entry, hit.entry.fact
        if entry.values == (TOPIC,):
            return ()
        scope = self.lexicon.scope
        if fact not in scope["steady"] and (self.scope.supposed(hit.start, hit.end) or self.scope.hedged(hit.start)):
            return ()
        if fact not in scope["steady"] and self.asked.in_question(hit.start, hit.end):
            return ()
        if fact in scope["asked_of"] and self.asked.only_asked_about(hit.start, hit.end):
            return ()
        if fact == "insurance" and self.where.paid_elsewhere(hit.start):
            return ()
        if fact in scope["of_home"] and self.where.away(hit.start):
            return ()
        if fact in scope["of_move"] and self.scope.done(hit.start, hit.end):
            return ()
        if any(self.scope.denies_twice(*gap) for gap in hit.gaps):
            return ()
        denied = self.scope.denied(hit.start, hit.end, entry.noun) or any(self.scope.denies(*gap) for gap in hit.gaps)
        if denied:
            return (entry.denied,) if entry.denied else ()
        if (entry.denied or entry.noun) and self.asked.asked(hit.start, hit.end):
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


def _serves(one: Finding, answer: Finding) -> bool:
    """Is it heard only in the words with which the open question is answered?"""
    apart = one.end <= answer.start or answer.end <= one.start
    return one.fact != answer.fact and not apart and one.rule.partition(">")[0] != answer.rule
