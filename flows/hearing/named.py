"""Named: who is named in a text, and what each is to the speaker."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.hearing.finding import ME
from flows.hearing.lexicon import Lexicon
from flows.hearing.written import Written

US, THEY, OTHERS = "us", "they", "others"  # besides the kinds of relatives
OF_ONESELF = ("自己", "自个", "自个儿", "本人", "myself")
FAMILY = ("两口子", "夫妻俩", "小两口", "夫妻", "一家人", "一家三口", "一家四口", "一家子")  # behind a name: theirs
RELATIVES = {  # a relative's relative, as the speaker calls them
    ("spouse", "parent"): "parent_in_law",
    ("child", "spouse"): "child_in_law",
    ("child", "child"): "grandchild",
    ("parent", "parent"): "grandparent",
    ("grandchild", "child"): "great_grandchild",
    ("grandparent", "parent"): "great_grandparent",
    ("child", "parent"): "spouse",  # 孩子 … 他爸
    ("grandchild", "parent"): "child",
    ("child", "sibling"): "child",
    ("parent", "child"): "sibling",
    ("sibling", "parent"): "parent",
    ("sibling", "sibling"): "sibling",
    ("spouse", "child"): "child",
    ("parent", "spouse"): "parent",
}
AGED = ("parent", "parent_in_law", "grandparent")
ELDERS = ("二老", "两老", "俩老", "老两口")  # the old people named before
SPEAKER = (ME, US)
CLOSE = ("spouse", "child")  # who is one of "us" when a home or a town is ours
OWNS = re.compile(
    "的?(房|家|楼|名|屋|公司|店|地方|宅)|那(边|里|儿|头)|这(边|里|儿|头)|名下"
    "|(?:在[^\n我他她的住买租有]{1,8})?(?<!在)[^\n我他她的住买租有在是想说]{0,6}的(?:房子|房(?!子)|楼房?|屋)[^\n给是都也]"
    r"|'s (?!in |at |on |been |got |not |now |still |living |working |from |hukou|registration|household)"
)  # 我妈的房子: she is not who acts
_HOUSEHOLD = re.compile(  # 邻居家租了房, 朋友房子是租的: it is they who act
    "家(?![的房楼里那这])|家?的?(?:房子?|楼|屋|房产证|房本|合同|房东|房主)(?:是|也|都|刚|还|没|已经|自己)*(?:租|买|办|拿|备|盖|继承|写|贷|同意|不)"
)
_PAID_FOR = re.compile(
    "的?(?:公司|单位|店里?|厂里?|老板)(?:给|帮|替|也|都|没|不|一直)*(?:交|缴|买|上|办|发)"
)  # 我爸公司给交社保: his
_ADVERBS = re.compile("[王李张陈刘赵杨]?(?:[就也都是还才]|现在|如今|目前|已经|早就)*")
_COUNT = re.compile("(我的?|我们的?|俩|两个|三个|个|一个|小|大|他的?|她的?|咱|俺|自己的?|那个|亲| my| our| the)+$")
OR_ELSE = re.compile("家?(?:或者是?|或|还是)?")
_AND_THE = re.compile("[和跟与同](?:我的?)?[^\n我俺咱他她的]{1,8}的")  # 带我妈和没成家的弟弟: he is brought, too
RELATIVE_OF = re.compile("的|她|他|她家|他家|家的|'s | and (his|her) ")
_DID = re.compile("(?:自己|自家|自个|家)?[^\n我俺咱]{0,3}[买盖建修租][^\n]{0,2}的")  # 房子是他自家盖的: it is he who did
_THERE_IS = re.compile("(?<!没)有$")  # 有个朋友在温州办过: it is he who did; of a number nothing is left before
_THEIRS = re.compile("[王李张陈刘]?([老小大][^\n我俺咱]|家|那个)*(的|他|她)?|'s ")
_NOBODY = re.compile("(?<![有还从])没有?$|\\b(?:no|without) $")
_JOINS = re.compile(
    "(?:投靠|投奔)[他她]?$|join(?:ing)? (?:(?:his|her|their) (?:own )?)?$"
)  # 孩子想投靠父亲: his own, not the speaker's
_FOLLOWS = re.compile("[跟随]着?$")
_STEP = re.compile("[继养后生亲][父母爸妈爹娘]")
_HIS = re.compile("[他她佢](?:的|那个)?(?=[^的])|(?:his|her) ")
_SELF = re.compile("[我俺](?:(?:就是|是|系)[他她]们?的?|这个?)$")  # 我是他外公, 投靠我这个养母: the speaker
_NEXT_DOOR = re.compile(
    "(隔壁|对门|对面|前面|后面|旁边|楼上|楼下|单位|厂里|村里|店里)(排队|家|的|那家|那个|那位|一个|有个|有一个)*$"
)  # 隔壁阿姨: no aunt of mine
_LED = re.compile("[跟和同与给帮替把让叫随带陪靠](?:我|俺)?$")
_HE = re.compile("[爸爹父公爷伯叔哥弟舅侄儿仔](?!媳|女)|dad|father|brother|\\bson|uncle|nephew")
_SHE = re.compile("[妈娘母婆奶姥姨姑姐妹婶嫂女囡媳]|mother|m[uo]m|sister|daughter|aunt|niece")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is named. `who`: ME, US, THEY, OTHERS or a kind of relative."""

    who: str
    start: int
    end: int
    subject: bool  # it is he who does or has what follows
    word: str = ""
    stranger: bool = False  # called by his name, or somebody else's: 小李, 隔壁阿姨


