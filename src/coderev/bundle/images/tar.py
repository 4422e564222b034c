"""Reads streams in the tar format as `docker save` and skopeo write them, strictly, and writes nothing to disk.

Python's `tarfile` is not used on what others wrote: it has left its folder before (CVE-2025-4517). This reader has no
folder to leave. It follows POSIX.1-1988 (ustar), POSIX.1-2001 (pax: path, linkpath, size) and GNU's long names;
anything else in a stream, such as a sparse file or a device, is refused (spec/bundle.md 11.5).
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, NoReturn

from coderev.errors import InputError

BLOCK = 512  # bytes
MAX_MEMBERS = 100_000
MAX_SIZE = 1 << 40  # bytes of one member
MAX_NAME = 4096  # bytes
MAX_EXTENSION = 64 * 1024  # bytes of a pax header or a long name

Kind = Literal["file", "folder", "symlink", "hardlink"]
_KINDS: dict[bytes, Kind] = {b"0": "file", b"\0": "file", b"5": "folder", b"2": "symlink", b"1": "hardlink"}
_REFUSED = {b"3": "a device", b"4": "a device", b"6": "a pipe", b"S": "a sparse file", b"g": "a global pax header"}
_KEYS = ("path", "linkpath", "size")
_IGNORED = ("mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment")
_IGNORED_FAMILIES = ("SCHILY.", "LIBARCHIVE.")  # extended attributes and creation times
_ZEROS = bytes(BLOCK)
_BINARY = b"\x80"  # the first byte of a number in GNU's binary form
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")


class BadArchive(InputError):
    """A tar archive breaks its format, or holds what no image archive holds."""

    message = "the archive {archive} cannot be read: at {offset}: {reason}"
    hint = "make it again with `docker save` or `skopeo copy`; nothing of it was used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry: its relative name without `..`, bytes of content, where they start, and where a link points."""

    name: str
    size: int
    kind: Kind
    target: str
    offset: int  # in the stream


