"""The slip to take away: on paper, as a PDF, on one's own phone. The real service, real Chromium, real PDFs.

Long, as every test goes through one hall and one browser, which are slow to open.
"""

import asyncio
import re
import subprocess
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import segno
import weasyprint
from aiohttp import ClientSession, DummyCookieJar
from msgspec.structs import replace
from playwright.async_api import Browser, BrowserContext, Page

from bot.clock import today
from bot.kiosk import pdf
from bot.kiosk import visit_cookie as cookies
from bot.kiosk.hall import Hall as HallOfKiosk
from bot.kiosk.slip import printed
from bot.kiosk.visit_cookie import KIOSK
from bot.kiosk.visit_cookie import PHONE as OWN_PHONE
from bot.rehearse import rehearse
from bot.store.sqlite import SQLiteStore
from bot.talk import codes
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns
from bot.talk.visit import Channel, Visit
from bot.web.pages import rendered
from bot.wording import questions, sentences
from bot.wording import sheet as sheets
from bot.wording.languages import Language
from bot.wording.text import sheet_lines
from bot.wording.view import Card, Sheet, TopicCard
from bot.wording.views import Wording
from botapi import BOT, BotApi
from browser import PHONE, TALL, WIDE, boxes, chromium, faults, overlapping, too_wide
from conftest import BOOK, CITIES
from flows.conversation import Reply, Session, Talk
from flows.facts import Facts
from needs import PDF, needs
from person import Person
from residents import crowd
from service import Service, service, until
from test_cases import RESIDENTS
from visitor import next_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "key"
LANGUAGES = ("zh", "en")
WITH_A_SHEET = [dict(one.facts) for one in RESIDENTS if Talk(BOOK, Session(facts=one.facts)).due is None]
FACTS = {city: max((facts for facts in WITH_A_SHEET if facts["city"] == city), key=len) for city in CITIES}
HALL = {"city": "tianshui", "office": "政务服务大厅", "address": "三楼东侧", "telephone": "窗口电话"}
SIZES = {"a5": (148, 210), "receipt": (80, None)}  # millimetres


# ---- visits that have come to their sheet ----


class Visitor:
    """Somebody who has an answer sheet before them, at the kiosk or on a phone; `name` is what their cookie says."""

    def __init__(self, city: str = "tianshui", language: str = "zh", channel: Channel = "kiosk") -> None:
        self.channel = channel
        self.name = cookies.new_name()
        self.city = city
        self.language = language
        self.receipt = ""
        self.step = 0

    @property
    def at(self) -> str:
        """What the addresses of their door begin with."""
        return self.door.at

    @property
    def door(self) -> cookies.Door:
        return OWN_PHONE if self.channel == "phone" else KIOSK

    @property
    def cookies(self) -> dict[str, str]:
        return {self.door.visit: f"{self.name}.nonce"}

    @property
    def wording(self) -> Wording:
        return Wording(BOOK, self.language)

    @property
    def sheet(self) -> Sheet:
        return self.wording.sheet(Session(self.language, "2026-11-22", "result", dict(FACTS[self.city])))

    def sits_down(self, visit: Visit) -> tuple[Visit, Reply]:
        talk = Talk(BOOK, Session(self.language, "2026-11-22", "result", dict(FACTS[self.city])))
        return visit.having(channel=self.channel, talk=talk), talk.reply()


async def seat(folder: Path, *visitors: Visitor) -> None:
    """Keeps the visits as if they had been talked through, before the service starts."""
    desk = Turns(Runtime(BOOK, SQLiteStore(folder / "luohu.db"), KEY.encode(), 24))
    await desk.runtime.open()
    for visitor in visitors:
        turn = await desk.take(cookies.owner(desk, visitor.name), None, visitor.name, visitor.sits_down)
        visitor.receipt, visitor.step = codes.spoken(turn.visit.receipt), turn.visit.step
    await desk.runtime.store.close()


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    kind: str
    body: bytes
    to: str
    cookies: dict[str, str]

    @property
    def text(self) -> str:
        return self.body.decode()


