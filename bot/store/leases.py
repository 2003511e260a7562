"""Table `lease`: what only one process may do at a time."""

from bot.store.base import Connection


async def take(db: Connection, name: str, holder: str, moment: int, until: int) -> bool:
    """Takes or renews it; whether it is the holder's."""
    sql = "UPDATE lease SET holder = ?, until = ? WHERE name = ? AND (holder = ? OR until < ?)"
    if await db.run(sql, holder, until, name, holder, moment):
        return True
    sql = "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    return await db.run(sql, name, holder, until) == 1


async def find(db: Connection, name: str) -> tuple[str, int] | None:
    """(holder, until), if anybody ever took it."""
    rows = await db.rows("SELECT holder, until FROM lease WHERE name = ?", name)
    return (rows[0][0], rows[0][1]) if rows else None


async def delete(db: Connection, name: str) -> None:
    """Whoever holds it."""
    await db.run("DELETE FROM lease WHERE name = ?", name)
