"""What a bundle brings as defaults beside what a site has: the difference is shown, and nothing of the site is written.

Clause 7.12 of spec/bundle.md. Defaults are the files below `config/` of a generation; the site's own are those of the
same names in its folder of configuration.
"""

import difflib
import os
from collections.abc import Iterator
from pathlib import Path

from coderev.bundle.format.entries import File

FOLDER = "config"  # of a generation
MAX_BYTES = 1 << 20  # of a file that is compared line by line
MAX_LINES = 200  # of one difference that is shown


def differences(generation: Path, files: tuple[File, ...], own: Path) -> Iterator[str]:
    """Lines for the operator: for each default that the site has otherwise, how. `own`: the site's folder."""
    for file in files:
        name = file.path.removeprefix(f"{FOLDER}/")
        if name == file.path:
            continue
        theirs, ours = _lines(generation / file.path), _lines(own / name)
        if ours is None or theirs is None or ours == theirs:
            continue
        found = list(difflib.unified_diff(theirs, ours, f"default {name}", f"site's {name}", n=1, lineterm=""))
        yield from found[:MAX_LINES]
        if len(found) > MAX_LINES:
            yield f"… and {len(found) - MAX_LINES} lines more"


def _lines(path: Path) -> list[str] | None:
    """The lines of a text file; None where there is none, or nothing that could be shown."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            content = file.read(MAX_BYTES + 1)
        except OSError:
            return None
    if len(content) > MAX_BYTES or b"\0" in content:
        return None
    return content.decode(errors="replace").splitlines()
