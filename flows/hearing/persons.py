"""Persons: of whom a clause speaks, and whose hukou would move (the mover). By first persons the speaker is meant."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flows.hearing.ages import age_beside, both_ages
from flows.hearing.finding import ME
from flows.hearing.lexicon import Lexicon
from flows.hearing.named import CLOSE, OF_ONESELF, OR_ELSE, OTHERS, RELATIVE_OF, SPEAKER, THEY, US, Person, are_two, named_in
from flows.hearing.phrases import Tokens
from flows.hearing.written import Written

CHILDREN = ("minor_child", "adult_child")
_AND = re.compile(
    "(?:俩|两个|两口子)?(?:和|跟|与|同|还有|、|加上?|带着?|[ \n]and (?:(?:my|our) )?)?"
    "(?:(?<=[和跟与同、有])[^\n我俺咱他她的]{1,8}的)?"
    "(?:我的?|我们的?|一个|两个|俩|[一二两三四五六七八九十0-9]+岁的|小的?|大的?)*(?:(?:little|small|young|old|[0-9]+-year-old) )?"
)
_LETS = re.compile("(?:为了?|供|让|陪|送|叫|喊)$")
_OF = ("的", "家的", "'s ")
_ONE_HOUSEHOLD = re.compile("[户在到]?(一个|同一|一本|我|户口本)")  # 跟我落一个户口本: he joins me
_HAS_GONE = re.compile("[迁转落][到在去走]?(?![过回][来去])[^\n想要能我这]{0,5}了(?![吗么没，]|能|行|可)")
_YEARS_AGO = re.compile("(落户|入户|迁来|迁过来)[了都有快]?[好几两三四五六七八九十多]+年了")
_AT_THAT_TIME = re.compile("[^\n]{0,4}(?:那会儿?|那阵子?|那年|的?时候|那时候?)")  # 我表妹在瑞安落户那会儿
_OVER = re.compile(  # 随她落的户, 迁到她那边三年多了; and 户口本上他那一页 joins nobody
    "[落上迁]?[的了]|[边里儿家头]?[已经都有快]*[0-9一二两三四五六七八九十好几半]+[多来]?个?[年月][半多]?(?:了|\n|$)"
)
_NOT_TO_THEM = re.compile(  # 没打算落他户口上
    "本$|(?:(?<![能要会想是可行])[不没别](?:想|打算|愿意?|要|会|肯|必)?|\\b(?:not|never|n't)[a-z ]{0,12})[^\n]{0,3}$"
    "|\\b(?:kept|keeps|had|held|holds|left|has) me $"
)
_WITH_ALL = re.compile("(?:一起|一块儿?|一并|一同|一道)(?:把户口|户口|都|再)?$")  # 老婆孩子一起迁: with the speaker
_WITH_ME = re.compile("[我俺咱](?:带着?|领着?|抱着?|[和跟与同])[我俺咱]?$")
_I_STAY = re.compile("[我俺](?:自己)?(?:的?户口)?(?:不[迁动转落]|本来就|已经在|就在)")
_TOGETHER = re.compile(r"一[起块搭路齐同道]|也(?:想|要|跟)|\b(?:too|along|together)\b")  # 儿媳也想一起迁过来: with whom?
_OUR_VILLAGE = re.compile("们?(那个?|这个?)?(?:[村屯寨庄乡镇县队厂]|老家|家乡)")  # 迁回我们村: nobody is joined
_GONE = re.compile(
    "(?:他|她|也|都|早就?|已经|前年|去年|今年|(?:上个?|前个?)月|这| (?:has|have|had|already))*"
    "(?:走了|没了|去世|过世|不在了|不在世|病逝|离世|死了| died| passed away)"
    "(?:了|以后|之后|后|好?[几多一两二三四五六七八九十]+[年个]|[ \n]|$)"
)  # 我老伴走了: whoever moves is another, and so is the next 他
_MY_HUKOU = re.compile("的户口(?![上本里簿])")  # 可以落我的户口吗: it is mine that goes
_DENIED = re.compile("(?<!要)不要$|(?<!用)不用$|(?<![要能可用行])不$|(?:没有?|别)$")  # 老婆说不用迁我的户口
_JOINS = re.compile("投靠|投奔|[随跟]着?")
_OVER_TO = re.compile("过去|[她他](?:们?家|那[边里儿])")
_TO_SPEAKER = re.compile(r"[我俺咱]|\b(my|me|our)\b")


@dataclass(frozen=True)
class People:
    """Who is named in a text, and who is meant to move."""

    text: Written
    named: tuple[Person, ...]
    mover: str = ME
    word: str = ""  # the word for the mover, if a relative
    towards_speaker: bool = False
    joined: tuple[Person, ...] = ()  # whom the mover joins, if only he or she is said
    along: tuple[tuple[Person, str], ...] = ()  # who comes along, by which phrase
    to_speaker: bool = False  # the same with 我: 迁到我这里, not only 迁过来
    moves: bool = False  # is it said that anybody moves, or joins somebody?
    joins_speaker: bool = False  # is it said of the only relative named, and of nobody else, that he would join the speaker?
    guessed: bool = False  # is the mover a relative for whom nobody asks, and not the only one who is spoken of?
    clear: bool = True  # do the words say who moves: is it asked for one, is nobody else named, or does the speaker say so?
    of_another: bool = False  # the open question asks of somebody else: he, she and what names nobody are that one
    starts: tuple[int, ...] = field(default=(), repr=False)

    def subject(self, position: int) -> str:
        """Of whom the words at a position speak: the last one named before them in the clause, or else in those before."""
        first, _ = self.text.clause(position)
        for person in reversed(self.named[: bisect_right(self.starts, position)]):
            if person.end == position and _LETS.search(self.text.text, first, person.start):
                return self.known(person)  # 供娃念书: it is the child who does
            who = self.known(person) if person.subject else OTHERS
            if person.subject and (who != OTHERS or person.start >= first or self.mover == OTHERS):
                return who
        return OTHERS if self.of_another else ME

    def speaking(self, position: int) -> list[Person]:
        """The relative of whom the words at a position speak, if it is one."""
        who = self.subject(position)
        named = [one for one in self.named if one.who == who and one.start < position]
        return named[-1:] if who not in (ME, US, THEY, OTHERS) else []

    def known(self, person: Person) -> str:
        """He and she are the relative named last."""
        if person.who != THEY:
            return person.who
        before = [one for one in self.named if one.start < person.start and one.who not in (ME, US, THEY)]
        before = [one for one in before if one.subject] or before
        if not before and not self.of_another and not any(one.who in SPEAKER for one in self.named):
            return ME  # nobody else is spoken of: it is asked for him
        if re.search("[们俩哋]|they", person.word) and len({one.who for one in before}) > 1:
            return OTHERS  # which of them is not said
        return before[-1].who if before else OTHERS

    @property
    def speaker_acts(self) -> bool:
        """Is anything told of the speaker: not in 我舅公没户口，想给他补上, which asks for him?"""
        return any(one.who in SPEAKER and one.subject for one in self.named)

    def _before(self, position: int) -> tuple[Person, ...]:
        """Who is named in the clause of a position before it."""
        return self.named[bisect_left(self.starts, self.text.clause(position)[0]) : bisect_left(self.starts, position)]

    def acting_before(self, position: int) -> list[Person]:
        """Of whom the clause of a position tells before it, in this order."""
        return [one for one in self._before(position) if one.subject]

    def owner_beside(self, position: int) -> Person | None:
        """Whose home it is of which a clause tells before a position: whoever is named last there, if it is not the speaker."""
        named = [one for one in self._before(position) if one.word not in OF_ONESELF]
        return named[-1] if named and named[-1].who not in SPEAKER else None

    def is_speaker_beside(self, position: int) -> bool:
        """Is the speaker named before a position in its clause: he and I live in Ruyuan?"""
        return any(one.who in SPEAKER for one in self._before(position))

    def of_stranger(self, position: int) -> bool:
        """Do the words at a position speak of somebody who is no relative, and for whom nobody asks?"""
        for person in reversed(self.named[: bisect_right(self.starts, position)]):
            if person.who in SPEAKER:
                return False
            if person.subject:
                return self.mover != OTHERS and self.subject(position) == OTHERS
        return False

    def is_friends(self, position: int, friends: Sequence[str]) -> bool:
        """Is it one of the `friends`, or a stranger, of whom the words at a position speak?"""
        before = [one for one in self.named[: bisect_right(self.starts, position)] if one.subject or one.who in SPEAKER]
        near = (one for one in self.named if 0 < position - one.end <= len("'s "))
        before += [one for one in near if self.text.text[one.end : position] in _OF]  # 同事的合同
        if before and before[-1].who == THEY:  # 小李有房，他备了案
            before = [one for one in before if one.who not in (ME, US, THEY)]
        return bool(before) and (before[-1].word in friends or before[-1].stranger)

    def ends_longer(self, start: int, end: int) -> bool:
        """Does what stands there only end a longer word for a relative: 弟 of 表弟?"""
        return any(one.end == end and end - start < len(one.word) for one in self.named)

    def kind(self, position: int, named: str) -> str:
        """Which relative of the speaker stands at a position: by who is named there, or else as `named`."""
        last = bisect_right(self.starts, position) - 1
        there = last >= 0 and position < self.named[last].end
        return self.named[last].who if there else named

    def is_strangers(self, position: int) -> bool:
        """Is the relative named at a position somebody else's: 邻居家儿子?"""
        last = bisect_right(self.starts, position) - 1
        return last >= 0 and position < self.named[last].end and self.named[last].who == OTHERS

    def is_anothers(self, position: int) -> bool:
        """Does what ends at a position only tell whom one means: 农村户口的朋友?"""
        behind = bisect_left(self.starts, position)
        if behind == len(self.named) or self.named[behind].who in (*SPEAKER, self.mover):
            return False
        return self.text.text[position : self.starts[behind]] == "的"

    def or_else(self, position: int) -> list[Person]:
        """Who is named as the other choice behind a position: 我爸 (或者 我哥)."""
        behind = next((one for one in self.named if one.start > position), None)
        return [behind] if behind and OR_ELSE.fullmatch(self.text.text[position : behind.start]) else []

    def in_one_breath(self, position: int) -> list[Person]:
        """Who else is named with the one whose name ends at a position: 带老婆 (和我爸妈)."""
        some, end = [], position
        for person in (one for one in self.named if one.who not in (*SPEAKER, THEY, OTHERS)):
            if person.start >= end and _AND.fullmatch(self.text.text[end : person.start]):
                some.append(person)
                end = person.end
        return some

    def of_mover(self, position: int) -> bool:
        """Do the words at a position speak of the one who would move?"""
        subject = self.subject(position)
        if self.mover == ME:
            return subject in SPEAKER
        if subject == self.mover:
            last = self.speaking(position)
            return not (last and self.word and self._is_another(last[-1]))
        return subject == US and self.mover in CLOSE

    def _is_another(self, person: Person) -> bool:
        """Is it not the mover, though a relative of the same kind: 我爸 and 我妈, 老姑 and 侄女?"""
        if self.mover == "other_kin":
            return person.word not in self.word and self.word not in person.word
        return are_two(person.word, self.word)

    def property_of(self, lexicon: Lexicon, word: str, key: str, position: int) -> tuple[str, ...]:
        """What a relative is by a key of the table; the age of a child, if it is said, tells whether it is a minor."""
        kind = next((one.who for one in self.named if one.word == word and one.who in lexicon.kin), lexicon.relatives[word])
        values = lexicon.kin[kind].of[key]
        age = age_beside(self.text.text, position, lexicon.patterns) if values == CHILDREN else None
        if values == CHILDREN and key == "along" and both_ages(self.text.text):
            return ("+".join(CHILDREN),)
        return values if age is None else (("minor_child",) if age < 18 else ("adult_child",))


