"""Table `tally`: how often each thing happened, by day. No person in it."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.store.base import Connection


class Count(NamedTuple):
    """What is counted.

    `what`: began, finished (of a visit: its first sheet), shown, answered, unsure, changed, left (of a question), or a status
    (of a route, on the first sheet).
    """

    day: str
    channel: str
    what: str
    city: str
    subject: str  # a fact or a route; "" of a visit


async def add(db: Connection, counted: Mapping[Count, int]) -> None:
    for count, number in sorted(counted.items()):
        await db.run(
            "INSERT INTO tally (day, channel, what, city, subject, number) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (day, channel, what, city, subject) DO UPDATE SET number = tally.number + excluded.number",
            *count,
            number,
        )


async def since(db: Connection, day: str) -> list[tuple[Count, int]]:
    """Everything from a day on."""
    sql = "SELECT day, channel, what, city, subject, number FROM tally WHERE day >= ? ORDER BY day, channel, what, city, subject"
    return [(Count(*row[:5]), row[5]) for row in await db.rows(sql, day)]
