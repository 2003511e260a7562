"""Amounts in two versions whose thresholds differ: the ranges that either tells apart, and the one in which each lies there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from flows.amounts import Amount, shown
from flows.facts import Answer, Fact, Facts
from flows.policy import Policy


@dataclass(frozen=True)
class Refined:
    before: Policy
    after: Policy

    @cached_property
    def amounts(self) -> dict[str, Amount]:
        """Fact -> the ranges between the thresholds of both; only of those that have others now."""
        found = {}
        for name, fact in self.after.facts.items():
            old, new = (self.before.facts[name].amount if name in self.before.facts else None), fact.amount
            if old and new and old.unit == new.unit and old.thresholds != new.thresholds:
                found[name] = replace(new, thresholds=tuple(sorted({*old.thresholds, *new.thresholds})))
        return found

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """The questions of both, as the newer one puts them."""
        both = {**self.before.facts, **self.after.facts}
        return both | {name: replace(both[name], amount=one, options=one.labels) for name, one in self.amounts.items()}

    def every_answer(self, name: str) -> tuple[Answer, ...]:
        """Each clear answer in either version."""
        if name in self.amounts:
            return self.facts[name].every_answer()
        both = [policy.facts[name] for policy in (self.after, self.before) if name in policy.facts]
        return tuple(dict.fromkeys(answer for fact in both for answer in fact.every_answer()))

    def answer(self, name: str, answer: Answer, now: bool) -> Answer:
        """An answer as a version has it: of an amount the range there."""
        if name not in self.amounts or answer not in self.amounts[name].ranges:
            return answer
        amount = (self.after if now else self.before).facts[name].amount
        return (amount and amount.landing(self.amounts[name].ranges[str(answer)])) or answer

    def read(self, facts: Facts, now: bool) -> Facts:
        return {name: self.answer(name, answer, now) for name, answer in facts.items()} if self.amounts else facts

    def said(self, facts: Facts) -> dict[str, Answer]:
        """The same as somebody would say it to either version: of an amount the number with which its range begins."""
        found = dict(facts)
        for name, amount in self.amounts.items():
            if (span := amount.ranges.get(str(facts.get(name)))) is not None:
                found[name] = shown(span.low)
        return found


def landed(facts: Mapping[str, Fact], said: Facts) -> dict[str, Answer]:
    """What was said, of an amount the range in which the number lies."""
    amounts = {name: fact.amount for name, fact in facts.items() if fact.amount is not None}
    return {name: (name in amounts and amounts[name].of(answer)) or answer for name, answer in said.items()}
