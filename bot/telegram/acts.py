"""What is done to a visit in a chat: what a channel adds to the presses and typed words of all channels."""

import re
from collections.abc import Callable

from bot.talk import codes
from bot.talk.offers import is_in_front, near_of, on_show, standing
from bot.talk.presses import Press, asked_to_restart, linked, moved, pressed, restarted
from bot.talk.told import ASKED, is_unclear_who, to_the_result, told_early
from bot.talk.turns import Act
from bot.talk.typed import Offered, typed
from bot.talk.visit import Visit
from bot.telegram.incoming import Incoming
from flows.conversation import Move, MoveName, Reply, Session, Talk
from flows.facts import Fact, NotUnderstood, option_of
from flows.typed import LONGEST_REPLY, plain

UNNUMBERED: tuple[MoveName, ...] = ("agree", "refuse")  # whose buttons have no number in a chat
KEPT_MESSAGES = 40  # whose numbers are kept for /forget
COMMANDS: dict[str, MoveName] = {"back": "back", "answers": "review", "help": "help"}  # those that are plain moves
WORDS: dict[str, tuple[str, ...]] = {  # what is typed for a command that is about no question
    "language": ("语言", "换语言", "切换语言", "language", "change language"),
    "handoff": (
        *("人工", "转人工", "找人工", "人工服务", "人工客服", "客服", "热线", "热线电话", "转热线", "打热线", "电话", "打电话"),
        *("电话多少", "电话号码", "热线多少", "找工作人员", "human", "a human", "operator", "agent", "hotline", "phone number"),
        *("talk to a human", "talk to a person", "call the hotline"),
    ),
}
COMMAND_OF = {plain(word): command for command, words in WORDS.items() for word in words}
NUMBER_ON_SHEET = re.compile(r"[^0-9]{0,12}((?:[0-9][\s\-–—－]*){11})[^0-9]{0,3}")


def command_of(text: str) -> str:
    """The command that typed words are, if they are one that any moment understands; else ""."""
    return COMMAND_OF.get(plain(text).removesuffix("吗"), "") if len(text) <= LONGEST_REPLY else ""


def number_on_sheet(text: str) -> str:
    """The number on a sheet in a text that is nothing else; one that is written like it may be wrong. Else ""."""
    found = NUMBER_ON_SHEET.fullmatch(text[:LONGEST_REPLY].translate(codes.FULL_WIDTH))
    number = found[1].strip() if found else ""
    return number if number and (codes.heard(number) or re.search(r"[-–—－]", number)) else ""


def noticed(visit: Visit, heard: Incoming, act: Act) -> tuple[Visit, Reply]:
    """A turn, with what the channel has to know of a message: its number, what it answered, and the language at the first one."""
    number = heard.message or heard.pressed or 0
    if visit.talk.session.phase == "new":
        visit = visit.having(talk=visit.talk.become(Session(language=heard.language)))
    after, reply = act(visit)
    return standing(after, reply).having(
        heard=max(visit.heard, heard.message or 0),
        messages=_with(visit.messages, number),
        update=max(visit.update, heard.update),
        answered=(heard.message or 0, reply.said) if reply.said else visit.answered,
    ), reply


def _with(messages: tuple[int, ...], number: int) -> tuple[int, ...]:
    if messages and number > messages[-1]:  # as nearly always: nothing to sort
        return (*messages, number)[-KEPT_MESSAGES:]
    return tuple(sorted({*messages, number}))[-KEPT_MESSAGES:]


def written(visit: Visit, heard: Incoming, offered: Callable[[Talk], Offered]) -> tuple[Visit, Reply]:
    """What was typed, also under a photo; the words under it that say nothing to us are its own."""
    after, reply = typed(visit, heard.text, offered, UNNUMBERED, near_of(visit))
    return (visit, visit.talk.reply("only_words")) if heard.beside and reply.aside == "not_understood" else (after, reply)


