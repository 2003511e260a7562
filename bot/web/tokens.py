"""Tokens: 22 characters that nobody guesses."""

import re
import secrets

TOKEN = re.compile(r"[\w-]{22}", re.ASCII)


def new_token() -> str:
    return secrets.token_urlsafe(16)


def is_token(said: str) -> bool:
    return TOKEN.fullmatch(said) is not None
