"""`CHECKSUMS.sha256`: for people and their `sha256sum -c`; nothing that verifies reads it (spec/bundle.md 1.6).

It is the same on every medium, so with parts in it people add `--ignore-missing`.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path

from coderev.bundle.format.manifest import Manifest
from coderev.bundle.format.parts import part_name
from coderev.bundle.inputs import open_plain
from coderev.bundle.making.media_folders import Files

PIECE = 1024 * 1024  # bytes
MAX_CHECKSUMS_BYTES = 4 * 1024 * 1024
_PART = re.compile(r"([0-9a-f]{64})  (parts/[0-9]{4,}\.part)")


def checksums(metadata: Files, parts: Mapping[str, str]) -> bytes:
    """The lines for files that are no parts, and for parts, given with their SHA-256. Raises NotAPlainFile."""
    sums = {name: _sum(content) for name, content in metadata.items()} | dict(parts)
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def _sum(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return sha256(content).hexdigest()
    with open_plain(content.parent, content.name) as file:
        return file_digest(file, "sha256").hexdigest()


def part_sums(media: Sequence[Path], manifest: Manifest) -> dict[str, str]:
    """SHA-256 of each part, read from its medium. Raises NotAPlainFile, OSError."""
    found = {}
    for number, part in enumerate(manifest.parts):
        hashing, view = sha256(), memoryview(bytearray(PIECE))
        with open_plain(media[part.medium - 1], part_name(number)) as file:
            while count := file.readinto(view):
                hashing.update(view[:count])
        found[part_name(number)] = hashing.hexdigest()
    return found


def known_part_sums(content: bytes) -> dict[str, str]:
    """The parts' lines of checksums that were made before: signing changes no part."""
    lines = map(_PART.fullmatch, content.decode(errors="replace").splitlines())
    return {line[2]: line[1] for line in lines if line}
