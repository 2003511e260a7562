"""Answers in SQLite, each on the disk when the call returns: by sqlite3, or by SQLAlchemy's asyncio over aiosqlite."""

import sqlite3
from typing import Any

PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")  # as ours


class Plain:
    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self.db.execute(pragma)
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS answer (chat INTEGER, question TEXT, said TEXT, PRIMARY KEY (chat, question))"
        )

    async def open(self) -> None: ...

    async def keep(self, chat: int, question: str, said: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", (chat, question, said))

    async def forget(self, chat: int) -> None:
        self.db.execute("DELETE FROM answer WHERE chat = ?", (chat,))


class Mapped:
    def __init__(self, path: str) -> None:
        from sqlalchemy import event
        from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
        from sqlalchemy.orm import DeclarativeBase, mapped_column
        from sqlalchemy.types import BigInteger, String

        class Base(DeclarativeBase): ...

        class Answer(Base):
            __tablename__ = "answer"
            chat = mapped_column(BigInteger, primary_key=True)
            question = mapped_column(String, primary_key=True)
            said = mapped_column(String)

        def promised(connection: Any, _: object) -> None:
            for pragma in PRAGMAS:
                connection.execute(pragma)

        self.base, self.answer = Base, Answer
        self.engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        event.listen(self.engine.sync_engine, "connect", promised)
        self.session = async_sessionmaker(self.engine)

    async def open(self) -> None:
        async with self.engine.begin() as db:
            await db.run_sync(self.base.metadata.create_all)

    async def keep(self, chat: int, question: str, said: str) -> None:
        async with self.session.begin() as db:
            await db.merge(self.answer(chat=chat, question=question, said=said))

    async def forget(self, chat: int) -> None:
        from sqlalchemy import delete

        async with self.session.begin() as db:
            await db.execute(delete(self.answer).where(self.answer.chat == chat))
