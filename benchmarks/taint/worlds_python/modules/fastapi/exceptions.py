"""A stand-in of `fastapi.exceptions`."""

from starlette.exceptions import HTTPException

__all__ = ["HTTPException"]
