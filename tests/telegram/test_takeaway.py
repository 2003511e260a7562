"""带走 in a chat: the slip as a PDF, by the real service over the stand-in Bot API; and what becomes of it when it cannot be sent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.kiosk import pdf
from botapi import BotApi, Message
from needs import PDF, needs
from person import Person, kept
from service import Service, serving, until
from test_slip import pages, read, squeezed
from test_telegram import TO_THE_SHEET

pytestmark = pytest.mark.asyncio(loop_scope="module")

TAKE = {"zh": "带走（PDF）", "en": "Take it away (PDF)"}
NOT_NOW = "单子没有传过来"


@dataclass(frozen=True, slots=True)
class Bot:
    api: BotApi
    service: Service

    async def reader(self, **who: str) -> Person:
        """Somebody with a sheet before them."""
        person = Person(self.api, **who)
        await person.talks("/start", *TO_THE_SHEET)
        return person


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    needs(*PDF)
    async with BotApi() as api, serving(api, tmp_path_factory.mktemp("takeaway")) as service:
        yield Bot(api, service)


@pytest.fixture(autouse=True)
def healed(bot: Bot) -> None:
    bot.api.heal()


def files(person: Person) -> list[Message]:
    return [message for message in person.chat.view if "document" in message.said]


def told(person: Person) -> list[str]:
    return [message.text for message in person.chat.view if NOT_NOW in message.text]


async def test_the_sheet_comes_as_a_file_of_one_leaf_that_names_nobody(bot: Bot, tmp_path: Path) -> None:
    person, slip = await bot.reader(first_name="王小明"), tmp_path / "slip.pdf"
    before = await kept(bot.service, person.chat.id)
    await person.is_ignored(lambda: person.chat.taps(TAKE["zh"]))
    await until(lambda: files(person))
    [message] = files(person)
    document = message.said["document"]
    assert (document["file_name"], document["mime_type"]) == ("luohu.pdf", "application/pdf")
    assert "没有姓名和证件号" in message.said["caption"] and not message.buttons
    slip.write_bytes(bot.api.files[document["file_id"]])
    assert before is not None and before.receipt and len(pages(slip)) == 2
    text = read(slip)
    assert squeezed("天水") in text and str(before.receipt)[:3] in text and "王小明" not in text
    assert "自助机" not in text, "nobody there stands before one"
    assert await kept(bot.service, person.chat.id) == before, "it changes nothing"
    assert "王小明" not in bot.service.log and str(person.chat.id) not in bot.service.log


async def test_in_english_too(bot: Bot, tmp_path: Path) -> None:
    person, slip = await bot.reader(language_code="en"), tmp_path / "slip.pdf"
    person.chat.taps(TAKE["en"])
    await until(lambda: files(person))
    [message] = files(person)
    slip.write_bytes(bot.api.files[message.said["document"]["file_id"]])
    assert len(pages(slip)) == 2 and "Tianshui" in read(slip)


async def test_who_presses_twice_gets_one_and_nobody_else_waits(tmp_path: Path) -> None:
    needs(*PDF)
    async with BotApi() as api, serving(api, tmp_path) as service:  # the first one is slow: the library is loaded for it
        one = Bot(api, service)
        person, other = await one.reader(), Person(api)
        for _ in range(3):
            person.chat.taps(TAKE["zh"])
        answer = await other.says("/start")
        assert answer.buttons and not files(person), "the answer was there before the file"
        await until(lambda: files(person))
        last = await one.reader()
        last.chat.taps(TAKE["zh"])
        await until(lambda: files(last))  # PDFs are made one after the other
        assert len(files(person)) == 1 and not person.chat.toasts
        assert service.log.count("fault") == 0


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "times", "comes"), [("500", 9, False), ("429", 1, True), ("502", 1, True), ("reset_after", 1, None)]
)
async def test_a_file_that_cannot_be_sent_is_said_to_be_missing_and_nothing_is_lost(
    bot: Bot, kind: str, times: int, comes: bool | None
) -> None:
    person = await bot.reader()
    bot.api.fail(kind, "sendDocument", times=times, seconds=1)
    person.chat.taps(TAKE["zh"])
    await until(lambda: files(person) if comes else told(person))
    assert (bool(files(person)), len(told(person))) == {True: (True, 0), False: (False, 1), None: (True, 1)}[comes]
    bot.api.heal()
    again = await person.says("/result")
    assert TAKE["zh"] in again.buttons, "the sheet is as it was"
    before = len(files(person))
    person.chat.taps(TAKE["zh"])
    await until(lambda: len(files(person)) == before + 1)


@pytest.mark.long
async def test_who_forgets_meanwhile_gets_no_file(bot: Bot) -> None:
    person = await bot.reader()
    bot.api.fail("slow", "sendChatAction", seconds=8)  # which comes before the file is made
    person.chat.taps(TAKE["zh"])
    await until(lambda: [call for call in bot.api.log("sendChatAction") if call.params["action"] == "upload_document"])
    await person.says("/forget", buttons=False)
    await person.says("/start")  # a new visit is none that the file is of
    bot.api.heal()
    await asyncio.sleep(8)
    other = await bot.reader()
    other.chat.taps(TAKE["zh"])
    await until(lambda: files(other))  # PDFs are made one after the other
    assert str(person.chat.id) not in [call.params["chat_id"] for call in bot.api.log("sendDocument")]


async def test_without_a_sheet_the_button_shows_what_is_asked_now(bot: Bot) -> None:
    person = await bot.reader()
    [button] = [data for label, data in person.chat.view[-1].in_full if label == TAKE["zh"]]
    await person.says("/restart")
    await person.is_told(lambda: person.chat.forges(button))
    stranger = Person(bot.api)
    await stranger.says("/start")
    stranger.chat.forges(button)
    await bot.api.all_taken(20)
    assert not files(person) and not files(stranger)


async def test_a_library_that_is_missing_is_missed_and_without_a_list_of_them_they_are_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs(*PDF)
    assert pdf.can_be_made()
    monkeypatch.setattr(pdf, "KNOWN_LIBRARIES", tmp_path / "no list")
    assert pdf.can_be_made()
    monkeypatch.setattr(pdf, "LIBRARIES", (*pdf.LIBRARIES, "libnowhere-1.0.so.0"))
    assert not pdf.can_be_made()
    monkeypatch.undo()
    monkeypatch.setattr(pdf, "LIBRARIES", ("pango-1.0.so.0", *pdf.LIBRARIES))
    assert not pdf.can_be_made(), "the end of another name is no name"


async def test_where_no_pdf_can_be_made_no_button_is_there(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Nowhere:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'weasyprint':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Nowhere())\n"
    )
    async with BotApi() as api, serving(api, tmp_path, PYTHONPATH=str(tmp_path)) as service:
        person = await Bot(api, service).reader()
        labels = [label for label, _ in person.chat.view[-1].in_full]
        assert "材料清单（可打勾）" in labels and TAKE["zh"] not in labels
