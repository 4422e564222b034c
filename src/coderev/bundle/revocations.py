"""The site's list of keys that count for nothing any more: from paper, at once, and never shorter.

Clause 5.10 of spec/bundle.md. One a line in the file `revoked` of the state folder: fingerprints of OpenPGP keys in
40 capital hex digits, key ids of TUF in 64 small ones.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from coderev.bundle.inputs import read_plain
from coderev.errors import InputError, TrustError
from coderev.files import CannotWrite, write_atomic

REVOKED_FILE = "revoked"
MAX_REVOKED_BYTES = 4 * 1024 * 1024
_FINGERPRINT = re.compile(r"[0-9A-F]{40}")
_KEY_ID = re.compile(r"[0-9a-f]{64}")


class KeyNotNamed(InputError):
    """What was typed names no key wholly: short ids can be made to collide in seconds."""

    message = "{typed!r} names no key"
    hint = "type all 40 hex digits of an OpenPGP fingerprint, or all 64 of a TUF key id; blanks do not matter"


class RevocationsDamaged(TrustError):
    """The list of revoked keys has a line that is none, so keys may be missing from it."""

    message = "line {line} of {path} names no key"
    hint = "repair the line: compare the list with the paper of each revocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocations:
    """The keys that a site does not believe any more."""

    openpgp: frozenset[str] = frozenset()  # fingerprints
    tuf: frozenset[str] = frozenset()  # key ids


def key_named(typed: str) -> str:
    """A key as a person types it from paper, in one spelling. Raises KeyNotNamed."""
    plain = "".join(typed.split())
    for named in (plain.upper(), plain.lower()):
        if _FINGERPRINT.fullmatch(named) or _KEY_ID.fullmatch(named):
            return named
    raise KeyNotNamed(typed=typed)


def read(state: Path) -> Revocations:
    """The keys that a site does not believe any more; none where nothing was revoked.

    Raises RevocationsDamaged, NotAPlainFile.
    """
    names = _names(state)
    return Revocations(
        openpgp=frozenset(filter(_FINGERPRINT.fullmatch, names)), tuf=frozenset(filter(_KEY_ID.fullmatch, names))
    )


def revoke(state: Path, typed: str) -> bool:
    """Add a key to the list, on disk when this returns; False if it was there. Raises KeyNotNamed, CannotWrite."""
    name, names = key_named(typed), _names(state)
    if name in names:
        return False
    try:
        state.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(path=state, reason=error.strerror or error) from error
    write_atomic(state / REVOKED_FILE, "".join(f"{each}\n" for each in (*names, name)).encode())
    _sync(state)
    return True


def _sync(folder: Path) -> None:
    """Bring the new name to disk too: a power cut must not bring a revoked key back."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _names(state: Path) -> tuple[str, ...]:
    path = state / REVOKED_FILE
    if not path.exists():
        return ()
    lines = read_plain(state, REVOKED_FILE, MAX_REVOKED_BYTES).decode(errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not (_FINGERPRINT.fullmatch(line) or _KEY_ID.fullmatch(line)):
            raise RevocationsDamaged(line=number, path=path)
    return tuple(lines)
