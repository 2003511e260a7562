"""What comes in from Telegram: who, where, in which language, and what they wrote or pressed. Nothing else is looked at."""

import json
from dataclasses import dataclass, fields, replace
from typing import Literal, cast

from telegram import Bot, CallbackQuery, Message, Update
from telegram.constants import ChatType

from bot.telegram.render import LETTERS

ALLOWED = ["message", "edited_message", "callback_query"]  # everything else changes nothing and is not even sent to us

Kind = Literal["text", "command", "other", "forwarded", "edited", "group", "press"]


@dataclass(frozen=True, slots=True)
class Incoming:
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

    @property
    def well_formed(self) -> bool:
        """Whether words are words and numbers are numbers: the library takes over whatever stands there."""
        return all(isinstance(getattr(self, name), kind) for name, kind in _TYPES.items())


_TYPES: dict[str, type] = {field.name: cast(type, field.type) for field in fields(Incoming) if field.name not in ("kind", "keys")}


class Unreadable(ValueError):
    """An update with a field that is not what Telegram says it is: sent again it would be the same."""


def read_update(body: bytes, bot: Bot) -> Update | None:
    """An update as Telegram sends it; None if it is none, or if the library cannot read it."""
    try:
        return Update.de_json(json.loads(body), bot)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def readable(update: Update) -> bool:
    """Whether what concerns us in an update can be read."""
    try:
        incoming(update)
    except Unreadable:
        return False
    return True


def incoming(update: Update) -> Incoming | None:
    """An update as far as it concerns us; None if it does not. Raises Unreadable."""
    try:
        if update.callback_query is not None:
            heard = _press(update.update_id, update.callback_query)
        else:
            message = update.message or update.edited_message
            heard = _message(update.update_id, message, update.message is None) if message is not None else None
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Unreadable from error
    if not isinstance(update.update_id, int) or (heard is not None and not heard.well_formed):
        raise Unreadable
    return heard


def _message(update: int, message: Message, edited: bool = False) -> Incoming | None:
    chat, person = message.chat, message.from_user
    if chat.type in (ChatType.GROUP, ChatType.SUPERGROUP) and not edited:
        return Incoming("group", update, 0, chat.id, "zh", addressed=bool(message.entities))
    if chat.type != ChatType.PRIVATE or person is None:
        return None
    text = message.text or message.caption or ""
    heard = Incoming("other", update, person.id, chat.id, _language(person.language_code), text, message=message.message_id)
    heard = replace(
        heard, sent=int(message.date.timestamp()), album=message.media_group_id or "", beside=message.text is None and bool(text)
    )
    if (replied := message.reply_to_message) is not None:
        heard = replace(heard, answers=replied.message_id)
    if edited:
        return replace(heard, kind="edited") if text else None  # a place that moves is edited all the time
    if message.forward_origin is not None:
        return replace(heard, kind="forwarded")
    if not text:
        return heard
    if not _is_command(message):
        return replace(heard, kind="text")
    command, _, payload = text.removeprefix("/").partition(" ")
    return replace(heard, kind="command", command=command.partition("@")[0].casefold(), payload=payload.strip())


def _is_command(message: Message) -> bool:
    """A command stands at the very beginning: so the library's own filter has it."""
    return bool(message.entities) and message.entities[0].type == "bot_command" and message.entities[0].offset == 0


def _press(update: int, query: CallbackQuery) -> Incoming | None:
    message = query.message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return None
    pressed = message.message_id if message.is_accessible else None  # one too old for Telegram cannot be changed
    ticks = str(query.data).startswith(f"{LETTERS['paper']}.")  # only then it is looked at what the message says
    ticked = message if ticks and isinstance(message, Message) else None
    rows = ticked.reply_markup.inline_keyboard if ticked and ticked.reply_markup else ()
    return Incoming(
        kind="press",
        update=update,
        person=query.from_user.id,
        chat=message.chat.id,
        language=_language(query.from_user.language_code),
        text=query.data or "",
        pressed=pressed,
        html=(ticked.text_html or "") if ticked else "",
        keys=tuple((str(key.text), str(key.callback_data or "")) for row in rows for key in row),
        query=query.id,
    )


def _language(code: str | None) -> str:
    return "zh" if (code or "zh").casefold().startswith("zh") else "en"
