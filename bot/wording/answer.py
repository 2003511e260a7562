"""The head of the answer sheet: the answer to what was asked, what to do first, where to go with what, what to say there."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from msgspec import structs

from bot.wording import sentences
from bot.wording.cards import MOST, bracketed, family_lines, paper_lines, place_lines, texts_of, where_lines
from bot.wording.counted import counted
from bot.wording.languages import SOURCE, Language
from bot.wording.people import CHILDREN, person, together
from bot.wording.view import Block, BlockName
from flows.book import Book
from flows.facts import UNSURE, Facts, Lines, first_said
from flows.policy import HOPE, RIGHTS, Outcome, Policy, stands_on
from flows.routes import Judgement
from flows.rules import AMBIGUOUS, FITS, FITS_IF, NONE, NOT_GOVERNED, Judged

START = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")  # of a sentence that begins with what was filled in
CLAUSE = re.compile(
    r"第[^，。；]{1,8}[条项段]|（[一二三四五六七八九十]+）|[四三]\([一二三四五]\)|\b(?:Articles?|Sections?|Items?)\b"
)  # that a sentence names
RING = re.compile(r"给[^，。]*派出所打个?电话")  # what a step says in Chinese
SPOKEN_FOR = ("fits", "ambiguous")  # how another route stands that is told in the route's own words
SHOWN = 3  # refused routes that the answer itself speaks of


@dataclass(frozen=True)
class Case:
    """One resident before one city's document, and what came out."""

    book: Book
    words: Language
    policy: Policy
    facts: Facts
    asks_for: str
    outcome: Outcome
    judged: tuple[Judgement, ...]  # the routes of the matter asked, the most hopeful first; then others that were looked at
    cited: bool = True  # whether the clause stands beside what it says

    @cached_property
    def ahead(self) -> Judgement | None:
        """The route that will open at a later stage, where none is open now."""
        return self.policy.ahead(self.facts) if self.outcome.kind == "none" else None

    @cached_property
    def in_chinese(self) -> "Case":
        """The same in the language of the document."""
        plain = self.words.code == SOURCE and not self.words.called
        return self if plain else replace(self, words=Language(SOURCE))

    @cached_property
    def lead(self) -> Judgement | None:
        """The route that the sheet is about."""
        asked = self.policy.in_question(self.facts)
        first = next((one for one in self.judged if one.route in asked), None) if self.outcome.kind in HOPE[:5] else None
        return first if first is not None and first.status in HOPE[:5] else self.ahead  # a foreigner may have none but refused

    @cached_property
    def steps(self) -> list[str]:
        """What to do before one goes there."""
        return _steps(self, self.lead) if self.lead is not None else []

    @property
    def later(self) -> bool:
        """Whether something has to be done before one goes there."""
        return self.ahead is not None or (self.lead is not None and (self.lead.status, self.lead.at_best) == ("fits_if", "fits"))

    def citing(self, text: str, clause: str) -> str:
        return bracketed(self.words, text, clause) if self.cited else text

    def say(self, lines: Lines) -> tuple[str, ...]:
        """The sentences that hold, in words."""
        return tuple([self.words(line.says) for line in self.policy.said(lines, self.facts)]) if lines else ()

    def first(self, lines: Lines) -> str:
        return next(iter(self.say(lines)), "")


def blocks(case: Case) -> tuple[Block, ...]:
    """The head, in the order of reading; what has nothing to say is left out."""
    lead, said = case.lead, answer(case)
    made = [_block(case, "answer", said)]
    if lead is not None and lead.status == "not_governed":
        made += [_to_ask(case, lead)]
    elif lead is not None:
        made += [
            _block(case, "steps", case.steps, numbered=True),
            _errand(case, lead),
            _to_ask(case, lead),
            _block(case, "together", family_lines(case.words, case.policy, lead, case.facts)),
            _block(case, "place", place_lines(case.words, case.policy, lead, case.facts)),
            _block(case, "never_mind", case.say(lead.route.never_mind)),
        ]
    rest = [_block(case, "not_written", _not_written(case)), _block(case, "also", tuple(_also(case, said)))]
    made += reversed(rest) if case.facts.get("matter") == RIGHTS else rest  # there the list is what was asked for
    return tuple(block for block in made if block.lines or block.papers)


