"""What the desk tells an agent besides: one sentence each."""

import re

from bot.talk import codes

TIME = re.compile(r"\d\d:\d\d:\d\d", re.ASCII)

TOO_FEW = "只有{n}位，要11位。请再念一遍，或者对着单子再看一遍。这次不算次数。"
TOO_LONG = "有{n}位，多了，只要11位。请再念一遍，或者对着单子再看一遍。这次不算次数。"
MISHEARD = "这个号码不对：念错了，或者听错了一位。请来电人再念一遍。这次不算次数。"
NO_SUCH_CODE = "没有这个号码，或者已经过了10分钟、已经用过、来电人又往下答了。请来电人在手机或者自助机上重新要一个号码。"
TOO_MANY = "错的号码太多了，过10分钟再试。可以先按新来电办。"
STALE = "这一页是旧的，案子已经在别的窗口里往下办了。刚才这一下什么也没有改，请看下面现在的情况。"
MISREAD = "这个号码不对：抄错了，或者看错了一位。请对着单子再输一遍。这次不算次数。"
IS_RECEIPT = "这是告知单上的窗口核对码，请到“核对告知单”查。"
NO_SUCH_RECEIPT = "没有这个核对码，或者已经超过30天，或者本人已经清除。"
UNFINISHED = "还没问完：这张单子现在还不能念给来电人。"
CLEARED = "{time} 的来电已清除。"
MOVED = "换成“{city}”了，这几项要重新问：{asks}"
HEARD_FOR = {"self": "给自己问，说的是本人的情况", "family": "替家人问，说的是家人的情况"}
NOTHING_HEARD = "没有听出能对上题目的话。按下面的题问，或者换个说法再写一遍。"


def slip(said: str, otherwise: str) -> str:
    """What is wrong with a number before anything is looked at; "" if nothing is."""
    if codes.heard(said) is not None:
        return ""
    digits = codes.digits_of(said)
    if not digits.isdecimal() or len(digits) == codes.LENGTH + 1:
        return otherwise
    return (TOO_FEW if len(digits) <= codes.LENGTH else TOO_LONG).format(n=len(digits))
