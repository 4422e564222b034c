"""CWE-22: a path that the request has a part in leads out of the folder where harmless ones lie."""

import io
import os.path
import posixpath
import zipfile
from collections.abc import Sequence
from typing import Any

from benchmarks.taint.worlds_python.program import Program
from benchmarks.taint.worlds_python.weakness import Benign, Weakness
from benchmarks.taint.worlds_python.world import MARK, Record, world

_SIBLING = f"-{MARK}"


def _payloads(program: Program) -> Sequence[Any]:
    """Ways up, absolute paths, and folders that begin like those of the program."""
    up = "../../../../../../"
    found = [f"{up}etc/{MARK}", f"/etc/{MARK}", f"....//....//....//....//....//etc/{MARK}", f"x/{up}etc/{MARK}"]
    found += [f"..%2f..%2f..%2f..%2f..%2fetc%2f{MARK}", f"{up}etc/{MARK}\0.png", f"{up}etc/{MARK}.png"]
    found += [f"../{MARK}", f"../../{MARK}", ".." if MARK else ""]
    for folder in _folders(program):
        name = posixpath.basename(folder)
        ways = [f"../{name}", f"../../{name}", f"../../../{name}", f"{folder}/../{name}", folder]
        found += [f"{way}{_SIBLING}/{MARK}" for way in ways]
        found += [f"{folder}/../../../../etc/{MARK}", f"{folder}-{MARK}/../{name}{_SIBLING}/x"]
    return list(dict.fromkeys(found))


def _folders(program: Program) -> list[str]:
    return [text.rstrip("/") for text in program.texts if text.startswith("/") and len(text.rstrip("/")) > 1][:4]


def _resolved(path: str) -> str:
    return posixpath.normpath(posixpath.join("/srv/cwd", path.partition("\0")[0]))


def harmful(record: Record, payload: Any, benign: Benign) -> bool:
    """Whether the path, without its dots, lies outside of the folders that harmless requests show."""
    path = _resolved(str(record.value))
    asked = MARK in path.casefold() or (
        payload == ".." and path not in {_resolved(str(known.value)) for known in benign.records}
    )
    return asked and not any(_within(path, folder) for folder in _allowed(record.sink, benign))


def _allowed(sink: str, benign: Benign) -> set[str]:
    """The longest folder of the program's own text around each harmless path, else the folder it lies in."""
    paths = [_resolved(str(record.value)) for record in benign.records if record.sink == sink]
    paths = paths or [_resolved(str(record.value)) for record in benign.records]
    known = [_resolved(folder) for folder in (*_folders(world.program), "/srv/media", "/srv/static", "/srv/uploads")]
    allowed = set()
    for path in paths:
        around = [folder for folder in known if _within(path, folder) and folder != path]
        allowed.add(max(around, key=len) if around else os.path.dirname(path))  # noqa: PTH120 - text
    return allowed


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _archive(payload: Any) -> bytes:
    """An archive whose one member has the payload as its name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(str(payload).partition("\0")[0] or "x", "content")
    return packed.getvalue()


WEAKNESS = Weakness(
    cwe="CWE-22",
    kinds=frozenset({"path"}),
    payloads=_payloads,
    harmful=harmful,
    benign=("7", "alice"),
    content=_archive,
)
