"""Where: the facts that the places of a text give: the city, the county, where the hukou stands, where the school is."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property

from flows.facts import Facts
from flows.hearing.finding import ME, Finding
from flows.hearing.goals import OF_HOME, Goals
from flows.hearing.named import OTHERS, US
from flows.hearing.paid_and_born import births, payers
from flows.hearing.persons import People
from flows.hearing.places import OTHER, Place
from flows.hearing.scope import Scope

ASKED_OF_PLACES = {  # what a place answers while one of these is asked: in the city of the mover, or not
    "elders_hukou": ("here", "elsewhere"),
    "chinese_parent_hukou": ("here", "elsewhere"),
    "school_here": ("yes", "no"),
}
TOWNS = {"镇": "other_town", "乡": "township"}
FAR = 3  # clauses, to the one place that is named
_LONG_AGO = re.compile("年前|以前|早年|当年|那年|小时候|ago|in (19|20)[0-9]{2}")
_NOT_IN = re.compile("不在$|没在$|not in $")
_WISHED = re.compile("想|要|打算|准备|计划|能|户口|户")
_ARRIVED = re.compile("(?:[^\n]{0,4}(?:来|过来|去|住))?了")
_MOVED = re.compile("(从|由)$")
_MOVED_THERE = re.compile("[迁转落](?:户口?)?[到去在来][^\n]{1,8}[的了]$")  # 户口是去年从平阳迁到鹿城的: it stands there now
_DISTRICTS = re.compile("[^\n]?(?:市区|区|市里|城里|城区)")
_MOVED_AWAY = re.compile("[^\n]{0,4}[迁转落](?:过来|到这|来)")


class Where:
    """Which of the places named is the goal, and what places say besides. `spoken`: the facts of which anything was found.

    Long, as every way in which a place can be meant stands together.
    """

    def __init__(
        self,
        scope: Scope,
        people: People,
        places: Sequence[Place],
        known: Facts,
        open_fact: str | None,
        spoken: Set[str],
    ) -> None:
        self.text = scope.text
        self.gazetteer = scope.lexicon.gazetteer
        self.people = people
        self.places = [place for place in places if people.subject(place.start) != OTHERS or open_fact in ("city", "county")]
        self.every = places
        self.goals = Goals(scope, people, self.places, open_fact, not spoken.isdisjoint(OF_HOME))
        self.known = known
        self.open_fact = open_fact
        self.stages: Set[str] = frozenset()
        self.of_child = False  # is a child registered?
        self.stated: Set[int] = frozenset()  # where the clauses begin that say themselves what is done in their place
        self.elsewhere: Set[int] = frozenset()  # the places where one is only supposed to be

    def beside(self, position: int, end: int | None = None) -> bool:
        """Is a place that counts named in the same clause, or (if none is) in one beside it? Of several in the clause, it is the
        one right behind what ends at `end` (人在江西), or the last before."""
        here = self.text.clause(position)[0]
        if here in self._named_clauses:  # what is said beside a place is said of that place
            nearest = self._nearest(here, end or position)
            return here in self._near_clauses and nearest.city != OTHER
        reach = FAR if len(self._cities) == 1 else 1
        number = self._number(here)
        before = any(0 < number - self._number(start) <= reach for start in self._near_clauses)
        behind = any(self._number(start) - number == 1 for start in self._near_clauses - self.stated)
        return self.open_fact == "ties" or before or behind

    def clauses_off(self, position: int) -> int:
        """How many clauses lie between a position and the nearest place that counts, and one more; 0 in the same clause."""
        here = self._number(self.text.clause(position)[0])
        return min((abs(here - self._number(start)) for start in self._near_clauses), default=0)

    def _nearest(self, clause: int, end: int) -> Place:
        some = self._by_clause[clause]
        behind = [place for place in some if 0 <= place.start - end <= 2]
        before = [place for place in some if place.start < end]
        return (behind[:1] or before[-1:] or some)[0]

    def named_in_clause(self, position: int) -> bool:
        return self.text.clause(position)[0] in self._named_clauses

    @cached_property
    def _by_clause(self) -> Mapping[int, list[Place]]:
        """The places that are named, by where their clause begins."""
        found: dict[int, list[Place]] = {}
        for place in self.every:
            found.setdefault(self.text.clause(place.start)[0], []).append(place)
        return found

    @property
    def _named_clauses(self) -> Set[int]:
        """Where the clauses begin in which a place is named."""
        return self._by_clause.keys()

    @cached_property
    def _near_clauses(self) -> Set[int]:
        """The same of the places where what is said of work, school and living counts."""
        near = [one for one in self.places if one.city != OTHER and (one in self.goals.all or one.role == "school")]
        near = [one for one in near if not self.gazetteer.settles(one, self.text) or self._arrived(one)]  # no mere wish
        near = [one for one in near if one.start not in self.elsewhere]
        return {self.text.clause(place.start)[0] for place in near}

    def _arrived(self, place: Place) -> bool:
        """Has one moved there: 去年搬到秦州来了?"""
        first, _ = self.text.clause(place.start)
        wished = _WISHED.search(self.text.text, first, place.start)
        return wished is None and _ARRIVED.match(self.text.text, place.end) is not None

    @cached_property
    def _cities(self) -> Set[str]:
        """The cities that are named, but for where one comes from."""
        return {place.city for place in self.every if place.role not in ("origin", "hukou")}

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
        return before[-1].city == OTHER and before[-1].role not in ("origin", "hukou", "errand", "chat", "named") and near

    def findings(self, stages: Set[str]) -> "Iterator[Finding]":
        """`stages`: what was heard of student_stage."""
        self.stages = stages
        for place in self._payers:
            if self.people.of_mover(place.start) and place.start not in self.elsewhere:
                yield self._finding("insurance", ("elsewhere",), place, "insurance.named")
        for place, where in births(self.text, self.gazetteer, self.every, self.people, self.open_fact):
            yield self._finding("child_birthplace", (where,), place, "child_birthplace.named")
        if self.open_fact in ASKED_OF_PLACES:
            yield from self._asked(self.open_fact, self.known.get("city"))
            return
        goals = self.goals.chosen(stages)
        if self.open_fact == "hukou_place":  # 镇康那边: where it stands
            goals = [place for place in goals if self.gazetteer.settles(place, self.text)]
        cities = list(dict.fromkeys(place.city for place in goals))
        if len(cities) == 1 and not (self.open_fact != "city" and self.known.get("city") == cities[0]):
            yield self._finding("city", (cities[0],), goals[0], "city.named")
        elif len(cities) > 1:
            yield self._finding("city", tuple(cities), goals[0], "city.named")
        yield from self._towns(goals)
        city = cities[0] if len(cities) == 1 else None if cities else self.known.get("city")
        yield from self._county(goals, city)
        yield from self._hukou(goals, city)
        yield from self._school(city)

    def _asked(self, fact: str, city: object) -> "Iterator[Finding]":
        """The answer that a place gives to a question that is open: here, or elsewhere (while no city is known, only that)."""
        here, elsewhere = ASKED_OF_PLACES[fact]
        for place in self.every:
            told = isinstance(city, str) or place.city == OTHER
            if told and not self._left(place) and (place.role not in ("errand", "chat", "named") or len(self.every) == 1):
                away = (here, elsewhere) if self._may_be(place, city) else (elsewhere,)
                yield self._finding(fact, (here,) if place.city == city else away, place, f"{fact}.named")

    def _may_be(self, place: Place, city: object) -> bool:
        """Is it a province that is named, in which the city lies: of 韶关, 广东?"""
        return self.gazetteer.is_province(self.text.text[place.start : place.end], city)

    def _left(self, place: Place) -> bool:
        """Is it where the hukou was moved away from: 从四川迁过来的?"""
        moved = _MOVED.search(self.text.text, max(0, place.start - 4), place.start)
        return moved is not None and _MOVED_AWAY.match(self.text.text, place.end) is not None

    def paid_elsewhere(self, position: int) -> bool:
        """Is the insurance that is spoken of here paid in another city?"""
        here = self._number(self.text.clause(position)[0])
        clauses = [self.text.clause(place.start) for place in self._payers]
        insured = self.gazetteer.insured  # 五险一金，在广州交: of the clause before
        return any(
            self._number(one[0]) == here or (self._number(one[0]) == here + 1 and not insured.search(self.text.text, *one))
            for one in clauses
        )

    @cached_property
    def _payers(self) -> list[Place]:
        return payers(self.text, self.gazetteer, self.every, self.known.get("city"), self.open_fact)

    def _finding(self, fact: str, values: tuple[str, ...], place: Place, rule: str) -> Finding:
        return Finding.said(self.text, fact, values, place.start, place.end, rule)

    def _county(self, goals: Sequence[Place], city: object) -> "Iterator[Finding]":
        said_there = [place for place in goals if self.gazetteer.settles(place, self.text)]
        if not any(place.county for place in said_there):  # 在秦州上班，想转到天水城里
            said_there = []
        counties = [place for place in said_there or goals if place.county and place.city == city and self._counts(place.county)]
        named = tuple(dict.fromkeys(place.county for place in counties))
        if not named:
            return
        yield self._finding("county", named, counties[0], "county.named")

    def _towns(self, goals: Sequence[Place]) -> "Iterator[Finding]":
        """What the town is in which one would settle, by its name: 泰顺司前镇."""
        for place in goals:
            if place.town:
                yield self._finding("place_type", (TOWNS[place.town],), place, "place_type.named")

    def _counts(self, county: str) -> bool:
        """May it be where one goes: not 乐清, which is no district, in 乐清的，想迁到温州市区?"""
        if not self._to_districts:
            return True
        return any(one.label.endswith("区") for one in self.gazetteer.names.values() if one.county == county)

    @cached_property
    def _to_districts(self) -> bool:
        goals = [place for place in self.goals.all if not place.county and self.gazetteer.settles(place, self.text)]
        return any(_DISTRICTS.match(self.text.text, place.end - 1) for place in goals)

    def in_county(self, values: tuple[str, ...]) -> tuple[str, ...]:
        """市区, 城里 by what the county is in which it is: 瓯海区, 南雄市."""
        if "urban_district" not in values:
            return values
        county = self.known.get("county")
        named = {place.county for place in self.goals.all if place.county and self._counts(place.county)}
        named = named or {county if isinstance(county, str) else ""}
        labels = {one.label for one in self.gazetteer.names.values() if one.county and {one.county} == named}
        if not labels:
            return values
        return ("urban_district",) if all(label.endswith("区") for label in labels) else ("county_seat",)

    def _hukou(self, goals: Sequence[Place], city: object) -> "Iterator[Finding]":
        counties = list(dict.fromkeys(place.county for place in goals if place.county and place.city == city))
        within: list[object] = [*counties] or [self.known.get("county")]
        for place in self.places:
            before = self.text.text[max(0, place.start - 4) : place.start]
            if _NOT_IN.search(before):  # 户口不在临沧
                continue
            left = (
                place.role == "origin"
                and not self._long_ago(place)
                and not _MOVED_THERE.search(self.text.text, place.end, self.text.clause(place.start)[1])
                and _MOVED.search(before)
                and re.match("[^\n]{0,4}(迁|转)(?!出来?了)", self.text.text[place.end :])
            )
            asked = self.open_fact == "hukou_place" and place.role not in ("chat", "named", "school")
            if not (left or asked or (place.role == "hukou" and (self.of_child or self.people.of_mover(place.start)))):
                continue
            away = place.city == OTHER or (isinstance(city, str) and place.city != city)
            if self.of_child and not asked:  # who has a hukou is the Chinese one of the parents
                known = away or place.city == city
                if known and place.role == "hukou" and self.people.subject(place.start) in (ME, US, "spouse", "parent"):
                    told = ("here", "elsewhere") if self._may_be(place, city) else ("elsewhere" if away else "here",)
                    yield self._finding("chinese_parent_hukou", told, place, "chinese_parent_hukou.named")
            elif away:
                there = ("same_city_other_county", "elsewhere") if self._may_be(place, city) else ("elsewhere",)
                yield self._finding("hukou_place", there, place, "hukou_place.named")
            elif place.city == city and place.county and within[0]:
                same = ["same_county" if place.county == one else "same_city_other_county" for one in within]
                yield self._finding("hukou_place", tuple(dict.fromkeys(same)), place, "hukou_place.named")

    def _long_ago(self, place: Place) -> bool:
        """Was it left years ago: 十年前从耿马迁来?"""
        first, _ = self.text.clause(place.start)
        return _LONG_AGO.search(self.text.text, first, place.start) is not None

    def _school(self, city: object) -> "Iterator[Finding]":
        for place in self.places:
            if (
                place.role == "school"
                and self.stages
                and isinstance(city, str)
                and city != OTHER
                and self.people.of_mover(place.start)
            ):
                told = ("yes", "no") if self._may_be(place, city) else ("yes" if place.city == city else "no",)
                yield self._finding("school_here", told, place, "school_here.named")
