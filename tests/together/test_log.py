"""Log lines for people and for machines say the same, from the same fixed list."""

import json
import logging

import pytest

from bot import log

EVENTS = [
    ("turn", {"outcome": "ok", "phase": "asking"}),
    ("purged", {"count": 3}),
    ("started", {}),
    ("turn", {"said": "我叫李雷"}),
]


@pytest.fixture(autouse=True)
def as_before():  # type: ignore[no-untyped-def]
    handlers, level, ours = logging.root.handlers[:], logging.root.level, logging.getLogger("luohu").level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.getLogger("luohu").setLevel(ours)


def written(capsys: pytest.CaptureFixture[str], as_json: bool) -> list[str]:
    log.set_up("info", as_json)
    for name, fields in EVENTS:
        log.event(name, **fields)  # type: ignore[arg-type]
    logging.getLogger("some.library").warning("what it says of %s", "李雷")
    return capsys.readouterr().err.splitlines()


def test_as_json_each_line_is_an_object_of_the_same_fields(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in written(capsys, as_json=True)]
    assert [{name: value for name, value in line.items() if name != "time"} for line in lines] == [
        {"level": "info", "event": "turn", "outcome": "ok", "phase": "asking"},
        {"level": "info", "event": "purged", "count": 3},
        {"level": "info", "event": "started"},
        {"level": "info", "event": "turn"},
        {"level": "warning", "library": "some.library"},
    ]
    assert all(len(line["time"]) == 19 for line in lines)


def test_as_text_they_are_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line.partition(" ")[2] for line in written(capsys, as_json=False)] == [
        "info turn outcome=ok phase=asking",
        "info purged count=3",
        "info started",
        "info turn",
        "warning library=some.library",
    ]
