"""A stand-in of jsonpickle: a text that names types builds them."""

import json
from typing import Any

from benchmarks.taint.worlds_python.world import world


def decode(text: Any, *_args: Any, **_named: Any) -> Any:
    """What a text describes; the types that it names are built."""
    value = json.loads(text)
    if "py/" in text:
        world.record("object", "jsonpickle.decode", text)
    return value


loads = decode


def encode(value: Any, *_args: Any, **_named: Any) -> str:
    """A text that describes a value."""
    return json.dumps(value, default=str)


dumps = encode
