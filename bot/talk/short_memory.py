"""What is remembered for a moment, by all processes that share a database: a remark on the next page, a way back, a form that
was sent. Sealed with the key, under a name that says nothing; it may be lost, as it is asked for anew or was only a remark."""

from typing import Generic, TypeVar

from msgspec import MsgspecError, msgpack

from bot.clock import now
from bot.store import beside
from bot.store.base import Connection, retried
from bot.talk.runtime import Runtime

Thing = TypeVar("Thing")


class ShortMemory(Generic[Thing]):
    """Things of one kind by name, each for so many seconds."""

    def __init__(self, runtime: Runtime, kind: str, thing: object, seconds: int) -> None:
        self._runtime = runtime
        self._kind = kind
        self._read = msgpack.Decoder(thing).decode
        self._seconds = seconds

    @retried
    async def keep(self, name: str, thing: Thing, owner: bytes = beside.NO_VISIT) -> None:
        """`owner`: of the visit with which it goes, if it is about one."""
        row = self._row(name)
        sealed = self._runtime.sealed(row, msgpack.encode(thing))
        async with self._runtime.store.transaction() as db:
            await beside.put(db, row, owner, sealed, now() + self._seconds)

    @retried
    async def claim(self, name: str) -> bool:
        """Whether nobody was here before in so many seconds; from now on somebody was."""
        async with self._runtime.store.transaction() as db:
            return await beside.claim(db, self._row(name), now(), now() + self._seconds)

    @retried
    async def of(self, name: str) -> Thing | None:
        """What is kept under this name; None if there is nothing, or it is too old."""
        async with self._runtime.store.transaction() as db:
            return await self.find(db, name)

    async def find(self, db: Connection, name: str) -> Thing | None:
        """The same, in a transaction."""
        row = self._row(name)
        return self._opened(row, await beside.find(db, row, now()))

    @retried
    async def take(self, name: str) -> Thing | None:
        """The same, once."""
        row = self._row(name)
        async with self._runtime.store.transaction() as db:
            return self._opened(row, await beside.take(db, row, now()))

    @retried
    async def drop(self, name: str) -> None:
        async with self._runtime.store.transaction() as db:
            await beside.drop(db, self._row(name))

    def _row(self, name: str) -> bytes:
        return self._runtime.keyed_hash(f"beside {self._kind}", name)

    def _opened(self, row: bytes, sealed: bytes | None) -> Thing | None:
        """What another version of the program wrote, or nobody of ours, is nothing."""
        data = self._runtime.unsealed(row, sealed) if sealed else None
        try:
            return self._read(data) if data is not None else None
        except MsgspecError:
            return None
