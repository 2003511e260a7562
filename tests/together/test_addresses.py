"""Where a request comes from: one person is one address in any notation, and a whole network of IPv6 is one customer's; and where
it is led."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.pages import address_of, straight_to
from bot.web.security_headers import HEADERS, SecurityHeaders


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


@pytest.mark.asyncio
@pytest.mark.parametrize(("error", "status"), [(ZeroDivisionError("of somebody"), 500), (ClientDisconnect(), 400)])
async def test_what_goes_wrong_on_the_straight_way_is_an_answer_with_all_headers(error: Exception, status: int) -> None:
    async def hook(_: Request) -> Response:
        raise error

    app = SecurityHeaders(straight_to([Route("/hook", hook, methods=["POST"])], Starlette()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
        answer = await http.post("/hook")
        assert answer.status_code == status and "somebody" not in answer.text and answer.headers.items() >= lower(HEADERS)
        assert (await http.get("/hook")).status_code == 404, "goes the way of all"


def lower(headers: dict[str, str]) -> set[tuple[str, str]]:
    return {(name.lower(), value) for name, value in headers.items()}
