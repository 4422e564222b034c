"""A stand-in of Flask-CORS."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


def CORS(_app: Any = None, **named: Any) -> None:  # noqa: N802 - a class in Flask-CORS
    """Record who may ask; everyone is the default."""
    world.record("configuration", "flask_cors.CORS", {"origins": "*", **named})


def cross_origin(**named: Any) -> Any:
    """Record who may ask one view."""
    CORS(**named)
    return lambda view: view
