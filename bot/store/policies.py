"""Tables `policyset` and `published`: sets of policy files by their hash, and which was put in force when; the last one is."""

from dataclasses import dataclass, replace

from bot.store.base import Connection, Store, as_bytes

SINCE = 7  # the step of the schema that brought the tables


@dataclass(frozen=True, slots=True)
class Published:
    """A line of the log. `number`: FIRST of what ran before anything was published; `back`: of which number it is a return, 0
    of none."""

    hash: str
    moment: int
    who: str
    what: str
    back: int = 0
    number: int = 0


FIRST, TO_FIRST = 0, -1  # the number of what ran before; and what a return to that is a return of


async def newest(db: Connection) -> int:
    """The number of what is in force; 0 if nothing was ever published."""
    return int((await db.rows("SELECT COALESCE(MAX(number), 0) FROM published"))[0][0])


async def every(db: Connection) -> list[Published]:
    """The whole log, the newest first."""
    rows = await db.rows("SELECT hash, moment, who, what, back, number FROM published ORDER BY number DESC")
    return [Published(*row) for row in rows]


async def files(db: Connection, hash_: str) -> bytes:
    """A set, as it was stored; b"" if there is none."""
    rows = await db.rows("SELECT data FROM policyset WHERE hash = ?", hash_)
    return as_bytes(rows[0][0]) if rows else b""


async def publish(db: Connection, one: Published, data: bytes) -> int:
    """Puts a set in force: its number. A set that is there already stays as it is."""
    number = await newest(db) + 1  # another process may take it first: then once more
    await _put(db, replace(one, number=number), data)
    return number


async def keep_first(db: Connection, one: Published, data: bytes) -> None:
    """What runs as long as nothing is published; in the place of what ran so before."""
    if await newest(db) == FIRST and not await db.rows("SELECT 1 FROM published WHERE hash = ?", one.hash):
        await db.run("DELETE FROM published WHERE number = ?", FIRST)
        await _put(db, replace(one, number=FIRST), data)


async def _put(db: Connection, one: Published, data: bytes) -> None:
    await db.run("INSERT INTO policyset (hash, data) VALUES (?, ?) ON CONFLICT DO NOTHING", one.hash, data)
    columns = "number, hash, moment, who, what, back"
    sql = f"INSERT INTO published ({columns}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608  # words of ours
    await db.run(sql, one.number, one.hash, one.moment, one.who, one.what, one.back)


async def log_of(store: Store) -> list[Published]:
    """The log, looked at without opening the store; [] where there is no database, or an older one. Raises StoreDown."""
    if await store.version() < SINCE:
        return []
    async with store.reading() as db:
        return await every(db)
