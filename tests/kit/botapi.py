"""A stand-in for the Telegram Bot API on loopback HTTP: the methods that a bot calls, and the hands and eyes of the people.

In a test:    async with BotApi() as api: chat = api.chat(); chat.says("/start"); (message,) = await chat.next_view()
A process:    python tests/kit/botapi.py --port 8081; then POST /control/VERB and /control/chat/ID/VERB (see VERBS) with a
              JSON object of the verb's arguments, for example /control/chat/7/says {"text": "/start"}.

Long, as it is one server that can be run alone.
"""

import argparse
import asyncio
import base64
import html
import inspect
import json
import math
import random
import re
import socket
import struct
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field, is_dataclass
from functools import partialmethod
from http import HTTPStatus
from itertools import count, islice, takewhile
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

Json = dict[str, Any]
Params = dict[str, str]  # as on the wire: whatever is no string is JSON

BOT: Json = {"id": 4242, "is_bot": True, "first_name": "落户", "username": "luohu_bot"}
TAGS = dict(zip("b i u s".split(), "bold italic underline strikethrough".split(), strict=True)) | {
    "code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler"
}  # fmt: skip
MARK = re.compile(
    r'<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)?(?P<more>(?:"[^"]*"|[^">])*)(?P<shut>>?)|&(?:lt|gt|amp|quot|#\d+|#[xX][\da-fA-F]+);'
)
ACTIONS = set("callback_data url web_app login_url switch_inline_query switch_inline_query_current_chat copy_text pay".split())
DOING = set("typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker".split())
TWO_POLLS = "terminated by other getUpdates request; make sure that only one bot instance is running"
CALL_FAULTS = set("409 429 500 502 empty page reset_before reset_after slow".split())
CARRIED_OUT = {"reset_after", "slow"}  # and yet the bot gets no answer, or a late one
SAID: dict[str, Any] = {
    "409": (409, TWO_POLLS),
    "500": (500,),
    "502": (502,),
    "empty": (500,),
    "page": (403,),
    "reset_before": (502,),
}
UPDATE_FAULTS = {"duplicate", "reorder"}
MESSAGE_LIVES, TAP_LIVES, DELETABLE = 86_400, 150, 48 * 3600  # seconds: two kinds of update in the queue, a message
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
LARGEST_FILE = 50 * 2**20  # bytes that a bot may upload
FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 1000}
SENT: dict[str, Any] = {
    "photo": [{**FILE, "width": 90, "height": 60}],
    "sticker": {**FILE, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
    "voice": {**FILE, "duration": 3},
    "document": {**FILE, "file_name": "租赁合同.pdf"},
    "contact": {"phone_number": "+8613800000000", "first_name": "王小明"},
    "location": {"latitude": 28.0, "longitude": 120.7},
}


class Refused(Exception):
    """A call that Telegram turns down, in its words."""

    def __init__(self, code: int, why: str = "", **parameters: int) -> None:
        super().__init__(": ".join(filter(None, (HTTPStatus(code).phrase, why))))
        self.code = code
        self.body: Json = {"ok": False, "error_code": code, "description": str(self)}
        if parameters:
            self.body["parameters"] = parameters


@dataclass(slots=True)
class Call:
    """One line of the log. `outcome` is "ok", Telegram's refusal, or the fault; `by`: http, or in answer to the webhook."""

    method: str
    params: Params
    at: float
    by: str = "http"
    outcome: str = ""


@dataclass(slots=True)
class Fault:
    """Something that goes wrong: by chance, for some methods (or kinds of update) or all, for the next `times` or for ever."""

    kind: str
    methods: tuple[str, ...] = ()
    chance: float = 1.0
    times: int | None = None
    seconds: float = 1.0  # retry_after, or how late the answer is
    window: int = 5  # how far an update is out of order


def unnumbered(label: str) -> str:
    """What a button says, without the number before it."""
    return re.sub(r"^(✓ )?\d+　", r"\1", label)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the person sees it now."""

    said: Json  # as Telegram writes it
    edited: int = 0

    @property
    def id(self) -> int:
        return int(self.said["message_id"])

    @property
    def text(self) -> str:
        return str(self.said.get("text", ""))

    @property
    def by_bot(self) -> bool:
        return self.said.get("from") == BOT

    @property
    def in_full(self) -> list[tuple[str, str]]:
        """The buttons without their numbers, and where the text says more of a number, with all that it says."""
        listed = dict(re.findall(r"^(\d+)[ \u3000](.+)$", self.text, re.MULTILINE))
        found = []
        for label, data in self.buttons:
            number = re.match(r"(✓ )?(\d+)(?:\u3000|$)", label)
            says = f"{number[1] or ''}{listed[number[2]]}" if number and number[2] in listed else unnumbered(label)
            found.append((says, data))
        return found

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(label, callback data or URL), in reading order."""
        rows = self.said.get("reply_markup", {}).get("inline_keyboard", [])
        return [(button["text"], button.get("callback_data", button.get("url", ""))) for row in rows for button in row]


@dataclass(slots=True)
class Waiting:
    """An update that the bot has not taken yet. `line`: the queue it stands in when there is a webhook."""

    update: Json
    line: int
    until: float
    delivered: int = 0


@dataclass(slots=True)
class Webhook:
    url: str
    secret: str
    most: int
    free: asyncio.Semaphore  # connections
    lines: dict[int, list[int]] = field(default_factory=dict)  # update ids, in the order of delivery
    error: Json = field(default_factory=dict)


class Chat:
    """One chat: what the person does (each verb queues an update and returns it), and what the person sees."""

    VERBS = frozenset(
        "says edits taps forges forwards writes_to_business blocks unblocks next_view view messages toasts".split()
        + [f"sends_{kind}" for kind in SENT]
    )

    def __init__(self, api: "BotApi", face: Json, person: Json) -> None:
        self.api, self.id, self.face, self.person = api, int(face["id"]), face, person
        self.post = "channel_post" if face["type"] == "channel" else "message"
        self.messages: dict[int, Message] = {}
        self.toasts: list[str] = []  # what answerCallbackQuery said
        self.blocked = False
        self._last_id = self._version = self._seen = 0
        self._changed = asyncio.Event()

    def says(self, text: str, by: int | None = None) -> Json:
        """`by` is the id of another person's private chat: somebody else in a group."""
        return self._writes({"text": text, **_command(text)}, by=by)

    def edits(self, message_id: int, text: str) -> Json:
        old = self.messages[message_id]
        self.messages[message_id] = new = Message({**old.said, "text": text, "edit_date": self.api.date()}, old.edited + 1)
        return self._does("edited_" + self.post, new.said)

    def taps(self, button: str, message_id: int | None = None) -> Json:
        """A button by label (its number may be left out) or data, on the latest message that has buttons or on an older one that is still there."""
        shown = [message for message in self.view if message.buttons and message_id in (None, message.id)]
        for (label, data), (full, _) in zip(shown[-1].buttons, shown[-1].in_full, strict=True) if shown else ():
            if button in (label, unnumbered(label), full, data):
                return self.forges(data, shown[-1].id)
        raise LookupError(f"no button {button!r}; there are {[message.buttons for message in shown]}")

    def forges(self, data: str, message_id: int = 0, by: int | None = None) -> Json:
        """A tap with any data, on any message: forged, or on a button that was there a moment ago."""
        message = self.messages.get(message_id)
        said = message.said if message else {"chat": self.face, "message_id": message_id, "date": 0}
        person = self._person(by)
        number = self.api.asks(self)
        query = {"id": number, "from": person, "chat_instance": str(self.id), "message": said, "data": data}
        return self._does("callback_query", query, person["id"] + (3 << 33), TAP_LIVES)

    def forwards(self, text: str) -> Json:
        origin = {"type": "hidden_user", "sender_user_name": "某人", "date": self.api.date()}
        return self._writes({"text": text, "forward_origin": origin})

    def writes_to_business(self, text: str) -> Json:
        return self._writes({"text": text, "business_connection_id": "b1"}, "business_message")

    def _sends(self, kind: str, **more: Any) -> Json:
        return self._writes({kind: SENT[kind], **more})

    sends_photo = partialmethod(_sends, "photo")
    sends_sticker = partialmethod(_sends, "sticker")
    sends_voice = partialmethod(_sends, "voice")
    sends_document = partialmethod(_sends, "document")
    sends_contact = partialmethod(_sends, "contact")
    sends_location = partialmethod(_sends, "location")

    def blocks(self) -> Json:
        self.blocked = True
        return self._membership("member", "kicked")

    def unblocks(self) -> Json:
        self.blocked = False
        return self._membership("kicked", "member")

    @property
    def view(self) -> tuple[Message, ...]:
        """The bot's messages that are there now."""
        return tuple(message for message in self.messages.values() if message.by_bot)

    async def next_view(self, timeout: float = 5.0) -> tuple[Message, ...]:  # noqa: ASYNC109  # a test's own deadline
        """The view, once it has changed since the person last did something or looked here."""
        async with asyncio.timeout(timeout):
            while self._version == self._seen:
                await self._changed.wait()
        self._seen = self._version
        return self.view

    def put(self, content: Json) -> Json:
        """The bot's message, new."""
        return self.show(
            Message({"message_id": self._next_id(), "from": BOT, "chat": self.face, "date": self.api.date(), **content})
        )

    def show(self, message: Message) -> Json:
        self.messages[message.id] = message
        self.change()
        return message.said

    def change(self) -> None:
        self._version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _person(self, by: int | None) -> Json:
        return self.person if by is None else self.api.chats[by].person

    def _writes(self, content: Json, kind: str = "", by: int | None = None) -> Json:
        author = {"sender_chat": self.face} if self.post == "channel_post" else {"from": self._person(by)}
        said = {"message_id": self._next_id(), **author, "chat": self.face, "date": self.api.date(), **content}
        self.messages[said["message_id"]] = Message(said)
        return self._does(kind or self.post, said)

    def _membership(self, old: str, new: str) -> Json:
        change: Json = {"chat": self.face, "from": self.person, "date": self.api.date()}
        for name, status in (("old_chat_member", old), ("new_chat_member", new)):
            change[name] = {"user": BOT, "status": status, **({"until_date": 0} if status == "kicked" else {})}
        return self._does("my_chat_member", change, self.person["id"] + (5 << 33))

    def _does(self, kind: str, content: Json, line: int | None = None, lives: float = MESSAGE_LIVES) -> Json:
        self._seen = self._version
        return self.api.queue(kind, content, self.id if line is None else line, lives)


class BotApi:
    """The server. Settings may be changed at any time; everything by chance comes from `luck`."""

    VERBS = frozenset("chat fail heal passes tune log counts all_taken".split())
    METHODS = frozenset(
        "getMe getUpdates setWebhook deleteWebhook getWebhookInfo sendMessage sendDocument editMessageText editMessageReplyMarkup deleteMessage "
        "deleteMessages answerCallbackQuery sendChatAction setMyCommands getMyCommands setMyDescription setMyShortDescription".split()
    )

    def __init__(self, port: int = 0, token: str = "4242:stand-in", seed: int = 0) -> None:  # noqa: S107  # opens nothing
        self.port, self.token, self.luck = port, token, random.Random(seed)
        self.pace = 1.0  # how long a second of the webhook's redelivery takes
        self.limits = False  # 1 message a second and chat (3 at once), 30 a second in all
        self.query_age = float(TAP_LIVES)  # how long a tap can be answered
        self.webhook_timeout = 60.0
        self.chats: dict[int, Chat] = {}
        self.calls: list[Call] = []
        self.done: Counter[str] = Counter()  # calls carried out, by method
        self.copies: Counter[tuple[int, str]] = Counter()  # messages sent, by chat and text
        self.faulted: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.queries: dict[str, tuple[Chat, float]] = {}  # taps that were not answered
        self.files: dict[str, bytes] = {}  # that the bot uploaded, by their id
        self.profile: dict[tuple[str, ...], Any] = {}  # what setMy… set, by field, scope and language
        self.pending: dict[int, Waiting] = {}
        self.webhook: Webhook | None = None
        self._ahead = 0.0
        self._update_ids, self._query_ids, self._people = count(100_000_001), count(1), count(1001)
        self._allowed: list[str] = []
        self._echoes: list[Json] = []  # polling: updates that come once more
        self._poll: asyncio.Future[None] | None = None
        self._buckets: dict[int, tuple[float, float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # ---- life ----

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application(client_max_size=LARGEST_FILE + 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._on_call)
        app.router.add_post("/control/{verb}", self._on_control)
        app.router.add_post("/control/chat/{id}/{verb}", self._on_control)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._client = ClientSession(connector=TCPConnector(limit=0))

    def trusts_anybody(self) -> None:
        """A webhook whose certificate nobody signed is reached all the same."""
        assert isinstance(self._client.connector, TCPConnector)
        self._client.connector._ssl = False

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._stop_poll("the server stops")
        await self._client.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # ---- the test's side ----

    def chat(self, id: int | None = None, kind: str = "private", title: str = "邻里群", **person: Any) -> Chat:
        """The chat of that id, made when it is new: private, group, supergroup or channel. `person`: fields of a User."""
        if id in self.chats:
            return self.chats[id]
        number = abs(id) if id is not None else next(new for new in self._people if not {new, -new} & self.chats.keys())
        user: Json = {"id": number, "is_bot": False, "first_name": "小明", "language_code": "zh-hans", **person}
        names: Json = {name: user[name] for name in ("first_name", "last_name", "username") if name in user}
        face: Json = {"id": number, **names} if kind == "private" else {"id": -number, "title": title}
        self.chats[face["id"]] = chat = Chat(self, {**face, "type": kind}, user)
        return chat

    def fail(self, kind: str, *methods: str, **how: Any) -> None:
        """Kinds: 409, 429, 500, 502, empty, page, reset_before, reset_after, slow; for updates: duplicate, reorder. `how`: see Fault."""
        if kind not in CALL_FAULTS | UPDATE_FAULTS:
            raise LookupError(f"no fault {kind!r}")
        methods = (*methods, *how.pop("methods", ()), *(("getUpdates",) if kind == "409" else ()))
        self.faults.append(Fault(kind, methods, **how))

    def heal(self) -> None:
        self.faults.clear()

    def passes(self, seconds: float) -> None:
        """Time passes for updates, taps and messages (not for a redelivery that is under way)."""
        self._ahead += seconds
        self.pending = {number: one for number, one in self.pending.items() if one.until >= self.now()}

    def tune(self, **settings: float) -> None:
        for name, value in settings.items():
            if name not in ("pace", "limits", "query_age", "webhook_timeout"):
                raise LookupError(f"no setting {name!r}")
            setattr(self, name, value)

    def log(self, method: str = "", after: int = 0) -> list[Call]:
        return [call for call in islice(self.calls, after, None) if method in ("", call.method)]

    def counts(self) -> Json:
        again = [(chat, text, copies - 1) for (chat, text), copies in self.copies.items() if copies > 1]
        sends = self.done["sendMessage"]
        return {"sends": sends, "duplicates": again, "done": self.done, "faults": self.faulted, "pending": len(self.pending)}

    async def all_taken(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109  # a test's own deadline
        """Returns when the bot has taken (confirmed) every update."""
        async with asyncio.timeout(timeout):
            while self.pending or self._echoes:  # taken in many places; a test can wait
                await asyncio.sleep(0.005)

    def now(self) -> float:
        return time.time() + self._ahead

    def date(self) -> int:
        return int(self.now())

    def asks(self, chat: Chat) -> str:
        """The id of a new tap, which wants an answer."""
        number = str(next(self._query_ids))
        self.queries[number] = (chat, self.now())
        return number

    async def _on_control(self, request: web.Request) -> web.Response:
        verb, named = request.match_info["verb"], await request.json() if request.can_read_body else {}
        try:
            one: Chat | BotApi = self.chats[int(request.match_info["id"])] if "id" in request.match_info else self
            if verb not in one.VERBS:
                raise LookupError(f"no verb {verb!r}; there are {sorted(one.VERBS)}")
            result = getattr(one, verb)
            result = result(**named) if callable(result) else result
            result = await result if inspect.isawaitable(result) else result
        except TimeoutError:
            return web.json_response({"error": "nothing within the time given"}, status=408)
        except (LookupError, TypeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        return web.json_response(result, dumps=lambda shown: json.dumps(shown, default=_plain))

    # ---- updates ----

    def queue(self, kind: str, content: Json, line: int, lives: float) -> Json:
        """Queues an update and returns it; one without an id if the bot does not want this kind."""
        if self._allowed and kind not in self._allowed:
            return {kind: content}
        update_id = next(self._update_ids)
        update = {"update_id": update_id, kind: content}
        self.pending[update_id] = Waiting(update, line, self.now() + lives)
        if self.webhook:
            self._line_up(self.webhook, update_id)
        elif self._poll and not self._poll.done():
            self._poll.set_result(None)
        return update

    def _line_up(self, hook: Webhook, update_id: int) -> None:
        line = self.pending[update_id].line
        if line in hook.lines:
            hook.lines[line].append(update_id)
            return
        hook.lines[line] = [update_id]
        task = asyncio.get_running_loop().create_task(self._work_off(hook, line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, hook: Webhook, line: int) -> None:
        """One queue of a webhook: the next update only after the one before was taken."""
        ids, pause = hook.lines[line], 1.0
        while ids and self.webhook is hook:
            fault = self._draw({"reorder"}, "") if len(ids) > 1 else None
            update_id = ids[self.luck.randrange(min(len(ids), fault.window)) if fault else 0]
            waiting = self.pending.get(update_id)
            if waiting is None or waiting.until < self.now():
                self.pending.pop(update_id, None)
                ids.remove(update_id)
                continue
            async with hook.free:
                status, again_after, body = await self._post(hook, waiting.update)
            if self.webhook is not hook:
                break
            if 200 <= status < 300:
                pause = 1.0
                ids.remove(update_id)
                self._taken(waiting, ids, update_id)
                await self._carry_out_reply(body)
            elif status == 410:
                self.webhook = None
            else:
                await asyncio.sleep((again_after or pause) * self.pace)
                pause = pause if again_after else min(pause * 2, 60.0)
        hook.lines.pop(line, None)

    def _taken(self, waiting: Waiting, ids: list[int], update_id: int) -> None:
        waiting.delivered += 1
        if waiting.delivered == 1 and self._draw({"duplicate"}, _kind(waiting.update)):
            ids.insert(self.luck.randint(0, min(len(ids), 5)), update_id)
        else:
            self.pending.pop(update_id, None)

    async def _post(self, hook: Webhook, update: Json) -> tuple[int, float, bytes]:
        """(status or 0, Retry-After, body)."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        how: Any = {"headers": headers, "allow_redirects": False, "timeout": ClientTimeout(self.webhook_timeout)}
        try:
            async with self._client.post(hook.url, json=update, **how) as answer:
                status, body, after = answer.status, await answer.read(), answer.headers.get("Retry-After", "")
        except (ClientError, TimeoutError, OSError) as lost:
            status, body, after = 0, b"", str(lost)
        if not 200 <= status < 300:
            why = f"Wrong response from the webhook: {status}" if status else f"Connection failed: {after}"
            hook.error = {"last_error_date": self.date(), "last_error_message": why}
        return status, min(float(after), 3600.0) if after.isdecimal() else 0.0, body

    async def _carry_out_reply(self, body: bytes) -> None:
        try:
            reply = json.loads(body or b"null")
        except ValueError:
            return
        if isinstance(reply, dict) and isinstance(reply.get("method"), str):
            await self.call(reply.pop("method"), _wire(reply), "webhook")

    def _batch(self, limit: int) -> list[Json]:
        """What a poll gets: echoes of earlier updates, then the oldest ones that wait."""
        now = self.now()
        echoes, self._echoes = self._echoes[:limit], self._echoes[limit:]
        fresh = list(islice((one for one in self.pending.values() if one.until >= now), limit - len(echoes)))
        batch = echoes + [one.update for one in fresh]
        for one in fresh:
            one.delivered += 1
            if one.delivered == 1 and self._draw({"duplicate"}, _kind(one.update)):
                self._echoes.append(one.update)
        if len(batch) > 1 and (fault := self._draw({"reorder"}, "")):
            places = {id(update): place + self.luck.uniform(0, fault.window) for place, update in enumerate(batch)}
            batch.sort(key=lambda update: places[id(update)])
        return batch

    def _confirm(self, offset: int) -> None:
        keep_from = sorted(self.pending)[offset:][0] if offset < 0 and self.pending else offset
        for update_id in list(takewhile(lambda one: one < keep_from, self.pending)):
            del self.pending[update_id]

    def _stop_poll(self, why: str) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_exception(Refused(409, why))
        self._poll = None

    # ---- calls ----

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return web.json_response(Refused(401).body, status=401)
        try:
            params = _wire({**request.query, **(await _body(request))})
        except ValueError:
            return web.json_response(Refused(400, "can't parse the request's body").body, status=400)
        status, body, fault = await self.call(request.match_info["method"], params)
        match fault.kind if fault else "":
            case "reset_before" | "reset_after":
                _reset(request)
            case "502":
                return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
            case "empty":  # an answer that is none of Telegram's
                return web.json_response({})
            case "page":  # of a proxy on the way
                return web.Response(status=403, text="<html><h1>403 Forbidden</h1></html>", content_type="text/html")
            case "slow" if fault:
                await asyncio.sleep(fault.seconds)
        return web.json_response(body, status=status)

    async def call(self, method: str, params: Params, by: str = "http") -> tuple[int, Json, Fault | None]:
        """Carries out a call and writes it down: (status, answer, the fault that befalls it)."""
        name = next((known for known in self.METHODS if known.lower() == method.lower()), method)
        fault = self._draw(CALL_FAULTS, name)
        self.calls.append(call := Call(name, params, self.now(), by))
        try:
            if fault and fault.kind not in CARRIED_OUT:
                raise _flood(math.ceil(fault.seconds)) if fault.kind == "429" else Refused(*SAID[fault.kind])
            if name not in self.METHODS:
                raise Refused(404, "method not found")
            result = getattr(self, name)(params)
            result = await result if inspect.isawaitable(result) else result
        except Refused as refused:
            call.outcome = fault.kind if fault and fault.kind == "reset_before" else str(refused)
            return refused.code, refused.body, fault
        self.done[name] += 1
        call.outcome = fault.kind if fault else "ok"
        return 200, {"ok": True, "result": result}, fault

    def _draw(self, kinds: set[str], method: str) -> Fault | None:
        for fault in self.faults:
            fits = fault.kind in kinds and fault.times != 0 and (not fault.methods or method in fault.methods)
            if fits and self.luck.random() < fault.chance:
                fault.times = None if fault.times is None else fault.times - 1
                self.faulted[fault.kind] += 1
                return fault
        return None

    def _chat(self, params: Params) -> Chat:
        chat = self.chats.get(_number(params, "chat_id"))
        if chat is None:
            raise Refused(400, "chat not found" if params.get("chat_id") else "chat_id is empty")
        if chat.blocked:
            raise Refused(403, "bot was blocked by the user")
        return chat

    def _spend(self, chat: Chat) -> None:
        """Telegram's limits: one's own chat, then all of them (0)."""
        now = self.now()
        for key, rate, burst in ((chat.id, 1, 3), (0, 30, 30)) if self.limits else ():
            left, at = self._buckets.get(key, (burst, now))
            left = min(burst, left + (now - at) * rate)
            if left < 1:
                raise _flood(math.ceil((1 - left) / rate))
            self._buckets[key] = (left - 1, now)

    def getMe(self, params: Params) -> Json:
        able = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return {**BOT, **able, "can_connect_to_business": True, "has_main_web_app": False}

    async def getUpdates(self, params: Params) -> list[Json]:
        if self.webhook:
            raise Refused(
                409, "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._stop_poll(TWO_POLLS)
        self._allow(params)
        self._confirm(_number(params, "offset"))
        limit = min(max(_number(params, "limit", 100), 1), 100)
        batch, wait = self._batch(limit), min(_number(params, "timeout"), 50)
        if batch or wait <= 0:
            return batch
        self._poll = poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(wait):
                await poll
        except TimeoutError:
            return []
        finally:
            self._poll = None if self._poll is poll else self._poll
        return self._batch(limit)

    def _allow(self, params: Params) -> None:
        if "allowed_updates" in params:
            self._allowed = _parsed(params, "allowed_updates", list)

    def setWebhook(self, params: Params) -> bool:
        url, secret = params.get("url", ""), params.get("secret_token", "")
        if not url:
            return self.deleteWebhook(params)
        if not url.startswith(("http://127.0.0.1", "http://localhost", "https://")):
            raise Refused(400, "bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[\w-]{0,256}", secret, re.ASCII):
            raise Refused(400, "secret token contains unallowed characters")
        self._stop_poll("terminated by setWebhook request")
        self._allow(params)
        self._drop(params)
        most = min(max(_number(params, "max_connections", 40), 1), 100)
        self.webhook = Webhook(url, secret, most, asyncio.Semaphore(most))
        for update_id in self.pending:
            self._line_up(self.webhook, update_id)
        return True

    def deleteWebhook(self, params: Params) -> bool:
        self._drop(params)
        self.webhook = None
        return True

    def _drop(self, params: Params) -> None:
        if params.get("drop_pending_updates", "").lower() == "true":
            self.pending.clear()

    def getWebhookInfo(self, params: Params) -> Json:
        info = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.pending)}
        hook = self.webhook
        told = {"url": hook.url, "max_connections": hook.most, **hook.error} if hook else {}
        return {**info, **told, "allowed_updates": self._allowed}

    def sendMessage(self, params: Params) -> Json:
        chat, content = self._chat(params), {**_written(params), **_keyboard(params)}
        self._spend(chat)
        self.copies[chat.id, content["text"]] += 1
        return chat.put(content)

    def sendDocument(self, params: Params) -> Json:
        chat, content = self._chat(params), {**_written(params, "caption"), **_keyboard(params)}
        if not params.get("document"):
            raise Refused(400, "there is no document in the request")
        sent = _parsed_file(params["document"])
        if not sent["content"]:
            raise Refused(400, "file must be non-empty")
        self._spend(chat)
        number = f"file{len(self.files) + 1}"
        self.files[number] = base64.b64decode(sent["content"])
        about = {"file_id": number, "file_unique_id": number, "file_size": len(self.files[number])}
        return chat.put({**content, "document": {**about, "file_name": sent["file_name"], "mime_type": sent["mime_type"]}})

    def editMessageText(self, params: Params) -> Json:
        return self._edit(params, {**_written(params), **_keyboard(params)}, ("text", "entities", "reply_markup"))

    def editMessageReplyMarkup(self, params: Params) -> Json:
        return self._edit(params, _keyboard(params), ("reply_markup",))

    def _edit(self, params: Params, content: Json, parts: tuple[str, ...]) -> Json:
        """Puts the content in place of those parts of a message; a part that is not in the content goes away."""
        chat = self._chat(params)
        old = chat.messages.get(_number(params, "message_id"))
        if old is None:
            raise Refused(400, "message to edit not found")
        if not old.by_bot:
            raise Refused(400, "message can't be edited")
        if all(old.said.get(part) == content.get(part) for part in parts):
            raise Refused(400, NOT_MODIFIED)
        self._spend(chat)
        kept = {name: value for name, value in old.said.items() if name not in parts}
        return chat.show(Message({**kept, **content, "edit_date": self.date()}, old.edited + 1))

    def deleteMessage(self, params: Params) -> bool:
        chat, number = self._chat(params), _number(params, "message_id")
        if number not in chat.messages:
            raise Refused(400, "message to delete not found")
        if not self._remove(chat, number):
            raise Refused(400, "message can't be deleted for everyone")
        return True

    def deleteMessages(self, params: Params) -> bool:
        chat, numbers = self._chat(params), _parsed(params, "message_ids", list)
        if not 1 <= len(numbers) <= 100:
            raise Refused(400, "too many message identifiers specified" if numbers else "message identifiers are not specified")
        for number in numbers:
            self._remove(chat, number)
        return True

    def _remove(self, chat: Chat, number: int) -> bool:
        if number not in chat.messages or chat.messages[number].said["date"] < self.now() - DELETABLE:
            return False
        if chat.messages.pop(number).by_bot:
            chat.change()
        return True

    def answerCallbackQuery(self, params: Params) -> bool:
        if len(params.get("text", "")) > 200:
            raise Refused(400, "MESSAGE_TOO_LONG")
        chat, at = self.queries.pop(params.get("callback_query_id", ""), (None, 0.0))
        if chat is None or at + self.query_age < self.now():
            raise Refused(400, "query is too old and response timeout expired or query ID is invalid")
        if params.get("text"):
            chat.toasts.append(params["text"])
        return True

    def sendChatAction(self, params: Params) -> bool:
        self._chat(params)
        if params.get("action") not in DOING:
            raise Refused(400, "wrong parameter action in request")
        return True

    def setMyCommands(self, params: Params) -> bool:
        commands = _parsed(params, "commands", list)
        for one in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one.get("command", "")):
                raise Refused(400, "BOT_COMMAND_INVALID")
            if not 1 <= len(one.get("description", "")) <= 256:
                raise Refused(400, "BOT_COMMAND_DESCRIPTION_INVALID")
        self.profile[_slot("commands", params)] = commands
        return True

    def getMyCommands(self, params: Params) -> list[Json]:
        return list(self.profile.get(_slot("commands", params), []))

    def _describe(self, part: str, most: int, params: Params) -> bool:
        if len(params.get(part, "")) > most:
            raise Refused(400, f"{part} is too long")
        self.profile[_slot(part, params)] = params.get(part, "")
        return True

    setMyDescription = partialmethod(_describe, "description", 512)
    setMyShortDescription = partialmethod(_describe, "short_description", 120)


def _flood(seconds: int) -> Refused:
    return Refused(429, f"retry after {seconds}", retry_after=seconds)


def _reset(request: web.Request) -> None:
    """Closes the connection with RST, no answer."""
    if request.transport is not None:
        line = request.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()


async def _body(request: web.Request) -> Json:
    if request.content_type != "application/json":
        return dict(await request.post())
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("not an object")
    return body


def _wire(fields: Json) -> Params:
    written = {name: _uploaded(value) if isinstance(value, web.FileField) else value for name, value in fields.items()}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in written.items() if value is not None}


def _uploaded(field: web.FileField) -> Json:
    """A file of a form; what comes as a string instead names one that Telegram has, or where it finds one."""
    content = field.file.read()
    if len(content) > LARGEST_FILE:
        raise ValueError("too large")
    return {"file_name": field.filename, "mime_type": field.content_type, "content": base64.b64encode(content).decode()}


def _parsed_file(written: str) -> Json:
    with suppress(ValueError):
        if isinstance(sent := json.loads(written), dict) and sent.keys() == {"file_name", "mime_type", "content"}:
            return sent
    raise Refused(400, "wrong remote file identifier specified: Wrong character in the string")


def _number(params: Params, name: str, default: int = 0) -> int:
    written = params.get(name, "")
    return int(written) if re.fullmatch(r"-?[0-9]{1,18}", written) else default


def _parsed(params: Params, name: str, kind: type[Any]) -> Any:
    try:
        value = json.loads(params.get(name) or "null")
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise Refused(400, f"can't parse {name} JSON {'array' if kind is list else 'object'}")
    return value


def _written(params: Params, part: str = "text") -> Json:
    """The text of a message, or what stands under a file, as it is shown, with its entities."""
    text = params.get(part, "")
    entities: list[Json] = []
    match params.get("parse_mode", "").lower():
        case "html":
            text, entities = read_html(text)
        case "":
            entities = _parsed(params, "entities", list) if "entities" in params else []
        case _:
            raise Refused(400, "unsupported parse_mode")
    text = text.rstrip()
    if part == "caption":
        if units(text) > 1024:
            raise Refused(400, "message caption is too long")
        return {"caption": text, **({"caption_entities": entities} if entities else {})} if text else {}
    if not text:
        raise Refused(400, "message text is empty")
    if units(text) > 4096:
        raise Refused(400, "message is too long")
    return {"text": text, **({"entities": entities} if entities else {})}


def read_html(source: str) -> tuple[str, list[Json]]:
    """Telegram's HTML as (the text shown, its entities); what Telegram refuses is refused."""
    shown, at = "", 0
    entities: list[Json] = []
    opened: list[tuple[str, Json]] = []
    for mark in MARK.finditer(source):
        shown, at = shown + source[at : mark.start()], mark.end()
        tag, where = (mark["tag"] or "").lower(), f"at byte offset {len(source[: mark.start()].encode())}"
        if mark[0].startswith("&"):
            shown += html.unescape(mark[0])
        elif not mark["end"] and tag not in TAGS:
            raise Refused(400, f'can\'t parse entities: Unsupported start tag "{tag}" {where}')
        elif not mark["shut"]:
            raise Refused(400, f"can't parse entities: Unclosed tag {where}")
        elif not mark["end"]:
            link = re.search(r'href="([^"]*)"', mark["more"])
            kind = "expandable_blockquote" if mark["more"].strip() == "expandable" and tag == "blockquote" else TAGS[tag]
            opened.append((tag, {"type": kind, "offset": units(shown), **({"url": html.unescape(link[1])} if link else {})}))
        elif not opened or opened[-1][0] != tag:
            raise Refused(400, f'can\'t parse entities: Unexpected end tag "{tag}" {where}')
        else:
            entity = opened.pop()[1]
            entities.append({**entity, "length": units(shown) - entity["offset"]})
    if opened:
        raise Refused(400, f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return shown + source[at:], sorted(
        filter(lambda one: one["length"], entities), key=lambda one: (one["offset"], -one["length"])
    )


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _keyboard(params: Params) -> Json:
    """The inline keyboard of a message, if there is one; other keyboards are accepted and not shown."""
    if not params.get("reply_markup"):
        return {}
    rows = _parsed(params, "reply_markup", dict).get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refused(400, 'field "inline_keyboard" must be an Array of Arrays')
    if sum(map(len, rows)) > 100:
        raise Refused(400, "reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"reply_markup": {"inline_keyboard": [row for row in rows if row]}} if any(rows) else {}


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise Refused(400, 'can\'t parse inline keyboard button: field "text" must be a non-empty String')
    if len(button.keys() & ACTIONS) != 1:
        raise Refused(400, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data, url = button.get("callback_data", "-"), button.get("url", "https://")
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
        raise Refused(400, "BUTTON_DATA_INVALID")
    if not isinstance(url, str) or not url.startswith(("http://", "https://", "tg://")):
        raise Refused(400, "BUTTON_URL_INVALID")


def _command(text: str) -> Json:
    if not text.startswith("/") or not text[1:].strip():
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": units(text.split()[0])}]}


def _kind(update: Json) -> str:
    return next(name for name in update if name != "update_id")


def _slot(part: str, params: Params) -> tuple[str, ...]:
    scope = _parsed(params, "scope", dict) if params.get("scope") else {"type": "default"}
    return part, json.dumps(scope, sort_keys=True), params.get("language_code", "")


def _plain(shown: Any) -> Any:
    """What the control API shows of a chat, a message or a call."""
    match shown:
        case Chat():
            return {"id": shown.id, "person": shown.person, "view": shown.view, "blocked": shown.blocked}
        case Message():
            told = {"id": shown.id, "text": shown.text, "buttons": shown.buttons, "edited": shown.edited, "by_bot": shown.by_bot}
            return {**told, "said": shown.said}
        case _ if is_dataclass(shown) and not isinstance(shown, type):
            return asdict(shown)
    raise TypeError(f"cannot show {shown!r}")


async def main() -> None:
    parser = argparse.ArgumentParser(description="The Telegram Bot API's stand-in, as a process of its own")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="4242:stand-in")
    parser.add_argument("--seed", type=int, default=0)
    async with BotApi(**vars(parser.parse_args())) as api:
        print(api.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
