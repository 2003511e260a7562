"""The templates of the pages, one set for each language, with its sentences written into them."""

from functools import cache
from pathlib import Path

import jinja2
import jinja2.ext
from markupsafe import escape

from bot.web.assets import static
from bot.wording.languages import MARKED, Language

FOLDERS = sorted(Path(__file__).resolve().parent.parent.glob("*/templates"))  # of what both doors share, and of each door


class Folded(jinja2.ext.Extension):
    """Writes each `{{ _("…") }}` into the template of its language when that is loaded: a page looks nothing up."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        translate = Language(self.environment.luohu_language)  # type: ignore[attr-defined]
        return MARKED.sub(lambda found: str(escape(translate(found[1]))), source)


@cache
def templates(language: str) -> jinja2.Environment:
    """The templates in one language. In them `_` marks a sentence, as in bot/; `static(name)` is a file's address."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDERS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.luohu_language = language  # type: ignore[attr-defined]
    environment.add_extension(Folded)
    environment.globals |= {"_": Language(language), "static": static, "language": language}
    return environment
