"""Languages: Chinese is the source (msgid); catalogues come from locales/<language>/LC_MESSAGES/luohu.po."""

import ast
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from flows.amounts import Filled, pattern_of
from flows.book import Book, Problem, Text

if TYPE_CHECKING:  # Babel is imported where it is used: nobody waits for it who speaks Chinese
    from babel.messages.catalog import Catalog, Message

P = ParamSpec("P")
T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent.parent
LOCALES = ROOT / "locales"
SOURCE = "zh"
NOTHING: Mapping[str, str] = {}
LANGUAGES = {"zh": "中文", "en": "English"}
CHINESE = re.compile("[一-鿿]")
LETTER, WORDED = re.compile("[A-Za-zÀ-ÿ]"), re.compile(r"[A-Za-zÀ-ÿ\d{]")
STAND_IN = re.compile(r"\W*(todo|tbd|fixme|x{3,}|n/?a|lorem ipsum.*)\W*", re.IGNORECASE)  # for what is still to be written
EMPTY = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}|“\s*”|（\s*）|\"\s*\"")
LONGER, BESIDES = 6, 80  # times the characters of the Chinese, and so many more, that no translation has
PREVIOUS = "| msgid "  # what a .po says of a sentence that was another when it was translated
ALIKE = 0.6  # of two sentences, of which one was perhaps made from the other


def translations(language: str) -> Mapping[str, str]:
    """The texts of a language by the Chinese; a message without translation stays Chinese."""
    return NOTHING if language == SOURCE else _translations(language, LOCALES)


@cache
def _translations(language: str, _locales: Path) -> Mapping[str, str]:
    known = (one for one in catalogue(language) if not one.fuzzy)
    return {str(one.id): str(one.string) for one in known if one.id and one.string}


_forget: list[Callable[[], None]] = []


def kept(worded: Callable[P, T]) -> Callable[P, T]:
    """What is put in words once and kept until other texts are brought: of policies alone, of nobody's answers."""
    keeping = lru_cache(maxsize=2048)(worded)
    _forget.append(keeping.cache_clear)
    return cast(Callable[P, T], keeping)


_brought: dict[str, Mapping[str, str]] = {}  # language -> what sets of policies brought along that were published


def bring(brought: Mapping[str, Mapping[str, str]]) -> None:
    """Texts that came with a set of policies are said from now on, before those of the program; what came before it stays, for
    whoever still reads of the rules of before."""
    for language, texts in brought.items():
        _brought[language] = {**_brought.get(language, NOTHING), **texts}
    for forget in _forget:
        forget()


def said_in(language: str, message: str) -> str:
    """A message in a language; the message itself where it has no translation."""
    if language == SOURCE:
        return message
    return _brought.get(language, NOTHING).get(message) or translations(language).get(message, message)


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


MARKS = ("_", "N_")  # what marks a sentence: where it is said, and where it stands to be said later
PROGRAM = ("{{", "{%", "{#")  # what a template would take for program; sentences are data


def extract_translations() -> Iterator[Text]:
    """The sentences of bot/: the literal arguments of `_(…)` and `N_(…)` in its modules, and of `_(…)` in its templates."""
    for kind, read in (("*.py", _in_module), ("*.html", _in_template)):
        for path in sorted((ROOT / "bot").rglob(kind)):
            yield from (Text(_file(path), line, says) for line, says in read(path.read_text(encoding="utf-8")))


@cache
def _in_module(source: str) -> list[tuple[int, str]]:
    """(line, sentence)"""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and _name(node.func) in MARKS)
    return [(call.lineno, str(call.args[0].value)) for call in calls if isinstance(call.args[0], ast.Constant)]


@cache
def _in_template(source: str) -> list[tuple[int, str]]:
    """As Jinja itself reads it, like the pages (bot/web/templating.py)."""
    from jinja2 import Environment, nodes

    found = []
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        match call:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=says)]):
                found.append((call.lineno, says))
    return found


def _file(path: Path) -> str:
    return f"bot/{path.relative_to(ROOT / 'bot')}"


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def all_texts(book: Book) -> list[Text]:
    """Every sentence for people, of the program and of the policies."""
    return [*extract_translations(), *policy_texts(book)]


