"""Unsound edits, a part of them: the tool that docs/unsound-edits.md names does name them, so that an officer can act on it.

All of them, and that no tool before it does, is in tests/verify.
"""

import re
from pathlib import Path

import pytest

from bot.wording import languages as i18n
from bot.wording.languages import Language
from conftest import BOOK
from edits import TOOLS, Edit, edited, every_edit, named_by
from unsound import told

EDITS = every_edit()
SOME = EDITS[::5]
ACTED_ON = re.compile(r"\.(?:yaml|po|txt):\d+|\.yaml:[\w-]+（|[a-z]+\.[a-z-]+：")  # file and line, a case, or a route


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unsound")


def test_the_page_has_every_edit_and_a_third_at_most_is_left_to_the_diff() -> None:
    tools = told()
    assert list(tools) == [edit.number for edit in EDITS] and len(tools) >= 60
    assert set(tools.values()) <= {*TOOLS} and list(tools.values()).count("diff") * 3 <= len(tools)


@pytest.mark.parametrize("edit", SOME, ids=lambda edit: edit.name)
def test_an_unsound_edit_is_named(edit: Edit, place: Path) -> None:
    tool = told()[edit.number]
    with edited(edit, place) as folder:
        said = named_by(edit, folder, BOOK, only=tool)
    assert tool in said and ACTED_ON.search(said[tool]), said


def test_the_policies_as_they_are_are_named_by_none(place: Path) -> None:
    sound = Edit(0, "none", "tianshui", "city: tianshui\n", "city: tianshui\n", "")
    with edited(sound, place) as folder:
        assert named_by(sound, folder, BOOK, thorough=True) == {}


def test_what_was_published_in_this_process_hides_no_fault_of_the_english(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = next(one for one in EDITS if one.fault == "a number that differs in English")
    published = {"en": {edit.within: Language("en")(edit.within)}}
    monkeypatch.setattr(i18n, "_brought", dict(published))
    with edited(edit, place) as folder:
        assert "check" in named_by(edit, folder, BOOK, only="check")
    assert i18n._brought == published, "it is there again"
