"""Pages that are kept: to the byte what would be drawn anew for whoever sees them, and nothing of anybody in them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any, get_args

import pytest
from markupsafe import escape
from msgspec import structs
from starlette.requests import Request

from bot.clock import today
from bot.kiosk import kept
from bot.kiosk.hall import Hall
from bot.kiosk.screens import LOOKS, NOTHING_BESIDE, Beside, Screens
from bot.kiosk.visit_cookie import KIOSK, PHONE, Door, new_name
from bot.talk.presses import Press, begun, pressed
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.talk.visit import Channel, Visit, no_visit
from bot.wording.people import CHILDREN
from conftest import BOOK, CITIES
from flows.facts import NOTHING, UNSURE
from flows.policy import Policy
from flows.session import AsksFor, Session
from flows.talk import Talk

TALKS, MOST_PRESSES = 150, 16
HALLS = (Hall(), Hall(city="tianshui", county="qinzhou", office="秦州区 & 公安"))
KEY = re.compile(rb'name="key" value="([\w-]{22})"')


@pytest.mark.parametrize("door", [KIOSK, PHONE], ids=["kiosk", "phone"])
def test_what_is_kept_is_what_would_be_drawn(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, dice = Turns(Runtime(BOOK, None, b"", 24)), Random(7)  # type: ignore[arg-type]
    halls, own, shown, drawn = [Screens(turns, hall, 0, door) for hall in HALLS], set[bytes](), 0, list[Visit]()
    draw = Screens._drawn

    def counted(screens: Screens, request: Request, visit: Visit, beside: Beside, number: str, **own: str) -> object:
        drawn.append(visit)
        return draw(screens, request, visit, beside, number, **own)

    monkeypatch.setattr(Screens, "_drawn", counted)
    for _ in range(TALKS):
        screens, request = dice.choice(halls), _request(dice, door)
        for visit, beside in _talk(
            dice, dice.choice(("kiosk", "phone", "phone") if door is PHONE else ("kiosk",) * 4 + ("phone",))
        ):
            page = screens.visit(request, visit, beside).body
            [key] = {*KEY.findall(page)}
            assert page == draw(screens, request, visit, beside, "", key=key.decode()).body, visit.session
            own |= {key, door.mark_of(request, turns).encode(), str(visit.step).encode()}
            shown += 1
    assert shown > TALKS * 4 and len(drawn) < shown * 0.7, (shown, len(drawn))
    held = b"".join(piece for one in halls for pieces in one._kept._pages.values() for piece in pieces[::2])
    assert not [one for one in own if one in held]


@pytest.mark.parametrize("city", CITIES)
def test_every_other_wording_has_a_page_of_its_own(city: str) -> None:
    turns, policy = Turns(Runtime(BOOK, None, b"", 24)), BOOK.city(city).policy  # type: ignore[arg-type]
    screens, request = Screens(turns, Hall(), 0), _request(Random(7), KIOSK)
    for asked, others in _situations(policy):
        for facts in others:
            talk = Talk(BOOK, Session("zh", today(), "asking", {"city": city, "matter": "move_to_town"} | facts))
            talk.__dict__["due"] = asked
            visit = Visit(talk, step=1, channel="kiosk", policy=policy.version)
            page = screens.visit(request, visit, NOTHING_BESIDE).body
            [key] = {*KEY.findall(page)}
            assert page == screens._drawn(request, visit, NOTHING_BESIDE, "", key=key.decode()).body, (asked, facts)
            assert escape(talk.question(asked).hint) in bytes(page).decode()


def _situations(policy: Policy) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A question, and answers of the same stages after which it reads otherwise, or may: other options, a child's, the first
    private one."""
    known = policy.facts
    for one in policy.narrowings:
        holds = {name: next(some for some in answers if some not in (None, UNSURE)) for name, answers in one.when.accepted}
        for name, answers in one.when.accepted:
            others = [some for some in known[name].every_answer() if some not in answers]
            yield one.fact, [holds, *({**holds, name: some} for some in others[:1])]
    for fact in known.values():
        if fact.ask_child:
            yield fact.id, [{"matter": CHILDREN}, {}]
    private = [fact for fact in known.values() if fact.sensitive]
    for fact, other in ((one, two) for one in private[:3] for two in private if one is not two):
        for public in (one for one in known.values() if not one.sensitive and one.stage == other.stage):
            yield fact.id, [{other.id: other.every_answer()[0]}, {public.id: public.every_answer()[0]}]


def _request(dice: Random, door: Door) -> Request:
    look = dice.choices(("", *LOOKS, ".".join(LOOKS)), (9, 1, 1, 1))[0]
    cookies = f"{door.visit}={new_name()}.x; __Host-look={look}"
    return Request({"type": "http", "method": "GET", "path": door.home, "headers": [(b"cookie", cookies.encode())]})


def _talk(dice: Random, channel: Channel) -> Iterator[tuple[Visit, Beside]]:
    """Somebody who answers anything, with what a page says besides."""
    visit = begun(no_visit(BOOK).saying(language=dice.choice(("zh", "zh", "zh", "en"))).having(channel=channel))[0]
    whom: AsksFor = dice.choice(get_args(AsksFor))
    reply = visit.talk.reply()
    for number in range(MOST_PRESSES):
        visit = visit.having(step=dice.randrange(10**12, 10**13))
        yield visit, Beside(structs.replace(reply, words={})) if reply.aside else NOTHING_BESIDE
        press = Press("ask_for", (whom,)) if whom and number == 0 else _press(dice, visit)
        if press.verb == "done":
            yield visit.having(ticked=press.ticked or ()), NOTHING_BESIDE
        visit, reply = pressed(visit, press)
        if visit.session.phase == "result":
            break


def _press(dice: Random, visit: Visit) -> Press:
    asked = visit.talk.asked
    besides = dice.choices(("", "back", "why", "review", "change"), (20, 1, 1, 1, 1))[0]
    if besides == "change" and visit.session.facts:
        return Press("change", (dice.choice([*visit.session.facts]),))
    if besides in ("back", "why", "review") or asked is None:
        return Press(besides if asked is not None and besides != "change" else "back")
    fact = visit.talk.question(asked)
    if asked == "city":
        return Press("answer", (asked, dice.choice(BOOK.cities)))
    if not fact.many:
        return Press("answer", (asked, dice.choice((*fact.options, UNSURE) if dice.random() < 0.2 else (*fact.options,))))
    ticks = tuple(one for one in fact.options if dice.random() < 0.4)
    return Press("done", (asked,), ticks) if ticks else Press("answer", (asked, NOTHING))


def test_they_are_few_and_of_one_set_of_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    pages, after = kept.Kept(), replace(BOOK)
    for like in range(5):
        shown = pages.filled(BOOK, like, {"echo": "<租>", "step": ""}, lambda own: f"{own['echo']}{own['step']}".encode())
        assert shown == "&lt;租&gt;".encode()
    assert [*pages._pages] == [2, 3, 4]
    assert pages.filled(after, 3, {}, lambda _: b"of today") == b"of today" and [*pages._pages] == [3]
