"""Table `visit`: each person's visit as one small record, whose bytes only bot/talk/visit.py can read."""

from dataclasses import dataclass

from bot.store.base import Connection, Row, as_bytes, as_moment
from bot.store.inbox import IS_TAKEN

EXPIRED = "SELECT owner FROM visit WHERE keep IN (?, ?) AND touched < ? - keep"  # of these two ages
COLUMNS = "version, data, touched, keep, shown, shown_at"
OWNERS = "SELECT owner FROM visit"  # for the tables whose rows go with a visit


@dataclass(frozen=True, slots=True)
class VisitRow:
    """`version`: changes with every turn; `last_seen`: the moment of the last turn; `ttl`: seconds from then on until it is
    deleted, 0 where the setting says how many; `shown`, `shown_at`: see 0005_shown.sql."""

    version: int
    data: bytes
    last_seen: int
    ttl: int
    shown: int = 0
    shown_at: int = 0


async def find(db: Connection, owner: bytes) -> VisitRow | None:
    rows = await db.rows(f"SELECT {COLUMNS} FROM visit WHERE owner = ?", owner)  # noqa: S608  # words of ours
    return _row(rows[0]) if rows else None


async def find_with(db: Connection, owner: bytes, key: str) -> tuple[VisitRow | None, bool]:
    """The same, and whether this key of the inbox was taken before: asked at once, as every turn asks both."""
    sql = f"SELECT {IS_TAKEN}, {COLUMNS} FROM (SELECT 1) AS here LEFT JOIN visit ON owner = ?"  # noqa: S608  # words of ours
    ((taken, *row),) = await db.rows(sql, key, owner)
    return None if row[0] is None else _row(row), bool(taken)


def _row(row: Row) -> VisitRow:
    version, data, touched, keep, *more = row
    return VisitRow(version, as_bytes(data), as_moment(touched), as_moment(keep), *more)


async def insert(db: Connection, owner: bytes, row: VisitRow) -> None:
    """Conflict, at the latest as the transaction ends, if it is not the first of this owner."""
    sql = f"INSERT INTO visit (owner, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608  # words of ours
    await db.must(sql, owner, row.version, row.data, row.last_seen, row.ttl, row.shown, row.shown_at)


async def update(db: Connection, owner: bytes, row: VisitRow, before: int) -> None:
    """Compare and set: Conflict, at the latest as the transaction ends, if `before` is no longer the version."""
    sql = "UPDATE visit SET version = ?, data = ?, touched = ?, keep = ?, shown = ?, shown_at = ? WHERE owner = ? AND version = ?"
    await db.must(sql, row.version, row.data, row.last_seen, row.ttl, row.shown, row.shown_at, owner, before)


async def mark_shown(db: Connection, owner: bytes, version: int, shown: int, shown_at: int) -> None:
    """What this version shows is there; where it was there before, it stays so."""
    sql = "UPDATE visit SET shown = ?, shown_at = ? WHERE owner = ? AND version = ? AND shown <= 0"
    await db.may(sql, shown, shown_at, owner, version)


async def touch(db: Connection, owner: bytes, moment: int) -> None:
    """The time until it is deleted begins anew."""
    await db.may("UPDATE visit SET touched = ? WHERE owner = ?", moment, owner)


async def keep_for(db: Connection, owner: bytes, seconds: int) -> None:
    """Another age, until the next turn."""
    await db.run("UPDATE visit SET keep = ? WHERE owner = ?", seconds, owner)


async def delete(db: Connection, owner: bytes) -> None:
    await db.run("DELETE FROM visit WHERE owner = ?", owner)


async def delete_expired(db: Connection, moment: int, usual: int) -> list[bytes]:
    """What was kept of each that went. `usual`: seconds for those without a `ttl` of their own."""
    sql = "DELETE FROM visit WHERE touched < ? - CASE keep WHEN 0 THEN ? ELSE keep END RETURNING data"
    return [as_bytes(data) for (data,) in await db.rows(sql, moment, usual)]
