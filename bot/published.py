"""Sets of policy files that were published: a set as bytes under its hash, opened as a book; and a process that keeps to the one
in force.

What is in force is a line in the database (decision 26). A set that cannot be used never takes the place of one that can.
"""

import asyncio
import contextlib
import hashlib
import io
import json
import logging
import re
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from bot import log, sound
from bot.clock import today
from bot.settings import Settings
from bot.sound import Mark
from bot.store import policies
from bot.store.base import Store, StoreDown, retried
from bot.store.chosen import store_for
from bot.store.policies import Published
from bot.talk.runtime import Runtime
from bot.wording import languages as i18n
from flows.amounts import pattern_of
from flows.book import Book, PolicyError, Problem
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
    """The files that channels read, and the documents; no draft. Raises PolicyError where one cannot be read."""
    documents = (path for path in (folder / "documents").glob("*.txt") if NAME.fullmatch(f"documents/{path.name}"))
    files, problems = {}, []
    for path in (path for path in (*folder.glob("*.yaml"), *documents) if path.is_file()):
        name = path.relative_to(folder).as_posix().encode(errors="backslashreplace").decode()
        try:
            files[name] = path.read_bytes()
        except OSError as error:
            what = f"打不开（{error.strerror}）"
            problems.append(Problem(f"{folder.resolve().name}/{name}", 1, what, "让运行服务的账户能读这个文件"))
    if problems:
        raise PolicyError(problems)
    return files


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


def in_memory(files: Mapping[str, bytes], name: str = "policies") -> Traversable:
    """The files as a folder that nobody can edit: whatever of them is read later is as it was."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as folder:
        for file, data in files.items():
            folder.writestr(zipfile.ZipInfo(f"{name}/{file}"), data)
    return zipfile.Path(zipfile.ZipFile(kept), f"{name}/")


@dataclass(frozen=True, slots=True)
class Opened:
    """A set as a process uses it. `said`: language -> what its texts are there; `folder`: its files, for what is read later: a
    city when it is first asked for, everything on another day."""

    book: Book
    said: Mapping[str, Mapping[str, str]]
    folder: Traversable


def _read(folder: Traversable, mark: Mark | None) -> Book:
    """As it is in force today. Raises PolicyError. `mark`: counts on that day only, which may have begun since it was found."""
    day = today()
    return replace(load(folder, as_of=day), known=mark.overview if mark and mark.fits(day) else None)


def opened(one: PolicySet, mark: Mark | None = None) -> Opened:
    """As it is in force today; all of it is read, if it is not known by its mark to be sound. Raises Unusable."""
    files = unpack(one)
    folder = in_memory(files)
    try:
        book = _read(folder, mark)
        said = {Path(name).stem: json.loads(data) for name, data in files.items() if name.startswith("locales/")}
        return Opened(book if book.known else Runtime.warmed(book), said, folder)
    except PolicyError as error:
        raise Unusable(str(error)) from None


# ---- at the start ----


@dataclass(frozen=True, slots=True)
class InForce:
    """What a process begins with. `number`: in the log, 0 for the folder's own; `newest`: what it should be; `folder`: what the
    book was read from; `own`: the folder's files as they were read, of a folder that is in force because nothing was published;
    `name`: of the mark that says the set to be sound; `mark`: if there was one."""

    book: Book
    number: int = 0
    newest: int = 0
    folder: Traversable | None = None
    own: Mapping[str, bytes] | None = None
    name: bytes = b""
    hash: str = ""  # of a set that was published
    mark: Mark | None = None

    def untranslated(self) -> Mapping[str, int]:
        """Language -> how many sentences of the policies are said in Chinese there."""
        return self.mark.untranslated if self.mark else i18n.incomplete(self.book)


def at_start(settings: Settings, folder: Path) -> InForce:
    """What was published last and can be used; the folder's own where there is none. Raises PolicyError."""
    store = store_for(settings.database)
    with contextlib.suppress(StoreDown):  # whoever opens the store says so
        found = asyncio.run(_newest_good(store))
        if found is not None:
            return found
    own, mark = as_written(folder), None
    name = sound.name_of(hash_of(own))
    with contextlib.suppress(StoreDown):
        mark = asyncio.run(sound.found(store, name, today()))
    kept = in_memory(own, folder.resolve().name)
    book = _read(kept, mark)
    _ = book.overview  # every city is read, if it is not known
    return InForce(book, folder=kept, own=own, name=name, mark=mark)


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
        name = sound.name_of(line.hash)
        mark = await sound.found(store, name, today())
        try:
            one = await asyncio.to_thread(opened, PolicySet(line.hash, data), mark)
        except Unusable:
            refused.add(line.hash)
            continue
        i18n.bring(one.said)
        return InForce(one.book, line.number, lines[0].number, one.folder, None, name, line.hash, mark)
    return None


