"""Gitea 1.20 to 1.26 and Forgejo 7 to 15, over their API v1: what each answer means in our words.

What differs is asked for by its version, or tried: answers in a thread (Forgejo: a comment in the same review; Gitea:
`…/replies`, and before that came a comment at the same place), and resolving (Gitea from 1.26 on; elsewhere we say so
in the thread). Comments on the whole and comments at lines are counted together here, so an id is a number.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote

from coderev.egress import Egress
from coderev.forge.client import TOO_LONG, Client, ForgeRejected, covered, open_client, shown
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotCovered, NotThere
from coderev.forge.hosts import gitea_answers as told
from coderev.forge.hosts import gitea_lines, pulls
from coderev.forge.hosts.gitea_reviews import Reviews, unknown
from coderev.forge.hosts.once import Once
from coderev.forge.hosts.pull_webhook import GITEA, read_webhook
from coderev.forge.hosts.pulls import place_of
from coderev.forge.secret_file import read_secret
from coderev.forge.values import Comment, Hint, Note, Permission, Project, Request, Standing
from coderev.forge.wording import status_name
from coderev.settings import ForgeSettings

STATUS = "coderev"  # the name (`context`) of our commit status
# *incomplete* is neither success nor failure; `warning` would let a merge through where the status is required
STATES = {"running": "pending", "pass": "success", "fail": "failure", "incomplete": "error"}
MAX_DESCRIPTION = 255  # characters of a status
PAGE_ENTRIES = 50  # the most that both give as they are delivered
OWNERS = ("CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS")  # the last is Forgejo's


async def open_gitea(settings: ForgeSettings, egress: Egress) -> "Gitea":
    """Our account at a Gitea or a Forgejo. Raises UnusableSecret, NotPermitted, ForgeUnavailable and ForgeRefused."""
    token = read_secret(settings.token_file, "forges[].token_file")
    secret = read_secret(settings.webhook_secret_file, "forges[].webhook_secret_file")
    pages = {"page_parameter": "limit", "page_entries": PAGE_ENTRIES, "numbered": True}
    base = f"{settings.url.rstrip('/')}/api/v1"
    client = open_client(settings.name, base, {"Authorization": f"token {token}"}, egress, **pages)
    try:
        account = await client.get(("user",), pulls.User)
        version = await client.get(("version",), told.Version)
    except BaseException:
        await client.close()
        raise
    return Gitea(settings, client, account, secret, forgejo=version.forgejo)


class Gitea:
    """One Gitea or Forgejo with our account on it (the Protocol `Forge`)."""

    def __init__(
        self, settings: ForgeSettings, client: Client, account: pulls.User, secret: str, *, forgejo: bool
    ) -> None:
        self.name, self.account = settings.name, account.login
        self._settings, self._client, self._account, self._secret = settings, client, account, secret
        self._forgejo = forgejo
        self._reviews = Reviews(client, account, forgejo=forgejo)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """What a webhook says; None for one that is none of our business. Raises ForgedWebhook, BadWebhook."""
        whose = {"forge": self.name, "secret": self._secret, "account": self.account}
        return read_webhook(headers, body, dialect=GITEA, **whose)

    async def project(self, id_or_path: str) -> Project:
        """A repository. NotThere, too, for one that `forges[].repositories` leaves out."""
        place = pulls.repository_place(id_or_path)
        if place is None:
            raise NotThere(forge=self.name, what="repository whose path is not owner/name")
        found = await self._client.get(place, pulls.Repository)
        if not covered(found.full_name, self._settings.repositories):
            raise NotCovered(forge=self.name, path=found.full_name)
        url = f"{self._settings.url.rstrip('/')}/{quote(found.full_name)}.git"  # ours to say, not an answer's
        return Project(id=str(found.id), path=found.full_name, clone_url=url, default_branch=found.default_branch)

    async def commit(self, project: Project, name: str) -> str:
        """The commit that a branch, a tag or an id names."""
        try:
            return (await self._client.get(place_of(project, "git", "commits", name), told.Commit)).sha
        except ForgeRejected as error:  # 422: it can be no name of a commit
            raise NotThere(forge=self.name, what=f"commit {shown((name,))}") from error

    async def request(self, project: Project, number: int) -> Request:
        """A pull request as it stands now."""
        pull = await self._client.get(place_of(project, "pulls", number), pulls.Pull)
        return await self._request(project, pull, Once(), Once())

    async def is_current(self, request: Request) -> bool:
        """Whether a pull request is open still, and no push has overtaken what `request` says."""
        pull = await self._client.get(place_of(request.project, "pulls", request.number), pulls.Pull)
        return pull.state == "open" and (pull.head.sha, pull.base.ref) == (request.head, request.target)

    async def open_requests(self, project: Project) -> tuple[Request, ...]:
        """All open pull requests; one that has lost its commit is left out, and hides no other."""
        listed = await self._client.pages(place_of(project, "pulls"), pulls.Pull, {"state": "open"})
        branches, protected, found = Once[told.Branch](), Once[bool](), list[Request]()
        for pull in {pull.number: pull for pull in listed}.values():
            with suppress(NotThere):
                found.append(await self._request(project, pull, branches, protected))
        return tuple(found)

    async def permission(self, project: Project, login: str) -> Permission:
        """What a person may do, here or by a team. Both tell it to an administrator of the repository only."""
        try:
            place = place_of(project, "collaborators", login, "permission")
            return (await self._client.get(place, told.Held)).level
        except NotThere:
            return "none"

    async def code_owners(self, project: Project, branch: str) -> bytes | None:
        """The first of the places that holds a file of code owners, at the branch's tip."""
        tip = (await self._branch(project, branch)).commit.id  # by its commit: a tag may bear the branch's name
        for place in OWNERS if self._forgejo else OWNERS[:-1]:
            try:
                raw = await self._client.raw(place_of(project, "raw", *place.split("/")), {"ref": tip})
            except NotThere:
                continue
            if len(raw) > pulls.MAX_OWNERS_BYTES:
                raise ForgeUnavailable(forge=self.name, reason=f"{place} is longer than {pulls.MAX_OWNERS_BYTES} bytes")
            return raw
        return None

    async def comments(self, request: Request) -> tuple[Comment, ...]:
        """All comments on the whole, and those at lines in reviews of ours, which hold our threads, oldest first."""
        place = place_of(request.project, "issues", request.number, "comments")
        whole = [self._comment(note) for note in await self._client.whole(place, pulls.Note)]
        threads = await self._reviews.threads(request)
        found = [*whole, *(self._line_comment(note, threads) for note in threads.notes)]
        return tuple(sorted(found, key=lambda comment: int(comment.id)))  # ids rise with time

    async def comment(self, request: Request, id: str) -> Comment:  # noqa: A002 - the host's own word
        """One comment, also at a line in anybody's review."""
        note, threads = await self._reviews.find(request, id)
        return self._line_comment(note, threads) if isinstance(note, told.LineNote) else self._comment(note)

    async def say(self, request: Request, body: str, reply_to: str = "") -> str:
        """Post a comment on the whole, or into the thread of a comment at a line, and return its id."""
        note = (await self._reviews.find(request, reply_to))[0] if reply_to else None
        if isinstance(note, told.LineNote):
            return await self._reviews.answer(request, note, body)
        place = place_of(request.project, "issues", request.number, "comments")
        return str((await self._client.send("POST", place, {"body": body}, pulls.Posted)).id)

    async def edit(self, request: Request, id: str, body: str) -> None:  # noqa: A002 - the host's own word
        """Change a comment of ours. Who may write can change anybody's, so it is read first."""
        note, _ = await self._reviews.find(request, id)
        if note.user is None or note.user.id != self._account.id:
            raise ForgeRefused(forge=self.name, what=f"changing comment {id}", reason="another wrote it")
        place = place_of(request.project, "issues", "comments", note.id)
        await self._client.send("PATCH", place, {"body": body}, pulls.Posted)

    async def annotate(self, request: Request, notes: Sequence[Note]) -> Mapping[str, str]:
        """Post comments at lines as one review; what the diff does not show is left out."""
        if not notes:
            return {}
        lines = gitea_lines.shown_lines(await self._diff(request))
        fitting = [note for note in notes if gitea_lines.in_diff(note, lines)]
        if not fitting:
            return {}
        await self._reviews.discard(request)
        posted = await self._reviews.submit(request, [gitea_lines.positioned(note) for note in fitting])
        return gitea_lines.taken_of(fitting, posted)

    async def resolve(self, request: Request, id: str) -> None:  # noqa: A002 - the host's own word
        """Mark the conversation of a comment of ours as resolved; where the host cannot, say so in it, once."""
        note, threads = await self._reviews.find(request, id)
        if not isinstance(note, told.LineNote):
            raise NotThere(forge=self.name, what=f"thread of comment {id}")
        if threads.resolved(note):
            return
        try:
            place = place_of(request.project, "pulls", "comments", note.id, "resolve")
            await self._client.ask("POST", place)
        except (NotThere, ForgeRejected) as error:
            if not unknown(error):
                raise
            await self._reviews.answer(request, note, gitea_lines.RESOLVED.format(number=note.id))

    async def show(self, request: Request, standing: Standing) -> None:
        """Set our commit status."""
        body = {
            "state": STATES[standing.state],
            "context": status_name(STATUS, request),
            "description": standing.summary[:MAX_DESCRIPTION],
            **({"target_url": standing.url} if standing.url else {}),
        }
        await self._client.ask("POST", place_of(request.project, "statuses", standing.head), body=body)

    async def upload_sarif(self, request: Request, sarif: bytes) -> bool:
        """Hand nothing over: neither takes any."""
        del request, sarif
        return False

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def _branch(self, project: Project, name: str) -> told.Branch:
        return await self._client.get(place_of(project, "branches", name), told.Branch)

    async def _request(
        self, project: Project, pull: pulls.Pull, branches: Once[told.Branch], protected: Once[bool]
    ) -> Request:
        if not pull.head.sha:
            raise NotThere(forge=self.name, what=f"commit of pull request {pull.number}")
        target, author = pull.base.ref, pull.author
        branch = await branches.get(target, lambda: self._target(project, pull))
        kept = await protected.get((target, author), lambda: self._protected(project, branch, author))
        return pulls.as_request(project, pull, branch.commit.id, protected=kept)

    async def _target(self, project: Project, pull: pulls.Pull) -> told.Branch:
        """The target branch; of a pull request that outlived it, what stood there when it was last looked at."""
        try:
            return await self._branch(project, pull.base.ref)
        except NotThere:
            if not pull.last_base:
                raise
            return told.Branch.gone(pull.base.ref, pull.last_base)

    async def _protected(self, project: Project, branch: told.Branch, author: str) -> bool:
        """Whether an author cannot push to a branch alone. What our account may not read counts as no protection."""
        if not branch.protected:
            return False
        try:
            if await self.permission(project, author) in {"none", "read"}:
                return True
            rules = await self._client.whole(place_of(project, "branch_protections"), told.Protection)
        except ForgeRefused as error:  # our account is no administrator
            if error.facts.get("status") != HTTPStatus.FORBIDDEN:
                raise
            return False
        return any(rule.keeps_out(author) for rule in rules if rule.rule_name == branch.rule)

    async def _diff(self, request: Request) -> bytes:
        try:
            place = place_of(request.project, "pulls", f"{request.number}.diff")
            return await self._client.raw(place)
        except ForgeUnavailable as error:
            if error.facts.get(TOO_LONG):  # then no line of it takes a comment
                return b""
            raise

    def _comment(self, note: pulls.Note) -> Comment:
        ours = note.user is not None and note.user.id == self._account.id
        return Comment(id=str(note.id), author=note.author, body=note.body or "", ours=ours)

    def _line_comment(self, note: told.LineNote, threads: gitea_lines.Threads) -> Comment:
        began = threads.began(note)
        return Comment(
            id=str(note.id),
            author=note.author,
            body=note.body or "",
            ours=threads.ours(note),
            resolved=threads.resolved(note),
            reply_to=str(began.id) if began is not note and threads.ours(began) else "",
        )
