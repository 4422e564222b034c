"""Media and spools: the only place that opens what was carried in, by names that are known, without following anything.

Clauses 1.2 to 1.7 of spec/bundle.md. Metadata is read once, into memory, under the limit of its kind; a part is handed
out as a descriptor, which stays what it is when somebody exchanges the name (7.2).
"""

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from coderev.bundle.format.manifest import MAX_MANIFEST_BYTES
from coderev.bundle.format.parts import part_name
from coderev.errors import InputError, TrustError, Unavailable
from coderev.trust import metadata, openpgp, wire

MAX_NAMES = 4096  # of `tuf/`, that are looked at
_ROOT_NAME = re.compile(r"([1-9][0-9]{0,8})\.root\.json")
_SIGNED_LAST = ("snapshot.json", "timestamp.json", "SIGNATURE.asc")  # not there before somebody signs
_MEDIUM_NAME = re.compile(r"medium-[0-9]+")
_NOT_FOLLOWED = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO})  # a link; a file for a folder; a socket


class NotABundle(InputError):
    """A folder that was named holds no bundle."""

    message = "{path} holds no bundle: {reason}"
    hint = "name the folder that holds MANIFEST.json and tuf/, for each medium one"


class NotSigned(TrustError):
    """A bundle is there, and not all of its signatures are."""

    message = "{path} is not wholly signed: {name} is missing"
    hint = "on the connected side add what is missing with `coderev bundle sign`; install nothing before that"


class MediumRefused(TrustError):
    """Something on a medium is not what a bundle may have there."""

    message = "{path} is refused: {reason}"
    hint = (
        "install nothing from this medium; keep it for the security officer, and take the bundle from its source again"
    )


class MediumUnreadable(Unavailable):
    """A medium was taken away, or fails."""

    message = "{path} cannot be read: {reason}"
    hint = "put the medium in again, or copy it to another one; the same command then goes on"