def _spoken_of(text: Written, lexicon: Lexicon, open_fact: str | None) -> People:
    named = tuple(replace(one, subject=False) if _GONE.match(text.text, one.end) else one for one in named_in(text, lexicon))
    return People(text, named, of_another=open_fact in lexicon.scope["of_another"], starts=tuple(one.start for one in named))


def people(text: Written, lexicon: Lexicon, at: Tokens, open_fact: str | None = None) -> People:
    """Who is named in a text, and who is meant to move."""
    found = _spoken_of(text, lexicon, open_fact)
    along, asked, joined, to_me, to_speaker = [], [], [], [], []
    moving, all_move = list[int](), list[int]()
    for match, key in lexicon.persons.in_order(text.text, at):
        who = lexicon.relatives.get(match.groupdict().get("kin") or "")
        if (who and found.ends_longer(*match.span("kin"))) or (key == "asks_for" and _has_gone(match, lexicon)):
            continue
        if key in ("along", "along_them"):
            along += [(one, match[0]) for one in _comes_along(match, key, lexicon.relatives, found)]
        elif key == "asks_for" and who:
            who = found.kind(match.start("kin"), who)
            asked.append(_theirs(match.end("kin"), found) or Person(who, *match.span("kin"), True, match["kin"]))
        elif key == "asks_for":
            asked += _asked_for(match, found)
        elif key == "join_them" and _is_to_them(match, found):
            joined += [one for one in _asked_for(match, found) if one.word in lexicon.relatives]
        elif key == "to_me" and _is_to_me(match, found):
            to_me.append(match.start())
            to_speaker += [match.start()] if _TO_SPEAKER.search(match[0]) else []
        elif key == "moving" and not _stays_or_has_moved(found, lexicon, match.start()):
            (all_move if _moves_with_all(found, match.start()) else moving).append(match.start())
    coming = [one for one, _ in along]
    mine = any(found.is_speaker_beside(one) and found.subject(one) in SPEAKER for one in moving)  # by the words of the clause
    mover, word = _mover(found, asked, coming, moving + to_me, to_speaker)
    mover, word = (ME, "") if _joins_only(mover, joined, found, lexicon) else (mover, word)
    return replace(
        found,
        mover=mover,
        word=word,
        towards_speaker=bool(to_me),
        to_speaker=bool(to_speaker),
        moves=bool(moving or all_move or to_me or asked or joined or along),
        joined=tuple(joined[:1]),
        along=tuple(along) if mover == ME else (),
        joins_speaker=bool(to_speaker) and (bool(asked) or _leads_to(found, mover, to_speaker[-1])) and not _several_kin(found),
        guessed=mover not in (ME, OTHERS) and not asked and _several(found),
        clear=bool(asked) or not _others_act(found, along) or mine,
    )


