"""What every forge tells and takes, in one set of words: GitLab's, where hosts disagree."""

from typing import Literal

import msgspec

from coderev.finding import Fix

State = Literal["running", "pass", "fail", "incomplete"]
Permission = Literal["none", "read", "write", "maintain", "admin"]
PERMISSIONS: tuple[Permission, ...] = ("none", "read", "write", "maintain", "admin")  # each may all that is before it


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What a genuine webhook says happened. Only where to look: all of it is read again before anybody acts."""

    forge: str
    delivery: str  # the forge's id of this delivery, or a digest of the body where it has none
    event: Literal["pushed", "closed", "commented"]
    repository: str  # the forge's own id, as text
    number: int
    comment: str | None = None  # the id of the comment, of "commented"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A repository at a forge."""

    id: str
    path: str  # group/name
    clone_url: str
    default_branch: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A merge request, as the forge tells it now."""

    project: Project
    number: int
    title: str
    author: str  # login
    target: str  # branch of `project`
    base: str  # commit: the tip of the target branch
    head: str  # commit
    head_ref: str  # what to fetch of `project` for it: refs/merge-requests/7/head, refs/pull/7/head
    branch: str = ""  # of `project` that it comes from; empty for a fork's, and where the host's status needs none
    state: Literal["open", "merged", "closed"]
    target_protected: bool  # whether its author alone cannot push to the target branch
    url: str  # of its page


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment on a merge request."""

    id: str
    author: str  # login
    body: str
    ours: bool  # written by our account
    resolved: bool = False
    reply_to: str = ""  # the comment of ours that started the thread, if one did


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A comment at a line of the change, ready to be posted."""

    key: str  # a fingerprint
    path: str  # at head
    old_path: str  # at base; the same unless it was renamed
    line: int  # of the head side, within the diff
    start_line: int  # first line of what it is about; `line` is the last
    body: str  # Markdown with our marker in it
    fix: Fix | None = None  # a safe one: the body does not have it yet, each host has its own form


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a review at a commit, as the forge shows it."""

    state: State
    head: str  # commit
    summary: str  # one line
    url: str  # of the review's page; empty: none
