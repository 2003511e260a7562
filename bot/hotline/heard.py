"""What a caller said in their own words, as rows on the agent's screen: none counts before the agent takes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from msgspec.structs import replace

from bot.hotline import notices
from bot.hotline.screen import KEYS
from bot.talk.visit import Visit
from bot.wording import heard as wordings
from bot.wording.languages import Language
from flows.conversation import Move, Reply, Talk, take

WHOM = "whom"  # in place of a fact: whose hukou it is about


@dataclass(frozen=True, slots=True)
class Row:
    """One thing heard. `words`: the caller's own that it came from, on the page that hears them and on no other."""

    key: str
    id: str
    says: str
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`asks`: what was said in a way that leaves several answers; that is asked next. `remark`: what else there is to say."""

    rows: tuple[Row, ...]
    asks: tuple[str, ...]
    remark: str


def panel(talk: Talk, reply: Reply | None = None) -> Panel:
    """What waits to be taken; with the words, right after they were heard."""
    words, heard = Language(talk.session.language), talk.session.heard
    said = reply.words if reply else {}
    made = [*_rows(words, talk, dict(said))]
    rows = tuple(Row(key, *row) for key, row in zip(chain(KEYS, repeat("")), made, strict=False))
    doubts = (talk.as_heard.fact(fact) for fact in heard.doubts)
    return Panel(rows, tuple(words(one.short) for one in doubts), _remark(words, talk, reply) if reply else "")


def _rows(words: Language, talk: Talk, said: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if whom := talk.session.heard.asks_for:
        yield WHOM, notices.HEARD_FOR[whom], ""
    for fact in talk.session.heard.facts:
        yield fact, wordings.proposal(words, talk, fact), said.get(fact, "")


def _remark(words: Language, talk: Talk, reply: Reply) -> str:
    if reply.wanted:
        return "\n".join(wordings.asked_besides(words, talk, one) for one in reply.wanted)
    return notices.NOTHING_HEARD if reply.aside in ("not_understood", "too_long") else ""


def taken(visit: Visit, kept: tuple[str, ...]) -> tuple[Visit, Reply]:
    """The visit in which these rows are answers, and the others are gone. Raises NotUnderstood."""
    heard = visit.session.heard
    talk = visit.saying(heard=replace(heard, asks_for="")).talk
    reply = talk.reply()
    for fact in heard.facts:
        if fact not in kept:
            talk, reply = take(talk, Move("drop", fact))
    if talk.session.phase == "heard":
        talk, reply = take(talk, Move("agree" if talk.session.heard.is_shown else "refuse"))
    if heard.asks_for and WHOM in kept:
        talk, _ = take(talk, Move("ask_for", heard.asks_for))
    return visit.having(talk=talk), reply
