"""The proxy's toxics do what they say: each once against an echo, the cut COMMIT against PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

import needs
import postgres as here
from postgres import Server
from proxy import Proxy

try:
    import asyncpg
except ImportError:
    asyncpg = None

SOON = 0.2  # seconds in which an echo comes
LATER = 60_000  # milliseconds that no test waits for
GONE = (ConnectionResetError, BrokenPipeError)
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


class Echo:
    """A server that sends everything back, and remembers what it heard and how many have left it."""

    def __init__(self) -> None:
        self.heard = b""
        self.left = 0

    async def serve(self, reader: Reader, writer: Writer) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                self.heard += chunk
                writer.write(chunk)
                await writer.drain()
        self.left += 1
        writer.close()


@asynccontextmanager
async def echoing() -> AsyncIterator[tuple[Proxy, Echo]]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with server, Proxy(*server.sockets[0].getsockname()) as proxy:
        yield proxy, echo


class Client:
    """One connection to the proxy."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, words: bytes) -> bytes:
        """What comes back for these words, in good time."""
        self.writer.write(words)
        return await asyncio.wait_for(self.reader.readexactly(len(words)), 5.0)

    async def waits(self, words: bytes) -> bool:
        """These words are accepted and nothing at all comes back."""
        self.writer.write(words)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.reader.read(1), SOON)
            return False
        return True


