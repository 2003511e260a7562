"""Findings: what each place in a text says of a fact, after who is spoken of, what is denied, doubted or only wished for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain

from flows.facts import NOTHING, UNSURE, Facts
from flows.hearing.asked import Asked
from flows.hearing.caution import NAMED, STORIES, Caution
from flows.hearing.doubts import Doubts
from flows.hearing.finding import Finding
from flows.hearing.hits import Hit, Hits
from flows.hearing.kinship import SEEN_FROM, SOLDIERS, SPEAKERS_HOME, TO_EACH_OTHER
from flows.hearing.lexicon import TOPIC, Entry, Lexicon
from flows.hearing.movers import movers
from flows.hearing.named import ME, OTHERS, are_two
from flows.hearing.paid_and_born import births
from flows.hearing.persons import People, people
from flows.hearing.places import Place
from flows.hearing.scope import Scope
from flows.hearing.ties import ties
from flows.hearing.where import Where

THEIR_MOVE = (("move_to_town",), ("move_to_village",))  # of matter
_TO_SPEAKER = re.compile(r"跟我|和我|同我|与我|我们|咱|我俩|\b(i|me|us|we|our)\b")
_MINE = re.compile(r"我|俺|咱|\b(i|we|my|our)\b")
BY_THE_WAY = ("ties", "work", "chinese_parent_hukou")  # facts that do not count in an answer to any other question
ENROLLING = ("enrolling",)  # of student_stage: still to come, and said all the same
PRESENT = (("studying",), ("duplicate",))  # of facts that else stay so: one is, or has, it now
INHERITED = ("inherited_gift",)  # of house_acquired: any relative may have left it
MOVED = ("matter", "place_type", "hukou_kind")  # of which an old move says nothing now
LIVING = {("live_together", "yes"), ("lives_there", "yes"), ("ties", "lives")}
_LATER = re.compile(
    "[^\n]{0,4}(?:下个?月|下周|明年|年底|过几天|过段时间|以后|过后)[^\n]{0,3}(?:给|办|拿|有|下来|开|交)"
)  # 发票说下个月才给
_REGISTERS = re.compile("^(?!.*[迁转挪移投])(?:.*上[到在]|户口上)")  # 把娃上在我这边: for the first time
_NEWBORN = re.compile("满月|刚出生|刚生|新生儿|出了月子|newborn")
_AND_ME = re.compile("[我俺][跟和同与][我俺]?$")  # 写我跟我弟的名字
_BARE_WISH = re.compile(" ?(?:就|还|也)?(?:想|要|打算|准备|希望|能不能|能|可以|可不可以)")
_NO = re.compile("(?<=\n)[ 嗯哦啊哎呃噢唉]*(?:不是|不对|错了|不不|no|sorry|wait) *(?=\n)")  # a clause of nothing else takes back
_COLLEGE = re.compile("大学|[一二三]本|college|university")
FURTHER = ("sibling", "other_kin")  # relatives whose children are not the speaker's
OWNERS = ("spouse", "parent", "child")  # in whose home, as the speaker calls them, the mover may be registered


class Search:
    """One text, searched. Long, as every reason for which a hit does not count, or counts otherwise, stands together."""

    def __init__(self, said: str, lexicon: Lexicon, open_fact: str | None, known: Facts) -> None:
        self.lexicon = lexicon
        self.open_fact = open_fact
        self._hits = Hits(said, lexicon, open_fact)
        self.text, self.hits = self._hits.text, self._hits.found
        self.people: People = people(self.text, lexicon, self._hits.at, open_fact)
        self.own = [hit for hit in self.hits if not self._is_of_friend(hit.start)]  # not what friends did
        spoken = {hit.entry.fact for hit in self.own}
        spoken |= {"relative_home" for hit in self.own if hit.entry.values == ("relative_home",)}
        self.places: list[Place] = lexicon.gazetteer.places(self.text, self._hits.mended, bool(spoken))
        spans = [(hit.start, hit.end) for hit in self.hits]
        where = frozenset(hit.start for hit in self.hits if hit.entry.fact == "place_type")
        self.scope, self.asked = Scope(self.text, lexicon, spans, where), Asked(self.text, lexicon, spans)
        self.where = Where(self.text, lexicon.gazetteer, self.people, self.places, known, open_fact, spoken)
        told = ((place.start, place.end) for place in self.places)
        self.where.elsewhere = {start for start, end in told if self._is_only_told(start, end)}
        self.where.of_child, self.where.goals.anew = self._of_child, self.corrected
        self.where.stated = {self.text.clause(hit.start)[0] for hit in self.hits if hit.entry.placed}

    def _is_only_told(self, start: int, end: int) -> bool:
        """Is a place one of a case that is supposed, of hearsay, or where one would have to be?"""
        must = self.lexicon.patterns["must"].search(self.text.text, self.text.clause(start)[0], start)
        return must is not None or self.scope.supposed(start, end) or self.scope.hedged(start)

    def _is_only_allowed(self, hit: Hit, steady: bool) -> bool:
        """Is it but what one would have to be, or asks whether one may do it?"""
        entry = hit.entry
        must = not steady or entry.fact == "hukou_place" or entry.values == ENROLLING
        if must and self.scope.led_by("must", hit.start, hit.gaps):
            return True
        return entry.fact not in self.lexicon.scope["wished"] and self.scope.led_by("may", hit.start, hit.gaps)

    # -- what they say

    def findings(self) -> Iterator[Finding]:
        doubted = dict(Doubts(self.text, self.lexicon, self.own, self.asked, self.open_fact).spans())
        found = [one for hit in self.hits for one in self._of_hit(hit)]
        found += ties(found, self.text, self.lexicon, self.people, self.where)
        found += movers(self.text, self.lexicon, self.people, self.scope, self.open_fact)
        found += self.where.findings({value for one in found if one.fact == "student_stage" for value in one.values})
        found = list(self._consistent(found))
        topic = any(entry.fact.startswith("topic:") for entry, _ in self.intents)
        found = [*Caution(self.text, self.lexicon, self.people, self.where, found, self.open_fact, topic).weighed()]
        answers = [one for one in found if one.fact == self.open_fact and not one.rule.endswith(NAMED)]
        for one in found:
            clause = doubted.get(one.fact)
            unsure = clause is not None and clause[0] <= one.start < clause[1]
            if not unsure and not self._by_the_way(one) and not any(_serves(one, answer) for answer in answers):
                yield one
        for fact, (start, end) in doubted.items():
            yield Finding.said(self.text, fact, (UNSURE,), start, end, f"{fact}.{UNSURE}")

    def _by_the_way(self, one: Finding) -> bool:
        """Is it a thing that is named in an answer to another question, and meant of nobody or of somebody else?"""
        if self.open_fact in (None, one.fact, *STORIES):
            return False
        of_another = self.open_fact in self.lexicon.scope["of_another"]
        mine = of_another and self.people.is_speaker_beside(one.start)  # 我没工作，她户口在农村
        return (one.fact in BY_THE_WAY and not mine) or (
            one.fact == "place_type" and (of_another or self.open_fact == "couple_lives")
        )

    def _consistent(self, found: list[Finding]) -> Iterator[Finding]:
        """What the rest of the text leaves of it: 市区 of a county, and no home of one's own in the name of another."""
        theirs = [one for one in found if one.fact == "house_owner" and not {"self", "spouse"} & set(one.values)]
        heard = {(one.fact, value) for one in found for value in one.values}
        facts = {fact for fact, _ in heard}
        home = {value for fact, value in heard if fact == "housing"}
        joined = any(one.fact == "joiner_relation" and not one.rule.endswith(".to_me") for one in found)
        kin = [one.words for one in found if one.fact == "joiner_relation"]
        registers = (self._of_child or _NEWBORN.search(self.text.text)) and any(map(_REGISTERS.search, kin))
        if theirs and home <= {"owned"} and heard & LIVING:
            yield replace(theirs[0], fact="housing", values=("relative_home",), rule="housing.relative_home.by_owner")
        for one in found:
            if one.fact == "place_type":
                yield replace(one, values=self.where.in_county(one.values))
            elif one.rule.endswith(".to_me") and joined and not self.people.to_speaker:
                continue  # 户口没迁过来，想迁到我爸户上
            elif registers and (one.fact == "joiner_relation" or (one.fact, one.values) == ("matter", ("join_kin",))):
                if one.fact == "matter":
                    yield replace(one, values=("child_registration",))
            elif one.rule == "joiner_relation.to_me" and one.values == ("parent",) and self._of_spouse:
                yield replace(one, values=("parent", "in_law"))
            elif one.fact == "school_kind" and self._only_a_college(one) and "student_stage" not in facts:
                continue
            elif not (theirs and one.fact == "housing" and one.values == ("owned",)):
                yield one

    @cached_property
    def _of_spouse(self) -> bool:
        """Is the home in the name of the speaker's husband or wife?"""
        owners = (hit for hit in self.hits if hit.entry.kin == "owner")
        return any(self.lexicon.relatives.get(hit.kin) == "spouse" for hit in owners)

    def _only_a_college(self, one: Finding) -> bool:
        """Is but a college named, and not that one studies, or has studied: 早年考大学, 大学城, when I went to college?"""
        return one.values == ("university",) and self.open_fact != one.fact and _COLLEGE.search(one.words.casefold()) is not None

    def _of_hit(self, hit: Hit) -> Iterator[Finding]:
        entry = hit.entry
        values = () if self._is_of_childs(hit) else self._values(hit)
        if not values or (entry.fact == "movers" and values != (NOTHING,) and self.scope.stays(hit.start, hit.end)):
            return
        if self._counts(hit, entry.fact):
            yield Finding.said(self.text, entry.fact, values, hit.start, hit.end, entry.rule)
        if values == entry.values or entry.kin:
            for fact, value in entry.also:
                if self._counts(hit, fact):
                    yield Finding.said(self.text, fact, (value,), hit.start, hit.end, f"{entry.rule}>{fact}")

    def _is_of_childs(self, hit: Hit) -> bool:
        """Is it not the child, but a relative of the child's who is named: 投靠孩子姥爷?"""
        behind = next((one for one in self.people.named if one.start == self._kin_at(hit) + len(hit.kin)), None)
        child = bool(hit.kin) and self.lexicon.relatives[hit.kin] == "child"
        return child and behind is not None and behind.who in ("grandparent", "other_kin")

    def _counts(self, hit: Hit, fact: str) -> bool:
        """Is what a hit says of a fact said of the right one: of the one who moves, of the owner of the home, of anybody?"""
        scope = self.lexicon.scope
        position = self._kin_at(hit)
        of_mover = fact in scope["about_mover"] and not (fact == self.open_fact and fact in scope["answered_of_kin"])
        if (of_mover and self.people.is_anothers(hit.end)) or self._is_strangers(hit, fact, position):
            return False
        if self.open_fact == "movers" and fact in scope["about_mover"] and not self.people.is_speaker_beside(position):
            return False  # 大的在外地上大学
        of_home = fact in (*scope["of_home"], *scope["no_strangers"]) and fact not in (self.open_fact, "owner_consents")
        if of_home and self._is_further_home(hit, position):
            return False
        if self._is_relatives_own(hit, fact, position) or (fact == "owner_consents" and self._of_no_owner(hit)):
            return False
        if fact == "joined_hukou_kind" != self.open_fact and self.people.mover != ME and self.people.of_mover(position):
            return False  # 媳妇农业户口，想让她迁我这边: hers is not the one that is joined
        if fact == "soldier_relation" != self.open_fact and self.people.mover == ME:  # 老公转业了 answers the question
            return bool(hit.entry.kin) or self.people.of_mover(position)
        if fact in scope["of_place"] and not self.where.goals.may_be_there(position):
            return False
        if fact == "permit_ground" and self.people.subject(position) == "child":
            return True  # a child's schooling is a ground, too
        if of_mover and self._of_kin_inside(hit):
            return False
        if fact == "live_together" and (self._of_child or self.open_fact in scope["of_soldier"]):
            return self.open_fact == fact
        if self._of_child and (of_mover or fact == "record_problem"):
            return self.people.subject(position) == "child"
        if not of_mover and fact not in scope["of_owner"]:
            return True
        if self.people.of_mover(position):
            return True
        mover, subject = self.people.mover, self.people.subject(position)
        if hit.entry.values == INHERITED and subject in self.lexicon.kin:
            return True
        if fact in scope["of_owner"] and (subject in OWNERS or (mover, subject) in TO_EACH_OTHER):
            return True
        return fact in scope["of_home"] and mover == "spouse" and subject == ME  # a home is shared by husband and wife

    def _is_strangers(self, hit: Hit, fact: str, position: int) -> bool:
        """Is it said of a stranger, or a friend, or only by what is said of one: 没结婚 … 我们厂里有个人是缅甸的?"""
        scope = self.lexicon.scope
        if hit.kin and self.people.is_strangers(position):
            return True
        if fact in scope["of_move"] and fact != self.open_fact and self.people.of_stranger(position):
            return True
        owner = next((one.start for one in self.people.named if one.start <= hit.start < one.end), hit.start)
        if fact == "owner_consents" and owner and self._is_of_friend(owner - 1):
            return True  # 同村的小赵租房，房东也同意
        if fact in scope["no_strangers"] and (self._is_of_friend(position) or self._is_further_ones(hit, fact, position)):
            return True
        needed = [start for start, _ in self._hits.needed(hit.entry)]
        return bool(needed) and all(map(self._is_of_friend, needed))

    def _is_further_ones(self, hit: Hit, fact: str, position: int) -> bool:
        """Is it a cousin, a brother … of whom its own clause tells this, and nobody asks for him: 我表哥身份证上名字错了?"""
        if hit.kin or fact == self.open_fact or self.people.mover != ME or not self.people.is_named_beside(position):
            return False
        together = fact == "live_together" and _TO_SPEAKER.search(self.text.text, *self.text.clause(position)) is not None
        return self.people.subject(position) in FURTHER and not together

    def _is_relatives_own(self, hit: Hit, fact: str, position: int) -> bool:
        """Is it a relative's own move, or with whom he lives, while the speaker would move: 我哥刚把户口迁到县城?"""
        if self.people.mover != ME or hit.kin or self.people.subject(position) not in self.lexicon.kin:
            return False
        clause = self.text.clause(position)
        wish = fact in ("matter", "place_type") and _BARE_WISH.match(self.text.text, clause[0])
        if wish and not self.people.is_named_beside(position):
            return False  # 娃六岁，想全家迁到县城
        over = fact == "place_type" and self.lexicon.patterns["done"].search(self.text.text, *clause) is not None
        moves = over or (fact == "couple_lives" and self.people.subject(position) != "spouse")  # 老二两口子住城里
        moves = moves or (fact in ("matter", "place_type") and hit.entry.values in THEIR_MOVE)
        together = (fact, hit.entry.values) == ("live_together", ("yes",))
        return moves or (together and _TO_SPEAKER.search(self.text.text, *clause) is None)

    def _is_further_home(self, hit: Hit, position: int) -> bool:
        """Is it the home of a friend or a cousin that is told of, in which nobody here lives: 我表哥房产证刚拿到?"""
        homes = {one.kin for one in self.own if one.kin and one.entry.fact in ("house_owner", "housing")}
        owner = self.people.owner_beside(position)
        if owner is None or hit.kin or homes or self.people.mover in (owner.who, OTHERS):
            return False
        return owner.who in FURTHER or owner.stranger or owner.word in self.lexicon.scope["friends"]

    def _of_no_owner(self, hit: Hit) -> bool:
        """Is it a relative who agrees, or does not, and the home another's: 我嫂子不让迁，房子是我哥的?"""
        homes = {one.kin for one in self.hits if one.entry.fact in ("house_owner", "housing") and one.kin}
        return bool(hit.kin) and bool(homes) and hit.kin not in homes

    def _of_kin_inside(self, hit: Hit) -> bool:
        """Does another act within what is found: 我三姨在昌图有房? What is a husband's or wife's is the mover's, too."""
        inside = (one for gap in hit.gaps for one in self.people.named if gap[0] <= one.start < gap[1] and one.subject)
        theirs = (
            one for one in inside if one.who in self.lexicon.kin or one.stranger or one.word in self.lexicon.scope["friends"]
        )
        return any(one.who not in ("spouse", self.people.mover) for one in theirs)

    def _is_of_friend(self, position: int) -> bool:
        """Is it a friend, a neighbour … of whom these words speak: 我朋友办了备案?"""
        return self.people.mover != OTHERS and self.people.is_friends(position, self.lexicon.scope["friends"])

    def _is_of_cousin(self, hit: Hit) -> bool:
        """Is it a relative's child of whom it is told, while nobody asks for that relative: 我表妹的孩子在美国生的?"""
        return self.people.subject(hit.start) in FURTHER and self.people.mover not in FURTHER

    @cached_property
    def _of_child(self) -> bool:
        """Is it a child who is registered: is that asked, or are its birth or its parents spoken of?"""
        of_child = self.lexicon.scope["of_child"]
        mine = [hit for hit in self.hits if not self._is_of_friend(self._kin_at(hit)) and not self._is_of_cousin(hit)]
        told = [hit.entry for hit in mine if hit.entry.values != (TOPIC,)]
        done = {hit.entry.fact for hit in mine if hit.entry.fact == "child_registered" and hit.entry.values == ("yes",)}
        spoken = {one.fact for one in told} - {"parents_marriage"} - done
        told_of = any(one.fact == "matter" and one.values == ("child_registration",) for one in told)
        born = any(births(self.text, self.lexicon.gazetteer, self.places, self.people, self.open_fact))
        return self.open_fact in of_child or told_of or born or not spoken.isdisjoint(of_child)

    def _values(self, hit: Hit) -> tuple[str, ...]:
        """What a hit says in its place; () for nothing."""
        entry, fact, scope = hit.entry, hit.entry.fact, self.lexicon.scope
        if entry.values == (TOPIC,) or self._is_open(hit):
            return ()
        if fact == "insurance" and entry.values != ("resident_only",) and self.where.paid_elsewhere(hit.start):
            return ()
        if fact in scope["of_home"] and (self.where.away(hit.start) or self.where.away(hit.end)):
            return ()
        if fact in scope["of_move"] and self.scope.done(hit.start, hit.end):
            return ()
        if fact == "place_type" and self.scope.of_hukou(hit.start, hit.end):
            return ()
        if fact in MOVED and fact != self.open_fact and self.scope.moved(hit.start, hit.end):
            return ()
        if fact in ("lease_filed", "owner_consents") and self.scope.of_last_year(hit.start, hit.end):
            return ()
        later = fact in scope["to_come"] and _LATER.match(self.text.text, hit.end)
        if later or any(self.scope.denies_twice(*gap) for gap in hit.gaps):
            return ()
        denied = self.scope.denied(hit.start, hit.end, entry.noun) or any(self.scope.denies(*gap) for gap in hit.gaps)
        if denied:
            return (entry.denied,) if entry.denied else ()
        if (entry.denied or entry.noun) and self.asked.asked(hit.start, hit.end):
            return ()
        if (
            fact == "lease_filed"
            and self.text.text[hit.start : hit.end].endswith("备案")
            and not self.scope.is_there(hit.start, hit.end)
        ):
            return ()
        may_be_wished = fact not in scope["wished"] and entry.values != ENROLLING
        if may_be_wished and (self.scope.wished(self._before_place(hit.start)) or self.scope.wishes_within(hit.gaps)):
            return ()
        if (fact in scope["now"] or entry.values in PRESENT) and self.scope.past(hit.start, hit.end, hit.gaps):
            return ()
        if entry.placed and not self.where.beside(hit.start, hit.end):
            return ()
        return self._of_whom(hit)

    def _is_open(self, hit: Hit) -> bool:
        """Is it only supposed, named or asked about?"""
        entry, fact, scope = hit.entry, hit.entry.fact, self.lexicon.scope
        if (entry.open and self._asks_beside(hit.start)) or self.scope.quoted(hit.start) or self.scope.compared(hit.start):
            return True
        if self.scope.of_others(hit.start, hit.end) or (fact in scope["wished"] and self.scope.given_up(hit.start)):
            return True
        steady = fact in scope["steady"] or entry.values == ENROLLING  # 下个月才去报到
        steady = steady and entry.values != THEIR_MOVE[0]  # if I move into town, do I lose my land?
        if not steady and (self.scope.supposed(hit.start, hit.end) or self.scope.hedged(hit.start)):
            return True
        if fact != self.open_fact and self._is_only_allowed(hit, steady):
            return True
        if entry.values == ENROLLING and self.scope.supposed(hit.start, hit.end, ahead=False):
            return True
        if fact in scope["asked_of"] and fact != self.open_fact and self.scope.needed(hit.start, hit.end):
            return True
        if self.asked.only_named(hit.start) or (fact not in scope["steady"] and self.asked.in_question(hit.start, hit.end)):
            return True
        return fact in scope["asked_of"] and self.asked.only_asked_about(hit.start, hit.end)

    def _of_whom(self, hit: Hit) -> tuple[str, ...]:
        """What it says of whoever moves; () where it is the speaker's, and somebody else would move."""
        entry, fact = hit.entry, hit.entry.fact
        if fact == "soldier_relation" and entry.values == ("self",) and self.people.mover in self.lexicon.kin:
            return self.lexicon.kin[SEEN_FROM.get(self.people.mover, "other_kin")].of["soldier"]
        if self._is_speakers(hit):
            return ()
        if fact == "house_owner" and entry.values == ("self",) and self.people.mover in self.lexicon.kin:
            return SPEAKERS_HOME.get(self.people.mover, ())
        joined = self._kind(hit) if entry.kin == "joined" else ""
        if joined and self.people.mover in self.lexicon.kin:
            return TO_EACH_OTHER.get((self.people.mover, joined), ())
        return self._of_kin(hit) if entry.kin else entry.values

    def _is_speakers(self, hit: Hit) -> bool:
        """Is it the speaker who has it, by the words themselves, and somebody else who would move: 房子是我的名, I served?"""
        if self.people.mover not in self.lexicon.kin or self.people.mover == "spouse":
            return False
        if hit.entry.fact == "soldier_relation" and hit.entry.values == ("veteran",):
            return not self.people.of_mover(hit.start)
        mine = _MINE.search(self.text.text, hit.start, hit.end) is not None
        return mine and hit.entry.values == ("owned",)

    def _of_kin(self, hit: Hit) -> tuple[str, ...]:
        """What the relative of a hit is; with 我爸或者我哥, what either is. For one who moves, only his own home."""
        if hit.entry.kin == "owner" and self.people.mover in self.lexicon.kin:
            return ("self",) if self._kind(hit) == self.people.mover else ()
        mover, soldier = self.people.mover, self._kind(hit)
        two = mover != soldier or are_two(hit.kin, self.people.word)
        if hit.entry.kin == "soldier" and mover in self.lexicon.kin and two:
            return SOLDIERS.get((mover, soldier), ())
        end = self._kin_at(hit) + len(hit.kin)
        if hit.entry.kin == "owner" and _AND_ME.search(self.text.text[: self._kin_at(hit)]):
            return ("self", *self.people.property_of(self.lexicon, hit.kin, "owner", hit.start))
        beside = self.people.or_else(end)
        if hit.entry.kin == "owner":  # 房本上是我爸跟我叔
            beside += self.people.in_one_breath(end)
        words = [hit.kin, *(one.word for one in beside if one.word in self.lexicon.relatives)]
        every = (self.people.property_of(self.lexicon, word, hit.entry.kin, hit.start) for word in words)
        values = tuple(dict.fromkeys(chain.from_iterable(every)))
        if hit.entry.kin == "along" and len(values) == 1:
            along = (one.word for one in self.people.in_one_breath(end) if one.word in self.lexicon.relatives)
            others = (self.people.property_of(self.lexicon, word, "along", hit.start) for word in along)
            values = ("+".join(dict.fromkeys(chain(values, *(other for other in others if len(other) == 1)))),)
        return values

    def _kin_at(self, hit: Hit) -> int:
        """Where the word for the relative stands; where there is none, where the hit begins."""
        return self.text.text.find(hit.kin, hit.start)

    def _kind(self, hit: Hit) -> str:
        """Which relative of the speaker the word of a hit means here."""
        return self.people.kind(self._kin_at(hit), self.lexicon.relatives[hit.kin])

    def _before_place(self, position: int) -> int:
        """Where a wish for what stands here would end: before the place, in 准备去天水做生意."""
        return next((one.start for one in self.places if 0 <= position - one.end <= 1), position)

    # -- beside the facts

    @cached_property
    def intents(self) -> list[tuple[Entry, str]]:
        found: dict[str, tuple[Entry, str]] = {}
        for match, entry in self._meant:
            if not self._hits.blocked(entry.blocks, *match.span()) and self._hits.stands(entry, match.start()):
                found.setdefault(entry.fact, (entry, self.text.words(*match.span())))
        return list(found.values())

    def _asks_beside(self, position: int) -> bool:
        """Is something asked in this clause that no document says: 迁一个人要多久?"""
        clause = range(*self.text.clause(position))
        told = (match.start() for match, entry in self._meant if entry.fact.startswith("silent:"))
        silent = (one for one in told if self.text.text[max(0, one - 1) : one] != "没")  # 没多久: told
        return any(one in clause for one in silent)

    @cached_property
    def _meant(self) -> list[tuple["re.Match[str]", Entry]]:
        return self.lexicon.meant.in_order(self.text.text, self._hits.at)

    @property
    def asks_back(self) -> bool:
        """Does the text put a question of its own in place of an answer?"""
        return any(entry.fact in ("move:why", "move:skip", "move:human") for entry, _ in self.intents)

    @cached_property
    def corrected(self) -> int:
        """Where what is said anew begins; 0 if nothing was taken back."""
        found = [*self.lexicon.patterns["corrected"].finditer(self.text.text), *_NO.finditer(self.text.text)]
        return max((one.end() for one in found), default=0)


def _serves(one: Finding, answer: Finding) -> bool:
    """Is it heard only in the words with which the open question is answered?"""
    apart = one.end <= answer.start or answer.end <= one.start
    beside = one.rule.partition(">")[0] == answer.rule.partition(">")[0]
    return one.fact != answer.fact and not apart and not beside
