"""What must outlive a lost database: the accounts, the counts, what was published. Never a talk, a number, or who is in."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.store.base import Connection, tables

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


async def write(db: Connection, kept: Mapping[str, Rows]) -> None:
    """Puts rows into tables that are empty; a column that an older program did not have gets its usual value."""
    for table, rows in kept.items():
        for row in rows:
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            await db.run(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values())  # noqa: S608  # known columns
