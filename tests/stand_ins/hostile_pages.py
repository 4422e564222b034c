"""Every page with an attacker's words wherever somebody else than we may write."""

import dataclasses
from typing import Any

from msgspec.structs import replace
from stand_ins.results import OURS, a_result_that_says
from stand_ins.site_pages import (
    ADDRESS,
    CLINIC,
    DEAD,
    JOBS,
    MODELS,
    NOW,
    WORKERS,
    a_review,
    accesses,
    dismissals,
    saying,
    stored,
    tokens,
)

from coderev.diff import Change, FileChange, Hunk, Unread
from coderev.server.pages.accesses import AccessSearch, render_accesses
from coderev.server.pages.changes import ChangeChoice, render_changes
from coderev.server.pages.dismissals import DismissalSearch, render_dismissals
from coderev.server.pages.fault import render_fault
from coderev.server.pages.findings import FindingSearch, render_findings
from coderev.server.pages.frame import Frame
from coderev.server.pages.models import render_models
from coderev.server.pages.queue import QueueCounts, render_queue
from coderev.server.pages.record import render_record
from coderev.server.pages.review import Closed, FindingChoice, render_review
from coderev.server.pages.reviews import ReviewSearch, render_reviews
from coderev.server.pages.tokens import render_tokens

ATTACKS = [
    "</td></table><script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "' autofocus onfocus=alert(1) x='",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "![beacon](https://evil.example/x.png)",
    "\x1b[2J\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "access \u202e\u2066// only\u2069\u2066 admins",
    "nul\x00 and half a character \ud800",
    "x" * 200_000,
]
KEPT = frozenset({*OURS, "state", "verdict", "id", "review", "scope", "reason", "outcome", "role", "tenant"})


def a_change_that_says(text: str) -> Change:
    line = text.replace("\n", " ").encode("utf-8", "surrogatepass")
    hunk = Hunk(old_start=40, old_lines=1, new_start=40, new_lines=2, lines=(b" " + line, b"+" + line))
    read = FileChange(path=text, old_path=f"old {text}", kind="renamed", hunks=(hunk,))
    return Change(base="b", head="h", files=(read, replace_path(read, text)))


def replace_path(file: FileChange, text: str) -> FileChange:
    return dataclasses.replace(file, path=f"{text}2", hunks=(), unread=Unread(status="failed", reason=text))


def hostile_pages(text: str) -> dict[str, str]:
    """Every page with this text wherever somebody else may write."""

    def said(value: Any) -> Any:
        return saying(text, value, KEPT)

    review = replace(said(a_review()), repository=replace(CLINIC, path=text))
    result = a_result_that_says(text)
    frame = Frame(at=NOW, who=text, role="admin", csrf="mark", refused=text)
    record = {"recall": {"counts": {text: text}, "notes": [text], "served": [{text: text, "path": text}]}}
    choice = FindingChoice(review=ADDRESS, text=text, path_is="", reason=text)
    part = ChangeChoice(review=ADDRESS, reason=text)
    return {
        "reviews": render_reviews(frame, (review,), ReviewSearch(text=text), older="x"),
        "review": render_review(frame, review, result, choice),
        "stored": render_review(frame, review, Closed(stored=tuple(map(said, stored()))), choice),
        "changes": render_changes(frame, review, result, a_change_that_says(text), part),
        "record": render_record(frame, review, result, record, text),
        "findings": render_findings(frame, tuple(map(said, stored())), FindingSearch(text=text)),
        "dismissals": render_dismissals(
            frame, tuple(map(said, dismissals())), asked=DismissalSearch(), may_revoke=True
        ),
        "accesses": render_accesses(frame, tuple(map(said, accesses())), AccessSearch(subject=text)),
        "tokens": render_tokens(frame, tuple(map(said, tokens())), roles=("reader",), made="cr_x"),
        "queue": render_queue(frame, QueueCounts(waiting=0, running=0, dead=1), JOBS, DEAD, WORKERS),
        "models": render_models(frame, MODELS, {text: text}),
        "fault": render_fault(frame, status=400, message=text, hint=text, request_id=text),
    }
