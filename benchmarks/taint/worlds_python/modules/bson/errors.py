"""A stand-in of `bson.errors`."""


class InvalidId(ValueError):
    """No identifier."""
