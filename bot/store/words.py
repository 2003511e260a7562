"""Table `word`: the numbers of ids, given out by the database once and for ever."""

from bot.store.base import Connection


async def every(db: Connection) -> list[tuple[int, str]]:
    """(number, word) of all that there are."""
    return [(number, word) for number, word in await db.rows("SELECT id, word FROM word")]


async def insert(db: Connection, word: str) -> None:
    """Gives it the next number, unless it has one, or another process takes that number first."""
    sql = "INSERT INTO word (id, word) SELECT COALESCE(MAX(id), 0) + 1, CAST(? AS TEXT) FROM word WHERE 1 = 1"
    await db.run(f"{sql} ON CONFLICT DO NOTHING", word)
