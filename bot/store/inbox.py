"""Table `inbox`: the keys of all that came in, so that nothing counts twice (idempotency keys)."""

from bot.store.base import Connection

TAKE = "INSERT INTO inbox (key, received) VALUES (?, ?) ON CONFLICT DO NOTHING"
IS_TAKEN = "EXISTS (SELECT 1 FROM inbox WHERE key = ?)"  # for what is looked up with it


async def take(db: Connection, key: str, moment: int) -> bool:
    """Whether this key was not taken before."""
    return bool(await db.run(TAKE, key, moment))


async def note(db: Connection, key: str, moment: int) -> None:
    """Takes a key that is free; Conflict, at the latest as the transaction ends, if it is not."""
    await db.must(TAKE, key, moment)


async def newest(db: Connection) -> int:
    """The last moment at which anything came in; 0 if nothing did."""
    return int((await db.rows("SELECT COALESCE(MAX(received), 0) FROM inbox"))[0][0])


async def delete(db: Connection, key: str) -> None:
    await db.run("DELETE FROM inbox WHERE key = ?", key)


async def delete_older(db: Connection, moment: int) -> None:
    await db.run("DELETE FROM inbox WHERE received < ?", moment)
