"""What must outlive a lost database: the accounts, the counts, what was published. Never a talk, a number, or who is in."""

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from bot.store.base import FURTHEST, Column, Connection, columns, tables

KNOWN: Mapping[tuple[str, str], Container[object]] = {  # what alone a column says; others say anything of their kind
    ("staff", "role"): ("agent", "supervisor"),
    ("staff", "disabled"): (0, 1),
    ("staff", "fresh"): (0, 1),
    ("staff", "since"): range(FURTHEST),
    ("tally", "number"): range(2**53),
    ("published", "moment"): range(FURTHEST),
}
LASTING = ("staff", "tally", "policyset", "published")

Rows = list[dict[str, Any]]


async def read(db: Connection) -> dict[str, Rows]:
    """Table -> its rows, by column."""
    return {table: await _rows(db, table, tables()[table]) for table in LASTING}


async def _rows(db: Connection, table: str, columns: list[str]) -> Rows:
    found = await db.rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}")  # noqa: S608  # words of ours
    return [dict(zip(columns, row, strict=True)) for row in found]


async def filled(db: Connection) -> list[str]:
    """The tables that have something in them."""
    counted = {table: (await db.rows(f"SELECT COUNT(*) FROM {table}"))[0][0] for table in LASTING}  # noqa: S608  # words of ours
    return [table for table, number in counted.items() if number]


def unknown(kept: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """The first table or column that this program does not have; "" if it has them all."""
    for table, rows in kept.items():
        if table not in LASTING:
            return table
        for column in (column for row in rows for column in row if column not in tables()[table]):
            return f"{table}.{column}"
    return ""


def unfit(kept: Mapping[str, Rows]) -> str:
    """The first row that no program of ours has written, as table and number; "" if there is none."""
    for table, named in columns().items():
        seen = set()
        for number, row in enumerate(kept.get(table, ()), 1):
            key = tuple(row.get(column.name) for column in named if column.key)
            if not all(_fits(table, column, row) for column in named) or key in seen:
                return f"{table} {number}"
            seen.add(key)
    return ""


def _fits(table: str, column: Column, row: Mapping[str, Any]) -> bool:
    """Whether either database takes what a row says there, and the program understands it."""
    if column.name not in row:
        return not column.needed
    value = row[column.name]
    match column.kind:
        case "TEXT":
            fine = isinstance(value, str) and "\0" not in value and not re.search("[\ud800-\udfff]", value)
        case "BLOB":
            fine = isinstance(value, bytes)
        case _:
            fine = type(value) is int and -(2**63) <= value < 2**63
    return fine and value in KNOWN.get((table, column.name), (value,))


async def write(db: Connection, kept: Mapping[str, Rows]) -> None:
    """Puts rows into tables that are empty; a column that an older program did not have gets its usual value."""
    for table, rows in kept.items():
        for row in rows:
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            await db.run(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values())  # noqa: S608  # known columns
