"""Places: the names of the cities and counties, and whether one that is named is where somebody wants to be registered."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from flows.book import Book
from flows.hearing.written import Written, alternation, words_of

OTHER = "other"  # as a city: one that is not served
NAMED = ".named"  # ends the rules of what places say
Role = Literal["goal", "origin", "hukou", "school", "errand", "chat", "named"]  # named: nothing says what for

_SUFFIX = re.compile("(自治县|县|区|市)$")
_STILL = "(还|都|一直|现在|目前|仍|本来|原来|就|是|上|地)*(在|是|喺|于|属于|属|为)?"
_HUKOU_BEFORE = re.compile(  # 户口还在 …, 户口 湖南; not 迁户口到 …
    rf"(?<![迁落转办上入移把])(户口|户籍)(本|簿)?{_STILL}$|(户口|户籍)[^\n迁落转入移上办想到人我]{{0,3}}(在|是|喺)$"
    "|(户口|户籍)(本来|现在|还|都|一直|也|是)*[跟随和同][^\n迁转移办想要到]{1,6}(在|是)$"  # 户口跟他妈在 …
    "|(?:当年|那年|早年|以前|年前|当初|那时候?|原来|原先|之前|曾经)[^\n想要能]*(户口|户籍)[^\n想要能]{0,4}[落迁转放挂](到|在|去)了?$"
    "|(?<!one )(?<!my own )(?<!want )(?<!want a )(?<!want my )(?<!get )(?<!get my )(?<!get a )(?<!getting )"
    "(?<!gave up my )(?<!lost my )(?<!moved my )(?<!moved our )(?<!transferred my )"
    "(hukou|registration)(?:'s)? ((is|was|has been|got|stay(s|ed)|sits|stuck|still|now|remain(s|ed)|registered) "
    "([^\n]{0,18} )?(in|at|from)|in|at|from)$"
    r"|\b(?:holds?|keeps?|kept|has|have|left) my hukou (?:in|at) (?:the|a|my) [a-z ]{3,20} (?:in|of)$"
    r"|^ ?(?:my |our |his |her )?hukou (?:is |was |still )*(?:in|on|at|with) (?:the|a|an|my) [a-z' ]{3,40} (?:in|of)$"
    r"|\bgot (?:a |town )?hukou for [a-z ]{2,20} in$|\bon (?:his|her|their) (?:book|booklet) in$"
    r"|\b(?:moved|sent|took|transferred)(?: [a-z ]{1,30} and)? my hukou to$"
)
_HUKOU_AFTER = re.compile("(市|省|县|那边|这边|当地|本地)?的?(农村|农业|城镇|城市|本地)?(户口|户籍|籍)")
_HUKOU_ASKED = re.compile(  # nobody's own
    "[市的县区]*(户口|户籍)(部门|窗口|大厅|科|上学|读书|高考|中考|学籍|性质|分几种|停止|和|与|跟|还是)"
)
_HUKOU_WANTED = re.compile("[市的县区]*户口(好|难|容易|怎么|咋|能|要|可以|条件|值|政策)")
_HUKOU_IS_WITH = re.compile("(户口|户籍)(还|都|一直|现在|目前)*(在|跟|挂在|落在)[^\n]{1,8}\n$")  # 户口还在前夫那边（苍南）
_IN_THE_STREET = re.compile("街[上子头里边]")  # 在秦州区街上摆摊: no name of a street
_SETTLED_THERE = re.compile("[市县区]?(?:那边|城里)?[落入上](?:了|过|下了|的)(?:个)?户")  # 去年在银州落了户
_HANGS = re.compile("[^\n想要能]{0,8}集体户[口上里]*(?:挂|放|落|待|搁)着")  # 在清水一个厂子的集体户上挂着
_STANDS_AT = re.compile("户[口籍](?:还|都|一直|现在)?[落挂放存]在$")  # 户口落在上海集体户
_FIRM_MOVED = re.compile(
    "(?:公司|单位|厂子?|工厂|总部|学校|店|老板)[^\n我俺咱]{0,4}[搬迁挪转]到$|(?:company|firm|factory|school) moved to$"
)
_MOVED_TO = re.compile("(?<!想)(?<!要)[落迁转](?:户口)?[到在去回]$")  # 去年落到沈阳去了: it stands there now
_IS_OVER = re.compile("[市县区]?(的?(集体户|人才市场|镇上|村里|农村|老家))?[去来]?[了过]")
_WISHES = re.compile("想|要|打算|准备|能|可以|可不可|咋|怎|如何|希望")
_WANTED = re.compile("(想要?|要|落|入|迁|办|转|上|拿)(个|一个)?$")
_SCHOOL = re.compile(
    "(市)?(的)?(一个|一所|那个|某)?[^\n市县在的]{0,6}(大学|学院|师范|学校|职院|卫校|技校|技师学院|中专|职中|高中|职高|高专|师专|师院|大专|电大"
    "|职校|医专|university|college)(?!同学|老师|旁|附近|对面|门口)"
    "|(市|那边)?[念读上](的|完了?|过|了)(个)?(大学|大专|中专|本科|专科|研究生|技校|卫校|师范)"
)
_SCHOOL_NAMED = re.compile(
    "市?(职业|技术|师范|医学?|理工|工业|农业|财经|应用|科技|卫生)*(学院|大学|师院|师专|技校|卫校|职校)(?!同学|老师|旁|附近|对面|门口)"
)
_STUDIED_IN = re.compile(
    r"\b(?:studied|finished|graduated|degree|diploma)\b[^\n]{0,30} (?:school|college|university|institute) (?:in|of)$"
    r"|\b(?:my|our) (?:old )?(?:school|college|university) (?:is|was) in$"
)
_ORIGIN = re.compile(
    "(市|省|县|那边|农村)?(的?人(?![才在])|(农村|乡下|村里)?(长大|出生|出来)|来的|过来|迁来|迁出|(是)?(我们?|俺|咱)?的?老家|籍|嫁过来|搬来|下来的|户口)"
    "|is (only |just )?(my|his|her|our) (home ?town|native|place of birth|birth ?place|old home)"
)
_SOMEBODYS = re.compile(
    "[市县区]?(的?(农村|乡下|山里|山区|边境|下面|底下|附近)?([那这](边|头|里|儿|块儿?))?的)?$"
)  # 我老公是铁岭的
_IS = re.compile("(?<=[^\n])(?<![说指要选]的)是$")  # 我老公是铁岭的; not 我说的是永德
_ALONE = "市县区的呢啊吧呀嘛哦那边这里面 "  # beside a name that stands by itself
_SETTLE = re.compile("[市县区]?(落户|入户|上户|安家|落个户|落得|落不落|迁户|县城落户|定居)")
REACH = 60  # characters on either side of a name that say what it is there for
_AND = re.compile("[市县区]?(和|跟|与|同|或者是?|或|还是| or | and )")  # both are said of it
_TOWN = re.compile("[县区市]?[^\n是在的想从到去回我住个县区市]{2,3}[镇乡](?![上里下村亲])|(?<=县)城(?![里市区关])")
_ONCE = re.compile(
    "(?![跟和同])(?:[^\n]{1,3}(?<![单好])|[^\n]{1,6}[干做待呆住开读念教当卖种上打])过(?![来去户年得不继世程关])"
)  # 在铁岭打过工
_TOWN_NAME = re.compile(
    "[县区市]?[^\n是在的想从到去回我住个城关]{2,3}(镇|(?<![侨家故老同水])乡)"
    "(?!(的|下面|底下|下边)?[^\n]{0,3}[村屯寨庄]|亲|的(\n|$))"
)
_BACK_HOME = re.compile("[落迁转搬]回[^\n]{0,8}老家$")  # 想落回上学前的老家昌图
_OPENING = re.compile("(我们|咱们|俺们|我|咱|俺|我家|这里|我这|那个|in|at|,| )*")
_CHAIN = re.compile("[市省的县区 ]{0,2}(乡下|农村)?$")


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for. `county` may be ""."""

    city: str
    county: str = ""
    sure: bool = True  # no common word, no name of two counties
    label: str = ""  # of the city or county, as its file has it


