"""Where: the facts that the places of a text give: the city, the county, where the hukou stands, where the school is."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property

from flows.facts import Facts
from flows.hearing.finding import Finding
from flows.hearing.persons import CLOSE, OTHERS, SPEAKER, People
from flows.hearing.places import OTHER, Gazetteer, Place
from flows.hearing.written import Written

OF_HOME = ("matter", "joiner_relation", "house_owner", "host")  # with these a relative's place may be where the mover goes
ASKED_OF_PLACES = {  # what a place answers while one of these is asked: in the city of the mover, or not
    "elders_hukou": ("here", "elsewhere"),
    "chinese_parent_hukou": ("here", "elsewhere"),
    "school_here": ("yes", "no"),
}
FAR = 3  # clauses, to the one place that is named
_MOVED = re.compile("(从|由)$")


class Where:
    """Which of the places named is the goal, and what places say besides. `spoken`: the facts of which anything was found.

    Long, as every way in which a place can be meant stands together.
    """

    def __init__(
        self,
        text: Written,
        gazetteer: Gazetteer,
        people: People,
        places: Sequence[Place],
        known: Facts,
        open_fact: str | None,
        spoken: Set[str],
    ) -> None:
        self.text = text
        self.gazetteer = gazetteer
        self.people = people
        self.places = [place for place in places if people.subject(place.start) != OTHERS or open_fact in ("city", "county")]
        self.every = places
        self.of_home = not spoken.isdisjoint(OF_HOME)
        self.known = known
        self.open_fact = open_fact
        self.stages: Set[str] = frozenset()

    def beside(self, position: int) -> bool:
        """Is a place that counts named in the same clause, or (if none is) in one beside it?"""
        here = self.text.clause(position)[0]
        if here in self._named_clauses:  # what is said beside a place is said of that place
            return here in self._near_clauses
        reach = FAR if len(self._cities) == 1 else 1
        number = self._number(here)
        return self.open_fact == "ties" or any(abs(self._number(start) - number) <= reach for start in self._near_clauses)

    @cached_property
    def _named_clauses(self) -> Set[int]:
        """Where the clauses begin in which a place is named."""
        return {self.text.clause(place.start)[0] for place in self.every}

    @cached_property
    def _near_clauses(self) -> Set[int]:
        """The same of the places where what is said of work, school and living counts."""
        near = [one for one in self.places if one.city != OTHER and (one in self._goals or one.role == "school")]
        near = [one for one in near if not self.gazetteer.settles(one, self.text)]  # where one only would like to be
        return {self.text.clause(place.start)[0] for place in near}

    @cached_property
    def _cities(self) -> Set[str]:
        return {place.city for place in self.every}

    @cached_property
    def _numbers(self) -> Mapping[int, int]:
        return {start: index for index, (start, _) in enumerate(self.text.clauses())}

    def _number(self, start: int) -> int:
        return self._numbers.get(start, -FAR - 1)

    def away(self, position: int) -> bool:
        """Is it said of another place: is the last one named before, in the same clause or the one before, out of our cities?"""
        before = [place for place in self.every if place.start < position]
        if not before:
            return False
        there = self.text.clause(before[-1].start)[1]
        near = there >= position or not self.text.text[there:position].strip("\n").count("\n")
        return before[-1].city == OTHER and before[-1].role not in ("origin", "hukou", "chat") and near

    def findings(self, stages: Set[str]) -> "Iterator[Finding]":
        """`stages`: what was heard of student_stage."""
        self.stages = stages
        if self.open_fact in ASKED_OF_PLACES and isinstance(self.known.get("city"), str):
            yield from self._asked(self.open_fact, self.known["city"])
            return
        goals = self.goals()
        cities = list(dict.fromkeys(place.city for place in goals))
        if len(cities) == 1 and not (self.open_fact != "city" and self.known.get("city") == cities[0]):
            yield self._finding("city", (cities[0],), goals[0], "city.named")
        elif len(cities) > 1:
            yield self._finding("city", tuple(cities), goals[0], "city.named")
        city = cities[0] if len(cities) == 1 else None if cities else self.known.get("city")
        yield from self._county(goals, city)
        yield from self._hukou(goals, city)
        yield from self._school(city)

    def _asked(self, fact: str, city: object) -> "Iterator[Finding]":
        """The answer that a place gives to a question that is open: here, or elsewhere."""
        here, elsewhere = ASKED_OF_PLACES[fact]
        for place in self.every:
            if place.role != "chat" or len(self.every) == 1:
                yield self._finding(fact, (here if place.city == city else elsewhere,), place, f"{fact}.named")

    def _finding(self, fact: str, values: tuple[str, ...], place: Place, rule: str) -> Finding:
        return Finding(fact, values, place.start, place.end, self.text.words(place.start, place.end), rule)

    def goals(self) -> list[Place]:
        """The places where one would settle, or lives; where one says so, the others do not count."""
        served = [place for place in self._goals if place.city != OTHER or self._settles(place)]
        if not served:
            served = [
                place
                for place in self.places
                if place.role == "school" and place.city != OTHER and self.stages & {"studying", "enrolling"}
            ]
        said = [place for place in served if self.gazetteer.settles(place, self.text)]
        if len({place.city for place in served}) > 1 and said:
            return said
        return served

    @cached_property
    def _goals(self) -> list[Place]:
        return [place for place in self.places if self._is_goal(place)]

    def _is_goal(self, place: Place) -> bool:
        """May one settle there? Where a relative lives only if anybody moves or his home is spoken of; and not where one
        leaves who moves to the speaker."""
        if place.role != "goal":
            return self._of_joined(place)
        subject, people = self.people.subject(place.start), self.people
        if subject in (*SPEAKER, OTHERS) or self.open_fact in ("city", "county") or people.is_speaker_beside(place.start):
            return True
        if subject == people.mover and people.to_speaker:
            return self.gazetteer.settles(place, self.text)
        return subject in CLOSE or people.moves or self.of_home

    def _of_joined(self, place: Place) -> bool:
        """The hukou of the one whom the mover joins stands there."""
        return place.role == "hukou" and place.city != OTHER and not self.people.of_mover(place.start)

    def _settles(self, place: Place) -> bool:
        first, last = self.text.clause(place.start)
        whole = last - first <= place.end - place.start + 3
        return self.gazetteer.settles(place, self.text) or (self.open_fact == "city" and whole)

    def _county(self, goals: Sequence[Place], city: object) -> "Iterator[Finding]":
        said_there = [place for place in goals if self.gazetteer.settles(place, self.text)]
        counties = [place for place in said_there or goals if place.county and place.city == city]
        named = tuple(dict.fromkeys(place.county for place in counties))
        if not named:
            return
        yield self._finding("county", named, counties[0], "county.named")

    def _hukou(self, goals: Sequence[Place], city: object) -> "Iterator[Finding]":
        county = next((place.county for place in goals if place.county), self.known.get("county"))
        for place in self.places:
            before = self.text.text[max(0, place.start - 3) : place.start]
            left = place.role == "origin" and _MOVED.search(before) and re.match("[^\n]{0,4}(迁|转)", self.text.text[place.end :])
            asked = self.open_fact == "hukou_place" and place.role != "chat" and place.role != "school"
            if not (left or asked or (place.role == "hukou" and self.people.of_mover(place.start))):
                continue
            if place.city == OTHER or (isinstance(city, str) and place.city != city):
                yield self._finding("hukou_place", ("elsewhere",), place, "hukou_place.named")
            elif place.city == city and place.county and county:
                same = "same_county" if place.county == county else "same_city_other_county"
                yield self._finding("hukou_place", (same,), place, "hukou_place.named")

    def _school(self, city: object) -> "Iterator[Finding]":
        for place in self.places:
            if (
                place.role == "school"
                and self.stages
                and isinstance(city, str)
                and city != OTHER
                and self.people.of_mover(place.start)
            ):
                yield self._finding("school_here", ("yes" if place.city == city else "no",), place, "school_here.named")
