"""The folded part of the answer sheet: routes condition by condition, refusals, topics; papers, clauses and who moves along."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from bot.wording import sentences
from bot.wording.counted import counted, quota_lines
from bot.wording.languages import SOURCE, Language, capital
from bot.wording.people import relatives
from bot.wording.view import Block, Card, PaperLine, Refusal, TopicCard
from flows.book import Book
from flows.facts import UNSURE, Fact, Facts, all_said, first_said
from flows.policy import Policy
from flows.routes import Along, Family, Judgement, Paper, Route, Topic
from flows.rules import AMBIGUOUS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, Judged, Texts

MOST = 3  # steps, and sentences to say, of one route
FOR_ONE = {"child_registration", "fix_record"}  # matters that concern nobody but the person

# ---- one route ----


def card(book: Book, words: Language, policy: Policy, judgement: Judgement, facts: Facts, head: Sequence[Block] = ()) -> Card:
    """A route condition by condition. `head`: the sheet's, if it is about this route; what stands there is not said again."""
    route = judgement.route
    here = judgement.status != "not_governed" and not head  # else another place decides, on papers and windows too
    told = "\n".join(line for block in head if block.name in ("answer", "steps", "asks") for line in block.lines)
    return Card(
        route=route.id,
        title=words(route.title),
        status=judgement.status,
        headline=capital(words(sentences.STATUS[judgement.status])),
        points=(
            *(() if head else counted(words, policy, route, facts)),
            *dict.fromkeys(line for finding in judgement.findings for line in _points(words, policy, finding, facts, told)),
            *(_still_to_ask(words, policy.facts[fact]) for fact in judgement.conditions.wanted),
            *(() if head else _to_say(words, policy, route, facts)),
        ),
        family=family_lines(words, policy, judgement, facts) if here else (),
        placement=place_lines(words, policy, judgement, facts) if here else (),
        papers=paper_lines(book, words, judgement.papers, facts) if here else (),
        where=where_lines(words, policy, route, facts) if here else (),
        clause=citation(words, policy, route.clause),
        article=words(route.clause),
        notes=tuple(words(line.says) for line in policy.said(route.notes, facts)) if judgement.status != "not_governed" else (),
        general=tuple(outside(words, line.says) for line in all_said(route.general, facts)),
        department=words(sentences.DEPARTMENT, department=words(route.department)) if route.department else "",
    )


def _points(words: Language, policy: Policy, finding: Judged, facts: Facts, told: str) -> Iterator[str]:
    """What a finding says; how to mend it, what to ask and who rules only where that is not `told` already."""

    def untold(says: str) -> str:
        return "" if words(says) in told else words(says)

    for texts in texts_of(finding):
        match finding.verdict:
            case verdict if verdict == FITS_IF and finding.unsure:
                unsure = next(fact for fact in finding.because if facts.get(fact) == UNSURE)
                how = untold(policy.facts[unsure].unsure)
                yield words(sentences.POINT_UNSURE, condition=words(texts.says), how=how).rstrip()
            case verdict if verdict == FITS_IF:
                cure = untold(first_said(texts.cure, facts))
                yield words(sentences.POINT_LACKING, condition=words(texts.says), cure=cure).rstrip()
            case verdict if verdict == AMBIGUOUS:
                yield words(sentences.POINT_UNCLEAR, unclear=words(first_said(texts.unclear, facts)))
                if untold(question := first_said(texts.question, facts)):
                    yield words(sentences.POINT_ASK_POLICE, question=quoted(words, question))
            case verdict if verdict == LOCAL_RULES:
                yield words(first_said(texts.detail, facts))
            case verdict if verdict == NOT_GOVERNED:
                yield from filter(None, (untold(first_said(texts.governed, facts)),))
            case verdict if verdict == OPEN:
                yield words(sentences.POINT_NOT_KNOWN, condition=words(texts.says))


