"""Cities of invented documents, under tests/invented: put as drafts into a copy of the policies, with their questions."""

import re
import shutil
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from bot import new_city
from bot.wording import languages as i18n
from flows.book import Book
from flows.loading.load import load
from flows.loading.yaml import read_yaml

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = {"lanpu": "澜浦", "lingquan": "岭泉"}
INVENTED = ROOT / "tests" / "invented"
AFTER_THE_QUESTIONS = "\n# 每件事先问什么"


def policies(place: Path, city: str) -> Path:
    """A copy of the policies with the city among the drafts, and the questions that it needs among those of all."""
    folder = place / "policies"
    shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("heard.yaml"))
    file, more = folder / "facts.yaml", "".join(_questions({*load(folder).facts}))
    file.write_text(
        file.read_text(encoding="utf-8").replace(AFTER_THE_QUESTIONS, f"{more}{AFTER_THE_QUESTIONS}"), encoding="utf-8"
    )
    shutil.copytree(INVENTED / city, folder / "drafts" / city)
    return folder


def _questions(known: Collection[str]) -> Iterator[str]:
    """Those that no city has brought along by now."""
    for one in re.split(r"(?m)^(?=  [a-z_]+:$)", (INVENTED / "facts.yaml").read_text(encoding="utf-8")):
        if one.strip().partition(":")[0] not in known:
            yield one


def edited(place: Path, city: str, old: str, new: str) -> Path:
    """The same with one edit in the city's file."""
    folder = policies(place, city)
    file = folder / "drafts" / city / f"{city}.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def book(place: Path, city: str) -> Book:
    return load(policies(place, city), city)


@cache
def english(city: str) -> dict[str, str]:
    """The English of the city and of the questions, as an officer fills it in."""
    files = (INVENTED / "facts.english.yaml", INVENTED / city / "english.yaml")
    nodes = [read_yaml(file.read_text(encoding="utf-8"), file.name) for file in files]
    own = {chinese: str(item.value) for node in nodes if isinstance(node.value, dict) for chinese, item in node.value.items()}
    return new_city.english(city, NAMES[city]) | own


def translated(place: Path, book: Book, city: str) -> Path:
    """A folder of catalogues in which the city's sentences have their English, too."""
    shutil.copytree(i18n.LOCALES, place / "locales")
    i18n.LOCALES = place / "locales"  # of this process: the fixture that calls it puts it back
    i18n.update([*i18n.extract_translations(), *book.texts, *book.city(city).texts], "en", english(city), keep=True)
    return i18n.LOCALES
