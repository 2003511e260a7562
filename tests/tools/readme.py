"""The parts of docs/ that the program itself writes: the talks and the diagram. `make docs` puts them in."""

import re

import talking
from bot.wording.languages import Language
from bot.wording.text import view_text
from conftest import BOOK, ROOT
from flows.conversation import Session, diagram

WRITTEN = (ROOT / "docs/talks.md", ROOT / "docs/architecture.md")
DAY = "2026-11-22"


def refreshed(text: str) -> str:
    text = re.sub(r"```mermaid\n.*?```", lambda _: f"```mermaid\n{diagram()}\n```", text, flags=re.DOTALL)
    return re.sub(r"<!-- talk: (.*?) -->\n.*?<!-- end -->", lambda found: _talk(found[1]), text, flags=re.DOTALL)


def _talk(says: str) -> str:
    session, view = talking.begin(BOOK, Session(as_of=DAY))
    lines = ["$ luohu chat", view_text(Language("zh"), view)]
    for said in says.split(" | "):
        session, view = talking.type_in(BOOK, session, said)
        lines += ["", f"> {said}", "", view_text(Language("zh"), view)]
    body = "\n".join(line.rstrip() for line in "\n".join(lines).splitlines())
    return f"<!-- talk: {says} -->\n<details><summary>{says}</summary>\n\n```text\n{body}\n```\n\n</details>\n<!-- end -->"


if __name__ == "__main__":
    for page in WRITTEN:
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")
