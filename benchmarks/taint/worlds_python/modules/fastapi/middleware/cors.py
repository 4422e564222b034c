"""A stand-in of `fastapi.middleware.cors`."""

from starlette.middleware.cors import CORSMiddleware

__all__ = ["CORSMiddleware"]