def is_harmless(before: Visit, after: Visit, reply: Reply) -> bool:
    """Whether it may be said before one has seen what is asked: it answers nothing, or only keeps everything from being wiped."""
    keeps = before.wiping and reply.aside == "unchanged" and after.session == before.session
    return keeps or reply.aside in ("thanks", "why", "help")


def early(visit: Visit, heard: Incoming) -> tuple[Visit, Reply]:
    """What was written before the present question was seen: no answer to it, but what it says of itself waits for a yes."""
    try:
        return told_early(visit, "" if heard.kind == "command" else heard.text)
    except NotUnderstood:
        return shown(visit) if is_in_front(visit) else (visit, visit.talk.reply("early"))


def shown(visit: Visit) -> tuple[Visit, Reply]:
    return visit, on_show(visit)


def link_gone(visit: Visit) -> tuple[Visit, Reply]:
    """What is there stays, or a talk begins; the person knows that nothing came along."""
    visit, _ = linked(visit, "")
    return visit, visit.talk.reply("link_gone")


def _moving(name: MoveName) -> Act:
    def act(visit: Visit) -> tuple[Visit, Reply]:
        if name == "back" and is_in_front(visit):  # of what was asked in front, no answer is undone
            return visit, visit.talk.reply("unchanged")
        return moved(visit, Move(name)) if visit.session.phase != "new" or name == "help" else shown(visit)

    return act


def ticked_off(visit: Visit, paper: str, state: str) -> tuple[Visit, Reply]:
    if state == "yes" and paper in visit.talk.book.papers:
        visit = visit.having(have=tuple(dict.fromkeys([*visit.have, paper])))
    elif state == "no":
        visit = visit.having(have=tuple(one for one in visit.have if one != paper))
    return shown(visit)


def keeps_own(visit: Visit) -> tuple[Visit, Reply]:
    """Somebody with answers here who wants others to take their place: that is done after they begin anew."""
    return visit, visit.talk.reply("own_answers")


def nothing_to_hand_over(visit: Visit) -> tuple[Visit, Reply]:
    return visit, visit.talk.reply("nothing_to_hand_over")


def restarts(visit: Visit, sure: bool) -> tuple[Visit, Reply]:
    """Whoever typed the command means it; who has answered since, as it came late, is asked."""
    return restarted(visit) if sure else asked_to_restart(visit)


def press_of(verb: str, words: tuple[str, ...]) -> tuple[Press, Act]:
    press = Press(verb, words)
    return press, lambda visit: pressed(visit, press)


# ---- a message that was changed ----


def edited(visit: Visit, heard: Incoming, labels: Callable[[Fact], dict[str, str]]) -> tuple[Visit, Reply]:
    """A message that was changed: if it was the last answer, that is asked about; else it is said that nothing changed."""
    if (meant := rewritten(visit, heard, labels)) is None:
        return visit, visit.talk.reply("edited")
    fact, option = meant
    return visit, Reply("amend", fact, aside="unchanged", near=(option,))


def rewritten(visit: Visit, heard: Incoming, labels: Callable[[Fact], dict[str, str]]) -> tuple[str, str] | None:
    """What the last answer would be by the message as it is now; None if it was none, says nothing, or says the same.

    Several options at once do not fit on a button: they are changed by hand.
    """
    number, name = visit.answered
    if not number or number != heard.message or name not in visit.session.facts:
        return None
    fact = visit.talk.fact(name)
    shown = labels(fact)
    if ASKED.search(heard.text) or is_unclear_who(visit.talk, name, plain(heard.text), shown.values()):
        return None
    try:
        answer = fact.read(heard.text, shown, for_themselves=visit.session.asks_for == "self")
    except NotUnderstood:
        return None
    several = not isinstance(answer, str) and len(answer) > 1
    if several or answer == visit.session.facts[name]:
        return None
    return name, option_of(answer)


ACTS: dict[str, Act] = {
    "result": to_the_result,
    "language": lambda visit: (visit, Reply("language")),
    "about": lambda visit: (visit, visit.talk.reply("about")),
    **{name: _moving(move) for name, move in COMMANDS.items()},
}
