"""ruff, over all files of a chunk in one process.

The reviewed repository has no say: files are written under names of our own, `--isolated` reads no
configuration, and `--ignore-noqa` obeys no suppression comment. What a name means to ruff is kept:
`.pyi` is a stub, `__init__.py` re-exports.
"""

import re
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from io import StringIO
from itertools import accumulate
from pathlib import Path
from typing import Literal

import msgspec

from coderev.analysis.analyser import Looked, SourceFile, together
from coderev.analysis.ruff_rules import IGNORE, SELECT, SYNTAX_ERROR, UNREADABLE, rule_for, seems_safe
from coderev.analysis.sighting import EVIDENCE_LINES, Sighting
from coderev.errors import Unavailable
from coderev.files import scratch_folder
from coderev.finding import Fix
from coderev.process import ProcessTimedOut, ProgramMissing, run

TARGET = "py315"  # the newest: what an older Python refuses is not a flaw of the change
_CHECK = "check --isolated --ignore-noqa --no-cache --no-respect-gitignore --exit-zero --quiet --output-format json"
_RULES = ("--select", ",".join(SELECT), "--ignore", ",".join(IGNORE))
_SELECTED = re.compile(rf"(?:{'|'.join(SELECT)})\d*")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LONE_RETURN = re.compile(rb"\r(?!\n)")


class RuffBroke(Unavailable):
    """ruff ended in a way that leaves nothing to trust."""

    message = "ruff ended with status {status}: {reason}"
    hint = "run `coderev review --without ruff`, and report the file that breaks it"


class _Position(msgspec.Struct, frozen=True):
    row: int
    column: int  # 1-based, in code points


class _Edit(msgspec.Struct, frozen=True):
    content: str
    location: _Position
    end_location: _Position


class _Repair(msgspec.Struct, frozen=True):
    applicability: Literal["safe", "unsafe", "display"]
    edits: tuple[_Edit, ...]


class _Diagnostic(msgspec.Struct, frozen=True):
    filename: str
    code: str | None
    name: str | None
    message: str
    location: _Position
    end_location: _Position
    fix: _Repair | None


class _Known(msgspec.Struct, frozen=True):
    code: str | None
    name: str


class Ruff:
    """The analyser `ruff`. Raises ProgramMissing when it is made where ruff is not installed."""

    name = "ruff"

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._program = _find()

    @cached_property
    def version(self) -> str:
        """The version of the program that runs, asked of the program."""
        told = run([self._program, "--version"], seconds=self._seconds).stdout
        return told.decode(errors="replace").strip().removeprefix("ruff ")

    def codes(self) -> dict[str, str]:
        """Every code that this ruff knows and we look for, with ruff's name for it."""
        told = run((self._program, "rule", "--all", "--output-format", "json"), seconds=self._seconds).stdout
        known = msgspec.json.decode(told, type=list[_Known])
        return {
            each.code: each.name
            for each in known
            if each.code and _SELECTED.fullmatch(each.code) and not each.code.startswith(IGNORE)
        }

    def look(self, files: Sequence[SourceFile]) -> Looked:
        """Judge the Python files. Where ruff breaks, each is judged alone, so that one cannot spoil the others."""
        python = [file for file in files if file.language == "python"]
        if not python:
            return Looked()
        try:
            return self._judge(python)
        except ProcessTimedOut as error:
            return Looked(failed={file.key: str(error) for file in python})
        except RuffBroke as error:
            if len(python) == 1:
                return Looked(failed={python[0].key: str(error)})
            return together([self.look([file]) for file in python])

    def _judge(self, python: Sequence[SourceFile]) -> Looked:
        with scratch_folder() as folder:
            there = folder.resolve()
            written = {str(_write(there, number, file)): file for number, file in enumerate(python)}
            diagnostics = self._check(there)
        found: defaultdict[str, list[_Diagnostic]] = defaultdict(list)
        for diagnostic in diagnostics:
            found[diagnostic.filename].append(diagnostic)
        return _looked((written[name], of_file) for name, of_file in found.items())

    def _check(self, folder: Path) -> list[_Diagnostic]:
        ended = run(
            (self._program, *_CHECK.split(), *_RULES, "--target-version", TARGET, "."),
            folder=folder,
            seconds=self._seconds,
        )
        if ended.status != 0 or ended.truncated:
            complaint = ended.stderr.decode(errors="replace").strip()
            raise RuffBroke(status=ended.status, reason=complaint or "too many diagnostics")
        try:
            return msgspec.json.decode(ended.stdout, type=list[_Diagnostic])
        except msgspec.DecodeError as error:
            raise RuffBroke(status=ended.status, reason=error) from None


