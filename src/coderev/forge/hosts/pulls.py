"""What GitHub's API answers, and Gitea's, which is made after it: the shapes that both share, as strict types.

Sources: GitHub's description of its REST API (Enterprise Server 3.12 to 3.18, API version 2022-11-28), and that of
Gitea 1.20 to 1.26 and Forgejo 7 to 15. Fields that are not named here are passed over.
"""

import re
from typing import Annotated, Literal

import msgspec

from coderev.forge.client import Place
from coderev.forge.values import Project, Request

GHOST = "ghost"  # who wrote what a deleted account wrote
MAX_OWNERS_BYTES = 1024 * 1024
_END = re.compile(r"/(\d{1,15})$")

Id = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Sha = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
ShaOrNone = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})?$")]
Login = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_.\[\]-]+$")]  # also x[bot]
Branchname = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Path = Annotated[str, msgspec.Meta(max_length=512, pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$")]
Text = Annotated[str, msgspec.Meta(max_length=2048)]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An account; Gitea's ghost has the number -1. `suspended_at` is GitHub's, where it tells of one account."""

    id: int
    login: Login
    suspended_at: Text | None = None


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository."""

    id: Id
    full_name: Path
    default_branch: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The target of a pull request; Gitea tells no commit of a branch that is gone."""

    ref: Branchname
    sha: ShaOrNone = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The source of a pull request; one that is broken has no commit."""

    sha: ShaOrNone = ""


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request."""

    number: Id
    title: str
    state: Literal["open", "closed"]
    user: User | None = None
    head: Head
    base: Target
    merge_base: ShaOrNone = ""  # told by Gitea
    merged_at: Text | None = None
    html_url: str = ""

    @property
    def author(self) -> str:
        """The login of who opened it."""
        return self.user.login if self.user else GHOST

    @property
    def last_base(self) -> str:
        """A commit of the target that the host still tells of when the branch is gone; empty where it tells none."""
        return self.base.sha or self.merge_base


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A comment on the whole. What it stands on is named by the end of an address."""

    id: Id
    body: str | None = None
    user: User | None = None
    created_at: Text = ""
    issue_url: str = ""
    pull_request_url: str = ""

    @property
    def author(self) -> str:
        """The login of who wrote it."""
        return self.user.login if self.user else GHOST

    def on(self, number: int) -> bool:
        """Whether it stands on the pull request of that number."""
        found = _END.search(self.pull_request_url) or _END.search(self.issue_url)
        return found is not None and int(found[1]) == number


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A comment, or a review, that the host took."""

    id: Id


def place_of(project: Project, *rest: str | int) -> Place:
    """A place of the API within a repository."""
    return ("repos", *project.path.split("/"), *rest)


def repository_place(id_or_path: str) -> Place | None:
    """Where a repository is asked for, by its number or as `owner/name`; None for what is neither."""
    if id_or_path.isascii() and id_or_path.isdecimal():
        return ("repositories", id_or_path)
    names = id_or_path.split("/")
    return ("repos", *names) if len(names) == 2 and all(names) else None  # noqa: PLR2004 - an owner and a name


def as_request(project: Project, pull: Pull, base: str, *, protected: bool) -> Request:
    """A pull request in our words. `base` is the tip of its target; both hosts keep its head at `refs/pull/N/head`."""
    ended: Literal["merged", "closed"] = "merged" if pull.merged_at else "closed"
    return Request(
        project=project,
        number=pull.number,
        title=pull.title,
        author=pull.author,
        target=pull.base.ref,
        base=base,
        head=pull.head.sha,
        head_ref=f"refs/pull/{pull.number}/head",
        state="open" if pull.state == "open" else ended,
        target_protected=protected,
        url=pull.html_url,
    )
