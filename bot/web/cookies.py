"""Cookies as all of ours are: for this host alone, over https, for no script. By hand, as http.cookies takes long."""

import re

from starlette.responses import Response

OURS = "Path=/; Secure; HttpOnly; SameSite=strict"
PLAIN = re.compile(r"[\w.-]*", re.ASCII)  # what a cookie may hold as it is; nobody else's words get into one


def keep(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Without `seconds` it ends with the browser. Raises ValueError for what a cookie cannot hold."""
    if not PLAIN.fullmatch(value):
        raise ValueError("no cookie")
    age = f"Max-Age={seconds}; " if seconds is not None else ""
    response.raw_headers.append((b"set-cookie", f"{name}={value}; {age}{OURS}".encode()))


def drop(response: Response, name: str) -> None:
    keep(response, name, "", 0)
