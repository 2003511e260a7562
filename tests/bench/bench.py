"""`make bench`: what a judgement, a turn and a start cost, each beside its peer in the same run. It reports, it asserts no times.

Peers: zen-engine (a decision model with one expression node for a city, static loader) on the same routes, first
checked to give the same statuses; one bare `transitions` trigger. Figures are medians over rounds in which the
candidates take turns, so that the ratios hold on a noisy machine.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import zen
from transitions import Machine

import talking
from bot.wording.views import View, Wording
from conftest import BOOK, CITIES, ROOT
from flows.book import Book
from flows.conversation import Move, Session
from flows.facts import UNSURE, Answer, Facts
from flows.loading.load import load
from flows.policy import Policy
from flows.rules import STATUS, AllOf, AnyOf, Need, Points, Rule
from residents import answers, hopeful, talk
from talking import show

ONCE = "BENCH_ONCE" in os.environ  # one round of everything, as `make test` runs it: the work is checked, the figures say nothing
ROUNDS = 1 if ONCE else 15
STARTS = 1 if ONCE else 7
SIZES = (5, 8) if ONCE else (5, 50, 340)  # cities
HOPE = [0, 3, 4, 2, 1, 5, 6]  # status number -> place in the order of hope, as flows.rules has it
BACK = [0, 4, 3, 1, 2, 5, 6]


def main() -> None:
    print(f"CPython {sys.version.split()[0]}, {os.cpu_count()} cores; medians of {ROUNDS} rounds, the candidates by turns\n")
    judging()
    turns_and_starts()


# ---- judging ----


def judging() -> None:
    people = {city: [partly(BOOK.city(city).policy, seed) for seed in range(64)] for city in CITIES}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {city: model(BOOK.city(city).policy) for city in CITIES}}})
    machine = Machine(model=None, states=["a", "b"], initial="a", auto_transitions=False)
    machine.add_transition("go", "a", "=")
    model_ = type("Model", (), {"state": "a"})()
    print(
        f"{'one resident, one city':<16}{'routes':>7}{'statuses':>11}{'+ next':>10}{'zen':>10}{'statuses/zen':>14}{'+ next/zen':>12}"
    )
    for city in CITIES:
        policy = BOOK.city(city).policy
        contexts = [context(facts) for facts in people[city]]
        for facts, ready in zip(people[city], contexts, strict=True):
            peer = engine.evaluate(city, ready)["result"]
            assert {route: STATUS[int(peer[key(route)])] for route in policy.routes} == policy.statuses(facts), (city, facts)

        def statuses(policy: Policy = policy, some: list[Facts] = people[city]) -> None:
            for facts in some:
                policy.statuses(facts)

        def with_next(policy: Policy = policy, some: list[Facts] = people[city]) -> None:
            for facts in some:
                policy.statuses(facts)
                policy.next_fact(facts)

        def peer_run(city: str = city, some: list[dict[str, Any]] = contexts) -> None:
            for ready in some:
                engine.evaluate(city, ready)

        ours, both, theirs = medians([statuses, with_next, peer_run], 64)
        print(
            f"{city:<16}{len(policy.routes):>7}{ours:>9.1f}µs{both:>8.1f}µs{theirs:>8.1f}µs{ours / theirs:>14.2f}{both / theirs:>12.2f}"
        )
    (trigger,) = medians([lambda: [machine.events["go"].trigger(model_) for _ in range(64)]], 64)
    print(f"one bare transitions trigger {trigger:.1f}µs\n")


def partly(policy: Policy, seed: int) -> Facts:
    """A resident of whom a dozen facts are known."""
    luck = random.Random(seed)
    route = luck.choice(list(policy.routes.values()))
    chances = hopeful(policy, route)
    facts: dict[str, Answer] = {"city": policy.city, "matter": luck.choice([*sorted(route.matters), UNSURE])}
    for fact in luck.sample(sorted(set(policy.facts) - {"city", "matter"}), 10) + sorted(chances)[:4]:
        facts[fact] = luck.choice(chances.get(fact) or [*answers(policy, fact), UNSURE])
    return facts


def key(route: str) -> str:
    return route.replace(".", "_").replace("-", "_")


def model(policy: Policy) -> dict[str, Any]:
    expressions = [
        {"id": key(route.id), "key": key(route.id), "value": expression(route.needs)} for route in policy.routes.values()
    ]
    content = {
        "expressions": expressions,
        "passThrough": False,
        "inputField": None,
        "outputPath": None,
        "executionMode": "single",
    }
    return {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {"id": "judge", "name": "judge", "type": "expressionNode", "position": {"x": 1, "y": 0}, "content": content},
            {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "judge", "type": "edge"},
            {"id": "b", "sourceId": "judge", "targetId": "out", "type": "edge"},
        ],
    }


def expression(rule: Rule) -> str:
    match rule:
        case AllOf(needs=needs):
            return f"max([{', '.join(map(expression, needs))}])"
        case Points():
            raise NotImplementedError  # no city of ours counts points
        case AnyOf(needs=needs):
            return f"{BACK}[min([{', '.join(f'{HOPE}[{expression(need)}]' for need in needs)}])]"
        case Need():
            return leaf(rule)


def leaf(need: Need) -> str:
    groups: dict[int, list[str]] = {}
    for answer, verdict in need.table.items():
        if answer is not None:
            groups.setdefault(verdict, []).append(flat(answer))
    tests = "".join(f"{need.fact} in {sorted(words)!r} ? {verdict} : " for verdict, words in groups.items())
    judged = f"({need.fact} == null ? {need.table[None]} : {tests}{need.table[None]})"
    if need.when is None:
        return judged
    branch = " and ".join(accepts(fact, some) for fact, some in need.when.accepted)
    return f"({branch} ? {judged} : 0)"


def accepts(fact: str, some: Collection[Answer | None]) -> str:
    said = f"{fact} in {sorted(flat(one) for one in some if one is not None)!r}"
    return f"({fact} == null or {said})" if None in some else said


def flat(answer: Answer) -> str:
    return answer if isinstance(answer, str) else "+".join(answer) or "nothing"


def context(facts: Facts) -> dict[str, str | None]:
    return {fact: flat(facts[fact]) if fact in facts else None for fact in BOOK.facts}


# ---- turns and starts ----


def turns_and_starts() -> None:
    resident: Facts = {
        "city": "tianshui", "matter": "move_to_town", "place_type": "county_seat", "ties": ("lives",), "housing": "rented",
        "movers": ("spouse", "minor_child"), "live_together": "yes",
    }  # fmt: skip
    books: dict[int, tuple[Path, Book]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for cities in SIZES:
            path = copies(Path(folder) / str(cities), cities)
            books[cities] = (path, load(path))
        lines = {cities: typed(book, resident) for cities, (_, book) in books.items()}
        asserted(BOOK, ("天水", *lines[5][1:]))
        talks = medians([partial(whole_talk, books[cities][1], lines[cities]) for cities in books], len(lines[5]))
        asked = medians([partial(one_turn, books[cities][1], lines[cities]) for cities in books], 1)
        print(
            f"{'cities':>8}{'a turn, mean of a talk':>24}{'a turn, mid-talk':>18}{'÷ 5 cities':>12}{'start to first question':>25}{'peak memory':>13}"
        )
        for (cities, (path, _)), mean, middle in zip(books.items(), talks, asked, strict=True):
            start, memory = starting(path)
            print(f"{cities:>8}{mean:>22.0f}µs{middle:>16.0f}µs{middle / asked[0]:>12.2f}{start:>23.0f}ms{memory:>10.0f}MB")
    print(
        "\nA turn: read the typed answer, move the machine, judge, find the next question, word the reply (the last one: the sheet)."
    )


def copies(folder: Path, cities: int) -> Path:
    """The policies with as many cities as wanted: copies of Tianshui under other names."""
    shutil.copytree(ROOT / "policies", folder)
    names = [f"copy{number}" for number in range(cities - len(CITIES))]
    facts = folder / "facts.yaml"
    text = facts.read_text(encoding="utf-8")
    text = text.replace(
        "      other: 其他城市\n", "".join(f"      {name}: 城市{name}\n" for name in names) + "      other: 其他城市\n", 1
    )
    facts.write_text(text, encoding="utf-8")
    city = (folder / "tianshui.yaml").read_text(encoding="utf-8")
    for name in names:
        (folder / f"{name}.yaml").write_text(city.replace("city: tianshui", f"city: {name}", 1), encoding="utf-8")
    return folder


def typed(book: Book, resident: Facts) -> list[str]:
    """What the resident types, as numbers."""
    _, asked = talk(resident)
    wording = Wording(book, "zh")
    lines = []
    for fact in asked:
        labels = list(wording.labels(book.fact(fact, resident["city"])))
        answer = resident[fact]
        lines.append(" ".join(str(labels.index(one) + 1) for one in ([answer] if isinstance(answer, str) else answer)))
    return lines


def asserted(book: Book, lines: Sequence[str]) -> list[View]:
    """What each line of a talk must bring: a question, and the answer sheet at the end."""
    session, _ = talking.begin(book, Session(as_of="2026-11-22"))
    views = []
    for line in lines:
        before = session.facts
        session, view = talking.type_in(book, session, line)
        assert session.facts != before, f"not understood: {line}"
        views.append(view)
    assert [view.phase for view in views] == ["asking"] * (len(lines) - 1) + ["result"], lines
    return views


def whole_talk(book: Book, lines: list[str]) -> None:
    session, _ = talking.begin(book, Session(as_of="2026-11-22"))
    for line in lines:
        session, view = talking.type_in(book, session, line)
    assert view.sheet is not None


def one_turn(book: Book, lines: list[str]) -> None:
    session = Session(
        as_of="2026-11-22", phase="asking", facts={"city": "tianshui", "matter": "move_to_town", "place_type": "county_seat"}
    )
    assert show(book, session)[1].fact == "ties"
    talking.press(book, session, Move("answer", "ties", ("lives",)))


def starting(policies: Path) -> tuple[float, float]:
    """(milliseconds from process start to the first question, peak megabytes), medians."""
    times, peaks = [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "bot", "--policies", str(policies), "chat"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None and process.stdin is not None
            while "想在哪个市办" not in process.stdout.readline().decode():
                pass
            times.append((time.perf_counter() - began) * 1000)
            peaks.append(peak(process.pid))
            process.stdin.close()
            process.stdout.read()
    return statistics.median(times), statistics.median(peaks)


def peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024


def medians(candidates: list[Callable[[], object]], count: int) -> list[float]:
    """Microseconds of one of `count` steps, the median over rounds, for each candidate."""
    found: list[list[float]] = [[] for _ in candidates]
    for candidate in candidates:
        candidate()
    for _ in range(ROUNDS):
        for times, candidate in zip(found, candidates, strict=True):
            began = time.perf_counter()
            candidate()
            times.append((time.perf_counter() - began) / count * 1e6)
    return [statistics.median(times) for times in found]


if __name__ == "__main__":
    main()