def _block(case: Case, name: BlockName, lines: Iterable[str], numbered: bool = False) -> Block:
    return Block(name, case.words(sentences.HEADINGS[name]) if name != "answer" else "", tuple(lines), (), numbered)


# ---- the answer ----


def answer(case: Case) -> tuple[str, ...]:
    """One or two sentences to the matter asked."""
    words, policy = case.words, case.policy
    lines: list[str] = []
    match case.outcome.kind:
        case "overview":
            lines += _overview(case)
        case "silent":
            lines += case.say(policy.silent[str(case.facts["matter"])])
        case "open":
            due = policy.next_fact(case.facts, as_given=True)
            lines.append(words(sentences.ANSWER_OPEN, what=words(policy.facts[due].short) if due else ""))
        case "none" if case.ahead is not None:
            lines.append(_verdict(case, case.ahead, "ahead"))
        case "none" if case.facts.get("matter") == RIGHTS:
            lines += case.say(policy.refused.get(RIGHTS, ()))[:1] or (words(sentences.ANSWER_RIGHTS),)
        case "none":
            lines += _refused(case)
        case _ if case.lead is not None:
            lines.append(_verdict(case, case.lead))
            lines += counted(case.words, policy, case.lead.route, case.facts)
    if not lines and case.facts.get("mover_citizen") == "no":
        needs = (need for route in policy.routes.values() for need in route.needs.leaves())
        lines.append(words(next(first_said(need.texts.governed, case.facts) for need in needs if need.fact == "mover_citizen")))
    return (*lines, *_others(case)) if case.outcome.kind not in ("overview", "open") else tuple(lines)


def _verdict(case: Case, judged: Judgement, status: str = "") -> str:
    """What a route says of this person, with its clause."""
    words, route = case.words, judged.route
    if own := _own(case, judged, status or judged.status):
        sentence = _and_perhaps(case, judged, own)
    elif status:
        sentence = words(sentences.ANSWER_AHEAD, **_some(_Filled(case, judged), "people", "doing"))
    else:
        sentence = _general(case, judged)
    return case.citing(_begun(sentence), words(route.clause))


def _begun(text: str) -> str:
    """A text whose sentences begin with a capital, also where they begin with what was filled in."""
    return START.sub(lambda start: start[0].upper(), text)


def _own(case: Case, judged: Judgement, status: str) -> str:
    """The route's own sentence for a status, or ""."""
    return case.first(judged.route.answers.get(status, ())).format_map(_Filled(case, judged))


class _Filled(dict[str, str]):
    """What stands in the gaps of a route's own sentence, each put in words when a sentence has that gap."""

    def __init__(self, case: Case, judged: Judgement) -> None:
        super().__init__()
        self._case, self._judged = case, judged

    def __missing__(self, gap: str) -> str:
        self[gap] = _GAPS[gap](self._case, self._judged)
        return self[gap]


_GAPS: Mapping[str, Callable[[Case, Judgement], str]] = {  # who, for what, what is lacking, what is not known yet
    "people": lambda case, judged: together(case.words, case.policy, case.facts, case.asks_for, judged),
    "person": lambda case, judged: person(case.words, case.facts, case.asks_for, judged.route),
    "doing": lambda case, judged: case.first(judged.route.doing),
    "lacks": lambda case, judged: _named(case, _lacking(judged)),
    "unknown": lambda case, judged: _in_doubt(case, _unknown(judged)),
    "unclear": lambda case, judged: _named(case, _with_verdict(judged, AMBIGUOUS)),
}


