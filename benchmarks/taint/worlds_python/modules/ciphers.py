"""What the stand-ins of cryptography and PyCryptodome do alike: record algorithms, modes, keys and vectors."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


class Machine:
    """What encrypts: nothing is encrypted."""

    nonce = iv = b"n" * 12
    tag = b"t" * 16

    def update(self, _data: Any) -> bytes:
        """A part."""
        return b"sealed"

    encrypt = decrypt = update

    def finalize(self) -> bytes:
        """The rest."""
        return b""

    def encrypt_and_digest(self, _data: Any) -> tuple[bytes, bytes]:
        """A whole, with its tag."""
        return b"sealed", self.tag

    def verify(self, *_args: Any) -> None:
        """Nothing."""


def made(sink: str, *, algorithm: str, mode: str | None = None, key: Any = None, vector: Any = None) -> Machine:
    """Record what a machine is made of."""
    world.record("configuration", sink, {"algorithm": algorithm, "mode": mode})
    if key is not None:
        world.record("key", sink, key)
    if vector is not None:
        world.record("vector", sink, bytes(vector))
    return Machine()
