"""No file over 400 lines, no function over 40, no class over 150 unless its docstring says why."""

import ast

from conftest import ROOT
from sizes import MOST, sizes

EXPLAINED = "ong, as "  # "Long, as …": why a class is


def test_what_is_long_says_why() -> None:
    over = [(kind, lines, where) for kind, lines, where in sizes() if lines > MOST[kind]]
    unexplained = []
    for kind, lines, where in over:
        file, _, name = where.partition(" ")
        nodes = ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        said = next((ast.get_docstring(node) or "" for node in nodes if isinstance(node, ast.ClassDef) and node.name == name), "")
        if kind != "class" or EXPLAINED not in " ".join(said.split()):
            unexplained.append((where, lines))
    assert unexplained == []


def test_a_long_file_of_tests_says_why() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/*.py")}
    over = [path for path, text in texts.items() if text.count("\n") > MOST["file"]]
    assert [
        path.name for path in over if EXPLAINED not in " ".join((ast.get_docstring(ast.parse(texts[path])) or "").split())
    ] == []
