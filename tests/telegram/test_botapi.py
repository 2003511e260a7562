"""The stand-in behaves as Telegram does: driven by the real client, webhooks taken by a server of the test.

Long, as the stand-in has a test for everything of Telegram that it plays.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import ClientSession, MultipartWriter, web
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import (
    BadRequest,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from botapi import BotApi, Chat, Json, Message, read_html
from conftest import ROOT

pytestmark = pytest.mark.asyncio

WORD = "s3cret"  # of the webhook


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's own retry_after is a timedelta; without this it warns, and a warning fails a test."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@asynccontextmanager
async def talk(**settings: Any) -> AsyncIterator[tuple[BotApi, Bot, Chat]]:
    """The stand-in, the real client, and a person who has said one word."""
    async with BotApi(**settings) as api, client(api.url, api.token) as bot:
        chat = api.chat(first_name="王小明", username="canary", language_code="en")
        chat.says("/start")
        yield api, bot, chat


def client(url: str, token: str) -> Bot:
    request, polling = (HTTPXRequest(httpx_kwargs={"trust_env": False}) for _ in range(2))
    return Bot(token, base_url=f"{url}/bot", request=request, get_updates_request=polling)


@asynccontextmanager
async def webhook(take: Callable[[Json, int], Awaitable[web.Response]]) -> AsyncIterator[tuple[str, list[Json]]]:
    """A server that hands every update to `take` with the number of the delivery: (its URL, the updates that came)."""
    came: list[Json] = []

    async def on_post(request: web.Request) -> web.Response:
        assert request.headers["X-Telegram-Bot-Api-Secret-Token"] == WORD
        came.append(await request.json())
        return await take(came[-1], len(came))

    app = web.Application()
    app.router.add_post("/hook", on_post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", came
    finally:
        await runner.cleanup()


def keyboard(**buttons: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)] for label, data in buttons.items()])


def rows(*rows: Any) -> Any:
    """A keyboard that the client would not build."""
    return {"inline_keyboard": rows}


def texts(updates: Any) -> list[str]:
    return [update.message.text for update in updates]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not holds():  # holds by what another task does
            await asyncio.sleep(0.005)


async def tell(api: BotApi, verb: str, **named: Any) -> tuple[int, Any]:
    async with ClientSession() as http, http.post(f"{api.url}/control/{verb}", json=named) as answer:
        return answer.status, await answer.json()


# ---- polling ----


async def test_polling_gives_what_is_not_confirmed_and_only_what_is_wanted() -> None:
    async with talk() as (api, bot, chat):
        assert (await bot.get_me()).username == "luohu_bot"
        first, again = await bot.get_updates(timeout=0), await bot.get_updates(timeout=0)
        assert texts(first) == texts(again) == ["/start"]
        user = first[0].effective_user
        assert user is not None and (user.first_name, user.username, user.language_code) == ("王小明", "canary", "en")
        assert first[0].message is not None and first[0].message.entities[0].type == "bot_command"
        chat.says("一")
        chat.says("二")
        assert texts(await bot.get_updates(first[0].update_id + 1, limit=1, timeout=0)) == ["一"]
        assert texts(await bot.get_updates(-1, timeout=0)) == ["二"]
        assert texts(await bot.get_updates(timeout=0)) == ["二"]
        assert await bot.get_updates(first[0].update_id + 3, timeout=0, allowed_updates=["callback_query"]) == ()
        assert "update_id" not in chat.says("三")
        assert api.pending == {}


async def test_a_poll_waits_for_news_and_a_second_poll_ends_the_first() -> None:
    async with talk() as (api, bot, chat):
        offset = (await bot.get_updates(timeout=0))[0].update_id + 1
        waiting = asyncio.create_task(bot.get_updates(offset, timeout=5))
        await until(lambda: len(api.log("getUpdates")) == 2)
        chat.says("醒醒")
        (update,) = await asyncio.wait_for(waiting, 1)
        first = asyncio.create_task(bot.get_updates(update.update_id + 1, timeout=5))
        await until(lambda: len(api.log("getUpdates")) == 3)
        second = asyncio.create_task(bot.get_updates(update.update_id + 1, timeout=5))
        with pytest.raises(Conflict, match="other getUpdates"):
            await first
        chat.says("再来")
        assert texts(await second) == ["再来"]


async def test_updates_in_the_queue_grow_old() -> None:
    async with talk() as (api, bot, chat):
        message = await bot.send_message(chat.id, "选吗？", reply_markup=keyboard(选="a"))
        chat.taps("选")
        api.passes(151)
        assert texts(await bot.get_updates(timeout=0)) == ["/start"]
        api.passes(86_400)
        await api.all_taken()
        assert await bot.get_updates(timeout=0) == ()
        api.passes(86_400)
        with pytest.raises(BadRequest, match="can't be deleted"):
            await bot.delete_message(chat.id, message.message_id)


# ---- what the bot shows ----


async def test_the_person_sees_messages_as_they_are_now() -> None:
    async with talk() as (api, bot, chat):
        sent = await bot.send_message(
            chat.id, "<b>您</b>在哪个市？", parse_mode="HTML", reply_markup=keyboard(温州="c.wz", 铁岭="c.tl")
        )
        (message,) = await chat.next_view()
        assert (message.id, message.text, message.edited) == (2, "您在哪个市？", 0)
        assert message.buttons == [("温州", "c.wz"), ("铁岭", "c.tl")]
        assert sent.entities[0].type == "bold" and sent.chat.id == chat.id
        await bot.edit_message_text("温州。", chat.id, sent.message_id)
        (message,) = await chat.next_view()
        assert (message.text, message.buttons, message.edited) == ("温州。", [], 1)
        await bot.edit_message_reply_markup(chat.id, sent.message_id, reply_markup=keyboard(改="c"))
        assert (await chat.next_view())[0].buttons == [("改", "c")]
        assert await bot.delete_message(chat.id, sent.message_id)
        assert await chat.next_view() == ()
        with pytest.raises(TimeoutError):
            await chat.next_view(timeout=0.01)
        assert await bot.delete_messages(chat.id, [1, 2, 3]) and chat.messages == {}
        assert await bot.send_chat_action(chat.id, "typing")
        assert [call.method for call in api.log()][1:] == (
            ["sendMessage", "editMessageText", "editMessageReplyMarkup", "deleteMessage", "deleteMessages", "sendChatAction"]
        )
        assert {call.outcome for call in api.calls} == {"ok"}


REFUSED: list[tuple[str, Callable[[Bot, int], Awaitable[Any]]]] = [
    ("message text is empty", lambda bot, chat: bot.send_message(chat, " \n")),
    ("message text is empty", lambda bot, chat: bot.send_message(chat, "<b></b>", parse_mode="HTML")),
    ("message is too long", lambda bot, chat: bot.send_message(chat, "😀" * 2049)),
    ("wrong remote file identifier", lambda bot, chat: bot.send_document(chat, "nothing-of-ours")),
    ("file must be non-empty", lambda bot, chat: bot.send_document(chat, b"")),
    ("message caption is too long", lambda bot, chat: bot.send_document(chat, b"%PDF", caption="户" * 1025)),
    ("Unsupported start tag", lambda bot, chat: bot.send_message(chat, "<h1>x</h1>", parse_mode="HTML")),
    ("can't find end tag", lambda bot, chat: bot.send_message(chat, "<b>x", parse_mode="HTML")),
    ("unexpected end tag", lambda bot, chat: bot.send_message(chat, "<b><i>x</b></i>", parse_mode="HTML")),
    ("unsupported start tag", lambda bot, chat: bot.send_message(chat, "1 < 2", parse_mode="HTML")),
    ("BUTTON_DATA_INVALID", lambda bot, chat: bot.send_message(chat, "x", reply_markup=keyboard(甲="户" * 22))),
    ("BUTTON_DATA_INVALID", lambda bot, chat: bot.send_message(chat, "x", reply_markup=keyboard(甲=""))),
    ("text buttons are unallowed", lambda bot, chat: bot.send_message(chat, "x", reply_markup=rows([{"text": "x"}]))),
    ("array of arrays", lambda bot, chat: bot.send_message(chat, "x", reply_markup=rows("x"))),
    ("chat not found", lambda bot, chat: bot.send_message(77, "x")),
    ("message is not modified", lambda bot, chat: bot.edit_message_text("在", chat, 2)),
    ("message is not modified", lambda bot, chat: bot.edit_message_reply_markup(chat, 2)),
    ("message to edit not found", lambda bot, chat: bot.edit_message_text("x", chat, 99)),
    ("message can't be edited", lambda bot, chat: bot.edit_message_text("x", chat, 1)),
    ("message to delete not found", lambda bot, chat: bot.delete_message(chat, 99)),
    ("query is too old", lambda bot, chat: bot.answer_callback_query("99")),
    ("wrong parameter action", lambda bot, chat: bot.send_chat_action(chat, "dancing")),
    ("BOT_COMMAND_INVALID", lambda bot, chat: bot.set_my_commands([BotCommand("Über", "x")])),
    ("secret token", lambda bot, chat: bot.set_webhook("http://127.0.0.1:1/", secret_token=WORD + "密")),
    ("HTTPS URL", lambda bot, chat: bot.set_webhook("ftp://x")),
]


async def test_what_telegram_refuses_is_refused() -> None:
    async with talk() as (api, bot, chat):
        await bot.send_message(chat.id, "在")
        for words, call in REFUSED:
            with pytest.raises(BadRequest, match=f"(?i){words}"):
                await call(bot, chat.id)
        assert [message.text for message in chat.view] == ["在"]
        with pytest.raises(EndPointNotFound):
            await bot.do_api_request("danceForMe")
        with pytest.raises(InvalidToken, match="rejected by the server"):
            async with client(api.url, "4242:guessed"):
                pass
        assert (await bot.get_me()).id == 4242
        await bot.send_message(chat.id, "😀" * 2048)
        await bot.send_message(chat.id, "x", reply_markup=keyboard(甲="户" * 21))


@pytest.mark.parametrize(
    ("source", "shown", "kinds"),
    [
        ("a &lt; b &amp;&#33; &copy; > c", "a < b &! &copy; > c", []),
        ("<b>粗<i>斜</i></b>", "粗斜", ["bold 0 2", "italic 1 1"]),
        ('😀<a href="https://x/?a=1&amp;b">文</a>', "😀文", ["text_link 2 1"]),
        (
            '<blockquote expandable>x</blockquote><code class="language-y">y</code>',
            "xy",
            ["expandable_blockquote 0 1", "code 1 1"],
        ),
        (
            "<u>u</u><s>s</s><pre>p</pre><tg-spoiler>t</tg-spoiler>",
            "uspt",
            ["underline 0 1", "strikethrough 1 1", "pre 2 1", "spoiler 3 1"],
        ),
    ],
)
async def test_html_is_read_as_telegram_reads_it(source: str, shown: str, kinds: list[str]) -> None:
    text, entities = read_html(source)
    assert (text, [f"{one['type']} {one['offset']} {one['length']}" for one in entities]) == (shown, kinds)


async def test_a_call_may_be_written_in_each_of_telegrams_ways() -> None:
    async with talk() as (api, _, chat), ClientSession() as http:
        url, say = f"{api.url}/bot{api.token}/sendmessage", {"chat_id": str(chat.id), "text": "在"}
        multipart = MultipartWriter("form-data")
        for name, value in say.items():
            multipart.append(value).set_content_disposition("form-data", name=name)
        for method, how in (
            ("GET", {"params": say}),
            ("POST", {"data": say}),
            ("POST", {"json": say}),
            ("POST", {"data": multipart}),
        ):
            async with http.request(method, url, **how) as answer:
                assert (answer.status, (await answer.json())["result"]["text"]) == (200, "在"), how
        async with http.post(url, data=b"[1", headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["ok"]) == (400, False)
        assert len(chat.view) == 4


async def test_profile_is_kept_by_language() -> None:
    async with talk() as (api, bot, _):
        assert await bot.set_my_commands([BotCommand("start", "开始")])
        assert await bot.set_my_commands([BotCommand("start", "Begin")], language_code="en")
        assert (await bot.get_my_commands())[0].description == "开始"
        assert (await bot.get_my_commands(language_code="en"))[0].description == "Begin"
        assert await bot.set_my_description("查落户途径") and await bot.set_my_short_description("落户")
        assert sorted(part for part, _, language in api.profile if not language) == [
            "commands",
            "description",
            "short_description",
        ]


# ---- the person ----


async def test_taps_are_answered_once_and_in_time() -> None:
    async with talk() as (api, bot, chat):
        await bot.send_message(chat.id, "旧", reply_markup=keyboard(甲="old"))
        await bot.send_message(chat.id, "新", reply_markup=keyboard(甲="new", 乙="b"))
        chat.taps("甲")
        chat.taps("old", message_id=2)
        chat.forges("anything", message_id=99)
        with pytest.raises(LookupError, match="no button"):
            chat.taps("丙")
        taps = [update.callback_query for update in await bot.get_updates(timeout=0) if update.callback_query]
        assert [(tap.data, tap.message.message_id) for tap in taps if tap.message] == [("new", 3), ("old", 2), ("anything", 99)]
        assert taps[2].message is not None and not taps[2].message.is_accessible
        await taps[0].answer("记下了")
        assert chat.toasts == ["记下了"]
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await taps[0].answer()
        api.query_age = 15
        api.passes(16)
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await taps[1].answer()


async def test_everything_a_person_can_send_arrives_as_the_client_knows_it() -> None:
    async with talk() as (api, bot, chat):
        chat.sends_photo()
        chat.sends_sticker()
        chat.sends_voice()
        chat.sends_document()
        chat.sends_contact()
        chat.sends_location()
        chat.forwards("转来的")
        chat.edits(1, "改了")
        chat.writes_to_business("您好")
        group, channel = api.chat(kind="group"), api.chat(kind="channel", title="公告")
        group.says("大家好", by=chat.id)
        post = channel.says("通知")["channel_post"]
        channel.edits(post["message_id"], "更正")
        chat.blocks()
        got = (await bot.get_updates(timeout=0))[1:]
        assert [update.update_id for update in got] == list(range(got[0].update_id, got[0].update_id + 13))
        sent = [update.message for update in got if update.message]
        kinds = "photo sticker voice document contact location forward_origin text".split()
        assert all(getattr(message, kind) for message, kind in zip(sent, kinds, strict=True))
        assert sent[-1].chat.type == "group" and sent[-1].from_user is not None and sent[-1].from_user.id == chat.id
        assert [update.edited_message.text for update in got if update.edited_message] == ["改了"]
        assert [update.business_message.text for update in got if update.business_message] == ["您好"]
        assert [update.channel_post.text for update in got if update.channel_post] == ["通知"]
        assert [update.edited_channel_post.text for update in got if update.edited_channel_post] == ["更正"]
        assert [update.my_chat_member.new_chat_member.status for update in got if update.my_chat_member] == ["kicked"]
        with pytest.raises(Forbidden, match="blocked by the user"):
            await bot.send_message(chat.id, "在吗？")
        chat.unblocks()
        assert await bot.send_message(chat.id, "在吗？")


# ---- webhook ----


async def test_webhook_goes_on_after_2xx_only_and_taps_have_a_queue_of_their_own() -> None:
    held = asyncio.Event()

    async def take(update: Json, number: int) -> web.Response:
        if "message" in update and not held.is_set():
            await held.wait()
            return web.Response(status=500)
        return web.Response()

    async with talk() as (api, bot, chat), webhook(take) as (url, came):
        api.pace = 0.01
        await bot.send_message(chat.id, "选", reply_markup=keyboard(甲="a"))
        await bot.set_webhook(url, secret_token=WORD, max_connections=5)
        chat.says("慢")
        chat.taps("甲")
        await until(lambda: len(came) == 2)
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates(timeout=0)
        held.set()
        await api.all_taken()
        told = [update["message"]["text"] if "message" in update else "tap" for update in came]
        assert told == ["/start", "tap", "/start", "慢"]
        info = await bot.get_webhook_info()
        assert (info.url, info.max_connections, info.pending_update_count) == (url, 5, 0)
        assert info.last_error_message is not None and "500" in info.last_error_message


async def test_webhook_comes_again_later_and_later_or_when_it_is_told() -> None:
    answers = [
        lambda: web.Response(status=503, headers={"Retry-After": "40"}),
        lambda: web.Response(status=500),
        lambda: web.Response(status=307, headers={"Location": "/hook"}),
        lambda: web.Response(),
    ]
    at: list[float] = []

    async def take(_: Json, number: int) -> web.Response:
        at.append(asyncio.get_running_loop().time())
        return answers[number - 1]()

    async with talk() as (api, bot, _), webhook(take) as (url, came):
        api.pace = 0.005
        await bot.set_webhook(url, secret_token=WORD)
        await api.all_taken()
        pauses = [after - before for before, after in pairwise(at)]
        assert len({update["update_id"] for update in came}) == 1
        assert pauses[0] >= 0.2 and pauses[1] >= 0.005 and pauses[2] >= 0.01


async def test_webhook_that_is_down_keeps_the_updates_for_later() -> None:
    async def take(_: Json, number: int) -> web.Response:
        return web.Response()

    async with talk() as (api, bot, chat), webhook(take) as (url, _):
        api.pace = 0.01
        await bot.set_webhook("http://127.0.0.1:1/", secret_token=WORD)
        await until(lambda: bool(api.webhook and api.webhook.error))
        assert "failed" in str((await bot.get_webhook_info()).last_error_message)
        await bot.set_webhook(url, secret_token=WORD)
        await api.all_taken()
        await bot.delete_webhook()
        chat.says("又来")
        assert texts(await bot.get_updates(timeout=0)) == ["又来"]
        await bot.delete_webhook(drop_pending_updates=True)
        assert await bot.get_updates(timeout=0) == ()


async def test_webhook_reply_is_carried_out_as_a_call_and_gone_removes_the_webhook() -> None:
    async def take(update: Json, number: int) -> web.Response:
        if number == 2:
            return web.Response(status=410)
        reply = {"method": "sendMessage", "chat_id": update["message"]["chat"]["id"], "text": "您好"}
        return web.json_response({**reply, "reply_markup": {"inline_keyboard": [[{"text": "甲", "callback_data": "a"}]]}})

    async with talk() as (api, bot, chat), webhook(take) as (url, _):
        await bot.set_webhook(url, secret_token=WORD)
        (message,) = await chat.next_view()
        assert (message.text, message.buttons) == ("您好", [("甲", "a")])
        assert [(call.by, call.outcome) for call in api.log("sendMessage")] == [("webhook", "ok")]
        chat.says("再见")
        await until(lambda: api.webhook is None)
        assert (await bot.get_webhook_info()).url == ""
        assert texts(await bot.get_updates(timeout=0)) == ["再见"]


async def test_webhook_uses_no_more_connections_than_it_may() -> None:
    now, most = 0, 0

    async def take(_: Json, number: int) -> web.Response:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.01)
        now -= 1
        return web.Response()

    async with talk() as (api, bot, _), webhook(take) as (url, came):
        for _ in range(12):
            api.chat().says("在")
        await bot.set_webhook(url, secret_token=WORD, max_connections=3)
        await api.all_taken()
        assert (most, len(came)) == (3, 13)


# ---- faults ----


async def test_each_fault_of_a_call_looks_to_the_client_as_it_does_at_telegram() -> None:
    async with talk() as (api, bot, chat):
        faults: list[tuple[str, type[TelegramError], int]] = [
            ("429", RetryAfter, 0), ("500", NetworkError, 0), ("502", NetworkError, 0),
            ("reset_before", NetworkError, 0), ("reset_after", NetworkError, 1), ("slow", TimedOut, 1),
        ]  # fmt: skip
        for kind, error, sent in faults:
            before = len(chat.view)
            api.fail(kind, "sendMessage", times=1, seconds=1 if kind == "slow" else 7)
            with pytest.raises(error) as raised:
                await bot.send_message(chat.id, "在", read_timeout=0.5)
            assert len(chat.view) - before == sent, kind
            assert type(raised.value) is error, kind
            assert getattr(raised.value, "retry_after", timedelta(seconds=7)) == timedelta(seconds=7)
            await bot.get_me()
        api.fail("409", times=1)
        with pytest.raises(Conflict):
            await bot.get_updates(timeout=0)
        assert texts(await bot.get_updates(timeout=0)) == ["/start"]
        assert api.faulted == dict.fromkeys(["429", "500", "502", "reset_before", "reset_after", "slow", "409"], 1)
        assert api.counts()["sends"] == 2 and api.counts()["duplicates"] == [(chat.id, "在", 1)]
        assert [call.outcome for call in api.log("sendMessage")] == [
            "Too Many Requests: retry after 7", "Internal Server Error", "Bad Gateway", "reset_before", "reset_after", "slow",
        ]  # fmt: skip
        with pytest.raises(LookupError, match="no fault"):
            api.fail("418")


async def test_chance_is_seeded_and_ends_when_healed() -> None:
    async def outcomes() -> list[str]:
        async with talk(seed=5) as (api, bot, _):
            api.fail("500", chance=0.3)
            for _ in range(20):
                await api.call("getMe", {})
            struck = [call.outcome for call in api.calls[1:]]
            api.heal()
            await bot.get_me()
            return struck

    once = await outcomes()
    assert once == await outcomes() and 1 <= once.count("Internal Server Error") <= 12


async def test_polled_updates_come_twice_and_out_of_order() -> None:
    async with talk() as (api, bot, chat):
        api.fail("duplicate", "message")
        api.fail("reorder", window=4)
        said = ["/start", *map(str, range(30))]
        for word in said[1:]:
            chat.says(word)
        first = await bot.get_updates(timeout=0)
        assert sorted(texts(first)) == sorted(said) and texts(first) != said
        assert all(abs(said.index(word) - place) <= 4 for place, word in enumerate(texts(first)))
        again = await bot.get_updates(max(update.update_id for update in first) + 1, timeout=0)
        assert sorted(texts(again)) == sorted(said)
        assert await bot.get_updates(max(update.update_id for update in again) + 1, timeout=0) == ()


async def test_webhook_updates_come_twice_and_out_of_order() -> None:
    async def take(_: Json, number: int) -> web.Response:
        return web.Response()

    async with talk() as (api, bot, chat), webhook(take) as (url, came):
        api.fail("duplicate")
        api.fail("reorder", window=4)
        for word in range(30):
            chat.says(str(word))
        await bot.set_webhook(url, secret_token=WORD)
        await api.all_taken()
        ids = [update["update_id"] for update in came]
        assert len(ids) == 62 and len(set(ids)) == 31
        assert list(dict.fromkeys(ids)) != sorted(set(ids))


async def test_limits_are_kept_when_switched_on() -> None:
    async with talk() as (api, bot, chat):
        api.limits = True
        for _ in range(3):
            await bot.send_message(chat.id, "在")
        with pytest.raises(RetryAfter):
            await bot.edit_message_text("不在", chat.id, 2)
        api.passes(1)
        await bot.edit_message_text("不在", chat.id, 2)
        others = [api.chat() for _ in range(31)]
        replies = [await api.call("sendMessage", {"chat_id": str(one.id), "text": "在"}) for one in others]
        assert [status for status, _, _ in replies].count(429) in (1, 2)


# ---- a process of its own ----


async def test_a_process_of_its_own_is_driven_over_http() -> None:
    with subprocess.Popen([sys.executable, ROOT / "tests" / "kit" / "botapi.py"], stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        assert process.stdout is not None
        api = BotApi(int(process.stdout.readline().strip().rpartition(":")[2]))
        try:
            async with client(api.url, api.token) as bot:
                assert (await tell(api, "chat", id=7, first_name="canary"))[1]["id"] == 7
                assert (await tell(api, "chat/7/says", text="/start"))[1]["message"]["from"]["first_name"] == "canary"
                assert texts(await bot.get_updates(timeout=0)) == ["/start"]
                await bot.send_message(7, "您好", reply_markup=keyboard(甲="a"))
                status, (shown,) = await tell(api, "chat/7/next_view", timeout=1)
                assert (status, shown["text"], shown["buttons"]) == (200, "您好", [["甲", "a"]])
                assert (await tell(api, "chat/7/next_view", timeout=0.01))[0] == 408
                assert (await tell(api, "chat/7/taps", button="甲"))[1]["callback_query"]["data"] == "a"
                await tell(api, "tune", pace=0.01, query_age=15)
                await tell(api, "passes", seconds=1)
                await tell(api, "fail", kind="500", methods=["sendMessage"], times=1)
                with pytest.raises(NetworkError):
                    await bot.send_message(7, "您好")
                await tell(api, "heal")
                assert [call["outcome"] for call in (await tell(api, "log", method="sendMessage"))[1]] == [
                    "ok",
                    "Internal Server Error",
                ]
                counts = (await tell(api, "counts"))[1]
                assert (counts["sends"], counts["faults"], counts["pending"]) == (1, {"500": 1}, 2)
                for wrong in ("chat/8/says", "chat/7/taps", "chat/7/dances", "stop"):
                    assert (await tell(api, wrong))[0] == 400
        finally:
            process.terminate()


async def test_every_update_is_one_the_client_can_read() -> None:
    async with talk() as (api, bot, chat):
        assert isinstance(Message(chat.messages[1].said).text, str)
        (update,) = api.pending.values()
        assert Update.de_json(json.loads(json.dumps(update.update)), bot).message is not None
