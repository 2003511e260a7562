"""What every part of a running service is handed: the policies, the store, the key, the ids as numbers, the counters."""

import hmac
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from bot import clock
from bot.clock import now
from bot.store import counters, inbox, leases
from bot.store.attempts import Bucket, Limits, buckets
from bot.store.base import Conflict, Store, StoreDown, retried
from bot.talk.counters import Counters
from bot.talk.visit import Words
from flows.book import Book
from flows.hearing.ears import Ears

if TYPE_CHECKING:  # with the first thing that is kept sealed: a chat has none
    from nacl.secret import SecretBox

CLOCK = "clock"  # a lease that nobody takes: by which start of the machine moments were counted last, and how
KEY = "key"  # the lease of all who have one
KEY_HELD = 30  # seconds, after which a key that nobody uses any more gives way


def shown(key: bytes) -> str:
    """By what processes see whether they have the same key."""
    return hmac.digest(key, b"key:", sha256)[:16].hex()


class NewPolicies(Conflict):
    """A visit was judged by other policies than ours, and more were published than we have seen."""

    def __init__(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        self._catch_up = catch_up

    async def over(self, attempt: int) -> None:
        await self._catch_up()


class Runtime:
    """`retention`: seconds for which a visit is kept that nobody comes back to, where its channel has no age of its own."""

    def __init__(self, book: Book, store: Store, key: bytes, retention_hours: int) -> None:
        # another one takes its place when other policies are published (bot/published.py)
        self.book = book if book.known else self.warmed(book)
        self.published = 0  # the number of what this process has seen published
        self.catch_up: Callable[[], Awaitable[None]] | None = None  # looks whether there is more
        self.store = store
        self.words = Words()
        self.counters = Counters()
        self.retention = retention_hours * 3600
        self._key = key
        self._keyed = hmac.new(key, digestmod=sha256)

    @staticmethod
    def warmed(book: Book) -> Book:
        """With all that the first story needs: nobody waits for it. Every city is read, but of a set that is known to be sound.
        Raises PolicyError."""
        _ = book.overview
        Ears(book).hear("我", "city", {})
        return book

    async def open(self) -> None:
        """Raises StoreDown."""
        await self.store.open()
        await self.resume_clock()
        await self.hold_key()
        await self.learn_words(self.book)

    @retried
    async def resume_clock(self) -> None:
        """Moments go on from those of the start before, wherever the clock on the wall was put meanwhile. Raises StoreDown."""
        boot = clock.boot()
        async with self.store.transaction() as db:
            kept = await leases.find(db, CLOCK)
            clock.go_on(kept[1] if kept and boot and kept[0] == boot else None, await inbox.newest(db))
            await leases.delete(db, CLOCK)
            await leases.take(db, CLOCK, boot, clock.now(), clock.ahead())

    async def hold_key(self) -> None:
        """As long as anybody uses a database with one key, nobody does with another: they would not find each other's visits,
        and each would answer the same person. Raises StoreDown."""
        if not await self.lease(KEY, shown(self._key), KEY_HELD):
            raise StoreDown("LUOHU_KEY 和另一个正在用这个数据库的进程不一样（它要是已经停了，过半分钟再启动）")

    @retried
    async def learn_words(self, book: Book) -> None:
        async with self.store.transaction() as db:
            await self.words.load(db, book)

    def owner(self, channel: str, person: int | str) -> bytes:
        """Who a visit belongs to: a keyed hash, which nobody can turn back without the key."""
        return self.keyed_hash(channel, str(person))

    def keyed_hash(self, kind: str, secret: str) -> bytes:
        """What is kept of a number, a code or a token: 16 bytes."""
        hashed = self._keyed.copy()  # less work than from the key anew
        hashed.update(f"{kind}:{secret}".encode())
        return hashed.digest()[:16]

    def sealed(self, name: bytes, data: bytes) -> bytes:
        """The data as nobody reads them without the key. `name`: of the row that they are kept in."""
        return self._box(name).encrypt(data)

    def unsealed(self, name: bytes, sealed: bytes) -> bytes | None:
        """The data; None, if they were sealed for another row or with another key, or changed since."""
        from nacl.exceptions import CryptoError

        try:
            return self._box(name).decrypt(sealed)
        except CryptoError:
            return None

    def _box(self, name: bytes) -> "SecretBox":
        from nacl.secret import SecretBox

        return SecretBox(hmac.digest(self._key, b"seal:" + name, sha256))

    def tries(self, limits: Limits, whose: str) -> tuple[Bucket, ...]:
        """What a try is taken from; of the account or address nothing can be read there."""
        return buckets(limits, self.keyed_hash("try", whose).hex())

    @retried
    async def lease(self, name: str, holder: str, seconds: int) -> bool:
        """Takes or renews what only one process may do at a time; whether it is ours."""
        moment = now()
        async with self.store.transaction() as db:
            return await leases.take(db, name, holder, moment, moment + seconds)

    @retried
    async def is_held(self, name: str) -> bool:
        """Whether anybody has it now."""
        async with self.store.transaction() as db:
            kept = await leases.find(db, name)
        return kept is not None and kept[1] >= now()

    @retried
    async def break_lease(self, name: str) -> None:
        """Takes a lease away from whoever holds it."""
        async with self.store.transaction() as db:
            await leases.delete(db, name)

    @retried
    async def keep_counters(self) -> None:
        """Adds what was counted since the last time to what is kept."""
        counted = self.counters.take()
        try:
            async with self.store.transaction() as db:
                await counters.add(db, counted)
        except (StoreDown, Conflict):
            self.counters.give_back(counted)
            raise
