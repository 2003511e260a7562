"""Caution: what a text says and yet does not settle: whose it is, where, or whether it is all. It is asked, not proposed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flows.hearing.finding import Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.persons import CLOSE, ME, OTHERS, SPEAKER, THEY, US, People, Person
from flows.hearing.where import Where
from flows.hearing.written import Written

STORIES = ("matter", "city")  # questions that are answered with a whole story
STORY = 40  # characters: a longer text beside a question tells a story of its own
NEAR = 12  # characters between a place and what is said beside it
_BACK = re.compile("[迁转落搬挪]回[^\n]{0,4}(?:娘家|老家|原籍|村|寨|屯)")
_WANTS = re.compile("(想|打算|准备|want to|like to)[^\n]{0,12}(迁|落|转|move|transfer|settle)")
_LEASE = re.compile("租|房|屋|备案|lease|landlord|rent")
_BESIDE = ("隔壁", "对面", "楼上", "楼下", "旁边", "附近")
_WISH = re.compile("想|打算|准备|希望|能|可以|要|want|would|can|could|plan|should")


@dataclass(frozen=True)
class Caution:
    """A text in which something was found. `open_fact`: the question that is open, whose answer is taken as it is said;
    `asked`: is something asked of which a topic tells? Long, as each caution stands beside those that it gives way to."""

    text: Written
    lexicon: Lexicon
    people: People
    where: Where
    found: Sequence[Finding]
    open_fact: str | None
    asked: bool

    def weighed(self) -> Iterator[Finding]:
        """The findings; what is not settled is not sure."""
        for one in self.found:
            yield one if one.fact == self.open_fact or self._settled(one) else replace(one, sure=False)

    def _settled(self, one: Finding) -> bool:
        if self._beside_the_question(one):
            return False
        if one.fact in self.lexicon.scope["about_mover"] and (self.people.guessed or not self._whose(one.start)):
            return False
        return self._is_whole(one) and self._is_there(one) and self._is_theirs(one)

    def _is_theirs(self, one: Finding) -> bool:
        """Is it settled who joins whom, whose home it is and what for one asks?"""
        match one.fact:
            case "joiner_relation" if one.rule.endswith(".to_me"):
                return self.people.joins_speaker
            case "joiner_relation" if one.rule.endswith(".them"):  # 迁去他那: who he is
                return len({person.who for person in self.people.named if person.who in self.lexicon.kin}) == 1
            case "matter":
                joins = self.people.joins_speaker or not one.rule.endswith(".to_me")
                return len(self._matters) == 1 and joins and not self._of_rights(one)
            case "joined_hukou_kind":  # 媳妇户口在农村: is it she whom one joins?
                return bool(self._facts & {"joiner_relation", "couple_lives"}) or bool(self.people.joined)
            case "house_owner":
                return self.people.clear
            case "live_together" | "lives_there":
                return self._of_those_meant(one)
        return True

    def _is_there(self, one: Finding) -> bool:
        """Is the place settled of which it is said?"""
        match one.fact:
            case "city" | "hukou_place":
                return not self._twice
            case "county":
                return not self._twice and self._is_movers_place(one) and not self._goes_back(one)
            case "graduate_destination":  # 户口挂在人才市场: where it stands, not where it shall go
                return _WISH.search(self.text.text, *self.text.clause(one.start)) is not None
        return True

    def _is_whole(self, one: Finding) -> bool:
        """Is it all that is said of the fact, and enough for one answer?"""
        match one.fact:
            case "ties":
                return len(self._ties) > 1 or any(self._beside_place(tie) for tie in self.found if tie.fact == "ties")
            case "movers":
                return not self._others_named()
            case "long_worker" | "mover_citizen":  # twenty years in town are not yet what a clause counts
                return False
            case "school_kind":
                return "student_stage" in self._facts and (one.values == ("foreign",) or not self._abroad)
            case "lease_filed":  # 没签合同: of work
                return self._nearby(_LEASE, one)
        return True

    def _beside_the_question(self, one: Finding) -> bool:
        """Is it named by the way, in a short answer to another question?"""
        if self.open_fact in (None, *STORIES) or len(self.text.text) > STORY or (">" in one.rule and one.fact != "housing"):
            return False
        if {self.open_fact, one.fact} == {"city", "county"} or self.open_fact not in self._facts:
            return False  # a message that answers nothing is one beside the question
        of_another = self.open_fact in self.lexicon.scope["of_another"]
        return not (of_another and self.people.is_speaker_beside(one.start))  # 我没工作，她户口在农村

    def _nearby(self, words: re.Pattern[str], one: Finding) -> bool:
        """Do words stand in the clause of a finding, or in one beside it?"""
        first, last = self.text.clause(one.start)
        return words.search(self.text.text, self.text.clause(max(0, first - 2))[0], self.text.clause(last + 1)[1]) is not None

    def _whose(self, position: int) -> bool:
        """Do the words at a position speak of who moves, with nobody named between?"""
        before = [person for person in self.people.named if person.end <= position and not self._only_for(person)]
        if self.people.mover == ME:
            return not before or before[-1].who in SPEAKER or self._with_speaker(before)
        return bool(before) and before[-1].who in (self.people.mover, THEY)

    def _only_for(self, person: Person) -> bool:
        """Is he but the reason, or does he tell where: 为了孩子, 我妈隔壁?"""
        return self.text.text[: person.start].endswith(("为", "为了", "for ")) or self.text.text.startswith(_BESIDE, person.end)

    def _with_speaker(self, before: Sequence[Person]) -> bool:
        """Are those named last named in one breath with the speaker: 我和老婆孩子?"""
        speakers = [person for person in before if person.who in SPEAKER]
        last = speakers[-1].end if speakers else -1
        return last >= 0 and self.people.in_one_breath(last)[-1:] == [before[-1]]

    def _of_those_meant(self, one: Finding) -> bool:
        first, _ = self.text.clause(one.start)
        beside = {person.who for person in self.people.named if first <= person.start < one.end}
        return self.people.mover != ME or not beside - {US, THEY} or bool(beside & {ME, US})

    def _is_movers_place(self, one: Finding) -> bool:
        """Is it the place of the relative who moves, or where he is said to go?"""
        if self.people.mover in (ME, OTHERS, *CLOSE) or self.people.to_speaker or self.people.subject(one.start) != ME:
            return True
        return any(place.start == one.start and self.where.gazetteer.settles(place, self.text) for place in self.where.places)

    def _others_named(self) -> bool:
        """Is any of the family named besides those who come along?"""
        said = {part for fact, value in self._said if fact == "movers" for part in value.split("+")}
        others = (person for person in self.people.named if person.who in self.lexicon.kin and person.who != self.people.mover)
        return any(said.isdisjoint(self.lexicon.kin[person.who].of["along"]) for person in others)

    def _goes_back(self, one: Finding) -> bool:
        """Would one go back to where one comes from, with no place named there: 迁回娘家寨子?"""
        back = _BACK.search(self.text.text)
        return back is not None and self.text.clause(back.start()) != self.text.clause(one.start)

    def _beside_place(self, one: Finding) -> bool:
        """Is it said right beside a place where one would be registered?"""
        return any(max(one.start - place.end, place.start - one.end) <= NEAR for place in self.where.goals.all)

    def _of_rights(self, one: Finding) -> bool:
        """Is it the right to something that is asked about, or that others tell of, while somebody moves?"""
        if one.values == ("rights",):
            joins = "joiner_relation" in self._facts or bool(self.people.joined) or self.people.towards_speaker
            return joins or _WANTS.search(self.text.text) is not None
        return self.asked

    @cached_property
    def _said(self) -> set[tuple[str, str]]:
        return {(one.fact, value) for one in self.found for value in one.values}

    @cached_property
    def _facts(self) -> set[str]:
        return {fact for fact, _ in self._said}

    @cached_property
    def _matters(self) -> set[str]:
        return {value for fact, value in self._said if fact == "matter"}

    @cached_property
    def _ties(self) -> set[str]:
        return {value for one in self.found if one.fact == "ties" and len(one.values) == 1 for value in one.values}

    @property
    def _twice(self) -> bool:
        """Has one a hukou in two places?"""
        twice = self._said & {("record_problem", "duplicate"), ("hukou_place", "multiple")}
        return bool(twice) and len(self.where.every) > 1

    @cached_property
    def _abroad(self) -> bool:
        return any(word in self.text.text for name in ("外国", "foreign") for word in self.lexicon.classes[name])
