r"""Unified diff ↔ change: files, hunks and line maps. Pure: bytes in, values out.

A path is text that can be printed: bytes that are not UTF-8 stand as `\xNN`, a backslash as two,
so two files never share one path. Line numbers are 1-based.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from coderev.errors import InputError

Kind = Literal["added", "modified", "deleted", "renamed"]

LINK = 0o120000
SUBMODULE = 0o160000
MODES = frozenset({0o100644, 0o100664, 0o100755, LINK, SUBMODULE})  # 100664 stands in old histories


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A file on one side of a change: git's object id and mode (0o100644, 0o100755, 0o120000, 0o160000)."""

    oid: str
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    r"""A replaced run of lines; a side with no lines has `…_lines` 0 and the line before it as its start.

    `lines` hold their mark (` `, `-`, `+`) and no line feed; a carriage return stays. They may include context,
    and `\ No newline at end of file` after the line that it is about. None are kept of a whole tree (`--all`).
    """

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    lines: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why a changed file's text is not looked at: *excluded* is a fact of its kind, *failed* makes us incomplete."""

    status: Literal["excluded", "failed"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One changed file. `base` is None when added, `head` when deleted; `old_path` differs when renamed."""

    path: str
    old_path: str | None = None
    kind: Kind
    base: Side | None = None
    head: Side | None = None
    hunks: tuple[Hunk, ...] = ()
    unread: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The diff under review. `base` and `head` name its sides: commit or tree ids, or "patch"."""

    base: str
    head: str
    files: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()  # facts for coverage: missing objects, a shallow history


class UnreadablePatch(InputError):
    """A patch is not a unified diff, or contradicts itself."""

    message = "cannot read the patch at line {line}: {reason}"
    hint = "make it again with `git diff --binary` or `git format-patch`, and do not edit it by hand"


class LineMap:
    """Which line of one side is which line of the other. The hunks are in order and do not overlap."""

    def __init__(self, hunks: Iterable[Hunk]) -> None:
        runs = [run for hunk in hunks for run in _runs(hunk)]
        self._old = [(run.old, run.old + run.removed) for run in runs]
        self._new = [(run.new, run.new + run.added) for run in runs]

    def head_line(self, base_line: int) -> int | None:
        """The line of head that a line of base became; None when it was removed or rewritten."""
        return _mapped(base_line, self._old, self._new)

    def base_line(self, head_line: int) -> int | None:
        """The line of base that a line of head was; None when it was added or rewritten."""
        return _mapped(head_line, self._new, self._old)


def touched_lines(file_change: FileChange) -> tuple[range, ...]:
    """The lines of head that are added or rewritten, in order and apart; a mere deletion touches its two neighbours.

    A neighbour may lie one line past the end of the file.
    """
    touched: list[range] = []
    for run in (run for hunk in file_change.hunks for run in _runs(hunk)):
        here = range(run.new, run.new + run.added) if run.added else range(max(run.new - 1, 1), run.new + 1)
        if touched and here.start <= touched[-1].stop:
            here = range(touched.pop().start, here.stop)
        touched.append(here)
    return () if file_change.head is None else tuple(touched)


def shown_path(raw: bytes) -> str:
    r"""A path as text: UTF-8 as it is, any other byte as `\xNN`, a backslash as two."""
    return raw.replace(b"\\", b"\\\\").decode(errors="backslashreplace")


def path_bytes(shown: str) -> bytes:
    """The bytes of a path that `shown_path` made."""
    return re.sub(
        rb"\\(?:x([0-9a-f]{2})|\\)", lambda m: bytes.fromhex(m[1].decode()) if m[1] else b"\\", shown.encode()
    )


def plain_path(raw: bytes) -> bool:
    """Whether a path stays inside the tree and outside `.git`."""
    return b"\0" not in raw and not any(part.lower() in (b"", b".", b"..", b".git") for part in raw.split(b"/"))


def unquoted(name: bytes) -> bytes:
    """A file name as git prints it, with the quotes and escapes of C undone."""
    if not (len(name) > 1 and name[:1] == name[-1:] == b'"'):
        return name
    return re.sub(rb"\\(?:([0-3][0-7]{2})|(.))", _escaped, name[1:-1], flags=re.DOTALL)


def unread_kind(mode: int) -> Unread | None:
    """Why a file of this mode has no text to look at, if it has none."""
    reason = {LINK: "a symbolic link", SUBMODULE: "a submodule"}.get(mode)
    return Unread(status="excluded", reason=reason) if reason else None


def is_lfs_pointer(text: bytes) -> bool:
    """Whether a file holds nothing but a pointer of Git LFS (its specification, version 1)."""
    return _LFS_POINTER.fullmatch(text) is not None


BINARY = Unread(status="excluded", reason="binary")
LFS = Unread(status="excluded", reason="a Git LFS pointer; its content is not in the repository")


def parse_raw(lines: Iterable[bytes]) -> Iterator[FileChange]:
    """The files that `git diff-tree --raw --no-abbrev` lists, without hunks. A changed type is *modified*."""
    for line in lines:
        facts, *names = line.split(b"\t")
        old_mode, new_mode, old_oid, new_oid, letter = facts[1:].decode().split(" ")
        paths = [shown_path(unquoted(name)) for name in names]
        yield FileChange(
            path=paths[-1],
            old_path=paths[0] if len(paths) > 1 else None,
            kind=_KINDS[letter[0]],
            base=Side(oid=old_oid, mode=int(old_mode, 8)) if letter[0] != "A" else None,
            head=Side(oid=new_oid, mode=int(new_mode, 8)) if letter[0] != "D" else None,
        )


def parse_patch(text: bytes) -> Change:
    """The change that a unified diff describes, of git or plain, alone or in mail. Its oids may be short or empty.

    What stands between the files, such as a commit's message, is passed over. Raises UnreadablePatch.
    """
    return Change(base="patch", head="patch", files=_each_once(_file(section) for section in _sections(text)))


def lines_only(change: Change) -> Change:
    """A patch's change without the object ids that it names, for where these objects are not at hand."""
    return replace(
        change, files=tuple(replace(file, base=_loose(file.base), head=_loose(file.head)) for file in change.files)
    )


def _loose(side: Side | None) -> Side | None:
    return side and replace(side, oid="")


def parse_texts(patch: bytes) -> Iterator[tuple[tuple[Hunk, ...], bool]]:
    """The hunks of each file of git's own patch, in its order, and whether git calls the file binary."""
    for section in _sections(patch):
        yield tuple(section.hunks), b"Binary files" in section.headers


def render_patch(change: Change) -> bytes:
    """The change as a patch that git applies, where its hunks hold their lines; what was not read is only named."""
    return b"".join(b"".join(line + b"\n" for line in _rendered(file)) for file in change.files)


_KINDS: dict[str, Kind] = {"A": "added", "D": "deleted", "M": "modified", "T": "modified", "R": "renamed"}
_LFS_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v\d+\n(?:ext-\d-\S+ sha256:[0-9a-f]{64}\n)*"
    rb"oid sha256:[0-9a-f]{64}\nsize \d+\n?"
)
_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_HEADER = re.compile(
    rb"(old mode|new mode|deleted file mode|new file mode|rename from|rename to|copy from|copy to"
    rb"|similarity index|dissimilarity index|index|---|\+\+\+|Binary files|GIT binary patch)(?: (.*))?",
    re.DOTALL,
)
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_INDEX = re.compile(rb"([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_STEPS = {  # lines of the old and the new side that a mark stands for; mail programs drop a blank at a line's end
    b"+": (0, 1),
    b"-": (1, 0),
    b" ": (1, 1),
    b"": (1, 1),
    b"\\": (0, 0),
}
_BINARY = frozenset({b"Binary files", b"GIT binary patch"})
_NO_FILE = b"/dev/null"
_PLAIN_MODE = 0o100644


