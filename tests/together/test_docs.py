"""The documents say what is there: links lead somewhere, settings and commands are those of the code, tests named exist."""

import argparse
import asyncio
import re
import shlex
from pathlib import Path

import pytest

import walk
from bot.__main__ import parser
from bot.settings import PREFIX, Settings
from cluster import parts
from conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "policies/README.md", ROOT / "policies/README.en.md"])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
SETTINGS = {PREFIX + name.upper(): field.default for name, field in Settings.__dataclass_fields__.items()}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HIDDEN = re.compile(r"^\$ ?|^\S*/(?=luohu\b)")  # a prompt, and where the program lies
MEANT = {"agent|supervisor": "agent"}  # what stands for several words


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    return FENCE.sub("", text)


def anchors(page: Path) -> set[str]:
    """What a heading can be linked by: GitHub's rule."""
    headings = re.findall(r"^#+ (.*)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_front_page_is_short(name: str) -> None:
    assert len(read(name).splitlines()) <= 160


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(read(name))):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        page = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert page.is_file(), target
        assert not anchor or anchor in anchors(page), target


def test_every_page_can_be_reached_from_the_front_page() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        linked = re.findall(r"\]\(([^)\s#]+\.md)", prose(page.read_text(encoding="utf-8")))
        ahead += {(page.parent / path).resolve() for path in linked if "://" not in path} - reached
    assert set(PAGES) - reached == set()


def test_every_setting_is_documented_once_with_its_default() -> None:
    rows = [row for name in NAMES for row in re.findall(r"^\| `(LUOHU_\w+)` \|.*\| (.*?) ?\|$", read(name), re.MULTILINE)]
    assert sorted(name for name, _ in rows) == sorted(SETTINGS)
    for name, said in rows:
        assert not SETTINGS[name] or said == f"`{SETTINGS[name]}`", name


def test_every_setting_arrives_in_a_container() -> None:
    listed = {*re.findall(r"^\| `(LUOHU_\w+)`", read("docs/operating.md"), re.MULTILINE), "HTTPS_PROXY", "FORWARDED_ALLOW_IPS"}
    assert len(listed) > 15 and listed <= parts()["one"]["environment"].keys()


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_is_named_that_there_is_not(name: str) -> None:
    assert set(re.findall(r"LUOHU_[A-Z_]*[A-Z]", read(name))) <= set(SETTINGS)


def commands(text: str, program: str) -> list[list[str]]:
    """The words of each command of a program: lines of code blocks, and what stands in backticks."""
    lines = [line for kind, block in FENCE.findall(text) if kind in ("", "sh") for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", prose(text))
    found = []
    for line in lines:
        shown = HIDDEN.sub("", line)
        if re.match(rf"{program} ", shown):
            found.append([MEANT.get(word, word) for word in shlex.split(shown, comments=True) if word != "<"][1:])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_shown_is_there(name: str) -> None:
    makefile = read("Makefile")
    for target, *_ in commands(read(name), "make"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("name", NAMES)
def test_every_command_shown_is_understood(name: str) -> None:
    for words in commands(read(name), "luohu"):
        assert is_command(parser(), words), words


def is_command(part: argparse.ArgumentParser, words: list[str]) -> bool:
    """Whether these are names of commands and options that there are; what they are given is anybody's."""
    for number, word in enumerate(words):
        before = part._option_string_actions.get(words[number - 1]) if number else None
        if before is not None and before.nargs is None:
            continue  # what an option is given
        choices = [action.choices for action in part._actions if isinstance(action, argparse._SubParsersAction)]
        if choices and not word.startswith("-"):
            return word in choices[0] and is_command(choices[0][word], words[number + 1 :])
        if word.startswith("--") and word not in part._option_string_actions:
            return False
    return True


def test_every_command_is_on_the_page_of_commands() -> None:
    (every,) = (one.choices for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    assert set(every) - {name for name, *_ in commands(read("docs/command-line.md"), "luohu")} == set()


def test_a_command_that_there_is_not_is_seen() -> None:
    shown = commands("```\n$ luohu chat --lang en  # talk\n.venv/bin/luohu staf list\n```\n`luohu check --josnl`", "luohu")
    assert [is_command(parser(), words) for words in shown] == [True, False, False]


@pytest.mark.parametrize("name", NAMES)
def test_every_test_named_is_there(name: str) -> None:
    for path in re.findall(r"`(tests/[\w/.]+)`", read(name)):
        assert (ROOT / path).exists(), path


def test_nothing_is_left_to_be_written() -> None:
    for name in NAMES:
        assert not re.search(r"\b(TODO|TBD|FIXME|coming soon)\b", read(name), re.IGNORECASE), name


def test_the_house_is_drawn_as_it_is() -> None:
    """Every folder and module of architecture.md's tree is there, and none is left out: a module has a line of its own, or stands
    in brackets in another's, as (name: what it is). What hearing/ and loading/ of flows are made of, pyproject.toml says.
    """
    tree = next(block for _, block in FENCE.findall(read("docs/architecture.md")) if block.startswith("flows/"))
    drawn, above = set(), ["", ""]
    for line in tree.splitlines():
        indent, entry = re.match(r"( *)([\w./]+)", line).groups()  # type: ignore[union-attr]
        depth = len(indent) // 2
        path = "".join([*above[:depth], entry])
        above[depth:] = [entry, ""]
        drawn.add(path.rstrip("/"))
        if depth == 2:
            drawn |= {f"{above[0]}{above[1]}{name}.py" for name in re.findall(r"[(;] ?(\w+): ", line)}
    missing = {path for path in drawn if not (ROOT / path).exists()}
    parts = [*(ROOT / "flows").glob("*"), *(ROOT / "bot").glob("*"), *(ROOT / "bot").glob("*/*.py")]
    there = {str(one.relative_to(ROOT)) for one in parts if not one.name.startswith("__") or one.name == "__main__.py"}
    assert (missing, there - drawn) == (set(), set())


@pytest.mark.long
def test_the_officers_screens_are_the_programs() -> None:
    """Whatever the numbers are by now; `make walk` draws them anew."""
    page = read("docs/officer.md")
    assert re.sub(r"\d+", "0", asyncio.run(walk.walked(page))) == re.sub(r"\d+", "0", page)
