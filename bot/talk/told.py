"""What somebody tells in their own words, as a turn: an answer, proposals, or something else that they want. The text goes with
the turn: it is kept, logged and counted nowhere."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress

from msgspec.structs import replace

from bot.talk.presses import became, begun, in_words, is_ticked_by_hand, moved, with_own_ticks
from bot.talk.visit import Visit
from flows.conversation import LANGUAGES, Aside, AsksFor, Move, MoveName, Pending, Reply, Talk, take
from flows.facts import NOT_YET, OWN, UNSURE, Answer, NotUnderstood
from flows.hearing.ears import Doubt, Ears, Heard, Intent, Proposal, options_in_words
from flows.hearing.finding import ME
from flows.hearing.written import LONGEST_TEXT
from flows.typed import peeled, plain

READ, OPEN = ".reader", "?"  # how the rules of the ears end that are about bare answers
BETWEEN = re.compile(r"[，,。;；!！?？、\n]+")
ASKED = re.compile(r"[?？]\s*$")  # a question is no answer
MOST_ASKED = 3  # things besides that are answered at once
LEADS = ("不是", "不", "是", "是的", "对", "no", "yes")  # before what is meant, where the question knows no yes and no
MOVES: Mapping[str, MoveName] = {"back": "back", "why": "why"}  # what is meant -> the move that it is
ASIDES: Mapping[str, Aside] = {"thanks": "thanks", "greeting": "greeting", "human": "human"}


def hear(talk: Talk, said: str, numbered: bool = True) -> Heard:
    """What a text says in this talk. A number is an option only of a question on show. `numbered`: with all its numbers."""
    beneath = talk.due if talk.session.phase == "heard" else None  # the question that is there again when nothing waits
    return Ears(talk.book).hear(said, talk.asked or beneath, talk.known, numbered=numbered and talk.asked is not None)


def told(visit: Visit, said: str, numbered: bool = True) -> tuple[Visit, Reply]:
    """The visit after a text in somebody's own words: the open question answered, proposals to be confirmed, or what else was
    meant. Nothing in it is an answer to another question before they say yes. Raises NotUnderstood."""
    heard = _as_a_whole(visit.talk, said, _sure(visit.talk, said, hear(visit.talk, said, numbered)))
    answer = _bare_answer(visit.talk, said, heard)
    if answer is not None:
        return in_words(visit, Move("answer", str(visit.talk.asked), answer))
    with suppress(NotUnderstood):
        return _proposed(visit, heard)
    with suppress(NotUnderstood):
        return _meant(visit, heard)
    if visit.session.phase == "answers" and heard.facts.items() & visit.session.heard.facts.items():
        return moved(visit, Move("back"))  # to what waits for a yes
    had = {**visit.talk.known, **visit.session.heard.facts}
    if any(had.get(fact) == answer for fact, answer in heard.facts.items()):  # of the others nothing depends
        return visit, visit.talk.reply("said_before")
    raise NotUnderstood(visit.session.phase)


def told_first(visit: Visit, said: str) -> tuple[Visit, Reply]:
    """A talk begins, and what was said before anything was asked waits for a yes, whatever it is about. It answers no question: a
    number, “not sure” or “another” is meant for one of a talk that is gone."""
    visit, welcome = begun(visit)
    if len(said) > LONGEST_TEXT:
        return visit, visit.talk.reply("too_long")
    heard = _sure(visit.talk, said, hear(visit.talk, said).only(_stands_alone))
    try:
        visit, reply = _proposed(visit, heard)
    except NotUnderstood:
        return visit, replace(welcome, wanted=_wanted(visit.talk, heard))
    return visit, replace(reply, aside="begun")


def _stands_alone(one: Proposal | Doubt) -> bool:
    """Whether it says something also to whoever was asked nothing."""
    return isinstance(one, Doubt) or not (one.rule.endswith(READ) or one.value == UNSURE)


def told_early(visit: Visit, said: str) -> tuple[Visit, Reply]:
    """What was said before its author saw the question on show answers none, and may still be to the point. Raises
    NotUnderstood."""
    if not visit.talk.is_on or len(said) > LONGEST_TEXT:
        raise NotUnderstood(visit.session.phase)
    return _proposed(visit, _sure(visit.talk, said, Ears(visit.talk.book).hear(said, None, visit.talk.known)))


def overheard(visit: Visit, said: str) -> tuple[Visit, Reply]:
    """What was said where nobody is held to it: whatever is heard is shown first, also the answer to the open question, and no
    number stands for an option."""
    talk = visit.talk
    if len(said) > LONGEST_TEXT:
        return visit, talk.reply("too_long")
    heard = _sure(talk, said, Ears(talk.book).hear(said, talk.asked, talk.known, numbered=False))
    try:
        return _proposed(visit, heard)
    except NotUnderstood:
        wanted = _wanted(talk, heard)
        return visit, replace(talk.reply("not_written" if wanted else "not_understood"), wanted=wanted)


def _proposed(visit: Visit, heard: Heard) -> tuple[Visit, Reply]:
    """What was heard, to be confirmed. Raises NotUnderstood if there is nothing new in it."""
    talk, reply = take(visit.talk, Move("hear", heard=_pending(visit, heard)))
    if talk.session.heard == visit.session.heard:
        raise NotUnderstood(visit.session.phase)
    wanted, words = _wanted(visit.talk, heard), {one.fact: one.words for one in heard.everything}
    return became(visit, talk), replace(reply, aside="not_written" if wanted else "", wanted=wanted, words=words)


def _bare_answer(talk: Talk, said: str, heard: Heard) -> Answer | None:
    """The answer to the question on show, if the text says that and nothing else; None if it is to be shown first."""
    if talk.asked is None or len(heard.everything) != 1 or heard.whom != ME or heard.intents:
        return None
    one = heard.everything[0]
    if not isinstance(one, Proposal) or one.fact != talk.asked or not _says_only(talk, said, one):
        return None
    try:
        return talk.question(one.fact).clean(one.value)
    except NotUnderstood:
        return None


def _as_a_whole(talk: Talk, said: str, heard: Heard) -> Heard:
    """Without an answer that the reader of replies found in a part of what was said, if the rest may take it back
    (办了，没办下来) or all of it is a question; and without a “not sure” of whoever is only asked whether they were heard."""

    def may(one: Proposal | Doubt) -> bool:
        if not isinstance(one, Proposal):
            return True
        if talk.asked is None:
            return one.value != UNSURE
        if one.rule.endswith((READ, OPEN)) and ASKED.search(said):
            return False
        return not one.rule.endswith(READ) or _says_it_throughout(talk, said, one)

    return heard.only(may)


def _says_it_throughout(talk: Talk, said: str, one: Proposal) -> bool:
    """Whether every clause says it, or says nothing."""
    return all(_is_said(talk, part, one) or _says_nothing(talk, part) for part in BETWEEN.split(said))


def _is_said(talk: Talk, part: str, one: Proposal) -> bool:
    fact = talk.question(one.fact)
    return (one.rule.endswith(OPEN) and plain(one.words) in peeled(plain(part), fact.around)) or _read(talk, part) == one.value


def _says_nothing(talk: Talk, part: str) -> bool:
    """Whether a clause is said by the way, or leads to what is meant where the question knows no yes and no."""
    return not _without_chatter(talk, part) or (plain(part) in LEADS and _read(talk, part) is None)


def _read(talk: Talk, part: str) -> Answer | None:
    """What a clause answers to the question on show, also without what is said by the way."""
    fact = talk.question(str(talk.asked))
    for text in (part, _without_chatter(talk, part)):
        with suppress(NotUnderstood):
            return fact.read(text, options_in_words(fact), for_themselves=True)
    return None


def _without_chatter(talk: Talk, part: str) -> str:
    lexicon = Ears(talk.book).lexicon
    return lexicon.without_chatter(plain(part)) if lexicon else plain(part)


def _says_only(talk: Talk, said: str, one: Proposal) -> bool:
    """Whether a part of the text says this with nothing around it but what changes no meaning, as `Fact.read` would have it:
    heard by the reader of replies, or by words that count only while their question is open. Whose relative is meant must be
    said."""
    if one.rule.endswith(READ):
        return True
    fact = talk.question(one.fact)
    if not one.rule.endswith(OPEN) or (fact.relative and not OWN.search(plain(said))):
        return False
    return _says_it_throughout(talk, said, one)


def _sure(talk: Talk, said: str, heard: Heard) -> Heard:
    """Without a refusal that nobody has uttered yet, and without what may be so of somebody else."""
    bare = len(heard.everything) == 1 and not heard.intents

    def may(one: Proposal | Doubt) -> bool:
        if bare and one.fact == talk.asked and is_unclear_who(talk, one.fact, plain(said)):
            return False
        refused = isinstance(one, Proposal) and one.value == talk.book.facts[one.fact].decided
        return not (refused and NOT_YET.search(plain(said)))

    return _of_the_mover(talk, said, heard.only(may))


def _of_the_mover(talk: Talk, said: str, heard: Heard) -> Heard:
    """Without what somebody says of themselves and may not be so of the one who moves: that is asked.

    Who asks for somebody else has said so, or the words may be about anybody: then a relative is named as the question names
    them only by who moves (`Fact.read` holds to the same).
    """
    whom = talk.session.asks_for
    if heard.whom != ME:
        return _of_nobody_else(talk, heard)
    if whom == "self" or not heard.everything or not OWN.search(plain(said)):
        return heard
    theirs = _facts_of_the_mover(talk) if whom == "family" else set()
    bare = len(heard.everything) == 1 and not heard.intents
    with_me = WITH_ME if whom == "family" and "joiner_relation" not in heard.facts else ()  # who joins whom is not said

    def may(one: Proposal | Doubt) -> bool:
        relative = talk.book.facts[one.fact].relative and (whom == "family" or (bare and one.fact == talk.asked))
        return one.fact not in theirs and not relative and not (one.fact in with_me and OWN.search(plain(one.words)))

    return heard.only(may)


def _of_nobody_else(talk: Talk, heard: Heard) -> Heard:
    """What is said for somebody else, without what its own words give to whoever speaks: my name, the house that I bought."""
    theirs = _facts_of_the_mover(talk)

    def may(one: Proposal | Doubt) -> bool:
        return one.fact not in theirs or not OWN.search(plain(one.words))

    return heard.only(may)


OF_THE_MOVER = ("ground", "house_owner", "house_acquired", "house_papers", "origin_land", "origin_village")  # besides


def _facts_of_the_mover(talk: Talk) -> set[str]:
    """What "I" and "my" of somebody who asks for another answer wrongly."""
    lexicon = Ears(talk.book).lexicon
    return {*(lexicon.scope["about_mover"] if lexicon else ()), *OF_THE_MOVER}


WHOSE = ("house_owner", "origin_land", "movers")  # is asked
WITH_ME = ("live_together",)  # 跟我住 is an answer of the one who moves only
OTHERS = re.compile(r"[他她](?!\([他她]\))|\b(?:his|her|hers|him|himself|herself|their|theirs)\b")  # not as questions name them
TWO_OF_THEM = re.compile(r"[我咱俺他她]们?[俩两]|[我咱俺][和跟][他她]的?$|\b(?:both|two) of (?:us|them)\b")


def is_unclear_who(talk: Talk, fact: str, text: str, labels: Collection[str] = ()) -> bool:
    """Whether a reply, in plain text, is about whoever types, who asks for somebody else, and the question about the one who
    moves; or about somebody who was not named: “his own” of whoever asks for themselves, or has not said for whom. `labels`: what
    is shown."""
    whom = talk.session.asks_for
    if OWN.search(text) and ((whom == "family" and fact in _facts_of_the_mover(talk)) or (whom != "self" and fact in WITH_ME)):
        return True
    of_two = talk.book.facts[fact].relative and TWO_OF_THEM.search(text)
    of_others = fact in WHOSE and whom != "family" and OTHERS.search(text)
    return bool(of_two or of_others) and text not in map(plain, labels)


def _pending(visit: Visit, heard: Heard) -> Pending:
    """What of it waits for a yes; what is heard of the list on show adds to what is ticked there. A doubt between answers narrows
    the next question; where one alone was perhaps meant, it is asked in its turn, with all its options."""
    talk, facts = visit.talk, dict(heard.facts)
    several = (one for one in heard.doubts if len(one.values) > 1)
    doubts = {one.fact: one.values for one in several if {*one.values} <= _options(talk, one.fact)}
    if visit.ticked and talk.asked in facts and facts[talk.asked] != UNSURE:
        facts[talk.asked] = with_own_ticks(visit, facts[talk.asked])
    elif facts and talk.session.phase in ("changing", "altering") and is_ticked_by_hand(visit):
        facts[str(talk.asked)] = visit.ticked  # the list was opened to be changed, and goes now
    return Pending(facts, doubts, _asks_for(talk, heard) if heard.everything else "")


def _asks_for(talk: Talk, heard: Heard) -> AsksFor:
    """For whom it is asked, as far as the words say so; nobody who asks for the family does so for himself by a word."""
    if heard.whom != ME:
        return "family"
    return "self" if heard.for_oneself and not talk.session.asks_for and not talk.session.heard.asks_for else ""


def _options(talk: Talk, fact: str) -> set[str]:
    return {*talk.book.facts[fact].options, *(talk.book.counties if fact == "county" else ())}


# ---- what else is meant ----


def _wanted(talk: Talk, heard: Heard) -> tuple[str, ...]:
    """What is asked besides, the rarest first: what the document does not say, and the topics of the city."""
    policy = talk.policy_told(heard.facts)
    kinds = {
        "besides": talk.book.when_asked,
        "topic": policy.topics if policy is not None else {},
        "silent": talk.book.not_in_document,
    }
    found = (one.id for kind, known in kinds.items() for one in heard.intents if one.kind == kind and one.id in known)
    return tuple(dict.fromkeys(found))[:MOST_ASKED]


def _meant(visit: Visit, heard: Heard) -> tuple[Visit, Reply]:
    """A topic with what is asked besides, what the document does not say, or a move. Raises NotUnderstood."""
    wanted = _wanted(visit.talk, heard)
    for one in heard.intents:
        if one.kind == "topic" and visit.talk.policy and one.id in visit.talk.policy.topics:
            visit, reply = moved(visit, Move("open_topic", one.id))
            return visit, replace(reply, wanted=tuple(other for other in wanted if other != one.id))
    if wanted:
        return visit, replace(visit.talk.reply("not_written"), wanted=wanted)
    for one in heard.intents:
        if one.kind == "move":
            return _moved(visit, one)
    raise NotUnderstood(visit.session.phase)


def _moved(visit: Visit, meant: Intent) -> tuple[Visit, Reply]:
    if meant.id in MOVES:
        return moved(visit, Move(MOVES[meant.id]))
    if meant.id in ASIDES:
        return visit, visit.talk.reply(ASIDES[meant.id])
    if meant.id == "skip" and visit.talk.asked is not None:
        return moved(visit, Move("answer", visit.talk.asked, UNSURE))
    if meant.id == "restart":
        return moved(visit, Move("restart"))
    if meant.id == "result":
        return to_the_result(visit)
    language = meant.id.removeprefix("language-")
    if language in LANGUAGES:
        visit = visit.saying(language=language)
        return visit, visit.talk.reply("unchanged")
    raise NotUnderstood(visit.session.phase)


def to_the_result(visit: Visit) -> tuple[Visit, Reply]:
    """The sheet as soon as it is due, whatever the person was reading; before that there is none."""
    if visit.talk.is_on and visit.talk.due is not None and visit.session.phase != "result":
        return visit, visit.talk.reply("nothing_yet")
    while visit.session.phase in ("answers", "changing", "topic", "altering", "heard"):
        visit, _ = moved(visit, Move("back"))
    return visit, visit.talk.reply("" if visit.session.phase != "new" else "gone")
