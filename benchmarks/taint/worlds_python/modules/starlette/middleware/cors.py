"""A stand-in of `starlette.middleware.cors`."""


class CORSMiddleware:
    """Cross-origin requests."""
