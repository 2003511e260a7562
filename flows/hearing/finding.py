"""A finding: what some words of a text say of one fact."""

from dataclasses import dataclass

from flows.facts import NOTHING, Answer
from flows.hearing.written import Written

ME = "me"  # who speaks, as who moves


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of a fact; several `values` leave it open, and so does what is not `sure`. `start`: in `Written.text`;
    `words`: as typed."""

    fact: str
    values: tuple[str, ...]
    start: int
    end: int
    words: str
    rule: str
    sure: bool = True

    @staticmethod
    def said(text: Written, fact: str, values: tuple[str, ...], start: int, end: int, rule: str) -> "Finding":
        return Finding(fact, values, start, end, text.words(start, end), rule)

    @staticmethod
    def of_reader(fact: str, answer: Answer, text: Written, start: int, end: int) -> "Finding":
        value = answer if isinstance(answer, str) else "+".join(answer) or NOTHING
        return Finding(fact, (value,), start, end, text.words(start, end), f"{fact}.reader")