def _general(case: Case, judged: Judgement) -> str:
    words, filled = case.words, _Filled(case, judged)
    match judged.status:
        case "fits":
            return words(sentences.ANSWER_FITS, **_some(filled, "people", "doing"))
        case "fits_if":
            return _lacking_sentence(case, judged, filled)
        case "local_rules":
            return words(sentences.ANSWER_LOCAL_RULES, **_some(filled, "people", "doing"))
        case "ambiguous":
            return words(sentences.ANSWER_AMBIGUOUS, **_some(filled, "people", "doing", "unclear"))
        case _:
            governed = (texts for one in judged.findings if one.verdict == NOT_GOVERNED for texts in texts_of(one))
            return next(filter(None, (case.first(texts.governed) for texts in governed)), words(sentences.ANSWER_ELSEWHERE))


def _lacking_sentence(case: Case, judged: Judgement, filled: dict[str, str]) -> str:
    """What is still lacking or not known, and what comes when all is there."""
    words = case.words
    match bool(filled["lacks"]), bool(filled["unknown"]):
        case True, True:
            missing = words(sentences.ANSWER_LACKING_AND_UNKNOWN, **_some(filled, "lacks", "unknown"))
        case True, False:
            missing = words(sentences.ANSWER_LACKING, **_some(filled, "lacks"))
        case _:
            missing = words(sentences.ANSWER_UNKNOWN, **_some(filled, "unknown"))
    missing = _and_perhaps(case, judged, missing)
    if judged.at_best == "fits" and (own := _reserved_yes(case, judged)):
        then = words(sentences.ANSWER_THEN_OWN if filled["lacks"] else sentences.ANSWER_IF_SO_OWN, says=own)
    else:
        ways = sentences.ANSWER_THEN if filled["lacks"] else sentences.ANSWER_IF_SO
        best = "detailed_rules" if judged.at_best == "local_rules" and case.policy.document.detailed_rules else judged.at_best
        way = ways[best if best in ways else "not_governed"]
        then = words(way, **_some(filled, "people", "doing"))
    return words(sentences.JOINED, text=missing, more=then)


def _reserved_yes(case: Case, judged: Judgement) -> str:
    """The route's own sentence of a yes, if it adds something to what one may apply for; or ""."""
    added = case.first(judged.route.answers.get("fits", ())).rpartition("}")[2].strip("。. ")
    return _own(case, judged, "fits") if added else ""


def _and_perhaps(case: Case, judged: Judgement, sentence: str) -> str:
    """A sentence, and what else counts once that is known which is not known yet."""
    perhaps = _row(case, (rule.texts.noun for rule in judged.perhaps))
    if judged.status != "fits_if" or not perhaps:
        return sentence
    return case.words(sentences.JOINED, text=sentence, more=case.words(sentences.ANSWER_PERHAPS, perhaps=perhaps))


def _some(filled: dict[str, str], *names: str) -> dict[str, str]:
    return {name: filled[name] for name in names}


def _others(case: Case) -> Iterator[str]:
    """The other routes that may be open, a line each: those as hopeful as the answer, and those that one has something for."""
    kind = case.outcome.kind
    least = max((HOPE.index(one) for one in (kind, case.lead.status if case.lead else kind) if one in HOPE), default=len(HOPE))
    hopeful = HOPE[: least + 1]
    for judged in case.judged:
        if (
            judged is not case.lead
            and judged.status in HOPE[:4]
            and (judged.status in hopeful or stands_on(judged.route, case.facts))
        ):
            if judged.status in SPOKEN_FOR and (own := _own(case, judged, judged.status)):  # with what the route itself adds
                yield case.words(sentences.ALSO_SAYS, route=case.words(judged.route.title), says=_begun(own))
                continue
            lacks, unknown = _named(case, _lacking(judged)), _in_doubt(case, _unknown(judged))
            gaps = {"route": case.words(judged.route.title), "lacks": lacks, "unknown": unknown}
            gaps["status"] = case.words(sentences.STATUS[judged.status])
            yield _and_perhaps(case, judged, case.words(sentences.ALSO[bool(lacks), bool(unknown)], **gaps))


