"""Ages: 3岁半, 今年二十二, 刚满月, a schoolchild: how old the child is that is spoken of."""

import re
from collections.abc import Mapping

_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2}
_WORDS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()
_NUMBER = "|".join(_WORDS) + "|[0-9]{1,3}|[零一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]"
_YEARS = re.compile(
    rf"({_NUMBER}) *(?:周?岁|years? old|yrs?|-year-old)|(?:今年|都|已经|快)({_NUMBER})(?:了|啦|多|\n|$)"
    rf"|[我俺](?:今年|都)?({_NUMBER})(?:了|啦|\n|$)|aged? ({_NUMBER})|(?:儿子|女儿|闺女|孩子|丫头|娃)({_NUMBER})(?:了|啦)"
    rf"|is ([0-9]{{1,2}}|{'|'.join(_WORDS)})(?![0-9a-z])"
)


def number(said: str) -> int:
    """十八, 二十二, 8 as a number."""
    if said.isascii():
        return int(said) if said.isdigit() else _WORDS.index(said) + 2
    tens, ten, ones = said.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


def age_beside(text: str, position: int, words: Mapping[str, re.Pattern[str]]) -> int | None:
    """The age of the child named at a position, in years; None if it is not said. 0 for a small one, 18 for one grown, by the
    lists `small` and `grown` of `words`."""
    ages = _ages(text)
    if ages:
        return ages[0] if len({age < 18 for age in ages}) == 1 else None
    if words["grown"].search(text, position):
        return 18
    return 0 if words["small"].search(text) else None


def both_ages(text: str) -> bool:
    """Are a child that is small and one that is grown spoken of?"""
    return len({age < 18 for age in _ages(text)}) == 2


def _ages(text: str) -> list[int]:
    return [number(next(group for group in found.groups() if group)) for found in _YEARS.finditer(text)]
