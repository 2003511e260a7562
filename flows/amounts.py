"""Amounts: numbers that people say, the ranges between a city's thresholds, and sentences with numbers in them.

An amount lands in the range that holds all of it: 四年半 does, 三年多 does only if no threshold lies between three and four.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from flows.typed import Around, peeled

PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)(?::([^{}|]*)\|([^{}|]*))?\}")  # {years_here.settle}, {to:year|years}


class Filled(str):
    """A sentence with its numbers. Translated is its pattern, and the numbers are put into the translation."""

    pattern: str
    numbers: Mapping[str, str]

    def __new__(cls, pattern: str, numbers: Mapping[str, str]) -> "Filled":
        made = super().__new__(cls, filled(pattern, numbers))
        made.pattern, made.numbers = pattern, numbers
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, str]]:  # type: ignore[override]  # made anew from both where it is sent
        return self.pattern, self.numbers


def filled(pattern: str, numbers: Mapping[str, str]) -> str:
    """A pattern with its numbers; `{n:year|years}` is one word or the other. What is no number of these stays as it is."""

    def put(place: re.Match[str]) -> str:
        number, one, many = numbers.get(place[1]), place[2], place[3]
        if number is None:
            return place[0]
        return number if one is None else one if number == "1" else many

    return PLACE.sub(put, pattern)


def pattern_of(says: str) -> str:
    """What is translated of a sentence."""
    return says.pattern if isinstance(says, Filled) else says


def shown(number: Fraction) -> str:
    """3, 4.5"""
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"


@dataclass(frozen=True)
class Unit:
    """In what an amount is counted, as policies/units.yaml has it. `words`: what people write behind a number, and how many of
    the unit that is."""

    id: str
    below: str
    between: str
    above: str
    example: str
    words: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers from `low` up to, and without, `high` (None: without end); `exact`: `low` alone."""

    low: Fraction
    high: Fraction | None = None
    exact: bool = False

    def holds(self, other: "Span") -> bool:
        if other.low < self.low or self.high is None:
            return other.low >= self.low
        return other.low < self.high if other.exact else other.high is not None and other.high <= self.high


@dataclass(frozen=True)
class Amount:
    """A question that is answered with a number: the thresholds of a city, and the ranges between them."""

    unit: Unit
    thresholds: tuple[Fraction, ...] = ()  # rising

    @cached_property
    def ranges(self) -> Mapping[str, Span]:
        """Option id -> its range, from below."""
        if not self.thresholds:
            return {}
        bounds = (Fraction(0), *self.thresholds)
        spans = [Span(low, high) for low, high in zip(bounds, (*self.thresholds, None), strict=True)]
        return {_id(span): span for span in spans if span.low != span.high}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        return {option: self.label(span) for option, span in self.ranges.items()}

    def label(self, span: Span) -> Filled:
        numbers = {"from": shown(span.low), "to": shown(span.high or Fraction(0))}
        pattern = self.unit.above if span.high is None else self.unit.below if not span.low else self.unit.between
        return Filled(pattern, numbers)

    def landing(self, span: Span | None) -> str | None:
        """The range that holds all of a span."""
        return next((option for option, own in self.ranges.items() if own.holds(span)), None) if span else None

    def of(self, value: object) -> str | None:
        """The range of a number from a machine: 4, 4.5, "4.5"."""
        if isinstance(value, bool) or not isinstance(value, int | float | str) or not _PLAIN.fullmatch(str(value)):
            return None
        return self.landing(Span(Fraction(str(value)), exact=True))

    def read(self, text: str, around: Around) -> str | None:
        """The range that a plain text says, with nothing around it but what changes no meaning."""
        spans = (span_of(form, self.unit) for form in peeled(text, around))
        return self.landing(next((span for span in spans if span is not None), None))


def _id(span: Span) -> str:
    low, high = (shown(one or Fraction(0)).replace(".", "p") for one in (span.low, span.high))
    if span.high is None:
        return f"from_{low}"
    return f"from_{low}_to_{high}" if span.low else f"under_{high}"


# ---- what people write ----

