"""A case as the lines of a YAML file, as a person would write it."""

from collections.abc import Iterator, Mapping
from typing import Any

from flows.facts import Facts

LOOSE = {"yes", "no"}  # what YAML would not read as text
PLAIN = ("id", "story", "clause")


def row(name: str, story: str, facts: Facts, expect: Mapping[str, str], clause: str = "") -> Iterator[str]:
    """A case that somebody's facts make."""
    case = {"id": name, "story": story, "facts": facts, "expect": expect, "clause": clause}
    return case_lines({key: value for key, value in case.items() if value})


def case_lines(case: Mapping[str, Any]) -> Iterator[str]:
    """Any case, its keys in the order in which it has them."""
    for number, (key, value) in enumerate(case.items()):
        said = quoted(value) if key == "story" or (key in PLAIN and _odd(value)) else _flow(value)
        yield f"{'  ' if number else '- '}{key}: {said}"


def quoted(text: str) -> str:
    if "\n" in text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return "'" + text.replace("'", "''") + "'"


def _odd(text: str) -> bool:
    return not text or text != text.strip() or ": " in text or " #" in text or text[0] in "-?:,[]{}#&*!|>'\"%@`" or "\n" in text


def _flow(value: Any) -> str:
    match value:
        case str():
            return f'"{value}"' if value in LOOSE else value
        case list() | tuple():
            return f"[{', '.join(map(_flow, value))}]"
        case _:
            return f"{{{', '.join(f'{_flow(key)}: {_flow(one)}' for key, one in value.items())}}}"
