"""A stand-in of `starlette.middleware`."""


class Middleware:
    """A piece of middleware."""

    def __init__(self, *_args: object, **_named: object) -> None:
        pass
