"""A secret from a file that only its owner may read: a token, or what webhooks are signed with."""

import os
import stat
from pathlib import Path

from coderev.errors import InputError

MAX_SECRET_BYTES = 4096
OTHERS = 0o077  # bits of a mode that let anybody but the owner in


class UnusableSecret(InputError):
    """A file that holds a secret cannot be used."""

    message = "{path} cannot be used as {key}: {reason}"
    hint = "let it hold one line, belong to the user that runs coderev, and have mode 0600"


def read_secret(path: str, key: str) -> str:
    """The one line of a secret file. `key` is the setting that names it, for the error. Raises UnusableSecret."""
    try:
        handle = os.open(Path(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode):
                raise UnusableSecret(path=path, key=key, reason="it is no file")
            if facts.st_mode & OTHERS:
                mode = stat.S_IMODE(facts.st_mode)
                raise UnusableSecret(path=path, key=key, reason=f"others may use it too (its mode is {mode:04o})")
            content = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise UnusableSecret(path=path, key=key, reason=error.strerror or "it cannot be read") from error
    secret = content.removesuffix(b"\n").removesuffix(b"\r")
    if not secret or len(content) > MAX_SECRET_BYTES or any(byte < 0x21 or byte > 0x7E for byte in secret):  # noqa: PLR2004 - printable ASCII without the space: what a header can hold
        raise UnusableSecret(path=path, key=key, reason="it does not hold one line of printable ASCII")
    return secret.decode()
