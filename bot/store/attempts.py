"""Table `attempt`: rate limits, how often something may be tried in so many seconds, by one and by all; the database
counts. How many is said by who asks: talk/handoff, talk/receipts, hotline/staff, kiosk/devices."""

from collections.abc import Iterable

from bot.clock import now
from bot.store.base import Connection

Limits = tuple[tuple[int, int, str, str], ...]
"""(how many, in how many seconds, of what, whose): `one` counts each account or address for itself, `all` everybody."""

Bucket = tuple[str, int, int]
"""(name, limit, seconds) of what a try is taken from."""


class TooMany(Exception):
    """Too many wrong tries: nothing is looked at for a while."""


def buckets(limits: Limits, one: str) -> tuple[Bucket, ...]:
    """What a try of this account or address is taken from."""
    return tuple((f"{kind}:{one if whose == 'one' else '*'}", limit, seconds) for limit, seconds, kind, whose in limits)


async def take_one(db: Connection, bucket: Bucket) -> bool:
    """One of so many tries in so many seconds; False when they are used up. The database counts, so races do not help."""
    name, limit, seconds = bucket
    moment = now()
    rows = await db.rows(
        "INSERT INTO attempt (bucket, since, number) VALUES (?, ?, 1) ON CONFLICT (bucket) DO UPDATE SET "
        "number = CASE WHEN attempt.since <= ? THEN 1 ELSE attempt.number + 1 END, "
        "since = CASE WHEN attempt.since <= ? THEN excluded.since ELSE attempt.since END RETURNING number",
        *(name, moment, moment - seconds, moment - seconds),
    )
    return int(rows[0][0]) <= limit


async def admitted(db: Connection, some: Iterable[Bucket]) -> bool:
    """Takes one try of each; the first bucket that is empty spares the others."""
    for bucket in some:
        if not await take_one(db, bucket):
            return False
    return True


async def give_back(db: Connection, some: Iterable[Bucket]) -> None:
    """Of a try that was right."""
    for name, _, _ in some:
        await db.run("UPDATE attempt SET number = number - 1 WHERE bucket = ? AND number > 0", name)


async def delete_older(db: Connection, moment: int) -> None:
    await db.run("DELETE FROM attempt WHERE since < ?", moment)
