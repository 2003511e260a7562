"""A form of the desk that a double Enter sends twice is one form: what it does is done once, and what it shows is shown."""

import asyncio
import re
from pathlib import Path

import httpx
import pyotp
import pytest

from bot.hotline import notices
from bot.talk import codes
from bot.talk.handoff import WRONG_CODES
from bot.talk.receipts import WRONG_NUMBERS
from clerk import OWN, Clerk
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


# ---- a second press that comes when the first has done all ----


async def one_after_the_other(one: Clerk, action: str, **fields: str) -> list[httpx.Response]:
    token = await one.token()
    return [await one.post(action, token, **fields) for _ in range(2)]


def seen(answer: httpx.Response) -> tuple[int, str, str]:
    heading = re.search(r"<h1>(.*?)</h1>", answer.text)
    return answer.status_code, answer.headers.get("location", ""), heading[1] if heading else ""


@pytest.mark.parametrize(
    ("who", "do", "shows"),
    [
        ("mei", "check", None),
        ("mei", "release", (303, "/desk", "")),
        ("mei", "give-back", (200, "", "已经交还给来电人")),
        ("chief", "take", None),
        ("chief", "end", (303, "/desk", "")),
    ],
)
async def test_what_is_done_with_a_call_is_shown_also_to_who_pressed_twice(
    tmp_path: Path, who: str, do: str, shows: tuple[int, str, str] | None
) -> None:
    async with office(tmp_path) as (desk, hand, _, people):
        owner, made = await begun(desk, "a", "telegram", **FITS)
        at = (await people["mei"].post("/desk/code", code=str(await hand.code(owner)))).headers["location"]
        if do == "give-back":
            await people["mei"].post(f"{at}/check")
        first, second = await one_after_the_other(people[who], f"{at}/{do}")
        assert seen(first) == seen(second) == (shows or (303, at, ""))
        assert do != "give-back" or codes.spoken(made.visit.receipt) in second.text, "the number to be read out"


async def test_a_call_that_is_closed_twice_says_that_it_is_cleared(tmp_path: Path) -> None:
    async with office(tmp_path) as (_, hand, _, people):
        at = (await people["mei"].post("/desk/new")).headers["location"]
        first, second = await one_after_the_other(people["mei"], f"{at}/close")
        assert seen(first) == seen(second) and "/desk?cleared=" in second.headers["location"]
        assert await hand.cases("mei") == []


async def test_an_account_that_is_made_twice_is_one_and_its_password_is_shown(tmp_path: Path) -> None:
    async with office(tmp_path) as (_, _, _, people):
        chief = people["chief"]
        answers = await one_after_the_other(chief, "/desk/staff", do="add", name="wang", role="agent")
        assert [answer.headers.get("location") for answer in answers] == ["/desk/staff"] * 2
        assert 'class="secret"' in (await chief.get("/desk/staff")).text
        answers = await one_after_the_other(chief, "/desk/staff", do="reset", name="wang")
        assert 'class="secret"' in (await chief.get("/desk/staff")).text, "the one password that is good"


async def test_codes_of_a_phone_that_are_turned_on_by_a_double_enter_are_on(tmp_path: Path) -> None:
    async with office(tmp_path) as (_, _, staff, people):
        page = (await people["mei"].get("/desk/totp")).text
        secret = re.findall(r"<code[^>]*>([A-Z2-7 ]{16,})</code>", page)[0].replace(" ", "")
        answers = await one_after_the_other(people["mei"], "/desk/totp", password=OWN, code=pyotp.TOTP(secret).now())
        assert [answer.headers.get("location") for answer in answers] == ["/desk/totp"] * 2
        assert await staff.has_totp("mei")
