"""GitHub Enterprise Server, 3.12 to 3.18, over its REST API v3: what each answer means in our words.

Two choices. We set a commit status, for a check run needs a GitHub App, which a site would have to register. And a
repository is asked for by its number at `/repositories/N`, where GitHub's own links and redirects lead, so that a
repository that was renamed, or whose name another one bears now, is never mistaken.
"""

import base64
import gzip
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote

from coderev.egress import Egress
from coderev.forge.client import Client, ForgeRejected, Place, covered, open_client, shown
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotCovered, NotThere
from coderev.forge.hosts import github_answers as told
from coderev.forge.hosts import github_protection, github_threads, pulls
from coderev.forge.hosts.github_lines import positioned
from coderev.forge.hosts.once import Once
from coderev.forge.hosts.pull_webhook import GITHUB, read_webhook
from coderev.forge.secret_file import read_secret
from coderev.forge.values import Comment, Hint, Note, Permission, Project, Request, Standing
from coderev.forge.wording import status_name
from coderev.settings import ForgeSettings

STATUS = "coderev"  # the name (`context`) of our commit status
# *incomplete* is neither success nor failure; GitHub shows `error` apart from `failure`, and merges upon neither
STATES = {"running": "pending", "pass": "success", "fail": "failure", "incomplete": "error"}
VERSION = "2022-11-28"  # of the API
MAX_DESCRIPTION = 140  # characters of a status
MAX_SARIF_BYTES = 10 * 1024 * 1024  # of a document when it is packed
OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # the first that is there counts
RAW = "application/vnd.github.raw+json"
_ID = re.compile(r"(?P<line>r?)(?P<number>\d{1,15})")  # `r` for a comment at a line: GitHub counts the two apart


async def open_github(settings: ForgeSettings, egress: Egress) -> "GitHub":
    """Our account at a GitHub. Raises UnusableSecret, NotPermitted, ForgeUnavailable and ForgeRefused."""
    token = read_secret(settings.token_file, "forges[].token_file")
    secret = read_secret(settings.webhook_secret_file, "forges[].webhook_secret_file")
    headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": VERSION}
    client = open_client(settings.name, f"{settings.url.rstrip('/')}/api", headers, egress)
    try:
        account = await client.get(("v3", "user"), pulls.User)
    except BaseException:
        await client.close()
        raise
    return GitHub(settings, client, account, secret)


