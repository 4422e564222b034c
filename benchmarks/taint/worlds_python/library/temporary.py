"""Temporary files: those that are made safely are made nowhere; a mere name is recorded as `temporary`."""

import tempfile
from contextlib import nullcontext
from typing import Any

from benchmarks.taint.worlds_python.library.paths import Written, WrittenBytes
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world


def _name(suffix: str = "", prefix: str = "tmp", dir: str = "/tmp") -> str:  # noqa: A002 - as in the library
    path = f"{dir}/{prefix}x7k2{suffix}"
    world.record("temporary", "tempfile.mktemp", path)
    return path


def _file(mode: str = "w+b", *_args: Any, **_named: Any) -> Any:
    return WrittenBytes() if "b" in mode else Written()


def install() -> None:
    """Replace what makes files."""
    folder = "/tmp/dir-random"
    replace(
        tempfile,
        mktemp=_name,
        mkstemp=lambda *_args, **_named: (7, "/tmp/tmp-random"),
        mkdtemp=lambda *_args, **_named: folder,
        TemporaryDirectory=lambda *_args, **_named: nullcontext(folder),
        NamedTemporaryFile=_file,
        TemporaryFile=_file,
        SpooledTemporaryFile=_file,
        gettempdir=lambda: "/tmp",
    )