@asynccontextmanager
async def calling(proxy: Proxy) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def seconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def comes(true: Callable[[], bool]) -> bool:
    """It comes true in good time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5.0):
            while not true():  # what is watched is a counter of another party
                await asyncio.sleep(0.005)
    return true()


@pytest.mark.asyncio
async def test_without_a_toxic_everything_passes_and_a_close_is_passed_on() -> None:
    async with echoing() as (proxy, echo):
        async with calling(proxy) as client:
            words = bytes(range(256)) * 4096
            assert await client.say(words) == words
        assert await comes(lambda: echo.left == 1)
        assert (proxy.connections, proxy.cuts) == (1, 0)


@pytest.mark.asyncio
async def test_latency_delays_each_reply_until_it_is_lifted() -> None:
    async with echoing() as (proxy, echo), calling(proxy) as client:
        proxy.latency(100, jitter=20, size=3)
        assert await seconds(client.say(b"one")) >= 0.08
        late = proxy.latency(LATER)
        assert await client.waits(b"two")
        assert echo.heard == b"onetwo"
        late.off()
        assert await client.reader.readexactly(3) == b"two"
        assert await client.say(b"three") == b"three"


@pytest.mark.asyncio
async def test_a_toxic_may_meet_only_the_next_connections_or_only_the_next_bytes() -> None:
    async with echoing() as (proxy, _), calling(proxy) as open_already:
        proxy.latency(LATER, connections=1)
        async with calling(proxy) as next_one, calling(proxy) as one_after:
            assert await next_one.waits(b"one")
            assert await one_after.say(b"two") == b"two"
            assert await open_already.say(b"three") == b"three"
        await proxy.heal()
        late = proxy.latency(100, size=8)
        assert await seconds(open_already.say(b"four")) >= 0.1
        assert not late.lifted.is_set()
        assert await seconds(open_already.say(b"five")) >= 0.1
        assert late.lifted.is_set()


@pytest.mark.asyncio
async def test_throttle_lets_so_many_bytes_pass_a_second() -> None:
    async with echoing() as (proxy, _), calling(proxy) as client:
        proxy.throttle(20_000, side="down")
        assert await seconds(client.say(b"x" * 5_000)) >= 0.2


@pytest.mark.asyncio
async def test_reset_now_ends_who_is_connected_and_nobody_after() -> None:
    async with echoing() as (proxy, echo), calling(proxy) as client:
        assert await client.say(b"one") == b"one"
        proxy.reset()
        with pytest.raises(GONE):
            await client.say(b"two")
        assert await comes(lambda: echo.left == 1)
        async with calling(proxy) as later:
            assert await later.say(b"three") == b"three"
        assert (proxy.connections, proxy.cuts) == (2, 1)


@pytest.mark.asyncio
async def test_reset_of_the_next_connections() -> None:
    async with echoing() as (proxy, _):
        proxy.reset(connections=2)
        for _attempt in range(2):
            with pytest.raises(GONE):
                async with calling(proxy) as refused:
                    await refused.say(b"one")
        async with calling(proxy) as third:
            assert await third.say(b"three") == b"three"
        assert proxy.cuts == 2


@pytest.mark.asyncio
async def test_reset_after_so_many_bytes_upstream() -> None:
    async with echoing() as (proxy, echo), calling(proxy) as client:
        proxy.reset(after=5, times=1)
        assert await client.say(b"abc") == b"abc"
        with pytest.raises(GONE):
            await client.say(b"defgh")
        assert await comes(lambda: echo.heard == b"abcde")
        async with calling(proxy) as later:
            assert await later.say(b"as before") == b"as before"


@pytest.mark.asyncio
async def test_reset_after_so_many_bytes_downstream() -> None:
    async with echoing() as (proxy, echo), calling(proxy) as client:
        proxy.reset(after=5, side="down")
        client.writer.write(b"abcdefgh")
        assert await client.reader.readexactly(5) == b"abcde"
        with pytest.raises(GONE):
            await client.reader.read(1)
        assert echo.heard == b"abcdefgh"


@pytest.mark.asyncio
@pytest.mark.parametrize(("forward", "heard"), [(True, b"one; COMMIT;"), (False, b"one; ")])
async def test_cut_when_a_pattern_passes_even_in_two_pieces(forward: bool, heard: bytes) -> None:
    async with echoing() as (proxy, echo), calling(proxy) as client:
        proxy.cut(when=b"COMMIT", forward=forward, times=1)
        assert await client.say(b"one; ") == b"one; "
        with pytest.raises(GONE):
            await client.say(b"COMMIT;")
        assert await comes(lambda: echo.left == 1)
        assert (echo.heard, proxy.cuts) == (heard, 1)

        proxy.cut(when=b"ROLLBACK", forward=False)
        async with calling(proxy) as later:
            assert await later.say(b"COMMIT, ROLL") == b"COMMIT, ROLL"
            with pytest.raises(GONE):
                await later.say(b"BACK")


@pytest.mark.asyncio
async def test_black_hole_swallows_both_ways_and_the_server_does_not_hear_that_the_client_has_gone() -> None:
    async with echoing() as (proxy, echo):
        async with calling(proxy) as client:
            assert await client.say(b"one") == b"one"
            hole = proxy.black_hole()
            assert await client.waits(b"two")
            async with calling(proxy) as later:
                assert await later.waits(b"three")
        assert (echo.heard, echo.left, proxy.cuts) == (b"one", 0, 2)
        hole.off()
        assert await comes(lambda: echo.left == 1)
        async with calling(proxy) as after:
            assert await after.say(b"four") == b"four"


@pytest.mark.asyncio
async def test_half_open_closes_the_server_and_leaves_the_client_waiting_until_it_is_lifted() -> None:
    async with echoing() as (proxy, echo), calling(proxy) as client:
        assert await client.say(b"one") == b"one"
        half = proxy.half_open()
        assert await comes(lambda: echo.left == 1)
        assert await client.waits(b"two")
        half.off()
        with pytest.raises(GONE):
            await client.say(b"three")


@pytest.mark.asyncio
async def test_refuse_closes_the_port_and_heal_opens_it_again() -> None:
    async with echoing() as (proxy, _), calling(proxy) as client:
        proxy.refuse()
        proxy.black_hole(connections=1)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await client.say(b"still here") == b"still here"
        await proxy.heal()
        async with calling(proxy) as later:
            assert await later.say(b"back") == b"back"


@pytest.mark.asyncio
async def test_a_target_that_is_down_resets_who_comes() -> None:
    async with echoing() as (proxy, _), Proxy("127.0.0.1", proxy.port) as before_it:
        proxy.refuse()
        with pytest.raises(GONE):
            async with calling(before_it) as client:
                await client.say(b"one")


# ---- PostgreSQL ----


LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) if asyncpg else ()
needs_driver = pytest.mark.skipif(asyncpg is None, reason="缺少 asyncpg，请先运行：pip install asyncpg")


async def connected(url: str) -> Any:
    return await asyncpg.connect(url, timeout=5)


async def number(url: str, sql: str) -> int:
    connection = await connected(url)
    try:
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()


async def rows(url: str) -> int:
    return await number(url, "SELECT count(*) FROM answers")


async def idle_in_transaction(url: str) -> int:
    """Transactions that the server still waits for."""
    waiting = "datname = current_database() AND state = 'idle in transaction'"
    return await number(url, f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")  # nothing of it comes from outside


async def write(connection: Any) -> None:
    async with connection.transaction():
        await connection.execute("INSERT INTO answers VALUES (1)")


@asynccontextmanager
async def before(url: str) -> AsyncIterator[Proxy]:
    """A proxy before a database with one empty table."""
    direct = await connected(url)
    await direct.execute("CREATE TABLE answers (id integer)")
    await direct.close()
    address = url.rpartition("@")[2].partition("/")[0]
    host, port = address.split(":")
    async with Proxy(host, int(port)) as proxy:
        yield proxy


@needs_driver
@pytest.mark.asyncio
@pytest.mark.parametrize(("forward", "kept"), [(True, 1), (False, 0)])
async def test_a_cut_commit_was_made_or_not_and_the_client_cannot_tell(postgres: Server, forward: bool, kept: int) -> None:
    url = postgres.new_database()
    async with before(url) as proxy:
        connection = await connected(proxy.through(url))
        proxy.cut(when=b"COMMIT", forward=forward, times=1)
        with pytest.raises(LOST):
            await write(connection)
        connection.terminate()
        assert await rows(url) == kept
        again = await connected(proxy.through(url))
        await write(again)
        await again.close()
        assert (await rows(url), proxy.cuts) == (kept + 1, 1)


@needs_driver
@pytest.mark.asyncio
async def test_a_swallowed_commit_is_rolled_back_once_the_line_is_mended(postgres: Server) -> None:
    url = postgres.new_database()
    async with before(url) as proxy:
        connection = await connected(proxy.through(url))
        proxy.cut(when=b"COMMIT", forward=False, how="black_hole")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(write(connection), SOON)
        connection.terminate()
        assert await idle_in_transaction(url) == 1
        await proxy.heal()
        async with asyncio.timeout(5.0):
            while await idle_in_transaction(url):
                pass
        assert await rows(url) == 0


@needs_driver
@pytest.mark.asyncio
@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_a_server_comes_back_at_its_old_port_with_what_was_committed(postgres: Server, end: str) -> None:
    url = postgres.new_database()
    async with before(url) as proxy:
        connection = await connected(proxy.through(url))
        await write(connection)
        await asyncio.to_thread(getattr(postgres, end))
        try:
            with pytest.raises(LOST):
                await write(connection)
        finally:
            connection.terminate()
            await asyncio.to_thread(postgres.start)
        assert await rows(proxy.through(url)) == 1


@pytest.mark.parametrize("ci", ["", "true"])
def test_what_is_absent_is_said_in_one_sentence_and_skipped_but_in_ci(monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    for package in ("postgresql", "libatomic1"):
        monkeypatch.setitem(needs.PACKAGES, package, lambda: False)
    assert not here.available()
    assert here.why_not() == "缺少 postgresql，请先运行：apt-get install postgresql"
    with pytest.raises(pytest.fail.Exception if ci else pytest.skip.Exception, match="libatomic1"):
        needs.needs(*needs.BROWSER)
