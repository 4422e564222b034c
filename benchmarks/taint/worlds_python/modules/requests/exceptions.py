"""A stand-in of `requests.exceptions`."""


class RequestException(OSError):
    """Any error of requests."""


class HTTPError(RequestException):
    """The server answered an error."""


class ConnectionError(RequestException):  # noqa: A001 - as in requests
    """There is no server."""


class Timeout(RequestException):
    """It takes too long."""