class MediaMixed(TrustError):
    """The folders that were named together are not media of one bundle."""

    message = "{other} is a medium of another bundle than {first}"
    hint = "name the media of one bundle only; `coderev bundle verify` of each says which it belongs to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """All that is judged before a part is opened, as it was read once (1.5)."""

    offered: metadata.Offered
    manifest: bytes
    keyring: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of `MANIFEST.json`, in hex: what paper and journal name the bundle by."""
        return sha256(self.manifest).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The folders of the media of one bundle. In a spool, parts may be missing or still growing (1.7).

    `bring` asks for the medium that holds a part which is not there, where one drive takes one medium after the other;
    False: it is not brought. It may raise to end everything.
    """

    folders: tuple[Path, ...]
    spool: bool = False
    bring: Callable[[int], bool] | None = None

    def read(self) -> Metadata:
        """The metadata of the first medium; every other one must have the same manifest.

        Raises NotABundle, MediumRefused, MediumUnreadable, MediaMixed.
        """
        first, *others = self.folders
        found = _metadata(first)
        for other in others:
            with _folder(other) as handle:
                if _read(handle, other, "MANIFEST.json", MAX_MANIFEST_BYTES) != found.manifest:
                    raise MediaMixed(first=first, other=other)
        return found

    @contextmanager
    def part(self, number: int) -> Iterator[int | None]:
        """A descriptor of a part, from whichever medium has it; None where none has. Raises as `read`."""
        handle = self._find(number)
        while handle is None and self.bring is not None and self.bring(number):
            handle = self._find(number)
        try:
            yield handle
        finally:
            if handle is not None:
                os.close(handle)

    def _find(self, number: int) -> int | None:
        for folder in self.folders:
            if (handle := _part(folder, part_name(number))) is not None:
                return handle
        return None

    @property
    def there(self) -> "Media":
        """The same media, without asking for others."""
        return replace(self, bring=None)


def named(paths: Sequence[Path], *, spool: bool = False) -> Media:
    """The media that somebody named; a folder of media that lie beside each other stands for all of them.

    Raises NotABundle.
    """
    folders: list[Path] = []
    for path in paths:
        if not path.is_dir():
            raise NotABundle(path=path, reason="it is no folder")
        beside = sorted((each for each in path.iterdir() if _MEDIUM_NAME.fullmatch(each.name)), key=_number)
        folders += [path] if (path / "MANIFEST.json").exists() or not beside else beside
    return Media(folders=tuple(dict.fromkeys(folders)), spool=spool)


def _number(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])


def _metadata(folder: Path) -> Metadata:
    with _folder(folder) as top:
        offered = _offered(top, folder)
        return Metadata(
            offered=offered,
            manifest=_read(top, folder, "MANIFEST.json", MAX_MANIFEST_BYTES),
            keyring=_read(top, folder, "KEYRING.gpg", openpgp.MAX_KEYRING_BYTES),
            signature=_read(top, folder, "SIGNATURE.asc", openpgp.MAX_SIGNATURE_BYTES),
        )


def _offered(top: int, folder: Path) -> metadata.Offered:
    with _below(top, folder, "tuf") as (tuf, path):
        names = _roots(tuf, path)
        return metadata.Offered(
            roots=tuple(_read(tuf, path, name, wire.MAX_ROOT_BYTES) for name in names),
            timestamp=_read(tuf, path, "timestamp.json", wire.MAX_TARGETS_BYTES),
            snapshot=_read(tuf, path, "snapshot.json", wire.MAX_TARGETS_BYTES),
            targets=_read(tuf, path, "targets.json", wire.MAX_TARGETS_BYTES),
        )


def _roots(handle: int, path: Path) -> list[str]:
    """The names of roots in the order of their versions; other names are passed over (1.3)."""
    try:
        with os.scandir(handle) as entries:
            found = [entry.name for entry, _ in zip(entries, range(MAX_NAMES), strict=False)]
    except OSError as error:
        raise MediumUnreadable(path=path, reason=error.strerror) from error
    roots = sorted((name for name in found if _ROOT_NAME.fullmatch(name)), key=lambda name: int(name.partition(".")[0]))
    if len(found) == MAX_NAMES or len(roots) > metadata.MAX_ROOTS:
        raise MediumRefused(path=path, reason=f"it holds more than {metadata.MAX_ROOTS} roots, or {MAX_NAMES} names")
    return roots


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise NotABundle(path=path, reason=error.strerror) from error
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _below(top: int, folder: Path, name: str) -> Iterator[tuple[int, Path]]:
    path = folder / name
    handle = _open(top, path, os.O_DIRECTORY)
    if handle is None:
        raise NotABundle(path=folder, reason=f"{name} is missing")
    try:
        yield handle, path
    finally:
        os.close(handle)


def _open(folder: int, path: Path, flags: int) -> int | None:
    """Open a name in a folder, never through a link and without waiting (1.4); None where it is missing."""
    try:
        return os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | flags, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _NOT_FOLLOWED:
            raise MediumRefused(path=path, reason="it is a link, or no plain file or folder") from error
        raise MediumUnreadable(path=path, reason=error.strerror) from error


def _regular(folder: int, path: Path) -> int | None:
    handle = _open(folder, path, 0)
    if handle is not None and not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise MediumRefused(path=path, reason="it is no regular file")
    return handle


def _read(folder: int, top: Path, name: str, limit: int) -> bytes:
    path = top / name
    handle = _regular(folder, path)
    if handle is None:
        raise (
            NotSigned(path=top, name=name)
            if name in _SIGNED_LAST
            else NotABundle(path=top, reason=f"{name} is missing")
        )
    with os.fdopen(handle, "rb", buffering=0):
        if os.fstat(handle).st_size > limit:  # a sparse terabyte is refused before its first byte is read
            raise MediumRefused(path=path, reason=f"it has more than {limit} bytes")
        try:
            content = _all(handle, limit)
        except OSError as error:
            raise MediumUnreadable(path=path, reason=error.strerror) from error

    if len(content) > limit:  # it grew while it was read
        raise MediumRefused(path=path, reason=f"it has more than {limit} bytes")
    return content


def _all(handle: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    left = limit + 1
    while left > 0 and (piece := os.read(handle, min(left, 1 << 20))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _part(folder: Path, name: str) -> int | None:
    with _folder(folder) as top:
        parts = _open(top, folder / "parts", os.O_DIRECTORY)
        if parts is None:
            return None
        try:
            return _regular(parts, folder / name)
        finally:
            os.close(parts)