@dataclass(frozen=True, slots=True)
class Place:
    start: int
    end: int
    city: str
    county: str
    sure: bool
    role: Role = "chat"
    sound: bool = False  # only by its sound
    led: int = 0  # where what is said before it ends: before the first, in 铁岭或者韶关
    town: str = ""  # 镇, 乡: how the name of a town behind the county ends


@dataclass(frozen=True)
class Gazetteer:
    names: Mapping[str, Named]
    doubled: Mapping[str, tuple[str, ...]]  # a name of several counties
    words: Mapping[str, Sequence[str]]  # the lists of `places` in heard.yaml
    provinces: Mapping[str, Sequence[str]]  # city -> how its province is called

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return words_of(self.names)

    @property
    def spoken(self) -> list[str]:
        """The Chinese names that may be recognised by their sound: those of cities and counties, no town or nickname."""
        return [name for name, named in self.names.items() if named.sure and len(name) < 5 and _is_label(name, named.label)]

    def is_province(self, name: str, city: object) -> bool:
        """Is it the province of a city (of any, where none is known), which may be that city: 户口在广东?"""
        return any(name in names for its, names in self.provinces.items() if city in (None, its))

    @cached_property
    def _before(self) -> Mapping[str, re.Pattern[str]]:
        """What may stand right before a place."""
        return {name: _ending(self.words[name]) for name in ("before", "from", "going", "settle")}

    @cached_property
    def _after(self) -> Mapping[str, re.Pattern[str]]:
        """What may stand right behind it."""
        return {name: _beginning(self.words[name]) for name in ("after", "chat", "errand")}

    @cached_property
    def _headline(self) -> re.Pattern[str]:
        about, settling = alternation(self.words["headline"]), "(?:落户|入户)(?![到在去进](?!哪))"
        return re.compile(f"[市县区的]*(?:(?:{about}|[0-9]{{4}}年?)*{settling}|户[口籍](?:办理|落户|转入|迁入|申请|条件|政策))")

    @cached_property
    def insured(self) -> re.Pattern[str]:
        return words_of(self.words["insured"])

    @cached_property
    def paid_no_more(self) -> re.Pattern[str]:
        return words_of(self.words["paid_no_more"])

    @cached_property
    def paid_there(self) -> re.Pattern[str]:
        paid, insured = alternation(self.words["paid"]), alternation(self.words["insured"])
        return re.compile(f"[^\n]{{0,6}}?(?:{paid})(?:[的着了]|{insured}|$)")

    @cached_property
    def paid_in(self) -> re.Pattern[str]:
        paid, insured = alternation(self.words["paid"]), alternation(self.words["insured"])
        return re.compile(
            f"(?:{insured})[^\n]{{0,3}}[在放]$|(?:{paid}|挂)在$|(?:{paid}|{insured})(?: is)? (?:in|at)$"
            f"|(?:{insured})\\b[^\n]{{0,24}} (?:in|at)$"
        )

    @cached_property
    def born_there(self) -> re.Pattern[str]:
        return re.compile(f"[^\n]{{0,10}}?(?:{alternation(self.words['born'])}|生[啊呀呢吧]?$)")

    def places(self, text: Written, mended: Sequence[tuple[int, int]] = (), opening: bool = False) -> list[Place]:
        """Every place that is named, with its role; a chain (天水秦安) is one. `opening`: does a place with which a clause opens
        count, as the text says something of its own?"""
        found: list[Place] = []
        behind: dict[int, int] = {}  # where a place begins -> where the name of a town of its county behind it ends
        for match in self.pattern.finditer(text.text):
            named = self.names[match[0]]
            start, end = match.span()
            sound = any(one < end and start < other for one, other in mended)
            last = found[-1] if found else None
            if (
                last
                and "\n" not in text.text[last.end : start]
                and _CHAIN.fullmatch(text.text[last.end : start])
                and _joins(last, named)
            ):
                found[-1] = _joined(last, named, end, sound)
            elif last and last.end == start and named.county == last.county != "":  # 苍南灵溪
                behind[last.start] = end
            else:
                beside = last and _AND.fullmatch(text.text[last.end : start])
                led = last.led if last and beside else start
                found.append(Place(start, end, named.city, named.county, named.sure, sound=sound, led=led))
        found = [self._with_role(_with_town(place, text, behind.get(place.start, 0)), text) for place in found]
        goals = {place.led for place in found if place.role == "goal"}
        with_goal = [place.role in ("chat", "named") and place.led in goals for place in found]
        found = [replace(place, role="goal") if one else place for place, one in zip(found, with_goal, strict=True)]
        return [replace(place, role="goal") if opening and self._opens(place, found, text) else place for place in found]

    def _opens(self, place: Place, every: Sequence[Place], text: Written) -> bool:
        """Is it what all the rest is about, the only place, or with which its clause opens: 洞头那边我有房?"""
        if place.role != "named" or {one.city for one in every} != {place.city}:
            return False
        if any(one.role == "goal" and one.county not in ("", place.county) for one in every):
            return False
        first, _ = text.clause(place.start)
        alone = {one.county for one in every} <= {"", place.county}
        return alone or _OPENING.fullmatch(text.text[first : place.start]) is not None

    def _with_role(self, place: Place, text: Written) -> Place:
        first, last = text.clause(place.start)
        before = text.text[max(first, place.led - REACH) : place.led].rstrip()
        after = text.text[place.end : min(last, place.end + REACH)].lstrip()
        if not before + after.strip(_ALONE) and _HUKOU_IS_WITH.search(text.text, max(0, first - REACH), first):
            return replace(place, role="hukou")
        return replace(place, role=self._role(before, after))

    def _role(self, before: str, after: str) -> Role:
        over = _MOVED_TO.search(before) and _IS_OVER.match(after) and not _WISHES.search(before)
        if over or _HUKOU_BEFORE.search(before) or _HANGS.match(after):
            return "hukou"
        if after.startswith("集体户") and _STANDS_AT.search(before) and not _WISHES.search(before):
            return "hukou"
        if before.endswith("在") and _SETTLED_THERE.match(after) and not _WISHES.search(before):
            return "hukou"
        if not before.strip("0123456789年 "):  # as one types it in a search box: 温州户口办理条件, 北京户籍部门几点上班
            if self._headline.match(after):
                return "goal"
            if _HUKOU_ASKED.match(after):
                return "named"
        if _FIRM_MOVED.search(before):  # 公司搬到东莞去了
            return "named"
        if _HUKOU_AFTER.match(after) and not _HUKOU_WANTED.match(after) and not _WANTED.search(before):
            return "hukou"
        left, goal = self._before["from"].search(before), self._before["before"].search(before)
        back = left and goal and goal.start() < left.start()  # 回老家铁岭
        if _BACK_HOME.search(before):
            return "goal"
        if goal and not left and after.startswith(("老家", "的老家")):  # 回云县老家
            return "goal"
        if _SCHOOL_NAMED.match(after):  # 我是韶关学院的毕业生
            return "school"
        if (left and not back) or _ORIGIN.match(after) or (_IS.search(before) and _SOMEBODYS.match(after)):
            return "origin"
        if _SCHOOL.match(after) or _STUDIED_IN.search(before):
            return "school"
        if (self._after["chat"].match(after) and not _IN_THE_STREET.match(after)) or (
            _ONCE.match(after) and before.endswith("在")
        ):
            return "chat"
        if self._after["errand"].match(after) and self._before["going"].search(before):
            return "errand"
        alone = not re.sub("district|county|city", "", before + after).strip(_ALONE)
        return "goal" if alone or goal or self._after["after"].match(after) else "named"

    def settles(self, place: Place, text: Written) -> bool:
        """Is it said that one wants to be registered there, or goes there?"""
        first, last = text.clause(place.start)
        before = self._before["settle"].search(text.text[max(first, place.led - REACH) : place.led])
        after = text.text[place.end : last]
        return before is not None or any(way.match(after) for way in (_SETTLE, self._headline))


