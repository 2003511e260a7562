"""Rules for the words of policies, in every language: what `luohu policy check` says of sentences that nobody could use."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.wording import sentences
from bot.wording.languages import LANGUAGES, SOURCE, Language
from bot.wording.views import Wording
from flows.book import Book, City, Problem, Text
from flows.facts import Fact, Line, Narrowing, all_said
from flows.policy import Policy
from flows.routes import Route
from flows.rules import Group, Points, Rule

PROMISES = re.compile("一定能|一定批|保证能|保证批|肯定可以|肯定能|必然|包批|100%")
OPEN_TO_ALL = re.compile("[也样都]可以申请")
QUOTED, SAID = re.compile("“[^“”]*”"), "您说的"
SENT_TO_ASK = re.compile("派出所问|打电话问(?!房东)|问[^，。；]*派出所")
TO_SAY = re.compile("“[^”]*？[^”]*”")
TOLD = {"fix_record": "record_problem"}  # a matter that is told by one of several problems: the question that has them
SCREEN = re.compile("下面|上面|点一下|选一|要迁户口的人")
HE_OR_SHE = re.compile("[他她]（[他她]）")
WIDEST = 18  # Chinese characters that a short name takes of a phone's width
NUMBER, GAP = re.compile(r"\d+"), re.compile(r"\{[^{}]*\}")
IN_CHINESE, AGE = re.compile("[〇一二两三四五六七八九十百千万]"), ("18",)  # numbers in words; the age that 成年 means
IN_WORDS = (  # an English number up to nine may be a word
    "one|first|once|single two|second|twice|both|half three|third four|fourth five|fifth six|sixth seven|seventh "
    "eight|eighth nine|ninth"
).split()


def wide(text: str) -> float:
    """In Chinese characters."""
    return sum(1 if unicodedata.east_asian_width(one) in "WFA" else 0.5 for one in text)


# ---- questions ----


def question_problems(book: Book) -> Iterator[Problem]:
    """Of facts.yaml: what is said aloud, and the names by which answers are known."""
    for fact in book.facts.values():
        for what, mend in _spoken(fact):
            yield replace(book.lines[fact.id], what=f"{fact.id} 的 {what}", mend=mend)
    places = {text.says: text for text in book.texts}
    for says, what, mend in _put_otherwise(book.facts, book.steering.narrowings):
        yield Problem(places[says].file, places[says].line, what, mend)
    for language in LANGUAGES:
        words, seen = Language(language), dict[str, str]()
        for fact in book.facts.values():
            short = words(fact.short)
            if other := seen.get(short):
                yield replace(book.lines[fact.id], what=f"{fact.id} 的 short 和 {other} 的一样：{short}", mend="换一个说法")
            if wide(short) > WIDEST:
                what = f"{fact.id} 的 short 译成 {language} 太长：{short}"
                yield replace(book.lines[fact.id], what=what, mend=f"写短一点，最多 {WIDEST * 2} 个字母")
            seen[short] = fact.id
        yield from _same_labels(book, language, book.facts, book.lines)


def _put_otherwise(facts: Mapping[str, Fact], narrowings: Iterable[Narrowing]) -> Iterator[tuple[str, str, str]]:
    """Of a question that a situation puts in other words: what is said aloud."""
    for one in narrowings:
        if "aloud" in one.puts:
            for what, mend in _spoken(facts[one.fact].offered(one.without, one.labels, one.puts)):
                yield one.puts["aloud"], f"{one.fact} 换了问法，{what}", mend


def _spoken(fact: Fact) -> Iterator[tuple[str, str]]:
    """A caller sees no screen and hears no brackets; and who asks for a mother is not asked about themselves."""
    if fact.aloud == fact.third:
        yield "aloud 和 third 一样", "third 是问替别人问的人的，用“他（她）”"
    for name, said in (("aloud", fact.aloud), ("third", fact.third)):
        if not said.startswith("请问") or said[-1:] not in "？。":
            yield f"{name} 不是“请问……？”：{said[:20]}", "用“请问”开头，用“？”或者“。”结尾"
        if shown := SCREEN.search(said):
            yield f"{name} 里有“{shown[0]}”", "来电人看不到屏幕：念出来要像说话"
        if re.search("[（(]", HE_OR_SHE.sub("", said)):
            yield f"{name} 里有括号，念不出来：{said[:20]}", "括号里的话写成一句，或者去掉"
    if "您" in fact.third:
        yield "third 里有“您”", "问的是别人，用“他（她）”"
    if re.search(r"\b(you|your)\b", Language("en")(fact.third), re.IGNORECASE):
        yield "third 的英文里有 you", "问的是别人，用 they"


def _same_labels(book: Book, language: str, facts: Mapping[str, Fact], lines: Mapping[str, Problem]) -> Iterator[Problem]:
    wording = Wording(book, language)
    for fact in facts.values():
        labels = list(wording.labels(fact).values())
        for label in {one for one in labels if labels.count(one) > 1}:
            what = f"{fact.id} 有两个选项都叫“{label}”（{language}）"
            yield replace(lines[fact.id], what=what, mend="换一个叫法，让人分得清")


# ---- cities ----


def city_problems(book: Book, city: City) -> Iterator[Problem]:
    """Of a city's file: to whom it speaks, what it promises, where it sends people, and the source of what it says."""
    policy = city.policy
    places = {text.says: text for text in city.texts}
    put = {said for one in policy.narrowings for text, said in one.puts.items() if text in ("ask_you", "aloud")}
    to_people = put.union(*((fact.ask_you, fact.aloud) for fact in policy.facts.values()))  # questions, not the document's
    for text in (one for one in city.texts if one.says not in to_people):
        for what, mend in _said(text.says):
            yield Problem(text.file, text.line, what, mend)
    otherwise = _put_otherwise(policy.facts, policy.narrowings)
    for says, what, mend in (
        *_unaided(policy),
        *_alike(policy),
        *_too_open(policy),
        *_unpointed(policy),
        *otherwise,
    ):
        if says in places:
            yield Problem(places[says].file, places[says].line, f"{what}：{says[:25]}", mend)
    first = Problem(city.texts[0].file, 1, "") if city.texts else Problem(policy.city, 1, "")
    local = {name: fact for name, fact in policy.facts.items() if fact is not book.facts[name]}
    for fact in (one for name, one in local.items() if one.aloud != book.facts[name].aloud):
        for what, mend in _spoken(fact):
            where = places.get(fact.aloud, city.texts[0])
            yield Problem(where.file, where.line, f"{fact.id} 的 {what}", mend)
    for language in LANGUAGES:
        yield from _same_labels(book, language, local, dict.fromkeys(local, first))


