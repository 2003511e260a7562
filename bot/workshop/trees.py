"""A city's interview and a route's conditions as trees, in words: what the pictures show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.wording.languages import Language
from bot.wording.sentences import BASIS, ENUMERATION, HEADINGS, N_, SEMICOLON, STATUS
from bot.workshop.conditions import in_words
from bot.workshop.diff import NOT_CLEAR, PAPERS
from flows.amounts import shown
from flows.book import Book
from flows.facts import NOTHING, UNSURE, Fact, When
from flows.policy import GROUND, TO_TOWN, Policy
from flows.routes import Paper, Route
from flows.rules import AMBIGUOUS, FITS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, AllOf, Need, Points, Rule

NAMED = N_("{says}（{clause}）")
ENOUGH_POINTS, POINTS_EACH = N_("加起来要{needed}分"), N_("{answer} {points}分")
CONDITIONS, ANY_OF, ALL_OF = N_("条件，每一样都要满足"), N_("有一样满足就行"), N_("每一样都要满足")
ONLY_IF = N_("只在这时看：{condition}")
UNLESS = N_("这时不算：{condition}")
OTHERWISE = N_("别的情况")
VERDICTS = {
    FITS: N_("满足"),
    FITS_IF: N_("还差、能补上"),
    LOCAL_RULES: N_("看当地规定"),
    AMBIGUOUS: N_("文件不清楚"),
    NOT_GOVERNED: STATUS["not_governed"],
    NONE: N_("不满足"),
}
LIST = N_("{what}：{answers}")
MATTERS, GROUNDS = N_("办哪些事"), N_("在那里有这些的，也看这条")
PLACES, FAMILY = HEADINGS["place"], HEADINGS["together"]
MOVERS = {"yes": N_("可以"), "ask": NOT_CLEAR, "no": N_("不可以")}
ASKED_IN_TURN = N_("依次问（用不着的不问）：{questions}")
SILENT = N_("文件没有写")
ABOUT_RIGHTS = N_("专题卡")
INTERVIEW = N_("{city}：要办的事，看哪些途径，问什么")


@dataclass(frozen=True, slots=True)
class Tree:
    """`kind`: what it is, for its colour; what it says stands in words."""

    says: str
    kind: str = ""
    below: tuple["Tree", ...] = ()


def named(book: Book, policy: Policy, name: str, words: Language) -> Tree | None:
    """A city's, or (city.route) a route's; None if it has none of that name."""
    if name in policy.routes:
        return of_route(book, policy, policy.routes[name], words)
    return of_city(policy, words) if name == policy.city else None


def of_route(book: Book, policy: Policy, route: Route, words: Language) -> Tree:
    return Tree(_named(words, route.title, route.clause), "root", tuple(_parts(book, policy, route, words)))


def _parts(book: Book, policy: Policy, route: Route, words: Language) -> Iterator[Tree]:
    for what, fact, some in ((MATTERS, "matter", route.matters), (GROUNDS, GROUND, route.grounds)):
        if some:
            labels = [words(label) for option, label in policy.facts[fact].options.items() if option in some]
            yield Tree(words(LIST, what=words(what), answers=words(SEMICOLON).join(labels)))
    yield Tree(words(CONDITIONS), "head", tuple(_rule(policy, rule, words) for rule in route.needs.needs))
    if route.placements:
        yield Tree(words(PLACES), "head", tuple(_when(policy, one.when, words, words(one.note)) for one in route.placements))
    if route.family is not None and route.family.lists:
        yield Tree(words(FAMILY), "head", tuple(_movers(policy, route, words)))
    if route.papers:
        named = tuple(
            _when(
                policy, one.when, words, words(LIST, what=words(BASIS[one.basis]), answers=words(book.papers[one.id])), one.unless
            )
            for one in route.papers
        )
        yield Tree(words(PAPERS), "head", named)


def _named(words: Language, says: str, clause: str) -> str:
    return words(NAMED, says=words(says), clause=clause) if clause else words(says)


def _rule(policy: Policy, rule: Rule, words: Language) -> Tree:
    if isinstance(rule, Need):
        fact = policy.facts[rule.fact]
        says = _named(words, rule.texts.says, rule.texts.clause) if rule.texts.says else words(fact.short)
        below = [_only_if(policy, rule.when, words)] if rule.when else []
        return Tree(says, "need", (*below, *_lists(fact, rule, words)))
    if isinstance(rule, Points):
        return Tree(
            words(ENOUGH_POINTS, needed=shown(rule.at_least)), "group", tuple(_item(policy, one, words) for one in rule.items)
        )
    kind = words(ALL_OF if isinstance(rule, AllOf) else ANY_OF)
    says = words(LIST, what=_named(words, rule.texts.says, rule.texts.clause), answers=kind) if rule.texts.says else kind
    return Tree(says, "group", tuple(_rule(policy, one, words) for one in rule.needs))


def _item(policy: Policy, item: Need, words: Language) -> Tree:
    """What each answer to it gives."""
    fact = policy.facts[item.fact]
    labels = {option: words(label) for option, label in fact.options.items()}
    given = [
        words(POINTS_EACH, answer=labels[option], points=shown(item.points[fact.value_of(option)]))
        for option in labels
        if fact.value_of(option) in item.points
    ]
    return Tree(words(LIST, what=words(fact.short), answers=words(SEMICOLON).join(given)), "need")


def _only_if(policy: Policy, when: When, words: Language, text: str = ONLY_IF) -> Tree:
    condition = {fact: tuple(sorted(answers, key=str)) for fact, answers in when.accepted}
    return Tree(words(text, condition=in_words(policy.facts, condition, words)), "when")


def _lists(fact: Fact, need: Need, words: Language) -> Iterator[Tree]:
    """The options by what they give; of several at once, by what each gives alone."""
    options = [(option, fact.options[option]) for option in fact.options]
    if fact.many:
        options.append((NOTHING, fact.nothing))
    for verdict, says in VERDICTS.items():
        some = [words(label) for option, label in options if need.table.get(fact.value_of(option), need.table[None]) == verdict]
        if some:
            yield Tree(words(LIST, what=words(says), answers=words(SEMICOLON).join(some)), f"verdict{verdict}")


def _when(policy: Policy, when: When | None, words: Language, says: str, unless: When | None = None) -> Tree:
    below = [_only_if(policy, when, words)] if when else []
    below += [_only_if(policy, unless, words, UNLESS)] if unless else []
    return Tree(says, "", tuple(below))


def _paper(book: Book, policy: Policy, paper: Paper, words: Language) -> Tree:
    says = words(LIST, what=words(BASIS[paper.basis]), answers=words(book.papers[paper.id]))
    return _when(policy, paper.when, words, says, paper.unless)


def _movers(policy: Policy, route: Route, words: Language) -> Iterator[Tree]:
    labels = policy.facts["movers"].options
    if route.family is None:
        return
    for along, says in MOVERS.items():
        some = [words(labels[mover]) for mover, one in route.family.lists.items() if one == along and mover in labels]
        if some:
            yield Tree(words(LIST, what=words(says), answers=words(ENUMERATION).join(some)))
    for mover, when in route.family.named_if.items():
        says = words(LIST, what=words(labels.get(mover, mover)), answers=words(MOVERS["yes"]))
        yield Tree(says, "", (_only_if(policy, when, words),))


# ---- a city ----


def of_city(policy: Policy, words: Language) -> Tree:
    below = tuple(_matter(policy, matter, label, words) for matter, label in policy.facts["matter"].options.items())
    return Tree(words(INTERVIEW, city=words(policy.name)), "root", below)


def _matter(policy: Policy, matter: str, label: str, words: Language) -> Tree:
    routes = [one for one in policy.routes.values() if matter in one.matters or (matter == TO_TOWN and one.grounds)]
    below = [_asked(policy, matter, one, words) for one in routes]
    if not routes:
        below = [Tree(words(ABOUT_RIGHTS if matter == "rights" else SILENT), "verdict5")]
    return Tree(words(label), "head", tuple(below))


def _asked(policy: Policy, matter: str, route: Route, words: Language) -> Tree:
    asked = words(SEMICOLON).join(words(policy.facts[fact].short) for fact in _in_order(policy, matter, route))
    return Tree(_named(words, route.title, route.clause), "need", (Tree(words(ASKED_IN_TURN, questions=asked), "when"),))


def _in_order(policy: Policy, matter: str, route: Route) -> Iterable[str]:
    """The facts of its conditions that are asked about, as a talk comes to them."""
    first = policy.order.get(matter, ())
    facts = {need.fact for need in route.needs.leaves() if need.table[None] == OPEN or need.table.get(UNSURE) == OPEN}
    return sorted(facts, key=lambda fact: (first.index(fact) if fact in first else len(first), policy.places[fact]))
