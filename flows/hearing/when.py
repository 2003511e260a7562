"""When: what is told of work, school or a place and is over by now, or has yet to begin. It is asked, not proposed."""

import re

from flows.hearing.finding import Finding
from flows.hearing.lexicon import Lexicon
from flows.hearing.places import OTHER
from flows.hearing.written import Written

PLACES = ("city", "county")  # over only by the words of their own clause
SOON = 24  # characters, in which one goes on to tell of the same thing
SOON_LATIN = 60
_WAS = re.compile(r"(?:^ ?|\b(?:i|we) |(?<=\n) ?)(?:was|were) (?:a|an|the|working|employed|at)\b")
_WORKED = re.compile(r"\b(?:worked|lived|stayed|taught|drove|sold|ran|cooked|cleaned|served|was|were)\b")
_THEN = re.compile(
    r"\b(?:now|then|back|came|moved|left|retired|before|until|till)\b"
)  # worked in Ruian for six years, now back in Tianshui
_EARLIER = re.compile(
    "(?:前半年|上半年|头半年|前一?阵|年初|前年|去年|头年)(?:还|都|一直)?[在搁]"
)  # 前半年在昌图扛包，转到银州当装卸
_AFTER = re.compile("(?:转到|换到|又到|又去|又回|后来[到去在回]|调到|现在[到去在回]|今年[又到去在回])")
_NOW = re.compile("现在|如今|目前|眼下|\\bnow\\b")
_BEGINS = re.compile(
    "(?:[0-9一二三四五六七八九十]月份?|号|年后|节后|开学|毕业)(?:[才再就要去]|以后|后|正式)*(?:入职|报到|上岗|到岗|开工)"
    r"|\b(?:starts?|starting|begins?|beginning) (?:in|on|next|after|this)\b"
)
_LEAVING = re.compile("(?:就要|快要|马上|下个?月|下周|明年|年底|年后)[^\n落迁转户]{0,4}去$")  # 下个月就要去沈阳了
_QUIT_IN = re.compile(r"\b(?:quit|left|dropped out) ?(?:school |college )?(?:in |during |after )?(?:my |the )?$")
_EXAM = re.compile("[市县区]?考[到得]?的")  # 证是在铁岭考的
_READS_NO_MORE = re.compile("不想?[读念上](?:书|学)?了|[读念]不下去|退学")
_AS_GRADUATE = re.compile("毕业(?:以后|之后|后)?(?:还|再)?(?:能|可以|可不可以)")  # 刚录取，毕业能再迁回村里不: that is not now
_READ = re.compile("[读念上]完|finished")
_GRADUATES_LATER = re.compile(
    "(?:毕业证|学位证|毕业证书|文凭)[^\n]{0,3}(?:没|未|还得等)"
    "|(?:(?<!年)|(?<=[今明]年))(?:[0-9一二三四五六七八九十]月份?|[明后]年|年底)(?:[^\n了]{0,3})[才就要]毕业(?!了)"
    "|(?:haven't|have not|hasn't|not yet|not) [^\n]{0,12}(?:diploma|graduat)"
)


def not_now(one: Finding, text: Written, lexicon: Lexicon) -> bool:
    """Does one go on to tell that it is over, or has yet to begin: 在鞋厂上班，去年厂子倒了; job at a bank starts in August?"""
    if one.fact == "student_stage":
        if _READS_NO_MORE.search(text.text, one.end):
            return one.values != ("graduated",)
        quit_then = _QUIT_IN.search(text.text[: one.start]) is not None
        return quit_then or (one.values == ("graduated",) and _GRADUATES_LATER.search(text.text) is not None)
    first, last = text.clause(one.start)
    if one.fact == "matter":
        return one.values == ("move_to_village",) and _AS_GRADUATE.search(text.text, first, one.end) is not None
    if one.fact not in lexicon.scope["over_of"]:
        return False
    if one.fact == "city" and one.values == (OTHER,) and _LEAVING.search(text.text, first, one.start):
        return True
    rest = text.text[one.end : last]
    over = lexicon.patterns["over"]
    soon = last + (SOON_LATIN if text.text[one.start].isascii() else SOON)
    until = min(soon, text.clause(last + 1)[1])
    worked = _WORKED.search(text.text, first, one.end if one.fact not in PLACES else one.start)
    before = worked is not None and _THEN.search(text.text, one.end, until) is not None
    earlier = one.fact != "city" and _EARLIER.search(text.text, first, one.start) is not None
    before = before or (earlier and _AFTER.search(text.text, one.end) is not None)
    if one.fact in PLACES:
        ended = over.search(rest)
        left = ended is not None and _NOW.search(rest, ended.end()) is None
        return left or before or _EXAM.match(rest) is not None or _WAS.search(text.text, first, one.start) is not None
    if any(words.search(text.text, first, until) for words in (_BEGINS, lexicon.patterns["begins"])):
        return True
    read = _READ.search(text.text, one.end, until) if "studies" in one.values else None
    return before or read is not None or over.search(text.text, one.end, until) is not None