_Names = tuple[bytes | None, bytes | None]  # before and after; None: no file


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines that one side has and the other has not: the first of each side, and how many."""

    old: int
    removed: int
    new: int
    added: int


def _runs(hunk: Hunk) -> Iterator[_Run]:
    old, new = _first_line(hunk.old_start, hunk.old_lines), _first_line(hunk.new_start, hunk.new_lines)
    if not any(line[:1] == b" " for line in hunk.lines):
        yield _Run(old, hunk.old_lines, new, hunk.new_lines)
        return
    removed = added = 0
    for mark in (*(line[:1] for line in hunk.lines), b" "):
        removed += mark == b"-"
        added += mark == b"+"
        if mark == b" ":
            if removed or added:
                yield _Run(old, removed, new, added)
            old, new = old + removed + 1, new + added + 1
            removed = added = 0


def _first_line(start: int, lines: int) -> int:
    return start if lines else start + 1


def _mapped(line: int, here: Sequence[tuple[int, int]], there: Sequence[tuple[int, int]]) -> int | None:
    before = bisect_right(here, line, key=lambda run: run[0]) - 1
    if before < 0:
        return line
    end = here[before][1]
    return None if line < end else there[before][1] + line - end


def _escaped(match: re.Match[bytes]) -> bytes:
    octal, letter = match.groups()
    return bytes([int(octal, 8)]) if octal else _ESCAPES.get(letter, letter)


def _quoted(name: bytes) -> bytes:
    if not re.search(rb'[\x00-\x1f"\\\x7f-\xff]', name):
        return name
    return b'"%b"' % re.sub(rb'[\x00-\x1f"\\\x7f-\xff]', lambda m: b"\\%03o" % m[0][0], name)


@dataclass(slots=True)
class _Section:
    """What a patch says of one file, not yet judged."""

    line: int  # its first, of the patch
    title: bytes | None  # what follows `diff --git `
    headers: dict[bytes, bytes] = field(default_factory=dict)
    hunks: list[Hunk] = field(default_factory=list)

    def refused(self, reason: str) -> UnreadablePatch:
        return UnreadablePatch(line=self.line, reason=reason)


def _sections(text: bytes) -> list[_Section]:
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    sections, at = [], 0
    while at < len(lines):
        if lines[at].startswith(b"diff --git ") or _names_follow(lines, at):
            section, at = _section(lines, at)
            sections.append(section)
        elif lines[at].startswith((b"@@ -", b"@@@ ", b"diff --cc ", b"diff --combined ")):
            reason = "a hunk without a file" if lines[at][2:3] == b" " else "a merge's combined diff: name one parent"
            raise UnreadablePatch(line=at + 1, reason=reason)
        else:
            at += 1
    if not sections and text.strip():
        raise UnreadablePatch(line=1, reason="no diff was found")
    return sections


def _names_follow(lines: list[bytes], at: int) -> bool:
    return lines[at].startswith(b"--- ") and at + 1 < len(lines) and lines[at + 1].startswith(b"+++ ")


def _section(lines: list[bytes], at: int) -> tuple[_Section, int]:
    git = lines[at].startswith(b"diff --git ")
    section = _Section(at + 1, lines[at][11:].rstrip(b"\r") if git else None)
    at += git
    while at < len(lines) and (header := _HEADER.fullmatch(lines[at].rstrip(b"\r"))):
        if header[1] in (b"---", b"+++") and not _names_follow(lines, at - (header[1] == b"+++")):
            break
        if header[1] in section.headers:
            raise UnreadablePatch(line=at + 1, reason="a header stands twice")
        section.headers[header[1]] = header[2] or b""
        at += 1
        if header[1] in _BINARY:
            break
    ends, shift = (1, 1), 0  # the first free line of both sides, and how far they are apart
    while b"+++" in section.headers and at < len(lines) and lines[at].startswith(b"@@"):
        hunk, after = _hunk(lines, at)
        old, new = _first_line(hunk.old_start, hunk.old_lines), _first_line(hunk.new_start, hunk.new_lines)
        if old < ends[0] or new < ends[1] or new - old != shift:
            raise UnreadablePatch(line=at + 1, reason="the hunk's line numbers do not fit what stands before it")
        ends, shift = (old + hunk.old_lines, new + hunk.new_lines), shift + hunk.new_lines - hunk.old_lines
        section.hunks.append(hunk)
        at = after
    return section, at


def _hunk(lines: list[bytes], at: int) -> tuple[Hunk, int]:
    numbers = _HUNK.match(lines[at])
    if numbers is None:
        raise UnreadablePatch(line=at + 1, reason="not the head of a hunk")
    old_lines, new_lines = (1 if numbers[group] is None else int(numbers[group]) for group in (2, 4))
    body, after = _body(lines, at + 1, old_lines, new_lines)
    if after < len(lines) and lines[after][:1] in b"+- " and not _may_follow(lines, after):
        raise UnreadablePatch(line=after + 1, reason="more lines than the hunk's head says")
    start = at + 1
    hunk = Hunk(
        old_start=int(numbers[1]), old_lines=old_lines, new_start=int(numbers[3]), new_lines=new_lines, lines=body
    )
    if (hunk.old_lines and not hunk.old_start) or (hunk.new_lines and not hunk.new_start):
        raise UnreadablePatch(line=start, reason="lines start at 1")
    return hunk, after


def _body(lines: list[bytes], at: int, old: int, new: int) -> tuple[tuple[bytes, ...], int]:
    start = at
    while (old or new) and at < len(lines):
        step = _STEPS.get(lines[at][:1])
        if step is None:
            raise UnreadablePatch(line=at + 1, reason="not a line of the hunk, which is not complete here")
        old, new = old - step[0], new - step[1]
        if old < 0 or new < 0:
            raise UnreadablePatch(line=at + 1, reason="more lines than the hunk's head says")
        at += 1
    if old or new:
        raise UnreadablePatch(line=len(lines), reason="the patch ends inside a hunk")
    if at < len(lines) and lines[at][:1] == b"\\":
        at += 1
    return tuple(line or b" " for line in lines[start:at]), at


def _may_follow(lines: list[bytes], at: int) -> bool:
    """Whether the line after a hunk is an empty line, the next file of a plain diff, or a mail's signature."""
    return lines[at].rstrip() in (b"", b"--") or _names_follow(lines, at)


