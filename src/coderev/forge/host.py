"""What a forge is to us: read what happened, look at what is there, say what was found."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from coderev.forge.values import Comment, Hint, Note, Permission, Project, Request, Standing


class Forge(Protocol):
    """One code host with our account on it. Methods that ask it raise ForgeUnavailable, ForgeRefused and NotThere.

    ForgeUnavailable carries `retry_after` in seconds, where the host said how long to wait.
    """

    name: str
    account: str  # our login there; read from the host when it is opened

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """What a webhook says; None for one that is none of our business. Header names are lower case.

        The signature or token is checked first, in constant time. Raises ForgedWebhook, BadWebhook.
        """
        ...

    async def project(self, id_or_path: str) -> Project:
        """A repository, by the host's id or by its path."""
        ...

    async def commit(self, project: Project, name: str) -> str:
        """The commit that a branch, a tag or an id names."""
        ...

    async def request(self, project: Project, number: int) -> Request:
        """A merge request as it stands now."""
        ...

    async def is_current(self, request: Request) -> bool:
        """Whether a merge request is open still, and no push has overtaken what `request` says."""
        ...

    async def open_requests(self, project: Project) -> tuple[Request, ...]:
        """All open merge requests: for what was missed while nobody listened."""
        ...

    async def permission(self, project: Project, login: str) -> Permission:
        """What a person may do in a repository; "none" for a stranger."""
        ...

    async def code_owners(self, project: Project, branch: str) -> bytes | None:
        """The file of code owners at a branch, where the host has one."""
        ...

    async def comments(self, request: Request) -> tuple[Comment, ...]:
        """All comments, those at lines too, oldest first."""
        ...

    async def comment(self, request: Request, id: str) -> Comment:  # noqa: A002 - the host's own word
        """One comment."""
        ...

    async def say(self, request: Request, body: str, reply_to: str = "") -> str:
        """Post a comment on the whole, or into the thread of a comment, and return its id."""
        ...

    async def edit(self, request: Request, id: str, body: str) -> None:  # noqa: A002 - the host's own word
        """Change a comment of ours."""
        ...

    async def annotate(self, request: Request, notes: Sequence[Note]) -> Mapping[str, str]:
        """Post comments at lines; the ids by `Note.key` of those that the host took.

        A line that the host does not have in the diff is left out, and the caller tells it elsewhere.
        """
        ...

    async def resolve(self, request: Request, id: str) -> None:  # noqa: A002 - the host's own word
        """Mark the thread of a comment of ours at a line as resolved; where the host cannot, say so in it."""
        ...

    async def show(self, request: Request, standing: Standing) -> None:
        """Set the commit's status or check; the same name each time, so that the last one counts."""
        ...

    async def upload_sarif(self, request: Request, sarif: bytes) -> bool:
        """Hand over a SARIF document; False where this host takes none."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
