"""Two processes behind nginx, as compose.yaml starts them: what one of them said, asked or gave, the other one knows.

nginx asks them by turns, so that a form goes to one of them and the page after it comes from the other.
"""

import asyncio
import hmac
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

import needs
from bot.talk.presses import Press
from bot.talk.visit import Visit
from botapi import BotApi
from clerk import OWN
from cluster import KEY, PUBLIC, Cluster, cluster
from helpers_faults import visits
from helpers_many import CODE, Passer, answered, chief_of, member, owner_of
from person import Person
from postgres import Server
from service import Service, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(slots=True)
class House:
    api: BotApi
    city: Cluster
    database: str

    async def visit(self, person: Person) -> Visit:
        return (await visits(self.database))[hmac.digest(KEY.encode(), f"telegram:{person.chat.id}".encode(), sha256)[:16]]

    def through(self, one: Service) -> None:
        """Telegram's next updates go to this process."""
        assert self.api.webhook is not None
        self.api.webhook.url = f"{one.url}/telegram"


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def a_house(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    needs.needs(*needs.BALANCER)
    database = postgres.new_database()
    async with BotApi() as api, cluster(database, tmp_path_factory.mktemp("city"), api=api, webhook=True) as city:
        await until(lambda: api.webhook is not None)
        yield House(api, city, database)


async def test_a_remark_and_a_code_are_on_the_page_that_the_other_process_makes(house: House) -> None:
    found = Counter[str]()
    one = Passer(house.city.visitor(), Random(1), found)
    await one.begins()
    for press in (Press("why"), Press("answer", ("city", "tianshui")), Press("why"), Press("back")):
        await one.presses(press)
    assert found["remarks"] == 2 and not one.notes
    await one.presses(Press("answer", ("city", "tianshui")))
    await one.sends("/kiosk/code", one.form())
    (code,) = CODE.findall(one.page)
    assert [code in (await one.browser.get("/kiosk")).text for _ in range(2)] == [True, True]
    chief = await chief_of(house.city)
    at = (await chief.post("/desk/code", code=code)).headers["location"]
    assert (await chief.post(f"{at}/check")).status_code == 303
    await answered(chief, at, owner_of(one), house.database)


async def test_without_https_one_is_sent_on_with_all_that_was_asked_and_nothing_more(house: House) -> None:
    for asked in ("/?city=lincang", "/phone/%0d%0aSet-Cookie:%20a=b"):
        sent_on = await house.city.http.get(f"{house.city.plain}{asked}")
        assert (sent_on.status_code, sent_on.headers["location"]) == (301, f"{house.city.url}{asked}")


async def test_an_old_browser_that_says_where_its_page_is_from_is_heard_with_its_port(house: House) -> None:
    """It sends no Sec-Fetch-Site; the page of another port of the same name is another site's."""
    port = house.city.url.rpartition(":")[2]
    for origin, status in ((house.city.url, 303), (f"https://{PUBLIC}", 403), (f"https://other.example:{port}", 403)):
        browser = {"Origin": origin, "User-Agent": "Mozilla/5.0", "Content-Type": "application/x-www-form-urlencoded"}
        sent = await house.city.http.post(f"{house.city.url}/kiosk/begin", content="language=zh", headers=browser)
        assert sent.status_code == status, origin


async def test_of_a_host_that_a_request_names_besides_only_the_port_goes_on(house: House) -> None:
    """A request line with a whole address names the server, whatever Host says."""
    port = house.city.url.rpartition(":")[2]
    asked = (
        f"POST https://{PUBLIC}/kiosk/begin HTTP/1.1\r\nHost: other.example:{port}\r\nOrigin: https://other.example:{port}\r\n"
    )
    body = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\nConnection: close\r\n\r\nlanguage=zh"
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port), ssl=anybody, server_hostname=PUBLIC)
    writer.write((asked + body).encode())
    assert (await reader.read()).split()[1] == b"403"
    writer.close()


async def test_a_one_time_password_is_shown_by_the_other_process_and_once(house: House) -> None:
    chief = await chief_of(house.city)
    mei = await member(house.city, chief, "mei")
    assert (await mei.get("/desk")).status_code == 200
    assert [(await chief.get("/desk/staff")).text.count('class="secret"') for _ in range(2)] == [0, 0]
    token = await chief.token()
    forms = [chief.post("/desk/staff", token, do="add", name="li", role="agent") for _ in range(2)]
    answers = await asyncio.gather(*forms)
    assert [answer.headers.get("location") for answer in answers] == ["/desk/staff"] * 2, "a double Enter is one form"
    assert (await mei.login("mei", OWN)).status_code == 303


async def test_a_text_that_comes_to_one_while_the_other_sends_is_no_answer_to_what_it_sends(house: House) -> None:
    one, other = house.city.services
    person = Person(house.api)
    house.through(one)  # which knows at once what it has sent
    await person.talks("/start", "天水")
    house.api.fail("500", "sendMessage", "editMessageText")
    person.chat.taps("升学或毕业迁户口")
    await house.api.all_taken()
    house.through(other)
    person.chat.says("县城")
    await house.api.all_taken()
    house.api.heal()
    visit = await house.visit(person)
    assert {*visit.session.facts} == {"city", "matter"}
    await until(lambda: person.chat.view[-1].by_bot)


async def test_of_an_album_whose_photos_come_to_both_one_is_answered(house: House) -> None:
    person = Person(house.api)
    await person.talks("/start")
    before = len(person.chat.view)
    for number in range(4):
        house.through(house.city.services[number % 2])
        person.chat.sends_photo(media_group_id="a1")
        await house.api.all_taken()
    await asyncio.sleep(0.3)
    assert len([one for one in person.chat.view[before:] if one.by_bot]) == 1


async def test_a_code_from_a_chat_is_redeemed_and_given_back_whoever_answers(house: House) -> None:
    person = Person(house.api)
    await person.talks("/start", "天水")
    said = await person.says("/handoff", buttons=False)
    (code,) = re.findall(r"\d{3}-\d{3}-\d{4}-\d", said.text)
    chief = await chief_of(house.city)
    at = (await chief.post("/desk/code", code=code)).headers["location"]
    await chief.post(f"{at}/check")
    before = len(person.chat.view)
    assert (await chief.post(f"{at}/give-back")).status_code == 200
    await until(lambda: len(person.chat.view) > before and person.chat.view[-1].buttons, 10)


async def test_who_has_another_key_does_not_start(house: House, tmp_path: Path) -> None:
    other = Service(tmp_path, {"LUOHU_DATABASE": house.database, "LUOHU_KEY": "another", "LUOHU_DESK_LISTEN": "127.0.0.1:0"})
    other.launch()
    await until(lambda: other.process is not None and other.process.poll() is not None, 20)
    assert "LUOHU_KEY 和另一个正在用这个数据库的进程不一样" in other.log
    assert all([await one.status("/ready") == 200 for one in house.city.services])


async def test_when_one_is_killed_the_other_answers_at_once(house: House) -> None:
    found = Counter[str]()
    one = Passer(house.city.visitor(), Random(2), found)
    await one.begins()
    await house.city.services[0].kill()
    await one.presses(Press("answer", ("city", "tianshui")))
    await one.presses(Press("why"))
    assert not one.notes and not found["trouble"]
    assert await house.city.services[1].stop() == 0
