"""The way to the Bot API: python-telegram-bot's request interface over aiohttp, a third of the cost of the stock one."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter


@contextlib.contextmanager
def _no_certificates() -> Iterator[None]:
    """aiohttp reads the system's certificates as it is imported, twice: 30 ms of a start. Without them its own contexts trust
    nobody; ours is made where there is something to trust."""
    ssl.SSLContext.set_default_verify_paths = lambda self: None  # type: ignore[method-assign]  # over the one that it inherits
    try:
        yield
    finally:
        del ssl.SSLContext.set_default_verify_paths


with _no_certificates():
    import aiohttp

CONNECTIONS = 64
TIMEOUT = 10.0  # seconds for one call, besides the wait of a long poll
UPLOAD = 60.0  # for one that brings a file
JSON = {"Content-Type": "application/json"}


class AiohttpRequest(BaseRequest):
    """One session for all calls to an API, by the proxy that the environment names for it. No URL is ever logged: it holds the
    token."""

    def __init__(self, api: str) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._proxy = _proxy_to(api)
        self._tls = trusting() if "https" in {urlsplit(one).scheme for one in (api, self._proxy or "")} else True

    @property
    def read_timeout(self) -> float:
        return TIMEOUT

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, ttl_dns_cache=300, ssl=self._tls)
            self._session = aiohttp.ClientSession(connector=connector, proxy=self._proxy)

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """What Telegram says, in a third of the time that the library's own reading takes. Raises TelegramError."""
        try:
            return msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TelegramError("Invalid server response") from error

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call: (HTTP status, body). Raises TimedOut where it is not known whether the call was carried out."""
        if self._session is None:
            raise NetworkError("closed")
        body = _body(request_data) if request_data is not None else None
        usual = UPLOAD if isinstance(body, aiohttp.FormData) else TIMEOUT
        headers = JSON if isinstance(body, bytes) else None
        total = usual + (float(read_timeout) if isinstance(read_timeout, int | float) else 0.0)
        try:
            timeout = aiohttp.ClientTimeout(total=total)
            async with self._session.request(method, url, data=body, headers=headers, timeout=timeout) as response:
                return response.status, await response.read()
        except TimeoutError:
            raise TimedOut("timed out") from None
        except aiohttp.ClientConnectorError:
            raise NetworkError("no connection") from None
        except (aiohttp.ClientError, OSError):
            raise TimedOut("broken off") from None


async def call(request: BaseRequest, bot: Bot, method: str, parameters: Mapping[str, object], wait: float = 0) -> Any:
    """What Telegram answers to one call, as it says it; `wait`: seconds that it may take its time. Raises TelegramError.

    The library's own methods make objects of all that goes out and comes back, which costs more than the call.
    """
    written = RequestData([RequestParameter(name, value, None) for name, value in parameters.items()])
    return await request.post(f"{bot.base_url}/{method}", written, read_timeout=wait or BaseRequest.DEFAULT_NONE)


@cache
def trusting() -> ssl.SSLContext:
    """Whom the system trusts, read once."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(("http/1.1",))
    return context


def _proxy_to(api: str) -> str | None:
    """Asked of the environment once, as it does not change under us."""
    address = urlsplit(api)
    return None if proxy_bypass(address.hostname or "") else getproxies().get(address.scheme)


def _body(request_data: RequestData) -> bytes | aiohttp.FormData:
    """The parameters as JSON; with files, as a form."""
    if not request_data.contains_files:
        return msgspec.json.encode(request_data.parameters)
    form = aiohttp.FormData(request_data.json_parameters)
    for name, (file, content, kind) in request_data.multipart_data.items():
        form.add_field(name, content, filename=file, content_type=kind)
    return form
