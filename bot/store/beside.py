"""Table `beside`: what is remembered for a moment, whichever process is asked next; each under a keyed hash, and sealed.
Also which sets of policies were found sound (bot/sound.py), which is no secret."""

from bot.store.base import Connection, as_bytes
from bot.store.visits import OWNERS

NO_VISIT = b""  # whose it is where it goes with no visit


async def put(db: Connection, name: bytes, owner: bytes, data: bytes, until: int) -> None:
    """In the place of what was there."""
    await db.run(
        "INSERT INTO beside (name, owner, data, until) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE "
        "SET owner = excluded.owner, data = excluded.data, until = excluded.until",
        *(name, owner, data, until),
    )


async def claim(db: Connection, name: bytes, moment: int, until: int) -> bool:
    """Whether nothing was there that is good still; of two who ask, one is told so."""
    sql = (
        "INSERT INTO beside (name, owner, data, until) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE "
        "SET data = excluded.data, until = excluded.until WHERE beside.until <= ?"
    )
    return bool(await db.run(sql, name, NO_VISIT, b"", until, moment))


async def find(db: Connection, name: bytes, moment: int) -> bytes | None:
    rows = await db.rows("SELECT data FROM beside WHERE name = ? AND until > ?", name, moment)
    return as_bytes(rows[0][0]) if rows else None


async def take(db: Connection, name: bytes, moment: int) -> bytes | None:
    """The same, once."""
    rows = await db.rows("DELETE FROM beside WHERE name = ? AND until > ? RETURNING data", name, moment)
    return as_bytes(rows[0][0]) if rows else None


async def drop(db: Connection, name: bytes) -> None:
    await db.run("DELETE FROM beside WHERE name = ?", name)


async def delete(db: Connection, owner: bytes) -> None:
    """What goes with a visit."""
    await db.run("DELETE FROM beside WHERE owner = ?", owner)


async def delete_expired(db: Connection, moment: int) -> None:
    """What is too old, or of a visit that is gone."""
    sql = f"DELETE FROM beside WHERE until < ? OR (owner <> ? AND owner NOT IN ({OWNERS}))"  # noqa: S608  # words of ours
    await db.run(sql, moment, NO_VISIT)
