"""Every unsound edit is refused or named, most of them before anybody reads a diff; and the page says by which tool."""

import time
from collections import Counter

import pytest

from edits import every_edit_named
from helpers_faults import report
from unsound import told


def test_every_unsound_edit_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    named = every_edit_named()
    counts = Counter(tool for _, tool, _ in named)
    report(capsys, "unsound edits", edits=len(named), **counts, seconds=round(time.monotonic() - began))
    assert [edit.name for edit, tool, _ in named if not tool] == []
    assert len(named) >= 60 and counts["diff"] * 3 <= len(named)
    assert {edit.number: tool for edit, tool, _ in named} == told(), "write docs/unsound-edits.md anew: tests/tools/unsound.py"
