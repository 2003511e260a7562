"""What comes in from Telegram: who, where, in which language, and what they wrote or pressed. Nothing else is looked at."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
import telegram
from msgspec import Meta, Struct
from telegram import MessageEntity
from telegram.constants import ChatType

from bot.telegram.render import LETTERS

ALLOWED = ["message", "edited_message", "callback_query"]  # everything else changes nothing and is not even sent to us

LONG_AGO = datetime.fromtimestamp(0, UTC)

Kind = Literal["text", "command", "other", "forwarded", "edited", "group", "press"]


class Incoming(Struct, frozen=True):
    """One update. `other`: a photo, a voice, a place …; `edited`: a message of theirs, changed; `group`: anything in a group."""

    kind: Kind
    update: int
    person: int
    chat: int
    language: str
    text: str = ""  # what was written, also under a photo; of a press the button's data
    command: str = ""
    payload: str = ""  # what stands after a command
    message: int | None = None  # the message they wrote
    pressed: int | None = None  # the message whose button they pressed
    html: str = ""  # what that message says, if it is a list of papers that was ticked
    keys: tuple[tuple[str, str], ...] = ()  # and its buttons: label and data
    query: str = ""  # of a press: what is acknowledged
    sent: int = 0  # the second in which they wrote it
    album: str = ""  # several photos that came together
    beside: bool = False  # the text stands under a photo, a document …
    addressed: bool = True  # in a group: whether we are spoken to, as far as that can be seen
    answers: int = 0  # the message of ours that they answer, if they chose one
    owner: bytes = b""  # whose visit it is about: what the channel makes of the person


class Unreadable(ValueError):
    """An update with a field that is not what Telegram says it is: sent again it would be the same."""


# ---- what is read of an update: words are words, and numbers are numbers; whatever else there is is passed over ----

Number = Annotated[int, Meta(ge=-(2**53), le=2**53)]


class _Person(Struct):
    id: Number
    language_code: str | None = None


class _Chat(Struct):
    id: Number
    type: str


class _Mark(Struct):
    type: str
    offset: int


class _Replied(Struct):
    message_id: Number


class _Message(Struct, rename={"person": "from"}):
    message_id: Number
    date: Number
    chat: _Chat
    person: _Person | None = None
    text: str | None = None
    caption: str | None = None
    entities: tuple[_Mark, ...] = ()
    media_group_id: str | None = None
    reply_to_message: _Replied | None = None
    forward_origin: object = None


class _Key(Struct):
    text: str
    callback_data: str = ""


class _Keyboard(Struct):
    inline_keyboard: tuple[tuple[_Key, ...], ...]


class _Pressed(Struct):
    """`date`: 0 where the message is too old for Telegram to change it, or to say what it says."""

    message_id: Number
    date: Number
    chat: _Chat
    text: str = ""
    entities: tuple[dict[str, Any], ...] = ()
    reply_markup: _Keyboard | None = None


class _Press(Struct, rename={"person": "from"}):
    id: str
    person: _Person
    message: _Pressed | None = None
    data: str = ""


class _Update(Struct):
    update_id: Number
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Press | None = None


_DECODER = msgspec.json.Decoder(_Update)


def read_update(body: bytes) -> Incoming | None:
    """An update as Telegram sends it, as far as it concerns us; None if it does not. Raises Unreadable."""
    try:
        return _incoming(_DECODER.decode(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable from error


def incoming(update: object) -> Incoming | None:
    """The same of one out of a list, which is no text any more."""
    try:
        return _incoming(msgspec.convert(update, _Update))
    except msgspec.MsgspecError as error:
        raise Unreadable from error


def _incoming(update: _Update) -> Incoming | None:
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query)
    message = update.message or update.edited_message
    return _message(update.update_id, message, update.message is None) if message is not None else None


def _message(update: int, message: _Message, edited: bool) -> Incoming | None:
    chat, person = message.chat, message.person
    if chat.type in (ChatType.GROUP, ChatType.SUPERGROUP) and not edited:
        return Incoming("group", update, 0, chat.id, "zh", addressed=bool(message.entities))
    if chat.type != ChatType.PRIVATE or person is None:
        return None
    text = message.text or message.caption or ""
    kind = _kind(message, edited, text)
    if kind == "edited" and not text:
        return None  # a place that moves is edited all the time
    command, _, payload = text.removeprefix("/").partition(" ") if kind == "command" else ("", "", "")
    return Incoming(
        kind=kind,
        update=update,
        person=person.id,
        chat=chat.id,
        language=_language(person.language_code),
        text=text,
        command=command.partition("@")[0].casefold(),
        payload=payload.strip(),
        message=message.message_id,
        sent=message.date,
        album=message.media_group_id or "",
        beside=message.text is None and bool(text),
        answers=message.reply_to_message.message_id if message.reply_to_message else 0,
    )


def _kind(message: _Message, edited: bool, text: str) -> Kind:
    if edited:
        return "edited"
    if message.forward_origin is not None:
        return "forwarded"
    if not text:
        return "other"
    return "command" if _is_command(message) else "text"


def _is_command(message: _Message) -> bool:
    """A command stands at the very beginning: so the library's own filter has it."""
    return bool(message.entities) and message.entities[0].type == "bot_command" and message.entities[0].offset == 0


def _press(update: int, query: _Press) -> Incoming | None:
    message, person = query.message, query.person
    if message is None or message.chat.type != ChatType.PRIVATE:
        return None
    ticked = message.date and query.data.startswith(f"{LETTERS['paper']}.")  # only then it is looked at what the message says
    rows = message.reply_markup.inline_keyboard if ticked and message.reply_markup else ()
    return Incoming(
        kind="press",
        update=update,
        person=person.id,
        chat=message.chat.id,
        language=_language(person.language_code),
        text=query.data,
        pressed=message.message_id if message.date else None,
        html=_html(message) if ticked else "",
        keys=tuple((key.text, key.callback_data) for row in rows for key in row),
        query=query.id,
    )


def _html(message: _Pressed) -> str:
    """What it says, with its marks as the library writes them. Raises Unreadable."""
    chat = telegram.Chat(message.chat.id, message.chat.type)
    try:
        marks = MessageEntity.de_list(list(message.entities), None)
        return telegram.Message(message.message_id, LONG_AGO, chat, text=message.text, entities=marks).text_html
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise Unreadable from error


def _language(code: str | None) -> str:
    return "zh" if (code or "zh").casefold().startswith("zh") else "en"
