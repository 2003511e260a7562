"""Goals: which of the places that are named is where one would be registered."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from flows.hearing.finding import ME
from flows.hearing.named import CLOSE, OTHERS, SPEAKER
from flows.hearing.persons import People
from flows.hearing.places import OTHER, Place
from flows.hearing.scope import Scope

_WITH_US = re.compile(
    r"[跟和同与](?:着|到)?(?:我|俺|咱)(?!家?[^\n]{0,3}[爸妈爹娘哥姐弟妹公婆爷奶叔舅姑姨老])|with (?:me|us)\b"
    "|[我俺咱]们?(?:自己|家)?(?:买|租|盖)的"
)  # she lives there with me, 在云县我们自己买的房里
_NOWHERE_ELSE = re.compile("只能|非得|非要")  # 户口只能上到湖南吗
_EITHER = re.compile("要么[^要]*要么|either .* or ")
_TO_THEM = re.compile("[落迁上挂搬入转][到在去进]?[他她](?!们?都)|(?:to|with) (?:him|her|them|his|hers)\\b")
_ONCE_MEANT = re.compile(
    "(?:本来|原本|原来|起初|一开始|最初)(?:是|就)?(?:想|打算|准备|要)[^\\n]{0,6}$|(?:当年|早年|年轻时)[^\\n想]{0,6}[落迁下插][^\\n想]{0,3}$"
)
_OUT_OF_REACH = re.compile(  # 想落杭州，房价太高落不起: and so it is another city
    "[^\n]{0,8}[\n ]*[^\n]{0,8}(?:太[高贵难远]|门槛高|差[^\n]{0,4}分|分不够|积分不|落不上"
    "|[落买住去进留待](?:不起|不了|不进|不下)|没戏|没[成办落]成|没落下|不够格|没指望|不要我|不收)"
    r"|[^\n]{0,10}[\n ]*[^\n]{0,20}\b(?:can't|can ?not|could not|couldn't) (?:afford|pay|get in)"
    r"|[^\n]{0,10}[\n ]*[^\n]{0,20}\b(?:too (?:expensive|dear|hard|strict|far)"
    r"|out of reach|did not work|didn't work|fell through|refused)"
)
_WENT = re.compile("[落迁转](?:户口?)?(?:的|了|到了|在了)$")
_GIVEN_UP = re.compile(
    "[^\n]{0,4}(?:房子?|楼|屋|宅|那套)[^\n]{0,6}(?:卖[给了掉]|法拍|拍卖|拆了|判给(?![我俺咱])|抵给|转给|退了)"
    "|[^\n]{0,4}买[^\n]{0,6}(?:坑了|骗了|烂尾)|(?<=[房楼屋]在..)[^\n]{0,3}\n(?:后来|早就?|都|也|已经|去年|前年|又|给)*(?:卖|拆|抵|法拍)[了掉给]"
)
_TO_ORIGIN = re.compile("[迁转落挪]回|回(?:老家|原籍|生源地)")  # 在天水师院念书，想转回平凉: where that is nobody knows
_TO_SCHOOL = re.compile("[迁转落挪](?:户口)?[到来去进回在][^\n]{0,4}(?:学校|学院|大学|集体户)")
_MARRIED_TO = re.compile("嫁[到去在进]$")
_HOME_IN = re.compile("家里?(就|也|都)?在$")
_OF_THERE = re.compile("(?:农村|乡下)?的|人")
_HOMEWARD = re.compile("[迁转落挪搬]回|回(?:家|去|老家)|投靠|投奔|[落迁上转挂][到在进去]?[^\n]{0,4}(?:家|那)")  # 想落我爸家
_LIVED_IN = re.compile("买|租|住|上班|打工|工作|干活|做事|做嘢|生意|开店|bought|rent|work|live")
_FOLLOWS = re.compile(  # 我老婆是凤庆的，我想把户口迁过去
    "(?:[落入迁]户?|迁户口|(?:户口|户籍)[^\n]{0,4}[迁落转移挪])(?:过去|到?[她他](?:那[边里儿]|们?家))"
    "(?!了|的|不[^\n ]|[^\n]{0,4}(?:不了|不成|学))"
    r"|\b(?:move|transfer|settle|register) (?:(?:my|our) (?:hukou|registration) )?(?:over )?there\b"
)
_NOT_FOLLOWED = re.compile("[把将给让叫][她他]")  # 怎么把她户口落她家: it is she who moves
OF_HOME = (
    "matter",
    "joiner_relation",
    "house_owner",
    "host",
    "relative_home",
)  # with these a relative's place may be where the mover goes


@dataclass
class Goals:
    """The places of a text, but for strangers'. `of_home`: is a relative's home spoken of?"""

    scope: Scope
    people: People
    places: Sequence[Place]
    open_fact: str | None
    of_home: bool
    anew: int = 0  # where what is said anew begins

    def __post_init__(self) -> None:
        self.text = self.scope.text
        self.gazetteer = self.scope.lexicon.gazetteer

    def chosen(self, stages: Set[str]) -> list[Place]:
        """The places where one would settle, or lives; where one says so, the others do not count. `stages`: as in `Where`."""
        served = [
            place for place in self.all if place.city != OTHER or (self._settles(place) and self.people.of_mover(place.start))
        ]
        homeward = _TO_ORIGIN.search(self.text.text) is not None and _TO_SCHOOL.search(self.text.text) is None
        if not served and not homeward:
            served = [
                place
                for place in self.places
                if place.role == "school" and place.city != OTHER and stages & {"studying", "enrolling"}
            ]
        if not served and self.people.moves:  # 准备去温州上班，户口能迁吗
            served = [place for place in self.places if place.role == "errand" and place.city != OTHER]
        served = [place for place in served if not self._out_of_reach(place)]
        said = [place for place in served if self.gazetteer.settles(place, self.text)]
        if len({place.city for place in served}) > 1 and said:
            return said
        if served and all(self._of_joined(place) for place in served):  # 上他温州的户口, 落她铁岭家里
            return [*served, *(place for place in self.places if place.role == "named" and self._joins_there(place))]
        if _EITHER.search(self.text.text):  # 要么迁铁岭，要么迁天水
            return [place for place in self.places if place.role not in ("origin", "hukou", "chat")]
        theirs = [place for place in served if self.people.subject(place.start) == self.people.mover]
        return theirs if self.people.mover != ME and theirs and not self.people.to_speaker else served

    @cached_property
    def all(self) -> list[Place]:
        every = [place for place in self.places if self._is_one(place)]
        settled = any(self._is_lived_in(place) for place in every)
        if settled and _HOMEWARD.search(self.text.text) is None:
            every = [place for place in every if self._is_lived_in(place) or not self._is_home(place)]
        return [place for place in every if place.start >= self.anew] or every

    def _is_home(self, place: Place) -> bool:
        """Is it told only as where one's family is from: 苍南灵溪镇的; 父母家在文成; my parents live in Ruian?"""
        first, last = self.text.clause(place.start)
        before, after = self.text.text[first : place.start], self.text.text[place.end : last]
        from_there = _HOME_IN.search(before) or after.startswith("老家") or (not before.strip() and _OF_THERE.fullmatch(after))
        return bool(from_there) and not self.gazetteer.settles(place, self.text)

    def _is_lived_in(self, place: Place) -> bool:
        """Has the speaker, or the mover, a home or work there, as the clause says: 在温州市区买了房; not 想在铁岭买房?"""
        first, last = self.text.clause(place.start)
        lived = _LIVED_IN.search(self.text.text, place.end, last) is not None
        own = self.people.subject(place.start) in (*SPEAKER, self.people.mover) or self.people.is_speaker_beside(place.start)
        return lived and own and not self.scope.wishes(first, place.start)

    def _is_one(self, place: Place) -> bool:
        """May one settle there? Where a relative lives only if anybody moves or his home is spoken of; and not where one
        leaves who moves to the speaker."""
        if place.role == "named" and self.open_fact in ("city", "county") and len(self.places) == 1:
            return True  # the county? 泰顺罗阳: the answer, whatever is said of it
        if place.role != "goal":
            return self._of_joined(place) or self._is_followed(place)
        first, last = self.text.clause(place.start)
        if _is_over(place, self.text.text[first : place.start], self.scope):
            return False
        if place.start == first and place.end >= last - 1:  # 韶关武江区，我在厂里上班
            return True
        people = self.people
        subject = self._lives_there(place) or people.subject(place.start)
        if subject not in (*SPEAKER, OTHERS) and _WENT.search(self.text.text[first : place.start]):
            return False  # 我表哥投靠我舅落的温州
        if subject == people.mover and people.to_speaker and not self._of_speaker(place.start):
            return self.gazetteer.settles(place, self.text)
        return self._of_speaker(place.start, subject) or self._may_follow(subject)

    def _out_of_reach(self, place: Place) -> bool:
        """Is it another city, which cannot be had, before one of ours is named: 杭州落不起，就落温州?"""
        ours = any(one.start > place.end and one.city != OTHER for one in self.places)
        return place.city == OTHER and ours and _OUT_OF_REACH.match(self.text.text, place.end) is not None

    def _lives_there(self, place: Place) -> str:
        """The relative whose home is there: 外婆家在乐清."""
        before = self.text.text[: place.start]
        home = _HOME_IN.search(before)
        theirs = [one.who for one in self.people.named if home and one.end == home.start() and one.who not in SPEAKER]
        return theirs[0] if theirs else ""

    def _of_speaker(self, position: int, subject: str = "") -> bool:
        if _WITH_US.search(self.text.text, *self.text.clause(position)):
            return True
        subject = subject or self.people.subject(position)
        return subject in (*SPEAKER, OTHERS) or self.open_fact in ("city", "county") or self.people.is_speaker_beside(position)

    def _may_follow(self, subject: str) -> bool:
        """May one move to where a relative lives?"""
        return subject in CLOSE or self.people.moves or self.of_home

    def may_be_there(self, position: int) -> bool:
        """May the home that is spoken of be where one settles: it is no stranger's, nor a relative's whom nobody joins?"""
        if self.people.of_stranger(position):
            return False
        subject = self.people.subject(position)
        return self._of_speaker(position) or subject in (*CLOSE, self.people.mover) or self.of_home

    def _joins_there(self, place: Place) -> bool:
        """Is it where another relative lives, to whom one might move as well?"""
        return place.city != OTHER and _TO_THEM.search(self.text.text, *self.text.clause(place.start)) is not None

    def _of_joined(self, place: Place) -> bool:
        """The hukou of the one whom the mover joins stands there."""
        to_me = self.people.to_speaker and not self._of_speaker(place.start)  # 孩子户口跟他妈在凤庆，想转到我这边
        to_me = to_me and _TO_THEM.search(self.text.text) is None  # 落我这还是落他那
        return place.role == "hukou" and place.city != OTHER and not self.people.of_mover(place.start) and not to_me

    def _is_followed(self, place: Place) -> bool:
        """Is it a relative's, and does the speaker go there, as is said next: 老公是温州的，我想落户过去?"""
        if place.city == OTHER or self.people.mover != ME or self.people.subject(place.start) not in CLOSE:
            return False
        behind = min((one.start for one in self.places if one.start > place.start), default=len(self.text.text))
        goes = _FOLLOWS.search(self.text.text, place.end, behind)
        if goes is None:
            return False
        own = self.people.subject(goes.start()) in SPEAKER or not self.people.acting_before(goes.start())
        if not own and not set(goes[0]) & {"他", "她"}:
            return False
        said = self.text.clause(goes.start())[0], goes.end()
        parted = self.scope.lexicon.patterns["parted"].search(self.text.text)
        if parted or _NOT_FOLLOWED.search(self.text.text[said[0] : said[1]]):
            return False
        return self.scope.wishes(*said) and not self.scope.denies(*said)

    def _settles(self, place: Place) -> bool:
        first, last = self.text.clause(place.start)
        if self.gazetteer.is_province(self.text.text[place.start : place.end], None):
            return False  # 云南: of 临沧, it may be
        if _NOWHERE_ELSE.search(self.text.text, first, place.start):
            return False
        whole = last - first <= place.end - place.start + 3
        return self.gazetteer.settles(place, self.text) or (self.open_fact == "city" and whole)


def _is_over(place: Place, before: str, scope: Scope) -> bool:
    """Was it once: 本来想在苍南买, 我把沧源的房子卖给表哥了, 我嫁到秦安，离婚了, 年轻时跟前夫去山东? `before`: of its clause."""
    words, text = scope.lexicon.patterns, scope.text.text
    if _ONCE_MEANT.search(before) or _GIVEN_UP.match(text, place.end):
        return True
    married = _MARRIED_TO.search(before) is not None and words["parted"].search(text) is not None
    return married or (place.city == OTHER and words["past"].search(before) is not None)
