"""Sets of policy files that were published: a set as bytes under its hash, opened as a book; and a process that keeps to the one
in force.

What is in force is a line in the database (decision 26). A set that cannot be used never takes the place of one that can.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import re
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bot import log
from bot.clock import today
from bot.settings import Settings
from bot.store import policies
from bot.store.base import Store, StoreDown, retried
from bot.store.chosen import store_for
from bot.store.policies import Published
from bot.talk.runtime import Runtime
from bot.wording import languages as i18n
from flows.amounts import pattern_of
from flows.book import Book, PolicyError
from flows.loading.load import load

NAME = re.compile(r"(documents/)?[a-z][a-z0-9_-]*\.(yaml|txt)|locales/[a-z]+\.json")  # of a file in a set
LARGEST = 64 * 1024 * 1024  # bytes of a set
KEPT = 2  # books that stay in memory: whoever goes back to the rules of before waits for nothing
SERVICE, OWN = "luohu serve", "启动时文件夹里的"  # who put it in force, and what that was, as long as nothing is published
LOOK_EVERY = 1.0  # seconds until a process sees that something was published


class Unusable(Exception):
    """A set that cannot be used; its text says why, a fault a line."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Files by name, in one piece. The same files are the same bytes, and have the same hash."""

    hash: str
    data: bytes


# ---- a set as bytes ----


def pack(files: Mapping[str, bytes]) -> PolicySet:
    packed = msgspec.msgpack.encode(sorted(files.items()))
    return PolicySet(hashlib.sha256(packed).hexdigest(), zlib.compress(packed))


def hash_of(files: Mapping[str, bytes]) -> str:
    """The same as its set has, at a fortieth of the cost."""
    return hashlib.sha256(msgspec.msgpack.encode(sorted(files.items()))).hexdigest()


def unpack(one: PolicySet) -> dict[str, bytes]:
    """Raises Unusable where it is not what its hash says, or more than a set of policies."""
    try:
        packed = zlib.decompressobj().decompress(one.data, LARGEST)
        files = dict(msgspec.msgpack.decode(packed, type=list[tuple[str, bytes]]))
    except (zlib.error, msgspec.MsgspecError):
        raise Unusable("这一套政策数据坏了，读不出来") from None
    if hashlib.sha256(packed).hexdigest() != one.hash or not all(map(NAME.fullmatch, files)):
        raise Unusable("这一套政策数据和它的校验码对不上")
    return files


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder, with the translations of what they say."""
    return as_written(folder) | _said(load(folder))


def as_written(folder: Path) -> dict[str, bytes]:
    """The files that channels read, and the documents; no draft."""
    found = [*folder.glob("*.yaml"), *(folder / "documents").glob("*.txt")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.is_file()}


def _said(book: Book) -> dict[str, bytes]:
    texts = {pattern_of(text.says) for text in i18n.policy_texts(book)}
    files = {}
    for language in (one for one in i18n.LANGUAGES if one != i18n.SOURCE):
        known = {text: i18n.translations(language).get(text, text) for text in sorted(texts)}
        said = json.dumps({text: said for text, said in known.items() if said != text}, ensure_ascii=False, sort_keys=True)
        files[f"locales/{language}.json"] = said.encode()
    return files


@contextlib.contextmanager
def laid_out(one: PolicySet) -> Iterator[Path]:
    """A set as a folder, for as long as it is looked at. Raises Unusable."""
    files = unpack(one)
    with tempfile.TemporaryDirectory(prefix="luohu-") as place:
        folder = Path(place) / "policies"
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        yield folder


@dataclass(frozen=True, slots=True)
class Opened:
    """A set as a process uses it. `said`: language -> what its texts are there; `files`: the set itself, where a later day is
    to be read from it."""

    book: Book
    said: Mapping[str, Mapping[str, str]]
    files: PolicySet | None


def opened(one: PolicySet) -> Opened:
    """All of it is read, as it is in force today: nothing is looked for in a folder later. Raises Unusable."""
    try:
        with laid_out(one) as folder:
            book = load(folder, as_of=today())
            Runtime.warmed(book)
            said = {path.stem: json.loads(path.read_text("utf-8")) for path in (folder / "locales").glob("*.json")}
    except PolicyError as error:
        raise Unusable(str(error)) from None
    return Opened(book, said, one if book.turning_days else None)


# ---- at the start ----


@dataclass(frozen=True, slots=True)
class InForce:
    """What a process begins with. `number`: in the log, 0 for the folder's own; `newest`: what it should be; `files`: what the
    book was read from, where a later day is to be read from them; `own`: the folder's files as they were read, of a folder that
    is in force because nothing was published."""

    book: Book
    number: int = 0
    newest: int = 0
    files: PolicySet | None = None
    own: Mapping[str, bytes] | None = None


def at_start(settings: Settings, folder: Path) -> InForce:
    """What was published last and can be used; the folder's own where there is none. Raises PolicyError."""
    with contextlib.suppress(StoreDown):  # whoever opens the store says so
        found = asyncio.run(_newest_good(store_for(settings.database)))
        if found is not None:
            return found
    own = as_written(folder)
    book = load(folder, as_of=today())
    return InForce(book, files=pack(own | _said(book)) if book.turning_days else None, own=own)


async def _newest_good(store: Store) -> InForce | None:
    lines = await policies.log_of(store)
    if not any(line.number for line in lines):
        return None
    refused: set[str] = set()
    for line in lines:
        if line.hash in refused:
            continue
        async with store.reading() as db:
            data = await policies.files(db, line.hash)
        try:
            one = await asyncio.to_thread(opened, PolicySet(line.hash, data))
        except Unusable:
            refused.add(line.hash)
            continue
        i18n.bring(one.said)
        return InForce(one.book, line.number, lines[0].number, one.files)
    return None