class GitHub:
    """One GitHub with our account on it (the Protocol `Forge`)."""

    def __init__(self, settings: ForgeSettings, client: Client, account: pulls.User, secret: str) -> None:
        self.name, self.account = settings.name, account.login
        self._settings, self._client, self._account, self._secret = settings, client, account, secret

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """What a webhook says; None for one that is none of our business. Raises ForgedWebhook, BadWebhook."""
        whose = {"forge": self.name, "secret": self._secret, "account": self.account}
        return read_webhook(headers, body, dialect=GITHUB, **whose)

    async def project(self, id_or_path: str) -> Project:
        """A repository. NotThere, too, for one that `forges[].repositories` leaves out."""
        place = pulls.repository_place(id_or_path)
        if place is None:
            raise NotThere(forge=self.name, what="repository whose path is not owner/name")
        found = await self._client.get(("v3", *place), pulls.Repository)
        if not covered(found.full_name, self._settings.repositories):
            raise NotCovered(forge=self.name, path=found.full_name)
        url = f"{self._settings.url.rstrip('/')}/{quote(found.full_name)}.git"  # ours to say, not an answer's
        return Project(id=str(found.id), path=found.full_name, clone_url=url, default_branch=found.default_branch)

    async def commit(self, project: Project, name: str) -> str:
        """The commit that a branch, a tag or an id names."""
        try:
            return (await self._client.get(_at(project, "commits", name), told.Commit)).sha
        except ForgeRejected as error:  # 422: no such commit; 409: the repository has none
            raise NotThere(forge=self.name, what=f"commit {shown((name,))}") from error

    async def request(self, project: Project, number: int) -> Request:
        """A pull request as it stands now."""
        pull = await self._client.get(_at(project, "pulls", number), pulls.Pull)
        return await self._request(project, pull, Once(), Once())

    async def is_current(self, request: Request) -> bool:
        """Whether a pull request is open still, and no push has overtaken what `request` says."""
        pull = await self._client.get(_at(request.project, "pulls", request.number), pulls.Pull)
        return pull.state == "open" and (pull.head.sha, pull.base.ref) == (request.head, request.target)

    async def open_requests(self, project: Project) -> tuple[Request, ...]:
        """All open pull requests; one that has lost its commit is left out, and hides no other."""
        query = {"state": "open", "sort": "created", "direction": "asc"}
        listed = await self._client.pages(_at(project, "pulls"), pulls.Pull, query)
        branches, protected, found = Once[told.Branch](), Once[bool](), list[Request]()
        for pull in listed:
            with suppress(NotThere):
                found.append(await self._request(project, pull, branches, protected))
        return tuple(found)

    async def permission(self, project: Project, login: str) -> Permission:
        """What a person may do, by their role here or above. Triage is read, and a role of the site's own its base."""
        try:
            held = await self._client.get(_at(project, "collaborators", login, "permission"), told.Held)
            person = await self._client.get(("v3", "users", login), pulls.User)
        except NotThere:
            return "none"
        return "none" if person.suspended_at else held.level

    async def code_owners(self, project: Project, branch: str) -> bytes | None:
        """The first of GitHub's three places that holds a file of code owners, at the branch's tip."""
        tip = (await self._branch(project, branch)).commit.sha  # by its commit: a tag may bear the branch's name
        for place in OWNERS:
            try:
                raw = await self._client.raw(_at(project, "contents", *place.split("/")), {"ref": tip}, RAW)
            except NotThere:
                continue
            if len(raw) > pulls.MAX_OWNERS_BYTES:
                raise ForgeUnavailable(forge=self.name, reason=f"{place} is longer than {pulls.MAX_OWNERS_BYTES} bytes")
            return raw
        return None

    async def comments(self, request: Request) -> tuple[Comment, ...]:
        """All comments, those at lines too, oldest first."""
        whole = await self._client.pages(_at(request.project, "issues", request.number, "comments"), pulls.Note)
        at_lines = await self._client.pages(_at(request.project, "pulls", request.number, "comments"), told.LineNote)
        threads = await github_threads.threads_of(self._client, request) if at_lines else {}
        first = {note.id: note for note in at_lines}
        found = [(note.created_at, note.id, self._comment(note)) for note in whole]
        for note in at_lines:
            began = first.get(note.in_reply_to_id or note.id)
            thread = threads.get(began.node_id) if began else None
            made = self._comment(note, began, resolved=thread is not None and thread.is_resolved)
            found.append((note.created_at, note.id, made))
        return tuple(comment for *_, comment in sorted(found, key=lambda each: each[:2]))

    async def comment(self, request: Request, id: str) -> Comment:  # noqa: A002 - the host's own word
        """One comment. Of one at a line it is not asked whether its thread is resolved."""
        note = await self._note(request, id)
        if not isinstance(note, told.LineNote) or note.in_reply_to_id is None:
            return self._comment(note, note if isinstance(note, told.LineNote) else None)
        try:
            return self._comment(note, await self._line_note(request, note.in_reply_to_id))
        except NotThere:  # what began the thread was removed
            return self._comment(note)

    async def say(self, request: Request, body: str, reply_to: str = "") -> str:
        """Post a comment on the whole, or into the thread of a comment at a line, and return its id.

        A thread whose first comment was removed takes no answer: then it is one on the whole.
        """
        note = await self._note(request, reply_to) if reply_to else None
        if isinstance(note, told.LineNote):
            began = note.in_reply_to_id or note.id
            place = _at(request.project, "pulls", request.number, "comments", began, "replies")
            with suppress(NotThere):
                return f"r{(await self._client.send('POST', place, {'body': body}, pulls.Posted)).id}"
        place = _at(request.project, "issues", request.number, "comments")
        return str((await self._client.send("POST", place, {"body": body}, pulls.Posted)).id)

    async def edit(self, request: Request, id: str, body: str) -> None:  # noqa: A002 - the host's own word
        """Change a comment of ours. Who may write can change anybody's at GitHub, so it is read first."""
        note = await self._note(request, id)
        if not self._ours(note):
            raise ForgeRefused(forge=self.name, what=f"changing comment {id}", reason="another wrote it")
        kind = "pulls" if isinstance(note, told.LineNote) else "issues"
        place = _at(request.project, kind, "comments", note.id)
        await self._client.send("PATCH", place, {"body": body}, pulls.Posted)

    async def annotate(self, request: Request, notes: Sequence[Note]) -> Mapping[str, str]:
        """Post comments at lines, each by itself: GitHub refuses a review whole for one line that it does not have."""
        taken: dict[str, str] = {}
        place = _at(request.project, "pulls", request.number, "comments")
        for note in notes:
            try:
                posted = await self._client.send("POST", place, positioned(note, request.head), pulls.Posted)
            except ForgeRejected as error:
                if error.facts.get("status") != HTTPStatus.UNPROCESSABLE_ENTITY:
                    raise
                continue  # the line is not in the diff, or a newer push took the commit out
            taken[note.key] = f"r{posted.id}"
        return taken

    async def resolve(self, request: Request, id: str) -> None:  # noqa: A002 - the host's own word
        """Mark the thread of a comment of ours as resolved."""
        note = await self._note(request, id)
        if not isinstance(note, told.LineNote):
            raise NotThere(forge=self.name, what=f"thread of comment {id}")
        began = await self._line_note(request, note.in_reply_to_id) if note.in_reply_to_id else note
        thread = (await github_threads.threads_of(self._client, request)).get(began.node_id)
        if thread is None:
            raise NotThere(forge=self.name, what=f"thread of comment {id}")
        if not thread.is_resolved:
            await github_threads.resolve(self._client, thread)

    async def show(self, request: Request, standing: Standing) -> None:
        """Set our commit status. Who may not is told that nothing is there, of a commit that is: that is a refusal."""
        body = {
            "state": STATES[standing.state],
            "context": status_name(STATUS, request),
            "description": standing.summary[:MAX_DESCRIPTION],
            **({"target_url": standing.url} if standing.url else {}),
        }
        try:
            await self._client.ask("POST", _at(request.project, "statuses", standing.head), body=body)
        except NotThere as error:
            raise ForgeRefused(forge=self.name, what="setting a status", reason=str(error)) from None

    async def upload_sarif(self, request: Request, sarif: bytes) -> bool:
        """Hand a document to code scanning; False where that is off, or takes none so large."""
        packed = gzip.compress(sarif, mtime=0)
        if len(packed) > MAX_SARIF_BYTES:
            return False
        packed_text = base64.b64encode(packed).decode()
        body = {"commit_sha": request.head, "ref": request.head_ref, "sarif": packed_text}
        try:
            await self._client.ask("POST", _at(request.project, "code-scanning", "sarifs"), body=body)
        except NotThere:
            return False
        except (ForgeRefused, ForgeRejected) as error:
            if error.facts.get("status") in {HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
                return False
            raise
        return True

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def _branch(self, project: Project, name: str) -> told.Branch:
        return await self._client.get(_at(project, "branches", name), told.Branch)

    async def _request(
        self, project: Project, pull: pulls.Pull, branches: Once[told.Branch], protected: Once[bool]
    ) -> Request:
        if not pull.head.sha:
            raise NotThere(forge=self.name, what=f"commit of pull request {pull.number}")
        target, author = pull.base.ref, pull.author
        branch = await branches.get(target, lambda: self._target(project, pull))
        kept = await protected.get((target, author), lambda: self._protected(project, branch, author))
        return pulls.as_request(project, pull, branch.commit.sha, protected=kept)

    async def _target(self, project: Project, pull: pulls.Pull) -> told.Branch:
        """The target branch; of a pull request that outlived it, what stood there when it was last looked at."""
        try:
            return await self._branch(project, pull.base.ref)
        except NotThere:
            if not pull.last_base:
                raise
            return told.Branch(name=pull.base.ref, commit=told.Commit(sha=pull.last_base))

    async def _protected(self, project: Project, branch: told.Branch, author: str) -> bool:
        """Whether an author cannot push to a branch alone. What our account may not read counts as no protection."""
        rules = await github_protection.stopping_rules(self._client, project, branch.name)
        if not (branch.protected or rules):
            return False
        try:
            level = await self.permission(project, author)
        except ForgeRefused as error:  # our account may only read
            if error.facts.get("status") != HTTPStatus.FORBIDDEN:
                raise
            return False
        if level in {"none", "read"}:
            return True
        return await github_protection.keeps_out(self._client, project, branch, rules, (author, level))

    async def _note(self, request: Request, id: str) -> pulls.Note:  # noqa: A002 - the host's own word
        """A comment by our id of it, on this pull request and no other."""
        found = _ID.fullmatch(id)
        if found is None:
            raise NotThere(forge=self.name, what=f"comment {id}")
        if found["line"]:
            return await self._line_note(request, int(found["number"]))
        note = await self._client.get(_at(request.project, "issues", "comments", found["number"]), pulls.Note)
        return self._here(request, note)

    async def _line_note(self, request: Request, number: int) -> told.LineNote:
        note = await self._client.get(_at(request.project, "pulls", "comments", number), told.LineNote)
        self._here(request, note)
        return note

    def _here(self, request: Request, note: pulls.Note) -> pulls.Note:
        if not note.on(request.number):
            raise NotThere(forge=self.name, what=f"comment {note.id} on pull request {request.number}")
        return note

    def _comment(self, note: pulls.Note, began: told.LineNote | None = None, *, resolved: bool = False) -> Comment:
        """A comment in our words; `began` is the one at a line that began its thread, and may be itself."""
        answers = began is not None and began.id != note.id and self._ours(began)
        return Comment(
            id=f"r{note.id}" if isinstance(note, told.LineNote) else str(note.id),
            author=note.author,
            body=note.body or "",
            ours=self._ours(note),
            resolved=resolved,
            reply_to=f"r{began.id}" if answers and began else "",
        )

    def _ours(self, note: pulls.Note) -> bool:
        return note.user is not None and note.user.id == self._account.id


def _at(project: Project, *rest: str | int) -> Place:
    return ("v3", *pulls.place_of(project, *rest))
