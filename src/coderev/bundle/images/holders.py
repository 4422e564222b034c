"""What holds an image's files: a folder, or a tar archive that is read in place and never unpacked to disk."""

import io
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from coderev.bundle.images.streams import PIECE, Packing, packing_of
from coderev.bundle.images.tar import BadArchive, Member, members
from coderev.bundle.inputs import NotAPlainFile, open_plain, read_plain
from coderev.errors import InputError

MAX_DOCUMENT = 4 * 1024 * 1024  # bytes of a manifest, an index or a configuration


class BadImage(InputError):
    """An image cannot be read: the layout or archive is not one, or holds something that is not known."""

    message = "the image {image} cannot be read: {reason}"
    hint = "make it again with `skopeo copy` to oci:FOLDER:TAG, or with `docker save`"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLayer:
    """A layer as its holder has it. `digest` and `size` are what is stated of the packed bytes, where it is stated."""

    opened: Callable[[], BinaryIO]
    digest: str | None
    size: int | None
    packing: Packing


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImage:
    """An image before its configuration is judged. `digest` is its manifest's there, or None where it has none."""

    name: str  # as its holder calls it, or empty
    digest: str | None
    config: bytes
    layers: tuple[StoredLayer, ...]


class Holder(Protocol):
    """Files by relative names with slashes."""

    def opened(self, name: str) -> BinaryIO:
        """The content of a file. Raises NotAPlainFile."""

    def read(self, name: str) -> bytes:
        """The content of a file of at most MAX_DOCUMENT bytes. Raises NotAPlainFile."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, of which nothing is followed that leads out of it."""

    root: Path

    def opened(self, name: str) -> BinaryIO:
        """The content of a file. Raises NotAPlainFile."""
        return open_plain(self.root, name)

    def read(self, name: str) -> bytes:
        """The content of a file of at most MAX_DOCUMENT bytes. Raises NotAPlainFile."""
        return read_plain(self.root, name, MAX_DOCUMENT)


class _Window(io.RawIOBase):
    """What lies between two places of a file, which it closes; the file's own end is an end here too."""

    def __init__(self, file: io.BufferedReader, start: int, size: int) -> None:
        self._file, self._left = file, size
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        count = self._file.readinto(memoryview(buffer).cast("B")[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class Archive:
    """A tar archive. Its headers are read once, its contents where they lie. Raises NotAPlainFile, BadArchive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with open_plain(path) as file:
            self._refuse_packed(file)
            self.members = {member.name: member for member, _ in members(file, str(path))}

    def opened(self, name: str) -> BinaryIO:
        """The content of a file, links within the archive followed once. Raises NotAPlainFile."""
        member = self._file(name)
        return io.BufferedReader(_Window(open_plain(self.path), member.offset, member.size), PIECE)

    def read(self, name: str) -> bytes:
        """The content of a file of at most MAX_DOCUMENT bytes. Raises NotAPlainFile."""
        if self._file(name).size > MAX_DOCUMENT:
            raise NotAPlainFile(path=self.path / name, reason=f"longer than {MAX_DOCUMENT} bytes")
        with self.opened(name) as file:
            return file.read()

    def size(self, name: str) -> int:
        """Bytes of a file. Raises NotAPlainFile."""
        return self._file(name).size

    def _file(self, name: str) -> Member:
        member = self.members.get(name)
        if member is not None and member.target:  # docker names a layer that is there already by a link
            start = posixpath.dirname(name) if member.kind == "symlink" else ""
            member = self.members.get(posixpath.normpath(posixpath.join(start, member.target)))
        if member is None or member.kind != "file":
            raise NotAPlainFile(path=self.path / name, reason="the archive has no such file")
        return member

    def _refuse_packed(self, file: BinaryIO) -> None:
        packing = packing_of(file.read(4))
        if packing != "none":  # its parts are read where they lie, so it must be plain (11.5)
            reason = f"it is packed with {packing}; unpack the archive first, for its layers go in unpacked anyway"
            raise BadArchive(archive=self.path, offset="byte 0", reason=reason)
        file.seek(0)