def _find() -> str:
    from ruff import find_ruff_bin  # type: ignore[import-untyped]

    try:
        return str(find_ruff_bin())
    except FileNotFoundError:
        raise ProgramMissing(program="ruff") from None


def _write(folder: Path, number: int, file: SourceFile) -> Path:
    name = file.path.rpartition("/")[2]
    own = folder / f"{number:04}"
    if name in {"__init__.py", "__init__.pyi"}:
        own.mkdir()
        place = own / name
    else:
        place = own.with_suffix(".pyi" if name.endswith(".pyi") else ".py")
    place.write_bytes(_as_utf8(file.source))
    return place


def _as_utf8(source: bytes) -> bytes:
    """What ruff can read. Bytes of other encodings stand in strings and comments, where U+FFFD does no harm."""
    return source if source.isascii() else source.decode(errors="replace").encode()


def _looked(found: Iterable[tuple[SourceFile, list[_Diagnostic]]]) -> Looked:
    sightings: dict[str, tuple[Sighting, ...]] = {}
    failed: dict[str, str] = {}
    for file, diagnostics in found:
        if unread := next((each.message for each in diagnostics if not _is_ours(each.code)), None):
            failed[file.key] = unread
        sightings[file.key] = tuple(_sightings(file, [each for each in diagnostics if _is_ours(each.code)]))
    return Looked(sightings=sightings, failed=failed)


def _is_ours(code: str | None) -> bool:
    """Whether a code is about the source; the others (`io-error`, a panic of ruff) say that it was not judged."""
    return code is not None and code != UNREADABLE and code.startswith((*SELECT, SYNTAX_ERROR))


def _sightings(file: SourceFile, diagnostics: Sequence[_Diagnostic]) -> Iterator[Sighting]:
    lines = _Lines(file.source)
    broken = False  # one syntax error brings others behind it: the first is told
    for each in diagnostics:
        if each.code == SYNTAX_ERROR and broken:
            continue
        broken = broken or each.code == SYNTAX_ERROR
        yield _sighting(each, lines)


def _sighting(each: _Diagnostic, lines: "_Lines") -> Sighting:
    start, end = each.location, each.end_location
    if end.column == 1 and end.row > start.row:  # it ends with a line end, not on the line after
        end = _Position(row=end.row - 1, column=0)
    known = lines.are_ours
    code = each.code or SYNTAX_ERROR
    return Sighting(
        rule=rule_for(code, each.name or code, seems_safe=seems_safe(each.message)),
        start_line=lines.number(start.row),
        end_line=lines.number(end.row),
        start_column=start.column if known else None,
        end_column=end.column if known and end.column else None,
        message=each.message,
        fix=_fix(each.fix, start.row, end.row, lines) if each.fix and known else None,
    )


def _fix(repair: _Repair, first: int, last: int, lines: "_Lines") -> Fix | None:
    """The repair as whole lines, if it stays within the lines of the evidence."""
    old = lines.text(first, last)
    within = len(old) <= EVIDENCE_LINES and repair.applicability != "display"
    if not within or not all(_is_within(edit, first, last) for edit in repair.edits):
        return None
    starts = [0, *accumulate(map(len, old))]
    new = "".join(old)
    if "\ufffd" in new:
        return None  # what stands there is not text: it would be lost
    for edit in sorted(repair.edits, key=lambda edit: (edit.location.row, edit.location.column), reverse=True):
        start, end = (
            min(starts[at.row - first] + at.column - 1, len(new)) for at in (edit.location, edit.end_location)
        )
        new = new[:start] + edit.content + new[end:]
    return Fix(start_line=first, end_line=last, replacement=new, safe=repair.applicability == "safe")


def _is_within(edit: _Edit, first: int, last: int) -> bool:
    end = edit.end_location
    return edit.location.row >= first and (end.row <= last or (end.row == last + 1 and end.column == 1))


class _Lines:
    """The lines of a file as ruff counts them, and as git does.

    Python ends a line at a lone carriage return too, git does not; where a file holds one, or begins with
    a byte order mark, `are_ours` is false: columns and fixes would not fit.
    """

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._same = _LONE_RETURN.search(source) is None
        self.are_ours = self._same and not source.startswith(BOM_UTF8)

    @cached_property
    def _numbers(self) -> list[int]:
        feeds = (found.group().endswith(b"\n") for found in _LINE_END.finditer(self._source))
        return list(accumulate(feeds, initial=1))

    @cached_property
    def _text(self) -> list[str]:
        return list(StringIO(self._source.decode(errors="replace"), newline="\n"))

    def number(self, row: int) -> int:
        """The line of git in which a row of ruff lies."""
        return row if self._same else self._numbers[min(row, len(self._numbers)) - 1]

    def text(self, first: int, last: int) -> list[str]:
        """Whole lines with their line ends."""
        return self._text[first - 1 : last]
