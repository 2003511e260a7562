"""A set of policies that was read whole once is known to be sound: a mark in the database says so, and what is to be known of all
its cities. By it a start opens its doors without reading one.

A mark is of exactly these files, read by exactly this program: where either is another there is none, and everything is read.
"""

import hashlib
import sys
from collections.abc import Mapping
from functools import cache

import msgspec

from bot.clock import now
from bot.store import beside
from bot.store.base import Connection, Store
from bot.talk.retention import MARKS
from bot.wording import languages as i18n
from flows.book import Book, Overview

SINCE = 8  # the step of the schema that brought what marks are kept in
CHECK = hashlib.sha256().digest_size  # bytes


class Mark(msgspec.Struct, frozen=True):
    """What is kept of a set. `day`: as it was in force then; `hash`: the set's, with the translations of what it says;
    `untranslated`: language -> how many of its sentences are said in Chinese there."""

    day: str
    overview: Overview
    untranslated: Mapping[str, int]
    hash: str

    def fits(self, day: str) -> bool:
        """Whether on that day the same is in force."""
        first, last = sorted((self.day, day))
        return not any(first < turning <= last for turning in self.overview.turning_days)


def mark_of(book: Book, hash_: str) -> Mark:
    """Of a book that is sound; raises PolicyError."""
    return Mark(book.as_of, book.overview, i18n.incomplete(book), hash_)


def name_of(files: str) -> bytes:
    """Under which the mark of a set is kept. `files`: their hash."""
    return hashlib.sha256(program() + files.encode()).digest()


@cache
def program() -> bytes:
    """All by which a set is read, and its sentences are said: as it is at the start, whatever is installed later."""
    digest = hashlib.sha256(sys.version.encode())
    sources = (path for part in ("bot", "flows") for path in (i18n.ROOT / part).rglob("*.py"))
    tables = (i18n.ROOT / "flows").rglob("*.txt")
    for path in (*sorted(sources), *sorted(tables), *map(i18n.po_file, i18n.LANGUAGES)):
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


async def found(store: Store, name: bytes, day: str) -> Mark | None:
    """The mark, looked at without opening the store; None where there is none of that day, or it is spoilt. Raises StoreDown."""
    if await store.version() < SINCE:
        return None
    async with store.reading() as db:
        mark = _read(await beside.find(db, name, now()))
    return mark if mark is not None and mark.fits(day) else None


def _read(kept: bytes | None) -> Mark | None:
    if not kept or hashlib.sha256(kept[CHECK:]).digest() != kept[:CHECK]:
        return None
    try:
        return msgspec.msgpack.decode(kept[CHECK:], type=Mark)
    except msgspec.MsgspecError:
        return None


async def keep(db: Connection, name: bytes, mark: Mark) -> None:
    """Only where the database knows the words of the set."""
    data = msgspec.msgpack.encode(mark)
    await beside.put(db, name, beside.NO_VISIT, hashlib.sha256(data).digest() + data, now() + MARKS)
