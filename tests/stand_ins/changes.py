"""A change made of two folders of files in memory, as git would hand it on."""

import hashlib
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from coderev.diff import Change, FileChange, Hunk, Kind, Side

Files = Mapping[str, bytes]


class PaperRepository:
    """Keeps the contents of both sides; `read` is what `analyse` asks."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.reads: list[int] = []  # how many blobs each call asked for

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        wanted = list(oids)
        self.reads.append(len(wanted))
        return {oid: self.blobs[oid] for oid in wanted if oid in self.blobs}

    def change(self, base: Files, head: Files, renamed: Mapping[str, str] | None = None) -> Change:
        """What leads from base to head; `renamed` maps a path of head to its path at base."""
        old_paths = {path: path for path in base} | (dict(renamed or {}))
        gone = set(base) - {old_paths.get(path, path) for path in head}
        files = [self._file(path, old_paths.get(path, path), base, head) for path in sorted({*head, *gone})]
        return Change(base="base", head="head", files=tuple(file for file in files if file is not None))

    def everything(self, head: Files) -> Change:
        return self.change({}, head)

    def _side(self, content: bytes | None) -> Side | None:
        if content is None:
            return None
        oid = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        self.blobs[oid] = content
        return Side(oid=oid, mode=0o100644)

    def _file(self, path: str, old_path: str, base: Files, head: Files) -> FileChange | None:
        old, new = base.get(old_path), head.get(path)
        if old == new and path == old_path:
            return None
        return FileChange(
            path=path,
            old_path=old_path if old_path != path else None,
            kind=_kind(old, new, is_renamed=path != old_path),
            base=self._side(old),
            head=self._side(new),
            hunks=tuple(hunks(old or b"", new or b"")),
        )


def _kind(old: bytes | None, new: bytes | None, *, is_renamed: bool) -> Kind:
    if old is None:
        return "added"
    if new is None:
        return "deleted"
    return "renamed" if is_renamed else "modified"


def hunks(old: bytes, new: bytes) -> Iterable[Hunk]:
    """The replaced runs of lines, without context."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            removed = tuple(b"-" + line.rstrip(b"\n") for line in before[i1:i2])
            added = tuple(b"+" + line.rstrip(b"\n") for line in after[j1:j2])
            yield Hunk(
                old_start=i1 + bool(i2 - i1),
                old_lines=i2 - i1,
                new_start=j1 + bool(j2 - j1),
                new_lines=j2 - j1,
                lines=removed + added,
            )
