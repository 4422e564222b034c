"""A forge in memory: it meets the Protocol, keeps what was said, counts what was posted, and fails when it is told to.

A failure may come before a call does anything, or after it did all: what a network does to a caller.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from coderev.forge.errors import BadWebhook, ForgedWebhook, ForgeUnavailable, NotThere
from coderev.forge.values import Comment, Hint, Note, Permission, Project, Request, Standing

SECRET = b"memory"
CLINIC = Project(
    id="1", path="clinic/records", clone_url="https://code.internal/clinic/records.git", default_branch="main"
)


def a_request(**changes: object) -> Request:
    """An open merge request of alice, with what the caller changes about it."""
    values: dict[str, object] = {
        "project": CLINIC,
        "number": 7,
        "title": "Search visits",
        "author": "alice",
        "target": "main",
        "base": "1f0c" * 10,
        "head": "9ab2" * 10,
        "head_ref": "refs/merge-requests/7/head",
        "state": "open",
        "target_protected": True,
        "url": "https://code.internal/clinic/records/-/merge_requests/7",
    }
    return Request(**{**values, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A comment as the forge holds it; `note` where it stands at a line."""

    id: str
    author: str
    body: str
    note: Note | None = None
    resolved: bool = False
    reply_to: str = ""


@dataclass(slots=True)
class MemoryForge:
    """A forge with one merge request, on which `account` is us."""

    now: Request = field(default_factory=a_request)
    name: str = "memory"
    account: str = "review-bot"
    held: list[Held] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    sarif: list[bytes] = field(default_factory=list)
    permissions: dict[str, Permission] = field(default_factory=dict)
    owners: bytes | None = None
    lines: Mapping[str, frozenset[int]] | None = None  # of the diff, by path; None: every line
    posted: int = 0  # by us
    born: int = 0  # comments, of anybody
    calls: list[str] = field(default_factory=list)
    fails: dict[int, str] = field(default_factory=dict)  # "before" or "after", by the number of the call

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        if not hmac.compare_digest(headers.get("x-memory-signature", ""), signature(body)):
            raise ForgedWebhook(forge=self.name, reason="its signature is wrong")
        try:
            return msgspec.json.decode(body, type=Hint)
        except msgspec.DecodeError as error:
            raise BadWebhook(forge=self.name, reason=error) from error

    async def project(self, id_or_path: str) -> Project:
        self._called("project")
        if id_or_path not in {self.now.project.id, self.now.project.path}:
            raise NotThere(forge=self.name, what="such repository")
        return self.now.project

    async def commit(self, project: Project, name: str) -> str:
        self._called("commit")
        known = {self.now.target: self.now.base, self.now.base: self.now.base, self.now.head: self.now.head}
        if project.id != self.now.project.id or name not in known:
            raise NotThere(forge=self.name, what="such commit")
        return known[name]

    async def request(self, project: Project, number: int) -> Request:
        self._called("request")
        if (project.id, number) != (self.now.project.id, self.now.number):
            raise NotThere(forge=self.name, what="such merge request")
        return self.now

    async def is_current(self, request: Request) -> bool:
        self._called("is_current")
        return self.now.state == "open" and (self.now.head, self.now.target) == (request.head, request.target)

    async def open_requests(self, project: Project) -> tuple[Request, ...]:
        self._called("open_requests")
        return (self.now,) if project.id == self.now.project.id and self.now.state == "open" else ()

    async def permission(self, project: Project, login: str) -> Permission:
        self._called("permission")
        return self.permissions.get(login, "none") if project.id == self.now.project.id else "none"

    async def code_owners(self, project: Project, branch: str) -> bytes | None:
        self._called("code_owners")
        return self.owners if (project.id, branch) == (self.now.project.id, self.now.target) else None

    async def comments(self, request: Request) -> tuple[Comment, ...]:
        self._called("comments")
        return tuple(map(self._told, self.held)) if request.number == self.now.number else ()

    async def comment(self, request: Request, id: str) -> Comment:  # noqa: A002 - the Protocol's word
        self._called("comment")
        return self._told(self.held[self._at(request, id)])

    async def say(self, request: Request, body: str, reply_to: str = "") -> str:
        self._called("say", done=False)
        assert request.number == self.now.number
        said = self._hold(Held(id=self._id(), author=self.account, body=body, reply_to=reply_to))
        self._done()
        return said

    async def edit(self, request: Request, id: str, body: str) -> None:  # noqa: A002 - the Protocol's word
        self._called("edit", done=False)
        at = self._at(request, id)
        assert self.held[at].author == self.account
        self.held[at] = replace(self.held[at], body=body)
        self._done()

    async def annotate(self, request: Request, notes: Sequence[Note]) -> Mapping[str, str]:
        assert request.number == self.now.number
        taken: dict[str, str] = {}
        for note in notes:  # as most hosts: one by one, so that a failure leaves some of them
            self._called("annotate", done=False)
            if self.lines is None or note.line in self.lines.get(note.path, frozenset()):
                taken[note.key] = self._hold(Held(id=self._id(), author=self.account, body=note.body, note=note))
            self._done()
        return taken

    async def resolve(self, request: Request, id: str) -> None:  # noqa: A002 - the Protocol's word
        self._called("resolve", done=False)
        at = self._at(request, id)
        self.held[at] = replace(self.held[at], resolved=True)
        self._done()

    async def show(self, request: Request, standing: Standing) -> None:
        self._called("show", done=False)
        assert request.number == self.now.number
        self.standings.append(standing)
        self._done()

    async def upload_sarif(self, request: Request, sarif: bytes) -> bool:
        self._called("upload_sarif", done=False)
        assert request.number == self.now.number
        self.sarif.append(sarif)
        self._done()
        return True

    async def close(self) -> None:
        """Nothing is open."""

    def comment_as(self, author: str, body: str, reply_to: str = "") -> Comment:
        """Let a person comment."""
        self.held.append(Held(id=self._id(), author=author, body=body, reply_to=reply_to))
        return self._told(self.held[-1])

    def remove(self, id: str) -> None:  # noqa: A002 - the Protocol's word
        """Let a person remove a comment."""
        self.held = [each for each in self.held if each.id != id]

    def resolve_as_a_person(self, id: str) -> None:  # noqa: A002 - the Protocol's word
        """Let a person resolve a thread."""
        self.held = [replace(each, resolved=True) if each.id == id else each for each in self.held]

    def push(self, head: str) -> None:
        """Let the author push."""
        self.now = msgspec.structs.replace(self.now, head=head)

    def _called(self, what: str, *, done: bool = True) -> None:
        self.calls.append(what)
        if self.fails.get(len(self.calls)) == "before":
            raise ForgeUnavailable(forge=self.name, reason=f"{what} was not done")
        if done:
            self._done()

    def _done(self) -> None:
        if self.fails.get(len(self.calls)) == "after":
            raise ForgeUnavailable(forge=self.name, reason=f"{self.calls[-1]} was done, and nobody heard of it")

    def _hold(self, held: Held) -> str:
        self.held.append(held)
        self.posted += 1
        return held.id

    def _id(self) -> str:
        self.born += 1
        return str(self.born)

    def _at(self, request: Request, id_: str) -> int:
        at = next((at for at, each in enumerate(self.held) if each.id == id_), None)
        if at is None or request.number != self.now.number:
            raise NotThere(forge=self.name, what="such comment")
        return at

    def _told(self, held: Held) -> Comment:
        return Comment(
            id=held.id,
            author=held.author,
            body=held.body,
            ours=held.author == self.account,
            resolved=held.resolved,
            reply_to=held.reply_to,
        )


def signature(body: bytes) -> str:
    """What a webhook of this forge is signed with."""
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()
