"""What is asked in front of the question: whether all is wiped; in a chat also which language, whether an answer shall be another
one, and options that were perhaps meant. What is on show is what a number, a yes and a no mean."""

from msgspec.structs import replace

from bot.talk.presses import begun
from bot.talk.visit import Visit
from flows.conversation import Reply
from flows.facts import NOTHING, UNSURE, Fact


def standing(after: Visit, reply: Reply) -> Visit:
    """A visit that knows what its reply shows."""
    return after.having(wiping=reply.phase == "restart", offer=_offer(reply))


def _offer(reply: Reply) -> tuple[str, ...]:
    match reply.phase, reply.fact, reply.near:
        case "language", _, _:
            return ("language",)
        case "amend", str() as fact, (option,):
            return "amend", fact, option
        case _, str(), (_, *_) if reply.aside == "not_understood":
            return "near", *reply.near
    return ()


def on_show(visit: Visit) -> Reply:
    """What there is to see now, as far as the policies of today know it."""
    talk = visit.talk
    match visit.offer:
        case ("language",):
            return Reply("language")
        case ("amend", fact, option) if fact in talk.facts and option in _every(talk.fact(fact)):
            return Reply("amend", fact, aside="unchanged", near=(option,))
        case ("near", *_) if near := near_of(visit):
            return replace(talk.reply("not_understood"), near=near)
    return Reply("restart") if visit.wiping else talk.reply("" if visit.session.phase != "new" else "gone")


def is_in_front(visit: Visit) -> bool:
    """Whether something else is asked than the phase does."""
    return visit.wiping or visit.offer[:1] in (("language",), ("amend",))


def near_of(visit: Visit) -> tuple[str, ...]:
    """The options that alone are shown of the question, in the order of their numbers."""
    perhaps = visit.offer[1:] if visit.offer[:1] == ("near",) else ()
    if not perhaps or visit.talk.asked is None:
        return visit.talk.in_doubt
    every = _every(visit.talk.question(visit.talk.asked))
    return tuple(option for option in every if option in perhaps) or visit.talk.in_doubt


def _every(fact: Fact) -> tuple[str, ...]:
    return *fact.options, NOTHING, UNSURE


def in_language(visit: Visit, language: str) -> tuple[Visit, Reply]:
    """What is on show in another language; whoever was asked for it has chosen."""
    visit = visit.saying(language=language).having(offer=() if visit.offer == ("language",) else visit.offer)
    return (visit, on_show(visit)) if visit.session.phase != "new" else begun(visit)
