"""`make bench`, fourth part: what a visit costs in the store, beside plain tables of JSON rows with the same promises.

It reports, it asserts no times. With an argument it is a process that is measured from outside:
visits FILE    fills our store; prints how many bytes the process grew by
rows FILE      fills a plain table with the same visits as JSON; prints the memory of the rows held in a dict
"""

import asyncio
import contextlib
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

import postgres
from bot.clock import now
from bot.store.base import Store
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SQLiteStore
from bot.talk.runtime import Runtime
from bot.talk.turns import Outgoing, Turns
from bot.talk.visit import Visit, Words, decode, encode
from conftest import BOOK
from flows.conversation import Reply, Session, Talk
from flows.facts import Answer, Facts
from measured import ONCE, heading, memory, pinned, row

KEPT = 1000 if ONCE else 100_000  # visits
ANSWERS = 18  # of each of them
FEW = 1000
COPIES = 9  # of each visit, besides, where there are very many
TIMES = 1 if ONCE else 15
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")  # the same promises for both
PEER_TABLES = (
    "CREATE TABLE session (id BYTEA PRIMARY KEY, version BIGINT NOT NULL, data TEXT NOT NULL, touched BIGINT NOT NULL)",
    "CREATE TABLE came (key TEXT PRIMARY KEY, received BIGINT NOT NULL)",
    "CREATE TABLE owed (id BYTEA PRIMARY KEY, chat BIGINT NOT NULL, version BIGINT NOT NULL, due BIGINT NOT NULL)",
)
KEY = "INSERT INTO came VALUES ($1, $2) ON CONFLICT DO NOTHING"
WRITE = "UPDATE session SET version = $1, data = $2, touched = $3 WHERE id = $4 AND version = $5"
OWED = "INSERT INTO owed VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET version = excluded.version, due = excluded.due"
ROWS = "CREATE TABLE session (id BLOB PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL, touched INTEGER NOT NULL)"


def main() -> None:
    heading(f"The store: CPython {sys.version.split()[0]}, {KEPT:,} visits, medians of {TIMES} rounds, by turns")
    with tempfile.TemporaryDirectory() as folder, pinned(0):
        sessions(Path(folder))


# ---- sessions ----


def sessions(folder: Path) -> None:
    ours, theirs = folder / "visits.db", folder / "rows.db"
    grown = [
        int(subprocess.check_output([sys.executable, __file__, *job], text=True)) for job in (("visits", ours), ("rows", theirs))
    ]
    sizes = [path.stat().st_size for path in (ours, theirs)]
    asyncio.run(on_sqlite(ours, theirs))
    if postgres.available():
        asyncio.run(on_postgres())
    else:
        print(postgres.why_not())
    row(f"{KEPT:,} visits: bytes on disk / JSON rows in sqlite3", sizes[0] / 1e6, sizes[1] / 1e6, "MB", 0.20)
    row(f"{KEPT:,} visits: memory they take / the JSON rows held in a dict", grown[0] / 1e6, grown[1] / 1e6, "MB", 0.20)
    row(f"{KEPT:,} visits: purged, nothing left on the disk / DELETE of the rows", *asyncio.run(purging(ours, theirs)), "ms")


Change = Callable[[bytes], Awaitable[None]]
COPY = """INSERT INTO visit (owner, version, data, touched, keep)
    SELECT decode(md5(owner::text || copy), 'hex'), version, data, touched, keep FROM visit, generate_series(1, $1) AS copy"""


async def on_sqlite(ours: Path, theirs: Path) -> None:
    desk = Turns(Runtime(BOOK, SQLiteStore(ours), b"", 24))
    await desk.runtime.open()
    db = plain(theirs)

    async def rows(owner: bytes) -> None:
        version, data = db.execute("SELECT version, data FROM session WHERE id = ?", (owner,)).fetchone()
        sql = "UPDATE session SET version = ?, data = ? WHERE id = ? AND version = ?"
        assert db.execute(sql, (version + 1, changed(data), owner, version)).rowcount == 1

    alone, together = await rounds([visits_of(desk.runtime.store, desk.runtime.words), rows], TIMES)
    row("a session read, changed, kept, SQLite, alone / sqlite3 + JSON", alone[0], alone[1], "µs", 0.70)
    row("the same, 32 at once", together[0], together[1], "µs", 0.70)
    await desk.runtime.store.close()
    db.close()


async def on_postgres() -> None:
    with pinned(1), contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres.running())
        with pinned(0):
            await turns_on_postgres(server.url)
            await turns_among_many(server)