_PLAIN = re.compile(r"\d{1,9}(?:\.\d{1,4})?")
_DIGITS = {name: value for value, name in enumerate("零一二三四五六七八九")} | {"两": 2}
_ENGLISH = {name: value for value, name in enumerate("zero one two three four five six seven eight nine ten".split())} | {"a": 1}
_THOUSANDS = {"千": 1_000, "万": 10_000, "": 1}
_DIGIT, _HALF = "[一二两三四五六七八九]", Fraction(1, 2)
_CHINESE = re.compile(
    rf"(?:(?P<wan>{_DIGIT}|十)万)?(?:(?P<k>{_DIGIT})千)?(?:零?(?P<h>{_DIGIT})百)?(?:零?(?P<t>{_DIGIT})?(?P<ten>十))?(?:(?P<gap>零)?(?P<one>{_DIGIT}))?"
)
_NUMBER = rf"半|half an?\b|\d[\d,]*(?:\.\d+)?[千万]?|[零一二两三四五六七八九十百千万]+|(?:{'|'.join(_ENGLISH)})\b"
_LESS = re.compile(r"(?:还)?(?:不到|没到|未满|不满|不足|少于|低于)|(?:less than|under|below) ")
_MORE = re.compile(r"超过|多于|高于|大于|至少|不少于|(?:more than|over|at least) ")
_UP = re.compile(r"(?:(?:及|或)?以上| or more)$")
_AND = re.compile(r"[\s零又]*(?:and\s+)?")


def span_of(text: str, unit: Unit) -> Span | None:
    """What a plain text says of an amount: 4, 四年半, 3年6个月, 两年多, 不到一年, more than 2 years."""
    less, more, up = _LESS.match(text), _MORE.match(text), _UP.search(text)
    start, end = (less or more or _AND.match("")).end(), up.start() if up else len(text)  # type: ignore[union-attr]  # it may be empty
    said = _sum(text[start:end].strip(), unit)
    if said is None:
        return None
    value, step = said
    if less or more or up:
        bound = Span(Fraction(0), value) if less else Span(value)
        return None if step or (less and up) else bound
    return Span(value, value + step) if step else Span(value, exact=True)


def _sum(text: str, unit: Unit) -> tuple[Fraction, Fraction] | None:
    """The number that some numbers with their units make, and up to how much more it may be (多, 几)."""
    total, more, start, pattern = Fraction(0), Fraction(0), 0, _part(tuple(unit.words))
    while start < len(text):
        found = pattern.match(text, start)
        value = _value(found["number"]) if found else None
        if found is None or value is None or more or (start and not found["unit"]):
            return None
        factor = unit.words[found["unit"]] if found["unit"] else Fraction(1)
        total += (value + (_HALF if found["half"] or found["late_half"] else 0)) * factor
        more = _granularity(value) * factor if found["more"] or found["late_more"] else more
        start = found.end() + len(_AND.match(text, found.end())[0])  # type: ignore[index]  # it may be empty
    return (total, more) if text else None


@lru_cache(maxsize=64)
def _part(words: tuple[str, ...]) -> re.Pattern[str]:
    """A number with its unit."""
    unit = "|".join(re.escape(word) + (r"\b" if word[-1:].isascii() else "") for word in sorted(words, key=len, reverse=True))
    return re.compile(
        rf"(?P<number>{_NUMBER})(?:(?P<more>[多余几])|(?P<half>\s*and a half\b))?\s*(?P<unit>{unit})?"
        r"(?:(?P<late_half>半|\s*and a half\b)|(?P<late_more>多))?"
    )


def _value(text: str) -> Fraction | None:
    """半, 4.5, 1,200, 2万, 十五, three; None for what is none, or is read in two ways (一百二)."""
    if text == "半" or text.startswith("half"):
        return _HALF
    if text in _ENGLISH:
        return Fraction(_ENGLISH[text])
    if text[0].isdigit():
        number, times = (text[:-1], text[-1]) if text[-1] in "千万" else (text, "")
        plain = number.replace(",", "")
        return Fraction(plain) * _THOUSANDS[times] if _PLAIN.fullmatch(plain) else None
    if text == "零":
        return Fraction(0)
    found = _CHINESE.fullmatch(text)
    return _chinese(found) if found else None


def _chinese(found: re.Match[str]) -> Fraction | None:
    above, ten, one = found["wan"] or found["k"] or found["h"], found["ten"], found["one"]
    if (one and above and not ten and not found["gap"]) or (ten and above and not found["t"]) or (found["gap"] and ten):
        return None
    digits = [(found["k"], 1_000), (found["h"], 100), (found["t"], 10), (one, 1)]
    total = sum(_DIGITS[digit] * times for digit, times in digits if digit)
    wan = 10 if found["wan"] == "十" else _DIGITS[found["wan"]] if found["wan"] else 0
    return Fraction(total + wan * 10_000 + (10 if ten and not found["t"] else 0))


def _granularity(value: Fraction) -> Fraction:
    """What 多 adds at most: 四年多 is less than five, 四十多 less than fifty."""
    step = 1
    while value and value % (step * 10) == 0:
        step *= 10
    return Fraction(step)
