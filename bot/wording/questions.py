"""Questions and answers in words: what is asked, what can be chosen, what was said, and what a question is good for."""

from collections.abc import Iterator
from dataclasses import replace

from bot.wording import people, sentences
from bot.wording.languages import Language, kept
from bot.wording.view import Choice
from flows.amounts import Filled
from flows.amounts import shown as shown_number
from flows.book import Book
from flows.conversation import Move, Session, Talk
from flows.facts import NOTHING, UNSURE, Answer, Fact
from flows.policy import STEERING, Policy, that_count

MOST_ROUTES = 4  # that are named to whoever asks why


# ---- what is asked ----


def question(talk: Talk, words: Language, fact: Fact) -> tuple[str, ...]:
    shown = words(sentences.STAGE, stage=stage(talk.book, words, fact.stage)) + ask(words, fact, talk)
    return tuple(line for line in (shown, hint(words, fact)) if line)


def stage(book: Book, words: Language, stage: str) -> str:
    return words(book.stages[stage])


def ask(words: Language, fact: Fact, talk: Talk) -> str:
    """The question, as it reads for whom it is asked."""
    asked = people.asked(fact, talk.session.facts, talk.session.asks_for)
    return words(asked) + (words(sentences.SEVERAL) if fact.many else "")


def hint(words: Language, fact: Fact) -> str:
    return words(sentences.HINT, hint=words(fact.hint)) if fact.hint else ""


def example(words: Language, fact: Fact) -> str:
    """How a number may be typed, "" where none is asked for."""
    if fact.amount is None or not fact.amount.thresholds:
        return ""
    number = Filled(fact.amount.unit.example, {"from": shown_number(fact.amount.thresholds[0])})
    return words(sentences.AMOUNT_TYPED, example=words(number))


def labels(words: Language, fact: Fact) -> dict[str, str]:
    """Option id -> what the resident sees, in the order of the numbers; `nothing` and `unsure` come last."""
    labels = {option: words(label) for option, label in fact.options.items()}
    if fact.many:
        labels[NOTHING] = words(fact.nothing)
    return labels | {UNSURE: words(sentences.UNSURE_LABEL)}


def label(words: Language, fact: Fact, option: str) -> str:
    """The same of one of them; what is none of them, as it is."""
    own = {UNSURE: sentences.UNSURE_LABEL, NOTHING: fact.nothing if fact.many else NOTHING}
    return words(own.get(option) or fact.options.get(option, option))


def options(words: Language, fact: Fact) -> tuple[Choice, ...]:
    return _options(words.code, words.called, fact)


@kept
def _options(code: str, called: tuple[tuple[str, str], ...], fact: Fact) -> tuple[Choice, ...]:
    known = labels(Language(code, called), fact)
    values = fact.values_of(known)
    return tuple(Choice(label, Move("answer", fact.id, value)) for label, value in zip(known.values(), values, strict=True))


# ---- what was said ----


def said(words: Language, fact: Fact, answer: Answer) -> str:
    if isinstance(answer, str):
        return label(words, fact, answer)
    return words(sentences.ENUMERATION).join(label(words, fact, option) for option in answer or (NOTHING,))


def answers(words: Language, talk: Talk) -> Iterator[tuple[str, str, Move]]:
    """(question, answer, the move that changes it) of the answers that count, in the order of answering; then what follows."""
    session, words = talk.session, people.speaking_of(words, talk.facts)
    for name in that_count(talk.policy, session.facts):
        fact = naming(talk, name)
        shown = said(words, fact, session.facts[name])
        yield words(people.asked(fact, session.facts, session.asks_for)), shown, Move("change", name)
    for name, answer in talk.inferred.items():
        fact = talk.fact(name)
        shown = words(sentences.INFERRED, answer=said(words, fact, answer))
        yield words(people.asked(fact, session.facts, session.asks_for)), shown, Move("change", name)


def answer_list(words: Language, talk: Talk) -> tuple[Choice, ...]:
    """The answers that count, and what follows from them, each with the move that changes it."""
    given = [Choice(answered(words, talk, fact), Move("change", fact)) for fact in that_count(talk.policy, talk.facts)]
    inferred = [
        Choice(words(sentences.INFERRED, answer=_named(words, talk.fact(name), answer)), Move("change", name))
        for name, answer in talk.inferred.items()
    ]
    return (*given, *inferred)


def answered(words: Language, talk: Talk, fact: str) -> str:
    """What was said to a question, with its short name: 住的房子：租的房子."""
    return _named(words, naming(talk, fact), talk.session.facts[fact])


def naming(talk: Talk, name: str) -> Fact:
    """A question by which an answer is called: in the words and with the labels of the case, and what is offered no more."""
    known = talk.fact(name)
    if name == "city":
        return known
    asked = talk.question(name)
    if len(asked.options) == len(known.options):
        return asked
    return replace(asked, options={option: asked.options.get(option, label) for option, label in known.options.items()})


def _named(words: Language, fact: Fact, answer: Answer) -> str:
    return words(sentences.SHORT_AND_ANSWER, short=words(fact.short), answer=said(words, fact, answer))


def echo(words: Language, talk: Talk, fact: str = "") -> str:
    """The last answer, as it was understood, or for whom is asked; "" where there is none. `fact`: to what, if it was not the
    newest."""
    facts = talk.session.facts
    if not facts and talk.session.asks_for:
        return for_whom(words, talk.session)
    fact = fact if fact in facts else next(reversed([*facts]), "")
    return sentences.ECHO.format(answered=answered(words, talk, fact)) if fact else ""


def for_whom(words: Language, session: Session) -> str:
    """That it is known for whom somebody asks."""
    return sentences.ECHO.format(answered=words(sentences.ASKS_FOR[session.asks_for]))


def doubt(words: Language, talk: Talk) -> tuple[str, ...]:
    """Why it is asked, where what was told leaves several answers."""
    return (words(sentences.WHICH_OF_THESE),) if talk.in_doubt else ()


def progress(words: Language, session: Session, fact: str) -> str:
    """Which question of the talk this is."""
    asked = [*session.facts]
    return words(sentences.PROGRESS, number=asked.index(fact) + 1 if fact in asked else len(asked) + 1)


# ---- why it is asked ----


def why(words: Language, policy: Policy | None, session: Session, fact: str) -> str:
    if fact == "city":
        return words(sentences.WHY_CITY)
    if fact in STEERING or policy is None:
        return words(sentences.WHY_MATTER)
    facts = policy.known({known: answer for known, answer in session.facts.items() if known != fact})
    decided = [words(route.title) for route in policy.decided_by(fact, facts, session.seen)]
    if not decided:
        return words(sentences.WHY_NO_MORE)
    return words(sentences.WHY_ROUTES, routes=words(sentences.SEMICOLON).join(decided[:MOST_ROUTES]))