def _file(section: _Section) -> FileChange:
    old, new = names = _names(section)
    kind = _kind(section, names)
    path = old if new is None else new
    if path is None or not all(plain_path(name) for name in names if name is not None):
        raise section.refused(reason="a path that leads out of the tree, or none")
    base, head = _sides(section, kind)
    unread = _unread(section, base, head)
    return FileChange(
        path=shown_path(path),
        old_path=shown_path(old) if kind == "renamed" and old is not None else None,
        kind=kind,
        base=base,
        head=head,
        hunks=() if unread else tuple(section.hunks),
        unread=unread,
    )


def _kind(section: _Section, names: _Names) -> Kind:
    headers, hunks = section.headers, section.hunks
    nothing_before = all(hunk.old_start == hunk.old_lines == 0 for hunk in hunks)
    nothing_after = all(hunk.new_start == hunk.new_lines == 0 for hunk in hunks)
    plain = section.title is None and len(hunks) > 0
    if b"copy from" in headers:
        return "added"
    added = names[0] is None or b"new file mode" in headers or (plain and nothing_before)
    deleted = names[1] is None or b"deleted file mode" in headers or (plain and nothing_after)
    if (added and deleted) or (added and not nothing_before) or (deleted and not nothing_after):
        raise section.refused(reason="what is added or deleted has another side")
    if added or deleted:
        return "added" if added else "deleted"
    return "renamed" if b"rename from" in headers else "modified"


