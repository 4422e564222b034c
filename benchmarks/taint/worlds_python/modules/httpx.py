"""A stand-in of httpx."""

from typing import Any

from exchanges import Answer, asked

Response = Answer


class HTTPError(Exception):
    """Any error of httpx."""


RequestError = HTTPStatusError = TimeoutException = HTTPError


def request(method: str, url: Any, **named: Any) -> Answer:
    """Record what is asked."""
    return asked(f"httpx.{method.lower()}", url, **named)


def get(url: Any, **named: Any) -> Answer:
    """GET."""
    return request("get", url, **named)


def post(url: Any, **named: Any) -> Answer:
    """POST."""
    return request("post", url, **named)


put = patch = post
head = delete = options = get
stream = request


class Client:
    """A client: its options hold for each request."""

    def __init__(self, *, base_url: Any = "", **named: Any) -> None:
        self.base_url, self.named = str(base_url), named

    def _asked(self, method: str, url: Any, **named: Any) -> Answer:
        text = str(url)
        whole = (
            text if "://" in text.partition("/")[0] + "//" and ":" in text.partition("/")[0] else self.base_url + text
        )
        return asked(f"httpx.{type(self).__name__}.{method}", whole, **{**self.named, **named})

    def get(self, url: Any, **named: Any) -> Any:
        """GET."""
        return self._asked("get", url, **named)

    def post(self, url: Any, **named: Any) -> Any:
        """POST."""
        return self._asked("post", url, **named)

    def request(self, method: str, url: Any, **named: Any) -> Any:
        """Any method."""
        return self._asked(method.lower(), url, **named)

    put = patch = post
    head = delete = options = get

    def close(self) -> None:
        """Nothing."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


class AsyncClient(Client):
    """A client that is awaited."""

    async def get(self, url: Any, **named: Any) -> Any:
        """GET."""
        return self._asked("get", url, **named)

    async def post(self, url: Any, **named: Any) -> Any:
        """POST."""
        return self._asked("post", url, **named)

    async def request(self, method: str, url: Any, **named: Any) -> Any:
        """Any method."""
        return self._asked(method.lower(), url, **named)

    put = patch = post
    head = delete = options = get

    async def aclose(self) -> None:
        """Nothing."""

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_details: object) -> None:
        pass


def Timeout(*_args: Any, **_named: Any) -> Any:  # noqa: N802 - a class in httpx
    """Nothing."""


Limits = HTTPTransport = AsyncHTTPTransport = Timeout
