"""The one clock: moments in whole seconds, and days as they are counted where the documents are in force."""

from datetime import datetime
from time import time
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> int:
    """This moment, in seconds since 1970."""
    return int(time())


def milliseconds() -> int:
    """The same, finer."""
    return int(time() * 1000)


def today() -> str:
    """The date there, ISO."""
    return datetime.fromtimestamp(time(), ZONE).date().isoformat()
