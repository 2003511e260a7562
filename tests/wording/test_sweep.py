"""A sweep of residents drawn at random, held from their first question to the sheet: what no sheet may ever do, and its length.

Each talk is held and each sheet made once; every check looks at the same ones, as many of each city: one more city changes none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from itertools import islice, product
from statistics import quantiles

import pytest
from msgspec.structs import replace

from bot.rehearse import rehearse
from bot.telegram import sheet as telegram
from bot.wording import sentences
from bot.wording.answer import Case, blocks
from bot.wording.languages import LANGUAGES, Language
from bot.wording.phone import UNSAID
from bot.wording.sheet import POSSIBLE, case_of, sheet
from bot.wording.text import folded_lines, head_lines
from bot.wording.view import Block, BlockName, Sheet
from conftest import BOOK, CITIES
from flows.conversation import Session
from flows.facts import UNSURE, Facts, Line
from flows.policy import Policy, stands_on
from flows.proving.unaided import Phone
from residents import Resident, crowd, doubtful

MANY, SEED = 400, 7  # of each city
FIRST = 900  # characters of the first message in a chat, whatever the program takes for its limit
MEDIAN, MOST = 700, 1100  # characters of the Chinese sheet that is not folded: of half of them, of 95 in a hundred
ZH = Language("zh")
QUOTED = re.compile(r"“[^”]*”")
BY_NOW = re.compile(r"(?<!就)可以申请")  # not: whoever has this can then apply
ONLY_LATER = re.compile(r"不能|还不|以后|到时候|毕业了|就是|不由|归")
RESERVED = re.compile(r"但|先|只是|不过|另有|没有写|不是居住证")  # a yes that is not a plain one
ENOUGH = re.compile(r"就对得上|就?可以(?:再|按这一条|凭那里的住所|向那里的派出所|改为)*(?:申请|投靠他们)|可以按这一条看")
RUNG = re.compile(r"给[^，。]*派出所打个?电话")
TOGETHER = re.compile(r"(?:跟|和)(?:我|他|她|他（她）)(?:们)?(?:一起|住在一起)|一起生活的")
DOUBTED = re.compile(r"行不行|够不够|能不能(?:申请|按|照|投靠|落户)")  # asks whether what was said is so
LEADING = re.compile(r"^[\s·■●□]*(?:\d+\. )?")


@dataclass(frozen=True)
class Held:
    """A resident, what came out, and the sheet in both languages."""

    resident: Resident
    case: Case
    sheets: dict[str, Sheet]

    @property
    def sheet(self) -> Sheet:
        return self.sheets["zh"]

    @property
    def answer(self) -> str:
        return self.sheet.answer[0]

    @property
    def lines(self) -> list[str]:
        return [*head_lines(ZH, self.sheet), *folded_lines(ZH, self.sheet)]


@cache
def swept() -> tuple[Held, ...]:
    return tuple(held(resident) for city in CITIES for resident in crowd(MANY, SEED, city))


def held(resident: Resident) -> Held:
    session = rehearse(BOOK, resident).talk.session
    case = case_of(BOOK, ZH, session)
    assert case is not None
    made = {code: sheet(BOOK, Language(code), replace(session, language=code)) for code in LANGUAGES}
    return Held(resident, case, made)


# ---- what no sheet may do ----


def hopeful_without_a_route(one: Held) -> Iterator[str]:
    """An opening that says what can be applied for, where no route of the matter is open."""
    case, said = one.case, QUOTED.sub("", one.answer)
    lead, matter = case.lead.route if case.lead else None, case.facts["matter"]
    if lead is not None and matter not in lead.matters and not stands_on(lead, case.facts):
        yield f"leads with {lead.id}, which is of another matter than {matter}"
    if case.outcome.kind not in POSSIBLE and case.ahead is None and BY_NOW.search(said) and not ONLY_LATER.search(said):
        yield one.answer
    if case.outcome.kind == "none" and any(judged.status in POSSIBLE for judged in case.judged):
        yield "says no, where a route of the matter is open"


def pointers_to_what_is_refused(one: Held) -> Iterator[str]:
    """A route named on the sheet that does not fit this person, elsewhere than where it is refused."""
    policy, facts = one.case.policy, one.case.facts
    refused = {f"“{ZH(policy.routes[route].title)}”" for route, status in policy.statuses(facts).items() if status == "none"}
    for line in one.lines:
        yield from (line for title in refused if title in line and not line.startswith(f"{title}要"))


def pointers_to_where_one_is(one: Held) -> Iterator[str]:
    """A refusal that sends to the route which the sheet is about, or is of that route itself."""
    lead = one.case.lead
    if lead is None:
        return
    for refused in one.sheet.refusals:
        yield from [f"{refused.title} is refused, and the sheet is about it"] if refused.route == lead.route.id else []
        yield from (line for line in refused.changes if f"“{ZH(lead.route.title)}”" in line)


def asking_without_words(one: Held) -> Iterator[str]:
    """“请问” that is neither part of what is to be said nor followed by it; a step to ring, and nothing to say there."""
    for line in one.lines:
        for asked in re.findall(r"请问[^。；]*", QUOTED.sub("◊", line)):
            yield from [line] if "◊" not in asked else []
        if line[3:] in (ZH(sentences.STEP_ASK), ZH(sentences.STEP_RING)) and one.sheet.block("asks") is None:
            yield f"{line} (there are no sentences below)"


def rings_twice(one: Held) -> Iterator[str]:
    """To ring the police station before one goes, where a step says that already."""
    steps, errand = one.sheet.block("steps"), one.sheet.block("errand")
    if steps is not None and errand is not None and any(RUNG.search(step) for step in steps.lines):
        yield from (line for line in errand.lines if "打个电话" in line)


def promised_too_soon(one: Held) -> Iterator[str]:
    """That one step is enough, said of a refused route of which more than that is lacking or not known."""
    for refused in one.sheet.refusals:
        judged = one.case.policy.judge(one.case.policy.routes[refused.route], one.case.facts)
        if len(judged.findings) > 1:
            yield from (f"{refused.title}: {line}" for line in refused.changes if ENOUGH.search(line))


def saying_what_was_denied(one: Held) -> Iterator[str]:
    """A sentence to say that speaks of living together, where the person lives apart."""
    asks = one.sheet.block("asks")
    if asks is not None and one.case.facts.get("live_together") == "no":
        yield from (line for line in asks.lines if TOGETHER.search(line))


def meant_for_somebody_else(one: Held) -> Iterator[str]:
    """A sentence of the policy whose situation is not this person's."""
    whole = "\n".join(one.lines)
    mine = [line.says for line in every_line(one.case.policy.city) if line.when is None or line.when.holds(one.case.facts)]
    for line in every_line(one.case.policy.city):
        if line.says not in mine and line.says in whole and not any(line.says in other for other in mine):
            yield line.says