def _refused(case: Case) -> Iterator[str]:
    """Why nothing of the matter fits: in the city's own words, or what each of its routes asks for; with the clauses."""
    own = case.say(case.policy.refused.get(str(case.facts.get("matter", "")), ()))
    asked = [judged for judged in case.judged if judged.route in case.policy.in_question(case.facts)]
    if own:
        told = dict.fromkeys(judged.route.clause for judged in asked if "county" not in judged.because)
        clauses = [one for one in told if not any(one in other for other in told if other != one)]
        named = case.words(sentences.ENUMERATION).join(map(case.words, clauses[:SHOWN]))
        yield own[0] if CLAUSE.search(own[0]) or not clauses else case.citing(own[0], named)
        return
    yield case.words(sentences.ANSWER_NONE)
    for judged in asked[:SHOWN]:
        failed = _named(case, _with_verdict(judged, NONE))
        yield case.words(sentences.ANSWER_NONE_OF, route=case.words(judged.route.title), needs=failed)
        if not any(finding.rule.texts.fixed for finding in _with_verdict(judged, NONE)):
            yield from counted(case.words, case.policy, judged.route, case.facts)


def _overview(case: Case) -> Iterator[str]:
    """Every route of the city in one line, for whom it is, those of the matter first, and the one place to ask."""
    yield case.words(sentences.OVERVIEW, city=case.words(case.policy.name))
    asked_for = case.policy.asked_for(case.facts)
    for route in sorted(case.policy.routes_for(case.facts), key=lambda route: route not in asked_for):
        yield case.words(sentences.OVERVIEW_ROUTE, route=case.words(route.title), glance=case.words(route.glance))
    yield case.words(sentences.OVERVIEW_ASK)


# ---- what is lacking ----


def _lacking(judged: Judgement) -> tuple[Judged, ...]:
    """What can be cured, that first which can end everything."""
    curable = [one for one in judged.findings if one.verdict == FITS_IF and not one.unsure]
    return tuple(sorted(curable, key=lambda one: not _can_end(one)))


def _unknown(judged: Judgement) -> tuple[Judged, ...]:
    return tuple(one for one in judged.findings if one.verdict == FITS_IF and one.unsure)


def _with_verdict(judged: Judgement, verdict: int) -> tuple[Judged, ...]:
    return tuple(one for one in judged.findings if one.verdict == verdict)


def _can_end(finding: Judged) -> bool:
    return any(need.decisive for need in finding.rule.leaves())


def _named(case: Case, some: Iterable[Judged]) -> str:
    """Conditions as nouns in a row."""
    return _row(case, (texts.noun for one in some for texts in texts_of(one)))


def _in_doubt(case: Case, some: Iterable[Judged]) -> str:
    """The same where it is not known whether they are met."""
    return _row(case, (texts.doubt for one in some for texts in texts_of(one)))


def _row(case: Case, parts: Iterable[str]) -> str:
    words = case.words
    *nouns, last = dict.fromkeys(filter(None, map(words, parts))) or ("",)
    return words(sentences.AND_LAST, row=words(sentences.ENUMERATION).join(nouns), last=last) if nouns else last


# ---- what to do ----


def _steps(case: Case, judged: Judgement) -> list[str]:
    """At most three steps, before one goes there. Where it cannot be said whether it works, one rings first."""
    unclear = judged.status in ("local_rules", "ambiguous") or (judged.status == "fits_if" and judged.at_best != "fits")
    asks = _asks(case, judged)
    made = [case.words(sentences.STEP_ASK)] if unclear and asks else []
    made += [*_cures(case, judged), *case.say(judged.route.steps)]
    if judged.status == "fits" and asks and not made:
        made.append(case.words(sentences.STEP_ASK if case.ahead else sentences.STEP_RING))
    return list(dict.fromkeys(made))[:MOST]


