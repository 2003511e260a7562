"""The clock: moments in whole seconds, and days as they are counted where the documents are in force."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> int:
    """This moment, in seconds since 1970."""
    return int(time.time())


def today() -> str:
    """The date there, ISO."""
    return datetime.now(ZONE).date().isoformat()
