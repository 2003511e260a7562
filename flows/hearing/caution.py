"""Caution: what a text says and yet does not settle: whose it is, where, or whether it is all. It is asked, not proposed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flows.hearing.departures import is_left
from flows.hearing.finding import ME, Finding
from flows.hearing.homes import Homes
from flows.hearing.lexicon import Lexicon
from flows.hearing.lists import Lists
from flows.hearing.named import CLOSE, OTHERS, OWNS, SPEAKER, THEY, US, Person, are_two
from flows.hearing.persons import People
from flows.hearing.places import NAMED
from flows.hearing.places import OTHER as OTHER_CITY
from flows.hearing.relatives import Relatives
from flows.hearing.wavering import ANSWER, PAPERS, STORY, left_open, owner_only_rents, undone, wavers
from flows.hearing.when import not_now
from flows.hearing.where import Where
from flows.hearing.written import Written

STORIES = ("matter", "city")  # questions that are answered with a whole story
OTHER_PLACES = (  # questions of another place than the one where one would settle
    "rural_origin hukou_kind joined_hukou_kind hukou_place elders_hukou chinese_parent_hukou child_birthplace"
).split()
OWNED = ("owned", "bought")
_BORN = re.compile("接生|出生|生[的了下在]|born")
_STANDS = re.compile(
    "(?:户口|户籍)[^\n迁落转想要住租盖我]{0,8}$"
    "|(?:hukou|registration) (?:is|are|was|still|stands|stays|has been) (?:(?!want|can|live|rent|move)[^\n]){0,40}$"
)
_ERRAND = re.compile("上学|读书|念书|上班|打工|干活|做工|做事|工作|看病|赶集|开会|出差|school")
_HOME = re.compile("[住租房屋楼家迁落转买搬户]|live|living|rent|home|house|flat|move|hukou")
_NOT_YET = re.compile("[^\n]{0,6}(?:没|未|不|才|等|下个?月|明年|年底|还要|丢|not|no|yet)|[^\n]*(?:n't|will|once)")
_NONE = re.compile("(?:没有?|no|not the) ?$")
_SCHOOL = re.compile("学校|毕业|考上|录取|school|college|graduat")
_TEACHES = re.compile("教书|任教|(?:当|做|是)[^\n]{0,6}(?:老师|教师)|teach")
_RURAL = re.compile(
    "(?:他|她|人家|亲戚|朋友)[^\n]{0,8}(?:农村|乡下|村里)|不在(?:城|镇|县)|(?:he|she|they)[^\n]{0,20}(?:village|rural)"
)
_MONEY = re.compile(
    "(?:给|加|交|收|要|出|付|涨)(?!多少|几多|好多)[^\n]{0,5}(?:钱|[千百万]|块|元|租)|红包|好处|yuan|money|a fee|extra"
)
STUDIES = {"student_stage", "school_kind", "school_here"}
PLACES = {"city", "county", "hukou_place"}
FEW = 4  # characters beside the name of a place: 我在温州这边
BESIDE = 6  # characters between a permit and the place that gave it
NEAR = 12  # characters between a place and what is said beside it
_BACK = re.compile("[迁转落搬挪]回[^\n]{0,4}(?:娘家|老家|原籍|村|寨|屯)")
_WANTS = re.compile("(想|打算|准备|want to|like to)[^\n]{0,12}(迁|落|转|move|transfer|settle)")
_LEASE = re.compile("租|房|屋|备案|lease|landlord|rent")
_BESIDE = ("隔壁", "对面", "楼上", "楼下", "旁边", "附近")
_BARE_WISH = re.compile(" ?(?:就|还|也)?(?:想|要|打算|准备|希望|能|可以|可不可以|请问|问)")
_FIRM_IN = re.compile("(?:公司|单位|厂子?|总部|企业)(?:是|就|也)?在$|(?:company|employer|firm) is in $")
_BY_TURNS = re.compile("(?:轮休|周末|礼拜天|星期天|休息|休班|放假|平时|工作日)[^\n]{0,8}[回住睡]|weekend")
_WHICH_IS = re.compile(
    "[^\n]{0,2}\n?(?:不过|但|其实)?(?:那?房子?|楼)?(?:就|也|都)?是|[^\n]{0,12}[\n ,]*(?:it is|it's|which is) (?:(?:my|our) )?"
)
_SERVED = re.compile("期满|服务期?到期|服务[完满]了|(?:service|contract|term) (?:is|has|was) (?:over|ended|finished|up)")
_SEEKS = re.compile("(?:工作|活|事)[^\n了过到]{0,4}找(?![了过到])")  # 工作也回来找
_HUKOU = re.compile("户口|户籍|hukou|registration|booklet")
_ONE_OF_TWO = re.compile("[一另][个本份头边]+在|另一?[个本份]|\\b(?:one|the other) (?:is )?(?:in|at)\\b")
_HAS_HUKOU = re.compile("[^\n迁落转想要屋房家住]{0,4}[弄办有买][了过]?[^\n迁落转想要屋房家住]{0,3}户口")
_BY_OFFICE = re.compile(" *(?:是|还是)?[镇县乡市区][里上](?:的|给的)?")
_AWARDED = re.compile("劳模|模范|先进|称号|表彰|评[上的为了]|得[了的]奖|证书")
_AS_CHILD = re.compile("(?:when|while) i was a? ?(?:child|kid|baby|small)|as a (?:child|kid|baby)\\b")
_FAR_CITY = re.compile("省城|省会|外[省地市](?!公司|单位|老板|来|人|户)|another (?:city|province)|provincial capital")
_PRACTICE = re.compile("实习|见习|\\bintern|placement")
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
            beside = one.fact != self.open_fact
            sure = self._settled(one) if beside else not self._asks(one)
            sure = sure and not wavers(one, self.text, self.lexicon, self.where.every, self.open_fact)
            sure = sure and not (beside and self._is_open_beside(one))
            sure = sure and not is_left(one, self.text, self.people, self.where.every)
            sure = sure and self._lists.is_whole(one.fact) and not undone(one, self.text, self.lexicon)
            sure = sure and not owner_only_rents(one, self.text, self.lexicon)
            sure = sure and not (one.fact == "insurance" and self._firm_is_away(one))
            yield one if sure else replace(one, sure=False)

    def _is_open_beside(self, one: Finding) -> bool:
        """Is it left open by relatives, by its own words, or as it is over: what is no answer to the open question?"""
        return self._relatives.leave_open(one) or left_open(one, self.text) or not_now(one, self.text, self.lexicon)

    @cached_property
    def _lists(self) -> Lists:
        return Lists(self.text, self.lexicon, self.people, self.found, self.open_fact)

    @cached_property
    def _homes_told(self) -> Homes:
        return Homes(self.text, self.lexicon, self.people, self.where, self.found)

    @cached_property
    def _relatives(self) -> Relatives:
        return Relatives(self.text, self.lexicon, self.people, self.found, self.where.every)

    def _firm_is_away(self, one: Finding) -> bool:
        """Is the firm that pays in another city: 五险，但是公司在杭州?"""
        away = (place for place in self.where.every if place.city == OTHER_CITY)
        firm = any(_FIRM_IN.search(self.text.text, self.text.clause(place.start)[0], place.start) for place in away)
        return firm and "elsewhere" not in one.values and one.values != ("resident_only",)

    def _asks(self, one: Finding) -> bool:
        """Does a short answer end as a question: downtown I guess?"""
        ends = self.text.clause(one.start)[1] >= len(self.text.text.rstrip("\n "))  # 租的，可以吗？ asks for more
        return ends and self.text.said.rstrip().endswith(("?", "？")) and len(self.text.text) - one.end <= ANSWER

    def _settled(self, one: Finding) -> bool:
        if self._beside_the_question(one) or self._of_friend(one):
            return False
        movers = one.fact in self.lexicon.scope["about_mover"] or (one.fact == "record_problem" and self._speaker_moves)
        if movers and (self.people.guessed or not self._whose(one)):
            return False
        return self._is_whole(one) and self._is_there(one) and self._is_theirs(one) and not self._homes_told.is_another(one)

    @cached_property
    def _speaker_moves(self) -> bool:
        """Does the speaker say that he would move, besides what is told of others: 我想落户鹿城，我妈的名字写错了?"""
        mine = any(person.who == ME and person.subject for person in self.people.named)
        return self.people.mover == ME and self.people.moves and mine

    def _is_theirs(self, one: Finding) -> bool:
        """Is it settled who joins whom, whose home it is and what for one asks?"""
        match one.fact:
            case "joiner_relation" if one.rule.endswith(".to_me"):
                return self.people.joins_speaker
            case "joiner_relation" if one.rule.endswith(".them"):  # 迁去他那: who he is
                return len({person.who for person in self.people.named if person.who in self.lexicon.kin}) == 1
            case "joiner_relation" if one.rule.startswith("joiner_relation.joined") and self.people.mover == ME:
                return self._is_own_joining(one)
            case "matter" if one.values == ("study",) and not self._facts & STUDIES:
                of_school = _SCHOOL.search(self.text.text) is not None  # 迁到公司集体户: of no graduate
                return of_school and _TEACHES.search(self.text.text) is None  # 我在文成教书，想落学校
            case "matter" if one.values == ("residence_permit",) and self._permit_is_away(one):
                return False
            case "matter" if one.values == ("child_registration",) and (self._grown or _AS_CHILD.search(self.text.text)):
                return False  # my 20-year-old son on my hukou
            case "matter":
                joins = self.people.joins_speaker or not one.rule.endswith(".to_me")
                return len(self._matters) == 1 and joins and not self._of_rights(one) and not self._of_relative(one)
            case "joined_hukou_kind":  # 媳妇户口在农村: is it she whom one joins?
                return bool(self._facts & {"joiner_relation", "couple_lives"}) or bool(self.people.joined)
            case "host" if one.values == ("yes",):  # 他肯，可是他是农村户口
                return _RURAL.search(self.text.text, one.end) is None
            case "owner_consents" if one.values == ("yes",):  # 给三千就签字
                return not self.text.nearby(_MONEY, one.start)
            case "with_soldier_elders":  # a veteran's own in-laws
                return not self._said & {("soldier_relation", "veteran"), ("soldier_relation", "self")}
            case "house_owner":
                return self.people.clear
            case "live_together" | "lives_there":
                return self._of_those_meant(one) and not (one.fact == "lives_there" and self._homes > 1)
        return True

    def _permit_is_away(self, one: Finding) -> bool:
        """Is it one that was given in another city: 居住证在义乌办的, 东莞的居住证过期了?"""
        first, last = self.text.clause(one.start)
        away = (place for place in self.where.every if place.city == OTHER_CITY and place.role not in ("hukou", "origin"))
        first, last = max(first, one.start - BESIDE), min(last, one.end + BESIDE)
        return any(first <= place.start < last for place in away)

    @cached_property
    def _grown(self) -> bool:
        """Is the child of age, by what is said, and not one who never had a hukou?"""
        children = (person for person in self.people.named if person.who == "child")
        grown = (self.people.property_of(self.lexicon, one.word, "along", one.start) == ("adult_child",) for one in children)
        return ("record_problem", "no_hukou") not in self._said and any(grown)

    def _is_own_joining(self, one: Finding) -> bool:
        """Is it the speaker, or a child, who joins somebody, and no other relative: 我爷爷奶奶都九十了想跟我叔落一块?"""
        joined = {person.who for person in self.people.named if one.start <= person.start < one.end}
        return not {person.who for person in self.people.speaking(one.start)} - joined - {"child"}

    def _is_there(self, one: Finding) -> bool:
        """Is the place settled of which it is said?"""
        match one.fact:
            case "city" | "hukou_place":
                return not self._twice and self._of_settling
            case "county":
                return not self._twice and self._of_settling and self._is_movers_place(one) and not self._goes_back(one)
            case "place_type":  # 娃是在寨子里接生的: not where the home is
                clause = self.text.clause(one.start)
                if _ONE_OF_TWO.search(self.text.text, clause[0], one.end) and _HUKOU.search(self.text.text, 0, one.start):
                    return False  # 两个户口，一个在村里一个在县城
                if _HAS_HUKOU.match(self.text.text, one.end):
                    return False  # 在县城弄了个假户口
                if _BY_OFFICE.fullmatch(self.text.text, *clause) and self.text.nearby(_AWARDED, one.start):
                    return False  # 劳模评上了，镇里的
                if _BORN.search(self.text.text, *clause) or _STANDS.search(self.text.text, clause[0], one.start + 1):
                    return False
                here = _ERRAND.search(self.text.text, one.end, min(clause[1], one.end + 4))  # 城里有房，在镇上干活
                return here is None and (
                    _ERRAND.search(self.text.text, *clause) is None or _HOME.search(self.text.text, *clause) is not None
                )
            case "graduate_destination":  # 户口挂在人才市场: where it stands, not where it shall go
                return _WISH.search(self.text.text, *self.text.clause(one.start)) is not None
        return True

    def _is_whole(self, one: Finding) -> bool:
        """Is it all that is said of the fact, and enough for one answer?"""
        match one.fact:
            case "ties":
                if "works" in one.values and (
                    self.text.nearby(_SERVED, one.start) or _SEEKS.search(self.text.text, *self.text.clause(one.start))
                ):
                    return False  # 在沧源干了两年已经期满
                if not self.where.named_in_clause(one.start) and self._is_abroad(self.text.clause(one.start)[0], one.end):
                    return False  # 在缅甸做了几年，前年回的沧源
                if _FAR_CITY.search(self.text.text, self.text.clause(one.start)[0], one.start):
                    return False  # 在省城读研，家在云县
                if "studies" in one.values and self.text.nearby(_PRACTICE, one.start):
                    return False  # 大四，在鹿城实习: the school may be elsewhere
                if one.values == ("works",) and self.where.clauses_off(one.start) > 1:
                    return False
                return len(self._ties) > 1 or any(self._beside_place(tie) for tie in self.found if tie.fact == "ties")
            case "movers":
                return not self._others_named()
            case "long_worker":  # twenty years in town are not yet what a clause counts
                return False
            case "mover_citizen":  # whoever says it of themselves; of a wife it may be that a child is meant
                child = any(person.who == "child" for person in self.people.named)
                return one.values == ("no",) and not child and self.people.is_speaker_beside(one.end)
            case "school_kind":
                return "student_stage" in self._facts and (one.values == ("foreign",) or not self._abroad)
            case "housing" if _BY_TURNS.search(self.text.text):  # 上夜班睡宿舍，轮休才回家
                return False
            case "housing" | "house_acquired" if one.values[0] in OWNED:
                return not self._is_anothers_home(one)
            case "house_papers":  # 发票合同房本都齐了: all of them
                said = {part for fact, value in self._said if fact == "house_papers" for part in value.split("+")}
                others = (words for paper, words in PAPERS.items() if paper not in said)
                named = (found for words in others for found in words.finditer(self.text.text))
                return all(map(self._is_not_there, named))
            case "lease_filed":  # 没签合同: of work
                return self.text.nearby(_LEASE, one.start)
        return True

    def _is_anothers_home(self, one: Finding) -> bool:
        """Does one go on that it is a relative's: 城里有套房，是我爸妈的?"""
        behind = next((person for person in self.people.named if person.start >= one.end), None)
        if behind is None or behind.who not in self.lexicon.kin or behind.who in ("spouse", self.people.mover):
            return False
        between = self.text.text[one.end : behind.start]
        return _WHICH_IS.fullmatch(between) is not None and self.text.text.startswith(("的", "家的", "'s"), behind.end)

    def _is_not_there(self, paper: re.Match[str]) -> bool:
        """Is a paper named as one that is not there: 房本还没下来, 没有发票?"""
        before = _NONE.search(self.text.text, 0, paper.start())
        return before is not None or _NOT_YET.match(self.text.text, paper.end()) is not None

    def _beside_the_question(self, one: Finding) -> bool:
        """Is it named by the way, in a short answer to another question?"""
        if one.fact == "place_type" and self.open_fact in OTHER_PLACES and len(self.text.text) <= STORY:
            return True  # 镇上, asked where the hukou came from
        if self.open_fact in (None, *STORIES) or len(self.text.text) > STORY or (">" in one.rule and one.fact != "housing"):
            return False
        if {self.open_fact, one.fact} == {"city", "county"} or self.open_fact not in self._facts:
            return False  # a message that answers nothing is one beside the question
        of_another = self.open_fact in self.lexicon.scope["of_another"]
        return not (of_another and self.people.is_speaker_beside(one.start))  # 我没工作，她户口在农村

    def _whose(self, one: Finding) -> bool:
        """Does it tell of who moves, with nobody named between?"""
        before = [person for person in self.people.named if person.end <= one.start and not self._only_for(person)]
        if self.people.mover == ME:
            if any(person.start == one.start and person.who in SPEAKER for person in self.people.named):
                return True  # my friend has no job. i have a rural hukou
            acting = [person for person in before if person.subject]
            mine = not before or (before[-1].who in SPEAKER and (not acting or acting[-1].who in SPEAKER))
            return mine or self._with_speaker(before)  # 我请的保姆住我家，户口在农村: hers
        return bool(before) and before[-1].who in (self.people.mover, THEY) and not are_two(before[-1].word, self.people.word)

    def _of_friend(self, one: Finding) -> bool:
        """Does a friend, a neighbour … go before, with nothing said by which the speaker comes back: 小李从湖南来，大专毕业?"""
        if (
            one.fact in ("city", "county", *self.lexicon.scope["of_another"])
            or self.people.mover == OTHERS
            or one.rule.endswith(NAMED)
        ):
            return False
        mine = _BARE_WISH.match(self.text.text, self.text.clause(one.start)[0])
        return not mine and self.people.is_friends(one.start, self.lexicon.scope["friends"])

    def _of_relative(self, one: Finding) -> bool:
        """Is it a relative of whom its clause speaks, while the speaker would move: 我表哥说他能随军?"""
        if self.people.mover != ME or one.values == ("rights",) or one.rule.endswith((".them", ".to_me")):
            return False
        acting = self.people.acting_before(one.start)
        return bool(acting) and self.people.known(acting[-1]) in self.lexicon.kin

    def _only_for(self, person: Person) -> bool:
        """Is he but the reason, or does he tell where: 为了孩子, 我妈隔壁, 住我妈家里?"""
        if person.who not in SPEAKER and not person.subject and OWNS.match(self.text.text, person.end):
            return True
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
        near = NEAR * (1 + self.text.text[one.start].isascii())
        return any(max(one.start - place.end, place.start - one.end) <= near for place in self.where.goals.all)

    def _of_rights(self, one: Finding) -> bool:
        """Is it the right to something that is asked about, or that others tell of, while somebody moves?"""
        if one.values == ("rights",):
            joins = "joiner_relation" in self._facts or bool(self.people.joined) or self.people.towards_speaker
            return joins or _WANTS.search(self.text.text) is not None
        return self.asked

    @cached_property
    def _said(self) -> set[tuple[str, str]]:
        return {(one.fact, value) for one in self.found for value in one.values}

    @property
    def _homes(self) -> int:
        """How many kinds of homes are spoken of: in which of them one lives is not said."""
        return len({value for fact, value in self._said if fact == "housing"})

    @cached_property
    def _facts(self) -> set[str]:
        return {fact for fact, _ in self._said}

    @cached_property
    def _matters(self) -> set[str]:
        return {value for fact, value in self._said if fact == "matter"}

    @cached_property
    def _ties(self) -> set[str]:
        return {value for one in self.found if one.fact == "ties" and len(one.values) == 1 for value in one.values}

    @cached_property
    def _of_settling(self) -> bool:
        """Is anything said for which a place matters, or nothing but the place: not 驾照在温州考的, a flight to Wenzhou?"""
        friends = self.lexicon.scope["friends"]
        of_it = (one.start() for one in self.lexicon.patterns["of_settling"].finditer(self.text.text))
        if self.open_fact in PLACES or self._facts - PLACES or not all(self.people.is_friends(one, friends) for one in of_it):
            return True
        left = self.lexicon.without_chatter(self.lexicon.gazetteer.pattern.sub("", self.text.text))
        return len(left) <= FEW * (1 + self.text.text.isascii())

    @property
    def _twice(self) -> bool:
        """Has one a hukou in two places?"""
        twice = self._said & {("record_problem", "duplicate"), ("hukou_place", "multiple")}
        return bool(twice) and len(self.where.every) > 1

    @cached_property
    def _abroad(self) -> bool:
        return self._is_abroad(0, len(self.text.text))

    def _is_abroad(self, start: int, end: int) -> bool:
        """Is a foreign country named there?"""
        told = self.text.text[start:end]
        return any(word in told for name in ("外国", "foreign") for word in self.lexicon.classes[name])
