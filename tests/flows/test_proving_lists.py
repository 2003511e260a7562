"""What a proof says of papers and of who moves along: against brute force, with one situation after another turned round."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

import invented
from conftest import BOOK, CITIES
from flows.facts import Answer, Facts, When
from flows.policy import Policy
from flows.proving.listed import of_lists
from flows.routes import Route
from flows.rules import FITS, FITS_IF, NOT_GOVERNED, OPEN
from test_proving import luohu

MOST = 3_000  # residents of a route, where it is tried by force

Told = set[tuple[str, str]]


def turned(policy: Policy, when: When) -> Iterator[When]:
    """The situation with the answers to one of its facts changed for the others, and without one of them."""
    for place, (fact, accepted) in enumerate(when.accepted):
        every = {*policy.facts[fact].every_answer(), *(accepted & {None})}
        for other in (frozenset(every - accepted), frozenset(every)):
            yield When((*when.accepted[:place], (fact, other), *when.accepted[place + 1 :]))


def edits(policy: Policy) -> Iterator[Route]:
    for route in policy.routes.values():
        yield route
        for place, paper in enumerate(route.papers):
            for when in turned(policy, paper.when) if paper.when else ():
                yield replace(route, papers=(*route.papers[:place], replace(paper, when=when), *route.papers[place + 1 :]))
        if (family := route.family) is not None:
            for mover, named in family.named_if.items():
                for when in turned(policy, named):
                    yield replace(route, family=replace(family, named_if={**family.named_if, mover: when}))


def by_force(policy: Policy, route: Route) -> Told | None:
    """The same, by looking at everybody who is sure of all that the route looks at; None where they are too many."""
    residents = everybody(policy, route)
    if residents is None:
        return None
    here = [facts for facts in residents if route.needs.verdict(facts) in hopeful(policy, route)]
    found: Told = set()
    for paper in route.papers:
        alike = [one for one in route.papers if one.id == paper.id]
        first = {next((alike.index(one) for one in alike if one.listed(facts)), None) for facts in here}
        if any(one.when or one.unless for one in alike):
            found |= verdict("paper", paper.id, alike.index(paper) in first, len(first) > 1)
    for mover in route.family.named_if if route.family else ():
        ways = {along(route, mover, facts) for facts in here}
        found |= verdict("mover", mover, "yes" in ways, len(ways) > 1)
    return found


def along(route: Route, mover: str, facts: Facts) -> str:
    assert route.family is not None
    sort = route.family.sort({**facts, "movers": (mover,), "live_together": "yes"})
    return "".join(answer for answer, some in sort.items() if mover in some)


def verdict(what: str, about: str, ever: bool, matters: bool) -> Told:
    return {(f"never_{what}", about)} if not ever else set() if matters else {(f"always_{what}", about)}


def hopeful(policy: Policy, route: Route) -> set[int]:
    elsewhere = any(set(need.table.values()).isdisjoint(range(NOT_GOVERNED)) for need in route.needs.leaves())
    return {*range(FITS, FITS_IF + 1), *([NOT_GOVERNED] if elsewhere else [])} - {OPEN}


def everybody(policy: Policy, route: Route) -> list[dict[str, Answer]] | None:
    whens = [when for paper in route.papers for when in (paper.when, paper.unless) if when]
    whens += route.family.named_if.values() if route.family else ()
    whens += [need.when for need in route.needs.leaves() if need.when]
    facts = dict.fromkeys([need.fact for need in route.needs.leaves()] + [fact for when in whens for fact in when.facts])
    answers = [policy.facts[fact].every_answer() for fact in facts]
    size = 1
    for some in answers:
        size *= len(some)
    return [dict(zip(facts, some, strict=True)) for some in product(*answers)] if size <= MOST else None


@pytest.mark.parametrize("city", CITIES)
def test_what_is_said_of_papers_and_family_is_what_brute_force_finds(city: str) -> None:
    """What is never or always so there are edits of, where anything hangs on answers at all."""
    policy, tried, wrong = BOOK.city(city).policy, 0, 0
    for route in edits(policy):
        if (force := by_force(policy, route)) is not None:
            said = {(one.kind, one.about) for one in of_lists(replace(policy, routes={route.id: route}))}
            assert said == force, route.id
            tried, wrong = tried + 1, wrong + bool(force)
    by_answers = any(
        any(paper.when for paper in route.papers) or (route.family is not None and route.family.named_if)
        for route in policy.routes.values()
    )
    assert tried and (wrong or not by_answers)


# ---- the command ----


def test_a_draft_is_proved_by_itself_with_file_and_line(tmp_path: Path) -> None:
    """Also before the day on which its document begins."""
    folder = invented.policies(tmp_path, "lanpu")
    file = folder / "drafts" / "lanpu" / "lanpu.yaml"
    text = file.read_text(encoding="utf-8").replace('issued: "2023-05-01"', 'issued: "2023-05-01"\n  from: "2060-05-01"')
    file.write_text(text, encoding="utf-8")
    done = luohu("--policies", str(folder), "policy", "prove", "lanpu")
    assert done.returncode == 0 and "澜浦：都证明了" in done.stdout and "临沧" not in done.stdout
    wrong = "basis: implied\n        when: {housing: [owned]}"
    file.write_text(text.replace(wrong, wrong.replace("owned", "dormitory"), 1), encoding="utf-8")
    done = luohu("--policies", str(folder), "policy", "prove", "--drafts")
    line = text[: text.index(wrong)].count("\n")  # that of `- paper`, above
    assert done.returncode == 1
    assert f"# 错误 policies/drafts/lanpu/lanpu.yaml:{line} lanpu.urban：材料 ownership-certificate 谁都用不着" in done.stdout


def test_a_draft_that_there_is_not_is_refused_and_none_is_said(tmp_path: Path) -> None:
    folder = invented.policies(tmp_path, "lanpu")
    refused = luohu("--policies", str(folder), "policy", "prove", "--drafts", "tianshui")
    assert refused.returncode == 2 and refused.stdout == "" and "没有 tianshui 这份草稿，可以写：lanpu" in refused.stderr
    (folder / "drafts" / "lanpu").rename(tmp_path / "lanpu")
    assert luohu("--policies", str(folder), "policy", "prove", "--drafts").stdout == "# 没有草稿\n"
