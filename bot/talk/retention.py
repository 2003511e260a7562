"""Retention: for how long everything is kept or good, in one table; and the purge of what is past its age. In seconds."""

from bot.store import attempts, beside, cases, handover_codes, inbox, outbox, receipts, visits
from bot.store.base import Connection

HOUR, DAY = 3600, 86400

# ---- from the last turn on ----
WATCHED = 120  # a kiosk's visit: after that its screen is blank, and nothing of it is shown again
LATE = 10  # a press on a page: until we have certainly heard of it
TTL = {"kiosk": 150, "phone": 1800, "desk": 30 * DAY}  # until a visit is deleted; Telegram's: LUOHU_RETENTION_HOURS
CALLING = 300  # a kiosk's, while a code for the hotline is on its screen
HELD = 20 * 60  # of the hotline's: until the person has the visit back
LOGIN_IDLE = 20 * 60  # a request of an agent's: until the login is over

# ---- from when it was made on ----
CODE_LIFE = 600  # a code or link that a visit is handed on by
RECEIPTS = 30 * DAY  # the number on a sheet
CASES = TTL["desk"]  # a call on an agent's desk
LOGINS = 12 * HOUR  # a login, however much it is used
ONE_TIME_PASSWORDS = 7 * DAY  # until such a password lets nobody in any more
KEYS = 2 * DAY  # the key of what came in: nothing is delivered again later than that
MARKS = 30 * DAY  # that a set of policies was found sound
TRIES = DAY  # the count of tries: longer than any limit looks back


def watched(ttl: int) -> int:
    """For how long the page of a visit waits for a press. `ttl`: until the visit is deleted."""
    return WATCHED if ttl == TTL["kiosk"] else ttl


def oldest(moment: int, usual: int) -> int:
    """The version of a visit that is just not past its age: versions are milliseconds, or later."""
    return (moment - usual) * 1000


async def purge(db: Connection, moment: int, usual: int) -> list[bytes]:
    """Takes away what is past its age, logins aside, which go when somebody comes in; the visits that went, as they were kept.

    `usual`: the age of a visit whose channel has none in TTL.
    """
    await receipts.delete_expired(db, moment, (TTL["kiosk"], CALLING))
    gone = await visits.delete_expired(db, moment, usual)
    await outbox.delete_older(db, oldest(moment, usual))
    await inbox.delete_older(db, moment - KEYS)
    await handover_codes.delete_expired(db, moment)
    await cases.delete_older(db, moment - CASES)
    await cases.delete_abandoned(db)
    await receipts.delete_older(db, moment - RECEIPTS)
    await receipts.disown(db)
    await attempts.delete_older(db, moment - TRIES)
    await beside.delete_expired(db, moment)
    return gone
