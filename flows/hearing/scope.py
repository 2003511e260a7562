"""Scope: what is denied, doubted, only wished for or asked, after the lists of NegEx: before, after, and what only looks so."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.hearing.lexicon import Lexicon
from flows.hearing.written import END, Written

REACH = 6  # characters between a negation and what it denies
REACH_LATIN = 14
WISH_REACH = 4
PAST = 10
PAST_LATIN = 30
OF_SUPPOSED = 2  # characters behind 如果: 如果我现在回村 is supposed, too
NEEDED = 12  # characters from what one needs to 才能
WISH_REACH_LATIN = 14
WHETHER = re.compile(r"([\u4e00-\u9fff])[不没]\1|有没有|是否|有无|能否|可否")  # 同不同意: asked, not said
_HUKOU_LEFT = re.compile(
    "(?:前年|去年|早年|早就|已经|[之以]前)[^\n]{0,3}(?:户口|户籍)[^\n]{0,6}[迁转落]|(?:户口|户籍)(?:是|都|就)*(?:前年|去年|早年|早就|已经)[^\n]{0,3}[迁转落]"
)
_LAST = re.compile("去年|前年|老早|早先|上一?[个回次]|last year")
_THIS = re.compile("今年|现在|如今|换[^\n]{0,4}(?:合同|房)|(?:合同|房东)[^\n]{0,3}换|this year|now")
_STAYS = re.compile(
    r"^[^\n]{0,4}?\n?(?:[他她它]们?)?(?:也|都|先|暂时|说)*(?:不|没)(?:跟|和|同|随|迁|来|去|动|走|愿|想|肯|打算|一起|办|落)"
    r"|^[^\n]{0,4}?\n?(?:以后|将来|晚点)"
    r"|^[^\n]{0,4}?\n?(?:也|都|先|暂时)+不(?:\n|$)"
    r"|^ ?(?:is not|isn't|isnt|won't|will not|does not|doesn't|not) "
)
_BUT = re.compile("(?:除了|除开|除|不带|不算|without |except )(?:我|我的|my )?$")
_WANTED = re.compile(
    "(?<![不没])(?:想|打算|准备|计划|希望)(?!法|象|到了|问|咨询|打听|了解)|want(?:s|ed)? to|plan(?:s|ned)? to|hoping to"
)
_DONE = re.compile("[^\n]{0,8}[了着过的]|[^\n]{0,4}(有|是|在|没|不)")  # 租的房, 有房: it is so already
_THEN = re.compile(
    "的?(那个?|这个?)?(时候|时侯|那会|那年|那几年|那些年|那两年|那阵|那时|期间)|[之以]?前(?![年面妻夫任台头几后天])"
)
_ONCE = re.compile("[住租干做打班读念开当]过(?![来去户年得日夜渡])(?!租|的房)")  # 租房住过
_BEFORE = re.compile(
    "(?:[上读考]|结婚|毕业|参军|当兵|出嫁|嫁|进城|工作|搬|迁|离婚|退休)[^\n]{0,4}[之以]?前(?![年面妻夫任台头几后天])"
)
_IN_A_YEAR = re.compile("(?:(?:19|20)?[0-9]{2}|[〇零一二三四五六七八九]{2,4})年(?![级后底])|年前|那年|当年|那时|那会")
NOUN_REACH = 8  # characters on either side of a bare noun that say whether it is done
_HAS = re.compile("已|办[了过好完]|做[了过好完]|有|都|刚|早|统一|拿[到了]")
_GOES = re.compile("(?:找|去|到|上|跑|问)[^\n了过]{0,8}$")
_GOT = re.compile("(?![就上要怎在])(?:[^\n]{0,6}[了过好完成妥齐]|[^\n]{0,2}有|的?$)")
_HUKOU = re.compile("的?户口")
_MOVES = re.compile("[迁转落搬]")
_NOW = re.compile("现在|目前|如今|眼下|now")
_THERE = re.compile("[在到去来回][^\n了过]{1,7}$")
_ANEW = re.compile("\n(?:我|俺|咱|(?:i|we|my) )")
_SO = re.compile(
    "(?:是不是|能不能|可不可以|行不行|能|可以|才|就|再说|再办)[^\n]{0,8}\n"
)  # what would follow from it, or is asked of it
_SENTENCE_ENDS = re.compile(r"[。！？!?\n]|\.(?=\s)")
_BUT_ME = r"(?![我俺咱是])"  # 像我这种: the speaker
_COMPARED = re.compile(
    rf"(?<![好头图录画])像{_BUT_ME}|比起|(?<![对无])比(?=他|她|人家|别人)|\b(?:unlike|compared (?:to|with)) (?!me|us)"
)
_HEARD_SAY = re.compile("听[^\n我俺咱]{1,8}?[说讲](?!话|的)")  # 听社区的人说
_HOW = re.compile("怎|咋|如何|什么|啥|哪|多久|几年")
_I = re.compile("[我俺咱]")
_THE_PEOPLE = re.compile("的(?:人(?![家才事])|政策|规定|要求|条件|证明|材料|情形)|(?<=的)人(?![家才事])")
_OF_A_KIND = re.compile(f"的?(?:那种|那类|那些|这种|这类)|{_THE_PEOPLE.pattern}")
_NOT_ONE = re.compile("不是|不属于|又不是")
_NOT = ("不", "没", "没有")  # 没有像别人那样 …: none of it
_EVEN = re.compile("连[^\n]{0,8}$")
_NEITHER = re.compile("[^\n]{0,4}[都也][还]?[没不]")
_AS = re.compile("一样|那样|似的|这样")
_OVER = re.compile(r"(了|过了?|的)[ 呢啊呀哦嘛]*")
_FOR_YEARS = re.compile(
    "[边里儿家头那]*(?:落户|迁来)?[都也有快住了]*(?:好?[几两三四五六七八九十多0-9]+|半|好?些)(?:多|来)?(?:年|个月)"
)  # 搬来县城三年了
_FINISHED = re.compile(r"(了|过|的|呢|啊|呀|吧|哦|呗|嘛| )*$")


@dataclass(frozen=True)
class Scope:
    """A text in which other words are found. `spans`: where they stand; the nearest takes the negation.

    Long, as every way in which words reach over what follows stands together.
    """

    text: Written
    lexicon: Lexicon
    spans: Sequence[tuple[int, int]]
    places: frozenset[int] = frozenset()  # where those begin that only say what kind of place it is

    @cached_property
    def plain(self) -> str:
        """The text without what only looks like a negation (不过, 有没有, 同不同意)."""
        pseudo = self.lexicon.patterns["pseudo"].sub(_blank, self.text.text)
        return WHETHER.sub(_blank, pseudo)

    def denied(self, start: int, end: int, noun: bool = False) -> bool:
        """Is what stands here denied by what stands before it, or (a noun) after it?"""
        first, last = self.text.clause(start)
        if _EVEN.search(self.text.text[first:start]) and _NEITHER.match(self.text.text, end):
            return True  # 连租房合同都没有
        before = self._near(start, first, REACH_LATIN if self.text.text[start].isascii() else REACH)
        denials = list(self.lexicon.patterns["before"].finditer(self.plain, start - len(before), start))
        denials = [one for one in denials if not self._taken(one.start(), start) and not self._beside(one.start(), start)]
        denied = bool(denials) and not self._between(denials[-1].end(), start, (start, end))
        if len(denials) > 1 and denials[-1].start() - denials[-2].end() <= 1:
            denied = not denied  # 不能说没有
        return denied or (noun and self._denied_after(end, last))

    def past(self, start: int, end: int, gaps: Sequence[tuple[int, int]]) -> bool:
        """Was it so once: does 以前 … stand before it, or in a gap of its phrase, or 时候 behind it?"""
        if _THEN.match(self.text.text, end) or _ONCE.match(self.text.text, max(0, end - 1)):
            return True
        first, _ = self.text.clause(start)
        past = self.lexicon.patterns["past"]
        if _BEFORE.search(self.text.text, first, start):  # 上大学前是农村户口
            return _NOW.search(self.text.text, first, start) is None
        near = past.search(self.text.text, max(first, start - (PAST_LATIN if self.text.text[start].isascii() else PAST)), start)
        now = near and _NOW.search(self.text.text, near.end(), start)
        return bool(near and not now) or any(past.search(self.text.text, *gap) for gap in gaps)

    def of_last_year(self, start: int, end: int) -> bool:
        """Is it told of a year that is over, before what is now: 去年租房没备案，今年自己买了?"""
        before = _LAST.search(self.text.text, *self.text.clause(start))
        return before is not None and _THIS.search(self.text.text, end) is not None

    def denies(self, start: int, end: int) -> bool:
        """Does a negation stand in this span (the gap of a phrase)?"""
        return self.lexicon.patterns["before"].search(self.plain, start, end) is not None

    def denies_twice(self, start: int, end: int) -> bool:
        """Does one negation stand on another in this span: 不是不, 没说不?"""
        return len(self.lexicon.patterns["before"].findall(self.plain, start, end)) > 1

    def _near(self, start: int, first: int, reach: int) -> str:
        return self.plain[max(first, start - reach) : start]

    def _denied_after(self, end: int, last: int) -> bool:
        after = self.plain[end : min(last, end + REACH + 4)]
        found = self.lexicon.patterns["after"].search(after)
        if found and found.start() <= 4 and not self._between(end, end + found.start(), (end, end)):
            return True
        ended = self.lexicon.patterns["last"].search(after)
        done = self.text.text[end - 1 : end + (ended.start() if ended else 0)]  # 备案了没有: asked
        return bool(
            ended
            and ended.start() <= 4
            and not re.search("[了过]$", done)
            and _FINISHED.fullmatch(self.plain[end + ended.end() : last])
        )

    def _beside(self, position: int, start: int) -> bool:
        """Is something else denied there, in a row with what begins with the same word: 没收入没对象?"""
        between = self.text.text[position + 1 : start]
        return self.text.text[position] == self.text.text[start] and "说" not in between and 1 < len(between) < REACH

    def _taken(self, position: int, start: int) -> bool:
        """Is it a part of something else that is said, before `start`?"""
        return any(one <= position < other <= start for one, other in self.spans)

    def _between(self, start: int, end: int, own: tuple[int, int]) -> bool:
        """Does anything else begin between?"""
        return any(start <= one < end and not (one <= own[0] < other) for one, other in self.spans)

    def wished(self, start: int) -> bool:
        """Is what stands here only wished for, planned or supposed?"""
        first, _ = self.text.clause(start)
        near = self._near(start, first, WISH_REACH if not self.text.text[start].isascii() else WISH_REACH_LATIN)
        found = list(self.lexicon.patterns["wish"].finditer(near))
        if found and not self._between(start - len(near) + found[-1].end(), start, (start, start + 1)):
            return True
        if self._goes_on(start, first):
            return True
        far = self.plain[max(first, start - WISH_REACH - REACH) : start]  # 想在县城租房: the wish goes on over the place
        found = [one for one in self.lexicon.patterns["wish"].finditer(far) if _THERE.match(far, one.end())]
        begins = start - len(far) + found[-1].end() if found else start
        return bool(found) and not any(begins <= one < start for one, _ in self.spans if one not in self.places)

    def wishes(self, start: int, end: int) -> bool:
        """Is anything wished for in this span, or asked whether one may?"""
        return any(self.lexicon.patterns[words].search(self.text.text, start, end) for words in ("wish", "may"))

    def wishes_within(self, gaps: Sequence[tuple[int, int]]) -> bool:
        """Is it wished for in the middle of the phrase: 我想迁回去盖房?"""
        return any(_WANTED.search(self.text.text, *gap) for gap in gaps)

    def _goes_on(self, start: int, first: int) -> bool:
        """Is it the next that one would do, with which its clause begins: 想迁回老家，开个农家乐?"""
        if start != first or self.text.text[start].isascii() or self.text.said[self.text.at[first] - 1] not in ",，、 ":
            return False
        before = self.text.clause(first - 2)
        wish = _WANTED.search(self.text.text, *before)
        return wish is not None and _DONE.match(self.text.text, start) is None

    def hedged(self, start: int) -> bool:
        """Is one not certain of it, or does one deny all of it: does 好像, or 谁说 … stand before it?"""
        first, _ = self.text.clause(start)
        return bisect_left(self._hedges, first) < bisect_left(self._hedges, start)

    def compared(self, start: int) -> bool:
        """Is it what others are or have: does 不像 …, 比起 … stand before it, with no 一样 between?"""
        first, _ = self.text.clause(start)
        found = _COMPARED.search(self.text.text, first, start)
        if found is None:
            return False
        return self.text.text[: found.start()].endswith(_NOT) or _AS.search(self.text.text, found.end(), start) is None

    def needed(self, start: int, end: int) -> bool:
        """Is it named as what one needs: 备了案才能办; unless the speaker is named, too: 我租了房就能落吗?"""
        first, last = self.text.clause(start)
        found = self.lexicon.patterns["needed"].search(self.text.text, end, min(last, end + NEEDED))
        if found is None or _HOW.search(self.text.text, end, found.start()):
            return False
        return found[0][0] == "才" or _I.search(self.text.text, first, start) is None

    def quoted(self, start: int) -> bool:
        """Is it what a rule says: does 政策说 … stand before it in the sentence, with no clause of the speaker's between?"""
        first = self._sentences[bisect_right(self._sentences, start) - 1]
        before = [one for one in self._quotes if first <= one <= start]
        return bool(before) and _ANEW.search(self.text.text, before[-1], start) is None

    def done(self, start: int, end: int) -> bool:
        """Is it over and done: 去年 … 了, 去年搬到, or 了, 的 right behind it, and no wish in the clause?"""
        first, last = self.text.clause(start)
        done = self.lexicon.patterns["done"].search(self.text.text, first, last)
        over = done is not None and ("了" in self.text.text[done.end() : last] or self.text.text[start] in "搬嫁调")
        over = over or self.lexicon.patterns["has_moved"].search(self.text.text, first, last) is not None  # 已随老公迁入
        over = over or _OVER.fullmatch(self.text.text[end:last]) is not None
        years = _FOR_YEARS.match(self.text.text, end)
        over = over or bool(years and _MOVES.search(self.text.text, start, years.end()))
        return over and self.lexicon.patterns["wish"].search(self.plain, first, last) is None

    def moved(self, start: int, end: int) -> bool:
        """Does it tell of a move of long ago: 2010年把户口从村里迁到镇上?"""
        first, last = self.text.clause(start)
        when = _MOVES.search(self.text.text, start, end) and _IN_A_YEAR.search(self.text.text, first, start)
        when = when or _HUKOU_LEFT.search(self.text.text, first, start)
        return bool(when) and self.lexicon.patterns["wish"].search(self.plain, first, last) is None

    def of_hukou(self, start: int, end: int) -> bool:
        """Does it only tell what hukou one has: 我爹是镇上户口?"""
        if _HUKOU.match(self.text.text, end) is None:
            return False
        return self.lexicon.patterns["wish"].search(self.text.text, self.text.clause(start)[0], start) is None

    def is_there(self, start: int, end: int) -> bool:
        """Do the words beside a bare noun say that it is done: 备案办了; and not only name it: 备案上哪个窗口弄?"""
        first, last = self.text.clause(start)
        if end == last and _GOES.search(self.text.text, first, start):
            return False  # 去年找房管局备案，说要网签
        before = _HAS.search(self.text.text, max(first, start - NOUN_REACH), start)
        return before is not None or _GOT.match(self.text.text[end : min(last, end + NOUN_REACH)]) is not None

    def led_by(self, words: str, start: int, gaps: Sequence[tuple[int, int]]) -> bool:
        """Is it named as what one has to do (`must`), or whether one may (`may`): 是不是必须回村种地, 能不能先租房?"""
        first, _ = self.text.clause(start)
        must = self.lexicon.patterns[words]
        reach = REACH_LATIN if self.text.text[start].isascii() else REACH
        found = list(must.finditer(self.text.text, max(first, start - reach), start))
        before = bool(found) and not self._between(found[-1].end(), start, (start, start + 1))
        return before or any(must.search(self.text.text, *gap) for gap in gaps)

    def of_others(self, start: int, end: int) -> bool:
        """Is it but those who are so that are named: 返乡创业的人是怎么办的, 我不是租房的那种?"""
        first, _ = self.text.clause(start)
        if _OF_A_KIND.match(self.text.text, end) is None:
            return False
        people = _THE_PEOPLE.match(self.text.text, end) is not None and _I.search(self.text.text, first, start) is None
        return people or _NOT_ONE.search(self.text.text, first, start) is not None

    def given_up(self, start: int) -> bool:
        """Is it what one once wanted: 本来想回村养老?"""
        return self.lexicon.patterns["gave_up"].search(self.text.text, self.text.clause(start)[0], start) is not None

    def supposed(self, start: int, end: int, ahead: bool = True) -> bool:
        """Is it said of a case that is only imagined, or (`ahead`) still to come: after 如果 … in the same sentence, with no 现在
        between? What a phrase itself begins with (明年毕业) is what it says."""
        first = self._sentences[bisect_right(self._sentences, start) - 1]
        behind = bisect_left(self._supposed, (end, 0))
        near = self._supposed[max(0, behind - 2) : behind]
        before = [one for one in near if one[0] >= first and not (one[0] == start and one[1] <= end)]
        before = [one for one in before if ahead or not self._comes(one)]
        if not before or _NOW.search(self.text.text, before[-1][1] + OF_SUPPOSED, start):
            return False
        if any(_ANEW.search(self.text.text, one.end() - 1, start) for one in _SO.finditer(self.text.text, before[-1][1], start)):
            return False  # 如果没房是不是也能落，我租的房
        return not (self._comes(before[-1]) and _ANEW.search(self.text.text, before[-1][1], start))  # 儿子明年高考，我租房住

    def _comes(self, span: tuple[int, int]) -> bool:
        """Does 明年 … stand there, and no 如果?"""
        return self.lexicon.patterns["ahead"].fullmatch(self.text.text, *span) is not None

    @cached_property
    def _hedges(self) -> list[int]:
        """Where 好像 … stands."""
        found = (words.finditer(self.text.text) for words in (self.lexicon.patterns["hedge"], _HEARD_SAY))
        return sorted(one.start() for some in found for one in some)

    @cached_property
    def _quotes(self) -> list[int]:
        """Where 政策说 … ends."""
        return [one.end() for one in self.lexicon.patterns["quoted"].finditer(self.text.text)]

    @cached_property
    def _supposed(self) -> list[tuple[int, int]]:
        """Where 如果 …, or 明年 …, stands."""
        found = (self.lexicon.patterns[name].finditer(self.plain) for name in ("supposed", "ahead"))
        return sorted(one.span() for some in found for one in some)

    @cached_property
    def _sentences(self) -> list[int]:
        """Where the sentences begin."""
        return [0, *(bisect_left(self.text.at, one.end()) for one in _SENTENCE_ENDS.finditer(self.text.said))]

    def stays(self, start: int, end: int) -> bool:
        """Is it said of a relative named here that they do not move: 除了我妈, 我妈不跟我迁?"""
        first, last = self.text.clause(start)
        after = self.text.text.find(END, last + 1)
        behind = self.text.text[end : after if after >= 0 else len(self.text.text)]
        before = self.text.text[max(first, start - 4) : start]
        return _STAYS.search(behind) is not None or _BUT.search(before) is not None


def _blank(found: re.Match[str]) -> str:
    return "\x00" * len(found[0])
