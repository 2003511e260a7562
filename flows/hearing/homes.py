"""Homes: whether what is told of a home is told of the one where one would settle. Where it may be another's, it is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.hearing.finding import Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.named import ME, SPEAKER
from flows.hearing.persons import People
from flows.hearing.where import Where
from flows.hearing.whose import FURTHER
from flows.hearing.written import Written

LET = ("rented", "public_rental", "dormitory")  # homes that nobody of the family has bought
OF_A_HOME = ("house_acquired", "house_papers")
_LED = re.compile("(?:叫|让|喊|要|劝|请|催|接|想|等)(?:我们?|俺们?|咱们?|他们?|她们?)?$")  # 儿子叫我跟他过
_OLD_HOME = re.compile("老家|乡下|老屋")
_GIVEN_UP = re.compile("[^\n]{0,4}(?:房子?|楼|屋|宅)[^\n]{0,6}(?:卖[给了掉]|法拍|拍卖|拆了|判给(?![我俺咱])|抵给|转给|退了)")
_TO_MINE = re.compile("(?:落|迁|转|挂|上|投靠|入)[^\n]{0,4}[我俺咱]")
_BOUGHT = re.compile("买|租|盖|住|有(?:套|房|楼|一套)")


@dataclass(frozen=True)
class Homes:
    """The homes of a text in which something was found."""

    text: Written
    lexicon: Lexicon
    people: People
    where: Where
    found: Sequence[Finding]

    def is_another(self, one: Finding) -> bool:
        """May what is said be said of another home, or of another's?"""
        match one.fact:
            case "house_acquired" | "house_papers":
                return self._is_let and self._of_kin(one)
            case "live_together" if one.values == ("yes",):
                return _LED.search(self.text.text, 0, one.start) is not None or self._without_the_owner(one)
            case "housing" if one.values == ("relative_home",):
                return self._is_old_home(one)
            case "housing" if one.values[0] in LET:
                return self._is_left(one)
            case "ties" if one.values == ("lives",):
                return self._is_old_home(one)
            case "city" | "county":
                return _GIVEN_UP.match(self.text.text, one.end) is not None or self._is_where_kin_live(one)
        return False

    @cached_property
    def _facts(self) -> set[str]:
        return {one.fact for one in self.found}

    @cached_property
    def _is_let(self) -> bool:
        """Does one live in a home that is let: 爸妈在镇上买了房，我在县城租房?"""
        return any(one.fact == "housing" and one.values[0] in LET for one in self.found)

    def _of_kin(self, one: Finding) -> bool:
        """Is it a relative, and neither husband nor wife, of whose home its clause tells?"""
        first, _ = self.text.clause(one.start)
        named = [person for person in self.people.named if first <= person.start < one.end]
        kin = [self.people.known(person) for person in named]
        return any(who in self.lexicon.kin and who != "spouse" for who in kin) and not set(kin) & set(SPEAKER)

    def _without_the_owner(self, one: Finding) -> bool:
        """Is it but with husband or wife that one lives, in the home of another: 房本是儿子名，我和老伴住着?"""
        owners = [other for other in self.found if other.fact == "house_owner"]
        theirs = bool(owners) and not {value for owner in owners for value in owner.values} & {"self", "spouse"}
        named = {person.who for person in self.people.named if one.start <= person.start < one.end}
        return theirs and named - {*SPEAKER} == {"spouse"}

    def _is_old_home(self, one: Finding) -> bool:
        """Is it in the village of old that it stands, while one would settle at a place that is named: 老家还有爹妈的房?"""
        first, last = self.text.clause(one.start)
        return (
            _OLD_HOME.search(self.text.text, first, last) is not None
            and bool(self.where.goals.all)
            and not any(first <= place.start < last for place in self.where.goals.all)
        )

    def _is_left(self, one: Finding) -> bool:
        """Does it tell where a relative lives who would move to the speaker: 侄女住宿舍，想落到我的房子?"""
        people = self.people
        moves = people.mover in self.lexicon.kin and people.subject(one.start) == people.mover
        return moves and _TO_MINE.search(self.text.text, one.end) is not None

    def _is_where_kin_live(self, one: Finding) -> bool:
        """Is it where a brother, a cousin … has a home, whom nobody joins: 我小叔子在平阳买了一套?"""
        if self.people.mover != ME or self._facts & {"joiner_relation", "host", "housing", "house_owner"}:
            return False
        first, last = self.text.clause(one.start)
        acting = [person for person in self.people.named if person.subject and first <= person.start < one.start]
        theirs = bool(acting) and acting[-1].who in FURTHER
        return theirs and _BOUGHT.search(self.text.text, first, last) is not None