def _names(section: _Section) -> _Names:
    """The names before and after, None where there is no file; all that is said of them must agree."""
    said = []
    if b"+++" in section.headers:
        said.append((_name(section.headers[b"---"]), _name(section.headers[b"+++"])))
    if section.title is not None and (titled := _split_title(section.title)):
        said.append(titled)
    if said and _prefixed(*said[-1]):
        said = [_stripped(names) for names in said]
    if moved := _moved(section):
        said.insert(0, moved)
    if not said:
        raise section.refused(reason="it names no file")
    sides = [{names[side] for names in said} - {None} for side in (0, 1)]
    if section.title is not None and (max(map(len, sides)) > 1 or (not moved and len(sides[0] | sides[1]) > 1)):
        raise section.refused(reason="its names do not agree")
    return said[0]


def _moved(section: _Section) -> _Names | None:
    for verb in (b"rename", b"copy"):
        ends = [section.headers.get(verb + end) for end in (b" from", b" to")]
        if ends != [None, None]:
            if None in ends:
                raise section.refused(reason="half of its move is missing")
            return unquoted(ends[0] or b""), unquoted(ends[1] or b"")
    return None


def _split_title(title: bytes) -> _Names | None:
    """The two names of `diff --git`; names with blanks that are not quoted must be the same but for a prefix."""
    if quoted := _QUOTED.match(title):
        return unquoted(quoted[0]), unquoted(title[quoted.end() + 1 :])
    old, blank, new = title.partition(b' "' if title[-1:] == b'"' else b" ")
    if blank == b' "' or b" " not in new:
        return old, unquoted(blank[1:] + new)
    middle = len(title) // 2
    old, new = title[:middle], title[middle + 1 :]
    return (old, new) if title[middle : middle + 1] == b" " and (old == new or _prefixed(old, new)) else None


def _name(header: bytes) -> bytes | None:
    name = unquoted(header.rstrip()) if header[:1] == b'"' else header.partition(b"\t")[0]
    return None if name == _NO_FILE else name


