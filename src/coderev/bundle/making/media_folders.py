"""Where the files of a bundle lie on the side that makes it: one folder, or one for each medium beside each other.

`create` writes `OUTPUT/` itself, or `OUTPUT/medium-1/`, `OUTPUT/medium-2/` and so on where a medium size was named
(spec/bundle.md 1.1). Whoever carries bundles in reads media by other rules; this is for one's own copies.
"""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coderev.bundle.format.manifest import MAX_MANIFEST_BYTES, Manifest, decode
from coderev.bundle.inputs import NotAPlainFile, open_plain, read_plain
from coderev.errors import InputError
from coderev.files import CannotWrite, write_atomic

MANIFEST = "MANIFEST.json"
KEYRING = "KEYRING.gpg"
SIGNATURE = "SIGNATURE.asc"
CHECKSUMS = "CHECKSUMS.sha256"
CUSTODY = "CUSTODY.jsonl"
TARGETS, SNAPSHOT, TIMESTAMP = "tuf/targets.json", "tuf/snapshot.json", "tuf/timestamp.json"
MAX_BUNDLES = 1000  # that are looked at to find one
COPY_AT_ONCE = 1024 * 1024  # bytes

Files = Mapping[str, bytes | Path]  # by path on a medium: the bytes, or the plain file to copy them from


class NoBundle(InputError):
    """A folder that should hold a bundle holds none."""

    message = "{folder} holds no bundle: there is no MANIFEST.json in it, nor in a folder medium-1 in it"
    hint = "name the folder that `coderev bundle create --output` wrote, or a copy of its metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBundle:
    """A bundle in its maker's own folders. Its parts are read where they are; nothing of it was verified."""

    media: tuple[Path, ...]  # in order; each has the same metadata
    manifest: Manifest
    content: bytes = field(repr=False)  # of MANIFEST.json


def medium_folder(output: Path, number: int, *, several: bool) -> Path:
    """The folder of a medium, from 1."""
    return output / f"medium-{number}" if several else output


def media_of(folder: Path) -> tuple[Path, ...]:
    """The folders of a bundle's media in order. Raises NoBundle."""
    if (folder / MANIFEST).is_file():
        return (folder,)
    media: list[Path] = []
    while (medium := medium_folder(folder, len(media) + 1, several=True) / MANIFEST).is_file():
        media.append(medium.parent)
    if not media:
        raise NoBundle(folder=folder)
    return tuple(media)


def open_own(folder: Path) -> OwnBundle:
    """Read the manifest of a bundle. Raises NoBundle, NotAPlainFile, ManifestRefused, FormatUnknown."""
    media = media_of(folder)
    content = read_plain(media[0], MANIFEST, MAX_MANIFEST_BYTES)
    return OwnBundle(media=media, manifest=decode(content), content=content)


def bundles_below(folder: Path) -> Iterator[OwnBundle]:
    """The bundles that lie directly in a folder, by name; what is none is passed over. Raises as `open_own` does."""
    try:
        names = sorted(path for path in folder.iterdir() if path.is_dir())[:MAX_BUNDLES]
    except OSError as error:
        raise NotAPlainFile(path=folder, reason=error.strerror) from error
    for path in names:
        try:
            yield open_own(path)
        except NoBundle:
            continue


def write_everywhere(media: Iterable[Path], files: Files) -> None:
    """Put all that is no part on every medium, each file wholly or not at all (spec/bundle.md 1.2).

    Raises CannotWrite, NotAPlainFile.
    """
    for medium in media:
        for name, content in files.items():
            path = medium / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CannotWrite(path=path.parent, reason=error.strerror) from error
            if isinstance(content, bytes):
                write_atomic(path, content)
            else:
                copy_plain(content, path)


def copy_plain(source: Path, target: Path) -> None:
    """Copy a plain file, wholly or not at all, a MiB at a time. Raises NotAPlainFile, CannotWrite."""
    with open_plain(source.parent, source.name) as file:
        try:
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".coderev-")
            try:
                with os.fdopen(handle, "wb") as copy:
                    while piece := file.read(COPY_AT_ONCE):
                        copy.write(piece)
                    copy.flush()
                    os.fchmod(copy.fileno(), 0o644)
                    os.fsync(copy.fileno())
                Path(temporary).replace(target)
            finally:
                Path(temporary).unlink(missing_ok=True)
        except OSError as error:
            raise CannotWrite(path=target, reason=error.strerror or error) from error


def read_optional(folder: Path, name: str, cap: int) -> bytes | None:
    """A small file of metadata, or None where it is not there. Raises NotAPlainFile."""
    try:
        return read_plain(folder, name, cap)
    except NotAPlainFile as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.ENOENT:
            return None
        raise
