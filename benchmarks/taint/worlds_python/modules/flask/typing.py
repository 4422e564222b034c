"""A stand-in of `flask.typing`."""

from typing import Any

ResponseReturnValue = Any
