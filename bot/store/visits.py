"""Table `visit`: each person's visit as one small record, whose bytes only bot/talk/visit.py can read."""

from dataclasses import dataclass

from bot.store.base import Connection, as_bytes

EXPIRED = "SELECT owner FROM visit WHERE keep IN (?, ?) AND touched < ? - keep"  # of these two ages
OWNERS = "SELECT owner FROM visit"  # for the tables whose rows go with a visit


@dataclass(frozen=True, slots=True)
class VisitRow:
    """`version`: changes with every turn; `last_seen`: the moment of the last turn; `ttl`: seconds from then on until it is
    deleted, 0 where the setting says how many."""

    version: int
    data: bytes
    last_seen: int
    ttl: int


async def find(db: Connection, owner: bytes) -> VisitRow | None:
    rows = await db.rows("SELECT version, data, touched, keep FROM visit WHERE owner = ?", owner)
    if not rows:
        return None
    version, data, last_seen, ttl = rows[0]
    return VisitRow(version, as_bytes(data), last_seen, ttl)


async def insert(db: Connection, owner: bytes, row: VisitRow) -> bool:
    """Whether it was the first of this owner."""
    sql = "INSERT INTO visit (owner, version, data, touched, keep) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    return bool(await db.run(sql, owner, row.version, row.data, row.last_seen, row.ttl))


async def update(db: Connection, owner: bytes, row: VisitRow, before: int) -> bool:
    """Compare and set: whether `before` was still the version."""
    sql = "UPDATE visit SET version = ?, data = ?, touched = ?, keep = ? WHERE owner = ? AND version = ?"
    return bool(await db.run(sql, row.version, row.data, row.last_seen, row.ttl, owner, before))


async def touch(db: Connection, owner: bytes, moment: int) -> None:
    """The time until it is deleted begins anew."""
    await db.run("UPDATE visit SET touched = ? WHERE owner = ?", moment, owner)


async def keep_for(db: Connection, owner: bytes, seconds: int) -> None:
    """Another age, until the next turn."""
    await db.run("UPDATE visit SET keep = ? WHERE owner = ?", seconds, owner)


async def delete(db: Connection, owner: bytes) -> None:
    await db.run("DELETE FROM visit WHERE owner = ?", owner)


async def delete_expired(db: Connection, moment: int, usual: int) -> list[bytes]:
    """What was kept of each that went. `usual`: seconds for those without a `ttl` of their own."""
    sql = "DELETE FROM visit WHERE touched < ? - CASE keep WHEN 0 THEN ? ELSE keep END RETURNING data"
    return [as_bytes(data) for (data,) in await db.rows(sql, moment, usual)]