def _prefixed(old: bytes | None, new: bytes | None) -> bool:
    """Whether the names stand in two made-up folders, such as `a/` and `b/`."""
    if old is None or new is None:
        return (old or new or b"")[:2] in (b"a/", b"b/")
    old_folder, _, old_rest = old.partition(b"/")
    new_folder, _, new_rest = new.partition(b"/")
    letters = len(old_folder) == len(new_folder) == 1
    return old_folder != new_folder and b"" not in (old_rest, new_rest) and (old_rest == new_rest or letters)


def _stripped(names: _Names) -> _Names:
    old, new = (name and name.partition(b"/")[2] for name in names)
    return old, new


def _sides(section: _Section, kind: Kind) -> tuple[Side | None, Side | None]:
    headers = section.headers
    ids = _INDEX.fullmatch(headers.get(b"index", b""))
    old_oid, new_oid = (ids[1].decode(), ids[2].decode()) if ids else ("", "")
    both = ids[3] if ids else None
    old_mode = _mode(section, headers.get(b"old mode", headers.get(b"deleted file mode", both)))
    new_mode = _mode(section, headers.get(b"new mode", headers.get(b"new file mode", both)))
    return (
        None if kind == "added" else Side(oid=old_oid, mode=old_mode),
        None if kind == "deleted" else Side(oid=new_oid, mode=new_mode),
    )


def _mode(section: _Section, text: bytes | None) -> int:
    mode = int(text, 8) if text and re.fullmatch(rb"[0-7]{6}", text) else None if text else _PLAIN_MODE
    if mode not in MODES:
        raise section.refused(reason="a mode that no file has")
    return mode


def _unread(section: _Section, base: Side | None, head: Side | None) -> Unread | None:
    side = head or base
    if side and (kind := unread_kind(side.mode)):
        return kind
    if section.headers.keys() & _BINARY:
        return BINARY
    if b"copy from" in section.headers:
        return Unread(status="failed", reason="a copy of a file that is not in the patch")
    after = (line[1:] for hunk in section.hunks for line in hunk.lines if line[:1] in b" +")
    if len(section.hunks) == 1 and section.hunks[0].new_start <= 1 and is_lfs_pointer(b"\n".join(after)):
        return LFS
    return None


def _each_once(files: Iterable[FileChange]) -> tuple[FileChange, ...]:
    seen: set[str] = set()
    again = Unread(status="failed", reason="the patch changes it more than once")
    once = []
    for file in files:
        once.append(replace(file, hunks=(), unread=again) if file.path in seen else file)
        seen.add(file.path)
    return tuple(once)


def _rendered(file: FileChange) -> Iterator[bytes]:
    new = path_bytes(file.path)
    old = new if file.old_path is None else path_bytes(file.old_path)
    named = [_quoted(b"a/" + old), _quoted(b"b/" + new)]
    yield b"diff --git %b %b" % tuple(named)
    yield from _rendered_modes(file)
    if file.kind == "renamed":
        yield b"rename from " + _quoted(old)
        yield b"rename to " + _quoted(new)
    yield from _rendered_index(file)
    shown = [_NO_FILE if side is None else name for side, name in zip((file.base, file.head), named, strict=True)]
    if file.unread == BINARY:
        yield b"Binary files %b and %b differ" % tuple(shown)
    if file.hunks:
        for mark, name in zip((b"--- ", b"+++ "), shown, strict=True):
            yield mark + name + (b"\t" if b" " in name and name[:1] != b'"' else b"")
    for hunk in file.hunks:
        yield b"@@ -%d,%d +%d,%d @@" % (hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines)
        yield from hunk.lines


def _rendered_modes(file: FileChange) -> Iterator[bytes]:
    match file.base, file.head:
        case None, Side(mode=mode):
            yield b"new file mode %06o" % mode
        case Side(mode=mode), None:
            yield b"deleted file mode %06o" % mode
        case Side(mode=old, oid=oid), Side(mode=new) if old != new or (not oid and new != _PLAIN_MODE):
            yield b"old mode %06o" % old
            yield b"new mode %06o" % new


def _rendered_index(file: FileChange) -> Iterator[bytes]:
    oids = [side.oid.encode() if side else None for side in (file.base, file.head)]
    known = next((oid for oid in oids if oid), b"")
    if not known:
        return
    same = file.base is not None and file.head is not None and file.base.mode == file.head.mode
    mode = b" %06o" % file.head.mode if same and file.head else b""
    yield b"index %b..%b%b" % (*(oid or b"0" * len(known) for oid in oids), mode)
