"""What a press or a link means, the same in every channel: what is ticked and when ticks go, what is asked about before it
is done, when the privacy line comes. Whether it still counts, turns.py says."""

from dataclasses import dataclass
from zlib import crc32

from msgspec.structs import replace

from bot.clock import today
from bot.talk.visit import Visit
from flows.conversation import Move, MoveName, Pending, Reply, Session, Talk, take
from flows.facts import UNSURE, Answer, NotUnderstood
from flows.session import NOTHING_PENDING
from flows.typed import LONGEST_REPLY, plain

ALONE: frozenset[MoveName] = frozenset({"agree", "back", "begin", "help", "more", "open_topic", "refuse", "review", "why"})
"""Moves that are about nothing in particular."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button: what it does and about what.

    `ticked`: what is ticked on the page that it stands on; None where ticks are presses of their own (a chat).
    """

    verb: str
    words: tuple[str, ...] = ()
    ticked: tuple[str, ...] | None = None


def repeated(visit: Visit, step: int, press: Press) -> bool:
    """Whether the button that led here was pressed once more, as a hand does that presses everything twice."""
    return bool(step) and (step, _in_short(press)) == (visit.left, visit.press)


def _in_short(press: Press) -> int:
    return crc32(" ".join((press.verb, *press.words)).encode())


def pressed(visit: Visit, press: Press) -> tuple[Visit, Reply]:
    """The visit after a press, and what is seen. A press that means nothing here changes nothing."""
    surely = visit.wiping
    visit = with_page_ticks(visit, press.ticked).having(wiping=False, left=visit.step, press=_in_short(press), misses=0)
    try:
        match press.verb, press.words:
            case "answer", (fact, option):
                return moved(visit, Move("answer", fact, visit.talk.fact(fact).value_of(option)))
            case "tick", (fact, option):
                return ticked(visit, fact, option), visit.talk.reply()
            case "done", (fact,):
                return done(visit, fact)
            case ("change" | "alter" | "drop") as verb, (fact,):
                return moved(visit, Move(verb, fact))
            case "amend", (fact, option) if fact in visit.session.facts:
                return moved(visit, Move("tell", fact, visit.talk.fact(fact).value_of(option)))
            case "amend", ():
                return without_doubt(visit)
            case "ask_for", (whom,):
                return moved(visit, Move("ask_for", whom))
            case "open_topic", (topic,):
                return moved(visit, Move("open_topic", topic))
            case "restart", ("yes",):  # an old one, of a question that was answered, asks anew
                return restarted(visit) if surely else asked_to_restart(visit)
            case "restart", ("no",):
                return visit, visit.talk.reply("unchanged")
            case "restart", ():
                return asked_to_restart(visit)
            case verb, () if verb in ALONE:
                return moved(visit, Move(verb))
    except (NotUnderstood, KeyError):
        pass
    return visit, visit.talk.reply()


def moved(visit: Visit, move: Move) -> tuple[Visit, Reply]:
    """The visit after a move. Where no talk is going on, one begins. Raises NotUnderstood, KeyError."""
    if not visit.talk.is_on:
        return begun(visit)
    if move.name == "restart":
        return asked_to_restart(visit)
    talk, reply = take(visit.talk, move)
    looked = visit.session.phase in ("answers", "topic") and reply == talk.reply() and reply.phase == "result"
    if looked and visit.receipt and visit.channel == "telegram":  # in a chat the sheet stands above, as long as it is
        reply = talk.reply("unchanged")
    return became(visit, talk), reply


def became(visit: Visit, talk: Talk) -> Visit:
    """Ticks belong to their question: they stay while the person looks at something beside it, and go with it. What was heard
    of a list is ticked in it."""
    after = visit.having(talk=talk)
    if talk.session.phase == "altering" and talk.session != visit.session:
        heard = talk.session.heard.facts.get(talk.session.open, ())
        return after.having(ticked=() if isinstance(heard, str) else heard)
    return after if ticks_for(after) == ticks_for(visit) else after.having(ticked=())


def without_doubt(visit: Visit) -> tuple[Visit, Reply]:
    """None of what was perhaps meant: the question with all its options."""
    heard = visit.session.heard
    if visit.talk.in_doubt:
        visit = visit.saying(heard=replace(heard, doubts=heard.without(str(visit.talk.asked)).doubts))
    return visit, visit.talk.reply("unchanged")


# ---- the beginning and the end ----


def begun(visit: Visit, aside: bool = True) -> tuple[Visit, Reply]:
    """A talk begins, with the welcome."""
    session = Session(language=visit.session.language, as_of=today())
    talk, reply = take(visit.talk.become(session), Move("begin"))
    return _anew(visit, talk), replace(reply, aside="begun") if aside else reply


def linked(visit: Visit, payload: str) -> tuple[Visit, Reply]:
    """A talk begins with the welcome; a link that names a city, by its id or its name, answers that question, also in the middle
    of a talk. Where something that was said would go with that, or a sheet, it waits for a yes."""
    going_on, named = visit.talk.is_on, _city(visit.talk, payload)
    if not going_on:
        visit, _ = begun(visit)
    city = visit.session.facts.get("city")
    if not named or named == city:
        return visit, visit.talk.reply("" if going_on else "begun")
    if _costs(visit.talk, named):
        talk, reply = take(visit.talk, Move("hear", heard=Pending({"city": named})))
        return became(visit, talk), reply
    visit = visit.having(talk=take(visit.talk, Move("tell", "city", named))[0], ticked=())
    return visit, visit.talk.reply("linked" if city else "" if going_on else "begun")