def quoted(words: Language, text: str) -> str:
    """A sentence to say; in another language with the Chinese beside it, which is what the police station speaks."""
    said = words(sentences.QUOTED, text=words(text))
    return said if words.code == SOURCE else bracketed(words, said, Language(SOURCE)(sentences.QUOTED, text=text))


def _to_say(words: Language, policy: Policy, route: Route, facts: Facts) -> Iterator[str]:
    """What to say on the phone of a route that the sheet's head is not about."""
    for line in policy.said(route.asks, facts)[:MOST]:
        yield words(sentences.POINT_ASK_POLICE, question=quoted(words, line.says))


def _still_to_ask(words: Language, fact: Fact) -> str:
    return words(sentences.POINT_NOT_ASKED, question=words(fact.ask))


def refusal(words: Language, policy: Policy, judgement: Judgement, facts: Facts, lead: str = "") -> Refusal:
    """Why a route does not fit, and what would change that. Nothing but another route would for another county, or for what
    nobody can change: then the rest is not spoken of. `lead`: the route that the sheet is about, to which nobody is sent."""
    failed = [finding for finding in judgement.findings if finding.verdict == NONE]
    for_good = [one for one in failed if one.because == ("county",)] or [one for one in failed if one.rule.texts.fixed]
    unmet = [texts for finding in for_good or failed for texts in texts_of(finding)]
    changes = (line for texts in unmet for line in policy.said(texts.otherwise, facts))
    return Refusal(
        route=judgement.route.id,
        title=words(judgement.route.title),
        clause=words(judgement.route.clause),
        reasons=tuple(dict.fromkeys(words(texts.says) for texts in unmet)),
        changes=(
            *(() if for_good else counted(words, policy, judgement.route, facts)),
            *dict.fromkeys(words(line.says) for line in changes if lead.removeprefix(f"{policy.city}.") not in line.see),
        ),
        later=() if for_good else _later(words, judgement),
    )


def _later(words: Language, judgement: Judgement) -> tuple[str, ...]:
    """What else would be looked at once the reason of a refusal is gone."""
    left = [finding for finding in judgement.findings if finding.verdict not in (NONE, OPEN)]
    nouns = (texts.noun for finding in left for texts in texts_of(finding))
    return tuple(dict.fromkeys(words(noun) for noun in nouns if noun))


def not_met(words: Language, refusal: Refusal) -> str:
    return words(sentences.REFUSED_FOR, reasons=words(sentences.SEMICOLON).join(refusal.reasons))


def texts_of(finding: Judged) -> tuple[Texts, ...]:
    """The texts that speak for a finding: a group speaks for itself, unless its parts have more to say."""
    if finding.verdict in (NONE, OPEN, FITS_IF):
        return (finding.rule.texts,)
    return tuple(one.rule.texts for one in finding.leaves() if one.verdict == finding.verdict)


# ---- where the hukou goes ----


def place_lines(words: Language, policy: Policy, judgement: Judgement, facts: Facts) -> tuple[str, ...]:
    """Where the hukou goes; of several places, first what has to be known to tell which of them it is."""
    notes = tuple(dict.fromkeys(words(placement.note) for placement in judgement.placements))
    if len(notes) < 2:
        return notes
    whens = [placement.when for placement in judgement.placements if placement.when is not None]
    doubts = list(dict.fromkeys(fact for when in whens for fact in when.facts if facts.get(fact, UNSURE) == UNSURE))
    doubts = [fact for fact in doubts if fact in facts] or doubts
    what = words(sentences.ENUMERATION).join(words(policy.facts[fact].short) for fact in doubts)
    return (words(sentences.PLACES_IN_DOUBT, what=what), *notes)


# ---- who moves along ----


