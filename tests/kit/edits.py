"""Unsound edits of the policies (tests/unsound_edits.yaml): made in a copy, and shown to check, cases, prove and diff."""

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from babel.messages.pofile import read_po, write_po

from bot import check, prove
from bot.wording import languages as i18n
from bot.wording.languages import Language
from bot.workshop.cases import read_cases
from bot.workshop.changed_texts import changed_texts
from bot.workshop.diff import Difference, Words
from flows.book import Book, PolicyError, Problem
from flows.loading.load import load
from flows.policy import TO_TOWN, Policy
from flows.proving.changes import changes
from flows.proving.proof import ROUTES, parts, proved

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ("check", "cases", "prove", "diff")
SLOW = {("tieling", "move_to_town"), ("wenzhou", "move_to_town")}  # ten seconds and more: looked at last


@dataclass(frozen=True)
class Edit:
    number: int
    fault: str
    file: str
    old: str
    new: str
    within: str

    @property
    def name(self) -> str:
        return f"{self.number:02} {self.fault} ({self.file}{' ' + self.within if self.within else ''})"

    @property
    def cities(self) -> tuple[str, ...]:
        return (self.file,) if self.file not in ("facts", "papers", "english") else ()


def every_edit() -> list[Edit]:
    rows = yaml.safe_load((ROOT / "tests" / "unsound_edits.yaml").read_text(encoding="utf-8"))
    return [
        Edit(number, row["fault"], row["file"], str(row["old"]), str(row["new"]), row.get("in", ""))
        for number, row in enumerate(rows, 1)
    ]


# ---- making them ----


@contextmanager
def edited(edit: Edit, place: Path) -> Iterator[Path]:
    """A copy of the policies and their English with the edit in it, while it is there."""
    folder = place / "policies"
    if not folder.is_dir():
        shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("__pycache__", "heard.yaml"))
        shutil.copytree(ROOT / "locales", place / "locales")
    path = place / "locales/en/LC_MESSAGES/luohu.po" if edit.file == "english" else folder / f"{edit.file}.yaml"
    was = path.read_bytes()
    (_translate if edit.file == "english" else _write)(path, edit)
    try:
        yield folder
    finally:
        path.write_bytes(was)


def _write(path: Path, edit: Edit) -> None:
    text = path.read_text(encoding="utf-8")
    start, end = 0, len(text)
    if edit.within:
        begun = re.search(rf"^  {re.escape(edit.within)}:\n", text, re.MULTILINE)
        assert begun, f"{edit.name}: no such entry"
        start = begun.end()
        after = re.compile(r"^ {0,2}[a-z#]", re.MULTILINE).search(text, start)
        end = after.start() if after else end
    part = text[start:end]
    assert part.count(edit.old) == 1, (
        f"{edit.name}: its words stand {part.count(edit.old)} times in the file. Write them in tests/unsound_edits.yaml as they are now"
    )
    path.write_text(text[:start] + part.replace(edit.old, edit.new) + text[end:], encoding="utf-8")


def _translate(path: Path, edit: Edit) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, locale="en")
    message = catalogue.get(edit.within)
    assert message is not None and edit.old in str(message.string), f"{edit.name}: {message and message.string}"
    message.string = str(message.string).replace(edit.old, edit.new) if edit.old else ""
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, no_location=True, sort_output=False)


@contextmanager
def languages_of(folder: Path) -> Iterator[None]:
    """While the translations are those beside a folder of policies, and none that a service of this process has published."""
    was, brought = i18n.LOCALES, dict(i18n._brought)
    i18n.LOCALES = folder.parent / "locales"
    i18n._brought.clear()
    try:
        yield
    finally:
        if was != i18n.LOCALES:  # the same place has other translations the next time
            i18n._translations.cache_clear()
        i18n.LOCALES = was
        i18n.bring(brought)


# ---- showing them to the tools ----


def every_edit_named() -> list[tuple[Edit, str, str]]:
    """Each edit, with the first tool that names it and what that says; "" where none does. On as many processors as there are."""
    with ProcessPoolExecutor() as pool:
        return list(pool.map(_first, every_edit()))


def _first(edit: Edit) -> tuple[Edit, str, str]:
    with TemporaryDirectory() as place, edited(edit, Path(place)) as folder:
        said = named_by(edit, folder, load(ROOT / "policies"))
    return (edit, *next(iter(said.items()), ("", "")))


def named_by(edit: Edit, folder: Path, before: Book, thorough: bool = False, only: str = "") -> dict[str, str]:
    """Tool -> the first thing that it says of the edit. Who comes first is asked first; `thorough`: all are asked; `only`: one."""
    said: dict[str, str] = {}
    with languages_of(folder if edit.file == "english" else ROOT / "policies"):
        try:
            book = load(folder)
            book.load_all()
            problems = check.policy_problems(book)
        except PolicyError as error:
            return {"check": str(error.problems[0])}
        said |= _named("check", next((str(one) for one in problems if not _housekeeping(edit, one)), ""))
    tools: dict[str, Callable[[], str]] = {
        "cases": lambda: _cases(book),
        "prove": lambda: _proved(book, before, edit),
        "diff": lambda: _differs(before, book, folder),
    }
    for tool, ask in tools.items():
        if only in ("", tool) and (thorough or not said):
            said |= _named(tool, ask())
    return said


def _housekeeping(edit: Edit, one: Problem) -> bool:
    """That the English is not in line with the Chinese yet is true of every new sentence, and names no fault of it."""
    return edit.file != "english" and one.what.startswith(("没有译成", "译文对应的原文"))


def _named(tool: str, said: str) -> dict[str, str]:
    return {tool: said} if said else {}


def _cases(book: Book) -> str:
    folder = ROOT / "tests" / "cases"
    for path in check.case_files(folder):
        for resident in read_cases(book, path):
            for one in check.disagreements(book, resident):
                return one.removeprefix(f"{folder}/")
    return ""


def _proved(book: Book, before: Book, edit: Edit) -> str:
    for city in edit.cities:
        policy = book.city(city).policy
        for part in sorted(
            _parts(edit, before.city(city).policy, policy), key=lambda part: (part != ROUTES, (city, part) in SLOW)
        ):
            if faults := [one for one in proved(policy, part).found if one.grade != "note"]:
                return next(prove.report(ROOT / "policies", policy, faults[:1], Language("zh")))
    return ""


def _parts(edit: Edit, before: Policy, after: Policy) -> set[str]:
    """Those in which the route can come up that was edited; all, where it is no route."""
    route = f"{after.city}.{edit.within}"
    if route not in after.routes:
        return set(parts(after))
    both = (policy.routes[route] for policy in (before, after))
    return {ROUTES, *(matter for one in both for matter in (*one.matters, *([TO_TOWN] if one.grounds else [])))}


def _differs(before: Book, book: Book, folder: Path) -> str:
    classes = {city: changes(before.city(city).policy, book.city(city).policy) for city in book.cities}
    found = Difference(before, book, classes, changed_texts(ROOT / "policies", folder))
    said = Words(found, Language("zh"))
    for city, some in classes.items():
        for one in some:
            return said.line(book.city(city).policy, one)
    return next((said.text(one) for one in found.texts if not one.file.endswith("heard.yaml")), "")
