"""The one clock: moments in whole seconds, and days as they are counted where the documents are in force.

How long something lasts is a difference of moments. They are counted on from the start, whatever is done to the clock on the
wall meanwhile; and from what is kept of the start before, so that they never go back. Only a date, a time of day and a code
that a phone makes by its own clock are by the wall.
"""

import time as _time
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
QUARTER = 900  # seconds: no day begins in the middle of one
_STEADY = getattr(_time, "CLOCK_BOOTTIME", _time.CLOCK_MONOTONIC)  # goes on while the machine sleeps, too


def _steady() -> float:
    """Seconds since the machine was started; nobody can set them."""
    return _time.clock_gettime(_STEADY)


_ahead = _time.time() - _steady()  # of the count since the machine's start


def time() -> float:
    """This moment, in seconds since 1970 as the wall had it at the start."""
    return _ahead + _steady()


def now() -> int:
    """This moment, in seconds since 1970 as the wall had it at the start."""
    return int(time())


def by_the_wall(moment: float) -> float:
    """The same moment, as the clock on the wall has it now."""
    return moment + round(_time.time() - _ahead - _steady())


def there(moment: float) -> datetime:
    """The date and the time of day of a moment, where the documents are in force."""
    return datetime.fromtimestamp(by_the_wall(moment), ZONE)


def milliseconds() -> int:
    """The same, finer."""
    return int(time() * 1000)


def today() -> str:
    """The date there, ISO."""
    return _date(int(by_the_wall(time())) // QUARTER)


@lru_cache(maxsize=1)
def _date(quarter: int) -> str:
    return datetime.fromtimestamp(quarter * QUARTER, ZONE).date().isoformat()


# ---- from one start to the next ----


def boot() -> str:
    """What this start of the machine is called; "" where it has no name."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def ahead() -> int:
    """By how much moments are ahead of the count since the machine's start: kept for the next start."""
    return round(_ahead)


def go_on(ahead: int | None, newest: int) -> None:
    """Counts on from an earlier start: as that did, if the machine was not started anew since; else from no earlier moment than
    the newest that is kept."""
    global _ahead  # the one clock
    if ahead is None:
        _ahead += max(0, newest - now())
    elif abs(ahead - _ahead) > 1:
        _ahead = float(ahead)
