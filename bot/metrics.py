"""What operators look at, for Prometheus: how this process's turns end and how long they take, and what waits or is broken.

No person, no word, no number of anybody; every label has a fixed set of values.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the library writes the page, and is loaded with the first who looks
    from prometheus_client.core import Metric

TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # seconds of a turn, at most
UP_TO = (*map(str, BUCKETS), "+Inf")
_turns: Counter[tuple[str, str]] = Counter()  # channel and outcome -> how many
_took: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(UP_TO))  # channel -> how many in each of the buckets
_seconds: defaultdict[str, float] = defaultdict(float)  # channel -> of all of them


def turn(channel: str, outcome: str, seconds: float) -> None:
    """One turn. `channel`: "none" where it is not known whose it was."""
    channel = channel or "none"
    _turns[channel, outcome] += 1
    _took[channel][bisect_left(BUCKETS, seconds)] += 1
    _seconds[channel] += seconds


@dataclass(frozen=True, slots=True)
class State:
    """What is so at the moment of looking. A part that cannot be known now is None, and stands nowhere."""

    database: bool
    owed: int | None = None  # replies that are not there for certain
    owed_for: float | None = None  # seconds since anybody was last at the one left alone longest
    heard: float | None = None  # seconds since Telegram last answered a poll, or what the webhook is; at first, since the start
    hook_waiting: int | None = None  # updates that Telegram could not bring yet
    purged: float | None = None  # seconds since what is too old was last deleted
    pool: Mapping[str, int] = field(default_factory=dict)  # state -> connections
    faults: Mapping[str, int] = field(default_factory=dict)  # what runs beside the requests -> how often it broke off
    policies: Mapping[str, str] = field(default_factory=dict)  # city -> version of its rules


def page(state: State) -> bytes:
    """Everything in Prometheus's text format."""
    from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
    from prometheus_client.platform_collector import PlatformCollector
    from prometheus_client.process_collector import ProcessCollector

    now = CollectorRegistry()
    ProcessCollector(registry=now)
    PlatformCollector(registry=now)
    now.register(_Turns())
    simple = {
        "luohu_database_up": ("Whether the database can be written.", int(state.database)),
        "luohu_replies_owed": ("Replies in chats that are not there for certain.", state.owed),
        "luohu_replies_owed_seconds": ("Since anybody was last at the one left alone longest.", state.owed_for),
        "luohu_telegram_heard_seconds": ("Since Telegram last answered, or since the start.", state.heard),
        "luohu_webhook_waiting": ("Updates that Telegram could not bring yet.", state.hook_waiting),
        "luohu_purged_seconds": ("Since what is too old was last deleted.", state.purged),
    }
    for name, (what, value) in simple.items():
        if value is not None:
            Gauge(name, what, registry=now).set(value)
    pool = Gauge("luohu_pool_connections", "Connections to PostgreSQL.", ("state",), registry=now)
    for which, count in state.pool.items():
        pool.labels(which).set(count)
    faults = Counter("luohu_task_faults", "How often what runs beside the requests broke off.", ("task",), registry=now)
    for task, count in state.faults.items():
        faults.labels(task).inc(count)
    policies = Gauge("luohu_policy", "1 for the version of each city's rules that is in use.", ("city", "version"), registry=now)
    for city, version in state.policies.items():
        policies.labels(city, version).set(1)
    return generate_latest(now)


class _Turns:
    """What was counted, as the library collects it."""

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        ends = CounterMetricFamily("luohu_turns", "Turns by channel and how they ended.", labels=("channel", "outcome"))
        for ended, count in _turns.items():
            ends.add_metric(ended, count)
        times = HistogramMetricFamily("luohu_turn_seconds", "From a turn's beginning to its commit.", labels=("channel",))
        for channel, counts in _took.items():
            times.add_metric((channel,), [*zip(UP_TO, accumulate(counts), strict=True)], _seconds[channel])
        yield from (ends, times)
