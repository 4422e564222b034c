"""Passphrases of private keys: asked on the terminal, or read from a file that only its owner reads."""

import os
import stat
import sys
from pathlib import Path

import click

from coderev.errors import InputError

MAX_BYTES = 1024
PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the passphrase from the first line of a file of mode 0600, instead of asking.",
)


class PassphraseNotAsked(InputError):
    """A passphrase is needed, and nobody is there who could type it."""

    message = "the passphrase of {key} cannot be asked for: there is no terminal"
    hint = "give `--passphrase-file FILE`, a file of mode 0600 with the passphrase in its first line"


class PassphraseFileOpen(InputError):
    """A file with a passphrase can be read by others, or not by us."""

    message = "the passphrase in {path} is not used: {reason}"
    hint = "put the passphrase into the first line of a file of yours, and `chmod 600 {path}`"


def passphrase(file: Path | None, *, key: str, new: bool = False) -> bytes:
    """The passphrase for a key; a new one is asked twice. Raises PassphraseFileOpen, PassphraseNotAsked."""
    if file is not None:
        return _from_file(file)
    if not _has_terminal():
        raise PassphraseNotAsked(key=key)
    typed: str = click.prompt(f"passphrase of {key}", hide_input=True, confirmation_prompt=new, err=True)
    return typed.encode()


def _has_terminal() -> bool:
    """Whether somebody can be asked without being overheard: by what standard input is, or the terminal itself."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()
    return True


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if stat.S_ISREG((found := path.stat()).st_mode) and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise PassphraseFileOpen(path=path, reason="others may read it")
            return file.read(MAX_BYTES).partition(b"\n")[0]
    except OSError as error:
        raise PassphraseFileOpen(path=path, reason=error.strerror) from error
