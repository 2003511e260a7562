"""What is counted, in words: points and what is missing of them, and how many people may move."""

from collections.abc import Iterator

from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.sentences import N_
from flows.amounts import shown
from flows.facts import Facts
from flows.policy import Policy
from flows.routes import Judgement, Route
from flows.rules import NONE, Need, Points, Rule

POINTS_OF = N_("{item}{points}分")
POINTS_ENOUGH = N_("照说的来算，有{points}分，够{needed}分了（{items}）。")
POINTS_TOO_FEW = N_("照说的来算，最多{points}分，要{needed}分，还差{missing}分（{items}）。")
POINTS_OPEN = N_("照说的来算，有{points}分，要{needed}分，还差{missing}分（{items}）；没弄清的（{open}）最多还有{more}分。")
QUOTA_WITH_MOVER = N_("连要迁的人自己")
QUOTA_MOVERS = N_("只算一起迁的家人")
QUOTA = N_("人数有限（{amount}）：{who}，最多{people}人。")
QUOTA_GROWING = N_("人数有限（{amount}）：{who}，可以有{people}人；还能不能再多，打电话问派出所：“我这种情况，一共能迁几个人？”")
QUOTA_UNKNOWN = N_("人数有限，要看{what}：{who}，可以有{least}人，最多{most}人。")
QUOTA_UNKNOWN_GROWING = N_("人数有限，要看{what}：{who}，可以有{least}人，往上还能多。")
QUOTA_OVER = N_("说到的人，{who}，至少有{count}个，超过了，不能都迁：谁一起迁，先在家里商量好。")


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
        words(POINTS_OF, item=words(policy.facts[item.fact].short), points=shown(given))
        for item, given in some
        if given is not None
    ]
    open_ = [words(policy.facts[item.fact].short) for item, given in some if given is None]
    gaps = {"points": shown(least), "needed": shown(points.at_least), "items": words(sentences.ENUMERATION).join(told) or "0"}
    if least >= points.at_least:
        return words(POINTS_ENOUGH, **gaps)
    if points.verdict(facts) == NONE:
        missing = shown(points.at_least - most)
        return words(POINTS_TOO_FEW, **{**gaps, "points": shown(most)}, missing=missing)
    left = {"open": words(sentences.ENUMERATION).join(open_), "more": shown(most - least)}
    return words(POINTS_OPEN, **gaps, **left, missing=shown(points.at_least - least))


def quota_lines(words: Language, policy: Policy, judgement: Judgement, facts: Facts) -> Iterator[str]:
    """How many people the route lets move, and whether those who were named are more for sure."""
    quota = judgement.route.family.quota if judgement.route.family else None
    if quota is None or not judgement.family["yes"] + judgement.family["ask"]:
        return
    who, (least, most) = words(QUOTA_WITH_MOVER if quota.with_mover else QUOTA_MOVERS), quota.bounds(facts)
    fact = policy.facts[quota.fact]
    if facts.get(quota.fact) in quota.people:
        label = words(fact.options[str(facts[quota.fact])])
        amount = words(sentences.SHORT_AND_ANSWER, short=words(fact.short), answer=label)
        yield words(QUOTA if most else QUOTA_GROWING, amount=amount, who=who, people=least)
    elif most is None:
        yield words(QUOTA_UNKNOWN_GROWING, what=words(fact.short), who=who, least=least)
    else:
        yield words(QUOTA_UNKNOWN, what=words(fact.short), who=who, least=least, most=most)
    if judgement.route.family and judgement.route.family.has_room(judgement.family, facts) is False:
        yield words(QUOTA_OVER, who=who, count=quota.count(len(judgement.family["yes"])))
