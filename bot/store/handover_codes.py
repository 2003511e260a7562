"""Table `code`: what a visit is handed on by, a spoken code or a link's token, each as a keyed hash."""

from dataclasses import dataclass

from bot.store.base import Connection


@dataclass(frozen=True, slots=True)
class CodeRow:
    """`kind`: code, link, or moved (a link that was used); `step`: of the visit when it was made; `chat`: where the result
    goes; `until`: the moment up to which it is good."""

    hash: bytes
    kind: str
    owner: bytes
    step: int
    chat: int | None
    until: int


async def insert(db: Connection, row: CodeRow) -> None:
    sql = "INSERT INTO code (hash, kind, owner, version, chat, until) VALUES (?, ?, ?, ?, ?, ?)"
    await db.run(sql, row.hash, row.kind, row.owner, row.step, row.chat, row.until)


async def redeem(db: Connection, hash_: bytes, kind: str) -> CodeRow | None:
    """Takes it away, so that it works once."""
    sql = "DELETE FROM code WHERE hash = ? AND kind = ? RETURNING hash, kind, owner, version, chat, until"
    rows = await db.rows(sql, hash_, kind)
    if not rows:
        return None
    hash_, kind, owner, step, chat, until = rows[0]  # its column is of when the version stood there
    return CodeRow(bytes(hash_), kind, bytes(owner), step, chat, until)


async def follow(db: Connection, owner: bytes, before: int, after: int) -> None:
    """A spoken code for one step of a visit is for another one now."""
    await db.may("UPDATE code SET version = ? WHERE owner = ? AND kind = 'code' AND version = ?", after, owner, before)


async def is_good(db: Connection, hash_: bytes, kind: str, moment: int) -> bool:
    return bool(await db.rows("SELECT 1 FROM code WHERE hash = ? AND kind = ? AND until > ?", hash_, kind, moment))


async def delete_kind(db: Connection, owner: bytes, kind: str) -> None:
    await db.run("DELETE FROM code WHERE owner = ? AND kind = ?", owner, kind)


async def delete(db: Connection, owner: bytes) -> None:
    await db.run("DELETE FROM code WHERE owner = ?", owner)


async def delete_expired(db: Connection, moment: int) -> None:
    await db.run("DELETE FROM code WHERE until < ?", moment)
