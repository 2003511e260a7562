"""A form of the desk that a double Enter sends twice is one form: what it does is done once, and what it shows is shown."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from bot.hotline import notices
from bot.talk import codes
from bot.talk.handoff import WRONG_CODES
from bot.talk.receipts import WRONG_NUMBERS
from clerk import Clerk
from test_colleagues import office
from test_handoff import FITS, begun

pytestmark = pytest.mark.asyncio
NOBODYS = codes.spoken(1234567890)


async def form_of(one: Clerk, page: str, action: str) -> dict[str, str]:
    """What a form carries by itself."""
    found = re.search(rf'<form method="post" action="{action}"[^>]*>(.*?)</form>', (await one.get(page)).text, re.DOTALL)
    assert found, action
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[1]))


async def twice(one: Clerk, page: str, action: str, **fields: str) -> list[httpx.Response]:
    form = await form_of(one, page, action) | fields
    token = form.pop("csrf")
    return [*await asyncio.gather(*(one.post(action, token, **form) for _ in range(2)))]


@pytest.mark.parametrize(
    ("page", "action", "tries", "says"),
    [
        ("/desk", "/desk/code", WRONG_CODES[0][0], notices.NO_SUCH_CODE),
        ("/desk/receipt", "/desk/receipt", WRONG_NUMBERS[0][0], notices.NO_SUCH_RECEIPT),
    ],
)
async def test_a_wrong_number_sent_twice_by_one_form_is_one_try(
    tmp_path: Path, page: str, action: str, tries: int, says: str
) -> None:
    async with office(tmp_path) as (_, _, _, people):
        for _ in range(tries):
            assert [says in answer.text for answer in await twice(people["mei"], page, action, code=NOBODYS)] == [True, True]
        answers = await twice(people["mei"], page, action, code=NOBODYS)
        assert [notices.TOO_MANY in answer.text for answer in answers] == [True, True], "a form anew is a try anew"


async def test_a_form_that_is_sent_again_with_another_number_is_another_try(tmp_path: Path) -> None:
    async with office(tmp_path) as (_, _, _, people):
        form = await form_of(people["mei"], "/desk", "/desk/code")
        token = form.pop("csrf")
        numbers = [codes.spoken(1234567890 + number) for number in range(WRONG_CODES[0][0] + 1)]
        answers = [await people["mei"].post("/desk/code", token, code=number, **form) for number in numbers]
        assert notices.TOO_MANY in answers[-1].text and notices.TOO_MANY not in answers[-2].text


async def test_a_code_sent_twice_leads_to_its_call_both_times(tmp_path: Path) -> None:
    async with office(tmp_path) as (desk, hand, _, people):
        owner, _ = await begun(desk, "a", "telegram", city="tianshui")
        answers = await twice(people["mei"], "/desk", "/desk/code", code=str(await hand.code(owner)))
        (case,) = await hand.cases("mei")
        assert [answer.headers.get("location") for answer in answers] == [f"/desk/case/{case.id}"] * 2


async def test_a_sheet_s_number_sent_twice_opens_one_call_with_its_answers(tmp_path: Path) -> None:
    async with office(tmp_path) as (desk, hand, _, people):
        _, made = await begun(desk, "a", "telegram", **FITS)
        number = codes.spoken(made.visit.receipt)
        found = await people["mei"].post("/desk/receipt", code=number)
        key = re.findall(r'name="key" value="([\w-]{22})"', found.text)[0]
        token = await people["mei"].token()
        sent = (people["mei"].post("/desk/receipt/open", token, code=number, key=key) for _ in range(2))
        assert len({answer.headers["location"] for answer in await asyncio.gather(*sent)}) == 1
        (case,) = await hand.cases("mei")
        assert (await desk.read(case.owner)).session.facts == FITS
