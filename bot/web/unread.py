"""A press on a page that nobody can have read yet, by a finger that trembles: it is no answer."""

import re
import secrets

from bot.clock import milliseconds

MOMENT = re.compile(r"([0-9a-f]{11})[\w-]{11}", re.ASCII)


def new_key() -> str:
    """The key of a page's forms, 22 characters: when the page was made, in milliseconds, and what nobody guesses."""
    return f"{milliseconds():011x}{secrets.token_urlsafe(9)[:11]}"


def too_soon(key: str, guard: int) -> bool:
    """Whether a form comes back sooner than anybody can have read its page.

    `guard`: milliseconds for which a page takes no press once it is painted; its way here and back takes the rest.
    """
    made = MOMENT.fullmatch(key)
    return made is not None and 0 <= milliseconds() - int(made[1], 16) < guard * 4 // 7
