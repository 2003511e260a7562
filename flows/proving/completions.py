"""Completions: what a route can still come to, for all residents whose answers so far are these."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from flows.facts import Facts
from flows.policy import Policy
from flows.proving.answers import Resident, of_rules, silent_in, told_apart
from flows.routes import Route


@dataclass(frozen=True)
class Completions:
    policy: Policy
    _seen: dict[tuple[object, ...], dict[int, Resident]] = field(default_factory=dict)
    _read: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, route: Route, known: Facts, unsure: bool) -> dict[int, Resident]:
        """Each verdict that there can be, with what such a resident would have said further. `unsure`: or not have known.

        What nobody is asked about of their own accord stays unsaid.
        """
        read = self._read.setdefault(route.id, tuple(dict.fromkeys(fact for fact, _ in of_rules(route.needs.needs))))
        key = (route.id, unsure, *map(known.get, read))
        if key not in self._seen:
            self._seen[key] = self._worked_out(route, {fact: known[fact] for fact in read if fact in known}, unsure)
        return self._seen[key]

    def _worked_out(self, route: Route, known: Resident, unsure: bool) -> dict[int, Resident]:
        found: dict[int, Resident] = {}
        for rest in self._rests(route, known, unsure):
            verdict = route.needs.verdict({**known, **rest})
            if verdict not in found or len(rest) < len(found[verdict]):
                found[verdict] = rest
        return found

    def _rests(self, route: Route, known: Resident, unsure: bool) -> Iterator[Resident]:
        looks, silent = list(of_rules(route.needs.needs)), silent_in(route.needs.needs)
        missing = [fact for fact in self._read[route.id] if fact not in known and fact not in silent]
        answers = [told_apart(self.policy.facts[fact], looks, unsure) for fact in missing]
        for rest in product(*answers):
            yield dict(zip(missing, rest, strict=True))
