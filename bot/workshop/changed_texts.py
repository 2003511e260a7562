"""What changed in the files of two versions, entry by entry: sentences, numbers, papers, options, conditions; not how they are
written down: lines broken elsewhere, quotes and comments are no change."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from flows.loading.cities import where_worded, where_written
from flows.loading.reader import FOLD
from flows.loading.yaml import Node, read_yaml

Kind = Literal["sentences", "numbers", "papers", "options", "conditions", "clauses", "words", "document", "english"]
CONDITIONS = set("fact met unmet curable local_rules ambiguous elsewhere when unsaid ahead any all unless then without".split())
CONDITIONS |= set("matters grounds exempt order inferred narrowed place".split())
OPTIONS = set("options labels wording counties ask ask_you ask_child short aloud third hint unsure nothing facts".split())
CLAUSES = {"clause", "clauses", "numbering", "document"}
WORDS = {"words", "search", "typed", "around"}
ORDERED = {"facts", "options", "routes", "topics", "counties"}  # elsewhere the order of keys says nothing
NAMES = ("fact", "paper", "place", "clause", "id")  # what an entry of a list is known by
LIMIT = 4 * 1024 * 1024
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry, as it was and as it is; "" where there is none."""

    kind: Kind
    file: str
    line: int
    where: tuple[str, ...]  # the keys that lead there
    old: str
    new: str


def changed_texts(old: Path, new: Path, draft: str = "") -> list[Changed]:
    """`draft`: the city whose files are among the drafts of the new version."""
    before, after = _files(old, ""), _files(new, draft)
    found: list[Changed] = []
    for name in sorted({*before, *after}):
        was, is_ = before.get(name), after.get(name)
        file = f"policies/{is_.relative_to(new).as_posix() if is_ else name}"
        if _read(was) == _read(is_):
            continue
        if name.endswith(".yaml"):
            found += _changed(file, (), *(_tree(path, name) for path in (was, is_)))
        else:
            found += _lines(file, _read(was), _read(is_))
    return found + _english(old, new)


def _files(folder: Path, draft: str) -> dict[str, Path]:
    """Name -> where the file is that counts: those of cities, and then the texts of their documents."""
    paths = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob("documents/*.txt"))]
    found = {path.relative_to(folder).as_posix(): path for path in paths}
    own = {f"{draft}.yaml": where_written(draft, draft), f"documents/{draft}.txt": where_worded(folder, draft, draft)}
    return found | {name: folder / path for name, path in own.items() if draft and (folder / path).is_file()}


def _read(path: Path | None) -> str:
    return path.read_text(encoding="utf-8-sig") if path else ""


def _tree(path: Path | None, name: str) -> Node | None:
    return read_yaml(_read(path), name, LIMIT, LIMIT) if path else None


# ---- trees ----


def _changed(file: str, where: tuple[str, ...], old: Node | None, new: Node | None) -> Iterator[Changed]:
    if _plain(old) == _plain(new):
        return
    if old and new and isinstance(old.value, dict) and isinstance(new.value, dict):
        yield from _of_mappings(file, where, old, new)
    elif old and new and isinstance(old.value, list) and isinstance(new.value, list):
        yield from _of_lists(file, where, old.value, new.value, new.line)
    else:
        says = _shown(old), _shown(new)
        yield Changed(_kind(file, where, *says), file, (new or old or Node("", 1)).line, where, *says)


def _of_mappings(file: str, where: tuple[str, ...], old: Node, new: Node) -> Iterator[Changed]:
    was, is_ = _entries(old), _entries(new)
    for key in {**is_, **was}:
        yield from _changed(file, (*where, key), was.get(key), is_.get(key))
    orders = [[key for key in one if key in was and key in is_] for one in (was, is_)]
    if orders[0] != orders[1] and where[-1:] and where[-1] in ORDERED:
        yield Changed("options", file, new.line, where, "、".join(orders[0]), "、".join(orders[1]))


