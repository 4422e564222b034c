"""Passphrases of private keys: asked on the terminal, or read from a file that only its owner reads."""

import stat
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


class PassphraseFileOpen(InputError):
    """A file with a passphrase can be read by others, or not by us."""

    message = "the passphrase in {path} is not used: {reason}"
    hint = "make it a file of yours with `chmod 600`, the passphrase in its first line"


def passphrase(file: Path | None, *, key: str, new: bool = False) -> bytes:
    """The passphrase for a key; a new one is asked twice. Raises PassphraseFileOpen."""
    if file is not None:
        return _from_file(file)
    typed: str = click.prompt(f"passphrase of {key}", hide_input=True, confirmation_prompt=new, err=True)
    return typed.encode()


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if stat.S_ISREG((found := path.stat()).st_mode) and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise PassphraseFileOpen(path=path, reason="others may read it")
            return file.read(MAX_BYTES).partition(b"\n")[0]
    except OSError as error:
        raise PassphraseFileOpen(path=path, reason=error.strerror) from error
