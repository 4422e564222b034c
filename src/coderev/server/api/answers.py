"""Values as JSON answers."""

from typing import Any

import msgspec
from aiohttp import web

_ENCODER = msgspec.json.Encoder()
API = "/api/v1"


def as_json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer of JSON."""
    return web.Response(body=_ENCODER.encode(value), status=status, content_type="application/json", headers=headers)
