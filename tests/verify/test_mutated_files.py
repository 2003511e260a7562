"""P1: a city's file with any mistake is accepted and can be used, or refused with its file, its line and the mend; never a crash."""

import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conftest import CITIES, ROOT
from flows.book import PolicyError
from flows.loading.load import load
from helpers_faults import figure, report

SEED = 20261128
FILES = figure(1_012, 4_000)  # of each city
ODD = " \t:：-[]{}\"'&*!|>#,，?%@`~<\\0aé中"
WORDS = ("no", "yes", "1_000", "12:30", "~", "&a", "*a", "unsure", "none", "nobody", "2026-02-30", "第99条", "|", "- -")


def mutated(text: str, luck: random.Random) -> str:
    """A text with one mistake, as a slip of the hand or a half-done edit makes it."""
    lines = text.splitlines(keepends=True)
    here, there = luck.randrange(len(lines)), luck.randrange(len(lines))
    match luck.randrange(9):
        case 0:
            del lines[here]
        case 1:
            lines.insert(there, lines[here])
        case 2:
            lines[here], lines[there] = lines[there], lines[here]
        case 3:
            lines[here] = "  " + lines[here]
        case 4:
            lines[here] = lines[here].removeprefix("  ")
        case 5:
            del lines[here : here + luck.randrange(2, 40)]
        case 6:
            key, colon, _ = lines[here].partition(": ")
            lines[here] = f"{key}{colon or ': '}{luck.choice(WORDS)}\n"
        case 7:
            return "".join(lines[:here]) + lines[here][: luck.randrange(len(lines[here]))]  # cut off
        case _:
            column = luck.randrange(len(lines[here]))
            lines[here] = lines[here][:column] + luck.choice(ODD) + lines[here][column + 1 :]
    return "".join(lines)


def test_any_mistake_is_refused_where_it_stands_or_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("heard.yaml")))
    book, luck, seen = load(folder), random.Random(SEED), Counter[str]()
    for city in CITIES:
        path = folder / f"{city}.yaml"
        good = path.read_text("utf-8")
        for _ in range(FILES):
            path.write_text(mutated(good, luck), "utf-8")
            try:
                policy = book.read_city(book, city).policy
            except PolicyError as error:
                seen["refused"] += 1
                assert all(
                    one.file == f"policies/{city}.yaml" and one.line > 0 and one.what and one.mend for one in error.problems
                )
            else:
                seen["accepted"] += 1
                policy.assess({})
                policy.next_fact({})
        path.write_text(good, "utf-8")
    report(capsys, "P1 mutated files", seed=SEED, files=seen.total(), **dict(sorted(seen.items())))
    assert seen.total() == FILES * len(CITIES) and seen["refused"] > seen.total() / 3
