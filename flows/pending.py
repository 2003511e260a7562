"""Pending: what of a person's own words can be proposed to them. Nothing here counts before they say yes."""

from collections.abc import Mapping

from msgspec.structs import replace

from flows.book import Book
from flows.facts import Answer, Facts, NotUnderstood
from flows.policy import Policy, of_use
from flows.session import Pending, Session

FIRST = ("city", "matter")  # what all the rest depends on, and is shown first


def proposed(book: Book, session: Session, heard: Pending) -> Pending:
    """What was heard just now, with what waited already: as far as it is new, is an answer there, and is of use there."""
    facts = {**session.heard.facts, **heard.facts}
    doubts = {**{fact: values for fact, values in session.heard.doubts.items() if fact not in heard.facts}, **heard.doubts}
    policy = book.policy(facts.get("city", session.facts.get("city")))
    said = session.facts if "city" not in facts else settled_in(book, session.facts, facts["city"])
    known = policy.known(said) if policy else said
    fits = {fact: facts[fact] for fact in _in_order(policy, facts) if _is_answer(book, policy, fact, facts[fact])}
    new = {fact: answer for fact, answer in fits.items() if known.get(fact) != answer and fact not in heard.doubts}
    useful = of_use(policy, {**said, **new}) if policy else new.keys()
    whom = heard.asks_for or session.heard.asks_for
    waits = {fact: answer for fact, answer in new.items() if fact in useful}
    says_for_whom = whom != session.asks_for and (waits or whom == "family")
    open_still = {fact: values for fact, values in doubts.items() if fact not in known}
    return Pending(waits, open_still, whom if says_for_whom else "")


def agreed(book: Book, session: Session) -> Session:
    """All that was proposed is said from now on, in one step. What was in doubt is asked."""
    heard, before = session.heard, session.facts
    left = settled_in(book, before, heard.facts["city"]) if "city" in heard.facts else before
    others = any(before.get(fact, answer) != answer for fact, answer in heard.facts.items())
    return replace(
        session,
        facts={**{fact: answer for fact, answer in left.items() if fact not in heard.facts}, **heard.facts},
        seen=() if others else session.seen,
        heard=Pending(doubts=heard.doubts),
        asks_for=heard.asks_for or session.asks_for,
        together=tuple(heard.facts),
        before=before if heard.facts else {},
        open="",
    )


def before_the_yes(book: Book, session: Session) -> Facts:
    """What was answered before one yes made several answers; what was said by itself since stays, where the city does."""
    since = {fact: answer for fact, answer in session.facts.items() if fact not in session.together}
    if session.facts.get("city") != session.before.get("city"):
        since = of_the_person(book, since)
    other_city = "city" in session.together  # it took answers away
    kept = {fact: answer for fact, answer in session.before.items() if other_city or fact in session.together or fact in since}
    return {**kept, **since}


def settled_in(book: Book, facts: Facts, city: Answer) -> Facts:
    """What holds of somebody's answers if this is the city: where there was another one, what belongs to the person."""
    if "city" in facts:
        return facts if facts["city"] == city else of_the_person(book, facts)
    policy = book.policy(city)
    return {fact: answer for fact, answer in facts.items() if _is_answer(book, policy, fact, answer)}


def of_the_person(book: Book, facts: Facts) -> dict[str, Answer]:
    """Another city, or none: what was said about the old one goes, what belongs to the person stays."""
    return {fact: answer for fact, answer in facts.items() if fact == "city" or book.facts[fact].about == "person"}


def _in_order(policy: Policy | None, facts: Facts) -> list[str]:
    places: Mapping[str, int] = policy.places if policy else {}
    return sorted(facts, key=lambda fact: (FIRST.index(fact) if fact in FIRST else len(FIRST), places.get(fact, 0)))


def _is_answer(book: Book, policy: Policy | None, fact: str, answer: Answer) -> bool:
    try:
        (policy.facts if policy else book.facts)[fact].clean(answer)
    except (KeyError, NotUnderstood):
        return False
    return True
