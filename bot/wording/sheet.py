"""The answer sheet (一次性告知单) in words: what is possible, what is not and why, and what to bring where."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from bot.wording import sentences
from bot.wording.languages import Language
from bot.wording.questions import said
from bot.wording.view import Card, PaperLine, Refusal, Sheet, TopicCard
from flows.book import Book
from flows.conversation import Session
from flows.facts import UNSURE, Fact, Facts
from flows.policy import Along, Family, Judgement, Paper, Policy, Route, Topic
from flows.rules import AMBIGUOUS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, Finding, Need, Status, Texts

FOR_ONE = {"child_registration", "fix_record"}  # matters that concern nobody but the person
POSSIBLE: tuple[Status, ...] = ("fits", "fits_if", "local_rules", "ambiguous", "not_governed")  # as they stand on a sheet


# ---- the whole sheet ----


def sheet(book: Book, words: Language, session: Session) -> Sheet:
    policy = book.policy(session.facts.get("city"))
    if policy is None:
        return no_city_sheet(book, words, session.facts)
    facts, judged = session.facts, _known(policy, session.facts)
    unasked = [route for route in policy.routes_for(facts) if not route.known(facts)]
    matter = facts.get("matter")
    judged.sort(key=lambda one: (_rank(one.status), matter not in one.route.matters))
    return Sheet(
        title=words(sentences.SHEET_OF_CITY, city=words(policy.name)),
        opening=_opening(words, policy, facts, judged),
        cards=tuple(card(book, words, policy, one, facts) for one in judged if one.status in POSSIBLE),
        refusals=tuple(refusal(words, one, facts) for one in judged if one.status == "none"),
        unasked=_unasked(words, sentences.UNASKED, sentences.SEMICOLON, unasked),
        topics=tuple(topic_card(book, words, topic) for topic in policy.topics_for(facts)),
        closing=_closing(words, policy, session.as_of),
    )


def no_city_sheet(book: Book, words: Language, facts: Facts) -> Sheet:
    if facts.get("city") == UNSURE:
        line = words(sentences.FIND_OUT_CITY)
    else:
        names = (words(label) for city, label in book.facts["city"].options.items() if city != "other")
        line = words(sentences.ONLY_THESE_CITIES, cities=words(sentences.ENUMERATION).join(names))
    return Sheet(words(sentences.SHEET_OF_NO_CITY), (line,), (), (), "", (), ())


def opening(book: Book, words: Language, session: Session) -> tuple[str, ...]:
    """The first lines of the sheet alone."""
    policy = book.policy(session.facts.get("city"))
    if policy is None:
        return no_city_sheet(book, words, session.facts).opening
    return _opening(words, policy, session.facts, _known(policy, session.facts))


def unasked_on_paper(book: Book, words: Language, session: Session) -> str:
    """What was not asked about, for those who read it on paper, where nothing can be pressed."""
    policy = book.policy(session.facts.get("city"))
    routes = [route for route in policy.routes.values() if not route.settled(session.facts)] if policy else []
    return _unasked(words, sentences.UNASKED_ON_PAPER, sentences.ENUMERATION, routes)


def hall_heading(book: Book, words: Language, where: str, hall: str, session: Session) -> str:
    """Over what is told of the kiosk's hall: `where` it is read, the hall's city or "", and whose answers it stands below."""
    heading = words(sentences.HALL_HEADING[where])
    policy = book.policy(session.facts.get("city"))
    if policy is None or hall in ("", session.facts["city"]):
        return heading
    return bracketed(words, heading, words(sentences.NOT_OF_THIS_HALL, city=words(policy.name)))


def _opening(words: Language, policy: Policy, facts: Facts, judged: list[Judgement]) -> tuple[str, ...]:
    statuses = {judgement.status for judgement in judged}
    lines = []
    if silent := policy.silent.get(str(facts.get("matter", ""))):
        lines.append(silent)
    if facts.get("mover_citizen") == "no":
        needs = (need for route in policy.routes.values() for need in route.needs.leaves())
        lines.append(next(need.texts.governed for need in needs if need.fact == "mover_citizen"))
    if "fits" in statuses:
        lines.append(sentences.OPENING_FITS)
    elif statuses - {"none"} == {"not_governed"}:
        lines.append(sentences.OPENING_ELSEWHERE)
    elif statuses & set(POSSIBLE):
        lines.append(sentences.OPENING_POSSIBLE)
    elif judged:
        lines += sentences.OPENING_NONE
    return tuple(map(words, lines))


def _closing(words: Language, policy: Policy, as_of: str) -> tuple[str, ...]:
    lines = [words(sentences.NO_DECISION)]
    lines.append(words(sentences.COMPARED_WITH, document=_document(words, policy)))
    lines += [outside(words, line) for line in policy.general]
    lines.append(words(sentences.VERSION, version=policy.version))
    if as_of:
        lines.append(words(sentences.ASKED_ON, day=day(words, as_of)))
    return tuple(lines)


def _unasked(words: Language, sentence: str, between: str, routes: list[Route]) -> str:
    return words(sentence, routes=words(between).join(words(route.title) for route in routes)) if routes else ""


def _known(policy: Policy, facts: Facts) -> list[Judgement]:
    """The routes that a sheet speaks of, judged."""
    return [policy.judge(route, facts) for route in policy.routes_for(facts) if route.known(facts)]


def _rank(status: Status) -> int:
    """Where a route stands on a sheet: the most hopeful first."""
    return POSSIBLE.index(status) if status in POSSIBLE else len(POSSIBLE)


# ---- one route ----


def card(book: Book, words: Language, policy: Policy, judgement: Judgement, facts: Facts) -> Card:
    route = judgement.route
    here = judgement.status != "not_governed"  # else another place decides, on papers and windows too
    return Card(
        route=route.id,
        title=words(route.title),
        status=judgement.status,
        headline=headline(words, judgement),
        points=(
            *(line for finding in judgement.findings for line in _points(words, policy, finding, facts)),
            *(_still_to_ask(words, policy.facts[fact]) for fact in route.undecided(facts)),
        ),
        family=_family(words, policy, route, judgement.family, facts) if here else (),
        placement=tuple(words(placement.note) for placement in judgement.placements) if here else (),
        papers=tuple(_paper_line(book, words, paper) for paper in judgement.papers) if here else (),
        papers_note=_papers_note(words, judgement),
        where=_where(words, route) if here else (),
        clause=citation(words, policy, route.clause),
        notes=tuple(map(words, route.notes)) if here else (),
        general=tuple(outside(words, line) for line in route.general),
    )


def headline(words: Language, judgement: Judgement) -> str:
    match judgement.status, judgement.at_best:
        case "fits", _:
            return words(sentences.FITS)
        case "fits_if", "fits":
            return words(sentences.LACKING_THEN_FITS)
        case "fits_if", "local_rules":
            return words(sentences.LACKING_THEN_LOCAL_RULES)
        case "fits_if", "ambiguous":
            return words(sentences.LACKING_THEN_AMBIGUOUS)
        case "fits_if", _:
            return words(sentences.LACKING_THEN_ELSEWHERE)
        case "local_rules", _:
            return words(sentences.LOCAL_RULES)
        case "ambiguous", _:
            return words(sentences.AMBIGUOUS)
        case _:
            return words(sentences.NOT_GOVERNED)


def _points(words: Language, policy: Policy, finding: Finding, facts: Facts) -> Iterator[str]:
    for texts in _texts(finding, facts):
        match finding.verdict:
            case verdict if verdict == FITS_IF and finding.unsure:
                unsure = next(fact for fact in finding.facts if facts.get(fact) == UNSURE)
                yield words(sentences.POINT_UNSURE, condition=words(texts.says), how=words(policy.facts[unsure].unsure))
            case verdict if verdict == FITS_IF:
                yield words(sentences.POINT_LACKING, condition=words(texts.says), cure=words(texts.cure))
            case verdict if verdict == AMBIGUOUS:
                yield words(sentences.POINT_UNCLEAR, unclear=words(texts.unclear))
                yield words(sentences.POINT_ASK_POLICE, question=words(texts.question))
            case verdict if verdict == LOCAL_RULES:
                yield words(texts.detail)
            case verdict if verdict == NOT_GOVERNED:
                yield words(texts.governed)
            case verdict if verdict == OPEN:
                yield words(sentences.POINT_NOT_KNOWN, condition=words(texts.says))


def _still_to_ask(words: Language, fact: Fact) -> str:
    return words(sentences.POINT_NOT_ASKED, question=words(fact.ask))


def refusal(words: Language, judgement: Judgement, facts: Facts) -> Refusal:
    """Why a route does not fit, and what would change that. For another county nothing would but another route."""
    failed = [finding for finding in judgement.findings if finding.verdict == NONE]
    elsewhere = [finding for finding in failed if finding.facts == ("county",)]
    unmet = [texts for finding in elsewhere or failed for texts in _texts(finding, facts)]
    return Refusal(
        route=judgement.route.id,
        title=words(judgement.route.title),
        clause=words(judgement.route.clause),
        reasons=tuple(dict.fromkeys(words(texts.says) for texts in unmet)),
        changes=tuple(dict.fromkeys(words(texts.otherwise) for texts in unmet if texts.otherwise)),
        enough=bool(elsewhere) or len(judgement.findings) == 1,
    )


def not_met(words: Language, refusal: Refusal) -> str:
    sentence = sentences.REFUSED_FOR if refusal.enough else sentences.REFUSED_FOR_THIS_AND_MORE
    return words(sentence, reasons=words(sentences.SEMICOLON).join(refusal.reasons))


def _texts(finding: Finding, facts: Facts) -> Iterable[Texts]:
    """The texts that speak for a finding: a group speaks for itself, unless its parts have more to say."""
    if isinstance(finding.rule, Need) or finding.verdict in (NONE, OPEN, FITS_IF):
        yield finding.rule.texts
        return
    for need in finding.rule.leaves():
        if need.verdict(facts) == finding.verdict:
            yield need.texts


# ---- who moves along ----


def _family(
    words: Language, policy: Policy, route: Route, family: Mapping[Along, tuple[str, ...]], facts: Facts
) -> tuple[str, ...]:
    if route.family is None:
        moves = route.placements and not route.matters <= FOR_ONE
        return (words(sentences.FAMILY_NOT_WRITTEN),) if moves else ()
    movers = policy.facts["movers"]
    if facts.get("movers") == UNSURE:
        named = tuple(mover for mover, answer in route.family.lists.items() if answer == "yes")
        return (words(sentences.FAMILY_NAMED, people=said(words, movers, movers.in_order(named))),)
    unclear = tuple(mover for mover in family["ask"] if route.family.could_be_named(mover, facts))
    left_open = tuple(mover for mover in family["ask"] if mover not in unclear)
    apart = facts.get("live_together") == "no"
    spoken_of = {
        sentences.FAMILY_MAY_MOVE: family["yes"],
        _unclear_family(route.family, unclear, facts): unclear,
        sentences.FAMILY_LEFT_OPEN: left_open,
        sentences.FAMILY_APART if apart else sentences.FAMILY_NOT_LISTED: family["no"],
    }
    return tuple(words(sentence, people=said(words, movers, people)) for sentence, people in spoken_of.items() if people)


def _unclear_family(family: Family, unclear: tuple[str, ...], facts: Facts) -> str:
    """What has to be known of people whom the clause may name."""
    if facts.get("live_together", UNSURE) != UNSURE:
        return sentences.FAMILY_IF_SINGLE
    if "adult_child" in unclear and "adult_child" in family.named_if:
        return sentences.FAMILY_IF_ADULT
    return sentences.FAMILY_IF_TOGETHER


# ---- papers, windows, sources ----


def topic_card(book: Book, words: Language, topic: Topic) -> TopicCard:
    return TopicCard(
        topic.id,
        words(topic.title),
        words(topic.says),
        tuple(_paper_line(book, words, paper) for paper in topic.papers),
        words(sentences.CLAUSE, clause=words(topic.clause)),
        words(sentences.DEPARTMENT, department=words(topic.department)) if topic.department else "",
        tuple(outside(words, line) for line in topic.general),
    )


def _paper_line(book: Book, words: Language, paper: Paper) -> PaperLine:
    return PaperLine(paper.id, words(book.papers[paper.id]), paper.basis, words(sentences.BASIS[paper.basis]))


def _papers_note(words: Language, judgement: Judgement) -> str:
    if judgement.status == "not_governed":
        return words(sentences.PAPERS_ELSEWHERE)
    if all(paper.basis == "implied" for paper in judgement.papers):
        return words(sentences.PAPERS_NOT_LISTED)
    return ""


def _where(words: Language, route: Route) -> tuple[str, ...]:
    office = words(sentences.OFFICE, office=words(route.office)) if route.office else words(sentences.OFFICE_NOT_WRITTEN)
    if not route.department:
        return (office,)
    return office, words(sentences.DEPARTMENT, department=words(route.department))


def citation(words: Language, policy: Policy, clause: str) -> str:
    return words(sentences.CLAUSE_OF_DOCUMENT, document=_document(words, policy), clause=words(clause))


def _document(words: Language, policy: Policy) -> str:
    number, issued = policy.document.number, policy.document.issued
    source = words(sentences.COMMA).join(part for part in (number, day(words, issued) if issued else "") if part)
    return bracketed(words, words(policy.document.title), source or words(sentences.DOCUMENT_UNDATED))


def bracketed(words: Language, text: str, more: str) -> str:
    if more.startswith(("（", "(")) and more.endswith(("）", ")")):  # a clause that is a number in brackets
        return words(sentences.JOINED, text=text, more=more)
    return words(sentences.BRACKETED, text=text, more=more)


def day(words: Language, iso: str) -> str:
    day = date.fromisoformat(iso)
    return words(sentences.DAY, year=day.year, month=day.month, day=day.day)


def outside(words: Language, line: str) -> str:
    return words(sentences.OUTSIDE, line=words(line))