def _has_gone(match: re.Match[str], lexicon: Lexicon) -> bool:
    """Is it a move that was made: 我哥把他户口迁温州了?"""
    if match.groupdict().get("kin") and _WITH_ME.search(match.string[: match.start("kin")]):
        return True  # 我带着孩子想投靠我爸: it is I who does
    return _HAS_GONE.match(match.string, match.end() - 1) is not None and lexicon.patterns["wish"].search(match[0]) is None


def _comes_along(match: re.Match[str], key: str, relatives: Mapping[str, str], found: People) -> Iterable[Person]:
    """Who moves with somebody, by a phrase that says so. `relatives`: word -> the kind that it names."""
    who = relatives.get(match.groupdict().get("kin") or "")
    if key == "along_them":
        return [one for one in _asked_for(match, found) if one.word in relatives]
    if _ONE_HOUSEHOLD.match(found.text.text, match.end()):
        return ()
    return _together(Person(who, *match.span("kin"), False, match["kin"]), found) if who else found.speaking(match.start())


def _is_to_them(match: re.Match[str], found: People) -> bool:
    """Is it towards him that one moves (投靠他爸 is not), and not himself, with no 没打算 before it?"""
    acts = [one.who for one in found.acting_before(match.start())][-1:]  # 女儿想投靠他: who he is is not said
    himself = _JOINS.match(match[0]) and any(one.who in acts for one in _asked_for(match, found))
    if himself or any(one.start < match.end() < one.end for one in found.named):
        return False
    return not _NOT_TO_THEM.search(match.string, 0, match.start()) and not _OVER.match(match.string, match.end())


