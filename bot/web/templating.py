"""The templates of the pages, one set for each language, with its sentences written into them."""

from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from bot.web.assets import static
from bot.wording import sentences
from bot.wording.cards import bracketed, day, not_met
from bot.wording.languages import Language
from bot.wording.text import grouped

FOLDERS = sorted(Path(__file__).resolve().parent.parent.glob("*/templates"))  # of what both doors share, and of each door


class Folding(NodeTransformer):
    """Puts the sentence of a language in the place of each `_("…")` and `_(sentences.…)`, and its address in that of a file: as a
    constant, which is escaped like all data."""

    def __init__(self, words: Language) -> None:
        self._words = words

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        match call:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=says)], kwargs=[]):
                return nodes.Const(self._words(says), lineno=call.lineno)
            case nodes.Call(
                node=nodes.Name(name="_"), args=[nodes.Getattr(node=nodes.Name(name="sentences"), attr=name)], kwargs=[]
            ):
                return nodes.Const(self._words(getattr(sentences, name)), lineno=call.lineno)
            case nodes.Call(node=nodes.Name(name="static"), args=[nodes.Const(value=file)]):
                return nodes.Const(static(file), lineno=call.lineno)
        return self.generic_visit(call)


class Templates(jinja2.Environment):
    """Templates whose `_("…")` are folded when they are parsed: a page looks nothing up, and no translation is ever parsed."""

    def __init__(self, words: Language) -> None:
        super().__init__(
            loader=jinja2.FileSystemLoader(FOLDERS),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._folding = Folding(words)
        self.globals |= {
            "_": words,
            "sentences": sentences,
            "bracketed": bracketed,
            "not_met": not_met,
            "grouped": grouped,
            "day": day,
        }
        self.globals |= {"static": static, "language": words.code}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The same for all templates: one that has some of its own compares them with all others at each import."""
        return self.globals

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        folded: nodes.Template = self._folding.visit(super()._parse(source, name, filename))
        return folded


@cache
def templates(language: str) -> jinja2.Environment:
    """The templates in one language. In them `_` says a sentence, their own or one of `sentences`; `static` is an address."""
    return Templates(Language(language))