def policy_texts(book: Book) -> list[Text]:
    return [*book.texts, *(text for city in book.load_all() for text in city.texts)]


@dataclass(frozen=True, slots=True)
class Translation:
    """What is said in another language. `before`: the Chinese that it was made for, where that has changed since: residents read
    the Chinese until somebody has looked at it."""

    says: str = ""
    before: str = ""


def translated(language: str) -> dict[str, Translation]:
    """All of a language's catalogue, by the Chinese."""
    return {
        str(message.id): Translation(str(message.string or ""), (_previous(message) or str(message.id)) if message.fuzzy else "")
        for message in catalogue(language)
        if message.id
    }


def _previous(message: "Message") -> str:
    """Babel reads it as a comment."""
    said = next((one for one in message.user_comments if one.startswith(PREVIOUS)), "")
    return str(ast.literal_eval(said.removeprefix(PREVIOUS))) if said else ""


def put(language: str, said: Mapping[str, Translation]) -> None:
    """Writes the language's .po: these, in this order."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import escape, write_po

    new = Catalog(locale=language, project="Luohu", charset="utf-8", fuzzy=False, creation_date=catalogue(language).creation_date)
    for chinese, one in said.items():
        new.add(chinese, string=one.says, flags=("fuzzy",) if one.before else ())
    written = io.BytesIO()
    write_po(written, new, width=0, no_location=True, sort_output=False, omit_header=False)
    head, *entries = written.getvalue().decode().split("\n\n")
    marked = [
        entry.replace("#, fuzzy\n", f"#, fuzzy\n#{PREVIOUS}{escape(one.before)}\n", 1) if one.before else entry
        for entry, one in zip(entries, said.values(), strict=False)
    ]  # Babel itself would break the line at its spaces, so that nobody can read it back
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    po_file(language).write_text("\n\n".join([head, *marked, ""]), encoding="utf-8")


def update(
    texts: Iterable[Text], language: str, given: Mapping[str, str] = NOTHING, keep: bool = False
) -> dict[str, Translation]:
    """Brings the language's .po in line with the texts: unused ones gone, new ones untranslated; one that is much like a text
    that is gone has the translation of that, to be looked at. All that it holds then.

    `given`: translations that come with them; `keep`: leaves those that are not used.
    """
    old, used = translated(language), dict.fromkeys(pattern_of(text.says) for text in texts)
    gone = {chinese: one for chinese, one in old.items() if chinese not in used and one.says}
    new: dict[str, Translation] = {}
    for chinese in used:
        known = old.get(chinese, Translation())
        new[chinese] = known if known.says else Translation(given[chinese]) if chinese in given else _of_before(chinese, gone)
    put(language, new | {chinese: one for chinese, one in old.items() if keep and chinese not in new})
    return new


def _of_before(chinese: str, gone: Mapping[str, Translation]) -> Translation:
    if own := next((one.says for one in gone.values() if one.before == chinese), ""):
        return Translation(own)  # the Chinese is again what it was made for
    near = next(iter(get_close_matches(chinese, gone, 1, ALIKE)), "")
    return Translation(gone[near].says, gone[near].before or near) if near else Translation()


def incomplete(book: Book) -> dict[str, int]:
    """Language -> how many sentences of the policies are said in Chinese there."""
    chinese = [text for text in {pattern_of(text.says) for text in policy_texts(book)} if CHINESE.search(text)]
    missing = {one: sum(said_in(one, text) == text for text in chinese) for one in LANGUAGES if one != SOURCE}
    return {language: count for language, count in missing.items() if count}


def faults(texts: Iterable[Text], language: str, drafts: Iterable[Text] | None = ()) -> Iterator[Problem]:
    """Texts that lack a translation, or whose translation has other placeholders; and translations that nobody can use.

    `drafts`: the texts of drafts, of which nothing is wanted; None where a draft cannot be read: what it uses is not known.
    """
    texts = list(texts)
    yield from untranslated(texts, language)
    known, file = catalogue(language), f"locales/{language}/LC_MESSAGES/luohu.po"
    used = {pattern_of(text.says) for text in (*texts, *(drafts or ()))}
    for stale in {str(message.id) for message in known if message.id} - used if drafts is not None else ():
        yield Problem(file, 1, f"译文对应的原文已经没有了：{stale[:30]}", "运行 make texts")
    yield from like_program(Text(file, message.lineno or 1, str(message.string)) for message in known if message.id)


def untranslated(texts: Iterable[Text], language: str) -> Iterator[Problem]:
    known = translated(language)
    for text in texts:
        says = pattern_of(text.says)
        one = known.get(says, Translation())
        if one.before:
            what = f"原文改过，{language} 译文还没有看：{says[:30]}，原来是“{one.before[:30]}”，译成“{one.says[:60]}”"
            yield Problem(text.file, text.line, what, "改好译文，去掉 fuzzy；或者用 luohu policy texts --table")
        elif not one.says:
            yield Problem(text.file, text.line, f"没有译成 {language}：{says[:30]}", "运行 make texts，再补上译文")
        elif not same_gaps(says, one.says):
            yield Problem(text.file, text.line, f"{language} 译文里的占位符不一样：{text.says[:30]}", "照原文写 {…}")
        for what, mend in implausible(says, one.says):
            yield Problem(text.file, text.line, f"{language} {what}：{text.says[:30]}", f"{mend}。现在是“{one.says[:60]}”")


def implausible(chinese: str, said: str) -> Iterator[tuple[str, str]]:
    """What makes a translation none, whatever the sentence is: what is wrong, and what to do."""
    if not said or not CHINESE.search(chinese):
        return
    if len(CHINESE.findall(said)) > len(LETTER.findall(said)):
        yield "译文还是中文", "译出来；中文的名称可以写在括号里"
    elif STAND_IN.fullmatch(said) or not WORDED.search(said):
        yield "译文不是一句话", "补上译文"
    if len(said) > LONGER * len(chinese) + BESIDES:
        yield f"译文比中文长得太多（{len(said)} 个字符，中文 {len(chinese)} 个字）", "看看是不是贴错了一句"
    if empty := EMPTY.search(said):
        yield f"译文里有空的 {empty[0]}", "里面的字补上，或者去掉"


def like_program(texts: Iterable[Text]) -> Iterator[Problem]:
    """Texts in which something stands that a template would run. Ours does not, but nobody means such a thing to be read."""
    for text in texts:
        for sign in PROGRAM:
            if sign in text.says:
                what = f"文字里有 {sign}，这是模板程序的记号：{text.says[:30]}"
                yield Problem(text.file, text.line, what, "去掉，或者换成中文的括号")


def same_gaps(text: str, other: str) -> bool:
    """Whether the same is filled in."""
    return _placeholders(text) == _placeholders(other)


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # a brace left open
        return {text}


def capital(text: str) -> str:
    """A text as it begins a line."""
    return text[:1].upper() + text[1:]


class Language:
    """Says texts in one language: `words(message)`; of a sentence of ours, `words(BUSY, hours=24)` fills the places in braces.

    A text that comes with no values is left as it is: what the policies say may have braces of its own.
    """

    def __init__(self, code: str, called: Iterable[tuple[str, str]] = ()) -> None:
        self.code = code if code in LANGUAGES else SOURCE
        self.called = tuple(called)  # what stands in a text, and what is said in its place

    def calling(self, one: str, name: str) -> "Language":
        """The same language, in which somebody is called by another name."""
        here, there = self(one), self(name)
        return Language(self.code, (*self.called, (f"{here}，", there), (here, there), (capital(here), capital(there))))

    def __call__(self, message: str, /, **values: object) -> str:
        if not message:
            return ""
        said: str = message
        if isinstance(message, Filled):  # stays one, so that what is said in Chinese first can be said in another language
            said = Filled(said_in(self.code, message.pattern), message.numbers)
        elif self.code != SOURCE:
            said = said_in(self.code, message)
        for one, name in self.called:
            said = said.replace(one, name)
        return said.format(**values) if values else said
