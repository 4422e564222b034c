"""What Gitea and Forgejo lack, made up for: which lines a diff shows, threads, suggestions. Pure.

They take a comment at any line, and show it only where their diff does. They have no threads but comments at one
place, Forgejo within one review. They have no one-click suggestion: a safe fix is shown as text.
"""

import re
from collections.abc import Iterable, Mapping

from coderev.diff import UnreadablePatch, parse_patch, path_bytes
from coderev.forge.hosts.gitea_answers import LineNote
from coderev.forge.hosts.github_lines import fenced
from coderev.forge.values import Note

# what we say in a thread that the host cannot be told to resolve; the number is of the comment that it is about
RESOLVED = "<!-- coderev:resolved {number} -->\nNo longer found at the newest commit: resolved.\n"
_RESOLVED = re.compile(r"<!-- coderev:resolved (\d{1,15}) -->(?:\r?\n|$)")


def shown_lines(patch: bytes) -> dict[str, tuple[range, ...]]:
    """The lines of the head side that a diff shows, by path. A diff that cannot be read shows none."""
    try:
        files = parse_patch(patch).files
    except UnreadablePatch:
        return {}
    return {
        path_bytes(file.path).decode(errors="replace"): tuple(
            range(hunk.new_start, hunk.new_start + hunk.new_lines) for hunk in file.hunks
        )
        for file in files
    }


def in_diff(note: Note, shown: Mapping[str, tuple[range, ...]]) -> bool:
    """Whether the line of a comment is shown."""
    return any(note.line in lines for lines in shown.get(note.path, ()))


def positioned(note: Note) -> dict[str, object]:
    """A comment at a line of the head side, as a review holds it."""
    return {"path": note.path, "body": note.body + suggestion(note), "new_position": note.line, "old_position": 0}


def suggestion(note: Note) -> str:
    """A safe fix below the text, to be copied; empty where there is none."""
    fix = note.fix
    if fix is None or not fix.safe:
        return ""
    several = f"lines {fix.start_line} to {fix.end_line}" if fix.start_line < fix.end_line else f"line {fix.end_line}"
    if not fix.replacement:
        return f"\n\nSafe suggestion: remove {several}."
    return f"\n\nSafe suggestion for {several}:\n\n{fenced(fix.replacement)}"


def taken_of(notes: Iterable[Note], posted: Iterable[LineNote]) -> dict[str, str]:
    """The ids of comments that a review holds, by the key of what was sent."""
    left = sorted(posted, key=lambda each: each.id)
    taken: dict[str, str] = {}
    for note in notes:
        sent = str(positioned(note)["body"]).split()
        for each in left:
            if (each.path, each.position) == (note.path, note.line) and (each.body or "").split() == sent:
                taken[note.key] = str(each.id)
                left.remove(each)
                break
    return taken


class Threads:
    """The comments at lines in their threads. `forgejo`: a thread ends with its review."""

    def __init__(self, notes: Iterable[LineNote], account: int, *, forgejo: bool) -> None:
        self.notes = sorted(notes, key=lambda note: note.id)
        self._account, self._forgejo = account, forgejo
        self._first: dict[tuple[object, ...], LineNote] = {}
        self._told: set[int] = set()
        for note in self.notes:
            self._first.setdefault(self._key(note), note)
            if self.ours(note) and (found := _RESOLVED.match(note.body or "")):
                self._told.add(int(found[1]))

    def began(self, note: LineNote) -> LineNote:
        """The comment that began the thread of another, or is it."""
        return self._first.get(self._key(note), note)

    def resolved(self, note: LineNote) -> bool:
        """Whether a comment is resolved: the host says so, or we did in its thread."""
        about = note if self.ours(note) else self.began(note)
        return about.resolver is not None or about.id in self._told

    def ours(self, note: LineNote) -> bool:
        """Whether our account wrote it."""
        return note.user is not None and note.user.id == self._account

    def find(self, number: int) -> LineNote | None:
        """A comment by its number."""
        return next((note for note in self.notes if note.id == number), None)

    def _key(self, note: LineNote) -> tuple[object, ...]:
        return (*note.place, note.review if self._forgejo else 0)