def _is_to_me(match: re.Match[str], found: People) -> bool:
    """Is it towards the speaker (投靠我爸 is not), and neither to the village nor together with the speaker?"""
    text = found.text
    other = _OUR_VILLAGE.match(text.text, match.end() - 1) or _MY_HUKOU.match(text.text, match.end() - 2)
    if other or _DENIED.search(text.text, 0, match.start()) or any(one.start < match.end() < one.end for one in found.named):
        return False
    mine = _TO_SPEAKER.search(match[0]) is not None
    return mine or not _TOGETHER.search(text.text, text.clause(match.start())[0], match.end())


def _several_kin(found: People) -> bool:
    return len({one.who for one in found.named if one.who not in (*SPEAKER, THEY, OTHERS)}) > 1


def _leads_to(found: People, mover: str, position: int) -> bool:
    """Is it the one who moves of whom something was said last before a position?"""
    before = [one for one in found.named if one.subject and one.start < position]
    return bool(before) and before[-1].who in (mover, THEY)


def _several(found: People) -> bool:
    """Is something said of more than one relative, or of the speaker, too?"""
    return len({one.who for one in found.named if one.subject and one.who not in (THEY, OTHERS)}) > 1


def _others_act(found: People, along: Sequence[tuple[Person, str]]) -> bool:
    """Is a relative named of whom something is said, besides those who come along?"""
    beside = (*SPEAKER, THEY, OTHERS, *(person.who for person, _ in along))
    return any(one.subject and one.who not in beside for one in found.named)


