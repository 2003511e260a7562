"""Relatives: what is told in a family of several and leaves open whose it is, or whom one joins. It is asked, not proposed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.hearing.finding import ME, Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.named import OTHERS, SPEAKER, Person
from flows.hearing.persons import People
from flows.hearing.places import NAMED, Place
from flows.hearing.written import Written

_COMES = re.compile(  # 我妈想来跟我住, 说老人过来 …, 接她来: nobody says that the speaker would move
    "(?<![我俺咱])(?<![我俺咱][俩们])接(?!到|住)[^\n我俺咱]{0,8}(?:过?来|到[我俺咱])|(?:叫|让|喊|劝)[^\n我俺咱]{1,8}(?:过来|来[我俺咱跟]|到[我俺咱])"
    "|(?<!也)(?:想|要|肯|愿意?|打算|准备|能不能|可不可以|能|可以)(?:户口)?(?:过?来|回来)?(?:跟|和|投|靠|来|到|随|落|上)(?:着|在|到)?[我俺咱]们?"
    "(?!们?(?:家|个|的)?[^\n]{0,2}[爸妈爹娘哥姐弟妹公婆爷奶叔舅姑姨老儿女孙侄媳])(?!俩|们?(?:一起|一块|一道|一并|一路))"
    "|把(?:[他她]们?俩?|[^\n户]{0,4}[爸妈爹娘公婆奶爷姥哥姐弟妹嫂侄甥孙媳婿娃])[^\n]{0,6}(?:迁|转|弄|挪)(?:过?来|到[我俺咱])"
    "|(?:老人|[爸妈爹娘公婆奶爷姥哥姐弟妹嫂侄甥孙媳婿])家?(?:也|就|要是|想|要)*(?:过来|搬来|迁来|来[我俺咱])"
)
_WISH = re.compile(
    "想|要|能|可以|可不可以|打算|准备|希望|愿意|同意|答应|让|叫|劝|把|求|咋|怎|如何|哪|谁|want|can|could|may|put|add"
)
_ENTERED = re.compile("[落挂上放](?:户口?)?(?:在|着|到了|了)")  # it stands there: 一起落在我妈家, 后来挂在姑姑家
_WHICH = re.compile(
    "(?:落|迁|跟|投靠|放|挂|归|随)(?:到|在|给|去)?(?:谁|哪[家边头个里儿])|(?:谁|哪)[家边][^\n]{0,4}好|which (?:one|of)"
)
_REGISTERED = re.compile(  # 孩子想在温州上学，户口能落吗
    "(?:户口|户籍)[^\n]{0,3}(?:能|可以|可不可以|怎|咋|如何|该)[^\n]{0,4}[落迁转上入办]"
    "|(?:能不能|可不可以|能|可以|怎么|咋|如何)[^\n前后之]{0,4}(?:落户|迁户|入户|上户|落下|迁过|转过)(?![以之]?[前后])"
)
_NEWBORN = re.compile(
    "满月|(?:孩子|小孩|娃|宝宝)出生(?![在地于证的医])|刚出生|刚生|新生儿|出月子|(?:快|马上|要)生了|怀孕|怀着|生下来|预产|newborn|pregnant"
)
_WITH_THEM = re.compile("[跟和随由][^\n]{1,6}[在住带]+$")  # ends where a place begins
_LIVES_AT = re.compile("住(?:在|着|到)?[^\n没不]{1,5}(?:家|屋|宿舍|[那这]里|[那这]儿)")
_CHILD_BORN = re.compile("孩|娃|小|child|kid|baby")
_ELDERS = ("parent", "parent_in_law", "grandparent", "great_grandparent")
_GROWN = re.compile(
    "给[我俺]上户|[我俺](?:今年|都|已经|也|快)*(?:1[89]|[2-9][0-9]|十[八九]|[二三四五六七八九]十[一二三四五六七八九]?)(?:岁|了)"
)
_TO_VILLAGE = re.compile("[迁转落搬]回[^\n]{0,3}[村寨屯]")
_SINCE = re.compile("后来[^\n]{0,8}[挂上落补入办]")  # 超生没上户口，后来挂在姑姑家
_CHILD = re.compile("孩|娃|宝|崽|囡|仔|生|孕|出生|[儿女子]|child|baby|born|kid|son|daughter")


@dataclass(frozen=True)
class Relatives:
    """A text in which something was found. `places`: all that are named."""

    text: Written
    lexicon: Lexicon
    people: People
    found: Sequence[Finding]
    places: Sequence[Place]

    def leave_open(self, one: Finding) -> bool:
        """Do the relatives who are named leave open of whom it is said, or whom one joins?"""
        served = one.fact == "soldier_relation" and one.values[0] in ("veteran", "self")
        if (served or one.fact in self.lexicon.scope["about_mover"]) and self._is_speakers_own(one):
            return True
        match one.fact:
            case "record_problem" if one.values[0] in ("no_hukou", "unplanned_birth"):
                return _SINCE.search(self.text.text, one.end) is not None
            case "joiner_relation" | "matter" if one.rule.startswith("joiner_relation.joined"):
                others = one.fact == "joiner_relation" and (self._others_topic(one) or self._is_strangers_kin(one))
                return others or self._is_entered(one)
            case "matter" if one.values == ("child_registration",):
                return _GROWN.search(self.text.text) is not None
            case "matter" if one.values == ("rights",):
                return _REGISTERED.search(self.text.text) is not None
            case "soldier_relation" if ".soldier" in one.rule:
                others = not self.people.speaker_acts and bool(self._acting - self._kin_in(one))
                return self.people.mover == ME and (others or self.people.to_speaker)
            case "live_together" if one.values == ("yes",):
                return self._is_with_another(one)
            case "housing" if one.values == ("none",):  # 离婚没地方住，带着孩子住我家
                return _LIVES_AT.search(self.text.text, one.end) is not None
            case "child_birthplace":  # 我爸在马来西亚生的
                return self.people.subject(one.start) in _ELDERS and _CHILD_BORN.search(one.words) is None
            case "housing":
                return self._is_one_of_two(one) or (one.values == ("relative_home",) and self._is_elsewhere(one))
            case "ties":
                return self._is_over(one) or self._is_beside_theirs(one)
            case "child_registered":
                return self.people.mover not in (ME, OTHERS, "child", "grandchild", "spouse")
            case "parents_marriage":
                return not _CHILD.search(self.text.text)
            case "city" | "county" if one.rule.endswith(NAMED):
                if one.fact == "county" and self._is_left_to_join(one):
                    return True
                return self._is_one_of_two(one) or self._is_with_elders(one) or self._is_only_the_schools(one)
        return False

    def _is_speakers_own(self, one: Finding) -> bool:
        """Is it the speaker's own, while a relative would come, or is born, and the speaker is not said to move?"""
        if self.people.mover != ME or self.people.along or self._speaker_moves or self.people.subject(one.end) not in SPEAKER:
            return False
        if not self._kin or (one.fact == "housing" and {person.who for person in self._kin} == {"spouse"}):
            return False  # a home is shared by husband and wife
        comes = self.people.to_speaker or _COMES.search(self.text.text) is not None
        return comes or (one.fact != "housing" and _NEWBORN.search(self.text.text) is not None)

    @cached_property
    def _speaker_moves(self) -> bool:
        """Is a move said of which the speaker is the subject?"""
        moves = self.lexicon.patterns["wish"]
        mine = (person for person in self.people.named if person.who in SPEAKER and person.subject and person.word[-1] != "家")
        clauses = (self.text.clause(person.start) for person in mine)  # 想上我家户口 is another's wish
        return self.people.moves and any(moves.search(self.text.text, *clause) for clause in clauses)

    @cached_property
    def _kin(self) -> list[Person]:
        return [person for person in self.people.named if person.who in self.lexicon.kin]

    @cached_property
    def _acting(self) -> set[str]:
        """The kinds of relatives of whom something is said."""
        return {person.who for person in self._kin if person.subject}

    def _kin_in(self, one: Finding) -> set[str]:
        return {person.who for person in self._kin if person.start < one.end and one.start < person.end}

    def _is_entered(self, one: Finding) -> bool:
        """Is it told where one stands already, with no wish in the clause: 我跟女儿一起落在我妈家?"""
        entered = _ENTERED.search(self.text.text, one.start, one.end) is not None
        return entered and _WISH.search(self.text.text, *self.text.clause(one.start)) is None

    def _others_topic(self, one: Finding) -> bool:
        """Is it another relative of whom the text began to tell, and never the speaker: 我爸退休了，要落我弟那里?"""
        others = self._acting - self._kin_in(one) - {"child"}
        before = [person for person in self._kin if person.subject and person.start < one.start and person.who in others]
        return self.people.mover == ME and bool(before) and not self.people.speaker_acts

    def _is_with_another(self, one: Finding) -> bool:
        """Is it another than the speaker with whom the one lives who would come to the speaker: 我妈跟我弟过，想迁到我这?"""
        beside = self._kin_in(one) - {self.people.mover}
        return self.people.to_speaker and self.people.mover != ME and bool(beside)

    def _is_elsewhere(self, one: Finding) -> bool:
        """Is it another's home than that of the one whom one would join: 住在婆婆家，户口想弄回我妈那?"""
        joined = {who for other in self.found if other.rule.startswith("joiner_relation.joined") for who in self._kin_in(other)}
        homes = self._kin_in(one)
        return bool(joined and homes) and joined.isdisjoint(homes)

    def _is_one_of_two(self, one: Finding) -> bool:
        """Is it asked to which of several one should go: 我在龙湾有房，哥在鹿城也有房，落谁家好?"""
        told = [place for place in self.places if place.role == "goal"]
        named = {place.city if one.fact == "city" else place.county for place in told} - {None, ""}
        return len(named) > 1 and _WHICH.search(self.text.text) is not None

    def _is_left_to_join(self, one: Finding) -> bool:
        """Is it where he is who would join the speaker in another place: 爸妈在秦安种地，我在秦州有房，想让他们跟我落一块?"""
        joins = any((other.fact, other.values) == ("matter", ("join_kin",)) for other in self.found)
        if self.people.mover in (ME, OTHERS) or not joins or self.people.subject(one.start) != self.people.mover:
            return False
        others = (place for place in self.places if place.county and (place.county,) != one.values)
        return any(self.people.subject(place.start) == ME for place in others)

    def _is_strangers_kin(self, one: Finding) -> bool:
        """Is it asked for one who is no relative, and is she whom that one joins not ours: 帮她问, 落到她公婆那?"""
        joined = [person for person in self._kin if person.start < one.end and one.start < person.end]
        return self.people.mover == OTHERS and any(self.lexicon.relatives[person.word] != person.who for person in joined)

    def _is_over(self, one: Finding) -> bool:
        """Did one study once, and has graduated: 大哥供我读书，我研究生刚毕业?"""
        graduated = any(other.fact == "student_stage" and "graduated" in other.values for other in self.found)
        return "studies" in one.values and graduated

    def _is_beside_theirs(self, one: Finding) -> bool:
        """Is the only place beside it a relative's, of whom its own clause tells: 我打工，孩子跟我妈在瓯海?"""
        first, last = self.text.clause(one.start)
        if any(first <= place.start < last for place in self.places):
            return False
        behind = [place for place in self.places if place.role == "goal"]
        return bool(behind) and all(place.start > last and self._is_with_elders(place) for place in behind)

    def _is_with_elders(self, place: Finding | Place) -> bool:
        """Is it but where a child lives with one of the family, of whom nothing else is said: 孩子跟我妈在瓯海?"""
        first, last = self.text.clause(place.start)
        if self.people.mover != ME or self.people.subject(place.start) != "child" or self.people.is_speaker_beside(place.start):
            return False
        if not _WITH_THEM.search(self.text.text, first, place.start):
            return False
        with_whom = [person for person in self._kin if first <= person.start < last and person.who not in ("child", "spouse")]
        return bool(with_whom) and all(sum(one.word == other.word for one in self._kin) == 1 for other in with_whom)

    def _is_only_the_schools(self, one: Finding) -> bool:
        """Is it where one studied who would go back to the village: 考上温州的大学，他妈让他把户口迁回村?"""
        school = any(place.start == one.start and place.role == "school" for place in self.places)
        return school and _TO_VILLAGE.search(self.text.text) is not None