# ---- while it runs ----


class Follower:
    """Keeps a process at what is in force: it looks at the log's last number, and swaps the book as a whole.

    `refused`: whether what is in force cannot be used here, so that the one before it is.
    """

    def __init__(self, runtime: Runtime, begins: InForce, handed_in: Path | None = None) -> None:
        self._runtime = runtime
        self._handed_in = handed_in
        self._books: dict[str, Opened] = {}
        self._files = begins.files  # of the book in use, as long as a day to come is to be read from them
        self._day = begins.book.as_of
        self._own = (begins.own, begins.book) if begins.own else None
        self._one_at_a_time = asyncio.Lock()
        runtime.published, runtime.catch_up = begins.newest, self.look
        self.refused = begins.number != begins.newest
        if self.refused:
            log.event("policies_refused", logging.ERROR, count=begins.newest)

    async def look(self) -> None:
        """Raises StoreDown."""
        async with self._one_at_a_time:
            if self._handed_in is not None and self._handed_in.exists():
                await self._take_in(self._handed_in)
            line = await self._newest()
            if line is not None and line.number != self._runtime.published:
                await self._adopt(line)
            elif self._files is not None and self._day < (day := today()):
                await self._turn_to(day, self._files)

    async def keep_own(self) -> None:
        """What this process began with is kept as long as nothing is published: so that somebody can go back to it. Raises
        StoreDown."""
        if self._own is not None:
            own, book = self._own
            files = await asyncio.to_thread(lambda: {**own, **_said(book)})
            if not await self._is_known(hash_of(files)):  # as from the second start on
                one = await asyncio.to_thread(pack, files)
                await self._kept(Published(one.hash, int(time.time()), SERVICE, OWN), one.data)
            self._own = None

    @retried
    async def _is_known(self, hash_: str) -> bool:
        async with self._runtime.store.reading() as db:
            return any(line.hash == hash_ for line in await policies.every(db))

    @retried
    async def _kept(self, line: Published, data: bytes) -> None:
        async with self._runtime.store.transaction() as db:
            await policies.keep_first(db, line, data)

    @retried
    async def _newest(self) -> Published | None:
        async with self._runtime.store.transaction() as db:
            if await policies.newest(db) == self._runtime.published:
                return None
            return next(iter(await policies.every(db)), None)

    async def _adopt(self, line: Published) -> None:
        """One swap, between two turns; what cannot be used is said, and changes nothing."""
        try:
            one = await self._opened(line.hash)
            await self._runtime.learn_words(one.book)
        except Unusable:
            log.event("policies_refused", logging.ERROR, count=line.number)
            self.refused = True
        else:
            i18n.bring(one.said)
            self._runtime.book, self.refused = one.book, False
            self._files, self._day = one.files, one.book.as_of
            log.event("policies_adopted", count=line.number)
        self._runtime.published = line.number

    async def _turn_to(self, day: str, files: PolicySet) -> None:
        """Another day: what begins or is over by now is so in the talks, too."""
        if any(self._day < turning <= day for turning in self._runtime.book.turning_days):
            self._books.clear()
            try:
                one = await self._opened(files.hash, files.data)
                await self._runtime.learn_words(one.book)
                self._runtime.book = one.book
                log.event("policies_adopted", count=self._runtime.published)
            except Unusable:
                log.event("policies_refused", logging.ERROR, count=self._runtime.published)
                self.refused = True
        self._day = day

    async def _opened(self, hash_: str, data: bytes = b"") -> Opened:
        """Raises Unusable. `data`: where it is not stored yet."""
        if hash_ not in self._books:
            one = await asyncio.to_thread(opened, PolicySet(hash_, data or await self._stored(hash_)))
            self._books = dict([*self._books.items()][1 - KEPT :])
            self._books[hash_] = one
        return self._books[hash_]

    async def _take_in(self, file: Path) -> None:
        """What was handed in, as nobody else can write to the database now: looked at, and put in force."""
        try:
            line, data = await asyncio.to_thread(read_handed_in, file)
            await self._opened(line.hash, data)
        except (Unusable, OSError) as error:
            log.fault("policies_unreadable", error)
        else:
            await self._publish(line, data)
        await asyncio.to_thread(file.unlink, missing_ok=True)

    @retried
    async def _stored(self, hash_: str) -> bytes:
        async with self._runtime.store.transaction() as db:
            return await policies.files(db, hash_)

    @retried
    async def _publish(self, line: Published, data: bytes) -> None:
        async with self._runtime.store.transaction() as db:
            last = next(iter(await policies.every(db)), None)
            if last is None or (last.hash, last.moment) != (line.hash, line.moment):  # a kill may leave the file there
                await policies.publish(db, line, data)


# ---- handed in: on SQLite one process has the file ----


def handing_in(settings: Settings) -> Path:
    """Where a set is left for the process that has the database."""
    return Path(f"{settings.database}.publish")


def hand_in(file: Path, line: Published, data: bytes) -> None:
    """Raises FileExistsError where somebody else just did."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=file.name) as whole:
        whole.write(msgspec.msgpack.encode([line.hash, line.moment, line.who, line.what, line.back, data]))
        whole.flush()
        Path(file).hardlink_to(whole.name)


def read_handed_in(file: Path) -> tuple[Published, bytes]:
    try:
        hash_, moment, who, what, back, data = msgspec.msgpack.decode(
            file.read_bytes(), type=tuple[str, int, str, str, int, bytes]
        )
    except msgspec.MsgspecError:
        raise Unusable("不是 luohu policy publish 写的") from None
    return Published(hash_, moment, who, what, back), data