def named_in(text: Written, lexicon: Lexicon) -> list[Person]:
    found: list[Person] = []
    after = lexicon.patterns["towards"]  # 跟, 和, 给 …: who comes after them does not act
    opening = lexicon.patterns["opening"]  # 就是, 问题是 …: who comes after them does
    whole = [found.span() for found in lexicon.patterns["whole"].finditer(text.text)]  # 落户主要: no 户主
    for match in lexicon.everybody.finditer(text.text):
        if any(start <= match.start() and match.end() <= end for start, end in whole):
            continue
        word = match[match.lastgroup or 0]  # each way to name somebody has one group
        who = lexicon.anybody.get(match[0], lexicon.anybody.get(word, OTHERS))  # 我们老两口: no parents
        if match["who"] and _NOBODY.search(text.text, text.clause(match.start())[0], match.start()):
            continue  # 他没爸妈
        if word in (*OF_ONESELF, *FAMILY) and found and _goes_on(found[-1], text.text[found[-1].end : match.start()]):
            continue  # 我爸自己, 我弟一家人: still he, still they
        if match["who"] and found and _is_theirs(found[-1], match.start("who"), text, lexicon):
            who = RELATIVES.get((found[-1].who, who), "other_kin")
            found[-1] = replace(found[-1], subject=False)
        elif match["who"] and len(found) > 1 and _is_hers(found[-2:], match.start("who"), text, lexicon):
            who = RELATIVES.get((found[-2].who, who), "other_kin")
        elif match["who"] and (_HIS.match(match[0]) or _is_childs_own(found, match[0], who, text.text[: match.start()])):
            who = _kin_of(found, who)
        elif word in ELDERS:
            who = next((one.who for one in found if one.who in AGED), who)
        first, last = text.clause(match.start())
        before = _COUNT.sub("", text.text[max(first, match.start() - 8) : match.start()].rstrip())
        behind = text.text[match.end() : last]
        led = _ends_with(after, before) and not _ends_with(opening, before)
        led = (led or _is_beside(found, match.start(), text, who)) and not (who == OTHERS and _THERE_IS.search(before))
        if found and found[-1].who == OTHERS and match["who"] and _THEIRS.fullmatch(text.text[found[-1].end : match.start()]):
            who = OTHERS  # 邻居老王儿子: he is theirs
        elif match["who"] and _NEXT_DOOR.search(text.text, max(first, match.start() - 8), match.start()):
            who = OTHERS
        elif _SELF.search(text.text[max(first, match.end() - len(word) - 8) : match.end() - len(word)]):
            who = ME
        led = led and not (who in (THEY, OTHERS) and before.endswith("是") and _DID.match(behind))
        stranger = who == OTHERS and not match["other"]
        owns = (who not in SPEAKER and OWNS.match(behind) is not None) or (word == "人家" and behind.startswith("的"))
        household = (who == OTHERS and _HOUSEHOLD.match(behind) is not None) or _PAID_FOR.match(behind) is not None
        found.append(Person(who, match.start(), match.end(), not led and (not owns or household), word, stranger))
    return found


def _is_beside(found: Sequence[Person], start: int, text: Written, who: str) -> bool:
    """Is he named in one breath with one who does not act: 和老婆孩子, 投靠我爸或者我哥, 带我妈和没成家的弟弟?"""
    if found and who == "spouse" and found[-1].who == "child" and not _LED.search(text.text[: found[-1].start]):
        return False  # 孩子她爸在临沧做生意: it is he who does
    between = text.text[found[-1].end : start] if found and not found[-1].subject else None
    return between is not None and (OR_ELSE.fullmatch(between) or _AND_THE.fullmatch(between)) is not None


def _goes_on(last: Person, between: str) -> bool:
    """Is it still he who was named last, with nothing but an adverb between: 我儿子就自己支个摊?"""
    return last.who not in SPEAKER and _ADVERBS.fullmatch(between) is not None


def are_two(word: str, other: str) -> bool:
    """Do two words of one kind of relatives name two people: 我爸 and 我妈?"""
    woman, another = (_SHE.search(one) is not None for one in (word, other))
    return woman != another and all(_SHE.search(one) or _HE.search(one) for one in (word, other))


def _kin_of(found: Sequence[Person], who: str) -> str:
    """Whose relative is 他爸, 她姑: that of the one named last; the speaker's where nobody is."""
    of = next((one.who for one in reversed(found) if one.who not in (*SPEAKER, THEY)), "")
    return RELATIVES.get((of, who), OTHERS if of == OTHERS else "other_kin") if of else who


def _is_childs_own(found: Sequence[Person], word: str, who: str, before: str) -> bool:
    """Is it the parent of the child named last, whom that child would join: 孩子想投靠父亲, 想随继父落户; not 投靠我爸?"""
    if who != "parent" or not found or found[-1].who != "child" or not found[-1].subject:
        return False  # 我是养子，想投靠养父
    return (_JOINS.search(before) is not None and word[0] not in "我俺咱") or bool(_STEP.match(word) and _FOLLOWS.search(before))


def _is_theirs(last: Person, start: int, text: Written, lexicon: Lexicon) -> bool:
    """Is the relative named at `start` one of the relative named before: 我媳妇她妈, my husband's father?"""
    known = last.word in lexicon.relatives and last.who != OTHERS
    return known and RELATIVE_OF.fullmatch(text.text[last.end : start]) is not None


def _is_hers(last: Sequence[Person], start: int, text: Written, lexicon: Lexicon) -> bool:
    """The same of my wife and her parents."""
    one, her = last
    beside = text.text[one.end : her.start] == " and " and text.text[her.end : start] == " "
    return beside and her.word == "her" and one.word in lexicon.relatives


def _ends_with(words: re.Pattern[str], text: str) -> bool:
    return any(one.end() == len(text) for one in words.finditer(text))
