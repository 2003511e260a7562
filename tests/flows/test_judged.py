"""A route judged: its verdict is the one that proving works with, and what is told of it goes together."""

from conftest import BOOK, CITIES
from flows.facts import UNSURE, Answer, Facts, When
from flows.rules import AMBIGUOUS, FITS, FITS_IF, NONE, OPEN, AllOf, AnyOf, Judged, Need, Texts
from residents import crowd


def every_part(judged: Judged) -> list[Judged]:
    return [judged, *(one for part in judged.parts for one in every_part(part))]


def test_what_is_told_of_a_route_and_its_parts_goes_together() -> None:
    for resident in (one for city in CITIES for one in crowd(20, 3, city)):
        for said in (resident, dict(list(resident.items())[:4])):
            facts: Facts = BOOK.city(str(resident["city"])).policy.known(said)
            for route in BOOK.city(str(resident["city"])).policy.routes.values():
                for one in every_part(route.needs.judge(facts)):
                    assert one.verdict == one.rule.verdict(facts) and one.best <= one.verdict
                    assert bool(one.because) == (one.verdict != FITS) and not facts.keys() & {*one.wanted}
                    assert one.verdict != NONE or not one.wanted
                    assert not one.unsure or UNSURE in map(facts.get, one.because)


def need(fact: str, when: When | None = None, **table: int) -> Need:
    answers: dict[Answer | None, int] = {None: OPEN, UNSURE: FITS_IF}
    answers.update(table)
    return Need(fact, answers, Texts(), when)


def test_of_alternatives_only_the_one_that_speaks_is_a_reason() -> None:
    lost = AllOf((need("trade", yes=FITS), need("paid", no=NONE)))
    rule = AllOf((AnyOf((lost, need("home", rented=AMBIGUOUS))), need("work", yes=FITS)))
    judged = rule.judge({"trade": UNSURE, "paid": "no", "home": UNSURE, "work": "yes"})
    assert (judged.verdict, judged.because, judged.unsure, judged.wanted) == (FITS_IF, ("home",), True, ())
    judged = rule.judge({"paid": "no", "home": "rented", "work": "yes"})
    assert (judged.verdict, judged.because, judged.unsure, judged.best) == (AMBIGUOUS, ("home",), False, AMBIGUOUS)


def test_a_branch_that_is_not_ones_own_decides_nothing_and_is_not_asked() -> None:
    branch = need("paid", When((("home", frozenset({"rented"})),)), no=NONE)
    assert branch.judge({"home": "owned", "paid": "no"}) == (branch, FITS, FITS, (), (), (), False)
    assert branch.judge({"home": "owned"}).wanted == () and branch.judge({"home": "rented"}).wanted == ("paid",)
    assert branch.judge({"home": "rented", "paid": "no"}).because == ("paid", "home"), "what calls for it is a reason too"
