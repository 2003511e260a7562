"""Table `receipt`: what stands under the number on a sheet, which is kept as a keyed hash."""

from bot.store.base import Connection, as_bytes
from bot.store.visits import EXPIRED, OWNERS

NOBODY = b""  # whose a receipt is when its visit is gone


async def insert(db: Connection, hash_: bytes, owner: bytes, data: bytes, moment: int) -> None:
    """Conflict, at the latest as the transaction ends, if the number is not free."""
    sql = "INSERT INTO receipt (hash, owner, data, made) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    await db.must(sql, hash_, owner, data, moment)


async def find(db: Connection, hash_: bytes, made_after: int) -> bytes | None:
    rows = await db.rows("SELECT data FROM receipt WHERE hash = ? AND made > ?", hash_, made_after)
    return as_bytes(rows[0][0]) if rows else None


async def hand_over(db: Connection, old: bytes, new: bytes) -> None:
    """They belong to the new owner from now on."""
    await db.run("UPDATE receipt SET owner = ? WHERE owner = ?", new, old)


async def disown(db: Connection) -> None:
    """A number outlives its visit; whose it was does not."""
    sql = f"UPDATE receipt SET owner = ? WHERE owner <> ? AND owner NOT IN ({OWNERS})"  # noqa: S608  # words of ours
    await db.run(sql, NOBODY, NOBODY)


async def disown_one(db: Connection, hash_: bytes) -> None:
    await db.run("UPDATE receipt SET owner = ? WHERE hash = ?", NOBODY, hash_)


async def is_nobodys(db: Connection, hash_: bytes) -> bool:
    return bool(await db.rows("SELECT 1 FROM receipt WHERE hash = ? AND owner = ?", hash_, NOBODY))


async def delete_expired(db: Connection, moment: int, ages: tuple[int, int]) -> None:
    """Those of visits that have outlived one of these ages: whoever walked away has kept no number."""
    await db.run(f"DELETE FROM receipt WHERE owner IN ({EXPIRED})", *ages, moment)  # noqa: S608  # words of ours


async def delete(db: Connection, owner: bytes) -> None:
    await db.run("DELETE FROM receipt WHERE owner = ?", owner)


async def delete_older(db: Connection, moment: int) -> None:
    await db.run("DELETE FROM receipt WHERE made < ?", moment)
