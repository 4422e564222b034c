"""What is reviewed: the texts of the changed files, and the units that the change touches."""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

from coderev.diff import BINARY, Change, FileChange, Hunk, Unread, touched_lines
from coderev.errors import Unavailable
from coderev.finding import Finding, UnitCoverage
from coderev.recall import Code
from coderev.sensitive import find
from coderev.settings import Exclusion, matches
from coderev.syntax import Parsed, Unit, cut, language_of, parse

Read = Callable[[Iterable[str]], dict[str, bytes]]


class Tree(Protocol):
    """Where the files of a change are read from: a repository, or a folder of examples."""

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents of these ids; what is not there is left out."""
        ...

    def listing(self, tree: str) -> tuple[tuple[str, str, int], ...]:
        """Path, id and size in bytes of all files of a tree; nothing where only the changed ones can be read."""
        ...

    def grep(self, words: Collection[str], tree: str) -> tuple[tuple[str, str], ...]:
        """Path and id of the files of a tree that hold one of the words."""
        ...

    def is_merged(self, commit: str, into: str) -> bool:
        """Whether a commit is `into`, or part of its history."""
        ...


GENERATED = re.compile(rb"(?i)@generated\b|code generated .{0,80}do not edit|auto-?generated (file|by|code)")
MARKER_BYTES = 2048  # an author's "generated" marker stands at the top of a file
TEST_PATH = re.compile(
    r"(?i)(^|/)(tests?|specs?|__tests__)(/|$)|(^|/)test_[^/]*$|[._-](test|spec)\.[^/]*$|Tests?\.(java|cs)$"
)
SHOWN = 4  # characters of a secret that may be shown
MAX_LINES_OF_NAME = 20  # at the top level of a file, kept for one name
ORDINAL = re.compile(r"#\d+$")  # what tells units of one name apart
BRANCH = re.compile(r"\b(?:if|elif|for|while|case|catch|except|and|or|when|rescue)\b|&&|\|\||\?")


@dataclass(frozen=True, eq=False)
class Text:
    """One changed file that is read: its bytes at base and at head, parsed when somebody asks.

    What it knows of all its lines is made once, so that asking about each of its units takes linear time.
    """

    change: FileChange
    base: bytes | None
    head: bytes  # empty where the change deletes the file
    language: str | None

    @property
    def path(self) -> str:
        """Where the file stands at head, or stood when it was deleted."""
        return self.change.path

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that a quotation of this file comes from: a renamed one's old lines stood elsewhere."""
        return (self.path, self.change.old_path) if self.change.old_path else (self.path,)

    @cached_property
    def parsed(self) -> Parsed | None:
        """The head, parsed; None in a language that we do not know, and where it is too hard to read."""
        return try_to_parse(self.head, self.language)

    @cached_property
    def base_parsed(self) -> Parsed | None:
        """The base, parsed; None when the file is new, and as for the head."""
        return None if self.base is None else try_to_parse(self.base, self.language)

    @cached_property
    def lines(self) -> list[str]:
        """The head's lines without line ends; bytes that are not UTF-8 stand as U+FFFD."""
        return decoded(self.head)

    @cached_property
    def touched(self) -> tuple[range, ...]:
        """The line ranges of the head that the change adds, changes or deletes at."""
        return touched_lines(self.change)

    @cached_property
    def added(self) -> tuple[range, ...]:
        """The line ranges of the head that the change adds or rewrites."""
        return tuple(
            range(hunk.new_start, hunk.new_start + hunk.new_lines) for hunk in self.change.hunks if hunk.new_lines
        )

    def removed(self, *, comments: bool) -> dict[int, list[str]]:
        """The base's lines that the change removes, by the line of head that they stood before.

        Without `comments` a line that was nothing but a comment is left out, and the others are without theirs.
        """
        return self._removed if comments else self._removed_code

    @cached_property
    def _removed(self) -> dict[int, list[str]]:
        base = decoded(self.base or b"")
        return {
            before: base[hunk.old_start - 1 : hunk.old_start - 1 + hunk.old_lines]
            for before, hunk in self.removing
            if self.base is not None
        }

    @cached_property
    def _removed_code(self) -> dict[int, list[str]]:
        if self.base_parsed is None:
            return self._removed
        return {
            before: [
                shown
                for shown, line in zip(
                    decoded(self.base_parsed.without_comments(hunk.old_start, hunk.old_start + hunk.old_lines - 1)),
                    self._removed[before],
                    strict=False,
                )
                if shown.strip() or not line.strip()
            ]
            for before, hunk in self.removing
        }

    @cached_property
    def removing(self) -> tuple[tuple[int, Hunk], ...]:
        """The hunks that remove lines, each with the line of head that these stood before."""
        return tuple(
            (hunk.new_start if hunk.new_lines else hunk.new_start + 1, hunk)
            for hunk in self.change.hunks
            if hunk.old_lines
        )

    @cached_property
    def top_level(self) -> dict[str, list[int]]:
        """The first lines outside of all functions and classes in which each word stands."""
        found: dict[str, list[int]] = {}
        for unit in self.parsed.units if self.parsed else ():
            for number in range(unit.start_line, unit.end_line + 1) if unit.kind == "top-level" else ():
                for word in set(re.findall(r"\w+", self.lines[number - 1])):
                    if len(known := found.setdefault(word, [])) < MAX_LINES_OF_NAME:
                        known.append(number)
        return found

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The lines of the secrets and identifiers in the head, longest first; every line where they cannot be told."""
        try:
            spans = [self.head[each.start_byte : each.end_byte] for each in find(self.head)]
        except Exception:  # noqa: BLE001 - whatever failed, what was not judged is not shown
            spans = [self.head]
        found = {line.strip() for span in spans for line in decoded(span)}
        return tuple(sorted((line for line in found if len(line) > SHOWN), key=lambda line: (-len(line), line)))

    @cached_property
    def line_end(self) -> str:
        """How most lines of the head end."""
        return "\r\n" if 2 * self.head.count(b"\r\n") > self.head.count(b"\n") else "\n"

    @property
    def is_test(self) -> bool:
        """Whether the path says that this is test code."""
        return is_test(self.path)


@dataclass(frozen=True, eq=False)
class ReviewUnit:
    """One unit that the change touches, in its file."""

    text: Text
    unit: Unit

    @property
    def path(self) -> str:
        """The file that the unit stands in, at head."""
        return self.text.path

    @property
    def stable_name(self) -> str:
        """The qualified name; nothing for a window of lines, whose name would change as it moves."""
        return "" if self.unit.kind == "window" else self.unit.name

    @property
    def simple_name(self) -> str:
        """The last part of the name: what callers write."""
        return simple(self.unit.name)

    @property
    def calls(self) -> tuple[str, ...]:
        """The simple names that the unit calls."""
        return self.text.parsed.calls(self.unit) if self.text.parsed else ()

    @property
    def lines(self) -> list[str]:
        """The unit's lines at head."""
        return self.text.lines[self.unit.start_line - 1 : self.unit.end_line]

    def code(self, *, comments: bool) -> Code:
        """The unit as questions show it, with or without comments and docstrings.

        Where no structure tells the code apart from its comments, they are shown all the same: only an answer to the
        same bytes is remembered then.
        """
        return self._code_with_comments if comments else self._code

    @cached_property
    def _code(self) -> Code:
        return self._code_of(comments=False)

    @cached_property
    def _code_with_comments(self) -> Code:
        return self._code_of(comments=True)

    def _code_of(self, *, comments: bool) -> Code:
        parsed, first, last = self.text.parsed, self.unit.start_line, self.unit.end_line
        if parsed is None:
            lines = self.text.head.split(b"\n")[first - 1 : last]
            return Code(b"\n".join(lines), first)
        with suppress(Unavailable):
            structure = parsed.structure(first, last, keep_comments=comments)
            forgotten = structure.forgotten if structure else ()
            return Code(parsed.blanked(first, last, forgotten), first, parsed.offset(first), structure)
        return Code(parsed.blanked(first, last, ()), first)

    @property
    def touched_count(self) -> int:
        """How many of the unit's lines the change touches."""
        first, last = self.unit.start_line, self.unit.end_line + 1
        within = overlapping(self.text.touched, first, last - 1)
        return sum(min(touched.stop, last) - max(touched.start, first) for touched in within)

    @cached_property
    def complexity(self) -> int:
        """One more than the number of branching words, after McCabe (1976), over all languages alike."""
        return 1 + sum(len(BRANCH.findall(line)) for line in self.lines)