@cache
def every_line(city: str) -> tuple[Line, ...]:
    """All sentences of a city that are said by the answers; those with gaps, or too short to be known again, left out."""
    return tuple(one for one in _lines(BOOK.city(city).policy) if "{" not in one.says and len(one.says) >= 12)


def _lines(value: object) -> Iterator[Line]:
    if isinstance(value, Line):
        yield value
    elif isinstance(value, dict):
        yield from (line for some in value.values() for line in _lines(some))
    elif isinstance(value, tuple | list):
        yield from (line for some in value for line in _lines(some))
    elif is_dataclass(value):
        yield from (line for part in fields(value) if part.init for line in _lines(getattr(value, part.name)))


def taken_back(one: Held) -> Iterator[str]:
    """What a later line of the sheet denies: who may move along, how the route stands, what need not be minded."""
    case, lead = one.case, one.case.lead
    if lead is None:
        return
    for card in one.sheet.cards[:1]:
        if (card.route, card.status) != (lead.route.id, lead.status):
            yield f"answers for {lead.route.id} as {lead.status}, the first card says {card.route} {card.status}"
    opening = one.answer.split("申请")[0]
    for mover in (*lead.family["no"], *lead.family["ask"]):
        if mover in sentences.MOVER_NAMES and f"和{sentences.MOVER_NAMES[mover]}" in opening:
            yield f"the answer takes {mover} along, the list below does not"
    never = "".join(case.say(lead.route.never_mind))
    lacking = [finding.rule.texts.noun for finding in lead.findings if finding.verdict not in (0, 1)]
    yield from (f"{noun} is lacking, and need not be minded" for noun in lacking if len(noun) > 3 and noun in never)
    if lead.status == "fits" and case.ahead is None and not RESERVED.search(one.answer):
        asks = one.sheet.block("asks")
        yield from (f"{one.answer} / {line}" for line in (asks.lines if asks else ()) if DOUBTED.search(line))


