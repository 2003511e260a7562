"""The diff of every unsound edit that can be read, against 100,000 residents drawn by lot: none missed, none invented."""

import time
from pathlib import Path

import pytest

from helpers_faults import figure, report
from test_policy_changes import EDITS, changed, holds

RESIDENTS = figure(100_000, 1_000_000)  # over all edits: those of one city see the same


def test_the_diff_against_brute_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    both = [(edit.number, *versions) for edit in EDITS for versions in changed(edit, tmp_path)]
    classes = [holds(before, after, RESIDENTS // len(both), number) for number, before, after in both]
    compared = sum(1 for count in classes if count)
    report(capsys, "diff", edits=compared, residents=RESIDENTS, classes=sum(classes), seconds=round(time.monotonic() - began))
    assert compared >= 20
