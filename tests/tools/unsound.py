"""Writes docs/unsound-edits.md: which tool names each unsound edit of tests/unsound_edits.yaml. It takes minutes: all is proved."""

import re
import sys
from collections import Counter
from pathlib import Path

from edits import TOOLS, Edit, every_edit_named

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "unsound-edits.md"
LONGEST = 110  # characters of what is said
HEAD = """# Unsound edits, and what names them

What an officer in a hurry may do to the data: edits of the five cities with one fault each
(`tests/unsound_edits.yaml`). They are shown to `luohu policy check`, then `luohu cases`, then `luohu policy prove`, then
`luohu policy diff`; the first that names an edit stands here, with what it says. That a translation is missing counts for none.
This page is written by `tests/tools/unsound.py`; `tests/verify/test_unsound_edits.py` holds it true.

{counts}

| | edit | where | named by | what is said |
|---|---|---|---|---|
"""


def page(named: list[tuple[Edit, str, str]]) -> str:
    counts = Counter(tool for _, tool, _ in named)
    said = ", ".join(f"{tool} {counts[tool]}" for tool in TOOLS)
    return HEAD.format(counts=f"{len(named)} edits: {said}.") + "".join(f"{row(*one)}\n" for one in named)


def row(edit: Edit, tool: str, said: str) -> str:
    where = f"{edit.file}{f' {edit.within}' if edit.within else ''}"
    short = re.sub(r"\s+", " ", said)
    short = f"{short[:LONGEST]}…" if len(short) > LONGEST else short
    return f"| {edit.number} | {edit.fault} | {where} | {tool} | {short.replace('|', '/')} |"


def told() -> dict[int, str]:
    """Edit -> the tool that names it, as the page has it."""
    return {
        int(one[1]): one[2] for one in re.finditer(r"^\| (\d+) \|[^|]*\|[^|]*\| (\w*) \|", PAGE.read_text(encoding="utf-8"), re.M)
    }


if __name__ == "__main__":
    PAGE.write_text(page(every_edit_named()), encoding="utf-8")
    sys.exit(0)
