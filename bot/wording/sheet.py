"""The answer sheet (一次性告知单) in words: the answer first, what is folded after it, and on what it rests."""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.wording import sentences
from bot.wording.answer import Case, answer, blocks
from bot.wording.cards import bracketed, card, day, document_of, refusal, topic_card
from bot.wording.languages import Language
from bot.wording.people import speaking_of
from bot.wording.view import Block, Refusal, Sheet
from flows.book import Book
from flows.conversation import Session
from flows.facts import UNSURE, Facts
from flows.policy import HOPE, Policy, leads_to, stands_on
from flows.routes import Judgement

POSSIBLE = HOPE[:5]  # how a route stands that is on a card
SURE = ("local_rules", "ambiguous")  # what no answer that is still missing can change


def sheet(book: Book, words: Language, session: Session, as_given: bool = False) -> Sheet:
    """The sheet of a talk. `as_given`: for facts that no talk gave, from which nothing is inferred."""
    case = case_of(book, words, session, as_given)
    if case is None:
        return no_city_sheet(book, words, session.facts)
    words, policy, facts = case.words, case.policy, case.facts
    head, lead = blocks(case), case.lead.route.id if case.lead else None
    told = [one for one in case.judged if one.is_known] if case.outcome.kind != "overview" else []
    return Sheet(
        title=words(sentences.SHEET_OF_CITY, city=words(policy.name)),
        blocks=head,
        topics=tuple(topic_card(book, words, topic) for topic in policy.topics_called(facts)),
        footer=_footer(words, policy),
        cards=tuple(
            card(book, words, policy, one, facts, head if one.route.id == lead else ()) for one in told if one.status in POSSIBLE
        ),
        refusals=_refusals(words, case, told, session.facts),
        unasked=_unasked(case, told),
        source=_source(words, policy, session.as_of),
    )


def case_of(book: Book, words: Language, session: Session, as_given: bool = False) -> Case | None:
    """What came out for a talk; None where there is no document."""
    policy = book.policy(session.facts.get("city"))
    if policy is None:
        return None
    facts = session.facts if as_given else policy.known(session.facts)
    at_a_loss = not as_given and policy.overview(session.facts, session.seen, facts)
    outcome = policy.outcome(facts, overview=at_a_loss, looked=bool(session.seen))
    asked = policy.in_question(facts)
    judged = list(_spoken_of(policy, facts, session))
    sure = min((_rank(one.status) for one in judged if one.status in SURE and stands_on(one.route, facts)), default=len(HOPE))
    judged.sort(key=lambda one: (one.route not in asked, _place(one, facts, sure), not stands_on(one.route, facts)))
    return Case(book, speaking_of(words, facts), policy, facts, session.asks_for, outcome, tuple(judged))


def _spoken_of(policy: Policy, facts: Facts, session: Session) -> Iterator[Judgement]:
    """The routes of the matter; of all matters what is known, for somebody who looked at other routes, or named none."""
    all_of_them = bool(session.seen) or "matter" not in facts
    for route in policy.routes_for(facts):
        if (all_of_them or leads_to(route, facts)) and ((judged := policy.judge(route, facts)).is_known or not all_of_them):
            yield judged


def _rank(status: str) -> int:
    return HOPE.index(status) if status in HOPE else len(HOPE)


def _place(judged: Judgement, facts: Facts, sure: int) -> tuple[int, bool]:
    """Where a route comes, by its hope. `sure`: how the best stands that is settled and that one has something for; what can at
    best become the same, and what nothing that one has leads to, comes after it."""
    if judged.status == "fits_if" and _rank(judged.at_best) >= sure and not stands_on(judged.route, facts):
        return _rank(judged.at_best), True
    return _rank(judged.status), False


def no_city_sheet(book: Book, words: Language, facts: Facts) -> Sheet:
    if facts.get("city") == UNSURE:
        line = words(sentences.FIND_OUT_CITY)
    elif facts.get("city") in book.cities:
        line = _not_in_force(book, words, book.city(str(facts["city"])).policy)
    else:
        names = (words(label) for city, label in book.facts["city"].options.items() if city != "other")
        line = words(sentences.ONLY_THESE_CITIES, cities=words(sentences.ENUMERATION).join(names))
    return Sheet(words(sentences.SHEET_OF_NO_CITY), (Block("answer", "", (line,)),), (), ())


def _not_in_force(book: Book, words: Language, policy: Policy) -> str:
    document, yet = policy.document, policy.document.began > book.as_of
    says = sentences.NOT_YET_IN_FORCE if yet else sentences.NO_MORE_IN_FORCE
    of = {"city": words(policy.name), "document": document_of(words, policy)}
    return words(says, **of, day=day(words, document.began if yet else document.ends))


def opening(book: Book, words: Language, session: Session) -> tuple[str, ...]:
    """The answer alone."""
    case = case_of(book, words, session)
    return answer(case) if case is not None else no_city_sheet(book, words, session.facts).answer


def hall_heading(book: Book, words: Language, where: str, hall: str, session: Session) -> str:
    """Over what is told of the kiosk's hall: `where` it is read, the hall's city or "", and whose answers it stands below."""
    heading = words(sentences.HALL_HEADING[where])
    policy = book.policy(session.facts.get("city"))
    if policy is None or hall in ("", session.facts["city"]):
        return heading
    return bracketed(words, heading, words(sentences.NOT_OF_THIS_HALL, city=words(policy.name)))


def _refusals(words: Language, case: Case, told: list[Judgement], said: Facts) -> tuple[Refusal, ...]:
    """The matter's routes that do not fit by what was said. Those of other territory are none of this person's."""
    refused = [
        one for one in told if one.status == "none" and "county" not in one.because and not said.keys().isdisjoint(one.because)
    ]
    lead = case.lead.route.id if case.lead else ""
    return tuple(refusal(words, case.policy, one, case.facts, lead) for one in refused if one.route.id != lead)


def _unasked(case: Case, told: list[Judgement]) -> str:
    """The routes that were not asked about; on an overview they are those that it lists."""
    if case.outcome.kind == "overview":
        return case.words(sentences.UNASKED_YET)
    count = len(case.policy.routes_for(case.facts)) - len(told)
    return case.words(sentences.UNASKED, count=count) if count > 0 else ""


def on_paper(words: Language, sheet: Sheet) -> Sheet:
    """The sheet for those who read it where nothing can be pressed."""
    return replace(sheet, unasked=words(sentences.UNASKED_ON_PAPER) if sheet.unasked else "")


def _footer(words: Language, policy: Policy) -> tuple[str, ...]:
    compared = words(sentences.NO_DECISION, document=document_of(words, policy))
    return (compared, words(policy.about[0])) if policy.about else (compared,)


def _source(words: Language, policy: Policy, as_of: str) -> tuple[str, ...]:
    """On what the sheet rests: for whoever checks it."""
    lines = [*map(words, policy.about[1:]), words(sentences.VERSION, version=policy.version)]
    if as_of:
        lines.append(words(sentences.ASKED_ON, day=day(words, as_of)))
    return tuple(lines)
