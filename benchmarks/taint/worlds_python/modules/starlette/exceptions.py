"""A stand-in of `starlette.exceptions`."""

from typing import Any

from benchmarks.taint.worlds_python.world import Refused


class HTTPException(Refused):
    """Answer an error."""

    def __init__(self, status_code: int = 500, detail: Any = None, **_named: Any) -> None:
        super().__init__(status_code)
        self.status_code, self.detail = status_code, detail