async def turns_on_postgres(url: str) -> None:
    """A whole turn, committed: its key noted, the visit read, changed and written if nobody came between, the reply noted that is
    owed. The peer does the same in one transaction of plain statements."""
    desk = Turns(Runtime(BOOK, PostgresStore(url), b"", 24))
    await desk.runtime.open()
    keys = map(str, count())
    async with asyncpg.create_pool(url, min_size=10, max_size=10) as pool:
        await filled(pool, desk.runtime.words)
        await filled_peer(pool)

        async def ours(owner: bytes) -> None:
            turn = await desk.take(owner, None, next(keys), moved, lambda _: Outgoing(1, None))
            assert turn.outcome == "ok"

        async def peer(owner: bytes) -> None:
            async with pool.acquire() as db, db.transaction():
                moment = now()
                assert await db.execute(KEY, next(keys), moment) == "INSERT 0 1"
                version, data = await db.fetchrow("SELECT version, data FROM session WHERE id = $1", owner)
                assert await db.execute(WRITE, version + 1, changed(data), moment, owner, version) == "UPDATE 1"
                await db.execute(OWED, owner, 1, version + 1, moment)

        alone, together = await rounds([ours, peer], TIMES)
        row("P1 a durable turn, PostgreSQL, alone / the same promises by asyncpg", alone[0], alone[1], "µs", 0.75)
        row("P1 the same, 32 at once", together[0], together[1], "µs", 0.75)
        await desk.runtime.store.close()


async def turns_among_many(server: postgres.Server) -> None:
    """The same turn where a thousand times as many visits stand in the table."""
    keys = map(str, count())

    def turn_of(desk: Turns, some: list[bytes]) -> Change:
        async def turn(who: bytes) -> None:
            done = await desk.take(some[who[0] * 256 + who[1]], None, next(keys), moved, lambda _: Outgoing(1, None))
            assert done.outcome == "ok"

        return turn

    desks, turns = [], []
    for kept, copies in ((KEPT, COPIES), (FEW, 0)):
        url = server.new_database()
        desks.append(Turns(Runtime(BOOK, PostgresStore(url), b"", 24)))
        await desks[-1].runtime.open()
        async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
            await filled(pool, desks[-1].runtime.words, kept)
            await pool.execute(COPY, copies)
            await pool.execute("VACUUM ANALYZE visit")
            some = [line["owner"] for line in await pool.fetch("SELECT owner FROM visit ORDER BY md5(owner::text) LIMIT 65536")]
        turns.append(turn_of(desks[-1], [some[number % len(some)] for number in range(65536)]))
    alone, together = await rounds(turns, TIMES)
    what = f"a durable turn, PostgreSQL, {KEPT * (COPIES + 1):,} visits / {FEW:,}"
    row(f"{what}, alone", alone[0], alone[1], "µs", 1.10)
    row("the same, 32 at once", together[0], together[1], "µs", 1.10)
    for desk in desks:
        await desk.runtime.store.close()


def moved(visit: Visit) -> tuple[Visit, Reply]:
    """The smallest change that a turn can make."""
    housing = "owned" if visit.session.facts.get("housing") == "rented" else "rented"
    return visit.saying(facts={**visit.session.facts, "housing": housing}), Reply("asking")


async def filled(pool: Any, words: Words, kept: int = KEPT) -> None:
    """Our table, with the first of the people."""
    ours = [(who, visit.version, encode(visit, words), now(), 0) for who, visit in islice(people(), kept)]
    await pool.copy_records_to_table("visit", records=ours, columns=("owner", "version", "data", "touched", "keep"))


async def filled_peer(pool: Any) -> None:
    for table in PEER_TABLES:
        await pool.execute(table)
    await pool.copy_records_to_table("session", records=[(who, 1, as_json(visit), 0) for who, visit in people()])


def visits_of(store: Store, words: Words) -> Change:
    """One turn's way through our store and codec, without a turn."""

    async def change(owner: bytes) -> None:
        async with store.transaction() as db:
            ((version, data, _, _),) = await db.rows("SELECT version, data, touched, keep FROM visit WHERE owner = ?", owner)
            visit = decode(bytes(data), version, words, BOOK)
            housing = "owned" if visit.session.facts.get("housing") == "rented" else "rented"
            visit = visit.saying(facts={**visit.session.facts, "housing": housing})
            moment = now()
            sql = "UPDATE visit SET version = ?, data = ?, touched = ?, keep = ? WHERE owner = ? AND version = ?"
            assert await db.run(sql, max(version + 1, moment), encode(visit, words), moment, 0, owner, version) == 1

    return change


def changed(data: str) -> str:
    visit = json.loads(data)
    facts = visit["session"]["facts"]
    facts["housing"] = "owned" if facts.get("housing") == "rented" else "rented"
    return json.dumps(visit)