class Section(io.RawIOBase):
    """A window of `size` bytes of a stream from where it stands now. Raises BadArchive where the stream ends within."""

    def __init__(self, stream: BinaryIO, size: int, archive: str) -> None:
        self._stream, self.left, self._archive = stream, size, archive

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with the next bytes of the window, and return how many."""
        view = memoryview(buffer).cast("B")[: self.left]
        if not view:
            return 0
        piece = self._stream.read(len(view))
        if not piece:
            raise BadArchive(archive=self._archive, offset="its end", reason=f"{self.left} bytes are missing")
        view[: len(piece)] = piece
        self.left -= len(piece)
        return len(piece)


def members(stream: BinaryIO, archive: str, *, most: int = MAX_MEMBERS) -> Iterator[tuple[Member, BinaryIO]]:
    """The entries of a tar stream in order, each with its content, which is readable until the next is asked for.

    Raises BadArchive, naming `archive`. A name that stands twice is refused, and so are more than `most` entries.
    """
    reading = _Reading(stream, archive)
    seen: set[str] = set()
    while (member := reading.member()) is not None:
        if member.name:  # the folder `.` has no name and no use
            if member.name in seen:
                reading.refuse(f"{member.name!r} stands twice")
            if len(seen) >= most:
                reading.refuse(f"more than {most} entries")
            seen.add(member.name)
            content = Section(stream, member.size, archive)
            yield member, io.BufferedReader(content, 1 << 20)
            reading.skip(content.left)
        reading.pad(member.size)


@dataclass(slots=True)
class _Reading:
    stream: BinaryIO
    archive: str
    offset: int = 0  # of the next header
    extended: dict[str, str] = field(default_factory=dict)  # what extension headers say of the next entry

    def refuse(self, reason: str) -> NoReturn:
        raise BadArchive(archive=self.archive, offset=f"byte {self.offset}", reason=reason)

    def member(self) -> Member | None:
        """The next entry; None at the end, which is two blocks of zeros."""
        self.extended = {}
        while (header := self._take(BLOCK)) != _ZEROS:
            size = self._checked(header)
            if (flag := header[156:157]) not in b"xLK":
                return self._entry(header, flag, size)
            self._extend(flag, size)
        if self.extended or self._take(BLOCK) != _ZEROS:
            self.refuse("the end of the archive is not two blocks of zeros")
        return None

    def skip(self, count: int) -> None:
        """Pass over what nobody read."""
        if count and self.stream.seekable():
            self.stream.seek(count - 1, io.SEEK_CUR)
            count = 1  # the last byte is read, so a stream that ends earlier is seen
        while count:
            count -= len(self._take(min(count, 1 << 20), moved=False))

    def pad(self, size: int) -> None:
        """Pass over what fills the last block of an entry."""
        self.offset += size
        self._take(-size % BLOCK)

    def _take(self, count: int, *, moved: bool = True) -> bytes:
        taken = self.stream.read(count)
        while len(taken) < count:
            if not (more := self.stream.read(count - len(taken))):
                self.refuse("it ends in the middle")
            taken += more
        self.offset += count if moved else 0
        return taken

    def _checked(self, header: bytes) -> int:
        """The size that a header states, when its sum is right."""
        if header[257:263] not in (b"ustar\0", b"ustar "):
            self.refuse("not a ustar header")
        if sum(header[:148]) + sum(b"        ") + sum(header[156:]) != self._number(header[148:156]):
            self.refuse("the checksum of a header is wrong")
        return self._number(header[124:136])

    def _number(self, digits: bytes) -> int:
        """Octal digits, or GNU's binary form for what does not fit."""
        if digits[:1] == _BINARY:
            value = int.from_bytes(digits[1:], "big")
        else:
            text = digits.strip(b" \0") or b"0"
            if not text.isdigit() or b"8" in text or b"9" in text:
                self.refuse("a number in a header is not octal")
            value = int(text, 8)
        if value > MAX_SIZE:
            self.refuse(f"a size over {MAX_SIZE} bytes")
        return value

    def _extend(self, flag: bytes, size: int) -> None:
        if not 0 < size <= MAX_EXTENSION:
            self.refuse("an extension header of a wrong size")
        text = self._take(size)
        self._take(-size % BLOCK)
        found = self._pax(text) if flag == b"x" else {"L": "path", "K": "linkpath"}[flag.decode()]
        records = found if isinstance(found, dict) else {found: self._text(text.removesuffix(b"\0"))}
        if records.keys() & self.extended.keys():
            self.refuse("two extension headers say the same of one entry")
        self.extended |= records

    def _pax(self, text: bytes) -> dict[str, str]:
        """Records of a length, a blank, a key, `=`, a value and a line feed; the length counts the whole record."""
        found: dict[str, str] = {}
        while text:
            digits, _, _ = text[:8].partition(b" ")
            length = int(digits) if digits.isdigit() else 0
            key, equals, value = text[len(digits) + 1 : length - 1].partition(b"=")
            if not (equals and len(digits) < length <= len(text) and text[length - 1 : length] == b"\n"):
                self.refuse("a broken pax header")
            name = self._text(key)
            if name in found or not (name in _KEYS + _IGNORED or name.startswith(_IGNORED_FAMILIES)):
                self.refuse(f"the pax header {name!r} stands twice or has no place here")
            found[name] = self._text(value) if name in _KEYS else ""
            text = text[length:]
        return found

    def _entry(self, header: bytes, flag: bytes, size: int) -> Member:
        if (kind := _KINDS.get(flag)) is None:
            self.refuse(f"it holds {_REFUSED.get(flag, 'an entry of an unknown kind')}")
        size = self._size(size)
        if kind != "file" and size:
            self.refuse(f"a {kind} with content")
        name = self._name(self.extended.get("path") or self._plain_name(header), folder=kind == "folder")
        target = self.extended.get("linkpath") or self._text(header[157:257].partition(b"\0")[0])
        if kind == "hardlink":
            target = self._name(target, folder=False)
        linked = kind in ("symlink", "hardlink")
        return Member(name=name, size=size, kind=kind, target=target if linked else "", offset=self.offset)

    def _size(self, stated: int) -> int:
        if (text := self.extended.get("size")) is None:
            return stated
        if not (text.isascii() and text.isdigit()) or len(text) > len(str(MAX_SIZE)) or int(text) > MAX_SIZE:
            self.refuse("a pax header states no size that is possible")
        return int(text)

    def _plain_name(self, header: bytes) -> str:
        name = header[:100].partition(b"\0")[0]
        prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
        return self._text(prefix + b"/" + name if prefix else name)

    def _text(self, text: bytes) -> str:
        if len(text) > MAX_NAME:
            self.refuse(f"a name longer than {MAX_NAME} bytes")
        if _CONTROLS.search(text):
            self.refuse("a control character in a name")
        try:
            return text.decode()
        except UnicodeDecodeError:
            self.refuse("a name that is not UTF-8")

    def _name(self, name: str, *, folder: bool) -> str:
        """A name without a leading `./`, and a folder's without its last slash; it cannot lead elsewhere."""
        plain = (name.removesuffix("/") if folder else name).removeprefix("./")
        if folder and plain == ".":
            return ""
        if not plain or any(part in ("", ".", "..") for part in plain.split("/")) or "\\" in plain:
            self.refuse(f"{name!r} is not a plain relative name")
        return plain
