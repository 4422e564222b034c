"""A stand-in of bcrypt."""

import secrets

from benchmarks.taint.worlds_python.world import world


def gensalt(rounds: int = 12, prefix: bytes = b"2b") -> bytes:
    """A salt, which holds the cost."""
    world.record("cost", "bcrypt.gensalt", rounds)
    return b"$" + prefix + b"$%02d$" % rounds + secrets.token_hex(11).encode()


def hashpw(_password: bytes, salt: bytes) -> bytes:
    """A hash."""
    return salt + secrets.token_hex(15).encode()


def checkpw(_password: bytes, _hashed: bytes) -> bool:
    """Whether it is the password: always, so that what follows is reached."""
    return True
