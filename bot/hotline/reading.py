"""What there is to read in a city besides questions: its routes, topics and papers, and the texts that each is found by."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.wording.languages import Language
from flows.book import Book
from flows.facts import Lines
from flows.policy import Policy
from flows.routes import Route, Topic


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing to read. `kind`: route, topic or paper. `title`: in Chinese."""

    kind: str
    id: str
    title: str


Found = tuple[Sight, tuple[str, ...], tuple[str, ...]]
"""What is found, the texts that name it, and those that only speak of it."""


def sights(book: Book, policy: Policy) -> Iterator[Found]:
    """Topics first: who looks for a word that is a topic's name wants to read it."""
    english = Language("en")
    for topic in policy.topics.values():
        named = (topic.title, english(topic.title), *topic.search)
        yield Sight("topic", topic.id, topic.title), named, (topic.says, *_lines(topic.general))
    for route in policy.routes.values():
        named = (route.title, english(route.title), *route.search)
        yield (
            Sight("route", route.id, route.title),
            named,
            (*_said(route), *_lines(route.notes), *_lines(route.asks), *_lines(route.general)),
        )
    listed = {paper.id for one in listing(policy) for paper in one.papers}
    for paper, title in book.papers.items():
        if paper in listed:
            yield Sight("paper", paper, title), (title, english(title)), ()


def listing(policy: Policy) -> tuple[Route | Topic, ...]:
    """What lists papers."""
    return (*policy.routes.values(), *policy.topics.values())


def _lines(lines: Lines) -> tuple[str, ...]:
    return tuple(line.says for line in lines)


def _said(route: Route) -> Iterator[str]:
    """What its conditions say."""
    yield from (rule.texts.says for rule in route.needs.needs)
