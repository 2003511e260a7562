"""Homes: whether what is told of a home is told of the one where one would settle. Where it may be another's, it is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.hearing.finding import ME, Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.named import SPEAKER
from flows.hearing.persons import People
from flows.hearing.where import Where
from flows.hearing.whose import FURTHER
from flows.hearing.written import Written

LET = ("rented", "public_rental", "dormitory")  # homes that nobody of the family has bought
_LED = re.compile("(?:叫|让|喊|要|劝|请|催|接|想|等)(?:我们?|俺们?|咱们?|他们?|她们?)?$")  # 儿子叫我跟他过
_OLD_HOME = re.compile("老家|乡下|老屋|老宅|祖屋|祖宅")
_TO_OTHERS = re.compile("(?:落|迁|转|挂|上|投靠|入)[^\n]{0,4}(?:[我俺咱]|[^\n我俺咱自]家|[他她]那)")
_DECLINED = re.compile("[^\n]*\n?[^\n]{0,8}[我俺](?:也|还|就|可)?[没不](?:放心|想好|想落|愿|答应|同意|敢|好意思|肯)")
_MOVES_OUT = re.compile("(?:准备|打算|快要?|马上|就?要|下个?月)[^\n]{0,3}搬(?:去|到|走|出|回|家)")
_THEIR_NAME = re.compile("[^\n]*?\n?[^\n]{0,6}?写[的了是]*(?P<who>[他她])(?:一个人|自己|们)?的?名")
_OLD_HOUSE = re.compile("老房|旧房|老屋|老宅|以前|原来住")
_MOVES_HOME = re.compile("[想要]?搬(?!.*户)")  # 搬到市里住: of no hukou
_MOVES_BACK = re.compile("搬回[^\n]{0,4}[村老乡寨屯][^\n]{0,4}了")
_WOULD_NOT_GO = re.compile("[^\n]*\n?[^\n]{0,4}(?:不想|不愿意?|没打算|不打算|不肯|再也不)回")
_MY_OWN = re.compile("[我俺](?:们|自己|现在|又|也|另外)*在[^\n]*[买租]|[我俺]们?自己[^\n]*[买租][^\n]*[房楼套]")
_LEASE_ENDS = re.compile("备案|续租|续签|没去?续")
_OF_HUKOU = re.compile("落|户|迁")
_I_LIVE = re.compile(
    "(?:[我俺]|自己)(?:们|自己|现在|一家|老三|老二|老大|[和跟]..?)*(?:都|还|就|也|只好|先|在[^\n买]{0,6})*(?:租|住(?:厂|宿舍|单位|公司))"
)
_WHAT_FOR = re.compile("(?:干嘛|干吗|何必|何苦|犯不着|凭啥|凭什么)[还要非]*$")  # 干嘛迁回村
_THEY_WOULD = re.compile(
    "(?:想|打算|准备)在[^\n]*\n(?:[^\n]*\n)?[^\n]{0,3}(?:老公|老婆|媳妇|丈夫|爱人|爸|妈|公婆|公公|婆婆|儿子|女儿|家里)[人们]?(?:[就却偏又])?"
    "(?:说|非?要|想|主张|坚持)[^\n]{0,4}[买落租住迁搬][到在去]"
)
_AM_IN = re.compile("[我俺](?:[和跟][^\n]{1,4})?(?:还|都|就|也|自己|人|一直|现在)*在$")
_PULLED_DOWN = re.compile("[^\n房屋楼宅]*\n?[^\n房屋楼宅]{0,6}拆(?:了|迁了|掉)(?![^\n]*[换分])")
_MOVED_OUT = re.compile("搬[到去走来出]")
_NOT_TO_SETTLE = re.compile(  # 房东不让养狗, 答应修厕所: nothing of the hukou
    "(?<=[让给许准])(?!(?:[我俺咱]们?(?:娘|爷|一?家|夫妻)?(?:俩|们|人)?|租客|租户|人家?|外人|别人|上|他|她)*[在再都也就]?(?:把|将|用)?[这那]?[边里儿]?"
    "(?:[^\n]{0,3}(?:户|落|迁)|[转挂入进搭放盖签了的啊呀吗呢吧么\n]|写同意|出同意|上$|$))"
    "|(?<=同意|答应|愿意)[了过]?[给帮替](?!我?们?[落迁上办入写签]|户口)"
)
_BOUGHT = re.compile("买|租|盖|住|户口|有(?:套|房|楼|一套)")


@dataclass(frozen=True)
class Homes:
    """The homes of a text in which something was found. Long, as each way in which it may be another home stands together."""

    text: Written
    lexicon: Lexicon
    people: People
    where: Where
    found: Sequence[Finding]

    def is_another(self, one: Finding) -> bool:
        """May what is said be said of another home, or of another's?"""
        if one.fact in ("matter", "origin_village", "place_type") and _WHAT_FOR.search(self.text.text, 0, one.start):
            return True
        match one.fact:
            case "house_acquired" | "house_papers":
                return self._are_two(one) and (self._of_kin(one) or self._is_old_home(one))
            case "house_owner":
                return self._are_two(one) and (self._is_beside_my_own(one) or self._is_old_home(one))
            case "lives_there":
                return self.where.away(one.start) or (one.values == ("no",) and self._is_elsewhere(one))
            case "owner_consents":
                return self._is_of_other_things(one)
            case "live_together" if one.values == ("yes",):
                return _LED.search(self.text.text, 0, one.start) is not None or self._without_the_owner(one)
            case "live_together":
                return self._is_among_themselves(one)
            case "housing" if one.values == ("relative_home",):
                return self._is_old_home(one) or "spouse" in self._owners
            case "matter" | "joiner_relation" if one.rule.endswith(".them") and _DECLINED.match(self.text.text, one.end):
                return True
            case "lease_filed" if one.values == ("yes",):
                return self._is_lease_of_kin(one)
            case "matter" if one.values == ("move_to_town",):
                return _MOVES_HOME.match(one.words) is not None and _OF_HUKOU.search(self.text.text) is None
            case "matter" if one.values == ("move_to_village",):
                return _MOVES_BACK.match(self.text.text, one.start) is not None
            case "housing" if one.values == ("owned",):
                return self._is_not_ones_own(one)
            case "housing" if one.values[0] in LET:
                return self._is_left(one) or self._is_mine_yet(one) or _MOVES_OUT.search(self.text.text, one.end) is not None
            case "place_type":
                return self._has_moved_out(one) or self._is_where_they_live(one) or self._is_mine_yet(one) or self._is_in_dispute
            case "ties" if one.values == ("lives",):
                return self._is_old_home(one)
            case "county":
                return self._is_where_kin_live(one) or self._is_not_where_one_is(one) or self._is_in_dispute
            case "city":
                return self._is_where_kin_live(one)
        return False

    @cached_property
    def _facts(self) -> set[str]:
        return {one.fact for one in self.found}

    @cached_property
    def _joins(self) -> bool:
        """Would one join a relative?"""
        told = any((one.fact, one.values) == ("matter", ("join_kin",)) for one in self.found)
        return told or bool(self.people.joined) or "joiner_relation" in self._facts

    @cached_property
    def _is_in_dispute(self) -> bool:
        """Would the family have it elsewhere: 想在调兵山买房，我老公说买在市里?"""
        return self.people.mover == ME and _THEY_WOULD.search(self.text.text) is not None

    @cached_property
    def _owners(self) -> set[str]:
        return {value for one in self.found if one.fact == "house_owner" for value in one.values}

    def _of_kin(self, one: Finding) -> bool:
        """Is it a relative, and neither husband nor wife, of whose home its clause tells?"""
        first, _ = self.text.clause(one.start)
        named = [person for person in self.people.named if first <= person.start < one.end]
        kin = [self.people.known(person) for person in named]
        return any(who in self.lexicon.kin and who != "spouse" for who in kin) and not set(kin) & set(SPEAKER)

    def _without_the_owner(self, one: Finding) -> bool:
        """Is it but with husband or wife that one lives, in the home of another: 房本是儿子名，我和老伴住着?"""
        theirs = bool(self._owners) and not self._owners & {"self", "spouse"}
        named = {person.who for person in self.people.named if one.start <= person.start < one.end}
        return theirs and named - {*SPEAKER} == {"spouse"}

    def _is_among_themselves(self, one: Finding) -> bool:
        """Is it of other relatives that it tells who lives apart: 儿子媳妇分居，想把孙女落我这?"""
        first, _ = self.text.clause(one.start)
        named = {self.people.known(person) for person in self.people.named if first <= person.start < one.end}
        return self.people.mover != ME and len(named) > 1 and named <= {*self.lexicon.kin} - {self.people.mover}

    def _is_lease_of_kin(self, one: Finding) -> bool:
        """Is it a brother, a cousin … who has filed it, with no word that one lives there: 我外甥租的房，备案了?"""
        theirs = self.people.mover == ME and self.people.subject(one.start) in FURTHER
        return theirs and not self._facts & {"housing", "lives_there", "live_together"}

    def _is_old_home(self, one: Finding) -> bool:
        """Is it in the village of old that it stands, while one would settle at a place that is named: 老家还有爹妈的房?"""
        first, last = self.text.clause(one.start)
        return (
            _OLD_HOME.search(self.text.text, first, last) is not None
            and bool(self.where.goals.all)
            and not any(first <= place.start < last for place in self.where.goals.all)
        )

    def _are_two(self, one: Finding) -> bool:
        """Is a home of one's own told of in another clause: 爸妈在镇上买了房，我在县城租房?"""
        first, last = self.text.clause(one.start)
        homes = (other for other in self.found if other.fact in ("housing", "house_acquired"))
        return any(not first <= other.start < last and not self._of_kin(other) for other in homes) or self._is_elsewhere(one)

    def _is_of_other_things(self, one: Finding) -> bool:
        """Is it no word of the hukou that the owner is asked for, or gives: 房东不让养狗, 备案没续，房东不知道?"""
        if one.values == ("not_asked",):
            return self.text.nearby(_LEASE_ENDS, one.start) and _OF_HUKOU.search(self.text.text) is None
        return one.values in (("yes",), ("no",)) and _NOT_TO_SETTLE.match(self.text.text, one.end) is not None

    def _is_elsewhere(self, one: Finding) -> bool:
        """Does another clause tell that one rents, or lives in a dormitory: 老房没人住了，我们在鹿城租了十年?"""
        first, last = self.text.clause(one.start)
        return any(not first <= lives.start() < last for lives in _I_LIVE.finditer(self.text.text))

    def _is_mine_yet(self, one: Finding) -> bool:
        """Does it tell where the speaker lives now, who would join a relative: 落舅妈家，我在县城租房?"""
        first, _ = self.text.clause(one.start)
        mine = _I_LIVE.search(self.text.text, first, one.end + 2)
        return self.people.mover == ME and self._joins and mine is not None

    def _is_beside_my_own(self, one: Finding) -> bool:
        """Does one go on to tell of a home of one's own: 爷爷房子写我爸名，我自己在龙港买了公寓?"""
        return self._of_kin(one) and _MY_OWN.search(self.text.text, self.text.clause(one.start)[1]) is not None

    def _is_where_they_live(self, one: Finding) -> bool:
        """Does it tell where a relative lives, while one lives elsewhere, or would not go there: 媳妇在镇上租房，我住果园?"""
        if one.values == ("village",) and _WOULD_NOT_GO.match(self.text.text, one.end) is not None:
            return True
        first, last = self.text.clause(one.start)
        acting = self.people.acting_before(one.start)
        lives = (other for other in self.found if (other.fact, other.values) in (("ties", ("lives",)), ("lives_there", ("yes",))))
        theirs = (
            self.people.mover == ME and bool(acting) and acting[-1].who in self.lexicon.kin and "live_together" not in self._facts
        )
        return theirs and any(not first <= other.start < last for other in lives)

    def _is_not_where_one_is(self, one: Finding) -> bool:
        """Is it where husband, wife or child works, while one is in another county: 爱人调到文成，我和孩子还在平阳?"""
        if self.people.mover != ME or self._joins:
            return False
        theirs = self.people.subject(one.start) in self.lexicon.kin
        others = (place for place in self.where.every if place.county and (place.county,) != one.values)
        return theirs and any(_AM_IN.search(self.text.text, 0, place.start) is not None for place in others)

    def _is_not_ones_own(self, one: Finding) -> bool:
        """Is it pulled down, a relative's, or in the name of another: 儿子房贷没还清?"""
        gone = _PULLED_DOWN.match(self.text.text, one.end) is not None
        return gone or (self._of_kin(one) and ">" not in one.rule) or self._is_in_their_name(one)

    def _is_in_their_name(self, one: Finding) -> bool:
        """Is it in his or her name, who is not said to be husband or wife: 对象买的婚房写她一个人的名?"""
        named = _THEIR_NAME.match(self.text.text, one.end)
        at = named.start("who") if named else -1
        return any(person.start == at and self.people.known(person) != "spouse" for person in self.people.named)

    def _has_moved_out(self, one: Finding) -> bool:
        """Does it tell where the old house is, and that one has moved: 县城的老房子漏水，搬到儿子家去了?"""
        old = _OLD_HOUSE.search(self.text.text, *self.text.clause(one.start))
        return old is not None and _MOVED_OUT.search(self.text.text, one.end) is not None

    def _is_left(self, one: Finding) -> bool:
        """Does it tell where a relative lives who would move to another home: 侄女住宿舍，想落到我的房子?"""
        people = self.people
        moves = people.mover in self.lexicon.kin and people.subject(one.start) == people.mover
        return moves and _TO_OTHERS.search(self.text.text, one.end) is not None

    def _is_where_kin_live(self, one: Finding) -> bool:
        """Is it where a brother, a cousin … has a home, whom nobody joins: 我小叔子在平阳买了一套?"""
        if self.people.mover != ME or self._joins or self._facts & {"host", "housing", "house_owner"}:
            return False
        first, last = self.text.clause(one.start)
        acting = self.people.acting_before(one.start)
        theirs = bool(acting) and self.people.known(acting[-1]) in FURTHER
        return theirs and _BOUGHT.search(self.text.text, first, last) is not None
