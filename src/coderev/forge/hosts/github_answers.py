"""What only GitHub's API answers, as strict types.

Sources: GitHub's description of its REST API (Enterprise Server 3.12 to 3.18, API version 2022-11-28) and its GraphQL
schema. Fields that are not named here are passed over.
"""

from typing import Annotated

import msgspec

from coderev.forge.hosts.pulls import Id, Note, Sha, User
from coderev.forge.values import PERMISSIONS, Permission


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do: `permission` is none, read, write or admin, `role_name` finer and possibly a site's own."""

    permission: str
    role_name: str = ""

    @property
    def level(self) -> Permission:
        """In our words; a word that GitHub does not document is none."""
        if self.permission == "write" and self.role_name == "maintain":
            return "maintain"
        return next((each for each in PERMISSIONS if each == self.permission), "none")


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit."""

    sha: Sha


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch, and whether a protection of the older kind covers it."""

    name: str
    commit: Commit
    protected: bool = False


class LineNote(Note, frozen=True, kw_only=True):
    """A comment at a line. An answer names the one that began the thread, whichever answer it answers."""

    node_id: str
    in_reply_to_id: Id | None = None


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is on or off."""

    enabled: bool = False


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A team; nothing of it is used but that it is there."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The people and teams that a rule names. Who is in a team is not looked up: anybody may be."""

    users: tuple[User, ...] = ()
    teams: tuple[Team, ...] = ()

    def may_hold(self, login: str) -> bool:
        """Whether a person may be among them."""
        return bool(self.teams) or any(user.login.casefold() == login.casefold() for user in self.users)


class Reviews(msgspec.Struct, frozen=True, kw_only=True, rename={"bypass": "bypass_pull_request_allowances"}):
    """That changes come by pull requests, and who need not obey."""

    bypass: Named = Named()


class Protection(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"reviews": "required_pull_request_reviews", "lock": "lock_branch"},
):
    """A protection of the older kind, of one branch. Only an administrator is told of it."""

    enforce_admins: Switch = Switch()
    reviews: Reviews | None = None
    restrictions: Named | None = None
    lock: Switch = Switch()

    def keeps_out(self, login: str, level: Permission) -> bool:
        """Whether a person who may write cannot push to the branch."""
        if level == "admin" and not self.enforce_admins.enabled:
            return False
        if self.lock.enabled:
            return True
        if self.restrictions and level != "admin" and not self.restrictions.may_hold(login):
            return True
        return self.reviews is not None and not self.reviews.bypass.may_hold(login)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is in force for a branch, and the set of rules that it is from."""

    type: str
    ruleset_id: Id | None = None

    @property
    def stops_pushes(self) -> bool:
        """Whether it keeps commits from coming another way than by a pull request."""
        return self.type in {"pull_request", "update"}


ROLES: dict[int, Permission] = {1: "read", 2: "maintain", 3: "read", 4: "write", 5: "admin"}  # 3 is triage


class Bypass(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a set of rules does not bind: a role and those above it, a team, an app, a key."""

    actor_type: str
    actor_id: int | None = None
    bypass_mode: str = "always"

    def lets(self, level: Permission) -> bool:
        """Whether it may let a person of that level push. A team, or a role of the site's own, may hold anybody."""
        if self.bypass_mode == "pull_request" or self.actor_type in {"Integration", "DeployKey"}:
            return False
        if self.actor_type in {"OrganizationAdmin", "EnterpriseOwner"}:
            return level == "admin"
        least = ROLES.get(self.actor_id or 0, "read") if self.actor_type == "RepositoryRole" else "read"
        return PERMISSIONS.index(level) >= PERMISSIONS.index(least)


class Ruleset(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rules. `bypass_actors` is told only to who may change it."""

    bypass_actors: tuple[Bypass, ...] | None = None

    def keeps_out(self, level: Permission) -> bool:
        """Whether a person who may write cannot push; where we are not told, maintainers are taken to be let."""
        if self.bypass_actors is None:
            return level == "write"
        return not any(actor.lets(level) for actor in self.bypass_actors)


# GraphQL


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """What GraphQL says went wrong, with status 200."""

    type: str = ""
    message: str = ""


class _First(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class _Comments(msgspec.Struct, frozen=True, kw_only=True):
    nodes: tuple[_First | None, ...] = ()


class Thread(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A thread at a line; `comments` holds the first."""

    id: str
    is_resolved: bool
    comments: _Comments

    @property
    def first(self) -> str:
        """The `node_id` of the comment that began it."""
        return next((node.id for node in self.comments.nodes if node), "")


class _Cursor(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    has_next_page: bool = False
    end_cursor: str | None = None


class Threads(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of threads."""

    nodes: tuple[Thread | None, ...] = ()
    page_info: _Cursor


class _Pull(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    review_threads: Threads


class _Repository(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pull_request: _Pull | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a question about threads finds; a change leaves it empty."""

    repository: _Repository | None = None

    @property
    def threads(self) -> Threads | None:
        """The page of threads, if the pull request is there."""
        pull = self.repository.pull_request if self.repository else None
        return pull.review_threads if pull else None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of GraphQL."""

    data: Found | None = None
    errors: Annotated[tuple[Mistake, ...], msgspec.Meta(max_length=1000)] = ()