def _cures(case: Case, judged: Judgement) -> Iterator[str]:
    """What is to be done about what is lacking or not known: that first which can end everything."""
    for finding in sorted((*_lacking(judged), *_unknown(judged)), key=lambda one: not _can_end(one)):
        if finding.unsure:
            unsure = next(fact for fact in finding.because if case.facts.get(fact) == UNSURE)
            named, how = _in_doubt(case, [finding]), case.words(case.policy.facts[unsure].unsure)
            yield case.words(sentences.STEP_FIND_OUT, what=named, how=how)
            continue
        yield from filter(None, (case.first(texts.cure) for texts in texts_of(finding)))


def _errand(case: Case, judged: Judgement) -> Block:
    """Where to go, and with which papers: the document's own, then those that are usually asked for."""
    words = case.words
    heading = sentences.HEADINGS["errand_ahead" if case.ahead else "errand_later" if case.later else "errand"]
    where = where_lines(words, case.policy, judged.route, case.facts, rung=any(map(RING.search, case.in_chinese.steps)))
    return Block("errand", words(heading), where, paper_lines(case.book, words, judged.papers, case.facts))


def _to_ask(case: Case, judged: Judgement) -> Block:
    """What to say on the phone; on a sheet in another language also in Chinese, which is what the police station speaks."""
    asks, words, chinese = _asks(case, judged), case.words, Language(SOURCE)
    if case.asks_for == "family" and any("我" in one for one in asks):
        asks = (sentences.FOR_A_PARENT if case.facts.get("matter") == CHILDREN else sentences.FOR_A_RELATIVE, *asks)
    beside = [chinese(sentences.QUOTED, text=one) for one in asks] if words.code != SOURCE else []
    block = _block(case, "asks", [words(sentences.QUOTED, text=words(one)) for one in asks])
    return structs.replace(block, said=True, chinese=tuple(beside))


def _asks(case: Case, judged: Judgement) -> tuple[str, ...]:
    """At most three sentences, in Chinese: what the document leaves unclear first, unless it does not rule here."""
    case = case.in_chinese
    findings = _with_verdict(judged, AMBIGUOUS) if judged.status != "not_governed" else ()
    unclear = [case.first(texts.question) for finding in findings for texts in texts_of(finding)]
    return tuple(dict.fromkeys(filter(None, [*unclear, *case.say(judged.route.asks)])))[:MOST]


# ---- what else ----


def _not_written(case: Case) -> Iterator[str]:
    """What people ask and the document does not say; and where it says something of it after all."""
    words = case.words
    after_all = {asked: case.say(case.policy.not_in_document[asked]) for asked in case.book.not_in_document}
    unsaid = [says for asked, says in case.book.not_in_document.items() if not after_all[asked]]
    if unsaid and case.outcome.kind != "overview":
        yield words(sentences.NOT_IN_DOCUMENT, things=words(sentences.ENUMERATION).join(map(words, unsaid)))
        yield from (line for lines in after_all.values() for line in lines)
    if case.lead is not None:
        yield from case.say(case.lead.route.not_written)


def _also(case: Case, told: Iterable[str]) -> Iterator[str]:
    """What else an answer calls for: topics, and routes of other matters that fit and are not `told` already."""
    called = case.policy.topics_called(case.facts)
    for topic in case.policy.topics.values():
        yield from dict.fromkeys(case.say(topic.mention)) if topic not in called else ()
    if case.facts.get("matter") == RIGHTS:
        others = [case.words(topic.title) for topic in case.policy.topics_for(case.facts) if topic not in called]
        yield case.words(sentences.OTHER_TOPICS, topics=case.words(sentences.SEMICOLON).join(others))
    asked = {judged.route.id for judged in case.judged} if case.outcome.kind != "silent" else set()  # there the answer names none
    for route in case.policy.routes_for(case.facts):
        if route.id in asked or "residence_permit" in route.matters or route.needs.verdict(case.facts) != FITS:
            continue
        title = case.words(route.title)
        if not any(title in line for line in told):
            yield case.words(sentences.ALSO_FITS, route=title)
