"""Table `outbox`: the replies that are owed to chats, one an owner: a newer one takes an older one's place."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot import log
from bot.store.base import Connection, Row

UNCLAIMED = 0  # `due` of a reply that no process is at yet
AT_WORK = 20  # seconds for which a process is believed to be at a reply, since it last said so
OFTEN = 2  # seconds after which it says so again
MANY = 500  # values in one statement


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """`message`: the one to change, if any."""

    owner: bytes
    chat: int
    message: int | None


async def put(db: Connection, row: OutboxRow, version: int, due: int) -> None:
    """`version`: of the visit that the reply shows; `due`: when somebody last said to be at it, or UNCLAIMED."""
    await db.must(
        "INSERT INTO outbox (owner, chat, message, version, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner) DO UPDATE "
        "SET chat = excluded.chat, message = excluded.message, version = excluded.version, due = excluded.due",
        *(row.owner, row.chat, row.message, version, due),
    )


async def claimed(db: Connection, oldest: int) -> list[OutboxRow]:
    """Those that somebody was at, and that are not there for certain. `oldest`: what is of an older version is past its age."""
    return await _readable(db, await db.rows("SELECT owner, chat, message FROM outbox WHERE due > 0 AND version >= ?", oldest))


async def claim(db: Connection, moment: int, oldest: int, since: int = 0) -> list[OutboxRow]:
    """Those that nobody was at, or has been for long, or since that moment; each is given to one process only."""
    sql = "UPDATE outbox SET due = ? WHERE due < ? AND version >= ? RETURNING owner, chat, message"
    return await _readable(db, await db.rows(sql, moment, since or moment - AT_WORK, oldest))


async def still_at(db: Connection, owners: Sequence[bytes], moment: int) -> None:
    """Whoever is at these still is."""
    for first in range(0, len(owners), MANY):
        some = owners[first : first + MANY]
        marks = ", ".join("?" * len(some))
        sql = f"UPDATE outbox SET due = ? WHERE due <> 0 AND due < ? AND owner IN ({marks})"  # noqa: S608  # marks of ours
        await db.run(sql, moment, moment - OFTEN, *some)


async def _readable(db: Connection, rows: Sequence[Row]) -> list[OutboxRow]:
    """Those that say where something has to go; the others are taken away."""
    found = []
    for owner, chat, message in rows:
        if isinstance(owner, bytes | memoryview) and isinstance(chat, int) and isinstance(message, int | None):
            found.append(OutboxRow(bytes(owner), chat, message))
        else:
            log.event("owed_unreadable", logging.ERROR)
            await db.run("DELETE FROM outbox WHERE owner = ?", owner)
    return found


async def is_being_sent(db: Connection, owner: bytes, moment: int) -> bool:
    """Whether a process that lives is at a reply."""
    return bool(await db.rows("SELECT 1 FROM outbox WHERE owner = ? AND due >= ?", owner, moment - 2 * OFTEN))


async def backlog(db: Connection) -> tuple[int, int]:
    """(how many are owed, when somebody last said to be at the one left alone longest; 0: none was left)."""
    rows = await db.rows("SELECT COUNT(*), MIN(CASE WHEN due > 0 THEN due END) FROM outbox")
    return int(rows[0][0]), int(rows[0][1] or 0)


async def delete_sent(db: Connection, owner: bytes, version: int) -> None:
    """A reply of a newer version stays."""
    await db.may("DELETE FROM outbox WHERE owner = ? AND version <= ?", owner, version)


async def delete(db: Connection, owner: bytes) -> None:
    await db.run("DELETE FROM outbox WHERE owner = ?", owner)


async def delete_older(db: Connection, version: int) -> None:
    await db.run("DELETE FROM outbox WHERE version < ?", version)