def _entries(node: Node) -> dict[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def _of_lists(file: str, where: tuple[str, ...], old: list[Node], new: list[Node], line: int) -> Iterator[Changed]:
    if where[-1] in CONDITIONS and all(isinstance(one.value, str) for one in (*old, *new)):
        was, is_ = ([str(one.value) for one in some] for some in (old, new))
        gone, come = ("、".join(one for one in some if one not in others) for some, others in ((was, is_), (is_, was)))
        if gone or come:
            yield Changed("conditions", file, line, where, gone, come)
        return
    matcher = SequenceMatcher(None, [repr(_plain(one)) for one in old], [repr(_plain(one)) for one in new], autojunk=False)
    for tag, from_, to, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        yield from _of_block(file, where, old[from_:to], new[first:last], line)


def _of_block(file: str, where: tuple[str, ...], old: list[Node], new: list[Node], line: int) -> Iterator[Changed]:
    """Entries that are not alike: those of one name are compared; the others are gone or new, paired as they stand."""
    come = list(new)
    left: list[Node] = []
    for one in old:
        other = next((two for two in come if _name(one) and _name(one) == _name(two)), None)
        if other is None:
            left.append(one)
        else:
            come.remove(other)
            yield from _changed(file, (*where, _name(one)), one, other)
    for number in range(max(len(left), len(come))):
        was, is_ = (some[number] if number < len(some) else None for some in (left, come))
        says = _shown(was), _shown(is_)
        yield Changed(_kind(file, where, *says), file, is_.line if is_ else line, where, *says)


def _name(node: Node) -> str:
    if not isinstance(node.value, dict):
        return ""
    return next((str(node.value[key].value) for key in NAMES if key in node.value), "")


def _plain(node: Node | None) -> object:
    match node:
        case None:
            return None
        case Node(value=str() as text):
            return FOLD.sub("", text).strip()
        case Node(value=list() as items):
            return tuple(map(_plain, items))
        case _:
            return tuple((key, _plain(value)) for key, value in _entries(node).items())


def _shown(node: Node | None) -> str:
    match node:
        case None:
            return ""
        case Node(value=str() as text):
            return FOLD.sub("", text).strip()
        case Node(value=list() as items):
            return "、".join(map(_shown, items))
        case _:
            return "；".join(f"{key}: {_shown(value)}" for key, value in _entries(node).items())


def _kind(file: str, where: tuple[str, ...], old: str, new: str) -> Kind:
    keys = set(where)
    if keys & WORDS or file.endswith("heard.yaml"):
        return "words"
    if keys & {"papers", "helps"} and "says" not in keys:
        return "papers"
    if (keys & OPTIONS and where[0] in ("facts", "wording", "counties", "narrowed", "stages")) or where[:1] == ("stages",):
        return "options" if _same_numbers(old, new) else "numbers"
    if where and (where[-1] in CONDITIONS or keys & {"when", "unless", "order", "inferred"}):
        return "conditions"
    if where and (where[-1] == "clause" or where[0] in CLAUSES):
        return "clauses"
    return "sentences" if _same_numbers(old, new) else "numbers"


def _same_numbers(old: str, new: str) -> bool:
    return not (old and new) or NUMBER.findall(old) == NUMBER.findall(new)


# ---- documents, translations ----


def _lines(file: str, old: str, new: str) -> Iterator[Changed]:
    was, is_ = ([line.strip() for line in text.splitlines()] for text in (old, new))
    for tag, from_, to, first, last in SequenceMatcher(None, was, is_, autojunk=False).get_opcodes():
        if tag != "equal" and (said := ("\n".join(was[from_:to]).strip(), "\n".join(is_[first:last]).strip())) and any(said):
            yield Changed("document", file, first + 1, (), *said)


def _english(old: Path, new: Path) -> list[Changed]:
    """Translations of sentences that both versions have; what is new or gone in Chinese is told there."""
    found: list[Changed] = []
    before, after = _catalogues(old), _catalogues(new)
    for name, is_ in after.items():
        was = before.get(name, {})
        for says in (one for one in is_ if was.get(one, is_[one]) != is_[one]):
            kind: Kind = "english" if _same_numbers(was[says], is_[says]) else "numbers"
            found.append(Changed(kind, name, 1, (says[:30],), was[says], is_[says]))
    return found


def _catalogues(folder: Path) -> dict[str, Mapping[str, str]]:
    """By file: those beside the policies; or of a set that is published, which has its own."""
    own = {f"locales/{path.name}": json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("locales/*.json"))}
    beside = sorted((folder.parent / "locales").glob("*/LC_MESSAGES/luohu.po"))
    return own or {path.relative_to(folder.parent).as_posix(): _catalogue(path) for path in beside}


def _catalogue(path: Path) -> Mapping[str, str]:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def by_kind(found: Iterable[Changed]) -> dict[Kind, list[Changed]]:
    sorted_: dict[Kind, list[Changed]] = {}
    for one in found:
        sorted_.setdefault(one.kind, []).append(one)
    return sorted_
