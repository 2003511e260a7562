"""Figures: what the counters say to a supervisor: where people stop or do not know, what comes out, and how many come."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.store.counters import Count
from bot.wording.sentences import STATUS
from flows.book import Book
from flows.rules import Status

CHANNELS = {"telegram": "Telegram", "kiosk": "自助机", "phone": "手机网页", "desk": "热线"}
VISITS = {"began": "开始", "finished": "问完"}
STEPS = {"shown": "问到", "answered": "答了", "unsure": "说不清", "changed": "后来改过", "left": "停在这里"}
COUNTS = {**VISITS, **STEPS}
HEARD = {"heard_taken": "听对了", "heard_changed": "听了又改", "heard_refused": "没有听对"}  # of what residents tell
RESULTS: tuple[Status, ...] = ("fits", "fits_if", "local_rules", "ambiguous", "not_governed", "none")

Counted = Sequence[tuple[Count, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """What was counted of one question, route, channel or day, in the order of the table's columns."""

    label: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class City:
    """What came of the visits of a city that were finished. `finished`: how many."""

    name: str
    finished: int
    routes: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The tables of the supervisor's page, and the sums of all their channels and days."""

    began: int
    finished: int
    questions: tuple[Line, ...]
    heard: tuple[Line, ...]
    channels: tuple[Line, ...]
    days: tuple[Line, ...]
    results: tuple[City, ...]


def figures(book: Book, counted: Counted, channel: str, first: date, last: date) -> Figures:
    """`channel`: only this one, or all if it is ""; the comparison of channels is always of all."""
    some = [(count, number) for count, number in counted if channel in ("", count.channel)]
    days = [(first + timedelta(days)).isoformat() for days in range((last - first).days + 1)]
    asked = [(fact.id, fact.ask) for fact in book.facts.values()]
    of_questions = [(count.subject, count.what, number) for count, number in some]
    return Figures(
        began=_sum(some, "began"),
        finished=_sum(some, "finished"),
        questions=_lines(asked, STEPS, of_questions, even_empty=()),
        heard=_lines(asked, HEARD, of_questions, even_empty=()),
        channels=_lines(
            CHANNELS.items(), COUNTS, [(count.channel, count.what, number) for count, number in counted], even_empty=CHANNELS
        ),
        days=_lines(((day, day) for day in days), COUNTS, [(count.day, count.what, number) for count, number in some], days),
        results=tuple(_results(book, some)),
    )


def _sum(counted: Counted, what: str) -> int:
    return sum(number for count, number in counted if count.what == what)


def _results(book: Book, some: Counted) -> Iterable[City]:
    found = [(count.subject, count.what, number) for count, number in some]
    for city in book.cities:
        policy = book.policy(city)
        routes = [(route.id, route.title) for route in policy.routes.values()] if policy else []
        if lines := _lines(routes, RESULTS, found, even_empty=()):
            finished = _sum([(count, number) for count, number in some if count.city == city], "finished")
            yield City(book.facts["city"].options[city], finished, lines)


def _lines(
    labels: Iterable[tuple[str, str]],
    columns: Iterable[str],
    found: Iterable[tuple[str, str, int]],
    even_empty: Iterable[str],
) -> tuple[Line, ...]:
    """A line for each label of which something was counted, and for some even if nothing was."""
    columns, even_empty = tuple(columns), frozenset(even_empty)
    sums: Counter[tuple[str, str]] = Counter()
    for subject, what, number in found:
        sums[subject, what] += number
    lines = ((subject, Line(label, tuple(sums[subject, what] for what in columns))) for subject, label in labels)
    return tuple(line for subject, line in lines if subject in even_empty or any(line.numbers))


def as_csv(book: Book, counted: Counted) -> bytes:
    """Every count as a line, of each day and channel the visits first, for office programs: UTF-8 with its mark, and no cell
    that they would take for a formula."""
    names = _names(book)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["日期", "渠道", "内容", "城市", "编号", "名称", "次数"])
    for count, number in sorted(counted, key=lambda one: (one[0].day, one[0].channel, one[0].what not in VISITS)):
        channel, what, city = CHANNELS.get(count.channel, count.channel), names.get(count.what, count.what), count.city
        cells = [count.day, channel, what, names.get(city, city), count.subject, names.get(count.subject, "")]
        writer.writerow([*map(harmless, cells), number])
    return file.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and does not calculate."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def result_labels() -> dict[str, str]:
    return {status: STATUS[status] for status in RESULTS}


def _names(book: Book) -> dict[str, str]:
    """What ids are called."""
    policies = [policy for city in book.cities if (policy := book.policy(city))]
    return {
        **COUNTS,
        **HEARD,
        **result_labels(),
        **book.facts["city"].options,
        **{fact.id: fact.ask for fact in book.facts.values()},
        **{route.id: route.title for policy in policies for route in policy.routes.values()},
    }
