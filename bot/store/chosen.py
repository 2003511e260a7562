"""Which store a setting names."""

from pathlib import Path

from bot.store.base import Store, StoreDown
from bot.store.sqlite import SQLiteStore


def store_for(database: str) -> Store:
    """`database`: a URL of PostgreSQL, or the path of an SQLite file. Raises StoreDown where its driver is not installed."""
    if database.startswith(("postgresql://", "postgres://")):
        try:
            from bot.store.postgres import PostgresStore
        except ImportError:
            raise StoreDown("用 PostgreSQL 要先装 asyncpg：pip install asyncpg") from None
        return PostgresStore(database)
    return SQLiteStore(Path(database))