async def rounds(candidates: Sequence[Change], times: int) -> tuple[list[float], list[float]]:
    """Microseconds of one change, alone and 32 at once; medians over rounds."""
    alone: list[list[float]] = [[] for _ in candidates]
    together: list[list[float]] = [[] for _ in candidates]
    luck = random.Random(5)
    for _ in range(times + 1):
        for change, one, many in zip(candidates, alone, together, strict=True):
            owners = [owner(number) for number in luck.sample(range(KEPT), 32 * 9)]
            began = time.perf_counter()
            for one_owner in owners[:32]:
                await change(one_owner)
            one.append((time.perf_counter() - began) / 32 * 1e6)
            began = time.perf_counter()
            for first in range(32, len(owners), 32):
                await asyncio.gather(*map(change, owners[first : first + 32]))
            many.append((time.perf_counter() - began) / (len(owners) - 32) * 1e6)
    return [statistics.median(some[1:]) for some in alone], [statistics.median(some[1:]) for some in together]


async def purging(ours: Path, theirs: Path) -> tuple[float, float]:
    """Milliseconds for all visits, here and there; after ours nothing of them is left in the file or its log."""
    desk = Turns(Runtime(BOOK, SQLiteStore(ours), b"", 0))
    await desk.runtime.open()
    await asyncio.sleep(1.1)  # until the last change is a second old
    began = time.perf_counter()
    assert await desk.purge() == KEPT
    middle = time.perf_counter()
    await desk.runtime.store.close()
    db = plain(theirs)
    again = time.perf_counter()
    assert db.execute("DELETE FROM session WHERE touched < ?", (now(),)).rowcount == KEPT
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (middle - began) * 1000, (time.perf_counter() - again) * 1000


# ---- the visits ----


def visits(file: str) -> None:
    asyncio.run(_fill_store(Path(file)))


async def _fill_store(path: Path) -> None:

    desk = Turns(Runtime(BOOK, SQLiteStore(path), b"", 24))
    await desk.runtime.open()
    before = memory(os.getpid())
    async with desk.runtime.store.transaction() as db:
        for who, visit in people():
            sql = "INSERT INTO visit (owner, version, data, touched) VALUES (?, ?, ?, ?)"
            await db.run(sql, who, visit.version, encode(visit, desk.runtime.words), visit.version)
        for who, _ in people():
            await db.rows("SELECT data FROM visit WHERE owner = ?", who)
    print(round((memory(os.getpid()) - before) * 2**20))
    await desk.runtime.store.close()


def rows(file: str) -> None:
    db = plain(Path(file))
    made = ((who, visit.version, as_json(visit), visit.version) for who, visit in people())
    db.execute("BEGIN")
    db.executemany("INSERT INTO session VALUES (?, ?, ?, ?)", made)
    db.execute("COMMIT")
    before = memory(os.getpid())
    held = dict(db.execute("SELECT id, data FROM session"))
    print(round((memory(os.getpid()) - before) * 2**20))
    assert len(held) == KEPT
    db.close()


def plain(path: Path) -> sqlite3.Connection:
    """A plain table of JSON rows, with the same promises as our store."""
    new = not path.exists()
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        db.execute(f"PRAGMA {pragma}")
    if new:
        db.execute(ROWS)
    return db


def as_json(visit: Any) -> str:
    beside = {name: getattr(visit, name) for name in visit.__struct_fields__ if name != "talk"}
    return json.dumps({"session": msgspec.to_builtins(visit.session), **beside})


def people() -> Iterator[tuple[bytes, Any]]:
    """(owner, visit), always the same: residents of Tianshui with many answers and a message for each of them."""

    luck = random.Random(3)
    policy = BOOK.city("tianshui").policy
    choices: dict[str, list[Answer]] = {
        fact.id: list(zip(fact.options) if fact.many else fact.options) for fact in policy.facts.values() if fact.id != "city"
    }
    for number in range(KEPT):
        chosen = sorted(luck.sample(sorted(choices), ANSWERS - 1))
        facts: Facts = {"city": "tianshui"} | {fact: luck.choice(choices[fact]) for fact in chosen}
        first = luck.randrange(1, 100_000)
        messages = tuple(range(first, first + 2 * ANSWERS, 2))
        session = Session(as_of="2026-11-22", phase="asking", facts=facts)
        moment = 1_700_000_000 + number
        yield (
            owner(number),
            Visit(Talk(BOOK, session), moment, moment, policy.version, heard=messages[-1], messages=messages),
        )


def owner(number: int) -> bytes:
    return sha256(b"%d" % number).digest()[:16]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["visits", file]:
            visits(file)
        case ["rows", file]:
            rows(file)
        case _:
            main()