class NewFindings:
    """The new findings of the analysers, to be found by the lines that they stand on."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._by_path: dict[str, list[Finding]] = {}
        for finding in sorted(findings, key=lambda finding: finding.start_line):
            if finding.status == "new":
                self._by_path.setdefault(finding.path, []).append(finding)

    def within(self, unit: ReviewUnit) -> list[Finding]:
        """Those that begin in a unit, in the order of their lines."""
        there = self._by_path.get(unit.path, [])
        first = bisect_right(there, unit.unit.start_line - 1, key=lambda finding: finding.start_line)
        return there[first : bisect_right(there, unit.unit.end_line, key=lambda finding: finding.start_line)]


def simple(name: str) -> str:
    """The last part of a qualified name, without the number that tells units of one name apart."""
    return ORDINAL.sub("", name).rpartition(".")[2]


def overlapping(ranges: Sequence[range], first: int, last: int) -> Sequence[range]:
    """Those of some line ranges, which are in order and apart, that hold one of the lines `first..last`."""
    start = bisect_right(ranges, first, key=lambda lines: lines.stop)
    return ranges[start : bisect_right(ranges, last, key=lambda lines: lines.start)]


def decoded(source: bytes) -> list[str]:
    """The lines of a file without line ends; bytes that are not UTF-8 stand as U+FFFD."""
    return [line.removesuffix(b"\r").decode("utf-8", "replace") for line in source.split(b"\n")]


def is_test(path: str) -> bool:
    """Whether a path says that this is test code."""
    return TEST_PATH.search(path) is not None


def exclude(change: Change, exclusions: Sequence[Exclusion]) -> Change:
    """The change with the files that the site's rules exclude marked as such.

    A file that is named as source and is binary is no exclusion: one NUL byte would hide any script.
    """
    return replace(change, files=tuple(_excluded(file, exclusions) for file in change.files))


def _excluded(file: FileChange, exclusions: Sequence[Exclusion]) -> FileChange:
    for exclusion in exclusions:
        if matches(file.path, exclusion.paths):
            return replace(file, unread=Unread(status="excluded", reason=f"site rule: {exclusion.reason}"))
    if file.unread == BINARY and file.head is not None and language_of(file.path) is not None:
        return replace(file, unread=Unread(status="failed", reason="named as source, and binary"))
    return file


def read_texts(change: Change, read: Read, languages: Mapping[str, str]) -> tuple[Text, ...]:
    """Read the changed files, deleted ones too; `languages` maps path patterns to languages (hints)."""
    files = [file for file in change.files if file.unread is None]
    content = read([side.oid for file in files for side in (file.base, file.head) if side is not None])
    texts = []
    for file in files:
        base = content.get(file.base.oid) if file.base else None
        head = content.get(file.head.oid) if file.head else b""
        if head is not None and (file.head or base is not None):
            language = _language(file.path, head or base or b"", languages)
            texts.append(Text(change=file, base=base, head=head, language=language))
    return tuple(texts)


def _language(path: str, source: bytes, hints: Mapping[str, str]) -> str | None:
    hinted = next((language for pattern, language in hints.items() if matches(path, (pattern,))), None)
    return hinted or language_of(path, source)


def touched_units(texts: Sequence[Text]) -> tuple[ReviewUnit, ...]:
    """The units that the change touches, in the order of the change; windows of lines where nothing was parsed."""
    return tuple(
        ReviewUnit(text, unit)
        for text in texts
        if text.touched
        for unit in (text.parsed.cut(text.touched) if text.parsed else cut(text.head, None, text.touched))
    )


def unit_around(text: Text, line: int) -> ReviewUnit:
    """The unit that a line belongs to; a window of lines where nothing was parsed."""
    here = (range(line, line + 1),)
    return ReviewUnit(text, text.parsed.unit_at(line) if text.parsed else cut(text.head, None, here)[0])


def try_to_parse(source: bytes, language: str | None) -> Parsed | None:
    """A file, parsed; None in a language that we do not know, and where it is too hard to read."""
    with suppress(Unavailable):  # the parser's; an analyser that needs the syntax names the file
        if language and (parsed := parse(source, language)).units:
            return parsed
    return None


def generated_markers(texts: Sequence[Text]) -> tuple[str, ...]:
    """Notes on files whose author marked them as generated: reported, not obeyed."""
    return tuple(
        f"{text.path} says that it is generated; it was reviewed all the same"
        for text in texts
        if GENERATED.search(text.head[:MARKER_BYTES])
    )


def unit_coverage(
    unit: ReviewUnit,
    status: Literal["reviewed", "excluded", "failed"],
    *,
    model: str | None = None,
    reason: str | None = None,
    cut: tuple[str, ...] = (),
) -> UnitCoverage:
    """What became of a unit, as coverage shows it."""
    return UnitCoverage(
        path=unit.path,
        name=unit.unit.name,
        start_line=unit.unit.start_line,
        end_line=unit.unit.end_line,
        status=status,
        model=model,
        reason=reason,
        cut=cut,
    )
