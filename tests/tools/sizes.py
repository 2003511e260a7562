"""Prints what is longest in the house: files, classes, functions. `python tests/tools/sizes.py`"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = {"file": 400, "class": 150, "function": 40}


def sizes() -> Iterator[tuple[str, int, str]]:
    """(file, class or function; lines; where) of bot/ and flows/."""
    for path in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("flows/**/*.py")]):
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        yield "file", text.count("\n"), name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                kind = "class" if isinstance(node, ast.ClassDef) else "function"
                yield kind, (node.end_lineno or 0) - node.lineno + 1, f"{name} {node.name}"


if __name__ == "__main__":
    for kind, most in MOST.items():
        found = sorted(((lines, where) for one, lines, where in sizes() if one == kind), reverse=True)
        print(f"{kind}, at most {most}:", *(f"  {lines:4} {where}" for lines, where in found[:5]), sep="\n")
