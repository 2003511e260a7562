"""The conditions of a class of residents, in words: of each fact the answers that they have."""

from collections.abc import Collection, Iterator, Mapping

from bot.wording.languages import Language
from bot.wording.sentences import ENUMERATION, N_, SEMICOLON, UNSURE_LABEL
from flows.amounts import Amount, Span
from flows.facts import UNSURE, Answer, Fact
from flows.proving.changes import Condition
from flows.proving.diagrams import Diagrams

IS = N_("{short}：{answers}")
IS_NOT = N_("{short}不是：{answers}")
OR = N_("，或者")
NOT_SAID = N_("没有说")
NONE_CHOSEN = N_("一样也没有")
CHOSEN = N_("有“{options}”")
NOT_CHOSEN = N_("没有“{options}”")
ANY_CONDITION = N_("不论什么情况")


def in_words(facts: Mapping[str, Fact], condition: Condition, words: Language) -> str:
    said = [_one(facts[fact], answers, words) for fact, answers in condition.items() if fact in facts]
    return words(SEMICOLON).join(said) or words(ANY_CONDITION)


def _one(fact: Fact, answers: tuple[Answer | None, ...], words: Language) -> str:
    """By the answers, or by those that they are not: whichever takes fewer words."""
    others = tuple(one for one in (*fact.every_answer(), UNSURE, None) if one not in answers)
    ways = [(IS, _named(fact, answers, words)), (IS_NOT, _named(fact, others, words))]
    if None in answers and not fact.many and fact.amount is None:
        ways = ways[1:]
    text, parts = min(ways, key=lambda way: len(way[1]))
    return words(text, short=words(fact.short), answers=words(OR).join(parts))


def _named(fact: Fact, answers: Collection[Answer | None], words: Language) -> list[str]:
    if fact.many:
        parts = list(_selections(fact, {one for one in answers if isinstance(one, tuple)}, words))
    elif fact.amount is not None:
        parts = [words(fact.amount.label(span)) for span in _spans(fact.amount, answers)]
    else:
        parts = [words(fact.options.get(one, one)) for one in answers if isinstance(one, str) and one != UNSURE]
    return parts + [words(UNSURE_LABEL)] * (UNSURE in answers) + [words(NOT_SAID)] * (None in answers)


def _spans(amount: Amount, answers: Collection[Answer | None]) -> list[Span]:
    """The ranges of an amount; those that touch as one, unless that is any number."""
    found: list[Span] = []
    some = [span for option, span in amount.ranges.items() if option in answers]
    if len(some) == len(amount.ranges):
        return some
    for span in some:
        if found and found[-1].high == span.low:
            span = Span(found.pop().low, span.high)
        found.append(span)
    return found


def _selections(fact: Fact, accepted: Collection[tuple[str, ...]], words: Language) -> Iterator[str]:
    """Selections in as few words as will do: which of the options are chosen, and which are not."""
    if not accepted:
        return
    options = tuple(fact.options)
    diagrams = Diagrams(dict.fromkeys(options, ("yes", "no")))
    chosen = diagrams.table(options, lambda known: tuple(one for one in options if known[one] == "yes") in accepted)
    for cube in diagrams.cover(chosen, True, ()):
        with_, without = ([one for one, few in cube.items() if few == {place}] for place in (0, 1))
        if not with_ and len(without) == len(options):
            yield words(NONE_CHOSEN)
            continue
        said = [
            words(text, options=words(ENUMERATION).join(words(fact.options[one]) for one in some))
            for text, some in ((CHOSEN, with_), (NOT_CHOSEN, without))
            if some
        ]
        yield words(ENUMERATION).join(said) or words(ANY_CONDITION)