def _said(says: str) -> Iterator[tuple[str, str]]:
    if promise := PROMISES.search(says):
        yield f"话说满了：“{promise[0]}”", "写“可以申请”；能不能批，由派出所定"
    if "您" in QUOTED.sub("", says).replace(SAID, ""):
        yield f"说的是“您”，可是来问的人不一定是要迁户口的人：{says[:20]}", "不写“您”，写这件事本身；引号里念给别人听的话可以写"


def _unaided(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Where the document is silent, or no route fits, there is no list of sentences below."""
    for said in (policy.silent, policy.refused):
        for line in (line for lines in said.values() for line in lines):
            if SENT_TO_ASK.search(line.says) and not TO_SAY.search(line.says):
                yield line.says, "叫人去问派出所，没有写怎么问", "写上一句问话：打电话问：“……？”"


def _alike(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Who told which problem it is reads of that one, and not what is said to people who told none."""
    for matter, fact in TOLD.items():
        lines, options = policy.silent.get(matter, ()), policy.facts[fact].options
        to_all = all_said(lines, {})
        said = {one: all_said(lines, {fact: one}) for one in options if one != "none"}
        alike = [one for one, own in said.items() if own and {*own} <= {*to_all}]
        if alike:
            what = f"说了是{'、'.join(f'“{options[one]}”' for one in alike)}的人，看到的和没说的人一样"
            yield said[alike[0]][0].says, what, f"各写一句，写在前面：- when: {{{fact}: [{alike[0]}]}}"


def _too_open(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """What is not looked at and where the hukou goes stand on the sheet of somebody whose route is only perhaps open, too."""
    for route in policy.routes.values():
        for says in [*(line.says for line in route.never_mind), *(placement.note for placement in route.placements)]:
            if OPEN_TO_ALL.search(says):
                yield says, "这句话在还差条件的人的单子上也会出现，不能说“可以申请”", "只写不看什么、落在哪里"


def _unpointed(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Whoever reads of a route could be sent to another that is refused to them as well."""
    titles = {f"“{route.title}”": one.removeprefix(f"{policy.city}.") for one, route in policy.routes.items()}
    for one, route in policy.routes.items():
        others = {title: short for title, short in titles.items() if short != one.removeprefix(f"{policy.city}.")}
        for line in _lines_of(route):
            if unsaid := [short for title, short in others.items() if title in line.says and short not in line.see]:
                mend = f"单独写成一句，加上 see: [{', '.join(unsaid)}]：那条途径也不行的人，就看不到这一句"
                yield line.says, "提到别的途径，没有写 see", mend


def _lines_of(route: Route) -> Iterator[Line]:
    lines = [route.doing, route.station, route.steps, route.asks, route.never_mind, route.not_written, route.notes]
    lines += [*route.answers.values(), route.family.apart if route.family else ()]
    for texts in (*(need.texts for need in route.needs.leaves()), *(part.texts for part in _wholes(route.needs))):
        lines += [texts.detail, texts.unclear, texts.governed, texts.otherwise]
    yield from (line for some in lines for line in some)


def _wholes(rule: Rule) -> Iterator[Group | Points]:
    """What speaks for several conditions at once."""
    if isinstance(rule, Group | Points):
        yield rule
    for part in rule.needs if isinstance(rule, Group) else ():
        yield from _wholes(part)


# ---- numbers ----


def number_problems(texts: Iterable[Text]) -> Iterator[Problem]:
    """A number of the Chinese that is not in the translation, or one of the translation that is not in the Chinese."""
    for language in (one for one in LANGUAGES if one != SOURCE):
        words = Language(language)
        for text in texts:
            said = words(text.says)
            for what in other_numbers(text.says, said) if said != text.says else ():
                yield Problem(text.file, text.line, f"{language} {what}：{text.says[:30]}", f"译文是：{said[:60]}")


def name_problems(texts: Iterable[Text]) -> Iterator[Problem]:
    """Whoever moves has one name, in whose place another can stand, as “the child”."""
    for language in (one for one in LANGUAGES if one != SOURCE):
        words = Language(language)
        name = words(sentences.THE_MOVER)
        for text in (one for one in texts if sentences.THE_MOVER in one.says):
            said = words(text.says)
            if said != text.says and name not in said.lower():
                what = f"{language} 译文里，“{sentences.THE_MOVER}”没有译成 {name}：{text.says[:30]}"
                yield Problem(text.file, text.line, what, f"译成 {name}，给孩子问的时候才能换成孩子。译文是：{said[:60]}")


def other_numbers(says: str, said: str) -> Iterator[str]:
    """What a translation says of numbers that the sentence does not, and the other way round; months may have their names."""
    if lost := sorted(_numbers(says) - _numbers(said, in_words=True)):
        yield f"译文里没有 {'、'.join(lost)} 这个数"
        return
    own = {*NUMBER.findall(says), *(AGE if "成年" in says else ())}
    if not IN_CHINESE.search(says) and (more := sorted({*NUMBER.findall(_plain(said))} - own)):
        yield f"译文里多了 {'、'.join(more)} 这个数"


def _numbers(says: str, in_words: bool = False) -> set[str]:
    if not in_words:
        return set(re.findall(r"(?<!\d)\d+(?!\d)(?!月)", says))
    spelt = {str(number) for number, words in enumerate(IN_WORDS, 1) if re.search(rf"\b({words})\b", says, re.IGNORECASE)}
    return spelt | set(NUMBER.findall(_plain(says)))


def _plain(says: str) -> str:
    return GAP.sub("", says).replace(",", "")