def _is_label(name: str, label: str) -> bool:
    return not name.isascii() and bool(label) and (label.startswith(_SUFFIX.sub("", name)) or label == name)


def _ending(words: Iterable[str]) -> re.Pattern[str]:
    ways = [
        rf"(?<![a-z]){re.escape(word)} *" if word.isascii() else re.escape(word) for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile(f"(?:{'|'.join(ways) or '(?!)'})$")


def _beginning(words: Iterable[str]) -> re.Pattern[str]:
    ways = [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    return re.compile(f"[市县区的]?(?:那[边里]|[新老]城|新区)?(?:{'|'.join(ways) or '(?!)'})")


def _with_town(place: Place, text: Written, behind: int) -> Place:
    """A county with its town is one place: 泰顺司前镇, 新丰县城. `behind`: where the name of a town known by itself ends."""
    town = _TOWN.match(text.text, place.end) if place.county else None
    named = _TOWN_NAME.match(text.text, place.end) if place.county else None
    sure = place.sure or text.text.startswith(("县城", "城区", "城关"), place.end)  # 云县县城
    return replace(place, end=max(town.end() if town else place.end, behind), town=named[1] if named else "", sure=sure)


def _joins(last: Place, named: Named) -> bool:
    """Can the second name be a part of the first (or the other way round: Changtu, Tieling)?"""
    return (
        last.city in (named.city, OTHER)
        and not (last.county and named.county)
        and not (named.city == OTHER and last.city != OTHER)
    )


def _joined(last: Place, named: Named, end: int, sound: bool) -> Place:
    county, sure = named.county or last.county, last.sure or named.sure
    return replace(last, end=end, city=named.city, county=county, sure=sure, sound=last.sound or sound)


def gazetteer(book: Book, words: Mapping[str, Sequence[str]], provinces: Mapping[str, Sequence[str]]) -> Gazetteer:
    """The names of `book`: a county with and without its ending, and what the files of the cities add in `words`."""
    names: dict[str, Named] = {name: Named(OTHER) for name in words["elsewhere"]}
    told: dict[str, set[str]] = {}
    for city, label in book.facts["city"].options.items():
        if city in book.cities:
            for name in (label, label + "市", *book.facts["city"].words.get(city, ())):
                names[name.casefold()] = Named(city, label=label)
    common = frozenset(words["common"])
    for city, counties in book.overview.counties.items():
        for county, label in counties.items():
            short = _SUFFIX.sub("", label)
            for name in {label, *([short] if len(short) > 1 else ()), *book.overview.called[city].get(county, ())}:
                name = name.casefold().replace("’", "'")
                if names.get(name, Named(OTHER)).city == OTHER or names[name].county:
                    told.setdefault(name, set()).add(county)
                    names[name] = Named(city, county, name not in common, label)
    doubled = {name: tuple(sorted(some)) for name, some in told.items() if len(some) > 1}
    names |= {name: Named(names[name].city, names[name].county, False) for name in doubled}
    return Gazetteer(names, doubled, words, provinces)
