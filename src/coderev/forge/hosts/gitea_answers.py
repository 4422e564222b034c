"""What only Gitea's API answers, and Forgejo's, as strict types.

Sources: the API documents (swagger) of Gitea 1.20 to 1.26 and of Forgejo 7 to 15. Fields that are not named here are
passed over.
"""

from typing import Annotated

import msgspec

from coderev.forge.hosts.pulls import Id, Note, Sha, User
from coderev.forge.values import PERMISSIONS, Permission

Line = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """Which version it is: `1.26.0`, or Forgejo's `15.0.0+gitea-1.22.0`."""

    version: Annotated[str, msgspec.Meta(max_length=256)] = ""

    @property
    def forgejo(self) -> bool:
        """Whether it is a Forgejo."""
        return "+gitea-" in self.version


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do: none, read, write, admin or owner."""

    permission: str

    @property
    def level(self) -> Permission:
        """In our words; a word that is not documented is none. There are no maintainers."""
        word = "admin" if self.permission == "owner" else self.permission
        return next((each for each in PERMISSIONS if each == word), "none")


class _Commit(msgspec.Struct, frozen=True, kw_only=True):
    id: Sha


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit, asked for by itself."""

    sha: Sha


class Branch(msgspec.Struct, frozen=True, kw_only=True, rename={"rule": "effective_branch_protection_name"}):
    """A branch; only an administrator is told which rule protects it."""

    name: str
    commit: _Commit
    protected: bool = False
    rule: str = ""

    @classmethod
    def gone(cls, name: str, tip: str) -> "Branch":
        """A branch that is no more, with the last tip that is known."""
        return cls(name=name, commit=_Commit(id=tip))


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """A rule about branches: who may push there. Who is in a team is not looked up: anybody may be."""

    rule_name: str = ""
    enable_push: bool = False
    enable_push_whitelist: bool = False
    push_whitelist_usernames: tuple[str, ...] | None = None
    push_whitelist_teams: tuple[str, ...] | None = None

    def keeps_out(self, login: str) -> bool:
        """Whether a person who may write cannot push; it binds administrators too."""
        if not self.enable_push:
            return True
        named = {each.casefold() for each in self.push_whitelist_usernames or ()}
        return self.enable_push_whitelist and not self.push_whitelist_teams and login.casefold() not in named


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A review, which holds the comments at lines; it is PENDING until it is submitted, and only its author's then."""

    id: Id
    user: User | None = None
    state: str = ""
    comments_count: int = 0


class LineNote(Note, frozen=True, kw_only=True):
    """A comment at a line: of the head side (`position`), or of the base side (`original_position`)."""

    path: str
    position: Line = 0
    original_position: Line = 0
    resolver: User | None = None
    review: Annotated[Id, msgspec.Meta()] = msgspec.field(name="pull_request_review_id")

    @property
    def place(self) -> tuple[str, int, int]:
        """Where it stands. Comments at one place are one conversation."""
        return self.path, self.position, self.original_position
