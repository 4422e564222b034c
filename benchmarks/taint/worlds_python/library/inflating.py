"""Compressed data: each time it is unpacked, the most that may come out is recorded as `inflate`, None for no limit."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world

UNPACKED = b"unpacked\n"


def _limit(size: Any) -> Any:
    return None if size is None or size < 0 or size == 0 else size


def told(sink: str, size: Any = None) -> bytes:
    """Record a limit, and give what comes out."""
    world.record("inflate", sink, _limit(size))
    return UNPACKED


class Machine:
    """Something that unpacks in parts."""

    eof = True
    unconsumed_tail = unused_data = b""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def decompress(self, _data: Any, max_length: Any = None) -> bytes:
        """A part."""
        return told(f"{type(self).__name__}.decompress", max_length)

    def flush(self, *_args: Any) -> bytes:
        """The rest."""
        return b""


class _File(io.BytesIO):
    """A compressed file."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        super().__init__(UNPACKED)

    def read(self, size: Any = None) -> bytes:
        """A part, or all."""
        return told("gzip.GzipFile.read", size)


_read, _part = zipfile.ZipFile.read, zipfile.ZipExtFile.read


def _whole(sink: str) -> Any:
    return lambda *_args, **_named: told(sink)


def _for_programs(made: Any, real: Any) -> Any:
    """What programs get in the place of what others, such as `zipfile`, go on to use."""

    def make(*args: Any, **named: Any) -> Any:
        return made(*args, **named) if by_program() else real(*args, **named)

    return make


def _read_entry(self: Any, name: Any, *args: Any) -> bytes:
    if by_program():
        world.record("inflate", "zipfile.ZipFile.read", None)
    return _read(self, name, *args)


def _read_part(self: Any, n: Any = None) -> bytes:
    if by_program():
        world.record("inflate", "zipfile.ZipExtFile.read", _limit(n))
    return _part(self, n)


def install() -> None:
    """Watch what is unpacked."""
    for module in (zlib, gzip, bz2, lzma):
        replace(module, decompress=_whole(f"{module.__name__}.decompress"))
    replace(zlib, decompressobj=_for_programs(Machine, zlib.decompressobj))
    replace(bz2, BZ2Decompressor=_for_programs(Machine, bz2.BZ2Decompressor))
    replace(lzma, LZMADecompressor=_for_programs(Machine, lzma.LZMADecompressor))
    replace(gzip, GzipFile=_for_programs(_File, gzip.GzipFile), open=_for_programs(_File, gzip.open))
    replace(zipfile.ZipFile, read=_read_entry)
    replace(zipfile.ZipExtFile, read=_read_part)
