"""Runs `gpgv` in an empty home with the pinned keyring, and gives what it says to `trust`, which judges it.

Clauses 5.7 to 5.9 of spec/bundle.md. Nothing but the three files that are written here is there for it to read: no
configuration, no other keyring, no agent, no network.
"""

from datetime import datetime

from coderev.errors import Unavailable
from coderev.files import CannotWrite, scratch_folder, write_atomic
from coderev.process import run
from coderev.trust import openpgp

SECONDS = 60.0  # a manifest of 64 MiB takes less than one


class SignatureUnchecked(Unavailable):
    """The OpenPGP signature could not be looked at, which says nothing about it."""

    message = "gpgv could not be run on the signature: {reason}"
    hint = "see to it that the temporary folder has room and may be written to, then run the same command again"


def signers(
    manifest: bytes, signature: bytes, keyring: bytes, pins: openpgp.Pins, at: datetime
) -> tuple[openpgp.OpenPgpSigner, ...]:
    """Everybody who signed the manifest with OpenPGP, every signature good and by a pinned key (6.4).

    `at` is the larger of the clock and the latest time that the site accepted.
    Raises SignatureRefused, KeyringRefused, SignatureUnchecked, ProgramMissing, ProcessTimedOut.
    """
    detached = openpgp.read_signatures(signature, manifest)  # before gpgv runs (5.7)
    keys = openpgp.read_keyring(keyring)
    try:
        status = _status(manifest, detached.binary, keyring)
    except (OSError, CannotWrite) as error:
        raise SignatureUnchecked(reason=error) from error
    return openpgp.judge_signatures(status, detached, keys, pins, at)


def _status(manifest: bytes, signature: bytes, keyring: bytes) -> bytes:
    """The status lines; the exit status is not looked at, as it decides nothing (5.8)."""
    with scratch_folder() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        for name, content in (("keyring.gpg", keyring), ("signature", signature)):
            write_atomic(folder / name, content, mode=0o600)
        files = ["--keyring", str(folder / "keyring.gpg"), str(folder / "signature"), "-"]
        done = run(
            ["gpgv", "--homedir", str(home), "--status-fd", "1", *files],
            stdin=manifest,
            folder=folder,
            seconds=SECONDS,
            max_output=openpgp.MAX_STATUS_BYTES + 1,
        )
    return done.stdout