def said_twice(one: Held) -> Iterator[str]:
    """A line that stands twice in what everybody reads, a question once more in its route's conditions, or a clause twice in one
    bracket."""
    lines = [LEADING.sub("", line) for line in head_lines(ZH, one.sheet)]
    yield from {line for line in lines if len(line) > 8 and not line.startswith("─") and lines.count(line) > 1}
    asks, lead = one.sheet.block("asks"), one.case.lead
    if asks is not None and lead is not None:
        points = [point for card in one.sheet.cards if card.route == lead.route.id for point in card.points]
        yield from (point for point in points if point.endswith(asks.lines))
    for bracket in re.findall(r"（([^（）]+)）", one.answer):
        clauses = bracket.split("、")
        yield from [bracket] if len(clauses) != len(set(clauses)) and "、第1项" not in bracket else []


def nobody_is_left_out(one: Held) -> Iterator[str]:
    """Of everybody who would move along the sheet says something, if it says something of anybody."""
    block, movers = one.sheet.block("together"), one.case.facts.get("movers")
    if block is None or not isinstance(movers, tuple) or any(ZH(sentences.FAMILY_NOT_WRITTEN) == line for line in block.lines):
        return
    labels = one.case.policy.facts["movers"].options
    yield from (mover for mover in movers if ZH(labels[mover]) not in "".join(block.lines))


CHECKS: dict[str, Callable[[Held], Iterator[str]]] = {
    check.__name__: check
    for check in (
        hopeful_without_a_route,
        pointers_to_what_is_refused,
        pointers_to_where_one_is,
        asking_without_words,
        rings_twice,
        promised_too_soon,
        saying_what_was_denied,
        meant_for_somebody_else,
        taken_back,
        said_twice,
        nobody_is_left_out,
    )
}


@pytest.mark.parametrize("check", CHECKS)
def test_on_no_sheet(check: str) -> None:
    found = [(fault, one) for one in swept() for fault in CHECKS[check](one)]
    shown = "\n".join(f"{fault}\n  {dict(one.case.facts)}" for fault, one in found[:10])
    assert not found, f"{len(found)} of {len(swept())}:\n{shown}"


# ---- where something is not known, or not in the document ----


@cache
def in_doubt() -> tuple[tuple[Case, dict[BlockName, Block]], ...]:
    """Those whose answer hangs on what they do not know, or on what the document does not say; with the head of their sheet."""
    sessions = (Session(facts=said) for said in doubtful(60, SEED))
    cases = (case_of(BOOK, ZH, session, as_given=True) for session in sessions)
    return tuple((case, {block.name: block for block in blocks(case)}) for case in cases if case is not None and _doubts(case))


def _doubts(case: Case) -> bool:
    lead = case.lead
    if lead is None:
        return False
    return lead.status in ("local_rules", "ambiguous", "not_governed") or any(finding.unsure for finding in lead.findings)


def policies() -> Iterator[tuple[str, Policy]]:
    yield from ((city, BOOK.city(city).policy) for city in CITIES)


