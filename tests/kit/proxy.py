"""A TCP proxy for faults between a program and its database. A fault that is switched on is a toxic; `off` lifts it.

It lives in the running loop: what blocks that loop (a synchronous driver, Server.stop) belongs into asyncio.to_thread.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Self, TypedDict, Unpack
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakSet

Side = Literal["up", "down"]  # from the client to the server, and back
End = Literal["reset", "half_open", "black_hole"]
Touch = Callable[["Toxic", "Link", Side, bytes], Awaitable[bytes]]  # gets the bytes that pass, returns those that go on

CHUNK = 65536
RST_ON_CLOSE = struct.pack("ii", 1, 0)


class Only(TypedDict, total=False):
    """What a toxic is limited to; otherwise it meets every connection, open or to come, until it is lifted."""

    connections: int  # the next so many that arrive
    size: int  # the next so many bytes, of all connections together
    times: int  # so many connections ended


@dataclass(eq=False)
class Toxic:
    """One fault that is switched on, and the connections that it met."""

    proxy: "Proxy"
    touch: Touch
    side: Side | None = None
    greet: End | None = None  # how a connection ends as soon as it is met
    bite: int = CHUNK  # so many bytes pass at once
    connections: int | None = None
    size: int | None = None
    times: int | None = None
    met: "WeakSet[Link]" = field(default_factory=WeakSet)
    lifted: asyncio.Event = field(default_factory=asyncio.Event)

    def off(self) -> None:
        """Lifts it: what it holds up goes on, and what it left hanging is reset, as when a line is mended."""
        self.retire()
        for link in tuple(self.met):
            if link.hanging:
                link.reset()

    def retire(self) -> None:
        """From now on it touches nothing; what it left hanging still hangs."""
        self.lifted.set()
        self.proxy.toxics = [toxic for toxic in self.proxy.toxics if toxic is not self]
        for link in self.met:
            link.toxics = [toxic for toxic in link.toxics if toxic is not self]

    def welcome(self, link: "Link") -> None:
        """Meets a connection that arrives, if it is one of the next n."""
        if self.connections is not None:
            self.connections -= 1
        if self.connections is None or self.connections >= 0:
            self.meet(link)

    def meet(self, link: "Link") -> None:
        self.met.add(link)
        link.toxics.append(self)
        if self.greet and self.spend():
            self.end(link, self.greet)

    def spend(self) -> bool:
        """Takes one of its `times`; False: none is left."""
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times >= 0

    def end(self, link: "Link", how: End) -> None:
        self.proxy.cuts += 1
        link.end(how)

    async def pass_on(self, link: "Link", way: Side, chunk: bytes) -> bytes:
        if self.lifted.is_set() or self.side not in (way, None) or (self.size is not None and self.size <= 0):
            return chunk
        if self.size is not None:
            self.size -= len(chunk)
        left = await self.touch(self, link, way, chunk)
        if self.size is not None and self.size <= 0:
            self.retire()
        return left

    async def pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.lifted.wait(), seconds)


class Link:
    """One connection through the proxy, from the client to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.readers: dict[Side, asyncio.StreamReader] = {"up": reader}
        self.writers: dict[Side, asyncio.StreamWriter] = {"down": writer}
        self.task = asyncio.current_task()
        self.toxics: list[Toxic] = []
        self.hanging = False  # it lost bytes or its server: nothing passes any more, not even that an end has closed
        self.over = False

    async def run(self, target: tuple[str, int]) -> None:
        try:
            if not self.hanging and not self.over:
                self.readers["down"], self.writers["up"] = await asyncio.open_connection(*target)
            for writer in self.writers.values():
                writer.transport.set_write_buffer_limits(0)  # drained means: handed to the system
            if not self.over:
                await self.carry()
        except* OSError:
            self.reset()
        finally:
            await self.close()

    async def carry(self) -> None:
        async with asyncio.TaskGroup() as ways:
            for way in self.readers:
                ways.create_task(self.pump(way))

    async def pump(self, way: Side) -> None:
        while chunk := await self.readers[way].read(min([CHUNK, *(toxic.bite for toxic in self.toxics)])):
            for toxic in tuple(self.toxics):
                chunk = await toxic.pass_on(self, way, chunk)
            await self.send(way, chunk)
        if not self.hanging and not self.over:
            self.writers[way].write_eof()

    async def send(self, way: Side, chunk: bytes) -> None:
        if chunk and not self.hanging and not self.over:
            self.writers[way].write(chunk)
            await self.writers[way].drain()

    def end(self, how: End) -> None:
        match how:
            case "reset":
                self.reset()
            case "half_open":
                self.hanging = True
                if "up" in self.writers:
                    self.writers["up"].close()
            case "black_hole":
                self.hanging = True

    def reset(self) -> None:
        self.over = True
        for writer in self.writers.values():
            with contextlib.suppress(OSError):  # that end has closed already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE)
            writer.transport.abort()

    async def close(self) -> None:
        for writer in self.writers.values():
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class Proxy:
    """Listens on `port` of 127.0.0.1 and carries each connection to the target, past the toxics in force."""

    def __init__(self, target_host: str, target_port: int) -> None:
        self.target = (target_host, target_port)
        self.port = free_port()
        self.connections = 0  # accepted so far
        self.cuts = 0  # connections that a toxic has ended or left hanging so far
        self.links: set[Link] = set()
        self.toxics: list[Toxic] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        await self.reopen()

    async def stop(self) -> None:
        self.refuse()
        await asyncio.sleep(0)  # lets those in that were accepted already
        self._lift()
        for link in self.links:
            link.reset()
        await asyncio.gather(*(link.task for link in self.links if link.task), return_exceptions=True)

    async def heal(self) -> None:
        """Lifts every toxic and opens the port."""
        self._lift()
        await self.reopen()

    def through(self, url: str) -> str:
        """The same url by way of the proxy."""
        user, at, _ = urlsplit(url).netloc.rpartition("@")
        return urlsplit(url)._replace(netloc=f"{user}{at}127.0.0.1:{self.port}").geturl()

    # ---- toxics ----

    def latency(self, ms: float, jitter: float = 0.0, side: Side | None = "down", **only: Unpack[Only]) -> Toxic:
        """What passes comes later, by `ms` plus or minus up to `jitter`."""

        async def wait(toxic: Toxic, link: Link, way: Side, chunk: bytes) -> bytes:
            await toxic.pause(max(0.0, ms + random.uniform(-jitter, jitter)) / 1000)
            return chunk

        return self._add(Toxic(self, wait, side, **only))

    def throttle(self, rate: int, side: Side | None = None, **only: Unpack[Only]) -> Toxic:
        """Lets `rate` bytes a second pass, for each connection and each way."""

        async def wait(toxic: Toxic, link: Link, way: Side, chunk: bytes) -> bytes:
            await toxic.pause(len(chunk) / rate)
            return chunk

        return self._add(Toxic(self, wait, side, bite=max(1, min(CHUNK, rate // 20)), **only))

    def reset(self, after: int | None = None, side: Side = "up", **only: Unpack[Only]) -> Toxic:
        """RST to both ends: now to all that are open; or to the next `connections`; or after so many bytes on one side."""
        toxic = self._ending("reset", after, side, only)
        if after is None and not only:
            toxic.retire()
        return toxic

    def black_hole(self, after: int | None = None, side: Side = "up", **only: Unpack[Only]) -> Toxic:
        """Everything is accepted and swallowed, both ways; neither end hears of it until the toxic is off."""
        return self._ending("black_hole", after, side, only)

    def half_open(self, after: int | None = None, side: Side = "up", **only: Unpack[Only]) -> Toxic:
        """The server's end is closed; the client is left waiting until the toxic is off."""
        return self._ending("half_open", after, side, only)

    def cut(self, when: bytes, forward: bool = True, side: Side = "up", how: End = "reset", **only: Unpack[Only]) -> Toxic:
        """Ends a connection when `when` passes: before its first byte, or (`forward`) after it took effect.

        Upstream that is when the server answers: it has done what it was told, and its answer is withheld.
        """
        tails: WeakKeyDictionary[Link, bytes] = WeakKeyDictionary()
        doomed: WeakSet[Link] = WeakSet()

        async def watch(toxic: Toxic, link: Link, way: Side, chunk: bytes) -> bytes:
            if link in doomed and way == "down":
                toxic.end(link, how)
                return b""
            if link in doomed or way != side:
                return chunk
            tail = tails.get(link, b"")
            start = (tail + chunk).find(when)
            tails[link] = (tail + chunk)[max(0, len(tail + chunk) - len(when) + 1) :]
            if start < 0 or not toxic.spend():
                return chunk
            if forward and side == "up":
                doomed.add(link)
                return chunk
            await link.send(way, chunk if forward else chunk[: max(0, start - len(tail))])
            toxic.end(link, how)
            return b""

        return self._add(Toxic(self, watch, **only))

    def refuse(self) -> None:
        """Closes the port: who comes is refused, who is connected stays."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def reopen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    # ---- at work ----

    def _ending(self, how: End, after: int | None, side: Side, only: Only) -> Toxic:
        left: WeakKeyDictionary[Link, int] = WeakKeyDictionary()

        async def count(toxic: Toxic, link: Link, way: Side, chunk: bytes) -> bytes:
            room = left.get(link, after or 0)
            left[link] = room - len(chunk)
            if after is None or left[link] > 0 or not toxic.spend():
                return chunk
            await link.send(way, chunk[:room])
            toxic.end(link, how)
            return b""

        return self._add(Toxic(self, count, side, greet=how if after is None else None, **only))

    def _add(self, toxic: Toxic) -> Toxic:
        self.toxics.append(toxic)
        if toxic.connections is None:
            for link in tuple(self.links):
                toxic.meet(link)
        return toxic

    def _lift(self) -> None:
        for toxic in self.toxics:
            toxic.off()
        for link in self.links:
            if link.hanging:
                link.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer)
        self.links.add(link)
        self.connections += 1
        for toxic in tuple(self.toxics):
            toxic.welcome(link)
        try:
            await link.run(self.target)
        finally:
            self.links.discard(link)


def free_port() -> int:
    """A port below those that the system lends to outgoing connections, so that it stays free while it is closed."""
    for port in random.SystemRandom().sample(range(20000, 32000), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port between 20000 and 32000")
