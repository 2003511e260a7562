"""Points in words: how many there are, for what, and how many are missing."""

from collections.abc import Iterator

from bot.wording import sentences
from bot.wording.languages import Language
from flows.amounts import shown
from flows.facts import Facts
from flows.policy import Policy
from flows.routes import Route
from flows.rules import NONE, Need, Points, Rule


def counted(words: Language, policy: Policy, route: Route, facts: Facts) -> Iterator[str]:
    """A line for all points of a route that somebody has said something of."""
    for points in _in(route.needs):
        if any(item.fact in facts for item in points.items):
            yield _line(words, policy, points, facts)


def _in(rule: Rule) -> Iterator[Points]:
    if isinstance(rule, Points):
        yield rule
    elif not isinstance(rule, Need):
        yield from (points for need in rule.needs for points in _in(need))


def _line(words: Language, policy: Policy, points: Points, facts: Facts) -> str:
    least, most = points.score(facts)
    some = [(item, item.points.get(facts.get(item.fact, ""))) for item in points.items]
    told = [
        words(sentences.POINTS_OF, item=words(policy.facts[item.fact].short), points=shown(given))
        for item, given in some
        if given is not None
    ]
    open_ = [words(policy.facts[item.fact].short) for item, given in some if given is None]
    gaps = {"points": shown(least), "needed": shown(points.at_least), "items": words(sentences.ENUMERATION).join(told) or "0"}
    if least >= points.at_least:
        return words(sentences.POINTS_ENOUGH, **gaps)
    if points.verdict(facts) == NONE:
        missing = shown(points.at_least - most)
        return words(sentences.POINTS_TOO_FEW, **{**gaps, "points": shown(most)}, missing=missing)
    left = {"open": words(sentences.ENUMERATION).join(open_), "more": shown(most - least)}
    return words(sentences.POINTS_OPEN, **gaps, **left, missing=shown(points.at_least - least))
