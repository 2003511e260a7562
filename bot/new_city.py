"""`luohu policy new` and `adopt`: a city's draft is written from policies/skeleton, and put in its places when it is used."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.check import BadInput
from bot.wording.languages import ROOT
from flows.book import Book, City, PolicyError, Text
from flows.loading.documents import DOCUMENTS, DRAFTS
from flows.loading.load import load
from flows.loading.reader import Reader
from flows.loading.yaml import read_yaml

SKELETON = ROOT / "policies" / "skeleton"
ID = re.compile("[a-z]{2,20}")
TABLES = ("cases", "talks", "questions")  # of a draft; in use they stand under tests/, a file a city
PARTS = {"city.yaml": "{city}.yaml", "document.txt": "{city}.txt", **{f"{table}.yaml": f"{table}.yaml" for table in TABLES}}


def drafted(folder: Path, drafts: Iterable[str]) -> list[City] | None:
    """The cities as drafts have them; None if one of them cannot be read."""
    try:
        return [load(folder, draft).city(draft) for draft in drafts]
    except PolicyError:
        return None


def draft_texts(folder: Path, drafts: Iterable[str]) -> list[Text] | None:
    """What drafts say; None if one of them cannot be read."""
    cities = drafted(folder, drafts)
    return None if cities is None else [text for city in cities for text in city.texts]


def write(book: Book, policies: Path, city: str, name: str) -> None:
    """The skeleton of a city, as a draft. Raises BadInput."""
    folder = policies / DRAFTS / city
    if not ID.fullmatch(city):
        raise BadInput(f"{city}：编号用小写拼音，2到20个字母")
    if city in book.facts["city"].options or folder.exists():
        raise BadInput(f"{city} 已经有了")
    if not name.strip() or not name.isalpha() or name in book.facts["city"].options.values():
        raise BadInput(f"{name}：市名已经有了，或者不是一个名字")
    folder.mkdir(parents=True)
    for part, called in PARTS.items():
        text = (SKELETON / part).read_text(encoding="utf-8")
        (folder / called.format(city=city)).write_text(_filled(text, city, name), encoding="utf-8")


def english(city: str, name: str) -> dict[str, str]:
    """The English of the skeleton's sentences."""
    node = read_yaml((SKELETON / "english.yaml").read_text(encoding="utf-8"), "policies/skeleton/english.yaml")
    said = node.value if isinstance(node.value, dict) else {}
    return {_filled(chinese, city, name): _filled(str(item.value), city, name) for chinese, item in said.items()}


def _filled(text: str, city: str, name: str) -> str:
    return text.replace("CITYNAME", name).replace("CITYID", city).replace("CITYWORD", city.capitalize())


def adopt(book: Book, policies: Path, city: str) -> Iterator[str]:
    """Puts a draft in its places, and its city among those to choose from; says where each thing went."""
    draft, tables = policies / DRAFTS / city, policies.parent / "tests"
    places = {draft / f"{city}.yaml": policies / f"{city}.yaml", draft / f"{city}.txt": policies / DOCUMENTS / f"{city}.txt"}
    places |= {draft / f"{table}.yaml": tables / table / f"{city}.yaml" for table in TABLES}
    for old, new in places.items():
        if old.is_file():
            new.parent.mkdir(parents=True, exist_ok=True)
            old.replace(new)
            yield f"{old} → {new}"
    if not any(draft.iterdir()):
        draft.rmdir()
    yield from _among_the_cities(book, policies, city)


def _among_the_cities(book: Book, policies: Path, city: str) -> Iterator[str]:
    """Its option and its words, before “another city”."""
    reader, path = Reader(policies, "facts.yaml"), policies / "facts.yaml"
    facts = dict(reader.items(dict(reader.items(reader.root))["facts"]))
    question = dict(reader.items(facts["city"]))
    if city in (question["options"].key_lines or {}):
        return
    name, lines = book.facts["city"].options[city], path.read_text(encoding="utf-8").splitlines(keepends=True)
    for part, says in (("words", f"[{name}市, {city}]"), ("options", name)):  # from below: the lines above keep their numbers
        line = (question[part].key_lines or {})["other"]
        lines.insert(line - 1, f"      {city}: {says}\n")
    path.write_text("".join(lines), encoding="utf-8")
    yield f"{path}：city 的选项和说法里加上了 {name}"