def test_what_is_said_first_on_the_phone_is_what_the_check_looks_at() -> None:
    """`luohu policy check` knows every first sentence of a route that is open by now; of one that lies ahead there is one, too."""
    known = {city: {route: {*Phone(policy, one).firsts} for route, one in policy.routes.items()} for city, policy in policies()}
    seen, other = set[str](), []
    for case, head in in_doubt():
        lead = case.lead
        if lead is not None:
            first = head["asks"].lines[0].strip("“”") if "asks" in head else ""
            seen.add(first)
            wrong = not first if case.ahead or lead.status == "open" else first not in known[case.policy.city][lead.route.id]
            other += [(first, lead.status, dict(case.facts))] if wrong else []
    assert len(seen) > 80 and not other, (len(other), other[:3])


def test_a_sentence_for_the_phone_says_nothing_that_the_person_did_not() -> None:
    seen, found = set(), []
    for case, head in in_doubt():
        for fact, answer in UNSAID.keys() & case.facts.items():
            seen.add(fact)
            asks = head["asks"].lines if "asks" in head else ()
            found += [(fact, line) for line in asks if re.search(UNSAID[fact, answer], line)]
    assert seen == {fact for fact, _ in UNSAID} and not found, found[:5]


def test_once_that_is_found_out_nothing_that_was_unsaid_stands_in_the_way() -> None:
    """The conditions of a branch that hangs on what is not known are named, too."""
    seen, found = 0, []
    for case, head in in_doubt():
        if case.lead and case.lead.status == "fits_if" and not case.ahead:
            for known in _found_out(case):
                before = [finding.rule for finding in case.lead.findings]
                new = [one for one in case.policy.judge(case.lead.route, known).findings if one.rule not in before]
                seen += len(new)
                first = head["answer"].lines[0]
                found += [(one.rule.texts.noun, first) for one in new if one.rule.texts.noun not in first]
    assert seen > 50 and not found, found[:3]


def _found_out(case: Case) -> Iterator[Facts]:
    """What will be known where everything in doubt turns out as the route wants it, in each way there is."""
    assert case.lead is not None
    needs = [need for need in case.lead.route.needs.leaves() if need.when is None]
    unsure = {fact for finding in case.lead.findings for fact in finding.because if case.facts.get(fact) == UNSURE}
    good = [
        [(need.fact, one) for one, verdict in need.table.items() if verdict == 0 and one is not None]
        for need in needs
        if need.fact in unsure
    ]
    yield from ({**case.facts, **dict(chosen)} for chosen in islice(product(*good), 30))


def test_what_a_yes_reserves_is_said_where_something_is_only_not_known() -> None:
    seen, found = set(), []
    for case, head in in_doubt():
        lead = case.lead
        if (
            lead
            and (lead.status, lead.at_best) == ("fits_if", "fits")
            and not case.ahead
            and not case.first(lead.route.answers.get("fits_if", ()))
        ):
            reserves = case.first(lead.route.answers.get("fits", ())).rpartition("}")[2].strip("。")
            seen |= {lead.route.id} if reserves else set()
            found += [(reserves, head["answer"].lines[0])] if reserves not in head["answer"].lines[0] else []
    assert len(seen) > 6 and not found, (seen, found[:3])


def test_nobody_is_promised_more_than_what_is_left_to_find_out_allows() -> None:
    """In a route's own sentence: what others decide is not called enough."""
    promised = [
        (head["answer"].lines[0], dict(case.facts))
        for case, head in in_doubt()
        if case.lead and case.lead.status == "fits_if" and case.lead.at_best != "fits" and "就可以申请" in head["answer"].lines[0]
    ]
    assert not promised, promised[:3]


# ---- how long it is ----


@pytest.mark.parametrize("city", CITIES)
def test_a_sheet_is_short(city: str) -> None:
    made = [one.sheet for one in swept() if one.resident["city"] == city]
    lengths = quantiles((len("".join("".join(head_lines(ZH, one)).split())) for one in made), n=20)
    assert len(made) == MANY
    assert lengths[9] <= MEDIAN and lengths[18] <= MOST, (lengths[9], lengths[18])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_message_of_a_chat_fits_a_phone(language: str) -> None:
    words = Language(language)
    firsts = (telegram.texts(words, one.sheets[language])[0] for one in swept())
    assert max(map(telegram.shown, firsts)) <= FIRST
