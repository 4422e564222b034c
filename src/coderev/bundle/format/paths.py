"""Which paths a bundle may carry: those that mean the same file, and a harmless one, on every file system.

Clause 3 of spec/bundle.md; `spec/bundle/paths.json` and `trees.json` are its test vectors. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from coderev.errors import TrustError

MAX_PATH_BYTES = 1024  # of UTF-8
MAX_NAME_BYTES = 255  # of UTF-8
MAX_PATH_DEPTH = 32  # names
OWN_FOLDER = ".coderev"  # where a generation keeps its own records

_FORBIDDEN = re.compile(r'([\x00-\x1f\x7f])|([\\:*?"<>|])')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


class PathRefused(TrustError):
    """A path of a bundle could mean another file, or none, on some file system."""

    message = "the path {path!r} is refused: {reason} (spec/bundle.md {clause})"
    hint = "whoever makes the bundle must rename the file or leave it out; get a new bundle from its signers"


class PathFault(NamedTuple):
    """What is wrong with a path: the clause of spec/bundle.md, and the reason in words."""

    path: str
    clause: str
    reason: str


def check_path(path: str) -> None:
    """Refuse a path that breaks one of the clauses 3.1 to 3.8. Raises PathRefused."""
    _refuse(path_fault(path))


def check_tree(paths: Sequence[str]) -> None:
    """Refuse a list of paths that breaks one of the clauses 3.1 to 3.11. Raises PathRefused."""
    _refuse(tree_fault(paths))


def _refuse(fault: PathFault | None) -> None:
    if fault is not None:
        raise PathRefused(**fault._asdict())


def path_fault(path: str) -> PathFault | None:
    """The first clause of 3.1 to 3.8 that a path breaks, or None."""
    names = path.split("/", MAX_PATH_DEPTH)
    found = _whole_fault(path, names) or next(filter(None, map(_name_fault, names)), None)
    return PathFault(path, *found) if found else None


def _whole_fault(path: str, names: list[str]) -> tuple[str, str] | None:
    if len(path.encode(errors="surrogatepass")) > MAX_PATH_BYTES:  # 3.7 first: what follows costs more for longer paths
        return "3.7", f"it is longer than {MAX_PATH_BYTES} bytes"
    if len(names) > MAX_PATH_DEPTH:
        return "3.7", f"it has more than {MAX_PATH_DEPTH} names"
    if not path.isascii() and (unseen := _unseen(path)):
        return "3.3", f"the character U+{ord(unseen):04X} cannot be seen or has no meaning"
    if unicodedata.normalize("NFC", path) != path:
        return "3.2", "it is not in normalisation form NFC"
    if fold(names[0]) == OWN_FOLDER:
        return "3.8", f"{OWN_FOLDER} is where a generation keeps its own records"
    return None


def _unseen(path: str) -> str | None:
    if found := _IGNORABLE.search(path):
        return found.group()
    return next((character for character in path if unicodedata.category(character) in _UNSEEN), None)


def _name_fault(name: str) -> tuple[str, str] | None:
    if name in ("", ".", ".."):
        return "3.1", f"it is not relative and plain: a name in it is {name!r}"
    if len(name.encode()) > MAX_NAME_BYTES:
        return "3.7", f"a name in it is longer than {MAX_NAME_BYTES} bytes"
    if found := _FORBIDDEN.search(name):
        return ("3.3", "it has a control character") if found[1] else ("3.4", f"it has the character {found[2]}")
    if name[0] == " " or name[-1] in " .":
        return "3.5", "a name in it begins with a space or ends with a space or a dot"
    if _DEVICE.fullmatch(name.split(".", 1)[0].rstrip(" ")):
        return "3.6", f"{name} is a device on some system"
    return None


def tree_fault(paths: Sequence[str]) -> PathFault | None:
    """The first fault of a list of paths, each alone and then all together (clauses 3.1 to 3.11), or None."""
    alone = next(filter(None, map(path_fault, paths)), None)
    return alone or _order_fault(paths) or _collision(paths)


def _order_fault(paths: Sequence[str]) -> PathFault | None:
    for before, path in pairwise(paths):
        if path <= before:
            return PathFault(path, "3.9", f"it comes after {before!r}: paths are sorted, and none stands twice")
    return None


def _collision(paths: Sequence[str]) -> PathFault | None:
    spelled: dict[tuple[str, ...], str] = {}  # folded names → the path as it is spelled
    folders = folders_of(paths)
    for path in (*folders, *paths):
        folded = tuple(map(fold, path.split("/")))
        if (other := spelled.setdefault(folded, path)) != path:
            return PathFault(path, "3.10", f"on some file system it is the same as {other!r}")
    return next((PathFault(path, "3.11", "it is a file and a folder too") for path in paths if path in folders), None)


def folders_of(paths: Sequence[str]) -> dict[str, None]:
    """Every folder that the paths lie in, once each and parents after their children, in order of appearance."""
    found: dict[str, None] = {}
    for path in paths:
        for folder in parents(path):
            if folder in found:
                break  # so are its own parents
            found[folder] = None
    return found


def parents(path: str) -> Iterator[str]:
    """The folders that a path lies in, the nearest first: `a/b/c` gives `a/b`, then `a`."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def fold(name: str) -> str:
    """What file systems take a name for that know neither case nor composition: NFKC and full case folding (3.10)."""
    if name.isascii():
        return name.lower()
    while (folded := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())) != name:
        name = folded
    return name