def _city(talk: Talk, said: str) -> str:
    """The city with a document that somebody names; "" if it is none. What is too long to be a name is not looked at."""
    if len(said) > LONGEST_REPLY:
        return ""
    names = {plain(talk.book.facts["city"].options[city]): city for city in talk.book.cities}
    return said if said in talk.book.cities else names.get(plain(said), "")


def _costs(talk: Talk, city: str) -> bool:
    """Whether another city would take something away: a sheet, what waits for a yes, or an answer."""
    after, _ = take(talk, Move("tell", "city", city))
    return talk.session.phase == "result" or talk.session.heard.is_shown or not talk.facts.keys() <= after.facts.keys()


def restored(visit: Visit, found: Visit) -> tuple[Visit, Reply]:
    """The answers under the number on a sheet, for whoever has none at the moment."""
    if visit.talk.is_on and visit.session.facts:
        return visit, visit.talk.reply("own_answers")
    session = replace(found.session, language=visit.session.language, as_of=today(), phase="result", open="")
    talk = visit.talk.become(session)
    if talk.due is not None:  # by the policies of today there is something to ask
        talk = talk.become(replace(session, phase="asking"))
    return visit.having(talk=talk, ticked=(), have=(), wiping=False), talk.reply("restored")


def asked_to_restart(visit: Visit) -> tuple[Visit, Reply]:
    """Whoever has answered something is asked before it is wiped."""
    return (visit.having(wiping=True), Reply("restart")) if visit.session.facts else restarted(visit)


def restarted(visit: Visit) -> tuple[Visit, Reply]:
    """Whoever was asked, or typed the command, means it."""
    if not visit.talk.is_on:
        return begun(visit)
    talk, reply = take(visit.talk, Move("restart"))
    return _anew(visit, talk), reply


def _anew(visit: Visit, talk: Talk) -> Visit:
    """A visit of which nothing is left but who it is."""
    return visit.having(talk=talk, ticked=(), have=(), wiping=False, receipt=0, told=0, rules=None, began="")


# ---- ticks ----


def ticks_for(visit: Visit) -> str | None:
    """The question that the ticks belong to, also while the person looks at something beside it."""
    if not visit.ticked:
        return None
    talk = visit.talk
    if talk.session.phase == "heard":  # a doubt counts after the yes, as all that was heard
        talk = talk.become(replace(talk.session, heard=NOTHING_PENDING))
    return talk.asked or talk.due


def ticked(visit: Visit, fact: str, option: str) -> Visit:
    """One option more or less in the list that is asked."""
    known = visit.talk.fact(fact)
    if visit.talk.asked != fact or not known.many or option not in known.options:
        return visit
    return visit.having(ticked=known.in_order({*visit.ticked} ^ {option}))


def in_words(visit: Visit, move: Move) -> tuple[Visit, Reply]:
    """The visit after a move that was typed. What is said of a list in which something is ticked is ticked, too, and the list
    is shown: no tick goes with it. Raises NotUnderstood, KeyError."""
    if move.name != "answer" or not move.value or move.value == UNSURE or not is_ticked_by_hand(visit):
        return moved(visit, move)
    return visit.having(ticked=with_own_ticks(visit, move.value)), visit.talk.reply()


def with_own_ticks(visit: Visit, some: Answer) -> tuple[str, ...]:
    """Options of the list that is asked, and what somebody ticked in it."""
    return visit.talk.fact(str(visit.talk.asked)).in_order({*some, *(visit.ticked if is_ticked_by_hand(visit) else ())})


def is_ticked_by_hand(visit: Visit) -> bool:
    """Whether the ticks in the list on show are the person's own, and not what was heard of it."""
    return bool(visit.ticked) and visit.ticked != visit.session.heard.facts.get(str(visit.talk.asked))


def with_page_ticks(visit: Visit, some: tuple[str, ...] | None) -> Visit:
    """What is ticked on a page is kept with whatever is pressed there, as far as there is such a list."""
    asked = visit.talk.asked
    if some is None or asked is None:
        return visit
    fact = visit.talk.fact(asked)
    return visit.having(ticked=fact.in_order(some) if fact.many and set(some) <= set(fact.options) else ())


def done(visit: Visit, fact: str) -> tuple[Visit, Reply]:
    """What is ticked is the answer; nothing ticked is none: "none of them" is an option of its own."""
    if not visit.ticked:
        return visit, visit.talk.reply("nothing_ticked" if visit.talk.asked == fact else "stale")
    return moved(visit, Move("answer", fact, visit.talk.fact(fact).in_order(visit.ticked)))


# ---- the privacy line ----


def before_private(talk: Talk) -> bool:
    """Whether the question on show is the first private one of this talk: what becomes of the answer is said before it."""
    known = talk.book.facts
    return talk.asked is not None and known[talk.asked].sensitive and not any(known[fact].sensitive for fact in talk.facts)
