"""Keys in files: a private half under a passphrase, a public half that travels to the ceremony (docs/howto/keys.md).

`NAME.pem` is for its holder only, `NAME.pub` for everybody. Nothing here overwrites a key.
"""

import re
from pathlib import Path

from securesystemslib.signer import CryptoSigner, Key, SSlibKey

from coderev.bundle.inputs import read_plain
from coderev.errors import InputError
from coderev.files import CannotWrite, write_atomic
from coderev.trust import keys, making, wire

PRIVATE_SUFFIX, PUBLIC_SUFFIX = ".pem", ".pub"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ROOT_NAME = re.compile(r"([1-9][0-9]{0,8})\.root\.json")


class BadKeyName(InputError):
    """A key was given a name that no file should have."""

    message = "{name!r} is no name for a key"
    hint = "take 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit"


class KeyExists(InputError):
    """A key of this name is there already: a key that was overwritten is lost."""

    message = "{path} is there already"
    hint = "take another name, or move the old key away"


class RootExists(InputError):
    """A folder of TUF metadata holds a root already, so that another first one would split the sites."""

    message = "there is a root already: {path}"
    hint = "make the next one with `coderev keys rotate --folder {folder}`, or name another folder with --folder"


class NotARootKey(InputError):
    """A key was to sign a root, and its signature would count for nothing."""

    message = "the key {key} signs no root: neither {path} nor the root before it names it for that"
    hint = "`coderev keys show {path}` lists the keys whose signatures count"


class NoRootYet(InputError):
    """A folder of TUF metadata holds no root."""

    message = "{folder} holds no root"
    hint = "make the first one with `coderev keys init`"


def write_pair(folder: Path, name: str, signer: CryptoSigner, passphrase: bytes) -> tuple[Path, Path]:
    """Write both halves of a key pair; the paths of the private and the public one.

    Raises BadKeyName, KeyExists, PassphraseTooShort, CannotWrite.
    """
    if not _NAME.fullmatch(name):
        raise BadKeyName(name=name)
    private, public = folder / f"{name}{PRIVATE_SUFFIX}", folder / f"{name}{PUBLIC_SUFFIX}"
    for path in (private, public):
        if path.exists():
            raise KeyExists(path=path)
    pem = keys.write_private(signer, passphrase)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(path=folder, reason=error.strerror or error) from error
    write_atomic(private, pem, mode=0o600)
    write_atomic(public, keys.write_public(signer.public_key))
    return private, public


def open_private(path: Path, passphrase: bytes) -> CryptoSigner:
    """The key of a private half, for signing. Raises NotAPlainFile, PrivateKeyNotOpened."""
    return keys.read_private(read_plain(path.parent, path.name, keys.MAX_PRIVATE_BYTES), passphrase, name=str(path))


def open_public(path: Path) -> SSlibKey:
    """The key of a public half. Raises NotAPlainFile, PublicKeyRefused."""
    return keys.read_public(read_plain(path.parent, path.name, keys.MAX_PRIVATE_BYTES), name=str(path))


def read_root(path: Path) -> bytes:
    """A root from a file. Raises NotAPlainFile, MetadataRefused."""
    content = read_plain(path.parent, path.name, wire.MAX_ROOT_BYTES)
    making.roles_of(content)
    return content


def last_root(folder: Path) -> Path:
    """The root with the highest version in a folder of TUF metadata. Raises NoRootYet."""
    found = [(int(name[1]), path) for path in folder.glob("*.root.json") if (name := _ROOT_NAME.fullmatch(path.name))]
    if not found:
        raise NoRootYet(folder=folder)
    return max(found)[1]


def root_before(path: Path) -> Path | None:
    """The root that lies before one in the same folder; None where there is none."""
    version = path.name.partition(".")[0]
    before = path.with_name(f"{int(version) - 1}.root.json") if version.isdecimal() else path
    return before if before != path and before.exists() else None


def check_signs(path: Path, key_id: str) -> None:
    """Refuse a key whose signature of this root counts for nothing (5.4). Raises NotARootKey."""
    roots = [path, root_before(path)]
    named = {key.keyid for each in roots if each is not None for key in making.roles_of(read_root(each)).root}
    if key_id not in named:
        raise NotARootKey(key=key_id, path=path)


def next_root(folder: Path) -> Path:
    """Where the root after the last one goes: `N.root.json`, from 1 on (spec/bundle.md 1.1)."""
    try:
        version = int(last_root(folder).name.partition(".")[0])
    except NoRootYet:
        version = 0
    return folder / f"{version + 1}.root.json"


def names_of(folder: Path) -> dict[str, str]:
    """What the public halves in a folder are called, by key id: for people; it proves nothing."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob(f"*{PUBLIC_SUFFIX}")):
        key: Key = open_public(path)
        found[key.keyid] = path.stem
    return found
