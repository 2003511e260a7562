"""The pages of the kiosk's talk, as ours was seen to show them, for the peers: `begin.html`, then `0.html` after its first press …

What ours makes anew for each page stands there as STEP and KEY; every other text is looked up by gettext. `headers.json`: what
goes with each response."""

import json
import re
from collections.abc import Callable
from pathlib import Path

TEXT = re.compile(r"(?<=>)(\s*)([^<>{}\s][^<>{}\n]*?)(\s*)(?=<)")


def templates(folder: str, looked_up: Callable[[str], str]) -> tuple[str, list[str]]:
    """(the first page, the page after each press), where a text is what `looked_up` makes of it in the templates' language."""

    def template(path: Path) -> str:
        page = TEXT.sub(lambda text: text[1] + looked_up(text[2]) + text[3], path.read_text(encoding="utf-8"))
        return page.replace("STEP", "{{ step }}").replace("KEY", "{{ key }}")

    numbered = sorted(Path(folder).glob("[0-9]*.html"), key=lambda path: int(path.stem))
    return template(Path(folder) / "begin.html"), [template(path) for path in numbered]


def headers(folder: str) -> dict[str, str]:
    """What is said with every response."""
    found: dict[str, str] = json.loads((Path(folder) / "headers.json").read_text())
    return found
