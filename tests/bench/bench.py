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
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import zen
from transitions import Machine

import talking
from bot.wording.views import View, Wording
from conftest import BOOK, CITIES, ROOT
from flows.book import Book
from flows.conversation import MACHINE, MOVES, PHASES, Move, Session
from flows.facts import UNSURE, Answer, Facts
from flows.loading.load import load
from flows.policy import Policy
from flows.rules import STATUS
from measured import ONCE, ROUNDS, heading, medians, memory, row
from models import NODE, Publicodes, context, key, zen_model
from residents import answers, hopeful, talk
from talking import show, take

STARTS = 1 if ONCE else 7
STEPS = 10 if ONCE else 1000
SIZES = (5, 8) if ONCE else (5, 50, 340)  # cities


def main() -> None:
    heading(f"CPython {sys.version.split()[0]}, {os.cpu_count()} cores; medians of {ROUNDS} rounds, the candidates by turns")
    judging()
    turns_and_starts()
    step()


# ---- judging ----


def judging() -> None:
    """Every peer is first found to give the statuses that we give."""
    people = {city: [partly(BOOK.city(city).policy, seed) for seed in range(64)] for city in CITIES}
    content = {city: zen_model(BOOK.city(city).policy) for city in CITIES}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})
    publicodes = Publicodes(people) if NODE else None
    for city, some in people.items():
        policy = BOOK.city(city).policy
        contexts = [context(facts) for facts in some]
        wanted = [policy.statuses(facts) for facts in some]
        found = [engine.evaluate(city, ready)["result"] for ready in contexts]
        assert wanted == [{route: STATUS[int(one[key(route)])] for route in policy.routes} for one in found], city

        def statuses(policy: Policy = policy, some: list[Facts] = some) -> None:
            for facts in some:
                policy.statuses(facts)

        def with_next(policy: Policy = policy, some: list[Facts] = some) -> None:
            for facts in some:
                policy.statuses(facts)
                policy.next_fact(facts)

        def by_zen(city: str = city, contexts: list[dict[str, Any]] = contexts) -> None:
            for ready in contexts:
                engine.evaluate(city, ready)

        ours, both, theirs = medians([statuses, with_next, by_zen], 64)
        row(f"N  statuses of {len(policy.routes)} routes, {city} / zen-engine", ours, theirs, "µs", 0.35)
        if publicodes is not None:
            runs = [publicodes.judges(city) for _ in range(ROUNDS)]
            named = [dict(zip(policy.routes, (STATUS[one] for one in statuses), strict=True)) for statuses in runs[0]["statuses"]]
            assert wanted == named, city
            row(
                f"N  the same and the next question, {city} / publicodes",
                both,
                statistics.median(one["micros"] for one in runs),
                "µs",
                0.02,
            )
    if publicodes is None:
        print("publicodes is not installed (make bench does, where npm is)")
    else:
        publicodes.process.kill()


def partly(policy: Policy, seed: int) -> Facts:
    """A resident of whom a dozen facts are known."""
    luck = random.Random(seed)
    route = luck.choice(list(policy.routes.values()))
    chances = hopeful(policy, route)
    facts: dict[str, Answer] = {"city": policy.city, "matter": luck.choice([*sorted(route.matters), UNSURE])}
    for fact in luck.sample(sorted(set(policy.facts) - {"city", "matter"}), 10) + sorted(chances)[:4]:
        facts[fact] = luck.choice(chances.get(fact) or [*answers(policy, fact), UNSURE])
    return facts


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
            peaks.append(memory(process.pid, "VmHWM"))
            process.stdin.close()
            process.stdout.read()
    return statistics.median(times), statistics.median(peaks)


# ---- the machine ----


def step() -> None:
    """Fires the machine with callbacks that do nothing, then with a real turn; the peers are attached, as usual."""
    same_model = Empty()
    same = Machine(same_model, states=list(PHASES), initial="asking", auto_transitions=False, prepare_event="apply")
    for name, sources, target, condition in MOVES:
        same.add_transition(name, list(sources), target, conditions=condition)
    for phase in PHASES:
        same.get_state(phase).add_callback("enter", "enter")
    plain_model = Empty()
    states = [f"s{number}" for number in range(40)]
    bare = Machine(plain_model, states=states, initial="s0", auto_transitions=False)
    for number in range(60):
        bare.add_transition(
            "go", states[number % 40], "s0" if number == 0 else states[(number + 1) % 40], conditions="question_left"
        )
    session = Session(as_of="2026-11-22", phase="asking", facts={"city": "tianshui", "matter": "move_to_town"})
    move = Move("answer", "place_type", "county_seat")

    def empty() -> None:
        for _ in range(STEPS):
            MACHINE.events["answer"].trigger(Empty())

    def attached() -> None:
        for _ in range(STEPS):
            same_model.answer()

    def trigger() -> None:
        for _ in range(STEPS):
            plain_model.go()

    def real() -> None:
        for _ in range(STEPS):
            take(BOOK, session, move)

    assert take(BOOK, session, move)[1].fact == "ties"
    one, two, three, four = medians([empty, attached, trigger, real], STEPS)
    row("a machine step, callbacks empty / the same table attached", one, two, "µs", 1.10)
    row("a machine step, callbacks empty / a bare transitions trigger", one, three, "µs", 1.10)
    row("a whole move (answer, judge, next question) / a bare trigger", four, three, "µs")


class Empty:
    """A model for whom every condition holds and every callback does nothing. The machine hangs `answer` and `go` on it."""

    answer: Callable[[], bool]
    go: Callable[[], bool]

    def __init__(self) -> None:
        self.state = "asking"

    def apply(self) -> None: ...

    enter = apply

    def question_left(self) -> bool:
        return True


if __name__ == "__main__":
    main()
