"""What GitLab's API answers, as strict types: the fields that we use, with the shapes that they must have.

Sources: GitLab's documentation of its REST API v4 (projects, merge requests, discussions, members, branches,
protected branches). Fields that are not named here are passed over.
"""

import re
from typing import Annotated, Literal

import msgspec

from coderev.forge.values import Permission

GHOST = "ghost"  # who wrote what a deleted account wrote
MAX_ID = 2**53 - 1
DEVELOPER, MAINTAINER = 30, 40  # levels of access
ROLES: tuple[tuple[int, Permission], ...] = (
    (50, "admin"),
    (MAINTAINER, "maintain"),
    (DEVELOPER, "write"),
    (20, "read"),
)
ENDED: dict[str, Literal["merged", "closed"]] = {"merged": "merged", "closed": "closed"}

Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
Sha = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
Login = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_.-]+$")]
Branchname = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
# group/name: letters, digits, and `_ . -` that does not come first
Path = Annotated[
    str, msgspec.Meta(max_length=1024, pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.][A-Za-z0-9_.-]*)+$")
]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An account."""

    id: Id
    username: Login
    state: str = "active"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A repository. One without a commit has no default branch."""

    id: Id
    path_with_namespace: Path
    default_branch: str | None = None


class DiffRefs(msgspec.Struct, frozen=True, kw_only=True):
    """The three commits of a diff: where the branches parted, the target's tip, the source's tip."""

    base_sha: Sha | None = None
    start_sha: Sha | None = None
    head_sha: Sha | None = None


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A merge request. `diff_refs` is not in a list, and is empty until GitLab has prepared the diff."""

    iid: Id
    title: str
    state: Literal["opened", "closed", "locked", "merged"]
    author: User | None = None
    source_branch: Branchname
    target_branch: Branchname
    source_project_id: Id | None = None  # none: the fork is gone
    target_project_id: Id
    sha: Sha | None = None
    diff_refs: DiffRefs | None = None
    web_url: str = ""

    @property
    def head(self) -> str | None:
        """The commit that its branch stands at."""
        return self.sha or (self.diff_refs.head_sha if self.diff_refs else None)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A comment."""

    id: Id
    body: str
    author: User | None = None
    system: bool = False
    resolved: bool = False


class Discussion(msgspec.Struct, frozen=True, kw_only=True):
    """A thread, also of one comment."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{1,64}$")]
    notes: Annotated[tuple[Note, ...], msgspec.Meta(min_length=1)]


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that GitLab took."""

    id: Id


class PostedThread(msgspec.Struct, frozen=True, kw_only=True):
    """A thread that GitLab took."""

    notes: Annotated[tuple[Posted, ...], msgspec.Meta(min_length=1)]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may do in a project."""

    id: int
    access_level: int


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit."""

    id: Sha


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch, and what its protection lets developers do."""

    name: str
    commit: Commit
    protected: bool = False
    developers_can_push: bool = False


class PushLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Who may push to a protected branch: a role, a person, a group, or a key that is nobody's."""

    access_level: int | None = None
    user_id: int | None = None
    group_id: int | None = None
    deploy_key_id: int | None = None

    def lets(self, member: Member) -> bool:
        """Whether it lets a member push. A group's members are not looked up: anybody may be one."""
        if self.deploy_key_id is not None:
            return False
        if self.user_id is not None:
            return self.user_id == member.id
        if self.group_id is not None:
            return True
        return bool(self.access_level) and member.access_level >= (self.access_level or 0)


class ProtectedBranch(msgspec.Struct, frozen=True, kw_only=True, rename={"push": "push_access_levels"}):
    """A rule about branches; its name may hold `*`."""

    name: str
    push: tuple[PushLevel, ...] = ()

    def covers(self, branch: str) -> bool:
        """Whether the rule is about a branch."""
        return re.fullmatch(".*".join(map(re.escape, self.name.split("*"))), branch, re.DOTALL) is not None


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a version of a diff; `diff` holds its hunks, or nothing where GitLab shows none."""

    old_path: str
    new_path: str
    diff: str = ""
    deleted_file: bool = False


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a merge request's diff: one for each push. A list of versions has no `diffs`."""

    id: Id
    head_commit_sha: Sha
    base_commit_sha: Sha
    start_commit_sha: Sha
    diffs: tuple[Diff, ...] = ()
