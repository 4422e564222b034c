"""A stand-in of `starlette.middleware.sessions`."""


class SessionMiddleware:
    """Sessions in cookies."""
