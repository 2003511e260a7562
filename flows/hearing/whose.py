"""Whose: of whom a place in a text tells, and whether what it says counts for the one who would move."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from flows.hearing.finding import ME
from flows.hearing.hits import Hit, Hits
from flows.hearing.kinship import SEEN_FROM, SOLDIERS, SPEAKERS_HOME, TO_EACH_OTHER
from flows.hearing.lexicon import TOPIC, Lexicon
from flows.hearing.named import OTHERS, are_two
from flows.hearing.paid_and_born import births
from flows.hearing.persons import People
from flows.hearing.places import Place
from flows.hearing.written import Written

THEIR_MOVE = (("move_to_town",), ("move_to_village",))  # of matter
INHERITED = ("inherited_gift",)  # of house_acquired: any relative may have left it
FURTHER = ("sibling", "other_kin")  # relatives whose children are not the speaker's
OWNERS = ("spouse", "parent", "child")  # in whose home, as the speaker calls them, the mover may be registered
_TO_SPEAKER = re.compile(r"跟我|和我|同我|与我|我们|咱|我俩|\b(i|me|us|we|our)\b")
_MINE = re.compile(r"我|俺|咱|\b(i|we|my|our)\b")
_AND_ME = re.compile("[我俺][跟和同与][我俺]?$")  # 写我跟我弟的名字
_TOO = re.compile("也|一起|一块|too|along|together")
_BARE_WISH = re.compile(" ?(?:就|还|也)?(?:想|要|打算|准备|希望|能不能|能|可以|可不可以)")


@dataclass
class Whose:
    """A text in which phrases stand. `places`: those that are named, once they are known.

    Long, as every reason for which what is said is somebody else's stands together.
    """

    lexicon: Lexicon
    people: People
    hits: Hits
    open_fact: str | None
    places: Sequence[Place] = ()

    @property
    def text(self) -> Written:
        return self.hits.text

    @cached_property
    def own(self) -> list[Hit]:
        """What is said of the speaker or a relative, and not of a friend."""
        return [hit for hit in self.hits.found if not self.is_of_friend(hit.start)]

    def counts(self, hit: Hit, fact: str) -> bool:
        """Is what a hit says of a fact said of the right one: of the one who moves, of the owner of the home, of anybody?"""
        scope = self.lexicon.scope
        position = self.kin_at(hit)
        of_mover = fact in scope["about_mover"] and not (fact == self.open_fact and fact in scope["answered_of_kin"])
        if (of_mover and self.people.is_anothers(hit.end)) or self._is_strangers(hit, fact, position):
            return False
        if self.open_fact == "movers" and fact in scope["about_mover"] and not self.people.is_speaker_beside(position):
            return False  # 大的在外地上大学
        of_home = fact in scope["of_home"] or (fact in scope["no_strangers"] and self.people.speaker_acts)
        of_home = of_home and fact not in (self.open_fact, "owner_consents")
        if of_home and self._is_further_home(hit, position):
            return False
        if self._is_relatives_own(hit, fact, position) or (fact == "owner_consents" and self._of_no_owner(hit)):
            return False
        if fact == "joined_hukou_kind" != self.open_fact and self.people.mover != ME and self.people.of_mover(position):
            return False  # 媳妇农业户口，想让她迁我这边: hers is not the one that is joined
        if fact == "soldier_relation" != self.open_fact and self.people.mover == ME:  # 老公转业了 answers the question
            return bool(hit.entry.kin) or self.people.of_mover(position)
        if fact == "permit_ground" and self.people.subject(position) == "child":
            return True  # a child's schooling is a ground, too
        if of_mover and self._of_kin_inside(hit):
            return False
        if fact == "live_together" and (self.of_child or self.open_fact in scope["of_soldier"]):
            return self.open_fact == fact
        if self.of_child and (of_mover or fact == "record_problem"):
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
        if fact == "owner_consents" and owner and self.is_of_friend(owner - 1):
            return True  # 同村的小赵租房，房东也同意
        if fact in scope["no_strangers"] and (self.is_of_friend(position) or self._is_further_ones(hit, fact, position)):
            return True
        needed = [start for start, _ in self.hits.needed(hit.entry)]
        return bool(needed) and all(map(self.is_of_friend, needed))

    def _is_further_ones(self, hit: Hit, fact: str, position: int) -> bool:
        """Is it a cousin, a brother … of whom its own clause tells this, and nobody asks for him: 我表哥身份证上名字错了?"""
        if (
            hit.kin
            or fact == self.open_fact
            or not self.people.speaker_acts
            or self.people.mover != ME
            or not self.people.acting_before(position)
        ):
            return False
        together = fact == "live_together" and _TO_SPEAKER.search(self.text.text, *self.text.clause(position)) is not None
        return self.people.subject(position) in FURTHER and not together

    def _is_relatives_own(self, hit: Hit, fact: str, position: int) -> bool:
        """Is it a relative's own move, or with whom he lives, while the speaker would move: 我哥刚把户口迁到县城?"""
        if self.people.mover != ME or hit.kin or self.people.subject(position) not in self.lexicon.kin:
            return False
        clause = self.text.clause(position)
        wish = fact in ("matter", "place_type") and _BARE_WISH.match(self.text.text, clause[0])
        if wish and not self.people.acting_before(position):
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
        homes = {one.kin for one in self.hits.found if one.entry.fact in ("house_owner", "housing") and one.kin}
        return bool(hit.kin) and bool(homes) and hit.kin not in homes

    def _of_kin_inside(self, hit: Hit) -> bool:
        """Does another act within what is found: 我三姨在昌图有房? What is a husband's or wife's is the mover's, too."""
        inside = (one for gap in hit.gaps for one in self.people.named if gap[0] <= one.start < gap[1] and one.subject)
        theirs = (
            one for one in inside if one.who in self.lexicon.kin or one.stranger or one.word in self.lexicon.scope["friends"]
        )
        return any(one.who not in ("spouse", self.people.mover) for one in theirs)

    def is_of_friend(self, position: int) -> bool:
        """Is it a friend, a neighbour … of whom these words speak: 我朋友办了备案?"""
        return self.people.mover != OTHERS and self.people.is_friends(position, self.lexicon.scope["friends"])

    def _is_of_cousin(self, hit: Hit) -> bool:
        """Is it a relative's child of whom it is told, while nobody asks for that relative: 我表妹的孩子在美国生的?"""
        return self.people.subject(hit.start) in FURTHER and self.people.mover not in FURTHER

    @cached_property
    def of_child(self) -> bool:
        """Is it a child who is registered: is that asked, or are its birth or its parents spoken of?"""
        of_child = self.lexicon.scope["of_child"]
        mine = [hit for hit in self.hits.found if not self.is_of_friend(self.kin_at(hit)) and not self._is_of_cousin(hit)]
        told = [hit.entry for hit in mine if hit.entry.values != (TOPIC,)]
        done = {hit.entry.fact for hit in mine if hit.entry.fact == "child_registered" and hit.entry.values == ("yes",)}
        spoken = {one.fact for one in told} - {"parents_marriage"} - done
        told_of = any(one.fact == "matter" and one.values == ("child_registration",) for one in told)
        born = any(births(self.text, self.lexicon.gazetteer, self.places, self.people, self.open_fact))
        return self.open_fact in of_child or told_of or born or not spoken.isdisjoint(of_child)

    def is_of_childs(self, hit: Hit) -> bool:
        """Is it not the child, but a relative of the child's who is named: 投靠孩子姥爷?"""
        behind = next((one for one in self.people.named if one.start == self.kin_at(hit) + len(hit.kin)), None)
        child = bool(hit.kin) and self.lexicon.relatives[hit.kin] == "child"
        return child and behind is not None and behind.who in ("grandparent", "other_kin")

    @cached_property
    def of_spouse(self) -> bool:
        """Is the home in the name of the speaker's husband or wife?"""
        owners = (hit for hit in self.hits.found if hit.entry.kin == "owner")
        return any(self.lexicon.relatives.get(hit.kin) == "spouse" for hit in owners)

    def of_whom(self, hit: Hit) -> tuple[str, ...]:
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
        if self.people.mover not in self.lexicon.kin:
            return False
        if hit.entry.fact == "soldier_relation" and hit.entry.values == ("veteran",):
            too = self.people.mover == "spouse" and _TOO.search(self.text.text) is not None  # 能把他们也迁来吗
            return not self.people.of_mover(hit.start) and not too
        if self.people.mover == "spouse":
            return False
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
        if hit.entry.kin == "soldier" and mover in self.lexicon.kin:  # 儿子当兵，他想迁到我家来: he himself, or it is another
            return ("self", *self.people.property_of(self.lexicon, hit.kin, "soldier", hit.start))
        end = self.kin_at(hit) + len(hit.kin)
        if hit.entry.kin == "owner" and _AND_ME.search(self.text.text[: self.kin_at(hit)]):
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

    def kin_at(self, hit: Hit) -> int:
        """Where the word for the relative stands; where there is none, where the hit begins."""
        return self.text.text.find(hit.kin, hit.start)

    def _kind(self, hit: Hit) -> str:
        """Which relative of the speaker the word of a hit means here."""
        return self.people.kind(self.kin_at(hit), self.lexicon.relatives[hit.kin])
