"""What a changed file costs in a repository that was traced before: another function of another file each time.

`python -m benchmarks.taint.warm FOLDER` prints it for each file of a folder. Each change is traced by a process of its
own, as at a push: the base is known, the head is it with a line more in the middle one of a file's functions.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.corpus import standard_library
from benchmarks.measure import ENVIRONMENT, ROOT, Row

LINES = 60_000
CHANGES = 24  # files, evenly taken
LINE = b"changed = 1\n"
_FUNCTION = re.compile(rb"^( *)def \w+\([^\n]*\)[^\n]*:\n", re.MULTILINE)
_LATER = datetime(2100, 1, 1, tzinfo=UTC)  # by which no source of the engine is too young
_ONE = "import sys; from benchmarks.taint.warm import print_one; print_one(*sys.argv[1:])"


class Traced(msgspec.Struct):
    """What both sides of a change cost: CPU-seconds, also with the start of the process, and what was new."""

    path: str
    cpu: float
    whole: float
    files: int
    walks: int


def rows() -> Iterator[Row]:
    """The medians and the worst over CHANGES files."""
    with tempfile.TemporaryDirectory() as name:
        count = standard_library(Path(name), LINES)
        found = list(changes(Path(name), CHANGES))
    cpu, whole, files, walks = ([getattr(each, part) for each in found] for part in ("cpu", "whole", "files", "walks"))
    yield Row(
        what=f"a changed file in a warm repository of {count:,} lines: both sides, {len(found)} files in turn",
        peer=f"the whole process: median {statistics.median(whole):.2f}, worst {max(whole):.2f} CPU-s",
        goal="median ≤ 0.3 CPU-s",
        ours=f"median {statistics.median(cpu):.2f}, worst {max(cpu):.2f} CPU-s; "
        f"files read again: {statistics.median(files):.0f}, {max(files)}; "
        f"walks: {statistics.median(walks):.0f}, {max(walks)}",
        met=statistics.median(cpu) <= 0.3,
    )


def changes(folder: Path, most: int) -> Iterator[Traced]:
    """Trace a folder, then as many changes of its files as are wanted."""
    files = _files(folder)
    changed = [path for path, content in files.items() if _FUNCTION.search(content)]
    with tempfile.TemporaryDirectory() as own:
        _one(folder, "", own)
        for path in changed[:: max(1, len(changed) // most)][:most]:
            yield msgspec.json.decode(_one(folder, path, own), type=Traced)


def _one(folder: Path, path: str, own: str) -> bytes:
    env = {**ENVIRONMENT, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": own, "XDG_DATA_HOME": own}
    argv = [sys.executable, "-c", _ONE, str(folder), path]
    return subprocess.run(argv, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def print_one(folder: str, path: str) -> None:
    """Trace a folder, and what it is with a changed file, as `remembered.trace_once` does; print what that cost."""
    from coderev.analysis.taint import remembered
    from coderev.analysis.taint.incremental import Known, trace_anew
    from coderev.analysis.taint.kept import open_kept

    seen: list[Known] = []

    def engine(*sides: object, **wanted: object) -> object:
        traced, known = trace_anew(*sides, **wanted)  # type: ignore[arg-type]
        seen.append(known)
        return traced, known

    files = _files(Path(folder))
    head = {**files, **({path: _changed(files[path])} if path else {})}
    started = time.process_time()
    kept, version = open_kept(), remembered.version_of(Path(remembered.__file__).parents[2], _LATER)
    assert kept is not None
    assert version is not None
    memory = remembered.Memory(kept, version, engine)  # type: ignore[arg-type]
    memory.trace(files)
    seen.clear()
    memory.trace(head)
    done = time.process_time()
    new = (seen[0].files, seen[0].walks) if seen else (0, 0)
    sys.stdout.buffer.write(msgspec.json.encode(Traced(path, done - started, done, *new)))


def _changed(content: bytes) -> bytes:
    found = list(_FUNCTION.finditer(content))
    middle = found[len(found) // 2]
    return content[: middle.end()] + middle[1] + b"    " + LINE + content[middle.end() :]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.py"))}


def main(folder: str) -> None:
    for each in changes(Path(folder), sys.maxsize):
        print(f"{each.cpu:.2f} CPU-s ({each.whole:.2f})  {each.files:3} files  {each.walks:4} walks  {each.path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