def _theirs(end: int, found: People) -> Person | None:
    """The relative of the relative who is named up to there: 我媳妇她妈."""
    named = (one for one in found.named if one.start >= end)
    return next((one for one in named if RELATIVE_OF.fullmatch(found.text.text[end : one.end - len(one.word)])), None)


def _stays_or_has_moved(found: People, lexicon: Lexicon, position: int) -> bool:
    """Is it denied, as in 岳母户口不迁, a friend's, or over: 已经迁到兰州了, with no wish before it?"""
    text = found.text
    if found.is_friends(position, lexicon.scope["friends"]):  # 楼下那家把户口迁走了
        return True
    if any(over.match(text.text, position) for over in (_YEARS_AGO, _AT_THAT_TIME)) or _DENIED.search(text.text, 0, position):
        return True
    first = text.clause(position)[0]
    if lexicon.patterns["wish"].search(text.text, first, position) is not None:
        return False
    over = lexicon.patterns["done"].search(text.text, first, position + 1)  # 早迁: up to the move itself
    return over is not None or _HAS_GONE.match(text.text, position) is not None  # 我哥把他户口迁温州了


def _together(first: Person, found: People) -> list[Person]:
    """A relative, and those who are named in one breath: 老婆孩子, 老婆和孩子."""
    some = [first]
    for person in found.named:
        between = found.text.text[some[-1].end : person.start]
        if person.start >= some[-1].end and _AND.fullmatch(between) and person.who not in (*SPEAKER, THEY, OTHERS):
            some.append(replace(person, subject=False))
    return some


