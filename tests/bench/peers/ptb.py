"""A bot as python-telegram-bot's documents show one: a ConversationHandler with a state for each question, its own webhook server
or its poll, and every answer kept: python ptb.py RECORDED API PORT|poll sqlite|sqlalchemy"""

import sys
import warnings

from kept import Mapped, Plain
from recorded import FIRST, RESTART, Message, Question, read
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

SECRET = "s3cret-of-the-hook"  # opens nothing


class Talk:
    def __init__(self, questions: dict[str, Question], kept: Plain | Mapped) -> None:
        self.questions = questions
        self.kept = kept

    def handler(self) -> "ConversationHandler[ContextTypes.DEFAULT_TYPE]":
        begins = CommandHandler(RESTART, self.begins)
        states = {}
        for name in self.questions:
            answered = self.answering(self.questions[name])
            states[name] = [CallbackQueryHandler(answered), MessageHandler(filters.TEXT & ~filters.COMMAND, answered)]
        return ConversationHandler([begins], states, [begins])

    async def begins(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> str:
        await self.kept.forget(update.effective_chat.id)
        await self.shows(update, self.questions[FIRST])
        return FIRST

    def answering(self, question: Question):
        async def answered(update: Update, _: ContextTypes.DEFAULT_TYPE) -> str:
            if query := update.callback_query:
                await query.answer()
            said = query.data if query else update.message.text
            following = self.questions[question.next.get(said, question.name)]
            await self.kept.keep(update.effective_chat.id, question.name, said)
            await self.shows(update, following)
            return following.name

        return answered

    async def shows(self, update: Update, question: Question) -> None:
        for message in question.messages:
            if message.edits and update.callback_query:
                await update.callback_query.edit_message_text(message.text, "HTML", reply_markup=keyboard(message))
            else:
                await update.effective_chat.send_message(message.text, "HTML", reply_markup=keyboard(message))


def keyboard(message: Message) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in message.keyboard()]
    )


def main(recorded: str, api: str, door: str, store: str) -> None:
    warnings.simplefilter("ignore")  # of handlers of several kinds in one conversation
    kept = Plain("ptb.db") if store == "sqlite" else Mapped("ptb-sqlalchemy.db")

    async def opens(_: Application) -> None:
        await kept.open()

    application = Application.builder().token("4242:stand-in").base_url(f"{api}/bot").post_init(opens).build()
    application.add_handler(Talk(read(recorded), kept).handler())
    if door == "poll":
        application.run_polling()
    else:
        hook = f"http://127.0.0.1:{door}/telegram"
        application.run_webhook("127.0.0.1", int(door), "telegram", webhook_url=hook, secret_token=SECRET)


if __name__ == "__main__":
    main(*sys.argv[1:])
