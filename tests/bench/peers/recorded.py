"""The talk that all bots have, as ours was heard to have it: which messages a question is, and which answer leads to which."""

import json
from dataclasses import dataclass, field
from pathlib import Path

FIRST = "city"  # the name of the question that every talk begins with
RESTART = ("start", "restart")  # commands


@dataclass(frozen=True)
class Message:
    """`edits`: whether it takes the place of the message whose button was pressed."""

    text: str
    buttons: list[list[str]]
    edits: bool = False

    def keyboard(self) -> list[list[tuple[str, str]]]:
        """Rows of (label, data); the data are the button's number."""
        numbers = iter(range(1000))
        return [[(label, f"b{next(numbers)}") for label in row] for row in self.buttons]


@dataclass(frozen=True)
class Question:
    """A step of a talk; the last has the sheet. `next`: what is typed, or the data of a button -> the question after it."""

    name: str
    messages: list[Message]
    next: dict[str, str] = field(default_factory=dict)


def read(path: str) -> dict[str, Question]:
    raw = json.loads(Path(path).read_text(encoding="utf-8"))
    return {name: Question(name, [Message(**message) for message in one["messages"]], one["next"]) for name, one in raw.items()}
