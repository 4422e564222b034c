"""The change of one review: its files, those with the worst findings first, and each finding at its lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coderev.diff import Change, FileChange
from coderev.finding import SEVERITIES, Result
from coderev.server.pages.diffs import PAGE, FileView, Placed, by_path, in_order, lines_of, view_of
from coderev.server.pages.frame import Frame, link, page
from coderev.server.pages.review import PAGE as CARDS
from coderev.server.pages.review import framing, missing
from coderev.store import records

FILES = 40  # on one page, whatever their lines
NO_DIFF = "The lines of this change were not kept, or cannot be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeChoice:
    """Which part of a change is shown: one file from a line on, or the files from one on; both count from 0."""

    review: str  # the address of the review
    path: str = ""
    line: int = 0
    start: int = 0
    reason: str = ""

    def at(self, **query: object) -> str:
        """The address of another part of the same change."""
        return link(f"{self.review}/changes", reason=self.reason, **query)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file in the list beside the change."""

    path: str
    link: str
    new: int
    worst: str


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file that is shown, and where its other lines are."""

    view: FileView
    anchor: int
    more: str


def render_changes(
    frame: Frame,
    review: records.Review,
    result: Result | None,
    change: Change | None,
    asked: ChangeChoice,
    *,
    sealed: bool = False,
) -> str:
    """The page of a change: one file, or as many as a page holds, with the list of all files beside."""
    values = framing(review, result, asked.reason, sealed=sealed) | {
        "at_tab": link(f"{asked.review}/changes", reason=asked.reason)
    }
    if change is None:
        return page("review_changes.html.j2", frame, **values, change=None, nothing=missing(review, NO_DIFF))
    placed = by_path(result.findings) if result else {}
    files = in_order(change, placed)
    shown, after = _part(files, placed, asked)
    return page(
        "review_changes.html.j2",
        frame,
        **values,
        change=change,
        only=asked.path,
        files=[_entry(file, placed, asked) for file in files],
        shown=shown,
        later=asked.at(start=after) if after < len(files) else "",
        later_count=len(files) - after,
        finding_path=finding_paths(result, asked),
    )


def _part(files: Sequence[FileChange], placed: Placed, asked: ChangeChoice) -> tuple[list[ShownFile], int]:
    """The files of this page, and where the next page starts."""
    if asked.path:
        named = [file for file in files if file.path == asked.path]
        return [_shown(file, placed, asked, at, asked.line) for at, file in enumerate(named)], len(files)
    shown: list[ShownFile] = []
    lines, at = 0, min(asked.start, len(files))
    while at < len(files) and len(shown) < FILES and lines < PAGE:
        shown.append(_shown(files[at], placed, asked, at, 0, most=PAGE - lines))
        lines += min(lines_of(files[at]), PAGE - lines)
        at += 1
    return shown, at


def _shown(
    file: FileChange, placed: Placed, asked: ChangeChoice, anchor: int, line: int, *, most: int = PAGE
) -> ShownFile:
    view = view_of(file, placed.get(file.path, ()), start=line, most=most)
    more = asked.at(path=file.path, line=line + len(view.rows)) if view.left else ""
    return ShownFile(view, anchor, more)


def _entry(file: FileChange, placed: Placed, asked: ChangeChoice) -> FileEntry:
    new = [finding for _, finding in placed.get(file.path, ()) if finding.status == "new"]
    worst = min((finding.severity for finding in new), key=SEVERITIES.index, default="")
    return FileEntry(file.path, asked.at(path=file.path), len(new), worst)


def finding_paths(result: Result | None, asked: ChangeChoice) -> Callable[[int], str]:
    """Where the card of a finding is: its number in the result leads to its page among those of its status."""
    seen: dict[str, int] = {}
    places: dict[int, tuple[str, int]] = {}
    for number, finding in enumerate(result.findings if result else (), 1):
        rank = seen.get(finding.status, 0)
        seen[finding.status] = rank + 1
        places[number] = (finding.status, rank // CARDS * CARDS)

    def path(number: int) -> Any:
        status, start = places[number]
        query = {"status": "" if status == "new" else status, "start": start or "", "reason": asked.reason}
        return f"{link(asked.review, **query)}#finding-{number}"

    return path
