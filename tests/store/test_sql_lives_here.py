"""All SQL stands in bot/store, and each table in one module of it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.base import schema
from conftest import ROOT

STORE = ROOT / "bot" / "store"
STATEMENT = re.compile(
    r"\b(SELECT\s.*\bFROM\s+\w|SELECT\s+[\d(?]|INSERT\s+INTO\s+\w|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s+\S)", re.I | re.S
)
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|EXISTS)\s+(\w+)", re.I)
MODULES = sorted(path for folder in ("bot", "flows") for path in (ROOT / folder).rglob("*.py"))


def statements(source: str) -> Iterator[str]:
    """Every text of a program that holds SQL: what a value stands for in it is written {}."""
    for node in ast.walk(ast.parse(source)):
        text = _text(node)
        if STATEMENT.search(text):
            yield text


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (_text(left) or "{}") + (_text(right) or "{}")
    return ""


def found(folder_is_the_store: bool) -> dict[str, list[str]]:
    some = {path: list(statements(path.read_text("utf-8"))) for path in MODULES if (STORE in path.parents) == folder_is_the_store}
    return {str(path.relative_to(ROOT)): texts for path, texts in some.items() if texts}


@pytest.mark.parametrize(
    "elsewhere",
    [
        'db.rows("SELECT version FROM visit WHERE owner = ?", owner)',
        'db.rows("SELECT 1")',
        'sql = "insert into inbox (key) VALUES (?)"',
        'sql = ("UPDATE visit "\n "SET touched = ?")',
        'sql = f"DELETE FROM {table} WHERE owner = ?"',
        'sql = f"UPDATE {table} SET touched = ?"',
        'sql = "DELETE FROM " + table',
        'sql = """\n  SELECT *\n  FROM visit\n"""',
    ],
)
def test_sql_would_be_seen(elsewhere: str) -> None:
    assert list(statements(elsewhere))


def test_no_module_but_the_stores_holds_sql() -> None:
    assert found(folder_is_the_store=False) == {}
    assert {path.parent for path in (ROOT / "bot").rglob("*.sql")} == {STORE / "schema"}


def test_each_table_stands_in_one_module() -> None:
    where: defaultdict[str, set[str]] = defaultdict(set)
    for module, texts in found(folder_is_the_store=True).items():
        for text in texts:
            for table in TABLE.findall(text):
                where[table].add(Path(module).name)
    made = {table for _, script in schema() for table in re.findall(r"CREATE TABLE (\w+)", script)}
    assert made <= set(where), "a table that nothing reads"
    assert {table: modules for table, modules in where.items() if table in made and len(modules) > 1} == {}
    assert set(where) - made <= {"schema_version", "sqlite_master", "NOT", "SET"}, "a table that no script makes"


def test_the_scripts_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in schema()] == list(range(1, len(schema()) + 1))
