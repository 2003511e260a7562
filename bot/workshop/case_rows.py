"""A case as the lines of a YAML file, as a person would write it."""

from collections.abc import Iterator, Mapping

from flows.facts import Answer, Facts

LOOSE = {"yes", "no"}  # what YAML would not read as text


def row(name: str, story: str, facts: Facts, expect: Mapping[str, str], clause: str = "") -> Iterator[str]:
    yield f"- id: {name}"
    yield f"  story: {quoted(story)}"
    yield f"  facts: {{{', '.join(f'{fact}: {_value(answer)}' for fact, answer in facts.items())}}}"
    if expect:
        yield f"  expect: {{{', '.join(f'{route}: {_word(status)}' for route, status in expect.items())}}}"
    if clause:
        yield f"  clause: {clause}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _value(answer: Answer) -> str:
    return f"[{', '.join(answer)}]" if isinstance(answer, tuple) else _word(answer)


def _word(word: str) -> str:
    return f'"{word}"' if word in LOOSE else word
