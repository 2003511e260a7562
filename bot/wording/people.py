"""Who the sheet speaks of: the one whose hukou would move, by the name that fits who asks, and those who move along."""

from collections.abc import Sequence

from bot.wording import sentences
from bot.wording.languages import Language
from flows.facts import Fact, Facts
from flows.policy import Policy
from flows.routes import Judgement, Route

CHILDREN = "child_registration"  # the matter in which the person is a child
ALIKE = ("spouse", "siblings")  # movers who are the same to the person joined: a mother's husband, a child's brother
PERMIT = "residence_permit"  # the matter in which no hukou moves


def asked(fact: Fact, facts: Facts, asks_for: str) -> str:
    """The question as it reads for whom it is asked (source text)."""
    if facts.get("matter") == CHILDREN:
        return fact.ask_child or fact.ask
    return (asks_for == "self" and fact.ask_you) or fact.ask


def read_out(fact: Fact, facts: Facts, asks_for: str) -> tuple[str, str]:
    """What an agent says to the caller it is about, and to one who asks for another; "" where it is known that this is not so.

    What is asked of a child is put to both in the same words (source texts).
    """
    if facts.get("matter") == CHILDREN and fact.ask_child:
        return fact.ask_child, ""
    return (fact.aloud if asks_for != "family" else ""), (fact.third if asks_for != "self" else "")


def speaking_of(words: Language, facts: Facts) -> Language:
    """The language in which the one whose hukou would move is the child, in a child's matter."""
    if facts.get("matter") != CHILDREN or words.called:
        return words
    return words.calling(sentences.THE_MOVER, sentences.THE_CHILD).calling(sentences.THE_RESIDENT, sentences.THE_CHILD)


def person(words: Language, facts: Facts, asks_for: str, route: Route) -> str:
    """The one whose hukou would move or be registered, or who would have the permit."""
    if facts.get("matter") == CHILDREN:
        return words(sentences.THE_CHILD)
    if asks_for == "self":
        return words(sentences.YOU)
    return words(sentences.THE_RESIDENT if PERMIT in route.matters else sentences.THE_MOVER)


def together(words: Language, policy: Policy, facts: Facts, asks_for: str, judged: Judgement) -> str:
    """The same with all who may move along, and who apply on their own for the same: a child joins its parents, not with them."""
    movers, same = policy.facts["movers"].options, [mover for mover in judged.family["own"] if mover in ALIKE]
    has_room = judged.route.family is None or judged.route.family.has_room(judged.family, facts)
    named = (*same, *(judged.family["yes"] if has_room else ()))
    along = [words(sentences.MOVER_NAMES.get(mover, movers[mover])) for mover in movers if mover in named]
    alone = person(words, facts, asks_for, judged.route)
    if not along:
        return alone
    if alone == words(sentences.YOU):
        return words(sentences.YOU_AND_ALONG, along=in_a_row(words, along))
    return words(sentences.AND_ALONG, person=alone, along=in_a_row(words, along))


def relatives(words: Language, movers: Fact, some: Sequence[str]) -> str:
    """Those of `some` who would move along, as they stand inside a sentence."""
    return in_a_row(words, [words(movers.options[mover]) for mover in some])


def in_a_row(words: Language, labels: Sequence[str]) -> str:
    """Labels inside a sentence: one after the other, the last one joined as the language does it."""
    inside = [label[:1].lower() + label[1:] for label in labels]
    row = words(sentences.ENUMERATION).join(inside[:-1])
    return words(sentences.AND_LAST, row=row, last=inside[-1]) if row else inside[-1]
