"""What was heard, in words: shown back to the person with "is that right?", before any of it counts."""

from collections.abc import Iterator

from bot.wording import questions, sentences
from bot.wording.languages import Language, capital
from bot.wording.view import Choice
from flows.conversation import Move, Talk


def echo(words: Language, talk: Talk) -> str:
    """Everything that waits for a yes, a line each."""
    return "\n".join((words(sentences.WHAT_I_HEARD), *_lines(words, talk), words(sentences.IS_THAT_RIGHT)))


def _lines(words: Language, talk: Talk) -> Iterator[str]:
    if whom := for_whom(words, talk):
        yield whom
    for number, fact in enumerate(talk.session.heard.facts, 1):
        yield sentences.NUMBERED.format(number=circled(number), line=proposal(words, talk, fact))


def for_whom(words: Language, talk: Talk) -> str:
    """Whose hukou it was said to be about; "" where nothing was said of it."""
    whom = talk.session.heard.asks_for
    return words(sentences.HEARD_FOR[whom]) if whom else ""


def proposal(words: Language, talk: Talk, fact: str) -> str:
    """One fact as it was heard; where another answer was given before, with that."""
    asked = questions.naming(talk.as_heard, fact)
    short, answer = words(asked.short), questions.said(words, asked, talk.session.heard.facts[fact])
    if fact not in talk.facts:
        return words(sentences.SHORT_AND_ANSWER, short=short, answer=answer)
    before = questions.said(words, talk.fact(fact), talk.facts[fact])
    return words(sentences.HEARD_ANOTHER, short=short, before=before, answer=answer)


def choices(words: Language, talk: Talk) -> tuple[Choice, ...]:
    """What can be done with it, in the order of the numbers: those of the facts are their own."""
    shorts = ((fact, words(talk.as_heard.fact(fact).short)) for fact in talk.session.heard.facts)
    alter = (Choice(words(sentences.CHANGE_HEARD, short=short), Move("alter", fact)) for fact, short in shorts)
    return (*alter, Choice(words(sentences.AGREE), Move("agree")), Choice(words(sentences.REFUSE), Move("refuse")))


def circled(number: int) -> str:
    """①, ② … as far as there are such signs."""
    return chr(0x245F + number) if number <= 20 else f"({number})"


def asked_besides(words: Language, talk: Talk, wanted: str) -> str:
    """What the document says of what somebody asks besides; or that it does not say it."""
    policy = talk.policy_told(talk.session.heard.facts)
    if policy and wanted in policy.topics:
        topic = policy.topics[wanted]
        return words(sentences.TOPIC_SAYS, title=words(topic.title), says=words(topic.says), clause=topic.clause)
    after_all = policy.said(policy.not_in_document[wanted], talk.known) if policy else ()
    if wanted in talk.book.when_asked:
        unwritten = words(talk.book.when_asked[wanted])
    else:
        unwritten = words(sentences.NOT_WRITTEN_HERE, thing=words(talk.book.not_in_document[wanted]))
    return capital(next((words(line.says) for line in after_all), unwritten))  # English names begin small
