"""A stand-in of requests."""

from typing import Any, Self

from exchanges import Answer, asked

from requests import exceptions
from requests.exceptions import ConnectionError, HTTPError, RequestException, Timeout  # noqa: A004 - as in requests

__all__ = ["ConnectionError", "HTTPError", "RequestException", "Timeout", "exceptions"]
Response = Answer


def request(method: str, url: Any, **named: Any) -> Answer:
    """Record what is asked."""
    return asked(f"requests.{method.lower()}", url, **named)


def get(url: Any, params: Any = None, **named: Any) -> Answer:
    """GET."""
    return request("get", url, params=params, **named)


def head(url: Any, **named: Any) -> Answer:
    """HEAD."""
    return request("head", url, **named)


def post(url: Any, data: Any = None, json: Any = None, **named: Any) -> Answer:
    """POST."""
    return request("post", url, data=data, json=json, **named)


def put(url: Any, data: Any = None, **named: Any) -> Answer:
    """PUT."""
    return request("put", url, data=data, **named)


def delete(url: Any, **named: Any) -> Answer:
    """DELETE."""
    return request("delete", url, **named)


patch = put
options = head


class Session:
    """A session: its attributes hold for each request."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.verify: Any = True
        self.auth: Any = None
        self.cert: Any = None
        self.cookies: dict[str, str] = {}
        self.params: dict[str, str] = {}

    def request(self, method: str, url: Any, **named: Any) -> Answer:
        """Record what is asked."""
        own = {"verify": self.verify, "auth": self.auth, "headers": self.headers, "params": self.params}
        return asked(f"requests.Session.{method.lower()}", url, **{**own, **named})

    def get(self, url: Any, **named: Any) -> Answer:
        """GET."""
        return self.request("get", url, **named)

    def post(self, url: Any, data: Any = None, json: Any = None, **named: Any) -> Answer:
        """POST."""
        return self.request("post", url, data=data, json=json, **named)

    put = patch = post
    head = delete = options = get

    def mount(self, *_args: Any) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


session = Session