def family_lines(words: Language, policy: Policy, judgement: Judgement, facts: Facts) -> tuple[str, ...]:
    """Who may move along on a route. Nothing for somebody who moves alone."""
    route, family = judgement.route, judgement.family
    if facts.get("movers") == ():
        return ()
    if route.family is None or not (route.family.lists or any(family.values())):
        moves = route.placements and not route.matters <= FOR_ONE
        return (words(sentences.FAMILY_NOT_WRITTEN),) if moves else ()
    movers = policy.facts["movers"]
    if facts.get("movers") == UNSURE:
        named = tuple(mover for mover, answer in route.family.lists.items() if answer == "yes")
        if not named:
            return (words(sentences.FAMILY_NOT_WRITTEN),)
        return (words(sentences.FAMILY_NAMED, people=relatives(words, movers, movers.in_order(named))),)
    unclear = tuple(mover for mover in family["ask"] if route.family.could_be_named(mover, facts))
    left_open = tuple(mover for mover in family["ask"] if mover not in unclear)
    apart = facts.get("live_together") == "no"
    spoken_of = {
        sentences.FAMILY_OWN: family["own"],
        sentences.FAMILY_MAY_MOVE if route.family.has_room(family, facts) else sentences.FAMILY_MAY_MOVE_SOME: family["yes"],
        _unclear_family(route.family, unclear, facts): unclear,
        sentences.FAMILY_LEFT_OPEN: left_open,
        sentences.FAMILY_APART if apart else sentences.FAMILY_NOT_LISTED: family["no"],
        sentences.FAMILY_REST: _not_spoken_of(facts, family),
    }
    said = [words(sentence, people=relatives(words, movers, people)) for sentence, people in spoken_of.items() if people]
    if apart and family["no"]:
        said += [words(line.says) for line in policy.said(route.family.apart, facts)]
    return (*said, *quota_lines(words, policy, judgement, facts))


def _not_spoken_of(facts: Facts, family: Mapping[Along, tuple[str, ...]]) -> tuple[str, ...]:
    """Who would move along, and of whom the route says nothing at all."""
    spoken_of = {mover for some in family.values() for mover in some}
    return tuple(mover for mover in facts.get("movers", ()) if mover not in spoken_of)


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
        paper_lines(book, words, topic.papers, {}),
        words(sentences.CLAUSE, clause=words(topic.clause)),
        words(sentences.DEPARTMENT, department=words(topic.department)) if topic.department else "",
        tuple(outside(words, line.says) for line in topic.general),
    )


def paper_lines(book: Book, words: Language, papers: Iterable[Paper], facts: Facts) -> tuple[PaperLine, ...]:
    """The papers, those that the document itself asks for first."""
    ordered = sorted(papers, key=lambda paper: paper.basis == "implied")
    return tuple(_paper_line(book, words, paper, facts) for paper in ordered)


def _paper_line(book: Book, words: Language, paper: Paper, facts: Facts) -> PaperLine:
    detail = (first_said(paper.whose, facts), book.paper_helps.get(paper.id, ""), first_said(paper.instead, facts))
    shown = words(sentences.SEMICOLON).join(words(one) for one in detail if one)
    return PaperLine(paper.id, words(book.papers[paper.id]), paper.basis, words(sentences.BASIS[paper.basis]), shown)


def where_lines(words: Language, policy: Policy, route: Route, facts: Facts, rung: bool = False) -> tuple[str, ...]:
    """Where to go; and that the document names no window, where it does not. `rung`: to ring first is said already."""
    go = words(sentences.GO if rung else sentences.GO_TO, station=station(words, policy, route, facts))
    return (go,) if route.office else (go, words(sentences.WINDOW_NOT_WRITTEN))


def station(words: Language, policy: Policy, route: Route, facts: Facts) -> str:
    return words(next((line.says for line in policy.said(route.station, facts)), sentences.STATION))


def citation(words: Language, policy: Policy, clause: str) -> str:
    return words(sentences.CLAUSE_OF_DOCUMENT, document=document_of(words, policy), clause=words(clause))


def document_of(words: Language, policy: Policy) -> str:
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
