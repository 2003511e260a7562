"""Table `casefile`: the calls on the agents' desks."""

from dataclasses import dataclass
from typing import Any

from bot.store.base import Connection, as_bytes, as_moment
from bot.store.visits import OWNERS


@dataclass(frozen=True, slots=True)
class Case:
    """One call on an agent's desk. `owner`: the visit; `checked`: the agent has made sure that it is the caller's."""

    id: str
    owner: bytes
    staff: str
    chat: int | None
    opened: int
    checked: bool


async def insert(db: Connection, case: Case) -> None:
    sql = "INSERT INTO casefile (id, owner, staff, chat, opened, checked) VALUES (?, ?, ?, ?, ?, ?)"
    await db.run(sql, case.id, case.owner, case.staff, case.chat, case.opened, int(case.checked))


async def every(db: Connection, staff: str) -> list[Case]:
    """An agent's, the oldest first."""
    sql = "SELECT id, owner, staff, chat, opened, checked FROM casefile WHERE staff = ? ORDER BY opened, id"
    return [_case(row) for row in await db.rows(sql, staff)]


async def all_of_them(db: Connection) -> list[Case]:
    """Every agent's, the oldest first."""
    sql = "SELECT id, owner, staff, chat, opened, checked FROM casefile ORDER BY opened, id"
    return [_case(row) for row in await db.rows(sql)]


async def hand_to(db: Connection, name: str, staff: str) -> bool:
    """Whether there is such a case; it is another agent's from now on."""
    return bool(await db.run("UPDATE casefile SET staff = ? WHERE id = ?", staff, name))


async def find(db: Connection, staff: str, name: str) -> Case | None:
    """None if it is another agent's."""
    sql = "SELECT id, owner, staff, chat, opened, checked FROM casefile WHERE id = ? AND staff = ?"
    rows = await db.rows(sql, name, staff)
    return _case(rows[0]) if rows else None


async def mark_checked(db: Connection, staff: str, name: str) -> None:
    await db.run("UPDATE casefile SET checked = 1 WHERE id = ? AND staff = ?", name, staff)


async def close(db: Connection, name: str) -> None:
    await db.run("DELETE FROM casefile WHERE id = ?", name)


async def delete(db: Connection, owner: bytes) -> None:
    await db.run("DELETE FROM casefile WHERE owner = ?", owner)


async def delete_older(db: Connection, moment: int) -> None:
    await db.run("DELETE FROM casefile WHERE opened < ?", moment)


async def delete_abandoned(db: Connection) -> None:
    """A chat's number stays no longer than its visit."""
    await db.run(f"DELETE FROM casefile WHERE chat IS NOT NULL AND owner NOT IN ({OWNERS})")  # noqa: S608  # words of ours


def _case(row: Any) -> Case:
    name, owner, staff, chat, opened, checked = row
    return Case(name, as_bytes(owner), staff, chat, as_moment(opened), checked == 1)
