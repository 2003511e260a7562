"""Cookies of all doors: what a browser is told, and what can never get into one."""

import pytest
from starlette.responses import Response

from bot.web.cookies import drop, keep


def test_a_cookie_is_for_this_host_alone_over_https_and_for_no_script() -> None:
    response = Response()
    keep(response, "__Host-visit", "aB3-_.x")
    keep(response, "__Host-look", "large.contrast", 60)
    drop(response, "__Host-ended")
    assert response.headers.getlist("set-cookie") == [
        "__Host-visit=aB3-_.x; Path=/; Secure; HttpOnly; SameSite=strict",
        "__Host-look=large.contrast; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=strict",
        "__Host-ended=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=strict",
    ]


@pytest.mark.parametrize("value", ["a; Domain=example.cn", "a\r\nSet-Cookie: b=c", "a b", "户"])
def test_nothing_that_would_say_more_than_its_value_gets_into_a_cookie(value: str) -> None:
    with pytest.raises(ValueError, match="no cookie"):
        keep(Response(), "__Host-visit", value)
