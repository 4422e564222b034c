"""What is read once is not left in the system's memory: spec/bundle.md 4.12, 7.2."""

import os
import tarfile
from io import BytesIO
from pathlib import Path
from tarfile import TarInfo

import pytest

from coderev.bundle.format.chunks import CHUNK_BYTES
from coderev.bundle.format.entries import Blob
from coderev.bundle.format.parts import PartWriter, part_name
from coderev.bundle.format.reading import Chunk, PartReader
from coderev.bundle.images.holders import Archive
from coderev.bundle.images.streams import DROP_BYTES, pieces_of


def is_remembered(path: Path) -> bool:
    """Whether the first bytes of a file can be had without asking the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.preadv(handle, [bytearray(1)], 0, os.RWF_NOWAIT) == 1
    except BlockingIOError:
        return False
    except OSError as error:
        pytest.skip(f"this file system does not tell: {error.strerror}")
    finally:
        os.close(handle)


def on_disk(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if is_remembered(path):
        pytest.skip("this file system lies in memory")


def test_a_part_that_was_read_is_not_remembered(tmp_path: Path) -> None:
    """4.12."""
    with PartWriter(lambda _: tmp_path) as writer:
        blob = Blob(**writer.add(BytesIO(bytes(range(256)) * (CHUNK_BYTES // 256 + 1)))._asdict())
        parts = writer.finish()
    path = tmp_path / part_name(0)
    on_disk(path, path.read_bytes())

    with path.open("rb", buffering=0) as file:
        read = [isinstance(found, Chunk) for found in PartReader(parts, [blob]).read(0, file.fileno())]

    assert read == [True, True]
    assert not is_remembered(path)


def test_a_layer_that_was_read_is_not_remembered(tmp_path: Path) -> None:
    """4.10: it is read once."""
    content = os.urandom(2 * DROP_BYTES + 1)
    on_disk(tmp_path / "layer", content)

    read = b"".join(pieces_of(lambda: (tmp_path / "layer").open("rb")))

    assert read == content
    assert not is_remembered(tmp_path / "layer")


def test_a_layer_within_an_archive_is_read_wholly(tmp_path: Path) -> None:
    """11.5: it begins elsewhere in its file, of which nothing is said to the system."""
    content = os.urandom(2 * DROP_BYTES + 1)
    entry = TarInfo("layer")
    entry.size = len(content)
    with tarfile.open(tmp_path / "image.tar", "w") as archive:
        archive.addfile(entry, BytesIO(content))

    read = b"".join(pieces_of(lambda: Archive(tmp_path / "image.tar").opened("layer")))

    assert read == content
