"""Who may do what: pure. Whatever is not allowed by a rule that has a name is denied."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from coderev.errors import TrustError
from coderev.forge import values
from coderev.server.access.actions import EVERYWHERE, MAY, OPEN, WITH_REASON, Action
from coderev.store import records

Role: TypeAlias = records.Role
Permission: TypeAlias = values.Permission

MIN_REASON, MAX_REASON = 8, 300  # characters
NEEDED: dict[Action, Permission] = {  # at the forge; of the other actions about a repository: read
    Action.DISMISS: "write",
    Action.REVOKE_DISMISSAL: "write",
}


class NotKnown(TrustError):
    """Something was asked for that only somebody known may do."""

    http_status = 401
    message = "{action} needs a token or a session"
    hint = "send `Authorization: Bearer cr_…`, or sign in at /enter"


class NotAllowed(TrustError):
    """Somebody asked for what their role does not allow."""

    message = "{action} is not allowed: {reason}"
    hint = "ask an admin of this site for a token or a session with another role"


class NotFound(TrustError):
    """There is nothing of that name that whoever asks may know of."""

    http_status = 404
    message = "there is no {what}"
    hint = "see that the address is right and that your login may read the repository at its forge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who asks. `name` is whose token or session it is; `login` is `forge:login`, or empty: no repository."""

    kind: Literal["nobody", "token", "session", "forge"] = "nobody"
    name: str = ""
    role: Role | None = None
    login: str = ""
    id: int = 0  # of a token

    def __str__(self) -> str:
        """As it stands in records: `token:3 alice`, `session admin`, `forge:gitlab alice`, `nobody`."""
        match self.kind:
            case "nobody":
                return "nobody"
            case "token":
                return f"token:{self.id} {self.name}"
            case "session":
                return f"session {self.name}"
            case "forge":
                return f"forge:{self.login.partition(':')[0]} {self.name}"

    @property
    def own_tenant(self) -> str:
        """The tenant of what this person handed in without a repository; no forge can have a name that begins so."""
        return f"@{self.name}"

    @property
    def is_everywhere(self) -> bool:
        """Whether the role reaches all repositories, so that no forge is asked."""
        return self.role in EVERYWHERE


NOBODY = Subject()


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and the rule that decided (what an access record calls `why`)."""

    allowed: bool
    why: str


def decide(subject: Subject, action: Action, *, reason: str = "") -> Decision:
    """Whether a role allows an action at all."""
    if action in OPEN:
        return Decision(allowed=True, why="open to everybody")
    if subject.role is None:
        return Decision(allowed=False, why="nobody is signed in")
    if action not in MAY[subject.role]:
        return Decision(allowed=False, why=f"the role {subject.role} does not have it")
    if action in WITH_REASON.get(subject.role, ()):
        return _with_reason(subject.role, reason)
    return Decision(allowed=True, why=f"the role {subject.role} has it")


def _with_reason(role: Role, reason: str) -> Decision:
    if len(reason) < MIN_REASON:
        return Decision(allowed=False, why=f"the role {role} must give a reason of {MIN_REASON} characters or more")
    return Decision(allowed=True, why=f"reason: {reason}")


def decide_scoped(
    subject: Subject, action: Action, tenant: str, permission: Permission | None, *, reason: str = ""
) -> Decision:
    """Whether an action is allowed on what belongs to a tenant.

    `permission` is what the subject's login may do in the repository, as its forge says; None: the forge did not say,
    or there is no repository.
    """
    decision = decide(subject, action, reason=reason)
    if not decision.allowed or subject.is_everywhere:
        return decision
    if subject.name and tenant == subject.own_tenant:
        return Decision(allowed=True, why="it is their own")
    if permission is None:
        return Decision(allowed=False, why="the forge did not say that they may")
    needed = NEEDED.get(action, "read")
    if values.PERMISSIONS.index(permission) < values.PERMISSIONS.index(needed):
        return Decision(allowed=False, why=f"it needs {needed} at the forge, and they have {permission}")
    return Decision(allowed=True, why=f"{decision.why}, and they have {permission} at the forge")
