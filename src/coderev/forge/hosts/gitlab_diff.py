"""Which line of the base side an unchanged line of GitLab's diff is: a comment there needs both numbers."""

import re

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")


def old_line(diff: str, line: int) -> int | None:
    """The base side's number of a head side's line, both from 1; None when it was added, or is not in the diff.

    `diff` holds the hunks of one file, without the lines before them.
    """
    old = new = 0
    for text in diff.split("\n"):
        if hunk := _HUNK.match(text):
            old, new = int(hunk[1]), int(hunk[2])
            continue
        if new == line and text[:1] in {" ", "+"}:
            return old if text[0] == " " else None
        old += text[:1] in {" ", "-"}
        new += text[:1] in {" ", "+"}
    return None
