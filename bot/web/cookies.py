"""Cookies as all of ours are: for this host alone, over https, for no script."""

from starlette.responses import Response


def keep(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Without `seconds` it ends with the browser."""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")


def drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="strict")
