"""Codes that people read out or type: ten digits and a check digit, in groups."""

import re

LENGTH = 10
LONGEST = 40  # characters that are looked at


def spoken(number: int) -> str:
    """A ten-digit number as people read it out, with its check digit: 3-3-4-1."""
    digits = f"{number:010}"
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}-{_check(digits)}"


def digits_of(said: str) -> str:
    """What somebody typed, without spaces and hyphens, in digits of the usual width."""
    return re.sub(r"[\s\-–—－]", "", said[:LONGEST]).translate(FULL_WIDTH)


def heard(said: str) -> str | None:
    """The ten digits of a code as somebody typed it; None if it cannot be one (a digit is wrong or missing)."""
    digits = digits_of(said)
    if not re.fullmatch(r"[0-9]{11}", digits) or _check(digits[:LENGTH]) != int(digits[LENGTH]):
        return None
    return digits[:LENGTH]


FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def _check(digits: str) -> int:
    """ISO/IEC 7064, MOD 11,10: finds every wrong digit and nearly every pair that was exchanged."""
    rest = 10
    for digit in digits:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (11 - rest) % 10
