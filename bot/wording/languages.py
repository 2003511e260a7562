"""Languages: Chinese is the source (msgid); catalogues come from locales/<language>/LC_MESSAGES/luohu.po."""

import ast
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from flows.book import Book, Problem, Text

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog  # Babel is imported where it is used: nobody waits for it who speaks Chinese

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALES = ROOT / "locales"
SOURCE = "zh"
LANGUAGES = {"zh": "中文", "en": "English"}


@cache
def translations(language: str) -> NullTranslations:
    """The texts of a language; a message without translation stays Chinese."""
    if language == SOURCE:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    binary = io.BytesIO()
    write_mo(binary, catalogue(language))
    binary.seek(0)
    return GNUTranslations(binary)


def po_file(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "luohu.po"


def catalogue(language: str) -> "Catalog":
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    if not po_file(language).exists():
        return Catalog(locale=language)
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


# ---- which sentences there are ----


MARKED = re.compile(r'\{\{-?\s*_\("((?:[^"\\]|\\.)*)"\)\s*-?\}\}')  # a sentence in a template


def our_texts() -> Iterator[Text]:
    """The sentences of bot/: the literal arguments of `_(…)` in its modules and its templates."""
    yield from _in_modules()
    yield from _in_templates()


def _in_modules() -> Iterator[Text]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "_" and isinstance(node.args[0], ast.Constant):
                yield Text(f"bot/{path.relative_to(ROOT / 'bot')}", node.lineno, str(node.args[0].value))


def _in_templates() -> Iterator[Text]:
    for path in sorted((ROOT / "bot").rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        for found in MARKED.finditer(source):
            yield Text(f"bot/{path.relative_to(ROOT / 'bot')}", source.count("\n", 0, found.start()) + 1, found[1])


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def all_texts(book: Book) -> list[Text]:
    """Every sentence for people, of the program and of the policies."""
    return [*our_texts(), *book.texts, *(text for city in book.load_all() for text in city.texts)]


def update(book: Book, language: str) -> tuple[int, int]:
    """Brings the language's .po in line with the texts: new ones untranslated, unused ones gone. (texts, untranslated)."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    old = catalogue(language)
    new = Catalog(locale=language, project="Luohu", charset="utf-8", fuzzy=False, creation_date=old.creation_date)
    for text in all_texts(book):
        kept = old.get(text.says)
        new.add(text.says, string=kept.string if kept else "", locations=[(text.file, text.line)])
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    with po_file(language).open("wb") as file:
        write_po(file, new, width=0, no_location=True, sort_output=False, omit_header=False)
    return len(new), sum(1 for message in new if message.id and not message.string)


def faults(texts: Iterable[Text], language: str) -> Iterator[Problem]:
    """Texts that lack a translation, or whose translation has other placeholders; and translations of no text."""
    texts = list(texts)
    known = catalogue(language)
    for text in texts:
        message = known.get(text.says)
        if message is None or not message.string or message.fuzzy:
            yield Problem(text.file, text.line, f"没有译成 {language}：{text.says[:30]}", "运行 make texts，再补上译文")
        elif _placeholders(text.says) != _placeholders(str(message.string)):
            yield Problem(text.file, text.line, f"{language} 译文里的占位符不一样：{text.says[:30]}", "照原文写 {…}")
    for stale in {str(message.id) for message in known if message.id} - {text.says for text in texts}:
        yield Problem(f"locales/{language}/LC_MESSAGES/luohu.po", 1, f"译文对应的原文已经没有了：{stale[:30]}", "运行 make texts")


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # a brace left open
        return {text}


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of one language, for whoever words a reply."""

    code: str

    def __call__(self, message: str) -> str:
        return translations(self.code).gettext(message) if message else ""
