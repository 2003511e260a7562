"""Where a request comes from: one person is one address in any notation, and a whole network of IPv6 is one customer's."""

import pytest
from starlette.requests import Request

from bot.web.pages import address_of


def of(host: str) -> str:
    return address_of(Request({"type": "http", "client": (host, 1), "headers": []}))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("::FFFF:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0db8:0001:0002::1%eth0", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
    ],
)
def test_one_person_is_one_address_in_any_notation(host: str, address: str) -> None:
    assert of(host) == address


def test_two_people_behind_mapped_addresses_are_two() -> None:
    assert of("::ffff:192.0.2.7") != of("::ffff:192.0.2.8")
    assert of("::ffff:192.0.2.7") != of("::1"), "and neither is this machine"
