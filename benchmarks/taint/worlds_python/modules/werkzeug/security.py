"""A stand-in of Werkzeug's functions for passwords, and of the older place of `safe_join`."""

from werkzeug.utils import safe_join

__all__ = ["safe_join"]


def generate_password_hash(password: str, **_named: str) -> str:
    """A hash."""
    return f"scrypt:{len(password)}"


def check_password_hash(_hashed: str, _password: str) -> bool:
    """Whether it is the password: always, so that what follows is reached."""
    return True