# ---- while it runs ----


def _warmed(one: PolicySet, mark: Mark | None) -> Opened:
    """With all that the first story needs. Raises Unusable."""
    found = opened(one, mark)
    Runtime.warmed(found.book)
    return found


class Follower:
    """Keeps a process at what is in force: it looks at the log's last number, and swaps the book as a whole.

    `refused`: whether what is in force cannot be used here, so that the one before it is.
    """

    def __init__(self, runtime: Runtime, begins: InForce, handed_in: Path | None = None) -> None:
        self._runtime = runtime
        self._handed_in = handed_in
        self._books: dict[str, Opened] = {}
        self._folder = begins.folder  # of the book in use
        self._day = begins.book.as_of
        self._begins: InForce | None = begins  # until it is kept
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
            elif self._folder is not None and self._day < (day := today()):
                await self._turn_to(day, self._folder)

    async def keep_own(self) -> None:
        """What this process began with is kept as long as nothing is published: so that somebody can go back to it; and that it
        is sound. Raises StoreDown."""
        if (begins := self._begins) is not None:
            hash_ = begins.mark.hash if begins.mark else begins.hash
            if begins.own and not (hash_ and await self._is_known(hash_)):  # it is from the second start on
                hash_ = await self._keep(begins.own, begins.book)
            if begins.name:
                mark = begins.mark if begins.mark else await asyncio.to_thread(sound.mark_of, begins.book, hash_)
                await self._keep_mark(begins.name, mark)
            self._begins = None

    async def _keep(self, own: Mapping[str, bytes], book: Book) -> str:
        """The hash of the folder's set."""
        files = await asyncio.to_thread(lambda: {**own, **_said(book)})
        hash_ = hash_of(files)
        if not await self._is_known(hash_):
            one = await asyncio.to_thread(pack, files)
            await self._kept(Published(one.hash, int(time.time()), SERVICE, OWN), one.data)
        return hash_

    @retried
    async def _keep_mark(self, name: bytes, mark: Mark) -> None:
        async with self._runtime.store.transaction() as db:
            await sound.keep(db, name, mark)

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
            self._folder, self._day = one.folder, one.book.as_of
            log.event("policies_adopted", count=line.number)
        self._runtime.published = line.number
        if not self.refused and one.book.known is None:
            mark = await asyncio.to_thread(sound.mark_of, one.book, line.hash)
            await self._keep_mark(sound.name_of(line.hash), mark)

    async def _turn_to(self, day: str, folder: Traversable) -> None:
        """Another day: what begins or is over by now is so in the talks, too."""
        if any(self._day < turning <= day for turning in self._runtime.book.overview.turning_days):
            self._books.clear()
            try:
                book = await asyncio.to_thread(lambda: Runtime.warmed(load(folder, as_of=day)))
                await self._runtime.learn_words(book)
                self._runtime.book = book
                log.event("policies_adopted", count=self._runtime.published)
            except PolicyError:
                log.event("policies_refused", logging.ERROR, count=self._runtime.published)
                self.refused = True
        self._day = day

    async def _opened(self, hash_: str, data: bytes = b"") -> Opened:
        """Raises Unusable. `data`: where it is not stored yet."""
        if hash_ not in self._books:
            one = PolicySet(hash_, data or await self._stored(hash_))
            mark = await sound.found(self._runtime.store, sound.name_of(hash_), today())
            self._books = dict([*self._books.items()][1 - KEPT :])
            self._books[hash_] = await asyncio.to_thread(_warmed, one, mark)
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
