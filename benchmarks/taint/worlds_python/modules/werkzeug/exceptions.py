"""A stand-in of Werkzeug's exceptions."""


class HTTPException(Exception):
    """An answer that is an error."""

    code: int | None = None
    description = "error"


class BadRequest(HTTPException):
    """400."""

    code = 400


class Unauthorized(HTTPException):
    """401."""

    code = 401


class Forbidden(HTTPException):
    """403."""

    code = 403


class NotFound(HTTPException):
    """404."""

    code = 404