def _asked_for(match: re.Match[str], found: People) -> list[Person]:
    """For him, for her, for a friend: who that is; nobody, if they may be several."""
    person = next((one for one in found.named if match.start() <= one.start < match.end() and one.who not in SPEAKER), None)
    if person is None:
        return []
    who = found.known(person)
    before = {one.who for one in found.named if one.start < person.start and one.who not in (ME, US, THEY, OTHERS)}
    if len(before) > 1 and re.search("们|俩|哋", match[0]):
        return []
    last = next((one for one in reversed(found.named) if one.who == who and one.start <= person.start), person)
    return [Person(who, person.start, person.end, True, last.word)] if who != ME else []


def _moves_with_all(found: People, position: int) -> bool:
    """Does the speaker move, too, where the family does: 我有房，老婆孩子一起迁; not 爸妈打算一起迁, 我不迁?"""
    spoken = any(one.who in SPEAKER for one in found.named)
    return spoken and _WITH_ALL.search(found.text.text, 0, position) is not None and not _I_STAY.search(found.text.text)


def _joins_only(mover: str, joined: Sequence[Person], found: People, lexicon: Lexicon) -> bool:
    """Is the only relative spoken of the one who is joined, and so not the one who moves: 爱人是西丰的，户口能迁他家不?"""
    return {one.who for one in joined} == {mover} == {one.who for one in found.named if one.who in lexicon.kin}


def _goes_over(found: People, position: int) -> bool:
    """Does somebody of whom its clause tells nothing go to where others are, or join them: 老公是西丰的，想把户口迁过去,
    儿子在温州，想投靠儿子? Then it is no other than the speaker."""
    over = _OVER_TO.search(found.text.text, position, found.text.clause(position)[1])
    told = [one for one in found.named if one.subject and one.start < position and one.who not in SPEAKER]
    if over is not None:  # 女儿考上天水师院，户口要迁过去吗: it may be she who does
        return over[0] != "过去" or all(one.who not in ("child", "grandchild") for one in told)
    joins = _JOINS.match(found.text.text, position)
    joined = next((one for one in found.named if joins and one.start == joins.end()), None)
    if joined is None or not told or found.known(joined) != found.known(told[-1]):
        return False
    first = found.text.clause(told[-1].start)[0]  # 我爸在山东，我妈在温州，想投靠我妈: it may be he
    return told[0].start >= first and (joined.who == THEY or any(joined.word in one.word for one in told))


def _mover(
    found: People, asked: Sequence[Person], along: Sequence[Person], moving: Sequence[int], to_speaker: Sequence[int]
) -> tuple[str, str]:
    """Who would move: for whom it is asked; who is the subject of moving; the only one who is spoken of."""
    beside = {one.start for one in along}
    moving = [one for one in moving if found.acting_before(one) or not _goes_over(found, one)]
    for person in asked:
        if person.start not in beside:
            return person.who, person.word
    subjects = [person for person in found.named if person.subject]
    spoken = {person.who for person in subjects}
    if moving and not spoken & {ME, US, OTHERS}:
        coming = {person.who for person in along}
        kin = [one for one in subjects if one.who not in (THEY, *coming) and one.start < max(moving)]
        if len({person.who for person in kin}) == 1:
            return kin[0].who, kin[0].word
    for position in to_speaker:  # nobody moves to himself: it is the relative named before
        kin = [one for one in found.named if one.start < position and one.who not in (ME, US, THEY, OTHERS)]
        if kin and not along and len({one.who for one in kin}) == 1:
            return kin[-1].who, kin[-1].word
    for position in moving:
        subject = found.subject(position)
        clear = spoken.isdisjoint(SPEAKER) or bool(found.acting_before(position))
        if subject not in (ME, US, OTHERS) and not along and clear:
            last = next(person for person in reversed(found.named) if person.who == subject and person.start < position)
            return subject, last.word
    return ME, ""
