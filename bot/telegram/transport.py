"""The way to the Bot API: python-telegram-bot's request interface over aiohttp, a third of the cost of the stock one."""

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECTIONS = 64
TIMEOUT = 10.0  # seconds for one call, besides the wait of a long poll
UPLOAD = 60.0  # for one that brings a file


class AiohttpRequest(BaseRequest):
    """One session for all calls, with proxies from the environment. No URL is ever logged: it holds the token."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self.last = b""  # the body of the last answer

    @property
    def read_timeout(self) -> float:
        return TIMEOUT

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, ttl_dns_cache=300)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=True)

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

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
        total = usual + (float(read_timeout) if isinstance(read_timeout, int | float) else 0.0)
        try:
            timeout = aiohttp.ClientTimeout(total=total)
            async with self._session.request(method, url, data=body, timeout=timeout) as response:
                self.last = await response.read()
                return response.status, self.last
        except TimeoutError:
            raise TimedOut("timed out") from None
        except aiohttp.ClientConnectorError:
            raise NetworkError("no connection") from None
        except (aiohttp.ClientError, OSError):
            raise TimedOut("broken off") from None


def _body(request_data: RequestData) -> dict[str, str] | aiohttp.FormData:
    """The parameters; with the files, if there are any."""
    parameters = request_data.json_parameters
    if not request_data.contains_files:
        return parameters
    form = aiohttp.FormData(parameters)
    for name, (file, content, kind) in request_data.multipart_data.items():
        form.add_field(name, content, filename=file, content_type=kind)
    return form