class Hall:
    """A service with people before it, who ask for pages by HTTP."""

    def __init__(self, one: Service, waiting: list[Visitor], http: ClientSession) -> None:
        self.service = one
        self.waiting = waiting
        self.http = http

    def visitor(self) -> Visitor:
        return self.waiting.pop()

    async def get(self, who: Visitor | None, path: str, **cookies: str) -> Answered:
        return await self.asks("GET", path, _cookie((who.cookies if who else {}) | cookies))

    async def post(self, who: Visitor | None, path: str, **fields: str) -> Answered:
        return await self.asks("POST", path, _cookie(who.cookies if who else {}), fields)

    async def asks(self, method: str, path: str, headers: dict[str, str], fields: dict[str, str] | None = None) -> Answered:
        url = self.service.url + path
        async with self.http.request(method, url, data=fields, headers=headers, allow_redirects=False) as answer:
            cookies = {name: one.value for name, one in answer.cookies.items()}
            to = answer.headers.get("Location", "")
            return Answered(answer.status, answer.content_type, await answer.read(), to, cookies)


def _cookie(cookies: dict[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


@asynccontextmanager
async def hall(one: Service, waiting: list[Visitor]) -> AsyncIterator[Hall]:
    one.settings["LUOHU_KEY"] = KEY
    await seat(one.folder, *waiting)
    try:
        await one.start()
        async with ClientSession(cookie_jar=DummyCookieJar()) as http:
            yield Hall(one, waiting, http)
    finally:
        await one.kill()


PHONES = {(city, language): Visitor(city, language, "phone") for city in CITIES for language in LANGUAGES}
KIOSKS = {
    (city, language): Visitor(city, language) for city, language in [("tianshui", "zh"), ("wenzhou", "en"), ("shaoguan", "zh")]
}


PDFS = [(city, language, "a5") for city, language in PHONES]
PDFS += [(city, LANGUAGES[number % 2], "receipt") for number, city in enumerate(CITIES)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="quiet")
async def without_telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """The bot is off; phones reach our own pages."""
    folder = tmp_path_factory.mktemp("quiet")
    (folder / "hall.yaml").write_text("\n".join(f'{name}: "{said}"' for name, said in HALL.items()), encoding="utf-8")
    one = Service(folder, {"LUOHU_HALL": "hall.yaml"})
    one.settings["LUOHU_PUBLIC_URL"] = one.url + "/"
    async with hall(one, [*PHONES.values(), *KIOSKS.values(), *(Visitor() for _ in range(12))]) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bare")
async def without_anything(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """No bot, no address for phones, and no library for PDFs, as without the extra `print`."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "weasyprint.py").write_text("raise ImportError")
    async with hall(Service(folder, {"PYTHONPATH": str(folder)}), [Visitor(channel="phone"), Visitor()]) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="opened")
async def a_browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@asynccontextmanager
async def screen(opened: Browser, hall: Hall, who: Visitor | None, *, scripts: bool = True) -> AsyncIterator[Page]:
    context: BrowserContext = await opened.new_context(java_script_enabled=scripts, **TALL)
    for name, value in (who.cookies if who else {}).items():
        await context.add_cookies(
            [{"name": name, "value": value, "url": hall.service.url.replace("http:", "https:"), "secure": True, "httpOnly": True}]
        )
    yield await context.new_page()
    await context.close()


def squeezed(text: str) -> str:
    """Without spaces and line ends, which a narrow paper puts anywhere."""
    return re.sub(r"\s+", "", text)


def must_stand_on(who: Visitor) -> list[str]:
    """What a slip is for: every line of the head, its papers, what was said, every clause, the version, the date, the number."""
    sheet, wording = who.sheet, who.wording
    parts: tuple[Card | TopicCard, ...] = (*sheet.cards[:1], *sheet.topics)
    papers = [*sheet.papers, *(paper for topic in sheet.topics for paper in topic.papers)]
    clauses = [*(part.clause for part in parts), *(card.article for card in sheet.cards), *(one.clause for one in sheet.refusals)]
    where = [line for block in sheet.blocks for line in block.lines]
    session = Session(who.language, facts=dict(FACTS[who.city]))
    said = [choice.label for choice in questions.answer_list(wording, Talk(BOOK, session))]
    told = () if who.channel == "phone" and who.city != HALL["city"] else tuple(HALL[name] for name in HALL if name != "city")
    hall = wording.hall_heading("phone" if who.channel == "phone" else "paper", "tianshui", session)
    return [
        sheet.title,
        *(paper.name for paper in papers),
        *clauses,
        *where,
        *said,
        *((hall, *told) if told else ()),
        *sheet.footer,
        *sheet.source[:-1],
        wording.day(today()),  # whatever the day on which it began
        wording.receipt(who.receipt),
    ]


def slip_of(facts: dict[str, Any], language: str) -> str:
    """The page of a slip for somebody who said all this, as the service makes it."""
    words, session = Language(language), Session(language, today(), "result", facts)
    sheet = replace(sheets.sheet(BOOK, words, session), receipt="123-456-7890-3")
    return rendered("slip.html", language, **printed(words, Talk(BOOK, session), sheet, "a5", HallOfKiosk(**HALL), "paper"))


def run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def read(file: Path) -> str:
    """A file's text as it lies and as it was drawn: of a line in two fonts the tool may tear one of them apart.

    What a page's end divides is one text again: without the pages' numbers and ends.
    """
    texts = (run("pdftotext", order, file, "-") for order in ("-layout", "-raw"))
    return " ".join(squeezed(re.sub(r"^\s*\d+ / \d+\s*$", "", text, flags=re.MULTILINE)) for text in texts)


def pages(file: Path) -> list[tuple[float, float]]:
    """The pages' sizes in millimetres."""
    sizes = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+)", run("pdfinfo", "-l", "99", file))
    return [(float(width) / 72 * 25.4, float(height) / 72 * 25.4) for width, height in sizes]


# ---- on paper ----


@pytest.mark.long
@pytest.mark.parametrize(("city", "language", "paper"), PDFS)
async def test_a_pdf_says_everything_in_a_font_of_its_own_and_nothing_of_whose_it_is(
    quiet: Hall, tmp_path: Path, city: str, language: str, paper: str
) -> None:
    needs(*PDF)
    who, file = PHONES[city, language], tmp_path / "slip.pdf"
    began = time.perf_counter()
    answer = await quiet.get(who, f"/phone/slip/{paper}.pdf")
    file.write_bytes(answer.body)
    print(f"pdf {city} {language} {paper} seconds={time.perf_counter() - began:.2f} bytes={file.stat().st_size}")
    assert (answer.status, answer.kind) == (200, "application/pdf")
    fonts = run("pdffonts", file).splitlines()[2:]
    assert fonts and all(re.search(r" yes yes yes ", font) for font in fonts), fonts
    assert all(re.match(r"[A-Z]{6}\+Slip(-Latin)?(-Bold)? ", font) for font in fonts), f"a font of this machine: {fonts}"
    assert ("Latin" in fonts[0]) == (language == "en"), (
        "each language in letters of its own, with quotation marks of its own width"
    )
    text, about = read(file), run("pdfinfo", file)
    assert [line for line in must_stand_on(who) if squeezed(line) not in text] == []
    width, height = SIZES[paper]
    assert all(abs(page[0] - width) < 0.5 and (height is None or abs(page[1] - height) < 0.5) for page in pages(file))
    assert paper == "a5" or len(pages(file)) == 1, "a roll is one piece"
    assert re.search(rf"Title: +{re.escape(who.wording._('落户告知单'))}\n", about) and re.search("Tagged: +yes", about)
    assert 'pdfuaid:part="1"' in run("pdfinfo", "-meta", file)
    assert not any(who.name in found for found in (text, about, file.read_bytes().decode("latin-1")))


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
async def test_whoever_it_is_for_a_slip_is_one_leaf_with_what_to_do_in_front(language: str) -> None:
    needs(*PDF)
    styles, fonts = pdf._styles()
    some = [resident.facts for resident in RESIDENTS[:: max(1, len(RESIDENTS) // 30)]]
    for facts in (*some, *the_longest(language)):
        html = slip_of(dict(facts), language)
        drawn = weasyprint.HTML(string=html).render(stylesheets=styles, font_config=fonts)
        in_front = [number for number, page in enumerate(drawn.pages) if "cut-front" in page.anchors]
        asks = Wording(BOOK, language).sheet(Session(language, facts=dict(facts))).block("asks")
        assert all(f'lang="zh-CN">{line}</p>' in html for line in (asks.chinese if asks else ())), facts
        assert (len(drawn.pages), in_front) == (2, [0]), facts


def the_longest(language: str) -> list[Facts]:
    """Of people drawn at random, whose sheets say most in a language: of each city the first four."""
    words = Language(language)
    drawn = [rehearse(BOOK, resident).talk.facts for resident in crowd(1000, seed=23)]
    made = [(sheets.sheet(BOOK, words, Session(language, facts=dict(facts))), facts) for facts in drawn]
    made.sort(key=lambda one: -len("".join(sheet_lines(words, one[0]))))
    return [facts for city in CITIES for facts in [facts for _, facts in made if facts["city"] == city][:4]]


async def test_a_windows_scanner_reads_the_number_and_nothing_else(quiet: Hall) -> None:
    who = PHONES["tianshui", "zh"]
    shown = (await quiet.get(who, "/phone/slip/a5")).text
    number = who.receipt.replace("-", "")
    dark = segno.make_qr(number, error="m").svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    found = re.search(r' d="(M4[^"]+)"', dark)
    assert codes.heard(number) and found and f' d="{found[1]}"' in shown


@pytest.mark.long
@pytest.mark.parametrize("paper", SIZES)
@pytest.mark.parametrize(("city", "language"), KIOSKS)
async def test_printed_by_the_browser_nothing_is_cut_off(
    quiet: Hall, opened: Browser, tmp_path: Path, city: str, language: str, paper: str
) -> None:
    needs("poppler-utils")
    who, file = KIOSKS[city, language], tmp_path / "slip.pdf"
    async with screen(opened, quiet, who) as page:
        await page.goto(f"{quiet.service.url}/kiosk/slip/{paper}")
        assert await page.locator("#print").is_visible()
        await page.emulate_media(media="print")
        await page.set_viewport_size({"width": 468 if paper == "a5" else 272, "height": 800})  # what the margins leave
        assert not await page.locator("header, .ask, .small").filter(visible=True).count()
        outside = (
            "[...document.querySelectorAll('.slip *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert await page.evaluate(outside) == 0
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        file.write_bytes(await page.pdf(prefer_css_page_size=True))
        assert await page.title() == who.wording._("落户咨询")
    text = read(file)
    assert [line for line in must_stand_on(who) if squeezed(line) not in text] == []
    assert all(abs(page[0] - SIZES[paper][0]) < 0.5 for page in pages(file))


async def test_the_button_prints_and_without_scripts_there_is_none(quiet: Hall, opened: Browser) -> None:
    who = KIOSKS["tianshui", "zh"]
    async with screen(opened, quiet, who) as page:
        await page.add_init_script("window.print = () => { window.printed = true }")
        await page.goto(f"{quiet.service.url}/kiosk/slip/a5")
        await page.click("#print")
        assert await page.evaluate("window.printed")
    async with screen(opened, quiet, who, scripts=False) as page:
        await page.goto(f"{quiet.service.url}/kiosk/slip/a5")
        assert not await page.locator("#print").is_visible()
        assert await page.locator(".slip").is_visible()


async def test_a_file_is_offered_on_a_phone_and_never_on_a_machine_for_everybody(quiet: Hall) -> None:
    assert "/phone/slip/a5.pdf" in (await quiet.get(PHONES["tianshui", "zh"], "/phone/slip/a5")).text
    assert "a5.pdf" not in (await quiet.get(KIOSKS["tianshui", "zh"], "/kiosk/slip/a5")).text
    assert (await quiet.get(KIOSKS["tianshui", "zh"], "/kiosk/slip/a5.pdf")).status == 404


@pytest.mark.parametrize("size", [TALL, pytest.param(WIDE, marks=pytest.mark.long), PHONE], ids=["tall", "wide", "phone"])
async def test_every_screen_can_be_read_and_reached(quiet: Hall, opened: Browser, size: dict[str, Any]) -> None:
    who = PHONES["tieling", "zh"] if size is PHONE else KIOSKS["tianshui", "zh"]
    async with screen(opened, quiet, who) as page:
        await page.set_viewport_size(size["viewport"])
        for path in (f"{who.at}/slip", f"{who.at}/slip/a5", f"/phone/{'x' * 22}"):
            await page.goto(quiet.service.url + path)
            found = await boxes(page)
            assert (await faults(page), await too_wide(page), overlapping(found)) == ([], 0, []), path
            assert all(box["height"] >= (56 if size is PHONE else 96) for box in found), path


async def test_the_number_stands_where_it_is_said_to_be_copied(quiet: Hall) -> None:
    for who in (KIOSKS["tianshui", "zh"], PHONES["tianshui", "zh"]):
        shown = (await quiet.get(who, f"{who.at}/slip")).text
        assert who.receipt and who.receipt in shown


async def test_what_cannot_be_pressed_on_paper_is_not_said_there(quiet: Hall) -> None:
    who = KIOSKS["shaoguan", "zh"]
    assert who.sheet.unasked and "看看别的途径" in who.sheet.unasked
    shown = (await quiet.get(who, "/kiosk/slip/a5")).text
    assert "看看别的途径" not in shown and "可以再来问一次" in shown


async def test_on_the_slip_of_another_city_the_hall_is_said_not_to_be_the_place_to_go(quiet: Hall) -> None:
    elsewhere = (await quiet.get(KIOSKS["shaoguan", "zh"], "/kiosk/slip/a5")).text
    assert "<h2>打印这张单子的大厅（不办韶关的户口）</h2>" in elsewhere
    assert "<h2>打印这张单子的大厅</h2>" in (await quiet.get(KIOSKS["tianshui", "zh"], "/kiosk/slip/a5")).text
    assert "<h2>自助机所在的大厅</h2>" in (await quiet.get(PHONES["tianshui", "zh"], "/phone/slip/a5")).text


@pytest.mark.long
async def test_where_the_halls_printer_is_known_nobody_has_to_choose_its_paper(quiet: Hall, tmp_path: Path) -> None:
    chosen = (await quiet.get(KIOSKS["tianshui", "zh"], "/kiosk/slip")).text
    assert "/kiosk/slip/a5" in chosen and "/kiosk/slip/receipt" in chosen
    (tmp_path / "hall.yaml").write_text("paper: receipt", encoding="utf-8")
    async with hall(Service(tmp_path, {"LUOHU_HALL": "hall.yaml"}), [Visitor(), Visitor(channel="phone")]) as opened:
        here, phone = opened.waiting
        offered = (await opened.get(here, "/kiosk/slip")).text
        assert re.findall(r'<a class="button primary" href="([^"]+)">([^<]+)<', offered) == [("/kiosk/slip/receipt", "打印")]
        assert "/kiosk/slip/a5" not in offered
        assert "/phone/slip/a5" in (await opened.get(phone, "/phone/slip")).text


async def test_without_a_sheet_there_is_nothing_to_take_away(quiet: Hall) -> None:
    for path in ("/kiosk/slip", "/kiosk/slip/a5", "/kiosk/slip/receipt.pdf", "/kiosk/slip/phone.svg"):
        answer = await quiet.get(None, path)
        assert (answer.status, answer.to) == (303, "/kiosk/over"), path
    assert (await quiet.get(KIOSKS["tianshui", "zh"], "/kiosk/slip/a4")).status == 404


async def test_where_pdfs_cannot_be_made_nothing_offers_them(bare: Hall) -> None:
    who, _ = bare.waiting
    shown = await bare.get(who, "/phone/slip/a5")
    assert shown.status == 200 and who.receipt in shown.text and ".pdf" not in shown.text
    assert (await bare.get(who, "/phone/slip/a5.pdf")).status == 404


async def test_pdfs_are_made_one_at_a_time_and_not_everybody_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    go_on = threading.Event()

    def slow(html: str) -> bytes:
        begun.append(html)
        go_on.wait(20)
        return b"%PDF"

    monkeypatch.setattr(pdf, "draw", slow)
    printer = pdf.Printer()
    waiting = [asyncio.create_task(printer.pdf(str(number))) for number in range(pdf.AT_ONCE + pdf.WAITING)]
    await until(lambda: begun)
    with pytest.raises(pdf.TooBusy):
        await printer.pdf("one more")
    assert len(begun) == pdf.AT_ONCE
    go_on.set()
    assert await asyncio.gather(*waiting) == [b"%PDF"] * len(waiting)
    assert await printer.pdf("later") == b"%PDF"


async def test_the_sheet_as_text_ends_with_its_number() -> None:
    who = Visitor()
    lines = list(sheet_lines(who.wording, replace(who.sheet, receipt="123-456-7890-3")))
    assert lines[-1] == who.wording.receipt("123-456-7890-3")


# ---- on the phone ----


async def asks_for_a_code(hall: Hall, who: Visitor) -> str:
    """Presses the button on the kiosk; the cookie that the kiosk keeps of it."""
    assert f'name="step" value="{who.step}"' in (await hall.get(who, "/kiosk/slip")).text
    answer = await hall.post(who, "/kiosk/slip/phone", step=str(who.step))
    assert (answer.status, answer.to) == (303, "/kiosk/slip/phone")
    return answer.cookies[cookies.LINK]


def drawn(link: str) -> str:
    """The dark modules of a link's QR code, as the path of a drawing."""
    found = re.search(r' d="([^"]+)"', segno.make_qr(link, error="m").svg_inline(border=4, omitsize=True))
    assert found is not None
    return found[1]


async def test_the_code_leads_to_the_link_and_is_there_only_after_it_was_asked_for(quiet: Hall) -> None:
    who = quiet.visitor()
    assert (await quiet.get(who, "/kiosk/slip/phone")).to == "/kiosk/slip"
    assert "phone.svg" not in (await quiet.get(who, "/kiosk/slip/a5")).text
    kept = await asks_for_a_code(quiet, who)
    link = f"{quiet.service.url}/phone/{kept[:22]}"
    svg = await quiet.get(who, "/kiosk/slip/phone.svg", **{cookies.LINK: kept})
    picture = svg.text
    assert svg.kind == "image/svg+xml" and "style" not in picture
    assert f'd="{drawn(link)}"' in picture and drawn(link) != drawn(link[:-1] + "_")
    assert "phone.svg" in (await quiet.get(who, "/kiosk/slip/a5", **{cookies.LINK: kept})).text
    stranger = quiet.visitor()
    assert (await quiet.get(stranger, "/kiosk/slip/phone.svg", **{cookies.LINK: kept})).status == 404


async def test_a_stale_form_makes_no_code_and_one_from_elsewhere_is_refused(quiet: Hall) -> None:
    who = quiet.visitor()
    stale = await quiet.post(who, "/kiosk/slip/phone", step="1")
    assert stale.to == "/kiosk/slip" and cookies.LINK not in stale.cookies
    for path in ("/kiosk/slip/phone", f"/phone/{'x' * 22}"):
        answer = await quiet.asks("POST", path, {"Sec-Fetch-Site": "cross-site"}, {"step": "1"})
        assert answer.status == 403


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_the_phone_goes_on_and_the_kiosk_has_nothing_any_more(quiet: Hall, opened: Browser, scripts: bool) -> None:
    who = quiet.visitor()
    async with screen(opened, quiet, who, scripts=scripts) as kiosk, screen(opened, quiet, None, scripts=scripts) as phone:
        await kiosk.goto(f"{quiet.service.url}/kiosk/slip")
        await kiosk.click("form[action='/kiosk/slip/phone'] button")
        await kiosk.wait_for_url(f"{quiet.service.url}/kiosk/slip/phone")
        await kiosk.wait_for_load_state()
        assert await kiosk.locator("img").evaluate("one => one.decode().then(() => one.naturalWidth > 0)")
        token = next(one["value"] for one in await kiosk.context.cookies() if one["name"] == cookies.LINK)[:22]
        for _ in range(3):  # a preview, and a page that was loaded again
            assert (await quiet.get(None, f"/phone/{token}")).status == 200
        await phone.set_viewport_size({"width": 390, "height": 800})
        await phone.goto(f"{quiet.service.url}/phone/{token}")
        assert token not in await phone.title()
        assert await phone.evaluate("document.documentElement.scrollWidth") <= 390 if scripts else True
        if scripts:
            await kiosk.clock.install()
            await kiosk.reload()
        assert await kiosk.locator(".qr").count() == 1
        await phone.click("form button")
        assert phone.url == f"{quiet.service.url}/"
        if scripts:
            async with next_page(kiosk):
                await kiosk.clock.run_for(5100)
        moved = kiosk.locator("h1", has_text=who.wording.moved_to_phone())
        await moved.wait_for(timeout=8000)  # without scripts the page asks by itself, too
        assert await kiosk.context.cookies() == [] and who.receipt not in await kiosk.content()
        if scripts:
            assert await faults(kiosk) == []
            async with next_page(kiosk):
                await kiosk.clock.run_for(8100)
        await kiosk.locator(".languages").wait_for(timeout=12_000)
        await kiosk.goto(f"{quiet.service.url}/kiosk")
        assert not await moved.count(), "it is said once"
        await phone.goto(f"{quiet.service.url}/phone/slip/a5")
        assert who.receipt in await phone.content()
        await kiosk.goto(f"{quiet.service.url}/kiosk/slip/a5")
        assert kiosk.url == f"{quiet.service.url}/kiosk/over"
        assert who.receipt not in await kiosk.content() and await kiosk.context.cookies() == []


async def test_a_link_works_once_and_a_second_tap_finds_the_same_visit(quiet: Hall) -> None:
    who = quiet.visitor()
    token = (await asks_for_a_code(quiet, who))[:22]
    mine, other = cookies.new_name(), cookies.new_name()
    for _ in range(2):
        answer = await quiet.post(None, f"/phone/{token}", visit=mine)
        assert (answer.status, answer.to) == (303, "/")
        assert answer.cookies[OWN_PHONE.visit].startswith(f"{mine}.")
    for path, name in ((token, other), ("x" * 22, other), (token, "short"), ("wrong", other)):
        answer = await quiet.post(None, f"/phone/{path}", visit=name)
        assert answer.status == 410 and OWN_PHONE.visit not in answer.cookies, path
        assert 'href="/"' in answer.text
    assert token not in quiet.service.log and mine not in quiet.service.log


async def test_where_phones_cannot_reach_us_there_is_no_code(bare: Hall) -> None:
    _, who = bare.waiting
    shown = await bare.get(who, "/kiosk/slip")
    assert shown.status == 200 and "/kiosk/slip/phone" not in shown.text
    assert cookies.LINK not in (await bare.post(who, "/kiosk/slip/phone", step=str(who.step))).cookies


@pytest.mark.long
async def test_with_the_bot_on_the_code_goes_on_in_telegram_once(tmp_path: Path) -> None:
    async with BotApi() as api, hall(service(api, tmp_path), [Visitor()]) as opened:
        who = opened.visitor()
        kept = await asks_for_a_code(opened, who)
        svg = await opened.get(who, "/kiosk/slip/phone.svg", **{cookies.LINK: kept})
        assert drawn(f"https://t.me/{BOT['username']}?start={kept[:22]}") in svg.text
        wrong = await Person(api).says(f"/start {'x' * 22}")
        assert who.wording.welcome()[0] in wrong.text
        busy = Person(api)
        await busy.talks("/start", "温州")
        assert who.wording(sentences.OWN_ANSWERS) in (await busy.says(f"/start {kept[:22]}")).text, "nobody's answers go unasked"
        arrived = await Person(api).says(f"/start {kept[:22]}")
        assert who.sheet.cards[0].title in arrived.text and who.receipt in arrived.text
        late = await Person(api).says(f"/start {kept[:22]}")
        assert who.wording.welcome()[0] in late.text
        assert (await opened.get(who, "/kiosk/slip")).to == "/kiosk"
        assert kept[:22] not in opened.service.log and who.name not in opened.service.log
