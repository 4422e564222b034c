"""What all stand-ins of HTTP clients do alike: record what is asked, and answer."""

import json
from typing import Any, Self

from benchmarks.taint.worlds_python.world import MARK, world

FETCHED = json.dumps({"fetched": 7})  # JSON, and program text too


class Answer:
    """What a server answers, under the names that requests, httpx and urllib give its parts."""

    status_code = status = code = 200
    ok = is_success = True
    reason = "OK"
    encoding = "utf-8"
    text = FETCHED
    content = data = FETCHED.encode()

    def __init__(self) -> None:
        self.headers: dict[str, str] = {"Content-Type": "application/json"}

    def json(self, **_named: Any) -> Any:
        """What it holds."""
        return json.loads(self.text)

    def raise_for_status(self) -> Self:
        """Nothing."""
        return self

    def read(self, *_size: int) -> bytes:
        """What it holds."""
        return self.content

    def getcode(self) -> int:
        """Its status."""
        return self.status

    def iter_content(self, *_size: int) -> Any:
        """What it holds, in parts."""
        yield self.content

    def close(self) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


def asked(sink: str, url: Any, **named: Any) -> Answer:
    """Record the address as `request`, and all that goes with it as `exchange`."""
    world.record("request", sink, str(url))
    world.record("exchange", sink, {"url": str(url), **named})
    return Answer()


def ours(value: Any) -> bool:
    """Whether a value holds what the request or the environment gave."""
    return MARK in str(value)
